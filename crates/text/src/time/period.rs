//! Numbers of days, weeks, months, years: how long, how old, how long ago.

use super::{Base, Point, Raw, Sense, Unit, iso, unit};
use crate::quantity::number::{digits, spelled};
use crate::quantity::word::{Word, are, at as word, before, dash, end_with, glued, is_number};
use crate::tokens::Class;
use rust_decimal::Decimal;

/// How many.
#[derive(Debug, Clone, Copy)]
struct Count {
    /// The number, of a range its lower end; none for "several".
    number: Option<Decimal>,
    end: usize,
}

/// The time that is said by the number at `from`.
pub(crate) fn at(words: &[Word<'_>], from: usize, floor: usize) -> Option<(Raw, usize, usize)> {
    let count = count(words, from)?;
    if let Some(end) = age(words, from, count.end) {
        return Some((Raw::of(Sense::Age), from, end));
    }
    let mut at = count.end;
    // "6-week", "6 - week".
    at += usize::from(dash(word(words, at)) && glued(words, at) == glued(words, at + 1));
    let unit = unit(word(words, at)).filter(|u| usable(words, at, *u))?;
    at += 1;
    if matches!(word(words, at), "'" | "’") {
        at += 1;
    }
    let mut number = count.number;
    if are(words, at, &["and", "a", "half"]) {
        number = number.and_then(|n| n.checked_add(Decimal::new(5, 1)));
        at += 3;
    }
    let mut lasted = number.map(|n| iso(n, unit));
    if let Some((more, end)) = smaller(words, at, unit) {
        lasted = lasted.map(|l| format!("{l}{}", &more[1..]));
        at = end;
    }
    if matches!(word(words, at), "old" | "of") && (word(words, at) == "old" || word(words, at + 1) == "age")
        || dash(word(words, at)) && word(words, at + 1) == "old"
    {
        let end = at + 1 + usize::from(word(words, at) != "old");
        return Some((Raw::of(Sense::Age), from, end));
    }
    Some(place(words, from, at, floor, number, unit, lasted))
}

/// Letters stand for a unit only where nothing else is meant.
fn usable(words: &[Word<'_>], at: usize, unit: Unit) -> bool {
    match words[at].normal {
        "d" | "h" | "w" | "y" => {
            words[at].surface != "H" && words[at].surface != "D" && !matches!(word(words, at + 1), "." | "/" | "'")
        }
        "min" if unit == Unit::Minute => word(words, at + 1) != "." || word(words, at + 2).is_empty(),
        "mon" => false,
        _ => true,
    }
}

fn count(words: &[Word<'_>], from: usize) -> Option<Count> {
    let first = words.get(from)?;
    if first.class == Class::Word {
        return in_words(words, from);
    }
    let number = digits(words, from).filter(|n| n.power.is_none())?;
    let mut end = number.end;
    let joined = dash(word(words, end)) || matches!(word(words, end), "to" | "or");
    if joined && let Some(second) = digits(words, end + 1).filter(|n| n.value > number.value && n.power.is_none()) {
        end = second.end;
    }
    end += usize::from(word(words, end) == "+" && glued(words, end));
    if are(words, end, &["and", "a", "half"]) {
        return Some(Count { number: number.value.checked_add(Decimal::new(5, 1)), end: end + 3 });
    }
    Some(Count { number: Some(number.value), end })
}

fn in_words(words: &[Word<'_>], from: usize) -> Option<Count> {
    let counted = |number: Option<Decimal>, end: usize| Some(Count { number, end });
    if let Some(number) = words[from].normal.strip_prefix('x').filter(|n| !n.is_empty() && n.len() <= 3) {
        // "x6 weeks".
        return counted(Some(number.parse().ok()?), from + 1);
    }
    match words[from].normal {
        "a" | "an" => match word(words, from + 1) {
            "couple" => counted(Some(Decimal::TWO), from + 2 + usize::from(word(words, from + 2) == "of")),
            "few" => counted(None, from + 2),
            "half" => counted(Some(Decimal::new(5, 1)), from + 2),
            next => unit(next).and_then(|_| counted(Some(Decimal::ONE), from + 1)),
        },
        "several" | "few" | "many" | "multiple" | "numerous" => {
            counted(None, from + 1 + usize::from(word(words, from + 1) == "more"))
        }
        "couple" => counted(Some(Decimal::TWO), from + 1 + usize::from(word(words, from + 1) == "of")),
        "half" => counted(Some(Decimal::new(5, 1)), from + 1 + usize::from(matches!(word(words, from + 1), "a" | "an"))),
        _ => {
            let (number, mut end) = spelled(words, from)?;
            let joined = dash(word(words, end)) || matches!(word(words, end), "to" | "or");
            if joined && let Some((_, after)) = spelled(words, end + 1).filter(|(n, _)| *n > number) {
                end = after;
            }
            counted(Some(number), end)
        }
    }
}

/// "and 3 months" after "2 years".
fn smaller(words: &[Word<'_>], at: usize, above: Unit) -> Option<(String, usize)> {
    let from = at + usize::from(matches!(word(words, at), "and" | ","));
    let number = match words.get(from)?.class {
        Class::Number => digits(words, from).map(|n| (n.value, n.end))?,
        _ => spelled(words, from)?,
    };
    let below = unit(word(words, number.1))?;
    let fits = matches!(
        (above, below),
        (Unit::Year, Unit::Month) | (Unit::Month, Unit::Day) | (Unit::Year, Unit::Day) | (Unit::Week, Unit::Day)
    );
    let direction = matches!(word(words, number.1 + 1), "ago" | "later" | "after");
    (fits && !(direction && word(words, at) == ",") && above != Unit::Week).then(|| (iso(number.0, below), number.1 + 1))
}

/// "65-year-old", "65 yo", "65 y/o", "aged 65", "at age 45".
fn age(words: &[Word<'_>], from: usize, end: usize) -> Option<usize> {
    let at = end + usize::from(dash(word(words, end)));
    match word(words, at) {
        "yo" | "yof" | "yom" | "yowm" | "yowf" | "yobm" | "yobf" => return Some(at + 1),
        "y" if matches!(word(words, at + 1), "/" | ".") && word(words, at + 2) == "o" => {
            return Some(at + 3 + usize::from(word(words, at + 3) == "." && word(words, at + 1) == "."));
        }
        _ => {}
    }
    let named = matches!(before(words, from, 1), "aged" | "age")
        || end_with(words, from, &["age", "of"])
        || end_with(words, from, &["age", ":"]);
    (named
        && is_number(words, from)
        && words[from].normal.len() <= 3
        && crate::quantity::word::at(words, from + 1) != "/"
        && unit(word(words, at)).is_none())
    .then_some(end)
}

/// What the words around a number of units make of it.
fn place(
    words: &[Word<'_>],
    from: usize,
    end: usize,
    floor: usize,
    number: Option<Decimal>,
    unit: Unit,
    lasted: Option<String>,
) -> (Raw, usize, usize) {
    if let Some((raw, end)) = direction(words, end, number, unit) {
        return (raw, start_of(words, from, floor), end);
    }
    let (limit, start) = limit(words, from, floor);
    let lasted = lasted.filter(|_| limit != Limit::Upper);
    let mut raw = Raw { lasted, ..Raw::of(Sense::Duration) };
    let ago = number.map(|n| Point::Shift(-n, unit, Base::Written));
    let mut lead = start;
    if lead > floor && before(words, lead, 1) == "the" {
        lead -= 1;
    }
    let past = lead > floor && matches!(before(words, start, 1), "past" | "last" | "previous" | "preceding" | "prior" | "recent");
    if past {
        let mut lead = start - 1;
        lead -= usize::from(lead > floor && before(words, lead, 1) == "the");
        lead -= usize::from(lead > floor && matches!(before(words, lead, 1), "for" | "over" | "during" | "in" | "within"));
        return (Raw { point: ago, open: true, ..raw }, lead, end);
    }
    if lead > floor && before(words, lead, 1) == "since" {
        return (Raw { point: ago, open: true, ..raw }, lead - 1, end);
    }
    if lead > floor && matches!(before(words, lead, 1), "next" | "following" | "first" | "initial") {
        lead -= 1;
        lead -= usize::from(lead > floor && before(words, lead, 1) == "the");
    }
    if lead > floor && before(words, lead, 1) == "in" && returns(words, lead - 1) {
        return (Raw { point: number.map(|n| Point::Shift(n, unit, Base::Written)), ..Raw::of(Sense::Point) }, lead - 1, end);
    }
    let history = match word(words, end) {
        "history" | "hx" | "h" => true,
        "of" => matches!(word(words, end + 1), "history"),
        _ => false,
    };
    if history {
        raw.point = ago;
        raw.open = true;
        return (raw, start, end + 1);
    }
    if matches!(word(words, end), "course" | "duration" | "period" | "trial") {
        return (raw, start, end + 1);
    }
    if lead > floor && matches!(before(words, lead, 1), "for" | "x" | "×" | "over" | "lasting" | "after" | "within" | "during") {
        if before(words, lead, 1) == "within" {
            raw.lasted = None;
        }
        lead -= 1;
        return (raw, lead, end);
    }
    (raw, start, end)
}

/// The words before "in 2 weeks" speak of coming back.
fn returns(words: &[Word<'_>], at: usize) -> bool {
    words[at.saturating_sub(10)..at].iter().any(|w| {
        matches!(
            w.normal,
            "follow"
                | "followup"
                | "return"
                | "recheck"
                | "repeat"
                | "see"
                | "back"
                | "again"
                | "revisit"
                | "appointment"
                | "schedule"
                | "scheduled"
                | "reassess"
                | "reevaluate"
                | "rtc"
                | "f"
                | "due"
                | "expire"
                | "clinic"
        )
    })
}

fn start_of(words: &[Word<'_>], from: usize, floor: usize) -> usize {
    limit(words, from, floor).1
}

/// How words before a number bound it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    None,
    Lower,
    Upper,
}

/// "at least", "more than", "up to", "about" before a number of units, and the word they begin at.
fn limit(words: &[Word<'_>], from: usize, floor: usize) -> (Limit, usize) {
    use crate::detail::Comparator as C;
    match crate::quantity::bound::comparator(words, from, floor) {
        Some((C::Less | C::AtMost, start)) => (Limit::Upper, start),
        Some((C::Greater, start)) if before(words, start + 1, 0) == "over" && start + 1 == from => (Limit::None, from),
        Some((_, start)) => (Limit::Lower, start),
        None => (Limit::None, from),
    }
}

/// "ago", "later", "prior to admission", "after surgery" after a number of units.
fn direction(words: &[Word<'_>], end: usize, number: Option<Decimal>, unit: Unit) -> Option<(Raw, usize)> {
    let shift = |sign: i64, base: Base| {
        let point = number.map(|n| Point::Shift(n * Decimal::from(sign), unit, base));
        Raw { point, ..Raw::of(Sense::Point) }
    };
    let named = |at: usize| -> Option<(Base, usize)> {
        let at = at + usize::from(matches!(word(words, at), "the" | "his" | "her" | "their" | "this" | "initial"));
        match word(words, at) {
            "admission" | "presentation" | "hospitalization" | "arrival" | "admit" => Some((Base::Admission, at + 1)),
            "surgery" | "operation" | "procedure" | "op" => Some((Base::Operation, at + 1)),
            "visit" | "appointment" => Some((Base::Written, at + 1)),
            _ => None,
        }
    };
    Some(match word(words, end) {
        "ago" => (shift(-1, Base::Written), end + 1),
        "earlier" | "previously" => (shift(-1, Base::Written), end + 1),
        "prior" | "before" | "preceding" => {
            let after = end + 1 + usize::from(word(words, end + 1) == "to");
            match named(after) {
                Some((base, end)) => (shift(-1, base), end),
                None if after > end + 1 || word(words, end) != "prior" => (shift(-1, Base::Event), after),
                None => (shift(-1, Base::Written), after),
            }
        }
        "later" => (shift(1, Base::Event), end + 1),
        "after" | "following" | "post" | "from" if !matches!(word(words, end), "from") || word(words, end + 1) == "now" => {
            if word(words, end + 1) == "now" {
                return Some((shift(1, Base::Written), end + 2));
            }
            let at = end + 1 + usize::from(dash(word(words, end + 1)));
            match named(at) {
                Some((base, end)) => (shift(1, base), end),
                None => (shift(1, Base::Event), end + 1),
            }
        }
        "postop" | "postoperatively" => (shift(1, Base::Operation), end + 1),
        "hence" => (shift(1, Base::Written), end + 1),
        _ => return None,
    })
}
