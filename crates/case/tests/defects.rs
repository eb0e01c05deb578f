//! Defects seen in a public UM project (PRODUCT, last section): each one that concerns the case is a test here.
//!
//! Not of this crate: gold card (not built), the monitor and two tenants (`store`, `workflow`), appeals, their clocks and
//! effectuation (a later part), an authorization check that fails open on 404 (`workflow`), units consumed (claims).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kit;

use base::LineOfBusiness;
use case::event::{Ask, Basis, Intake};
use case::{Command, Context, Decision, Outcome, Refusal, Role, Truth, What, sample};
use kit::{Bench, at, physician, start, user};

#[test]
fn a_denial_any_token_could_call() {
    let mut bench = Bench::cleared(sample::request(start()));
    for role in Role::ALL.into_iter().filter(|role| !matches!(role, Role::Physician | Role::MedicalDirector)) {
        let mut credentials = physician("mara");
        credentials.roles = vec![role];
        let rules = case::authority::Rules::builtin();
        assert!(case::admit(&credentials, bench.case(), &[1], rules.statement(), bench.now, rules).is_err(), "{role}");
        let reviewer = bench.admit(&physician("mara"), &[1]);
        let refused = bench.play(kit::deny(reviewer, &[1]), &Context::person(start(), &user("mara"), &[role]));
        assert_eq!(refused.unwrap_err().code(), "not-allowed", "{role}");
    }
    for context in [Context::software(start()), Context::client(start(), "office")] {
        let reviewer = bench.admit(&physician("mara"), &[1]);
        assert_eq!(bench.play(kit::deny(reviewer, &[1]), &context).unwrap_err().code(), "not-allowed");
    }
    // A client or software that claims a physician's role is still what it is.
    let mut claims = Context::software(start());
    claims.roles = &[Role::Physician];
    assert_eq!(bench.play(kit::approve(&[1]), &claims).unwrap_err().code(), "not-allowed");
}

#[test]
fn an_approval_because_the_cost_was_low() {
    let request = serde_json::to_string(&sample::request(start())).unwrap();
    for word in ["cost", "price", "amount", "charge", "net"] {
        assert!(!request.contains(&format!("\"{word}")), "the case does not even know what a service costs");
    }
}

#[test]
fn urgency_lost() {
    let mut request = sample::request(start());
    request.urgency = case::request::Urgency::Expedited;
    let bench = Bench::cleared(request);
    assert_eq!(bench.case().due.as_ref().unwrap().due_at, at("2026-03-05T15:00:00Z"));
}

#[test]
fn an_information_request_that_restarted_the_clock() {
    let mut bench = Bench::cleared(sample::request(start()));
    let due = bench.case().due.clone();
    for _ in 0..3 {
        bench.wait_hours(20);
        let ask = Ask { line: 1, criterion: None, text: "The saturation, please.".to_owned() };
        bench.nurse(Command::Ask { asks: base::NonEmpty::one(ask) }).unwrap();
        assert_eq!(bench.case().due, due);
        let documents = base::NonEmpty::one(sample::document(&bench.now.to_string()));
        bench.client(Command::ReceiveInformation { documents }).unwrap();
        assert_eq!(bench.case().due, due);
    }
}

#[test]
fn receipt_time_forced_to_the_servers_now() {
    let mut request = sample::request(start());
    request.receipt.received_at = at("2026-02-27T21:30:00Z");
    request.receipt.channel = case::request::Channel::Fax;
    request.receipt.evidence = Some(sample::document("fax image with its header line"));
    let bench = Bench::received(request);
    assert_eq!(bench.case().due.as_ref().unwrap().clock_start_at, at("2026-02-27T21:30:00Z"));
    assert_eq!(bench.case().due.as_ref().unwrap().due_at, at("2026-03-07T04:59:59Z"));
}

#[test]
fn a_stored_decision_overwritten_after_the_provider_was_told() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.approve(&[1]).unwrap();
    let told = bench.case().line(1).unwrap().decision.clone();
    bench.approve(&[1]).unwrap_err();
    bench.software(Command::CheckIntake(Intake::NotRequired)).unwrap_err();
    let findings = vec![sample::findings(1, Truth::NotMet)];
    let record = Command::RecordFindings { findings, records: Vec::new(), uncovered: Vec::new(), approvals: Vec::new() };
    bench.software(record).unwrap_err();
    // Even an event replayed twice, or out of order, does not overwrite.
    let again = bench.events.clone();
    let case = again.iter().fold(bench.case.clone(), case::evolve).unwrap();
    assert_eq!(case.line(1).unwrap().decision, told);
}

#[test]
fn a_placeholder_member_saved() {
    let mut request = sample::request(start());
    request.member.matched = None;
    let mut bench = Bench::received(request);
    assert_eq!(bench.software(Command::CheckIntake(Intake::Clear)), Err(Refusal::MemberUnmatched));
    bench.software(Command::CheckIntake(Intake::MemberUnmatched)).unwrap();
    assert_eq!(bench.approve(&[1]), Err(Refusal::MemberUnmatched));
    let reviewer = bench.admit(&physician("mara"), &[1]);
    let refused = bench.person("mara", Role::Physician, kit::deny(reviewer, &[1]));
    assert_eq!(refused, Err(Refusal::MemberUnmatched));
    bench.intake(Command::MatchMember { member: "member-7".to_owned().into(), cover: sample::request(start()).cover }).unwrap();
    bench.intake(Command::CheckIntake(Intake::Clear)).unwrap();
    bench.approve(&[1]).unwrap();
    bench.check();
}

#[test]
fn state_clocks_configured_but_unread() {
    let due = |business| {
        let mut request = sample::request(start());
        request.cover.line_of_business = business;
        request.cover.state = Some(base::State::new("TX").unwrap());
        Bench::cleared(request).case().due.clone().unwrap().rule.id
    };
    assert_eq!(due(LineOfBusiness::FullyInsured), "TX-PREAUTH");
    assert_eq!(due(LineOfBusiness::MedicareAdvantage), "MA-STD-PA", "and not where federal law pre-empts them");
}

#[test]
fn the_firing_rule_thrown_away_and_rules_without_versions() {
    let mut request = sample::request(start());
    request.cover.line_of_business = LineOfBusiness::FullyInsured;
    request.cover.state = Some(base::State::new("TX").unwrap());
    let mut bench = Bench::cleared(request);
    let due = bench.case().due.clone().unwrap();
    assert!(!due.rule.citation.is_empty() && due.rule.words == "3 calendar days from receipt");
    assert_eq!(due.lost[0].rule.id, "ERISA-PRE");
    let findings = vec![sample::findings(1, Truth::Met)];
    let approvals = vec![sample::approval(1)];
    bench.software(Command::RecordFindings { findings, records: Vec::new(), uncovered: Vec::new(), approvals }).unwrap();
    let line = bench.case().line(1).unwrap();
    let findings = line.findings.as_ref().unwrap();
    let Decision::Approved { basis: Basis::Criteria { policy }, .. } = &line.decision else { panic!("approved") };
    assert_eq!(*policy, format!("{}@{}", findings.policy.id, findings.policy.version));
    assert_eq!(findings.policy.hash, base::Hash::of(b"policy"));
}

#[test]
fn an_unknown_that_failed_open_or_closed() {
    // No rule for a role, an unknown zone, a missing fact: refused or pended, never decided.
    let mut bench = Bench::cleared(sample::request(start()));
    let nobody = Context::person(start(), &user("nell"), &[]);
    assert_eq!(bench.play(kit::approve(&[1]), &nobody).unwrap_err().code(), "not-allowed");
    let findings = vec![sample::findings(1, Truth::Unknown)];
    let record = Command::RecordFindings { findings, records: Vec::new(), uncovered: Vec::new(), approvals: Vec::new() };
    bench.software(record).unwrap();
    bench.wait_hours(24 * 365);
    bench.software(Command::Tick).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Undecided);
    assert!(matches!(&bench.events.last().unwrap().what, What::ClockMissed { on_miss, .. } if on_miss.contains("422.568(f)")));
}

#[test]
fn protected_words_in_errors_and_debug() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.deny("mara", &[1]).unwrap();
    let printed = format!("{:?} {:?}", bench.case(), bench.events);
    for word in ["Ada", "M-1001", "1950-04-01", "member-1001", "94 %", "87 %"] {
        assert!(!printed.contains(word), "{word}");
    }
}
