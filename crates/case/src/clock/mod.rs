//! Decision clocks: which rule gives the due time, and which rules lost.
//!
//! The rules are rows of data (`rules/clocks.toml`) with citation, dates of effect and verification status. Line of business,
//! state, urgency, drug, timing, circumstances and the day of receipt choose the rows; the shortest wins and the others are kept.
//! A due time is a pure function of [`Facts`]: whatever happens to a clock (an extension, an information request, a corrected
//! receipt) is a fact added, and the whole is counted anew. Nothing is ever restarted by hand.

mod count;
mod holiday;
mod row;
mod rules;

pub use crate::rows::Fault;
pub use count::{Unit, end_of_day, just_after};
pub use holiday::Holidays;
pub use row::{Row, Start, Tolling};
pub(crate) use rules::answer_helps_until;
pub use rules::{Error, Rules, Tolled};

use crate::request::{Circumstance, Drug, Receipt, Request, Timing, Urgency};
use base::{LineOfBusiness, State, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A due time that can explain itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When the clock started.
    pub clock_start_at: Timestamp,
    /// When a decision is due: the last moment that is in time.
    pub due_at: Timestamp,
    /// When a warning is due.
    pub near_at: Timestamp,
    /// The rule that gave it: the shortest of those that apply.
    pub rule: RuleRef,
    /// The rules that applied too and gave a later time, soonest first.
    pub lost: Vec<Lost>,
    /// What it was counted from.
    pub facts: Facts,
}

/// A clock rule by its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    /// Row id, e.g. `MA-STD-PA`.
    pub id: String,
    /// Citation, e.g. `42 CFR 422.568(b)(1)(ii)`.
    pub citation: String,
    /// In words: `7 calendar days from receipt`.
    pub words: String,
    /// Verification status of the row: `V` read in the primary text, `S` secondary source, `K` field knowledge, `P` plan policy.
    pub verified: String,
    /// What the row says a miss means.
    pub on_miss: String,
}

/// A rule that applied and lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The rule.
    pub rule: RuleRef,
    /// The due time it would have given.
    pub due_at: Timestamp,
}

/// All that a due time is counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Line of business.
    pub line_of_business: LineOfBusiness,
    /// The state whose law applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// IANA zone in which days are counted.
    pub zone: String,
    /// How fast the answer is needed.
    pub urgency: Urgency,
    /// Whether a drug clock applies.
    pub drug: Drug,
    /// Before, during or after the service.
    pub timing: Timing,
    /// Special facts some rows ask for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub circumstances: BTreeSet<Circumstance>,
    /// The true moment of receipt.
    pub received_at: Timestamp,
    /// When a representative's appointment form arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative_form_at: Option<Timestamp>,
    /// When expedited handling was asked for, if later than the request itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expedited_at: Option<Timestamp>,
    /// The extension taken, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Information requests that some row lets stop its clock, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
}

/// An extension taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The ground, as the row names it.
    pub ground: String,
    /// When it was taken.
    pub at: Timestamp,
}

/// A wait for information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When the request for information was sent.
    pub from: Timestamp,
    /// When the answer came; until then, the end of the time given to answer.
    pub until: Timestamp,
    /// The answer came.
    pub answered: bool,
}

impl Facts {
    /// The facts of a request that was first received as this receipt says.
    #[must_use]
    pub fn of(request: &Request, receipt: &Receipt) -> Self {
        Self {
            line_of_business: request.cover.line_of_business,
            state: request.cover.state,
            zone: request.cover.zone.clone(),
            urgency: request.urgency,
            drug: request.drug,
            timing: request.timing,
            circumstances: request.circumstances.clone(),
            received_at: receipt.received_at,
            representative_form_at: receipt.representative_form_at,
            expedited_at: None,
            extension: None,
            pauses: Vec::new(),
        }
    }

    /// A wait for information is open.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pauses.last().is_some_and(|pause| !pause.answered)
    }
}
