//! Meaning: names to what they name, expressions to typed nodes of the plan, every implicit conversion written out.
//!
//! A library is checked after the libraries it includes. Within a library a definition is checked when it is first referred to, so the plan's definitions come in
//! an order in which each only refers to earlier ones. A faulty definition is reported once; what refers to it is silently faulty too.

mod calls;
mod checker;
mod clauses;
mod convert;
mod declare;
mod expressions;
mod fluent;
mod helpers;
mod libraries;
mod names;
mod operators;
mod profile;
mod property;
mod query;
mod retrieve;
mod signatures;
mod timing;
mod types;
mod typespec;

pub use libraries::{Checked, check};
pub(crate) use property::{access, element_query};
pub(crate) use retrieve::without_references;

/// What it costs to turn one type into another; `None` when it cannot be.
pub(crate) fn conversion_cost(from: &crate::ir::Type, to: &crate::ir::Type) -> Option<u32> {
    types::conversion(&Models::default(), from, to, types::Generosity::NONE).map(|(cost, _)| cost)
}

/// The type both can be without changing any value, in the built-in models.
pub(crate) fn merge(a: &crate::ir::Type, b: &crate::ir::Type) -> crate::ir::Type {
    types::merge(&Models::default(), a, b)
}

use crate::model::{Model, Models};
use crate::syntax::ParseLimits;
use std::sync::Arc;

/// One source text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Name for messages (a file name).
    pub name: &'a str,
    /// CQL text.
    pub text: &'a str,
}

/// How sources are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Accept one value where a list is wanted (and make it a list of one). On by default, as in the reference translator.
    pub list_promotion: bool,
    /// Accept a list where one value is wanted (and take its only element). On by default, as in the reference translator.
    pub list_demotion: bool,
    /// Accept a point where an interval is wanted (and make it the interval of just that point). Off by default, as in the reference translator.
    pub interval_promotion: bool,
    /// Keep only what a negation profile of QI-Core fixes: `[ProcedureNotDone]` then gives only procedures whose status is `not-done`. Off by default, as in
    /// the reference: a retrieve looks at the resource type only and the content tests the status itself.
    pub negation_profiles: bool,
    /// What becomes of a null interval whose points are converted (`Interval<Date>` where `Interval<DateTime>` is wanted): null, as the specification says
    /// (off, the default: what is not known proves nothing), or, as in the reference engine, an interval without bounds, which overlaps everything. Measures
    /// written against that engine can depend on it.
    pub unbounded_nulls: bool,
    /// Models read from ModelInfo files ([`Model::from_modelinfo`]); one of the name and version that content asks for is used before a built-in one.
    pub models: Vec<Arc<Model>>,
    /// Limits of the parser.
    pub limits: ParseLimits,
    /// Nodes in the whole plan.
    pub max_nodes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            list_promotion: true,
            list_demotion: true,
            interval_promotion: false,
            negation_profiles: false,
            unbounded_nulls: false,
            models: Vec::new(),
            limits: ParseLimits::default(),
            max_nodes: 2_000_000,
        }
    }
}
