//! The models a program is checked with.

use super::{Element, Model, base_of, by_name, fhir, fhir_class};
use crate::ir::{SystemType, Type};
use std::sync::Arc;

/// The models of one program: at most one version of each name. A loaded one hides the built-in one of its name.
#[derive(Clone, Debug, Default)]
pub struct Models {
    loaded: Vec<Arc<Model>>,
}

impl Models {
    /// The built-in models and these, of which there may be one of a name.
    #[must_use]
    pub fn with(loaded: Vec<Arc<Model>>) -> Models {
        Models { loaded }
    }

    /// The model of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Model> {
        self.loaded.iter().find(|m| &*m.name == name).map(|m| &**m).or_else(|| by_name(name))
    }

    /// FHIR, which every profile model stands on.
    #[must_use]
    pub fn fhir(&self) -> &Model {
        match self.loaded.iter().find(|m| &*m.name == "FHIR") {
            Some(loaded) => loaded,
            None => fhir(),
        }
    }

    /// The element of a class.
    #[must_use]
    pub fn element(&self, model: &str, class: &str, element: &str) -> Option<&Element> {
        self.get(model)?.element(class, element)
    }

    /// The base of a class; `Any` when there is none.
    #[must_use]
    pub fn base_of(&self, model: &str, class: &str) -> Type {
        if self.loaded.is_empty() {
            return base_of(model, class);
        }
        self.get(model).and_then(|m| m.class(class)).map_or(Type::ANY, |c| c.base.clone())
    }

    /// The FHIR class a class stands for.
    #[must_use]
    pub fn fhir_class(&self, model: &str, class: &str) -> Arc<str> {
        if self.loaded.is_empty() {
            return fhir_class(model, class);
        }
        self.get(model).and_then(|m| m.class(class)).map_or_else(|| class.into(), |c| c.fhir.clone())
    }

    /// The type as the running program knows it: profile models' classes are the FHIR classes they stand for.
    #[must_use]
    pub fn runtime_type(&self, ty: &Type) -> Type {
        match ty {
            Type::Class { model, name } if &**model != "FHIR" => match self.base_of(model, name) {
                // Classes around a System value (`QICore.EncounterStatus`) are that value.
                Type::System(system) if system != SystemType::Any => Type::System(system),
                _ => Type::class("FHIR", &self.fhir_behind(model, name)),
            },
            Type::List(of) => Type::list(self.runtime_type(of)),
            Type::Interval(of) => Type::interval(self.runtime_type(of)),
            Type::Tuple(elements) => Type::tuple(elements.iter().map(|(n, t)| (n.clone(), self.runtime_type(t))).collect()),
            Type::Choice(alternatives) => Type::choice(alternatives.iter().map(|t| self.runtime_type(t))),
            Type::System(_) | Type::Class { .. } => ty.clone(),
        }
    }

    /// The class FHIR itself has behind a class of a profile model: that of its base when FHIR has none of its name. Extensions have classes of their own in
    /// the profile models.
    #[must_use]
    pub fn fhir_behind(&self, model: &str, class: &str) -> Arc<str> {
        let mut name: Arc<str> = class.into();
        for _ in 0..8 {
            let target = self.fhir_class(model, &name);
            if self.fhir().class(&target).is_some() {
                return target;
            }
            match self.base_of(model, &name) {
                Type::Class { name: base, .. } => name = base,
                _ => break,
            }
        }
        "Extension".into()
    }
}
