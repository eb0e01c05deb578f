//! The syntax tree.

use cql::value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// `{}`
    Empty,
    /// A literal.
    Literal(Value),
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(String),
    /// `name`, or `input.name`.
    Member(Option<Box<Expr>>, String),
    /// `f(...)`, or `input.f(...)`.
    Call(Option<Box<Expr>>, Box<Call>),
    /// `input[index]`
    Indexer(Box<Expr>, Box<Expr>),
    /// `-x` or `+x`.
    Sign(bool, Box<Expr>),
    /// `a op b`
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `x is T` (true) or `x as T`.
    Type(bool, Box<Expr>, TypeName),
}

/// A call of a function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Expr>,
    /// Where it stands, for messages.
    pub(crate) at: usize,
}

/// `Patient`, `FHIR.Patient`, `System.String`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Multiply,
    Divide,
    Div,
    Mod,
    Add,
    Subtract,
    Concatenate,
    Union,
    LessOrEqual,
    Less,
    Greater,
    GreaterOrEqual,
    Equal,
    Equivalent,
    NotEqual,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

impl Op {
    /// How tightly it binds; `is` and `as` stand between `Concatenate` and `Union`.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Op::Multiply | Op::Divide | Op::Div | Op::Mod => 10,
            Op::Add | Op::Subtract | Op::Concatenate => 9,
            Op::Union => 7,
            Op::LessOrEqual | Op::Less | Op::Greater | Op::GreaterOrEqual => 6,
            Op::Equal | Op::Equivalent | Op::NotEqual | Op::NotEquivalent => 5,
            Op::In | Op::Contains => 4,
            Op::And => 3,
            Op::Or | Op::Xor => 2,
            Op::Implies => 1,
        }
    }
}

/// Strength of `is` and `as`.
pub(crate) const TYPE_STRENGTH: u8 = 8;
