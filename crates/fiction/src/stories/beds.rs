//! Hospital beds (LCD L33820): kinds of bed, weights at their boundaries, what is never covered.

use super::oxygen::yes;
use super::{Expect, Teller};
use crate::bundle::Bundle;
use serde_json::{Value, json};

const FORM: &str = "https://avedis.example/policies/lcd-L33820-hospital-bed/questionnaire";

pub(super) fn request(t: &Teller<'_>, code: &str, diagnosis: &str) -> Bundle {
    Bundle::new(&t.number(), &t.member(), &t.provider(), &t.created()).ask(code, t.day(4), t.day(368), 1).diagnosis(diagnosis)
}

pub(super) fn form(t: &Teller<'_>, bundle: Bundle, answers: &[(&str, Value)]) -> Bundle {
    bundle.answers(FORM, &format!("{}T08:30:00-05:00", t.day(0)), answers)
}

pub(super) fn tell(t: &mut Teller<'_>) {
    let body = form(t, request(t, "E0250", "M54.50"), &[yes("positioning")]).bytes();
    t.tell("bed-fixed-positioning", Expect::Approved, body);

    let head = [("head-degrees", json!({"valueInteger": 45}))];
    let body = form(t, request(t, "E0250", "I50.9"), &head).bytes();
    t.tell("bed-fixed-head-at-45-heart-failure", Expect::Approved, body);

    let flat = [("head-degrees", json!({"valueInteger": 30}))];
    let body = form(t, request(t, "E0250", "I50.9"), &flat).bytes();
    t.tell("bed-fixed-head-at-30-only", Expect::Pended, body);

    let full = [yes("positioning"), yes("position-changes"), yes("operates-controls")];
    let body = form(t, request(t, "E0260", "G82.20"), &full).bytes();
    t.tell("bed-semi-electric-complete", Expect::Approved, body);

    let body = form(t, request(t, "E0260", "G82.20"), &[yes("positioning")]).bytes();
    t.tell("bed-semi-electric-change-not-stated", Expect::Pended, body);

    let body = form(t, request(t, "E0265", "G82.20"), &full).bytes();
    t.tell("bed-total-electric", Expect::Pended, body);

    for (name, pounds, expect) in
        [("bed-heavy-duty-351-pounds", "351", Expect::Approved), ("bed-heavy-duty-350-pounds", "350", Expect::Pended)]
    {
        let bundle = request(t, "E0303", "E66.01").measured("29463-7", pounds, "[lb_av]", &t.day(-6).to_string());
        let body = form(t, bundle, &[yes("positioning")]).bytes();
        t.tell(name, expect, body);
    }

    let bundle = request(t, "E0303", "E66.01").measured("29463-7", "160", "kg", &t.day(-6).to_string());
    let body = form(t, bundle, &[yes("pain")]).bytes();
    t.tell("bed-heavy-duty-160-kilograms", Expect::Approved, body);

    let body = request(t, "E0250", "M54.50").bytes();
    t.tell("bed-nothing-stated", Expect::Pended, body);
}
