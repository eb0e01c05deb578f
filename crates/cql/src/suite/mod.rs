//! Runs the official CQL test suite (cqframework/cql-tests) and says how it went.
//!
//! Input is the suite as JSON: one array of tests (`file`, `group`, `name`, `expr`, `invalid`) and one of expected values in a canonical form, in the same order.
//! One expression is one program; the default offset is UTC. Results are compared structurally: numbers within 1e-8, dates by precision and instant, an open
//! interval bound equals the closed one a step away, units literally. A test marked `invalid` passes when compilation or evaluation reports an error.
//! Nothing is skipped; [`EXCLUSIONS`] lists the tests that are not expected to pass, each with the sentence that decides it.

mod compare;

use crate::data::Data;
use crate::eval::{EvalOptions, Parameters};
use crate::program::compile_expression;
use crate::sema::Options;
use crate::value::{DateTime, Value};
use std::fmt;

/// Tests that are known to disagree with the specification: `file/name`, then why.
pub const EXCLUSIONS: &str = include_str!("exclusions.txt");

/// One test of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// File of the suite.
    pub file: String,
    /// Test name.
    pub name: String,
    /// The expression.
    pub expression: String,
    /// What happened when it did not pass.
    pub failure: Option<Failure>,
}

/// Why a test did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another value: (expected, found).
    Value(String, String),
    /// It did not compile.
    Compile(String),
    /// Its evaluation gave an error.
    Evaluate(String),
    /// An error was expected and a value came.
    Accepted(String),
}

/// How a run of the suite went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every test, in order.
    pub outcomes: Vec<Outcome>,
}

/// The suite's own files were not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the suite's files are not as expected: {0}")]
pub struct SuiteFault(String);

impl Report {
    /// Number of tests that passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.outcomes.iter().filter(|o| o.failure.is_none()).count()
    }

    /// Tests that failed and are not in the exclusions.
    #[must_use]
    pub fn unexplained(&self) -> Vec<&Outcome> {
        let excluded = excluded();
        let failed = self.outcomes.iter().filter(|o| o.failure.is_some());
        failed.filter(|o| !excluded.contains(&o.key())).collect()
    }

    /// Tests that passed although they are in the exclusions.
    #[must_use]
    pub fn wrongly_excluded(&self) -> Vec<&Outcome> {
        let excluded = excluded();
        let passed = self.outcomes.iter().filter(|o| o.failure.is_none());
        passed.filter(|o| excluded.contains(&o.key())).collect()
    }
}

impl Outcome {
    /// `file/name`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.file, self.name)
    }
}

fn excluded() -> Vec<String> {
    let lines = EXCLUSIONS.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// A table: one line a file, then the sums.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| file | tests | pass | wrong value | compile | evaluate | accepted |")?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|")?;
        let mut files: Vec<&str> = Vec::new();
        for outcome in &self.outcomes {
            if !files.contains(&outcome.file.as_str()) {
                files.push(&outcome.file);
            }
        }
        for file in files {
            row(f, file, self.outcomes.iter().filter(|o| o.file == file))?;
        }
        row(f, "**total**", self.outcomes.iter())
    }
}

fn row<'o>(f: &mut fmt::Formatter<'_>, name: &str, outcomes: impl Iterator<Item = &'o Outcome>) -> fmt::Result {
    let mut counts = [0_usize; 5];
    let mut all = 0;
    for outcome in outcomes {
        all += 1;
        let column = match outcome.failure {
            None => 0,
            Some(Failure::Value(..)) => 1,
            Some(Failure::Compile(_)) => 2,
            Some(Failure::Evaluate(_)) => 3,
            Some(Failure::Accepted(_)) => 4,
        };
        counts[column] += 1;
    }
    let [pass, value, compile, evaluate, accepted] = counts;
    writeln!(f, "| {name} | {all} | {pass} | {value} | {compile} | {evaluate} | {accepted} |")
}

/// Runs the suite.
///
/// # Errors
/// When the two files are not the arrays they should be.
pub fn run(tests: &str, expected: &str, now: DateTime) -> Result<Report, SuiteFault> {
    let fault = |what: String| SuiteFault(what);
    let tests: serde_json::Value = serde_json::from_str(tests).map_err(|e| fault(e.to_string()))?;
    let expected: serde_json::Value = serde_json::from_str(expected).map_err(|e| fault(e.to_string()))?;
    let (Some(tests), Some(expected)) = (tests.as_array(), expected.as_array()) else {
        return Err(fault("they are no arrays".to_owned()));
    };
    if tests.len() != expected.len() {
        return Err(fault("they have different lengths".to_owned()));
    }
    let mut report = Report::default();
    for (test, expected) in tests.iter().zip(expected) {
        let text = |name: &str| test[name].as_str().unwrap_or_default().to_owned();
        let expression = text("expr");
        let invalid = test["invalid"].is_string();
        report.outcomes.push(Outcome {
            file: text("file"),
            name: text("name"),
            failure: one(&expression, invalid, expected, now),
            expression,
        });
    }
    Ok(report)
}

fn one(expression: &str, invalid: bool, expected: &serde_json::Value, now: DateTime) -> Option<Failure> {
    let found = evaluate(expression, now);
    match found {
        Ok(value) if invalid => Some(Failure::Accepted(format!("{value:?}"))),
        Ok(value) => {
            let wanted = &expected["v"];
            let same = compare::matches(&value, wanted);
            (!same).then(|| Failure::Value(wanted.to_string(), format!("{value:?}")))
        }
        Err(_) if invalid => None,
        Err(failure) => Some(failure),
    }
}

fn evaluate(expression: &str, now: DateTime) -> Result<Value, Failure> {
    let program = compile_expression(expression, &Options::default())
        .map_err(|faults| Failure::Compile(faults.first().map(ToString::to_string).unwrap_or_default()))?;
    let data = Data::load([]);
    let parameters = Parameters::new();
    let answers =
        program.evaluate(&data, &parameters, now, &EvalOptions::default()).map_err(|e| Failure::Evaluate(e.to_string()))?;
    if let Some(error) = answers.first_error() {
        return Err(Failure::Evaluate(error.to_string()));
    }
    let definition = program.definition("Result");
    Ok(definition.map(|d| answers.value(d).clone()).unwrap_or_default())
}
