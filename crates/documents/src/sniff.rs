//! What kind of file bytes are, from the bytes; a stated media type only decides where they do not.

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// PDF.
    Pdf,
    /// TIFF.
    Tiff,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// C-CDA.
    Ccda,
    /// FHIR JSON.
    Fhir,
    /// RTF.
    Rtf,
    /// HTML.
    Html,
    /// Plain text.
    Text,
    /// A kind that is known and not read.
    Other(&'static str),
}

impl Form {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Pdf => "application/pdf",
            Form::Tiff => "image/tiff",
            Form::Png => "image/png",
            Form::Jpeg => "image/jpeg",
            Form::Ccda => "application/hl7-cda+xml",
            Form::Fhir => "application/fhir+json",
            Form::Rtf => "application/rtf",
            Form::Html => "text/html",
            Form::Text => "text/plain",
            Form::Other(_) => "application/octet-stream",
        }
    }
}

/// The kind of a file.
#[must_use]
pub fn form(bytes: &[u8], stated: Option<&str>) -> Form {
    let head = &bytes[..bytes.len().min(1024)];
    let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
    let trimmed = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match head {
        _ if has(b"%PDF-") => return Form::Pdf,
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => return Form::Tiff,
        [0x89, b'P', b'N', b'G', ..] => return Form::Png,
        [0xff, 0xd8, 0xff, ..] => return Form::Jpeg,
        [b'P', b'K', 3, 4, ..] if has(b"word/") => return Form::Other("Word"),
        [b'P', b'K', 3, 4, ..] => return Form::Other("ZIP and Office"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Form::Other("old Office"),
        [0x1f, 0x8b, ..] => return Form::Other("gzip"),
        [b'G', b'I', b'F', b'8', ..] => return Form::Other("GIF"),
        [b'B', b'M', ..] if stated.is_some_and(|s| s.starts_with("image/")) => return Form::Other("BMP"),
        _ if head.get(128..132) == Some(b"DICM") => return Form::Other("DICOM"),
        _ => {}
    }
    let xml = trimmed.starts_with(b"<?xml") || trimmed.starts_with(b"<ClinicalDocument");
    if trimmed.starts_with(b"{\\rtf") {
        Form::Rtf
    } else if has(b"<ClinicalDocument") || xml && has(b"urn:hl7-org:v3") {
        Form::Ccda
    } else if trimmed.starts_with(b"{") && (has(b"\"resourceType\"") || stated.is_some_and(|s| s.contains("fhir+json"))) {
        Form::Fhir
    } else if has(b"<!doctype html") || has(b"<html") || stated.is_some_and(|s| s.starts_with("text/html")) {
        Form::Html
    } else if xml && has(b"http://hl7.org/fhir") {
        Form::Other("FHIR XML")
    } else {
        Form::Text
    }
}
