//! `collapse` and `expand` of intervals (Appendix B, *Collapse*, *Expand*).

use super::arithmetic::{self, Operation};
use super::comparison::{as_decimal, compare, sort_order};
use super::interval::{self, Relation, relate};
use super::{Env, OpError, OpResult, Outcomes, undefined};
use crate::value::{Decimal, Interval, PointType, Precision, Quantity, Value};
use std::sync::Arc;

/// `collapse list per p`: intervals that overlap, meet, or are within `p` become one.
pub fn collapse(env: &Env, list: &Value, per: &Value) -> OpResult {
    let Some(items) = list.as_list() else {
        return Ok(Value::Null);
    };
    let mut intervals: Vec<(Value, Arc<Interval>)> = items
        .iter()
        .filter_map(|item| match item {
            Value::Interval(i) if !interval::is_unknown(i) => Some((interval::start_range(i), Arc::clone(i))),
            _ => None,
        })
        .collect();
    intervals.sort_by(|a, b| sort_order(env, low_end(&a.0), low_end(&b.0)));
    let mut merged: Vec<Arc<Interval>> = Vec::new();
    for (_, next) in intervals {
        let Some(last) = merged.last_mut() else {
            merged.push(next);
            continue;
        };
        if joins(env, last, &next, per)? {
            *last = Arc::new(joined(env, last, &next));
        } else {
            merged.push(next);
        }
    }
    Ok(Value::list(merged.into_iter().map(Value::Interval).collect()))
}

fn low_end(value: &Value) -> &Value {
    super::comparison::ends(value).0
}

fn joins(env: &Env, left: &Interval, right: &Interval, per: &Value) -> Result<bool, OpError> {
    let touches = relate(env, Relation::Overlaps, left, right, None) == Some(true)
        || relate(env, Relation::MeetsBefore, left, right, None) == Some(true);
    if touches || per.is_null() {
        return Ok(touches);
    }
    let end = interval::end(left);
    if end.is_null() {
        return Ok(false);
    }
    let reach = arithmetic::apply(env, Operation::Add, &end, &per_for(&end, per));
    // A sum past the end of the calendar reaches everything.
    let Ok(reach) = reach else { return Ok(true) };
    let start = interval::start(right);
    Ok(compare(env, &start, &reach).and_then(Outcomes::less_or_equal) == Some(true))
}

/// `per 1` over plain numbers arrives as a quantity of unit 1.
fn per_for(point: &Value, per: &Value) -> Value {
    match (point, per) {
        (Value::Integer(_), Value::Quantity(q)) => {
            q.value.truncate().and_then(|n| i32::try_from(n).ok()).map_or(per.clone(), Value::Integer)
        }
        (Value::Long(_), Value::Quantity(q)) => q.value.truncate().map_or(per.clone(), Value::Long),
        (Value::Decimal(_), Value::Quantity(q)) => Value::Decimal(q.value),
        _ => per.clone(),
    }
}

fn joined(env: &Env, left: &Interval, right: &Interval) -> Interval {
    let (left_end, right_end) = (interval::end_range(left), interval::end_range(right));
    let right_is_later = compare(env, &left_end, &right_end).and_then(Outcomes::less) == Some(true);
    let last = if right_is_later { right } else { left };
    Interval::new(left.low.clone(), last.high.clone(), left.low_closed, last.high_closed, left.point)
}

/// `expand list per p` (intervals of that size) and `expand interval per p` (their starts).
pub fn expand(env: &Env, operand: &Value, per: &Value) -> OpResult {
    match operand {
        Value::Null => Ok(Value::Null),
        Value::Interval(i) => {
            let mut out = Vec::new();
            pieces(env, i, per, &mut |low, _| out.push(low), &mut 0)?;
            Ok(Value::list(out))
        }
        Value::List(items) => {
            let mut out = Vec::new();
            let mut count = 0;
            for item in items.iter() {
                if let Value::Interval(i) = item {
                    let mut push = |low: Value, high: Value| {
                        out.push(Value::interval(Interval::closed(low, high)));
                    };
                    pieces(env, i, per, &mut push, &mut count)?;
                }
            }
            Ok(super::list::distinct(env, &Value::list(out)))
        }
        _ => Err(undefined("Expand", &[operand])),
    }
}

type Push<'p> = &'p mut dyn FnMut(Value, Value);

fn pieces(env: &Env, i: &Interval, per: &Value, push: Push, count: &mut usize) -> Result<(), OpError> {
    if interval::is_unknown(i) {
        return Ok(());
    }
    let (start, end) = (interval::start(i), interval::end(i));
    match (&start, &end) {
        (Value::Null, _) | (_, Value::Null) => Ok(()),
        (Value::Date(_) | Value::DateTime(_) | Value::Time(_), _) => temporal_pieces(env, &start, &end, per, push, count),
        (Value::Quantity(low), Value::Quantity(high)) => {
            let Some(high) = env.units.convert(high, &low.unit) else {
                return Ok(());
            };
            let step = match per {
                Value::Quantity(p) if p.unit.as_str() == "1" => Some(p.value),
                Value::Quantity(p) => env.units.convert(p, &low.unit),
                _ => None,
            };
            let unit = low.unit.clone();
            let make = |value: Decimal| Value::Quantity(Quantity { value, unit: unit.clone() });
            let mut push = |a: Decimal, b: Decimal| push(make(a), make(b));
            number_pieces(low.value, high, step, false, &mut push, count)
        }
        _ => {
            let Some((low, high)) = as_decimal(&start).zip(as_decimal(&end)) else {
                return Err(undefined("Expand", &[&start]));
            };
            let whole = matches!(i.point, PointType::Integer | PointType::Long);
            let step = match per {
                Value::Quantity(p) => Some(p.value),
                other => as_decimal(other),
            };
            let keep_whole = whole && step.is_none_or(Decimal::is_integer);
            let make = |d: Decimal| match (&start, keep_whole) {
                (Value::Long(_), true) => d.truncate().map(Value::Long).into(),
                (_, true) => {
                    let whole = d.truncate().and_then(|n| i32::try_from(n).ok());
                    whole.map(Value::Integer).into()
                }
                _ => Value::Decimal(d),
            };
            let mut push = |a: Decimal, b: Decimal| push(make(a), make(b));
            number_pieces(low, high, step, whole, &mut push, count)
        }
    }
}

/// Pieces of `step` from `low` while they end by `high`. Bounds are cut to the digits of
/// the step; a whole high bound covers its fractions (10 reaches 10.9 by tenths).
fn number_pieces(
    low: Decimal,
    high: Decimal,
    step: Option<Decimal>,
    whole: bool,
    push: &mut dyn FnMut(Decimal, Decimal),
    count: &mut usize,
) -> Result<(), OpError> {
    let digits = match step {
        Some(step) => step.significant_scale(),
        None if whole => 0,
        None => low.significant_scale().max(high.significant_scale()),
    };
    let unit_units = 10i128.pow(u32::from(8 - digits));
    let step_units = step.map_or(unit_units, Decimal::units);
    if step_units <= 0 {
        return Ok(());
    }
    let cut = |units: i128| units.div_euclid(unit_units) * unit_units;
    let mut from = cut(low.units());
    let whole_end = if whole && digits > 0 { high.units() + Decimal::ONE.units() - unit_units } else { high.units() };
    let end = cut(whole_end);
    while from + step_units - unit_units <= end {
        let to = from + step_units - unit_units;
        let pair = Decimal::new(from, digits).zip(Decimal::new(to, digits));
        let Some((a, b)) = pair else { break };
        counted(count)?;
        push(a, b);
        from += step_units;
    }
    Ok(())
}

fn counted(count: &mut usize) -> Result<(), OpError> {
    *count += 1;
    super::check_length("Expand", *count)
}

fn temporal_pieces(env: &Env, start: &Value, end: &Value, per: &Value, push: Push, count: &mut usize) -> Result<(), OpError> {
    let known = precision_of(start).min(precision_of(end));
    let (period, amount) = match per {
        Value::Quantity(q) => match (q.unit.period(), q.value.truncate()) {
            (Some(Precision::Week), Some(n)) => (Precision::Day, n.saturating_mul(7)),
            (Some(period), Some(n)) => (period, n),
            _ => return Err(undefined("Expand", &[start, per])),
        },
        _ => (known, 1),
    };
    if period > known || amount <= 0 {
        return Ok(());
    }
    let mut from = truncated(start, period);
    let end = truncated(end, period);
    loop {
        let next = super::datetime::add_periods(&from, period, amount);
        let last = match &next {
            Some(next) => super::datetime::add_periods(next, period, -1),
            None => return Ok(()),
        };
        let Some(last) = last else { return Ok(()) };
        let fits = compare(env, &last, &end).and_then(Outcomes::less_or_equal);
        // A time that wrapped past midnight is before the one it came from.
        let wrapped = compare(env, &last, &from).and_then(Outcomes::less);
        if fits != Some(true) || wrapped == Some(true) {
            return Ok(());
        }
        counted(count)?;
        push(from, last.clone());
        let Some(next) = next else { return Ok(()) };
        let is_time = matches!(&next, Value::Time(_));
        if is_time && compare(env, &next, &last).and_then(Outcomes::less) == Some(true) {
            return Ok(());
        }
        from = next;
    }
}

fn precision_of(value: &Value) -> Precision {
    match value {
        Value::Date(d) => d.precision(),
        Value::DateTime(d) => d.precision(),
        Value::Time(t) => t.precision(),
        _ => Precision::Millisecond,
    }
}

fn truncated(value: &Value, precision: Precision) -> Value {
    match value {
        Value::Date(d) => Value::Date(d.truncated(precision)),
        Value::DateTime(d) => Value::DateTime(d.truncated(precision)),
        Value::Time(t) => Value::Time(t.truncated(precision)),
        other => other.clone(),
    }
}
