//! The values of one evaluation: copied freely, owned by the evaluation's heap and freed with it.
//!
//! [`V`] is 24 bytes and `Copy`: no reference is counted and nothing is dropped while evaluating. What a [`Value`] shares behind an `Arc` (quantities, codes,
//! intervals...) is boxed in the heap once and borrowed from then on.

use super::error::Problem;
use crate::ops::comparison;
use crate::ops::{Env, logical};
use crate::value::{Date, DateTime, Decimal, Object, Text, Time, Tri, Tuple, Value};
use bumpalo::Bump;
use std::cell::{Cell, OnceCell};
use std::sync::Arc;

/// A value while evaluating.
#[derive(Clone, Copy, Debug)]
pub(super) enum V<'m> {
    Null,
    Boolean(bool),
    Integer(i32),
    Long(i64),
    Decimal(Decimal),
    /// UTF-8.
    Text(&'m [u8]),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    Object(Object),
    List(&'m [V<'m>]),
    Tuple(&'m Record<'m>),
    /// Everything else.
    Boxed(&'m Value),
}

/// A tuple or an instance of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'m> {
    pub(super) class: Option<&'m Text>,
    pub(super) names: &'m [Text],
    pub(super) values: &'m [V<'m>],
}

impl<'m> Record<'m> {
    pub(super) fn get(&self, name: &str) -> V<'m> {
        let found = self.names.iter().position(|n| n == name);
        found.map_or(V::Null, |at| self.values[at])
    }
}

/// The most bytes one evaluation may hold.
const MOST_BYTES: usize = 1 << 30;

/// What an evaluation's values live in.
pub(super) struct Heap {
    bump: Bump,
    boxed: Chunks<Value>,
    names: Chunks<Box<[Text]>>,
}

impl Heap {
    pub(super) fn new() -> Heap {
        Heap { bump: Bump::with_capacity(4096), boxed: Chunks::default(), names: Chunks::default() }
    }

    /// A list of values.
    pub(super) fn list<'m>(&'m self, values: &[V<'m>]) -> Result<V<'m>, Problem> {
        self.check(values.len())?;
        Ok(V::List(self.bump.alloc_slice_copy(values)))
    }

    /// A list of as many values as the iterator says.
    pub(super) fn list_of<'m>(&'m self, values: impl ExactSizeIterator<Item = V<'m>>) -> Result<V<'m>, Problem> {
        self.check(values.len())?;
        Ok(V::List(self.bump.alloc_slice_fill_iter(values)))
    }

    fn check(&self, count: usize) -> Result<(), Problem> {
        if count > 1024 && self.bump.allocated_bytes() > MOST_BYTES {
            return Err(Problem::Memory(MOST_BYTES));
        }
        Ok(())
    }

    /// Bytes taken for lists, tuples and texts.
    pub(super) fn bytes(&self) -> usize {
        self.bump.allocated_bytes()
    }

    /// Whether there is room for more.
    pub(super) fn room(&self) -> Result<(), Problem> {
        self.check(usize::MAX)
    }

    pub(super) fn record<'m>(&'m self, class: Option<&'m Text>, names: &'m [Text], values: &[V<'m>]) -> V<'m> {
        let values = self.bump.alloc_slice_copy(values);
        V::Tuple(self.bump.alloc(Record { class, names, values }))
    }

    pub(super) fn text<'m>(&'m self, text: &str) -> V<'m> {
        V::Text(self.bump.alloc_slice_copy(text.as_bytes()))
    }

    /// A value that came about now.
    pub(super) fn take<'m>(&'m self, value: Value) -> V<'m> {
        match value {
            Value::Null => V::Null,
            Value::Boolean(b) => V::Boolean(b),
            Value::Integer(i) => V::Integer(i),
            Value::Long(l) => V::Long(l),
            Value::Decimal(d) => V::Decimal(d),
            Value::String(text) => self.text(&text),
            Value::Date(d) => V::Date(d),
            Value::DateTime(d) => V::DateTime(d),
            Value::Time(t) => V::Time(t),
            Value::Object(o) => V::Object(o),
            other => self.view(self.boxed.put(other).unwrap_or(&Value::Null)),
        }
    }

    /// A value that outlives the evaluation.
    pub(super) fn view<'m>(&'m self, value: &'m Value) -> V<'m> {
        match value {
            Value::Null => V::Null,
            Value::Boolean(b) => V::Boolean(*b),
            Value::Integer(i) => V::Integer(*i),
            Value::Long(l) => V::Long(*l),
            Value::Decimal(d) => V::Decimal(*d),
            Value::String(text) => V::Text(text.as_bytes()),
            Value::Date(d) => V::Date(*d),
            Value::DateTime(d) => V::DateTime(*d),
            Value::Time(t) => V::Time(*t),
            Value::Object(o) => V::Object(*o),
            Value::List(items) => V::List(self.bump.alloc_slice_fill_iter(items.iter().map(|v| self.view(v)))),
            Value::Tuple(tuple) => {
                let names = self.bump.alloc_slice_fill_iter(tuple.elements.iter().map(|(n, _)| n));
                let values = self.bump.alloc_slice_fill_iter(tuple.elements.iter().map(|(_, v)| self.view(v)));
                let names = self.names(names);
                V::Tuple(self.bump.alloc(Record { class: tuple.class.as_ref(), names, values }))
            }
            other => V::Boxed(other),
        }
    }

    /// Names of a tuple.
    fn names<'m>(&'m self, names: &[&Text]) -> &'m [Text] {
        self.names.put(names.iter().map(|n| (*n).clone()).collect()).map_or(&[], |names| names)
    }
}

/// Values that must be dropped: chunks that never move, each twice as large as the one before.
struct Chunks<T> {
    chunks: [OnceCell<Chunk<T>>; 26],
    used: Cell<usize>,
}

type Chunk<T> = Box<[OnceCell<T>]>;

/// Values in the first chunk.
const FIRST: usize = 16;

/// The chunk and place of a number.
fn place_of(number: usize) -> (usize, usize) {
    let chunk = ((number / FIRST) + 1).ilog2() as usize;
    (chunk, number - FIRST * ((1 << chunk) - 1))
}

impl<T> Default for Chunks<T> {
    fn default() -> Chunks<T> {
        Chunks { chunks: std::array::from_fn(|_| OnceCell::new()), used: Cell::new(0) }
    }
}

impl<T> Chunks<T> {
    fn put(&self, value: T) -> Option<&T> {
        let number = self.used.get();
        self.used.set(number + 1);
        let (chunk, at) = place_of(number);
        let cells = self.chunks.get(chunk)?.get_or_init(|| (0..FIRST << chunk).map(|_| OnceCell::new()).collect());
        Some(cells.get(at)?.get_or_init(|| value))
    }
}

impl<'m> V<'m> {
    pub(super) fn from_tri(tri: Tri) -> V<'m> {
        tri.map_or(V::Null, V::Boolean)
    }

    pub(super) fn tri(self) -> Tri {
        match self {
            V::Boolean(b) => Some(b),
            _ => None,
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self, V::Null)
    }

    pub(super) fn as_list(self) -> Option<&'m [V<'m>]> {
        match self {
            V::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> Option<&'m str> {
        match self {
            V::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The name of the value's type, for messages.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            V::List(_) => "List",
            V::Tuple(_) => "Tuple",
            other => other.with(Value::type_name),
        }
    }

    /// The value as the operators take it.
    pub(super) fn with<R>(self, f: impl FnOnce(&Value) -> R) -> R {
        match self {
            V::Boxed(value) => f(value),
            other => f(&other.to_value()),
        }
    }

    /// The value for outside the evaluation.
    pub(super) fn to_value(self) -> Value {
        match self {
            V::Null => Value::Null,
            V::Boolean(b) => Value::Boolean(b),
            V::Integer(i) => Value::Integer(i),
            V::Long(l) => Value::Long(l),
            V::Decimal(d) => Value::Decimal(d),
            V::Text(bytes) => Value::String(Text::new(std::str::from_utf8(bytes).unwrap_or_default())),
            V::Date(d) => Value::Date(d),
            V::DateTime(d) => Value::DateTime(d),
            V::Time(t) => Value::Time(t),
            V::Object(o) => Value::Object(o),
            V::List(items) => Value::list(items.iter().map(|v| v.to_value()).collect()),
            V::Tuple(record) => Value::Tuple(Arc::new(Tuple {
                class: record.class.cloned(),
                elements: record.names.iter().cloned().zip(record.values.iter().map(|v| v.to_value())).collect(),
            })),
            V::Boxed(value) => value.clone(),
        }
    }
}

/// Two values as the operators take them.
pub(super) fn with_both<R>(left: V<'_>, right: V<'_>, f: impl FnOnce(&Value, &Value) -> R) -> R {
    left.with(|l| right.with(|r| f(l, r)))
}

/// `A = B`, as [`comparison::equal`] but without making values of lists, tuples and texts.
pub(super) fn equal(env: &Env, left: V<'_>, right: V<'_>) -> Tri {
    match (left, right) {
        (V::Null, _) | (_, V::Null) => None,
        (V::Integer(l), V::Integer(r)) => Some(l == r),
        (V::Text(l), V::Text(r)) => Some(l == r),
        (V::Boolean(l), V::Boolean(r)) => Some(l == r),
        (V::Object(l), V::Object(r)) => Some(l == r || env.objects.is_some_and(|objects| objects.equal(l, r))),
        (V::List(l), V::List(r)) => {
            if l.len() != r.len() {
                return Some(false);
            }
            let mut result = Some(true);
            for (l, r) in l.iter().zip(r) {
                result = logical::and(result, equal_elements(env, *l, *r));
                if result == Some(false) {
                    break;
                }
            }
            result
        }
        (V::Tuple(l), V::Tuple(r)) => equal_records(env, l, r),
        (V::List(_) | V::Tuple(_) | V::Text(_), _) | (_, V::List(_) | V::Tuple(_) | V::Text(_)) => Some(false),
        _ => with_both(left, right, |l, r| comparison::equal(env, l, r)),
    }
}

/// Elements of lists and tuples: two nulls are equal, one null is unknown.
fn equal_elements(env: &Env, left: V<'_>, right: V<'_>) -> Tri {
    if left.is_null() && right.is_null() { Some(true) } else { equal(env, left, right) }
}

/// The first element that is not equal decides, as in [`comparison::equal`].
fn equal_records(env: &Env, left: &Record<'_>, right: &Record<'_>) -> Tri {
    if left.names.len() != right.names.len() {
        return Some(false);
    }
    for (name, value) in left.names.iter().zip(left.values) {
        let other = right.names.iter().position(|n| n == name);
        let same = other.map_or(Some(false), |at| equal_elements(env, *value, right.values[at]));
        if same != Some(true) {
            return same;
        }
    }
    Some(true)
}

/// Whether two elements are equal, nulls being equal to each other.
pub(super) fn same(env: &Env, left: V<'_>, right: V<'_>) -> bool {
    equal_elements(env, left, right) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(std::mem::size_of::<V<'_>>(), 24);
    }

    #[test]
    fn boxes_stay_where_they_are() {
        let heap = Heap::new();
        let values: Vec<V<'_>> = (0..200).map(|i| heap.take(Value::list(vec![Value::Integer(i), "x".into()]))).collect();
        for (i, v) in values.iter().enumerate() {
            assert_eq!(v.to_value().to_string(), format!("{{ {i}, 'x' }}"));
        }
        let codes: Vec<V<'_>> =
            (0..200).map(|i| heap.take(Value::Quantity(crate::value::Quantity::new(i.into(), "mg")))).collect();
        for (i, v) in codes.iter().enumerate() {
            assert_eq!(v.to_value().to_string(), format!("{i}.0 'mg'"));
        }
    }
}
