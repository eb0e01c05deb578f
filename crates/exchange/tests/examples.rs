//! Every published request Bundle is read, and answered well formed in every state of its case.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{approved, case, check_bundle, context, denied, document, due, findings, partial, pended, read_context, shared};
use exchange::pas::{self, Incoming, PasVersion};
use serde_json::{Value, json};

/// Folder, how file names begin (or, after a star, what they contain), version to read them as.
const REQUESTS: &[(&str, &[&str], PasVersion)] = &[
    ("conformance/pas/examples-2.0.1", &["Bundle-"], PasVersion::V2_0_1),
    ("conformance/pas/examples-2.2.1", &["Bundle-"], PasVersion::V2_2_1),
    ("conformance/pas/kit-bodies-2.0.1", &["*submit", "*inquire"], PasVersion::V2_0_1),
    (
        "conformance/pas/fixtures",
        &["conformant_pas_bundle_v110.json", "conformant_pas_bundle_v110_uuid", "conformant_pas_inquire"],
        PasVersion::V2_0_1,
    ),
];

/// Bundles of these folders that are no requests.
const ANSWERS: &[&str] = &["ResponseBundle", "Notification"];

struct Example {
    name: String,
    version: PasVersion,
    inquiry: bool,
    bytes: Vec<u8>,
}

/// Every request Bundle of the folders; a file with a list of Bundles gives one for each.
fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for (folder, wanted, version) in REQUESTS {
        let Some(path) = shared(folder) else { continue };
        let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !wanted.iter().any(|part| name.starts_with(part) || part.starts_with('*') && name.contains(&part[1..]))
                || ANSWERS.iter().any(|part| name.contains(part))
            {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            let bodies = match serde_json::from_slice(&bytes).unwrap() {
                Value::Array(list) => list.iter().map(|body| serde_json::to_vec(body).unwrap()).collect(),
                _ => vec![bytes],
            };
            for bytes in bodies {
                let inquiry = name.to_lowercase().contains("inqui");
                found.push(Example { name: format!("{version} {name}"), version: *version, inquiry, bytes });
            }
        }
    }
    found
}

#[test]
fn every_published_request_is_read_and_answered_in_every_state() {
    let mut submits = 0;
    for example in examples().into_iter().filter(|example| !example.inquiry) {
        let read = pas::read(example.version, &document(&example.bytes), &read_context(&example.bytes));
        let incoming = read.unwrap_or_else(|issues| panic!("{}: {issues:#?}", example.name));
        let request = &incoming.new_request().request;
        assert!(!request.member.member_id.expose().is_empty(), "{}", example.name);
        assert!(request.requester.npi.is_some() && !request.insurer.name.is_empty(), "{}", example.name);
        answer_in_every_state(&example, request);
        submits += 1;
    }
    assert!(submits == 0 || submits >= 15, "{submits} requests found");
    println!("{submits} published requests read");
}

fn answer_in_every_state(example: &Example, request: &case::Request) {
    let sequences: Vec<u64> = request.lines.iter().map(|line| u64::from(line.sequence)).collect();
    let lines: Vec<u32> = request.lines.iter().map(|line| line.sequence).collect();
    let first = lines[0];
    let states: Vec<(&str, Vec<Value>)> = vec![
        ("received", vec![]),
        ("pended for facts", vec![due(request), findings(first, false), pended(&lines, "facts")]),
        ("approved", lines.iter().map(|line| approved(*line)).collect()),
        ("denied", vec![common::adverse(first, denied())]),
        ("partial", vec![common::adverse(first, partial(first))]),
        ("modified", vec![common::adverse(first, common::modified(first))]),
        ("withdrawn", vec![json!({"kind": "withdrawn", "reason": ""})]),
    ];
    for (state, events) in states {
        let case = case(request, &events);
        for version in PasVersion::ALL {
            let name = format!("{} {state} as {version}", example.name);
            let bytes = pas::respond(version, &document(&example.bytes), &case, &context(version));
            let bundle: Value = serde_json::from_slice(&bytes).unwrap();
            check_bundle(&name, &example.bytes, &bundle, &bytes, &sequences);
        }
    }
}

#[test]
fn every_published_inquiry_is_read() {
    for example in examples().into_iter().filter(|example| example.inquiry) {
        let read = pas::read_inquiry(example.version, &document(&example.bytes));
        let inquiry = read.unwrap_or_else(|issues| panic!("{}: {issues:#?}", example.name));
        assert!(!inquiry.member_ids.is_empty() && !inquiry.npis.is_empty() && !inquiry.lines.is_empty(), "{}", example.name);
    }
}

#[test]
fn published_updates_are_updates() {
    for example in examples() {
        let expected = match example.name.as_str() {
            "2.0.1 Bundle-HomecareAuthorizationUpdateBundleExample.json" => (vec![3], vec![2], "111099"),
            "2.0.1 Bundle-HomecareAuthorizationDifferentialBundleExample.json" => (vec![3], vec![2], "111099"),
            "2.2.1 Bundle-HomecareAuthorizationUpdateBundleExample.json" => (vec![3], vec![2], "111099"),
            _ => continue,
        };
        let read = pas::read(example.version, &document(&example.bytes), &read_context(&example.bytes)).unwrap();
        let Incoming::Update(update) = read else { panic!("{}: not an update", example.name) };
        assert_eq!((update.added, update.cancelled), (expected.0, expected.1), "{}", example.name);
        assert_eq!(update.prior[0].value, expected.2, "{}", example.name);
        assert!(update.new.resources.iter().filter(|resource| resource.kind == "Claim").count() == 1, "{}", example.name);
    }
}

#[test]
fn published_faulty_bundles_are_refused_with_the_place() {
    // File, FHIRPath of one of its faults.
    let faulty = [
        ("nonconformant_pas_bundle.json", "Bundle.entry"),
        ("missing_referenced_resource_request_bundle.json", ""),
        ("invalid_first_entry_response_bundle.json", "Bundle.entry"),
        ("conformant_pas_bundle_v110_multiple_items.json", "Bundle.entry[0].resource.item[1].sequence"),
    ];
    for (name, place) in faulty {
        let Some(path) = shared(&format!("conformance/pas/fixtures/{name}")) else { continue };
        let bytes = std::fs::read(path).unwrap();
        let read = pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes));
        if place.is_empty() {
            // A care team member that is not in the Bundle is a remark: nothing that decides or answers depends on it.
            let new = read.unwrap().into_new_request();
            assert!(new.remarks.iter().any(|issue| issue.details == "unresolved-reference"), "{name}");
            continue;
        }
        let issues = read.unwrap_err();
        assert!(
            issues.iter().any(|issue| issue.is_refusal() && issue.expression.as_deref() == Some(place)),
            "{name}: {issues:?}"
        );
    }
}
