//! A store that fails on purpose: it refuses some appends before they happen, and loses the answer of some that did.

use base::{CaseId, Hash, TenantId, Timestamp};
use fiction::dice::Dice;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{
    Append, Appended, Artifact, Audit, AuditFilter, AuditRow, CaseRow, Counts, Error, Filter, Health, OutboxId, OutboxRow, Page,
    Scope, Store, StoredDocument, StoredEvent, Ticket, TimerRow, UniqueKey,
};

/// How often an append fails, of a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Refused before it happens: the queue is full.
    pub busy: u64,
    /// Refused before it happens: the disk is full.
    pub full: u64,
    /// It happened, and the answer was lost on the way.
    pub lost: u64,
}

impl Rates {
    /// Nothing fails.
    pub const NONE: Self = Self { busy: 0, full: 0, lost: 0 };
}

/// Decides which appends fail, and counts. It outlives the store it stands before, as a failing disk outlives a process.
pub struct Injector(Mutex<State>);

struct State {
    dice: Dice,
    rates: Rates,
    /// Tenants whose storage has no room for now.
    full: BTreeMap<TenantId, Timestamp>,
    done: BTreeMap<&'static str, u64>,
    total: u64,
}

impl Injector {
    /// Faults from a seed.
    #[must_use]
    pub fn new(seed: u64, rates: Rates) -> Self {
        let (full, done) = (BTreeMap::new(), BTreeMap::new());
        Self(Mutex::new(State { dice: Dice::new(seed), rates, full, done, total: 0 }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every append of this tenant is refused as [`Error::Full`].
    pub fn fill_up(&self, tenant: &TenantId, at: Timestamp) {
        self.state().full.insert(tenant.clone(), at);
    }

    /// There is room again.
    pub fn make_room(&self, tenant: &TenantId) {
        self.state().full.remove(tenant);
    }

    /// Appends fail at these rates from now on.
    pub fn start(&self, rates: Rates) {
        self.state().rates = rates;
    }

    /// Nothing fails from now on.
    pub fn stop(&self) {
        let mut state = self.state();
        state.rates = Rates::NONE;
        state.full.clear();
    }

    /// How many appends failed on purpose, by kind.
    #[must_use]
    pub fn done(&self) -> BTreeMap<&'static str, u64> {
        self.state().done.clone()
    }

    /// How many appends failed on purpose.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.state().total
    }

    fn choose(&self, tenant: &TenantId) -> Option<Fault> {
        let mut state = self.state();
        let rates = state.rates;
        let full = state.full.contains_key(tenant);
        let roll = state.dice.below(1000);
        let fault = if full || (rates.busy..rates.busy + rates.full).contains(&roll) {
            Fault::Full
        } else if roll < rates.busy {
            Fault::Busy
        } else if (rates.busy + rates.full..rates.busy + rates.full + rates.lost).contains(&roll) {
            Fault::Lost
        } else {
            return None;
        };
        *state.done.entry(fault.name()).or_default() += 1;
        state.total += 1;
        Some(fault)
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Busy,
    Full,
    Lost,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Busy => "append refused: queue full",
            Self::Full => "append refused: disk full",
            Self::Lost => "append kept, answer lost",
        }
    }
}

/// A store behind an [`Injector`]. Only appends fail: they are what must never be half done.
pub struct Faulty {
    inner: Arc<dyn Store>,
    injector: Arc<Injector>,
}

impl Faulty {
    /// Puts the injector before a store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, injector: Arc<Injector>) -> Self {
        Self { inner, injector }
    }
}

impl Store for Faulty {
    fn append(&self, append: Append) -> Ticket<Appended> {
        match self.injector.choose(&append.tenant) {
            None => self.inner.append(append),
            Some(Fault::Busy) => Ticket::ready(Err(Error::Busy)),
            Some(Fault::Full) => Ticket::ready(Err(Error::Full)),
            Some(Fault::Lost) => {
                let lost = |_| Err(Error::Unavailable("the answer was lost".to_owned()));
                Ticket::ready(self.inner.append(append).wait().and_then(lost))
            }
        }
    }

    fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<case::Case>, Error> {
        self.inner.case(tenant, id)
    }

    fn events(&self, tenant: &TenantId, id: CaseId) -> Result<Vec<StoredEvent>, Error> {
        self.inner.events(tenant, id)
    }

    fn find(&self, tenant: &TenantId, scope: Scope, key: &str) -> Result<Vec<CaseId>, Error> {
        self.inner.find(tenant, scope, key)
    }

    fn owner(&self, tenant: &TenantId, key: &UniqueKey) -> Result<Option<CaseId>, Error> {
        self.inner.owner(tenant, key)
    }

    fn worklist(&self, tenant: &TenantId, filter: &Filter) -> Result<Page, Error> {
        self.inner.worklist(tenant, filter)
    }

    fn row(&self, tenant: &TenantId, id: CaseId) -> Result<Option<CaseRow>, Error> {
        self.inner.row(tenant, id)
    }

    fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.inner.counts(tenant)
    }

    fn timers(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, Error> {
        self.inner.timers(now, limit)
    }

    fn document(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<StoredDocument>, Error> {
        self.inner.document(tenant, hash)
    }

    fn receipt(&self, tenant: &TenantId, id: CaseId, version: u64) -> Result<Option<String>, Error> {
        self.inner.receipt(tenant, id, version)
    }

    fn checkpoint(&self, tenant: &TenantId) -> Result<Option<String>, Error> {
        self.inner.checkpoint(tenant)
    }

    fn tile(&self, tenant: &TenantId, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error> {
        self.inner.tile(tenant, level, index, width)
    }

    fn entries(&self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<String>, Error> {
        self.inner.entries(tenant, from, to)
    }

    fn log_size(&self, tenant: &TenantId) -> Result<u64, Error> {
        self.inner.log_size(tenant)
    }

    fn put_artifact(&self, tenant: &TenantId, kind: &str, hash: &Hash, bytes: &[u8]) -> Ticket<()> {
        self.inner.put_artifact(tenant, kind, hash, bytes)
    }

    fn artifact(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<Artifact>, Error> {
        self.inner.artifact(tenant, hash)
    }

    fn put_record(&self, tenant: &TenantId, kind: &str, key: &str, body: &[u8]) -> Ticket<()> {
        self.inner.put_record(tenant, kind, key, body)
    }

    fn record(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.record(tenant, kind, key)
    }

    fn records(
        &self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.inner.records(tenant, kind, after, limit)
    }

    fn delete_record(&self, tenant: &TenantId, kind: &str, key: &str) -> Ticket<()> {
        self.inner.delete_record(tenant, kind, key)
    }

    fn audit(&self, tenant: &TenantId, audit: Audit) -> Ticket<()> {
        self.inner.audit(tenant, audit)
    }

    fn audit_rows(&self, tenant: &TenantId, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error> {
        self.inner.audit_rows(tenant, filter)
    }

    fn outbox(&self, limit: usize) -> Result<Vec<OutboxRow>, Error> {
        self.inner.outbox(limit)
    }

    fn outbox_done(&self, ids: &[OutboxId]) -> Ticket<()> {
        self.inner.outbox_done(ids)
    }

    fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        self.inner.tenants()
    }

    fn verify(&self) -> Result<Health, Error> {
        self.inner.verify()
    }

    fn rebuild(&self) -> Result<u64, Error> {
        self.inner.rebuild()
    }

    fn ready(&self) -> Result<(), Error> {
        self.inner.ready()
    }
}
