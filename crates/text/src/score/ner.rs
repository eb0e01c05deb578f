//! Named entities of IOB files (BC5CDR, NCBI-disease): a token a line with its label, an empty line after a sentence.
//!
//! A hit is strict: the same tokens and the same type.

use super::Counts;
use crate::entity::{Sort, entities};
use crate::lexicon::Lexicon;
use crate::scan::scan;
use std::collections::{HashMap, HashSet};

/// An IOB file as text, with the place of its tokens and its entities.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// Sentences, a line each, spaced as one writes.
    pub text: String,
    /// First byte of each token.
    starts: HashMap<u32, u32>,
    /// One past the last byte of each token.
    ends: HashMap<u32, u32>,
    /// Entities: type, first token, last token.
    entities: HashSet<(Sort, u32, u32)>,
}

/// What was found and what was not.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Chemicals.
    pub chemical: Counts,
    /// Diseases.
    pub disease: Counts,
    /// What came out otherwise: type, words, true when it was said and not labelled.
    pub wrong: Vec<(Sort, String, bool)>,
}

impl Set {
    /// Reads an IOB file. A line without a label ends a sentence.
    #[must_use]
    pub fn parse(file: &str) -> Set {
        let mut set = Set::default();
        let mut open: Option<(Sort, u32, u32)> = None;
        let mut number = 0_u32;
        let mut tight = true;
        for line in file.lines() {
            let Some((word, label)) = line.trim_end().split_once('\t') else {
                set.close(&mut open);
                set.text.push('\n');
                tight = true;
                continue;
            };
            // Marks are written close to their words; spaces as people write them.
            let leading = matches!(word, "." | "," | ";" | ":" | ")" | "]" | "'" | "s" | "-" | "/" | "%" | "?");
            let after_mark = set.text.ends_with(['(', '[', '-', '/', '\'']);
            if !(tight || leading && (word != "s" || set.text.ends_with('\'')) || after_mark && word != "and") {
                set.text.push(' ');
            }
            tight = false;
            set.starts.insert(set.text.len() as u32, number);
            set.text.push_str(word);
            set.ends.insert(set.text.len() as u32, number);
            match (label.split_once('-'), &mut open) {
                (Some(("I", _)), Some(entity)) => entity.2 = number,
                (Some((_, sort)), _) => {
                    set.close(&mut open);
                    open = sort_of(sort).map(|sort| (sort, number, number));
                }
                (None, _) => set.close(&mut open),
            }
            number += 1;
        }
        set.close(&mut open);
        set
    }

    fn close(&mut self, open: &mut Option<(Sort, u32, u32)>) {
        self.entities.extend(open.take());
    }
}

fn sort_of(label: &str) -> Option<Sort> {
    match label {
        "Chemical" => Some(Sort::Chemical),
        "Disease" => Some(Sort::Disease),
        _ => None,
    }
}

/// Scores what is found in a set. Only the types the set labels count.
#[must_use]
pub fn score(set: &Set, lexicon: &Lexicon) -> Outcome {
    let scanned = scan(&set.text, lexicon);
    let labelled: HashSet<Sort> = set.entities.iter().map(|e| e.0).collect();
    let mut said = HashSet::new();
    let mut outcome = Outcome::default();
    for entity in entities(&scanned).into_iter().filter(|e| labelled.contains(&e.sort)) {
        let tokens = (set.starts.get(&entity.span.start), set.ends.get(&entity.span.end));
        let hit = match tokens {
            (Some(first), Some(last)) => {
                said.insert((entity.sort, *first, *last)).then(|| set.entities.contains(&(entity.sort, *first, *last)))
            }
            _ => Some(false),
        };
        let Some(hit) = hit else { continue };
        outcome.count(entity.sort).add(true, hit);
        if !hit {
            outcome.wrong.push((entity.sort, entity.span.of(&set.text).to_owned(), true));
        }
    }
    let place: HashMap<u32, u32> = set.starts.iter().map(|(byte, token)| (*token, *byte)).collect();
    let end: HashMap<u32, u32> = set.ends.iter().map(|(byte, token)| (*token, *byte)).collect();
    let mut missed: Vec<_> = set.entities.difference(&said).copied().collect();
    missed.sort_unstable();
    for (sort, first, last) in missed {
        outcome.count(sort).add(false, true);
        if let (Some(from), Some(to)) = (place.get(&first), end.get(&last)) {
            outcome.wrong.push((sort, set.text[*from as usize..*to as usize].to_owned(), false));
        }
    }
    outcome
}

impl Outcome {
    fn count(&mut self, sort: Sort) -> &mut Counts {
        match sort {
            Sort::Chemical => &mut self.chemical,
            Sort::Disease => &mut self.disease,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Coding, Kind};
    use crate::lexicon::{Builder, Entry, Role};

    #[test]
    fn a_small_set() {
        let mut builder = Builder::new();
        let disease = builder.concept(Kind::Problem, "Parkinson's disease", vec![]);
        let coding = Coding { system: "http://www.drugbank.ca".to_owned(), code: "DB01037".to_owned() };
        let drug = builder.concept(Kind::Medication, "selegiline", vec![coding]);
        for (term, id) in [("Parkinson's disease", disease), ("selegiline", drug)] {
            builder.term(term, Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false }).unwrap();
        }
        let lexicon = Lexicon::from_bytes(builder.finish()).unwrap();
        let file = "Selegiline\tB-Chemical\nin\tO\nParkinson\tB-Disease\n'\tI-Disease\ns\tI-Disease\ndisease\tI-Disease\n.\tO\n\nLevodopa\tB-Chemical\n";
        let set = Set::parse(file);
        assert_eq!(set.text, "Selegiline in Parkinson's disease.\nLevodopa");
        let outcome = score(&set, &lexicon);
        assert_eq!(outcome.chemical, Counts { hit: 1, wrong: 0, missed: 1 });
        assert_eq!(outcome.disease, Counts { hit: 1, wrong: 0, missed: 0 });
        assert_eq!(outcome.wrong, [(Sort::Chemical, "Levodopa".to_owned(), false)]);
    }
}
