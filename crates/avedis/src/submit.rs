//! `avedis submit`: one Bundle to a running server; decision, evidence, missing facts, due time with its rule, receipt.

use crate::client::Server;
use crate::{Done, Failure};
use exchange::pas::{Answer, Summary};
use std::path::PathBuf;
use std::process::ExitCode;

/// Sends one PAS Bundle and prints the answer in plain words.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  avedis submit request.json --token-file avedis-demo/demo.token\n  avedis submit request.json --pas 2.0.1 --json\n  avedis submit inquiry.json --inquire\n\nExit code: 0 answered, 1 refused (the faults are printed), 2 the server could not be reached."
)]
pub struct Args {
    /// The Bundle (application/fhir+json).
    file: PathBuf,
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8720")]
    url: String,
    /// The client's bearer token, in a file.
    #[arg(long, default_value = "avedis-demo/demo.token")]
    token_file: PathBuf,
    /// PAS version: 2.0.1 or 2.2.1.
    #[arg(long, default_value = "2.2.1", value_parser = ["2.0.1", "2.2.1"])]
    pas: String,
    /// Ask with `$inquire` in place of `$submit`.
    #[arg(long)]
    inquire: bool,
    /// Print the answer's JSON as it came.
    #[arg(long)]
    json: bool,
    /// Write the receipt here; otherwise beside the request, named after the authorization.
    #[arg(long)]
    receipt: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let body = std::fs::read(&args.file).map_err(|e| Failure::new(format!("{}: {e}", args.file.display())))?;
    let token = std::fs::read_to_string(&args.token_file)
        .map_err(|e| Failure::new(format!("{}: {e}. Name the client's token with --token-file", args.token_file.display())))?;
    let server = Server::new(&args.url, token.trim())?;
    let operation = if args.inquire { "$inquire" } else { "$submit" };
    let answer = server.post(&format!("/pas/{}/Claim/{operation}", args.pas), &body)?;
    if args.json {
        println!("{}", String::from_utf8_lossy(&answer.body));
    } else {
        print(args, answer.status, &answer.body)?;
    }
    Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(args: &Args, status: u16, body: &[u8]) -> Result<(), Failure> {
    let Ok(document) = json::Document::parse(body.to_vec(), &json::Limits::default()) else {
        println!("status {status}: {}", String::from_utf8_lossy(body).trim());
        return Ok(());
    };
    let summary = Summary::read(&document);
    if status != 200 {
        println!("refused with status {status}:");
    }
    summary.issues.iter().for_each(|issue| println!("  - {issue}"));
    for answer in &summary.answers {
        print_answer(answer);
        if let Some(receipt) = &answer.receipt {
            let name = answer.authorization.as_deref().unwrap_or("unnamed");
            let beside = args.file.parent().unwrap_or(std::path::Path::new("")).join(format!("receipt-{name}.json"));
            let path = args.receipt.clone().unwrap_or(beside);
            std::fs::write(&path, receipt).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
            println!("receipt        {}   check it with: avedis verify {}", path.display(), path.display());
        }
    }
    Ok(())
}

fn print_answer(answer: &Answer) {
    println!("authorization  {}", answer.authorization.as_deref().unwrap_or("-"));
    println!("outcome        {}", answer.outcome);
    for line in &answer.lines {
        let period = line.period.map(|(from, to)| format!("  {from} to {to}")).unwrap_or_default();
        println!("line {:<9} {}{period}", line.sequence, words(&line.action));
        line.missing.iter().for_each(|fact| println!("  missing      {fact}"));
        line.notes.iter().for_each(|note| println!("  note         {note}"));
    }
    if let Some(due) = &answer.due {
        println!("due            {due}");
    }
    for (code, path) in &answer.errors {
        println!("error          {code} {}", path.as_deref().unwrap_or_default());
    }
    let said = |note: &&String| !answer.lines.iter().any(|line| line.notes.contains(note));
    answer.notes.iter().filter(said).for_each(|note| println!("note           {note}"));
}

/// X12 306 action codes in our own words.
pub fn words(action: &str) -> String {
    let meaning = match action {
        "A1" => "approved",
        "A2" => "approved in part",
        "A3" => "denied",
        "A4" => "pended",
        "A6" => "modified",
        "C" => "cancelled",
        "NA" => "not required",
        "" => "no decision",
        _ => "see code",
    };
    format!("{meaning} ({action})")
}
