//! The rules of a Da Vinci PAS request Bundle, versions 2.0.1 and 2.2.1.
//!
//! [`read`] checks shape and Bundle rules in one go and hands out the views. What the two
//! implementation guides make mandatory for processing is an error; what they mark "must support"
//! is never asked for (PAS conf-5, conf-14: omission of optional data is no reason for a 4xx).

use std::borrow::Cow;
use std::collections::BTreeSet;

use json::{Document, NodeId, Value};

use crate::bundle::{Bundle, Entry, Resolution, is_absolute};
use crate::claim::Claim;
use crate::clinical::{Coverage, Organization, Patient};
use crate::issue::{Collector, Issue, IssueType, Severity};
use crate::primitive::{is_oid, is_uuid};
use crate::resource::Resource;
use crate::shape;
use crate::types::Reference;
use crate::view::{ResourceView, View};

/// The modifier extension that cancels a line or entry in an update.
pub const INFO_CANCELLED: &str = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/modifierextension-infoCancelled";

/// Version of the PAS implementation guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// 2.0.1.
    V2_0_1,
    /// 2.2.1.
    V2_2_1,
}

/// Which operation the Bundle was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `Claim/$submit`.
    Submit,
    /// `Claim/$inquire`.
    Inquire,
}

/// What to check against.
#[derive(Debug, Clone)]
pub struct Rules {
    /// PAS version of the endpoint.
    pub version: Version,
    /// The operation.
    pub operation: Operation,
    /// Settings of the shape check.
    pub shape: shape::Options,
}

impl Rules {
    /// Rules with the default shape settings.
    pub fn new(version: Version, operation: Operation) -> Rules {
        Rules { version, operation, shape: shape::Options::default() }
    }
}

/// A readable PAS request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    bundle: Bundle<'a>,
    claim: Resource<'a>,
    prior: Option<Resource<'a>>,
}

impl<'a> Request<'a> {
    /// The Bundle.
    pub fn bundle(&self) -> &Bundle<'a> {
        &self.bundle
    }

    /// The Claim that asks.
    pub fn claim(&self) -> Claim<'a> {
        Claim::new(self.claim.value())
    }

    /// The Claim as a resource.
    pub fn claim_resource(&self) -> Resource<'a> {
        self.claim
    }

    /// The Claim that an update replaces, when it was sent along.
    pub fn prior_claim(&self) -> Option<Resource<'a>> {
        self.prior
    }

    /// The patient, when sent along.
    pub fn patient(&self) -> Option<Patient<'a>> {
        self.target(self.claim().patient())?.view()
    }

    /// The insurer, when sent along.
    pub fn insurer(&self) -> Option<Organization<'a>> {
        self.target(self.claim().insurer())?.view()
    }

    /// Who asks: an Organization, Practitioner or PractitionerRole.
    pub fn provider(&self) -> Option<Resource<'a>> {
        self.target(self.claim().provider())
    }

    /// The coverages in the order of `Claim.insurance`.
    pub fn coverages(&self) -> impl Iterator<Item = Coverage<'a>> + '_ {
        self.claim().insurance().filter_map(|insurance| self.target(insurance.coverage())?.view())
    }

    /// What a reference of the Claim leads to.
    pub fn target(&self, reference: Option<Reference<'a>>) -> Option<Resource<'a>> {
        self.bundle.follow(&self.claim, &reference?).found()
    }
}

/// What [`read`] found.
#[derive(Debug, Clone, Default)]
pub struct Report<'a> {
    /// Every fault and remark.
    pub issues: Vec<Issue>,
    /// The views; present when no issue refuses the request.
    pub request: Option<Request<'a>>,
}

impl Report<'_> {
    /// True when nothing refuses the request; it may still have remarks.
    pub fn is_accepted(&self) -> bool {
        self.request.is_some()
    }
}

/// Checks a body against shape and Bundle rules, reporting every fault, and gives the views when it is sound.
///
/// A body that breaks a limit (too deep, too many members) is not looked at further.
pub fn read<'a>(document: &'a Document, rules: &Rules) -> Report<'a> {
    let shape = shape::check(document.root(), &rules.shape);
    if shape.issues.iter().any(|issue| issue.is_refusal() && issue.code == IssueType::TooCostly) {
        return Report { issues: shape.issues, request: None };
    }
    let issues = Collector::resume(shape.issues, rules.shape.issues_max);
    let mut check = Check { issues, rules };
    let request = check.bundle(document.root(), &shape.references);
    let refused = check.issues.is_refusal();
    Report { issues: check.issues.into_issues(), request: request.filter(|_| !refused) }
}

struct Check<'r> {
    issues: Collector,
    rules: &'r Rules,
}

impl Check<'_> {
    fn error(&mut self, code: IssueType, details: &'static str, text: &str, path: impl FnOnce() -> String) {
        self.issues.add(Severity::Error, code, details, || (text.to_owned(), path()));
    }

    fn warn(&mut self, code: IssueType, details: &'static str, text: &str, path: impl FnOnce() -> String) {
        self.issues.add(Severity::Warning, code, details, || (text.to_owned(), path()));
    }

    fn bundle<'a>(&mut self, root: Value<'a>, references: &[Value<'a>]) -> Option<Request<'a>> {
        let Some(bundle) = Bundle::new(root) else {
            let text = "the body of this operation is a Bundle";
            self.error(IssueType::Structure, "not-a-bundle", text, || root.path());
            return None;
        };
        if root.get("type").is_some() && bundle.bundle_type().as_deref() != Some("collection") {
            self.error(IssueType::Value, "bundle-type", "a PAS request Bundle has the type collection", || {
                "Bundle.type".to_owned()
            });
        }
        for element in ["identifier", "timestamp"] {
            if root.get(element).is_none() {
                self.error(IssueType::Required, "missing", "a PAS request Bundle has this element", || {
                    format!("Bundle.{element}")
                });
            }
        }
        self.entries(&bundle);
        let request = self.claims(bundle)?;
        self.claim(&request);
        self.references(&request, references);
        Some(request)
    }

    fn entries(&mut self, bundle: &Bundle<'_>) {
        if bundle.entries().is_empty() {
            self.error(IssueType::Required, "missing", "a PAS request Bundle has entries", || "Bundle.entry".to_owned());
        }
        for entry in bundle.entries() {
            self.entry(entry);
        }
        for position in bundle.repeated_full_urls() {
            let text = "another entry has the same fullUrl";
            self.error(IssueType::Duplicate, "duplicate-full-url", text, || format!("Bundle.entry[{position}].fullUrl"));
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let value = entry.value();
        if value.kind() != json::Kind::Object {
            return;
        }
        for forbidden in ["search", "request", "response"] {
            if let Some(member) = value.get(forbidden) {
                let text = "entries of a PAS request Bundle have no search, request or response";
                self.error(IssueType::Invariant, "not-allowed", text, || member.path());
            }
        }
        for required in ["fullUrl", "resource"] {
            if value.get(required).is_none() {
                let text = "every entry of a PAS request Bundle has a fullUrl and a resource";
                self.error(IssueType::Required, "missing", text, || format!("{}.{required}", value.path()));
            }
        }
        if let Some(url) = entry.full_url() {
            self.full_url(&url, entry);
        }
    }

    fn full_url(&mut self, url: &str, entry: &Entry<'_>) {
        let path = || format!("{}.fullUrl", entry.value().path());
        if !is_absolute(url) {
            let text = "a fullUrl is an absolute URL or a urn:uuid";
            return self.error(IssueType::Value, "full-url", text, path);
        }
        if url.contains("/_history/") {
            let text = "a fullUrl names no version";
            return self.error(IssueType::Invariant, "full-url", text, path);
        }
        let uuid_is_bad = url.strip_prefix("urn:uuid:").is_some_and(|uuid| !is_uuid(uuid.as_bytes()));
        let oid_is_bad = url.strip_prefix("urn:oid:").is_some_and(|oid| !is_oid(oid.as_bytes()));
        if uuid_is_bad || oid_is_bad {
            self.warn(IssueType::Value, "full-url", "the urn is malformed; it is used as written", path);
        }
        let names = entry.resource().and_then(|resource| Some((resource.resource_type()?, resource.id()?)));
        if let Some((kind, id)) = names.filter(|_| url.starts_with("http")) {
            let mut parts = url.rsplit('/');
            if (parts.next(), parts.next()) != (Some(&*id), Some(&*kind)) {
                self.warn(IssueType::Invariant, "full-url", "the fullUrl does not end in the type and id of its resource", path);
            }
        }
    }

    /// The first entry is the Claim; a second Claim is the one it updates.
    fn claims<'a>(&mut self, bundle: Bundle<'a>) -> Option<Request<'a>> {
        let first = bundle.entries().first().and_then(Entry::resource);
        let claims: Vec<Resource<'a>> = bundle.of_type("Claim").collect();
        if claims.is_empty() {
            self.error(IssueType::Required, "no-claim", "a PAS request Bundle has a Claim", || "Bundle.entry".to_owned());
            return None;
        }
        let claim = match first {
            Some(first) if first.is("Claim") => first,
            _ => {
                let text = "the first entry of a PAS request Bundle is its Claim";
                self.error(IssueType::Invariant, "claim-first", text, || "Bundle.entry[0].resource".to_owned());
                claims[0]
            }
        };
        let view = Claim::new(claim.value());
        let followed = view.related().filter_map(|related| bundle.follow(&claim, &related.claim()?).found());
        let related: BTreeSet<NodeId> = followed.map(|target| target.value().id()).collect();
        let mut prior = None;
        for other in claims.iter().filter(|other| other.value().id() != claim.value().id()) {
            if self.rules.operation == Operation::Inquire {
                let text = "an inquiry has one Claim";
                self.error(IssueType::Invariant, "too-many-claims", text, || other.path());
            } else if prior.is_some() {
                let text = "a PAS request Bundle has at most one Claim beside the one it updates";
                self.error(IssueType::Invariant, "too-many-claims", text, || other.path());
            } else if related.contains(&other.value().id()) {
                prior = Some(*other);
                if self.rules.version == Version::V2_0_1 {
                    let text = "PAS 2.0.1 knows one Claim in a request Bundle; the prior Claim is accepted as in 2.2.1";
                    self.warn(IssueType::NotSupported, "prior-claim", text, || other.path());
                }
            } else {
                let text = "a second Claim is the one that Claim.related of the first names";
                self.error(IssueType::Invariant, "too-many-claims", text, || other.path());
            }
        }
        Some(Request { bundle, claim, prior })
    }

    fn claim(&mut self, request: &Request<'_>) {
        let claim = request.claim();
        let path = claim.path();
        if claim.use_code().is_some_and(|code| code != "preauthorization") {
            let text = "a PAS Claim has the use preauthorization";
            self.error(IssueType::Value, "claim-use", text, || format!("{path}.use"));
        }
        if self.rules.operation == Operation::Submit && claim.items().next().is_none() {
            let text = "a request has at least one item";
            self.error(IssueType::Required, "missing", text, || format!("{path}.item"));
        }
        if claim.identifiers().all(|identifier| identifier.identifier_value().is_none()) {
            let text = "a PAS Claim has an identifier; without it a repeated request cannot be told from a new one";
            self.warn(IssueType::Required, "missing", text, || format!("{path}.identifier"));
        }
        self.party(request, claim.patient(), "patient", &["Patient"]);
        self.party(request, claim.insurer(), "insurer", &["Organization"]);
        self.party(request, claim.provider(), "provider", &["Organization", "Practitioner", "PractitionerRole"]);
        for (position, insurance) in claim.insurance().enumerate() {
            let element = format!("insurance[{position}].coverage");
            self.party(request, insurance.coverage(), &element, &[Coverage::RESOURCE_TYPE]);
        }
        let (errors, warnings) = (Severity::Error, Severity::Warning);
        let items = self.sequences(claim.items(), errors);
        let information = self.sequences(claim.supporting_info(), errors);
        let care_team = self.sequences(claim.care_team(), warnings);
        let diagnoses = self.sequences(claim.diagnoses(), warnings);
        let procedures = self.sequences(claim.procedures(), warnings);
        self.sequences(claim.insurance(), warnings);
        drop(items);
        for item in claim.items() {
            self.pointers(item.value().get("careTeamSequence"), &care_team);
            self.pointers(item.value().get("diagnosisSequence"), &diagnoses);
            self.pointers(item.value().get("procedureSequence"), &procedures);
            self.pointers(item.value().get("informationSequence"), &information);
        }
    }

    /// A party the decision needs: it must be in the Bundle and of the right type.
    fn party<'a>(&mut self, request: &Request<'a>, reference: Option<Reference<'a>>, element: &str, types: &[&str]) {
        let path = || format!("{}.{element}", request.claim.path());
        let Some(reference) = reference else {
            // The shape check reports the elements that base R4 requires; the insurer is required by PAS alone.
            if element == "insurer" {
                self.error(IssueType::Required, "missing", "a PAS Claim has an insurer", path);
            }
            return;
        };
        let Some(literal) = reference.reference() else {
            if reference.identifier().is_some() {
                self.warn(IssueType::NotFound, "logical-reference", "only an identifier is given, no resource", path);
            } else {
                self.error(IssueType::Required, "missing", "the reference names nothing", path);
            }
            return;
        };
        match request.bundle.resolve(&request.claim, &literal) {
            Resolution::Found(target) if types.iter().any(|kind| target.is(kind)) => {}
            Resolution::Found(_) => {
                let text = format!("the reference leads to a resource that is not {}", types.join(" or "));
                self.error(IssueType::Value, "wrong-target", &text, path);
            }
            Resolution::Ambiguous => {
                let text = "the reference fits several entries of the Bundle";
                self.error(IssueType::MultipleMatches, "ambiguous-reference", text, path);
            }
            Resolution::Absent => {
                let text = "the referenced resource is not in the Bundle";
                self.error(IssueType::NotFound, "unresolved-reference", text, path);
            }
        }
    }

    /// The sequence numbers of a list, sorted; repeated ones are reported.
    fn sequences<'a, T: View<'a>>(&mut self, list: impl Iterator<Item = T>, severity: Severity) -> Vec<i64> {
        let numbered = list.filter_map(|element| {
            let sequence = element.value().get("sequence")?;
            Some((sequence.as_i64()?, sequence))
        });
        let mut seen: Vec<(i64, Value<'a>)> = numbered.collect();
        seen.sort_by_key(|(number, place)| (*number, place.id()));
        for pair in seen.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let text = "another element of this list has the same sequence";
            self.issues.add(severity, IssueType::Duplicate, "duplicate-sequence", || (text.to_owned(), pair[1].1.path()));
        }
        seen.into_iter().map(|(number, _)| number).collect()
    }

    fn pointers(&mut self, list: Option<Value<'_>>, known: &[i64]) {
        for pointer in list.into_iter().flat_map(|list| list.items()) {
            if pointer.as_i64().is_some_and(|number| known.binary_search(&number).is_err()) {
                let text = "no element of the Claim has this sequence";
                self.warn(IssueType::NotFound, "unresolved-sequence", text, || pointer.path());
            }
        }
    }

    /// All other references: a remark when they lead nowhere.
    fn references<'a>(&mut self, request: &Request<'a>, references: &[Value<'a>]) {
        let bundle = &request.bundle;
        let mut entries = bundle.entries().iter().peekable();
        let parties = parties(request.claim());
        let mut owner: Option<Resource<'a>> = None;
        for place in references {
            while let Some(entry) = entries.next_if(|entry| entry.value().id() < place.id()) {
                owner = entry.resource();
            }
            let Some(from) = owner else { continue };
            let Some(literal) = Reference::new(*place).reference() else { continue };
            if parties.contains(&place.id()) {
                continue;
            }
            let (code, details, text): (_, _, Cow<'static, str>) = match bundle.resolve(&from, &literal) {
                Resolution::Found(_) => continue,
                Resolution::Ambiguous => {
                    (IssueType::MultipleMatches, "ambiguous-reference", "the reference fits several entries of the Bundle".into())
                }
                Resolution::Absent => {
                    (IssueType::NotFound, "unresolved-reference", "the referenced resource is not in the Bundle".into())
                }
            };
            self.warn(code, details, &text, || place.path());
        }
    }
}

/// The references that [`Check::party`] has looked at.
fn parties(claim: Claim<'_>) -> BTreeSet<NodeId> {
    let single = [claim.patient(), claim.insurer(), claim.provider()];
    let coverages = claim.insurance().map(|insurance| insurance.coverage());
    single.into_iter().chain(coverages).flatten().map(|reference| reference.value().id()).collect()
}
