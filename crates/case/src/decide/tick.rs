//! Time passed. A near or missed due time, an answer that did not come, an authorization that ended are recorded; nothing is
//! decided by the passing of time.

use super::Refusal;
use crate::event::{Queue, What};
use crate::state::{Case, TimerKind};
use base::{NonEmpty, Timestamp};

/// The miss that must stand before anything else that happens to the case now.
pub(super) fn overdue(case: &Case, now: Timestamp) -> Vec<What> {
    match &case.due {
        Some(due) if case.is_open() && now > due.due_at && case.missed_at != Some(due.due_at) => {
            vec![What::ClockMissed { due_at: due.due_at, on_miss: due.rule.on_miss.clone() }]
        }
        _ => Vec::new(),
    }
}

pub(super) fn tick(case: &Case, now: Timestamp) -> Result<Vec<What>, Refusal> {
    let mut whats = Vec::new();
    for timer in case.timers().into_iter().filter(|timer| timer.at <= now) {
        match (timer.kind, &case.due) {
            (TimerKind::Near, Some(due)) if now <= due.due_at => whats.push(What::ClockNear { due_at: due.due_at }),
            // A miss stands already, before this act; a warning after it helps nobody.
            (TimerKind::Near | TimerKind::Missed, _) => {}
            (TimerKind::Answer, _) => {
                if let Ok(lines) = NonEmpty::try_from(case.undecided_lines()) {
                    let reason = "the time to answer has passed without an answer".to_owned();
                    whats.push(What::Pended { lines, queue: Queue::Nurse, reason });
                }
            }
            (TimerKind::Expire, _) => whats.push(What::Expired),
        }
    }
    Ok(whats)
}
