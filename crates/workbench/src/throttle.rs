//! Failed sign-ins are slowed down: for each name, and for the house as a whole.
//!
//! Kept in memory: a restart forgives. A name is kept as its digest, because people type anything into that field.

use base::{Hash, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// Failures a name may have before it must wait.
const FREE_FAILURES: u32 = 5;
/// The longest wait, in seconds.
const MAX_WAIT_S: i64 = 900;
/// Failures of the whole house in one minute beyond which everybody waits.
const HOUSE_FAILURES_PER_MINUTE: u32 = 100;
/// Names remembered at once.
const MAX_NAMES: usize = 10_000;
/// A name is forgotten this long after its last failure, in seconds.
const FORGET_AFTER_S: i64 = 3_600;

/// Passwords compared at the same time: each takes 19 MiB and a core.
const MAX_COMPARING: u32 = 4;

/// Failures by name, and of the house.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>, AtomicU32);

/// A place at the desk where passwords are compared; free again when dropped.
pub(crate) struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[derive(Debug, Default)]
struct State {
    names: HashMap<Hash, Failures>,
    minute: i64,
    in_minute: u32,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_at_s: i64,
}

impl Failures {
    /// The moment, in seconds, until which the name waits: one second after the fifth failure, doubled by each further one.
    fn until_s(&self) -> i64 {
        if self.count < FREE_FAILURES {
            return i64::MIN;
        }
        let doubled = 1_i64.checked_shl(self.count - FREE_FAILURES).filter(|wait| *wait > 0).unwrap_or(MAX_WAIT_S);
        self.last_at_s + doubled.min(MAX_WAIT_S)
    }
}

impl Throttle {
    /// A place to compare a password in; `None` when all are taken.
    pub(crate) fn place(&self) -> Option<Place<'_>> {
        if self.1.fetch_add(1, Ordering::AcqRel) < MAX_COMPARING {
            return Some(Place(&self.1));
        }
        self.1.fetch_sub(1, Ordering::AcqRel);
        None
    }

    /// Seconds to wait before this name may try; `None` when it may try now.
    pub(crate) fn wait_s(&self, name: &Hash, now: Timestamp) -> Option<i64> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now_s = now.as_second();
        let house = (state.minute == now_s.div_euclid(60) && state.in_minute >= HOUSE_FAILURES_PER_MINUTE)
            .then(|| 60 - now_s.rem_euclid(60));
        let own = state.names.get(name).map(|failures| failures.until_s().saturating_sub(now_s)).filter(|wait| *wait > 0);
        house.max(own)
    }

    /// A sign-in failed.
    pub(crate) fn failed(&self, name: Hash, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now_s = now.as_second();
        let minute = now_s.div_euclid(60);
        if state.minute != minute {
            (state.minute, state.in_minute) = (minute, 0);
        }
        state.in_minute = state.in_minute.saturating_add(1);
        if state.names.len() >= MAX_NAMES {
            state.names.retain(|_, failures| now_s - failures.last_at_s < FORGET_AFTER_S);
            if state.names.len() >= MAX_NAMES
                && let Some(oldest) = state.names.iter().min_by_key(|(_, failures)| failures.last_at_s).map(|(name, _)| *name)
            {
                state.names.remove(&oldest);
            }
        }
        let failures = state.names.entry(name).or_insert(Failures { count: 0, last_at_s: now_s });
        if now_s - failures.last_at_s > FORGET_AFTER_S {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last_at_s = now_s;
    }

    /// A sign-in succeeded: the name is free again.
    pub(crate) fn succeeded(&self, name: &Hash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).names.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_name_waits_longer_with_each_failure_and_is_free_after_success() {
        let (throttle, name) = (Throttle::default(), Hash::of(b"a"));
        let waits: Vec<_> = (0..8)
            .map(|_| {
                throttle.failed(name, at(0));
                throttle.wait_s(&name, at(0))
            })
            .collect();
        assert_eq!(waits, [None, None, None, None, Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!(throttle.wait_s(&name, at(8)), None);
        assert_eq!(throttle.wait_s(&Hash::of(b"b"), at(0)), None);
        throttle.succeeded(&name);
        assert_eq!(throttle.wait_s(&name, at(0)), None);
    }

    #[test]
    fn the_wait_has_a_limit() {
        let (throttle, name) = (Throttle::default(), Hash::of(b"a"));
        (0..90).for_each(|_| throttle.failed(name, at(0)));
        assert_eq!(throttle.wait_s(&name, at(0)), Some(MAX_WAIT_S));
    }

    #[test]
    fn the_house_slows_down_when_many_names_are_tried() {
        let throttle = Throttle::default();
        (0..HOUSE_FAILURES_PER_MINUTE).for_each(|n| throttle.failed(Hash::of(&n.to_be_bytes()), at(0)));
        let fresh = Hash::of(b"fresh");
        assert!(throttle.wait_s(&fresh, at(0)).is_some_and(|wait| (1..=60).contains(&wait)));
        assert_eq!(throttle.wait_s(&fresh, at(60)), None);
    }

    #[test]
    fn few_passwords_are_compared_at_once() {
        let throttle = Throttle::default();
        let taken: Vec<_> = (0..MAX_COMPARING).map(|_| throttle.place().unwrap()).collect();
        assert!(throttle.place().is_none());
        drop(taken);
        assert!(throttle.place().is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        (0..MAX_NAMES + 50).for_each(|n| throttle.failed(Hash::of(&n.to_be_bytes()), at(n as i64 / 100)));
        assert!(throttle.0.lock().unwrap().names.len() <= MAX_NAMES);
    }
}
