//! A fictional plan in memory, served on a loopback port: what the tests of the workbench visit.
#![allow(dead_code, unused_imports)] // Each test program uses a part of it.

mod reader;
mod story;

pub use reader::{Page, Reader, act};
pub use story::Story;

use argon2::{Algorithm, Argon2, Params, Version};
use base::{CaseId, Date, Hash, LineOfBusiness, Phi, State, TenantId, Timestamp, UserId};
use base64::Engine as _;
use case::authority::{Licence, Role};
use case::event::{Intake, Queue};
use case::finding::{Evidence, Finding, Findings, MissingSet, PolicyRef};
use case::request::{DocumentRef, Urgency};
use case::{Actor, Command, Context, Event, Truth, decide, evolve, sample};
use criteria::{Library, Signatures};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::{Append, Appended, MemoryStore, NewDocument, NewEvent, Options, Store, Ticket};
use workflow::directory::{MemberRecord, StaffRecord, Tenant};
use workflow::{Platform, World};

/// The password of everybody here.
pub const PASSWORD: &str = "a fictional pass phrase";
/// The tenant everybody belongs to, unless said otherwise.
pub const TENANT: &str = "fiction";
/// Another tenant.
pub const OTHER: &str = "elsewhere";
/// Text that must never be markup on any page.
pub const HOSTILE: &str = "<script>alert('x')</script>&\"'><img src=x onerror=alert(1)>";

/// A clock that only tests move, and dice that repeat.
pub struct Stage {
    now: Mutex<Timestamp>,
    dice: AtomicU64,
}

impl World for Stage {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn random(&self, into: &mut [u8]) {
        for byte in into {
            let n = self.dice.fetch_add(1, Ordering::Relaxed);
            *byte = Hash::of(&n.to_be_bytes()).0[0];
        }
    }
}

/// The plan, served.
pub struct House {
    pub platform: Arc<Platform>,
    pub stage: Arc<Stage>,
    pub address: String,
    runtime: tokio::runtime::Runtime,
}

/// What a store is opened with here.
pub fn options() -> Options {
    Options::new(Options::signers_from("payer.example/um", [7; 32]).unwrap(), Options::os_entropy())
}

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

impl House {
    /// A house with one tenant, reached over plain HTTP.
    pub fn open() -> Self {
        Self::with(&[TENANT], "http://127.0.0.1")
    }

    pub fn with(tenants: &[&str], base_url: &str) -> Self {
        Self::over(Arc::new(MemoryStore::new(options())), tenants, base_url)
    }

    /// A house over another store.
    pub fn over(store: Arc<dyn Store>, tenants: &[&str], base_url: &str) -> Self {
        let stage = Arc::new(Stage { now: Mutex::new("2026-11-20T15:00:00Z".parse().unwrap()), dice: AtomicU64::new(1) });
        let settings = |id: &&str| Tenant {
            id: tenant(id),
            name: if *id == TENANT { "Fiction Health Plan".to_owned() } else { "Elsewhere Health".to_owned() },
            zone: "America/New_York".to_owned(),
            line_of_business: LineOfBusiness::MedicareAdvantage,
            exempt: Vec::new(),
            signatures: Signatures::none(),
            demo: *id == TENANT,
        };
        let platform = Arc::new(Platform {
            store,
            store_blocks: false,
            library: Arc::new(Library::default()),
            clocks: case::clock::Rules::builtin(),
            authority: case::authority::Rules::builtin(),
            tenants: tenants.iter().map(|id| (tenant(id), settings(id))).collect(),
            log_keys: BTreeMap::new(),
            world: stage.clone(),
            ocr: Arc::new(documents::NoOcr),
            base_url: base_url.to_owned(),
        });
        for id in tenants {
            staff(&platform, id);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = workbench::router(platform.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { platform, stage, address, runtime }
    }

    /// Time passes.
    pub fn pass(&self, time: SignedDuration) {
        let mut now = self.stage.now.lock().unwrap();
        *now += time;
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.stage.now.lock().unwrap() = now;
    }

    pub fn now(&self) -> Timestamp {
        self.stage.now()
    }

    pub fn case(&self, id: CaseId) -> case::Case {
        self.platform.store.case(&tenant(TENANT), id).unwrap().unwrap()
    }

    /// A case as told, kept in the store.
    pub fn tell(&self, story: &Story) -> CaseId {
        self.tell_in(TENANT, story)
    }

    pub fn tell_in(&self, tenant_id: &str, story: &Story) -> CaseId {
        let (id, ticket) = self.tell_later(tenant_id, story);
        ticket.wait().unwrap();
        id
    }

    /// A case as told, kept in the store when the ticket says so.
    pub fn tell_later(&self, tenant_id: &str, story: &Story) -> (CaseId, Ticket<Appended>) {
        let id = self.platform.new_case_id();
        let bytes: Arc<[u8]> = story::bundle(story).into_bytes().into();
        let record =
            DocumentRef { hash: Hash::of(&bytes), media_type: "application/fhir+json".to_owned(), bytes: bytes.len() as u64 };
        let mut request = sample::request(story.received_at);
        request.member.name = Phi::new(story.name.clone());
        request.member.member_id = Phi::new(story.member_id.clone());
        request.member.matched = story.matched.then(|| Phi::new(story.member_id.clone()));
        request.requester.name = story.requester.clone();
        request.urgency = if story.expedited { Urgency::Expedited } else { Urgency::Standard };
        request.cover.state = Some(State::new("PA").unwrap());
        request.record = record.clone();
        request.identifiers[0].value = id.to_string();
        let authorization = self.platform.new_authorization();
        let intake = if story.matched { Intake::Clear } else { Intake::MemberUnmatched };
        let (client, software) = (Context::client(story.received_at, "lakeside-ehr"), Context::software(story.received_at));
        let mut plays = vec![
            (Command::Receive { request: Box::new(request), authorization }, client),
            (Command::CheckIntake(intake), software.clone()),
        ];
        let mut documents = Vec::new();
        if story.matched {
            let mut findings = story::findings(story.root, story.signed);
            if let Some(note) = story.note {
                documents = story::read(&mut findings, note);
            }
            let command = Command::RecordFindings {
                findings: vec![findings],
                records: vec![record.clone()],
                uncovered: Vec::new(),
                approvals: vec![sample::approval(1)],
            };
            plays.push((command, software.clone()));
            if let Some(queue) = story.queue {
                plays.push((Command::Pend { queue, reason: "the criteria need a person".to_owned() }, software));
            }
        }
        let (mut case, mut events) = (None, Vec::new());
        for (command, context) in plays {
            for event in decide(case.as_ref(), command, &context).unwrap() {
                case = evolve(case.take(), &event);
                events.push(event);
            }
        }
        documents.push(NewDocument { hash: record.hash, media_type: record.media_type, bytes });
        (id, self.append(tenant_id, id, 0, case.unwrap(), &events, documents))
    }

    /// Something another person does to a case meanwhile.
    pub fn meanwhile(&self, id: CaseId, command: Command) {
        let case = self.case(id);
        let user = UserId::new("nurse2").unwrap();
        let context = Context::person(self.now(), &user, &[Role::Nurse]);
        let events = decide(Some(&case), command, &context).unwrap();
        let version = case.version;
        let after = events.iter().fold(Some(case), evolve).unwrap();
        self.append(TENANT, id, version, after, &events, Vec::new()).wait().unwrap();
    }

    fn append(
        &self,
        tenant_id: &str,
        id: CaseId,
        version: u64,
        after: case::Case,
        events: &[Event],
        documents: Vec<NewDocument>,
    ) -> Ticket<Appended> {
        let new = |event: &Event| NewEvent {
            body: event.to_bytes().unwrap(),
            kind: event.what.kind(),
            at: event.at,
            leaf: event.what.leaf().map(leaf_class),
            receipt: false,
        };
        let append = Append {
            tenant: tenant(tenant_id),
            case: id,
            expected_version: version,
            events: events.iter().map(new).collect(),
            after: Arc::new(after),
            unique: Vec::new(),
            documents,
            outbox: Vec::new(),
            audit: Vec::new(),
        };
        self.platform.store.append(append)
    }

    /// Acts in the audit trail, newest first.
    pub fn audited(&self) -> Vec<String> {
        let rows = self.platform.store.audit_rows(&tenant(TENANT), &store::AuditFilter::default()).unwrap();
        rows.into_iter().map(|row| row.audit.act).collect()
    }
}

const fn leaf_class(leaf: case::Leaf) -> ledger::LeafClass {
    match leaf {
        case::Leaf::Request => ledger::LeafClass::Request,
        case::Leaf::InfoRequest => ledger::LeafClass::InfoRequest,
        case::Leaf::Clock => ledger::LeafClass::Clock,
        case::Leaf::Determination => ledger::LeafClass::Determination,
        case::Leaf::Notice => ledger::LeafClass::Notice,
    }
}

fn staff(platform: &Platform, tenant_id: &str) {
    let hash = {
        let (salt, mut out) = ([9; 16], [0; 32]);
        let params = Params::new(8, 1, 1, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(PASSWORD.as_bytes(), &salt, &mut out)
            .unwrap();
        let text = |bytes: &[u8]| base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
        format!("$argon2id$v=19$m=8,t=1,p=1${}${}", text(&salt), text(&out))
    };
    let licence = |kind: &str| Licence {
        kind: kind.to_owned(),
        number: "F-2001".to_owned(),
        state: State::new("PA").unwrap(),
        expires: Date::constant(2027, 12, 31),
        restricted: false,
    };
    let people = [
        ("intake", "Ines Example", Role::Intake, vec![], ""),
        ("nurse", "Nora Example", Role::Nurse, vec![licence("RN")], ""),
        ("nurse2", "Noel Example", Role::Nurse, vec![licence("RN")], ""),
        ("physician", "Dr. Paula Example", Role::Physician, vec![licence("MD")], "pulmonary disease"),
        ("dermatologist", "Dr. Dora Example", Role::Physician, vec![licence("MD")], "dermatology"),
        ("director", "Dr. Max Example", Role::MedicalDirector, vec![licence("MD")], "internal medicine"),
        ("appeals", "Anna Example", Role::Appeals, vec![], ""),
        ("manager", "Carl Example", Role::CaseManager, vec![], ""),
        ("author", "Pia Example", Role::PolicyAuthor, vec![], ""),
        ("analyst", "Alma Example", Role::Analyst, vec![], ""),
        ("compliance", "Cleo Example", Role::Compliance, vec![], ""),
        ("admin", "Abel Example", Role::Administrator, vec![], ""),
    ];
    for (user, name, role, licences, specialty) in people {
        let record = StaffRecord {
            user: UserId::new(user).unwrap(),
            name: name.to_owned(),
            role,
            licences,
            npi: None,
            specialties: Some(specialty.to_owned()).filter(|s| !s.is_empty()).into_iter().collect(),
            active: true,
            password: hash.clone(),
        };
        platform.put_staff(&tenant(tenant_id), &record).unwrap();
    }
    let member = MemberRecord {
        member_id: Phi::new("FIC1000009".to_owned()),
        family: Phi::new("Example".to_owned()),
        given: Phi::new("Bruno".to_owned()),
        birth_date: Phi::new(Date::constant(1950, 4, 1)),
        line_of_business: LineOfBusiness::MedicareAdvantage,
        state: Some(State::new("PA").unwrap()),
        plan: "Fiction Advantage HMO".to_owned(),
        zone: "America/New_York".to_owned(),
        from: Date::constant(2025, 1, 1),
        to: Date::constant(2027, 12, 31),
    };
    platform.put_member(&tenant(tenant_id), &member).unwrap();
}
