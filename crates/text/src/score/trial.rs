//! TrialGPT criterion annotations: a note, a criterion, what an expert said of it and the sentences that show it.
//! An array of JSON objects: `note` (lines `0. ...`), `criterion_type`, `criterion_text`, `expert_sentences` (a list as text),
//! `expert_eligibility`.

use crate::criterion::{self, Answer, Note, Rule, Silence};
use crate::{Lexicon, Span, rank::Index};
use serde::Deserialize;

/// One labelled row.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    /// Number in the set.
    pub annotation_id: u32,
    /// Its sentences, a line each, with their number before them.
    pub note: String,
    /// `inclusion` or `exclusion`.
    pub criterion_type: String,
    /// The criterion.
    pub criterion_text: String,
    /// Numbers of the sentences, as `[0, 1]`.
    pub expert_sentences: String,
    /// `included`, `not included`, `excluded`, `not excluded`, `not enough information`, `not applicable`.
    pub expert_eligibility: String,
}

impl Row {
    /// The sentences without their numbers.
    #[must_use]
    pub fn sentences(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut at = 0;
        for line in self.note.split_inclusive('\n') {
            let text = line.trim_end();
            let number = format!("{}. ", spans.len());
            match (text.strip_prefix(&number), spans.last_mut()) {
                (Some(_), _) => spans.push(Span::new(at + number.len(), at + text.len())),
                // A line without the next number goes on with the sentence before it.
                (None, Some(last)) => last.end = (at + text.len()) as u32,
                (None, None) => spans.push(Span::new(at, at + text.len())),
            }
            at += line.len();
        }
        spans
    }

    /// The sentences the expert named.
    #[must_use]
    pub fn evidence(&self) -> Vec<usize> {
        let digits = |c: char| !c.is_ascii_digit();
        self.expert_sentences.split(digits).filter_map(|n| n.parse().ok()).collect()
    }
}

/// How well ranking finds what experts named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retrieval {
    /// Rows with at least one named sentence.
    pub asked: u32,
    /// A named sentence stands first.
    pub first: u32,
    /// A named sentence stands among the first three.
    pub three: u32,
    /// Sum of 1000 / place of the first named sentence.
    pub places: u32,
    /// Rows without a named sentence among the first three.
    pub missed: Vec<u32>,
}

impl Retrieval {
    /// Counts one ranking of sentences.
    pub fn add(&mut self, id: u32, ranked: &[usize], named: &[usize]) {
        let place = ranked.iter().position(|s| named.contains(s));
        self.asked += 1;
        self.first += u32::from(place == Some(0));
        self.three += u32::from(place.is_some_and(|p| p < 3));
        self.places += place.map_or(0, |p| 1000 / (p as u32 + 1));
        if place.is_none_or(|p| p > 2) {
            self.missed.push(id);
        }
    }

    /// Share of rows with a named sentence at the first place, among the first three, and the mean reciprocal place.
    #[must_use]
    pub fn shares(&self) -> (f64, f64, f64) {
        let of = |n: u32| super::share(n, self.asked);
        (of(self.first), of(self.three), of(self.places) / 1000.0)
    }
}

/// Scores retrieval of evidence over the rows that have any.
#[must_use]
pub fn retrieval(rows: &[Row], lexicon: &Lexicon) -> Retrieval {
    let mut result = Retrieval::default();
    for row in rows {
        let named = row.evidence();
        if named.is_empty() {
            continue;
        }
        let index = Index::new(lexicon, &row.note, &row.sentences());
        let ranked: Vec<usize> = index.rank(&row.criterion_text).iter().map(|h| h.sentence).collect();
        result.add(row.annotation_id, &ranked, &named);
    }
    result
}

/// How well criteria are answered without a language model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// Rows.
    pub asked: u32,
    /// Rows that got an answer.
    pub decided: u32,
    /// Of them, answered as the expert did.
    pub right: u32,
    /// Answered "met" where the expert did not.
    pub false_met: u32,
    /// Answered "met".
    pub met: u32,
    /// Rows answered otherwise than the expert, with the rule that did.
    pub wrong: Vec<(u32, Rule)>,
    /// Rows answered, with the rule.
    pub by_rule: std::collections::BTreeMap<Rule, (u32, u32)>,
}

impl Labels {
    /// Accuracy on what was decided, share decided, share of all rows falsely met.
    #[must_use]
    pub fn shares(&self) -> (f64, f64, f64) {
        (super::share(self.right, self.decided), super::share(self.decided, self.asked), super::share(self.false_met, self.asked))
    }
}

/// Scores answers over all rows. What the expert found open or not applicable has no right answer: any decision on it is wrong.
/// Silence counts as absence for exclusions only, as the annotators were told.
#[must_use]
pub fn labels(rows: &[Row], lexicon: &Lexicon) -> Labels {
    let mut result = Labels::default();
    for row in rows {
        result.asked += 1;
        let text = row.sentences().iter().map(|s| s.of(&row.note)).collect::<Vec<_>>().join("\n");
        let silence = if row.criterion_type == "exclusion" { Silence::Absent } else { Silence::Unknown };
        let Ok(note) = Note::read(lexicon, &text) else { continue };
        let judgement = criterion::judge(&note, &row.criterion_text, silence);
        let expected = match row.expert_eligibility.as_str() {
            "included" | "excluded" => Answer::Met,
            "not included" | "not excluded" => Answer::NotMet,
            _ => Answer::Unknown,
        };
        if judgement.answer == Answer::Unknown {
            continue;
        }
        let right = judgement.answer == expected;
        let counts = result.by_rule.entry(judgement.rule).or_default();
        counts.0 += 1;
        counts.1 += u32::from(right);
        result.decided += 1;
        result.right += u32::from(right);
        result.met += u32::from(judgement.answer == Answer::Met);
        result.false_met += u32::from(judgement.answer == Answer::Met && !right);
        if !right {
            result.wrong.push((row.annotation_id, judgement.rule));
        }
    }
    result
}
