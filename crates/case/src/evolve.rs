//! Evolve purely: an event changes the case. Total: an event that does not fit changes nothing but the version, and nothing panics.

use crate::clock::Due;
use crate::event::{Actor, Event, Queue, What};
use crate::request::{Certification, Request};
use crate::state::{Case, Decision, LineState, Prior, Status};
use base::UserId;
use std::collections::BTreeMap;

/// Applies one event.
#[must_use]
pub fn evolve(case: Option<Case>, event: &Event) -> Option<Case> {
    let Some(mut case) = case else {
        return match &event.what {
            What::Received { request, authorization } => Some(received(request, authorization)),
            _ => None,
        };
    };
    case.version += 1;
    apply(&mut case, event);
    Some(case)
}

/// The case after these events.
#[must_use]
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Case> {
    events.into_iter().fold(None, evolve)
}

fn received(request: &Request, authorization: &str) -> Case {
    let state = |certification| LineState {
        decision: if certification == Certification::Cancel { Decision::Cancelled } else { Decision::Undecided },
        findings: None,
        prior: None,
    };
    Case {
        version: 1,
        authorization: authorization.to_owned(),
        status: Status::Received,
        lines: request.lines.iter().map(|line| (line.sequence, state(line.certification))).collect(),
        due: None,
        near_at: None,
        missed_at: None,
        assigned: None,
        asks: Vec::new(),
        documents: vec![request.record.clone()],
        participants: Vec::new(),
        extensions: 0,
        decided_at: None,
        receipt: request.receipt.clone(),
        intake: None,
        respond_by: None,
        expedite_refused_at: None,
        request: request.clone(),
    }
}

fn apply(case: &mut Case, event: &Event) {
    match &event.what {
        What::Received { .. } => {}
        What::IntakeChecked { outcome } => case.intake = Some(outcome.clone()),
        What::MemberMatched { member, cover, due } => {
            case.request.member.matched = Some(member.clone());
            case.request.cover = cover.clone();
            if let Some(due) = due {
                set_due(case, due);
            }
        }
        What::ClockStarted { due } => set_due(case, due),
        What::Updated { request, added, changed, cancelled } => updated(case, request, added, changed, cancelled),
        What::CriteriaEvaluated { findings, .. } => {
            if let Some(line) = case.lines.get_mut(&findings.line) {
                line.findings = Some(findings.clone());
            }
        }
        What::Approved { .. } | What::DeterminedAdverse { .. } => decided(case, event),
        What::Pended { queue, reason, .. } => pend(case, *queue, reason),
        What::Assigned { to } => case.assigned = Some(to.clone()),
        What::Referred { reason } => {
            took_part(case, &event.by);
            pend(case, Queue::Physician, reason);
        }
        What::InformationRequested { asks, respond_by, due } => {
            case.asks.extend(asks.iter().cloned());
            case.respond_by = Some(*respond_by);
            due.iter().for_each(|due| set_due(case, due));
            pend(case, Queue::Facts, "facts were asked for");
        }
        What::InformationReceived { documents, due } => {
            for document in documents {
                keep(case, document);
            }
            case.asks.clear();
            case.respond_by = None;
            due.iter().for_each(|due| set_due(case, due));
            if case.queue() == Some(Queue::Facts) {
                pend(case, Queue::Nurse, "facts came");
            }
        }
        What::Extended { due, .. } => {
            case.extensions += 1;
            set_due(case, due);
        }
        What::Expedited { due } => {
            case.request.urgency = due.facts.urgency;
            set_due(case, due);
        }
        What::ExpediteRefused { due, .. } => {
            case.request.urgency = crate::request::Urgency::Standard;
            case.expedite_refused_at = Some(event.at);
            due.iter().for_each(|due| set_due(case, due));
        }
        What::Withdrawn { .. } => {
            for line in case.lines.values_mut().filter(|line| line.decision == Decision::Undecided) {
                line.decision = Decision::Cancelled;
            }
            close(case, Status::Withdrawn);
        }
        What::DuplicateFound { of } => close(case, Status::Duplicate { of: *of }),
        What::Expired => close(case, Status::Expired),
        What::Voided { .. } => close(case, Status::Voided),
        What::Reopened { .. } => reopened(case, event),
        What::ClockNear { due_at } => case.near_at = Some(*due_at),
        What::ClockMissed { due_at, .. } => case.missed_at = Some(*due_at),
        What::NoticeSent { .. } => {}
        What::ReceiptCorrected { received_at, evidence, due } => {
            case.receipt.received_at = *received_at;
            case.receipt.evidence = Some(evidence.clone());
            keep(case, evidence);
            due.iter().for_each(|due| set_due(case, due));
        }
    }
}

fn set_due(case: &mut Case, due: &Due) {
    if case.due.as_ref().is_none_or(|before| before.due_at != due.due_at) {
        case.near_at = None;
        case.missed_at = None;
    }
    case.due = Some(due.clone());
}

fn pend(case: &mut Case, queue: Queue, reason: &str) {
    if case.is_open() {
        case.status = Status::Pended { queue, reason: reason.to_owned() };
    }
}

fn keep(case: &mut Case, document: &crate::request::DocumentRef) {
    if !case.documents.contains(document) {
        case.documents.push(document.clone());
    }
}

fn took_part(case: &mut Case, actor: &Actor) {
    if let Actor::Person(user) = actor {
        add_participant(case, user);
    }
}

fn add_participant(case: &mut Case, user: &UserId) {
    if !case.participants.contains(user) {
        case.participants.push(user.clone());
    }
}

fn close(case: &mut Case, status: Status) {
    case.status = status;
    case.due = None;
    case.asks.clear();
    case.respond_by = None;
}

/// The case is decided once no line is undecided.
fn settle(case: &mut Case) {
    if case.is_open() && !case.lines.values().any(|line| line.decision == Decision::Undecided) {
        close(case, Status::Decided);
    }
}

fn decided(case: &mut Case, event: &Event) {
    let decisions: BTreeMap<u32, Decision> = match &event.what {
        What::Approved { lines, basis } => lines
            .iter()
            .map(|approval| (approval.line, Decision::Approved { approval: approval.clone(), basis: basis.clone() }))
            .collect(),
        What::DeterminedAdverse { lines, attestation, rationale } => {
            add_participant(case, &attestation.reviewer);
            let decision = |adverse: &crate::event::Adverse| Decision::Adverse {
                adverse: adverse.clone(),
                attestation: attestation.clone(),
                rationale: rationale.clone(),
            };
            lines.iter().map(|adverse| (adverse.line, decision(adverse))).collect()
        }
        _ => BTreeMap::new(),
    };
    for (sequence, decision) in decisions {
        // A decided line stays as decided, whatever order events come in: only an opening again makes it undecided.
        if let Some(line) = case.lines.get_mut(&sequence).filter(|line| line.decision == Decision::Undecided) {
            line.decision = decision;
            line.prior = None;
        }
    }
    took_part(case, &event.by);
    case.decided_at = Some(event.at);
    settle(case);
}

fn updated(case: &mut Case, request: &Request, added: &[u32], changed: &[u32], cancelled: &[u32]) {
    case.request = request.clone();
    keep(case, &request.record);
    for sequence in added {
        case.lines.entry(*sequence).or_insert(LineState { decision: Decision::Undecided, findings: None, prior: None });
    }
    for sequence in changed {
        if let Some(line) = case.lines.get_mut(sequence) {
            line.findings = None;
        }
    }
    for sequence in cancelled {
        if let Some(line) = case.lines.get_mut(sequence)
            && !matches!(line.decision, Decision::Adverse { .. })
        {
            line.decision = Decision::Cancelled;
        }
    }
    let only_cancels = added.is_empty() && changed.is_empty() && !cancelled.is_empty();
    let undecided = case.lines.values().any(|line| line.decision == Decision::Undecided);
    let uncertain = case.queue() == Some(Queue::Intake);
    if undecided && !only_cancels && !uncertain && (case.is_open() || case.status == Status::Decided) {
        // What intake found stands: an update is for the same member and cover, and a contradiction is for a person to clear.
        case.status = Status::Received;
    }
    settle(case);
}

fn reopened(case: &mut Case, event: &Event) {
    let What::Reopened { cause, reason, lines, due } = &event.what else { return };
    for sequence in lines {
        if let Some(line) = case.lines.get_mut(sequence)
            && matches!(line.decision, Decision::Approved { .. } | Decision::Adverse { .. })
        {
            let decision = std::mem::replace(&mut line.decision, Decision::Undecided);
            line.prior = Some(Box::new(Prior { decision, cause: *cause, reopened_at: event.at }));
        }
    }
    case.extensions = 0;
    case.status = Status::Pended { queue: Queue::Nurse, reason: reason.clone() };
    set_due(case, due);
    settle(case);
}
