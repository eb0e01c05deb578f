//! Home oxygen (NCD 240.2): groups I and II, sleep and exercise, contradictions, what is left out.

use super::{Expect, Teller};
use crate::bundle::Bundle;
use serde_json::{Value, json};

const FORM: &str = "https://avedis.example/policies/ncd-240.2-home-oxygen/questionnaire";
const SATURATION: &str = "59408-5";
const PRESSURE: &str = "2703-7";

/// The state of the patient during a test, and that it was on room air, as the report states it.
pub(crate) fn state(state: &str, room_air: bool) -> Value {
    let coded = |code: &str| json!({"coding": [{"system": "urn:avedis:oximetry", "code": code}]});
    json!({"component": [
        {"code": coded("state"), "valueCodeableConcept": coded(state)},
        {"code": coded("room-air"), "valueBoolean": room_air},
    ]})
}

pub(crate) fn yes(link: &str) -> (&str, Value) {
    (link, json!({"valueBoolean": true}))
}

pub(crate) fn no(link: &str) -> (&str, Value) {
    (link, json!({"valueBoolean": false}))
}

/// A request for a stationary concentrator without any test.
pub(super) fn order(teller: &Teller<'_>, code: &str) -> Bundle {
    Bundle::new(&teller.number(), &teller.member(), &teller.provider(), &teller.created())
        .ask(code, teller.day(2), teller.day(366), 1)
        .diagnosis("J44.9")
}

pub(super) fn statements(teller: &Teller<'_>, bundle: Bundle, more: &[(&str, Value)]) -> Bundle {
    let mut answers = vec![yes("ordered"), yes("time-of-need"), yes("improves"), yes("excluded-none")];
    answers.extend_from_slice(more);
    bundle.answers(FORM, &format!("{}T08:30:00-05:00", teller.day(0)), &answers)
}

pub(super) fn rest(teller: &Teller<'_>, bundle: Bundle, percent: &str) -> Bundle {
    bundle.measured_with(SATURATION, percent, "%", &teller.day(-1).to_string(), state("rest", true))
}

/// A complete request whose resting saturation proves group I. The benchmark sends it too.
#[must_use]
pub fn complete(teller: &Teller<'_>) -> Bundle {
    let bundle = rest(teller, order(teller, "E1390"), "88");
    statements(teller, bundle, &[])
}

pub(super) fn tell(t: &mut Teller<'_>) {
    let body = complete(t).bytes();
    t.tell("oxygen-88-at-rest", Expect::Approved, body);

    let bundle = order(t, "E1390").measured_with(PRESSURE, "55", "mm[Hg]", &t.day(-2).to_string(), state("rest", true));
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-pao2-55-mmhg", Expect::Approved, body);

    let bundle = order(t, "E1390").measured_with(PRESSURE, "7.3", "kPa", &t.day(-2).to_string(), state("rest", true));
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-pao2-in-kpa", Expect::Approved, body);

    let bundle = rest(t, order(t, "E1390"), "89");
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-89-alone", Expect::Pended, body);

    let bundle = rest(t, order(t, "E1390"), "89").measured("4544-3", "57", "%", &t.day(-3).to_string());
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-89-haematocrit-57", Expect::Approved, body);

    let bundle = rest(t, order(t, "E1390"), "92");
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-92-at-rest", Expect::Pended, body);

    let body = statements(t, order(t, "E1390"), &[]).bytes();
    t.tell("oxygen-no-test", Expect::Pended, body);

    let body = rest(t, order(t, "E1390"), "86").bytes();
    t.tell("oxygen-no-practitioner-statements", Expect::Pended, body);

    let bundle = rest(t, order(t, "E1390"), "87");
    let bundle = bundle.measured_with(SATURATION, "94", "%", &t.day(-1).to_string(), state("rest", true));
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-two-readings-disagree", Expect::Pended, body);

    let bundle = order(t, "E1390").measured_with(SATURATION, "86", "%", &t.day(-1).to_string(), state("rest", false));
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-test-on-oxygen-not-air", Expect::Pended, body);

    let supplier = json!({"resourceType": "Organization", "id": "supplier", "name": "Fiction Oxygen Supply",
        "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "dme"}]}]});
    let by_supplier = state("rest", true);
    let mut test = by_supplier;
    test["performer"] = json!([{"reference": "Organization/supplier"}]);
    let bundle = order(t, "E1390").resource(supplier).measured_with(SATURATION, "85", "%", &t.day(-1).to_string(), test);
    let body = statements(t, bundle, &[("test-performer", json!({"valueCoding": {"code": "dme-supplier"}}))]).bytes();
    t.tell("oxygen-test-by-supplier", Expect::Pended, body);

    let at = t.day(-1).to_string();
    let bundle = rest(t, order(t, "E1390"), "93").measured_with(SATURATION, "87", "%", &at, state("sleep", true));
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-87-asleep-93-awake", Expect::Approved, body);

    let bundle = rest(t, order(t, "E0431"), "93").measured_with(SATURATION, "87", "%", &at, state("sleep", true));
    let body = statements(t, bundle, &[yes("mobile")]).bytes();
    t.tell("oxygen-portable-on-sleep-test", Expect::Pended, body);

    let bundle = rest(t, order(t, "E0431"), "88");
    let body = statements(t, bundle, &[yes("mobile")]).bytes();
    t.tell("oxygen-portable-mobile-at-home", Expect::Approved, body);

    let bundle = Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created())
        .ask("E1390", t.day(2), t.day(366), 1)
        .ask("E0431", t.day(2), t.day(366), 1)
        .diagnosis("J84.10");
    let bundle = rest(t, bundle, "87");
    let body = statements(t, bundle, &[]).bytes();
    t.tell("oxygen-two-lines-one-proven", Expect::Mixed, body);

    let body = complete(t).urgent().bytes();
    t.tell("oxygen-urgent-complete", Expect::Approved, body);

    let body = statements(t, order(t, "E1390"), &[]).urgent().bytes();
    t.tell("oxygen-urgent-no-test", Expect::Pended, body);
}
