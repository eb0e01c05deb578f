//! `avedis policy`: which policies are there, do their worked cases hold.

use crate::table::{cut, table};
use crate::{Done, Failure};
use criteria::Library;
use std::path::PathBuf;
use std::process::ExitCode;

/// Lists policies, or runs their worked cases.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis policy list\n  avedis policy test policies\n  avedis policy test policies/ncd-240.2-home-oxygen"
)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Prints every policy with its version, scope, verification status and hash.
    List {
        /// Folder of policies; otherwise those that ship.
        #[arg(long)]
        policies: Option<PathBuf>,
    },
    /// Runs the worked cases of a policy folder, or of every policy in a folder of policies.
    Test {
        /// The folder.
        folder: PathBuf,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    match &args.act {
        Act::List { policies } => list(policies.as_deref()),
        Act::Test { folder } => test(folder),
    }
}

/// Loads a library and turns its faults into one message.
pub fn library(folder: Option<&std::path::Path>) -> Result<Library, Failure> {
    let loaded = match folder {
        Some(folder) => Library::load_folder(folder),
        None => Library::builtin(),
    };
    loaded.map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::new(format!("{} faults in the policy library:\n  {}", faults.len(), lines.join("\n  ")))
    })
}

fn list(folder: Option<&std::path::Path>) -> Done {
    let library = library(folder)?;
    let mut rows = Vec::new();
    for policy in library.policies() {
        for scope in policy.scopes() {
            rows.push(vec![
                policy.id().to_owned(),
                scope.name.clone(),
                format!("{} to {}", scope.effective_from, scope.effective_to.map_or_else(|| "now".to_owned(), |d| d.to_string())),
                policy.meta().verification.clone(),
                if policy.signature().is_some() { "signed" } else { "unsigned" }.to_owned(),
                cut(&scope.codes.join(" "), 40),
                policy.hash().to_string(),
            ]);
        }
    }
    print!("{}", table(&["policy", "scope", "in force", "verified", "signature", "codes", "hash"], &rows));
    println!("\nNothing is approved under an unsigned policy: its findings go to a nurse. See docs/policies.md.");
    Ok(ExitCode::SUCCESS)
}

fn test(folder: &std::path::Path) -> Done {
    let folders: Vec<PathBuf> = if folder.join("policy.toml").exists() {
        vec![folder.to_owned()]
    } else {
        let read = std::fs::read_dir(folder).map_err(|e| Failure::new(format!("{}: {e}", folder.display())))?;
        let mut found: Vec<PathBuf> =
            read.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.join("policy.toml").exists()).collect();
        found.sort();
        found
    };
    if folders.is_empty() {
        return Err(Failure::new(format!("{}: no policy.toml here or one folder below", folder.display())));
    }
    let mut failed = 0;
    let mut rows = Vec::new();
    for folder in folders {
        let report = criteria::check_cases(&folder).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::new(format!("{}:\n  {}", folder.display(), lines.join("\n  ")))
        })?;
        for difference in &report.differences {
            println!(
                "{}:{} {}: {} should be {}, is {}",
                difference.file, difference.line, difference.case, difference.about, difference.expected, difference.got
            );
        }
        failed += report.differences.len();
        let unexercised = report.unexercised().join(" ");
        rows.push(vec![
            report.policy.clone(),
            report.cases.to_string(),
            report.compared.to_string(),
            report.differences.len().to_string(),
            cut(&unexercised, 60),
        ]);
    }
    print!(
        "{}",
        table(&["policy", "cases", "answers compared", "differences", "criteria that no case shows from both sides"], &rows)
    );
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
