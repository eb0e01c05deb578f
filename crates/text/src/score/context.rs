//! The NegEx/ConText kit: a sentence, a condition in it, and how it is asserted. One JSON object a line:
//! `text`, `span` (first byte, one past the last; null when the condition stands outside the sentence), `negation`, `temporality`.

use super::Counts;
use crate::lexicon::Lexicon;
use crate::span::Span;
use serde::Deserialize;

/// One labelled row.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    /// Number in the set.
    pub id: u32,
    /// The sentence.
    pub text: String,
    /// Where the condition stands.
    pub span: Option<(usize, usize)>,
    /// `Negated`, `Affirmed`, `Possible`.
    pub negation: String,
    /// `Recent`, `Historical`, `Not particular`.
    pub temporality: String,
}

/// The result of a set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Negated or not.
    pub negation: Counts,
    /// Historical or not.
    pub historical: Counts,
    /// Hypothetical ("Not particular") or not.
    pub hypothetical: Counts,
    /// Rows that came out otherwise: number, axis, what was said.
    pub wrong: Vec<(u32, &'static str, bool)>,
}

/// Scores the rows. A row whose condition stands outside its sentence counts as said plainly.
#[must_use]
pub fn score(rows: &[Row], lexicon: &Lexicon) -> Outcome {
    let mut outcome = Outcome::default();
    for row in rows {
        let axes = row.span.map(|(start, end)| {
            let scanned = crate::scan::scan(&row.text, lexicon);
            crate::assertion::axes_of(&scanned, Span::new(start, end)).0
        });
        let axes = axes.unwrap_or_default();
        let decisions = [
            ("negation", axes.negated, row.negation == "Negated", &mut outcome.negation),
            ("historical", axes.historical, row.temporality == "Historical", &mut outcome.historical),
            ("hypothetical", axes.hypothetical, row.temporality == "Not particular", &mut outcome.hypothetical),
        ];
        for (axis, said, labelled, counts) in decisions {
            counts.add(said, labelled);
            if said != labelled {
                outcome.wrong.push((row.id, axis, said));
            }
        }
    }
    outcome
}
