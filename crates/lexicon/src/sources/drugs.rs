//! Names of drugs and chemicals with their DrugBank and MeSH numbers.

use super::{Concepts, Sort, rows};
use std::collections::BTreeMap;

/// Words of names that say a protein, a gene or an organism: no note is read for them.
const NOT_CHEMICAL: [&str; 34] = [
    "protein",
    "proteins",
    "receptor",
    "receptors",
    "gene",
    "genes",
    "antibodies",
    "antibody",
    "antigen",
    "antigens",
    "kinase",
    "kinases",
    "enzyme",
    "enzymes",
    "factor",
    "factors",
    "channel",
    "channels",
    "dna",
    "rna",
    "subunit",
    "subunits",
    "virus",
    "vaccine",
    "vaccines",
    "peptides",
    "human",
    "viral",
    "bacterial",
    "homolog",
    "transporter",
    "transporters",
    "pollen",
    "whole",
];

/// Drug names: `canonical lower TAB Canonical TAB DrugBank TAB MeSH...` and `variant TAB canonical`. A name with neither number is of
/// uncertain origin and stays out; one with a MeSH number only is a substance, unless it is a protein or the like.
pub fn drugs(concepts: &mut Concepts, canonical: &str, variants: &str) {
    let mut known: BTreeMap<&str, Sort> = BTreeMap::new();
    for row in rows(canonical) {
        let [name, _, drugbank, mesh, ..] = row[..] else { continue };
        let (sort, codes) = match (drugbank.starts_with("DB"), mesh.is_empty()) {
            (true, _) => (
                Sort::Medication,
                [Some(format!("B:{drugbank}")), Some(mesh).filter(|m| !m.is_empty()).map(|m| format!("M:{m}"))],
            ),
            (false, false) if chemical(name) => (Sort::Substance, [Some(format!("M:{mesh}")), None]),
            _ => continue,
        };
        known.insert(name, sort);
        for code in codes.into_iter().flatten() {
            concepts.add(sort, &turned(name), Some(code), []);
        }
    }
    for row in rows(variants) {
        if let [variant, name] = row[..]
            && let Some(sort) = known.get(name)
            && (*sort == Sort::Medication || chemical(variant))
        {
            concepts.add(*sort, &turned(name), None, [turned(variant)]);
        }
    }
}

fn chemical(name: &str) -> bool {
    !name.split([' ', ',', '-', '/']).any(|word| NOT_CHEMICAL.contains(&word) || word.ends_with("ase") || word.ends_with("ases"))
}

/// `agents, nasal` as `nasal agents`.
fn turned(name: &str) -> String {
    match name.split_once(", ") {
        Some((noun, rest)) if !rest.contains(", ") && !rest.contains(" and ") => format!("{rest} {noun}"),
        _ => name.to_owned(),
    }
}
