//! Ways a case ends without a decision: withdrawn, duplicate, void.

use super::{Refusal, said, undecided, within};
use crate::event::What;
use crate::state::Case;
use base::CaseId;

pub(super) fn withdraw(case: &Case, reason: String) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    within("reason", &reason)?;
    Ok(vec![What::Withdrawn { reason }])
}

pub(super) fn duplicate(case: &Case, of: CaseId) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    never_decided(case)?;
    Ok(vec![What::DuplicateFound { of }])
}

pub(super) fn void(case: &Case, reason: String) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    never_decided(case)?;
    said("reason", &reason)?;
    Ok(vec![What::Voided { reason }])
}

/// What was decided and told stays; it cannot be made undone by a word.
fn never_decided(case: &Case) -> Result<(), Refusal> {
    if case.decided_at.is_some() { Err(Refusal::Decided) } else { Ok(()) }
}
