//! From the plan's definitions to operations over columns. What has no counterpart here is left to the row engine, patient by patient.

use super::compares;
use super::leaf::{Derive, LeafId};
use super::need::Need;
use super::reads::{self, Group, Opaque, reads};
use cql::ir::{
    BinaryOp, DefinitionId, Expr, Intrinsic, Literal, Local, LocalId, NaryOp, NodeId, Plan, Query, QueryResult, Relationship,
    Retrieve, Type, UnaryOp, ValueSetId,
};
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
    /// `or` that always asks both sides, as the union of two lists does.
    Either(Box<Op>, Box<Op>),
    Not(Box<Op>),
    /// `is null`, `is true`, `is false`.
    Is(Option<bool>, Box<Op>),
    If(Box<Op>, Box<Op>, Box<Op>),
    /// Whether there are rows.
    Exists(Box<Rows>),
    /// How the number of rows compares with a number.
    Count(List, Compare, i64),
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

/// Rows of several resource types, or of one found in several ways, without repetition.
pub(super) type List = Vec<Rows>;

/// Rows of one resource type.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) resource: Arc<str>,
    /// The retrieve's codes: over the content of the coded element.
    pub(super) codes: Option<LeafId>,
    /// Conditions that every row must meet, in the order in which the row engine asks them.
    pub(super) conditions: Vec<Condition>,
    pub(super) place: NodeId,
}

/// A condition on a row.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Test(Test),
    /// `with` or `without`.
    Related(Related),
    /// The columns cannot answer it: patients with rows left are left to the row engine.
    Open(NodeId, Opaque),
}

/// `with` or `without` rows of another list.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub(super) with: bool,
    pub(super) list: List,
    /// What must be true of the row for any condition between the two to be; rows that pass are left to the row engine. `None`: any row of the list will do.
    pub(super) such_that: Option<Vec<LeafId>>,
    /// Value sets the condition asks for: without one of these it fails even for rows that do not pass.
    pub(super) value_sets: Vec<ValueSetId>,
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
    Count(List),
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
        match self.list(operand, frame, false) {
            Ok(list) => {
                let each = list.into_iter().map(|rows| Op::Exists(Box::new(rows)));
                each.reduce(|left, right| Op::Either(Box::new(left), Box::new(right))).unwrap_or(Op::Constant(Some(false)))
            }
            Err(reason) => match self.of_patient(id, frame) {
                Op::InRows(..) => Op::InRows(id, reason),
                other => other,
            },
        }
    }

    fn comparison(&mut self, id: NodeId, op: BinaryOp, left: NodeId, right: NodeId, frame: Frame<'p>) -> Op {
        for (count, number, flipped) in [(left, right, false), (right, left, true)] {
            let (Some(compare), Ok(list)) = (Compare::of(op, flipped), self.count(count, frame)) else { continue };
            let number = match &self.plan.node(number).expr {
                Expr::Literal(Literal::Integer(number)) => i64::from(*number),
                _ => continue,
            };
            return Op::Count(list, compare, number);
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
                let groups: Vec<Group> = reads.patient.into_iter().collect();
                let one_element = groups.len() == 1;
                let leaf = self.derive.of_patient(id, frame.locals, groups);
                if one_element && let Some(constants) = compares::constants(self.plan, id, None) {
                    self.derive.compares(leaf, constants, frame.locals);
                }
                Op::Patient(leaf)
            }
        }
    }

    /// `Count(list)`, or a definition that is one.
    fn count(&mut self, id: NodeId, frame: Frame<'p>) -> Result<List, Opaque> {
        match &self.plan.node(id).expr {
            Expr::Unary { op: UnaryOp::Count, operand } => self.list(*operand, frame, true),
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

    /// A list of resources. `all`: the number of rows matters, not only whether there are any.
    fn list(&mut self, id: NodeId, frame: Frame<'p>, all: bool) -> Result<List, Opaque> {
        self.depth += 1;
        let list = if self.depth > MAX_DEPTH { Err("it is nested too deeply") } else { self.list_of(id, frame, all) };
        self.depth -= 1;
        list
    }

    fn list_of(&mut self, id: NodeId, frame: Frame<'p>, all: bool) -> Result<List, Opaque> {
        let id = self.through_as(id);
        match &self.plan.node(id).expr {
            Expr::Retrieve(retrieve) => Ok(vec![self.retrieve(id, retrieve, frame)?]),
            Expr::Query(query) => self.query(id, query, frame, all),
            Expr::ExpressionRef(definition) => {
                let definition = self.plan.definition(*definition);
                self.list(definition.body, Frame { locals: &definition.locals }, all)
            }
            Expr::Unary { op: UnaryOp::Distinct, operand } if !all => self.list(*operand, frame, all),
            Expr::Binary { op: BinaryOp::UnionLists, left, right } => {
                let mut list = self.list(*left, frame, all)?;
                list.extend(self.list(*right, frame, all)?);
                if all {
                    list.iter().for_each(|rows| self.lowered.need.add_distinct(&rows.resource));
                }
                Ok(list)
            }
            _ => Err("it is no list of resources"),
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
        let mut conditions = Vec::new();
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
            conditions.push(Condition::Test(Test::Leaf(self.derive.retrieved(rest, frame.locals, groups, id))));
        }
        Ok(Rows { resource, codes, conditions, place: id })
    }

    fn query(&mut self, id: NodeId, query: &'p Query, frame: Frame<'p>, all: bool) -> Result<List, Opaque> {
        let [source] = &*query.sources else { return Err("it combines several lists") };
        if !source.list {
            return Err("it is a query over one value");
        }
        match &query.result {
            QueryResult::Element => {}
            _ => return Err("it returns something else than its rows"),
        }
        let mut list = self.list(source.expression, frame, all)?;
        for rows in &mut list {
            let resource = Arc::clone(&rows.resource);
            let row = Row { resource: &resource, local: source.local, lets: &query.lets, frame };
            for relationship in &query.relationships {
                let related = self.related(id, relationship, &row);
                rows.conditions.push(related.unwrap_or_else(|reason| Condition::Open(id, reason)));
            }
            if let Some(filter) = query.filter {
                let test = self.test(filter, &row);
                rows.conditions.push(test.map_or_else(|reason| Condition::Open(filter, reason), Condition::Test));
            }
        }
        Ok(list)
    }

    /// `with X such that M = N and ...`: a row for which its side of one of the equalities is null has no partner. That holds only while nothing else in the condition
    /// can fail.
    fn related(&mut self, id: NodeId, relationship: &'p Relationship, row: &Row<'_, 'p>) -> Result<Condition, Opaque> {
        let list = self.list(relationship.source.expression, row.frame, false)?;
        let mut related = Related { with: relationship.with, list, such_that: None, value_sets: Vec::new(), place: id };
        let Some(condition) = relationship.such_that else { return Ok(Condition::Related(related)) };
        let mut tests = Vec::new();
        if relationship.with && is_total(self.plan, condition, &mut related.value_sets, 0) {
            for part in conjuncts(self.plan, condition) {
                let Expr::Binary { op: BinaryOp::Equal, left, right } = self.plan.node(part).expr else { continue };
                for side in [left, right] {
                    let Ok(read) = reads(self.plan, &[side], Some(row.local), row.lets) else { continue };
                    if !read.row.is_empty() && !read.uses_patient {
                        for group in &read.row {
                            self.lowered.need.add(row.resource, group, false);
                        }
                        let known = self.derive.is_known(side);
                        let groups = read.row.into_iter().collect();
                        tests.push(self.derive.of_row(
                            (known, side),
                            row.resource,
                            row.local,
                            row.lets,
                            row.frame.locals,
                            groups,
                        ));
                    }
                }
            }
        }
        related.such_that = Some(tests);
        Ok(Condition::Related(related))
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
                let groups: Vec<Group> = read.row.into_iter().collect();
                let one_element = groups.len() == 1;
                let leaf = self.derive.of_row((id, id), row.resource, row.local, row.lets, row.frame.locals, groups);
                if one_element && let Some(constants) = compares::constants(self.plan, id, Some(row.local)) {
                    self.derive.compares(leaf, constants, row.frame.locals);
                }
                Ok(Test::Leaf(leaf))
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

fn conjuncts(plan: &Plan, id: NodeId) -> Vec<NodeId> {
    match &plan.node(id).expr {
        Expr::Binary { op: BinaryOp::And, left, right } => [conjuncts(plan, *left), conjuncts(plan, *right)].concat(),
        _ => vec![id],
    }
}

/// Whether an expression has a value whatever the data: it never fails, as long as the value sets it names are there.
fn is_total(plan: &Plan, id: NodeId, value_sets: &mut Vec<ValueSetId>, depth: u32) -> bool {
    let expr = &plan.node(id).expr;
    let total = match expr {
        Expr::Null | Expr::Literal(_) | Expr::Local(_) | Expr::CodeRef(_) | Expr::ConceptRef(_) => true,
        Expr::ValueSetRef(id) => {
            value_sets.push(*id);
            true
        }
        Expr::Property { .. } | Expr::As { strict: false, .. } | Expr::Is { .. } => true,
        Expr::Intrinsic { function, .. } => matches!(function, Intrinsic::ToString | Intrinsic::ToConcept | Intrinsic::ToCode),
        Expr::Unary { op, .. } => matches!(op, UnaryOp::Last | UnaryOp::First | UnaryOp::Exists | UnaryOp::IsNull | UnaryOp::Not),
        Expr::Binary { op, .. } => {
            use BinaryOp::{And, Equal, Equivalent, InValueSet, IntersectLists, Or};
            matches!(op, And | Or | Equal | Equivalent | InValueSet | IntersectLists)
        }
        Expr::Nary { op: NaryOp::Split | NaryOp::Coalesce, .. } | Expr::List(_) => true,
        _ => false,
    };
    let mut all = total && depth < 64;
    expr.operands(&mut |operand| all = all && is_total(plan, operand, value_sets, depth + 1));
    all
}
