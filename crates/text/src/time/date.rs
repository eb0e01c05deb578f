//! Dates of the calendar in every usual US form, each at its own precision.

use super::{Point, Raw, Sense};
use crate::detail::PartialDate;
use crate::quantity::number::ordinal;
use crate::quantity::word::{Word, at as word, before, dash, glued, is_number};
use crate::tokens::Class;

/// The date that begins at `from`, with what stands before it ("since", "until") and a second date after it ("to").
pub(crate) fn at(words: &[Word<'_>], from: usize, floor: usize) -> Option<(Raw, usize, usize)> {
    let (point, end) = one(words, from)?;
    let edge = edge(words, from, floor);
    if let (Point::On(first), Some((last, after))) = (point, second(words, end, edge.between)) {
        let ordered = first.first() <= last.last();
        if ordered {
            let start = if edge.between || edge.from { edge.start } else { from };
            return Some((Raw { point: Some(Point::Between(first, last)), ..Raw::of(Sense::Period) }, start, after));
        }
    }
    if let (Point::Yearless(month, day), Some((last, after))) = (point, second(words, end, edge.between))
        && let Ok(first) = PartialDate::new(last.year(), Some(month), day)
        && first.first() <= last.last()
    {
        return Some((Raw { point: Some(Point::Between(first, last)), ..Raw::of(Sense::Period) }, from, after));
    }
    let raw = match edge {
        Edge { since: true, .. } => Raw { open: true, point: Some(point), ..Raw::of(Sense::Period) },
        Edge { until: true, .. } => Raw { until: true, point: Some(point), ..Raw::of(Sense::Period) },
        _ => Raw::point(point),
    };
    let start = if edge.since || edge.until { edge.start } else { from };
    Some((raw, start, end))
}

/// What stands before a date.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Edge {
    pub start: usize,
    pub since: bool,
    pub until: bool,
    pub from: bool,
    pub between: bool,
}

/// "since", "until", "from", "between" before a time, past "about", "the", "early".
pub(crate) fn edge(words: &[Word<'_>], from: usize, floor: usize) -> Edge {
    let mut start = from;
    while start > floor
        && matches!(
            before(words, start, 1),
            "about" | "approximately" | "the" | "early" | "late" | "mid" | "around" | "age" | "of" | "beginning" | "end"
        )
    {
        start -= 1;
    }
    let none = Edge { start: from, ..Edge::default() };
    if start <= floor {
        return none;
    }
    let edge = Edge { start: start - 1, ..Edge::default() };
    match before(words, start, 1) {
        "since" => Edge { since: true, ..edge },
        "until" | "till" | "through" | "thru" => Edge { until: true, ..edge },
        "from" => Edge { from: true, ..edge },
        "between" => Edge { between: true, ..edge },
        "on" if before(words, start, 2) == "starting" || before(words, start, 2) == "beginning" => Edge { since: true, ..edge },
        _ => none,
    }
}

/// The date after "to", "-", "through" (or "and" after "between").
fn second(words: &[Word<'_>], end: usize, between: bool) -> Option<(PartialDate, usize)> {
    let joined = match word(words, end) {
        "to" | "through" | "thru" | "until" => true,
        "and" => between,
        mark => dash(mark),
    };
    if !joined {
        return None;
    }
    match one(words, end + 1)? {
        (Point::On(date), after) => Some((date, after)),
        _ => None,
    }
}

/// One date.
fn one(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let first = words.get(from)?;
    match first.class {
        Class::Number => {
            // A digit within a name or a longer number is no date: "1-2-3", "IL-6/2020".
            let inside = glued(words, from)
                && from > 0
                && !matches!(before(words, from, 1), "(" | "[" | "," | ";" | ":" | "-" | "/" | "\"" | "=" | "*");
            let tail = glued(words, from)
                && matches!(before(words, from, 1), "-" | "/" | ".")
                && is_number(words, from.saturating_sub(2));
            if inside || tail {
                return None;
            }
            numeric(words, from).or_else(|| day_month(words, from)).or_else(|| year_alone(words, from))
        }
        Class::Word => named(words, from),
        _ => None,
    }
}

/// A date in digits.
fn numeric(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let first = words[from].normal;
    let mark = word(words, from + 1);
    if !glued(words, from + 1) || !glued(words, from + 2) || !is_number(words, from + 2) {
        return dotted(words, from);
    }
    if mark == "." {
        return dotted(words, from);
    }
    if mark != "/" && !dash(mark) {
        return None;
    }
    let second = words[from + 2].normal;
    let third = (word(words, from + 3) == mark && glued(words, from + 3) && glued(words, from + 4) && is_number(words, from + 4))
        .then(|| words[from + 4].normal);
    let more = |at: usize| word(words, at) == mark && glued(words, at) && glued(words, at + 1) && is_number(words, at + 1);
    match third {
        // "17/5/10 mmHg" are the pressures of a vessel.
        Some(_) if crate::quantity::unit::unit(words, from + 5).is_some_and(|u| u.ucum == "mm[Hg]") => None,
        Some(third) if !more(from + 5) => {
            let date = if first.len() == 4 {
                PartialDate::new(year(first)?, Some(number(second)?), Some(number(third)?)).ok()?
            } else {
                month_day(number(first)?, number(second)?, year(third)?)?
            };
            Some((Point::On(date), clock(words, from + 5)))
        }
        Some(_) => None,
        None if first.len() == 4 && mark != "/" && second.len() == 2 => {
            // 2021-2023 is a period of years, 2021-03 a month.
            let date = PartialDate::new(year(first)?, Some(number(second)?), None).ok()?;
            Some((Point::On(date), from + 3))
        }
        None if second.len() == 4 && mark == "/" => {
            let date = PartialDate::new(year(second)?, Some(number(first)?), None).ok()?;
            Some((Point::On(date), from + 3))
        }
        None if mark == "/" => bare(words, from, number(first)?, number(second)?),
        None => None,
    }
}

/// `3/4` without a year: a date only where the words around it say so, for a fraction, a score and a pair look the same.
fn bare(words: &[Word<'_>], from: usize, month: u8, day: u8) -> Option<(Point, usize)> {
    let said = matches!(before(words, from, 1), "on" | "since" | "dated" | "until" | "till" | "from" | "of" | "through" | "by")
        && !matches!(
            before(words, from, 2),
            "grade" | "score" | "rating" | "out" | "severity" | "strength" | "pain" | "rated" | "murmur"
        );
    let before_of = before(words, from, 1) == "of" && !matches!(before(words, from, 2), "week" | "a");
    let next = word(words, from + 3);
    let counted =
        matches!(next, "pain" | "strength" | "murmur" | "in" | "scale" | "systolic" | "mg" | "/" | "%" | "at" | "bilaterally");
    let possible = PartialDate::new(2024, Some(month), Some(day)).is_ok();
    (said && !before_of && !counted && possible).then_some((Point::Yearless(month, Some(day)), from + 3))
}

/// `3.4.2024`: read as one number, a point and another.
fn dotted(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let (month, day) = words[from].normal.split_once('.')?;
    let parts = word(words, from + 1) == "." && glued(words, from + 1) && glued(words, from + 2) && is_number(words, from + 2);
    if !parts || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let date = month_day(number(month)?, number(day)?, year(words[from + 2].normal)?)?;
    Some((Point::On(date), from + 3))
}

/// US order; the day first only where the month cannot be first.
fn month_day(first: u8, second: u8, year: i16) -> Option<PartialDate> {
    let date = PartialDate::new(year, Some(first), Some(second));
    if first > 12 {
        return PartialDate::new(year, Some(second), Some(first)).ok();
    }
    date.ok()
}

fn number(text: &str) -> Option<u8> {
    (text.len() <= 2).then(|| text.parse().ok()).flatten()
}

/// A year of four digits, or of two: 69 and before of this century, later ones of the last.
fn year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    match text.len() {
        4 if (1880..=2199).contains(&year) => Some(year),
        2 if year < 70 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

/// Past a time of day: "14:30", "T14:30:00Z", "at 2:30 pm".
fn clock(words: &[Word<'_>], from: usize) -> usize {
    let mut at = from;
    if matches!(word(words, at), "at" | "@" | ",") {
        at += 1;
    }
    let iso = glued(words, from) && word(words, from).strip_prefix('t').is_some_and(|h| h.len() == 2 && h.parse::<u8>().is_ok());
    let plain = is_number(words, at) && word(words, at).len() <= 2;
    if !(iso || plain) || word(words, at + 1) != ":" || !glued(words, at + 2) || !is_number(words, at + 2) {
        return from;
    }
    at += 3;
    while word(words, at) == ":" && glued(words, at) && is_number(words, at + 1) {
        at += 2;
    }
    match word(words, at) {
        "am" | "pm" | "hr" | "hour" | "z" | "h" => at + 1,
        "a" | "p" if word(words, at + 1) == "." && word(words, at + 2) == "m" => at + 3 + usize::from(word(words, at + 3) == "."),
        _ => at,
    }
}

/// `4 March 2024`, `4th of March`, `4-Mar-2024`.
fn day_month(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let (day, mut at) = match ordinal(words, from) {
        Some((n, end)) => (u8::try_from(n).ok()?, end),
        None => (number(words[from].normal)?, from + 1),
    };
    let hyphen = dash(word(words, at)) && glued(words, at) && glued(words, at + 1);
    at += usize::from(hyphen || word(words, at) == "of");
    let month = month(words, at)?;
    let mut end = at + 1 + usize::from(word(words, at + 1) == "." && glued(words, at + 1));
    end += usize::from(word(words, end) == "," || dash(word(words, end)) && hyphen);
    let long_year = is_number(words, end) && (word(words, end).len() == 4 || hyphen && word(words, end).len() == 2);
    if let Some(year) = long_year.then(|| year(word(words, end))).flatten() {
        return Some((Point::On(PartialDate::new(year, Some(month), Some(day)).ok()?), clock(words, end + 1)));
    }
    PartialDate::new(2024, Some(month), Some(day)).ok()?;
    Some((Point::Yearless(month, Some(day)), at + 1))
}

/// `March 4, 2024`, `Mar 2024`, `March of 2024`, `March 4th`, `Mar-24`; alone only after a word that asks for a time.
fn named(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    if let Some(found) = season(words, from) {
        return Some(found);
    }
    let month = month(words, from)?;
    let mut at = from + 1 + usize::from(word(words, from + 1) == "." && glued(words, from + 1));
    let hyphen = dash(word(words, at)) && glued(words, at) && is_number(words, at + 1) && glued(words, at + 1);
    let bare = at;
    at += usize::from(hyphen || matches!(word(words, at), "of" | ",") && is_number(words, at + 1));
    if is_number(words, at) && word(words, at).len() == 4 {
        return year(word(words, at)).and_then(|y| PartialDate::new(y, Some(month), None).ok()).map(|d| (Point::On(d), at + 1));
    }
    if word(words, at) == "'" && is_number(words, at + 1) && word(words, at + 1).len() == 2 {
        let year = year(word(words, at + 1))?;
        return Some((Point::On(PartialDate::new(year, Some(month), None).ok()?), at + 2));
    }
    if is_number(words, at) && word(words, bare) != "of" {
        let (day, end) = match ordinal(words, at) {
            Some((n, end)) => (u8::try_from(n).ok(), end),
            None => (number(word(words, at)), at + 1),
        };
        if let Some(day) = day.filter(|d| PartialDate::new(2024, Some(month), Some(*d)).is_ok()) {
            let after = end + usize::from(matches!(word(words, end), "," | "of") || dash(word(words, end)) && hyphen);
            let written = is_number(words, after) && (word(words, after).len() == 4 || hyphen && word(words, after).len() == 2);
            if let Some(year) = written.then(|| year(word(words, after))).flatten() {
                let date = PartialDate::new(year, Some(month), Some(day)).ok()?;
                return Some((Point::On(date), clock(words, after + 1)));
            }
            // "March 24 mg" is no date, and "may 5" may be a verb.
            let plain_verb = matches!(words[from].surface, "may" | "march");
            return (!plain_verb).then_some((Point::Yearless(month, Some(day)), end));
        }
        return None;
    }
    let asked = matches!(
        before(words, from, 1),
        "in" | "since"
            | "last"
            | "early"
            | "late"
            | "mid"
            | "until"
            | "from"
            | "between"
            | "and"
            | "to"
            | "through"
            | "by"
            | "of"
            | "during"
            | "-"
    );
    let capital = words[from].surface.starts_with(|c: char| c.is_ascii_uppercase());
    let free = !matches!(words[from].normal, "mar" | "may" | "march" | "dec" | "sun" | "jan" | "sep") || asked;
    (capital && free && (asked || words[from].normal.len() > 4)).then_some((Point::Yearless(month, None), bare))
}

/// `fall of 2019`, `spring 2021`: the months of it.
fn season(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let (first, last) = match words[from].normal {
        "spring" => (3, 5),
        "summer" => (6, 8),
        "fall" | "autumn" => (9, 11),
        "winter" => (1, 3),
        _ => return None,
    };
    let at = from + 1 + usize::from(word(words, from + 1) == "of");
    let year = Some(at).filter(|at| is_number(words, *at) && word(words, *at).len() == 4).and_then(|at| year(word(words, at)))?;
    let from = PartialDate::new(year, Some(first), None).ok()?;
    Some((Point::Between(from, PartialDate::new(year, Some(last), None).ok()?), at + 1))
}

/// A year alone, after a word that asks for one or in brackets, and two years as a period.
fn year_alone(words: &[Word<'_>], from: usize) -> Option<(Point, usize)> {
    let text = words[from].normal;
    if text.len() != 4 || words[from].surface.len() != 4 {
        return None;
    }
    let date = PartialDate::new(year(text)?, None, None).ok()?;
    let next = word(words, from + 1);
    let asked = matches!(
        before(words, from, 1),
        "in" | "since"
            | "until"
            | "till"
            | "from"
            | "of"
            | "during"
            | "by"
            | "circa"
            | "early"
            | "late"
            | "mid"
            | "around"
            | "about"
            | "year"
            | "before"
            | "after"
            | "between"
            | "through"
            | "to"
            | "and"
    ) || dash(before(words, from, 1)) && glued(words, from);
    let bracketed = before(words, from, 1) == "(" && matches!(next, ")" | "," | ";");
    let led = from == 0 && matches!(next, ":" | "-") || before(words, from, 1) == "," && matches!(next, "" | "." | ",");
    let unit = crate::quantity::unit::unit(words, from + 1).is_some();
    let strict = (1940..=2035).contains(&date.year());
    (!unit && strict && (asked || bracketed || led)).then_some((Point::On(date), from + 1))
}

/// The month a word names.
pub(crate) fn month(words: &[Word<'_>], at: usize) -> Option<u8> {
    let name = word(words, at);
    if name.len() < 3 {
        return None;
    }
    let month = match name.as_bytes()[0] {
        b'j' => match name {
            "january" | "jan" => 1,
            "june" | "jun" => 6,
            "july" | "jul" => 7,
            _ => return None,
        },
        b'f' if matches!(name, "february" | "feb") => 2,
        b'm' => match name {
            "march" | "mar" => 3,
            "may" => 5,
            _ => return None,
        },
        b'a' => match name {
            "april" | "apr" => 4,
            "august" | "aug" => 8,
            _ => return None,
        },
        b's' if matches!(name, "september" | "sept" | "sep") => 9,
        b'o' if matches!(name, "october" | "oct") => 10,
        b'n' if matches!(name, "november" | "nov") => 11,
        b'd' if matches!(name, "december" | "dec") => 12,
        _ => return None,
    };
    Some(month)
}

/// Three numbers in the shape of a date that the calendar does not have: neither a date nor a value. Gives the word after them.
pub(crate) fn impossible(words: &[Word<'_>], from: usize) -> Option<usize> {
    let mark = word(words, from + 1);
    let joined = |at: usize| word(words, at) == mark && glued(words, at) && glued(words, at + 1) && is_number(words, at + 1);
    let shaped = is_number(words, from) && (mark == "/" || dash(mark)) && joined(from + 1) && joined(from + 3);
    let pressure = || crate::quantity::unit::unit(words, from + 5).is_some_and(|u| u.ucum == "mm[Hg]");
    (shaped && one(words, from).is_none() && !pressure()).then_some(from + 5)
}
