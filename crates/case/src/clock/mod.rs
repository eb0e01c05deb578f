//! Decision clocks: which rule gives the due time, and which rules lost.

use base::Timestamp;
use serde::{Deserialize, Serialize};

/// A due time that can explain itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When the clock started.
    pub clock_start_at: Timestamp,
    /// When a decision is due.
    pub due_at: Timestamp,
    /// When a warning is due.
    pub near_at: Timestamp,
    /// The rule that gave it: the shortest of those that apply.
    pub rule: RuleRef,
    /// The rules that applied too and gave a later time.
    pub lost: Vec<Lost>,
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
    /// Verification status of the row (`V`, `S`, `K`).
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
