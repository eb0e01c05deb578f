//! The partial dateTime and the instant.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::Error;
use super::date::{Date, Precision, number};

/// Time of day with its zone, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClockTime {
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    /// Digits written after the decimal point; those after the ninth are not kept in `nanosecond`.
    fraction_digits: u16,
    /// Minutes east of UTC.
    offset_minutes: i16,
    /// Written `Z` rather than as an offset.
    zulu: bool,
}

/// A FHIR `dateTime`: a partial [`Date`], or a full date with time and zone.
///
/// ```
/// use fhir::{DateTime, Precision};
/// let at: DateTime = "2019-07-20T11:01:00.50+05:00".parse().unwrap();
/// assert_eq!(at.timestamp().unwrap().to_string(), "2019-07-20T06:01:00.5Z");
/// assert_eq!(at.to_string(), "2019-07-20T11:01:00.50+05:00");
/// let year: DateTime = "2019".parse().unwrap();
/// assert_eq!((year.precision(), year.timestamp()), (Precision::Year, None));
/// assert!("2019-07-20T11:01".parse::<DateTime>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    time: Option<ClockTime>,
}

impl DateTime {
    /// Reads the bytes of a dateTime.
    ///
    /// # Errors
    /// [`Error::DateTime`] when the form is wrong, the day does not exist, or a time stands without its zone.
    pub fn parse(text: &[u8]) -> Result<DateTime, Error> {
        let Some(split) = text.iter().position(|byte| *byte == b'T') else {
            return Ok(DateTime { date: Date::parse(text).map_err(|_| Error::DateTime)?, time: None });
        };
        if split != 10 {
            return Err(Error::DateTime);
        }
        let date = Date::parse(&text[..10]).map_err(|_| Error::DateTime)?;
        let time = ClockTime::parse(&text[11..]).ok_or(Error::DateTime)?;
        Ok(DateTime { date, time: Some(time) })
    }

    /// Reads the bytes of an instant, which always has seconds and zone.
    ///
    /// # Errors
    /// [`Error::Instant`].
    pub fn parse_instant(text: &[u8]) -> Result<DateTime, Error> {
        match Self::parse(text) {
            Ok(at) if at.time.is_some() => Ok(at),
            _ => Err(Error::Instant),
        }
    }

    /// The date part, as written, in the zone it was written in.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The time part, when written.
    pub fn time(&self) -> Option<ClockTime> {
        self.time
    }

    /// The precision as written.
    pub fn precision(&self) -> Precision {
        if self.time.is_some() { Precision::Time } else { self.date.precision() }
    }

    /// The point in time; `None` when no time was written.
    /// A leap second counts as the second before it; fractions are exact to the nanosecond.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let time = self.time?;
        let day = self.date.full()?;
        let clock = civil::Time::new(time.hour, time.minute, time.second.min(59), time.nanosecond).ok()?;
        let offset = Offset::from_seconds(i32::from(time.offset_minutes) * 60).ok()?;
        offset.to_timestamp(day.to_datetime(clock)).ok()
    }

    /// The first and the last instant this can mean; days without a zone are days of `zone`.
    pub fn range(&self, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        if let Some(at) = self.timestamp() {
            return Some((at, at));
        }
        let first = self.date.earliest().to_zoned(zone.clone()).ok()?.timestamp();
        let after = self.date.latest().tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        Some((first, after.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?))
    }
}

impl ClockTime {
    fn parse(text: &[u8]) -> Option<ClockTime> {
        let two = |at: usize| number(text.get(at..at + 2)?).ok();
        if text.len() < 9 || text[2] != b':' || text[5] != b':' {
            return None;
        }
        let (hour, minute, second) = (two(0)?, two(3)?, two(6)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (mut at, mut nanosecond, mut digits) = (8, 0i32, 0u16);
        if text[at] == b'.' {
            at += 1;
            while let Some(byte) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
                if digits < 9 {
                    nanosecond = nanosecond * 10 + i32::from(byte - b'0');
                }
                digits = digits.checked_add(1)?;
                at += 1;
            }
            if digits == 0 {
                return None;
            }
            for _ in digits..9 {
                nanosecond *= 10;
            }
        }
        let (offset_minutes, zulu) = zone(&text[at..])?;
        Some(ClockTime {
            hour: hour as i8,
            minute: minute as i8,
            second: second as i8,
            nanosecond,
            fraction_digits: digits,
            offset_minutes,
            zulu,
        })
    }

    /// Hour, minute and second as written (second may be 60).
    pub fn hour_minute_second(&self) -> (i8, i8, i8) {
        (self.hour, self.minute, self.second)
    }

    /// Minutes east of UTC.
    pub fn offset_minutes(&self) -> i16 {
        self.offset_minutes
    }
}

/// `Z` or `+hh:mm` up to 14:00: minutes east of UTC.
fn zone(text: &[u8]) -> Option<(i16, bool)> {
    match text {
        b"Z" => Some((0, true)),
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let (hours, minutes) = (number(&[*a, *b]).ok()?, number(&[*c, *d]).ok()?);
            let total = hours * 60 + minutes;
            (minutes < 60 && total <= 14 * 60).then_some((if *sign == b'-' { -total } else { total }, false))
        }
        _ => None,
    }
}

impl std::str::FromStr for DateTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<DateTime, Error> {
        DateTime::parse(text.as_bytes())
    }
}

impl fmt::Display for DateTime {
    /// As written, up to nine digits of a second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date)?;
        let Some(time) = self.time else { return Ok(()) };
        write!(f, "T{:02}:{:02}:{:02}", time.hour, time.minute, time.second)?;
        if time.fraction_digits > 0 {
            let width = usize::from(time.fraction_digits.min(9));
            write!(f, ".{}", &format!("{:09}", time.nanosecond)[..width])?;
        }
        if time.zulu {
            return f.write_str("Z");
        }
        let minutes = time.offset_minutes.abs();
        // An offset of -00:00 is legal and equal to +00:00; the sign of zero is not kept.
        let sign = if time.offset_minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}
