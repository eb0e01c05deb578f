//! Random histories on the memory model and on SQLite: whatever is asked afterwards, both answer the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use case::event::Queue;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use store::{Assigned, AuditFilter, Error, Filter, MemoryStore, Scope, SqliteStore, StatusKind, Store, UniqueKey};
use support::{Draft, Folder, at, audit, document, options, tenant};

const TENANTS: [&str; 2] = ["acme", "beta"];
const QUEUES: [Queue; 4] = [Queue::Intake, Queue::Facts, Queue::Nurse, Queue::Physician];

/// One step of a history. Small numbers, so that steps meet.
#[derive(Debug, Clone)]
enum Step {
    New { tenant: usize, case: u64, queue: usize, due: i64, unique: Option<u8> },
    Assign { tenant: usize, case: u64, user: u8, stale: bool },
    Move { tenant: usize, case: u64, queue: usize },
    Approve { tenant: usize, case: u64 },
    Rename { tenant: usize, case: u64, identifier: u8 },
    Record { tenant: usize, key: u8, body: Option<u8> },
    Audit { tenant: usize, who: u8, case: Option<u64> },
    Deliver { most: usize },
    Artifact { tenant: usize, byte: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let tenant = 0..TENANTS.len();
    let case = 0_u64..12;
    prop_oneof![
        4 => (tenant.clone(), case.clone(), 0..QUEUES.len(), 5000_i64..9000, proptest::option::weighted(0.3, 0_u8..6))
            .prop_map(|(tenant, case, queue, due, unique)| Step::New { tenant, case, queue, due, unique }),
        3 => (tenant.clone(), case.clone(), 0_u8..3, proptest::bool::weighted(0.2))
            .prop_map(|(tenant, case, user, stale)| Step::Assign { tenant, case, user, stale }),
        2 => (tenant.clone(), case.clone(), 0..QUEUES.len()).prop_map(|(tenant, case, queue)| Step::Move { tenant, case, queue }),
        2 => (tenant.clone(), case.clone()).prop_map(|(tenant, case)| Step::Approve { tenant, case }),
        1 => (tenant.clone(), case.clone(), 0_u8..4)
            .prop_map(|(tenant, case, identifier)| Step::Rename { tenant, case, identifier }),
        1 => (tenant.clone(), 0_u8..5, proptest::option::of(any::<u8>()))
            .prop_map(|(tenant, key, body)| Step::Record { tenant, key, body }),
        1 => (tenant.clone(), 0_u8..3, proptest::option::of(case)).prop_map(|(tenant, who, case)| Step::Audit { tenant, who, case }),
        1 => (1_usize..4).prop_map(|most| Step::Deliver { most }),
        1 => (tenant, 0_u8..3).prop_map(|(tenant, byte)| Step::Artifact { tenant, byte }),
    ]
}

/// What the steps know about the cases they have made.
type Drafts = BTreeMap<(usize, u64), Draft>;

/// Does a step and tells what the store answered, in words.
fn perform(store: &dyn Store, drafts: &mut Drafts, now: i64, step: &Step) -> String {
    let change = |drafts: &mut Drafts, place: (usize, u64), change: &dyn Fn(&mut Draft)| {
        let Some(draft) = drafts.get_mut(&place) else { return "no case".to_owned() };
        let before = draft.clone();
        change(draft);
        let answer = store.append(draft.append()).wait();
        if answer.is_err() {
            *draft = before;
        }
        format!("{answer:?}")
    };
    match step {
        Step::New { tenant: t, case, queue, due, unique } => {
            let owner = tenant(TENANTS[*t]);
            let mut draft = Draft::new(&owner, *case, at(now));
            draft.clock(at(now), at(*due)).pend(at(now), QUEUES[*queue]);
            let mut append = draft.append();
            append.documents.push(document(format!("document {}", case % 5).repeat(20).as_bytes()));
            append.outbox.push(store::Intent { kind: "note".to_owned(), body: vec![*case as u8; 200] });
            append.audit.push(audit(at(now), "client", "submit", Some(draft.id)));
            append.unique.extend(unique.map(|key| UniqueKey::new(Scope::Submission, format!("key-{key}"))));
            let answer = store.append(append).wait();
            if answer.is_ok() {
                drafts.insert((*t, *case), draft);
            }
            format!("{answer:?}")
        }
        Step::Assign { tenant, case, user, stale } => change(drafts, (*tenant, *case), &|draft| {
            draft.stored -= u64::from(*stale);
            draft.state.as_mut().unwrap().version -= u64::from(*stale);
            draft.assign(at(now), &format!("nurse-{user}"));
        }),
        Step::Move { tenant, case, queue } => change(drafts, (*tenant, *case), &|draft| {
            draft.pend(at(now), QUEUES[*queue]);
        }),
        Step::Approve { tenant, case } => change(drafts, (*tenant, *case), &|draft| {
            draft.approve(at(now));
        }),
        Step::Rename { tenant, case, identifier } => change(drafts, (*tenant, *case), &|draft| {
            let mut request = draft.case().request;
            request.identifiers[0].value = format!("R-{identifier}");
            let request = Box::new(request);
            draft.add(at(now), case::What::Updated { request, added: vec![], changed: vec![1], cancelled: vec![] });
        }),
        Step::Record { tenant: t, key, body } => {
            let (owner, key) = (tenant(TENANTS[*t]), format!("user-{key}"));
            let ticket = match body {
                Some(byte) => store.put_record(&owner, "user", &key, &[*byte; 300]),
                None => store.delete_record(&owner, "user", &key),
            };
            format!("{:?}", ticket.wait())
        }
        Step::Audit { tenant: t, who, case } => {
            let row = audit(at(now), &format!("nurse-{who}"), "look", case.map(support::case_id));
            format!("{:?}", store.audit(&tenant(TENANTS[*t]), row).wait())
        }
        Step::Deliver { most } => {
            let ids: Vec<_> = store.outbox(*most).unwrap().into_iter().map(|row| row.id).collect();
            format!("{ids:?} {:?}", store.outbox_done(&ids).wait())
        }
        Step::Artifact { tenant: t, byte } => {
            let bytes = vec![*byte; 500];
            format!("{:?}", store.put_artifact(&tenant(TENANTS[*t]), "policy", &base::Hash::of(&bytes), &bytes).wait())
        }
    }
}

/// Everything that can be asked, as one text. Protected values are opened: both stores must agree on them too.
fn everything(store: &dyn Store) -> Vec<String> {
    let mut seen = vec![format!("{:?}", store.tenants()), format!("{:?}", store.outbox(0).unwrap().len())];
    for row in store.outbox(0).unwrap() {
        seen.push(format!("{row:?} {:?}", row.body));
    }
    for now in [4000, 6000, 8000, 9_000_000, 99_000_000] {
        seen.push(format!("{:?}", store.timers(at(now), 50)));
    }
    for name in TENANTS {
        let owner = tenant(name);
        seen.push(format!("{:?} {:?}", store.counts(&owner), store.checkpoint(&owner)));
        for case in 0..12 {
            let id = support::case_id(case);
            let row = store.row(&owner, id).unwrap();
            seen.push(serde_json::to_string(&(row, store.case(&owner, id).unwrap())).unwrap());
            for event in store.events(&owner, id).unwrap() {
                seen.push(format!("{event:?} {:?} {:?}", event.body, store.receipt(&owner, id, event.version)));
            }
        }
        for filter in filters() {
            let page = store.worklist(&owner, &filter).unwrap();
            seen.push(format!("{filter:?} {:?} {:?}", page.rows.iter().map(|row| row.case).collect::<Vec<_>>(), page.next));
        }
        for key in 0..6 {
            seen.push(format!("{:?}", store.find(&owner, Scope::Submission, &format!("key-{key}"))));
            seen.push(format!("{:?}", store.find(&owner, Scope::Member, &format!("M-{key}"))));
            seen.push(format!("{:?}", store.find(&owner, Scope::Identifier, &format!("https://office.example/claims|R-{key}"))));
            let hash = base::Hash::of(format!("document {key}").repeat(20).as_bytes());
            seen.push(format!("{:?}", store.document(&owner, &hash).unwrap().map(|document| document.bytes)));
            let hash = base::Hash::of(&[key as u8; 500]);
            seen.push(format!("{:?}", store.artifact(&owner, &hash)));
        }
        seen.push(format!("{:?}", store.records(&owner, "user", Some("user-1"), 2)));
        seen.push(format!("{:?}", store.audit_rows(&owner, &AuditFilter { limit: 7, ..AuditFilter::default() })));
        let of_case = AuditFilter { case: Some(support::case_id(3)), ..AuditFilter::default() };
        seen.push(format!("{:?}", store.audit_rows(&owner, &of_case)));
        seen.push(format!("{:?}", store.entries(&owner, 0, 300)));
        seen.push(format!("{:?}", store.tile(&owner, 0, 0, 3)));
    }
    let health = store.verify().unwrap();
    assert!(health.is_sound(), "{:?}", health.faults);
    seen.push(format!("{health:?}"));
    seen
}

fn filters() -> Vec<Filter> {
    let base = Filter { limit: 3, ..Filter::default() };
    vec![
        Filter::default(),
        base.clone(),
        Filter { queue: Some(Queue::Nurse), ..base.clone() },
        Filter { status: Some(StatusKind::Decided), ..base.clone() },
        Filter { status: Some(StatusKind::Received), ..base.clone() },
        Filter { assigned: Some(Assigned::Nobody), ..base.clone() },
        Filter { assigned: Some(Assigned::To(base::UserId::new("nurse-1").unwrap())), ..base.clone() },
        Filter { text: Some("member 3".to_owned()), ..base },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_agree(steps in proptest::collection::vec(step(), 1..60), reopen in select(vec![0, 10, 30])) {
        let folder = Folder::new("differential");
        let memory = MemoryStore::new(options());
        let file_options = options();
        let mut sqlite = SqliteStore::open(folder.file(), file_options.clone()).unwrap();
        let (mut of_memory, mut of_sqlite) = (Drafts::new(), Drafts::new());
        for (place, step) in steps.iter().enumerate() {
            if reopen > 0 && place % reopen == reopen - 1 {
                drop(sqlite);
                sqlite = SqliteStore::open(folder.file(), file_options.clone()).unwrap();
            }
            let now = place as i64;
            let expected = perform(&memory, &mut of_memory, now, step);
            let found = perform(&sqlite, &mut of_sqlite, now, step);
            prop_assert_eq!(&expected, &found, "{:?}", step);
            let panicked = expected.contains("Corrupt") || expected.contains("Unavailable");
            prop_assert!(!panicked, "{:?}: {}", step, expected);
        }
        prop_assert_eq!(everything(&memory), everything(&sqlite));
        // Projections made again from the events are those that are stored.
        prop_assert_eq!(sqlite.rebuild().unwrap(), 0);
    }
}

#[test]
fn the_writer_answers_conflicts_within_one_batch_as_it_would_one_by_one() {
    let folder = Folder::new("batch");
    let memory = MemoryStore::new(options());
    let sqlite = SqliteStore::open(folder.file(), options()).unwrap();
    // All at once on SQLite, so that they meet in one batch; one after the other in memory.
    let appends: Vec<_> = (0..40)
        .map(|n| {
            let mut append = Draft::new(&tenant("acme"), n, at(0)).append();
            append.unique.push(UniqueKey::new(Scope::Submission, format!("key-{}", n % 10)));
            append
        })
        .collect();
    let tickets: Vec<_> = appends.iter().cloned().map(|append| sqlite.append(append)).collect();
    let found: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().map(|answer| answer.version)).collect();
    let expected: Vec<_> = appends.into_iter().map(|append| memory.append(append).wait().map(|answer| answer.version)).collect();
    assert_eq!(found, expected);
    assert_eq!(found.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(matches!(found[39], Err(Error::Exists { scope: Scope::Submission, .. })));
}
