//! Moving a case between queues and hands, and recording notices.

use super::{Refusal, said, undecided};
use crate::event::{Queue, What};
use crate::request::Channel;
use crate::state::Case;
use base::{NonEmpty, UserId};

pub(super) fn pend(case: &Case, queue: Queue, reason: String) -> Result<Vec<What>, Refusal> {
    let lines = NonEmpty::try_from(undecided(case)?).map_err(|_| Refusal::NothingUndecided)?;
    said("reason", &reason)?;
    if queue == Queue::Facts && case.asks.is_empty() {
        return Err(Refusal::NothingWasAsked);
    }
    Ok(vec![What::Pended { lines, queue, reason }])
}

pub(super) fn assign(case: &Case, to: UserId) -> Result<Vec<What>, Refusal> {
    if !case.is_open() {
        return Err(Refusal::Closed);
    }
    if case.assigned.as_ref() == Some(&to) {
        return Ok(Vec::new());
    }
    Ok(vec![What::Assigned { to }])
}

pub(super) fn refer(case: &Case, reason: String) -> Result<Vec<What>, Refusal> {
    undecided(case)?;
    said("reason", &reason)?;
    Ok(vec![What::Referred { reason }])
}

/// Notices leave after decisions too, so a closed case takes them.
pub(super) fn notice(channel: Channel, about: String) -> Result<Vec<What>, Refusal> {
    said("about", &about)?;
    Ok(vec![What::NoticeSent { channel, about }])
}
