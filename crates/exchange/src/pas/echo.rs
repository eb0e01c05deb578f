//! Resources of the request that an answer refers to, given back byte for byte under the same full URL (PAS spec-33).

use crate::wire;
use fhir::{Bundle, Resource};
use json::{Document, Kind, Value, Writer};

/// Resources echoed in one answer at most.
const ECHO_MAX: usize = 200;

/// The request's Bundle, with the resources an answer has referred to so far.
pub(super) struct Echo<'a> {
    bundle: Bundle<'a>,
    claim: Resource<'a>,
    kept: Vec<Resource<'a>>,
}

impl<'a> Echo<'a> {
    /// `None` when the document is not a Bundle with a Claim first.
    pub(super) fn of(document: &'a Document) -> Option<Self> {
        let bundle = Bundle::new(document.root())?;
        let claim = bundle.entries().first()?.resource().filter(|resource| resource.is("Claim"))?;
        Some(Self { bundle, claim, kept: Vec::new() })
    }

    pub(super) fn claim(&self) -> Value<'a> {
        self.claim.value()
    }

    pub(super) fn claim_url(&self) -> Option<String> {
        self.claim.full_url().map(std::borrow::Cow::into_owned)
    }

    /// What a Reference element of the Claim points to.
    pub(super) fn follow(&self, reference: Value<'a>) -> Option<Resource<'a>> {
        wire::follow(&self.bundle, &self.claim, reference)
    }

    /// The practitioner of a role, else the resource itself.
    pub(super) fn person(&self, resource: Resource<'a>) -> Option<Resource<'a>> {
        if !resource.is("PractitionerRole") {
            return Some(resource);
        }
        let part = |key: &str| wire::follow(&self.bundle, &resource, resource.value().get(key)?);
        part("practitioner").or_else(|| part("organization"))
    }

    /// Writes a Reference element of the Claim as it must read in the answer: the full URL of the echoed resource, since a
    /// relative reference would be read relative to our own base.
    pub(super) fn reference(&mut self, w: &mut Writer, reference: Value<'a>) {
        match self.follow(reference) {
            Some(resource) => self.refer(w, resource),
            None => {
                w.value(reference);
            }
        }
    }

    /// Writes a reference to a resource of the request and keeps the resource for the answer.
    pub(super) fn refer(&mut self, w: &mut Writer, resource: Resource<'a>) {
        let url = resource.full_url().unwrap_or_default();
        w.begin_object().key("reference").string(&url).end_object();
        self.keep(resource);
    }

    /// Keeps a resource and everything it refers to, each once.
    pub(super) fn keep(&mut self, resource: Resource<'a>) {
        let mut open = vec![resource];
        while let Some(resource) = open.pop() {
            let known = self.kept.iter().any(|kept| kept.value().id() == resource.value().id());
            if known || self.kept.len() == ECHO_MAX {
                continue;
            }
            self.kept.push(resource);
            let mut targets = Vec::new();
            references(resource.value(), &mut targets);
            open.extend(
                targets
                    .into_iter()
                    .filter(|target| !target.starts_with('#'))
                    .filter_map(|target| self.bundle.resolve(&resource, &target).found()),
            );
        }
    }

    /// Writes the kept resources as entries, byte for byte, unless `written` has their full URL already. A resource that the
    /// inquiry brings under the same full URL is given back as the inquiry has it.
    pub(super) fn write(&self, w: &mut Writer, inquiry: Option<&Bundle<'_>>, written: &mut Vec<String>) {
        for resource in &self.kept {
            let Some(url) = resource.full_url() else { continue };
            if written.iter().any(|known| *known == url) {
                continue;
            }
            w.begin_object();
            w.key("fullUrl").string(&url);
            let same = |entry: &&fhir::Entry<'_>| entry.full_url().as_deref() == Some(&*url);
            let asked = inquiry.and_then(|inquiry| inquiry.entries().iter().find(same)?.resource());
            let asked = asked.filter(|asked| asked.resource_type() == resource.resource_type());
            w.key("resource").raw(asked.map_or(resource.raw(), |asked| asked.raw()));
            w.end_object();
            written.push(url.into_owned());
        }
    }
}

/// Every literal reference below a value.
fn references<'a>(value: Value<'a>, found: &mut Vec<std::borrow::Cow<'a, str>>) {
    match value.kind() {
        Kind::Object => {
            if let Some(target) = wire::text(value, "reference") {
                found.push(target);
            }
            value.members().for_each(|member| references(member, found));
        }
        Kind::Array => value.items().for_each(|item| references(item, found)),
        _ => {}
    }
}
