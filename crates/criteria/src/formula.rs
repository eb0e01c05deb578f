//! The boolean skeleton of a scope: and, or, not, at-least over its leaf criteria, in three-valued logic.

use case::Truth;

/// A formula over atoms. An atom is a position in a list of truths given by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// A leaf.
    Atom(usize),
    /// All of them. Met when empty.
    All(Vec<Formula>),
    /// Any of them. Not met when empty.
    Any(Vec<Formula>),
    /// At least so many of them.
    AtLeast(usize, Vec<Formula>),
    /// The opposite.
    Not(Box<Formula>),
}

/// The opposite; unknown stays unknown.
#[must_use]
pub fn not(truth: Truth) -> Truth {
    match truth {
        Truth::Met => Truth::NotMet,
        Truth::NotMet => Truth::Met,
        Truth::Unknown => Truth::Unknown,
    }
}

impl Formula {
    /// The truth under these truths of the atoms (strong Kleene logic). An atom outside the list is unknown.
    ///
    /// ```
    /// use criteria::Formula::{All, Any, Atom};
    /// use case::Truth::{Met, NotMet, Unknown};
    /// let formula = All(vec![Atom(0), Any(vec![Atom(1), Atom(2)])]);
    /// assert_eq!(formula.truth(&[Met, Unknown, Met]), Met);
    /// assert_eq!(formula.truth(&[Met, Unknown, NotMet]), Unknown);
    /// assert_eq!(formula.truth(&[NotMet, Unknown, Unknown]), NotMet);
    /// ```
    #[must_use]
    pub fn truth(&self, atoms: &[Truth]) -> Truth {
        match self {
            Self::Atom(atom) => atoms.get(*atom).copied().unwrap_or(Truth::Unknown),
            Self::All(parts) => Self::at_least(parts.len(), parts, atoms),
            Self::Any(parts) => Self::at_least(1, parts, atoms),
            Self::AtLeast(count, parts) => Self::at_least(*count, parts, atoms),
            Self::Not(part) => not(part.truth(atoms)),
        }
    }

    fn at_least(count: usize, parts: &[Self], atoms: &[Truth]) -> Truth {
        let (mut met, mut open) = (0, 0);
        for part in parts {
            match part.truth(atoms) {
                Truth::Met => met += 1,
                Truth::Unknown => open += 1,
                Truth::NotMet => {}
            }
        }
        if met >= count {
            Truth::Met
        } else if met + open >= count {
            Truth::Unknown
        } else {
            Truth::NotMet
        }
    }

    /// Every atom it mentions, in order of first mention.
    #[must_use]
    pub fn atoms(&self) -> Vec<usize> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out
    }

    fn collect(&self, out: &mut Vec<usize>) {
        match self {
            Self::Atom(atom) => {
                if !out.contains(atom) {
                    out.push(*atom);
                }
            }
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                for part in parts {
                    part.collect(out);
                }
            }
            Self::Not(part) => part.collect(out),
        }
    }
}
