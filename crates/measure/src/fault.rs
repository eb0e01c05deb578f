//! What is wrong with a Measure or a report, and where.

use std::fmt;

/// The kind of a [`Fault`]; its `Display` is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FaultCode {
    /// The resource is of another type.
    #[error("not-a-measure")]
    NotAMeasure,
    /// No groups: nothing to compute.
    #[error("no-groups")]
    NoGroups,
    /// Scoring missing or unknown.
    #[error("bad-scoring")]
    BadScoring,
    /// A population without a code this crate knows.
    #[error("bad-population")]
    BadPopulation,
    /// Criteria missing or in another language than CQL.
    #[error("bad-criteria")]
    BadCriteria,
    /// A population the scoring needs is missing, or one it has no place for is there.
    #[error("wrong-populations")]
    WrongPopulations,
    /// A reference to a population that is not there.
    #[error("bad-reference")]
    BadReference,
    /// Aggregate method missing or unknown.
    #[error("bad-aggregate")]
    BadAggregate,
    /// The library has no definition or function of that name.
    #[error("unknown-definition")]
    UnknownDefinition,
    /// A definition has the wrong type for what it is used as.
    #[error("wrong-type")]
    WrongType,
}

/// Something that is wrong with a Measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Kind.
    pub code: FaultCode,
    /// The element, like `Measure.group[0].population[2]`.
    pub path: String,
    /// One sentence, with what to do.
    pub message: String,
}

impl Fault {
    /// A fault at a path.
    pub fn new(code: FaultCode, path: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { code, path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.path, self.message, self.code)
    }
}

impl std::error::Error for Fault {}
