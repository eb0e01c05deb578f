//! This program cannot admit a token, a name or a role: only credentials, with the statement, against the case.

use case::authority::Rules;
use case::{Case, LicensedReviewer};

fn by_token(case: &Case, now: base::Timestamp, rules: &Rules) -> Option<LicensedReviewer> {
    case::admit("any bearer of a token", case, &[1], rules.statement(), now, rules).ok()
}

fn main() {}
