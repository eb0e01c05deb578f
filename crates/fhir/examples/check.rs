//! Checks the FHIR files named on the command line and prints what is found, with the time a check takes.
//!
//! `cargo run --release -p fhir --example check -- [--pas] FILE…`
//! With `--pas` each file is read as a PAS request Bundle, otherwise as any resource.
use std::sync::Arc;
use std::time::Instant;

use fhir::pas::{Operation, Rules, Version, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let as_pas = names.first().is_some_and(|name| name == "--pas");
    if as_pas {
        names.remove(0);
    }
    let rules = Rules::new(Version::V2_2_1, Operation::Submit);
    let limits = json::Limits::default();
    for name in names {
        let bytes: Arc<[u8]> = std::fs::read(&name)?.into();
        let issues = |document: &json::Document| {
            if as_pas { read(document, &rules).issues } else { fhir::shape::check(document.root(), &rules.shape).issues }
        };
        let document = match json::Document::parse(bytes.clone(), &limits) {
            Ok(document) => document,
            Err(faults) => {
                faults.iter().for_each(|fault| println!("{name}: {fault}"));
                continue;
            }
        };
        let found = issues(&document);
        let rounds = (20_000_000 / bytes.len().max(1)).clamp(1, 5_000);
        let started = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(json::Document::parse(bytes.clone(), &limits).map_or(0, |parsed| parsed.node_count()));
        }
        let parsing = started.elapsed().as_secs_f64() * 1e6 / rounds as f64;
        let started = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(issues(&document).len());
        }
        let checking = started.elapsed().as_secs_f64() * 1e6 / rounds as f64;
        println!(
            "parse {parsing:6.1} us, check {checking:6.1} us, {} bytes, {} nodes: {name}",
            bytes.len(),
            document.node_count()
        );
        for issue in found {
            let place = issue.expression.as_deref().unwrap_or("-");
            println!("    {} {} {place}: {}", issue.severity.as_str(), issue.details, issue.diagnostics);
        }
    }
    Ok(())
}
