//! What people, clocks and robots do, one function each.
//!
//! Every act has the same shape: load, decide purely, keep everything in one transaction, answer.
//! This floor holds no rule of law (those are in `case`), no wire format (`exchange`), no SQL (`store`),
//! and no HTTP. It reads the clock and the dice of the [`World`] it is given, so the simulator runs the same code.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
pub mod directory;
mod draft;
mod error;
mod inquire;
mod judge;
mod matching;
pub mod people;
mod platform;
mod reading;
mod replay;
mod submit;
mod tick;

pub use error::Error;
pub use inquire::inquire;
pub use judge::may_be_judged;
pub use platform::{Platform, World};
pub use reading::{Again, lexicon};
pub use replay::{Replayed, replay};
pub use submit::submit;
pub use tick::{Ticked, tick};

use base::CaseId;
use exchange::pas::PasVersion;
use std::sync::Arc;

/// A body that came over the wire from a known client.
#[derive(Debug)]
pub struct Submission<'a> {
    /// Who sent it.
    pub client: &'a directory::Client,
    /// The PAS version of the address it came to.
    pub version: PasVersion,
    /// The body, byte for byte.
    pub body: Arc<[u8]>,
}

/// What to answer.
#[derive(Debug)]
pub enum Outcome {
    /// A FHIR answer, to be sent with status 200.
    Answer {
        /// The body.
        bytes: Vec<u8>,
        /// The case it is about, when there is one.
        case: Option<CaseId>,
    },
    /// The body cannot be read as what it should be; every fault is listed. Nothing was kept.
    Malformed(Vec<fhir::Issue>),
}
