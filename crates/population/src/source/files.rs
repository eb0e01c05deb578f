//! Which files there are, and what each is.

use super::compressed::{self, Opened};
use super::group::{FNV, fnv};
use super::lines::Form;
use super::options::Limits;
use super::unit::{Beside, Content, Unit};
use crate::fault::{Fault, FaultCode, Origin};
use crate::scan;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Folders within folders deeper than this are not looked into.
const MAX_DEPTH: usize = 64;
/// How much of a file is looked at to say what it is.
const HEAD: usize = 1 << 16;

/// A step of reading.
pub(super) enum Stage {
    /// Files that lie together; what they are is found out when their turn comes.
    Scope { files: Vec<PathBuf>, folder: bool },
    /// One unit.
    Unit(Unit),
    /// Something to say.
    Fault(Fault),
    /// Files of many texts, whose resources are grouped together.
    Streams(Vec<(PathBuf, Form)>),
    /// Standard input, or any reader.
    Reader { name: String, reader: Box<dyn BufRead + Send> },
}

/// What the paths given come to.
pub(super) struct Plan {
    pub(super) stages: Vec<Stage>,
    pub(super) fingerprint: Option<u64>,
    pub(super) bytes: Option<u64>,
}

impl Plan {
    pub(super) fn of(paths: &[PathBuf]) -> Result<Plan, Vec<Fault>> {
        let mut plan = Plan { stages: Vec::new(), fingerprint: Some(FNV), bytes: Some(0) };
        let mut faults = Vec::new();
        let mut files = Vec::new();
        if paths.is_empty() {
            faults.push(Fault::new(FaultCode::NothingFound, &Origin::file("(no path)"), "no input was named"));
        }
        for path in paths {
            if path.as_os_str() == "-" {
                plan.stages.push(Stage::Reader { name: "-".to_owned(), reader: Box::new(BufReader::new(io::stdin())) });
                (plan.fingerprint, plan.bytes) = (None, None);
                continue;
            }
            let origin = Origin::file(&path.to_string_lossy());
            match fs::metadata(path) {
                Err(error) => faults.push(Fault::new(FaultCode::Unreadable, &origin, error.kind().to_string())),
                Ok(metadata) if metadata.is_dir() => {
                    let before = plan.stages.len();
                    plan.walk(path, 0, &mut faults);
                    if plan.stages.len() == before {
                        let detail = "no file that ends in json, ndjson, jsonl or parquet";
                        faults.push(Fault::new(FaultCode::NothingFound, &origin, detail));
                    }
                }
                Ok(metadata) => {
                    plan.count(path, &metadata);
                    files.push(path.clone());
                }
            }
        }
        if !files.is_empty() {
            plan.stages.push(Stage::Scope { files, folder: false });
        }
        if faults.is_empty() { Ok(plan) } else { Err(faults) }
    }

    fn count(&mut self, path: &Path, metadata: &fs::Metadata) {
        let modified = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        self.bytes = self.bytes.map(|b| b + metadata.len());
        self.fingerprint = self.fingerprint.map(|f| {
            let f = fnv(path.to_string_lossy().as_bytes(), f);
            let f = fnv(&metadata.len().to_le_bytes(), f);
            fnv(&modified.as_nanos().to_le_bytes(), f)
        });
    }

    /// The files of a folder lie together; each folder below is looked at by itself, unless there is one for each resource type.
    fn walk(&mut self, folder: &Path, depth: usize, faults: &mut Vec<Fault>) {
        let (mut files, mut folders) = self.list(folder, faults);
        if folders.iter().any(|f| f.file_name().is_some_and(|n| n == "Patient")) && depth < MAX_DEPTH {
            for below in std::mem::take(&mut folders) {
                let (more, deeper) = self.list(&below, faults);
                files.extend(more);
                folders.extend(deeper);
            }
        }
        if !files.is_empty() {
            self.stages.push(Stage::Scope { files, folder: true });
        }
        if depth < MAX_DEPTH {
            for below in folders {
                self.walk(&below, depth + 1, faults);
            }
        }
    }

    /// Files that may hold resources, and folders, each in order of their names.
    fn list(&mut self, folder: &Path, faults: &mut Vec<Fault>) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let mut unreadable = |path: &Path, error: io::Error| {
            faults.push(Fault::new(FaultCode::Unreadable, &Origin::file(&path.to_string_lossy()), error.kind().to_string()));
        };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                unreadable(folder, error);
                return (files, folders);
            }
        };
        let mut found = Vec::new();
        for entry in entries {
            match entry.and_then(|e| Ok((e.path(), e.file_type()?, e.path().metadata()))) {
                Ok((path, _, Err(error))) => unreadable(&path, error),
                // A link to a folder could lead in a circle.
                Ok((_, ty, Ok(metadata))) if ty.is_symlink() && metadata.is_dir() => {}
                Ok((path, _, Ok(metadata))) => found.push((path, metadata)),
                Err(error) => unreadable(folder, error),
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, metadata) in found {
            if metadata.is_dir() {
                folders.push(path);
            } else if may_hold_resources(&path) {
                self.count(&path, &metadata);
                files.push(path);
            }
        }
        (files, folders)
    }
}

fn may_hold_resources(path: &Path) -> bool {
    let name = plain_name(path);
    !name.starts_with('.') && [".json", ".ndjson", ".jsonl", ".parquet"].iter().any(|end| name.ends_with(end))
}

/// The name of a file without what says that it is packed.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name).to_owned()
}

/// What a file is.
enum Shape {
    Object { ty: Option<String>, bytes: u64 },
    Stream(Form),
    Fault(FaultCode, &'static str),
}

/// Sorts files that lie together into steps.
pub(super) fn expand(files: Vec<PathBuf>, folder: bool, limits: &Limits) -> Vec<Stage> {
    let (mut bundles, mut singles, mut reports, mut streams, mut stages) = (vec![], vec![], vec![], vec![], vec![]);
    let mut has_patient = false;
    for path in files {
        let origin = Origin::file(&path.to_string_lossy());
        match shape(&path, limits) {
            Err(error) => stages.push(Stage::Fault(compressed::fault(&error, &origin))),
            Ok(Shape::Fault(code, detail)) => stages.push(Stage::Fault(Fault::new(code, &origin, detail))),
            Ok(Shape::Stream(form)) => streams.push((path, form)),
            Ok(Shape::Object { ty, bytes }) => match ty.as_deref() {
                Some("Bundle") => bundles.push((path, bytes)),
                Some("MeasureReport") => reports.push((path, bytes)),
                Some(ty) if super::compartment::is_artifact(ty) => {}
                ty => {
                    has_patient |= ty == Some("Patient");
                    singles.push((path, bytes));
                }
            },
        }
    }
    let unit = |files: Vec<(PathBuf, u64)>, beside: Option<Arc<Beside>>| {
        let origin = files.first().map_or_else(|| Origin::file(""), |(p, _)| Origin::file(&p.to_string_lossy()));
        let bytes = files.iter().map(|(_, b)| b).sum();
        let files = files.into_iter().map(|(p, _)| p).collect();
        Stage::Unit(Unit { origin, bytes, content: Content::Files { files, beside } })
    };
    if !singles.is_empty() && (has_patient || bundles.len() <= 1) || (folder && bundles.len() == 1) {
        // One record in several files.
        let all = singles.into_iter().chain(bundles).chain(reports);
        stages.push(unit(all.collect(), None));
    } else {
        if !singles.is_empty() {
            stages.push(unit(singles, None));
        }
        let reports: Vec<PathBuf> = reports.into_iter().map(|(p, _)| p).collect();
        let beside = (!reports.is_empty()).then(|| Arc::new(Beside::new(reports)));
        stages.extend(bundles.into_iter().map(|bundle| unit(vec![bundle], beside.clone())));
    }
    if !streams.is_empty() {
        stages.push(Stage::Streams(streams));
    }
    stages
}

fn shape(path: &Path, limits: &Limits) -> io::Result<Shape> {
    let Opened { mut reader, bytes } = compressed::open(path)?;
    let mut head = Vec::with_capacity(HEAD.min(bytes.unwrap_or(u64::MAX) as usize));
    let _ = (&mut reader).take(HEAD as u64).read_to_end(&mut head)?;
    let start = scan::space(&head, 0);
    if head.starts_with(b"PAR1") {
        return Ok(Shape::Stream(Form::Parquet));
    }
    if head.starts_with(b"PK") {
        return Ok(Shape::Fault(FaultCode::Compressed, "a zip archive"));
    }
    let name = plain_name(path);
    if name.ends_with(".ndjson") || name.ends_with(".jsonl") {
        return Ok(Shape::Stream(Form::Lines));
    }
    match head.get(start) {
        Some(b'[') => return Ok(Shape::Stream(Form::Array)),
        Some(b'{') => {}
        None => return Ok(Shape::Fault(FaultCode::NotJson, "it is empty")),
        Some(_) => return Ok(Shape::Fault(FaultCode::NotJson, "neither JSON nor Parquet")),
    }
    if has_more_lines(&head) {
        return Ok(Shape::Stream(Form::Lines));
    }
    let mut ty = scan::resource_type(&head).map(str::to_owned);
    if ty.is_none() && head.len() >= HEAD && bytes.is_none_or(|bytes| bytes <= limits.file_bytes) {
        reader.take(limits.file_bytes).read_to_end(&mut head)?;
        ty = scan::resource_type(&head).map(str::to_owned);
    }
    // What a packed file holds is known when it is read; its size on the disk stands for it in progress until then.
    let bytes = bytes.map_or_else(|| fs::metadata(path).map(|m| m.len()), Ok)?;
    Ok(Shape::Object { ty, bytes })
}

/// Whether the first line is a whole object and another one follows: NDJSON under another name. Only lines that end within the head are found
/// out this way; longer ones need the right name.
fn has_more_lines(head: &[u8]) -> bool {
    let Some(end) = head.iter().position(|b| *b == b'\n') else { return false };
    let complete = scan::value_end(&head[..end], scan::space(head, 0)).is_some();
    complete && head.get(scan::space(head, end)) == Some(&b'{')
}
