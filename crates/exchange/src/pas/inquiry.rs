//! `$inquire`: query by example.

use super::structure::{self, Found};
use super::{PasVersion, claim, party, url};
use crate::wire;
use base::{Code, Date, Identifier, Phi, system};
use case::request::Provider;
use fhir::Issue;
use fhir::pas::Operation;
use json::{Document, Value};

/// What an inquiry looks for. Empty fields do not narrow the search.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// `Claim.identifier`: identifies the inquiry itself, not what it looks for.
    pub identifiers: Vec<Identifier>,
    /// `Bundle.identifier`.
    pub transaction: Option<Identifier>,
    /// Every id that may name the member, best first. Never empty in a permitted inquiry (PAS spec-53).
    pub member_ids: Vec<Phi<String>>,
    /// Name as sent.
    pub member_name: Phi<String>,
    /// Birth date, when sent whole.
    pub birth_date: Option<Phi<Date>>,
    /// Who inquires.
    pub requester: Provider,
    /// The insurer named.
    pub insurer: Provider,
    /// NPIs of the inquirer and of the ordering and rendering providers it names: one must be known to the case (PAS spec-53).
    pub npis: Vec<String>,
    /// Authorization numbers (REF-BB) of the whole or of a line.
    pub authorizations: Vec<String>,
    /// Administrative reference numbers (REF-NT) of the whole or of a line.
    pub administrative: Vec<String>,
    /// Lines as examples.
    pub lines: Vec<InquiryLine>,
    /// First and last day of the period asked about.
    pub from: Option<Date>,
    /// See `from`.
    pub to: Option<Date>,
}

/// One line of an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryLine {
    /// `Claim.item.sequence`.
    pub sequence: u32,
    /// Service; `None` when `not-applicable` (PAS spec-43).
    pub service: Option<Code>,
    /// First requested day.
    pub from: Option<Date>,
    /// Last requested day.
    pub to: Option<Date>,
    /// X12 306 action code searched for.
    pub action: Option<String>,
}

/// Reads an `$inquire` body. `Claim.identifier` is the inquiry's own trace number; what is searched for is the member, the
/// providers, the numbers and the lines (PAS spec-43 to spec-48, spec-52, spec-53).
///
/// # Errors
/// Every fault of the Bundle, each with its FHIRPath. They make one OperationOutcome and HTTP 400.
pub fn read_inquiry(version: PasVersion, document: &Document) -> Result<Inquiry, Vec<Issue>> {
    let found = Found::open(version, Operation::Inquire, document)?;
    let element = found.claim();
    let (member, member_ids) = claim::member(&found);
    let requester = party::provider(found.bundle(), &found.resource(), element.get("provider"));
    let mut npis = Vec::new();
    for npi in claim::care_team(&found, &requester).into_iter().filter_map(|provider| provider.npi) {
        if !npis.contains(&npi) {
            npis.push(npi);
        }
    }
    let numbers: Vec<_> = claim::earlier_numbers(element, None)
        .into_iter()
        .chain(wire::list(element, "item").filter_map(|item| claim::earlier_numbers(item, None)))
        .collect();
    let (from, to) = element.get("billablePeriod").map_or((None, None), wire::period);
    Ok(Inquiry {
        identifiers: wire::list(element, "identifier").filter_map(wire::identifier).collect(),
        transaction: found.bundle().resource().value().get("identifier").and_then(wire::identifier),
        member_ids,
        member_name: member.name,
        birth_date: member.birth_date,
        insurer: party::provider(found.bundle(), &found.resource(), element.get("insurer")),
        requester,
        npis,
        authorizations: unique(numbers.iter().filter_map(|number| number.authorization.clone())),
        administrative: unique(numbers.iter().filter_map(|number| number.administrative.clone())),
        lines: wire::list(element, "item").filter_map(line).collect(),
        from,
        to,
    })
}

fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn line(item: Value<'_>) -> Option<InquiryLine> {
    let sequence = structure::sequence_of(item)?;
    let service = item
        .get("productOrService")
        .and_then(|concept| wire::coding(concept, &[system::HCPCS, system::CPT]))
        .filter(|code| code.code != "not-applicable");
    let (from, to) = asked_days(item);
    let action = wire::extension(item, url::REVIEW_ACTION_CODE)
        .and_then(|extension| wire::coding(extension.get("valueCodeableConcept")?, &[system::X12_ACTION]))
        .map(|code| code.code);
    Some(InquiryLine { sequence, service, from, to, action })
}

/// The days of service asked about, else the certified period asked about.
fn asked_days(item: Value<'_>) -> (Option<Date>, Option<Date>) {
    let days = wire::days(item, "serviced");
    if days != (None, None) {
        return days;
    }
    let certified = |name| wire::extension(item, name).map_or((None, None), |extension| wire::days(extension, "value")).0;
    (certified(url::CERTIFICATION_EFFECTIVE), certified(url::CERTIFICATION_EXPIRATION))
}
