//! Equality, equivalence and order (FHIRPath, *Equality* and *Comparison*), where they differ from CQL's.

use crate::Fault;
use crate::eval::execution;
use crate::item::Item;
use cql::ops::{Env, Outcomes, comparison};
use cql::value::{DateTime, Decimal, Precision, Quantity, Tri, Unit, UnitKind, Value};
use json::Kind;
use std::cmp::Ordering;

pub(crate) fn equal_collections(env: &Env, left: &[Item<'_>], right: &[Item<'_>]) -> Tri {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut result = Some(true);
    for (l, r) in left.iter().zip(right) {
        match equal_items(env, l, r) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

pub(crate) fn equal_items(env: &Env, left: &Item<'_>, right: &Item<'_>) -> Tri {
    if let (Item::Type(l), Item::Type(r)) = (left, right) {
        return Some(l == r);
    }
    match (left.value(), right.value()) {
        (Some(l), Some(r)) => equal_values(env, &l, &r),
        (None, None) => match (left.json(), right.json()) {
            (Some(l), Some(r)) => Some(same_json(l, r)),
            _ => Some(false),
        },
        _ => Some(false),
    }
}

/// Seconds and milliseconds are one precision: `10:00:00 = 10:00:00.0`.
fn to_milliseconds(value: &Value) -> Value {
    match value {
        Value::DateTime(d) if d.precision() == Precision::Second => Value::DateTime(d.low()),
        Value::Time(t) if t.precision() == Precision::Second => Value::Time(t.low()),
        other => other.clone(),
    }
}

/// A time with an offset and one without do not compare.
fn unlike_offsets(left: &Value, right: &Value) -> bool {
    let has = |d: &DateTime| (d.precision() >= Precision::Hour).then(|| d.offset_minutes().is_some());
    match (left, right) {
        (Value::DateTime(l), Value::DateTime(r)) => matches!((has(l), has(r)), (Some(l), Some(r)) if l != r),
        _ => false,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Integer(_) | Value::Long(_) | Value::Decimal(_))
}

fn is_temporal(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::DateTime(_))
}

pub(crate) fn equal_values(env: &Env, left: &Value, right: &Value) -> Tri {
    let (l, r) = (to_milliseconds(left), to_milliseconds(right));
    if unlike_offsets(&l, &r) {
        return None;
    }
    let same_kind = std::mem::discriminant(&l) == std::mem::discriminant(&r);
    let comparable = same_kind
        || (is_number(&l) && is_number(&r))
        || (is_temporal(&l) && is_temporal(&r))
        || matches!((&l, &r), (Value::Quantity(_), other) | (other, Value::Quantity(_)) if is_number(other));
    if !comparable {
        return Some(false);
    }
    if let (Value::Quantity(a), Value::Quantity(b)) = (&l, &r) {
        return match env.units.compare(a, b) {
            Some(ordering) => Some(ordering == Ordering::Equal),
            // Units of unlike dimensions make unequal quantities; a calendar month and a UCUM one are not comparable.
            None if a.unit.period().is_some() && b.unit.period().is_some() => None,
            None => Some(false),
        };
    }
    comparison::equal(env, &l, &r)
}

/// Objects with the same members, arrays with the same items, texts and numbers with the same meaning.
fn same_json(left: json::Value<'_>, right: json::Value<'_>) -> bool {
    let mut pairs = vec![(left, right)];
    while let Some((l, r)) = pairs.pop() {
        if l.kind() != r.kind() || l.len() != r.len() {
            return false;
        }
        match l.kind() {
            Kind::Object => {
                for (key, value) in l.entries() {
                    match r.get(&key) {
                        Some(other) => pairs.push((value, other)),
                        None => return false,
                    }
                }
            }
            Kind::Array => pairs.extend(l.items().zip(r.items())),
            Kind::String if l.as_str() == r.as_str() => {}
            Kind::Number
                if l.as_number().and_then(Decimal::parse_rounding) == r.as_number().and_then(Decimal::parse_rounding) => {}
            Kind::Bool if l.as_bool() == r.as_bool() => {}
            Kind::Null => {}
            _ => return false,
        }
    }
    true
}

/// In any order, every item has its fellow.
pub(crate) fn equivalent_collections(env: &Env, left: &[Item<'_>], right: &[Item<'_>]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut rest: Vec<&Item<'_>> = right.iter().collect();
    left.iter().all(|item| match rest.iter().position(|other| equivalent_items(env, item, other)) {
        Some(at) => {
            rest.swap_remove(at);
            true
        }
        None => false,
    })
}

fn equivalent_items(env: &Env, left: &Item<'_>, right: &Item<'_>) -> bool {
    match (left.value(), right.value()) {
        (Some(l), Some(r)) => equivalent_values(env, &l, &r),
        (None, None) => match (left, right) {
            (Item::Node(_), Item::Node(_)) => equivalent_nodes(env, left, right),
            _ => equal_items(env, left, right) == Some(true),
        },
        _ => false,
    }
}

/// Elements are equivalent when their children are, in any order.
fn equivalent_nodes(env: &Env, left: &Item<'_>, right: &Item<'_>) -> bool {
    let children = |item: &Item<'_>| match item {
        Item::Node(node) => node.value.map(|v| v.entries().map(|(k, _)| k.into_owned()).collect::<Vec<_>>()),
        _ => None,
    };
    let (Some(mut l), Some(mut r)) = (children(left), children(right)) else { return false };
    l.sort();
    r.sort();
    if l != r {
        return false;
    }
    let (Item::Node(a), Item::Node(b)) = (left, right) else { return false };
    l.iter().all(|key| {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        a.members(key, &mut x);
        b.members(key, &mut y);
        // A key like `valueQuantity` is no element name: its JSON decides.
        if x.is_empty() && y.is_empty() {
            let under = |n: &crate::Node<'_>| n.value.and_then(|v| v.get(key).map(|v| v.raw().to_vec()));
            return under(a) == under(b);
        }
        equivalent_collections(env, &x, &y)
    })
}

pub(crate) fn equivalent_values(env: &Env, left: &Value, right: &Value) -> bool {
    let (l, r) = (to_milliseconds(left), to_milliseconds(right));
    match (&l, &r) {
        (Value::Quantity(a), Value::Quantity(b)) => equivalent_quantities(env, a, b),
        (a, b) if is_number(a) && is_number(b) => equivalent_numbers(a, b),
        (Value::DateTime(a), Value::DateTime(b)) => {
            !unlike_offsets(&l, &r) && a.precision() == b.precision() && comparison::equal(env, &l, &r) == Some(true)
        }
        (Value::Date(a), Value::Date(b)) => a.precision() == b.precision() && comparison::equal(env, &l, &r) == Some(true),
        _ if std::mem::discriminant(&l) != std::mem::discriminant(&r) => false,
        _ => comparison::equivalent(env, &l, &r),
    }
}

/// Equal when rounded to the digits of the one written with fewer.
fn equivalent_numbers(left: &Value, right: &Value) -> bool {
    let decimal = |v: &Value| match v {
        Value::Integer(i) => Some(Decimal::from(*i).with_scale(0)),
        Value::Long(l) => Some(Decimal::from(*l).with_scale(0)),
        Value::Decimal(d) => Some(*d),
        _ => None,
    };
    decimal(left).zip(decimal(right)).is_some_and(|(l, r)| same_rounded(l, r))
}

fn same_rounded(left: Decimal, right: Decimal) -> bool {
    let scale = left.significant_scale().min(right.significant_scale());
    left.rounded(scale) == right.rounded(scale)
}

/// Calendar durations stand for the UCUM unit of the same name: `1 year ~ 1 'a'`.
fn definite(quantity: &Quantity) -> Quantity {
    let unit = match quantity.unit.kind() {
        UnitKind::Calendar(Precision::Year) => Unit::ucum("a"),
        UnitKind::Calendar(Precision::Month) => Unit::ucum("mo"),
        _ => quantity.unit.clone(),
    };
    Quantity { value: quantity.value, unit }
}

fn equivalent_quantities(env: &Env, left: &Quantity, right: &Quantity) -> bool {
    let (l, r) = (definite(left), definite(right));
    let scale = left.value.significant_scale().min(right.value.significant_scale());
    match env.units.convert(&r, &l.unit) {
        Some(value) if l.unit == r.unit => same_rounded(l.value, value),
        Some(value) => l.value.rounded(scale) == value.rounded(scale),
        None => false,
    }
}

/// The order of two values; an error when their types have none.
pub(crate) fn order(env: &Env, left: &Value, right: &Value) -> Result<Option<Outcomes>, Fault> {
    let (l, r) = (to_milliseconds(left), to_milliseconds(right));
    let comparable = match (&l, &r) {
        (a, b) if is_number(a) && is_number(b) => true,
        (a, b) if is_temporal(a) && is_temporal(b) => true,
        (Value::Quantity(_), other) | (other, Value::Quantity(_)) if is_number(other) => true,
        (Value::String(_), Value::String(_)) | (Value::Time(_), Value::Time(_)) | (Value::Quantity(_), Value::Quantity(_)) => {
            true
        }
        _ => false,
    };
    if !comparable {
        return execution(format!("a {} and a {} have no order", l.type_name(), r.type_name()));
    }
    if unlike_offsets(&l, &r) {
        return Ok(None);
    }
    Ok(comparison::compare(env, &l, &r))
}
