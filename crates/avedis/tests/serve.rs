//! `avedis serve` from a configuration file, as docs/serve.md tells it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use house::{AVEDIS, Folder, avedis, request, text};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const TOKEN: &str = "a-client-token-of-this-test";

/// The example of the documentation with this test's folder, token and password in it.
fn configuration(folder: &Folder, password: &str) -> String {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/serve.md")).unwrap();
    let example = guide.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let token = base::Hash::of(TOKEN.as_bytes()).to_string();
    let nobody = "0".repeat(64);
    let mut hashes = [token.as_str(), nobody.as_str()].into_iter();
    let mut text = String::new();
    for line in example.lines() {
        let line = match line.split('=').next().map(str::trim) {
            Some("listen") => "listen = \"127.0.0.1:0\"".to_owned(),
            Some("data") => format!("data = {:?}", folder.0.join("data")),
            Some("token-sha256" | "policy") => {
                let key = line.split('=').next().unwrap();
                format!("{key}= {:?}", hashes.next().unwrap())
            }
            Some("npis") => format!("npis = [{:?}]", house::plan().providers[0].npi),
            Some("password") => format!("password = {password:?}"),
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    let member = guide.split("```json").nth(1).unwrap().split("```").next().unwrap().trim().to_owned();
    std::fs::write(folder.0.join("members.ndjson"), member + "\n").unwrap();
    text
}

#[test]
fn the_documented_configuration_serves_and_an_unsigned_policy_approves_nothing() {
    let folder = Folder::new("serve");
    let mut hashing =
        Command::new(AVEDIS).args(["serve", "--hash-password"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    hashing.stdin.take().unwrap().write_all(b"a long passphrase").unwrap();
    let hashed = hashing.wait_with_output().unwrap();
    let password = String::from_utf8(hashed.stdout).unwrap().trim().to_owned();
    assert!(password.starts_with("$argon2id$"), "{password}");

    let config = folder.0.join("avedis.toml");
    std::fs::write(&config, configuration(&folder, &password)).unwrap();
    let mut child = Command::new(AVEDIS)
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.next().and_then(Result::ok).unwrap_or_default();
    let url = ready.split_whitespace().find(|w| w.starts_with("http://")).unwrap_or_default().to_owned();
    assert!(!url.is_empty(), "{ready}");

    let file = folder.0.join("request.json");
    let body = String::from_utf8(request("SERVE-1", 0)).unwrap();
    std::fs::write(&file, body).unwrap();
    let token = folder.0.join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let submitted = avedis(&["submit", file.to_str().unwrap(), "--url", &url, "--token-file", token.to_str().unwrap()]);
    assert!(submitted.status.success(), "{}", text(&submitted));
    assert!(text(&submitted).contains("pended (A4)"), "nobody enrolled this member here: {}", text(&submitted));

    // The documented client speaks for one office; another's request is answered with X12 901 `41` and not kept.
    let other = String::from_utf8(request("SERVE-2", 1)).unwrap().replace(&house::plan().providers[0].npi, "1234567893");
    std::fs::write(&file, other).unwrap();
    let refused = avedis(&["submit", file.to_str().unwrap(), "--url", &url, "--token-file", token.to_str().unwrap()]);
    assert!(text(&refused).contains("error          41"), "{}", text(&refused));

    child.kill().unwrap();
    let mut log = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut log).unwrap();
    child.wait().unwrap();
    for protected in ["FIC10", "Fictitious", "Sample", TOKEN] {
        assert!(!log.contains(protected), "the log names {protected}");
    }
    let checked = Command::new(AVEDIS).args(["serve", "--check", "--config"]).arg(&config).output().unwrap();
    assert!(checked.status.success() && text(&checked).contains("sound"), "{}", text(&checked));
}

#[test]
fn every_fault_of_a_configuration_is_named_at_once() {
    let folder = Folder::new("faults");
    let config = folder.0.join("avedis.toml");
    let faulty = r#"
base-url = "um.example.org"
data = "data"
log-origin = "x.example/log"
[[tenant]]
id = "a"
name = "A"
zone = "Mars/Olympus"
line-of-business = "medicare-advantage"
[[tenant.staff]]
user = "nora"
name = "Nora"
role = "nurse"
password = "plain text"
[[tenant]]
id = "a"
name = "A again"
zone = "America/New_York"
line-of-business = "medicare-advantage"
"#;
    std::fs::write(&config, faulty).unwrap();
    let output = Command::new(AVEDIS).args(["serve", "--config"]).arg(&config).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2));
    for wanted in ["Mars/Olympus", "stands twice", "nora", "base-url"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("plain text"), "a password is never printed");
}
