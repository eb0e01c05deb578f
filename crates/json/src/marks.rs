//! Where the quotes and backslashes stand, found 64 bytes at a time before the parse.
//!
//! The end of a string is then a look-up in a bit map. Looking for it byte by byte would cost a mispredicted
//! branch for nearly every string, which is most of the time a parse takes.

use crate::text;

/// One bit a byte of the input.
#[derive(Default)]
pub(crate) struct Marks {
    /// Quotes that no backslash escapes.
    quotes: Vec<u64>,
    /// Backslashes; empty when the input has none.
    slashes: Vec<u64>,
    /// Some byte is not ASCII.
    pub wide: bool,
    /// A control character stands where the quotes say a string is.
    control: bool,
}

/// What one block of 64 bytes holds.
struct Block {
    quotes: u64,
    /// What makes it need a closer look.
    odd: u8,
}

/// It holds a backslash.
const SLASH: u8 = 1;
/// It holds a control character, or white space other than blanks.
const CONTROL: u8 = 2;
/// It holds something that is not ASCII.
const WIDE: u8 = 4;

#[inline(always)]
fn look(block: &[u8; 64]) -> Block {
    let mut odd = 0u8;
    for byte in block {
        odd |= if *byte == b'\\' { SLASH } else { 0 };
        odd |= if *byte < 0x20 { CONTROL } else { 0 };
        odd |= if *byte >= 0x80 { WIDE } else { 0 };
    }
    Block { quotes: mask(block, |byte| byte == b'"'), odd }
}

/// A bit for each byte that passes a test.
#[inline(always)]
fn mask(block: &[u8; 64], test: impl Fn(u8) -> bool) -> u64 {
    let mut bits = [0u8; 64];
    for (at, (bit, byte)) in bits.iter_mut().zip(block).enumerate() {
        *bit = if test(*byte) { 1 << (at & 7) } else { 0 };
    }
    let mut out = 0;
    for (at, eight) in bits.as_chunks::<8>().0.iter().enumerate() {
        // The bits differ from byte to byte, so the product's top byte is their sum without carries.
        out |= (u64::from_le_bytes(*eight).wrapping_mul(0x0101_0101_0101_0101) >> 56) << (at * 8);
    }
    out
}

/// Bit `i` of the result: the parity of the bits up to `i`.
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

impl Marks {
    /// Looks at the whole input once.
    pub(crate) fn of(bytes: &[u8]) -> Marks {
        let count = bytes.len() / 64 + 2;
        let mut marks = Marks { quotes: Vec::with_capacity(count), ..Marks::default() };
        let (blocks, rest) = bytes.as_chunks::<64>();
        let (mut inside, mut escape) = (false, false);
        for block in blocks {
            marks.add(block, &mut inside, &mut escape);
        }
        let mut last = [b' '; 64];
        last[..rest.len()].copy_from_slice(rest);
        marks.add(&last, &mut inside, &mut escape);
        // One word more, so that every word has one behind it.
        marks.quotes.push(0);
        marks
    }

    /// `inside`: a string is open where the block begins; `escape`: its first byte is escaped.
    #[inline(always)]
    fn add(&mut self, block: &[u8; 64], inside: &mut bool, escape: &mut bool) {
        let seen = look(block);
        let mut quotes = seen.quotes;
        if seen.odd != 0 || *escape {
            self.odd(block, seen.odd, &mut quotes, *inside, escape);
        }
        *inside ^= quotes.count_ones() & 1 == 1;
        self.quotes.push(quotes);
    }

    fn odd(&mut self, block: &[u8; 64], odd: u8, quotes: &mut u64, inside: bool, escape: &mut bool) {
        self.wide |= odd & WIDE != 0;
        if odd & SLASH != 0 || *escape {
            let slashes = mask(block, |byte| byte == b'\\');
            self.slashes.resize(self.quotes.len(), 0);
            self.slashes.push(slashes);
            *quotes &= !escaped(slashes, escape);
        }
        if odd & CONTROL != 0 {
            let strings = parity(*quotes) ^ if inside { u64::MAX } else { 0 };
            self.control |= mask(block, |byte| byte < 0x20) & strings != 0;
        }
    }

    /// Whether strings can be looked up; otherwise there is a fault in one, and each must be scanned.
    pub(crate) fn usable(&self) -> bool {
        !self.control
    }

    /// The offset of the quote that ends a string without escapes whose text begins at `start`.
    /// `None`: there are escapes, or no end, or this input must be scanned.
    #[inline(always)]
    pub(crate) fn end(&self, start: usize) -> Option<usize> {
        let (word, shift) = (start / 64, start % 64);
        let window = self.quotes.get(word..word + 2)?;
        // The 64 bytes from `start` on, put together from two words: most strings end within them, which
        // leaves one branch that is nearly always taken.
        let bits = window[0] >> shift | (window[1] << 1) << (63 - shift);
        let end = if bits != 0 { start + bits.trailing_zeros() as usize } else { self.far_end(word + 1)? };
        if !self.slashes.is_empty() && self.has_slash(start, end) {
            return None;
        }
        Some(end)
    }

    /// The first quote from a word on.
    #[inline(never)]
    fn far_end(&self, word: usize) -> Option<usize> {
        let (at, bits) = self.quotes.get(word..)?.iter().enumerate().find(|(_, bits)| **bits != 0)?;
        Some((word + at) * 64 + bits.trailing_zeros() as usize)
    }

    fn has_slash(&self, start: usize, end: usize) -> bool {
        let (first, last) = (start / 64, end / 64);
        let Some(words) = self.slashes.get(first..(last + 1).min(self.slashes.len())) else {
            return false;
        };
        words.iter().enumerate().any(|(at, bits)| {
            let word = first + at;
            let from = if word == first { u64::MAX << (start % 64) } else { u64::MAX };
            let until = if word == last { !(u64::MAX << (end % 64)) } else { u64::MAX };
            bits & from & until != 0
        })
    }

    /// The end of a string however it is written; `None` for a fault.
    pub(crate) fn string_end(&self, bytes: &[u8], start: usize) -> Option<usize> {
        match self.end(start) {
            Some(end) => Some(end),
            None => text::scan_string(bytes, start).ok().map(|scanned| scanned.end),
        }
    }
}

/// The bytes of a block that an odd number of backslashes stands before.
fn escaped(slashes: u64, escape: &mut bool) -> u64 {
    let mut out = 0;
    let mut next = *escape;
    // Blocks with backslashes are few; bit by bit from one backslash to the next.
    let mut at = 0;
    while at < 64 {
        if next {
            out |= 1 << at;
            next = false;
            at += 1;
            continue;
        }
        let rest = slashes >> at;
        if rest == 0 {
            break;
        }
        at += rest.trailing_zeros() as usize + 1;
        next = true;
    }
    *escape = next;
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn ends(bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut escape = false;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escape => escape = false,
                b'\\' => escape = true,
                b'"' => found.push(at),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn quotes_are_found_wherever_blocks_end() {
        for pad in 0..130 {
            for middle in ["\"a\"", "\"\\\"\"", "\"\\\\\"", "\"\\\\\\\"\\\\\"", "\"é\\n\"", "\"\""] {
                let text = format!("[{},{middle},{middle}, \"{}\"]", " ".repeat(pad), "x".repeat(pad));
                let marks = Marks::of(text.as_bytes());
                let found: Vec<usize> = (0..text.len()).filter(|at| marks.quotes[at / 64] >> (at % 64) & 1 == 1).collect();
                assert_eq!(found, ends(text.as_bytes()), "{text}");
                assert_eq!(marks.wide, middle.contains('é'));
                assert!(marks.usable());
                for pair in found.chunks(2) {
                    let plain = !text[pair[0]..pair[1]].contains('\\');
                    assert_eq!(marks.end(pair[0] + 1), plain.then_some(pair[1]), "{text}");
                    assert_eq!(marks.string_end(text.as_bytes(), pair[0] + 1), Some(pair[1]), "{text}");
                }
                let broken = text.replace('a', "\t");
                assert_eq!(Marks::of(broken.as_bytes()).usable(), broken == text);
                assert!(Marks::of(text.replace(", ", ",\n").as_bytes()).usable());
            }
        }
    }
}
