//! What goes in and what comes out: plain data, free of any engine.

use base::{CaseId, Hash, TenantId};
use case::event::Queue;
use jiff::Timestamp;
use ledger::{LeafClass, Salt};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

use crate::projection::{CaseRow, StatusKind};
use case::request::Urgency;
use case::state::TimerKind;

/// Namespaces of the keys by which cases are found or kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// A business identifier of the request: `system|value`.
    Identifier,
    /// The number given to the requester.
    Authorization,
    /// The member's id as sent.
    Member,
    /// The requester's National Provider Identifier.
    Provider,
    /// `member id|code system|code` of each line: finds requests for the same service of the same member.
    Service,
    /// A key of the transport that makes a submission happen once (`Idempotency-Key`, X12 trace). Only for
    /// [`UniqueKey`]; nothing in the case gives it.
    Submission,
}

impl Scope {
    /// Every scope with its stored number.
    pub const ALL: [Self; 6] =
        [Self::Identifier, Self::Authorization, Self::Member, Self::Provider, Self::Service, Self::Submission];

    /// The number it is stored by; never changes.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Identifier => 1,
            Self::Authorization => 2,
            Self::Member => 3,
            Self::Provider => 4,
            Self::Service => 5,
            Self::Submission => 6,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identifier => "the identifier",
            Self::Authorization => "the authorization number",
            Self::Member => "the member id",
            Self::Provider => "the provider",
            Self::Service => "the service",
            Self::Submission => "the submission key",
        })
    }
}

/// A key that only one case of a tenant may have. The same case may claim it again.
#[derive(Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// Its namespace.
    pub scope: Scope,
    /// The key, 1 to [`UniqueKey::MAX_BYTES`] bytes. Only its digest is stored.
    pub key: String,
}

impl UniqueKey {
    /// Longest key in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// Joins scope and key.
    #[must_use]
    pub fn new(scope: Scope, key: impl Into<String>) -> Self {
        Self { scope, key: key.into() }
    }
}

/// Everything that becomes durable together: events, their leaves, projections, documents, outbox and audit.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose data it is.
    pub tenant: TenantId,
    /// Which case.
    pub case: CaseId,
    /// The version the decision was made from; 0 for a new case.
    pub expected_version: u64,
    /// What happened, in order; at least one, at most [`Append::MAX_EVENTS`].
    pub events: Vec<NewEvent>,
    /// The case after these events: its projections are made from it.
    pub after: Arc<case::Case>,
    /// Keys that must not belong to another case.
    pub unique: Vec<UniqueKey>,
    /// Documents the events name.
    pub documents: Vec<NewDocument>,
    /// What must be told to others because of it.
    pub outbox: Vec<Intent>,
    /// Who did what.
    pub audit: Vec<Audit>,
}

impl Append {
    /// Most events in one append.
    pub const MAX_EVENTS: usize = 1000;
    /// Most documents, outbox rows or audit rows in one append.
    pub const MAX_PARTS: usize = 1000;
}

/// An event to be stored.
#[derive(Clone)]
pub struct NewEvent {
    /// The exact JSON bytes of the [`case::Event`]; the ledger commits to them and replay reads them.
    pub body: Vec<u8>,
    /// The stored name of the kind (`approved`).
    pub kind: &'static str,
    /// When it was recorded.
    pub at: Timestamp,
    /// The class of its leaf in the ledger; `None` for events the ledger does not need.
    pub leaf: Option<LeafClass>,
    /// Whether a receipt is wanted with the answer; needs a leaf.
    pub receipt: bool,
}

impl NewEvent {
    /// Largest body in bytes.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// An event as the case made it: its canonical bytes, its kind, and the leaf its kind calls for. `receipt` asks for a
    /// receipt with the answer, when there is a leaf.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the event has no JSON form.
    pub fn of(event: &case::Event, receipt: bool) -> Result<Self, crate::Error> {
        let body = event.to_bytes().map_err(|_| crate::Error::Invalid("an event has no JSON form"))?;
        let leaf = event.what.leaf().map(leaf_class);
        Ok(Self { body, kind: event.what.kind(), at: event.at, leaf, receipt: receipt && leaf.is_some() })
    }
}

/// The ledger's class for what the case calls it.
#[must_use]
pub const fn leaf_class(leaf: case::Leaf) -> LeafClass {
    match leaf {
        case::Leaf::Request => LeafClass::Request,
        case::Leaf::InfoRequest => LeafClass::InfoRequest,
        case::Leaf::Clock => LeafClass::Clock,
        case::Leaf::Determination => LeafClass::Determination,
        case::Leaf::Notice => LeafClass::Notice,
    }
}

/// A document to be stored, kept byte for byte.
#[derive(Clone)]
pub struct NewDocument {
    /// SHA-256 of the bytes; the caller has computed it already.
    pub hash: Hash,
    /// Media type as received.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

impl NewDocument {
    /// Largest document in bytes.
    pub const MAX_BYTES: usize = 64 * 1024 * 1024;
}

/// Something to tell the outside once the append is durable (an `outbox` row).
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    /// What kind of message.
    pub kind: String,
    /// What it says, as its consumer understands it.
    pub body: Vec<u8>,
}

/// One row of the audit trail.
#[derive(Clone, PartialEq, Eq)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// Who, as the directory or the client list names them.
    pub who: String,
    /// What they did.
    pub act: String,
    /// On which case, when on one.
    pub case: Option<CaseId>,
    /// Particulars.
    pub detail: String,
}

/// An audit row as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Place in the tenant's trail, counted from 1.
    pub sequence: u64,
    /// What it says.
    pub audit: Audit,
}

/// Which audit rows are wanted, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only by this person or client.
    pub who: Option<String>,
    /// Only rows before this sequence: the last of the page before.
    pub before: Option<u64>,
    /// How many at most; 0 means [`PAGE_LIMIT`].
    pub limit: usize,
}

/// Most rows any page gives.
pub const PAGE_LIMIT: usize = 500;

/// The answer to an append: it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The version the case has now.
    pub version: u64,
    /// Receipts that were asked for: event version and C2SP tlog-proof text.
    pub receipts: Vec<(u64, String)>,
}

/// An event as stored.
#[derive(Clone)]
pub struct StoredEvent {
    /// Its place in the case, counted from 1.
    pub version: u64,
    /// The stored name of its kind.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The exact bytes the ledger committed to.
    pub body: Vec<u8>,
    /// Where it is in the ledger.
    pub leaf: Option<StoredLeaf>,
}

/// What links an event to its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLeaf {
    /// Index in the tenant's log, counted from 0.
    pub index: u64,
    /// Class the leaf shows.
    pub class: LeafClass,
    /// The salt of its commitment.
    pub salt: Salt,
}

impl StoredEvent {
    /// Reads the body.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`] when it is not an event.
    pub fn event(&self) -> Result<case::Event, crate::Error> {
        case::Event::from_bytes(&self.body)
            .map_err(|e| crate::Error::Corrupt(format!("event {} cannot be read: {e}", self.version)))
    }
}

/// A document as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Media type as received.
    pub media_type: String,
    /// The bytes as received.
    pub bytes: Vec<u8>,
}

/// A policy version or other artifact that replay must find again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// What it is (`policy`).
    pub kind: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A message that waits to be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// What to give to `outbox_done`.
    pub id: OutboxId,
    /// The case it is about.
    pub case: CaseId,
    /// When its cause was recorded.
    pub at: Timestamp,
    /// What kind of message.
    pub kind: String,
    /// What it says.
    pub body: Vec<u8>,
}

/// Names one outbox row. Sequences grow in commit order and are never used twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId {
    /// Whose row.
    pub tenant: TenantId,
    /// Place in the tenant's outbox, counted from 1.
    pub sequence: u64,
}

/// A timer of a case that is due. The case's next tick removes or replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// Whose case.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// What it is for.
    pub kind: TimerKind,
    /// When it is due.
    pub at: Timestamp,
}

/// Whose work a worklist shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    /// Nobody's yet.
    Nobody,
    /// One person's.
    To(base::UserId),
}

/// Which rows of the worklist are wanted. Every part that is set must fit.
#[derive(Clone, Default)]
pub struct Filter {
    /// Only cases that wait in this queue.
    pub queue: Option<Queue>,
    /// Only this person's, or nobody's.
    pub assigned: Option<Assigned>,
    /// Only cases in this state.
    pub status: Option<StatusKind>,
    /// Only cases of this urgency.
    pub urgency: Option<Urgency>,
    /// Only rows that contain this text in member, requester, authorization number or service, in any letter case.
    pub text: Option<String>,
    /// The rows after this place.
    pub after: Option<Cursor>,
    /// How many at most; 0 means [`PAGE_LIMIT`].
    pub limit: usize,
}

/// A place in the worklist order: open cases by due time, then closed ones, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// After this open case.
    Open {
        /// Due time in milliseconds since the epoch; `i64::MAX` when no clock runs.
        risk: i64,
        /// The case.
        case: CaseId,
    },
    /// After this closed case.
    Closed {
        /// The case.
        case: CaseId,
    },
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { risk, case } => write!(f, "o{risk}_{case}"),
            Self::Closed { case } => write!(f, "c{case}"),
        }
    }
}

impl std::str::FromStr for Cursor {
    type Err = base::id::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = base::id::BadId;
        if let Some(case) = text.strip_prefix('c') {
            return Ok(Self::Closed { case: case.parse()? });
        }
        let (risk, case) = text.strip_prefix('o').and_then(|rest| rest.split_once('_')).ok_or(bad)?;
        Ok(Self::Open { risk: risk.parse().map_err(|_| bad)?, case: case.parse()? })
    }
}

/// One page of the worklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows, those at most clock risk first.
    pub rows: Vec<CaseRow>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// How many open cases wait where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Cases in each queue.
    pub queues: Vec<(Queue, u64)>,
    /// All cases, open and closed.
    pub cases: u64,
}

/// What [`crate::Store::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Tenants looked at.
    pub tenants: u64,
    /// Cases replayed and compared.
    pub cases: u64,
    /// Events read.
    pub events: u64,
    /// Leaves whose commitments were made again and compared.
    pub leaves: u64,
    /// Documents read and hashed.
    pub documents: u64,
    /// What does not agree, the first [`Health::MAX_FAULTS`]; empty when all is sound.
    pub faults: Vec<String>,
}

impl Health {
    /// Most faults listed.
    pub const MAX_FAULTS: usize = 20;

    /// Whether everything agreed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// `Debug` that shows the named fields and hides the rest: they hold protected information.
macro_rules! debug_without_phi {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_phi! {
    UniqueKey { scope }
    NewEvent { kind, at, leaf, receipt }
    NewDocument { hash, media_type }
    Intent { kind }
    Audit { at, who, act, case }
    StoredEvent { version, kind, at, leaf }
    StoredDocument { media_type }
    OutboxRow { id, case, at, kind }
    Filter { queue, assigned, status, urgency, after, limit }
}
