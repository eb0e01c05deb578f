//! Positive airway pressure (NCD 240.4): first months, continuation by device data, accessories.

use super::oxygen::yes;
use super::{Expect, Teller};
use crate::bundle::Bundle;
use serde_json::{Value, json};

const FORM: &str = "https://avedis.example/policies/ncd-240.4-cpap/questionnaire";

pub(super) fn request(t: &Teller<'_>, code: &str) -> Bundle {
    Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created()).ask(code, t.day(3), t.day(92), 1).diagnosis("G47.33")
}

/// A sleep test with its index, number of events and type, as a report states them.
pub(super) fn test(t: &Teller<'_>, bundle: Bundle, index: &str, events: u32, kind: &str) -> Bundle {
    let coded = |code: &str| json!({"coding": [{"system": "urn:avedis:sleep-test", "code": code}]});
    bundle.measured_with(
        "69990-1",
        index,
        "/h",
        &t.day(-20).to_string(),
        json!({"component": [
            {"code": coded("events"), "valueInteger": events},
            {"code": coded("type"), "valueCodeableConcept": coded(kind)},
        ]}),
    )
}

pub(super) fn visit(t: &Teller<'_>, bundle: Bundle, days_ago: i64) -> Bundle {
    bundle.resource(json!({
        "resourceType": "Encounter", "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "reasonCode": [{"coding": [{"system": base::system::ICD10CM, "code": "G47.33"}]}],
        "period": {"start": format!("{}T10:00:00-05:00", t.day(-days_ago)), "end": format!("{}T10:30:00-05:00", t.day(-days_ago))},
    }))
}

pub(super) fn form(t: &Teller<'_>, bundle: Bundle, answers: &[(&str, Value)]) -> Bundle {
    bundle.answers(FORM, &format!("{}T08:30:00-05:00", t.day(0)), answers)
}

pub(super) fn tell(t: &mut Teller<'_>) {
    let bundle = test(t, visit(t, request(t, "E0601"), 40), "15", 30, "III");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-ahi-15-with-30-events", Expect::Approved, body);

    let bundle = test(t, visit(t, request(t, "E0601"), 40), "15", 29, "III");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-ahi-15-with-29-events", Expect::Pended, body);

    let bundle = test(t, visit(t, request(t, "E0601").diagnosis("I10"), 40), "7", 12, "II");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-ahi-7-and-hypertension", Expect::Approved, body);

    let bundle = test(t, visit(t, request(t, "E0601"), 40), "7", 12, "II");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-ahi-7-without-comorbidity", Expect::Pended, body);

    let bundle = test(t, visit(t, request(t, "E0601"), 40), "4.9", 30, "I");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-ahi-4-9", Expect::Pended, body);

    let bundle = test(t, visit(t, request(t, "E0601"), 5), "22", 60, "I");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("cpap-visit-only-after-test", Expect::Pended, body);

    let bundle = test(t, visit(t, request(t, "E0601"), 40), "31", 120, "I");
    let body = bundle.bytes();
    t.tell("cpap-instruction-not-stated", Expect::Pended, body);

    let bundle = test(t, visit(t, request(t, "E0470"), 40), "31", 120, "I");
    let body = form(t, bundle, &[yes("instruction"), yes("single-level-ineffective")]).bytes();
    t.tell("bilevel-after-cpap-failed", Expect::Approved, body);

    let bundle = test(t, visit(t, request(t, "E0470"), 40), "31", 120, "I");
    let body = form(t, bundle, &[yes("instruction")]).bytes();
    t.tell("bilevel-without-cpap-tried", Expect::Pended, body);

    for (name, good, expect) in
        [("cpap-continues-21-of-30-nights", 21, Expect::Approved), ("cpap-continues-20-of-30-nights", 20, Expect::Pended)]
    {
        let body = continuation(t, good).bytes();
        t.tell(name, expect, body);
    }

    let bundle = request(t, "E0601").certification("R");
    let body = form(t, bundle, &[yes("improved")]).urgent().bytes();
    t.tell("cpap-continues-without-data", Expect::Pended, body);
}

/// Sixty nights on record of which only the first thirty have any use: `good` of them with more than four hours.
fn continuation(t: &Teller<'_>, good: usize) -> Bundle {
    let start = t.day(-70);
    let mut bundle = visit(t, request(t, "E0601").certification("R"), 20);
    for night in 0..60 {
        let hours = if night < good { "6.5" } else { "1.5" };
        let at = start.checked_add(jiff::Span::new().days(night as i64)).unwrap_or(start).to_string();
        bundle = bundle.resource(json!({
            "resourceType": "Observation", "status": "final",
            "code": {"coding": [{"system": "urn:avedis:device", "code": "pap-hours"}]},
            "effectiveDateTime": at,
            "valueQuantity": {"value": serde_json::from_str::<Value>(hours).unwrap_or(Value::Null), "unit": "h",
                "system": "http://unitsofmeasure.org", "code": "h"},
        }));
    }
    let answers = [("therapy-start", json!({"valueDate": start.to_string()})), yes("improved")];
    form(t, bundle, &answers)
}
