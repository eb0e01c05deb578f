//! Abbreviations with what they stand for.

use super::rows;
use std::collections::BTreeSet;

/// `short TAB long`, sorted: letters and digits, two to eight of them, a capital among them.
#[must_use]
pub fn abbreviations(text: &str) -> String {
    let mut kept = BTreeSet::new();
    for row in rows(text) {
        if let [short, long] = row[..] {
            let plain = short.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let fits = (2..=8).contains(&short.len()) && short.chars().any(|c| c.is_ascii_uppercase());
            if plain && fits && !long.contains('\t') {
                kept.insert(format!("{short}\t{long}\n"));
            }
        }
    }
    kept.into_iter().collect()
}
