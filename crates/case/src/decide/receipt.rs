//! The moment of receipt is corrected with evidence, and the clock counted anew from it.

use super::receive::check_received;
use super::{Context, Refusal, undecided};
use crate::event::What;
use crate::request::DocumentRef;
use crate::state::Case;
use base::Timestamp;

pub(super) fn correct(
    case: &Case,
    received_at: Timestamp,
    evidence: DocumentRef,
    context: &Context<'_>,
) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    check_received(received_at, case.receipt.recorded_at)?;
    if evidence.bytes == 0 {
        return Err(Refusal::ReceiptEvidence);
    }
    if received_at == case.receipt.received_at {
        return Ok(Vec::new());
    }
    // A case opened again, or decided and then updated, runs on a clock that did not start with the first receipt.
    let due = match &case.due {
        Some(due) if due.facts.received_at == case.receipt.received_at => {
            let mut facts = due.facts.clone();
            facts.received_at = received_at;
            Some(context.clocks.start(&facts)?)
        }
        _ => None,
    };
    Ok(vec![What::ReceiptCorrected { received_at, evidence, due }])
}
