//! This program cannot deny without a licensed reviewer: the command has no form without one.

use base::{NonEmpty, Phi};
use case::Command;
use case::event::Adverse;

fn software_denies(lines: NonEmpty<Adverse>, rationale: Phi<String>) -> Command {
    Command::DetermineAdverse { lines, rationale }
}

fn main() {}
