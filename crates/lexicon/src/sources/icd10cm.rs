//! ICD-10-CM of the National Center for Health Statistics: titles and inclusion terms.

use super::{Concepts, Sort, rows};
use std::collections::{BTreeMap, BTreeSet};

/// ICD-10-CM: `code TAB desc|inclusion TAB text`, a code's own line first.
pub fn icd10cm(concepts: &mut Concepts, text: &str) {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows(text) {
        if let [code, kind, term] = row[..] {
            if external(code) || poisoned_by(code) && kind != "desc" {
                continue;
            }
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

/// Circumstances and activities of chapter 20, organisms and resistance, which notes say in other words.
fn external(code: &str) -> bool {
    code.starts_with(['V', 'W', 'X', 'Y']) || code.starts_with("B95") || code.starts_with("B96") || code.starts_with("B97")
}

/// Poisoning: what is included there are the names of the poisons.
fn poisoned_by(code: &str) -> bool {
    code.get(..3).is_some_and(|c| ("T36"..="T65").contains(&c))
}

/// A title as clinicians write it: without `, unspecified` and `(primary)`, inverted forms turned round, the side before or after.
fn plain_forms(title: &str) -> Vec<String> {
    let mut forms = BTreeSet::new();
    let mut plain = title.to_owned();
    while let (Some(open), Some(close)) = (plain.find(" ("), plain.find(')')) {
        if close < open {
            break;
        }
        plain.replace_range(open..=close, "");
    }
    for cut in [
        ", unspecified site",
        ", unspecified severity",
        ", unspecified type",
        ", unspecified",
        " unspecified",
        ", not elsewhere classified",
        " without complications",
        ", uncomplicated",
        " NOS",
        " NEC",
    ] {
        plain = plain.replace(cut, "");
    }
    let plain = plain.strip_prefix("Unspecified ").unwrap_or(&plain).trim().to_owned();
    if let Some((noun, adjective)) = plain.split_once(", ")
        && !adjective.contains(',')
    {
        if adjective.split_whitespace().count() <= 2 && !has_side(adjective) {
            forms.insert(format!("{adjective} {noun}"));
        }
        forms.extend(sided(noun, adjective));
    }
    forms.insert(plain);
    forms.insert(title.to_owned());
    forms.into_iter().collect()
}

fn has_side(words: &str) -> bool {
    words.split(' ').any(|w| matches!(w, "right" | "left" | "bilateral"))
}

/// `osteoarthritis` and `right knee`: `right knee osteoarthritis`, `osteoarthritis of the right knee`, `osteoarthritis of right knee`.
fn sided(noun: &str, place: &str) -> Vec<String> {
    let noun = noun.strip_prefix("Unilateral primary ").or_else(|| noun.strip_prefix("Primary ")).unwrap_or(noun);
    let noun = noun.strip_prefix("Bilateral primary ").unwrap_or(noun);
    if !has_side(place) || noun.split(' ').count() > 4 {
        return Vec::new();
    }
    vec![format!("{place} {noun}"), format!("{noun} of the {place}"), format!("{noun} of {place}"), format!("{noun} {place}")]
}
