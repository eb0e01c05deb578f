//! One request as the rooms see it: who is there, what the address names, what the form says.

use crate::Bench;
use crate::form::Fields;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::view::Frame;
use axum::http::HeaderMap;
use base::{CaseId, Timestamp};
use case::authority::Role;
use store::Audit;
use workflow::Platform;

/// One request.
pub(crate) struct Visit<'a> {
    /// What everything stands on.
    pub bench: &'a Bench,
    /// What the placeholders of the address stand for.
    pub params: Vec<(String, String)>,
    /// The query as sent.
    pub raw_query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The form; empty for a page that is only looked at.
    pub fields: Fields,
    /// Who is there.
    pub signed_in: Option<SignedIn>,
}

impl<'a> Visit<'a> {
    /// The platform.
    pub(crate) fn platform(&self) -> &'a Platform {
        &self.bench.platform
    }

    /// The moment of the visit.
    pub(crate) fn now(&self) -> Timestamp {
        self.bench.platform.world.now()
    }

    /// What a placeholder of the address stands for.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// A value of the query. Values here are identifiers and codes, so nothing is decoded.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.raw_query
            .as_deref()?
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// The case the address names.
    pub(crate) fn case_id(&self) -> Result<CaseId, Problem> {
        self.param("id").parse().map_err(|_| Problem::NotFound)
    }

    /// Who is there; a page behind a gate always has somebody.
    pub(crate) fn who(&self) -> Result<&SignedIn, Problem> {
        self.signed_in.as_ref().ok_or(Problem::SignedOut)
    }

    /// The role of the one who is there.
    pub(crate) fn role(&self) -> Option<Role> {
        self.signed_in.as_ref().map(|signed_in| signed_in.staff.role)
    }

    /// The frame around a page.
    pub(crate) fn frame(&self, title: &'static str) -> Frame {
        Frame::of(self, title)
    }

    /// Writes an audit row and waits until it is durable: only then may something protected be shown.
    pub(crate) fn audit(&self, act: &str, case: Option<CaseId>, detail: String) -> Result<(), Problem> {
        let who = self.who()?;
        let row = Audit { at: self.now(), who: format!("user:{}", who.staff.user), act: act.to_owned(), case, detail };
        Ok(self.platform().store.audit(&who.tenant, row).wait()?)
    }
}
