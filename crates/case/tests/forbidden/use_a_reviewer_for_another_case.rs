//! This program cannot move a reviewer to another case: what the witness is bound to is private.

fn rebind(reviewer: &mut case::LicensedReviewer) {
    reviewer.authorization = "A-2".to_owned();
    reviewer.version = 7;
}

fn main() {}
