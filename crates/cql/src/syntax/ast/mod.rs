//! The syntax tree: what was written, names unresolved. Expressions live in one arena per library, so no tree is ever dropped or walked by deep recursion
//! without the parser having bounded its depth.

mod expression;

pub use expression::{
    Boundary, Component, ConvertTarget, Direction, Expr, ExprKind, Infix, Offset, OffsetBound, Per, Prefix, Query, QueryResult,
    Relation, Relationship, Retrieve, RetrieveComparator, Sort, Source, Tested, Timing,
};

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
        Range { start: self.start, end: other.end.max(self.end) }
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
            TypeSpec::List(_, span) | TypeSpec::Interval(_, span) | TypeSpec::Tuple(_, span) | TypeSpec::Choice(_, span) => *span,
        }
    }
}
