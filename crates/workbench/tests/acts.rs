//! What people do, by forms alone: each act, who may, what a refusal says, and that nothing typed is lost.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use base::CaseId;
use case::event::Queue;
use case::state::{Decision, Status};
use case::{Command, Truth};
use house::{House, Page, Reader, Story, act};

fn done(page: &Page, case: CaseId, act: &str) {
    assert_eq!((page.status, page.location.as_str()), (303, format!("/case/{case}?done={act}").as_str()), "{}", page.html);
}

#[test]
fn a_form_from_elsewhere_does_nothing() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let other = Reader::signed_in(&house, "nurse2").get("/worklist/all").field("_token");
    let before = house.case(id);
    for token in ["", "forged", other.as_str()] {
        let page = nurse.post(&format!("/case/{id}/assign"), &[("_token", token), ("seen", "4")]);
        assert!(page.status == 403 && page.has("not from your session"), "{}", page.status);
    }
    assert_eq!(house.case(id), before);
    assert_eq!(nurse.send(&format!("/case/{id}/assign"), "application/json", b"{}").status, 400);
    let huge = vec![b'a'; 2 * 1024 * 1024];
    assert_eq!(nurse.send(&format!("/case/{id}/assign"), "application/x-www-form-urlencoded", &huge).status, 413);
}

#[test]
fn a_nurse_sees_no_denial_and_a_forged_one_is_refused() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("id=\"approve\"") && page.has("id=\"refer\"") && !page.has("id=\"determine\"") && !page.has("/determine"));
    let before = house.case(id);
    let fields = [("outcome-1", "denied"), ("criterion-1", "x"), ("reason-1", "0X"), ("rationale", "no"), ("statement", "x")];
    let page = act(&mut nurse, id, "determine", &fields);
    assert!(page.status == 403 && page.has("Your role may not do this"));
    assert_eq!(house.case(id), before);
    assert_eq!(house.audited().first().map(String::as_str), Some("refused"));
}

#[test]
fn a_nurse_approves_as_asked_in_one_form() {
    let house = House::open();
    let id = house.tell(&Story { root: Truth::Met, signed: false, queue: None, ..Story::unmet(house.now()) });
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("id=\"approve\" class=\"act good\" open"), "met by an unsigned policy: the form stands open, filled in");
    let (from, to, quantity) = (page.field("from-1"), page.field("to-1"), page.field("quantity-1"));
    assert!(page.has("The record meets every criterion of ncd-240.2-home-oxygen"));
    let fields = [
        ("line", "1"),
        ("from-1", &from),
        ("to-1", &to),
        ("quantity-1", &quantity),
        ("unit-1", ""),
        ("reason", "all criteria met"),
    ];
    done(&act(&mut nurse, id, "approve", &fields), id, "approve");
    let case = house.case(id);
    assert!(matches!(case.lines[&1].decision, Decision::Approved { .. }) && case.status == Status::Decided);
    let page = nurse.get(&format!("/case/{id}?done=approve"));
    assert!(page.has("Approved. The notice is on its way.") && page.has("all criteria met") && !page.has("id=\"approve\""));
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_says_what_to_do() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let typed = [
        ("line", "1"),
        ("from-1", "2026-13-45"),
        ("to-1", "2026-12-31"),
        ("quantity-1", "minus one"),
        ("unit-1", "units"),
        ("reason", "words I do not want to lose"),
    ];
    let page = act(&mut nurse, id, "approve", &typed);
    assert_eq!(page.status, 422);
    for text in [
        "The form is not complete",
        "the first day is not a date",
        "the quantity is not a number above zero",
        "value=\"2026-13-45\"",
        "value=\"minus one\"",
        "value=\"units\"",
        "words I do not want to lose",
        "id=\"approve\" class=\"act good\" open",
    ] {
        assert!(page.has(text), "{text}");
    }
    let typed = [
        ("line", "1"),
        ("from-1", "2026-12-01"),
        ("to-1", "2026-12-31"),
        ("quantity-1", "0.5"),
        ("unit-1", ""),
        ("reason", "half is enough"),
    ];
    let page = act(&mut nurse, id, "approve", &typed);
    assert!(
        page.status == 422
            && page.has("needs a licensed reviewer")
            && page.has("refer the case to a physician")
            && page.has("half is enough")
    );
}

#[test]
fn the_second_person_is_told_and_loses_nothing() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    let (token, seen) = (page.field("_token"), page.field("seen"));
    house.meanwhile(id, Command::Refer { reason: "needs a physician".to_owned() });
    let fields = [("_token", token.as_str()), ("seen", &seen), ("queue", "nurse"), ("reason", "my carefully written reason")];
    let page = nurse.post(&format!("/case/{id}/pend"), &fields);
    assert_eq!(page.status, 409);
    assert!(
        page.has("The case has changed since you opened it")
            && page.has("Referred by nurse2")
            && page.has("my carefully written reason")
    );
    assert_ne!(page.field("seen"), seen, "the next try is for the case as it is now");
    let fields = [
        ("_token", token.as_str()),
        ("seen", &page.field("seen")),
        ("queue", "nurse"),
        ("reason", "my carefully written reason"),
    ];
    done(&nurse.post(&format!("/case/{id}/pend"), &fields), id, "pend");
}

#[test]
fn asks_come_from_the_smallest_missing_sets() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("value=\"1.0.0\" checked") && page.has("value=\"1.0.1\" checked") && page.has("value=\"1.1.0\">"));
    assert_eq!(act(&mut nurse, id, "ask", &[]).status, 422);
    done(&act(&mut nurse, id, "ask", &[("ask", "1.0.1"), ("ask", "9.9.9"), ("text", "The name of the supplier")]), id, "ask");
    let case = house.case(id);
    let asks: Vec<_> = case.asks.iter().map(|ask| (ask.criterion.as_deref(), ask.text.as_str())).collect();
    assert_eq!(
        asks,
        [(Some("alternatives"), "A note that other treatment was tried or considered"), (None, "The name of the supplier")]
    );
    assert!(nurse.get(&format!("/case/{id}")).has("Open questions"));
}

#[test]
fn a_physician_denies_with_criterion_fact_and_attestation() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut physician = Reader::signed_in(&house, "physician");
    let page = physician.get(&format!("/case/{id}"));
    assert!(page.has("id=\"determine\"") && page.has("The record shows: O2 saturation 93 % at rest on 2026-11-17."));
    let statement = page.field("statement");
    assert!(statement.starts_with("I have reviewed the individual record"));
    let criterion = "ncd-240.2-home-oxygen 2021-09-27.1 saturation";
    assert!(page.has(&format!("value=\"{criterion}\" selected")), "the criterion that is not met is chosen");
    let rationale = "Saturation at rest was 93 % on 2026-11-17; the criterion asks for 88 % or less.";
    let without = [("outcome-1", "denied"), ("criterion-1", criterion), ("reason-1", ""), ("rationale", rationale)];
    let page = act(&mut physician, id, "determine", &without);
    assert!(page.status == 422 && page.has("give the reason code") && page.has("Read the statement") && page.has(rationale));
    let whole = [
        ("outcome-1", "denied"),
        ("criterion-1", criterion),
        ("reason-1", "0X"),
        ("rationale", rationale),
        ("statement", statement.as_str()),
    ];
    done(&act(&mut physician, id, "determine", &whole), id, "determine");
    let case = house.case(id);
    let Decision::Adverse { adverse, attestation, .. } = &case.lines[&1].decision else { panic!("not adverse") };
    assert_eq!((adverse.criterion.as_str(), attestation.reviewer.as_str()), (criterion, "physician"));
    let page = physician.get(&format!("/case/{id}"));
    assert!(page.has("Denied") && page.has("Dr. Paula Example, MD PA") && page.has("id=\"reopen\""));
}

#[test]
fn a_physician_may_approve_less() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut physician = Reader::signed_in(&house, "physician");
    let statement = physician.get(&format!("/case/{id}")).field("statement");
    let fields = [
        ("outcome-1", "partial"),
        ("criterion-1", "c"),
        ("reason-1", "0X"),
        ("from-1", "2026-12-01"),
        ("to-1", "2026-12-31"),
        ("quantity-1", "1"),
        ("rationale", "One month until a new test."),
        ("statement", statement.as_str()),
    ];
    done(&act(&mut physician, id, "determine", &fields), id, "determine");
    assert!(house.case(id).is_adverse(), "less than asked is adverse");
    assert!(physician.get(&format!("/case/{id}")).has("Reduced"));
}

#[test]
fn a_reviewer_who_does_not_fit_is_told_every_reason() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut dermatologist = Reader::signed_in(&house, "dermatologist");
    let fields = [
        ("outcome-1", "denied"),
        ("criterion-1", "c"),
        ("reason-1", "0X"),
        ("rationale", "kept words"),
        ("statement", "something else"),
    ];
    let page = act(&mut dermatologist, id, "determine", &fields);
    assert_eq!(page.status, 403);
    for text in [
        "You cannot determine this case adversely",
        "no specialty in the field of line 1",
        "was not confirmed as worded",
        "kept words",
    ] {
        assert!(page.has(text), "{text}");
    }
    assert!(!house.case(id).is_adverse());
}

#[test]
fn intake_matches_the_member_and_corrects_the_receipt_with_proof() {
    let house = House::open();
    let id = house.tell(&Story { matched: false, member_id: "FIC100000X".to_owned(), ..Story::unmet(house.now()) });
    let mut intake = Reader::signed_in(&house, "intake");
    assert_eq!(intake.get("/").location, "/worklist/intake");
    let page = intake.get(&format!("/case/{id}"));
    assert!(page.has("Member not matched") && page.has("id=\"match\"") && !page.has("id=\"approve\""));
    let (token, seen) = (page.field("_token"), page.field("seen"));
    let upload = |evidence: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\n{seen}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"at\"\r\n\r\n2026-11-19T08:30\r\n{evidence}--b--\r\n"
        )
    };
    let address = format!("/case/{id}/receipt-time");
    let page = intake.send(&address, "multipart/form-data; boundary=b", upload("").as_bytes());
    assert!(page.status == 422 && page.has("Attach the proof") && page.has("value=\"2026-11-19T08:30\""));
    let fax = "--b\r\nContent-Disposition: form-data; name=\"evidence\"; filename=\"fax.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n";
    done(&intake.send(&address, "multipart/form-data; boundary=b", upload(fax).as_bytes()), id, "receipt-time");
    let case = house.case(id);
    assert_eq!(case.receipt.received_at.to_string(), "2026-11-19T13:30:00Z", "in the zone of the cover");
    assert!(intake.get(&format!("/case/{id}")).has("Evidence of receipt"));
    let page = act(&mut intake, id, "match", &[("member", "nobody")]);
    assert!(page.status == 422 && page.has("The directory has no member with this id.") && page.has("value=\"nobody\""));
    done(&act(&mut intake, id, "match", &[("member", "FIC1000009")]), id, "match");
    assert!(house.case(id).request.member.matched.is_some());
}

#[test]
fn work_that_moves_a_case() {
    let house = House::open();
    let start = house.now();
    let mut nurse = Reader::signed_in(&house, "nurse");
    let mut physician = Reader::signed_in(&house, "physician");
    let id = house.tell(&Story::unmet(start));
    done(&act(&mut nurse, id, "assign", &[]), id, "assign");
    assert!(nurse.get("/worklist/mine").has("Ada Example"));
    done(&act(&mut nurse, id, "refer", &[("reason", "a physician should look")]), id, "refer");
    assert_eq!(house.case(id).queue(), Some(Queue::Physician));
    done(&act(&mut nurse, id, "extend", &[("ground", "member-request"), ("reason", "the member asked for time")]), id, "extend");
    assert_eq!(house.case(id).extensions, 1);
    done(&act(&mut nurse, id, "expedite", &[]), id, "expedite");
    let page = act(&mut physician, id, "refuse-expedite", &[("reason", "no jeopardy"), ("physician-asked", "yes")]);
    assert!(page.status == 422 && page.has("must be granted") && page.has("Expedite the case instead"));
    done(
        &act(&mut physician, id, "refuse-expedite", &[("reason", "no jeopardy"), ("physician-asked", "no")]),
        id,
        "refuse-expedite",
    );
    done(&act(&mut nurse, id, "notice", &[("channel", "phone"), ("about", "the office was told")]), id, "notice");

    let twin = house.tell(&Story::unmet(start));
    let mut intake = Reader::signed_in(&house, "intake");
    assert!(intake.get(&format!("/case/{twin}")).has("Same member, same service"));
    assert!(act(&mut intake, twin, "duplicate", &[("of", "A-NOT-THERE")]).has("no case with this authorization number"));
    let authorization = house.case(id).authorization;
    done(&act(&mut intake, twin, "duplicate", &[("of", &authorization)]), twin, "duplicate");
    assert!(matches!(house.case(twin).status, Status::Duplicate { of } if of == id));
    done(&act(&mut intake, id, "withdraw", &[]), id, "withdraw");
    let wrong = house.tell(&Story::unmet(start));
    done(&act(&mut intake, wrong, "void", &[("reason", "sent to the wrong plan")]), wrong, "void");
    assert_eq!(house.case(wrong).status, Status::Voided);
}

#[test]
fn a_decision_is_reopened_with_cause() {
    let house = House::open();
    let id = house.tell(&Story { root: Truth::Met, queue: None, ..Story::unmet(house.now()) });
    assert_eq!(house.case(id).status, Status::Decided, "the signed policy approved it");
    let mut physician = Reader::signed_in(&house, "physician");
    assert!(
        act(&mut physician, id, "reopen", &[("cause", "clerical-error"), ("reason", "wrong dates")])
            .has("Choose at least one line")
    );
    done(
        &act(&mut physician, id, "reopen", &[("cause", "clerical-error"), ("reason", "wrong dates"), ("line", "1")]),
        id,
        "reopen",
    );
    assert!(house.case(id).is_open());
    assert!(physician.get(&format!("/case/{id}")).has("Reopened for"));
}

#[test]
fn information_is_added_and_what_is_no_json_is_refused() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    let (token, seen) = (page.field("_token"), page.field("seen"));
    let upload = |content: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\n{seen}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n--b--\r\n"
        )
    };
    let address = format!("/case/{id}/information");
    let page = nurse.send(&address, "multipart/form-data; boundary=b", upload("not json").as_bytes());
    assert!(page.status == 422 && page.has("The document cannot be read"), "{}", page.status);
    let observation = r#"{"resourceType":"Observation","id":"new","status":"final","code":{"text":"PaO2 from an arterial blood gas"},"valueQuantity":{"value":54,"unit":"mm[Hg]"}}"#;
    done(&nurse.send(&address, "multipart/form-data; boundary=b", upload(observation).as_bytes()), id, "information");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("PaO2 from an arterial blood gas") && page.has("54 mm[Hg]") && page.has("Added information"));
}
