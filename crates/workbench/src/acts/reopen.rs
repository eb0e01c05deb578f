//! Open decided lines again, for a cause the law allows.

use super::{Failure, Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use crate::words;
use axum::response::Response;
use case::state::Decision;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub causes: Vec<Choice>,
    pub lines: Vec<Choice>,
    pub reason: String,
    pub open: bool,
}

/// The form: the causes a rule allows for this line of business, and the decided lines.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let business = opened.case.request.cover.line_of_business;
    let allowed = |cause| opened.visit.platform().authority.reopen(business, cause).is_some();
    let causes = words::CAUSES.into_iter().filter(|(cause, ..)| allowed(*cause));
    let decided = opened
        .case
        .lines
        .iter()
        .filter(|(_, line)| matches!(line.decision, Decision::Approved { .. } | Decision::Adverse { .. }));
    let line =
        |n: &u32, word: &str| Choice::new(n.to_string(), format!("Line {n}: {word}"), typed.chosen("line", &n.to_string(), true));
    Form {
        causes: causes.map(|(_, slug, word)| Choice::new(slug, word, typed.chosen("cause", slug, false))).collect(),
        lines: decided.map(|(n, state)| line(n, words::decision(&state.decision).word)).collect(),
        reason: typed.text("reason", ""),
        open: typed.refused(),
    }
}

/// Reopens.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Reopen, |desk| {
        let cause = words::CAUSES.iter().find(|(_, slug, _)| *slug == desk.fields.get("cause")).map(|(cause, ..)| *cause);
        let cause = cause.ok_or_else(|| Failure::Faults(vec!["Choose a cause.".to_owned()]))?;
        let reason = desk.said("reason", "Say what the cause is here.")?;
        let lines: Vec<u32> = desk.fields.all("line").filter_map(|n| n.parse().ok()).collect();
        if lines.is_empty() {
            return Err(Failure::Faults(vec!["Choose at least one line.".to_owned()]));
        }
        keep(people::reopen(desk.platform, desk.acting, cause, reason, lines))
    })
}
