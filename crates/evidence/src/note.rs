//! A document as text, with what the request says around it.

use base::{Hash, Phi};
use serde::{Deserialize, Serialize};
use text::{OcrWord, PartialDate, Span};

/// A document that was opened: its text and where the text stands on its pages. It is kept beside the case, so that a replay never
/// opens the file again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// SHA-256 of the document's bytes.
    pub document: Hash,
    /// Which of several documents within these bytes, from 0.
    pub part: u32,
    /// Media type as sent.
    pub media_type: String,
    /// What kind of document it is, in a word; empty when nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// When it was written, as the document itself says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<PartialDate>,
    /// It was an image that was read by a machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scanned: bool,
    /// Quality of the reading in per cent; 100 for text that was never an image.
    pub quality: u8,
    /// First byte of each page; empty for one page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<u32>,
    /// Width and height of each page in points; empty for text that was never laid out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<[u16; 2]>,
    /// Words with their boxes; empty for text that was never laid out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<OcrWord>,
    /// The text.
    pub text: Phi<String>,
}

/// Kept bytes that are not an opened document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an opened document of this version; open the document again")]
pub struct NotKept;

/// Media type under which an opened document is kept.
pub const OPENED: &str = "application/vnd.avedis.opened+json";
/// Media type under which the FHIR Bundle made of texts is kept.
pub const DERIVED: &str = "application/vnd.avedis.derived+json";

impl Opened {
    /// A text that came as text.
    #[must_use]
    pub fn plain(document: Hash, media_type: &str, text: String) -> Self {
        Self {
            document,
            part: 0,
            media_type: media_type.to_owned(),
            kind: String::new(),
            written: None,
            scanned: false,
            quality: 100,
            pages: Vec::new(),
            sizes: Vec::new(),
            words: Vec::new(),
            text: Phi::new(text),
        }
    }

    /// The bytes to keep; the same document gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// From kept bytes.
    ///
    /// # Errors
    /// [`NotKept`] when they are something else, or a place in them does not stand on a character of the text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotKept> {
        let opened: Self = serde_json::from_slice(bytes).map_err(|_| NotKept)?;
        let text = opened.text.expose();
        let on_text = |span: &Span| text.get(span.range()).is_some();
        let sound = opened.words.iter().all(|word| on_text(&word.span))
            && opened.pages.iter().all(|page| text.is_char_boundary(*page as usize));
        if sound { Ok(opened) } else { Err(NotKept) }
    }
}

/// An opened document with what the request says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The document.
    pub opened: Opened,
    /// Who wrote it, as a reference of the record; none when neither the request nor a signature says so.
    pub author: Option<String>,
    /// When it was written, as the request says.
    pub dated: Option<PartialDate>,
}

impl Note {
    /// The day it was written: what the document says counts before what the request says of it.
    #[must_use]
    pub fn written(&self) -> Option<PartialDate> {
        self.opened.written.or(self.dated)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.opened.text.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_and_read_back() {
        let mut opened = Opened::plain(Hash::of(b"x"), "text/plain", "SpO₂ 86 %".to_owned());
        assert_eq!(Opened::from_bytes(&opened.to_bytes()), Ok(opened.clone()));
        assert!(!format!("{opened:?}").contains("86"));
        // A page that begins inside a character is no page of this text.
        opened.pages = vec![0, 4];
        assert_eq!(Opened::from_bytes(&opened.to_bytes()), Err(NotKept));
        assert_eq!(Opened::from_bytes(b"{}"), Err(NotKept));
    }
}
