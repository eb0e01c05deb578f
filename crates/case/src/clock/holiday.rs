//! Holidays as rows: fixed days, n-th weekdays and last weekdays of a month, with their observed days.

use crate::rows::{self, Fault, Reader};
use base::{Date, State};
use jiff::civil::Weekday;
use serde::Deserialize;

/// The holidays of the federal government and, where a row says so, of a state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holidays {
    rows: Vec<Holiday>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Holiday {
    id: String,
    states: Vec<State>,
    on: On,
    shifted: bool,
    first_year: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Fixed { month: i8, day: i8 },
    Nth { month: i8, nth: i8, weekday: Weekday },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Holidays {
    /// Reads rows; reports every fault.
    ///
    /// # Errors
    /// Every [`Fault`] found.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let file = rows::file(text, &["holiday"], &mut faults);
        let tables = rows::rows(&file, "holiday", &mut faults);
        let rows: Vec<Holiday> =
            tables.iter().enumerate().filter_map(|(position, table)| Holiday::read(table, position, &mut faults)).collect();
        rows::unique(rows.iter().map(|row| row.id.as_str()), &mut faults);
        if faults.is_empty() { Ok(Self { rows }) } else { Err(faults) }
    }

    /// Whether the day is a holiday or the day on which one is observed: a federal one, or one of the state's own.
    #[must_use]
    pub fn is_holiday(&self, day: Date, state: Option<State>) -> bool {
        self.rows.iter().any(|row| {
            (row.states.is_empty() || state.is_some_and(|state| row.states.contains(&state)))
                && [day.year(), day.year().saturating_add(1), day.year().saturating_sub(1)]
                    .into_iter()
                    .any(|year| row.observed(year) == Some(day))
        })
    }
}

impl Holiday {
    fn read(table: &toml::Table, position: usize, faults: &mut Vec<Fault>) -> Option<Self> {
        let before = faults.len();
        let mut row = Reader::open(table, "holiday", position, faults);
        let id = row.id();
        let states = row.words("states");
        let month = row.number("month", 1, 12) as i8;
        let on = if row.has("day") {
            Some(On::Fixed { month, day: row.number("day", 1, 31) as i8 })
        } else {
            let nth = row.number("nth", -1, 5) as i8;
            if nth == 0 {
                row.fault("nth", "counts from 1, or -1 for the last");
            }
            row.word::<DayName>("weekday").map(|name| On::Nth { month, nth, weekday: name.into() })
        };
        let shifted = row.flag("shifted");
        let first_year = row.number_if_any("first_year", 1800, 2200).unwrap_or(1800) as i16;
        let _ = (row.text("name"), row.text("citation"));
        row.close();
        (faults.len() == before).then_some(on?).map(|on| Self { id, states, on, shifted, first_year })
    }

    /// The day on which the holiday of a year is observed (5 USC 6103(b); EO 11582 for Sundays).
    fn observed(&self, year: i16) -> Option<Date> {
        if year < self.first_year {
            return None;
        }
        match self.on {
            On::Fixed { month, day } => {
                let day = Date::new(year, month, day).ok()?;
                match day.weekday() {
                    Weekday::Saturday if self.shifted => day.yesterday().ok(),
                    Weekday::Sunday if self.shifted => day.tomorrow().ok(),
                    _ => Some(day),
                }
            }
            On::Nth { month, nth, weekday } => Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok(),
        }
    }
}

impl From<DayName> for Weekday {
    fn from(name: DayName) -> Self {
        match name {
            DayName::Monday => Self::Monday,
            DayName::Tuesday => Self::Tuesday,
            DayName::Wednesday => Self::Wednesday,
            DayName::Thursday => Self::Thursday,
            DayName::Friday => Self::Friday,
            DayName::Saturday => Self::Saturday,
            DayName::Sunday => Self::Sunday,
        }
    }
}
