//! This program cannot write a signature down: only `admit` makes an attestation, only a replay reads one.

use case::authority::Licence;
use case::event::Attestation;

fn forged(reviewer: base::UserId, licence: Licence, attested_at: base::Timestamp) -> Attestation {
    Attestation {
        reviewer,
        name: "Dr. Nobody".to_owned(),
        npi: None,
        licence,
        specialty: "internal medicine".to_owned(),
        admitted_under: "MA-ADVERSE".to_owned(),
        attested_at,
        statement: "I have reviewed the record".to_owned(),
    }
}

fn main() {}
