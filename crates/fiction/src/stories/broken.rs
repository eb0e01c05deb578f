//! Requests that are repeated, changed, about nobody we know, about nothing we have criteria for, or not well made.

use super::{Expect, Teller, oxygen};
use crate::bundle::Bundle;
use base::LineOfBusiness;
use serde_json::{Value, json};

fn claim(bundle: &mut Value) -> &mut Value {
    &mut bundle["entry"][0]["resource"]
}

pub(super) fn tell(t: &mut Teller<'_>) {
    again_and_changed(t);
    intake(t);
    without_criteria(t);
    malformed(t);
}

fn again_and_changed(t: &mut Teller<'_>) {
    let body = t.body_of("oxygen-88-at-rest");
    t.tell("same-request-again", Expect::Approved, body);

    // The same services for the same member under another number: the earlier case answers.
    let mut repeated: Value = serde_json::from_slice(&t.body_of("oxygen-88-at-rest")).unwrap_or(Value::Null);
    claim(&mut repeated)["identifier"][0]["value"] = json!(format!("{}-B", t.number()));
    repeated["identifier"]["value"] = json!(format!("B-{}-B", t.number()));
    t.tell("same-services-other-number", Expect::Approved, repeated.to_string().into_bytes());

    let (number, member, provider, created) = (t.number(), t.member(), t.provider(), t.created());
    let first = Bundle::new(&number, &member, &provider, &created).ask("E1390", t.day(2), t.day(366), 1).diagnosis("J44.9");
    t.tell("to-be-changed", Expect::Pended, first.clone().bytes());
    let changed = Bundle::new(&format!("{number}-U1"), &member, &provider, &created)
        .ask("E1390", t.day(2), t.day(366), 1)
        .ask("E0431", t.day(2), t.day(366), 1)
        .diagnosis("J44.9")
        .related(&number, "prior");
    t.tell("update-adds-a-line", Expect::Pended, changed.bytes());
    let cancelled = Bundle::new(&format!("{number}-U2"), &member, &provider, &created)
        .ask("E1390", t.day(2), t.day(366), 1)
        .ask("E0431", t.day(2), t.day(366), 1)
        .diagnosis("J44.9")
        .related(&format!("{number}-U1"), "prior")
        .cancel_all();
    t.tell("cancel-all-lines", Expect::Cancelled, cancelled.bytes());

    let unknown = Bundle::new(&t.number(), &t.member(), &t.provider(), &created)
        .ask("E1390", t.day(2), t.day(366), 1)
        .related("NEVER-SENT", "prior");
    t.tell("update-of-nothing-known", Expect::BusinessError, unknown.bytes());
}

fn intake(t: &mut Teller<'_>) {
    let mut stranger = t.member();
    stranger.member_id = "FIC9999999".to_owned();
    let body = Bundle::new(&t.number(), &stranger, &t.provider(), &t.created()).ask("E1390", t.day(2), t.day(366), 1).bytes();
    t.tell("member-not-known", Expect::Pended, body);

    let mut other_birth = t.member();
    other_birth.birth_date = t.day(-20_000);
    let body = Bundle::new(&t.number(), &other_birth, &t.provider(), &t.created()).ask("E1390", t.day(2), t.day(366), 1).bytes();
    t.tell("birth-date-differs", Expect::Pended, body);

    let body = oxygen_on(t, t.day(900), t.day(1000));
    t.tell("service-after-cover-ends", Expect::Pended, body);

    let body = oxygen_on(t, t.day(30), t.day(3));
    t.tell("period-ends-before-it-starts", Expect::Pended, body);

    let mut ancient: Value = serde_json::from_slice(&oxygen_on(t, t.day(1), t.day(30))).unwrap_or(Value::Null);
    claim(&mut ancient)["item"][0]["servicedPeriod"] = json!({"start": "1800-01-01", "end": "1800-12-31"});
    t.tell("service-in-1800", Expect::Refused, ancient.to_string().into_bytes());

    let mut future: Value = serde_json::from_slice(&oxygen_on(t, t.day(1), t.day(30))).unwrap_or(Value::Null);
    claim(&mut future)["item"][0]["servicedPeriod"] = json!({"start": "2999-01-01", "end": "2999-12-31"});
    t.tell("service-in-2999", Expect::Refused, future.to_string().into_bytes());
}

fn oxygen_on(t: &Teller<'_>, from: base::Date, to: base::Date) -> Vec<u8> {
    Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created()).ask("E1390", from, to, 1).diagnosis("J44.9").bytes()
}

fn without_criteria(t: &mut Teller<'_>) {
    let body = Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created())
        .ask("K0823", t.day(5), t.day(370), 1)
        .diagnosis("G35")
        .bytes();
    t.tell("no-computable-policy", Expect::Pended, body);

    let body = Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created())
        .ask("E0607", t.day(1), t.day(366), 1)
        .diagnosis("E11.9")
        .bytes();
    t.tell("no-authorization-needed", Expect::NotRequired, body);

    for (name, business) in [
        ("texas-commercial-three-days", LineOfBusiness::FullyInsured),
        ("self-funded-fifteen-days", LineOfBusiness::SelfFunded),
        ("medicaid-seven-days", LineOfBusiness::MedicaidManagedCare),
    ] {
        let member = t.member_with(|b| b == business);
        let body = Bundle::new(&t.number(), &member, &t.provider(), &t.created()).ask("E1390", t.day(2), t.day(366), 1).bytes();
        t.tell(name, Expect::Pended, body);
    }

    let bundle = oxygen::complete(t).value();
    let mut odd = bundle;
    for entry in odd["entry"].as_array_mut().into_iter().flatten() {
        if entry["resource"]["resourceType"] == "Observation" {
            entry["resource"]["valueQuantity"] =
                json!({"value": 88, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
        }
    }
    t.tell("unit-that-does-not-convert", Expect::Pended, odd.to_string().into_bytes());

    let mut looped = oxygen::complete(t).value();
    let base = "http://provider.example/fhir";
    let list = |id: &str, other: &str| {
        json!({"fullUrl": format!("{base}/List/{id}"), "resource": {"resourceType": "List", "id": id, "status": "current",
            "mode": "working", "entry": [{"item": {"reference": format!("List/{other}")}}]}})
    };
    if let Some(entries) = looped["entry"].as_array_mut() {
        entries.push(list("a", "b"));
        entries.push(list("b", "a"));
    }
    t.tell("references-in-a-circle", Expect::Approved, looped.to_string().into_bytes());
}

fn malformed(t: &mut Teller<'_>) {
    let whole = oxygen::complete(t).bytes();
    t.tell("cut-off-in-the-middle", Expect::Refused, whole[..whole.len() / 2].to_vec());

    let text =
        String::from_utf8_lossy(&whole).replacen("\"status\":\"active\"", "\"status\":\"active\",\"status\":\"cancelled\"", 1);
    t.tell("one-key-twice", Expect::Refused, text.into_bytes());

    let mut wrong = oxygen::complete(t).value();
    claim(&mut wrong)["item"][0]["sequence"] = json!("one");
    claim(&mut wrong)["created"] = json!("yesterday");
    wrong["type"] = json!("message");
    t.tell("three-wrong-elements", Expect::Refused, wrong.to_string().into_bytes());

    let mut two = oxygen::complete(t).value();
    let mut second = two["entry"][0].clone();
    second["fullUrl"] = json!("http://provider.example/fhir/Claim/second");
    second["resource"]["id"] = json!("second");
    if let Some(entries) = two["entry"].as_array_mut() {
        entries.push(second);
    }
    t.tell("two-claims", Expect::Refused, two.to_string().into_bytes());

    let mut none = oxygen::complete(t).value();
    if let Some(entries) = none["entry"].as_array_mut() {
        entries.remove(0);
    }
    t.tell("no-claim", Expect::Refused, none.to_string().into_bytes());

    t.tell("not-json", Expect::Refused, b"ISA*00*          *00*          ~".to_vec());
}
