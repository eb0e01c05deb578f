//! Every worked case of every policy.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use criteria::check_cases;

/// Criteria of which only one truth can be seen, with the reason.
const ONE_SIDED: [(&str, &str); 4] = [
    ("covered", "a total electric bed never is"),
    ("total-electric", "a total electric bed never is"),
    ("no-benefit.benefit", "bed boards and over-bed tables never are"),
    ("no-benefit", "bed boards and over-bed tables never are"),
];

#[test]
fn every_worked_case_of_every_policy() {
    let (mut failures, mut table) =
        (String::new(), format!("{:<28}{:>7}{:>10}{:>13}\n", "policy", "cases", "compared", "differences"));
    for entry in std::fs::read_dir(common::folder()).unwrap() {
        let path = entry.unwrap().path();
        if !path.join("policy.toml").is_file() {
            continue;
        }
        let report = check_cases(&path).unwrap_or_else(|faults| panic!("{}", common::words(&faults)));
        table += &format!("{:<28}{:>7}{:>10}{:>13}\n", report.policy, report.cases, report.compared, report.differences.len());
        for difference in &report.differences {
            failures += &format!(
                "{}:{}: {}: {}: expected {}, got {}\n",
                difference.file, difference.line, difference.case, difference.about, difference.expected, difference.got
            );
        }
        let mut idle = report.unexercised();
        idle.retain(|id| !ONE_SIDED.iter().any(|(known, _)| known == id));
        assert!(report.cases >= 12, "{}: {} cases", report.policy, report.cases);
        if !idle.is_empty() {
            failures += &format!("{}: no case exercises both sides of {}\n", report.policy, idle.join(", "));
        }
    }
    println!("{table}");
    assert!(failures.is_empty(), "{table}\n{failures}");
}
