//! Interval operators (Appendix B, *Interval Operators*).
//!
//! A closed null bound is the end of the type's range; an open null bound is unknown: a
//! range from the other bound to the end of the type, so that `Interval[1, null) contains 0`
//! is false while `contains 5` is null. An interval of which nothing is known
//! (`Interval[null, null]` without a type) is as null.

use super::arithmetic::{self, extreme, step};
use super::comparison::{compare, compare_temporal, equivalent as equivalent_values};
use super::logical::{and, not, or};
use super::{Env, OpError, OpResult, Outcomes, undefined};
use crate::value::{Interval, PointType, Precision, Tri, Value};
use std::sync::Arc;

/// Whether nothing at all is known of the interval.
pub fn is_unknown(interval: &Interval) -> bool {
    interval.low.is_null() && interval.high.is_null() && interval.point == PointType::Unknown
}

/// An end of the type's range, in the unit of the other bound.
fn limit(interval: &Interval, maximum: bool) -> Value {
    let end = extreme(interval.point, maximum).unwrap_or_default();
    let other = if maximum { &interval.low } else { &interval.high };
    match (end, other) {
        (Value::Quantity(mut q), Value::Quantity(known)) => {
            q.unit = known.unit.clone();
            Value::Quantity(q)
        }
        (end, _) => end,
    }
}

/// A bound that is written: itself, or the next value when it is open.
fn written(bound: &Value, closed: bool, up: bool) -> Value {
    if closed {
        return bound.clone();
    }
    // An open bound at the end of the range leaves nothing: unknown.
    step(bound, up).unwrap_or_default()
}

/// The first point, as a range when it is unknown.
pub(crate) fn start_range(interval: &Interval) -> Value {
    if !interval.low.is_null() {
        return written(&interval.low, interval.low_closed, true);
    }
    let low = limit(interval, false);
    if interval.low_closed {
        return low;
    }
    let high = if interval.high.is_null() { limit(interval, true) } else { written(&interval.high, interval.high_closed, false) };
    range(low, high)
}

/// The last point, as a range when it is unknown.
pub(crate) fn end_range(interval: &Interval) -> Value {
    if !interval.high.is_null() {
        return written(&interval.high, interval.high_closed, false);
    }
    let high = limit(interval, true);
    if interval.high_closed {
        return high;
    }
    let low = if interval.low.is_null() { limit(interval, false) } else { written(&interval.low, interval.low_closed, true) };
    range(low, high)
}

fn range(low: Value, high: Value) -> Value {
    if low.is_null() || high.is_null() {
        return Value::Null;
    }
    let flat = |v: Value, upper: bool| match v {
        Value::Uncertain(bounds) => {
            if upper {
                bounds.1.clone()
            } else {
                bounds.0.clone()
            }
        }
        other => other,
    };
    Value::Uncertain(Arc::new((flat(low, false), flat(high, true))))
}

/// `start of I`.
pub fn start(interval: &Interval) -> Value {
    match start_range(interval) {
        Value::Uncertain(_) if interval.low.is_null() => Value::Null,
        value => value,
    }
}

/// `end of I`.
pub fn end(interval: &Interval) -> Value {
    match end_range(interval) {
        Value::Uncertain(_) if interval.high.is_null() => Value::Null,
        value => value,
    }
}

/// Compares points of intervals, at a precision when one is given.
#[derive(Clone, Copy)]
struct Points<'e> {
    env: &'e Env<'e>,
    precision: Option<Precision>,
}

impl Points<'_> {
    fn ask(self, left: &Value, right: &Value, question: fn(Outcomes) -> Option<bool>) -> Tri {
        let outcomes = match self.precision {
            Some(_) => compare_temporal(self.env, left, right, self.precision),
            None => compare(self.env, left, right),
        };
        outcomes.and_then(question)
    }

    fn equal(self, left: &Value, right: &Value) -> Tri {
        self.ask(left, right, Outcomes::equal)
    }

    fn less(self, left: &Value, right: &Value) -> Tri {
        self.ask(left, right, Outcomes::less)
    }

    fn at_most(self, left: &Value, right: &Value) -> Tri {
        self.ask(left, right, Outcomes::less_or_equal)
    }

    /// Whether `right` is the next point after `left`.
    fn follows(self, left: &Value, right: &Value) -> Tri {
        let left = match self.precision {
            Some(precision) => cut(left, precision),
            None => left.clone(),
        };
        match next(&left) {
            Some(next) => self.equal(&next, right),
            None => Some(false),
        }
    }
}

/// The next value; of a range both ends, the upper one staying at the end of the type.
fn next(value: &Value) -> Option<Value> {
    match value {
        Value::Uncertain(bounds) => {
            let low = step(&bounds.0, true).ok()?;
            let high = step(&bounds.1, true).unwrap_or_else(|_| bounds.1.clone());
            Some(Value::Uncertain(Arc::new((low, high))))
        }
        other => step(other, true).ok(),
    }
}

fn cut(value: &Value, precision: Precision) -> Value {
    match value {
        Value::Date(d) => Value::Date(d.truncated(precision)),
        Value::DateTime(d) => Value::DateTime(d.truncated(precision)),
        Value::Time(t) => Value::Time(t.truncated(precision)),
        Value::Uncertain(b) => Value::Uncertain(Arc::new((cut(&b.0, precision), cut(&b.1, precision)))),
        other => other.clone(),
    }
}

/// A relation between two intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Relation {
    Before,
    After,
    SameAs,
    SameOrBefore,
    SameOrAfter,
    Includes,
    IncludedIn,
    ProperIncludes,
    ProperIncludedIn,
    Overlaps,
    OverlapsBefore,
    OverlapsAfter,
    Meets,
    MeetsBefore,
    MeetsAfter,
    Starts,
    Ends,
}

/// Whether `left` stands in `relation` to `right`.
pub fn relate(env: &Env, relation: Relation, left: &Interval, right: &Interval, precision: Option<Precision>) -> Tri {
    let inclusion =
        matches!(relation, Relation::IncludedIn | Relation::ProperIncludedIn | Relation::Includes | Relation::ProperIncludes);
    if inclusion && is_unknown(left) != is_unknown(right) {
        // Untyped `[null, null]` takes the type of the interval it includes or is in.
        let left = &typed(left, right.point);
        let right = &typed(right, left.point);
        return relate_known(env, relation, left, right, precision);
    }
    if is_unknown(left) || is_unknown(right) {
        return None;
    }
    let overlap = matches!(relation, Relation::Overlaps | Relation::OverlapsBefore | Relation::OverlapsAfter);
    if overlap && (is_boundless(left) || is_boundless(right)) {
        if relation == Relation::Overlaps {
            return Some(true);
        }
        let (left, right) = (&typed(left, right.point), &typed(right, left.point));
        return relate_known(env, relation, left, right, precision);
    }
    relate_known(env, relation, left, right, precision)
}

/// Whether both bounds turned out null and closed.
fn is_boundless(interval: &Interval) -> bool {
    is_lost(interval) && interval.low_closed && interval.high_closed
}

fn is_lost(interval: &Interval) -> bool {
    interval.point == PointType::Lost && interval.low.is_null() && interval.high.is_null()
}

fn typed(interval: &Interval, point: PointType) -> Interval {
    let mut interval = interval.clone();
    if matches!(interval.point, PointType::Unknown | PointType::Lost) {
        interval.point = point;
    }
    interval
}

/// An interval whose bounds state no type has the other's.
fn stated(interval: &Interval, other: &Interval) -> Interval {
    if interval.point == PointType::Lost { typed(interval, other.point) } else { interval.clone() }
}

fn relate_known(env: &Env, relation: Relation, left: &Interval, right: &Interval, precision: Option<Precision>) -> Tri {
    let points = Points { env, precision };
    let (ls, le) = (&start_range(left), &end_range(left));
    let (rs, re) = (&start_range(right), &end_range(right));
    match relation {
        Relation::Before => points.less(le, rs),
        Relation::After => points.less(re, ls),
        Relation::SameAs => and(points.equal(ls, rs), points.equal(le, re)),
        Relation::SameOrBefore => points.at_most(le, rs),
        Relation::SameOrAfter => points.at_most(re, ls),
        Relation::Includes => and(points.at_most(ls, rs), points.at_most(re, le)),
        Relation::IncludedIn => and(points.at_most(rs, ls), points.at_most(le, re)),
        Relation::ProperIncludes => {
            and(and(points.at_most(ls, rs), points.at_most(re, le)), or(points.less(ls, rs), points.less(re, le)))
        }
        Relation::ProperIncludedIn => {
            and(and(points.at_most(rs, ls), points.at_most(le, re)), or(points.less(rs, ls), points.less(le, re)))
        }
        Relation::Overlaps => and(points.at_most(ls, re), points.at_most(rs, le)),
        Relation::OverlapsBefore => and(points.less(ls, rs), points.at_most(rs, le)),
        Relation::OverlapsAfter => and(points.less(re, le), points.at_most(ls, re)),
        Relation::Meets => or(points.follows(le, rs), points.follows(re, ls)),
        Relation::MeetsBefore => points.follows(le, rs),
        Relation::MeetsAfter => points.follows(re, ls),
        Relation::Starts => and(points.equal(ls, rs), points.at_most(le, re)),
        Relation::Ends => and(points.equal(le, re), points.at_most(rs, ls)),
    }
}

/// `I contains p` (and `p in I`); `proper` asks for a point that is neither end.
pub fn contains(env: &Env, interval: &Interval, point: &Value, precision: Option<Precision>, proper: bool) -> Tri {
    if is_unknown(interval) {
        return Some(false);
    }
    if point.is_null() {
        return None;
    }
    if is_lost(interval)
        && let Some(of_point) = point.point_type()
    {
        return contains(env, &typed(interval, of_point), point, precision, proper);
    }
    let points = Points { env, precision };
    let (start, end) = (start_range(interval), end_range(interval));
    if proper {
        return and(points.less(&start, point), points.less(point, &end));
    }
    // At a precision an open bound leaves out its whole day (month, ...): the bound itself is compared, not its neighbour.
    let whole = |closed: bool, bound: &Value| precision.is_some() && !closed && !bound.is_null();
    let Interval { low, high, low_closed, high_closed, .. } = interval;
    let after = if whole(*low_closed, low) { points.less(low, point) } else { points.at_most(&start, point) };
    let before = if whole(*high_closed, high) { points.less(point, high) } else { points.at_most(point, &end) };
    and(after, before)
}

/// `A = B`: same first and last points.
pub fn equal(env: &Env, left: &Interval, right: &Interval) -> Tri {
    relate(env, Relation::SameAs, left, right, None)
}

/// `A ~ B`.
pub fn equivalent(env: &Env, left: &Interval, right: &Interval) -> bool {
    let same = |a: Value, b: Value| match (&a, &b) {
        // Two unknown bounds are equivalent as two nulls are.
        (Value::Uncertain(_), Value::Uncertain(_)) => true,
        _ => equivalent_values(env, &a, &b),
    };
    same(start_range(left), start_range(right)) && same(end_range(left), end_range(right))
}

/// `A union B`: null unless they overlap or meet.
pub fn union(env: &Env, left: &Interval, right: &Interval) -> Value {
    let (left, right) = (&stated(left, right), &stated(right, left));
    let together = or(relate(env, Relation::Overlaps, left, right, None), relate(env, Relation::Meets, left, right, None));
    if together != Some(true) {
        return Value::Null;
    }
    let points = Points { env, precision: None };
    let left_first = points.at_most(&start_range(left), &start_range(right));
    let left_last = points.at_most(&end_range(right), &end_range(left));
    build(left, right, left_first, left_last)
}

/// `A intersect B`: null unless they overlap.
pub fn intersect(env: &Env, left: &Interval, right: &Interval) -> Value {
    let (left, right) = (&stated(left, right), &stated(right, left));
    if relate(env, Relation::Overlaps, left, right, None) != Some(true) {
        return Value::Null;
    }
    let points = Points { env, precision: None };
    let low_of_left = points.at_most(&start_range(right), &start_range(left));
    let high_of_left = points.at_most(&end_range(left), &end_range(right));
    build(left, right, low_of_left, high_of_left)
}

/// An interval with each bound from the left or the right one; open and null when that is
/// not known.
fn build(left: &Interval, right: &Interval, low_of_left: Tri, high_of_left: Tri) -> Value {
    let (low, low_closed) = match low_of_left {
        Some(true) => (left.low.clone(), left.low_closed),
        Some(false) => (right.low.clone(), right.low_closed),
        None => (Value::Null, false),
    };
    let (high, high_closed) = match high_of_left {
        Some(true) => (left.high.clone(), left.high_closed),
        Some(false) => (right.high.clone(), right.high_closed),
        None => (Value::Null, false),
    };
    Value::interval(Interval::new(low, high, low_closed, high_closed, left.point))
}

/// `A except B`: null when B cuts A in two or leaves nothing.
pub fn except(env: &Env, left: &Interval, right: &Interval) -> Value {
    let (left, right) = (&stated(left, right), &stated(right, left));
    match relate(env, Relation::Overlaps, left, right, None) {
        None => return Value::Null,
        Some(false) => return Value::interval(left.clone()),
        Some(true) => {}
    }
    let points = Points { env, precision: None };
    let starts_before = points.less(&start_range(left), &start_range(right));
    let ends_after = points.less(&end_range(right), &end_range(left));
    match (starts_before, ends_after) {
        (Some(true), Some(false)) => {
            let Ok(high) = step(&start_range(right), false) else {
                return Value::Null;
            };
            let low = left.low.clone();
            Value::interval(Interval::new(low, high, left.low_closed, true, left.point))
        }
        (Some(false), Some(true)) => {
            let Ok(low) = step(&end_range(right), true) else {
                return Value::Null;
            };
            let high = left.high.clone();
            Value::interval(Interval::new(low, high, true, left.high_closed, left.point))
        }
        _ => Value::Null,
    }
}

/// `width of I`: end minus start, for numbers and quantities.
pub fn width(env: &Env, interval: &Interval) -> OpResult {
    let (low, high) = (start(interval), end(interval));
    if matches!(low, Value::Date(_) | Value::DateTime(_) | Value::Time(_)) {
        return Err(undefined("Width", &[&low]));
    }
    arithmetic::apply(env, arithmetic::Operation::Subtract, &high, &low)
}

/// `Size(I)`: the width plus one step of the point type.
pub fn size(env: &Env, interval: &Interval) -> OpResult {
    let width = width(env, interval)?;
    step(&width, true)
}

/// `point from I`: the only point; an error when there are several.
pub fn point_from(env: &Env, interval: &Interval) -> OpResult {
    if is_unknown(interval) {
        return Ok(Value::Null);
    }
    let (low, high) = (start(interval), end(interval));
    if low.is_null() || high.is_null() {
        return Ok(Value::Null);
    }
    match super::comparison::equal(env, &low, &high) {
        Some(true) => Ok(low),
        Some(false) => Err(OpError::Several("PointFrom")),
        None => Ok(Value::Null),
    }
}

/// An interval as written in an expression: an error when its bounds are the wrong way
/// round or leave no point.
pub fn checked(env: &Env, interval: Interval) -> OpResult {
    if !interval.low.is_null() && !interval.high.is_null() {
        let points = Points { env, precision: None };
        let (low, high) = (start_range(&interval), end_range(&interval));
        if not(points.at_most(&low, &high)) == Some(true) {
            return Err(OpError::InvertedInterval);
        }
    }
    Ok(Value::interval(interval))
}
