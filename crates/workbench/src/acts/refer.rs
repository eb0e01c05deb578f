//! Hand the case to a physician.

use super::panel::Plain;
use super::{Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use case::Truth;
use case::finding::Findings;
use workflow::people;

/// The form; the reason names the criteria that are not met. It holds no facts of the member: a reason is for the queue.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Plain {
    let unmet = |findings: &Findings| {
        let leaves = findings
            .criteria
            .iter()
            .filter(|c| c.truth != Truth::Met && !findings.criteria.iter().any(|other| other.parent.as_ref() == Some(&c.id)));
        leaves
            .map(|c| format!("{} ({})", c.title, if c.truth == Truth::NotMet { "not met" } else { "unknown" }))
            .collect::<Vec<_>>()
    };
    let lines = opened.case.undecided_lines();
    let found = lines.iter().filter_map(|n| opened.case.line(*n)?.findings.as_deref());
    let named: Vec<String> = found.flat_map(unmet).take(6).collect();
    let suggested =
        if named.is_empty() { String::new() } else { format!("Criteria that need a physician: {}.", named.join("; ")) };
    Plain { reason: typed.text("reason", suggested), open: typed.refused() }
}

/// Refers.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Refer, |desk| {
        let reason = desk.said("reason", "Say why a physician should look.")?;
        keep(people::refer(desk.platform, desk.acting, reason))
    })
}
