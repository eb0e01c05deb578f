//! The case page: who and by when, the record, the documents that were read, the criteria, the timeline, and what may be done. Opening it writes an audit
//! row before anything is read for the page.

mod criteria;
pub(crate) mod document;
mod header;
mod papers;
mod record;
mod resource;
mod timeline;

use crate::acts::{Attempt, Panels};
use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::visit::Visit;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use base::{CaseId, Date, TenantId};
use case::Case;
use jiff::tz::TimeZone;
use workflow::directory::StaffRecord;

/// A case somebody has open.
pub(crate) struct Opened<'a> {
    /// The visit.
    pub visit: &'a Visit<'a>,
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Who looks.
    pub staff: &'a StaffRecord,
    /// The case's id.
    pub id: CaseId,
    /// The case.
    pub case: &'a Case,
    /// The zone in which its days are counted.
    pub zone: TimeZone,
    /// The day it is there.
    pub today: Date,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page {
    frame: Frame,
    id: String,
    version: u64,
    header: header::Header,
    lines: Vec<criteria::LineView>,
    record: record::Record,
    papers: papers::Papers,
    timeline: Vec<timeline::Entry>,
    panels: Panels,
    done: Option<&'static str>,
    trouble: Option<crate::acts::Trouble>,
    audit_link: bool,
}

/// The page of a case.
pub(crate) fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let id = visit.case_id()?;
    visit.audit("open-case", Some(id), String::new())?;
    let case = visit.platform().store.case(&visit.who()?.tenant, id)?.ok_or(Problem::NotFound)?;
    render(visit, id, &case, None)
}

/// The page of a case; after an attempt that failed, with what was typed and what to do next.
pub(crate) fn render(visit: &Visit<'_>, id: CaseId, case: &Case, attempt: Option<Attempt<'_>>) -> Result<Response, Problem> {
    let who = visit.who()?;
    let zone = crate::moment::zone(&case.request.cover.zone);
    let today = visit.now().to_zoned(zone.clone()).date();
    let opened = Opened { visit, tenant: &who.tenant, staff: &who.staff, id, case, zone, today };
    let record = record::Record::read(&opened)?;
    let papers = papers::Papers::read(&opened)?;
    let status = attempt.as_ref().map_or(StatusCode::OK, |attempt| attempt.trouble.status);
    let page = Page {
        frame: visit.frame("Case"),
        id: id.to_string(),
        version: case.version,
        header: header::Header::of(&opened)?,
        lines: criteria::lines(&opened, &record, &papers),
        timeline: timeline::entries(&opened)?,
        panels: Panels::of(&opened, attempt.as_ref())?,
        record,
        papers,
        done: visit.query("done").and_then(crate::acts::done_words),
        trouble: attempt.map(|attempt| attempt.trouble),
        audit_link: visit.frame("").who.is_some_and(|who| who.reads_audit),
    };
    Ok(view::page(status, &page))
}
