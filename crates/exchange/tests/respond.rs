//! Answers for every kind of decision, in both versions, and what their receiver reads from them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use exchange::pas::{self, Incoming, PasVersion, Reviewer, Summary};
use serde_json::{Value, json};

const FIXTURE: &str = "submit-oxygen.json";

fn request_of(name: &str) -> (Vec<u8>, case::Request) {
    let bytes = fixture(name);
    let incoming = pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes)).unwrap();
    let request = incoming.into_new_request().request;
    (bytes, request)
}

/// Name, events after reception, action of each line, outcome, was a person involved.
type Decided = (&'static str, Vec<Value>, [&'static str; 2], &'static str, bool);

fn decisions(request: &case::Request) -> Vec<Decided> {
    let both = |kind: &str| json!({"kind": kind, "reason": "asked by phone"});
    let ask = json!({"kind": "information-requested", "respond_by": "2026-11-25T05:00:00Z", "due": null,
        "asks": [{"line": 1, "criterion": "group1", "text": "the oximetry report of 2026-11-12"}]});
    vec![
        ("received", vec![], ["A4", "A4"], "complete", false),
        ("pended-for-facts", vec![due(request), findings(1, false), pended(&[1, 2], "facts")], ["A4", "A4"], "complete", false),
        ("pended-asked", vec![due(request), pended(&[1, 2], "nurse"), ask], ["A4", "A4"], "complete", false),
        ("pended-for-nurse", vec![due(request), findings(1, false), pended(&[1, 2], "nurse")], ["A4", "A4"], "complete", false),
        ("approved", vec![due(request), findings(1, true), approved(1), not_required(2)], ["A1", "NA"], "complete", false),
        ("approved-by-person", vec![approved_by_person(1), approved_by_person(2)], ["A1", "A1"], "complete", true),
        (
            "partly-decided",
            vec![due(request), findings(1, true), approved(1), pended(&[2], "physician")],
            ["A1", "A4"],
            "partial",
            false,
        ),
        ("denied", vec![adverse(1, denied()), adverse(2, denied())], ["A3", "A3"], "complete", true),
        ("reduced", vec![adverse(1, partial(1)), approved_by_person(2)], ["A2", "A1"], "complete", true),
        ("modified", vec![adverse(1, modified(1)), adverse(2, denied())], ["A6", "A3"], "complete", true),
        ("withdrawn", vec![both("withdrawn")], ["C", "C"], "complete", false),
        ("voided", vec![both("voided")], ["C", "C"], "complete", false),
    ]
}

#[test]
fn every_decision_is_answered_in_both_versions() {
    let (bytes, request) = request_of(FIXTURE);
    for (name, events, actions, outcome, human) in decisions(&request) {
        let case = case(&request, &events);
        for version in PasVersion::ALL {
            let name = format!("{name}-{version}");
            let answer = pas::respond(version, &document(&bytes), &case, &context(version));
            let bundle: Value = serde_json::from_slice(&answer).unwrap();
            check_bundle(&name, &bytes, &bundle, &answer, &[1, 2]);
            let response = &bundle["entry"][0]["resource"];
            let found: Vec<String> = response["item"].as_array().unwrap().iter().map(action_of).collect();
            assert_eq!(found, actions, "{name}");
            assert_eq!(response["outcome"], outcome, "{name}");
            assert!(response.get("error").is_none(), "{name}: a denial is never an error");
            assert_eq!(response["identifier"], value(FIXTURE)["entry"][0]["resource"]["identifier"], "{name}");
            assert_eq!(response["request"]["reference"], "https://ehr.example/fhir/Claim/c1", "{name}");
            let authorizes = actions.iter().any(|action| ["A1", "A2", "A6"].contains(action));
            assert_eq!(response["preAuthRef"] == "PA-0001", authorizes, "{name}: a number only where something is authorized");
            let summary = Summary::read(&document(&answer));
            assert_eq!(summary.answers[0].receipt.as_deref(), Some(PROOF), "{name}: the receipt is on every answer");
            assert_eq!(summary.answers[0].human_reviewed, (version == PasVersion::V2_2_1).then_some(human), "{name}");
            golden(&name, &bundle);
        }
    }
}

/// Compares with the file of that name; `UPDATE_GOLDEN=1` writes it anew.
fn golden(name: &str, bundle: &Value) {
    const KEPT: [&str; 6] = [
        "pended-for-facts-2.0.1",
        "pended-for-facts-2.2.1",
        "approved-2.2.1",
        "modified-2.0.1",
        "modified-2.2.1",
        "denied-2.2.1",
    ];
    if !KEPT.contains(&name) {
        return;
    }
    // What is echoed is proven byte for byte elsewhere; the golden file keeps what this crate writes.
    let ours: Vec<&Value> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["fullUrl"].as_str().unwrap().contains("payer.example"))
        .collect();
    let text = format!("{}\n", serde_json::to_string_pretty(&ours).unwrap());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text, kept, "{name} differs from its golden file; UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn a_pend_says_what_is_missing_and_when_it_is_due() {
    let (bytes, request) = request_of(FIXTURE);
    let case = case(&request, &[due(&request), findings(1, false), pended(&[1, 2], "facts")]);
    for version in PasVersion::ALL {
        let answer = pas::respond(version, &document(&bytes), &case, &context(version));
        let summary = Summary::read(&document(&answer));
        let first = &summary.answers[0].lines[0];
        assert_eq!(first.missing, ["an oxygen saturation at rest taken within 30 days"]);
        assert!(first.notes[0].contains("an oxygen saturation at rest") && first.notes[0].contains("42 CFR 422.568(b)(1)(i)"));
        assert!(first.notes[0].contains("2026-11-28 23:59 EST"), "{}", first.notes[0]);
        let due = summary.answers[0].due.as_ref().unwrap();
        assert_eq!(
            (due.due_at.to_string().as_str(), due.words.as_str()),
            ("2026-11-29T04:59:59Z", "7 calendar days from receipt")
        );
        assert!(!String::from_utf8(answer).unwrap().contains("staff words"), "the staff's words stay in the house");
    }
}

#[test]
fn facts_are_asked_for_by_task_and_communication_request() {
    let (bytes, request) = request_of(FIXTURE);
    let waiting = case(&request, &[due(&request), findings(1, false), pended(&[1, 2], "facts")]);
    let reviewed = case(&request, &[due(&request), findings(1, false), pended(&[1, 2], "nurse")]);
    let resources = |version, case: &case::Case, kind: &str| -> Vec<Value> {
        let answer = pas::respond(version, &document(&bytes), case, &context(version));
        let bundle: Value = serde_json::from_slice(&answer).unwrap();
        entries(&bundle).into_iter().map(|(_, resource)| resource).filter(|resource| resource["resourceType"] == kind).collect()
    };
    for version in PasVersion::ALL {
        let tasks = resources(version, &waiting, "Task");
        assert_eq!(tasks.len(), 1, "{version}");
        let inputs = tasks[0]["input"].as_array().unwrap();
        assert_eq!(inputs[0]["valueUrl"], context(version).base_url);
        assert_eq!(inputs[1]["valueCodeableConcept"]["coding"][0]["code"], "52053-6", "the oxygen attachment");
        assert_eq!(inputs[1]["valueCodeableConcept"]["text"], "an oxygen saturation at rest taken within 30 days");
        let (url, key) = match version {
            PasVersion::V2_0_1 => ("extension-paLineNumber", "valueInteger"),
            PasVersion::V2_2_1 => ("extension-serviceLineNumber", "valuePositiveInt"),
        };
        assert!(inputs[1]["extension"][0]["url"].as_str().unwrap().ends_with(url));
        assert_eq!(inputs[1]["extension"][0][key], 1);
        assert_eq!(tasks[0]["requester"]["identifier"]["value"], "1234567893");
        assert_eq!(tasks[0]["owner"]["identifier"]["value"], "1987654321");
        assert_eq!(resources(version, &waiting, "CommunicationRequest").len(), 1);
        let response = &resources(version, &waiting, "ClaimResponse")[0];
        assert!(response["communicationRequest"][0]["reference"].as_str().unwrap().contains("/CommunicationRequest/"));
        assert!(resources(version, &reviewed, "Task").is_empty(), "a case that waits for a clinician asks nothing");
    }
}

#[test]
fn an_approval_carries_its_number_period_detail_provider_and_evidence() {
    let (bytes, request) = request_of(FIXTURE);
    let case = case(&request, &[findings(1, true), approved(1), not_required(2)]);
    let answer = pas::respond(PasVersion::V2_2_1, &document(&bytes), &case, &context(PasVersion::V2_2_1));
    let bundle: Value = serde_json::from_slice(&answer).unwrap();
    let item = &bundle["entry"][0]["resource"]["item"][0];
    let extension = |name: &str| {
        item["extension"]
            .as_array()
            .unwrap()
            .iter()
            .find(|extension| extension["url"].as_str().unwrap().ends_with(name))
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(extension("itemTraceNumber")["valueIdentifier"]["value"], "T-1");
    assert_eq!(extension("-authorizationNumber")["valueString"], "OLD-77");
    assert_eq!(extension("administrationReferenceNumber")["valueString"], "PA-0001");
    assert_eq!(extension("itemPreAuthIssueDate")["valueDate"], "2026-11-21");
    assert_eq!(extension("itemPreAuthPeriod")["valuePeriod"], json!({"start": "2026-12-01", "end": "2027-11-30"}));
    assert_eq!(extension("itemRequestedServiceDate")["valuePeriod"]["start"], "2026-12-01");
    assert_eq!(extension("communicatedDiagnosis")["valueCodeableConcept"]["coding"][0]["code"], "J44.9");
    assert_eq!(
        extension("itemAuthorizedProvider")["extension"][0]["valueReference"]["reference"],
        "https://ehr.example/fhir/Practitioner/doc"
    );
    let detail = extension("itemAuthorizedDetail")["extension"].as_array().unwrap();
    assert_eq!(
        detail.iter().find(|part| part["url"] == "quantity").unwrap()["valueQuantity"],
        json!({"value": 12, "unit": "month", "system": "http://unitsofmeasure.org", "code": "mo"})
    );
    let summary = Summary::read(&document(&answer));
    let line = &summary.answers[0].lines[0];
    assert_eq!(line.number.as_deref(), Some("PA-0001"));
    assert!(line.notes[0].contains("ncd-240.2-home-oxygen version 2026.1 (NCD 240.2; LCD L33797)"), "{}", line.notes[0]);
    assert!(line.notes[1].contains("O2 saturation 87.50 % on 2026-11-12"), "{}", line.notes[1]);
    assert_eq!(summary.answers[0].lines[1].notes, ["Line 2 needs no authorization under this plan."]);
}

#[test]
fn a_denial_says_why_and_who() {
    let (bytes, request) = request_of(FIXTURE);
    let case = case(&request, &[adverse(1, denied()), adverse(2, denied())]);
    let answer = pas::respond(PasVersion::V2_2_1, &document(&bytes), &case, &context(PasVersion::V2_2_1));
    let summary = Summary::read(&document(&answer));
    let line = &summary.answers[0].lines[0];
    assert_eq!(
        (line.action.as_str(), line.reasons.as_slice(), line.number.as_deref()),
        ("A3", ["0F".to_owned()].as_slice(), None)
    );
    assert!(line.notes[0].contains("The resting saturation of 94 %") && line.notes[0].contains("ncd-240.2 group1"));
    let bundle: Value = serde_json::from_slice(&answer).unwrap();
    let text = bundle["entry"][0]["resource"]["extension"].to_string();
    assert!(text.contains("1555555555") && text.contains("pulmonary disease"), "{text}");
}

#[test]
fn an_approver_is_named_only_when_a_person_approved() {
    let (bytes, request) = request_of(FIXTURE);
    let reviewer = Some(Reviewer { npi: Some("1666666666"), specialty: Some("nursing") });
    for (events, named) in [(vec![approved_by_person(1)], true), (vec![approved(1)], false)] {
        let case = case(&request, &events);
        let answer = pas::respond(
            PasVersion::V2_2_1,
            &document(&bytes),
            &case,
            &pas::ResponseContext { reviewer, ..context(PasVersion::V2_2_1) },
        );
        assert_eq!(String::from_utf8(answer).unwrap().contains("1666666666"), named);
    }
}

#[test]
fn a_chain_of_updates_keeps_every_sequence() {
    let (_, request) = request_of(FIXTURE);
    let mut events = vec![due(&request), findings(1, false), pended(&[1, 2], "nurse")];
    let mut chain = Vec::new();
    for name in ["update-oxygen.json", "cancel-oxygen.json"] {
        let bytes = fixture(name);
        let incoming = pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes)).unwrap();
        let (Incoming::Update(update) | Incoming::Cancel(update)) = incoming else { panic!("{name}: not an update") };
        let (added, changed, cancelled) = (update.added, update.changed, update.cancelled);
        events.push(
            json!({"kind": "updated", "request": update.new.request, "added": added, "changed": changed, "cancelled": cancelled}),
        );
        chain.push((name, bytes, events.clone()));
    }
    let expected = [["A4", "C", "A4"], ["C", "C", "C"]];
    for ((name, bytes, events), expected) in chain.into_iter().zip(expected) {
        let case = case(&request, &events);
        let answer = pas::respond(PasVersion::V2_2_1, &document(&bytes), &case, &context(PasVersion::V2_2_1));
        let bundle: Value = serde_json::from_slice(&answer).unwrap();
        check_bundle(name, &bytes, &bundle, &answer, &[1, 2, 3]);
        let found: Vec<String> = bundle["entry"][0]["resource"]["item"].as_array().unwrap().iter().map(action_of).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_line_a_later_update_leaves_out_is_answered_all_the_same() {
    let (_, request) = request_of(FIXTURE);
    let mut without = value("update-oxygen.json");
    without["entry"][0]["resource"]["item"].as_array_mut().unwrap().remove(0);
    let bytes = serde_json::to_vec(&without).unwrap();
    let new = pas::read(PasVersion::V2_0_1, &document(&bytes), &read_context(&bytes)).unwrap().into_new_request();
    let updated = json!({"kind": "updated", "request": new.request, "added": [3], "changed": [], "cancelled": [2]});
    let case = case(&request, &[approved(1), updated]);
    let answer = pas::respond(PasVersion::V2_0_1, &document(&bytes), &case, &context(PasVersion::V2_0_1));
    check_bundle("left out", &bytes, &serde_json::from_slice(&answer).unwrap(), &answer, &[1, 2, 3]);
}
