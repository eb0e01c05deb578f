//! Expected MeasureReports: those among the data, and those under `--expected`.

use super::files;
use crate::Failure;
use measure::{Expected, Measure};
use population::Patient;
use std::collections::HashMap;
use std::path::PathBuf;

/// Reports given apart from the data, by patient id.
#[derive(Default)]
pub struct Apart(HashMap<String, Vec<Expected>>);

impl Apart {
    /// Reads every MeasureReport under the paths.
    pub fn load(paths: &[PathBuf]) -> Result<Apart, Failure> {
        let mut apart = Apart::default();
        for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson"))? {
            for document in files::documents(&file.path)? {
                files::resources(document.root(), &mut |resource| {
                    if let Some(report) = Expected::read(resource)
                        && let Some(subject) = &report.subject
                    {
                        let id = subject.rsplit(['/', ':']).next().unwrap_or(subject).to_owned();
                        apart.0.entry(id).or_default().push(report);
                    }
                });
            }
        }
        if apart.0.is_empty() && !paths.is_empty() {
            return Err(Failure::new("no MeasureReport with a subject under --expected"));
        }
        Ok(apart)
    }

    /// All reports of a patient, each once.
    pub fn of(&self, patient: &Patient) -> Vec<Expected> {
        let mut reports: Vec<Expected> = Vec::new();
        for document in &patient.expected {
            files::resources(document.root(), &mut |resource| reports.extend(Expected::read(resource)));
        }
        reports.extend(self.0.get(&patient.id).into_iter().flatten().cloned());
        let mut kept: Vec<Expected> = Vec::new();
        for report in reports {
            if !kept.iter().any(|k| *k == report || (k.id.is_some() && k.id == report.id)) {
                kept.push(report);
            }
        }
        kept
    }
}

/// The report meant for a measure: one that names it, or names none.
pub fn of_measure<'r>(reports: &'r [Expected], measure: &Measure, any: bool) -> Option<&'r Expected> {
    let named = reports.iter().find(|r| r.measure.as_deref().is_some_and(|m| measure.is_meant_by(m)));
    named.or_else(|| reports.iter().find(|r| any || r.measure.as_deref().is_none_or(str::is_empty)))
}
