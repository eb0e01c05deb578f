//! When something was, how long it lasted, how often it comes: the words that say so, and what they mean seen from the day of the document.
//!
//! Dates keep the precision they are written in. A relative time ("3 weeks ago") counts from the document's date, from the admission or
//! the operation when it says so and the text gives their date; without such an anchor it keeps its words and has no date. A date that the
//! calendar does not have is no date.

pub(crate) mod anchor;
pub(crate) mod bind;
pub(crate) mod date;
pub(crate) mod period;
pub(crate) mod recurrence;
pub(crate) mod relative;

pub use bind::bind;

use crate::detail::{PartialDate, Recurrence};
use crate::quantity::word::{Word, span};
use crate::span::Span;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Words that say a time, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// The words.
    pub span: Span,
    /// Index of the sentence.
    pub sentence: u32,
    /// What kind of time.
    pub sense: Sense,
    /// First date it may have been or begun.
    pub from: Option<PartialDate>,
    /// Last date; none when it has not ended or the text does not say.
    pub to: Option<PartialDate>,
    /// How long, ISO 8601. Of "2-3 weeks" and "at least 2 weeks" the shorter; none when only an upper limit or no number is given.
    pub lasted: Option<String>,
    /// How often.
    pub every: Option<Recurrence>,
    /// It is the date of the document, of birth, of the admission or the operation, given under that name; it dates nothing beside it.
    pub labelled: bool,
}

/// What kind of time words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// A date, or a point in time counted from another ("3 weeks ago", "POD#3").
    Point,
    /// From one date to another, or since one.
    Period,
    /// How long.
    Duration,
    /// How often.
    Recurrence,
    /// How old the patient was.
    Age,
}

/// A unit of the calendar or the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// From where a relative time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The day the document was written.
    Written,
    /// The admission to hospital.
    Admission,
    /// The operation.
    Operation,
    /// Something the text names that has no date here.
    Event,
}

/// A point in time before it is counted from its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// As written.
    On(PartialDate),
    /// From one to another.
    Between(PartialDate, PartialDate),
    /// A month, with its day or without, of the last year that fits.
    Yearless(u8, Option<u8>),
    /// So many units after (before when negative) the anchor.
    Shift(Decimal, Unit, Base),
    /// The calendar's week, month or year before (-1), of (0) or after (1) the anchor.
    Calendar(Unit, i8),
    /// A day of the week, 0 for Sunday: before (-1), after (1) the anchor.
    Weekday(u8, i8),
}

/// What words mean before they are counted from an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub sense: Sense,
    pub point: Option<Point>,
    /// The point is a beginning whose end is open ("since March", "for the past 6 weeks").
    pub open: bool,
    /// The point is an end ("until March").
    pub until: bool,
    pub lasted: Option<String>,
    pub every: Option<Recurrence>,
}

impl Raw {
    pub(crate) fn of(sense: Sense) -> Raw {
        Raw { sense, point: None, open: false, until: false, lasted: None, every: None }
    }

    pub(crate) fn point(point: Point) -> Raw {
        Raw { point: Some(point), ..Raw::of(Sense::Point) }
    }
}

/// Words with their meaning before it is counted from an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub raw: Raw,
    /// First word and the word after the last.
    pub words: (usize, usize),
    pub span: Span,
    pub sentence: u32,
    pub labelled: bool,
}

/// The time that is said by the words at `from`; `floor` is the first word that is still free.
pub(crate) fn at(words: &[Word<'_>], from: usize, floor: usize) -> Option<(Raw, usize, usize)> {
    let found = date::at(words, from, floor)
        .or_else(|| recurrence::at(words, from, floor))
        .or_else(|| relative::at(words, from, floor))
        .or_else(|| period::at(words, from, floor))?;
    Some(found)
}

/// As [`Found`].
pub(crate) fn found(words: &[Word<'_>], (raw, from, to): (Raw, usize, usize), sentence: u32) -> Found {
    Found { raw, words: (from, to), span: span(words, from, to), sentence, labelled: false }
}

/// A unit of time in words.
pub(crate) fn unit(word: &str) -> Option<Unit> {
    let unit = match *word.as_bytes().first()? {
        b'd' => match word {
            "day" | "days" | "d" | "dy" => Unit::Day,
            _ => return None,
        },
        b'w' => match word {
            "week" | "wk" | "wks" | "w" => Unit::Week,
            _ => return None,
        },
        b'm' => match word {
            "month" | "mo" | "mos" | "mth" | "mths" | "mon" => Unit::Month,
            "minute" | "min" | "mins" => Unit::Minute,
            _ => return None,
        },
        b'y' => match word {
            "year" | "yr" | "yrs" | "y" => Unit::Year,
            _ => return None,
        },
        b'h' => match word {
            "hour" | "hr" | "hrs" | "h" => Unit::Hour,
            _ => return None,
        },
        _ => return None,
    };
    Some(unit)
}

/// So many units as an ISO 8601 duration.
pub(crate) fn iso(count: Decimal, unit: Unit) -> String {
    let count = count.normalize();
    let months = count * Decimal::from(12);
    match unit {
        Unit::Minute => format!("PT{count}M"),
        Unit::Hour => format!("PT{count}H"),
        Unit::Day => format!("P{count}D"),
        Unit::Week => format!("P{count}W"),
        Unit::Month => format!("P{count}M"),
        // "one and a half years" is a whole number of months.
        Unit::Year if count.fract() != Decimal::ZERO && months.fract() == Decimal::ZERO => format!("P{}M", months.normalize()),
        Unit::Year => format!("P{count}Y"),
    }
}
