//! Values as CQL text (for people) and as JSON (for programs).

use super::{Code, Decimal, Interval, PointType, Quantity, Value};
use serde_json::{Value as Json, json};
use std::fmt;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Integer(i) => write!(f, "{i}"),
            Value::Long(l) => write!(f, "{l}L"),
            Value::Decimal(d) => write!(f, "{d}"),
            Value::String(s) => write_quoted(f, s),
            Value::Date(d) => write!(f, "{d:?}"),
            Value::DateTime(d) => write!(f, "{d:?}"),
            Value::Time(t) => write!(f, "{t:?}"),
            Value::Quantity(q) => write!(f, "{q}"),
            Value::Ratio(r) => write!(f, "{}:{}", r.numerator, r.denominator),
            Value::Code(c) => write_code(f, c),
            Value::Concept(c) => {
                f.write_str("Concept { codes: { ")?;
                for (i, code) in c.codes.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    write_code(f, code)?;
                }
                f.write_str(" } }")
            }
            Value::ValueSet(v) => write!(f, "ValueSet {{ id: '{}' }}", v.id),
            Value::CodeSystem(v) => write!(f, "CodeSystem {{ id: '{}' }}", v.id),
            Value::Interval(i) => write_interval(f, i),
            Value::List(items) => write_list(f, items),
            Value::Tuple(tuple) => {
                match &tuple.class {
                    Some(class) => write!(f, "{class} {{")?,
                    None => f.write_str("Tuple {")?,
                }
                for (i, (name, value)) in tuple.elements.iter().enumerate() {
                    write!(f, "{} {name}: {value}", if i == 0 { "" } else { "," })?;
                }
                f.write_str(" }")
            }
            // The content of a record never appears in a message: only where it stands.
            Value::Object(o) => write!(f, "[object {}:{:?}]", o.document, o.node),
            Value::Uncertain(bounds) => write!(f, "Interval[{}, {}]", bounds.0, bounds.1),
        }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn write_list(f: &mut fmt::Formatter<'_>, items: &[Value]) -> fmt::Result {
    if items.is_empty() {
        return f.write_str("{}");
    }
    f.write_str("{")?;
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { " " } else { ", " })?;
    }
    f.write_str(" }")
}

fn write_interval(f: &mut fmt::Formatter<'_>, i: &Interval) -> fmt::Result {
    write!(f, "Interval{}{}, {}{}", if i.low_closed { '[' } else { '(' }, i.low, i.high, if i.high_closed { ']' } else { ')' })
}

fn write_code(f: &mut fmt::Formatter<'_>, code: &Code) -> fmt::Result {
    f.write_str("Code {")?;
    let parts = [("code", &code.code), ("system", &code.system), ("version", &code.version), ("display", &code.display)];
    let mut first = true;
    for (name, text) in parts {
        if let Some(text) = text {
            write!(f, "{} {name}: ", if first { "" } else { "," })?;
            write_quoted(f, text)?;
            first = false;
        }
    }
    f.write_str(" }")
}

impl Value {
    /// The value as JSON, for output only: numbers as written, temporal values as ISO 8601
    /// text, quantities, codes and intervals as objects. Objects of the data appear as their
    /// position; [`crate::data::Data::value_to_json`] writes them out.
    pub fn to_json(&self) -> Json {
        self.to_json_with(&|_| Json::Null)
    }

    /// As [`Value::to_json`], with a way to write objects of the data.
    pub fn to_json_with(&self, object: &dyn Fn(super::Object) -> Json) -> Json {
        let inner = |v: &Value| v.to_json_with(object);
        match self {
            Value::Null => Json::Null,
            Value::Boolean(b) => json!(b),
            Value::Integer(i) => json!(i),
            Value::Long(l) => json!(l),
            Value::Decimal(d) => decimal_to_json(*d),
            Value::String(s) => json!(s.as_str()),
            Value::Date(d) => json!(d.to_string()),
            Value::DateTime(d) => json!(d.to_string()),
            Value::Time(t) => json!(t.to_string()),
            Value::Quantity(q) => quantity_to_json(q),
            Value::Ratio(r) => json!({
                "numerator": quantity_to_json(&r.numerator),
                "denominator": quantity_to_json(&r.denominator),
            }),
            Value::Code(c) => code_to_json(c),
            Value::Concept(c) => json!({
                "codes": c.codes.iter().map(code_to_json).collect::<Vec<_>>(),
                "display": c.display.as_deref(),
            }),
            Value::ValueSet(v) | Value::CodeSystem(v) => json!({
                "id": v.id.as_str(),
                "version": v.version.as_deref(),
                "name": v.name.as_deref(),
            }),
            Value::Interval(i) => json!({
                "low": inner(&i.low),
                "lowClosed": i.low_closed,
                "high": inner(&i.high),
                "highClosed": i.high_closed,
            }),
            Value::List(items) => Json::Array(items.iter().map(inner).collect()),
            Value::Tuple(tuple) => {
                Json::Object(tuple.elements.iter().map(|(name, value)| (name.to_string(), inner(value))).collect())
            }
            Value::Object(o) => object(*o),
            Value::Uncertain(b) => {
                let interval = Interval::new(b.0.clone(), b.1.clone(), true, true, PointType::Unknown);
                Value::interval(interval).to_json_with(object)
            }
        }
    }
}

fn decimal_to_json(value: Decimal) -> Json {
    // JSON readers keep 15 digits; a longer decimal goes out as text rather than rounded.
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 { json!(value.to_f64()) } else { json!(text) }
}

fn quantity_to_json(quantity: &Quantity) -> Json {
    json!({"value": decimal_to_json(quantity.value), "unit": quantity.unit.as_str()})
}

fn code_to_json(code: &Code) -> Json {
    let mut object = serde_json::Map::new();
    let parts = [("code", &code.code), ("system", &code.system), ("version", &code.version), ("display", &code.display)];
    for (name, text) in parts {
        if let Some(text) = text {
            object.insert(name.to_owned(), json!(text.as_str()));
        }
    }
    Json::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_cql() {
        let q = Quantity::new("5.5".parse().unwrap(), "cm");
        for (value, text) in [
            (Value::Null, "null"),
            (Value::string("it's"), "'it\\'s'"),
            (Value::Quantity(q), "5.5 'cm'"),
            (Value::list(vec![Value::Integer(1), Value::Null]), "{ 1, null }"),
            (
                Value::interval(Interval::new(Value::Integer(1), Value::Null, true, false, PointType::Integer)),
                "Interval[1, null)",
            ),
        ] {
            assert_eq!(value.to_string(), text);
        }
        assert_eq!(Value::Quantity(Quantity::new(Decimal::from(1), "days")).to_json()["unit"], "day");
    }
}
