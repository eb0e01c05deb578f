//! Moments and periods of a column as numbers, and the classes of them that a condition cannot tell apart.
//!
//! A condition that compares a moment with constants can only change its mind near one of these constants. So the moments between two constants are one class (for one
//! way of writing them), and the row engine is asked for one of each class; only those near a constant are asked one by one.

use super::compares::Constant;
use super::dictionary::Dictionary;
use crate::scan;
use cql::value::{DateTime, Precision, Value};
use std::collections::HashMap;

/// The shape of content that is no single moment or period.
const OTHER: u16 = u16::MAX;
/// One day in milliseconds.
pub(super) const DAY: i64 = 86_400_000;
/// Offsets from UTC may be up to fourteen hours, a value without one may be taken at any: this far from a constant nothing depends on them.
const NEAR: i64 = 2 * DAY;

/// The moments of a dictionary's contents.
#[derive(Default)]
pub(super) struct Times {
    /// First millisecond each start may be, since 1970, by number of the content.
    starts: Vec<i64>,
    /// The same of ends; empty when no content is a period.
    ends: Vec<i64>,
    shapes: Vec<u16>,
    kinds: Vec<Shape>,
}

/// How a content is written. Two of one shape differ in nothing but the moments.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Shape {
    member: Vec<u8>,
    start: Option<Written>,
    end: Option<Written>,
    period: bool,
}

/// How a moment is written: its precision, and the length of its text (fractions of a second, an offset).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Written {
    precision: Precision,
    length: u8,
}

impl Written {
    /// At least as long as a value of this precision can last, in milliseconds.
    fn width(self) -> i64 {
        match self.precision {
            Precision::Year => 366 * DAY,
            Precision::Month => 31 * DAY,
            _ => DAY,
        }
    }
}

impl Times {
    /// Reads the contents of a dictionary; `None` when hardly any is a moment or period.
    pub(super) fn of(dictionary: &Dictionary) -> Option<Times> {
        let mut times = Times::default();
        let mut known: HashMap<Shape, u16> = HashMap::new();
        let mut others = 0;
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for number in 0..=dictionary.len() as u32 {
            let read = read(dictionary.get(number));
            let mut shape = OTHER;
            let (mut start, mut end) = (0, 0);
            if let Some((kind, s, e)) = read {
                let next = u16::try_from(times.kinds.len()).unwrap_or(OTHER);
                shape = *known.entry(kind).or_insert_with_key(|kind| {
                    if next != OTHER {
                        times.kinds.push(kind.clone());
                    }
                    next
                });
                (start, end) = (s, e);
            } else if number > 0 {
                others += 1;
            }
            starts.push(start);
            ends.push(end);
            times.shapes.push(shape);
            if others > 64 && others * 2 > number {
                return None;
            }
        }
        if times.kinds.is_empty() {
            return None;
        }
        times.starts = starts;
        if times.kinds.iter().any(|k| k.period) {
            times.ends = ends;
        }
        Some(times)
    }

    pub(super) fn memory(&self) -> usize {
        (self.starts.capacity() + self.ends.capacity()) * 8 + self.shapes.capacity() * 2
    }
}

/// The moment or period a content is, when it is nothing else: its shape, start and end.
fn read(content: &[u8]) -> Option<(Shape, i64, i64)> {
    let object = [b"{", content.get(1..)?, b"}"].concat();
    let mut members = scan::members(&object);
    let (member, value) = members.next()?;
    if members.next().is_some() || member.starts_with(b"_") {
        return None;
    }
    if value.first() == Some(&b'"') {
        let (written, at) = moment(value)?;
        return Some((Shape { member: member.to_vec(), start: Some(written), end: None, period: false }, at, at));
    }
    let (mut start, mut end, mut count) = (None, None, 0);
    for (key, value) in scan::members(value) {
        match key {
            b"start" if start.is_none() => start = Some(moment(value)?),
            b"end" if end.is_none() => end = Some(moment(value)?),
            _ => return None,
        }
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let shape = Shape { member: member.to_vec(), start: start.map(|s| s.0), end: end.map(|e| e.0), period: true };
    Some((shape, start.map_or(0, |s| s.1), end.map_or(0, |e| e.1)))
}

/// A date or date-time written as FHIR has it: `2023`, `2023-06`, `2023-06-15`, `2023-06-15T10:00:00[.000](Z|+01:00)`.
fn moment(value: &[u8]) -> Option<(Written, i64)> {
    let text = scan::plain(value)?;
    let bytes = text.as_bytes();
    let date_only = matches!(bytes.len(), 4 | 7 | 10);
    let zone = bytes.ends_with(b"Z") || bytes.len().checked_sub(6).is_some_and(|at| matches!(bytes[at], b'+' | b'-'));
    let with_time = bytes.len() >= 20 && bytes[10] == b'T' && zone;
    if !(date_only || with_time) {
        return None;
    }
    if !bytes.iter().all(|b| b.is_ascii_digit() || b"-:T.Z+".contains(b)) {
        return None;
    }
    let parsed = DateTime::parse(text)?;
    Some((Written { precision: parsed.precision(), length: bytes.len() as u8 }, parsed.to_unix_ms(0)))
}

/// The constants a condition compares with, as stretches of time near which each moment is asked by itself.
pub(super) struct Marks {
    near: Vec<(i64, i64)>,
}

impl Marks {
    /// From the values of the constants; `None` when one is no moment, no interval of them, or no number of years.
    pub(super) fn of(constants: impl IntoIterator<Item = Constant<Value>>) -> Option<Marks> {
        let mut near = Vec::new();
        for constant in constants {
            match constant {
                Constant::At(value, reach) => collect(&value, reach + NEAR, &mut near)?,
                Constant::Years { before, number } => years_before(&before.unwrap_or_default(), &number, &mut near)?,
            }
        }
        near.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in near {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Some(Marks { near: merged })
    }

    /// Between which constants a stretch lies; `None` when it is near one.
    fn segment(&self, from: i64, to: i64) -> Option<usize> {
        let before = self.near.iter().take_while(|(_, end)| *end < from).count();
        match self.near.get(before) {
            Some((start, _)) if *start <= to => None,
            _ => Some(before),
        }
    }

    fn segments(&self) -> usize {
        self.near.len() + 1
    }

    /// How many classes there are for the contents of a column.
    pub(super) fn classes(&self, times: &Times) -> usize {
        times.kinds.len() * self.segments() * self.segments() * 3
    }

    /// The class of a content; `None` when it must be asked by itself.
    pub(super) fn class(&self, times: &Times, number: u32) -> Option<usize> {
        let shape = *times.shapes.get(number as usize)?;
        let kind = times.kinds.get(usize::from(shape))?;
        let start = times.starts[number as usize];
        let place = |at: i64, written: Option<Written>| match written {
            Some(written) => self.segment(at, at + written.width()),
            None => Some(0),
        };
        let of_start = place(start, kind.start)?;
        let (mut of_end, mut order) = (0, 0);
        if let (Some(first), Some(last)) = (kind.start, kind.end) {
            let end = times.ends[number as usize];
            order = if start + first.width() + NEAR < end {
                0
            } else if end + last.width() + NEAR < start {
                1
            } else if first == last && first.precision >= Precision::Second && start <= end {
                // Close together, and which comes first is certain.
                2
            } else {
                return None;
            };
        }
        if kind.end.is_some() {
            of_end = place(times.ends[number as usize], kind.end)?;
        }
        let segments = self.segments();
        Some(((usize::from(shape) * segments + of_start) * segments + of_end) * 3 + order)
    }
}

fn collect(value: &Value, reach: i64, near: &mut Vec<(i64, i64)>) -> Option<()> {
    let mut add = |from: DateTime| near.push((from.to_unix_ms(0) - reach, from.high().to_unix_ms(0) + reach));
    match value {
        Value::Null => {}
        Value::DateTime(at) => add(*at),
        Value::Date(at) => add(at.to_date_time()),
        Value::Interval(interval) => {
            collect(&interval.low, reach, near)?;
            collect(&interval.high, reach, near)?;
        }
        _ => return None,
    }
    Some(())
}

/// An age in years changes on birthdays: those of the number, and of the numbers beside it.
fn years_before(before: &Value, number: &Value, near: &mut Vec<(i64, i64)>) -> Option<()> {
    let at = match before {
        Value::Null => return Some(()),
        Value::DateTime(at) => *at,
        Value::Date(at) => at.to_date_time(),
        _ => return None,
    };
    match number {
        Value::Null => {}
        Value::Integer(number) => {
            for years in number.checked_sub(1)?..=number.checked_add(1)? {
                if !(-2..=400).contains(&years) {
                    return None;
                }
                // In 400 years the calendar is three days shorter than years of 365 1/4 days; leap days move a birthday by one more.
                let (from, to) = (at.to_unix_ms(0), at.high().to_unix_ms(0));
                let shift = (i64::from(years) * 1_461 / 4) * DAY;
                near.push((from - shift - 5 * DAY - NEAR, to - shift + 5 * DAY + NEAR));
            }
        }
        Value::Interval(interval) => {
            years_before(before, &interval.low, near)?;
            years_before(before, &interval.high, near)?;
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str, marks: &Marks) -> Option<usize> {
        let mut dictionary = Dictionary::default();
        let number = dictionary.intern(text.as_bytes());
        marks.class(&Times::of(&dictionary)?, number)
    }

    #[test]
    fn moments_far_from_every_constant_are_one_class() {
        let at = |text: &str| Value::DateTime(DateTime::parse(text).unwrap());
        let both = [at("2023-01-01T00:00:00.000Z"), at("2024-01-01T00:00:00.000Z")];
        let marks = Marks::of(both.map(|value| Constant::At(value, 0))).unwrap();
        let of = |date: &str| class(&format!(",\"d\":\"{date}\""), &marks);
        let (before, within, after) = (of("2022-06-01T10:00:00Z"), of("2023-06-01T10:00:00Z"), of("2024-06-01T10:00:00Z"));
        assert!(before.is_some() && within.is_some() && after.is_some());
        assert!(before != within && within != after && before != after);
        assert_eq!(of("1999-01-01T00:00:00Z"), before);
        assert_eq!(of("2023-12-20T00:00:00Z"), within);
        for near in ["2022-12-31T00:00:00Z", "2023-01-02T23:00:00Z", "2023-12-31T23:59:59Z", "2023", "2024", "2022-12", "2023-01"]
        {
            assert_eq!(of(near), None, "{near}");
        }
        assert!(of("2023-05").is_some() && of("2021").is_some());
        for other in ["2023-13-01", "2023-05-05T10:00:00", "2023-05-05T10:00Z", "x", "2023-05-05T24:00:00Z"] {
            assert_eq!(of(other), None, "{other}");
        }
        let period = |text: &str| class(&format!(",\"p\":{text}"), &marks);
        assert!(period(r#"{"start":"2023-05-05T10:00:00Z","end":"2023-05-05T11:00:00Z"}"#).is_some());
        assert_ne!(
            period(r#"{"start":"2022-05-05T10:00:00Z","end":"2023-05-05T11:00:00Z"}"#),
            period(r#"{"start":"2023-03-05T10:00:00Z","end":"2023-05-05T11:00:00Z"}"#)
        );
        // Different ways of writing are different classes.
        let mut dictionary = Dictionary::default();
        let shapes =
            [r#","p":{"start":"2022-05-05"}"#, r#","p":{"end":"2022-05-05"}"#, r#","p":"2022-05-05""#, r#","q":"2022-05-05""#];
        let numbers = shapes.map(|text| dictionary.intern(text.as_bytes()));
        let times = Times::of(&dictionary).unwrap();
        let mut classes: Vec<Option<usize>> = numbers.iter().map(|n| marks.class(&times, *n)).collect();
        classes.dedup();
        assert!(classes.len() == 4 && classes.iter().all(Option::is_some), "{classes:?}");
        for other in
            [r#"{"start":"2023-05-05","end":"2023-05-06"}"#, r#"{"start":"2023-05-05","x":1}"#, "{}", r#"{"start":null}"#]
        {
            assert_eq!(period(other), None, "{other}");
        }
    }
}
