//! Files that are damaged or made to harm: a clear fault or what can be read, soon, and never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use documents::{Code, Document, Fault, Limits, NoOcr, open};
use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)).unwrap()
}

fn small() -> Limits {
    Limits { inflated: 4 << 20, pages: 100, ..Limits::default() }
}

/// Opens and checks what always holds: boundaries of pages and words are boundaries of characters of the text.
fn tried(bytes: &[u8]) -> Result<Vec<Document>, Vec<Fault>> {
    let opened = open(bytes, None, &small(), &NoOcr);
    match &opened {
        Ok(documents) => {
            assert!(!documents.is_empty());
            for document in documents {
                assert!(document.pages.iter().all(|p| document.text.is_char_boundary(p.start as usize)));
                assert!(document.words.iter().all(|w| document.text.get(w.span.range()).is_some()));
            }
        }
        Err(faults) => assert!(!faults.is_empty() && faults.iter().all(|f| !f.to_string().is_empty())),
    }
    opened
}

/// A PDF of numbered objects without a cross-reference, as a damaged file is.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let body: String = objects.iter().enumerate().map(|(i, o)| format!("{} 0 obj\n{o}\nendobj\n", i + 1)).collect();
    format!("%PDF-1.4\n{body}trailer <</Root 1 0 R>>").into_bytes()
}

fn page_with(contents: &str, more: &str, size: &str) -> Vec<u8> {
    pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        &format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[{size}]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>"
        ),
        &format!("<</Length {}>>\nstream\n{contents}\nendstream", contents.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        more,
    ])
}

const LETTER: &str = "0 0 612 792";

#[test]
fn a_damaged_cross_reference_is_made_anew() {
    let whole = tried(&file("note.pdf")).unwrap();
    let text = String::from_utf8_lossy(&file("note.pdf")).into_owned();
    assert!(text.contains("startxref"));
    for (from, to) in [(b"startxref", b"startxxxx"), (b"xref\n0 1\x31", b"xrex\n0 1\x31"), (b"startxref", b"99999xref")] {
        let mut bytes = file("note.pdf");
        if let Some(at) = bytes.windows(9).rposition(|w| w == from) {
            bytes[at..at + 9].copy_from_slice(to);
        }
        assert_eq!(tried(&bytes).unwrap()[0].text, whole[0].text);
    }
}

#[test]
fn damaged_files_of_every_form_end_well() {
    let mut state = 7u64;
    let mut dice = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for name in ["note.pdf", "two-documents.pdf", "scan.pdf", "locked.pdf", "fax.tiff", "order.png", "summary.xml", "letter.rtf"]
    {
        let whole = file(name);
        for _ in 0..120 {
            let mut bytes = whole.clone();
            for _ in 0..1 + dice(12) {
                let at = dice(bytes.len());
                bytes[at] = dice(256) as u8;
            }
            if dice(4) == 0 {
                bytes.truncate(dice(whole.len()));
            }
            read += usize::from(tried(&bytes).is_ok());
        }
    }
    assert!(read > 100, "many of them are still read: {read}");
}

#[test]
fn bombs_stop_at_the_limit() {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..32 {
        packer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let packed = packer.finish().unwrap();
    let head = format!(
        "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Contents 4 0 R>>\nendobj\n4 0 obj\n<</Filter/FlateDecode/Length {}>>\nstream\n",
        packed.len()
    );
    let bytes = [head.as_bytes(), &packed, b"\nendstream\nendobj\ntrailer <</Root 1 0 R>>"].concat();
    assert_eq!(tried(&bytes).unwrap_err()[0].code, Code::Inflates { most: 4 << 20 });
    // A form that draws itself, and forms that draw others many times over.
    let form = "<</Subtype/Form/Resources<</XObject<</X 6 0 R>>>>/Length 12>>\nstream\n/X Do /X Do \nendstream";
    assert_eq!(tried(&page_with("/X Do", form, LETTER)).unwrap_err()[0].code, Code::Empty);
    let mut objects: Vec<String> = (0..12)
        .map(|i| {
            format!(
                "<</Subtype/Form/Resources<</XObject<</X {} 0 R>>>>/Length 48>>\nstream\n{}\nendstream",
                i + 5,
                "/X Do ".repeat(8)
            )
        })
        .collect();
    objects.splice(0..0, ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"].map(str::to_owned));
    objects.insert(2, "<</Type/Page/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>".to_owned());
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    assert_eq!(tried(&pdf(&objects)).unwrap_err()[0].code, Code::Inflates { most: 4 << 20 });
    let deep = format!("{}(x) Tj", "q ".repeat(100_000));
    assert!(tried(&page_with(&deep, "null", LETTER)).is_err());
    let nested = pdf(&[&"[".repeat(200_000), "<</Type/Catalog>>"]);
    assert!(tried(&nested).is_err());
    let entities = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><ClinicalDocument xmlns='urn:hl7-org:v3'><title>&b;</title></ClinicalDocument>";
    assert!(tried(entities.as_bytes()).is_ok_and(|d| d[0].text.len() < 10) || tried(entities.as_bytes()).is_err());
    let elements = format!("<ClinicalDocument>{}", "<a>".repeat(100_000));
    assert_eq!(tried(elements.as_bytes()).unwrap_err()[0].code, Code::TooMuch { what: "elements within elements" });
    let groups = format!("{{\\rtf1 {}", "{".repeat(100_000));
    assert_eq!(tried(groups.as_bytes()).unwrap_err()[0].code, Code::TooMuch { what: "groups" });
}

#[test]
fn pages_without_end_size_or_words_are_named() {
    let kids: String = (0..5000).map(|i| format!("{} 0 R ", i + 3)).collect();
    let mut objects = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned(), format!("<</Type/Pages/Kids[{kids}]/Count 5000>>")];
    objects.extend((0..5000).map(|_| "<</Type/Page/Parent 2 0 R>>".to_owned()));
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    assert_eq!(tried(&pdf(&objects)).unwrap_err()[0].code, Code::TooManyPages { most: 100 });
    let loops = pdf(&["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]);
    assert_eq!(tried(&loops).unwrap_err()[0].code, Code::Damaged { what: "no pages" });
    let faults = tried(&page_with("BT /F 12 Tf (x) Tj ET", "null", "0 0 1000000 1000000")).unwrap_err();
    assert_eq!(faults[0], Fault { code: Code::PageSize, page: Some(1) });
    let one = tried(&page_with("BT /F 12 Tf 50 700 Td (x) Tj ET", "null", LETTER)).unwrap();
    assert_eq!(one[0].text, "x\n");
    assert_eq!(tried(&page_with("", "null", LETTER)).unwrap_err()[0].code, Code::Empty);
    // Hebrew is drawn as it is seen, from left to right; it is read from right to left.
    let map = "<</Length 90>>\nstream\n1 beginbfrange <61> <63> <05D0> endbfrange\nendstream";
    let bytes = String::from_utf8(page_with("BT /F 12 Tf 50 700 Td (cba ab) Tj ET", map, LETTER)).unwrap();
    let bytes = bytes.replace("/BaseFont/Helvetica", "/BaseFont/Helvetica/ToUnicode 6 0 R");
    assert_eq!(tried(bytes.as_bytes()).unwrap()[0].text, "\u{5d1}\u{5d0} \u{5d0}\u{5d1}\u{5d2}\n");
}

proptest! {
    #[test]
    fn any_bytes_end_well(head in 0usize..10, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let heads: [&[u8]; 10] = [
            b"", b"%PDF-1.4\n1 0 obj ", b"II*\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<ClinicalDocument xmlns='urn:hl7-org:v3'>",
            b"{\"resourceType\":", b"{\\rtf1 ", b"<html>", b"trailer<</Root 1 0 R>>%PDF-",
        ];
        let _ = tried(&[heads[head], &bytes].concat());
    }

    #[test]
    fn any_contents_end_well(contents in "([0-9.\\-]{1,5} |/F |\\([a-z ]{0,4}\\) |<[0-9A-F]{0,4}> |[\\[\\]] |q |Q |cm |BT |Tf |Td |Tm |TJ |Tj |' |\" |Tr |Do |BI |ID |EI |Tz |Ts ){0,60}") {
        let _ = tried(&page_with(&contents, "null", LETTER));
    }

    #[test]
    fn any_words_of_a_note_come_back(words in proptest::collection::vec("[A-Za-z0-9.,;:%/-]{1,12}", 1..40)) {
        let text = words.join(" ");
        let opened = tried(text.as_bytes()).unwrap();
        prop_assert_eq!(&opened[0].text, &text);
        let drawn: String = words.iter().enumerate().map(|(i, w)| format!("BT /F 10 Tf 40 {} Td ({w}) Tj ET\n", 780 - i * 15)).collect();
        let opened = tried(&page_with(&drawn, "null", LETTER)).unwrap();
        let read: Vec<&str> = opened[0].text.split_whitespace().collect();
        prop_assert_eq!(read, words.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
