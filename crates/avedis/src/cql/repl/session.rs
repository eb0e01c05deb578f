//! What the prompt remembers, and its answers.

use super::super::library::Shelf;
use super::super::parameters::{self, Bound, Given};
use super::super::terminology::Vocabulary;
use super::super::{answers, clock, files};
use super::words::COMMANDS;
use ::cql::syntax::{ParseLimits, parse};
use ::cql::value::{DateTime, Value};
use ::cql::{Data, DefinitionId, EvalOptions, Options, Parameters, Program, Source};
use population::{Done, Patient, RunOptions, SourceOptions};
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The name of what is asked.
const ASKED: &str = "the line at the prompt";
/// Patients kept in memory.
const MAX_PATIENTS: usize = 10_000;

/// What the prompt remembers.
pub struct Session {
    shelf: Shelf,
    /// The library that is open: its text stands before what is declared.
    open: Option<usize>,
    declarations: Vec<String>,
    given: Vec<Given>,
    vocabulary: RefCell<Vocabulary>,
    /// Id and record, as one Bundle each.
    patients: Vec<(String, json::Document)>,
    patient: usize,
    now: DateTime,
    options: Options,
    /// `:quit` was said.
    pub ended: bool,
}

type Answer = Result<String, String>;

impl Session {
    /// An empty prompt.
    pub fn new(now: DateTime, options: Options) -> Session {
        Session {
            shelf: Shelf::default(),
            open: None,
            declarations: Vec::new(),
            given: Vec::new(),
            vocabulary: RefCell::default(),
            patients: Vec::new(),
            patient: 0,
            now,
            options,
            ended: false,
        }
    }

    /// Answers one input: a command, a declaration or an expression.
    pub fn input(&mut self, input: &str) -> Answer {
        match input.strip_prefix(':') {
            Some(command) => self.command(command),
            None if is_declaration(input) => self.declare(input),
            None => self.ask(input, |session, program, asked| session.answer(program, asked, false)),
        }
    }

    /// Carries out a command, given without its colon.
    pub fn command(&mut self, command: &str) -> Answer {
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        match word {
            "load" => self.load(rest),
            "use" => self.open(rest),
            "data" => self.data(rest),
            "patient" => self.choose(rest),
            "valuesets" => {
                let vocabulary = self.vocabulary.get_mut();
                vocabulary.add_paths(&[PathBuf::from(rest)]).map_err(|e| e.to_string())?;
                let systems = vocabulary.terminology.code_systems().count();
                Ok(format!("{} value sets, {systems} code systems", vocabulary.terminology.len()))
            }
            "parameter" => {
                let given = parameters::parse(rest).map_err(|e| e.to_string())?;
                self.given.retain(|g| g.name != given.name);
                self.given.push(given);
                Ok(String::new())
            }
            "type" => self.ask(rest, |_, program, asked| Ok(program_type(program, asked))),
            "trace" => self.ask(rest, |session, program, asked| session.answer(program, asked, true)),
            "time" => {
                let started = std::time::Instant::now();
                let answer = self.ask(rest, |session, program, asked| session.answer(program, asked, false))?;
                Ok(format!("{answer}\n{:.3} ms with compilation", started.elapsed().as_secs_f64() * 1e3))
            }
            "now" if rest.is_empty() => Ok(self.now.to_string()),
            "now" => {
                self.now = clock::now(Some(rest), "Z").map_err(|e| e.to_string())?;
                Ok(self.now.to_string())
            }
            "list" => Ok(self.declarations.join("\n")),
            "forget" => {
                self.declarations.clear();
                self.open = None;
                Ok(String::new())
            }
            "help" => {
                let rows = COMMANDS.iter().map(|(name, what)| format!("{name:24}{what}"));
                Ok(rows.collect::<Vec<_>>().join("\n"))
            }
            "quit" | "exit" | "q" => {
                self.ended = true;
                Ok(String::new())
            }
            other => Err(format!("there is no command :{other}; :help lists them")),
        }
    }

    /// Names that can be completed.
    pub fn names(&self) -> Vec<String> {
        let text = format!("{}\n{}", self.opened(), self.declarations.join("\n"));
        let (library, _) = parse(&"prompt".into(), &text, &ParseLimits::default());
        let names = library.definitions.iter().map(|d| &d.name.text).chain(library.functions.iter().map(|f| &f.name.text));
        let names =
            names.chain(library.parameters.iter().map(|p| &p.name.text)).chain(library.value_sets.iter().map(|v| &v.name.text));
        let mut names: Vec<String> = names.chain(library.codes.iter().map(|c| &c.name.text)).map(ToString::to_string).collect();
        names.extend(self.shelf.libraries.iter().map(|l| l.name.clone()));
        names.sort();
        names.dedup();
        names
    }

    fn opened(&self) -> &str {
        self.open.map_or("", |index| &self.shelf.libraries[index].text)
    }

    fn load(&mut self, path: &str) -> Answer {
        let loaded = Shelf::load(&[PathBuf::from(path)]).map_err(|e| e.to_string())?;
        let names: Vec<String> = loaded.libraries.iter().map(|l| l.name.clone()).collect();
        for library in loaded.libraries {
            self.shelf.libraries.retain(|l| !(l.name == library.name && l.version == library.version && l.form == library.form));
            self.shelf.libraries.push(library);
        }
        self.open = None;
        Ok(format!("{}; `include NAME` or :use NAME", names.join(", ")))
    }

    fn open(&mut self, name: &str) -> Answer {
        let index = self.shelf.find(name).ok_or_else(|| format!("there is no library {name}; :load it first"))?;
        if self.shelf.libraries[index].form != super::super::library::Form::Cql {
            return Err(format!("{name} is there as ELM only; the prompt needs its CQL"));
        }
        let before = (self.open.replace(index), std::mem::take(&mut self.declarations));
        match self.compile("") {
            Ok(_) => Ok(String::new()),
            Err(error) => {
                (self.open, self.declarations) = before;
                Err(error)
            }
        }
    }

    fn data(&mut self, path: &str) -> Answer {
        let text = |faults: &[population::Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let source = population::Source::open([path], &SourceOptions::default()).map_err(|f| text(&f))?;
        let mut patients = Vec::new();
        let mut sink = |done: Done<Option<json::Document>>| {
            if patients.len() < MAX_PATIENTS {
                patients.extend(done.value.map(|record| (done.id, record)));
            }
            Ok(())
        };
        let report = population::run(source, NonZeroUsize::MIN, || bundle, &mut sink, RunOptions::default());
        if patients.is_empty() {
            return Err(format!("{path}: no patient ({} faults)", report.progress.faults));
        }
        self.patients = patients;
        self.patient = 0;
        Ok(format!("{} patients; asked is {}", self.patients.len(), self.patients[0].0))
    }

    fn choose(&mut self, id: &str) -> Answer {
        if id.is_empty() {
            return Ok(self.patients.iter().take(100).map(|(id, _)| id.clone()).collect::<Vec<_>>().join("\n"));
        }
        let found = self.patients.iter().position(|(known, _)| known == id);
        self.patient = found.ok_or_else(|| format!("no patient {id} was loaded"))?;
        Ok(String::new())
    }

    fn declare(&mut self, text: &str) -> Answer {
        self.compile(text)?;
        let name = |text: &str| {
            let (library, _) = parse(&"prompt".into(), text, &ParseLimits::default());
            library.definitions.first().map(|d| d.name.text.clone())
        };
        // A definition made again replaces the one before.
        let made = name(text);
        self.declarations.retain(|d| made.is_none() || name(d) != made);
        self.declarations.push(text.to_owned());
        Ok(String::new())
    }

    /// Compiles what is remembered and one more text.
    fn compile(&self, more: &str) -> Result<Program, String> {
        let made = if is_declaration(more) { definition_name(more) } else { None };
        let kept = self.declarations.iter().filter(|d| made.is_none() || definition_name(d) != made);
        let mut text = String::from(self.opened());
        text.push('\n');
        // Headers come first in a library, in this order.
        let mut lines: Vec<&str> = kept.map(String::as_str).chain([more]).collect();
        lines.sort_by_key(|line| rank(line));
        if self.open.is_none() {
            if !lines.iter().any(|l| first_word(l) == "using") {
                text.push_str("using FHIR version '4.0.1'\ninclude FHIRHelpers version '4.0.1'\n");
            }
            let context = lines.iter().position(|l| rank(l) > 6).unwrap_or(lines.len());
            lines.insert(context, "context Patient");
        }
        text.push_str(&lines.join("\n"));
        let mut sources: Vec<Source<'_>> = Vec::new();
        for (index, library) in self.shelf.libraries.iter().enumerate() {
            if library.form == super::super::library::Form::Cql && Some(index) != self.open && self.is_needed(index, &text) {
                sources.push(Source { name: &library.place, text: &library.text });
            }
        }
        sources.push(Source { name: "prompt", text: &text });
        ::cql::compile(&sources, &self.options)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))
    }

    /// Whether a library is included by the text, itself or through others.
    fn is_needed(&self, index: usize, text: &str) -> bool {
        let (library, _) = parse(&"prompt".into(), text, &ParseLimits::default());
        library.includes.iter().any(|include| {
            let name = include.library.dotted();
            let found = self.shelf.find(&include.version.as_deref().map_or_else(|| name.clone(), |v| format!("{name}|{v}")));
            found.is_some_and(|found| self.shelf.closure(found).contains(&index))
        })
    }

    fn ask(&self, expression: &str, then: impl FnOnce(&Session, &Program, DefinitionId) -> Answer) -> Answer {
        if expression.is_empty() {
            return Err("an expression is missing".to_owned());
        }
        let program = self.compile(&format!("define \"{ASKED}\":\n{expression}"))?;
        let asked = program.definition(ASKED).ok_or("this is no expression")?;
        then(self, &program, asked)
    }

    fn answer(&self, program: &Program, asked: DefinitionId, trace: bool) -> Answer {
        let absent = self.vocabulary.borrow_mut().settle(&[program]);
        let vocabulary = self.vocabulary.borrow();
        let nobody = Data::load([]);
        let data = self.patients.get(self.patient).map(|(_, record)| Data::from_document(record));
        let data = data.as_ref().unwrap_or(&nobody);
        let (bindings, _) = parameters::bind(program, &self.given, self.now).map_err(|e| e.to_string())?;
        let mut parameters = Parameters::new();
        for binding in bindings {
            let value = match binding.bound {
                Bound::Value(value) => value,
                Bound::Reference(reference) => data.resource_value(&reference).ok_or(format!("the data has no {reference}"))?,
                Bound::File(path) => {
                    return Err(format!("{}: at the prompt give Type/id of a resource in the data", path.display()));
                }
            };
            parameters = parameters.with_in(&binding.library, &binding.name, value);
        }
        let ids = [asked];
        let options =
            EvalOptions { trace, terminology: Some(&vocabulary.terminology), definitions: Some(&ids), ..EvalOptions::default() };
        let answers = program.evaluate(data, &parameters, self.now, &options).map_err(|e| e.to_string())?;
        if let Some(error) = answers.error(asked) {
            let advice = if absent.is_empty() { "" } else { "\n:valuesets PATH reads value sets" };
            return Err(format!("error: {error}{advice}"));
        }
        let value = show(answers.value(asked), data);
        Ok(if trace { format!("{value}\n{}", answers.trace(asked)) } else { value })
    }
}

/// A patient's record as one Bundle, to keep.
fn bundle(patient: &Patient) -> Option<json::Document> {
    let mut text = String::from("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[");
    for (index, (url, resource)) in patient.resources().enumerate() {
        text.push_str(if index == 0 { "{" } else { ",{" });
        if let Some(url) = url {
            text.push_str(&format!("\"fullUrl\":{},", serde_json::Value::from(url)));
        }
        text.push_str(&format!("\"resource\":{}}}", std::str::from_utf8(resource.raw()).ok()?));
    }
    text.push_str("]}");
    json::Document::parse(text.into_bytes(), &files::limits()).ok()
}

/// A value as CQL text; with objects of the data in it, as JSON.
fn show(value: &Value, data: &Data<'_>) -> String {
    fn holds_objects(value: &Value) -> bool {
        match value {
            Value::Object(_) => true,
            Value::List(items) => items.iter().any(holds_objects),
            Value::Tuple(tuple) => tuple.elements.iter().any(|(_, v)| holds_objects(v)),
            _ => false,
        }
    }
    if holds_objects(value) { format!("{:#}", answers::value_json(value, data, true)) } else { value.to_string() }
}

fn program_type(program: &Program, asked: DefinitionId) -> String {
    let plan = program.plan();
    plan.type_of(plan.definition(asked).body).to_string()
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// The place of a declaration in a library.
fn rank(text: &str) -> u8 {
    match first_word(text) {
        "using" => 0,
        "include" => 1,
        "codesystem" => 2,
        "valueset" => 3,
        "code" => 4,
        "concept" => 5,
        "parameter" => 6,
        _ => 7,
    }
}

fn is_declaration(text: &str) -> bool {
    let second = text.split_whitespace().nth(1).unwrap_or_default();
    match first_word(text) {
        "define" | "context" => true,
        "using" | "include" | "codesystem" | "valueset" | "concept" | "parameter" => true,
        // `code` may be a name: a declaration is followed by its name.
        "code" => second.starts_with('"') || second.ends_with(':'),
        _ => false,
    }
}

fn definition_name(text: &str) -> Option<String> {
    let (library, _) = parse(&"prompt".into(), text, &ParseLimits::default());
    library.definitions.first().map(|d| d.name.text.to_string())
}

/// Whether an input goes on: its only fault is that it ends too early.
pub fn is_incomplete(input: &str) -> bool {
    let text = input.trim_end();
    if text.is_empty() || text.starts_with(':') {
        return false;
    }
    let whole = if is_declaration(text) { text.to_owned() } else { format!("define X:\n{text}") };
    let (_, faults) = parse(&"prompt".into(), &whole, &ParseLimits::default());
    faults.first().is_some_and(|fault| fault.span.start >= whole.len())
        || faults.iter().any(|f| matches!(f.code, ::cql::DiagnosticCode::UnterminatedComment))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn input_goes_on_while_it_is_not_complete() {
        for (input, goes_on) in [
            ("1 + 1", false),
            ("1 +", true),
            ("(1 + 2", true),
            ("define X:", true),
            ("define X: 1", false),
            ("1 + )", false),
            (":help", false),
            ("", false),
            ("/* a comment", true),
        ] {
            assert_eq!(is_incomplete(input), goes_on, "{input}");
        }
    }

    #[test]
    fn declarations_are_kept_and_replaced() {
        let now = clock::now(Some("2026-01-15T12:00:00.000Z"), "Z").expect("a time");
        let mut session = Session::new(now, Options::default());
        for (input, wanted) in [
            ("define X: 20", Ok("")),
            ("X + 1", Ok("21")),
            ("define X: 'a'", Ok("")),
            ("X", Ok("'a'")),
            (":type X", Ok("String")),
            ("parameter P Integer default 5", Ok("")),
            ("define Y: P * 2", Ok("")),
            ("Y", Ok("10")),
            (":parameter P=7", Ok("")),
            ("Y", Ok("14")),
            ("{ 1, 2 } union { 3 }", Ok("{ 1, 2, 3 }")),
            ("Z", Err("unknown-name")),
            ("X +", Err("^")),
            (":nothing", Err(":help")),
            (":now 2026-06-30", Ok("2026-06-30T00:00:00.000Z")),
            ("Today()", Ok("@2026-06-30")),
        ] {
            let answer = session.input(input);
            match wanted {
                Ok(wanted) => assert_eq!(answer.as_deref(), Ok(wanted), "{input}"),
                Err(wanted) => assert!(answer.as_ref().is_err_and(|e| e.contains(wanted)), "{input}: {answer:?}"),
            }
        }
        assert!(session.names().contains(&"X".to_owned()));
        assert!(session.input(":trace 1 = 1").is_ok_and(|t| t.starts_with("true")));
        assert!(session.input(":time 1").is_ok_and(|t| t.contains("ms")));
        let _ = session.input(":quit");
        assert!(session.ended);
    }
}
