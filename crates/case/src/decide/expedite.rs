//! Expedited handling is asked for, or refused.

use super::{Context, Refusal, said, undecided};
use crate::event::What;
use crate::request::Urgency;
use crate::state::Case;

pub(super) fn expedite(case: &Case, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    if case.request.urgency == Urgency::Expedited {
        return Ok(Vec::new());
    }
    let due = case.due.as_ref().ok_or(Refusal::NothingUndecided)?;
    Ok(vec![What::Expedited { due: context.clocks.expedite(due, context.now)? }])
}

pub(super) fn refuse(case: &Case, reason: String, physician_asked: bool, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    said("reason", &reason)?;
    if physician_asked {
        return Err(Refusal::PhysicianAsked);
    }
    if case.request.urgency != Urgency::Expedited {
        return Err(Refusal::NotExpedited);
    }
    let due = case.due.as_ref().map(|due| context.clocks.refuse_expedite(due)).transpose()?;
    Ok(vec![What::ExpediteRefused { reason, due }])
}
