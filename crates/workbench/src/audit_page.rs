//! The audit trail: who did what, on which case, newest first. Looking at it is itself written down.

use crate::moment;
use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::visit::Visit;
use crate::words;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;
use store::AuditFilter;

const ROWS: usize = 100;

struct RowView {
    sequence: u64,
    at: String,
    machine: String,
    who: String,
    act: String,
    case: Option<String>,
    detail: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    rows: Vec<RowView>,
    next: Option<u64>,
    of_case: Option<String>,
}

/// A page of the trail; of one case when the query names one.
pub(crate) fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let who = visit.who()?;
    let before = visit.query("before").map(str::parse).transpose().map_err(|_| Problem::NotFound)?;
    let case = visit.query("case").map(str::parse).transpose().map_err(|_| Problem::NotFound)?;
    visit.audit("audit-trail", case, String::new())?;
    let filter = AuditFilter { before, case, limit: ROWS, ..AuditFilter::default() };
    let rows = visit.platform().store.audit_rows(&who.tenant, &filter)?;
    let zone = visit.platform().tenants.get(&who.tenant).map_or(TimeZone::UTC, |tenant| moment::zone(&tenant.zone));
    let next = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.sequence);
    let view = |row: store::AuditRow| RowView {
        sequence: row.sequence,
        at: moment::at(row.audit.at, &zone),
        machine: moment::machine(row.audit.at),
        who: row.audit.who,
        act: words::from_slug(&row.audit.act),
        case: row.audit.case.map(|case| case.to_string()),
        detail: row.audit.detail,
    };
    let page = Page {
        frame: visit.frame("Audit trail"),
        rows: rows.into_iter().map(view).collect(),
        next,
        of_case: case.map(|case: base::CaseId| case.to_string()),
    };
    Ok(view::page(StatusCode::OK, &page))
}
