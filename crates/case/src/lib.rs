//! The authorization case: commands, events, `decide`, `evolve`, clocks and authority.

pub mod authority;
pub mod clock;
pub mod command;
pub mod decide;
pub mod event;
pub mod evolve;
pub mod finding;
pub mod request;
pub mod state;

pub use command::Command;
pub use decide::{Refusal, decide};
pub use event::{Actor, Event, What};
pub use evolve::{evolve, replay};
pub use finding::{Finding, Findings, Truth};
pub use request::Request;
pub use state::{Case, Decision, LineState, Status};
