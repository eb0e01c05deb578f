//! Scans and faxes through tesseract. Where it is not installed each test says so and ends.
#![cfg(feature = "process")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use documents::process::{Budget, Tesseract, page_image, page_image_key};
use documents::{Code, Kind, Limits, open};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)).unwrap()
}

fn installed() -> bool {
    let there = |p: &str| std::process::Command::new(p).arg("-v").output().is_ok();
    let both = there("tesseract") && there("pdftoppm");
    if !both {
        println!("skipped: tesseract-ocr and poppler-utils are not installed");
    }
    both
}

#[test]
fn a_scanned_pdf_is_recognized_with_boxes() {
    if !installed() {
        return;
    }
    let documents = open(&file("scan.pdf"), None, &Limits::default(), &Tesseract::default()).unwrap();
    let document = &documents[0];
    assert!(document.text.contains("loud snoring and witnessed apneas"), "{}", document.text);
    assert!(document.text.contains("AHI of 22 events per hour"), "{}", document.text);
    assert_eq!(document.kind, Kind::Note);
    assert_eq!(document.written.unwrap().to_string(), "2026-03-09");
    assert!(document.pages[0].scanned && (70..100).contains(&document.pages[0].quality));
    let start = document.text.find("PROGRESS").unwrap();
    let (page, [x, y, ..]) = document.boxes(text::Span::new(start, start + 8)).next().unwrap();
    assert_eq!(page, 1);
    assert!(x.abs_diff(50) < 6 && y.abs_diff(45) < 12, "{x} {y}: the box stands where the word was drawn");
    assert!(document.words.iter().all(|w| w.quality < 100));
}

#[test]
fn a_fax_is_recognized_page_by_page() {
    if !installed() {
        return;
    }
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let progress = move |_: usize, of: usize| {
        assert_eq!(of, 3);
        count.fetch_add(1, Ordering::Relaxed);
    };
    let ocr = Tesseract { progress: Some(Box::new(progress)), ..Tesseract::default() };
    let documents = open(&file("fax.tiff"), None, &Limits::default(), &ocr).unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), 3, "progress is told after each page");
    let text: String = documents.iter().map(|d| d.text.as_str()).collect();
    for words in ["FAX COVER SHEET", "CPAP device E0601", "Hemoglobin", "8.4", "0.9"] {
        assert!(text.contains(words), "{text}");
    }
    let first = open(&file("fax.tiff"), None, &Limits { scans: 1, ..Limits::default() }, &Tesseract::default()).unwrap();
    assert_eq!(first[0].faults[0].code, Code::TooManyScans { pages: 3, most: 1 });
    let order = open(&file("order.png"), None, &Limits::default(), &Tesseract::default()).unwrap();
    assert_eq!(order[0].kind, Kind::Order);
}

#[test]
fn what_takes_too_long_is_stopped() {
    if !installed() {
        return;
    }
    let budget = Budget { seconds: 0, megabytes: 1024, output: 64 << 20 };
    let ocr = Tesseract { page: budget, ..Tesseract::default() };
    let faults = open(&file("scan.pdf"), None, &Limits::default(), &ocr).unwrap_err();
    assert_eq!(faults[0].code, Code::OcrTime { seconds: 0 });
    assert_eq!(faults[0].page, Some(1));
    let budget = Budget { seconds: 30, megabytes: 8, output: 64 << 20 };
    let ocr = Tesseract { page: budget, ..Tesseract::default() };
    let faults = open(&file("scan.pdf"), None, &Limits::default(), &ocr).unwrap_err();
    assert!(matches!(faults[0].code, Code::OcrFailed { .. } | Code::NoOcr { .. }), "{:?}", faults[0].code);
}

#[test]
fn pages_have_images() {
    if !installed() {
        return;
    }
    for name in ["note.pdf", "scan.pdf", "fax.tiff", "order.png"] {
        let png = page_image(&file(name), 1, 600, Tesseract::default().page).unwrap();
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(side(16).max(side(20)), 600, "{name}");
    }
    assert!(page_image(b"text", 1, 600, Tesseract::default().page).is_err());
    assert_eq!(page_image_key("ab", 2, 10_000), "ab-2-4000.png");
}

#[test]
fn a_locked_pdf_says_so() {
    if !installed() {
        return;
    }
    let faults = open(&file("locked.pdf"), None, &Limits::default(), &Tesseract::default()).unwrap_err();
    assert_eq!(faults[0].code, Code::Encrypted);
}
