//! `avedis cql test`: the official suite, other suites in its XML form, and one's own tests.

use super::suite_xml;
use super::{clock, files, own_tests};
use crate::{Done, Failure};
use ::cql::suite;
use ::cql::value::DateTime;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs CQL tests and prints a table.
#[derive(clap::Args)]
#[command(after_help = "\
Three kinds of tests are taken, by what a folder or file holds:

  tests.json + expected.json   the official suite in canonical form
  *.xml with <tests>           suite files of cqframework/cql-tests: <expression> must equal <output>; invalid ones must fail
  *.cql                        one's own: every definition whose name begins with `test` must be true

One's own tests NAME.cql may have beside them NAME.data.json (a Bundle or array of Bundles) or a folder NAME/ of patients: the tests then hold for every
patient; and NAME.expected.json, {\"patient\": {\"Definition\": value}}, with `*` for every patient: those definitions must have those values.
Value sets and included libraries are found in the folder itself.

Examples:
  avedis cql test ../shared/conformance/cql-tests/canonical
  avedis cql test my-tests/

Exit code: 0 all pass but those whose reason is on record, 1 some fail, 2 nothing to run.")]
pub struct Args {
    /// Suite files, tests of one's own, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Says of every test that fails what was expected and what came.
    #[arg(long, short)]
    verbose: bool,
    /// The time taken as now.
    #[arg(long, default_value = "2026-01-15T12:00:00.000Z")]
    now: String,
}

/// How one batch of tests went.
#[derive(Default)]
pub struct Tally {
    /// Tests.
    pub tests: usize,
    /// Those that passed.
    pub passed: usize,
    /// Those that failed, with what is to be said.
    pub failures: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let now = clock::now(Some(&args.now), "Z")?;
    let mut ran = false;
    let mut failed = false;
    for path in &args.paths {
        if let Some((tests, expected)) = canonical(path) {
            ran = true;
            failed |= run_canonical(&tests, &expected, now, args.verbose)?;
            continue;
        }
        let files = files::walk(std::slice::from_ref(path), &|e| matches!(e, "xml" | "cql"))?;
        let of = |extension: &str| {
            files.iter().filter(|f| files::extension(&f.path) == extension).map(|f| f.path.clone()).collect::<Vec<_>>()
        };
        let xml = of("xml");
        if !xml.is_empty() {
            ran = true;
            failed |= say("suite", suite_xml::run(&xml, now)?, args.verbose);
        }
        let cql = of("cql");
        if !cql.is_empty() {
            let results = own_tests::run(path, &cql, now)?;
            ran |= !results.is_empty();
            failed |= say("library", results, args.verbose || xml.is_empty());
        }
    }
    if !ran {
        return Err(Failure::new("no tests under the paths given; see `avedis cql test --help` for the forms that are taken"));
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The two files of the canonical form.
fn canonical(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let (tests, expected) = (path.join("tests.json"), path.join("expected.json"));
    (tests.is_file() && expected.is_file()).then_some((tests, expected))
}

fn run_canonical(tests: &Path, expected: &Path, now: DateTime, verbose: bool) -> Result<bool, Failure> {
    let report = suite::run(&files::text(tests)?, &files::text(expected)?, now).map_err(|e| Failure::new(e.to_string()))?;
    println!("{report}");
    let unexplained = report.unexplained();
    let shown = if verbose { report.outcomes.iter().filter(|o| o.failure.is_some()).collect() } else { unexplained.clone() };
    for outcome in shown {
        println!("{}: {}\n    {:?}", outcome.key(), outcome.expression.trim(), outcome.failure);
    }
    for outcome in report.wrongly_excluded() {
        println!("{}: passes, and is on record as failing", outcome.key());
    }
    println!("{} of {} pass; {} fail without a reason on record", report.passed(), report.outcomes.len(), unexplained.len());
    Ok(!unexplained.is_empty())
}

/// Prints a table; whether anything failed.
fn say(what: &str, results: Vec<(String, Tally)>, verbose: bool) -> bool {
    let rows = results
        .iter()
        .map(|(name, t)| vec![name.clone(), t.tests.to_string(), t.passed.to_string(), t.failures.len().to_string()]);
    let mut rows: Vec<Vec<String>> = rows.collect();
    let sum = |of: &dyn Fn(&Tally) -> usize| results.iter().map(|(_, t)| of(t)).sum::<usize>().to_string();
    rows.push(vec!["total".to_owned(), sum(&|t| t.tests), sum(&|t| t.passed), sum(&|t| t.failures.len())]);
    print!("{}", crate::table::table(&[what, "tests", "pass", "fail"], &rows));
    let failures: Vec<&String> = results.iter().flat_map(|(_, t)| &t.failures).collect();
    if verbose {
        failures.iter().for_each(|f| println!("{f}"));
    }
    !failures.is_empty()
}
