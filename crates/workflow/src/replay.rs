//! Replay: every recorded evaluation made again, under the policy version and the record of then, byte for byte.

use crate::reading::{self, Again};
use crate::{Error, Platform};
use base::{CaseId, TenantId};
use case::{Case, What, evolve};
use criteria::{FromDocuments, LineFacts, Policy, Record, Signature, Signatures};
use std::sync::Arc;

/// One evaluation made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The event's version in the case.
    pub version: u64,
    /// The line.
    pub line: u32,
    /// The policy and version of then.
    pub policy: String,
    /// The bytes are the same.
    pub same: bool,
    /// How many bytes were recorded.
    pub bytes: usize,
    /// Where they first differ, when they do.
    pub differs_at: Option<usize>,
    /// How what was read in documents was made again; none when nothing was read.
    pub reading: Option<Again>,
}

/// Makes every evaluation of a case again.
///
/// # Errors
/// The case, its record or its policy version is not in the store.
pub fn replay(platform: &Platform, tenant: &TenantId, id: CaseId) -> Result<Vec<Replayed>, Error> {
    let events = platform.store.events(tenant, id)?;
    if events.is_empty() {
        return Err(Error::NoSuchCase);
    }
    let mut case: Option<Case> = None;
    let mut out = Vec::new();
    for stored in events {
        let event = stored.event()?;
        if let (What::CriteriaEvaluated { findings, records }, Some(case)) = (&event.what, &case) {
            let policy = policy_of_then(platform, tenant, &findings.policy)?;
            let documents = documents(platform, tenant, records)?;
            let line = case.asked(findings.line).ok_or(Error::Corrupt("findings name a line that was not asked for"))?;
            let received_on = crate::judge::received_on(case);
            let as_of = crate::judge::day_in_zone(case, event.at);
            let facts = LineFacts::of(line, received_on, as_of, case.request.cover.line_of_business);
            let signatures = signatures_of_then(&findings.policy);
            let now = event.at;
            let read = match &findings.reading {
                Some(then) => Some(reading::again(platform, tenant, then, &policy, &documents)?),
                None => None,
            };
            let both = read.as_ref().map(|((text, _), _)| Record::with_text(&documents, std::slice::from_ref(text)));
            let how = read.as_ref().map(|(_, how)| *how);
            let weighed = both.as_ref().zip(read).map(|(record, ((_, reading), _))| FromDocuments { record, reading });
            let again = criteria::evaluate_with(&policy, &Record::of(&documents), weighed, &facts, now, &signatures)
                .map_err(|_| Error::Corrupt("the evaluation breaks off when it is made again"))?;
            let recorded = serde_json::to_vec(findings).map_err(|_| Error::Corrupt("findings cannot be written"))?;
            let remade = serde_json::to_vec(&again).map_err(|_| Error::Corrupt("findings cannot be written"))?;
            out.push(Replayed {
                version: stored.version,
                line: findings.line,
                policy: format!("{} {}", findings.policy.id, findings.policy.version),
                same: recorded == remade,
                bytes: recorded.len(),
                differs_at: first_difference(&recorded, &remade),
                reading: how,
            });
        }
        case = evolve(case, &event);
    }
    Ok(out)
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    if a == b { None } else { Some(a.iter().zip(b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()))) }
}

/// The signature that the policy carried then: who signed does not enter the findings, only that somebody had.
fn signatures_of_then(policy: &case::finding::PolicyRef) -> Signatures {
    let mut signatures = Signatures::none();
    if policy.signed {
        let signature =
            Signature { name: "as recorded".to_owned(), credentials: String::new(), date: base::Date::ZERO, hash: policy.hash };
        signatures.add(policy.hash, signature);
    }
    signatures
}

fn policy_of_then(platform: &Platform, tenant: &TenantId, wanted: &case::finding::PolicyRef) -> Result<Arc<Policy>, Error> {
    if let Some(policy) = platform.library.by_hash(&wanted.hash) {
        return Ok(policy.clone());
    }
    let artifact = platform.store.artifact(tenant, &wanted.hash)?;
    let artifact = artifact.ok_or(Error::Corrupt("the policy version of then is not in the store"))?;
    let policy =
        Policy::from_artifact(&artifact.bytes).map_err(|_| Error::Corrupt("the policy version of then cannot be read"))?;
    if policy.hash() == wanted.hash {
        Ok(policy.into())
    } else {
        Err(Error::Corrupt("the policy version of then is not what it says"))
    }
}

fn documents(
    platform: &Platform,
    tenant: &TenantId,
    records: &[case::request::DocumentRef],
) -> Result<Vec<json::Document>, Error> {
    records
        .iter()
        .map(|record| {
            let stored = platform.store.document(tenant, &record.hash)?;
            let stored = stored.ok_or(Error::Corrupt("a record of then is not in the store"))?;
            json::Document::parse(stored.bytes, &json::Limits::default())
                .map_err(|_| Error::Corrupt("a record of then cannot be read"))
        })
        .collect()
}
