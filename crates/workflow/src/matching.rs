//! Intake's first questions: whose request is it, is the cover in force, has it been asked before.

use crate::directory::MemberRecord;
use crate::{Error, Platform};
use base::{CaseId, TenantId};
use case::event::Intake;
use case::request::Cover;
use case::{Request, Status};
use exchange::pas::{Doubt, NewRequest};
use store::Scope;

/// A request with the member looked up.
pub(crate) struct Matched {
    /// The request, with the cover of the member when one was found.
    pub request: Request,
    /// Why a coordinator must look, if one must.
    pub doubt: Option<Intake>,
}

/// Looks the member up and takes the cover from the plan's own record. A doubt is never a denial: it pends.
pub(crate) fn match_member(platform: &Platform, tenant: &TenantId, new: NewRequest) -> Result<(Matched, Vec<Doubt>), Error> {
    let NewRequest { mut request, member_ids, doubts, drug_named, .. } = new;
    for member_id in &member_ids {
        let Some(record) = platform.member(tenant, member_id.expose())? else { continue };
        let same_birth = request.member.birth_date.as_ref().is_none_or(|sent| sent == &record.birth_date);
        if !same_birth {
            break;
        }
        let doubt = cover_doubt(&request, &record);
        request.member.member_id = record.member_id.clone();
        request.member.matched = Some(record.member_id.clone());
        request.cover = cover(&record);
        // The drug clock depends on the line of business, which the directory knows and the Bundle does not.
        request.drug = exchange::pas::drug(drug_named, request.cover.line_of_business);
        return Ok((Matched { request, doubt }, doubts));
    }
    Ok((Matched { request, doubt: Some(Intake::MemberUnmatched) }, doubts))
}

/// The cover a member's record gives.
pub(crate) fn cover(record: &MemberRecord) -> Cover {
    Cover { line_of_business: record.line_of_business, state: record.state, plan: record.plan.clone(), zone: record.zone.clone() }
}

fn cover_doubt(request: &Request, record: &MemberRecord) -> Option<Intake> {
    let outside = |line: &case::request::Line| line.service_from.is_some_and(|day| day < record.from || day > record.to);
    let line = request.lines.iter().find(|line| outside(line))?;
    Some(Intake::CoverUncertain { reason: format!("line {}: the day of service is outside the cover on record", line.sequence) })
}

/// The same content, whenever and in whatever bytes it arrived.
pub(crate) fn same_request(a: &Request, b: &Request) -> bool {
    a.identifiers == b.identifiers
        && a.member.member_id == b.member.member_id
        && a.requester == b.requester
        && a.urgency == b.urgency
        && a.diagnoses == b.diagnoses
        && a.lines == b.lines
        && a.related == b.related
}

/// An earlier case of the same requester for the same member that asks for exactly the same lines and is open or approved.
///
/// Anything less than exactly the same is for a person to see, not for software to call a duplicate.
pub(crate) fn repeated(platform: &Platform, tenant: &TenantId, request: &Request) -> Result<Option<CaseId>, Error> {
    if request.member.matched.is_none() {
        return Ok(None);
    }
    let key = store::service_key(&request.member.member_id, &request.lines.first().service);
    for id in platform.store.find(tenant, Scope::Service, &key)?.into_iter().take(16) {
        let Some(case) = platform.store.case(tenant, id)? else { continue };
        let alive = matches!(case.status, Status::Received | Status::Pended { .. })
            || (matches!(case.status, Status::Decided) && !case.is_adverse());
        let same = case.request.requester == request.requester
            && case.request.lines == request.lines
            && case.request.lines.iter().all(|line| line.service_from.is_some());
        if alive && same {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
