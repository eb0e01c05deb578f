//! Merkle hashing of RFC 6962 section 2.1 (unchanged in RFC 9162 section 2.1.1): SHA-256 with a prefix byte that keeps
//! leaves (0x00) and inner nodes (0x01) apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 digest in the tree. Prints as standard base64, as checkpoints and proofs carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Bytes in a digest.
    pub const LEN: usize = 32;

    /// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4,
        0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The hash of an entry: `SHA-256(0x00 || entry)`.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(entry);
        Self(hasher.finalize().into())
    }

    /// The hash of an inner node: `SHA-256(0x01 || left || right)`.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut input = [1; 1 + 2 * Self::LEN];
        input[1..=Self::LEN].copy_from_slice(&left.0);
        input[1 + Self::LEN..].copy_from_slice(&right.0);
        Self(Sha256::digest(input).into())
    }

    /// Appends the 44 characters of base64 to `out` without an allocation of its own.
    pub(crate) fn push_base64(&self, out: &mut String) {
        STANDARD.encode_string(self.0, out);
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not the base64 of exactly 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the base64 of 32 bytes")]
pub struct BadHash;

impl FromStr for Hash {
    type Err = BadHash;

    /// Reads canonical, padded base64 only: two texts never stand for one hash.
    fn from_str(text: &str) -> Result<Self, BadHash> {
        // 44 characters hold 32 bytes; a longer text is refused before it is decoded.
        if text.len() != 44 {
            return Err(BadHash);
        }
        let bytes = STANDARD.decode(text).map_err(|_| BadHash)?;
        <[u8; 32]>::try_from(bytes).map(Self).map_err(|_| BadHash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_root_is_the_digest_of_nothing() {
        assert_eq!(Hash::EMPTY_ROOT, Hash(Sha256::digest([]).into()));
        assert_eq!(Hash::EMPTY_ROOT.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn base64_is_read_only_in_its_canonical_form() {
        let text = Hash::EMPTY_ROOT.to_string();
        assert_eq!(text.parse(), Ok(Hash::EMPTY_ROOT));
        for bad in [
            "",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            " 7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ] {
            assert_eq!(bad.parse::<Hash>(), Err(BadHash), "{bad:?}");
        }
    }
}
