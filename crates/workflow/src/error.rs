//! What can go wrong in an act, as facts with codes.

use base::CaseId;
use case::Refusal;

/// Why an act did not happen. Nothing was changed when one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such tenant is configured.
    #[error("this organization is not configured here")]
    UnknownTenant,
    /// No such case for this tenant.
    #[error("no such case")]
    NoSuchCase,
    /// Someone else changed the case in between.
    #[error("the case was changed by someone else; look at it again before acting")]
    Stale {
        /// The version it has now.
        actual: u64,
    },
    /// The role may not do this.
    #[error("{0}")]
    NotAllowed(String),
    /// The case's own law refuses.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The reviewer does not fit this case; every reason is listed.
    #[error("{}", .0.join("; "))]
    NotAdmitted(Vec<String>),
    /// The store has no room: nothing new is taken, nothing is lost.
    #[error("the disk is full: no new work is taken until there is room")]
    Full,
    /// Too much at once.
    #[error("too many requests are waiting; try again in a moment")]
    Busy,
    /// The store cannot be reached or has stopped itself.
    #[error("the store is not available")]
    Unavailable,
    /// Something kept cannot be read back.
    #[error("stored data cannot be read: {0}")]
    Corrupt(&'static str),
    /// The store already has it.
    #[error("already received")]
    Exists(CaseId),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { actual } => Self::Stale { actual },
            store::Error::Exists { case, .. } => Self::Exists(case),
            store::Error::Full => Self::Full,
            store::Error::Busy => Self::Busy,
            other => {
                tracing::error!(code = other.code(), "store refused: {other}");
                Self::Unavailable
            }
        }
    }
}
