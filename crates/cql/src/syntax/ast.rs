//! The syntax tree: what was written, names unresolved. Expressions live in one arena per library, so no tree is ever dropped or walked by deep recursion
//! without the parser having bounded its depth.

use crate::ir::{Literal, Precision, QuantityLiteral};
use std::sync::Arc;

/// Byte range in the text of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Range {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Range {
    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Range) -> Range {
        Range {
            start: self.start,
            end: other.end.max(self.end),
        }
    }
    /// As a range of `usize`.
    #[must_use]
    pub fn bytes(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Unquoted, escapes resolved.
    pub text: Arc<str>,
    /// Where.
    pub span: Range,
}

/// `Alias."Name"`: qualifiers and a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifiedName {
    /// At least one part; the last is the name itself.
    pub parts: Vec<Name>,
    /// Where.
    pub span: Range,
}

impl QualifiedName {
    /// All parts joined by dots.
    #[must_use]
    pub fn dotted(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|p| &*p.text).collect();
        parts.join(".")
    }
}

/// An expression of the arena [`Library::expressions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A parsed library.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// `library` line.
    pub name: Option<QualifiedName>,
    /// Its version.
    pub version: Option<Arc<str>>,
    /// `using` lines.
    pub usings: Vec<Using>,
    /// `include` lines.
    pub includes: Vec<Include>,
    /// `codesystem` lines.
    pub code_systems: Vec<CodeSystem>,
    /// `valueset` lines.
    pub value_sets: Vec<ValueSet>,
    /// `code` lines.
    pub codes: Vec<Code>,
    /// `concept` lines.
    pub concepts: Vec<Concept>,
    /// `parameter` lines.
    pub parameters: Vec<Parameter>,
    /// Definitions, in order, each with the context it stands under.
    pub definitions: Vec<Definition>,
    /// Functions, in order.
    pub functions: Vec<Function>,
    /// Contexts that were named, in order.
    pub contexts: Vec<QualifiedName>,
    /// All expressions.
    pub expressions: Vec<Expr>,
}

impl Library {
    /// The expression of an id.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.expressions[id.0 as usize]
    }
}

/// `using FHIR version '4.0.1'`.
#[derive(Clone, Debug)]
pub struct Using {
    /// Model.
    pub model: QualifiedName,
    /// Version.
    pub version: Option<Arc<str>>,
    /// `called`.
    pub alias: Option<Name>,
}

/// `include X version '1' called Y`.
#[derive(Clone, Debug)]
pub struct Include {
    /// Library.
    pub library: QualifiedName,
    /// Version.
    pub version: Option<Arc<str>>,
    /// `called`.
    pub alias: Option<Name>,
}

/// `codesystem "X": 'url'`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct CodeSystem {
    pub name: Name,
    pub url: Arc<str>,
    pub version: Option<Arc<str>>,
    pub public: bool,
    pub span: Range,
}

/// `valueset "X": 'url'`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ValueSet {
    pub name: Name,
    pub url: Arc<str>,
    pub version: Option<Arc<str>>,
    pub code_systems: Vec<QualifiedName>,
    pub public: bool,
    pub span: Range,
}

/// `code "X": '1' from "S" display 'd'`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Code {
    pub name: Name,
    pub code: Arc<str>,
    pub system: QualifiedName,
    pub display: Option<Arc<str>>,
    pub public: bool,
    pub span: Range,
}

/// `concept "X": { "A", "B" } display 'd'`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Concept {
    pub name: Name,
    pub codes: Vec<QualifiedName>,
    pub display: Option<Arc<str>>,
    pub public: bool,
    pub span: Range,
}

/// `parameter X T default e`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Parameter {
    pub name: Name,
    pub ty: Option<TypeSpec>,
    pub default: Option<ExprId>,
    pub public: bool,
    pub span: Range,
}

/// `define X: e`.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Name.
    pub name: Name,
    /// Not `private`.
    pub public: bool,
    /// Index into [`Library::contexts`]; `None` before any `context` line.
    pub context: Option<usize>,
    /// Body; `None` when it did not parse.
    pub body: Option<ExprId>,
    /// Arena range of the expressions that belong to it.
    pub expressions: std::ops::Range<u32>,
    /// The whole definition.
    pub span: Range,
}

/// `define function f(a T): e`.
#[derive(Clone, Debug)]
pub struct Function {
    /// Name.
    pub name: Name,
    /// Not `private`.
    pub public: bool,
    /// `fluent`.
    pub fluent: bool,
    /// Operands.
    pub operands: Vec<(Name, TypeSpec)>,
    /// `returns`.
    pub result: Option<TypeSpec>,
    /// Body.
    pub body: FunctionBody,
    /// Context it stands under.
    pub context: Option<usize>,
    /// Arena range of the expressions that belong to it.
    pub expressions: std::ops::Range<u32>,
    /// The whole function.
    pub span: Range,
}

/// What stands after the colon of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionBody {
    /// An expression.
    Expression(ExprId),
    /// `external`.
    External,
    /// It did not parse.
    Faulty,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeSpec {
    /// `Integer`, `FHIR.Patient`.
    Named(QualifiedName),
    /// `List<T>`.
    List(Box<TypeSpec>, Range),
    /// `Interval<T>`.
    Interval(Box<TypeSpec>, Range),
    /// `Tuple { a T }`.
    Tuple(Vec<(Name, TypeSpec)>, Range),
    /// `Choice<A, B>`.
    Choice(Vec<TypeSpec>, Range),
}

impl TypeSpec {
    /// Where.
    #[must_use]
    pub fn span(&self) -> Range {
        match self {
            TypeSpec::Named(name) => name.span,
            TypeSpec::List(_, span)
            | TypeSpec::Interval(_, span)
            | TypeSpec::Tuple(_, span)
            | TypeSpec::Choice(_, span) => *span,
        }
    }
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where.
    pub span: Range,
    /// Height of the tree below it, for the depth limit.
    pub height: u32,
}

/// Prefix operators and phrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Prefix {
    Not,
    Exists,
    Plus,
    Negate,
    StartOf,
    EndOf,
    WidthOf,
    SuccessorOf,
    PredecessorOf,
    SingletonFrom,
    PointFrom,
    Distinct,
    Flatten,
}

/// Infix operators (timing phrases apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Infix {
    Or,
    Xor,
    And,
    Implies,
    Union,
    Intersect,
    Except,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Ampersand,
    Multiply,
    Divide,
    TruncatedDivide,
    Modulo,
    Power,
}

/// What `x from y` extracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// `year from` ... `millisecond from`.
    Precision(Precision),
    /// `timezoneoffset from` (and the older `timezone from`).
    Offset,
    /// `date from`.
    Date,
    /// `time from`.
    Time,
}

/// Which boundary of the left operand a timing phrase looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The start.
    Start,
    /// The end.
    End,
}

/// A quantity offset of before/after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// How much.
    pub quantity: QuantityLiteral,
    /// How it limits.
    pub bound: OffsetBound,
}

/// How an offset limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetBound {
    /// `3 days before`: exactly.
    Exactly,
    /// `3 days or more before`.
    OrMore,
    /// `3 days or less before`.
    OrLess,
    /// `more than 3 days before`.
    MoreThan,
    /// `less than 3 days before`.
    LessThan,
}

/// Before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Direction {
    Before,
    After,
}

/// A timing phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// `starts`/`ends` in front: compare the left operand's boundary.
    pub left: Option<Boundary>,
    /// `start`/`end` behind: compare with the right operand's boundary.
    pub right: Option<Boundary>,
    /// Precision.
    pub precision: Option<Precision>,
    /// The relation.
    pub relation: Relation,
}

/// The relation of a timing phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Relation {
    /// `same as`.
    SameAs,
    /// `same or before`.
    SameOrBefore,
    /// `same or after`.
    SameOrAfter,
    Includes {
        properly: bool,
    },
    /// `during`, `included in`.
    IncludedIn {
        properly: bool,
    },
    /// `3 days or more on or before`.
    Relative {
        offset: Option<Offset>,
        direction: Direction,
        /// `on or`.
        or_on: bool,
    },
    /// `within 3 days of`.
    Within {
        quantity: QuantityLiteral,
        properly: bool,
    },
    Meets(Option<Direction>),
    Overlaps(Option<Direction>),
    Starts,
    Ends,
}

/// `per` of expand and collapse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// `per day`.
    Precision(Precision),
    /// `per 2 days`.
    Expression(ExprId),
}

/// What `convert x to` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConvertTarget {
    /// A type.
    Type(TypeSpec),
    /// A unit: UCUM or calendar word.
    Unit(Arc<str>),
}

/// Kinds of expression.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    Null,
    Literal(Literal),
    Name(Arc<str>),
    /// `$this`, `$index`, `$total` (without the dollar).
    Dollar(Arc<str>),
    /// `%name`.
    External(Arc<str>),
    Member {
        source: ExprId,
        name: Name,
    },
    Call {
        name: Name,
        arguments: Vec<ExprId>,
    },
    Method {
        source: ExprId,
        name: Name,
        arguments: Vec<ExprId>,
    },
    Index {
        source: ExprId,
        index: ExprId,
    },
    Interval {
        low: ExprId,
        high: ExprId,
        low_closed: bool,
        high_closed: bool,
    },
    List {
        element: Option<TypeSpec>,
        items: Vec<ExprId>,
    },
    Tuple(Vec<(Name, ExprId)>),
    Instance {
        ty: QualifiedName,
        elements: Vec<(Name, ExprId)>,
    },
    Code {
        code: Arc<str>,
        system: QualifiedName,
        display: Option<Arc<str>>,
    },
    Concept {
        codes: Vec<ExprId>,
        display: Option<Arc<str>>,
    },
    Prefix {
        op: Prefix,
        operand: ExprId,
    },
    Infix {
        op: Infix,
        left: ExprId,
        right: ExprId,
    },
    /// `x is not null`.
    Test {
        operand: ExprId,
        not: bool,
        what: Tested,
    },
    Is {
        operand: ExprId,
        ty: TypeSpec,
    },
    As {
        operand: ExprId,
        ty: TypeSpec,
        strict: bool,
    },
    Convert {
        operand: ExprId,
        to: ConvertTarget,
    },
    Between {
        operand: ExprId,
        low: ExprId,
        high: ExprId,
        properly: bool,
    },
    /// `days between a and b`, or `difference in`.
    Span {
        difference: bool,
        precision: Precision,
        left: ExprId,
        right: ExprId,
    },
    /// `duration in days of x`.
    SpanOf {
        difference: bool,
        precision: Precision,
        operand: ExprId,
    },
    Timing {
        timing: Box<Timing>,
        left: ExprId,
        right: ExprId,
    },
    /// `in` (or `contains`).
    Membership {
        contains: bool,
        precision: Option<Precision>,
        left: ExprId,
        right: ExprId,
    },
    ComponentFrom {
        component: Component,
        operand: ExprId,
    },
    /// `minimum T` (or `maximum`).
    Extent {
        minimum: bool,
        ty: QualifiedName,
    },
    If {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    Case {
        comparand: Option<ExprId>,
        items: Vec<(ExprId, ExprId)>,
        otherwise: ExprId,
    },
    /// `expand` (or `collapse`).
    SetAggregate {
        expand: bool,
        operand: ExprId,
        per: Option<Per>,
    },
    Retrieve(Box<Retrieve>),
    Query(Box<Query>),
}

/// What `is` tests without a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tested {
    Null,
    True,
    False,
}

/// `[ctx -> Type: path in terminology]`.
#[derive(Clone, Debug)]
pub struct Retrieve {
    /// Context expression.
    pub context: Option<ExprId>,
    /// Type.
    pub ty: QualifiedName,
    /// Path.
    pub path: Option<Vec<Name>>,
    /// `in`, `=`, `~` (written), `None` when it was left out.
    pub comparator: Option<RetrieveComparator>,
    /// Terminology.
    pub terminology: Option<ExprId>,
}

/// Comparator of a retrieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RetrieveComparator {
    In,
    Equal,
    Equivalent,
}

/// A source with its alias.
#[derive(Clone, Debug)]
pub struct Source {
    /// What.
    pub expression: ExprId,
    /// Alias.
    pub alias: Name,
}

/// `with` or `without`.
#[derive(Clone, Debug)]
pub struct Relationship {
    /// `with`.
    pub with: bool,
    /// Source.
    pub source: Source,
    /// `such that`.
    pub such_that: ExprId,
}

/// A query.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Query {
    pub sources: Vec<Source>,
    pub lets: Vec<(Name, ExprId)>,
    pub relationships: Vec<Relationship>,
    pub filter: Option<ExprId>,
    pub result: QueryResult,
    pub sort: Option<Sort>,
}

/// `return` or `aggregate`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum QueryResult {
    None,
    Return {
        expression: ExprId,
        distinct: bool,
    },
    Aggregate {
        name: Name,
        start: Option<ExprId>,
        expression: ExprId,
        distinct: bool,
    },
}

/// `sort`.
#[derive(Clone, Debug)]
pub enum Sort {
    /// `sort desc`.
    Direction {
        /// Descending.
        descending: bool,
    },
    /// `sort by`: (key, descending).
    By(Vec<(ExprId, bool)>),
}
