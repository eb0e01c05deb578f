//! Clinical operators (Appendix B, *Clinical Operators*): ages. Membership in value sets
//! and code systems is a question to [`crate::data::Terminology`].

use super::{Env, OpResult, datetime};
use crate::value::{Precision, Value};

/// `CalculateAgeInYearsAt(birth, at)`: a birth date-time is cut to a date when the other
/// operand is a date.
pub fn age_at(env: &Env, birth: &Value, at: &Value, period: Precision) -> OpResult {
    match (birth, at) {
        (Value::DateTime(birth), Value::Date(_)) => datetime::duration(env, &Value::Date(birth.date()), at, period),
        _ => datetime::duration(env, birth, at, period),
    }
}

/// `CalculateAgeInYears(birth)`: at the time of the request.
pub fn age(env: &Env, birth: &Value, period: Precision) -> OpResult {
    let now = match birth {
        Value::Date(_) if period <= Precision::Day => Value::Date(env.now().date()),
        _ => Value::DateTime(env.now()),
    };
    age_at(env, birth, &now, period)
}
