//! What an engine must be able to do: read rows, and write one batch whole or not at all. Everything else — conflicts,
//! numbering, the ledger, receipts, verification — is written once, above this.

use crate::Error;
use crate::codec::KeyDigest;
use crate::pack::Pack;
use crate::rows::{ArtifactRow, Batch, DocumentRow, Head, HeldKey, LeafBatch, OutboxEntry, Row, RowFilter};
use crate::types::{AuditFilter, AuditRow, Counts, Scope};
use base::{CaseId, Hash, TenantId};

/// A due timer at rest: moment in microseconds, case, kind.
pub(crate) type TimerEntry = (i64, CaseId, case::state::TimerKind);

/// Reading, on one consistent connection or map.
pub(crate) trait Read {
    /// Tenants with a log or counters, in order.
    fn tenants(&mut self) -> Result<Vec<TenantId>, Error>;
    /// Where a tenant's log stands.
    fn head(&mut self, tenant: &TenantId) -> Result<Option<Head>, Error>;
    /// Packs of a case that hold events of this version or later, in order, at most `limit`.
    fn packs(&mut self, tenant: &TenantId, case: CaseId, from: u64, limit: usize) -> Result<Vec<Pack>, Error>;
    /// Cases that have events, by id, after this one.
    fn cases(&mut self, tenant: &TenantId, after: Option<CaseId>, limit: usize) -> Result<Vec<CaseId>, Error>;
    /// Version and held keys of a case: what a new append is checked against.
    fn version(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<(u64, Vec<crate::codec::StoredKey>)>, Error>;
    /// The projection row of a case.
    fn row(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<Row>, Error>;
    /// Projection rows by case id, after this one.
    fn rows(&mut self, tenant: &TenantId, after: Option<CaseId>, limit: usize) -> Result<Vec<Row>, Error>;
    /// Rows of open cases by (due, case), after this place.
    fn open_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        after: Option<(i64, CaseId)>,
        limit: usize,
    ) -> Result<Vec<Row>, Error>;
    /// Rows of closed cases, newest first, before this case.
    fn closed_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<Row>, Error>;
    /// How many cases wait where.
    fn counts(&mut self, tenant: &TenantId) -> Result<Counts, Error>;
    /// Held keys in order, after this one.
    fn keys(&mut self, tenant: &TenantId, after: Option<HeldKey>, limit: usize) -> Result<Vec<HeldKey>, Error>;
    /// Cases that hold a key, newest first.
    fn find(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest, limit: usize) -> Result<Vec<CaseId>, Error>;
    /// The case that claimed a unique key.
    fn owner(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest) -> Result<Option<CaseId>, Error>;
    /// Timers due at this moment, soonest first.
    fn timers(&mut self, tenant: &TenantId, now: i64, limit: usize) -> Result<Vec<TimerEntry>, Error>;
    /// A document.
    fn document(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<DocumentRow>, Error>;
    /// Hashes of all documents in order, after this one.
    fn documents(&mut self, tenant: &TenantId, after: Option<Hash>, limit: usize) -> Result<Vec<Hash>, Error>;
    /// Batches of leaves that hold any of the leaves `from..to`, in order.
    fn leaves(&mut self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<LeafBatch>, Error>;
    /// A stored tile: full ones, and partial ones above level 0.
    fn tile(&mut self, tenant: &TenantId, level: u8, index: u64) -> Result<Option<Vec<u8>>, Error>;
    /// An artifact.
    fn artifact(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<ArtifactRow>, Error>;
    /// A record's encoded body.
    fn record(&mut self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error>;
    /// Records of a kind by key.
    fn records(
        &mut self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, Error>;
    /// Audit rows, newest first.
    fn audit_rows(&mut self, tenant: &TenantId, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditRow>, Error>;
    /// A tenant's undelivered messages, oldest first.
    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<OutboxEntry>, Error>;
}

/// Writing, on the one connection that writes.
pub(crate) trait Engine: Read {
    /// Begins a transaction.
    fn begin(&mut self) -> Result<(), Error>;
    /// Keeps other processes from this tenant's log until the transaction ends.
    fn lock(&mut self, tenant: &TenantId) -> Result<(), Error>;
    /// Writes the batch.
    fn write(&mut self, batch: &Batch) -> Result<(), Error>;
    /// Makes it durable.
    fn commit(&mut self) -> Result<(), Error>;
    /// Forgets it.
    fn rollback(&mut self);
}
