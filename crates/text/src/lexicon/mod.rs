//! The words of medicine: terms, cues and headings in one automaton over words.
//!
//! A lexicon is one block of bytes that is read in place: nothing is parsed or copied at start, so a lexicon inside the binary (or a file
//! mapped or read by the shell) is ready at once. [`Builder`] makes the bytes; the bytes' SHA-256 stands in every reading.
//!
//! The automaton is a trie over whole words in their normal form (see [`crate::tokens`]): one hash look-up a word, one binary search a step.

mod build;
mod format;
mod trie;

pub use build::{BuildFault, Builder, ConceptId};
pub use format::{Broken, Lexicon};

use rust_decimal::Decimal;

use serde::{Deserialize, Serialize};

/// What a term of the lexicon does when it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Names a concept; the number is its index.
    Concept,
    /// Sets or ends an axis; the number is a [`crate::assertion`] cue code.
    Cue,
    /// A heading; the number is the section.
    Heading,
    /// A word with several senses or of everyday language: it is passed over unless the context asks for it.
    Stop,
    /// A unit; the number is a string, UCUM as `units.tsv` has it.
    Unit,
    /// A route; the number is a string.
    Route,
    /// How often; the number is a string.
    Frequency,
    /// How a therapy went; the number is a string.
    Outcome,
    /// Side, severity and the like; the number is a string.
    Qualifier,
}

impl Role {
    pub(crate) const ALL: [Role; 9] = [
        Role::Concept,
        Role::Cue,
        Role::Heading,
        Role::Stop,
        Role::Unit,
        Role::Route,
        Role::Frequency,
        Role::Outcome,
        Role::Qualifier,
    ];
}

/// System of the codes of our own drug classes: a member's codings end with those of its classes.
pub const DRUG_CLASS: &str = "urn:avedis:drug-class";

/// System of the codes of our own concepts, where no public code exists.
pub const OWN: &str = "urn:avedis:concept";

/// What is known of a measured concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable<'l> {
    /// Usual unit in UCUM; empty for a bare number or a ratio.
    pub unit: &'l str,
    /// A number without a unit is in the usual one.
    pub implied: bool,
    /// The lowest plausible value in the usual unit.
    pub low: Decimal,
    /// The highest plausible value in the usual unit.
    pub high: Decimal,
    /// Other UCUM units it is given in.
    pub units: Vec<&'l str>,
}

/// One entry of a term: what it does, to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub role: Role,
    /// The concept, cue code, unit, section... by role.
    pub target: u32,
    /// The term is an acronym: it counts only when written in capitals.
    pub capitals: bool,
    /// The term has other senses: it counts only where its section or a neighbour supports it.
    pub ambiguous: bool,
}
