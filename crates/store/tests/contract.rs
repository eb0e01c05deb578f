//! One list of promises, kept by every engine: memory, SQLite in a file, PostgreSQL in a cluster of the test's own.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use base::{CaseId, Hash, TenantId};
use case::event::Queue;
use ledger::{TILE_WIDTH, TileSource};
use std::sync::{Arc, Barrier};
use store::{
    Append, Assigned, AuditFilter, Error, Filter, MemoryStore, Options, PostgresStore, Scope, SqliteStore, StatusKind, Store,
    TimerKind, UniqueKey,
};
use support::postgres::Cluster;
use support::{Draft, Folder, at, audit, document, options, submission, tenant};

/// An engine under test: a place for one store at a time.
trait Engine: Sync {
    fn name(&self) -> &'static str;
    /// A new, empty place.
    fn fresh(&self) -> Box<dyn Place>;
}

trait Place {
    /// Opens the store of this place; what was there is there again, where the engine keeps it.
    fn open(&self, options: Options) -> Result<Arc<dyn Store>, Error>;
    /// Runs SQL behind the store's back.
    fn sql(&self, sql: &str) -> Result<(), String>;
}

struct Memory;
struct Sqlite;
struct Postgres(Cluster);

impl Engine for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }
    fn fresh(&self) -> Box<dyn Place> {
        Box::new(Memory)
    }
}

impl Place for Memory {
    fn open(&self, options: Options) -> Result<Arc<dyn Store>, Error> {
        Ok(Arc::new(MemoryStore::new(options)))
    }
    fn sql(&self, _: &str) -> Result<(), String> {
        Err("the memory store knows no SQL".to_owned())
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }
    fn fresh(&self) -> Box<dyn Place> {
        Box::new(Folder::new("sqlite"))
    }
}

impl Place for Folder {
    fn open(&self, options: Options) -> Result<Arc<dyn Store>, Error> {
        Ok(Arc::new(SqliteStore::open(self.file(), options)?))
    }
    fn sql(&self, sql: &str) -> Result<(), String> {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        connection.execute_batch(sql).map_err(|e| e.to_string())
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }
    fn fresh(&self) -> Box<dyn Place> {
        Box::new(Database(self.0.database()))
    }
}

struct Database(String);

impl Place for Database {
    fn open(&self, options: Options) -> Result<Arc<dyn Store>, Error> {
        Ok(Arc::new(PostgresStore::open(&self.0, options)?))
    }
    fn sql(&self, sql: &str) -> Result<(), String> {
        let mut client = postgres::Client::connect(&self.0, postgres::NoTls).unwrap();
        let sql = sql.replace("X'", "'\\x");
        client.batch_execute(&sql).map_err(|e| e.as_db_error().map_or(e.to_string(), |e| e.message().to_owned()))
    }
}

type Check = fn(&dyn Place);

const CHECKS: &[(&str, Check)] = &[
    ("an append is read back", append_is_read_back),
    ("a stale version conflicts and changes nothing", stale_version_conflicts),
    ("appends that contradict themselves are refused", malformed_appends),
    ("a unique key belongs to one case", unique_keys),
    ("a double submit from 32 threads makes one case", double_submit),
    ("many writers, one history", many_writers),
    ("the worklist is in order, filtered, in pages", worklist),
    ("counts", counts),
    ("timers come due and go", timers),
    ("documents come back byte for byte", documents),
    ("keys follow the case", keys_follow),
    ("receipts verify offline", receipts),
    ("the log is one tree across batches and reopening", log_is_one_tree),
    ("records", records),
    ("artifacts", artifacts),
    ("the audit trail", audit_trail),
    ("the outbox", outbox),
    ("tenants are apart", tenants_apart),
    ("a clock that went back is noticed", clock_went_back),
    ("everything is there after reopening", reopen),
    ("what is immutable cannot be changed by SQL", immutable),
    ("a changed projection is found and rebuilt", tampered_projection),
    ("a changed event is found", tampered_event),
    ("a changed log is refused at the start", tampered_log),
    ("a newer schema is refused", newer_schema),
];

/// Every skip with its reason.
const SKIPS: &[(&str, &str, &str)] = &[
    ("memory", "everything is there after reopening", "the memory store keeps nothing, as it says"),
    ("memory", "what is immutable cannot be changed by SQL", "there is no SQL"),
    ("memory", "a changed projection is found and rebuilt", "nobody can change the maps from outside"),
    ("memory", "a changed event is found", "nobody can change the maps from outside"),
    ("memory", "a changed log is refused at the start", "nobody can change the maps from outside"),
    ("memory", "a newer schema is refused", "there is no schema"),
];

fn run(engine: &dyn Engine) {
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        if let Some((_, _, why)) = SKIPS.iter().find(|(e, c, _)| *e == engine.name() && c == name) {
            println!("{}: {name} ... skipped: {why}", engine.name());
            continue;
        }
        let place = engine.fresh();
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(place.as_ref())));
        println!("{}: {name} ... {}", engine.name(), if held.is_ok() { "ok" } else { "FAILED" });
        if held.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{} does not keep: {failed:?}", engine.name());
}

#[test]
fn memory_keeps_the_contract() {
    run(&Memory);
}

#[test]
fn sqlite_keeps_the_contract() {
    run(&Sqlite);
}

#[test]
fn postgres_keeps_the_contract() {
    match Cluster::start() {
        Ok(cluster) => {
            let engine = Postgres(cluster);
            run(&engine);
            two_processes_share_one_log(&engine.0);
            println!("postgres: two processes share one log ... ok");
            reads_work_inside_an_async_runtime(&engine.0);
            println!("postgres: reads work inside an async runtime ... ok");
            a_lost_server_comes_back(&engine.0);
            println!("postgres: a lost server comes back ... ok");
            a_server_that_does_not_sync_is_refused(&engine.0);
            println!("postgres: a server that does not sync is refused ... ok");
        }
        Err(why) if why.starts_with("skipped") => println!("{why}"),
        Err(why) => panic!("{why}"),
    }
}

/// Two stores on one database, as two servers would have: their batches interleave and the log stays one tree.
fn two_processes_share_one_log(cluster: &Cluster) {
    let connect = cluster.database();
    let stores: Vec<PostgresStore> = (0..2).map(|_| PostgresStore::open(&connect, options()).unwrap()).collect();
    std::thread::scope(|scope| {
        for (half, store) in stores.iter().enumerate() {
            for thread in 0..4 {
                scope.spawn(move || {
                    for n in 0..10 {
                        let (_, append) = submission(&acme(), half as u64 * 1000 + thread * 100 + n, at(0));
                        store.append(append).wait().unwrap();
                    }
                });
            }
        }
    });
    assert_eq!(stores[0].log_size(&acme()).unwrap(), 80 * 4);
    assert_eq!(stores[0].checkpoint(&acme()).unwrap(), stores[1].checkpoint(&acme()).unwrap());
    let (_, mut twice) = submission(&acme(), 5000, at(0));
    twice.unique = vec![UniqueKey::new(Scope::Submission, "once")];
    let mut other = twice.clone();
    other.case = support::case_id(5001);
    stores[0].append(twice).wait().unwrap();
    let exists = Error::Exists { scope: Scope::Submission, case: support::case_id(5000) };
    assert_eq!(stores[1].append(other).wait(), Err(exists));
    sound(&stores[1]);
}

fn a_lost_server_comes_back(cluster: &Cluster) {
    let store = PostgresStore::open(&cluster.database(), options()).unwrap();
    store.append(submission(&acme(), 1, at(0)).1).wait().unwrap();
    cluster.stop("immediate");
    assert!(matches!(store.append(submission(&acme(), 2, at(0)).1).wait(), Err(Error::Unavailable(_))));
    assert!(matches!(store.case(&acme(), support::case_id(1)), Err(Error::Unavailable(_))));
    assert!(store.ready().is_err());
    cluster.restart();
    store.ready().unwrap();
    store.append(submission(&acme(), 2, at(0)).1).wait().unwrap();
    assert!(store.case(&acme(), support::case_id(1)).unwrap().is_some());
    sound(&store);
}

fn a_server_that_does_not_sync_is_refused(cluster: &Cluster) {
    let connect = cluster.database();
    let mut admin = postgres::Client::connect(&connect, postgres::NoTls).unwrap();
    admin.batch_execute("ALTER SYSTEM SET fsync = off").unwrap();
    admin.batch_execute("SELECT pg_reload_conf()").unwrap();
    while admin.query_one("SHOW fsync", &[]).unwrap().get::<_, String>(0) != "off" {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let refused = PostgresStore::open(&connect, options()).map(drop).unwrap_err();
    assert!(matches!(&refused, Error::Unavailable(why) if why.contains("fsync = off")), "{refused}");
}

fn reads_work_inside_an_async_runtime(cluster: &Cluster) {
    let connect = cluster.database();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = PostgresStore::open(&connect, options()).unwrap();
        store.append(submission(&acme(), 1, at(0)).1).await.unwrap();
        assert!(store.case(&acme(), support::case_id(1)).unwrap().is_some());
        drop(store);
    });
}

#[test]
fn every_skip_names_a_check() {
    for (engine, name, _) in SKIPS {
        assert!(CHECKS.iter().any(|(check, _)| check == name), "{engine}: {name}");
    }
}

fn open(place: &dyn Place) -> Arc<dyn Store> {
    place.open(options()).unwrap()
}

fn acme() -> TenantId {
    tenant("acme")
}

/// A pended case with a clock.
fn pended(n: u64, now: i64, due: i64, queue: Queue) -> Draft {
    let mut draft = Draft::new(&acme(), n, at(now));
    draft.clock(at(now), at(due)).pend(at(now), queue);
    draft
}

fn put(store: &dyn Store, draft: &mut Draft) {
    store.append(draft.append()).wait().unwrap();
}

fn sound(store: &dyn Store) {
    let health = store.verify().unwrap();
    assert!(health.is_sound(), "{:?}", health.faults);
}

fn append_is_read_back(place: &dyn Place) {
    let store = open(place);
    let (mut draft, append) = submission(&acme(), 1, at(0));
    let bodies: Vec<Vec<u8>> = append.events.iter().map(|event| event.body.clone()).collect();
    let answer = store.append(append).wait().unwrap();
    assert_eq!(answer.version, 5);
    // Intake leaves no leaf, so it has no receipt.
    assert_eq!(answer.receipts.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [1, 3, 4, 5]);
    assert_eq!(store.case(&acme(), draft.id).unwrap(), Some(draft.case()));
    let events = store.events(&acme(), draft.id).unwrap();
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(events.iter().map(|event| event.body.clone()).collect::<Vec<_>>(), bodies);
    assert_eq!(events[0].kind, "received");
    assert_eq!(events[0].at, at(0));
    assert_eq!(events[1].leaf, None);
    assert_eq!(events[4].leaf.as_ref().unwrap().index, 3);
    draft.assign(at(5), "nurse-1");
    put(&*store, &mut draft);
    assert_eq!(store.case(&acme(), draft.id).unwrap().unwrap().version, 6);
    assert_eq!(store.row(&acme(), draft.id).unwrap().unwrap().version, 6);
    assert_eq!(store.case(&acme(), support::case_id(99)).unwrap(), None);
    assert_eq!(store.events(&acme(), support::case_id(99)).unwrap().len(), 0);
    assert_eq!(store.row(&acme(), support::case_id(99)).unwrap(), None);
    sound(&*store);
}

fn stale_version_conflicts(place: &dyn Place) {
    let store = open(place);
    let mut draft = pended(1, 0, 1000, Queue::Nurse);
    put(&*store, &mut draft);
    let mut other = draft.clone();
    draft.assign(at(1), "nurse-1");
    put(&*store, &mut draft);
    other.assign(at(1), "nurse-2");
    assert_eq!(store.append(other.append()).wait(), Err(Error::Conflict { actual: 4 }));
    // A new case under an id that is taken is a conflict too.
    let mut again = pended(1, 0, 1000, Queue::Nurse);
    assert_eq!(store.append(again.append()).wait(), Err(Error::Conflict { actual: 4 }));
    // And so is an update of a case that is not there.
    let mut absent = pended(2, 0, 1000, Queue::Nurse);
    let _never_stored = absent.append();
    absent.assign(at(1), "nurse-1");
    assert_eq!(store.append(absent.append()).wait(), Err(Error::Conflict { actual: 0 }));
    assert_eq!(store.case(&acme(), draft.id).unwrap(), Some(draft.case()));
    assert_eq!(store.log_size(&acme()).unwrap(), 3);
    sound(&*store);
}

fn malformed_appends(place: &dyn Place) {
    let store = open(place);
    let good = pended(1, 0, 1000, Queue::Nurse).append();
    let change = |f: &dyn Fn(&mut Append)| {
        let mut append = good.clone();
        f(&mut append);
        append
    };
    let bad = [
        change(&|append| append.events.clear()),
        change(&|append| append.expected_version = 7),
        change(&|append| append.expected_version = u64::MAX),
        change(&|append| append.events[2].leaf = None),
        change(&|append| append.events[0].body = vec![b' '; store::NewEvent::MAX_BYTES + 1]),
        change(&|append| append.unique.push(UniqueKey::new(Scope::Submission, ""))),
        change(&|append| append.unique.push(UniqueKey::new(Scope::Submission, "x".repeat(5000)))),
        change(&|append| append.audit.push(audit(at(0), "zero\0", "look", None))),
        change(&|append| append.documents = vec![document(b"x"); Append::MAX_PARTS + 1]),
    ];
    for append in bad {
        assert!(matches!(store.append(append).wait(), Err(Error::Invalid(_))));
    }
    assert!(matches!(store.put_record(&acme(), "user", "", b"{}").wait(), Err(Error::Invalid(_))));
    assert_eq!(store.tenants().unwrap(), []);
    store.append(good).wait().unwrap();
    assert_eq!(store.tenants().unwrap(), [acme()]);
}

fn unique_keys(place: &dyn Place) {
    let store = open(place);
    let key = || UniqueKey::new(Scope::Submission, "idempotency-1");
    let mut first = pended(1, 0, 1000, Queue::Nurse);
    let mut append = first.append();
    append.unique.push(key());
    store.append(append).wait().unwrap();
    let mut second = pended(2, 0, 1000, Queue::Nurse).append();
    second.unique.push(key());
    let refused = Error::Exists { scope: Scope::Submission, case: first.id };
    assert_eq!(store.append(second).wait(), Err(refused));
    assert_eq!(store.case(&acme(), support::case_id(2)).unwrap(), None);
    // The same text in another scope is another key; the same case may claim its key again.
    let mut third = pended(3, 0, 1000, Queue::Nurse).append();
    third.unique.push(UniqueKey::new(Scope::Identifier, "idempotency-1"));
    store.append(third).wait().unwrap();
    let mut again = first.assign(at(1), "nurse-1").append();
    again.unique.push(key());
    store.append(again).wait().unwrap();
    assert_eq!(store.owner(&acme(), &key()).unwrap(), Some(first.id));
    assert_eq!(store.find(&acme(), Scope::Submission, "idempotency-1").unwrap(), [first.id]);
    assert_eq!(store.owner(&acme(), &UniqueKey::new(Scope::Submission, "none")).unwrap(), None);
}

fn double_submit(place: &dyn Place) {
    let store = open(place);
    let barrier = Barrier::new(32);
    let results: Vec<Result<_, Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..32)
            .map(|n| {
                let (store, barrier) = (&store, &barrier);
                scope.spawn(move || {
                    // The same request under 32 ids of its own, as 32 servers would make them.
                    let (_, mut append) = submission(&acme(), 1000 + n, at(0));
                    append.unique = vec![UniqueKey::new(Scope::Identifier, "https://office.example/claims|C-1")];
                    barrier.wait();
                    store.append(append).wait().map(|_| support::case_id(1000 + n))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let made: Vec<CaseId> = results.iter().filter_map(|result| result.clone().ok()).collect();
    assert_eq!(made.len(), 1);
    for result in results.into_iter().filter_map(Result::err) {
        assert_eq!(result, Error::Exists { scope: Scope::Identifier, case: made[0] });
    }
    assert_eq!(store.counts(&acme()).unwrap().cases, 1);
    sound(&*store);
}

fn many_writers(place: &dyn Place) {
    let store = open(place);
    let mut shared = pended(1, 0, 1000, Queue::Nurse);
    put(&*store, &mut shared);
    let wins: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let (store, shared) = (&store, &shared);
                scope.spawn(move || {
                    let mut wins = 0;
                    for round in 0..5 {
                        let (_, append) = submission(&acme(), 100 + n * 10 + round, at(1));
                        store.append(append).wait().unwrap();
                        // All fight for one case: decide from what is there, append, try again on conflict.
                        loop {
                            let mut mine = shared.clone();
                            mine.state = store.case(&acme(), mine.id).unwrap();
                            mine.stored = mine.state.as_ref().unwrap().version;
                            mine.assign(at(1), &format!("nurse-{n}"));
                            match store.append(mine.append()).wait() {
                                Ok(_) => break,
                                Err(Error::Conflict { .. }) => {}
                                Err(other) => panic!("{other}"),
                            }
                        }
                        wins += 1;
                    }
                    wins
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(wins, 40);
    assert_eq!(store.case(&acme(), shared.id).unwrap().unwrap().version, 43);
    assert_eq!(store.counts(&acme()).unwrap().cases, 41);
    assert_eq!(store.log_size(&acme()).unwrap(), 40 * 4 + 3);
    sound(&*store);
}

fn ids(page: &store::Page) -> Vec<CaseId> {
    page.rows.iter().map(|row| row.case).collect()
}

fn worklist(place: &dyn Place) {
    let store = open(place);
    let case = support::case_id;
    for (n, due, queue) in [(1, 3000, Queue::Nurse), (2, 1000, Queue::Nurse), (3, 2000, Queue::Physician)] {
        put(&*store, &mut pended(n, 0, due, queue));
    }
    let mut assigned = pended(4, 0, 1000, Queue::Nurse);
    put(&*store, assigned.assign(at(1), "nurse-1"));
    for n in [5, 6] {
        put(&*store, Draft::new(&acme(), n, at(2)).approve(at(2)));
    }
    let all = |filter: &Filter| ids(&store.worklist(&acme(), filter).unwrap());
    // Open cases by due time, then by id; closed ones newest first.
    assert_eq!(all(&Filter::default()), [case(2), case(4), case(3), case(1), case(6), case(5)]);
    let nurse = Filter { queue: Some(Queue::Nurse), ..Filter::default() };
    assert_eq!(all(&nurse), [case(2), case(4), case(1)]);
    let nobody = Filter { assigned: Some(Assigned::Nobody), queue: Some(Queue::Nurse), ..Filter::default() };
    assert_eq!(all(&nobody), [case(2), case(1)]);
    let mine = Filter { assigned: Some(Assigned::To(base::UserId::new("nurse-1").unwrap())), ..Filter::default() };
    assert_eq!(all(&mine), [case(4)]);
    let decided = Filter { status: Some(StatusKind::Decided), ..Filter::default() };
    assert_eq!(all(&decided), [case(6), case(5)]);
    let expedited = Filter { urgency: Some(case::request::Urgency::Expedited), ..Filter::default() };
    assert!(all(&expedited).is_empty());
    for text in ["member 3 ex", "M-3", "a-000003", "A-000003"] {
        let search = Filter { text: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(all(&search), [case(3)], "{text}");
    }
    let requester = Filter { text: Some("LUNG".to_owned()), limit: 2, ..Filter::default() };
    assert_eq!(all(&requester), [case(2), case(4)]);
    for (limit, text) in [(1, None), (2, None), (3, None), (4, None), (5, None), (2, Some("example")), (6, None)] {
        let mut filter = Filter { limit, text: text.map(str::to_owned), ..Filter::default() };
        let mut seen = Vec::new();
        loop {
            let page = store.worklist(&acme(), &filter).unwrap();
            assert!(page.rows.len() <= limit);
            seen.extend(ids(&page));
            match page.next {
                // A cursor survives being written into a link.
                Some(next) => filter.after = Some(next.to_string().parse().unwrap()),
                None => break,
            }
        }
        assert_eq!(seen, [case(2), case(4), case(3), case(1), case(6), case(5)], "pages of {limit}");
    }
    let row = store.row(&acme(), case(4)).unwrap().unwrap();
    assert_eq!((row.due_at, row.queue, row.near, row.missed), (Some(at(1000)), Some(Queue::Nurse), false, false));
    assert_eq!(row.member_name.expose(), "Member 4 Example");
    assert_eq!(row.due_rule.as_deref(), Some("MA-STD-PA"));
    assert_eq!(row, store::projection::row_of(case(4), &assigned.case()));
}

fn counts(place: &dyn Place) {
    let store = open(place);
    assert_eq!(store.counts(&acme()).unwrap(), store::Counts::default());
    for (n, queue) in [(1, Queue::Nurse), (2, Queue::Physician), (3, Queue::Nurse), (4, Queue::Intake)] {
        put(&*store, &mut pended(n, 0, 1000, queue));
    }
    put(&*store, Draft::new(&acme(), 5, at(1)).approve(at(1)));
    let counts = store.counts(&acme()).unwrap();
    assert_eq!(counts.cases, 5);
    assert_eq!(counts.queues, [(Queue::Intake, 1), (Queue::Nurse, 2), (Queue::Physician, 1)]);
}

fn timers(place: &dyn Place) {
    let store = open(place);
    let mut first = pended(1, 0, 10_000, Queue::Nurse);
    put(&*store, &mut first);
    put(&*store, &mut pended(2, 0, 8000, Queue::Nurse));
    put(&*store, Draft::new(&tenant("beta"), 3, at(0)).clock(at(0), at(9000)));
    let due = |now: i64| -> Vec<(CaseId, TimerKind)> {
        store.timers(at(now), 10).unwrap().into_iter().map(|timer| (timer.case, timer.kind)).collect()
    };
    let case = support::case_id;
    assert_eq!(due(0), []);
    assert_eq!(due(4400), [(case(2), TimerKind::Near)]);
    assert_eq!(due(7000), [(case(2), TimerKind::Near), (case(3), TimerKind::Near), (case(1), TimerKind::Near)]);
    assert_eq!(store.timers(at(7000), 2).unwrap().len(), 2);
    put(&*store, first.add(at(6500), case::What::ClockNear { due_at: at(10_000) }));
    assert_eq!(due(7000), [(case(2), TimerKind::Near), (case(3), TimerKind::Near)]);
    // A due time is in time to its last moment: the miss comes just after.
    assert!(!due(10_000).contains(&(case(1), TimerKind::Missed)));
    let missed = store.timers(at(10_001), 10).unwrap().into_iter().find(|timer| timer.case == case(1)).unwrap();
    assert_eq!(missed.kind, TimerKind::Missed);
    assert!(missed.at > at(10_000) && missed.at <= at(10_001));
    put(&*store, first.approve(at(10_002)));
    assert!(due(20_000).iter().all(|(found, _)| *found != case(1)));
    let expiry: jiff::Timestamp = "2027-03-03T00:00:00Z".parse().unwrap();
    let expired = store.timers(expiry, 10).unwrap();
    assert!(expired.iter().any(|timer| timer.case == case(1) && timer.kind == TimerKind::Expire));
}

fn documents(place: &dyn Place) {
    let store = open(place);
    let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let bodies = [&b""[..], b"{}", &every_byte, "{\"a\": 1.0,  \"b\":\t\"\u{e9}\"}\r\n".as_bytes()];
    let mut append = pended(1, 0, 1000, Queue::Nurse).append();
    append.documents = bodies.iter().map(|body| document(body)).collect();
    // The same document twice in one append, and again in another, is one document.
    append.documents.push(document(b"{}"));
    store.append(append).wait().unwrap();
    let mut again = pended(2, 0, 1000, Queue::Nurse).append();
    again.documents.push(document(&every_byte));
    store.append(again).wait().unwrap();
    for body in bodies {
        let found = store.document(&acme(), &Hash::of(body)).unwrap().unwrap();
        assert_eq!(found.bytes, body);
        assert_eq!(found.media_type, "application/fhir+json");
    }
    assert_eq!(store.document(&acme(), &Hash::of(b"none")).unwrap(), None);
    assert_eq!(store.document(&tenant("beta"), &Hash::of(b"{}")).unwrap(), None);
    assert_eq!(store.verify().unwrap().documents, 4);
}

fn keys_follow(place: &dyn Place) {
    let store = open(place);
    let (mut draft, append) = submission(&acme(), 1, at(0));
    store.append(append).wait().unwrap();
    put(&*store, &mut Draft::new(&acme(), 51, at(0)));
    let find = |scope, key: &str| store.find(&acme(), scope, key).unwrap();
    let case = support::case_id;
    assert_eq!(find(Scope::Identifier, "https://office.example/claims|C-1"), [case(1)]);
    assert_eq!(find(Scope::Authorization, "A-000001"), [case(1)]);
    // Both are of member M-1: newest first.
    assert_eq!(find(Scope::Member, "M-1"), [case(51), case(1)]);
    assert_eq!(find(Scope::Provider, "1234567893"), [case(51), case(1)]);
    let service = format!("M-1|{}|E1390", base::system::HCPCS);
    assert_eq!(find(Scope::Service, &service), [case(51), case(1)]);
    assert_eq!(find(Scope::Member, "M-2"), []);
    let mut request = draft.case().request;
    request.identifiers[0].value = "C-1-corrected".to_owned();
    let what = case::What::Updated { request: Box::new(request), added: vec![], changed: vec![1], cancelled: vec![] };
    put(&*store, draft.add(at(1), what));
    assert_eq!(find(Scope::Identifier, "https://office.example/claims|C-1"), []);
    assert_eq!(find(Scope::Identifier, "https://office.example/claims|C-1-corrected"), [case(1)]);
    assert_eq!(find(Scope::Authorization, "A-000001"), [case(1)]);
    sound(&*store);
}

fn receipts(place: &dyn Place) {
    let store = open(place);
    let verifier = support::verifier(&acme());
    let mut given = Vec::new();
    for n in 0..20 {
        let (draft, append) = submission(&acme(), n, at(0));
        for (version, text) in store.append(append).wait().unwrap().receipts {
            given.push((draft.id, version, text));
        }
    }
    assert_eq!(given.len(), 80);
    for (case, version, text) in given {
        let body = store.events(&acme(), case).unwrap()[version as usize - 1].body.clone();
        let later = store.receipt(&acme(), case, version).unwrap().unwrap();
        for receipt in [ledger::Receipt::parse(&text).unwrap(), ledger::Receipt::parse(&later).unwrap()] {
            receipt.verify(&body, &verifier).unwrap();
            let mut altered = body.clone();
            altered[20] ^= 1;
            assert!(receipt.verify(&altered, &verifier).is_err());
        }
    }
    assert_eq!(store.receipt(&acme(), support::case_id(1), 2).unwrap(), None);
    assert_eq!(store.receipt(&acme(), support::case_id(1), 9).unwrap(), None);
    assert_eq!(store.receipt(&acme(), support::case_id(77), 1).unwrap(), None);
}

/// The log as a monitor reads it over HTTP.
struct Served<'a>(&'a dyn Store);

impl TileSource for Served<'_> {
    type Error = Error;
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Error> {
        self.0.tile(&acme(), level, index, width)?.ok_or(Error::Corrupt("absent".to_owned()))
    }
}

fn log_is_one_tree(place: &dyn Place) {
    let mut store = open(place);
    let verifier = support::verifier(&acme());
    assert_eq!(store.checkpoint(&acme()).unwrap(), None);
    let mut heads = vec![];
    let keeps = !matches!(place.sql("SELECT 1"), Err(why) if why.contains("no SQL"));
    for round in 0..6 {
        let tickets: Vec<_> = (0..25).map(|n| store.append(submission(&acme(), round * 100 + n, at(0)).1)).collect();
        tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
        let text = store.checkpoint(&acme()).unwrap().unwrap();
        let signed = ledger::SignedCheckpoint::open(&text, &verifier).unwrap();
        assert_eq!(signed.checkpoint().origin, "payer.example/um/acme");
        heads.push(signed.checkpoint().head());
        if keeps {
            drop(store);
            store = open(place);
        }
    }
    let newest = *heads.last().unwrap();
    assert_eq!((newest.size, store.log_size(&acme()).unwrap()), (600, 600));
    for head in &heads {
        ledger::prove_consistency(head, &newest, &Served(&*store)).unwrap();
        assert_eq!(ledger::root_from_tiles(head.size, &Served(&*store)).unwrap(), head.root);
    }
    let mut tree = ledger::Tree::empty();
    for from in (0..600).step_by(usize::from(TILE_WIDTH)) {
        for text in store.entries(&acme(), from, from + 1000).unwrap() {
            tree.append(&ledger::Leaf::parse(&text).unwrap());
        }
    }
    assert_eq!(tree.root(), newest.root);
    assert_eq!(store.entries(&acme(), 599, 700).unwrap().len(), 1);
    assert_eq!(store.entries(&acme(), 600, 700).unwrap().len(), 0);
    for (level, index, width, there) in [
        (0, 0, 256, true),
        (0, 2, 88, true),
        (0, 2, 89, false),
        (1, 0, 2, true),
        (1, 0, 3, false),
        (0, 2, 0, false),
        (9, 0, 1, false),
    ] {
        let tile = store.tile(&acme(), level, index, width).unwrap();
        assert_eq!(tile.map(|bytes| bytes.len()), there.then_some(usize::from(width) * 32), "{level} {index} {width}");
    }
    sound(&*store);
}

fn records(place: &dyn Place) {
    let store = open(place);
    let body = |n: usize| format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(n * 40)).into_bytes();
    for n in 0..7 {
        store.put_record(&acme(), "user", &format!("user-{n}"), &body(n)).wait().unwrap();
    }
    store.put_record(&acme(), "client", "user-0", b"other").wait().unwrap();
    store.put_record(&acme(), "user", "user-0", b"newer").wait().unwrap();
    store.delete_record(&acme(), "user", "user-3").wait().unwrap();
    store.delete_record(&acme(), "user", "never-there").wait().unwrap();
    assert_eq!(store.record(&acme(), "user", "user-0").unwrap().unwrap(), b"newer");
    assert_eq!(store.record(&acme(), "user", "user-6").unwrap().unwrap(), body(6));
    assert_eq!(store.record(&acme(), "user", "user-3").unwrap(), None);
    assert_eq!(store.record(&tenant("beta"), "user", "user-0").unwrap(), None);
    let keys = |after: Option<&str>, limit| -> Vec<String> {
        store.records(&acme(), "user", after, limit).unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys(None, 0), ["user-0", "user-1", "user-2", "user-4", "user-5", "user-6"]);
    assert_eq!(keys(None, 2), ["user-0", "user-1"]);
    assert_eq!(keys(Some("user-2"), 2), ["user-4", "user-5"]);
    assert_eq!(keys(Some("user-6"), 2), Vec::<String>::new());
    // Order is that of bytes, whatever the server's locale.
    for key in ["B", "a", "é", "Z"] {
        store.put_record(&acme(), "order", key, b"{}").wait().unwrap();
    }
    let order: Vec<String> = store.records(&acme(), "order", None, 0).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(order, ["B", "Z", "a", "é"]);
}

fn artifacts(place: &dyn Place) {
    let store = open(place);
    let bytes = b"library HomeOxygen".repeat(50);
    let hash = Hash::of(&bytes);
    store.put_artifact(&acme(), "policy", &hash, &bytes).wait().unwrap();
    store.put_artifact(&acme(), "policy", &hash, &bytes).wait().unwrap();
    let found = store.artifact(&acme(), &hash).unwrap().unwrap();
    assert_eq!((found.kind.as_str(), found.bytes), ("policy", bytes));
    assert_eq!(store.artifact(&acme(), &Hash::of(b"none")).unwrap(), None);
    assert_eq!(store.artifact(&tenant("beta"), &hash).unwrap(), None);
}

fn audit_trail(place: &dyn Place) {
    let store = open(place);
    let (draft, append) = submission(&acme(), 1, at(0));
    store.append(append).wait().unwrap();
    for n in 0..5 {
        let case = (n % 2 == 0).then_some(draft.id);
        store.audit(&acme(), audit(at(n), &format!("nurse-{}", n % 3), "look", case)).wait().unwrap();
    }
    let rows = |filter: &AuditFilter| -> Vec<u64> {
        store.audit_rows(&acme(), filter).unwrap().into_iter().map(|row| row.sequence).collect()
    };
    assert_eq!(rows(&AuditFilter::default()), [6, 5, 4, 3, 2, 1]);
    assert_eq!(rows(&AuditFilter { limit: 2, before: Some(5), ..AuditFilter::default() }), [4, 3]);
    assert_eq!(rows(&AuditFilter { case: Some(draft.id), ..AuditFilter::default() }), [6, 4, 2, 1]);
    assert_eq!(rows(&AuditFilter { who: Some("nurse-1".to_owned()), ..AuditFilter::default() }), [6, 3]);
    let both = AuditFilter { who: Some("nurse-1".to_owned()), case: Some(draft.id), ..AuditFilter::default() };
    assert_eq!(rows(&both), [6]);
    let first = store.audit_rows(&acme(), &AuditFilter { before: Some(2), ..AuditFilter::default() }).unwrap();
    assert_eq!(first[0].audit, audit(at(0), "client-a", "submit", Some(draft.id)));
    assert_eq!(store.audit_rows(&tenant("beta"), &AuditFilter::default()).unwrap(), []);
}

fn outbox(place: &dyn Place) {
    let store = open(place);
    for n in 0..3 {
        store.append(submission(&acme(), n, at(n as i64)).1).wait().unwrap();
        store.append(submission(&tenant("beta"), n, at(n as i64)).1).wait().unwrap();
    }
    let rows = store.outbox(0).unwrap();
    let seen: Vec<(&str, u64)> = rows.iter().map(|row| (row.id.tenant.as_str(), row.id.sequence)).collect();
    assert_eq!(seen, [("acme", 1), ("beta", 1), ("acme", 2), ("beta", 2), ("acme", 3), ("beta", 3)]);
    assert_eq!((rows[2].kind.as_str(), &rows[2].body[..], rows[2].case), ("claim-response", &b"case 1"[..], support::case_id(1)));
    assert_eq!(store.outbox(4).unwrap().len(), 4);
    let done: Vec<_> = rows.iter().take(5).map(|row| row.id.clone()).collect();
    store.outbox_done(&done).wait().unwrap();
    store.outbox_done(&done).wait().unwrap();
    assert_eq!(store.outbox(0).unwrap(), rows[5..]);
    // A sequence is never used again, also when the outbox ran empty.
    store.outbox_done(&[rows[5].id.clone()]).wait().unwrap();
    assert_eq!(store.outbox(0).unwrap(), []);
    store.append(submission(&acme(), 9, at(9)).1).wait().unwrap();
    assert_eq!(store.outbox(0).unwrap()[0].id.sequence, 4);
}

fn tenants_apart(place: &dyn Place) {
    let store = open(place);
    let (acme, beta) = (acme(), tenant("beta"));
    // The same id, keys, document and records at two tenants.
    for (tenant, now) in [(&acme, 0), (&beta, 5)] {
        let (_, mut append) = submission(tenant, 1, at(now));
        append.unique.push(UniqueKey::new(Scope::Submission, "same"));
        store.append(append).wait().unwrap();
        store.put_record(tenant, "user", "u", tenant.as_str().as_bytes()).wait().unwrap();
    }
    let id = support::case_id(1);
    assert_eq!(store.case(&acme, id).unwrap().unwrap().request.receipt.received_at, at(0));
    assert_eq!(store.case(&beta, id).unwrap().unwrap().request.receipt.received_at, at(5));
    assert_eq!(store.record(&beta, "user", "u").unwrap().unwrap(), b"beta");
    assert_eq!(store.tenants().unwrap(), [acme.clone(), beta.clone()]);
    let gamma = tenant("gamma");
    assert_eq!(store.case(&gamma, id).unwrap(), None);
    assert_eq!(store.worklist(&gamma, &Filter::default()).unwrap().rows, []);
    assert_eq!(store.find(&gamma, Scope::Member, "M-1").unwrap(), []);
    assert_eq!(store.receipt(&gamma, id, 1).unwrap(), None);
    // Each has a log of its own, under its own name.
    for tenant in [&acme, &beta] {
        let receipt = store.receipt(tenant, id, 1).unwrap().unwrap();
        let body = &store.events(tenant, id).unwrap()[0].body;
        ledger::Receipt::parse(&receipt).unwrap().verify(body, &support::verifier(tenant)).unwrap();
        let other = if tenant == &acme { &beta } else { &acme };
        assert!(ledger::Receipt::parse(&receipt).unwrap().verify(body, &support::verifier(other)).is_err());
    }
    sound(&*store);
}

fn clock_went_back(place: &dyn Place) {
    let store = open(place);
    put(&*store, &mut Draft::new(&acme(), 1, at(1000)));
    // A little earlier is a request that was overtaken; much earlier is a clock that went back.
    put(&*store, &mut Draft::new(&acme(), 2, at(950)));
    let refused = store.append(Draft::new(&acme(), 3, at(900)).append()).wait();
    assert_eq!(refused, Err(Error::ClockWentBack { last: at(1000), at: at(900) }));
    // Every tenant has its own time.
    put(&*store, &mut Draft::new(&tenant("beta"), 3, at(900)));
    put(&*store, &mut Draft::new(&acme(), 3, at(1000)));
}

fn reopen(place: &dyn Place) {
    let store = open(place);
    let mut kept = Vec::new();
    for n in 0..10 {
        let (draft, append) = submission(&acme(), n, at(0));
        store.append(append).wait().unwrap();
        kept.push(draft);
    }
    put(&*store, &mut pended(50, 0, 1000, Queue::Nurse));
    let page = store.worklist(&acme(), &Filter::default()).unwrap();
    let checkpoint = store.checkpoint(&acme()).unwrap();
    drop(store);
    let store = open(place);
    assert_eq!(store.checkpoint(&acme()).unwrap(), checkpoint);
    assert_eq!(store.worklist(&acme(), &Filter::default()).unwrap(), page);
    for draft in &kept {
        assert_eq!(store.case(&acme(), draft.id).unwrap(), Some(draft.case()));
    }
    put(&*store, kept[0].assign(at(1), "nurse-1"));
    assert_eq!(store.append(submission(&acme(), 0, at(0)).1).wait(), Err(Error::Conflict { actual: 6 }));
    assert_eq!(store.outbox(0).unwrap().len(), 10);
    assert_eq!(store.append(submission(&acme(), 60, at(1)).1).wait().unwrap().version, 5);
    assert_eq!(store.outbox(0).unwrap()[10].id.sequence, 11);
    sound(&*store);
}

fn immutable(place: &dyn Place) {
    let store = open(place);
    store.append(submission(&acme(), 1, at(0)).1).wait().unwrap();
    store.put_artifact(&acme(), "policy", &Hash::of(b"p"), b"p").wait().unwrap();
    for statement in [
        "UPDATE event SET bodies = X'00'",
        "UPDATE event SET version = version + 1",
        "DELETE FROM event",
        "UPDATE leaf_batch SET leaves = X'00'",
        "DELETE FROM leaf_batch",
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "UPDATE document SET bytes = X'00'",
        "DELETE FROM document",
        "UPDATE artifact SET bytes = X'00'",
        "DELETE FROM artifact",
    ] {
        let refused = place.sql(statement).unwrap_err();
        assert!(refused.contains("immutable"), "{statement}: {refused}");
    }
    sound(&*store);
}

/// Takes the triggers away, as someone with the keys to the database could.
fn without_triggers(place: &dyn Place, sql: &str) {
    let sqlite = place.sql("SELECT 1 FROM sqlite_schema").is_ok();
    for table in ["event", "leaf_batch", "document"] {
        if sqlite {
            place.sql(&format!("DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete")).unwrap();
        } else {
            place.sql(&format!("DROP TRIGGER IF EXISTS {table}_immutable ON {table}")).unwrap();
        }
    }
    place.sql(sql).unwrap();
}

fn tampered_projection(place: &dyn Place) {
    let store = open(place);
    for n in 0..5 {
        store.append(submission(&acme(), n, at(0)).1).wait().unwrap();
    }
    put(&*store, &mut pended(10, 0, 1000, Queue::Nurse));
    sound(&*store);
    let id = |n: u64| format!("X'{}'", support::case_id(n).as_uuid().simple());
    let tampers = [
        (format!("UPDATE case_row SET due = 5 WHERE case_id = {}", id(10)), "`due`"),
        (format!("UPDATE case_row SET queue = 'physician' WHERE case_id = {}", id(10)), "`queue`"),
        (format!("UPDATE case_row SET timer_at = NULL, timer_kind = NULL WHERE case_id = {}", id(10)), "`timer`"),
        (format!("DELETE FROM case_row WHERE case_id = {}", id(2)), "has events and no row"),
        (format!("DELETE FROM case_key WHERE case_id = {} AND scope = 3", id(3)), "is not found by the member id"),
        (
            format!(
                "INSERT INTO case_key (tenant, scope, key_digest, case_id) VALUES ('acme', 4, X'000102030405060708090a0b0c0d0e0f', {})",
                id(4)
            ),
            "is found by the provider that it does not have",
        ),
    ];
    for (sql, expected) in tampers {
        place.sql(&sql).unwrap();
        let health = store.verify().unwrap();
        assert!(health.faults.iter().any(|fault| fault.contains(expected)), "{sql}: {:?}", health.faults);
        assert_eq!(store.rebuild().unwrap(), 1, "{sql}");
        sound(&*store);
        assert_eq!(store.rebuild().unwrap(), 0);
    }
}

fn tampered_event(place: &dyn Place) {
    let store = open(place);
    for n in 0..5 {
        store.append(submission(&acme(), n, at(0)).1).wait().unwrap();
    }
    sound(&*store);
    let two = format!("case_id = X'{}'", support::case_id(2).as_uuid().simple());
    let three = format!("case_id = X'{}'", support::case_id(3).as_uuid().simple());
    let mut later = Draft::new(&acme(), 9, at(0));
    put(&*store, &mut later);
    put(&*store, later.assign(at(1), "nurse-1"));
    // The events of case 3 put in place of those of case 2: well-formed, wrong.
    without_triggers(place, &format!("UPDATE event SET bodies = (SELECT e.bodies FROM event e WHERE e.{three}) WHERE {two}"));
    let faults = store.verify().unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("does not commit to its event")), "{faults:?}");
    place.sql(&format!("DELETE FROM event WHERE {two}")).unwrap();
    let faults = store.verify().unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("17 events have a leaf, the log has 21")), "{faults:?}");
    place.sql(&format!("DELETE FROM event WHERE version = 1 AND case_id = X'{}'", later.id.as_uuid().simple())).unwrap();
    assert!(matches!(store.case(&acme(), later.id), Err(Error::Corrupt(_))));
    place.sql("UPDATE document SET bytes = (SELECT d.bytes FROM document d ORDER BY d.hash LIMIT 1)").unwrap();
    let faults = store.verify().unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("does not have its hash")), "{faults:?}");
}

fn tampered_log(place: &dyn Place) {
    let store = open(place);
    for n in 0..70 {
        store.append(submission(&acme(), n, at(0)).1).wait().unwrap();
    }
    drop(store);
    without_triggers(place, "SELECT 1");
    let other_leaf = "(SELECT b.leaves FROM leaf_batch b WHERE b.first = 0)";
    let tile =
        |level: u8| format!("UPDATE tile SET hashes = (SELECT t.hashes FROM tile t WHERE t.level = 0) WHERE level = {level}");
    for (sql, undo) in [
        ("UPDATE log_head SET size = size - 1".to_owned(), "UPDATE log_head SET size = size + 1"),
        (
            "UPDATE log_head SET checkpoint = REPLACE(checkpoint, 'payer', 'prayer')".to_owned(),
            "UPDATE log_head SET checkpoint = REPLACE(checkpoint, 'prayer', 'payer')",
        ),
        (
            "UPDATE log_head SET checkpoint = NULL".to_owned(),
            "UPDATE log_head SET checkpoint = (SELECT b.checkpoint FROM leaf_batch b ORDER BY b.first DESC LIMIT 1)",
        ),
        (tile(1), "UPDATE tile SET hashes = hashes"),
    ] {
        place.sql(&sql).unwrap();
        let refused = place.open(options()).map(drop).unwrap_err();
        assert!(matches!(refused, Error::Corrupt(_)), "{sql}: {refused}");
        place.sql(undo).unwrap();
    }
    let place_of_root = "DELETE FROM tile WHERE level = 1";
    place.sql(place_of_root).unwrap();
    assert!(matches!(place.open(options()).map(drop), Err(Error::Corrupt(_))));
    place.sql(&format!("UPDATE leaf_batch SET leaves = {other_leaf} WHERE first = 276")).unwrap();
    assert!(matches!(place.open(options()).map(drop), Err(Error::Corrupt(_))));
}

fn newer_schema(place: &dyn Place) {
    drop(open(place));
    let sqlite = place.sql("SELECT 1 FROM sqlite_schema").is_ok();
    place.sql("INSERT INTO schema_step (number, name) VALUES (99, 'of the future')").unwrap();
    if sqlite {
        place.sql("PRAGMA user_version = 99").unwrap();
    }
    let refused = place.open(options()).map(drop).unwrap_err();
    assert!(matches!(&refused, Error::Corrupt(why) if why.contains("schema 99")), "{refused}");
}
