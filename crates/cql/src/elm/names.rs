//! Names shared by the writer and the reader: operators and where ELM puts their operands.

use crate::ir::{BinaryOp as B, Intrinsic, NaryOp, Precision, TimedOp as T, UnaryOp as U};

/// ELM's URI of the System types.
pub(super) const SYSTEM: &str = "urn:hl7-org:elm-types:r1";
/// ELM's URI of FHIR.
pub(super) const FHIR: &str = "http://hl7.org/fhir";

/// Unary operators with an `operand`.
pub(super) const UNARY: &[(&str, U)] = &[
    ("Not", U::Not),
    ("IsNull", U::IsNull),
    ("IsTrue", U::IsTrue),
    ("IsFalse", U::IsFalse),
    ("Abs", U::Abs),
    ("Ceiling", U::Ceiling),
    ("Floor", U::Floor),
    ("Truncate", U::Truncate),
    ("Exp", U::Exp),
    ("Ln", U::Ln),
    ("Negate", U::Negate),
    ("Precision", U::Precision),
    ("Predecessor", U::Predecessor),
    ("Successor", U::Successor),
    ("ToBoolean", U::ToBoolean),
    ("ToInteger", U::ToInteger),
    ("ToLong", U::ToLong),
    ("ToDecimal", U::ToDecimal),
    ("ToString", U::ToString),
    ("ToDate", U::ToDate),
    ("ToDateTime", U::ToDateTime),
    ("ToTime", U::ToTime),
    ("ToQuantity", U::ToQuantity),
    ("ToRatio", U::ToRatio),
    ("ToConcept", U::ToConcept),
    ("ToList", U::ToList),
    ("ToChars", U::ToChars),
    ("ConvertsToBoolean", U::ConvertsToBoolean),
    ("ConvertsToInteger", U::ConvertsToInteger),
    ("ConvertsToLong", U::ConvertsToLong),
    ("ConvertsToDecimal", U::ConvertsToDecimal),
    ("ConvertsToString", U::ConvertsToString),
    ("ConvertsToDate", U::ConvertsToDate),
    ("ConvertsToDateTime", U::ConvertsToDateTime),
    ("ConvertsToTime", U::ConvertsToTime),
    ("ConvertsToQuantity", U::ConvertsToQuantity),
    ("ConvertsToRatio", U::ConvertsToRatio),
    ("Length", U::Length),
    ("Upper", U::Upper),
    ("Lower", U::Lower),
    ("DateFrom", U::DateFrom),
    ("TimeFrom", U::TimeFrom),
    ("TimezoneOffsetFrom", U::TimezoneOffsetFrom),
    ("TimezoneFrom", U::TimezoneOffsetFrom),
    ("Start", U::Start),
    ("End", U::End),
    ("Width", U::Width),
    ("Size", U::Size),
    ("PointFrom", U::PointFrom),
    ("Exists", U::Exists),
    ("Distinct", U::Distinct),
    ("Flatten", U::Flatten),
    ("SingletonFrom", U::SingletonFrom),
    ("ExpandValueSet", U::ExpandValueSet),
];

/// Unary operators with a `source`.
pub(super) const SOURCE: &[(&str, U)] = &[
    ("First", U::First),
    ("Last", U::Last),
    ("AllTrue", U::AllTrue),
    ("AnyTrue", U::AnyTrue),
    ("Avg", U::Avg),
    ("Count", U::Count),
    ("GeometricMean", U::GeometricMean),
    ("Max", U::Max),
    ("Median", U::Median),
    ("Min", U::Min),
    ("Mode", U::Mode),
    ("PopulationStdDev", U::PopulationStdDev),
    ("PopulationVariance", U::PopulationVariance),
    ("Product", U::Product),
    ("StdDev", U::StdDev),
    ("Sum", U::Sum),
    ("Variance", U::Variance),
    ("Children", U::Children),
    ("Descendents", U::Descendents),
];

/// Binary operators with two `operand`s.
pub(super) const BINARY: &[(&str, B)] = &[
    ("And", B::And),
    ("Or", B::Or),
    ("Xor", B::Xor),
    ("Implies", B::Implies),
    ("Equal", B::Equal),
    ("NotEqual", B::NotEqual),
    ("Equivalent", B::Equivalent),
    ("Less", B::Less),
    ("LessOrEqual", B::LessOrEqual),
    ("Greater", B::Greater),
    ("GreaterOrEqual", B::GreaterOrEqual),
    ("Add", B::Add),
    ("Subtract", B::Subtract),
    ("Multiply", B::Multiply),
    ("Divide", B::Divide),
    ("TruncatedDivide", B::TruncatedDivide),
    ("Modulo", B::Modulo),
    ("Power", B::Power),
    ("Log", B::Log),
    ("LowBoundary", B::LowBoundary),
    ("HighBoundary", B::HighBoundary),
    ("ConvertQuantity", B::ConvertQuantity),
    ("CanConvertQuantity", B::CanConvertQuantity),
    ("StartsWith", B::StartsWith),
    ("EndsWith", B::EndsWith),
    ("Matches", B::Matches),
    ("Indexer", B::Indexer),
    ("Times", B::Times),
    ("Subsumes", B::Subsumes),
    ("SubsumedBy", B::SubsumedBy),
];

/// Comparisons and memberships with two `operand`s and a `precision`.
pub(super) const TIMED: &[(&str, T)] = &[
    ("Before", T::Before),
    ("After", T::After),
    ("SameAs", T::SameAs),
    ("SameOrBefore", T::SameOrBefore),
    ("SameOrAfter", T::SameOrAfter),
    ("Includes", T::Includes),
    ("IncludedIn", T::IncludedIn),
    ("ProperIncludes", T::ProperIncludes),
    ("ProperIncludedIn", T::ProperIncludedIn),
    ("Contains", T::Contains),
    ("ProperContains", T::ProperContains),
    ("In", T::In),
    ("ProperIn", T::ProperIn),
    ("Overlaps", T::Overlaps),
    ("OverlapsBefore", T::OverlapsBefore),
    ("OverlapsAfter", T::OverlapsAfter),
    ("Meets", T::Meets),
    ("MeetsBefore", T::MeetsBefore),
    ("MeetsAfter", T::MeetsAfter),
    ("Starts", T::Starts),
    ("Ends", T::Ends),
];

/// Operators whose operands have names of their own: the names, in order; a trailing one may be left out.
pub(super) const NAMED_BINARY: &[(&str, B, &[&str])] = &[
    ("PositionOf", B::PositionOf, &["pattern", "string"]),
    ("LastPositionOf", B::LastPositionOf, &["pattern", "string"]),
    ("SplitOnMatches", B::SplitOnMatches, &["stringToSplit", "separatorPattern"]),
    ("IndexOf", B::IndexOf, &["source", "element"]),
];

/// As [`NAMED_BINARY`] for operators with a variable number of operands.
pub(super) const NAMED_NARY: &[(&str, NaryOp, &[&str])] = &[
    ("Combine", NaryOp::Combine, &["source", "separator"]),
    ("Split", NaryOp::Split, &["stringToSplit", "separator"]),
    ("Substring", NaryOp::Substring, &["stringToSub", "startIndex", "length"]),
    ("Round", NaryOp::Round, &["operand", "precision"]),
    ("Slice", NaryOp::Slice, &["source", "startIndex", "endIndex"]),
];

/// Operators with a list of `operand`s.
pub(super) const NARY: &[(&str, NaryOp)] = &[
    ("Coalesce", NaryOp::Coalesce),
    ("Concatenate", NaryOp::Concatenate),
    ("ReplaceMatches", NaryOp::ReplaceMatches),
    ("Collapse", NaryOp::Collapse),
    ("Expand", NaryOp::Expand),
];

/// FHIRHelpers functions.
pub(super) const HELPERS: &[(&str, Intrinsic)] = &[
    ("ToString", Intrinsic::ToString),
    ("ToBoolean", Intrinsic::ToBoolean),
    ("ToInteger", Intrinsic::ToInteger),
    ("ToDecimal", Intrinsic::ToDecimal),
    ("ToDate", Intrinsic::ToDate),
    ("ToDateTime", Intrinsic::ToDateTime),
    ("ToTime", Intrinsic::ToTime),
    ("ToQuantity", Intrinsic::ToQuantity),
    ("ToQuantityIgnoringComparator", Intrinsic::ToQuantityIgnoringComparator),
    ("ToInterval", Intrinsic::QuantityToInterval),
    ("ToRatio", Intrinsic::ToRatio),
    ("ToCode", Intrinsic::ToCode),
    ("ToConcept", Intrinsic::ToConcept),
    ("ToValueSet", Intrinsic::ToValueSet),
    ("ToInterval", Intrinsic::PeriodToInterval),
    ("ToInterval", Intrinsic::RangeToInterval),
    ("ToValue", Intrinsic::ToValue),
    ("ToCalendarUnit", Intrinsic::ToCalendarUnit),
    ("reference", Intrinsic::ReferenceToString),
    ("resolve", Intrinsic::Resolve),
    ("hasValue", Intrinsic::HasValue),
];

const PRECISIONS: &[(&str, Precision)] = &[
    ("Year", Precision::Year),
    ("Month", Precision::Month),
    ("Week", Precision::Week),
    ("Day", Precision::Day),
    ("Hour", Precision::Hour),
    ("Minute", Precision::Minute),
    ("Second", Precision::Second),
    ("Millisecond", Precision::Millisecond),
];

/// The ELM name of something in a table.
pub(super) fn name_of<T: PartialEq>(table: &[(&'static str, T)], what: &T) -> Option<&'static str> {
    table.iter().find(|(_, t)| t == what).map(|(name, _)| *name)
}

/// What an ELM name stands for in a table.
pub(super) fn find<T: Copy>(table: &[(&'static str, T)], name: &str) -> Option<T> {
    table.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
}

/// ELM's name of a precision.
pub(super) fn precision_name(precision: Precision) -> &'static str {
    name_of(PRECISIONS, &precision).unwrap_or("Day")
}

/// The precision of a name.
pub(super) fn precision(name: &str) -> Option<Precision> {
    find(PRECISIONS, name)
}
