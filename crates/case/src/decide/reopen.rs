//! Decided lines are opened again for a cause the law allows. What was decided stays in effect until decided anew.

use super::{Context, Refusal, said};
use crate::clock::Facts;
use crate::event::{ReopenCause, What};
use crate::state::{Case, Decision, Status};
use base::NonEmpty;
use jiff::SignedDuration;

pub(super) fn reopen(
    case: &Case,
    cause: ReopenCause,
    reason: String,
    lines: &[u32],
    context: &Context<'_>,
) -> Result<Vec<What>, Refusal> {
    said("reason", &reason)?;
    let is_decided = |decision: &Decision| matches!(decision, Decision::Approved { .. } | Decision::Adverse { .. });
    let (Status::Decided | Status::Expired, Some(decided_at)) = (&case.status, case.decided_at) else {
        return Err(if case.is_open() { Refusal::StillOpen } else { Refusal::Closed });
    };
    let rule = context.authority.reopen(case.request.cover.line_of_business, cause).ok_or(Refusal::ReopenCause { cause })?;
    if let Some(days) = rule.within_days
        && context.now.duration_since(decided_at) > SignedDuration::from_hours(days * 24)
    {
        return Err(Refusal::ReopenCause { cause });
    }
    let mut seen = std::collections::BTreeSet::new();
    for sequence in lines {
        match case.line(*sequence) {
            None => return Err(Refusal::UnknownLine(*sequence)),
            Some(line) if !is_decided(&line.decision) => return Err(Refusal::LineCancelled(*sequence)),
            Some(_) if !seen.insert(*sequence) => return Err(Refusal::LineTwice(*sequence)),
            Some(_) => {}
        }
    }
    let every = || case.lines.iter().filter(|(_, line)| is_decided(&line.decision)).map(|(sequence, _)| *sequence).collect();
    let lines: Vec<u32> = if lines.is_empty() { every() } else { lines.to_vec() };
    let lines = NonEmpty::try_from(lines).map_err(|_| Refusal::NothingAsked)?;
    // The law sets no time for a reopened review; the time of an initial decision, from now, is the plan's promise.
    let mut facts = Facts::of(&case.request, &case.receipt);
    facts.received_at = context.now;
    facts.representative_form_at = None;
    Ok(vec![What::Reopened { cause, reason, lines, due: context.clocks.start(&facts)? }])
}
