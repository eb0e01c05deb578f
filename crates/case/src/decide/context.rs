//! What the world is like at the moment of deciding.

use crate::authority::{self, Role};
use crate::clock;
use crate::event::Actor;
use base::{Timestamp, UserId};

/// What the world is like at the moment of deciding: given by the shell.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Now.
    pub now: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// The roles the actor holds now, as the directory says; one of them must be allowed the act.
    pub roles: &'a [Role],
    /// The clock rules and calendars in force.
    pub clocks: &'a clock::Rules,
    /// The authority rules in force.
    pub authority: &'a authority::Rules,
}

impl<'a> Context<'a> {
    fn of(now: Timestamp, actor: Actor, roles: &'a [Role]) -> Self {
        Self { now, actor, roles, clocks: clock::Rules::builtin(), authority: authority::Rules::builtin() }
    }

    /// The platform itself acts, under the rules this crate ships.
    #[must_use]
    pub fn software(now: Timestamp) -> Self {
        Self::of(now, Actor::Software, &[Role::Software])
    }

    /// The requester's system acts, under the rules this crate ships.
    #[must_use]
    pub fn client(now: Timestamp, name: &str) -> Self {
        Self::of(now, Actor::Client(name.to_owned()), &[Role::Requester])
    }

    /// A person acts in the roles they hold, under the rules this crate ships.
    #[must_use]
    pub fn person(now: Timestamp, user: &UserId, roles: &'a [Role]) -> Self {
        Self::of(now, Actor::Person(user.clone()), roles)
    }

    /// The same under other rules.
    #[must_use]
    pub const fn under(mut self, clocks: &'a clock::Rules, authority: &'a authority::Rules) -> Self {
        self.clocks = clocks;
        self.authority = authority;
        self
    }
}
