//! The requester changes the request, or cancels lines of it.
//!
//! A line that is missing from an update is kept as it was: silence cancels nothing. An update never restarts a running clock.

use super::receive::check_receipt;
use super::{Context, MAX_DOCUMENTS, MAX_LINES, Refusal, at_most};
use crate::clock::{Due, Facts};
use crate::event::What;
use crate::request::{Certification, Line, Request, Urgency};
use crate::state::{Case, Decision, Status};
use base::{Identifier, NonEmpty};

/// What an update does to the lines.
#[derive(Default)]
struct Changes {
    added: Vec<u32>,
    changed: Vec<u32>,
    cancelled: Vec<u32>,
}

pub(super) fn update(case: &Case, request: Request, context: &Context<'_>) -> Result<Vec<What>, Refusal> {
    if case.documents.contains(&request.record) {
        return Ok(Vec::new());
    }
    updatable(case)?;
    check_receipt(&request.receipt, context.now)?;
    if request.member.member_id != case.request.member.member_id || request.cover != case.request.cover {
        return Err(Refusal::OtherMember);
    }
    let changes = changes(case, &request)?;
    let nothing = changes.added.is_empty() && changes.changed.is_empty() && changes.cancelled.is_empty();
    if nothing && !case.is_open() {
        // Facts for lines that are decided: an adverse one wants a new request or an appeal.
        let adverse = case.lines.iter().find(|(_, line)| matches!(line.decision, Decision::Adverse { .. }));
        return Err(adverse.map_or(Refusal::NothingUndecided, |(sequence, _)| Refusal::LineAdverse(*sequence)));
    }
    let request = merge(case, request)?;
    at_most("lines", request.lines.len(), MAX_LINES)?;
    at_most("documents", case.documents.len() + 1, MAX_DOCUMENTS)?;
    let clock = clock(case, &request, &changes, context)?;
    let answers = case.due.as_ref().is_some_and(|due| due.facts.is_paused()) || !case.asks.is_empty();
    let (record, empty) = (request.record.clone(), empties(case, &changes));
    let Changes { added, changed, cancelled } = changes;
    let mut whats = vec![What::Updated { request: Box::new(request), added, changed, cancelled }];
    if empty {
        whats.push(What::Withdrawn { reason: EVERY_LINE.to_owned() });
        return Ok(whats);
    }
    let resumed = match clock.as_ref().or(case.due.as_ref()) {
        Some(due) => context.clocks.resume(due, context.now)?,
        None => None,
    };
    whats.extend(clock.map(|due| What::ClockStarted { due }));
    if answers && case.is_open() {
        whats.push(What::InformationReceived { documents: NonEmpty::one(record), due: resumed });
    }
    Ok(whats)
}

const EVERY_LINE: &str = "every line was cancelled by the requester";

pub(super) fn cancel(case: &Case, request: &Request, lines: &NonEmpty<u32>) -> Result<Vec<What>, Refusal> {
    let mut changes = Changes::default();
    for sequence in lines {
        let line = case.line(*sequence).ok_or(Refusal::UnknownLine(*sequence))?;
        match line.decision {
            Decision::Cancelled => {}
            Decision::Adverse { .. } => return Err(Refusal::LineAdverse(*sequence)),
            Decision::Undecided | Decision::Approved { .. } if changes.cancelled.contains(sequence) => {
                return Err(Refusal::LineTwice(*sequence));
            }
            Decision::Undecided | Decision::Approved { .. } => changes.cancelled.push(*sequence),
        }
    }
    if changes.cancelled.is_empty() {
        return Ok(Vec::new());
    }
    updatable(case)?;
    at_most("documents", case.documents.len() + 1, MAX_DOCUMENTS)?;
    let mut merged = case.request.clone();
    merged.record = request.record.clone();
    merged.receipt = request.receipt.clone();
    merged.identifiers = union(&case.request.identifiers, &request.identifiers);
    let empty = empties(case, &changes);
    let cancelled = changes.cancelled;
    let mut whats = vec![What::Updated { request: Box::new(merged), added: Vec::new(), changed: Vec::new(), cancelled }];
    if empty {
        whats.push(What::Withdrawn { reason: EVERY_LINE.to_owned() });
    }
    Ok(whats)
}

fn updatable(case: &Case) -> Result<(), Refusal> {
    if case.is_open() || case.status == Status::Decided { Ok(()) } else { Err(Refusal::Closed) }
}

fn changes(case: &Case, request: &Request) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    let mut seen = std::collections::BTreeSet::new();
    for line in &request.lines {
        let sequence = line.sequence;
        if !seen.insert(sequence) {
            return Err(Refusal::LineTwice(sequence));
        }
        let cancels = line.certification == Certification::Cancel;
        let (Some(state), Some(before)) = (case.line(sequence), case.asked(sequence)) else {
            if cancels {
                return Err(Refusal::UnknownLine(sequence));
            }
            changes.added.push(sequence);
            continue;
        };
        match &state.decision {
            Decision::Cancelled if cancels || same(before, line) => {}
            Decision::Undecided | Decision::Approved { .. } if cancels => changes.cancelled.push(sequence),
            Decision::Adverse { .. } if cancels => return Err(Refusal::LineAdverse(sequence)),
            _ if same(before, line) => {}
            Decision::Undecided => changes.changed.push(sequence),
            Decision::Approved { .. } => return Err(Refusal::LineApproved(sequence)),
            Decision::Adverse { .. } => return Err(Refusal::LineAdverse(sequence)),
            Decision::Cancelled => return Err(Refusal::LineCancelled(sequence)),
        }
    }
    Ok(changes)
}

/// The same service asked the same way; the certification type says only what the message does.
fn same(before: &Line, now: &Line) -> bool {
    let mut now = now.clone();
    now.certification = before.certification;
    *before == now
}

/// The request as it stands now: what the update says, with the lines it does not name, all identifiers, the match, and no
/// urgency lost.
fn merge(case: &Case, mut request: Request) -> Result<Request, Refusal> {
    let mut lines: Vec<Line> = Vec::new();
    for before in &case.request.lines {
        let now = request.lines.iter().find(|line| line.sequence == before.sequence);
        let now = now.filter(|line| line.certification != Certification::Cancel);
        lines.push(now.unwrap_or(before).clone());
    }
    let is_new = |line: &&Line| case.asked(line.sequence).is_none();
    lines.extend(request.lines.iter().filter(is_new).cloned());
    request.lines = NonEmpty::try_from(lines).map_err(|_| Refusal::NothingAsked)?;
    request.identifiers = union(&case.request.identifiers, &request.identifiers);
    request.member.matched = case.request.member.matched.clone();
    request.urgency = match case.expedite_refused_at {
        Some(_) => case.request.urgency,
        None => request.urgency.max(case.request.urgency),
    };
    Ok(request)
}

fn union(before: &[Identifier], now: &[Identifier]) -> Vec<Identifier> {
    let mut all = before.to_vec();
    all.extend(now.iter().filter(|identifier| !before.contains(identifier)).cloned());
    all
}

/// Whether no line is left that is not cancelled.
fn empties(case: &Case, changes: &Changes) -> bool {
    changes.added.is_empty()
        && case.lines.iter().all(|(sequence, line)| line.decision == Decision::Cancelled || changes.cancelled.contains(sequence))
}

/// The clock, when the update changes what it is counted from. A running clock keeps its receipt and is never put off by an
/// update; new lines on a decided case start one from the update's own receipt.
fn clock(case: &Case, request: &Request, changes: &Changes, context: &Context<'_>) -> Result<Option<Due>, Refusal> {
    let Some(running) = case.due.as_ref().filter(|_| case.is_open()) else {
        let asks = !changes.added.is_empty() || !changes.changed.is_empty();
        let facts = asks.then(|| Facts::of(request, &request.receipt));
        return Ok(facts.map(|facts| context.clocks.start(&facts)).transpose()?);
    };
    let mut facts = running.facts.clone();
    facts.drug = request.drug;
    facts.timing = request.timing;
    facts.circumstances = request.circumstances.clone();
    facts.representative_form_at = facts.representative_form_at.or(request.receipt.representative_form_at);
    if request.urgency == Urgency::Expedited && facts.urgency == Urgency::Standard {
        facts.urgency = Urgency::Expedited;
        facts.expedited_at = Some(request.receipt.received_at);
    }
    if facts == running.facts {
        return Ok(None);
    }
    // An update may bring the due time nearer; it never puts it off. What was promised at receipt stays promised.
    let due = context.clocks.start(&facts)?;
    Ok((due.due_at <= running.due_at).then_some(due))
}
