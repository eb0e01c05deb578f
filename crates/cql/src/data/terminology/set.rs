//! The codes of one value set.

use super::{CodeNumber, Terminology};

/// The expansion of one value set.
#[derive(Clone, Default, Debug)]
pub struct ValueSetCodes {
    url: String,
    version: Option<String>,
    sorted: Vec<CodeNumber>,
    /// One bit a number, from the word of the smallest number on.
    bits: Vec<u64>,
    first_word: usize,
    unlisted: usize,
}

impl ValueSetCodes {
    pub(super) fn new(url: &str, version: Option<&str>, mut sorted: Vec<CodeNumber>) -> ValueSetCodes {
        sorted.sort_unstable();
        sorted.dedup();
        sorted.shrink_to_fit();
        let word = |number: &CodeNumber| number.0 as usize / 64;
        let first_word = sorted.first().map_or(0, word);
        let mut bits = vec![0; sorted.last().map_or(0, |last| word(last) + 1 - first_word)];
        for number in &sorted {
            bits[word(number) - first_word] |= 1 << (number.0 % 64);
        }
        ValueSetCodes { url: url.to_owned(), version: version.map(str::to_owned), sorted, bits, first_word, unlisted: 0 }
    }

    pub(super) fn with_unlisted(mut self, unlisted: usize) -> ValueSetCodes {
        self.unlisted = unlisted;
        self
    }

    /// The same codes where some have other numbers now.
    pub(super) fn renumbered(&self, number: impl Fn(CodeNumber) -> CodeNumber) -> ValueSetCodes {
        let sorted = self.sorted.iter().map(|n| number(*n)).collect();
        ValueSetCodes::new(&self.url, self.version.as_deref(), sorted).with_unlisted(self.unlisted)
    }

    /// Whether a code belongs to it.
    pub fn contains(&self, code: CodeNumber) -> bool {
        let (word, bit) = ((code.0 as usize / 64).wrapping_sub(self.first_word), code.0 % 64);
        self.bits.get(word).is_some_and(|w| w >> bit & 1 == 1)
    }

    /// Whether it has a code of this text in whichever system.
    pub fn has_text(&self, terminology: &Terminology, code: &[u8]) -> bool {
        terminology.numbers_of(code).any(|number| self.contains(number))
    }

    /// Its codes, sorted by number.
    pub fn numbers(&self) -> &[CodeNumber] {
        &self.sorted
    }

    /// Its canonical URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How many codes its expansion says it has beside those it lists (`ValueSet.expansion.total`).
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }
}
