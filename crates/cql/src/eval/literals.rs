//! Literals and declared codes of a plan as values, made once per program.

use crate::ir::{self, Literal, Plan, QuantityLiteral, TimeLiteral};
use crate::value::{Code, Concept, Date, DateTime, Quantity, Ratio, Text, Time, Unit, Value, Vocabulary};
use std::sync::Arc;

/// The value of a literal; null for a date that does not exist (the front end refuses it).
pub(crate) fn value(literal: &Literal) -> Value {
    match literal {
        Literal::Boolean(b) => Value::Boolean(*b),
        Literal::Integer(i) => Value::Integer(*i),
        Literal::Long(l) => Value::Long(*l),
        Literal::Decimal(d) => Value::Decimal(*d),
        Literal::String(s) => Value::string(s),
        Literal::Date(d) => Date::new(i32::from(d.year), d.month.map(u32::from), d.day.map(u32::from)).map(Value::Date).into(),
        Literal::DateTime(d) => {
            let mut parts = vec![u32::from(d.date.year)];
            parts.extend(d.date.month.map(u32::from));
            parts.extend(d.date.day.map(u32::from));
            if let Some(time) = &d.time {
                parts.extend(time_parts(time));
            }
            DateTime::new(&parts, d.offset_minutes).map(Value::DateTime).into()
        }
        Literal::Time(t) => Time::new(&time_parts(t)).map(Value::Time).into(),
        Literal::Quantity(q) => Value::Quantity(quantity(q)),
        Literal::Ratio(above, below) => {
            Value::Ratio(Arc::new(Ratio { numerator: quantity(above), denominator: quantity(below) }))
        }
    }
}

fn time_parts(time: &TimeLiteral) -> Vec<u32> {
    let mut parts = vec![u32::from(time.hour)];
    parts.extend(time.minute.map(u32::from));
    parts.extend(time.second.map(u32::from));
    parts.extend(time.millisecond.map(u32::from));
    parts
}

fn quantity(literal: &QuantityLiteral) -> Quantity {
    Quantity { value: literal.value, unit: if literal.calendar { Unit::parse(&literal.unit) } else { Unit::ucum(&literal.unit) } }
}

/// A declared code.
pub(crate) fn code(plan: &Plan, code: &ir::Code) -> Code {
    let system = &plan.code_systems[code.system.index()];
    Code {
        code: Some(Text::new(&code.code)),
        system: Some(Text::new(&system.url)),
        version: system.version.as_deref().map(Text::new),
        display: code.display.as_deref().map(Text::new),
    }
}

/// A declared concept.
pub(crate) fn concept(plan: &Plan, concept: &ir::Concept) -> Concept {
    Concept {
        codes: concept.codes.iter().map(|id| code(plan, &plan.codes[id.index()])).collect(),
        display: concept.display.as_deref().map(Text::new),
    }
}

/// A declared value set, by reference.
pub(crate) fn value_set(declared: &ir::ValueSet) -> Value {
    Value::ValueSet(Arc::new(Vocabulary {
        id: Text::new(&declared.url),
        version: declared.version.as_deref().map(Text::new),
        name: Some(Text::new(&declared.name)),
    }))
}

/// A declared code system, by reference.
pub(crate) fn code_system(declared: &ir::CodeSystem) -> Value {
    Value::CodeSystem(Arc::new(Vocabulary {
        id: Text::new(&declared.url),
        version: declared.version.as_deref().map(Text::new),
        name: Some(Text::new(&declared.name)),
    }))
}
