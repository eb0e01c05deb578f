//! Bad input: every row says the exact fault that must come out, or the value when there is none. Nothing panics, hangs or eats the machine.
//!
//! `tests/hostile/` holds inputs that fuzzing found, with the expected outcome in their first line.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Limits, Options, Parameters, Program, Source, Terminology};
use std::time::{Duration, Instant};

/// No row may take longer, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// Nor ten thousand entries, evaluated with a trace and without: they take half of the above, and more when eight builds run beside them.
const PATIENCE_WITH_MANY: Duration = Duration::from_secs(20);

fn now() -> DateTime {
    DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()
}

/// `compile: code...` (each code once), `evaluate: code` or `value: ...` of the last definition of the last source.
fn outcome(sources: &[&str]) -> String {
    let names: Vec<String> = (0..sources.len()).map(|i| format!("s{i}.cql")).collect();
    let sources: Vec<Source> = names.iter().zip(sources).map(|(name, text)| Source { name, text }).collect();
    match cql::compile(&sources, &Options::default()) {
        Ok(program) => evaluated(&program, &Data::load([])),
        Err(faults) => {
            for fault in &faults {
                if fault.to_string().len() > 3_000 {
                    return "a message that repeats the whole input".to_owned();
                }
            }
            let mut codes: Vec<&str> = faults.iter().map(|f| f.code.as_str()).collect();
            let mut seen = Vec::new();
            codes.retain(|code| {
                !seen.contains(code) && {
                    seen.push(code);
                    true
                }
            });
            format!("compile: {}", codes.join(" "))
        }
    }
}

fn evaluated(program: &Program, data: &Data<'_>) -> String {
    let (parameters, terminology) = (Parameters::new(), Terminology::new());
    let limits = Limits { max_steps: 300_000, ..Limits::default() };
    let options = EvalOptions { limits, terminology: Some(&terminology), ..EvalOptions::default() };
    let Some(last) = program.public_definitions().last().copied() else { return "nothing".to_owned() };
    match program.evaluate(data, &parameters, now(), &options) {
        Err(error) => format!("evaluate: {}", error.problem.code()),
        Ok(answers) => match answers.error(last) {
            Some(error) => format!("evaluate: {}", error.problem.code()),
            None => format!("value: {}", data.value_to_json(answers.value(last))),
        },
    }
}

/// Rows that came out otherwise; all of them are shown at the end.
#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn row(&mut self, what: &str, expected: &str, found: impl FnOnce() -> String) {
        let start = Instant::now();
        let found: String = found().chars().take(300).collect();
        if found != expected {
            self.0.push(format!("{what}\n   wanted {expected}\n   found  {found}"));
        }
        if start.elapsed() > PATIENCE {
            self.0.push(format!("{what} took {:?}", start.elapsed()));
        }
    }

    fn check(&mut self, what: &str, sources: &[&str], expected: &str) {
        self.row(what, expected, || outcome(sources));
    }

    /// An expression as the only definition.
    fn expression(&mut self, what: &str, expression: &str, expected: &str) {
        self.check(what, &[&format!("define X: {expression}")], expected);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}

fn bomb(open: &str, core: &str, close: &str, times: usize) -> String {
    format!("{}{core}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn recursion_bombs() {
    for (what, open, core, close) in [
        ("parentheses", "(", "1", ")"),
        ("lists", "{", "1", "}"),
        ("ifs in the condition", "if ", "true", " then true else false"),
        ("ifs in the else", "if true then 1 else ", "1", ""),
        ("cases", "case when true then ", "1", " else 2 end"),
        ("intervals", "Interval[", "1", ", 2]"),
        ("calls", "Abs(", "1", ")"),
        ("not", "not ", "true", ""),
        ("minus", "- ", "1", ""),
        ("exists", "exists ", "{1}", ""),
        ("start of", "start of ", "1", ""),
        ("singleton from", "singleton from ", "{1}", ""),
        ("tuples", "{ a: ", "1", " }"),
        ("queries", "(", "{1}", ") Q return Q"),
        ("indexers", "{1}[", "0", "]"),
        ("types of lists", "null as List<", "Integer", ">"),
        ("types of choices", "null as Choice<", "Integer", ">"),
        ("types of tuples", "null as Tuple { a ", "Integer", " }"),
        ("types in a list", "List<", "Integer", ">{}"),
        ("casts", "cast ", "1", " as Integer"),
        ("retrieves", "[", "Patient", "]"),
    ] {
        let text = bomb(open, core, close, 100_000);
        let found = outcome(&[&format!("define X: {text}")]);
        // Whether the depth or an odd word is met first is the grammar's affair; that it is met early is not.
        assert!(found == "compile: too-deep" || found == "compile: syntax", "{what}: {}", &found[..found.len().min(200)]);
    }
}

#[test]
fn chains_of_operands() {
    let mut table = Table::default();
    for (what, first, link, expected) in [
        ("sum", "1", " + 1", "compile: too-deep"),
        ("conjunction", "true", " and true", "compile: too-deep"),
        ("text", "'a'", " + 'a'", "compile: too-deep"),
        ("union", "{1}", " union {1}", "compile: too-deep"),
        ("power", "1", " ^ 1", "compile: too-deep"),
        ("comparison", "1", " = 1", "compile: too-deep"),
        ("property", "1", ".value", "compile: too-deep"),
        ("fluent calls", "{1}", ".where(true)", "compile: too-deep"),
        ("type test", "1", " is Integer", "compile: too-deep"),
    ] {
        table.expression(what, &format!("{first}{}", link.repeat(100_000)), expected);
    }
    // As many as the limit of height allows do work.
    table.expression("900 terms", &format!("1{}", " + 1".repeat(400)), "value: 401");
    table.expression("900 conditions", &format!("true{}", " and true".repeat(900)), "value: true");
    table.expression("a list of 100,000", &format!("Count({{1{}}})", ", 1".repeat(99_999)), "value: 100000");
}

#[test]
fn megabytes() {
    let mut table = Table::default();
    let long = "x".repeat(1 << 20);
    table.expression("a text of 1 MB", &format!("Length('{long}')"), "value: 1048576");
    table.expression("a name of 1 MB", &long, "compile: unknown-name");
    table.expression("a comment of 1 MB", &format!("/*{long}*/ 1"), "value: 1");
    table.expression("an open comment of 1 MB", &format!("/*{long}"), "compile: unterminated-comment syntax");
    table.expression("an open text of 1 MB", &format!("'{long}"), "compile: unterminated-string syntax");
    table.expression("1 MB of bad characters", &"\u{1}".repeat(1 << 20), "compile: bad-character");
    table.expression("1 MB of digits", &"9".repeat(1 << 20), "compile: bad-number");
    table.expression("1 MB of quotes", &"'".repeat(1 << 20), "compile: syntax");
    table.expression("1 MB of opening marks", &"[".repeat(1 << 20), "compile: syntax");
    table.expression("1 MB of closing marks", &")".repeat(1 << 20), "compile: syntax");
    table.check("1 MB of definitions", &[&"define X:\n".repeat(100_000)], "compile: syntax");
    table.check("1 MB of one name", &[&"define X: 1\n".repeat(80_000)], "compile: duplicate-name");
    table.check("5 MB", &[&" ".repeat(5 << 20)], "compile: source-too-large");
}

#[test]
fn circles() {
    let mut table = Table::default();
    let a = "library A include B\ndefine X: B.X";
    let b = "library B include A\ndefine X: A.X";
    table.check("includes", &[a, b], "compile: cyclic-include");
    table.check("a library that includes itself", &["library A include A\ndefine X: 1"], "compile: cyclic-include");
    table.check("a definition of itself", &["define X: X"], "compile: cyclic-definition");
    table.check("definitions", &["define X: Y + 1 define Y: Z define Z: X"], "compile: cyclic-definition");
    table.check("a parameter", &["parameter P Integer default X define X: P"], "compile: cyclic-definition");
    let recursive = "define function F(n Integer): if n < 1 then 0 else F(n - 1)\ndefine X: F(3)";
    table.check("a function", &[recursive], "compile: cyclic-definition");
    let mutual = "define function F(n Integer): G(n)\ndefine function G(n Integer): F(n)\ndefine X: F(3)";
    table.check("functions", &[mutual], "compile: cyclic-definition");
    let typed = "define function F(n Integer) returns Integer: if n < 1 then 0 else F(n - 1)\ndefine X: F(3)";
    table.check("a function with a type", &[typed], "compile: cyclic-definition");
}

#[test]
fn names_types_and_overloads() {
    let mut table = Table::default();
    let two = "define function F(a Integer, b Decimal): 1\ndefine function F(a Decimal, b Integer): 2\n";
    for (what, source, expected) in [
        ("an ambiguous call", format!("{two}define X: F(1, 1)"), "compile: ambiguous-call"),
        ("an ambiguous null", format!("{two}define X: F(null, null)"), "compile: ambiguous-call"),
        ("no overload", format!("{two}define X: F('a', 1)"), "compile: no-overload"),
        ("too few operands", format!("{two}define X: F(1)"), "compile: no-overload"),
        ("an operator's operands", "define X: 1 + 'a'".into(), "compile: no-overload"),
        (
            "a twin function",
            "define function F(a Integer): 1 define function F(a Integer): 2 define X: 1".into(),
            "compile: duplicate-name",
        ),
        ("a type", "define X: null as Nonsense".into(), "compile: unknown-type"),
        ("a type of a parameter", "parameter P Nonsense define X: P".into(), "compile: unknown-type"),
        ("a retrieve's type", "using FHIR version '4.0.1' define X: [Nonsense]".into(), "compile: unknown-type"),
        ("a retrieve without a model", "define X: [Patient]".into(), "compile: unknown-type"),
        ("a model", "using Nonsense version '1' define X: 1".into(), "compile: unknown-model"),
        ("a library", "include Nonsense define X: 1".into(), "compile: unknown-library"),
        ("a function", "define X: Nonsense(1)".into(), "compile: unknown-function"),
        (
            "a property",
            "using FHIR version '4.0.1' context Patient define X: Patient.nonsense".into(),
            "compile: unknown-property",
        ),
        ("a context", "using FHIR version '4.0.1' context Nonsense define X: 1".into(), "compile: bad-context"),
        ("a name", "define X: Nonsense".into(), "compile: unknown-name"),
        ("a value set", "define X: 'a' in \"Nonsense\"".into(), "compile: unknown-name"),
        ("a code system", "code \"C\": '1' from \"Nonsense\" define X: 1".into(), "compile: unknown-name"),
        ("a condition that is none", "define X: if 1 then 2 else 3".into(), "compile: type-mismatch"),
        (
            "every fault at once",
            "define X: A define Y: 1 + define Z: null as B".into(),
            "compile: unknown-name syntax unknown-type",
        ),
    ] {
        table.check(what, &[&source], expected);
    }
}

#[test]
fn impossible_values() {
    let mut table = Table::default();
    for (expression, expected) in [
        ("@2014-02-30", "compile: bad-temporal"),
        ("@2014-13", "compile: bad-temporal"),
        ("@2015-02-29", "compile: bad-temporal"),
        ("@0000-01-01", "compile: bad-temporal"),
        ("@2014-01-01T25:00", "compile: bad-temporal"),
        ("@2014-01-01T10:61", "compile: bad-temporal"),
        ("@2014-01-01T10:00+15:00", "compile: bad-temporal"),
        ("@T24:00", "compile: bad-temporal"),
        ("@T10:99", "compile: bad-temporal"),
        ("DateTime(2014, 2, 30)", "evaluate: operator"),
        ("Date(2014, 13)", "evaluate: operator"),
        ("Time(25)", "evaluate: operator"),
        ("ToDate('2014-02-30')", "value: null"),
        ("ToDateTime('2014-13')", "value: null"),
        ("ToTime('T25:00')", "value: null"),
        ("2147483648", "compile: bad-number"),
        ("9223372036854775808L", "compile: bad-number"),
        ("1.123456789", "compile: bad-number"),
        ("Interval[5, 3]", "evaluate: operator"),
        ("Interval(5, 5)", "evaluate: operator"),
        ("predecessor of minimum Date", "evaluate: operator"),
        ("successor of maximum DateTime", "evaluate: operator"),
        ("maximum Integer + 1", "value: null"),
        ("maximum Long * 2L", "value: null"),
        ("1 div 0", "value: null"),
        ("1.0 / 0.0", "value: null"),
        ("5 mod 0", "value: null"),
        ("minimum Integer div -1", "value: null"),
        ("minimum Integer mod -1", "value: null"),
        ("-minimum Integer", "value: null"),
        ("Abs(minimum Long)", "value: null"),
        ("@9999-12-31 + 1 day", "evaluate: operator"),
        ("@0001-01-01 - 1 day", "evaluate: operator"),
        ("@2014-01-01 + 2147483647 years", "evaluate: operator"),
        ("@2014-01-01 + 1 'mg'", "evaluate: operator"),
        ("1 'mg' + 1 'cm'", "value: null"),
        ("1 'nonsense' < 1 'mg'", "value: null"),
        ("2 ^ 2147483647", "value: null"),
        ("2.0 ^ 2147483647.5", "value: null"),
        ("0.0 ^ -1.0", "value: null"),
        ("Exp(1000)", "evaluate: operator"),
        ("Ln(0)", "evaluate: operator"),
        ("Ln(-1)", "value: null"),
        ("singleton from {1, 2}", "evaluate: operator"),
        ("point from Interval[1, 2]", "evaluate: operator"),
        ("cast 'a' as Integer", "compile: type-mismatch"),
        ("cast (if true then 'a' else 1) as Integer", "evaluate: cast"),
        ("Message(1, true, 'c', 'Error', 'text')", "evaluate: message"),
        ("Message(1, true, 'c', 'Warning', 'text')", "value: 1"),
        ("Matches('a', '(')", "evaluate: operator"),
        ("ReplaceMatches('a', 'a{1000}{1000}{1000}', 'b')", "evaluate: operator"),
    ] {
        table.expression(expression, expression, expected);
    }
}

#[test]
fn absent_terminology_is_an_error_that_names_it() {
    const HEAD: &str = "using FHIR version '4.0.1'\nvalueset \"V\": 'http://example.org/absent'\ncodesystem \"S\": 'http://example.org/system'\n\
        context Patient\ndefine X: ";
    let patient = br#"{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"s","code":"1"}]}}"#;
    let document = json::Document::parse(patient.to_vec(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    for (expression, expected, named) in [
        ("exists [Condition: \"V\"]", "value-set-absent", "http://example.org/absent"),
        ("exists ([Condition] C where C.code in \"V\")", "value-set-absent", "http://example.org/absent"),
        ("'1' in \"V\"", "value-set-absent", "http://example.org/absent"),
        ("First([Condition]).code in \"S\"", "code-system-absent", "http://example.org/system"),
    ] {
        let text = format!("{HEAD}{expression}");
        let program = cql::compile(&[Source { name: "t", text: &text }], &Options::default()).unwrap();
        let (parameters, x) = (Parameters::new(), program.definition("X").unwrap());
        let answers = program.evaluate(&data, &parameters, now(), &EvalOptions::default()).unwrap();
        let error = answers.error(x).unwrap();
        assert_eq!(error.problem.code(), expected, "{expression}");
        assert!(error.to_string().contains(named), "{error}");
        assert!(matches!(answers.value(x), Value::Null) && answers.tri(x).is_none(), "an error is never an answer");
    }
}

#[test]
fn elements_of_the_wrong_kind_are_unknown() {
    let mut table = Table::default();
    const PATIENT: &[u8] =
        br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":7,"birthDate":{"a":1},"gender":["x"],
        "name":"A","active":"yes","deceasedDateTime":"2026-02-31"}},
        {"resource":{"resourceType":"Observation","id":"o","status":{},"code":"x","valueQuantity":{"value":"high","code":3},
        "effectiveDateTime":"yesterday","component":7}},{"resource":null},{"resource":[1]},7,{"resource":{"resourceType":9}}]}"#;
    let document = json::Document::parse(PATIENT.to_vec(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    for (expression, expected) in [
        ("Patient.birthDate.value", "value: null"),
        ("AgeInYears()", "value: null"),
        ("Patient.birthDate before @2020-01-01", "value: null"),
        ("Patient.active", "value: \"yes\""),
        ("Patient.gender = 'female'", "value: null"),
        ("exists First([Observation]).component", "value: false"),
        ("Patient.active.value", "value: null"),
        ("exists Patient.name.given", "value: false"),
        ("(Patient.deceased as FHIR.dateTime).value", "value: null"),
        ("Count([Observation])", "value: 1"),
        ("exists ([Observation] O where O.status = 'final')", "value: false"),
        ("First([Observation]).value as FHIR.Quantity > 3 'mg'", "value: null"),
        ("(First([Observation]).value as FHIR.Quantity).value > 3", "value: null"),
        ("First([Observation]).effective as FHIR.dateTime before Today()", "value: null"),
        ("exists ([Observation] O where O.code ~ Code { code: 'x', system: 's' })", "value: false"),
    ] {
        let text =
            format!("using FHIR version '4.0.1'\ninclude FHIRHelpers version '4.0.1'\ncontext Patient\ndefine X: {expression}");
        let program =
            cql::compile(&[Source { name: "t", text: &text }], &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
        table.row(expression, expected, || evaluated(&program, &data));
    }
}

#[test]
fn a_bundle_of_ten_thousand_entries() {
    let entries: Vec<String> = (0..10_000)
        .map(|i| {
            format!(
                r#"{{"fullUrl":"urn:{i}","resource":{{"resourceType":"Observation","id":"o{i}","status":"final","code":{{"coding":[{{"system":"s","code":"{}"}}]}},"effectiveDateTime":"20{:02}-01-02","valueInteger":{i}}}}}"#,
                i % 50,
                i % 26
            )
        })
        .collect();
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let document = json::Document::parse(bundle.into_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let text = "using FHIR version '4.0.1'\ninclude FHIRHelpers version '4.0.1'\ncodesystem \"S\": 's'\ncode \"C\": '7' from \"S\"\ncontext Patient\n\
        define Coded: [Observation: \"C\"] O where O.effective as FHIR.dateTime during Interval[@2010-01-01, @2020-01-01)\n\
        define X: Count(Coded) + Count(distinct ([Observation] O return O.code))";
    let program = cql::compile(&[Source { name: "t", text }], &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
    let start = Instant::now();
    let parameters = Parameters::new();
    for trace in [false, true] {
        let options = EvalOptions { trace, ..EvalOptions::default() };
        let answers = program.evaluate(&data, &parameters, now(), &options).unwrap();
        let x = program.definition("X").unwrap();
        assert!(answers.error(x).is_none(), "{:?}", answers.error(x).map(ToString::to_string));
        let coded = program.definition("Coded").unwrap();
        let count = answers.value(coded).as_list().unwrap().len();
        assert_eq!(answers.value(x).to_string(), (count + 50).to_string());
        if trace {
            assert_eq!(answers.evidence(coded).resources.len().min(1), 1);
        }
    }
    assert!(start.elapsed() < PATIENCE_WITH_MANY, "{:?}", start.elapsed());
}

#[test]
fn what_grows_is_stopped() {
    let mut table = Table::default();
    let doubling = |first: &str, twice: &str| {
        let mut text = format!("define D0: {first}\n");
        for i in 1..64 {
            text.push_str(&format!("define D{i}: {}\n", twice.replace('?', &format!("D{}", i - 1))));
        }
        text
    };
    for (what, source, expected) in [
        ("a text that doubles", doubling("'0123456789'", "? + ?"), "evaluate: operator"),
        ("a list that doubles", doubling("{1, 2, 3}", "flatten { ?, ? }"), "evaluate: operator"),
        ("a list that is multiplied", doubling("{1, 2, 3}", "from ? A, ? B return all A"), "evaluate: operator"),
        ("a replacement that doubles", doubling("'aa'", "ReplaceMatches(?, 'a', 'aa')"), "evaluate: operator"),
        ("a combination that doubles", doubling("'aa'", "Combine({?, ?}, ?)"), "evaluate: operator"),
        (
            "a pattern against a long text",
            format!("{}define X: Matches(D16, '(.*.*.*a){{50}}b')", &doubling("'0123456789'", "? + ?")),
            "evaluate: operator",
        ),
        ("an expansion", "define X: expand Interval[1, 2147483647] per 1".into(), "evaluate: operator"),
        ("an expansion of decimals", "define X: expand Interval[0.0, 1000.0] per 0.00000001".into(), "evaluate: operator"),
        (
            "an expansion of times",
            "define X: expand Interval[@0001-01-01T00:00:00.000, @9999-01-01T00:00:00.000] per millisecond".into(),
            "evaluate: operator",
        ),
        (
            "a product of sources",
            "define L: expand Interval[1, 1000] per 1 define X: Count(from L A, L B, L C where A > B and B > C and C > A)".into(),
            "evaluate: too-many-steps",
        ),
        (
            "an aggregate",
            "define L: expand Interval[1, 1000] per 1 define X: (from L A, L B, L C) Q aggregate R starting 0: R + Q.A".into(),
            "evaluate: too-many-steps",
        ),
    ] {
        table.check(what, &[&source], expected);
    }
}

/// Lists of what is compared by value stay fast when they are long.
#[test]
fn long_lists_of_unlike_elements() {
    let mut table = Table::default();
    for (what, element) in [
        ("intervals", "Interval[X, X + 1]"),
        ("quantities", "ToQuantity(ToString(X) + ' \\'mg\\'')"),
        ("tuples", "Tuple { a: X, b: 'b', c: Tuple { d: X } }"),
        ("lists", "{ X, X + 1, null }"),
        ("decimals", "X * 1.5"),
        ("texts", "ToString(X)"),
    ] {
        let all = format!("define L: (expand Interval[1, 8000] per 1) X return all {element}");
        let what = |operation: &str| format!("{operation} of {what}");
        table.check(&what("distinct"), &[&format!("{all} define X: Count(distinct (flatten {{L, L}}))")], "value: 8000");
        table.check(&what("intersection"), &[&format!("{all} define X: Count(L intersect L)")], "value: 8000");
        table.check(&what("difference"), &[&format!("{all} define X: Count(L except L)")], "value: 0");
    }
}

/// Values that do not compare with each other: sorting them is odd, but ends and keeps them all.
#[test]
fn sorting_what_has_no_order() {
    let mut table = Table::default();
    let units = ["'mg'", "'cm'", "'s'", "days", "years", "'nonsense'", "'[degF]'"];
    let quantities: Vec<String> = (0..200).map(|i| format!("{} {}", (i * 7919) % 101, units[i % units.len()])).collect();
    let offsets = ["", "Z", "+14:00", "-12:00"];
    let times: Vec<String> = (0..200)
        .map(|i| {
            let hour = format!("{:02}", (i * 7) % 24);
            let rest = ["T", &format!("T{hour}"), &format!("T{hour}:30"), &format!("T{hour}:30:00.000")][i % 4].to_owned();
            let offset = if i % 4 == 0 { "" } else { offsets[(i / 4) % 4] };
            format!("@2014-01-{:02}{rest}{offset}", 1 + (i * 13) % 5)
        })
        .collect();
    for (what, items) in [("units", quantities), ("precisions and offsets", times)] {
        let list = items.join(", ");
        table.expression(what, &format!("Count(({{{list}}}) Q return all Q sort desc)"), "value: 200");
        table.expression(what, &format!("(Max({{{list}}}) is null) and (Count(distinct {{{list}}}) < 0)"), "value: false");
    }
}

#[test]
fn cancellation_and_budgets_reach_into_loops() {
    let text = "define L: expand Interval[1, 2000] per 1\ndefine X: Count(from L A, L B, L C where A > B and B > C and C > A)";
    let program = cql::compile(&[Source { name: "t", text }], &Options::default()).unwrap();
    let (data, parameters) = (Data::load([]), Parameters::new());
    let start = Instant::now();
    let budget = || start.elapsed() > Duration::from_millis(200);
    let limits = Limits { cancel: Some(&budget), max_steps: u64::MAX, ..Limits::default() };
    let options = EvalOptions { limits, ..EvalOptions::default() };
    let error = program.evaluate(&data, &parameters, now(), &options).err().unwrap();
    assert_eq!(error.problem.code(), "cancelled");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());

    let limits = Limits { max_steps: 10_000, ..Limits::default() };
    let options = EvalOptions { limits, ..EvalOptions::default() };
    let error = program.evaluate(&data, &parameters, now(), &options).err().unwrap();
    assert_eq!(error.problem.code(), "too-many-steps");

    let head = "using FHIR version '4.0.1'\ncontext Patient\ndefine X:";
    let deep = format!("{head} {}Count([Observation]){}", "(1 + ".repeat(55), ")".repeat(55));
    let program = cql::compile(&[Source { name: "t", text: &deep }], &Options::default()).unwrap();
    let limits = Limits { max_depth: 50, ..Limits::default() };
    let answers = program.evaluate(&data, &parameters, now(), &EvalOptions { limits, ..EvalOptions::default() }).unwrap();
    assert_eq!(answers.first_error().unwrap().problem.code(), "too-deep");
}

/// ELM of any shape: read, or refused with its fault.
#[test]
fn hostile_elm() {
    let mut table = Table::default();
    let wrap = |expression: &str| {
        format!(
            r#"{{"library":{{"identifier":{{"id":"T"}},"schemaIdentifier":{{"id":"urn:hl7-org:elm","version":"r1"}},"statements":{{"def":[{{"name":"X","context":"Patient","accessLevel":"Public","expression":{expression}}}]}}}}}}"#
        )
    };
    let nested = |open: &str, close: &str, n: usize| wrap(&format!("{}{{\"type\":\"Null\"}}{}", open.repeat(n), close.repeat(n)));
    let not = r#"{"type":"Not","operand":"#;
    for (what, text, expected) in [
        ("nothing", String::new(), "compile: bad-elm"),
        ("no object", "7".into(), "compile: bad-elm"),
        ("an empty object", "{}".into(), "compile: bad-elm"),
        ("100,000 brackets", "[".repeat(100_000), "compile: bad-elm"),
        ("100,000 nots", nested(not, "}", 100_000), "compile: bad-elm"),
        ("an unknown node", wrap(r#"{"type":"Nonsense"}"#), "compile: bad-elm"),
        ("no type", wrap("{}"), "compile: bad-elm"),
        ("a missing operand", wrap(r#"{"type":"Not"}"#), "compile: bad-elm"),
        (
            "a bad literal",
            wrap(r#"{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"x"}"#),
            "compile: bad-elm",
        ),
        ("itself", wrap(r#"{"type":"ExpressionRef","name":"X"}"#), "compile: bad-elm"),
        ("nobody", wrap(r#"{"type":"ExpressionRef","name":"Y"}"#), "compile: bad-elm"),
        ("an alias of nobody", wrap(r#"{"type":"AliasRef","name":"Y"}"#), "compile: bad-elm"),
        ("a good one", wrap(r#"{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"7"}"#), "value: 7"),
    ] {
        table.row(what, expected, || match cql::compile_elm(&[("t.json", &text)]) {
            Ok(program) => evaluated(&program, &Data::load([])),
            Err(faults) => format!("compile: {}", faults[0].code.as_str()),
        });
    }
}

/// Inputs that a fuzzer found: `// expect: ...` in the first line, the source after it.
#[test]
fn what_fuzzing_found() {
    let mut table = Table::default();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "cql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let (expected, source) = text.split_once('\n').unwrap();
        table.check(&path.display().to_string(), &[source], expected.trim_start_matches("// expect: "));
        seen += 1;
    }
    println!("{seen} inputs");
}
