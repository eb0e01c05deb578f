//! Bytes to text: UTF-8, UTF-16, Windows-1252, and what mixes them.

use crate::fault::Code;
use crate::pdf::WINDOWS;

/// Decodes text of any of these encodings; bytes that are no text are [`Code::Unreadable`].
///
/// A byte order mark decides; then valid UTF-8; then UTF-16 where every other byte is zero; else each byte that is not UTF-8 counts as
/// Windows-1252, which is how mixed files come about. Line ends become `\n`; the mark itself goes.
///
/// # Errors
/// [`Code::Unreadable`] when more than one character in fifty is a control character, or a zero byte is left.
pub fn decode(bytes: &[u8]) -> Result<String, Code> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => mixed(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match zeros(bytes) {
            Some(true) => utf16(bytes, u16::from_le_bytes),
            Some(false) => utf16(bytes, u16::from_be_bytes),
            None => mixed(bytes),
        },
    };
    let (mut controls, mut all) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        controls += usize::from(c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}') || c == '\u{fffd}');
    }
    if text.contains('\0') || controls * 50 > all {
        return Err(Code::Unreadable);
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

/// Little-endian (true) or big-endian UTF-16 of mostly Latin text, by where its zeros stand.
fn zeros(bytes: &[u8]) -> Option<bool> {
    let sample = &bytes[..bytes.len().min(4096)];
    if sample.len() < 4 {
        return None;
    }
    let count = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (count(0), count(1), sample.len() / 2);
    match () {
        () if odd * 10 > half * 6 && even * 10 < half => Some(true),
        () if even * 10 > half * 6 && odd * 10 < half => Some(false),
        () => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    char::decode_utf16(bytes.chunks_exact(2).map(|p| unit([p[0], p[1]]))).map(|c| c.unwrap_or('\u{fffd}')).collect()
}

fn mixed(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|b| windows(*b)));
    }
    out
}

/// A byte of Windows-1252.
#[must_use]
pub fn windows(byte: u8) -> char {
    match byte {
        128..=159 => WINDOWS[usize::from(byte) - 128],
        _ => byte as char,
    }
}
