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

/// What each byte is: 1 a character of the alphabet, 2 padding, 4 white space, 8 anything else.
const CLASS: [u8; 256] = {
    let mut class = [8u8; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < alphabet.len() {
        class[alphabet[at] as usize] = 1;
        at += 1;
    }
    class[b'=' as usize] = 2;
    class[b' ' as usize] = 4;
    class[b'\t' as usize] = 4;
    class[b'\n' as usize] = 4;
    class[b'\r' as usize] = 4;
    class
};

/// True when the text is base64.
pub fn is_base64(text: &[u8]) -> bool {
    // Padding stands only at the end, among white space.
    let body_end = text.iter().rposition(|byte| CLASS[usize::from(*byte)] & 6 == 0).map_or(0, |last| last + 1);
    let (body, tail) = text.split_at(body_end);
    let (mut kinds, mut spaces) = (0u8, 0usize);
    for byte in body {
        let class = CLASS[usize::from(*byte)];
        kinds |= class;
        spaces += usize::from(class == 4);
    }
    let padding = tail.iter().filter(|byte| **byte == b'=').count();
    kinds & 10 == 0 && padding <= 2 && (body.len() - spaces + padding).is_multiple_of(4)
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
