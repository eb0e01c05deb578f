//! FHIR quality measures: who is in which population, what is observed, what the score is, and whether that is what was expected.
//!
//! # What it is for
//!
//! A Measure (FHIR R4, Quality Measure and QI-Core profiles) names definitions of a CQL library. [`cql`] answers them for one patient; this crate knows which to
//! ask ([`Measure::questions`]), makes populations and observations of the answers ([`Bound::individual`]), adds patients up ([`Summary`]), writes
//! MeasureReports ([`report`]), and compares a result with the MeasureReport a test case expects ([`Expected::compare`]).
//!
//! ```
//! use measure::{Expected, Known, Measure, Summary, read};
//! let cql = "library Shots using FHIR version '4.0.1' context Patient
//!     define Everybody: true
//!     define Women: Patient.gender = 'female'";
//! let measure = r#"{ "resourceType": "Measure", "name": "Shots", "scoring": { "coding": [{ "code": "proportion" }] }, "group": [{ "population": [
//!     { "code": { "coding": [{ "code": "initial-population" }] }, "criteria": { "language": "text/cql-identifier", "expression": "Everybody" } },
//!     { "code": { "coding": [{ "code": "denominator" }] }, "criteria": { "language": "text/cql-identifier", "expression": "Everybody" } },
//!     { "code": { "coding": [{ "code": "numerator" }] }, "criteria": { "language": "text/cql-identifier", "expression": "Women" } }] }] }"#;
//! let document = json::Document::parse(measure.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
//! let measure = read(document.root()).map_err(|f| f[0].to_string())?;
//!
//! // What the measure asks, added to the library, compiled with it.
//! let questions = measure.questions(&Known::of_cql(cql), measure.label()).map_err(|f| f[0].to_string())?;
//! let text = format!("{cql}\n{}", questions.cql());
//! let program = cql::compile(&[cql::Source { name: "shots.cql", text: &text }], &cql::Options::default()).map_err(|f| f[0].to_string())?;
//! let bound = questions.bind(&measure, &program, program.libraries()[0].id).map_err(|f| f[0].to_string())?;
//!
//! // One patient.
//! let patient = r#"{ "resourceType": "Patient", "id": "p", "gender": "female" }"#;
//! let patient = json::Document::parse(patient.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
//! let (data, parameters) = (cql::Data::from_document(&patient), cql::Parameters::new());
//! let now = cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("bad time")?;
//! let options = cql::EvalOptions { definitions: Some(bound.definitions()), ..cql::EvalOptions::default() };
//! let answers = program.evaluate(&data, &parameters, now, &options).map_err(|e| e.to_string())?;
//! let result = bound.individual(&measure, &answers);
//! assert_eq!(result.groups[0].populations[2].count, Some(1));
//!
//! // As expected?
//! let report = r#"{ "resourceType": "MeasureReport", "group": [{ "population": [{ "code": { "coding": [{ "code": "numerator" }] }, "count": 0 }] }] }"#;
//! let report = json::Document::parse(report.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
//! let expected = Expected::read(report.root()).ok_or("no report")?;
//! assert_eq!(expected.compare(&measure, &result).agrees(), Some(false));
//!
//! // Over all patients.
//! let mut summary = Summary::new(&measure);
//! summary.add(&measure, &result);
//! assert_eq!(summary.score(&measure, 0), Some(cql::value::Decimal::ONE));
//! # Ok::<(), String>(())
//! ```
//!
//! # Populations
//!
//! * A boolean basis counts the patient once; any other basis counts members of lists: a resource by its type and id, another value by its content, each once.
//!   A basis that is not said is taken from the type of the initial population.
//! * The rules between populations are those of the Quality Measure IG: [`PopulationResult::count`] is after them, [`PopulationResult::raw`] before.
//! * An unknown (null) is in no population, and stays visible as `raw: null`. A criteria that fails leaves its whole group uncounted
//!   (an error is never a zero), unless the others alone decide: who is not in the initial population is in no other.
//! * Observations are made for members after exclusions. A group's score is the rate, the ratio (of counts or of aggregated observations), or the aggregate.
//!
//! # What it deliberately does not know
//!
//! Files, patients' sources, clocks, terminology; how CQL is evaluated. It trusts the measure's library for everything clinical.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ask;
mod expected;
mod fault;
mod individual;
mod membership;
mod model;
mod read;
pub mod report;
mod score;

pub use ask::{Bound, Known, Questions};
pub use expected::{Comparison, Difference, Expected};
pub use fault::{Fault, FaultCode};
pub use individual::{GroupResult, Individual, PopulationResult, StratifierResult, StratumResult};
pub use model::{
    Aggregate, Basis, Component, Criteria, Group, Kind, Measure, Period, Population, Scoring, Stratifier, Supplemental,
};
pub use read::read;
pub use score::{GroupSummary, Observed, Strata, Summary};
