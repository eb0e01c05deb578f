//! What CQL asks about code systems and value sets: answered directly, with a trace, through ELM and from projected data, always the same.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::data::{ProjectionOptions, projection};
use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, MissingLimits, Options, Parameters, Program, Source, Terminology, compile, compile_elm};

const HEAD: &str = r#"
library Plants version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
codesystem "Plants": 'urn:plants'
codesystem "Plants of 1": 'urn:plants' version '1'
codesystem "Part": 'urn:part'
codesystem "None": 'urn:none'
codesystem "Unseen": 'urn:unseen'
valueset "Trees": 'urn:v:trees'
valueset "Lost": 'urn:v:lost'
code "Plant": 'plant' from "Plants"
code "Tree": 'tree' from "Plants"
code "Oak": 'oak' from "Plants"
code "Fungus": 'fungus' from "Plants"
code "Stray": 'stray' from "Unseen"
concept "Oak or stray": { "Oak", "Stray" } display 'either'
context Patient
define "Found": First([Condition])
"#;

const SYSTEMS: &[&str] = &[
    r#"{"resourceType":"CodeSystem","url":"urn:plants","version":"2","content":"complete","concept":[{"code":"plant","concept":[{"code":"tree","concept":[{"code":"oak"}]},{"code":"herb"}]}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:part","content":"fragment","concept":[{"code":"a"}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:none","content":"not-present"}"#,
];

const SETS: &[&str] = &[
    r#"{"resourceType":"ValueSet","url":"urn:v:trees","compose":{"include":[{"system":"urn:plants","filter":[{"property":"concept","op":"is-a","value":"tree"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:v:lost","compose":{"include":[{"system":"urn:unseen"}]}}"#,
];

const PATIENT: &str = r#"{"resourceType":"Bundle","entry":[
  {"resource":{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"urn:other","code":"x"},{"system":"urn:plants","code":"oak"}]}}},
  {"resource":{"resourceType":"Condition","id":"d","code":{"text":"no code"}}},
  {"resource":{"resourceType":"Condition","id":"e","code":{"coding":[{"system":"urn:plants","code":"fungus"}]}}}]}"#;

fn parsed(text: &str) -> json::Document {
    json::Document::parse(text.as_bytes(), &json::Limits::default()).unwrap()
}

fn terminology() -> Terminology {
    let mut terminology = Terminology::new();
    SETS.iter().for_each(|text| terminology.add_fhir_value_set(parsed(text).root()).unwrap());
    SYSTEMS.iter().for_each(|text| terminology.add_fhir_code_system(parsed(text).root()).unwrap());
    terminology
}

fn program(body: &str) -> Program {
    let text = format!("{HEAD}{body}");
    compile(&[Source { name: "plants.cql", text: &text }], &Options::default())
        .unwrap_or_else(|faults| panic!("{body}: {}", faults[0]))
}

fn now() -> DateTime {
    DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()
}

/// The value of `X`, or the code of its error.
fn answer(program: &Program, data: &Data<'_>, trace: bool) -> String {
    let (parameters, terminology) = (Parameters::new(), terminology());
    let options = EvalOptions { trace, terminology: Some(&terminology), ..EvalOptions::default() };
    let answers = program.evaluate(data, &parameters, now(), &options).unwrap();
    let x = program.definition("X").unwrap();
    match answers.error(x) {
        Some(error) => format!("! {}", error.problem.code()),
        None => match answers.value(x) {
            Value::Null => "null".to_owned(),
            value => data.value_to_json(value).to_string(),
        },
    }
}

#[test]
fn questions_are_answered_the_same_on_every_way() {
    let document = parsed(PATIENT);
    for (expression, want) in [
        // In a code system: text, code, concept, lists of these.
        ("'oak' in \"Plants\"", "true"),
        ("'fungus' in \"Plants\"", "false"),
        ("\"Oak\" in \"Plants\"", "true"),
        ("\"Stray\" in \"Plants\"", "false"),
        ("\"Oak or stray\" in \"Plants\"", "true"),
        ("InCodeSystem(\"Fungus\", \"Plants\")", "false"),
        ("{ 'fungus', 'herb' } in \"Plants\"", "true"),
        ("AnyInCodeSystem({ \"Stray\", \"Oak\" }, \"Plants\")", "true"),
        ("AnyInCodeSystem({ \"Stray\", \"Fungus\" }, \"Plants\")", "false"),
        ("\"Found\".code in \"Plants\"", "true"),
        ("[Condition] C where C.code in \"Plants\" return C.id.value", "[\"c\"]"),
        ("(null as System.Code) in \"Plants\"", "false"),
        // What is not there, or not whole.
        ("\"Oak\" in \"Plants of 1\"", "! code-system-absent"),
        ("\"Oak\" in \"Unseen\"", "! code-system-absent"),
        ("(null as System.Code) in \"Unseen\"", "! code-system-absent"),
        ("'a' in \"Part\"", "true"),
        ("'b' in \"Part\"", "! code-system-incomplete"),
        ("'a' in \"None\"", "! code-system-incomplete"),
        ("{ 'b', 'a' } in \"Part\"", "true"),
        // Above and below.
        ("Subsumes(\"Plant\", \"Oak\")", "true"),
        ("Subsumes(\"Oak\", \"Plant\")", "false"),
        ("SubsumedBy(\"Oak\", \"Plant\")", "true"),
        ("SubsumedBy(\"Tree\", \"Tree\")", "true"),
        ("Subsumes(\"Tree\", \"Fungus\")", "null"),
        ("Subsumes(\"Tree\", null as System.Code)", "null"),
        ("Subsumes(\"Tree\", \"Stray\")", "false"),
        ("Subsumes(\"Stray\", Code { code: 'other', system: 'urn:unseen' })", "! code-system-absent"),
        ("Subsumes(ToConcept(\"Tree\"), \"Oak or stray\")", "true"),
        ("Subsumes(ToConcept(\"Tree\"), \"Found\".code)", "true"),
        ("[Condition] C where Subsumes(ToConcept(\"Tree\"), C.code) return C.id.value", "[\"c\"]"),
        ("[Condition] C where Subsumes(ToConcept(\"Tree\"), C.code) is null return C.id.value", "[\"e\"]"),
        // Sets that are defined over a hierarchy.
        ("[Condition: \"Trees\"] C return C.id.value", "[\"c\"]"),
        ("\"Oak\" in \"Trees\"", "true"),
        ("\"Plant\" in \"Trees\"", "false"),
        ("Count(ExpandValueSet(\"Trees\"))", "2"),
        ("exists (ExpandValueSet(\"Trees\") T where T ~ \"Oak\")", "true"),
        ("\"Oak\" in \"Lost\"", "! value-set-unexpanded"),
        ("exists [Condition: \"Lost\"]", "! value-set-unexpanded"),
        ("ExpandValueSet(\"Lost\")", "! value-set-unexpanded"),
    ] {
        let program = program(&format!("define \"X\": {expression}"));
        let data = Data::from_document(&document);
        assert_eq!(answer(&program, &data, false), want, "{expression}");
        assert_eq!(answer(&program, &data, true), want, "traced: {expression}");
        let elm: Vec<String> = program.libraries().iter().map(|l| program.to_elm(l.id).to_string()).collect();
        let sources: Vec<(&str, &str)> = elm.iter().map(|text| ("elm", text.as_str())).collect();
        let again = compile_elm(&sources).unwrap_or_else(|faults| panic!("{expression}: {}", faults[0]));
        assert_eq!(answer(&again, &data, false), want, "through ELM: {expression}");
        let kept = projection(&[&program], &ProjectionOptions::default());
        let small = json::Document::parse_projected(PATIENT.as_bytes(), &kept, &json::Limits::default()).unwrap();
        assert_eq!(answer(&program, &Data::from_document(&small), false), want, "projected: {expression}");
    }
}

#[test]
fn an_answer_about_a_hierarchy_keeps_what_it_rests_on() {
    let program = program(
        "define \"Under tree\": exists ([Condition] C where Subsumes(ToConcept(\"Tree\"), C.code))\n\
         define \"Known plant\": \"Found\".code in \"Plants\"\n\
         define \"Severe\": First([Condition] C return C.severity in \"Plants\")\n\
         define \"Of a kind\": First([Condition] C where C.id.value = 'e' return Subsumes(ToConcept(\"Tree\"), C.code))\n\
         define \"Granted\": \"Known plant\" and \"Of a kind\"",
    );
    let (document, terminology, parameters) = (parsed(PATIENT), terminology(), Parameters::new());
    let data = Data::from_document(&document);
    let options = EvalOptions { trace: true, terminology: Some(&terminology), ..EvalOptions::default() };
    let answers = program.evaluate(&data, &parameters, now(), &options).unwrap();
    for (name, want) in [("Under tree", Some(true)), ("Known plant", Some(true)), ("Severe", Some(false)), ("Of a kind", None)] {
        let definition = program.definition(name).unwrap();
        assert_eq!(answers.tri(definition), want, "{name}");
        let trace = answers.trace(definition).to_string();
        assert!(trace.contains("Condition/"), "{name}: {trace}");
    }
    // What is unknown has its smallest assumption, as every unknown has.
    let granted = program.definition("Granted").unwrap();
    let plain = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
    let missing = program.missing(&data, &parameters, now(), &plain, granted, &MissingLimits::default()).unwrap();
    let names: Vec<&str> = missing.sets[0].iter().map(|(d, _)| &*program.plan().definition(*d).name).collect();
    assert_eq!(names, ["Of a kind"]);
}

#[test]
fn an_error_names_what_is_not_there_and_never_a_code_of_the_patient() {
    let document = parsed(PATIENT);
    let (data, parameters, terminology) = (Data::from_document(&document), Parameters::new(), terminology());
    for (expression, names) in [
        ("\"Found\".code in \"Unseen\"", vec!["\"Unseen\"", "urn:unseen"]),
        ("\"Found\".code in \"Plants of 1\"", vec!["urn:plants|1"]),
        ("First([Condition] C return Code { system: 'urn:part', code: C.id.value } in \"Part\")", vec!["urn:part", "fragment"]),
        ("exists [Condition: \"Lost\"]", vec!["\"Lost\"", "urn:v:lost", "urn:unseen"]),
    ] {
        let program = program(&format!("define \"X\": {expression}"));
        let options = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
        let answers = program.evaluate(&data, &parameters, now(), &options).unwrap();
        let error = answers.error(program.definition("X").unwrap()).unwrap().to_string();
        assert!(names.iter().all(|name| error.contains(name)), "{expression}: {error}");
        assert!(!error.contains("oak"), "{error}");
    }
}
