//! The text level: scanning and decoding strings, the number grammar.

use std::borrow::Cow;

use crate::fault::FaultCode;

/// Where a string ends and whether it has escapes.
pub(crate) struct Scanned {
    /// Offset of the closing quote.
    pub end: usize,
    pub escaped: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A word whose lowest set bit stands in the first of eight bytes that is a quote, a backslash or a control
/// character; zero when there is none. Bytes of 0x80 and above never count: they belong to multi-byte
/// characters. (Bits above the lowest may be wrong, since a borrow runs upwards.)
#[inline(always)]
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_slash = slash.wrapping_sub(ONES) & !slash;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero_quote | zero_slash | control) & HIGHS
}

/// The offset of the first quote, backslash or control character from `start` on; the length when there is none.
#[inline]
pub(crate) fn scan_plain(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = special(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
        at += 1;
    }
    at
}

/// The offset of the first byte from `at` on that is no white space.
#[inline(always)]
pub(crate) fn space(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at).is_some_and(|byte| *byte > b' ') { at } else { long_space(bytes, at) }
}

fn long_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        // Indentation is spaces, eight at a time.
        while bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) == Some(b"        ") {
            at += 8;
        }
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// Scans a string whose opening quote stands before `start`.
pub(crate) fn scan_string(bytes: &[u8], start: usize) -> Result<Scanned, (FaultCode, usize)> {
    let mut at = start;
    let mut escaped = false;
    loop {
        at = scan_plain(bytes, at);
        match bytes.get(at) {
            None => return Err((FaultCode::UnexpectedEnd, bytes.len())),
            Some(b'"') => return Ok(Scanned { end: at, escaped }),
            Some(b'\\') => {
                escaped = true;
                at = scan_escape(bytes, at)?;
            }
            Some(_) => return Err((FaultCode::ControlCharacter, at)),
        }
    }
}

/// Checks the escape at `at` (a backslash) and returns the offset after it.
fn scan_escape(bytes: &[u8], at: usize) -> Result<usize, (FaultCode, usize)> {
    match bytes.get(at + 1) {
        None => Err((FaultCode::UnexpectedEnd, bytes.len())),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match hex4(bytes, at + 2)? {
            0xD800..=0xDBFF => {
                if bytes.len() <= at + 7 {
                    return Err((FaultCode::UnexpectedEnd, bytes.len()));
                }
                if bytes.get(at + 6..at + 8) != Some(b"\\u") {
                    return Err((FaultCode::LoneSurrogate, at));
                }
                match hex4(bytes, at + 8)? {
                    0xDC00..=0xDFFF => Ok(at + 12),
                    _ => Err((FaultCode::LoneSurrogate, at)),
                }
            }
            0xDC00..=0xDFFF => Err((FaultCode::LoneSurrogate, at)),
            _ => Ok(at + 6),
        },
        Some(_) => Err((FaultCode::BadEscape, at)),
    }
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, (FaultCode, usize)> {
    let mut code = 0u32;
    for offset in at..at + 4 {
        let digit = match bytes.get(offset) {
            None => return Err((FaultCode::UnexpectedEnd, bytes.len())),
            Some(byte) => (*byte as char).to_digit(16),
        };
        code = code * 16 + digit.ok_or((FaultCode::BadEscape, offset))?;
    }
    Ok(code)
}

/// Decodes the inside of a string that [`scan_string`] accepted.
pub(crate) fn decode(raw: &[u8], escaped: bool) -> Cow<'_, str> {
    // The whole input was checked as UTF-8 and quotes are ASCII, so a span is always valid.
    let text = std::str::from_utf8(raw).unwrap_or_default();
    if !escaped {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('\\') {
        out.push_str(&rest[..position]);
        let tail = &rest[position + 1..];
        let (character, used) = decode_escape(tail.as_bytes());
        out.push(character);
        rest = tail.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of an escape (after its backslash) and how many bytes it took.
fn decode_escape(tail: &[u8]) -> (char, usize) {
    let simple = match tail.first() {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let high = hex4(tail, 1).unwrap_or_default();
            if !(0xD800..=0xDBFF).contains(&high) {
                return (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 5);
            }
            let low = hex4(tail, 7).unwrap_or_default();
            let code = 0x1_0000 + ((high - 0xD800) << 10) + low.saturating_sub(0xDC00);
            return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
        }
        Some(other) => *other as char,
        None => char::REPLACEMENT_CHARACTER,
    };
    (simple, 1)
}

/// Scans a number from `start` and returns the offset after it.
pub(crate) fn scan_number(bytes: &[u8], start: usize) -> Result<usize, (FaultCode, usize)> {
    let mut at = start;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    match bytes.get(at) {
        Some(b'0') => at += 1,
        Some(b'1'..=b'9') => at = digits(bytes, at, start)?,
        None => return Err((FaultCode::UnexpectedEnd, bytes.len())),
        Some(_) => return Err((FaultCode::BadNumber, at)),
    }
    if bytes.get(at).is_some_and(u8::is_ascii_digit) {
        return Err((FaultCode::BadNumber, at));
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1, start)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(bytes, at, start)?;
    }
    Ok(at)
}

/// One or more digits; refuses early when the number began too long ago.
fn digits(bytes: &[u8], from: usize, start: usize) -> Result<usize, (FaultCode, usize)> {
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
        if at - start > crate::limits::NUMBER_BYTES_MAX {
            return Err((FaultCode::NumberTooLong, start));
        }
    }
    if at > from {
        return Ok(at);
    }
    match bytes.get(at) {
        None => Err((FaultCode::UnexpectedEnd, bytes.len())),
        Some(_) => Err((FaultCode::BadNumber, at)),
    }
}

/// True when the whole text is one JSON number (RFC 8259 section 6).
///
/// ```
/// assert!(json::is_number("-1.50e3"));
/// assert!(!json::is_number("01") && !json::is_number("1.") && !json::is_number("+1"));
/// ```
pub fn is_number(text: &str) -> bool {
    matches!(scan_number(text.as_bytes(), 0), Ok(end) if end == text.len())
}

/// Appends a string with its quotes. Escapes what RFC 8785 escapes and nothing else.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0..=0x1f => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        out.push(b'\\');
        if short == 0 {
            out.extend_from_slice(format!("u{byte:04x}").as_bytes());
        } else {
            out.push(short);
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}
