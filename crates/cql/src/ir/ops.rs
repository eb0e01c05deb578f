//! The operators, by number of operands, named as in ELM.

/// Precision of a temporal operation, from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Precision {
    Year,
    Month,
    /// Seven days (durations and differences only).
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// What an overload of a [`TimedOp`] ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Over {
    /// Two points (dates, times; `Before(Date, Date)`).
    Points,
    /// Two intervals; or point and interval for membership (`In`, `Contains`, proper forms) and for Before/After/SameOr.. with a point on one side
    /// (a point side is then wrapped as a unit interval by the front half, so both sides are intervals).
    Intervals,
    /// Two lists; or element and list for membership.
    Lists,
}

/// Operators without operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullaryOp {
    /// Date and time of the evaluation.
    Now,
    /// Its date.
    Today,
    /// Its time of day.
    TimeOfDay,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOp {
    // logical and nullological
    Not,
    IsNull,
    IsTrue,
    IsFalse,
    // arithmetic
    Abs,
    Ceiling,
    Floor,
    Truncate,
    Exp,
    Ln,
    Negate,
    /// Number of digits after the point, or precision of a temporal value.
    Precision,
    Predecessor,
    Successor,
    // conversions of System values
    ToBoolean,
    ToInteger,
    ToLong,
    ToDecimal,
    ToString,
    ToDate,
    ToDateTime,
    ToTime,
    ToQuantity,
    ToRatio,
    /// Code -> Concept, or `List<Code>` -> Concept.
    ToConcept,
    /// x -> {x}; null -> {} (list promotion).
    ToList,
    ToChars,
    /// Point -> `Interval[p, p]` (interval promotion); null -> null.
    ToInterval,
    ConvertsToBoolean,
    ConvertsToInteger,
    ConvertsToLong,
    ConvertsToDecimal,
    ConvertsToString,
    ConvertsToDate,
    ConvertsToDateTime,
    ConvertsToTime,
    ConvertsToQuantity,
    ConvertsToRatio,
    // strings
    /// Length of a string.
    Length,
    Upper,
    Lower,
    // temporal
    DateFrom,
    TimeFrom,
    /// Hours, Decimal.
    TimezoneOffsetFrom,
    // intervals
    Start,
    End,
    Width,
    Size,
    /// The one point of a unit interval; else an error.
    PointFrom,
    // lists
    Exists,
    /// Length of a list.
    ListLength,
    Distinct,
    Flatten,
    /// Null of none, the element of one, an error of several.
    SingletonFrom,
    /// List demotion: as SingletonFrom.
    First,
    Last,
    /// All but the first.
    Tail,
    // aggregates (nulls ignored)
    AllTrue,
    AnyTrue,
    Avg,
    Count,
    GeometricMean,
    Max,
    Median,
    Min,
    Mode,
    PopulationStdDev,
    PopulationVariance,
    Product,
    StdDev,
    Sum,
    Variance,
    // clinical
    /// ValueSet -> `List<Code>`.
    ExpandValueSet,
    /// All direct elements of a structure.
    Children,
    /// All elements below a structure.
    Descendents,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    And,
    Or,
    Xor,
    Implies,
    Equal,
    NotEqual,
    Equivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// Numbers, quantities, or temporal + quantity.
    Add,
    Subtract,
    Multiply,
    Divide,
    TruncatedDivide,
    Modulo,
    Power,
    Log,
    /// (value, precision Integer or null)
    LowBoundary,
    /// (value, precision Integer or null)
    HighBoundary,
    /// (quantity, unit String)
    ConvertQuantity,
    /// (quantity, unit String)
    CanConvertQuantity,
    // strings
    StartsWith,
    EndsWith,
    Matches,
    /// (pattern, string)
    PositionOf,
    /// (pattern, string)
    LastPositionOf,
    /// (string, separator)
    SplitOnMatches,
    /// `string[i]`
    StringIndexer,
    // lists
    /// `list[i]`, from 0; out of range is null.
    Indexer,
    /// (list, element)
    IndexOf,
    /// Elements from this index to the end: (list, count).
    Skip,
    /// First n elements: (list, count).
    Take,
    UnionLists,
    IntersectLists,
    ExceptLists,
    UnionIntervals,
    IntersectIntervals,
    ExceptIntervals,
    /// Every pair of two lists of tuples, merged.
    Times,
    // terminology
    /// (Code, Concept, String, or a list of codes (any of them): codes; ValueSet): null codes give false.
    InValueSet,
    /// (`List<Code>` or `List<Concept>`, ValueSet)
    AnyInValueSet,
    /// (Code, Concept or String; CodeSystem)
    InCodeSystem,
    /// (list; CodeSystem)
    AnyInCodeSystem,
    /// `Subsumes(a, b)` of codes or concepts.
    Subsumes,
    /// `SubsumedBy(a, b)`.
    SubsumedBy,
}

/// Comparisons and memberships of points, intervals and lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TimedOp {
    Before,
    After,
    SameAs,
    SameOrBefore,
    SameOrAfter,
    Includes,
    IncludedIn,
    ProperIncludes,
    ProperIncludedIn,
    /// (interval or list, point or element)
    Contains,
    /// (interval or list, point or element)
    ProperContains,
    /// (point or element, interval or list)
    In,
    /// (point or element, interval or list)
    ProperIn,
    Overlaps,
    OverlapsBefore,
    OverlapsAfter,
    Meets,
    MeetsBefore,
    MeetsAfter,
    Starts,
    Ends,
}

/// Operators with a variable number of operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NaryOp {
    /// First operand that is not null.
    Coalesce,
    /// Coalesce over one list operand: first element that is not null.
    CoalesceList,
    /// `&` and `+` of strings; any null gives null (`&` arrives with its operands wrapped in Coalesce with '').
    Concatenate,
    /// (list of String, separator?)
    Combine,
    /// (string, separator)
    Split,
    /// (string, pattern, substitution)
    ReplaceMatches,
    /// (string, start, length?)
    Substring,
    /// (value, precision?)
    Round,
    /// (list of intervals, per Quantity or null)
    Collapse,
    /// (list of intervals or one interval, per Quantity or null): intervals in a list give intervals, one interval gives points.
    Expand,
    /// (list, start index, end index): a null end is the end of the list.
    Slice,
}

/// Functions of the model's helper library (FHIRHelpers 4.x), built in. The operand is a FHIR value; its dynamic type decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intrinsic {
    /// FHIR string-like primitives (string, code, uri, id, markdown, every bound code type...) -> String.
    ToString,
    /// FHIR.boolean -> Boolean.
    ToBoolean,
    /// FHIR.integer and its kinds -> Integer.
    ToInteger,
    /// FHIR.decimal -> Decimal.
    ToDecimal,
    /// FHIR.date -> Date.
    ToDate,
    /// FHIR.dateTime, FHIR.instant -> DateTime.
    ToDateTime,
    /// FHIR.time -> Time.
    ToTime,
    /// FHIR.Quantity and its kinds -> Quantity; unit from `code` with the UCUM system, or from `unit`; with a comparator an error as FHIRHelpers has it (null).
    ToQuantity,
    /// As above but a comparator is ignored.
    ToQuantityIgnoringComparator,
    /// FHIR.Quantity with a comparator -> `Interval<Quantity>`.
    QuantityToInterval,
    /// FHIR.Ratio -> Ratio.
    ToRatio,
    /// FHIR.Coding -> Code.
    ToCode,
    /// FHIR.CodeableConcept -> Concept.
    ToConcept,
    /// FHIR.canonical, uri -> ValueSet reference.
    ToValueSet,
    /// FHIR.Period -> `Interval<DateTime>`, closed; a missing bound is null (open start unknown, open end: FHIRHelpers closes it as null = maximum).
    PeriodToInterval,
    /// FHIR.Range -> `Interval<Quantity>`.
    RangeToInterval,
    /// Whatever FHIR value it is -> the System value FHIRHelpers gives for its dynamic type (string, dateTime, Quantity, Period, CodeableConcept, ...);
    /// a value with no System counterpart is itself.
    ToValue,
    /// String calendar unit (`'a'`, `'mo'`) -> calendar word, else itself.
    ToCalendarUnit,
    /// FHIR.Reference (System.String of the reference), for resolve().
    ReferenceToString,
    /// `Reference.resolve()`: the resource in the data it points to, or null.
    Resolve,
    /// `x.extension(url)` given as `List<Extension>` filter is ordinary CQL; this is `hasValue()` of a primitive: has it a value (not only extensions)?
    HasValue,
}
