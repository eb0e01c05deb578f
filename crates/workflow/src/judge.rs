//! Ask the criteria about every undecided line and record what they found.

use crate::draft::Draft;
use crate::{Error, Platform};
use base::Date;
use case::event::{Approval, Queue};
use case::request::{DocumentRef, Line};
use case::{Actor, Case, Command, Findings, Status};
use criteria::{LineFacts, Record};
use jiff::tz::TimeZone;

/// A case whose undecided lines the criteria may be asked about.
#[must_use]
pub fn may_be_judged(case: &Case) -> bool {
    let open = matches!(case.status, Status::Received | Status::Pended { .. });
    open && case.request.member.matched.is_some() && !case.undecided_lines().is_empty()
}

/// Evaluates the policies in force over the given documents and records the findings.
///
/// # Errors
/// A refusal of the case; an evaluation that breaks off is not an error but a pend.
pub(crate) fn judge(platform: &Platform, draft: &mut Draft<'_>, documents: &[json::Document]) -> Result<(), Error> {
    let Some(case) = draft.case() else { return Err(Error::NoSuchCase) };
    let records: Vec<DocumentRef> = documents.iter().filter_map(|d| reference(case, d)).collect();
    let judged = evaluate(platform, case, draft.tenant(), documents)?;
    if judged.findings.is_empty() && judged.uncovered.is_empty() {
        return Ok(());
    }
    match judged.broken {
        None => draft.act_as(
            Actor::Software,
            Command::RecordFindings {
                findings: judged.findings,
                records,
                uncovered: judged.uncovered,
                approvals: judged.approvals,
            },
        ),
        Some(reason) => draft.act_as(Actor::Software, Command::Pend { queue: Queue::Nurse, reason }),
    }
}

/// What the criteria said about the undecided lines.
pub(crate) struct Judged {
    pub findings: Vec<Findings>,
    pub uncovered: Vec<u32>,
    pub approvals: Vec<Approval>,
    pub broken: Option<String>,
}

fn evaluate(
    platform: &Platform,
    case: &Case,
    tenant: &base::TenantId,
    documents: &[json::Document],
) -> Result<Judged, Error> {
    let tenant = platform.tenant(tenant)?;
    let record = Record::of(documents);
    let mut judged = Judged { findings: Vec::new(), uncovered: Vec::new(), approvals: Vec::new(), broken: None };
    let received_on = received_on(case);
    for sequence in case.undecided_lines() {
        let Some(line) = case.asked(sequence) else { continue };
        let facts = LineFacts::of(line, received_on, case.request.cover.line_of_business);
        let Some(policy) = platform.library.policy_for(&facts.selection()) else {
            judged.uncovered.push(sequence);
            continue;
        };
        match criteria::evaluate(policy, &record, &facts, case.request.receipt.recorded_at, &tenant.signatures) {
            Ok(findings) => {
                judged.findings.push(findings);
                judged.approvals.push(authorize(policy, line, &facts));
            }
            Err(error) => judged.broken = Some(format!("line {sequence}: the criteria could not be evaluated ({})", error.code())),
        }
    }
    Ok(judged)
}

/// The day of receipt where the plan counts days.
pub(crate) fn received_on(case: &Case) -> Date {
    let zone = TimeZone::get(&case.request.cover.zone).unwrap_or(TimeZone::UTC);
    case.request.receipt.received_at.to_zoned(zone).date()
}

/// What is authorized when the criteria approve: what was asked, for the policy's default period when no end was asked.
fn authorize(policy: &criteria::Policy, line: &Line, facts: &LineFacts) -> Approval {
    let from = facts.date_of_service;
    let to = line.service_to.unwrap_or_else(|| policy.default_end(from));
    Approval { line: line.sequence, from, to: to.max(from), quantity: line.quantity.clone() }
}

fn reference(case: &Case, document: &json::Document) -> Option<DocumentRef> {
    let hash = base::Hash::of(document.bytes());
    case.documents.iter().find(|d| d.hash == hash).cloned()
}
