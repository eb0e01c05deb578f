//! Types of ELM: specifiers, and what an operator's result is.

use super::{names, text};
use crate::ir::{BinaryOp as B, SystemType, Type, UnaryOp as U};
use json::Value;
use std::sync::Arc;

/// `{uri}Name` as a type. FHIR's and the profile models' classes are FHIR classes; anything else is Any.
pub(super) fn named(name: &str) -> Type {
    let Some((uri, name)) = name.strip_prefix('{').and_then(|n| n.split_once('}')) else {
        return SystemType::from_name(name.trim_start_matches("System.")).map_or(Type::ANY, Type::System);
    };
    if uri == names::SYSTEM {
        return SystemType::from_name(name).map_or(Type::ANY, Type::System);
    }
    if uri.starts_with(names::FHIR) {
        return Type::class("FHIR", name);
    }
    Type::ANY
}

/// A type specifier.
pub(super) fn specifier(value: &Value<'_>) -> Type {
    nested(value, 0)
}

fn nested(value: &Value<'_>, depth: u32) -> Type {
    if depth > 50 {
        return Type::ANY;
    }
    let inner = |name: &str| value.get(name).map_or(Type::ANY, |v| nested(&v, depth + 1));
    match text(value, "type").as_deref() {
        Some("ListTypeSpecifier") => Type::list(inner("elementType")),
        Some("IntervalTypeSpecifier") => Type::interval(inner("pointType")),
        Some("ChoiceTypeSpecifier") => {
            let choice = value.get("choice").or_else(|| value.get("type"));
            let alternatives: Vec<Type> =
                choice.into_iter().flat_map(|c| c.items().collect::<Vec<_>>()).map(|c| nested(&c, depth + 1)).collect();
            Type::choice(alternatives)
        }
        Some("TupleTypeSpecifier") => {
            let elements = value.get("element").map(|e| e.items().collect::<Vec<_>>()).unwrap_or_default();
            let elements = elements.iter().map(|e| {
                let ty = e.get("elementType").or_else(|| e.get("type"));
                let name = text(e, "name").unwrap_or_default();
                (Arc::<str>::from(name), ty.map_or(Type::ANY, |t| nested(&t, depth + 1)))
            });
            Type::tuple(elements.collect())
        }
        _ => text(value, "name").map_or(Type::ANY, |n| named(&n)),
    }
}

/// A type given as a name or as a specifier.
pub(super) fn declared(value: &Value<'_>, name: &str, specifier_name: &str) -> Option<Type> {
    if let Some(found) = value.get(specifier_name) {
        return Some(specifier(&found));
    }
    text(value, name).map(|n| named(&n))
}

/// Operands of a function definition.
pub(super) fn operands(value: &Value<'_>) -> Vec<(Arc<str>, Type)> {
    let found = value.get("operand").map(|o| o.items().collect::<Vec<_>>()).unwrap_or_default();
    found
        .iter()
        .map(|operand| {
            let ty = declared(operand, "operandType", "operandTypeSpecifier").unwrap_or(Type::ANY);
            (text(operand, "name").unwrap_or_default().into(), ty)
        })
        .collect()
}

/// Result of a unary operator.
pub(super) fn unary(op: U, operand: &Type) -> Type {
    let element = || operand.element().cloned().unwrap_or(Type::ANY);
    match op {
        U::Not | U::IsNull | U::IsTrue | U::IsFalse | U::Exists | U::AllTrue | U::AnyTrue | U::ToBoolean => Type::BOOLEAN,
        U::ConvertsToBoolean
        | U::ConvertsToInteger
        | U::ConvertsToLong
        | U::ConvertsToDecimal
        | U::ConvertsToString
        | U::ConvertsToDate
        | U::ConvertsToDateTime
        | U::ConvertsToTime
        | U::ConvertsToQuantity
        | U::ConvertsToRatio => Type::BOOLEAN,
        U::Ceiling | U::Floor | U::Truncate | U::Precision | U::ToInteger | U::Length | U::ListLength | U::Count => Type::INTEGER,
        U::ToLong => Type::LONG,
        U::Exp | U::Ln | U::ToDecimal | U::TimezoneOffsetFrom | U::GeometricMean => Type::DECIMAL,
        U::ToString | U::Upper | U::Lower => Type::STRING,
        U::ToDate | U::DateFrom => Type::DATE,
        U::ToDateTime => Type::DATE_TIME,
        U::ToTime | U::TimeFrom => Type::TIME,
        U::ToQuantity => Type::QUANTITY,
        U::ToRatio => Type::RATIO,
        U::ToConcept => Type::CONCEPT,
        U::ToChars => Type::list(Type::STRING),
        U::ToList => Type::list(operand.clone()),
        U::ToInterval => Type::interval(operand.clone()),
        U::Start | U::End | U::PointFrom | U::Width | U::Size => operand.point().cloned().unwrap_or(Type::ANY),
        U::Flatten => match operand.element() {
            Some(Type::List(of)) => Type::list((**of).clone()),
            _ => operand.clone(),
        },
        U::SingletonFrom | U::First | U::Last | U::Max | U::Min | U::Median | U::Mode | U::Sum | U::Product => element(),
        U::Avg | U::StdDev | U::Variance | U::PopulationStdDev | U::PopulationVariance => element(),
        U::ExpandValueSet => Type::list(Type::CODE),
        U::Children | U::Descendents => Type::list(Type::ANY),
        U::Abs | U::Negate | U::Predecessor | U::Successor | U::Distinct | U::Tail => operand.clone(),
    }
}

/// Result of a binary operator.
pub(super) fn binary(op: B, left: &Type, right: &Type) -> Type {
    match op {
        B::Add | B::Subtract | B::Multiply | B::Divide | B::TruncatedDivide | B::Modulo | B::Power => {
            if left.is_any() {
                right.clone()
            } else {
                left.clone()
            }
        }
        B::Log => Type::DECIMAL,
        B::ConvertQuantity => Type::QUANTITY,
        B::PositionOf | B::LastPositionOf | B::IndexOf => Type::INTEGER,
        B::SplitOnMatches => Type::list(Type::STRING),
        B::StringIndexer => Type::STRING,
        B::Indexer => left.element().cloned().unwrap_or(Type::ANY),
        B::LowBoundary | B::HighBoundary | B::Skip | B::Take | B::Times | B::ExceptIntervals | B::IntersectIntervals => {
            left.clone()
        }
        B::UnionLists | B::UnionIntervals => crate::sema::merge(left, right),
        B::IntersectLists | B::ExceptLists => left.clone(),
        _ => Type::BOOLEAN,
    }
}
