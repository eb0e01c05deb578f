//! `avedis cql`, as somebody uses it who has only read its help: a small fictional deck of a measure, its libraries, value sets, patients and expected results.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use base64::Engine;
use house::{Folder, avedis, text};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

const COMMON: &str = "
library Common version '2.0.0'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
context Patient
define fluent function isDone(exam FHIR.Procedure): exam.status = 'completed'
";

const FEET: &str = "
library Feet version '1.0.0'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
include Common version '2.0.0' called C
valueset \"Sugar\": 'http://example.org/fhir/ValueSet/sugar'
valueset \"Foot Exam\": 'http://example.org/fhir/ValueSet/foot-exam'
parameter \"Measurement Period\" Interval<DateTime> default Interval[@2020-01-01T00:00:00.0, @2021-01-01T00:00:00.0)
parameter \"Threshold\" Integer default 18
context Patient
define \"Initial Population\": AgeInYearsAt(date from end of \"Measurement Period\") >= \"Threshold\" and exists [Condition: \"Sugar\"]
define \"Denominator\": \"Initial Population\"
define \"Denominator Exclusions\": exists (Patient.identifier i where i.value = 'no feet')
define \"Exams\": [Procedure: \"Foot Exam\"] P where P.isDone() and (P.performed as FHIR.dateTime) during \"Measurement Period\"
define \"Numerator\": exists \"Exams\"
define \"Last Exam\": Last(\"Exams\")
";

/// A deck in a folder.
struct Deck(Folder);

impl Deck {
    fn new(name: &str) -> Deck {
        let deck = Deck(Folder::new(name));
        deck.write("cql/Common.cql", COMMON);
        deck.write("cql/Feet.cql", FEET);
        // Neighbours with faults that nothing includes.
        deck.write("cql/Broken.cql", "library Broken version '1'\ndefine X: 1 +\ndefine Y: Z");
        let set = |id: &str, code: &str| {
            json!({ "resourceType": "ValueSet", "url": format!("http://example.org/fhir/ValueSet/{id}"), "version": "1",
                "expansion": { "contains": [{ "system": "http://example.org/codes", "code": code }] } })
        };
        deck.write("valuesets/sugar.json", &set("sugar", "sweet").to_string());
        deck.write(
            "valuesets/exam.json",
            &json!({ "resourceType": "Bundle", "entry": [{ "resource": set("foot-exam", "exam") }] }).to_string(),
        );
        deck.write("measure.json", &measure().to_string());
        deck.patient("one", "1960-01-01", "", Some("2026-03-01T10:00:00Z"), [1, 1, 0, 1]);
        deck.patient("two", "1960-01-01", "", None, [1, 1, 0, 0]);
        deck.patient("three", "1960-01-01", "no feet", Some("2026-03-01T10:00:00Z"), [1, 1, 1, 0]);
        deck.patient("four", "2020-01-01", "", Some("2026-03-01T10:00:00Z"), [0, 0, 0, 0]);
        deck
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A test case: a folder of resources with the report that is expected.
    fn patient(&self, id: &str, born: &str, identifier: &str, exam: Option<&str>, expected: [u32; 4]) {
        let coded = |code: &str| json!({ "coding": [{ "system": "http://example.org/codes", "code": code }] });
        let subject = json!({ "reference": format!("Patient/{id}") });
        let put = |name: &str, resource: Json| self.write(&format!("tests/{id}/{name}.json"), &resource.to_string());
        put(
            "Patient",
            json!({ "resourceType": "Patient", "id": id, "birthDate": born, "identifier": [{ "value": identifier }] }),
        );
        put(
            "Condition",
            json!({ "resourceType": "Condition", "id": format!("c-{id}"), "subject": subject, "code": coded("sweet") }),
        );
        if let Some(exam) = exam {
            put(
                "Procedure",
                json!({ "resourceType": "Procedure", "id": format!("p-{id}"), "status": "completed", "subject": subject, "code": coded("exam"), "performedDateTime": exam }),
            );
        }
        let codes = ["initial-population", "denominator", "denominator-exclusion", "numerator"];
        let rows =
            codes.iter().zip(expected).map(|(code, count)| json!({ "code": { "coding": [{ "code": code }] }, "count": count }));
        put(
            "MeasureReport",
            json!({ "resourceType": "MeasureReport", "id": format!("r-{id}"), "status": "complete", "type": "individual",
                "measure": "http://example.org/fhir/Measure/FeetMeasure", "period": { "start": "2026-01-01", "end": "2026-12-31" },
                "group": [{ "id": "G1", "population": rows.collect::<Vec<_>>(), "measureScore": { "value": 0.0 } }] }),
        );
    }

    /// Runs a command with paths of the deck: words that begin with `%` are names in it.
    fn run(&self, words: &str) -> (Option<i32>, String, String) {
        let words: Vec<String> = split(words)
            .into_iter()
            .map(|w| w.strip_prefix('%').map_or_else(|| w.clone(), |name| self.path(name).display().to_string()))
            .collect();
        let mut all = vec!["cql"];
        all.extend(words.iter().map(String::as_str));
        let output = avedis(&all);
        let out = String::from_utf8(output.stdout.clone()).unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        (output.status.code(), out, said)
    }
}

/// Words, kept together in single quotes.
fn split(words: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (index, part) in words.split('\'').enumerate() {
        if index % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    out
}

fn measure() -> Json {
    let population = |code: &str, name: &str| json!({ "code": { "coding": [{ "code": code }] }, "criteria": { "language": "text/cql-identifier", "expression": name } });
    json!({
        "resourceType": "Measure", "id": "FeetMeasure", "url": "http://example.org/fhir/Measure/FeetMeasure", "version": "1.0.0",
        "library": ["http://example.org/fhir/Library/Feet|1.0.0"],
        "scoring": { "coding": [{ "code": "proportion" }] },
        "effectivePeriod": { "start": "2025-01-01", "end": "2025-12-31" },
        "group": [{ "id": "G1", "population": [
            population("initial-population", "Initial Population"), population("denominator", "Denominator"),
            population("denominator-exclusion", "Denominator Exclusions"), population("numerator", "Numerator"),
        ] }],
    })
}

fn lines(out: &str) -> Vec<Json> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The line of a patient.
fn of<'l>(lines: &'l [Json], patient: &str) -> &'l Json {
    lines.iter().find(|l| l["patient"] == patient).unwrap_or_else(|| panic!("no {patient} in {lines:?}"))
}

#[test]
fn every_command_has_help_with_examples() {
    for command in ["check", "translate", "evaluate", "test", "repl"] {
        let help = avedis(&["cql", command, "--help"]);
        assert!(help.status.success() && text(&help).contains("Examples:"), "{command}: {}", text(&help));
    }
}

#[test]
fn check_says_every_fault_of_every_library() {
    let deck = Deck::new("cql-check");
    let (code, out, _) = deck.run("check %cql");
    assert_eq!(code, Some(1), "{out}");
    for wanted in ["Broken.cql:3:1", "Broken.cql:3:11", "^", "3 libraries: 2 errors"] {
        assert!(out.contains(wanted), "{wanted} is not in {out}");
    }
    let (code, out, _) = deck.run("check %cql --json");
    let faults = lines(&out);
    assert_eq!((code, faults.len()), (Some(1), 2), "{out}");
    assert_eq!(faults[1]["code"], "unknown-name");
    let (code, out, _) = deck.run("check %cql/Feet.cql %cql/Common.cql");
    assert_eq!(code, Some(0), "{out}");
    let (code, _, said) = deck.run("check %valuesets");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_library_of_a_folder_with_faulty_neighbours_is_evaluated() {
    let deck = Deck::new("cql-evaluate");
    let common = "--library %cql --main Feet --valuesets %valuesets --data %tests";
    let (code, out, said) = deck.run(&format!("evaluate {common} --parameter '\"Measurement Period\"=2026-01-01..2026-12-31'"));
    assert_eq!(code, Some(0), "{out}{said}");
    let found = lines(&out);
    assert_eq!(found.len(), 4);
    let one = of(&found, "one");
    assert_eq!(one["definitions"]["Numerator"], json!(true));
    assert_eq!(one["definitions"]["Last Exam"], json!({ "resourceType": "Procedure", "id": "p-one" }));
    assert_eq!(of(&found, "two")["definitions"]["Last Exam"], Json::Null);
    // In the order of the source, after the patient.
    assert!(out.starts_with("{\"patient\":"), "{out}");
    assert!(out.lines().all(|l| l.find("Initial Population") < l.find("Denominator")), "{out}");

    // Without a parameter the period is that of the reports among the data; without those the library's default, which is another year.
    let (_, out, said) = deck.run(&format!("evaluate {common} --definitions Numerator"));
    assert_eq!(of(&lines(&out), "one")["definitions"], json!({ "Numerator": true }));
    assert!(said.contains("2026-01-01 to 2026-12-31"), "{said}");
    std::fs::remove_file(deck.path("tests/one/MeasureReport.json")).unwrap();
    let (_, out, _) = deck.run(&format!("evaluate {common} --definitions Numerator"));
    assert_eq!(of(&lines(&out), "one")["definitions"], json!({ "Numerator": false }));

    let (_, out, _) = deck.run(&format!(
        "evaluate {common} --full --trace --definitions 'Last Exam,Numerator' --parameter 'Measurement Period=2026'"
    ));
    assert_eq!(out, "", "a year alone is no period");
    let (_, out, _) =
        deck.run(&format!("evaluate {common} --full --trace --definitions 'Last Exam,Numerator' --parameter 'Measurement Period=2026-01-01..2026-12-31'"));
    let found = lines(&out);
    assert_eq!(of(&found, "one")["definitions"]["Last Exam"]["performedDateTime"], json!("2026-03-01T10:00:00Z"));
    let trace = &of(&found, "one")["trace"]["Numerator"];
    assert!(trace["evidence"]["resources"].to_string().contains("Procedure/p-one"), "{trace}");
    assert!(of(&found, "two")["trace"]["Numerator"]["evidence"]["absent"].to_string().contains("Foot Exam"));
}

#[test]
fn parameters_of_a_wrong_name_or_type_are_refused() {
    let deck = Deck::new("cql-parameters");
    let common = "evaluate --library %cql --main Feet --valuesets %valuesets --data %tests";
    for (parameter, wanted) in [
        ("Treshold=3", "\"Threshold\" Integer"),
        ("Threshold='many'", "declared Integer"),
        ("Threshold=1 +", "declared Integer"),
        ("Threshold", "NAME=VALUE"),
        ("Measurement Period=2026-13-01..2026-12-31", "not a date"),
    ] {
        let (code, _, said) = deck.run(&format!("{common} --parameter '{}'", parameter.replace('\'', "\"")));
        assert_eq!(code, Some(2), "{parameter}: {said}");
        assert!(said.contains(wanted), "{parameter}: {said}");
    }
    let (code, out, _) = deck.run(&format!("{common} --parameter Threshold=100"));
    assert_eq!(code, Some(0));
    assert_eq!(of(&lines(&out), "one")["definitions"]["Initial Population"], json!(false));
}

#[test]
fn a_parameter_may_be_a_resource() {
    let deck = Deck::new("cql-resource-parameter");
    deck.write(
        "order.cql",
        "library Order using FHIR version '4.0.1' parameter request FHIR.ServiceRequest context Patient define Urgent: request.priority.value = 'urgent'",
    );
    deck.write(
        "order.json",
        r#"{"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","priority":"urgent"}"#,
    );
    let common = "evaluate --library %order.cql --data %tests/one";
    let (code, out, said) = deck.run(&format!("{common} --parameter request=@{}", deck.path("order.json").display()));
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(lines(&out)[0]["definitions"]["Urgent"], json!(true));
    let (code, out, _) = deck.run(&format!("{common} --parameter request=ServiceRequest/nowhere"));
    assert_eq!(code, Some(3));
    assert!(lines(&out)[0]["errors"].to_string().contains("ServiceRequest/nowhere"), "{out}");
}

#[test]
fn an_absent_value_set_is_an_error_that_names_it() {
    let deck = Deck::new("cql-absent");
    let common = "--library %cql --main Feet --data %tests --parameter 'Measurement Period=2026-01-01..2026-12-31'";
    let (code, out, said) = deck.run(&format!("evaluate {common} --valuesets %valuesets/sugar.json"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("http://example.org/fhir/ValueSet/foot-exam") && said.contains("\"Foot Exam\""), "{said}");
    let found = lines(&out);
    assert_eq!(of(&found, "one")["definitions"]["Initial Population"], json!(true));
    assert_eq!(of(&found, "one")["definitions"]["Numerator"]["code"], json!("value-set-absent"));
    // Value sets among the patients are found.
    std::fs::copy(deck.path("valuesets/exam.json"), deck.path("tests/vocabulary.json")).unwrap();
    let (code, _, said) = deck.run(&format!("evaluate {common} --valuesets %valuesets/sugar.json"));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_deck_with_expected_reports_is_scored() {
    let deck = Deck::new("cql-measure");
    let common = "evaluate --library %cql --measure %measure.json --valuesets %valuesets --data %tests";
    let (code, out, said) = deck.run(common);
    assert_eq!(code, Some(0), "{out}{said}");
    let found = lines(&out);
    let three = of(&found, "three");
    assert_eq!(three["agrees"], json!(true));
    let numerator = &three["populations"][0]["population"][3];
    assert_eq!((&numerator["code"], &numerator["count"], &numerator["raw"]), (&json!("numerator"), &json!(0), &json!(1)));
    for wanted in [
        "measurement period 2026-01-01 to 2026-12-31, from the patients' expected MeasureReports",
        "4 of 4",
        "0.5",
        "4 patients, 0 with errors",
    ] {
        assert!(said.contains(wanted), "{wanted} is not in {said}");
    }

    // One expectation is wrong.
    deck.patient("three", "1960-01-01", "no feet", Some("2026-03-01T10:00:00Z"), [1, 1, 1, 1]);
    let (code, out, said) = deck.run(&format!("{common} --output {}", deck.path("out.ndjson").display()));
    assert_eq!(code, Some(1), "{said}");
    for wanted in ["3 of 4", "three (", "G1 numerator expected 1 found 0", "criteria alone"] {
        assert!(out.contains(wanted), "{wanted} is not in {out}");
    }
    let found = lines(&std::fs::read_to_string(deck.path("out.ndjson")).unwrap());
    assert_eq!(of(&found, "three")["differences"][0]["raw"], json!(1));

    // The measure is not the one the reports name.
    let mut other = measure();
    other["id"] = json!("Other");
    other["url"] = json!("http://example.org/fhir/Measure/Other");
    deck.write("other.json", &other.to_string());
    let (code, _, said) = deck.run(&common.replace("%measure.json", "%other.json"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("http://example.org/fhir/Measure/FeetMeasure only, which was not given"), "{said}");
    let (code, _, _) = deck.run(&format!("{} --any-report", common.replace("%measure.json", "%other.json")));
    assert_eq!(code, Some(1));
    // Both measures: each patient is asked about the one its report names.
    let (code, _, said) = deck.run(&common.replace("%measure.json", "%other.json %measure.json"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("3 of 4") && said.contains("Other"), "{said}");
}

#[test]
fn a_measure_that_does_not_fit_its_library_is_refused() {
    let deck = Deck::new("cql-unfit");
    let mut bad = measure();
    bad["group"][0]["population"][3]["criteria"]["expression"] = json!("Numerators");
    deck.write("bad.json", &bad.to_string());
    let (code, _, said) = deck.run("evaluate --library %cql --measure %bad.json --valuesets %valuesets --data %tests");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("Measure.group[0].population[3]") && said.contains("\"Numerators\""), "{said}");
    bad["library"] = json!(["http://example.org/fhir/Library/Hands"]);
    deck.write("bad.json", &bad.to_string());
    let (code, _, said) = deck.run("evaluate --library %cql --measure %bad.json --valuesets %valuesets --data %tests");
    assert!(code == Some(2) && said.contains("no library http://example.org/fhir/Library/Hands"), "{said}");
    deck.write("empty.json", r#"{"resourceType":"Measure","group":[{"population":[{}]}]}"#);
    let (code, _, said) = deck.run("evaluate --library %cql --measure %empty.json --data %tests");
    assert!(code == Some(2) && said.contains("scoring") && said.contains("criteria"), "{said}");
}

#[test]
fn reports_individual_and_summary() {
    let deck = Deck::new("cql-reports");
    let common = "evaluate --library %cql --measure %measure.json --valuesets %valuesets --data %tests";
    let (code, out, said) = deck.run(&format!("{common} --report individual"));
    assert_eq!(code, Some(0), "{said}");
    let reports = lines(&out);
    assert!(
        reports.len() == 4
            && reports.iter().all(|r| r["resourceType"] == "MeasureReport" && r["period"]["start"] == "2026-01-01"),
        "{out}"
    );
    let (code, out, _) = deck.run(&format!("{common} --report summary"));
    let report: Json = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["type"]), (Some(0), &json!("summary")));
    assert_eq!(report["group"][0]["measureScore"]["value"], json!(0.5));
    assert_eq!(report["group"][0]["population"][1]["count"], json!(3));
}

#[test]
fn one_bundle_may_hold_measure_libraries_and_value_sets() {
    let deck = Deck::new("cql-bundle");
    let library = |name: &str, version: &str, text: &str| {
        let data = base64::engine::general_purpose::STANDARD.encode(text);
        json!({ "resource": { "resourceType": "Library", "name": name, "version": version, "url": format!("http://example.org/fhir/Library/{name}"),
            "content": [{ "contentType": "text/cql", "data": data }] } })
    };
    let value_set = |file: &str| {
        let json: Json = serde_json::from_str(&std::fs::read_to_string(deck.path(file)).unwrap()).unwrap();
        json!({ "resource": json })
    };
    let bundle = json!({ "resourceType": "Bundle", "entry": [{ "resource": measure() }, library("Feet", "1.0.0", FEET), library("Common", "2.0.0", COMMON),
        value_set("valuesets/sugar.json"), value_set("valuesets/exam.json")] });
    deck.write("bundle.json", &bundle.to_string());
    let (code, _, said) = deck.run("evaluate --measure %bundle.json --data %tests");
    assert!(code == Some(0) && said.contains("4 of 4"), "{said}");
}

#[test]
fn elm_gives_what_cql_gives() {
    let deck = Deck::new("cql-elm");
    let (code, _, said) = deck.run("translate %cql/Feet.cql %cql/Common.cql --output %elm");
    assert_eq!(code, Some(0), "{said}");
    let rest = "--measure %measure.json --valuesets %valuesets --data %tests";
    let (code, from_elm, said) = deck.run(&format!("evaluate --library %elm {rest}"));
    assert_eq!(code, Some(0), "{said}");
    let (_, from_cql, _) = deck.run(&format!("evaluate --library %cql {rest}"));
    assert_eq!(lines(&from_elm), lines(&from_cql));
    let (code, out, _) = deck.run("translate %cql --main Feet");
    assert_eq!(code, Some(0));
    let elm: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(elm["library"]["identifier"]["id"], json!("Feet"));
    let (code, _, said) = deck.run("translate %cql --output %elm2");
    assert!(code == Some(1) && said.contains("Broken.cql") && deck.path("elm2/Feet-1.0.0.json").exists(), "{said}");
}

#[test]
fn an_include_of_another_version_is_said() {
    let deck = Deck::new("cql-versions");
    deck.write("cql/Common.cql", &COMMON.replace("2.0.0", "2.1.0"));
    let common = "evaluate --library %cql --measure %measure.json --valuesets %valuesets --data %tests";
    let (code, _, said) = deck.run(common);
    assert!(code == Some(0) && said.contains("Feet includes Common version 2.0.0") && said.contains("2.1.0"), "{said}");
    let (code, _, said) = deck.run(&format!("{common} --strict"));
    assert!(code == Some(2) && said.contains("2.0.0"), "{said}");
    // Several versions side by side: each include takes its own.
    deck.write("cql/Common-2.0.0.cql", COMMON);
    let (code, _, said) = deck.run(&format!("{common} --strict"));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn circles_bombs_and_unknown_libraries_end_with_a_message() {
    let deck = Deck::new("cql-bad");
    deck.write("circle/A.cql", "library A version '1' include B version '1' define X: 1");
    deck.write("circle/B.cql", "library B version '1' include A version '1' define X: 1");
    deck.write("alone.cql", "library Alone include Nowhere version '3' define X: Nowhere.Y");
    deck.write("nested.cql", &format!("define X: {}1{}", "(".repeat(100_000), ")".repeat(100_000)));
    deck.write(
        "recursion.cql",
        "library R using FHIR version '4.0.1' context Patient define function F(x Integer): F(x + 1) define X: F(1)",
    );
    deck.write(
        "long.cql",
        "library L using FHIR version '4.0.1' context Patient define X: Count(expand { Interval[1, 1000000] } per 1)",
    );
    for (arguments, codes, wanted) in [
        ("--library %circle --main A --data %tests", vec![2], "circle"),
        ("--library %alone.cql --data %tests", vec![2], "no library `Nowhere` version '3'"),
        ("--library %nested.cql --data %tests", vec![2], "too-deep"),
        ("--library %recursion.cql --data %tests", vec![2, 3], "F"),
        ("--library %long.cql --data %tests --max-steps 1", vec![3], "steps"),
        ("--library %cql --main Nobody --data %tests", vec![2], "no library Nobody; found are"),
        ("--library %valuesets/sugar.json --data %tests", vec![2], "no library in it"),
        ("--library %nothing --data %tests", vec![2], "No such file"),
        ("--library %cql --main Feet --data %nothing", vec![2], "nothing"),
        ("--library %cql --main Feet --data %tests --now soon", vec![2], "--now soon"),
        ("--library %cql --main Feet --data %tests --model %measure.json", vec![2], "not a ModelInfo"),
    ] {
        let (code, _, said) = deck.run(&format!("evaluate {arguments}"));
        assert!(codes.contains(&code.unwrap()), "{arguments}: {code:?} {said}");
        assert!(said.contains(wanted), "{arguments}: {said}");
    }
}

#[test]
fn a_broken_line_among_the_patients_is_said_and_the_others_go_on() {
    let deck = Deck::new("cql-ndjson");
    deck.write("age.cql", "library Age using FHIR version '4.0.1' context Patient define Born: Patient.birthDate.value");
    let line = |id: &str| json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": { "resourceType": "Patient", "id": id, "birthDate": "1960-01-01" } }] });
    deck.write("patients.ndjson", &format!("{}\n{{\"resourceType\": \"Patient\", \n{}\n", line("a"), line("b")));
    let (code, out, said) = deck.run("evaluate --library %age.cql --data %patients.ndjson");
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(lines(&out).len(), 2, "{out}");
    assert!(said.contains("patients.ndjson:2"), "{said}");
    let (code, _, said) = deck.run("evaluate --library %age.cql --data %patients.ndjson --strict");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_run_continues_where_it_ended() {
    let deck = Deck::new("cql-resume");
    let common = "evaluate --library %cql --main Feet --valuesets %valuesets --data %tests --now 2026-06-30";
    let (_, whole, _) = deck.run(common);
    let resumable = format!("{common} --output %out.ndjson --resume %point");
    let (code, _, said) = deck.run(&resumable);
    assert_eq!(code, Some(0), "{said}");
    let (code, _, said) = deck.run(&resumable);
    assert!(code == Some(0) && said.contains("4 patients were written by an earlier run"), "{said}");
    assert_eq!(std::fs::read_to_string(deck.path("out.ndjson")).unwrap(), whole);
}

#[test]
fn tests_of_ones_own_and_suite_files() {
    let deck = Deck::new("cql-own-tests");
    deck.write("own/Common.cql", COMMON);
    deck.write(
        "own/age.cql",
        "library Age using FHIR version '4.0.1' include FHIRHelpers version '4.0.1' include Common version '2.0.0' called C context Patient\n\
         define \"Test born\": Patient.birthDate is not null\ndefine \"Test fails\": 1 = 2\ndefine Sex: Patient.gender.value",
    );
    let patient = |id: &str, sex: &str| json!({ "resource": { "resourceType": "Patient", "id": id, "birthDate": "1960-01-01", "gender": sex } });
    deck.write(
        "own/age.data.json",
        &json!({ "resourceType": "Bundle", "entry": [patient("a", "female"), patient("b", "male")] }).to_string(),
    );
    deck.write("own/age.expected.json", r#"{ "a": { "Sex": "female" }, "b": { "Sex": "female", "Age": 1 } }"#);
    let (code, out, said) = deck.run("test %own");
    assert_eq!(code, Some(1), "{out}{said}");
    for wanted in [
        "\"Test fails\" patient a: expected true, found false",
        "\"Sex\" patient b: expected \"female\", found \"male\"",
        "no definition \"Age\"",
    ] {
        assert!(out.contains(wanted), "{wanted} is not in {out}");
    }
    assert!(out.lines().any(|l| l.starts_with("total") && l.split_whitespace().eq(["total", "7", "3", "4"])), "{out}");

    deck.write(
        "suite.xml",
        "<?xml version='1.0'?><tests name='T'><group name='G'>\
         <test name='Sum'><expression>1 + 1</expression><output>2</output></test>\
         <test name='Less'><expression>1 &lt; 2</expression><output>true</output></test>\
         <test name='Bad'><expression invalid='semantic'>1 + 'a' + @2014</expression></test>\
         <test name='Wrong'><expression>{ 1, 2 }</expression><output>{ 1, 3 }</output></test></group></tests>",
    );
    let (code, out, said) = deck.run("test %suite.xml --verbose");
    assert_eq!(code, Some(1), "{out}{said}");
    assert!(out.contains("suite/Wrong") && out.lines().any(|l| l.split_whitespace().eq(["total", "4", "3", "1"])), "{out}");
    let (code, _, said) = deck.run("test %valuesets");
    assert!(code == Some(2) && said.contains("--help"), "{said}");
}

#[test]
fn the_prompt_answers_without_a_terminal() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let deck = Deck::new("cql-repl");
    let mut child = Command::new(house::AVEDIS)
        .args(["cql", "repl", "--now", "2026-06-30"])
        .arg("--library")
        .arg(deck.path("cql"))
        .arg("--data")
        .arg(deck.path("tests/one"))
        .arg("--valuesets")
        .arg(deck.path("valuesets"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = "1 + 1\n{ 1,\n  2 }\ndefine Born: Patient.birthDate.value\nBorn\nCount([Condition])\n:type Born\n1 + Nobody\n\n:use Feet\n\
                 :parameter Measurement Period=2026-01-01..2026-12-31\n\"Numerator\"\n:trace \"Numerator\"\n:quit\n";
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let answers: Vec<&str> = out.lines().skip(3).collect();
    assert_eq!(answers[..6], ["2", "{ 1, 2 }", "@1960-01-01", "1", "Date", "true"], "{out}{said}");
    assert!(out.contains("Procedure/p-one"), "{out}");
    assert!(said.contains("unknown-name") && said.contains('^'), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_official_suite_prints_its_table() {
    let shared = std::env::var_os("AVEDIS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let suite = shared.join("conformance/cql-tests/canonical");
    if !suite.is_dir() {
        println!("skipped: {} is not there", suite.display());
        return;
    }
    let output = avedis(&["cql", "test", suite.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("| **total** | 1823 |"), "{}", text(&output));
}
