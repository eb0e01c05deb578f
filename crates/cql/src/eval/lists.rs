//! Distinct elements of lists, as [`crate::ops::list`] has them.

use super::heap::{V, same, with_both};
use crate::ops::Env;
use crate::value::Value;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// Longer lists are compared through hashes.
const HASHED_FROM: usize = 24;

/// A hash that equal values share; unlike values may share it too.
fn digest(env: &Env, value: V<'_>) -> u64 {
    let mut state = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
    match value {
        V::Boolean(b) => b.hash(&mut state),
        V::Integer(_) | V::Long(_) | V::Decimal(_) => {
            value.with(|v| crate::ops::comparison::as_decimal(v).hash(&mut state));
        }
        V::Text(text) => text.hash(&mut state),
        V::Date(d) => d.bits().hash(&mut state),
        V::DateTime(d) => d.at_offset(env.offset, env.offset).bits().hash(&mut state),
        V::Time(t) => t.bits().hash(&mut state),
        V::Boxed(Value::Code(c)) => c.code.hash(&mut state),
        V::Object(o) => {
            if let Some(objects) = env.objects {
                objects.digest(o).hash(&mut state);
            }
        }
        V::Tuple(t) => t.values.len().hash(&mut state),
        V::List(l) => l.len().hash(&mut state),
        _ => {}
    }
    state.finish()
}

/// Keeps each element from `start` on once, in the order of their first.
pub(super) fn distinct<'m>(env: &Env, items: &mut Vec<V<'m>>, start: usize) {
    let count = items.len() - start;
    if count < 2 {
        return;
    }
    let mut kept = start;
    if count < HASHED_FROM {
        for at in start..items.len() {
            let item = items[at];
            if !items[start..kept].iter().any(|known| same(env, *known, item)) {
                items[kept] = item;
                kept += 1;
            }
        }
    } else {
        let mut by_digest: HashMap<u64, Vec<usize>> = HashMap::with_capacity(count);
        for at in start..items.len() {
            let item = items[at];
            let known = by_digest.entry(digest(env, item)).or_default();
            if !known.iter().any(|i| same(env, items[*i], item)) {
                known.push(kept);
                items[kept] = item;
                kept += 1;
            }
        }
    }
    items.truncate(kept);
}

/// The lowest or highest element that is not null.
pub(super) fn extreme<'m>(env: &Env, items: &[V<'m>], maximum: bool) -> V<'m> {
    let wanted = if maximum { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
    let known = items.iter().copied().filter(|v| !v.is_null());
    let better = |v: V<'m>, best: V<'m>| with_both(v, best, |v, best| crate::ops::comparison::sort_order(env, v, best)) == wanted;
    known.reduce(|best, v| if better(v, best) { v } else { best }).unwrap_or(V::Null)
}
