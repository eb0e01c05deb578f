//! A person approves lines as asked, or lines are found to need no authorization. Less than asked is not an approval.

use super::{Refusal, each_undecided, said};
use crate::event::{Approval, Basis, Intake, What};
use crate::request::Line;
use crate::state::Case;
use base::NonEmpty;

pub(super) fn approve(case: &Case, lines: NonEmpty<Approval>, basis: Basis) -> Result<Vec<What>, Refusal> {
    each_undecided(case, lines.iter().map(|approval| approval.line))?;
    decidable(case)?;
    match &basis {
        Basis::Person { reason } => said("reason", reason)?,
        Basis::NotRequired => {}
        Basis::Criteria { .. } => return Err(Refusal::Basis),
    }
    for approval in &lines {
        let asked = case.asked(approval.line).ok_or(Refusal::UnknownLine(approval.line))?;
        if approval.from > approval.to {
            return Err(Refusal::BadApproval(approval.line));
        }
        if !covers(approval, asked) {
            return Err(Refusal::LessThanAsked(approval.line));
        }
    }
    Ok(vec![What::Approved { lines, basis }])
}

/// A person may decide once intake knows whose case it is; a contradiction is theirs to weigh.
pub(super) fn decidable(case: &Case) -> Result<(), Refusal> {
    if case.request.member.matched.is_none() {
        return Err(Refusal::MemberUnmatched);
    }
    match case.intake {
        Some(Intake::Clear | Intake::NotRequired | Intake::Contradictory { .. }) => Ok(()),
        Some(_) => Err(Refusal::IntakeNotClear),
        None => Err(Refusal::IntakeUnchecked),
    }
}

/// Whether an approval gives all that was asked: the days and the quantity. A quantity in another unit cannot be compared,
/// so it does not cover.
pub(super) fn covers(approval: &Approval, asked: &Line) -> bool {
    let days = asked.service_from.is_none_or(|from| approval.from <= from) && asked.service_to.is_none_or(|to| approval.to >= to);
    let amount = match (&approval.quantity, &asked.quantity) {
        (Some(given), Some(asked)) => given.unit == asked.unit && given.value >= asked.value,
        (None, _) | (_, None) => true,
    };
    days && amount
}

impl Approval {
    /// The approval of a line as asked, for at least these days: widened to the days and the quantity of the request.
    #[must_use]
    pub fn as_asked(asked: &Line, from: base::Date, to: base::Date) -> Self {
        let from = asked.service_from.map_or(from, |day| day.min(from));
        let to = asked.service_to.map_or(to, |day| day.max(to)).max(from);
        Self { line: asked.sequence, from, to, quantity: asked.quantity.clone() }
    }
}
