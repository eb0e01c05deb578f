//! Distinct elements of lists, as [`crate::ops::list`] has them.

use super::heap::{V, same, with_both};
use crate::ops::{Env, list};
use crate::value::Value;
use std::collections::HashMap;

/// Longer lists are compared through hashes.
const HASHED_FROM: usize = 24;

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
        let values: Vec<Value> = items[start..].iter().map(|v| v.to_value()).collect();
        let one_unit = list::one_unit(values.iter());
        let mut by_digest: HashMap<u64, Vec<usize>> = HashMap::with_capacity(count);
        for (at, value) in (start..).zip(&values) {
            let item = items[at];
            let known = by_digest.entry(list::digest(env, value, one_unit)).or_default();
            if known.iter().all(|i| env.goes_on() && !same(env, items[*i], item)) {
                known.push(kept);
                items[kept] = item;
                kept += 1;
            }
        }
    }
    items.truncate(kept);
}

/// A list that grows by elements it does not have yet.
#[derive(Default)]
pub(super) struct Growing<'m> {
    /// The elements, in the order they came.
    pub(super) items: Vec<V<'m>>,
    by_digest: HashMap<u64, Vec<usize>>,
}

impl<'m> Growing<'m> {
    /// Adds an element; false when an equal one is there.
    pub(super) fn add(&mut self, env: &Env, item: V<'m>) -> bool {
        // Quantities of several units may be equal: what they are in is not known before all have come.
        let digest = list::digest(env, &item.to_value(), false);
        let known = self.by_digest.entry(digest).or_default();
        if !known.iter().all(|at| env.goes_on() && !same(env, self.items[*at], item)) {
            return false;
        }
        known.push(self.items.len());
        self.items.push(item);
        true
    }
}

/// The lowest or highest element that is not null.
pub(super) fn extreme<'m>(env: &Env, items: &[V<'m>], maximum: bool) -> V<'m> {
    let wanted = if maximum { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
    let known = items.iter().copied().filter(|v| !v.is_null());
    let better = |v: V<'m>, best: V<'m>| with_both(v, best, |v, best| crate::ops::comparison::sort_order(env, v, best)) == wanted;
    known.reduce(|best, v| if better(v, best) { v } else { best }).unwrap_or(V::Null)
}
