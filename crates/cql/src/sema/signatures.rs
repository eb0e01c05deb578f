//! The operators of the language with their overloads, and how a call chooses among them.

use super::types::{Conversion, Generosity, common, conversion, is_primitive_class, model_conversion};
use crate::ir::{BinaryOp as B, NaryOp as N, NullaryOp, Over, SystemType, TimedOp as T, Type, UnaryOp as U};
use crate::model::Models;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What an overload becomes in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emit {
    Nullary(NullaryOp),
    Unary(U),
    Binary(B),
    Timed(T, Over),
    /// As `Timed(_, Intervals)`, but this operand (0 or 1) is a point that becomes an interval first.
    TimedPoint(T, u8),
    Nary(N),
    /// Not of the sum kind: the operands, then `Message`.
    Message,
}

/// A parameter or result type with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Is(Type),
    Variable,
    List(Box<Pattern>),
    Interval(Box<Pattern>),
}

/// One overload of a system operator.
#[derive(Debug)]
pub(super) struct Overload {
    parameters: Vec<Pattern>,
    result: Pattern,
    pub(super) emit: Emit,
}

/// An overload chosen for the types of a call.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) emit: Emit,
    pub(super) conversions: Vec<Conversion>,
    pub(super) result: Type,
}

fn pattern(text: &str) -> Pattern {
    let inner = |prefix: &str| text.strip_prefix(prefix).and_then(|t| t.strip_suffix('>'));
    if let Some(of) = inner("List<") {
        return Pattern::List(Box::new(pattern(of)));
    }
    if let Some(of) = inner("Interval<") {
        return Pattern::Interval(Box::new(pattern(of)));
    }
    if text == "T" {
        return Pattern::Variable;
    }
    Pattern::Is(SystemType::from_name(text).map_or(Type::ANY, Type::System))
}

fn operators() -> &'static HashMap<&'static str, Vec<Overload>> {
    static TABLE: OnceLock<HashMap<&'static str, Vec<Overload>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&'static str, Vec<Overload>> = HashMap::new();
        for (name, parameters, result, emit) in OVERLOADS {
            // `|` separates parameter lists of overloads that differ in nothing else; a result of `=` is the first parameter.
            for parameters in parameters.split('|') {
                let parameters: Vec<Pattern> =
                    parameters.split(',').filter(|p| !p.is_empty()).map(|p| pattern(p.trim())).collect();
                let result = match (*result, parameters.first()) {
                    ("=", Some(first)) => first.clone(),
                    // A result of `T` without a variable in the parameters is the element of the first one.
                    ("T", Some(Pattern::List(element))) => (**element).clone(),
                    _ => pattern(result),
                };
                table.entry(name).or_default().push(Overload { parameters, result, emit: *emit });
            }
        }
        table
    })
}

/// Is there a system operator of this name?
pub(super) fn is_operator(name: &str) -> bool {
    operators().contains_key(name)
}

/// The names that may be called as functions.
pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    operators().keys().copied().filter(|n| !INFIX_ONLY.contains(n))
}

/// Operators that have a syntax of their own and no function form.
const INFIX_ONLY: &[&str] = &["And", "Or", "Xor", "Implies", "Not"];

/// The cheapest overload for these operand types. Of equally cheap ones the first of the table is taken: the table is in the order of the specification's type
/// precedence, and operands that fit several overloads equally well are nulls.
pub(super) fn choose(m: &Models, name: &str, operands: &[Type], generosity: Generosity) -> Option<Chosen> {
    let overloads = operators().get(name)?;
    let try_all = |generosity: Generosity| {
        let mut best: Option<(u32, Chosen)> = None;
        for overload in overloads.iter().filter(|o| o.parameters.len() == operands.len()) {
            let Some((cost, chosen)) = fit(m, name, overload, operands, generosity) else {
                continue;
            };
            if best.as_ref().is_none_or(|(lowest, _)| cost < *lowest) {
                best = Some((cost, chosen));
            }
        }
        best.map(|(_, chosen)| chosen)
    };
    try_all(Generosity::NONE).or_else(|| (generosity != Generosity::NONE).then(|| try_all(generosity)).flatten())
}

/// Parameter lists of an operator, for messages.
pub(super) fn describe(name: &str) -> Vec<String> {
    operators()
        .get(name)
        .into_iter()
        .flatten()
        .map(|o| {
            let parameters: Vec<String> = o.parameters.iter().map(show).collect();
            format!("({})", parameters.join(", "))
        })
        .collect()
}

fn show(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Is(ty) => ty.to_string(),
        Pattern::Variable => "T".to_owned(),
        Pattern::List(of) => format!("List<{}>", show(of)),
        Pattern::Interval(of) => format!("Interval<{}>", show(of)),
    }
}

fn fit(m: &Models, name: &str, overload: &Overload, operands: &[Type], generosity: Generosity) -> Option<(u32, Chosen)> {
    let mut candidates = Vec::new();
    for (pattern, operand) in overload.parameters.iter().zip(operands) {
        if !collect(m, pattern, operand, generosity, &mut candidates) {
            return None;
        }
    }
    let mut variable = common(m, &candidates)?;
    if COMPARES.contains(&name) && is_primitive_class(m, &variable) {
        variable = model_conversion(m, &variable)?.1;
    }
    let mut total = 0;
    let mut conversions = Vec::with_capacity(operands.len());
    for (pattern, operand) in overload.parameters.iter().zip(operands) {
        let wanted = instantiate(pattern, &variable);
        let (cost, conversion) = conversion(m, operand, &wanted, generosity)?;
        total += cost;
        conversions.push(conversion);
    }
    let result = instantiate(&overload.result, &variable);
    Some((total, Chosen { emit: overload.emit, conversions, result }))
}

fn instantiate(pattern: &Pattern, variable: &Type) -> Type {
    match pattern {
        Pattern::Is(ty) => ty.clone(),
        Pattern::Variable => variable.clone(),
        Pattern::List(of) => Type::list(instantiate(of, variable)),
        Pattern::Interval(of) => Type::interval(instantiate(of, variable)),
    }
}

/// Gathers what the operand says about the type variable; false when it cannot fit at all.
fn collect(m: &Models, pattern: &Pattern, operand: &Type, generosity: Generosity, candidates: &mut Vec<Type>) -> bool {
    match (pattern, operand) {
        (Pattern::Is(_), _) => true,
        (Pattern::Variable, ty) => {
            candidates.push(ty.clone());
            true
        }
        (_, ty) if ty.is_any() => true,
        (Pattern::List(p), Type::List(of)) | (Pattern::Interval(p), Type::Interval(of)) => {
            collect(m, p, of, generosity, candidates)
        }
        (_, Type::Choice(alternatives)) => {
            let mut any = false;
            for alternative in alternatives.iter() {
                let mut found = Vec::new();
                if collect(m, pattern, alternative, Generosity::NONE, &mut found) {
                    any = true;
                    candidates.extend(found);
                }
            }
            any
        }
        (Pattern::List(p), Type::System(SystemType::ValueSet)) => collect(m, p, &Type::CODE, generosity, candidates),
        (Pattern::Interval(_), Type::Class { .. }) => {
            model_conversion(m, operand).is_some_and(|(_, t)| collect(m, pattern, &t, generosity, candidates))
        }
        (Pattern::Interval(p), other) if generosity.intervals && other.element().is_none() => {
            collect(m, p, other, Generosity::NONE, candidates)
        }
        (Pattern::List(p), other) if generosity.promotion => collect(m, p, other, Generosity::NONE, candidates),
        (_, Type::List(of)) if generosity.demotion => collect(m, pattern, of, Generosity::NONE, candidates),
        _ => false,
    }
}

/// Operators that compare values: a class around a System value is unwrapped for them, so that `1.0` and `1.00` are equal.
const COMPARES: &[&str] = &[
    "Equal",
    "Equivalent",
    "In",
    "Contains",
    "IncludedIn",
    "Includes",
    "ProperIn",
    "ProperContains",
    "ProperIncludedIn",
    "ProperIncludes",
    "IndexOf",
    "Mode",
];

const NUMBERS2: &str = "Integer,Integer|Long,Long|Decimal,Decimal|Quantity,Quantity";
const NUMBERS: &str = "Integer|Long|Decimal|Quantity";
const ORDERED2: &str =
    "Integer,Integer|Long,Long|Decimal,Decimal|Quantity,Quantity|String,String|Date,Date|DateTime,DateTime|Time,Time";
const POINTS: &str = "Integer|Long|Decimal|Quantity|Date|DateTime|Time";
const TEMPORAL2: &str = "Date,Date|DateTime,DateTime|Time,Time";
const INTERVALS: &str = "Interval<T>,Interval<T>";
const LISTS: &str = "List<T>,List<T>";
const STATISTICS: &str = "List<Decimal>|List<Quantity>";
const ANY_ORDERED_LIST: &str =
    "List<Integer>|List<Long>|List<Decimal>|List<Quantity>|List<Date>|List<DateTime>|List<Time>|List<String>";
const STRINGS2: &str = "String,String";

/// (name, parameter lists, result, what it becomes)
const OVERLOADS: &[(&str, &str, &str, Emit)] = &[
    ("And", "Boolean,Boolean", "Boolean", Emit::Binary(B::And)),
    ("Or", "Boolean,Boolean", "Boolean", Emit::Binary(B::Or)),
    ("Xor", "Boolean,Boolean", "Boolean", Emit::Binary(B::Xor)),
    ("Implies", "Boolean,Boolean", "Boolean", Emit::Binary(B::Implies)),
    ("Not", "Boolean", "Boolean", Emit::Unary(U::Not)),
    ("IsNull", "Any", "Boolean", Emit::Unary(U::IsNull)),
    ("IsTrue", "Boolean", "Boolean", Emit::Unary(U::IsTrue)),
    ("IsFalse", "Boolean", "Boolean", Emit::Unary(U::IsFalse)),
    // arithmetic
    ("Add", NUMBERS2, "=", Emit::Binary(B::Add)),
    ("Add", "Date,Quantity|DateTime,Quantity|Time,Quantity", "=", Emit::Binary(B::Add)),
    ("Add", STRINGS2, "String", Emit::Nary(N::Concatenate)),
    ("Subtract", NUMBERS2, "=", Emit::Binary(B::Subtract)),
    ("Subtract", "Date,Quantity|DateTime,Quantity|Time,Quantity", "=", Emit::Binary(B::Subtract)),
    ("Multiply", NUMBERS2, "=", Emit::Binary(B::Multiply)),
    ("Divide", "Decimal,Decimal|Quantity,Quantity", "=", Emit::Binary(B::Divide)),
    ("TruncatedDivide", NUMBERS2, "=", Emit::Binary(B::TruncatedDivide)),
    ("Modulo", NUMBERS2, "=", Emit::Binary(B::Modulo)),
    ("Power", "Integer,Integer|Long,Long|Decimal,Decimal", "=", Emit::Binary(B::Power)),
    ("Log", "Decimal,Decimal", "Decimal", Emit::Binary(B::Log)),
    ("Exp", "Decimal", "Decimal", Emit::Unary(U::Exp)),
    ("Ln", "Decimal", "Decimal", Emit::Unary(U::Ln)),
    ("Abs", NUMBERS, "=", Emit::Unary(U::Abs)),
    ("Ceiling", "Decimal", "Integer", Emit::Unary(U::Ceiling)),
    ("Floor", "Decimal", "Integer", Emit::Unary(U::Floor)),
    ("Truncate", "Decimal", "Integer", Emit::Unary(U::Truncate)),
    ("Round", "Decimal|Decimal,Integer", "Decimal", Emit::Nary(N::Round)),
    ("Negate", NUMBERS, "=", Emit::Unary(U::Negate)),
    ("Predecessor", POINTS, "=", Emit::Unary(U::Predecessor)),
    ("Successor", POINTS, "=", Emit::Unary(U::Successor)),
    ("Precision", "Decimal|Date|DateTime|Time", "Integer", Emit::Unary(U::Precision)),
    ("LowBoundary", "Decimal,Integer|Date,Integer|DateTime,Integer|Time,Integer", "=", Emit::Binary(B::LowBoundary)),
    ("HighBoundary", "Decimal,Integer|Date,Integer|DateTime,Integer|Time,Integer", "=", Emit::Binary(B::HighBoundary)),
    // comparison
    ("Equal", "T,T", "Boolean", Emit::Binary(B::Equal)),
    ("Equivalent", "T,T", "Boolean", Emit::Binary(B::Equivalent)),
    ("Less", ORDERED2, "Boolean", Emit::Binary(B::Less)),
    ("LessOrEqual", ORDERED2, "Boolean", Emit::Binary(B::LessOrEqual)),
    ("Greater", ORDERED2, "Boolean", Emit::Binary(B::Greater)),
    ("GreaterOrEqual", ORDERED2, "Boolean", Emit::Binary(B::GreaterOrEqual)),
    // strings
    ("Combine", "List<String>|List<String>,String", "String", Emit::Nary(N::Combine)),
    ("Concatenate", STRINGS2, "String", Emit::Nary(N::Concatenate)),
    ("StartsWith", STRINGS2, "Boolean", Emit::Binary(B::StartsWith)),
    ("EndsWith", STRINGS2, "Boolean", Emit::Binary(B::EndsWith)),
    ("Matches", STRINGS2, "Boolean", Emit::Binary(B::Matches)),
    ("PositionOf", STRINGS2, "Integer", Emit::Binary(B::PositionOf)),
    ("LastPositionOf", STRINGS2, "Integer", Emit::Binary(B::LastPositionOf)),
    ("Split", STRINGS2, "List<String>", Emit::Nary(N::Split)),
    ("SplitOnMatches", STRINGS2, "List<String>", Emit::Binary(B::SplitOnMatches)),
    ("ReplaceMatches", "String,String,String", "String", Emit::Nary(N::ReplaceMatches)),
    ("Substring", "String,Integer|String,Integer,Integer", "String", Emit::Nary(N::Substring)),
    ("Upper", "String", "String", Emit::Unary(U::Upper)),
    ("Lower", "String", "String", Emit::Unary(U::Lower)),
    ("Length", "String", "Integer", Emit::Unary(U::Length)),
    ("Length", "List<T>", "Integer", Emit::Unary(U::ListLength)),
    ("Indexer", "String,Integer", "String", Emit::Binary(B::StringIndexer)),
    ("Indexer", "List<T>,Integer", "T", Emit::Binary(B::Indexer)),
    // conversion
    ("ToBoolean", "String|Integer|Long|Decimal|Boolean", "Boolean", Emit::Unary(U::ToBoolean)),
    ("ToInteger", "String|Boolean|Long|Decimal|Integer", "Integer", Emit::Unary(U::ToInteger)),
    ("ToLong", "String|Boolean|Integer|Decimal|Long", "Long", Emit::Unary(U::ToLong)),
    ("ToDecimal", "String|Boolean|Integer|Long|Decimal", "Decimal", Emit::Unary(U::ToDecimal)),
    ("ToString", "String|Boolean|Integer|Long|Decimal|Quantity|Ratio|Date|DateTime|Time|Any", "String", Emit::Unary(U::ToString)),
    ("ToDate", "String|DateTime|Date", "Date", Emit::Unary(U::ToDate)),
    ("ToDateTime", "String|Date|DateTime", "DateTime", Emit::Unary(U::ToDateTime)),
    ("ToTime", "String|DateTime|Time", "Time", Emit::Unary(U::ToTime)),
    ("ToQuantity", "String|Integer|Long|Decimal|Ratio|Quantity", "Quantity", Emit::Unary(U::ToQuantity)),
    ("ToRatio", "String", "Ratio", Emit::Unary(U::ToRatio)),
    ("ToConcept", "Code|List<Code>", "Concept", Emit::Unary(U::ToConcept)),
    ("ToChars", "String", "List<String>", Emit::Unary(U::ToChars)),
    ("ConvertsToBoolean", "Any", "Boolean", Emit::Unary(U::ConvertsToBoolean)),
    ("ConvertsToInteger", "Any", "Boolean", Emit::Unary(U::ConvertsToInteger)),
    ("ConvertsToLong", "Any", "Boolean", Emit::Unary(U::ConvertsToLong)),
    ("ConvertsToDecimal", "Any", "Boolean", Emit::Unary(U::ConvertsToDecimal)),
    ("ConvertsToString", "Any", "Boolean", Emit::Unary(U::ConvertsToString)),
    ("ConvertsToDate", "Any", "Boolean", Emit::Unary(U::ConvertsToDate)),
    ("ConvertsToDateTime", "Any", "Boolean", Emit::Unary(U::ConvertsToDateTime)),
    ("ConvertsToTime", "Any", "Boolean", Emit::Unary(U::ConvertsToTime)),
    ("ConvertsToQuantity", "Any", "Boolean", Emit::Unary(U::ConvertsToQuantity)),
    ("ConvertsToRatio", "Any", "Boolean", Emit::Unary(U::ConvertsToRatio)),
    ("ConvertQuantity", "Quantity,String", "Quantity", Emit::Binary(B::ConvertQuantity)),
    ("CanConvertQuantity", "Quantity,String", "Boolean", Emit::Binary(B::CanConvertQuantity)),
    // date and time
    ("Now", "", "DateTime", Emit::Nullary(NullaryOp::Now)),
    ("Today", "", "Date", Emit::Nullary(NullaryOp::Today)),
    ("TimeOfDay", "", "Time", Emit::Nullary(NullaryOp::TimeOfDay)),
    ("DateFrom", "DateTime", "Date", Emit::Unary(U::DateFrom)),
    ("TimeFrom", "DateTime", "Time", Emit::Unary(U::TimeFrom)),
    ("TimezoneOffsetFrom", "DateTime", "Decimal", Emit::Unary(U::TimezoneOffsetFrom)),
    ("Before", TEMPORAL2, "Boolean", Emit::Timed(T::Before, Over::Points)),
    ("Before", INTERVALS, "Boolean", Emit::Timed(T::Before, Over::Intervals)),
    ("Before", "T,Interval<T>", "Boolean", Emit::TimedPoint(T::Before, 0)),
    ("Before", "Interval<T>,T", "Boolean", Emit::TimedPoint(T::Before, 1)),
    ("After", TEMPORAL2, "Boolean", Emit::Timed(T::After, Over::Points)),
    ("After", INTERVALS, "Boolean", Emit::Timed(T::After, Over::Intervals)),
    ("After", "T,Interval<T>", "Boolean", Emit::TimedPoint(T::After, 0)),
    ("After", "Interval<T>,T", "Boolean", Emit::TimedPoint(T::After, 1)),
    ("SameAs", TEMPORAL2, "Boolean", Emit::Timed(T::SameAs, Over::Points)),
    ("SameAs", INTERVALS, "Boolean", Emit::Timed(T::SameAs, Over::Intervals)),
    ("SameOrBefore", TEMPORAL2, "Boolean", Emit::Timed(T::SameOrBefore, Over::Points)),
    ("SameOrBefore", INTERVALS, "Boolean", Emit::Timed(T::SameOrBefore, Over::Intervals)),
    ("SameOrBefore", "T,Interval<T>", "Boolean", Emit::TimedPoint(T::SameOrBefore, 0)),
    ("SameOrBefore", "Interval<T>,T", "Boolean", Emit::TimedPoint(T::SameOrBefore, 1)),
    ("SameOrAfter", TEMPORAL2, "Boolean", Emit::Timed(T::SameOrAfter, Over::Points)),
    ("SameOrAfter", INTERVALS, "Boolean", Emit::Timed(T::SameOrAfter, Over::Intervals)),
    ("SameOrAfter", "T,Interval<T>", "Boolean", Emit::TimedPoint(T::SameOrAfter, 0)),
    ("SameOrAfter", "Interval<T>,T", "Boolean", Emit::TimedPoint(T::SameOrAfter, 1)),
    // intervals
    ("Start", "Interval<T>", "T", Emit::Unary(U::Start)),
    ("End", "Interval<T>", "T", Emit::Unary(U::End)),
    ("PointFrom", "Interval<T>", "T", Emit::Unary(U::PointFrom)),
    ("Width", "Interval<Integer>", "Integer", Emit::Unary(U::Width)),
    ("Width", "Interval<Long>", "Long", Emit::Unary(U::Width)),
    ("Width", "Interval<Decimal>", "Decimal", Emit::Unary(U::Width)),
    ("Width", "Interval<Quantity>", "Quantity", Emit::Unary(U::Width)),
    ("Size", "Interval<Integer>", "Integer", Emit::Unary(U::Size)),
    ("Size", "Interval<Long>", "Long", Emit::Unary(U::Size)),
    ("Size", "Interval<Decimal>", "Decimal", Emit::Unary(U::Size)),
    ("Size", "Interval<Quantity>", "Quantity", Emit::Unary(U::Size)),
    ("Includes", INTERVALS, "Boolean", Emit::Timed(T::Includes, Over::Intervals)),
    ("Includes", LISTS, "Boolean", Emit::Timed(T::Includes, Over::Lists)),
    ("Includes", "Interval<T>,T", "Boolean", Emit::Timed(T::Contains, Over::Intervals)),
    ("Includes", "List<T>,T", "Boolean", Emit::Timed(T::Contains, Over::Lists)),
    ("IncludedIn", INTERVALS, "Boolean", Emit::Timed(T::IncludedIn, Over::Intervals)),
    ("IncludedIn", LISTS, "Boolean", Emit::Timed(T::IncludedIn, Over::Lists)),
    ("IncludedIn", "T,Interval<T>", "Boolean", Emit::Timed(T::In, Over::Intervals)),
    ("IncludedIn", "T,List<T>", "Boolean", Emit::Timed(T::In, Over::Lists)),
    ("ProperIncludes", INTERVALS, "Boolean", Emit::Timed(T::ProperIncludes, Over::Intervals)),
    ("ProperIncludes", LISTS, "Boolean", Emit::Timed(T::ProperIncludes, Over::Lists)),
    ("ProperIncludes", "Interval<T>,T", "Boolean", Emit::Timed(T::ProperContains, Over::Intervals)),
    ("ProperIncludes", "List<T>,T", "Boolean", Emit::Timed(T::ProperContains, Over::Lists)),
    ("ProperIncludedIn", INTERVALS, "Boolean", Emit::Timed(T::ProperIncludedIn, Over::Intervals)),
    ("ProperIncludedIn", LISTS, "Boolean", Emit::Timed(T::ProperIncludedIn, Over::Lists)),
    ("ProperIncludedIn", "T,Interval<T>", "Boolean", Emit::Timed(T::ProperIn, Over::Intervals)),
    ("ProperIncludedIn", "T,List<T>", "Boolean", Emit::Timed(T::ProperIn, Over::Lists)),
    ("ProperContains", "List<T>,T", "Boolean", Emit::Timed(T::ProperContains, Over::Lists)),
    ("ProperIn", "T,List<T>", "Boolean", Emit::Timed(T::ProperIn, Over::Lists)),
    ("Contains", "Interval<T>,T", "Boolean", Emit::Timed(T::Contains, Over::Intervals)),
    ("Contains", "List<T>,T", "Boolean", Emit::Timed(T::Contains, Over::Lists)),
    ("In", "T,Interval<T>", "Boolean", Emit::Timed(T::In, Over::Intervals)),
    ("In", "T,List<T>", "Boolean", Emit::Timed(T::In, Over::Lists)),
    ("In", "String,ValueSet|Code,ValueSet|Concept,ValueSet", "Boolean", Emit::Binary(B::InValueSet)),
    ("In", "List<String>,ValueSet|List<Code>,ValueSet|List<Concept>,ValueSet", "Boolean", Emit::Binary(B::AnyInValueSet)),
    ("In", "String,CodeSystem|Code,CodeSystem|Concept,CodeSystem", "Boolean", Emit::Binary(B::InCodeSystem)),
    ("In", "List<String>,CodeSystem|List<Code>,CodeSystem|List<Concept>,CodeSystem", "Boolean", Emit::Binary(B::AnyInCodeSystem)),
    ("Overlaps", INTERVALS, "Boolean", Emit::Timed(T::Overlaps, Over::Intervals)),
    ("OverlapsBefore", INTERVALS, "Boolean", Emit::Timed(T::OverlapsBefore, Over::Intervals)),
    ("OverlapsAfter", INTERVALS, "Boolean", Emit::Timed(T::OverlapsAfter, Over::Intervals)),
    ("Meets", INTERVALS, "Boolean", Emit::Timed(T::Meets, Over::Intervals)),
    ("MeetsBefore", INTERVALS, "Boolean", Emit::Timed(T::MeetsBefore, Over::Intervals)),
    ("MeetsAfter", INTERVALS, "Boolean", Emit::Timed(T::MeetsAfter, Over::Intervals)),
    ("Starts", INTERVALS, "Boolean", Emit::Timed(T::Starts, Over::Intervals)),
    ("Ends", INTERVALS, "Boolean", Emit::Timed(T::Ends, Over::Intervals)),
    ("Collapse", "List<Interval<T>>,Quantity", "List<Interval<T>>", Emit::Nary(N::Collapse)),
    ("Expand", "List<Interval<T>>,Quantity", "List<Interval<T>>", Emit::Nary(N::Expand)),
    ("Expand", "Interval<T>,Quantity", "List<T>", Emit::Nary(N::Expand)),
    ("UnionIntervals", INTERVALS, "=", Emit::Binary(B::UnionIntervals)),
    ("IntersectIntervals", INTERVALS, "=", Emit::Binary(B::IntersectIntervals)),
    ("ExceptIntervals", INTERVALS, "=", Emit::Binary(B::ExceptIntervals)),
    // lists
    ("Exists", "List<T>", "Boolean", Emit::Unary(U::Exists)),
    ("Distinct", "List<T>", "List<T>", Emit::Unary(U::Distinct)),
    ("Flatten", "List<List<T>>", "List<T>", Emit::Unary(U::Flatten)),
    ("SingletonFrom", "List<T>", "T", Emit::Unary(U::SingletonFrom)),
    ("First", "List<T>", "T", Emit::Unary(U::First)),
    ("Last", "List<T>", "T", Emit::Unary(U::Last)),
    ("Tail", "List<T>", "List<T>", Emit::Unary(U::Tail)),
    ("Skip", "List<T>,Integer", "List<T>", Emit::Binary(B::Skip)),
    ("Take", "List<T>,Integer", "List<T>", Emit::Binary(B::Take)),
    ("Slice", "List<T>,Integer,Integer", "List<T>", Emit::Nary(N::Slice)),
    ("IndexOf", "List<T>,T", "Integer", Emit::Binary(B::IndexOf)),
    // aggregates
    ("AllTrue", "List<Boolean>", "Boolean", Emit::Unary(U::AllTrue)),
    ("AnyTrue", "List<Boolean>", "Boolean", Emit::Unary(U::AnyTrue)),
    ("Count", "List<T>", "Integer", Emit::Unary(U::Count)),
    ("Avg", "List<Decimal>", "Decimal", Emit::Unary(U::Avg)),
    ("Avg", "List<Quantity>", "Quantity", Emit::Unary(U::Avg)),
    ("GeometricMean", "List<Decimal>", "Decimal", Emit::Unary(U::GeometricMean)),
    ("Median", STATISTICS, "T", Emit::Unary(U::Median)),
    ("Mode", "List<T>", "T", Emit::Unary(U::Mode)),
    ("Max", ANY_ORDERED_LIST, "T", Emit::Unary(U::Max)),
    ("Min", ANY_ORDERED_LIST, "T", Emit::Unary(U::Min)),
    ("Sum", "List<Integer>|List<Long>|List<Decimal>|List<Quantity>", "T", Emit::Unary(U::Sum)),
    ("Product", "List<Integer>|List<Long>|List<Decimal>|List<Quantity>", "T", Emit::Unary(U::Product)),
    ("StdDev", STATISTICS, "T", Emit::Unary(U::StdDev)),
    ("Variance", STATISTICS, "T", Emit::Unary(U::Variance)),
    ("PopulationStdDev", STATISTICS, "T", Emit::Unary(U::PopulationStdDev)),
    ("PopulationVariance", STATISTICS, "T", Emit::Unary(U::PopulationVariance)),
    // clinical
    ("ExpandValueSet", "ValueSet", "List<Code>", Emit::Unary(U::ExpandValueSet)),
    ("InValueSet", "String,ValueSet|Code,ValueSet|Concept,ValueSet", "Boolean", Emit::Binary(B::InValueSet)),
    (
        "AnyInValueSet",
        "List<String>,ValueSet|List<Code>,ValueSet|List<Concept>,ValueSet",
        "Boolean",
        Emit::Binary(B::AnyInValueSet),
    ),
    ("InCodeSystem", "String,CodeSystem|Code,CodeSystem|Concept,CodeSystem", "Boolean", Emit::Binary(B::InCodeSystem)),
    (
        "AnyInCodeSystem",
        "List<String>,CodeSystem|List<Code>,CodeSystem|List<Concept>,CodeSystem",
        "Boolean",
        Emit::Binary(B::AnyInCodeSystem),
    ),
    ("Subsumes", "Code,Code|Concept,Concept", "Boolean", Emit::Binary(B::Subsumes)),
    ("SubsumedBy", "Code,Code|Concept,Concept", "Boolean", Emit::Binary(B::SubsumedBy)),
    ("Children", "Any", "List<Any>", Emit::Unary(U::Children)),
    ("Descendents", "Any", "List<Any>", Emit::Unary(U::Descendents)),
    ("Descendants", "Any", "List<Any>", Emit::Unary(U::Descendents)),
    ("Message", "Any,Boolean,String,String,String", "=", Emit::Message),
];
