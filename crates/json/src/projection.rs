//! Which members of a document somebody will ask for.

use crate::document::{key_bit, key_meta};
use crate::tape::Names;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A shape of a [`Projection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub(crate) u32);

impl ShapeId {
    /// Everything below is kept.
    pub const WHOLE: ShapeId = ShapeId(u32::MAX);
    /// The shape of the document's root.
    pub const ROOT: ShapeId = ShapeId(0);
}

/// A graph of member names: what [`crate::Document::parse_projected`] keeps.
///
/// A shape says which members of an object are kept, and the shape of each; the items of an array have the
/// array's shape; scalars have none. Shapes may be shared and may lead back to themselves. An object whose
/// members depend on one of them (a FHIR resource on its `resourceType`) has a shape that chooses.
///
/// ```
/// use json::{Document, Limits, Projection, ShapeId};
/// let mut projection = Projection::new();
/// let name = projection.shape();
/// projection.keep(ShapeId::ROOT, "name", name);
/// projection.keep(name, "family", ShapeId::WHOLE);
/// let text = br#"{"id":"p","name":[{"family":"Byron","given":["Ada"]}]}"#;
/// let document = Document::parse_projected(text.to_vec(), &projection, &Limits::default()).unwrap();
/// let name = document.root().get("name").and_then(|n| n.at(0)).unwrap();
/// assert!(name.get("family").unwrap().is_str("Byron"));
/// assert!(name.get("given").is_none() && document.root().get("id").is_none());
/// assert_eq!(document.node_count(), 4);
/// ```
#[derive(Debug, Clone)]
pub struct Projection {
    shapes: Vec<Shape>,
    /// Made when first asked for.
    names: OnceLock<Arc<Names>>,
}

#[derive(Debug, Clone, Default)]
struct Shape {
    /// One bit a member: a name whose bit is not set is none of them.
    filter: u64,
    members: Vec<Member>,
    choice: Option<Choice>,
}

#[derive(Debug, Clone)]
struct Member {
    /// [`key_meta`] of the name.
    meta: u32,
    shape: ShapeId,
    name: Box<str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) member: Box<str>,
    cases: Vec<(Box<str>, ShapeId)>,
    otherwise: ShapeId,
}

impl Choice {
    pub(crate) fn of(&self, value: &[u8]) -> ShapeId {
        self.cases.iter().find(|(name, _)| name.as_bytes() == value).map_or(self.otherwise, |(_, shape)| *shape)
    }
}

impl Default for Projection {
    fn default() -> Self {
        Self::new()
    }
}

impl Projection {
    /// Keeps the root and nothing below it.
    pub fn new() -> Self {
        Self { shapes: vec![Shape::default()], names: OnceLock::new() }
    }

    /// Adds a shape that keeps nothing yet.
    pub fn shape(&mut self) -> ShapeId {
        self.shapes.push(Shape::default());
        ShapeId(self.shapes.len() as u32 - 1)
    }

    /// Keeps a member in objects of a shape. A name kept before takes the new shape, unless it was kept whole.
    pub fn keep(&mut self, of: ShapeId, name: &str, shape: ShapeId) {
        self.names = OnceLock::new();
        let Some(owner) = self.shapes.get_mut(of.0 as usize) else { return };
        match owner.members.iter_mut().find(|m| *m.name == *name) {
            Some(member) if member.shape == ShapeId::WHOLE => {}
            Some(member) => member.shape = shape,
            None => {
                let meta = key_meta(name.len(), name.as_bytes());
                owner.filter |= key_bit(meta);
                owner.members.push(Member { meta, shape, name: name.into() });
            }
        }
    }

    /// Objects of this shape have another one, chosen by the text of a member: `otherwise` when none of the
    /// cases added with [`Projection::case`] is met.
    pub fn choose(&mut self, of: ShapeId, member: &str, otherwise: ShapeId) {
        if let Some(owner) = self.shapes.get_mut(of.0 as usize) {
            owner.choice = Some(Choice { member: member.into(), cases: Vec::new(), otherwise });
        }
    }

    /// Adds a case to a shape that chooses.
    pub fn case(&mut self, of: ShapeId, value: &str, shape: ShapeId) {
        if let Some(choice) = self.shapes.get_mut(of.0 as usize).and_then(|owner| owner.choice.as_mut()) {
            choice.cases.push((value.into(), shape));
        }
    }

    /// The number of shapes.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether it keeps nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.shapes.iter().all(|shape| shape.members.is_empty() && shape.choice.is_none())
    }

    /// All member names, those that most shapes have first: their numbers are short.
    pub(crate) fn names(&self) -> Arc<Names> {
        let made = self.names.get_or_init(|| {
            let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
            for member in self.shapes.iter().flat_map(|shape| &shape.members) {
                *counted.entry(&member.name).or_default() += 1;
            }
            let mut names: Vec<(usize, &str)> = counted.into_iter().map(|(name, count)| (count, name)).collect();
            names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
            Arc::new(Names::new(names.into_iter().map(|(_, name)| name)))
        });
        Arc::clone(made)
    }

    pub(crate) fn choice(&self, of: ShapeId) -> Option<&Choice> {
        self.shapes.get(of.0 as usize)?.choice.as_ref()
    }

    /// The shape of a member, with [`key_meta`] of its name; `None` when it is not kept.
    #[inline(always)]
    pub(crate) fn member(&self, of: ShapeId, name: &[u8], meta: u32) -> Option<ShapeId> {
        if of == ShapeId::WHOLE {
            return Some(of);
        }
        let shape = self.shapes.get(of.0 as usize)?;
        if shape.filter & key_bit(meta) == 0 {
            return None;
        }
        shape.members.iter().find(|m| m.meta == meta && m.name.as_bytes() == name).map(|m| m.shape)
    }
}
