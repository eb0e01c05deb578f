//! This program cannot write a denial into history: the event is made only by deciding with a reviewer.

use base::{NonEmpty, Phi};
use case::What;
use case::event::{Adverse, Attestation};

fn forged(lines: NonEmpty<Adverse>, attestation: Attestation, rationale: Phi<String>) -> What {
    What::DeterminedAdverse { lines, attestation, rationale }
}

fn main() {}
