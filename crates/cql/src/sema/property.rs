//! `source.name`: how an element is read, by the static type of the source.

use super::checker::{Checker, Failed, Typed};
use super::types;
use crate::ir::{Access, Expr, LocalKind, NodeId, Query, QueryResult, QuerySource, Type, UnaryOp};
use crate::model::{self, Element};
use crate::syntax::ast::Range;
use crate::syntax::{DiagnosticCode, nearest};
use std::sync::Arc;

impl Checker<'_> {
    /// Does a value of this type have an element of this name?
    pub(super) fn has_property(&self, ty: &Type, name: &str) -> bool {
        match ty {
            Type::System(system) => model::system_element(*system, name).is_some(),
            Type::Interval(_) => matches!(name, "low" | "high" | "lowClosed" | "highClosed"),
            Type::Tuple(elements) => elements.iter().any(|(n, _)| &**n == name),
            Type::Class { model, name: class } => self.models.element(model, class, name).is_some(),
            Type::List(of) => self.has_property(of, name),
            Type::Choice(alternatives) => alternatives.iter().any(|a| self.has_property(a, name)),
        }
    }

    /// Names of the elements of a type, for advice.
    pub(super) fn property_names(&self, ty: &Type) -> Vec<Arc<str>> {
        match ty {
            Type::Tuple(elements) => elements.iter().map(|(n, _)| n.clone()).collect(),
            Type::Class { model, name } => {
                self.models.get(model).map(|m| m.element_names(name).into_iter().map(Arc::from).collect()).unwrap_or_default()
            }
            Type::List(of) => self.property_names(of),
            Type::Choice(alternatives) => alternatives.iter().flat_map(|a| self.property_names(a)).collect(),
            Type::Interval(_) => ["low", "high", "lowClosed", "highClosed"].map(Arc::from).into(),
            Type::System(_) => ["value", "unit", "code", "system", "version", "display", "codes"]
                .into_iter()
                .filter(|n| self.has_property(ty, n))
                .map(Arc::from)
                .collect(),
        }
    }

    /// Reads an element.
    pub(super) fn property(&mut self, source: NodeId, name: &Arc<str>, range: Range) -> Typed {
        let ty = self.type_of(source);
        match &ty {
            Type::Tuple(elements) => {
                let found = elements.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
                match found {
                    Some(ty) => Ok(self.element(source, name, ty, range)),
                    None => Err(self.no_property(&ty, name, range)),
                }
            }
            Type::Interval(point) => match &**name {
                "low" | "high" => Ok(self.element(source, name, (**point).clone(), range)),
                "lowClosed" | "highClosed" => Ok(self.element(source, name, Type::BOOLEAN, range)),
                _ => Err(self.no_property(&ty, name, range)),
            },
            Type::System(system) => match model::system_element(*system, name) {
                Some(element) => Ok(self.element(source, name, element, range)),
                // `.value` of what a profile model has made a System value already.
                None if &**name == "value" => Ok(source),
                None if ty.is_any() => {
                    let expr = Expr::Property { source, access: Access::Dynamic(name.clone()) };
                    Ok(self.node(expr, Type::ANY, range))
                }
                None => Err(self.no_property(&ty, name, range)),
            },
            Type::Class { model, name: class } => match self.models.element(model, class, name).cloned() {
                Some(element) => self.class_element(source, (model, class), &element, range),
                None => self.unwrapped_property(source, &ty, name, range),
            },
            Type::List(_) => self.list_property(source, &ty, name, range),
            Type::Choice(alternatives) => self.choice_property(source, alternatives, &ty, name, range),
        }
    }

    /// A class whose System value has the element (`Period.low`, `CodeableConcept.codes`).
    fn unwrapped_property(&mut self, source: NodeId, ty: &Type, name: &Arc<str>, range: Range) -> Typed {
        if let Some((_, system)) = types::model_conversion(&self.models, ty)
            && self.has_property(&system, name)
            && let Some(converted) = self.try_convert(source, &system)
        {
            return self.property(converted, name, range);
        }
        // Classes around a System value in the profile models.
        if &**name == "value"
            && let Type::Class { model, name: class } = ty
            && matches!(self.models.base_of(model, class), Type::System(_))
            && &**model != "FHIR"
        {
            return Ok(source);
        }
        Err(self.no_property(ty, name, range))
    }

    pub(super) fn no_property(&mut self, ty: &Type, name: &str, range: Range) -> Failed {
        let names = self.property_names(ty);
        let advice = nearest(name, names.iter().map(|n| &**n)).map(|n| format!("did you mean `{n}`?"));
        self.fault_with(DiagnosticCode::UnknownProperty, range, format!("{ty} has no element `{name}`"), advice)
    }

    /// `list.path`: the path of each element; nulls are left out and lists are joined.
    fn list_property(&mut self, source: NodeId, ty: &Type, name: &Arc<str>, range: Range) -> Typed {
        let element = ty.element().cloned().unwrap_or(Type::ANY);
        let span = self.span(range);
        let local = self.local("$this", LocalKind::This, element);
        let one = self.local_ref(local, span);
        let path = self.property(one, name, range)?;
        let path_type = self.type_of(path);
        let is_null = Expr::Unary { op: UnaryOp::IsNull, operand: path };
        let is_null = self.node(is_null, Type::BOOLEAN, range);
        let filter = self.not(is_null, range);
        let expr = Expr::Query(Box::new(Query {
            sources: Box::new([QuerySource { local, expression: source, list: true }]),
            lets: Box::new([]),
            relationships: Box::new([]),
            filter: Some(filter),
            result: QueryResult::Return { expression: path, distinct: false },
            sort: None,
            singular: false,
        }));
        let all = self.node(expr, Type::list(path_type.clone()), range);
        match path_type {
            Type::List(_) => {
                let expr = Expr::Unary { op: UnaryOp::Flatten, operand: all };
                Ok(self.node(expr, path_type, range))
            }
            _ => Ok(all),
        }
    }

    /// `choice.path`: the path of whichever alternative has it.
    fn choice_property(&mut self, source: NodeId, alternatives: &Arc<[Type]>, ty: &Type, name: &Arc<str>, range: Range) -> Typed {
        let having: Vec<Type> = alternatives.iter().filter(|a| self.has_property(a, name)).cloned().collect();
        let span = self.span(range);
        if having.is_empty() {
            if &**name == "value" {
                return Ok(source);
            }
            return Err(self.no_property(ty, name, range));
        }
        if let [only] = having.as_slice() {
            let expr = Expr::As { operand: source, ty: self.models.runtime_type(only), strict: false };
            let narrowed = self.node(expr, only.clone(), range);
            return self.property(narrowed, name, range);
        }
        let local = self.local("X", LocalKind::This, ty.clone());
        let mut items = Vec::with_capacity(having.len());
        for alternative in &having {
            let tested = self.local_ref(local, span);
            let runtime = self.models.runtime_type(alternative);
            let expr = Expr::Is { operand: tested, ty: runtime.clone() };
            let when = self.node(expr, Type::BOOLEAN, range);
            let value = self.local_ref(local, span);
            let expr = Expr::As { operand: value, ty: runtime, strict: false };
            let narrowed = self.node(expr, alternative.clone(), range);
            items.push((when, self.property(narrowed, name, range)?));
        }
        let result = items.iter().map(|(_, node)| self.type_of(*node)).fold(Type::ANY, |a, b| types::merge(&self.models, &a, &b));
        let null = self.node(Expr::Null, Type::ANY, range);
        let otherwise = self.cast(null, &result, span);
        let expr = Expr::Case { comparand: None, items: items.into(), otherwise };
        let body = self.node(expr, result, range);
        Ok(self.with_value(source, local, body, span))
    }
}

/// How to read an element of a FHIR class.
pub(crate) fn access(element: &Element) -> Access {
    match &element.ty {
        Type::Choice(alternatives) => {
            let alternatives = alternatives
                .iter()
                .filter_map(|ty| match ty {
                    Type::Class { name, .. } => Some((model::choice_member(&element.name, name).into(), ty.clone())),
                    _ => None,
                })
                .collect();
            Access::ModelChoice { name: element.name.clone(), alternatives }
        }
        Type::List(of) => Access::Model { name: element.name.clone(), ty: (**of).clone(), list: true },
        ty => Access::Model { name: element.name.clone(), ty: ty.clone(), list: false },
    }
}

/// A query over a list that keeps the elements for which a condition holds.
pub(crate) fn element_query(list: NodeId, local: crate::ir::LocalId, filter: Option<NodeId>) -> Expr {
    Expr::Query(Box::new(Query {
        sources: Box::new([QuerySource { local, expression: list, list: true }]),
        lets: Box::new([]),
        relationships: Box::new([]),
        filter,
        result: QueryResult::Element,
        sort: None,
        singular: false,
    }))
}
