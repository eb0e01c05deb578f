//! This program cannot turn what a replay reads into a witness: there is no conversion.

fn signs_again(event: &case::Event) -> Option<case::LicensedReviewer> {
    match &event.what {
        case::What::DeterminedAdverse { attestation, .. } => Some(attestation.clone().into()),
        _ => None,
    }
}

fn main() {}
