//! Submit: a request, an update or a cancel comes in; what the record proves is approved, the rest pends.
//!
//! One transaction keeps the body byte for byte, the events, the clock, the outbox and the ledger leaves;
//! the answer is written after it is durable.

use crate::draft::{Draft, Kept};
use crate::{Error, Outcome, Platform, Submission, answer, judge, matching};
use base::{CaseId, Hash, TenantId};
use case::authority::Role;
use case::event::Intake;
use case::{Actor, Case, Command, Status};
use exchange::outcome::Code;
use exchange::pas::{self, BusinessError, Incoming, ReadContext, Update};
use std::sync::Arc;
use store::{NewDocument, Scope, UniqueKey};

/// PAS `Claim/$submit`.
///
/// # Errors
/// Nothing was kept: the store is full, busy or away.
pub async fn submit(platform: &Platform, submission: Submission<'_>) -> Result<Outcome, Error> {
    let now = platform.world.now();
    let tenant = platform.tenant(&submission.client.tenant)?;
    let document = match json::Document::parse(submission.body.clone(), &json::Limits::default()) {
        Ok(document) => document,
        Err(faults) => return Ok(Outcome::Malformed(faults.iter().map(fhir::Issue::from).collect())),
    };
    let context = ReadContext::now(now, &submission.body, tenant.cover());
    let incoming = match pas::read(submission.version, &document, &context) {
        Ok(incoming) => incoming,
        Err(issues) => return Ok(Outcome::Malformed(issues)),
    };
    let call = Call { platform, submission: &submission, document: &document };
    if !submission.client.speaks_for(incoming.new_request().request.requester.npi.as_deref()) {
        return call.business(&BusinessError::new(Code::AccessRestricted));
    }
    match incoming {
        Incoming::Submit(new) => {
            let key = new.submission_key();
            let (request, mut doubts) = matching::match_member(platform, &tenant.id, new)?;
            doubts.retain(exchange::pas::Doubt::contradicts);
            call.receive(request, &doubts, key).await
        }
        Incoming::Update(update) => call.update(update, false).await,
        Incoming::Cancel(update) => call.update(update, true).await,
    }
}

struct Call<'a> {
    platform: &'a Platform,
    submission: &'a Submission<'a>,
    document: &'a json::Document,
}

impl Call<'_> {
    fn tenant(&self) -> &TenantId {
        &self.submission.client.tenant
    }

    async fn receive(
        &self,
        matched: matching::Matched,
        doubts: &[exchange::pas::Doubt],
        key: base::Hash,
    ) -> Result<Outcome, Error> {
        let platform = self.platform;
        let unique = format!("{}|{key}", self.submission.client.name);
        let earlier = self.earlier_same_number(&matched)?;
        if let Some((id, case)) = earlier.iter().find(|(_, case)| matching::same_request(&case.request, &matched.request)) {
            return match case.is_open() && !case.documents.contains(&matched.request.record) {
                true => self.more(*id, case.clone(), matched.request.record).await,
                false => self.again(*id, case).await,
            };
        }
        let mut draft = Draft::new(platform, self.tenant(), &self.submission.client.name);
        let repeats = matching::repeated(platform, self.tenant(), &matched.request)?;
        let intake = self.intake(&matched, doubts, !earlier.is_empty());
        draft.unique(UniqueKey::new(Scope::Submission, unique));
        draft.document(self.body(&matched.request.record));
        draft.act(Command::Receive { request: Box::new(matched.request), authorization: platform.new_authorization() })?;
        if let Some(of) = repeats {
            draft.act_as_software(Command::MarkDuplicate { of })?;
        } else {
            let clear = intake == Intake::Clear;
            draft.act_as_software(Command::CheckIntake(intake))?;
            if clear {
                judge::judge(platform, &mut draft, std::slice::from_ref(self.document))?;
            }
        }
        match draft.keep().await {
            Ok(kept) => self.answer(&kept),
            Err(Error::Exists(id)) => match platform.store.case(self.tenant(), id)? {
                Some(case) => self.again(id, &case).await,
                None => Err(Error::Corrupt("a submission key names a case that is not there")),
            },
            Err(other) => Err(other),
        }
    }

    /// The same services under the same number, but other bytes, while nothing is decided: whatever the record now holds is
    /// taken in and the criteria are asked again. Nothing that was sent is lost, and the clock runs on.
    async fn more(&self, id: CaseId, case: Case, record: case::request::DocumentRef) -> Result<Outcome, Error> {
        let actor = Actor::Client(self.submission.client.name.clone());
        let mut draft = Draft::on(self.platform, self.tenant(), id, case, actor, vec![Role::Requester]);
        let mut documents = draft.documents_of_case()?;
        documents.push(self.document.clone());
        draft.document(self.body(&record));
        draft.act(Command::ReceiveInformation { documents: base::NonEmpty::one(record) })?;
        if draft.case().is_some_and(judge::may_be_judged) {
            judge::judge(self.platform, &mut draft, &documents)?;
        }
        match draft.keep().await {
            Ok(kept) => self.answer(&kept),
            Err(Error::Stale { .. }) => Err(Error::Busy),
            Err(other) => Err(other),
        }
    }

    /// Cases of this requester that carry one of the request's own numbers. Another requester may number as they like.
    fn earlier_same_number(&self, matched: &matching::Matched) -> Result<Vec<(CaseId, Case)>, Error> {
        let mut found = Vec::new();
        for identifier in &matched.request.identifiers {
            for id in self.platform.store.find(self.tenant(), Scope::Identifier, &store::identifier_key(identifier))? {
                if found.iter().any(|(known, _)| *known == id) || found.len() >= 16 {
                    continue;
                }
                let case = self.platform.store.case(self.tenant(), id)?;
                if let Some(case) = case.filter(|case| case.request.requester == matched.request.requester) {
                    found.push((id, case));
                }
            }
        }
        Ok(found)
    }

    fn intake(&self, matched: &matching::Matched, doubts: &[exchange::pas::Doubt], number_used: bool) -> Intake {
        if let Some(outcome) = &matched.doubt {
            return outcome.clone();
        }
        if number_used {
            return Intake::Contradictory { reason: "the request's number was used before for a different request".to_owned() };
        }
        if let Some(doubt) = doubts.first() {
            return Intake::Contradictory { reason: doubt.words() };
        }
        let exempt = |line: &case::request::Line| {
            let tenant = self.platform.tenants.get(self.tenant());
            tenant.is_some_and(|t| t.exempt.contains(&line.service))
        };
        if matched.request.lines.iter().all(exempt) { Intake::NotRequired } else { Intake::Clear }
    }

    /// An update or a cancel of an earlier request.
    async fn update(&self, update: Update, whole_cancel: bool) -> Result<Outcome, Error> {
        let platform = self.platform;
        for _ in 0..RETRIES {
            let Some((id, case)) = self.prior(&update)? else {
                return self.business(&BusinessError::new(Code::AuthorizationNotFound));
            };
            if case.request.record == update.new.request.record {
                return self.again(id, &case).await;
            }
            let cancelled: Vec<u32> = update.cancelled.clone();
            let (matched, doubts) = matching::match_member(platform, self.tenant(), update.new.clone())?;
            if matched.request.member.member_id != case.request.member.member_id {
                return self.business(&BusinessError::new(Code::MemberNotFound));
            }
            let mut draft = Draft::on(
                platform,
                self.tenant(),
                id,
                case,
                Actor::Client(self.submission.client.name.clone()),
                vec![Role::Requester],
            );
            draft.document(self.body(&matched.request.record));
            let request = Box::new(matched.request);
            let acted = match (base::NonEmpty::try_from(cancelled), whole_cancel) {
                (Ok(lines), true) => draft.act(Command::Cancel { request, lines }),
                _ => draft.act(Command::Update { request }),
            };
            if let Err(error) = acted {
                return match error {
                    Error::Refused(refusal) => {
                        self.business(&BusinessError { words: Some(refusal.to_string()), ..BusinessError::new(Code::InputError) })
                    }
                    other => Err(other),
                };
            }
            let waits = draft.case().is_some_and(|case| case.is_open() && !case.undecided_lines().is_empty());
            let contradicts = doubts.iter().find(|doubt| waits && doubt.contradicts());
            if let Some(doubt) = contradicts {
                let outcome = Intake::Contradictory { reason: doubt.words() };
                draft.act_as_software(Command::CheckIntake(outcome))?;
            } else if draft.case().is_some_and(judge::may_be_judged) {
                judge::judge(platform, &mut draft, std::slice::from_ref(self.document))?;
            }
            if draft.is_empty() {
                return match draft.case() {
                    Some(case) => self.again(id, case).await,
                    None => Err(Error::NoSuchCase),
                };
            }
            match draft.keep().await {
                Ok(kept) => return self.answer(&kept),
                Err(Error::Stale { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Err(Error::Busy)
    }

    /// The case an update means: by the prior request's numbers, of the same requester.
    fn prior(&self, update: &Update) -> Result<Option<(CaseId, Case)>, Error> {
        for identifier in &update.prior {
            let key = store::identifier_key(identifier);
            let mut ids = self.platform.store.find(self.tenant(), Scope::Identifier, &key)?;
            ids.extend(self.platform.store.find(self.tenant(), Scope::Authorization, &identifier.value)?);
            for id in ids {
                let Some(case) = self.platform.store.case(self.tenant(), id)? else { continue };
                let same_requester = case.request.requester.npi == update.new.request.requester.npi;
                if same_requester && !matches!(case.status, Status::Duplicate { .. } | Status::Voided) {
                    return Ok(Some((id, case)));
                }
            }
        }
        Ok(None)
    }

    fn body(&self, record: &case::request::DocumentRef) -> NewDocument {
        NewDocument { hash: record.hash, media_type: record.media_type.clone(), bytes: self.submission.body.clone() }
    }

    fn answer(&self, kept: &Kept) -> Result<Outcome, Error> {
        self.respond(kept.id, &kept.case, kept.receipt.clone())
    }

    /// The same request came again: the answer is the state of the case. It changes nothing; that it came is in the audit trail,
    /// and bytes that differ from the first ones are kept beside them.
    async fn again(&self, id: CaseId, case: &Case) -> Result<Outcome, Error> {
        let audit = store::Audit {
            at: self.platform.world.now(),
            who: format!("client:{}", self.submission.client.name),
            act: "received-again".to_owned(),
            case: Some(id),
            detail: Hash::of(&self.submission.body).to_string(),
        };
        let hash = Hash::of(&self.submission.body);
        if !case.documents.iter().any(|document| document.hash == hash) {
            self.platform.store.put_artifact(self.tenant(), "request-again", &hash, &self.submission.body).await?;
        }
        self.platform.store.audit(self.tenant(), audit).await?;
        let receipt = answer::latest_receipt(self.platform, self.tenant(), id)?;
        self.respond(id, &Arc::new(case.clone()), receipt)
    }

    fn respond(&self, id: CaseId, case: &Arc<Case>, receipt: Option<(u64, String)>) -> Result<Outcome, Error> {
        let bytes = answer::response(self.platform, self.submission, self.document, id, case, receipt)?;
        Ok(Outcome::Answer { bytes, case: Some(id) })
    }

    fn business(&self, error: &BusinessError) -> Result<Outcome, Error> {
        let bytes = answer::business(self.platform, self.submission, self.document, error);
        Ok(Outcome::Answer { bytes, case: None })
    }
}

/// How often an update is tried anew when somebody else changed the case in between.
const RETRIES: usize = 8;
