//! Avedis: decides what a record can prove, shows its proof, and gives the rest to the right clinician in time.
//!
//! The shell: the only place that reads a clock, randomness, the environment and the file system for configuration.

#![allow(clippy::disallowed_methods)]

mod bench;
mod client;
mod config;
mod conformance;
mod cql;
mod day;
mod demo;
mod keys;
mod policy;
mod read;
mod replay;
mod serve;
mod submit;
mod table;
mod verify;
mod wiring;
mod words;
mod world;

/// A request makes many short-lived allocations on several threads; this allocator serves them from per-thread pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "avedis",
    version,
    about = "Open utilization management: prior authorization decided from its record, with proof",
    after_help = "Start with:\n  avedis demo                       a fictional plan, a hundred requests, a workbench to look at\n  avedis submit request.json        send one request to a running server\n  avedis verify receipt.json        check a receipt without trusting anybody"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A fictional health plan: plays about a hundred requests through the real HTTP API and stays up.
    Demo(demo::Args),
    /// Runs the platform for real, from a configuration file.
    Serve(serve::Args),
    /// Sends one PAS Bundle and prints decision, evidence, missing facts, due time with its rule, and receipt.
    Submit(submit::Args),
    /// Re-makes the decisions of a case and compares them byte for byte with what was recorded.
    Replay(replay::Args),
    /// Checks a receipt offline.
    Verify(verify::Args),
    /// Reads a document: what it says, and the words that say it; scores labelled sets.
    Read(read::Args),
    /// The words of medicine: what the lexicon holds, is it made of its data, and imports for those who hold licences.
    Lexicon(words::Args),
    /// Lists and tests coverage policies.
    Policy(policy::Args),
    /// Clinical Quality Language: check, translate, evaluate, test, or try it at a prompt.
    Cql(cql::Args),
    /// Sends the published PAS examples over real HTTP and checks each answer.
    Conformance(conformance::Args),
    /// Measures durable, decided, receipted requests beside a bare endpoint, in one run.
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Submit(args) => submit::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Read(args) => read::run(&args),
        Command::Lexicon(args) => words::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Cql(args) => cql::run(args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Bench(args) => bench::run(args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("avedis: {error}");
            ExitCode::from(2)
        }
    }
}

/// Why a command could not do its work; the text says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

type Done = Result<ExitCode, Failure>;
