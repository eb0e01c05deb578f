//! Sizes and page counts of images, from their heads.

use crate::fault::Code;

/// The pages of a TIFF (TIFF 6.0, section 2): width and height of each in points, where it says its resolution.
///
/// # Errors
/// [`Code::Damaged`] when there is no first page; [`Code::TooManyPages`].
pub fn tiff(bytes: &[u8], most: u32) -> Result<Vec<Option<(f64, f64)>>, Code> {
    let damaged = Code::Damaged { what: "no page in the TIFF" };
    let big = bytes.starts_with(b"MM");
    let short = |at: usize| {
        let b: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    };
    let long = |at: usize| {
        let b: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    };
    let mut pages = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut next = long(4).unwrap_or(0) as usize;
    while next != 0 && seen.insert(next) {
        let Some(count) = short(next) else { break };
        let (mut size, mut dots, mut unit) = ([0u32; 2], [0f64; 2], 2u32);
        for i in 0..usize::from(count) {
            let at = next + 2 + i * 12;
            let (Some(tag), Some(kind)) = (short(at), short(at + 2)) else { break };
            let value = if kind == 3 { short(at + 8).map(u32::from) } else { long(at + 8) }.unwrap_or(0);
            let ratio = || {
                let (over, under) = (long(value as usize)?, long(value as usize + 4)?);
                Some(f64::from(over) / f64::from(under.max(1)))
            };
            match tag {
                256 => size[0] = value,
                257 => size[1] = value,
                282 => dots[0] = ratio().unwrap_or(0.0),
                283 => dots[1] = ratio().unwrap_or(0.0),
                296 => unit = value,
                _ => {}
            }
        }
        let inch = match unit {
            2 => 72.0,
            3 => 72.0 / 2.54,
            _ => 0.0,
        };
        let points = (f64::from(size[0]) * inch / dots[0], f64::from(size[1]) * inch / dots[1]);
        pages.push(possible(points));
        if pages.len() > most as usize {
            return Err(Code::TooManyPages { most });
        }
        next = long(next + 2 + usize::from(count) * 12).unwrap_or(0) as usize;
    }
    if pages.is_empty() { Err(damaged) } else { Ok(pages) }
}

/// Width and height of a PNG in pixels.
#[must_use]
pub fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let word = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    Some((word(16)?, word(20)?))
}

/// Width and height of a JPEG in pixels, from its frame header.
#[must_use]
pub fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let head = bytes.get(at..at + 4)?;
        let [255, marker, high, low] = *head else { return None };
        let frame = (0xc0..=0xcf).contains(&marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            let size = bytes.get(at + 5..at + 9)?;
            return Some((u32::from(size[2]) << 8 | u32::from(size[3]), u32::from(size[0]) << 8 | u32::from(size[1])));
        }
        at += 2 + (usize::from(high) << 8 | usize::from(low));
    }
}

/// Pixels of an image on one side at most; what is larger is no page.
pub const MOST_PIXELS: u32 = 20_000;

fn possible((wide, tall): (f64, f64)) -> Option<(f64, f64)> {
    let fits = |n: f64| n.is_finite() && (10.0..=14_400.0).contains(&n);
    (fits(wide) && fits(tall)).then_some((wide, tall))
}
