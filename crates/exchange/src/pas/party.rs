//! The people and organizations a Claim names.

use super::url;
use crate::wire;
use base::{Date, Phi, system};
use case::request::{Member, Provider};
use fhir::{Bundle, Resource};
use json::Value;

/// NPI as an OID, as some senders write it.
const NPI_OID: &str = "urn:oid:2.16.840.1.113883.4.6";

/// The NPI among the identifiers of a resource.
fn npi(resource: Value<'_>) -> Option<String> {
    wire::list(resource, "identifier").find_map(npi_of)
}

fn npi_of(identifier: Value<'_>) -> Option<String> {
    let found = wire::text(identifier, "system")?;
    if found != system::NPI && found != NPI_OID {
        return None;
    }
    wire::owned(identifier, "value").filter(|value| !value.is_empty())
}

/// A provider by reference: an organization, a practitioner, or a role, which stands for its practitioner in its organization.
pub(super) fn provider<'a>(bundle: &Bundle<'a>, from: &Resource<'a>, reference: Option<Value<'a>>) -> Provider {
    let Some(reference) = reference else { return Provider { npi: None, name: String::new() } };
    let Some(entry) = wire::follow(bundle, from, reference) else {
        return Provider {
            npi: reference.get("identifier").and_then(npi_of),
            name: wire::owned(reference, "display").unwrap_or_default(),
        };
    };
    if !entry.is("PractitionerRole") {
        return Provider { npi: npi(entry.value()), name: name(entry.value()) };
    }
    let mut found = Provider { npi: npi(entry.value()), name: String::new() };
    for key in ["practitioner", "organization"] {
        let Some(part) = entry.value().get(key) else { continue };
        let resource = wire::follow(bundle, &entry, part).map(|part| part.value());
        found.npi = found.npi.or_else(|| resource.and_then(npi)).or_else(|| part.get("identifier").and_then(npi_of));
        if found.name.is_empty() {
            found.name = resource.map(name).or_else(|| wire::owned(part, "display")).unwrap_or_default();
        }
    }
    found
}

/// The name of an organization (a string) or of a person (a list of HumanName).
fn name(resource: Value<'_>) -> String {
    match wire::owned(resource, "name") {
        Some(name) => name,
        None => human_name(resource),
    }
}

/// The official name, else the first: its text, or given names and family name.
fn human_name(person: Value<'_>) -> String {
    let names = || wire::list(person, "name");
    let official = names().find(|name| name.get("use").is_some_and(|kind| kind.is_str("official")));
    let Some(name) = official.or_else(|| names().next()) else { return String::new() };
    if let Some(text) = wire::owned(name, "text").filter(|text| !text.is_empty()) {
        return text;
    }
    let mut parts: Vec<String> = wire::list(name, "given").filter_map(|part| Some(part.as_str()?.into_owned())).collect();
    parts.extend(wire::owned(name, "family"));
    parts.join(" ")
}

/// The member as named by Patient and Coverage, with every id that may be the plan's, best first.
pub(super) fn member(patient: Option<Value<'_>>, coverage: Option<Value<'_>>) -> (Member, Vec<Phi<String>>) {
    let mut ids: Vec<Phi<String>> = Vec::new();
    let mut add = |value: Option<String>| {
        if let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
            && !ids.iter().any(|known| *known.expose() == value)
        {
            ids.push(Phi::new(value));
        }
    };
    let member_ids = |resource: Option<Value<'_>>| -> Vec<String> {
        resource
            .into_iter()
            .flat_map(|resource| wire::list(resource, "identifier"))
            .filter(|identifier| identifier.get("type").is_some_and(is_member_type))
            .filter_map(|identifier| wire::owned(identifier, "value"))
            .collect()
    };
    member_ids(patient).into_iter().for_each(|id| add(Some(id)));
    member_ids(coverage).into_iter().for_each(|id| add(Some(id)));
    add(coverage.and_then(|coverage| wire::owned(coverage, "subscriberId")));
    for identifier in patient.into_iter().flat_map(|patient| wire::list(patient, "identifier")) {
        // A typed identifier that is not the plan's (medical record, social security) never finds a member.
        if identifier.get("type").is_none() {
            add(wire::owned(identifier, "value"));
        }
    }
    let birth = patient.and_then(|patient| patient.get("birthDate")).and_then(wire::day);
    let member = Member {
        member_id: ids.first().cloned().unwrap_or_default(),
        name: Phi::new(patient.map(human_name).unwrap_or_default()),
        birth_date: birth.map(Phi::<Date>::new),
        matched: None,
    };
    (member, ids)
}

/// v2-0203 `MB` (member number) or `SN` (subscriber number).
fn is_member_type(kind: Value<'_>) -> bool {
    wire::codings(kind).any(|code| code.system == url::IDENTIFIER_TYPE && matches!(code.code.as_str(), "MB" | "SN"))
}
