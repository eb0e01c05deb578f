//! Which expressions have one value for all patients: those that rest on constants alone, and those that rest on the request besides (its time and
//! parameters). The evaluator makes the values; here is only found which, and where they go.

use super::memo::{binders, visit};
use super::{Body, Code, Op, OpId, Origin, Slot};
use crate::ir::{BinaryOp, Expr, NaryOp, NullaryOp, Plan, UnaryOp};

/// What a value rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rests {
    /// Constants: the value is that of every evaluation.
    Nothing,
    /// Parameters, the time of the request: the value is that of every patient of a run.
    Request,
    /// The patient's data, terminology, or something that is not looked into.
    Data,
}

/// The largest expressions of a code that rest on no data.
pub(crate) struct Candidates {
    rests: Vec<Rests>,
    closed: Vec<bool>,
    /// No expression is looked at twice.
    seen: Vec<bool>,
}

impl Candidates {
    /// What each op of a code rests on. Ops must stand behind their operands, so this comes before memos are placed.
    pub(crate) fn of(plan: &Plan, code: &Code) -> Candidates {
        let mut definitions = vec![Rests::Request; code.definitions.len()];
        let mut parameters = vec![Rests::Request; code.parameters.len()];
        let mut rests: Vec<Rests> = Vec::with_capacity(code.ops.len());
        // What a definition rests on may stand behind it: from the best case to one that holds, which is worse or the same each time.
        loop {
            rests.clear();
            for index in 0..code.ops.len() {
                let mut all = own(plan, code, OpId(index as u32), &definitions, &parameters);
                visit(&code.ops[index], &mut |operand, _| all = all.max(rests[operand.0 as usize]));
                rests.push(all);
            }
            let of = |body: &Body| rests[body.op.0 as usize].max(Rests::Request);
            let of_definitions: Vec<Rests> = code.definitions.iter().map(of).collect();
            let of_parameters: Vec<Rests> = code.parameters.iter().map(|body| body.as_ref().map_or(Rests::Request, of)).collect();
            if of_definitions == definitions && of_parameters == parameters {
                break;
            }
            (definitions, parameters) = (of_definitions, of_parameters);
        }
        Candidates { rests, closed: closed(code), seen: vec![false; code.ops.len()] }
    }

    /// The largest candidates at or below an op. `within` one that is settled already only what rests on nothing is worth more.
    pub(crate) fn below(&mut self, code: &Code, op: OpId, within: bool, found: &mut Vec<Candidate>) {
        let mut pending = vec![op];
        while let Some(op) = pending.pop() {
            let at = op.0 as usize;
            if let Some(rests) = self.rests.get(at).copied() {
                if std::mem::replace(&mut self.seen[at], true) {
                    continue;
                }
                let wanted = if within { Rests::Nothing } else { Rests::Request };
                if rests <= wanted && self.closed[at] && is_work(code, op) {
                    found.push(Candidate { op, rests, within });
                    continue;
                }
            }
            visit(code.op(op), &mut |operand, _| pending.push(operand));
        }
    }

    /// Takes a candidate apart: its operands are looked at in its place.
    pub(crate) fn apart(&mut self, code: &Code, op: OpId, within: bool, found: &mut Vec<Candidate>) {
        let mut operands = Vec::new();
        visit(code.op(op), &mut |operand, _| operands.push(operand));
        for operand in operands {
            self.below(code, operand, within, found);
        }
    }
}

/// An expression that rests on no data.
pub(crate) struct Candidate {
    pub(crate) op: OpId,
    pub(crate) rests: Rests,
    /// It stands within one that is settled.
    pub(crate) within: bool,
}

/// Whether something is saved by knowing the value.
fn is_work(code: &Code, op: OpId) -> bool {
    match code.op(op) {
        Op::Null | Op::Constant(_) | Op::Local(_) | Op::Parameter(_) | Op::Definition(_) => false,
        Op::Memo(_, inner) => is_work(code, *inner),
        _ => true,
    }
}

/// What an op rests on beside its operands.
fn own(plan: &Plan, code: &Code, id: OpId, definitions: &[Rests], parameters: &[Rests]) -> Rests {
    match code.op(id) {
        Op::Retrieve(_)
        | Op::Call(..)
        | Op::Message(_)
        | Op::InValueSet { .. }
        | Op::Path(_)
        | Op::Property(_)
        | Op::Convert(..)
        | Op::Unary(UnaryOp::ExpandValueSet | UnaryOp::Children | UnaryOp::Descendents, _)
        | Op::Binary(
            BinaryOp::InValueSet
            | BinaryOp::AnyInValueSet
            | BinaryOp::InCodeSystem
            | BinaryOp::AnyInCodeSystem
            | BinaryOp::Subsumes
            | BinaryOp::SubsumedBy,
            ..,
        )
        // May be as long as it likes.
        | Op::Nary(NaryOp::Expand, _)
        | Op::Folded(..)
        | Op::Settled(..) => Rests::Data,
        Op::Definition(definition) => definitions[definition.index()],
        Op::Parameter(parameter) => parameters[parameter.index()],
        Op::Rare(_) => match &plan.node(code.origin(id).node).expr {
            Expr::Nullary(NullaryOp::Now | NullaryOp::Today | NullaryOp::TimeOfDay)
            | Expr::CalculateAge { as_of: None, .. } => Rests::Request,
            Expr::Date(_)
            | Expr::DateTime(_)
            | Expr::Time(_)
            | Expr::DurationBetween { .. }
            | Expr::DifferenceBetween { .. }
            | Expr::DateTimeComponentFrom { .. }
            | Expr::CalculateAge { .. } => Rests::Nothing,
            _ => Rests::Data,
        },
        _ => Rests::Nothing,
    }
}

/// Of each op, whether it rests on no slot that is filled outside it.
fn closed(code: &Code) -> Vec<bool> {
    let mut free: Vec<Vec<Slot>> = Vec::with_capacity(code.ops.len());
    for op in &code.ops {
        let mut slots: Vec<Slot> = Vec::new();
        if let Op::Local(slot) = op {
            slots.push(*slot);
        }
        visit(op, &mut |operand, _| slots.extend_from_slice(&free[operand.0 as usize]));
        slots.sort_unstable();
        slots.dedup();
        binders(op, &mut |bound| slots.retain(|slot| *slot != bound));
        free.push(slots);
    }
    free.iter().map(Vec::is_empty).collect()
}

impl Code {
    /// Puts what is known of an op before it; where it stands it is what `wrapped` makes of its new place. A memo keeps its place, so that what is
    /// long is made ready once a patient.
    pub(crate) fn wrap(&mut self, op: OpId, wrapped: impl FnOnce(OpId) -> Op) {
        let at = match self.op(op) {
            Op::Memo(_, inner) => *inner,
            _ => op,
        };
        let inner = OpId(self.ops.len() as u32);
        let moved = std::mem::replace(&mut self.ops[at.0 as usize], wrapped(inner));
        self.ops.push(moved);
        let origin = self.origin(at);
        self.origins.push(origin);
        self.origins[at.0 as usize] = Origin { clause: false, ..origin };
    }

    /// The op itself, behind what is known of its value: for whoever looks at what it is made of.
    pub(crate) fn made_of(&self, op: OpId) -> OpId {
        match self.op(op) {
            Op::Folded(_, inner) | Op::Settled(_, inner) => *inner,
            _ => op,
        }
    }
}
