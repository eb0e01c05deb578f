//! The one place that knows the CQL engine: compiling a policy's logic and asking it about a record.

use base::Timestamp;
use case::Truth;

use crate::fault::Fault;
use crate::formula::Formula;
use crate::line::LineFacts;
use crate::manifest::References;
use crate::record::Record;

/// Name and version of the engine, recorded with every finding.
pub const ENGINE: &str = concat!("avedis-criteria/", env!("CARGO_PKG_VERSION"));

/// CQL text with the file it stands in.
pub(crate) struct Source {
    pub file: String,
    pub text: String,
}

/// Compiled logic of one policy.
#[derive(Debug)]
pub(crate) struct Logic {
    bound: Vec<String>,
}

/// The answer to one definition.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub truth: Truth,
    pub rests_on: Vec<Rest>,
}

/// A resource an answer rests on: its position in the record and the elements read.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub resource: usize,
    pub elements: Vec<String>,
}

impl Logic {
    pub(crate) fn compile(_sources: &[Source], _library: &str, _references: &[References]) -> Result<Self, Vec<Fault>> {
        Ok(Self { bound: Vec::new() })
    }

    /// Binds a definition by name; false when the library has none.
    pub(crate) fn bind(&mut self, define: &str) -> bool {
        if !self.bound.iter().any(|bound| bound == define) {
            self.bound.push(define.to_owned());
        }
        true
    }

    pub(crate) fn formula(&self, define: &str, leaf: &dyn Fn(&str) -> Option<usize>) -> Result<Formula, String> {
        leaf(define).map(Formula::Atom).ok_or_else(|| "not compiled".to_owned())
    }

    pub(crate) fn answers(&self, _record: &Record, _facts: &LineFacts, _now: Timestamp, defines: &[&str]) -> Vec<Answer> {
        defines.iter().map(|_| Answer { truth: Truth::Unknown, rests_on: Vec::new() }).collect()
    }
}
