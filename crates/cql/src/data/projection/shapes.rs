//! The graph of what is asked for, and the [`Projection`] made of it.

use crate::model;
use json::{Projection, ShapeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A part of the data that is asked for: a resource of some type, or what stands under some path.
pub(super) type Part = u32;

/// Any resource: what is asked of it is asked of every type.
pub(super) const ANY_RESOURCE: Part = 0;
/// Kept whole.
pub(super) const WHOLE: Part = 1;

/// Several parts.
pub(super) type Parts = BTreeSet<Part>;

/// The parts, their members, and which are kept whole.
pub(super) struct Shapes {
    members: Vec<BTreeMap<Arc<str>, Part>>,
    whole: Vec<bool>,
    resources: BTreeMap<Arc<str>, Part>,
    is_resource: Vec<bool>,
    /// Something was added since [`Shapes::settled`] was asked.
    changed: bool,
}

impl Shapes {
    pub(super) fn new() -> Shapes {
        Shapes {
            members: vec![BTreeMap::new(); 2],
            whole: vec![false, true],
            resources: BTreeMap::new(),
            is_resource: vec![true, false],
            changed: false,
        }
    }

    /// Whether nothing was added since the last question.
    pub(super) fn settled(&mut self) -> bool {
        !std::mem::take(&mut self.changed)
    }

    fn add(&mut self, is_resource: bool) -> Part {
        self.members.push(BTreeMap::new());
        self.whole.push(false);
        self.is_resource.push(is_resource);
        self.changed = true;
        self.members.len() as Part - 1
    }

    /// The resources of a type.
    pub(super) fn resource(&mut self, resource_type: &str) -> Part {
        if matches!(resource_type, "Resource" | "DomainResource") {
            return ANY_RESOURCE;
        }
        if let Some(known) = self.resources.get(resource_type) {
            return *known;
        }
        let part = self.add(true);
        self.resources.insert(resource_type.into(), part);
        part
    }

    /// A member of a part; `bare` when it cannot be a primitive, and so has no `_name` beside it.
    pub(super) fn member(&mut self, of: Part, name: &str, bare: bool) -> Part {
        if self.whole[of as usize] {
            return WHOLE;
        }
        let known = self.members[of as usize].get(name).copied();
        let part = known.unwrap_or_else(|| {
            let part = self.add(false);
            self.members[of as usize].insert(name.into(), part);
            part
        });
        let beside = format!("_{name}");
        if !bare && !name.starts_with('_') && !self.members[of as usize].contains_key(beside.as_str()) {
            self.members[of as usize].insert(beside.into(), part);
            self.changed = true;
        }
        part
    }

    /// Keeps members whole (they are mostly scalars).
    pub(super) fn leaves(&mut self, of: Part, names: &[&str]) {
        for name in names {
            let part = self.member(of, name, true);
            self.keep_whole(part);
        }
    }

    pub(super) fn keep_whole(&mut self, part: Part) {
        self.changed |= !std::mem::replace(&mut self.whole[part as usize], true);
    }

    pub(super) fn is_resource(&self, part: Part) -> bool {
        self.is_resource[part as usize]
    }

    /// Keeps a dotted path in every resource.
    pub(super) fn keep_path(&mut self, path: &str) {
        let mut part = ANY_RESOURCE;
        for name in path.split('.') {
            part = self.member(part, name, false);
        }
        self.keep_whole(part);
    }

    /// The projection of a Bundle of resources, or of one resource.
    pub(super) fn finish(mut self) -> Projection {
        self.leaves(ANY_RESOURCE, &["resourceType", "id"]);
        let mut maker = Maker { shapes: &self, projection: Projection::new(), made: HashMap::new() };
        let resource = maker.projection.shape();
        maker.resources(resource, None);
        let entry = maker.projection.shape();
        maker.projection.keep(entry, "resource", resource);
        maker.projection.keep(entry, "fullUrl", ShapeId::WHOLE);
        maker.resources(ShapeId::ROOT, Some(entry));
        maker.projection
    }
}

/// Turns sets of parts that one JSON value may be into shapes.
struct Maker<'s> {
    shapes: &'s Shapes,
    projection: Projection,
    made: HashMap<Parts, ShapeId>,
}

impl Maker<'_> {
    /// Makes a shape choose by the type of the resource. At the root a Bundle also has entries.
    fn resources(&mut self, shape: ShapeId, entry: Option<ShapeId>) {
        let otherwise = self.shape(&Parts::from([ANY_RESOURCE]));
        self.projection.choose(shape, "resourceType", otherwise);
        let shapes = self.shapes;
        for (name, part) in &shapes.resources {
            if entry.is_some() && **name == *"Bundle" {
                continue;
            }
            let of_type = self.shape(&Parts::from([ANY_RESOURCE, *part]));
            self.projection.case(shape, name, of_type);
        }
        if let Some(entry) = entry {
            let own = shapes.resources.get("Bundle").copied();
            let bundle = self.bundle(own, entry);
            self.projection.case(shape, "Bundle", bundle);
        }
    }

    /// The Bundle at the root: its entries, and what is read of it as a resource.
    fn bundle(&mut self, own: Option<Part>, entry: ShapeId) -> ShapeId {
        let parts: Parts = own.into_iter().chain([ANY_RESOURCE]).collect();
        let shape = self.projection.shape();
        if parts.iter().any(|part| self.shapes.whole[*part as usize]) {
            return ShapeId::WHOLE;
        }
        for (name, members) in self.members(&parts) {
            // Entries read as elements of the Bundle are kept whole: the two uses may differ.
            let kept = if name == "entry" { ShapeId::WHOLE } else { self.shape(&members) };
            self.projection.keep(shape, &name, kept);
        }
        self.projection.keep(shape, "entry", entry);
        shape
    }

    fn members(&self, parts: &Parts) -> BTreeMap<String, Parts> {
        let mut out: BTreeMap<String, Parts> = BTreeMap::new();
        for part in parts {
            for (name, member) in &self.shapes.members[*part as usize] {
                out.entry(name.to_string()).or_default().insert(*member);
            }
        }
        out
    }

    fn shape(&mut self, parts: &Parts) -> ShapeId {
        if parts.iter().any(|part| self.shapes.whole[*part as usize]) {
            return ShapeId::WHOLE;
        }
        if let Some(made) = self.made.get(parts) {
            return *made;
        }
        let shape = self.projection.shape();
        self.made.insert(parts.clone(), shape);
        for (name, members) in self.members(parts) {
            let kept = self.shape(&members);
            self.projection.keep(shape, &name, kept);
        }
        shape
    }
}

/// The JSON names an element may have when its class is not known: its own, and those of a choice.
pub(super) fn dynamic_names(name: &str) -> Vec<String> {
    let mut names = BTreeSet::from([name.to_owned()]);
    let fhir = model::fhir();
    for class in fhir.class_names() {
        let elements = fhir.class(class).into_iter().flat_map(|class| &class.elements);
        for element in elements.filter(|element| *element.name == *name) {
            let crate::ir::Type::Choice(alternatives) = &element.ty else { continue };
            for alternative in alternatives.iter() {
                if let crate::ir::Type::Class { name: class, .. } = alternative {
                    names.insert(model::choice_member(name, class));
                }
            }
        }
    }
    names.into_iter().collect()
}
