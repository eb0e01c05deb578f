//! How many cases wait where, for the tabs. Counting a hundred thousand cases for every page would be most of the page's time,
//! so a count is kept for a few seconds, and forgotten as soon as somebody acts at this workbench.

use crate::problem::Problem;
use crate::visit::Visit;
use base::{TenantId, Timestamp, UserId};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Assigned, Filter, StatusKind};

/// How long a count is good enough.
const KEPT: SignedDuration = SignedDuration::from_secs(10);
/// Counts kept at once.
const MAX_KEPT: usize = 1_000;
/// A person's own cases are counted up to here.
pub(crate) const MINE_MAX: usize = 50;

/// What the tabs show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Cases by queue and in all.
    pub counts: store::Counts,
    /// Open cases of the one who looks, at most one more than [`MINE_MAX`].
    pub mine: usize,
}

type Key = (TenantId, UserId);

/// The counts kept.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<HashMap<Key, (Timestamp, Arc<Tally>)>>);

impl Tallies {
    /// The counts for somebody, at most a few seconds old.
    pub(crate) fn of(&self, visit: &Visit<'_>) -> Result<Arc<Tally>, Problem> {
        let (who, now) = (visit.who()?, visit.now());
        let key = (who.tenant.clone(), who.staff.user.clone());
        if let Some(tally) = self.kept(&key, now) {
            return Ok(tally);
        }
        let store = &visit.platform().store;
        let mine = Filter { limit: MINE_MAX + 1, ..mine(&who.staff.user) };
        let tally = Tally { counts: store.counts(&who.tenant)?, mine: store.worklist(&who.tenant, &mine)?.rows.len() };
        Ok(self.keep(key, now, tally))
    }

    fn kept(&self, key: &Key, now: Timestamp) -> Option<Arc<Tally>> {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, tally) = tallies.get(key)?;
        (now.duration_since(*at) < KEPT && now >= *at).then(|| tally.clone())
    }

    fn keep(&self, key: Key, now: Timestamp, tally: Tally) -> Arc<Tally> {
        let tally = Arc::new(tally);
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tallies.len() >= MAX_KEPT {
            tallies.clear();
        }
        tallies.insert(key, (now, tally.clone()));
        tally
    }

    /// Somebody acted: what was counted for this tenant is no longer so.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(kept, _), _| kept != tenant);
    }
}

/// The open cases of a person.
pub(crate) fn mine(user: &UserId) -> Filter {
    Filter { assigned: Some(Assigned::To(user.clone())), status: Some(StatusKind::Pended), ..Filter::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_kept_for_a_while_and_forgotten_after_an_act() {
        let tallies = Tallies::default();
        let key = |tenant: &str| (TenantId::new(tenant).unwrap(), UserId::new("u").unwrap());
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        for tenant in ["a", "b"] {
            tallies.keep(key(tenant), at(0), Tally { mine: 3, ..Tally::default() });
        }
        assert_eq!(tallies.kept(&key("a"), at(9)).unwrap().mine, 3);
        assert!(tallies.kept(&key("a"), at(10)).is_none() && tallies.kept(&key("a"), at(-1)).is_none());
        tallies.forget(&key("a").0);
        assert!(tallies.kept(&key("a"), at(1)).is_none() && tallies.kept(&key("b"), at(1)).is_some());
    }
}
