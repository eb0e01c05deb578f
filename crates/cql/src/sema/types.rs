//! Relations between types: subtypes, implicit conversions with their precedence, common types.
//!
//! The precedence follows the specification (Appendix H, *Implicit conversions* and *Conversion precedence*): an exact match is better than a subtype, a subtype
//! better than a compatible type (null), that better than a cast (out of a choice), that better than a conversion to a simple type, then to a structured type,
//! then list demotion, then list promotion.

use crate::ir::{Intrinsic, SystemType, Type, UnaryOp};
use crate::model::Models;
use std::sync::Arc;

/// Costs of conversions; the overload with the lowest sum wins.
pub(super) mod cost {
    pub(in super::super) const EXACT: u32 = 0;
    pub(in super::super) const SUBTYPE: u32 = 1;
    pub(in super::super) const COMPATIBLE: u32 = 2;
    pub(in super::super) const CAST: u32 = 3;
    pub(in super::super) const SIMPLE: u32 = 4;
    pub(in super::super) const STRUCTURED: u32 = 5;
    pub(in super::super) const INTERVAL: u32 = 20;
    pub(in super::super) const DEMOTE: u32 = 40;
    pub(in super::super) const PROMOTE: u32 = 60;
}

/// How to turn a value of one type into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Nothing to do.
    None,
    /// Look at it as this type (null typed, alternative of a choice).
    As(Type),
    /// A System conversion.
    Unary(UnaryOp, Type),
    /// A model conversion.
    Intrinsic(Intrinsic, Type),
    /// One, then the other.
    Chain(Box<Conversion>, Box<Conversion>),
    /// Each element of a list; the type is the element's after it.
    Elements(Box<Conversion>, Type, Type),
    /// Both bounds of an interval; the type is the point's after it.
    Bounds(Box<Conversion>, Type),
    /// Whichever alternative it is: the alternatives that convert and how; the type is the common result.
    Alternatives(Vec<(Type, Conversion)>, Type),
    /// Convert, then wrap as a list.
    Promote(Box<Conversion>, Type),
    /// Convert, then wrap as the interval of that point.
    Point(Box<Conversion>, Type),
    /// Unwrap the only element, then convert.
    Demote(Type, Box<Conversion>),
}

/// Which generous conversions are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generosity {
    /// One value where a list is wanted.
    pub(super) promotion: bool,
    /// A list where one value is wanted.
    pub(super) demotion: bool,
    /// A point where an interval is wanted.
    pub(super) intervals: bool,
}

impl Generosity {
    pub(super) const NONE: Generosity = Generosity { promotion: false, demotion: false, intervals: false };
}

/// Is every value of `from` a value of `to`?
pub(super) fn is_subtype(m: &Models, from: &Type, to: &Type) -> bool {
    if from == to || to.is_any() {
        return true;
    }
    match (from, to) {
        (Type::System(SystemType::ValueSet | SystemType::CodeSystem), Type::System(SystemType::Vocabulary)) => true,
        (Type::List(a), Type::List(b)) | (Type::Interval(a), Type::Interval(b)) => is_subtype(m, a, b),
        (Type::Choice(a), Type::Choice(b)) => a.iter().all(|a| b.iter().any(|b| is_subtype(m, a, b))),
        (a, Type::Choice(b)) => b.iter().any(|b| is_subtype(m, a, b)),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && is_subtype(m, &a.1, &b.1))
        }
        (Type::Class { model, name }, _) => {
            let base = m.base_of(model, name);
            // A class of a profile model is also the FHIR class it stands for.
            (!base.is_any() && is_subtype(m, &base, to)) || is_profiled(m, model, name, to)
        }
        _ => false,
    }
}

fn is_profiled(m: &Models, model: &str, name: &str, to: &Type) -> bool {
    match to {
        Type::Class { model: other, name: n } => model != "FHIR" && &**other == "FHIR" && *n == m.fhir_class(model, name),
        _ => false,
    }
}

/// The System value inside a class of a model, and the conversion that reads it.
pub(super) fn model_conversion(m: &Models, ty: &Type) -> Option<(Intrinsic, Type)> {
    let Type::Class { model, name } = ty else { return None };
    if &**model != "FHIR" {
        // Structured types of the profile models are mapped to System types by their tables already; what is left is FHIR.
        let fhir = m.fhir_class(model, name);
        let known = matches!(&*fhir, "Quantity" | "Period" | "Range" | "Ratio" | "Coding" | "CodeableConcept");
        return known.then(|| model_conversion(m, &Type::class("FHIR", &fhir))).flatten();
    }
    Some(match &**name {
        "Coding" => (Intrinsic::ToCode, Type::CODE),
        "CodeableConcept" => (Intrinsic::ToConcept, Type::CONCEPT),
        "Quantity" | "Age" | "Distance" | "Duration" | "Count" | "SimpleQuantity" | "MoneyQuantity" => {
            (Intrinsic::ToQuantity, Type::QUANTITY)
        }
        "Period" => (Intrinsic::PeriodToInterval, Type::interval(Type::DATE_TIME)),
        "Range" => (Intrinsic::RangeToInterval, Type::interval(Type::QUANTITY)),
        "Ratio" => (Intrinsic::ToRatio, Type::RATIO),
        name => {
            let system = m.fhir().primitive(name)?;
            let intrinsic = match system {
                SystemType::String => Intrinsic::ToString,
                SystemType::Boolean => Intrinsic::ToBoolean,
                SystemType::Integer => Intrinsic::ToInteger,
                SystemType::Decimal => Intrinsic::ToDecimal,
                SystemType::Date => Intrinsic::ToDate,
                SystemType::DateTime => Intrinsic::ToDateTime,
                SystemType::Time => Intrinsic::ToTime,
                _ => return None,
            };
            (intrinsic, Type::System(system))
        }
    })
}

/// Is this a class around one System value (`FHIR.string`)?
pub(super) fn is_primitive_class(m: &Models, ty: &Type) -> bool {
    matches!(ty, Type::Class { model, name } if &**model == "FHIR" && m.fhir().primitive(name).is_some())
}

/// Conversions between System types that need not be written.
fn system_conversion(from: SystemType, to: &Type) -> Option<(u32, Conversion)> {
    use SystemType as S;
    let simple = |op, ty| Some((cost::SIMPLE, Conversion::Unary(op, ty)));
    let structured = |op, ty| Some((cost::STRUCTURED, Conversion::Unary(op, ty)));
    if let (S::ValueSet, Type::List(element)) = (from, to) {
        let codes = Conversion::Unary(UnaryOp::ExpandValueSet, Type::list(Type::CODE));
        if **element == Type::CODE {
            return Some((cost::STRUCTURED, codes));
        }
        return None;
    }
    let Type::System(to) = to else { return None };
    match (from, to) {
        (S::Integer, S::Long) => simple(UnaryOp::ToLong, Type::LONG),
        (S::Integer | S::Long, S::Decimal) => Some((cost::SIMPLE + 1, Conversion::Unary(UnaryOp::ToDecimal, Type::DECIMAL))),
        (S::Integer | S::Long | S::Decimal, S::Quantity) => {
            Some((cost::STRUCTURED + 1, Conversion::Unary(UnaryOp::ToQuantity, Type::QUANTITY)))
        }
        (S::Date, S::DateTime) => simple(UnaryOp::ToDateTime, Type::DATE_TIME),
        (S::Code, S::Concept) => structured(UnaryOp::ToConcept, Type::CONCEPT),
        _ => None,
    }
}

/// The cheapest conversion from one type to another, with its cost.
pub(super) fn conversion(m: &Models, from: &Type, to: &Type, generosity: Generosity) -> Option<(u32, Conversion)> {
    if from == to {
        return Some((cost::EXACT, Conversion::None));
    }
    if let Type::Choice(alternatives) = to
        && !matches!(from, Type::Choice(_))
        && !from.is_any()
    {
        return to_choice(m, from, alternatives, generosity);
    }
    if is_subtype(m, from, to) {
        return Some((cost::SUBTYPE, Conversion::None));
    }
    if from.is_any() {
        return Some((cost::COMPATIBLE, Conversion::As(to.clone())));
    }
    let found = match (from, to) {
        (Type::Choice(alternatives), _) => from_choice(m, alternatives, to),
        (Type::System(system), _) => system_conversion(*system, to),
        (Type::Class { .. }, _) => from_class(m, from, to),
        (Type::List(a), Type::List(b)) => conversion(m, a, b, Generosity::NONE).map(|(cost, inner)| {
            let wrapped = match inner {
                Conversion::None => Conversion::None,
                Conversion::As(_) if a.is_any() => Conversion::As(to.clone()),
                inner => Conversion::Elements(Box::new(inner), (**a).clone(), (**b).clone()),
            };
            (cost, wrapped)
        }),
        (Type::Interval(a), Type::Interval(b)) => conversion(m, a, b, Generosity::NONE).map(|(cost, inner)| {
            let wrapped = match inner {
                Conversion::None => Conversion::None,
                Conversion::As(_) if a.is_any() => Conversion::As(to.clone()),
                inner => Conversion::Bounds(Box::new(inner), (**b).clone()),
            };
            (cost, wrapped)
        }),
        (Type::Tuple(a), Type::Tuple(b)) => tuple_conversion(m, a, b).then_some((cost::COMPATIBLE, Conversion::As(to.clone()))),
        _ => None,
    };
    if found.is_some() {
        return found;
    }
    if generosity.intervals
        && let Type::Interval(point) = to
        && !matches!(from, Type::Interval(_) | Type::List(_))
    {
        let (cost, inner) = conversion(m, from, point, Generosity::NONE)?;
        return Some((cost + cost::INTERVAL, Conversion::Point(Box::new(inner), (**point).clone())));
    }
    if generosity.demotion
        && let Type::List(element) = from
        && !matches!(to, Type::List(_))
    {
        let (cost, inner) = conversion(m, element, to, Generosity::NONE)?;
        return Some((cost + cost::DEMOTE, Conversion::Demote((**element).clone(), Box::new(inner))));
    }
    if generosity.promotion
        && let Type::List(element) = to
        && !matches!(from, Type::List(_))
    {
        let (cost, inner) = conversion(m, from, element, Generosity::NONE)?;
        return Some((cost + cost::PROMOTE, Conversion::Promote(Box::new(inner), (**element).clone())));
    }
    None
}

/// Tuples whose elements differ only in nulls.
fn tuple_conversion(m: &Models, a: &[(Arc<str>, Type)], b: &[(Arc<str>, Type)]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.0 == b.0 && matches!(conversion(m, &a.1, &b.1, Generosity::NONE), Some((_, Conversion::None | Conversion::As(_))))
        })
}

fn from_class(m: &Models, from: &Type, to: &Type) -> Option<(u32, Conversion)> {
    let (intrinsic, system) = model_conversion(m, from)?;
    let simple = matches!(&system, Type::System(s) if *s != SystemType::Quantity && *s != SystemType::Ratio && *s != SystemType::Code && *s != SystemType::Concept);
    let first_cost = if simple { cost::SIMPLE } else { cost::STRUCTURED };
    let first = Conversion::Intrinsic(intrinsic, system.clone());
    let (second_cost, second) = conversion(m, &system, to, Generosity::NONE)?;
    Some(match second {
        Conversion::None => (first_cost + second_cost, first),
        second => (first_cost + second_cost, Conversion::Chain(Box::new(first), Box::new(second))),
    })
}

/// Into a choice: into its cheapest alternative.
fn to_choice(m: &Models, from: &Type, alternatives: &[Type], generosity: Generosity) -> Option<(u32, Conversion)> {
    alternatives
        .iter()
        .filter_map(|to| conversion(m, from, to, Generosity::NONE))
        .min_by_key(|(cost, _)| *cost)
        .map(|(cost, conversion)| (cost + cost::COMPATIBLE, conversion))
        .or_else(|| {
            generosity
                .demotion
                .then(|| {
                    let element = from.element()?;
                    let (cost, inner) = to_choice(m, element, alternatives, Generosity::NONE)?;
                    Some((cost + cost::DEMOTE, Conversion::Demote(element.clone(), Box::new(inner))))
                })
                .flatten()
        })
}

/// Out of a choice: the alternatives that convert; the others become null.
fn from_choice(m: &Models, alternatives: &[Type], to: &Type) -> Option<(u32, Conversion)> {
    let mut found = Vec::new();
    let mut worst = 0;
    for from in alternatives {
        let generosity = Generosity::NONE;
        if let Some((cost, conversion)) = conversion(m, from, to, generosity) {
            worst = worst.max(cost);
            found.push((from.clone(), conversion));
        }
    }
    if found.is_empty() {
        return None;
    }
    if found.iter().all(|(_, c)| *c == Conversion::None) {
        return Some((cost::CAST, Conversion::As(to.clone())));
    }
    // An alternative that is the wanted type already is tried before one that converts.
    found.sort_by_key(|(_, c)| *c != Conversion::None);
    Some((cost::CAST + worst, Conversion::Alternatives(found, to.clone())))
}

/// The type both can be without changing any value: the wider of two related types, else a choice.
pub(super) fn merge(m: &Models, a: &Type, b: &Type) -> Type {
    if a.is_any() || is_subtype(m, b, a) {
        if a.is_any() {
            return b.clone();
        }
        return a.clone();
    }
    if b.is_any() || is_subtype(m, a, b) {
        if b.is_any() {
            return a.clone();
        }
        return b.clone();
    }
    match (a, b) {
        (Type::List(x), Type::List(y)) => Type::list(merge(m, x, y)),
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| x.0 == y.0) => {
            let elements = x.iter().zip(y.iter()).map(|(x, y)| (x.0.clone(), merge(m, &x.1, &y.1))).collect();
            Type::tuple(elements)
        }
        _ => Type::choice([a.clone(), b.clone()]),
    }
}

/// The type all of these convert to; `None` when there is none short of a choice.
pub(super) fn common(m: &Models, types: &[Type]) -> Option<Type> {
    let mut distinct: Vec<Type> = Vec::new();
    for ty in types {
        if !ty.is_any() && !distinct.contains(ty) {
            distinct.push(ty.clone());
        }
    }
    match distinct.len() {
        0 => return Some(Type::ANY),
        1 => return distinct.pop(),
        _ => {}
    }
    let mut candidates = distinct.clone();
    candidates.extend(distinct.iter().filter_map(|t| model_conversion(m, t).map(|(_, t)| t)));
    // Lists of unknown elements and of known ones are lists of the known ones.
    if let Some(whole) = lifted(m, &distinct) {
        return Some(whole);
    }
    // A choice beside one type is looked at as the alternative that fits it (`value ~ code` looks at the value as a Concept).
    let mixed = distinct.iter().any(|t| !matches!(t, Type::Choice(_)));
    if mixed {
        for ty in &distinct {
            if let Type::Choice(alternatives) = ty {
                candidates.extend(alternatives.iter().cloned());
                candidates.extend(alternatives.iter().filter_map(|t| model_conversion(m, t).map(|(_, t)| t)));
            }
        }
    }
    const CHOICE_BESIDE_A_TYPE: u32 = 100;
    let total = |to: &Type| -> Option<u32> {
        let extra = if mixed && matches!(to, Type::Choice(_)) { CHOICE_BESIDE_A_TYPE } else { 0 };
        let costs = distinct.iter().map(|from| conversion(m, from, to, Generosity::NONE).map(|(cost, _)| cost));
        costs.sum::<Option<u32>>().map(|sum| sum + extra)
    };
    candidates.into_iter().filter_map(|c| total(&c).map(|cost| (cost, c))).min_by(|a, b| a.0.cmp(&b.0)).map(|(_, c)| c)
}

/// Lists and intervals: the list or interval of the common element.
fn lifted(m: &Models, types: &[Type]) -> Option<Type> {
    let elements: Option<Vec<Type>> = types.iter().map(|t| t.element().cloned()).collect();
    if let Some(elements) = elements {
        return common(m, &elements).map(Type::list);
    }
    let points: Option<Vec<Type>> = types.iter().map(|t| t.point().cloned()).collect();
    points.and_then(|points| common(m, &points)).map(Type::interval)
}

/// As [`common`], but a choice when nothing better is there.
pub(super) fn common_or_choice(m: &Models, types: &[Type]) -> Type {
    let has_choice = types.iter().any(|t| matches!(t, Type::Choice(_)));
    if has_choice {
        return types.iter().fold(Type::ANY, |a, b| merge(m, &a, b));
    }
    common(m, types).unwrap_or_else(|| types.iter().fold(Type::ANY, |a, b| merge(m, &a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> Type {
        Type::class("FHIR", name)
    }

    #[test]
    fn conversions_have_the_order_of_the_specification() {
        let cost = |a: &Type, b: &Type| conversion(&Models::default(), a, b, Generosity::NONE).map(|(c, _)| c);
        assert!(cost(&Type::INTEGER, &Type::LONG) < cost(&Type::INTEGER, &Type::DECIMAL));
        assert!(cost(&Type::INTEGER, &Type::DECIMAL) < cost(&Type::INTEGER, &Type::QUANTITY));
        assert_eq!(cost(&Type::DECIMAL, &Type::INTEGER), None);
        assert_eq!(cost(&Type::ANY, &Type::INTEGER), Some(cost::COMPATIBLE));
        assert!(cost(&class("code"), &class("string")) == Some(cost::SUBTYPE));
        assert!(cost(&class("Age"), &Type::QUANTITY).is_some());
        assert!(cost(&class("date"), &Type::DATE_TIME).is_some());
        assert!(cost(&class("Coding"), &Type::CONCEPT).is_some());
        assert!(cost(&class("Period"), &Type::interval(Type::DATE_TIME)).is_some());
        assert!(cost(&class("Observation"), &class("Resource")).is_some());
        assert_eq!(cost(&class("Observation"), &class("Patient")), None);
    }

    #[test]
    fn common_types() {
        assert_eq!(common(&Models::default(), &[Type::INTEGER, Type::DECIMAL]), Some(Type::DECIMAL));
        assert_eq!(common(&Models::default(), &[class("code"), Type::STRING]), Some(Type::STRING));
        assert_eq!(common(&Models::default(), &[class("dateTime"), class("instant")]), Some(Type::DATE_TIME));
        assert_eq!(common(&Models::default(), &[Type::INTEGER, Type::STRING]), None);
        assert_eq!(
            common(&Models::default(), &[Type::list(Type::INTEGER), Type::list(Type::ANY)]),
            Some(Type::list(Type::INTEGER))
        );
        assert_eq!(
            common_or_choice(&Models::default(), &[Type::INTEGER, Type::STRING]),
            Type::choice([Type::INTEGER, Type::STRING])
        );
    }
}
