//! This program cannot put a denial into a case: the decision follows from the event alone.

use case::Decision;
use case::event::{Adverse, Attestation};

fn forged(adverse: Adverse, attestation: Attestation) -> Decision {
    Decision::Adverse { adverse, attestation, rationale: "words".to_owned().into() }
}

fn main() {}
