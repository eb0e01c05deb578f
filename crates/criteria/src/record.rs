//! The record of one person, as a request and its attachments carry it.
//!
//! Everything is read from the parsed documents in place. A resource about another person is set aside:
//! it is never evidence, and the caller is told how many there were.

use std::collections::HashMap;

use json::{Document, NodeId, Value};

use crate::manifest::References;

/// The resources a policy may read.
#[derive(Debug)]
pub struct Record {
    documents: Vec<Document>,
    resources: Vec<Resource>,
    names: HashMap<String, usize>,
    patient: Option<usize>,
    foreign: usize,
    /// Documents from this one on were made of text.
    text_from: usize,
}

/// Where a resource stands.
#[derive(Debug)]
pub(crate) struct Resource {
    pub document: usize,
    pub node: NodeId,
    pub full_url: Option<String>,
    pub kind: String,
    pub id: Option<String>,
    /// It is about the patient, or about nobody in particular (an organization).
    pub counts: bool,
}

impl Resource {
    /// How evidence names it: the full URL in the request, or `Type/id`, or the type alone.
    pub(crate) fn name(&self) -> String {
        match (&self.full_url, &self.id) {
            (Some(url), _) => url.clone(),
            (None, Some(id)) => format!("{}/{id}", self.kind),
            (None, None) => self.kind.clone(),
        }
    }
}

/// The most resources taken from one record; the rest are left out and the answer stays unknown.
const MOST_RESOURCES: usize = 100_000;

impl Record {
    /// The record in these documents: Bundles, Parameters or single resources, the request first.
    ///
    /// The patient is the one the first `Claim` names, or else the only `Patient`.
    #[must_use]
    pub fn of(documents: &[Document]) -> Self {
        Self::with_text(documents, &[])
    }

    /// The same record, and behind it what was read in documents as FHIR ([`evidence::bundle()`]). Resources keep their places, so
    /// that an answer over the one record can be compared with an answer over the other.
    #[must_use]
    pub fn with_text(documents: &[Document], text: &[Document]) -> Self {
        let mut record = Self {
            documents: documents.iter().chain(text).cloned().collect(),
            resources: Vec::new(),
            names: HashMap::new(),
            patient: None,
            foreign: 0,
            text_from: documents.len(),
        };
        for index in 0..record.documents.len() {
            let document = record.documents[index].clone();
            record.gather(index, document.root(), None, 0);
        }
        record.name_all();
        record.patient = record.find_patient();
        record.set_aside();
        record
    }

    /// How many resources were set aside because they are about somebody else.
    #[must_use]
    pub fn foreign(&self) -> usize {
        self.foreign
    }

    /// How many resources may be evidence.
    #[must_use]
    pub fn len(&self) -> usize {
        self.resources.iter().filter(|resource| resource.counts).count()
    }

    /// True when nothing in it may be evidence.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Does the record say whose it is?
    #[must_use]
    pub fn has_patient(&self) -> bool {
        self.patient.is_some()
    }

    pub(crate) fn at(&self, index: usize) -> (&Resource, Value<'_>) {
        let resource = &self.resources[index];
        (resource, self.value(resource))
    }

    /// Was this resource made of text?
    pub(crate) fn is_text(&self, index: usize) -> bool {
        self.resources[index].document >= self.text_from
    }

    /// Every resource that was made of text and counts.
    pub(crate) fn text(&self) -> impl Iterator<Item = (&Resource, Value<'_>)> {
        self.resources().filter(|(resource, _)| resource.document >= self.text_from)
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = (&Resource, Value<'_>)> {
        self.resources.iter().filter(|resource| resource.counts).map(|resource| (resource, self.value(resource)))
    }

    pub(crate) fn value(&self, resource: &Resource) -> Value<'_> {
        self.documents[resource.document].value(resource.node)
    }

    /// The position of the resource a node of a document stands in: the last one that begins at or before it.
    pub(crate) fn index_of_node(&self, document: &Document, node: NodeId) -> Option<usize> {
        let document = self.documents.iter().position(|own| std::ptr::eq(own, document))?;
        let after = self.resources.partition_point(|resource| (resource.document, resource.node) <= (document, node));
        after.checked_sub(1).filter(|index| self.resources[*index].document == document)
    }

    /// Every name by which the record can refer to a resource of this kind.
    pub(crate) fn names_of(&self, wanted: &References, give: &mut dyn FnMut(&str)) {
        for resource in &self.resources {
            if !wanted.types.contains(&resource.kind) || !resource.counts {
                continue;
            }
            let value = self.value(resource);
            if (wanted.named && !self.is_named(&value)) || !has_code(&value, &wanted.codes) {
                continue;
            }
            if let Some(url) = &resource.full_url {
                give(url);
                tail(url).into_iter().for_each(&mut *give);
            }
            if let Some(id) = &resource.id {
                give(&format!("{}/{id}", resource.kind));
            }
        }
    }

    /// A practitioner with a name, or a role of one.
    fn is_named(&self, value: &Value<'_>) -> bool {
        let by_name = |value: &Value<'_>| {
            let names = value.get("name");
            names
                .iter()
                .flat_map(Value::items)
                .any(|name| ["family", "text"].iter().any(|part| name.get(part).is_some_and(|text| !text.is_str(""))))
        };
        if by_name(value) {
            return true;
        }
        let practitioner = value.get("practitioner").and_then(|practitioner| practitioner.get("reference"));
        let practitioner = practitioner.and_then(|reference| reference.as_str());
        practitioner.and_then(|reference| self.index_of(&reference)).is_some_and(|index| {
            let resource = &self.resources[index];
            resource.kind == "Practitioner" && by_name(&self.value(resource))
        })
    }

    fn gather(&mut self, document: usize, value: Value<'_>, full_url: Option<String>, depth: usize) {
        let Some(kind) = value.get("resourceType").and_then(|kind| kind.as_str()) else {
            return;
        };
        if depth > 4 || self.resources.len() >= MOST_RESOURCES {
            return;
        }
        match kind.as_ref() {
            "Bundle" => {
                for entry in value.get("entry").iter().flat_map(Value::items) {
                    let url = entry.get("fullUrl").and_then(|url| url.as_str()).map(|url| url.into_owned());
                    if let Some(resource) = entry.get("resource") {
                        self.gather(document, resource, url, depth + 1);
                    }
                }
            }
            "Parameters" => {
                for parameter in value.get("parameter").iter().flat_map(Value::items) {
                    if let Some(resource) = parameter.get("resource") {
                        self.gather(document, resource, None, depth + 1);
                    }
                }
            }
            kind => {
                let id = value.get("id").and_then(|id| id.as_str()).map(|id| id.into_owned());
                let kind = kind.to_owned();
                self.resources.push(Resource { document, node: value.id(), full_url, kind, id, counts: true });
            }
        }
    }

    /// Names each resource by its full URL and by `Type/id`. The first to bear a name keeps it.
    fn name_all(&mut self) {
        for (index, resource) in self.resources.iter().enumerate() {
            if let Some(url) = &resource.full_url {
                self.names.entry(url.clone()).or_insert(index);
                if let Some(short) = tail(url) {
                    self.names.entry(short.to_owned()).or_insert(index);
                }
            }
            if let Some(id) = &resource.id {
                self.names.entry(format!("{}/{id}", resource.kind)).or_insert(index);
            }
        }
    }

    fn index_of(&self, reference: &str) -> Option<usize> {
        self.names.get(reference).or_else(|| self.names.get(tail(reference)?)).copied()
    }

    fn find_patient(&self) -> Option<usize> {
        let claim = self.resources.iter().find(|resource| resource.kind == "Claim");
        let named = claim.and_then(|claim| {
            let reference = self.value(claim).get("patient")?.get("reference")?.as_str()?;
            self.index_of(&reference)
        });
        let mut patients = self.resources.iter().enumerate().filter(|(_, resource)| resource.kind == "Patient");
        let first = patients.next().map(|(index, _)| index);
        let only = if patients.next().is_some() { None } else { first };
        named.filter(|index| self.resources[*index].kind == "Patient").or(only)
    }

    /// Sets aside what is about somebody else, or about somebody the record does not contain.
    fn set_aside(&mut self) {
        let claimed = self
            .resources
            .iter()
            .find(|resource| resource.kind == "Claim")
            .and_then(|claim| Some(self.value(claim).get("patient")?.get("reference")?.as_str()?.into_owned()));
        let mut foreign = Vec::new();
        for (index, resource) in self.resources.iter().enumerate() {
            let value = self.value(resource);
            let about = ["subject", "patient", "beneficiary"].iter().find_map(|key| value.get(key));
            let ours = match about {
                _ if resource.kind == "Patient" => Some(index) == self.patient || self.patient.is_none(),
                None => true,
                Some(about) => match about.get("reference").and_then(|reference| reference.as_str()) {
                    Some(reference) => match self.index_of(&reference) {
                        Some(person) => Some(person) == self.patient,
                        None => claimed.as_deref() == Some(&*reference),
                    },
                    // A display or an identifier alone does not say that it is somebody else.
                    None => true,
                },
            };
            if !ours {
                foreign.push(index);
            }
        }
        self.foreign = foreign.len();
        for index in foreign {
            self.resources[index].counts = false;
        }
    }
}

/// Does `type`, `code` or `specialty` carry one of these codes (`system|code`)? Any will do when none is wanted.
fn has_code(value: &Value<'_>, codes: &[String]) -> bool {
    let concepts = ["type", "code", "specialty"].iter().filter_map(|key| value.get(key));
    codes.is_empty()
        || concepts
            .flat_map(|list| list.items())
            .filter_map(|concept| concept.get("coding"))
            .flat_map(|coding| coding.items())
            .any(|coding| {
                let part = |key: &str| coding.get(key).and_then(|part| part.as_str()).unwrap_or_default();
                codes.iter().any(|code| {
                    code.split_once('|').is_some_and(|(system, code)| part("system") == system && part("code") == code)
                })
            })
}

/// The last two segments of an http(s) URL or a relative reference: `Type/id`.
fn tail(url: &str) -> Option<&str> {
    if url.starts_with("urn:") || url.starts_with('#') {
        return None;
    }
    let last = url.rfind('/')?;
    let start = url[..last].rfind('/').map_or(0, |slash| slash + 1);
    Some(&url[start..])
}
