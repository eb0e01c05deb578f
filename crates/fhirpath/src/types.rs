//! The FHIR types, from the model table of the CQL crate.

use cql::Type;
use cql::model::{Model, fhir};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A FHIR type, by its name in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(&'static str);

/// An element of a type.
pub(crate) struct ElementType {
    /// Its type, the first of a choice.
    pub(crate) class: Class,
    /// JSON key and type of each alternative of a choice.
    pub(crate) choice: Option<Vec<(String, Class)>>,
}

/// The class of a name; `None` when the model has none.
pub(crate) fn class(name: &str) -> Option<Class> {
    static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| model().class_names().collect());
    NAMES.get(name).copied().map(Class)
}

fn model() -> &'static Model {
    fhir()
}

impl Class {
    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    /// Lower-case names are the primitive types.
    pub(crate) fn is_primitive(self) -> bool {
        self.0.starts_with(|c: char| c.is_ascii_lowercase())
    }

    pub(crate) fn is_quantity(self) -> bool {
        self.0 == "Quantity" || self.specializes("Quantity")
    }

    fn base(self) -> Option<Class> {
        match &model().class(self.0)?.base {
            Type::Class { name, .. } => class(name),
            _ => None,
        }
    }

    /// Is it `name` or built on it?
    pub(crate) fn specializes(self, name: &str) -> bool {
        std::iter::successors(Some(self), |c| c.base()).take(16).any(|c| c.0 == name)
    }

    pub(crate) fn element(self, name: &str) -> Option<ElementType> {
        let found = model().element(self.0, name)?;
        let ty = match &found.ty {
            Type::List(of) => of,
            other => other,
        };
        if let Type::Choice(alternatives) = ty {
            let all: Vec<(String, Class)> = alternatives
                .iter()
                .filter_map(of_type)
                .map(|class| {
                    let mut letters = class.0.chars();
                    let first = letters.next().map(|c| c.to_ascii_uppercase());
                    (format!("{name}{}{}", first.map(String::from).unwrap_or_default(), letters.as_str()), class)
                })
                .collect();
            return Some(ElementType { class: all.first()?.1, choice: Some(all) });
        }
        Some(ElementType { class: of_type(ty)?, choice: None })
    }

    /// The type of what stands under a JSON key (`valueQuantity`).
    pub(crate) fn element_of_key(self, key: &str) -> Option<Class> {
        if let Some(element) = self.element(key) {
            return Some(element.class);
        }
        // The name of a choice ends before one of the capitals.
        let capitals = key.char_indices().filter(|(_, c)| c.is_ascii_uppercase());
        capitals.filter_map(|(at, _)| self.element(&key[..at])?.choice).find_map(|choice| {
            let found = choice.into_iter().find(|(name, _)| name == key);
            found.map(|(_, class)| class)
        })
    }
}

/// The class of a type of the model. The System types inside primitives are those of the primitives; enumerations are codes.
fn of_type(ty: &Type) -> Option<Class> {
    match ty {
        Type::Class { name, .. } => {
            let is_enumeration = name.starts_with(|c: char| c.is_ascii_uppercase())
                && model().element(name, "value").is_some_and(|e| matches!(e.ty, Type::System(_)));
            if is_enumeration { class("code") } else { class(name) }
        }
        Type::System(system) => class(match system.name() {
            "Boolean" => "boolean",
            "Integer" | "Long" => "integer",
            "Decimal" => "decimal",
            "Date" => "date",
            "DateTime" => "dateTime",
            "Time" => "time",
            _ => "string",
        }),
        _ => None,
    }
}
