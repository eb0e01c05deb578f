//! What the tests share: fictional cases, option sets, and the engines under test.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod postgres;

use base::{CaseId, Hash, TenantId, Timestamp, UserId};
use case::event::{Actor, Approval, Basis, Queue};
use case::{Case, Event, What};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Append, Audit, Intent, NewDocument, NewEvent, Options, Scope, UniqueKey};

/// Options whose salts come from a counter, so that two stores given the same work hold the same bytes.
pub fn options() -> Options {
    let counter = Arc::new(AtomicU64::new(0));
    let entropy = move |buffer: &mut [u8]| {
        let next = counter.fetch_add(1, Ordering::Relaxed);
        buffer.fill(0);
        buffer[..8].copy_from_slice(&next.to_le_bytes());
        Ok(())
    };
    Options::new(Options::signers_from("payer.example/um", [7; 32]).unwrap(), Arc::new(entropy))
}

/// The key a partner would hold.
pub fn verifier(tenant: &TenantId) -> ledger::Verifier {
    (options().signers)(tenant).unwrap().verifier().clone()
}

pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

/// Seconds after the start of the tests' time.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + seconds).unwrap()
}

/// A time-ordered id.
pub fn case_id(n: u64) -> CaseId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    CaseId::from_parts(1_770_000_000_000 + n, random)
}

/// An event as `decide` would have made it; read from its bytes, because nobody else can make one.
pub fn event(at: Timestamp, by: &Actor, what: &What) -> Event {
    let mut json = serde_json::to_value(what).unwrap();
    let members = json.as_object_mut().unwrap();
    members.insert("at".to_owned(), serde_json::to_value(at).unwrap());
    members.insert("by".to_owned(), serde_json::to_value(by).unwrap());
    Event::from_bytes(&serde_json::to_vec(&json).unwrap()).unwrap()
}

/// A clock that runs until `due`, with a warning an hour earlier.
pub fn due(received: Timestamp, due: Timestamp) -> case::clock::Due {
    serde_json::from_value(serde_json::json!({
        "clock_start_at": received,
        "due_at": due,
        "near_at": due - jiff::SignedDuration::from_hours(1),
        "rule": {
            "id": "MA-STD-PA", "citation": "42 CFR 422.568(b)(1)(ii)", "words": "7 calendar days from receipt",
            "verified": "V", "on_miss": "an adverse determination the member may appeal",
        },
        "lost": [],
        "facts": {
            "line_of_business": "medicare-advantage", "zone": "America/New_York", "urgency": "standard", "drug": "none",
            "timing": "prospective", "received_at": received,
        },
    }))
    .unwrap()
}

/// A case that is being written: gathers events, keeps the state, gives appends.
#[derive(Clone)]
pub struct Draft {
    pub tenant: TenantId,
    pub id: CaseId,
    pub state: Option<Case>,
    pub stored: u64,
    events: Vec<Event>,
}

impl Draft {
    /// A case whose member, identifier and authorization number come from `n`.
    pub fn new(tenant: &TenantId, n: u64, at: Timestamp) -> Self {
        let mut request = case::sample::request(at);
        request.identifiers[0].value = format!("C-{n}");
        request.member.member_id = base::Phi::new(format!("M-{}", n % 50));
        request.member.name = base::Phi::new(format!("Member {n} Example"));
        let authorization = format!("A-{n:06}");
        Self::of(tenant, case_id(n), at, request, authorization)
    }

    pub fn of(tenant: &TenantId, id: CaseId, at: Timestamp, request: case::Request, authorization: String) -> Self {
        let mut draft = Self { tenant: tenant.clone(), id, state: None, stored: 0, events: Vec::new() };
        draft.add(at, What::Received { request: Box::new(request), authorization });
        draft
    }

    pub fn add(&mut self, at: Timestamp, what: What) -> &mut Self {
        let event = event(at, &Actor::Software, &what);
        self.state = case::evolve(self.state.take(), &event);
        self.events.push(event);
        self
    }

    pub fn clock(&mut self, now: Timestamp, due_at: Timestamp) -> &mut Self {
        self.add(now, What::ClockStarted { due: due(now, due_at) })
    }

    pub fn pend(&mut self, now: Timestamp, queue: Queue) -> &mut Self {
        let lines = base::NonEmpty::one(1);
        self.add(now, What::Pended { lines, queue, reason: "a person must look".to_owned() })
    }

    pub fn assign(&mut self, now: Timestamp, to: &str) -> &mut Self {
        self.add(now, What::Assigned { to: UserId::new(to).unwrap() })
    }

    pub fn approve(&mut self, now: Timestamp) -> &mut Self {
        let approval: Approval = case::sample::approval(1);
        let basis = Basis::Criteria { policy: "ncd-240.2-home-oxygen 1.0.0".to_owned() };
        self.add(now, What::Approved { lines: base::NonEmpty::one(approval), basis })
    }

    /// The append of what was added since the last one, taken as stored.
    pub fn append(&mut self) -> Append {
        let append = self.peek();
        self.stored += append.events.len() as u64;
        self.events.clear();
        append
    }

    /// The same without taking it as stored.
    pub fn peek(&self) -> Append {
        Append {
            tenant: self.tenant.clone(),
            case: self.id,
            expected_version: self.stored,
            events: self.events.iter().map(|event| NewEvent::of(event, true).unwrap()).collect(),
            after: Arc::new(self.state.clone().unwrap()),
            unique: Vec::new(),
            documents: Vec::new(),
            outbox: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// The state the store must give back.
    pub fn case(&self) -> Case {
        self.state.clone().unwrap()
    }
}

/// A submission as the workflow makes one: five events, a document, a message, an audit row and two unique keys.
pub fn submission(tenant: &TenantId, n: u64, now: Timestamp) -> (Draft, Append) {
    let mut draft = Draft::new(tenant, n, now);
    draft.add(now, What::IntakeChecked { outcome: case::event::Intake::Clear });
    draft.clock(now, now + jiff::SignedDuration::from_hours(24 * 7));
    let findings = Arc::new(case::sample::findings(1, case::Truth::Met));
    draft.add(now, What::CriteriaEvaluated { findings, records: vec![case::sample::document("request")] });
    draft.approve(now);
    let mut append = draft.append();
    append.unique.push(UniqueKey::new(Scope::Identifier, format!("https://office.example/claims|C-{n}")));
    append.documents.push(document(format!("{{\"resourceType\":\"Bundle\",\"id\":\"{n}\"}}").repeat(60).as_bytes()));
    append.outbox.push(Intent { kind: "claim-response".to_owned(), body: format!("case {n}").into_bytes() });
    append.audit.push(audit(now, "client-a", "submit", Some(draft.id)));
    (draft, append)
}

pub fn document(bytes: &[u8]) -> NewDocument {
    NewDocument { hash: Hash::of(bytes), media_type: "application/fhir+json".to_owned(), bytes: bytes.into() }
}

pub fn audit(at: Timestamp, who: &str, act: &str, case: Option<CaseId>) -> Audit {
    Audit { at, who: who.to_owned(), act: act.to_owned(), case, detail: "of no importance".to_owned() }
}

/// A folder that is removed when the test ends well.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("avedis-store-{name}-{}-{next}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("avedis.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
