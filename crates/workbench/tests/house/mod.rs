//! A fictional plan in memory, served on a loopback port: what the tests of the workbench visit.
#![allow(dead_code)] // Each test program uses a part of it.

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
use store::{Append, MemoryStore, NewDocument, NewEvent, Options, Store};
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

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

impl House {
    /// A house with one tenant, reached over plain HTTP.
    pub fn open() -> Self {
        Self::with(&[TENANT], "http://127.0.0.1")
    }

    pub fn with(tenants: &[&str], base_url: &str) -> Self {
        let stage = Arc::new(Stage { now: Mutex::new("2026-11-20T15:00:00Z".parse().unwrap()), dice: AtomicU64::new(1) });
        let signers = Options::signers_from("payer.example/um", [7; 32]).unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Options::new(signers, Options::os_entropy())));
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
        let id = self.platform.new_case_id();
        let bytes: Arc<[u8]> = bundle(story).into_bytes().into();
        let record = DocumentRef { hash: Hash::of(&bytes), media_type: "application/fhir+json".to_owned(), bytes: bytes.len() as u64 };
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
        let mut plays = vec![(Command::Receive { request: Box::new(request), authorization }, client), (Command::CheckIntake(intake), software.clone())];
        if story.matched {
            let command = Command::RecordFindings {
                findings: vec![findings(story.root, story.signed)],
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
        self.append(tenant_id, id, 0, case.unwrap(), &events, vec![NewDocument { hash: record.hash, media_type: record.media_type, bytes }]);
        id
    }

    /// Something another person does to a case meanwhile.
    pub fn meanwhile(&self, id: CaseId, command: Command) {
        let case = self.case(id);
        let user = UserId::new("nurse2").unwrap();
        let context = Context::person(self.now(), &user, &[Role::Nurse]);
        let events = decide(Some(&case), command, &context).unwrap();
        let version = case.version;
        let after = events.iter().fold(Some(case), evolve).unwrap();
        self.append(TENANT, id, version, after, &events, Vec::new());
    }

    fn append(&self, tenant_id: &str, id: CaseId, version: u64, after: case::Case, events: &[Event], documents: Vec<NewDocument>) {
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
        self.platform.store.append(append).wait().unwrap();
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

/// What a case is about.
#[derive(Clone)]
pub struct Story {
    pub name: String,
    pub member_id: String,
    pub requester: String,
    pub received_at: Timestamp,
    pub expedited: bool,
    pub matched: bool,
    pub root: Truth,
    pub signed: bool,
    pub queue: Option<Queue>,
}

impl Story {
    /// Home oxygen whose saturation is above the limit and whose treatment notes are missing; it waits for a physician.
    pub fn unmet(now: Timestamp) -> Self {
        Self {
            name: "Ada Example".to_owned(),
            member_id: "FIC1000001".to_owned(),
            requester: "Lakeside Pulmonary (fictional)".to_owned(),
            received_at: now,
            expedited: false,
            matched: true,
            root: Truth::NotMet,
            signed: true,
            queue: Some(Queue::Physician),
        }
    }
}

fn staff(platform: &Platform, tenant_id: &str) {
    let hash = {
        let (salt, mut out) = ([9; 16], [0; 32]);
        let params = Params::new(8, 1, 1, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(PASSWORD.as_bytes(), &salt, &mut out).unwrap();
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

/// Three criteria under one root, with evidence in the record of [`bundle`].
fn findings(root: Truth, signed: bool) -> Findings {
    let evidence = |resource: &str, says: &str| Evidence { resource: resource.to_owned(), elements: vec!["value".to_owned()], says: Phi::new(says.to_owned()) };
    let finding = |id: &str, parent: Option<&str>, title: &str, citation: &str, truth: Truth, evidence: Vec<Evidence>| Finding {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        title: title.to_owned(),
        citation: citation.to_owned(),
        truth,
        evidence,
    };
    let met = root == Truth::Met;
    let (saturation, notes) = if met { (Truth::Met, Truth::Met) } else { (root, Truth::Unknown) };
    Findings {
        line: 1,
        policy: PolicyRef {
            id: "ncd-240.2-home-oxygen".to_owned(),
            version: "2021-09-27.1".to_owned(),
            hash: Hash::of(b"policy"),
            source: "NCD 240.2; LCD L33797".to_owned(),
            signed,
        },
        date_of_service: Date::constant(2026, 11, 20),
        engine: "cql 0.1.0".to_owned(),
        root,
        criteria: vec![
            finding("root", None, "Home oxygen is reasonable and necessary", "NCD 240.2", root, vec![]),
            finding("order", Some("root"), "A treating practitioner ordered it", "42 CFR 410.38", Truth::Met, vec![evidence("urn:uuid:2", "Order for E1390 by Dr. Lena Example on 2026-11-18")]),
            finding("blood-gas", Some("root"), "Hypoxemia is shown by a qualifying test", "NCD 240.2 section C", saturation, vec![]),
            finding("saturation", Some("blood-gas"), "Saturation at or below 88 % at rest, awake, on room air", "NCD 240.2 section C, group I(a)", saturation, vec![evidence("urn:uuid:1", "O2 saturation 93 % at rest on 2026-11-17")]),
            finding("timing", Some("blood-gas"), "Tested within 30 days of the order", "LCD L33797", Truth::Met, vec![evidence("Observation/spo2", "Tested 2026-11-17, ordered 2026-11-18")]),
            finding("alternatives", Some("root"), "Other treatment was tried or considered", "LCD L33797", notes, vec![evidence("urn:uuid:gone", "No note of other treatment")]),
        ],
        missing: if met {
            vec![]
        } else {
            vec![
                MissingSet {
                    criteria: vec!["saturation".to_owned(), "alternatives".to_owned()],
                    asks: vec!["A saturation at rest, awake, on room air, with its date".to_owned(), "A note that other treatment was tried or considered".to_owned()],
                },
                MissingSet { criteria: vec!["blood-gas".to_owned()], asks: vec!["An arterial blood gas with PaO2 and its date".to_owned()] },
            ]
        },
    }
}

/// A request as it might come: the resources the evidence names, and some that nobody reads.
fn bundle(story: &Story) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","timestamp":"2026-11-20T15:00:00Z","entry":[
{{"fullUrl":"urn:uuid:0","resource":{{"resourceType":"Claim","id":"claim","status":"active","use":"preauthorization","created":"2026-11-20","item":[{{"sequence":1,"productOrService":{{"coding":[{{"code":"E1390"}}]}}}}]}}}},
{{"fullUrl":"urn:uuid:1","resource":{{"resourceType":"Observation","id":"spo2","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"59408-5"}}],"text":"Oxygen saturation by pulse oximetry, at rest"}},"effectiveDateTime":"2026-11-17T09:30:00-05:00","valueQuantity":{{"value":93,"unit":"%"}}}}}},
{{"fullUrl":"urn:uuid:3","resource":{{"resourceType":"Observation","id":"fev1","status":"final","code":{{"text":"FEV1, percent of predicted"}},"effectiveDateTime":"2026-10-02","valueQuantity":{{"value":41.50,"unit":"%"}}}}}},
{{"fullUrl":"urn:uuid:4","resource":{{"resourceType":"Condition","id":"copd","clinicalStatus":{{"coding":[{{"code":"active"}}]}},"code":{{"coding":[{{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"J44.9"}}],"text":"Chronic obstructive pulmonary disease, unspecified"}},"onsetDateTime":"2019-03"}}}},
{{"fullUrl":"urn:uuid:2","resource":{{"resourceType":"DeviceRequest","id":"order","status":"active","intent":"order","codeCodeableConcept":{{"coding":[{{"code":"E1390"}}],"text":"Oxygen concentrator, single delivery port"}},"authoredOn":"2026-11-18"}}}},
{{"fullUrl":"urn:uuid:5","resource":{{"resourceType":"QuestionnaireResponse","id":"qr","status":"completed","authored":"2026-11-19","item":[{{"linkId":"1","text":"Prescribed flow rate","answer":[{{"valueQuantity":{{"value":2.0,"unit":"L/min"}}}}]}},{{"linkId":"2","text":"Tested while awake and at rest","answer":[{{"valueBoolean":true}}]}}]}}}},
{{"fullUrl":"urn:uuid:6","resource":{{"resourceType":"Patient","id":"patient","name":[{{"text":{}}}],"birthDate":"1950-04-01"}}}},
{{"fullUrl":"urn:uuid:7","resource":{{"resourceType":"Organization","id":"office","name":{}}}}}
]}}"#,
        text(&story.name),
        text(&story.requester)
    )
}

/// A browser without scripts: keeps cookies, follows nothing.
pub struct Reader {
    agent: ureq::Agent,
    base: String,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    pub status: u16,
    pub location: String,
    pub headers: ureq::http::HeaderMap,
    pub html: String,
}

impl Page {
    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.html.find(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.html)) + start.len();
        self.html[at..].split('"').next().unwrap().to_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }
}

impl Reader {
    pub fn new(house: &House) -> Self {
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: config.into(), base: house.address.clone(), cookies: BTreeMap::new() }
    }

    /// Somebody who has signed in.
    pub fn signed_in(house: &House, user: &str) -> Self {
        let mut reader = Self::new(house);
        let door = reader.get("/sign-in");
        let token = door.field("_token");
        let page = reader.post("/sign-in", &[("_token", &token), ("user", user), ("password", PASSWORD)]);
        assert_eq!((page.status, page.location.as_str()), (303, "/"), "{user}: {}", page.html);
        reader
    }

    pub fn get(&mut self, path: &str) -> Page {
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", self.cookie());
        self.keep(request.call().unwrap())
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&");
        self.send(path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    pub fn send(&mut self, path: &str, content_type: &str, body: &[u8]) -> Page {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie()).header("content-type", content_type);
        self.keep(request.send(body).unwrap())
    }

    pub fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.cookies
    }

    fn keep(&mut self, mut response: ureq::http::Response<ureq::Body>) -> Page {
        for set in response.headers().get_all("set-cookie") {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = response.body_mut().read_to_string().unwrap();
        let location = response.headers().get("location").map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        Page { status: response.status().as_u16(), location, headers: response.headers().clone(), html }
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The actor of an event, for assertions.
pub fn person(user: &str) -> Actor {
    Actor::Person(UserId::new(user).unwrap())
}
