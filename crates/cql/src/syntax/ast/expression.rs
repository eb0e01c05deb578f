//! Expressions of the syntax tree.

use super::{ExprId, Name, QualifiedName, Range, TypeSpec};
use crate::ir::{Literal, Precision, QuantityLiteral};
use std::sync::Arc;

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
    Return { expression: ExprId, distinct: bool },
    Aggregate { name: Name, start: Option<ExprId>, expression: ExprId, distinct: bool },
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
