//! Everything that is made ready once before the first patient: programs, measures, parameters, value sets.

use super::answers::{Style, Wanted};
use super::evaluate::Args;
use super::expected::Apart;
use super::library::{Form, Found, Shelf};
use super::parameters::{self, Binding, Bound, Given};
use super::period::{self, Periods};
use super::terminology::Vocabulary;
use super::{clock, files, measures, model};
use crate::Failure;
use ::cql::value::DateTime;
use ::cql::{DefinitionId, Evaluator, Options, Program, Terminology};
use measure::{Known, Measure, Period};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A program and what is asked of it.
pub struct Unit {
    /// The program.
    pub program: Program,
    /// Definitions to write.
    pub wanted: Vec<Wanted>,
    /// Definitions to evaluate: those to write, and those the measure needs.
    pub ids: Vec<DefinitionId>,
    /// Parameters given.
    pub bindings: Vec<Binding>,
    /// The measurement period was given as a parameter.
    pub period_given: bool,
    /// Measurement periods for this program.
    pub periods: Periods,
    /// The measure it was compiled for.
    pub measure: Option<Asked>,
    /// By measurement period: what is the same for all patients of it.
    pub evaluators: Mutex<HashMap<Option<Period>, Arc<Evaluator>>>,
}

/// A measure and where its program answers it.
pub struct Asked {
    /// Its number among the measures.
    pub index: usize,
    /// The measure.
    pub measure: Measure,
    /// Its questions' places in the program.
    pub bound: measure::Bound,
}

/// Everything that stays the same from patient to patient.
pub struct Job {
    /// What to evaluate.
    pub units: Vec<Unit>,
    /// How many measures there are.
    pub measure_count: usize,
    /// Value sets.
    pub terminology: Terminology,
    /// The time taken as now.
    pub now: DateTime,
    /// How answers are written.
    pub style: Style,
    /// Resources of parameters, by the URL they go by.
    pub files: Vec<(String, json::Document)>,
    /// Expected reports given apart.
    pub apart: Apart,
    /// Compare with reports of any measure.
    pub any_report: bool,
    /// Write MeasureReports in place of answers.
    pub individual_reports: bool,
    /// Steps one patient may take.
    pub max_steps: u64,
    /// A number for all that results depend on beside the data.
    pub identity: u64,
}

impl Job {
    /// The measures, in order.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.units.iter().filter_map(|u| u.measure.as_ref()).map(|m| &m.measure)
    }

    /// The URL the resource of a parameter's file goes by in the data.
    pub fn file_url(path: &Path) -> String {
        format!("urn:parameter:{}", path.display())
    }

    /// Makes everything ready.
    pub fn prepare(args: &Args) -> Result<Job, Failure> {
        let now = clock::now(args.now.as_deref(), &args.timezone)?;
        let given: Vec<Given> = args.parameter.iter().map(|p| parameters::parse(p)).collect::<Result<_, _>>()?;
        let options = model::options(&args.model)?;
        let (found, unusable) = measures::load(&args.measure)?;
        unusable.iter().for_each(|u| eprintln!("warning: {u}"));
        let shelf = shelf(args)?;
        let mut units = units(args, &shelf, &options, found, now)?;
        let measure_count = units.iter().filter(|u| u.measure.is_some()).count();
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
        let mut files = Vec::new();
        for binding in bindings.iter().flatten() {
            if let Bound::File(path) = &binding.bound {
                let document = files::documents(path)?.into_iter().next();
                let document = document.ok_or_else(|| Failure::new(format!("{}: empty", path.display())))?;
                files.push((Job::file_url(path), document));
            }
        }
        for (unit, bindings) in units.iter_mut().zip(bindings) {
            unit.period_given = bindings.iter().any(|b| b.name == period::NAME);
            unit.bindings = bindings;
        }
        Ok(Job {
            identity: identity(args, &shelf, now),
            units,
            measure_count,
            terminology,
            now,
            style: Style { full: args.full, trace: args.trace },
            files,
            apart: Apart::load(&args.expected)?,
            any_report: args.any_report,
            individual_reports: args.wants_individual_reports(),
            max_steps: args.max_steps,
        })
    }
}

/// Everything that can hold libraries: those named, and measure bundles.
fn shelf(args: &Args) -> Result<Shelf, Failure> {
    let mut shelf = Shelf::load(&args.library)?;
    if !args.measure.is_empty() {
        shelf.add_others(&args.measure)?;
    }
    if shelf.libraries.is_empty() {
        return Err(Failure::new("no CQL, ELM or FHIR Library under --library, nor in the measures given"));
    }
    remarks(&shelf.remarks, args.strict)?;
    Ok(shelf)
}

fn units(
    args: &Args,
    shelf: &Shelf,
    options: &Options,
    measures: Vec<measures::Found>,
    now: DateTime,
) -> Result<Vec<Unit>, Failure> {
    let mut units = Vec::new();
    let several = measures.len() > 1;
    let mut failures = Vec::new();
    for found in measures {
        let place = found.place.clone();
        match measure_unit(args, (shelf, options), found, units.len(), several, now) {
            Ok(unit) => units.push(unit),
            Err(error) => failures.push(format!("{place}: {error}")),
        }
    }
    if units.is_empty() && !failures.is_empty() {
        return Err(Failure::new(failures.join("\n")));
    }
    // One measure of many that does not compile does not stop the others.
    failures.iter().for_each(|f| eprintln!("error: this measure is left out: {f}"));
    if !args.measure.is_empty() && args.main.is_empty() {
        return Ok(units);
    }
    let mains = mains(shelf, &args.main)?;
    let prefix = mains.len() + units.len() > 1;
    for main in mains {
        let closure = shelf.closure(main);
        substitutes(shelf, &closure, args.strict)?;
        let program = shelf.compile(&closure, Ok, options)?;
        units.push(unit(program, &shelf.libraries[main], prefix, args, now)?);
    }
    Ok(units)
}

fn measure_unit(
    args: &Args,
    (shelf, options): (&Shelf, &Options),
    found: measures::Found,
    index: usize,
    several: bool,
    now: DateTime,
) -> Result<Unit, Failure> {
    let measure = found.measure;
    let main = match args.main.as_slice() {
        [name] => shelf.find(name).ok_or_else(|| unknown_library(shelf, name))?,
        _ => {
            let named = measure.libraries.first().and_then(|l| shelf.find(l));
            let found = named.or_else(|| measure.libraries.is_empty().then(|| shelf.find(measure.label())).flatten());
            found.ok_or_else(|| match measure.libraries.first() {
                Some(library) => unknown_library(shelf, library),
                None => Failure::new(format!("measure {} names no library; choose with --main NAME", measure.label())),
            })?
        }
    };
    let closure = shelf.closure(main);
    substitutes(shelf, &closure, args.strict)?;
    let library = &shelf.libraries[closure.last().copied().unwrap_or(main)];
    let label = format!("measure {}", measure.label());
    let known = if library.form == Form::Cql { Known::of_cql(&library.text) } else { Known::of_elm(&library.text) };
    let faults = |faults: Vec<measure::Fault>| {
        let lines: Vec<String> = faults.iter().map(|f| format!("  {f}")).collect();
        Failure::new(format!(
            "measure {} and library {} ({}) do not fit:\n{}",
            measure.label(),
            library.name,
            library.place,
            lines.join("\n")
        ))
    };
    let questions = measure.questions(&known, &label).map_err(faults)?;
    let complete = |text: String| match library.form {
        Form::Cql => Ok(format!("{text}\n{}", questions.cql())),
        Form::Elm => questions.elm(&text).map_err(|f| Failure::new(f.to_string())),
    };
    let program = shelf.compile(&closure, complete, options)?;
    let own = own_library(&program, library);
    let bound = questions.bind(&measure, &program, own).map_err(faults)?;
    let mut unit = unit(program, library, several, args, now)?;
    unit.wanted.retain(|w| !w.name.contains(&label));
    unit.ids = unit.wanted.iter().map(|w| w.id).collect();
    unit.ids.extend(bound.definitions().iter().filter(|d| !unit.wanted.iter().any(|w| w.id == **d)));
    unit.measure = Some(Asked { index, measure, bound });
    Ok(unit)
}

fn unknown_library(shelf: &Shelf, name: &str) -> Failure {
    let names: Vec<&str> = shelf.libraries.iter().map(|l| l.name.as_str()).collect();
    Failure::new(format!("there is no library {name}; found are {}", names.join(", ")))
}

/// The library of a source in a program.
fn own_library(program: &Program, main: &Found) -> ::cql::LibraryId {
    let libraries = program.libraries();
    let by_place = libraries.iter().rev().find(|l| *l.source == *main.place);
    let by_name = libraries.iter().rev().find(|l| *l.name == *main.name);
    by_place.or(by_name).or(libraries.last()).map_or(::cql::LibraryId(0), |l| l.id)
}

fn unit(program: Program, main: &Found, prefix: bool, args: &Args, now: DateTime) -> Result<Unit, Failure> {
    let only = &args.definitions;
    let definitions = program.definitions(own_library(&program, main));
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
    let periods = Periods::new(&program, now);
    Ok(Unit {
        program,
        wanted,
        ids,
        bindings: Vec::new(),
        period_given: false,
        periods,
        measure: None,
        evaluators: Mutex::default(),
    })
}

/// The libraries asked for, or those that no other includes.
fn mains(shelf: &Shelf, asked: &[String]) -> Result<Vec<usize>, Failure> {
    if !asked.is_empty() {
        return asked.iter().map(|name| shelf.find(name).ok_or_else(|| unknown_library(shelf, name))).collect();
    }
    let roots = shelf.roots();
    match roots.len() {
        0 => Err(Failure::new("every library is included by another one; choose with --main NAME")),
        1 => Ok(roots),
        n => {
            let names: Vec<&str> = roots.iter().map(|r| shelf.libraries[*r].name.as_str()).collect();
            eprintln!("note: {n} libraries that no other includes, all are evaluated: {}; choose with --main", names.join(", "));
            Ok(roots)
        }
    }
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

fn terminology(args: &Args, programs: &[&Program]) -> Result<Terminology, Failure> {
    let mut vocabulary = Vocabulary::default();
    vocabulary.add_paths(&args.valuesets)?;
    let mut absent = vocabulary.settle(programs);
    if !absent.is_empty() {
        // They may stand in a measure bundle or among the patients.
        let others = args.library.iter().chain(&args.measure).chain(args.data.iter().filter(|d| d.as_os_str() != "-"));
        let others: Vec<PathBuf> = others.cloned().collect();
        let before = vocabulary.len();
        vocabulary.add_from_others(&others)?;
        if vocabulary.len() > before {
            absent = vocabulary.settle(programs);
        }
    }
    remarks(&vocabulary.remarks, args.strict)?;
    for one in &absent {
        let why = one.why.as_ref().map(|w| format!(": {w}")).unwrap_or_default();
        eprintln!("warning: value set {} (\"{}\") is not there{why}; definitions that need it are errors", one.url, one.name);
    }
    Ok(vocabulary.terminology)
}

/// A number for all that the results depend on beside the data: a run is resumed only with the same.
fn identity(args: &Args, shelf: &Shelf, now: DateTime) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for library in &shelf.libraries {
        library.text.hash(&mut hasher);
    }
    (&args.main, &args.model, &args.parameter, &args.valuesets, &args.measure, &args.definitions).hash(&mut hasher);
    (args.full, args.trace, args.now.is_some().then(|| now.to_string())).hash(&mut hasher);
    hasher.finish()
}
