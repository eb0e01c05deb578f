//! From the plan's definitions to operations over columns. What has no counterpart here is left to the row engine, patient by patient.

use super::leaf::{Derive, LeafId};
use super::need::Need;
use super::reads::{self, Group, Opaque, reads};
use cql::ir::{BinaryOp, DefinitionId, Expr, Literal, Local, LocalId, NodeId, Plan, Query, QueryResult, Retrieve, Type, UnaryOp};
use std::collections::HashMap;
use std::sync::Arc;

/// Deeper nesting is left to the row engine.
const MAX_DEPTH: u32 = 200;

/// A truth value for each patient.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// The same for all.
    Constant(Option<bool>),
    And(Box<Op>, Box<Op>),
    Or(Box<Op>, Box<Op>),
    Xor(Box<Op>, Box<Op>),
    Not(Box<Op>),
    /// `is null`, `is true`, `is false`.
    Is(Option<bool>, Box<Op>),
    If(Box<Op>, Box<Op>, Box<Op>),
    /// Whether there are rows.
    Exists(Box<Rows>),
    /// How the number of rows compares with a number.
    Count(Box<Rows>, Compare, i64),
    /// By the content of elements of the Patient resource.
    Patient(LeafId),
    /// Another definition.
    Definition(DefinitionId),
    /// Only the row engine can tell.
    InRows(NodeId, Opaque),
}

/// A comparison of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    pub(super) fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Compare::Equal => left == right,
            Compare::NotEqual => left != right,
            Compare::Less => left < right,
            Compare::LessOrEqual => left <= right,
            Compare::Greater => left > right,
            Compare::GreaterOrEqual => left >= right,
        }
    }

    fn of(op: BinaryOp, flipped: bool) -> Option<Compare> {
        Some(match (op, flipped) {
            (BinaryOp::Equal, _) => Compare::Equal,
            (BinaryOp::NotEqual, _) => Compare::NotEqual,
            (BinaryOp::Less, false) | (BinaryOp::Greater, true) => Compare::Less,
            (BinaryOp::LessOrEqual, false) | (BinaryOp::GreaterOrEqual, true) => Compare::LessOrEqual,
            (BinaryOp::Greater, false) | (BinaryOp::Less, true) => Compare::Greater,
            (BinaryOp::GreaterOrEqual, false) | (BinaryOp::LessOrEqual, true) => Compare::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Rows of one resource type.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) resource: Arc<str>,
    /// The retrieve's codes: over the content of the coded element.
    pub(super) codes: Option<LeafId>,
    /// Conditions that every row must meet.
    pub(super) filters: Vec<Test>,
    /// A condition the columns cannot answer: patients with rows left are left to the row engine.
    pub(super) open: Option<(NodeId, Opaque)>,
    pub(super) place: NodeId,
}

/// A truth value for each row.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// By the content of elements.
    Leaf(LeafId),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

/// What a definition gives.
#[derive(Clone, Debug)]
pub(super) enum Output {
    Truth(Op),
    Count(Rows),
    /// The row engine evaluates it for every patient.
    InRows(NodeId, Opaque),
}

/// All definitions that were asked for, and those they refer to.
#[derive(Default)]
pub(super) struct Lowered {
    pub(super) outputs: HashMap<DefinitionId, Output>,
    /// In order, each after those it refers to.
    pub(super) order: Vec<DefinitionId>,
    pub(super) need: Need,
}

/// The frame a node stands in.
#[derive(Clone, Copy)]
struct Frame<'p> {
    locals: &'p [Local],
}

pub(super) struct Lowering<'p, 'd> {
    pub(super) plan: &'p Plan,
    pub(super) derive: &'d mut Derive,
    pub(super) lowered: Lowered,
    depth: u32,
}

impl<'p, 'd> Lowering<'p, 'd> {
    pub(super) fn new(plan: &'p Plan, derive: &'d mut Derive) -> Lowering<'p, 'd> {
        Lowering { plan, derive, lowered: Lowered::default(), depth: 0 }
    }

    pub(super) fn definition(&mut self, id: DefinitionId) {
        if self.lowered.outputs.contains_key(&id) {
            return;
        }
        let definition = self.plan.definition(id);
        let frame = Frame { locals: &definition.locals };
        let output = if *self.plan.type_of(definition.body) == Type::BOOLEAN {
            Output::Truth(self.truth(definition.body, frame))
        } else {
            match self.count(definition.body, frame) {
                Ok(rows) => Output::Count(rows),
                Err(reason) => Output::InRows(definition.body, reason),
            }
        };
        self.lowered.outputs.insert(id, output);
        self.lowered.order.push(id);
    }

    fn truth(&mut self, id: NodeId, frame: Frame<'p>) -> Op {
        self.depth += 1;
        let op = if self.depth > MAX_DEPTH { Op::InRows(id, "it is nested too deeply") } else { self.truth_of(id, frame) };
        self.depth -= 1;
        op
    }

    fn truth_of(&mut self, id: NodeId, frame: Frame<'p>) -> Op {
        let boxed = |lowering: &mut Self, node: NodeId| Box::new(lowering.truth(node, frame));
        match &self.plan.node(id).expr {
            Expr::Literal(Literal::Boolean(value)) => Op::Constant(Some(*value)),
            Expr::Null => Op::Constant(None),
            Expr::As { operand, .. } if matches!(self.plan.node(*operand).expr, Expr::Null) => Op::Constant(None),
            Expr::Binary { op: BinaryOp::And, left, right } => Op::And(boxed(self, *left), boxed(self, *right)),
            Expr::Binary { op: BinaryOp::Or, left, right } => Op::Or(boxed(self, *left), boxed(self, *right)),
            Expr::Binary { op: BinaryOp::Xor, left, right } => Op::Xor(boxed(self, *left), boxed(self, *right)),
            Expr::Binary { op: BinaryOp::Implies, left, right } => {
                Op::Or(Box::new(Op::Not(boxed(self, *left))), boxed(self, *right))
            }
            Expr::Unary { op: UnaryOp::Not, operand } => Op::Not(boxed(self, *operand)),
            Expr::Unary { op: op @ (UnaryOp::IsNull | UnaryOp::IsTrue | UnaryOp::IsFalse), operand }
                if *self.plan.type_of(*operand) == Type::BOOLEAN =>
            {
                let wanted = match op {
                    UnaryOp::IsTrue => Some(true),
                    UnaryOp::IsFalse => Some(false),
                    _ => None,
                };
                Op::Is(wanted, boxed(self, *operand))
            }
            Expr::If { condition, then, otherwise } => {
                Op::If(boxed(self, *condition), boxed(self, *then), boxed(self, *otherwise))
            }
            Expr::Unary { op: UnaryOp::Exists, operand } => self.exists(id, *operand, frame),
            Expr::ExpressionRef(definition) if !reads::is_patient(self.plan, *definition) => {
                self.definition(*definition);
                match self.lowered.outputs.get(definition) {
                    Some(Output::Truth(_)) => Op::Definition(*definition),
                    _ => Op::InRows(id, "it refers to a definition that is no truth value"),
                }
            }
            Expr::Binary { op, left, right } => self.comparison(id, *op, *left, *right, frame),
            _ => self.of_patient(id, frame),
        }
    }

    fn exists(&mut self, id: NodeId, operand: NodeId, frame: Frame<'p>) -> Op {
        if let Expr::Binary { op: BinaryOp::UnionLists, left, right } = &self.plan.node(self.through_as(operand)).expr {
            let (left, right) = (self.exists(id, *left, frame), self.exists(id, *right, frame));
            return Op::Or(Box::new(left), Box::new(right));
        }
        match self.rows(operand, frame, false) {
            Ok(rows) => Op::Exists(Box::new(rows)),
            Err(reason) => match self.of_patient(id, frame) {
                Op::InRows(..) => Op::InRows(id, reason),
                other => other,
            },
        }
    }

    fn comparison(&mut self, id: NodeId, op: BinaryOp, left: NodeId, right: NodeId, frame: Frame<'p>) -> Op {
        for (count, number, flipped) in [(left, right, false), (right, left, true)] {
            let (Some(compare), Ok(rows)) = (Compare::of(op, flipped), self.count(count, frame)) else { continue };
            let number = match &self.plan.node(number).expr {
                Expr::Literal(Literal::Integer(number)) => i64::from(*number),
                _ => continue,
            };
            return Op::Count(Box::new(rows), compare, number);
        }
        self.of_patient(id, frame)
    }

    /// An expression that rests on the Patient resource and constants alone.
    fn of_patient(&mut self, id: NodeId, frame: Frame<'p>) -> Op {
        match reads(self.plan, &[id], None, &[]) {
            Err(reason) => Op::InRows(id, reason),
            Ok(reads) => {
                for group in &reads.patient {
                    self.lowered.need.add("Patient", group, false);
                }
                if reads.uses_patient {
                    self.lowered.need.add_type("Patient");
                }
                let groups = reads.patient.into_iter().collect();
                Op::Patient(self.derive.of_patient(id, frame.locals, groups))
            }
        }
    }

    /// `Count(list)`, or a definition that is one.
    fn count(&mut self, id: NodeId, frame: Frame<'p>) -> Result<Rows, Opaque> {
        match &self.plan.node(id).expr {
            Expr::Unary { op: UnaryOp::Count, operand } => self.rows(*operand, frame, true),
            Expr::ExpressionRef(definition) => {
                let definition = self.plan.definition(*definition);
                self.count(definition.body, Frame { locals: &definition.locals })
            }
            _ => Err("it is neither a truth value nor a count"),
        }
    }

    /// A conversion of a list to the list of a choice changes nothing of it.
    fn through_as(&self, id: NodeId) -> NodeId {
        match &self.plan.node(id).expr {
            Expr::As { operand, ty: Type::List(of), strict: false } => match (&**of, self.plan.type_of(*operand).element()) {
                (Type::Choice(alternatives), Some(element)) if alternatives.contains(element) => *operand,
                _ => id,
            },
            _ => id,
        }
    }

    /// A list of resources of one type. `all`: the number of rows matters, not only whether there are any.
    fn rows(&mut self, id: NodeId, frame: Frame<'p>, all: bool) -> Result<Rows, Opaque> {
        self.depth += 1;
        let rows = if self.depth > MAX_DEPTH { Err("it is nested too deeply") } else { self.rows_of(id, frame, all) };
        self.depth -= 1;
        rows
    }

    fn rows_of(&mut self, id: NodeId, frame: Frame<'p>, all: bool) -> Result<Rows, Opaque> {
        let id = self.through_as(id);
        match &self.plan.node(id).expr {
            Expr::Retrieve(retrieve) => self.retrieve(id, retrieve, frame),
            Expr::Query(query) => self.query(id, query, frame, all),
            Expr::ExpressionRef(definition) => {
                let definition = self.plan.definition(*definition);
                self.rows(definition.body, Frame { locals: &definition.locals }, all)
            }
            Expr::Unary { op: UnaryOp::Distinct, operand } if !all => self.rows(*operand, frame, all),
            _ => Err("it is no list of resources of one type"),
        }
    }

    fn retrieve(&mut self, id: NodeId, retrieve: &Retrieve, frame: Frame<'p>) -> Result<Rows, Opaque> {
        if retrieve.context.is_some() || retrieve.scope != cql::ir::Context::Patient {
            return Err("it looks beyond the patient");
        }
        if matches!(&*retrieve.resource, "Resource" | "DomainResource") {
            return Err("it asks for resources of any type");
        }
        let operands = retrieve.codes.iter().map(|c| c.codes).chain(retrieve.dates.iter().map(|d| d.range));
        let read = reads(self.plan, &operands.collect::<Vec<_>>(), None, &[])?;
        if read.uses_patient {
            return Err("its codes or dates rest on the Patient");
        }
        let resource = Arc::clone(&retrieve.resource);
        self.lowered.need.add_type(&resource);
        let unknown = "it filters by an element whose type is not known";
        let codes = match &retrieve.codes {
            None => None,
            Some(filter) => {
                let group = reads::group(&filter.access).ok_or(unknown)?;
                self.lowered.need.add(&resource, &group, true);
                let only_codes = Retrieve { dates: None, fixed: Vec::new(), ..retrieve.clone() };
                Some(self.derive.retrieved(only_codes, frame.locals, vec![group], id))
            }
        };
        let mut filters = Vec::new();
        if retrieve.dates.is_some() || !retrieve.fixed.is_empty() {
            let accesses = retrieve.dates.iter().map(|d| &d.access).chain(retrieve.fixed.iter().map(|(access, _)| access));
            let groups: Option<Vec<Group>> = accesses.map(reads::group).collect();
            let mut groups = groups.ok_or(unknown)?;
            groups.sort();
            groups.dedup();
            for group in &groups {
                self.lowered.need.add(&resource, group, false);
            }
            let rest = Retrieve { codes: None, ..retrieve.clone() };
            filters.push(Test::Leaf(self.derive.retrieved(rest, frame.locals, groups, id)));
        }
        Ok(Rows { resource, codes, filters, open: None, place: id })
    }

    fn query(&mut self, id: NodeId, query: &Query, frame: Frame<'p>, all: bool) -> Result<Rows, Opaque> {
        let [source] = &*query.sources else { return Err("it combines several lists") };
        if !source.list {
            return Err("it is a query over one value");
        }
        match &query.result {
            QueryResult::Element => {}
            _ => return Err("it returns something else than its rows"),
        }
        let mut rows = self.rows(source.expression, frame, all)?;
        if rows.open.is_some() {
            return Ok(rows);
        }
        if !query.relationships.is_empty() {
            rows.open = Some((id, "it relates rows to other rows"));
            return Ok(rows);
        }
        if let Some(filter) = query.filter {
            let context = Row { resource: &rows.resource.clone(), local: source.local, lets: &query.lets, frame };
            match self.test(filter, &context) {
                Ok(test) => rows.filters.push(test),
                Err(reason) => rows.open = Some((filter, reason)),
            }
        }
        Ok(rows)
    }

    /// A condition on a row. Connectives are taken apart so that each leaf reads as few elements as possible.
    fn test(&mut self, id: NodeId, row: &Row<'_, 'p>) -> Result<Test, Opaque> {
        match &self.plan.node(id).expr {
            Expr::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                let (left, right) = (Box::new(self.test(*left, row)?), Box::new(self.test(*right, row)?));
                Ok(if *op == BinaryOp::And { Test::And(left, right) } else { Test::Or(left, right) })
            }
            Expr::Unary { op: UnaryOp::Not, operand } => Ok(Test::Not(Box::new(self.test(*operand, row)?))),
            _ => {
                let read = reads(self.plan, &[id], Some(row.local), row.lets)?;
                if read.uses_patient {
                    return Err("it relates rows to the Patient");
                }
                for group in &read.row {
                    self.lowered.need.add(row.resource, group, false);
                }
                let groups = read.row.into_iter().collect();
                Ok(Test::Leaf(self.derive.of_row(id, row.resource, row.local, row.lets, row.frame.locals, groups)))
            }
        }
    }
}

/// The row a condition is about.
struct Row<'r, 'p> {
    resource: &'r Arc<str>,
    local: LocalId,
    lets: &'r [(LocalId, NodeId)],
    frame: Frame<'p>,
}
