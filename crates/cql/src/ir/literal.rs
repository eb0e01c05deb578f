//! Literals as plain data.

use crate::value::Decimal;
use std::sync::Arc;

/// A literal of the source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `true`.
    Boolean(bool),
    /// `1`.
    Integer(i32),
    /// `1L`.
    Long(i64),
    /// `1.0`: the scale written is kept (`1.50` has precision 2).
    Decimal(Decimal),
    /// `'text'`, escapes resolved.
    String(Arc<str>),
    /// `@2014-01`.
    Date(DateLiteral),
    /// `@2014-01-25T14:30Z`.
    DateTime(DateTimeLiteral),
    /// `@T14:30`.
    Time(TimeLiteral),
    /// `5 'mg'`, `3 days`.
    Quantity(QuantityLiteral),
    /// `1 'mg' : 2 'mL'`.
    Ratio(QuantityLiteral, QuantityLiteral),
}

/// A date; a missing part is unknown. Checked: month 1-12, day within the month, year 1-9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateLiteral {
    /// Year.
    pub year: u16,
    /// Month.
    pub month: Option<u8>,
    /// Day.
    pub day: Option<u8>,
}

/// A date with time; parts are missing only from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTimeLiteral {
    /// The date part.
    pub date: DateLiteral,
    /// The time part.
    pub time: Option<TimeLiteral>,
    /// Offset from UTC in minutes; `None` means the default offset of the evaluation.
    pub offset_minutes: Option<i16>,
}

/// A time of day; parts are missing only from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeLiteral {
    /// Hour, 0-23.
    pub hour: u8,
    /// Minute.
    pub minute: Option<u8>,
    /// Second.
    pub second: Option<u8>,
    /// Millisecond.
    pub millisecond: Option<u16>,
}

/// A quantity. The unit is UCUM text (`mg`), or a calendar word as written (`year`, `years`, `week`, ...), or `1` when none was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuantityLiteral {
    /// The value.
    pub value: Decimal,
    /// The unit.
    pub unit: Arc<str>,
    /// The unit was a calendar word (`3 months`), not a quoted UCUM unit (`3 'mo'`).
    pub calendar: bool,
}
