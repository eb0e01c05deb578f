//! ELM out and in again gives the same answers: the official suite's expressions and a library over FHIR data.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, Terminology, compile, compile_elm, compile_expression};
use std::path::PathBuf;

fn shared() -> PathBuf {
    match std::env::var_os("AVEDIS_SHARED") {
        Some(path) => path.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

fn now() -> DateTime {
    DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()
}

fn through_elm(program: &Program) -> Program {
    let texts: Vec<String> = program.libraries().iter().map(|l| program.to_elm(l.id).to_string()).collect();
    let sources: Vec<(&str, &str)> = texts.iter().map(|t| ("elm", t.as_str())).collect();
    match compile_elm(&sources) {
        Ok(program) => program,
        Err(faults) => panic!("{}\n{}", faults[0], texts.join("\n")),
    }
}

/// All definitions of the last library as text, errors by what they say.
fn answers(program: &Program, data: &Data<'_>, terminology: &Terminology) -> Vec<(String, String)> {
    let parameters = Parameters::new();
    let options = EvalOptions { terminology: Some(terminology), ..EvalOptions::default() };
    let answers = program.evaluate(data, &parameters, now(), &options).unwrap();
    let mut out: Vec<(String, String)> = program
        .public_definitions()
        .iter()
        .map(|id| {
            let id = *id;
            let name = program.plan().definition(id).name.to_string();
            let text = match answers.error(id) {
                Some(_) => "error".to_owned(),
                None => match answers.value(id) {
                    Value::Null => "null".to_owned(),
                    value => data.value_to_json(value).to_string(),
                },
            };
            (name, text)
        })
        .collect();
    out.sort();
    out
}

#[test]
fn the_official_suite_survives_elm() {
    let file = shared().join("conformance/cql-tests/canonical/tests.json");
    let Ok(tests) = std::fs::read_to_string(&file) else {
        println!("skipped: the official suite is not at {}", file.display());
        return;
    };
    let tests: serde_json::Value = serde_json::from_str(&tests).unwrap();
    let (data, terminology) = (Data::load([]), Terminology::new());
    let mut count = 0;
    let mut different = Vec::new();
    for test in tests.as_array().unwrap() {
        let expression = test["expr"].as_str().unwrap();
        let Ok(program) = compile_expression(expression, &Options::default()) else { continue };
        let direct = answers(&program, &data, &terminology);
        let again = answers(&through_elm(&program), &data, &terminology);
        count += 1;
        if direct != again {
            different.push(format!("{expression}\n   {direct:?}\n   {again:?}"));
        }
    }
    println!("{count} expressions");
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
}

const LIBRARY: &str = r#"
library Example version '1.0'
using FHIR version '4.0.1'
include Common called C
codesystem "LOINC": 'http://loinc.org'
valueset "Diabetes": 'http://example.org/vs/diabetes'
code "A1c": '4548-4' from "LOINC"
concept "Tests": { "A1c" } display 'Tests'
parameter "Period" Interval<DateTime> default Interval[@2025-01-01T00:00:00.000Z, @2026-01-01T00:00:00.000Z)
context Patient
define Age: AgeInYearsAt(@2026-01-01)
define Diagnoses: [Condition: "Diabetes"] C where C.onset.toPeriod() overlaps day of "Period"
define Results: [Observation: "A1c"] O where O.status in { 'final', 'amended' } sort by start of effective.toPeriod() desc
define Latest: First(Results)
define Value: Latest.value as FHIR.Quantity
define High: Value > 9 '%'
define Named: from Diagnoses D, Results R let V: R.value return Tuple { diagnosis: D.id, amount: (V as FHIR.Quantity).value, both: C."Twice"(2) }
define With: Diagnoses D with Results R such that R.effective.toPeriod() starts 1 year or less after start of D.onset.toPeriod() return D.id
define Without: Diagnoses D without Results R such that R.status = 'cancelled'
define Total: (Results R return all (R.value as FHIR.Quantity).value) X aggregate A starting 0.0: A + X
define Names: Patient.name.given
define InSet: exists ([Condition] C where C.code in "Diabetes")
define Kind: case when High then 'high' when Latest is null then 'none' else 'fine' end
define Missing: [Procedure]
define Sum: Sum(Results R return R.value as FHIR.Quantity)
"#;

const COMMON: &str = r"
library Common
using FHIR version '4.0.1'
define function Twice(n Integer): n * 2
define fluent function toPeriod(moment Choice<FHIR.dateTime, FHIR.Period, FHIR.Timing, FHIR.instant, FHIR.Age, FHIR.Range, FHIR.string>):
  case
    when moment is FHIR.dateTime then Interval[FHIRHelpers.ToDateTime(moment as FHIR.dateTime), FHIRHelpers.ToDateTime(moment as FHIR.dateTime)]
    when moment is FHIR.Period then FHIRHelpers.ToInterval(moment as FHIR.Period)
    else null as Interval<DateTime>
  end
";

const BUNDLE: &str = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
  { "resource": { "resourceType": "Patient", "id": "p", "birthDate": "1970-05-05", "name": [{ "given": ["Ann", "B"] }, { "given": ["C"] }] } },
  { "resource": { "resourceType": "Condition", "id": "c1", "onsetDateTime": "2025-02-01T00:00:00Z",
      "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "44054006" }] }, "subject": { "reference": "Patient/p" } } },
  { "resource": { "resourceType": "Condition", "id": "c2", "onsetPeriod": { "start": "2020-02-01" },
      "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "44054006" }] }, "subject": { "reference": "Patient/p" } } },
  { "resource": { "resourceType": "Observation", "id": "o1", "status": "final", "effectiveDateTime": "2025-03-01T00:00:00Z",
      "code": { "coding": [{ "system": "http://loinc.org", "code": "4548-4" }] },
      "valueQuantity": { "value": 9.5, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } },
  { "resource": { "resourceType": "Observation", "id": "o2", "status": "amended", "effectivePeriod": { "start": "2025-01-01", "end": "2025-01-02" },
      "code": { "coding": [{ "system": "http://loinc.org", "code": "4548-4" }] },
      "valueQuantity": { "value": 7.25, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } }
] }"#;

#[test]
fn a_library_over_fhir_survives_elm() {
    // FHIRHelpers is built in, but a library that names it must include it.
    let common = COMMON.replacen("define function", "include FHIRHelpers version '4.0.1'\ndefine function", 1);
    let sources = [Source { name: "example", text: LIBRARY }, Source { name: "common", text: &common }];
    let program = compile(&sources, &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
    let document = json::Document::parse(BUNDLE.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let mut terminology = Terminology::new();
    terminology.add_value_set("http://example.org/vs/diabetes", None, [("http://snomed.info/sct", "44054006")]);
    let direct = answers(&program, &data, &terminology);
    assert!(direct.iter().all(|(_, text)| text != "error"), "{direct:?}");
    let find = |name: &str| direct.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone()).unwrap();
    assert_eq!(find("Age"), "55");
    assert_eq!(find("High"), "true");
    assert_eq!(find("Kind"), "\"high\"");
    assert_eq!(find("InSet"), "true");
    assert_eq!(find("Total"), "16.75");
    let mut again = answers(&through_elm(&program), &data, &terminology);
    // ELM gives every library its own definition of the patient.
    again.retain(|(name, _)| name != "Patient");
    let direct: Vec<_> = direct.into_iter().filter(|(name, _)| name != "Patient").collect();
    assert_eq!(direct, again);
}

#[test]
fn bad_elm_is_refused_with_its_place() {
    for (text, wanted) in [
        ("", "expected"),
        ("{}", "no `library`"),
        (r#"{"library":{"identifier":{"id":"A"},"statements":{"def":[{"name":"X"}]}}}"#, "no expression"),
        (r#"{"library":{"identifier":{"id":"A"},"statements":{"def":[{"name":"X","expression":{"type":"Zap"}}]}}}"#, "Zap"),
        (
            r#"{"library":{"identifier":{"id":"A"},"statements":{"def":[{"name":"X","expression":{"type":"ExpressionRef","name":"X"}}]}}}"#,
            "by itself",
        ),
        (
            r#"{"library":{"identifier":{"id":"A"},"includes":{"def":[{"localIdentifier":"B","path":"B","version":"2"}]}}}"#,
            "no library B version 2",
        ),
    ] {
        let faults = compile_elm(&[("bad.json", text)]).err().unwrap();
        let all: String = faults.iter().map(|f| f.to_string()).collect();
        assert!(all.contains(wanted) || wanted == "expected", "{text}: {all}");
    }
    let deep = format!(
        r#"{{"library":{{"identifier":{{"id":"A"}},"statements":{{"def":[{{"name":"X","expression":{}{}{}}}]}}}}}}"#,
        r#"{"type":"Not","operand":"#.repeat(550),
        r#"{"type":"Null"}"#,
        "}".repeat(550)
    );
    assert!(compile_elm(&[("deep", &deep)]).is_ok());
    let deeper = deep.replace(
        r#"{"type":"Null"}"#,
        &format!("{}{}{}", r#"{"type":"Not","operand":"#.repeat(5_000), "null", "}".repeat(5_000)),
    );
    assert!(compile_elm(&[("deeper", &deeper)]).is_err());
}
