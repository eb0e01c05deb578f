//! Who may decide what: roles and acts as rows with citations, and the admission of the one who may say no.
//!
//! [`Rules::may`] answers whether a role may do an act under a line of business; what no row grants is refused.
//! [`admit`] checks a clinician's licence, field and independence against a case and gives the [`LicensedReviewer`] that an
//! adverse determination consumes.

mod admit;
mod rules;

pub use crate::rows::Fault;
pub use admit::{LicensedReviewer, NotAdmitted, Reason, admit};
pub use rules::{Field, Grant, ReopenRule, ReviewerRule, Rules};

use base::{Date, State, UserId};
use serde::{Deserialize, Serialize};

/// A professional licence, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// `MD`, `DO`, `RN`, `PharmD`, `DDS`, `PhD` ...
    pub kind: String,
    /// Number as issued.
    pub number: String,
    /// Issuing state.
    pub state: State,
    /// Last day of validity.
    pub expires: Date,
    /// Restricted by the board.
    pub restricted: bool,
}

/// What the directory knows of a clinician at the moment of signing. Data; it proves nothing until [`admit`] has checked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Who.
    pub user: UserId,
    /// Name as on the licence.
    pub name: String,
    /// NPI, when held.
    pub npi: Option<String>,
    /// Roles held now.
    pub roles: Vec<Role>,
    /// Licences.
    pub licences: Vec<Licence>,
    /// Specialties, in plain lower-case words: `pulmonary disease`, `internal medicine`.
    pub specialties: Vec<String>,
    /// Employed and not suspended.
    pub active: bool,
}

/// What a person or program is, to the authority rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The platform itself: criteria and clocks.
    Software,
    /// The requester's system or office.
    Requester,
    /// Intake coordinator.
    Intake,
    /// UM nurse.
    Nurse,
    /// Physician reviewer, or another clinician licensed to review in the field.
    Physician,
    /// Medical director.
    MedicalDirector,
    /// Appeals coordinator.
    Appeals,
    /// Case manager or discharge planner.
    CaseManager,
    /// Policy author.
    PolicyAuthor,
    /// Compliance officer, auditor.
    Compliance,
    /// Analyst.
    Analyst,
    /// Administrator of the installation.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 12] = [
        Self::Software,
        Self::Requester,
        Self::Intake,
        Self::Nurse,
        Self::Physician,
        Self::MedicalDirector,
        Self::Appeals,
        Self::CaseManager,
        Self::PolicyAuthor,
        Self::Compliance,
        Self::Analyst,
        Self::Administrator,
    ];

    /// The name used in data rows (`medical-director`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Requester => "requester",
            Self::Intake => "intake",
            Self::Nurse => "nurse",
            Self::Physician => "physician",
            Self::MedicalDirector => "medical-director",
            Self::Appeals => "appeals",
            Self::CaseManager => "case-manager",
            Self::PolicyAuthor => "policy-author",
            Self::Compliance => "compliance",
            Self::Analyst => "analyst",
            Self::Administrator => "administrator",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be done to a case: one for each [`crate::Command`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // Each is documented at the command of the same name.
pub enum Act {
    Receive,
    CheckIntake,
    Update,
    Cancel,
    RecordFindings,
    Approve,
    DetermineAdverse,
    Pend,
    Assign,
    Refer,
    Ask,
    ReceiveInformation,
    Extend,
    Expedite,
    RefuseExpedite,
    Withdraw,
    MarkDuplicate,
    Void,
    Reopen,
    RecordNotice,
    Tick,
    CorrectReceipt,
    MatchMember,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 23] = [
        Self::Receive,
        Self::CheckIntake,
        Self::Update,
        Self::Cancel,
        Self::RecordFindings,
        Self::Approve,
        Self::DetermineAdverse,
        Self::Pend,
        Self::Assign,
        Self::Refer,
        Self::Ask,
        Self::ReceiveInformation,
        Self::Extend,
        Self::Expedite,
        Self::RefuseExpedite,
        Self::Withdraw,
        Self::MarkDuplicate,
        Self::Void,
        Self::Reopen,
        Self::RecordNotice,
        Self::Tick,
        Self::CorrectReceipt,
        Self::MatchMember,
    ];

    /// The name used in data rows (`determine-adverse`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::CheckIntake => "check-intake",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::RecordFindings => "record-findings",
            Self::Approve => "approve",
            Self::DetermineAdverse => "determine-adverse",
            Self::Pend => "pend",
            Self::Assign => "assign",
            Self::Refer => "refer",
            Self::Ask => "ask",
            Self::ReceiveInformation => "receive-information",
            Self::Extend => "extend",
            Self::Expedite => "expedite",
            Self::RefuseExpedite => "refuse-expedite",
            Self::Withdraw => "withdraw",
            Self::MarkDuplicate => "mark-duplicate",
            Self::Void => "void",
            Self::Reopen => "reopen",
            Self::RecordNotice => "record-notice",
            Self::Tick => "tick",
            Self::CorrectReceipt => "correct-receipt",
            Self::MatchMember => "match-member",
        }
    }
}

impl std::fmt::Display for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
