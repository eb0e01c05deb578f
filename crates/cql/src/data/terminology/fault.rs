//! Why terminology cannot be used.

use super::Content;
use super::system::CodeSystem;

/// What is missing or wrong, with what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminologyFault {
    /// No `url`.
    #[error("a {0} without a url cannot be named; give it one")]
    NoUrl(&'static str),
    /// Neither an expansion nor a definition.
    #[error("value set {0} has neither an expansion nor a definition (compose); give its expansion")]
    NoContent(String),
    /// Nobody gave it.
    #[error("value set {named} was not given{}", only(.versions))]
    NoValueSet {
        /// URL, and version if one was asked for.
        named: String,
        /// The versions that were given.
        versions: Vec<String>,
    },
    /// Nobody gave it.
    #[error("code system {named} was not given{}; give its CodeSystem resource", only(.versions))]
    NoCodeSystem {
        /// URL, and version if one was asked for.
        named: String,
        /// The versions that were given.
        versions: Vec<String>,
    },
    /// Only a part of it was given.
    #[error("code system {system} is {content}, so what it does not list is unknown; give it whole")]
    Incomplete {
        /// URL and version.
        system: String,
        /// How much of it was given.
        content: Content,
    },
    /// Its hierarchy is not one of kinds.
    #[error("the hierarchy of code system {system} is one of {meaning}: being below is not being a kind of (hierarchyMeaning)")]
    NoSubsumption {
        /// URL and version.
        system: String,
        /// `grouped-by` or `part-of`.
        meaning: String,
    },
    /// Value sets defined by each other.
    #[error("value sets are defined by each other in a circle, at {0}")]
    Circle(String),
    /// An `include` or `exclude` that names no codes.
    #[error("its definition has an include or exclude with neither a code system nor a value set")]
    EmptyPart,
    /// A filter that cannot be answered.
    #[error("its filter `{property} {op} {value}` over code system {system} cannot be answered: {why}; give its expansion")]
    Filter {
        /// URL and version.
        system: String,
        /// The property it asks for.
        property: String,
        /// How it compares.
        op: String,
        /// What it compares with.
        value: String,
        /// Why not.
        why: &'static str,
    },
}

impl TerminologyFault {
    /// A short code for tables and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            TerminologyFault::NoUrl(_) => "no-url",
            TerminologyFault::NoContent(_) => "value-set-empty",
            TerminologyFault::NoValueSet { .. } => "value-set-absent",
            TerminologyFault::NoCodeSystem { .. } => "code-system-absent",
            TerminologyFault::Incomplete { .. } => "code-system-incomplete",
            TerminologyFault::NoSubsumption { .. } => "no-subsumption",
            TerminologyFault::Circle(_) => "value-set-circle",
            TerminologyFault::EmptyPart => "value-set-part",
            TerminologyFault::Filter { .. } => "value-set-filter",
        }
    }
}

fn only(versions: &[String]) -> String {
    if versions.is_empty() { String::new() } else { format!(" (only version {} of it)", versions.join(", ")) }
}

impl CodeSystem {
    /// URL and version.
    pub(super) fn named(&self) -> String {
        super::named(&self.url, self.version.as_deref())
    }

    pub(super) fn incomplete(&self) -> TerminologyFault {
        TerminologyFault::Incomplete { system: self.named(), content: self.content }
    }
}
