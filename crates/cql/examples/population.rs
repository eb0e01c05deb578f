//! One program over many patients on all cores: a `Program` is shared, a patient's data belongs to its thread. `cargo run -p cql --example population`.
//!
//! (Streaming sources, order, checkpoints and columns are the crate `population`, which stands on this one.)

use cql::value::{DateTime, Tri};
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, compile};

const LIBRARY: &str = "
library Screening version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
context Patient
define \"Due\": AgeInYearsAt(@2026-01-01) between 45 and 75";

/// Prints how many patients are due, are not, and cannot be said.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = Source { name: "screening.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;
    let patients: Vec<String> = (0..2_000)
        .map(|i| match i % 10 {
            0 => format!(r#"{{ "resourceType": "Patient", "id": "{i}" }}"#),
            // Born in 1980 or so: 45 or 46 on the first of January 2026, which is 45 at least; in 1981 it cannot be said.
            _ => format!(r#"{{ "resourceType": "Patient", "id": "{i}", "birthDate": "{}" }}"#, 1940 + i % 60),
        })
        .collect();

    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = patients.len().div_ceil(threads);
    let found: Vec<Tri> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            patients.chunks(share).map(|part| scope.spawn(|| part.iter().map(|p| due(&program, p)).collect())).collect();
        let mut all = Vec::with_capacity(patients.len());
        for worker in workers {
            let part: Vec<Tri> = worker.join().unwrap_or_default();
            all.extend(part);
        }
        all
    });
    let count = |wanted: Tri| found.iter().filter(|t| **t == wanted).count();
    println!("due {}, not due {}, unknown {}", count(Some(true)), count(Some(false)), count(None));
    assert_eq!(found.len(), patients.len());
    assert!(count(None) >= 200, "without a birth date it is not known");
    Ok(())
}

fn due(program: &Program, patient: &str) -> Tri {
    let document = json::Document::parse(patient.as_bytes(), &json::Limits::default()).ok()?;
    let data = Data::from_document(&document);
    let parameters = Parameters::new();
    let now = DateTime::parse("2026-01-15T12:00:00.000Z")?;
    let answers = program.evaluate(&data, &parameters, now, &EvalOptions::default()).ok()?;
    answers.tri(program.definition("Due")?)
}
