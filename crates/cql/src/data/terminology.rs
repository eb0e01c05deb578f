//! Value sets and code systems, loaded once and shared by all evaluations.
//!
//! Every code of every value set is interned to a number; a value set is the sorted list
//! of its numbers. A value set that was not loaded has no answer: asking for it is an
//! error that names it.

use crate::value::Text;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of an interned code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeNumber(u32);

impl CodeNumber {
    pub(super) fn from_u32(number: u32) -> CodeNumber {
        CodeNumber(number)
    }

    pub(super) fn to_u32(self) -> u32 {
        self.0
    }
}

/// Value sets with their expansions, and code systems known by their codes.
#[derive(Clone, Default)]
pub struct Terminology {
    revision: u64,
    codes: CodeTable,
    value_sets: Vec<ValueSetCodes>,
    by_url: HashMap<String, Vec<usize>>,
}

/// The expansion of one value set.
#[derive(Clone, Default)]
pub struct ValueSetCodes {
    url: String,
    version: Option<String>,
    sorted: Vec<CodeNumber>,
    bits: Vec<u64>,
}

/// A value set resource that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueSetFault {
    /// No `url`.
    #[error("a ValueSet without a url")]
    NoUrl,
    /// Neither an expansion nor a complete list of codes in `compose`.
    #[error("value set {0} has no expansion, and its definition is not a plain list of codes")]
    NotExpanded(String),
}

impl ValueSetCodes {
    /// Whether a code belongs to it.
    pub fn contains(&self, code: CodeNumber) -> bool {
        let (word, bit) = (code.0 as usize / 64, code.0 % 64);
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
}

impl Terminology {
    /// No value sets.
    pub fn new() -> Terminology {
        Terminology::default()
    }

    /// A number no other state of any terminology has, so that what was read with one is
    /// never used with another.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Adds a value set of (system, code) pairs; one of the same URL and version is replaced.
    pub fn add_value_set<'c>(&mut self, url: &str, version: Option<&str>, codes: impl IntoIterator<Item = (&'c str, &'c str)>) {
        static REVISIONS: AtomicU64 = AtomicU64::new(1);
        self.revision = REVISIONS.fetch_add(1, Ordering::Relaxed);
        let mut sorted: Vec<CodeNumber> = codes.into_iter().map(|(system, code)| self.codes.intern(system, code)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let words = sorted.last().map_or(0, |last| last.0 as usize / 64 + 1);
        let mut bits = vec![0; words];
        for number in &sorted {
            bits[number.0 as usize / 64] |= 1 << (number.0 % 64);
        }
        let set = ValueSetCodes { url: url.to_owned(), version: version.map(str::to_owned), sorted, bits };
        let known = self.by_url.entry(url.to_owned()).or_default();
        let same = known.iter().find(|i| self.value_sets[**i].version.as_deref() == version);
        match same {
            Some(index) => self.value_sets[*index] = set,
            None => {
                known.push(self.value_sets.len());
                self.value_sets.push(set);
            }
        }
    }

    /// Adds a FHIR R4 ValueSet resource: its expansion, or a `compose` that lists every code.
    ///
    /// # Errors
    /// When there is no `url`, or neither of the two.
    pub fn add_fhir_value_set(&mut self, resource: json::Value<'_>) -> Result<(), ValueSetFault> {
        let text = |name: &str| resource.get(name).and_then(|v| v.as_str());
        let url = text("url").ok_or(ValueSetFault::NoUrl)?.into_owned();
        let version = text("version").map(|v| v.into_owned());
        let mut codes = Vec::new();
        if let Some(expansion) = resource.get("expansion") {
            collect_contains(expansion, &mut codes, 0);
        } else if !resource.get("compose").is_some_and(|compose| collect_compose(compose, &mut codes)) {
            return Err(ValueSetFault::NotExpanded(url));
        }
        let pairs = codes.iter().map(|(s, c)| (s.as_str(), c.as_str()));
        self.add_value_set(&url, version.as_deref(), pairs);
        Ok(())
    }

    /// The value set of a URL (`|version` may follow it) and a version; without a version the
    /// one loaded last.
    pub fn value_set(&self, url: &str, version: Option<&str>) -> Option<&ValueSetCodes> {
        let (url, pinned) = match url.split_once('|') {
            Some((url, pinned)) => (url, Some(pinned)),
            None => (url, version),
        };
        let sets = self.by_url.get(url)?;
        let latest = sets.last().map(|i| &self.value_sets[*i]);
        match pinned {
            Some(version) => sets
                .iter()
                .map(|i| &self.value_sets[*i])
                .find(|set| set.version.as_deref() == Some(version))
                // A package that pins no version serves any.
                .or_else(|| latest.filter(|set| set.version.is_none())),
            None => latest,
        }
    }

    /// The number of a code, when any value set has it.
    pub fn number(&self, system: &[u8], code: &[u8]) -> Option<CodeNumber> {
        self.codes.find(system, code)
    }

    /// The numbers a code has in all systems.
    fn numbers_of(&self, code: &[u8]) -> impl Iterator<Item = CodeNumber> {
        (0..self.codes.systems.len() as u32).filter_map(move |system| self.codes.find_in(system, code))
    }

    /// System and code of a number.
    pub fn code(&self, number: CodeNumber) -> (&str, &str) {
        self.codes.get(number)
    }

    /// How many value sets are loaded.
    pub fn len(&self) -> usize {
        self.value_sets.len()
    }

    /// Whether no value set is loaded.
    pub fn is_empty(&self) -> bool {
        self.value_sets.is_empty()
    }
}

fn collect_contains(node: json::Value<'_>, codes: &mut Vec<(String, String)>, depth: usize) {
    let Some(contains) = node.get("contains") else {
        return;
    };
    for item in contains.items() {
        let text = |name: &str| item.get(name).and_then(|v| v.as_str());
        let is_abstract = item.get("abstract").and_then(|v| v.as_bool()) == Some(true);
        if let (Some(code), false) = (text("code"), is_abstract) {
            let system = text("system").unwrap_or_default();
            codes.push((system.into_owned(), code.into_owned()));
        }
        if depth < 32 {
            collect_contains(item, codes, depth + 1);
        }
    }
}

/// Whether a definition is a plain list of codes, collected.
fn collect_compose(compose: json::Value<'_>, codes: &mut Vec<(String, String)>) -> bool {
    let Some(include) = compose.get("include") else {
        return false;
    };
    for part in include.items() {
        let (Some(system), Some(concepts)) = (part.get("system"), part.get("concept")) else {
            return false;
        };
        if part.get("filter").is_some() || part.get("valueSet").is_some() {
            return false;
        }
        let system = system.as_str().unwrap_or_default();
        for concept in concepts.items() {
            if let Some(code) = concept.get("code").and_then(|c| c.as_str()) {
                codes.push((system.clone().into_owned(), code.into_owned()));
            }
        }
    }
    compose.get("exclude").is_none()
}

/// Codes by system and code: an open-addressed table, so that a look-up allocates nothing.
#[derive(Clone, Default)]
struct CodeTable {
    systems: Vec<Text>,
    entries: Vec<(u32, Text)>,
    slots: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

fn hash(system: u32, code: &[u8]) -> usize {
    let mut state = u64::from(system).wrapping_add(0x9e37_79b9_7f4a_7c15);
    for chunk in code.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = (state ^ u64::from_le_bytes(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    }
    state as usize
}

impl CodeTable {
    fn system(&self, system: &[u8]) -> Option<u32> {
        let found = self.systems.iter().position(|s| s.as_bytes() == system)?;
        u32::try_from(found).ok()
    }

    fn find(&self, system: &[u8], code: &[u8]) -> Option<CodeNumber> {
        self.find_in(self.system(system)?, code)
    }

    fn find_in(&self, system: u32, code: &[u8]) -> Option<CodeNumber> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(system, code) & mask;
        loop {
            let number = self.slots[slot];
            if number == EMPTY {
                return None;
            }
            let (s, c) = &self.entries[number as usize];
            if *s == system && c.as_bytes() == code {
                return Some(CodeNumber(number));
            }
            slot = (slot + 1) & mask;
        }
    }

    fn intern(&mut self, system: &str, code: &str) -> CodeNumber {
        if let Some(number) = self.find(system.as_bytes(), code.as_bytes()) {
            return number;
        }
        let system = self.system(system.as_bytes()).unwrap_or_else(|| {
            self.systems.push(Text::new(system));
            self.systems.len() as u32 - 1
        });
        let number = self.entries.len() as u32;
        self.entries.push((system, Text::new(code)));
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        } else {
            self.place(number);
        }
        CodeNumber(number)
    }

    fn place(&mut self, number: u32) {
        let (system, code) = &self.entries[number as usize];
        let mask = self.slots.len() - 1;
        let mut slot = hash(*system, code.as_bytes()) & mask;
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = number;
    }

    fn grow(&mut self) {
        self.slots = vec![EMPTY; (self.slots.len() * 2).max(64)];
        for number in 0..self.entries.len() as u32 {
            self.place(number);
        }
    }

    fn get(&self, number: CodeNumber) -> (&str, &str) {
        match self.entries.get(number.0 as usize) {
            Some((system, code)) => (&self.systems[*system as usize], code),
            None => ("", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_sets_answer_by_code_number() {
        let mut terminology = Terminology::new();
        let many: Vec<String> = (0..500).map(|i| format!("c{i}")).collect();
        terminology.add_value_set("urn:a", Some("1"), many.iter().map(|c| ("s", c.as_str())));
        terminology.add_value_set("urn:b", None, [("s", "c7"), ("t", "c7")]);
        let a = terminology.value_set("urn:a", None).unwrap();
        let b = terminology.value_set("urn:b|2", None).unwrap();
        let s7 = terminology.number(b"s", b"c7").unwrap();
        let t7 = terminology.number(b"t", b"c7").unwrap();
        assert!(a.contains(s7) && b.contains(s7) && b.contains(t7) && !a.contains(t7));
        assert_eq!(terminology.number(b"s", b"c500"), None);
        assert_eq!(terminology.number(b"u", b"c7"), None);
        assert_eq!(a.numbers().len(), 500);
        assert!(terminology.value_set("urn:a", Some("2")).is_none());
        assert!(terminology.value_set("urn:c", None).is_none());
        assert_eq!(terminology.code(t7), ("t", "c7"));
    }

    #[test]
    fn fhir_value_sets_need_their_codes() {
        let mut terminology = Terminology::new();
        for (text, want) in [
            (
                r#"{"url":"u1","expansion":{"contains":[{"system":"s","code":"a","contains":[{"system":"s","code":"b"}]}]}}"#,
                Some(2),
            ),
            (r#"{"url":"u2","compose":{"include":[{"system":"s","concept":[{"code":"a"}]}]}}"#, Some(1)),
            (r#"{"url":"u3","compose":{"include":[{"system":"s"}]}}"#, None),
            (r#"{"url":"u4"}"#, None),
            (r#"{"expansion":{}}"#, None),
        ] {
            let document = json::Document::parse(text.as_bytes(), &json::Limits::default()).unwrap();
            let added = terminology.add_fhir_value_set(document.root());
            assert_eq!(added.is_ok(), want.is_some(), "{text}");
            if let Some(count) = want {
                let url = document.root().get("url").unwrap();
                let set = terminology.value_set(&url.as_str().unwrap(), None).unwrap();
                assert_eq!(set.numbers().len(), count, "{text}");
            }
        }
    }
}
