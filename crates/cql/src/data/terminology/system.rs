//! A code system: its codes, what they are under, and what is said of them (FHIR R4, *CodeSystem*).

use super::CodeNumber;
use crate::value::Text;
use std::collections::HashSet;
use std::fmt;

/// How much of a code system a CodeSystem resource holds (`CodeSystem.content`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Every code.
    Complete,
    /// Some codes (`fragment`).
    Fragment,
    /// A few codes to show what it is like.
    Example,
    /// No code.
    NotPresent,
    /// More about the codes of another.
    Supplement,
    /// It does not say.
    #[default]
    Unsaid,
}

impl Content {
    pub(super) fn of(text: Option<&str>) -> Content {
        match text {
            Some("complete") => Content::Complete,
            Some("fragment") => Content::Fragment,
            Some("example") => Content::Example,
            Some("not-present") => Content::NotPresent,
            Some("supplement") => Content::Supplement,
            _ => Content::Unsaid,
        }
    }

    /// Whether the codes it lists are codes of the system.
    pub(super) fn defines(self) -> bool {
        matches!(self, Content::Complete | Content::Fragment | Content::Example)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Content::Complete => "complete",
            Content::Fragment => "a fragment",
            Content::Example => "an example",
            Content::NotPresent => "not present",
            Content::Supplement => "a supplement",
            Content::Unsaid => "not said to be complete",
        })
    }
}

/// One code system as a CodeSystem resource gives it.
#[derive(Clone, Debug, Default)]
pub struct CodeSystem {
    pub(super) url: String,
    pub(super) version: Option<String>,
    pub(super) content: Content,
    /// `CodeSystem.hierarchyMeaning`, where it says that being below is not being a kind of.
    pub(super) no_subsumption: Option<String>,
    pub(super) concepts: Vec<Concept>,
    /// Positions in `concepts` by number.
    pub(super) by_number: Vec<(CodeNumber, u32)>,
    /// (below, above), sorted.
    pub(super) above: Vec<(u32, u32)>,
    /// (above, below), sorted.
    pub(super) below: Vec<(u32, u32)>,
    /// Names of properties, those declared without a value too.
    pub(super) property_names: Vec<Text>,
    /// By concept.
    pub(super) properties: Vec<Property>,
}

/// One code.
#[derive(Clone, Debug)]
pub(super) struct Concept {
    pub(super) number: CodeNumber,
    pub(super) display: Option<Text>,
    /// `inactive`, or a `status` of retired or inactive.
    pub(super) inactive: bool,
    /// `notSelectable`.
    pub(super) grouping: bool,
}

/// What a property of a code says.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) concept: u32,
    pub(super) name: u32,
    pub(super) value: Text,
}

impl CodeSystem {
    /// Its canonical URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How much of it was given.
    pub fn content(&self) -> Content {
        self.content
    }

    /// How many codes were given.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether no code was given.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// Its codes in the order they were given.
    pub fn numbers(&self) -> impl Iterator<Item = CodeNumber> {
        self.concepts.iter().map(|concept| concept.number)
    }

    /// What to show for a code.
    pub fn display(&self, code: CodeNumber) -> Option<&str> {
        self.concepts[self.position(code)? as usize].display.as_deref()
    }

    pub(super) fn position(&self, code: CodeNumber) -> Option<u32> {
        let at = self.by_number.binary_search_by_key(&code, |(number, _)| *number).ok()?;
        Some(self.by_number[at].1)
    }

    /// The codes directly below (or above) one.
    pub(super) fn next_to(&self, concept: u32, down: bool) -> impl Iterator<Item = u32> {
        neighbours(if down { &self.below } else { &self.above }, concept)
    }

    /// Whether one concept is below another, at whatever distance. Circles end.
    pub(super) fn is_below(&self, concept: u32, ancestor: u32) -> bool {
        let mut seen = HashSet::from([concept]);
        let mut stack = vec![concept];
        while let Some(at) = stack.pop() {
            for parent in neighbours(&self.above, at) {
                if parent == ancestor {
                    return true;
                }
                if seen.insert(parent) {
                    stack.push(parent);
                }
            }
        }
        false
    }

    /// All below (or above) a concept, marked; the concept itself is not unless a circle leads to it.
    pub(super) fn reach(&self, concept: u32, down: bool) -> Vec<bool> {
        let mut marked = vec![false; self.concepts.len()];
        let mut stack = vec![concept];
        while let Some(at) = stack.pop() {
            for near in self.next_to(at, down) {
                if !std::mem::replace(&mut marked[near as usize], true) {
                    stack.push(near);
                }
            }
        }
        marked
    }
}

fn neighbours(edges: &[(u32, u32)], of: u32) -> impl Iterator<Item = u32> {
    let start = edges.partition_point(|(from, _)| *from < of);
    edges[start..].iter().take_while(move |(from, _)| *from == of).map(|(_, to)| *to)
}
