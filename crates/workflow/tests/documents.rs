//! Every story whose proof stands in a document, played through the workflow: what is decided, on which words, and made again.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base::{LineOfBusiness, TenantId, Timestamp};
use case::finding::Standing;
use case::{Case, Decision};
use criteria::{Library, Signature, Signatures};
use exchange::pas::PasVersion;
use fiction::{Expect, Plan, Story};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{MemoryStore, Options};
use workflow::directory::{Client, MemberRecord, Tenant};
use workflow::{Again, Outcome, Platform, Submission, World};

struct Stage(AtomicU64);

impl World for Stage {
    fn now(&self) -> Timestamp {
        "2026-11-21T15:00:00Z".parse().unwrap()
    }

    fn random(&self, into: &mut [u8]) {
        for byte in into {
            *byte = base::Hash::of(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes()).0[0];
        }
    }
}

struct House {
    platform: Platform,
    tenant: TenantId,
    client: Client,
}

impl House {
    fn open(plan: &Plan) -> Self {
        let tenant = TenantId::new("fiction").unwrap();
        let library = Library::builtin().unwrap();
        let mut signatures = Signatures::none();
        for policy in library.policies() {
            let date = "2026-11-01".parse().unwrap();
            let (name, credentials) = ("Dr. Example".to_owned(), "MD".to_owned());
            signatures.add(policy.hash(), Signature { name, credentials, date, hash: policy.hash() });
        }
        let settings = Tenant {
            id: tenant.clone(),
            name: "Fiction Health".to_owned(),
            zone: "America/New_York".to_owned(),
            line_of_business: LineOfBusiness::MedicareAdvantage,
            exempt: Vec::new(),
            signatures,
            demo: true,
        };
        let options = Options::new(Options::signers_from("payer.example/um", [7; 32]).unwrap(), Options::os_entropy());
        let platform = Platform {
            store: Arc::new(MemoryStore::new(options)),
            store_blocks: false,
            library: Arc::new(library),
            clocks: case::clock::Rules::builtin(),
            authority: case::authority::Rules::builtin(),
            tenants: BTreeMap::from([(tenant.clone(), settings)]),
            log_keys: BTreeMap::new(),
            world: Arc::new(Stage(AtomicU64::new(1))),
            ocr: Arc::new(documents::NoOcr),
            base_url: "http://um.example".to_owned(),
        };
        let members = plan.members.iter().map(|m| MemberRecord {
            member_id: m.member_id.clone().into(),
            family: m.family.clone().into(),
            given: m.given.clone().into(),
            birth_date: m.birth_date.into(),
            line_of_business: m.line_of_business,
            state: None,
            plan: "Fiction Advantage".to_owned(),
            zone: "America/New_York".to_owned(),
            from: "2020-01-01".parse().unwrap(),
            to: "2030-12-31".parse().unwrap(),
        });
        platform.put_members(&tenant, members).unwrap();
        Self { platform, client: Client { name: "ehr".to_owned(), tenant: tenant.clone(), npis: Vec::new() }, tenant }
    }

    fn play(&self, story: &Story) -> (base::CaseId, Case) {
        let version = if story.version == "2.0.1" { PasVersion::V2_0_1 } else { PasVersion::V2_2_1 };
        let submission = Submission { client: &self.client, version, body: story.body.clone().into() };
        let outcome = pollster::block_on(workflow::submit(&self.platform, submission)).unwrap();
        let Outcome::Answer { case: Some(id), .. } = outcome else { panic!("{}: no case: {outcome:?}", story.name) };
        (id, self.platform.store.case(&self.tenant, id).unwrap().unwrap())
    }
}

fn approved(case: &Case) -> bool {
    case.lines.values().all(|line| matches!(line.decision, Decision::Approved { .. }))
}

fn stories(plan: &Plan) -> Vec<Story> {
    let told = fiction::stories(plan);
    let first = told.iter().position(|story| story.name == "note-hypertension").unwrap();
    told.into_iter().skip(first).collect()
}

fn plan() -> Plan {
    Plan::new(7, "2026-11-21".parse().unwrap())
}

#[test]
fn every_story_ends_as_told_and_is_made_again_byte_for_byte() {
    let plan = plan();
    let house = House::open(&plan);
    let mut on_words = 0;
    let mut wrong = Vec::new();
    for story in stories(&plan) {
        let (id, case) = house.play(&story);
        let wanted = story.expect == Expect::Approved;
        let findings = case.lines.values().next().unwrap().findings.clone();
        let findings = findings.unwrap_or_else(|| panic!("{}: no findings", story.name));
        if approved(&case) != wanted {
            let told = findings.criteria.iter().filter(|f| f.parent.is_some());
            let told: Vec<_> = told.map(|f| (f.id.as_str(), f.truth, f.text.as_ref().map(|t| t.standing))).collect();
            wrong.push(format!("{}: approved {}, {told:?} {:?}", story.name, !wanted, findings.reading));
            continue;
        }
        let satisfied: Vec<_> =
            findings.criteria.iter().filter(|f| f.text.as_ref().is_some_and(|t| t.standing == Standing::Satisfies)).collect();
        for finding in &satisfied {
            let quote = finding.evidence.iter().find_map(|e| e.quote.as_ref()).unwrap();
            let reading = findings.reading.as_ref().unwrap();
            let document = reading.documents.iter().find(|d| d.document == quote.document).unwrap();
            let kept = house.platform.store.document(&house.tenant, &document.opened[quote.part as usize]).unwrap().unwrap();
            let opened = evidence::Opened::from_bytes(&kept.bytes).unwrap();
            let text = opened.text.expose();
            assert!(text[quote.start as usize..quote.end as usize].starts_with(quote.words.expose()), "{}", story.name);
            // The document itself is kept too.
            assert!(house.platform.store.document(&house.tenant, &document.document).unwrap().is_some());
        }
        on_words += usize::from(approved(&case) && !satisfied.is_empty());
        for made in workflow::replay(&house.platform, &house.tenant, id).unwrap() {
            assert!(made.same, "{}: differs at {:?}", story.name, made.differs_at);
            assert_eq!(made.reading, Some(Again::Read), "{}", story.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(on_words >= 10, "only {on_words} stories are decided on words");
}

#[test]
fn reasons_of_what_waits_are_said() {
    let plan = plan();
    let house = House::open(&plan);
    for (name, reason) in [
        ("note-contradicts-medication-list", "contradict each other"),
        ("pdf-damaged", "could not be read"),
        ("document-by-address-only", "could not be read"),
        ("fax-instruction", "could not be read"),
        ("note-denies-hypertension", "does not prove every criterion"),
    ] {
        let story = stories(&plan).into_iter().find(|story| story.name == name).unwrap();
        let (_, case) = house.play(&story);
        let case::Status::Pended { reason: said, .. } = &case.status else { panic!("{name}: {:?}", case.status) };
        assert!(said.contains(reason), "{name}: {said}");
    }
}

#[test]
fn a_document_sent_later_is_read_and_nothing_is_read_twice() {
    let plan = plan();
    let house = House::open(&plan);
    let told = stories(&plan);
    let find = |name: &str| told.iter().find(|story| story.name == name).unwrap();
    // The same request first without its note.
    let whole = find("note-hypertension");
    let mut bundle: serde_json::Value = serde_json::from_slice(&whole.body).unwrap();
    let entries = bundle["entry"].as_array_mut().unwrap();
    entries.retain(|entry| entry["resource"]["resourceType"] != "DocumentReference");
    let bare = Story { body: bundle.to_string().into_bytes(), ..whole.clone() };
    let (id, case) = house.play(&bare);
    assert!(!approved(&case));
    assert!(case.lines.values().next().unwrap().findings.as_ref().unwrap().reading.is_none());
    let (again, case) = house.play(whole);
    assert_eq!(id, again);
    assert!(approved(&case), "{:?}", case.status);
    assert!(workflow::replay(&house.platform, &house.tenant, id).unwrap().iter().all(|made| made.same));
}
