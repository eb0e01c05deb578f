//! What can go wrong, as facts with codes. No message carries protected information.

use base::CaseId;
use jiff::Timestamp;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The case is at another version than the caller decided from: load it and decide again.
    #[error("the case is at version {actual}, not at the version the decision was made from")]
    Conflict {
        /// The version the case has.
        actual: u64,
    },
    /// A unique key of this append belongs to another case: the same submission came twice.
    #[error("{scope} already belongs to case {case}")]
    Exists {
        /// What kind of key.
        scope: crate::Scope,
        /// The case that has it.
        case: CaseId,
    },
    /// The disk (or the quota) is full. Nothing was written; what was there is kept, and work goes on when space returns.
    #[error("the storage is full: new work is refused, nothing is lost")]
    Full,
    /// More work is waiting than the queue holds: try again shortly (HTTP 503 with `Retry-After`).
    #[error("the write queue is full: try again shortly")]
    Busy,
    /// The append says a time that lies further before the tenant's last event than the tolerance: a clock went back.
    #[error("the clock went back: the last event is of {last}, this one of {at}")]
    ClockWentBack {
        /// Time of the tenant's newest event.
        last: Timestamp,
        /// Time of the refused event.
        at: Timestamp,
    },
    /// The append contradicts itself (no events, a version that does not fit, a key or a body over its limit).
    #[error("the append is not well-formed: {0}")]
    Invalid(&'static str),
    /// Another process writes this store.
    #[error("another process holds this store: {0}")]
    Locked(String),
    /// What is stored is not what was written, or the store has a schema this program does not know.
    #[error("the stored data is not sound: {0}")]
    Corrupt(String),
    /// The store could not be reached, or a write failed in a way that leaves its outcome unknown. Whether the append was
    /// kept shows when the store is opened again; a unique key makes trying again safe.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// An earlier write failed at the disk (`fsync`); after that no promise can be kept, so the writer stopped for good.
    /// The process must be started again; what was acknowledged is there.
    #[error("the writer has stopped after a failed write to the disk: {0}")]
    Stopped(String),
}

impl Error {
    /// The stable code for logs, metrics and the error table.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "store-conflict",
            Self::Exists { .. } => "store-exists",
            Self::Full => "store-full",
            Self::Busy => "store-busy",
            Self::ClockWentBack { .. } => "store-clock-went-back",
            Self::Invalid(_) => "store-invalid",
            Self::Locked(_) => "store-locked",
            Self::Corrupt(_) => "store-corrupt",
            Self::Unavailable(_) => "store-unavailable",
            Self::Stopped(_) => "store-stopped",
        }
    }

    /// Whether the same call may succeed later without anyone changing it (HTTP 503 rather than 409 or 500).
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Unavailable(_) | Self::Stopped(_) | Self::ClockWentBack { .. })
    }
}
