//! The conversions of FHIR values to System values that FHIRHelpers 4.0.1 defines.

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

type Json<'a> = json::Value<'a>;

impl<T: Tracer> Machine<'_, '_, T> {
    pub(super) fn intrinsic(&self, function: Intrinsic, value: &Value) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Object(object) => {
                let json = self.data.value(*object);
                match function {
                    Intrinsic::Resolve => self.resolve(json),
                    Intrinsic::ToValue => match types().conversion(object.ty) {
                        Some(function) => self.intrinsic(function, value),
                        None => value.clone(),
                    },
                    Intrinsic::HasValue => Value::Boolean(object.shadow != Some(object.node)),
                    // A primitive that has only extensions has no value.
                    _ if object.shadow == Some(object.node) => Value::Null,
                    _ => convert(function, json),
                }
            }
            Value::List(items) => Value::list(items.iter().map(|v| self.intrinsic(function, v)).collect()),
            Value::Tuple(tuple) if tuple.class.is_some() => convert_instance(function, tuple),
            Value::String(text) => match function {
                Intrinsic::ToCalendarUnit => Value::string(calendar_unit(text)),
                Intrinsic::Resolve => self.resolve_text(text),
                Intrinsic::ToValueSet => value_set(text),
                _ => value.clone(),
            },
            other => match function {
                Intrinsic::HasValue => Value::Boolean(true),
                _ => other.clone(),
            },
        }
    }

    fn resolve(&self, json: Json<'_>) -> Value {
        let reference = match json.kind() {
            Kind::String => json.as_str(),
            _ => json.get("reference").and_then(|r| r.as_str()),
        };
        reference.map_or(Value::Null, |text| self.resolve_text(&text))
    }

    fn resolve_text(&self, reference: &str) -> Value {
        self.data.resolve_row(reference).map(|row| Value::Object(self.data.object(row))).into()
    }
}

fn convert(function: Intrinsic, json: Json<'_>) -> Value {
    let system = |ty: Type| json_to_system(json, &ty);
    match function {
        Intrinsic::ToString => system(Type::STRING),
        Intrinsic::ToBoolean => system(Type::BOOLEAN),
        Intrinsic::ToInteger => system(Type::INTEGER),
        Intrinsic::ToDecimal => system(Type::DECIMAL),
        Intrinsic::ToDate => system(Type::DATE),
        Intrinsic::ToDateTime => system(Type::DATE_TIME),
        Intrinsic::ToTime => system(Type::TIME),
        Intrinsic::ToQuantity if json.get("comparator").is_some() => Value::Null,
        Intrinsic::ToQuantity | Intrinsic::ToQuantityIgnoringComparator => quantity(json),
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
            _ => system(Type::STRING),
        },
        Intrinsic::ToValue | Intrinsic::Resolve | Intrinsic::HasValue => Value::Null,
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
        Some(unit) => Unit::parse(calendar_unit(&unit)),
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

fn concept(json: Json<'_>) -> Value {
    let concept = match json.get("coding") {
        Some(codings) => Concept { codes: distinct(codings.items().map(code)), display: text(json, "text") },
        None if json.get("code").is_some() || json.kind() == Kind::String => Concept { codes: vec![code(json)], display: None },
        None => Concept { codes: Vec::new(), display: text(json, "text") },
    };
    Value::Concept(Arc::new(concept))
}

/// FHIRHelpers makes the codes in a query, whose result is distinct.
fn distinct(codes: impl Iterator<Item = Code>) -> Vec<Code> {
    codes.fold(Vec::new(), |mut found, code| {
        if !found.contains(&code) {
            found.push(code);
        }
        found
    })
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
