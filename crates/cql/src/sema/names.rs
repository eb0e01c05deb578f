//! What a name means where it stands.

use super::checker::{Checker, Failed, Included, Symbol, Typed};
use crate::ir::{Context, Definition, DefinitionId, Expr, NodeId, Retrieve, Type, UnaryOp};
use crate::syntax::ast::{self, ExprKind, Range};
use crate::syntax::{DiagnosticCode, nearest};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A definition or function of a library, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Definition(usize),
    Function(usize),
}

/// The order in which to check the items of a library so that checking on demand never goes deep: what an item names comes first. Names are compared without
/// regard to scope, so an order edge may be false; circles are cut here and judged when they are met for real.
pub(super) fn checking_order(ast: &Rc<ast::Library>) -> Vec<Item> {
    let definitions = ast.definitions.len();
    let count = definitions + ast.functions.len();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, definition) in ast.definitions.iter().enumerate() {
        by_name.entry(&definition.name.text).or_default().push(i);
    }
    for (i, function) in ast.functions.iter().enumerate() {
        by_name.entry(&function.name.text).or_default().push(definitions + i);
    }
    let expressions = |item: usize| {
        if item < definitions {
            ast.definitions[item].expressions.clone()
        } else {
            ast.functions[item - definitions].expressions.clone()
        }
    };
    let mut order = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    for root in 0..count {
        if seen[root] {
            continue;
        }
        seen[root] = true;
        // (item, next expression to look at)
        let mut path = vec![(root, expressions(root).start)];
        while let Some((item, next)) = path.last().copied() {
            if next >= expressions(item).end {
                order.push(item);
                path.pop();
                continue;
            }
            let depth = path.len() - 1;
            path[depth].1 += 1;
            let name = match &ast.expressions[next as usize].kind {
                ExprKind::Name(name) => name,
                ExprKind::Call { name, .. } | ExprKind::Method { name, .. } => &name.text,
                _ => continue,
            };
            for target in by_name.get(&**name).into_iter().flatten() {
                if !seen[*target] {
                    seen[*target] = true;
                    path.push((*target, expressions(*target).start));
                }
            }
        }
    }
    order
        .into_iter()
        .map(|item| if item < definitions { Item::Definition(item) } else { Item::Function(item - definitions) })
        .collect()
}

impl Checker<'_> {
    /// A bare name.
    pub(super) fn name(&mut self, name: &Arc<str>, range: Range) -> Typed {
        if let Some(node) = self.name_in_scope(name, range) {
            return node;
        }
        let symbol = self.units[self.unit].symbols.get(name).map(|(s, _)| *s);
        if let Some(symbol) = symbol {
            return self.symbol(self.unit, symbol, range);
        }
        if let Some(node) = self.subject_by_name(name, range) {
            return node;
        }
        let scope = self.frame.scope.iter().map(|b| b.name.to_string());
        let mut candidates: Vec<String> = scope.collect();
        candidates.extend(self.units[self.unit].symbols.keys().map(|k| k.to_string()));
        let advice = nearest(name, candidates.iter().map(String::as_str)).map(|n| format!("did you mean \"{n}\"?"));
        Err(self.fault_with(DiagnosticCode::UnknownName, range, format!("there is nothing called `{name}` here"), advice))
    }

    /// Aliases, lets, operands; and elements of an implicit `$this`.
    fn name_in_scope(&mut self, name: &Arc<str>, range: Range) -> Option<Typed> {
        let span = self.span(range);
        for i in (0..self.frame.scope.len()).rev() {
            let binding = self.frame.scope[i].clone();
            if binding.name == *name {
                return Some(Ok(self.local_ref(binding.local, span)));
            }
            if binding.implicit {
                let ty = self.frame.locals[binding.local.index()].ty.clone();
                if self.has_property(&ty, name) {
                    let this = self.local_ref(binding.local, span);
                    return Some(self.property(this, name, range));
                }
            }
        }
        None
    }

    /// Is this name an alias, let or operand here (so that it cannot be a library alias)?
    pub(super) fn is_in_scope(&self, name: &str) -> bool {
        self.frame.scope.iter().any(|b| &*b.name == name)
    }

    /// `$this`, `$index`, `$total`.
    pub(super) fn dollar(&mut self, name: &Arc<str>, range: Range) -> Typed {
        let full = format!("${name}");
        let found = self.frame.scope.iter().rev().find(|b| *b.name == full).map(|b| b.local);
        match found {
            Some(local) => {
                let span = self.span(range);
                Ok(self.local_ref(local, span))
            }
            None => Err(self.fault(DiagnosticCode::UnknownName, range, format!("`{full}` means nothing outside an iteration"))),
        }
    }

    /// The value of something declared in a unit.
    pub(super) fn symbol(&mut self, unit: usize, symbol: Symbol, range: Range) -> Typed {
        let (expr, ty) = match symbol {
            Symbol::Definition(index) => {
                let id = self.definition(unit, index)?;
                let definition = self.plan.definition(id);
                let ty = self.type_of(definition.body);
                if definition.context == Context::Patient && self.current_context() == Context::Unfiltered {
                    let name = definition.name.clone();
                    return Err(self.fault_with(
                        DiagnosticCode::BadContext,
                        range,
                        format!("`{name}` is about one patient and cannot be used in the Unfiltered context"),
                        Some("move this definition under `context Patient`".to_owned()),
                    ));
                }
                (Expr::ExpressionRef(id), ty)
            }
            Symbol::Parameter(index) => {
                let id = self.parameter(unit, index)?;
                let ty = self.plan.parameters[id.index()].ty.clone();
                (Expr::ParameterRef(id), ty)
            }
            Symbol::ValueSet(id) => (Expr::ValueSetRef(id), Type::VALUE_SET),
            Symbol::CodeSystem(id) => (Expr::CodeSystemRef(id), Type::CODE_SYSTEM),
            Symbol::Code(id) => (Expr::CodeRef(id), Type::CODE),
            Symbol::Concept(id) => (Expr::ConceptRef(id), Type::CONCEPT),
            Symbol::Include(_) => {
                return Err(self.fault_with(
                    DiagnosticCode::TypeMismatch,
                    range,
                    "a library is not a value",
                    Some("name something in it: `Library.\"Definition\"`".to_owned()),
                ));
            }
        };
        Ok(self.node(expr, ty, range))
    }

    /// The library an expression names, when it is just the alias of one.
    pub(super) fn library_named(&self, kind: &ExprKind) -> Option<Included> {
        let ExprKind::Name(name) = kind else { return None };
        if self.is_in_scope(name) {
            return None;
        }
        match self.units[self.unit].symbols.get(name) {
            Some((Symbol::Include(included), _)) => Some(*included),
            _ => None,
        }
    }

    /// `Library."Name"`.
    pub(super) fn library_member(&mut self, included: Included, name: &ast::Name, range: Range) -> Typed {
        let unit = match included {
            Included::Unit(unit) => unit,
            Included::Missing => return Err(Failed),
            Included::Helpers => {
                return Err(self.fault(
                    DiagnosticCode::UnknownName,
                    name.span,
                    format!("FHIRHelpers has no definition `{}`", name.text),
                ));
            }
        };
        match self.units[unit].symbols.get(&name.text).copied() {
            Some((symbol, true)) => self.symbol(unit, symbol, range),
            Some((_, false)) => {
                Err(self.fault(DiagnosticCode::UnknownName, name.span, format!("`{}` is private to its library", name.text)))
            }
            None => {
                // The subject of the other library's context (`Common.Patient`).
                if let Some(node) = self.subject_by_name(&name.text, range) {
                    return node;
                }
                let names = self.units[unit].symbols.keys().map(|k| &**k);
                let advice = nearest(&name.text, names).map(|n| format!("did you mean \"{n}\"?"));
                let library = self.plan.libraries[self.units[unit].library.index()].name.clone();
                Err(self.fault_with(
                    DiagnosticCode::UnknownName,
                    name.span,
                    format!("library {library} has no `{}`", name.text),
                    advice,
                ))
            }
        }
    }

    // --- contexts -----------------------------------------------------------------------------------------------------------------------------------------

    /// Makes the subject definitions of the contexts the library names.
    pub(super) fn declare_contexts(&mut self, ast: &Rc<ast::Library>) {
        for (index, context) in ast.contexts.iter().enumerate() {
            let name = context.parts[context.parts.len() - 1].text.clone();
            if matches!(&*name, "Unfiltered" | "Population" | "Unspecified") {
                continue;
            }
            let models = self.models.clone();
            let used = self.units[self.unit].models.first().and_then(|(_, name)| models.get(name));
            let Some(model) = used else {
                // Without a model there is no data and no subject; the context is only a word then.
                continue;
            };
            let class = if &*name == "Patient" { &model.patient } else { &name };
            let Some(found) = model.class(class).filter(|c| c.retrievable) else {
                self.fault(DiagnosticCode::BadContext, context.span, format!("model {} has no context `{name}`", model.name));
                continue;
            };
            let key = (model.name.clone(), class.clone());
            let id = match self.subjects.get(&key) {
                Some(id) => *id,
                None => {
                    let id = self.subject(&name, model.class_type(class), &found.fhir, context.span);
                    self.subjects.insert(key, id);
                    id
                }
            };
            let unit = self.unit;
            self.units[unit].subjects[index] = Some(id);
        }
    }

    /// `define Patient: singleton from [Patient]`, made by the language itself.
    fn subject(&mut self, name: &Arc<str>, ty: Type, resource: &Arc<str>, range: Range) -> DefinitionId {
        let retrieve = Expr::Retrieve(Box::new(Retrieve {
            resource: resource.clone(),
            profile: None,
            codes: None,
            dates: None,
            context: None,
            scope: Context::Patient,
            fixed: Vec::new(),
        }));
        let all = self.node(retrieve, Type::list(ty.clone()), range);
        let expr = Expr::Unary { op: UnaryOp::SingletonFrom, operand: all };
        let body = self.node(expr, ty, range);
        let id = DefinitionId(self.plan.definitions.len() as u32);
        let span = self.span(range);
        self.plan.definitions.push(Definition {
            library: span.library,
            name: name.clone(),
            public: true,
            context: Context::Patient,
            implicit: true,
            body,
            locals: Vec::new(),
            span,
        });
        id
    }

    /// The subject's value when the name is that of a context of this library.
    fn subject_by_name(&mut self, name: &str, range: Range) -> Option<Typed> {
        let unit = &self.units[self.unit];
        let index = unit.ast.contexts.iter().position(|c| c.parts.last().is_some_and(|p| &*p.text == name))?;
        let id = unit.subjects[index]?;
        Some(Ok(self.subject_value(id, range)))
    }

    fn subject_value(&mut self, id: DefinitionId, range: Range) -> NodeId {
        let body = self.plan.definition(id).body;
        let ty = self.type_of(body);
        self.node(Expr::ExpressionRef(id), ty, range)
    }

    /// The patient, for `AgeInYears()` and its kin.
    pub(super) fn patient(&mut self, range: Range) -> Typed {
        let patient = self.frame.context.and_then(|i| self.units[self.unit].subjects[i]).or_else(|| {
            let unit = &self.units[self.unit];
            unit.subjects.iter().flatten().next().copied()
        });
        let patient = patient.or_else(|| {
            // A library of functions only may compute ages without naming a context itself.
            self.used_models().find_map(|m| self.subjects.get(&(m.name.clone(), m.patient.clone())).copied())
        });
        match patient {
            Some(id) => {
                if self.current_context() == Context::Unfiltered && self.frame.context.is_some() {
                    return Err(self.fault(
                        DiagnosticCode::BadContext,
                        range,
                        "there is no one patient in the Unfiltered context",
                    ));
                }
                Ok(self.subject_value(id, range))
            }
            None if self.units[self.unit].models.is_empty() => Err(self.fault_with(
                DiagnosticCode::BadContext,
                range,
                "the age of the patient needs a model",
                Some("write `using FHIR version '4.0.1'` and `context Patient`".to_owned()),
            )),
            None => {
                let used = self.used_models().next();
                let Some((model, class)) = used.map(|m| (m.name.clone(), m.patient.clone())) else { return Err(Failed) };
                let fhir = self.models.fhir_class(&model, &class);
                let key = (model.clone(), class.clone());
                let id = self.subject(&"Patient".into(), Type::Class { model, name: class }, &fhir, range);
                self.subjects.insert(key, id);
                Ok(self.subject_value(id, range))
            }
        }
    }

    /// `%name`: a parameter by name.
    pub(super) fn external(&mut self, name: &Arc<str>, range: Range) -> Typed {
        match self.units[self.unit].symbols.get(name) {
            Some((symbol @ Symbol::Parameter(_), _)) => {
                let symbol = *symbol;
                self.symbol(self.unit, symbol, range)
            }
            _ => {
                self.fault(DiagnosticCode::UnknownName, range, format!("there is no parameter `{name}` for `%{name}`"));
                Err(Failed)
            }
        }
    }
}
