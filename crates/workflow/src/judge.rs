//! Ask the criteria about every undecided line and record what they found.

use crate::draft::Draft;
use crate::reading::Papers;
use crate::{Error, Platform};
use base::{Date, NonEmpty, Timestamp};
use case::event::{Approval, Basis};
use case::request::{DocumentRef, Line};
use case::{Case, Command, Findings, Status};
use criteria::{FromDocuments, LineFacts, Record, Scope};
use jiff::tz::TimeZone;
use store::NewDocument;

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
    let loose = draft.loose_documents()?;
    let papers = Papers::new(platform, draft.tenant(), case, documents, &loose);
    let judged = evaluate(platform, case, draft.tenant(), documents, papers, draft.now())?;
    judged.keep.into_iter().for_each(|document| draft.document(document));
    if let Ok(lines) = NonEmpty::try_from(judged.exempt.clone()) {
        draft.act_as_software(Command::Approve { lines, basis: Basis::NotRequired })?;
    }
    if judged.findings.is_empty() && judged.uncovered.is_empty() {
        return Ok(());
    }
    let (findings, uncovered, approvals) = (judged.findings, judged.uncovered, judged.approvals);
    draft.act_as_software(Command::RecordFindings { findings, records, uncovered, approvals })
}

/// What the criteria said about the undecided lines.
pub(crate) struct Judged {
    pub findings: Vec<Findings>,
    pub uncovered: Vec<u32>,
    pub approvals: Vec<Approval>,
    pub exempt: Vec<Approval>,
    /// What was read, to be kept with the findings.
    pub keep: Vec<NewDocument>,
}

fn evaluate(
    platform: &Platform,
    case: &Case,
    tenant: &base::TenantId,
    documents: &[json::Document],
    mut papers: Papers<'_>,
    now: Timestamp,
) -> Result<Judged, Error> {
    let tenant = platform.tenant(tenant)?;
    let record = Record::of(documents);
    let mut judged =
        Judged { findings: Vec::new(), uncovered: Vec::new(), approvals: Vec::new(), exempt: Vec::new(), keep: Vec::new() };
    let received_on = received_on(case);
    for sequence in case.undecided_lines() {
        let Some(line) = case.asked(sequence) else { continue };
        let facts = LineFacts::of(line, received_on, day_in_zone(case, now), case.request.cover.line_of_business);
        if tenant.exempt.contains(&line.service) {
            judged.exempt.push(authorize(None, line, &facts));
            continue;
        }
        let Some(policy) = platform.library.policy_for(&facts.selection()) else {
            judged.uncovered.push(sequence);
            continue;
        };
        let read = if policy.reads() { papers.for_policy(policy)? } else { None };
        let both = read.as_ref().map(|(text, _)| Record::with_text(documents, std::slice::from_ref(text)));
        let weighed = both.as_ref().zip(read).map(|(record, (_, reading))| FromDocuments { record, reading });
        match criteria::evaluate_with(policy, &record, weighed, &facts, now, &tenant.signatures) {
            Ok(findings) => {
                judged.findings.push(findings);
                judged.approvals.push(authorize(policy.scope_for(&facts.selection()), line, &facts));
            }
            Err(_) => judged.uncovered.push(sequence),
        }
    }
    judged.keep = papers.kept();
    Ok(judged)
}

/// The day of receipt where the plan counts days.
pub(crate) fn received_on(case: &Case) -> Date {
    day_in_zone(case, case.receipt.received_at)
}

/// The day of a moment where the plan counts days.
pub(crate) fn day_in_zone(case: &Case, at: Timestamp) -> Date {
    let zone = TimeZone::get(&case.request.cover.zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).date()
}

/// What is authorized: what was asked, for the policy's usual period when no end was asked.
fn authorize(scope: Option<&Scope>, line: &Line, facts: &LineFacts) -> Approval {
    let from = facts.date_of_service;
    let days = scope.map_or(0, |scope| i64::from(scope.authorization_days).saturating_sub(1));
    let usual = from.checked_add(jiff::Span::new().days(days)).unwrap_or(from);
    Approval { line: line.sequence, from, to: line.service_to.unwrap_or(usual).max(from), quantity: line.quantity.clone() }
}

fn reference(case: &Case, document: &json::Document) -> Option<DocumentRef> {
    let hash = base::Hash::of(document.bytes());
    case.documents.iter().find(|d| d.hash == hash).cloned()
}
