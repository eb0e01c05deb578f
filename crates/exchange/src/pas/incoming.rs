//! What a `$submit` Bundle turned out to be.

use base::{Hash, Identifier, Phi, Timestamp};
use case::Request;
use case::request::{Channel, Cover, DocumentRef, Provider};

/// Facts about the reception of a Bundle that the shell knows and the Bundle does not.
#[derive(Debug, Clone)]
pub struct ReadContext {
    /// The true moment of receipt.
    pub received_at: Timestamp,
    /// When the system writes it down; not earlier than `received_at`.
    pub recorded_at: Timestamp,
    /// The door.
    pub channel: Channel,
    /// Proof of an earlier receipt, when `received_at` is earlier than `recorded_at`.
    pub evidence: Option<DocumentRef>,
    /// The body, as kept in the document store.
    pub record: DocumentRef,
    /// Cover to write into the request until the member is matched. Its zone counts days, its line of business chooses the drug clock.
    pub cover: Cover,
}

impl ReadContext {
    /// A body that arrives over FHIR right now.
    #[must_use]
    pub fn now(now: Timestamp, body: &[u8], cover: Cover) -> Self {
        let record =
            DocumentRef { hash: Hash::of(body), media_type: "application/fhir+json".to_owned(), bytes: body.len() as u64 };
        Self { received_at: now, recorded_at: now, channel: Channel::Fhir, evidence: None, record, cover }
    }
}

/// What a `$submit` Bundle asks.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A new request.
    Submit(NewRequest),
    /// A change of an earlier request: lines added, changed or cancelled.
    Update(Update),
    /// The whole earlier request is cancelled.
    Cancel(Update),
}

impl Incoming {
    /// The request in any of the three.
    #[must_use]
    pub fn new_request(&self) -> &NewRequest {
        match self {
            Self::Submit(new) => new,
            Self::Update(update) | Self::Cancel(update) => &update.new,
        }
    }

    /// The request by move.
    #[must_use]
    pub fn into_new_request(self) -> NewRequest {
        match self {
            Self::Submit(new) => new,
            Self::Update(update) | Self::Cancel(update) => update.new,
        }
    }
}

/// A request as read, with what the case does not keep but the workflow needs.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The request for the case. Its cover is the context's; the member is not matched.
    pub request: Request,
    /// Every id that may name the member, best first: `Patient.identifier` of type MB, `Coverage.identifier` of type MB,
    /// `Coverage.subscriberId`, other `Patient.identifier`.
    pub member_ids: Vec<Phi<String>>,
    /// `Bundle.identifier`: the submitter's transaction.
    pub transaction: Option<Identifier>,
    /// Every provider named by the Claim (requester, then care team): whose NPI may inquire (PAS spec-53).
    pub care_team: Vec<Provider>,
    /// Numbers of earlier authorizations, by line (REF-BB, REF-NT).
    pub earlier: Vec<EarlierNumbers>,
    /// Every resource of the Bundle, for evidence, in the order sent. The prior Claim of an update is not among them.
    pub resources: Vec<Resource>,
    /// What a person should look at. None of it is a reason to refuse the Bundle.
    pub doubts: Vec<Doubt>,
    /// What the shape check remarked without refusing (unknown members, references that lead nowhere ...). No content is quoted.
    pub remarks: Vec<fhir::Issue>,
    /// Some line asks for a drug, by code or by order.
    pub drug_named: bool,
}

impl NewRequest {
    /// Puts the request under the cover that the directory knows, and chooses the drug clock anew: it depends on the line of business.
    pub fn set_cover(&mut self, cover: Cover) {
        self.request.drug = super::drug(self.drug_named, cover.line_of_business);
        self.request.cover = cover;
    }

    /// The key of idempotent submission: same requester, `Bundle.identifier`, `Claim.identifier` and same bytes.
    ///
    /// Identifiers alone are not enough: submitters reuse a trace number for a different request (the published
    /// examples do), and a different request must never be answered with an earlier one's decision.
    #[must_use]
    pub fn submission_key(&self) -> Hash {
        let mut text = String::new();
        let mut put = |part: &str| {
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        };
        put(self.request.requester.npi.as_deref().unwrap_or(&self.request.requester.name));
        for identifier in self.transaction.iter().chain(&self.request.identifiers) {
            put(&identifier.system);
            put(&identifier.value);
        }
        put(&self.request.record.hash.to_string());
        Hash::of(text.as_bytes())
    }
}

/// A change of an earlier request.
#[derive(Debug, Clone)]
pub struct Update {
    /// The request as it stands now. Cancelled lines are still in it, with certification `Cancel`.
    pub new: NewRequest,
    /// Identifiers of the request it changes: the prior Claim's, `Claim.related.claim.identifier`, `Claim.related.reference`;
    /// when `Claim.related` is absent (2.0.1), its own `Claim.identifier`.
    pub prior: Vec<Identifier>,
    /// Lines marked `added`.
    pub added: Vec<u32>,
    /// Lines marked `changed` and not cancelled.
    pub changed: Vec<u32>,
    /// Lines marked cancelled; every line of a whole cancel.
    pub cancelled: Vec<u32>,
}

/// Numbers of an earlier authorization named on a line, or on the whole Claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierNumbers {
    /// The line; `None` for the whole Claim.
    pub line: Option<u32>,
    /// `extension-authorizationNumber` (REF-BB).
    pub authorization: Option<String>,
    /// `extension-administrationReferenceNumber` (REF-NT).
    pub administrative: Option<String>,
}

/// A resource of the Bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `Bundle.entry.fullUrl`.
    pub full_url: String,
    /// `resourceType`.
    pub kind: String,
    /// Where it stands in the document.
    pub node: json::NodeId,
}

/// Something in a readable request that a person should look at. Never a reason for a 4xx (PAS conf-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// No member or subscriber id anywhere.
    NoMemberId,
    /// A period of service that ends before it starts.
    PeriodReversed {
        /// The line.
        line: u32,
    },
    /// A day of service more than two years before or five years after receipt.
    DateImplausible {
        /// The line.
        line: u32,
    },
    /// A quantity that is zero or negative.
    QuantityNotPositive {
        /// The line.
        line: u32,
    },
    /// X12 1322 `1` or `2`: the requester appeals; that is not a new request.
    Appeal {
        /// The line; `None` for the whole Claim.
        line: Option<u32>,
    },
    /// The birth date is after receipt or more than 130 years before it.
    BirthDateImplausible,
    /// A line's service has no code (text only).
    ServiceWithoutCode {
        /// The line.
        line: u32,
    },
    /// `Claim.related` names nothing by which the earlier request could be found.
    PriorUnnamed,
}

impl Doubt {
    /// In plain words for staff; no protected information.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoMemberId => "the request names no member or subscriber id".to_owned(),
            Self::PeriodReversed { line } => format!("line {line}: the period of service ends before it starts"),
            Self::DateImplausible { line } => format!("line {line}: the day of service is far from the day of receipt"),
            Self::QuantityNotPositive { line } => format!("line {line}: the quantity is not positive"),
            Self::Appeal { line: Some(line) } => format!("line {line} is marked as an appeal"),
            Self::Appeal { line: None } => "the request is marked as an appeal".to_owned(),
            Self::BirthDateImplausible => "the member's birth date is not plausible".to_owned(),
            Self::ServiceWithoutCode { line } => format!("line {line}: the service has no code"),
            Self::PriorUnnamed => "the update does not name the request it changes".to_owned(),
        }
    }

    /// The request contradicts itself or the calendar: a coordinator must look before criteria are asked
    /// ([`case::event::Intake::Contradictory`]).
    #[must_use]
    pub fn contradicts(&self) -> bool {
        matches!(
            self,
            Self::PeriodReversed { .. }
                | Self::DateImplausible { .. }
                | Self::QuantityNotPositive { .. }
                | Self::Appeal { .. }
                | Self::BirthDateImplausible
        )
    }
}
