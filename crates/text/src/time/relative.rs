//! Times that are said by words alone: "yesterday", "last month", "POD#3", "the next day".

use super::date::month;
use super::{Base, Point, Raw, Sense, Unit, unit};
use crate::quantity::number::{cardinal, ordinal};
use crate::quantity::word::{Word, at as word, before, dash, is_number};
use crate::tokens::Class;
use rust_decimal::Decimal;

/// The relative time that begins at `from`.
pub(crate) fn at(words: &[Word<'_>], from: usize, floor: usize) -> Option<(Raw, usize, usize)> {
    let first = words.get(from)?;
    if first.class == Class::Number {
        return numbered(words, from);
    }
    if first.class != Class::Word {
        return None;
    }
    let day = |n: i64| Raw::point(Point::Shift(Decimal::from(n), Unit::Day, Base::Written));
    let duration = || Raw::of(Sense::Duration);
    let (raw, end) = match *first.normal.as_bytes().first()? {
        b'y' if first.normal == "yesterday" => (day(-1), from + 1),
        b't' => match first.normal {
            "today" | "tonight" => (day(0), from + 1),
            "tomorrow" => (day(1), from + 1),
            "this" => this(words, from)?,
            "third" | "tenth" => return ordinal_day(words, from),
            _ => return None,
        },
        b'l' => match first.normal {
            "last" => near(words, from, -1)?,
            "lifelong" => (duration(), from + 1),
            _ => return None,
        },
        b'p' => match first.normal {
            "past" | "previous" | "prior" | "preceding" => near(words, from, -1)?,
            "pod" => after_base(words, from + 1, Base::Operation, 0)?,
            "postoperative" | "postop" | "postsurgical" => named_day(words, from + 1, Base::Operation, 0)?,
            "post" => {
                let at = from + 1 + usize::from(dash(word(words, from + 1)));
                let op = matches!(word(words, at), "op" | "operative" | "surgery" | "surgical");
                op.then(|| named_day(words, at + 1, Base::Operation, 0)).flatten()?
            }
            _ => return None,
        },
        b'h' => match first.normal {
            "hospital" => named_day(words, from + 1, Base::Admission, -1)?,
            "hd" => after_base(words, from + 1, Base::Admission, -1)?,
            _ => return None,
        },
        b'n' if first.normal == "next" => near(words, from, 1)?,
        b'f' => match first.normal {
            "following" => near(words, from, 1)?,
            "first" | "fourth" | "fifth" => return ordinal_day(words, from),
            _ => return None,
        },
        b's' if matches!(first.normal, "second" | "sixth" | "seventh") => return ordinal_day(words, from),
        b'e' if first.normal == "eighth" => return ordinal_day(words, from),
        b'o' if first.normal == "overnight" => (duration(), from + 1),
        b'a' if first.normal == "all" && word(words, from + 1) == "night" => (duration(), from + 2),
        b'd' => match first.normal {
            "day"
                if word(words, from + 1) == "of" && matches!(word(words, from + 2), "admission" | "surgery" | "presentation") =>
            {
                let base = if word(words, from + 2) == "surgery" { Base::Operation } else { Base::Admission };
                (Raw::point(Point::Shift(Decimal::ZERO, Unit::Day, base)), from + 3)
            }
            "day" => counted(words, from)?,
            _ => return None,
        },
        b'w' if first.normal == "week" => counted(words, from)?,
        b'm' if first.normal == "month" => counted(words, from)?,
        _ => return None,
    };
    let start = from - usize::from(from > floor && before(words, from, 1) == "the");
    Some((raw, start, end))
}

/// "this morning", "this week".
fn this(words: &[Word<'_>], from: usize) -> Option<(Raw, usize)> {
    let point = match word(words, from + 1) {
        "morning" | "afternoon" | "evening" | "am" => Point::Shift(Decimal::ZERO, Unit::Day, Base::Written),
        "week" => Point::Calendar(Unit::Week, 0),
        "month" => Point::Calendar(Unit::Month, 0),
        "year" => Point::Calendar(Unit::Year, 0),
        _ => return None,
    };
    Some((Raw::point(point), from + 2))
}

/// "last week", "last night", "past year", "next month", "last Tuesday", "last March".
fn near(words: &[Word<'_>], from: usize, side: i8) -> Option<(Raw, usize)> {
    let first = words[from].normal;
    let next = word(words, from + 1);
    if let Some(day) = weekday(next) {
        return Some((Raw::point(Point::Weekday(day, side)), from + 2));
    }
    if let Some(month) = month(words, from + 1).filter(|_| side < 0 && first == "last") {
        return Some((Raw::point(Point::Yearless(month, None)), from + 2));
    }
    let lasting =
        matches!(first, "past" | "preceding") || first == "last" && matches!(before(words, from, 1), "the") && next != "night";
    let raw = match next {
        "night" | "evening" if side < 0 => Raw::point(Point::Shift(Decimal::NEGATIVE_ONE, Unit::Day, Base::Written)),
        "day" if side < 0 && !lasting => Raw::point(Point::Shift(Decimal::NEGATIVE_ONE, Unit::Day, Base::Event)),
        "day" | "morning" if side > 0 => Raw::point(Point::Shift(Decimal::ONE, Unit::Day, Base::Event)),
        "day" | "week" | "month" | "year" if lasting => {
            // "over the past year": a whole one up to now.
            let unit = unit(next)?;
            Raw {
                point: Some(Point::Shift(Decimal::NEGATIVE_ONE, unit, Base::Written)),
                open: true,
                lasted: Some(super::iso(Decimal::ONE, unit)),
                ..Raw::of(Sense::Duration)
            }
        }
        "week" | "month" | "year" if matches!(first, "last" | "next") => Raw::point(Point::Calendar(unit(next)?, side)),
        "week" | "month" | "year" => Raw::point(Point::Shift(Decimal::from(side), unit(next)?, Base::Event)),
        _ => return None,
    };
    Some((raw, from + 2))
}

fn weekday(word: &str) -> Option<u8> {
    Some(match word {
        "sunday" => 0,
        "monday" => 1,
        "tuesday" => 2,
        "wednesday" => 3,
        "thursday" => 4,
        "friday" => 5,
        "saturday" => 6,
        _ => return None,
    })
}

/// "postoperative day 3", "hospital day #2".
fn named_day(words: &[Word<'_>], at: usize, base: Base, less: i64) -> Option<(Raw, usize)> {
    let unit = unit(word(words, at)).filter(|u| matches!(u, Unit::Day | Unit::Week | Unit::Month))?;
    let (raw, end) = after_base(words, at + 1, base, if unit == Unit::Day { less } else { 0 })?;
    let Some(Point::Shift(n, _, base)) = raw.point else { return None };
    Some((Raw::point(Point::Shift(n, unit, base)), end))
}

/// "#3", "3", "two" days after a base.
fn after_base(words: &[Word<'_>], at: usize, base: Base, less: i64) -> Option<(Raw, usize)> {
    let mut at = at;
    while matches!(word(words, at), "#" | "-" | "no" | "number") {
        at += 1;
    }
    let number = if is_number(words, at) {
        word(words, at).parse::<i64>().ok().filter(|n| *n <= 400)?
    } else {
        cardinal(word(words, at)).filter(|n| *n <= 60)?
    };
    Some((Raw::point(Point::Shift(Decimal::from(number + less), Unit::Day, base)), at + 1))
}

/// "day 62", "week 24", "days 1-3", "day two": of a course whose start the text names elsewhere.
fn counted(words: &[Word<'_>], from: usize) -> Option<(Raw, usize)> {
    let unit = unit(words[from].normal)?;
    let (raw, mut end) = after_base(words, from + 1, Base::Event, 0)?;
    if words[end - 1].spaced && super::unit(word(words, end)).is_some() {
        return None;
    }
    if (dash(word(words, end)) || word(words, end) == "to") && is_number(words, end + 1) {
        end += 2;
    }
    let Some(Point::Shift(n, _, base)) = raw.point else { return None };
    Some((Raw::point(Point::Shift(n, unit, base)), end))
}

/// "3rd day", "7th postoperative day".
fn numbered(words: &[Word<'_>], from: usize) -> Option<(Raw, usize, usize)> {
    ordinal_day(words, from)
}

fn ordinal_day(words: &[Word<'_>], from: usize) -> Option<(Raw, usize, usize)> {
    let (n, at) = ordinal(words, from)?;
    let (base, at, less) = match word(words, at) {
        "postoperative" | "postop" => (Base::Operation, at + 1, 0),
        "hospital" => (Base::Admission, at + 1, -1),
        _ => (Base::Event, at, 0),
    };
    let unit = unit(word(words, at)).filter(|u| matches!(u, Unit::Day | Unit::Week | Unit::Month))?;
    let n = Decimal::from(i64::from(n) + less);
    Some((Raw::point(Point::Shift(n, unit, base)), from, at + 1))
}
