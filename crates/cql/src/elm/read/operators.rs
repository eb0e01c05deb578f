//! Operators of ELM, by the tables of names.

use super::{Read, Reader, names, text, typing};
use crate::ir::{BinaryOp, Expr, NaryOp, NodeId, Over, TimedOp, Type, UnaryOp};
use json::Value;

impl<'d> Reader<'d> {
    /// The `operand`s (one object, or a list).
    fn operands(&mut self, value: Value<'d>) -> Read<Vec<NodeId>> {
        let Some(operand) = value.get("operand") else {
            return Ok(Vec::new());
        };
        if operand.kind() == json::Kind::Array {
            let found: Vec<Value<'d>> = operand.items().collect();
            return found.into_iter().map(|o| self.expression(o)).collect();
        }
        Ok(vec![self.expression(operand)?])
    }

    fn exactly<const N: usize>(&mut self, value: Value<'d>) -> Read<[NodeId; N]> {
        let operands = self.operands(value)?;
        let count = operands.len();
        operands.try_into().map_err(|_| {
            let kind = text(&value, "type").unwrap_or_default();
            self.fault(value, format!("{kind} takes {N} operands, here are {count}"))
        })
    }

    /// An operator of the tables; `None` when the kind is in none.
    pub(super) fn operator(&mut self, kind: &str, value: Value<'d>) -> Option<Read> {
        if let Some(op) = names::find(names::UNARY, kind) {
            return Some(self.exactly::<1>(value).map(|[operand]| self.unary(op, operand)));
        }
        if let Some(op) = names::find(names::SOURCE, kind) {
            return Some(self.field(value, "source").map(|operand| self.unary(op, operand)));
        }
        if let Some(op) = names::find(names::BINARY, kind) {
            return Some(self.exactly::<2>(value).map(|[left, right]| self.binary(op, left, right)));
        }
        if let Some(op) = names::find(names::TIMED, kind) {
            return Some(self.timed(op, value));
        }
        if let Some((_, op, fields)) = names::NAMED_BINARY.iter().find(|(n, ..)| *n == kind) {
            return Some(self.fields(value, fields).and_then(|parts| match parts.as_slice() {
                [left, right] => Ok(self.binary(*op, *left, *right)),
                _ => Err(self.fault(value, format!("{kind} takes {} operands", fields.len()))),
            }));
        }
        if let Some((_, op, fields)) = names::NAMED_NARY.iter().find(|(n, ..)| *n == kind) {
            return Some(self.fields(value, fields).map(|parts| self.nary(*op, parts)));
        }
        if let Some(op) = names::find(names::NARY, kind) {
            return Some(self.operands(value).map(|parts| self.nary(op, parts)));
        }
        match kind {
            "Union" | "Intersect" | "Except" => Some(self.set_operator(kind, value)),
            "InValueSet" | "AnyInValueSet" | "InCodeSystem" | "AnyInCodeSystem" => Some(self.membership(kind, value)),
            _ => None,
        }
    }

    /// Named fields, in order, until one is missing.
    fn fields(&mut self, value: Value<'d>, names: &[&str]) -> Read<Vec<NodeId>> {
        let mut parts = Vec::with_capacity(names.len());
        for name in names {
            match value.get(name) {
                Some(part) => parts.push(self.expression(part)?),
                None => break,
            }
        }
        if parts.is_empty() {
            return Err(self.missing(value, names[0]));
        }
        Ok(parts)
    }

    fn unary(&mut self, op: UnaryOp, operand: NodeId) -> NodeId {
        let ty = self.type_of(operand);
        let op = match op {
            UnaryOp::Length if ty.element().is_some() => UnaryOp::ListLength,
            op => op,
        };
        let result = typing::unary(op, &ty);
        self.node(Expr::Unary { op, operand }, result)
    }

    fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> NodeId {
        let (a, b) = (self.type_of(left), self.type_of(right));
        if op == BinaryOp::Add && (a == Type::STRING || b == Type::STRING) {
            return self.nary(NaryOp::Concatenate, vec![left, right]);
        }
        let op = match op {
            BinaryOp::Indexer if a == Type::STRING => BinaryOp::StringIndexer,
            op => op,
        };
        let result = typing::binary(op, &a, &b);
        self.node(Expr::Binary { op, left, right }, result)
    }

    fn nary(&mut self, op: NaryOp, mut operands: Vec<NodeId>) -> NodeId {
        let first = operands.first().map_or(Type::ANY, |o| self.type_of(*o));
        let mut op = op;
        let ty = match op {
            NaryOp::Coalesce => match (operands.as_slice(), first.element()) {
                ([_], Some(element)) => {
                    op = NaryOp::CoalesceList;
                    element.clone()
                }
                _ => {
                    let found: Vec<Type> = operands.iter().map(|o| self.type_of(*o)).collect();
                    found.iter().fold(Type::ANY, |a, b| crate::sema::merge(&a, b))
                }
            },
            NaryOp::Concatenate | NaryOp::Combine | NaryOp::ReplaceMatches | NaryOp::Substring => Type::STRING,
            NaryOp::Split => Type::list(Type::STRING),
            NaryOp::Round => Type::DECIMAL,
            NaryOp::Expand => match &first {
                Type::Interval(point) => Type::list((**point).clone()),
                other => other.clone(),
            },
            NaryOp::Collapse | NaryOp::Slice | NaryOp::CoalesceList => first,
        };
        let wanted = match op {
            NaryOp::Collapse | NaryOp::Expand => 2,
            NaryOp::Slice => 3,
            _ => 0,
        };
        while operands.len() < wanted {
            operands.push(self.node(Expr::Null, Type::ANY));
        }
        let expr = Expr::Nary { op, operands: operands.into() };
        self.node(expr, ty)
    }

    fn timed(&mut self, op: TimedOp, value: Value<'d>) -> Read {
        let [mut left, mut right] = self.exactly::<2>(value)?;
        let precision = text(&value, "precision").and_then(|p| names::precision(&p));
        let (a, b) = (self.type_of(left), self.type_of(right));
        let is_interval = |t: &Type| t.point().is_some();
        let is_list = |t: &Type| t.element().is_some();
        let compares =
            matches!(op, TimedOp::Before | TimedOp::After | TimedOp::SameAs | TimedOp::SameOrBefore | TimedOp::SameOrAfter);
        let mut op = op;
        let over = if compares {
            if is_interval(&a) || is_interval(&b) {
                if !is_interval(&a) && !a.is_any() {
                    left = self.unary(UnaryOp::ToInterval, left);
                }
                if !is_interval(&b) && !b.is_any() {
                    right = self.unary(UnaryOp::ToInterval, right);
                }
                Over::Intervals
            } else {
                Over::Points
            }
        } else {
            // The container decides; a point beside it makes inclusion a membership.
            let point_right = !is_interval(&b) && !is_list(&b) && !b.is_any();
            let point_left = !is_interval(&a) && !is_list(&a) && !a.is_any();
            op = match op {
                TimedOp::Includes if point_right => TimedOp::Contains,
                TimedOp::ProperIncludes if point_right => TimedOp::ProperContains,
                TimedOp::IncludedIn if point_left => TimedOp::In,
                TimedOp::ProperIncludedIn if point_left => TimedOp::ProperIn,
                op => op,
            };
            let container = match op {
                TimedOp::In | TimedOp::ProperIn | TimedOp::IncludedIn | TimedOp::ProperIncludedIn => &b,
                _ => &a,
            };
            let other_list = matches!(op, TimedOp::Includes | TimedOp::ProperIncludes) && is_list(&b)
                || matches!(op, TimedOp::IncludedIn | TimedOp::ProperIncludedIn) && is_list(&a);
            if is_list(container) || other_list { Over::Lists } else { Over::Intervals }
        };
        let expr = Expr::Timed { op, over, precision, left, right };
        Ok(self.node(expr, Type::BOOLEAN))
    }

    fn set_operator(&mut self, kind: &str, value: Value<'d>) -> Read {
        let mut operands = self.operands(value)?.into_iter();
        let Some(mut result) = operands.next() else {
            return Err(self.missing(value, "operand"));
        };
        for operand in operands {
            let types = [self.type_of(result), self.type_of(operand)];
            let intervals = types.iter().any(|t| t.point().is_some());
            let op = match (kind, intervals) {
                ("Union", true) => BinaryOp::UnionIntervals,
                ("Union", false) => BinaryOp::UnionLists,
                ("Intersect", true) => BinaryOp::IntersectIntervals,
                ("Intersect", false) => BinaryOp::IntersectLists,
                (_, true) => BinaryOp::ExceptIntervals,
                (_, false) => BinaryOp::ExceptLists,
            };
            result = self.binary(op, result, operand);
        }
        Ok(result)
    }

    fn membership(&mut self, kind: &str, value: Value<'d>) -> Read {
        let (codes, set, reference, op) = match kind {
            "InValueSet" => ("code", "valueset", "ValueSetRef", BinaryOp::InValueSet),
            "AnyInValueSet" => ("codes", "valueset", "ValueSetRef", BinaryOp::AnyInValueSet),
            "InCodeSystem" => ("code", "codesystem", "CodeSystemRef", BinaryOp::InCodeSystem),
            _ => ("codes", "codesystem", "CodeSystemRef", BinaryOp::AnyInCodeSystem),
        };
        let left = self.field(value, codes)?;
        let right = self.set_operand(value, set, reference)?;
        Ok(self.node(Expr::Binary { op, left, right }, Type::BOOLEAN))
    }
}
