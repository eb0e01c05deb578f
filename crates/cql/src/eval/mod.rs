//! The evaluator: a plan, one patient's data and parameters in, the value of every
//! definition out, with its evidence when asked.
//!
//! * A definition is evaluated once per patient and remembered.
//! * Nothing here looks at a clock: the time of the request is an argument.
//! * Steps and depth are limited, and the caller's `cancel` is asked inside loops.
//! * An error belongs to the definition it happened in (and to those that refer to it):
//!   such a definition has no value; it is never taken for false.
//! * Tracing is a type parameter of the machine: switched off it leaves no code behind.

mod condition;
mod control;
mod convert;
mod error;
mod evidence;
mod fold;
mod heap;
mod lists;
pub(crate) mod literals;
mod machine;
mod missing;
mod narrow;
mod operators;
mod program;
mod query;
mod reach;
mod render;
mod retrieve;
mod skeleton;
mod stream;
mod structures;
mod trace;
mod types;

pub use error::{EvalError, Problem};
pub use evidence::{Absent, ClauseEvidence, ElementEvidence, Evidence};
pub use fold::Evaluator;
pub use missing::{Missing, MissingLimits};
pub use program::{EvalOptions, Evaluation, Limits, Parameters, Program};
pub use render::{Trace, TraceItem};
pub use skeleton::Skeleton;
pub use types::{TypeTable, types};
pub(crate) use types::{TypeTest, point_type};

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod narrow_tests;
#[cfg(test)]
mod tests;
