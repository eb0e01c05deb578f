//! `source.name`: how an element is read, by the static type of the source.

use super::checker::{Checker, Failed, Typed};
use super::types;
use super::typespec::runtime_type;
use crate::ir::{Access, BinaryOp, Expr, Intrinsic, Literal, LocalKind, NodeId, Query, QueryResult, QuerySource, Type, UnaryOp};
use crate::model::{self, Element, ExtensionPart, Target};
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
            Type::Class { model, name: class } => model::by_name(model).is_some_and(|m| m.element(class, name).is_some()),
            Type::List(of) => self.has_property(of, name),
            Type::Choice(alternatives) => alternatives.iter().any(|a| self.has_property(a, name)),
        }
    }

    /// Names of the elements of a type, for advice.
    pub(super) fn property_names(&self, ty: &Type) -> Vec<Arc<str>> {
        match ty {
            Type::Tuple(elements) => elements.iter().map(|(n, _)| n.clone()).collect(),
            Type::Class { model, name } => {
                model::by_name(model).map(|m| m.element_names(name).into_iter().map(Arc::from).collect()).unwrap_or_default()
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
            Type::Class { model, name: class } => {
                let element = model::by_name(model).and_then(|m| m.element(class, name));
                match element {
                    Some(element) => self.class_element(source, model, class, element, range),
                    None => self.unwrapped_property(source, &ty, name, range),
                }
            }
            Type::List(_) => self.list_property(source, &ty, name, range),
            Type::Choice(alternatives) => self.choice_property(source, alternatives, &ty, name, range),
        }
    }

    /// A class whose System value has the element (`Period.low`, `CodeableConcept.codes`).
    fn unwrapped_property(&mut self, source: NodeId, ty: &Type, name: &Arc<str>, range: Range) -> Typed {
        if let Some((_, system)) = types::model_conversion(ty)
            && self.has_property(&system, name)
            && let Some(converted) = self.try_convert(source, &system)
        {
            return self.property(converted, name, range);
        }
        // Classes around a System value in the profile models.
        if &**name == "value"
            && let Type::Class { model, name: class } = ty
            && matches!(model::base_of(model, class), Type::System(_))
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

    /// An element of a model class.
    fn class_element(
        &mut self,
        source: NodeId,
        model: &Arc<str>,
        class: &Arc<str>,
        element: &'static Element,
        range: Range,
    ) -> Typed {
        if &**model == "FHIR" {
            return Ok(self.fhir_element(source, class, element, range));
        }
        self.profile_element(source, model, class, element, range)
    }

    /// Reads an element of a FHIR class.
    fn fhir_element(&mut self, source: NodeId, class: &str, element: &'static Element, range: Range) -> NodeId {
        let is_value = element.name == "value" && model::fhir().primitive(class).is_some();
        let access = if is_value { Access::ModelValue } else { access(element) };
        let expr = Expr::Property { source, access };
        self.node(expr, element.ty.clone(), range)
    }

    /// Reads an element of a class of QI-Core or US Core from the FHIR data behind it.
    fn profile_element(
        &mut self,
        source: NodeId,
        model: &Arc<str>,
        class: &Arc<str>,
        element: &'static Element,
        range: Range,
    ) -> Typed {
        let fhir = fhir_of(model, class);
        match element.target {
            Some(Target::Extension { element: on, url, part, modifier }) => {
                self.extension(source, &fhir, on, url, (part, modifier), &element.ty, range)
            }
            Some(Target::Slice { element: list, system, code }) => {
                self.slice(source, &fhir, list, (system, code), &element.ty, range)
            }
            None | Some(Target::Value) => {
                let Some(found) = model::fhir().element(&fhir, element.name) else {
                    let ty = Type::class(model, class);
                    return Err(self.fault(
                        DiagnosticCode::Unsupported,
                        range,
                        format!("element `{}` of {ty} is a slice the engine does not read", element.name),
                    ));
                };
                let raw = self.fhir_element(source, &fhir, found, range);
                self.as_profile(raw, &element.ty, range)
            }
        }
    }

    /// FHIR values seen as the profile model's type.
    fn as_profile(&mut self, raw: NodeId, wanted: &Type, range: Range) -> Typed {
        let from = self.type_of(raw);
        match (&from, wanted) {
            (Type::List(a), Type::List(b)) => {
                if **b == runtime_type(b) && a == b {
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
            (Type::List(_), _) => {
                // The profile limits a repeating element to one.
                let element = from.element().cloned().unwrap_or(Type::ANY);
                let expr = Expr::Unary { op: UnaryOp::SingletonFrom, operand: raw };
                let single = self.node(expr, element, range);
                self.as_profile(single, wanted, range)
            }
            (_, Type::Class { model, name }) => {
                // A class around a System value (`QICore.EncounterStatus` is a String).
                match model::base_of(model, name) {
                    Type::System(_) if &**model != "FHIR" => match types::model_conversion(&from) {
                        Some((function, _)) => {
                            let expr = Expr::Intrinsic { function, operand: raw };
                            Ok(self.node(expr, wanted.clone(), range))
                        }
                        None => Ok(self.retyped(raw, wanted.clone())),
                    },
                    _ => Ok(self.retyped(raw, wanted.clone())),
                }
            }
            (Type::Choice(_), _) => {
                let expr = Expr::Intrinsic { function: Intrinsic::ToValue, operand: raw };
                Ok(self.node(expr, wanted.clone(), range))
            }
            _ => match types::model_conversion(&from) {
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
    fn retyped(&mut self, node: NodeId, ty: Type) -> NodeId {
        let last = node.index() + 1 == self.plan.nodes.len();
        if last {
            self.plan.nodes[node.index()].ty = ty;
            return node;
        }
        let span = self.span_of(node);
        let expr = Expr::As { operand: node, ty: runtime_type(&ty), strict: false };
        self.node_at(expr, ty, span)
    }

    /// `parent.extension.where(url = ...)`, the first of it, and its value when asked for.
    #[allow(clippy::too_many_arguments)]
    fn extension(
        &mut self,
        source: NodeId,
        fhir: &str,
        on: Option<&'static str>,
        url: &'static str,
        (part, modifier): (ExtensionPart, bool),
        wanted: &Type,
        range: Range,
    ) -> Typed {
        let mut parent = source;
        let mut class: Arc<str> = fhir.into();
        if let Some(on) = on
            && let Some(element) = model::fhir().element(fhir, on)
        {
            parent = self.fhir_element(source, fhir, element, range);
            if let Type::List(of) = &element.ty {
                let expr = Expr::Unary { op: UnaryOp::First, operand: parent };
                parent = self.node(expr, (**of).clone(), range);
            }
            class = match self.type_of(parent) {
                Type::Class { name, .. } => name,
                _ => "Element".into(),
            };
        }
        let name = if modifier { "modifierExtension" } else { "extension" };
        let Some(element) = model::fhir().element(&class, name) else {
            return Err(self.no_property(&Type::class("FHIR", &class), name, range));
        };
        let all = self.fhir_element(parent, &class, element, range);
        let matching = self.where_path(all, "url", url, range)?;
        let extension_type = Type::class("FHIR", "Extension");
        let list = matches!(wanted, Type::List(_));
        let found = if list {
            matching
        } else {
            let expr = Expr::Unary { op: UnaryOp::First, operand: matching };
            self.node(expr, extension_type, range)
        };
        if part == ExtensionPart::Whole {
            return Ok(self.retyped(found, wanted.clone()));
        }
        let value = self.property(found, &"value".into(), range)?;
        let expr = Expr::Intrinsic { function: Intrinsic::ToValue, operand: value };
        if list {
            let span = self.span(range);
            let element = self.type_of(value).element().cloned().unwrap_or(Type::ANY);
            let local = self.local("X", LocalKind::This, element);
            let one = self.local_ref(local, span);
            let expr = Expr::Intrinsic { function: Intrinsic::ToValue, operand: one };
            let to = wanted.element().cloned().unwrap_or(Type::ANY);
            let converted = self.node(expr, to, range);
            let expr = Expr::ForEach { source: value, local, element: converted };
            return Ok(self.node(expr, wanted.clone(), range));
        }
        Ok(self.node(expr, wanted.clone(), range))
    }

    /// The elements of a list whose System-valued element at `path` is `text`.
    fn where_path(&mut self, list: NodeId, path: &str, text: &str, range: Range) -> Typed {
        let ty = self.type_of(list);
        let span = self.span(range);
        let element = ty.element().cloned().unwrap_or(Type::ANY);
        let local = self.local("X", LocalKind::This, element);
        let one = self.local_ref(local, span);
        let value = self.property(one, &path.into(), range)?;
        let value = self.convert(value, &Type::STRING, range, "this element")?;
        let text = self.literal(Literal::String(text.into()), range);
        let expr = Expr::Binary { op: BinaryOp::Equal, left: value, right: text };
        let filter = self.node(expr, Type::BOOLEAN, range);
        let query = element_query(list, local, Some(filter));
        Ok(self.node(query, ty, range))
    }

    /// The elements of a list of concepts that hold a coding, converted.
    fn slice(
        &mut self,
        source: NodeId,
        fhir: &str,
        list: &'static str,
        (system, code): (&'static str, &'static str),
        wanted: &Type,
        range: Range,
    ) -> Typed {
        let Some(element) = model::fhir().element(fhir, list) else {
            return Err(self.no_property(&Type::class("FHIR", fhir), list, range));
        };
        let all = self.fhir_element(source, fhir, element, range);
        let concepts = self.convert(all, &Type::list(Type::CONCEPT), range, "this element")?;
        let elements = [("code", code), ("system", system)].map(|(name, text)| {
            let value = self.literal(Literal::String(text.into()), range);
            (Arc::<str>::from(name), value)
        });
        let expr = Expr::Instance { class: Type::CODE, elements: elements.into() };
        let coding = self.node(expr, Type::CODE, range);
        let span = self.span(range);
        let local = self.local("X", LocalKind::This, Type::CONCEPT);
        let one = self.local_ref(local, span);
        let same = self.operator("Equivalent", &[one, coding], None, range)?;
        let query = element_query(concepts, local, Some(same));
        let matching = self.node(query, Type::list(Type::CONCEPT), range);
        if matches!(wanted, Type::List(_)) {
            return Ok(matching);
        }
        let expr = Expr::Unary { op: UnaryOp::First, operand: matching };
        Ok(self.node(expr, Type::CONCEPT, range))
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
            let expr = Expr::As { operand: source, ty: runtime_type(only), strict: false };
            let narrowed = self.node(expr, only.clone(), range);
            return self.property(narrowed, name, range);
        }
        let local = self.local("X", LocalKind::This, ty.clone());
        let mut items = Vec::with_capacity(having.len());
        for alternative in &having {
            let tested = self.local_ref(local, span);
            let runtime = runtime_type(alternative);
            let expr = Expr::Is { operand: tested, ty: runtime.clone() };
            let when = self.node(expr, Type::BOOLEAN, range);
            let value = self.local_ref(local, span);
            let expr = Expr::As { operand: value, ty: runtime, strict: false };
            let narrowed = self.node(expr, alternative.clone(), range);
            items.push((when, self.property(narrowed, name, range)?));
        }
        let result = items.iter().map(|(_, node)| self.type_of(*node)).fold(Type::ANY, |a, b| types::merge(&a, &b));
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
                    Type::Class { name, .. } => {
                        let mut suffix = name.to_string();
                        suffix[..1].make_ascii_uppercase();
                        Some((format!("{}{suffix}", element.name).into(), ty.clone()))
                    }
                    _ => None,
                })
                .collect();
            Access::ModelChoice { name: element.name.into(), alternatives }
        }
        Type::List(of) => Access::Model { name: element.name.into(), ty: (**of).clone(), list: true },
        ty => Access::Model { name: element.name.into(), ty: ty.clone(), list: false },
    }
}

/// The FHIR class behind a class of a profile model; classes of profiled slices are what they are based on.
fn fhir_of(model: &Arc<str>, class: &Arc<str>) -> Arc<str> {
    let mut name = class.clone();
    for _ in 0..8 {
        let fhir = model::fhir_class(model, &name);
        if model::fhir().class(&fhir).is_some() {
            return fhir;
        }
        match model::base_of(model, &name) {
            Type::Class { name: base, .. } => name = base,
            _ => break,
        }
    }
    // Extensions have classes of their own in the profile models.
    "Extension".into()
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
