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
}

const AXES: [Axis; 6] = [Axis::Negated, Axis::Uncertain, Axis::Hypothetical, Axis::Historical, Axis::Family, Axis::Conditional];
const REACHES: [Reach; 6] = [Reach::Forward, Reach::Backward, Reach::Both, Reach::Next, Reach::Pseudo, Reach::End];

/// The number of a cue in a lexicon.
#[must_use]
pub fn code(axis: Axis, reach: Reach) -> u32 {
    let axis = AXES.iter().position(|a| *a == axis).unwrap_or_default();
    let reach = REACHES.iter().position(|r| *r == reach).unwrap_or_default();
    (axis * 8 + reach) as u32
}

/// What a cue's number means.
#[must_use]
pub fn decode(code: u32) -> Option<(Axis, Reach)> {
    Some((*AXES.get(code as usize / 8)?, *REACHES.get(code as usize % 8)?))
}

/// The axes by number.
#[must_use]
pub fn axes() -> [Axis; 6] {
    AXES
}
