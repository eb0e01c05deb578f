//! base64Binary: the standard alphabet with padding; white space is allowed (R4 2.24.0.1).

use super::Error;

/// The value of a character of the alphabet.
fn value(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// True when the text is base64.
pub fn is_base64(text: &[u8]) -> bool {
    let (mut characters, mut padding) = (0usize, 0usize);
    for byte in text {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b'=' => padding += 1,
            _ if padding > 0 || value(*byte).is_none() => return false,
            _ => characters += 1,
        }
    }
    padding <= 2 && (characters + padding) % 4 == 0
}

/// Decodes base64 up to a limit of decoded bytes.
///
/// # Errors
/// [`Error::Base64`] when it is not base64, [`Error::TooLong`] before anything over the limit is allocated.
///
/// ```
/// assert_eq!(fhir::base64_decode("aGVs\nbG8=", 100).unwrap(), b"hello");
/// assert!(fhir::base64_decode("aGVsbG8=", 4).is_err());
/// ```
pub fn base64_decode(text: &str, limit: usize) -> Result<Vec<u8>, Error> {
    if text.len() / 4 * 3 > limit.saturating_mul(2).saturating_add(64) {
        // Even if half of it were white space it would not fit.
        return Err(Error::TooLong { limit });
    }
    if !is_base64(text.as_bytes()) {
        return Err(Error::Base64);
    }
    let mut out = Vec::with_capacity((text.len() / 4 * 3 + 3).min(limit));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes().filter_map(value) {
        bits = (bits << 6) | byte;
        held += 6;
        if held >= 8 {
            held -= 8;
            if out.len() == limit {
                return Err(Error::TooLong { limit });
            }
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Ok(out)
}
