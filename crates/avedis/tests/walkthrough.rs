//! The README, as its reader does it: demo, submit, verify, replay, and what the log shows to the public.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use house::{Folder, House, avedis, request, text};

#[test]
fn a_newcomer_plays_submits_verifies_and_replays() {
    let folder = Folder::new("walkthrough");
    let data = folder.0.join("demo");
    let once = avedis(&["demo", "--once", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    let said = text(&once);
    assert!(once.status.success(), "a story did not end as told:\n{said}");
    for wanted in ["oxygen-88-at-rest", "approved (A1)", "pended (A4)", "refused 400", "cancelled (C)", "error AA"] {
        assert!(said.contains(wanted), "{wanted} is not in the table:\n{said}");
    }

    let house = House::start(&data);
    let file = folder.0.join("oxygen.json");
    std::fs::write(&file, request("WALK-1", 40)).unwrap();
    let token = house.token_file();
    let args = ["submit", file.to_str().unwrap(), "--url", &house.url, "--token-file", token.to_str().unwrap()];
    let submitted = avedis(&args);
    let said = text(&submitted);
    assert!(submitted.status.success(), "{said}");
    for wanted in ["authorization  A", "approved (A1)", "ncd-240.2-home-oxygen", "avedis verify"] {
        assert!(said.contains(wanted), "{wanted} is missing:\n{said}");
    }
    let number = said.lines().find_map(|l| l.strip_prefix("authorization")).unwrap().trim().to_owned();

    let receipt = folder.0.join(format!("receipt-{number}.json"));
    let key = house.get("/log/fiction/key");
    let key_file = folder.0.join("payer.key");
    std::fs::write(&key_file, &key.body).unwrap();
    let verified = avedis(&["verify", receipt.to_str().unwrap(), "--key", key_file.to_str().unwrap(), "--show"]);
    assert!(verified.status.success() && text(&verified).contains("VALID"), "{}", text(&verified));
    assert!(text(&verified).contains(&number), "the receipt says which authorization it is about: {}", text(&verified));

    let altered = std::fs::read_to_string(&receipt).unwrap().replacen("2026", "2027", 1);
    let forged = folder.0.join("forged.json");
    std::fs::write(&forged, altered).unwrap();
    let refused = avedis(&["verify", forged.to_str().unwrap(), "--key", key_file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));

    // The server is up: replay reads beside it.
    let replayed = avedis(&["replay", &number, "--data", data.to_str().unwrap()]);
    assert!(replayed.status.success() && text(&replayed).contains("SAME"), "{}", text(&replayed));
    let all = avedis(&["replay", "--all", "--data", data.to_str().unwrap()]);
    assert!(all.status.success() && text(&all).contains("0 differ"), "{}", text(&all));
}

#[test]
fn every_command_has_help_with_examples() {
    for command in ["demo", "serve", "submit", "replay", "verify", "policy", "conformance", "bench"] {
        let help = avedis(&[command, "--help"]);
        assert!(help.status.success() && text(&help).contains("Examples:"), "{command}: {}", text(&help));
    }
}

#[test]
fn errors_say_what_to_do_next() {
    let folder = Folder::new("errors");
    let nowhere = folder.0.join("nothing-here");
    let path = nowhere.to_str().unwrap();
    for (args, wanted) in [
        (vec!["submit", path], "No such file"),
        (vec!["verify", path], "No such file"),
        (vec!["replay", "A1", "--data", path], "--data"),
        (vec!["serve", "--config", path], "docs/serve.md"),
    ] {
        let output = avedis(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        assert!(text(&output).contains(wanted), "{args:?}: {}", text(&output));
    }
}

#[test]
fn published_examples_are_answered_as_the_guides_say() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = Folder::new("conformance");
    let data = folder.0.join("data");
    let output = avedis(&["conformance", "--shared", shared.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    if said.contains("skipped:") {
        println!("{said}");
    } else {
        assert!(said.contains(" 0 failed"), "{said}");
    }
}
