//! The kinds of node, and the parts of queries and retrieves.

use super::{
    BinaryOp, CodeId, CodeSystemId, ConceptId, Context, DefinitionId, FunctionId, Intrinsic, Literal, LocalId, NaryOp, NodeId,
    NullaryOp, Over, ParameterId, Precision, TimedOp, Type, UnaryOp, ValueSetId,
};
use std::sync::Arc;

/// What a node does. Operand order is ELM's.
#[derive(Clone, Debug)]
pub enum Expr {
    /// `null` (its static type is `Any`, or what an [`Expr::As`] around it says).
    Null,
    /// A literal.
    Literal(Literal),
    /// The value in a slot of the current frame.
    Local(LocalId),
    /// The value of a definition (evaluate once per patient, memoize).
    ExpressionRef(DefinitionId),
    /// The value of a parameter.
    ParameterRef(ParameterId),
    /// A value set as a value (`System.ValueSet`); see [`UnaryOp::ExpandValueSet`] and [`BinaryOp::InValueSet`].
    ValueSetRef(ValueSetId),
    /// A code system as a value (`System.CodeSystem`).
    CodeSystemRef(CodeSystemId),
    /// A declared code (`System.Code`).
    CodeRef(CodeId),
    /// A declared concept (`System.Concept`).
    ConceptRef(ConceptId),
    /// A call of a user-defined function. The arguments already have the operands' types.
    FunctionRef {
        /// The overload called.
        function: FunctionId,
        /// Its arguments.
        arguments: Box<[NodeId]>,
    },
    /// A conversion of the model's own values to System values (what FHIRHelpers does), or another built-in model function.
    Intrinsic {
        /// Which one.
        function: Intrinsic,
        /// The FHIR value (null gives null).
        operand: NodeId,
    },
    /// An operator without operands.
    Nullary(NullaryOp),
    /// An operator with one operand.
    Unary {
        /// Which one.
        op: UnaryOp,
        /// Its operand.
        operand: NodeId,
    },
    /// An operator with two operands.
    Binary {
        /// Which one.
        op: BinaryOp,
        /// First operand.
        left: NodeId,
        /// Second operand.
        right: NodeId,
    },
    /// A comparison or membership of points, intervals or lists, with an optional precision.
    Timed {
        /// Which one.
        op: TimedOp,
        /// What the overload ranges over.
        over: Over,
        /// `year of`, `day of`, ...; only with temporal operands.
        precision: Option<Precision>,
        /// First operand.
        left: NodeId,
        /// Second operand.
        right: NodeId,
    },
    /// An operator with a variable number of operands (a trailing optional one may be missing).
    Nary {
        /// Which one.
        op: NaryOp,
        /// Its operands.
        operands: Box<[NodeId]>,
    },
    /// `years between X and Y`: whole periods between (ELM DurationBetween).
    DurationBetween {
        /// The period counted.
        precision: Precision,
        /// From.
        left: NodeId,
        /// To.
        right: NodeId,
    },
    /// `difference in years between X and Y`: boundaries crossed (ELM DifferenceBetween).
    DifferenceBetween {
        /// The period counted.
        precision: Precision,
        /// From.
        left: NodeId,
        /// To.
        right: NodeId,
    },
    /// `year from X` (ELM DateTimeComponentFrom). Timezone offset, date and time parts are [`UnaryOp`]s.
    DateTimeComponentFrom {
        /// The component.
        precision: Precision,
        /// The Date, DateTime or Time.
        operand: NodeId,
    },
    /// `AgeInYears()` / `CalculateAgeInYearsAt(birth, at)`: as_of `None` means today (or now for hours and finer). Birth is Date or DateTime.
    CalculateAge {
        /// The period counted.
        precision: Precision,
        /// Birth date or date-time.
        birth: NodeId,
        /// As of when; `None`: the evaluation's own date and time.
        as_of: Option<NodeId>,
    },
    /// `minimum T`.
    MinValue(Type),
    /// `maximum T`.
    MaxValue(Type),
    /// `Date(y, m, d)`: 1 to 3 integer operands.
    Date(Box<[NodeId]>),
    /// `DateTime(y, m, d, h, min, s, ms, offset)`: 1 to 8 operands, the eighth a Decimal (hours); without it the default offset is meant.
    DateTime(Box<[NodeId]>),
    /// `Time(h, m, s, ms)`: 1 to 4 integer operands.
    Time(Box<[NodeId]>),
    /// `Interval[a, b)`. Point type is the node type's. Closed flags are nodes because ELM allows expressions; literals are folded in `*_closed`.
    Interval {
        /// Low bound.
        low: NodeId,
        /// High bound.
        high: NodeId,
        /// Low bound belongs to it.
        low_closed: bool,
        /// High bound belongs to it.
        high_closed: bool,
    },
    /// `{a, b}`.
    List(Box<[NodeId]>),
    /// `Tuple { a: 1 }`.
    Tuple(Box<[(Arc<str>, NodeId)]>),
    /// `Code { ... }`, `FHIR.Quantity { ... }`: an instance of the node's own type ([`Type::Class`] or a structured System type).
    Instance {
        /// The class made.
        class: Type,
        /// Elements given, the others are null.
        elements: Box<[(Arc<str>, NodeId)]>,
    },
    /// `"X".path`, already resolved against the static type.
    Property {
        /// What it is read from (null gives null).
        source: NodeId,
        /// How to read it.
        access: Access,
    },
    /// `x is T`.
    Is {
        /// The value.
        operand: NodeId,
        /// The type tested.
        ty: Type,
    },
    /// `x as T` (null when it is not), `cast x as T` (strict: a runtime error when it is not). Also narrows a choice.
    As {
        /// The value.
        operand: NodeId,
        /// The type wanted.
        ty: Type,
        /// `cast`.
        strict: bool,
    },
    /// `if c then a else b` (null condition is the else branch).
    If {
        /// Condition.
        condition: NodeId,
        /// When true.
        then: NodeId,
        /// Otherwise.
        otherwise: NodeId,
    },
    /// `case`: with a comparand the first item equal to it (`=`), without it the first that is true.
    Case {
        /// The comparand.
        comparand: Option<NodeId>,
        /// (when, then).
        items: Box<[(NodeId, NodeId)]>,
        /// Else.
        otherwise: NodeId,
    },
    /// `[Type: path in codes]`.
    Retrieve(Box<Retrieve>),
    /// A query.
    Query(Box<Query>),
    /// Elements of a list turned one by one (ELM ForEach; also made for `list.path`). Null elements of the result are kept; null source gives null.
    ForEach {
        /// The list.
        source: NodeId,
        /// Slot of the element.
        local: LocalId,
        /// What each becomes.
        element: NodeId,
    },
    /// ELM Repeat: `element` applied over and over until nothing new comes.
    Repeat {
        /// Where to start.
        source: NodeId,
        /// Slot of the element.
        local: LocalId,
        /// What each gives (a list or one).
        element: NodeId,
    },
    /// `Message(source, condition, code, severity, message)`.
    Message {
        /// What is returned.
        source: NodeId,
        /// Whether to say it.
        condition: NodeId,
        /// Code.
        code: NodeId,
        /// `Trace`, `Message`, `Warning`, `Error` (an error stops the evaluation of this definition).
        severity: NodeId,
        /// Text.
        message: NodeId,
    },
}

/// How a property is read. Made from the static type, so that the evaluator needs no model of its own.
#[derive(Clone, Debug)]
pub enum Access {
    /// An element of a tuple or of a structured System type (Quantity.unit, Code.system, Concept.codes, Interval.low, ...).
    Element(Arc<str>),
    /// An element of a model (FHIR) object: the JSON member of this name; the value has the type (`list`: a JSON array of it).
    Model {
        /// JSON member name.
        name: Arc<str>,
        /// FHIR type of one value.
        ty: Type,
        /// Repeats.
        list: bool,
    },
    /// A choice element `value[x]`: the first of these JSON members that is there, with the type it then has.
    ModelChoice {
        /// Element name without `[x]`.
        name: Arc<str>,
        /// JSON member name (`valueQuantity`) and its FHIR type.
        alternatives: Arc<[(Arc<str>, Type)]>,
    },
    /// `.value` of a FHIR primitive (FHIR.string, FHIR.dateTime, FHIR.code subtypes...): the System value itself. The node's type says which.
    ModelValue,
    /// The static type says too little (Any, a choice of classes, a Resource): look by name on whatever is there; missing is null.
    Dynamic(Arc<str>),
}

/// `[Type: path in codes]`, over the data of the current context.
#[derive(Clone, Debug)]
pub struct Retrieve {
    /// FHIR resource type name (`Observation`).
    pub resource: Arc<str>,
    /// Profile URL the content asked for, when it is not the base resource (QI-Core, US Core); information only.
    pub profile: Option<Arc<str>>,
    /// Terminology filter.
    pub codes: Option<CodeFilter>,
    /// Date filter (from pushdown or ELM).
    pub dates: Option<DateFilter>,
    /// The instance related to in `[context -> Type]`.
    pub context: Option<NodeId>,
    /// Over the patient's data or over all.
    pub scope: Context,
    /// Extra conditions every instance must satisfy because the profile fixes them (`(path, allowed codes)`, e.g. QI-Core `status` of negation profiles).
    pub fixed: Vec<(Access, Arc<[Arc<str>]>)>,
}

/// The terminology filter of a retrieve.
#[derive(Clone, Debug)]
pub struct CodeFilter {
    /// Name of the path, for messages and indexes (`code`, `medication`).
    pub path: Arc<str>,
    /// How to read it: its values are CodeableConcept, Coding, code or lists or choices of these. A `Reference` in a choice (`medication[x]`) is followed within
    /// the data to the `code` of the resource it names.
    pub access: Access,
    /// How to compare.
    pub comparator: CodeComparator,
    /// What to compare with: a value of type ValueSet, Code, Concept, `List<Code>`, `List<Concept>` or String.
    pub codes: NodeId,
}

/// How the terminology filter of a retrieve compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeComparator {
    /// `in`: member of the value set or list of codes.
    In,
    /// `~`: equivalent (code and system).
    Equivalent,
    /// `=`.
    Equal,
}

/// The date filter of a retrieve: instances whose date or period at `access` (System DateTime or `Interval<DateTime>` after FHIRHelpers conversion) is during `range`.
#[derive(Clone, Debug)]
pub struct DateFilter {
    /// Name of the path.
    pub path: Arc<str>,
    /// How to read it.
    pub access: Access,
    /// `Interval<DateTime>`.
    pub range: NodeId,
}

/// A query: sources -> lets -> with/without -> where -> return or aggregate -> sort.
#[derive(Clone, Debug)]
pub struct Query {
    /// Sources; several make the cross product, the last varying fastest.
    pub sources: Box<[QuerySource]>,
    /// `let`, in order.
    pub lets: Box<[(LocalId, NodeId)]>,
    /// `with` and `without`, in order.
    pub relationships: Box<[Relationship]>,
    /// `where`: keeps rows for which it is true.
    pub filter: Option<NodeId>,
    /// What a row becomes.
    pub result: QueryResult,
    /// `sort`.
    pub sort: Option<Sort>,
    /// All sources are singletons (not lists): the result is one value or null, not a list.
    pub singular: bool,
}

/// One source of a query.
#[derive(Clone, Debug)]
pub struct QuerySource {
    /// Slot of its alias.
    pub local: LocalId,
    /// The list (or single value, see `list`); null is like an empty list.
    pub expression: NodeId,
    /// The expression is a list to iterate over; otherwise one value.
    pub list: bool,
}

/// `with X such that ...` or `without X such that ...`.
#[derive(Clone, Debug)]
pub struct Relationship {
    /// `with` (true) or `without` (false).
    pub with: bool,
    /// Its source.
    pub source: QuerySource,
    /// Condition; `None` means any element will do.
    pub such_that: Option<NodeId>,
}

/// What a row of a query becomes.
#[derive(Clone, Debug)]
pub enum QueryResult {
    /// No `return`, one source: the element itself, duplicates kept.
    Element,
    /// `return all X` or `return distinct X`. Several sources without `return` arrive here as a tuple of the aliases, distinct.
    Return {
        /// Evaluated for each row.
        expression: NodeId,
        /// Remove duplicates (the default of `return`).
        distinct: bool,
    },
    /// `aggregate`.
    Aggregate {
        /// Slot of the accumulator.
        local: LocalId,
        /// Starting value.
        start: NodeId,
        /// Evaluated for each row; its value becomes the accumulator.
        expression: NodeId,
        /// Remove duplicate rows first.
        distinct: bool,
    },
}

/// `sort` of a query.
#[derive(Clone, Debug)]
pub struct Sort {
    /// Slot of the element being sorted.
    pub local: LocalId,
    /// Keys, most significant first. `sort asc` has the element itself as its only key.
    pub keys: Box<[SortKey]>,
}

/// One key of a sort. Nulls come first ascending, last descending.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// The key, computed from the element in the sort's slot.
    pub expression: NodeId,
    /// Descending.
    pub descending: bool,
}
