//! Under which circumstances something was measured, as the words around the value say: at rest or asleep, on room air or oxygen, and of
//! a sleep test its type and number of events. They become components of the Observation.

use serde_json::{Value, json};
use text::scan::Scanned;
use text::span::Span;
use text::tokens::Class;
use text::{Coding, Fact};

/// LOINC codes of blood oxygen: saturation and arterial pressure.
const OXYGEN: [&str; 5] = ["59408-5", "2708-6", "20564-1", "2703-7", "19255-9"];
/// LOINC codes of a sleep test's index.
const SLEEP_INDEX: [&str; 2] = ["69990-1", "90565-3"];

/// Words that tell the state of a patient during a test of blood oxygen.
const STATES: [(&str, &[&str]); 3] = [
    ("rest", &["rest", "resting", "seated", "sitting", "awake"]),
    ("sleep", &["sleep", "asleep", "sleeping", "nocturnal", "overnight"]),
    ("exercise", &["exertion", "exertional", "exercise", "ambulation", "ambulating", "ambulatory", "walk", "walking", "walked"]),
];

/// Components for a measurement whose value stands at `value`.
pub(crate) fn components(scanned: &Scanned<'_>, fact: &Fact, codes: &[Coding], others: &[Span]) -> Vec<Value> {
    let has = |known: &[&str]| codes.iter().any(|c| c.system == crate::codes::LOINC && known.contains(&c.code.as_str()));
    let window = window(scanned, fact, others);
    if has(&OXYGEN) {
        oxygen(scanned, window)
    } else if has(&SLEEP_INDEX) {
        sleep(scanned, window)
    } else {
        Vec::new()
    }
}

/// The tokens that speak of this value: its sentence, from the end of the value before to the beginning of the measurement after.
fn window(scanned: &Scanned<'_>, fact: &Fact, others: &[Span]) -> (usize, usize) {
    let Some((from, to)) = scanned.layout.tokens.get(fact.sentence as usize) else { return (0, 0) };
    let own = fact.value.as_ref().map_or(fact.span, |value| value.span.join(fact.span));
    let before = others.iter().filter(|o| o.end <= own.start).map(|o| o.end).max().unwrap_or(0);
    let after = others.iter().filter(|o| o.start >= own.end).map(|o| o.start).min().unwrap_or(u32::MAX);
    let tokens = &scanned.tokens.list[*from as usize..*to as usize];
    let first = tokens.partition_point(|t| t.span.end <= before);
    let last = tokens.partition_point(|t| t.span.start < after);
    (*from as usize + first, *from as usize + last.max(first))
}

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn oxygen(scanned: &Scanned<'_>, (from, to): (usize, usize)) -> Vec<Value> {
    const SYSTEM: &str = "urn:avedis:oximetry";
    let words: Vec<&str> = (from..to).map(|t| scanned.normal(t)).filter(|w| *w != "-").collect();
    let states: Vec<&str> = STATES.iter().filter(|(_, known)| words.iter().any(|w| known.contains(w))).map(|(s, _)| *s).collect();
    let air = words.windows(2).any(|two| two == ["room", "air"])
        || words.windows(2).any(|two| two[0] == "on" && two[1] == "ra")
        || (from..to).any(|t| scanned.tokens.list[t].span.of(scanned.text) == "RA");
    let given = words.iter().any(|w| matches!(*w, "cannula" | "lpm" | "liter" | "litre" | "nc"))
        || words.windows(2).any(|two| two[0].parse::<f32>().is_ok() && matches!(two[1], "l" | "l/min"));
    let mut out = Vec::new();
    // Two states of one value, air and oxygen of one value: the words do not tell which, so nothing is said.
    match (&states[..], air, given) {
        (["exercise"], false, true) => {
            out.push(json!({"code": coded(SYSTEM, "state"), "valueCodeableConcept": coded(SYSTEM, "exercise-oxygen")}));
        }
        ([state], _, _) => out.push(json!({"code": coded(SYSTEM, "state"), "valueCodeableConcept": coded(SYSTEM, state)})),
        _ => {}
    }
    if air != given {
        out.push(json!({"code": coded(SYSTEM, "room-air"), "valueBoolean": air}));
    }
    out
}

fn sleep(scanned: &Scanned<'_>, (from, to): (usize, usize)) -> Vec<Value> {
    const SYSTEM: &str = "urn:avedis:sleep-test";
    let mut out = Vec::new();
    for at in from..to {
        let next = |n: usize| if at + n < to { scanned.normal(at + n) } else { "" };
        let number = scanned.tokens.list[at].class == Class::Number;
        let events = matches!(next(1), "event" | "respiratory" | "apnea") && (next(1) == "event" || next(2) == "event");
        if let (true, true, Ok(count)) = (number, events, scanned.normal(at).parse::<u32>()) {
            out.push(json!({"code": coded(SYSTEM, "events"), "valueInteger": count}));
        }
        if scanned.normal(at) == "type" {
            let kind = match next(1) {
                "i" | "1" => "I",
                "ii" | "2" => "II",
                "iii" | "3" => "III",
                "iv" | "4" => "IV",
                _ => continue,
            };
            out.push(json!({"code": coded(SYSTEM, "type"), "valueCodeableConcept": coded(SYSTEM, kind)}));
        }
    }
    out
}
