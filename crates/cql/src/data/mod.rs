//! One patient's data: resources grouped by type, read in place from their JSON.
//!
//! Nothing is copied or converted on loading. Codes are indexed per resource type and
//! element when a retrieve first asks for them.

mod content;
mod index;
mod terminology;

pub use terminology::{CodeNumber, Terminology, ValueSetCodes, ValueSetFault};

pub(crate) use index::{CodePath, Coded};

use crate::value::{Object, TypeId};
use json::{Document, NodeId};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// The type of every resource object: its own `resourceType` says which.
pub const RESOURCE: TypeId = TypeId(0);

/// The resources of one patient (or of whatever is evaluated as one).
pub struct Data<'a> {
    documents: Vec<&'a Document>,
    resources: Vec<Resource<'a>>,
    types: Vec<TypeRows<'a>>,
    indexes: RefCell<Vec<index::Index<'a>>>,
    references: OnceCell<HashMap<&'a str, u32>>,
}

/// One resource.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Its full URL in the bundle.
    pub full_url: Option<&'a str>,
    /// Its JSON object.
    pub value: json::Value<'a>,
    document: u32,
    type_index: u16,
}

struct TypeRows<'a> {
    name: Cow<'a, str>,
    rows: Vec<u32>,
}

impl<'a> Data<'a> {
    /// Takes the resources of one patient, each with its full URL when it has one. Values
    /// without a `resourceType` are left out: they are no resources.
    pub fn load(resources: impl IntoIterator<Item = (Option<&'a str>, json::Value<'a>)>) -> Data<'a> {
        let resources = resources.into_iter();
        let mut data = Data {
            documents: Vec::with_capacity(1),
            resources: Vec::with_capacity(resources.size_hint().0.max(64)),
            types: Vec::with_capacity(16),
            indexes: RefCell::new(Vec::new()),
            references: OnceCell::new(),
        };
        for (full_url, value) in resources {
            data.add(full_url, value);
        }
        data
    }

    /// The resources of a Bundle, or the one resource a document holds.
    pub fn from_document(document: &'a Document) -> Data<'a> {
        let root = document.root();
        let is_bundle = root.get("resourceType").is_some_and(|t| t.is_str("Bundle"));
        if !is_bundle {
            return Data::load([(None, root)]);
        }
        let entries = root.get("entry").map(|e| e.items());
        Data::load(entries.into_iter().flatten().filter_map(|entry| {
            let resource = entry.get("resource")?;
            Some((entry.get("fullUrl").and_then(plain_str), resource))
        }))
    }

    fn add(&mut self, full_url: Option<&'a str>, value: json::Value<'a>) {
        let Some(name) = value.get("resourceType") else {
            return;
        };
        let Some(type_index) = self.type_index(name) else {
            return;
        };
        let document = value.document();
        let known = |d: &&'a Document| std::ptr::eq(*d, document);
        let document = match self.documents.last() {
            Some(last) if std::ptr::eq(*last, document) => self.documents.len() - 1,
            _ => self.documents.iter().position(known).unwrap_or_else(|| {
                self.documents.push(document);
                self.documents.len() - 1
            }),
        };
        let row = self.resources.len() as u32;
        self.types[type_index].rows.push(row);
        self.resources.push(Resource { full_url, value, document: document as u32, type_index: type_index as u16 });
    }

    /// The position of a resource type, mostly that of the resource before.
    fn type_index(&mut self, name: json::Value<'a>) -> Option<usize> {
        if let (Some(last), Some(bytes)) = (self.resources.last(), name.plain_bytes()) {
            let index = usize::from(last.type_index);
            if self.types[index].name.as_bytes() == bytes {
                return Some(index);
            }
        }
        let name = name.as_str()?;
        let known = self.types.iter().position(|t| t.name == name);
        Some(known.unwrap_or_else(|| {
            self.types.push(TypeRows { name, rows: Vec::new() });
            self.types.len() - 1
        }))
    }

    /// All resources, in the order they were given.
    pub fn resources(&self) -> &[Resource<'a>] {
        &self.resources
    }

    /// Row numbers of the resources of a type; `Resource` and `DomainResource` mean all.
    pub(crate) fn rows(&self, resource_type: &str) -> Vec<u32> {
        match self.types.iter().find(|t| t.name == resource_type) {
            Some(found) => found.rows.clone(),
            None if matches!(resource_type, "Resource" | "DomainResource") => (0..self.resources.len() as u32).collect(),
            None => Vec::new(),
        }
    }

    /// The object that stands for a resource.
    pub(crate) fn object(&self, row: u32) -> Object {
        let resource = &self.resources[row as usize];
        Object { document: resource.document, node: resource.value.id(), ty: RESOURCE, shadow: None }
    }

    /// A resource as a value, for a parameter of a resource type.
    pub fn resource_value(&self, reference: &str) -> Option<crate::value::Value> {
        let row = self.resolve_row(reference)?;
        Some(crate::value::Value::Object(self.object(row)))
    }

    /// All resources of a type as values.
    pub fn resources_of(&self, resource_type: &str) -> Vec<crate::value::Value> {
        let rows = self.rows(resource_type).into_iter();
        rows.map(|row| crate::value::Value::Object(self.object(row))).collect()
    }

    /// The JSON an object stands for.
    pub fn value(&self, object: Object) -> json::Value<'a> {
        self.node(object.document, object.node)
    }

    pub(crate) fn node(&self, document: u32, node: NodeId) -> json::Value<'a> {
        self.documents[document as usize].value(node)
    }

    /// The resource a node stands in: the last one that begins at or before it.
    pub(crate) fn resource_of(&self, document: u32, node: NodeId) -> Option<&Resource<'a>> {
        self.resources.iter().filter(|r| r.document == document && r.value.id() <= node).max_by_key(|r| r.value.id())
    }

    /// Rows of a type whose codes at `element` pass `test`, each once, in order.
    pub(crate) fn rows_by_code(
        &self,
        resource_type: &str,
        path: &index::CodePath,
        terminology: &Terminology,
        mut test: impl FnMut(&Coded<'a>) -> bool,
    ) -> Vec<u32> {
        let mut indexes = self.indexes.borrow_mut();
        let position = match indexes.iter().position(|i| i.is_for(resource_type, path, terminology)) {
            Some(position) => position,
            None => {
                let rows = self.rows(resource_type);
                let index = index::Index::build(self, resource_type, path, terminology, &rows);
                indexes.push(index);
                indexes.len() - 1
            }
        };
        let mut out: Vec<u32> = Vec::new();
        for coded in indexes[position].codes() {
            if out.last() != Some(&coded.row) && test(coded) {
                out.push(coded.row);
            }
        }
        out
    }

    /// The resource a reference names: by full URL, `Type/id`, or the tail of a URL.
    pub fn resolve(&self, reference: &str) -> Option<&Resource<'a>> {
        self.resolve_row(reference).map(|row| &self.resources[row as usize])
    }

    pub(crate) fn resolve_row(&self, reference: &str) -> Option<u32> {
        let reference = reference.split('|').next().unwrap_or(reference);
        let references = self.references.get_or_init(|| {
            let mut map = HashMap::new();
            for (row, resource) in self.resources.iter().enumerate() {
                if let Some(url) = resource.full_url {
                    map.entry(url).or_insert(row as u32);
                }
            }
            map
        });
        if let Some(row) = references.get(reference) {
            return Some(*row);
        }
        let mut parts = reference.rsplit('/');
        let (id, resource_type) = (parts.next()?, parts.next()?);
        let rows = &self.types.iter().find(|t| t.name == resource_type)?.rows;
        rows.iter().copied().find(|row| {
            let resource = &self.resources[*row as usize];
            resource.value.get("id").is_some_and(|v| v.is_str(id))
        })
    }

    /// Writes a value as JSON, with objects of the data as their own JSON.
    pub fn value_to_json(&self, value: &crate::value::Value) -> serde_json::Value {
        value.to_json_with(&|object| content::to_json(self.value(object), 0))
    }
}

impl<'a> Resource<'a> {
    /// Its FHIR type.
    pub fn resource_type(&self) -> Cow<'a, str> {
        self.value.get("resourceType").and_then(|t| t.as_str()).unwrap_or_default()
    }

    /// `Type/id`, or the full URL when it has no id.
    pub fn reference(&self) -> Arc<str> {
        let id = self.value.get("id").and_then(|v| v.as_str());
        match (id, self.full_url) {
            (Some(id), _) => format!("{}/{id}", self.resource_type()).into(),
            (None, Some(url)) => url.into(),
            (None, None) => self.resource_type().as_ref().into(),
        }
    }
}

/// A string written without escapes, borrowed from the document.
pub(crate) fn plain_str(value: json::Value<'_>) -> Option<&str> {
    value.plain_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

impl crate::ops::Objects for Data<'_> {
    fn equal(&self, left: Object, right: Object) -> bool {
        content::equal(self.value(left), self.value(right), 0)
    }

    fn digest(&self, object: Object) -> u64 {
        content::digest(self.value(object))
    }
}

#[cfg(test)]
mod tests;
