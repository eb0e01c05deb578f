//! Decide purely: a command against a case gives events or a refusal. One act, one file.
//!
//! Every command first meets the authority rules, then its own act. Before the act's events stand those of the clock: a due time
//! that has passed is recorded as missed before anything else happens to the case.

mod adverse;
mod approve;
mod ask;
mod context;
mod expedite;
mod extend;
mod findings;
mod intake;
mod receipt;
mod receive;
mod refusal;
mod reopen;
mod tick;
mod update;
mod withdraw;
mod work;

pub use context::Context;
pub use refusal::Refusal;

use crate::authority::Act;
use crate::event::{Actor, Basis, Event, What};
use crate::state::{Case, Decision};
use crate::{Command, authority::Role};

/// Longest reason, question or name a command may carry, in characters.
pub const MAX_TEXT: usize = 4_000;
/// Most lines in a request.
pub const MAX_LINES: usize = 500;
/// Most open questions on a case.
pub const MAX_ASKS: usize = 200;
/// Most documents on a case.
pub const MAX_DOCUMENTS: usize = 2_000;

impl Command {
    /// The act the authority rules know it by.
    #[must_use]
    pub const fn act(&self) -> Act {
        match self {
            Self::Receive { .. } => Act::Receive,
            Self::CheckIntake(_) => Act::CheckIntake,
            Self::Update { .. } => Act::Update,
            Self::Cancel { .. } => Act::Cancel,
            Self::RecordFindings { .. } => Act::RecordFindings,
            // That no authorization is needed is what intake finds about the plan, not a judgement of the care.
            Self::Approve { basis: Basis::NotRequired, .. } => Act::CheckIntake,
            Self::Approve { .. } => Act::Approve,
            Self::DetermineAdverse { .. } => Act::DetermineAdverse,
            Self::Pend { .. } => Act::Pend,
            Self::Assign(_) => Act::Assign,
            Self::Refer { .. } => Act::Refer,
            Self::Ask { .. } => Act::Ask,
            Self::ReceiveInformation { .. } => Act::ReceiveInformation,
            Self::Extend { .. } => Act::Extend,
            Self::Expedite => Act::Expedite,
            Self::RefuseExpedite { .. } => Act::RefuseExpedite,
            Self::Withdraw { .. } => Act::Withdraw,
            Self::MarkDuplicate { .. } => Act::MarkDuplicate,
            Self::Void { .. } => Act::Void,
            Self::Reopen { .. } => Act::Reopen,
            Self::RecordNotice { .. } => Act::RecordNotice,
            Self::Tick => Act::Tick,
            Self::CorrectReceipt { .. } => Act::CorrectReceipt,
            Self::MatchMember { .. } => Act::MatchMember,
        }
    }
}

/// Decides. The events are to be appended together or not at all; an empty list means that nothing new was said.
///
/// # Errors
/// A [`Refusal`] that says why; nothing happened then.
pub fn decide(case: Option<&Case>, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let concerns = match &command {
        Command::Receive { authorization, .. } => authorization.clone(),
        _ => case.map(|case| case.authorization.clone()).unwrap_or_default(),
    };
    let whats = match command {
        Command::Receive { request, authorization } => {
            authorize(&request.cover, Act::Receive, context)?;
            receive::receive(case, request, authorization, context)?
        }
        command => {
            let case = case.ok_or(Refusal::NoCase)?;
            authorize(&case.request.cover, command.act(), context)?;
            act(case, command, context)?
        }
    };
    let event = |what| Event { at: context.now, by: context.actor.clone(), concerns: concerns.clone(), what };
    Ok(whats.into_iter().map(event).collect())
}

fn act(case: &Case, command: Command, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    let mut whats = tick::overdue(case, context.now);
    let more = match command {
        Command::Receive { .. } => Vec::new(),
        Command::CheckIntake(outcome) => intake::check(case, outcome, context)?,
        Command::MatchMember { member, cover } => intake::match_member(case, member, cover, context)?,
        Command::Update { request } => update::update(case, *request, context)?,
        Command::Cancel { request, lines } => update::cancel(case, &request, &lines)?,
        Command::RecordFindings { findings, records, uncovered, approvals } => {
            findings::record(case, findings, &records, &uncovered, &approvals)?
        }
        Command::Approve { lines, basis } => approve::approve(case, lines, basis)?,
        Command::DetermineAdverse { reviewer, lines, rationale } => {
            adverse::determine(case, reviewer, lines, rationale, context)?
        }
        Command::Pend { queue, reason } => work::pend(case, queue, reason)?,
        Command::Assign(to) => work::assign(case, to)?,
        Command::Refer { reason } => work::refer(case, reason)?,
        Command::RecordNotice { channel, about } => work::notice(channel, about)?,
        Command::Ask { asks } => ask::ask(case, asks, context)?,
        Command::ReceiveInformation { documents } => ask::receive(case, documents, context)?,
        Command::Extend { ground, reason } => extend::extend(case, ground, reason, context)?,
        Command::Expedite => expedite::expedite(case, context)?,
        Command::RefuseExpedite { reason, physician_asked } => expedite::refuse(case, reason, physician_asked, context)?,
        Command::Withdraw { reason } => withdraw::withdraw(case, reason)?,
        Command::MarkDuplicate { of } => withdraw::duplicate(case, of)?,
        Command::Void { reason } => withdraw::void(case, reason)?,
        Command::Reopen { cause, reason, lines } => reopen::reopen(case, cause, reason, &lines, context)?,
        Command::CorrectReceipt { received_at, evidence } => receipt::correct(case, received_at, evidence, context)?,
        Command::Tick => tick::tick(case, context.now)?,
    };
    whats.extend(more);
    Ok(whats)
}

/// The actor must be what the roles say, and a row must let one of the roles do the act.
fn authorize(cover: &crate::request::Cover, act: Act, context: &Context<'_>) -> Result<(), Refusal> {
    let fits = |role: &Role| match context.actor {
        Actor::Software => *role == Role::Software,
        Actor::Client(_) => *role == Role::Requester,
        Actor::Person(_) => !matches!(role, Role::Software | Role::Requester),
    };
    let may = |role: &&Role| context.authority.may(**role, act, cover.line_of_business, cover.state).is_some();
    if context.roles.iter().filter(|role| fits(role)).any(|role| may(&role)) {
        Ok(())
    } else {
        Err(Refusal::NotAllowed { act, roles: context.roles.to_vec() })
    }
}

// ---- what several acts ask ------------------------------------------------------------------------------------------------

/// The case must be open and have an undecided line; gives the undecided lines.
fn undecided(case: &Case) -> Result<Vec<u32>, Refusal> {
    if !case.is_open() {
        return Err(Refusal::Closed);
    }
    let lines = case.undecided_lines();
    if lines.is_empty() { Err(Refusal::NothingUndecided) } else { Ok(lines) }
}

/// Each line must exist, be undecided and stand once.
fn each_undecided(case: &Case, sequences: impl Iterator<Item = u32>) -> Result<(), Refusal> {
    undecided(case)?;
    let mut seen = std::collections::BTreeSet::new();
    for sequence in sequences {
        if !seen.insert(sequence) {
            return Err(Refusal::LineTwice(sequence));
        }
        match case.line(sequence) {
            None => return Err(Refusal::UnknownLine(sequence)),
            Some(line) if line.decision != Decision::Undecided => return Err(Refusal::LineDecided(sequence)),
            Some(_) => {}
        }
    }
    Ok(())
}

/// A text that must say something, within the limit.
fn said(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::Empty(field)) } else { within(field, text) }
}

/// A text within the limit.
fn within(field: &'static str, text: &str) -> Result<(), Refusal> {
    at_most(field, text.chars().count(), MAX_TEXT)
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), Refusal> {
    if count > limit { Err(Refusal::TooMuch { what, limit }) } else { Ok(()) }
}
