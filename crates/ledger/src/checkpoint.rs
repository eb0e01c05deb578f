//! Checkpoints: the signed head of a log (C2SP tlog-checkpoint).

use crate::Hash;
use crate::key::{Signer, Verifier, is_name};
use crate::note::{self, Note, NoteError};
use crate::tree::TreeHead;
use std::fmt::Write as _;
use std::sync::Arc;

/// Why a checkpoint cannot be made, read or trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The origin has a space, a plus sign or a control character, is empty, or is over 255 bytes.
    #[error("an origin has 1 to 255 bytes and no space, plus sign or control character")]
    Origin,
    /// The key belongs to another log.
    #[error("the origin of the checkpoint is not the name of the key")]
    OtherOrigin,
    /// The note around it does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Fewer than three lines.
    #[error("a checkpoint has an origin, a size and a root")]
    Lines,
    /// The second line is not a decimal number without leading zeros.
    #[error("the second line of a checkpoint is the tree size")]
    Size,
    /// The third line is not the base64 of 32 bytes.
    #[error("the third line of a checkpoint is the root hash")]
    Root,
    /// An extension line is empty.
    #[error("an extension line of a checkpoint is empty")]
    Extension,
}

/// The head of a log at one moment, not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log; equal to the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash over them.
    pub root: Hash,
    /// Further lines; this log writes none, because monitors cannot check them.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint of a tree head.
    ///
    /// # Errors
    /// When the origin is not fit to name a key.
    pub fn new(origin: &str, head: TreeHead) -> Result<Self, CheckpointError> {
        if !is_name(origin) {
            return Err(CheckpointError::Origin);
        }
        Ok(Self { origin: origin.to_owned(), size: head.size, root: head.root, extensions: Vec::new() })
    }

    /// Size and root.
    #[must_use]
    pub const fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root }
    }

    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.origin.len() + 68);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}\n{}\n{}", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// Names the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Lines);
        };
        if !is_name(origin) {
            return Err(CheckpointError::Origin);
        }
        let size = canonical_number(size).ok_or(CheckpointError::Size)?;
        let root = root.parse().map_err(|_| CheckpointError::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Extension);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs it with the log's key. The log must never sign two checkpoints of which neither tree begins with the other:
    /// the store ensures it by signing only heads of its one tree.
    ///
    /// # Errors
    /// When the key's name is not the origin.
    pub fn sign(self, signer: &Signer) -> Result<SignedCheckpoint, CheckpointError> {
        if signer.name() != self.origin {
            return Err(CheckpointError::OtherOrigin);
        }
        if self.extensions.iter().any(|line| line.is_empty() || line.chars().any(char::is_control)) {
            return Err(CheckpointError::Extension);
        }
        let text = note::sign(&self.to_text(), signer).into();
        Ok(SignedCheckpoint { checkpoint: self, text })
    }
}

/// Decimal digits without leading zeros, as checkpoints and proofs write numbers.
pub(crate) fn canonical_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// A checkpoint whose signature was made or checked here. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    text: Arc<str>,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint and checks that the log with this key signed it.
    ///
    /// # Errors
    /// Says what does not hold: note, signature, origin or a line.
    pub fn open(text: &str, verifier: &Verifier) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse(Note::parse(text)?.verify(verifier)?)?;
        if checkpoint.origin != verifier.name() {
            return Err(CheckpointError::OtherOrigin);
        }
        Ok(Self { checkpoint, text: text.into() })
    }

    /// What is signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The whole note, as `<prefix>/checkpoint` serves it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "example.org/um/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

    #[test]
    fn text_reads_and_writes_back() {
        for text in [TEXT.to_owned(), format!("{TEXT}one\ntwo\n")] {
            assert_eq!(Checkpoint::parse(&text).unwrap().to_text(), text);
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        let cases = [
            (TEXT.trim_end().to_owned(), CheckpointError::Lines),
            ("a\n1\n".to_owned(), CheckpointError::Lines),
            (TEXT.replace("\n0\n", "\n00\n"), CheckpointError::Size),
            (TEXT.replace("\n0\n", "\n+1\n"), CheckpointError::Size),
            (TEXT.replace("\n0\n", "\n\n"), CheckpointError::Size),
            (TEXT.replace("\n0\n", "\n18446744073709551616\n"), CheckpointError::Size),
            (TEXT.replace('=', ""), CheckpointError::Root),
            (TEXT.replace("example", "exa mple"), CheckpointError::Origin),
            (format!("{TEXT}\n"), CheckpointError::Extension),
        ];
        for (text, why) in cases {
            assert_eq!(Checkpoint::parse(&text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn a_key_signs_and_opens_only_its_own_log() {
        let signer = Signer::from_seed("example.org/um/other", &[3; 32]).unwrap();
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.sign(&signer), Err(CheckpointError::OtherOrigin));
        let forged = note::sign(TEXT, &signer);
        assert_eq!(SignedCheckpoint::open(&forged, signer.verifier()), Err(CheckpointError::OtherOrigin));
    }
}
