//! What a fact says beyond the name of its concept: a value, a time, how a medication is taken, how a therapy went.

use crate::span::Span;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number said of a measurement, with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Number, comparator and unit as they stand in the text.
    pub span: Span,
    /// How the number bounds what was measured.
    pub comparator: Comparator,
    /// The number; of a range its lower end.
    pub low: Decimal,
    /// The upper end of a range.
    pub high: Option<Decimal>,
    /// Unit in UCUM; none when neither the text nor the variable gives one.
    pub unit: Option<String>,
    /// The unit is the variable's usual one, the text gave none.
    pub implied_unit: bool,
}

/// How a number bounds what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparator {
    /// The number itself.
    #[default]
    Is,
    /// Below it.
    Less,
    /// At most it.
    AtMost,
    /// Above it.
    Greater,
    /// At least it.
    AtLeast,
    /// About it.
    About,
}

/// A date as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: i16,
    month: u8,
    day: u8,
}

/// Not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date: give year, year-month or year-month-day of the calendar, for example 2026-03-09")]
pub struct NoDate;

impl PartialDate {
    /// A year, a month of it, or a day.
    ///
    /// # Errors
    /// [`NoDate`] when the calendar has no such date or a day comes without its month.
    pub fn new(year: i16, month: Option<u8>, day: Option<u8>) -> Result<PartialDate, NoDate> {
        let (m, d) = (month.unwrap_or(1), day.unwrap_or(1));
        if month.is_none() && day.is_some() || !(1800..=2200).contains(&year) {
            return Err(NoDate);
        }
        jiff::civil::Date::new(year, i8::try_from(m).map_err(|_| NoDate)?, i8::try_from(d).map_err(|_| NoDate)?)
            .map_err(|_| NoDate)?;
        Ok(PartialDate { year, month: month.unwrap_or(0), day: day.unwrap_or(0) })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12, when it is known.
    #[must_use]
    pub fn month(self) -> Option<u8> {
        (self.month > 0).then_some(self.month)
    }

    /// The day of the month, when it is known.
    #[must_use]
    pub fn day(self) -> Option<u8> {
        (self.day > 0).then_some(self.day)
    }

    /// The first day it may mean.
    #[must_use]
    pub fn first(self) -> jiff::civil::Date {
        jiff::civil::date(self.year, self.month.max(1) as i8, self.day.max(1) as i8)
    }

    /// The last day it may mean.
    #[must_use]
    pub fn last(self) -> jiff::civil::Date {
        match (self.month, self.day) {
            (0, _) => jiff::civil::date(self.year, 12, 31),
            (_, 0) => self.first().last_of_month(),
            _ => self.first(),
        }
    }
}

impl From<jiff::civil::Date> for PartialDate {
    fn from(date: jiff::civil::Date) -> PartialDate {
        PartialDate { year: date.year(), month: date.month().unsigned_abs(), day: date.day().unsigned_abs() }
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month > 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day > 0 {
            write!(f, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for PartialDate {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<PartialDate, NoDate> {
        let mut parts = text.split('-');
        let mut part = |width: usize| match parts.next() {
            None => Ok(None),
            Some(p) if p.len() == width && p.bytes().all(|b| b.is_ascii_digit()) => {
                p.parse::<i16>().map(Some).map_err(|_| NoDate)
            }
            Some(_) => Err(NoDate),
        };
        let (year, month, day) = (part(4)?.ok_or(NoDate)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return Err(NoDate);
        }
        let small = |p: Option<i16>| p.map(|p| u8::try_from(p).map_err(|_| NoDate)).transpose();
        PartialDate::new(year, small(month)?, small(day)?)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = NoDate;

    fn try_from(text: String) -> Result<PartialDate, NoDate> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> String {
        date.to_string()
    }
}

/// When something was, how long it lasted, how often it comes. At least one of the three is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The words that say so.
    pub span: Span,
    /// First date it may have been or begun.
    pub from: Option<PartialDate>,
    /// Last date; the same as `from` for a point in time, none when it has not ended or the text does not say.
    pub to: Option<PartialDate>,
    /// How long, as an ISO 8601 duration (`P6W`).
    pub lasted: Option<String>,
    /// How often.
    pub every: Option<Recurrence>,
}

/// So many times in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// How many times.
    pub times: Decimal,
    /// In which period, ISO 8601 (`P1W`).
    pub period: String,
}

/// How a medication is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sig {
    /// The words of dose, route, frequency and duration, by place.
    pub spans: Vec<Span>,
    /// The dose.
    pub dose: Option<Measured>,
    /// Route, as in the lexicon's routes.
    pub route: Option<String>,
    /// How often.
    pub every: Option<Recurrence>,
    /// For how long, ISO 8601.
    pub lasts: Option<String>,
    /// As needed.
    pub as_needed: bool,
}

/// How a therapy went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Therapy {
    /// What came of it.
    pub outcome: Outcome,
    /// The words that say so.
    pub cue: Span,
    /// For how long it was tried, ISO 8601, with the words.
    pub lasted: Option<(String, Span)>,
    /// Why it ended, as words of the text.
    pub reason: Option<Span>,
}

/// What came of a therapy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was given; the text does not say with what result.
    Tried,
    /// It did not help, or not enough.
    Failed,
    /// It was not borne: side effects, allergy.
    Intolerant,
    /// It must not be given.
    Contraindicated,
    /// The patient did not want it.
    Declined,
    /// It helped.
    Effective,
    /// It has not begun.
    Planned,
}

/// Side of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Both.
    Bilateral,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Severe.
    Severe,
}

#[cfg(test)]
mod tests {
    use super::PartialDate;

    #[test]
    fn partial_dates_keep_their_precision() {
        for (text, first, last) in [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024-02-29", "2024-02-29", "2024-02-29"),
        ] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!(
                (date.to_string().as_str(), date.first().to_string().as_str(), date.last().to_string().as_str()),
                (text, first, last)
            );
        }
        for text in ["", "24", "2023-02-29", "2024-13", "2024-1-1", "2024-01-01-01", "0024-01-01"] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }
}
