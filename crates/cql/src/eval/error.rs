//! Why a definition has no value.

use crate::data::TerminologyFault;
use crate::ir::{DefinitionId, Span};
use crate::ops::OpError;
use std::fmt;
use std::sync::Arc;

/// An error of evaluation, with the place it happened at.
#[derive(Clone, Debug)]
pub struct EvalError {
    /// What happened.
    pub problem: Problem,
    /// The source text it happened at.
    pub span: Option<Span>,
    /// The definition being evaluated.
    pub definition: Option<DefinitionId>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// An operator could not be applied.
    #[error(transparent)]
    Operator(#[from] OpError),
    /// A value set has no expansion loaded.
    #[error("value set {0} is not available: its expansion was not loaded")]
    ValueSetAbsent(Arc<str>),
    /// A code system's content is not known.
    #[error("code system {0} is not available: its content was not loaded")]
    CodeSystemAbsent(Arc<str>),
    /// A value set is defined, and its definition cannot be expanded.
    #[error("value set {0} is not available: {1}")]
    ValueSetUnexpanded(Arc<str>, Box<TerminologyFault>),
    /// A code system does not say what it is asked.
    #[error(transparent)]
    Terminology(Box<TerminologyFault>),
    /// `cast x as T` of something else.
    #[error("cast: a {0} is not a {1}")]
    Cast(&'static str, String),
    /// `Message` with severity `Error`.
    #[error("{0}")]
    Message(String),
    /// An `external` function.
    #[error("function {0} is external and has no body here")]
    External(Arc<str>),
    /// A definition that refers to itself.
    #[error("definition {0} refers to itself")]
    Circular(Arc<str>),
    /// More steps than allowed.
    #[error("the evaluation took more than {0} steps")]
    Steps(u64),
    /// Deeper nesting than allowed.
    #[error("the evaluation nested deeper than {0}")]
    Depth(u32),
    /// More memory than allowed.
    #[error("the evaluation holds more than {0} bytes")]
    Memory(usize),
    /// The caller asked to stop.
    #[error("the evaluation was cancelled")]
    Cancelled,
}

impl Problem {
    /// A short code for tables and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Operator(_) => "operator",
            Problem::ValueSetAbsent(_) => "value-set-absent",
            Problem::CodeSystemAbsent(_) => "code-system-absent",
            Problem::ValueSetUnexpanded(..) => "value-set-unexpanded",
            Problem::Terminology(fault) => fault.code(),
            Problem::Cast(..) => "cast",
            Problem::Message(_) => "message",
            Problem::External(_) => "external-function",
            Problem::Circular(_) => "circular",
            Problem::Steps(_) => "too-many-steps",
            Problem::Depth(_) => "too-deep",
            Problem::Memory(_) => "too-large",
            Problem::Cancelled => "cancelled",
        }
    }

    /// Whether it ends the whole evaluation, not one definition.
    pub const fn is_final(&self) -> bool {
        matches!(self, Problem::Steps(_) | Problem::Memory(_) | Problem::Cancelled)
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for EvalError {}

/// An error on its way up: small, and without its place until a node adds it.
pub(super) type Stop = Box<EvalError>;

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Box::new(EvalError { problem, span: None, definition: None })
    }
}

impl From<OpError> for Stop {
    fn from(error: OpError) -> Stop {
        Problem::Operator(error).into()
    }
}
