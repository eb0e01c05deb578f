//! Our side of the differential runs described in `tools/cql-differential/README.md`.
//!
//! `differential evaluate MAIN VALUESETS PARAMETERS PATIENTS SOURCE...` prints one JSON line a patient; sources are CQL or ELM JSON.
//! `differential write FOLDER SOURCE...` writes every library as ELM JSON.

use cql::value::{DateTime, Value};
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, Terminology, compile, compile_elm, tool};
use serde_json::{Value as Json, json};
use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = run(&arguments);
    if let Err(error) = &outcome {
        // Not through `Debug`, which would escape the lines of a fault.
        eprintln!("{error}");
        std::process::exit(1);
    }
    outcome
}

fn run(arguments: &[String]) -> Outcome {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", folder, sources @ ..] => write(folder, &program(sources)?),
        ["evaluate", main, value_sets, parameters, patients, sources @ ..] => {
            evaluate(&program(sources)?, main, value_sets, parameters, patients)
        }
        _ => Err("see the first lines of this example".into()),
    }
}

fn program(files: &[&str]) -> Outcome<Program> {
    let texts: Vec<(&str, String)> = files.iter().map(|f| Ok((*f, std::fs::read_to_string(f)?))).collect::<Outcome<_>>()?;
    let made = if files.iter().all(|f| f.ends_with(".json")) {
        let sources: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (*n, t.as_str())).collect();
        compile_elm(&sources)
    } else {
        let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
        compile(&sources, &Options { unbounded_nulls: true, ..Options::default() })
    };
    made.map_err(|faults| faults.iter().map(|f| format!("{f}\n")).collect::<String>().into())
}

fn write(folder: &str, program: &Program) -> Outcome {
    std::fs::create_dir_all(folder)?;
    for library in program.libraries() {
        std::fs::write(format!("{folder}/{}.json", library.name), program.to_elm(library.id).to_string())?;
    }
    Ok(())
}

fn evaluate(program: &Program, main: &str, value_sets: &str, parameters: &str, patients: &str) -> Outcome {
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("bad time")?;
    let limits = json::Limits { max_bytes: 1 << 30, max_nodes: 100_000_000, ..json::Limits::default() };
    let parse = |bytes: Vec<u8>| {
        json::Document::parse(bytes, &limits).map_err(|f| f.first().map(|f| f.message.clone()).unwrap_or_default())
    };
    let mut terminology = Terminology::new();
    let sets = parse(std::fs::read(value_sets)?)?;
    for set in sets.root().items() {
        terminology.add_fhir_value_set(set)?;
    }
    let pairs: Json = serde_json::from_str(&std::fs::read_to_string(parameters)?)?;
    let pairs = pairs.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(name, text)| format!("{name}={}", text.as_str().unwrap_or_default())).collect();
    let parameters = tool::parameters(pairs.iter().map(String::as_str), now)?;
    let bundles: Json = serde_json::from_str(&std::fs::read_to_string(patients)?)?;
    for bundle in bundles.as_array().into_iter().flatten() {
        let document = parse(bundle.to_string().into_bytes())?;
        let data = Data::from_document(&document);
        println!("{}", one(program, main, &data, &terminology, &parameters, now)?);
    }
    Ok(())
}

fn one(
    program: &Program,
    main: &str,
    data: &Data<'_>,
    terminology: &Terminology,
    parameters: &Parameters,
    now: DateTime,
) -> Outcome<Json> {
    let library = program.libraries().into_iter().find(|l| &*l.name == main).ok_or("no such library")?;
    let definitions = program.definitions(library.id);
    let ids: Vec<_> = definitions.iter().map(|d| d.id).collect();
    let options = EvalOptions { terminology: Some(terminology), definitions: Some(&ids), ..EvalOptions::default() };
    let answers = program.evaluate(data, parameters, now, &options)?;
    let patient = data.resources().find(|r| r.resource_type() == "Patient");
    let id = patient.and_then(|p| p.reference().rsplit('/').next().map(str::to_owned));
    let mut values = serde_json::Map::new();
    for definition in definitions {
        let value = match answers.error(definition.id) {
            Some(error) => json!({ "error": error.to_string() }),
            None => show(data, answers.value(definition.id)),
        };
        values.insert(definition.name.to_string(), value);
    }
    Ok(json!({ "id": id, "r": values }))
}

/// The form in which the scripts write the other engine's values.
fn show(data: &Data<'_>, value: &Value) -> Json {
    let code = |c: &cql::value::Code| json!({ "code": [c.code.as_deref(), c.system.as_deref()] });
    let temporal = |text: String| json!(text.trim_start_matches('@'));
    match value {
        Value::Null => Json::Null,
        Value::Boolean(b) => json!(b),
        Value::Integer(i) => json!(i),
        Value::Long(l) => json!(l.to_string()),
        Value::Decimal(d) => json!(d.to_f64()),
        Value::String(s) => json!(&**s),
        Value::Date(d) => temporal(d.to_string()),
        Value::DateTime(d) => temporal(d.to_string()),
        Value::Time(t) => json!(format!("T{}", t.to_string().trim_start_matches(['@', 'T']))),
        Value::Ratio(r) => {
            let part = |q: &cql::value::Quantity| show(data, &Value::Quantity(q.clone()));
            json!({ "tuple": { "denominator": part(&r.denominator), "numerator": part(&r.numerator) } })
        }
        Value::Quantity(q) => json!({ "q": [q.value.to_f64(), q.unit.as_str()] }),
        Value::Code(c) => code(c),
        Value::Concept(c) => json!({ "concept": c.codes.iter().map(code).collect::<Vec<_>>() }),
        Value::Interval(i) => json!({ "iv": [show(data, &i.low), show(data, &i.high), i.low_closed, i.high_closed] }),
        Value::List(items) => items.iter().map(|v| show(data, v)).collect(),
        Value::Tuple(tuple) => {
            let elements = tuple.elements.iter().map(|(n, v)| (n.to_string(), show(data, v)));
            json!({ "tuple": elements.collect::<serde_json::Map<_, _>>() })
        }
        Value::Object(object) => {
            let found = data.value(*object);
            let text = |name: &str| found.get(name).and_then(|v| v.as_str().map(|s| s.into_owned()));
            match text("resourceType") {
                Some(kind) => json!({ "obj": format!("{kind}/{}", text("id").unwrap_or_default()) }),
                None => json!({ "obj": serde_json::from_slice::<Json>(found.raw()).unwrap_or_default() }),
            }
        }
        other => json!(other.to_string()),
    }
}
