//! Intake: match the member to the directory, clear the case for the criteria.

use super::{Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use workflow::people;

/// The form of a match.
pub(crate) struct Match {
    pub member: String,
    pub open: bool,
}

/// The form; prefilled with the id as sent, which is often right but for a letter.
pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Match {
    Match { member: typed.text("member", opened.case.request.member.member_id.expose().as_str()), open: true }
}

/// Matches; the criteria are asked at once.
pub(crate) fn match_member(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Match, |desk| {
        let member = desk.said("member", "Give the member id as on the card.")?;
        keep(people::match_member(desk.platform, desk.acting, &member))
    })
}

/// Clears; the criteria are asked at once.
pub(crate) fn clear(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Clear, |desk| keep(people::clear(desk.platform, desk.acting)))
}
