//! Cues: words that say how the things around them are asserted (ConText; Harkema et al. 2009).

use crate::fact::Axis;

/// Which way a cue works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// On what follows it ("denies").
    Forward,
    /// On what precedes it ("was ruled out").
    Backward,
    /// On both sides ("unlikely").
    Both,
    /// On the next thing only ("s/p").
    Next,
    /// On nothing: it looks like a cue and is none ("no increase", "not only").
    Pseudo,
    /// It ends the reach of cues of its axis ("but", "because").
    End,
    /// On the thing right before it ("DVT prophylaxis").
    Last,
    /// On the thing that holds it ("tobacco use").
    Within,
    /// On itself where it stands alone on its line and under no heading, as in a list of problems ("Hypertension.").
    Alone,
}

const AXES: [Axis; 6] = [Axis::Negated, Axis::Uncertain, Axis::Hypothetical, Axis::Historical, Axis::Family, Axis::Conditional];
const REACHES: [Reach; 9] = [
    Reach::Forward,
    Reach::Backward,
    Reach::Both,
    Reach::Next,
    Reach::Pseudo,
    Reach::End,
    Reach::Last,
    Reach::Within,
    Reach::Alone,
];
/// A cue's number is its axis times this, plus its reach.
const STEP: u32 = 16;

impl Reach {
    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        REACHES.iter().position(|r| *r == self).unwrap_or_default() as u32
    }

    /// The reach of a number.
    #[must_use]
    pub fn numbered(number: u32) -> Option<Reach> {
        REACHES.get(number as usize).copied()
    }

    /// The reach of a name, as the data files write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Reach> {
        REACHES.into_iter().find(|r| format!("{r:?}").eq_ignore_ascii_case(name))
    }
}

/// The number of a cue in a lexicon.
#[must_use]
pub fn code(axis: Axis, reach: Reach) -> u32 {
    AXES.iter().position(|a| *a == axis).unwrap_or_default() as u32 * STEP + reach.number()
}

/// What a cue's number means.
#[must_use]
pub fn decode(code: u32) -> Option<(Axis, Reach)> {
    Some((*AXES.get((code / STEP) as usize)?, Reach::numbered(code % STEP)?))
}

/// The axes by number.
#[must_use]
pub fn axes() -> [Axis; 6] {
    AXES
}
