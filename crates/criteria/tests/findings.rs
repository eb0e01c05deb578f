//! Laws of evaluation: the same bytes, nothing from unrelated or foreign resources, groups from their children, evidence.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use base::LineOfBusiness;
use case::request::Certification;
use case::{Findings, Truth};
use criteria::{LineFacts, Policy, Record, Signature, Signatures, evaluate};
use json::{Document, Limits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn facts(code: &str) -> LineFacts {
    LineFacts {
        sequence: 7,
        code: base::Code::new(base::system::HCPCS, code),
        quantity: None,
        certification: Certification::Initial,
        date_of_service: "2026-11-20".parse().unwrap(),
        service_to: None,
        received_on: "2026-11-12".parse().unwrap(),
        as_of: "2026-11-12".parse().unwrap(),
        line_of_business: LineOfBusiness::MedicareAdvantage,
    }
}

fn bundle(policy: &str) -> Value {
    let path = common::folder().join(policy).join("cases/bundle-complete.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn record(bundle: &Value) -> Record {
    Record::of(&[Document::parse(serde_json::to_vec(bundle).unwrap(), &Limits::default()).unwrap()])
}

fn ask(policy: &Policy, bundle: &Value, facts: &LineFacts) -> Findings {
    evaluate(policy, &record(bundle), facts, "2026-11-12T12:00:00Z".parse().unwrap(), &Signatures::none()).unwrap()
}

fn oxygen(bundle: &Value) -> Findings {
    let library = common::library();
    ask(library.by_id("ncd-240.2-home-oxygen").unwrap(), bundle, &facts("E1390"))
}

fn entry(resource: Value) -> Value {
    json!({"fullUrl": format!("urn:uuid:11111111-0000-4000-8000-{:012}", resource.to_string().len()), "resource": resource})
}

fn truths(findings: &Findings) -> Vec<(String, Truth)> {
    findings.criteria.iter().map(|finding| (finding.id.clone(), finding.truth)).collect()
}

#[test]
fn the_same_question_gives_the_same_bytes_also_from_the_artifact() {
    let library = common::library();
    for (id, code) in [
        ("ncd-240.2-home-oxygen", "E1390"),
        ("ncd-240.4-cpap", "E0601"),
        ("lcd-L33820-hospital-bed", "E0260"),
        ("lcd-L33822-cgm", "E2103"),
    ] {
        let policy = library.by_id(id).unwrap();
        let (bundle, facts) = (bundle(id), facts(code));
        let bytes = serde_json::to_vec(&ask(policy, &bundle, &facts)).unwrap();
        assert_eq!(bytes, serde_json::to_vec(&ask(policy, &bundle, &facts)).unwrap());
        let again = Policy::from_artifact(&policy.artifact()).unwrap();
        assert_eq!(bytes, serde_json::to_vec(&ask(&again, &bundle, &facts)).unwrap());
        let read: Findings = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((read.root, read.line, read.engine.as_str()), (Truth::Met, 7, criteria::ENGINE));
        assert_eq!(read.policy.hash, policy.hash());
    }
}

#[test]
fn evidence_names_resource_element_and_words() {
    let findings = oxygen(&bundle("ncd-240.2-home-oxygen"));
    let evidence = |id: &str| findings.criteria.iter().find(|finding| finding.id == id).unwrap().evidence.clone();
    let rest = evidence("group1.rest");
    assert_eq!(
        rest.len(),
        1,
        "the older reading is no evidence: {:?}",
        rest.iter().map(|e| e.resource.clone()).collect::<Vec<_>>()
    );
    assert_eq!(rest[0].says.expose(), "O2 saturation 87 % (state rest, room air yes) on 2026-11-02");
    assert_eq!(rest[0].elements, ["value", "component", "effective"]);
    assert!(rest[0].resource.starts_with("urn:uuid:"));
    let improves = evidence("improves");
    assert_eq!(improves[0].elements, ["item[2].item[0].answer.value"]);
    assert!(improves[0].says.expose().ends_with("oxygen will improve the condition: yes on 2026-11-05"));
    assert!(evidence("group1.sleep.asleep").is_empty());
    assert!(evidence("stationary").contains(&rest[0]), "a group rests on its children");
    assert!(!format!("{rest:?}").contains("87"), "what it says is protected");
}

#[test]
fn contradicting_readings_are_both_shown() {
    let mut bundle = bundle("ncd-240.2-home-oxygen");
    let mut second = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["resource"]["resourceType"] == "Observation")
        .unwrap()
        .clone();
    second["resource"]["valueQuantity"]["value"] = json!(92);
    second["fullUrl"] = json!("urn:uuid:22222222-0000-4000-8000-000000000000");
    bundle["entry"].as_array_mut().unwrap().push(second);
    let findings = oxygen(&bundle);
    let rest = findings.criteria.iter().find(|finding| finding.id == "group1.rest").unwrap();
    assert_eq!((findings.root, rest.truth, rest.evidence.len()), (Truth::Unknown, Truth::Unknown, 2));
}

#[test]
fn a_group_has_the_truth_its_children_give_it() {
    let library = common::library();
    let policy = library.by_id("ncd-240.2-home-oxygen").unwrap();
    let findings = ask(policy, &bundle("ncd-240.2-home-oxygen"), &facts("E1390"));
    let truth = |id: &str| findings.criteria.iter().find(|finding| finding.id == id).unwrap().truth;
    let formula = |parts: &[&str]| parts.iter().map(|id| truth(id)).collect::<Vec<_>>();
    let any = criteria::Formula::Any((0..4).map(criteria::Formula::Atom).collect());
    assert_eq!(any.truth(&formula(&["group1.rest", "group1.sleep", "group1.fall", "group1.exercise"])), truth("group1"));
    for (index, finding) in findings.criteria.iter().enumerate() {
        let parent =
            finding.parent.as_ref().map(|parent| findings.criteria.iter().position(|other| other.id == *parent).unwrap());
        assert_eq!(parent.is_none(), index == 0);
        assert!(parent.is_none_or(|parent| parent < index), "parents stand before children");
    }
}

#[test]
fn a_signature_shows_in_the_findings() {
    let library = common::library();
    let policy = library.by_id("ncd-240.2-home-oxygen").unwrap();
    let mut signatures = Signatures::none();
    let signature = Signature {
        name: "Dr. Example".into(),
        credentials: "MD".into(),
        date: "2026-11-01".parse().unwrap(),
        hash: policy.hash(),
    };
    signatures.add(policy.hash(), signature);
    let record = record(&bundle("ncd-240.2-home-oxygen"));
    let now = "2026-11-12T12:00:00Z".parse().unwrap();
    assert!(evaluate(policy, &record, &facts("E1390"), now, &signatures).unwrap().policy.signed);
    assert!(!evaluate(policy, &record, &facts("E1390"), now, &Signatures::none()).unwrap().policy.signed);
    assert!(evaluate(policy, &record, &facts("E0601"), now, &signatures).is_err(), "another policy's code");
}

#[test]
fn hostile_records_answer_unknown_and_never_panic() {
    let whole = |text: &str| oxygen(&serde_json::from_str::<Value>(text).unwrap());
    for text in [
        "null",
        "[]",
        "{}",
        r#"{"resourceType": 7}"#,
        r#"{"resourceType": "Bundle", "entry": {"resource": 1}}"#,
        r#"{"resourceType": "Bundle", "entry": [null, 1, {"resource": null}, {"resource": {"resourceType": "Observation"}}]}"#,
        r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}}]}"#,
        r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "status": 1, "code": {"coding": [{"system": "http://loinc.org", "code": "59408-5"}]},
            "effectiveDateTime": "1800-13-45", "valueQuantity": {"value": "87", "unit": []}, "component": "x", "performer": {"reference": 4}}}]}"#,
        r#"{"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Claim", "patient": {"reference": "urn:uuid:1"}, "diagnosis": [[]]}}]}"#,
    ] {
        let findings = whole(text);
        assert_eq!(findings.root, Truth::Unknown, "{text}");
        assert!(!findings.missing.is_empty(), "{text}");
    }
}

#[test]
fn two_patients_and_no_claim_leave_everything_unknown() {
    let mut bundle = bundle("ncd-240.2-home-oxygen");
    let entries = bundle["entry"].as_array_mut().unwrap();
    entries.retain(|entry| entry["resource"]["resourceType"] != "Claim");
    entries.push(entry(json!({"resourceType": "Patient", "name": [{"family": "Second"}]})));
    assert_eq!(oxygen(&bundle).root, Truth::Unknown);
}

/// Resources that say nothing any policy reads, and good resources about somebody else.
fn unrelated() -> impl Strategy<Value = Value> {
    let subject = json!({"reference": "Patient/somebody-else"});
    prop_oneof![
        (1u32..200).prop_map(|value| json!({"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-11-03",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "valueQuantity": {"value": value, "unit": "/min", "code": "/min"}})),
        (50u32..100).prop_map(move |value| json!({"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-11-11", "subject": subject.clone(),
            "code": {"coding": [{"system": "http://loinc.org", "code": "59408-5"}]}, "valueQuantity": {"value": value, "unit": "%", "code": "%"},
            "component": [{"code": {"coding": [{"system": "urn:avedis:oximetry", "code": "state"}]}, "valueCodeableConcept": {"coding": [{"code": "rest"}]}},
                {"code": {"coding": [{"system": "urn:avedis:oximetry", "code": "room-air"}]}, "valueBoolean": true}]})),
        Just(json!({"resourceType": "Condition", "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "S93.401A"}]}})),
        Just(json!({"resourceType": "Location", "name": "Ward"})),
        Just(json!({"resourceType": "Patient", "id": "somebody-else"})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unrelated_and_foreign_resources_change_nothing(extra in prop::collection::vec((unrelated(), 0usize..12), 0..6)) {
        let library = common::library();
        for (id, code) in [("ncd-240.2-home-oxygen", "E1390"), ("ncd-240.4-cpap", "E0601"), ("lcd-L33822-cgm", "E2103")] {
            let policy = library.by_id(id).unwrap();
            let plain = bundle(id);
            let mut more = plain.clone();
            for (resource, place) in &extra {
                let entries = more["entry"].as_array_mut().unwrap();
                entries.insert((*place).min(entries.len()).max(1), entry(resource.clone()));
            }
            prop_assert_eq!(truths(&ask(policy, &plain, &facts(code))), truths(&ask(policy, &more, &facts(code))));
        }
    }

    #[test]
    fn without_its_evidence_nothing_is_met(keep in prop::collection::vec(any::<bool>(), 16)) {
        // Taking resources away may settle a contradiction; of a record without one, it can only lose what was proved.
        let library = common::library();
        let policy = library.by_id("ncd-240.2-home-oxygen").unwrap();
        let plain = bundle("ncd-240.2-home-oxygen");
        let before = truths(&ask(policy, &plain, &facts("E1390")));
        let mut less = plain.clone();
        let mut index = 0;
        less["entry"].as_array_mut().unwrap().retain(|entry| {
            index += 1;
            // The older reading would count when the newer one is gone: it goes with it.
            let reading = entry["resource"]["resourceType"] == "Observation";
            !reading && (index == 1 || keep[index % keep.len()])
        });
        let after = truths(&ask(policy, &less, &facts("E1390")));
        for ((id, was), (_, is)) in before.iter().zip(&after) {
            prop_assert!(*is != Truth::Met || *was == Truth::Met, "{} became met", id);
        }
        prop_assert_ne!(&after[0].1, &Truth::Met);
    }
}
