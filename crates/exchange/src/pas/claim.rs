//! The Claim: what is asked, for whom, by whom, how fast.

use super::incoming::{Doubt, EarlierNumbers};
use super::structure::{self, Found};
use super::{choose, party, url};
use crate::wire;
use base::{Code, Date, Phi, system};
use case::request::{Certification, Line, Member, Provider, Urgency};
use json::Value;
use std::borrow::Cow;

/// Service systems in the order of preference; a CPT code passes through, its description never does.
const SERVICE_SYSTEMS: &[&str] = &[system::HCPCS, system::CPT, system::RXNORM, system::ICD10PCS];

/// What a Claim says, before a context is added.
pub(super) struct Draft {
    pub(super) member: Member,
    pub(super) member_ids: Vec<Phi<String>>,
    pub(super) requester: Provider,
    pub(super) insurer: Provider,
    pub(super) care_team: Vec<Provider>,
    pub(super) urgency: Urgency,
    pub(super) drug_named: bool,
    /// First day of an admission that has no discharge.
    pub(super) admitted_on: Option<Date>,
    pub(super) diagnoses: Vec<Code>,
    pub(super) lines: Vec<Line>,
    pub(super) earlier: Vec<EarlierNumbers>,
    pub(super) doubts: Vec<Doubt>,
}

/// Reads the Claim of a sound Bundle.
pub(super) fn read(found: &Found<'_>) -> Draft {
    let claim = found.claim();
    let mut doubts = Vec::new();
    let (member, member_ids) = member(found);
    if member_ids.is_empty() {
        doubts.push(Doubt::NoMemberId);
    }
    if matches!(certification_code(claim).as_deref(), Some("1" | "2")) {
        doubts.push(Doubt::Appeal { line: None });
    }
    let mut items = Items {
        lines: Vec::new(),
        earlier: earlier_numbers(claim, None).into_iter().collect(),
        doubts,
        drug_named: false,
        expedited: urgent_claim(claim),
    };
    items.read(found);
    let requester = party::provider(found.bundle(), &found.resource(), claim.get("provider"));
    Draft {
        member,
        member_ids,
        care_team: care_team(found, &requester),
        requester,
        insurer: party::provider(found.bundle(), &found.resource(), claim.get("insurer")),
        urgency: choose::sooner(items.expedited),
        drug_named: items.drug_named,
        admitted_on: admitted_on(claim),
        diagnoses: diagnoses(found),
        lines: items.lines,
        earlier: items.earlier,
        doubts: items.doubts,
    }
}

/// The member by `Claim.patient` and the focal insurance's Coverage.
pub(super) fn member(found: &Found<'_>) -> (Member, Vec<Phi<String>>) {
    let claim = found.claim();
    let patient = claim.get("patient").and_then(|patient| found.follow(patient));
    let focal = || wire::list(claim, "insurance").find(|entry| entry.get("focal").and_then(|v| v.as_bool()) == Some(true));
    let insurance = focal().or_else(|| wire::list(claim, "insurance").next());
    let coverage = insurance
        .and_then(|entry| entry.get("coverage"))
        .and_then(|coverage| found.follow(coverage))
        .or_else(|| found.bundle().of_type("Coverage").next());
    party::member(patient.map(|entry| entry.value()), coverage.map(|entry| entry.value()))
}

/// The requester and everyone of the care team, once each.
pub(super) fn care_team(found: &Found<'_>, requester: &Provider) -> Vec<Provider> {
    let mut team = vec![requester.clone()];
    for member in wire::list(found.claim(), "careTeam") {
        let provider = party::provider(found.bundle(), &found.resource(), member.get("provider"));
        if (provider.npi.is_some() || !provider.name.is_empty()) && !team.contains(&provider) {
            team.push(provider);
        }
    }
    team
}

/// The code of `extension-certificationType` on the Claim or an item.
pub(super) fn certification_code(element: Value<'_>) -> Option<Cow<'_, str>> {
    let concept = wire::extension(element, url::CERTIFICATION_TYPE)?.get("valueCodeableConcept")?;
    wire::list(concept, "coding").find_map(|coding| wire::text(coding, "code"))
}

/// The modifier extension that cancels an item.
pub(super) fn is_cancelled(item: Value<'_>) -> bool {
    wire::list(item, "modifierExtension").any(|extension| {
        extension.get("url").is_some_and(|found| found.is_str(url::INFO_CANCELLED))
            && extension.get("valueBoolean").and_then(|value| value.as_bool()) == Some(true)
    })
}

/// Numbers of earlier authorizations on the Claim or an item.
pub(super) fn earlier_numbers(element: Value<'_>, line: Option<u32>) -> Option<EarlierNumbers> {
    let number = |name| {
        wire::extension(element, name)
            .and_then(|extension| wire::owned(extension, "valueString"))
            .filter(|number| !number.is_empty())
    };
    let (authorization, administrative) = (number(url::AUTHORIZATION_NUMBER), number(url::ADMINISTRATIVE_NUMBER));
    (authorization.is_some() || administrative.is_some()).then_some(EarlierNumbers { line, authorization, administrative })
}

fn urgent_claim(claim: Value<'_>) -> bool {
    let priority = claim.get("priority").is_some_and(|priority| {
        wire::codings(priority).any(|code| choose::urgent_priority(&code.code))
            || wire::text(priority, "text").is_some_and(|text| choose::urgent_priority(text.trim()))
    });
    // X12 1322 `1` is an immediate appeal.
    priority || urgent_element(claim) || certification_code(claim).as_deref() == Some("1")
}

fn urgent_element(element: Value<'_>) -> bool {
    wire::extensions(element, url::LEVEL_OF_SERVICE)
        .filter_map(|extension| extension.get("valueCodeableConcept"))
        .any(|level| wire::codings(level).any(|code| choose::urgent_level(&code.code)))
}

fn requested_service(item: Value<'_>) -> Option<Value<'_>> {
    wire::extension(item, url::REQUESTED_SERVICE)?.get("valueReference")
}

/// The first day of an admission that has no discharge, as `Claim.supportingInfo` says. It may lie ahead.
fn admitted_on(claim: Value<'_>) -> Option<Date> {
    if supporting(claim, "dischargeDates").is_some() {
        return None;
    }
    wire::days(supporting(claim, "admissionDates")?, "timing").0
}

/// The first `supportingInfo` of a PAS category.
pub(super) fn supporting<'a>(claim: Value<'a>, code: &str) -> Option<Value<'a>> {
    wire::list(claim, "supportingInfo").find(|info| info.get("category").is_some_and(|category| wire::has_code(category, code)))
}

fn diagnoses(found: &Found<'_>) -> Vec<Code> {
    wire::list(found.claim(), "diagnosis")
        .filter_map(|diagnosis| {
            if let Some(concept) = diagnosis.get("diagnosisCodeableConcept") {
                return wire::coding(concept, &[system::ICD10CM]);
            }
            let condition = found.follow(diagnosis.get("diagnosisReference")?)?;
            wire::coding(condition.value().get("code")?, &[system::ICD10CM])
        })
        .collect()
}

/// The items as they are read.
struct Items {
    lines: Vec<Line>,
    earlier: Vec<EarlierNumbers>,
    doubts: Vec<Doubt>,
    drug_named: bool,
    expedited: bool,
}

impl Items {
    fn read(&mut self, found: &Found<'_>) {
        let claim = found.claim();
        let whole = certification_code(claim);
        let event = event_days(claim);
        for item in wire::list(claim, "item") {
            let Some(sequence) = structure::sequence_of(item) else { continue };
            let order = requested_service(item).and_then(|reference| found.follow(reference)).map(|order| order.value());
            self.note(item, order, sequence);
            let line = self.line(item, order, sequence, whole.as_deref(), event);
            self.lines.push(line);
        }
    }

    /// What an item says beside its line.
    fn note(&mut self, item: Value<'_>, order: Option<Value<'_>>, sequence: u32) {
        self.earlier.extend(earlier_numbers(item, Some(sequence)));
        self.expedited |= urgent_element(item)
            || order.and_then(|order| wire::text(order, "priority")).is_some_and(|priority| choose::urgent_priority(&priority));
        self.drug_named |= order.is_some_and(|order| wire::text(order, "resourceType").as_deref() == Some("MedicationRequest"));
        match certification_code(item).as_deref() {
            Some("1") => {
                self.expedited = true;
                self.doubts.push(Doubt::Appeal { line: Some(sequence) });
            }
            Some("2") => self.doubts.push(Doubt::Appeal { line: Some(sequence) }),
            _ => {}
        }
    }

    fn line(
        &mut self,
        item: Value<'_>,
        order: Option<Value<'_>>,
        sequence: u32,
        whole: Option<&str>,
        event: (Option<Date>, Option<Date>),
    ) -> Line {
        let concept = item.get("productOrService");
        let service = concept.and_then(|concept| wire::coding(concept, SERVICE_SYSTEMS)).unwrap_or_else(|| {
            self.doubts.push(Doubt::ServiceWithoutCode { line: sequence });
            Code { system: String::new(), code: concept.and_then(|concept| wire::owned(concept, "text")).unwrap_or_default() }
        });
        self.drug_named |= concept.into_iter().flat_map(wire::codings).any(|code| {
            code.system == system::RXNORM
                || code.system == "http://hl7.org/fhir/sid/ndc"
                || (code.system == system::HCPCS && choose::is_drug_code(&code.code))
        });
        let own = wire::days(item, "serviced");
        let ordered = order.map_or((None, None), order_days);
        let (service_from, service_to) = [own, ordered, event].into_iter().find(|days| *days != (None, None)).unwrap_or_default();
        let cancelled = is_cancelled(item) || certification_code(item).as_deref() == Some("3") || whole == Some("3");
        Line {
            sequence,
            service,
            category: item
                .get("category")
                .and_then(|category| wire::coding(category, &["https://codesystem.x12.org/005010/1365"])),
            modifiers: wire::list(item, "modifier").filter_map(|modifier| wire::coding(modifier, &[])).collect(),
            quantity: item
                .get("quantity")
                .or_else(|| order.and_then(|order| order.get("quantityQuantity")))
                .and_then(wire::quantity),
            service_from,
            service_to,
            certification: if cancelled {
                Certification::Cancel
            } else {
                certification(certification_code(item).as_deref().or(whole))
            },
        }
    }
}

/// X12 1322 as far as a case acts on it; anything else is an initial request.
fn certification(code: Option<&str>) -> Certification {
    match code {
        Some("R") => Certification::Renewal,
        Some("4") => Certification::Extension,
        Some("S") => Certification::Revised,
        Some("3") => Certification::Cancel,
        _ => Certification::Initial,
    }
}

/// The days of the whole event: `supportingInfo` patientEvent, else the admission.
fn event_days(claim: Value<'_>) -> (Option<Date>, Option<Date>) {
    ["patientEvent", "admissionDates"]
        .iter()
        .filter_map(|code| supporting(claim, code))
        .map(|info| wire::days(info, "timing"))
        .find(|days| *days != (None, None))
        .unwrap_or_default()
}

/// The days an order (ServiceRequest, DeviceRequest) is for.
fn order_days(order: Value<'_>) -> (Option<Date>, Option<Date>) {
    let days = wire::days(order, "occurrence");
    if days != (None, None) {
        return days;
    }
    order
        .get("occurrenceTiming")
        .and_then(|timing| timing.get("repeat"))
        .and_then(|repeat| repeat.get("boundsPeriod"))
        .map_or((None, None), wire::period)
}
