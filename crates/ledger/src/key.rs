//! Keys of signed notes: the signer's secret and the verifier's public text (C2SP signed-note, Ed25519, algorithm 0x01).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Signature type byte of plain Ed25519 signatures.
const ED25519: u8 = 0x01;
/// Longest key name taken.
const MAX_NAME: usize = 255;
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Empty, over 255 bytes, or with a space, a plus sign or a control character.
    #[error("a key name has 1 to 255 bytes and no space, plus sign or control character")]
    Name,
    /// Not `name+hash+base64` (with `PRIVATE+KEY+` before it for a secret key).
    #[error("a key is written as name+hash+base64")]
    Format,
    /// Another algorithm than Ed25519.
    #[error("the key is not an Ed25519 key (type 1)")]
    Algorithm,
    /// The hash in the text is not the hash of name and key.
    #[error("the hash in the key text does not fit its name and key")]
    Hash,
    /// The bytes are no point of the curve, or one that would accept many messages.
    #[error("the public key is not a usable point of the curve")]
    Point,
}

/// Key names may not contain what the note format uses as separators.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && !text.chars().any(|c| c == '+' || c.is_whitespace() || c.is_control())
}

/// `SHA-256(name || 0x0A || type || public key)[..4]` as a number.
fn key_id(name: &str, public: &[u8; 32]) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([b'\n', ED25519]);
    hasher.update(public);
    let digest: [u8; 32] = hasher.finalize().into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Takes `name+hash+base64` apart; the base64 may hold plus signs, a name cannot.
fn split(text: &str) -> Result<(&str, u32, Zeroizing<Vec<u8>>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Format);
    };
    if !is_name(name) {
        return Err(KeyError::Name);
    }
    if hash.len() != 8 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(KeyError::Format);
    }
    let hash = u32::from_str_radix(hash, 16).map_err(|_| KeyError::Format)?;
    if key.len() > 64 {
        return Err(KeyError::Format);
    }
    let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| KeyError::Format)?);
    Ok((name, hash, bytes))
}

/// The 32 bytes after the algorithm byte.
fn ed25519_bytes(bytes: &[u8]) -> Result<[u8; 32], KeyError> {
    match bytes.split_first() {
        Some((&ED25519, key)) => key.try_into().map_err(|_| KeyError::Format),
        Some(_) => Err(KeyError::Algorithm),
        None => Err(KeyError::Format),
    }
}

/// A log's public key, under the log's name. Its text is what partners are given once, out of band; everything a receipt
/// proves rests on having the right one.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl Verifier {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        // A key of small order would accept signatures nobody made.
        if key.is_weak() {
            return Err(KeyError::Point);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, key.as_bytes()), key })
    }

    /// Name of the key, which is the origin of the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short identifier that signature lines carry.
    #[must_use]
    pub const fn key_id(&self) -> u32 {
        self.id
    }

    /// Whether this is a signature of the text by this key (RFC 8032, with malleable and small-order forms refused).
    pub(crate) fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ED25519; 33];
        bytes[1..].copy_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    /// Reads `name+hash+base64`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, hash, bytes) = split(text)?;
        let key = VerifyingKey::from_bytes(&ed25519_bytes(&bytes)?).map_err(|_| KeyError::Point)?;
        let verifier = Self::new(name, key)?;
        if verifier.id == hash { Ok(verifier) } else { Err(KeyError::Hash) }
    }
}

/// A log's signing key. The secret is wiped from memory when dropped and never printed.
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

impl Signer {
    /// A key under a log's name from 32 secret random bytes.
    ///
    /// # Errors
    /// When the name is not fit for a key.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        Ok(Self { verifier: Verifier::new(name, key.verifying_key())?, key })
    }

    /// Reads `PRIVATE+KEY+name+hash+base64`, the form Go's note package keeps keys in.
    ///
    /// # Errors
    /// When the text is not such a key.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let (name, hash, bytes) = split(text.strip_prefix(SECRET_PREFIX).ok_or(KeyError::Format)?)?;
        let seed = Zeroizing::new(ed25519_bytes(&bytes)?);
        let signer = Self::from_seed(name, &seed)?;
        if signer.verifier.id == hash { Ok(signer) } else { Err(KeyError::Hash) }
    }

    /// The secret key as text, to be kept where only the server reads it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([ED25519; 33]);
        bytes[1..].copy_from_slice(self.key.as_bytes());
        let encoded = Zeroizing::new(STANDARD.encode(*bytes));
        Zeroizing::new(format!("{SECRET_PREFIX}{}+{:08x}+{}", self.verifier.name, self.verifier.id, *encoded))
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Name of the key, which is the origin of the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.verifier.name
    }

    /// The Ed25519 signature of a text.
    pub(crate) fn sign(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("verifier", &self.verifier).field("key", &"[secret]").finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published test key of Tessera's example log: facts made by another implementation.
    const PUBLIC: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    const SECRET: &str = "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

    #[test]
    fn key_texts_of_another_implementation_read_and_write_back() {
        let signer = Signer::from_text(SECRET).unwrap();
        assert_eq!(signer.verifier().to_string(), PUBLIC);
        assert_eq!(*signer.to_text(), SECRET);
        assert_eq!(PUBLIC.parse(), Ok(signer.verifier().clone()));
        assert_eq!(signer.verifier().key_id(), 0x33d7_b496);
        let shown = format!("{signer:?}");
        assert!(shown.contains("[secret]") && !shown.contains("eymY/SZ"), "{shown}");
    }

    #[test]
    fn bad_keys_are_named() {
        let cases = [
            ("", KeyError::Format),
            ("example.com/log", KeyError::Format),
            ("+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", KeyError::Name),
            ("a b+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", KeyError::Name),
            ("other+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", KeyError::Hash),
            ("x+33D7B496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", KeyError::Format),
            ("x+33d7b496+AuHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx", KeyError::Algorithm),
            ("x+33d7b496+AeHTu4Q3", KeyError::Format),
            ("x+33d7b496+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", KeyError::Point),
        ];
        for (text, why) in cases {
            assert_eq!(text.parse::<Verifier>(), Err(why), "{text}");
        }
        assert_eq!(Signer::from_text(PUBLIC).err(), Some(KeyError::Format));
        assert_eq!(Signer::from_seed("a+b", &[1; 32]).err(), Some(KeyError::Name));
    }
}
