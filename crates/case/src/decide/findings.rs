//! Criteria were evaluated. What the record proves under a signed policy is approved; everything else waits for a person.
//!
//! Unknown is never false and never true. There is no path from here to an adverse determination.

use super::approve::covers;
use super::{MAX_DOCUMENTS, Refusal, at_most, each_undecided, undecided};
use crate::event::{Approval, Basis, Intake, Queue, What};
use crate::finding::{Findings, Truth};
use crate::request::DocumentRef;
use crate::state::Case;
use base::NonEmpty;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn record(
    case: &Case,
    findings: Vec<Findings>,
    records: &[DocumentRef],
    uncovered: &[u32],
    approvals: &[Approval],
) -> Result<Vec<What>, Refusal> {
    each_undecided(case, findings.iter().map(|of| of.line).chain(uncovered.iter().copied()))?;
    at_most("records", records.len(), MAX_DOCUMENTS)?;
    let mut approved: Vec<(String, Approval)> = Vec::new();
    let mut waiting: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
    for line in undecided(case)? {
        let verdict = match findings.iter().find(|of| of.line == line) {
            Some(of) => verdict(case, of, approvals),
            None => Err("no computable policy covers the service"),
        };
        match verdict {
            Ok(one) => approved.push(one),
            Err(reason) => waiting.entry(reason).or_default().push(line),
        }
    }
    let mut whats: Vec<What> = findings
        .into_iter()
        .map(|findings| What::CriteriaEvaluated { findings: Arc::new(findings), records: records.to_vec() })
        .collect();
    whats.extend(approvals_by_policy(approved));
    whats.extend(pended(case, waiting));
    Ok(whats)
}

/// May the criteria approve this line? Everything that stands against it, the first in order of weight.
fn verdict(case: &Case, findings: &Findings, approvals: &[Approval]) -> Result<(String, Approval), &'static str> {
    match case.intake {
        // That other lines need no authorization says that member and cover are known.
        Some(Intake::Clear | Intake::NotRequired) => {}
        Some(Intake::Contradictory { .. }) => return Err("the request contradicts itself or its record"),
        _ => return Err("intake has not cleared member and cover"),
    }
    let line = case.line(findings.line).ok_or("the line is unknown")?;
    if line.prior.is_some() {
        return Err("a reopened line is decided by a person");
    }
    if findings.contradictions().next().is_some() && findings.root != Truth::Met {
        return Err("a document and the rest of the record contradict each other");
    }
    if findings.root != Truth::NotMet && findings.unread().next().is_some() {
        return Err("a document of the request could not be read");
    }
    match findings.root {
        Truth::Met => {}
        Truth::NotMet => return Err("the record shows that a criterion is not met"),
        Truth::Unknown => return Err("the record does not prove every criterion"),
    }
    if !findings.policy.signed {
        return Err("criteria are met, but no clinician has signed the policy for automatic approval");
    }
    let asked = case.asked(findings.line).ok_or("the line is unknown")?;
    let approval =
        approvals.iter().find(|one| one.line == findings.line).ok_or("criteria are met, but no period to authorize is set")?;
    if approval.from > approval.to || !covers(approval, asked) {
        return Err("criteria are met, but more is asked for than criteria may approve");
    }
    Ok((format!("{}@{}", findings.policy.id, findings.policy.version), approval.clone()))
}

fn approvals_by_policy(approved: Vec<(String, Approval)>) -> Vec<What> {
    let mut by_policy: BTreeMap<String, Vec<Approval>> = BTreeMap::new();
    for (policy, approval) in approved {
        by_policy.entry(policy).or_default().push(approval);
    }
    let event = |(policy, lines): (String, Vec<Approval>)| {
        let lines = NonEmpty::try_from(lines).ok()?;
        Some(What::Approved { lines, basis: Basis::Criteria { policy } })
    };
    by_policy.into_iter().filter_map(event).collect()
}

/// One event for all that waits: in the intake queue while member or cover is uncertain, else with a nurse.
fn pended(case: &Case, waiting: BTreeMap<&'static str, Vec<u32>>) -> Option<What> {
    let intake = !matches!(case.intake, Some(Intake::Clear | Intake::NotRequired | Intake::Contradictory { .. }));
    let queue = if intake { Queue::Intake } else { Queue::Nurse };
    let reason = waiting.keys().copied().collect::<Vec<_>>().join("; ");
    let mut lines: Vec<u32> = waiting.into_values().flatten().collect();
    lines.sort_unstable();
    Some(What::Pended { lines: NonEmpty::try_from(lines).ok()?, queue, reason })
}
