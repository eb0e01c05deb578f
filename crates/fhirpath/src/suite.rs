//! Runs the official FHIRPath R4 suite (`tests-fhir-r4.xml` of HL7/fhir-test-cases) and says how it went.
//!
//! A test marked `invalid` passes when parsing, checking or evaluating it reports an error; the check against the type of the input is made for tests of strict
//! mode and for those whose error is a semantic one. A test with outputs passes when as many items come, in the same order (any order when it says so), each equal
//! to the output. Nothing is skipped; [`EXCLUSIONS`] lists what is not expected to pass, with the reason.

use crate::{Context, Expression, Fault, Item, Limits, xml};
use cql::value::{Date, DateTime, Decimal, Time, Value};
use std::fmt;
use std::path::Path;

/// Tests that do not pass: the name, then why.
pub const EXCLUSIONS: &str = include_str!("exclusions.txt");

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Group of the suite.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The expression.
    pub expression: String,
    /// What came instead; `None` when it passed.
    pub failure: Option<String>,
}

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every test, in order.
    pub outcomes: Vec<Outcome>,
}

/// The suite's files were not found or not understood.
#[derive(Debug, thiserror::Error)]
pub enum SuiteFault {
    /// A file could not be read.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The file is not the XML it should be.
    #[error("{0} is not the suite's XML")]
    Xml(String),
}

impl Report {
    /// Number of tests that passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.outcomes.iter().filter(|o| o.failure.is_none()).count()
    }

    /// Failures that are not in the exclusions.
    #[must_use]
    pub fn unexplained(&self) -> Vec<&Outcome> {
        self.outcomes.iter().filter(|o| o.failure.is_some() && !excluded().any(|name| name == o.name)).collect()
    }

    /// Exclusions that pass, or name no test.
    #[must_use]
    pub fn wrongly_excluded(&self) -> Vec<&'static str> {
        excluded().filter(|name| !self.outcomes.iter().any(|o| o.name == *name && o.failure.is_some())).collect()
    }
}

fn excluded() -> impl Iterator<Item = &'static str> {
    EXCLUSIONS.lines().filter(|l| !l.starts_with('#')).filter_map(|line| line.split_whitespace().next())
}

/// A table of the groups with failures, then the sum.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| group | tests | pass |")?;
        writeln!(f, "|---|--:|--:|")?;
        let mut groups: Vec<&str> = self.outcomes.iter().map(|o| o.group.as_str()).collect();
        groups.dedup();
        for group in groups {
            let tests: Vec<_> = self.outcomes.iter().filter(|o| o.group == group).collect();
            let passed = tests.iter().filter(|o| o.failure.is_none()).count();
            writeln!(f, "| {group} | {} | {passed} |", tests.len())?;
        }
        writeln!(f, "| **total** | {} | **{}** |", self.outcomes.len(), self.passed())
    }
}

/// Runs the suite in a folder: `tests-fhir-r4.xml` and its `input/*.json`.
///
/// # Errors
/// When the folder does not hold the suite.
pub fn run(folder: &Path, now: DateTime) -> Result<Report, SuiteFault> {
    let path = folder.join("tests-fhir-r4.xml");
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|e| SuiteFault::File(name.clone(), e))?;
    let root = xml::parse(&text).ok_or(SuiteFault::Xml(name))?;
    let mut inputs: Vec<(String, Option<json::Document>)> = Vec::new();
    let mut report = Report::default();
    for group in root.children.iter().filter(|c| c.name == "group") {
        for test in group.children.iter().filter(|c| c.name == "test") {
            let file = test.attribute("inputfile").unwrap_or("patient-example.xml").replace(".xml", ".json");
            if !inputs.iter().any(|(name, _)| *name == file) {
                let bytes = std::fs::read(folder.join("input").join(&file)).ok();
                let document = bytes.and_then(|b| json::Document::parse(b, &json::Limits::default()).ok());
                inputs.push((file.clone(), document));
            }
            let document = inputs.iter().find(|(name, _)| *name == file).and_then(|(_, document)| document.as_ref());
            let expression = test.child("expression").map(|e| e.text.clone()).unwrap_or_default();
            report.outcomes.push(Outcome {
                group: group.attribute("name").unwrap_or_default().to_owned(),
                name: test.attribute("name").unwrap_or_default().to_owned(),
                failure: match document {
                    Some(document) => one(test, &expression, document, now),
                    None => Some(format!("its input {file} is not there")),
                },
                expression: expression.split_whitespace().collect::<Vec<_>>().join(" "),
            });
        }
    }
    Ok(report)
}

/// Why a test did not pass.
fn one(test: &xml::Element, expression: &str, document: &json::Document, now: DateTime) -> Option<String> {
    let invalid = test.child("expression").and_then(|e| e.attribute("invalid"));
    let strict = test.attribute("mode") == Some("strict") || invalid == Some("semantic");
    let found = answer(expression, document, now, strict);
    match (found, invalid) {
        (Err(_), Some(_)) => None,
        (Ok(items), Some(kind)) => Some(format!("a fault was expected ({kind}), found {}", show(&items))),
        (Err(fault), None) => Some(fault.to_string()),
        (Ok(items), None) => {
            if test.attribute("predicate") == Some("true") {
                let is_true = !matches!(items.as_slice(), [] | [Item::Value(Value::Boolean(false))]);
                return (!is_true).then(|| "the predicate is false".to_owned());
            }
            let wanted: Vec<&xml::Element> = test.children.iter().filter(|c| c.name == "output").collect();
            let any_order = test.attribute("ordered") == Some("false");
            (!same(&items, &wanted, any_order)).then(|| format!("found {}", show(&items)))
        }
    }
}

fn answer<'d>(text: &str, document: &'d json::Document, now: DateTime, strict: bool) -> Result<Vec<Item<'d>>, Fault> {
    let expression = Expression::parse(text, &Limits::default())?;
    if strict {
        let root = document.root().get("resourceType").and_then(|t| t.as_str()).unwrap_or_default();
        expression.check(&root).map_err(|mut faults| faults.remove(0))?;
    }
    expression.evaluate(document.root(), &Context::new(now))
}

fn same(items: &[Item<'_>], wanted: &[&xml::Element], any_order: bool) -> bool {
    if items.len() != wanted.len() {
        return false;
    }
    let equal =
        |item: &Item<'_>, output: &xml::Element| is_output(item, output.attribute("type").unwrap_or_default(), &output.text);
    if any_order {
        return items.iter().all(|item| wanted.iter().any(|output| equal(item, output)));
    }
    items.iter().zip(wanted).all(|(item, output)| equal(item, output))
}

fn is_output(item: &Item<'_>, kind: &str, text: &str) -> bool {
    let Some(value) = item.value() else { return false };
    match &value {
        Value::Boolean(b) => b.to_string() == text,
        Value::Integer(_) | Value::Long(_) if kind != "decimal" => value.to_string() == text,
        // Without a type the digits count too.
        Value::Decimal(d) if kind.is_empty() => {
            d.to_string().trim_end_matches(".0") == text.trim_end_matches(".0") || text == "-0.0"
        }
        Value::Decimal(_) | Value::Integer(_) | Value::Long(_) => {
            let number = Decimal::parse_rounding(&value.to_string().replace('L', ""));
            number.is_some() && number == Decimal::parse_rounding(text)
        }
        Value::String(s) => s.as_str() == text,
        Value::Date(d) => Date::parse(text.trim_start_matches('@')) == Some(*d),
        Value::DateTime(d) => {
            let wanted = DateTime::parse(text.trim_start_matches('@'));
            wanted.is_some_and(|w| w.precision() == d.precision() && w.to_unix_ms(0) == d.to_unix_ms(0))
        }
        Value::Time(t) => Time::parse(text.trim_start_matches('@').trim_start_matches('T')) == Some(*t),
        Value::Quantity(q) => q.to_string() == text,
        _ => false,
    }
}

fn show(items: &[Item<'_>]) -> String {
    let all: Vec<String> = items
        .iter()
        .take(10)
        .map(|item| match (item.value(), item.path()) {
            (Some(value), _) => value.to_string(),
            (None, Some(path)) => path,
            (None, None) => "a type".to_owned(),
        })
        .collect();
    format!("[{}]", all.join(", "))
}
