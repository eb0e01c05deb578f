//! How often: "twice weekly", "q 3 months", "3x/week", "b.i.d.".

use super::{Raw, Sense, Unit, iso, unit};
use crate::detail::Recurrence;
use crate::quantity::number::{cardinal, decimal};
use crate::quantity::word::{Word, are, at as word, dash, glued, is_number};
use crate::tokens::Class;
use rust_decimal::Decimal;

/// The recurrence that begins at `from`.
pub(crate) fn at(words: &[Word<'_>], from: usize, _floor: usize) -> Option<(Raw, usize, usize)> {
    let (every, end) = one(words, from)?;
    Some((Raw { every: Some(every), ..Raw::of(Sense::Recurrence) }, from, end))
}

fn one(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let first = words.get(from)?;
    if first.class == Class::Number {
        return times(words, from);
    }
    if first.class != Class::Word {
        return None;
    }
    match first.normal.as_bytes().first()? {
        b'q' => q(words, from),
        b'e' | b'a' if matches!(first.normal, "every" | "each" | "alternate") => every(words, from),
        b'a' if first.normal == "at" && matches!(word(words, from + 1), "bedtime" | "night") => {
            Some((often(1, Unit::Day, 1), from + 2))
        }
        b'b' | b't' => letters(words, from).or_else(|| times(words, from)).or_else(|| adverb(words, from)),
        _ => adverb(words, from).or_else(|| times(words, from)),
    }
}

fn often(times: i64, unit: Unit, periods: i64) -> Recurrence {
    Recurrence { times: Decimal::from(times), period: iso(Decimal::from(periods), unit) }
}

/// "daily", "weekly", "nightly".
fn adverb(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let every = match word(words, from) {
        "daily" | "nightly" | "qd" | "bedtime" => often(1, Unit::Day, 1),
        "weekly" => often(1, Unit::Week, 1),
        "biweekly" | "fortnightly" => often(1, Unit::Week, 2),
        "monthly" => often(1, Unit::Month, 1),
        "bimonthly" => often(1, Unit::Month, 2),
        "quarterly" => often(1, Unit::Month, 3),
        "semiannually" => often(1, Unit::Month, 6),
        "yearly" | "annually" | "annual" => often(1, Unit::Year, 1),
        "hourly" => often(1, Unit::Hour, 1),
        "bid" => often(2, Unit::Day, 1),
        "tid" => often(3, Unit::Day, 1),
        "tiw" => often(3, Unit::Week, 1),
        "biw" => often(2, Unit::Week, 1),
        _ => return None,
    };
    // "daily activities", "weekly rounds" say nothing of the treatment.
    (!matches!(word(words, from + 1), "activity" | "living" | "basis")).then_some((every, from + 1))
}

/// "b.i.d.", "t.i.d.".
fn letters(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let times = match words[from].normal {
        "b" => 2,
        "t" => 3,
        "q" => 4,
        _ => return None,
    };
    let points = word(words, from + 1) == "."
        && word(words, from + 2) == "i"
        && word(words, from + 3) == "."
        && word(words, from + 4) == "d";
    points.then(|| (often(times, Unit::Day, 1), from + 5 + usize::from(word(words, from + 5) == ".")))
}

/// "q8h", "q 3 months", "qd", "qhs", "q.d.", "q4-6h".
fn q(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let first = words[from].normal;
    if let Some(found) = letters(words, from) {
        return Some(found);
    }
    let whole = match first {
        "qd" | "qday" | "qdaily" | "qhs" | "qpm" | "qam" | "qnight" | "qnoc" | "qdinner" | "qsupper" => often(1, Unit::Day, 1),
        "qod" => often(1, Unit::Day, 2),
        "qid" => often(4, Unit::Day, 1),
        "qwk" | "qweek" | "qw" | "qweekly" => often(1, Unit::Week, 1),
        "qow" => often(1, Unit::Week, 2),
        "qmonth" | "qmo" | "qmonthly" => often(1, Unit::Month, 1),
        "qyear" | "qyr" => often(1, Unit::Year, 1),
        "qh" => often(1, Unit::Hour, 1),
        "q" => return spaced_q(words, from),
        _ => return joined_q(words, from),
    };
    Some((whole, from + 1))
}

/// "q8h", "q2wk", "q4-6h": the number within the word.
fn joined_q(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let tail = words[from].normal.strip_prefix('q')?;
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    let count = decimal(&tail[..digits])?;
    let name = &tail[digits..];
    if !name.is_empty() {
        return Some((Recurrence { times: Decimal::ONE, period: iso(count, unit_of_q(name)?) }, from + 1));
    }
    let (count, at) = longer(words, count, from + 1);
    let found = unit_of_q(word(words, at))?;
    Some((Recurrence { times: Decimal::ONE, period: iso(count, found) }, at + 1))
}

/// Units after q: "h", "hour", "d", "w", "mo".
fn unit_of_q(name: &str) -> Option<Unit> {
    match name {
        "m" => Some(Unit::Month),
        name => unit(name).or_else(|| unit(name.trim_end_matches('s'))),
    }
}

/// "q 3 months", "q day", "q.d.", "q other day".
fn spaced_q(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let at = from + 1 + usize::from(word(words, from + 1) == ".");
    match word(words, at) {
        "h" if word(words, at + 1) == "." && word(words, at + 2) == "s" => {
            return Some((often(1, Unit::Day, 1), at + 3 + usize::from(word(words, at + 3) == ".")));
        }
        "o" if word(words, at + 1) == "." && word(words, at + 2) == "d" => {
            return Some((often(1, Unit::Day, 2), at + 3 + usize::from(word(words, at + 3) == ".")));
        }
        "hs" | "am" | "pm" | "night" | "bedtime" => return Some((often(1, Unit::Day, 1), at + 1)),
        "other" => return unit(word(words, at + 1)).map(|u| (often(1, u, 2), at + 2)),
        _ => {}
    }
    let (every, end) = periods(words, at)?;
    let dotted = at > from + 1 && word(words, end) == "." && words[end - 1].normal.len() == 1;
    Some((every, end + usize::from(dotted)))
}

/// "every 8 hours", "every other week", "every day", "every 2 to 4 weeks", "every morning", "each night".
fn every(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let at = from + 1;
    if words[from].normal == "alternate" {
        return unit(word(words, at)).map(|u| (often(1, u, 2), at + 1));
    }
    match word(words, at) {
        "other" | "second" => unit(word(words, at + 1)).map(|u| (often(1, u, 2), at + 2)),
        "morning" | "evening" | "night" | "afternoon" | "bedtime" => Some((often(1, Unit::Day, 1), at + 1)),
        "few" | "several" => None,
        _ => periods(words, at),
    }
}

/// "8 hours", "two months", "day", "4-6 h": once in each.
fn periods(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let (count, mut at) = match words.get(from)?.class {
        Class::Number => longer(words, decimal(words[from].normal)?, from + 1),
        _ => match cardinal(words[from].normal) {
            Some(n) => longer(words, Decimal::from(n), from + 1),
            None => (Decimal::ONE, from),
        },
    };
    at += usize::from(dash(word(words, at)) && at > from);
    let found = unit(word(words, at))?;
    (count > Decimal::ZERO).then(|| (Recurrence { times: Decimal::ONE, period: iso(count, found) }, at + 1))
}

/// Of "4-6", "2 to 4", "6 or 12" the longer: what is at least meant.
fn longer(words: &[Word<'_>], first: Decimal, at: usize) -> (Decimal, usize) {
    let joined = dash(word(words, at)) || matches!(word(words, at), "to" | "or");
    let second =
        if is_number(words, at + 1) { decimal(word(words, at + 1)) } else { cardinal(word(words, at + 1)).map(Decimal::from) };
    match second.filter(|_| joined) {
        Some(second) if second > first => (second, at + 2),
        _ => (first, at),
    }
}

/// "twice weekly", "3 times a day", "3x/week", "2-3 times per week", "once every 3 weeks".
fn times(words: &[Word<'_>], from: usize) -> Option<(Recurrence, usize)> {
    let (count, mut at) = match words[from].normal {
        "once" => (Decimal::ONE, from + 1),
        "twice" => (Decimal::TWO, from + 1),
        "thrice" => (Decimal::from(3), from + 1),
        "one" | "single" if word(words, from + 1) == "time" => (Decimal::ONE, from + 2),
        _ => {
            let (count, at) = lower(words, from)?;
            let marked = match word(words, at) {
                "time" => at + 1,
                "x" | "×" => at + 1,
                "/" if word(words, at + 1) == "wk" || word(words, at + 1) == "week" => at,
                // "2 days a week": on so many days.
                "day" | "days" | "night" if matches!(word(words, at + 1), "a" | "per" | "/" | "each") => at + 1,
                "session" | "visit" | "treatment" | "episode" | "infusion" | "seizure" | "injection"
                    if matches!(word(words, at + 1), "a" | "per" | "/" | "each" | "every" | "weekly" | "monthly") =>
                {
                    at + 1
                }
                _ => return None,
            };
            (count, marked)
        }
    };
    at += usize::from(dash(word(words, at)) && glued(words, at));
    let (per, end) = match word(words, at) {
        "a" | "per" | "/" | "each" | "every" | "in" if word(words, at) != "in" || word(words, at + 1) == "a" => {
            let at = at + 1 + usize::from(word(words, at) == "in");
            let (every, end) = periods(words, at)?;
            (every, end)
        }
        _ => adverb(words, at)?,
    };
    Some((Recurrence { times: count, period: per.period }, end))
}

/// Of "2-3", "two or three" the lower.
fn lower(words: &[Word<'_>], from: usize) -> Option<(Decimal, usize)> {
    let one = |at: usize| -> Option<Decimal> {
        if is_number(words, at) { decimal(word(words, at)) } else { cardinal(word(words, at)).map(Decimal::from) }
    };
    let first = one(from)?;
    let joined = dash(word(words, from + 1)) || matches!(word(words, from + 1), "to" | "or");
    let end = if joined && one(from + 2).is_some() { from + 3 } else { from + 1 };
    // "3x" may be one word with what follows ("3xweekly"), which is left.
    (!are(words, end, &["-", "year"])).then_some((first, end))
}
