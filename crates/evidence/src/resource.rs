//! One fact as one FHIR R4 resource, or the reason why it is none.

use crate::apart::Why;
use crate::circumstance;
use crate::codes;
use serde_json::{Value, json};
use text::detail::{Comparator, Measured, Outcome, Severity, Side, Therapy};
use text::scan::Scanned;
use text::span::Span;
use text::{Coding, Fact, Kind, PartialDate};

/// What the facts of one note share.
pub(crate) struct Shared<'a> {
    pub scanned: &'a Scanned<'a>,
    pub patient: Option<&'a str>,
    pub author: Option<&'a str>,
    pub written: Option<PartialDate>,
    /// Names and values of the note's measurements.
    pub measured: &'a [Span],
}

/// A fact as a resource without its provenance.
///
/// # Errors
/// Why it is no evidence; `None` when it is nothing a record would hold.
pub(crate) fn of(fact: &Fact, shared: &Shared<'_>) -> Result<Value, Option<Why>> {
    if let Some(why) = Why::of(fact.axes) {
        return Err(Some(why));
    }
    if crate::apart::addressed(sentence(fact, shared)) {
        return Err(Some(Why::Addressed));
    }
    let codes = codes::of(fact, fact.span.of(shared.scanned.text));
    let made = match fact.kind {
        Kind::Problem | Kind::Finding => Ok(condition(fact, shared)),
        Kind::Measurement => observation(fact, &codes, shared),
        Kind::Medication => medication(fact, shared),
        Kind::Procedure => procedure(fact, shared),
        Kind::Device => device(fact, shared),
        Kind::Other => Err(None),
    };
    made.map(|mut resource| {
        finish(&mut resource, fact, &codes, shared);
        resource
    })
}

fn sentence<'a>(fact: &Fact, shared: &Shared<'a>) -> &'a str {
    shared.scanned.layout.sentences.get(fact.sentence as usize).map(|s| s.span.of(shared.scanned.text)).unwrap_or_default()
}

/// What every resource has: its concept and whose it is.
fn finish(resource: &mut Value, fact: &Fact, codes: &[Coding], shared: &Shared<'_>) {
    let codings: Vec<Value> = codes.iter().map(|c| json!({"system": c.system, "code": c.code, "display": fact.name})).collect();
    let mut concept = json!({"text": fact.span.of(shared.scanned.text)});
    if codings.is_empty() {
        concept["coding"] = json!([{"display": fact.name}]);
    } else {
        concept["coding"] = json!(codings);
    }
    match fact.kind {
        Kind::Medication => resource["medicationCodeableConcept"] = concept,
        Kind::Device => resource["contained"] = json!([{"resourceType": "Device", "id": "device", "type": concept}]),
        _ => resource["code"] = concept,
    }
    if let Some(patient) = shared.patient {
        resource["subject"] = json!({"reference": patient});
    }
}

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code}]})
}

/// A problem: refuted when it is negated, without a clinical status when it stands under past history, inactive when a word says it was.
fn condition(fact: &Fact, shared: &Shared<'_>) -> Value {
    let verification = if fact.axes.negated { "refuted" } else { "confirmed" };
    let mut out = json!({"resourceType": "Condition", "verificationStatus": coded("condition-ver-status", verification)});
    if !fact.axes.negated {
        let past = fact.cues.iter().filter(|cue| cue.axis == text::Axis::Historical);
        let by_word = past.clone().any(|cue| !is_heading(cue.span, shared));
        match (past.count(), by_word) {
            (0, _) => out["clinicalStatus"] = coded("condition-clinical", "active"),
            (_, true) => out["clinicalStatus"] = coded("condition-clinical", "inactive"),
            (_, false) => {}
        }
    }
    if let Some(author) = shared.author {
        out["asserter"] = json!({"reference": author});
    }
    if let Some(onset) = fact.when.as_ref().and_then(|when| when.from) {
        out["onsetDateTime"] = json!(onset.to_string());
    }
    if let Some(written) = shared.written {
        out["recordedDate"] = json!(written.to_string());
    }
    if let Some(severity) = fact.severity {
        let word = match severity {
            Severity::Mild => "mild",
            Severity::Moderate => "moderate",
            Severity::Severe => "severe",
        };
        out["severity"] = json!({"text": word});
    }
    if let Some(side) = fact.side {
        out["bodySite"] = json!([{"text": side_word(side)}]);
    }
    out
}

fn is_heading(span: Span, shared: &Shared<'_>) -> bool {
    shared.scanned.layout.headings.iter().any(|heading| heading.span.overlaps(span))
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Bilateral => "bilateral",
    }
}

/// A measurement: an exact value as a quantity, a bound or a range as a range, never a bound as if it were the value.
fn observation(fact: &Fact, codes: &[Coding], shared: &Shared<'_>) -> Result<Value, Option<Why>> {
    let value = fact.value.as_ref().ok_or(None)?;
    let mut out = json!({"resourceType": "Observation", "status": "final"});
    match (value.comparator, value.high) {
        (Comparator::About, _) => return Err(Some(Why::Approximate)),
        (Comparator::Is, None) => out["valueQuantity"] = quantity(value, value.low),
        (Comparator::Is, Some(high)) => {
            out["valueRange"] = json!({"low": quantity(value, value.low), "high": quantity(value, high)})
        }
        (Comparator::Less | Comparator::AtMost, _) => out["valueRange"] = json!({"high": quantity(value, value.low)}),
        (Comparator::Greater | Comparator::AtLeast, _) => out["valueRange"] = json!({"low": quantity(value, value.low)}),
    }
    let taken = fact.when.as_ref().and_then(|when| when.from).or(shared.written);
    if let Some(taken) = taken {
        out["effectiveDateTime"] = json!(taken.to_string());
    }
    if let Some(author) = shared.author {
        out["performer"] = json!([{"reference": author}]);
    }
    let components = circumstance::components(shared.scanned, fact, codes, shared.measured);
    if !components.is_empty() {
        out["component"] = json!(components);
    }
    Ok(out)
}

fn quantity(value: &Measured, number: rust_decimal::Decimal) -> Value {
    // A decimal as written: serde_json reads the digits, so none is lost on the way.
    let number: Value = serde_json::from_str(&number.to_string()).unwrap_or(Value::Null);
    match &value.unit {
        Some(unit) => json!({"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}),
        None => json!({"value": number}),
    }
}

/// Words that say that what follows them is taken or used.
const USED: [&str; 31] = [
    "on",
    "take",
    "taken",
    "taking",
    "use",
    "used",
    "using",
    "continue",
    "continued",
    "continuing",
    "start",
    "started",
    "receive",
    "received",
    "receiving",
    "inject",
    "injecting",
    "wear",
    "wearing",
    "treated",
    "treatment",
    "maintained",
    "managed",
    "prescribed",
    "requires",
    "requiring",
    "tried",
    "trial",
    "failed",
    "stopped",
    "titrated",
];

/// Do the words say that it is taken or used, and not only that it exists?
fn used(fact: &Fact, shared: &Shared<'_>) -> bool {
    if fact.section == text::Section::Medications || fact.sig.is_some() || fact.therapy.is_some() {
        return true;
    }
    let Some((from, to)) = shared.scanned.layout.tokens.get(fact.sentence as usize) else { return false };
    let tokens = *from as usize..*to as usize;
    let before = tokens.clone().filter(|at| shared.scanned.tokens.list[*at].span.end <= fact.span.start).rev().take(6);
    let mut after = tokens.filter(|at| shared.scanned.tokens.list[*at].span.start >= fact.span.end).take(3);
    let number = after.any(|at| shared.scanned.tokens.list[at].class == text::tokens::Class::Number);
    number || before.into_iter().any(|at| USED.contains(&shared.scanned.normal(at)))
}

/// A medication: taken, not taken, stopped, or intended, with how it went.
fn medication(fact: &Fact, shared: &Shared<'_>) -> Result<Value, Option<Why>> {
    if !fact.axes.negated && !used(fact, shared) {
        return Err(Some(Why::Named));
    }
    let outcome = fact.therapy.as_ref().map(|therapy| therapy.outcome);
    let status = match (fact.axes.negated, outcome) {
        (true, _) | (_, Some(Outcome::Declined | Outcome::Contraindicated)) => "not-taken",
        (_, Some(Outcome::Failed | Outcome::Intolerant)) => "stopped",
        (_, Some(Outcome::Planned)) => return Err(Some(Why::Planned)),
        (_, Some(Outcome::Tried)) => "completed",
        (_, Some(Outcome::Effective) | None) if fact.axes.historical && !under_heading(fact, shared) => "completed",
        (_, Some(Outcome::Effective) | None) => "active",
    };
    let mut out = json!({"resourceType": "MedicationStatement", "status": status});
    if let Some(therapy) = &fact.therapy {
        out["statusReason"] = json!([reason(therapy, shared)]);
    }
    if let Some(when) = &fact.when
        && (when.from.is_some() || when.to.is_some())
    {
        let mut period = json!({});
        for (key, day) in [("start", when.from), ("end", when.to)] {
            if let Some(day) = day {
                period[key] = json!(day.to_string());
            }
        }
        out["effectivePeriod"] = period;
    }
    if let Some(written) = shared.written {
        out["dateAsserted"] = json!(written.to_string());
    }
    if let Some(author) = shared.author {
        out["informationSource"] = json!({"reference": author});
    }
    if let Some(dosage) = dosage(fact, shared) {
        out["dosage"] = json!([dosage]);
    }
    Ok(out)
}

fn under_heading(fact: &Fact, shared: &Shared<'_>) -> bool {
    fact.cues.iter().filter(|cue| cue.axis == text::Axis::Historical).all(|cue| is_heading(cue.span, shared))
}

fn reason(therapy: &Therapy, shared: &Shared<'_>) -> Value {
    let code = match therapy.outcome {
        Outcome::Tried => "tried",
        Outcome::Failed => "failed",
        Outcome::Intolerant => "intolerant",
        Outcome::Contraindicated => "contraindicated",
        Outcome::Declined => "declined",
        Outcome::Effective => "effective",
        Outcome::Planned => "planned",
    };
    let words = therapy.reason.unwrap_or(therapy.cue).of(shared.scanned.text);
    json!({"coding": [{"system": "urn:avedis:therapy-outcome", "code": code}], "text": words})
}

fn dosage(fact: &Fact, shared: &Shared<'_>) -> Option<Value> {
    let sig = fact.sig.as_ref()?;
    let words: Vec<&str> = sig.spans.iter().map(|span| span.of(shared.scanned.text)).collect();
    let mut out = json!({"text": words.join(" "), "asNeededBoolean": sig.as_needed});
    if let Some(dose) = sig.dose.as_ref().filter(|dose| dose.comparator == Comparator::Is && dose.high.is_none()) {
        out["doseAndRate"] = json!([{"doseQuantity": quantity(dose, dose.low)}]);
    }
    if let Some(route) = &sig.route {
        out["route"] = json!({"text": route});
    }
    if let Some(every) = &sig.every
        && let Some((period, unit)) = period(&every.period)
        && let Ok(times) = every.times.to_string().parse::<u32>()
    {
        out["timing"] = json!({"repeat": {"frequency": times, "period": period, "periodUnit": unit}});
    }
    Some(out)
}

/// `P1W` as 1 and `wk`, `PT8H` as 8 and `h`: the units of FHIR's timing. A duration of several units is none of them.
fn period(iso: &str) -> Option<(u32, &'static str)> {
    let (digits, units) = match iso.strip_prefix("PT") {
        Some(time) => (time, [('H', "h"), ('M', "min"), ('S', "s"), ('_', "")]),
        None => (iso.strip_prefix('P')?, [('D', "d"), ('W', "wk"), ('M', "mo"), ('Y', "a")]),
    };
    let unit = units.iter().find(|(letter, _)| digits.ends_with(*letter))?.1;
    Some((digits.get(..digits.len() - 1)?.parse().ok()?, unit))
}

/// Do the words say that it was done: by their section, a day, or that it is past?
fn done(fact: &Fact) -> bool {
    use text::Section::{Course, PastHistory, Procedures};
    fact.axes.historical || fact.when.is_some() || matches!(fact.section, Procedures | PastHistory | Course)
}

/// A procedure: done, not done; one that is only planned is no evidence.
fn procedure(fact: &Fact, shared: &Shared<'_>) -> Result<Value, Option<Why>> {
    let outcome = fact.therapy.as_ref().map(|therapy| therapy.outcome);
    let status = match (fact.axes.negated, outcome) {
        (true, _) | (_, Some(Outcome::Declined | Outcome::Contraindicated)) => "not-done",
        (_, Some(Outcome::Planned)) => return Err(Some(Why::Planned)),
        (false, None) if !done(fact) => "unknown",
        _ => "completed",
    };
    let mut out = json!({"resourceType": "Procedure", "status": status});
    if let Some(therapy) = &fact.therapy {
        out["outcome"] = reason(therapy, shared);
    }
    if let Some(done) = fact.when.as_ref().and_then(|when| when.from) {
        out["performedDateTime"] = json!(done.to_string());
    }
    if let Some(author) = shared.author {
        out["asserter"] = json!({"reference": author});
    }
    if let Some(side) = fact.side {
        out["bodySite"] = json!([{"text": side_word(side)}]);
    }
    Ok(out)
}

/// A device in use. That one is not used has no form in a DeviceUseStatement, so it is nothing here.
fn device(fact: &Fact, shared: &Shared<'_>) -> Result<Value, Option<Why>> {
    if fact.axes.negated {
        return Err(None);
    }
    if !used(fact, shared) {
        return Err(Some(Why::Named));
    }
    let status = if fact.axes.historical { "completed" } else { "active" };
    let mut out = json!({"resourceType": "DeviceUseStatement", "status": status, "device": {"reference": "#device"}});
    if let Some(start) = fact.when.as_ref().and_then(|when| when.from) {
        out["timingPeriod"] = json!({"start": start.to_string()});
    }
    if let Some(author) = shared.author {
        out["source"] = json!({"reference": author});
    }
    Ok(out)
}
