//! Dates, date-times and times with their precision, packed so that a comparison at a
//! precision is a mask (CQL Author's Guide, *Date, DateTime, and Time*).

use crate::ir::Precision;
use std::fmt;

impl Precision {
    /// The precision named by a CQL word, singular or plural.
    pub fn parse(word: &str) -> Option<Precision> {
        Some(match word.strip_suffix('s').unwrap_or(word) {
            "year" => Precision::Year,
            "month" => Precision::Month,
            "week" => Precision::Week,
            "day" => Precision::Day,
            "hour" => Precision::Hour,
            "minute" => Precision::Minute,
            "second" => Precision::Second,
            "millisecond" => Precision::Millisecond,
            _ => return None,
        })
    }

    /// The CQL word, singular.
    pub const fn word(self) -> &'static str {
        match self {
            Precision::Year => "year",
            Precision::Month => "month",
            Precision::Week => "week",
            Precision::Day => "day",
            Precision::Hour => "hour",
            Precision::Minute => "minute",
            Precision::Second => "second",
            Precision::Millisecond => "millisecond",
        }
    }

    /// The next finer precision of values.
    pub const fn finer(self) -> Option<Precision> {
        Some(match self {
            Precision::Year => Precision::Month,
            Precision::Month | Precision::Week => Precision::Day,
            Precision::Day => Precision::Hour,
            Precision::Hour => Precision::Minute,
            Precision::Minute => Precision::Second,
            Precision::Second => Precision::Millisecond,
            Precision::Millisecond => return None,
        })
    }

    /// Bits below the fields this precision keeps.
    pub(crate) const fn shift(self) -> u32 {
        match self {
            Precision::Year => 36,
            Precision::Month => 32,
            Precision::Week | Precision::Day => 27,
            Precision::Hour => 22,
            Precision::Minute => 16,
            Precision::Second => 10,
            Precision::Millisecond => 0,
        }
    }

    /// Milliseconds in a unit of fixed length (weeks and shorter).
    pub(crate) const fn milliseconds(self) -> Option<i64> {
        Some(match self {
            Precision::Year | Precision::Month => return None,
            Precision::Week => 7 * DAY_MS,
            Precision::Day => DAY_MS,
            Precision::Hour => 3_600_000,
            Precision::Minute => 60_000,
            Precision::Second => 1_000,
            Precision::Millisecond => 1,
        })
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;
/// The offset of a value that was written without one.
const NO_OFFSET: i16 = i16::MIN;

/// The fields of a date and time, unpacked. Fields past the precision hold their minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) year: i32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) millisecond: u32,
}

impl Fields {
    pub(crate) const MIN: Fields = Fields {
        year: 1,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        millisecond: 0,
    };

    const fn pack(self) -> u64 {
        ((self.year as u64) << 36)
            | ((self.month as u64) << 32)
            | ((self.day as u64) << 27)
            | ((self.hour as u64) << 22)
            | ((self.minute as u64) << 16)
            | ((self.second as u64) << 10)
            | self.millisecond as u64
    }

    const fn unpack(bits: u64) -> Fields {
        Fields {
            year: (bits >> 36) as i32,
            month: ((bits >> 32) & 0xf) as u32,
            day: ((bits >> 27) & 0x1f) as u32,
            hour: ((bits >> 22) & 0x1f) as u32,
            minute: ((bits >> 16) & 0x3f) as u32,
            second: ((bits >> 10) & 0x3f) as u32,
            millisecond: (bits & 0x3ff) as u32,
        }
    }

    /// Milliseconds since 0001-01-01 of the fields as a local time.
    pub(crate) fn to_ms(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY_MS
            + i64::from(self.hour) * 3_600_000
            + i64::from(self.minute) * 60_000
            + i64::from(self.second) * 1_000
            + i64::from(self.millisecond)
    }

    /// The fields of a count of milliseconds; `None` outside the years 1 to 9999.
    pub(crate) fn from_ms(ms: i64) -> Option<Fields> {
        let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS))?;
        let rest = ms.rem_euclid(DAY_MS) as u32;
        Some(Fields {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1_000 % 60,
            millisecond: rest % 1_000,
        })
    }

    fn is_valid(self) -> bool {
        (1..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_in_month(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.millisecond < 1000
    }

    /// Fields past `precision` set to their minimum.
    fn truncated(self, precision: Precision) -> Fields {
        let mut f = self;
        if precision < Precision::Millisecond {
            f.millisecond = 0;
        }
        if precision < Precision::Second {
            f.second = 0;
        }
        if precision < Precision::Minute {
            f.minute = 0;
        }
        if precision < Precision::Hour {
            f.hour = 0;
        }
        if precision < Precision::Day {
            f.day = 1;
        }
        if precision < Precision::Month {
            f.month = 1;
        }
        f
    }

    /// Fields past `precision` set to their maximum.
    fn filled(self, precision: Precision) -> Fields {
        let mut f = self;
        if precision < Precision::Month {
            f.month = 12;
        }
        if precision < Precision::Day {
            f.day = days_in_month(f.year, f.month);
        }
        if precision < Precision::Hour {
            f.hour = 23;
        }
        if precision < Precision::Minute {
            f.minute = 59;
        }
        if precision < Precision::Second {
            f.second = 59;
        }
        if precision < Precision::Millisecond {
            f.millisecond = 999;
        }
        f
    }
}

/// Days since 0001-01-01 in the proleptic Gregorian calendar.
pub(crate) fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    // 306 days lie between 0000-03-01 and 0001-01-01.
    era * 146_097 + doe - 306
}

/// Year, month and day of a count of days since 0001-01-01; `None` outside 1 to 9999.
pub(crate) fn civil_from_days(days: i64) -> Option<(i32, u32, u32)> {
    if !(0..=3_652_058).contains(&days) {
        return None;
    }
    let z = days + 306;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    Some(((yoe + era * 400 + i64::from(month <= 2)) as i32, month, day))
}

/// Days in a month of a year.
pub(crate) const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

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
        let fields = Fields {
            year,
            month: month.unwrap_or(1),
            day: if month.is_some() { day.unwrap_or(1) } else { 1 },
            ..Fields::MIN
        };
        fields
            .is_valid()
            .then(|| Date::from_fields(fields, precision))
    }

    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut reader = Reader::new(text);
        let (fields, precision) = reader.date()?;
        (reader.at_end() && fields.is_valid()).then(|| Date::from_fields(fields, precision))
    }

    pub(crate) fn from_fields(fields: Fields, precision: Precision) -> Date {
        let precision = precision.min(Precision::Day);
        Date {
            bits: fields.truncated(precision).pack(),
            precision,
        }
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
        DateTime {
            bits: self.bits,
            offset: NO_OFFSET,
            precision: self.precision,
        }
    }

    /// The first day the date may be.
    #[must_use]
    pub fn low(self) -> Date {
        Date {
            precision: Precision::Day,
            ..self
        }
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
        (
            f.year,
            (self.precision >= Precision::Month).then_some(f.month),
            (self.precision >= Precision::Day).then_some(f.day),
        )
    }
}

impl DateTime {
    pub(crate) fn from_fields(
        fields: Fields,
        precision: Precision,
        offset: Option<i16>,
    ) -> DateTime {
        DateTime {
            bits: fields.truncated(precision).pack(),
            offset: offset.unwrap_or(NO_OFFSET),
            precision,
        }
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
        (fields.is_valid() && offset_ok)
            .then(|| DateTime::from_fields(fields, precision, offset_minutes))
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
        (reader.at_end() && fields.is_valid())
            .then(|| DateTime::from_fields(fields, precision, offset))
    }

    /// The instant of a count of milliseconds since 1970-01-01T00:00Z, shown at an offset.
    pub fn from_unix_ms(ms: i64, offset_minutes: i16) -> Option<DateTime> {
        let local = ms + UNIX_EPOCH_MS + i64::from(offset_minutes) * 60_000;
        let fields = Fields::from_ms(local)?;
        Some(DateTime::from_fields(
            fields,
            Precision::Millisecond,
            Some(offset_minutes),
        ))
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
            return DateTime {
                offset: minutes,
                ..self
            };
        }
        self
    }

    /// The same instant as seen at another offset; values without hours keep their fields.
    #[must_use]
    pub fn at_offset(self, minutes: i16, default: i16) -> DateTime {
        let own = self.offset_minutes().unwrap_or(default);
        if own == minutes || self.precision < Precision::Hour {
            return DateTime {
                offset: minutes,
                ..self
            };
        }
        let ms = self.fields().to_ms() + (i64::from(minutes) - i64::from(own)) * 60_000;
        // At the ends of the calendar the shifted time may not exist: it stays as written.
        match Fields::from_ms(ms) {
            Some(fields) => DateTime {
                bits: fields.pack(),
                offset: minutes,
                precision: self.precision,
            },
            None => self,
        }
    }

    /// The first millisecond the value may be.
    #[must_use]
    pub fn low(self) -> DateTime {
        DateTime {
            precision: Precision::Millisecond,
            ..self
        }
    }

    /// The last millisecond the value may be.
    #[must_use]
    pub fn high(self) -> DateTime {
        let fields = self.fields().filled(self.precision);
        DateTime {
            bits: fields.pack(),
            precision: Precision::Millisecond,
            ..self
        }
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
        let fields = Fields {
            year: 1,
            month: 1,
            day: 1,
            ..fields
        };
        Time {
            bits: fields.truncated(precision).pack(),
            precision,
        }
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
        let fields = Fields {
            hour: part(0),
            minute: part(1),
            second: part(2),
            millisecond: part(3),
            ..Fields::MIN
        };
        fields
            .is_valid()
            .then(|| Time::from_fields(fields, precision))
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
        Time {
            precision: Precision::Millisecond,
            ..self
        }
    }

    /// The last millisecond the time may be.
    #[must_use]
    pub fn high(self) -> Time {
        Time {
            bits: self.fields().filled(self.precision).pack(),
            precision: Precision::Millisecond,
        }
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
        (0..DAY_MS)
            .contains(&ms)
            .then(|| Fields::from_ms(ms).map(|f| Time::from_fields(f, precision)))
            .flatten()
    }
}

/// A cursor over the bytes of a date or time.
struct Reader<'t> {
    rest: &'t [u8],
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        Reader {
            rest: text.as_bytes(),
        }
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn at_offset(&self) -> bool {
        matches!(self.rest.first(), Some(b'Z' | b'+' | b'-'))
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn number(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.rest.split_at_checked(digits)?;
        let mut value = 0;
        for byte in head {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u32::from(byte - b'0');
        }
        self.rest = rest;
        Some(value)
    }

    fn date(&mut self) -> Option<(Fields, Precision)> {
        let mut fields = Fields {
            year: self.number(4)? as i32,
            ..Fields::MIN
        };
        if !self.take(b'-') {
            return Some((fields, Precision::Year));
        }
        fields.month = self.number(2)?;
        if !self.take(b'-') {
            return Some((fields, Precision::Month));
        }
        fields.day = self.number(2)?;
        Some((fields, Precision::Day))
    }

    fn time(&mut self, fields: &mut Fields) -> Option<Precision> {
        fields.hour = self.number(2)?;
        if !self.take(b':') {
            return Some(Precision::Hour);
        }
        fields.minute = self.number(2)?;
        if !self.take(b':') {
            return Some(Precision::Minute);
        }
        fields.second = self.number(2)?;
        if !self.take(b'.') {
            return Some(Precision::Second);
        }
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        // Digits past the millisecond are cut: the type holds no more.
        let kept = digits.min(3);
        let value = self.number(kept)?;
        fields.millisecond = value * 10u32.pow(3 - kept as u32);
        self.rest = &self.rest[digits - kept..];
        Some(Precision::Millisecond)
    }

    fn offset(&mut self) -> Option<Option<i16>> {
        if self.take(b'Z') {
            return Some(Some(0));
        }
        let sign = match self.rest.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(None),
        };
        self.rest = &self.rest[1..];
        let hours = self.number(2)?;
        let minutes = if self.take(b':') { self.number(2)? } else { 0 };
        let total = hours * 60 + minutes;
        (minutes < 60 && total <= 840).then_some(Some(sign * total as i16))
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
