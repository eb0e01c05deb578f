//! Conversions (FHIRPath, *Conversion*).

use crate::Fault;
use crate::eval::{Found, boolean, one, single};
use crate::item::Item;
use cql::ops::convert::{self as ops, Target};
use cql::value::{Decimal, Quantity, Unit, Value};

/// (conversion, question, target)
pub(crate) const TARGETS: [(&str, &str, Target); 9] = [
    ("toBoolean", "convertsToBoolean", Target::Boolean),
    ("toInteger", "convertsToInteger", Target::Integer),
    ("toLong", "convertsToLong", Target::Long),
    ("toDecimal", "convertsToDecimal", Target::Decimal),
    ("toDate", "convertsToDate", Target::Date),
    ("toDateTime", "convertsToDateTime", Target::DateTime),
    ("toTime", "convertsToTime", Target::Time),
    ("toQuantity", "convertsToQuantity", Target::Quantity),
    ("toString", "convertsToString", Target::String),
];

pub(crate) fn call<'d>(input: &[Item<'d>], name: &str) -> Found<'d> {
    let Some(item) = single(name, input)? else { return Ok(Vec::new()) };
    let found = TARGETS.iter().find(|(to, converts, _)| *to == name || *converts == name);
    let Some((to, _, target)) = found else { return Err(Fault::Semantic(format!("there is no function {name}()"))) };
    let converted = item.value().map_or(Value::Null, |value| convert(&value, *target));
    if *to == name { Ok(one(converted)) } else { Ok(boolean(Some(!converted.is_null()))) }
}

/// The value in another type, or null.
fn convert(value: &Value, target: Target) -> Value {
    let plain = |value: Decimal| Value::Quantity(Quantity { value, unit: Unit::one() });
    match (value, target) {
        (Value::Boolean(b), Target::Quantity) => plain(Decimal::from(i32::from(*b)).with_scale(0)),
        (Value::Integer(n), Target::Decimal) => Value::Decimal(Decimal::from(*n).with_scale(0)),
        (Value::Long(n), Target::Decimal) => Value::Decimal(Decimal::from(*n).with_scale(0)),
        // A decimal is an integer only when it was written as one.
        (Value::Decimal(_), Target::Integer | Target::Long) => Value::Null,
        _ => ops::convert(value, target).unwrap_or_default(),
    }
}
