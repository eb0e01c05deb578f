//! The memory engine: ordered maps. It is the model the others are compared with, and the fast store of the simulator.
//!
//! There is no writer thread: an append is a batch of one, done before the call returns, so a simulation stays
//! deterministic.

use crate::codec::{KeyDigest, StoredKey};
use crate::commit::{Committer, Job};
use crate::engine::{Engine, Read, TimerEntry};
use crate::pack::Pack;
use crate::rows::{ArtifactRow, Batch, DocumentRow, Head, HeldKey, LeafBatch, OutboxEntry, Row, RowFilter};
use crate::store::{Backend, Shared};
use crate::types::{Assigned, Audit, AuditFilter, AuditRow, Counts, Scope};
use crate::{Error, Options};
use base::{CaseId, Hash, TenantId};
use case::event::Queue;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store in memory. Nothing outlives it.
pub type MemoryStore = Shared<Memory>;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::over(Memory(Mutex::new(Committer::new(Maps::default(), options.clone()))), options)
    }
}

/// The memory backend.
pub struct Memory(Mutex<Committer<Maps>>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Committer<Maps>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Memory {
    fn read<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        work(&mut self.lock().engine)
    }

    fn snapshot<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        self.read(work)
    }

    fn submit(&self, job: Job) {
        // The error has been given to the job's own answer.
        let _ = self.lock().process(vec![job]);
    }

    fn failure(&self) -> Option<Error> {
        self.lock().stopped().map(|why| Error::Stopped(why.to_owned()))
    }
}

/// One tenant's data.
#[derive(Debug, Default)]
struct Data {
    head: Head,
    packs: BTreeMap<(CaseId, u64), Pack>,
    rows: BTreeMap<CaseId, Row>,
    /// (due, case) of open cases.
    open: BTreeSet<(i64, CaseId)>,
    timers: BTreeSet<TimerEntry>,
    keys: BTreeSet<HeldKey>,
    unique: BTreeMap<(Scope, KeyDigest), CaseId>,
    documents: BTreeMap<Hash, DocumentRow>,
    artifacts: BTreeMap<Hash, ArtifactRow>,
    records: BTreeMap<(String, String), Vec<u8>>,
    leaves: BTreeMap<u64, LeafBatch>,
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
    audit: BTreeMap<u64, Audit>,
    outbox: BTreeMap<u64, OutboxEntry>,
}

/// Every tenant's data.
#[derive(Debug, Default)]
pub struct Maps(BTreeMap<TenantId, Data>);

impl Data {
    fn put_row(&mut self, row: Row) {
        if let Some(old) = self.rows.remove(&row.case) {
            self.open.remove(&(old.due, old.case));
            if let Some((at, kind)) = old.timer {
                self.timers.remove(&(at, old.case, kind));
            }
        }
        if row.status.is_open() {
            self.open.insert((row.due, row.case));
        }
        if let Some((at, kind)) = row.timer {
            self.timers.insert((at, row.case, kind));
        }
        self.rows.insert(row.case, row);
    }
}

fn fits(row: &Row, filter: &RowFilter) -> bool {
    filter.queue.is_none_or(|queue| row.queue == Some(queue))
        && filter.status.is_none_or(|status| row.status == status)
        && filter.urgency.is_none_or(|urgency| row.urgency == urgency)
        && filter.assigned.as_ref().is_none_or(|assigned| match assigned {
            Assigned::Nobody => row.assigned.is_none(),
            Assigned::To(user) => row.assigned.as_ref() == Some(user),
        })
}

/// What comes after a place, or everything.
fn after<T>(place: Option<T>) -> (Bound<T>, Bound<T>) {
    match place {
        Some(place) => (Bound::Excluded(place), Bound::Unbounded),
        None => (Bound::Unbounded, Bound::Unbounded),
    }
}

impl Read for Maps {
    fn tenants(&mut self) -> Result<Vec<TenantId>, Error> {
        Ok(self.0.keys().cloned().collect())
    }

    fn head(&mut self, tenant: &TenantId) -> Result<Option<Head>, Error> {
        Ok(self.0.get(tenant).map(|data| data.head.clone()))
    }

    fn packs(&mut self, tenant: &TenantId, case: CaseId, from: u64, limit: usize) -> Result<Vec<Pack>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let packs = data.packs.range((case, 0)..=(case, u64::MAX)).map(|(_, pack)| pack);
        Ok(packs.filter(|pack| pack.end() > from).take(limit).cloned().collect())
    }

    fn cases(&mut self, tenant: &TenantId, place: Option<CaseId>, limit: usize) -> Result<Vec<CaseId>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let mut cases = Vec::new();
        let mut place = place;
        while cases.len() < limit {
            let range = after(place.map(|case| (case, u64::MAX)));
            let Some((&(case, _), _)) = data.packs.range(range).next() else { break };
            cases.push(case);
            place = Some(case);
        }
        Ok(cases)
    }

    fn version(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<(u64, Vec<StoredKey>)>, Error> {
        Ok(self.row(tenant, case)?.map(|row| (row.version, row.keys)))
    }

    fn row(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<Row>, Error> {
        Ok(self.0.get(tenant).and_then(|data| data.rows.get(&case)).cloned())
    }

    fn rows(&mut self, tenant: &TenantId, place: Option<CaseId>, limit: usize) -> Result<Vec<Row>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        Ok(data.rows.range(after(place)).take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn open_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        place: Option<(i64, CaseId)>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let rows = data.open.range(after(place)).filter_map(|(_, case)| data.rows.get(case));
        Ok(rows.filter(|row| fits(row, filter)).take(limit).cloned().collect())
    }

    fn closed_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = data.rows.range((Bound::Unbounded, end)).rev().map(|(_, row)| row);
        Ok(rows.filter(|row| !row.status.is_open() && fits(row, filter)).take(limit).cloned().collect())
    }

    fn counts(&mut self, tenant: &TenantId) -> Result<Counts, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Counts::default()) };
        let mut queues: BTreeMap<Queue, u64> = BTreeMap::new();
        for queue in data.open.iter().filter_map(|(_, case)| data.rows.get(case)?.queue) {
            *queues.entry(queue).or_default() += 1;
        }
        Ok(Counts { queues: queues.into_iter().collect(), cases: data.rows.len() as u64 })
    }

    fn keys(&mut self, tenant: &TenantId, place: Option<HeldKey>, limit: usize) -> Result<Vec<HeldKey>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        Ok(data.keys.range(after(place)).take(limit).copied().collect())
    }

    fn find(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest, limit: usize) -> Result<Vec<CaseId>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let (first, last) = (CaseId::from_bytes([0; 16]), CaseId::from_bytes([255; 16]));
        let held = data.keys.range((scope, *key, first)..=(scope, *key, last));
        Ok(held.rev().take(limit).map(|(_, _, case)| *case).collect())
    }

    fn owner(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest) -> Result<Option<CaseId>, Error> {
        Ok(self.0.get(tenant).and_then(|data| data.unique.get(&(scope, *key))).copied())
    }

    fn timers(&mut self, tenant: &TenantId, now: i64, limit: usize) -> Result<Vec<TimerEntry>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        Ok(data.timers.iter().take_while(|(at, _, _)| *at <= now).take(limit).copied().collect())
    }

    fn document(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<DocumentRow>, Error> {
        Ok(self.0.get(tenant).and_then(|data| data.documents.get(hash)).cloned())
    }

    fn documents(&mut self, tenant: &TenantId, place: Option<Hash>, limit: usize) -> Result<Vec<Hash>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        Ok(data.documents.range(after(place)).take(limit).map(|(hash, _)| *hash).collect())
    }

    fn leaves(&mut self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<LeafBatch>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let batches = data.leaves.range(..to).rev().map(|(_, batch)| batch);
        let mut found: Vec<LeafBatch> = batches.take_while(|batch| batch.first + batch.count() > from).cloned().collect();
        found.reverse();
        Ok(found)
    }

    fn tile(&mut self, tenant: &TenantId, level: u8, index: u64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(tenant).and_then(|data| data.tiles.get(&(level, index))).cloned())
    }

    fn artifact(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<ArtifactRow>, Error> {
        Ok(self.0.get(tenant).and_then(|data| data.artifacts.get(hash)).cloned())
    }

    fn record(&mut self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let place = (kind.to_owned(), key.to_owned());
        Ok(self.0.get(tenant).and_then(|data| data.records.get(&place)).cloned())
    }

    fn records(
        &mut self,
        tenant: &TenantId,
        kind: &str,
        place: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        // Keys are never empty, so the empty text comes before every key.
        let start = Bound::Excluded((kind.to_owned(), place.unwrap_or_default().to_owned()));
        let range = data.records.range((start, Bound::Unbounded)).take_while(|((found, _), _)| found == kind);
        Ok(range.take(limit).map(|((_, key), body)| (key.clone(), body.clone())).collect())
    }

    fn audit_rows(&mut self, tenant: &TenantId, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditRow>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        let rows = data.audit.range(..filter.before.unwrap_or(u64::MAX)).rev().filter(|(_, audit)| {
            filter.case.is_none_or(|case| audit.case == Some(case)) && filter.who.as_ref().is_none_or(|who| audit.who == *who)
        });
        Ok(rows.take(limit).map(|(sequence, audit)| AuditRow { sequence: *sequence, audit: audit.clone() }).collect())
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let Some(data) = self.0.get(tenant) else { return Ok(Vec::new()) };
        Ok(data.outbox.values().take(limit).cloned().collect())
    }
}

impl Engine for Maps {
    fn begin(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn lock(&mut self, _: &TenantId) -> Result<(), Error> {
        Ok(())
    }

    /// Takes everything over at once: nothing here can fail half-way.
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        for (tenant, head) in &batch.heads {
            self.0.entry(tenant.clone()).or_default().head = head.clone();
        }
        let mut data = |tenant: &TenantId, put: &mut dyn FnMut(&mut Data)| {
            put(self.0.entry(tenant.clone()).or_default());
        };
        for (tenant, leaves) in &batch.leaves {
            data(tenant, &mut |data| {
                data.leaves.insert(leaves.first, leaves.clone());
            });
        }
        for (tenant, tile) in &batch.tiles {
            data(tenant, &mut |data| {
                data.tiles.insert((tile.level, tile.index), tile.bytes.clone());
            });
        }
        for (tenant, pack) in &batch.packs {
            data(tenant, &mut |data| {
                data.packs.insert((pack.case, pack.first), pack.clone());
            });
        }
        for ((tenant, _), row) in &batch.rows {
            data(tenant, &mut |data| data.put_row(row.clone()));
        }
        for ((tenant, scope, key, case), held) in &batch.keys {
            data(tenant, &mut |data| {
                let entry = (*scope, *key, *case);
                if *held {
                    data.keys.insert(entry)
                } else {
                    data.keys.remove(&entry)
                };
            });
        }
        for ((tenant, scope, key), case) in &batch.unique {
            data(tenant, &mut |data| {
                data.unique.insert((*scope, *key), *case);
            });
        }
        for (tenant, document) in &batch.documents {
            data(tenant, &mut |data| {
                data.documents.entry(document.hash).or_insert_with(|| document.clone());
            });
        }
        for (tenant, artifact) in &batch.artifacts {
            data(tenant, &mut |data| {
                data.artifacts.entry(artifact.hash).or_insert_with(|| artifact.clone());
            });
        }
        for ((tenant, kind, key), body) in &batch.records {
            data(tenant, &mut |data| {
                let place = (kind.clone(), key.clone());
                match body {
                    Some(body) => data.records.insert(place, body.clone()),
                    None => data.records.remove(&place),
                };
            });
        }
        for entry in &batch.outbox {
            data(&entry.id.tenant, &mut |data| {
                data.outbox.insert(entry.id.sequence, entry.clone());
            });
        }
        for id in &batch.delivered {
            if let Some(data) = self.0.get_mut(&id.tenant) {
                data.outbox.remove(&id.sequence);
            }
        }
        for (tenant, sequence, audit) in &batch.audit {
            self.0.entry(tenant.clone()).or_default().audit.insert(*sequence, audit.clone());
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn rollback(&mut self) {}
}
