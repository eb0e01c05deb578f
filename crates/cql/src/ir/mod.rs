//! The plan: a typed, ELM-shaped intermediate form, the wall between the front half (text -> plan) and the back half (plan + data -> answer).
//!
//! * Overloads are resolved and every implicit conversion is a node of its own: an evaluator never guesses a conversion.
//! * Names are gone: aliases, `let`s, function operands, `$this`, `$index` and `$total` are **slots** of the frame of the definition or function
//!   they stand in ([`Expr::Local`]); definitions, functions, parameters and terminology are ids into the [`Plan`].
//! * All libraries of a program share one arena of nodes; each node has a static type and the source span it came from.
//! * Literals are plain data ([`Literal`]); their decimals are [`crate::value::Decimal`], because 28 + 8 digits fit no common type.
//! * At runtime all data is FHIR R4: `Is`/`As` types, [`Access`] types and retrieves name FHIR classes even when the content uses QI-Core or US Core;
//!   only the static types of nodes keep the profile's name.
//!
//! The node names are those of the ELM specification (<https://cql.hl7.org/elm.html>) wherever one exists.

mod literal;
mod ops;
mod types;
mod walk;

pub use literal::{DateLiteral, DateTimeLiteral, Literal, QuantityLiteral, TimeLiteral};
pub use ops::{BinaryOp, Intrinsic, NaryOp, NullaryOp, Over, Precision, TimedOp, UnaryOp};
pub use types::{SystemType, Type};

use std::sync::Arc;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The id as an index into the plan's table.
            #[must_use]
            pub fn index(self) -> usize { self.0 as usize }
        }
    )*};
}

ids! {
    /// A node of the plan's arena ([`Plan::nodes`]).
    NodeId,
    /// A library of the program ([`Plan::libraries`]).
    LibraryId,
    /// An expression definition ([`Plan::definitions`]).
    DefinitionId,
    /// A user-defined function, one id per overload ([`Plan::functions`]).
    FunctionId,
    /// A parameter ([`Plan::parameters`]).
    ParameterId,
    /// A value set declaration ([`Plan::value_sets`]).
    ValueSetId,
    /// A code system declaration ([`Plan::code_systems`]).
    CodeSystemId,
    /// A code declaration ([`Plan::codes`]).
    CodeId,
    /// A concept declaration ([`Plan::concepts`]).
    ConceptId,
    /// A slot in the frame of the definition, function or parameter default being evaluated.
    LocalId,
}

/// Where something stands in the sources: a byte range in the text of one library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The library whose text the range is in.
    pub library: LibraryId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One node: what to do, its static type and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub expr: Expr,
    /// Static result type.
    pub ty: Type,
    /// Source text this node stands for.
    pub span: Span,
}

/// Everything a program needs to be evaluated: all its libraries, typed and resolved.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// All nodes; operands always come before the node that uses them.
    pub nodes: Vec<Node>,
    /// All libraries, an included one before the one that includes it; the libraries asked for are last.
    pub libraries: Vec<Library>,
    /// Expression definitions of all libraries; a definition only refers to definitions that come before it.
    pub definitions: Vec<Definition>,
    /// User-defined functions of all libraries.
    pub functions: Vec<Function>,
    /// Parameters of all libraries.
    pub parameters: Vec<Parameter>,
    /// Value sets of all libraries.
    pub value_sets: Vec<ValueSet>,
    /// Code systems of all libraries.
    pub code_systems: Vec<CodeSystem>,
    /// Codes of all libraries.
    pub codes: Vec<Code>,
    /// Concepts of all libraries.
    pub concepts: Vec<Concept>,
}

impl Plan {
    /// The node behind an id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }
    /// The static type of a node.
    #[must_use]
    pub fn type_of(&self, id: NodeId) -> &Type {
        &self.node(id).ty
    }
    /// The definition behind an id.
    #[must_use]
    pub fn definition(&self, id: DefinitionId) -> &Definition {
        &self.definitions[id.index()]
    }
    /// The function behind an id.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }
}

/// A library as the plan knows it.
#[derive(Clone, Debug)]
pub struct Library {
    /// Name (with its qualifiers, e.g. `org.example.Common`); empty when the source has no `library` line.
    pub name: Arc<str>,
    /// Version, when declared.
    pub version: Option<Arc<str>>,
    /// Name of the source text, for messages.
    pub source_name: Arc<str>,
    /// The source text all spans of this library point into (empty for a library read from ELM).
    pub text: Arc<str>,
    /// True for the built-in `FHIRHelpers`.
    pub built_in: bool,
}

/// In which context a definition is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Over the data of one patient; also other contexts (Practitioner, Device...), of which the data holds exactly one subject.
    Patient,
    /// Over all data.
    Unfiltered,
}

/// An expression definition (`define "X": ...`). The implicit definition of the context (`Patient`) is one too.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// `private` or public.
    pub public: bool,
    /// The context it was written under.
    pub context: Context,
    /// True for the definition CQL makes by itself for `context Patient`.
    pub implicit: bool,
    /// What it computes.
    pub body: NodeId,
    /// Slots of its frame.
    pub locals: Vec<Local>,
    /// The whole definition in the source.
    pub span: Span,
}

/// A user-defined function: one overload.
#[derive(Clone, Debug)]
pub struct Function {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Declared `fluent`.
    pub fluent: bool,
    /// Operand names and types; operand `i` arrives in slot `LocalId(i)`.
    pub operands: Vec<(Arc<str>, Type)>,
    /// Result type.
    pub result: Type,
    /// The body; `None` for an `external` function (calling it is a runtime error naming it).
    pub body: Option<NodeId>,
    /// Slots of its frame; the operands come first.
    pub locals: Vec<Local>,
    /// The whole function in the source.
    pub span: Span,
}

/// A parameter declaration.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Its default; refers to no local slots except those of `locals`.
    pub default: Option<NodeId>,
    /// Slots of the default's frame.
    pub locals: Vec<Local>,
    /// The declaration in the source.
    pub span: Span,
}

/// A slot of a frame.
#[derive(Clone, Debug)]
pub struct Local {
    /// The name it had in the source (`E`, `index`, `$this`...).
    pub name: Arc<str>,
    /// What it stands for.
    pub kind: LocalKind,
    /// Type of what the slot holds.
    pub ty: Type,
}

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalKind {
    /// A function operand.
    Operand,
    /// The alias of a query source or of a `with`/`without`.
    Alias,
    /// A `let` of a query.
    Let,
    /// The accumulator of an `aggregate` clause.
    Accumulator,
    /// The element a sort key, filter or loop body looks at.
    This,
    /// The position of that element, from 0.
    Index,
}

/// A value set declaration.
#[derive(Clone, Debug)]
pub struct ValueSet {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Its canonical URL or OID, as declared.
    pub url: Arc<str>,
    /// Declared version.
    pub version: Option<Arc<str>>,
    /// Code systems whose version it pins.
    pub code_systems: Vec<CodeSystemId>,
    /// The declaration in the source.
    pub span: Span,
}

/// A code system declaration.
#[derive(Clone, Debug)]
pub struct CodeSystem {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Its URL, as declared.
    pub url: Arc<str>,
    /// Declared version.
    pub version: Option<Arc<str>>,
    /// The declaration in the source.
    pub span: Span,
}

/// A code declaration.
#[derive(Clone, Debug)]
pub struct Code {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// The code itself.
    pub code: Arc<str>,
    /// Its code system.
    pub system: CodeSystemId,
    /// Declared display.
    pub display: Option<Arc<str>>,
    /// The declaration in the source.
    pub span: Span,
}

/// A concept declaration.
#[derive(Clone, Debug)]
pub struct Concept {
    /// The library it stands in.
    pub library: LibraryId,
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Its codes.
    pub codes: Vec<CodeId>,
    /// Declared display.
    pub display: Option<Arc<str>>,
    /// The declaration in the source.
    pub span: Span,
}

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
    /// How to read it: its values are CodeableConcept, Coding, code or lists or choices of these. A `Reference` in a choice (medication[x]) is followed within
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
