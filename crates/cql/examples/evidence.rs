//! Why an answer is what it is: resources, elements and clauses, as a tree and as JSON. `cargo run -p cql --example evidence`.

use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Source, compile};

const LIBRARY: &str = "
library Cpap version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem \"LOINC\": 'http://loinc.org'
codesystem \"SNOMED\": 'http://snomed.info/sct'
code \"AHI\": '69990-0' from \"LOINC\"
code \"Hypertension\": '38341003' from \"SNOMED\"
context Patient
define \"Severe\": exists ([Observation: \"AHI\"] O where O.value as Quantity >= 15 '/h')
define \"Mild with comorbidity\":
  exists ([Observation: \"AHI\"] O where O.value as Quantity >= 5 '/h')
    and exists [Condition: \"Hypertension\"]
define \"Covered\": \"Severe\" or \"Mild with comorbidity\"";

const BUNDLE: &str = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
  { "resource": { "resourceType": "Patient", "id": "p" } },
  { "resource": { "resourceType": "Observation", "id": "sleep-study", "status": "final",
      "code": { "coding": [{ "system": "http://loinc.org", "code": "69990-0" }] },
      "valueQuantity": { "value": 9, "unit": "/h", "system": "http://unitsofmeasure.org", "code": "/h" } } },
  { "resource": { "resourceType": "Condition", "id": "bp",
      "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "38341003" }] } } }
] }"#;

/// Prints the trace of `Covered` and what it rests on.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = Source { name: "cpap.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;
    let document = json::Document::parse(BUNDLE.as_bytes(), &json::Limits::default()).map_err(|faults| faults[0].to_string())?;
    let data = Data::from_document(&document);
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    let parameters = Parameters::new();

    // Without `trace` none of this is kept, and none of it costs anything.
    let options = EvalOptions { trace: true, ..EvalOptions::default() };
    let answers = program.evaluate(&data, &parameters, now, &options)?;
    let covered = program.definition("Covered").ok_or("no such definition")?;
    println!("{}", answers.trace(covered));

    let evidence = answers.evidence(covered);
    println!("rests on {}", evidence.resources.join(", "));
    for element in &evidence.elements {
        println!("  {} {}", element.resource, element.path);
    }
    assert_eq!(answers.tri(covered), Some(true));
    assert!(evidence.resources.iter().any(|r| &**r == "Condition/bp"));
    Ok(())
}
