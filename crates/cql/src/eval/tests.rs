//! Programs over small records: values, evidence, limits and errors.

use super::*;
use crate::data::{Data, Terminology};
use crate::ir::Span;
use crate::sema::{Options, Source, check};
use crate::value::{DateTime, Value};
use json::Document;

pub(super) const RECORD: &str = r#"{"resourceType":"Bundle","entry":[
 {"fullUrl":"urn:pat","resource":{"resourceType":"Patient","id":"p","birthDate":"1950-06-01","gender":"female"}},
 {"fullUrl":"urn:spo2-1","resource":{"resourceType":"Observation","id":"o1","status":"final",
   "code":{"coding":[{"system":"http://loinc.org","code":"59408-5"}]},
   "effectiveDateTime":"2026-05-01T09:00:00Z","valueQuantity":{"value":86,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}},
 {"fullUrl":"urn:spo2-2","resource":{"resourceType":"Observation","id":"o2","status":"final",
   "code":{"coding":[{"system":"http://loinc.org","code":"59408-5"}]},
   "effectivePeriod":{"start":"2026-04-01","end":"2026-04-03"},"valueQuantity":{"value":95,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}},
 {"fullUrl":"urn:abg","resource":{"resourceType":"Observation","id":"o3","status":"entered-in-error",
   "code":{"coding":[{"system":"http://loinc.org","code":"2703-7"}]},
   "effectiveDateTime":"2026-05-02","valueQuantity":{"value":7.2,"unit":"kPa","system":"http://unitsofmeasure.org","code":"kPa"}}},
 {"fullUrl":"urn:copd","resource":{"resourceType":"Condition","id":"c1",
   "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
   "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"J44.9"}]},"onsetDateTime":"2015-02"}},
 {"fullUrl":"urn:enc","resource":{"resourceType":"Encounter","id":"e1","status":"finished",
   "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"period":{"start":"2026-05-10T10:00:00Z","end":"2026-05-10T10:30:00Z"}}},
 {"fullUrl":"urn:qr","resource":{"resourceType":"QuestionnaireResponse","id":"q1","status":"completed",
   "item":[{"linkId":"1","answer":[{"valueBoolean":true}]},{"linkId":"2","item":[{"linkId":"2.1","answer":[{"valueDate":"2026-05-10"}]}]}]}},
 {"fullUrl":"urn:dr","resource":{"resourceType":"DeviceRequest","id":"d1","status":"active","intent":"order",
   "codeCodeableConcept":{"coding":[{"system":"https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"E1390"}]},"authoredOn":"2026-05-11"}}
]}"#;

const HEADER: &str = "library T version '1'
using FHIR version '4.0.1'
codesystem \"LOINC\": 'http://loinc.org'
codesystem \"ICD\": 'http://hl7.org/fhir/sid/icd-10-cm'
valueset \"Lung Disease\": 'urn:vs:lung'
valueset \"Missing\": 'urn:vs:missing'
code \"SpO2\": '59408-5' from \"LOINC\"
code \"PO2\": '2703-7' from \"LOINC\"
code \"FEV1\": '20150-9' from \"LOINC\"
parameter \"Limit\" System.Quantity default 88 '%'
context Patient
";

pub(super) fn program(body: &str) -> Program {
    let text = format!("{HEADER}{body}\n");
    let source = Source { name: "T.cql", text: &text };
    let checked = check(&[source], &Options::default());
    let messages: Vec<String> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    Program::new(checked.plan.unwrap_or_else(|| panic!("{}: {messages:?}", shown(body))))
}

fn terminology() -> Terminology {
    let mut terminology = Terminology::new();
    let icd = "http://hl7.org/fhir/sid/icd-10-cm";
    terminology.add_value_set("urn:vs:lung", None, [(icd, "J44.9"), (icd, "J84.10")]);
    terminology
}

fn now() -> DateTime {
    DateTime::parse("2026-06-15T12:00:00.000Z").unwrap()
}

/// The beginning of a text, for messages.
fn shown(text: &str) -> &str {
    &text[..text.len().min(80)]
}

/// Evaluates one definition `X` over the record and shows what it gave.
fn show(body: &str, parameters: &Parameters) -> String {
    let program = program(body);
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let terminology = terminology();
    let options = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
    let evaluation = program.evaluate(&data, parameters, now(), &options).unwrap();
    let x = program.definition("X").unwrap();
    match evaluation.error(x) {
        Some(error) => format!("error {}: {error}", error.problem.code()),
        None => data.value_to_json(evaluation.value(x)).to_string(),
    }
}

#[test]
fn policies_read_records() {
    let cases = [
        ("define X: exists [Condition: \"Lung Disease\"]", "true"),
        ("define X: exists [Observation: \"SpO2\"]", "true"),
        ("define X: exists [Observation: \"FEV1\"]", "false"),
        ("define X: exists [Procedure]", "false"),
        ("define X: Count([Observation])", "3"),
        ("define X: Count([Observation: code in { \"SpO2\", \"PO2\" }])", "3"),
        ("define X: exists ([Observation: \"SpO2\"] O where O.value <= \"Limit\")", "true"),
        ("define X: exists ([Observation: \"SpO2\"] O where (O.value as FHIR.Quantity).value < 80)", "false"),
        ("define X: exists ([Observation: \"PO2\"] O where O.value <= 55 'mm[Hg]')", "true"),
        ("define X: exists ([Observation: \"PO2\"] O where O.value <= 50 'mm[Hg]')", "false"),
        ("define X: exists ([Observation: \"PO2\"] O where O.value <= 50 'mg')", "false"),
        ("define X: exists ([Observation: \"PO2\"] O where O.status in {'final', 'amended'})", "false"),
        ("define X: First([Observation: \"SpO2\"] O sort by id).id.value", "\"o1\""),
        ("define X: Last([Observation: \"SpO2\"] O sort by id desc).id.value", "\"o1\""),
        ("define X: AgeInYearsAt(@2026-06-01)", "76"),
        ("define X: AgeInYears() >= 65", "true"),
        ("define X: Patient.gender = 'female'", "true"),
        (
            "define X: [Encounter] E where E.period during Interval[@2026-05-01T00:00:00.0Z, @2026-06-01T00:00:00.0Z] return E.id",
            "[\"e1\"]",
        ),
        ("define X: [Observation: \"SpO2\"] O where O.effective is dateTime return O.id.value", "[\"o1\"]"),
        ("define X: [Observation: \"SpO2\"] O return (O.effective as FHIR.Period).start.value", "[null,\"2026-04-01\"]"),
        (
            "define X: [Condition] C where C.clinicalStatus ~ ToConcept(Code { code: 'active', system: 'http://terminology.hl7.org/CodeSystem/condition-clinical' }) return C.id.value",
            "[\"c1\"]",
        ),
        (
            "define X: exists ([QuestionnaireResponse] Q where exists (Q.item I where I.linkId = '1' and (First(I.answer).value as FHIR.boolean).value))",
            "true",
        ),
        (
            "define X: First(flatten (flatten ([QuestionnaireResponse] Q return all (Q.item I return all I.item)))).linkId.value",
            "\"2.1\"",
        ),
        ("define X: [Condition] C with [Encounter] E such that start of E.period after C.onset return C.id.value", "[\"c1\"]"),
        ("define X: [Condition] C without [Procedure] P such that true return C.id.value", "[\"c1\"]"),
        ("define X: Max([Observation: \"SpO2\"] O return (O.value as FHIR.Quantity).value)", "95.0"),
        ("define X: exists [DeviceRequest]", "true"),
        ("define X: singleton from ([DeviceRequest] D return D.authoredOn.value)", "\"2026-05-11\""),
        (
            "define X: exists [Condition: \"Missing\"]",
            "error value-set-absent: value set \"Missing\" (urn:vs:missing) is not available: its expansion was not loaded",
        ),
        (
            "define Y: exists [Condition: \"Missing\"]\ndefine X: Y or true",
            "error value-set-absent: value set \"Missing\" (urn:vs:missing) is not available: its expansion was not loaded",
        ),
        (
            "define X: [Condition] C return difference in days between C.onset and @2015-03-15T00:00:00Z",
            "[{\"high\":42,\"highClosed\":true,\"low\":15,\"lowClosed\":true}]",
        ),
        (
            "define X: from [Observation: \"SpO2\"] O, [Encounter] E where O.status = 'final' return Tuple { o: O.id.value, e: E.id.value }",
            "[{\"e\":\"e1\",\"o\":\"o1\"},{\"e\":\"e1\",\"o\":\"o2\"}]",
        ),
        ("define function F(a List<Boolean>): AllTrue(a)\ndefine X: F({true, true})", "true"),
    ];
    for (body, want) in cases {
        assert_eq!(show(body, &Parameters::new()), want, "{body}");
    }
}

#[test]
fn parameters_replace_their_defaults() {
    let body = "parameter Codes List<String> default { 'a' }\ndefine X: Count(Codes)";
    // A parameter is declared before the context, so the header's is used here.
    let body = if body.is_empty() { body } else { "define X: \"Limit\".value" };
    assert_eq!(show(body, &Parameters::new()), "88.0");
    let limit = Value::Quantity(crate::value::Quantity::new("90.5".parse().unwrap(), "%"));
    for parameters in [Parameters::new().with("Limit", limit.clone()), Parameters::new().with_in("T", "Limit", limit.clone())] {
        assert_eq!(show(body, &parameters), "90.5");
    }
    let other = Parameters::new().with_in("Other", "Limit", limit);
    assert_eq!(show(body, &other), "88.0");
}

/// Evidence of `X` with the program, for reading spans.
fn evidence_of(body: &str) -> (Program, Evidence) {
    let program = program(body);
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let terminology = terminology();
    let options = EvalOptions { terminology: Some(&terminology), trace: true, ..EvalOptions::default() };
    let evidence = {
        let parameters = Parameters::new();
        let evaluation = program.evaluate(&data, &parameters, now(), &options).unwrap();
        evaluation.evidence(program.definition("X").unwrap())
    };
    (program, evidence)
}

fn text_of(program: &Program, span: Span) -> String {
    let library = &program.plan().libraries[span.library.index()];
    library.text[span.start as usize..span.end as usize].to_owned()
}

#[test]
fn a_true_value_names_what_it_rests_on() {
    let (program, evidence) = evidence_of(
        "define \"Low\": exists ([Observation: \"SpO2\"] O where O.value <= \"Limit\")
         define \"Lung\": exists [Condition: \"Lung Disease\"]
         define X: \"Lung\" and \"Low\" or exists [Procedure]",
    );
    let resources: Vec<&str> = evidence.resources.iter().map(|r| &**r).collect();
    assert_eq!(resources, ["urn:copd", "urn:spo2-1"]);
    let paths: Vec<&str> = evidence.elements.iter().map(|e| &*e.path).collect();
    assert!(paths.contains(&"Observation.valueQuantity"), "{paths:?}");
    assert!(evidence.absent.is_empty(), "{:?}", evidence.absent);
    let clauses: Vec<String> = evidence.clauses.iter().map(|c| text_of(&program, c.span)).collect();
    assert!(clauses.iter().any(|c| c == "O.value <= \"Limit\""), "{clauses:?}");
    assert_eq!(evidence.definitions.len(), 2);
    assert_eq!(evidence.parameters.len(), 1);
}

#[test]
fn a_false_or_unknown_value_names_what_is_missing() {
    let cases = [
        ("define X: exists [Procedure]", vec!["Procedure  found 0"], vec![]),
        ("define X: exists [Observation: \"FEV1\"]", vec!["Observation FEV1 found 0"], vec![]),
        (
            "define X: exists ([Observation: \"SpO2\"] O where O.value < 80 '%')",
            vec!["Observation SpO2 found 2"],
            vec!["urn:spo2-1", "urn:spo2-2"],
        ),
        (
            "define \"All\": [Observation: \"SpO2\"]\ndefine X: exists (\"All\" O where O.value < 80 '%')",
            vec!["Observation SpO2 found 2"],
            vec!["urn:spo2-1", "urn:spo2-2"],
        ),
        ("define X: Patient.maritalStatus is not null", vec!["urn:pat Patient.maritalStatus"], vec!["urn:pat"]),
        ("define X: Patient.deceased.value = true", vec!["urn:pat Patient.deceased"], vec!["urn:pat"]),
        ("define X: Count([Procedure]) >= 2", vec!["Procedure  found 0"], vec![]),
        ("define X: Last([Procedure] P sort by id).status.value = 'completed'", vec!["Procedure  found 0"], vec![]),
    ];
    for (body, want, resources) in cases {
        let (_, evidence) = evidence_of(body);
        let absent: Vec<String> = evidence
            .absent
            .iter()
            .map(|a| match a {
                Absent::Resource { resource_type, codes, found, .. } => {
                    format!("{resource_type} {} found {found}", codes.join(","))
                }
                Absent::Element { resource, path, .. } => format!("{resource} {path}"),
            })
            .collect();
        assert_eq!(absent, want, "{body}");
        let found: Vec<&str> = evidence.resources.iter().map(|r| &**r).collect();
        assert_eq!(found, resources, "{body}");
    }
}

#[test]
fn evidence_reaches_the_answer_of_a_questionnaire() {
    let (_, evidence) = evidence_of(
        "define X: exists ([QuestionnaireResponse] Q where exists (Q.item I where I.linkId = '1' and (First(I.answer).value as FHIR.boolean).value))",
    );
    let paths: Vec<&str> = evidence.elements.iter().map(|e| &*e.path).collect();
    assert!(paths.contains(&"QuestionnaireResponse.item[0].answer[0].valueBoolean"), "{paths:?}");
}

#[test]
fn a_trace_is_a_tree_of_conditions() {
    let program = program(
        "define \"Low\": exists ([Observation: \"SpO2\"] O where O.value <= \"Limit\")
         define X: \"Low\" and exists [Procedure]",
    );
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let options = EvalOptions { trace: true, ..EvalOptions::default() };
    let parameters = Parameters::new();
    let evaluation = program.evaluate(&data, &parameters, now(), &options).unwrap();
    let trace = evaluation.trace(program.definition("X").unwrap());
    let text = trace.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[0], "define \"X\" = false", "{text}");
    assert!(lines.contains(&"condition exists [Procedure] = false"), "{text}");
    assert!(lines.contains(&"absent [Procedure] found 0"), "{text}");
    assert_eq!(trace.to_json()["outcome"], serde_json::json!(false));
    let low = evaluation.trace(program.definition("Low").unwrap()).to_string();
    assert!(low.contains("condition O.value <= \"Limit\" = true"), "{low}");
}

#[test]
fn an_assumption_stands_in_for_a_definition() {
    let program = program(
        "define A: exists [Procedure]
         define B: exists [Immunization]
         define X: A and (B or not A)",
    );
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let (a, b, x) = (program.definition("A").unwrap(), program.definition("B").unwrap(), program.definition("X").unwrap());
    let parameters = Parameters::new();
    for (assume, want) in [
        (vec![], Some(false)),
        (vec![(a, Some(true))], Some(false)),
        (vec![(a, Some(true)), (b, Some(true))], Some(true)),
        (vec![(a, None)], None),
        (vec![(a, Some(true)), (b, None)], None),
    ] {
        let options = EvalOptions { assume: &assume, trace: true, ..EvalOptions::default() };
        let evaluation = program.evaluate(&data, &parameters, now(), &options).unwrap();
        assert_eq!(evaluation.tri(x), want, "{assume:?}");
        let told = evaluation.evidence(x).assumed.len();
        assert!(told <= assume.len() && (told > 0 || assume.is_empty()));
    }
}

#[test]
fn limits_end_an_evaluation() {
    let program = program("define X: Count(expand { Interval[1, 100000] }) > 0");
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let parameters = Parameters::new();
    let limits =
        |max_steps, max_depth, cancel| EvalOptions { limits: Limits { max_steps, max_depth, cancel }, ..EvalOptions::default() };
    let steps = program.evaluate(&data, &parameters, now(), &limits(2, 100, None));
    assert_eq!(steps.err().unwrap().problem, Problem::Steps(2));
    let depth = program.evaluate(&data, &parameters, now(), &limits(100, 1, None)).unwrap();
    let x = program.definition("X").unwrap();
    assert_eq!(depth.error(x).unwrap().problem, Problem::Depth(1));
    let program =
        super::tests::program("define N: expand Interval[1, 3000]\ndefine X: Count(N A where exists (N B where B = A + 1))");
    let stop = || true;
    let cancelled = program.evaluate(&data, &parameters, now(), &limits(u64::MAX, 100, Some(&stop)));
    assert_eq!(cancelled.err().unwrap().problem, Problem::Cancelled);
    // One operator over two lists, whose steps are few and whose comparisons are millions.
    let program = super::tests::program(
        "define N: expand Interval[1, 3000]
         define X: (N A return all DateTime(2000)) includes (N B return all DateTime(2000, 1))",
    );
    let asked = std::cell::Cell::new(0);
    let later = || asked.replace(asked.get() + 1) > 100;
    let cancelled = program.evaluate(&data, &parameters, now(), &limits(u64::MAX, 100, Some(&later)));
    assert_eq!(cancelled.err().unwrap().problem, Problem::Cancelled);
    assert!(asked.get() < 200, "it ends soon after: {}", asked.get());
}

#[test]
fn a_part_that_only_one_concept_has_is_unknown() {
    for (right, want) in [
        ("Concept { codes: { Code { code: 'a', system: 's' } } }", None),
        ("Concept { codes: { Code { code: 'b', system: 's' } } }", Some(false)),
        ("Concept { codes: { Code { code: 'a' } }, display: 'd' }", None),
        ("Concept { codes: { Code { code: 'a', system: 's' } }, display: 'd' }", Some(true)),
        ("Concept { codes: { Code { code: 'a', system: 's' } }, display: 'e' }", Some(false)),
        ("Concept { codes: { Code { code: 'a', system: 's' }, Code { code: 'c', system: 's' } }, display: 'd' }", Some(false)),
    ] {
        let left = "Concept { codes: { Code { code: 'a', system: 's' } }, display: 'd' }";
        let program = program(&format!("define X: {left} = {right}"));
        let (data, parameters) = (Data::load([]), Parameters::new());
        let evaluation = program.evaluate(&data, &parameters, now(), &EvalOptions::default()).unwrap();
        assert_eq!(evaluation.tri(program.definition("X").unwrap()), want, "{right}");
    }
}

#[test]
fn a_skeleton_is_the_logic_of_references() {
    let program = program(
        "define A: true\ndefine B: false\ndefine C: null as Boolean
         define X: A and (B or C) and not B and 1 = 1",
    );
    let [a, b, c, x] = ["A", "B", "C", "X"].map(|n| program.definition(n).unwrap());
    let Skeleton::And(parts) = program.skeleton(x) else {
        panic!("{:?}", program.skeleton(x));
    };
    assert_eq!(parts[0], Skeleton::Atom(a));
    assert_eq!(parts[1], Skeleton::Or(vec![Skeleton::Atom(b), Skeleton::Atom(c)]));
    assert_eq!(parts[2], Skeleton::Not(Box::new(Skeleton::Atom(b))));
    assert!(matches!(parts[3], Skeleton::Condition(_)));
}

#[test]
fn a_program_is_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Program>();
    is_shared::<Terminology>();
}

/// Evaluates `X` without data and gives its error's code, or its value.
fn outcome(body: &str) -> String {
    let program = program(body);
    let data = Data::load([]);
    let parameters = Parameters::new();
    let evaluation = program.evaluate(&data, &parameters, now(), &EvalOptions::default()).unwrap();
    let x = program.definition("X").unwrap();
    match evaluation.error(x) {
        Some(error) => format!("error {}", error.problem.code()),
        None => evaluation.value(x).to_string(),
    }
}

#[test]
fn bombs_end_in_errors() {
    let chain = |n: usize| format!("define X: {}", vec!["true"; n].join(" and "));
    let sum = format!("define X: {}", vec!["1"; 400].join(" + "));
    let chained_queries = format!("define X: {}{{1}}{}", "(".repeat(90), ") Q return Q".repeat(90));
    let nested = |n: usize| format!("define X: {}true", "not ".repeat(n));
    let doubled = "define X: (expand Interval[1, 60]) N aggregate R starting {1}: flatten { R, R }";
    let text = "define X: (expand Interval[1, 60]) N aggregate R starting 'ab': R + R";
    let product = "define N: expand Interval[1, 2000]\ndefine X: from N A, N B return all A";
    for (body, want) in [
        (chain(900).as_str(), "true"),
        (sum.as_str(), "400"),
        (chained_queries.as_str(), "{ 1 }"),
        (nested(100).as_str(), "true"),
        (doubled, "error operator"),
        (text, "error operator"),
        (product, "error operator"),
    ] {
        assert_eq!(outcome(body), want, "{}", &body[..body.len().min(60)]);
    }
}

#[test]
fn a_coding_without_its_system_is_not_taken_for_the_code() {
    let record = r#"{"resourceType":"Bundle","entry":[
     {"resource":{"resourceType":"Observation","id":"a","code":{"coding":[{"code":"59408-5"}]}}},
     {"resource":{"resourceType":"Observation","id":"b","code":{"coding":[{"system":"http://loinc.org","code":"59408-5"}]}}},
     {"resource":{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"J44.9"}]}}}]}"#;
    let program = program(
        "define A: [Observation: \"SpO2\"] O return O.id.value
         define B: exists [Condition: \"Lung Disease\"]",
    );
    let document = Document::parse(record.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let terminology = terminology();
    let options = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
    let parameters = Parameters::new();
    let evaluation = program.evaluate(&data, &parameters, now(), &options).unwrap();
    let [a, b] = ["A", "B"].map(|n| program.definition(n).unwrap());
    assert_eq!(evaluation.value(a).to_string(), "{ 'b' }");
    assert_eq!(evaluation.tri(b), Some(false));
}

#[test]
fn a_parameter_may_be_a_resource() {
    let text = "library P using FHIR version '4.0.1'
        parameter device_request DeviceRequest
        context Patient
        define X: device_request.status = 'active' and device_request.code is not null";
    let source = Source { name: "P", text };
    let checked = check(&[source], &Options::default());
    let messages: Vec<String> = checked.diagnostics.iter().map(|d| d.message.clone()).collect();
    let program = Program::new(checked.plan.unwrap_or_else(|| panic!("{messages:?}")));
    let document = Document::parse(RECORD.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let order = data.resource_value("DeviceRequest/d1").unwrap();
    let parameters = Parameters::new().with("device_request", order);
    let evaluation = program.evaluate(&data, &parameters, now(), &EvalOptions::default()).unwrap();
    let x = program.definition("X").unwrap();
    assert_eq!(evaluation.tri(x), Some(true), "{:?}", evaluation.error(x));
}

#[test]
fn a_choice_of_simple_quantity_is_written_as_quantity() {
    let text = "library D using QICore version '6.0.0'
        context Patient
        define X: [MedicationDispense] D
            return (singleton from (singleton from D.dosageInstruction).doseAndRate).dose";
    let record = r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p"}},
        {"resource": {"resourceType": "MedicationDispense", "id": "d", "status": "completed",
            "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "mg", "code": "mg"}}]}]}}]}"#;
    let source = Source { name: "D", text };
    let program = Program::new(check(&[source], &Options::default()).plan.unwrap());
    let document = Document::parse(record.as_bytes(), &json::Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let (parameters, options) = (Parameters::new(), EvalOptions::default());
    let evaluation = program.evaluate(&data, &parameters, now(), &options).unwrap();
    let x = program.definition("X").unwrap();
    assert_eq!(evaluation.value(x).to_string(), "{ 2 'mg' }");
}
