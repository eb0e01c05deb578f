//! Counting hours, calendar days and business days.
//!
//! Hours are exact. A calendar day is date arithmetic: day 0 is the day of the start, and the last day ends at 23:59:59 in the
//! plan's zone, whatever daylight saving does in between. A business day skips Saturday, Sunday and holidays.

use super::Holidays;
use super::rules::Error;
use base::{Date, State, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Exact hours.
    Hours,
    /// Days of the calendar.
    CalendarDays,
    /// Days that are neither weekend nor holiday.
    BusinessDays,
}

impl Unit {
    /// `7 calendar days`.
    pub(crate) fn words(self, amount: i64) -> String {
        let (one, many) = match self {
            Self::Hours => ("hour", "hours"),
            Self::CalendarDays => ("calendar day", "calendar days"),
            Self::BusinessDays => ("business day", "business days"),
        };
        format!("{amount} {}", if amount == 1 { one } else { many })
    }
}

/// The last second of a day in a zone; `None` for an unknown zone or a day out of range.
#[must_use]
pub fn end_of_day(day: Date, zone: &str) -> Option<Timestamp> {
    last_second(day, &TimeZone::get(zone).ok()?).ok()
}

/// The first moment after this one at which a tick finds it passed (a second later).
#[must_use]
pub fn just_after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX)
}

fn last_second(day: Date, zone: &TimeZone) -> Result<Timestamp, Error> {
    let time = Time::constant(23, 59, 59, 0);
    Ok(day.to_datetime(time).to_zoned(zone.clone()).map_err(|_| Error::OutOfRange)?.timestamp())
}

/// Where days are counted: a zone and the holidays of a state.
pub(crate) struct Calendar<'a> {
    pub(crate) zone: TimeZone,
    pub(crate) state: Option<State>,
    pub(crate) holidays: &'a Holidays,
}

impl Calendar<'_> {
    /// The day a moment falls on.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// A day on which business is done.
    pub(crate) fn is_business_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.is_holiday(day, self.state)
    }

    fn business_days_after(&self, day: Date, amount: i64) -> Result<Date, Error> {
        let mut day = day;
        let mut left = amount;
        while left > 0 {
            day = day.tomorrow().map_err(|_| Error::OutOfRange)?;
            if self.is_business_day(day) {
                left -= 1;
            }
        }
        Ok(day)
    }

    fn days_after(day: Date, amount: i64) -> Result<Date, Error> {
        let span = jiff::Span::new().try_days(amount).map_err(|_| Error::OutOfRange)?;
        day.checked_add(span).map_err(|_| Error::OutOfRange)
    }

    /// The due time of an amount counted from a start.
    pub(crate) fn after(&self, start: Timestamp, amount: i64, unit: Unit) -> Result<Timestamp, Error> {
        match unit {
            Unit::Hours => start.checked_add(SignedDuration::from_hours(amount)).map_err(|_| Error::OutOfRange),
            Unit::CalendarDays => last_second(Self::days_after(self.day(start), amount)?, &self.zone),
            Unit::BusinessDays => last_second(self.business_days_after(self.day(start), amount)?, &self.zone),
        }
    }

    /// A due time put off by an amount; days keep the time of day on the wall.
    pub(crate) fn put_off(&self, due: Timestamp, amount: i64, unit: Unit) -> Result<Timestamp, Error> {
        let moved = |day: Date| -> Result<Timestamp, Error> {
            let time = self.zone.to_datetime(due).time();
            Ok(day.to_datetime(time).to_zoned(self.zone.clone()).map_err(|_| Error::OutOfRange)?.timestamp())
        };
        match unit {
            Unit::Hours => self.after(due, amount, unit),
            Unit::CalendarDays => moved(Self::days_after(self.day(due), amount)?),
            Unit::BusinessDays => moved(self.business_days_after(self.day(due), amount)?),
        }
    }

    /// A due time put off by the length of a wait: exact for hours, whole days for days.
    pub(crate) fn put_off_by_wait(
        &self,
        due: Timestamp,
        from: Timestamp,
        until: Timestamp,
        unit: Unit,
    ) -> Result<Timestamp, Error> {
        if until <= from {
            return Ok(due);
        }
        match unit {
            Unit::Hours => due.checked_add(until.duration_since(from)).map_err(|_| Error::OutOfRange),
            Unit::CalendarDays => {
                let waited = i64::from((self.day(until) - self.day(from)).get_days());
                self.put_off(due, waited, unit)
            }
            Unit::BusinessDays => {
                let (mut day, last, mut waited) = (self.day(from), self.day(until), 0);
                while day < last {
                    day = day.tomorrow().map_err(|_| Error::OutOfRange)?;
                    waited += i64::from(self.is_business_day(day));
                }
                self.put_off(due, waited, unit)
            }
        }
    }

    /// When a warning is due: the last `percent` of the window, at most `hours`.
    pub(crate) fn near(start: Timestamp, due: Timestamp, percent: i64, hours: i64) -> Timestamp {
        let window = due.duration_since(start).max(SignedDuration::ZERO);
        let share = SignedDuration::from_secs(window.as_secs() / 100 * percent);
        let lead = share.min(SignedDuration::from_hours(hours));
        due.checked_sub(lead).unwrap_or(start)
    }
}
