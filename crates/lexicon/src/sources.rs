//! Open terminologies as concepts with their terms. One function a source; each takes the source's text and gives rows, so that nothing
//! here reads a file. What each source is, and under what terms it may travel, stands in `data/NOTICE.md`.

use std::collections::{BTreeMap, BTreeSet};

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
        let concept = self.rows.entry((sort, name.to_lowercase())).or_default();
        if concept.terms.is_empty() {
            concept.terms.push(name.to_owned());
        }
        if let Some(code) = code.filter(|c| !concept.codes.contains(c)) {
            concept.codes.push(code);
        }
        for term in terms {
            let term = term.trim().to_owned();
            let usable = term.len() > 1 && term.split_whitespace().count() <= MOST_WORDS && !term.contains(['|', '\t']);
            if usable && !concept.terms.iter().any(|t| t.eq_ignore_ascii_case(&term)) {
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

/// ICD-10-CM: `code TAB desc|inclusion TAB text`, a code's own line first.
pub fn icd10cm(concepts: &mut Concepts, text: &str) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows(text) {
        if let [code, kind, term] = row[..] {
            if kind == "desc" {
                names.insert(code, term);
            }
            let name = names.get(code).copied().unwrap_or(term);
            if name.starts_with("Other ") || name.starts_with("Encounter for") && kind == "desc" {
                continue;
            }
            let code = Some(format!("I:{code}"));
            concepts.add(Sort::Problem, name, code, plain_forms(term));
        }
    }
}

/// A title without the words that clinicians leave out: `, unspecified`, `(primary)`, inverted forms turned round.
fn plain_forms(title: &str) -> Vec<String> {
    let mut forms = BTreeSet::new();
    let mut plain = title.to_owned();
    while let (Some(open), Some(close)) = (plain.find(" ("), plain.find(')')) {
        if close < open {
            break;
        }
        plain.replace_range(open..=close, "");
    }
    for cut in
        [", unspecified", " unspecified", ", not elsewhere classified", " without complications", ", uncomplicated", " NOS"]
    {
        plain = plain.replace(cut, "");
    }
    let plain = plain.strip_prefix("Unspecified ").unwrap_or(&plain).trim().to_owned();
    if let Some((noun, adjective)) = plain.split_once(", ")
        && !adjective.contains(',')
        && adjective.split_whitespace().count() <= 2
    {
        forms.insert(format!("{adjective} {noun}"));
    }
    forms.insert(plain);
    forms.insert(title.to_owned());
    forms.into_iter().collect()
}

/// HPO: `id TAB name|exact|narrow|broad|related TAB text`. Broad and related synonyms say something else and are left out.
pub fn hpo(concepts: &mut Concepts, text: &str) {
    ontology(concepts, text, Sort::Finding, "H:");
}

/// Disease Ontology, same columns.
pub fn disease_ontology(concepts: &mut Concepts, text: &str) {
    ontology(concepts, text, Sort::Problem, "D:");
}

fn ontology(concepts: &mut Concepts, text: &str, sort: Sort, prefix: &str) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows(text) {
        if let [id, kind, term] = row[..] {
            if kind == "name" {
                names.insert(id, term);
            }
            if term.starts_with("obsolete") || !matches!(kind, "name" | "exact" | "narrow") {
                continue;
            }
            let name = names.get(id).copied().unwrap_or(term);
            concepts.add(sort, name, Some(format!("{prefix}{}", id.rsplit(':').next().unwrap_or(id))), [term.to_owned()]);
        }
    }
}

/// FDA UNII: `name TAB bn|of TAB unii TAB preferred`.
pub fn unii(concepts: &mut Concepts, text: &str) {
    for row in rows(text) {
        if let [name, _, unii, preferred] = row[..] {
            concepts.add(Sort::Medication, &preferred.to_lowercase(), Some(format!("U:{unii}")), [name.to_lowercase()]);
        }
    }
}

/// Drug names: `canonical lower TAB Canonical TAB DrugBank TAB MeSH...` and `variant TAB canonical`. Only what DrugBank names is a drug;
/// the rest of the list are proteins, organisms and chemicals.
pub fn drugs(concepts: &mut Concepts, canonical: &str, variants: &str) {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows(canonical) {
        if let [name, _, drugbank, ..] = row[..]
            && drugbank.starts_with("DB")
        {
            known.insert(name, drugbank);
            concepts.add(Sort::Medication, name, Some(format!("B:{drugbank}")), []);
        }
    }
    for row in rows(variants) {
        if let [variant, name] = row[..]
            && known.contains_key(name)
            && !variant.contains(',')
        {
            concepts.add(Sort::Medication, name, None, [variant.to_owned()]);
        }
    }
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
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
        drugs(&mut concepts, "adalimumab\tAdalimumab\tDB00051\nfoo\tFoo\t", "humira\tadalimumab\nfooo\tfoo");
        let expected = [
            "P\tI:J44.9\tChronic obstructive pulmonary disease, unspecified|Chronic obstructive pulmonary disease",
            "P\tI:I10\tEssential (primary) hypertension|Essential hypertension|High blood pressure",
            "F\tH:1\tDyspnea|Shortness of breath",
            "M\tU:FYS6T7F842 B:DB00051\tadalimumab|humira",
        ];
        assert_eq!(concepts.write().lines().collect::<Vec<_>>(), expected);
    }
}
