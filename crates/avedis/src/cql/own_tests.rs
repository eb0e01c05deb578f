//! One's own tests: definitions of a CQL library that must be true, or have the values of a file.

use super::answers::value_json;
use super::files;
use super::library::Shelf;
use super::suite::Tally;
use super::suite_xml::same;
use super::terminology::Vocabulary;
use crate::Failure;
use ::cql::value::{DateTime, Value};
use ::cql::{Data, DefinitionId, EvalOptions, Options, Parameters, Program, Terminology};
use population::{Done, RunOptions, Source, SourceOptions};
use serde_json::Value as Json;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Runs the libraries that have tests: by library, how it went. Libraries without tests are there to be included.
pub fn run(folder: &Path, libraries: &[PathBuf], now: DateTime) -> Result<Vec<(String, Tally)>, Failure> {
    let around = if folder.is_dir() { folder.to_owned() } else { folder.parent().map(Path::to_owned).unwrap_or_default() };
    let around = if around.as_os_str().is_empty() { PathBuf::from(".") } else { around };
    let shelf = Shelf::load(std::slice::from_ref(&around))?;
    let mut vocabulary = Vocabulary::default();
    vocabulary.add_from_others(std::slice::from_ref(&around))?;
    let mut results = Vec::new();
    for path in libraries {
        let expected = expected(path)?;
        let text = files::text(path)?;
        let known =
            text.lines().any(|l| l.trim_start().to_lowercase().starts_with("define") && l.to_lowercase().contains("test"));
        if !known && expected.is_none() {
            continue;
        }
        let name = path.display().to_string();
        let tally = match one(path, &shelf, &mut vocabulary, expected.as_ref(), now) {
            Ok(tally) => tally,
            Err(error) => Tally { tests: 1, passed: 0, failures: vec![format!("{name}: {error}")] },
        };
        if tally.tests > 0 {
            results.push((name, tally));
        }
    }
    Ok(results)
}

/// `NAME.expected.json`.
fn expected(path: &Path) -> Result<Option<Json>, Failure> {
    let beside = path.with_extension("expected.json");
    if !beside.is_file() {
        return Ok(None);
    }
    let json: Json =
        serde_json::from_slice(&files::bytes(&beside)?).map_err(|e| Failure::new(format!("{}: {e}", beside.display())))?;
    if json.as_object().is_none_or(|o| o.values().any(|v| !v.is_object())) {
        return Err(Failure::new(format!("{}: not {{\"patient\": {{\"Definition\": value}}}}", beside.display())));
    }
    Ok(Some(json))
}

/// A test of one library.
struct Tests<'t> {
    name: String,
    program: &'t Program,
    /// Definitions that must be true.
    truths: Vec<(String, DefinitionId)>,
    expected: Option<&'t Json>,
    terminology: &'t Terminology,
    now: DateTime,
}

fn one(
    path: &Path,
    shelf: &Shelf,
    vocabulary: &mut Vocabulary,
    expected: Option<&Json>,
    now: DateTime,
) -> Result<Tally, Failure> {
    let place = path.display().to_string();
    let position = shelf.libraries.iter().position(|l| same_file(&l.place, path));
    let position =
        position.ok_or_else(|| Failure::new(format!("{place}: another library of its name and version stands before it")))?;
    let program = shelf.compile(&shelf.closure(position), Ok, &Options::default())?;
    let library = program.libraries().into_iter().find(|l| same_file(&l.source, path));
    let library = library.ok_or_else(|| Failure::new(format!("{place}: not compiled")))?;
    let definitions = program.definitions(library.id);
    let truths = definitions.iter().filter(|d| !d.implicit && d.name.to_lowercase().starts_with("test"));
    vocabulary.settle(&[&program]);
    let truths = truths.map(|d| (d.name.to_string(), d.id)).collect();
    let tests = Tests { name: place, program: &program, truths, expected, terminology: &vocabulary.terminology, now };
    let mut tally = Tally::default();
    let data: Vec<PathBuf> =
        [path.with_extension("data.json"), path.with_extension("")].into_iter().filter(|p| p.exists()).collect();
    if data.is_empty() {
        tests.patient("*", &Data::load([]), &mut tally);
        return Ok(tally);
    }
    let source = Source::open(&data, &SourceOptions::default())
        .map_err(|f| Failure::new(f.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let worker = || {
        |patient: &population::Patient| {
            let mut tally = Tally::default();
            tests.patient(&patient.id, &patient.data(), &mut tally);
            tally
        }
    };
    let mut sink = |done: Done<Tally>| {
        tally.tests += done.value.tests;
        tally.passed += done.value.passed;
        tally.failures.extend(done.value.failures);
        Ok(())
    };
    let report =
        population::run(source, NonZeroUsize::MIN, worker, &mut sink, RunOptions { strict: true, ..RunOptions::default() });
    match report.stopped {
        Some(stopped) => Err(Failure::new(stopped.to_string())),
        None => Ok(tally),
    }
}

fn same_file(place: &str, path: &Path) -> bool {
    let real = |p: &Path| std::fs::canonicalize(p).ok();
    real(Path::new(place)).is_some_and(|a| Some(a) == real(path))
}

impl Tests<'_> {
    fn patient(&self, id: &str, data: &Data<'_>, tally: &mut Tally) {
        let mut wanted: Vec<(String, DefinitionId, Option<&Json>)> =
            self.truths.iter().map(|(name, definition)| (name.clone(), *definition, None)).collect();
        for key in ["*", id] {
            let values = self.expected.and_then(|e| e.get(key)).and_then(Json::as_object);
            for (name, value) in values.into_iter().flatten() {
                match self.program.definition(name) {
                    Some(definition) => wanted.push((name.clone(), definition, Some(value))),
                    None => {
                        tally.tests += 1;
                        tally.failures.push(format!("{}: there is no definition \"{name}\"", self.name));
                    }
                }
            }
            if key == id {
                break;
            }
        }
        let ids: Vec<DefinitionId> = wanted.iter().map(|(_, id, _)| *id).collect();
        let none = Parameters::new();
        let options = EvalOptions { terminology: Some(self.terminology), definitions: Some(&ids), ..EvalOptions::default() };
        let answers = match self.program.evaluate(data, &none, self.now, &options) {
            Ok(answers) => answers,
            Err(error) => {
                tally.tests += 1;
                tally.failures.push(format!("{}: patient {id}: {error}", self.name));
                return;
            }
        };
        for (name, definition, expected) in wanted {
            tally.tests += 1;
            let place = self.program.source_span(definition);
            let at = format!("{}:{} \"{name}\" patient {id}", self.name, place.line);
            if let Some(error) = answers.error(definition) {
                tally.failures.push(format!("{at}: {error}"));
                continue;
            }
            let value = answers.value(definition);
            let found = value_json(value, data, false);
            let holds = match expected {
                Some(expected) => same(&found, expected),
                None => matches!(value, Value::Boolean(true)),
            };
            if holds {
                tally.passed += 1;
            } else {
                let expected = expected.map_or_else(|| "true".to_owned(), ToString::to_string);
                tally.failures.push(format!("{at}: expected {expected}, found {found}"));
            }
        }
    }
}
