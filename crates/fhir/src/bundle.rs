//! A Bundle and the references inside it.

use std::borrow::Cow;
use std::cmp::Ordering;

use json::Value;

use crate::resource::Resource;

/// One entry of a Bundle.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    value: Value<'a>,
    resource: Option<Resource<'a>>,
    /// `resource.meta.versionId`.
    version: Option<Value<'a>>,
}

impl<'a> Entry<'a> {
    fn new(value: Value<'a>) -> Entry<'a> {
        let resource = Resource::of_entry(value);
        let version = resource.and_then(|resource| resource.value().get("meta")?.get("versionId"));
        Entry { value, resource, version }
    }

    /// The JSON of the entry.
    pub fn value(&self) -> Value<'a> {
        self.value
    }

    /// `fullUrl`.
    pub fn full_url(&self) -> Option<Cow<'a, str>> {
        self.value.get("fullUrl")?.as_str()
    }

    /// The resource, when there is one and it is an object.
    pub fn resource(&self) -> Option<Resource<'a>> {
        self.resource
    }
}

/// Where a reference leads.
#[derive(Debug, Clone, Copy)]
pub enum Resolution<'a> {
    /// To exactly this resource.
    Found(Resource<'a>),
    /// To several entries of the Bundle.
    Ambiguous,
    /// To nothing in this Bundle; it may exist elsewhere.
    Absent,
}

impl<'a> Resolution<'a> {
    /// The resource, when there is exactly one.
    pub fn found(self) -> Option<Resource<'a>> {
        match self {
            Self::Found(resource) => Some(resource),
            Self::Ambiguous | Self::Absent => None,
        }
    }
}

/// A Bundle with an index over its entries. References are followed one step at a time on request,
/// so loops between resources cost nothing.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    resource: Resource<'a>,
    entries: Vec<Entry<'a>>,
    /// Full URL and entry, sorted.
    by_url: Vec<(Cow<'a, str>, u32)>,
    /// Type, id and entry, sorted.
    by_id: Vec<(Cow<'a, str>, Cow<'a, str>, u32)>,
}

impl<'a> Bundle<'a> {
    /// Indexes a Bundle; `None` when the value is not a Bundle.
    pub fn new(value: Value<'a>) -> Option<Bundle<'a>> {
        let resource = Resource::new(value).filter(|resource| resource.is("Bundle"))?;
        let list = value.get("entry");
        let mut entries = Vec::with_capacity(list.map_or(0, |list| list.len()));
        entries.extend(list.into_iter().flat_map(|list| list.items()).map(Entry::new));
        let (mut by_url, mut by_id) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
        for (position, entry) in entries.iter().enumerate() {
            let position = position as u32;
            if let Some(url) = entry.full_url() {
                by_url.push((url, position));
            }
            let named = entry.resource().and_then(|resource| Some((resource.resource_type()?, resource.id()?)));
            if let Some((kind, id)) = named {
                by_id.push((kind, id, position));
            }
        }
        by_url.sort_unstable();
        by_id.sort_unstable();
        Some(Bundle { resource, entries, by_url, by_id })
    }

    /// The Bundle as a resource.
    pub fn resource(&self) -> Resource<'a> {
        self.resource
    }

    /// `Bundle.type`.
    pub fn bundle_type(&self) -> Option<Cow<'a, str>> {
        self.resource.value().get("type")?.as_str()
    }

    /// `Bundle.identifier`.
    pub fn identifier(&self) -> Option<crate::Identifier<'a>> {
        self.resource.value().get("identifier").map(crate::Identifier::new)
    }

    /// `Bundle.timestamp`.
    pub fn timestamp(&self) -> Option<crate::DateTime> {
        let text = self.resource.value().get("timestamp")?.as_str()?;
        crate::DateTime::parse_instant(text.as_bytes()).ok()
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The resources of all entries in order.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'a>> + '_ {
        self.entries.iter().filter_map(Entry::resource)
    }

    /// The resources of one type in order.
    pub fn of_type<'b>(&'b self, resource_type: &'b str) -> impl Iterator<Item = Resource<'a>> + 'b {
        self.resources().filter(move |resource| resource.is(resource_type))
    }

    /// Full URLs that stand more than once: the positions of the later entries.
    pub fn repeated_full_urls(&self) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.by_url.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1 as usize).collect();
        found.sort_unstable();
        found
    }

    /// Follows a reference as written in `from` (R4 section 3.2.1 "Resolving references in Bundles"):
    ///
    /// * `#id` is contained in `from` (or beside it, when `from` is contained itself);
    /// * an absolute URL or `urn:` is the full URL of an entry, a version part (`/_history/2`) must
    ///   agree with `meta.versionId` when the entry has one;
    /// * `Type/id` is joined to the base of `from`'s full URL; when that leads nowhere (a `urn:uuid:`
    ///   entry, another base) the only entry of that type and id is taken, since senders write this.
    pub fn resolve(&self, from: &Resource<'a>, reference: &str) -> Resolution<'a> {
        if let Some(id) = reference.strip_prefix('#') {
            return from.contained_with_id(id).map_or(Resolution::Absent, Resolution::Found);
        }
        let (target, fragment) = reference.split_once('#').map_or((reference, None), |(target, id)| (target, Some(id)));
        let (target, version) = split_version(target);
        let found = if is_absolute(target) {
            self.with_url("", target, version)
        } else {
            match from.full_url().as_deref().and_then(rest_base).map(|base| self.with_url(base, target, version)) {
                Some(found @ (Resolution::Found(_) | Resolution::Ambiguous)) => found,
                Some(Resolution::Absent) | None => self.with_id(target, version),
            }
        };
        match (found, fragment) {
            (Resolution::Found(outer), Some(id)) => outer.contained_with_id(id).map_or(Resolution::Absent, Resolution::Found),
            (found, _) => found,
        }
    }

    /// Follows a `Reference` object; one without a literal reference is absent.
    pub fn follow(&self, from: &Resource<'a>, reference: &crate::Reference<'a>) -> Resolution<'a> {
        match reference.reference() {
            Some(text) => self.resolve(from, &text),
            None => Resolution::Absent,
        }
    }

    /// The resource of the entry that holds this value, as the starting point of its references.
    /// References inside contained resources resolve from the outer resource, as FHIR wants.
    pub fn owner(&self, value: Value<'a>) -> Option<Resource<'a>> {
        let after = self.entries.partition_point(|entry| entry.value.id() <= value.id());
        self.entries.get(after.checked_sub(1)?)?.resource()
    }

    fn with_url(&self, base: &str, rest: &str, version: Option<&str>) -> Resolution<'a> {
        let first = self.by_url.partition_point(|(url, _)| compare_joined(url, base, rest) == Ordering::Less);
        let same = self.by_url[first..].iter().take_while(|(url, _)| compare_joined(url, base, rest) == Ordering::Equal);
        self.only(same.map(|(_, position)| *position), version)
    }

    fn with_id(&self, target: &str, version: Option<&str>) -> Resolution<'a> {
        let Some((kind, id)) = target.split_once('/') else { return Resolution::Absent };
        let first = self.by_id.partition_point(|(k, i, _)| (&**k, &**i) < (kind, id));
        let same = self.by_id[first..].iter().take_while(|(k, i, _)| (&**k, &**i) == (kind, id));
        self.only(same.map(|(_, _, position)| *position), version)
    }

    fn only(&self, positions: impl Iterator<Item = u32>, version: Option<&str>) -> Resolution<'a> {
        let agrees = |entry: &&Entry<'a>| match (version, entry.version) {
            (Some(wanted), Some(has)) => has.is_str(wanted),
            _ => true,
        };
        let mut matching =
            positions.filter_map(|position| self.entries.get(position as usize)).filter(agrees).filter_map(Entry::resource);
        match (matching.next(), matching.next()) {
            (Some(resource), None) => Resolution::Found(resource),
            (Some(_), Some(_)) => Resolution::Ambiguous,
            (None, _) => Resolution::Absent,
        }
    }
}

/// Compares a URL with two parts as if they were joined, without joining them.
fn compare_joined(url: &str, base: &str, rest: &str) -> Ordering {
    let (url, base, rest) = (url.as_bytes(), base.as_bytes(), rest.as_bytes());
    let split = url.len().min(base.len());
    url[..split].cmp(&base[..split]).then_with(|| if url.len() < base.len() { Ordering::Less } else { url[split..].cmp(rest) })
}

fn split_version(target: &str) -> (&str, Option<&str>) {
    target.split_once("/_history/").map_or((target, None), |(target, version)| (target, Some(version)))
}

/// True for URLs with a scheme.
pub(crate) fn is_absolute(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else { return false };
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The base of a RESTful full URL `base/Type/id`, with its slash.
fn rest_base(full_url: &str) -> Option<&str> {
    if !full_url.starts_with("http") {
        return None;
    }
    let id_at = full_url.rfind('/')?;
    let type_at = full_url[..id_at].rfind('/')?;
    full_url.get(..=type_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_comparison_is_the_comparison_of_the_joined() {
        let parts = ["", "a", "ab", "abc", "b", "http://x/", "http://x/A/1", "A/1", "A/2"];
        for url in parts {
            for base in parts {
                for rest in parts {
                    assert_eq!(compare_joined(url, base, rest), url.cmp(&format!("{base}{rest}")), "{url} {base} {rest}");
                }
            }
        }
    }

    #[test]
    fn bases() {
        assert_eq!(rest_base("http://x.org/fhir/Claim/1"), Some("http://x.org/fhir/"));
        assert_eq!(rest_base("urn:uuid:0"), None);
        assert!(is_absolute("urn:uuid:1") && is_absolute("https://x/A/1") && !is_absolute("A/1") && !is_absolute("A/1:2"));
    }
}
