//! `avedis cql evaluate`: every definition of a library for every patient, one JSON line each.

use super::answers::{Members, Style, Wanted};
use super::library::Shelf;
use super::parameters::{self, Binding, Bound, Given};
use super::terminology::Vocabulary;
use super::{answers, cases, clock, files};
use crate::{Done, Failure};
use ::cql::value::DateTime;
use ::cql::{Data, DefinitionId, EvalOptions, Options, Parameters, Program, Terminology};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Evaluates CQL for every patient of a data set and prints one JSON line a patient.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  avedis cql evaluate --library input/cql --main MyMeasure --valuesets vocabulary --data tests
  avedis cql evaluate --library my.cql --data bundle.json --parameter '\"Measurement Period\"=2026-01-01..2026-12-31'
  avedis cql evaluate --library elm/ --data patients/ --definitions 'Initial Population,Numerator' --trace

A line: {\"patient\":\"p1\",\"definitions\":{\"Initial Population\":true,...}}. A definition that failed has {\"error\":...,\"code\":...} as its value;
a value set that no file gives is such an error, never an empty set.

Exit code: 0 everything was evaluated, 1 the expected results differ, 2 could not run, 3 some definition, patient or file had an error (said above).")]
pub struct Args {
    /// Libraries: CQL, ELM JSON, FHIR Library resources, Bundles, or folders of them. Repeatable.
    #[arg(long, required = true)]
    library: Vec<PathBuf>,
    /// The library to evaluate, `Name` or `Name|version`; otherwise every library that no other includes.
    #[arg(long)]
    main: Vec<String>,
    /// ModelInfo files. FHIR 4.0.1, QI-Core 6.0.0 and US Core 6.1.0 are built in and need none. Repeatable.
    #[arg(long, num_args = 1..)]
    model: Vec<PathBuf>,
    /// Value sets: ValueSet and CodeSystem resources, Bundles, NDJSON, code-service maps, or folders of them. Repeatable.
    #[arg(long)]
    valuesets: Vec<PathBuf>,
    /// Patients: Bundles, NDJSON, or folders of them or of test cases. Repeatable.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// A parameter, NAME=VALUE: a CQL expression, a date, a range `2026-01-01..2026-12-31`, JSON, or for a resource @file.json or Type/id. Repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    parameter: Vec<String>,
    /// The time taken as now; otherwise the clock.
    #[arg(long)]
    now: Option<String>,
    /// Offset of times that name none.
    #[arg(long, default_value = "Z", allow_hyphen_values = true)]
    timezone: String,
    /// Only these definitions, separated by commas.
    #[arg(long, value_delimiter = ',')]
    definitions: Vec<String>,
    /// Whole resources in the results, not only their type and id.
    #[arg(long)]
    full: bool,
    /// Adds to each definition what it rests on, what was absent, and the tree of its conditions.
    #[arg(long)]
    trace: bool,
    /// Doubtful things are errors: an include in another version, an incomplete value set, a library found twice with different text.
    #[arg(long)]
    strict: bool,
    /// File for the lines; otherwise standard output.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// A program and what is asked of it.
struct Unit {
    program: Program,
    wanted: Vec<Wanted>,
    ids: Vec<DefinitionId>,
    bindings: Vec<Binding>,
}

/// Everything that stays the same from patient to patient.
struct Job {
    units: Vec<Unit>,
    terminology: Terminology,
    now: DateTime,
    style: Style,
    files: BTreeMap<PathBuf, json::Document>,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let job = prepare(args)?;
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|e| files::unreadable(path, &e))?;
            Box::new(std::io::BufWriter::new(file))
        }
        None => Box::new(std::io::BufWriter::new(std::io::stdout().lock())),
    };
    let mut failed = 0;
    let patients = cases::load(&args.data)?;
    for patient in &patients {
        let (line, errors) = job.patient(patient);
        failed += usize::from(errors > 0);
        writeln!(out, "{line}").map_err(|e| Failure::new(format!("the answers could not be written: {e}")))?;
    }
    out.flush().map_err(|e| Failure::new(format!("the answers could not be written: {e}")))?;
    eprintln!("{} patients, {failed} with a definition in error", patients.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn prepare(args: &Args) -> Result<Job, Failure> {
    let now = clock::now(args.now.as_deref(), &args.timezone)?;
    let given: Vec<Given> = args.parameter.iter().map(|p| parameters::parse(p)).collect::<Result<_, _>>()?;
    let shelf = Shelf::load(&args.library)?;
    remarks(&shelf.remarks, args.strict)?;
    let mains = mains(&shelf, &args.main)?;
    let prefix = mains.len() > 1;
    let mut units = Vec::new();
    for main in mains {
        let closure = shelf.closure(main);
        substitutes(&shelf, &closure, args.strict)?;
        let program = shelf.compile(&closure, "", &Options::default())?;
        units.push(unit(program, &shelf.libraries[main], prefix, &args.definitions)?);
    }
    let programs: Vec<&Program> = units.iter().map(|u| &u.program).collect();
    let mut all_used = vec![false; given.len()];
    let mut bindings = Vec::new();
    for program in &programs {
        let (bound, used) = parameters::bind(program, &given, now)?;
        bindings.push(bound);
        all_used.iter_mut().zip(used).for_each(|(all, one)| *all |= one);
    }
    if let Some(index) = all_used.iter().position(|used| !used) {
        return Err(parameters::unknown(&given[index].name, &programs));
    }
    let terminology = terminology(args, &programs)?;
    let mut files = BTreeMap::new();
    for binding in bindings.iter().flatten() {
        if let Bound::File(path) = &binding.bound {
            let document = files::documents(path)?.into_iter().next();
            let document = document.ok_or_else(|| Failure::new(format!("{}: empty", path.display())))?;
            files.insert(path.clone(), document);
        }
    }
    for (unit, bindings) in units.iter_mut().zip(bindings) {
        unit.bindings = bindings;
    }
    Ok(Job { units, terminology, now, style: Style { full: args.full, trace: args.trace }, files })
}

/// Says what is doubtful; with `--strict` it is an error.
fn remarks(remarks: &[String], strict: bool) -> Result<(), Failure> {
    if strict && !remarks.is_empty() {
        return Err(Failure::new(remarks.join("\n")));
    }
    remarks.iter().for_each(|r| eprintln!("note: {r}"));
    Ok(())
}

/// Says which includes are taken in another version than asked for; with `--strict` that is an error.
fn substitutes(shelf: &Shelf, closure: &[usize], strict: bool) -> Result<(), Failure> {
    let found = shelf.substitutes(closure);
    let said = found.iter().map(|s| {
        let from = &shelf.libraries[s.library];
        format!("{} includes {} version {}, which is not there; version {} is", from.name, s.name, s.asked, s.taken)
    });
    let said: Vec<String> = said.collect();
    if strict && !said.is_empty() {
        return Err(Failure::new(format!("{}; add them, or leave --strict out", said.join("\n"))));
    }
    said.iter().for_each(|s| eprintln!("warning: {s} and is used in its place"));
    Ok(())
}

/// The libraries asked for, or those that no other includes.
fn mains(shelf: &Shelf, asked: &[String]) -> Result<Vec<usize>, Failure> {
    if !asked.is_empty() {
        let find = |name: &String| {
            let names: Vec<&str> = shelf.libraries.iter().map(|l| l.name.as_str()).collect();
            shelf.find(name).ok_or_else(|| Failure::new(format!("there is no library {name}; found are {}", names.join(", "))))
        };
        return asked.iter().map(find).collect();
    }
    let roots = shelf.roots();
    match roots.len() {
        0 if shelf.libraries.is_empty() => Err(Failure::new("no CQL, ELM or FHIR Library under --library")),
        0 => Err(Failure::new("every library is included by another one; choose with --main NAME")),
        1 => Ok(roots),
        n => {
            let names: Vec<&str> = roots.iter().map(|r| shelf.libraries[*r].name.as_str()).collect();
            eprintln!("note: {n} libraries that no other includes, all are evaluated: {}; choose with --main", names.join(", "));
            Ok(roots)
        }
    }
}

fn unit(program: Program, main: &super::library::Found, prefix: bool, only: &[String]) -> Result<Unit, Failure> {
    let libraries = program.libraries();
    let own = libraries.iter().rev().find(|l| *l.source == *main.place).or(libraries.last());
    let definitions = own.map(|l| program.definitions(l.id)).unwrap_or_default();
    let mut wanted = Vec::new();
    for definition in definitions.iter().filter(|d| !d.implicit) {
        if only.is_empty() || only.iter().any(|o| o.trim() == &*definition.name) {
            let name = if prefix { format!("{}.{}", main.name, definition.name) } else { definition.name.to_string() };
            wanted.push(Wanted { id: definition.id, name });
        }
    }
    if let Some(absent) = only.iter().find(|o| !prefix && !definitions.iter().any(|d| &*d.name == o.trim())) {
        let names: Vec<&str> = definitions.iter().map(|d| &*d.name).collect();
        return Err(Failure::new(format!("{} has no definition \"{absent}\"; it has: {}", main.name, names.join(", "))));
    }
    let ids = wanted.iter().map(|w| w.id).collect();
    Ok(Unit { program, wanted, ids, bindings: Vec::new() })
}

fn terminology(args: &Args, programs: &[&Program]) -> Result<Terminology, Failure> {
    let mut vocabulary = Vocabulary::default();
    vocabulary.add_paths(&args.valuesets)?;
    let (mut terminology, mut absent) = vocabulary.build(programs);
    if !absent.is_empty() {
        // They may stand in a measure bundle or among the patients.
        let others: Vec<PathBuf> = args.library.iter().chain(&args.data).cloned().collect();
        let before = vocabulary.len();
        vocabulary.add_from_others(&others)?;
        if vocabulary.len() > before {
            (terminology, absent) = vocabulary.build(programs);
        }
    }
    remarks(&vocabulary.remarks, args.strict)?;
    for one in &absent {
        let why = one.why.as_ref().map(|w| format!(": {w}")).unwrap_or_default();
        eprintln!("warning: value set {} (\"{}\") is not there{why}; definitions that need it are errors", one.url, one.name);
    }
    Ok(terminology)
}

impl Job {
    /// The line of one patient, and how many definitions failed.
    fn patient(&self, patient: &cases::Patient) -> (String, usize) {
        let data = patient.data();
        let mut line = Members::default();
        line.add("patient", &json!(patient.id));
        let (mut definitions, mut traces) = (Members::default(), Members::default());
        let mut failed = 0;
        let mut stopped = None;
        for unit in &self.units {
            let parameters = self.parameters(unit, &data);
            let options = EvalOptions {
                trace: self.style.trace,
                terminology: Some(&self.terminology),
                definitions: Some(&unit.ids),
                ..EvalOptions::default()
            };
            match unit.program.evaluate(&data, &parameters, self.now, &options) {
                Ok(found) => {
                    failed += answers::write(&unit.program, &found, &unit.wanted, self.style, &mut definitions, &mut traces)
                }
                Err(error) => {
                    failed += 1;
                    stopped = Some(error.to_string());
                }
            }
        }
        line.add_text("definitions", &definitions.finish());
        if !traces.is_empty() {
            line.add_text("trace", &traces.finish());
        }
        if let Some(error) = stopped {
            line.add("error", &json!(error));
        }
        (line.finish(), failed)
    }

    fn parameters(&self, unit: &Unit, data: &Data<'_>) -> Parameters {
        unit.bindings.iter().fold(Parameters::new(), |all, binding| match &binding.bound {
            Bound::Value(value) => all.with_in(&binding.library, &binding.name, value.clone()),
            Bound::Reference(reference) => match data.resource_value(reference) {
                Some(value) => all.with_in(&binding.library, &binding.name, value),
                None => all,
            },
            Bound::File(_) => all,
        })
    }
}
