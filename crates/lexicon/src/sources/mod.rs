//! Open terminologies as concepts with their terms. One function a source; each takes the source's text and gives rows, so that nothing
//! here reads a file. What each source is, and under what terms it may travel, stands in `data/NOTICE.md`.

mod abbreviations;
mod drugs;
mod icd10cm;
mod labs;
mod ontology;
mod unii;

pub use abbreviations::abbreviations;
pub use drugs::drugs;
pub use icd10cm::icd10cm;
pub use labs::labs;
pub use ontology::{disease_ontology, hpo};
pub use unii::unii;

use std::collections::{BTreeMap, HashSet};

/// What a row's concept is, as the term file writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Disease or diagnosis.
    Problem,
    /// Symptom or sign.
    Finding,
    /// Medication.
    Medication,
    /// Measured thing.
    Measurement,
    /// A substance that is no medication.
    Substance,
}

impl Sort {
    /// Its letter in the term file.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Sort::Problem => 'P',
            Sort::Finding => 'F',
            Sort::Medication => 'M',
            Sort::Measurement => 'L',
            Sort::Substance => 'X',
        }
    }
}

/// A concept with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concept {
    /// `system letter:code`, sorted by source.
    pub codes: Vec<String>,
    /// Terms in order of preference, the name first.
    pub terms: Vec<String>,
}

/// Concepts by sort and lower-case name.
#[derive(Debug, Default)]
pub struct Concepts {
    rows: BTreeMap<(Sort, String), Concept>,
    seen: HashSet<(Sort, String, String)>,
}

/// Terms of more words than this are never met in a text.
const MOST_WORDS: usize = 9;

impl Concepts {
    /// Adds a concept; one of the same sort and name takes the codes and terms.
    pub fn add(&mut self, sort: Sort, name: &str, code: Option<String>, terms: impl IntoIterator<Item = String>) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        let lower = name.to_lowercase();
        let concept = self.rows.entry((sort, lower.clone())).or_default();
        if concept.terms.is_empty() {
            concept.terms.push(name.to_owned());
            self.seen.insert((sort, lower.clone(), lower.clone()));
        }
        if let Some(code) = code.filter(|c| !concept.codes.contains(c)) {
            concept.codes.push(code);
        }
        for term in terms {
            let term = term.trim().to_owned();
            let usable = term.len() > 1 && term.split_whitespace().count() <= MOST_WORDS && !term.contains(['|', '\t']);
            if usable && self.seen.insert((sort, lower.clone(), term.to_lowercase())) {
                concept.terms.push(term);
            }
        }
    }

    /// The term file: one concept a line, `letter TAB codes TAB terms`, sorted.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        for ((sort, _), concept) in &self.rows {
            let usable = |t: &&String| t.split_whitespace().count() <= MOST_WORDS && !t.contains(['|', '\t']);
            let terms: Vec<&str> = concept.terms.iter().filter(usable).map(String::as_str).collect();
            if !terms.is_empty() {
                out.push_str(&format!("{}\t{}\t{}\n", sort.letter(), concept.codes.join(" "), terms.join("|")));
            }
        }
        out
    }

    /// Number of concepts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True before anything is added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

pub(crate) fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|l| !l.starts_with('#')).map(|line| line.split('\t').map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_become_rows() {
        let mut concepts = Concepts::default();
        icd10cm(
            &mut concepts,
            "I10\tdesc\tEssential (primary) hypertension\nI10\tinclusion\tHigh blood pressure\nJ44.9\tdesc\tChronic obstructive pulmonary disease, unspecified",
        );
        hpo(&mut concepts, "HP:1\tname\tDyspnea\nHP:1\texact\tShortness of breath\nHP:1\tbroad\tLung thing");
        unii(&mut concepts, "HUMIRA\tbn\tFYS6T7F842\tADALIMUMAB");
        drugs(
            &mut concepts,
            "adalimumab\tAdalimumab\tDB00051\t\nfoo\tFoo\t\t\nacid, gamma aminobutyric\t\t\tD005680\nbar protein\t\t\tD1",
            "humira\tadalimumab\nfooo\tfoo",
        );
        let expected = [
            "P\tI:J44.9\tChronic obstructive pulmonary disease, unspecified|Chronic obstructive pulmonary disease",
            "P\tI:I10\tEssential (primary) hypertension|Essential hypertension|High blood pressure",
            "F\tH:1\tDyspnea|Shortness of breath",
            "M\tU:FYS6T7F842 B:DB00051\tadalimumab|humira",
            "X\tM:D005680\tgamma aminobutyric acid",
        ];
        assert_eq!(concepts.write().lines().collect::<Vec<_>>(), expected);
    }
}
