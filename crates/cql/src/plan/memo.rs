//! Which expressions are evaluated once per patient: those that rest on no slot, where a loop would repeat them, or where the same one stands in several
//! places and costs something.

use super::{Asked, Code, Op, OpId, Origin, Outcome, Select, Slot};
use crate::ir::{Expr, Plan};
use std::collections::HashMap;
use std::fmt::Write;

/// In a loop, anything dearer than reading a constant is remembered.
const LOOP_COST: u32 = 2;
/// Elsewhere only what looks at the data, and stands there twice.
const SHARED_COST: u32 = 20;

/// Places the memos of a program.
pub(crate) fn place(plan: &Plan, code: &mut Code) {
    let facts = Facts::of(code);
    let mut found: Vec<Found> = Vec::new();
    let mut seen = vec![false; code.ops.len()];
    for body in &code.definitions {
        look(code, &facts, body.op, false, true, &mut seen, &mut found);
    }
    for body in code.functions.iter().flatten() {
        look(code, &facts, body.op, true, false, &mut seen, &mut found);
    }
    let mut numbers: HashMap<String, (usize, Option<u32>)> = HashMap::new();
    let keys: Vec<String> = found.iter().map(|f| key_of(plan, code, f.op)).collect();
    for key in &keys {
        numbers.entry(key.clone()).or_default().0 += 1;
    }
    for (found, key) in found.into_iter().zip(keys) {
        let Some((count, number)) = numbers.get_mut(&key) else { continue };
        if !found.looped && *count < 2 {
            continue;
        }
        let number = *number.get_or_insert_with(|| {
            code.memos += 1;
            code.memos - 1
        });
        let at = found.op.0 as usize;
        let inner = OpId(code.ops.len() as u32);
        let op = std::mem::replace(&mut code.ops[at], Op::Memo(number, inner));
        code.ops.push(op);
        let origin = code.origins[at];
        code.origins.push(origin);
        code.origins[at] = Origin { clause: false, ..origin };
    }
}

/// An expression that rests on no slot.
struct Found {
    op: OpId,
    looped: bool,
}

/// What is known of each op.
struct Facts {
    /// It rests on no slot.
    closed: Vec<bool>,
    cost: Vec<u32>,
}

impl Facts {
    /// Operands stand before what uses them, so one pass suffices.
    fn of(code: &Code) -> Facts {
        let count = code.ops.len();
        let mut free: Vec<Vec<Slot>> = Vec::with_capacity(count);
        let mut cost: Vec<u32> = Vec::with_capacity(count);
        for op in &code.ops {
            let mut slots: Vec<Slot> = Vec::new();
            let mut total = own_cost(op);
            if let Op::Local(slot) = op {
                slots.push(*slot);
            }
            visit(op, &mut |operand, _| {
                slots.extend_from_slice(&free[operand.0 as usize]);
                total = total.saturating_add(cost[operand.0 as usize]);
            });
            slots.sort_unstable();
            slots.dedup();
            binders(op, &mut |bound| slots.retain(|slot| *slot != bound));
            free.push(slots);
            cost.push(total);
        }
        Facts { closed: free.iter().map(Vec::is_empty).collect(), cost }
    }
}

fn own_cost(op: &Op) -> u32 {
    match op {
        Op::Null | Op::Constant(_) | Op::Local(_) | Op::Definition(_) | Op::Memo(..) => 0,
        Op::Parameter(_) => 1,
        Op::Retrieve(_) | Op::Query(_) | Op::Call(..) | Op::ForEach { .. } | Op::Repeat { .. } => SHARED_COST,
        _ => LOOP_COST,
    }
}

/// Collects the largest closed expressions below an op.
fn look(code: &Code, facts: &Facts, op: OpId, looped: bool, root: bool, seen: &mut [bool], found: &mut Vec<Found>) {
    let at = op.0 as usize;
    let mut looped = looped;
    if !root && facts.closed[at] {
        let enough = if looped { LOOP_COST } else { SHARED_COST };
        if facts.cost[at] < enough || seen[at] {
            return;
        }
        seen[at] = true;
        found.push(Found { op, looped });
        // What stands inside is evaluated once.
        looped = false;
    }
    visit(code.op(op), &mut |operand, in_loop| {
        look(code, facts, operand, looped || in_loop, false, seen, found);
    });
}

/// The operands of an op, and whether it evaluates them many times.
pub(super) fn visit(op: &Op, give: &mut impl FnMut(OpId, bool)) {
    match op {
        Op::Null | Op::Constant(_) | Op::Local(_) | Op::Definition(_) | Op::Parameter(_) => {}
        Op::Let(given, body) => {
            given.iter().for_each(|(_, op)| give(*op, false));
            give(*body, false);
        }
        Op::Call(_, all) | Op::And(all) | Op::Or(all) | Op::List(all) | Op::Nary(_, all) | Op::Rare(all) | Op::Coalesce(all) => {
            all.iter().for_each(|op| give(*op, false));
        }
        Op::Memo(_, op)
        | Op::Folded(_, op)
        | Op::Settled(_, op)
        | Op::Not(op)
        | Op::IsNull(op)
        | Op::IsTruth(op, _)
        | Op::Is(op, _)
        | Op::As { operand: op, .. }
        | Op::Exists(op)
        | Op::Property(op)
        | Op::Field { source: op, .. }
        | Op::Convert(_, op)
        | Op::Count(op)
        | Op::First(op)
        | Op::Last(op)
        | Op::Singleton(op)
        | Op::Flatten(op)
        | Op::Instance { tuple: op, .. }
        | Op::Unary(_, op)
        | Op::InTexts { element: op, .. }
        | Op::InValueSet { element: op, .. } => give(*op, false),
        Op::Path(path) => give(path.source, false),
        Op::Xor(left, right)
        | Op::Implies(left, right)
        | Op::Equal { left, right, .. }
        | Op::Equivalent(left, right)
        | Op::Order(_, left, right)
        | Op::Timed { left, right, .. }
        | Op::In { element: left, list: right }
        | Op::Interval { low: left, high: right, .. }
        | Op::Binary(_, left, right) => [*left, *right].into_iter().for_each(|op| give(op, false)),
        Op::Tuple { values, .. } => values.iter().for_each(|op| give(*op, false)),
        Op::If { condition, then, otherwise } => [*condition, *then, *otherwise].into_iter().for_each(|op| give(op, false)),
        Op::Case { comparand, items, otherwise } => {
            comparand.iter().for_each(|op| give(*op, false));
            items.iter().flat_map(|(when, then)| [*when, *then]).for_each(|op| give(op, false));
            give(*otherwise, false);
        }
        Op::Retrieve(fetch) => {
            fetch.context.iter().for_each(|op| give(*op, false));
            if let Some((_, Asked::Value(op))) = &fetch.codes {
                give(*op, false);
            }
            fetch.dates.iter().for_each(|(_, op)| give(*op, false));
        }
        Op::Query(select) => visit_query(select, give),
        Op::ForEach { source, element, .. } | Op::Repeat { source, element, .. } => {
            give(*source, false);
            give(*element, true);
        }
        Op::Message(all) => all.iter().for_each(|op| give(*op, false)),
    }
}

fn visit_query(select: &Select, give: &mut impl FnMut(OpId, bool)) {
    for (index, source) in select.sources.iter().enumerate() {
        give(source.op, index > 0);
    }
    select.lets.iter().for_each(|(_, op)| give(*op, true));
    for related in &select.relationships {
        give(related.source.op, true);
        related.such_that.iter().for_each(|op| give(*op, true));
    }
    select.filter.iter().for_each(|op| give(*op, true));
    match &select.result {
        Outcome::Element => {}
        Outcome::Return { op, .. } => give(*op, true),
        Outcome::Aggregate { start, op, .. } => {
            give(*start, false);
            give(*op, true);
        }
    }
    select.sort.iter().flat_map(|sort| sort.keys.iter()).for_each(|(op, _)| give(*op, true));
}

/// The slots an op fills for what stands inside it.
pub(super) fn binders(op: &Op, give: &mut impl FnMut(Slot)) {
    match op {
        Op::Let(given, _) => given.iter().for_each(|(slot, _)| give(*slot)),
        Op::ForEach { slot, .. } | Op::Repeat { slot, .. } => give(*slot),
        Op::Query(select) => {
            select.sources.iter().for_each(|s| give(s.slot));
            select.lets.iter().for_each(|(slot, _)| give(*slot));
            select.relationships.iter().for_each(|r| give(r.source.slot));
            if let Outcome::Aggregate { slot, .. } = &select.result {
                give(*slot);
            }
            select.sort.iter().for_each(|sort| give(sort.slot));
        }
        _ => {}
    }
}

/// A text that two ops share only when they always have the same value.
fn key_of(plan: &Plan, code: &Code, op: OpId) -> String {
    let mut out = String::new();
    write_key(plan, code, op, &mut Vec::new(), &mut out);
    out
}

fn write_key(plan: &Plan, code: &Code, id: OpId, bound: &mut Vec<Slot>, out: &mut String) {
    let op = code.op(id);
    if let Op::Local(slot) = op {
        // By the place it was bound at, not by its number.
        let _ = write!(out, "${:?}", bound.iter().rposition(|b| b == slot));
        return;
    }
    write_head(plan, code, id, out);
    let length = bound.len();
    binders(op, &mut |slot| bound.push(slot));
    out.push('(');
    visit(op, &mut |operand, _| {
        write_key(plan, code, operand, bound, out);
        out.push(',');
    });
    out.push(')');
    bound.truncate(length);
}

/// What an op is, apart from its operands.
fn write_head(plan: &Plan, code: &Code, id: OpId, out: &mut String) {
    let _ = match code.op(id) {
        Op::Null => write!(out, "null"),
        Op::Constant(number) => write!(out, "{:?}", code.constants[*number as usize]),
        Op::Local(_) => Ok(()),
        Op::Definition(definition) => write!(out, "d{}", definition.0),
        Op::Parameter(parameter) => write!(out, "p{}", parameter.0),
        Op::Let(given, _) => write!(out, "let{}", given.len()),
        Op::Call(function, _) => write!(out, "f{}", function.0),
        // Placed already; its expression is the one of its number.
        Op::Memo(number, _) | Op::Folded(number, _) | Op::Settled(number, _) => write!(out, "m{number}"),
        Op::And(_) => write!(out, "and"),
        Op::Or(_) => write!(out, "or"),
        Op::Xor(..) => write!(out, "xor"),
        Op::Implies(..) => write!(out, "implies"),
        Op::Not(_) => write!(out, "not"),
        Op::IsNull(_) => write!(out, "isnull"),
        Op::IsTruth(_, truth) => write!(out, "is{truth}"),
        Op::Equal { negated, .. } => write!(out, "={negated}"),
        Op::Equivalent(..) => write!(out, "~"),
        Op::Order(question, ..) => write!(out, "{question:?}"),
        Op::Timed { op, over, precision, .. } => write!(out, "{op:?}{over:?}{precision:?}"),
        Op::In { .. } => write!(out, "in"),
        Op::InTexts { texts, .. } => write!(out, "in{texts:?}"),
        Op::InValueSet { set, .. } => write!(out, "inset{}", set.0),
        Op::Is(_, test) => write!(out, "is{}", test.ty),
        Op::As { test, strict, .. } => write!(out, "as{}{strict}", test.ty),
        Op::Exists(_) => write!(out, "exists"),
        Op::Path(path) => {
            for step in &path.steps {
                let members = step.members.iter().map(|m| (m.name.as_str(), m.ty));
                let _ = write!(out, "{:?}{}.", members.collect::<Vec<_>>(), step.list);
            }
            match path.end {
                super::End::Object => Ok(()),
                super::End::Primitive(system) => write!(out, ".{system:?}"),
                super::End::Convert(function) => write!(out, ".{function:?}"),
            }
        }
        Op::Property(_) => {
            let node = code.origin(id).node;
            match &plan.node(node).expr {
                Expr::Property { access, .. } => write!(out, "{access:?}{}", plan.type_of(node)),
                _ => write!(out, "?{}", id.0),
            }
        }
        Op::Field { name, .. } => write!(out, ".{name:?}"),
        Op::Convert(function, _) => write!(out, "{function:?}"),
        Op::Count(_) => write!(out, "count"),
        Op::First(_) => write!(out, "first"),
        Op::Last(_) => write!(out, "last"),
        Op::Singleton(_) => write!(out, "single"),
        Op::Flatten(_) => write!(out, "flatten"),
        Op::List(_) => write!(out, "list"),
        Op::Tuple { names, class, .. } => write!(out, "{names:?}{class:?}"),
        Op::Instance { system, .. } => write!(out, "{system:?}"),
        Op::Interval { shape, checked, .. } => {
            write!(out, "iv{}{}{:?}{checked}", shape.low_closed, shape.high_closed, shape.point)
        }
        Op::Unary(op, _) => write!(out, "{op:?}"),
        Op::Binary(op, ..) => write!(out, "{op:?}"),
        Op::Nary(op, _) => write!(out, "{op:?}"),
        Op::Coalesce(_) => write!(out, "coalesce"),
        Op::If { .. } => write!(out, "if"),
        Op::Case { comparand, .. } => write!(out, "case{}", comparand.is_some()),
        Op::Retrieve(fetch) => {
            let paths =
                fetch.codes.iter().map(|(path, _)| path).chain(fetch.dates.iter().map(|(path, _)| path)).map(|p| &p.members);
            let fixed = fetch.fixed.iter().map(|(path, allowed)| (&path.members, allowed));
            let (paths, fixed) = (paths.collect::<Vec<_>>(), fixed.collect::<Vec<_>>());
            let asked = match &fetch.codes {
                Some((_, Asked::Set(set))) => format!("set{}", set.0),
                Some((_, Asked::Codes(codes))) => codes.key(),
                _ => String::new(),
            };
            let parts = (fetch.context.is_some(), fetch.codes.is_some(), fetch.dates.is_some());
            write!(out, "[{}{paths:?}{asked}{fixed:?}{parts:?}]", fetch.resource)
        }
        Op::Query(select) => write_query(select, out),
        Op::ForEach { .. } => write!(out, "each"),
        Op::Repeat { .. } => write!(out, "repeat"),
        Op::Message(_) => write!(out, "message"),
        Op::Rare(_) => match &plan.node(code.origin(id).node).expr {
            Expr::Nullary(op) => write!(out, "{op:?}"),
            Expr::DurationBetween { precision, .. } => write!(out, "between{precision:?}"),
            Expr::DifferenceBetween { precision, .. } => write!(out, "difference{precision:?}"),
            Expr::DateTimeComponentFrom { precision, .. } => write!(out, "from{precision:?}"),
            Expr::CalculateAge { precision, as_of, .. } => write!(out, "age{precision:?}{}", as_of.is_some()),
            // Not worth telling apart: equal only to itself.
            _ => write!(out, "?{}", id.0),
        },
    };
}

fn write_query(select: &Select, out: &mut String) -> std::fmt::Result {
    let lists: Vec<bool> = select.sources.iter().map(|s| s.list).collect();
    let with: Vec<_> = select.relationships.iter().map(|r| (r.with, r.source.list, r.such_that.is_some())).collect();
    let result = match &select.result {
        Outcome::Element => "element",
        Outcome::Return { distinct: true, .. } => "distinct",
        Outcome::Return { .. } => "all",
        Outcome::Aggregate { distinct: true, .. } => "aggregate distinct",
        Outcome::Aggregate { .. } => "aggregate",
    };
    let sort: Vec<bool> = select.sort.iter().flat_map(|s| s.keys.iter().map(|(_, descending)| *descending)).collect();
    let shape = (select.lets.len(), select.filter.is_some(), select.singular);
    write!(out, "query{lists:?}{with:?}{shape:?}{result}{sort:?}")
}
