//! Human Phenotype Ontology and Disease Ontology.

use super::{Concepts, Sort, rows};
use std::collections::BTreeMap;

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
