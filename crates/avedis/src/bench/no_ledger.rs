//! A store whose appends leave no leaf: only to measure what the ledger costs. The product has no such switch.

use base::{CaseId, Hash, TenantId, Timestamp};
use std::sync::Arc;
use store::{
    Append, Appended, Artifact, Audit, AuditFilter, AuditRow, CaseRow, Counts, Error, Filter, Health, OutboxId, OutboxRow, Page,
    Scope, Store, StoredDocument, StoredEvent, Ticket, TimerRow, UniqueKey,
};

/// Passes everything on; strips the leaf classes of appended events.
pub struct NoLedger(pub Arc<dyn Store>);

macro_rules! pass_on {
    ($(fn $name:ident(&self $(, $arg:ident: $type:ty)*) -> $out:ty;)*) => {
        $(fn $name(&self $(, $arg: $type)*) -> $out {
            self.0.$name($($arg),*)
        })*
    };
}

impl Store for NoLedger {
    fn append(&self, mut append: Append) -> Ticket<Appended> {
        for event in &mut append.events {
            event.leaf = None;
            event.receipt = false;
        }
        self.0.append(append)
    }

    pass_on! {
        fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<case::Case>, Error>;
        fn events(&self, tenant: &TenantId, id: CaseId) -> Result<Vec<StoredEvent>, Error>;
        fn find(&self, tenant: &TenantId, scope: Scope, key: &str) -> Result<Vec<CaseId>, Error>;
        fn owner(&self, tenant: &TenantId, key: &UniqueKey) -> Result<Option<CaseId>, Error>;
        fn worklist(&self, tenant: &TenantId, filter: &Filter) -> Result<Page, Error>;
        fn row(&self, tenant: &TenantId, id: CaseId) -> Result<Option<CaseRow>, Error>;
        fn counts(&self, tenant: &TenantId) -> Result<Counts, Error>;
        fn timers(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, Error>;
        fn document(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<StoredDocument>, Error>;
        fn receipt(&self, tenant: &TenantId, id: CaseId, version: u64) -> Result<Option<String>, Error>;
        fn checkpoint(&self, tenant: &TenantId) -> Result<Option<String>, Error>;
        fn tile(&self, tenant: &TenantId, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error>;
        fn entries(&self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<String>, Error>;
        fn log_size(&self, tenant: &TenantId) -> Result<u64, Error>;
        fn put_artifact(&self, tenant: &TenantId, kind: &str, hash: &Hash, bytes: &[u8]) -> Ticket<()>;
        fn artifact(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<Artifact>, Error>;
        fn put_record(&self, tenant: &TenantId, kind: &str, key: &str, body: &[u8]) -> Ticket<()>;
        fn record(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error>;
        fn records(&self, tenant: &TenantId, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Vec<u8>)>, Error>;
        fn delete_record(&self, tenant: &TenantId, kind: &str, key: &str) -> Ticket<()>;
        fn audit(&self, tenant: &TenantId, audit: Audit) -> Ticket<()>;
        fn audit_rows(&self, tenant: &TenantId, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error>;
        fn outbox(&self, limit: usize) -> Result<Vec<OutboxRow>, Error>;
        fn outbox_done(&self, ids: &[OutboxId]) -> Ticket<()>;
        fn tenants(&self) -> Result<Vec<TenantId>, Error>;
        fn verify(&self) -> Result<Health, Error>;
        fn rebuild(&self) -> Result<u64, Error>;
        fn ready(&self) -> Result<(), Error>;
    }
}
