//! Who a request is about and who may have written its documents.

use crate::attachment::resources;
use json::{Document, Value};

/// The people of a request, by the references of its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Reference of the patient.
    pub patient: Option<String>,
    /// Reference of the organization or practitioner that sends the request.
    pub sender: Option<String>,
    /// Named practitioners: reference, and the words of the name in lower case.
    clinicians: Vec<(String, Vec<String>)>,
}

/// Titles and degrees: they are no part of a name.
const TITLES: [&str; 16] =
    ["dr", "md", "do", "np", "pa", "rn", "phd", "mph", "facp", "fccp", "dnp", "aprn", "fnp", "crnp", "mr", "ms"];

impl People {
    /// Reads them from the documents of a case, the request first.
    #[must_use]
    pub fn of(documents: &[Document]) -> Self {
        let mut people = Self::default();
        for resource in documents.iter().flat_map(resources) {
            let kind = resource.get("resourceType").and_then(|kind| kind.as_str());
            match kind.as_deref() {
                Some("Claim") if people.patient.is_none() => {
                    people.patient = reference(&resource, "patient");
                    people.sender = reference(&resource, "provider");
                }
                Some("Practitioner") => people.clinicians.extend(practitioner(&resource)),
                _ => {}
            }
        }
        people
    }

    /// The practitioner whose name stands on a line that signs the text: "Electronically signed by Ada Okafor, MD".
    #[must_use]
    pub fn signed(&self, text: &str) -> Option<&str> {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let lower = line.to_lowercase();
            if !["signed", "signature", "dictated by", "attending", "author:"].iter().any(|word| lower.contains(word)) {
                continue;
            }
            // A name may stand on the line below the word "Signature".
            let next = lines.get(n + 1).map(|next| next.to_lowercase()).unwrap_or_default();
            let words = words_of(&format!("{lower} {next}"));
            let named = self.clinicians.iter().find(|(_, name)| name.iter().all(|word| words.contains(word)));
            if let Some((reference, _)) = named {
                return Some(reference);
            }
        }
        None
    }
}

fn reference(resource: &Value<'_>, key: &str) -> Option<String> {
    Some(resource.get(key)?.get("reference")?.as_str()?.into_owned())
}

fn practitioner(resource: &Value<'_>) -> Option<(String, Vec<String>)> {
    let id = resource.get("id")?.as_str()?;
    let name = resource.get("name")?.at(0)?;
    let text = |key: &str| name.get(key).and_then(|v| v.as_str()).map(|v| v.into_owned()).unwrap_or_default();
    let given = name.get("given").and_then(|given| given.at(0)).and_then(|v| v.as_str()).unwrap_or_default();
    let full = match text("text") {
        empty if empty.is_empty() => format!("{given} {}", text("family")),
        full => full,
    };
    let words = words_of(&full.to_lowercase());
    // One word alone would sign for whoever shares it.
    (words.len() >= 2).then(|| (format!("Practitioner/{id}"), words))
}

/// The words of a name, without titles and single letters.
fn words_of(lower: &str) -> Vec<String> {
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '-');
    words.filter(|word| word.chars().count() > 1 && !TITLES.contains(word)).map(str::to_owned).collect()
}
