//! Sources that must not compile, with what must be said of them; and sources that must, with the types they must have. Data behind two checks.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::{DiagnosticCode as Code, Options, Source, compile, compile_with_warnings};

const HEAD: &str = "library Test version '1'\nusing FHIR version '4.0.1'\ninclude FHIRHelpers version '4.0.1'\n\
    codesystem \"LOINC\": 'http://loinc.org'\nvalueset \"VS\": 'http://example.org/vs'\ncode \"A1c\": '4548-4' from \"LOINC\"\n\
    parameter \"Period\" Interval<DateTime>\ncontext Patient\n";

#[track_caller]
fn check_type(expression: &str, expected: &str) {
    let text = format!("{HEAD}define X: {expression}");
    let source = Source { name: "test.cql", text: &text };
    let program = match compile(&[source], &Options::default()) {
        Ok(program) => program,
        Err(faults) => panic!("{expression}\n{}", faults[0]),
    };
    let x = program.definition("X").unwrap();
    let found = program.plan().type_of(program.plan().definition(x).body).to_string();
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn types() {
    for (expression, expected) in [
        ("1 + 2", "Integer"),
        ("1 + 2.0", "Decimal"),
        ("1 + 2L", "Long"),
        ("1 / 2", "Decimal"),
        ("2 * 3 'mg'", "Quantity"),
        ("@2014-01-01 + 3 days", "Date"),
        ("{1, 2.0}", "List<Decimal>"),
        ("{1, 'a'}", "List<Choice<Integer, String>>"),
        ("Interval[1, 5.0)", "Interval<Decimal>"),
        ("if true then 1 else null", "Integer"),
        ("case when true then 'a' else null end", "String"),
        ("Patient.birthDate", "FHIR.date"),
        ("Patient.birthDate.value", "Date"),
        ("Patient.name.given", "List<FHIR.string>"),
        ("AgeInYears()", "Integer"),
        ("AgeInYearsAt(end of \"Period\")", "Integer"),
        ("[Observation: \"A1c\"]", "List<FHIR.Observation>"),
        (
            "[Observation: code in \"VS\"] O where O.status = 'final' return O.value",
            "List<Choice<FHIR.CodeableConcept, FHIR.Period, FHIR.Quantity, FHIR.Range, FHIR.Ratio, FHIR.SampledData, FHIR.boolean, FHIR.dateTime, FHIR.integer, FHIR.string, FHIR.time>>",
        ),
        ("First([Condition] C sort by recordedDate)", "FHIR.Condition"),
        ("[Condition] C where C.onset during \"Period\"", "List<FHIR.Condition>"),
        ("[Encounter] E where E.period starts 3 days or less before start of \"Period\"", "List<FHIR.Encounter>"),
        ("@2024-01-02 3 days or less before day of @2024-01-03", "Boolean"),
        ("start of \"Period\" 1 year or less on or after day of @2024-01-03", "Boolean"),
        ("case when true then @2024-01-02 6 days or more after @2024-01-01 else false end", "Boolean"),
        ("[Encounter] E with [Condition] C such that C.recordedDate during E.period return E.period", "List<FHIR.Period>"),
        (
            "([Observation] O return O.value as FHIR.Quantity) union ([Observation] O return O.value as FHIR.Range)",
            "List<Choice<FHIR.Quantity, FHIR.Range>>",
        ),
        ("Sum([Observation] O return (O.value as FHIR.Quantity).value)", "Decimal"),
        ("from ({1, 2}) A, ({'x'}) B", "List<Tuple{A Integer, B String}>"),
        ("({1, 2, 3}) X aggregate R starting 0: R + X", "Integer"),
        ("({1, 2, 3}).where($this > 1)", "List<Integer>"),
        ("[Condition].code.coding.code", "List<FHIR.code>"),
        ("Coalesce(null, 'a')", "String"),
        ("exists [Condition: \"VS\"]", "Boolean"),
        ("\"A1c\" in \"VS\"", "Boolean"),
        ("[Observation] O where O.code ~ \"A1c\"", "List<FHIR.Observation>"),
        ("FHIRHelpers.ToConcept(First([Condition]).code)", "Concept"),
        ("days between @2014-01-01 and Today()", "Integer"),
        ("Code '1' from \"LOINC\" display 'x'", "Code"),
        ("FHIR.Quantity { value: FHIR.decimal { value: 1.0 }, unit: FHIR.string { value: 'mg' } }", "FHIR.Quantity"),
        ("1 'mg' : 2 'mL'", "Ratio"),
        ("expand { Interval[1, 3] } per 1", "List<Interval<Integer>>"),
        ("singleton from ([Patient])", "FHIR.Patient"),
        ("Patient.deceased is FHIR.boolean", "Boolean"),
        ("Patient.gender = 'female'", "Boolean"),
        ("minimum Date", "Date"),
        ("[MedicationRequest: medication in \"VS\"]", "List<FHIR.MedicationRequest>"),
    ] {
        check_type(expression, expected);
    }
}

#[track_caller]
fn check_faults(text: &str, expected: &[(Code, usize, usize)]) {
    let source = Source { name: "test.cql", text };
    let faults = compile(&[source], &Options::default()).err().unwrap_or_default();
    let found: Vec<_> = faults.iter().map(|f| (f.code, f.line, f.column)).collect();
    assert_eq!(found, expected, "{text}\n{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>());
}

#[test]
fn faults() {
    check_faults("define X: 1 +\ndefine Y: (2\ndefine Z: 3", &[(Code::Syntax, 2, 1), (Code::Syntax, 3, 1)]);
    check_faults("define X: Y\ndefine Z: 'a' + 1", &[(Code::UnknownName, 1, 11), (Code::NoOverload, 2, 11)]);
    check_faults("define X: Y\ndefine Y: X", &[(Code::CyclicDefinition, 2, 8)]);
    check_faults("define X: 1\ndefine X: 2", &[(Code::DuplicateName, 2, 8)]);
    check_faults("define X: 'abc", &[(Code::UnterminatedString, 1, 11), (Code::Syntax, 1, 15)]);
    check_faults("define X: @2014-02-30", &[(Code::BadTemporal, 1, 11)]);
    check_faults("define X: 99999999999", &[(Code::BadNumber, 1, 11)]);
    check_faults("define X: [Condition]", &[(Code::UnknownType, 1, 12)]);
    check_faults("using FIHR\ndefine X: 1", &[(Code::UnknownModel, 1, 7)]);
    check_faults("include Missing\ndefine X: Missing.Y", &[(Code::UnknownLibrary, 1, 9)]);
    check_faults(
        "include Missing\ndefine X: Missing.Y(1).z() + Lenght('a')",
        &[(Code::UnknownLibrary, 1, 9), (Code::UnknownFunction, 2, 30)],
    );
    check_faults("define function f(a Integer): a\ndefine function f(a Integer): a", &[(Code::DuplicateName, 2, 17)]);
    check_faults("define X: Lenght('a')", &[(Code::UnknownFunction, 1, 11)]);
    check_faults("using FHIR\ncontext Patient\ndefine X: Patient.brithDate", &[(Code::UnknownProperty, 3, 11)]);
    check_faults("define X: {a: 1}.b", &[(Code::UnknownProperty, 1, 11)]);
    check_faults("define function f(a Integer): f(a)", &[(Code::CyclicDefinition, 1, 17)]);
    check_faults(
        "define function f(a Decimal, b Integer): 1\ndefine function f(a Integer, b Decimal): 2\ndefine X: f(1, 1)",
        &[(Code::AmbiguousCall, 3, 11)],
    );
    check_faults("define X: Interval[1, 'a']", &[(Code::TypeMismatch, 1, 11)]);
    check_faults("define X: ?", &[(Code::BadCharacter, 1, 11), (Code::Syntax, 1, 12)]);
}

#[test]
fn one_fault_does_not_cascade() {
    let text = "define A: Unknown\ndefine B: A\ndefine C: B and A";
    check_faults(text, &[(Code::UnknownName, 1, 11)]);
}

#[test]
fn an_earlier_fhirhelpers_is_said_to_be_read_as_the_one_built_in() {
    for (version, said) in [("4.0.0", true), ("4.0.1", false), ("4.0.001", false), ("4.4.000", false)] {
        let text = format!("using FHIR version '4.0.1'\ninclude FHIRHelpers version '{version}'\ndefine X: 1");
        let (_, warnings) = compile_with_warnings(&[Source { name: "t", text: &text }], &Options::default()).unwrap();
        assert_eq!(warnings.iter().any(|w| w.message.contains("FHIRHelpers 4.0.0 is read as")), said, "{version}");
    }
}

#[test]
fn libraries_are_found_by_version_and_circles_are_faults() {
    let one = Source { name: "a1", text: "library A version '1.0'\ndefine X: 1" };
    let two = Source { name: "a2", text: "library A version '1.10'\ndefine X: 'two'" };
    let main = Source { name: "m", text: "library M\ninclude A called A\ndefine Y: A.X" };
    let program = compile(&[main, two, one], &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
    let y = program.definition_in("M", "Y").unwrap();
    assert_eq!(program.plan().type_of(program.plan().definition(y).body).to_string(), "String");
    assert_eq!(program.references(y).len(), 1);

    let a = Source { name: "a", text: "library A\ninclude B\ndefine X: 1" };
    let b = Source { name: "b", text: "library B\ninclude A\ndefine X: 1" };
    let faults = compile(&[a, b], &Options::default()).err().unwrap();
    assert!(faults.iter().any(|f| f.code == Code::CyclicInclude), "{faults:?}");
}

#[test]
fn private_names_stay_private() {
    let a = Source { name: "a", text: "library A\ndefine private X: 1" };
    let b = Source { name: "b", text: "library B\ninclude A\ndefine Y: A.X" };
    let faults = compile(&[a, b], &Options::default()).err().unwrap();
    assert_eq!(faults[0].code, Code::UnknownName);
}

#[test]
fn bombs_are_refused_quickly() {
    let patterns = [
        "(",
        "[",
        "{",
        "-",
        "not ",
        "f(",
        "Interval[",
        "exists ",
        "if ",
        "case when ",
        "1 + ",
        "'a' & ",
        "Tuple{a:",
        "List<",
        "a.",
    ];
    for pattern in patterns {
        let text = format!("define X: {}", pattern.repeat(1_000_000 / pattern.len()));
        let source = Source { name: "bomb", text: &text };
        let faults = compile(&[source], &Options::default()).err().unwrap_or_default();
        assert!(!faults.is_empty(), "{pattern}");
        assert!(faults[0].to_string().len() < 2_000, "{pattern}");
    }
}

#[test]
fn long_chains_within_the_limit_compile() {
    let ands = vec!["true"; 900].join(" and ");
    check_type(&ands, "Boolean");
    let sums = vec!["1"; 900].join(" + ");
    check_type(&sums, "Integer");
    // A thousand definitions, each on the one before it.
    let mut text = String::from("define D0: 1\n");
    for i in 1..2_000 {
        text = format!("define D{i}: D{} + 1\n{text}", i - 1);
    }
    assert!(compile(&[Source { name: "chain", text: &text }], &Options::default()).is_ok());
}

#[test]
fn a_diagnostic_shows_its_place() {
    let source = Source { name: "t.cql", text: "define Age: AgeInYeers() >= 18" };
    let faults = compile(&[source], &Options::default()).err().unwrap();
    let text = faults[0].to_string();
    assert!(text.contains("t.cql:1:13"), "{text}");
    assert!(text.contains("^^^^^^^^^^"), "{text}");
    assert!(text.contains("did you mean `AgeInYears`?"), "{text}");
}

#[test]
fn a_point_is_an_interval_when_the_option_says_so() {
    let source = [Source {
        name: "p.cql",
        text: "define X: 5 overlaps Interval[1, 10.0]\ndefine function f(a Interval<Integer>): start of a\ndefine Y: f(3)",
    }];
    assert!(compile(&source, &Options::default()).is_err());
    let options = Options { interval_promotion: true, ..Options::default() };
    assert!(compile(&source, &options).is_ok());
}

/// A null interval of dates where one of times is wanted: null, or without bounds as the reference engine has it.
#[test]
fn null_intervals_convert_by_option() {
    let text = "
        library T
        parameter P Interval<DateTime> default Interval[@2025-01-01T00:00:00.0Z, @2025-12-31T00:00:00.0Z]
        parameter Q Interval<Date>
        define Overlaps: Q overlaps P
        define Start: start of (Q union P)
        define Known: Interval[@2025-03-01, @2025-03-02] overlaps P";
    for (unbounded_nulls, overlaps) in [(false, cql::value::Value::Null), (true, cql::value::Value::Boolean(true))] {
        let options = Options { unbounded_nulls, ..Options::default() };
        let program = compile(&[Source { name: "t", text }], &options).unwrap();
        let now = cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
        let (data, none) = (cql::Data::load([]), cql::Parameters::new());
        let answers = program.evaluate(&data, &none, now, &cql::EvalOptions::default()).unwrap();
        let value = |name: &str| answers.value(program.definition(name).unwrap()).clone();
        assert_eq!(value("Overlaps").tri(), overlaps.tri(), "{unbounded_nulls}");
        assert_eq!(value("Known").tri(), Some(true));
    }
}
