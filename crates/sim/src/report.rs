//! What happened, as numbers, and as a table for people.

use crate::audit::{Invariant, Tally};
use base::TenantId;
use case::event::{Actor, Basis};
use case::{Case, Event, Status, What};
use std::collections::BTreeMap;
use std::fmt;

/// What came of a simulation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Days of virtual time.
    pub days: u32,
    /// Counts of what was sent and done, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// What became of the cases, over all tenants.
    pub outcomes: Outcomes,
    /// Refusals met, by their words.
    pub refusals: BTreeMap<String, u64>,
    /// Faults injected, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often the auditor went through everything.
    pub audits: u64,
    /// What the auditor checked and found.
    pub tally: Tally,
    /// SHA-256 over the final signed checkpoints of all tenants.
    pub root: String,
}

/// What became of the cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Cases.
    pub cases: u64,
    /// Events.
    pub events: u64,
    /// Events with a leaf.
    pub leaves: u64,
    /// Cases whose first decision was by criteria alone, all lines at once.
    pub by_criteria: u64,
    /// Cases that needed no authorization.
    pub not_required: u64,
    /// Cases decided by a person in the end, without an adverse line.
    pub by_person: u64,
    /// Cases with an adverse line.
    pub adverse: u64,
    /// Still undecided.
    pub open: u64,
    /// Ended otherwise, by state.
    pub other: BTreeMap<&'static str, u64>,
    /// Near warnings.
    pub near: u64,
    /// Due times missed.
    pub missed: u64,
    /// Extensions.
    pub extended: u64,
    /// Information requests.
    pub asked: u64,
    /// Openings again.
    pub reopened: u64,
    /// Minutes from receipt to decision of the cases that people decided, unordered.
    pub person_minutes: Vec<i64>,
}

impl Report {
    /// Counts one more.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// A count.
    #[must_use]
    pub fn counted(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    /// Nothing was found that does not hold.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.tally.broken == 0
    }
}

impl Outcomes {
    /// Takes in one case with its history.
    pub fn add(&mut self, _tenant: &TenantId, events: &[Event], case: &Case) {
        self.cases += 1;
        self.events += events.len() as u64;
        for event in events {
            self.leaves += u64::from(event.what.leaf().is_some());
            match &event.what {
                What::ClockNear { .. } => self.near += 1,
                What::ClockMissed { .. } => self.missed += 1,
                What::Extended { .. } => self.extended += 1,
                What::InformationRequested { .. } => self.asked += 1,
                What::Reopened { .. } => self.reopened += 1,
                _ => {}
            }
        }
        let name = match case.status {
            Status::Received | Status::Pended { .. } => {
                self.open += 1;
                return;
            }
            Status::Withdrawn => "withdrawn or cancelled",
            Status::Duplicate { .. } => "duplicate",
            Status::Voided => "voided",
            Status::Decided | Status::Expired => return self.decided(events, case),
        };
        *self.other.entry(name).or_default() += 1;
    }

    fn decided(&mut self, events: &[Event], case: &Case) {
        if case.status == Status::Expired {
            *self.other.entry("of these, ended with their last day").or_default() += 1;
        }
        let by_software = |event: &&Event| matches!(event.what, What::Approved { .. }) && event.by == Actor::Software;
        let by_person = |event: &&Event| {
            matches!(event.what, What::DeterminedAdverse { .. } | What::Approved { basis: Basis::Person { .. }, .. })
        };
        let last = events.iter().rev().find(|event| by_person(event));
        if case.is_adverse() {
            self.adverse += 1;
        } else if last.is_some() {
            self.by_person += 1;
        } else if case.outcome() == case::Outcome::NotRequired {
            self.not_required += 1;
        } else if events.iter().any(|event| by_software(&event)) {
            self.by_criteria += 1;
        }
        if let Some(decided) = last {
            self.person_minutes.push(decided.at.duration_since(case.receipt.received_at).as_mins());
        }
    }

    /// Minutes below which this share (of a hundred) of the cases decided by people lies.
    #[must_use]
    pub fn percentile_minutes(&self, percent: usize) -> i64 {
        let mut sorted = self.person_minutes.clone();
        sorted.sort_unstable();
        let place = sorted.len().saturating_sub(1) * percent.min(100) / 100;
        sorted.get(place).copied().unwrap_or_default()
    }
}

fn share(part: u64, whole: u64) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or_default();
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn hours(minutes: i64) -> String {
    format!("{}.{} h", minutes / 60, minutes % 60 / 6)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let out = &self.outcomes;
        let mut line = |name: &str, value: String| writeln!(f, "  {name:<48} {value:>14}");
        line("seed", self.seed.to_string())?;
        line("days of virtual time", self.days.to_string())?;
        for (name, count) in &self.counts {
            line(name, count.to_string())?;
        }
        line("cases", out.cases.to_string())?;
        line("approved by criteria alone", format!("{} ({})", out.by_criteria, share(out.by_criteria, out.cases)))?;
        line("needed no authorization", out.not_required.to_string())?;
        line("approved with a person", out.by_person.to_string())?;
        line("adverse, by a licensed reviewer", out.adverse.to_string())?;
        for (name, count) in &out.other {
            line(name, count.to_string())?;
        }
        line("open at the end", out.open.to_string())?;
        line("decided by people: median / 90 of 100 within", {
            format!("{} / {}", hours(out.percentile_minutes(50)), hours(out.percentile_minutes(90)))
        })?;
        line("near warnings", out.near.to_string())?;
        line("missed due times, each with its event", out.missed.to_string())?;
        line("information requests", out.asked.to_string())?;
        line("extensions", out.extended.to_string())?;
        line("reopened", out.reopened.to_string())?;
        line("events / leaves", format!("{} / {}", out.events, out.leaves))?;
        for (name, count) in &self.faults {
            line(name, count.to_string())?;
        }
        writeln!(f, "\n  refused:")?;
        for (words, count) in &self.refusals {
            writeln!(f, "  {count:>8}  {words}")?;
        }
        writeln!(f, "\n  checked in {} audits, {} checks:", self.audits, self.tally.total())?;
        for invariant in Invariant::ALL {
            writeln!(f, "  {:>8}  {invariant}", self.tally.checked.get(invariant).copied().unwrap_or_default())?;
        }
        writeln!(f, "\n  log root {}", self.root)?;
        writeln!(f, "  {} breaches", self.tally.broken)?;
        for breach in self.tally.breaches.iter().take(60) {
            writeln!(f, "    {breach}")?;
        }
        Ok(())
    }
}
