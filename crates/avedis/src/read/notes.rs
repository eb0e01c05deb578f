//! Our labelled notes through the whole of reading: each is a document of a request, the policy's CQL is asked, and what comes out is
//! compared with the labels. What the text says of a criterion counts, also where the policy would take it for a suggestion only.

use crate::Failure;
use base::{Code, Date, Hash, LineOfBusiness, Timestamp, system};
use case::Truth;
use case::finding::{Finding, Findings, Reading};
use case::request::Certification;
use criteria::weigh::{FromDocuments, evaluate_with};
use criteria::{LineFacts, Policy, Record, Signatures};
use evidence::{Opened, People};
use text::Span;
use text::criterion::Answer;
use text::score::notes::{Note, Said, Score};

/// The day for which all of them ask.
const SERVICE: Date = jiff::civil::date(2026, 11, 20);
/// When they are asked.
const NOON: Timestamp = Timestamp::constant(1_795_176_000, 0);

/// The notes of one policy.
pub(super) fn score(policy: &Policy, lexicon: &text::Lexicon, notes: &[Note]) -> Result<Score, Failure> {
    let mut score = Score::default();
    for note in notes {
        let (sentences, said) = said(policy, lexicon, note)?;
        score.add(note, &sentences, &said);
    }
    Ok(score)
}

fn wrong(note: &Note, what: &str) -> Failure {
    Failure::new(format!("note {}: {what}", note.id))
}

/// What the policy's CQL says of a note that came as a document of a request.
fn said(policy: &Policy, lexicon: &text::Lexicon, note: &Note) -> Result<(Vec<text::Sentence>, Vec<Said>), Failure> {
    let parsed =
        |bytes: Vec<u8>| json::Document::parse(bytes, &json::Limits::default()).map_err(|_| wrong(note, "it makes no JSON"));
    let request = parsed(request(note).into_bytes())?;
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
    .map_err(|e| wrong(note, &e.to_string()))?;
    let sentences = read.reading.sentences.clone();
    let derived = evidence::bundle(&[read], lexicon, &policy.text().statements, &People::of(&documents));
    let derived = parsed(derived.bundle)?;
    let with = Record::with_text(&documents, &[derived]);
    let facts = LineFacts {
        sequence: 1,
        code: Code::new(system::HCPCS, &note.code),
        quantity: None,
        certification: if note.scope == "continuation" { Certification::Renewal } else { Certification::Initial },
        date_of_service: SERVICE,
        service_to: None,
        received_on: SERVICE,
        as_of: SERVICE,
        line_of_business: LineOfBusiness::MedicareAdvantage,
    };
    let reading = Reading { lexicon: lexicon.hash().to_owned(), bundle: Hash::of(b""), documents: Vec::new() };
    let weighed = Some(FromDocuments { record: &with, reading });
    let findings: Findings = evaluate_with(policy, &Record::of(&documents), weighed, &facts, NOON, &Signatures::none())
        .map_err(|e| wrong(note, &e.to_string()))?;
    let parents: Vec<&String> = findings.criteria.iter().filter_map(|f| f.parent.as_ref()).collect();
    let leaves = findings.criteria.iter().filter(|f| !parents.contains(&&f.id));
    let mut out: Vec<Said> = Vec::new();
    for finding in leaves.filter(|f| f.truth == Truth::Unknown || f.text.is_some()) {
        if !out.iter().any(|s| s.criterion == finding.id) {
            out.push(one(finding));
        }
    }
    Ok((sentences, out))
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
