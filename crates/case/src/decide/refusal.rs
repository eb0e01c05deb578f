//! Why a command was refused.

use crate::authority::{Act, Role};
use crate::clock;
use crate::event::ReopenCause;

/// Why a command was refused. Nothing happened. The words never quote what the record says of a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no case yet.
    #[error("there is no such case")]
    NoCase,
    /// The case exists, and this is not the same request again.
    #[error("the request was received already under authorization {authorization}; send an update")]
    AlreadyReceived {
        /// The number given to the requester.
        authorization: String,
    },
    /// No authority row lets any of the roles do the act.
    #[error("{act} is not allowed for {}", .roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "))]
    NotAllowed {
        /// The act.
        act: Act,
        /// The roles held.
        roles: Vec<Role>,
    },
    /// The case is decided or closed.
    #[error("the case is closed")]
    Closed,
    /// Every line is decided.
    #[error("every line is decided")]
    NothingUndecided,
    /// No such line.
    #[error("line {0} is not part of the request")]
    UnknownLine(u32),
    /// Named twice.
    #[error("line {0} is named twice")]
    LineTwice(u32),
    /// The line is decided; only an opening again with cause can change that.
    #[error("line {0} is decided already")]
    LineDecided(u32),
    /// An update would change an approved line.
    #[error("line {0} is approved; an approval changes only when it is reopened with cause")]
    LineApproved(u32),
    /// An update would change or cancel an adverse line.
    #[error("line {0} was determined adversely; send a new request or an appeal")]
    LineAdverse(u32),
    /// An update would change a cancelled line.
    #[error("line {0} was cancelled; ask for it as a new line")]
    LineCancelled(u32),
    /// An update names another member or another cover.
    #[error("the update is for another member or another cover")]
    OtherMember,
    /// The request asks for nothing.
    #[error("the request asks for no service")]
    NothingAsked,
    /// The request was received after it was recorded.
    #[error("the moment of receipt lies after the moment it was recorded")]
    ReceiptAfterRecord,
    /// It was recorded after now.
    #[error("the moment of recording lies in the future")]
    RecordInFuture,
    /// An earlier receipt needs its proof.
    #[error("a receipt earlier than its recording needs evidence")]
    ReceiptEvidence,
    /// Too long ago to be true.
    #[error("the moment of receipt lies more than {0} days before its recording")]
    ReceiptTooOld(i64),
    /// Intake has not checked the request as it stands.
    #[error("intake has not checked the request as it stands")]
    IntakeUnchecked,
    /// Member or cover is not certain.
    #[error("intake has not cleared member and cover")]
    IntakeNotClear,
    /// The member is not matched to the directory.
    #[error("the member is not matched to the plan's directory")]
    MemberUnmatched,
    /// Less than asked is an adverse determination.
    #[error("line {0}: less than asked is an adverse determination and needs a licensed reviewer")]
    LessThanAsked(u32),
    /// A period that ends before it begins, or an authorization that is not about the line.
    #[error("line {0}: the authorized period or line is not valid")]
    BadApproval(u32),
    /// Criteria approve through their findings only.
    #[error("an approval by criteria is made by recording findings; a person's stands on their judgement, with a reason")]
    Basis,
    /// The witness was admitted for another case.
    #[error("the reviewer was admitted for another case")]
    WitnessOtherCase,
    /// The case has changed since the reviewer was admitted.
    #[error("the case has changed since the reviewer was admitted")]
    WitnessStale,
    /// The witness is not the one who acts.
    #[error("the reviewer admitted is not the one who acts")]
    WitnessOtherPerson,
    /// The witness was admitted for other lines.
    #[error("the reviewer was not admitted for line {0}")]
    WitnessOtherLine(u32),
    /// A field that must say something is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A limit.
    #[error("{what}: more than {limit}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The most.
        limit: usize,
    },
    /// A case waits for facts only after they were asked for.
    #[error("a case waits for facts only after they were asked for")]
    NothingWasAsked,
    /// A physician asked for expedited handling.
    #[error("a physician asked for or supports expedited handling; it must be granted (42 CFR 422.570(c)(2)(ii))")]
    PhysicianAsked,
    /// The case runs on the standard clock.
    #[error("expedited handling was not asked for")]
    NotExpedited,
    /// Lines are decided: it can no longer be void, duplicate or withdrawn.
    #[error("a line has been decided")]
    Decided,
    /// Only a case that is decided as a whole is opened again.
    #[error("the case is still under review; it can be reopened once it is decided")]
    StillOpen,
    /// The cause does not allow opening again.
    #[error("no rule allows opening again for this cause ({cause:?}), or its time has passed")]
    ReopenCause {
        /// The cause.
        cause: ReopenCause,
    },
    /// An approval may not be taken back for the cause the line was reopened for.
    #[error("line {0} had been approved; the cause of reopening does not allow to take the approval back (42 CFR 422.138(c))")]
    ApprovalStands(u32),
    /// The clock cannot be counted or changed so.
    #[error(transparent)]
    Clock(#[from] clock::Error),
}

impl Refusal {
    /// A stable code, for the table of errors.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCase => "no-case",
            Self::AlreadyReceived { .. } => "already-received",
            Self::NotAllowed { .. } => "not-allowed",
            Self::Closed => "closed",
            Self::NothingUndecided => "nothing-undecided",
            Self::UnknownLine(_) => "unknown-line",
            Self::LineTwice(_) => "line-twice",
            Self::LineDecided(_) => "line-decided",
            Self::LineApproved(_) => "line-approved",
            Self::LineAdverse(_) => "line-adverse",
            Self::LineCancelled(_) => "line-cancelled",
            Self::OtherMember => "other-member",
            Self::NothingAsked => "nothing-asked",
            Self::ReceiptAfterRecord => "receipt-after-record",
            Self::RecordInFuture => "record-in-future",
            Self::ReceiptEvidence => "receipt-evidence",
            Self::ReceiptTooOld(_) => "receipt-too-old",
            Self::IntakeUnchecked => "intake-unchecked",
            Self::IntakeNotClear => "intake-not-clear",
            Self::MemberUnmatched => "member-unmatched",
            Self::LessThanAsked(_) => "less-than-asked",
            Self::BadApproval(_) => "bad-approval",
            Self::Basis => "basis",
            Self::WitnessOtherCase => "witness-other-case",
            Self::WitnessStale => "witness-stale",
            Self::WitnessOtherPerson => "witness-other-person",
            Self::WitnessOtherLine(_) => "witness-other-line",
            Self::Empty(_) => "empty",
            Self::TooMuch { .. } => "too-much",
            Self::NothingWasAsked => "nothing-was-asked",
            Self::PhysicianAsked => "physician-asked",
            Self::NotExpedited => "not-expedited",
            Self::Decided => "decided",
            Self::StillOpen => "still-open",
            Self::ReopenCause { .. } => "reopen-cause",
            Self::ApprovalStands(_) => "approval-stands",
            Self::Clock(error) => error.code(),
        }
    }
}
