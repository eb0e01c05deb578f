//! temp
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use criteria::*;
use std::time::Instant;
fn main() {
    let t=Instant::now();
    let library = Library::load_folder(std::path::Path::new("/work/main/policies")).unwrap();
    println!("load {:?}", t.elapsed());
    let facts = LineFacts { sequence: 1, code: base::Code::new(base::system::HCPCS, "E1390"), quantity: None, certification: case::request::Certification::Initial,
        date_of_service: "2026-11-20".parse().unwrap(), service_to: None, received_on: "2026-11-20".parse().unwrap(), as_of: "2026-11-20".parse().unwrap(), line_of_business: base::LineOfBusiness::MedicareAdvantage };
    let policy = library.policy_for(&facts.selection()).unwrap();
    let text = std::fs::read("/tmp/ox.json").unwrap();
    let doc = json::Document::parse(text.clone(), &json::Limits::default()).unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let none=Signatures::none();
    let rec = Record::of(&[doc.clone()]);
    let f = evaluate(policy, &rec, &facts, now, &none).unwrap();
    println!("{:?} {}", f.missing, serde_json::to_vec(&f).unwrap().len());
    let n=5000;
    for _ in 0..4 {
    let t=Instant::now();
    for _ in 0..n { std::hint::black_box(json::Document::parse(text.clone(), &json::Limits::default()).unwrap()); }
    let a=t.elapsed();
    let t=Instant::now();
    for _ in 0..n { std::hint::black_box(Record::of(&[doc.clone()])); }
    let b=t.elapsed();
    let rec = Record::of(&[doc.clone()]);
    let t=Instant::now();
    for _ in 0..n { std::hint::black_box(evaluate(policy, &rec, &facts, now, &none).unwrap()); }
    let c=t.elapsed();
    println!("parse {:.1} us, record {:.1} us, evaluate {:.1} us", a.as_secs_f64()*1e6/n as f64, b.as_secs_f64()*1e6/n as f64, c.as_secs_f64()*1e6/n as f64);
    }
}
