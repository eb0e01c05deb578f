//! Reading elements: along paths in the patient's JSON, of tuples, and of structured System values.

use super::convert::{Json, json_to_system};
use super::error::Stop;
use super::heap::{Record, V};
use super::machine::{Machine, Result1};
use super::structures::element_of;
use super::trace::{EvNode, Tracer};
use super::types::{actual_type, types};
use crate::ir::{Access, Expr, Intrinsic, NodeId, SystemType, Type};
use crate::model;
use crate::plan::{End, Member, OpId, Path, Step};
use crate::value::{Object, Text, TypeId};
use json::Kind;

/// What a path led to.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    value: Option<Json<'a>>,
    /// The `_name` sibling of a primitive.
    shadow: Option<Json<'a>>,
    ty: TypeId,
    document: u32,
    list: bool,
}

impl<'a> Found<'a> {
    fn make<'m>(&self, value: Json<'a>, shadow: Option<Json<'a>>) -> V<'m> {
        V::Object(Object { document: self.document, node: value.id(), ty: self.ty, shadow: shadow.map(|s| s.id()) })
    }

    /// Whether a repeating element is there; one that is absent is null, no empty list.
    pub(super) fn is_list(&self) -> bool {
        self.list && (self.value.is_some() || self.shadow.is_some())
    }

    /// The elements found, of one or of an array.
    pub(super) fn items(&self) -> FoundItems<'a> {
        match (self.value, self.shadow) {
            (None, Some(shadow)) if shadow.kind() == Kind::Array => FoundItems::Shadows(shadow.items()),
            (Some(value), shadow) if value.kind() == Kind::Array => FoundItems::Values(value.items(), shadow.map(|s| s.items())),
            (None, None) => FoundItems::Done,
            _ => FoundItems::One,
        }
    }

    /// The JSON of the only element, or of the first of an array.
    pub(super) fn first(&self) -> Option<Json<'a>> {
        match self.value {
            Some(value) if value.kind() == Kind::Array => value.items().find(|item| !item.is_null()),
            other => other,
        }
    }
}

/// Elements yet to be given.
pub(super) enum FoundItems<'a> {
    Done,
    One,
    Shadows(json::Items<'a>),
    Values(json::Items<'a>, Option<json::Items<'a>>),
}

impl<'a> FoundItems<'a> {
    pub(super) fn next<'m>(&mut self, found: &Found<'a>) -> Option<V<'m>> {
        match self {
            FoundItems::Done => None,
            FoundItems::One => {
                *self = FoundItems::Done;
                let value = found.value.or(found.shadow)?;
                Some(found.make(value, found.shadow))
            }
            FoundItems::Shadows(shadows) => {
                let shadow = shadows.find(|s| !s.is_null())?;
                Some(found.make(shadow, Some(shadow)))
            }
            FoundItems::Values(values, shadows) => loop {
                let item = values.next()?;
                let shadow = shadows.as_mut().and_then(Iterator::next).filter(|s| !s.is_null());
                match (item.is_null(), shadow) {
                    (false, shadow) => return Some(found.make(item, shadow)),
                    (true, Some(shadow)) => return Some(found.make(shadow, Some(shadow))),
                    (true, None) => {}
                }
            },
        }
    }
}

/// A member of an object that is not `null`.
fn member<'a>(owner: Json<'a>, name: &json::Key) -> Option<Json<'a>> {
    owner.member(name).filter(|v| !v.is_null())
}

/// The first of the members that is there. The shadow is looked for where it may matter: of a primitive that is kept, or of one that is absent.
fn find<'a>(owner: Json<'a>, (members, list): (&[Member], bool), kept: bool) -> (Option<Json<'a>>, Option<Json<'a>>, TypeId) {
    let kept = kept && owner.document().has_underscore_keys();
    for candidate in members {
        let value = member(owner, &candidate.name).filter(|value| candidate.takes(*value, list));
        let shadowed = match value {
            Some(value) => kept && value.kind() != Kind::Object,
            None => kept,
        };
        // Only primitives, whose names begin with a small letter, have shadows.
        let shadow = if shadowed { member(owner, &candidate.shadow) } else { None };
        if value.is_some() || shadow.is_some() {
            return (value, shadow, candidate.ty);
        }
    }
    (None, None, members.first().map_or(TypeId(0), |m| m.ty))
}

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn path(&mut self, path: &'m Path) -> Result1<'m, T> {
        let (value, ev) = self.eval(path.source)?;
        if let V::Object(object) = value {
            return self.end_of(path, object, ev);
        }
        self.path_of(path, value, ev)
    }

    /// A path from something that is no object of the data.
    pub(super) fn path_of(&mut self, path: &'m Path, value: V<'m>, ev: T::Ev) -> Result1<'m, T> {
        match value {
            V::Null => Ok((V::Null, ev)),
            V::Object(object) => self.end_of(path, object, ev),
            V::List(items) => {
                // A path over a list where the front end saw one value: of each element.
                let start = self.scratch.len();
                let mut all = ev;
                for item in items {
                    let (value, ev) = self.path_of(path, *item, ev)?;
                    all = self.tracer.join(all, ev);
                    match value {
                        V::Null => {}
                        V::List(inner) => self.scratch.extend_from_slice(inner),
                        one => self.scratch.push(one),
                    }
                }
                Ok((self.list_from(start)?, all))
            }
            mut other => {
                for step in &path.steps {
                    other = self.element(other, &step.name);
                }
                let ended = match path.end {
                    End::Object => other,
                    End::Primitive(_) => self.element(other, &Text::new("value")),
                    End::Convert(function) => self.convert(function, other)?,
                };
                Ok((ended, ev))
            }
        }
    }

    fn end_of(&mut self, path: &'m Path, object: Object, ev: T::Ev) -> Result1<'m, T> {
        let (found, ev) = self.walk(path, object, ev);
        if path.end == End::Object {
            return Ok((self.found_value(&found)?, ev));
        }
        let Some(json) = found.first() else {
            return Ok((V::Null, ev));
        };
        let value = match path.end {
            End::Primitive(system) => self.primitive(json, system),
            End::Convert(function) => self.convert_json(function, json),
            End::Object => V::Null,
        };
        Ok((value, ev))
    }

    /// Follows the steps of a path from an object.
    pub(super) fn walk(&mut self, path: &Path, object: Object, ev: T::Ev) -> (Found<'a>, T::Ev) {
        let start = self.data.value(object);
        // A primitive of which only the shadow is there has no value of its own.
        let value = if object.shadow == Some(object.node) && path.steps.is_empty() { None } else { Some(start) };
        let shadow = object.shadow.map(|s| self.data.node(object.document, s));
        let mut found = Found { value, shadow, ty: object.ty, document: object.document, list: false };
        let mut ev = ev;
        let last = path.steps.len();
        for (index, step) in path.steps.iter().enumerate() {
            let owner = found.first().filter(|v| v.kind() == Kind::Object).or(found.shadow);
            let owner = owner.map(|o| if o.kind() == Kind::Array { o.items().find(|s| !s.is_null()).unwrap_or(o) } else { o });
            let Some(owner) = owner else {
                let at = found.value.map_or(object.node, |v| v.id());
                found = Found { value: None, shadow: None, list: step.list, ..found };
                return (found, self.step_ev(step, None, object.document, at, ev));
            };
            let kept = path.end == End::Object || index + 1 < last;
            let (value, shadow, ty) = find(owner, (&step.members, step.list), kept);
            found = Found { value, shadow, ty, list: step.list, ..found };
            ev = self.step_ev(step, value.or(shadow), object.document, owner.id(), ev);
            if value.is_none() && shadow.is_none() {
                return (found, ev);
            }
        }
        (found, ev)
    }

    fn step_ev(&mut self, step: &Step, found: Option<Json<'a>>, document: u32, owner: json::NodeId, ev: T::Ev) -> T::Ev {
        if !T::ON {
            return ev;
        }
        self.element_leaf(step.node, found, document, owner, ev)
    }

    /// The evidence of an element that was read or is missing: it replaces that of what it was read from.
    fn element_leaf(&mut self, ir: NodeId, found: Option<Json<'a>>, document: u32, owner: json::NodeId, ev: T::Ev) -> T::Ev {
        let leaf = match found {
            Some(value) => self.tracer.push(|| EvNode::Element { document, node: value.id() }),
            None => self.tracer.push(|| EvNode::Missing { document, node: owner, ir }),
        };
        if self.tracer.is_leaf(ev) { leaf } else { self.tracer.join(ev, leaf) }
    }

    /// `.value` of a FHIR primitive.
    pub(super) fn primitive(&mut self, json: Json<'a>, system: SystemType) -> V<'m> {
        if json.kind() == Kind::Object {
            // Only extensions, no value; or a complex element's own `value`.
            return json.get("value").map_or(V::Null, |v| self.system_value(v, system));
        }
        self.system_value(json, system)
    }

    /// A JSON value as the System value a type asks for.
    pub(super) fn system_value(&mut self, json: Json<'a>, system: SystemType) -> V<'m> {
        if let (SystemType::String, Some(bytes)) = (system, json.plain_bytes()) {
            return V::Text(bytes);
        }
        self.heap.take(json_to_system(json, &Type::System(system)))
    }

    /// An element of a tuple, expected at a place; or of a structured value.
    pub(super) fn field(&self, value: V<'m>, name: &Text, at: usize) -> V<'m> {
        match value {
            V::Tuple(Record { names, values, .. }) => match names.get(at) {
                Some(known) if known == name => values[at],
                _ => names.iter().position(|n| n == name).map_or(V::Null, |at| values[at]),
            },
            other => self.element(other, name),
        }
    }

    /// An element by name.
    fn element(&self, value: V<'m>, name: &Text) -> V<'m> {
        match value {
            V::Null => V::Null,
            V::Tuple(record) => record.get(name),
            V::List(_) => V::Null,
            other => self.heap.take(other.with(|value| element_of(value, name))),
        }
    }

    /// A property whose access the static type did not settle.
    pub(super) fn property(&mut self, id: OpId, source: OpId) -> Result1<'m, T> {
        let (value, ev) = self.eval(source)?;
        let node = self.code.origin(id).node;
        let program = self.program;
        let Expr::Property { access, .. } = &program.plan.node(node).expr else {
            return Ok((V::Null, ev));
        };
        let name = match access {
            Access::Element(name) | Access::Model { name, .. } | Access::ModelChoice { name, .. } | Access::Dynamic(name) => name,
            Access::ModelValue => "value",
        };
        self.property_of(node, value, name, ev)
    }

    fn property_of(&mut self, node: NodeId, value: V<'m>, name: &str, ev: T::Ev) -> Result1<'m, T> {
        match value {
            V::Null => Ok((V::Null, ev)),
            V::Object(object) => self.object_property(node, object, name, ev),
            V::List(items) => {
                let start = self.scratch.len();
                let mut all = ev;
                for item in items {
                    let (value, ev) = self.property_of(node, *item, name, ev)?;
                    all = self.tracer.join(all, ev);
                    match value {
                        V::Null => {}
                        V::List(inner) => self.scratch.extend_from_slice(inner),
                        one => self.scratch.push(one),
                    }
                }
                Ok((self.list_from(start)?, all))
            }
            other => Ok((self.element(other, &Text::new(name)), ev)),
        }
    }

    /// What was found as a value: a list where the element may repeat, else the one thing or null.
    fn found_value(&mut self, found: &Found<'a>) -> Result<V<'m>, Stop> {
        let mut items = found.items();
        if !found.is_list() {
            return Ok(items.next(found).unwrap_or(V::Null));
        }
        let start = self.scratch.len();
        while let Some(item) = items.next(found) {
            self.scratch.push(item);
        }
        Ok(self.list_from(start)?)
    }

    fn object_property(&mut self, node: NodeId, object: Object, name: &str, ev: T::Ev) -> Result1<'m, T> {
        let own = self.data.value(object);
        // `.value` of a primitive whose type the plan does not know.
        if name == "value" && own.kind() != Kind::Object {
            return Ok((self.convert(Intrinsic::ToValue, V::Object(object))?, ev));
        }
        let found = self.dynamic(object, name);
        let leaf =
            if T::ON { self.element_leaf(node, found.value.or(found.shadow), object.document, object.node, ev) } else { ev };
        Ok((self.found_value(&found)?, leaf))
    }

    /// An element whose type the plan does not know: the model tells it.
    fn dynamic(&self, object: Object, name: &str) -> Found<'a> {
        let class = actual_type(self.data, object).map_or("Resource", |ty| types().name(ty));
        let declared = model::fhir().element(class, name).map(|e| &e.ty);
        let nothing = Found { value: None, shadow: None, ty: object.ty, document: object.document, list: false };
        let own = self.data.value(object);
        let owner = match (own.kind(), object.shadow) {
            (Kind::Object, _) => own,
            (_, Some(shadow)) => self.data.node(object.document, shadow),
            (_, None) => return Found { list: matches!(declared, Some(Type::List(_))), ..nothing },
        };
        let look = |name: &str, ty: TypeId| {
            let members = [Member::new(name, ty)];
            let list = matches!(declared, Some(Type::List(_)));
            let (value, shadow, ty) = find(owner, (&members, list), true);
            Found { value, shadow, ty, ..nothing }
        };
        match declared {
            Some(Type::Choice(alternatives)) => {
                for alternative in alternatives.iter() {
                    let Some(ty) = types().of(alternative) else { continue };
                    let found = look(&crate::model::choice_member(name, types().name(ty)), ty);
                    if found.value.is_some() || found.shadow.is_some() {
                        return found;
                    }
                }
                nothing
            }
            Some(declared) => {
                let is_list = matches!(declared, Type::List(_));
                let found = look(name, types().of(declared).unwrap_or(object.ty));
                Found { list: is_list || found.value.is_some_and(|v| v.kind() == Kind::Array), ..found }
            }
            None => {
                let found = look(name, object.ty);
                Found { list: found.value.is_some_and(|v| v.kind() == Kind::Array), ..found }
            }
        }
    }
}
