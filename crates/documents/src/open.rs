//! From bytes to documents.

use crate::assemble::{Assembly, Page};
use crate::fault::{Code, Fault};
use crate::limits::Limits;
use crate::ocr::{self, Ocr};
use crate::sniff::{Form, form};
use crate::{Document, Part, ccda, fhir, html, image, kind, pdf, plain, rtf, split, written};
use sha2::{Digest, Sha256};
use text::PartialDate;

/// Opens a file: what it is comes from its bytes, `stated` (the media type it came with) decides only where they do not.
///
/// Pages that cannot be read are named in [`Document::faults`]; the rest of the file is read. The caller keeps the bytes.
///
/// # Errors
/// Every [`Fault`], when nothing of the file could be read.
pub fn open(bytes: &[u8], stated: Option<&str>, limits: &Limits, ocr: &dyn Ocr) -> Result<Vec<Document>, Vec<Fault>> {
    within(bytes, stated, limits, ocr, 0)
}

/// Documents within documents.
const DEEPEST: u32 = 3;

fn within(bytes: &[u8], stated: Option<&str>, limits: &Limits, ocr: &dyn Ocr, depth: u32) -> Result<Vec<Document>, Vec<Fault>> {
    if bytes.len() > limits.bytes {
        return Err(vec![Code::TooLarge { bytes: bytes.len(), most: limits.bytes }.into()]);
    }
    if bytes.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Err(vec![Code::Empty.into()]);
    }
    let form = form(bytes, stated);
    let one = |code: Code| vec![Fault::from(code)];
    let mut opened = Opened::default();
    match form {
        Form::Fhir => return attachments(bytes, limits, ocr, depth),
        Form::Other(kind) => return Err(one(Code::NotRead { kind })),
        Form::Pdf => opened.pdf(bytes, limits, ocr)?,
        Form::Tiff | Form::Png | Form::Jpeg => opened.image(bytes, form, limits, ocr)?,
        Form::Ccda => {
            let read = plain::decode(bytes).and_then(|xml| ccda::read(&xml)).map_err(one)?;
            (opened.coded, opened.written) = (read.coded, read.written);
            opened.text(read.text);
        }
        Form::Html => opened.text(html::read(&plain::decode(bytes).map_err(one)?)),
        Form::Rtf => opened.text(rtf::read(bytes).map_err(one)?),
        Form::Text => opened.text(plain::decode(bytes).map_err(one)?),
    }
    opened.finish(bytes, form, limits)
}

#[derive(Default)]
struct Opened {
    assembly: Assembly,
    faults: Vec<Fault>,
    coded: Vec<ccda::Coded>,
    written: Option<PartialDate>,
}

impl Opened {
    /// Text without layout; a form feed begins a page.
    fn text(&mut self, text: String) {
        let mut starts = vec![0u32];
        starts.extend(text.match_indices('\u{c}').map(|(i, _)| i as u32 + 1));
        starts.retain(|s| *s == 0 || (*s as usize) < text.len());
        self.assembly.pages =
            starts.into_iter().map(|start| Page { start, width: 0, height: 0, quality: 100, scanned: false }).collect();
        self.assembly.text = text;
    }

    fn pdf(&mut self, bytes: &[u8], limits: &Limits, ocr: &dyn Ocr) -> Result<(), Vec<Fault>> {
        let read = pdf::read(bytes, limits).map_err(|code| vec![Fault::from(code)])?;
        if read.encrypted {
            // The renderer opens what needs no password to be looked at.
            let count = ocr.pages(bytes).map_err(|code| vec![Fault::from(code)])?;
            return self.scans(bytes, ocr::Form::Pdf, &vec![None; count as usize], limits, ocr);
        }
        self.faults.extend(read.faults);
        let wanted: Vec<u32> = (1u32..).zip(&read.pages).filter(|(_, p)| p.image).map(|(n, _)| n).collect();
        let mut seen = self.recognize(bytes, ocr::Form::Pdf, &wanted, limits, ocr).into_iter().peekable();
        for (number, page) in (1u32..).zip(read.pages) {
            let scan = seen.next_if(|(n, _)| *n == number).map(|(_, scan)| scan);
            match scan {
                Some(scan) => {
                    let lines = scan.words(page.size);
                    // Stamps and headers laid over the scan as text are in the rendered image too.
                    self.assembly.page(page.size, true, if lines.is_empty() { &page.lines } else { &lines });
                }
                None => {
                    let mut lines = page.lines;
                    if page.under_image {
                        lines.iter_mut().flatten().for_each(|w| w.quality = UNDER_IMAGE);
                    }
                    self.assembly.page(page.size, page.under_image || page.image, &lines);
                }
            }
        }
        Ok(())
    }

    /// An image goes to the renderer inside a PDF, which makes its pixels square and its size known; what no PDF can hold goes as it is.
    fn image(&mut self, bytes: &[u8], form: Form, limits: &Limits, ocr: &dyn Ocr) -> Result<(), Vec<Fault>> {
        let one = |code: Code| vec![Fault::from(code)];
        let wrapped = image::pdf(bytes, form, limits.pages).map_err(one)?;
        let (source, as_form) = match (&wrapped, form) {
            (Some(pdf), _) => (pdf.as_slice(), ocr::Form::Pdf),
            (None, Form::Tiff) => (bytes, ocr::Form::Tiff),
            (None, Form::Png) => (bytes, ocr::Form::Png),
            (None, _) => (bytes, ocr::Form::Jpeg),
        };
        let sizes = image::sizes(bytes, form, limits.pages).map_err(one)?;
        self.scans(source, as_form, &sizes, limits, ocr)
    }

    /// A file whose every page is an image.
    fn scans(
        &mut self,
        bytes: &[u8],
        form: ocr::Form,
        sizes: &[Option<(f64, f64)>],
        limits: &Limits,
        ocr: &dyn Ocr,
    ) -> Result<(), Vec<Fault>> {
        let wanted: Vec<u32> = (1..=sizes.len() as u32).collect();
        let mut seen = self.recognize(bytes, form, &wanted, limits, ocr).into_iter().peekable();
        for (number, known) in (1u32..).zip(sizes) {
            match seen.next_if(|(n, _)| *n == number) {
                Some((_, scan)) => {
                    let points = scan.points(*known);
                    self.assembly.page(points, true, &scan.words(points));
                }
                None => self.assembly.page(known.unwrap_or((612.0, 792.0)), true, &[]),
            }
        }
        Ok(())
    }

    /// Recognizes pages up to the limit; those that fail become faults.
    fn recognize(
        &mut self,
        bytes: &[u8],
        form: ocr::Form,
        wanted: &[u32],
        limits: &Limits,
        ocr: &dyn Ocr,
    ) -> Vec<(u32, ocr::Recognized)> {
        let allowed = &wanted[..wanted.len().min(limits.scans as usize)];
        if allowed.len() < wanted.len() {
            self.faults.push(Code::TooManyScans { pages: wanted.len() as u32, most: limits.scans }.into());
        }
        if allowed.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        for (page, seen) in allowed.iter().zip(ocr.recognize(bytes, form, allowed)) {
            match seen {
                Ok(scan) if scan.lines.iter().all(|l| l.words.is_empty()) => {
                    self.faults.push(Fault { code: Code::NoWords, page: Some(*page) });
                    out.push((*page, scan));
                }
                Ok(scan) => out.push((*page, scan)),
                Err(code) => self.faults.push(Fault { code, page: Some(*page) }),
            }
        }
        out
    }

    fn finish(self, bytes: &[u8], form: Form, limits: &Limits) -> Result<Vec<Document>, Vec<Fault>> {
        let Assembly { text, pages, words } = self.assembly;
        let mut faults = self.faults;
        if text.len() > limits.text {
            faults.push(Code::TooMuch { what: "text" }.into());
            return Err(faults);
        }
        if text.trim().is_empty() && self.coded.is_empty() {
            if faults.is_empty() {
                faults.push(Code::Empty.into());
            }
            return Err(faults);
        }
        let whole = Document {
            kind: kind::Kind::Unknown,
            text,
            pages,
            words,
            written: self.written,
            media_type: form.media_type().to_owned(),
            source: hexadecimal(&Sha256::digest(bytes)),
            part: Part { number: 1, of: 1, first_page: 1, why: String::new() },
            coded: self.coded,
            faults,
        };
        let mut parts = split::split(whole);
        for part in &mut parts {
            part.kind = kind::of(part.first_page());
            part.written = part.written.or_else(|| written::of(part.first_page()));
        }
        Ok(parts)
    }
}

/// Confidence of text that another recognition laid under a scan, which says nothing of its own: less than a text layer, more than a guess.
const UNDER_IMAGE: u8 = 85;

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        for digit in [b >> 4, b & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        out
    })
}

/// The documents in a FHIR resource. What fails is a fault of the first document that is read, with its place.
fn attachments(bytes: &[u8], limits: &Limits, ocr: &dyn Ocr, depth: u32) -> Result<Vec<Document>, Vec<Fault>> {
    let json_limits = json::Limits { max_bytes: limits.bytes, ..json::Limits::default() };
    let parsed = json::Document::parse(bytes.to_vec(), &json_limits).map_err(|faults| {
        faults.into_iter().map(|f| Code::Json { path: f.path, code: f.code.as_str() }.into()).collect::<Vec<Fault>>()
    })?;
    let found = fhir::attachments(parsed.root());
    if found.is_empty() {
        return Err(vec![Code::NoAttachment.into()]);
    }
    if found.len() > limits.parts || depth >= DEEPEST {
        return Err(vec![Code::TooManyParts { most: limits.parts }.into()]);
    }
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    let mut left = *limits;
    for attachment in found {
        let opened = attachment.bytes.map_err(|code| vec![Fault::from(code)]).and_then(|inner| {
            left.inflated = left.inflated.saturating_sub(inner.len());
            within(&inner, attachment.media_type.as_deref(), &left, ocr, depth + 1)
        });
        match opened {
            Ok(mut opened) => {
                for document in &mut opened {
                    document.written = attachment.written.or(document.written);
                    left.text = left.text.saturating_sub(document.text.len());
                    let scanned = document.pages.iter().filter(|p| p.scanned).count() as u32;
                    left.scans = left.scans.saturating_sub(scanned);
                }
                documents.extend(opened);
            }
            Err(more) => faults.extend(more),
        }
    }
    match documents.first_mut() {
        Some(first) => {
            first.faults.extend(faults);
            Ok(documents)
        }
        None => Err(faults),
    }
}
