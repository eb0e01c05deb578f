//! The record: every document of the case, and the resources of those that are FHIR JSON, grouped by type.

use super::Opened;
use super::resource::{self, Row};
use crate::problem::Problem;
use crate::words;
use case::request::DocumentRef;
use json::{Document, Limits, Value};
use std::collections::{BTreeMap, HashMap};

/// Most resources shown of one case; the whole is in the documents.
const MAX_RESOURCES: usize = 1_000;

/// Clinical types in the order a reviewer wants them; others follow by name.
const CLINICAL: [&str; 12] = [
    "Observation",
    "Condition",
    "DiagnosticReport",
    "Procedure",
    "QuestionnaireResponse",
    "DeviceRequest",
    "ServiceRequest",
    "MedicationRequest",
    "MedicationStatement",
    "Encounter",
    "AllergyIntolerance",
    "DocumentReference",
];
/// Types that say who and under which cover: folded away, they come last.
const ADMINISTRATIVE: [&str; 8] =
    ["Claim", "Coverage", "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson"];

/// The record as shown.
pub(crate) struct Record {
    /// Every document, the request first.
    pub documents: Vec<DocumentView>,
    /// Clinical resources by type.
    pub groups: Vec<Group>,
    /// Who and under which cover, by type.
    pub administrative: Vec<Group>,
    /// Some resources were left out.
    pub cut: bool,
    anchors: HashMap<String, String>,
}

/// A document.
pub(crate) struct DocumentView {
    /// What it is to the case.
    pub role: &'static str,
    /// Its hash, as in its address.
    pub hash: String,
    /// Media type.
    pub media_type: String,
    /// Size in words.
    pub size: String,
    /// The store has it and its content could be read for this page.
    pub note: &'static str,
}

/// Resources of one type.
pub(crate) struct Group {
    /// The type.
    pub kind: String,
    /// The resources.
    pub rows: Vec<Row>,
}

impl Record {
    /// Reads the documents of a case.
    pub(crate) fn read(opened: &Opened<'_>) -> Result<Self, Problem> {
        let mut record =
            Self { documents: Vec::new(), groups: Vec::new(), administrative: Vec::new(), cut: false, anchors: HashMap::new() };
        let mut by_kind: BTreeMap<(usize, String), Vec<Row>> = BTreeMap::new();
        let mut count = 0;
        for (n, reference) in opened.case.documents.iter().enumerate() {
            let mut note = "";
            if reference.media_type.contains("json") {
                match parse(opened, reference)? {
                    None => note = "cannot be read as JSON",
                    Some(document) => gather(document.root(), n, &mut |row: Row| {
                        count += 1;
                        if count <= MAX_RESOURCES {
                            for name in &row.names {
                                record.anchors.entry(name.clone()).or_insert_with(|| row.anchor.clone());
                            }
                            by_kind.entry((place(&row.kind), row.kind.clone())).or_default().push(row);
                        }
                    }),
                }
            }
            record.documents.push(DocumentView {
                role: role(opened, reference, n),
                hash: reference.hash.to_string(),
                media_type: reference.media_type.clone(),
                size: size(reference.bytes),
                note,
            });
        }
        record.cut = count > MAX_RESOURCES;
        for ((place, kind), rows) in by_kind {
            let groups = if place > CLINICAL.len() { &mut record.administrative } else { &mut record.groups };
            groups.push(Group { kind: words::from_type(&kind), rows });
        }
        Ok(record)
    }

    /// Where a link to a resource points; `None` when the record does not show it.
    pub(crate) fn anchor(&self, name: &str) -> Option<&str> {
        self.anchors.get(name).map(String::as_str)
    }
}

/// Clinical types by their order, then all others, then administrative ones.
fn place(kind: &str) -> usize {
    let administrative = ADMINISTRATIVE.iter().position(|k| *k == kind).map(|place| CLINICAL.len() + 1 + place);
    CLINICAL.iter().position(|k| *k == kind).or(administrative).unwrap_or(CLINICAL.len())
}

fn parse(opened: &Opened<'_>, reference: &DocumentRef) -> Result<Option<Document>, Problem> {
    let Some(stored) = opened.visit.platform().store.document(opened.tenant, &reference.hash)? else { return Ok(None) };
    Ok(Document::parse(stored.bytes, &Limits::default()).ok())
}

/// Gives the resources of a Bundle, or the one resource that the document is.
fn gather(root: Value<'_>, document: usize, give: &mut dyn FnMut(Row)) {
    if !root.get("resourceType").is_some_and(|kind| kind.is_str("Bundle")) {
        return give(resource::row(root, None, format!("r{document}-0")));
    }
    for (n, entry) in root.get("entry").into_iter().flat_map(|entries| entries.items().collect::<Vec<_>>()).enumerate() {
        let full_url = entry.get("fullUrl").and_then(|url| url.as_str()).map(std::borrow::Cow::into_owned);
        if let Some(resource) = entry.get("resource") {
            give(resource::row(resource, full_url, format!("r{document}-{n}")));
        }
    }
}

fn role(opened: &Opened<'_>, reference: &DocumentRef, n: usize) -> &'static str {
    let case = opened.case;
    if reference.hash == case.request.record.hash {
        "Request as it stands"
    } else if case.receipt.evidence.as_ref().is_some_and(|evidence| evidence.hash == reference.hash) {
        "Evidence of receipt"
    } else if n == 0 {
        "First request"
    } else {
        "Added information"
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{} MB", bytes.div_ceil(1_048_576)),
    }
}
