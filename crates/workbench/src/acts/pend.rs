//! Move the case to another queue.

use super::{Failure, Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use crate::words;
use axum::response::Response;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub queues: Vec<Choice>,
    pub reason: String,
    pub open: bool,
}

/// The form: every queue but the one the case waits in.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let others = words::QUEUES.into_iter().filter(|queue| opened.case.queue() != Some(*queue));
    let choice = |queue| {
        let slug = words::queue_slug(queue);
        Choice::new(slug, words::queue_word(queue), typed.chosen("queue", slug, false))
    };
    Form { queues: others.map(choice).collect(), reason: typed.text("reason", ""), open: typed.refused() }
}

/// Moves it.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Pend, |desk| {
        let queue =
            words::queue_of(desk.fields.get("queue")).ok_or_else(|| Failure::Faults(vec!["Choose a queue.".to_owned()]))?;
        let reason = desk.said("reason", "Say why the case moves.")?;
        keep(people::pend(desk.platform, desk.acting, queue, reason))
    })
}
