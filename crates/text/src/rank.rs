//! Sentences ranked by how much they say about a question: BM25 over stems, concepts of the lexicon and fields of related words.
//!
//! It answers for criteria that facts leave unknown, so that a person reads three lines and not a record. It ranks, it decides nothing.
//!
//! ```
//! use text::{rank::Index, span::Span};
//! # let lexicon = text::Lexicon::from_bytes(text::lexicon::Builder::new().finish())?;
//! let text = "He sleeps well. BP 150/90 today.";
//! let index = Index::new(&lexicon, text, &[Span::new(0, 15), Span::new(16, 32)]);
//! assert_eq!(index.rank("Hypertension")[0].sentence, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with k1 = 1.2 and b = 0.75.

pub(crate) mod words;

use crate::fact::{Fact, Kind};
use crate::{Input, Lexicon, Reading, Span};
use std::collections::HashMap;

/// What two texts can have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Feature {
    /// The same word.
    Stem(String),
    /// The same concept, in whatever words.
    Concept(String),
    /// The same category of a disease classification.
    Category(String),
    /// A word of the same field.
    Field(u16),
    /// A number: a question with a threshold is answered by a sentence with a value.
    Number,
    /// A day: a question of when is answered by a sentence with a date.
    Day,
}

impl Feature {
    /// What it counts beside a word.
    fn weight(&self) -> f64 {
        match self {
            Feature::Stem(_) => 1.0,
            Feature::Concept(_) => 0.8,
            Feature::Category(_) => 0.4,
            Feature::Field(_) => 0.55,
            Feature::Number => 0.45,
            Feature::Day => 0.45,
        }
    }
}

/// The sentences of a text, ready to be asked.
#[derive(Debug)]
pub struct Index<'a> {
    lexicon: &'a Lexicon,
    bags: Vec<HashMap<Feature, u32>>,
    lengths: Vec<f64>,
    /// In how many sentences a feature stands.
    spread: HashMap<Feature, u32>,
}

/// A sentence and how well it answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its number among those given.
    pub sentence: usize,
    /// Sum over what both have in common; 0 when that is nothing. Compares within one answer only.
    pub score: f64,
}

/// A question is read up to this many bytes.
const MOST_QUESTION: usize = 4096;

impl<'a> Index<'a> {
    /// Indexes sentences of a text. A span outside the text is an empty sentence.
    #[must_use]
    pub fn new(lexicon: &'a Lexicon, text: &str, sentences: &[Span]) -> Index<'a> {
        let part = |span: &Span| text.get(span.range()).unwrap_or_default();
        Index::of(lexicon, sentences.iter().map(|span| bag(part(span), &read(lexicon, part(span)))).collect())
    }

    /// Indexes the sentences of a text that has been read; its facts are not read again.
    #[must_use]
    pub fn of_reading(lexicon: &'a Lexicon, text: &str, reading: &Reading) -> Index<'a> {
        let bags = reading.sentences.iter().enumerate().map(|(number, sentence)| {
            let from = reading.facts.partition_point(|f| (f.sentence as usize) < number);
            let to = reading.facts.partition_point(|f| f.sentence as usize <= number);
            let facts = reading.facts.get(from..to).unwrap_or_default();
            bag(text.get(sentence.span.range()).unwrap_or_default(), facts)
        });
        Index::of(lexicon, bags.collect())
    }

    fn of(lexicon: &'a Lexicon, bags: Vec<HashMap<Feature, u32>>) -> Index<'a> {
        let mut spread: HashMap<Feature, u32> = HashMap::new();
        for feature in bags.iter().flat_map(HashMap::keys) {
            *spread.entry(feature.clone()).or_default() += 1;
        }
        let words = |bag: &HashMap<Feature, u32>| -> u32 {
            bag.iter().filter(|(f, _)| matches!(f, Feature::Stem(_))).map(|(_, count)| *count).sum()
        };
        let lengths = bags.iter().map(|bag| f64::from(words(bag))).collect();
        Index { lexicon, bags, lengths, spread }
    }

    /// All sentences, the best first; of equals the earlier first.
    #[must_use]
    pub fn rank(&self, question: &str) -> Vec<Hit> {
        let cut = (0..=MOST_QUESTION.min(question.len())).rev().find(|i| question.is_char_boundary(*i)).unwrap_or(0);
        let question = &question[..cut];
        // The order of addition is fixed, so that the same question gives the same bits.
        let mut asked: Vec<Feature> = bag(question, &read(self.lexicon, question)).into_keys().collect();
        asked.sort();
        let mut hits: Vec<Hit> =
            (0..self.bags.len()).map(|sentence| Hit { sentence, score: self.score(&asked, sentence) }).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.sentence.cmp(&b.sentence)));
        hits
    }

    fn score(&self, asked: &[Feature], sentence: usize) -> f64 {
        const K1: f64 = 1.2;
        const B: f64 = 0.75;
        let many = self.bags.len() as f64;
        let mean = (self.lengths.iter().sum::<f64>() / many).max(1.0);
        let norm = K1 * (1.0 - B + B * self.lengths[sentence] / mean);
        asked.iter().filter_map(|feature| Some((feature, f64::from(*self.bags[sentence].get(feature)?)))).fold(
            0.0,
            |sum, (feature, times)| {
                let spread = f64::from(self.spread.get(feature).copied().unwrap_or_default());
                let rare = (1.0 + (many - spread + 0.5) / (spread + 0.5)).ln();
                sum + feature.weight() * rare * times * (K1 + 1.0) / (times + norm)
            },
        )
    }
}

/// The facts of a short text; nothing when it is too long to be read.
fn read(lexicon: &Lexicon, text: &str) -> Vec<Fact> {
    crate::read(lexicon, &Input { text, ..Input::default() }).map(|r| r.facts).unwrap_or_default()
}

fn bag(text: &str, facts: &[Fact]) -> HashMap<Feature, u32> {
    let mut bag: HashMap<Feature, u32> = HashMap::new();
    let mut fields: Vec<u16> = Vec::new();
    words::stems(text, |stem| {
        *bag.entry(Feature::Stem(stem.to_owned())).or_default() += 1;
        fields.extend(words::fields(stem));
    });
    for fact in facts {
        if fact.kind == Kind::Medication {
            fields.extend(words::fields(words::stem("medication")));
        }
        *bag.entry(Feature::Concept(fact.name.to_lowercase())).or_default() += 1;
        for code in fact.codes.iter().filter(|c| c.system.ends_with("icd-10-cm")) {
            let category = code.code.get(..3).unwrap_or(&code.code);
            bag.entry(Feature::Category(category.to_owned())).or_insert(1);
        }
    }
    if text.bytes().any(|b| b.is_ascii_digit()) {
        bag.insert(Feature::Number, 1);
    }
    if words::tells_day(text) {
        bag.insert(Feature::Day, 1);
    }
    // A field counts once, however many of its words stand there.
    bag.extend(fields.into_iter().map(|field| (Feature::Field(field), 1)));
    bag
}
