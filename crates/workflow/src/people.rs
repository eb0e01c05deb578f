//! What the people of the UM organization do to a case, one function each.
//!
//! Each checks the role against the authority table, acts on the version the person has seen (a second
//! one who acts on an old view is told and nothing is lost), writes an audit row, and keeps all of it in one transaction.

use crate::directory::{MemberRecord, StaffRecord};
use crate::draft::{Draft, Kept};
use crate::{Error, Platform, judge, matching};
use base::{CaseId, Hash, NonEmpty, Phi, TenantId, Timestamp, UserId};
use case::authority::{self, Act, Credentials};
use case::event::{Adverse, Approval, Ask, Basis, Intake, Queue, ReopenCause};
use case::request::{Channel, DocumentRef};
use case::{Actor, Case, Command};
use store::NewDocument;

/// A person acting on a case they have looked at.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// Their tenant.
    pub tenant: &'a TenantId,
    /// Who they are.
    pub staff: &'a StaffRecord,
    /// The case.
    pub case: CaseId,
    /// The version they looked at.
    pub seen: u64,
}

impl<'a> Acting<'a> {
    /// Loads the case for an act of this kind, or says why not.
    fn draft(&self, platform: &'a Platform, act: Act) -> Result<Draft<'a>, Error> {
        let case = platform.store.case(self.tenant, self.case)?.ok_or(Error::NoSuchCase)?;
        if case.version != self.seen {
            return Err(Error::Stale { actual: case.version });
        }
        if !may(platform, self.staff, act, &case) {
            return Err(Error::NotAllowed(format!("no authority rule lets the role of {} do this here", self.staff.role)));
        }
        let actor = Actor::Person(self.staff.user.clone());
        let mut draft = Draft::on(platform, self.tenant, self.case, case, actor, vec![self.staff.role]);
        draft.audit(act.as_str(), String::new());
        Ok(draft)
    }

    /// One command, kept.
    async fn one(&self, platform: &Platform, act: Act, command: Command) -> Result<Kept, Error> {
        let mut draft = self.draft(platform, act)?;
        draft.act(command)?;
        draft.keep().await
    }
}

/// Whether the authority table lets this person do this to this case. Pages use it to show only what is possible.
#[must_use]
pub fn may(platform: &Platform, staff: &StaffRecord, act: Act, case: &Case) -> bool {
    let cover = &case.request.cover;
    staff.active && platform.authority.may(staff.role, act, cover.line_of_business, cover.state).is_some()
}

/// Takes a case, or gives it to a colleague.
///
/// # Errors
/// As every act here: not allowed, stale, refused, or the store's.
pub async fn assign(platform: &Platform, acting: Acting<'_>, to: UserId) -> Result<Kept, Error> {
    acting.one(platform, Act::Assign, Command::Assign(to)).await
}

/// Approves lines on a person's judgement.
///
/// # Errors
/// See [`assign`].
pub async fn approve(platform: &Platform, acting: Acting<'_>, lines: NonEmpty<Approval>, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Approve, Command::Approve { lines, basis: Basis::Person { reason } }).await
}

/// Asks the requester for facts.
///
/// # Errors
/// See [`assign`].
pub async fn ask(platform: &Platform, acting: Acting<'_>, asks: NonEmpty<Ask>) -> Result<Kept, Error> {
    acting.one(platform, Act::Ask, Command::Ask { asks }).await
}

/// Hands the case to a physician.
///
/// # Errors
/// See [`assign`].
pub async fn refer(platform: &Platform, acting: Acting<'_>, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Refer, Command::Refer { reason }).await
}

/// Moves the case to another queue.
///
/// # Errors
/// See [`assign`].
pub async fn pend(platform: &Platform, acting: Acting<'_>, queue: Queue, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Pend, Command::Pend { queue, reason }).await
}

/// Denies, reduces or modifies lines. Only through a licensed reviewer who fits the case and confirms the statement.
///
/// # Errors
/// [`Error::NotAdmitted`] with every reason; else see [`assign`].
pub async fn determine(
    platform: &Platform,
    acting: Acting<'_>,
    lines: NonEmpty<Adverse>,
    rationale: Phi<String>,
    statement: &str,
) -> Result<Kept, Error> {
    let mut draft = acting.draft(platform, Act::DetermineAdverse)?;
    let case = draft.case().ok_or(Error::NoSuchCase)?;
    let named: Vec<u32> = lines.iter().map(|line| line.line).collect();
    let reviewer = authority::admit(&credentials(acting.staff), case, &named, statement, draft.now(), platform.authority)
        .map_err(|not| Error::NotAdmitted(not.reasons.iter().map(ToString::to_string).collect()))?;
    draft.act(Command::DetermineAdverse { reviewer, lines, rationale })?;
    draft.keep().await
}

fn credentials(staff: &StaffRecord) -> Credentials {
    Credentials {
        user: staff.user.clone(),
        name: staff.name.clone(),
        npi: staff.npi.clone(),
        roles: vec![staff.role],
        licences: staff.licences.clone(),
        specialties: staff.specialties.clone(),
        active: staff.active,
    }
}

/// Extends the time frame on a ground the clock's rule allows; a notice goes to the outbox with it.
///
/// # Errors
/// See [`assign`].
pub async fn extend(platform: &Platform, acting: Acting<'_>, ground: String, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Extend, Command::Extend { ground, reason }).await
}

/// Handles the case as expedited from now on.
///
/// # Errors
/// See [`assign`].
pub async fn expedite(platform: &Platform, acting: Acting<'_>) -> Result<Kept, Error> {
    acting.one(platform, Act::Expedite, Command::Expedite).await
}

/// Refuses expedited handling (never when a physician asks for it).
///
/// # Errors
/// See [`assign`].
pub async fn refuse_expedite(
    platform: &Platform,
    acting: Acting<'_>,
    reason: String,
    physician_asked: bool,
) -> Result<Kept, Error> {
    acting.one(platform, Act::RefuseExpedite, Command::RefuseExpedite { reason, physician_asked }).await
}

/// Records that the requester or the member withdrew.
///
/// # Errors
/// See [`assign`].
pub async fn withdraw(platform: &Platform, acting: Acting<'_>, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Withdraw, Command::Withdraw { reason }).await
}

/// Marks the case as a repeat of an earlier one.
///
/// # Errors
/// See [`assign`].
pub async fn mark_duplicate(platform: &Platform, acting: Acting<'_>, of: CaseId) -> Result<Kept, Error> {
    let earlier = platform.store.case(acting.tenant, of)?.ok_or(Error::NoSuchCase)?;
    if of == acting.case || matches!(earlier.status, case::Status::Duplicate { .. }) {
        return Err(Error::NotAllowed(
            "name the earlier case itself: neither this case nor one that is a duplicate too".to_owned(),
        ));
    }
    acting.one(platform, Act::MarkDuplicate, Command::MarkDuplicate { of }).await
}

/// Voids a case that was opened in error.
///
/// # Errors
/// See [`assign`].
pub async fn void(platform: &Platform, acting: Acting<'_>, reason: String) -> Result<Kept, Error> {
    acting.one(platform, Act::Void, Command::Void { reason }).await
}

/// Opens decided lines again for a cause the law allows.
///
/// # Errors
/// See [`assign`].
pub async fn reopen(
    platform: &Platform,
    acting: Acting<'_>,
    cause: ReopenCause,
    reason: String,
    lines: Vec<u32>,
) -> Result<Kept, Error> {
    acting.one(platform, Act::Reopen, Command::Reopen { cause, reason, lines }).await
}

/// Records that a notice left.
///
/// # Errors
/// See [`assign`].
pub async fn record_notice(platform: &Platform, acting: Acting<'_>, channel: Channel, about: String) -> Result<Kept, Error> {
    acting.one(platform, Act::RecordNotice, Command::RecordNotice { channel, about }).await
}

/// Matches the member to a record of the directory, by a person; then the criteria are asked as if it had been clear at once.
///
/// # Errors
/// See [`assign`]; [`Error::NotAllowed`] when the directory has no such member.
pub async fn match_member(platform: &Platform, acting: Acting<'_>, member_id: &str) -> Result<Kept, Error> {
    let record = platform.member(acting.tenant, member_id)?;
    let record: MemberRecord = record.ok_or_else(|| Error::NotAllowed("the directory has no member with this id".to_owned()))?;
    let mut draft = acting.draft(platform, Act::MatchMember)?;
    let cover = matching::cover(&record);
    draft.act(Command::MatchMember { member: record.member_id.clone(), cover })?;
    clear_intake(platform, &mut draft)?;
    draft.keep().await
}

/// Sends a case that waited for intake on to the criteria.
///
/// # Errors
/// See [`assign`].
pub async fn clear(platform: &Platform, acting: Acting<'_>) -> Result<Kept, Error> {
    let mut draft = acting.draft(platform, Act::CheckIntake)?;
    clear_intake(platform, &mut draft)?;
    draft.keep().await
}

fn clear_intake(platform: &Platform, draft: &mut Draft<'_>) -> Result<(), Error> {
    draft.act(Command::CheckIntake(Intake::Clear))?;
    if draft.case().is_some_and(judge::may_be_judged) {
        let documents = draft.documents_of_case()?;
        judge::judge(platform, draft, &documents)?;
    }
    Ok(())
}

/// Takes in documents that answer a question; the criteria are asked again over the whole record.
///
/// # Errors
/// See [`assign`]; [`Error::NotAllowed`] when the document says it is FHIR JSON and is none. Any other document is kept and read.
pub async fn receive_information(
    platform: &Platform,
    acting: Acting<'_>,
    media_type: &str,
    bytes: std::sync::Arc<[u8]>,
) -> Result<Kept, Error> {
    let is_json = media_type.contains("json") || bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let document = match json::Document::parse(bytes.clone(), &json::Limits::default()) {
        Ok(document) => Some(document),
        Err(faults) if is_json => return Err(Error::NotAllowed(format!("the document cannot be read: {}", faults[0]))),
        Err(_) => None,
    };
    let reference = DocumentRef { hash: Hash::of(&bytes), media_type: media_type.to_owned(), bytes: bytes.len() as u64 };
    let mut draft = acting.draft(platform, Act::ReceiveInformation)?;
    draft.document(NewDocument { hash: reference.hash, media_type: reference.media_type.clone(), bytes });
    draft.act(Command::ReceiveInformation { documents: NonEmpty::one(reference) })?;
    if draft.case().is_some_and(judge::may_be_judged) {
        let mut documents = draft.documents_of_case()?;
        documents.extend(document);
        judge::judge(platform, &mut draft, &documents)?;
    }
    draft.keep().await
}

/// Corrects the moment of receipt, earlier, with the proof (a fax image, a call note).
///
/// # Errors
/// See [`assign`].
pub async fn correct_receipt(
    platform: &Platform,
    acting: Acting<'_>,
    received_at: Timestamp,
    media_type: &str,
    evidence: std::sync::Arc<[u8]>,
) -> Result<Kept, Error> {
    let reference = DocumentRef { hash: Hash::of(&evidence), media_type: media_type.to_owned(), bytes: evidence.len() as u64 };
    let mut draft = acting.draft(platform, Act::CorrectReceipt)?;
    draft.document(NewDocument { hash: reference.hash, media_type: reference.media_type.clone(), bytes: evidence });
    draft.act(Command::CorrectReceipt { received_at, evidence: reference })?;
    draft.keep().await
}
