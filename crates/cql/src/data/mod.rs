//! One patient's data: resources grouped by type, read in place from their JSON.
//!
//! Nothing is copied or converted on loading. Codes and dates are indexed per resource type and
//! element when a retrieve first asks for them.

mod chain;
mod codes;
mod content;
mod dates;
mod prepared;
mod projection;
mod references;
mod table;
mod terminology;

pub use codes::CodePath;
pub use prepared::Prepared;
pub use projection::{ProjectionOptions, projection};
pub use terminology::{CodeNumber, CodeSystem, Content, Terminology, TerminologyFault, ValueSetCodes};

pub(crate) use codes::{CodeIndex, Wanted};
pub(crate) use dates::minutes;

use crate::value::{Object, TypeId};
use dates::{DateIndex, Dates};
use json::{Document, NodeId};
use references::References;
use std::borrow::Cow;
use std::sync::Arc;
use table::{Builder, Table};

/// The type of every resource object: its own `resourceType` says which.
pub const RESOURCE: TypeId = TypeId(0);

/// The resources of one patient (or of whatever is evaluated as one). `Send` and `Sync`.
pub struct Data<'a> {
    documents: Documents<'a>,
    table: Shelf<'a>,
    /// Full URLs as the caller gave them, when they are not in the documents.
    urls: Vec<Option<&'a str>>,
}

/// Where resources stand.
enum Documents<'a> {
    One(&'a Document),
    Many(Vec<&'a Document>),
}

/// Made for this data, or once for a [`Prepared`] patient.
enum Shelf<'a> {
    Own(Box<Table>),
    Prepared(&'a Table),
}

/// One resource.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Its JSON object.
    pub value: json::Value<'a>,
    url: Url<'a>,
    document: u32,
}

#[derive(Clone, Copy)]
enum Url<'a> {
    None,
    Given(&'a str),
    Written(json::Value<'a>),
}

/// The rows of a Bundle, or of the one resource a document holds.
fn table_of(document: &Document) -> Table {
    let root = document.root();
    if !root.get("resourceType").is_some_and(|t| t.is_str("Bundle")) {
        let mut rows = Builder::with_capacity(1);
        rows.add(0, None, root);
        return rows.finish();
    }
    let entries = root.get("entry");
    let mut rows = Builder::with_capacity(entries.map_or(0, |e| e.len()));
    for entry in entries.into_iter().flat_map(|e| e.items()) {
        let (mut resource, mut url) = (None, None);
        for member in entry.members() {
            match member.key_raw() {
                Some(b"resource") => resource = Some(member),
                Some(b"fullUrl") => url = Some(member.id()),
                _ => {}
            }
        }
        if let Some(resource) = resource {
            rows.add(0, url, resource);
        }
    }
    rows.finish()
}

impl<'a> Data<'a> {
    /// Takes the resources of one patient, each with its full URL when it has one. Values
    /// without a `resourceType` are left out: they are no resources.
    pub fn load(resources: impl IntoIterator<Item = (Option<&'a str>, json::Value<'a>)>) -> Data<'a> {
        let resources = resources.into_iter();
        let mut rows = Builder::with_capacity(resources.size_hint().0);
        let (mut documents, mut urls): (Vec<&'a Document>, _) = (Vec::new(), Vec::new());
        for (url, value) in resources {
            // Resources mostly come document by document; one that comes back has a second number, which does no harm.
            if documents.last().is_none_or(|last| !std::ptr::eq(*last, value.document())) {
                documents.push(value.document());
            }
            if rows.add(documents.len() as u32 - 1, None, value) {
                urls.push(url);
            }
        }
        Data { documents: Documents::Many(documents), table: Shelf::Own(Box::new(rows.finish())), urls }
    }

    /// The resources of a Bundle, or the one resource a document holds.
    pub fn from_document(document: &'a Document) -> Data<'a> {
        let table = Shelf::Own(Box::new(table_of(document)));
        Data { documents: Documents::One(document), table, urls: Vec::new() }
    }

    fn view(documents: Documents<'a>, table: &'a Table) -> Data<'a> {
        Data { documents, table: Shelf::Prepared(table), urls: Vec::new() }
    }

    fn table(&self) -> &Table {
        match &self.table {
            Shelf::Own(table) => table,
            Shelf::Prepared(table) => table,
        }
    }

    /// The number of resources.
    pub fn len(&self) -> usize {
        self.table().rows.len()
    }

    /// Whether there is no resource.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All resources, in the order they were given.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'a>> {
        (0..self.len() as u32).map(|row| self.resource(row))
    }

    /// The resource of a row.
    pub(crate) fn resource(&self, row: u32) -> Resource<'a> {
        let table = self.table();
        let found = &table.rows[row as usize];
        let given = self.urls.get(row as usize).copied().flatten();
        let url = match (given, table.urls.get(row as usize).copied().flatten()) {
            (Some(url), _) => Url::Given(url),
            (None, Some(node)) => Url::Written(self.node(found.document, node)),
            (None, None) => Url::None,
        };
        Resource { value: self.node(found.document, found.node), url, document: found.document }
    }

    fn document_of(&self, row: u32) -> u32 {
        self.table().rows[row as usize].document
    }

    /// Row numbers of the resources of a type, in order; `Resource` and `DomainResource` mean all.
    pub(crate) fn rows(&self, resource_type: &str) -> &[u32] {
        self.table().rows_of(resource_type)
    }

    /// The object that stands for a resource.
    pub(crate) fn object(&self, row: u32) -> Object {
        let found = &self.table().rows[row as usize];
        Object { document: found.document, node: found.node, ty: RESOURCE, shadow: None }
    }

    /// A resource as a value, for a parameter of a resource type.
    pub fn resource_value(&self, reference: &str) -> Option<crate::value::Value> {
        let row = self.resolve_row(reference)?;
        Some(crate::value::Value::Object(self.object(row)))
    }

    /// All resources of a type as values.
    pub fn resources_of(&self, resource_type: &str) -> Vec<crate::value::Value> {
        let rows = self.rows(resource_type).iter();
        rows.map(|row| crate::value::Value::Object(self.object(*row))).collect()
    }

    /// The JSON an object stands for.
    pub fn value(&self, object: Object) -> json::Value<'a> {
        self.node(object.document, object.node)
    }

    pub(crate) fn node(&self, document: u32, node: NodeId) -> json::Value<'a> {
        match &self.documents {
            Documents::One(document) => document.value(node),
            Documents::Many(documents) => documents[document as usize].value(node),
        }
    }

    /// The resource a node stands in: the last one that begins at or before it.
    pub(crate) fn resource_of(&self, document: u32, node: NodeId) -> Option<Resource<'a>> {
        let Table { rows, sorted, .. } = self.table();
        let row = if *sorted {
            let before = rows.partition_point(|row| (row.document, row.node) <= (document, node));
            before.checked_sub(1).filter(|row| rows[*row].document == document)
        } else {
            let before = rows.iter().enumerate().filter(|(_, row)| row.document == document && row.node <= node);
            before.max_by_key(|(_, row)| row.node).map(|(row, _)| row)
        };
        row.map(|row| self.resource(row as u32))
    }

    /// The codes of all resources of a type at an element: made once, and again for another state of the terminology.
    pub(crate) fn code_index(&self, resource_type: &str, path: &CodePath, terminology: &Terminology) -> &CodeIndex {
        let is = |index: &CodeIndex| index.is_for(resource_type, path, terminology);
        self.table().codes.find_or_make(is, || CodeIndex::build(self, resource_type, path, terminology))
    }

    /// The dates of all resources of a type at an element: made once.
    pub(crate) fn date_index(&self, resource_type: &str, path: &CodePath) -> &Dates {
        self.dates(resource_type, path).made(self)
    }

    /// The same for whoever can do without: there from the second time on that it is asked for, since making it costs about as much as it saves once.
    pub(crate) fn date_index_asked_again(&self, resource_type: &str, path: &CodePath) -> Option<&Dates> {
        self.dates(resource_type, path).asked(self)
    }

    fn dates(&self, resource_type: &str, path: &CodePath) -> &DateIndex {
        let is = |index: &DateIndex| index.is_for(resource_type, path);
        self.table().dates.find_or_make(is, || DateIndex::new(resource_type, path))
    }

    /// The resource a reference names: by full URL, `Type/id`, or the tail of a URL.
    pub fn resolve(&self, reference: &str) -> Option<Resource<'a>> {
        self.resolve_row(reference).map(|row| self.resource(row))
    }

    pub(crate) fn resolve_row(&self, reference: &str) -> Option<u32> {
        let references = self.table().references.get_or_init(|| References::of(self));
        references.find(self, reference)
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

    /// Its full URL.
    pub fn full_url(&self) -> Option<Cow<'a, str>> {
        match self.url {
            Url::None => None,
            Url::Given(url) => Some(Cow::Borrowed(url)),
            Url::Written(value) => value.as_str(),
        }
    }

    /// `Type/id`, or the full URL when it has no id.
    pub fn reference(&self) -> Arc<str> {
        let id = self.value.get("id").and_then(|v| v.as_str());
        match (id, self.full_url()) {
            (Some(id), _) => format!("{}/{id}", self.resource_type()).into(),
            (None, Some(url)) => url.into(),
            (None, None) => self.resource_type().as_ref().into(),
        }
    }
}

impl crate::ops::Objects for Data<'_> {
    fn equal(&self, left: Object, right: Object) -> bool {
        content::same(self.value(left), self.value(right))
    }

    fn digest(&self, object: Object) -> u64 {
        content::digest(self.value(object))
    }
}

#[cfg(test)]
mod tests;
