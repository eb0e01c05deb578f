//! Codes, concepts and references to value sets and code systems.

use super::Text;

/// A code of a code system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Code {
    /// The code.
    pub code: Option<Text>,
    /// The code system's URL.
    pub system: Option<Text>,
    /// The version of the code system.
    pub version: Option<Text>,
    /// What to show.
    pub display: Option<Text>,
}

/// Several codes of one meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Concept {
    /// The codes.
    pub codes: Vec<Code>,
    /// What to show.
    pub display: Option<Text>,
}

/// A value set or code system, by reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vocabulary {
    /// Its URL.
    pub id: Text,
    /// The version asked for.
    pub version: Option<Text>,
    /// Its name in the library.
    pub name: Option<Text>,
}
