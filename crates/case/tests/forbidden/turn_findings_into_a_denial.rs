//! This program cannot turn what criteria found, or a machine suggests, into a determination.

use case::Findings;
use case::event::Adverse;

fn from_findings(findings: Findings) -> Adverse {
    findings.into()
}

fn main() {}
