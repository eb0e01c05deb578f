//! The words of a sentence as retrieval compares them: stems, and the fields of medicine a word belongs to.

use crate::tokens::{Class, Tokens};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Words that say nothing about what a sentence is about.
const EMPTY: [&str; 97] = [
    "a",
    "an",
    "the",
    "of",
    "or",
    "and",
    "in",
    "to",
    "with",
    "for",
    "on",
    "is",
    "are",
    "be",
    "been",
    "by",
    "at",
    "as",
    "from",
    "that",
    "this",
    "these",
    "those",
    "than",
    "then",
    "patient",
    "subject",
    "who",
    "whom",
    "whose",
    "which",
    "have",
    "has",
    "had",
    "having",
    "not",
    "no",
    "any",
    "other",
    "such",
    "was",
    "were",
    "being",
    "it",
    "its",
    "if",
    "into",
    "per",
    "eg",
    "ie",
    "etc",
    "e",
    "g",
    "i",
    "s",
    "must",
    "should",
    "may",
    "can",
    "will",
    "would",
    "could",
    "do",
    "does",
    "did",
    "there",
    "their",
    "they",
    "following",
    "one",
    "all",
    "more",
    "least",
    "both",
    "either",
    "also",
    "only",
    "same",
    "very",
    "so",
    "but",
    "about",
    "between",
    "during",
    "after",
    "before",
    "over",
    "under",
    "up",
    "out",
    "within",
    "without",
    "due",
    "because",
    "when",
    "known",
    "person",
];

/// Fields of words that stand for one another in a chart: a line each, our own.
const FIELDS: &str = include_str!("fields.tsv");

/// A word without its ending, so that "hypertensive" meets "hypertension".
#[must_use]
pub fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 32] = [
        "ational", "ization", "ations", "ation", "ments", "ment", "ness", "ances", "ance", "ences", "ence", "ings", "ing",
        "edly", "ed", "ities", "ity", "ies", "ions", "ion", "ives", "ive", "ically", "ical", "ally", "al", "ic", "ly", "es", "s",
        "y", "e",
    ];
    if !word.is_ascii() {
        return word;
    }
    ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() >= 4)).unwrap_or(word)
}

/// True for a text that tells a day (`10/28/2026`, `9/2/26`, `August 3`) or asks for one ("before the order", "in six months").
#[must_use]
pub fn tells_day(text: &str) -> bool {
    const MONTHS: [&str; 11] =
        ["january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december"];
    let tokens = Tokens::of(text);
    let class = |i: usize| tokens.list.get(i).map(|t| t.class);
    let word = |i: usize| tokens.list.get(i).map_or("", |t| tokens.normal(t));
    (0..tokens.len()).any(|i| {
        let cut = |i| matches!(word(i), "/" | "-");
        let number = |i| class(i) == Some(Class::Number);
        let date = number(i) && cut(i + 1) && number(i + 2) && cut(i + 3) && number(i + 4);
        date || MONTHS.contains(&word(i)) && number(i + 1) || matches!(word(i), "day" | "month" | "date")
    })
}

/// The words of a text that say something, as stems, by place.
pub fn stems(text: &str, mut each: impl FnMut(&str)) {
    let tokens = Tokens::of(text);
    for token in &tokens.list {
        let word = tokens.normal(token);
        let counts = match token.class {
            Class::Word => !EMPTY.contains(&word),
            // A number alone joins what has nothing to do with one another.
            Class::Number | Class::Mark | Class::Break => false,
        };
        if counts {
            // British and American spelling meet: oedema, haematocrit, apnoea.
            let plain = if word.contains("ae") || word.contains("oe") {
                word.replace("ae", "e").replace("oe", "e")
            } else {
                String::new()
            };
            each(stem(if plain.is_empty() { word } else { &plain }));
        }
    }
}

/// The fields a stem belongs to.
#[must_use]
pub fn fields(stem: &str) -> &'static [u16] {
    static TABLE: OnceLock<HashMap<String, Vec<u16>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: HashMap<String, Vec<u16>> = HashMap::new();
        for (number, line) in FIELDS.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).enumerate() {
            // The first column names the field for the reader of the file.
            for word in line.split_once('\t').map_or(line, |(_, words)| words).split(' ') {
                stems(word, |stem| {
                    let fields = table.entry(stem.to_owned()).or_default();
                    if !fields.contains(&(number as u16)) {
                        fields.push(number as u16);
                    }
                });
            }
        }
        table
    });
    table.get(stem).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_sentence() {
        let of = |text: &str| {
            let mut all = Vec::new();
            stems(text, |s| all.push(s.to_owned()));
            all
        };
        assert_eq!(of("The patient is hypertensive, on insulin."), ["hypertens", "insulin"]);
        assert_eq!(of("Hypertension 160"), ["hypertens"]);
        assert_eq!(of("Oedema, haematocrit"), of("edema; hematocrit"));
        assert!(of("of the").is_empty());
    }

    #[test]
    fn days() {
        for text in ["Seen 9/2/26", "on August 3, 2026", "2026-10-03", "in the six months before the order"] {
            assert!(tells_day(text), "{text}");
        }
        for text in ["BP 150/90", "1-2 tablets", "may improve"] {
            assert!(!tells_day(text), "{text}");
        }
    }

    #[test]
    fn a_field_joins_what_a_chart_says_in_other_words() {
        let meet = |a: &str, b: &str| fields(stem(a)).iter().any(|f| fields(stem(b)).contains(f));
        assert!(meet("consent", "refusal"));
        assert!(meet("sonographic", "ultrasound"));
        assert!(!meet("consent", "ultrasound"));
    }
}
