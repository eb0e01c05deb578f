//! List operators (Appendix B, *List Operators*). Elements compare with `=`, two nulls
//! being equal.

use super::comparison::equal;
use super::{Env, OpError, OpResult};
use crate::value::{Tri, Unit, Value};
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// Lists longer than this are compared through hashes.
const HASHED_FROM: usize = 24;

/// Whether two elements are equal, nulls being equal to each other.
pub(crate) fn same(env: &Env, left: &Value, right: &Value) -> bool {
    (left.is_null() && right.is_null()) || equal(env, left, right) == Some(true)
}

/// A hash that equal values share; unlike values may share it too. Quantities are told apart only when all of them are of one unit.
pub(crate) fn digest(env: &Env, value: &Value, one_unit: bool) -> u64 {
    let mut state = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
    match value {
        Value::Boolean(b) => b.hash(&mut state),
        Value::Integer(_) | Value::Long(_) | Value::Decimal(_) => {
            super::comparison::as_decimal(value).hash(&mut state);
        }
        Value::String(s) => s.hash(&mut state),
        Value::Date(d) => d.bits().hash(&mut state),
        Value::DateTime(d) => d.at_offset(env.offset(), env.offset()).bits().hash(&mut state),
        Value::Time(t) => t.bits().hash(&mut state),
        Value::Quantity(q) if one_unit => q.value.hash(&mut state),
        Value::Code(c) => c.code.hash(&mut state),
        Value::Concept(c) => c.codes.iter().for_each(|code| code.code.hash(&mut state)),
        Value::ValueSet(v) | Value::CodeSystem(v) => v.id.hash(&mut state),
        Value::Interval(i) => digest(env, &super::interval::start(i), one_unit).hash(&mut state),
        Value::Object(o) => {
            if let Some(objects) = env.objects {
                objects.digest(*o).hash(&mut state);
            }
        }
        // Elements in any order: equal tuples may be written in different ones.
        Value::Tuple(t) => {
            let elements = t.elements.iter().map(|(_, v)| digest(env, v, one_unit));
            elements.fold(0, u64::wrapping_add).hash(&mut state);
        }
        Value::List(l) => l.iter().for_each(|v| digest(env, v, one_unit).hash(&mut state)),
        _ => {}
    }
    state.finish()
}

/// Whether all quantities in these values are of one unit.
pub(crate) fn one_unit<'v>(items: impl Iterator<Item = &'v Value>) -> bool {
    fn look<'v>(value: &'v Value, known: &mut Option<&'v Unit>) -> bool {
        match value {
            Value::Quantity(q) => *known.get_or_insert(&q.unit) == &q.unit,
            Value::Interval(i) => look(&i.low, known) && look(&i.high, known),
            Value::Tuple(t) => t.elements.iter().all(|(_, v)| look(v, known)),
            Value::List(l) => l.iter().all(|v| look(v, known)),
            _ => true,
        }
    }
    let mut known = None;
    let mut items = items;
    items.all(|item| look(item, &mut known))
}

/// Elements seen so far, to find an equal one again.
struct Seen<'e> {
    env: &'e Env<'e>,
    by_digest: HashMap<u64, Vec<usize>>,
    hashed: bool,
    one_unit: bool,
}

impl<'e> Seen<'e> {
    /// For elements out of `items`.
    fn new<'v>(env: &'e Env<'e>, items: impl Iterator<Item = &'v Value>, expected: usize) -> Seen<'e> {
        let hashed = expected >= HASHED_FROM;
        Seen { env, by_digest: HashMap::new(), hashed, one_unit: hashed && one_unit(items) }
    }

    /// Having seen `items`, to look for elements of `wanted` in.
    fn over(env: &'e Env<'e>, items: &[Value], wanted: &[Value]) -> Seen<'e> {
        let mut seen = Seen::new(env, items.iter().chain(wanted), items.len());
        if seen.hashed {
            for (index, item) in items.iter().enumerate() {
                seen.add(item, index);
            }
        }
        seen
    }

    fn add(&mut self, item: &Value, index: usize) {
        if self.hashed {
            let key = digest(self.env, item, self.one_unit);
            self.by_digest.entry(key).or_default().push(index);
        }
    }

    fn holds(&self, items: &[Value], item: &Value) -> bool {
        if self.hashed {
            let key = digest(self.env, item, self.one_unit);
            let known = self.by_digest.get(&key);
            return known.is_some_and(|indexes| !indexes.iter().all(|&i| self.env.goes_on() && !same(self.env, &items[i], item)));
        }
        items.iter().any(|known| same(self.env, known, item))
    }
}

/// The elements of a list, each once.
pub(crate) fn distinct_items(env: &Env, items: Vec<Value>) -> Vec<Value> {
    if items.len() < 2 {
        return items;
    }
    unique(env, items.iter(), items.len())
}

fn unique<'v>(env: &Env, items: impl Iterator<Item = &'v Value> + Clone, expected: usize) -> Vec<Value> {
    let mut seen = Seen::new(env, items.clone(), expected);
    let mut out: Vec<Value> = Vec::with_capacity(expected);
    for item in items {
        if !seen.holds(&out, item) {
            seen.add(item, out.len());
            out.push(item.clone());
        }
    }
    out
}

/// `distinct list`.
pub fn distinct(env: &Env, list: &Value) -> Value {
    match list.as_list() {
        Some(items) => Value::list(unique(env, items.iter(), items.len())),
        None => Value::Null,
    }
}

/// `A union B`: distinct elements of both; a null list is empty unless both are. It cannot
/// grow without new elements, so it needs no limit.
pub fn union(env: &Env, left: &Value, right: &Value) -> Value {
    if left.is_null() && right.is_null() {
        return Value::Null;
    }
    let (l, r) = (left.as_list().unwrap_or_default(), right.as_list().unwrap_or_default());
    Value::list(unique(env, l.iter().chain(r), l.len() + r.len()))
}

/// `A intersect B`.
pub fn intersect(env: &Env, left: &Value, right: &Value) -> Value {
    let (Some(l), Some(r)) = (left.as_list(), right.as_list()) else {
        return Value::Null;
    };
    let seen = Seen::over(env, r, l);
    let kept: Vec<Value> = l.iter().filter(|item| seen.holds(r, item)).cloned().collect();
    Value::list(distinct_items(env, kept))
}

/// `A except B`; nothing is taken away by a null list.
pub fn except(env: &Env, left: &Value, right: &Value) -> Value {
    let Some(l) = left.as_list() else {
        return Value::Null;
    };
    let r = right.as_list().unwrap_or_default();
    let seen = Seen::over(env, r, l);
    let kept: Vec<Value> = l.iter().filter(|item| !seen.holds(r, item)).cloned().collect();
    Value::list(distinct_items(env, kept))
}

/// `list contains element` (and `element in list`).
pub fn contains(env: &Env, list: &Value, element: &Value) -> Tri {
    let Some(items) = list.as_list() else {
        return Some(false);
    };
    let mut result = Some(false);
    for item in items {
        if !env.goes_on() {
            return None;
        }
        if item.is_null() || element.is_null() {
            if item.is_null() && element.is_null() {
                return Some(true);
            }
            continue;
        }
        match equal(env, item, element) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

/// `list properly includes element`: it is there, and something else is too.
pub fn properly_contains(env: &Env, list: &Value, element: &Value) -> Tri {
    let Some(items) = list.as_list() else {
        return Some(false);
    };
    let mut other = Some(false);
    for item in items {
        let differs = match (item.is_null(), element.is_null()) {
            (true, true) => Some(false),
            (false, true) => Some(true),
            (true, false) => None,
            (false, false) => super::logical::not(equal(env, item, element)),
        };
        other = super::logical::or(other, differs);
    }
    super::logical::and(contains(env, list, element), other)
}

/// `A includes B`: every element of B is in A.
pub fn includes(env: &Env, left: &Value, right: &Value) -> Tri {
    let (Some(l), Some(r)) = (left.as_list(), right.as_list()) else {
        return None;
    };
    let seen = (l.len().min(r.len()) >= HASHED_FROM).then(|| Seen::over(env, l, r));
    let mut result = Some(true);
    for item in r {
        if seen.as_ref().is_some_and(|seen| seen.holds(l, item)) {
            continue;
        }
        match contains(env, left, item) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

/// `A properly includes B`: and A is the larger.
pub fn properly_includes(env: &Env, left: &Value, right: &Value) -> Tri {
    let larger = left.as_list()?.len() > right.as_list()?.len();
    super::logical::and(includes(env, left, right), Some(larger))
}

/// `flatten list`: lists of lists become one; elements that are no lists stay.
///
/// # Errors
/// When there are too many.
pub fn flatten(list: &Value) -> OpResult {
    let Some(items) = list.as_list() else {
        return Ok(Value::Null);
    };
    let length = |item: &Value| item.as_list().map_or(1, <[Value]>::len);
    let total = items.iter().map(length).sum();
    super::check_length("Flatten", total)?;
    let mut out = Vec::with_capacity(total);
    for item in items {
        match item {
            Value::List(inner) => out.extend(inner.iter().cloned()),
            Value::Null => {}
            other => out.push(other.clone()),
        }
    }
    Ok(Value::list(out))
}

/// `singleton from list`: null of none, an error of several.
pub fn singleton_from(list: &Value) -> OpResult {
    match list.as_list() {
        None => Ok(if matches!(list, Value::List(_)) { Value::Null } else { list.clone() }),
        Some([]) => Ok(Value::Null),
        Some([only]) => Ok(only.clone()),
        Some(_) => Err(OpError::Several("SingletonFrom")),
    }
}

/// `exists list`: whether it has an element that is not null.
pub fn exists(list: &Value) -> bool {
    list.as_list().is_some_and(|items| items.iter().any(|item| !item.is_null()))
}

/// `IndexOf(list, element)`: -1 when it is not there; null when either is null.
pub fn index_of(env: &Env, list: &Value, element: &Value) -> Value {
    let Some(items) = list.as_list() else {
        return Value::Null;
    };
    if element.is_null() {
        return Value::Null;
    }
    let position = items.iter().position(|item| same(env, item, element));
    Value::Integer(position.map_or(-1, |p| i32::try_from(p).unwrap_or(i32::MAX)))
}

/// `list[i]`: null outside the list.
pub fn indexer(list: &Value, index: &Value) -> Value {
    let position = match index {
        Value::Integer(i) => usize::try_from(*i).ok(),
        Value::Long(l) => usize::try_from(*l).ok(),
        _ => None,
    };
    let items = list.as_list().unwrap_or_default();
    position.and_then(|p| items.get(p)).cloned().unwrap_or_default()
}

/// `Slice(list, start, end)`: negative indexes count from the end, a null start is 0 and a
/// null end the length.
pub fn slice(list: &Value, start: &Value, end: &Value) -> Value {
    let Some(items) = list.as_list() else {
        return Value::Null;
    };
    let place = |index: &Value, default: usize| match index {
        Value::Integer(i) if *i < 0 => items.len().saturating_sub(i.unsigned_abs() as usize),
        Value::Integer(i) => (i.unsigned_abs() as usize).min(items.len()),
        _ => default,
    };
    let (from, to) = (place(start, 0), place(end, items.len()));
    Value::list(items.get(from..to.max(from)).unwrap_or_default().to_vec())
}

/// `Skip(list, n)`; a null count skips nothing.
pub fn skip(list: &Value, count: &Value) -> Value {
    let from = match count {
        Value::Integer(n) => Value::Integer((*n).max(0)),
        _ => Value::Integer(0),
    };
    slice(list, &from, &Value::Null)
}

/// `Take(list, n)`; a null count takes nothing.
pub fn take(list: &Value, count: &Value) -> Value {
    let to = match count {
        Value::Integer(n) => Value::Integer((*n).max(0)),
        _ => Value::Integer(0),
    };
    slice(list, &Value::Null, &to)
}

/// `First(list)`.
pub fn first(list: &Value) -> Value {
    list.as_list().and_then(<[Value]>::first).cloned().unwrap_or_default()
}

/// `Last(list)`.
pub fn last(list: &Value) -> Value {
    list.as_list().and_then(<[Value]>::last).cloned().unwrap_or_default()
}

/// `Length(list)`: 0 of a null list.
pub fn length(list: &Value) -> Value {
    let count = list.as_list().map_or(0, <[Value]>::len);
    Value::Integer(i32::try_from(count).unwrap_or(i32::MAX))
}
