//! The rooms as a browser without scripts sees them: the door, the gates, the acts, and what must never be on a page.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use base::{CaseId, UserId};
use case::event::Queue;
use case::state::{Decision, Status};
use case::{Command, Truth};
use house::{HOSTILE, House, OTHER, PASSWORD, Page, Reader, Story, TENANT};
use jiff::SignedDuration;

fn door(house: &House) -> (Reader, String) {
    let mut reader = Reader::new(house);
    let token = reader.get("/sign-in").field("_token");
    (reader, token)
}

fn try_door(reader: &mut Reader, token: &str, user: &str, password: &str) -> Page {
    reader.post("/sign-in", &[("_token", token), ("user", user), ("password", password)])
}

/// Posts a form of an opened case with its hidden fields.
fn act(reader: &mut Reader, case: CaseId, act: &str, fields: &[(&str, &str)]) -> Page {
    let page = reader.get(&format!("/case/{case}"));
    assert_eq!(page.status, 200);
    let (token, seen) = (page.field("_token"), page.field("seen"));
    let mut all = vec![("_token", token.as_str()), ("seen", seen.as_str())];
    all.extend_from_slice(fields);
    reader.post(&format!("/case/{case}/{act}"), &all)
}

fn done(page: &Page, case: CaseId, act: &str) {
    assert_eq!((page.status, page.location.as_str()), (303, format!("/case/{case}?done={act}").as_str()), "{}", page.html);
}

// ---- the door -------------------------------------------------------------------------------------------------------------

#[test]
fn sign_in_work_sign_out() {
    let house = House::open();
    let mut nurse = Reader::new(&house);
    assert_eq!(nurse.get("/").location, "/sign-in");
    assert_eq!(nurse.get("/worklist/nurse").location, "/sign-in?next=/worklist/nurse");
    let page = nurse.get("/sign-in?next=/worklist/nurse");
    assert_eq!(page.field("next"), "/worklist/nurse");
    let token = page.field("_token");
    let page = nurse.post("/sign-in", &[("_token", &token), ("next", "/worklist/nurse"), ("user", "nurse"), ("password", PASSWORD)]);
    assert_eq!((page.status, page.location.as_str()), (303, "/worklist/nurse"));
    let set: Vec<_> = page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    let cookie = set.iter().find(|c| c.starts_with("avedis=fiction~")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/") && !cookie.contains("Secure"));
    let page = nurse.get("/worklist/nurse");
    assert!(page.has("Nora Example") && page.has("UM nurse") && page.has("Demonstration"));
    let token = page.field("_token");
    let before = nurse.cookie();
    let page = nurse.post("/sign-out", &[("_token", &token)]);
    assert_eq!(page.location, "/sign-in");
    // The old cookie is dead on the server, not only forgotten by the browser.
    for pair in before.split("; ") {
        let (name, value) = pair.split_once('=').unwrap();
        nurse.cookies().insert(name.to_owned(), value.to_owned());
    }
    assert_eq!(nurse.get("/worklist/nurse").location, "/sign-in?next=/worklist/nurse");
    assert!(house.audited().iter().any(|act| act == "sign-in") && house.audited().iter().any(|act| act == "sign-out"));
}

#[test]
fn cookies_are_bound_to_the_host_over_https() {
    let house = House::with(&[TENANT], "https://um.example");
    let page = Reader::new(&house).get("/sign-in");
    let cookie = page.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-avedis-door=") && cookie.contains("; Secure") && cookie.contains("Path=/"), "{cookie}");
}

#[test]
fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let house = House::open();
    let (mut reader, token) = door(&house);
    let wrong_password = try_door(&mut reader, &token, "nurse", "wrong");
    let wrong_name = try_door(&mut reader, &token, "nobody", PASSWORD);
    assert_eq!((wrong_password.status, wrong_name.status), (401, 401));
    let same = |page: &Page| page.html.replace("nobody", "nurse");
    assert_eq!(same(&wrong_password), same(&wrong_name));
    assert!(wrong_name.has("The name or the password is not right."));
    assert_eq!(wrong_name.field("user"), "nobody", "what was typed is kept, but the password is not");
    assert!(!wrong_name.has(PASSWORD));
    assert_eq!(house.audited().iter().filter(|act| *act == "sign-in-failed").count(), 1, "of the person the directory knows");
}

#[test]
fn failures_are_slowed_down_and_then_forgiven() {
    let house = House::open();
    let (mut reader, token) = door(&house);
    for _ in 0..5 {
        assert_eq!(try_door(&mut reader, &token, "nurse", "wrong").status, 401);
    }
    let page = try_door(&mut reader, &token, "nurse", PASSWORD);
    assert_eq!((page.status, page.headers.get("retry-after").unwrap().to_str().unwrap()), (429, "1"));
    assert_eq!(try_door(&mut reader, &token, "physician", PASSWORD).status, 303, "others are not locked out");
    house.pass(SignedDuration::from_secs(2));
    let (mut reader, token) = door(&house);
    assert_eq!(try_door(&mut reader, &token, "nurse", PASSWORD).status, 303);
}

#[test]
fn the_door_needs_its_own_token_and_leads_only_home() {
    let house = House::open();
    let (mut reader, token) = door(&house);
    assert_eq!(try_door(&mut reader, "forged", "nurse", PASSWORD).status, 403);
    let fields = [("_token", token.as_str()), ("next", "https://evil.example/"), ("user", "nurse"), ("password", PASSWORD)];
    assert_eq!(reader.post("/sign-in", &fields).location, "/");
    reader.cookies().clear();
    assert_eq!(try_door(&mut reader, &token, "nurse", PASSWORD).status, 403, "the token alone, without its cookie");
}

#[test]
fn a_session_ends_when_idle_when_old_and_when_the_person_leaves() {
    let house = House::open();
    let mut nurse = Reader::signed_in(&house, "nurse");
    house.pass(SignedDuration::from_mins(29));
    assert_eq!(nurse.get("/worklist/nurse").status, 200);
    house.pass(SignedDuration::from_mins(29));
    assert_eq!(nurse.get("/worklist/nurse").status, 200, "the visit before kept it alive");
    house.pass(SignedDuration::from_mins(31));
    assert_eq!(nurse.get("/worklist/nurse").status, 303);

    let mut nurse = Reader::signed_in(&house, "nurse");
    for _ in 0..35 {
        house.pass(SignedDuration::from_mins(20));
        assert_eq!(nurse.get("/worklist/nurse").status, 200);
    }
    house.pass(SignedDuration::from_mins(20));
    assert_eq!(nurse.get("/worklist/nurse").status, 303, "twelve hours after sign-in");

    let mut nurse = Reader::signed_in(&house, "nurse");
    let tenant = house::tenant(TENANT);
    let mut record = house.platform.staff(&tenant, &UserId::new("nurse").unwrap()).unwrap().unwrap();
    record.active = false;
    house.platform.put_staff(&tenant, &record).unwrap();
    assert_eq!(nurse.get("/worklist/nurse").status, 303);
    let (mut reader, token) = door(&house);
    assert_eq!(try_door(&mut reader, &token, "nurse", PASSWORD).status, 401);
}

#[test]
fn tenants_are_chosen_when_there_are_several_and_are_apart() {
    let house = House::with(&[TENANT, OTHER], "http://127.0.0.1");
    let (mut reader, token) = door(&house);
    assert!(reader.get("/sign-in").has("Elsewhere Health"));
    assert_eq!(try_door(&mut reader, &token, "nurse", PASSWORD).status, 401, "no organization chosen");
    let fields = [("_token", token.as_str()), ("tenant", OTHER), ("user", "nurse"), ("password", PASSWORD)];
    assert_eq!(reader.post("/sign-in", &fields).status, 303);
    let ours = house.tell(&Story::unmet(house.now()));
    assert_eq!(reader.get(&format!("/case/{ours}")).status, 404, "a case of another organization");
    assert!(!reader.get("/worklist/all").has("Ada Example"));
    // A cookie that is renamed to another tenant is no session there.
    let cookie = reader.cookies().get("avedis").unwrap().replace("elsewhere~", "fiction~");
    reader.cookies().insert("avedis".to_owned(), cookie);
    assert_eq!(reader.get("/worklist/all").status, 303);
}

// ---- every route ----------------------------------------------------------------------------------------------------------

#[test]
fn every_route_has_the_headers_and_a_gate() {
    let house = House::open();
    let case = house.tell(&Story::unmet(house.now()));
    let hash = house.case(case).request.record.hash;
    let mut readers: Vec<Reader> = ["physician", "compliance", "analyst"].iter().map(|user| Reader::signed_in(&house, user)).collect();
    readers.push(Reader::new(&house));
    for (method, path) in workbench::addresses() {
        let path = path
            .replace("{id}", &case.to_string())
            .replace("{hash}", &hash.to_string())
            .replace("{version}", "1")
            .replace("{tab}", "all")
            .replace("{name}", "app.css");
        for (n, reader) in readers.iter_mut().enumerate() {
            let page = if method == "GET" { reader.get(&path) } else { reader.post(&path, &[]) };
            check_headers(&page, &path);
            if method == "POST" {
                assert!(matches!(page.status, 401 | 403), "{method} {path} without a token: {}", page.status);
            } else if n == 3 && !path.starts_with("/sign-in") && !path.starts_with("/assets") {
                assert_eq!(page.status, 303, "{path} signed out");
            }
            assert!(page.status < 500, "{method} {path}: {}", page.status);
        }
    }
    let mut reader = Reader::new(&house);
    check_headers(&reader.post("/worklist", &[]), "a method that is not there");
}

fn check_headers(page: &Page, path: &str) {
    let header = |name: &str| page.headers.get(name).unwrap_or_else(|| panic!("{path} has no {name}")).to_str().unwrap();
    let csp = header("content-security-policy");
    assert!(csp.contains("default-src 'self'") && csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{path}");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let expected = if path.starts_with("/assets/") && page.status == 200 { "no-cache" } else { "no-store" };
    assert_eq!(header("cache-control"), expected, "{path}");
    for inline in ["<style", " style=", "javascript:", " onclick", "<script>"] {
        assert!(!page.has(inline), "{path} has {inline}");
    }
    for other in ["https://", "http://"] {
        let loads = page.html.split(other).skip(1).any(|_| page.has(&format!("src=\"{other}")) || page.has(&format!("href=\"{other}")));
        assert!(!loads, "{path} loads something from another origin");
    }
}

#[test]
fn assets_are_kept_for_ever_under_their_content() {
    let house = House::open();
    let mut reader = Reader::new(&house);
    let page = reader.get("/sign-in");
    let at = page.html.find("/assets/app.css?v=").unwrap();
    let address = page.html[at..].split('"').next().unwrap().to_owned();
    let css = reader.get(&address);
    assert_eq!(css.headers.get("cache-control").unwrap(), "public, max-age=31536000, immutable");
    assert!(css.has("prefers-color-scheme: dark"));
    assert_eq!(reader.get("/assets/app.css?v=old").headers.get("cache-control").unwrap(), "no-cache");
    assert_eq!(reader.get("/assets/secret.txt").status, 404);
}

#[test]
fn roles_pass_their_own_doors_only() {
    let house = House::open();
    let case = format!("/case/{}", house.tell(&Story::unmet(house.now())));
    let all = ["intake", "nurse", "physician", "director", "appeals", "manager", "author", "analyst", "compliance", "admin"];
    for user in all {
        let mut reader = Reader::signed_in(&house, user);
        let cases = if matches!(user, "author" | "analyst") { 403 } else { 200 };
        let audit = if matches!(user, "compliance" | "admin") { 200 } else { 403 };
        assert_eq!(reader.get(&case).status, cases, "{user}");
        assert_eq!(reader.get("/worklist/all").status, cases, "{user}");
        assert_eq!(reader.get("/audit").status, audit, "{user}");
        let home = reader.get("/");
        assert!(home.status == if cases == 200 { 303 } else { 200 }, "{user}");
        if cases == 403 || audit == 403 {
            assert_eq!(house.audited().first().map(String::as_str), Some("refused"), "{user}");
        }
    }
}

// ---- what is shown --------------------------------------------------------------------------------------------------------

#[test]
fn the_worklist_shows_the_clock_in_words_and_filters_without_an_address() {
    let house = House::open();
    let start = house.now();
    let late = house.tell(&Story { name: "Late Lena".to_owned(), received_at: start - SignedDuration::from_hours(24 * 8), ..Story::unmet(start) });
    house.tell(&Story { name: "Quick Quentin".to_owned(), expedited: true, received_at: start - SignedDuration::from_hours(10), ..Story::unmet(start) });
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
    assert!(physician.post("/worklist/physician", &[("_token", &token), ("text", "nothing like it")]).has("Nothing here matches"));
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
        house.tell(&Story { name: format!("Member Number {n:02}"), received_at: start - SignedDuration::from_mins(n), ..Story::unmet(start) });
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
fn opening_a_case_is_in_the_audit_trail_before_it_is_shown() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut nurse = Reader::signed_in(&house, "nurse");
    let page = nurse.get(&format!("/case/{id}"));
    assert_eq!(page.status, 200);
    assert_eq!(house.audited().first().map(String::as_str), Some("open-case"));
    for text in ["Ada Example", "FIC1000001", "Medicare Advantage", "MA-STD-PA", "42 CFR 422.568", "E1390", "Not met", "Unknown", "Met",
        "Saturation at or below 88 %", "O2 saturation 93 % at rest on 2026-11-17", "What would make this true", "An arterial blood gas",
        "93 %", "41.50 %", "2.0 L/min", "Chronic obstructive", "Criteria for line 1", "leaf 0", "lakeside-ehr (requester)"]
    {
        assert!(page.has(text), "{text}");
    }
    // Evidence leads to the resource it rests on, by full URL and by type and id; what the record does not show is no link.
    let anchor = |says: &str| page.html.split(says).next().unwrap().rsplit("href=\"#").next().unwrap().split('"').next().unwrap().to_owned();
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
    let story = Story { name: HOSTILE.to_owned(), member_id: HOSTILE.to_owned(), requester: HOSTILE.to_owned(), ..Story::unmet(house.now()) };
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

// ---- acts -----------------------------------------------------------------------------------------------------------------

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
    let fields = [("line", "1"), ("from-1", &from), ("to-1", &to), ("quantity-1", &quantity), ("unit-1", ""), ("reason", "all criteria met")];
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
    let typed = [("line", "1"), ("from-1", "2026-13-45"), ("to-1", "2026-12-31"), ("quantity-1", "minus one"), ("unit-1", "units"), ("reason", "words I do not want to lose")];
    let page = act(&mut nurse, id, "approve", &typed);
    assert_eq!(page.status, 422);
    for text in ["The form is not complete", "the first day is not a date", "the quantity is not a number above zero", "value=\"2026-13-45\"",
        "value=\"minus one\"", "value=\"units\"", "words I do not want to lose", "id=\"approve\" class=\"act good\" open"]
    {
        assert!(page.has(text), "{text}");
    }
    let typed = [("line", "1"), ("from-1", "2026-12-01"), ("to-1", "2026-12-31"), ("quantity-1", "0.5"), ("unit-1", ""), ("reason", "half is enough")];
    let page = act(&mut nurse, id, "approve", &typed);
    assert!(page.status == 422 && page.has("needs a licensed reviewer") && page.has("refer the case to a physician") && page.has("half is enough"));
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
    assert!(page.has("The case has changed since you opened it") && page.has("Referred by nurse2") && page.has("my carefully written reason"));
    assert_ne!(page.field("seen"), seen, "the next try is for the case as it is now");
    let fields = [("_token", token.as_str()), ("seen", &page.field("seen")), ("queue", "nurse"), ("reason", "my carefully written reason")];
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
    assert_eq!(asks, [(Some("alternatives"), "A note that other treatment was tried or considered"), (None, "The name of the supplier")]);
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
    let whole = [("outcome-1", "denied"), ("criterion-1", criterion), ("reason-1", "0X"), ("rationale", rationale), ("statement", statement.as_str())];
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
    let fields = [("outcome-1", "partial"), ("criterion-1", "c"), ("reason-1", "0X"), ("from-1", "2026-12-01"), ("to-1", "2026-12-31"),
        ("quantity-1", "1"), ("rationale", "One month until a new test."), ("statement", statement.as_str())];
    done(&act(&mut physician, id, "determine", &fields), id, "determine");
    assert!(house.case(id).is_adverse(), "less than asked is adverse");
    assert!(physician.get(&format!("/case/{id}")).has("Reduced"));
}

#[test]
fn a_reviewer_who_does_not_fit_is_told_every_reason() {
    let house = House::open();
    let id = house.tell(&Story::unmet(house.now()));
    let mut dermatologist = Reader::signed_in(&house, "dermatologist");
    let fields = [("outcome-1", "denied"), ("criterion-1", "c"), ("reason-1", "0X"), ("rationale", "kept words"), ("statement", "something else")];
    let page = act(&mut dermatologist, id, "determine", &fields);
    assert_eq!(page.status, 403);
    for text in ["You cannot determine this case adversely", "no specialty in the field of line 1", "was not confirmed as worded", "kept words"] {
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
        format!("--b\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\n{seen}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"at\"\r\n\r\n2026-11-19T08:30\r\n{evidence}--b--\r\n")
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
    done(&act(&mut physician, id, "refuse-expedite", &[("reason", "no jeopardy"), ("physician-asked", "no")]), id, "refuse-expedite");
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
    assert!(act(&mut physician, id, "reopen", &[("cause", "clerical-error"), ("reason", "wrong dates")]).has("Choose at least one line"));
    done(&act(&mut physician, id, "reopen", &[("cause", "clerical-error"), ("reason", "wrong dates"), ("line", "1")]), id, "reopen");
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
        format!("--b\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; name=\"seen\"\r\n\r\n{seen}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n--b--\r\n")
    };
    let address = format!("/case/{id}/information");
    let page = nurse.send(&address, "multipart/form-data; boundary=b", upload("not json").as_bytes());
    assert!(page.status == 422 && page.has("The document cannot be read"), "{}", page.status);
    let observation = r#"{"resourceType":"Observation","id":"new","status":"final","code":{"text":"PaO2 from an arterial blood gas"},"valueQuantity":{"value":54,"unit":"mm[Hg]"}}"#;
    done(&nurse.send(&address, "multipart/form-data; boundary=b", upload(observation).as_bytes()), id, "information");
    let page = nurse.get(&format!("/case/{id}"));
    assert!(page.has("PaO2 from an arterial blood gas") && page.has("54 mm[Hg]") && page.has("Added information"));
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
