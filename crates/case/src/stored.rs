//! How an event is stored and committed: its canonical bytes, the name of its kind, and the class of its leaf in the log.

use crate::event::{Event, What};

/// What kind of leaf an event leaves in the transparency log. The names are those of the ledger's classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Leaf {
    /// A request was received, changed or withdrawn.
    Request,
    /// More information was asked for or arrived.
    InfoRequest,
    /// A deadline was started, extended, near or missed.
    Clock,
    /// A determination, or what replaces one.
    Determination,
    /// A notice was sent.
    Notice,
}

impl Leaf {
    /// The class name: `request`, `info-request`, `clock`, `determination`, `notice`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::InfoRequest => "info-request",
            Self::Clock => "clock",
            Self::Determination => "determination",
            Self::Notice => "notice",
        }
    }
}

/// The bytes of an event cannot be written or read. Never quotes content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the bytes of an event: {kind} at line {line} column {column}")]
pub struct BadEvent {
    /// What is wrong: `syntax`, `data`, `end`, `io`.
    pub kind: &'static str,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl From<serde_json::Error> for BadEvent {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        let kind = match error.classify() {
            Category::Io => "io",
            Category::Syntax => "syntax",
            Category::Data => "data",
            Category::Eof => "end",
        };
        Self { kind, line: error.line(), column: error.column() }
    }
}

impl Event {
    /// The canonical bytes, as committed and stored: compact JSON, fields in the order of declaration, maps in key order,
    /// no insignificant white space. Equal events give equal bytes.
    ///
    /// # Errors
    /// [`BadEvent`] when the value has no JSON form; no event built by [`crate::decide()`] is such.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BadEvent> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads bytes written by [`Event::to_bytes`].
    ///
    /// # Errors
    /// [`BadEvent`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadEvent> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl What {
    /// The stored name of the kind; equal to the `kind` member of the canonical bytes.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::IntakeChecked { .. } => "intake-checked",
            Self::ClockStarted { .. } => "clock-started",
            Self::Updated { .. } => "updated",
            Self::CriteriaEvaluated { .. } => "criteria-evaluated",
            Self::Approved { .. } => "approved",
            Self::Pended { .. } => "pended",
            Self::Assigned { .. } => "assigned",
            Self::Referred { .. } => "referred",
            Self::InformationRequested { .. } => "information-requested",
            Self::InformationReceived { .. } => "information-received",
            Self::Extended { .. } => "extended",
            Self::Expedited { .. } => "expedited",
            Self::ExpediteRefused { .. } => "expedite-refused",
            Self::DeterminedAdverse { .. } => "determined-adverse",
            Self::Withdrawn { .. } => "withdrawn",
            Self::DuplicateFound { .. } => "duplicate-found",
            Self::Expired => "expired",
            Self::Voided { .. } => "voided",
            Self::Reopened { .. } => "reopened",
            Self::ClockNear { .. } => "clock-near",
            Self::ClockMissed { .. } => "clock-missed",
            Self::NoticeSent { .. } => "notice-sent",
            Self::ReceiptCorrected { .. } => "receipt-corrected",
            Self::MemberMatched { .. } => "member-matched",
        }
    }

    /// The class of the leaf this event leaves in the log; `None` for what concerns only the work inside the house.
    #[must_use]
    pub const fn leaf(&self) -> Option<Leaf> {
        match self {
            Self::Received { .. } | Self::Updated { .. } | Self::Withdrawn { .. } | Self::ReceiptCorrected { .. } => {
                Some(Leaf::Request)
            }
            Self::InformationRequested { .. } | Self::InformationReceived { .. } => Some(Leaf::InfoRequest),
            Self::ClockStarted { .. }
            | Self::Extended { .. }
            | Self::Expedited { .. }
            | Self::ExpediteRefused { .. }
            | Self::ClockNear { .. }
            | Self::ClockMissed { .. } => Some(Leaf::Clock),
            Self::CriteriaEvaluated { .. }
            | Self::Approved { .. }
            | Self::Pended { .. }
            | Self::DeterminedAdverse { .. }
            | Self::DuplicateFound { .. }
            | Self::Expired
            | Self::Voided { .. }
            | Self::Reopened { .. } => Some(Leaf::Determination),
            Self::NoticeSent { .. } => Some(Leaf::Notice),
            Self::IntakeChecked { .. } | Self::Assigned { .. } | Self::Referred { .. } | Self::MemberMatched { .. } => None,
        }
    }
}
