//! Which columns a table must have.

use super::reads::Group;
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

    /// `Type.element` of everything that is read, a choice as its alternatives.
    pub fn elements(&self) -> impl Iterator<Item = String> {
        self.types.iter().flat_map(|(resource, groups)| {
            let none = groups.is_empty().then(|| resource.to_string());
            none.into_iter().chain(groups.keys().map(move |group| format!("{resource}.{}", group.join("|"))))
        })
    }
}
