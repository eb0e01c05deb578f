//! The lowered plan: what the machine runs.
//!
//! [`lower`] turns the IR of all libraries into one arena of [`Op`]s, made for speed where the IR is made for meaning:
//!
//! * a chain of properties, the narrowing of a choice and the conversion FHIRHelpers makes of its end are one [`Path`] over the JSON;
//! * small functions are laid into the place that calls them, their operands being slots of the caller's frame, or what stands there itself;
//! * an expression that rests on no slot is evaluated once per patient ([`Op::Memo`]) where a loop would repeat it, or where the same expression stands in
//!   several places of any library and costs something;
//! * an expression over constants is folded once per program ([`Op::Folded`]), one over parameters and the time of the request once per evaluator
//!   ([`Op::Settled`]);
//! * a query over a retrieve whose condition compares a date of each resource with something else knows so ([`Narrow`]);
//! * `and`/`or` chains are flat, membership in a list of codes is a comparison of bytes, value sets are known by number.
//!
//! Every op knows the IR node it came from, so that evidence, errors and traces name the source.

mod inline;
mod lower;
mod memo;
mod narrow;
mod path;
mod settle;

pub(crate) use lower::lower;
pub(crate) use memo::place as place_memos;
pub(crate) use narrow::{Narrow, Side};
pub(crate) use settle::{Candidates, Rests};

use crate::data::Wanted;
use crate::ir::{
    DefinitionId, FunctionId, Intrinsic, NaryOp, NodeId, Over, ParameterId, Precision, SystemType, TimedOp, Type, UnaryOp,
    ValueSetId,
};
use crate::value::{Interval, PointType, Text, TypeId, Value};
use json::{Key, Kind};
use std::sync::Arc;

/// An op of a program's [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OpId(pub(crate) u32);

/// A slot of the frame being evaluated.
pub(crate) type Slot = u32;

/// What a program does.
#[derive(Default)]
pub(crate) struct Code {
    pub(crate) ops: Vec<Op>,
    pub(crate) origins: Vec<Origin>,
    /// By number of definition.
    pub(crate) definitions: Vec<Body>,
    /// By number of function; only functions that could not be laid into their callers have one.
    pub(crate) functions: Vec<Option<Body>>,
    /// By number of parameter.
    pub(crate) parameters: Vec<Option<Body>>,
    pub(crate) constants: Vec<Value>,
    /// How many [`Op::Memo`] places there are.
    pub(crate) memos: u32,
    /// How many [`Op::Settled`] places there are.
    pub(crate) settled: u32,
}

/// The body of a definition, function or default.
#[derive(Clone, Copy)]
pub(crate) struct Body {
    pub(crate) op: OpId,
    pub(crate) slots: u32,
}

/// Where an op comes from.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) node: NodeId,
    /// A condition whose outcome a trace keeps.
    pub(crate) clause: bool,
}

/// What an op does.
pub(crate) enum Op {
    Null,
    /// A constant of the program.
    Constant(u32),
    Local(Slot),
    Definition(DefinitionId),
    Parameter(ParameterId),
    /// Operands of an inlined function put into slots, then its body.
    Let(Box<[(Slot, OpId)]>, OpId),
    /// A call of a function that could not be inlined.
    Call(FunctionId, Box<[OpId]>),
    /// Evaluated once per patient.
    Memo(u32, OpId),
    /// An expression over constants with the number of its value among the constants. A trace evaluates it all the same.
    Folded(u32, OpId),
    /// An expression that rests on the request and on no data: evaluated once for all patients of an evaluator.
    Settled(u32, OpId),

    And(Box<[OpId]>),
    Or(Box<[OpId]>),
    Xor(OpId, OpId),
    Implies(OpId, OpId),
    Not(OpId),
    IsNull(OpId),
    /// `is true`, `is false`.
    IsTruth(OpId, bool),
    Equal {
        left: OpId,
        right: OpId,
        negated: bool,
    },
    Equivalent(OpId, OpId),
    /// `<`, `<=`, `>`, `>=`.
    Order(Question, OpId, OpId),
    /// A comparison of points or intervals.
    Timed {
        op: TimedOp,
        over: Over,
        precision: Option<Precision>,
        left: OpId,
        right: OpId,
    },
    /// `element in list`.
    In {
        element: OpId,
        list: OpId,
    },
    /// `text in { 'a', 'b' }`.
    InTexts {
        element: OpId,
        texts: Box<[Arc<[u8]>]>,
    },
    InValueSet {
        element: OpId,
        set: ValueSetId,
    },
    Is(OpId, Box<Test>),
    As {
        operand: OpId,
        test: Box<Test>,
        strict: bool,
    },
    Exists(OpId),

    Path(Box<Path>),
    /// An element whose access the static type did not settle.
    Property(OpId),
    /// An element of a tuple, expected at a place.
    Field {
        source: OpId,
        name: Text,
        at: u32,
    },
    Convert(Intrinsic, OpId),

    Count(OpId),
    First(OpId),
    Last(OpId),
    Singleton(OpId),
    Flatten(OpId),
    List(Box<[OpId]>),
    Tuple {
        names: Box<[Text]>,
        values: Box<[OpId]>,
        class: Option<Text>,
    },
    Instance {
        system: SystemType,
        tuple: OpId,
    },
    /// `checked`: both bounds are literals, and wrong ones are an error.
    Interval {
        low: OpId,
        high: OpId,
        shape: Shape,
        checked: bool,
    },
    Unary(UnaryOp, OpId),
    Binary(crate::ir::BinaryOp, OpId, OpId),
    Nary(NaryOp, Box<[OpId]>),
    /// Every other node: its operands in order; the IR node says what is done with them.
    Rare(Box<[OpId]>),

    If {
        condition: OpId,
        then: OpId,
        otherwise: OpId,
    },
    Case {
        comparand: Option<OpId>,
        items: Box<[(OpId, OpId)]>,
        otherwise: OpId,
    },
    Coalesce(Box<[OpId]>),
    Retrieve(Box<Fetch>),
    Query(Box<Select>),
    ForEach {
        source: OpId,
        slot: Slot,
        element: OpId,
    },
    Repeat {
        source: OpId,
        slot: Slot,
        element: OpId,
    },
    Message(Box<[OpId; 5]>),
}

/// What is asked of the order of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The fixed part of an interval.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) low_closed: bool,
    pub(crate) high_closed: bool,
    pub(crate) point: PointType,
}

impl Shape {
    pub(crate) fn interval(self, low: Value, high: Value) -> Interval {
        Interval::new(low, high, self.low_closed, self.high_closed, self.point)
    }
}

/// A test against a type, with its name for messages.
pub(crate) struct Test {
    pub(crate) test: crate::eval::TypeTest,
    pub(crate) ty: Type,
}

/// Elements read one below the other from a model object, and what is made of the last.
pub(crate) struct Path {
    pub(crate) source: OpId,
    pub(crate) steps: Box<[Step]>,
    pub(crate) end: End,
}

/// One element of a path.
#[derive(Clone)]
pub(crate) struct Step {
    /// JSON members to try, the first that is there counts, with the FHIR type of each.
    pub(crate) members: Box<[Member]>,
    /// The element repeats; only the last step of a path does.
    pub(crate) list: bool,
    /// Element name, for values that are not JSON.
    pub(crate) name: Text,
    /// The IR property.
    pub(crate) node: NodeId,
}

/// A JSON member of a model object.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Key,
    /// The member of a primitive's id and extensions: `_name`.
    pub(crate) shadow: Key,
    pub(crate) ty: TypeId,
    kind: MemberKind,
}

/// What JSON a member of FHIR may be.
#[derive(Clone, Copy)]
enum MemberKind {
    Primitive,
    Complex,
    /// The model does not know its type.
    Any,
}

impl Member {
    pub(crate) fn new(name: &str, ty: TypeId) -> Member {
        let class = crate::eval::types().name(ty);
        let kind = match class {
            "Element" => MemberKind::Any,
            _ if crate::model::fhir().primitive(class).is_some() => MemberKind::Primitive,
            _ => MemberKind::Complex,
        };
        Member { name: Key::new(name), shadow: Key::new(&format!("_{name}")), ty, kind }
    }

    /// Whether a JSON value can be this element. What is of the wrong kind says nothing: it is as absent.
    pub(crate) fn takes(&self, value: json::Value<'_>, list: bool) -> bool {
        match (self.kind, value.kind()) {
            (MemberKind::Any, _) => true,
            (MemberKind::Primitive, Kind::Array) => list,
            (MemberKind::Primitive, kind) => kind != Kind::Object,
            // A profile may have one where FHIR has several.
            (MemberKind::Complex, Kind::Array) => {
                value.items().next().is_none_or(|item| matches!(item.kind(), Kind::Object | Kind::Null))
            }
            (MemberKind::Complex, kind) => kind == Kind::Object,
        }
    }
}

/// What a path gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The element itself.
    Object,
    /// `.value`: the System value of a primitive.
    Primitive(SystemType),
    /// A conversion of FHIRHelpers.
    Convert(Intrinsic),
}

/// A retrieve.
pub(crate) struct Fetch {
    pub(crate) resource: Arc<str>,
    pub(crate) context: Option<OpId>,
    pub(crate) codes: Option<(crate::data::CodePath, Asked)>,
    pub(crate) dates: Option<(crate::data::CodePath, OpId)>,
    pub(crate) fixed: Box<[Fixed]>,
}

/// An element whose profile fixes it to some of these codes.
pub(crate) type Fixed = (crate::data::CodePath, Arc<[Arc<str>]>);

/// What codes a retrieve asks for.
pub(crate) enum Asked {
    /// A declared value set.
    Set(ValueSetId),
    /// Codes written in the source.
    Codes(Wanted<'static>),
    /// Whatever an expression gives.
    Value(OpId),
}

/// A query.
pub(crate) struct Select {
    pub(crate) sources: Box<[Source]>,
    pub(crate) lets: Box<[(Slot, OpId)]>,
    pub(crate) relationships: Box<[Related]>,
    pub(crate) filter: Option<OpId>,
    pub(crate) result: Outcome,
    pub(crate) sort: Option<Order>,
    pub(crate) singular: bool,
}

/// A source of a query.
pub(crate) struct Source {
    pub(crate) slot: Slot,
    pub(crate) op: OpId,
    pub(crate) list: bool,
    /// An index that says which of its resources can satisfy the condition.
    pub(crate) narrow: Option<Box<Narrow>>,
}

/// `with` or `without`.
pub(crate) struct Related {
    pub(crate) with: bool,
    pub(crate) source: Source,
    pub(crate) such_that: Option<OpId>,
}

/// What a row becomes.
pub(crate) enum Outcome {
    Element,
    Return { op: OpId, distinct: bool },
    Aggregate { slot: Slot, start: OpId, op: OpId, distinct: bool },
}

/// `sort`.
pub(crate) struct Order {
    pub(crate) slot: Slot,
    /// Key, descending.
    pub(crate) keys: Box<[(OpId, bool)]>,
}

impl Code {
    pub(crate) fn op(&self, id: OpId) -> &Op {
        &self.ops[id.0 as usize]
    }

    pub(crate) fn origin(&self, id: OpId) -> Origin {
        self.origins[id.0 as usize]
    }
}
