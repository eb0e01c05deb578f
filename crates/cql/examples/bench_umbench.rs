//! UMBench: one utilization rule over 200 synthetic patients of 101 resources, from the bytes
//! of a patient's Bundle to the answer, beside a `serde_json::Value` parse of the same bytes.
//!
//! `cargo run --release -p cql --example bench_umbench` (with the shared folder beside the
//! project, or `AVEDIS_SHARED` naming it).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::data::{Data, Terminology};
use cql::eval::{EvalOptions, Parameters, Program};
use cql::sema::{Options, Source, check};
use cql::value::{DateTime, Interval, Value};
use json::{Document, Limits};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let root = std::env::var_os("AVEDIS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("data/cql/umbench");
    if !folder.exists() {
        println!("skipped: UMBench is not in the shared folder");
        return;
    }
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let terminology = terminology(&read("vs.json"));
    let text = String::from_utf8(read("UMBench.cql")).unwrap();
    let begun = Instant::now();
    let checked = check(&[Source { name: "UMBench.cql", text: &text }], &Options::default());
    for diagnostic in &checked.diagnostics {
        println!("{}", diagnostic.message);
    }
    let program = Program::new(checked.plan.expect("the library compiles"));
    println!("parse, type and plan: {:?}", begun.elapsed());

    let all: Vec<serde_json::Value> = serde_json::from_slice(&read("pats.json")).unwrap();
    let patients: Vec<(String, Arc<[u8]>)> = all
        .iter()
        .map(|bundle| {
            let id = bundle["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
            (id, Arc::from(serde_json::to_vec(bundle).unwrap()))
        })
        .collect();
    let expected: serde_json::Value = serde_json::from_slice(&read("res_cqlexec.json")).unwrap();
    let bytes: usize = patients.iter().map(|(_, b)| b.len()).sum();
    println!("{} patients, {} bytes each on average", patients.len(), bytes / patients.len());

    let parameters = Parameters::new().with("Measurement Period", period());
    let now = DateTime::parse("2026-01-01T00:00:00.000Z").unwrap();
    let plain = EvalOptions { terminology: Some(&terminology), ..EvalOptions::default() };
    let traced = EvalOptions { trace: true, ..plain };
    let approve = program.definition("Approve").unwrap();
    let count = program.definition("Therapy Count").unwrap();

    let mut agree = 0;
    for (id, bundle) in &patients {
        let document = Document::parse(Arc::clone(bundle), &Limits::default()).unwrap();
        let data = Data::from_document(&document);
        let evaluation = program.evaluate(&data, &parameters, now, &plain).unwrap();
        assert!(evaluation.first_error().is_none(), "{:?}", evaluation.first_error());
        let want = &expected[id];
        let got = [evaluation.value(approve).to_json(), evaluation.value(count).to_json()];
        agree += usize::from(got[0] == want[0] && got[1] == want[1]);
    }
    println!("agree with cql-execution: {agree} of {}", patients.len());

    let mut rounds: [Vec<Duration>; 7] = Default::default();
    for _ in 0..20 {
        for (_, bundle) in &patients {
            let start = Instant::now();
            let value: serde_json::Value = serde_json::from_slice(bundle).unwrap();
            std::hint::black_box(&value);
            rounds[0].push(start.elapsed());

            let start = Instant::now();
            let document = Document::parse(Arc::clone(bundle), &Limits::default()).unwrap();
            let parsed = start.elapsed();
            rounds[1].push(parsed);

            let begun = Instant::now();
            let data = Data::from_document(&document);
            rounds[2].push(begun.elapsed());
            let loaded = Instant::now();
            let evaluation = program.evaluate(&data, &parameters, now, &plain).unwrap();
            std::hint::black_box(evaluation.tri(approve));
            rounds[3].push(loaded.elapsed());
            rounds[4].push(parsed + begun.elapsed());

            let data = Data::from_document(&document);
            let begun = Instant::now();
            let evaluation = program.evaluate(&data, &parameters, now, &traced).unwrap();
            std::hint::black_box(evaluation.tri(approve));
            rounds[5].push(begun.elapsed());
            std::hint::black_box(evaluation.evidence(approve));
            rounds[6].push(begun.elapsed());
        }
    }
    let names = [
        "serde_json::Value parse",
        "our parse",
        "load",
        "evaluate",
        "bytes to answer",
        "evaluate with trace",
        "trace, evidence listed",
    ];
    for (name, mut times) in names.into_iter().zip(rounds) {
        times.sort_unstable();
        let at = |q: usize| times[times.len() * q / 100].as_secs_f64() * 1e6;
        println!("{name:<26} p50 {:>8.1} us   p99 {:>8.1} us", at(50), at(99));
    }
}

fn terminology(bytes: &[u8]) -> Terminology {
    let document = Document::parse(bytes.to_vec(), &Limits::default()).unwrap();
    let mut terminology = Terminology::new();
    for set in document.root().items() {
        terminology.add_fhir_value_set(set).unwrap();
    }
    terminology
}

fn period() -> Value {
    let bound = |text: &str| Value::DateTime(DateTime::parse(text).unwrap());
    Value::interval(Interval::closed(bound("2026-01-01T00:00:00.000Z"), bound("2026-12-31T23:59:59.999Z")))
}
