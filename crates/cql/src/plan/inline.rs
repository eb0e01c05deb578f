//! Laying small functions into the places that call them.

use super::lower::{Lower, Place};
use super::{End, Op, OpId};
use crate::ir::{Expr, FunctionId, NodeId, Plan, SystemType, Type};
use std::sync::Arc;

/// Functions of more nodes than this are called.
const MOST_NODES: usize = 300;
/// Functions laid into each other deeper than this are called.
const MOST_OPEN: usize = 12;
/// With more ops than this nothing more is laid in.
const MOST_OPS: usize = 200_000;

/// How a function uses its operands.
pub(super) struct Uses {
    /// Nodes of the body.
    nodes: usize,
    /// How often each operand is read; a use inside a loop counts twice.
    operands: Vec<u32>,
}

impl Uses {
    fn of(plan: &Plan, function: FunctionId) -> Uses {
        let function = plan.function(function);
        let mut uses = Uses { nodes: 0, operands: vec![0; function.operands.len()] };
        let mut pending: Vec<(NodeId, u32)> = function.body.map(|body| (body, 1)).into_iter().collect();
        while let Some((id, weight)) = pending.pop() {
            uses.nodes += 1;
            if uses.nodes > MOST_NODES {
                break;
            }
            let expr = &plan.node(id).expr;
            if let Expr::Local(local) = expr
                && let Some(count) = uses.operands.get_mut(local.index())
            {
                *count += weight;
            }
            let is_loop = matches!(expr, Expr::Query(_) | Expr::ForEach { .. } | Expr::Repeat { .. });
            expr.operands(&mut |operand| pending.push((operand, if is_loop { 2 } else { weight })));
        }
        uses
    }
}

impl Lower<'_> {
    pub(super) fn call(&mut self, id: NodeId, function: FunctionId, arguments: &[NodeId]) -> OpId {
        let uses = Arc::clone(self.uses.entry(function).or_insert_with(|| Arc::new(Uses::of(self.plan, function))));
        let declared = self.plan.function(function);
        let small = uses.nodes <= MOST_NODES && self.open.len() < MOST_OPEN && self.code.ops.len() < MOST_OPS;
        let Some(body) = declared.body.filter(|_| small && !self.open.contains(&function)) else {
            let arguments = self.ops(arguments);
            self.want(function);
            return self.push(id, Op::Call(function, arguments));
        };
        let offset = self.slots;
        self.slots += declared.locals.len().max(arguments.len()) as u32;
        let mut known = vec![None; arguments.len()];
        let mut given = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let op = self.op(*argument);
            if self.stands_for_itself(op, uses.operands.get(index).copied().unwrap_or(0)) {
                known[index] = Some(op);
            } else {
                given.push((offset + index as u32, op));
            }
        }
        self.open.push(function);
        self.places.push(Place { offset, known });
        let body = self.op(body);
        self.places.pop();
        self.open.pop();
        let is_condition = *self.plan.type_of(id) == Type::System(SystemType::Boolean);
        if given.is_empty() && !is_condition {
            return body;
        }
        self.push(id, Op::Let(given.into(), body))
    }

    /// Whether an operand may be evaluated where it is read: it cannot fail, and is not evaluated more often than before.
    fn stands_for_itself(&self, op: OpId, uses: u32) -> bool {
        match self.code.op(op) {
            Op::Null | Op::Constant(_) | Op::Local(_) => true,
            Op::Path(path) => {
                let is_slot = matches!(self.code.op(path.source), Op::Local(_));
                uses <= 1 && is_slot && matches!(path.end, End::Object | End::Primitive(_))
            }
            _ => false,
        }
    }
}
