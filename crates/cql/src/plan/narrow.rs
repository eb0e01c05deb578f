//! Conditions over dates that let a query leave resources out by an index: `where O.effective during Interval[...]`, `such that E.period starts before O.issued`.
//!
//! The index narrows and never decides: what it leaves out could not have satisfied the condition, and what it leaves in is asked. It is used only where
//! nothing of the condition can fail, so that no error goes unsaid.

use super::memo::{binders, visit};
use super::{Code, End, Op, OpId, Outcome, Question, Select, Slot, Source};
use crate::data::CodePath;
use crate::ir::{Intrinsic, Over, Plan, Precision, SystemType, TimedOp, Type, UnaryOp};
use std::collections::HashMap;
use std::sync::Arc;

/// Deeper conditions are not looked into.
const MAX_DEPTH: u32 = 32;
const DAY: i32 = 24 * 60;

/// How the resources of a retrieve may be narrowed before a condition is asked of each.
pub(crate) struct Narrow {
    /// The retrieve.
    pub(crate) fetch: OpId,
    /// The element that is compared.
    pub(crate) path: CodePath,
    /// What it is compared with: rests on nothing of the resource.
    pub(crate) with: OpId,
    /// What else the condition asks for that is the same for all resources and may fail.
    pub(crate) once: Box<[OpId]>,
    pub(crate) side: Side,
    /// Minutes that the precision of the comparison, offsets and open bounds may hide.
    pub(crate) reach: i32,
}

/// Which resources may satisfy a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Those that touch the other value.
    Touching,
    /// Those that begin before it ends.
    UpTo,
    /// Those that end after it begins.
    From,
}

/// Finds the conditions of all queries that an index can serve.
pub(super) fn place(plan: &Plan, code: &mut Code) {
    let mut found: Vec<(usize, Option<usize>, Narrow)> = Vec::new();
    for (at, op) in code.ops.iter().enumerate() {
        let Op::Query(select) = op else { continue };
        let find = |source: &Source, condition| {
            let is_list = source.list && matches!(code.op(source.op), Op::Retrieve(_));
            let mut look = Look { plan, code, source, given: HashMap::new(), once: Vec::new(), depth: 0 };
            is_list.then(|| look.condition(condition)).flatten()
        };
        if let ([source], Some(filter), true) = (&*select.sources, select.filter, is_bare(select)) {
            found.extend(find(source, filter).map(|narrow| (at, None, narrow)));
        }
        for (number, related) in select.relationships.iter().enumerate() {
            let narrow = related.such_that.and_then(|such_that| find(&related.source, such_that));
            found.extend(narrow.map(|narrow| (at, Some(number), narrow)));
        }
    }
    for (at, related, narrow) in found {
        let Op::Query(select) = &mut code.ops[at] else { continue };
        let source = match related {
            Some(number) => select.relationships.get_mut(number).map(|related| &mut related.source),
            None => select.sources.first_mut(),
        };
        if let Some(source) = source {
            source.narrow = Some(Box::new(narrow));
        }
    }
}

/// Whether nothing of a query is evaluated before its condition.
fn is_bare(select: &Select) -> bool {
    select.lets.is_empty() && select.relationships.is_empty()
}

struct Look<'p> {
    plan: &'p Plan,
    code: &'p Code,
    source: &'p Source,
    /// Slots that stand for an op: operands of functions that were laid in.
    given: HashMap<Slot, OpId>,
    once: Vec<OpId>,
    depth: u32,
}

impl Look<'_> {
    /// The first part of a condition that an index can serve, when no part can fail.
    fn condition(&mut self, id: OpId) -> Option<Narrow> {
        if !self.cannot_fail(id) {
            return None;
        }
        match self.code.op(id) {
            Op::And(parts) => parts.iter().find_map(|part| self.part(*part)),
            _ => self.part(id),
        }
    }

    fn part(&mut self, id: OpId) -> Option<Narrow> {
        self.depth += 1;
        let found = if self.depth > MAX_DEPTH { None } else { self.part_of(id) };
        self.depth -= 1;
        found
    }

    fn part_of(&mut self, id: OpId) -> Option<Narrow> {
        let (left, right, side, precision) = match self.code.op(id) {
            Op::Timed { op, over: Over::Points | Over::Intervals, precision, left, right } => {
                (*left, *right, side_of(*op), *precision)
            }
            Op::Equal { left, right, negated: false } => (*left, *right, Side::Touching, None),
            Op::Order(Question::Less | Question::LessOrEqual, left, right) => (*left, *right, Side::UpTo, None),
            Op::Order(_, left, right) => (*left, *right, Side::From, None),
            Op::And(parts) => return parts.iter().find_map(|part| self.part(*part)),
            Op::Let(given, body) => {
                let mut before = Vec::with_capacity(given.len());
                for (slot, op) in given {
                    before.push((*slot, self.given.insert(*slot, *op)));
                }
                let found = self.part(*body);
                for (slot, op) in before {
                    match op {
                        Some(op) => self.given.insert(slot, op),
                        None => self.given.remove(&slot),
                    };
                }
                return found;
            }
            _ => return None,
        };
        let (element, with, side) = match self.element(left) {
            Some(element) => (element, right, side),
            None => (self.element(right)?, left, opposite(side)),
        };
        let with = self.standing_for(with);
        if !self.is_apart(with) || !is_temporal(self.plan.type_of(self.code.origin(with).node)) {
            return None;
        }
        let reach = match precision {
            Some(Precision::Year) => 367 * DAY,
            Some(Precision::Month) => 32 * DAY,
            Some(Precision::Week) => 8 * DAY,
            _ => 2 * DAY,
        };
        let (fetch, once) = (self.source.op, self.once.as_slice().into());
        Some(Narrow { fetch, path: CodePath { members: element }, with, once, side, reach: reach + DAY })
    }

    /// The op a slot was given, when an inlined function gave it.
    fn standing_for(&self, mut id: OpId) -> OpId {
        for _ in 0..MAX_DEPTH {
            match self.code.op(id) {
                Op::Local(slot) => match self.given.get(slot) {
                    Some(op) => id = *op,
                    None => break,
                },
                _ => break,
            }
        }
        id
    }

    /// The members of the alias that a value is taken from, when it lies within the time they span.
    fn element(&mut self, id: OpId) -> Option<Vec<Arc<str>>> {
        let mut members = Vec::new();
        self.depth += 1;
        let within = self.depth <= MAX_DEPTH && self.within(id, &mut members);
        self.depth -= 1;
        (within && !members.is_empty()).then_some(members)
    }

    fn within(&mut self, id: OpId, members: &mut Vec<Arc<str>>) -> bool {
        self.depth += 1;
        let within = self.depth <= MAX_DEPTH && self.is_within(id, members);
        self.depth -= 1;
        within
    }

    fn is_within(&mut self, id: OpId, members: &mut Vec<Arc<str>>) -> bool {
        let code = self.code;
        match code.op(id) {
            Op::Null => true,
            Op::Local(slot) => match self.given.get(slot).copied() {
                Some(op) => self.within(op, members),
                None => false,
            },
            Op::Path(path) => {
                let of_alias = matches!(code.op(self.standing_for(path.source)), Op::Local(slot) if *slot == self.source.slot);
                let (Some(first), true) = (path.steps.first(), of_alias) else { return false };
                let bound = match &path.steps[1..] {
                    [] => true,
                    [bound] => matches!(bound.name.as_str(), "start" | "end"),
                    _ => false,
                };
                let is_date = matches!(
                    path.end,
                    End::Object
                        | End::Primitive(SystemType::Date | SystemType::DateTime)
                        | End::Convert(
                            Intrinsic::ToDate | Intrinsic::ToDateTime | Intrinsic::PeriodToInterval | Intrinsic::ToValue
                        )
                );
                if first.list || !bound || !is_date {
                    return false;
                }
                for member in &first.members {
                    let name: Arc<str> = member.name.as_str().into();
                    if !members.contains(&name) {
                        members.push(name);
                    }
                }
                true
            }
            Op::Convert(
                Intrinsic::ToDate | Intrinsic::ToDateTime | Intrinsic::PeriodToInterval | Intrinsic::ToValue,
                operand,
            )
            | Op::As { operand, strict: false, .. }
            | Op::Unary(
                UnaryOp::Start | UnaryOp::End | UnaryOp::DateFrom | UnaryOp::ToDateTime | UnaryOp::ToDate | UnaryOp::ToInterval,
                operand,
            ) => self.within(*operand, members),
            Op::Interval { low, high, .. } => self.within(*low, members) && self.within(*high, members),
            Op::If { then, otherwise, .. } => self.within(*then, members) && self.within(*otherwise, members),
            Op::Case { items, otherwise, .. } => {
                items.iter().all(|(_, then)| self.within(*then, members)) && self.within(*otherwise, members)
            }
            Op::Coalesce(all) => all.iter().all(|op| self.within(*op, members)),
            Op::Let(given, body) => {
                // Slots of a frame are used once, so what is added here stands for nothing else.
                self.given.extend(given.iter().copied());
                self.within(*body, members)
            }
            Op::Query(select) => match named(select) {
                Some((source, result)) => {
                    self.given.insert(source.slot, source.op);
                    self.within(result, members)
                }
                None => false,
            },
            _ => false,
        }
    }

    /// Whether an op may be evaluated before the alias is known.
    fn is_apart(&self, id: OpId) -> bool {
        let mut free = Vec::new();
        free_slots(self.code, id, &mut Vec::new(), &mut free, 0)
            && free.iter().all(|slot| *slot != self.source.slot && !self.given.contains_key(slot))
    }

    /// Whether an op has a value whatever the resource is. What may fail and rests on no resource is put aside, to be asked before.
    fn cannot_fail(&mut self, id: OpId) -> bool {
        self.depth += 1;
        let sure = self.depth <= MAX_DEPTH && self.is_sure(id);
        self.depth -= 1;
        sure
    }

    fn is_sure(&mut self, id: OpId) -> bool {
        let op = self.code.op(id);
        if !has_a_value(op) {
            let apart = self.is_apart(id);
            if apart {
                self.once.push(id);
            }
            return apart;
        }
        match op {
            Op::Let(given, _) => self.given.extend(given.iter().copied()),
            Op::Query(select) => self.given.extend(named(select).map(|(source, _)| (source.slot, source.op))),
            _ => {}
        }
        let mut operands = Vec::new();
        visit(op, &mut |operand, _| operands.push(operand));
        operands.into_iter().all(|operand| self.cannot_fail(operand))
    }
}

/// A query that only gives one value a name, as conversions of choices are written: the value, and what is made of it.
fn named(select: &Select) -> Option<(&Source, OpId)> {
    let is_plain = is_bare(select) && select.filter.is_none() && select.sort.is_none() && select.singular;
    match (&*select.sources, &select.result) {
        ([source], Outcome::Return { op, distinct: false }) if is_plain && !source.list => Some((source, *op)),
        _ => None,
    }
}

/// Whether an op gives no error of its own.
fn has_a_value(op: &Op) -> bool {
    match op {
        Op::Null
        | Op::Constant(_)
        | Op::Local(_)
        | Op::Let(..)
        | Op::And(_)
        | Op::Or(_)
        | Op::Xor(..)
        | Op::Implies(..)
        | Op::Not(_)
        | Op::IsNull(_)
        | Op::IsTruth(..)
        | Op::Equal { .. }
        | Op::Equivalent(..)
        | Op::Order(..)
        | Op::InTexts { .. }
        | Op::Is(..)
        | Op::As { strict: false, .. }
        | Op::Path(_)
        | Op::Interval { checked: false, .. }
        | Op::If { .. }
        | Op::Case { .. }
        | Op::Coalesce(_) => true,
        Op::Query(select) => named(select).is_some(),
        Op::Timed { over, .. } => matches!(over, Over::Points | Over::Intervals),
        Op::Convert(function, _) => !matches!(function, Intrinsic::Resolve),
        Op::Unary(op, _) => matches!(
            op,
            UnaryOp::Start
                | UnaryOp::End
                | UnaryOp::DateFrom
                | UnaryOp::ToInterval
                | UnaryOp::ToDateTime
                | UnaryOp::ToDate
                | UnaryOp::ToConcept
        ),
        _ => false,
    }
}

/// The slots an op reads and does not fill itself; false when it is nested too deep to say.
fn free_slots(code: &Code, id: OpId, filled: &mut Vec<Slot>, free: &mut Vec<Slot>, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let op = code.op(id);
    if let Op::Local(slot) = op {
        if !filled.contains(slot) {
            free.push(*slot);
        }
        return true;
    }
    let before = filled.len();
    binders(op, &mut |slot| filled.push(slot));
    let mut known = true;
    visit(op, &mut |operand, _| known = known && free_slots(code, operand, filled, free, depth + 1));
    filled.truncate(before);
    known
}

/// Where the left side lies when a relation holds.
fn side_of(op: TimedOp) -> Side {
    match op {
        TimedOp::Before | TimedOp::SameOrBefore => Side::UpTo,
        TimedOp::After | TimedOp::SameOrAfter => Side::From,
        // All others, adjacency with them, need a common moment or two that follow each other.
        _ => Side::Touching,
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Touching => Side::Touching,
        Side::UpTo => Side::From,
        Side::From => Side::UpTo,
    }
}

fn is_temporal(ty: &Type) -> bool {
    match ty {
        Type::System(SystemType::Date | SystemType::DateTime) => true,
        Type::Interval(point) => is_temporal(point),
        _ => false,
    }
}
