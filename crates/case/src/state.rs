//! The case as its events have made it.

use crate::clock::{self, Due};
use crate::event::{Adverse, Approval, Ask, Attestation, Basis, Intake, Queue, ReopenCause};
use crate::finding::Findings;
use crate::request::{DocumentRef, Line, Receipt, Request};
use base::{CaseId, Date, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One authorization case. Built only by [`crate::evolve()`].
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
    /// When and how the case reached us first, as corrected: its clocks start here. `request.receipt` is that of the latest update.
    pub receipt: Receipt,
    /// What intake found last; `None` until checked. An update keeps it: member and cover are the same.
    pub intake: Option<Intake>,
    /// Until when an answer to the open questions helps.
    pub respond_by: Option<Timestamp>,
    /// When expedited handling was refused, if it was.
    pub expedite_refused_at: Option<Timestamp>,
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
    pub findings: Option<Arc<Findings>>,
    /// For a reopened line: what had been decided, in effect until the line is decided anew, and why it was reopened.
    pub prior: Option<Box<Prior>>,
}

/// The decision that stood before a line was reopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prior {
    /// What had been decided.
    pub decision: Decision,
    /// Why the line was reopened.
    pub cause: ReopenCause,
    /// When it was reopened.
    pub reopened_at: Timestamp,
}

/// The decision on a line.
#[allow(clippy::large_enum_variant)] // Adverse decisions are few, and read by many: no box stands between.
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
    /// Denied, reduced or modified by a licensed reviewer. No other crate can construct it.
    #[non_exhaustive]
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

/// What the whole case comes to. Each line is decided by itself; one adverse line makes the whole adverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A line is undecided, or the case was closed without a decision.
    Undecided,
    /// Every line that was not cancelled is approved as asked.
    Approved,
    /// None of the lines needs authorization.
    NotRequired,
    /// At least one line was denied, reduced or modified.
    Adverse,
    /// Every line was cancelled.
    Cancelled,
}

/// A moment at which a case wants [`crate::Command::Tick`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// The first moment at which the tick has something to record.
    pub at: Timestamp,
    /// What it is for.
    pub kind: TimerKind,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerKind {
    /// The due time is near.
    Near,
    /// The due time has passed.
    Missed,
    /// The time to answer an information request has passed.
    Answer,
    /// The last authorized day has passed.
    Expire,
}

impl TimerKind {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Missed => "missed",
            Self::Answer => "answer",
            Self::Expire => "expire",
        }
    }
}

impl Case {
    /// Work remains: received or pended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.status, Status::Received | Status::Pended { .. })
    }

    /// Sequences of the lines an open case has still to decide; none for a closed case.
    #[must_use]
    pub fn undecided_lines(&self) -> Vec<u32> {
        if !self.is_open() {
            return Vec::new();
        }
        self.lines.iter().filter(|(_, line)| line.decision == Decision::Undecided).map(|(sequence, _)| *sequence).collect()
    }

    /// A line's state.
    #[must_use]
    pub fn line(&self, sequence: u32) -> Option<&LineState> {
        self.lines.get(&sequence)
    }

    /// A line as asked.
    #[must_use]
    pub fn asked(&self, sequence: u32) -> Option<&Line> {
        self.request.lines.iter().find(|line| line.sequence == sequence)
    }

    /// The queue the case waits in.
    #[must_use]
    pub const fn queue(&self) -> Option<Queue> {
        match self.status {
            Status::Pended { queue, .. } => Some(queue),
            _ => None,
        }
    }

    /// At least one line was denied, reduced or modified (42 CFR 422.566(b); a partial approval is adverse).
    #[must_use]
    pub fn is_adverse(&self) -> bool {
        self.lines.values().any(|line| matches!(line.decision, Decision::Adverse { .. }))
    }

    /// What the whole comes to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let decisions = || self.lines.values().map(|line| &line.decision);
        if decisions().any(|decision| *decision == Decision::Undecided) {
            Outcome::Undecided
        } else if self.is_adverse() {
            Outcome::Adverse
        } else if decisions().all(|decision| *decision == Decision::Cancelled) {
            Outcome::Cancelled
        } else if decisions()
            .all(|decision| matches!(decision, Decision::Cancelled | Decision::Approved { basis: Basis::NotRequired, .. }))
        {
            Outcome::NotRequired
        } else {
            Outcome::Approved
        }
    }

    /// The day after which nothing this case authorized is in force; `None` when it authorized nothing that ends.
    #[must_use]
    pub fn authorized_until(&self) -> Option<Date> {
        self.lines
            .values()
            .filter_map(|line| match &line.decision {
                Decision::Approved { basis: Basis::NotRequired, .. } => None,
                Decision::Approved { approval, .. } => Some(approval.to),
                Decision::Adverse { adverse, .. } => adverse.authorized().map(|approval| approval.to),
                Decision::Undecided | Decision::Cancelled => None,
            })
            .max()
    }

    /// Every moment at which a tick would have something to record, soonest first.
    #[must_use]
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers = Vec::new();
        if self.is_open() {
            if let Some(due) = &self.due {
                if self.near_at != Some(due.due_at) && self.missed_at != Some(due.due_at) {
                    timers.push(Timer { at: due.near_at, kind: TimerKind::Near });
                }
                if self.missed_at != Some(due.due_at) {
                    timers.push(Timer { at: clock::just_after(due.due_at), kind: TimerKind::Missed });
                }
            }
            if let (Some(Queue::Facts), Some(respond_by)) = (self.queue(), self.respond_by) {
                timers.push(Timer { at: clock::just_after(respond_by), kind: TimerKind::Answer });
            }
        }
        if self.status == Status::Decided
            && let Some(at) = self.authorized_until().and_then(|day| clock::end_of_day(day, &self.request.cover.zone))
        {
            timers.push(Timer { at: clock::just_after(at), kind: TimerKind::Expire });
        }
        timers.sort();
        timers
    }

    /// The next moment at which the case wants a tick.
    #[must_use]
    pub fn next_timer(&self) -> Option<Timer> {
        self.timers().into_iter().next()
    }
}
