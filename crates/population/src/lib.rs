//! Many patients for CQL: streaming sources, and runs over all cores that can be resumed.
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
//! # What it promises
//!
//! * Every bad file, line or record is a [`Fault`] with its place and what to do; the others go on (or not, when the run is strict). A record of which a part
//!   cannot be read is left out whole: an absent fact must not be taken for one that is not so.
//! * The order of patients depends on the input alone: not on the number of workers, nor on the memory allowed.
//! * Memory is bounded by [`Limits`] and [`Flight`], however large the input and however slow the sink.
//! * A run with a checkpoint that was killed continues, and its output is the same to the byte.
//! * A panic while one patient is evaluated is a fault of that patient. (The message of a panic is printed by the program's panic hook, not by this crate.)
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
