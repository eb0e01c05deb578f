//! Take a case.

use super::{Panel, keep, perform};
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use workflow::people;

/// Takes it.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Assign, |desk| keep(people::assign(desk.platform, desk.acting, desk.acting.staff.user.clone())))
}
