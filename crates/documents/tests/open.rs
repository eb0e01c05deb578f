//! Files of every form against what must come out of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use documents::{Code, Document, Kind, Limits, NoOcr, open};
use std::path::PathBuf;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)).unwrap()
}

fn read(bytes: &[u8]) -> Vec<Document> {
    let documents = open(bytes, None, &Limits::default(), &NoOcr).unwrap();
    for document in &documents {
        for word in &document.words {
            let surface = word.span.of(&document.text);
            assert!(!surface.is_empty() && !surface.contains('\n'), "a word stands on one line");
        }
        assert!(document.words.windows(2).all(|w| w[0].span.end <= w[1].span.start), "words ascend");
        assert!(document.pages.windows(2).all(|p| p[0].start <= p[1].start), "pages ascend");
    }
    documents
}

fn only(bytes: &[u8]) -> Document {
    let mut documents = read(bytes);
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn fault(bytes: &[u8]) -> Code {
    let faults = open(bytes, None, &Limits::default(), &NoOcr).unwrap_err();
    faults[0].code.clone()
}

/// The box of a word, and the page it stands on.
fn at(document: &Document, word: &str) -> (u32, [u16; 4]) {
    let start = document.text.find(word).unwrap();
    document.boxes(text::Span::new(start, start + word.len())).next().unwrap()
}

#[test]
fn pdf_text_stands_in_lines_with_boxes() {
    let mut documents = read(&file("note.pdf"));
    assert_eq!(documents.len(), 2, "the laboratory's report is a document of its own");
    let report = documents.remove(1);
    assert_eq!((report.kind, report.part.number, report.part.of, report.part.first_page), (Kind::LabReport, 2, 2, 2));
    assert_eq!(at(&report, "Hemoglobin").0, 1);
    assert!(report.text.contains("Hemoglobin A1c") && report.text.contains("4.0-5.6"), "{}", report.text);
    let document = documents.remove(0);
    assert!(
        document.text.contains("56-year-old woman with loud snoring and witnessed apneas. Home sleep apnea test\non 02/20/2026")
    );
    assert!(document.text.contains("VITAL SIGNS: BP 142/88, BMI 34.1 kg/m2, SpO2 95%."), "{}", document.text);
    assert!(document.text.contains("\n\nCHIEF COMPLAINT"), "a gap between lines is a paragraph");
    assert_eq!((document.pages[0].width, document.pages[0].height), (612, 792));
    assert_eq!(document.kind, Kind::Note);
    assert_eq!(document.written.unwrap().to_string(), "2026-03-09");
    let (page, [x, y, width, height]) = at(&document, "PROGRESS");
    assert_eq!((page, x, y), (1, 60, 44));
    assert!((50..75).contains(&width) && height == 10, "{width} {height}");
}

#[test]
fn a_fax_of_several_documents_is_taken_apart() {
    let documents = read(&file("two-documents.pdf"));
    let kinds: Vec<Kind> = documents.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [Kind::FaxCover, Kind::Note, Kind::LabReport]);
    assert_eq!(documents[1].part.why, "it follows the cover of a fax");
    assert_eq!(documents[2].written.unwrap().to_string(), "2026-03-02");
    assert!(documents.iter().all(|d| d.source == documents[0].source && d.part.of == 3));
}

#[test]
fn ccda_gives_sections_and_entries_apart() {
    let document = only(&file("summary.xml"));
    assert!(document.text.contains("Problems:\n- Obstructive sleep apnea & obesity\n- Type 2 diabetes\n"), "{}", document.text);
    assert!(document.text.contains("Test   Value\nHemoglobin A1c   8.4 %\n"));
    assert_eq!(document.written.unwrap().to_string(), "2026-03-09");
    assert_eq!(document.media_type, "application/hl7-cda+xml");
    let problem = document.coded.iter().find(|c| c.section == "Problems").unwrap();
    assert_eq!(problem.value.as_ref().unwrap().code, "78275009");
    assert_eq!(problem.at.unwrap().to_string(), "2025-11-02");
    let result = document.coded.iter().find(|c| c.section == "Results").unwrap();
    assert_eq!(result.quantity, Some(("8.4".to_owned(), "%".to_owned())));
    let drug = document.coded.iter().find(|c| c.section == "Medications").unwrap();
    assert!(drug.negated && drug.mood == "INT" && drug.code.as_ref().unwrap().display == "Metformin");
}

#[test]
fn rtf_gives_its_words() {
    let document = only(&file("letter.rtf"));
    assert!(document.text.contains("Ada Example has obstructive sleep apnea \u{2014} AHI 22 \u{2265} 15, temperature 37°C.\n"));
    assert!(document.text.contains("Test   Result   \n"));
    assert!(!document.text.contains("Not shown") && !document.text.contains("Helvetica") && !document.text.contains("8950"));
    assert_eq!(document.kind, Kind::Letter);
}

#[test]
fn html_gives_what_is_seen() {
    let html = b"<!DOCTYPE html><html><head><title>x</title></head><body><script>evil('SpO2')</script><h1>Progress note</h1>\
        <p>SpO2 &lt; 88% at rest &amp; on exertion, weight &ge; 100&nbsp;kg</p><ul><li>No fever</ul>\
        <table><tr><td>AHI</td><td title=\"a>b\">22</td></tr></table></body></html>";
    let document = only(html);
    let expected = "Progress note\nSpO2 < 88% at rest & on exertion, weight \u{2265} 100 kg\n- No fever\nAHI   22";
    assert_eq!(document.text, expected);
}

#[test]
fn text_of_every_encoding() {
    let note = "Temp 37.5 °C – “stable”";
    let utf16: Vec<u8> = note.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(note.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let windows = b"Temp 37.5 \xb0C \x96 \x93stable\x94".to_vec();
    let mixed = [b"Temp 37.5 \xc2\xb0C \x96 ".as_slice(), "“stable”".as_bytes()].concat();
    let marked = [b"\xef\xbb\xbf", note.as_bytes()].concat();
    for bytes in [note.as_bytes().to_vec(), utf16, big, windows, mixed, marked] {
        assert_eq!(only(&bytes).text, note);
    }
    assert_eq!(only(b"a\r\nb\rc").text, "a\nb\nc");
    assert_eq!(only("page one\u{c}page two".as_bytes()).page_starts(), [0, 9]);
    assert_eq!(only("כאב ראש חזק".as_bytes()).text, "כאב ראש חזק", "text that runs from right to left stays as it is");
}

#[test]
fn fhir_attachments_are_opened_by_their_own_form() {
    use base64::Engine;
    let packed = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
        {{"resource":{{"resourceType":"DocumentReference","status":"current","date":"2026-03-10T08:00:00Z","content":[
            {{"attachment":{{"contentType":"application/pdf","data":"{}"}}}},
            {{"attachment":{{"contentType":"application/pdf","url":"http://example.org/a.pdf"}}}}]}}}},
        {{"resource":{{"resourceType":"DiagnosticReport","status":"final","effectiveDateTime":"2026-02","presentedForm":[
            {{"contentType":"text/plain","data":"{}"}}],"conclusion":"AHI 22"}}}},
        {{"resource":{{"resourceType":"Patient"}}}}]}}"#,
        packed(&file("note.pdf")),
        packed(b"Sleep study report. AHI 22 events per hour."),
    );
    let documents = read(bundle.as_bytes());
    assert_eq!(documents.len(), 4, "the PDF holds two");
    assert_eq!(documents[0].media_type, "application/pdf");
    assert_eq!(documents[0].written.unwrap().to_string(), "2026-03-10", "the resource knows better");
    assert_eq!(documents[2].written.unwrap().to_string(), "2026-02");
    assert_eq!(documents[2].kind, Kind::SleepStudy);
    assert_eq!(documents[3].text, "AHI 22");
    assert_eq!(documents[0].faults.len(), 1, "the attachment by URL is named");
    let broken = br#"{"resourceType":"Binary","contentType":"text/plain","data":"%%%"}"#;
    assert_eq!(fault(broken), Code::Base64);
    assert!(matches!(fault(br#"{"resourceType":"Binary","#), Code::Json { .. }));
    assert_eq!(fault(br#"{"resourceType":"Patient"}"#), Code::NoAttachment);
}

#[test]
fn bad_files_are_clear_faults() {
    assert_eq!(fault(b""), Code::Empty);
    assert_eq!(fault(b" \n\t\0"), Code::Empty);
    let noise: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(fault(&noise), Code::Unreadable);
    assert_eq!(fault(b"PK\x03\x04 word/document.xml"), Code::NotRead { kind: "Word" });
    assert_eq!(fault(&file("locked.pdf")), Code::Encrypted);
    assert_eq!(fault(b"%PDF-1.7\nnothing"), Code::Damaged { what: "no catalog of pages" });
    assert_eq!(only(b"x").text, "x", "one character is a document");
    assert!(matches!(fault(b"<?xml version='1.0'?><ClinicalDocument><a>"), Code::Xml { .. }));
    assert_eq!(fault(&file("scan.pdf")), Code::OcrOff);
    assert_eq!(fault(&file("fax.tiff")), Code::OcrOff);
    let large = Limits { bytes: 10, ..Limits::default() };
    let faults = open(b"more than ten bytes", None, &large, &NoOcr).unwrap_err();
    assert_eq!(faults[0].code, Code::TooLarge { bytes: 19, most: 10 });
}
