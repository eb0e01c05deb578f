//! This program cannot copy a reviewer: the witness is not `Clone`.

fn two_from_one(reviewer: case::LicensedReviewer) -> (case::LicensedReviewer, case::LicensedReviewer) {
    (reviewer.clone(), reviewer)
}

fn main() {}
