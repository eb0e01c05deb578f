//! This program cannot let time deny: a missed due time carries no decision.

use case::{Decision, What};

fn silence_denies(missed: What) -> Decision {
    match missed {
        What::ClockMissed { decision, .. } => decision,
        _ => Decision::Undecided,
    }
}

fn main() {}
