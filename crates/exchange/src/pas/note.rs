//! `processNote`: the decision in plain words, for the people of the provider's office.

use super::act::{Action, LineView};
use case::clock::Due;
use case::event::{AdverseOutcome, Approval, Basis, Queue};
use case::finding::{Findings, Truth};
use case::state::{Case, Decision, Status};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// Findings named in one note at most; the rest is in the record.
const FINDINGS_MAX: usize = 6;

/// Longest note, in characters.
const NOTE_MAX: usize = 2_000;

/// Makes the notes of every line and numbers them; each line remembers its numbers.
pub(super) fn notes(case: &Case, lines: &mut [LineView<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    for line in lines {
        for text in line_notes(case, line) {
            notes.push(shorten(text));
            line.notes.push(notes.len() as u32);
        }
    }
    notes
}

fn line_notes(case: &Case, line: &LineView<'_>) -> Vec<String> {
    let number = line.sequence;
    match (&line.state.decision, line.action) {
        (Decision::Approved { approval, basis, .. }, _) => approved(number, approval, basis, line.state.findings.as_deref()),
        (Decision::Adverse { adverse, attestation, rationale, .. }, _) => {
            let what = match &adverse.outcome {
                AdverseOutcome::Denied => "is not approved".to_owned(),
                AdverseOutcome::Partial { authorized } => format!("is approved in part: {}", authorized_words(authorized)),
                AdverseOutcome::Modified { authorized, service } => {
                    format!("is approved as {} instead: {}", service.code, authorized_words(authorized))
                }
            };
            let mut text = format!("Line {number} {what}. {}", rationale.expose());
            if !adverse.criterion.is_empty() {
                let _ = write!(text, " Criterion: {}.", adverse.criterion);
            }
            let _ = write!(text, " Decided by a licensed clinician ({}).", attestation.specialty);
            vec![text]
        }
        (Decision::Cancelled, _) => vec![format!("Line {number} was cancelled by the requester.")],
        (Decision::Undecided, Action::Cancelled) => {
            vec![format!("Line {number} is closed without a decision: {}.", closed(case))]
        }
        (Decision::Undecided, _) => vec![pended(case, line)],
    }
}

fn approved(number: u32, approval: &Approval, basis: &Basis, findings: Option<&Findings>) -> Vec<String> {
    let by = match basis {
        Basis::NotRequired => return vec![format!("Line {number} needs no authorization under this plan.")],
        Basis::Person { .. } => "by a reviewer".to_owned(),
        Basis::Criteria { policy } => match findings {
            Some(findings) => format!(
                "by the criteria of policy {} version {} ({})",
                findings.policy.id, findings.policy.version, findings.policy.source
            ),
            None => format!("by the criteria of policy {policy}"),
        },
    };
    let mut notes = vec![format!("Line {number} is approved {by}: {}.", authorized_words(approval))];
    if let Some(findings) = findings.filter(|_| matches!(basis, Basis::Criteria { .. })) {
        notes.extend(evidence(number, findings));
    }
    notes
}

/// What an approval by criteria rests on.
fn evidence(number: u32, findings: &Findings) -> Option<String> {
    let mut text = format!("Line {number} rests on");
    let mut named = 0;
    let met = findings.criteria.iter().filter(|finding| finding.truth == Truth::Met && !finding.evidence.is_empty());
    for finding in met.take(FINDINGS_MAX) {
        let said: Vec<&str> = finding.evidence.iter().map(|evidence| evidence.says.expose().as_str()).collect();
        let comma = if named == 0 { ":" } else { ";" };
        let _ = write!(text, "{comma} {} ({}): {}", finding.title, finding.citation, said.join(", "));
        named += 1;
    }
    text.push('.');
    (named > 0).then_some(text)
}

fn pended(case: &Case, line: &LineView<'_>) -> String {
    let why = match &case.status {
        Status::Pended { queue: Queue::Facts, .. } => "information is needed from the requester",
        Status::Pended { queue: Queue::Intake, .. } => "member, cover or request are being checked",
        Status::Pended { queue: Queue::Nurse | Queue::Physician, .. } => "a clinician reviews it",
        _ => "it was received and is being processed",
    };
    let mut text = format!("Line {} is pended: {why}.", line.sequence);
    let missing = missing(case, line);
    if !missing.is_empty() {
        let _ = write!(text, " It could be approved with: {}.", missing.join("; "));
    }
    if line.state.prior.is_some() {
        text.push_str(" It was reopened; the earlier decision stays in effect until it is decided anew.");
    }
    if let Some(due) = &case.due {
        let _ = write!(text, " {}", due_words(due, &case.request.cover.zone));
    }
    text
}

/// Facts that would turn a pend into an approval: what was asked of the requester, else the smallest set the criteria found.
pub(super) fn missing<'a>(case: &'a Case, line: &LineView<'a>) -> Vec<&'a str> {
    if line.action != Action::Pended {
        return Vec::new();
    }
    let asked: Vec<&str> = case.asks.iter().filter(|ask| ask.line == line.sequence).map(|ask| ask.text.as_str()).collect();
    if !asked.is_empty() {
        return asked;
    }
    let best = line.state.findings.as_ref().and_then(|findings| findings.missing.first());
    best.map(|set| set.asks.iter().map(String::as_str).collect()).unwrap_or_default()
}

/// `A decision is due by 2026-11-28 17:00 EST: 7 calendar days from receipt (42 CFR ...).`
pub(super) fn due_words(due: &Due, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = due.due_at.to_zoned(zone);
    format!("A decision is due by {}: {} ({}).", at.strftime("%Y-%m-%d %H:%M %Z"), due.rule.words, due.rule.citation)
}

fn authorized_words(approval: &Approval) -> String {
    let mut text = format!("authorized {} to {}", approval.from, approval.to);
    if let Some(quantity) = &approval.quantity {
        let _ = write!(text, ", quantity {} {}", quantity.value, quantity.unit);
    }
    text.trim_end().to_owned()
}

fn closed(case: &Case) -> String {
    match &case.status {
        Status::Duplicate { of } => format!("it repeats an earlier request, {of}"),
        Status::Voided => "it was opened in error".to_owned(),
        _ => "the request was withdrawn".to_owned(),
    }
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(NOTE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
