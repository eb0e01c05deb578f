//! Receipts: what a partner keeps to show, offline and for ever, that an event was in the log (C2SP tlog-proof).

use crate::Hash;
use crate::checkpoint::{CheckpointError, SignedCheckpoint, canonical_number};
use crate::key::{KeyError, Verifier};
use crate::leaf::{Leaf, LeafClass, Salt};
use crate::note::{MAX_NOTE, NoteError};
use crate::prove::InclusionProof;
use crate::verify::ProofError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use std::sync::Arc;

const HEADER: &str = "c2sp.org/tlog-proof@v1\n";
/// First byte of the extra data; a change of its layout changes this byte.
const EXTRA_VERSION: u8 = 1;
/// No tree that a 64-bit size can describe has a longer inclusion proof.
const MAX_PATH: usize = 64;
/// Longest receipt read, in bytes.
pub const MAX_RECEIPT: usize = MAX_NOTE + 8 * 1024;

/// Why a text is not a receipt, or parts do not make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Over [`MAX_RECEIPT`] bytes.
    #[error("the receipt is larger than is read")]
    TooLarge,
    /// The first line names another format or version.
    #[error("the first line of a receipt is c2sp.org/tlog-proof@v1")]
    Header,
    /// The extra line is absent or not base64.
    #[error("the second line of a receipt is its extra data")]
    Extra,
    /// The extra data are of a version this program does not know.
    #[error("the extra data have the unknown version {0}")]
    ExtraVersion(u8),
    /// The extra data name no known class.
    #[error("the extra data name no known class")]
    Class,
    /// The index line is absent or not canonical.
    #[error("the third line of a receipt is the index of the leaf")]
    Index,
    /// A proof line is not a hash, or there are too many.
    #[error("line {0} of the proof is not a hash, or one too many")]
    Hash(usize),
    /// No empty line before the checkpoint.
    #[error("the receipt has no checkpoint")]
    NoCheckpoint,
    /// The proof was made for another tree size than the checkpoint's.
    #[error("proof and checkpoint are of different tree sizes")]
    OtherSize,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The receipt cannot be read.
    #[error("the receipt cannot be read: {0}")]
    Receipt(#[from] ReceiptError),
    /// The verifier key cannot be read.
    #[error("the verifier key cannot be read: {0}")]
    Key(#[from] KeyError),
    /// The key that came with the receipt is not the one the reader trusts.
    #[error("the receipt names another key than the trusted one")]
    UntrustedKey,
    /// The log with this key did not sign the checkpoint.
    #[error("the checkpoint does not hold: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The event is not at that place of the signed tree: the event, the salt, the class, the index or the proof differs.
    #[error("the event is not what the log holds at that place: {0}")]
    Proof(#[from] ProofError),
}

impl VerifyError {
    /// A stable name for scripts and tables.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Receipt(_) => "receipt-unreadable",
            Self::Key(_) => "key-unreadable",
            Self::UntrustedKey => "key-not-trusted",
            Self::Checkpoint(CheckpointError::Note(NoteError::BadSignature)) => "signature-invalid",
            Self::Checkpoint(CheckpointError::Note(NoteError::UnknownKey)) => "key-not-the-logs",
            Self::Checkpoint(CheckpointError::OtherOrigin) => "origin-mismatch",
            Self::Checkpoint(_) => "checkpoint-unreadable",
            Self::Proof(ProofError::RootMismatch) => "event-not-in-log",
            Self::Proof(_) => "proof-malformed",
        }
    }
}

/// What a receipt that holds has shown: the log `origin` had, among its first `size` leaves, at `index`, a commitment to
/// exactly this event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Place of the leaf in the log, counted from 0.
    pub index: u64,
    /// Leaves in the tree that was signed.
    pub size: u64,
    /// Root of the tree that was signed.
    pub root: Hash,
    /// Name of the log.
    pub origin: String,
    /// Class of the event, as the leaf states it.
    pub class: LeafClass,
}

/// A receipt.
///
/// Its text is a C2SP tlog-proof; the extra data are one version byte (1), the 32 bytes of the salt, and the
/// class name in ASCII.
///
/// The text holds no health information. It does hold the salt, which lets its holder test guesses about the event, so it
/// goes only where the event may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    class: LeafClass,
    salt: Salt,
    index: u64,
    path: Vec<Hash>,
    checkpoint: Arc<str>,
}

impl Receipt {
    /// Puts a receipt together. Salt and class are those the leaf was made with.
    ///
    /// # Errors
    /// When proof and checkpoint are of different tree sizes.
    pub fn new(class: LeafClass, salt: Salt, proof: InclusionProof, checkpoint: &SignedCheckpoint) -> Result<Self, ReceiptError> {
        if proof.size != checkpoint.checkpoint().size {
            return Err(ReceiptError::OtherSize);
        }
        Ok(Self { class, salt, index: proof.index, path: proof.path, checkpoint: checkpoint.shared_text() })
    }

    /// Index of the leaf the receipt speaks of (believed only after [`Receipt::verify`]).
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Class of the event (believed only after [`Receipt::verify`]).
    #[must_use]
    pub const fn class(&self) -> LeafClass {
        self.class
    }

    /// The C2SP tlog-proof text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut extra = vec![EXTRA_VERSION];
        extra.extend(self.salt.expose());
        extra.extend(self.class.name().bytes());
        let mut text = String::with_capacity(160 + 45 * self.path.len() + self.checkpoint.len());
        text.push_str(HEADER);
        text.push_str("extra ");
        STANDARD.encode_string(&extra, &mut text);
        // Writing to a String cannot fail.
        let _ = write!(text, "\nindex {}\n", self.index);
        for hash in &self.path {
            hash.push_base64(&mut text);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a tlog-proof text. Checks form only; [`Receipt::verify`] checks truth.
    ///
    /// # Errors
    /// Names the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        if text.len() > MAX_RECEIPT {
            return Err(ReceiptError::TooLarge);
        }
        let body = text.strip_prefix(HEADER).ok_or(ReceiptError::Header)?;
        let (proof, checkpoint) = body.split_once("\n\n").ok_or(ReceiptError::NoCheckpoint)?;
        let mut lines = proof.split('\n');
        let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).ok_or(ReceiptError::Extra)?;
        let (salt, class) = read_extra(extra)?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(ReceiptError::Index)?;
        let index = canonical_number(index).ok_or(ReceiptError::Index)?;
        let mut path = Vec::new();
        for (place, line) in lines.enumerate() {
            let hash = line.parse().map_err(|_| ReceiptError::Hash(place + 1))?;
            if place >= MAX_PATH {
                return Err(ReceiptError::Hash(place + 1));
            }
            path.push(hash);
        }
        Ok(Self { class, salt, index, path, checkpoint: checkpoint.into() })
    }

    /// Checks, without network or clock, that the log with this key held a commitment to exactly these event bytes.
    ///
    /// # Errors
    /// Says what does not hold.
    pub fn verify(&self, event: &[u8], verifier: &Verifier) -> Result<Verified, VerifyError> {
        let signed = SignedCheckpoint::open(&self.checkpoint, verifier)?;
        let head = signed.checkpoint().head();
        let leaf = Leaf::commit(self.class, &self.salt, event);
        let proof = InclusionProof { index: self.index, size: head.size, path: self.path.clone() };
        proof.verify(&leaf.hash(), &head.root)?;
        Ok(Verified {
            index: self.index,
            size: head.size,
            root: head.root,
            origin: signed.checkpoint().origin.clone(),
            class: self.class,
        })
    }
}

fn read_extra(text: &str) -> Result<(Salt, LeafClass), ReceiptError> {
    // Version, salt and the longest class name stay far below this.
    if text.len() > 128 {
        return Err(ReceiptError::Extra);
    }
    let bytes = zeroize::Zeroizing::new(STANDARD.decode(text).map_err(|_| ReceiptError::Extra)?);
    let (&version, rest) = bytes.split_first().ok_or(ReceiptError::Extra)?;
    if version != EXTRA_VERSION {
        return Err(ReceiptError::ExtraVersion(version));
    }
    let (salt, class) = rest.split_first_chunk().ok_or(ReceiptError::Extra)?;
    let class = std::str::from_utf8(class).ok().and_then(|name| name.parse().ok()).ok_or(ReceiptError::Class)?;
    Ok((Salt::new(*salt), class))
}

/// Checks a receipt from its parts as texts: the event's exact bytes, the tlog-proof, and the verifier key that the log's
/// owner published.
///
/// # Errors
/// Says what cannot be read or does not hold.
pub fn verify_parts(event: &[u8], proof: &str, key: &str) -> Result<Verified, VerifyError> {
    let verifier: Verifier = key.parse()?;
    Receipt::parse(proof)?.verify(event, &verifier)
}
