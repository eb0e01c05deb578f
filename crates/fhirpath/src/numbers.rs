//! Arithmetic, mathematical functions, boundaries and precision (FHIRPath, *Math*, *Operations*, *Utility functions*).

use crate::Fault;
use crate::ast::Op;
use crate::eval::{Found, boolean, execution, one, single_value};
use crate::item::Item;
use cql::ops::arithmetic::{self as ops, Operation};
use cql::ops::{Env, OpResult, datetime};
use cql::value::{DateTime, Decimal, Precision, Quantity, UnitKind, Value};

/// A result of CQL's operator: null is empty.
pub(crate) fn from_op<'d>(result: OpResult) -> Found<'d> {
    match result {
        Ok(value) => Ok(one(value)),
        Err(error) => execution(error.to_string()),
    }
}

pub(crate) fn arithmetic<'d>(env: &Env, op: Op, left: Option<Value>, right: Option<Value>) -> Found<'d> {
    if op == Op::Concatenate {
        let text = |value: &Option<Value>| match value {
            Some(Value::String(text)) => Ok(text.to_string()),
            None => Ok(String::new()),
            Some(other) => execution(format!("`&` joins Strings, this is a {}", other.type_name())),
        };
        return Ok(one(Value::string(&(text(&left)? + &text(&right)?))));
    }
    let Some((left, right)) = left.zip(right) else { return Ok(Vec::new()) };
    let operation = match op {
        Op::Add => Operation::Add,
        Op::Subtract => Operation::Subtract,
        Op::Multiply => Operation::Multiply,
        Op::Divide => Operation::Divide,
        Op::Div => Operation::TruncatedDivide,
        _ => Operation::Modulo,
    };
    if let (Value::Date(_) | Value::DateTime(_) | Value::Time(_), Value::Quantity(quantity)) = (&left, &right) {
        return temporal(op, &left, quantity);
    }
    let number = |v: &Value| matches!(v, Value::Integer(_) | Value::Long(_) | Value::Decimal(_) | Value::Quantity(_));
    let texts = matches!((&left, &right, op), (Value::String(_), Value::String(_), Op::Add));
    let numbers = number(&left) && number(&right);
    if !texts && !numbers {
        return execution(format!("this operator is not defined for {} and {}", left.type_name(), right.type_name()));
    }
    from_op(ops::apply(env, operation, &left, &right))
}

/// A date and a duration. Years and months are those of the calendar only: UCUM's `a` and `mo` are definite.
fn temporal<'d>(op: Op, date: &Value, quantity: &Quantity) -> Found<'d> {
    let calendar = match quantity.unit.kind() {
        UnitKind::Calendar(_) => true,
        _ => quantity.unit.period().is_some_and(|p| p > Precision::Month) || Precision::parse(quantity.unit.as_str()).is_some(),
    };
    if !calendar || !matches!(op, Op::Add | Op::Subtract) {
        return execution(format!("'{}' cannot be added to a {}", quantity.unit.as_str(), date.type_name()));
    }
    let unit = match Precision::parse(quantity.unit.as_str()) {
        Some(period) => cql::value::Unit::calendar(period),
        None => quantity.unit.clone(),
    };
    // A fraction of a unit does not count.
    let Some(whole) = quantity.value.truncate() else { return execution("the duration is too long") };
    let whole = Quantity { value: Decimal::from(whole), unit };
    from_op(datetime::add(date, &whole, op == Op::Subtract))
}

pub(crate) fn call<'d>(env: &Env, input: &[Item<'d>], name: &str, arguments: &[Option<Value>]) -> Found<'d> {
    let Some(value) = single_value(name, input)? else { return Ok(Vec::new()) };
    let is_number = matches!(value, Value::Integer(_) | Value::Long(_) | Value::Decimal(_) | Value::Quantity(_));
    let is_temporal = matches!(value, Value::Date(_) | Value::DateTime(_) | Value::Time(_));
    let of_time = matches!(name, "lowBoundary" | "highBoundary" | "precision") && is_temporal;
    if !is_number && !of_time {
        return execution(format!("{name}() is not defined for a {}", value.type_name()));
    }
    if arguments.iter().any(Option::is_none) {
        return Ok(Vec::new());
    }
    let argument = arguments.first().cloned().flatten();
    match name {
        "abs" => from_op(ops::abs(&value)),
        "ceiling" => from_op(ops::to_whole("ceiling", &value, Decimal::ceiling)),
        "floor" => from_op(ops::to_whole("floor", &value, Decimal::floor)),
        "truncate" => from_op(ops::to_whole("truncate", &value, Decimal::truncate)),
        "round" => from_op(ops::round(&value, &argument.unwrap_or(Value::Integer(0)))),
        "exp" => from_op(ops::exp(&value)),
        "ln" => from_op(ops::ln(&value)),
        "sqrt" => match decimal(&value) {
            Some(d) => from_op(ops::power(&Value::Decimal(d), &Value::Decimal(half()))),
            None => execution("sqrt() is asked of a number"),
        },
        "log" => from_op(ops::log(&value, &argument.unwrap_or_default())),
        "power" => from_op(ops::power(&value, &argument.unwrap_or_default())),
        "precision" => from_op(ops::precision(&value)),
        "lowBoundary" | "highBoundary" => {
            let digits = match argument {
                None => None,
                Some(Value::Integer(n)) => Some(n),
                Some(_) => return execution(format!("{name}() takes an Integer")),
            };
            Ok(boundary(&value, digits, name == "highBoundary").map(Item::Value).into_iter().collect())
        }
        "comparable" => match (&value, &argument) {
            (Value::Quantity(l), Some(Value::Quantity(r))) => Ok(boolean(Some(env.units.compare(l, r).is_some()))),
            _ => execution("comparable() is asked of Quantities"),
        },
        _ => Err(Fault::Semantic(format!("there is no function {name}()"))),
    }
}

fn half() -> Decimal {
    Decimal::new(50_000_000, 1).unwrap_or(Decimal::ZERO)
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(i) => Some(Decimal::from(*i).with_scale(0)),
        Value::Long(l) => Some(Decimal::from(*l).with_scale(0)),
        Value::Decimal(d) => Some(*d),
        _ => None,
    }
}

/// The least (greatest) value that would be written like this one, at a number of digits.
fn boundary(value: &Value, digits: Option<i32>, high: bool) -> Option<Value> {
    let digits = digits.map(u8::try_from).transpose().ok()?;
    match value {
        Value::Quantity(q) => {
            let value = decimal_boundary(q.value, digits, high)?;
            Some(Value::Quantity(Quantity { value, unit: q.unit.clone() }))
        }
        Value::Date(d) => {
            let precision = precision_of(digits.unwrap_or(8), false)?;
            (precision <= Precision::Day).then(|| Value::Date(if high { d.high() } else { d.low() }.truncated(precision)))
        }
        Value::DateTime(d) => {
            let precision = precision_of(digits.unwrap_or(17), false)?;
            if precision <= Precision::Day {
                return Some(Value::Date(date_time_end(*d, high).date().truncated(precision)));
            }
            Some(Value::DateTime(date_time_end(*d, high).truncated(precision)))
        }
        Value::Time(t) => {
            let precision = precision_of(digits.unwrap_or(9), true)?;
            Some(Value::Time(if high { t.high() } else { t.low() }.truncated(precision)))
        }
        other => decimal_boundary(decimal(other)?, digits, high).map(Value::Decimal),
    }
}

/// An hour without minutes is not FHIR and counts as the full hour; an unknown offset is the one that gives the earliest (latest) instant.
fn date_time_end(value: DateTime, high: bool) -> DateTime {
    let value = match value.precision() {
        Precision::Hour => value.low().truncated(Precision::Minute),
        _ => value,
    };
    let end = if high { value.high() } else { value.low() };
    end.with_default_offset(if high { -720 } else { 840 })
}

fn precision_of(digits: u8, time: bool) -> Option<Precision> {
    Some(match (digits, time) {
        (4, false) => Precision::Year,
        (6, false) => Precision::Month,
        (8, false) => Precision::Day,
        (10, false) | (2, true) => Precision::Hour,
        (12, false) | (4, true) => Precision::Minute,
        (14, false) | (6, true) => Precision::Second,
        (17, false) | (9, true) => Precision::Millisecond,
        _ => return None,
    })
}

/// Half a step of the last written digit below (above). Cut to fewer digits, a boundary towards zero is cut and one away from it rounded, as the suite has it.
fn decimal_boundary(value: Decimal, digits: Option<u8>, high: bool) -> Option<Decimal> {
    let digits = digits.unwrap_or(8);
    if digits > 8 {
        return None;
    }
    let half_step = 10_i128.pow(u32::from(8 - value.scale())) / 2;
    let units = if high { value.units() + half_step } else { value.units() - half_step };
    let outward = high == (value.units() >= 0);
    let whole = Decimal::new(units, 8)?;
    let step = 10_i128.pow(u32::from(8 - digits));
    let cut = if outward { whole.rounded(digits).units() } else { units / step * step };
    Decimal::new(cut, digits).map(|d| d.with_scale(digits))
}
