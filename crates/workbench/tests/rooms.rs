//! The rooms as a browser without scripts sees them: the worklist, the case and its documents, the audit trail, and what must
//! never be on a page.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use case::Command;
use case::event::Queue;
use house::{HOSTILE, House, Page, Reader, Story, act};
use jiff::SignedDuration;

#[test]
fn the_worklist_shows_the_clock_in_words_and_filters_without_an_address() {
    let house = House::open();
    let start = house.now();
    let late = house.tell(&Story {
        name: "Late Lena".to_owned(),
        received_at: start - SignedDuration::from_hours(24 * 8),
        ..Story::unmet(start)
    });
    house.tell(&Story {
        name: "Quick Quentin".to_owned(),
        expedited: true,
        received_at: start - SignedDuration::from_hours(10),
        ..Story::unmet(start)
    });
    house.tell(&Story { name: "Calm Clara".to_owned(), ..Story::unmet(start) });
    let mut physician = Reader::signed_in(&house, "physician");
    assert_eq!(physician.get("/").location, "/worklist/physician");
    let page = physician.get("/worklist/physician");
    let places: Vec<_> = ["Late Lena", "Quick Quentin", "Calm Clara"].iter().map(|name| page.html.find(name).unwrap()).collect();
    assert!(places[0] < places[1] && places[1] < places[2], "by clock risk");
    assert!(page.has("Missed by ") && page.has(" left") && page.has("Expedited") && page.has("MA-STD-PA"));
    let token = page.field("_token");
    let found = physician.post("/worklist/physician", &[("_token", &token), ("text", "quentin")]);
    assert!(found.status == 200 && found.has("Quick Quentin") && !found.has("Calm Clara") && found.has("value=\"quentin\""));
    assert!(
        physician.post("/worklist/physician", &[("_token", &token), ("text", "nothing like it")]).has("Nothing here matches")
    );
    assert!(physician.get("/worklist/intake").has("Nothing waits here"));
    assert_eq!(physician.get("/worklist/nonsense").status, 404);
    assert_eq!(physician.get("/worklist/all?after=nonsense").status, 404);
    assert!(page.has(&late.to_string()));
    assert!(house.audited().iter().filter(|act| *act == "worklist").count() >= 4);
}

#[test]
fn the_worklist_has_pages() {
    let house = House::open();
    let start = house.now();
    for n in 0..53 {
        house.tell(&Story {
            name: format!("Member Number {n:02}"),
            received_at: start - SignedDuration::from_mins(60 - n),
            ..Story::unmet(start)
        });
    }
    let mut nurse = Reader::signed_in(&house, "nurse");
    let first = nurse.get("/worklist/all");
    let shown = |page: &Page| page.html.matches("class=\"open\"").count();
    assert_eq!(shown(&first), 50);
    let at = first.html.find("/worklist/all?after=").unwrap();
    let next = first.html[at..].split('"').next().unwrap().to_owned();
    assert_eq!(shown(&nurse.get(&next)), 3);
    let token = first.field("_token");
    let filtered = nurse.post("/worklist/all", &[("_token", &token), ("text", "Member Number")]);
    let after = filtered.field("after");
    let second = nurse.post("/worklist/all", &[("_token", &token), ("text", "Member Number"), ("after", &after)]);
    assert_eq!((shown(&filtered), shown(&second)), (50, 3));
}

#[test]
fn a_criterion_jumps_to_the_words_of_the_note_it_rests_on() {
    const NOTE: &str = "PLAN:\n<script>alert(1)</script> Inhalers were tried for 8 weeks and failed.\nReturn in a month.\n";
    let words = "Inhalers were tried for 8 weeks and failed";
    let house = House::open();
    let id = house.tell(&Story { note: Some((NOTE, words)), ..Story::unmet(house.now()) });
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("A document suggests: met") && page.has("the PDF is damaged: ask the sender for it again"));
    let mark = format!("<mark class=\"suggests\">{words}</mark>");
    let at = page.html.find(&mark).expect("the words are marked");
    let anchor = page.html[..at].rsplit("id=\"").next().unwrap().split('"').next().unwrap().to_owned();
    assert!(page.has(&format!("<a class=\"evidence\" href=\"#{anchor}\">")), "the criterion links to {anchor}");
    assert!(!page.has("<script>alert"), "a note is text, never markup");
    // The note itself is one of the case's documents; another hash is not.
    let hash = base::Hash::of(NOTE.as_bytes());
    assert!(nurse.get(&format!("/case/{id}/document/{hash}")).has("Return in a month"));
    assert_eq!(nurse.get(&format!("/case/{id}/document/{}", base::Hash::of(b"other"))).status, 404);
}

#[test]
fn opening_a_case_is_in_the_audit_trail_before_it_is_shown() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert_eq!(page.status, 200);
    assert_eq!(house.audited().first().map(String::as_str), Some("open-case"));
    for text in [
        "Ada Example",
        "FIC1000001",
        "Medicare Advantage",
        "MA-STD-PA",
        "42 CFR 422.568",
        "E1390",
        "Not met",
        "Unknown",
        "Met",
        "Saturation at or below 88 %",
        "O2 saturation 93 % at rest on 2026-11-17",
        "What would make this true",
        "An arterial blood gas",
        "93 %",
        "41.50 %",
        "2.0 L/min",
        "Chronic obstructive",
        "Criteria for line 1",
        "leaf 0",
        "lakeside-ehr (requester)",
    ] {
        assert!(page.has(text), "{text}");
    }
    // Evidence leads to the resource it rests on, by full URL and by type and id; what the record does not show is no link.
    let anchor = |says: &str| {
        page.html.split(says).next().unwrap().rsplit("href=\"#").next().unwrap().split('"').next().unwrap().to_owned()
    };
    assert!(page.has(&format!("id=\"{}\"", anchor(">O2 saturation 93 %"))));
    assert_eq!(anchor(">O2 saturation 93 %"), anchor(">Tested 2026-11-17"));
    assert!(page.has("<span class=\"evidence\">No note of other treatment</span>"));
    let title = page.html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    assert_eq!(title, "Case · Avedis", "a title names nobody");
}

#[test]
fn documents_are_text_and_only_those_of_the_case() {
    let house = House::open();
    let id = house.tell(&Story { name: HOSTILE.to_owned(), ..Story::unmet(house.now()) });
    let other = house.tell(&Story { name: "Other Person".to_owned(), ..Story::unmet(house.now()) });
    let (hash, foreign) = (house.case(id).request.record.hash, house.case(other).request.record.hash);
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}/document/{hash}"));
    assert!(page.status == 200 && page.has("&#60;script&#62;") && !page.has("<script>alert") && page.has("41.50"));
    assert_eq!(nurse.get(&format!("/case/{id}/document/{foreign}")).status, 404);
    assert_eq!(nurse.get(&format!("/case/{id}/document/zz")).status, 404);
    let file = nurse.get(&format!("/case/{id}/document/{hash}/file"));
    assert_eq!(file.headers.get("content-type").unwrap(), "application/octet-stream");
    assert!(file.headers.get("content-disposition").unwrap().to_str().unwrap().starts_with("attachment"));
    let receipt = nurse.get(&format!("/case/{id}/receipt/1"));
    assert!(receipt.status == 200 && receipt.has("payer.example/um/fiction"), "{}", receipt.html);
    assert_eq!(nurse.get(&format!("/case/{id}/receipt/99")).status, 404);
    assert!(house.audited().iter().any(|act| act == "open-document"));
}

#[test]
fn hostile_text_is_text_on_every_page() {
    let house = House::open();
    let story = Story {
        name: HOSTILE.to_owned(),
        member_id: HOSTILE.to_owned(),
        requester: HOSTILE.to_owned(),
        ..Story::unmet(house.now())
    };
    let id = house.tell(&story);
    house.meanwhile(id, Command::Pend { queue: Queue::Nurse, reason: HOSTILE.to_owned() });
    let mut physician = Reader::signed_in(&house, "physician");
    let page = act(&mut physician, id, "pend", &[("queue", "nonsense"), ("reason", HOSTILE)]);
    assert_eq!(page.status, 422);
    for page in [page, physician.get("/worklist/all"), physician.get(&format!("/case/{id}"))] {
        assert!(page.has("&#60;script&#62;alert"));
        assert!(!page.has("<script>alert") && !page.has("<img src=x"));
    }
}

#[test]
fn the_audit_trail_is_for_those_who_watch() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    Reader::signed_in(&house, "nurse").get(&format!("/case/{id}"));
    let mut compliance = Reader::signed_in(&house, "compliance");
    let page = compliance.get("/audit");
    assert!(page.has("user:nurse") && page.has("Open case") && page.has(&id.to_string()) && !page.has("Ada Example"));
    let page = compliance.get(&format!("/audit?case={id}"));
    assert!(page.has("user:nurse") && !page.has("Sign in</td>"));
    let page = compliance.get(&format!("/case/{id}"));
    assert!(page.has("Who read and did what") && page.has("Your role reads this case") && !page.has("id=\"approve\""));
}
