//! Suite files in the XML form of cqframework/cql-tests.

use super::files;
use super::suite::Tally;
use crate::Failure;
use ::cql::value::{DateTime, Value};
use ::cql::{Data, EvalOptions, Options, Parameters, compile_expression};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// One `<test>`.
#[derive(Default)]
struct Test {
    name: String,
    expression: String,
    invalid: bool,
    outputs: Vec<String>,
}

/// Runs suite files: by file, how it went.
pub fn run(paths: &[PathBuf], now: DateTime) -> Result<Vec<(String, Tally)>, Failure> {
    let mut results = Vec::new();
    for path in paths {
        let tests = read(path)?;
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let mut tally = Tally::default();
        for test in tests {
            tally.tests += 1;
            match one(&test, now) {
                Ok(()) => tally.passed += 1,
                Err(why) => tally.failures.push(format!("{name}/{}: {}\n    {why}", test.name, test.expression.trim())),
            }
        }
        results.push((name, tally));
    }
    Ok(results)
}

fn one(test: &Test, now: DateTime) -> Result<(), String> {
    let found = value(&test.expression, now);
    let wanted = test.outputs.first();
    match (found, wanted) {
        (Err(_), _) if test.invalid => Ok(()),
        (Ok(found), _) if test.invalid => Err(format!("an error was expected, {found} came")),
        (Err(error), _) => Err(error),
        (Ok(_), None) => Ok(()),
        (Ok(found), Some(wanted)) => {
            let expected = value(wanted, now).map_err(|e| format!("the expected output `{wanted}` cannot be evaluated: {e}"))?;
            if same(&found.to_json(), &expected.to_json()) { Ok(()) } else { Err(format!("expected {expected}, found {found}")) }
        }
    }
}

fn value(expression: &str, now: DateTime) -> Result<Value, String> {
    let program = compile_expression(expression, &Options::default())
        .map_err(|faults| faults.first().map(|f| f.message.clone()).unwrap_or_default())?;
    let (data, none) = (Data::load([]), Parameters::new());
    let answers = program.evaluate(&data, &none, now, &EvalOptions::default()).map_err(|e| e.to_string())?;
    if let Some(error) = answers.first_error() {
        return Err(error.to_string());
    }
    Ok(program.definition("Result").map(|d| answers.value(d).clone()).unwrap_or_default())
}

/// Equal, with numbers within 1e-8 and `1` as good as `1.0`.
pub fn same(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= 1e-8 || a == b
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            keys.into_iter().all(|k| same(a.get(k).unwrap_or(&Json::Null), b.get(k).unwrap_or(&Json::Null)))
        }
        (a, b) => a == b,
    }
}

/// The tests of a file.
fn read(path: &Path) -> Result<Vec<Test>, Failure> {
    let text = files::text(path)?;
    let mut reader = Reader::from_str(&text);
    let mut tests: Vec<Test> = Vec::new();
    let mut content: Option<String> = None;
    let wrong =
        |e: &dyn std::fmt::Display, at: u64| Failure::new(format!("{}: byte {at}: not well-formed XML: {e}", path.display()));
    let mut is_suite = false;
    loop {
        let event = reader.read_event().map_err(|e| wrong(&e, reader.buffer_position()))?;
        match event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                b"tests" => is_suite = true,
                b"test" => tests.push(Test { name: attribute(&tag, "name").unwrap_or_default(), ..Test::default() }),
                b"expression" => {
                    let invalid = attribute(&tag, "invalid").is_some_and(|i| i != "false");
                    if let Some(test) = tests.last_mut() {
                        test.invalid = invalid;
                    }
                    content = Some(String::new());
                }
                b"output" => content = Some(String::new()),
                _ => {}
            },
            Event::Text(piece) => {
                if let Some(content) = &mut content {
                    content.push_str(&piece.decode().map_err(|e| wrong(&e, reader.buffer_position()))?);
                }
            }
            Event::CData(piece) => {
                if let Some(content) = &mut content {
                    content.push_str(&piece.decode().map_err(|e| wrong(&e, reader.buffer_position()))?);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(content) = &mut content {
                    content.push_str(entity(&name.decode().map_err(|e| wrong(&e, reader.buffer_position()))?));
                }
            }
            Event::End(tag) => match (tag.local_name().as_ref(), tests.last_mut()) {
                (b"expression", Some(test)) => test.expression = content.take().unwrap_or_default(),
                (b"output", Some(test)) => test.outputs.extend(content.take()),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if is_suite { Ok(tests) } else { Err(Failure::new(format!("{}: no <tests> in it", path.display()))) }
}

fn entity(name: &str) -> &'static str {
    match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" | "#39" => "'",
        _ => "\u{fffd}",
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok().flatten()?;
    Some(String::from_utf8_lossy(&attribute.value).into_owned())
}
