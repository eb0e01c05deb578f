//! This program has no reviewer by default, and none without credentials.

fn nobody() -> case::LicensedReviewer {
    case::LicensedReviewer::default()
}

fn anybody() -> case::LicensedReviewer {
    case::LicensedReviewer::new()
}

fn main() {}
