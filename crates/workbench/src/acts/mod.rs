//! What people do to a case, one file each. Every act has a form, prefilled from the case, and a `post` that reads the form and
//! hands it to `workflow::people`. What was typed is never lost: a form that is refused comes back as it was sent.

pub(crate) mod adverse;
pub(crate) mod approve;
pub(crate) mod ask;
pub(crate) mod assign;
mod authorized;
pub(crate) mod close;
pub(crate) mod expedite;
pub(crate) mod extend;
pub(crate) mod information;
pub(crate) mod intake;
pub(crate) mod notice;
mod panel;
pub(crate) mod pend;
pub(crate) mod receipt;
pub(crate) mod refer;
pub(crate) mod reopen;
mod trouble;

pub(crate) use panel::{Panel, Panels, done_words};
pub(crate) use trouble::{Failure, Trouble};

use crate::case_page;
use crate::form::Fields;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::{IntoResponse, Redirect, Response};
use case::Case;
use std::future::Future;
use workflow::people::Acting;
use workflow::{Platform, people};

/// A form that was sent and refused.
pub(crate) struct Attempt<'a> {
    /// Which.
    pub panel: Panel,
    /// What it said.
    pub fields: &'a Fields,
    /// Why it was refused.
    pub trouble: Trouble,
}

/// What was typed into a form, when it was the one refused; else what the case suggests.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a>(Option<&'a Fields>);

impl<'a> Typed<'a> {
    fn of(panel: Panel, attempt: Option<&Attempt<'a>>) -> Self {
        Self(attempt.filter(|attempt| attempt.panel == panel).map(|attempt| attempt.fields))
    }

    /// Whether this is the form that was refused: it stays open.
    pub(crate) const fn refused(self) -> bool {
        self.0.is_some()
    }

    /// A text.
    pub(crate) fn text(self, name: &str, suggested: impl Into<String>) -> String {
        self.0.map_or_else(|| suggested.into(), |fields| fields.raw(name).to_owned())
    }

    /// Whether a box is ticked or a choice chosen.
    pub(crate) fn chosen(self, name: &str, value: &str, suggested: bool) -> bool {
        self.0.map_or(suggested, |fields| fields.has(name, value))
    }
}

/// What an act works with.
pub(crate) struct Desk<'a> {
    /// The platform.
    pub platform: &'a Platform,
    /// The form.
    pub fields: &'a Fields,
    /// The case as it is now; the act is on the version the person has seen.
    pub case: &'a Case,
    /// Who acts on which case.
    pub acting: Acting<'a>,
}

impl Desk<'_> {
    /// A text of the form that must say something.
    fn said(&self, name: &str, fault: &str) -> Result<String, Failure> {
        let text = self.fields.get(name);
        if text.is_empty() { Err(Failure::Faults(vec![fault.to_owned()])) } else { Ok(text.to_owned()) }
    }
}

/// Waits for an act of the floor below. Only ever called where blocking is allowed (see `routes::serve`).
pub(crate) fn keep<T>(work: impl Future<Output = Result<T, workflow::Error>>) -> Result<(), Failure> {
    tokio::runtime::Handle::current().block_on(work).map(|_| ()).map_err(Failure::Workflow)
}

/// Performs an act: the role is asked first, then the form is read, then the floor below acts. Leads back to the case.
pub(crate) fn perform(
    visit: &Visit<'_>,
    panel: Panel,
    run: impl FnOnce(&Desk<'_>) -> Result<(), Failure>,
) -> Result<Response, Problem> {
    let (id, who, platform) = (visit.case_id()?, visit.who()?, visit.platform());
    let case = platform.store.case(&who.tenant, id)?.ok_or(Problem::NotFound)?;
    if !people::may(platform, &who.staff, panel.act(), &case) {
        visit.audit("refused", Some(id), panel.act().as_str().to_owned())?;
        return Err(Problem::Forbidden);
    }
    let seen = visit.fields.get("seen").parse().map_err(|_| Problem::BadForm)?;
    let done = if case.version == seen {
        let acting = Acting { tenant: &who.tenant, staff: &who.staff, case: id, seen };
        run(&Desk { platform, fields: &visit.fields, case: &case, acting })
    } else {
        Err(Failure::Workflow(workflow::Error::Stale { actual: case.version }))
    };
    visit.bench.tallies.forget(&who.tenant);
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/case/{id}?done={}", panel.slug())).into_response()),
        Err(failure) => {
            visit.audit("open-case", Some(id), "after a form that was refused".to_owned())?;
            let case = platform.store.case(&who.tenant, id)?.ok_or(Problem::NotFound)?;
            let trouble = Trouble::of(visit, id, seen, panel, failure)?;
            case_page::render(visit, id, &case, Some(Attempt { panel, fields: &visit.fields, trouble }))
        }
    }
}
