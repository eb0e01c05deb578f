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

/// Non-zero when one of eight bytes is a quote, a backslash or a control character.
/// Bytes of 0x80 and above never count: they belong to multi-byte characters.
fn has_special(word: u64) -> bool {
    let quote = word ^ (ONES * u64::from(b'"'));
    let slash = word ^ (ONES * u64::from(b'\\'));
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_slash = slash.wrapping_sub(ONES) & !slash;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero_quote | zero_slash | control) & HIGHS != 0
}

/// Scans a string whose opening quote stands before `start`.
pub(crate) fn scan_string(bytes: &[u8], start: usize) -> Result<Scanned, (FaultCode, usize)> {
    let mut at = start;
    let mut escaped = false;
    loop {
        while let Some(chunk) = bytes.get(at..at + 8).and_then(|c| <[u8; 8]>::try_from(c).ok()) {
            if has_special(u64::from_le_bytes(chunk)) {
                break;
            }
            at += 8;
        }
        loop {
            match bytes.get(at) {
                None => return Err((FaultCode::UnexpectedEnd, bytes.len())),
                Some(b'"') => return Ok(Scanned { end: at, escaped }),
                Some(b'\\') => {
                    escaped = true;
                    at = scan_escape(bytes, at)?;
                    break;
                }
                Some(0..=0x1f) => return Err((FaultCode::ControlCharacter, at)),
                Some(_) => at += 1,
            }
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
