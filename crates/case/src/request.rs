//! What was asked: the request as the case knows it. Not a wire type; `exchange` makes it from FHIR or X12.

use base::{Code, Date, Hash, Identifier, LineOfBusiness, NonEmpty, Phi, Quantity, State, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A prior authorization request, whole, as it stood when it was received or last updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Business identifiers the requester gave (`Claim.identifier`, trace numbers). May be empty.
    pub identifiers: Vec<Identifier>,
    /// Whose care it is, as sent.
    pub member: Member,
    /// The cover the request falls under, as the plan's records say.
    pub cover: Cover,
    /// Who asks.
    pub requester: Provider,
    /// Who pays: the insurer as named in the request.
    pub insurer: Provider,
    /// How fast an answer is needed, as asked.
    pub urgency: Urgency,
    /// Whether the clocks for drugs apply.
    pub drug: Drug,
    /// Before, during or after the service.
    pub timing: Timing,
    /// Diagnoses as sent, in order.
    pub diagnoses: Vec<Code>,
    /// The requested services; each is decided by itself.
    pub lines: NonEmpty<Line>,
    /// When and how it reached us.
    pub receipt: Receipt,
    /// The request as received, byte for byte, in the document store.
    pub record: DocumentRef,
    /// An earlier authorization this one continues or replaces, as named by the requester.
    pub related: Vec<Identifier>,
    /// Facts about the situation that choose special clock rows; usually empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub circumstances: BTreeSet<Circumstance>,
}

/// A fact about the situation that some clock rows ask for (`when`, `unless` in `rules/clocks.toml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circumstance {
    /// The plan asks no prior authorization for the item or service (42 CFR 422.568(b)(1)(i)).
    NoPriorAuthorization,
    /// The member is in hospital.
    Hospitalised,
    /// Care after stabilisation, or a threat to life.
    PostStabilisation,
    /// An ongoing course of treatment, asked to be extended at least 24 hours before its end (29 CFR 2560.503-1(f)(2)(ii)(B)).
    OngoingCourse,
    /// Home health services after an inpatient stay.
    HomeHealthAfterInpatient,
    /// Inpatient rehabilitation after an inpatient stay.
    RehabilitationAfterInpatient,
    /// An override of a step-therapy protocol is asked for.
    StepTherapyOverride,
    /// A clean claim of a provider without a contract.
    CleanNonContract,
}

/// The member as named in the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Member or subscriber id as sent (`Coverage.subscriberId`, `Patient.identifier` of type MB).
    pub member_id: Phi<String>,
    /// Name to show a reviewer.
    pub name: Phi<String>,
    /// Date of birth, when sent whole.
    pub birth_date: Option<Phi<Date>>,
    /// The record of the member in the plan's directory; `None` until matched by software or a person.
    pub matched: Option<Phi<String>>,
}

/// The cover that chooses clocks, authority rules and policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Line of business.
    pub line_of_business: LineOfBusiness,
    /// The state whose law applies, if any does.
    pub state: Option<State>,
    /// The plan or product, as the directory names it.
    pub plan: String,
    /// IANA time zone in which calendar and business days are counted.
    pub zone: String,
}

/// A provider, facility or organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// National Provider Identifier, when given.
    pub npi: Option<String>,
    /// Name as sent.
    pub name: String,
}

/// How fast the answer is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Ordinary time frame.
    Standard,
    /// Life, health or function in jeopardy under the ordinary time frame.
    Expedited,
}

/// Whether a drug clock applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drug {
    /// Not a drug.
    None,
    /// Medicare Part B drug.
    PartB,
    /// Covered outpatient drug.
    Outpatient,
}

/// When the review happens relative to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// Before the service.
    Prospective,
    /// While the service is given.
    Concurrent,
    /// After the service.
    Retrospective,
}

/// One requested service. Its sequence is the requester's and is echoed for ever (PAS spec-34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `Claim.item.sequence`.
    pub sequence: u32,
    /// What is asked for.
    pub service: Code,
    /// X12 1365 service type, if sent.
    pub category: Option<Code>,
    /// Modifiers as sent.
    pub modifiers: Vec<Code>,
    /// How much, if sent.
    pub quantity: Option<Quantity>,
    /// First requested day of service, if sent with day precision.
    pub service_from: Option<Date>,
    /// Last requested day of service, if sent with day precision.
    pub service_to: Option<Date>,
    /// Initial, renewal, extension ... as asked.
    pub certification: Certification,
}

/// X12 1322 certification type, as far as a case acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certification {
    /// First request for this service (X12 `I`), also when nothing was sent.
    Initial,
    /// Renewal of an earlier authorization (`R`).
    Renewal,
    /// Extension of one (`4`).
    Extension,
    /// Revision (`S`).
    Revised,
    /// Cancel (`3`).
    Cancel,
}

/// When and how a request reached the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The true moment of receipt: clocks start from it. Never later than `recorded_at`.
    pub received_at: Timestamp,
    /// When the system wrote it down.
    pub recorded_at: Timestamp,
    /// The door it came through.
    pub channel: Channel,
    /// Proof of an earlier receipt (fax image, call note); required when `received_at` is earlier than `recorded_at`.
    pub evidence: Option<DocumentRef>,
    /// When the appointment form of a representative arrived, for a request made by one: some clocks start at the later of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative_form_at: Option<Timestamp>,
}

/// The door a request or a notice went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Channel {
    Fhir,
    X12,
    Fax,
    Mail,
    Phone,
    Portal,
}

/// A document in the store, by the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentRef {
    /// SHA-256 of the bytes as received.
    pub hash: Hash,
    /// Media type as received.
    pub media_type: String,
    /// Length in bytes.
    pub bytes: u64,
}
