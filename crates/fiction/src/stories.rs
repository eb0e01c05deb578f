//! The stories of the demonstration: each is one request and what ought to come of it.

mod beds;
mod broken;
mod glucose;
mod notes;
mod oxygen;
mod sleep;

use crate::people::{Member, Plan, Provider};
use base::{Date, LineOfBusiness};

/// One request.
#[derive(Debug, Clone)]
pub struct Story {
    /// Short name, unique.
    pub name: String,
    /// PAS version it is sent with.
    pub version: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// What ought to come of it.
    pub expect: Expect,
}

/// What ought to come of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Every line approved by the criteria.
    Approved,
    /// Approved by the criteria where scanned pages are recognized; where no recognition is installed, a person looks.
    ApprovedFromScan,
    /// Nothing decided by software: a person, or a fact, is waited for.
    Pended,
    /// No authorization is needed.
    NotRequired,
    /// Some lines approved, some pended.
    Mixed,
    /// Cancelled by the requester.
    Cancelled,
    /// A business error inside a well-formed answer.
    BusinessError,
    /// Malformed: refused with every fault named.
    Refused,
}

/// Services of the fictional plan that need no authorization.
pub const EXEMPT: &[&str] = &["E0607", "A4259"];

/// All stories around the plan's "today".
#[must_use]
pub fn stories(plan: &Plan) -> Vec<Story> {
    let mut teller = Teller { plan, told: Vec::new() };
    oxygen::tell(&mut teller);
    sleep::tell(&mut teller);
    beds::tell(&mut teller);
    glucose::tell(&mut teller);
    broken::tell(&mut teller);
    notes::tell(&mut teller);
    teller.told
}

/// Hands out members and numbers, and collects.
pub(crate) struct Teller<'a> {
    pub plan: &'a Plan,
    pub told: Vec<Story>,
}

impl Teller<'_> {
    /// The next member; each story has its own. They have Medicare Advantage, which the library's policies bind.
    pub fn member(&self) -> Member {
        self.member_with(|business| business == LineOfBusiness::MedicareAdvantage)
    }

    /// The next member with other cover.
    pub fn member_with(&self, wanted: impl Fn(LineOfBusiness) -> bool) -> Member {
        let fitting: Vec<&Member> = self.plan.members.iter().filter(|m| wanted(m.line_of_business)).collect();
        fitting[self.told.len() % fitting.len()].clone()
    }

    /// The provider of the story.
    pub fn provider(&self) -> Provider {
        self.plan.providers[self.told.len() % self.plan.providers.len()].clone()
    }

    /// The number of the request that comes next.
    pub fn number(&self) -> String {
        format!("FD-{:04}", self.told.len() + 1)
    }

    /// A day so many days from today.
    pub fn day(&self, offset: i64) -> Date {
        self.plan.today.checked_add(jiff::Span::new().days(offset)).unwrap_or(self.plan.today)
    }

    /// The moment requests are created: this morning, US Eastern.
    pub fn created(&self) -> String {
        format!("{}T09:00:00-05:00", self.day(0))
    }

    /// Tells a story.
    pub fn tell(&mut self, name: &str, expect: Expect, body: Vec<u8>) {
        let version = if self.told.len() % 3 == 2 { "2.0.1" } else { "2.2.1" };
        self.told.push(Story { name: name.to_owned(), version, body, expect });
    }

    /// The body of a story told before, by name.
    pub fn body_of(&self, name: &str) -> Vec<u8> {
        self.told.iter().find(|s| s.name == name).map(|s| s.body.clone()).unwrap_or_default()
    }
}

/// The request the benchmark sends: home oxygen, complete, approved by the criteria.
#[must_use]
pub fn benchmark_request(plan: &Plan, number: &str) -> crate::Bundle {
    oxygen::complete(&Teller { plan, told: Vec::new() }).numbered(number)
}
