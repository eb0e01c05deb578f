//! The public PAS examples and test-kit bodies: accepted or refused exactly as `data/pas_bundles.txt` says.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::PathBuf;

use fhir::pas::{Operation, Rules, Version, read};
use support::{SOUND, lines, parse};

const TABLE: &str = include_str!("data/pas_bundles.txt");

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("AVEDIS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("conformance/pas");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent", folder.display());
    None
}

/// The bodies in a file: the file itself, or each item when it is an array of Bundles.
fn bodies(text: &str) -> Vec<String> {
    let document = parse(text);
    let items: Vec<String> = document.root().items().map(|item| String::from_utf8(item.raw().to_vec()).unwrap()).collect();
    if items.is_empty() { vec![text.to_owned()] } else { items }
}

#[test]
fn every_listed_bundle_meets_its_verdict() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let version = if words[1] == "2.0.1" { Version::V2_0_1 } else { Version::V2_2_1 };
        let operation = if words[2] == "submit" { Operation::Submit } else { Operation::Inquire };
        let text = std::fs::read_to_string(folder.join(words[3])).unwrap();
        for body in bodies(&text) {
            let document = parse(&body);
            let report = read(&document, &Rules::new(version, operation));
            let errors: Vec<&str> =
                report.issues.iter().filter(|issue| issue.is_refusal()).map(|issue| &*issue.details).collect();
            assert_eq!(errors, words[4..], "{line}\n{:#?}", lines(&report.issues));
            assert_eq!(report.is_accepted(), words[0] == "accept", "{line}");
            if let Some(request) = report.request {
                assert!(request.patient().is_some() && request.insurer().is_some() && request.provider().is_some(), "{line}");
                assert!(request.coverages().next().is_some(), "{line}");
                assert!(request.claim().items().all(|item| item.sequence().is_some()), "{line}");
                let raw = request.claim_resource().raw();
                assert!(body.as_bytes().windows(raw.len()).any(|window| window == raw), "{line}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 37, "{checked}");
}

#[test]
fn no_request_example_is_forgotten() {
    let Some(folder) = folder() else { return };
    for version in ["examples-2.0.1", "examples-2.2.1"] {
        for file in std::fs::read_dir(folder.join(version)).unwrap() {
            let path = file.unwrap().path();
            let document = parse(&std::fs::read_to_string(&path).unwrap());
            let Some(bundle) = fhir::Bundle::new(document.root()) else { continue };
            let is_request = bundle.resources().next().is_some_and(|first| first.is("Claim"));
            let name = format!("{version}/{}", path.file_name().unwrap().to_str().unwrap());
            let is_listed = TABLE.lines().any(|line| line.starts_with("accept") && line.ends_with(&name));
            assert!(!is_request || is_listed, "{name}");
        }
    }
}

#[test]
fn no_published_example_is_called_malformed() {
    let Some(folder) = folder() else { return };
    for version in ["examples-2.0.1", "examples-2.2.1"] {
        for file in std::fs::read_dir(folder.join(version)).unwrap() {
            let path = file.unwrap().path();
            let document = parse(&std::fs::read_to_string(&path).unwrap());
            let found = fhir::shape::check(document.root(), &fhir::shape::Options::default());
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(found.issues.is_empty(), "{version}/{name}: {:#?}", lines(&found.issues));
        }
    }
}

/// The Bundle of the other tests meets the same rules as the published ones, in both versions.
#[test]
fn our_own_bundle_is_as_sound_as_the_published_ones() {
    let document = parse(SOUND);
    for (version, expected) in [(Version::V2_0_1, &["warning prior-claim Bundle.entry[7].resource"][..]), (Version::V2_2_1, &[])]
    {
        let report = read(&document, &Rules::new(version, Operation::Submit));
        assert_eq!(lines(&report.issues), expected);
        assert!(report.is_accepted());
    }
}
