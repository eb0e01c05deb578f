//! What the fuzz targets share: a generator of typed CQL expressions from bytes, a small patient, and one evaluation with limits.

mod generate;

pub use generate::expression;

use cql::value::DateTime;
use cql::{Data, EvalOptions, Limits, Parameters, Program, Terminology};
use std::sync::OnceLock;

/// Steps one input may take; more is reported by the engine as `too-many-steps`, which is right and not a finding.
const MAX_STEPS: u64 = 20_000;

/// A patient with one resource of a few types, some elements of the wrong kind.
const PATIENT: &str = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
  { "fullUrl": "urn:p", "resource": { "resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1950-02",
      "name": [{ "family": "A", "given": ["B", null] }], "deceasedBoolean": false } },
  { "resource": { "resourceType": "Observation", "id": "o1", "status": "final", "subject": { "reference": "Patient/p" },
      "code": { "coding": [{ "system": "http://loinc.org", "code": "59408-5" }] }, "effectiveDateTime": "2026-01-02T03:04:05+02:00",
      "valueQuantity": { "value": 86.50, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } },
  { "resource": { "resourceType": "Observation", "id": "o2", "status": 7, "subject": { "reference": 3 },
      "code": { "coding": { "code": [] } }, "effectivePeriod": { "start": "2026-13-45", "end": true }, "valueQuantity": { "value": "x" } } },
  { "resource": { "resourceType": "Condition", "id": "c", "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "1" }] },
      "onsetPeriod": { "start": "2025", "end": "2026-01-02" } } },
  { "resource": { "resourceType": "Encounter", "id": "e", "status": "finished", "period": { "start": "2026-01-02T03:04:05Z" } } }
] }"#;

fn patient() -> &'static json::Document {
    static DOCUMENT: OnceLock<json::Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| json::Document::parse(PATIENT.as_bytes(), &json::Limits::default()).expect("the patient is JSON"))
}

/// Every definition's value or error code, as text. Same program, same text.
pub fn answers(program: &Program, trace: bool) -> Vec<String> {
    let data = Data::from_document(patient());
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").expect("a time");
    let (parameters, terminology) = (Parameters::new(), Terminology::new());
    let limits = Limits { max_steps: MAX_STEPS, ..Limits::default() };
    let options = EvalOptions { trace, limits, terminology: Some(&terminology), ..EvalOptions::default() };
    let evaluation = match program.evaluate(&data, &parameters, now, &options) {
        Ok(evaluation) => evaluation,
        Err(error) => return vec![format!("stopped: {}", error.problem.code())],
    };
    let definitions = program.public_definitions().iter();
    definitions
        .map(|definition| {
            if trace {
                let _ = (evaluation.evidence(*definition), evaluation.trace(*definition).to_string());
            }
            match evaluation.error(*definition) {
                Some(error) => format!("error: {}", error.problem.code()),
                None => data.value_to_json(evaluation.value(*definition)).to_string(),
            }
        })
        .collect()
}
