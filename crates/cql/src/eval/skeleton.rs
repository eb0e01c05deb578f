//! The logical shape of a definition: what it is a conjunction, disjunction or count of.

use super::program::Program;
use crate::ir::{BinaryOp, DefinitionId, Expr, NodeId, UnaryOp};

/// How a definition is put together from others, one level deep: a reference to another
/// definition is an atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skeleton {
    /// All of them.
    And(Vec<Skeleton>),
    /// Any of them.
    Or(Vec<Skeleton>),
    /// The opposite.
    Not(Box<Skeleton>),
    /// Another definition.
    Atom(DefinitionId),
    /// A condition that is no combination of definitions: the plan's node.
    Condition(NodeId),
}

impl Program {
    /// The logical shape of a definition's body.
    pub fn skeleton(&self, definition: DefinitionId) -> Skeleton {
        self.shape(self.plan().definition(definition).body, 0)
    }

    fn shape(&self, id: NodeId, depth: usize) -> Skeleton {
        if depth > 500 {
            return Skeleton::Condition(id);
        }
        let inner = |node: NodeId| self.shape(node, depth + 1);
        match &self.plan().node(id).expr {
            Expr::ExpressionRef(definition) => Skeleton::Atom(*definition),
            Expr::Binary { op: BinaryOp::And, left, right } => match (inner(*left), inner(*right)) {
                (Skeleton::And(mut l), Skeleton::And(r)) => {
                    l.extend(r);
                    Skeleton::And(l)
                }
                (Skeleton::And(mut l), r) => {
                    l.push(r);
                    Skeleton::And(l)
                }
                (l, r) => Skeleton::And(vec![l, r]),
            },
            Expr::Binary { op: BinaryOp::Or, left, right } => match (inner(*left), inner(*right)) {
                (Skeleton::Or(mut l), Skeleton::Or(r)) => {
                    l.extend(r);
                    Skeleton::Or(l)
                }
                (Skeleton::Or(mut l), r) => {
                    l.push(r);
                    Skeleton::Or(l)
                }
                (l, r) => Skeleton::Or(vec![l, r]),
            },
            Expr::Binary { op: BinaryOp::Implies, left, right } => {
                Skeleton::Or(vec![Skeleton::Not(Box::new(inner(*left))), inner(*right)])
            }
            Expr::Unary { op: UnaryOp::Not, operand } => Skeleton::Not(Box::new(inner(*operand))),
            Expr::As { operand, .. } => inner(*operand),
            _ => Skeleton::Condition(id),
        }
    }
}
