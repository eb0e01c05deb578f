//! Faults of the engine under the committer.

use super::*;
use crate::memory::Maps;
use crate::ticket::Ticket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory engine with a fault at the commits that `plan` names.
struct Faulty {
    maps: Maps,
    plan: Vec<(usize, Error)>,
    commits: Arc<AtomicUsize>,
}

macro_rules! delegate {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        impl crate::engine::Read for Faulty {
            $(fn $name(&mut self, $($arg: $kind),*) -> Result<$out, Error> { self.maps.$name($($arg),*) })*
        }
    };
}

use crate::rows::{Head, HeldKey, LeafBatch, RowFilter};
use crate::types::{AuditFilter, AuditRow, Counts};
use base::Hash;
delegate! {
    tenants() -> Vec<TenantId>;
    head(t: &TenantId) -> Option<Head>;
    packs(t: &TenantId, c: CaseId, from: u64, limit: usize) -> Vec<Pack>;
    cases(t: &TenantId, after: Option<CaseId>, limit: usize) -> Vec<CaseId>;
    version(t: &TenantId, c: CaseId) -> Option<(u64, Vec<StoredKey>)>;
    row(t: &TenantId, c: CaseId) -> Option<Row>;
    rows(t: &TenantId, after: Option<CaseId>, limit: usize) -> Vec<Row>;
    open_rows(t: &TenantId, f: &RowFilter, after: Option<(i64, CaseId)>, limit: usize) -> Vec<Row>;
    closed_rows(t: &TenantId, f: &RowFilter, before: Option<CaseId>, limit: usize) -> Vec<Row>;
    counts(t: &TenantId) -> Counts;
    keys(t: &TenantId, after: Option<HeldKey>, limit: usize) -> Vec<HeldKey>;
    find(t: &TenantId, s: Scope, k: &KeyDigest, limit: usize) -> Vec<CaseId>;
    owner(t: &TenantId, s: Scope, k: &KeyDigest) -> Option<CaseId>;
    timers(t: &TenantId, now: i64, limit: usize) -> Vec<crate::engine::TimerEntry>;
    document(t: &TenantId, h: &Hash) -> Option<DocumentRow>;
    documents(t: &TenantId, after: Option<Hash>, limit: usize) -> Vec<Hash>;
    leaves(t: &TenantId, from: u64, to: u64) -> Vec<LeafBatch>;
    tile(t: &TenantId, level: u8, index: u64) -> Option<Vec<u8>>;
    artifact(t: &TenantId, h: &Hash) -> Option<ArtifactRow>;
    record(t: &TenantId, kind: &str, key: &str) -> Option<Vec<u8>>;
    records(t: &TenantId, kind: &str, after: Option<&str>, limit: usize) -> Vec<(String, Vec<u8>)>;
    audit_rows(t: &TenantId, f: &AuditFilter, limit: usize) -> Vec<AuditRow>;
    outbox(t: &TenantId, limit: usize) -> Vec<OutboxEntry>;
}

impl Engine for Faulty {
    fn begin(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn lock(&mut self, _: &TenantId) -> Result<(), Error> {
        Ok(())
    }
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let now = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        match self.plan.iter().find(|(at, _)| *at == now) {
            Some((_, error)) => Err(error.clone()),
            None => self.maps.write(batch),
        }
    }
    fn commit(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn rollback(&mut self) {}
}

fn options() -> Options {
    let signers = Options::signers_from("payer.example/um", [7; 32]).unwrap();
    Options::new(
        signers,
        Arc::new(|buffer: &mut [u8]| {
            buffer.fill(3);
            Ok(())
        }),
    )
}

fn committer(plan: Vec<(usize, Error)>) -> Committer<Faulty> {
    let engine = Faulty { maps: Maps::default(), plan, commits: Arc::default() };
    Committer::new(engine, options())
}

fn submit(committer: &mut Committer<Faulty>, n: u64) -> Result<Appended, Error> {
    let at = jiff::Timestamp::from_second(1_770_000_000).unwrap();
    let request = case::sample::request(at);
    let what = case::What::Received { request: Box::new(request), authorization: format!("A-{n}") };
    let mut json = serde_json::to_value(&what).unwrap();
    json["at"] = serde_json::to_value(at).unwrap();
    json["by"] = serde_json::json!({"actor": "software"});
    let event = case::Event::from_bytes(&serde_json::to_vec(&json).unwrap()).unwrap();
    let append = crate::Append {
        tenant: TenantId::new("acme").unwrap(),
        case: CaseId::from_parts(n, [1; 10]),
        expected_version: 0,
        events: vec![crate::NewEvent::of(&event, true).unwrap()],
        after: Arc::new(case::evolve(None, &event).unwrap()),
        unique: vec![],
        documents: vec![],
        outbox: vec![],
        audit: vec![],
    };
    let prepared = crate::prepare::prepare(append, &options()).unwrap();
    let (answer, ticket) = Ticket::pair();
    let result = committer.process(vec![Job::Append(Box::new(prepared), answer)]);
    let answer = ticket.wait();
    assert_eq!(result.err(), answer.clone().err());
    answer
}

fn leaves(committer: &mut Committer<Faulty>) -> u64 {
    let tenant = TenantId::new("acme").unwrap();
    let (size, report) = {
        let head = crate::engine::Read::head(&mut committer.engine, &tenant).unwrap().unwrap_or_default();
        (head.size, crate::check::verify(&mut committer.engine, &options()).unwrap())
    };
    assert!(report.is_sound(), "{:?}", report.faults);
    size
}

#[test]
fn a_full_disk_fails_the_batch_and_the_tree_goes_on_from_what_is_stored() {
    let mut committer = committer(vec![(2, Error::Full), (3, Error::Full)]);
    submit(&mut committer, 1).unwrap();
    assert_eq!(submit(&mut committer, 2), Err(Error::Full));
    assert_eq!(submit(&mut committer, 2), Err(Error::Full));
    assert_eq!(leaves(&mut committer), 1);
    submit(&mut committer, 2).unwrap();
    assert_eq!(leaves(&mut committer), 2);
}

#[test]
fn after_a_failed_fsync_nothing_is_written_any_more() {
    let mut committer = committer(vec![(2, Error::Stopped("fsync".to_owned()))]);
    submit(&mut committer, 1).unwrap();
    assert!(matches!(submit(&mut committer, 2), Err(Error::Stopped(_))));
    // The third commit would work; it must not be tried.
    assert!(matches!(submit(&mut committer, 3), Err(Error::Stopped(_))));
    assert_eq!(committer.engine.commits.load(Ordering::Relaxed), 2);
    assert!(committer.stopped().is_some());
    assert_eq!(leaves(&mut committer), 1);
}

#[test]
fn a_lost_connection_is_tried_anew() {
    let mut committer = committer(vec![(1, Error::Unavailable("gone".to_owned()))]);
    assert!(matches!(submit(&mut committer, 1), Err(Error::Unavailable(_))));
    submit(&mut committer, 1).unwrap();
    assert_eq!(leaves(&mut committer), 1);
}
