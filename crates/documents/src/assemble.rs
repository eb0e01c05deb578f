//! Words with their boxes become one text with the place of each word in it.

use text::{OcrWord, Span};

/// A box in points from the upper left corner of the page.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Box {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Box {
    /// The box around both.
    #[must_use]
    pub fn join(self, other: Box) -> Box {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let below = (self.y + self.height).max(other.y + other.height);
        Box { x, y, width: right - x, height: below - y }
    }

    fn points(self) -> [u16; 4] {
        // A cast of a float keeps within the bounds of the integer.
        [self.x.round() as u16, self.y.round() as u16, self.width.round().max(1.0) as u16, self.height.round().max(1.0) as u16]
    }
}

/// A word on its way into the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// Where it stands.
    pub at: Box,
    /// Confidence in per cent; 100 for text that was never an image.
    pub quality: u8,
    /// A column begins with it.
    pub wide: bool,
    /// A paragraph begins with it.
    pub apart: bool,
    /// It touches the word before it.
    pub joined: bool,
}

/// A page of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Page {
    /// First byte of the page in the text.
    pub start: u32,
    /// Width in points as displayed; 0 when nothing was ever laid out.
    pub width: u16,
    /// Height in points.
    pub height: u16,
    /// Mean confidence of its words in per cent; 100 for text that was never an image, 0 for a page that could not be read.
    pub quality: u8,
    /// Its text was recognized from an image.
    pub scanned: bool,
}

/// Text under construction.
#[derive(Debug, Default)]
pub struct Assembly {
    /// The text so far.
    pub text: String,
    /// Pages so far.
    pub pages: Vec<Page>,
    /// Words so far.
    pub words: Vec<OcrWord>,
}

impl Assembly {
    /// Adds a page with its lines.
    pub fn page(&mut self, size: (f64, f64), scanned: bool, lines: &[Vec<Word>]) {
        if !self.pages.is_empty() {
            self.text.push('\n');
        }
        let count: u32 = lines.iter().flatten().map(|w| w.text.len() as u32).sum();
        let weighed: u32 = lines.iter().flatten().map(|w| w.text.len() as u32 * u32::from(w.quality)).sum();
        let quality = weighed.checked_div(count).unwrap_or(if scanned { 0 } else { 100 }) as u8;
        self.pages.push(Page {
            start: self.text.len() as u32,
            width: size.0.round() as u16,
            height: size.1.round() as u16,
            quality,
            scanned,
        });
        for line in lines {
            for (i, word) in line.iter().enumerate() {
                if i == 0 && word.apart {
                    self.text.push('\n');
                }
                if i > 0 && !word.joined {
                    self.text.push_str(if word.wide { "   " } else { " " });
                }
                self.word(word);
            }
            if !line.is_empty() {
                self.text.push('\n');
            }
        }
    }

    fn word(&mut self, word: &Word) {
        let start = self.text.len();
        // A control character in a word would be taken for layout.
        self.text.extend(word.text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        let span = Span::new(start, self.text.len());
        self.words.push(OcrWord { span, quality: word.quality, at: word.at.points() });
    }
}
