//! Laws of the case: random sequences of commands by anybody, and what holds after each.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kit;

use base::{LineOfBusiness, NonEmpty, State};
use case::event::{Adverse, AdverseOutcome, Approval, Ask, Basis, Intake, Queue, ReopenCause};
use case::request::{Certification, Channel, Line, Request, Urgency};
use case::{Actor, Case, Command, Context, Decision, Event, Role, Truth, What, evolve, replay, sample};
use kit::{Bench, physician, start, user};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

/// A step as data: which act, and small numbers that fill it in.
#[derive(Debug, Clone)]
struct Step {
    act: u8,
    who: u8,
    line: u32,
    pick: u8,
    wait_hours: i64,
}

prop_compose! {
    fn any_step()(act in 0_u8..24, who in 0_u8..8, line in 1_u32..5, pick in 0_u8..6, wait_hours in prop_oneof![
        5 => Just(0_i64), 3 => 0_i64..30, 1 => 0_i64..600, 1 => 8_000_i64..10_000,
    ]) -> Step {
        Step { act, who, line, pick, wait_hours }
    }
}

prop_compose! {
    fn any_request()(
        business in select(LineOfBusiness::ALL.to_vec()),
        state in proptest::option::of(select(vec!["TX", "NY", "CA"])),
        urgency in select(vec![Urgency::Standard, Urgency::Expedited]),
        lines in 1_u32..4,
    ) -> Request {
        let mut request = sample::request(start());
        request.cover.line_of_business = business;
        request.cover.state = state.map(|state| State::new(state).unwrap());
        request.urgency = urgency;
        let lines: Vec<Line> = (1..=lines).map(|sequence| sample::line(sequence, "E1390")).collect();
        request.lines = NonEmpty::try_from(lines).unwrap();
        request
    }
}

fn updated(case: &Case, step: &Step, now: base::Timestamp) -> Request {
    let mut request = case.request.clone();
    request.record = sample::document(&format!("update {now} {step:?}"));
    request.receipt = sample::request(now).receipt;
    let mut lines: Vec<Line> = request.lines.iter().cloned().collect();
    match step.pick {
        0 => lines.push(sample::line(step.line, "E0431")),
        1 => lines.iter_mut().filter(|line| line.sequence == step.line).for_each(|line| line.service.code = "E0424".to_owned()),
        2 => {
            lines.iter_mut().filter(|line| line.sequence == step.line).for_each(|line| line.certification = Certification::Cancel)
        }
        3 => request.urgency = Urgency::Expedited,
        4 => lines.retain(|line| line.sequence == step.line),
        _ => {}
    }
    if let Ok(lines) = NonEmpty::try_from(lines) {
        request.lines = lines;
    }
    request
}

fn adverse(step: &Step) -> Adverse {
    let authorized = sample::approval(step.line);
    let outcome = match step.pick % 3 {
        0 => AdverseOutcome::Denied,
        1 => AdverseOutcome::Partial { authorized },
        _ => AdverseOutcome::Modified { authorized, service: base::Code::new(base::system::HCPCS, "E0431") },
    };
    Adverse { outcome, ..kit::denial(step.line) }
}

fn command(bench: &Bench, step: &Step) -> Option<Command> {
    let case = bench.case();
    let truth = [Truth::Met, Truth::NotMet, Truth::Unknown][usize::from(step.pick % 3)];
    let reason = "because".to_owned();
    let intake = [
        Intake::Clear,
        Intake::Clear,
        Intake::NotRequired,
        Intake::MemberUnmatched,
        Intake::CoverUncertain { reason: reason.clone() },
        Intake::Contradictory { reason: reason.clone() },
    ][usize::from(step.pick)]
    .clone();
    let cause = [ReopenCause::ClericalError, ReopenCause::NewEvidence, ReopenCause::ErrorOnFace, ReopenCause::Fraud]
        [usize::from(step.pick % 4)];
    let queue = [Queue::Intake, Queue::Facts, Queue::Nurse, Queue::Physician][usize::from(step.pick % 4)];
    let ground = ["member-request", "provider-request", "matters-beyond-control"][usize::from(step.pick % 3)].to_owned();
    let approval: Approval = sample::approval(step.line);
    Some(match step.act {
        0 => kit::receive(case.request.clone()),
        1 | 2 => Command::CheckIntake(intake),
        3 => Command::Update { request: Box::new(updated(case, step, bench.now)) },
        4 => Command::Cancel { request: Box::new(updated(case, step, bench.now)), lines: NonEmpty::one(step.line) },
        5 | 6 => Command::RecordFindings {
            findings: vec![sample::findings(step.line, truth)],
            records: Vec::new(),
            uncovered: Vec::new(),
            approvals: vec![approval],
        },
        7 => Command::Approve { lines: NonEmpty::one(approval), basis: Basis::Person { reason } },
        8 | 9 => {
            let rules = case::authority::Rules::builtin();
            let who = physician(if step.who == 1 { "otto" } else { "mara" });
            let reviewer = case::admit(&who, case, &[step.line], rules.statement(), bench.now, rules).ok()?;
            let rationale = "The record shows 94 % at rest.".to_owned().into();
            Command::DetermineAdverse { reviewer, lines: NonEmpty::one(adverse(step)), rationale }
        }
        10 => Command::Pend { queue, reason },
        11 => Command::Assign(user("nell")),
        12 => Command::Refer { reason },
        13 => Command::Ask { asks: NonEmpty::one(Ask { line: step.line, criterion: None, text: reason }) },
        14 => Command::ReceiveInformation { documents: NonEmpty::one(sample::document(&format!("{}", bench.now))) },
        15 => Command::Extend { ground, reason },
        16 => Command::Expedite,
        17 => Command::RefuseExpedite { reason, physician_asked: step.pick == 0 },
        18 if step.pick < 2 => Command::Withdraw { reason },
        18 if step.pick < 4 => Command::MarkDuplicate { of: base::CaseId::from_parts(1, [0; 10]) },
        18 => Command::Void { reason },
        19 => Command::Reopen { cause, reason, lines: if step.pick < 3 { Vec::new() } else { vec![step.line] } },
        20 => Command::RecordNotice { channel: Channel::Mail, about: reason },
        21 => Command::CorrectReceipt {
            received_at: start() - jiff::SignedDuration::from_hours(i64::from(step.pick) * 20),
            evidence: sample::document("fax"),
        },
        22 => Command::MatchMember { member: "member-1002".to_owned().into(), cover: sample::request(start()).cover },
        _ => Command::Tick,
    })
}

fn play(bench: &mut Bench, step: &Step) {
    bench.wait_hours(step.wait_hours);
    let Some(command) = command(bench, step) else { return };
    let before = bench.case().clone();
    let people = [
        ("mara", Role::Physician),
        ("otto", Role::MedicalDirector),
        ("nell", Role::Nurse),
        ("ines", Role::Intake),
        ("abel", Role::Appeals),
    ];
    let (name, role) = people[usize::from(step.who % 5)];
    let user = user(name);
    let roles = [role];
    let context = match step.who {
        5 => Context::client(bench.now, "office"),
        6 | 7 => Context::software(bench.now),
        _ => Context::person(bench.now, &user, &roles),
    };
    let Ok(events) = bench.play(command, &context) else { return };
    check_step(&before, &events, bench.case());
    bench.check();
}

/// What may happen in one step.
fn check_step(before: &Case, events: &[Event], after: &Case) {
    let reopened = events.iter().any(|event| matches!(event.what, What::Reopened { .. }));
    for (sequence, line) in &before.lines {
        let now = &after.lines[sequence].decision;
        match &line.decision {
            Decision::Undecided => {}
            Decision::Cancelled => assert_eq!(now, &Decision::Cancelled, "a cancelled line stays cancelled"),
            _ if reopened => {}
            Decision::Adverse { .. } => assert_eq!(now, &line.decision, "an adverse line changes only when reopened"),
            Decision::Approved { .. } => assert!(
                *now == line.decision || *now == Decision::Cancelled,
                "an approval changes only when reopened, or when the requester gives it up"
            ),
        }
    }
    for event in events {
        match &event.what {
            What::DeterminedAdverse { attestation, rationale, .. } => {
                assert_eq!(event.by, Actor::Person(attestation.reviewer.clone()));
                assert!(!attestation.admitted_under.is_empty() && !attestation.statement.is_empty());
                assert!(!rationale.expose().is_empty());
            }
            What::Approved { basis: Basis::Person { .. }, .. }
            | What::Withdrawn { .. }
            | What::Extended { .. }
            | What::ExpediteRefused { .. }
            | What::Voided { .. }
            | What::Reopened { .. }
            | What::ReceiptCorrected { .. } => assert_ne!(event.by, Actor::Software, "software does not {}", event.what.kind()),
            What::Approved { basis: Basis::Criteria { .. }, lines } => {
                assert!(matches!(before.intake, Some(Intake::Clear | Intake::NotRequired)));
                for approval in lines {
                    let findings = after.line(approval.line).unwrap().findings.as_ref().unwrap();
                    assert!(findings.root == Truth::Met && findings.policy.signed);
                }
            }
            What::InformationRequested { due: Some(_), .. } => assert_ne!(event.by, Actor::Software, "software delays nothing"),
            What::ClockMissed { due_at, .. } => assert!(event.at > *due_at),
            _ => {}
        }
    }
    // No open case passes its due time with anything happening to it and no miss recorded.
    if let (Some(due), false, Some(last)) = (&before.due, events.is_empty(), events.first())
        && last.at > due.due_at
    {
        assert!(before.missed_at == Some(due.due_at) || matches!(last.what, What::ClockMissed { .. }));
    }
}

/// Over the whole history: a line is never approved and denied unless it was reopened in between.
fn check_history(events: &[Event]) {
    let mut decided: BTreeMap<u32, &str> = BTreeMap::new();
    for event in events {
        match &event.what {
            What::Approved { lines, .. } => lines.iter().for_each(|line| {
                assert_eq!(decided.insert(line.line, "approved"), None);
            }),
            What::DeterminedAdverse { lines, .. } => lines.iter().for_each(|line| {
                assert_eq!(decided.insert(line.line, "adverse"), None);
            }),
            What::Reopened { lines, .. } => lines.iter().for_each(|line| {
                decided.remove(line);
            }),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_anybody_does_the_laws_hold(request in any_request(), steps in proptest::collection::vec(any_step(), 1..40)) {
        let mut bench = Bench::received(request);
        for step in &steps {
            play(&mut bench, step);
        }
        check_history(&bench.events);
    }

    #[test]
    fn evolve_is_total_in_any_order(
        request in any_request(),
        steps in proptest::collection::vec(any_step(), 1..25),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 1..40),
    ) {
        let mut bench = Bench::received(request);
        for step in &steps {
            play(&mut bench, step);
        }
        let shuffled: Vec<&Event> = order.iter().map(|index| index.get(&bench.events)).collect();
        let mut case = replay(shuffled.iter().copied());
        for event in &shuffled {
            case = evolve(case, event);
        }
        if let Some(case) = case {
            // Queries are total too.
            let _ = (case.outcome(), case.timers(), case.undecided_lines(), case.authorized_until());
        }
    }
}

/// The random sequences reach what they are meant to test.
#[test]
fn random_sequences_reach_every_kind_of_event() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..300 {
        let plan = (any_request(), proptest::collection::vec(any_step(), 30..40)).new_tree(&mut runner).unwrap().current();
        let mut bench = Bench::received(plan.0);
        let _ = bench.software(Command::CheckIntake(Intake::Clear));
        for step in &plan.1 {
            play(&mut bench, step);
        }
        for event in &bench.events {
            *seen.entry(event.what.kind()).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 25, "every kind of event: {seen:?}");
}
