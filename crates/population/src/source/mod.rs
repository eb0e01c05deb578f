//! Patients from files, one at a time, in an order that depends on the input alone.
//!
//! | input | a patient is |
//! |---|---|
//! | FHIR Bundle with one Patient | the Bundle |
//! | Bundle with several | the Patient and what refers to it (`subject`, `patient`, `beneficiary`, `for`, `individual`, `participant.actor`) |
//! | NDJSON, a JSON array, or Parquet of Bundles | each Bundle |
//! | NDJSON, an array, or Parquet of resources; several such files in one folder (Bulk Data) | all resources of one patient, brought together in bounded memory |
//! | folder whose files are single resources with a Patient among them | the folder |
//! | folder with Bundles | each Bundle; MeasureReports beside them go to their patients |
//! | `-` | standard input: any of the above that is one stream |
//!
//! What a file is, its content says; names count only inside a folder, where other endings than `json`, `ndjson`, `jsonl` and `parquet` are passed over.
//! A resource of no patient (Practitioner, Organization, Medication) goes to each patient that refers to it, directly or through another one; when no patient
//! of a Bundle does, it is a fault. The same id in two Bundles is two patients; in the files of one Bulk Data folder it is one.

mod blocks;
mod compartment;
mod compressed;
mod files;
mod group;
mod lines;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod patient;
mod unit;

pub use options::{Limits, SourceOptions};
pub use patient::Patient;

pub(crate) use group::{FNV, fnv};
pub(crate) use patient::Assembled;
pub(crate) use unit::{Content, Unit};

use crate::fault::{Fault, FaultCode, Origin};
use crate::scan;
use blocks::BlockSize;
use files::{Plan, Stage};
use group::{Grouper, Groups};
use lines::{Form, Piece, Stream};
use std::collections::VecDeque;
use std::io::{BufRead, Read};
use std::path::PathBuf;

/// Patients to come, from files or standard input.
///
/// Reading is lazy: only the names and sizes of files are looked at when it is opened.
pub struct Source {
    options: SourceOptions,
    stages: VecDeque<Stage>,
    now: Now,
    fingerprint: Option<u64>,
    total_bytes: Option<u64>,
    ready: VecDeque<Result<Patient, Fault>>,
    block: BlockSize,
}

/// What is being read.
enum Now {
    Nothing,
    Streams { open: Option<Stream>, waiting: VecDeque<(PathBuf, Form)>, grouper: Box<Grouper> },
    Groups(Box<Groups>),
}

impl Source {
    /// Opens files and folders, `-` for standard input.
    ///
    /// # Errors
    /// Every path that does not exist or cannot be read, and a folder without any file that could hold a patient.
    pub fn open<P: AsRef<std::path::Path>>(
        paths: impl IntoIterator<Item = P>,
        options: &SourceOptions,
    ) -> Result<Source, Vec<Fault>> {
        let paths: Vec<PathBuf> = paths.into_iter().map(|p| p.as_ref().to_owned()).collect();
        let plan = Plan::of(&paths)?;
        Ok(Source {
            fingerprint: plan.fingerprint.map(|f| fnv(&options.partitions.to_le_bytes(), f)),
            options: options.clone(),
            stages: plan.stages.into(),
            now: Now::Nothing,
            total_bytes: plan.bytes,
            ready: VecDeque::new(),
            block: BlockSize { bytes: 1 << 18, lines: 64 },
        })
    }

    /// Reads any stream as if it were standard input, under a name for messages.
    #[must_use]
    pub fn from_reader(name: &str, reader: impl BufRead + Send + 'static, options: &SourceOptions) -> Source {
        Source {
            options: options.clone(),
            stages: VecDeque::from([Stage::Reader { name: name.to_owned(), reader: Box::new(reader) }]),
            now: Now::Nothing,
            fingerprint: None,
            total_bytes: None,
            ready: VecDeque::new(),
            block: BlockSize { bytes: 1 << 18, lines: 64 },
        }
    }

    /// Bytes of all files, for a progress bar; `None` with standard input.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// A number that changes when a file is added, removed, renamed or changed (by size or modification time); `None` with standard input. A run is
    /// resumed only over the same inputs.
    #[must_use]
    pub fn fingerprint(&self) -> Option<u64> {
        self.fingerprint
    }

    /// Lines of Bundles are handed on in blocks of about this size.
    pub(crate) fn set_block(&mut self, bytes: u64, lines: usize) {
        self.block = BlockSize { bytes: bytes.clamp(1, 1 << 24), lines };
    }

    pub(crate) fn options(&self) -> &SourceOptions {
        &self.options
    }

    /// The next unit of input, not yet parsed.
    pub(crate) fn next_unit(&mut self) -> Option<Result<Unit, Fault>> {
        loop {
            match &mut self.now {
                Now::Nothing => {
                    let stage = self.stages.pop_front()?;
                    if let Some(result) = self.begin(stage) {
                        return Some(result);
                    }
                }
                Now::Streams { .. } => {
                    if let Some(result) = self.next_of_streams() {
                        return Some(result);
                    }
                }
                Now::Groups(groups) => match groups.next() {
                    Some(result) => return Some(result),
                    None => self.now = Now::Nothing,
                },
            }
        }
    }

    fn begin(&mut self, stage: Stage) -> Option<Result<Unit, Fault>> {
        match stage {
            Stage::Scope { files, folder } => {
                let expanded = files::expand(files, folder, &self.options.limits);
                for stage in expanded.into_iter().rev() {
                    self.stages.push_front(stage);
                }
                None
            }
            Stage::Unit(unit) => Some(Ok(unit)),
            Stage::Fault(fault) => Some(Err(fault)),
            Stage::Streams(waiting) => {
                self.now = Now::Streams { open: None, waiting: waiting.into(), grouper: self.grouper() };
                None
            }
            Stage::Reader { name, reader } => self.begin_reader(&name, reader),
        }
    }

    fn grouper(&self) -> Box<Grouper> {
        Box::new(Grouper::new(&self.options, self.fingerprint.unwrap_or_default()))
    }

    /// Finds out what a stream is by its first line.
    fn begin_reader(&mut self, name: &str, mut reader: Box<dyn BufRead + Send>) -> Option<Result<Unit, Fault>> {
        let origin = Origin::file(name);
        let limits = &self.options.limits;
        let mut first = Vec::new();
        while scan::space(&first, 0) == first.len() {
            let before = first.len();
            let room = limits.line_bytes.max(1 << 16);
            if let Err(error) = (&mut reader).take(room).read_until(b'\n', &mut first) {
                return Some(Err(Fault::new(FaultCode::Unreadable, &origin, error.kind().to_string())));
            }
            if first.len() == before {
                return Some(Err(Fault::new(FaultCode::NotJson, &origin, "it is empty")));
            }
        }
        let start = scan::space(&first, 0);
        let form = match first[start] {
            b'[' => Some(Form::Array),
            b'{' => scan::value_end(&first, start).is_some().then_some(Form::Lines),
            _ => None,
        };
        let mut rest: Box<dyn BufRead + Send> = Box::new(std::io::Cursor::new(first).chain(reader));
        if let Some(form) = form {
            let stream = Stream::of_reader(name, rest, form, limits.line_bytes, self.block);
            self.now = Now::Streams { open: Some(stream), waiting: VecDeque::new(), grouper: self.grouper() };
            return None;
        }
        let mut bytes = Vec::new();
        match (&mut rest).take(limits.file_bytes + 1).read_to_end(&mut bytes) {
            Err(error) => Some(Err(Fault::new(FaultCode::Unreadable, &origin, error.kind().to_string()))),
            Ok(read) if read as u64 > limits.file_bytes => {
                Some(Err(Fault::new(FaultCode::TooLarge, &origin, format!("more than {} bytes", limits.file_bytes))))
            }
            Ok(read) => Some(Ok(Unit { origin, bytes: read as u64, content: Content::Text(bytes.into()) })),
        }
    }

    /// A Bundle is a unit at once; a single resource goes to the grouper, whose units come at the end of all streams.
    fn next_of_streams(&mut self) -> Option<Result<Unit, Fault>> {
        let Now::Streams { open, waiting, grouper } = &mut self.now else { return None };
        let Some(stream) = open else {
            match waiting.pop_front() {
                Some((path, form)) => match Stream::open(&path, form, self.options.limits.line_bytes, self.block) {
                    Ok(stream) => *open = Some(stream),
                    Err(fault) => return Some(Err(fault)),
                },
                None => {
                    let Now::Streams { grouper, .. } = std::mem::replace(&mut self.now, Now::Nothing) else { return None };
                    match grouper.finish() {
                        Ok(groups) => self.now = Now::Groups(Box::new(groups)),
                        Err(fault) => return Some(Err(fault)),
                    }
                }
            }
            return None;
        };
        let line = match stream.next() {
            Some(Ok(Piece::Line(line))) => line,
            Some(Ok(Piece::Block(block))) => {
                let (origin, bytes) = (block.origin(), block.len());
                return Some(Ok(Unit { origin, bytes, content: Content::Lines(block) }));
            }
            Some(Err(fault)) => return Some(Err(fault)),
            None => {
                *open = None;
                return None;
            }
        };
        match unit::sort_line(line) {
            unit::Sorted::Unit(unit) => Some(Ok(unit)),
            unit::Sorted::OfPatient(patient, line) => match grouper.add(patient, line) {
                Ok(()) => None,
                Err(fault) => {
                    // Nothing more can be taken in: what would come out would be patients with half their record.
                    self.now = Now::Nothing;
                    Some(Err(fault))
                }
            },
            unit::Sorted::OfNobody(line) => grouper.add_shared(line).err().map(Err),
            unit::Sorted::Knowledge => None,
            unit::Sorted::Bad(fault) => Some(Err(fault)),
        }
    }
}

impl Iterator for Source {
    type Item = Result<Patient, Fault>;

    /// The next patient, parsed here and now; [`crate::run`] parses on all cores.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match self.next_unit()? {
                Ok(unit) => {
                    for Assembled { patients, faults } in unit.parts().map(|part| part.assemble(&self.options)) {
                        self.ready.extend(patients.into_iter().map(Ok));
                        self.ready.extend(faults.into_iter().map(Err));
                    }
                }
                Err(fault) => return Some(Err(fault)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
