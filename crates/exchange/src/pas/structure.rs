//! The gate of both operations: `fhir` checks shape and Bundle rules; what PAS fixes beyond them is checked here.

use super::{PasVersion, url};
use crate::wire;
use fhir::pas::{Operation, Rules};
use fhir::{Bundle, Issue, IssueType, Resource, Severity};
use json::{Document, Value};

/// Most lines a request may have.
pub const LINES_MAX: usize = 999;

/// A sound request Bundle.
pub(super) struct Found<'a> {
    request: fhir::pas::Request<'a>,
    /// Remarks that refuse nothing.
    pub(super) remarks: Vec<Issue>,
}

impl<'a> Found<'a> {
    /// Checks a body against everything and reports every fault at once.
    pub(super) fn open(version: PasVersion, operation: Operation, document: &'a Document) -> Result<Self, Vec<Issue>> {
        let report = fhir::pas::read(document, &Rules::new(version.into(), operation));
        let mut issues = report.issues;
        if let Some(claim) = first_claim(document) {
            claim_faults(claim, &mut issues);
        }
        match report.request {
            Some(request) if !issues.iter().any(Issue::is_refusal) => Ok(Self { request, remarks: issues }),
            _ => Err(issues),
        }
    }

    pub(super) fn bundle(&self) -> &Bundle<'a> {
        self.request.bundle()
    }

    pub(super) fn resource(&self) -> Resource<'a> {
        self.request.claim_resource()
    }

    /// The Claim.
    pub(super) fn claim(&self) -> Value<'a> {
        self.resource().value()
    }

    /// What a Reference element of the Claim points to.
    pub(super) fn follow(&self, reference: Value<'a>) -> Option<Resource<'a>> {
        wire::follow(self.bundle(), &self.resource(), reference)
    }
}

fn first_claim(document: &Document) -> Option<Value<'_>> {
    Bundle::new(document.root())?.of_type("Claim").next().map(|claim| claim.value())
}

fn claim_faults(claim: Value<'_>, issues: &mut Vec<Issue>) {
    // A request is withdrawn by certification type 3, not by its status; any other status is not a request.
    if let Some(status) = claim.get("status")
        && !status.is_str("active")
    {
        let words = "the status of a PAS Claim is active; an update with certification type 3 cancels it";
        issues.push(fault(IssueType::Value, "claim-status", status.path(), words));
    }
    modifiers(claim, issues);
    let mut count = 0;
    for item in wire::list(claim, "item") {
        count += 1;
        modifiers(item, issues);
        if let Some(sequence) = item.get("sequence")
            && sequence_of(item).is_none()
            && sequence.as_number().is_some()
        {
            let words = "a sequence is a whole number from 1 to 2147483647";
            issues.push(fault(IssueType::Value, "sequence", sequence.path(), words));
        }
    }
    if count > LINES_MAX {
        let words = format!("a request has at most {LINES_MAX} items");
        issues.push(fault(IssueType::TooCostly, "too-many-items", format!("{}.item", claim.path()), words));
    }
}

/// Reports elements whose meaning this server does not know and must not pass over (R4 section 2.4.1).
fn modifiers(parent: Value<'_>, issues: &mut Vec<Issue>) {
    for extension in wire::list(parent, "modifierExtension") {
        if !extension.get("url").is_some_and(|found| found.is_str(url::INFO_CANCELLED)) {
            let words = "this modifier extension is not understood, and what it modifies cannot be read without it";
            issues.push(fault(IssueType::Extension, "modifier-extension", extension.path(), words));
        }
    }
}

/// The fault of a Claim without lines.
pub(super) fn no_items(claim: Value<'_>) -> Issue {
    fault(IssueType::Required, "missing", format!("{}.item", claim.path()), "a request has at least one item")
}

fn fault(code: IssueType, details: &'static str, place: impl Into<String>, words: impl Into<String>) -> Issue {
    Issue::new(Severity::Error, code, details, words).at(place)
}

/// The sequence of an item: a FHIR positiveInt.
pub(super) fn sequence_of(item: Value<'_>) -> Option<u32> {
    let number = item.get("sequence")?.as_i64()?;
    u32::try_from(number).ok().filter(|number| (1..=2_147_483_647).contains(number))
}
