//! Patients from files: a Bundle, or a folder of resources, is one patient.

use super::files;
use crate::Failure;
use ::cql::Data;
use json::{Document, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One patient.
pub struct Patient {
    /// The logical id.
    pub id: String,
    /// Where it was found.
    pub origin: String,
    /// Everything that belongs to the patient.
    pub documents: Vec<Document>,
    /// Expected results.
    pub expected: Vec<Document>,
}

impl Patient {
    /// The record.
    pub fn data(&self) -> Data<'_> {
        let mut all = Vec::new();
        for document in &self.documents {
            let root = document.root();
            if root.get("resourceType").is_some_and(|t| t.is_str("Bundle")) {
                for entry in root.get("entry").into_iter().flat_map(|e| e.items()) {
                    let url = entry.get("fullUrl").and_then(|u| u.plain_bytes()).and_then(|b| std::str::from_utf8(b).ok());
                    all.extend(entry.get("resource").filter(|r| !is_report(*r)).map(|r| (url, r)));
                }
            } else {
                all.push((None, root));
            }
        }
        Data::load(all)
    }
}

fn is_report(value: Value<'_>) -> bool {
    value.get("resourceType").is_some_and(|t| t.is_str("MeasureReport"))
}

/// All patients under the paths.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Patient>, Failure> {
    let mut groups: BTreeMap<String, Patient> = BTreeMap::new();
    for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson"))? {
        let mut documents = Vec::new();
        for document in files::documents(&file.path)? {
            if document.root().kind() == json::Kind::Array {
                documents.extend(document.root().items().filter_map(|i| Document::parse(i.raw(), &files::limits()).ok()));
            } else {
                documents.push(document);
            }
        }
        let many = documents.len() > 1;
        for (number, document) in documents.into_iter().enumerate() {
            let bundle = document.root().get("resourceType").is_some_and(|t| t.is_str("Bundle"));
            let origin = if bundle { Some(file.path.clone()) } else { file.path.parent().map(|p| p.to_owned()) };
            let mut origin = origin.unwrap_or_default().display().to_string();
            if many {
                origin.push_str(&format!(":{:06}", number + 1));
            }
            let patient = groups.entry(origin.clone()).or_insert_with(|| Patient {
                id: String::new(),
                origin,
                documents: Vec::new(),
                expected: Vec::new(),
            });
            files::resources(document.root(), &mut |resource| {
                if resource.get("resourceType").is_some_and(|t| t.is_str("Patient")) {
                    patient.id = files::string(resource, "id").unwrap_or_default();
                }
                if is_report(resource)
                    && let Ok(own) = Document::parse(resource.raw(), &files::limits())
                {
                    patient.expected.push(own);
                }
            });
            if !is_report(document.root()) {
                patient.documents.push(document);
            }
        }
    }
    Ok(groups.into_values().filter(|p| !p.id.is_empty()).collect())
}
