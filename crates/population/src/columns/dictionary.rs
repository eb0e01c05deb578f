//! Every different content of an element once, numbered from 1; 0 is absence.

/// Different byte strings and their numbers.
#[derive(Default)]
pub(super) struct Dictionary {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Open addressing: 0 is free. Given back when nothing more is added.
    slots: Vec<u32>,
}

fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = (state ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    state = (state ^ u64::from_le_bytes(last)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^ (state >> 29)
}

impl Dictionary {
    /// How many different contents there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The content of a number.
    pub(super) fn get(&self, number: u32) -> &[u8] {
        let Some(index) = (number as usize).checked_sub(1) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }

    pub(super) fn intern(&mut self, bytes: &[u8]) -> u32 {
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(bytes) as usize & mask;
        loop {
            let number = self.slots[slot];
            if number == 0 {
                break;
            }
            if self.get(number) == bytes {
                return number;
            }
            slot = (slot + 1) & mask;
        }
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        let number = self.ends.len() as u32;
        self.slots[slot] = number;
        number
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(64)];
        let mask = self.slots.len() - 1;
        for number in 1..=self.ends.len() as u32 {
            let mut slot = hash(self.get(number)) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number;
        }
    }

    /// Gives back what is only needed to add.
    pub(super) fn finish(&mut self) {
        self.slots = Vec::new();
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8 + self.slots.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_one_number() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..1000).map(|i| format!("{:width$}", i * 7, width = i % 20)).collect();
        let numbers: Vec<u32> = texts.iter().map(|t| dictionary.intern(t.as_bytes())).collect();
        assert_eq!(dictionary.intern(b""), 1001);
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(dictionary.get(*number), text.as_bytes());
            assert_eq!(dictionary.intern(text.as_bytes()), *number);
        }
        assert_eq!(dictionary.len(), 1001);
        assert_eq!(dictionary.get(0), b"");
    }
}
