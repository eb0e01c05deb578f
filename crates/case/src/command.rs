//! What people, clocks and robots ask of a case.

use crate::authority::LicensedReviewer;
use crate::event::{Adverse, Approval, Ask, Basis, Intake, Queue, ReopenCause};
use crate::finding::Findings;
use crate::request::{Channel, Cover, DocumentRef, Request};
use base::{CaseId, NonEmpty, Phi, Timestamp, UserId};

/// A command. Adverse ones carry their witness.
#[allow(clippy::large_enum_variant)] // One stands on the stack for a moment; a box would be moved and opened for nothing.
pub enum Command {
    /// A request arrived.
    Receive {
        /// The request.
        request: Box<Request>,
        /// The number given to the requester.
        authorization: String,
    },
    /// What intake found.
    CheckIntake(Intake),
    /// The requester changed the request.
    Update {
        /// The request as it stands now.
        request: Box<Request>,
    },
    /// The requester cancelled lines; all of them withdraws the case.
    Cancel {
        /// The request that cancels, as it came; its record is kept.
        request: Box<Request>,
        /// Which.
        lines: NonEmpty<u32>,
    },
    /// Criteria were evaluated; lines whose root is met under a signed policy are approved, the rest pend.
    RecordFindings {
        /// One for each undecided line that has a policy.
        findings: Vec<Findings>,
        /// The records read.
        records: Vec<DocumentRef>,
        /// Lines for which no computable policy exists.
        uncovered: Vec<u32>,
        /// What to authorize for each line that the criteria approve (plan's default period).
        approvals: Vec<Approval>,
    },
    /// A person approves lines ([`Basis::Person`]), or intake or software finds that they need no authorization
    /// ([`Basis::NotRequired`]). What criteria prove is approved through [`Command::RecordFindings`].
    Approve {
        /// What is authorized.
        lines: NonEmpty<Approval>,
        /// On what ground.
        basis: Basis,
    },
    /// A licensed reviewer denies, reduces or modifies.
    DetermineAdverse {
        /// The witness; consumed.
        reviewer: LicensedReviewer,
        /// Every line with what is decided.
        lines: NonEmpty<Adverse>,
        /// Specific words for the letter.
        rationale: Phi<String>,
    },
    /// Move to a queue.
    Pend {
        /// The queue.
        queue: Queue,
        /// Why.
        reason: String,
    },
    /// Give to a person.
    Assign(UserId),
    /// Hand to a physician.
    Refer {
        /// Why.
        reason: String,
    },
    /// Ask the requester for facts.
    Ask {
        /// The questions.
        asks: NonEmpty<Ask>,
    },
    /// Facts came.
    ReceiveInformation {
        /// The documents.
        documents: NonEmpty<DocumentRef>,
    },
    /// Extend the time frame with notice.
    Extend {
        /// The ground the rule allows.
        ground: String,
        /// In the member's interest because.
        reason: String,
    },
    /// Handle as expedited.
    Expedite,
    /// Refuse expedited handling.
    RefuseExpedite {
        /// Why.
        reason: String,
        /// A physician asked for or supports it: then refusal is not allowed.
        physician_asked: bool,
    },
    /// The requester or member withdraws.
    Withdraw {
        /// Why, if said.
        reason: String,
    },
    /// It repeats an earlier case.
    MarkDuplicate {
        /// The earlier case.
        of: CaseId,
    },
    /// Opened in error.
    Void {
        /// Why.
        reason: String,
    },
    /// Open again.
    Reopen {
        /// The cause.
        cause: ReopenCause,
        /// Why.
        reason: String,
        /// Which decided lines; empty for all of them.
        lines: Vec<u32>,
    },
    /// A notice left.
    RecordNotice {
        /// Through which door.
        channel: Channel,
        /// What it told.
        about: String,
    },
    /// Time passed: near, missed, expired.
    Tick,
    /// Correct the moment of receipt with evidence (intake coordinator); never later than it was recorded.
    CorrectReceipt {
        /// The true moment.
        received_at: Timestamp,
        /// The proof.
        evidence: DocumentRef,
    },
    /// The member was matched by a coordinator.
    MatchMember {
        /// The directory's record id.
        member: Phi<String>,
        /// The cover that record gives: it may choose another clock.
        cover: Cover,
    },
}
