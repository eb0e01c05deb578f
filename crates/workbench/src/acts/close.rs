//! Close a case without a decision: withdrawn, void, duplicate.

use super::{Failure, Panel, Typed, keep, perform};
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use base::CaseId;
use store::Scope;
use workflow::people;

/// The form for a duplicate.
pub(crate) struct Duplicate {
    pub of: String,
    pub open: bool,
}

pub(crate) fn form(typed: Typed<'_>) -> Duplicate {
    Duplicate { of: typed.text("of", ""), open: typed.refused() }
}

/// Records a withdrawal. The requester need not say why.
pub(crate) fn withdraw(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Withdraw, |desk| {
        keep(people::withdraw(desk.platform, desk.acting, desk.fields.get("reason").to_owned()))
    })
}

/// Voids a case that was opened in error.
pub(crate) fn void(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Void, |desk| {
        let reason = desk.said("reason", "Say what the error was.")?;
        keep(people::void(desk.platform, desk.acting, reason))
    })
}

/// Marks it as a repeat of an earlier case, named by its authorization number or its id.
pub(crate) fn duplicate(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Duplicate, |desk| {
        let named = desk.said("of", "Give the authorization number of the earlier case.")?;
        let found = match named.parse::<CaseId>() {
            Ok(id) => Some(id),
            Err(_) => {
                let found = desk.platform.store.find(desk.acting.tenant, Scope::Authorization, &named);
                found.map_err(|error| Failure::Workflow(error.into()))?.first().copied()
            }
        };
        match found {
            Some(of) if of != desk.acting.case => keep(people::mark_duplicate(desk.platform, desk.acting, of)),
            Some(_) => Err(Failure::Faults(vec!["That is this case itself.".to_owned()])),
            None => Err(Failure::Faults(vec!["There is no case with this authorization number.".to_owned()])),
        }
    })
}
