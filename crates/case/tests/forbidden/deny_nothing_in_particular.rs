//! This program cannot deny without naming at least one line.

use base::Phi;
use case::{Command, LicensedReviewer};

fn denies_nothing(reviewer: LicensedReviewer) -> Command {
    Command::DetermineAdverse { reviewer, lines: Vec::new(), rationale: Phi::new("words".to_owned()) }
}

fn main() {}
