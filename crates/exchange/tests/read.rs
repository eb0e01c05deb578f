//! What a request says, element by element, and what makes it no request.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use base::LineOfBusiness;
use case::request::{Certification, Circumstance, Drug, Timing, Urgency};
use common::{document, fixture, read_context, read_value, value};
use exchange::pas::{self, Doubt, Incoming, NewRequest, PasVersion};
use serde_json::{Value, json};

const PAS: &str = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/";

fn submit(value: &Value) -> NewRequest {
    match read_value(value) {
        Ok(Incoming::Submit(new)) => new,
        Ok(other) => panic!("not a new request: {other:?}"),
        Err(issues) => panic!("{issues:#?}"),
    }
}

fn claim(value: &mut Value) -> &mut Value {
    &mut value["entry"][0]["resource"]
}

#[test]
fn the_whole_of_a_request_is_read() {
    let new = submit(&value("submit-oxygen.json"));
    let request = &new.request;
    assert_eq!(request.identifiers[0].value, "TRACE-1");
    assert_eq!(new.transaction.as_ref().unwrap().value, "TX-1");
    let ids: Vec<&str> = new.member_ids.iter().map(|id| id.expose().as_str()).collect();
    assert_eq!(ids, ["M-1001", "S-2002"], "the plan's numbers, never the medical record number");
    assert_eq!(request.member.member_id.expose(), "M-1001");
    assert_eq!(request.member.name.expose(), "Ada Q. Example", "the official name, not the nickname");
    assert_eq!(request.member.birth_date.as_ref().unwrap().expose().to_string(), "1951-03-04");
    assert_eq!(request.requester.npi.as_deref(), Some("1987654321"), "a role stands for its practitioner");
    assert_eq!(request.requester.name, "Paula Lung");
    assert_eq!(request.insurer.name, "Example Health Plan");
    assert_eq!(request.diagnoses[0].code, "J44.9");
    assert_eq!((request.urgency, request.drug, request.timing), (Urgency::Standard, Drug::None, Timing::Prospective));
    let first = request.lines.first();
    assert_eq!((first.sequence, first.service.code.as_str()), (1, "E1390"));
    assert_eq!(first.category.as_ref().unwrap().code, "12");
    assert_eq!(first.modifiers[0].code, "RR");
    assert_eq!(first.quantity.as_ref().unwrap().unit, "mo");
    assert_eq!(
        (first.service_from.unwrap().to_string(), first.service_to.unwrap().to_string()),
        ("2026-12-01".into(), "2027-11-30".into())
    );
    assert_eq!(new.earlier[0].authorization.as_deref(), Some("OLD-77"));
    assert_eq!(request.related[0].value, "OLD-77");
    assert_eq!(new.resources.len(), 8);
    assert_eq!(new.care_team.len(), 1, "the requester is not listed twice");
    assert!(new.doubts.is_empty() && new.remarks.is_empty(), "{:?} {:?}", new.doubts, new.remarks);
}

#[test]
fn a_resource_is_found_again_by_its_node_with_its_digits() {
    let bytes = fixture("submit-oxygen.json");
    let document = document(&bytes);
    let new = pas::read(PasVersion::V2_2_1, &document, &read_context(&bytes)).unwrap().into_new_request();
    let observation = new.resources.iter().find(|resource| resource.kind == "Observation").unwrap();
    let amount = document.value(observation.node).get("valueQuantity").unwrap().get("value").unwrap();
    assert_eq!(amount.as_number(), Some("87.50"));
    assert_eq!(observation.full_url, "https://ehr.example/fhir/Observation/spo2");
}

#[test]
fn omission_of_optional_data_is_a_doubt_at_most() {
    let mut minimal = value("submit-minimal.json");
    minimal["entry"][1]["resource"].as_object_mut().unwrap().remove("identifier");
    minimal["entry"][1]["resource"].as_object_mut().unwrap().remove("birthDate");
    for entry in minimal["entry"].as_array_mut().unwrap() {
        if entry["resource"]["resourceType"] == "Coverage" {
            entry["resource"].as_object_mut().unwrap().remove("subscriberId");
        }
    }
    let new = submit(&minimal);
    assert_eq!(new.doubts, [Doubt::NoMemberId, Doubt::ServiceWithoutCode { line: 7 }]);
    assert_eq!(new.request.lines.first().service.code, "home oxygen");
    assert_eq!(new.request.lines.first().service.system, "");
    assert!(new.request.member.birth_date.is_none() && new.request.diagnoses.is_empty());
}

/// Urgency lost on FHIR intake is a defect this project knows from elsewhere: every way to say it is heard.
#[test]
fn urgency_is_heard_however_it_is_said() {
    let level = |code: &str| {
        json!({"url": format!("{PAS}extension-levelOfServiceCode"),
            "valueCodeableConcept": {"coding": [{"system": "https://codesystem.x12.org/005010/1338", "code": code}]}})
    };
    let certification = json!({"url": format!("{PAS}extension-certificationType"),
        "valueCodeableConcept": {"coding": [{"system": "https://codesystem.x12.org/005010/1322", "code": "1"}]}});
    let priority =
        |code: &str| json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/processpriority", "code": code}]});
    let order = |priority: &str| {
        json!({"fullUrl": "https://ehr.example/fhir/DeviceRequest/d", "resource": {"resourceType": "DeviceRequest", "id": "d", "status": "active",
            "intent": "order", "priority": priority, "codeCodeableConcept": {"text": "oxygen"}, "subject": {"reference": "Patient/ada"}}})
    };
    let ordered = json!({"url": format!("{PAS}extension-requestedService"), "valueReference": {"reference": "DeviceRequest/d"}});
    type Change = Box<dyn Fn(&mut Value)>;
    let cases: Vec<(&str, Change, Urgency)> = vec![
        ("as sent", Box::new(|_| {}), Urgency::Standard),
        ("priority normal", Box::new(move |v| claim(v)["priority"] = priority("normal")), Urgency::Standard),
        ("priority deferred", Box::new(move |v| claim(v)["priority"] = priority("deferred")), Urgency::Standard),
        ("priority stat", Box::new(move |v| claim(v)["priority"] = priority("stat")), Urgency::Expedited),
        ("priority urgent", Box::new(move |v| claim(v)["priority"] = priority("urgent")), Urgency::Expedited),
        ("priority as text", Box::new(|v| claim(v)["priority"] = json!({"text": "STAT"})), Urgency::Expedited),
        ("level urgent", Box::new(move |v| claim(v)["extension"] = json!([level("U")])), Urgency::Expedited),
        ("level emergency", Box::new(move |v| claim(v)["extension"] = json!([level("03")])), Urgency::Expedited),
        ("level elective", Box::new(move |v| claim(v)["extension"] = json!([level("E")])), Urgency::Standard),
        (
            "level on an item",
            Box::new(move |v| claim(v)["item"][1]["extension"].as_array_mut().unwrap().push(level("U"))),
            Urgency::Expedited,
        ),
        ("immediate appeal", Box::new(move |v| claim(v)["extension"] = json!([certification])), Urgency::Expedited),
        (
            "order of priority urgent",
            {
                let (order, ordered) = (order("urgent"), ordered.clone());
                Box::new(move |v| {
                    claim(v)["item"][0]["extension"].as_array_mut().unwrap().push(ordered.clone());
                    v["entry"].as_array_mut().unwrap().push(order.clone());
                })
            },
            Urgency::Expedited,
        ),
        (
            "order of priority routine",
            {
                let (order, ordered) = (order("routine"), ordered);
                Box::new(move |v| {
                    claim(v)["item"][0]["extension"].as_array_mut().unwrap().push(ordered.clone());
                    v["entry"].as_array_mut().unwrap().push(order.clone());
                })
            },
            Urgency::Standard,
        ),
    ];
    for (name, change, expected) in cases {
        let mut changed = value("submit-oxygen.json");
        change(&mut changed);
        assert_eq!(submit(&changed).request.urgency, expected, "{name}");
    }
}

#[test]
fn a_drug_is_known_by_code_or_order_and_its_clock_by_the_line_of_business() {
    let hcpcs = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
    let codes = [
        (hcpcs, "J1745", true),
        (hcpcs, "Q5103", true),
        (hcpcs, "Q0138", false),
        (hcpcs, "E1390", false),
        (hcpcs, "B4185", false),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "1657973", true),
        ("http://www.ama-assn.org/go/cpt", "96413", false),
    ];
    for (system, code, expected) in codes {
        let mut changed = value("submit-oxygen.json");
        claim(&mut changed)["item"][1]["productOrService"] = json!({"coding": [{"system": system, "code": code}]});
        let new = submit(&changed);
        assert_eq!(new.drug_named, expected, "{code}");
        assert_eq!(new.request.drug, if expected { Drug::PartB } else { Drug::None }, "{code}");
        assert_eq!(new.request.lines.as_slice()[1].service.code, code, "codes pass through");
    }
    let mut changed = value("submit-oxygen.json");
    claim(&mut changed)["item"][1]["productOrService"] = json!({"coding": [{"system": hcpcs, "code": "J1745"}]});
    let mut new = submit(&changed);
    new.set_cover(case::request::Cover { line_of_business: LineOfBusiness::MedicaidManagedCare, ..common::cover() });
    assert_eq!(new.request.drug, Drug::Outpatient, "the clock follows the cover the directory knows");
    assert_eq!(pas::drug(true, LineOfBusiness::FullyInsured), Drug::None);
}

#[test]
fn timing_is_chosen_by_days_that_are_known() {
    let period = |from: &str, to: &str| json!({"start": from, "end": to});
    let cases: Vec<(&str, Value, Value, Timing)> = vec![
        ("ahead", period("2026-12-01", "2026-12-31"), json!("2026-12-01"), Timing::Prospective),
        ("today", period("2026-11-21", "2026-11-21"), json!("2026-11-21"), Timing::Prospective),
        ("begun, not ended", period("2026-11-01", "2026-12-31"), json!("2026-12-01"), Timing::Concurrent),
        ("all past", period("2026-10-01", "2026-10-31"), json!("2026-11-20"), Timing::Retrospective),
        ("one past", period("2026-10-01", "2026-10-31"), json!("2026-12-01"), Timing::Prospective),
        ("only a month", period("2026-10", "2026-10"), json!("2026-11-20"), Timing::Prospective),
    ];
    for (name, first, second, expected) in cases {
        let mut changed = value("submit-oxygen.json");
        claim(&mut changed)["item"][0]["servicedPeriod"] = first;
        claim(&mut changed)["item"][1]["servicedDate"] = second;
        assert_eq!(submit(&changed).request.timing, expected, "{name}");
    }
}

#[test]
fn an_admission_that_has_begun_is_concurrent_and_one_that_is_planned_is_not() {
    for (day, timing, hospitalised) in [("2026-11-20", Timing::Concurrent, true), ("2026-12-05", Timing::Prospective, false)] {
        let mut changed = value("submit-oxygen.json");
        let info = json!({"sequence": 2, "timingDate": day, "category": {"coding": [
            {"system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes", "code": "admissionDates"}]}});
        claim(&mut changed)["supportingInfo"].as_array_mut().unwrap().push(info);
        let request = submit(&changed).request;
        assert_eq!(request.timing, timing, "{day}");
        assert_eq!(request.circumstances.contains(&Circumstance::Hospitalised), hospitalised, "{day}");
    }
}

#[test]
fn an_update_and_a_cancel_are_told_from_a_new_request() {
    let Ok(Incoming::Update(update)) = read_value(&value("update-oxygen.json")) else { panic!("not an update") };
    assert_eq!((update.added, update.changed, update.cancelled), (vec![3], vec![1], vec![2]));
    assert_eq!(update.prior[0].value, "TRACE-1");
    assert_eq!(update.new.request.related[0].value, "TRACE-1");
    assert_eq!(update.new.request.lines.as_slice()[1].certification, Certification::Cancel);
    assert!(
        !update.new.resources.iter().any(|resource| resource.full_url.ends_with("Claim/c1")),
        "the prior Claim is no evidence"
    );

    let Ok(Incoming::Cancel(cancel)) = read_value(&value("cancel-oxygen.json")) else { panic!("not a cancel") };
    assert_eq!(cancel.cancelled, [1, 2, 3]);
    assert_eq!(cancel.prior[0].value, "TRACE-1-U");

    // Every line cancelled is a whole cancel even without the mark on the Claim.
    let mut lines_only = value("cancel-oxygen.json");
    claim(&mut lines_only).as_object_mut().unwrap().remove("extension");
    assert!(matches!(read_value(&lines_only), Ok(Incoming::Cancel(_))));

    // 2.0.1 senders leave Claim.related out: profile and marks say it, and its own identifier names the request.
    let mut old = value("update-oxygen.json");
    claim(&mut old).as_object_mut().unwrap().remove("related");
    old["entry"].as_array_mut().unwrap().pop();
    old["entry"].as_array_mut().unwrap().retain(|entry| entry["fullUrl"] != "https://ehr.example/fhir/Claim/c1");
    let Ok(Incoming::Update(update)) = read_value(&old) else { panic!("not an update") };
    assert_eq!(update.prior[0].value, "TRACE-1-U");
}

#[test]
fn the_submission_key_tells_requests_apart() {
    let first = submit(&value("submit-oxygen.json"));
    let same = submit(&value("submit-oxygen.json"));
    assert_eq!(first.submission_key(), same.submission_key());
    let mut other = value("submit-oxygen.json");
    claim(&mut other)["item"][0]["quantity"]["value"] = json!(6);
    assert_ne!(first.submission_key(), submit(&other).submission_key(), "same identifiers, another request");
}

#[test]
fn what_no_request_means_is_a_doubt() {
    type Change = fn(&mut Value);
    let cases: &[(&str, Change, Doubt)] = &[
        (
            "reversed",
            |v| claim(v)["item"][0]["servicedPeriod"] = json!({"start": "2026-12-31", "end": "2026-12-01"}),
            Doubt::PeriodReversed { line: 1 },
        ),
        ("far", |v| claim(v)["item"][1]["servicedDate"] = json!("2099-01-01"), Doubt::DateImplausible { line: 2 }),
        ("long ago", |v| claim(v)["item"][1]["servicedDate"] = json!("2005-05-02"), Doubt::DateImplausible { line: 2 }),
        ("nothing asked", |v| claim(v)["item"][1]["quantity"] = json!({"value": 0}), Doubt::QuantityNotPositive { line: 2 }),
        ("unborn", |v| v["entry"][1]["resource"]["birthDate"] = json!("2027-01-01"), Doubt::BirthDateImplausible),
    ];
    for (name, change, doubt) in cases {
        let mut changed = value("submit-oxygen.json");
        change(&mut changed);
        let doubts = submit(&changed).doubts;
        assert_eq!(doubts, std::slice::from_ref(doubt), "{name}");
        assert!(doubts[0].contradicts() && !doubts[0].words().is_empty(), "{name}");
    }
}

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let mut broken = value("submit-oxygen.json");
    broken["type"] = json!("batch");
    broken.as_object_mut().unwrap().remove("identifier");
    broken["entry"][2]["fullUrl"] = broken["entry"][1]["fullUrl"].clone();
    let claim = claim(&mut broken);
    claim["use"] = json!("claim");
    claim["status"] = json!("cancelled");
    claim["created"] = json!("yesterday");
    claim["item"][1]["sequence"] = json!(1);
    claim["item"][0]["modifierExtension"] = json!([{"url": "https://ehr.example/not", "valueBoolean": true}]);
    claim["item"][0]["servicedPeriod"]["start"] = json!("1800-01-01");
    claim.as_object_mut().unwrap().remove("insurer");
    let issues = read_value(&broken).unwrap_err();
    let places: Vec<&str> =
        issues.iter().filter(|issue| issue.is_refusal()).filter_map(|issue| issue.expression.as_deref()).collect();
    for place in [
        "Bundle.type",
        "Bundle.identifier",
        "Bundle.entry[2].fullUrl",
        "Bundle.entry[0].resource.use",
        "Bundle.entry[0].resource.status",
        "Bundle.entry[0].resource.created",
        "Bundle.entry[0].resource.item[1].sequence",
        "Bundle.entry[0].resource.item[0].modifierExtension[0]",
        "Bundle.entry[0].resource.item[0].servicedPeriod.start",
        "Bundle.entry[0].resource.insurer",
    ] {
        assert!(places.contains(&place), "{place} is missing among {places:?}");
    }
    for issue in &issues {
        assert!(
            !issue.diagnostics.contains("1800") && !issue.diagnostics.contains("yesterday"),
            "content is never quoted: {issue:?}"
        );
    }
}

#[test]
fn other_bodies_are_refused() {
    type Change = fn(&mut Value);
    let cases: &[(&str, Change)] = &[
        ("not a Bundle", |v| *v = v["entry"][0]["resource"].clone()),
        ("no entry", |v| v["entry"] = json!([])),
        ("Claim not first", |v| v["entry"].as_array_mut().unwrap().swap(0, 1)),
        ("two Claims", |v| {
            let mut second = v["entry"][0].clone();
            second["fullUrl"] = json!("https://ehr.example/fhir/Claim/c9");
            v["entry"].as_array_mut().unwrap().push(second);
        }),
        ("no item", |v| {
            claim(v).as_object_mut().unwrap().remove("item");
        }),
        ("too many items", |v| {
            let item = claim(v)["item"][1].clone();
            let items = (1..=1000).map(|sequence| {
                let mut item = item.clone();
                item["sequence"] = json!(sequence);
                item
            });
            claim(v)["item"] = items.collect();
        }),
        ("sequence beyond positiveInt", |v| claim(v)["item"][0]["sequence"] = json!(4_294_967_297_u64)),
        ("patient absent", |v| {
            v["entry"].as_array_mut().unwrap().remove(1);
        }),
    ];
    for (name, change) in cases {
        let mut changed = value("submit-oxygen.json");
        change(&mut changed);
        let issues = read_value(&changed).expect_err(name);
        assert!(issues.iter().any(fhir::Issue::is_refusal), "{name}");
    }
}

#[test]
fn a_loop_of_references_is_read_and_answered() {
    let mut looped = value("submit-oxygen.json");
    for entry in looped["entry"].as_array_mut().unwrap() {
        if entry["resource"]["resourceType"] == "Organization" {
            entry["resource"]["partOf"] = json!({"reference": "Organization/clinic"});
        }
    }
    let bytes = serde_json::to_vec(&looped).unwrap();
    let new = submit(&looped);
    let case = common::case(&new.request, &[]);
    let answer = pas::respond(PasVersion::V2_2_1, &document(&bytes), &case, &common::context(PasVersion::V2_2_1));
    common::check_bundle("loop", &bytes, &serde_json::from_slice(&answer).unwrap(), &answer, &[1, 2]);
}
