//! Deny, reduce or modify lines: a licensed reviewer's determination with their attestation.
//!
//! The form comes with the criterion and the patient's fact filled in, because a denial without either is worthless to
//! everybody. The statement is the one of the authority rules; its box is never ticked for the reviewer.

use super::{Failure, Panel, Typed, authorized, keep, perform};
use crate::case_page::Opened;
use crate::form::Fields;
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use axum::response::Response;
use base::{Code, NonEmpty, Phi, system};
use case::Truth;
use case::event::{Adverse, AdverseOutcome};
use case::finding::{Finding, Findings};
use case::state::Case;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub lines: Vec<LineView>,
    pub rationale: String,
    pub statement: String,
    pub confirmed: bool,
    pub reviewer: String,
    pub open: bool,
}

/// A line of it.
pub(crate) struct LineView {
    pub sequence: u32,
    pub service: String,
    pub outcomes: Vec<Choice>,
    pub criteria: Vec<Choice>,
    pub provision: String,
    pub reason: String,
    pub other_service: String,
    pub authorized: authorized::View,
}

const OUTCOMES: [(&str, &str); 4] = [
    ("", "Leave undecided"),
    ("denied", "Deny"),
    ("partial", "Approve less: a smaller quantity or period"),
    ("modified", "Approve another service in its place"),
];

/// The form, prefilled.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let staff = opened.staff;
    let statement = opened.visit.platform().authority.statement().to_owned();
    let licences = staff.licences.iter().map(|l| format!("{} {} to {}", l.kind, l.state, l.expires)).collect::<Vec<_>>();
    let undecided = opened.case.undecided_lines();
    Form {
        lines: undecided.iter().filter_map(|n| line(opened, *n, typed, undecided.len() == 1)).collect(),
        rationale: typed.text("rationale", rationale(opened.case)),
        confirmed: typed.chosen("statement", &statement, false),
        statement,
        reviewer: format!("{}; {}; {}", staff.name, licences.join(", "), staff.specialties.join(", ")),
        open: typed.refused(),
    }
}

fn line(opened: &Opened<'_>, n: u32, typed: Typed<'_>, only: bool) -> Option<LineView> {
    let asked = opened.case.asked(n)?;
    let findings = opened.case.line(n).and_then(|line| line.findings.as_deref());
    let outcome = |(value, label): (&str, &str)| {
        Choice::new(value, label, typed.chosen(&format!("outcome-{n}"), value, value == if only { "denied" } else { "" }))
    };
    Some(LineView {
        sequence: n,
        service: asked.service.code.clone(),
        outcomes: OUTCOMES.into_iter().skip(usize::from(only)).map(outcome).collect(),
        criteria: findings.map(|findings| criteria(findings, n, typed)).unwrap_or_default(),
        provision: typed.text(&format!("provision-{n}"), ""),
        reason: typed.text(&format!("reason-{n}"), ""),
        other_service: typed.text(&format!("service-{n}"), ""),
        authorized: authorized::view(opened, asked, typed),
    })
}

/// Criteria without children, the most telling first: not met, then unknown. What is met denies nothing.
fn telling(findings: &Findings) -> Vec<&Finding> {
    let is_leaf = |finding: &&Finding| !findings.criteria.iter().any(|other| other.parent.as_ref() == Some(&finding.id));
    let of = |truth: Truth| findings.criteria.iter().filter(is_leaf).filter(move |finding| finding.truth == truth);
    of(Truth::NotMet).chain(of(Truth::Unknown)).collect()
}

fn criterion_name(findings: &Findings, finding: &Finding) -> String {
    format!("{} {} {}", findings.policy.id, findings.policy.version, finding.id)
}

fn criteria(findings: &Findings, n: u32, typed: Typed<'_>) -> Vec<Choice> {
    let choice = |(place, finding): (usize, &Finding)| {
        let value = criterion_name(findings, finding);
        let state = if finding.truth == Truth::NotMet { "Not met" } else { "Unknown" };
        let label = format!("{state}: {} ({})", finding.title, finding.citation);
        let chosen = typed.chosen(&format!("criterion-{n}"), &value, place == 0);
        Choice::new(value, label, chosen)
    };
    telling(findings).into_iter().enumerate().map(choice).collect()
}

/// Words to begin from: the criterion, and what the record says about it.
fn rationale(case: &Case) -> String {
    let mut sentences = Vec::new();
    for n in case.undecided_lines() {
        let Some((asked, findings)) = case.asked(n).zip(case.line(n).and_then(|line| line.findings.as_deref())) else { continue };
        let Some(finding) = telling(findings).first().copied() else { continue };
        let says = finding.evidence.iter().map(|evidence| evidence.says.expose().as_str()).collect::<Vec<_>>().join("; ");
        let (what, fact) = match (finding.truth, says.is_empty()) {
            (Truth::NotMet, false) => ("is not met", format!("The record shows: {says}.")),
            (Truth::NotMet, true) => ("is not met", String::new()),
            _ => {
                ("is not shown by the record", if says.is_empty() { String::new() } else { format!("The record shows: {says}.") })
            }
        };
        let sentence =
            format!("{}: the criterion \"{}\" ({}) {what}. {fact}", asked.service.code, finding.title, finding.citation);
        sentences.push(sentence.trim_end().to_owned());
    }
    sentences.join("\n")
}

/// Determines.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Determine, |desk| {
        let mut faults = Vec::new();
        let lines: Vec<_> =
            desk.case.undecided_lines().into_iter().filter_map(|n| read(desk.case, desk.fields, n, &mut faults)).collect();
        if lines.is_empty() && faults.is_empty() {
            faults.push("Say for at least one line what is decided.".to_owned());
        }
        let rationale = desk.fields.get("rationale");
        if rationale.is_empty() {
            faults.push("Write the rationale: the criterion, and the fact of this patient.".to_owned());
        }
        if desk.fields.get("statement").is_empty() {
            faults.push("Read the statement and tick it if it is true.".to_owned());
        }
        match NonEmpty::try_from(lines) {
            Ok(lines) if faults.is_empty() => {
                let rationale = Phi::new(rationale.to_owned());
                keep(people::determine(desk.platform, desk.acting, lines, rationale, desk.fields.get("statement")))
            }
            _ => Err(Failure::Faults(faults)),
        }
    })
}

fn read(case: &Case, fields: &Fields, n: u32, faults: &mut Vec<String>) -> Option<Adverse> {
    let field = |name: &str| fields.get(&format!("{name}-{n}"));
    let outcome = match field("outcome") {
        "denied" => AdverseOutcome::Denied,
        "partial" => AdverseOutcome::Partial { authorized: authorized::read(fields, n, faults)? },
        "modified" => {
            if field("service").is_empty() {
                faults.push(format!("Line {n}: give the code of the service approved in its place."));
            }
            let system = case.asked(n).map_or(system::HCPCS, |line| line.service.system.as_str());
            AdverseOutcome::Modified {
                authorized: authorized::read(fields, n, faults)?,
                service: Code::new(system, field("service")),
            }
        }
        _ => return None,
    };
    if field("reason").is_empty() {
        faults.push(format!("Line {n}: give the reason code (X12 886)."));
    }
    let provision = field("provision");
    let criterion = if provision.is_empty() { field("criterion") } else { provision };
    if criterion.is_empty() {
        faults.push(format!("Line {n}: name the criterion or the benefit provision."));
    }
    let reason = Code::new(system::X12_REASON, field("reason"));
    Some(Adverse { line: n, outcome, reason, criterion: criterion.to_owned() })
}
