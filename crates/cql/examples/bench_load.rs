//! Loading one patient: bytes to document, to data, beside a `serde_json::Value` parse of the
//! same bytes; and the memory each keeps.
//!
//! `cargo run --release -p cql --example bench_load` (with the shared folder beside the
//! project, or `AVEDIS_SHARED` naming it).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::data::{Data, Prepared, ProjectionOptions, Terminology};
use cql::value::DateTime;
use cql::{EvalOptions, Options, Parameters, Program, Source, compile};
use json::{Document, Limits};
use std::hint::black_box;
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
    let text = std::fs::read_to_string(folder.join("UMBench.cql")).unwrap();
    let umbench = compile(&[Source { name: "UMBench.cql", text: &text }], &Options::default()).expect("the library compiles");
    let all: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(folder.join("pats.json")).unwrap()).unwrap();
    let patients: Vec<Arc<[u8]>> = all.iter().map(|b| Arc::from(serde_json::to_vec(b).unwrap())).collect();
    measure("UMBench (101 resources)", &umbench, &patients, 20);
    measure("synthetic (1,000 resources)", &umbench, &[synthetic(1000)], 200);
    let sets = Document::parse(std::fs::read(folder.join("vs.json")).unwrap(), &Limits::default()).unwrap();
    let mut terminology = Terminology::new();
    sets.root().items().for_each(|set| terminology.add_fhir_value_set(set).unwrap());
    println!("memory");
    memory(&umbench, &patients, &terminology);
    memory(&umbench, &[synthetic(1000)], &terminology);
    let pretty: Vec<Arc<[u8]>> = all.iter().map(|b| Arc::from(serde_json::to_vec_pretty(b).unwrap())).collect();
    measure("UMBench, indented", &umbench, &pretty, 10);
}

fn measure(name: &str, program: &Program, patients: &[Arc<[u8]>], rounds: usize) {
    let bytes: usize = patients.iter().map(|b| b.len()).sum::<usize>() / patients.len();
    println!("{name}: {} patients of {bytes} bytes", patients.len());
    let projection = program.projection(&ProjectionOptions { results_as_references: true, ..ProjectionOptions::default() });
    let mut times: [Vec<Duration>; 6] = Default::default();
    for _ in 0..rounds {
        for patient in patients {
            let start = Instant::now();
            black_box(serde_json::from_slice::<serde_json::Value>(patient).unwrap());
            times[0].push(start.elapsed());

            let start = Instant::now();
            let document = Document::parse(Arc::clone(patient), &Limits::default()).unwrap();
            times[1].push(start.elapsed());

            let start = Instant::now();
            black_box(&Data::from_document(&document));
            times[2].push(start.elapsed());

            let start = Instant::now();
            let kept = Document::parse_projected(Arc::clone(patient), &projection, &Limits::default()).unwrap();
            times[3].push(start.elapsed());

            let start = Instant::now();
            black_box(&Data::from_document(&kept));
            times[4].push(start.elapsed());

            let start = Instant::now();
            black_box(Prepared::compact(&kept));
            times[5].push(start.elapsed());
        }
    }
    for (name, mut times) in
        ["serde_json::Value", "parse", "load", "parse, projected", "load, projected", "compact"].into_iter().zip(times)
    {
        times.sort_unstable();
        let at = |q: usize| times[times.len() * q / 100].as_secs_f64() * 1e6;
        let rate = bytes as f64 / at(50);
        println!("  {name:<26} p50 {:>8.1} us   p99 {:>8.1} us   {rate:>7.0} MB/s", at(50), at(99));
    }
}

/// Bytes kept a patient, with the indexes that an evaluation has made.
fn memory(program: &Program, patients: &[Arc<[u8]>], terminology: &Terminology) {
    let projection = program.projection(&ProjectionOptions { results_as_references: true, ..ProjectionOptions::default() });
    let now = DateTime::parse("2026-01-01T00:00:00.000Z").unwrap();
    let (parameters, options) = (Parameters::new(), EvalOptions { terminology: Some(terminology), ..EvalOptions::default() });
    let mut kept = [0; 4];
    for patient in patients {
        let full = Document::parse(Arc::clone(patient), &Limits::default()).unwrap();
        let projected = Document::parse_projected(Arc::clone(patient), &projection, &Limits::default()).unwrap();
        let prepared = Prepared::compact(&projected);
        kept[0] += patient.len();
        kept[1] += full.heap_bytes();
        kept[2] += prepared.document().heap_bytes();
        black_box(program.evaluate(&prepared.data(), &parameters, now, &options).unwrap().first_error());
        kept[3] += prepared.heap_bytes();
    }
    let share = |at: usize| format!("{} ({:.0} % of JSON)", kept[at] / patients.len(), 100.0 * kept[at] as f64 / kept[0] as f64);
    println!("  bytes a patient: parsed {}, compact {}, prepared and evaluated {}", share(1), share(2), share(3));
}

/// A patient with a history: encounters, conditions, observations, orders and procedures, as a FHIR Bundle.
fn synthetic(resources: usize) -> Arc<[u8]> {
    let mut entries = vec![serde_json::json!({"fullUrl": "urn:uuid:0", "resource": {
        "resourceType": "Patient", "id": "p", "birthDate": "1961-05-04", "gender": "female",
        "name": [{"family": "Fictional", "given": ["Ada"]}]}})];
    for i in 1..resources {
        let day = format!("20{:02}-{:02}-{:02}", 10 + i % 15, 1 + i % 12, 1 + i % 28);
        let subject = serde_json::json!({"reference": "Patient/p"});
        let code = serde_json::json!({"coding": [{"system": "http://snomed.info/sct", "code": format!("{}", 10_000_000 + i % 300), "display": "A finding of some kind"}], "text": "A finding of some kind"});
        let resource = match i % 8 {
            0 => {
                serde_json::json!({"resourceType": "Encounter", "id": format!("e{i}"), "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}, "type": [code], "subject": subject, "period": {"start": format!("{day}T08:00:00+01:00"), "end": format!("{day}T09:00:00+01:00")}})
            }
            1 => {
                serde_json::json!({"resourceType": "Condition", "id": format!("c{i}"), "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}, "code": code, "subject": subject, "onsetDateTime": day})
            }
            2 => {
                serde_json::json!({"resourceType": "MedicationRequest", "id": format!("m{i}"), "status": "active", "intent": "order", "medicationCodeableConcept": code, "subject": subject, "authoredOn": day, "dosageInstruction": [{"text": "one tablet daily", "timing": {"repeat": {"frequency": 1, "period": 1.0, "periodUnit": "d"}}}]})
            }
            3 => {
                serde_json::json!({"resourceType": "Procedure", "id": format!("r{i}"), "status": "completed", "code": code, "subject": subject, "performedPeriod": {"start": format!("{day}T08:00:00+01:00"), "end": format!("{day}T08:30:00+01:00")}})
            }
            _ => {
                serde_json::json!({"resourceType": "Observation", "id": format!("o{i}"), "status": "final", "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}], "code": {"coding": [{"system": "http://loinc.org", "code": format!("{}-{}", 1000 + i % 200, i % 10), "display": "A measurement"}]}, "subject": subject, "effectiveDateTime": format!("{day}T10:00:00Z"), "valueQuantity": {"value": (i % 97) as f64 / 4.0, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}})
            }
        };
        entries.push(serde_json::json!({"fullUrl": format!("https://example.org/fhir/{i}"), "resource": resource}));
    }
    let bundle = serde_json::json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    Arc::from(serde_json::to_vec(&bundle).unwrap())
}
