#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod assemble;
pub mod ccda;
mod fault;
pub mod fhir;
mod html;
mod image;
mod kind;
mod limits;
pub mod ocr;
mod open;
mod pdf;
mod plain;
#[cfg(feature = "process")]
pub mod process;
mod rtf;
mod sniff;
mod split;
mod written;

pub use assemble::Page;
pub use ccda::Coded;
pub use fault::{Code, Fault};
pub use kind::Kind;
pub use limits::Limits;
pub use ocr::{NoOcr, Ocr};
pub use open::open;
pub use sniff::{Form, form};

use text::{OcrWord, PartialDate};

/// A document that was read.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// What kind of document, from the words of its first page.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Its pages; one without size for text that was never laid out.
    pub pages: Vec<Page>,
    /// Its words with their boxes, by place; empty for text that was never laid out. Quality 100 means a text layer, OCR gives at most 99.
    pub words: Vec<OcrWord>,
    /// When it was written, as far as the document says so.
    pub written: Option<PartialDate>,
    /// Media type of the bytes it was read from, as found in them.
    pub media_type: String,
    /// SHA-256 of those bytes, hexadecimal: of the attachment where the file was a FHIR resource.
    pub source: String,
    /// Which part of the source it is.
    pub part: Part,
    /// Coded entries of a C-CDA.
    pub coded: Vec<Coded>,
    /// What of it could not be read.
    #[serde(skip)]
    pub faults: Vec<Fault>,
}

/// Which part of its source a document is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// Of so many.
    pub of: u32,
    /// Its first page in the source, from 1.
    pub first_page: u32,
    /// Why a new document begins there; empty for the first.
    pub why: String,
}

impl std::fmt::Debug for Document {
    /// Without a word of the document.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("kind", &self.kind)
            .field("bytes", &self.text.len())
            .field("pages", &self.pages.len())
            .field("part", &self.part)
            .finish()
    }
}

impl Document {
    /// First byte of each page, as the reader of text takes it.
    #[must_use]
    pub fn page_starts(&self) -> Vec<u32> {
        self.pages.iter().map(|p| p.start).collect()
    }

    /// True when some of its text was recognized from an image.
    #[must_use]
    pub fn scanned(&self) -> bool {
        self.pages.iter().any(|p| p.scanned)
    }

    /// What the reader of text takes; its words only where some were recognized, so that the confidence reaches each fact.
    #[must_use]
    pub fn input<'a>(&'a self, page_starts: &'a [u32]) -> text::Input<'a> {
        let words = if self.scanned() { self.words.as_slice() } else { &[] };
        text::Input { text: &self.text, pages: page_starts, words, written: self.written }
    }

    /// The words under a span, for highlighting: page (from 1) and box in points.
    pub fn boxes(&self, span: text::Span) -> impl Iterator<Item = (u32, [u16; 4])> + '_ {
        let from = self.words.partition_point(|w| w.span.end <= span.start);
        self.words[from..].iter().take_while(move |w| w.span.start < span.end).map(|w| (self.page_of(w.span.start), w.at))
    }

    /// The page a byte stands on, from 1.
    #[must_use]
    pub fn page_of(&self, byte: u32) -> u32 {
        self.pages.partition_point(|p| p.start <= byte).max(1) as u32
    }

    /// The text of its first page.
    #[must_use]
    pub fn first_page(&self) -> &str {
        let end = self.pages.get(1).map_or(self.text.len(), |p| p.start as usize);
        self.text.get(..end).unwrap_or(&self.text)
    }
}
