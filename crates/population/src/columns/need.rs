//! Which columns a table must have.

use super::reads::Group;
use json::{Projection, ShapeId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The resource types and elements some definitions read. Tables are built for a need; needs of several programs can be joined, so that one table serves all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    pub(super) types: BTreeMap<Arc<str>, BTreeMap<Group, bool>>,
    /// Types of which it must be known whether a patient has two resources of the same content.
    pub(super) distinct: BTreeSet<Arc<str>>,
}

impl Need {
    pub(super) fn add_type(&mut self, resource: &str) {
        if !self.types.contains_key(resource) {
            self.types.insert(resource.into(), BTreeMap::new());
        }
    }

    pub(super) fn add_distinct(&mut self, resource: &Arc<str>) {
        self.distinct.insert(Arc::clone(resource));
    }

    /// `indexed`: rows are looked up by the element's content.
    pub(super) fn add(&mut self, resource: &str, group: &Group, indexed: bool) {
        self.add_type(resource);
        if let Some(groups) = self.types.get_mut(resource) {
            *groups.entry(Arc::clone(group)).or_default() |= indexed;
        }
    }

    /// What either needs.
    #[must_use]
    pub fn join(mut self, other: &Need) -> Need {
        for (resource, groups) in &other.types {
            self.add_type(resource);
            for (group, indexed) in groups {
                self.add(resource, group, *indexed);
            }
        }
        self.distinct.extend(other.distinct.iter().cloned());
        self
    }

    /// What of a Bundle (or a single resource) a table is made of, so that the rest is passed over while it is parsed. It keeps too what a
    /// [`crate::Source`] groups by.
    #[must_use]
    pub fn projection(&self) -> Projection {
        let mut projection = Projection::new();
        let resource = projection.shape();
        let kept = |projection: &mut Projection, groups: Option<&BTreeMap<Group, bool>>| {
            let shape = projection.shape();
            for name in ["resourceType", "id"] {
                projection.keep(shape, name, ShapeId::WHOLE);
            }
            // The content of an element is taken as it stands in the bytes: nothing below it is needed.
            let nothing = projection.shape();
            for member in groups.into_iter().flat_map(BTreeMap::keys).flat_map(|group| group.iter()) {
                projection.keep(shape, member, nothing);
                projection.keep(shape, &format!("_{member}"), nothing);
            }
            shape
        };
        let otherwise = kept(&mut projection, None);
        projection.choose(resource, "resourceType", otherwise);
        for (name, groups) in &self.types {
            let shape = kept(&mut projection, Some(groups));
            projection.case(resource, name, shape);
        }
        let bundle = projection.shape();
        let entry = projection.shape();
        projection.keep(bundle, "resourceType", ShapeId::WHOLE);
        projection.keep(bundle, "entry", entry);
        projection.keep(entry, "fullUrl", ShapeId::WHOLE);
        projection.keep(entry, "resource", resource);
        projection.case(resource, "Bundle", bundle);
        // The root is a Bundle or a resource.
        projection.keep(ShapeId::ROOT, "resourceType", ShapeId::WHOLE);
        projection.choose(ShapeId::ROOT, "resourceType", otherwise);
        projection.case(ShapeId::ROOT, "Bundle", bundle);
        for (name, groups) in &self.types {
            let shape = kept(&mut projection, Some(groups));
            projection.case(ShapeId::ROOT, name, shape);
        }
        projection
    }

    /// `Type.element` of everything that is read, a choice as its alternatives.
    pub fn elements(&self) -> impl Iterator<Item = String> {
        self.types.iter().flat_map(|(resource, groups)| {
            let none = groups.is_empty().then(|| resource.to_string());
            none.into_iter().chain(groups.keys().map(move |group| format!("{resource}.{}", group.join("|"))))
        })
    }
}
