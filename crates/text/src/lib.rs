#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod assertion;
pub mod criterion;
pub mod cue;
pub mod detail;
pub mod entity;
pub mod fact;
pub mod fuzzy;
pub mod layout;
pub mod lexicon;
pub mod medication;
pub mod qualifier;
pub mod quantity;
pub mod rank;
pub mod read;
pub mod scan;
pub mod score;
pub mod short;
pub mod span;
pub mod therapy;
pub mod time;
pub mod tokens;

pub use detail::PartialDate;
pub use fact::{Axes, Axis, Coding, Cue, Fact, Kind, Section};
pub use lexicon::Lexicon;
pub use read::read;
pub use span::Span;

use serde::{Deserialize, Serialize};

/// What is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    /// The text. Offsets of everything that comes out are bytes of it.
    pub text: &'a str,
    /// First byte of each page, ascending, the first 0; empty for one page.
    pub pages: &'a [u32],
    /// Words with the OCR's confidence, ascending by span; empty for text that was never an image.
    pub words: &'a [OcrWord],
    /// When it was written, where that is known from outside the text; relative times count from it.
    pub written: Option<PartialDate>,
}

/// A word as the OCR saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcrWord {
    /// Where it stands in the text.
    pub span: Span,
    /// Confidence in per cent.
    pub quality: u8,
    /// Its box on the page in points from the upper left corner: x, y, width, height.
    pub at: [u16; 4],
}

/// What reading gives. The same input, lexicon and version of this crate give the same bytes when serialised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Facts by place.
    pub facts: Vec<Fact>,
    /// Sentences by place; they do not overlap.
    pub sentences: Vec<Sentence>,
    /// Headings by place.
    pub headings: Vec<Heading>,
    /// SHA-256 of the lexicon, hexadecimal.
    pub lexicon: String,
}

/// A sentence, bullet or line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Where.
    pub span: Span,
    /// The section it stands in.
    pub section: Section,
}

/// A heading of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The words of the heading.
    pub span: Span,
    /// Which section it opens.
    pub section: Section,
}
