//! Malformed, hostile and absurd input over real HTTP: a clear error or a pend, never a 500, nothing lost.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;

use house::{Folder, House, request};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn edited(number: &str, member: usize, edit: impl Fn(&mut Value)) -> Vec<u8> {
    let mut bundle: Value = serde_json::from_slice(&request(number, member)).unwrap();
    edit(&mut bundle);
    bundle.to_string().into_bytes()
}

#[test]
fn what_cannot_be_read_is_refused_with_every_fault() {
    let folder = Folder::new("bad-input");
    let house = House::start(&folder.0.join("demo"));
    let whole = request("BAD-0", 3);

    let refused: Vec<(&str, Vec<u8>, u16)> = vec![
        ("empty", Vec::new(), 400),
        ("one brace", b"{".to_vec(), 400),
        ("an array", b"[]".to_vec(), 400),
        ("truncated", whole[..whole.len() - 7].to_vec(), 400),
        ("bytes that are not text", vec![0xff; 300], 400),
        ("50 MB", vec![b' '; 50 << 20], 413),
        ("nested 100,000 deep", [b"[".repeat(100_000), b"]".repeat(100_000)].concat(), 400),
        ("another resource", br#"{"resourceType":"Patient","id":"x"}"#.to_vec(), 400),
        ("no entries", br#"{"resourceType":"Bundle","type":"collection","entry":[]}"#.to_vec(), 400),
        ("a number as long as a book", format!(r#"{{"resourceType":"Bundle","x":{}}}"#, "9".repeat(100_000)).into_bytes(), 400),
        ("a date in 1800", edited("BAD-1", 4, |b| b["entry"][0]["resource"]["created"] = json!("1800-01-01")), 400),
        ("a date in 2999", edited("BAD-2", 4, |b| b["entry"][0]["resource"]["created"] = json!("2999-01-01")), 400),
    ];
    for (name, body, status) in refused {
        let answer = house.submit(&body);
        // A server may close the connection on a body it will not read to the end.
        if name == "50 MB" && answer.status == 0 {
            continue;
        }
        assert_eq!(answer.status, status, "{name}: {}", String::from_utf8_lossy(&answer.body));
        assert!(!answer.issues().is_empty(), "{name}");
    }

    let many = edited("BAD-3", 4, |b| {
        b["type"] = json!("message");
        b["entry"][0]["resource"]["item"][0]["sequence"] = json!("one");
        b["entry"][0]["resource"]["created"] = json!(17);
    });
    let answer = house.submit(&many);
    assert_eq!(answer.status, 400);
    assert!(answer.issues().len() >= 3, "every fault at once: {:?}", answer.issues());

    for (path, media, token, status) in [
        ("/pas/2.2.1/Claim/$submit", "application/fhir+json", None, 401),
        ("/pas/2.2.1/Claim/$submit", "application/fhir+json", Some("a-token-that-nobody-holds"), 401),
        ("/pas/2.2.1/Claim/$submit", "application/xml", Some(house.token.as_str()), 415),
        ("/pas/9.9.9/Claim/$submit", "application/fhir+json", Some(house.token.as_str()), 404),
        ("/pas/2.2.1/metadata", "application/fhir+json", Some(house.token.as_str()), 405),
    ] {
        let answer = house.post(path, media, token, &whole);
        assert_eq!(answer.status, status, "{path} {media}");
        assert!(!answer.issues().is_empty(), "{path}");
    }
    assert_eq!(house.get("/health/ready").status, 200, "the server is well after all this");
}

#[test]
fn what_is_readable_but_odd_is_kept_and_pends() {
    let folder = Folder::new("odd-input");
    let house = House::start(&folder.0.join("demo"));
    for (name, body) in [
        ("unknown members", edited("ODD-1", 5, |b| b["entry"][0]["resource"]["nonsense"] = json!({"a": [1, 2]}))),
        (
            "a reference loop",
            edited("ODD-2", 6, |b| {
                let list = |id: &str, to: &str| {
                    json!({"fullUrl": format!("http://x.example/List/{id}"), "resource": {"resourceType": "List",
                "id": id, "status": "current", "mode": "working", "entry": [{"item": {"reference": format!("List/{to}")}}]}})
                };
                let entries = b["entry"].as_array_mut().unwrap();
                entries.push(list("a", "b"));
                entries.push(list("b", "a"));
            }),
        ),
    ] {
        let answer = house.submit(&body);
        assert_eq!(answer.status, 200, "{name}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.actions(), ["A1"], "{name}: the rest of the record still proves it");
    }
    let units = edited("ODD-3", 7, |b| {
        for entry in b["entry"].as_array_mut().unwrap() {
            if entry["resource"]["resourceType"] == "Observation" {
                entry["resource"]["valueQuantity"]["code"] = json!("mg");
                entry["resource"]["valueQuantity"]["unit"] = json!("mg");
            }
        }
    });
    let answer = house.submit(&units);
    assert_eq!((answer.status, answer.actions()), (200, vec!["A4".to_owned()]), "a unit that does not convert proves nothing");

    // The same number for a different request: kept, and a person looks. It never gets the first one's answer.
    let first = house.submit(&request("ODD-4", 8));
    let other = house.submit(&request("ODD-4", 9));
    assert_eq!((first.actions(), other.actions()), (vec!["A1".to_owned()], vec!["A4".to_owned()]));
    assert_ne!(first.authorization(), other.authorization());
}

#[test]
fn the_same_request_from_thirty_senders_at_once_is_one_case() {
    let folder = Folder::new("at-once");
    let house = House::start(&folder.0.join("demo"));
    let body = request("ONCE-1", 10);
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..30).map(|_| scope.spawn(|| house.submit(&body))).collect();
        senders.into_iter().map(|s| s.join().unwrap()).map(|a| (a.status, a.authorization())).collect()
    });
    let distinct: BTreeSet<_> = answers.into_iter().collect();
    assert_eq!(distinct.len(), 1, "{distinct:?}");
    assert_eq!(distinct.first().unwrap().0, 200);
}
