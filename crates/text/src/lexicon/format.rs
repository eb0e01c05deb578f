//! The bytes of a lexicon, read in place.
//!
//! All numbers are little-endian `u32`. The header holds the magic, the version of the format, the SHA-256 of everything after it and the
//! offset and count of each table:
//!
//! | table | rows |
//! |---|---|
//! | words | offset of each normal form in the text block, one more row for the end |
//! | slots | hash table of word number + 1 and the upper half of its hash, a power of two, linear probing |
//! | nodes | first edge, first entry; one more row for the end. Node 0 is the root |
//! | edges | word, node; sorted by word within a node. The root's edges are in `first` instead |
//! | first | node for each word, 0 when no term begins with it |
//! | entries | role and flags, target |
//! | concepts | kind, name (text block offset, length), first coding |
//! | codings | system (string number), code (offset, length) |
//! | strings | offset, length: systems, units |
//! | variables | concept, unit, low, high, other units (strings), implied; sorted by concept |
//! | filter | bits, a power of two: the bit of a node and a word is set when an edge may lead on; most steps end here, in the cache |
//! | text | the characters |

use super::{Entry, Role, Variable};
use crate::fact::{Coding, Kind};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

pub(super) const MAGIC: [u8; 4] = *b"AVLX";
pub(super) const VERSION: u32 = 3;
pub(super) const TABLES: usize = 12;
/// Where the hash stands, where what it is made of begins.
pub(super) const HASHED: (usize, usize) = (8, 40);

/// A lexicon that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not a lexicon at all.
    #[error("these bytes are not a lexicon; build one with the lexicon tool")]
    NotALexicon,
    /// Made by another version of the tool.
    #[error("the lexicon has format {found}, this program reads {VERSION}; build it again with this program's tool")]
    Version {
        /// What it says.
        found: u32,
    },
    /// Cut off or damaged.
    #[error("the lexicon is damaged ({table}); build it again")]
    Damaged {
        /// The table that does not fit.
        table: &'static str,
    },
}

/// Terms, concepts and cues, ready to be asked.
#[derive(Debug, Clone)]
pub struct Lexicon {
    bytes: Cow<'static, [u8]>,
    tables: [(usize, usize); TABLES],
    hash: String,
}

/// Names of the tables, in the order of the header.
pub(super) const NAMES: [&str; TABLES] =
    ["words", "slots", "nodes", "edges", "first", "entries", "concepts", "codings", "strings", "variables", "filter", "text"];
/// Bytes of a row of each table.
pub(super) const ROWS: [usize; TABLES] = [4, 8, 8, 8, 4, 8, 16, 12, 8, 24, 4, 1];

pub(super) const WORDS: usize = 0;
pub(super) const SLOTS: usize = 1;
pub(super) const NODES: usize = 2;
pub(super) const EDGES: usize = 3;
pub(super) const FIRST: usize = 4;
pub(super) const ENTRIES: usize = 5;
pub(super) const CONCEPTS: usize = 6;
pub(super) const CODINGS: usize = 7;
pub(super) const STRINGS: usize = 8;
pub(super) const VARIABLES: usize = 9;
pub(super) const FILTER: usize = 10;
pub(super) const TEXT: usize = 11;

impl Lexicon {
    /// Takes the bytes as they are, with the hash they say they have; [`Lexicon::verify`] for bytes that come from elsewhere.
    ///
    /// # Errors
    /// [`Broken`] when they are not a lexicon of this version or a table does not fit.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Lexicon, Broken> {
        let bytes = bytes.into();
        if bytes.len() < HASHED.1 + TABLES * 8 || bytes[..4] != MAGIC {
            return Err(Broken::NotALexicon);
        }
        let found = u32_at(&bytes, 4);
        if found != VERSION {
            return Err(Broken::Version { found });
        }
        let mut tables = [(0, 0); TABLES];
        for (i, table) in tables.iter_mut().enumerate() {
            let (offset, count) = (u32_at(&bytes, HASHED.1 + i * 8) as usize, u32_at(&bytes, HASHED.1 + 4 + i * 8) as usize);
            let end = count.checked_mul(ROWS[i]).and_then(|n| n.checked_add(offset));
            if end.is_none_or(|end| end > bytes.len()) {
                return Err(Broken::Damaged { table: NAMES[i] });
            }
            *table = (offset, count);
        }
        if !tables[FILTER].1.is_power_of_two() {
            return Err(Broken::Damaged { table: "filter" });
        }
        if !tables[SLOTS].1.is_power_of_two() || tables[NODES].1 < 2 || tables[WORDS].1 == 0 {
            return Err(Broken::Damaged { table: "slots" });
        }
        let hash = hexadecimal(&bytes[HASHED.0..HASHED.1]);
        Ok(Lexicon { bytes, tables, hash })
    }

    /// Computes the hash of the bytes and compares it with the one they say they have.
    ///
    /// # Errors
    /// [`Broken::Damaged`] when they differ.
    pub fn verify(&self) -> Result<(), Broken> {
        if hexadecimal(&Sha256::digest(&self.bytes[HASHED.1..])) == self.hash {
            Ok(())
        } else {
            Err(Broken::Damaged { table: "hash" })
        }
    }

    /// SHA-256 of the tables, hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Number of concepts.
    #[must_use]
    pub fn concepts(&self) -> usize {
        self.tables[CONCEPTS].1
    }

    /// Number of different words.
    #[must_use]
    pub fn words(&self) -> usize {
        self.tables[WORDS].1 - 1
    }

    /// Number of entries: a term with two meanings counts twice.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.tables[ENTRIES].1
    }

    pub(super) fn rows(&self, table: usize) -> usize {
        self.tables[table].1
    }

    #[inline]
    pub(super) fn number(&self, table: usize, row: usize, column: usize) -> u32 {
        let (offset, count) = self.tables[table];
        if row >= count {
            return 0;
        }
        u32_at(&self.bytes, offset + row * ROWS[table] + column * 4)
    }

    fn text(&self, offset: u32, length: u32) -> &str {
        let base = self.tables[TEXT].0;
        let range = base + offset as usize..base + offset as usize + length as usize;
        self.bytes.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn text_bytes(&self, from: u32, to: u32) -> &[u8] {
        let base = self.tables[TEXT].0;
        self.bytes.get(base + from as usize..base + to as usize).unwrap_or_default()
    }

    /// The number of a word in its normal form.
    #[must_use]
    pub fn word(&self, normal: &str) -> Option<u32> {
        let mask = self.tables[SLOTS].1 - 1;
        let hash = hash(normal.as_bytes());
        let mut slot = hash as usize & mask;
        for _ in 0..=mask {
            let found = self.number(SLOTS, slot, 0);
            if found == 0 {
                return None;
            }
            // Another word of the same slot is told by its hash, without a look at its characters.
            if self.number(SLOTS, slot, 1) != tag(hash) {
                slot = (slot + 1) & mask;
                continue;
            }
            let word = found - 1;
            let (from, to) = (self.number(WORDS, word as usize, 0), self.number(WORDS, word as usize + 1, 0));
            if self.text_bytes(from, to) == normal.as_bytes() {
                return Some(word);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// The node a term's first word leads to.
    #[must_use]
    pub fn first(&self, word: u32) -> Option<u32> {
        Some(self.number(FIRST, word as usize, 0)).filter(|node| *node != 0)
    }

    /// The node the next word leads to.
    #[must_use]
    pub fn step(&self, node: u32, word: u32) -> Option<u32> {
        let bit = filter_bit(node, word, self.tables[FILTER].1);
        if self.number(FILTER, bit / 32, 0) & (1 << (bit % 32)) == 0 {
            return None;
        }
        let node = node as usize;
        let (mut low, mut high) = (self.number(NODES, node, 0) as usize, self.number(NODES, node + 1, 0) as usize);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.number(EDGES, middle, 0).cmp(&word) {
                std::cmp::Ordering::Equal => return Some(self.number(EDGES, middle, 1)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The words that lead on from a node, with the nodes they lead to.
    pub(super) fn steps(&self, node: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let node = node as usize;
        (self.number(NODES, node, 0) as usize..self.number(NODES, node + 1, 0) as usize)
            .map(|row| (self.number(EDGES, row, 0), self.number(EDGES, row, 1)))
    }

    /// What ends at a node.
    pub fn entries_at(&self, node: u32) -> impl Iterator<Item = Entry> + '_ {
        let node = node as usize;
        (self.number(NODES, node, 1) as usize..self.number(NODES, node + 1, 1) as usize).map(|row| {
            let flags = self.number(ENTRIES, row, 0);
            let role = Role::ALL.get((flags & 0xff) as usize).copied().unwrap_or(Role::Stop);
            Entry { role, target: self.number(ENTRIES, row, 1), capitals: flags & 0x100 != 0, ambiguous: flags & 0x200 != 0 }
        })
    }

    /// What ends at the node of a whole term, given in normal form.
    #[must_use]
    pub fn term(&self, words: &[&str]) -> Vec<Entry> {
        let mut node = None;
        for word in words {
            let Some(word) = self.word(word) else { return Vec::new() };
            node = match node {
                None => self.first(word),
                Some(node) => self.step(node, word),
            };
            if node.is_none() {
                return Vec::new();
            }
        }
        node.map(|node| self.entries_at(node).collect()).unwrap_or_default()
    }

    /// What a concept is.
    #[must_use]
    pub fn kind(&self, concept: u32) -> Kind {
        KINDS.get(self.number(CONCEPTS, concept as usize, 0) as usize).copied().unwrap_or(Kind::Other)
    }

    /// A concept's name.
    #[must_use]
    pub fn name(&self, concept: u32) -> &str {
        let row = concept as usize;
        self.text(self.number(CONCEPTS, row, 1), self.number(CONCEPTS, row, 2))
    }

    /// A concept's codes, the best first.
    pub fn codings(&self, concept: u32) -> impl Iterator<Item = Coding> + '_ {
        let row = concept as usize;
        let end =
            if row + 1 < self.tables[CONCEPTS].1 { self.number(CONCEPTS, row + 1, 3) as usize } else { self.tables[CODINGS].1 };
        (self.number(CONCEPTS, row, 3) as usize..end).map(|row| Coding {
            system: self.string(self.number(CODINGS, row, 0)).to_owned(),
            code: self.text(self.number(CODINGS, row, 1), self.number(CODINGS, row, 2)).to_owned(),
        })
    }

    /// A word's spelling in normal form.
    #[must_use]
    pub fn spelling(&self, word: u32) -> &str {
        let (from, to) = (self.number(WORDS, word as usize, 0), self.number(WORDS, word as usize + 1, 0));
        std::str::from_utf8(self.text_bytes(from, to)).unwrap_or_default()
    }

    /// What is known of a measured concept.
    #[must_use]
    pub fn variable(&self, concept: u32) -> Option<Variable<'_>> {
        let (mut low, mut high) = (0, self.rows(VARIABLES));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.number(VARIABLES, middle, 0).cmp(&concept) {
                std::cmp::Ordering::Equal => return self.variable_row(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn variable_row(&self, row: usize) -> Option<Variable<'_>> {
        let text = |column| self.string(self.number(VARIABLES, row, column));
        Some(Variable {
            unit: text(1),
            low: text(2).parse().ok()?,
            high: text(3).parse().ok()?,
            units: text(4).split('|').filter(|u| !u.is_empty()).collect(),
            implied: self.number(VARIABLES, row, 5) != 0,
        })
    }

    /// A numbered string: a system, a unit, a route.
    #[must_use]
    pub fn string(&self, number: u32) -> &str {
        self.text(self.number(STRINGS, number as usize, 0), self.number(STRINGS, number as usize, 1))
    }
}

pub(super) const KINDS: [Kind; 7] =
    [Kind::Problem, Kind::Finding, Kind::Medication, Kind::Procedure, Kind::Device, Kind::Measurement, Kind::Other];

/// The bit of a step in a filter of so many rows.
pub(super) fn filter_bit(node: u32, word: u32, rows: usize) -> usize {
    let mixed = (u64::from(node) << 32 | u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 20) as usize & (rows * 32 - 1)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What a slot keeps of a hash.
pub(super) fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// FNV-1a, folded: short words, no seed, the same on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^ (hash >> 32)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}
