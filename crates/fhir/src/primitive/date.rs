//! The partial date.

use std::fmt;

use jiff::civil;

use super::Error;

/// How much of a date or dateTime was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// Year only.
    Year,
    /// Year and month.
    Month,
    /// A full date.
    Day,
    /// A full date with a time.
    Time,
}

/// A FHIR `date`: a year, a month or a day, with the precision as written.
///
/// There is no order on dates of different precision: `2024` is neither before nor after
/// `2024-05`. Compare [`Date::earliest`] and [`Date::latest`] instead, and let the unknown stay unknown.
///
/// ```
/// use fhir::{Date, Precision};
/// let month: Date = "2024-02".parse().unwrap();
/// assert_eq!(month.precision(), Precision::Month);
/// assert_eq!(month.earliest().to_string(), "2024-02-01");
/// assert_eq!(month.latest().to_string(), "2024-02-29");
/// assert_eq!(month.full(), None);
/// assert_eq!(month.to_string(), "2024-02");
/// assert!("2023-02-29".parse::<Date>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    year: i16,
    month: i8,
    day: i8,
}

impl Date {
    /// Reads the bytes of a date.
    ///
    /// # Errors
    /// [`Error::Date`] when the form is wrong or the day does not exist.
    pub fn parse(text: &[u8]) -> Result<Date, Error> {
        let (year, month, day) = match text.len() {
            4 => (number(text)?, 0, 0),
            7 if text[4] == b'-' => (number(&text[..4])?, number(&text[5..])?, 0),
            10 if text[4] == b'-' && text[7] == b'-' => (number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?),
            _ => return Err(Error::Date),
        };
        let month_is_good = text.len() == 4 || (1..=12).contains(&month);
        let date = Date { year, month: month as i8, day: day as i8 };
        if year == 0 || !month_is_good || (text.len() == 10 && !(1..=date.days_in_month()).contains(&date.day)) {
            return Err(Error::Date);
        }
        Ok(date)
    }

    /// A full date.
    pub fn from_civil(date: civil::Date) -> Date {
        Date { year: date.year(), month: date.month(), day: date.day() }
    }

    /// The year, 1 to 9999.
    pub fn year(&self) -> i16 {
        self.year
    }

    /// The month, when written.
    pub fn month(&self) -> Option<i8> {
        (self.month > 0).then_some(self.month)
    }

    /// The day of the month, when written.
    pub fn day(&self) -> Option<i8> {
        (self.day > 0).then_some(self.day)
    }

    /// The precision as written.
    pub fn precision(&self) -> Precision {
        match (self.month, self.day) {
            (0, _) => Precision::Year,
            (_, 0) => Precision::Month,
            _ => Precision::Day,
        }
    }

    /// The calendar date when the day is known.
    pub fn full(&self) -> Option<civil::Date> {
        (self.day > 0).then(|| self.earliest())
    }

    /// The first day this can mean.
    pub fn earliest(&self) -> civil::Date {
        civil::Date::new(self.year, self.month.max(1), self.day.max(1)).unwrap_or(civil::Date::MIN)
    }

    /// The last day this can mean.
    pub fn latest(&self) -> civil::Date {
        let month = if self.month == 0 { 12 } else { self.month };
        let day = if self.day == 0 { Date { month, ..*self }.days_in_month() } else { self.day };
        civil::Date::new(self.year, month, day).unwrap_or(civil::Date::MAX)
    }

    fn days_in_month(&self) -> i8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// Digits only, up to four of them.
pub(super) fn number(text: &[u8]) -> Result<i16, Error> {
    let mut out = 0i16;
    for byte in text {
        if !byte.is_ascii_digit() || out > 999 {
            return Err(Error::Date);
        }
        out = out * 10 + i16::from(byte - b'0');
    }
    Ok(out)
}

impl std::str::FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Date, Error> {
        Date::parse(text.as_bytes())
    }
}

impl fmt::Display for Date {
    /// Exactly as written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision() {
            Precision::Year => write!(f, "{:04}", self.year),
            Precision::Month => write!(f, "{:04}-{:02}", self.year, self.month),
            _ => write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day),
        }
    }
}
