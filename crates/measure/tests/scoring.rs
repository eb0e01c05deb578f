//! Worked measures of every scoring, with expectations computed by hand.
//!
//! A patient is written as episodes: `a=IDN:30 b=ID:20` is two encounters, the first in populations I, D and N with 30 observed. The same text is a boolean
//! measure's patient when it has one episode: the populations are then read from the patient.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Source};
use json::Document;
use measure::{Expected, FaultCode, Individual, Known, Measure, Summary, read};
use serde_json::{Value as Json, json};

const LIBRARY: &str = "
library Worked version '1'
using FHIR version '4.0.1'
context Patient
define function Has(e FHIR.Encounter, letter String): exists (e.identifier i where i.value = letter)
define function Is(letter String): exists (Patient.identifier i where i.value = letter)
define I: [Encounter] e where Has(e, 'I')
define J: [Encounter] e where Has(e, 'J')
define D: [Encounter] e where Has(e, 'D')
define X: [Encounter] e where Has(e, 'X')
define E: [Encounter] e where Has(e, 'E')
define N: [Encounter] e where Has(e, 'N')
define M: [Encounter] e where Has(e, 'M')
define S: [Encounter] e where Has(e, 'S')
define \"Patient I\": Is('I')
define \"Patient D\": Is('D')
define \"Patient X\": Is('X')
define \"Patient E\": Is('E')
define \"Patient N\": Is('N')
define \"Patient M\": Is('M')
define \"Patient unknown\": null as Boolean
define \"Patient fails\": Message(true, true, 'code', 'Error', 'on purpose')
define Sex: Patient.gender.value
define function \"Minutes\"(e FHIR.Encounter): e.length.value.value
define function \"Patient minutes\"(): First([Encounter]).length.value.value
";

const CODES: &[(&str, &str)] = &[
    ("I", "initial-population"),
    ("J", "initial-population"),
    ("D", "denominator"),
    ("X", "denominator-exclusion"),
    ("E", "denominator-exception"),
    ("N", "numerator"),
    ("M", "numerator-exclusion"),
    ("P", "measure-population"),
    ("Y", "measure-population-exclusion"),
    ("O", "measure-observation"),
    ("Q", "measure-observation"),
];

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), &json::Limits::default()).unwrap()
}

/// `I D N<D` are populations by letter (`P=D` takes the definition D), `<` what they refer to.
fn measure_json(scoring: &str, basis: Option<&str>, populations: &str, more: Json) -> Json {
    let populations = populations.split_whitespace().map(|word| {
        let (word, method) = word.split_once('+').map_or((word, None), |(w, m)| (w, Some(m)));
        let (word, reference) = word.split_once('<').map_or((word, None), |(w, r)| (w, Some(r)));
        let (letter, definition) = word.split_once('=').unwrap_or((word, word));
        let code = CODES.iter().find(|(l, _)| *l == letter).unwrap().1;
        let definition = if basis == Some("boolean") && definition.len() == 1 {
            format!("Patient {definition}")
        } else {
            definition.replace('_', " ")
        };
        let mut extensions = Vec::new();
        let url = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/";
        extensions.extend(reference.map(|r| json!({ "url": format!("{url}cqfm-criteriaReference"), "valueString": r })));
        extensions.extend(method.map(|m| json!({ "url": format!("{url}cqfm-aggregateMethod"), "valueString": m })));
        json!({
            "id": letter,
            "extension": extensions,
            "code": { "coding": [{ "code": code }] },
            "criteria": { "language": "text/cql-identifier", "expression": definition },
        })
    });
    let mut group = json!({ "id": "G", "population": populations.collect::<Vec<_>>() });
    for (key, value) in more.as_object().unwrap() {
        group[key] = value.clone();
    }
    let mut measure = json!({
        "resourceType": "Measure", "id": "worked", "name": "Worked",
        "scoring": { "coding": [{ "code": scoring }] }, "group": [group],
    });
    if let Some(basis) = basis {
        measure["extension"] =
            json!([{ "url": "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-populationBasis", "valueCode": basis }]);
    }
    measure
}

fn patient(text: &str) -> Json {
    let mut entries = Vec::new();
    let mut letters = Vec::new();
    for episode in text.split_whitespace() {
        let (id, rest) = episode.split_once('=').unwrap();
        let (populations, length) = rest.split_once(':').map_or((rest, None), |(p, l)| (p, Some(l)));
        let identifiers: Vec<Json> = populations.chars().map(|c| json!({ "value": c.to_string() })).collect();
        letters.extend(identifiers.clone());
        let mut encounter = json!({ "resourceType": "Encounter", "id": id, "status": "finished", "identifier": identifiers });
        if let Some(length) = length {
            encounter["length"] =
                json!({ "value": length.parse::<f64>().unwrap(), "code": "min", "system": "http://unitsofmeasure.org" });
        }
        entries.push(json!({ "resource": encounter }));
    }
    entries.push(json!({ "resource": { "resourceType": "Patient", "id": "p", "gender": "female", "identifier": letters } }));
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn parsed(measure: &Json) -> Measure {
    read(document(&measure.to_string()).root()).unwrap_or_else(|f| panic!("{f:?}"))
}

/// Runs a measure over patients, from CQL or from ELM.
fn run(measure: &Measure, patients: &[&str], from_elm: bool) -> Vec<Individual> {
    let elm = || {
        let source = Source { name: "worked.cql", text: LIBRARY };
        let program = cql::compile(&[source], &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
        program.to_elm(program.libraries()[0].id).to_string()
    };
    let (questions, program) = if from_elm {
        let elm = elm();
        let questions = measure.questions(&Known::of_elm(&elm), "worked").unwrap_or_else(|f| panic!("{f:?}"));
        let text = questions.elm(&elm).unwrap_or_else(|f| panic!("{f}"));
        (questions, cql::compile_elm(&[("worked.json", &text)]).unwrap_or_else(|f| panic!("{}", f[0])))
    } else {
        let questions = measure.questions(&Known::of_cql(LIBRARY), "worked").unwrap_or_else(|f| panic!("{f:?}"));
        let text = format!("{LIBRARY}\n{}", questions.cql());
        let program = cql::compile(&[Source { name: "worked.cql", text: &text }], &Options::default());
        (questions, program.unwrap_or_else(|f| panic!("{}", f[0])))
    };
    let bound = questions.bind(measure, &program, program.libraries()[0].id).unwrap_or_else(|f| panic!("{f:?}"));
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let one = |text: &&str| {
        let document = document(&patient(text).to_string());
        let (data, parameters) = (Data::from_document(&document), Parameters::new());
        let options = EvalOptions { definitions: Some(bound.definitions()), ..EvalOptions::default() };
        bound.individual(measure, &program.evaluate(&data, &parameters, now, &options).unwrap())
    };
    patients.iter().map(one).collect()
}

/// Counts of populations in order, observations in brackets.
fn said(result: &Individual) -> String {
    let group = &result.groups[0];
    if group.error.is_some() {
        return "error".to_owned();
    }
    let one = |p: &measure::PopulationResult| {
        let values: Vec<String> =
            p.observations.iter().map(|o| o.map_or("null".to_owned(), |d| d.trimmed().to_string())).collect();
        if values.is_empty() { p.count.unwrap().to_string() } else { format!("[{}]", values.join(" ")) }
    };
    group.populations.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Each patient's counts, then the score over all.
fn check(measure: &Json, patients: &[(&str, &str)], score: Option<&str>) {
    let measure = parsed(measure);
    let texts: Vec<&str> = patients.iter().map(|(text, _)| *text).collect();
    for from_elm in [false, true] {
        let results = run(&measure, &texts, from_elm);
        let mut summary = Summary::new(&measure);
        for ((text, want), result) in patients.iter().zip(&results) {
            assert_eq!(said(result), *want, "{text} from_elm={from_elm}");
            summary.add(&measure, result);
        }
        let got = summary.score(&measure, 0).map(|s| s.trimmed().to_string());
        assert_eq!(got.as_deref(), score, "score");
    }
}

#[test]
fn proportion_of_patients() {
    let measure = measure_json("proportion", Some("boolean"), "I D X E N M", json!({}));
    check(
        &measure,
        &[
            ("a=ID", "1 1 0 0 0 0"),
            ("a=IDN", "1 1 0 0 1 0"),
            ("a=IDXN", "1 1 1 0 0 0"),
            ("a=IDE", "1 1 0 1 0 0"),
            ("a=IDEN", "1 1 0 0 1 0"),
            ("a=IDNM", "1 1 0 0 1 1"),
            ("a=DN", "0 0 0 0 0 0"),
            ("", "0 0 0 0 0 0"),
        ],
        // Numerator 3 less 1 excluded; denominator 6 less 1 exclusion less 1 exception.
        Some("0.5"),
    );
}

#[test]
fn proportion_of_episodes() {
    let measure = measure_json("proportion", Some("Encounter"), "I D X N", json!({}));
    check(
        &measure,
        &[("a=IDN b=ID c=IDXN d=DN", "3 3 1 1"), ("a=IDN b=IDN", "2 2 0 2"), ("", "0 0 0 0")],
        // 3 of 5 less 1 excluded.
        Some("0.75"),
    );
}

#[test]
fn basis_from_the_type_when_it_is_not_said() {
    let measure = measure_json("cohort", None, "I", json!({}));
    check(&measure, &[("a=I b=I c=D", "2"), ("c=D", "0")], None);
    let measure = measure_json("cohort", None, "I=Patient_I", json!({}));
    check(&measure, &[("a=I b=I", "1"), ("c=D", "0")], None);
}

#[test]
fn continuous_variable() {
    for (method, score) in
        [("Median", "25.0"), ("Average", "40.0"), ("sum", "160.0"), ("minimum", "10.0"), ("maximum", "100.0"), ("count", "4.0")]
    {
        let populations = format!("I P=D Y=X O=Minutes<P+{method}");
        let measure = measure_json("continuous-variable", Some("Encounter"), &populations, json!({}));
        check(
            &measure,
            // c is excluded, d not in the initial population, f observed as null.
            &[("a=ID:10 b=ID:20 c=IDX:77 d=D:88", "3 3 1 [10.0 20.0]"), ("e=ID:30 f=ID g=ID:100", "3 3 0 [30.0 null 100.0]")],
            Some(score),
        );
    }
    let measure = measure_json("continuous-variable", Some("boolean"), "I P=D Y=X O=Patient_minutes<P+Average", json!({}));
    check(&measure, &[("a=ID:10", "1 1 0 [10.0]"), ("a=ID:20", "1 1 0 [20.0]"), ("a=IDX:77", "1 1 1 0")], Some("15.0"));
}

#[test]
fn ratio_with_observations() {
    let measure = measure_json("ratio", Some("Encounter"), "I D X N M O=Minutes<D+sum Q=Minutes<N+sum", json!({}));
    check(
        &measure,
        &[("a=IDN:10 b=ID:20 c=IDXN:40", "3 3 1 2 0 [10.0 20.0] [10.0 40.0]"), ("a=IDNM:70", "1 1 0 1 1 [70.0] 0")],
        // 50 of 100: the numerator is counted apart from the denominator's exclusions.
        Some("0.5"),
    );
    let plain = measure_json("ratio", Some("Encounter"), "I D N", json!({}));
    check(&plain, &[("a=IDN b=ID", "2 2 1")], Some("0.5"));
    let two = measure_json("ratio", Some("Encounter"), "I J D<I N<J", json!({}));
    check(&two, &[("a=ID b=ID c=JN d=N", "2 1 2 1")], Some("0.5"));
}

#[test]
fn unknown_is_in_no_population_and_an_error_counts_nothing() {
    let measure = parsed(&measure_json("proportion", Some("boolean"), "I D=Patient_unknown N", json!({})));
    let results = run(&measure, &["a=IDN"], false);
    assert_eq!(said(&results[0]), "1 0 0");
    assert_eq!(results[0].groups[0].populations[1].raw, None);
    let measure = parsed(&measure_json("proportion", Some("boolean"), "I D=Patient_fails N", json!({})));
    let results = run(&measure, &["a=IDN"], false);
    assert_eq!(said(&results[0]), "error");
    assert_eq!(results[0].groups[0].populations[0].count, None);
    let mut summary = Summary::new(&measure);
    summary.add(&measure, &results[0]);
    assert_eq!((summary.groups[0].errors, summary.groups[0].counts[0]), (1, 0));
    // A failure that cannot matter does not: nobody outside the initial population is in any other, nobody outside the denominator excluded.
    let excluded = parsed(&measure_json("proportion", Some("boolean"), "I D X=Patient_fails N", json!({})));
    let counts: Vec<String> = run(&excluded, &["a=DN", "a=I", "a=ID", "a=IDN"], false).iter().map(said).collect();
    assert_eq!(counts, ["0 0 0 0", "1 0 0 0", "error", "error"]);
}

#[test]
fn stratifiers_by_condition_by_value_and_by_components() {
    let stratifier = |expression: &str| json!({ "id": expression, "criteria": { "language": "text/cql-identifier", "expression": expression } });
    let component = |expression: &str| json!({ "code": { "text": expression }, "criteria": { "language": "text/cql-identifier", "expression": expression } });
    let more = json!({ "stratifier": [stratifier("S"), stratifier("Sex"), { "id": "both", "component": [component("S"), component("Sex")] }] });
    let measure = parsed(&measure_json("proportion", Some("Encounter"), "I D N", more));
    let results = run(&measure, &["a=IDNS b=ID c=IDS"], false);
    let strata = |index: usize| {
        let strata = results[0].groups[0].stratifiers[index].strata.iter();
        strata.map(|s| (json!(s.values).to_string(), s.counts.clone())).collect::<Vec<_>>()
    };
    assert_eq!(strata(0), [("[true]".to_owned(), vec![2, 2, 1]), ("[false]".to_owned(), vec![1, 1, 0])]);
    assert_eq!(strata(1), [("[\"female\"]".to_owned(), vec![3, 3, 1])]);
    assert_eq!(strata(2), [("[true,\"female\"]".to_owned(), vec![2, 2, 1]), ("[false,\"female\"]".to_owned(), vec![1, 1, 0])]);
    let mut summary = Summary::new(&measure);
    summary.add(&measure, &results[0]);
    let report = measure::report::summary(&measure, &summary, &measure::Period::default());
    assert_eq!(report["group"][0]["stratifier"][0]["stratum"].as_array().unwrap().len(), 2);
    assert_eq!(report["group"][0]["measureScore"]["value"], json!(0.33333333));
    let one = measure::report::individual(&measure, &results[0], "p", &measure::Period::default());
    assert_eq!(one["group"][0]["population"][1]["count"], json!(3));
    assert_eq!(one["subject"]["reference"], json!("Patient/p"));
}

#[test]
fn criteria_may_be_expressions() {
    let mut measure = measure_json("cohort", Some("boolean"), "I", json!({}));
    measure["group"][0]["population"][0]["criteria"] = json!({ "language": "text/cql", "expression": "Is('I') and not Is('X')" });
    let measure = parsed(&measure);
    let counts: Vec<String> = run(&measure, &["a=I", "a=IX"], false).iter().map(said).collect();
    assert_eq!(counts, ["1", "0"]);
    // Only a library in CQL can take them.
    let questions = measure.questions(&Known::of_cql(LIBRARY), "m").unwrap();
    assert_eq!(questions.elm(r#"{"library":{}}"#).unwrap_err().code, FaultCode::BadCriteria);
}

#[test]
fn every_fault_of_a_measure_at_once() {
    let faults = |measure: &Json| {
        let faults = read(document(&measure.to_string()).root()).unwrap_err();
        faults.iter().map(|f| (f.code, f.path.clone())).collect::<Vec<_>>()
    };
    let at = |i: usize| format!("Measure.group[0].population[{i}]");
    let group = "Measure.group[0]".to_owned();
    let mut bad = measure_json("ratio", Some("boolean"), "I D<nowhere P O+mode", json!({}));
    bad["group"][0]["population"][0]["criteria"] = json!({ "language": "text/fhirpath", "expression": "true" });
    assert_eq!(
        faults(&bad),
        [
            (FaultCode::BadCriteria, at(0)),
            (FaultCode::BadAggregate, at(3)),
            (FaultCode::WrongPopulations, group.clone()),
            (FaultCode::WrongPopulations, group),
            (FaultCode::BadReference, at(1)),
            (FaultCode::WrongPopulations, at(2)),
        ]
    );
    assert_eq!(faults(&json!({ "resourceType": "Measure" })), [(FaultCode::NoGroups, "Measure.group".to_owned())]);
    assert_eq!(faults(&json!({ "resourceType": "Patient" }))[0].0, FaultCode::NotAMeasure);
    let none = parsed(&measure_json("cohort", Some("boolean"), "I=Nobody", json!({})));
    let faults = none.questions(&Known::of_cql(LIBRARY), "m").unwrap_err();
    assert_eq!((faults[0].code, faults[0].path.as_str()), (FaultCode::UnknownDefinition, "Measure.group[0].population[0]"));
    assert!(faults[0].message.contains("\"Patient Nobody\"") || faults[0].message.contains("\"Nobody\""));
}

/// An expected report: rows are `code count` or `code:id count`.
fn expected(rows: &str) -> Expected {
    let rows = rows.split(", ").filter(|r| !r.is_empty()).map(|row| {
        let (code, count) = row.split_once(' ').unwrap();
        let (code, id) = code.split_once(':').map_or((code, None), |(c, i)| (c, Some(i)));
        let mut out = json!({ "code": { "coding": [{ "code": code }] } });
        if let Some(id) = id {
            out["id"] = json!(id);
        }
        if count != "-" {
            out["count"] = json!(count.parse::<i64>().unwrap());
        }
        out
    });
    let report = json!({ "resourceType": "MeasureReport", "group": [{ "id": "G", "population": rows.collect::<Vec<_>>(), "measureScore": { "value": 0.0 } }] });
    Expected::read(document(&report.to_string()).root()).unwrap()
}

#[test]
fn comparison_with_what_authors_expect() {
    let proportion = parsed(&measure_json("proportion", Some("boolean"), "I D X N", json!({})));
    let variable = parsed(&measure_json("continuous-variable", Some("Encounter"), "I P=D O=Minutes<P+Average", json!({})));
    let ratio = parsed(&measure_json("ratio", Some("Encounter"), "I D N O=Minutes<D+sum Q=Minutes<N+sum", json!({})));
    for (measure, patient, rows, agrees, differing) in [
        (&proportion, "a=IDXN", "initial-population 1, denominator 1, denominator-exclusion 1, numerator 0", Some(true), ""),
        (&proportion, "a=IDXN", "numerator 1", Some(false), "numerator rules"),
        (&proportion, "a=ID", "numerator 1", Some(false), "numerator"),
        (&proportion, "a=ID", "numerator -", None, ""),
        (&proportion, "a=ID", "", None, ""),
        (&proportion, "a=ID", "denominator-exception 0, initial-population 1", Some(true), ""),
        (&proportion, "a=ID", "denominator-exception 1", Some(false), "denominator-exception"),
        (&variable, "a=ID:10 b=ID:20", "measure-population-observation 20, measure-population-observation 10", Some(true), ""),
        (&variable, "a=ID:10.75 b=ID", "measure-observation 0, measure-observation 10", Some(true), ""),
        (&variable, "a=ID:10", "measure-observation 10, measure-observation 0", Some(true), ""),
        (&variable, "a=ID:10", "measure-observation 11", Some(false), "measure-observation O"),
        (&variable, "a=ID:10 b=ID:20", "measure-observation 10", Some(false), "measure-observation O"),
        (&variable, "a=ID:10", "initial-population 1", Some(true), ""),
        (
            &ratio,
            "a=IDN:10 b=ID:20",
            "denominator-observation 10, denominator-observation 20, numerator-observation 10",
            Some(true),
            "",
        ),
        (
            &ratio,
            "a=IDN:10 b=ID:20",
            "measure-observation:O_1 10, measure-observation:O_2 20, measure-observation:Q_1 10",
            Some(true),
            "",
        ),
        (&ratio, "a=IDN:10 b=ID:20", "measure-observation 10, measure-observation 10, measure-observation 20", Some(true), ""),
        (&ratio, "a=IDN:10", "numerator-observation 20", Some(false), "measure-observation Q"),
    ] {
        let result = &run(measure, &[patient], false)[0];
        let comparison = expected(rows).compare(measure, result);
        assert_eq!(comparison.agrees(), agrees, "{patient}: {rows}: {:?}", comparison.differences);
        let got = comparison.differences.iter().map(|d| {
            let rules = d.why.as_ref().is_some_and(|w| w.contains("rules between populations"));
            format!("{}{}", d.population, if rules { " rules" } else { "" })
        });
        assert_eq!(got.collect::<Vec<_>>().join(", "), differing, "{patient}: {rows}");
    }
}

#[test]
fn a_report_names_its_measure_and_period() {
    let measure = parsed(&measure_json("cohort", Some("boolean"), "I", json!({})));
    for (canonical, meant) in [
        ("https://example.org/Measure/Worked", true),
        ("Measure/worked|0.1.0", true),
        ("https://example.org/Measure/Other", false),
        ("", false),
    ] {
        assert_eq!(measure.is_meant_by(canonical), meant, "{canonical}");
    }
    let report = json!({ "resourceType": "MeasureReport", "contained": [{ "resourceType": "Parameters", "parameter": [
        { "name": "Measurement Period", "valuePeriod": { "start": "2026-01-01", "end": "2026-12-31" } }, { "name": "subject", "valueString": "p1" }] }] });
    let expected = Expected::read(document(&report.to_string()).root()).unwrap();
    assert_eq!((expected.period.end.as_deref(), expected.subject.as_deref()), (Some("2026-12-31"), Some("p1")));
}
