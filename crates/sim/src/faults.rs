//! A store that fails on purpose: it refuses some appends before they happen, and loses the answer of some that did. To try the
//! auditor it can also lie.

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

/// A lie a store may tell on purpose, so that the auditor can be tried: each must be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The misses of due times are left out of histories.
    NoMisses,
    /// The bytes of every event differ by a space from those committed.
    OtherBytes,
    /// Adverse determinations are shown as made by software.
    SoftwareDenied,
    /// What was approved by criteria is shown as approved on unknown criteria.
    ApprovedOnUnknown,
    /// Documents are gone.
    NoDocuments,
    /// Documents have lost their last byte.
    ShortDocuments,
    /// Nothing is found by its number.
    NoNumbers,
    /// A case's row is found under every tenant.
    NoWalls,
    /// Rows are one version behind.
    OldRows,
    /// The log is one leaf shorter than it is.
    ShortLog,
    /// Every event gets the receipt of the case's first.
    FirstReceipt,
}

impl Lie {
    /// Every lie.
    pub const ALL: [Self; 11] = [
        Self::NoMisses,
        Self::OtherBytes,
        Self::SoftwareDenied,
        Self::ApprovedOnUnknown,
        Self::NoDocuments,
        Self::ShortDocuments,
        Self::NoNumbers,
        Self::NoWalls,
        Self::OldRows,
        Self::ShortLog,
        Self::FirstReceipt,
    ];

    fn about(self, events: &mut Vec<StoredEvent>) {
        match self {
            Self::NoMisses => events.retain(|event| event.kind != "clock-missed"),
            Self::OtherBytes => events.iter_mut().for_each(|event| event.body.push(b' ')),
            Self::SoftwareDenied => rewrite(events, "determined-adverse", |body| {
                body["by"] = serde_json::json!({"actor": "software"});
            }),
            Self::ApprovedOnUnknown => rewrite(events, "criteria-evaluated", |body| {
                body["findings"]["root"] = serde_json::json!("unknown");
            }),
            _ => {}
        }
    }
}

fn rewrite(events: &mut [StoredEvent], kind: &str, change: impl Fn(&mut serde_json::Value)) {
    for event in events.iter_mut().filter(|event| event.kind == kind) {
        if let Ok(mut body) = serde_json::from_slice(&event.body) {
            change(&mut body);
            event.body = body.to_string().into_bytes();
        }
    }
}

/// Decides which appends fail, and counts. It outlives the store it stands before, as a failing disk outlives a process.
pub struct Injector(Mutex<State>);

struct State {
    dice: Dice,
    rates: Rates,
    /// Tenants whose storage has no room for now.
    full: BTreeMap<TenantId, Timestamp>,
    done: BTreeMap<&'static str, u64>,
    by_tenant: BTreeMap<TenantId, u64>,
    lie: Option<Lie>,
}

impl Injector {
    /// Faults from a seed.
    #[must_use]
    pub fn new(seed: u64, rates: Rates) -> Self {
        let (full, done) = (BTreeMap::new(), BTreeMap::new());
        Self(Mutex::new(State { dice: Dice::new(seed), rates, full, done, by_tenant: BTreeMap::new(), lie: None }))
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

    /// From now on the store lies.
    pub fn lie(&self, lie: Lie) {
        self.state().lie = Some(lie);
    }

    fn tells(&self, lie: Lie) -> bool {
        self.state().lie == Some(lie)
    }

    /// How many appends failed on purpose, by kind.
    #[must_use]
    pub fn done(&self) -> BTreeMap<&'static str, u64> {
        self.state().done.clone()
    }

    /// How many appends of a tenant failed on purpose.
    #[must_use]
    pub fn of(&self, tenant: &TenantId) -> u64 {
        self.state().by_tenant.get(tenant).copied().unwrap_or_default()
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
        *state.by_tenant.entry(tenant.clone()).or_default() += 1;
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

/// A store behind an [`Injector`]. Only appends fail: they are what must never be half done. Only reads lie.
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
        let mut events = self.inner.events(tenant, id)?;
        let lie = self.injector.state().lie;
        lie.iter().for_each(|lie| lie.about(&mut events));
        Ok(events)
    }

    fn find(&self, tenant: &TenantId, scope: Scope, key: &str) -> Result<Vec<CaseId>, Error> {
        if self.injector.tells(Lie::NoNumbers) {
            return Ok(Vec::new());
        }
        self.inner.find(tenant, scope, key)
    }

    fn owner(&self, tenant: &TenantId, key: &UniqueKey) -> Result<Option<CaseId>, Error> {
        self.inner.owner(tenant, key)
    }

    fn worklist(&self, tenant: &TenantId, filter: &Filter) -> Result<Page, Error> {
        self.inner.worklist(tenant, filter)
    }

    fn row(&self, tenant: &TenantId, id: CaseId) -> Result<Option<CaseRow>, Error> {
        let mut row = self.inner.row(tenant, id)?;
        if self.injector.tells(Lie::NoWalls) {
            for other in self.inner.tenants()? {
                row = row.or(self.inner.row(&other, id)?);
            }
        }
        if let Some(row) = row.as_mut().filter(|_| self.injector.tells(Lie::OldRows)) {
            row.version -= 1;
        }
        Ok(row)
    }

    fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.inner.counts(tenant)
    }

    fn timers(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, Error> {
        self.inner.timers(now, limit)
    }

    fn document(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<StoredDocument>, Error> {
        let mut document = self.inner.document(tenant, hash)?;
        if self.injector.tells(Lie::NoDocuments) {
            return Ok(None);
        }
        if let Some(document) = document.as_mut().filter(|_| self.injector.tells(Lie::ShortDocuments)) {
            document.bytes.pop();
        }
        Ok(document)
    }

    fn receipt(&self, tenant: &TenantId, id: CaseId, version: u64) -> Result<Option<String>, Error> {
        let version = if self.injector.tells(Lie::FirstReceipt) { 1 } else { version };
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
        let size = self.inner.log_size(tenant)?;
        Ok(size - u64::from(self.injector.tells(Lie::ShortLog)))
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

    fn records(&self, tenant: &TenantId, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Vec<u8>)>, Error> {
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
