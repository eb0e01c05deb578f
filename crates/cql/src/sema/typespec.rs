//! Types as written to types.

use super::checker::{Checker, Typed};
use crate::ir::{SystemType, Type};
use crate::model::{self, Model};
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
        let models = &self.units[self.unit].models;
        let candidates = models.iter().flat_map(|(_, m)| m.class_names()).chain(SystemType::ALL.iter().map(|t| t.name()));
        let last = name.parts.last().map_or("", |p| &*p.text);
        let advice = nearest(last, candidates).map(|n| format!("did you mean `{n}`?"));
        let advice = advice.or_else(|| {
            models.is_empty().then(|| "no model is in use; write `using FHIR version '4.0.1'` for its types".to_owned())
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
                return class_of(model, &rest);
            }
            // FHIR types may be named by content that uses a profile model only.
            if &**first == "FHIR" && !models.is_empty() {
                return class_of(model::fhir(), &rest);
            }
        }
        let dotted = name.dotted();
        if let Some((_, default)) = models.first()
            && let Some(ty) = class_of(default, &dotted)
        {
            return Some(ty);
        }
        SystemType::from_name(&dotted).map(Type::System).or_else(|| models.iter().skip(1).find_map(|(_, m)| class_of(m, &dotted)))
    }
}

fn class_of(model: &'static Model, name: &str) -> Option<Type> {
    model.class(name).map(|_| model.class_type(name))
}

/// The type as the running program knows it: profile models' classes are the FHIR classes they stand for.
pub(crate) fn runtime_type(ty: &Type) -> Type {
    match ty {
        Type::Class { model, name } if &**model != "FHIR" => {
            let base = model::base_of(model, name);
            match base {
                // Classes around a System value (`QICore.EncounterStatus`) are that value.
                Type::System(system) if system != SystemType::Any => Type::System(system),
                _ => Type::class("FHIR", &model::fhir_class(model, name)),
            }
        }
        Type::List(of) => Type::list(runtime_type(of)),
        Type::Interval(of) => Type::interval(runtime_type(of)),
        Type::Tuple(elements) => Type::tuple(elements.iter().map(|(n, t)| (n.clone(), runtime_type(t))).collect()),
        Type::Choice(alternatives) => Type::choice(alternatives.iter().map(runtime_type)),
        Type::System(_) | Type::Class { .. } => ty.clone(),
    }
}
