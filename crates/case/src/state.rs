//! The case as its events have made it.

use crate::clock::Due;
use crate::event::{Adverse, Approval, Ask, Attestation, Basis, Queue};
use crate::finding::Findings;
use crate::request::{DocumentRef, Request};
use base::{CaseId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One authorization case. Built only by [`crate::evolve`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// How many events made it: the version for optimistic concurrency.
    pub version: u64,
    /// The request as it stands.
    pub request: Request,
    /// The number given to the requester.
    pub authorization: String,
    /// The state of the whole.
    pub status: Status,
    /// Each line by its sequence.
    pub lines: BTreeMap<u32, LineState>,
    /// The running clock; `None` when nothing is undecided.
    pub due: Option<Due>,
    /// A near warning was recorded for this due time.
    pub near_at: Option<Timestamp>,
    /// A miss was recorded for this due time.
    pub missed_at: Option<Timestamp>,
    /// Who has it.
    pub assigned: Option<UserId>,
    /// Open questions to the requester.
    pub asks: Vec<Ask>,
    /// Every document of the case, the request first.
    pub documents: Vec<DocumentRef>,
    /// Clinicians and staff who took part in a determination: they are not independent in an appeal.
    pub participants: Vec<UserId>,
    /// How often the time frame was extended.
    pub extensions: u32,
    /// When the last determination was made.
    pub decided_at: Option<Timestamp>,
}

/// The state of the whole case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Status {
    /// Written down; nothing checked yet.
    Received,
    /// Waits in a queue.
    Pended {
        /// Where.
        queue: Queue,
        /// Why.
        reason: String,
    },
    /// Every line decided (or not required, or cancelled).
    Decided,
    /// Withdrawn by the requester or member.
    Withdrawn,
    /// Repeats an earlier case.
    Duplicate {
        /// The earlier case.
        of: CaseId,
    },
    /// All its authorizations have ended.
    Expired,
    /// Opened in error.
    Voided,
}

/// The state of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// The decision so far.
    pub decision: Decision,
    /// The latest findings.
    pub findings: Option<Findings>,
}

/// The decision on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "decision")]
pub enum Decision {
    /// Not decided.
    Undecided,
    /// Approved.
    Approved {
        /// What is authorized.
        approval: Approval,
        /// On what ground.
        basis: Basis,
    },
    /// Denied, reduced or modified by a licensed reviewer.
    Adverse {
        /// What was decided.
        adverse: Adverse,
        /// By whom.
        attestation: Attestation,
        /// The words for the letter.
        rationale: base::Phi<String>,
    },
    /// Cancelled by the requester.
    Cancelled,
}
