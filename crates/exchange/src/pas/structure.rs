//! The shape of a PAS request Bundle, as far as nothing can be read without it.

use super::{PasVersion, read, url};
use crate::wire;
use fhir::{Bundle, Issue, IssueType, Resource, Severity};
use json::{Document, Kind, Value};
use std::borrow::Cow;

/// Most lines a request may have.
pub const LINES_MAX: usize = 999;

/// A Bundle whose first entry is a Claim.
pub(super) struct Found<'a> {
    pub(super) bundle: Bundle<'a>,
    pub(super) resource: Resource<'a>,
}

impl<'a> Found<'a> {
    /// The Claim.
    pub(super) fn claim(&self) -> Value<'a> {
        self.resource.value()
    }

    /// What a Reference element of the Claim points to.
    pub(super) fn follow(&self, reference: Value<'a>) -> Option<Resource<'a>> {
        wire::follow(&self.bundle, &self.resource, reference)
    }
}

fn fault(code: IssueType, details: &'static str, place: impl Into<String>, words: impl Into<String>) -> Issue {
    Issue::new(Severity::Error, code, details, words).at(place)
}

/// Faults of FHIR R4 itself.
pub(super) fn check(document: &Document) -> Vec<Issue> {
    fhir::shape::check(document.root(), &fhir::shape::Options::default())
        .issues
        .into_iter()
        .filter(Issue::is_refusal)
        .collect()
}

/// The same faults once each: one place is reported by the shape check and by PAS at most once for the same reason.
pub(super) fn distinct(faults: Vec<Issue>) -> Vec<Issue> {
    let mut kept: Vec<Issue> = Vec::with_capacity(faults.len());
    for issue in faults {
        if !kept.iter().any(|other| other.code == issue.code && other.expression == issue.expression) {
            kept.push(issue);
        }
    }
    kept
}

/// Checks the Bundle's own rules and finds its Claim. `None` when there is nothing to go on with; then `faults` says why.
pub(super) fn claim_bundle<'a>(root: Value<'a>, faults: &mut Vec<Issue>) -> Option<Found<'a>> {
    if root.kind() != Kind::Object || wire::text(root, "resourceType").as_deref() != Some("Bundle") {
        faults.push(fault(IssueType::Invalid, "not-a-bundle", "$this", "this operation takes one Bundle"));
        return None;
    }
    if !root.get("type").is_some_and(|kind| kind.is_str("collection")) {
        faults.push(fault(IssueType::Value, "bundle-type", "Bundle.type", "a PAS Bundle has type collection"));
    }
    for key in ["identifier", "timestamp"] {
        required(root, key, faults);
    }
    let entries: Vec<Value<'a>> = wire::list(root, "entry").collect();
    if entries.is_empty() {
        faults.push(fault(IssueType::Required, "no-entry", "Bundle.entry", "a PAS Bundle has at least one entry, a Claim first"));
        return None;
    }
    check_entries(&entries, faults);
    let bundle = Bundle::new(root)?;
    let first = bundle.entries().first().and_then(fhir::Entry::resource);
    let Some(resource) = first.filter(|resource| resource.is("Claim")) else {
        let words = "the first entry of a PAS Bundle is its Claim";
        faults.push(fault(IssueType::Invariant, "claim-first", "Bundle.entry[0].resource", words));
        return None;
    };
    Some(Found { bundle, resource })
}

fn check_entries(entries: &[Value<'_>], faults: &mut Vec<Issue>) {
    let mut urls: Vec<Cow<'_, str>> = Vec::with_capacity(entries.len());
    for entry in entries {
        for key in ["search", "request", "response"] {
            if entry.get(key).is_some() {
                let place = format!("{}.{key}", entry.path());
                faults.push(fault(IssueType::Structure, "entry-element", place, "a collection entry has no such element"));
            }
        }
        if entry.get("resource").is_none_or(|resource| wire::text(resource, "resourceType").is_none()) {
            let place = format!("{}.resource", entry.path());
            faults.push(fault(IssueType::Required, "no-resource", place, "an entry holds a resource"));
        }
        let Some(found) = wire::text(*entry, "fullUrl") else {
            let place = format!("{}.fullUrl", entry.path());
            faults.push(fault(IssueType::Required, "no-full-url", place, "an entry has a full URL"));
            continue;
        };
        if !is_absolute(&found) {
            let place = format!("{}.fullUrl", entry.path());
            faults.push(fault(IssueType::Value, "full-url", place, "a full URL is absolute or urn:uuid"));
        }
        if urls.contains(&found) {
            let words = "each resource stands in the Bundle once; this full URL occurs twice";
            faults.push(fault(IssueType::Invariant, "full-url-twice", format!("{}.fullUrl", entry.path()), words));
        }
        urls.push(found);
    }
}

/// A Bundle has one Claim; an update may bring the one it changes, and nothing older (spec-65, spec-66).
pub(super) fn prior_claims(_version: PasVersion, found: &Found<'_>, faults: &mut Vec<Issue>) {
    let named: Vec<json::NodeId> = read::prior_references(found.claim())
        .filter_map(|related| found.follow(related.get("claim")?))
        .map(|prior| prior.value().id())
        .collect();
    for other in found.bundle.of_type("Claim").map(|other| other.value()) {
        if other.id() != found.claim().id() && !named.contains(&other.id()) {
            let words = "a Bundle has one Claim; a second one is allowed only as the prior Claim that Claim.related names";
            faults.push(fault(IssueType::Invalid, "two-claims", other.path(), words));
        }
    }
}

/// A URL with a scheme PAS allows for full URLs (spec-16).
fn is_absolute(url: &str) -> bool {
    ["http://", "https://", "urn:"].iter().any(|scheme| url.starts_with(scheme))
}

/// Reports an element that must be there.
pub(super) fn required(parent: Value<'_>, key: &str, faults: &mut Vec<Issue>) {
    if parent.get(key).is_none() {
        let words = format!("{key} is required");
        faults.push(fault(IssueType::Required, "missing", format!("{}.{key}", parent.path()), words));
    }
}

/// Reports elements whose meaning this server does not know and must not pass over (R4 section 2.4.1).
pub(super) fn modifiers(parent: Value<'_>, faults: &mut Vec<Issue>) {
    for extension in wire::list(parent, "modifierExtension") {
        if !extension.get("url").is_some_and(|found| found.is_str(url::INFO_CANCELLED)) {
            let words = "this modifier extension is not understood, and what it modifies cannot be read without it";
            faults.push(fault(IssueType::Extension, "modifier-extension", extension.path(), words));
        }
    }
}

/// Reports an element whose value PAS fixes.
pub(super) fn fixed(parent: Value<'_>, key: &str, value: &str, faults: &mut Vec<Issue>) {
    if let Some(found) = parent.get(key)
        && !found.is_str(value)
    {
        faults.push(fault(IssueType::Value, "fixed", found.path(), format!("{key} is {value} in a PAS request")));
    }
}

/// Reports a reference that must lead to an entry: without it no answer can be addressed.
pub(super) fn must_resolve(found: &Found<'_>, key: &str, faults: &mut Vec<Issue>) {
    let Some(reference) = found.claim().get(key) else { return };
    let answered = match reference.get("reference") {
        Some(_) => found.follow(reference).is_some(),
        // A logical reference names the party by identifier; that is enough for anyone but the patient.
        None => key != "patient" && reference.get("identifier").and_then(wire::identifier).is_some(),
    };
    if !answered {
        let words = format!("{key} refers to a resource of the Bundle; this one is not in it");
        faults.push(fault(IssueType::NotFound, "unresolved", reference.path(), words));
    }
}

/// The fault of a Claim without lines.
pub(super) fn no_items(claim: Value<'_>) -> Issue {
    fault(IssueType::Required, "no-item", format!("{}.item", claim.path()), "a request has at least one item")
}

/// The fault of a Claim with too many lines.
pub(super) fn too_many_items(claim: Value<'_>) -> Issue {
    let words = format!("a request has at most {LINES_MAX} items");
    fault(IssueType::TooCostly, "too-many-items", format!("{}.item", claim.path()), words)
}

/// Faults of one item.
pub(super) fn item_fault(item: Value<'_>, key: &str, code: IssueType, details: &'static str, words: &str) -> Issue {
    fault(code, details, format!("{}.{key}", item.path()), words)
}
