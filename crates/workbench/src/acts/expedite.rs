//! Expedite, or refuse to (42 CFR 422.570: never when a physician asks for it or supports it).

use super::{Failure, Panel, Typed, keep, perform};
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use workflow::people;

/// The form of a refusal.
pub(crate) struct Refuse {
    pub reason: String,
    pub yes: bool,
    pub no: bool,
    pub open: bool,
}

/// The form; who asked is not guessed.
pub(crate) fn form(typed: Typed<'_>) -> Refuse {
    let asked = |value| typed.chosen("physician-asked", value, false);
    Refuse { reason: typed.text("reason", ""), yes: asked("yes"), no: asked("no"), open: typed.refused() }
}

/// Expedites.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Expedite, |desk| keep(people::expedite(desk.platform, desk.acting)))
}

/// Refuses.
pub(crate) fn refuse(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::RefuseExpedite, |desk| {
        let physician_asked = match desk.fields.get("physician-asked") {
            "yes" => true,
            "no" => false,
            _ => {
                return Err(Failure::Faults(vec![
                    "Say whether a physician asked for expedited handling or supports it.".to_owned(),
                ]));
            }
        };
        let reason = desk.said("reason", "Say why the ordinary time frame puts nothing in jeopardy.")?;
        keep(people::refuse_expedite(desk.platform, desk.acting, reason, physician_asked))
    })
}
