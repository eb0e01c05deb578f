//! The auditor: what must hold whatever happened, counted as it is checked, with everything that did not hold.
//!
//! It trusts nothing of the platform but what was stored: it reads histories and documents, knows from outside who was
//! licensed when, which requests were acknowledged and when the monitor could not work, and compares.

mod history;
mod whole;

pub use history::{Truth, history};
pub use whole::{Acknowledged, Memory, Tenancy, whole};

use base::CaseId;
use std::collections::BTreeMap;
use std::fmt;

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident = $words:literal,)*) => {
        /// What must hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Invariant { $($(#[$doc])* $name,)* }

        impl Invariant {
            /// Every invariant.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// In words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }
        }
    };
}

invariants! {
    /// A due time that passes undecided has its event, before anything else happens to the case.
    MissRecorded = "no case passes its due time without the event",
    /// A warning comes before a miss, unless nobody could have given one.
    NearBeforeMiss = "a near warning stands before every miss",
    /// A case with an undecided line has a due time and the rule that gave it.
    DueWithRule = "every undecided case has a due time with its rule",
    /// 42 CFR 422.566(d): licensed, unrestricted, in date, fit and independent at that moment.
    AdverseAttested = "no adverse determination without a clinician fit for it then",
    /// Software approves what a signed policy proves and decides nothing else.
    SoftwareOnlyApproves = "software decides nothing but approvals under signed policies",
    /// What was decided changes only when it is opened again, or cancelled by who asked.
    DecisionStands = "a decision stands until it is reopened",
    /// Expedited stays expedited until it is refused by a person.
    UrgencyKept = "urgency is never lost",
    /// 42 CFR 422.568: only an extension, a refused expedite or a reopening makes a Medicare Advantage clock longer.
    ClockNotRestarted = "no information request restarts a Medicare Advantage clock",
    /// Events of a case keep their order, their time and their bytes.
    HistoryOnlyGrows = "history only grows",
    /// Each event that concerns the requester is committed to the log once, under its class.
    LeafForEvent = "every event that matters has its leaf, and no leaf is without event",
    /// The store's own rebuild-and-compare.
    ProjectionsEqualReplay = "projections equal a replay of the events",
    /// Offline, against the published key.
    ReceiptVerifies = "every receipt verifies",
    /// A later checkpoint has the earlier one as its beginning.
    LogConsistent = "the log only grows",
    /// Byte for byte.
    ReplaySame = "every evaluation made again gives the same bytes",
    /// What the requester was told is kept is there, whole.
    AcknowledgedKept = "every acknowledged request is there, byte for byte",
    /// A refused act leaves nothing behind.
    NothingHalfDone = "a refused append leaves nothing behind",
    /// One tenant's case, number or document is not found under another.
    TenantsApart = "tenants are apart",
    /// What the rules forbid was tried and refused.
    ForbiddenRefused = "what is forbidden was refused",
    /// The stories of the fiction came out as told.
    AsTold = "stories come out as told",
    /// Every refusal of a proper act and every fault has a cause the simulation knows.
    Explained = "no error without a known cause",
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Something that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What should have held.
    pub invariant: Invariant,
    /// The case, when one is concerned.
    pub case: Option<CaseId>,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.case {
            Some(case) => write!(f, "{}: case {case}: {}", self.invariant, self.detail),
            None => write!(f, "{}: {}", self.invariant, self.detail),
        }
    }
}

/// How often each invariant was checked, and what did not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks by invariant.
    pub checked: BTreeMap<Invariant, u64>,
    /// What did not hold; the first [`Tally::MAX_BREACHES`].
    pub breaches: Vec<Breach>,
    /// How many did not hold in all.
    pub broken: u64,
}

impl Tally {
    /// Most breaches kept with their words.
    pub const MAX_BREACHES: usize = 200;

    /// Checks one thing.
    pub fn hold(&mut self, invariant: Invariant, case: Option<CaseId>, holds: bool, detail: impl FnOnce() -> String) {
        *self.checked.entry(invariant).or_default() += 1;
        if !holds {
            self.broken += 1;
            if self.breaches.len() < Self::MAX_BREACHES {
                self.breaches.push(Breach { invariant, case, detail: detail() });
            }
        }
    }

    /// Takes a result that must be there; counts it as a check of this invariant.
    pub fn expect<T, E: fmt::Display>(&mut self, invariant: Invariant, case: Option<CaseId>, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.hold(invariant, case, false, || error.to_string());
                None
            }
        }
    }

    /// Checks in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.checked.values().sum()
    }
}
