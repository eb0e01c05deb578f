//! Writing the answer: the view of a case that its requester gets, with the receipt.

use crate::{Error, Platform, Submission};
use base::{CaseId, TenantId, UserId};
use case::event::Basis;
use case::{Actor, Case, Decision, What};
use exchange::pas::{self, BusinessError, ErrorContext, Receipt, ResponseContext, Reviewer};
use fhir::pas::Operation;

/// The response Bundle for a case.
pub(crate) fn response(
    platform: &Platform,
    submission: &Submission<'_>,
    document: &json::Document,
    id: CaseId,
    case: &Case,
    receipt: Option<(u64, String)>,
) -> Result<Vec<u8>, Error> {
    let tenant = &submission.client.tenant;
    let earlier = match case.status {
        case::Status::Duplicate { of } => platform.store.case(tenant, of)?,
        _ => None,
    };
    let shown = earlier.as_ref().unwrap_or(case);
    let reviewer = approver(platform, tenant, id, shown)?;
    let response_id = format!("{id}-{}", case.version);
    let base_url = base_url(platform, submission);
    let context = ResponseContext {
        id: &response_id,
        now: platform.world.now(),
        base_url: &base_url,
        receipt: receipt.as_ref().map(|(event, proof)| Receipt { proof, event: *event }),
        reviewer: reviewer.as_ref().map(|r| Reviewer { npi: r.npi.as_deref(), specialty: r.specialty.as_deref() }),
    };
    Ok(pas::respond(submission.version, document, shown, &context))
}

/// The response Bundle for a business error: nothing was kept, the requester learns why.
pub(crate) fn business(
    platform: &Platform,
    submission: &Submission<'_>,
    document: &json::Document,
    error: &BusinessError,
) -> Vec<u8> {
    let now = platform.world.now();
    let id = format!("error-{}", now.as_millisecond());
    let base_url = base_url(platform, submission);
    let context = ErrorContext { id: &id, now, base_url: &base_url };
    pas::business_error(submission.version, Operation::Submit, document, std::slice::from_ref(error), &context)
}

/// The address of the PAS version that was called.
pub(crate) fn base_url(platform: &Platform, submission: &Submission<'_>) -> String {
    format!("{}/pas/{}", platform.base_url, submission.version)
}

/// The newest receipt of a case.
pub(crate) fn latest_receipt(platform: &Platform, tenant: &TenantId, id: CaseId) -> Result<Option<(u64, String)>, Error> {
    let events = platform.store.events(tenant, id)?;
    let Some(last) = events.iter().rev().find(|event| event.leaf.is_some()) else { return Ok(None) };
    let proof = platform.store.receipt(tenant, id, last.version)?;
    Ok(proof.map(|proof| (last.version, crate::draft::receipt_file(platform, tenant, last.body.clone(), proof))))
}

/// The person behind an approval, with what the wire says about them.
pub(crate) struct Approver {
    pub npi: Option<String>,
    pub specialty: Option<String>,
}

/// Who approved, when a person did. Read from the history only when some line rests on a person.
pub(crate) fn approver(platform: &Platform, tenant: &TenantId, id: CaseId, case: &Case) -> Result<Option<Approver>, Error> {
    let by_person = |decision: &Decision| matches!(decision, Decision::Approved { basis: Basis::Person { .. }, .. });
    if !case.lines.values().any(|line| by_person(&line.decision)) {
        return Ok(None);
    }
    let mut who: Option<UserId> = None;
    for stored in platform.store.events(tenant, id)? {
        let event = stored.event()?;
        if let (Actor::Person(user), What::Approved { .. }) = (event.by, event.what) {
            who = Some(user);
        }
    }
    let Some(user) = who else { return Ok(None) };
    let staff = platform.staff(tenant, &user)?;
    Ok(staff.map(|s| Approver { npi: s.npi, specialty: s.specialties.into_iter().next() }))
}
