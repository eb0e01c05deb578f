//! Canonical URLs of the code systems the platform names.

/// HCPCS Level II (public domain).
pub const HCPCS: &str = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
/// CPT: licensed; codes may pass through, descriptions never ship.
pub const CPT: &str = "http://www.ama-assn.org/go/cpt";
/// ICD-10-CM diagnoses.
pub const ICD10CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
/// ICD-10-PCS procedures.
pub const ICD10PCS: &str = "http://www.cms.gov/Medicare/Coding/ICD10";
/// LOINC.
pub const LOINC: &str = "http://loinc.org";
/// SNOMED CT.
pub const SNOMED: &str = "http://snomed.info/sct";
/// RxNorm.
pub const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
/// US National Provider Identifier.
pub const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
/// X12 306: action code of a health care services review.
pub const X12_ACTION: &str = "https://codesystem.x12.org/005010/306";
/// X12 1322: certification type.
pub const X12_CERTIFICATION: &str = "https://codesystem.x12.org/005010/1322";
/// X12 886: reason of a review decision.
pub const X12_REASON: &str = "https://codesystem.x12.org/external/886";
/// X12 901: reject reason.
pub const X12_REJECT: &str = "https://codesystem.x12.org/005010/901";
/// X12 889: follow-up action.
pub const X12_FOLLOW_UP: &str = "https://codesystem.x12.org/005010/889";
