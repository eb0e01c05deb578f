//! Text to syntax tree: lexer, error-recovering parser, diagnostics.

pub mod ast;
mod diagnostic;
mod lexer;
mod parser;
mod words;

pub(crate) use diagnostic::nearest;
pub use diagnostic::{Diagnostic, DiagnosticCode, Severity};
pub use parser::{ParseLimits, parse, parse_expression};

/// Is this a calendar word of a quantity (`day`, `days`, ...)?
pub(crate) fn is_calendar_word(unit: &str) -> bool {
    words::any_precision(unit).is_some()
}
