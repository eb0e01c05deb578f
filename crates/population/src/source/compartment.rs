//! Which patient a resource belongs to (FHIR R4, *Compartment Patient*).

use crate::scan;

/// Elements that name the patient a resource is about, in the order they are asked: `subject` (most resources), `patient`
/// (AllergyIntolerance, Claim, Immunization...), `beneficiary` (Coverage), `for` (Task), `individual` (ResearchSubject).
const SUBJECTS: [&str; 5] = ["subject", "patient", "beneficiary", "for", "individual"];

/// Resource types that describe knowledge, not a patient.
const ARTIFACTS: [&str; 12] = [
    "ActivityDefinition",
    "CapabilityStatement",
    "CodeSystem",
    "ConceptMap",
    "ImplementationGuide",
    "Library",
    "Measure",
    "NamingSystem",
    "PlanDefinition",
    "SearchParameter",
    "StructureDefinition",
    "ValueSet",
];

/// Whether a resource of this type is knowledge (Measure, Library, ValueSet...).
pub(crate) fn is_artifact(resource_type: &str) -> bool {
    ARTIFACTS.contains(&resource_type)
}

/// The reference a resource makes to its patient, as written; `None` when it makes none.
pub(crate) fn subject(resource: &[u8]) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut actors = None;
    for (key, value) in scan::members(resource) {
        if key == b"participant" {
            actors = Some(value);
            continue;
        }
        let Some(rank) = SUBJECTS.iter().position(|s| s.as_bytes() == key) else { continue };
        if best.as_ref().is_none_or(|(found, _)| rank < *found)
            && let Some(text) = patient_reference(value)
        {
            best = Some((rank, text));
        }
    }
    let of_actor = || scan::items(actors?).find_map(|p| scan::member(p, "actor").and_then(patient_reference));
    best.map(|(_, text)| text).or_else(of_actor)
}

/// The reference in a Reference or list of them, when it can be to a patient.
fn patient_reference(value: &[u8]) -> Option<String> {
    if value.first() == Some(&b'[') {
        return scan::items(value).find_map(patient_reference);
    }
    let text = scan::member(value, "reference").and_then(scan::plain)?;
    let is_patient = text.starts_with("urn:") || text.split('/').rev().nth(1) == Some("Patient") || text.contains("Patient/");
    is_patient.then(|| text.to_owned())
}

/// The patient's id in a reference: `Patient/1`, `https://x/Patient/1/_history/2`, `urn:uuid:1`.
pub(crate) fn patient_id(reference: &str) -> &str {
    if let Some(id) = reference.strip_prefix("urn:uuid:").or_else(|| reference.strip_prefix("urn:oid:")) {
        return id;
    }
    let after = reference.rsplit_once("Patient/").map_or(reference, |(_, after)| after);
    after.split(['/', '|', '#', '?']).next().unwrap_or(after)
}

/// The patient of a MeasureReport with expected results: its subject, or the `subject` parameter some content puts in `contained`.
pub(crate) fn report_subject(report: &[u8]) -> Option<String> {
    if let Some(reference) = subject(report) {
        return Some(patient_id(&reference).to_owned());
    }
    let contained = scan::member(report, "contained")?;
    for parameters in scan::items(contained) {
        for parameter in scan::member(parameters, "parameter").into_iter().flat_map(scan::items) {
            if scan::member(parameter, "name").and_then(scan::plain) == Some("subject") {
                let text = scan::member(parameter, "valueString").and_then(scan::plain);
                return text.map(|t| patient_id(t).to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patient_of_a_resource() {
        for (text, want) in [
            (r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"}}"#, Some("1")),
            (r#"{"patient":{"reference":"https://x.org/fhir/Patient/a-b/_history/2"}}"#, Some("a-b")),
            (r#"{"beneficiary":{"display":"x","reference":"urn:uuid:77"}}"#, Some("77")),
            (r#"{"for":{"reference":"Patient/9"}}"#, Some("9")),
            (r#"{"subject":[{"reference":"Group/1"},{"reference":"Patient/2"}]}"#, Some("2")),
            (r#"{"patient":{"reference":"Patient/3"},"subject":{"reference":"Device/1"}}"#, Some("3")),
            (r#"{"participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/4"}}]}"#, Some("4")),
            (r#"{"subject":{"reference":"Group/1"}}"#, None),
            (r#"{"subject":{"identifier":{"value":"1"}}}"#, None),
            (r#"{"note":[{"text":"subject"}]}"#, None),
        ] {
            assert_eq!(subject(text.as_bytes()).as_deref().map(patient_id), want, "{text}");
        }
        let report = br#"{"contained":[{"parameter":[{"name":"subject","valueString":"p1"}]}]}"#;
        assert_eq!(report_subject(report).as_deref(), Some("p1"));
    }
}
