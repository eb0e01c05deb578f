//! Inquire: what is the state of an authorization? By example, and only for those who may know.

use crate::directory::Client;
use crate::{Error, Outcome, Platform, Submission, answer};
use base::{CaseId, TenantId};
use case::{Case, Status};
use exchange::pas::{self, Inquiry, InquiryContext, Match, Receipt, Reviewer};
use std::collections::BTreeSet;
use store::Scope;

/// The most authorizations one inquiry answers with.
const MOST_MATCHES: usize = 50;

/// PAS `Claim/$inquire`.
///
/// # Errors
/// The store's.
pub async fn inquire(platform: &Platform, submission: Submission<'_>) -> Result<Outcome, Error> {
    let tenant = &submission.client.tenant;
    let document = match json::Document::parse(submission.body.clone(), &json::Limits::default()) {
        Ok(document) => document,
        Err(faults) => return Ok(Outcome::Malformed(faults.iter().map(fhir::Issue::from).collect())),
    };
    let inquiry = match pas::read_inquiry(submission.version, &document) {
        Ok(inquiry) => inquiry,
        Err(issues) => return Ok(Outcome::Malformed(issues)),
    };
    let (found, withheld) = search(platform, submission.client, &inquiry)?;
    let now = platform.world.now();
    let id = format!("inquiry-{}", now.as_millisecond());
    let base_url = answer::base_url(platform, &submission);
    let mut shown = Vec::with_capacity(found.len());
    for (case_id, case) in found {
        shown.push(Shown::load(platform, tenant, case_id, case)?);
    }
    let matches: Vec<Match<'_>> = shown.iter().map(Shown::as_match).collect();
    let context = InquiryContext {
        id: &id,
        now,
        base_url: &base_url,
        withheld: withheld.then_some("an authorization was found that may be told by telephone only"),
    };
    let bytes = pas::respond_inquiry(submission.version, &document, &matches, &context);
    let audit = store::Audit {
        at: now,
        who: format!("client:{}", submission.client.name),
        act: "inquire".to_owned(),
        case: shown.first().map(|s| s.id),
        detail: format!("{} shown", shown.len()),
    };
    platform.store.audit(tenant, audit).await?;
    Ok(Outcome::Answer { bytes, case: shown.first().map(|s| s.id) })
}

struct Shown {
    id: CaseId,
    label: String,
    case: Case,
    request: json::Document,
    receipt: Option<(u64, String)>,
    approver: Option<answer::Approver>,
}

impl Shown {
    fn load(platform: &Platform, tenant: &TenantId, id: CaseId, case: Case) -> Result<Self, Error> {
        let stored = platform.store.document(tenant, &case.request.record.hash)?;
        let stored = stored.ok_or(Error::Corrupt("the request of a case is not in the document store"))?;
        let bytes = stored.bytes;
        let request = json::Document::parse(bytes, &json::Limits::default())
            .map_err(|_| Error::Corrupt("the request of a case cannot be read back"))?;
        let receipt = answer::latest_receipt(platform, tenant, id)?;
        let approver = answer::approver(platform, tenant, id, &case)?;
        Ok(Self { id, label: format!("{id}-{}", case.version), case, request, receipt, approver })
    }

    fn as_match(&self) -> Match<'_> {
        Match {
            case: &self.case,
            request: Some(&self.request),
            id: &self.label,
            receipt: self.receipt.as_ref().map(|(event, proof)| Receipt { proof, event: *event }),
            reviewer: self.approver.as_ref().map(|a| Reviewer { npi: a.npi.as_deref(), specialty: a.specialty.as_deref() }),
        }
    }
}

/// Cases the inquiry means and the inquirer may see: its member's, with a provider the case knows (PAS spec-52, 53).
///
/// A case of another member, or one whose provider is not named in the inquiry, is withheld and said to be so.
fn search(platform: &Platform, client: &Client, inquiry: &Inquiry) -> Result<(Vec<(CaseId, Case)>, bool), Error> {
    let tenant = &client.tenant;
    let mut ids: BTreeSet<CaseId> = BTreeSet::new();
    let by_number: Vec<&String> = inquiry.authorizations.iter().chain(&inquiry.administrative).collect();
    if by_number.is_empty() {
        for member in &inquiry.member_ids {
            ids.extend(platform.store.find(tenant, Scope::Member, member.expose())?);
        }
    } else {
        for number in by_number {
            ids.extend(platform.store.find(tenant, Scope::Authorization, number)?);
        }
    }
    let mut found = Vec::new();
    let mut withheld = false;
    for id in ids.into_iter().rev() {
        let Some(case) = platform.store.case(tenant, id)? else { continue };
        if matches!(case.status, Status::Duplicate { .. } | Status::Voided) || !meant(inquiry, &case) {
            continue;
        }
        if client.speaks_for(case.request.requester.npi.as_deref()) && permitted(inquiry, &case) {
            found.push((id, case));
            if found.len() >= MOST_MATCHES {
                break;
            }
        } else {
            withheld = true;
        }
    }
    Ok((found, withheld))
}

/// The example fits: each line of it that names a service or days finds a line of the case.
fn meant(inquiry: &Inquiry, case: &Case) -> bool {
    let fits = |wanted: &pas::InquiryLine| {
        case.request.lines.iter().any(|line| {
            let service = wanted.service.as_ref().is_none_or(|code| code.code == line.service.code);
            let from = wanted.from.or(inquiry.from);
            let to = wanted.to.or(inquiry.to).or(from);
            let days = match (from, to, line.service_from) {
                (Some(from), Some(to), Some(start)) => start <= to && line.service_to.unwrap_or(start) >= from,
                _ => true,
            };
            service && days
        })
    };
    inquiry.lines.is_empty() || inquiry.lines.iter().any(fits)
}

fn permitted(inquiry: &Inquiry, case: &Case) -> bool {
    let member = inquiry.member_ids.contains(&case.request.member.member_id);
    let provider = match &case.request.requester.npi {
        Some(npi) => inquiry.npis.contains(npi),
        None => inquiry.requester.name == case.request.requester.name,
    };
    member && provider
}
