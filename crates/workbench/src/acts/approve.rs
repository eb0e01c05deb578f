//! Approve lines on a person's judgement: all that was asked, or nothing of that line. Less is an adverse determination.

use super::{Failure, Panel, Typed, authorized, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use base::NonEmpty;
use case::Truth;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub lines: Vec<LineView>,
    pub reason: String,
    pub open: bool,
}

/// A line of it.
pub(crate) struct LineView {
    pub sequence: u32,
    pub service: String,
    pub chosen: bool,
    pub authorized: authorized::View,
}

/// The form, prefilled with what was asked. It stands open when the criteria are met for every line that waits.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let undecided = opened.case.undecided_lines();
    let findings = |n: u32| opened.case.line(n).and_then(|line| line.findings.as_deref());
    let met = |n: &u32| findings(*n).is_some_and(|findings| findings.root == Truth::Met);
    let all_met = !undecided.is_empty() && undecided.iter().all(met);
    let view = |n: &u32| {
        let line = opened.case.asked(*n)?;
        Some(LineView {
            sequence: *n,
            service: line.service.code.clone(),
            chosen: typed.chosen("line", &n.to_string(), undecided.len() == 1 || met(n)),
            authorized: authorized::view(opened, line, typed),
        })
    };
    let policies = || undecided.iter().filter_map(|n| findings(*n)).map(|f| format!("{} {}", f.policy.id, f.policy.version));
    let mut policies: Vec<_> = policies().collect();
    policies.dedup();
    let suggested =
        if all_met { format!("The record meets every criterion of {}.", policies.join(" and ")) } else { String::new() };
    Form {
        lines: undecided.iter().filter_map(view).collect(),
        reason: typed.text("reason", suggested),
        open: typed.refused() || all_met,
    }
}

/// Approves.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Approve, |desk| {
        let mut faults = Vec::new();
        let chosen = desk.case.undecided_lines().into_iter().filter(|n| desk.fields.has("line", &n.to_string()));
        let lines: Vec<_> = chosen.filter_map(|n| authorized::read(desk.fields, n, &mut faults)).collect();
        if desk.fields.get("reason").is_empty() {
            faults.push("Say in a few words why this is approved.".to_owned());
        }
        if lines.is_empty() && faults.is_empty() {
            faults.push("Choose at least one line.".to_owned());
        }
        match NonEmpty::try_from(lines) {
            Ok(lines) if faults.is_empty() => {
                keep(people::approve(desk.platform, desk.acting, lines, desk.fields.get("reason").to_owned()))
            }
            _ => Err(Failure::Faults(faults)),
        }
    })
}
