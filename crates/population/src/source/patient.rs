//! One patient with all that belongs to them, cut out of the documents they came in.

use super::compartment::{is_artifact, patient_id, report_subject, subject};
use super::options::Limits;
use crate::fault::{Fault, FaultCode, Origin};
use cql::Data;
use json::{Document, NodeId, Value};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Bundles within Bundles deeper than this are not looked into.
const MAX_NESTING: u32 = 4;

/// One patient, ready to be evaluated.
pub struct Patient {
    /// The logical id; empty when the input has no Patient resource and that was allowed.
    pub id: String,
    /// The documents the patient's resources stand in. A document of several patients is shared by them: use [`Patient::data`].
    pub documents: Vec<Document>,
    /// MeasureReports of this patient: expected results, no part of the record.
    pub expected: Vec<Document>,
    /// Where the patient was found: the first document.
    pub origin: Origin,
    /// Bytes of the patient's resources as JSON.
    pub bytes: u64,
    resources: Vec<Place>,
    artifacts: Vec<Place>,
}

/// A resource in one of the documents.
#[derive(Clone, Copy)]
struct Place {
    document: u32,
    node: NodeId,
    full_url: Option<NodeId>,
}

impl fmt::Debug for Patient {
    /// Origin and sizes only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patient").field("origin", &self.origin).field("resources", &self.resources.len()).finish_non_exhaustive()
    }
}

impl Patient {
    /// The patient's record for the engine.
    #[must_use]
    pub fn data(&self) -> Data<'_> {
        Data::load(self.resources())
    }

    /// The patient's resources with their full URLs, in the order of the input.
    pub fn resources(&self) -> impl Iterator<Item = (Option<&str>, Value<'_>)> {
        self.resources.iter().map(|place| {
            let document = &self.documents[place.document as usize];
            let url = place.full_url.and_then(|node| document.value(node).plain_bytes());
            (url.and_then(|u| std::str::from_utf8(u).ok()), document.value(place.node))
        })
    }

    /// How many resources the patient has.
    #[must_use]
    pub fn resource_count(&self) -> usize {
        self.resources.len()
    }

    /// Knowledge that came along (Measure, Library, ValueSet...), no part of the record.
    pub fn artifacts(&self) -> impl Iterator<Item = Value<'_>> {
        self.artifacts.iter().map(|place| self.documents[place.document as usize].value(place.node))
    }
}

/// A resource while its patient is being found.
struct Found<'d> {
    place: Place,
    value: Value<'d>,
    ty: Cow<'d, str>,
}

impl<'d> Found<'d> {
    fn id(&self) -> Option<Cow<'d, str>> {
        self.value.get("id").and_then(|v| v.as_str())
    }

    fn full_url(&self) -> Option<Cow<'d, str>> {
        self.place.full_url.and_then(|node| self.value.document().value(node).as_str())
    }
}

/// What assembling a unit of input gave.
#[derive(Default)]
pub(crate) struct Assembled {
    pub(crate) patients: Vec<Patient>,
    pub(crate) faults: Vec<Fault>,
}

/// Makes patients of documents that were found together.
pub(crate) struct Assembler<'o> {
    pub(crate) limits: &'o Limits,
    pub(crate) require_patient: bool,
    /// The one patient all resources belong to, when the input says so (grouped lines).
    pub(crate) known: Option<&'o str>,
}

impl Assembler<'_> {
    /// `documents` with their origins, in order; `expected` are MeasureReports found beside them, by patient id.
    pub(crate) fn assemble(&self, documents: Vec<(Origin, Document)>, beside: &dyn Fn(&str) -> Vec<Document>) -> Assembled {
        let mut out = Assembled::default();
        let Some(origin) = documents.first().map(|(origin, _)| origin.clone()) else {
            return out;
        };
        let (origins, documents): (Vec<Origin>, Vec<Document>) = documents.into_iter().unzip();
        let mut found = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            let before = found.len();
            collect(document.root(), index as u32, None, 0, &mut found);
            if found.len() == before && !document.root().get("resourceType").is_some_and(|t| t.is_str("Bundle")) {
                out.faults.push(Fault::new(FaultCode::NotFhir, &origins[index], "no resourceType"));
            }
        }
        let (reports, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|f| f.ty == "MeasureReport");
        let (artifacts, clinical): (Vec<_>, Vec<_>) = rest.into_iter().partition(|f| is_artifact(&f.ty));
        let patients = self.patients(&clinical);
        let groups = match patients.as_slice() {
            [] => self.without_patient(&clinical, &artifacts, &reports, &origin, &mut out.faults),
            [only] => vec![(only.clone(), (0..clinical.len()).collect())],
            many => split(&clinical, many, &origins, &mut out.faults),
        };
        let alone = groups.len() == 1;
        for (id, mut members) in groups {
            drop_twins(&clinical, &mut members, &origins, &mut out.faults);
            let places: Vec<Place> = members.iter().map(|m| clinical[*m].place).collect();
            let bytes = members.iter().map(|m| clinical[*m].value.raw().len() as u64).sum();
            let origin = members.first().map_or(&origin, |m| &origins[clinical[*m].place.document as usize]);
            if let Some(fault) = self.over_limit(places.len(), bytes, origin) {
                out.faults.push(fault);
                continue;
            }
            let of_patient =
                |report: &&Found<'_>| alone || report_subject(report.value.raw()).is_some_and(|subject| subject == id);
            let mut expected: Vec<Document> =
                reports.iter().filter(of_patient).filter_map(|r| own_document(r.value, self.limits)).collect();
            expected.extend(beside(&id));
            let mut seen = HashSet::new();
            expected.retain(|report| report_id(report).is_none_or(|id| seen.insert(id)));
            let artifacts = if alone { artifacts.iter().map(|a| a.place).collect() } else { Vec::new() };
            let origin = origin.clone();
            out.patients.push(Patient { id, origin, bytes, expected, artifacts, ..only_these(&documents, places) });
        }
        out
    }

    /// The ids of the Patient resources, each once.
    fn patients(&self, clinical: &[Found<'_>]) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for found in clinical.iter().filter(|f| f.ty == "Patient") {
            let id = found.id().or_else(|| found.full_url().map(|u| Cow::Owned(patient_id(&u).to_owned())));
            let id = id.or(self.known.map(|k| Cow::Owned(k.to_owned()))).unwrap_or_default().into_owned();
            if known.insert(id.clone()) {
                ids.push(id);
            }
        }
        ids
    }

    fn without_patient(
        &self,
        clinical: &[Found<'_>],
        artifacts: &[Found<'_>],
        reports: &[Found<'_>],
        origin: &Origin,
        faults: &mut Vec<Fault>,
    ) -> Vec<(String, Vec<usize>)> {
        // Knowledge and expected results alone are no fault: they lie beside the patients.
        if clinical.is_empty() && (!artifacts.is_empty() || !reports.is_empty() || !faults.is_empty()) {
            return Vec::new();
        }
        if self.require_patient {
            faults.push(Fault::new(FaultCode::NoPatient, origin, format!("{} resources and no Patient", clinical.len())));
            return Vec::new();
        }
        let known = self.known.map(str::to_owned).or_else(|| {
            let mut subjects = clinical.iter().filter_map(|f| subject(f.value.raw()));
            let first = subjects.next()?;
            subjects.all(|s| s == first).then(|| patient_id(&first).to_owned())
        });
        vec![(known.unwrap_or_default(), (0..clinical.len()).collect())]
    }

    fn over_limit(&self, resources: usize, bytes: u64, origin: &Origin) -> Option<Fault> {
        if bytes > self.limits.patient_bytes {
            let detail = format!("a patient of {bytes} bytes, {} allowed", self.limits.patient_bytes);
            return Some(Fault::new(FaultCode::TooLarge, origin, detail));
        }
        if resources > self.limits.patient_resources {
            let detail = format!("a patient of {resources} resources, {} allowed", self.limits.patient_resources);
            return Some(Fault::new(FaultCode::TooManyResources, origin, detail));
        }
        None
    }
}

/// Published test cases hold some resources twice, alone and in a Bundle: each is kept once, the first of it. Within one document everything is kept as it is.
fn drop_twins(clinical: &[Found<'_>], members: &mut Vec<usize>, origins: &[Origin], faults: &mut Vec<Fault>) {
    let document = |m: &usize| clinical[*m].place.document;
    if members.windows(2).all(|pair| document(&pair[0]) == document(&pair[1])) {
        return;
    }
    let mut first: HashMap<(Cow<'_, str>, Cow<'_, str>), usize> = HashMap::new();
    members.retain(|member| {
        let found = &clinical[*member];
        let Some(id) = found.id() else { return true };
        let kept = *first.entry((found.ty.clone(), id)).or_insert(*member);
        let twin = kept != *member && document(&kept) != document(member);
        if twin
            && found.value.raw() != clinical[kept].value.raw()
            && json::canonical(found.value) != json::canonical(clinical[kept].value)
        {
            let detail = format!("a second {} of one id with other content; the first is kept", found.ty);
            faults.push(Fault::new(FaultCode::RepeatedResource, &origins[document(member) as usize], detail));
        }
        !twin
    });
}

fn report_id(report: &Document) -> Option<String> {
    report.root().get("id").and_then(|id| id.as_str()).map(Cow::into_owned)
}

/// A patient of these places, with only the documents they stand in.
fn only_these(documents: &[Document], places: Vec<Place>) -> Patient {
    // One document is the common case, and many patients of one document share it: nothing to sort out.
    let mut used: Vec<u32> = places.iter().map(|p| p.document).collect();
    used.sort_unstable();
    used.dedup();
    let kept: Vec<Document> = used.iter().map(|d| documents[*d as usize].clone()).collect();
    let all = kept.len() == documents.len();
    let renumber = |place: Place| {
        let document = if all { place.document } else { used.binary_search(&place.document).unwrap_or_default() as u32 };
        Place { document, ..place }
    };
    Patient {
        id: String::new(),
        documents: kept,
        expected: Vec::new(),
        origin: Origin::file(""),
        bytes: 0,
        resources: places.into_iter().map(renumber).collect(),
        artifacts: Vec::new(),
    }
}

/// The resources of a document: itself, or the entries of a Bundle (and of Bundles within it).
fn collect<'d>(value: Value<'d>, document: u32, full_url: Option<NodeId>, depth: u32, found: &mut Vec<Found<'d>>) {
    let Some(ty) = value.get("resourceType").and_then(|t| t.as_str()) else {
        return;
    };
    if ty != "Bundle" {
        found.push(Found { place: Place { document, node: value.id(), full_url }, value, ty });
        return;
    }
    if depth >= MAX_NESTING {
        return;
    }
    for entry in value.get("entry").into_iter().flat_map(|e| e.items()) {
        if let Some(resource) = entry.get("resource") {
            collect(resource, document, entry.get("fullUrl").map(|u| u.id()), depth + 1, found);
        }
    }
}

/// A resource as a document of its own.
pub(crate) fn own_document(value: Value<'_>, limits: &Limits) -> Option<Document> {
    Document::parse(value.raw(), &limits.json()).ok()
}

/// Gives each resource to its patient; those of no patient go to the patients that refer to them.
fn split(clinical: &[Found<'_>], ids: &[String], origins: &[Origin], faults: &mut Vec<Fault>) -> Vec<(String, Vec<usize>)> {
    let by_id: HashMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let mut by_url: HashMap<String, usize> = HashMap::new();
    for found in clinical.iter().filter(|f| f.ty == "Patient") {
        let group = found.id().and_then(|id| by_id.get(&*id).copied());
        if let (Some(url), Some(group)) = (found.full_url(), group) {
            by_url.entry(url.into_owned()).or_insert(group);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    let mut shared = Vec::new();
    for (index, found) in clinical.iter().enumerate() {
        let group = if found.ty == "Patient" {
            found.id().and_then(|id| by_id.get(&*id).copied()).or_else(|| found.full_url().and_then(|u| by_url.get(&*u).copied()))
        } else {
            let reference = subject(found.value.raw());
            reference.and_then(|r| by_url.get(&r).or_else(|| by_id.get(patient_id(&r))).copied())
        };
        match group {
            Some(group) => groups[group].push(index),
            None => shared.push(index),
        }
    }
    let used = share(clinical, &shared, &mut groups);
    let left = shared.iter().filter(|s| !used.contains(s)).count();
    if left > 0 {
        let first = shared.iter().find(|s| !used.contains(s)).map_or(0, |s| clinical[*s].place.document as usize);
        let detail = format!("{left} resources of no patient, and no patient refers to them");
        faults.push(Fault::new(FaultCode::NoSubject, &origins[first], detail));
    }
    ids.iter().cloned().zip(groups).collect()
}

/// Adds to each group the shared resources it refers to, directly or through another one. Returns those that were used.
fn share(clinical: &[Found<'_>], shared: &[usize], groups: &mut [Vec<usize>]) -> HashSet<usize> {
    let mut used = HashSet::new();
    if shared.is_empty() {
        return used;
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    for &index in shared {
        let found = &clinical[index];
        if let Some(id) = found.id() {
            names.entry(format!("{}/{id}", found.ty)).or_insert(index);
        }
        if let Some(url) = found.full_url() {
            names.entry(url.into_owned()).or_insert(index);
        }
    }
    for group in groups {
        let mut have: HashSet<usize> = HashSet::new();
        let mut open: Vec<usize> = group.clone();
        while let Some(index) = open.pop() {
            references(clinical[index].value, 0, &mut |reference| {
                let target = names.get(reference).or_else(|| names.get(relative(reference)));
                if let Some(&target) = target
                    && have.insert(target)
                {
                    open.push(target);
                }
            });
        }
        used.extend(have.iter().copied());
        group.extend(have);
        group.sort_unstable();
    }
    used
}

/// `Type/id` at the end of a reference, without a version.
pub(crate) fn relative(reference: &str) -> &str {
    let reference = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
    let mut slashes = reference.rmatch_indices('/').map(|(i, _)| i);
    slashes.next();
    slashes.next().map_or(reference, |second| &reference[second + 1..])
}

/// Calls `visit` with every `reference` within a value.
pub(crate) fn references(value: Value<'_>, depth: u32, visit: &mut dyn FnMut(&str)) {
    if depth > 64 {
        return;
    }
    for member in value.members() {
        if member.kind() == json::Kind::String {
            if member.key_raw() == Some(b"reference")
                && let Some(text) = member.as_str()
            {
                visit(&text);
            }
        } else {
            references(member, depth + 1, visit);
        }
    }
    for item in value.items() {
        references(item, depth + 1, visit);
    }
}
