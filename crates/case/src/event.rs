//! What happened. Events are history: they only grow, and a replay reads signatures but mints none.

pub use crate::stored::{BadEvent, Leaf};

use crate::clock::Due;
use crate::finding::Findings;
use crate::request::{Channel, Cover, DocumentRef, Request};
use base::{CaseId, Code, Date, NonEmpty, Quantity, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One fact in the life of a case, with the moment it was recorded and who caused it.
///
/// Only [`crate::decide()`] makes one, and only [`Event::from_bytes`] reads one back: no other crate can write it down by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// When it was recorded.
    pub at: Timestamp,
    /// Who caused it.
    pub by: Actor,
    /// The authorization it is about: a receipt for this one event says by itself which authorization it proves.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub concerns: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "actor", content = "id")]
pub enum Actor {
    /// The platform itself (criteria, clocks).
    Software,
    /// A person of the UM organization.
    Person(UserId),
    /// The requester's system, by client name.
    Client(String),
}

/// The kinds of event. Names are the stored `kind`; never rename one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// A request arrived and was written down.
    Received {
        /// The request, whole.
        request: Box<Request>,
        /// The number given to the requester.
        authorization: String,
    },
    /// What intake found before any criterion was asked.
    IntakeChecked {
        /// Outcome for each line or the whole.
        outcome: Intake,
    },
    /// A decision clock runs.
    ClockStarted {
        /// Due time with the rule that gave it and the rules that lost.
        due: Due,
    },
    /// The requester changed the request.
    Updated {
        /// The request as it stands now.
        request: Box<Request>,
        /// Lines new in this update.
        added: Vec<u32>,
        /// Lines changed by this update; their decision starts anew.
        changed: Vec<u32>,
        /// Lines cancelled by this update.
        cancelled: Vec<u32>,
    },
    /// The criteria of a policy were evaluated for a line.
    CriteriaEvaluated {
        /// Every criterion with its evidence.
        findings: Arc<Findings>,
        /// The document whose record was read (latest request or added information).
        records: Vec<DocumentRef>,
    },
    /// A line is approved.
    Approved {
        /// The lines.
        lines: NonEmpty<Approval>,
        /// On what ground.
        basis: Basis,
    },
    /// No software decision: a person must look, or facts must come.
    Pended {
        /// The lines.
        lines: NonEmpty<u32>,
        /// Where the case waits.
        queue: Queue,
        /// Why, in plain words for staff; no PHI.
        reason: String,
    },
    /// Assigned to a person.
    Assigned {
        /// The person.
        to: UserId,
    },
    /// A nurse or coordinator handed it to a physician.
    Referred {
        /// Why.
        reason: String,
    },
    /// Facts were asked for. It stops a clock only where the clock's row says so.
    InformationRequested {
        /// What is asked, in plain words.
        asks: NonEmpty<Ask>,
        /// Until when an answer helps.
        respond_by: Timestamp,
        /// The clock after this request, when a row lets it toll.
        due: Option<Due>,
    },
    /// Facts came.
    InformationReceived {
        /// The documents.
        documents: NonEmpty<DocumentRef>,
        /// The clock after they came, when it had been tolled.
        due: Option<Due>,
    },
    /// The time frame was extended; a notice goes out with it.
    Extended {
        /// The ground the rule allows.
        ground: String,
        /// In the member's interest because.
        reason: String,
        /// The clock now.
        due: Due,
    },
    /// Expedited handling was asked for or granted; the clock was chosen anew.
    Expedited {
        /// The clock now.
        due: Due,
    },
    /// Expedited handling was asked for and refused (never when a physician asks or supports: 42 CFR 422.570).
    ExpediteRefused {
        /// Why.
        reason: String,
        /// The clock now: the standard one, from the original receipt. `None` when the standard clock was running already.
        due: Option<Due>,
    },
    /// A licensed reviewer denied, reduced or modified lines. No other crate can construct it.
    #[non_exhaustive]
    DeterminedAdverse {
        /// Every line with what was decided.
        lines: NonEmpty<Adverse>,
        /// The reviewer's signed statement.
        attestation: Attestation,
        /// Human words for the letter and the `processNote`: specific, with a patient fact and a criterion.
        rationale: base::Phi<String>,
    },
    /// The requester or member withdrew.
    Withdrawn {
        /// Why, if said.
        reason: String,
    },
    /// Found to repeat an earlier case.
    DuplicateFound {
        /// The earlier case.
        of: CaseId,
    },
    /// An authorization's period ended.
    Expired,
    /// Opened in error; nothing was decided.
    Voided {
        /// Why.
        reason: String,
    },
    /// A decided case is opened again for a cause the law allows (42 CFR 422.616, 405.980).
    Reopened {
        /// The cause.
        cause: ReopenCause,
        /// Why.
        reason: String,
        /// The lines under review again; what was decided on them stays in effect until decided anew.
        lines: NonEmpty<u32>,
        /// The clock of the new review.
        due: Due,
    },
    /// The due time is near.
    ClockNear {
        /// The due time meant.
        due_at: Timestamp,
    },
    /// The due time passed undecided. It decides nothing: what the law makes of it is in the rule's row.
    ClockMissed {
        /// The due time meant.
        due_at: Timestamp,
        /// What the rule says a miss means.
        on_miss: String,
    },
    /// A notice left.
    NoticeSent {
        /// Through which door.
        channel: Channel,
        /// What it told.
        about: String,
    },
    /// The true moment of receipt was found in evidence; the clock was counted anew.
    ReceiptCorrected {
        /// The true moment.
        received_at: Timestamp,
        /// The proof.
        evidence: DocumentRef,
        /// The clock now, when one runs.
        due: Option<Due>,
    },
    /// The member was matched to the plan's directory.
    MemberMatched {
        /// The directory's record id.
        member: base::Phi<String>,
        /// The cover that record gives.
        cover: Cover,
        /// The clock under that cover, counted from the same receipt, when one runs and it differs.
        due: Option<Due>,
    },
}

/// What intake found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "intake")]
pub enum Intake {
    /// Member matched and cover in force: go on to criteria.
    Clear,
    /// None of the lines needs authorization under this plan.
    NotRequired,
    /// The member could not be matched with certainty: a coordinator must.
    MemberUnmatched,
    /// The cover was not in force on the date of service: a coordinator must look (never an automatic denial).
    CoverUncertain {
        /// What is uncertain; no PHI.
        reason: String,
    },
    /// Something in the request contradicts itself or its record: a person must look.
    Contradictory {
        /// What contradicts what; no PHI.
        reason: String,
    },
}

/// An approved line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The line.
    pub line: u32,
    /// First authorized day.
    pub from: Date,
    /// Last authorized day.
    pub to: Date,
    /// How much, when limited.
    pub quantity: Option<Quantity>,
}

/// On what ground an approval stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "basis")]
pub enum Basis {
    /// Criteria of a signed policy, all met by the record; no person was involved.
    Criteria {
        /// The policy's id and version.
        policy: String,
    },
    /// A person's judgement.
    Person {
        /// Why, in their words.
        reason: String,
    },
    /// No authorization is needed for the service under this plan.
    NotRequired,
}

/// An adverse line: less than asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adverse {
    /// The line.
    pub line: u32,
    /// Denied, or approved otherwise than asked.
    pub outcome: AdverseOutcome,
    /// X12 886 or plan reason code for the wire.
    pub reason: Code,
    /// The criterion that is not met (policy id and criterion id), or the benefit provision.
    pub criterion: String,
}

impl Adverse {
    /// What is authorized all the same: nothing when denied.
    #[must_use]
    pub const fn authorized(&self) -> Option<&Approval> {
        match &self.outcome {
            AdverseOutcome::Denied => None,
            AdverseOutcome::Partial { authorized } | AdverseOutcome::Modified { authorized, .. } => Some(authorized),
        }
    }
}

/// How a line is less than asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum AdverseOutcome {
    /// Nothing is authorized (X12 306 `A3`).
    Denied,
    /// Less of the same (X12 306 `A2`): a smaller quantity or period.
    Partial {
        /// What is authorized.
        authorized: Approval,
    },
    /// Something else instead (X12 306 `A6` with `addItem`).
    Modified {
        /// What is authorized.
        authorized: Approval,
        /// The service authorized in place of the one asked for.
        service: Code,
    },
}

/// The signed statement of the clinician behind an adverse determination (42 CFR 422.566(d)). Data: it can be read, never used to decide again,
/// and no other crate can construct it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attestation {
    /// Who.
    pub reviewer: UserId,
    /// Name as on the licence.
    pub name: String,
    /// NPI, when held.
    pub npi: Option<String>,
    /// Licence type, number, state and expiry.
    pub licence: crate::authority::Licence,
    /// Specialty by which the reviewer is fit for this case.
    pub specialty: String,
    /// The authority rule that admitted them, by id, with its citation.
    pub admitted_under: String,
    /// When.
    pub attested_at: Timestamp,
    /// "I have reviewed the individual record of this case", as confirmed.
    pub statement: String,
}

/// A fact asked of the requester.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The line it concerns.
    pub line: u32,
    /// The criterion it would settle, if any.
    pub criterion: Option<String>,
    /// What to send, in plain words.
    pub text: String,
}

/// Where a case waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Intake coordinator: member, provider, duplicate, cover.
    Intake,
    /// Waiting for facts from the requester.
    Facts,
    /// Nurse review.
    Nurse,
    /// Physician review.
    Physician,
}

/// Why a decided case may be opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReopenCause {
    /// Clerical error.
    ClericalError,
    /// New and material evidence.
    NewEvidence,
    /// Error on the face of the evidence.
    ErrorOnFace,
    /// Fraud or similar fault.
    Fraud,
}
