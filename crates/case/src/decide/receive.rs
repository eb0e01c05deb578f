//! A request arrives: written down, and its clock starts. The same request again says nothing new.

use super::{Context, MAX_LINES, Refusal, at_most, said};
use crate::clock::Facts;
use crate::event::What;
use crate::request::{Certification, Receipt, Request};
use crate::state::Case;
use base::Timestamp;

/// How long before its recording a request may have been received.
const MAX_DAYS_BACK: i64 = 366;

pub(super) fn receive(
    case: Option<&Case>,
    request: Box<Request>,
    authorization: String,
    context: &Context<'_>,
) -> Result<Vec<What>, Refusal> {
    if let Some(case) = case {
        return if case.documents.first() == Some(&request.record) {
            Ok(Vec::new())
        } else {
            Err(Refusal::AlreadyReceived { authorization: case.authorization.clone() })
        };
    }
    said("authorization", &authorization)?;
    at_most("lines", request.lines.len(), MAX_LINES)?;
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = request.lines.iter().find(|line| !seen.insert(line.sequence)) {
        return Err(Refusal::LineTwice(twice.sequence));
    }
    if request.lines.iter().all(|line| line.certification == Certification::Cancel) {
        return Err(Refusal::NothingAsked);
    }
    check_receipt(&request.receipt, context.now)?;
    let due = context.clocks.start(&Facts::of(&request, &request.receipt))?;
    Ok(vec![What::Received { request, authorization }, What::ClockStarted { due }])
}

/// The received time may be earlier than the recorded one, with evidence; it is never forced to the server's now.
pub(super) fn check_receipt(receipt: &Receipt, now: Timestamp) -> Result<(), Refusal> {
    if receipt.recorded_at > now {
        return Err(Refusal::RecordInFuture);
    }
    check_received(receipt.received_at, receipt.recorded_at)?;
    let proven = receipt.evidence.as_ref().is_some_and(|evidence| evidence.bytes > 0);
    if receipt.received_at < receipt.recorded_at && !proven { Err(Refusal::ReceiptEvidence) } else { Ok(()) }
}

pub(super) fn check_received(received_at: Timestamp, recorded_at: Timestamp) -> Result<(), Refusal> {
    if received_at > recorded_at {
        return Err(Refusal::ReceiptAfterRecord);
    }
    let back = recorded_at.duration_since(received_at);
    if back > jiff::SignedDuration::from_hours(MAX_DAYS_BACK * 24) {
        return Err(Refusal::ReceiptTooOld(MAX_DAYS_BACK));
    }
    Ok(())
}
