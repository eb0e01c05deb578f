//! Who may do what, and who is admitted to say no.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kit;

use base::{Date, LineOfBusiness, State};
use case::authority::{Act, Credentials, Reason, Rules};
use case::event::ReopenCause;
use case::{Command, Refusal, Role, sample};
use kit::{Bench, physician, start, with_lines};

const MA: LineOfBusiness = LineOfBusiness::MedicareAdvantage;

fn rules() -> &'static Rules {
    Rules::builtin()
}

#[test]
fn who_may_do_what() {
    // Each act with the roles that may do it, under every line of business.
    let table: [(Act, &[Role]); 12] = [
        (Act::Approve, &[Role::Nurse, Role::Physician, Role::MedicalDirector]),
        (Act::DetermineAdverse, &[Role::Physician, Role::MedicalDirector]),
        (Act::Ask, &[Role::Software, Role::Nurse, Role::Physician, Role::MedicalDirector]),
        (Act::Refer, &[Role::Nurse, Role::Physician, Role::MedicalDirector]),
        (Act::Extend, &[Role::Nurse, Role::Physician, Role::MedicalDirector]),
        (Act::RefuseExpedite, &[Role::Physician, Role::MedicalDirector]),
        (Act::Reopen, &[Role::Physician, Role::MedicalDirector, Role::Appeals]),
        (Act::Void, &[Role::Intake, Role::Administrator]),
        (Act::MatchMember, &[Role::Software, Role::Intake, Role::Nurse]),
        (Act::CorrectReceipt, &[Role::Intake, Role::Administrator]),
        (Act::RecordFindings, &[Role::Software]),
        (Act::Withdraw, &[Role::Requester, Role::Intake, Role::Nurse, Role::Physician, Role::MedicalDirector]),
    ];
    for (act, expected) in table {
        for business in LineOfBusiness::ALL {
            let may: Vec<Role> = Role::ALL.into_iter().filter(|role| rules().may(*role, act, business, None).is_some()).collect();
            assert_eq!(may, expected, "{act} under {business}");
        }
    }
    let grant = rules().may(Role::Physician, Act::DetermineAdverse, MA, None).unwrap();
    assert!(grant.citation.contains("42 CFR 422.566(d)"));
}

#[test]
fn every_act_can_be_done_by_somebody_and_names_round_trip() {
    for act in Act::ALL {
        assert!(Role::ALL.iter().any(|role| rules().may(*role, act, MA, None).is_some()), "{act}");
        assert_eq!(serde_json::to_string(&act).unwrap(), format!("\"{act}\""));
    }
    for role in Role::ALL {
        assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
    }
}

#[test]
fn gates_are_not_settings() {
    let text = include_str!("../rules/authority.toml");
    let opened =
        text.replace("roles = [\"physician\", \"medical-director\"]", "roles = [\"physician\", \"nurse\", \"software\"]");
    let faults = Rules::parse(&opened).unwrap_err();
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|fault| fault.contains("nurse can never determine adversely")), "{said:?}");
    assert!(said.iter().any(|fault| fault.contains("software can never determine-adverse")), "{said:?}");
    assert!(said.iter().any(|fault| fault.contains("software can never approve")), "{said:?}");
    let without = text.replace("\"self-funded\", \"fully-insured\", \"marketplace\"]\nlicences", "\"marketplace\"]\nlicences");
    assert!(Rules::parse(&without).unwrap_err().iter().any(|fault| fault.message.contains("self-funded")));
    assert!(Rules::parse("").unwrap_err().len() >= 5);
}

fn reasons(credentials: &Credentials, bench: &Bench, lines: &[u32]) -> Vec<Reason> {
    let admitted = case::admit(credentials, bench.case(), lines, rules().statement(), bench.now, rules());
    admitted.unwrap_err().reasons.into()
}

#[test]
fn a_fit_clinician_is_admitted_under_named_rules() {
    let bench = Bench::cleared(sample::request(start()));
    let reviewer = bench.admit(&physician("mara"), &[1]);
    let attestation = reviewer.attestation();
    assert_eq!(attestation.admitted_under, "MA-ADVERSE (42 CFR 422.566(d); 422.138(c))");
    assert_eq!((attestation.specialty.as_str(), attestation.licence.kind.as_str()), ("pulmonary disease", "MD"));
    assert_eq!(attestation.attested_at, start());
}

#[test]
fn every_reason_is_given_at_once() {
    let bench = Bench::cleared(sample::request(start()));
    let mut nobody = physician("nell");
    nobody.active = false;
    nobody.roles = vec![Role::Nurse];
    nobody.licences[0].kind = "RN".to_owned();
    nobody.licences.truncate(1);
    nobody.specialties = vec!["dermatology".to_owned()];
    let admitted = case::admit(&nobody, bench.case(), &[9], "yes", bench.now, rules());
    let refused = admitted.unwrap_err();
    let codes: Vec<&str> = refused.reasons.iter().map(Reason::code).collect();
    let expected = ["reviewer-inactive", "reviewer-role", "reviewer-statement", "reviewer-unknown-line", "reviewer-licence-kind"];
    assert_eq!(codes, expected);
    assert_eq!(reasons(&nobody, &bench, &[1]).last().unwrap().code(), "reviewer-expertise");
    assert!(refused.to_string().contains("not active"));
}

#[test]
fn the_licence_is_current_unrestricted_and_of_the_right_state() {
    let mut bench = Bench::cleared(sample::request(start()));
    let mut expired = physician("mara");
    expired.licences.iter_mut().for_each(|licence| licence.expires = Date::constant(2026, 3, 1));
    assert_eq!(reasons(&expired, &bench, &[1])[0].code(), "reviewer-licence-expired");
    expired.licences[1].expires = Date::constant(2026, 3, 2);
    let _ = bench.admit(&expired, &[1]); // Valid through its last day.
    bench.wait_hours(24);
    assert_eq!(reasons(&expired, &bench, &[1])[0].code(), "reviewer-licence-expired");
    let mut restricted = physician("mara");
    restricted.licences.iter_mut().for_each(|licence| licence.restricted = true);
    assert_eq!(reasons(&restricted, &bench, &[1])[0].code(), "reviewer-licence-restricted");
    // Texas asks for its own licence where its law reaches, and only there.
    let texan = |business| {
        let mut request = sample::request(start());
        request.cover.line_of_business = business;
        request.cover.state = Some(State::new("TX").unwrap());
        Bench::cleared(request)
    };
    let mut ohioan = physician("mara");
    ohioan.licences.truncate(1);
    assert_eq!(reasons(&ohioan, &texan(LineOfBusiness::FullyInsured), &[1])[0].code(), "reviewer-licence-state");
    let _ = texan(LineOfBusiness::SelfFunded).admit(&ohioan, &[1]);
    let reviewer = texan(LineOfBusiness::FullyInsured).admit(&physician("mara"), &[1]);
    assert_eq!(reviewer.attestation().licence.state.as_str(), "TX", "the licence every row accepts is the one recorded");
    assert!(reviewer.attestation().admitted_under.contains("TX-ADVERSE"));
}

#[test]
fn expertise_lies_in_the_field_of_every_line() {
    let bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "A4239"), (3, "X9999")]));
    let lung = physician("mara");
    let refused = reasons(&lung, &bench, &[1, 2, 3]);
    assert!(matches!(refused.as_slice(), [Reason::Expertise { line: 2, .. }]), "{refused:?}");
    let _ = bench.admit(&lung, &[1, 3]);
    let mut generalist = physician("otto");
    generalist.specialties = vec!["Internal Medicine".to_owned()];
    let _ = bench.admit(&generalist, &[1, 2, 3]);
    let mut without = physician("otto");
    without.specialties.clear();
    assert_eq!(reasons(&without, &bench, &[3])[0].code(), "reviewer-expertise");
}

#[test]
fn a_reopened_line_wants_someone_who_took_no_part() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.deny("mara", &[1]).unwrap();
    let cause = ReopenCause::NewEvidence;
    bench.person("abel", Role::Appeals, Command::Reopen { cause, reason: "late result".to_owned(), lines: vec![1] }).unwrap();
    assert_eq!(reasons(&physician("mara"), &bench, &[1])[0].code(), "reviewer-not-independent");
    bench.deny("otto", &[1]).unwrap();
    bench.check();
}

#[test]
fn a_decided_line_or_closed_case_admits_nobody() {
    let mut bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0431")]));
    bench.approve(&[1]).unwrap();
    assert_eq!(reasons(&physician("mara"), &bench, &[1]), [Reason::LineDecided(1)]);
    assert_eq!(reasons(&physician("mara"), &bench, &[]), [Reason::NoLines]);
    bench.approve(&[2]).unwrap();
    assert!(reasons(&physician("mara"), &bench, &[2]).contains(&Reason::Closed));
}

#[test]
fn a_witness_serves_only_its_case_version_lines_and_person() {
    let mut bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0431")]));
    let mara = physician("mara");
    let as_mara = |bench: &mut Bench, command| bench.person("mara", Role::Physician, command);
    let reviewer = bench.admit(&mara, &[1]);
    assert_eq!(as_mara(&mut bench, kit::deny(reviewer, &[2])), Err(Refusal::WitnessOtherLine(2)));
    let reviewer = bench.admit(&mara, &[1]);
    assert_eq!(bench.person("otto", Role::Physician, kit::deny(reviewer, &[1])), Err(Refusal::WitnessOtherPerson));
    let reviewer = bench.admit(&mara, &[1]);
    assert_eq!(bench.person("mara", Role::Nurse, kit::deny(reviewer, &[1])).unwrap_err().code(), "not-allowed");
    let reviewer = bench.admit(&mara, &[1]);
    bench.nurse(Command::Refer { reason: "look".to_owned() }).unwrap();
    assert_eq!(as_mara(&mut bench, kit::deny(reviewer, &[1])), Err(Refusal::WitnessStale), "the record has moved on");
    let mut other = Bench::new(start());
    let mut request = sample::request(start());
    request.record = sample::document("other");
    other.client(Command::Receive { request: Box::new(request), authorization: "A-2".to_owned() }).unwrap();
    other.software(Command::CheckIntake(case::event::Intake::Clear)).unwrap();
    let reviewer = other.admit(&mara, &[1]);
    assert_eq!(as_mara(&mut bench, kit::deny(reviewer, &[1])), Err(Refusal::WitnessOtherCase));
    let reviewer = bench.admit(&mara, &[1]);
    as_mara(&mut bench, kit::deny(reviewer, &[1])).unwrap();
    bench.check();
}

#[test]
fn a_denial_says_why_in_words() {
    let mut bench = Bench::cleared(sample::request(start()));
    let reviewer = bench.admit(&physician("mara"), &[1]);
    let lines = base::NonEmpty::one(kit::denial(1));
    let command = Command::DetermineAdverse { reviewer, lines, rationale: String::new().into() };
    assert_eq!(bench.person("mara", Role::Physician, command), Err(Refusal::Empty("rationale")));
    let reviewer = bench.admit(&physician("mara"), &[1]);
    let lines = base::NonEmpty::one(case::event::Adverse { criterion: String::new(), ..kit::denial(1) });
    let command = Command::DetermineAdverse { reviewer, lines, rationale: "words".to_owned().into() };
    assert_eq!(bench.person("mara", Role::Physician, command), Err(Refusal::Empty("criterion")));
}
