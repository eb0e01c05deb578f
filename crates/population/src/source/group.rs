//! Brings together the resources of a patient that are spread over lines and files, in bounded memory.
//!
//! Resources are divided into parts by a hash of the patient's id; a part is loaded and grouped at once. What does not fit the memory allowed is
//! written to a temporary folder. The order of patients (part, then first line) is the same either way.

use super::lines::Line;
use super::options::SourceOptions;
use super::{Content, Unit};
use crate::fault::{Fault, FaultCode, Origin};
use crate::scan;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// One resource of a group.
pub(crate) struct Part {
    pub(crate) origin: Origin,
    pub(crate) bytes: Vec<u8>,
}

/// Resources of no patient, by `Type/id` and, when read, as documents.
#[derive(Default)]
pub(crate) struct Shared {
    by_reference: HashMap<String, usize>,
    texts: Vec<(Origin, Vec<u8>, OnceLock<Option<json::Document>>)>,
    bytes: u64,
}

impl Shared {
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(crate) fn find(&self, reference: &str) -> Option<usize> {
        let by = |r: &str| self.by_reference.get(r).copied();
        by(reference).or_else(|| by(super::patient::relative(reference)))
    }

    pub(crate) fn document(&self, index: usize, limits: &json::Limits) -> Option<(Origin, json::Document)> {
        let (origin, bytes, document) = &self.texts[index];
        let document = document.get_or_init(|| json::Document::parse(bytes.as_slice(), limits).ok());
        Some((origin.clone(), document.clone()?))
    }
}

/// Takes resources in, one by one.
pub(crate) struct Grouper {
    options: SourceOptions,
    fingerprint: u64,
    files: Vec<Arc<str>>,
    memory: Vec<Vec<Entry>>,
    bytes: u64,
    spill: Option<Spill>,
    shared: Shared,
}

struct Entry {
    patient: String,
    file: u32,
    line: u64,
    bytes: Vec<u8>,
}

struct Spill {
    folder: PathBuf,
    parts: Vec<BufWriter<File>>,
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What cannot be removed stays; there is nobody to tell.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Grouper {
    pub(crate) fn new(options: &SourceOptions, fingerprint: u64) -> Grouper {
        let parts = usize::from(options.partitions.max(1));
        Grouper {
            options: options.clone(),
            fingerprint,
            files: Vec::new(),
            memory: (0..parts).map(|_| Vec::new()).collect(),
            bytes: 0,
            spill: None,
            shared: Shared::default(),
        }
    }

    /// Takes a resource of a patient.
    pub(crate) fn add(&mut self, patient: String, line: Line) -> Result<(), Fault> {
        if self.files.last().is_none_or(|f| *f != line.origin.file) {
            self.files.push(Arc::clone(&line.origin.file));
        }
        let part = part_of(&patient, self.memory.len());
        let file = self.files.len() as u32 - 1;
        let entry = Entry { patient, file, line: line.origin.line.unwrap_or_default(), bytes: line.bytes };
        let broken = |e: io::Error| Fault::new(FaultCode::Unreadable, &line.origin, format!("temporary folder: {}", e.kind()));
        if let Some(spill) = &mut self.spill {
            return entry.write(&mut spill.parts[part]).map_err(broken);
        }
        self.bytes += entry.bytes.len() as u64 + 64;
        self.memory[part].push(entry);
        if self.bytes <= self.options.limits.group_bytes {
            return Ok(());
        }
        let Some(folder) = &self.options.temporary else {
            let detail = format!("more than {} bytes of resources to group by patient", self.options.limits.group_bytes);
            return Err(Fault::new(FaultCode::NeedsFolder, &line.origin, detail));
        };
        let mut spill =
            Spill::create(folder.join(format!("population-{:016x}-{}", self.fingerprint, std::process::id())), self.memory.len())
                .map_err(broken)?;
        for (part, entries) in self.memory.iter_mut().enumerate() {
            for entry in entries.drain(..) {
                entry.write(&mut spill.parts[part]).map_err(broken)?;
            }
        }
        self.spill = Some(spill);
        Ok(())
    }

    /// Takes a resource of no patient.
    pub(crate) fn add_shared(&mut self, line: Line) -> Result<(), Fault> {
        self.shared.bytes += line.bytes.len() as u64;
        if self.shared.bytes > self.options.limits.shared_bytes {
            let detail = format!("more than {} bytes of resources of no patient", self.options.limits.shared_bytes);
            return Err(Fault::new(FaultCode::TooLarge, &line.origin, detail));
        }
        let text = |name| scan::member(&line.bytes, name).and_then(scan::plain);
        let (Some(ty), Some(id)) = (text("resourceType"), text("id")) else {
            return Err(Fault::new(FaultCode::NoSubject, &line.origin, "neither a patient nor an id to refer to it"));
        };
        self.shared.by_reference.entry(format!("{ty}/{id}")).or_insert(self.shared.texts.len());
        self.shared.texts.push((line.origin, line.bytes, OnceLock::new()));
        Ok(())
    }

    /// The groups of what was taken in.
    pub(crate) fn finish(mut self) -> Result<Groups, Fault> {
        let mut parts = Vec::new();
        if let Some(spill) = &mut self.spill {
            for part in &mut spill.parts {
                part.flush()
                    .map_err(|e| Fault::new(FaultCode::Unreadable, &Origin::file("temporary folder"), e.kind().to_string()))?;
            }
        } else {
            parts = self.memory;
        }
        let count = self.options.partitions.max(1);
        Ok(Groups {
            files: self.files,
            parts: parts.into_iter(),
            spill: self.spill,
            next: 0,
            count: usize::from(count),
            ready: Vec::new().into_iter(),
            shared: Arc::new(self.shared),
        })
    }
}

/// FNV-1a: the order of patients must be the same on every machine and in every version.
pub(crate) fn fnv(bytes: &[u8], seed: u64) -> u64 {
    bytes.iter().fold(seed, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The seed of [`fnv`].
pub(crate) const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn part_of(patient: &str, parts: usize) -> usize {
    let hash = fnv(patient.as_bytes(), FNV);
    ((hash >> 32) ^ hash) as usize % parts
}

impl Entry {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.patient.len() as u32).to_le_bytes())?;
        out.write_all(self.patient.as_bytes())?;
        out.write_all(&self.file.to_le_bytes())?;
        out.write_all(&self.line.to_le_bytes())?;
        out.write_all(&(self.bytes.len() as u64).to_le_bytes())?;
        out.write_all(&self.bytes)
    }

    /// The next entry; `None` at the end.
    fn read(from: &mut impl Read) -> io::Result<Option<Entry>> {
        let mut four = [0; 4];
        match from.read_exact(&mut four) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let mut eight = [0; 8];
        let mut patient = vec![0; u32::from_le_bytes(four) as usize];
        from.read_exact(&mut patient)?;
        from.read_exact(&mut four)?;
        let file = u32::from_le_bytes(four);
        from.read_exact(&mut eight)?;
        let line = u64::from_le_bytes(eight);
        from.read_exact(&mut eight)?;
        let mut bytes = vec![0; u64::from_le_bytes(eight) as usize];
        from.read_exact(&mut bytes)?;
        let patient = String::from_utf8(patient).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Some(Entry { patient, file, line, bytes }))
    }
}

impl Spill {
    fn create(folder: PathBuf, parts: usize) -> io::Result<Spill> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        let mut spill = Spill { folder, parts: Vec::with_capacity(parts) };
        for part in 0..parts {
            spill.parts.push(BufWriter::new(File::create(spill.folder.join(part.to_string()))?));
        }
        Ok(spill)
    }

    fn load(&self, part: usize) -> io::Result<Vec<Entry>> {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(self.folder.join(part.to_string()))?);
        let mut entries = Vec::new();
        while let Some(entry) = Entry::read(&mut reader)? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// The patients of a [`Grouper`], part by part.
pub(crate) struct Groups {
    files: Vec<Arc<str>>,
    parts: std::vec::IntoIter<Vec<Entry>>,
    spill: Option<Spill>,
    next: usize,
    count: usize,
    ready: std::vec::IntoIter<Unit>,
    shared: Arc<Shared>,
}

impl Groups {
    fn load(&mut self) -> Option<Result<Vec<Entry>, Fault>> {
        let part = self.next;
        if part >= self.count {
            return None;
        }
        self.next += 1;
        Some(match &self.spill {
            Some(spill) => spill
                .load(part)
                .map_err(|e| Fault::new(FaultCode::Unreadable, &Origin::file("temporary folder"), e.kind().to_string())),
            None => Ok(self.parts.next().unwrap_or_default()),
        })
    }

    fn group(&self, entries: Vec<Entry>) -> Vec<Unit> {
        let mut positions: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<(String, u64, Vec<Part>)> = Vec::new();
        for entry in entries {
            let position = *positions.entry(entry.patient).or_insert_with_key(|patient| {
                groups.push((patient.clone(), 0, Vec::new()));
                groups.len() - 1
            });
            let file = Arc::clone(&self.files[entry.file as usize]);
            let origin = Origin { file, line: Some(entry.line) };
            groups[position].1 += entry.bytes.len() as u64;
            groups[position].2.push(Part { origin, bytes: entry.bytes });
        }
        let unit = |(patient, bytes, parts): (String, u64, Vec<Part>)| {
            let origin = parts.first().map_or_else(|| Origin::file(""), |p| p.origin.clone());
            Unit { origin, bytes, content: Content::Group { patient, parts, shared: Arc::clone(&self.shared) } }
        };
        groups.into_iter().map(unit).collect()
    }
}

impl Iterator for Groups {
    type Item = Result<Unit, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(unit) = self.ready.next() {
                return Some(Ok(unit));
            }
            match self.load()? {
                Ok(entries) => self.ready = self.group(entries).into_iter(),
                Err(fault) => return Some(Err(fault)),
            }
        }
    }
}
