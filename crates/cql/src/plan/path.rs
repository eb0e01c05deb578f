//! Chains of properties as one reading of the JSON.

use super::lower::Lower;
use super::{End, Member, Op, OpId, Path, Step};
use crate::eval::types;
use crate::ir::{Access, Expr, Intrinsic, NodeId, SystemType, Type};
use crate::value::{Text, TypeId};

/// The type of elements whose class the tables do not have.
fn unknown_type() -> TypeId {
    types().id("Element").unwrap_or(TypeId(0))
}

fn member(name: &str, ty: &Type) -> Member {
    Member::new(name, types().of(ty).unwrap_or_else(unknown_type))
}

/// The steps a property access is, when the static type settles it.
fn step(access: &Access, node: NodeId) -> Option<Step> {
    match access {
        Access::Model { name, ty, list } => {
            Some(Step { members: [member(name, ty)].into(), list: *list, name: Text::new(name), node })
        }
        Access::ModelChoice { name, alternatives } => {
            let members = alternatives.iter().map(|(name, ty)| member(name, ty)).collect();
            Some(Step { members, list: false, name: Text::new(name), node })
        }
        Access::Element(_) | Access::ModelValue | Access::Dynamic(_) => None,
    }
}

impl Lower<'_> {
    /// A property, fused with the property it is read from.
    pub(super) fn property(&mut self, id: NodeId, source: NodeId, access: &Access) -> OpId {
        let plan = self.plan;
        match access {
            Access::ModelValue => {
                let source = self.op(source);
                let Type::System(system) = plan.type_of(id) else {
                    return self.push(id, Op::Property(source));
                };
                self.ended(id, source, End::Primitive(*system))
            }
            Access::Element(name) => {
                let at = match plan.type_of(source) {
                    Type::Tuple(elements) => elements.iter().position(|(n, _)| n == name),
                    _ => None,
                };
                let source = self.op(source);
                self.push(id, Op::Field { source, name: Text::new(name), at: at.unwrap_or(0) as u32 })
            }
            Access::Dynamic(_) => {
                let source = self.op(source);
                self.push(id, Op::Property(source))
            }
            Access::Model { .. } | Access::ModelChoice { .. } => {
                let source = self.op(source);
                match step(access, id) {
                    Some(step) => self.extended(id, source, step),
                    None => self.push(id, Op::Property(source)),
                }
            }
        }
    }

    /// One more step on a path, or the first of a new one.
    fn extended(&mut self, id: NodeId, source: OpId, step: Step) -> OpId {
        if let Some((source, mut steps)) = self.open_path(source) {
            steps.push(step);
            return self.push(id, Op::Path(Box::new(Path { source, steps: steps.into(), end: End::Object })));
        }
        self.push(id, Op::Path(Box::new(Path { source, steps: [step].into(), end: End::Object })))
    }

    /// What a path gives at its end; the source may be no path at all.
    fn ended(&mut self, id: NodeId, source: OpId, end: End) -> OpId {
        match self.open_path(source) {
            Some((source, steps)) => self.push(id, Op::Path(Box::new(Path { source, steps: steps.into(), end }))),
            None => self.push(id, Op::Path(Box::new(Path { source, steps: Box::new([]), end }))),
        }
    }

    /// The path of an op, taken apart to be made longer: only one that ends in a single object.
    fn open_path(&self, op: OpId) -> Option<(OpId, Vec<Step>)> {
        let Op::Path(path) = self.code.op(op) else {
            return None;
        };
        if path.end != End::Object || path.steps.last().is_some_and(|step| step.list) {
            return None;
        }
        Some((path.source, path.steps.to_vec()))
    }

    /// A conversion of FHIRHelpers: at the end of a path it reads the JSON itself.
    pub(super) fn convert(&mut self, id: NodeId, function: Intrinsic, operand: NodeId) -> OpId {
        let operand = self.op(operand);
        let fused = !matches!(function, Intrinsic::ToValue | Intrinsic::Resolve | Intrinsic::HasValue);
        if fused && self.open_path(operand).is_some() {
            return self.ended(id, operand, End::Convert(function));
        }
        self.push(id, Op::Convert(function, operand))
    }

    /// `x as T` of a choice element: only its members of that type are looked at.
    pub(super) fn narrowed(&mut self, operand: OpId, ty: &Type) -> bool {
        let wanted = match ty {
            Type::Class { .. } => types().of(ty),
            _ => None,
        };
        let Some(wanted) = wanted else {
            return false;
        };
        let Op::Path(path) = &mut self.code.ops[operand.0 as usize] else {
            return false;
        };
        let choice = path.steps.last().is_some_and(|step| step.members.len() > 1);
        if !choice || path.end != End::Object {
            return false;
        }
        let Some(step) = path.steps.last_mut() else {
            return false;
        };
        let members = std::mem::take(&mut step.members);
        step.members = members.into_vec().into_iter().filter(|m| types().is_a(m.ty, wanted)).collect();
        true
    }

    /// The System type a literal or path surely has, for choosing an op.
    pub(super) fn is_text(&self, node: NodeId) -> bool {
        matches!(self.plan.type_of(node), Type::System(SystemType::String))
            || matches!(&self.plan.node(node).expr, Expr::Literal(crate::ir::Literal::String(_)))
    }
}
