//! Reading elements: of objects in the patient's JSON, of tuples, and of structured System
//! values.

use super::intrinsics::json_to_system;
use super::machine::{Machine, Result1, Traced};
use super::program::Side;
use super::structures::element_of;
use super::trace::{EvNode, Tracer};
use super::types::{actual_type, types};
use crate::ir::{Access, NodeId, Type};
use crate::model;
use crate::value::{Object, TypeId, Value};
use json::Kind;

/// What an element access found in JSON.
struct Found<'a> {
    value: Option<json::Value<'a>>,
    shadow: Option<json::Value<'a>>,
    ty: TypeId,
}

impl<'a, T: Tracer> Machine<'_, 'a, T> {
    pub(super) fn property(&mut self, id: NodeId, source: NodeId, access: &Access) -> Result1<T> {
        let (value, ev) = self.eval(source)?;
        match &value {
            Value::Null => Ok((Value::Null, ev)),
            Value::Object(object) => Ok(self.object_property(id, *object, ev, access)),
            Value::List(items) => {
                // A path over a list where the front end saw one value: of each element.
                let mut out = Vec::with_capacity(items.len());
                let mut all = ev;
                for item in items.iter() {
                    let (value, ev) = match item {
                        Value::Object(object) => self.object_property(id, *object, ev, access),
                        other => (element_of(other, access_name(access)), ev),
                    };
                    all = self.tracer.join(all, ev);
                    match value {
                        Value::Null => {}
                        Value::List(inner) => out.extend(inner.iter().cloned()),
                        one => out.push(one),
                    }
                }
                Ok((Value::list(out), all))
            }
            other => Ok((element_of(other, access_name(access)), ev)),
        }
    }

    fn object_property(&mut self, id: NodeId, object: Object, ev: T::Ev, access: &Access) -> Traced<T> {
        let program = self.program;
        let side = &program.side[id.index()];
        let (found, is_list) = match access {
            Access::ModelValue => {
                let ty = &program.plan.nodes[id.index()].ty;
                return (self.primitive_value(object, ty), ev);
            }
            // `.value` of a primitive whose type the plan does not know.
            Access::Dynamic(name) if &**name == "value" && self.data.value(object).kind() != Kind::Object => {
                return (self.intrinsic(crate::ir::Intrinsic::ToValue, &Value::Object(object)), ev);
            }
            Access::Model { name, list, .. } => {
                let ty = match side {
                    Side::Element(ty) => *ty,
                    _ => object.ty,
                };
                (self.member(object, name, ty), *list)
            }
            Access::ModelChoice { alternatives, .. } => {
                let Side::Elements(of) = side else {
                    return (Value::Null, ev);
                };
                let mut chosen = None;
                for ((name, _), ty) in alternatives.iter().zip(of) {
                    let found = self.member(object, name, *ty);
                    if found.value.is_some() || found.shadow.is_some() {
                        chosen = Some(found);
                        break;
                    }
                }
                let nothing = Found { value: None, shadow: None, ty: object.ty };
                (chosen.unwrap_or(nothing), false)
            }
            Access::Dynamic(name) | Access::Element(name) => self.dynamic(object, name),
        };
        let value = self.found_value(object, &found, is_list);
        (value, self.property_ev(id, object, &found, ev))
    }

    /// A member of an object; a primitive's own `id` and `extension` are in its shadow.
    fn member(&self, object: Object, name: &str, ty: TypeId) -> Found<'a> {
        let mut owner = self.data.value(object);
        if owner.kind() != Kind::Object {
            match object.shadow {
                Some(shadow) => owner = self.data.node(object.document, shadow),
                None => {
                    return Found { value: None, shadow: None, ty };
                }
            }
        }
        let value = owner.get(name).filter(|v| !v.is_null());
        // Only primitives have shadows: an object found needs no second look.
        let may_have_shadow = value.is_none_or(|v| v.kind() != Kind::Object);
        let shadow = if may_have_shadow { self.shadow(owner, name) } else { None };
        Found { value, shadow, ty }
    }

    fn shadow(&self, owner: json::Value<'a>, name: &str) -> Option<json::Value<'a>> {
        let first = name.as_bytes().first()?;
        if !first.is_ascii_lowercase() {
            return None;
        }
        // Most objects have no shadow at all: look at the keys before building the name.
        owner
            .members()
            .find(|m| m.key_raw().is_some_and(|key| key.first() == Some(&b'_') && key[1..] == *name.as_bytes()))
            .filter(|v| !v.is_null())
    }

    fn found_value(&self, object: Object, found: &Found<'a>, is_list: bool) -> Value {
        let make = |value: json::Value<'a>, shadow: Option<json::Value<'a>>| {
            Value::Object(Object { document: object.document, node: value.id(), ty: found.ty, shadow: shadow.map(|s| s.id()) })
        };
        match (found.value, found.shadow) {
            (None, None) => {
                if is_list {
                    Value::list(Vec::new())
                } else {
                    Value::Null
                }
            }
            (None, Some(shadow)) => {
                if shadow.kind() == Kind::Array {
                    let items = shadow.items().filter(|s| !s.is_null());
                    let values = items.map(|s| make(s, Some(s))).collect();
                    return if is_list { Value::list(values) } else { values.into_iter().next().into() };
                }
                make(shadow, Some(shadow))
            }
            (Some(value), shadow) if value.kind() == Kind::Array => {
                let mut shadows = shadow.into_iter().flat_map(|s| s.items());
                let values: Vec<Value> = value
                    .items()
                    .filter_map(|item| {
                        let shadow = shadows.next().filter(|s| !s.is_null());
                        if item.is_null() {
                            return shadow.map(|s| make(s, Some(s)));
                        }
                        Some(make(item, shadow))
                    })
                    .collect();
                if is_list { Value::list(values) } else { values.into_iter().next().into() }
            }
            (Some(value), shadow) => {
                let one = make(value, shadow);
                if is_list { Value::list(vec![one]) } else { one }
            }
        }
    }

    fn property_ev(&mut self, id: NodeId, object: Object, found: &Found<'a>, ev: T::Ev) -> T::Ev {
        if !T::ON {
            return ev;
        }
        let document = object.document;
        let leaf = match found.value.or(found.shadow) {
            Some(value) => self.tracer.push(|| EvNode::Element { document, node: value.id() }),
            None => self.tracer.push(|| EvNode::Missing { document, node: object.node, ir: id }),
        };
        if self.tracer.is_leaf(ev) { leaf } else { self.tracer.join(ev, leaf) }
    }

    /// An element whose type the plan does not know: the model tells it.
    fn dynamic(&self, object: Object, name: &str) -> (Found<'a>, bool) {
        let class = actual_type(self.data, object).map_or("Resource", |ty| types().name(ty));
        let declared = model::fhir().element(class, name).map(|e| &e.ty);
        let (is_list, ty) = match declared {
            Some(Type::List(of)) => (true, types().of(of)),
            Some(Type::Choice(alternatives)) => {
                for alternative in alternatives.iter() {
                    let Some(ty) = types().of(alternative) else { continue };
                    let suffix = types().name(ty);
                    let mut chars = suffix.chars();
                    let upper: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
                    let found = self.member(object, &format!("{name}{upper}"), ty);
                    if found.value.is_some() || found.shadow.is_some() {
                        return (found, false);
                    }
                }
                (false, None)
            }
            Some(other) => (false, types().of(other)),
            None => (false, None),
        };
        let found = self.member(object, name, ty.unwrap_or(object.ty));
        let is_array = found.value.is_some_and(|v| v.kind() == Kind::Array);
        (found, is_list || is_array)
    }

    /// `.value` of a FHIR primitive.
    fn primitive_value(&self, object: Object, ty: &Type) -> Value {
        let json = self.data.value(object);
        if json.kind() == Kind::Object {
            // Only extensions, no value; or a complex element's own `value`.
            return json.get("value").map_or(Value::Null, |v| json_to_system(v, ty));
        }
        json_to_system(json, ty)
    }
}

fn access_name(access: &Access) -> &str {
    match access {
        Access::Element(name) | Access::Model { name, .. } | Access::ModelChoice { name, .. } | Access::Dynamic(name) => name,
        Access::ModelValue => "value",
    }
}
