//! Literals as ELM.

use super::{insert, names};
use crate::ir::{DateLiteral, Literal, QuantityLiteral, TimeLiteral};
use serde_json::{Number, Value, json};

/// A literal of a System type.
pub(super) fn simple(ty: &str, value: impl ToString) -> Value {
    json!({ "type": "Literal", "valueType": format!("{{{}}}{ty}", names::SYSTEM), "value": value.to_string() })
}

pub(super) fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Boolean(b) => simple("Boolean", b),
        Literal::Integer(i) => simple("Integer", i),
        Literal::Long(l) => simple("Long", l),
        Literal::Decimal(d) => simple("Decimal", d),
        Literal::String(s) => simple("String", s),
        Literal::Date(date) => {
            let mut out = json!({ "type": "Date" });
            date_parts(&mut out, date);
            out
        }
        Literal::DateTime(moment) => {
            let mut out = json!({ "type": "DateTime" });
            date_parts(&mut out, &moment.date);
            if let Some(time) = &moment.time {
                time_parts(&mut out, time);
            }
            if let Some(minutes) = moment.offset_minutes {
                let hours = f64::from(minutes) / 60.0;
                insert(&mut out, "timezoneOffset", simple("Decimal", hours));
            }
            out
        }
        Literal::Time(time) => {
            let mut out = json!({ "type": "Time" });
            time_parts(&mut out, time);
            out
        }
        Literal::Quantity(q) => quantity(q),
        Literal::Ratio(numerator, denominator) => {
            let bare = |q: &QuantityLiteral| {
                let mut q = quantity(q);
                if let Some(map) = q.as_object_mut() {
                    map.remove("type");
                }
                q
            };
            json!({ "type": "Ratio", "numerator": bare(numerator), "denominator": bare(denominator) })
        }
    }
}

fn quantity(quantity: &QuantityLiteral) -> Value {
    // A JSON number, as engines read it: whole where the value is.
    let whole = quantity.value.is_integer().then(|| quantity.value.truncate()).flatten();
    let value = whole.map(Number::from).or_else(|| Number::from_f64(quantity.value.to_f64()));
    let mut out = json!({ "type": "Quantity", "value": value });
    if &*quantity.unit != "1" {
        insert(&mut out, "unit", json!(&*quantity.unit));
    }
    out
}

fn date_parts(out: &mut Value, date: &DateLiteral) {
    insert(out, "year", simple("Integer", date.year));
    if let Some(month) = date.month {
        insert(out, "month", simple("Integer", month));
    }
    if let Some(day) = date.day {
        insert(out, "day", simple("Integer", day));
    }
}

fn time_parts(out: &mut Value, time: &TimeLiteral) {
    insert(out, "hour", simple("Integer", time.hour));
    if let Some(minute) = time.minute {
        insert(out, "minute", simple("Integer", minute));
    }
    if let Some(second) = time.second {
        insert(out, "second", simple("Integer", second));
    }
    if let Some(millisecond) = time.millisecond {
        insert(out, "millisecond", simple("Integer", millisecond));
    }
}
