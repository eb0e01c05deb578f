//! Intake: who the member is, whether cover was in force, whether authorization is needed at all.

use super::{Context, Refusal, said, undecided};
use crate::event::{Approval, Basis, Intake, Queue, What};
use crate::request::Cover;
use crate::state::Case;
use base::{NonEmpty, Phi};
use jiff::tz::TimeZone;

pub(super) fn check(case: &Case, outcome: Intake, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    let lines = undecided(case)?;
    let matched = case.request.member.matched.is_some();
    match &outcome {
        Intake::Clear | Intake::NotRequired if !matched => return Err(Refusal::MemberUnmatched),
        Intake::CoverUncertain { reason } | Intake::Contradictory { reason } => said("reason", reason)?,
        Intake::Clear | Intake::NotRequired | Intake::MemberUnmatched => {}
    }
    let pend = |queue: Queue, reason: &str| {
        let lines = NonEmpty::try_from(lines.clone()).map_err(|_| Refusal::NothingUndecided)?;
        Ok::<What, Refusal>(What::Pended { lines, queue, reason: reason.to_owned() })
    };
    let mut whats = vec![What::IntakeChecked { outcome: outcome.clone() }];
    match outcome {
        Intake::Clear if case.queue() == Some(Queue::Intake) => whats.push(pend(Queue::Nurse, "intake cleared")?),
        Intake::Clear => {}
        Intake::NotRequired => whats.push(not_required(case, &lines, context)?),
        Intake::MemberUnmatched => whats.push(pend(Queue::Intake, "the member could not be matched with certainty")?),
        Intake::CoverUncertain { reason } => whats.push(pend(Queue::Intake, &reason)?),
        Intake::Contradictory { reason } => whats.push(pend(Queue::Nurse, &reason)?),
    }
    Ok(whats)
}

/// No authorization is needed: recorded as such for the days asked, so that a claim finds its answer.
fn not_required(case: &Case, lines: &[u32], context: &Context<'_>) -> Result<What, Refusal> {
    let zone = &case.request.cover.zone;
    let zone = TimeZone::get(zone).map_err(|_| crate::clock::Error::UnknownZone(zone.clone()))?;
    let today = zone.to_datetime(context.now).date();
    let approvals: Vec<Approval> = lines
        .iter()
        .filter_map(|sequence| case.asked(*sequence))
        .map(|line| {
            let from = line.service_from.unwrap_or(today);
            Approval { line: line.sequence, from, to: line.service_to.unwrap_or(from).max(from), quantity: line.quantity.clone() }
        })
        .collect();
    let lines = NonEmpty::try_from(approvals).map_err(|_| Refusal::NothingUndecided)?;
    Ok(What::Approved { lines, basis: Basis::NotRequired })
}

pub(super) fn match_member(case: &Case, member: Phi<String>, cover: Cover, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    said("member", member.expose())?;
    if case.request.member.matched.as_ref() == Some(&member) && case.request.cover == cover {
        return Ok(Vec::new());
    }
    let due = match &case.due {
        Some(due) => {
            let mut facts = due.facts.clone();
            facts.line_of_business = cover.line_of_business;
            facts.state = cover.state;
            facts.zone.clone_from(&cover.zone);
            Some(context.clocks.start(&facts)?).filter(|chosen| chosen != due)
        }
        None => None,
    };
    Ok(vec![What::MemberMatched { member, cover, due }])
}
