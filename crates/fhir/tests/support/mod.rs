//! What the tests of this crate share.

use fhir::Issue;
use json::{Document, Limits};

pub const SOUND: &str = include_str!("../data/sound_bundle.json");

pub fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes().to_vec(), &Limits::default()).unwrap_or_else(|faults| panic!("{}", faults[0]))
}

/// `severity details expression` of each issue.
pub fn lines(issues: &[Issue]) -> Vec<String> {
    let line =
        |issue: &Issue| format!("{} {} {}", issue.severity.as_str(), issue.details, issue.expression.as_deref().unwrap_or("-"));
    issues.iter().map(line).collect()
}
