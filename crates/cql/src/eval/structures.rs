//! Tuples, instances and the elements of structured System values.

use super::heap::V;
use super::machine::Machine;
use super::trace::Tracer;
use super::types::types;
use crate::ir::SystemType;
use crate::model;
use crate::ops::OpResult;
use crate::value::{Code, Concept, Decimal, Object, Quantity, Ratio, Text, Tuple, Unit, Value, Vocabulary};
use json::Kind;
use std::sync::Arc;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    /// An instance of a structured System type.
    pub(super) fn instance(&self, system: SystemType, tuple: V<'m>) -> V<'m> {
        match tuple.to_value() {
            Value::Tuple(tuple) => self.heap.take(system_instance(system, &tuple)),
            _ => V::Null,
        }
    }

    /// `Children` (one level) and `Descendents` (all levels).
    pub(super) fn children(&self, value: V<'m>, deep: bool) -> V<'m> {
        if value.is_null() {
            return V::Null;
        }
        let mut out = Vec::new();
        self.add_children(&value.to_value(), deep, &mut out, 0);
        self.heap.take(Value::list(out))
    }

    fn add_children(&self, value: &Value, deep: bool, out: &mut Vec<Value>, depth: usize) {
        if depth > 64 {
            return;
        }
        let direct: Vec<Value> = match value {
            Value::List(items) => {
                for item in items.iter() {
                    self.add_children(item, deep, out, depth + 1);
                }
                return;
            }
            Value::Tuple(tuple) => tuple.elements.iter().map(|(_, v)| v.clone()).collect(),
            Value::Object(object) => self.object_children(*object),
            Value::Quantity(q) => vec![Value::Decimal(q.value), Value::string(q.unit.as_str())],
            _ => Vec::new(),
        };
        for child in direct {
            match child {
                Value::Null => {}
                Value::List(items) => {
                    for item in items.iter() {
                        self.push_child(item.clone(), deep, out, depth);
                    }
                }
                one => self.push_child(one, deep, out, depth),
            }
        }
    }

    fn push_child(&self, child: Value, deep: bool, out: &mut Vec<Value>, depth: usize) {
        out.push(child.clone());
        if deep {
            self.add_children(&child, deep, out, depth + 1);
        }
    }

    fn object_children(&self, object: Object) -> Vec<Value> {
        let json = self.data.value(object);
        let class = super::types::actual_type(self.data, object).map(|ty| types().name(ty));
        let mut out = Vec::new();
        for (name, value) in json.entries() {
            if name == "resourceType" || name.starts_with('_') {
                continue;
            }
            let ty =
                class.and_then(|class| model::fhir().element(class, &name)).and_then(|e| types().of(&e.ty)).unwrap_or(object.ty);
            let mut push = |value: json::Value<'_>| {
                out.push(Value::Object(Object { document: object.document, node: value.id(), ty, shadow: None }));
            };
            if value.kind() == Kind::Array {
                value.items().for_each(&mut push);
            } else {
                push(value);
            }
        }
        out
    }
}

fn text(tuple: &Tuple, name: &str) -> Option<Text> {
    match tuple.get(name) {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn system_instance(system: SystemType, tuple: &Tuple) -> Value {
    match system {
        SystemType::Quantity => {
            let Some(value) = decimal(&tuple.get("value")) else {
                return Value::Null;
            };
            let unit = text(tuple, "unit").map_or_else(Unit::one, |u| Unit::parse(&u));
            Value::Quantity(Quantity { value, unit })
        }
        SystemType::Ratio => match (tuple.get("numerator"), tuple.get("denominator")) {
            (Value::Quantity(numerator), Value::Quantity(denominator)) => {
                Value::Ratio(Arc::new(Ratio { numerator, denominator }))
            }
            _ => Value::Null,
        },
        SystemType::Code => Value::Code(Arc::new(Code {
            code: text(tuple, "code"),
            system: text(tuple, "system"),
            version: text(tuple, "version"),
            display: text(tuple, "display"),
        })),
        SystemType::Concept => {
            let codes = match tuple.get("codes") {
                Value::List(items) => items.as_ref().clone(),
                Value::Null => Vec::new(),
                one => vec![one],
            };
            let codes = codes.into_iter().filter_map(|c| match c {
                Value::Code(code) => Some(code.as_ref().clone()),
                _ => None,
            });
            Value::Concept(Arc::new(Concept { codes: codes.collect(), display: text(tuple, "display") }))
        }
        SystemType::ValueSet | SystemType::CodeSystem | SystemType::Vocabulary => {
            let vocabulary = Arc::new(Vocabulary {
                id: text(tuple, "id").unwrap_or_else(|| Text::new("")),
                version: text(tuple, "version"),
                name: text(tuple, "name"),
            });
            if system == SystemType::CodeSystem { Value::CodeSystem(vocabulary) } else { Value::ValueSet(vocabulary) }
        }
        _ => Value::Tuple(Arc::new(tuple.clone())),
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(i) => Some(Decimal::from(*i).with_scale(0)),
        other => crate::ops::comparison::as_decimal(other),
    }
}

/// An element of a tuple or of a structured System value; null when there is none.
pub(super) fn element_of(value: &Value, name: &str) -> Value {
    let string = |text: &Option<Text>| text.clone().map(Value::String).into();
    match (value, name) {
        (Value::Tuple(tuple), _) => tuple.get(name),
        (Value::Quantity(q), "value") => Value::Decimal(q.value),
        (Value::Quantity(q), "unit") => Value::string(q.unit.as_str()),
        (Value::Ratio(r), "numerator") => Value::Quantity(r.numerator.clone()),
        (Value::Ratio(r), "denominator") => Value::Quantity(r.denominator.clone()),
        (Value::Code(c), "code") => string(&c.code),
        (Value::Code(c), "system") => string(&c.system),
        (Value::Code(c), "version") => string(&c.version),
        (Value::Code(c), "display") => string(&c.display),
        (Value::Concept(c), "display") => string(&c.display),
        (Value::Concept(c), "codes") => Value::list(c.codes.iter().map(|code| Value::Code(Arc::new(code.clone()))).collect()),
        (Value::ValueSet(v) | Value::CodeSystem(v), "id") => Value::String(v.id.clone()),
        (Value::ValueSet(v) | Value::CodeSystem(v), "version") => string(&v.version),
        (Value::ValueSet(v) | Value::CodeSystem(v), "name") => string(&v.name),
        (Value::Interval(i), "low") => i.low.clone(),
        (Value::Interval(i), "high") => i.high.clone(),
        (Value::Interval(i), "lowClosed") => Value::Boolean(i.low_closed),
        (Value::Interval(i), "highClosed") => Value::Boolean(i.high_closed),
        // `.value` of what is a System value already.
        (
            Value::String(_)
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Long(_)
            | Value::Decimal(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Time(_),
            "value",
        ) => value.clone(),
        _ => Value::Null,
    }
}

/// Every pair of two lists of tuples, merged.
pub(super) fn times(left: &Value, right: &Value) -> OpResult {
    let (Some(l), Some(r)) = (left.as_list(), right.as_list()) else {
        return Ok(Value::Null);
    };
    crate::ops::check_length("Times", l.len().saturating_mul(r.len()))?;
    let mut out = Vec::with_capacity(l.len() * r.len());
    for a in l {
        for b in r {
            if let (Value::Tuple(a), Value::Tuple(b)) = (a, b) {
                let elements = a.elements.iter().chain(&b.elements).cloned().collect();
                out.push(Value::Tuple(Arc::new(Tuple { class: None, elements })));
            }
        }
    }
    Ok(Value::list(out))
}
