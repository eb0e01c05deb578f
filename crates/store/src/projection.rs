//! Projections: what the lists, look-ups and timers show of a case. Pure functions of the [`Case`] and nothing else, so
//! that they can be made again from the events and compared.

use crate::types::Scope;
use base::{CaseId, LineOfBusiness, Phi, UserId};
use case::event::Queue;
use case::request::Urgency;
use case::state::{Outcome, Timer};
use case::{Case, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of a case without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusKind {
    /// Written down; nothing checked yet.
    Received,
    /// Waits in a queue.
    Pended,
    /// Every line decided.
    Decided,
    /// Withdrawn.
    Withdrawn,
    /// Repeats an earlier case.
    Duplicate,
    /// All its authorizations have ended.
    Expired,
    /// Opened in error.
    Voided,
}

impl StatusKind {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Received, Self::Pended, Self::Decided, Self::Withdrawn, Self::Duplicate, Self::Expired, Self::Voided];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Pended => "pended",
            Self::Decided => "decided",
            Self::Withdrawn => "withdrawn",
            Self::Duplicate => "duplicate",
            Self::Expired => "expired",
            Self::Voided => "voided",
        }
    }

    /// Whether somebody still has to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Pended)
    }
}

/// One row of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The case.
    pub case: CaseId,
    /// Its version.
    pub version: u64,
    /// Its state.
    pub status: StatusKind,
    /// Where it waits.
    pub queue: Option<Queue>,
    /// Who has it.
    pub assigned: Option<UserId>,
    /// How fast it is wanted.
    pub urgency: Urgency,
    /// Line of business.
    pub line_of_business: LineOfBusiness,
    /// The number given to the requester.
    pub authorization: String,
    /// The member's name.
    pub member_name: Phi<String>,
    /// The member's id as sent.
    pub member_id: Phi<String>,
    /// Who asks.
    pub requester: String,
    /// Codes of the requested services, in line order, joined by a space.
    pub services: String,
    /// What the whole comes to.
    pub outcome: Outcome,
    /// When the request was received.
    pub received_at: Timestamp,
    /// When a decision is due; `None` when no clock runs.
    pub due_at: Option<Timestamp>,
    /// The clock rule that gave the due time, by id.
    pub due_rule: Option<String>,
    /// A near warning was recorded for this due time.
    pub near: bool,
    /// A miss was recorded for this due time.
    pub missed: bool,
    /// When the last determination was made.
    pub decided_at: Option<Timestamp>,
}

/// Longest text a row carries from a request; a longer one is cut, the case keeps it whole.
const ROW_TEXT_MAX: usize = 200;
/// Longest key a case is found by; a longer one is cut in the same way when it is looked up.
pub(crate) const KEY_MAX: usize = 1024;

/// The worklist row of a case.
#[must_use]
pub fn row_of(id: CaseId, case: &Case) -> CaseRow {
    let status = status_of(case);
    let due = case.due.as_ref().filter(|_| status.is_open());
    let due_at = due.map(|due| due.due_at);
    let services: Vec<&str> = case.request.lines.iter().map(|line| line.service.code.as_str()).collect();
    CaseRow {
        case: id,
        version: case.version,
        status,
        queue: case.queue(),
        assigned: case.assigned.clone(),
        urgency: case.request.urgency,
        line_of_business: case.request.cover.line_of_business,
        authorization: cut(&case.authorization, ROW_TEXT_MAX).to_owned(),
        member_name: Phi::new(cut(case.request.member.name.expose(), ROW_TEXT_MAX).to_owned()),
        member_id: Phi::new(cut(case.request.member.member_id.expose(), ROW_TEXT_MAX).to_owned()),
        requester: cut(&case.request.requester.name, ROW_TEXT_MAX).to_owned(),
        services: cut(&services.join(" "), ROW_TEXT_MAX).to_owned(),
        outcome: case.outcome(),
        received_at: case.receipt.received_at,
        due_at,
        due_rule: due.map(|due| due.rule.id.clone()),
        near: due_at.is_some() && case.near_at == due_at,
        missed: due_at.is_some() && case.missed_at == due_at,
        decided_at: case.decided_at,
    }
}

/// The key of [`Scope::Identifier`].
#[must_use]
pub fn identifier_key(identifier: &base::Identifier) -> String {
    format!("{}|{}", identifier.system, identifier.value)
}

/// The key of [`Scope::Service`]: the member and one service.
#[must_use]
pub fn service_key(member_id: &Phi<String>, service: &base::Code) -> String {
    format!("{}|{}|{}", member_id.expose(), service.system, service.code)
}

/// The keys by which a case is found, sorted, each once. Empty values give no key.
#[must_use]
pub fn keys_of(case: &Case) -> Vec<(Scope, String)> {
    let request = &case.request;
    let member = request.member.member_id.expose();
    let mut keys = Vec::with_capacity(4 + request.identifiers.len() + request.lines.len());
    let mut add = |scope, key: String| {
        if !key.is_empty() {
            keys.push((scope, key));
        }
    };
    for identifier in request.identifiers.iter().filter(|identifier| !identifier.value.is_empty()) {
        add(Scope::Identifier, identifier_key(identifier));
    }
    add(Scope::Authorization, case.authorization.clone());
    add(Scope::Member, member.clone());
    add(Scope::Provider, request.requester.npi.clone().unwrap_or_default());
    if !member.is_empty() {
        for line in &request.lines {
            add(Scope::Service, service_key(&request.member.member_id, &line.service));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The timers of a case, soonest first. The store keeps the first: a tick replaces it by the next one.
#[must_use]
pub fn timers_of(case: &Case) -> Vec<Timer> {
    case.timers()
}

fn status_of(case: &Case) -> StatusKind {
    match case.status {
        Status::Received => StatusKind::Received,
        Status::Pended { .. } => StatusKind::Pended,
        Status::Decided => StatusKind::Decided,
        Status::Withdrawn => StatusKind::Withdrawn,
        Status::Duplicate { .. } => StatusKind::Duplicate,
        Status::Expired => StatusKind::Expired,
        Status::Voided => StatusKind::Voided,
    }
}

/// The longest beginning of `text` of at most `max` bytes that ends between characters.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max { text } else { &text[..text.floor_char_boundary(max)] }
}
