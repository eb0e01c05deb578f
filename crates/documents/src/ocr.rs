//! Recognition of images, as the crate sees it: something that gives words for a page. It is done by processes, which only the shell
//! starts (`process`, behind a feature).

use crate::assemble::{Box, Word};
use crate::fault::Code;

/// What kind of file holds the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A PDF, rendered first.
    Pdf,
    /// A TIFF of one or more pages.
    Tiff,
    /// A PNG.
    Png,
    /// A JPEG.
    Jpeg,
}

/// Recognizes pages.
pub trait Ocr: Sync {
    /// One answer for each page that is asked for (from 1), in their order.
    fn recognize(&self, source: &[u8], form: Form, pages: &[u32]) -> Vec<Result<Recognized, Code>>;

    /// How many pages a PDF has that only the renderer can open.
    ///
    /// # Errors
    /// [`Code`] when it cannot be opened there either.
    fn pages(&self, source: &[u8]) -> Result<u32, Code>;
}

/// A recognized page, in pixels from the upper left corner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recognized {
    /// Width and height.
    pub size: (u32, u32),
    /// Dots per inch it was rendered with; 0 when the image itself was read.
    pub dots: u32,
    /// Lines of words.
    pub lines: Vec<Line>,
}

/// A line of words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// The first of its paragraph.
    pub apart: bool,
    /// Its words.
    pub words: Vec<Seen>,
}

/// A word as it was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Its characters.
    pub text: String,
    /// x, y, width, height in pixels.
    pub at: [u32; 4],
    /// Confidence in per cent.
    pub quality: u8,
}

/// Recognition is off.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOcr;

impl Ocr for NoOcr {
    fn recognize(&self, _: &[u8], _: Form, pages: &[u32]) -> Vec<Result<Recognized, Code>> {
        pages.iter().map(|_| Err(Code::OcrOff)).collect()
    }

    fn pages(&self, _: &[u8]) -> Result<u32, Code> {
        Err(Code::Encrypted)
    }
}

impl Recognized {
    /// Size of the page in points; `known` where the file says it.
    #[must_use]
    pub fn points(&self, known: Option<(f64, f64)>) -> (f64, f64) {
        let (wide, tall) = (f64::from(self.size.0.max(1)), f64::from(self.size.1.max(1)));
        known.unwrap_or_else(|| match self.dots {
            // An image that does not say how large it is was a page of letter width.
            0 => (612.0, 612.0 * tall / wide),
            dots => (wide * 72.0 / f64::from(dots), tall * 72.0 / f64::from(dots)),
        })
    }

    /// Lines of words in points of a page of that size.
    #[must_use]
    pub fn words(&self, points: (f64, f64)) -> Vec<Vec<Word>> {
        let (across, down) = (points.0 / f64::from(self.size.0.max(1)), points.1 / f64::from(self.size.1.max(1)));
        let line = |line: &Line| {
            let mut end: Option<f64> = None;
            let words = line.words.iter().filter(|w| !w.text.trim().is_empty()).enumerate().map(|(i, seen)| {
                let [x, y, width, height] = seen.at.map(f64::from);
                let at = Box { x: x * across, y: y * down, width: width * across, height: height * down };
                let wide = end.is_some_and(|e| at.x - e > 1.6 * at.height);
                end = Some(at.x + at.width);
                let text = seen.text.trim().to_owned();
                // 100 is kept for text that was never an image.
                Word { text, at, quality: seen.quality.min(99), wide, apart: line.apart && i == 0, joined: false }
            });
            words.collect::<Vec<Word>>()
        };
        self.lines.iter().map(line).filter(|l| !l.is_empty()).collect()
    }
}
