//! This program cannot turn "not met" into a denial.

fn outcome(truth: case::Truth) -> case::event::AdverseOutcome {
    truth.into()
}

fn main() {}
