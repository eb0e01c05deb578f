//! Signed notes: a text and the signature lines under it (C2SP signed-note).

use crate::key::{Signer, Verifier, is_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest note read, in bytes: room for 16 post-quantum signatures of nearly 5 kB and more.
pub const MAX_NOTE: usize = 128 * 1024;
/// Most signature lines read; C2SP asks for at least 16.
const MAX_SIGNATURES: usize = 64;

/// Why a note cannot be read or trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Over [`MAX_NOTE`] bytes or 64 signatures.
    #[error("the note is larger than is read")]
    TooLarge,
    /// A control character other than the newline.
    #[error("the note has a control character")]
    Control,
    /// No text, no empty line, or no signature under it.
    #[error("a note is a text, an empty line and signature lines")]
    Format,
    /// A line under the text is not a signature line.
    #[error("signature line {0} is malformed")]
    SignatureLine(usize),
    /// None of the signatures is by the key asked about.
    #[error("the note is not signed by the expected key")]
    UnknownKey,
    /// A signature that names the key asked about is not its signature of this text.
    #[error("the signature does not fit the text")]
    BadSignature,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine<'a> {
    name: &'a str,
    id: u32,
    signature: Vec<u8>,
}

/// A note that was read. Its text means nothing until [`Note::verify`] succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    text: &'a str,
    signatures: Vec<SignatureLine<'a>>,
}

impl<'a> Note<'a> {
    /// Takes a note apart without checking any signature.
    ///
    /// # Errors
    /// Says which rule of the format does not hold.
    pub fn parse(note: &'a str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooLarge);
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Control);
        }
        let gap = note.rfind("\n\n").ok_or(NoteError::Format)?;
        let (text, lines) = (&note[..=gap], &note[gap + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Format)?;
        let mut signatures = Vec::new();
        for (place, line) in lines.split('\n').enumerate() {
            if place >= MAX_SIGNATURES {
                return Err(NoteError::TooLarge);
            }
            signatures.push(signature_line(line).ok_or(NoteError::SignatureLine(place + 1))?);
        }
        Ok(Self { text, signatures })
    }

    /// The signed text, if this key signed it. Signatures by other keys are ignored, as C2SP asks.
    ///
    /// # Errors
    /// [`NoteError::UnknownKey`] when the key did not sign, [`NoteError::BadSignature`] when a line in its name is wrong.
    pub fn verify(&self, verifier: &Verifier) -> Result<&'a str, NoteError> {
        let mut signed = false;
        for line in &self.signatures {
            if line.name == verifier.name() && line.id == verifier.key_id() {
                if !verifier.accepts(self.text, &line.signature) {
                    return Err(NoteError::BadSignature);
                }
                signed = true;
            }
        }
        if signed { Ok(self.text) } else { Err(NoteError::UnknownKey) }
    }
}

fn signature_line(line: &str) -> Option<SignatureLine<'_>> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    if !is_name(name) {
        return None;
    }
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    if signature.is_empty() {
        return None;
    }
    Some(SignatureLine { name, id: u32::from_be_bytes(*id), signature: signature.to_vec() })
}

/// A text with this key's signature under it. `text` must end in a newline and hold no other control character; the only
/// caller is the checkpoint, whose parts were checked.
pub(crate) fn sign(text: &str, signer: &Signer) -> String {
    let mut signature = [0; 4 + 64];
    signature[..4].copy_from_slice(&signer.verifier().key_id().to_be_bytes());
    signature[4..].copy_from_slice(&signer.sign(text));
    let mut note = String::with_capacity(text.len() + signer.name().len() + 104);
    note.push_str(text);
    note.push_str("\n— ");
    note.push_str(signer.name());
    note.push(' ');
    STANDARD.encode_string(signature, &mut note);
    note.push('\n');
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::from_seed("example.org/um/test", &[3; 32]).unwrap()
    }

    #[test]
    fn signed_text_verifies_and_foreign_signatures_are_ignored() {
        let signer = signer();
        let text = "first\n\nthird\n";
        let note = sign(text, &signer);
        let other = Signer::from_seed("example.org/witness", &[4; 32]).unwrap();
        assert_eq!(Note::parse(&note).unwrap().verify(signer.verifier()), Ok(text));
        assert_eq!(Note::parse(&note).unwrap().verify(other.verifier()), Err(NoteError::UnknownKey));
        let line = sign(text, &other);
        let both = format!("{note}{}", &line[line.find('—').unwrap()..]);
        assert_eq!(Note::parse(&both).unwrap().verify(signer.verifier()), Ok(text));
        assert_eq!(Note::parse(&both).unwrap().verify(other.verifier()), Ok(text));
    }

    #[test]
    fn same_name_under_another_key_is_unknown() {
        let note = sign("text\n", &signer());
        let impostor = Signer::from_seed("example.org/um/test", &[4; 32]).unwrap();
        assert_eq!(Note::parse(&note).unwrap().verify(impostor.verifier()), Err(NoteError::UnknownKey));
    }

    #[test]
    fn malformed_notes_are_named() {
        let note = sign("text\n", &signer());
        let cases = [
            (String::new(), NoteError::Format),
            ("text\n".to_owned(), NoteError::Format),
            ("text\n\n".to_owned(), NoteError::Format),
            (note.trim_end().to_owned(), NoteError::Format),
            (note.replace("— ", "- "), NoteError::SignatureLine(1)),
            (note.replace("text", "te\rxt"), NoteError::Control),
            (format!("{note}— x AAAA\n"), NoteError::SignatureLine(2)),
            (format!("{note}— x+y AAAAAAA=\n"), NoteError::SignatureLine(2)),
            ("x".repeat(MAX_NOTE + 1), NoteError::TooLarge),
            (format!("t\n\n{}", "— x AAAAAAA=\n".repeat(MAX_SIGNATURES + 1)), NoteError::TooLarge),
        ];
        for (text, why) in cases {
            assert_eq!(Note::parse(&text).err(), Some(why), "{:.60}", text);
        }
        let changed = note.replace("text", "text!");
        assert_eq!(Note::parse(&changed).unwrap().verify(signer().verifier()), Err(NoteError::BadSignature));
    }
}
