//! Ask the requester for facts, composed from the smallest sets that would make a line approvable.

use super::{Failure, Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use axum::response::Response;
use base::NonEmpty;
use case::event::Ask;
use case::finding::Findings;
use case::state::Case;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub lines: Vec<LineView>,
    pub text: String,
    pub text_line: Vec<Choice>,
    pub open: bool,
}

/// The sets of a line, best first.
pub(crate) struct LineView {
    pub sequence: u32,
    pub service: String,
    pub sets: Vec<Vec<Choice>>,
}

/// Names an ask of a missing set in the form: line, set, place.
fn name(line: u32, set: usize, place: usize) -> String {
    format!("{line}.{set}.{place}")
}

/// The form: the first set of each line is ticked.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let undecided = opened.case.undecided_lines();
    let view = |n: &u32| {
        let findings = opened.case.line(*n)?.findings.as_deref()?;
        let choice = |set: usize, place: usize, ask: &String| {
            let value = name(*n, set, place);
            let chosen = typed.chosen("ask", &value, set == 0);
            Choice::new(value, ask.as_str(), chosen)
        };
        let sets = findings.missing.iter().enumerate();
        let sets: Vec<Vec<Choice>> =
            sets.map(|(set, missing)| missing.asks.iter().enumerate().map(|(p, ask)| choice(set, p, ask)).collect()).collect();
        let service = opened.case.asked(*n)?.service.code.clone();
        (!sets.is_empty()).then_some(LineView { sequence: *n, service, sets })
    };
    let line_choice = |n: &u32| Choice::new(n.to_string(), format!("Line {n}"), typed.chosen("text-line", &n.to_string(), false));
    Form {
        lines: undecided.iter().filter_map(view).collect(),
        text: typed.text("text", ""),
        text_line: undecided.iter().map(line_choice).collect(),
        open: typed.refused(),
    }
}

/// The asks that are ticked, found again in the findings of the case.
fn ticked(case: &Case, is_ticked: impl Fn(&str) -> bool) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    for line in case.undecided_lines() {
        let Some(findings) = case.line(line).and_then(|state| state.findings.as_deref()) else { continue };
        for (set, missing) in findings.missing.iter().enumerate() {
            for (place, text) in missing.asks.iter().enumerate() {
                if is_ticked(&name(line, set, place)) && !asks.iter().any(|ask| ask.line == line && ask.text == *text) {
                    asks.push(Ask { line, criterion: criterion(findings, set, place), text: text.clone() });
                }
            }
        }
    }
    asks
}

fn criterion(findings: &Findings, set: usize, place: usize) -> Option<String> {
    findings.missing.get(set)?.criteria.get(place).cloned()
}

/// Asks.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Ask, |desk| {
        let mut asks = ticked(desk.case, |name| desk.fields.has("ask", name));
        let text = desk.fields.get("text");
        if !text.is_empty() {
            let first = desk.case.undecided_lines().first().copied().unwrap_or(1);
            let line = desk.fields.get("text-line").parse().unwrap_or(first);
            asks.push(Ask { line, criterion: None, text: text.to_owned() });
        }
        match NonEmpty::try_from(asks) {
            Ok(asks) => keep(people::ask(desk.platform, desk.acting, asks)),
            Err(_) => Err(Failure::Faults(vec!["Tick a fact, or write what should be sent.".to_owned()])),
        }
    })
}
