//! Images: how many pages, how large, and a PDF around them.

pub mod tiff;
pub mod wrap;

use crate::fault::Code;
use crate::sniff::Form;

/// A PDF around an image; none when a PDF cannot hold it as it is coded.
///
/// # Errors
/// [`Code`] when it is no image, or one of impossible size.
pub fn pdf(bytes: &[u8], form: Form, most_pages: u32) -> Result<Option<Vec<u8>>, Code> {
    Ok(match form {
        Form::Tiff => wrap::tiff(bytes, most_pages)?,
        Form::Png => wrap::png(bytes),
        Form::Jpeg => wrap::jpeg(bytes),
        _ => None,
    })
}

/// The size in points of each page.
///
/// # Errors
/// [`Code::PageSize`] where a page has more pixels than paper can; [`Code::Damaged`] without a size.
pub fn sizes(bytes: &[u8], form: Form, most_pages: u32) -> Result<Vec<Option<(f64, f64)>>, Code> {
    let possible = |wide: u32, tall: u32| (1..=MOST_PIXELS).contains(&wide) && (1..=MOST_PIXELS).contains(&tall);
    if form == Form::Tiff {
        let pages = tiff::directories(bytes, most_pages)?;
        return match pages.iter().all(|p| possible(p.width, p.height)) {
            true => Ok(pages.iter().map(|p| Some(p.points())).collect()),
            false => Err(Code::PageSize),
        };
    }
    let size = if form == Form::Png { png(bytes) } else { jpeg(bytes) };
    let (wide, tall) = size.ok_or(Code::Damaged { what: "no size in the image" })?;
    if possible(wide, tall) { Ok(vec![Some(letter(wide, tall))]) } else { Err(Code::PageSize) }
}

/// Pixels of an image on one side at most; what is larger is no page.
pub const MOST_PIXELS: u32 = 20_000;

/// Width and height of a PNG in pixels.
#[must_use]
pub fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let word = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    Some((word(16)?, word(20)?))
}

/// Width and height of a JPEG in pixels.
#[must_use]
pub fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let frame = frame(bytes)?;
    let side = |at: usize| u32::from(frame[at]) << 8 | u32::from(frame[at + 1]);
    Some((side(3), side(1)))
}

/// Components of a JPEG: 1 gray, 3 color.
#[must_use]
pub fn jpeg_components(bytes: &[u8]) -> Option<u8> {
    frame(bytes).map(|f| f[5])
}

/// The frame header of a JPEG (ISO/IEC 10918-1, B.2.2) from its precision on.
fn frame(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 2;
    loop {
        let [255, marker, high, low] = *bytes.get(at..at + 4)? else { return None };
        if (0xc0..=0xcf).contains(&marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return bytes.get(at + 4..at + 10);
        }
        at += 2 + (usize::from(high) << 8 | usize::from(low)).max(2);
    }
}

/// The size in points of an image that was a page of letter width.
#[must_use]
pub fn letter(wide: u32, tall: u32) -> (f64, f64) {
    (612.0, (612.0 * f64::from(tall.max(1)) / f64::from(wide.max(1))).clamp(72.0, 14_400.0))
}
