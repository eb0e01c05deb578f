//! This program cannot turn what the criteria found into a denial.

fn denial(findings: case::Findings) -> case::event::Adverse {
    findings.into()
}

fn main() {}
