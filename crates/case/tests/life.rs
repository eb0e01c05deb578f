//! The life of a case, act by act.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kit;

use case::event::{Approval, Ask, Basis, Intake, Queue, ReopenCause};
use case::request::{Certification, Urgency};
use case::{Command, Decision, Event, Outcome, Refusal, Role, Status, TimerKind, Truth, sample};
use kit::{Bench, at, start, with_lines};

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.what.kind()).collect()
}

fn findings(findings: Vec<case::Findings>) -> Command {
    let approvals = findings.iter().map(|of| sample::approval(of.line)).collect();
    Command::RecordFindings { findings, records: vec![sample::document("request")], uncovered: Vec::new(), approvals }
}

fn ask(line: u32) -> Command {
    let text = "Please send the oxygen saturation at rest.".to_owned();
    Command::Ask { asks: base::NonEmpty::one(Ask { line, criterion: Some("saturation".to_owned()), text }) }
}

fn answer() -> Command {
    Command::ReceiveInformation { documents: base::NonEmpty::one(sample::document("answer")) }
}

fn queue(bench: &Bench) -> Option<Queue> {
    bench.case().queue()
}

#[test]
fn what_the_record_proves_is_approved_by_software() {
    let mut bench = Bench::cleared(sample::request(start()));
    let events = bench.software(findings(vec![sample::findings(1, Truth::Met)])).unwrap();
    assert_eq!(kinds(&events), ["criteria-evaluated", "approved"]);
    assert_eq!(bench.case().outcome(), Outcome::Approved);
    assert_eq!(bench.case().status, Status::Decided);
    assert!(bench.case().due.is_none());
    let Decision::Approved { basis, .. } = &bench.case().line(1).unwrap().decision else { panic!("approved") };
    assert_eq!(*basis, Basis::Criteria { policy: "ncd-240.2-home-oxygen@1.0.0".to_owned() });
    bench.check();
}

#[test]
fn everything_else_waits_for_a_person() {
    let mut unsigned = sample::findings(1, Truth::Met);
    unsigned.policy.signed = false;
    for (found, said) in [
        (sample::findings(1, Truth::NotMet), "not met"),
        (sample::findings(1, Truth::Unknown), "does not prove"),
        (unsigned, "signed"),
    ] {
        let mut bench = Bench::cleared(sample::request(start()));
        let missing = found.missing.len();
        bench.software(findings(vec![found])).unwrap();
        let Status::Pended { queue: Queue::Nurse, reason } = &bench.case().status else { panic!("pended") };
        assert!(reason.contains(said), "{reason}");
        assert_eq!(bench.case().line(1).unwrap().findings.as_ref().unwrap().missing.len(), missing, "missing facts are kept");
        bench.check();
    }
}

#[test]
fn an_uncovered_line_waits_for_a_nurse() {
    let mut bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0260")]));
    let command = Command::RecordFindings {
        findings: vec![sample::findings(1, Truth::Met)],
        records: Vec::new(),
        uncovered: vec![2],
        approvals: vec![sample::approval(1)],
    };
    bench.software(command).unwrap();
    assert_eq!(bench.case().undecided_lines(), [2]);
    assert_eq!(queue(&bench), Some(Queue::Nurse));
    assert_eq!(bench.case().outcome(), Outcome::Undecided);
    bench.check();
}

#[test]
fn no_approval_by_criteria_unless_intake_is_clear() {
    let contradiction = Intake::Contradictory { reason: "two dates of birth".to_owned() };
    for (intake, waits) in [
        (None, Queue::Intake),
        (Some(Intake::MemberUnmatched), Queue::Intake),
        (Some(Intake::CoverUncertain { reason: "cover ended".to_owned() }), Queue::Intake),
        (Some(contradiction), Queue::Nurse),
    ] {
        let mut bench = Bench::received(sample::request(start()));
        if let Some(intake) = intake {
            bench.software(Command::CheckIntake(intake)).unwrap();
        }
        bench.software(findings(vec![sample::findings(1, Truth::Met)])).unwrap();
        assert_eq!(queue(&bench), Some(waits));
        assert_eq!(bench.case().outcome(), Outcome::Undecided);
        bench.check();
    }
}

#[test]
fn criteria_never_approve_less_or_more_than_their_period() {
    let mut request = sample::request(start());
    let mut line = sample::line(1, "E1390");
    line.service_from = Some(base::Date::constant(2026, 3, 2));
    line.service_to = Some(base::Date::constant(2036, 3, 1));
    request.lines = base::NonEmpty::one(line.clone());
    let mut bench = Bench::cleared(request);
    bench.software(findings(vec![sample::findings(1, Truth::Met)])).unwrap();
    assert_eq!(queue(&bench), Some(Queue::Nurse));
    assert_eq!(bench.approve(&[1]), Err(Refusal::LessThanAsked(1)), "less than asked is adverse, whoever says it");
    let whole = Approval::as_asked(&line, base::Date::constant(2026, 3, 2), base::Date::constant(2027, 3, 1));
    assert_eq!(whole.to, base::Date::constant(2036, 3, 1));
}

#[test]
fn a_request_that_needs_no_authorization_is_recorded_so() {
    let mut bench = Bench::received(sample::request(start()));
    bench.software(Command::CheckIntake(Intake::NotRequired)).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::NotRequired);
    assert_eq!(bench.case().next_timer(), None, "what needs no authorization does not expire");
    bench.check();
}

#[test]
fn one_denied_line_makes_the_whole_adverse() {
    let mut bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0431")]));
    bench.approve(&[1]).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Undecided);
    bench.nurse(Command::Refer { reason: "needs a physician".to_owned() }).unwrap();
    assert_eq!(queue(&bench), Some(Queue::Physician));
    bench.deny("mara", &[2]).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Adverse);
    assert!(bench.case().is_adverse());
    assert_eq!(bench.case().participants.len(), 2);
    bench.check();
}

#[test]
fn receiving_the_same_request_again_says_nothing_new() {
    let request = sample::request(start());
    let mut bench = Bench::received(request.clone());
    assert_eq!(bench.client(kit::receive(request.clone())).unwrap(), []);
    let mut other = request;
    other.record = sample::document("another");
    let refused = bench.client(kit::receive(other)).unwrap_err();
    assert_eq!(refused, Refusal::AlreadyReceived { authorization: "A-1".to_owned() });
}

#[test]
fn a_request_that_cannot_be_is_refused() {
    let refused = |request: case::Request| Bench::new(start()).client(kit::receive(request)).unwrap_err();
    let base = || sample::request(start());
    assert_eq!(refused(with_lines(base(), &[(1, "E1390"), (1, "E0431")])), Refusal::LineTwice(1));
    let mut cancels = base();
    let mut line = sample::line(1, "E1390");
    line.certification = Certification::Cancel;
    cancels.lines = base::NonEmpty::one(line);
    assert_eq!(refused(cancels), Refusal::NothingAsked);
    let mut later = base();
    later.receipt.received_at = at("2026-03-02T16:00:00Z");
    assert_eq!(refused(later), Refusal::ReceiptAfterRecord);
    let mut future = base();
    future.receipt.recorded_at = at("2026-03-03T15:00:00Z");
    assert_eq!(refused(future), Refusal::RecordInFuture);
    let mut early = base();
    early.receipt.received_at = at("2026-03-01T15:00:00Z");
    assert_eq!(refused(early.clone()), Refusal::ReceiptEvidence);
    early.receipt.received_at = at("1800-03-01T15:00:00Z");
    assert_eq!(refused(early), Refusal::ReceiptTooOld(366));
    let mut nowhere = base();
    nowhere.cover.zone = "Moon/Tranquility".to_owned();
    assert_eq!(refused(nowhere).code(), "clock-unknown-zone");
}

#[test]
fn facts_are_asked_for_and_come() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.software(findings(vec![sample::findings(1, Truth::Unknown)])).unwrap();
    let due_before = bench.case().due.clone();
    let events = bench.nurse(ask(1)).unwrap();
    assert_eq!(kinds(&events), ["information-requested"]);
    assert_eq!(queue(&bench), Some(Queue::Facts));
    assert_eq!(bench.case().due, due_before, "a Medicare Advantage clock does not stop");
    assert!(bench.case().respond_by.is_some());
    bench.check();
    bench.client(answer()).unwrap();
    assert_eq!(queue(&bench), Some(Queue::Nurse));
    assert!(bench.case().asks.is_empty());
    assert_eq!(bench.case().documents.len(), 2);
    bench.software(findings(vec![sample::findings(1, Truth::Met)])).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Approved);
    bench.check();
}

#[test]
fn silence_goes_to_a_nurse_and_decides_nothing() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.nurse(ask(1)).unwrap();
    while let Some(timer) = bench.case().next_timer() {
        bench.now = timer.at;
        let events = bench.software(Command::Tick).unwrap();
        assert!(!events.is_empty(), "a timer that rings has something to record: {timer:?}");
        bench.check();
    }
    assert_eq!(queue(&bench), Some(Queue::Nurse));
    assert_eq!(bench.case().outcome(), Outcome::Undecided);
    assert!(bench.case().missed_at.is_some());
    assert_eq!(bench.software(Command::Tick).unwrap(), [], "a second tick has nothing to add");
}

#[test]
fn near_then_missed_are_events_once() {
    let mut bench = Bench::cleared(sample::request(start()));
    let due = bench.case().due.clone().unwrap();
    assert_eq!(bench.case().next_timer().unwrap().kind, TimerKind::Near);
    bench.now = due.near_at;
    assert_eq!(kinds(&bench.software(Command::Tick).unwrap()), ["clock-near"]);
    assert_eq!(bench.software(Command::Tick).unwrap(), []);
    bench.now = due.due_at;
    assert_eq!(bench.software(Command::Tick).unwrap(), [], "the last second is in time");
    bench.now = case::clock::just_after(due.due_at);
    assert_eq!(kinds(&bench.software(Command::Tick).unwrap()), ["clock-missed"]);
    assert_eq!(bench.case().next_timer(), None);
    assert_eq!(bench.case().outcome(), Outcome::Undecided);
    bench.check();
}

#[test]
fn a_late_decision_records_the_miss_first() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.wait_hours(24 * 30);
    assert_eq!(kinds(&bench.approve(&[1]).unwrap()), ["clock-missed", "approved"]);
    bench.check();
}

#[test]
fn an_extension_is_taken_once_on_a_listed_ground() {
    let mut bench = Bench::cleared(sample::request(start()));
    let extend = |ground: &str| Command::Extend { ground: ground.to_owned(), reason: "records from abroad are due".to_owned() };
    assert_eq!(bench.nurse(extend("we are busy")).unwrap_err().code(), "clock-extension-ground");
    assert_eq!(bench.software(extend("member-request")).unwrap_err().code(), "not-allowed");
    let before = bench.case().due.clone().unwrap().due_at;
    bench.nurse(extend("member-request")).unwrap();
    let after = bench.case().due.clone().unwrap();
    assert_eq!(after.due_at.duration_since(before), jiff::SignedDuration::from_hours(14 * 24));
    assert!(after.rule.words.contains("extended by 14 calendar days"));
    assert_eq!(bench.nurse(extend("member-request")).unwrap_err().code(), "clock-already-extended");
    bench.check();
    let mut late = Bench::cleared(sample::request(start()));
    late.wait_hours(24 * 9);
    assert_eq!(late.nurse(extend("member-request")).unwrap_err().code(), "clock-extension-too-late");
}

#[test]
fn expedited_handling_is_asked_for_and_refused() {
    let mut bench = Bench::cleared(sample::request(start()));
    let standard = bench.case().due.clone().unwrap();
    bench.wait_hours(24);
    bench.client(Command::Expedite).unwrap();
    let due = bench.case().due.clone().unwrap();
    assert_eq!(due.rule.id, "MA-EXP");
    assert_eq!(due.due_at, at("2026-03-06T15:00:00Z"), "72 hours from the asking");
    assert_eq!(bench.case().request.urgency, Urgency::Expedited);
    assert_eq!(bench.client(Command::Expedite).unwrap(), []);
    let refuse = |physician_asked| Command::RefuseExpedite { reason: "no jeopardy".to_owned(), physician_asked };
    assert_eq!(bench.person("mara", Role::Physician, refuse(true)).unwrap_err(), Refusal::PhysicianAsked);
    assert_eq!(bench.nurse(refuse(false)).unwrap_err().code(), "not-allowed");
    bench.person("mara", Role::Physician, refuse(false)).unwrap();
    assert_eq!(bench.case().due.clone().unwrap().due_at, standard.due_at, "the standard clock from the original receipt");
    assert_eq!(bench.person("mara", Role::Physician, refuse(false)).unwrap_err(), Refusal::NotExpedited);
    bench.check();
}

#[test]
fn withdrawn_duplicate_void() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.client(Command::Withdraw { reason: String::new() }).unwrap();
    assert_eq!(bench.case().status, Status::Withdrawn);
    assert_eq!(bench.approve(&[1]), Err(Refusal::Closed));
    bench.check();
    let of = base::CaseId::from_parts(1, [7; 10]);
    let mut bench = Bench::cleared(sample::request(start()));
    bench.software(Command::MarkDuplicate { of }).unwrap();
    assert_eq!(bench.case().status, Status::Duplicate { of });
    bench.check();
    let mut bench = Bench::cleared(sample::request(start()));
    bench.intake(Command::Void { reason: "keyed for the wrong plan".to_owned() }).unwrap();
    assert_eq!(bench.case().status, Status::Voided);
    bench.check();
    let mut bench = Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0431")]));
    bench.approve(&[1]).unwrap();
    assert_eq!(bench.intake(Command::Void { reason: "oops".to_owned() }), Err(Refusal::Decided));
    assert_eq!(bench.software(Command::MarkDuplicate { of }), Err(Refusal::Decided));
}

#[test]
fn an_authorization_expires_after_its_last_day() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.approve(&[1]).unwrap();
    let timer = bench.case().next_timer().unwrap();
    assert_eq!((timer.kind, timer.at), (TimerKind::Expire, at("2027-03-02T05:00:00Z")));
    bench.now = at("2027-03-02T04:59:59Z");
    assert_eq!(bench.software(Command::Tick).unwrap(), []);
    bench.now = timer.at;
    assert_eq!(kinds(&bench.software(Command::Tick).unwrap()), ["expired"]);
    assert_eq!(bench.case().status, Status::Expired);
    assert_eq!(bench.case().outcome(), Outcome::Approved, "what was decided stays decided");
    bench.check();
}

#[test]
fn a_decided_case_is_opened_again_only_with_cause() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.deny("mara", &[1]).unwrap();
    let reopen = |cause| Command::Reopen { cause, reason: "the saturation came late".to_owned(), lines: Vec::new() };
    assert_eq!(bench.nurse(reopen(ReopenCause::NewEvidence)).unwrap_err().code(), "not-allowed");
    bench.wait_hours(24 * 400);
    let refused = bench.person("otto", Role::MedicalDirector, reopen(ReopenCause::ClericalError)).unwrap_err();
    assert_eq!(refused, Refusal::ReopenCause { cause: ReopenCause::ClericalError }, "within a year");
    bench.person("otto", Role::MedicalDirector, reopen(ReopenCause::NewEvidence)).unwrap();
    bench.check();
    let prior = bench.case().line(1).unwrap().prior.clone().unwrap();
    assert!(matches!(prior.decision, Decision::Adverse { .. }), "what was decided stays visible");
    assert_eq!(bench.case().due.as_ref().unwrap().clock_start_at, bench.now);
    // Software does not decide a reopened line.
    bench.software(findings(vec![sample::findings(1, Truth::Met)])).unwrap();
    assert_eq!(queue(&bench), Some(Queue::Nurse));
    bench.approve(&[1]).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Approved);
    bench.check();
}

#[test]
fn an_approval_is_not_taken_back_for_a_clerical_error() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.approve(&[1]).unwrap();
    let reopen = |cause| Command::Reopen { cause, reason: "wrong".to_owned(), lines: vec![1] };
    bench.person("otto", Role::Appeals, reopen(ReopenCause::ClericalError)).unwrap();
    assert_eq!(bench.deny("mara", &[1]), Err(Refusal::ApprovalStands(1)));
    bench.approve(&[1]).unwrap();
    bench.person("otto", Role::Appeals, reopen(ReopenCause::Fraud)).unwrap();
    bench.deny("mara", &[1]).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Adverse);
    bench.check();
}

#[test]
fn receipt_is_corrected_with_evidence_and_the_clock_follows() {
    let mut bench = Bench::cleared(sample::request(start()));
    let correct = |received_at, evidence| Command::CorrectReceipt { received_at, evidence };
    let fax = sample::document("fax image");
    let earlier = at("2026-02-27T20:00:00Z");
    assert_eq!(bench.nurse(correct(earlier, fax.clone())).unwrap_err().code(), "not-allowed");
    assert_eq!(bench.intake(correct(at("2026-03-02T15:00:01Z"), fax.clone())), Err(Refusal::ReceiptAfterRecord));
    assert_eq!(bench.intake(correct(earlier, sample::document(""))), Err(Refusal::ReceiptEvidence));
    bench.intake(correct(earlier, fax.clone())).unwrap();
    assert_eq!(bench.case().receipt.received_at, earlier);
    assert_eq!(bench.case().due.as_ref().unwrap().due_at, at("2026-03-07T04:59:59Z"), "seven days after 27 February");
    assert_eq!(bench.intake(correct(earlier, fax)).unwrap(), []);
    bench.check();
}

#[test]
fn notices_are_recorded_after_the_decision_too() {
    let mut bench = Bench::cleared(sample::request(start()));
    bench.approve(&[1]).unwrap();
    let notice = Command::RecordNotice { channel: case::request::Channel::Mail, about: "approval letter".to_owned() };
    assert_eq!(kinds(&bench.software(notice).unwrap()), ["notice-sent"]);
    bench.nurse(Command::Assign(kit::user("nell"))).unwrap_err();
    bench.check();
}

fn changed(bench: &Bench, change: impl FnOnce(&mut case::Request)) -> Command {
    let mut request = bench.case().request.clone();
    request.record = sample::document(&format!("update {}", bench.events.len()));
    request.receipt = sample::request(bench.now).receipt;
    change(&mut request);
    Command::Update { request: Box::new(request) }
}

fn lines(request: &mut case::Request, change: impl FnOnce(&mut Vec<case::request::Line>)) {
    let mut lines: Vec<_> = request.lines.iter().cloned().collect();
    change(&mut lines);
    request.lines = lines.try_into().unwrap();
}

fn three() -> Bench {
    Bench::cleared(with_lines(sample::request(start()), &[(1, "E1390"), (2, "E0431"), (3, "E0443")]))
}

#[test]
fn an_update_adds_changes_and_cancels_and_keeps_the_clock() {
    let mut bench = three();
    let due = bench.case().due.clone();
    bench.wait_hours(48);
    let update = changed(&bench, |request| {
        lines(request, |lines| {
            lines[0].service.code = "E1391".to_owned();
            lines[1].certification = Certification::Cancel;
            lines.remove(2);
            lines.push(sample::line(7, "E0434"));
        });
    });
    let events = bench.client(update).unwrap();
    let case::What::Updated { added, changed, cancelled, .. } = &events[0].what else { panic!("updated") };
    assert_eq!((added.as_slice(), changed.as_slice(), cancelled.as_slice()), (&[7][..], &[1][..], &[2][..]));
    assert_eq!(bench.case().undecided_lines(), [1, 3, 7], "a line the update does not name is kept");
    assert_eq!(bench.case().due, due, "an update never restarts the clock");
    assert_eq!(bench.case().status, Status::Received);
    assert_eq!(bench.case().asked(2).unwrap().service.code, "E0431");
    bench.check();
}

#[test]
fn the_same_update_again_says_nothing_new() {
    let mut bench = three();
    let update = || {
        let mut request = sample::request(start());
        request = with_lines(request, &[(1, "E1390"), (2, "E0431"), (3, "E0443"), (4, "E0434")]);
        request.record = sample::document("the update");
        Command::Update { request: Box::new(request) }
    };
    assert_eq!(kinds(&bench.client(update()).unwrap()), ["updated"]);
    assert_eq!(bench.client(update()).unwrap(), []);
}

#[test]
fn decided_lines_are_not_updated() {
    let mut bench = three();
    bench.approve(&[1]).unwrap();
    bench.deny("mara", &[2]).unwrap();
    let touch = |bench: &Bench, index: usize| {
        changed(bench, |request| lines(request, |lines| lines[index].service.code = "E9999".to_owned()))
    };
    let update = touch(&bench, 0);
    assert_eq!(bench.client(update), Err(Refusal::LineApproved(1)));
    let update = touch(&bench, 1);
    assert_eq!(bench.client(update), Err(Refusal::LineAdverse(2)), "a denied line wants a new request or an appeal");
    let update = changed(&bench, |request| lines(request, |lines| lines[1].certification = Certification::Cancel));
    assert_eq!(bench.client(update), Err(Refusal::LineAdverse(2)));
    let update = changed(&bench, |request| request.member.member_id = "M-2".to_owned().into());
    assert_eq!(bench.client(update), Err(Refusal::OtherMember));
    let update = changed(&bench, |request| lines(request, |lines| lines.push(sample::line(1, "E1390"))));
    assert_eq!(bench.client(update), Err(Refusal::LineTwice(1)));
    bench.approve(&[3]).unwrap();
    let update = changed(&bench, |_| {});
    assert_eq!(bench.client(update), Err(Refusal::LineAdverse(2)), "facts for a denied line are not an update");
    bench.check();
}

#[test]
fn new_lines_on_a_decided_case_start_a_clock_from_the_updates_receipt() {
    let mut bench = three();
    bench.approve(&[1, 2, 3]).unwrap();
    bench.wait_hours(24 * 60);
    let update = changed(&bench, |request| lines(request, |lines| lines.push(sample::line(4, "E0434"))));
    let events = bench.client(update).unwrap();
    assert_eq!(kinds(&events), ["updated", "clock-started"]);
    assert_eq!(bench.case().undecided_lines(), [4]);
    assert_eq!(bench.case().due.as_ref().unwrap().clock_start_at, bench.now);
    assert!(matches!(bench.case().line(1).unwrap().decision, Decision::Approved { .. }));
    bench.check();
}

#[test]
fn urgency_is_not_lost_by_an_update() {
    let mut request = sample::request(start());
    request.urgency = Urgency::Expedited;
    let mut bench = Bench::cleared(request);
    let update = changed(&bench, |request| request.urgency = Urgency::Standard);
    bench.client(update).unwrap();
    assert_eq!(bench.case().request.urgency, Urgency::Expedited);
    assert_eq!(bench.case().due.as_ref().unwrap().rule.id, "MA-EXP");
    // Gained by an update: from its receipt, with the standard clock beside it.
    let mut bench = Bench::cleared(sample::request(start()));
    bench.wait_hours(24);
    let update = changed(&bench, |request| request.urgency = Urgency::Expedited);
    bench.client(update).unwrap();
    let due = bench.case().due.clone().unwrap();
    assert_eq!((due.rule.id.as_str(), due.due_at), ("MA-EXP", at("2026-03-06T15:00:00Z")));
    assert_eq!(due.lost[0].rule.id, "MA-STD-PA");
    bench.check();
}

#[test]
fn an_update_answers_an_open_question_and_the_clock_goes_on() {
    let mut request = sample::request(start());
    request.cover.line_of_business = base::LineOfBusiness::SelfFunded;
    let mut bench = Bench::cleared(request);
    let due = bench.case().due.clone().unwrap().due_at;
    bench.nurse(ask(1)).unwrap();
    assert!(bench.case().due.as_ref().unwrap().due_at > due, "the ERISA clock stops while it waits");
    bench.wait_hours(24 * 3);
    let update = changed(&bench, |_| {});
    assert_eq!(kinds(&bench.client(update).unwrap()), ["updated", "information-received"]);
    let after = bench.case().due.clone().unwrap();
    assert!(!after.facts.is_paused());
    assert_eq!(after.due_at.duration_since(due), jiff::SignedDuration::from_hours(24 * 3));
    assert!(bench.case().asks.is_empty());
    bench.check();
}

#[test]
fn software_may_ask_but_delays_nothing() {
    let mut request = sample::request(start());
    request.cover.line_of_business = base::LineOfBusiness::SelfFunded;
    let mut bench = Bench::cleared(request);
    let due = bench.case().due.clone();
    bench.software(ask(1)).unwrap();
    assert_eq!(bench.case().due, due);
    assert!(bench.case().respond_by.unwrap() <= due.unwrap().due_at);
    bench.check();
}

#[test]
fn lines_are_cancelled_and_all_of_them_withdraw_the_case() {
    let cancel = |bench: &Bench, lines: &[u32]| {
        let mut request = bench.case().request.clone();
        request.record = sample::document(&format!("cancel {lines:?}"));
        Command::Cancel { request: Box::new(request), lines: lines.to_vec().try_into().unwrap() }
    };
    let mut bench = three();
    bench.approve(&[1]).unwrap();
    let command = cancel(&bench, &[9]);
    assert_eq!(bench.client(command), Err(Refusal::UnknownLine(9)));
    let command = cancel(&bench, &[1, 2]);
    bench.client(command).unwrap();
    assert_eq!(bench.case().undecided_lines(), [3]);
    let command = cancel(&bench, &[1, 2]);
    assert_eq!(bench.client(command).unwrap(), [], "cancelled once");
    let command = cancel(&bench, &[3]);
    assert_eq!(kinds(&bench.client(command).unwrap()), ["updated", "withdrawn"]);
    assert_eq!((bench.case().status.clone(), bench.case().outcome()), (Status::Withdrawn, Outcome::Cancelled));
    bench.check();
    let mut bench = three();
    bench.deny("mara", &[2]).unwrap();
    let command = cancel(&bench, &[2]);
    assert_eq!(bench.client(command), Err(Refusal::LineAdverse(2)), "a denial that was told is not cancelled away");
}

#[test]
fn some_lines_may_need_no_authorization() {
    let mut bench = three();
    let command = || Command::Approve { lines: base::NonEmpty::one(sample::approval(1)), basis: Basis::NotRequired };
    bench.software(command()).unwrap();
    assert_eq!(bench.case().undecided_lines(), [2, 3]);
    assert_eq!(bench.client(command()).unwrap_err().code(), "not-allowed");
    bench.approve(&[2, 3]).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Approved);
    let by_criteria = Command::Approve {
        lines: base::NonEmpty::one(sample::approval(1)),
        basis: Basis::Criteria { policy: "made-up".to_owned() },
    };
    assert_eq!(three().nurse(by_criteria), Err(Refusal::Basis));
    bench.check();
}

#[test]
fn limits_hold() {
    let mut bench = Bench::cleared(sample::request(start()));
    let reason = "x".repeat(case::decide::MAX_TEXT + 1);
    assert_eq!(bench.nurse(Command::Refer { reason }).unwrap_err().code(), "too-much");
    assert_eq!(bench.nurse(Command::Refer { reason: "  ".to_owned() }), Err(Refusal::Empty("reason")));
    let lines: Vec<_> = (0..=case::decide::MAX_LINES as u32).map(|sequence| sample::line(sequence, "E1390")).collect();
    let mut request = sample::request(start());
    request.lines = lines.try_into().unwrap();
    assert_eq!(Bench::new(start()).client(kit::receive(request)).unwrap_err().code(), "too-much");
    assert_eq!(bench.nurse(Command::Pend { queue: Queue::Facts, reason: "wait".to_owned() }), Err(Refusal::NothingWasAsked));
}

#[test]
fn a_case_under_review_is_not_reopened() {
    let mut bench = three();
    bench.approve(&[1]).unwrap();
    let command = Command::Reopen { cause: ReopenCause::Fraud, reason: "found out".to_owned(), lines: vec![1] };
    assert_eq!(bench.person("otto", Role::Physician, command), Err(Refusal::StillOpen));
}

#[test]
fn an_update_leaves_an_uncertain_case_in_the_intake_queue() {
    let mut request = sample::request(start());
    request.member.matched = None;
    let mut bench = Bench::received(request);
    bench.software(Command::CheckIntake(Intake::MemberUnmatched)).unwrap();
    let update = changed(&bench, |request| lines(request, |lines| lines.push(sample::line(2, "E0431"))));
    bench.client(update).unwrap();
    assert_eq!(queue(&bench), Some(Queue::Intake));
    assert_eq!(bench.case().undecided_lines(), [1, 2]);
    bench.check();
}

#[test]
fn lines_added_to_a_case_that_needed_no_authorization_meet_the_criteria() {
    let mut bench = Bench::received(sample::request(start()));
    bench.software(Command::CheckIntake(Intake::NotRequired)).unwrap();
    let update = changed(&bench, |request| lines(request, |lines| lines.push(sample::line(2, "E0431"))));
    bench.client(update).unwrap();
    bench.software(findings(vec![sample::findings(2, Truth::Met)])).unwrap();
    assert_eq!(bench.case().outcome(), Outcome::Approved);
    bench.check();
}

#[test]
fn a_matched_member_brings_their_cover_and_its_clock() {
    let mut request = sample::request(start());
    request.member.matched = None;
    let mut bench = Bench::received(request);
    bench.software(Command::CheckIntake(Intake::MemberUnmatched)).unwrap();
    let before = bench.case().due.clone().unwrap();
    let mut cover = bench.case().request.cover.clone();
    cover.line_of_business = base::LineOfBusiness::SelfFunded;
    bench.intake(Command::MatchMember { member: "member-7".to_owned().into(), cover: cover.clone() }).unwrap();
    let after = bench.case().due.clone().unwrap();
    assert_eq!(bench.case().request.cover, cover);
    assert_ne!(before.rule.id, after.rule.id);
    assert_eq!(before.clock_start_at, after.clock_start_at, "the clock never starts anew");
    bench.check();
}

#[test]
fn an_update_never_puts_a_running_clock_off() {
    let mut bench = Bench::received(sample::request(start()));
    let before = bench.case().due.clone().unwrap();
    let mut later = bench.case().request.clone();
    later.timing = case::request::Timing::Retrospective;
    later.record = sample::document("the same request after the service");
    bench.client(Command::Update { request: Box::new(later) }).unwrap();
    let after = bench.case().due.clone().unwrap();
    assert!(after.due_at <= before.due_at, "{} was put off to {}", before.due_at, after.due_at);
    bench.check();
}
