//! Codes by system and code: an open-addressed table, so that a look-up allocates nothing.

use super::CodeNumber;
use crate::value::Text;
use std::borrow::Cow;

#[derive(Clone, Default)]
pub(super) struct CodeTable {
    systems: Vec<System>,
    entries: Vec<(u32, Text)>,
    /// The hash of a code above its number, so that one with another hash is passed over without being looked at.
    slots: Vec<u64>,
    /// The system asked for last: neighbours in a value set share it.
    last: u32,
}

#[derive(Clone)]
struct System {
    url: Text,
    /// Codes that differ in case only are one code (`CodeSystem.caseSensitive` is false).
    folded: bool,
}

const EMPTY: u64 = u64::MAX;

fn hash(system: u32, code: &[u8]) -> u32 {
    let mut state = u64::from(system).wrapping_add(0x9e37_79b9_7f4a_7c15);
    for chunk in code.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = (state ^ u64::from_le_bytes(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    }
    state as u32
}

/// The hash in a slot.
const fn hash_of(slot: u64) -> u32 {
    (slot >> 32) as u32
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
        self.look_up(hash(system, &code), system, &code, folded)
    }

    fn look_up(&self, wanted: u32, system: u32, code: &[u8], folded: bool) -> Option<CodeNumber> {
        let mask = self.slots.len() - 1;
        let mut at = wanted as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if hash_of(slot) == wanted {
                let number = slot as u32;
                let (s, c) = &self.entries[number as usize];
                if *s == system && (c.as_bytes() == code || folded && *fold(c.as_bytes()) == *code) {
                    return Some(CodeNumber(number));
                }
            }
            at = (at + 1) & mask;
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
        self.reserve(1);
        let folded = self.is_folded(system);
        let key = if folded { fold(code.as_bytes()) } else { Cow::Borrowed(code.as_bytes()) };
        let hash = hash(system, &key);
        if let Some(number) = self.look_up(hash, system, &key, folded) {
            return number;
        }
        let number = self.entries.len() as u32;
        self.entries.push((system, Text::new(code)));
        self.place(hash, number);
        CodeNumber(number)
    }

    /// Makes room for so many more codes.
    pub(super) fn reserve(&mut self, more: usize) {
        let wanted = (self.entries.len() + more) * 2;
        if wanted > self.slots.len() {
            let old = std::mem::replace(&mut self.slots, vec![EMPTY; wanted.next_power_of_two().max(64)]);
            old.into_iter().filter(|slot| *slot != EMPTY).for_each(|slot| self.place(hash_of(slot), slot as u32));
        }
    }

    /// From now on the codes of a system are compared without case. True when codes that had numbers of
    /// their own fell together: [`CodeTable::kept`] then says which number stands for each.
    pub(super) fn fold(&mut self, url: &str) -> bool {
        let system = self.system_of(url);
        if self.is_folded(system) {
            return false;
        }
        self.systems[system as usize].folded = true;
        self.refill();
        (0..self.entries.len() as u32).any(|n| self.entries[n as usize].0 == system && self.kept(CodeNumber(n)).0 != n)
    }

    /// The number that stands for a code and all that are the same.
    pub(super) fn kept(&self, number: CodeNumber) -> CodeNumber {
        let Some((system, code)) = self.entries.get(number.0 as usize) else { return number };
        self.find_in(*system, code.as_bytes()).unwrap_or(number)
    }

    fn place(&mut self, hash: u32, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = u64::from(hash) << 32 | u64::from(number);
    }

    /// Places every code anew, by the hash it has now.
    fn refill(&mut self) {
        self.slots.fill(EMPTY);
        for number in 0..self.entries.len() {
            let (system, code) = &self.entries[number];
            let code = if self.is_folded(*system) { fold(code.as_bytes()) } else { Cow::Borrowed(code.as_bytes()) };
            let hash = hash(*system, &code);
            self.place(hash, number as u32);
        }
    }

    pub(super) fn get(&self, number: CodeNumber) -> (&str, &str) {
        match self.entries.get(number.0 as usize) {
            Some((system, code)) => (&self.systems[*system as usize].url, code),
            None => ("", ""),
        }
    }
}
