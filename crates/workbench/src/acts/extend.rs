//! Extend the time frame, on a ground the clock's rule allows.

use super::{Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use crate::words;
use axum::response::Response;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub grounds: Vec<Choice>,
    pub rule: String,
    pub reason: String,
    pub open: bool,
}

/// The form; none when the rule that gives the due time allows no extension.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Option<Form> {
    let due = opened.case.due.as_ref()?;
    let grounds = opened.visit.platform().clocks.grounds(due)?;
    let choice = |ground: &String| Choice::new(ground.as_str(), words::from_slug(ground), typed.chosen("ground", ground, false));
    Some(Form {
        grounds: grounds.iter().map(choice).collect(),
        rule: format!("{}, {}", due.rule.id, due.rule.citation),
        reason: typed.text("reason", ""),
        open: typed.refused(),
    })
}

/// Extends it.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Extend, |desk| {
        let ground = desk.said("ground", "Choose a ground.")?;
        let reason = desk.said("reason", "Say why the extension is in the member's interest.")?;
        keep(people::extend(desk.platform, desk.acting, ground, reason))
    })
}
