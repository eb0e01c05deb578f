//! Data models: which classes there are, what elements they have, and how a profile model's element is read from FHIR.
//!
//! The tables in `data/` are made by `tools/modelinfo/modelinfo.py` from the published ModelInfo files (names and types only).

mod table;

use crate::ir::{SystemType, Type};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A data model.
#[derive(Debug)]
pub struct Model {
    /// Name (`FHIR`).
    pub name: Arc<str>,
    /// Version of the table.
    pub version: &'static str,
    /// Class of the Patient context.
    pub patient: &'static str,
    classes: HashMap<&'static str, Class>,
}

/// A class of a model.
#[derive(Debug)]
pub struct Class {
    /// Its base.
    pub base: Type,
    /// Element the terminology filter of a retrieve looks at by default.
    pub code_path: Option<&'static str>,
    /// FHIR class it stands for (its own name in the FHIR model).
    pub fhir: Arc<str>,
    /// Profile URL.
    pub profile: Option<&'static str>,
    /// Can stand in a retrieve.
    pub retrievable: bool,
    /// Elements of its own, without those of its base.
    pub elements: Vec<Element>,
}

/// An element of a class.
#[derive(Debug)]
pub struct Element {
    /// Name (`value` for `value[x]`).
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// How a profile model's element is computed from FHIR; `None` reads the element of the same name.
    pub target: Option<Target>,
}

/// How a profile model's element is computed from FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The System value of the FHIR element of the same name (FHIRHelpers conversion by its type).
    Value,
    /// The extension of this URL on the parent (on its element, when the path names one): the extension itself or its value.
    Extension {
        /// Element of the parent the extension is on.
        element: Option<&'static str>,
        /// URL.
        url: &'static str,
        /// Which part of it.
        part: ExtensionPart,
        /// On `modifierExtension`.
        modifier: bool,
    },
    /// The elements of a list whose coding is this, converted.
    Slice {
        /// The list element.
        element: &'static str,
        /// Coding system.
        system: &'static str,
        /// Coding code.
        code: &'static str,
    },
}

/// Which part of an extension is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionPart {
    /// The extension itself.
    Whole,
    /// Its value as a System value.
    Value,
}

impl Model {
    /// The class of this name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// Names of all classes.
    pub fn class_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.classes.keys().copied()
    }

    /// The type of a class of this model.
    #[must_use]
    pub fn class_type(&self, name: &str) -> Type {
        Type::Class { model: self.name.clone(), name: name.into() }
    }

    /// The element of a class or of one of its bases.
    #[must_use]
    pub fn element(&self, class: &str, element: &str) -> Option<&Element> {
        let mut name: Arc<str> = class.into();
        // The tables have no base chain longer than this.
        for _ in 0..16 {
            let class = self.classes.get(&*name)?;
            if let Some(found) = class.elements.iter().find(|e| e.name == element) {
                return Some(found);
            }
            match &class.base {
                Type::Class { name: base, .. } => name = base.clone(),
                _ => return None,
            }
        }
        None
    }

    /// Names of all elements of a class and its bases.
    #[must_use]
    pub fn element_names(&self, class: &str) -> Vec<&'static str> {
        let mut names = Vec::new();
        let mut name: Arc<str> = class.into();
        for _ in 0..16 {
            let Some(class) = self.classes.get(&*name) else { break };
            names.extend(class.elements.iter().map(|e| e.name));
            match &class.base {
                Type::Class { name: base, .. } => name = base.clone(),
                _ => break,
            }
        }
        names
    }

    /// The System type inside a primitive class (`FHIR.string` -> String).
    #[must_use]
    pub fn primitive(&self, class: &str) -> Option<SystemType> {
        if class == "Quantity" || self.classes.get(class)?.elements.len() > 2 {
            return None;
        }
        match self.element(class, "value")?.ty {
            Type::System(system) => Some(system),
            _ => None,
        }
    }
}

/// FHIR R4.
#[must_use]
pub fn fhir() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| table::read(include_str!("data/fhir-4.0.1.txt")))
}

/// QI-Core 6.
#[must_use]
pub fn qicore() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| table::read(include_str!("data/qicore-6.0.0.txt")))
}

/// US Core 6.1.
#[must_use]
pub fn us_core() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| table::read(include_str!("data/uscore-6.1.0.txt")))
}

/// The model of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Model> {
    match name {
        "FHIR" => Some(fhir()),
        "QICore" => Some(qicore()),
        "USCore" => Some(us_core()),
        _ => None,
    }
}

/// The base of a class type; `Any` when there is none.
#[must_use]
pub fn base_of(model: &str, class: &str) -> Type {
    by_name(model).and_then(|m| m.class(class)).map_or(Type::ANY, |c| c.base.clone())
}

/// The FHIR class a class of any model stands for.
#[must_use]
pub fn fhir_class(model: &str, class: &str) -> Arc<str> {
    by_name(model).and_then(|m| m.class(class)).map_or_else(|| class.into(), |c| c.fhir.clone())
}

/// Elements of the structured System types.
#[must_use]
pub fn system_element(system: SystemType, element: &str) -> Option<Type> {
    Some(match (system, element) {
        (SystemType::Quantity, "value") => Type::DECIMAL,
        (SystemType::Ratio, "numerator" | "denominator") => Type::QUANTITY,
        (SystemType::Quantity, "unit")
        | (SystemType::Code, "code" | "system" | "version" | "display")
        | (SystemType::Concept, "display")
        | (SystemType::Vocabulary | SystemType::ValueSet | SystemType::CodeSystem, "id" | "version" | "name") => Type::STRING,
        (SystemType::Concept, "codes") => Type::list(Type::CODE),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read() {
        let observation = fhir().class("Observation").unwrap();
        assert_eq!(observation.code_path, Some("code"));
        let value = fhir().element("Observation", "value").unwrap();
        assert!(matches!(&value.ty, Type::Choice(c) if c.len() == 11), "{:?}", value.ty);
        assert_eq!(fhir().element("Observation", "id").unwrap().ty, Type::class("FHIR", "id"));
        assert_eq!(fhir().primitive("ObservationStatus"), Some(SystemType::String));
        assert_eq!(fhir().primitive("Quantity"), None);
        assert_eq!(fhir().primitive("Age"), None);
        assert_eq!(fhir().primitive("id"), Some(SystemType::String));
        let period = qicore().element("Encounter", "period").unwrap();
        assert_eq!(period.ty, Type::interval(Type::DATE_TIME));
        assert_eq!(&*fhir_class("QICore", "ObservationCancelled"), "Observation");
        assert_eq!(us_core().element("PatientProfile", "birthDate").unwrap().ty, Type::DATE);
    }

    #[test]
    fn every_type_of_the_tables_exists() {
        for model in [fhir(), qicore(), us_core()] {
            for name in model.class_names() {
                for element in &model.class(name).unwrap().elements {
                    check(&element.ty, name, element.name);
                }
            }
        }
        fn check(ty: &Type, class: &str, element: &str) {
            match ty {
                Type::Class { model, name } => {
                    // US Core's table leaves a few class names undefined in the published file itself.
                    let known = by_name(model).is_some_and(|m| m.class(name).is_some());
                    assert!(known || &**model == "USCore", "{class}.{element}: {ty}");
                }
                Type::List(of) | Type::Interval(of) => check(of, class, element),
                Type::Choice(of) => of.iter().for_each(|t| check(t, class, element)),
                Type::System(_) | Type::Tuple(_) => {}
            }
        }
    }
}
