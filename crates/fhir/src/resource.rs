//! A resource as it was written.

use std::borrow::Cow;

use json::{Kind, NodeId, Value};

use crate::view::ResourceView;

/// A resource inside a parsed document: nothing is copied, nothing is lost.
///
/// It remembers the Bundle entry and the outer resource it stands in, which references depend on.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    value: Value<'a>,
    /// The `fullUrl` string of the entry.
    full_url: Option<NodeId>,
    container: Option<NodeId>,
}

/// How many contained resources of one resource are looked through; [`crate::shape`] refuses more.
pub(crate) const CONTAINED_MAX: usize = 500;

impl<'a> Resource<'a> {
    /// A resource that stands alone; `None` when the value is not an object.
    pub fn new(value: Value<'a>) -> Option<Resource<'a>> {
        (value.kind() == Kind::Object).then_some(Resource { value, full_url: None, container: None })
    }

    /// The resource of a Bundle entry.
    pub(crate) fn of_entry(entry: Value<'a>) -> Option<Resource<'a>> {
        let full_url = entry.get("fullUrl").map(|url| url.id());
        let value = entry.get("resource").filter(|value| value.kind() == Kind::Object)?;
        Some(Resource { value, full_url, container: None })
    }

    /// The JSON of this resource.
    pub fn value(&self) -> Value<'a> {
        self.value
    }

    /// The bytes exactly as received.
    pub fn raw(&self) -> &'a [u8] {
        self.value.raw()
    }

    /// FHIRPath of this resource inside the document.
    pub fn path(&self) -> String {
        self.value.path()
    }

    /// `resourceType`.
    pub fn resource_type(&self) -> Option<Cow<'a, str>> {
        self.value.get("resourceType")?.as_str()
    }

    /// True when `resourceType` is this.
    pub fn is(&self, resource_type: &str) -> bool {
        self.value.get("resourceType").is_some_and(|name| name.is_str(resource_type))
    }

    /// The logical id.
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.value.get("id")?.as_str()
    }

    /// `meta.versionId`.
    pub fn version_id(&self) -> Option<Cow<'a, str>> {
        self.value.get("meta")?.get("versionId")?.as_str()
    }

    /// `meta.profile`.
    pub fn profiles(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let list = self.value.get("meta").and_then(|meta| meta.get("profile"));
        list.into_iter().flat_map(|list| list.items()).filter_map(|profile| profile.as_str())
    }

    /// `fullUrl` of the Bundle entry this resource stands in.
    pub fn full_url(&self) -> Option<Cow<'a, str>> {
        self.value.document().value(self.full_url?).as_str()
    }

    /// The resources contained in this one (or in the resource that contains it).
    pub fn contained(&self) -> impl Iterator<Item = Resource<'a>> + use<'a> {
        let outer = self.outer();
        let full_url = self.full_url;
        let list = outer.get("contained");
        list.into_iter().flat_map(|list| list.items()).filter(|value| value.kind() == Kind::Object).map(move |value| Resource {
            value,
            full_url,
            container: Some(outer.id()),
        })
    }

    /// The contained resource with this id; an empty id means the container itself.
    pub fn contained_with_id(&self, id: &str) -> Option<Resource<'a>> {
        if id.is_empty() {
            return Some(Resource { value: self.outer(), full_url: self.full_url, container: None });
        }
        self.contained().take(CONTAINED_MAX).find(|inner| inner.value.get("id").is_some_and(|other| other.is_str(id)))
    }

    fn outer(&self) -> Value<'a> {
        match self.container {
            Some(container) => self.value.document().value(container),
            None => self.value,
        }
    }

    /// This resource through a typed view; `None` when it is of another type.
    ///
    /// ```
    /// use fhir::{Patient, Resource};
    /// let body = br#"{"resourceType":"Patient","gender":"female"}"#.to_vec();
    /// let document = json::Document::parse(body, &json::Limits::default()).unwrap();
    /// let resource = Resource::new(document.root()).unwrap();
    /// assert_eq!(resource.view::<Patient>().unwrap().gender().as_deref(), Some("female"));
    /// assert!(resource.view::<fhir::Claim>().is_none());
    /// ```
    pub fn view<T: ResourceView<'a>>(&self) -> Option<T> {
        self.is(T::RESOURCE_TYPE).then(|| T::of(self.value))
    }
}
