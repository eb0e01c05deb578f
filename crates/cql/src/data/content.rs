//! Comparing and writing JSON content.

use json::{Document, Kind, Value};

/// JSON deeper than this is not compared further (the parser's own limit is lower).
const MAX_DEPTH: usize = 200;

/// Whether two values have the same content; the order of members does not matter.
pub(super) fn equal(left: Value<'_>, right: Value<'_>, depth: usize) -> bool {
    if left.kind() != right.kind() || left.len() != right.len() || depth > MAX_DEPTH {
        return false;
    }
    match left.kind() {
        Kind::Null => true,
        Kind::Bool => left.as_bool() == right.as_bool(),
        Kind::Number => {
            left.raw() == right.raw()
                || crate::value::Decimal::parse_rounding(left.as_number().unwrap_or_default())
                    == crate::value::Decimal::parse_rounding(right.as_number().unwrap_or_default())
        }
        Kind::String => match (left.plain_bytes(), right.plain_bytes()) {
            (Some(left), Some(right)) => left == right,
            _ => left.as_str() == right.as_str(),
        },
        Kind::Array => left.items().zip(right.items()).all(|(l, r)| equal(l, r, depth + 1)),
        Kind::Object => left.entries().all(|(name, value)| right.get(&name).is_some_and(|other| equal(value, other, depth + 1))),
    }
}

/// As [`equal`] of objects of the data. Two resources that agree in all that a projection kept are read again
/// from the bytes: what was left out may differ. That costs a parse of both, but resources of one type and id
/// are seldom there twice.
pub(super) fn same(left: Value<'_>, right: Value<'_>) -> bool {
    let one = std::ptr::eq(left.document(), right.document()) && left.id() == right.id();
    if one || !equal(left, right, 0) {
        return one;
    }
    // A compact document kept such resources whole: see [`alike`].
    let partial = |value: Value<'_>| {
        let document = value.document();
        document.is_projected() && !document.is_compact() && value.get("resourceType").is_some()
    };
    if !partial(left) && !partial(right) {
        return true;
    }
    let limits = json::Limits { max_bytes: usize::MAX, max_depth: MAX_DEPTH, max_nodes: usize::MAX, max_faults: 1 };
    let whole = |value: Value<'_>| Document::parse(value.raw(), &limits);
    match (whole(left), whole(right)) {
        (Ok(left), Ok(right)) => equal(left.root(), right.root(), 0),
        // A key stands twice in what was passed over: it is taken as written.
        _ => left.raw() == right.raw(),
    }
}

/// The resources that agree with another in all that was kept of them.
pub(super) fn alike(data: &super::Data<'_>) -> Vec<json::NodeId> {
    let mut rows: Vec<(u64, Value<'_>)> = data.resources().map(|r| (digest(r.value), r.value)).collect();
    rows.sort_by_key(|(digest, value)| (*digest, value.id()));
    let mut out = Vec::new();
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        for (at, (_, value)) in group.iter().enumerate() {
            if group.iter().enumerate().any(|(other, (_, with))| other != at && equal(*value, *with, 0)) {
                out.push(value.id());
            }
        }
    }
    out
}

/// A number that values of equal content share: from the id, or the shape.
pub(super) fn digest(value: Value<'_>) -> u64 {
    let mut state = value.len() as u64;
    let text = match value.kind() {
        Kind::Object => value.get("id").or_else(|| value.get("code")).and_then(|v| v.as_str()),
        _ => value.as_str(),
    };
    for byte in text.as_deref().unwrap_or_default().bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    state
}

/// The value for output.
pub(super) fn to_json(value: Value<'_>, depth: usize) -> serde_json::Value {
    use serde_json::Value as Json;
    if depth > MAX_DEPTH {
        return Json::Null;
    }
    match value.kind() {
        Kind::Null => Json::Null,
        Kind::Bool => Json::Bool(value.as_bool() == Some(true)),
        Kind::Number => serde_json::from_slice(value.raw()).unwrap_or(Json::Null),
        Kind::String => Json::String(value.as_str().unwrap_or_default().into_owned()),
        Kind::Array => Json::Array(value.items().map(|v| to_json(v, depth + 1)).collect()),
        Kind::Object => Json::Object(value.entries().map(|(name, v)| (name.into_owned(), to_json(v, depth + 1))).collect()),
    }
}
