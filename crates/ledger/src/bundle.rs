//! Entry bundles: the entries of one level-0 tile, each with a two-byte big-endian length before it (C2SP tlog-tiles,
//! section "Log entries").

use crate::tile::TILE_WIDTH;

/// Why entries cannot be bundled or a bundle cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than its length field can say.
    #[error("entry {0} of the bundle is longer than 65535 bytes")]
    TooLong(usize),
    /// More than 256 entries.
    #[error("a bundle holds at most 256 entries")]
    TooMany,
    /// The bytes end within an entry.
    #[error("the bundle ends within entry {0}")]
    Truncated(usize),
}

/// Entries, in order, as one bundle.
///
/// # Errors
/// When an entry is over 65,535 bytes or there are over 256 entries.
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, BundleError> {
    let mut out = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        if place >= usize::from(TILE_WIDTH) {
            return Err(BundleError::TooMany);
        }
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(place))?;
        out.extend(length.to_be_bytes());
        out.extend(entry);
    }
    Ok(out)
}

/// The entries of a bundle.
///
/// # Errors
/// When the bytes end within an entry or hold over 256 entries.
pub fn decode_bundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let place = entries.len();
        if place >= usize::from(TILE_WIDTH) {
            return Err(BundleError::TooMany);
        }
        let (length, rest) = bytes.split_first_chunk().ok_or(BundleError::Truncated(place))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(BundleError::Truncated(place))?;
        entries.push(entry);
        bytes = rest;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_limits() {
        let long = vec![9; 65_535];
        let entries: Vec<&[u8]> = vec![b"", b"one", &long];
        let bytes = encode_bundle(entries.iter().copied()).unwrap();
        assert_eq!(&bytes[..7], b"\0\0\0\x03one");
        assert_eq!(decode_bundle(&bytes).unwrap(), entries);
        assert_eq!(decode_bundle(&bytes[..4]), Err(BundleError::Truncated(1)));
        assert_eq!(decode_bundle(&bytes[..3]), Err(BundleError::Truncated(1)));
        assert_eq!(encode_bundle([[0; 65_536].as_slice()]), Err(BundleError::TooLong(0)));
        assert_eq!(encode_bundle(vec![b"x".as_slice(); 257]), Err(BundleError::TooMany));
        assert_eq!(decode_bundle(&vec![0; 514]), Err(BundleError::TooMany));
        assert_eq!(decode_bundle(&vec![0; 512]).map(|e| e.len()), Ok(256));
    }
}
