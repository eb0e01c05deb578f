//! `avedis cql translate`: CQL to ELM JSON; ELM JSON in is read, checked and written back as this engine understands it.

use super::library::{Shelf, is_helpers};
use super::{files, model};
use crate::{Done, Failure};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes every library (and what it includes) as ELM JSON, without annotations.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis cql translate Measure.cql Common.cql --output elm\n  avedis cql translate input/cql --main MyMeasure > measure.elm.json\n\nELM written here runs in any ELM engine that has FHIRHelpers 4.x beside it.\n\nExit code: 0 all written, 1 some library has errors (the others are written)."
)]
pub struct Args {
    /// CQL files, ELM JSON files, FHIR Library resources, Bundles of them, or folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// ModelInfo XML files of data models that are not built in. Repeatable.
    #[arg(long)]
    model: Vec<PathBuf>,
    /// Folder for the ELM files, `Name-version.json`; otherwise standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Only this library, `Name` or `Name|version`, and with --output what it includes.
    #[arg(long)]
    main: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let options = model::options(&args.model)?;
    let shelf = Shelf::load(&args.paths)?;
    let mains = match &args.main {
        Some(name) => {
            vec![shelf.find(name).ok_or_else(|| Failure::new(format!("there is no library {name} under the paths given")))?]
        }
        None => (0..shelf.libraries.len()).filter(|i| !is_helpers(&shelf.libraries[*i].name)).collect(),
    };
    if mains.is_empty() {
        return Err(Failure::new("no CQL, ELM or FHIR Library under the paths given"));
    }
    let mut written = BTreeSet::new();
    let mut failed = 0;
    for main in mains {
        let program = match shelf.compile(&shelf.closure(main), Ok, &options) {
            Ok(program) => program,
            Err(error) => {
                eprintln!("{}: {error}", shelf.libraries[main].place);
                failed += 1;
                continue;
            }
        };
        let libraries = program.libraries();
        let own = &shelf.libraries[main];
        for library in libraries {
            let is_own = library.source.as_ref() == own.place;
            let name = match &library.version {
                Some(version) => format!("{}-{version}", library.name),
                None if library.name.is_empty() => own.name.clone(),
                None => library.name.to_string(),
            };
            let wanted = is_own || (args.main.is_some() && args.output.is_some());
            if !wanted || !written.insert(name.clone()) {
                continue;
            }
            let text = format!("{:#}\n", program.to_elm(library.id));
            match &args.output {
                Some(folder) => {
                    let path = folder.join(format!("{}.json", name.replace(['/', '\\'], "_")));
                    files::write(&path, &text)?;
                    eprintln!("{}", path.display());
                }
                None => print!("{text}"),
            }
        }
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
