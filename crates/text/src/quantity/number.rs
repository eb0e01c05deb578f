//! Numbers as clinicians write them: digits, fractions, powers of ten, words.

use super::word::{Word, are, at, dash, glued, is_number};
use crate::tokens::Class;
use rust_decimal::Decimal;

/// A number and the word after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numeral {
    /// Its value without the power of ten.
    pub value: Decimal,
    /// The power of ten it is multiplied by, when one is written ("x10^9").
    pub power: Option<u8>,
    /// The word after it.
    pub end: usize,
}

/// The number written in digits that begins at `from`.
pub(crate) fn digits(words: &[Word<'_>], from: usize) -> Option<Numeral> {
    let (value, end) = plain(words, from)?;
    let (value, end) = grouped(words, from).unwrap_or_else(|| mixed(words, from, value, end));
    let (power, end) = match power(words, end) {
        Some((power, end)) => (Some(power), end),
        None => (None, end),
    };
    Some(Numeral { value, power, end })
}

/// Digits, ".5", "-3.1", a character such as "½".
fn plain(words: &[Word<'_>], from: usize) -> Option<(Decimal, usize)> {
    let word = words.get(from)?;
    match word.class {
        Class::Number => Some((decimal(word.normal)?, from + 1)),
        Class::Mark => match word.normal {
            "." if is_number(words, from + 1) && glued(words, from + 1) && (word.spaced || from == 0) => {
                let tail = words[from + 1].normal;
                Some((decimal(tail)?.checked_mul(tenths(tail.len())?)?, from + 2))
            }
            other => Some((vulgar(other)?, from + 1)),
        },
        _ => None,
    }
}

/// "36 790 per microliter": groups of three digits set apart by spaces, told from two numbers by the unit after them.
fn grouped(words: &[Word<'_>], from: usize) -> Option<(Decimal, usize)> {
    let first = words.get(from).filter(|w| w.class == Class::Number && w.surface.len() <= 3)?;
    let group =
        |at: usize| words.get(at).is_some_and(|w| w.class == Class::Number && w.spaced && !w.broken && w.surface.len() == 3);
    if !group(from + 1) || first.normal == "0" {
        return None;
    }
    let end = from + 2 + usize::from(group(from + 2));
    super::unit::unit(words, end)?;
    let joined: String = words[from..end].iter().map(|w| w.normal).collect();
    decimal(&joined).filter(|_| joined.bytes().all(|b| b.is_ascii_digit())).map(|value| (value, end))
}

/// The sign before a number: a minus set off from what stands before it.
pub(crate) fn negative(words: &[Word<'_>], number: usize) -> bool {
    let Some(sign) = number.checked_sub(1) else { return false };
    if !dash(at(words, sign)) || !glued(words, number) {
        return false;
    }
    let open = sign == 0 || words[sign].spaced || matches!(at(words, sign - 1), "(" | ":" | "=" | "<" | ">" | "≤" | "≥" | "~");
    // A bullet is no sign: it stands at the start of a line, before a word or a number with its own meaning.
    open && !(sign == 0 || words[sign].broken)
}

/// `1 1/2`, `1½`, `1/2`.
fn mixed(words: &[Word<'_>], from: usize, value: Decimal, end: usize) -> (Decimal, usize) {
    let whole = (value, end);
    if let Some(part) = words.get(end).filter(|w| w.class == Class::Mark).and_then(|w| vulgar(w.normal)) {
        return value.checked_add(part).map_or(whole, |sum| (sum, end + 1));
    }
    if let Some((part, after)) = simple_fraction(words, end).filter(|_| !value.fract().is_sign_negative() && value.scale() == 0)
        && words[end].spaced
    {
        return value.checked_add(part).map_or(whole, |sum| (sum, after));
    }
    simple_fraction(words, from).filter(|_| end == from + 1).unwrap_or(whole)
}

/// One half, thirds, quarters: what a dose or a duration is divided into. Any other `a/b` is a pair, a grade or a date.
fn simple_fraction(words: &[Word<'_>], from: usize) -> Option<(Decimal, usize)> {
    if !is_number(words, from) || at(words, from + 1) != "/" || !glued(words, from + 1) || !glued(words, from + 2) {
        return None;
    }
    let value = match (at(words, from), at(words, from + 2)) {
        ("1", "2") => Decimal::new(5, 1),
        ("1", "4") => Decimal::new(25, 2),
        ("3", "4") => Decimal::new(75, 2),
        _ => return None,
    };
    (at(words, from + 3) != "/").then_some((value, from + 3))
}

fn vulgar(mark: &str) -> Option<Decimal> {
    Some(match mark {
        "½" => Decimal::new(5, 1),
        "¼" => Decimal::new(25, 2),
        "¾" => Decimal::new(75, 2),
        _ => return None,
    })
}

/// `x 10^9`, `× 109` (a lost superscript), `x10E9`, `*10**3`, `× 10⁹`.
fn power(words: &[Word<'_>], from: usize) -> Option<(u8, usize)> {
    let first = at(words, from);
    if let Some(rest) = first.strip_prefix("x10").filter(|_| first.len() > 2) {
        return match rest.trim_start_matches('e') {
            "" => exponent(words, from + 1),
            power => small(power).map(|p| (p, from + 1)),
        };
    }
    if matches!(first, "x" | "×" | "*") && is_number(words, from + 1) {
        return ten(words, from + 1);
    }
    None
}

/// `10^9`, `10*9`, `109`, `10E9`, `10(9)`, `10⁹` that begins at `from`.
pub(crate) fn ten(words: &[Word<'_>], from: usize) -> Option<(u8, usize)> {
    let base = at(words, from);
    if base == "10" {
        let next = at(words, from + 1);
        if let Some(power) = next.strip_prefix('e').filter(|_| glued(words, from + 1)) {
            return small(power).map(|p| (p, from + 2));
        }
        return exponent(words, from + 1);
    }
    let power = base.strip_prefix("10").filter(|p| !p.is_empty() && p.len() <= 2)?;
    small(power).filter(|p| (3..=12).contains(p)).map(|p| (p, from + 1))
}

fn exponent(words: &[Word<'_>], from: usize) -> Option<(u8, usize)> {
    let mark = at(words, from);
    let mut next = from + 1;
    match mark {
        "^" => {}
        "*" => next += usize::from(at(words, next) == "*"),
        "(" => {
            let power = small(at(words, next))?;
            return (at(words, next + 1) == ")").then_some((power, next + 2));
        }
        _ => return superscript(mark).filter(|_| glued(words, from)).map(|p| (p, from + 1)),
    }
    small(at(words, next)).map(|p| (p, next + 1))
}

/// The digit a superscript stands for.
pub(crate) fn superscript(mark: &str) -> Option<u8> {
    ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"].iter().position(|s| *s == mark).map(|p| p as u8)
}

fn small(text: &str) -> Option<u8> {
    text.parse().ok().filter(|p| *p <= 30)
}

fn tenths(places: usize) -> Option<Decimal> {
    (places <= 12).then(|| Decimal::new(1, places as u32))
}

/// The longest number that is read, in digits; longer ones are identifiers.
const MOST_DIGITS: usize = 15;

pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    (text.len() <= MOST_DIGITS).then(|| text.parse().ok()).flatten()
}

/// A number in words: "two", "twenty-five", "a hundred", "two and a half", "half".
pub(crate) fn spelled(words: &[Word<'_>], from: usize) -> Option<(Decimal, usize)> {
    let first = cardinal(at(words, from))?;
    let (mut value, mut end) = (first, from + 1);
    if (20..100).contains(&first) && first % 10 == 0 {
        let skip = usize::from(dash(at(words, end)));
        if let Some(unit) = cardinal(at(words, end + skip)).filter(|u| (1..10).contains(u)) {
            (value, end) = (value + unit, end + skip + 1);
        }
    }
    match at(words, end) {
        "hundred" => (value, end) = (value * 100, end + 1),
        "thousand" => (value, end) = (value * 1000, end + 1),
        _ => {}
    }
    let value = Decimal::from(value);
    if are(words, end, &["and", "a", "half"]) {
        return Some((value + Decimal::new(5, 1), end + 3));
    }
    if are(words, end, &["and", "one", "half"]) {
        return Some((value + Decimal::new(5, 1), end + 3));
    }
    Some((value, end))
}

/// A cardinal number of one word.
pub(crate) fn cardinal(word: &str) -> Option<i64> {
    if !(3..=9).contains(&word.len()) {
        return None;
    }
    Some(match word.as_bytes()[0] {
        b'o' if word == "one" => 1,
        b't' => match word {
            "two" => 2,
            "three" => 3,
            "ten" => 10,
            "twelve" => 12,
            "thirteen" => 13,
            "twenty" => 20,
            "thirty" => 30,
            _ => return None,
        },
        b'f' => match word {
            "four" => 4,
            "five" => 5,
            "fourteen" => 14,
            "fifteen" => 15,
            "forty" => 40,
            "fifty" => 50,
            _ => return None,
        },
        b's' => match word {
            "six" => 6,
            "seven" => 7,
            "sixteen" => 16,
            "seventeen" => 17,
            "sixty" => 60,
            "seventy" => 70,
            _ => return None,
        },
        b'e' => match word {
            "eight" => 8,
            "eleven" => 11,
            "eighteen" => 18,
            "eighty" => 80,
            _ => return None,
        },
        b'n' => match word {
            "nine" => 9,
            "nineteen" => 19,
            "ninety" => 90,
            _ => return None,
        },
        _ => return None,
    })
}

/// An ordinal: "3rd", "third". Gives the number and the word after it.
pub(crate) fn ordinal(words: &[Word<'_>], from: usize) -> Option<(u32, usize)> {
    if is_number(words, from) && glued(words, from + 1) && matches!(at(words, from + 1), "st" | "nd" | "rd" | "th") {
        return at(words, from).parse().ok().filter(|n| *n <= 400).map(|n| (n, from + 2));
    }
    let n = match at(words, from) {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "sixth" => 6,
        "seventh" => 7,
        "eighth" => 8,
        "ninth" => 9,
        "tenth" => 10,
        _ => return None,
    };
    Some((n, from + 1))
}
