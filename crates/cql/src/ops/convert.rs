//! Type conversion (Appendix B, *Type Operators*): a text that does not read is null.

use super::{Env, OpResult, undefined};
use crate::value::{Concept, Date, DateTime, Decimal, Precision, Quantity, Ratio, Time, Unit, Value};
use std::sync::Arc;

/// A type a System value can be converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Target {
    Boolean,
    Integer,
    Long,
    Decimal,
    String,
    Date,
    DateTime,
    Time,
    Quantity,
    Ratio,
}

/// `ToBoolean(x)` to `ToRatio(x)`.
pub fn convert(value: &Value, target: Target) -> OpResult {
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Value::Uncertain(_) = value {
        return super::arithmetic::map_ends(value, |v| convert(v, target));
    }
    match target {
        Target::Boolean => to_boolean(value),
        Target::Integer => to_integer(value),
        Target::Long => to_long(value),
        Target::Decimal => to_decimal(value),
        Target::String => to_string(value),
        Target::Date => to_date(value),
        Target::DateTime => to_date_time(value),
        Target::Time => to_time(value),
        Target::Quantity => to_quantity(value),
        Target::Ratio => to_ratio(value),
    }
}

/// `ConvertsToX(x)`: whether the conversion gives a value; null of null.
pub fn converts(value: &Value, target: Target) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    Value::Boolean(convert(value, target).is_ok_and(|v| !v.is_null()))
}

fn to_boolean(value: &Value) -> OpResult {
    let from_number = |is_one: bool, is_zero: bool| {
        if is_one {
            Value::Boolean(true)
        } else if is_zero {
            Value::Boolean(false)
        } else {
            Value::Null
        }
    };
    Ok(match value {
        Value::Boolean(_) => value.clone(),
        Value::Integer(i) => from_number(*i == 1, *i == 0),
        Value::Long(l) => from_number(*l == 1, *l == 0),
        Value::Decimal(d) => from_number(*d == Decimal::ONE, d.is_zero()),
        Value::String(s) => {
            let text = s.to_ascii_lowercase();
            from_number(
                matches!(text.as_str(), "true" | "t" | "yes" | "y" | "1"),
                matches!(text.as_str(), "false" | "f" | "no" | "n" | "0"),
            )
        }
        _ => return Err(undefined("ToBoolean", &[value])),
    })
}

/// An optional sign and digits, as the specification writes integers.
fn whole_text(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_whole.then(|| text.strip_prefix('+').unwrap_or(text))
}

fn to_integer(value: &Value) -> OpResult {
    Ok(match value {
        Value::Integer(_) => value.clone(),
        Value::Boolean(b) => Value::Integer(i32::from(*b)),
        Value::Long(l) => i32::try_from(*l).ok().map(Value::Integer).into(),
        Value::String(s) => whole_text(s).and_then(|t| t.parse().ok()).map(Value::Integer).into(),
        _ => return Err(undefined("ToInteger", &[value])),
    })
}

fn to_long(value: &Value) -> OpResult {
    Ok(match value {
        Value::Long(_) => value.clone(),
        Value::Boolean(b) => Value::Long(i64::from(*b)),
        Value::Integer(i) => Value::Long(i64::from(*i)),
        Value::String(s) => whole_text(s).and_then(|t| t.parse().ok()).map(Value::Long).into(),
        _ => return Err(undefined("ToLong", &[value])),
    })
}

fn to_decimal(value: &Value) -> OpResult {
    Ok(match value {
        Value::Decimal(_) => value.clone(),
        Value::Boolean(b) => Value::Decimal(Decimal::from(i32::from(*b))),
        Value::Integer(i) => Value::Decimal(Decimal::from(*i)),
        Value::Long(l) => Value::Decimal(Decimal::from(*l)),
        Value::String(s) => s.parse().ok().map(Value::Decimal).into(),
        _ => return Err(undefined("ToDecimal", &[value])),
    })
}

fn to_string(value: &Value) -> OpResult {
    Ok(match value {
        Value::String(_) => value.clone(),
        Value::Boolean(b) => Value::from(if *b { "true" } else { "false" }),
        Value::Integer(i) => Value::string(&i.to_string()),
        Value::Long(l) => Value::string(&l.to_string()),
        Value::Decimal(d) => Value::string(&d.to_string()),
        Value::Date(d) => Value::string(&d.to_string()),
        Value::DateTime(d) => Value::string(&d.to_string()),
        Value::Time(t) => Value::string(&t.to_string()),
        Value::Quantity(q) => Value::string(&q.to_string()),
        Value::Ratio(r) => Value::string(&format!("{}:{}", r.numerator, r.denominator)),
        _ => return Err(undefined("ToString", &[value])),
    })
}

fn to_date(value: &Value) -> OpResult {
    Ok(match value {
        Value::Date(_) => value.clone(),
        Value::DateTime(d) => Value::Date(d.date()),
        Value::String(s) => Date::parse(s).or_else(|| DateTime::parse(s).map(DateTime::date)).map(Value::Date).into(),
        _ => return Err(undefined("ToDate", &[value])),
    })
}

fn to_date_time(value: &Value) -> OpResult {
    Ok(match value {
        Value::DateTime(_) => value.clone(),
        Value::Date(d) => Value::DateTime(d.to_date_time()),
        Value::String(s) => DateTime::parse(s).map(Value::DateTime).into(),
        _ => return Err(undefined("ToDateTime", &[value])),
    })
}

fn to_time(value: &Value) -> OpResult {
    Ok(match value {
        Value::Time(_) => value.clone(),
        Value::DateTime(d) => d.time().map(Value::Time).into(),
        Value::String(s) => {
            // An offset may stand there; a time of day has none.
            let text = s.strip_prefix('T').unwrap_or(s);
            let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
            let with_offset = format!("2000-01-01T{text}");
            let is_time = end == text.len() || DateTime::parse(&with_offset).is_some();
            Time::parse(&text[..end]).filter(|_| is_time).map(Value::Time).into()
        }
        _ => return Err(undefined("ToTime", &[value])),
    })
}

fn to_quantity(value: &Value) -> OpResult {
    let plain = |value: Decimal| Value::Quantity(Quantity { value, unit: Unit::one() });
    Ok(match value {
        Value::Quantity(_) => value.clone(),
        Value::Integer(i) => plain(Decimal::from(*i).with_scale(0)),
        Value::Long(l) => plain(Decimal::from(*l).with_scale(0)),
        Value::Decimal(d) => plain(*d),
        Value::String(s) => parse_quantity(s).map(Value::Quantity).into(),
        Value::Ratio(r) => {
            let one_unit = r.denominator.unit.as_str() == "1";
            let quotient = r.numerator.value.checked_div(r.denominator.value);
            match (quotient, one_unit) {
                (Some(value), true) => Value::Quantity(Quantity { value, unit: r.numerator.unit.clone() }),
                _ => Value::Null,
            }
        }
        _ => return Err(undefined("ToQuantity", &[value])),
    })
}

/// `5.5 'cm'`, `5.5'cm'`, `3 days`, `12`.
pub fn parse_quantity(text: &str) -> Option<Quantity> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let number = &text[..end];
    let value: Decimal = number.parse().ok()?;
    let value = if number.contains('.') { value } else { value.with_scale(0) };
    let rest = text[end..].trim_start();
    let unit = if rest.is_empty() {
        Unit::one()
    } else if let Some(quoted) = rest.strip_prefix('\'') {
        let unit = quoted.strip_suffix('\'')?;
        if unit.is_empty() || unit.contains('\'') {
            return None;
        }
        Unit::ucum(unit)
    } else {
        Unit::calendar(Precision::parse(rest)?)
    };
    Some(Quantity { value, unit })
}

fn to_ratio(value: &Value) -> OpResult {
    Ok(match value {
        Value::Ratio(_) => value.clone(),
        Value::String(s) => {
            let ratio = s.split_once(':').and_then(|(above, below)| {
                Some(Ratio { numerator: parse_quantity(above)?, denominator: parse_quantity(below)? })
            });
            ratio.map(|r| Value::Ratio(Arc::new(r))).into()
        }
        _ => return Err(undefined("ToRatio", &[value])),
    })
}

/// `ToConcept(code)` and of a list of codes.
pub fn to_concept(value: &Value) -> OpResult {
    let concept = |codes: Vec<crate::value::Code>, display| Value::Concept(Arc::new(Concept { codes, display }));
    Ok(match value {
        Value::Null => Value::Null,
        Value::Concept(_) => value.clone(),
        Value::Code(c) => concept(vec![c.as_ref().clone()], c.display.clone()),
        Value::List(items) => {
            let codes = items.iter().filter_map(|item| match item {
                Value::Code(c) => Some(c.as_ref().clone()),
                _ => None,
            });
            concept(codes.collect(), None)
        }
        _ => return Err(undefined("ToConcept", &[value])),
    })
}

/// `convert quantity to unit`; null when the units do not convert.
pub fn convert_quantity(env: &Env, quantity: &Value, unit: &Value) -> Value {
    match (quantity, unit) {
        (Value::Quantity(q), Value::String(u)) => {
            let unit = Unit::parse(u);
            env.units.convert_by_ucum(q, &unit).map(|value| Value::Quantity(Quantity { value, unit })).into()
        }
        _ => Value::Null,
    }
}

/// `CanConvertQuantity(quantity, unit)`.
pub fn can_convert_quantity(env: &Env, quantity: &Value, unit: &Value) -> Value {
    if quantity.is_null() || unit.is_null() {
        return Value::Null;
    }
    Value::Boolean(!convert_quantity(env, quantity, unit).is_null())
}
