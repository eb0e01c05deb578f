//! Decide purely: a command against a case gives events or a refusal.
use crate::{Actor, Case, Command, Event};
use base::Timestamp;

/// What the world is like at the moment of deciding: given by the shell.
pub struct Context<'a> {
    /// Now.
    pub now: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// The clock rules and calendars in force.
    pub clocks: &'a crate::clock::Due,
}

/// Why a command was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {}

/// Decides.
///
/// # Errors
/// A [`Refusal`] that says why.
pub fn decide(_case: Option<&Case>, _command: Command, _context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    Ok(Vec::new())
}
