//! Makes the bytes of a lexicon from terms. Pure: the same terms in the same order give the same bytes.

use super::format::{KINDS, MAGIC, ROWS, TABLES, VERSION, hash};
use super::{Entry, Role};
use crate::fact::{Coding, Kind};
use crate::tokens::{Class, Tokens};
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

/// Collects terms and writes the lexicon.
#[derive(Debug, Default)]
pub struct Builder {
    concepts: Vec<(Kind, String, Vec<Coding>)>,
    terms: BTreeMap<Vec<String>, Vec<Entry>>,
    strings: Vec<String>,
}

impl Builder {
    /// An empty lexicon.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a concept.
    pub fn concept(&mut self, kind: Kind, name: &str, codings: Vec<Coding>) -> ConceptId {
        self.concepts.push((kind, name.to_owned(), codings));
        ConceptId(self.concepts.len() as u32 - 1)
    }

    /// The number of a string, added when it is new.
    pub fn string(&mut self, text: &str) -> u32 {
        if let Some(found) = self.strings.iter().position(|s| s == text) {
            return found as u32;
        }
        self.strings.push(text.to_owned());
        self.strings.len() as u32 - 1
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
        let entries = self.terms.entry(words).or_default();
        match entries.iter_mut().find(|e| e.role == entry.role && e.target == entry.target) {
            // Written in capitals here, freely there: freely.
            Some(known) => {
                known.capitals &= entry.capitals;
                known.ambiguous &= entry.ambiguous;
            }
            None => entries.push(entry),
        }
        Ok(())
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
        let (words, numbers) = number_words(&self.terms, &mut text);
        let trie = Trie::of(&self.terms, &numbers);
        let mut tables: [Vec<u8>; TABLES] = Default::default();
        tables[0] = rows(words.iter().copied());
        tables[1] = rows(slots(&numbers));
        trie.write(numbers.len(), &mut tables);
        for (kind, name, codings) in &self.concepts {
            let kind = KINDS.iter().position(|k| k == kind).unwrap_or_default() as u32;
            let name_at = put(&mut text, name);
            let first = (tables[7].len() / ROWS[7]) as u32;
            tables[6].extend(rows([kind, name_at, name.len() as u32, first]));
            for coding in codings {
                let system = self.strings.iter().position(|s| *s == coding.system).unwrap_or_default() as u32;
                let code_at = put(&mut text, &coding.code);
                tables[7].extend(rows([system, code_at, coding.code.len() as u32]));
            }
        }
        for string in &self.strings {
            let at = put(&mut text, string);
            tables[8].extend(rows([at, string.len() as u32]));
        }
        tables[9] = text.into_bytes();
        let mut out = Vec::new();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        let mut offset = (8 + TABLES * 8) as u32;
        for (table, row) in tables.iter().zip(ROWS) {
            out.extend(rows([offset, (table.len() / row) as u32]));
            offset += table.len() as u32;
        }
        tables.iter().for_each(|table| out.extend(table));
        out
    }
}

/// The words of a term as a text's tokens would give them; hyphens are left out, as they are when a text is scanned.
fn words_of(term: &str) -> Vec<String> {
    let tokens = Tokens::of(term);
    let kept = tokens.list.iter().filter(|t| t.class != Class::Break);
    kept.map(|t| tokens.normal(t).to_owned()).filter(|w| w != "-" && !w.is_empty()).collect()
}

fn put(text: &mut String, piece: &str) -> u32 {
    let at = text.len() as u32;
    text.push_str(piece);
    at
}

fn rows(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Numbers every word of every term, in order, and puts them into the text block.
fn number_words<'t>(terms: &'t BTreeMap<Vec<String>, Vec<Entry>>, text: &mut String) -> (Vec<u32>, BTreeMap<&'t str, u32>) {
    let mut numbers: BTreeMap<&str, u32> = terms.keys().flatten().map(|w| (w.as_str(), 0)).collect();
    let mut offsets = Vec::with_capacity(numbers.len() + 1);
    for (i, (word, number)) in numbers.iter_mut().enumerate() {
        *number = i as u32;
        offsets.push(put(text, word));
    }
    offsets.push(text.len() as u32);
    (offsets, numbers)
}

fn slots(numbers: &BTreeMap<&str, u32>) -> Vec<u32> {
    let size = (numbers.len() * 2).next_power_of_two().max(2);
    let mut slots = vec![0; size];
    for (word, number) in numbers {
        let mut slot = hash(word.as_bytes()) as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = number + 1;
    }
    slots
}

/// The trie while it is built: nodes in the order they are made.
struct Trie {
    children: Vec<BTreeMap<u32, u32>>,
    entries: HashMap<u32, Vec<Entry>>,
}

impl Trie {
    fn of(terms: &BTreeMap<Vec<String>, Vec<Entry>>, numbers: &BTreeMap<&str, u32>) -> Trie {
        let mut trie = Trie { children: vec![BTreeMap::new()], entries: HashMap::new() };
        for (words, entries) in terms {
            let mut node = 0;
            for word in words {
                let number = numbers.get(word.as_str()).copied().unwrap_or_default();
                let new = trie.children.len() as u32;
                let next = *trie.children[node as usize].entry(number).or_insert(new);
                if next == new {
                    trie.children.push(BTreeMap::new());
                }
                node = next;
            }
            trie.entries.entry(node).or_default().extend(entries);
        }
        trie
    }

    fn write(&self, words: usize, tables: &mut [Vec<u8>; TABLES]) {
        let mut first = vec![0; words];
        for (word, node) in &self.children[0] {
            first[*word as usize] = *node;
        }
        let (mut edges, mut entries) = (0_u32, 0_u32);
        for (i, children) in self.children.iter().enumerate() {
            tables[2].extend(rows([edges, entries]));
            if i > 0 {
                for (word, node) in children {
                    tables[3].extend(rows([*word, *node]));
                    edges += 1;
                }
            }
            for entry in self.entries.get(&(i as u32)).into_iter().flatten() {
                let role = Role::ALL.iter().position(|r| *r == entry.role).unwrap_or_default() as u32;
                let flags = role | u32::from(entry.capitals) << 8 | u32::from(entry.ambiguous) << 9;
                tables[5].extend(rows([flags, entry.target]));
                entries += 1;
            }
        }
        tables[2].extend(rows([edges, entries]));
        tables[4] = rows(first);
    }
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
}
