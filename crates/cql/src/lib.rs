//! Clinical Quality Language (HL7 CQL 1.5), from text to an answer that keeps its reasons.
//!
//! # What it is for
//!
//! CQL is the language in which computable coverage criteria, quality measures and decision support are written. This crate parses it, types it, plans it and
//! evaluates it over one patient's FHIR R4 data, and can say on which resources, elements and clauses every answer rests, and which absent facts left an answer
//! unknown.
//!
//! ```
//! use cql::{compile, Options, Source};
//! use cql::{data::Data, EvalOptions, Parameters, value::{DateTime, Value}};
//!
//! let source = Source {
//!     name: "oxygen.cql",
//!     text: "
//!         library Oxygen version '1'
//!         using FHIR version '4.0.1'
//!         codesystem \"LOINC\": 'http://loinc.org'
//!         code \"Saturation\": '59408-5' from \"LOINC\"
//!         context Patient
//!         define \"Readings\": [Observation: \"Saturation\"] O where O.status = 'final'
//!         define \"Low\": exists (\"Readings\" O where (O.value as FHIR.Quantity).value <= 88)
//!     ",
//! };
//! let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;
//!
//! let bundle = r#"{ "resourceType": "Bundle", "type": "collection", "entry": [
//!     { "resource": { "resourceType": "Patient", "id": "p" } },
//!     { "resource": { "resourceType": "Observation", "id": "o", "status": "final",
//!         "code": { "coding": [{ "system": "http://loinc.org", "code": "59408-5" }] },
//!         "subject": { "reference": "Patient/p" },
//!         "valueQuantity": { "value": 86, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" } } }
//! ] }"#;
//! let document = json::Document::parse(bundle.as_bytes(), &json::Limits::default()).map_err(|_| "bad JSON")?;
//! let data = Data::from_document(&document);
//! let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("bad time")?;
//! let parameters = Parameters::new();
//! let options = EvalOptions { trace: true, ..EvalOptions::default() };
//! let answers = program.evaluate(&data, &parameters, now, &options).map_err(|e| e.to_string())?;
//! let low = program.definition("Low").ok_or("no such definition")?;
//! assert!(matches!(answers.value(low), Value::Boolean(true)));
//! assert!(!answers.evidence(low).is_empty());
//! # Ok::<(), String>(())
//! ```
//!
//! # How it is built
//!
//! | module | does |
//! |---|---|
//! | [`syntax`] | text to syntax tree; every fault with line, caret and advice |
//! | [`model`] | tables of FHIR 4.0.1, QI-Core 6 and US Core 6.1 |
//! | [`sema`] | names, types, overloads, implicit conversions |
//! | [`ir`] | the plan: typed, ELM-shaped, the wall between front and back |
//! | [`elm`] | the plan as ELM JSON, and ELM JSON as a plan |
//! | [`value`], [`ops`] | values and the operators over them |
//! | `plan` | the IR lowered to what the machine runs: fused paths, inlined functions, memos |
//! | [`data`] | one patient's FHIR JSON, and value sets |
//! | [`eval`] | evaluation with evidence |
//! | [`suite`] | runs the official test suite |
//! | [`tool`] | what a command line needs: check, evaluate, a prompt |
//!
//! # What it deliberately does not know
//!
//! No utilization management, no policy, no clock (the time of the request is an argument), no network, no files, no environment. An absent value set is an error
//! that names it, never an empty set; an unknown is never false. FHIRHelpers is built in: its conversions are part of the plan.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod data;
pub mod elm;
pub mod eval;
pub mod ir;
pub mod model;
pub mod ops;
mod plan;
mod program;
pub mod sema;
pub mod suite;
pub mod syntax;
pub mod tool;
pub mod value;

pub use data::{Data, Terminology};
pub use eval::{
    Absent, EvalError, EvalOptions, Evaluation, Evaluator, Evidence, Limits, Missing, MissingLimits, Parameters, Program,
    Skeleton, Trace,
};
pub use ir::{DefinitionId, LibraryId, NodeId, ParameterId, Type};
pub use program::{
    DefinitionInfo, LibraryInfo, ParameterInfo, SourceSpan, compile, compile_elm, compile_expression, compile_with_warnings,
};
pub use sema::{Options, Source};
pub use syntax::{Diagnostic, DiagnosticCode, Severity};

/// The example of the crate's README runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
