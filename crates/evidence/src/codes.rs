//! Codes by which policies ask, for names that the open terminologies know under other codes only.

use text::{Coding, Fact, Kind};

/// FHIR system of ICD-10-CM.
pub const ICD10CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
/// FHIR system of LOINC.
pub const LOINC: &str = "http://loinc.org";

/// Names in lower case with the ICD-10-CM code of the plain condition. They are facts of the classification's index.
const CONDITIONS: &[(&str, &str)] = &[
    ("hypertension", "I10"),
    ("high blood pressure", "I10"),
    ("htn", "I10"),
    ("chronic obstructive pulmonary disease", "J44.9"),
    ("copd", "J44.9"),
    ("emphysema", "J43.9"),
    ("pulmonary fibrosis", "J84.10"),
    ("bronchiectasis", "J47.9"),
    ("congestive heart failure", "I50.9"),
    ("heart failure", "I50.9"),
    ("chf", "I50.9"),
    ("coronary artery disease", "I25.10"),
    ("ischemic heart disease", "I25.9"),
    ("ischaemic heart disease", "I25.9"),
    ("cad", "I25.10"),
    ("diabetes mellitus", "E11.9"),
    ("type 2 diabetes mellitus", "E11.9"),
    ("type 2 diabetes", "E11.9"),
    ("type 1 diabetes mellitus", "E10.9"),
    ("type 1 diabetes", "E10.9"),
    ("obstructive sleep apnea", "G47.33"),
    ("obstructive sleep apnea syndrome", "G47.33"),
    ("obstructive sleep apnoea", "G47.33"),
    ("depression", "F32.A"),
    ("depressive disorder", "F32.A"),
    ("major depressive disorder", "F32.9"),
    ("bipolar disorder", "F31.9"),
    ("insomnia", "G47.00"),
    ("hypersomnia", "G47.10"),
    ("excessive daytime sleepiness", "G47.19"),
    ("dysphagia", "R13.10"),
    ("aspiration pneumonia", "J69.0"),
    ("pulmonary hypertension", "I27.20"),
    ("cor pulmonale", "I27.81"),
    ("obesity", "E66.9"),
    ("morbid obesity", "E66.01"),
    ("paraplegia", "G82.20"),
    ("low back pain", "M54.50"),
];

/// The codes of a problem, its ICD-10-CM code first when one is known.
pub(crate) fn of(fact: &Fact, surface: &str) -> Vec<Coding> {
    let mut codes = fact.codes.clone();
    let known = codes.iter().any(|code| code.system == ICD10CM);
    if !known && matches!(fact.kind, Kind::Problem | Kind::Finding) {
        let surface = surface.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let name = fact.name.to_lowercase();
        let found =
            CONDITIONS.iter().find(|(term, _)| *term == surface).or_else(|| CONDITIONS.iter().find(|(term, _)| *term == name));
        codes.splice(0..0, found.map(|(_, code)| Coding { system: ICD10CM.to_owned(), code: (*code).to_owned() }));
    }
    codes
}
