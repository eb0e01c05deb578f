//! FHIRPath (HL7 FHIRPath 2.0 with the FHIR R4 additions) over JSON as written.
//!
//! # What it is for
//!
//! Prefetch templates, search parameters and invariants are FHIRPath. An expression is parsed once and asked of any number of documents; what it finds keeps its
//! place in the document, so that an answer can be shown where it stands.
//!
//! ```
//! use fhirpath::{Context, Expression, Limits};
//!
//! let expression = Expression::parse("name.where(use = 'official').given.first()", &Limits::default())?;
//! let text = r#"{ "resourceType": "Patient", "name": [{ "use": "usual" }, { "use": "official", "given": ["Ada", "B."] }] }"#;
//! let document = json::Document::parse(text.as_bytes(), &json::Limits::default()).map_err(|f| f[0].to_string())?;
//! let now = cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
//!
//! let found = expression.evaluate(document.root(), &Context::new(now)).map_err(|f| f.to_string())?;
//! assert_eq!(found.len(), 1);
//! assert_eq!(found[0].path().as_deref(), Some("Patient.name[1].given[0]"));
//! assert_eq!(found[0].value().map(|v| v.to_string()).as_deref(), Some("'Ada'"));
//!
//! // An expression can be checked against a type before there is a document.
//! let wrong = Expression::parse("Patient.name.given1", &Limits::default())?;
//! assert!(wrong.check("Patient").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is built
//!
//! Values, calendar, units and arithmetic are those of the CQL crate (FHIRPath is nearly the expression part of CQL, typed at run time); this crate adds the
//! syntax, the navigation of JSON by FHIR types, and where FHIRPath differs: collections, its equality of times without an offset, its boundaries of decimals.
//!
//! # What it deliberately does not know
//!
//! Terminology (`memberOf`, `subsumes`), profiles (`conformsTo` knows the base types only), the network (`resolve()` looks into the document), a clock.
//! An operation on a collection of several items where one is wanted is an error, as the specification demands. Limits are explicit.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ast;
mod check;
mod compare;
mod convert;
mod eval;
mod functions;
mod item;
mod lexer;
mod numbers;
mod parser;
mod strings;
pub mod suite;
mod types;
mod xml;

pub use item::{Item, Node, TypeInfo};

use cql::value::DateTime;

/// How much is accepted and done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an expression.
    pub max_bytes: usize,
    /// Nested and chained operations of an expression.
    pub max_depth: u32,
    /// Operations of one evaluation.
    pub max_steps: u64,
    /// Items in a collection.
    pub max_items: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 64 << 10, max_depth: 200, max_steps: 5_000_000, max_items: 1_000_000 }
    }
}

/// What is wrong with an expression or its evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is no expression.
    #[error("at byte {at}: {message}")]
    Syntax {
        /// Byte in the text.
        at: usize,
        /// What was expected.
        message: String,
    },
    /// It means nothing for the type it is asked of.
    #[error("{0}")]
    Semantic(String),
    /// It cannot be evaluated over this document.
    #[error("{0}")]
    Execution(String),
    /// More than the limit.
    #[error("more {0} than the limit allows")]
    Limit(&'static str),
}

impl Fault {
    /// A short code for tables and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Syntax { .. } => "syntax",
            Fault::Semantic(_) => "semantic",
            Fault::Execution(_) => "execution",
            Fault::Limit(_) => "limit",
        }
    }
}

/// What an evaluation may know besides the document.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// `now()` and `today()`.
    pub now: DateTime,
    /// Limits.
    pub limits: Limits,
    /// Values of `%name`, beside those the specification defines.
    pub variables: &'c [(&'c str, cql::value::Value)],
}

impl Context<'_> {
    /// With the default limits and no variables.
    #[must_use]
    pub fn new(now: DateTime) -> Context<'static> {
        Context { now, limits: Limits::default(), variables: &[] }
    }
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    root: ast::Expr,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// The first place where the text is no expression, or a limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Expression, Fault> {
        parser::parse(text, limits).map(|root| Expression { root })
    }

    /// Checks the elements it names against a FHIR type, without a document.
    ///
    /// # Errors
    /// Every element that the type does not have.
    pub fn check(&self, type_name: &str) -> Result<(), Vec<Fault>> {
        check::check(&self.root, type_name)
    }

    /// Evaluates it over a resource or any part of one.
    ///
    /// # Errors
    /// When an operation is not defined for what was found, or a limit was reached.
    pub fn evaluate<'d>(&self, input: json::Value<'d>, context: &Context<'_>) -> Result<Vec<Item<'d>>, Fault> {
        eval::evaluate(&self.root, input, context)
    }
}
