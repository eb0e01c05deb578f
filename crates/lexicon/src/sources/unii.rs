//! UNII of the Food and Drug Administration: official and brand names of substances.

use super::{Concepts, Sort, rows};

/// FDA UNII: `name TAB bn|of TAB unii TAB preferred`.
pub fn unii(concepts: &mut Concepts, text: &str) {
    for row in rows(text) {
        if let [name, _, unii, preferred] = row[..] {
            concepts.add(Sort::Medication, &preferred.to_lowercase(), Some(format!("U:{unii}")), [name.to_lowercase()]);
        }
    }
}
