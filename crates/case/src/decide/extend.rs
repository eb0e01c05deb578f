//! The time frame is extended: once, on a ground the row names, before the due time, with notice.

use super::{Context, Refusal, said, undecided};
use crate::event::What;
use crate::state::Case;

pub(super) fn extend(case: &Case, ground: String, reason: String, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    said("ground", &ground)?;
    said("reason", &reason)?;
    let due = case.due.as_ref().ok_or(Refusal::NothingUndecided)?;
    let due = context.clocks.extend(due, &ground, context.now)?;
    Ok(vec![What::Extended { ground, reason, due }])
}
