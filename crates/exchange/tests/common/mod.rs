//! What every test of this crate needs: documents, contexts, cases made from events, and the checks of an answer.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base::{LineOfBusiness, State};
use case::request::Cover;
use case::{Case, Event};
use exchange::outcome::Code;
use exchange::pas::{self, BusinessError, ErrorContext, PasVersion, ReadContext, Receipt, ResponseContext};
use json::{Document, Limits};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub const NOW: &str = "2026-11-21T15:00:00Z";
pub const BASE: &str = "https://payer.example/fhir/pas";
pub const PROOF: &str = "c2sp.org/tlog-proof@v1\nindex 7\n";

/// The shared data folder, when this checkout has one beside it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("AVEDIS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {path} is not beside this checkout (set AVEDIS_SHARED)");
    None
}

pub fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn document(bytes: &[u8]) -> Document {
    Document::parse(bytes.to_vec(), &Limits::default()).unwrap()
}

pub fn cover() -> Cover {
    Cover {
        line_of_business: LineOfBusiness::MedicareAdvantage,
        state: Some(State::new("NJ").unwrap()),
        plan: "example-ma".to_owned(),
        zone: "America/New_York".to_owned(),
    }
}

pub fn read_context(bytes: &[u8]) -> ReadContext {
    ReadContext::now(NOW.parse().unwrap(), bytes, cover())
}

/// A serde_json copy of a fixture, to be changed by a test.
pub fn value(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

pub fn read_value(value: &Value) -> Result<pas::Incoming, Vec<fhir::Issue>> {
    let bytes = serde_json::to_vec(value).unwrap();
    pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes))
}

pub fn context(version: PasVersion) -> ResponseContext<'static> {
    let base_url = match version {
        PasVersion::V2_0_1 => "https://payer.example/fhir/pas-2.0.1",
        PasVersion::V2_2_1 => "https://payer.example/fhir/pas-2.2.1",
    };
    ResponseContext {
        id: "01890000-0000-7000-8000-000000000001-3",
        now: NOW.parse().unwrap(),
        base_url,
        receipt: Some(Receipt { proof: PROOF, event: 3 }),
        reviewer: None,
    }
}

/// Makes a case from a request and the events after its reception, each `{kind, ...}`.
pub fn case(request: &case::Request, events: &[Value]) -> Case {
    let received = json!({"kind": "received", "request": request, "authorization": "PA-0001"});
    let all: Vec<Event> = std::iter::once(&received)
        .chain(events)
        .enumerate()
        .map(|(minute, what)| {
            let mut event = what.clone();
            let members = event.as_object_mut().unwrap();
            members.insert("at".into(), json!(format!("2026-11-21T15:{minute:02}:00Z")));
            members.entry("by").or_insert(json!({"actor": "software"}));
            Event::from_bytes(&serde_json::to_vec(&event).unwrap()).unwrap_or_else(|error| panic!("{event}: {error}"))
        })
        .collect();
    case::replay(&all).unwrap()
}

pub fn due(request: &case::Request) -> Value {
    json!({"kind": "clock-started", "due": {
        "clock_start_at": "2026-11-21T15:00:00Z", "due_at": "2026-11-29T04:59:59Z", "near_at": "2026-11-27T04:59:59Z",
        "rule": {"id": "MA-STD-PA", "citation": "42 CFR 422.568(b)(1)(i)", "words": "7 calendar days from receipt", "verified": "S", "on_miss": "adverse for appeal"},
        "lost": [],
        "facts": case::clock::Facts::of(request, &request.receipt),
    }})
}

pub fn findings(line: u32, met: bool) -> Value {
    json!({"kind": "criteria-evaluated", "records": [], "findings": {
        "line": line,
        "policy": {"id": "ncd-240.2-home-oxygen", "version": "2026.1", "hash": "00".repeat(32), "source": "NCD 240.2; LCD L33797", "signed": true},
        "date_of_service": "2026-12-01", "engine": "cql 0.1.0",
        "root": if met { "met" } else { "unknown" },
        "criteria": [{"id": "group1", "parent": null, "title": "Group I saturation", "citation": "NCD 240.2 B", "truth": if met { "met" } else { "unknown" },
            "evidence": [{"resource": "https://ehr.example/fhir/Observation/spo2", "elements": ["value"], "says": "O2 saturation 87.50 % on 2026-11-12"}]}],
        "missing": if met { json!([]) } else { json!([{"criteria": ["group1"], "asks": ["an oxygen saturation at rest taken within 30 days"]}]) },
    }})
}

pub fn approved(line: u32) -> Value {
    json!({"kind": "approved", "basis": {"basis": "criteria", "policy": "ncd-240.2-home-oxygen 2026.1"},
        "lines": [{"line": line, "from": "2026-12-01", "to": "2027-11-30", "quantity": {"value": "12", "unit": "mo"}}]})
}

pub fn approved_by_person(line: u32) -> Value {
    json!({"kind": "approved", "by": {"actor": "person", "id": "nurse.joy"}, "basis": {"basis": "person", "reason": "record reviewed"},
        "lines": [{"line": line, "from": "2026-12-01", "to": "2027-11-30", "quantity": null}]})
}

pub fn not_required(line: u32) -> Value {
    json!({"kind": "approved", "basis": {"basis": "not-required"},
        "lines": [{"line": line, "from": "2026-12-01", "to": "2027-11-30", "quantity": null}]})
}

pub fn pended(lines: &[u32], queue: &str) -> Value {
    json!({"kind": "pended", "lines": lines, "queue": queue, "reason": "staff words"})
}

pub fn adverse(line: u32, outcome: Value) -> Value {
    let one = json!({"line": line, "outcome": outcome, "reason": {"system": "https://codesystem.x12.org/external/886", "code": "0F"}, "criterion": "ncd-240.2 group1"});
    json!({"kind": "determined-adverse", "by": {"actor": "person", "id": "dr.no"}, "lines": [one],
        "rationale": "The resting saturation of 94 % on 2026-11-12 is above 88 %.",
        "attestation": {"reviewer": "dr.no", "name": "Nora No", "npi": "1555555555",
            "licence": {"kind": "MD", "number": "NJ-1", "state": "NJ", "expires": "2027-12-31", "restricted": false},
            "specialty": "pulmonary disease", "admitted_under": "MA-PHYS", "attested_at": "2026-11-21T15:00:00Z",
            "statement": "I have reviewed the individual record of this case"}})
}

pub fn denied() -> Value {
    json!({"outcome": "denied"})
}

pub fn partial(line: u32) -> Value {
    json!({"outcome": "partial", "authorized": {"line": line, "from": "2026-12-01", "to": "2027-02-28", "quantity": {"value": "3", "unit": "mo"}}})
}

pub fn modified(line: u32) -> Value {
    json!({"outcome": "modified", "service": {"system": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": "E1392"},
        "authorized": {"line": line, "from": "2026-12-01", "to": "2027-02-28", "quantity": {"value": "3", "unit": "mo"}}})
}

/// The entries of a response Bundle by full URL.
pub fn entries(bundle: &Value) -> Vec<(String, Value)> {
    bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["fullUrl"].as_str().unwrap().to_owned(), entry["resource"].clone()))
        .collect()
}

fn references(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("reference") {
                found.push((path.to_owned(), target.clone()));
            }
            members.iter().for_each(|(key, member)| references(member, &format!("{path}.{key}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, path, found)),
        _ => {}
    }
}

/// Every URL of an extension below a value, without those nested in extensions (they are relative names or listed too).
pub fn extension_urls(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for key in ["extension", "modifierExtension"] {
                for extension in members.get(key).and_then(Value::as_array).into_iter().flatten() {
                    found.push(extension["url"].as_str().unwrap().to_owned());
                }
            }
            members.values().for_each(|member| extension_urls(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| extension_urls(item, found)),
        _ => {}
    }
}

/// The rules every response Bundle obeys, whatever was decided (PAS spec-13, spec-14, spec-33, spec-34).
pub fn check_bundle(name: &str, request: &[u8], bundle: &Value, bytes: &[u8], sequences: &[u64]) {
    assert_eq!(bundle["resourceType"], "Bundle", "{name}");
    assert_eq!(bundle["type"], "collection", "{name}");
    assert!(bundle["identifier"]["value"].is_string() && bundle["timestamp"].is_string(), "{name}");
    let all = entries(bundle);
    assert_eq!(all[0].1["resourceType"], "ClaimResponse", "{name}: ClaimResponse first");
    let request_document = document(request);
    let mut sent = BTreeMap::new();
    for entry in request_document.root().get("entry").unwrap().items() {
        let url = entry.get("fullUrl").unwrap().as_str().unwrap().into_owned();
        sent.insert(url, entry.get("resource").unwrap().raw().to_vec());
    }
    let answered = document(bytes);
    for entry in answered.root().get("entry").unwrap().items() {
        let url = entry.get("fullUrl").unwrap().as_str().unwrap().into_owned();
        if let Some(raw) = sent.get(&url) {
            assert_eq!(entry.get("resource").unwrap().raw(), raw, "{name}: {url} is echoed byte for byte");
        } else {
            assert!(url.starts_with("https://payer.example/"), "{name}: {url} is neither echoed nor ours");
        }
    }
    for (index, (url, resource)) in all.iter().enumerate() {
        assert!(!all[..index].iter().any(|(other, _)| other == url), "{name}: {url} twice");
        let mut found = Vec::new();
        references(resource, resource["resourceType"].as_str().unwrap(), &mut found);
        for (path, target) in found {
            if path == "ClaimResponse.request" {
                assert!(sent.contains_key(&target), "{name}: request is the Claim's full URL");
                continue;
            }
            let base = url.rsplitn(3, '/').nth(2).unwrap_or_default();
            let absolute = if target.contains(':') { target.clone() } else { format!("{base}/{target}") };
            let hits = all.iter().filter(|(other, _)| *other == absolute).count();
            // A request may itself refer to what it did not send; that cannot be made up.
            let unsent = sent.contains_key(url) && !sent.contains_key(&absolute);
            assert!(hits == 1 || unsent, "{name}: {path} -> {target} leads to {hits} entries");
        }
    }
    let response = &all[0].1;
    let items: Vec<u64> =
        response["item"].as_array().unwrap().iter().map(|item| item["itemSequence"].as_u64().unwrap()).collect();
    assert_eq!(items, sequences, "{name}: every sequence is echoed once");
    for item in response["item"].as_array().unwrap() {
        let action = action_of(item);
        let added = response["addItem"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|added| added["itemSequence"][0] == item["itemSequence"])
            .count();
        assert_eq!(added, usize::from(action == "A6"), "{name}: an addItem for each A6 and for nothing else");
        for number in item["noteNumber"].as_array().into_iter().flatten() {
            let notes = response["processNote"].as_array().unwrap();
            assert_eq!(notes.iter().filter(|note| note["number"] == *number).count(), 1, "{name}: note {number}");
        }
    }
    let shape = fhir::shape::check(answered.root(), &fhir::shape::Options::default());
    assert!(shape.issues.is_empty(), "{name}: {:?}", shape.issues);
}

/// The X12 306 code of an item.
pub fn action_of(item: &Value) -> String {
    let review = item["adjudication"][0]["extension"]
        .as_array()
        .unwrap()
        .iter()
        .find(|extension| extension["url"].as_str().unwrap().ends_with("extension-reviewAction"))
        .unwrap();
    let code = review["extension"]
        .as_array()
        .unwrap()
        .iter()
        .find(|extension| extension["url"].as_str().unwrap().ends_with("extension-reviewActionCode"))
        .unwrap();
    assert_eq!(code["valueCodeableConcept"]["coding"][0]["system"], "https://codesystem.x12.org/005010/306");
    code["valueCodeableConcept"]["coding"][0]["code"].as_str().unwrap().to_owned()
}

/// One answer of each kind, the richest we write, as Bundles.
pub fn answers(version: PasVersion) -> Vec<(String, Value)> {
    let mut rich = value("submit-oxygen.json");
    let temp =
        |code: &str| json!({"coding": [{"system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes", "code": code}]});
    let claim = &mut rich["entry"][0]["resource"];
    let pas = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/";
    claim["identifier"][0]["extension"] = json!([
        {"url": format!("{pas}extension-identifierSubDepartment"), "valueString": "223412"},
        {"url": format!("{pas}extension-identifierJurisdiction"), "valueCodeableConcept": {"coding": [{"system": "https://www.usps.com/", "code": "NJ"}]}},
    ]);
    claim["supportingInfo"].as_array_mut().unwrap().extend([
        json!({"sequence": 2, "category": temp("admissionDates"), "timingPeriod": {"start": "2026-11-20", "end": "2026-11-20"}}),
        json!({"sequence": 3, "category": temp("dischargeDates"), "timingDate": "2026-11-21"}),
    ]);
    claim["item"][0]["revenue"] = json!({"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0270"}]});
    let coded = |name: &str, system: &str, code: &str| json!({"url": format!("{pas}{name}"), "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}});
    claim["item"][0]["extension"].as_array_mut().unwrap().extend([
        json!({"url": format!("{pas}extension-epsdtIndicator"), "valueBoolean": false}),
        json!({"url": format!("{pas}extension-revenueUnitRateLimit"), "valueDecimal": 100}),
        coded("extension-nursingHomeResidentialStatus", "https://codesystem.x12.org/005010/1345", "2"),
        coded("extension-nursingHomeLevelOfCare", "https://codesystem.x12.org/005010/1337", "2"),
        coded("extension-productOrServiceCodeEnd", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "E1391"),
    ]);
    let bytes = serde_json::to_vec(&rich).unwrap();
    let request = pas::read(version, &document(&bytes), &read_context(&bytes)).unwrap().into_new_request().request;
    let states = [
        ("pended", vec![due(&request), findings(1, false), pended(&[1, 2], "facts")]),
        ("approved", vec![findings(1, true), approved(1), not_required(2)]),
        ("modified", vec![adverse(1, modified(1)), adverse(2, denied())]),
        ("reduced", vec![adverse(1, partial(1))]),
    ];
    let mut found: Vec<(String, Value)> = states
        .iter()
        .map(|(name, events)| {
            let answer = pas::respond(version, &document(&bytes), &case(&request, events), &context(version));
            ((*name).to_owned(), serde_json::from_slice(&answer).unwrap())
        })
        .collect();
    let errors = [BusinessError {
        element: Some("2010A-NM103".to_owned()),
        ..BusinessError::new(Code::InsurerMissing).at("Bundle.entry[2].resource")
    }];
    let context = ErrorContext { id: "e-1", now: NOW.parse().unwrap(), base_url: BASE };
    let answer = pas::business_error(version, fhir::pas::Operation::Submit, &document(&bytes), &errors, &context);
    found.push(("business error".to_owned(), serde_json::from_slice(&answer).unwrap()));
    found
}
