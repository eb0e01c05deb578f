//! The auditor has teeth: a store that lies is found out, and so is every history that could not have been.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base::{CaseId, Hash, NonEmpty, Phi, Timestamp, UserId};
use case::authority::{Credentials, Licence, Role, Rules, admit};
use case::event::{Adverse, AdverseOutcome, Intake};
use case::{Case, Command, Context, Event, Truth as Verdict, decide, evolve, sample};
use serde_json::{Value, json};
use sim::audit::{Invariant, Tally, Truth, history};
use sim::{Config, Faults, Lie, Roster};
use workflow::directory::StaffRecord;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A case in the making.
#[derive(Default)]
struct Life {
    case: Option<Case>,
    events: Vec<Event>,
}

impl Life {
    fn act(&mut self, context: &Context<'_>, command: Command) {
        for event in decide(self.case.as_ref(), command, context).unwrap() {
            self.case = evolve(self.case.take(), &event);
            self.events.push(event);
        }
    }
}

fn reviewer() -> StaffRecord {
    StaffRecord {
        user: UserId::new("physician").unwrap(),
        name: "Paula Example".to_owned(),
        role: Role::Physician,
        licences: vec![Licence {
            kind: "MD".to_owned(),
            number: "MD-1".to_owned(),
            state: base::State::new("PA").unwrap(),
            expires: "2027-12-31".parse().unwrap(),
            restricted: false,
        }],
        npi: None,
        specialties: vec!["internal medicine".to_owned()],
        active: true,
        password: String::new(),
    }
}

/// Received on a Monday, criteria unknown, warned, missed, denied late by a physician.
fn denied_late() -> Vec<Event> {
    let received = at("2026-03-02T15:00:00Z");
    let mut life = Life::default();
    let software = Context::software(received);
    let request = Box::new(sample::request(received));
    life.act(&Context::client(received, "ehr"), Command::Receive { request, authorization: "A1".to_owned() });
    life.act(&software, Command::CheckIntake(Intake::Clear));
    let (findings, records) = (vec![sample::findings(1, Verdict::Unknown)], vec![sample::document("request")]);
    life.act(&software, Command::RecordFindings { findings, records, uncovered: Vec::new(), approvals: Vec::new() });
    for moment in ["2026-03-09T10:00:00Z", "2026-03-11T10:00:00Z"] {
        life.act(&Context::software(at(moment)), Command::Tick);
    }
    let (person, now) = (reviewer(), at("2026-03-12T10:00:00Z"));
    let credentials = Credentials {
        user: person.user.clone(),
        name: person.name,
        npi: None,
        roles: vec![person.role],
        licences: person.licences,
        specialties: person.specialties,
        active: true,
    };
    let statement = Rules::builtin().statement();
    let witness = admit(&credentials, life.case.as_ref().unwrap(), &[1], statement, now, Rules::builtin()).unwrap();
    let reason = base::Code::new(base::system::X12_REASON, "0V");
    let lines =
        NonEmpty::one(Adverse { line: 1, outcome: AdverseOutcome::Denied, reason, criterion: "ncd#saturation".to_owned() });
    let rationale = Phi::new("The saturation is 94 %.".to_owned());
    life.act(
        &Context::person(now, &person.user, &[Role::Physician]),
        Command::DetermineAdverse { reviewer: witness, lines, rationale },
    );
    life.events
}

/// The same, approved by criteria at once.
fn approved_at_once() -> Vec<Event> {
    let received = at("2026-03-02T15:00:00Z");
    let mut life = Life::default();
    let software = Context::software(received);
    let request = Box::new(sample::request(received));
    life.act(&Context::client(received, "ehr"), Command::Receive { request, authorization: "A1".to_owned() });
    life.act(&software, Command::CheckIntake(Intake::Clear));
    let (findings, records) = (vec![sample::findings(1, Verdict::Met)], vec![sample::document("request")]);
    let approvals = vec![sample::approval(1)];
    life.act(&software, Command::RecordFindings { findings, records, uncovered: Vec::new(), approvals });
    life.events
}

fn truth() -> Truth {
    let mut roster = Roster::default();
    roster.set(at("2026-01-01T00:00:00Z"), reviewer());
    Truth { roster, signed: [Hash::of(b"policy")].into(), ..Truth::default() }
}

/// Which invariants a fabricated history breaks.
fn broken(events: Vec<Event>, truth: &Truth, change: impl Fn(&mut Vec<Value>)) -> Vec<Invariant> {
    let mut bodies: Vec<Value> = events.iter().map(|event| serde_json::from_slice(&event.to_bytes().unwrap()).unwrap()).collect();
    change(&mut bodies);
    let events: Vec<Event> = bodies.iter().map(|body| Event::from_bytes(body.to_string().as_bytes()).unwrap()).collect();
    let mut tally = Tally::default();
    let id = CaseId::from_parts(0, [0; 10]);
    history(&mut tally, id, &events, truth, at("2026-03-20T00:00:00Z"));
    let mut found: Vec<Invariant> = tally.breaches.iter().map(|breach| breach.invariant).collect();
    found.dedup();
    found
}

fn of_kind<'a>(bodies: &'a mut [Value], kind: &str) -> &'a mut Value {
    bodies.iter_mut().find(|body| body["kind"] == kind).unwrap()
}

fn without(bodies: &mut Vec<Value>, kind: &str) {
    bodies.retain(|body| body["kind"] != kind);
}

#[test]
fn an_honest_history_breaks_nothing() {
    assert_eq!(broken(denied_late(), &truth(), |_| {}), []);
    assert_eq!(broken(approved_at_once(), &truth(), |_| {}), []);
}

/// A change of a history and the invariant that must break.
type Fabrication = (&'static str, fn(&mut Vec<Value>), Invariant);

#[test]
fn every_fabricated_denial_is_found() {
    let table: &[Fabrication] = &[
        ("the miss is left out", |b| without(b, "clock-missed"), Invariant::MissRecorded),
        ("the warning is left out", |b| without(b, "clock-near"), Invariant::NearBeforeMiss),
        ("no clock was started", |b| without(b, "clock-started"), Invariant::DueWithRule),
        (
            "software denied",
            |b| of_kind(b, "determined-adverse")["by"] = json!({"actor": "software"}),
            Invariant::AdverseAttested,
        ),
        (
            "the requester denied",
            |b| of_kind(b, "determined-adverse")["by"] = json!({"actor": "client", "id": "ehr"}),
            Invariant::AdverseAttested,
        ),
        (
            "nobody we know signed",
            |b| of_kind(b, "determined-adverse")["attestation"]["reviewer"] = json!("nurse"),
            Invariant::AdverseAttested,
        ),
        (
            "another licence",
            |b| of_kind(b, "determined-adverse")["attestation"]["licence"]["number"] = json!("MD-9"),
            Invariant::AdverseAttested,
        ),
        (
            "another specialty",
            |b| of_kind(b, "determined-adverse")["attestation"]["specialty"] = json!("astrology"),
            Invariant::AdverseAttested,
        ),
        (
            "nothing was confirmed",
            |b| of_kind(b, "determined-adverse")["attestation"]["statement"] = json!(""),
            Invariant::AdverseAttested,
        ),
        (
            "signed at another time",
            |b| of_kind(b, "determined-adverse")["attestation"]["attested_at"] = json!("2026-03-11T00:00:00Z"),
            Invariant::AdverseAttested,
        ),
        (
            "software withdrew it",
            |b| {
                let last = b.len() - 1;
                b[last] = json!({"at": "2026-03-12T10:00:00Z", "by": {"actor": "software"}, "kind": "withdrawn", "reason": ""});
            },
            Invariant::SoftwareOnlyApproves,
        ),
        (
            "time went back",
            |b| of_kind(b, "determined-adverse")["at"] = json!("2026-03-01T00:00:00Z"),
            Invariant::HistoryOnlyGrows,
        ),
        (
            "urgency was lost",
            |b| {
                of_kind(b, "received")["request"]["urgency"] = json!("expedited");
            },
            Invariant::UrgencyKept,
        ),
        (
            "the clock was restarted",
            |b| {
                let mut due = of_kind(b, "clock-started")["due"].clone();
                due["due_at"] = json!("2026-03-30T00:00:00Z");
                let asked = json!({"at": "2026-03-03T10:00:00Z", "by": {"actor": "software"}, "kind": "information-requested",
                "asks": [{"line": 1, "criterion": null, "text": "?"}], "respond_by": "2026-03-30T00:00:00Z", "due": due});
                b.insert(b.iter().position(|body| body["kind"] == "clock-near").unwrap(), asked);
            },
            Invariant::ClockNotRestarted,
        ),
    ];
    for (name, change, wanted) in table {
        let found = broken(denied_late(), &truth(), change);
        assert!(found.contains(wanted), "{name}: wanted {wanted:?}, found {found:?}");
    }
}

#[test]
fn every_fabricated_approval_is_found() {
    let table: &[Fabrication] = &[
        (
            "on unknown criteria",
            |b| of_kind(b, "criteria-evaluated")["findings"]["root"] = json!("unknown"),
            Invariant::SoftwareOnlyApproves,
        ),
        (
            "under an unsigned policy",
            |b| of_kind(b, "criteria-evaluated")["findings"]["policy"]["signed"] = json!(false),
            Invariant::SoftwareOnlyApproves,
        ),
        (
            "under a policy that says it is signed",
            |b| {
                of_kind(b, "criteria-evaluated")["findings"]["policy"]["hash"] = json!(Hash::of(b"other").to_string());
            },
            Invariant::SoftwareOnlyApproves,
        ),
        (
            "under another policy",
            |b| of_kind(b, "approved")["basis"]["policy"] = json!("other@1"),
            Invariant::SoftwareOnlyApproves,
        ),
        ("without criteria", |b| without(b, "criteria-evaluated"), Invariant::SoftwareOnlyApproves),
        ("before intake", |b| without(b, "intake-checked"), Invariant::SoftwareOnlyApproves),
        (
            "as needing none",
            |b| of_kind(b, "approved")["basis"] = json!({"basis": "not-required"}),
            Invariant::SoftwareOnlyApproves,
        ),
        (
            "on a person's judgement, by software",
            |b| {
                of_kind(b, "approved")["basis"] = json!({"basis": "person", "reason": "so"});
            },
            Invariant::SoftwareOnlyApproves,
        ),
    ];
    for (name, change, wanted) in table {
        let found = broken(approved_at_once(), &truth(), change);
        assert!(found.contains(wanted), "{name}: wanted {wanted:?}, found {found:?}");
    }
}

/// What became of the reviewer, in words, and how.
type Fate = (&'static str, fn(&mut StaffRecord));

#[test]
fn a_reviewer_who_was_not_fit_then_is_found() {
    let table: &[Fate] = &[
        ("restricted", |person| person.licences[0].restricted = true),
        ("expired", |person| person.licences[0].expires = "2026-03-11".parse().unwrap()),
        ("suspended", |person| person.active = false),
        ("a nurse", |person| person.role = Role::Nurse),
        ("without licence", |person| person.licences.clear()),
    ];
    for (name, fate) in table {
        let mut truth = truth();
        let mut person = reviewer();
        fate(&mut person);
        truth.roster.set(at("2026-03-12T09:59:59Z"), person.clone());
        assert_eq!(broken(denied_late(), &truth, |_| {}), [Invariant::AdverseAttested], "{name}");
        // What happens to them afterwards does not matter.
        let mut truth = self::truth();
        truth.roster.set(at("2026-03-12T10:00:01Z"), person);
        assert_eq!(broken(denied_late(), &truth, |_| {}), [], "{name}, later");
    }
}

#[test]
fn every_lie_of_the_store_is_found() {
    let faults = Faults { slow_weeks_percent: 100, ..Faults::NONE };
    let config = Config { days: 12, requests_per_day: 2, audits: 0, faults, ..Config::default() };
    for (lie, tally) in sim::try_auditor(&config).unwrap() {
        let wanted = match lie {
            Lie::NoMisses => Invariant::MissRecorded,
            Lie::OtherBytes | Lie::FirstReceipt => Invariant::ReceiptVerifies,
            Lie::SoftwareDenied => Invariant::AdverseAttested,
            Lie::ApprovedOnUnknown => Invariant::SoftwareOnlyApproves,
            Lie::NoDocuments | Lie::ShortDocuments | Lie::NoNumbers => Invariant::AcknowledgedKept,
            Lie::NoWalls => Invariant::TenantsApart,
            Lie::OldRows => Invariant::ProjectionsEqualReplay,
            Lie::ShortLog => Invariant::LeafForEvent,
        };
        assert!(tally.breaches.iter().any(|breach| breach.invariant == wanted), "{lie:?} was believed: {:#?}", tally.breaches);
    }
}
