//! This program cannot make a reviewer out of a signature it has read: the fields of the witness are private.

use case::LicensedReviewer;
use case::event::Attestation;

fn signs_again(attestation: Attestation) -> LicensedReviewer {
    LicensedReviewer { attestation, authorization: "A-1".to_owned(), version: 1, lines: vec![1] }
}

fn main() {}
