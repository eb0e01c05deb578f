//! How fast value sets are read: `cargo run --release -p cql --example bench_terminology [MEGABYTES]`.
//!
//! Makes expansions as a terminology server writes them (display, version, a code of six systems) and reads them from their bytes, best of several rounds.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use cql::Terminology;
use std::fmt::Write;
use std::time::Instant;

/// Value sets of 1 to 4,000 codes until so many bytes are full.
fn expansions(bytes: usize) -> Vec<String> {
    let systems =
        ["http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm", "http://www.ama-assn.org/go/cpt"];
    let (mut sets, mut total, mut seed) = (Vec::new(), 0, 7_u64);
    while total < bytes {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (number, count) = (sets.len(), 1 + (seed >> 33) % 4_000);
        let mut text = format!(
            r#"{{"resourceType":"ValueSet","id":"v{number}","url":"http://example.org/ValueSet/v{number}","version":"20260101","status":"active","expansion":{{"identifier":"urn:uuid:1","timestamp":"2026-01-01T00:00:00Z","total":{count},"contains":["#
        );
        for code in 0..count {
            let system = systems[(number + usize::from(code % 17 == 0)) % systems.len()];
            let id = (seed >> 40) + code * 37;
            let comma = if code == 0 { "" } else { "," };
            let _ = write!(
                text,
                r#"{comma}{{"system":"{system}","version":"2026-03","code":"{id}","display":"Disorder number {id} of the body structure (disorder)"}}"#
            );
        }
        text.push_str("]}}");
        total += text.len();
        sets.push(text);
    }
    sets
}

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(10);
    let texts = expansions(megabytes << 20);
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = [f64::MAX; 4];
    let (limits, projection) = (json::Limits::default(), Terminology::projection());
    let mut codes = 0;
    for _ in 0..9 {
        let started = Instant::now();
        for text in &texts {
            json::Document::parse(text.as_bytes(), &limits).unwrap();
        }
        best[0] = best[0].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let mut terminology = Terminology::new();
        for text in &texts {
            let document = json::Document::parse(text.as_bytes(), &limits).unwrap();
            terminology.add_fhir_value_set(document.root()).unwrap();
        }
        best[1] = best[1].min(started.elapsed().as_secs_f64());
        codes = terminology.len();
        let started = Instant::now();
        for text in &texts {
            json::Document::parse_projected(text.as_bytes(), &projection, &limits).unwrap();
        }
        best[2] = best[2].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let mut terminology = Terminology::new();
        for text in &texts {
            let document = json::Document::parse_projected(text.as_bytes(), &projection, &limits).unwrap();
            terminology.add_fhir(document.root()).unwrap();
        }
        best[3] = best[3].min(started.elapsed().as_secs_f64());
        assert_eq!(codes, terminology.len());
    }
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;
    println!("{codes} value sets, {:.1} MB", bytes as f64 / 1e6);
    println!("JSON parsed whole         {:7.1} MB/s", rate(best[0]));
    println!("parsed and added          {:7.1} MB/s", rate(best[1]));
    println!("JSON parsed, needed parts {:7.1} MB/s", rate(best[2]));
    println!("needed parts and added    {:7.1} MB/s", rate(best[3]));
}
