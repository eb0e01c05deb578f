//! Date and time operators (Appendix B, *Date and Time Operators*): construction,
//! components, arithmetic at a precision, durations and differences with uncertainty.

use super::{Env, OpError, OpResult, undefined};
use crate::value::{DAY_MS, Date, DateTime, Decimal, Fields, Precision, Quantity, Time, Value};
use std::sync::Arc;

/// `temporal + quantity` (or `-`): the quantity is first brought to the precision of the
/// temporal value, cut towards zero.
pub fn add(temporal: &Value, quantity: &Quantity, subtract: bool) -> OpResult {
    let name = if subtract { "Subtract" } else { "Add" };
    let Some(period) = quantity.unit.period() else {
        let operand = Value::Quantity(quantity.clone());
        return Err(undefined(name, &[temporal, &operand]));
    };
    // A fraction counts for seconds only; above them it is cut. What lacks a rounding error of an earlier division is whole
    // (12 doses at 3 a week are 28 days).
    let (amount, period) = if period == Precision::Second && !quantity.value.is_integer() {
        let thousand = quantity.value.checked_mul(Decimal::from(1000));
        (thousand.and_then(Decimal::truncate), Precision::Millisecond)
    } else {
        let near = quantity.value.rounded(5);
        (if near.is_integer() { near } else { quantity.value }.truncate(), period)
    };
    let amount = amount.and_then(|a| if subtract { a.checked_neg() } else { Some(a) }).ok_or(OpError::Range(name))?;
    add_periods(temporal, period, amount).ok_or(OpError::Range(name))
}

/// Adds a count of periods; `None` outside the years 1 to 9999.
pub(crate) fn add_periods(temporal: &Value, period: Precision, amount: i64) -> Option<Value> {
    Some(match temporal {
        Value::Date(d) => {
            let fields = moved(d.fields(), d.precision(), period, amount)?;
            Value::Date(Date::from_fields(fields, d.precision()))
        }
        Value::DateTime(d) => {
            let fields = moved(d.fields(), d.precision(), period, amount)?;
            Value::DateTime(DateTime::from_fields(fields, d.precision(), d.offset_minutes()))
        }
        Value::Time(t) => {
            let (period, amount) = at_precision(t.precision(), period, amount)?;
            let ms = amount.checked_mul(period.milliseconds()?)?;
            let total = (t.to_ms() + ms % DAY_MS).rem_euclid(DAY_MS);
            Value::Time(Time::from_ms(total, t.precision())?)
        }
        _ => return None,
    })
}

/// The count in units no finer than the precision of the value it is added to.
fn at_precision(precision: Precision, period: Precision, amount: i64) -> Option<(Precision, i64)> {
    if period <= precision || (period == Precision::Week && precision >= Precision::Day) {
        return Some((period, amount));
    }
    let Some(ms) = period.milliseconds() else {
        // Months added to a year.
        return Some((Precision::Year, amount / 12));
    };
    let total = amount.checked_mul(ms)?;
    Some(match precision {
        Precision::Year => (Precision::Year, total / DAY_MS / 365),
        Precision::Month => (Precision::Month, total / DAY_MS / 30),
        other => (other, total / other.milliseconds()?),
    })
}

fn moved(fields: Fields, precision: Precision, period: Precision, amount: i64) -> Option<Fields> {
    let (period, amount) = at_precision(precision, period, amount)?;
    if let Some(unit) = period.milliseconds() {
        let ms = fields.to_ms().checked_add(amount.checked_mul(unit)?)?;
        return Fields::from_ms(ms);
    }
    let months = if period == Precision::Year { amount.checked_mul(12)? } else { amount };
    let total = (i64::from(fields.year) * 12 + i64::from(fields.month) - 1).checked_add(months)?;
    let year = i32::try_from(total.div_euclid(12)).ok()?;
    let month = total.rem_euclid(12) as u32 + 1;
    if !(1..=9999).contains(&year) {
        return None;
    }
    Some(Fields { year, month, day: fields.day.min(crate::value::days_in_month(year, month)), ..fields })
}

/// The first and last instant a value may be, as local fields at one common offset.
struct Span {
    low: Fields,
    high: Fields,
}

/// The instants a value may be when `period` is counted. A time known to the hour or finer,
/// and as far as the period, counts as its first instant: `hours between @T06 and @T07:00`
/// is 1. A day stands for all its hours.
fn span(env: &Env, value: &Value, offset: Option<i16>, period: Precision) -> Option<Span> {
    let exact = |precision: Precision| precision >= period.max(Precision::Hour);
    Some(match value {
        Value::Date(d) => Span { low: d.low().fields(), high: d.high().fields() },
        Value::DateTime(d) => {
            let at = |d: DateTime| match offset {
                Some(offset) => d.at_offset(offset, env.offset()).fields(),
                None => d.fields(),
            };
            Span { low: at(d.low()), high: at(if exact(d.precision()) { d.low() } else { d.high() }) }
        }
        Value::Time(t) => Span { low: t.low().fields(), high: if exact(t.precision()) { t.low() } else { t.high() }.fields() },
        _ => return None,
    })
}

/// The offset both values are brought to, when they differ in theirs.
fn common_offset(env: &Env, left: &Value, right: &Value) -> Option<i16> {
    match (left, right) {
        (Value::DateTime(l), Value::DateTime(r)) => {
            let own = |d: &DateTime| d.offset_minutes().unwrap_or_else(|| env.offset());
            (own(l) != own(r)).then_some(env.offset())
        }
        _ => None,
    }
}

/// A Date beside a DateTime becomes a DateTime.
fn same_types(left: &Value, right: &Value) -> (Value, Value) {
    match (left, right) {
        (Value::Date(l), Value::DateTime(_)) => (Value::DateTime(l.to_date_time()), right.clone()),
        (Value::DateTime(_), Value::Date(r)) => (left.clone(), Value::DateTime(r.to_date_time())),
        _ => (left.clone(), right.clone()),
    }
}

fn between(
    name: &'static str,
    env: &Env,
    left: &Value,
    right: &Value,
    (offset, period): (Option<i16>, Precision),
    count: impl Fn(Fields, Fields) -> i64,
) -> OpResult {
    let spans = span(env, left, offset, period).zip(span(env, right, offset, period));
    let Some((l, r)) = spans else {
        return Err(undefined(name, &[left, right]));
    };
    let shortest = i32::try_from(count(l.high, r.low)).ok();
    let longest = i32::try_from(count(l.low, r.high)).ok();
    Ok(match (shortest, longest) {
        (Some(a), Some(b)) if a == b => Value::Integer(a),
        (Some(a), Some(b)) => Value::Uncertain(Arc::new((Value::Integer(a), Value::Integer(b)))),
        _ => Value::Null,
    })
}

/// `years between A and B`: whole periods; uncertain when A or B is imprecise.
pub fn duration(env: &Env, left: &Value, right: &Value, period: Precision) -> OpResult {
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    if matches!(left, Value::Uncertain(_)) || matches!(right, Value::Uncertain(_)) {
        return Ok(Value::Null);
    }
    let (left, right) = same_types(left, right);
    let offset = common_offset(env, &left, &right);
    between("DurationBetween", env, &left, &right, (offset, period), |a, b| whole_periods(a, b, period))
}

fn whole_periods(from: Fields, to: Fields, period: Precision) -> i64 {
    if let Some(unit) = period.milliseconds() {
        return (to.to_ms() - from.to_ms()) / unit;
    }
    let months = whole_months(from, to);
    if period == Precision::Year { months / 12 } else { months }
}

fn whole_months(from: Fields, to: Fields) -> i64 {
    let count = i64::from(to.year - from.year) * 12 + i64::from(to.month) - i64::from(from.month);
    // The day and time within the month, as one number.
    let rest = |f: Fields| i64::from(f.day) * DAY_MS + f.to_ms().rem_euclid(DAY_MS);
    if count > 0 && rest(to) < rest(from) {
        count - 1
    } else if count < 0 && rest(to) > rest(from) {
        count + 1
    } else {
        count
    }
}

/// `difference in years between A and B`: boundaries crossed.
pub fn difference(env: &Env, left: &Value, right: &Value, period: Precision) -> OpResult {
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    if matches!(left, Value::Uncertain(_)) || matches!(right, Value::Uncertain(_)) {
        return Ok(Value::Null);
    }
    let (left, right) = same_types(left, right);
    // Days and coarser count boundaries of each value's own calendar.
    let offset = if period >= Precision::Hour { common_offset(env, &left, &right) } else { None };
    between("DifferenceBetween", env, &left, &right, (offset, period), |a, b| {
        boundary_index(b, period) - boundary_index(a, period)
    })
}

fn boundary_index(fields: Fields, period: Precision) -> i64 {
    match period {
        Precision::Year => i64::from(fields.year),
        Precision::Month => i64::from(fields.year) * 12 + i64::from(fields.month),
        // 0001-01-01 is a Monday; weeks begin on Sunday.
        Precision::Week => (fields.to_ms().div_euclid(DAY_MS) + 1).div_euclid(7),
        other => fields.to_ms().div_euclid(other.milliseconds().unwrap_or(1)),
    }
}

/// `year from X` and the others; null when the value does not say.
pub fn component(value: &Value, component: Precision) -> OpResult {
    let (fields, precision, is_time) = match value {
        Value::Null => return Ok(Value::Null),
        Value::Date(d) => (d.fields(), d.precision(), false),
        Value::DateTime(d) => (d.fields(), d.precision(), false),
        Value::Time(t) => (t.fields(), t.precision(), true),
        _ => return Err(undefined("DateTimeComponentFrom", &[value])),
    };
    if component > precision || (is_time && component < Precision::Hour) {
        return Ok(Value::Null);
    }
    let part = match component {
        Precision::Year => fields.year as u32,
        Precision::Month => fields.month,
        Precision::Week | Precision::Day => fields.day,
        Precision::Hour => fields.hour,
        Precision::Minute => fields.minute,
        Precision::Second => fields.second,
        Precision::Millisecond => fields.millisecond,
    };
    Ok(Value::Integer(part as i32))
}

/// `timezoneoffset from X`, in hours.
pub fn timezone_offset(env: &Env, value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::DateTime(d) => {
            let minutes = i32::from(d.offset_minutes().unwrap_or_else(|| env.offset()));
            Decimal::from(minutes).checked_div(Decimal::from(60)).map(Value::Decimal).into()
        }
        _ => return Err(undefined("TimezoneOffsetFrom", &[value])),
    })
}

/// `date from X`.
pub fn date_from(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Date(_) => value.clone(),
        Value::DateTime(d) => Value::Date(d.date()),
        _ => return Err(undefined("DateFrom", &[value])),
    })
}

/// `time from X`; null when the hour is not known.
pub fn time_from(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Time(_) => value.clone(),
        Value::DateTime(d) => d.time().map(Value::Time).into(),
        _ => return Err(undefined("TimeFrom", &[value])),
    })
}

/// The leading operands that are not null, as numbers.
fn leading(parts: &[Value]) -> Result<Vec<u32>, OpError> {
    let mut numbers = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Value::Integer(i) => {
                numbers.push(u32::try_from(*i).map_err(|_| OpError::NoSuchTime("DateTime"))?);
            }
            _ => break,
        }
    }
    Ok(numbers)
}

/// `DateTime(y, m, d, h, min, s, ms, offset)`: up to the first null.
pub fn new_date_time(parts: &[Value]) -> OpResult {
    let numbers = leading(&parts[..parts.len().min(7)])?;
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    let offset = match parts.get(7).and_then(super::comparison::as_decimal) {
        Some(hours) => hours.checked_mul(Decimal::from(60)).and_then(Decimal::truncate).and_then(|m| i16::try_from(m).ok()),
        None => None,
    };
    DateTime::new(&numbers, offset).map(Value::DateTime).ok_or(OpError::NoSuchTime("DateTime"))
}

/// `Date(y, m, d)`: up to the first null.
pub fn new_date(parts: &[Value]) -> OpResult {
    let numbers = leading(&parts[..parts.len().min(3)])?;
    let Some(year) = numbers.first() else {
        return Ok(Value::Null);
    };
    let year = i32::try_from(*year).map_err(|_| OpError::NoSuchTime("Date"))?;
    Date::new(year, numbers.get(1).copied(), numbers.get(2).copied()).map(Value::Date).ok_or(OpError::NoSuchTime("Date"))
}

/// `Time(h, m, s, ms)`: up to the first null.
pub fn new_time(parts: &[Value]) -> OpResult {
    let numbers = leading(&parts[..parts.len().min(4)])?;
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    Time::new(&numbers).map(Value::Time).ok_or(OpError::NoSuchTime("Time"))
}
