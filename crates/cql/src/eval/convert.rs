//! The conversions of FHIR values to System values that FHIRHelpers 4.0.1 defines.

use super::error::Stop;
use super::heap::V;
use super::machine::Machine;
use super::structures::element_of;
use super::trace::Tracer;
use super::types::types;
use crate::ir::{Intrinsic, SystemType, Type};
use crate::value::{
    Code, Concept, Date, DateTime, Decimal, Interval, PointType, Precision, Quantity, Ratio, Text, Time, Tuple, Unit, Value,
    Vocabulary,
};
use json::Kind;
use std::sync::Arc;

pub(super) type Json<'a> = json::Value<'a>;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn convert(&mut self, function: Intrinsic, value: V<'m>) -> Result<V<'m>, Stop> {
        Ok(match value {
            V::Null => V::Null,
            V::Object(object) => {
                let json = self.data.value(object);
                match function {
                    Intrinsic::Resolve => self.resolve(json),
                    Intrinsic::ToValue => match types().conversion(object.ty) {
                        Some(function) => self.convert(function, value)?,
                        None => value,
                    },
                    Intrinsic::HasValue => V::Boolean(object.shadow != Some(object.node)),
                    // A primitive that has only extensions has no value.
                    _ if object.shadow == Some(object.node) => V::Null,
                    _ => self.convert_json(function, json),
                }
            }
            V::List(items) => {
                let start = self.scratch.len();
                for item in items {
                    let item = self.convert(function, *item)?;
                    self.scratch.push(item);
                }
                self.list_from(start)?
            }
            V::Tuple(record) if record.class.is_some() => match value.to_value() {
                Value::Tuple(tuple) => self.heap.take(convert_instance(function, &tuple)),
                _ => V::Null,
            },
            V::Text(_) => match (function, value.as_str().unwrap_or_default()) {
                (Intrinsic::ToCalendarUnit, text) => self.heap.text(calendar_unit(text)),
                (Intrinsic::Resolve, text) => self.resolve_text(text),
                (Intrinsic::ToValueSet, text) => self.heap.take(value_set(text)),
                (Intrinsic::HasValue, _) => V::Boolean(true),
                _ => value,
            },
            other => match function {
                Intrinsic::HasValue => V::Boolean(true),
                _ => other,
            },
        })
    }

    /// The System value of a model object's JSON.
    pub(super) fn convert_json(&mut self, function: Intrinsic, json: Json<'a>) -> V<'m> {
        match function {
            Intrinsic::ToString => self.system_value(json, SystemType::String),
            Intrinsic::ToBoolean => self.system_value(json, SystemType::Boolean),
            Intrinsic::ToInteger => self.system_value(json, SystemType::Integer),
            Intrinsic::ToDecimal => self.system_value(json, SystemType::Decimal),
            Intrinsic::ToDate => self.system_value(json, SystemType::Date),
            Intrinsic::ToDateTime => self.system_value(json, SystemType::DateTime),
            Intrinsic::ToTime => self.system_value(json, SystemType::Time),
            Intrinsic::ToQuantity if json.get("comparator").is_some() => V::Null,
            Intrinsic::ToQuantity | Intrinsic::ToQuantityIgnoringComparator => {
                let quantity = quantity_with(json, &mut |unit| self.unit(unit));
                self.heap.take(quantity)
            }
            other => self.heap.take(value_of(other, json)),
        }
    }

    /// A unit, read once per evaluation.
    fn unit(&mut self, text: &str) -> Unit {
        if let Some(known) = self.units.iter().find(|u| u.as_str() == text) {
            return known.clone();
        }
        let unit = Unit::parse(text);
        if self.units.len() < 64 && unit.as_str() == text {
            self.units.push(unit.clone());
        }
        unit
    }

    fn resolve(&self, json: Json<'_>) -> V<'m> {
        let reference = match json.kind() {
            Kind::String => json.as_str(),
            _ => json.get("reference").and_then(|r| r.as_str()),
        };
        reference.map_or(V::Null, |text| self.resolve_text(&text))
    }

    fn resolve_text(&self, reference: &str) -> V<'m> {
        self.data.resolve_row(reference).map_or(V::Null, |row| V::Object(self.data.object(row)))
    }
}

fn value_of(function: Intrinsic, json: Json<'_>) -> Value {
    match function {
        Intrinsic::QuantityToInterval => quantity_interval(json),
        Intrinsic::ToRatio => ratio(json),
        Intrinsic::ToCode => Value::Code(Arc::new(code(json))),
        Intrinsic::ToConcept => concept(json),
        Intrinsic::ToValueSet => json.as_str().map_or(Value::Null, |url| value_set(&url)),
        Intrinsic::PeriodToInterval => period(json),
        Intrinsic::RangeToInterval => range(json),
        Intrinsic::ToCalendarUnit => json.as_str().map_or(Value::Null, |unit| Value::string(calendar_unit(&unit))),
        Intrinsic::ReferenceToString => match json.kind() {
            Kind::Object => text(json, "reference").map(Value::String).into(),
            _ => json_to_system(json, &Type::STRING),
        },
        _ => Value::Null,
    }
}

fn text(json: Json<'_>, name: &str) -> Option<Text> {
    json.get(name)?.as_str().map(Text::from)
}

/// A FHIR primitive as the System value a type asks for; null when it does not read as one.
pub(super) fn json_to_system(json: Json<'_>, ty: &Type) -> Value {
    let Type::System(system) = ty else {
        return by_kind(json);
    };
    let string = || json.as_str();
    match system {
        SystemType::String => match json.kind() {
            Kind::String => string().map(|s| Value::String(Text::from(s))).into(),
            Kind::Number => json.as_number().map(Value::string).into(),
            Kind::Bool => json.as_bool().map(|b| Value::from(if b { "true" } else { "false" })).into(),
            _ => Value::Null,
        },
        SystemType::Boolean => match json.kind() {
            Kind::String => match string().as_deref() {
                Some("true") => Value::Boolean(true),
                Some("false") => Value::Boolean(false),
                _ => Value::Null,
            },
            _ => json.as_bool().map(Value::Boolean).into(),
        },
        SystemType::Integer => json.as_i64().and_then(|i| i32::try_from(i).ok()).map(Value::Integer).into(),
        SystemType::Long => json.as_i64().map(Value::Long).into(),
        SystemType::Decimal => decimal(json).map(Value::Decimal).into(),
        SystemType::Date => {
            string().and_then(|s| Date::parse(&s).or_else(|| DateTime::parse(&s).map(DateTime::date))).map(Value::Date).into()
        }
        SystemType::DateTime => string().and_then(|s| DateTime::parse(&s)).map(Value::DateTime).into(),
        SystemType::Time => string().and_then(|s| Time::parse(&s)).map(Value::Time).into(),
        _ => by_kind(json),
    }
}

fn by_kind(json: Json<'_>) -> Value {
    match json.kind() {
        Kind::String => json.as_str().map(|s| Value::String(Text::from(s))).into(),
        Kind::Bool => json.as_bool().map(Value::Boolean).into(),
        Kind::Number => match json.as_i64().and_then(|i| i32::try_from(i).ok()) {
            Some(i) => Value::Integer(i),
            None => decimal(json).map(Value::Decimal).into(),
        },
        _ => Value::Null,
    }
}

fn decimal(json: Json<'_>) -> Option<Decimal> {
    json.as_number().and_then(Decimal::parse_rounding)
}

const UCUM: &str = "http://unitsofmeasure.org";
const CALENDAR: &str = "http://hl7.org/fhirpath/CodeSystem/calendar-units";

/// A FHIR Quantity in UCUM or calendar units, or without a system.
fn quantity(json: Json<'_>) -> Value {
    quantity_with(json, &mut |unit| Unit::parse(unit))
}

fn quantity_with(json: Json<'_>, read_unit: &mut dyn FnMut(&str) -> Unit) -> Value {
    let Some(value) = json.get("value").and_then(decimal) else {
        return Value::Null;
    };
    if let Some(system) = json.get("system")
        && !system.is_str(UCUM)
        && !system.is_str(CALENDAR)
    {
        return Value::Null;
    }
    let unit = json.get("code").or_else(|| json.get("unit")).and_then(|u| u.as_str());
    let unit = match unit {
        Some(unit) => read_unit(calendar_unit(&unit)),
        None => Unit::one(),
    };
    Value::Quantity(Quantity { value, unit })
}

/// FHIRHelpers turns UCUM's units of time into calendar units.
fn calendar_unit(unit: &str) -> &str {
    let period = match unit {
        "ms" => Precision::Millisecond,
        "s" => Precision::Second,
        "min" => Precision::Minute,
        "h" => Precision::Hour,
        "d" => Precision::Day,
        "wk" => Precision::Week,
        "mo" => Precision::Month,
        "a" => Precision::Year,
        other => return other,
    };
    period.word()
}

fn quantity_interval(json: Json<'_>) -> Value {
    let q = quantity(json);
    if q.is_null() {
        return Value::Null;
    }
    let comparator = json.get("comparator").and_then(|c| c.as_str());
    let (low, high, low_closed, high_closed) = match comparator.as_deref() {
        Some("<") => (Value::Null, q, true, false),
        Some("<=") => (Value::Null, q, true, true),
        Some(">=") => (q, Value::Null, true, true),
        Some(">") => (q, Value::Null, false, true),
        _ => (q.clone(), q, true, true),
    };
    Value::interval(Interval::new(low, high, low_closed, high_closed, PointType::Quantity))
}

fn ratio(json: Json<'_>) -> Value {
    let part = |name: &str| json.get(name).map(quantity);
    match (part("numerator"), part("denominator")) {
        (Some(Value::Quantity(numerator)), Some(Value::Quantity(denominator))) => {
            Value::Ratio(Arc::new(Ratio { numerator, denominator }))
        }
        _ => Value::Null,
    }
}

fn code(json: Json<'_>) -> Code {
    if json.kind() == Kind::String {
        return Code { code: json.as_str().map(Text::from), ..Code::default() };
    }
    Code {
        code: text(json, "code"),
        system: text(json, "system"),
        version: text(json, "version"),
        display: text(json, "display"),
    }
}

/// The codes of a CodeableConcept, each once.
fn concept(json: Json<'_>) -> Value {
    let concept = match json.get("coding") {
        Some(codings) => {
            let mut codes: Vec<Code> = Vec::with_capacity(codings.len());
            for code in codings.items().map(code) {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            Concept { codes, display: text(json, "text") }
        }
        None if json.get("code").is_some() || json.kind() == Kind::String => Concept { codes: vec![code(json)], display: None },
        None => Concept { codes: Vec::new(), display: text(json, "text") },
    };
    Value::Concept(Arc::new(concept))
}

fn period(json: Json<'_>) -> Value {
    let bound = |name: &str| json.get(name).map_or(Value::Null, |v| json_to_system(v, &Type::DATE_TIME));
    bounds(bound("start"), bound("end"), PointType::DateTime)
}

fn range(json: Json<'_>) -> Value {
    let bound = |name: &str| json.get(name).map_or(Value::Null, quantity);
    bounds(bound("low"), bound("high"), PointType::Quantity)
}

/// An absent start is unknown (open), an absent end is without end (closed).
fn bounds(low: Value, high: Value, point: PointType) -> Value {
    let low_closed = !low.is_null();
    let point = if low.is_null() && high.is_null() { PointType::Lost } else { point };
    Value::interval(Interval::new(low, high, low_closed, true, point))
}

fn value_set(url: &str) -> Value {
    Value::ValueSet(Arc::new(Vocabulary { id: Text::new(url), version: None, name: None }))
}

/// A date, date-time or Period, by its shape.
pub(super) fn json_to_temporal(json: Json<'_>) -> Value {
    match json.kind() {
        Kind::String => json_to_system(json, &Type::DATE_TIME),
        Kind::Object => period(json),
        _ => Value::Null,
    }
}

/// An instance of a FHIR class that an expression made.
fn convert_instance(function: Intrinsic, tuple: &Tuple) -> Value {
    let value = Value::Tuple(Arc::new(tuple.clone()));
    let get = |name: &str| {
        let element = tuple.get(name);
        match &element {
            // FHIR primitives made by an expression wrap their System value.
            Value::Tuple(inner) if inner.class.is_some() => element_of(&element, "value"),
            _ => element,
        }
    };
    let string = |name: &str| match get(name) {
        Value::String(text) => Some(text),
        _ => None,
    };
    match function {
        Intrinsic::ToValue => {
            let class = tuple.class.as_deref().and_then(|c| types().id(c));
            match class.and_then(|class| types().conversion(class)) {
                Some(function) => convert_instance(function, tuple),
                None => value,
            }
        }
        Intrinsic::ToQuantity | Intrinsic::ToQuantityIgnoringComparator => match get("value") {
            Value::Decimal(value) => {
                let unit = string("code").or_else(|| string("unit"));
                let unit = unit.map_or_else(Unit::one, |u| Unit::parse(calendar_unit(&u)));
                Value::Quantity(Quantity { value, unit })
            }
            _ => Value::Null,
        },
        Intrinsic::ToCode => Value::Code(Arc::new(Code {
            code: string("code"),
            system: string("system"),
            version: string("version"),
            display: string("display"),
        })),
        Intrinsic::ToConcept => {
            let codings = tuple.get("coding");
            let codes = codings.as_list().unwrap_or_default().iter();
            let codes = codes.filter_map(|c| match c {
                Value::Tuple(coding) => match convert_instance(Intrinsic::ToCode, coding) {
                    Value::Code(code) => Some(code.as_ref().clone()),
                    _ => None,
                },
                _ => None,
            });
            Value::Concept(Arc::new(Concept { codes: codes.collect(), display: string("text") }))
        }
        Intrinsic::PeriodToInterval => bounds(get("start"), get("end"), PointType::DateTime),
        Intrinsic::RangeToInterval => bounds(get("low"), get("high"), PointType::Quantity),
        Intrinsic::HasValue => Value::Boolean(!get("value").is_null()),
        _ => element_of(&value, "value"),
    }
}
