//! The official FHIRPath R4 suite, whole. Skipped with a line when it is not beside the repository.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::DateTime;
use std::path::PathBuf;

#[test]
fn the_suite_passes_but_for_what_is_excluded() {
    let shared = match std::env::var_os("AVEDIS_SHARED") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let folder = shared.join("conformance/fhirpath-r4/hl7_fhirpath_tests");
    if !folder.exists() {
        println!("skipped: the official suite is not at {}", folder.display());
        return;
    }
    let report = fhirpath::suite::run(&folder, DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()).unwrap();
    println!("{report}");
    for outcome in report.unexplained() {
        println!("{} `{}`\n   {}", outcome.name, outcome.expression, outcome.failure.as_deref().unwrap());
    }
    assert!(report.wrongly_excluded().is_empty(), "these need no exclusion: {:?}", report.wrongly_excluded());
    assert!(report.unexplained().is_empty(), "{} of {} passed", report.passed(), report.outcomes.len());
}
