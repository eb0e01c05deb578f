//! `avedis cql evaluate`: every definition of a library for every patient, one JSON line each; with a measure its populations, scored against what is expected.

use super::files;
use super::output::{Bar, Output};
use super::prepare::Job;
use crate::{Done, Failure};
use population::{RunOptions, Source, SourceOptions, Stopped};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Evaluates CQL for every patient of a data set and prints one JSON line a patient.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  avedis cql evaluate --library input/cql --main MyMeasure --valuesets vocabulary --data tests
  avedis cql evaluate --library my.cql --data bundle.json --parameter '\"Measurement Period\"=2026-01-01..2026-12-31'
  avedis cql evaluate --library elm/ --data patients/ --definitions 'Initial Population,Numerator' --trace
  avedis cql evaluate --library input/cql --measure Measure-X.json --valuesets vocabulary --data input/tests/X --output x.ndjson
  avedis cql evaluate --library input/cql --measure input/resources/measure --valuesets vocabulary --data input/tests   (a whole deck)

A line: {\"patient\":\"p1\",\"source\":\"file\",\"definitions\":{\"Initial Population\":true,...}}. A definition that failed has {\"error\":...,\"code\":...}
as its value; a value set that no file gives is such an error, never an empty set. With --measure a line also has \"populations\" (count after the
rules between populations, raw before them, observations, score), and when a MeasureReport is expected \"expected\", \"agrees\" and \"differences\".
At the end a table on standard error (on standard output with --output) says how many agree and what differs.

The measurement period is that of --parameter; else of the patient's expected MeasureReport; else the measure's effectivePeriod; else the library's default.

Exit code: 0 all evaluated, and all that was expected agrees; 1 some patient differs from its expected MeasureReport; 2 could not run;
3 some definition, patient or file had an error (each is said), and nothing differs.")]
pub struct Args {
    /// Libraries: CQL, ELM JSON, FHIR Library resources, Bundles, or folders of them. Only what the main library includes must compile. Repeatable.
    #[arg(long, num_args = 1.., required_unless_present = "measure")]
    pub library: Vec<PathBuf>,
    /// The library to evaluate, `Name` or `Name|version`; otherwise the measure's, or every library that no other includes. Repeatable.
    #[arg(long)]
    pub main: Vec<String>,
    /// ModelInfo XML files of data models. FHIR 4.0.1, QI-Core 6.0.0 and US Core 6.1.0 are built in and need none. Repeatable.
    #[arg(long, num_args = 1..)]
    pub model: Vec<PathBuf>,
    /// Value sets and code systems: ValueSet and CodeSystem resources, Bundles, NDJSON, code-service maps, or folders of them. Repeatable.
    #[arg(long, visible_alias = "codesystems", num_args = 1..)]
    pub valuesets: Vec<PathBuf>,
    /// Patients: Bundles, NDJSON, Parquet, folders of them, folders of test cases (one folder a patient), or - for standard input. Repeatable.
    #[arg(long, required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// A parameter, NAME=VALUE: a CQL expression, a date, a range `2026-01-01..2026-12-31`, JSON, or for a resource @file.json or Type/id. Repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    pub parameter: Vec<String>,
    /// Measures: Measure resources, Bundles that hold them (their libraries and value sets are taken too), or folders. Repeatable.
    #[arg(long, num_args = 1..)]
    pub measure: Vec<PathBuf>,
    /// Expected MeasureReports, when they are not among the data. Repeatable.
    #[arg(long, num_args = 1.., requires = "measure")]
    pub expected: Vec<PathBuf>,
    /// Compares with a patient's MeasureReport even when it names another measure.
    #[arg(long, requires = "measure")]
    pub any_report: bool,
    /// Writes MeasureReports in place of answers: one line a patient, or one summary a measure.
    #[arg(long, value_enum, requires = "measure")]
    pub report: Option<ReportKind>,
    /// The time taken as now, like 2026-06-30T12:00:00Z; otherwise the clock.
    #[arg(long)]
    pub now: Option<String>,
    /// Offset of times that name none, like -05:00.
    #[arg(long, default_value = "Z", allow_hyphen_values = true)]
    pub timezone: String,
    /// Writes only these definitions, separated by commas.
    #[arg(long, value_delimiter = ',')]
    pub definitions: Vec<String>,
    /// Whole resources in the results, not only their type and id.
    #[arg(long)]
    pub full: bool,
    /// Adds to each definition what it rests on, what was absent, and the tree of its conditions.
    #[arg(long)]
    pub trace: bool,
    /// Doubtful things are errors: an include in another version, an incomplete value set, a library found twice with different text, a fault in the data.
    #[arg(long)]
    pub strict: bool,
    /// Threads; otherwise one a processor.
    #[arg(long)]
    pub workers: Option<NonZeroUsize>,
    /// File for the lines; otherwise standard output.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// File that keeps how far the run is: the same command again continues behind it. Needs --output.
    #[arg(long, requires = "output")]
    pub resume: Option<PathBuf>,
    /// Steps one patient may take before the evaluation is stopped.
    #[arg(long, default_value_t = 1_000_000_000)]
    pub max_steps: u64,
}

/// What kind of MeasureReport is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportKind {
    /// One a patient.
    Individual,
    /// One over all patients.
    Summary,
}

impl Args {
    /// Whether a MeasureReport a patient is written.
    pub fn wants_individual_reports(&self) -> bool {
        self.report == Some(ReportKind::Individual)
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let job = Job::prepare(args)?;
    let source = Source::open(&args.data, &SourceOptions::default()).map_err(|f| Failure::new(fault_text(&f)))?;
    let bar = Bar::new(source.total_bytes());
    let quiet = args.report == Some(ReportKind::Summary);
    let path = args.output.as_deref();
    let wrong = |e: std::io::Error| match path {
        Some(path) => files::unreadable(path, &e),
        None => Failure::new(format!("the answers could not be written: {e}")),
    };
    let mut output = Output::open(&job, path, bar.clone(), quiet).map_err(wrong)?;
    let workers = args.workers.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let mut show = |progress: &population::Progress| bar.show(progress);
    let options = RunOptions {
        strict: args.strict,
        progress: Some(&mut show),
        checkpoint: args.resume.clone(),
        identity: job.identity,
        ..RunOptions::default()
    };
    let report = population::run(source, workers, || |patient: &population::Patient| job.patient(patient), &mut output, options);
    bar.end();
    // A reader that has seen enough (`| head`) is no fault.
    if let Some(Stopped::Sink(error)) = &report.stopped
        && error.kind() == std::io::ErrorKind::BrokenPipe
    {
        return Ok(ExitCode::SUCCESS);
    }
    output.finish().map_err(wrong)?;
    if report.resumed > 0 {
        eprintln!("note: {} patients were written by an earlier run; the table counts those of this run", report.resumed);
    }
    if quiet {
        for report in output.board.reports(&job) {
            match path {
                Some(path) => files::write(path, &format!("{report:#}\n"))?,
                None => println!("{report:#}"),
            }
        }
    }
    let text = output.board.text(&job);
    if args.output.is_some() {
        print!("{text}")
    } else {
        eprint!("{text}")
    }
    if let Some(stopped) = report.stopped {
        return Err(Failure::new(stopped.to_string()));
    }
    Ok(if output.board.differs() {
        ExitCode::FAILURE
    } else if output.board.has_errors() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

fn fault_text(faults: &[population::Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
