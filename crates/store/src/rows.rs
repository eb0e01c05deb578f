//! Rows as every engine keeps them, and the batch of rows that one commit writes.

use crate::Error;
use crate::codec::{self, KeyDigest, StoredKey};
use crate::pack::Pack;
use crate::projection::{self, CaseRow, StatusKind};
use crate::types::{Audit, OutboxId, Scope};
use base::{CaseId, Hash, LineOfBusiness, Phi, TenantId, UserId};
use case::Case;
use case::event::Queue;
use case::request::Urgency;
use case::state::{Outcome, TimerKind};
use jiff::Timestamp;
use ledger::{LeafClass, Salt, Tile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Due time of a row without a clock: behind all others.
pub(crate) const NO_CLOCK: i64 = i64::MAX;

/// Where a tenant's log and its counters stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Leaves in the log.
    pub size: u64,
    /// The newest signed checkpoint.
    pub checkpoint: Option<String>,
    /// Last outbox sequence used.
    pub outbox: u64,
    /// Last audit sequence used.
    pub audit: u64,
    /// Time of the newest event, in microseconds; `i64::MIN` before the first.
    pub last_at: i64,
}

impl Default for Head {
    fn default() -> Self {
        Self { size: 0, checkpoint: None, outbox: 0, audit: 0, last_at: i64::MIN }
    }
}

/// A projection row at rest: the columns that lists filter and sort by, and the card with what they show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub case: CaseId,
    pub version: u64,
    pub status: StatusKind,
    pub queue: Option<Queue>,
    pub assigned: Option<UserId>,
    pub urgency: Urgency,
    /// Due time in microseconds, or [`NO_CLOCK`].
    pub due: i64,
    /// The soonest timer, in microseconds.
    pub timer: Option<(i64, TimerKind)>,
    /// The keys the case is found by, sorted.
    pub keys: Vec<StoredKey>,
    /// JSON array of the rest.
    pub card: Vec<u8>,
}

/// The part of a row that is only shown: a JSON array in this order.
#[derive(Serialize, Deserialize)]
struct Card(
    String,
    Phi<String>,
    Phi<String>,
    String,
    String,
    LineOfBusiness,
    Outcome,
    Timestamp,
    Option<Timestamp>,
    Option<String>,
    bool,
    bool,
    Option<Timestamp>,
);

impl Row {
    /// The row of a case: pure, so that it can be made again from the events and compared.
    pub fn of(id: CaseId, case: &Case) -> Result<Self, Error> {
        let shown = projection::row_of(id, case);
        let timer = projection::timers_of(case).first().map(|timer| (codec::micros_up(timer.at), timer.kind));
        let mut keys: Vec<StoredKey> = projection::keys_of(case)
            .iter()
            .map(|(scope, key)| (*scope, codec::key_digest(*scope, projection::cut(key, projection::KEY_MAX))))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let card = Card(
            shown.authorization,
            shown.member_name,
            shown.member_id,
            shown.requester,
            shown.services,
            shown.line_of_business,
            shown.outcome,
            shown.received_at,
            shown.due_at,
            shown.due_rule,
            shown.near,
            shown.missed,
            shown.decided_at,
        );
        let card = serde_json::to_vec(&card).map_err(|_| Error::Invalid("the case row cannot be written"))?;
        Ok(Self {
            case: id,
            version: shown.version,
            status: shown.status,
            queue: shown.queue,
            assigned: shown.assigned,
            urgency: shown.urgency,
            due: shown.due_at.map_or(NO_CLOCK, codec::micros),
            timer,
            keys,
            card,
        })
    }

    /// The row as callers see it.
    pub fn shown(&self) -> Result<CaseRow, Error> {
        let Card(
            authorization,
            member_name,
            member_id,
            requester,
            services,
            line_of_business,
            outcome,
            received_at,
            due_at,
            due_rule,
            near,
            missed,
            decided_at,
        ) = serde_json::from_slice(&self.card)
            .map_err(|_| Error::Corrupt(format!("the row of case {} cannot be read", self.case)))?;
        Ok(CaseRow {
            case: self.case,
            version: self.version,
            status: self.status,
            queue: self.queue,
            assigned: self.assigned.clone(),
            urgency: self.urgency,
            line_of_business,
            authorization,
            member_name,
            member_id,
            requester,
            services,
            outcome,
            received_at,
            due_at,
            due_rule,
            near,
            missed,
            decided_at,
        })
    }

    /// Names the first column in which two rows of a case differ.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.version != other.version, "version"),
            (self.status != other.status, "status"),
            (self.queue != other.queue, "queue"),
            (self.assigned != other.assigned, "assigned"),
            (self.urgency != other.urgency, "urgency"),
            (self.due != other.due, "due"),
            (self.timer != other.timer, "timer"),
            (self.keys != other.keys, "keys"),
            (self.card != other.card, "card"),
        ]
        .into_iter()
        .find_map(|(differs, name)| differs.then_some(name))
    }
}

/// The exact part of a worklist filter: what the engines compare.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowFilter {
    pub queue: Option<Queue>,
    pub assigned: Option<crate::Assigned>,
    pub status: Option<StatusKind>,
    pub urgency: Option<Urgency>,
}

/// Leaves appended by one commit, with the checkpoint signed over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeafBatch {
    /// Index of the first.
    pub first: u64,
    /// Class number and commitment of each, 33 bytes.
    pub leaves: Vec<u8>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// Bytes of one leaf in a [`LeafBatch`].
pub(crate) const LEAF_BYTES: usize = 33;

impl LeafBatch {
    /// How many leaves.
    pub const fn count(&self) -> u64 {
        (self.leaves.len() / LEAF_BYTES) as u64
    }

    /// Index, class and commitment of each leaf.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Option<LeafClass>, [u8; 32])> + '_ {
        self.leaves.chunks_exact(LEAF_BYTES).zip(self.first..).map(|(chunk, index)| {
            let mut commitment = [0; 32];
            commitment.copy_from_slice(&chunk[1..]);
            (index, codec::class_of(chunk[0]), commitment)
        })
    }
}

/// A document at rest.
#[derive(Debug, Clone)]
pub(crate) struct DocumentRow {
    pub hash: Hash,
    pub media_type: String,
    /// Encoded bytes.
    pub bytes: Vec<u8>,
}

/// An outbox row at rest.
#[derive(Debug, Clone)]
pub(crate) struct OutboxEntry {
    pub id: OutboxId,
    pub case: CaseId,
    pub at: i64,
    pub kind: String,
    /// Encoded body.
    pub body: Vec<u8>,
}

/// An artifact at rest.
#[derive(Debug, Clone)]
pub(crate) struct ArtifactRow {
    pub hash: Hash,
    pub kind: String,
    /// Encoded bytes.
    pub bytes: Vec<u8>,
}

/// A key that is held: scope, digest, case.
pub(crate) type HeldKey = (Scope, KeyDigest, CaseId);

/// Everything one commit writes. Engines write it whole or not at all.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub heads: BTreeMap<TenantId, Head>,
    pub leaves: Vec<(TenantId, LeafBatch)>,
    pub tiles: Vec<(TenantId, Tile)>,
    pub packs: Vec<(TenantId, Pack)>,
    /// The newest row of each case touched.
    pub rows: BTreeMap<(TenantId, CaseId), Row>,
    /// Whether a key is held after the commit; only keys that change are here.
    pub keys: BTreeMap<(TenantId, Scope, KeyDigest, CaseId), bool>,
    pub unique: BTreeMap<(TenantId, Scope, KeyDigest), CaseId>,
    pub documents: Vec<(TenantId, DocumentRow)>,
    pub artifacts: Vec<(TenantId, ArtifactRow)>,
    /// The newest body of each record touched; `None` removes it.
    pub records: BTreeMap<(TenantId, String, String), Option<Vec<u8>>>,
    pub outbox: Vec<OutboxEntry>,
    pub delivered: Vec<OutboxId>,
    pub audit: Vec<(TenantId, u64, Audit)>,
}

/// The salt and class of an event together with its leaf hash, made before the writer sees it.
#[derive(Debug, Clone)]
pub(crate) struct FreshLeaf {
    pub leaf: ledger::Leaf,
    pub hash: ledger::Hash,
    pub salt: Salt,
}
