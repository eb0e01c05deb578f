//! `avedis cql check`: everything that is wrong with libraries.

use super::library::{Form, Shelf};
use super::model;
use crate::{Done, Failure};
use ::cql::{Diagnostic, Options, Severity, Source};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks every library of the files and folders: syntax, names, types, includes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis cql check input/cql\n  avedis cql check Measure.cql Common.cql --json\n\nExit code: 0 no errors, 1 errors, 2 nothing to check."
)]
pub struct Args {
    /// CQL files, ELM JSON files, FHIR Library resources, Bundles of them, or folders (searched to the bottom).
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// ModelInfo XML files of data models that are not built in. Repeatable.
    #[arg(long)]
    model: Vec<PathBuf>,
    /// One JSON line a fault, for editors and pipelines.
    #[arg(long)]
    json: bool,
    /// Warnings count as errors.
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let options = model::options(&args.model)?;
    let shelf = Shelf::load(&args.paths)?;
    if shelf.libraries.is_empty() {
        return Err(Failure::new("no CQL, ELM or FHIR Library under the paths given"));
    }
    let mut faults: BTreeMap<(String, usize, String), Diagnostic> = BTreeMap::new();
    for main in check_order(&shelf) {
        for fault in check_one(&shelf, main, &options) {
            faults.entry((fault.source.to_string(), fault.span.start, fault.message.clone())).or_insert(fault);
        }
    }
    let errors = faults.values().filter(|f| f.severity == Severity::Error).count();
    let warnings = faults.len() - errors;
    for fault in faults.values() {
        if args.json {
            println!("{}", as_json(fault));
        } else {
            println!("{fault}\n");
        }
    }
    for remark in &shelf.remarks {
        eprintln!("note: {remark}");
    }
    let summary = format!(
        "{} libraries: {errors} error{}, {warnings} warning{}",
        shelf.libraries.len(),
        if errors == 1 { "" } else { "s" },
        if warnings == 1 { "" } else { "s" }
    );
    if args.json {
        eprintln!("{summary}")
    } else {
        println!("{summary}")
    }
    let failed = errors > 0 || (args.strict && warnings > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every library, those that nothing includes first: most are reached from them.
fn check_order(shelf: &Shelf) -> Vec<usize> {
    let mut covered = vec![false; shelf.libraries.len()];
    let mut mains = Vec::new();
    for index in shelf.roots().into_iter().chain(0..shelf.libraries.len()) {
        if covered[index] {
            continue;
        }
        covered[index] = true;
        mains.push(index);
        for reached in shelf.closure(index) {
            covered[reached] = true;
        }
    }
    mains
}

fn check_one(shelf: &Shelf, main: usize, options: &Options) -> Vec<Diagnostic> {
    let libraries = shelf.closure(main).into_iter().map(|i| &shelf.libraries[i]);
    if shelf.libraries[main].form == Form::Cql {
        let sources: Vec<Source<'_>> = libraries.map(|l| Source { name: &l.place, text: &l.text }).collect();
        return match ::cql::compile_with_warnings(&sources, options) {
            Ok((_, warnings)) => warnings,
            Err(faults) => faults,
        };
    }
    let sources: Vec<(&str, &str)> = libraries.map(|l| (l.place.as_str(), l.text.as_str())).collect();
    ::cql::compile_elm(&sources).err().unwrap_or_default()
}

fn as_json(fault: &Diagnostic) -> serde_json::Value {
    json!({
        "file": &*fault.source,
        "line": fault.line,
        "column": fault.column,
        "severity": if fault.severity == Severity::Error { "error" } else { "warning" },
        "code": fault.code.as_str(),
        "message": fault.message,
        "advice": fault.advice,
    })
}
