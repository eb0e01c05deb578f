//! Compares a value with the suite's canonical form of the expected one.

use crate::ops::{Env, comparison};
use crate::value::{Date, DateTime, Decimal, Interval, PointType, Time, Unit, Value};
use serde_json::Value as Json;

/// Is `found` what the canonical form says?
pub(super) fn matches(found: &Value, wanted: &Json) -> bool {
    let Some(object) = wanted.as_object() else {
        return wanted.is_null() && matches!(found, Value::Null);
    };
    let Some((kind, content)) = object.iter().next() else {
        return false;
    };
    let text = content.as_str().unwrap_or_default();
    match (kind.as_str(), found) {
        ("b", Value::Boolean(b)) => content.as_bool() == Some(*b),
        ("s", Value::String(s)) => **s == *text,
        ("i" | "l" | "d", Value::Integer(_) | Value::Long(_) | Value::Decimal(_)) => number(found, text),
        ("date", Value::Date(d)) => Date::parse(text.trim_start_matches('@')).is_some_and(|w| same_date(*d, w)),
        ("dt", Value::DateTime(d)) => {
            let text = text.trim_start_matches('@').trim_end_matches('T');
            DateTime::parse(text).is_some_and(|w| same_moment(*d, w))
        }
        ("t", Value::Time(t)) => {
            let text = text.trim_start_matches('@').trim_start_matches('T');
            Time::parse(text).is_some_and(|w| t.precision() == w.precision() && *t == w)
        }
        ("q", Value::Quantity(q)) => {
            let value = content[0].as_str().unwrap_or_default();
            let unit = content[1].as_str().unwrap_or("1");
            number(&Value::Decimal(q.value), value) && same_unit(q.unit.as_str(), unit)
        }
        ("list", Value::List(items)) => {
            let wanted = content.as_array().map(Vec::as_slice).unwrap_or_default();
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(f, w)| matches(f, w))
        }
        ("iv", Value::Interval(interval)) => same_interval(interval, content),
        ("tuple", Value::Tuple(tuple)) => {
            let Some(wanted) = content.as_object() else { return false };
            let elements: Vec<_> = tuple.elements.iter().collect();
            elements.len() == wanted.len()
                && elements.iter().all(|(name, value)| wanted.get(&**name).is_some_and(|w| matches(value, w)))
        }
        ("code", Value::Code(code)) => same_code(code, content),
        ("concept", Value::Concept(concept)) => {
            let wanted = content.as_array().map(Vec::as_slice).unwrap_or_default();
            concept.codes.len() == wanted.len() && concept.codes.iter().zip(wanted).all(|(c, w)| same_code(c, &w["code"]))
        }
        // An uncertain number is written as the interval of what it may be.
        ("iv", Value::Uncertain(range)) => matches(&range.0, &content[0]) && matches(&range.1, &content[1]),
        _ => false,
    }
}

fn same_code(code: &crate::value::Code, wanted: &Json) -> bool {
    let system = wanted[1].as_str();
    wanted[0].as_str() == code.code.as_deref() && system.is_none_or(|s| code.system.as_deref() == Some(s))
}

fn number(found: &Value, text: &str) -> bool {
    let Some(wanted) = Decimal::parse_rounding(text) else { return false };
    let found = match found {
        Value::Integer(i) => Decimal::from(*i),
        Value::Long(l) => Decimal::from(*l),
        Value::Decimal(d) => *d,
        _ => return false,
    };
    found.checked_sub(wanted).is_some_and(|d| d.absolute() <= Decimal::STEP)
}

fn same_unit(found: &str, wanted: &str) -> bool {
    let plain = |u: &str| if u.is_empty() { "1".to_owned() } else { u.to_owned() };
    // Calendar words have a singular and a plural.
    let one = |u: String| match Unit::parse(&u).period() {
        Some(_) => u.trim_end_matches('s').to_owned(),
        None => u,
    };
    one(plain(found)) == one(plain(wanted))
}

fn same_date(found: Date, wanted: Date) -> bool {
    found.precision() == wanted.precision() && found == wanted
}

/// Same precision and same instant; without an offset UTC is meant.
fn same_moment(found: DateTime, wanted: DateTime) -> bool {
    found.precision() == wanted.precision() && found.to_unix_ms(0) == wanted.to_unix_ms(0)
}

/// Bounds by bounds, an open one equal to the closed one a step away.
fn same_interval(found: &Interval, wanted: &Json) -> bool {
    let direct = matches(&found.low, &wanted[0])
        && matches(&found.high, &wanted[1])
        && wanted[2].as_bool() == Some(found.low_closed)
        && wanted[3].as_bool() == Some(found.high_closed);
    if direct {
        return true;
    }
    let Some(other) = interval(wanted) else { return false };
    let now = DateTime::from_unix_ms(0, 0);
    let Some(now) = now else { return false };
    let env = Env::new(now);
    let found = Value::Interval(std::sync::Arc::new(found.clone()));
    comparison::equal(&env, &found, &Value::Interval(std::sync::Arc::new(other))) == Some(true)
}

fn interval(wanted: &Json) -> Option<Interval> {
    let low = value(&wanted[0])?;
    let high = value(&wanted[1])?;
    Some(Interval::new(low, high, wanted[2].as_bool()?, wanted[3].as_bool()?, PointType::Unknown))
}

/// A canonical point as a value.
fn value(wanted: &Json) -> Option<Value> {
    if wanted.is_null() {
        return Some(Value::Null);
    }
    let (kind, content) = wanted.as_object()?.iter().next()?;
    let text = content.as_str().unwrap_or_default();
    let date_text = text.trim_start_matches('@');
    Some(match kind.as_str() {
        "i" => Value::Integer(text.parse().ok()?),
        "l" => Value::Long(text.parse().ok()?),
        "d" => Value::Decimal(text.parse().ok()?),
        "date" => Value::Date(Date::parse(date_text)?),
        "dt" => Value::DateTime(DateTime::parse(date_text.trim_end_matches('T'))?),
        "t" => Value::Time(Time::parse(date_text.trim_start_matches('T'))?),
        "q" => {
            let amount = content[0].as_str()?.parse().ok()?;
            Value::Quantity(crate::value::Quantity::new(amount, content[1].as_str().unwrap_or("1")))
        }
        _ => return None,
    })
}
