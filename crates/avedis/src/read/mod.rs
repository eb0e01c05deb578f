//! `avedis read`: opens a document, reads it, and shows what it says with the words that say it.

mod ask;
mod eval;
mod notes;
mod page;
mod show;

use crate::{Done, Failure};
use documents::process::Tesseract;
use documents::{Document, Limits};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads a document: facts with the words they rest on, as a table, as JSON, or as a page with highlighted words.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  avedis read note.txt                        a table of facts
  avedis read fax.tiff --html > fax.html      the recognized text beside the page images, facts highlighted
  avedis read chart.pdf --json                everything, for a program
  avedis read bundle.json                     the documents inside FHIR resources
  avedis read chart.pdf --ask \"uses insulin\"  the sentences that say most about it
  avedis read eval all ../data/nlp            the scores of every labelled set found there, in one table
Scans need tesseract-ocr and poppler-utils (apt-get install tesseract-ocr poppler-utils)."
)]
pub struct Args {
    #[command(subcommand)]
    act: Option<Act>,
    /// The document: text, PDF, TIFF, PNG, JPEG, C-CDA, FHIR JSON, RTF, HTML.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Prints documents, facts and sentences as JSON.
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Prints a page with the facts highlighted and, where it has pages, their images.
    #[arg(long)]
    html: bool,
    /// Prints the sentences that say most about a criterion in words, the best first.
    #[arg(long, value_name = "CRITERION", conflicts_with_all = ["json", "html"])]
    ask: Option<String>,
    /// Asks a chat-completions endpoint too; its answer counts only where its quotes stand in the document, and only as a suggestion.
    #[arg(long, value_name = "URL", requires_all = ["ask", "model"])]
    assist: Option<String>,
    /// The model to ask for there.
    #[arg(long, value_name = "NAME", requires = "assist")]
    model: Option<String>,
    /// Pages that are recognized at most; a page costs about a second of one core.
    #[arg(long, default_value_t = 200)]
    scans: u32,
    /// Pages recognized at one time.
    #[arg(long, default_value_t = 2)]
    workers: usize,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Scores labelled sets: context, trial, maccrobat, ner, therapy, notes, or all of a folder.
    Eval(eval::Args),
}

/// A document with what was read in it.
struct Read {
    document: Document,
    reading: text::Reading,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    if let Some(Act::Eval(eval)) = &args.act {
        return eval::run(eval);
    }
    let Some(path) = &args.file else { return Err(Failure::new("name a file to read")) };
    let bytes = std::fs::read(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(
        indicatif::ProgressStyle::with_template("{bar:30} page {pos} of {len} recognized")
            .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()),
    );
    let told = bar.clone();
    let progress = move |done: usize, of: usize| {
        told.set_length(of as u64);
        told.set_position(done as u64);
    };
    let ocr = Tesseract { workers: args.workers, progress: Some(Box::new(progress)), ..Tesseract::default() };
    let limits = Limits { scans: args.scans, ..Limits::default() };
    let opened = documents::open(&bytes, None, &limits, &ocr);
    bar.finish_and_clear();
    let opened = opened.map_err(|faults| {
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::new(format!("{}: {}", path.display(), said.join("\n  ")))
    })?;
    let lexicon = lexicon::builtin().map_err(|e| Failure::new(e.to_string()))?;
    let mut all = Vec::new();
    for document in opened {
        let starts = document.page_starts();
        let reading = text::read(&lexicon, &document.input(&starts)).map_err(|e| Failure::new(e.to_string()))?;
        all.push(Read { document, reading });
    }
    for fault in all.iter().flat_map(|r| &r.document.faults) {
        eprintln!("{fault}");
    }
    let answer = match () {
        () if args.json => show::json(&all)?,
        () if args.html => page::html(&all, &bytes, &ocr),
        () if args.ask.is_some() => {
            let model = args.assist.as_deref().zip(args.model.as_deref());
            ask::answer(&ask::Ask { criterion: args.ask.as_deref().unwrap_or_default(), model }, &all, &lexicon)?
        }
        () => show::table(&all),
    };
    // Whoever reads the answer may stop early; that is no failure.
    let _ = writeln!(std::io::stdout(), "{}", answer.trim_end());
    Ok(ExitCode::SUCCESS)
}
