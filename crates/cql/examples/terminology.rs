//! Value sets and code systems are given, never fetched; one that is not there is an error that names it. `cargo run -p cql --example terminology`.

use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Source, Terminology, compile};

const LIBRARY: &str = "
library Diabetes version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem \"Registry\": 'http://example.org/CodeSystem/registry'
code \"Metabolic disease\": 'metabolic' from \"Registry\"
valueset \"Diabetes\": 'http://example.org/ValueSet/diabetes'
valueset \"Renal\": 'http://example.org/ValueSet/renal'
context Patient
define \"Diabetic\": exists [Condition: \"Diabetes\"]
define \"Kidney disease\": exists [Condition: \"Renal\"]
define \"Both\": \"Kidney disease\" and \"Diabetic\"
define \"Metabolic\": exists ([Condition] C where Subsumes(ToConcept(\"Metabolic disease\"), C.code))";

const PATIENT: &str = r#"{ "resourceType": "Bundle", "entry": [
  { "resource": { "resourceType": "Condition", "id": "c", "code": { "coding": [
    { "system": "http://snomed.info/sct", "code": "44054006" },
    { "system": "http://example.org/CodeSystem/registry", "code": "diabetes-2" }] } } } ] }"#;

const CODE_SYSTEM: &str = r#"{ "resourceType": "CodeSystem", "url": "http://example.org/CodeSystem/registry", "content": "complete",
  "concept": [{ "code": "metabolic", "concept": [{ "code": "diabetes", "concept": [{ "code": "diabetes-2" }] }] }] }"#;

const VALUE_SET: &str = r#"{ "resourceType": "ValueSet", "url": "http://example.org/ValueSet/diabetes", "version": "2026", "expansion": {
  "contains": [{ "system": "http://snomed.info/sct", "code": "44054006" }, { "system": "http://snomed.info/sct", "code": "46635009" }] } }"#;

/// Prints what is answered and what cannot be.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = Source { name: "diabetes.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;

    let mut terminology = Terminology::new();
    let value_set = json::Document::parse(VALUE_SET.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
    terminology.add_fhir_value_set(value_set.root()).map_err(|fault| fault.to_string())?;
    let system = json::Document::parse(CODE_SYSTEM.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
    terminology.add_fhir_code_system(system.root()).map_err(|fault| fault.to_string())?;

    let document = json::Document::parse(PATIENT.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
    let data = Data::from_document(&document);
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    let parameters = Parameters::new();
    let options = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
    let answers = program.evaluate(&data, &parameters, now, &options)?;
    for name in ["Diabetic", "Kidney disease", "Both", "Metabolic"] {
        let definition = program.definition(name).ok_or("no such definition")?;
        match answers.error(definition) {
            Some(error) => println!("{name}: error: {error}"),
            None => println!("{name}: {}", answers.value(definition)),
        }
    }
    let renal = program.definition("Kidney disease").ok_or("no such definition")?;
    let error = answers.error(renal).ok_or("an absent value set is an error")?;
    assert_eq!(error.problem.code(), "value-set-absent");
    assert!(error.to_string().contains("http://example.org/ValueSet/renal"));
    assert_eq!(answers.tri(renal), None, "and never an empty set");
    let metabolic = program.definition("Metabolic").ok_or("no such definition")?;
    assert_eq!(answers.tri(metabolic), Some(true), "by the hierarchy of the code system given");
    Ok(())
}
