//! A measure over many patients, every definition: patients a second from JSON bytes, and from prepared data, with and without evidence.
//!
//! `bench_measure MAIN VALUESETS PARAMETERS PATIENTS SOURCE... [BASELINE=patients-a-second]`. Sources are CQL or ELM JSON; `PATIENTS` is a JSON array of Bundles.
//! `tools/cql-differential/bench.sh` makes the inputs, times cql-execution on the same ELM and patients and hands its figure over as the baseline.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, Terminology, compile, compile_elm, tool};
use json::{Document, Limits};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

struct Setting {
    program: Program,
    wanted: Vec<cql::DefinitionId>,
    terminology: Terminology,
    parameters: Parameters,
    now: DateTime,
}

impl Setting {
    fn options(&self, trace: bool) -> EvalOptions<'_> {
        EvalOptions { trace, terminology: Some(&self.terminology), definitions: Some(&self.wanted), ..EvalOptions::default() }
    }

    fn evaluate(&self, data: &Data<'_>, trace: bool) {
        black_box(self.program.evaluate(data, &self.parameters, self.now, &self.options(trace)).unwrap());
    }
}

fn main() {
    let (baseline, arguments): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("BASELINE="));
    let baseline: Option<f64> = baseline.first().and_then(|b| b["BASELINE=".len()..].parse().ok());
    let [main, value_sets, parameters, patients, sources @ ..] = arguments.as_slice() else {
        println!("skipped: bench_measure MAIN VALUESETS PARAMETERS PATIENTS SOURCE...");
        return;
    };
    let setting = setting(main, value_sets, parameters, sources);
    let all: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(patients).unwrap()).unwrap();
    let bodies: Vec<Arc<[u8]>> = all.iter().map(|b| Arc::from(serde_json::to_vec(b).unwrap())).collect();
    let bytes: usize = bodies.iter().map(|b| b.len()).sum();
    println!("{} patients of {} bytes, {} definitions", bodies.len(), bytes / bodies.len(), setting.wanted.len());

    let parse = |body: &Arc<[u8]>| Document::parse(Arc::clone(body), &Limits::default()).unwrap();
    let documents: Vec<Document> = bodies.iter().map(parse).collect();
    let data: Vec<Data<'_>> = documents.iter().map(Data::from_document).collect();
    let failed = data.iter().filter(|d| {
        let answers = setting.program.evaluate(d, &setting.parameters, setting.now, &setting.options(false)).unwrap();
        answers.first_error().is_some()
    });
    println!("patients with a definition that failed: {}", failed.count());

    let count = bodies.len();
    let parsed = rate(count, || bodies.iter().for_each(|b| drop(black_box(parse(b)))));
    let whole = rate(count, || {
        for body in &bodies {
            let document = parse(body);
            setting.evaluate(&Data::from_document(&document), false);
        }
    });
    let loaded = rate(count, || documents.iter().for_each(|d| setting.evaluate(&Data::from_document(d), false)));
    let prepared = rate(count, || data.iter().for_each(|d| setting.evaluate(d, false)));
    let traced = rate(count, || data.iter().for_each(|d| setting.evaluate(d, true)));
    println!("parse only                   {parsed:>10.0} patients/s");
    let against = |rate: f64| baseline.map_or(String::new(), |b| format!("   {:>7.0} times cql-execution ({b:.0}/s)", rate / b));
    println!("bytes to answers             {whole:>10.0} patients/s{}", against(whole));
    println!("load and evaluate            {loaded:>10.0} patients/s");
    println!("evaluate, prepared           {prepared:>10.0} patients/s{}", against(prepared));
    println!("evaluate, prepared, traced   {traced:>10.0} patients/s   {:.2} times the cost", prepared / traced);
}

fn setting(main: &str, value_sets: &str, parameters: &str, sources: &[String]) -> Setting {
    let texts: Vec<(String, String)> = sources.iter().map(|f| (f.clone(), std::fs::read_to_string(f).unwrap())).collect();
    let begun = Instant::now();
    let made = if sources.iter().all(|f| f.ends_with(".json")) {
        compile_elm(&texts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect::<Vec<_>>())
    } else {
        compile(&texts.iter().map(|(name, text)| Source { name, text }).collect::<Vec<_>>(), &Options::default())
    };
    let program = made.unwrap_or_else(|faults| panic!("{}", faults[0]));
    println!("parse, type and plan: {:?}", begun.elapsed());
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let limits = Limits { max_bytes: 1 << 30, max_nodes: 100_000_000, ..Limits::default() };
    let sets = Document::parse(std::fs::read(value_sets).unwrap(), &limits).unwrap();
    let mut terminology = Terminology::new();
    sets.root().items().for_each(|set| terminology.add_fhir_value_set(set).unwrap());
    let pairs: serde_json::Value = serde_json::from_slice(&std::fs::read(parameters).unwrap()).unwrap();
    let pairs: Vec<String> = pairs.as_object().unwrap().iter().map(|(n, t)| format!("{n}={}", t.as_str().unwrap())).collect();
    let parameters = tool::parameters(pairs.iter().map(String::as_str), now).unwrap();
    let library = program.libraries().into_iter().find(|l| &*l.name == main).expect("the main library is among the sources");
    let wanted = program.definitions(library.id).into_iter().map(|d| d.id).collect();
    Setting { program, wanted, terminology, parameters, now }
}

/// Patients a second: the best of many rounds over all patients, two seconds in all.
fn rate(patients: usize, mut round: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut best = f64::INFINITY;
    while begun.elapsed().as_secs_f64() < 2.0 {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed().as_secs_f64());
    }
    patients as f64 / best
}
