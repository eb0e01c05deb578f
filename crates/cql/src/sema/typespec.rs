//! Types as written to types.

use super::checker::{Checker, Typed};
use crate::ir::{SystemType, Type};
use crate::model::Model;
use crate::syntax::ast::{QualifiedName, TypeSpec};
use crate::syntax::{DiagnosticCode, nearest};

impl Checker<'_> {
    pub(super) fn type_spec(&mut self, spec: &TypeSpec) -> Typed<Type> {
        match spec {
            TypeSpec::Named(name) => self.named_type(name),
            TypeSpec::List(of, _) => Ok(Type::list(self.type_spec(of)?)),
            TypeSpec::Interval(of, _) => Ok(Type::interval(self.type_spec(of)?)),
            TypeSpec::Tuple(elements, _) => {
                let mut types = Vec::with_capacity(elements.len());
                for (name, ty) in elements {
                    types.push((name.text.clone(), self.type_spec(ty)?));
                }
                Ok(Type::tuple(types))
            }
            TypeSpec::Choice(alternatives, _) => {
                let mut types = Vec::with_capacity(alternatives.len());
                for ty in alternatives {
                    types.push(self.type_spec(ty)?);
                }
                Ok(Type::choice(types))
            }
        }
    }

    /// A named type: of the model that qualifies it, else of the default model, else of System, else of any other model in use.
    pub(super) fn named_type(&mut self, name: &QualifiedName) -> Typed<Type> {
        if let Some(ty) = self.find_type(name) {
            return Ok(ty);
        }
        let dotted = name.dotted();
        let candidates = self.used_models().flat_map(Model::class_names).chain(SystemType::ALL.iter().map(|t| t.name()));
        let last = name.parts.last().map_or("", |p| &*p.text);
        let advice = nearest(last, candidates).map(|n| format!("did you mean `{n}`?"));
        let advice = advice.or_else(|| {
            self.units[self.unit]
                .models
                .is_empty()
                .then(|| "no model is in use; write `using FHIR version '4.0.1'` for its types".to_owned())
        });
        Err(self.fault_with(DiagnosticCode::UnknownType, name.span, format!("there is no type `{dotted}`"), advice))
    }

    fn find_type(&self, name: &QualifiedName) -> Option<Type> {
        let models = &self.units[self.unit].models;
        let first = &name.parts[0].text;
        if name.parts.len() > 1 {
            let rest: Vec<&str> = name.parts[1..].iter().map(|p| &*p.text).collect();
            let rest = rest.join(".");
            if &**first == "System" {
                return SystemType::from_name(&rest).map(Type::System);
            }
            if let Some((_, model)) = models.iter().find(|(n, _)| n == first) {
                return self.models.get(model).and_then(|model| class_of(model, &rest));
            }
            // FHIR types may be named by content that uses a profile model only.
            if &**first == "FHIR" && !models.is_empty() {
                return class_of(self.models.fhir(), &rest);
            }
        }
        let dotted = name.dotted();
        if let Some(default) = self.used_models().next()
            && let Some(ty) = class_of(default, &dotted)
        {
            return Some(ty);
        }
        SystemType::from_name(&dotted).map(Type::System).or_else(|| self.used_models().skip(1).find_map(|m| class_of(m, &dotted)))
    }
}

/// A class by its name or, as retrieves may have it, by its label.
fn class_of(model: &Model, name: &str) -> Option<Type> {
    match model.class(name) {
        Some(_) => Some(model.class_type(name)),
        None => model.labelled(name).map(|name| model.class_type(name)),
    }
}
