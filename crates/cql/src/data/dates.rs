//! Dates of one element of one resource type, so that a retrieve over a period need not look at all resources.

use super::Data;
use super::codes::CodePath;
use crate::value::{DateTime, Text};
use json::{Kind, Value};
use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The dates of one type at one element, made when they are worth it.
pub(super) struct DateIndex {
    resource_type: Text,
    path: CodePath,
    asked: AtomicBool,
    dates: OnceLock<Dates>,
}

/// When the resources of one type are, at one element, in whole minutes UTC since 1970: the bounds are
/// generous, so that what lies outside a range is outside for certain.
pub(crate) struct Dates {
    /// By `low`.
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy)]
struct Entry {
    low: i32,
    high: i32,
    row: u32,
}

/// An offset that is not written may be any.
const OFFSET_MAX: i16 = 14 * 60;

impl DateIndex {
    pub(super) fn new(resource_type: &str, path: &CodePath) -> DateIndex {
        let (asked, dates) = (AtomicBool::new(false), OnceLock::new());
        DateIndex { resource_type: Text::new(resource_type), path: path.clone(), asked, dates }
    }

    pub(super) fn is_for(&self, resource_type: &str, path: &CodePath) -> bool {
        self.path == *path && self.resource_type == *resource_type
    }

    pub(super) fn made(&self, data: &Data<'_>) -> &Dates {
        self.dates.get_or_init(|| Dates::build(data, &self.resource_type, &self.path))
    }

    /// The dates, when they are there or this is not the first to ask.
    pub(super) fn asked(&self, data: &Data<'_>) -> Option<&Dates> {
        self.asked.swap(true, Relaxed).then(|| self.made(data))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<DateIndex>() + self.dates.get().map_or(0, |dates| size_of_val(&*dates.entries))
    }
}

impl Dates {
    fn build(data: &Data<'_>, resource_type: &str, path: &CodePath) -> Dates {
        let rows = data.rows(resource_type).iter();
        let dated = rows.filter_map(|&row| {
            // Of several members one counts, as their kinds decide; here all do.
            let ranges = path.members.iter().filter_map(|member| data.resource(row).value.get(member)).filter_map(minutes_of);
            let range = ranges.reduce(|one, other| *one.start().min(other.start())..=*one.end().max(other.end()))?;
            Some(Entry { low: *range.start(), high: *range.end(), row })
        });
        let mut entries: Vec<Entry> = dated.collect();
        entries.sort_by_key(|entry| entry.low);
        Dates { entries: entries.into() }
    }

    /// Adds the rows that may touch a range, in order of their dates: every row whose element is in the range,
    /// during it or overlaps it is among them. A row without a readable date at the element is not.
    pub(crate) fn touching(&self, range: RangeInclusive<i32>, rows: &mut Vec<u32>) {
        let end = self.entries.partition_point(|entry| entry.low <= *range.end());
        let touching = self.entries[..end].iter().filter(|entry| entry.high >= *range.start());
        rows.extend(touching.map(|entry| entry.row));
    }
}

/// The minutes a date-time may be in, whatever the offset that is not written.
pub(crate) fn minutes(time: DateTime) -> RangeInclusive<i32> {
    let minute = |ms: i64| i32::try_from(ms.div_euclid(60_000)).unwrap_or(if ms < 0 { i32::MIN } else { i32::MAX });
    minute(time.low().to_unix_ms(OFFSET_MAX))..=minute(time.high().to_unix_ms(-OFFSET_MAX))
}

/// The minutes of a date, a date-time or a Period; an absent or unreadable bound of a Period is open.
fn minutes_of(element: Value<'_>) -> Option<RangeInclusive<i32>> {
    let read = |value: Value<'_>| value.as_str().and_then(|text| DateTime::parse(&text)).map(minutes);
    match element.kind() {
        Kind::String => read(element),
        Kind::Object => {
            let bound = |name, open| element.get(name).and_then(read).unwrap_or(open);
            let (start, end) = (bound("start", i32::MIN..=i32::MIN), bound("end", i32::MAX..=i32::MAX));
            // A period may be written the wrong way round.
            Some(*start.start().min(end.start())..=*start.end().max(end.end()))
        }
        // A profile may have one where FHIR has several.
        Kind::Array => Some(i32::MIN..=i32::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_cover_every_offset_and_precision() {
        let of = |text: &str| minutes(DateTime::parse(text).unwrap());
        assert_eq!(of("1970-01-01T00:00:00Z"), 0..=0);
        assert_eq!(of("1970-01-01T01:00:59.999+01:00"), 0..=0);
        assert_eq!(of("1969-12-31T23:59:00Z"), -1..=-1);
        assert_eq!(of("1970-01-01T00:00:00"), -840..=840);
        assert_eq!(of("1970-01-01"), -840..=1439 + 840);
        let year = of("1970");
        assert_eq!((*year.start(), *year.end()), (-840, 365 * 1440 - 1 + 840));
    }
}
