//! Logical and nullological operators (Appendix B, *Logical Operators*, *Nullological
//! Operators*): Kleene's three-valued tables.

use crate::value::{Tri, Value};

/// `A and B`.
pub fn and(left: Tri, right: Tri) -> Tri {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// `A or B`.
pub fn or(left: Tri, right: Tri) -> Tri {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// `A xor B`.
pub fn xor(left: Tri, right: Tri) -> Tri {
    Some(left? != right?)
}

/// `A implies B`.
pub fn implies(left: Tri, right: Tri) -> Tri {
    or(not(left), right)
}

/// `not A`.
pub fn not(operand: Tri) -> Tri {
    operand.map(|b| !b)
}

/// `Coalesce`: the first value that is not null.
pub fn coalesce(values: &[Value]) -> Value {
    values.iter().find(|v| !v.is_null()).cloned().unwrap_or_default()
}
