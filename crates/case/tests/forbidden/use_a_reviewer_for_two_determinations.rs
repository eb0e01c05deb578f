//! This program cannot use a reviewer twice: a determination consumes the witness.

use base::{NonEmpty, Phi};
use case::event::Adverse;
use case::{Command, LicensedReviewer};

fn two_denials(reviewer: LicensedReviewer, one: NonEmpty<Adverse>, two: NonEmpty<Adverse>) -> [Command; 2] {
    let words = || Phi::new("words".to_owned());
    [
        Command::DetermineAdverse { reviewer, lines: one, rationale: words() },
        Command::DetermineAdverse { reviewer, lines: two, rationale: words() },
    ]
}

fn main() {}
