//! Elements of the classes of a model: read from FHIR, through the mapping of a profile model where it has one.

use super::checker::{Checker, Typed};
use super::property::{access, element_query};
use super::types;
use crate::ir::{
    Access, BinaryOp, Expr, Intrinsic, Literal, LocalKind, NaryOp, NodeId, Query, QueryResult, QuerySource, SystemType, Type,
    UnaryOp,
};
use crate::model::{Element, Step, Target, TargetPath};
use crate::syntax::ast::Range;
use std::sync::Arc;

impl Checker<'_> {
    /// An element of a model class.
    pub(super) fn class_element(
        &mut self,
        source: NodeId,
        (model, class): (&Arc<str>, &Arc<str>),
        element: &Element,
        range: Range,
    ) -> Typed {
        if &**model == "FHIR" {
            return Ok(self.fhir_element(source, class, element, range));
        }
        let fhir = self.models.fhir_behind(model, class);
        match &element.target {
            None | Some(Target::Value) => self.same_element(source, &fhir, &element.name, &element.ty, range),
            Some(target) => self.target((source, &fhir), element, target, range),
        }
    }

    /// Reads an element of a FHIR class.
    pub(super) fn fhir_element(&mut self, source: NodeId, class: &str, element: &Element, range: Range) -> NodeId {
        let is_value = &*element.name == "value" && self.models.fhir().primitive(class).is_some();
        let access = if is_value { Access::ModelValue } else { access(element) };
        let expr = Expr::Property { source, access };
        self.node(expr, element.ty.clone(), range)
    }

    /// The FHIR element of the same name. Slices that the model does not map have none; reading them gives null, as in the reference.
    fn same_element(&mut self, source: NodeId, fhir: &str, name: &Arc<str>, wanted: &Type, range: Range) -> Typed {
        match self.models.fhir().element(fhir, name).cloned() {
            Some(found) => {
                let raw = self.fhir_element(source, fhir, &found, range);
                self.as_profile(raw, wanted, range)
            }
            None => {
                let expr = Expr::Property { source, access: Access::Dynamic(name.clone()) };
                Ok(self.node(expr, wanted.clone(), range))
            }
        }
    }

    /// FHIR values seen as the profile model's type.
    fn as_profile(&mut self, raw: NodeId, wanted: &Type, range: Range) -> Typed {
        let from = self.type_of(raw);
        match (&from, wanted) {
            (Type::List(a), Type::List(b)) => {
                if a == b {
                    return Ok(raw);
                }
                let span = self.span(range);
                let local = self.local("X", LocalKind::This, (**a).clone());
                let one = self.local_ref(local, span);
                let converted = self.as_profile(one, b, range)?;
                if converted == one {
                    return Ok(self.retyped(raw, wanted.clone()));
                }
                let expr = Expr::ForEach { source: raw, local, element: converted };
                Ok(self.node(expr, wanted.clone(), range))
            }
            // The profile limits a repeating element to one; the reference reads it as it stands.
            (Type::List(_), Type::Class { .. }) | (_, Type::Class { .. }) => Ok(self.retyped(raw, wanted.clone())),
            (Type::List(of), _) => {
                let expr = Expr::Unary { op: UnaryOp::SingletonFrom, operand: raw };
                let single = self.node(expr, (**of).clone(), range);
                self.as_profile(single, wanted, range)
            }
            (Type::Choice(_), _) => {
                let function = match wanted {
                    Type::System(SystemType::Concept) => Intrinsic::ToConcept,
                    Type::System(SystemType::Code) => Intrinsic::ToCode,
                    Type::System(SystemType::Quantity) => Intrinsic::ToQuantity,
                    Type::System(SystemType::Ratio) => Intrinsic::ToRatio,
                    _ => Intrinsic::ToValue,
                };
                let expr = Expr::Intrinsic { function, operand: raw };
                Ok(self.node(expr, wanted.clone(), range))
            }
            _ => match types::model_conversion(&self.models, &from) {
                Some((function, system)) => {
                    let expr = Expr::Intrinsic { function, operand: raw };
                    let node = self.node(expr, system, range);
                    self.convert(node, wanted, range, "this element")
                }
                None => Ok(self.retyped(raw, wanted.clone())),
            },
        }
    }

    /// The same node under another static type (the running value is the same FHIR value).
    pub(super) fn retyped(&mut self, node: NodeId, ty: Type) -> NodeId {
        if node.index() + 1 == self.plan.nodes.len() {
            self.plan.nodes[node.index()].ty = ty;
            return node;
        }
        let span = self.span_of(node);
        let expr = Expr::As { operand: node, ty: self.models.runtime_type(&ty), strict: false };
        self.node_at(expr, ty, span)
    }

    /// An element that is mapped otherwise than by its name.
    fn target(&mut self, parent: (NodeId, &str), element: &Element, target: &Target, range: Range) -> Typed {
        match target {
            Target::Value => self.same_element(parent.0, parent.1, &element.name, &element.ty, range),
            Target::Path(path) => self.target_path(parent, path, &element.ty, range),
            Target::Alternatives(alternatives) => {
                let mut operands = Vec::with_capacity(alternatives.len());
                for (ty, target) in alternatives {
                    let one = Element { name: element.name.clone(), ty: Type::System(*ty), target: None };
                    operands.push(self.target(parent, &one, target, range)?);
                }
                let expr = Expr::Nary { op: NaryOp::Coalesce, operands: operands.into() };
                Ok(self.node(expr, element.ty.clone(), range))
            }
        }
    }

    /// `%parent.extension[url='...'].value` and its like: those of the list that satisfy the conditions, what the rest of the path gives of each, and the only one
    /// of these unless the element repeats.
    fn target_path(&mut self, (parent, fhir): (NodeId, &str), path: &TargetPath, wanted: &Type, range: Range) -> Typed {
        let split = path.steps.iter().position(|s| matches!(s, Step::Where(_))).unwrap_or(path.steps.len());
        let mut found = parent;
        for (i, step) in path.steps[..split].iter().enumerate() {
            let Step::Element(name) = step else { continue };
            if i == 0
                && let Some(element) = self.models.fhir().element(fhir, name).cloned()
            {
                found = self.fhir_element(parent, fhir, &element, range);
                continue;
            }
            found = if self.has_property(&self.type_of(found), name) {
                self.property(found, name, range)?
            } else {
                // A mapping that leads nowhere (published models have such): null, as in the reference.
                let expr = Expr::Property { source: found, access: Access::Dynamic(name.clone()) };
                self.node(expr, Type::ANY, range)
            };
        }
        if let Some(Step::Where(conditions)) = path.steps.get(split) {
            // What `.value.value` reads: text for a function that takes text, else the System value that is wanted.
            let leaf = match &path.function {
                Some(_) => Type::STRING,
                None => wanted.element().unwrap_or(wanted).clone(),
            };
            found = self.matching(found, conditions, (&path.steps[split + 1..], leaf), range)?;
        }
        let list = self.type_of(found);
        match (list.element(), wanted.element()) {
            (Some(from), Some(to)) => {
                let local = self.local("X", LocalKind::This, from.clone());
                let span = self.span(range);
                let one = self.local_ref(local, span);
                let converted = self.target_value(one, path.function.as_deref(), to, range);
                let expr = Expr::ForEach { source: found, local, element: converted };
                Ok(self.node(expr, wanted.clone(), range))
            }
            (Some(from), None) => {
                let (expr, from) = (Expr::Unary { op: UnaryOp::SingletonFrom, operand: found }, from.clone());
                let one = self.node(expr, from, range);
                Ok(self.target_value(one, path.function.as_deref(), wanted, range))
            }
            _ => Ok(self.target_value(found, path.function.as_deref(), wanted, range)),
        }
    }

    /// The elements of a list for which every (path, text) holds, and the rest of the path from each.
    fn matching(
        &mut self,
        list: NodeId,
        conditions: &[(Arc<str>, Arc<str>)],
        (rest, leaf): (&[Step], Type),
        range: Range,
    ) -> Typed {
        let ty = self.type_of(list);
        let span = self.span(range);
        let element = ty.element().cloned().unwrap_or(Type::ANY);
        let local = self.local("$this", LocalKind::This, element);
        let mut filter = None;
        for (path, text) in conditions {
            let mut value = self.local_ref(local, span);
            for name in path.split('.') {
                value = self.property(value, &name.into(), range)?;
                if let Type::List(of) = self.type_of(value) {
                    let expr = Expr::Unary { op: UnaryOp::First, operand: value };
                    value = self.node(expr, (*of).clone(), range);
                }
            }
            let left = self.convert(value, &Type::STRING, range, "this element")?;
            let right = self.literal(Literal::String(text.clone()), range);
            let equal = self.node(Expr::Binary { op: BinaryOp::Equal, left, right }, Type::BOOLEAN, range);
            filter = Some(match filter {
                Some(left) => self.node(Expr::Binary { op: BinaryOp::And, left, right: equal }, Type::BOOLEAN, range),
                None => equal,
            });
        }
        let names: Vec<&Arc<str>> =
            rest.iter().filter_map(|s| if let Step::Element(name) = s { Some(name) } else { None }).collect();
        let Some(first) = names.first() else {
            let query = element_query(list, local, filter);
            return Ok(self.node(query, ty, range));
        };
        let one = self.local_ref(local, span);
        let mut value = self.property(one, first, range)?;
        if names.len() > 1 {
            let expr = Expr::Property { source: value, access: Access::ModelValue };
            value = self.node(expr, leaf, range);
        }
        let result = Type::list(self.type_of(value));
        let expr = Expr::Query(Box::new(Query {
            sources: Box::new([QuerySource { local, expression: list, list: true }]),
            lets: Box::new([]),
            relationships: Box::new([]),
            filter,
            result: QueryResult::Return { expression: value, distinct: false },
            sort: None,
            singular: false,
        }));
        Ok(self.node(expr, result, range))
    }

    /// The value at the end of a mapping, made by its function.
    fn target_value(&mut self, value: NodeId, function: Option<&str>, wanted: &Type, range: Range) -> NodeId {
        let function = match function {
            Some("ToConcept") => Some(Intrinsic::ToConcept),
            Some("ToCode") => Some(Intrinsic::ToCode),
            Some("ToQuantity") => Some(Intrinsic::ToQuantity),
            Some("ToRatio") => Some(Intrinsic::ToRatio),
            Some("ToValueSet") => Some(Intrinsic::ToValueSet),
            Some(_) => Some(Intrinsic::ToValue),
            None => None,
        };
        match function {
            Some(function) => self.node(Expr::Intrinsic { function, operand: value }, wanted.clone(), range),
            None => self.retyped(value, wanted.clone()),
        }
    }
}
