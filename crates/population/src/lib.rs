//! Many patients for CQL: streaming sources, runs over all cores that can be resumed, and columns that answer for all patients at once.
//!
//! # What it is for
//!
//! [`cql`] answers for one patient. This crate brings the patients: from Bundles, NDJSON, Bulk Data, folders and Parquet ([`Source`]), one at a time and in
//! bounded memory; and evaluates them on all cores with the results in the order of the input ([`run`]).
//!
//! ```
//! use population::{run, Done, Patient, RunOptions, Source, SourceOptions};
//!
//! let cql = "using FHIR version '4.0.1' context Patient define Woman: Patient.gender = 'female'";
//! let program = cql::compile(&[cql::Source { name: "w.cql", text: cql }], &cql::Options::default()).map_err(|f| f[0].to_string())?;
//! let woman = program.definition("Woman").ok_or("no such definition")?;
//! let now = cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("bad time")?;
//!
//! let lines = r#"
//!     {"resourceType":"Patient","id":"1","gender":"female"}
//!     {"resourceType":"Patient","id":"2","gender":"male"}
//!     {"resourceType":"Patient","id":"3"}
//! "#;
//! let source = Source::from_reader("-", lines.as_bytes(), &SourceOptions::default());
//! let worker = || {
//!     |patient: &Patient| {
//!         let (data, parameters) = (patient.data(), cql::Parameters::new());
//!         let answers = program.evaluate(&data, &parameters, now, &cql::EvalOptions::default());
//!         answers.ok().and_then(|a| a.tri(woman))
//!     }
//! };
//! let mut found = Vec::new();
//! let mut sink = |done: Done<Option<bool>>| {
//!     found.push((done.id, done.value));
//!     Ok(())
//! };
//! let report = run(source, 2.try_into().map_err(|_| "no worker")?, worker, &mut sink, RunOptions::default());
//! assert!(report.stopped.is_none());
//! found.sort();
//! assert_eq!(found, [("1".to_owned(), Some(true)), ("2".to_owned(), Some(false)), ("3".to_owned(), None)]);
//! # Ok::<(), String>(())
//! ```
//!
//! Truth values and counts can be asked of all patients at once. A [`Batch`] says which elements its definitions read, a [`Table`] holds these and nothing else, and the
//! row engine is asked only where columns cannot tell ([`Batch::explain`] says where).
//!
//! ```
//! use population::{Batch, Source, SourceOptions, TableBuilder};
//!
//! let cql = "using FHIR version '4.0.1' codesystem L: 'http://loinc.org' code A1c: '4548-4' from L context Patient
//!     define High: exists ([Observation: A1c] O where O.status = 'final' and (O.value as FHIR.Quantity).value > 9.0)";
//! let program = cql::compile(&[cql::Source { name: "h.cql", text: cql }], &cql::Options::default()).map_err(|f| f[0].to_string())?;
//! let high = program.definition("High").ok_or("no such definition")?;
//! let now = cql::value::DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("bad time")?;
//! let parameters = cql::Parameters::new();
//! let batch = Batch::new(&program, &[high], &parameters, now, None).map_err(|e| e.to_string())?;
//!
//! let lines = r#"
//!     {"resourceType":"Patient","id":"1"}
//!     {"resourceType":"Patient","id":"2"}
//!     {"resourceType":"Observation","status":"final","subject":{"reference":"Patient/2"},"valueQuantity":{"value":9.5,"unit":"%"},
//!      "code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]}}
//! "#.replace(",\n", ",");
//! let mut table = TableBuilder::new(batch.need());
//! let mut ids = Vec::new();
//! for patient in Source::from_reader("-", std::io::Cursor::new(lines), &SourceOptions::default()) {
//!     let patient = patient.map_err(|fault| fault.to_string())?;
//!     table.add(patient.resources().map(|(_, resource)| resource)).map_err(|e| e.to_string())?;
//!     ids.push(patient.id);
//! }
//! let answers = batch.evaluate(&table.finish(), None, 2.try_into().map_err(|_| "no worker")?).map_err(|e| e.to_string())?;
//! let found: Vec<&str> = answers[0].is_true.iter().map(|position| ids[position].as_str()).collect();
//! assert_eq!(found, ["2"]);
//! assert!(batch.explain()[0].in_columns);
//! # Ok::<(), String>(())
//! ```
//!
//! # What it promises
//!
//! * Every bad file, line or record is a [`Fault`] with its place and what to do; the others go on (or not, when the run is strict). A record of which a part
//!   cannot be read is left out whole: an absent fact must not be taken for one that is not so.
//! * The order of patients depends on the input alone: not on the number of workers, nor on the memory allowed.
//! * Memory is bounded by [`Limits`] and [`Flight`], however large the input and however slow the sink.
//! * A run with a checkpoint that was killed continues, and its output is the same to the byte.
//! * A panic while one patient is evaluated is a fault of that patient. (The message of a panic is printed by the program's panic hook, not by this crate.)
//! * The columns say what the row engine says, for every patient: `tests/columns.rs` compares random definitions over random patients.
//! * No `Debug`, `Display` or fault quotes a record.
//!
//! # What it deliberately does not know
//!
//! What is asked of the patients, measures, files of results, progress bars. It reads the files it is given and, when it must, writes to the temporary folder
//! and the checkpoint its caller names; nothing else of the outside.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod columns;
mod fault;
mod run;
mod scan;
mod source;

pub use columns::{Answer, Batch, BatchError, Bits, Explanation, Need, Records, Table, TableBuilder, TableFull};
pub use fault::{Fault, FaultCode, Origin};
pub use run::{Checkpoint, Done, FileSink, Flight, Progress, Report, RunOptions, Sink, Stopped, run};
pub use source::{Limits, Patient, Source, SourceOptions};
