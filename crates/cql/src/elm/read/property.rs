//! `Property` of ELM.

use super::{Read, Reader, text};
use crate::ir::{Access, Expr, LocalKind, NodeId, Type, UnaryOp};
use crate::model;
use json::Value;

impl<'d> Reader<'d> {
    pub(super) fn property(&mut self, value: Value<'d>) -> Read {
        let Some(path) = text(&value, "path") else {
            return Err(self.fault(value, "a Property has a path"));
        };
        let mut node = match (value.get("source"), text(&value, "scope")) {
            (Some(source), _) => self.expression(source)?,
            (None, Some(scope)) => self.named_local(value, &scope)?,
            // A sort key: the element being sorted.
            (None, None) => self.named_local(value, "$this")?,
        };
        for name in path.split('.') {
            node = self.element(node, name);
        }
        Ok(node)
    }

    /// One step of a path, by the type of the source; where that says too little the running value decides.
    pub(super) fn element(&mut self, source: NodeId, name: &str) -> NodeId {
        let ty = self.type_of(source);
        let (access, result) = match &ty {
            Type::Class { model, name: class } => {
                let found = model::by_name(model).and_then(|m| m.element(class, name));
                match found {
                    Some(element) if name == "value" && model::fhir().primitive(class).is_some() => {
                        (Access::ModelValue, element.ty.clone())
                    }
                    Some(element) => (crate::sema::access(element), element.ty.clone()),
                    None => (Access::Dynamic(name.into()), Type::ANY),
                }
            }
            Type::Tuple(elements) => {
                let found = elements.iter().find(|(n, _)| &**n == name).map(|(_, t)| t.clone());
                (Access::Element(name.into()), found.unwrap_or(Type::ANY))
            }
            Type::Interval(point) => {
                let result = if name.ends_with("Closed") { Type::BOOLEAN } else { (**point).clone() };
                (Access::Element(name.into()), result)
            }
            Type::System(system) => match model::system_element(*system, name) {
                Some(result) => (Access::Element(name.into()), result),
                None => (Access::Dynamic(name.into()), Type::ANY),
            },
            Type::List(of) => return self.each_element(source, of, name),
            Type::Choice(_) => (Access::Dynamic(name.into()), Type::ANY),
        };
        self.node(Expr::Property { source, access }, result)
    }

    fn each_element(&mut self, source: NodeId, of: &Type, name: &str) -> NodeId {
        let depth = self.scope.len();
        let local = self.local("$this", LocalKind::This, of.clone());
        let one = self.local_ref(local);
        let element = self.element(one, name);
        self.scope.truncate(depth);
        let of = self.type_of(element);
        let expr = Expr::ForEach { source, local, element };
        let each = self.node(expr, Type::list(of.clone()));
        if of.element().is_none() {
            return each;
        }
        let expr = Expr::Unary { op: UnaryOp::Flatten, operand: each };
        self.node(expr, of)
    }
}
