//! Codes by system and code: an open-addressed table, so that a look-up allocates nothing.

use super::CodeNumber;
use crate::value::Text;
use std::borrow::Cow;

#[derive(Clone, Default)]
pub(super) struct CodeTable {
    systems: Vec<System>,
    entries: Vec<(u32, Text)>,
    slots: Vec<u32>,
    /// The system asked for last: neighbours in a value set share it.
    last: u32,
}

#[derive(Clone)]
struct System {
    url: Text,
    /// Codes that differ in case only are one code (`CodeSystem.caseSensitive` is false).
    folded: bool,
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

/// A code without regard to case.
fn fold(code: &[u8]) -> Cow<'_, [u8]> {
    if code.is_ascii() && !code.iter().any(u8::is_ascii_uppercase) {
        return Cow::Borrowed(code);
    }
    match std::str::from_utf8(code) {
        Ok(text) => Cow::Owned(text.to_lowercase().into_bytes()),
        Err(_) => Cow::Borrowed(code),
    }
}

impl CodeTable {
    fn system(&self, url: &[u8]) -> Option<u32> {
        if self.systems.get(self.last as usize).is_some_and(|s| s.url.as_bytes() == url) {
            return Some(self.last);
        }
        let found = self.systems.iter().position(|s| s.url.as_bytes() == url)?;
        u32::try_from(found).ok()
    }

    pub(super) fn find(&self, system: &[u8], code: &[u8]) -> Option<CodeNumber> {
        self.find_in(self.system(system)?, code)
    }

    /// The numbers a code has in all systems.
    pub(super) fn numbers_of(&self, code: &[u8]) -> impl Iterator<Item = CodeNumber> {
        (0..self.systems.len() as u32).filter_map(move |system| self.find_in(system, code))
    }

    /// The number of a code of a system that [`CodeTable::system_of`] gave.
    pub(super) fn find_in(&self, system: u32, code: &[u8]) -> Option<CodeNumber> {
        if self.slots.is_empty() {
            return None;
        }
        let folded = self.is_folded(system);
        let code = if folded { fold(code) } else { Cow::Borrowed(code) };
        let mask = self.slots.len() - 1;
        let mut slot = hash(system, &code) & mask;
        loop {
            let number = self.slots[slot];
            if number == EMPTY {
                return None;
            }
            let (s, c) = &self.entries[number as usize];
            if *s == system && (c.as_bytes() == &*code || folded && fold(c.as_bytes()) == code) {
                return Some(CodeNumber(number));
            }
            slot = (slot + 1) & mask;
        }
    }

    fn is_folded(&self, system: u32) -> bool {
        self.systems.get(system as usize).is_some_and(|s| s.folded)
    }

    /// The number of a system, new if it was not there.
    pub(super) fn system_of(&mut self, url: &str) -> u32 {
        self.last = self.system(url.as_bytes()).unwrap_or_else(|| {
            self.systems.push(System { url: Text::new(url), folded: false });
            self.systems.len() as u32 - 1
        });
        self.last
    }

    pub(super) fn intern(&mut self, system: &str, code: &str) -> CodeNumber {
        let system = self.system_of(system);
        self.intern_in(system, code)
    }

    /// As [`CodeTable::intern`], in a system that [`CodeTable::system_of`] gave.
    pub(super) fn intern_in(&mut self, system: u32, code: &str) -> CodeNumber {
        if let Some(number) = self.find_in(system, code.as_bytes()) {
            return number;
        }
        let number = self.entries.len() as u32;
        self.entries.push((system, Text::new(code)));
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        } else {
            self.place(number);
        }
        CodeNumber(number)
    }

    /// From now on the codes of a system are compared without case. True when codes that had numbers of
    /// their own fell together: [`CodeTable::kept`] then says which number stands for each.
    pub(super) fn fold(&mut self, url: &str) -> bool {
        let system = self.system_of(url);
        if self.is_folded(system) {
            return false;
        }
        self.systems[system as usize].folded = true;
        let size = self.slots.len();
        self.refill(size);
        (0..self.entries.len() as u32).any(|n| self.entries[n as usize].0 == system && self.kept(CodeNumber(n)).0 != n)
    }

    /// The number that stands for a code and all that are the same.
    pub(super) fn kept(&self, number: CodeNumber) -> CodeNumber {
        let Some((system, code)) = self.entries.get(number.0 as usize) else { return number };
        self.find_in(*system, code.as_bytes()).unwrap_or(number)
    }

    fn place(&mut self, number: u32) {
        let (system, code) = &self.entries[number as usize];
        let code = if self.is_folded(*system) { fold(code.as_bytes()) } else { Cow::Borrowed(code.as_bytes()) };
        let mask = self.slots.len() - 1;
        let mut slot = hash(*system, &code) & mask;
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = number;
    }

    fn grow(&mut self) {
        self.refill((self.slots.len() * 2).max(64));
    }

    fn refill(&mut self, size: usize) {
        self.slots = vec![EMPTY; size];
        if size > 0 {
            (0..self.entries.len() as u32).for_each(|number| self.place(number));
        }
    }

    pub(super) fn get(&self, number: CodeNumber) -> (&str, &str) {
        match self.entries.get(number.0 as usize) {
            Some((system, code)) => (&self.systems[*system as usize].url, code),
            None => ("", ""),
        }
    }
}
