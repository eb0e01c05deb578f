//! Dates, date-times and times with their precision, packed so that a comparison at a
//! precision is a mask (CQL Author's Guide, *Date, DateTime, and Time*).

mod reader;

use super::calendar::{DAY_MS, Fields};
use crate::ir::Precision;
use reader::Reader;
use std::fmt;

/// The offset of a value that was written without one.
const NO_OFFSET: i16 = i16::MIN;

/// A date with year, month or day precision.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    bits: u64,
    precision: Precision,
}

/// A date and time with any precision and an optional offset from UTC in minutes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    bits: u64,
    offset: i16,
    precision: Precision,
}

/// A time of day with hour to millisecond precision.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    bits: u64,
    precision: Precision,
}

impl Date {
    /// A date of the given fields; the precision ends at the first absent one. `None` when
    /// there is no such day or the year is outside 1 to 9999.
    pub fn new(year: i32, month: Option<u32>, day: Option<u32>) -> Option<Date> {
        let precision = match (month, day) {
            (None, _) => Precision::Year,
            (Some(_), None) => Precision::Month,
            (Some(_), Some(_)) => Precision::Day,
        };
        let fields =
            Fields { year, month: month.unwrap_or(1), day: if month.is_some() { day.unwrap_or(1) } else { 1 }, ..Fields::MIN };
        fields.is_valid().then(|| Date::from_fields(fields, precision))
    }

    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut reader = Reader::new(text);
        let (fields, precision) = reader.date()?;
        (reader.at_end() && fields.is_valid()).then(|| Date::from_fields(fields, precision))
    }

    pub(crate) fn from_fields(fields: Fields, precision: Precision) -> Date {
        let precision = precision.min(Precision::Day);
        Date { bits: fields.truncated(precision).pack(), precision }
    }

    pub(crate) fn fields(self) -> Fields {
        Fields::unpack(self.bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.bits
    }

    /// How far the date is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The date as a date-time of the same precision.
    pub fn to_date_time(self) -> DateTime {
        DateTime { bits: self.bits, offset: NO_OFFSET, precision: self.precision }
    }

    /// The first day the date may be.
    #[must_use]
    pub fn low(self) -> Date {
        Date { precision: Precision::Day, ..self }
    }

    /// The last day the date may be.
    #[must_use]
    pub fn high(self) -> Date {
        Date::from_fields(self.fields().filled(self.precision), Precision::Day)
    }

    /// The date cut to a precision (never made finer).
    #[must_use]
    pub fn truncated(self, precision: Precision) -> Date {
        Date::from_fields(self.fields(), precision.min(self.precision))
    }

    /// The date at exactly `precision`, unknown fields at their minimum.
    pub(crate) fn at_precision(self, precision: Precision) -> Date {
        Date::from_fields(self.fields(), precision)
    }

    /// Year, month and day where known.
    pub fn parts(self) -> (i32, Option<u32>, Option<u32>) {
        let f = self.fields();
        (f.year, (self.precision >= Precision::Month).then_some(f.month), (self.precision >= Precision::Day).then_some(f.day))
    }
}

impl DateTime {
    pub(crate) fn from_fields(fields: Fields, precision: Precision, offset: Option<i16>) -> DateTime {
        DateTime { bits: fields.truncated(precision).pack(), offset: offset.unwrap_or(NO_OFFSET), precision }
    }

    /// A date-time from up to seven fields, year first; the precision is their number.
    /// `None` when there is no such time, or the offset is outside 14 hours.
    pub fn new(parts: &[u32], offset_minutes: Option<i16>) -> Option<DateTime> {
        let precision = match parts.len() {
            1 => Precision::Year,
            2 => Precision::Month,
            3 => Precision::Day,
            4 => Precision::Hour,
            5 => Precision::Minute,
            6 => Precision::Second,
            7 => Precision::Millisecond,
            _ => return None,
        };
        let part = |index: usize, default: u32| parts.get(index).copied().unwrap_or(default);
        let fields = Fields {
            year: i32::try_from(part(0, 1)).ok()?,
            month: part(1, 1),
            day: part(2, 1),
            hour: part(3, 0),
            minute: part(4, 0),
            second: part(5, 0),
            millisecond: part(6, 0),
        };
        let offset_ok = offset_minutes.is_none_or(|o| (-840..=840).contains(&o));
        (fields.is_valid() && offset_ok).then(|| DateTime::from_fields(fields, precision, offset_minutes))
    }

    /// Reads a CQL or FHIR date-time: `2014`, `2014T`, `2014-01-01T10`, with fraction of a
    /// second and `Z` or `+hh:mm` after the time.
    pub fn parse(text: &str) -> Option<DateTime> {
        let mut reader = Reader::new(text);
        let (mut fields, mut precision) = reader.date()?;
        let mut offset = None;
        if reader.take(b'T') && !reader.at_end() {
            if !reader.at_offset() {
                if precision != Precision::Day {
                    return None;
                }
                precision = reader.time(&mut fields)?;
            }
            offset = reader.offset()?;
        }
        (reader.at_end() && fields.is_valid()).then(|| DateTime::from_fields(fields, precision, offset))
    }

    /// The instant of a count of milliseconds since 1970-01-01T00:00Z, shown at an offset.
    pub fn from_unix_ms(ms: i64, offset_minutes: i16) -> Option<DateTime> {
        let local = ms + UNIX_EPOCH_MS + i64::from(offset_minutes) * 60_000;
        let fields = Fields::from_ms(local)?;
        Some(DateTime::from_fields(fields, Precision::Millisecond, Some(offset_minutes)))
    }

    pub(crate) fn fields(self) -> Fields {
        Fields::unpack(self.bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.bits
    }

    /// How far the date-time is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The offset from UTC in minutes, when one was written.
    pub fn offset_minutes(self) -> Option<i16> {
        (self.offset != NO_OFFSET).then_some(self.offset)
    }

    /// The same fields with an offset in place of none.
    #[must_use]
    pub fn with_default_offset(self, minutes: i16) -> DateTime {
        if self.offset == NO_OFFSET {
            return DateTime { offset: minutes, ..self };
        }
        self
    }

    /// The same instant as seen at another offset; values without hours keep their fields.
    #[must_use]
    pub fn at_offset(self, minutes: i16, default: i16) -> DateTime {
        let own = self.offset_minutes().unwrap_or(default);
        if own == minutes || self.precision < Precision::Hour {
            return DateTime { offset: minutes, ..self };
        }
        let ms = self.fields().to_ms() + (i64::from(minutes) - i64::from(own)) * 60_000;
        // At the ends of the calendar the shifted time may not exist: it stays as written.
        match Fields::from_ms(ms) {
            Some(fields) => DateTime { bits: fields.pack(), offset: minutes, precision: self.precision },
            None => self,
        }
    }

    /// The first millisecond the value may be.
    #[must_use]
    pub fn low(self) -> DateTime {
        DateTime { precision: Precision::Millisecond, ..self }
    }

    /// The last millisecond the value may be.
    #[must_use]
    pub fn high(self) -> DateTime {
        let fields = self.fields().filled(self.precision);
        DateTime { bits: fields.pack(), precision: Precision::Millisecond, ..self }
    }

    /// Milliseconds since 0001-01-01T00:00Z of the first instant the value may be.
    pub(crate) fn to_utc_ms(self, default_offset: i16) -> i64 {
        let offset = self.offset_minutes().unwrap_or(default_offset);
        self.fields().to_ms() - i64::from(offset) * 60_000
    }

    /// Milliseconds since 1970-01-01T00:00Z of the first instant the value may be.
    pub fn to_unix_ms(self, default_offset: i16) -> i64 {
        self.to_utc_ms(default_offset) - UNIX_EPOCH_MS
    }

    /// The value cut to a precision (never made finer).
    #[must_use]
    pub fn truncated(self, precision: Precision) -> DateTime {
        self.at_precision(precision.min(self.precision))
    }

    /// The value at exactly `precision`, unknown fields at their minimum.
    pub(crate) fn at_precision(self, precision: Precision) -> DateTime {
        DateTime::from_fields(self.fields(), precision, self.offset_minutes())
    }

    /// The date part.
    pub fn date(self) -> Date {
        Date::from_fields(self.fields(), self.precision)
    }

    /// The time part, when the hour is known.
    pub fn time(self) -> Option<Time> {
        (self.precision >= Precision::Hour).then(|| Time::from_fields(self.fields(), self.precision))
    }
}

/// 1970-01-01 as days since 0001-01-01, in milliseconds.
const UNIX_EPOCH_MS: i64 = 719_162 * DAY_MS;

impl Time {
    pub(crate) fn from_fields(fields: Fields, precision: Precision) -> Time {
        let precision = precision.max(Precision::Hour);
        let fields = Fields { year: 1, month: 1, day: 1, ..fields };
        Time { bits: fields.truncated(precision).pack(), precision }
    }

    /// A time from up to four fields, hour first; `None` when there is no such time.
    pub fn new(parts: &[u32]) -> Option<Time> {
        let precision = match parts.len() {
            1 => Precision::Hour,
            2 => Precision::Minute,
            3 => Precision::Second,
            4 => Precision::Millisecond,
            _ => return None,
        };
        let part = |index: usize| parts.get(index).copied().unwrap_or(0);
        let fields = Fields { hour: part(0), minute: part(1), second: part(2), millisecond: part(3), ..Fields::MIN };
        fields.is_valid().then(|| Time::from_fields(fields, precision))
    }

    /// Reads `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, with an optional leading `T`.
    pub fn parse(text: &str) -> Option<Time> {
        let mut reader = Reader::new(text.strip_prefix('T').unwrap_or(text));
        let mut fields = Fields::MIN;
        let precision = reader.time(&mut fields)?;
        (reader.at_end() && fields.is_valid()).then(|| Time::from_fields(fields, precision))
    }

    pub(crate) fn fields(self) -> Fields {
        Fields::unpack(self.bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.bits
    }

    /// How far the time is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The first millisecond the time may be.
    #[must_use]
    pub fn low(self) -> Time {
        Time { precision: Precision::Millisecond, ..self }
    }

    /// The last millisecond the time may be.
    #[must_use]
    pub fn high(self) -> Time {
        Time { bits: self.fields().filled(self.precision).pack(), precision: Precision::Millisecond }
    }

    /// The time cut to a precision (never made finer).
    #[must_use]
    pub fn truncated(self, precision: Precision) -> Time {
        Time::from_fields(self.fields(), precision.min(self.precision))
    }

    /// The time at exactly `precision`, unknown fields at their minimum.
    pub(crate) fn at_precision(self, precision: Precision) -> Time {
        Time::from_fields(self.fields(), precision)
    }

    pub(crate) fn to_ms(self) -> i64 {
        self.fields().to_ms()
    }

    pub(crate) fn from_ms(ms: i64, precision: Precision) -> Option<Time> {
        (0..DAY_MS).contains(&ms).then(|| Fields::from_ms(ms).map(|f| Time::from_fields(f, precision))).flatten()
    }
}

fn write_date(f: &mut fmt::Formatter<'_>, fields: Fields, precision: Precision) -> fmt::Result {
    write!(f, "{:04}", fields.year)?;
    if precision >= Precision::Month {
        write!(f, "-{:02}", fields.month)?;
    }
    if precision >= Precision::Day {
        write!(f, "-{:02}", fields.day)?;
    }
    Ok(())
}

fn write_time(f: &mut fmt::Formatter<'_>, fields: Fields, precision: Precision) -> fmt::Result {
    write!(f, "{:02}", fields.hour)?;
    if precision >= Precision::Minute {
        write!(f, ":{:02}", fields.minute)?;
    }
    if precision >= Precision::Second {
        write!(f, ":{:02}", fields.second)?;
    }
    if precision >= Precision::Millisecond {
        write!(f, ".{:03}", fields.millisecond)?;
    }
    Ok(())
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, self.fields(), self.precision)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields();
        write_date(f, fields, self.precision)?;
        if self.precision < Precision::Hour {
            return Ok(());
        }
        f.write_str("T")?;
        write_time(f, fields, self.precision)?;
        match self.offset_minutes() {
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let size = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", size / 60, size % 60)
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(f, self.fields(), self.precision)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{self}")
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{self}")?;
        f.write_str(if self.precision < Precision::Hour { "T" } else { "" })
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@T{self}")
    }
}

#[cfg(test)]
mod tests;
