//! Evolve purely: an event changes the case.
use crate::{Case, Event};

/// Applies one event.
pub fn evolve(case: Option<Case>, _event: &Event) -> Option<Case> {
    case
}

/// The case after these events.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Case> {
    events.into_iter().fold(None, evolve)
}
