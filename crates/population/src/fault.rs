//! What was wrong with an input, where, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// The kind of a [`Fault`]. [`FaultCode::as_str`] is stable and may be shown or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultCode {
    /// A file or folder cannot be read.
    Unreadable,
    /// Nothing in the paths given can hold a patient.
    NothingFound,
    /// The bytes are compressed in a way that is not read.
    Compressed,
    /// Not JSON.
    NotJson,
    /// JSON, but no FHIR resource.
    NotFhir,
    /// A Parquet file that cannot be read, or that lacks the columns.
    NotParquet,
    /// Resources of a patient without the Patient resource, or a Bundle or folder without one.
    NoPatient,
    /// A second resource of the same type and id in one record, with other content.
    RepeatedResource,
    /// A resource that names no patient and that no patient refers to.
    NoSubject,
    /// More bytes than a patient, a line or a file may have.
    TooLarge,
    /// More resources than a patient may have.
    TooManyResources,
    /// The resources must be grouped by patient, do not fit the memory allowed, and no temporary folder was named.
    NeedsFolder,
    /// The evaluation of one patient failed in a way it never should.
    Panicked,
    /// A checkpoint of another run, or a damaged one, or none possible.
    OtherRun,
    /// A checkpoint that cannot be written.
    NotWritten,
}

impl FaultCode {
    /// The stable spelling of this code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FaultCode::Unreadable => "unreadable",
            FaultCode::NothingFound => "nothing-found",
            FaultCode::Compressed => "compressed",
            FaultCode::NotJson => "not-json",
            FaultCode::NotFhir => "not-fhir",
            FaultCode::NotParquet => "not-parquet",
            FaultCode::NoPatient => "no-patient",
            FaultCode::RepeatedResource => "repeated-resource",
            FaultCode::NoSubject => "no-subject",
            FaultCode::TooLarge => "too-large",
            FaultCode::TooManyResources => "too-many-resources",
            FaultCode::NeedsFolder => "needs-folder",
            FaultCode::Panicked => "panicked",
            FaultCode::OtherRun => "other-run",
            FaultCode::NotWritten => "not-written",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            FaultCode::Unreadable => "check that the path exists and may be read",
            FaultCode::NothingFound => "give Bundles, NDJSON, Parquet, or a folder that holds them",
            FaultCode::Compressed => "unpack it first; gzip and Zstandard are read as they are, when they are whole",
            FaultCode::NotJson => "export the file again, or remove it",
            FaultCode::NotFhir => "give FHIR R4 resources in JSON, each with a resourceType",
            FaultCode::NotParquet => "give a text column `resource` with one resource or Bundle a row, and optionally `patient`",
            FaultCode::NoPatient => "add the Patient resource, or allow patients without one",
            FaultCode::RepeatedResource => "keep one resource for each type and id",
            FaultCode::NoSubject => "give it a subject or patient reference; it was left out",
            FaultCode::TooLarge | FaultCode::TooManyResources => "raise the limit, or split the input",
            FaultCode::NeedsFolder => "name a temporary folder, or raise the memory allowed",
            FaultCode::Panicked => "this is a defect of the engine: report it; the other patients are not affected",
            FaultCode::OtherRun => "remove the checkpoint to begin again",
            FaultCode::NotWritten => "free space, or name another file",
        }
    }
}

/// Where something came from: a file, and a line of it when it has lines.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The path as it was found, `-` for standard input.
    pub file: Arc<str>,
    /// Line (NDJSON), row (Parquet) or first line of the element (array), from 1; the whole file when absent.
    pub line: Option<u64>,
}

impl Origin {
    /// A whole file.
    #[must_use]
    pub fn file(file: &str) -> Origin {
        Origin { file: file.into(), line: None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One fault of the input. It never quotes the content, which is health information; a file name is shown as it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {detail} [{}]; {}", .code.as_str(), .code.advice())]
pub struct Fault {
    /// What kind of fault.
    pub code: FaultCode,
    /// Where.
    pub origin: Origin,
    /// What exactly, without any content.
    pub detail: String,
}

impl Fault {
    pub(crate) fn new(code: FaultCode, origin: &Origin, detail: impl Into<String>) -> Fault {
        Fault { code, origin: origin.clone(), detail: detail.into() }
    }
}
