//! Selectors and conditionals: intervals, lists, tuples, instances, codes, `if`, `case`.

use super::checker::{Checker, Failed, Typed};
use super::types;
use crate::ir::{Expr, NodeId, SystemType, Type};
use crate::model;
use crate::syntax::ast::{ExprId, Name, QualifiedName, Range, TypeSpec};
use crate::syntax::{DiagnosticCode, nearest};
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn interval(&mut self, bounds: [ExprId; 2], closed: [bool; 2], range: Range) -> Typed {
        let bounds = self.all(bounds)?;
        self.interval_nodes([bounds[0], bounds[1]], closed, range)
    }

    /// An interval of two checked bounds.
    pub(super) fn interval_nodes(&mut self, bounds: [NodeId; 2], closed: [bool; 2], range: Range) -> Typed {
        let found = [self.type_of(bounds[0]), self.type_of(bounds[1])];
        let Some(mut point) = types::common(&self.models, &found) else {
            return Err(self.fault(
                DiagnosticCode::TypeMismatch,
                range,
                format!("the bounds of an interval must be of one type, these are {} and {}", found[0], found[1]),
            ));
        };
        if let Some((_, system)) = types::model_conversion(&self.models, &point) {
            point = system;
        }
        let orders = match &point {
            Type::System(s) => !matches!(s, SystemType::Boolean | SystemType::Ratio | SystemType::Code | SystemType::Concept),
            Type::Choice(_) => true,
            _ => false,
        };
        if !orders {
            return Err(self.fault(DiagnosticCode::TypeMismatch, range, format!("there are no intervals of {point}")));
        }
        let low = self.convert(bounds[0], &point, range, "the low bound")?;
        let high = self.convert(bounds[1], &point, range, "the high bound")?;
        let expr = Expr::Interval { low, high, low_closed: closed[0], high_closed: closed[1] };
        Ok(self.node(expr, Type::interval(point), range))
    }

    pub(super) fn list(&mut self, element: Option<&TypeSpec>, items: &[ExprId], range: Range) -> Typed {
        let declared = match element {
            Some(spec) => Some(self.type_spec(spec)?),
            None => None,
        };
        let nodes = self.each(items)?;
        let element = declared.unwrap_or_else(|| {
            let found: Vec<Type> = nodes.iter().map(|n| self.type_of(*n)).collect();
            types::common_or_choice(&self.models, &found)
        });
        let nodes = self.converted(nodes, &element, range, "an element of this list")?;
        Ok(self.node(Expr::List(nodes.into()), Type::list(element), range))
    }

    fn converted(&mut self, nodes: Vec<NodeId>, to: &Type, range: Range, what: &str) -> Typed<Vec<NodeId>> {
        let mut converted = Vec::with_capacity(nodes.len());
        for node in nodes {
            converted.push(self.convert(node, to, range, what)?);
        }
        Ok(converted)
    }

    pub(super) fn tuple(&mut self, elements: &[(Name, ExprId)], range: Range) -> Typed {
        let mut nodes = Vec::with_capacity(elements.len());
        let mut types = Vec::with_capacity(elements.len());
        let mut failed = false;
        for (name, value) in elements {
            if types.iter().any(|(n, _): &(Arc<str>, Type)| *n == name.text) {
                self.fault(DiagnosticCode::DuplicateName, name.span, format!("element `{}` is given twice", name.text));
                failed = true;
            }
            match self.expression(*value) {
                Ok(node) => {
                    types.push((name.text.clone(), self.type_of(node)));
                    nodes.push((name.text.clone(), node));
                }
                Err(Failed) => failed = true,
            }
        }
        if failed {
            return Err(Failed);
        }
        Ok(self.node(Expr::Tuple(nodes.into()), Type::tuple(types), range))
    }

    pub(super) fn instance(&mut self, name: &QualifiedName, elements: &[(Name, ExprId)], range: Range) -> Typed {
        let ty = self.named_type(name);
        let mut nodes = Vec::with_capacity(elements.len());
        let mut failed = ty.is_err();
        for (element, value) in elements {
            let node = self.expression(*value);
            let Ok(ty) = &ty else { continue };
            let Some(wanted) = self.instance_element(ty, &element.text) else {
                let names = self.property_names(ty);
                let advice = nearest(&element.text, names.iter().map(|n| &**n)).map(|n| format!("did you mean `{n}`?"));
                self.fault_with(
                    DiagnosticCode::UnknownProperty,
                    element.span,
                    format!("{ty} has no element `{}`", element.text),
                    advice,
                );
                failed = true;
                continue;
            };
            match node {
                Ok(node) => {
                    // A System value where the model has its own class around one is kept as it is: the class adds nothing to it.
                    let node = self.try_convert(node, &wanted).unwrap_or(node);
                    nodes.push((element.text.clone(), node));
                }
                Err(Failed) => failed = true,
            }
        }
        let ty = ty?;
        if failed {
            return Err(Failed);
        }
        let expr = Expr::Instance { class: self.models.runtime_type(&ty), elements: nodes.into() };
        Ok(self.node(expr, ty, range))
    }

    fn instance_element(&self, ty: &Type, element: &str) -> Option<Type> {
        match ty {
            Type::System(system) => model::system_element(*system, element),
            Type::Class { model, name } => Some(self.models.get(model)?.element(name, element)?.ty.clone()),
            _ => None,
        }
    }

    pub(super) fn code_selector(
        &mut self,
        code: &Arc<str>,
        system: &QualifiedName,
        display: Option<&Arc<str>>,
        range: Range,
    ) -> Typed {
        let system = self.code_system(system)?;
        let system = &self.plan.code_systems[system.index()];
        let (url, version) = (system.url.clone(), system.version.clone());
        let code = self.string(code, range);
        let url = self.string(&url, range);
        let mut elements: Vec<(Arc<str>, NodeId)> = vec![("code".into(), code), ("system".into(), url)];
        if let Some(version) = version {
            elements.push(("version".into(), self.string(&version, range)));
        }
        if let Some(display) = display {
            elements.push(("display".into(), self.string(display, range)));
        }
        let expr = Expr::Instance { class: Type::CODE, elements: elements.into() };
        Ok(self.node(expr, Type::CODE, range))
    }

    pub(super) fn concept_selector(&mut self, codes: &[ExprId], display: Option<&Arc<str>>, range: Range) -> Typed {
        let codes = self.each(codes)?;
        let codes = self.node(Expr::List(codes.into()), Type::list(Type::CODE), range);
        let mut elements: Vec<(Arc<str>, NodeId)> = vec![("codes".into(), codes)];
        if let Some(display) = display {
            elements.push(("display".into(), self.string(display, range)));
        }
        let expr = Expr::Instance { class: Type::CONCEPT, elements: elements.into() };
        Ok(self.node(expr, Type::CONCEPT, range))
    }

    pub(super) fn if_then_else(&mut self, condition: ExprId, then: ExprId, otherwise: ExprId, range: Range) -> Typed {
        let nodes = self.all([condition, then, otherwise])?;
        let condition = self.convert(nodes[0], &Type::BOOLEAN, range, "the condition")?;
        let ty = types::common_or_choice(&self.models, &[self.type_of(nodes[1]), self.type_of(nodes[2])]);
        let then = self.convert(nodes[1], &ty, range, "the result")?;
        let otherwise = self.convert(nodes[2], &ty, range, "the result")?;
        let expr = Expr::If { condition, then, otherwise };
        Ok(self.node(expr, ty, range))
    }

    pub(super) fn case(
        &mut self,
        comparand: Option<ExprId>,
        items: &[(ExprId, ExprId)],
        otherwise: ExprId,
        range: Range,
    ) -> Typed {
        let comparand = comparand.map(|c| self.expression(c)).transpose();
        let whens: Vec<ExprId> = items.iter().map(|(w, _)| *w).collect();
        let mut results: Vec<ExprId> = items.iter().map(|(_, t)| *t).collect();
        results.push(otherwise);
        let whens = self.each(&whens);
        let results = self.each(&results);
        let (comparand, whens, results) = (comparand?, whens?, results?);
        let (comparand, whens) = match comparand {
            None => (None, self.converted(whens, &Type::BOOLEAN, range, "a condition")?),
            Some(comparand) => {
                let mut found = vec![self.type_of(comparand)];
                found.extend(whens.iter().map(|w| self.type_of(*w)));
                let Some(ty) = types::common(&self.models, &found) else {
                    return Err(self.fault(
                        DiagnosticCode::TypeMismatch,
                        range,
                        "what is compared in this `case` has no common type",
                    ));
                };
                let comparand = self.convert(comparand, &ty, range, "the comparand")?;
                (Some(comparand), self.converted(whens, &ty, range, "a case")?)
            }
        };
        let found: Vec<Type> = results.iter().map(|r| self.type_of(*r)).collect();
        let ty = types::common_or_choice(&self.models, &found);
        let mut results = self.converted(results, &ty, range, "the result")?;
        let otherwise = results.pop().ok_or(Failed)?;
        let items: Vec<(NodeId, NodeId)> = whens.into_iter().zip(results).collect();
        let expr = Expr::Case { comparand, items: items.into(), otherwise };
        Ok(self.node(expr, ty, range))
    }
}
