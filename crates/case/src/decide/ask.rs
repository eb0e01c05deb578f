//! Facts are asked of the requester, and come. The clock waits only where its row says so, and never for software.

use super::{Context, MAX_ASKS, MAX_DOCUMENTS, Refusal, at_most, said, undecided};
use crate::clock::{Tolled, answer_helps_until};
use crate::event::{Actor, Ask, What};
use crate::request::DocumentRef;
use crate::state::Case;
use base::NonEmpty;

pub(super) fn ask(case: &Case, asks: NonEmpty<Ask>, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    let lines = undecided(case)?;
    at_most("questions", case.asks.len() + asks.len(), MAX_ASKS)?;
    for one in &asks {
        said("question", &one.text)?;
        if case.line(one.line).is_none() {
            return Err(Refusal::UnknownLine(one.line));
        }
        if !lines.contains(&one.line) {
            return Err(Refusal::LineDecided(one.line));
        }
    }
    let due = case.due.as_ref().ok_or(Refusal::NothingUndecided)?;
    let Tolled { respond_by, due } = match context.actor {
        // Software may ask, but it may not delay (Cal. H&S 1367.01(k)): its question leaves the clock alone.
        Actor::Software => Tolled { respond_by: answer_helps_until(due, context.now), due: None },
        Actor::Person(_) | Actor::Client(_) => context.clocks.toll(due, context.now)?,
    };
    Ok(vec![What::InformationRequested { asks, respond_by, due }])
}

pub(super) fn receive(case: &Case, documents: NonEmpty<DocumentRef>, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    at_most("documents", case.documents.len() + documents.len(), MAX_DOCUMENTS)?;
    let due = match &case.due {
        Some(due) => context.clocks.resume(due, context.now)?,
        None => None,
    };
    if due.is_none() && case.asks.is_empty() && documents.iter().all(|document| case.documents.contains(document)) {
        return Ok(Vec::new());
    }
    Ok(vec![What::InformationReceived { documents, due }])
}
