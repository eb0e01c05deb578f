//! The rooms in a real browser: screenshots in light and dark at two widths, no overflow, sufficient contrast, no error in the
//! console, and the way from the worklist to a decision by keyboard alone.
//!
//! The pictures are in the target folder, `tmp/workbench`. Skipped, with a line that says so, where no chromedriver is.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use base64::Engine as _;
use case::Truth;
use case::event::Queue;
use house::{House, PASSWORD, Story};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A browser driven over the WebDriver protocol (W3C).
struct Driver {
    child: Child,
    agent: ureq::Agent,
    address: String,
    profile: PathBuf,
}

impl Driver {
    fn start(name: &str) -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child =
            Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(child) = child else {
            println!("SKIPPED: there is no chromedriver on this machine, so no browser was driven");
            return None;
        };
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("profile-{name}-{}", std::process::id()));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut driver = Self { child, agent, address: format!("http://127.0.0.1:{port}"), profile };
        for _ in 0..100 {
            if driver.agent.get(format!("{}/status", driver.address)).call().is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let mut args: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1440,900",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--user-data-dir={}", driver.profile.display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": args }, "goog:loggingPrefs": { "browser": "ALL" } } } });
        let session = driver.command("session", &wanted);
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}")).to_owned();
        driver.address = format!("{}/session/{id}", driver.address);
        Some(driver)
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}/{path}", self.address)).header("content-type", "application/json");
        let text =
            request.send(body.to_string().as_bytes()).unwrap().body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let value = answer["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }

    fn developer(&self, command: &str, params: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    fn go(&self, address: &str) {
        self.command("url", &json!({ "url": address }));
    }

    fn script(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn element(&self, css: &str) -> String {
        let found = self.command("element", &json!({ "using": "css selector", "value": css }));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    fn type_into(&self, css: &str, text: &str) {
        self.command(&format!("element/{}/value", self.element(css)), &json!({ "text": text }));
    }

    /// Presses keys wherever the focus is.
    fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        self.command("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }));
    }

    fn sign_in(&self, house: &House, user: &str) {
        self.go(&format!("{}/sign-in", house.address));
        self.type_into("#user", user);
        self.type_into("#password", &format!("{PASSWORD}{ENTER}"));
        self.until("document.querySelector('header.top') !== null");
    }

    /// Waits until a condition holds in the page.
    fn until(&self, condition: &str) {
        for _ in 0..100 {
            if self.script(&format!("return document.readyState === 'complete' && ({condition})")) == json!(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("never: {condition}; at {}", self.script("return location.href + ' ' + document.body.innerText.slice(0, 400)"));
    }

    fn errors(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({ "type": "browser" }));
        log.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE").map(ToString::to_string).collect()
    }

    /// Looks at a page in both themes and at both widths: pictures, and everything that is wrong with it.
    fn look(&self, name: &str, errors_expected: bool) {
        let mut faults = Vec::new();
        for theme in ["light", "dark"] {
            self.developer(
                "Emulation.setEmulatedMedia",
                &json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] }),
            );
            for width in [1440, 390] {
                self.size(width, 900);
                let found = self.script(include_str!("audit.js"));
                faults.extend(found.as_array().unwrap().iter().map(|fault| format!("{name} {theme} {width}: {fault}")));
                let height = self.script("return document.documentElement.scrollHeight").as_u64().unwrap().clamp(900, 6_000);
                self.size(width, height);
                let picture = self.developer("Page.captureScreenshot", &json!({ "format": "png" }));
                let bytes = base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
                let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("workbench");
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(format!("{name}-{theme}-{width}.png")), bytes).unwrap();
            }
        }
        self.size(1440, 900);
        let errors = self.errors();
        if !errors_expected {
            faults.extend(errors);
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    fn size(&self, width: u64, height: u64) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.developer("Emulation.setDeviceMetricsOverride", &params);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.address).call();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

const ENTER: char = '\u{E007}';

fn furnished() -> (House, base::CaseId) {
    let house = House::open();
    let now = house.now();
    let names = [
        "Ada Example",
        "Bruno Fictitious",
        "Clara Sample",
        "Dmitri Testperson",
        "Esperanza Invented",
        "Farid Imaginary",
        "Grete Pretend",
        "Hiro Made-Up",
        "Imani Storybook",
        "Jorge Nowhere",
        "Kalinda Paperson",
        "Luca Mockingham-Placeholder-Smith",
        "梅 Fable",
        "Noah Parable",
    ];
    let offices = ["Lakeside Pulmonary (fictional)", "Hilltop Sleep Center (fictional)", "Riverside Home Medical (fictional)"];
    let mut stories = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        let story = Story {
            name: (*name).to_owned(),
            member_id: format!("FIC{:07}", 1_000_000 + n),
            requester: offices[n as usize % 3].to_owned(),
            received_at: now
                - SignedDuration::from_hours(match n {
                    0 => 150,
                    1 => 200,
                    n => n * 11,
                }),
            expedited: n % 5 == 4,
            matched: n != 7,
            root: match n {
                5 => Truth::Met,
                8 => Truth::Unknown,
                _ => Truth::NotMet,
            },
            signed: n != 5,
            queue: (n != 5).then_some(if n % 4 == 3 { Queue::Nurse } else { Queue::Physician }),
            note: (n == 0).then_some(("PLAN:\nInhalers were tried for 8 weeks and failed.\n", "tried for 8 weeks and failed")),
        };
        stories.push(story);
    }
    let twin = Story {
        member_id: "FIC1000000".to_owned(),
        root: Truth::Met,
        queue: None,
        received_at: now - SignedDuration::from_hours(24 * 60),
        ..Story::unmet(now)
    };
    stories.push(twin);
    // A store takes events in the order of time.
    stories.sort_by_key(|story| story.received_at);
    let told: Vec<_> = stories.iter().map(|story| (house.tell(story), story)).collect();
    let ada = told.iter().find(|(_, story)| story.name == names[0] && story.queue.is_some()).unwrap().0;
    (house, ada)
}

#[test]
fn every_room_in_both_themes_and_widths() {
    let Some(driver) = Driver::start("rooms") else { return };
    let (house, case) = furnished();
    driver.go(&format!("{}/sign-in", house.address));
    driver.look("1-sign-in", false);
    // The eye that looks for faults does see: a page that is spoilt is found out.
    driver.script(
        "const p = document.createElement('p'); p.textContent = 'pale'; p.style.color = '#777'; p.style.backgroundColor = '#888'; p.style.width = '3000px'; \
        document.querySelector('main').append(p, document.createElement('input'), document.createElement('h4'));",
    );
    let found = driver.script(include_str!("audit.js")).to_string();
    for fault in ["wider than the window", "contrast", "no label", "heading 4 after 1"] {
        assert!(found.contains(fault), "{fault}: {found}");
    }
    driver.go(&format!("{}/sign-in", house.address));
    driver.sign_in(&house, "physician");
    driver.go(&format!("{}/worklist/all", house.address));
    driver.look("2-worklist", false);
    driver.go(&format!("{}/case/{case}", house.address));
    driver.look("3-case-physician", false);
    driver.script("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
    driver.look("4-case-all-open", false);
    driver.go(&format!("{}/case/{case}", house.address));
    driver
        .script("document.getElementById('determine').open = true; document.querySelector('#determine form').noValidate = true;");
    driver.script("document.querySelector('#determine form > button').click()");
    driver.until("document.querySelector('.trouble') !== null");
    driver.look("5-adverse-refused", true);
    driver.script("document.querySelector('a.evidence').click()");
    driver.look("6-evidence", false);
    let hash = house.case(case).request.record.hash;
    driver.go(&format!("{}/case/{case}/document/{hash}", house.address));
    driver.look("7-document", false);
    driver.go(&format!("{}/worklist/nonsense", house.address));
    driver.look("8-not-found", true);
    driver.sign_out();
    driver.sign_in(&house, "nurse");
    driver.script("[...document.querySelectorAll('a.open')].find((a) => a.textContent === 'Farid Imaginary').click()");
    driver.until("location.pathname.startsWith('/case/')");
    driver.look("10-nurse-met", false);
    driver.script("document.querySelector('#approve form button.primary').click()");
    driver.until("document.querySelector('.done') !== null");
    driver.look("11-approved", false);
    driver.sign_out();
    driver.sign_in(&house, "intake");
    driver.script("document.querySelector('a.open').click()");
    driver.until("location.pathname.startsWith('/case/')");
    driver.look("12-intake", false);
    driver.sign_out();
    driver.sign_in(&house, "compliance");
    driver.go(&format!("{}/audit", house.address));
    driver.look("9-audit", false);
}

impl Driver {
    fn sign_out(&self) {
        self.script("document.querySelector(\"form[action='/sign-out'] button\").click()");
        self.until("location.pathname === '/sign-in'");
    }
}

#[test]
fn from_the_worklist_to_a_denial_by_keyboard_alone() {
    let Some(driver) = Driver::start("keys") else { return };
    let (house, _) = furnished();
    driver.sign_in(&house, "physician");
    driver.until("location.pathname === '/worklist/physician'");
    driver.press("jjk");
    let name = driver.script("return document.activeElement.textContent");
    assert_eq!(name, "Jorge Nowhere", "the first row is the one at most risk");
    driver.press(&ENTER.to_string());
    driver.until("location.pathname.startsWith('/case/')");
    driver.press("jjjj");
    driver.press("e");
    driver.until("document.querySelector('tr:target') !== null");
    driver.press("d");
    driver.until("document.getElementById('determine').open && document.activeElement.closest('#determine') !== null");
    // Six actions at most: the outcome stands on denial, criterion and rationale are filled in.
    driver.type_into("#reason-1", "0X");
    driver.type_into("#determine [name=statement]", " ");
    driver.type_into("#determine form > button", &ENTER.to_string());
    driver.until("document.querySelector('.done') !== null");
    assert!(driver.script("return document.body.innerText").as_str().unwrap().contains("recorded with your attestation"));
    let errors = driver.errors();
    assert!(errors.is_empty(), "{errors:?}");
}
