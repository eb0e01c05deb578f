//! The worklist: open cases by clock risk, in tabs by queue.
//!
//! The text filter is protected information, so it is posted and never part of an address. Looking at a list of members is
//! written to the audit trail like opening a case.

use crate::counts::{self, MINE_MAX};
use crate::moment::{self, Clock};
use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::visit::Visit;
use crate::words::{self, Chip};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base::UserId;
use case::authority::Role;
use case::event::Queue;
use case::request::Urgency;
use jiff::tz::TimeZone;
use store::{CaseRow, Cursor, Filter, StatusKind};

/// Rows on a page.
const ROWS: usize = 50;
/// Longest filter text, in characters.
const MAX_TEXT: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Queue(Queue),
    Mine,
    All,
    Decided,
}

const TABS: [Tab; 7] = [
    Tab::Queue(Queue::Intake),
    Tab::Queue(Queue::Facts),
    Tab::Queue(Queue::Nurse),
    Tab::Queue(Queue::Physician),
    Tab::Mine,
    Tab::All,
    Tab::Decided,
];

impl Tab {
    const fn slug(self) -> &'static str {
        match self {
            Self::Queue(queue) => words::queue_slug(queue),
            Self::Mine => "mine",
            Self::All => "all",
            Self::Decided => "decided",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Queue(queue) => words::queue_word(queue),
            Self::Mine => "Mine",
            Self::All => "All",
            Self::Decided => "Decided",
        }
    }

    fn of(slug: &str) -> Option<Self> {
        TABS.into_iter().find(|tab| tab.slug() == slug)
    }

    /// The tab a role's work begins in.
    const fn first(role: Role) -> Self {
        match role {
            Role::Intake => Self::Queue(Queue::Intake),
            Role::Nurse => Self::Queue(Queue::Nurse),
            Role::Physician | Role::MedicalDirector => Self::Queue(Queue::Physician),
            Role::Appeals => Self::Decided,
            _ => Self::All,
        }
    }

    fn filter(self, user: &UserId) -> Filter {
        let filter = match self {
            Self::Queue(queue) => Filter { queue: Some(queue), ..Filter::default() },
            Self::Mine => counts::mine(user),
            Self::All => Filter::default(),
            Self::Decided => Filter { status: Some(StatusKind::Decided), ..Filter::default() },
        };
        Filter { limit: ROWS, ..filter }
    }
}

struct TabView {
    slug: &'static str,
    word: &'static str,
    count: String,
    current: bool,
}

struct RowView {
    case: String,
    clock: Option<Clock>,
    rule: String,
    expedited: bool,
    member: String,
    member_id: String,
    services: String,
    requester: String,
    line_of_business: &'static str,
    authorization: String,
    state: Chip,
    assigned: String,
    received: String,
}

#[derive(Template)]
#[template(path = "worklist.html")]
struct Page {
    frame: Frame,
    tabs: Vec<TabView>,
    tab: &'static str,
    tab_word: &'static str,
    text: String,
    rows: Vec<RowView>,
    next: Option<String>,
    is_first: bool,
}

#[derive(Template)]
#[template(path = "nothing_here.html")]
struct NothingHere {
    frame: Frame,
}

/// Sends everybody to where their work begins.
pub(crate) fn home(visit: &Visit<'_>) -> Result<Response, Problem> {
    let role = visit.who()?.staff.role;
    if crate::routes::Gate::Cases.lets(role) {
        return first(visit);
    }
    Ok(view::page(StatusCode::OK, &NothingHere { frame: visit.frame("Welcome") }))
}

/// Sends to the first tab of the role.
pub(crate) fn first(visit: &Visit<'_>) -> Result<Response, Problem> {
    let tab = Tab::first(visit.who()?.staff.role);
    Ok(Redirect::to(&format!("/worklist/{}", tab.slug())).into_response())
}

/// A page of a tab; posted when a filter was typed.
pub(crate) fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let who = visit.who()?;
    let tab = Tab::of(visit.param("tab")).ok_or(Problem::NotFound)?;
    let text: String = visit.fields.get("text").chars().take(MAX_TEXT).collect();
    let after = visit.query("after").unwrap_or(visit.fields.get("after"));
    let after: Option<Cursor> = if after.is_empty() { None } else { Some(after.parse().map_err(|_| Problem::NotFound)?) };
    let mut filter = tab.filter(&who.staff.user);
    filter.text = (!text.is_empty()).then(|| text.clone());
    filter.after = after;
    let page = visit.platform().store.worklist(&who.tenant, &filter)?;
    let about = if text.is_empty() { "" } else { ", filtered" };
    visit.audit("worklist", None, format!("{}, {} rows{about}", tab.slug(), page.rows.len()))?;
    let zone = visit.platform().tenants.get(&who.tenant).map_or(TimeZone::UTC, |tenant| moment::zone(&tenant.zone));
    let now = visit.now();
    let view = Page {
        frame: visit.frame("Worklist"),
        tabs: tabs(visit, tab)?,
        tab: tab.slug(),
        tab_word: tab.word(),
        text,
        rows: page.rows.iter().map(|row| row_view(row, now, &zone)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        is_first: after.is_none(),
    };
    Ok(view::page(StatusCode::OK, &view))
}

fn tabs(visit: &Visit<'_>, current: Tab) -> Result<Vec<TabView>, Problem> {
    let tally = visit.bench.tallies.of(visit)?;
    let count = |tab: Tab| match tab {
        Tab::Queue(queue) => tally.counts.queues.iter().find(|(q, _)| *q == queue).map_or(0, |(_, n)| *n).to_string(),
        Tab::Mine if tally.mine > MINE_MAX => format!("{MINE_MAX}+"),
        Tab::Mine => tally.mine.to_string(),
        Tab::All => tally.counts.cases.to_string(),
        Tab::Decided => String::new(),
    };
    let view = |tab: Tab| TabView { slug: tab.slug(), word: tab.word(), count: count(tab), current: tab == current };
    Ok(TABS.into_iter().map(view).collect())
}

fn row_view(row: &CaseRow, now: jiff::Timestamp, zone: &TimeZone) -> RowView {
    RowView {
        case: row.case.to_string(),
        clock: row.due_at.map(|due_at| Clock::of(due_at, row.near, now, zone)),
        rule: row.due_rule.clone().unwrap_or_default(),
        expedited: row.urgency == Urgency::Expedited,
        member: row.member_name.expose().clone(),
        member_id: row.member_id.expose().clone(),
        services: row.services.clone(),
        requester: row.requester.clone(),
        line_of_business: words::line_of_business(row.line_of_business),
        authorization: row.authorization.clone(),
        state: words::row_state(row.status, row.queue, row.outcome),
        assigned: row.assigned.as_ref().map(ToString::to_string).unwrap_or_default(),
        received: moment::at(row.received_at, zone),
    }
}
