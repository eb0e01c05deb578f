//! What would have to be known: an unknown is never false, and says what it lacks. `cargo run -p cql --example missing_facts`.

use cql::value::DateTime;
use cql::{Data, EvalOptions, MissingLimits, Options, Parameters, Source, compile};

const LIBRARY: &str = "
library Bed version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem \"LOINC\": 'http://loinc.org'
code \"Weight\": '29463-7' from \"LOINC\"
code \"Head elevation\": '8361-8' from \"LOINC\"
context Patient
define \"Heavy\": First([Observation: \"Weight\"]).value as Quantity > 158 'kg'
define \"Needs elevation\": First([Observation: \"Head elevation\"]).value as Quantity > 30 'deg'
define \"Heavy duty bed\": \"Heavy\" and \"Needs elevation\"";

const BUNDLE: &str = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
  { "resource": { "resourceType": "Patient", "id": "p" } },
  { "resource": { "resourceType": "Observation", "id": "w", "status": "final",
      "code": { "coding": [{ "system": "http://loinc.org", "code": "29463-7" }] },
      "valueQuantity": { "value": 170, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg" } } }
] }"#;

/// Prints the facts whose absence left the answer open, and the smallest assumptions that would settle it.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = Source { name: "bed.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;
    let document = json::Document::parse(BUNDLE.as_bytes(), &json::Limits::default()).map_err(|faults| faults[0].to_string())?;
    let data = Data::from_document(&document);
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    let parameters = Parameters::new();
    let options = EvalOptions { trace: true, ..EvalOptions::default() };
    let answers = program.evaluate(&data, &parameters, now, &options)?;
    let bed = program.definition("Heavy duty bed").ok_or("no such definition")?;
    assert_eq!(answers.tri(bed), None, "not false: one fact is not known");
    for absent in &answers.evidence(bed).absent {
        println!("absent: {absent:?}");
    }

    // Each set was proven by evaluating with it, and none of its parts is enough.
    let found = program.missing(&data, &parameters, now, &EvalOptions::default(), bed, &MissingLimits::default())?;
    let names: Vec<&str> = found.sets[0].iter().map(|(d, _)| &*program.plan().definition(*d).name).collect();
    println!("it would be true if: {}", names.join(" and "));
    assert_eq!(names, ["Needs elevation"]);
    Ok(())
}
