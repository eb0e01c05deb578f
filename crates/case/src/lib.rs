//! The authorization case: commands, events, `decide`, `evolve`, clocks and authority.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod authority;
pub mod clock;
pub mod command;
pub mod decide;
pub mod event;
pub mod evolve;
pub mod finding;
pub mod request;
mod rows;
pub mod sample;
pub mod state;

pub use authority::{Act, Credentials, LicensedReviewer, Role, admit};
pub use command::Command;
pub use decide::{Context, Refusal, decide};
pub use event::{Actor, Event, Leaf, What};
pub use evolve::{evolve, replay};
pub use finding::{Finding, Findings, Truth};
pub use request::Request;
pub use state::{Case, Decision, LineState, Outcome, Status, Timer, TimerKind};
