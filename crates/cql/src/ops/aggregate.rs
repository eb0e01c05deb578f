//! Aggregate functions (Appendix B, *Aggregate Functions*). Nulls are ignored.

use super::arithmetic::{Operation, apply};
use super::comparison::{as_decimal, sort_order};
use super::{Env, OpResult, undefined};
use crate::value::{Decimal, Quantity, Value};
use std::cmp::Ordering;

/// The elements that are not null; empty for a null list.
fn known(list: &Value) -> Vec<&Value> {
    let items = list.as_list().unwrap_or_default();
    items.iter().filter(|v| !v.is_null()).collect()
}

/// `AllTrue(list)`: true unless one is false.
pub fn all_true(list: &Value) -> Value {
    Value::Boolean(known(list).iter().all(|v| v.tri() != Some(false)))
}

/// `AnyTrue(list)`: false unless one is true.
pub fn any_true(list: &Value) -> Value {
    Value::Boolean(known(list).iter().any(|v| v.tri() == Some(true)))
}

/// `Count(list)`: 0 of a null list.
pub fn count(list: &Value) -> Value {
    Value::Integer(i32::try_from(known(list).len()).unwrap_or(i32::MAX))
}

/// `Min(list)` and `Max(list)`.
pub fn extreme(env: &Env, list: &Value, maximum: bool) -> Value {
    let wanted = if maximum { Ordering::Greater } else { Ordering::Less };
    known(list)
        .into_iter()
        .reduce(|best, v| if sort_order(env, v, best) == wanted { v } else { best })
        .cloned()
        .unwrap_or_default()
}

/// `Sum(list)` and `Product(list)`.
pub fn fold(env: &Env, list: &Value, op: Operation) -> OpResult {
    let mut items = known(list).into_iter();
    let Some(first) = items.next() else {
        return Ok(Value::Null);
    };
    items.try_fold(first.clone(), |total, item| apply(env, op, &total, item))
}

/// Numbers as decimals in one unit, with the unit when they are quantities.
struct Numbers {
    values: Vec<Decimal>,
    like: Option<Quantity>,
}

impl Numbers {
    fn of(name: &'static str, env: &Env, list: &Value) -> Result<Option<Numbers>, super::OpError> {
        let items = known(list);
        let Some(first) = items.first() else {
            return Ok(None);
        };
        let like = match first {
            Value::Quantity(q) => Some(q.clone()),
            _ => None,
        };
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = match (item, &like) {
                (Value::Quantity(q), Some(like)) => match env.units.convert(q, &like.unit) {
                    Some(value) => Some(value),
                    None => return Ok(None),
                },
                _ => as_decimal(item),
            };
            values.push(value.ok_or_else(|| undefined(name, &[item]))?);
        }
        Ok(Some(Numbers { values, like }))
    }

    fn result(&self, value: Option<Decimal>) -> Value {
        match (&self.like, value) {
            (_, None) => Value::Null,
            (Some(like), Some(value)) => Value::Quantity(Quantity { value, unit: like.unit.clone() }),
            (None, Some(value)) => Value::Decimal(value),
        }
    }

    fn mean(&self) -> Option<Decimal> {
        let total = self.values.iter().try_fold(Decimal::ZERO, |t, v| t.checked_add(*v))?;
        total.checked_div(Decimal::from_i64(self.values.len() as i64))
    }

    /// The sum of squared distances from the mean over `n` or `n - 1`.
    fn variance(&self, sample: bool) -> Option<Decimal> {
        let mean = self.mean()?;
        let mut squares = Decimal::ZERO;
        for value in &self.values {
            let distance = value.checked_sub(mean)?;
            squares = squares.checked_add(distance.checked_mul(distance)?)?;
        }
        let divisor = self.values.len() as i64 - i64::from(sample);
        squares.checked_div(Decimal::from_i64(divisor))
    }
}

/// `Avg(list)`.
pub fn average(env: &Env, list: &Value) -> OpResult {
    Ok(match Numbers::of("Avg", env, list)? {
        Some(numbers) => numbers.result(numbers.mean()),
        None => Value::Null,
    })
}

/// `Median(list)`: the middle, or the mean of the two in the middle.
pub fn median(env: &Env, list: &Value) -> OpResult {
    let Some(mut numbers) = Numbers::of("Median", env, list)? else {
        return Ok(Value::Null);
    };
    numbers.values.sort_unstable();
    let middle = numbers.values.len() / 2;
    let value = if numbers.values.len() % 2 == 1 {
        Some(numbers.values[middle])
    } else {
        numbers.values[middle - 1].checked_add(numbers.values[middle]).and_then(|sum| sum.checked_div(Decimal::from(2)))
    };
    Ok(numbers.result(value))
}

/// `Mode(list)`: the most frequent element, the first of several.
pub fn mode(env: &Env, list: &Value) -> Value {
    let items = known(list);
    let mut counts: Vec<(&Value, usize)> = Vec::new();
    for item in items {
        match counts.iter_mut().find(|(v, _)| super::list::same(env, v, item)) {
            Some((_, n)) => *n += 1,
            None => counts.push((item, 1)),
        }
    }
    let mut best: Option<(&Value, usize)> = None;
    for (value, n) in counts {
        if best.is_none_or(|(_, most)| n > most) {
            best = Some((value, n));
        }
    }
    best.map_or(Value::Null, |(value, _)| value.clone())
}

/// `Variance`, `PopulationVariance`, `StdDev` and `PopulationStdDev`.
pub fn spread(env: &Env, list: &Value, sample: bool, root: bool) -> OpResult {
    let Some(numbers) = Numbers::of("Variance", env, list)? else {
        return Ok(Value::Null);
    };
    let variance = numbers.variance(sample);
    Ok(numbers.result(if root { variance.and_then(square_root) } else { variance }))
}

/// The square root to 8 digits: the double root, corrected by Newton's step in decimals.
fn square_root(value: Decimal) -> Option<Decimal> {
    if value.is_zero() {
        return Some(Decimal::ZERO);
    }
    let mut root = Decimal::from_f64(value.to_f64().sqrt())?;
    for _ in 0..4 {
        if root.is_zero() {
            break;
        }
        let next = root.checked_add(value.checked_div(root)?)?.checked_div(Decimal::from(2))?;
        if next == root {
            break;
        }
        root = next;
    }
    Some(root)
}

/// `GeometricMean(list)`.
pub fn geometric_mean(env: &Env, list: &Value) -> OpResult {
    let Some(numbers) = Numbers::of("GeometricMean", env, list)? else {
        return Ok(Value::Null);
    };
    if numbers.values.iter().any(|v| *v <= Decimal::ZERO) {
        return Ok(Value::Null);
    }
    let logs: f64 = numbers.values.iter().map(|v| v.to_f64().ln()).sum();
    let mean = (logs / numbers.values.len() as f64).exp();
    let value = Decimal::parse_rounding(&format!("{mean:.14e}")).map(Decimal::trimmed);
    Ok(numbers.result(value))
}
