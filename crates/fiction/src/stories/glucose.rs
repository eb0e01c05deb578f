//! Glucose monitors (LCD L33822): the need since 2023, what the older version asked and this one does not.

use super::oxygen::{no, yes};
use super::{Expect, Teller};
use crate::bundle::Bundle;
use serde_json::{Value, json};

const FORM: &str = "https://avedis.example/policies/lcd-L33822-cgm/questionnaire";

pub(super) fn request(t: &Teller<'_>, code: &str, visit_days_ago: i64) -> Bundle {
    let (provider, ordered) = (t.provider(), t.day(-2));
    Bundle::new(&t.number(), &t.member(), &provider, &t.created())
        .ask(code, t.day(1), t.day(181), 1)
        .diagnosis("E11.65")
        .resource(json!({
            "resourceType": "DeviceRequest", "status": "active", "intent": "order", "authoredOn": ordered.to_string(),
            "codeCodeableConcept": {"coding": [{"system": base::system::HCPCS, "code": code}]},
            "requester": {"reference": format!("Practitioner/{}", provider.npi)},
        }))
        .resource(json!({
            "resourceType": "Encounter", "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "period": {"start": format!("{}T10:00:00-05:00", t.day(-2 - visit_days_ago))},
        }))
}

pub(super) fn insulin(bundle: Bundle) -> Bundle {
    bundle.resource(json!({
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": base::system::RXNORM, "code": "274783"}]},
    }))
}

pub(super) fn form(t: &Teller<'_>, bundle: Bundle, answers: &[(&str, Value)]) -> Bundle {
    bundle.answers(FORM, &format!("{}T08:30:00-05:00", t.day(0)), answers)
}

pub(super) fn tell(t: &mut Teller<'_>) {
    let stated = [yes("fda-indications"), yes("visit-confirms")];

    let body = form(t, insulin(request(t, "E2103", 30)), &stated).bytes();
    t.tell("cgm-any-insulin", Expect::Approved, body);

    // One basal injection a day: enough since 2023-04-16, and the usual wrong answer is that it is not.
    let mut once = stated.to_vec();
    once.push(("insulin-administrations", json!({"valueInteger": 1})));
    let body = form(t, insulin(request(t, "E2103", 30)), &once).bytes();
    t.tell("cgm-one-injection-a-day", Expect::Approved, body);

    let body = form(t, request(t, "E2103", 30), &stated).bytes();
    t.tell("cgm-no-insulin-on-record", Expect::Pended, body);

    let mut lows = stated.to_vec();
    lows.push(yes("attempts-to-adjust"));
    let bundle = request(t, "E2103", 30).measured("41653-7", "49", "mg/dL", &t.day(-40).to_string()).measured(
        "41653-7",
        "51",
        "mg/dL",
        &t.day(-25).to_string(),
    );
    let body = form(t, bundle, &lows).bytes();
    t.tell("cgm-two-lows-despite-adjustments", Expect::Approved, body);

    let bundle = request(t, "E2103", 30).measured("15074-8", "2.6", "mmol/L", &t.day(-40).to_string()).measured(
        "15074-8",
        "2.8",
        "mmol/L",
        &t.day(-25).to_string(),
    );
    let body = form(t, bundle, &lows).bytes();
    t.tell("cgm-two-lows-in-mmol", Expect::Approved, body);

    let body = form(t, insulin(request(t, "E2103", 183)), &stated).bytes();
    t.tell("cgm-visit-183-days-before-order", Expect::Approved, body);

    let body = form(t, insulin(request(t, "E2103", 184)), &stated).bytes();
    t.tell("cgm-visit-184-days-before-order", Expect::Pended, body);

    let mut denies = stated.to_vec();
    denies.push(no("insulin-treated"));
    let body = form(t, insulin(request(t, "E2103", 30)), &denies).bytes();
    t.tell("cgm-list-says-insulin-form-says-no", Expect::Pended, body);

    let mut severe = stated.to_vec();
    severe.push(("level-3-events", json!({"valueInteger": 1})));
    let body = form(t, request(t, "E2103", 30), &severe).urgent().bytes();
    t.tell("cgm-urgent-after-severe-event", Expect::Approved, body);

    let body = form(t, request(t, "E2103", 30).certification("R"), &[yes("adherence")]).bytes();
    t.tell("cgm-continuation", Expect::Approved, body);
}
