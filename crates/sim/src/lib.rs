//! (dev) A seed becomes members, requests and reviewers through months of clock in seconds, against the real core.
//!
//! # What it is for
//! Finding what no single test thinks of. One seed gives two tenants with the same member ids and the same request numbers, their
//! providers (complete, incomplete, contradictory, urgent, repeated, changed, cancelled, unknown and unreadable requests), their
//! nurses and physicians (office hours, slow weeks in which clocks are missed, reviewers whose licence has lapsed or is
//! restricted, two people on one case), and faults: appends refused because the queue or the disk is full, answers lost after the
//! append was kept, one tenant without room, a platform that is down for hours or killed and built again from its store.
//! Everything goes through [`workflow`]'s own acts; time is a number that only grows.
//!
//! An auditor ([`audit`]) goes through everything that is stored at random moments and at the end, and checks every
//! [`audit::Invariant`] against what it knows from outside. A breach names the case; the seed plays it again.
//!
//! # What it deliberately does not know
//! HTTP, the machine's clock, the machine's randomness: a run is one thread, and the same [`Config`] gives the same signed root.
//! It has no rule of law of its own beyond what the auditor needs to disagree with the platform.
//!
//! # Example
//! ```
//! let report = sim::run(&sim::Config { days: 2, requests_per_day: 4, ..sim::Config::default() })?;
//! assert!(report.is_sound(), "{report}");
//! assert!(report.outcomes.cases > 0);
//! # Ok::<(), sim::Error>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod audit;
mod desk;
mod disk;
mod engine;
pub mod faults;
mod floor;
mod letters;
mod people;
mod report;
mod tasks;
mod world;

pub use disk::Engine;
pub use faults::{Lie, Rates};
pub use people::Roster;
pub use report::{Outcomes, Report};
pub use world::Virtual;

use base::Date;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Everything random comes from it.
    pub seed: u64,
    /// The first day.
    pub start: Date,
    /// How many days.
    pub days: u32,
    /// Members of each tenant.
    pub members: usize,
    /// New requests of each tenant on an average day.
    pub requests_per_day: u32,
    /// Where it is stored.
    pub engine: Engine,
    /// What goes wrong.
    pub faults: Faults,
    /// Audits of everything on the way, at random moments; one more stands at the end.
    pub audits: u32,
    /// How often each tenant's providers tell all stories of the fiction.
    pub tellings: u32,
    /// The audits on the way make again the receipts and replays of every so manieth case only.
    pub sample: usize,
    /// The same for the audit at the end; 1 for all of them.
    pub sample_at_end: usize,
}

impl Default for Config {
    /// Two weeks of a small plan with every fault, in memory.
    fn default() -> Self {
        Self {
            seed: 1,
            start: Date::constant(2026, 3, 2),
            days: 14,
            members: 120,
            requests_per_day: 8,
            engine: Engine::Memory,
            faults: Faults::USUAL,
            audits: 1,
            tellings: 0,
            sample: 10,
            sample_at_end: 1,
        }
    }
}

/// What goes wrong, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// Appends that fail, of a thousand.
    pub appends: Rates,
    /// Days between two kills of the platform, on average; 0 for none.
    pub kill_every_days: u32,
    /// Days between two outages of some hours, on average; 0 for none.
    pub outage_every_days: u32,
    /// Days between two spans in which one tenant's storage is full, on average; 0 for none.
    pub full_every_days: u32,
    /// Weeks of a hundred in which the staff is slow.
    pub slow_weeks_percent: u64,
}

impl Faults {
    /// Everything goes wrong now and then.
    pub const USUAL: Self = Self {
        appends: Rates { busy: 8, full: 4, lost: 8 },
        kill_every_days: 2,
        outage_every_days: 9,
        full_every_days: 9,
        slow_weeks_percent: 35,
    };
    /// Nothing goes wrong but what people do.
    pub const NONE: Self =
        Self { appends: Rates::NONE, kill_every_days: 0, outage_every_days: 0, full_every_days: 0, slow_weeks_percent: 0 };
}

/// Why a simulation could not be run. What it found out about the platform is in the [`Report`], not here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The plan, the policies or the store could not be set up.
    #[error("the simulation could not be set up: {0}")]
    SetUp(String),
    /// The store could not be read or opened again.
    #[error("the store failed: {0}")]
    Store(String),
}

impl Error {
    fn set_up(error: impl std::fmt::Display) -> Self {
        Self::SetUp(error.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}

/// Runs a simulation.
///
/// # Errors
/// [`Error`] when it cannot be set up or its store cannot be read. Breaches are in the report.
pub fn run(config: &Config) -> Result<Report, Error> {
    run_watched(config, &mut |_| {})
}

/// The same; `day` is called once for each day that begins, with its number from 0.
///
/// # Errors
/// As [`run`].
pub fn run_watched(config: &Config, day: &mut dyn FnMut(u32)) -> Result<Report, Error> {
    engine::Sim::new(config)?.run(day)
}

/// Plays a simulation to its end, then lets the store tell every [`Lie`] to the auditor, one after the other: what it found for
/// each. An empty list of breaches beside a lie means an auditor without teeth.
///
/// # Errors
/// As [`run`].
pub fn try_auditor(config: &Config) -> Result<Vec<(Lie, audit::Tally)>, Error> {
    engine::Sim::new(config)?.try_auditor()
}
