//! `avedis cql repl`: a prompt. On a terminal with history and completion, otherwise line by line from standard input.

mod session;
mod words;

use super::{clock, model};
use crate::{Done, Failure};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};
use session::Session;
use std::cell::RefCell;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

/// A prompt for CQL: an expression is answered, a declaration is kept.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  avedis cql repl
  avedis cql repl --library input/cql --data tests/patient-1 --valuesets vocabulary
  echo '1 + 1' | avedis cql repl

At the prompt, :help lists the commands. Input goes on to the next line while it is not complete; an empty line ends it.

Exit code: 0; without a terminal 1 when some input had an error.")]
pub struct Args {
    /// Libraries to load, as with :load. Repeatable.
    #[arg(long, num_args = 1..)]
    library: Vec<PathBuf>,
    /// Patients to load, as with :data. Repeatable.
    #[arg(long, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Value sets and code systems to load, as with :valuesets. Repeatable.
    #[arg(long, visible_alias = "codesystems", num_args = 1..)]
    valuesets: Vec<PathBuf>,
    /// ModelInfo XML files of data models that are not built in. Repeatable.
    #[arg(long, num_args = 1..)]
    model: Vec<PathBuf>,
    /// The time taken as now; otherwise the clock.
    #[arg(long)]
    now: Option<String>,
    /// Offset of times that name none.
    #[arg(long, default_value = "Z", allow_hyphen_values = true)]
    timezone: String,
    /// File that keeps the history; otherwise `.avedis_cql_history` in the home folder.
    #[arg(long)]
    history: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let mut session = Session::new(clock::now(args.now.as_deref(), &args.timezone)?, model::options(&args.model)?);
    for (command, paths) in [("valuesets", &args.valuesets), ("data", &args.data), ("load", &args.library)] {
        for path in paths {
            say(&session.command(&format!("{command} {}", path.display())));
        }
    }
    if std::io::stdin().is_terminal() { on_terminal(session, args) } else { from_pipe(session) }
}

fn say(answer: &Result<String, String>) {
    match answer {
        Ok(text) if text.is_empty() => {}
        Ok(text) => println!("{text}"),
        Err(text) => eprintln!("{text}"),
    }
}

fn from_pipe(mut session: Session) -> Done {
    let mut failed = false;
    let mut pending = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| Failure::new(format!("standard input: {e}")))?;
        let ended = line.trim().is_empty();
        pending.push_str(&line);
        pending.push('\n');
        if !ended && session::is_incomplete(&pending) {
            continue;
        }
        failed |= take(&mut session, &std::mem::take(&mut pending));
        if session.ended {
            break;
        }
    }
    failed |= take(&mut session, &pending);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Answers one input; whether it had an error.
fn take(session: &mut Session, input: &str) -> bool {
    if input.trim().is_empty() || session.ended {
        return false;
    }
    let answer = session.input(input.trim());
    say(&answer);
    answer.is_err()
}

fn on_terminal(session: Session, args: &Args) -> Done {
    println!("CQL prompt. :help lists the commands, :quit ends.");
    let history = args.history.clone().or_else(|| std::env::home_dir().map(|home| home.join(".avedis_cql_history")));
    let session = Rc::new(RefCell::new(session));
    let failure = |e: ReadlineError| Failure::new(format!("the terminal: {e}"));
    let config =
        Config::builder().history_ignore_space(true).auto_add_history(true).max_history_size(10_000).map_err(failure)?.build();
    let mut editor: Editor<Prompt, DefaultHistory> = Editor::with_config(config).map_err(failure)?;
    editor.set_helper(Some(Prompt(session.clone())));
    if let Some(history) = &history {
        // There is none the first time.
        let _ = editor.load_history(history);
    }
    loop {
        match editor.readline("cql> ") {
            Ok(input) => {
                take(&mut session.borrow_mut(), &input);
                if session.borrow().ended {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failure(error)),
        }
    }
    if let Some(history) = &history
        && let Err(error) = editor.save_history(history)
    {
        eprintln!("note: {}: the history was not kept: {error}", history.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Completion and continuation at the prompt.
struct Prompt(Rc<RefCell<Session>>);

impl Helper for Prompt {}
impl Highlighter for Prompt {}
impl Hinter for Prompt {
    type Hint = String;
}

impl Validator for Prompt {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let ended = input.ends_with('\n') || !session::is_incomplete(input);
        Ok(if ended { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Prompt {
    type Candidate = String;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(words::complete(line.get(..position).unwrap_or(line), &self.0.borrow().names()))
    }
}
