//! This program cannot write a reviewer down: the witness is not `Serialize`.

fn kept_for_later(reviewer: &case::LicensedReviewer) -> String {
    serde_json::to_string(reviewer).unwrap()
}

fn main() {}
