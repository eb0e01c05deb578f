//! The official CQL test suite, whole. Skipped with a line when the shared suite is not beside the repository.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::suite::{Failure, run};
use cql::value::DateTime;
use std::path::PathBuf;

fn shared() -> PathBuf {
    match std::env::var_os("AVEDIS_SHARED") {
        Some(path) => path.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

#[test]
fn at_least_1800_of_1823_pass() {
    let folder = shared().join("conformance/cql-tests/canonical");
    let Ok(tests) = std::fs::read_to_string(folder.join("tests.json")) else {
        println!("skipped: the official suite is not at {}", folder.display());
        return;
    };
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let report = run(&tests, &expected, now).unwrap();
    println!("{report}");
    for outcome in report.unexplained() {
        let failure = match outcome.failure.as_ref().unwrap() {
            Failure::Value(wanted, found) => format!("wanted {wanted}\n   found {found}"),
            Failure::Compile(text) => format!("does not compile: {text}"),
            Failure::Evaluate(text) => format!("error: {text}"),
            Failure::Accepted(text) => format!("accepted: {text}"),
        };
        println!("{} `{}`\n   {failure}", outcome.key(), outcome.expression);
    }
    let stale: Vec<String> = report.wrongly_excluded().iter().map(|o| o.key()).collect();
    assert!(stale.is_empty(), "these pass and need no exclusion: {stale:?}");
    assert!(report.passed() >= 1_800, "{} passed", report.passed());
    assert!(report.unexplained().is_empty(), "some failures are not explained");
}
