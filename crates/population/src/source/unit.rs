//! The piece of input that is parsed at once: mostly one patient.

use super::blocks::Block;
use super::compartment::{is_artifact, patient_id, report_subject, subject};
use super::compressed::{self, Opened};
use super::group::{Part, Shared};
use super::lines::Line;
use super::options::SourceOptions;
use super::patient::{Assembled, Assembler, references};
use crate::fault::{Fault, FaultCode, Origin};
use crate::scan;
use json::Document;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A unit of input, in the order of the source.
pub(crate) struct Unit {
    pub(crate) origin: Origin,
    /// Its size in the input.
    pub(crate) bytes: u64,
    pub(crate) content: Content,
}

/// What a unit holds.
pub(crate) enum Content {
    /// Files of one folder, read when the unit is parsed.
    Files { files: Vec<PathBuf>, beside: Option<Arc<Beside>> },
    /// One JSON text.
    Text(Arc<[u8]>),
    /// Bundles of a stream, one a line: a unit each, cut apart by [`Unit::parts`].
    Lines(Block),
    /// All resources of one patient.
    Group { patient: String, parts: Vec<Part>, shared: Arc<Shared> },
}

/// MeasureReports that lie beside several Bundles, read when first asked for.
pub(crate) struct Beside {
    pub(crate) files: Vec<PathBuf>,
    by_patient: OnceLock<HashMap<String, Vec<Document>>>,
}

impl Beside {
    pub(crate) fn new(files: Vec<PathBuf>) -> Beside {
        Beside { files, by_patient: OnceLock::new() }
    }

    fn of(&self, patient: &str, options: &SourceOptions) -> Vec<Document> {
        let by_patient = self.by_patient.get_or_init(|| {
            let mut map: HashMap<String, Vec<Document>> = HashMap::new();
            for file in &self.files {
                // A report that cannot be read is one expected result fewer; the patient is evaluated all the same.
                let Ok(document) = read(file, options) else { continue };
                if let Some(subject) = report_subject(document.bytes()) {
                    map.entry(subject).or_default().push(document);
                }
            }
            map
        });
        by_patient.get(patient).cloned().unwrap_or_default()
    }
}

/// Where a line of a stream goes.
pub(crate) enum Sorted {
    /// A unit of its own.
    Unit(Unit),
    /// A resource of this patient.
    OfPatient(String, Line),
    /// A resource of no patient.
    OfNobody(Line),
    /// Measure, Library, ValueSet...: nothing to evaluate.
    Knowledge,
    /// Not a resource.
    Bad(Fault),
}

pub(crate) fn sort_line(line: Line) -> Sorted {
    let start = scan::space(&line.bytes, 0);
    let end = scan::value_end(&line.bytes, start);
    if line.bytes.get(start) != Some(&b'{') || end.is_none_or(|e| scan::space(&line.bytes, e) != line.bytes.len()) {
        return Sorted::Bad(Fault::new(FaultCode::NotJson, &line.origin, "not one complete JSON object"));
    }
    let Some(ty) = scan::resource_type(&line.bytes) else {
        return Sorted::Bad(Fault::new(FaultCode::NotFhir, &line.origin, "no resourceType"));
    };
    let patient = match ty {
        "Bundle" => {
            let bytes = line.bytes.len() as u64;
            return Sorted::Unit(Unit { origin: line.origin, bytes, content: Content::Text(line.bytes.into()) });
        }
        _ if is_artifact(ty) => return Sorted::Knowledge,
        "Patient" => scan::member(&line.bytes, "id").and_then(scan::plain).map(str::to_owned),
        "MeasureReport" => report_subject(&line.bytes),
        _ => subject(&line.bytes).map(|r| patient_id(&r).to_owned()),
    };
    match line.patient.clone().or(patient) {
        Some(patient) => Sorted::OfPatient(patient, line),
        None if ty == "Patient" => {
            Sorted::Bad(Fault::new(FaultCode::NoPatient, &line.origin, "a Patient without an id, to which nothing can refer"))
        }
        None => Sorted::OfNobody(line),
    }
}

/// Reads a file whole and parses it.
fn read(file: &Path, options: &SourceOptions) -> Result<Document, Fault> {
    let origin = Origin::file(&file.to_string_lossy());
    let unreadable = |e: std::io::Error| compressed::fault(&e, &origin);
    let allowed = options.limits.file_bytes;
    let Opened { reader, bytes: length } = compressed::open(file).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(allowed) as usize);
    reader.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > allowed {
        let length = length.map_or_else(|| "more".to_owned(), |length| length.to_string());
        return Err(Fault::new(FaultCode::TooLarge, &origin, format!("a file of {length} bytes, {allowed} allowed")));
    }
    parse(bytes, &origin, options)
}

fn parse(bytes: impl Into<Arc<[u8]>>, origin: &Origin, options: &SourceOptions) -> Result<Document, Fault> {
    let limits = options.limits.json();
    let parsed = match &options.projection {
        None => Document::parse(bytes, &limits),
        Some(projection) => Document::parse_projected(bytes, projection, &limits),
    };
    parsed.map_err(|faults| match faults.first() {
        Some(fault) => {
            let code = if fault.code.is_limit() { FaultCode::TooLarge } else { FaultCode::NotJson };
            let place = Origin { line: origin.line.or(Some(u64::from(fault.line))), ..origin.clone() };
            Fault::new(code, &place, format!("{}, column {}", fault.message, fault.column))
        }
        None => Fault::new(FaultCode::NotJson, origin, "not JSON"),
    })
}

impl Unit {
    /// How many units it stands for.
    pub(crate) fn count(&self) -> u64 {
        match &self.content {
            Content::Lines(block) => block.count,
            _ => 1,
        }
    }

    /// Takes units off the front, all at most; says how many.
    pub(crate) fn skip(&mut self, units: u64) -> u64 {
        match &mut self.content {
            Content::Lines(block) => {
                let skipped = block.skip(units);
                self.bytes = block.len();
                skipped
            }
            _ => units.min(1),
        }
    }

    /// The lines of a block as units of their own; of every other content itself.
    pub(crate) fn parts(self) -> impl Iterator<Item = Unit> {
        let (mut lines, mut whole) = match self.content {
            Content::Lines(block) => (Some(block), None),
            _ => (None, Some(self)),
        };
        std::iter::from_fn(move || {
            let Some(block) = &mut lines else { return whole.take() };
            let (origin, text) = block.next()?;
            Some(Unit { origin, bytes: text.len() as u64, content: Content::Text(text.into()) })
        })
    }

    /// Parses the unit and cuts it into patients, which of a block come before its faults.
    pub(crate) fn assemble(self, options: &SourceOptions) -> Assembled {
        let assembler = Assembler { limits: &options.limits, require_patient: options.require_patient, known: None };
        let nothing = |_: &str| Vec::new();
        match self.content {
            Content::Text(bytes) => match parse(bytes, &self.origin, options) {
                Ok(document) => assembler.assemble(vec![(self.origin, document)], &nothing),
                Err(fault) => Assembled { patients: Vec::new(), faults: vec![fault] },
            },
            Content::Files { files, beside } => {
                let mut documents = Vec::with_capacity(files.len());
                let mut faults = Vec::new();
                for file in files {
                    match read(&file, options) {
                        Ok(document) => documents.push((Origin::file(&file.to_string_lossy()), document)),
                        Err(fault) => faults.push(fault),
                    }
                }
                let reports = |patient: &str| beside.as_ref().map_or_else(Vec::new, |b| b.of(patient, options));
                // A record with a part that cannot be read is not evaluated: an absent fact must not be taken for one that is not so.
                if !faults.is_empty() {
                    return Assembled { patients: Vec::new(), faults };
                }
                assembler.assemble(documents, &reports)
            }
            Content::Lines(_) => {
                let mut all = Assembled::default();
                for Assembled { patients, faults } in self.parts().map(|unit| unit.assemble(options)) {
                    all.patients.extend(patients);
                    all.faults.extend(faults);
                }
                all
            }
            Content::Group { patient, parts, shared } => assemble_group(&assembler, &patient, parts, &shared, options),
        }
    }
}

fn assemble_group(
    assembler: &Assembler<'_>,
    patient: &str,
    parts: Vec<Part>,
    shared: &Shared,
    options: &SourceOptions,
) -> Assembled {
    let mut documents: Vec<(Origin, Document)> = Vec::with_capacity(parts.len());
    let mut faults = Vec::new();
    let bytes: u64 = parts.iter().map(|p| p.bytes.len() as u64).sum();
    if bytes > assembler.limits.patient_bytes {
        let detail = format!("a patient of {bytes} bytes, {} allowed", assembler.limits.patient_bytes);
        let origin = parts.first().map_or_else(|| Origin::file(""), |p| p.origin.clone());
        return Assembled { patients: Vec::new(), faults: vec![Fault::new(FaultCode::TooLarge, &origin, detail)] };
    }
    for part in parts {
        match parse(part.bytes, &part.origin, options) {
            Ok(document) => documents.push((part.origin, document)),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Assembled { patients: Vec::new(), faults };
    }
    if !shared.is_empty() {
        add_shared(&mut documents, shared, options);
    }
    let known = Assembler { known: Some(patient), limits: assembler.limits, require_patient: assembler.require_patient };
    known.assemble(documents, &|_| Vec::new())
}

/// Adds what the patient's resources refer to, directly or through another one.
fn add_shared(documents: &mut Vec<(Origin, Document)>, shared: &Shared, options: &SourceOptions) {
    let limits = options.limits.json();
    let mut have = HashSet::new();
    let mut next = 0;
    while next < documents.len() {
        let mut wanted = Vec::new();
        references(documents[next].1.root(), 0, &mut |reference| wanted.extend(shared.find(reference)));
        for index in wanted {
            if have.insert(index) {
                documents.extend(shared.document(index, &limits));
            }
        }
        next += 1;
    }
}
