//! The plan: a typed, ELM-shaped intermediate form, the wall between the front half (text -> plan) and the back half (plan + data -> answer).
//!
//! * Overloads are resolved and every implicit conversion is a node of its own: an evaluator never guesses a conversion.
//! * Names are gone: aliases, `let`s, function operands, `$this`, `$index` and `$total` are **slots** of the frame of the definition or function
//!   they stand in ([`Expr::Local`]); definitions, functions, parameters and terminology are ids into the [`Plan`].
//! * All libraries of a program share one arena of nodes; each node has a static type and the source span it came from.
//! * Literals are plain data ([`Literal`]); their decimals are [`crate::value::Decimal`], because 28 + 8 digits fit no common type.
//! * At runtime all data is FHIR R4: every type of a plan names FHIR classes even when the content uses QI-Core, US Core or a model from a file.
//!
//! The node names are those of the ELM specification (<https://cql.hl7.org/elm.html>) wherever one exists.

mod expr;
mod literal;
mod ops;
mod types;
mod walk;

pub use expr::{
    Access, CodeComparator, CodeFilter, DateFilter, Expr, Query, QueryResult, QuerySource, Relationship, Retrieve, Sort, SortKey,
};
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
