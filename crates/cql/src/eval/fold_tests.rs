//! The law of folding: a program with everything folded, one with nothing folded, and an evaluator asked twice give the same values, errors with their
//! places, evidence and traces.

use super::tests::{RECORD, program};
use super::*;
use crate::data::Data;
use crate::plan::Op;
use crate::program::compile_expression;
use crate::sema::Options;
use crate::value::{DateTime, Interval, Value};
use json::Document;
use proptest::prelude::*;

fn now() -> DateTime {
    DateTime::parse("2026-06-15T12:00:00.000-05:00").unwrap()
}

/// Everything an evaluation says of the definitions asked for.
fn told(program: &Program, evaluation: &Evaluation<'_, '_>, traced: bool) -> String {
    let mut out = String::new();
    for id in program.public_definitions() {
        let error = evaluation.error(*id).map(|e| (e.to_string(), e.span, e.definition));
        out.push_str(&format!("{:?} {error:?}\n", evaluation.value(*id)));
        if traced {
            out.push_str(&format!("{:?}\n{}\n", evaluation.evidence(*id), evaluation.trace(*id)));
        }
    }
    out
}

/// How many ops of a program are folded or settled.
fn counts(program: &Program) -> (usize, usize) {
    let of = |is: fn(&Op) -> bool| program.0.code.ops.iter().filter(|op| is(op)).count();
    (of(|op| matches!(op, Op::Folded(..))), of(|op| matches!(op, Op::Settled(..))))
}

fn check(folded: &Program, parameters: &Parameters, data: &Data<'_>) {
    let plain = Program::made(folded.plan().clone(), false);
    assert_eq!(counts(&plain), (0, 0));
    let evaluator = Evaluator::new(folded, parameters.clone(), now());
    for trace in [false, true] {
        let options = EvalOptions { trace, ..EvalOptions::default() };
        let show = |evaluation: Result<Evaluation<'_, '_>, EvalError>| match evaluation {
            Ok(evaluation) => told(folded, &evaluation, trace),
            Err(error) => error.to_string(),
        };
        let want = show(plain.evaluate(data, parameters, now(), &options));
        assert_eq!(show(folded.evaluate(data, parameters, now(), &options)), want);
        for _ in 0..2 {
            assert_eq!(show(evaluator.evaluate(data, &options)), want);
        }
    }
}

#[test]
fn the_official_suite_folded_and_not() {
    let root = std::env::var_os("AVEDIS_SHARED")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let Ok(tests) = std::fs::read_to_string(root.join("conformance/cql-tests/canonical/tests.json")) else {
        println!("skipped: the official suite is not in the shared folder");
        return;
    };
    let tests: serde_json::Value = serde_json::from_str(&tests).unwrap();
    let (mut compared, mut folded, mut settled) = (0, 0, 0);
    for test in tests.as_array().unwrap() {
        if let Ok(program) = compile_expression(test["expr"].as_str().unwrap(), &Options::default()) {
            check(&program, &Parameters::new(), &Data::load([]));
            let (constants, requests) = counts(&program);
            (compared, folded, settled) = (compared + 1, folded + constants, settled + requests);
        }
    }
    println!("{compared} expressions, {folded} folded, {settled} settled");
    assert!(compared > 1_700 && folded > 1_000 && settled > 100);
}

/// Definition X with how many of its expressions are folded, and how many settled.
#[test]
fn what_rests_on_no_data_is_known() {
    let rows: &[(&str, (usize, usize))] = &[
        ("define X: 1 + 2 * 3", (1, 0)),
        ("define X: Count([Observation]) + 2 * 3", (1, 0)),
        ("define X: [Observation] O where O.status in { 'final', Lower('AMENDED') }", (1, 0)),
        ("define X: @2020-02-29 + 1 year", (1, 0)),
        ("define X: ToQuantity('5 \\'mg\\'') = 0.005 'g'", (1, 0)),
        ("define X: Interval[@2026-01-01, @2026-12-31] contains Today()", (1, 1)),
        ("define X: Today() - 2 years", (0, 1)),
        ("define X: \"Limit\" * 2", (1, 1)),
        ("define L: \"Limit\" * 2 define X: L + L", (1, 2)),
        ("define L: [Observation] define X: Count(L) + 1", (0, 0)),
        ("define X: DateTime(2026, 1, 1, 0, 0, 0, 0, 0.0) before Now()", (1, 1)),
        ("define X: exists ([Encounter] E where E.period starts 1 year or less before Today())", (0, 2)),
        ("define X: First({ 1, 2, 3 } N where N > 1)", (1, 0)),
        // An error stays in its place, and belongs to whoever reads as far as to it.
        ("define X: [Observation] O where O.status in { 'final', ToString(singleton from { 1, 2 }) }", (1, 0)),
        ("define X: singleton from { 1, 2 }", (1, 0)),
        ("define X: if Patient.gender = 'female' then 1 else (singleton from { 1 + 1, 2 })", (1, 0)),
        ("define X: @2026-01-01T12:00 = @2026-01-01T12:00Z", (0, 1)),
        ("define X: ({ 1, 2 }) union ([Observation] O return 3)", (1, 0)),
        ("define X: exists (flatten { [Observation], {} })", (1, 0)),
        ("define X: [Condition: \"Missing\"]", (0, 0)),
        ("define X: not (1 = 1) or (2 > 1 and 'a' = 'a') or exists [Procedure]", (2, 0)),
        ("define X: Message(5 + 5, true, 'c', 'Error', 'm' + 'n')", (2, 0)),
    ];
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let mut wrong = Vec::new();
    for (body, known) in rows {
        let folded = program(body);
        if counts(&folded) != *known {
            wrong.push((body, counts(&folded)));
        }
        check(&folded, &Parameters::new(), &Data::from_document(&document));
        let limit = crate::value::Quantity::new(90.into(), "%");
        check(&folded, &Parameters::new().with("Limit", Value::Quantity(limit)), &Data::from_document(&document));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_assumed_is_not_taken_from_another_patient() {
    let program = program("define A: \"Limit\" > 5 '%'\ndefine X: not A");
    let evaluator = Evaluator::new(&program, Parameters::new(), now());
    let (data, x) = (Data::load([]), program.definition("X").unwrap());
    let tri = |assume: &[(crate::ir::DefinitionId, Option<bool>)]| {
        evaluator.evaluate(&data, &EvalOptions { assume, ..EvalOptions::default() }).unwrap().tri(x)
    };
    let a = program.definition("A").unwrap();
    assert_eq!((tri(&[]), tri(&[(a, Some(false))]), tri(&[(a, None)]), tri(&[])), (Some(false), Some(true), None, Some(false)));
}

#[test]
fn a_resource_as_a_parameter_belongs_to_its_patient() {
    let text =
        "library T using FHIR version '4.0.1' parameter P FHIR.Patient context Patient define X: P.gender = 'female' and 1 = 1";
    let program = crate::compile(&[crate::Source { name: "T", text }], &Options::default()).unwrap();
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let given = Value::Interval(std::sync::Arc::new(Interval::closed(data.resource_value("Patient/p").unwrap(), Value::Null)));
    assert!(!fold::is_kept(&given));
    check(&program, &Parameters::new().with("P", data.resource_value("Patient/p").unwrap()), &data);
}

#[test]
fn what_is_long_is_not_kept() {
    let long = format!("define X: Length({})", vec![format!("'{}'", "ab".repeat(200)); 40].join(" + "));
    assert_eq!(counts(&program(&long)), (1, 0));
    let long = long.replace("Length(", "(");
    let program = program(&long);
    check(&program, &Parameters::new(), &Data::load([]));
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-9..99_i32).prop_map(|i| format!("({i})")),
        Just("(null as Integer)".to_owned()),
        Just("P".to_owned()),
        Just("N".to_owned()),
        Just("Count(D)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone(), 0..7_usize)
            .prop_map(|(a, b, op)| format!("({a} {} {b})", ["+", "-", "*", "div", "mod", "+ 1 -", "- 2 *"][op]));
        let list = (inner.clone(), inner.clone(), inner.clone(), 0..6_usize).prop_map(|(a, b, c, op)| match op {
            0 => format!("Sum({{ {a}, {b}, {c} }})"),
            1 => format!("First({{ {a}, {b} }} E where E > {c})"),
            2 => format!("(singleton from ({{ {a}, {b} }} E where E = {c}))"),
            3 => format!("(if {a} < {b} then {c} else {a})"),
            4 => format!("(if exists ({{ {a}, {b} }} E where E <= {c}) then {a} else {b})"),
            _ => format!("(if {a} in {{ {b}, singleton from {{ {c}, {a} }} }} then {b} else Length(ToString({c})))"),
        });
        prop_oneof![two, list]
    })
}

proptest! {
    #[test]
    fn any_expression_folded_and_not(x in expression(), p in proptest::option::of(-5..50_i32)) {
        let text = format!(
            "library T using FHIR version '4.0.1' parameter P Integer context Patient
             define D: [Observation] define N: P + 1 define X: {x} define Y: {x} > 3 or P > 7"
        );
        let program = crate::compile(&[crate::Source { name: "T", text: &text }], &Options::default()).unwrap();
        let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
        let parameters = Parameters::new().with("P", p.map_or(Value::Null, Value::Integer));
        check(&program, &parameters, &Data::from_document(&document));
    }
}
