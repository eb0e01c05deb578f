//! Makes the bytes of a lexicon from terms. Pure: the same terms in the same order give the same bytes.

use super::format::{
    CODINGS, CONCEPTS, HASHED, KINDS, Lexicon, MAGIC, ROWS, SLOTS, STRINGS, TABLES, TEXT, VARIABLES, VERSION, WORDS, hash, tag,
};
use super::trie::{Trie, put};
use super::{Entry, Role};
use crate::fact::{Coding, Kind};
use crate::tokens::{Class, Tokens};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// A concept of a lexicon being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConceptId(pub u32);

/// A term that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildFault {
    /// It has no word.
    #[error("the term `{0}` has no word")]
    Empty(String),
    /// It is too long to be met in a text.
    #[error("the term `{0}` has more than {MOST_WORDS} words")]
    Long(String),
}

/// The longest term, in words.
const MOST_WORDS: usize = 16;

/// Kind, name, and codes with the number of their system.
type Concept = (Kind, String, Vec<(u32, String)>);

/// Collects terms and writes the lexicon.
#[derive(Debug, Default)]
pub struct Builder {
    concepts: Vec<Concept>,
    words: HashMap<String, u32>,
    terms: HashMap<Vec<u32>, Vec<Entry>>,
    strings: Vec<String>,
    string_numbers: HashMap<String, u32>,
    variables: BTreeMap<u32, [u32; 5]>,
}

impl Builder {
    /// An empty lexicon.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a concept.
    pub fn concept(&mut self, kind: Kind, name: &str, codings: Vec<Coding>) -> ConceptId {
        let codings = codings.into_iter().map(|c| (self.string(&c.system), c.code)).collect();
        self.concepts.push((kind, name.to_owned(), codings));
        ConceptId(self.concepts.len() as u32 - 1)
    }

    /// Adds a code to a concept, after those it has; a code it has is not added again.
    pub fn coding(&mut self, concept: ConceptId, coding: &Coding) {
        let system = self.string(&coding.system);
        if let Some((_, _, codings)) = self.concepts.get_mut(concept.0 as usize)
            && !codings.iter().any(|(s, c)| *s == system && *c == coding.code)
        {
            codings.push((system, coding.code.clone()));
        }
    }

    /// Says what is known of a measured concept: usual unit, plausible bounds as decimals, other units separated by `|`.
    pub fn variable(&mut self, concept: ConceptId, unit: &str, bounds: (&str, &str), others: &str, implied: bool) {
        let row = [self.string(unit), self.string(bounds.0), self.string(bounds.1), self.string(others), u32::from(implied)];
        self.variables.insert(concept.0, row);
    }

    /// The number of a string, added when it is new.
    pub fn string(&mut self, text: &str) -> u32 {
        if let Some(number) = self.string_numbers.get(text) {
            return *number;
        }
        let number = self.strings.len() as u32;
        self.strings.push(text.to_owned());
        self.string_numbers.insert(text.to_owned(), number);
        number
    }

    /// Adds a term; a second entry of the same role and target is left out.
    ///
    /// # Errors
    /// [`BuildFault`] when the term has no word or too many.
    pub fn term(&mut self, term: &str, entry: Entry) -> Result<(), BuildFault> {
        let words = words_of(term);
        if words.is_empty() {
            return Err(BuildFault::Empty(term.to_owned()));
        }
        if words.len() > MOST_WORDS {
            return Err(BuildFault::Long(term.to_owned()));
        }
        let words = words.iter().map(|word| self.word(word)).collect();
        self.entry(words, entry);
        Ok(())
    }

    fn word(&mut self, word: &str) -> u32 {
        if let Some(number) = self.words.get(word) {
            return *number;
        }
        let number = self.words.len() as u32;
        self.words.insert(word.to_owned(), number);
        number
    }

    fn entry(&mut self, words: Vec<u32>, entry: Entry) {
        let entries = self.terms.entry(words).or_default();
        match entries.iter_mut().find(|e| e.role == entry.role && e.target == entry.target) {
            // Written in capitals here, freely there: freely.
            Some(known) => {
                known.capitals &= entry.capitals;
                known.ambiguous &= entry.ambiguous;
            }
            None => entries.push(entry),
        }
    }

    /// What a concept is.
    #[must_use]
    pub fn kind(&self, concept: ConceptId) -> Option<Kind> {
        self.concepts.get(concept.0 as usize).map(|c| c.0)
    }

    /// What a term means so far.
    #[must_use]
    pub fn entries(&self, term: &str) -> &[Entry] {
        let words: Option<Vec<u32>> = words_of(term).iter().map(|word| self.words.get(word).copied()).collect();
        words.and_then(|words| self.terms.get(&words)).map_or(&[], Vec::as_slice)
    }

    /// Takes over everything a lexicon has; what is added later comes after it.
    pub fn extend(&mut self, lexicon: &Lexicon) {
        let shift = self.concepts.len() as u32;
        for row in 0..lexicon.rows(CONCEPTS) as u32 {
            let id = self.concept(lexicon.kind(row), lexicon.name(row), lexicon.codings(row).collect());
            if let Some(v) = lexicon.variable(row) {
                self.variable(id, v.unit, (&v.low.to_string(), &v.high.to_string()), &v.units.join("|"), v.implied);
            }
        }
        let mut open: Vec<(u32, Vec<u32>)> = Vec::new();
        for word in 0..lexicon.words() as u32 {
            open.extend(lexicon.first(word).map(|node| (node, vec![word])));
        }
        while let Some((node, path)) = open.pop() {
            let words: Vec<u32> = path.iter().map(|w| self.word(lexicon.spelling(*w))).collect();
            for entry in lexicon.entries_at(node) {
                let target = match entry.role {
                    Role::Concept => entry.target + shift,
                    Role::Cue | Role::Heading | Role::Stop => entry.target,
                    _ => self.string(lexicon.string(entry.target)),
                };
                self.entry(words.clone(), Entry { target, ..entry });
            }
            open.extend(lexicon.steps(node).map(|(word, next)| (next, path.iter().copied().chain([word]).collect())));
        }
    }

    /// Number of different terms so far.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms.len()
    }

    /// Writes the bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut text = String::new();
        let mut tables: [Vec<u8>; TABLES] = Default::default();
        let mut spellings: Vec<(&str, u32)> = self.words.iter().map(|(word, number)| (word.as_str(), *number)).collect();
        spellings.sort_unstable();
        // Words are numbered in the order of the alphabet, whatever the order they came in.
        let mut renumbered = vec![0_u32; spellings.len()];
        for (i, (word, number)) in spellings.iter().enumerate() {
            renumbered[*number as usize] = i as u32;
            let at = put_text(&mut text, word);
            put(&mut tables[WORDS], &[at]);
        }
        put(&mut tables[WORDS], &[text.len() as u32]);
        put(&mut tables[SLOTS], &slots(&spellings));
        let renumber = |words: &Vec<u32>| words.iter().map(|w| renumbered[*w as usize]).collect();
        let mut terms: Vec<(Vec<u32>, &[Entry])> = self.terms.iter().map(|(w, e)| (renumber(w), e.as_slice())).collect();
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Trie::of(&terms).write(spellings.len(), &mut tables);
        for (kind, name, codings) in &self.concepts {
            let kind = KINDS.iter().position(|k| k == kind).unwrap_or_default() as u32;
            let name_at = put_text(&mut text, name);
            let first = (tables[CODINGS].len() / ROWS[CODINGS]) as u32;
            put(&mut tables[CONCEPTS], &[kind, name_at, name.len() as u32, first]);
            for (system, code) in codings {
                let code_at = put_text(&mut text, code);
                put(&mut tables[CODINGS], &[*system, code_at, code.len() as u32]);
            }
        }
        for string in &self.strings {
            let at = put_text(&mut text, string);
            put(&mut tables[STRINGS], &[at, string.len() as u32]);
        }
        for (concept, [unit, low, high, others, implied]) in &self.variables {
            put(&mut tables[VARIABLES], &[*concept, *unit, *low, *high, *others, *implied]);
        }
        tables[TEXT] = text.into_bytes();
        join(&tables)
    }
}

/// Header, hash and tables.
fn join(tables: &[Vec<u8>; TABLES]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HASHED.1 + TABLES * 8 + tables.iter().map(Vec::len).sum::<usize>());
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.resize(HASHED.1, 0);
    let mut offset = (HASHED.1 + TABLES * 8) as u32;
    for (table, row) in tables.iter().zip(ROWS) {
        put(&mut out, &[offset, (table.len() / row) as u32]);
        offset += table.len() as u32;
    }
    tables.iter().for_each(|table| out.extend_from_slice(table));
    let hash = Sha256::digest(&out[HASHED.1..]);
    out[HASHED.0..HASHED.1].copy_from_slice(&hash);
    out
}

/// The words of a term as a text's tokens would give them; hyphens are left out, as they are when a text is scanned.
fn words_of(term: &str) -> Vec<String> {
    let tokens = Tokens::of(term);
    let kept = tokens.list.iter().filter(|t| t.class != Class::Break);
    kept.map(|t| tokens.normal(t)).filter(|w| *w != "-" && !w.is_empty()).map(str::to_owned).collect()
}

fn put_text(text: &mut String, piece: &str) -> u32 {
    let at = text.len() as u32;
    text.push_str(piece);
    at
}

/// The hash table of words that are numbered by their place: number + 1 and tag, a slot after the other.
fn slots(words: &[(&str, u32)]) -> Vec<u32> {
    let size = (words.len() * 2).next_power_of_two().max(2);
    let mut slots = vec![0; size * 2];
    for (number, (word, _)) in words.iter().enumerate() {
        let hash = hash(word.as_bytes());
        let mut slot = hash as usize & (size - 1);
        while slots[slot * 2] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot * 2] = number as u32 + 1;
        slots[slot * 2 + 1] = tag(hash);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::super::{Broken, Lexicon};
    use super::*;

    fn small() -> Lexicon {
        let mut builder = Builder::new();
        builder.string("http://hl7.org/fhir/sid/icd-10-cm");
        let coding = |code: &str| Coding { system: "http://hl7.org/fhir/sid/icd-10-cm".to_owned(), code: code.to_owned() };
        let copd = builder.concept(Kind::Problem, "chronic obstructive pulmonary disease", vec![coding("J44.9")]);
        let lung = builder.concept(Kind::Problem, "pulmonary disease", vec![]);
        let plain = |id: ConceptId| Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false };
        builder.term("chronic obstructive pulmonary disease", plain(copd)).unwrap();
        builder.term("pulmonary diseases", plain(lung)).unwrap();
        builder.term("COPD", Entry { capitals: true, ..plain(copd) }).unwrap();
        assert_eq!(builder.term(" - ", plain(copd)), Err(BuildFault::Empty(" - ".to_owned())));
        Lexicon::from_bytes(builder.finish()).unwrap()
    }

    #[test]
    fn terms_are_found_and_say_what_they_are() {
        let lexicon = small();
        let found = lexicon.term(&["chronic", "obstructive", "pulmonary", "disease"]);
        assert_eq!(found.len(), 1);
        assert_eq!(lexicon.name(found[0].target), "chronic obstructive pulmonary disease");
        assert_eq!(lexicon.codings(found[0].target).map(|c| c.code).collect::<Vec<_>>(), ["J44.9"]);
        assert!(lexicon.term(&["copd"])[0].capitals);
        assert!(lexicon.term(&["chronic"]).is_empty());
        assert!(lexicon.term(&["nothing"]).is_empty());
        assert_eq!((lexicon.concepts(), lexicon.entries()), (2, 3));
        assert_eq!(lexicon.hash(), small().hash());
        assert_eq!(lexicon.verify(), Ok(()));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let mut builder = Builder::new();
        let id = builder.concept(Kind::Other, "x", vec![]);
        builder.term("x", Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false }).unwrap();
        let bytes = builder.finish();
        assert!(Lexicon::from_bytes(bytes.clone()).is_ok());
        assert_eq!(Lexicon::from_bytes(bytes[..bytes.len() - 1].to_vec()).map(|_| ()), Err(Broken::Damaged { table: "text" }));
        assert_eq!(Lexicon::from_bytes(b"hello".to_vec()).map(|_| ()), Err(Broken::NotALexicon));
        let mut other = bytes;
        other[4] = 9;
        assert_eq!(Lexicon::from_bytes(other).map(|_| ()), Err(Broken::Version { found: 9 }));
    }

    #[test]
    fn a_lexicon_taken_over_is_the_same() {
        let mut builder = Builder::new();
        let spo2 = builder.concept(Kind::Measurement, "oxygen saturation", vec![]);
        builder.variable(spo2, "%", ("40", "100"), "", true);
        builder.term("SpO2", Entry { role: Role::Concept, target: spo2.0, capitals: false, ambiguous: true }).unwrap();
        let unit = builder.string("mm[Hg]");
        builder.term("mm Hg", Entry { role: Role::Unit, target: unit, capitals: false, ambiguous: false }).unwrap();
        let first = Lexicon::from_bytes(builder.finish()).unwrap();
        let mut second = Builder::new();
        second.extend(&first);
        let second = Lexicon::from_bytes(second.finish()).unwrap();
        for lexicon in [&first, &second] {
            let variable = lexicon.variable(0).unwrap();
            assert_eq!((variable.unit, variable.low.to_string().as_str(), variable.implied), ("%", "40", true));
            assert!(lexicon.term(&["spo2"])[0].ambiguous);
            assert_eq!(lexicon.string(lexicon.term(&["mm", "hg"])[0].target), "mm[Hg]");
        }
    }
}
