//! `avedis lexicon`: what the words of medicine in this program are made of, and imports for those who hold licences.

use crate::{Done, Failure};
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows, checks or extends the lexicon.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis lexicon info\n  avedis lexicon check crates/lexicon/data\n  avedis lexicon import rxnorm rrf/RXNCONSO.RRF --out rxnorm.lex\n  avedis lexicon import umls MRCONSO.RRF --types MRSTY.RRF --out umls.lex"
)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Prints what a lexicon holds, and its hash.
    Info {
        /// A lexicon file; otherwise the one this program carries.
        file: Option<PathBuf>,
    },
    /// Assembles the data of the repository again and compares with what this program carries.
    Check {
        /// The folder of the data.
        data: PathBuf,
    },
    /// Makes the term files from the published terminologies.
    Build {
        /// The folder of the published files.
        folder: PathBuf,
        /// The folder of the data.
        #[arg(long)]
        out: PathBuf,
    },
    /// Adds a terminology that you hold a licence for and writes the whole lexicon as one file.
    Import {
        /// rxnorm, loinc, snomed, umls or cpt.
        format: String,
        /// RXNCONSO.RRF, Loinc.csv, a SNOMED CT description file, MRCONSO.RRF or the CPT code list.
        file: PathBuf,
        /// MRSTY.RRF, for umls.
        #[arg(long)]
        types: Option<PathBuf>,
        /// Where the lexicon is written.
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let said = match &args.act {
        Act::Info { file: None } => lexicon::builtin().map(|l| lexicon::tool::info(&l)).map_err(lexicon::tool::Failure::from),
        Act::Info { file: Some(file) } => lexicon::tool::open(file).map(|l| lexicon::tool::info(&l)),
        Act::Check { data } => lexicon::tool::check(data),
        Act::Build { folder, out } => lexicon::tool::build(folder, out),
        Act::Import { format, file, types, out } => lexicon::tool::import_file(format, file, types.as_deref(), out).map(|s| {
            let lexicon = out.display();
            format!("{} concepts with {} terms, {} of them known by name; the lexicon is {lexicon}", s.concepts, s.terms, s.known)
        }),
    };
    println!("{}", said.map_err(|e| Failure::new(e.to_string()))?.trim_end());
    Ok(ExitCode::SUCCESS)
}
