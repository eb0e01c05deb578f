//! Conditions over dates with and without an index, over one patient of 1,000 Observations and 50 Encounters.
//!
//! `cargo run --release -p cql --example bench_dates`. The same condition under `not not` is one that no index serves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::data::Prepared;
use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, compile};
use json::{Document, Limits};
use std::hint::black_box;
use std::time::Instant;

const HEAD: &str = "library T using FHIR version '4.0.1' context Patient\n";

fn main() {
    let observation = |i: usize| {
        let (year, month, day) = (2015 + i % 10, 1 + i % 12, 1 + i % 28);
        format!(
            r#"{{"resource":{{"resourceType":"Observation","id":"o{i}","status":"final","effectiveDateTime":"{year}-{month:02}-{day:02}T08:00:00Z"}}}}"#
        )
    };
    let encounter = |i: usize| {
        let (year, month, day) = (2015 + i % 10, 1 + i % 12, 1 + i % 25);
        format!(
            r#"{{"resource":{{"resourceType":"Encounter","id":"e{i}","period":{{"start":"{year}-{month:02}-{day:02}T00:00:00Z","end":"{year}-{month:02}-{:02}T00:00:00Z"}}}}}}"#,
            day + 3
        )
    };
    let entries: Vec<String> = (0..1000).map(observation).chain((0..50).map(encounter)).collect();
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let document = Document::parse(bundle.into_bytes(), &Limits::default()).unwrap();
    let prepared = Prepared::new(document.clone());
    let during = "O.effective during Interval[@2019-03-01T00:00:00.0Z, @2019-05-31T00:00:00.0Z]";
    println!("microseconds, best of 300        with an index   without   ratio");
    for (name, query, condition) in [
        ("where, prepared patient", "Count([Observation] O where #)", during),
        ("with such that, prepared", "Count([Encounter] E with [Observation] O such that #)", "O.effective during E.period"),
    ] {
        let [index, plain] =
            times(&query.replace('#', condition), &query.replace('#', &format!("not (not ({condition}))")), || prepared.data());
        println!("{name:32} {index:13.1} {plain:9.1} {:7.1}", plain / index);
    }
    let query = "Count([Encounter] E with [Observation] O such that #)";
    let condition = "O.effective during E.period";
    let [index, plain] = times(&query.replace('#', condition), &query.replace('#', &format!("not (not ({condition}))")), || {
        Data::from_document(&document)
    });
    println!("{:32} {index:13.1} {plain:9.1} {:7.1}", "with such that, loaded anew", plain / index);
    let query = "Count([Observation] O where #)";
    let [index, plain] = times(&query.replace('#', during), &query.replace('#', &format!("not (not ({during}))")), || {
        Data::from_document(&document)
    });
    println!("{:32} {index:13.1} {plain:9.1} {:7.1}", "where, loaded anew (no index)", plain / index);
}

/// The same answers by both programs, in turns.
fn times<'a>(index: &str, plain: &str, data: impl Fn() -> Data<'a>) -> [f64; 2] {
    let programs = [index, plain]
        .map(|body| compile(&[Source { name: "T", text: &format!("{HEAD}define X: {body}") }], &Options::default()).unwrap());
    let (now, parameters) = (DateTime::parse("2020-01-01T00:00:00.000Z").unwrap(), Parameters::new());
    let once = |program: &Program| {
        let data = data();
        let started = Instant::now();
        let value = program
            .evaluate(&data, &parameters, now, &EvalOptions::default())
            .unwrap()
            .value(program.definition("X").unwrap())
            .clone();
        (started.elapsed().as_secs_f64() * 1e6, black_box(value))
    };
    assert_eq!(once(&programs[0]).1.to_string(), once(&programs[1]).1.to_string());
    let mut best = [f64::INFINITY; 2];
    for _ in 0..300 {
        for (best, program) in best.iter_mut().zip(&programs) {
            *best = best.min(once(program).0);
        }
    }
    best
}
