//! Types as ELM type specifiers.

use super::names;
use crate::ir::Type;
use serde_json::{Value, json};

/// `{uri}Name` of a named type.
pub(super) fn qualified(ty: &Type) -> Option<String> {
    match ty {
        Type::System(system) => Some(format!("{{{}}}{}", names::SYSTEM, system.name())),
        Type::Class { name, .. } => Some(format!("{{{}}}{name}", names::FHIR)),
        _ => None,
    }
}

/// The specifier of any type. Classes of profile models are written as the FHIR classes they stand for.
pub(super) fn specifier(ty: &Type) -> Value {
    match ty {
        Type::List(of) => json!({ "type": "ListTypeSpecifier", "elementType": specifier(of) }),
        Type::Interval(of) => json!({ "type": "IntervalTypeSpecifier", "pointType": specifier(of) }),
        Type::Tuple(elements) => {
            let elements: Vec<Value> =
                elements.iter().map(|(name, ty)| json!({ "name": &**name, "elementType": specifier(ty) })).collect();
            json!({ "type": "TupleTypeSpecifier", "element": elements })
        }
        Type::Choice(alternatives) => {
            let choice: Vec<Value> = alternatives.iter().map(specifier).collect();
            json!({ "type": "ChoiceTypeSpecifier", "choice": choice })
        }
        named => json!({ "type": "NamedTypeSpecifier", "name": qualified(named) }),
    }
}
