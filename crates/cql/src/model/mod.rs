//! Data models: which classes there are, what elements they have, and how a profile model's element is read from FHIR.
//!
//! The tables in `data/` are made from the published ModelInfo files by `examples/modelinfo.rs` (names and types only). Any other model, or another version of
//! one of these, is read from its ModelInfo file at run time: [`Model::from_modelinfo`].

mod modelinfo;
mod models;
mod table;
mod target;

pub use modelinfo::{ModelFault, compact};
pub use models::Models;
pub use target::{Step, Target, TargetPath};

use crate::ir::{SystemType, Type};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// A data model.
#[derive(Debug)]
pub struct Model {
    /// Name (`FHIR`).
    pub name: Arc<str>,
    /// Version of the table.
    pub version: Arc<str>,
    /// Class of the Patient context.
    pub patient: Arc<str>,
    /// Contexts besides Patient that the model names (`Practitioner`).
    pub contexts: Vec<Arc<str>>,
    classes: HashMap<Arc<str>, Class>,
    /// Label of a class (`QICore Procedure Not Done`) to its name.
    labels: HashMap<Arc<str>, Arc<str>>,
}

/// A class of a model.
#[derive(Debug)]
pub struct Class {
    /// Its base.
    pub base: Type,
    /// Element the terminology filter of a retrieve looks at by default.
    pub code_path: Option<Arc<str>>,
    /// FHIR class it stands for (its own name in the FHIR model).
    pub fhir: Arc<str>,
    /// Profile URL.
    pub profile: Option<Arc<str>>,
    /// Can stand in a retrieve.
    pub retrievable: bool,
    /// Elements of its own, without those of its base.
    pub elements: Vec<Element>,
}

/// An element of a class.
#[derive(Clone, Debug)]
pub struct Element {
    /// Name (`value` for `value[x]`).
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// How a profile model's element is computed from FHIR; `None` reads the element of the same name.
    pub target: Option<Target>,
}

impl Model {
    /// Reads a published ModelInfo file (HL7 CQL, *Model information*), so that content may use a model or version that is not built in.
    ///
    /// ```
    /// use cql::model::Model;
    /// let xml = r#"<modelInfo xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="Clinic" version="2">
    ///     <typeInfo xsi:type="ClassInfo" name="Clinic.Visit" retrievable="true"><element name="day" elementType="System.Date"/></typeInfo>
    ///   </modelInfo>"#;
    /// let model = Model::from_modelinfo(xml).map_err(|faults| faults[0].to_string())?;
    /// assert_eq!((&*model.name, &*model.version), ("Clinic", "2"));
    /// assert!(model.class("Visit").is_some_and(|visit| visit.retrievable));
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn from_modelinfo(xml: &str) -> Result<Model, Vec<ModelFault>> {
        compact(xml).map(|text| table::read(&text))
    }

    /// The class of this name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// The name of the class with this label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Option<&Arc<str>> {
        self.labels.get(label)
    }

    /// Names of all classes.
    pub fn class_names(&self) -> impl Iterator<Item = &str> + '_ {
        self.classes.keys().map(|name| &**name)
    }

    /// The type of a class of this model.
    #[must_use]
    pub fn class_type(&self, name: &str) -> Type {
        Type::Class { model: self.name.clone(), name: name.into() }
    }

    /// The element of a class or of one of its bases.
    #[must_use]
    pub fn element(&self, class: &str, element: &str) -> Option<&Element> {
        self.chain(class).find_map(|class| class.elements.iter().find(|e| &*e.name == element))
    }

    /// Names of all elements of a class and its bases.
    #[must_use]
    pub fn element_names(&self, class: &str) -> Vec<&str> {
        self.chain(class).flat_map(|class| class.elements.iter().map(|e| &*e.name)).collect()
    }

    /// A class and its bases. No model has a longer chain than the limit; a file with a circle ends there.
    fn chain<'m>(&'m self, class: &str) -> impl Iterator<Item = &'m Class> + use<'m> {
        let first = self.classes.get(class);
        std::iter::successors(first, |class| match &class.base {
            Type::Class { name, .. } => self.classes.get(name),
            _ => None,
        })
        .take(16)
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

static FHIR: LazyLock<Model> = LazyLock::new(|| table::read(include_str!("data/fhir-4.0.1.txt")));
static QI_CORE: LazyLock<Model> = LazyLock::new(|| table::read(include_str!("data/qicore-6.0.0.txt")));
static US_CORE: LazyLock<Model> = LazyLock::new(|| table::read(include_str!("data/uscore-6.1.0.txt")));

/// FHIR R4.
#[must_use]
pub fn fhir() -> &'static Model {
    &FHIR
}

/// QI-Core 6.
#[must_use]
pub fn qicore() -> &'static Model {
    &QI_CORE
}

/// US Core 6.1.
#[must_use]
pub fn us_core() -> &'static Model {
    &US_CORE
}

/// The built-in model of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Model> {
    match name {
        "FHIR" => Some(fhir()),
        "QICore" => Some(qicore()),
        "USCore" => Some(us_core()),
        _ => None,
    }
}

/// The base of a class type of a built-in model; `Any` when there is none.
#[must_use]
pub fn base_of(model: &str, class: &str) -> Type {
    by_name(model).and_then(|m| m.class(class)).map_or(Type::ANY, |c| c.base.clone())
}

/// The JSON member of a choice element when it has this class: `value` as `Quantity` is `valueQuantity`. A profile of
/// Quantity has no member of its own (FHIR R4, *Datatypes*: SimpleQuantity and MoneyQuantity are Quantity in instances).
#[must_use]
pub fn choice_member(element: &str, class: &str) -> String {
    let class = if matches!(class, "SimpleQuantity" | "MoneyQuantity") { "Quantity" } else { class };
    let mut suffix = class.chars();
    let first = suffix.next().into_iter().map(|c| c.to_ascii_uppercase());
    element.chars().chain(first).chain(suffix).collect()
}

/// The FHIR class a class of a built-in model stands for.
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
mod tests;
