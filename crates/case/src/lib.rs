//! The authorization case: one request for care, from its receipt to its end, as history that only grows.
//!
//! # What it is for
//!
//! [`decide()`] takes a case, a [`Command`] and the [`Context`] of the moment and gives the [`Event`]s that follow, or a
//! [`Refusal`] that says why nothing does. [`evolve()`] applies an event; [`replay()`] makes a case from its history. All three are
//! pure: time, the actor, the rules of clocks and of authority are arguments.
//!
//! * **Lines.** Each requested service is decided by itself; one denied line makes the whole adverse ([`Case::outcome`]).
//! * **Clocks** ([`clock`]). Rules are rows of data with citations (`rules/clocks.toml`, `rules/holidays.toml`). The shortest of
//!   those that apply gives the due time, the others are kept beside it. An undecided open case always has a due time. Near and
//!   missed are events; a miss decides nothing.
//! * **Authority** ([`authority`]). Which role may do which act is data (`rules/authority.toml`); what no row grants is refused.
//!   Some gates are not settings: software and staff can never determine adversely, whatever a row says.
//! * **Saying no.** An adverse determination consumes a [`LicensedReviewer`], which only [`admit`] makes, for one case, one version
//!   of it and named lines. Commands carry witnesses, events carry attestations. No other crate can write an event, an attestation
//!   or an adverse decision by hand; `tests/forbidden` lists what this program cannot do, one file an act.
//!
//! Silence, a missing fact, a time-out: none of them ever becomes a denial or an approval. The case waits for a person.
//!
//! # What it deliberately does not know
//!
//! No wire format, no SQL, no HTTP, no async, no clock of its own, no price of anything. It does not know its own id or tenant:
//! the store files it under both. Of the life of a case, *draft*, *redirected* and *invalid* are not here: such a request never
//! becomes a case. Gold cards, peer-to-peer, appeals and effectuation, stays and claims are later work.
//!
//! # Example
//!
//! ```
//! use case::event::Intake;
//! use case::{Command, Context, Outcome, Truth, decide, evolve, sample};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = "2026-03-02T15:00:00Z".parse()?;
//! let mut case = None;
//! let mut play = |command, context: &Context<'_>| -> Result<case::Case, case::Refusal> {
//!     for event in decide(case.as_ref(), command, context)? {
//!         case = evolve(case.take(), &event);
//!     }
//!     case.clone().ok_or(case::Refusal::NoCase)
//! };
//!
//! // A request arrives: written down, and its clock runs.
//! let receive = Command::Receive { request: Box::new(sample::request(now)), authorization: "A-1".to_owned() };
//! let received = play(receive, &Context::client(now, "office"))?;
//! let due = received.due.ok_or("a clock runs")?;
//! assert_eq!(due.rule.words, "7 calendar days from receipt");
//! assert_eq!(due.rule.citation, "42 CFR 422.568(b)(1)(ii)");
//!
//! // Intake is clear, and the record proves every criterion of a signed policy: software approves.
//! play(Command::CheckIntake(Intake::Clear), &Context::software(now))?;
//! let findings = vec![sample::findings(1, Truth::Met)];
//! let approvals = vec![sample::approval(1)];
//! let record = Command::RecordFindings { findings, records: Vec::new(), uncovered: Vec::new(), approvals };
//! let decided = play(record, &Context::software(now))?;
//! assert_eq!(decided.outcome(), Outcome::Approved);
//! assert!(decided.due.is_none());
//! # Ok(())
//! # }
//! ```
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
mod stored;

pub use authority::{Act, Credentials, LicensedReviewer, Role, admit};
pub use command::Command;
pub use decide::{Context, Refusal, decide};
pub use event::{Actor, Event, Leaf, What};
pub use evolve::{evolve, replay};
pub use finding::{Finding, Findings, Truth};
pub use request::Request;
pub use state::{Case, Decision, LineState, Outcome, Status, Timer, TimerKind};
