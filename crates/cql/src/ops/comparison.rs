//! Comparison operators (Appendix B, *Comparison Operators*): equality, equivalence and
//! order of all types, with uncertainty.

use super::units::Calendar;
use super::{Env, Outcomes, interval, logical};
use crate::value::{Code, Concept, DateTime, Decimal, Precision, Text, Tri, Tuple, Value};
use std::cmp::Ordering;

/// The order of two values; `None` when one is null or they are not comparable.
pub fn compare(env: &Env, left: &Value, right: &Value) -> Option<Outcomes> {
    use Value::{Boolean, Integer, Long, Object, Quantity, String, Uncertain};
    Some(match (left, right) {
        (Integer(l), Integer(r)) => l.cmp(r).into(),
        (Value::Decimal(l), Value::Decimal(r)) => l.cmp(r).into(),
        (String(l), String(r)) => l.cmp(r).into(),
        (Value::DateTime(_) | Value::Date(_) | Value::Time(_), _) => {
            return compare_temporal(env, left, right, None);
        }
        (Quantity(l), Quantity(r)) => env.units.compare(l, r)?.into(),
        (Long(l), Long(r)) => l.cmp(r).into(),
        (Boolean(l), Boolean(r)) => l.cmp(r).into(),
        (Uncertain(_), _) | (_, Uncertain(_)) => return compare_uncertain(env, left, right),
        (Object(_), _) | (_, Object(_)) => return None,
        _ => return compare_mixed(env, left, right),
    })
}

/// Numbers of different types, where no conversion was written.
fn compare_mixed(env: &Env, left: &Value, right: &Value) -> Option<Outcomes> {
    if let (Some(l), Some(r)) = (as_decimal(left), as_decimal(right)) {
        return Some(l.cmp(&r).into());
    }
    match (left, right) {
        (Value::Quantity(q), other) | (other, Value::Quantity(q)) => {
            let number = crate::value::Quantity { value: as_decimal(other)?, unit: crate::value::Unit::one() };
            let ordering = env.units.compare(q, &number)?;
            let same_side = matches!(left, Value::Quantity(_));
            Some(if same_side { ordering } else { ordering.reverse() }.into())
        }
        _ => None,
    }
}

/// A number as a decimal.
pub(crate) fn as_decimal(value: &Value) -> Option<Decimal> {
    Some(match value {
        Value::Integer(i) => Decimal::from(*i),
        Value::Long(l) => Decimal::from(*l),
        Value::Decimal(d) => *d,
        _ => return None,
    })
}

/// Ranges compare by their ends.
fn compare_uncertain(env: &Env, left: &Value, right: &Value) -> Option<Outcomes> {
    let (left_low, left_high) = ends(left);
    let (right_low, right_high) = ends(right);
    let low_high = compare(env, left_low, right_high)?;
    let high_low = compare(env, left_high, right_low)?;
    let mut bits = 0;
    if low_high.less() != Some(false) {
        bits |= Outcomes::LESS;
    }
    if high_low.greater() != Some(false) {
        bits |= Outcomes::GREATER;
    }
    if low_high.less_or_equal() != Some(false) && high_low.greater_or_equal() != Some(false) {
        bits |= Outcomes::EQUAL;
    }
    Some(Outcomes::of(bits))
}

/// The lowest and highest a value may be.
pub(crate) fn ends(value: &Value) -> (&Value, &Value) {
    match value {
        Value::Uncertain(bounds) => (&bounds.0, &bounds.1),
        other => (other, other),
    }
}

/// Orders dates, date-times and times down to `precision`, or as far as both are known.
pub fn compare_temporal(env: &Env, left: &Value, right: &Value, precision: Option<Precision>) -> Option<Outcomes> {
    let (l, l_precision, r, r_precision) = match (left, right) {
        (Value::DateTime(l), Value::DateTime(r)) => {
            if let Some(outcomes) = between_hours(env, *l, *r, precision) {
                return Some(outcomes);
            }
            let (l, r) = normalized(env, *l, *r, precision);
            (l.bits(), l.precision(), r.bits(), r.precision())
        }
        (Value::Date(l), Value::Date(r)) => (l.bits(), l.precision(), r.bits(), r.precision()),
        (Value::Time(l), Value::Time(r)) => (l.bits(), l.precision(), r.bits(), r.precision()),
        (Value::Date(l), Value::DateTime(_)) => {
            let l = Value::DateTime(l.to_date_time());
            return compare_temporal(env, &l, right, precision);
        }
        (Value::DateTime(_), Value::Date(r)) => {
            let r = Value::DateTime(r.to_date_time());
            return compare_temporal(env, left, &r, precision);
        }
        (Value::Uncertain(_), _) | (_, Value::Uncertain(_)) => {
            return compare_uncertain_temporal(env, left, right, precision);
        }
        _ => return None,
    };
    let known = l_precision.min(r_precision);
    let common = precision.map_or(known, |p| p.min(known));
    let ordering = (l >> common.shift()).cmp(&(r >> common.shift()));
    if ordering != Ordering::Equal {
        return Some(ordering.into());
    }
    let settled = match precision {
        Some(wanted) => wanted <= known,
        None => l_precision == r_precision,
    };
    Some(if settled { Ordering::Equal.into() } else { Outcomes::ANY })
}

fn compare_uncertain_temporal(env: &Env, left: &Value, right: &Value, precision: Option<Precision>) -> Option<Outcomes> {
    let (ll, lh) = ends(left);
    let (rl, rh) = ends(right);
    let low_high = compare_temporal(env, ll, rh, precision)?;
    let high_low = compare_temporal(env, lh, rl, precision)?;
    let mut bits = 0;
    if low_high.less() != Some(false) {
        bits |= Outcomes::LESS;
    }
    if high_low.greater() != Some(false) {
        bits |= Outcomes::GREATER;
    }
    if low_high.less_or_equal() != Some(false) && high_low.greater_or_equal() != Some(false) {
        bits |= Outcomes::EQUAL;
    }
    Some(Outcomes::of(bits))
}

/// An hour of an offset with half hours lies in two hours of another one, and so perhaps in two days or years: such values compare by
/// the instants they may mean.
fn between_hours(env: &Env, left: DateTime, right: DateTime, precision: Option<Precision>) -> Option<Outcomes> {
    let offset = |d: DateTime| d.offset_minutes().unwrap_or_else(|| env.offset());
    let to_the_hour = left.precision() == Precision::Hour || right.precision() == Precision::Hour;
    if !to_the_hour || precision.is_some_and(|p| p < Precision::Hour) || (offset(left) - offset(right)) % 60 == 0 {
        return None;
    }
    let ends = |d: DateTime| (d.low().to_unix_ms(env.offset()), d.high().to_unix_ms(env.offset()));
    let ((left_low, left_high), (right_low, right_high)) = (ends(left), ends(right));
    let mut bits = 0;
    if left_low < right_high {
        bits |= Outcomes::LESS;
    }
    if left_high > right_low {
        bits |= Outcomes::GREATER;
    }
    if left_low <= right_high && right_low <= left_high {
        bits |= Outcomes::EQUAL;
    }
    Some(Outcomes::of(bits))
}

/// Both at the request's offset, when hours or finer are compared (Appendix B, *Same As*).
fn normalized(env: &Env, left: DateTime, right: DateTime, precision: Option<Precision>) -> (DateTime, DateTime) {
    let own = |d: DateTime| d.offset_minutes().unwrap_or_else(|| env.offset());
    if own(left) == own(right) || precision.is_some_and(|p| p < Precision::Hour) {
        return (left, right);
    }
    (left.at_offset(env.offset(), env.offset()), right.at_offset(env.offset(), env.offset()))
}

/// A total order for sorting and for `Min` and `Max`: nulls first, then by value; of two
/// times that agree as far as both are known the less precise comes first.
pub fn sort_order(env: &Env, left: &Value, right: &Value) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    let Some(outcomes) = compare(env, left, right) else {
        return Ordering::Equal;
    };
    if outcomes.less() == Some(true) {
        Ordering::Less
    } else if outcomes.greater() == Some(true) {
        Ordering::Greater
    } else if outcomes.equal() == Some(true) {
        Ordering::Equal
    } else {
        precision_of(left).cmp(&precision_of(right))
    }
}

fn precision_of(value: &Value) -> Option<Precision> {
    match value {
        Value::Date(d) => Some(d.precision()),
        Value::DateTime(d) => Some(d.precision()),
        Value::Time(t) => Some(t.precision()),
        _ => None,
    }
}

/// `A = B`.
pub fn equal(env: &Env, left: &Value, right: &Value) -> Tri {
    use Value::{Boolean, Code, CodeSystem, Concept, Integer, Interval, List, Null, Object, Ratio, String, Tuple, ValueSet};
    match (left, right) {
        (Null, _) | (_, Null) => None,
        (Integer(l), Integer(r)) => Some(l == r),
        (String(l), String(r)) => Some(l == r),
        (Boolean(l), Boolean(r)) => Some(l == r),
        (List(l), List(r)) => equal_lists(env, l, r),
        (Tuple(l), Tuple(r)) => equal_tuples(env, l, r),
        (Interval(l), Interval(r)) => interval::equal(env, l, r),
        (Code(l), Code(r)) => equal_codes(l, r),
        (Concept(l), Concept(r)) => equal_concepts(l, r),
        (ValueSet(l), ValueSet(r)) | (CodeSystem(l), CodeSystem(r)) => Some(l.id == r.id && l.version == r.version),
        (Ratio(l), Ratio(r)) => {
            let part =
                |a: &crate::value::Quantity, b: &crate::value::Quantity| env.units.compare(a, b).map(|o| o == Ordering::Equal);
            logical::and(part(&l.numerator, &r.numerator), part(&l.denominator, &r.denominator))
        }
        (Object(l), Object(r)) => Some(l == r || env.objects.is_some_and(|objects| objects.equal(*l, *r))),
        _ => equal_ordered(env, left, right),
    }
}

/// Types with an order; values of unlike types are not equal.
fn equal_ordered(env: &Env, left: &Value, right: &Value) -> Tri {
    match compare(env, left, right) {
        Some(outcomes) => outcomes.equal(),
        None => {
            // Units that do not convert leave the answer open; unlike types do not.
            let same = std::mem::discriminant(left) == std::mem::discriminant(right);
            if same { None } else { Some(false) }
        }
    }
}

/// Codes are equal when all their elements are; an element only one has is unknown.
fn equal_codes(left: &Code, right: &Code) -> Tri {
    let parts = [
        (&left.code, &right.code),
        (&left.system, &right.system),
        (&left.version, &right.version),
        (&left.display, &right.display),
    ];
    all(parts.into_iter().map(|(l, r)| equal_texts(l, r)))
}

/// Concepts are equal when their codes are, one by one, and what they show.
fn equal_concepts(left: &Concept, right: &Concept) -> Tri {
    if left.codes.len() != right.codes.len() {
        return Some(false);
    }
    let codes = all(left.codes.iter().zip(&right.codes).map(|(l, r)| equal_codes(l, r)));
    logical::and(codes, equal_texts(&left.display, &right.display))
}

/// A text that only one has is unknown.
fn equal_texts(left: &Option<Text>, right: &Option<Text>) -> Tri {
    match (left, right) {
        (Some(l), Some(r)) => Some(l == r),
        (None, None) => Some(true),
        _ => None,
    }
}

/// Elements of lists and tuples: two nulls are equal, one null is unknown.
fn equal_elements(env: &Env, left: &Value, right: &Value) -> Tri {
    if left.is_null() && right.is_null() {
        return Some(true);
    }
    equal(env, left, right)
}

fn equal_lists(env: &Env, left: &[Value], right: &[Value]) -> Tri {
    if left.len() != right.len() {
        return Some(false);
    }
    all(left.iter().zip(right).map(|(l, r)| equal_elements(env, l, r)))
}

fn equal_tuples(env: &Env, left: &Tuple, right: &Tuple) -> Tri {
    if left.elements.len() != right.elements.len() {
        return Some(false);
    }
    // The suite has the first element that is not equal decide: a null one before an
    // unequal one gives null.
    for (name, value) in &left.elements {
        let other = right.elements.iter().find(|(n, _)| n == name);
        let same = match other {
            Some((_, other)) => equal_elements(env, value, other),
            None => Some(false),
        };
        if same != Some(true) {
            return same;
        }
    }
    Some(true)
}

/// Conjunction that stops at the first false.
fn all(items: impl Iterator<Item = Tri>) -> Tri {
    let mut result = Some(true);
    for item in items {
        match item {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

/// `A ~ B`: never unknown.
pub fn equivalent(env: &Env, left: &Value, right: &Value) -> bool {
    use Value::{Code, Concept, Interval, List, Null, Quantity, Ratio, String, Tuple};
    match (left, right) {
        (Null, Null) => true,
        (Null, _) | (_, Null) => false,
        (String(l), String(r)) => equivalent_texts(l, r),
        (Value::Decimal(l), Value::Decimal(r)) => equivalent_decimals(*l, *r),
        (Quantity(l), Quantity(r)) => {
            if l.unit == r.unit {
                return equivalent_decimals(l.value, r.value);
            }
            env.units.compare_as(l, r, Calendar::Loose) == Some(Ordering::Equal)
        }
        (Ratio(l), Ratio(r)) => equivalent_ratios(env, l, r),
        (List(l), List(r)) => l.len() == r.len() && l.iter().zip(r.iter()).all(|(l, r)| equivalent(env, l, r)),
        (Tuple(l), Tuple(r)) => {
            l.elements.len() == r.elements.len() && l.elements.iter().all(|(name, value)| equivalent(env, value, &r.get(name)))
        }
        (Interval(l), Interval(r)) => interval::equivalent(env, l, r),
        (Code(l), Code(r)) => equivalent_codes(l, r),
        (Concept(l), Concept(r)) => equivalent_concepts(l, r),
        (Concept(l), Code(r)) => l.codes.iter().any(|c| equivalent_codes(c, r)),
        (Code(l), Concept(r)) => r.codes.iter().any(|c| equivalent_codes(l, c)),
        (Value::ValueSet(l), Value::ValueSet(r)) | (Value::CodeSystem(l), Value::CodeSystem(r)) => l.id == r.id,
        _ => {
            if let (Some(l), Some(r)) = (as_decimal(left), as_decimal(right)) {
                return equivalent_decimals(l, r);
            }
            equal(env, left, right) == Some(true)
        }
    }
}

/// Case and kind of white space do not matter.
fn equivalent_texts(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let fold = |text: &str| -> std::string::String {
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).flat_map(char::to_lowercase).collect()
    };
    fold(left) == fold(right)
}

/// Equal when rounded to the precision of the less precise one, trailing zeros not counted.
fn equivalent_decimals(left: Decimal, right: Decimal) -> bool {
    let scale = left.significant_scale().min(right.significant_scale());
    left.rounded(scale) == right.rounded(scale)
}

fn equivalent_ratios(env: &Env, left: &crate::value::Ratio, right: &crate::value::Ratio) -> bool {
    // a/b = c/d when a d = c b, in units that convert.
    let cross = |a: &crate::value::Quantity, d: &crate::value::Quantity| {
        Some(crate::value::Quantity { value: a.value.checked_mul(d.value)?, unit: env.units.combine(&a.unit, &d.unit, false)? })
    };
    let crossed = cross(&left.numerator, &right.denominator).zip(cross(&right.numerator, &left.denominator));
    crossed.is_some_and(|(l, r)| env.units.compare(&l, &r) == Some(Ordering::Equal))
}

/// Codes are equivalent by code and system; version and display do not matter.
pub(crate) fn equivalent_codes(left: &Code, right: &Code) -> bool {
    left.code == right.code && left.system == right.system
}

fn equivalent_concepts(left: &Concept, right: &Concept) -> bool {
    left.codes.iter().any(|l| right.codes.iter().any(|r| equivalent_codes(l, r)))
}

/// `A < B`, `A <= B`, `A > B`, `A >= B` as one question of the outcomes.
pub fn relation(env: &Env, left: &Value, right: &Value, question: fn(Outcomes) -> Option<bool>) -> Value {
    Value::from_tri(compare(env, left, right).and_then(question))
}
