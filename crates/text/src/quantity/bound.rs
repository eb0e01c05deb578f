//! What bounds a number from the left: "<", "at least", "no more than", "up to".

use super::word::{Word, before};
use crate::detail::Comparator;

/// The words or marks that bound the number at `from`, and where they begin.
pub(crate) fn comparator(words: &[Word<'_>], from: usize, floor: usize) -> Option<(Comparator, usize)> {
    let room = |back: usize| from >= floor + back;
    let (comparator, back) = match before(words, from, 1) {
        "" => return None,
        "<" => (Comparator::Less, 1),
        ">" => (Comparator::Greater, 1),
        "≤" => (Comparator::AtMost, 1),
        "≥" => (Comparator::AtLeast, 1),
        "~" | "≈" | "∼" => (Comparator::About, 1),
        "=" => match before(words, from, 2) {
            "<" => (Comparator::AtMost, 2),
            ">" => (Comparator::AtLeast, 2),
            "/" if before(words, from, 3) == "<" => (Comparator::AtMost, 3),
            "/" if before(words, from, 3) == ">" => (Comparator::AtLeast, 3),
            _ => return None,
        },
        "than" => than(words, from, 2)?,
        "to" => match before(words, from, 2) {
            "up" => (Comparator::AtMost, 2),
            "equal" => equal(words, from)?,
            "close" => (Comparator::About, 2),
            _ => return None,
        },
        "least" if before(words, from, 2) == "at" => (Comparator::AtLeast, 2),
        "most" if before(words, from, 2) == "at" => (Comparator::AtMost, 2),
        "of" => match before(words, from, 2) {
            "minimum" => (Comparator::AtLeast, 2),
            "maximum" => (Comparator::AtMost, 2),
            "excess" if before(words, from, 3) == "in" => (Comparator::Greater, 3),
            _ => return None,
        },
        "over" | "above" | "exceeding" | "exceed" | "exceeded" | "beyond" => (Comparator::Greater, 1),
        "under" | "below" => (Comparator::Less, 1),
        "the" => match before(words, from, 2) {
            "above" => (Comparator::Greater, 2),
            "below" => (Comparator::Less, 2),
            _ => return None,
        },
        "about" | "approximately" | "approx" | "around" | "roughly" | "nearly" | "almost" | "circa" | "estimated" => {
            (Comparator::About, 1)
        }
        "." if before(words, from, 2) == "approx" => (Comparator::About, 2),
        _ => return None,
    };
    room(back).then(|| (comparator, from - back))
}

/// "less than", "no more than", "greater than" before "than" that stands `back` words before.
fn than(words: &[Word<'_>], from: usize, back: usize) -> Option<(Comparator, usize)> {
    let no = matches!(before(words, from, back + 1), "no" | "not");
    Some(match (before(words, from, back), no) {
        ("less" | "fewer" | "lower" | "smaller" | "shorter" | "younger", false) => (Comparator::Less, back),
        ("less" | "fewer" | "lower" | "smaller", true) => (Comparator::AtLeast, back + 1),
        ("more" | "greater" | "higher" | "larger" | "longer" | "older" | "bigger", false) => (Comparator::Greater, back),
        ("more" | "greater" | "higher" | "larger" | "longer", true) => (Comparator::AtMost, back + 1),
        _ => return None,
    })
}

/// "less than or equal to", "greater than or equal to".
fn equal(words: &[Word<'_>], from: usize) -> Option<(Comparator, usize)> {
    if before(words, from, 3) != "or" || before(words, from, 4) != "than" {
        return None;
    }
    match before(words, from, 5) {
        "less" | "lower" => Some((Comparator::AtMost, 5)),
        "greater" | "more" | "higher" => Some((Comparator::AtLeast, 5)),
        _ => None,
    }
}
