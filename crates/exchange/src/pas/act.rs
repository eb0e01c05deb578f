//! What a line's state means on the wire: one X12 306 action for each line, and one for the whole.

use case::event::{AdverseOutcome, Approval, Attestation, Basis};
use case::request::Line;
use case::state::{Case, Decision, LineState, Status};
use json::Value;

/// X12 306, as far as a payer's answer uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// `A1`: approved as asked.
    Approved,
    /// `A2`: approved in part.
    Partial,
    /// `A3`: denied.
    Denied,
    /// `A4`: not decided yet.
    Pended,
    /// `A6`: something else is authorized.
    Modified,
    /// `C`: cancelled.
    Cancelled,
    /// `NA`: needs no authorization.
    NotRequired,
}

impl Action {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Approved => "A1",
            Self::Partial => "A2",
            Self::Denied => "A3",
            Self::Pended => "A4",
            Self::Modified => "A6",
            Self::Cancelled => "C",
            Self::NotRequired => "NA",
        }
    }

    /// Something is authorized: the answer carries a number and a period.
    pub(super) const fn authorizes(self) -> bool {
        matches!(self, Self::Approved | Self::Partial | Self::Modified)
    }
}

/// A line as it is answered.
pub(super) struct LineView<'a> {
    pub(super) sequence: u32,
    pub(super) action: Action,
    pub(super) state: &'a LineState,
    /// As asked, unless a later update left the line out.
    pub(super) asked: Option<&'a Line>,
    /// Its item in the latest Claim.
    pub(super) item: Option<Value<'a>>,
    /// Numbers of the notes about it.
    pub(super) notes: Vec<u32>,
}

impl<'a> LineView<'a> {
    /// Every line there ever was, in order: each is echoed for ever (PAS spec-34, spec-46).
    pub(super) fn all(case: &'a Case, claim: Option<Value<'a>>) -> Vec<Self> {
        let item_of = |sequence: u32| {
            claim
                .into_iter()
                .flat_map(|claim| crate::wire::list(claim, "item"))
                .find(|item| item.get("sequence").and_then(|value| value.as_i64()) == Some(i64::from(sequence)))
        };
        case.lines
            .iter()
            .map(|(&sequence, state)| Self {
                sequence,
                action: action(case, state),
                state,
                asked: case.asked(sequence),
                item: item_of(sequence),
                notes: Vec::new(),
            })
            .collect()
    }

    /// What is authorized on this line.
    pub(super) fn approval(&self) -> Option<&'a Approval> {
        match &self.state.decision {
            Decision::Approved { basis: Basis::NotRequired, .. } => None,
            Decision::Approved { approval, .. } => Some(approval),
            Decision::Adverse { adverse, .. } => match &adverse.outcome {
                AdverseOutcome::Partial { authorized } | AdverseOutcome::Modified { authorized, .. } => Some(authorized),
                AdverseOutcome::Denied => None,
            },
            Decision::Undecided | Decision::Cancelled => None,
        }
    }

    /// The clinician's statement behind an adverse line.
    pub(super) fn attestation(&self) -> Option<&'a Attestation> {
        match &self.state.decision {
            Decision::Adverse { attestation, .. } => Some(attestation),
            _ => None,
        }
    }

    /// A person decided this line.
    pub(super) fn by_person(&self) -> bool {
        matches!(self.state.decision, Decision::Adverse { .. } | Decision::Approved { basis: Basis::Person { .. }, .. })
    }
}

fn action(case: &Case, line: &LineState) -> Action {
    match &line.decision {
        Decision::Approved { basis: Basis::NotRequired, .. } => Action::NotRequired,
        Decision::Approved { .. } => Action::Approved,
        Decision::Adverse { adverse, .. } => match adverse.outcome {
            AdverseOutcome::Denied => Action::Denied,
            AdverseOutcome::Partial { .. } => Action::Partial,
            AdverseOutcome::Modified { .. } => Action::Modified,
        },
        Decision::Cancelled => Action::Cancelled,
        Decision::Undecided => match case.status {
            // Nothing will be decided in these states; the request is no longer before us. Never an approval, never a denial.
            Status::Withdrawn | Status::Duplicate { .. } | Status::Voided => Action::Cancelled,
            Status::Received | Status::Pended { .. } | Status::Decided | Status::Expired => Action::Pended,
        },
    }
}

/// The action on the whole: pended while a line is, else what its lines have in common, else certified in part.
pub(super) fn overall(lines: &[LineView<'_>]) -> Action {
    let mut open = lines.iter().map(|line| line.action).filter(|action| *action != Action::Cancelled);
    let Some(first) = open.next() else { return Action::Cancelled };
    let rest: Vec<Action> = open.collect();
    if first == Action::Pended || rest.contains(&Action::Pended) {
        return Action::Pended;
    }
    if rest.iter().all(|action| *action == first) {
        return first;
    }
    let fine = |action: &Action| matches!(action, Action::Approved | Action::NotRequired);
    if fine(&first) && rest.iter().all(fine) {
        return Action::Approved;
    }
    if first.authorizes() || rest.iter().any(|action| action.authorizes()) { Action::Partial } else { Action::Denied }
}
