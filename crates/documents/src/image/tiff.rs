//! The pages of a TIFF (TIFF 6.0, section 2) as far as their size and a PDF around them need it.

use crate::fault::Code;

/// One page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Dots per inch across and down; 0 where the file does not say.
    pub dots: [f64; 2],
    /// Bits of one sample.
    pub bits: u32,
    /// Samples of one pixel.
    pub samples: u32,
    /// `Compression`.
    pub compression: u32,
    /// `PhotometricInterpretation`.
    pub photometric: u32,
    /// Bits fill bytes from the lowest.
    pub low_first: bool,
    /// `T4Options`.
    pub t4: u32,
    /// `Predictor`.
    pub predictor: u32,
    /// Rows of one strip.
    pub rows: u32,
    /// Offset and length of each strip.
    pub strips: Vec<(usize, usize)>,
}

impl Directory {
    /// Size in points; a page that does not say it was of letter width.
    #[must_use]
    pub fn points(&self) -> (f64, f64) {
        let (wide, tall) = (f64::from(self.width.max(1)), f64::from(self.height.max(1)));
        let stated = (wide * 72.0 / self.dots[0], tall * 72.0 / self.dots[1]);
        let fits = |n: f64| n.is_finite() && (72.0..=14_400.0).contains(&n);
        if fits(stated.0) && fits(stated.1) { stated } else { (612.0, (612.0 * tall / wide).clamp(72.0, 14_400.0)) }
    }
}

/// Strips of one page at most.
const MOST_STRIPS: usize = 20_000;

struct Bytes<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Bytes<'_> {
    fn short(&self, at: usize) -> Option<u32> {
        let b: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(u32::from(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) }))
    }

    fn long(&self, at: usize) -> Option<u32> {
        let b: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    }

    fn ratio(&self, at: usize) -> Option<f64> {
        let value = f64::from(self.long(at)?) / f64::from(self.long(at.checked_add(4)?)?);
        (value.is_finite() && value > 0.0).then_some(value)
    }

    /// The values of an entry, shorts or longs, in place or elsewhere.
    fn values(&self, entry: usize) -> Vec<u32> {
        let kind = self.short(entry + 2).unwrap_or(0);
        let count = (self.long(entry + 4).unwrap_or(0) as usize).min(MOST_STRIPS);
        let width = if kind == 3 { 2 } else { 4 };
        let at = if count * width <= 4 { entry + 8 } else { self.long(entry + 8).unwrap_or(u32::MAX) as usize };
        let read = |i: usize| {
            let place = at.checked_add(i * width)?;
            if kind == 3 { self.short(place) } else { self.long(place) }
        };
        (0..count).map_while(read).collect()
    }
}

/// Every page, in order.
///
/// # Errors
/// [`Code::Damaged`] when there is none; [`Code::TooManyPages`].
pub fn directories(bytes: &[u8], most: u32) -> Result<Vec<Directory>, Code> {
    let file = Bytes { bytes, big: bytes.starts_with(b"MM") };
    let mut pages = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut next = file.long(4).unwrap_or(0) as usize;
    while next != 0 && seen.insert(next) {
        let Some(count) = file.short(next) else { break };
        let page = directory(&file, next, count);
        if page.width > 0 && page.height > 0 {
            pages.push(page);
        }
        if pages.len() > most as usize {
            return Err(Code::TooManyPages { most });
        }
        next = file.long(next + 2 + count as usize * 12).unwrap_or(0) as usize;
    }
    if pages.is_empty() { Err(Code::Damaged { what: "no page in the TIFF" }) } else { Ok(pages) }
}

fn directory(file: &Bytes<'_>, at: usize, count: u32) -> Directory {
    let mut page = Directory { bits: 1, samples: 1, compression: 1, predictor: 1, rows: u32::MAX, ..Directory::default() };
    let (mut unit, mut offsets, mut lengths) = (2, Vec::new(), Vec::new());
    for entry in (0..count as usize).map(|i| at + 2 + i * 12) {
        let Some(tag) = file.short(entry) else { break };
        let one = || file.values(entry).first().copied().unwrap_or(0);
        let ratio = || file.long(entry + 8).and_then(|place| file.ratio(place as usize)).unwrap_or(0.0);
        match tag {
            256 => page.width = one(),
            257 => page.height = one(),
            258 => page.bits = one(),
            259 => page.compression = one(),
            262 => page.photometric = one(),
            266 => page.low_first = one() == 2,
            273 => offsets = file.values(entry),
            277 => page.samples = one(),
            278 => page.rows = one().max(1),
            279 => lengths = file.values(entry),
            282 => page.dots[0] = ratio(),
            283 => page.dots[1] = ratio(),
            292 => page.t4 = one(),
            296 => unit = one(),
            317 => page.predictor = one(),
            _ => {}
        }
    }
    match unit {
        2 => {}
        3 => page.dots = page.dots.map(|d| d * 2.54),
        _ => page.dots = [0.0, 0.0],
    }
    page.strips = offsets.iter().zip(&lengths).map(|(o, l)| (*o as usize, *l as usize)).collect();
    page
}
