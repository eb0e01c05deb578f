//! What a source may cost.

use std::path::PathBuf;
use std::sync::Arc;

/// Limits of a source. Exceeding one is a fault of that patient, line or file; the others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one patient's resources.
    pub patient_bytes: u64,
    /// Most resources of one patient.
    pub patient_resources: usize,
    /// Longest line of an NDJSON file, longest Parquet text, and longest element of an array, in bytes.
    pub line_bytes: u64,
    /// Largest JSON file read as a whole (a Bundle, which may hold many patients), in bytes.
    pub file_bytes: u64,
    /// Deepest nesting of JSON.
    pub depth: usize,
    /// Most bytes of resources that belong to no patient (Practitioner, Organization, Medication...) kept in memory for the patients that
    /// refer to them.
    pub shared_bytes: u64,
    /// Most bytes held in memory while resources are grouped by patient; beyond it they go to the temporary folder.
    pub group_bytes: u64,
}

impl Default for Limits {
    /// 64 MiB and 100,000 resources a patient, 256 MiB a line, 1 GiB a file, depth 64, 64 MiB shared, 256 MiB while grouping.
    fn default() -> Limits {
        Limits {
            patient_bytes: 64 << 20,
            patient_resources: 100_000,
            line_bytes: 256 << 20,
            file_bytes: 1 << 30,
            depth: 64,
            shared_bytes: 64 << 20,
            group_bytes: 256 << 20,
        }
    }
}

impl Limits {
    pub(crate) fn json(&self) -> json::Limits {
        let bytes = usize::try_from(self.file_bytes.max(self.line_bytes)).unwrap_or(usize::MAX);
        // The shortest value with its comma takes two bytes, so the bytes bound the values too.
        json::Limits { max_bytes: bytes, max_depth: self.depth, max_nodes: bytes, max_faults: 1 }
    }
}

/// How a source is read.
#[derive(Clone, Debug)]
pub struct SourceOptions {
    /// Limits.
    pub limits: Limits,
    /// A folder for what does not fit the memory while resources are grouped by patient. The source makes a folder of its own in it, readable by its
    /// owner only, and removes it when it is dropped. It then holds the input's health information.
    pub temporary: Option<PathBuf>,
    /// Into how many parts resources are divided while they are grouped; a part is held in memory at once. The order of patients depends on it.
    pub partitions: u16,
    /// What of each document will be asked for; the rest is checked and passed over. It must keep `resourceType`, `id`, `fullUrl` and the resources of Bundles
    /// (as [`crate::Need::projection`] does). `None` keeps everything.
    pub projection: Option<Arc<json::Projection>>,
    /// Whether a record without a Patient resource is a fault (the default) or is evaluated as it is.
    pub require_patient: bool,
}

impl Default for SourceOptions {
    fn default() -> SourceOptions {
        SourceOptions { limits: Limits::default(), temporary: None, partitions: 256, projection: None, require_patient: true }
    }
}
