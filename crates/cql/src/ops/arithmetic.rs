//! Arithmetic operators (Appendix B, *Arithmetic Operators*).
//!
//! A result that does not fit its type is null; the specification's tests ask for an error
//! of `Exp`, `Ln(0)`, `predecessor` and `successor` at the ends of a range.

use super::{Env, OpError, OpResult, datetime, undefined};
use crate::value::{DateTime, Decimal, Precision, Quantity, Time, Unit, Value};
use std::sync::Arc;

/// A binary operator of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `div`
    TruncatedDivide,
    /// `mod`
    Modulo,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Operation::Add => "Add",
            Operation::Subtract => "Subtract",
            Operation::Multiply => "Multiply",
            Operation::Divide => "Divide",
            Operation::TruncatedDivide => "TruncatedDivide",
            Operation::Modulo => "Modulo",
        }
    }
}

/// `left op right` of numbers, quantities, and temporal values with quantities.
pub fn apply(env: &Env, op: Operation, left: &Value, right: &Value) -> OpResult {
    use Value::{Date, DateTime, Integer, Long, Null, Quantity, String, Time, Uncertain};
    Ok(match (left, right) {
        (Null, _) | (_, Null) => Null,
        (Integer(l), Integer(r)) => integers(op, *l, *r),
        (Value::Decimal(l), Value::Decimal(r)) => decimals(op, *l, *r).map(Value::Decimal).into(),
        (Long(l), Long(r)) => longs(op, *l, *r),
        (Uncertain(_), _) | (_, Uncertain(_)) => return uncertain(env, op, left, right),
        (Date(_) | DateTime(_) | Time(_), Quantity(q)) => match op {
            Operation::Add => return datetime::add(left, q, false),
            Operation::Subtract => return datetime::add(left, q, true),
            _ => return Err(undefined(op.name(), &[left, right])),
        },
        (Quantity(l), Quantity(r)) => quantities(env, op, l, r).map(Value::Quantity).into(),
        (Quantity(q), number) => scale(op, q, number).ok_or(undefined(op.name(), &[left, right]))?,
        (number, Quantity(q)) => {
            let Some(value) = super::comparison::as_decimal(number) else {
                return Err(undefined(op.name(), &[left, right]));
            };
            let one = crate::value::Quantity { value, unit: Unit::one() };
            quantities(env, op, &one, q).map(Value::Quantity).into()
        }
        (String(_), String(_)) if op == Operation::Add => {
            return super::string::concatenate(&[left.clone(), right.clone()]);
        }
        _ => {
            let pair = super::comparison::as_decimal(left).zip(super::comparison::as_decimal(right));
            let Some((l, r)) = pair else {
                return Err(undefined(op.name(), &[left, right]));
            };
            if let (Some(l), Some(r)) = (as_long(left), as_long(right)) {
                return Ok(longs(op, l, r));
            }
            decimals(op, l, r).map(Value::Decimal).into()
        }
    })
}

fn as_long(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(i) => Some(i64::from(*i)),
        Value::Long(l) => Some(*l),
        _ => None,
    }
}

fn integers(op: Operation, l: i32, r: i32) -> Value {
    let result = match op {
        Operation::Add => l.checked_add(r),
        Operation::Subtract => l.checked_sub(r),
        Operation::Multiply => l.checked_mul(r),
        Operation::TruncatedDivide => l.checked_div(r),
        Operation::Modulo => l.checked_rem(r),
        Operation::Divide => {
            let quotient = Decimal::from(l).checked_div(Decimal::from(r));
            return quotient.map(Value::Decimal).into();
        }
    };
    result.map(Value::Integer).into()
}

fn longs(op: Operation, l: i64, r: i64) -> Value {
    let result = match op {
        Operation::Add => l.checked_add(r),
        Operation::Subtract => l.checked_sub(r),
        Operation::Multiply => l.checked_mul(r),
        Operation::TruncatedDivide => l.checked_div(r),
        Operation::Modulo => l.checked_rem(r),
        Operation::Divide => {
            let quotient = Decimal::from(l).checked_div(Decimal::from(r));
            return quotient.map(Value::Decimal).into();
        }
    };
    result.map(Value::Long).into()
}

fn decimals(op: Operation, l: Decimal, r: Decimal) -> Option<Decimal> {
    match op {
        Operation::Add => l.checked_add(r),
        Operation::Subtract => l.checked_sub(r),
        Operation::Multiply => l.checked_mul(r),
        Operation::Divide => l.checked_div(r),
        Operation::TruncatedDivide => l.checked_truncated_div(r),
        Operation::Modulo => l.checked_rem(r),
    }
}

fn quantities(env: &Env, op: Operation, l: &Quantity, r: &Quantity) -> Option<Quantity> {
    match op {
        Operation::Add => env.units.add(l, r, false),
        Operation::Subtract => env.units.add(l, r, true),
        Operation::Multiply | Operation::Divide => Some(Quantity {
            value: decimals(op, l.value, r.value)?,
            unit: env.units.combine(&l.unit, &r.unit, op == Operation::Divide)?,
        }),
        // The suite keeps the unit of the dividend for both.
        Operation::TruncatedDivide | Operation::Modulo => {
            Some(Quantity { value: decimals(op, l.value, env.units.convert(r, &l.unit)?)?, unit: l.unit.clone() })
        }
    }
}

/// A quantity and a number.
fn scale(op: Operation, quantity: &Quantity, number: &Value) -> Option<Value> {
    let factor = super::comparison::as_decimal(number)?;
    let value = match op {
        Operation::Multiply | Operation::Divide => decimals(op, quantity.value, factor),
        _ if *quantity.unit.as_str() == *"1" => decimals(op, quantity.value, factor),
        _ => return None,
    };
    let unit = quantity.unit.clone();
    Some(value.map(|value| Value::Quantity(Quantity { value, unit })).into())
}

/// Interval arithmetic of uncertain durations.
fn uncertain(env: &Env, op: Operation, left: &Value, right: &Value) -> OpResult {
    let (ll, lh) = super::comparison::ends(left);
    let (rl, rh) = super::comparison::ends(right);
    let pair = |a: Value, b: Value| {
        if a.is_null() || b.is_null() {
            return Value::Null;
        }
        Value::Uncertain(Arc::new((a, b)))
    };
    match op {
        Operation::Add => Ok(pair(apply(env, op, ll, rl)?, apply(env, op, lh, rh)?)),
        Operation::Subtract => Ok(pair(apply(env, op, ll, rh)?, apply(env, op, lh, rl)?)),
        Operation::Multiply => {
            let mut products =
                [apply(env, op, ll, rl)?, apply(env, op, ll, rh)?, apply(env, op, lh, rl)?, apply(env, op, lh, rh)?];
            products.sort_by(|a, b| super::comparison::sort_order(env, a, b));
            let [low, _, _, high] = products;
            Ok(pair(low, high))
        }
        _ => Err(undefined(op.name(), &[left, right])),
    }
}

/// Applies a function to both ends of an uncertain value, or to a certain one.
pub(crate) fn map_ends(value: &Value, f: impl Fn(&Value) -> OpResult) -> OpResult {
    match value {
        Value::Uncertain(bounds) => Ok(Value::Uncertain(Arc::new((f(&bounds.0)?, f(&bounds.1)?)))),
        other => f(other),
    }
}

/// `-x`.
pub fn negate(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Integer(i) => i.checked_neg().map(Value::Integer).into(),
        Value::Long(l) => l.checked_neg().map(Value::Long).into(),
        Value::Decimal(d) => Value::Decimal(d.negated()),
        Value::Quantity(q) => Value::Quantity(Quantity { value: q.value.negated(), unit: q.unit.clone() }),
        Value::Uncertain(b) => Value::Uncertain(Arc::new((negate(&b.1)?, negate(&b.0)?))),
        _ => return Err(undefined("Negate", &[value])),
    })
}

/// `Abs(x)`.
pub fn abs(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Integer(i) => i.checked_abs().map(Value::Integer).into(),
        Value::Long(l) => l.checked_abs().map(Value::Long).into(),
        Value::Decimal(d) => Value::Decimal(d.absolute()),
        Value::Quantity(q) => Value::Quantity(Quantity { value: q.value.absolute(), unit: q.unit.clone() }),
        _ => return Err(undefined("Abs", &[value])),
    })
}

/// `Ceiling(x)`, `Floor(x)`, `Truncate(x)`: Integers; null when the result does not fit.
pub fn to_whole(name: &'static str, value: &Value, how: fn(Decimal) -> Option<i64>) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Integer(_) => value.clone(),
        _ => {
            let Some(d) = super::comparison::as_decimal(value) else {
                return Err(undefined(name, &[value]));
            };
            how(d).and_then(|whole| i32::try_from(whole).ok()).map(Value::Integer).into()
        }
    })
}

/// `Round(x, precision)`.
pub fn round(value: &Value, precision: &Value) -> OpResult {
    let scale = match precision {
        Value::Integer(p) => (*p).clamp(0, 8) as u8,
        _ => 0,
    };
    Ok(match value {
        Value::Null => Value::Null,
        Value::Quantity(q) => Value::Quantity(Quantity { value: q.value.rounded(scale), unit: q.unit.clone() }),
        _ => match super::comparison::as_decimal(value) {
            Some(d) => Value::Decimal(d.rounded(scale)),
            None => return Err(undefined("Round", &[value])),
        },
    })
}

/// A double as a decimal of 15 significant digits, as many as a double carries.
fn from_double(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    Decimal::parse_rounding(&format!("{value:.14e}")).map(Decimal::trimmed)
}

fn double(name: &'static str, value: &Value) -> Result<f64, OpError> {
    super::comparison::as_decimal(value).map(Decimal::to_f64).ok_or_else(|| undefined(name, &[value]))
}

/// `Exp(x)`.
pub fn exp(value: &Value) -> OpResult {
    if value.is_null() {
        return Ok(Value::Null);
    }
    from_double(double("Exp", value)?.exp()).map(Value::Decimal).ok_or(OpError::Range("Exp"))
}

/// `Ln(x)`: null below zero, an error at zero.
pub fn ln(value: &Value) -> OpResult {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let x = double("Ln", value)?;
    if x == 0.0 {
        return Err(OpError::Range("Ln"));
    }
    Ok(from_double(x.ln()).map(Value::Decimal).into())
}

/// `Log(x, base)`.
pub fn log(value: &Value, base: &Value) -> OpResult {
    if value.is_null() || base.is_null() {
        return Ok(Value::Null);
    }
    let (x, b) = (double("Log", value)?, double("Log", base)?);
    // Base 1 has no logarithm, and 0/0 is not a number: both are null.
    Ok(from_double(x.ln() / b.ln()).map(Value::Decimal).into())
}

/// `Power(x, y)`.
pub fn power(base: &Value, exponent: &Value) -> OpResult {
    match (base, exponent) {
        (Value::Null, _) | (_, Value::Null) => return Ok(Value::Null),
        (Value::Integer(b), Value::Integer(e)) if *e >= 0 => {
            return Ok(b.checked_pow(e.unsigned_abs()).map(Value::Integer).into());
        }
        _ => {}
    }
    if let (Some(b), Some(e)) = (as_long(base), as_long(exponent))
        && let Ok(e) = u32::try_from(e)
    {
        return Ok(b.checked_pow(e).map(Value::Long).into());
    }
    let pair = super::comparison::as_decimal(base).zip(super::comparison::as_decimal(exponent));
    let Some((b, e)) = pair else {
        return Err(undefined("Power", &[base, exponent]));
    };
    if e.is_integer() {
        return Ok(integer_power(b, e).map(Value::Decimal).into());
    }
    Ok(from_double(b.to_f64().powf(e.to_f64())).map(Value::Decimal).into())
}

fn integer_power(base: Decimal, exponent: Decimal) -> Option<Decimal> {
    let n = exponent.truncate()?;
    let mut left = n.unsigned_abs();
    if left > 10_000 {
        return from_double(base.to_f64().powf(exponent.to_f64()));
    }
    let (mut result, mut square) = (Decimal::ONE, base);
    while left > 0 {
        if left & 1 == 1 {
            result = result.checked_mul(square)?;
        }
        left >>= 1;
        if left > 0 {
            square = square.checked_mul(square)?;
        }
    }
    if n < 0 {
        return Decimal::ONE.checked_div(result);
    }
    Some(result.trimmed())
}

/// `minimum T` and `maximum T` of the ordered types.
pub fn extreme(point: crate::value::PointType, maximum: bool) -> Option<Value> {
    use crate::value::{Date, PointType, Time};
    Some(match point {
        PointType::Integer => Value::Integer(if maximum { i32::MAX } else { i32::MIN }),
        PointType::Long => Value::Long(if maximum { i64::MAX } else { i64::MIN }),
        PointType::Decimal => Value::Decimal(if maximum { Decimal::MAX } else { Decimal::MIN }),
        PointType::Quantity => {
            Value::Quantity(Quantity { value: if maximum { Decimal::MAX } else { Decimal::MIN }, unit: Unit::one() })
        }
        PointType::Date if maximum => Value::Date(Date::new(9999, Some(12), Some(31))?),
        PointType::Date => Value::Date(Date::new(1, Some(1), Some(1))?),
        PointType::DateTime if maximum => Value::DateTime(DateTime::new(&[9999, 12, 31, 23, 59, 59, 999], None)?),
        PointType::DateTime => Value::DateTime(DateTime::new(&[1, 1, 1, 0, 0, 0, 0], None)?),
        PointType::Time if maximum => Value::Time(Time::new(&[23, 59, 59, 999])?),
        PointType::Time => Value::Time(Time::new(&[0, 0, 0, 0])?),
        PointType::Unknown | PointType::Lost => return None,
    })
}

/// `successor of x` (or `predecessor of x`): the next value of the type, for temporal
/// values at their own precision.
pub fn step(value: &Value, up: bool) -> OpResult {
    let name = if up { "Successor" } else { "Predecessor" };
    let range = || OpError::Range(name);
    let move_decimal = |d: Decimal| {
        let moved = if up { d.checked_add(Decimal::STEP) } else { d.checked_sub(Decimal::STEP) };
        moved
            .filter(|m| (Decimal::MIN..=Decimal::MAX).contains(m) || d > Decimal::MAX || d < Decimal::MIN)
            .map(Decimal::trimmed)
            .ok_or_else(range)
    };
    Ok(match value {
        Value::Null => Value::Null,
        Value::Integer(i) => {
            let moved = if up { i.checked_add(1) } else { i.checked_sub(1) };
            Value::Integer(moved.ok_or_else(range)?)
        }
        Value::Long(l) => {
            let moved = if up { l.checked_add(1) } else { l.checked_sub(1) };
            Value::Long(moved.ok_or_else(range)?)
        }
        Value::Decimal(d) => Value::Decimal(move_decimal(*d)?),
        Value::Quantity(q) => Value::Quantity(Quantity { value: move_decimal(q.value)?, unit: q.unit.clone() }),
        Value::Time(t) => {
            // A time wraps when added to; its successor does not.
            let ms = t.precision().milliseconds().unwrap_or(1);
            let moved = if up { t.to_ms() + ms } else { t.to_ms() - ms };
            Value::Time(Time::from_ms(moved, t.precision()).ok_or_else(range)?)
        }
        Value::Date(d) => datetime::add_periods(value, d.precision(), if up { 1 } else { -1 }).ok_or_else(range)?,
        Value::DateTime(d) => datetime::add_periods(value, d.precision(), if up { 1 } else { -1 }).ok_or_else(range)?,
        Value::Uncertain(_) => map_ends(value, |v| step(v, up))?,
        _ => return Err(undefined(name, &[value])),
    })
}

/// Digits of each precision, as `Precision` counts them.
fn digits(precision: Precision, is_time: bool) -> i32 {
    let all = match precision {
        Precision::Year => 4,
        Precision::Month => 6,
        Precision::Week | Precision::Day => 8,
        Precision::Hour => 10,
        Precision::Minute => 12,
        Precision::Second => 14,
        Precision::Millisecond => 17,
    };
    if is_time { all - 8 } else { all }
}

fn precision_of_digits(count: i32, is_time: bool) -> Option<Precision> {
    let all = [
        Precision::Year,
        Precision::Month,
        Precision::Day,
        Precision::Hour,
        Precision::Minute,
        Precision::Second,
        Precision::Millisecond,
    ];
    all.into_iter().filter(|p| !is_time || *p >= Precision::Hour).find(|p| digits(*p, is_time) == count)
}

/// `Precision(x)`: fraction digits of a decimal as written, or digits of a temporal value.
pub fn precision(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Decimal(d) => Value::Integer(i32::from(d.scale())),
        Value::Integer(_) | Value::Long(_) => Value::Integer(0),
        Value::Date(d) => Value::Integer(digits(d.precision(), false)),
        Value::DateTime(d) => Value::Integer(digits(d.precision(), false)),
        Value::Time(t) => Value::Integer(digits(t.precision(), true)),
        _ => return Err(undefined("Precision", &[value])),
    })
}

/// `LowBoundary(x, precision)` and `HighBoundary(x, precision)`.
pub fn boundary(value: &Value, precision: &Value, high: bool) -> OpResult {
    let count = match precision {
        Value::Integer(p) => Some(*p),
        _ => None,
    };
    let at = |is_time: bool, finest: Precision| match count {
        Some(count) => precision_of_digits(count, is_time).filter(|p| *p <= finest),
        None => Some(finest),
    };
    Ok(match value {
        Value::Null => Value::Null,
        Value::Integer(_) | Value::Long(_) | Value::Decimal(_) => {
            let Some(d) = super::comparison::as_decimal(value) else {
                return Ok(Value::Null);
            };
            let d = if matches!(value, Value::Decimal(_)) { d } else { d.rounded(0) };
            decimal_boundary(d, count, high).map(Value::Decimal).into()
        }
        Value::Date(d) => {
            at(false, Precision::Day).map(|p| Value::Date(if high { d.high() } else { d.low() }.at_precision(p))).into()
        }
        Value::DateTime(d) => at(false, Precision::Millisecond)
            .map(|p| Value::DateTime(if high { d.high() } else { d.low() }.at_precision(p)))
            .into(),
        Value::Time(t) => {
            at(true, Precision::Millisecond).map(|p| Value::Time(if high { t.high() } else { t.low() }.at_precision(p))).into()
        }
        _ => return Err(undefined("Boundary", &[value])),
    })
}

/// The lowest or highest decimal that reads as `value` when cut to its written digits.
fn decimal_boundary(value: Decimal, count: Option<i32>, high: bool) -> Option<Decimal> {
    let digits = u8::try_from(count.unwrap_or(8)).ok().filter(|d| *d <= 8)?;
    let gap = 10i128.pow(u32::from(8 - value.scale())) - 1;
    let units = match (high, value.units() < 0) {
        (true, false) => value.units() + gap,
        (false, true) => value.units() - gap,
        _ => value.units(),
    };
    let unit = 10i128.pow(u32::from(8 - digits));
    Some(Decimal::new(units / unit * unit, 8)?.with_scale(digits))
}
