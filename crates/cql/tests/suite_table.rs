//! `docs/cql-suite.md` is what the suite says today: run with `AVEDIS_WRITE_DOCS=1` to write it anew.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::suite::{EXCLUSIONS, Report, run};
use cql::value::DateTime;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What other engines pass, file by file: octofhir-cql 0.2.1, the JavaScript build of the reference engine (@cqframework/cql 5.3.0), cql-execution 3.3.2 with ELM of
/// that translator, rh-cql 0.3.0. Measured on 2026-11-21 with the same scorer.
const PEERS: [(&str, [u32; 4]); 16] = [
    ("CqlAggregateFunctionsTest", [50, 47, 47, 50]),
    ("CqlAggregateTest", [8, 8, 8, 0]),
    ("CqlArithmeticFunctionsTest", [224, 197, 187, 187]),
    ("CqlComparisonOperatorsTest", [220, 235, 245, 223]),
    ("CqlConditionalOperatorsTest", [9, 9, 9, 9]),
    ("CqlDateTimeOperatorsTest", [315, 303, 305, 263]),
    ("CqlErrorsAndMessagingOperatorsTest", [1, 4, 3, 4]),
    ("CqlIntervalOperatorsTest", [411, 396, 372, 355]),
    ("CqlListOperatorsTest", [232, 226, 203, 197]),
    ("CqlLogicalOperatorsTest", [39, 39, 39, 39]),
    ("CqlNullologicalOperatorsTest", [22, 22, 22, 22]),
    ("CqlQueryTests", [12, 12, 12, 4]),
    ("CqlStringOperatorsTest", [81, 68, 80, 77]),
    ("CqlTypeOperatorsTest", [35, 30, 35, 27]),
    ("CqlTypesTest", [27, 26, 24, 24]),
    ("ValueLiteralsAndSelectors", [66, 57, 47, 44]),
];

fn page(report: &Report) -> String {
    let mut out = String::from(
        "# The official CQL test suite\n\n\
         `cqframework/cql-tests` of 2026-06-11 (commit 0666708): 16 files, 1,823 tests, ten of them marked for CQL 2.0. Made by `crates/cql/tests/suite_table.rs`, \
         which fails when this page is out of date; `avedis conformance` prints the same figures.\n\n\
         Method: one library per test, default offset UTC, results compared structurally (numbers within 1e-8, dates by precision and instant, an open interval bound \
         equal to the closed one a step away, units literally). A test marked `invalid` passes when compilation or evaluation reports an error. Nothing is skipped.\n\n\
         | file | tests | **this engine** | octofhir-cql 0.2.1 | @cqframework/cql 5.3.0 | cql-execution 3.3.2 | rh-cql 0.3.0 |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut files: Vec<&str> = Vec::new();
    for outcome in &report.outcomes {
        if !files.contains(&outcome.file.as_str()) {
            files.push(&outcome.file);
        }
    }
    let mut sums = [0; 4];
    for file in files {
        let tests: Vec<_> = report.outcomes.iter().filter(|o| o.file == file).collect();
        let passed = tests.iter().filter(|o| o.failure.is_none()).count();
        let (_, peers) = PEERS.iter().find(|(name, _)| *name == file).unwrap_or_else(|| panic!("no figures of peers for {file}"));
        let [a, b, c, d] = peers;
        writeln!(out, "| {file} | {} | **{passed}** | {a} | {b} | {c} | {d} |", tests.len()).unwrap();
        for (sum, n) in sums.iter_mut().zip(peers) {
            *sum += n;
        }
    }
    let (all, passed) = (report.outcomes.len(), report.passed());
    let percent = |n: usize| format!("{n} ({:.1} %)", n as f64 * 100.0 / all as f64);
    let [a, b, c, d] = sums.map(|n| percent(n as usize));
    writeln!(out, "| **total** | {all} | **{}** | {a} | {b} | {c} | {d} |", percent(passed)).unwrap();
    out.push_str(
        "\nThe other engines were measured on 2026-11-21 with the same tests and scorer; cql-execution ran ELM made by the translator of @cqframework/cql 5.3.0, whose \
         JavaScript build has faults of its own in decimal arithmetic (its team's Java engine does better: 1,684 of 1,924 reported for 4.1.0). Their own teams publish \
         other figures with skip lists of their own.\n\n## Tests that do not pass, and the sentence that decides\n\n",
    );
    for line in EXCLUSIONS.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let (key, reason) = line.split_once(char::is_whitespace).unwrap();
        let outcome = report.outcomes.iter().find(|o| o.key() == key).unwrap_or_else(|| panic!("no test {key}"));
        writeln!(
            out,
            "- **{key}** `{}`\n  {}",
            outcome.expression.split_whitespace().collect::<Vec<_>>().join(" "),
            reason.trim()
        )
        .unwrap();
    }
    out
}

#[test]
fn the_page_says_what_the_suite_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("AVEDIS_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let folder = shared.join("conformance/cql-tests/canonical");
    let Ok(tests) = std::fs::read_to_string(folder.join("tests.json")) else {
        println!("skipped: the official suite is not at {}", folder.display());
        return;
    };
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let report = run(&tests, &expected, DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()).unwrap();
    let (page, path) = (page(&report), root.join("docs/cql-suite.md"));
    if std::env::var_os("AVEDIS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/cql-suite.md is out of date: AVEDIS_WRITE_DOCS=1 cargo test -p cql --test suite_table writes it"
    );
}
