//! A PDF around an image, so that one renderer serves faxes, scans and photographs alike: nothing is decoded here, the image's own
//! compressed bytes go into the PDF as they are.

use super::tiff::{self, Directory};
use crate::fault::Code;

/// A PDF under construction.
struct Pdf {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Pdf {
    /// Adds an object; its number.
    fn object(&mut self, head: &str, stream: Option<&[u8]>) -> usize {
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        match stream {
            None => self.bytes.extend(format!("<<{head}>>\n").bytes()),
            Some(data) => {
                self.bytes.extend(format!("<<{head}/Length {}>>\nstream\n", data.len()).bytes());
                self.bytes.extend_from_slice(data);
                self.bytes.extend(b"\nendstream\n");
            }
        }
        self.bytes.extend(b"endobj\n");
        number
    }

    /// A page of that size with images placed on it: number of the image, its lower edge and height as parts of the page.
    fn page(&mut self, (wide, tall): (f64, f64), images: &[(usize, f64, f64)]) -> usize {
        let drawn: String = images
            .iter()
            .map(|(n, from, part)| format!("q {wide:.2} 0 0 {:.3} 0 {:.3} cm /I{n} Do Q\n", part * tall, from * tall))
            .collect();
        let named: String = images.iter().map(|(n, ..)| format!("/I{n} {n} 0 R")).collect();
        let contents = self.object("", Some(drawn.as_bytes()));
        let parent = PAGES;
        self.object(
            &format!(
                "/Type/Page/Parent {parent} 0 R/MediaBox[0 0 {wide:.2} {tall:.2}]/Contents {contents} 0 R/Resources<</XObject<<{named}>>>>"
            ),
            None,
        )
    }

    fn finish(mut self, pages: &[usize]) -> Vec<u8> {
        let kids: String = pages.iter().map(|p| format!("{p} 0 R ")).collect();
        self.offsets[PAGES - 1] = self.bytes.len();
        self.bytes.extend(format!("{PAGES} 0 obj\n<</Type/Pages/Count {}/Kids[{kids}]>>\nendobj\n", pages.len()).bytes());
        let root = self.object(&format!("/Type/Catalog/Pages {PAGES} 0 R"), None);
        let start = self.bytes.len();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.offsets.len() + 1);
        table.extend(self.offsets.iter().map(|o| format!("{o:010} 00000 n \n")));
        table.push_str(&format!("trailer\n<</Size {}/Root {root} 0 R>>\n", self.offsets.len() + 1));
        self.bytes.extend(table.bytes());
        self.bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        self.bytes
    }
}

/// Number of the tree of pages, which the pages name before it is written.
const PAGES: usize = 1;

fn new() -> Pdf {
    Pdf { bytes: b"%PDF-1.5\n".to_vec(), offsets: vec![0] }
}

/// A PDF of the pages of a TIFF; none when one of them is coded in a way that a PDF does not know.
///
/// # Errors
/// As [`tiff::directories`].
pub fn tiff(bytes: &[u8], most: u32) -> Result<Option<Vec<u8>>, Code> {
    let mut pdf = new();
    let mut pages = Vec::new();
    for page in tiff::directories(bytes, most)? {
        let Some(number) = tiff_page(&mut pdf, bytes, &page) else { return Ok(None) };
        pages.push(number);
    }
    Ok(Some(pdf.finish(&pages)))
}

fn tiff_page(pdf: &mut Pdf, bytes: &[u8], page: &Directory) -> Option<usize> {
    let space = match (page.photometric, page.samples, page.bits) {
        (0 | 1, 1, 1 | 8) => "/DeviceGray",
        (2, 3, 8) => "/DeviceRGB",
        _ => return None,
    };
    let fax = matches!(page.compression, 2..=4);
    if page.strips.is_empty() || fax && page.bits != 1 || page.width > super::MOST_PIXELS || page.height > super::MOST_PIXELS * 4
    {
        return None;
    }
    let mut images = Vec::new();
    let mut from = 0u32;
    for (offset, length) in &page.strips {
        let rows = page.rows.min(page.height.saturating_sub(from));
        if rows == 0 {
            break;
        }
        let data = bytes.get(*offset..offset.checked_add(*length)?.min(bytes.len()))?;
        let filter = filter(page, rows)?;
        let decode = if page.photometric == 0 && !fax { "/Decode[1 0]" } else { "" };
        let head = format!(
            "/Type/XObject/Subtype/Image/Width {}/Height {rows}/BitsPerComponent {}/ColorSpace{space}{decode}{filter}",
            page.width, page.bits
        );
        let turned: Vec<u8>;
        let data = if page.low_first {
            turned = data.iter().map(|b| b.reverse_bits()).collect();
            &turned
        } else {
            data
        };
        let number = pdf.object(&head, Some(data));
        let tall = f64::from(page.height);
        images.push((number, 1.0 - f64::from(from + rows) / tall, f64::from(rows) / tall));
        from += rows;
    }
    Some(pdf.page(page.points(), &images))
}

fn filter(page: &Directory, rows: u32) -> Option<String> {
    let predictor = match page.predictor {
        2 => {
            format!("/DecodeParms<</Predictor 2/Colors {}/BitsPerComponent {}/Columns {}>>", page.samples, page.bits, page.width)
        }
        _ => String::new(),
    };
    let fax = |k: i32, more: &str| {
        let black = if page.photometric == 1 { "true" } else { "false" };
        let size = format!("/Columns {}/Rows {rows}", page.width);
        format!("/Filter/CCITTFaxDecode/DecodeParms<</K {k}{size}/BlackIs1 {black}{more}>>")
    };
    Some(match page.compression {
        1 => String::new(),
        2 => fax(0, "/EncodedByteAlign true/EndOfBlock false"),
        3 if page.t4 & 1 == 1 => fax(1, "/EndOfBlock false"),
        3 => fax(0, "/EndOfBlock false"),
        4 => fax(-1, "/EndOfBlock false"),
        5 => format!("/Filter/LZWDecode{predictor}"),
        8 | 32_946 => format!("/Filter/FlateDecode{predictor}"),
        _ => return None,
    })
}

/// A PDF of a JPEG of one or three components.
#[must_use]
pub fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let (wide, tall) = super::jpeg(bytes)?;
    let space = match super::jpeg_components(bytes)? {
        1 => "/DeviceGray",
        3 => "/DeviceRGB",
        _ => return None,
    };
    let mut pdf = new();
    let head =
        format!("/Type/XObject/Subtype/Image/Width {wide}/Height {tall}/BitsPerComponent 8/ColorSpace{space}/Filter/DCTDecode");
    let image = pdf.object(&head, Some(bytes));
    let page = pdf.page(super::letter(wide, tall), &[(image, 0.0, 1.0)]);
    Some(pdf.finish(&[page]))
}

/// A PDF of a PNG without transparency and interlacing, whose rows PDF knows as they are.
#[must_use]
pub fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let (wide, tall) = super::png(bytes)?;
    let [bits, color, 0, 0, 0] = *bytes.get(24..29)? else { return None };
    let (mut palette, mut data, mut at) = (&[][..], Vec::new(), 8usize);
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
        let chunk = bytes.get(at + 8..at.checked_add(8)?.checked_add(length)?)?;
        match &head[4..] {
            b"PLTE" => palette = chunk,
            b"IDAT" => data.extend_from_slice(chunk),
            b"IEND" => break,
            _ => {}
        }
        at += 12 + length;
    }
    let mut pdf = new();
    let (space, colors) = match color {
        0 => ("/DeviceGray".to_owned(), 1),
        2 => ("/DeviceRGB".to_owned(), 3),
        3 if palette.len() >= 3 => {
            let table = pdf.object("", Some(palette));
            (format!("[/Indexed/DeviceRGB {} {table} 0 R]", palette.len() / 3 - 1), 1)
        }
        _ => return None,
    };
    let head = format!(
        "/Type/XObject/Subtype/Image/Width {wide}/Height {tall}/BitsPerComponent {bits}/ColorSpace{space}/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors {colors}/BitsPerComponent {bits}/Columns {wide}>>"
    );
    let image = pdf.object(&head, Some(&data));
    let page = pdf.page(super::letter(wide, tall), &[(image, 0.0, 1.0)]);
    Some(pdf.finish(&[page]))
}
