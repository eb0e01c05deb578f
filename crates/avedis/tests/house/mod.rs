//! A running demo for the tests of the binary: started on a free port in a folder of its own, killed when dropped.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub const AVEDIS: &str = env!("CARGO_BIN_EXE_avedis");

/// A folder of this test run, removed when dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct House {
    pub url: String,
    pub token: String,
    pub data: PathBuf,
    child: Child,
}

impl House {
    /// Starts `avedis demo` over this folder and waits for its address.
    pub fn start(data: &Path) -> Self {
        let mut child = Command::new(AVEDIS)
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the demo ended before it gave its address").unwrap();
            if let Some(url) = line.strip_prefix("workbench") {
                break url.trim().trim_end_matches('/').to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let token = std::fs::read_to_string(data.join("demo.token")).unwrap().trim().to_owned();
        Self { url, token, data: data.to_owned(), child }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn token_file(&self) -> PathBuf {
        self.data.join("demo.token")
    }

    pub fn submit(&self, body: &[u8]) -> Answer {
        self.post("/pas/2.2.1/Claim/$submit", "application/fhir+json", Some(&self.token), body)
    }

    pub fn post(&self, path: &str, media: &str, token: Option<&str>, body: &[u8]) -> Answer {
        let mut request = agent().post(format!("{}{path}", self.url)).header("content-type", media);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        Answer::of(request.send(body))
    }

    pub fn get(&self, path: &str) -> Answer {
        Answer::of(agent().get(format!("{}{path}", self.url)).call())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60))).build().into()
}

/// Status and body; status 0 when the connection broke.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    fn of(sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        match sent {
            Ok(mut response) => {
                let status = response.status().as_u16();
                match response.body_mut().with_config().limit(64 << 20).read_to_vec() {
                    Ok(body) => Self { status, body },
                    Err(_) => Self { status: 0, body: Vec::new() },
                }
            }
            Err(_) => Self { status: 0, body: Vec::new() },
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Details codes of the OperationOutcome.
    pub fn issues(&self) -> Vec<String> {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        let issues = outcome["issue"].as_array().unwrap();
        assert!(!issues.is_empty());
        issues.iter().map(|i| i["details"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The number of the case, as every line of a response Bundle carries it.
    pub fn authorization(&self) -> String {
        number(&self.json())
    }

    /// Review action codes in line order.
    pub fn actions(&self) -> Vec<String> {
        let text = self.json()["entry"][0]["resource"]["item"].clone();
        text.as_array().into_iter().flatten().map(action).collect()
    }
}

pub fn number(bundle: &serde_json::Value) -> String {
    let extensions = bundle["entry"][0]["resource"]["item"][0]["extension"].as_array().cloned().unwrap_or_default();
    let named = extensions.iter().find(|e| e["url"].as_str().is_some_and(|u| u.ends_with("administrationReferenceNumber")));
    named.and_then(|e| e["valueString"].as_str()).unwrap_or_default().to_owned()
}

fn action(item: &serde_json::Value) -> String {
    let extensions = item["adjudication"][0]["extension"][0]["extension"].as_array().cloned().unwrap_or_default();
    let code = extensions.iter().find(|e| e["url"].as_str().is_some_and(|u| u.ends_with("reviewActionCode")));
    code.and_then(|c| c["valueCodeableConcept"]["coding"][0]["code"].as_str()).unwrap_or_default().to_owned()
}

pub fn avedis(args: &[&str]) -> Output {
    Command::new(AVEDIS).args(args).output().unwrap()
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The fictional plan as the demo makes it today.
pub fn plan() -> fiction::Plan {
    fiction::Plan::new(7, jiff::Zoned::now().in_tz("America/Los_Angeles").unwrap().date())
}

/// A complete home oxygen request that the criteria approve, with its own number and member.
pub fn request(number: &str, member: usize) -> Vec<u8> {
    let mut plan = plan();
    let members: Vec<_> = plan.members.iter().filter(|m| m.plan.contains("HMO")).cloned().collect();
    plan.members = vec![members[member % members.len()].clone()];
    fiction::benchmark_request(&plan, number).bytes()
}
