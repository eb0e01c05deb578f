//! The door and the gates: sign-in, sessions, roles, tenants, and the headers of every route.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use base::UserId;
use house::{House, OTHER, PASSWORD, Page, Reader, Story, TENANT};
use jiff::SignedDuration;

fn door(house: &House) -> (Reader, String) {
    let mut reader = Reader::new(house);
    let token = reader.get("/sign-in").field("_token");
    (reader, token)
}

fn try_door(reader: &mut Reader, token: &str, user: &str, password: &str) -> Page {
    reader.post("/sign-in", &[("_token", token), ("user", user), ("password", password)])
}

#[test]
fn sign_in_work_sign_out() {
    let house = House::open();
    let mut nurse = Reader::new(&house);
    assert_eq!(nurse.get("/").location, "/sign-in");
    assert_eq!(nurse.get("/worklist/nurse").location, "/sign-in?next=/worklist/nurse");
    let page = nurse.get("/sign-in?next=/worklist/nurse");
    assert_eq!(page.field("next"), "/worklist/nurse");
    let token = page.field("_token");
    let page =
        nurse.post("/sign-in", &[("_token", &token), ("next", "/worklist/nurse"), ("user", "nurse"), ("password", PASSWORD)]);
    assert_eq!((page.status, page.location.as_str()), (303, "/worklist/nurse"));
    let set: Vec<_> = page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    let cookie = set.iter().find(|c| c.starts_with("avedis=fiction~")).unwrap();
    assert!(
        cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict")
            && cookie.contains("Path=/")
            && !cookie.contains("Secure")
    );
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
    let mut readers: Vec<Reader> =
        ["physician", "compliance", "analyst"].iter().map(|user| Reader::signed_in(&house, user)).collect();
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
        let loads =
            page.html.split(other).skip(1).any(|_| page.has(&format!("src=\"{other}")) || page.has(&format!("href=\"{other}")));
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
