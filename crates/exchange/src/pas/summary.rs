//! An answer as its receiver sees it: for the command line, the demonstration and tests.

use base::{Date, Timestamp};

/// A response Bundle (or inquiry `Parameters`), read back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// One for each ClaimResponse.
    pub answers: Vec<Answer>,
    /// Issues of an OperationOutcome, when that is what came: `path: text`.
    pub issues: Vec<String>,
}

/// One ClaimResponse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// `complete`, `partial` or `error`.
    pub outcome: String,
    /// `ClaimResponse.preAuthRef`.
    pub authorization: Option<String>,
    /// Each line by its sequence, as answered.
    pub lines: Vec<LineAnswer>,
    /// All notes in order of number.
    pub notes: Vec<String>,
    /// Business errors: code and path.
    pub errors: Vec<(String, Option<String>)>,
    /// When a decision is due, with its rule.
    pub due: Option<DueAnswer>,
    /// The tlog-proof text.
    pub receipt: Option<String>,
    /// `wasHumanReviewedFlag` (2.2.1).
    pub human_reviewed: Option<bool>,
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineAnswer {
    /// `item.itemSequence`.
    pub sequence: u32,
    /// X12 306 action code (`A1`, `A2`, `A3`, `A4`, `A6`, `C`, `NA`); empty when none was given.
    pub action: String,
    /// Authorization number.
    pub number: Option<String>,
    /// Reason codes (X12 886).
    pub reasons: Vec<String>,
    /// Authorized period.
    pub period: Option<(Date, Date)>,
    /// Facts that would turn a pend into an approval.
    pub missing: Vec<String>,
    /// Notes on this line.
    pub notes: Vec<String>,
    /// Service authorized instead (`addItem`), for `A6`.
    pub instead: Option<String>,
}

/// A due time with its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAnswer {
    /// When.
    pub due_at: Timestamp,
    /// In words.
    pub words: String,
    /// Citation.
    pub citation: String,
}
