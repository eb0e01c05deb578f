//! `notes [wrong] [PREFIX]`: reads the labelled notes of `crates/text/tests/notes` as documents of a request, asks the policy's CQL, and
//! prints how often each criterion came out as labelled and from the labelled words.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use base::{Code, Hash, LineOfBusiness, system};
use case::Truth;
use case::finding::{Finding, Findings, Reading};
use case::request::Certification;
use criteria::weigh::{FromDocuments, evaluate_with};
use criteria::{Library, LineFacts, Record, Signatures};
use evidence::{Opened, People};
use text::Span;
use text::criterion::Answer;
use text::score::notes::{Note, Said, Score, parse};

const SETS: [(&str, &str, &str); 4] = [
    ("dev  cpap", "ncd-240.4-cpap", "cpap"),
    ("dev  bed", "lcd-L33820-hospital-bed", "bed"),
    ("test cgm", "lcd-L33822-cgm", "cgm"),
    ("test oxygen", "ncd-240.2-home-oxygen", "oxygen"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lexicon = lexicon::builtin().unwrap();
    let library = Library::load_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies"))).unwrap();
    let mut totals = [("dev", Score::default()), ("test", Score::default())];
    for (name, policy, file) in SETS {
        let path = format!("{}/../text/tests/notes/{file}.txt", env!("CARGO_MANIFEST_DIR"));
        let notes = parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut score = Score::default();
        for note in &notes {
            let (sentences, said) = said(&library, policy, &lexicon, note);
            score.add(note, &sentences, &said);
            let total = if name.starts_with("dev") { &mut totals[0].1 } else { &mut totals[1].1 };
            total.add(note, &sentences, &said);
        }
        print(name, &score);
        if arguments.first().is_some_and(|a| a == "wrong") && arguments.get(1).is_none_or(|p| file.starts_with(p.as_str())) {
            for (note, criterion, labelled, got) in &score.wrong {
                println!("  {note} {criterion}: labelled {labelled:?}, said {got:?}");
            }
            for (note, criterion) in &score.elsewhere {
                println!("  {note} {criterion}: right, from other words");
            }
        }
    }
    for (name, score) in &totals {
        print(name, score);
    }
}

fn print(name: &str, score: &Score) {
    let [met, not_met, unknown] = [Answer::Met, Answer::NotMet, Answer::Unknown].map(|a| score.f1(a));
    println!(
        "{name}: criterion macro-F1 {:.3} (met {met:.3}, not met {not_met:.3}, unknown {unknown:.3}), evidence hit@1 {:.3} of {}, table {:?}",
        score.macro_f1(),
        score.hit_at_1(),
        score.shown,
        score.table
    );
}

fn said(library: &Library, policy: &str, lexicon: &text::Lexicon, note: &Note) -> (Vec<text::Sentence>, Vec<Said>) {
    let policy = library.by_id(policy).unwrap();
    let request = json::Document::parse(request(note).into_bytes(), &json::Limits::default()).unwrap();
    let mut opened = Opened::plain(Hash::of(note.text.as_bytes()), "text/plain", note.text.clone());
    if note.style == "fax" {
        opened.scanned = true;
        opened.quality = 90;
        opened.words = words(&note.text);
    }
    let documents = [request];
    let read = evidence::read(
        lexicon,
        evidence::Note { opened, author: Some(author(note).to_owned()), dated: note.written.parse().ok() },
    )
    .unwrap();
    let sentences = read.reading.sentences.clone();
    let derived = evidence::bundle(&[read], lexicon, &policy.text().statements, &People::of(&documents));
    let derived = json::Document::parse(derived.bundle, &json::Limits::default()).unwrap();
    let with = Record::with_text(&documents, &[derived]);
    let facts = LineFacts {
        sequence: 1,
        code: Code::new(system::HCPCS, &note.code),
        quantity: None,
        certification: if note.scope == "continuation" { Certification::Renewal } else { Certification::Initial },
        date_of_service: "2026-11-20".parse().unwrap(),
        service_to: None,
        received_on: "2026-11-20".parse().unwrap(),
        as_of: "2026-11-20".parse().unwrap(),
        line_of_business: LineOfBusiness::MedicareAdvantage,
    };
    let reading = Reading { lexicon: lexicon.hash().to_owned(), bundle: Hash::of(b""), documents: Vec::new() };
    let weighed = Some(FromDocuments { record: &with, reading });
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let findings: Findings = evaluate_with(policy, &Record::of(&documents), weighed, &facts, now, &Signatures::none())
        .unwrap_or_else(|e| panic!("{}: {e}", note.id));
    let parents: Vec<&String> = findings.criteria.iter().filter_map(|f| f.parent.as_ref()).collect();
    let leaves = findings.criteria.iter().filter(|f| !parents.contains(&&f.id));
    let mut out: Vec<Said> = Vec::new();
    for finding in leaves.filter(|f| f.truth == Truth::Unknown || f.text.is_some()) {
        if !out.iter().any(|s| s.criterion == finding.id) {
            out.push(one(finding));
        }
    }
    (sentences, out)
}

fn one(finding: &Finding) -> Said {
    let text = finding.text.as_ref();
    let truth = if finding.truth == Truth::Unknown { text.map_or(Truth::Unknown, |t| t.says) } else { finding.truth };
    let answer = match truth {
        Truth::Met => Answer::Met,
        Truth::NotMet => Answer::NotMet,
        Truth::Unknown => Answer::Unknown,
    };
    let evidence = finding.evidence.iter().chain(text.into_iter().flat_map(|t| &t.evidence));
    let evidence = evidence.filter_map(|e| e.quote.as_ref()).map(|q| Span { start: q.start, end: q.end }).collect();
    Said { criterion: finding.id.clone(), answer, evidence }
}

/// Words as an OCR gives them, read fairly well.
fn words(text: &str) -> Vec<text::OcrWord> {
    let mut at = 0;
    let mut out = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let plain = word.trim_end();
        if !plain.is_empty() {
            out.push(text::OcrWord { span: Span::new(at, at + plain.len()), quality: 90, at: [0; 4] });
        }
        at += word.len();
    }
    out
}

/// Who signs: a practitioner, or the company that sells the equipment.
fn author(note: &Note) -> &'static str {
    if note.style.starts_with("supplier") { "Organization/supplier" } else { "Practitioner/author" }
}

fn request(note: &Note) -> String {
    let (given, family) = note.author.split_once(',').map_or(("", ""), |(name, _)| name.split_once(' ').unwrap_or(("", name)));
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
        {{"fullUrl":"https://example.org/fhir/Claim/c","resource":{{"resourceType":"Claim","id":"c","status":"active","use":"preauthorization","created":"{}","patient":{{"reference":"Patient/p"}},"provider":{{"reference":"Organization/o"}},"item":[{{"sequence":1,"productOrService":{{"coding":[{{"system":"{}","code":"{}"}}]}}}}]}}}},
        {{"fullUrl":"https://example.org/fhir/Patient/p","resource":{{"resourceType":"Patient","id":"p"}}}},
        {{"fullUrl":"https://example.org/fhir/Organization/o","resource":{{"resourceType":"Organization","id":"o","name":"Example Clinic"}}}},
        {{"fullUrl":"https://example.org/fhir/Organization/supplier","resource":{{"resourceType":"Organization","id":"supplier","name":"Example Supplier","type":[{{"coding":[{{"system":"http://nucc.org/provider-taxonomy","code":"332B00000X"}}]}}]}}}},
        {{"fullUrl":"https://example.org/fhir/Practitioner/author","resource":{{"resourceType":"Practitioner","id":"author","name":[{{"family":"{family}","given":["{given}"]}}]}}}}]}}"#,
        note.written,
        system::HCPCS,
        note.code
    )
}
