//! The timeline: every event in plain words, with who caused it and its place in the ledger.

use super::Opened;
use crate::moment;
use crate::problem::Problem;
use crate::words;
use case::What;
use case::event::{Approval, Basis, Intake};
use jiff::tz::TimeZone;

/// An event as shown.
pub(crate) struct Entry {
    /// Its place in the case.
    pub version: u64,
    /// When.
    pub at: String,
    /// The same for machines.
    pub machine: String,
    /// Who.
    pub by: String,
    /// What, in a few words.
    pub what: String,
    /// More about it.
    pub more: Vec<String>,
    /// Index of its leaf in the ledger.
    pub leaf: Option<u64>,
}

/// Every event of the case, newest first.
pub(crate) fn entries(opened: &Opened<'_>) -> Result<Vec<Entry>, Problem> {
    let events = opened.visit.platform().store.events(opened.tenant, opened.id)?;
    let mut entries = Vec::with_capacity(events.len());
    for stored in events.iter().rev() {
        let event = stored.event()?;
        let (what, more) = describe(&event.what, &opened.zone);
        entries.push(Entry {
            version: stored.version,
            at: moment::at(event.at, &opened.zone),
            machine: moment::machine(event.at),
            by: words::actor(&event.by),
            what,
            more,
            leaf: stored.leaf.as_ref().map(|leaf| leaf.index),
        });
    }
    Ok(entries)
}

/// On what an approval stands.
pub(crate) fn basis(basis: &Basis) -> String {
    match basis {
        Basis::Criteria { policy } => format!("criteria of {policy}, all met by the record"),
        Basis::Person { reason } => reason.clone(),
        Basis::NotRequired => "no authorization is needed for this service".to_owned(),
    }
}

fn approvals<'a>(lines: impl IntoIterator<Item = &'a Approval>) -> Vec<String> {
    lines.into_iter().map(|approval| format!("Line {}: {}", approval.line, words::authorized(approval))).collect()
}

fn numbers(lines: &[u32]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn describe(what: &What, zone: &TimeZone) -> (String, Vec<String>) {
    let at = |moment| moment::at(moment, zone);
    let due = |due: &Option<case::clock::Due>| {
        due.iter().map(|due| format!("Due {} by {}", at(due.due_at), due.rule.id)).collect::<Vec<_>>()
    };
    match what {
        What::Received { request, authorization } => (
            "Received".to_owned(),
            vec![format!(
                "Authorization {authorization}, {}, by {}",
                words::many(request.lines.len(), "line"),
                words::channel(request.receipt.channel)
            )],
        ),
        What::IntakeChecked { outcome } => intake(outcome),
        What::ClockStarted { due } => ("Clock started".to_owned(), vec![format!("Due {} by {}", at(due.due_at), due.rule.id)]),
        What::Updated { added, changed, cancelled, .. } => {
            let part = |word: &str, lines: &[u32]| (!lines.is_empty()).then(|| format!("{word}: {}", numbers(lines)));
            (
                "Request changed".to_owned(),
                [part("Added lines", added), part("Changed lines", changed), part("Cancelled lines", cancelled)]
                    .into_iter()
                    .flatten()
                    .collect(),
            )
        }
        What::CriteriaEvaluated { findings, .. } => (
            format!("Criteria for line {}: {}", findings.line, words::truth(findings.root).word.to_lowercase()),
            vec![format!("{} {}", findings.policy.id, findings.policy.version)],
        ),
        What::Approved { lines, basis: on } => {
            let mut more = approvals(lines);
            more.push(basis(on));
            ("Approved".to_owned(), more)
        }
        What::Pended { queue, reason, .. } => (format!("Moved to {}", words::queue_word(*queue)), vec![reason.clone()]),
        What::Assigned { to } => (format!("Assigned to {to}"), Vec::new()),
        What::Referred { reason } => ("Referred to a physician".to_owned(), vec![reason.clone()]),
        What::InformationRequested { asks, respond_by, due: new } => {
            let mut more: Vec<String> = asks.iter().map(|ask| format!("Line {}: {}", ask.line, ask.text)).collect();
            more.push(format!("Answer by {}", at(*respond_by)));
            more.extend(due(new));
            ("Facts asked for".to_owned(), more)
        }
        What::InformationReceived { documents, due: new } => {
            let mut more = vec![words::many(documents.len(), "document")];
            more.extend(due(new));
            ("Facts received".to_owned(), more)
        }
        What::Extended { ground, reason, due: new } => (
            format!("Time frame extended: {}", words::from_slug(ground).to_lowercase()),
            vec![reason.clone(), format!("Due {} by {}", at(new.due_at), new.rule.id)],
        ),
        What::Expedited { due: new } => ("Expedited".to_owned(), vec![format!("Due {} by {}", at(new.due_at), new.rule.id)]),
        What::ExpediteRefused { reason, due: new } => {
            ("Expedited handling refused".to_owned(), std::iter::once(reason.clone()).chain(due(new)).collect())
        }
        What::DeterminedAdverse { lines, attestation, rationale, .. } => {
            let mut more: Vec<String> = lines.iter().map(|line| format!("Line {}: {}", line.line, line.criterion)).collect();
            let licence = &attestation.licence;
            more.push(format!("{}, {} {}, {}", attestation.name, licence.kind, licence.state, attestation.specialty));
            more.push(format!("Admitted under {}", attestation.admitted_under));
            more.push(rationale.expose().clone());
            ("Determined adversely".to_owned(), more)
        }
        other => describe_rest(other, zone),
    }
}

fn describe_rest(what: &What, zone: &TimeZone) -> (String, Vec<String>) {
    let at = |moment| moment::at(moment, zone);
    match what {
        What::Withdrawn { reason } => ("Withdrawn".to_owned(), vec![reason.clone()]),
        What::DuplicateFound { of } => ("Repeats an earlier case".to_owned(), vec![of.to_string()]),
        What::Expired => ("Expired".to_owned(), Vec::new()),
        What::Voided { reason } => ("Voided".to_owned(), vec![reason.clone()]),
        What::Reopened { cause, reason, lines, due } => (
            format!("Reopened: {}", words::cause(*cause).to_lowercase()),
            vec![
                reason.clone(),
                format!("Lines {}", numbers(lines.as_slice())),
                format!("Due {} by {}", at(due.due_at), due.rule.id),
            ],
        ),
        What::ClockNear { due_at } => ("The due time is near".to_owned(), vec![format!("Due {}", at(*due_at))]),
        What::ClockMissed { due_at, on_miss } => {
            ("The due time has passed".to_owned(), vec![format!("Was due {}", at(*due_at)), on_miss.clone()])
        }
        What::NoticeSent { channel, about } => {
            (format!("Notice sent by {}", words::channel(*channel).to_lowercase()), vec![about.clone()])
        }
        What::ReceiptCorrected { received_at, .. } => {
            ("Time of receipt corrected".to_owned(), vec![format!("Received {}", at(*received_at))])
        }
        What::MemberMatched { .. } => ("Member matched to the directory".to_owned(), Vec::new()),
        other => (words::from_slug(other.kind()), Vec::new()),
    }
}

fn intake(outcome: &Intake) -> (String, Vec<String>) {
    match outcome {
        Intake::Clear => ("Intake clear".to_owned(), vec!["Member matched, cover in force".to_owned()]),
        Intake::NotRequired => ("No authorization needed".to_owned(), Vec::new()),
        Intake::MemberUnmatched => ("Member not matched".to_owned(), vec!["A coordinator must match the member".to_owned()]),
        Intake::CoverUncertain { reason } => ("Cover uncertain".to_owned(), vec![reason.clone()]),
        Intake::Contradictory { reason } => ("Contradiction found".to_owned(), vec![reason.clone()]),
    }
}
