//! Decimal points that recognition passed over. `8.4` read as `84` is the one error that no threshold of confidence catches (tesseract
//! gives it 91 per cent), and its trace is plain to see in the image: a small spot on the baseline between two figures.

use crate::ocr::{Recognized, Seen};

/// A gray image (portable gray map, binary) as pdftoppm gives it.
struct Gray<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

/// Confidence of a number whose point was put back: what it says is likely, and somebody should look.
const RESTORED: u8 = 75;
/// Confidence of a number with a spot whose place among the figures is not clear.
const UNCLEAR: u8 = 40;

/// Puts points back into numbers of two to six figures.
pub fn restore(page: &mut Recognized, image: &[u8]) {
    let Some(gray) = Gray::read(image) else { return };
    for word in page.lines.iter_mut().flat_map(|l| &mut l.words) {
        let figures = (2..=6).contains(&word.text.len()) && word.text.bytes().all(|b| b.is_ascii_digit());
        if figures {
            restore_one(word, &gray);
        }
    }
}

fn restore_one(word: &mut Seen, gray: &Gray<'_>) {
    let runs = gray.runs(word.at);
    let spots: Vec<usize> = (0..runs.len()).filter(|i| *i > 0 && i + 1 < runs.len() && runs[*i].spot).collect();
    let [spot] = spots[..] else { return };
    if runs.len() == word.text.len() + 1 {
        word.text.insert(spot, '.');
        word.quality = word.quality.min(RESTORED);
    } else {
        word.quality = word.quality.min(UNCLEAR);
    }
}

/// Columns with ink, side by side.
struct Run {
    /// Small and low.
    spot: bool,
}

impl<'a> Gray<'a> {
    fn read(bytes: &'a [u8]) -> Option<Gray<'a>> {
        let mut at = 0;
        let mut word = || {
            let from = at + bytes.get(at..)?.iter().position(|b| !b.is_ascii_whitespace())?;
            let end = from + bytes[from..].iter().position(u8::is_ascii_whitespace)?;
            at = end + 1;
            std::str::from_utf8(&bytes[from..end]).ok()
        };
        let head = (word()?, word()?.parse().ok()?, word()?.parse().ok()?, word()?);
        let ("P5", width, height, "255") = head else { return None };
        let pixels = bytes.get(at..)?;
        (pixels.len() >= usize::checked_mul(width, height)?).then_some(Gray { width, height, pixels })
    }

    fn ink(&self, x: usize, y: usize) -> bool {
        self.pixels.get(y * self.width + x).is_some_and(|p| *p < 128)
    }

    /// The runs of columns with ink in a box.
    fn runs(&self, [x, y, width, height]: [u32; 4]) -> Vec<Run> {
        let (left, top) = (x as usize, y as usize);
        let (right, below) = ((left + width as usize).min(self.width), (top + height as usize).min(self.height));
        let tall = below.saturating_sub(top).max(1);
        let mut runs = Vec::new();
        let mut open: Option<(usize, usize, usize)> = None;
        for column in left..=right {
            let inked = || (top..below).filter(|row| column < right && self.ink(column, *row));
            match (inked().next(), inked().next_back(), &mut open) {
                (Some(high), Some(low), None) => open = Some((column, high, low)),
                (Some(high), Some(low), Some(run)) => (run.1, run.2) = (run.1.min(high), run.2.max(low)),
                _ => {
                    if let Some((from, high, low)) = open.take() {
                        let (wide, deep) = (column - from, low - high + 1);
                        let small = wide * 10 < tall * 4 && deep * 10 < tall * 4;
                        runs.push(Run { spot: small && (high - top) * 10 > tall * 6 });
                    }
                }
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Line;

    /// Draws rows of `#` as an image and reads its only word.
    fn check(rows: [&str; 10], text: &str, expected: &str, quality: u8) {
        let width = rows[0].len();
        let mut image = format!("P5\n{width} 10\n255\n").into_bytes();
        image.extend(rows.iter().flat_map(|r| r.bytes().map(|b| if b == b'#' { 0 } else { 255 })));
        let word = Seen { text: text.to_owned(), at: [0, 0, width as u32, 10], quality: 91 };
        let mut page = Recognized { lines: vec![Line { apart: false, words: vec![word] }], ..Recognized::default() };
        restore(&mut page, &image);
        let word = &page.lines[0].words[0];
        assert_eq!((word.text.as_str(), word.quality), (expected, quality));
    }

    const UP: &str = "####...####";
    const DOWN: &str = "####.#.####";

    #[test]
    fn a_spot_between_figures_is_a_point() {
        check([UP, UP, UP, UP, UP, UP, UP, UP, DOWN, DOWN], "84", "8.4", RESTORED);
        check([UP; 10], "84", "84", 91);
        check([UP, UP, UP, UP, UP, UP, UP, UP, DOWN, DOWN], "841", "841", UNCLEAR);
        check([UP, UP, UP, UP, UP, UP, UP, UP, DOWN, DOWN], "8A", "8A", 91);
        // A small stroke at half height is a hyphen, no point.
        check([UP, UP, UP, UP, DOWN, UP, UP, UP, UP, UP], "84", "84", 91);
    }

    #[test]
    fn no_image_changes_nothing() {
        let mut page = Recognized::default();
        for bytes in [&b""[..], b"P5", b"P5 9 9 255 ", b"P5 99999999999 99999999999 255 x", b"P6 1 1 255 xxx"] {
            restore(&mut page, bytes);
        }
        assert_eq!(page, Recognized::default());
    }
}
