//! `avedis cql`: check, translate, evaluate, test and try Clinical Quality Language.
//!
//! This is the shell around the `cql`, `population` and `measure` crates: it reads files, the clock and the terminal, and says what went wrong and what to do.

mod answers;
mod board;
mod check;
mod clock;
mod evaluate;
mod expected;
mod files;
mod job;
mod library;
mod measures;
mod model;
mod output;
mod own_tests;
mod parameters;
mod period;
mod prepare;
mod repl;
mod suite;
mod suite_xml;
mod terminology;
mod translate;

use crate::Done;

/// Clinical Quality Language: check, translate, evaluate, test, or try it at a prompt.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  avedis cql check input/cql
  avedis cql translate input/cql --output elm
  avedis cql evaluate --library input/cql --main MyMeasure --valuesets vocabulary --data tests
  avedis cql evaluate --library input/cql --measure Measure-X.json --valuesets vocabulary --data tests")]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Says everything that is wrong with CQL or ELM libraries.
    Check(check::Args),
    /// Writes CQL as ELM JSON; reads and checks ELM JSON.
    Translate(translate::Args),
    /// Evaluates a library for every patient of a data set: one JSON line a patient.
    Evaluate(Box<evaluate::Args>),
    /// Runs the official suite, or tests of one's own.
    Test(suite::Args),
    /// A prompt: expressions are answered, declarations kept.
    Repl(repl::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Done {
    match args.act {
        Act::Check(args) => check::run(&args),
        Act::Translate(args) => translate::run(&args),
        Act::Evaluate(args) => evaluate::run(&args),
        Act::Test(args) => suite::run(&args),
        Act::Repl(args) => repl::run(&args),
    }
}
