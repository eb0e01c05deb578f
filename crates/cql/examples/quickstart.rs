//! From CQL text and a FHIR Bundle to an answer: `cargo run -p cql --example quickstart`.

use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Options, Parameters, Source, compile};

const LIBRARY: &str = "
library Oxygen version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem \"LOINC\": 'http://loinc.org'
code \"Saturation\": '59408-5' from \"LOINC\"
parameter \"Threshold\" System.Quantity default 88 '%'
context Patient
define \"Readings\": [Observation: \"Saturation\"] O where O.status = 'final'
define \"Lowest\": Min(\"Readings\" R return R.value as Quantity)
define \"Qualifies\": \"Lowest\" <= \"Threshold\"";

const BUNDLE: &str = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
  { "resource": { "resourceType": "Patient", "id": "p" } },
  { "resource": { "resourceType": "Observation", "id": "morning", "status": "final",
      "code": { "coding": [{ "system": "http://loinc.org", "code": "59408-5" }] },
      "valueQuantity": { "value": 86.5, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } },
  { "resource": { "resourceType": "Observation", "id": "draft", "status": "preliminary",
      "code": { "coding": [{ "system": "http://loinc.org", "code": "59408-5" }] },
      "valueQuantity": { "value": 70, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } }
] }"#;

/// Prints every definition of the library.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Every fault of every source comes at once, with line, caret and advice.
    let source = Source { name: "oxygen.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;

    // The JSON is parsed once and read in place; `program` is shared between threads, `data` belongs to one patient.
    let document = json::Document::parse(BUNDLE.as_bytes(), &json::Limits::default()).map_err(|faults| faults[0].to_string())?;
    let data = Data::from_document(&document);

    // The engine has no clock: the time of the request is an argument.
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    let parameters = Parameters::new();
    let answers = program.evaluate(&data, &parameters, now, &EvalOptions::default())?;
    for definition in program.definitions(program.libraries()[0].id) {
        println!("{}: {} = {}", definition.name, definition.ty, data.value_to_json(answers.value(definition.id)));
    }
    let qualifies = program.definition("Qualifies").ok_or("no such definition")?;
    assert!(matches!(answers.value(qualifies), Value::Boolean(true)));
    Ok(())
}
