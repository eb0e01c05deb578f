//! A change to a case in the making: commands decided one after the other, kept in one append.

use crate::{Error, Platform};
use base::{CaseId, TenantId, Timestamp};
use case::authority::Role;
use case::decide::Context;
use case::event::Leaf;
use case::{Actor, Case, Command, Event, What, decide, evolve};
use ledger::LeafClass;
use std::sync::Arc;
use store::{Append, Audit, Intent, NewDocument, NewEvent, UniqueKey};

/// A document that came by itself, with its bytes.
pub type Loose = (case::request::DocumentRef, Arc<[u8]>);

/// A case with the events that are about to be appended.
pub struct Draft<'a> {
    platform: &'a Platform,
    tenant: TenantId,
    id: CaseId,
    from_version: u64,
    case: Option<Case>,
    events: Vec<Event>,
    now: Timestamp,
    actor: Actor,
    roles: Vec<Role>,
    unique: Vec<UniqueKey>,
    documents: Vec<NewDocument>,
    audit: Vec<Audit>,
}

impl<'a> Draft<'a> {
    /// A new case, by a client.
    pub fn new(platform: &'a Platform, tenant: &TenantId, client: &str) -> Self {
        let actor = Actor::Client(client.to_owned());
        Self::of(platform, tenant, platform.new_case_id(), None, actor, vec![Role::Requester])
    }

    /// A change to a loaded case, by an actor who holds these roles.
    pub fn on(platform: &'a Platform, tenant: &TenantId, id: CaseId, case: Case, actor: Actor, roles: Vec<Role>) -> Self {
        Self::of(platform, tenant, id, Some(case), actor, roles)
    }

    fn of(platform: &'a Platform, tenant: &TenantId, id: CaseId, case: Option<Case>, actor: Actor, roles: Vec<Role>) -> Self {
        Self {
            platform,
            tenant: tenant.clone(),
            id,
            from_version: case.as_ref().map_or(0, |c| c.version),
            case,
            events: Vec::new(),
            now: platform.world.now(),
            actor,
            roles,
            unique: Vec::new(),
            documents: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// The case as it stands in the draft.
    pub fn case(&self) -> Option<&Case> {
        self.case.as_ref()
    }

    /// The moment of this act.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Decides a command of the actor and applies its events to the draft. Nothing is kept yet.
    pub fn act(&mut self, command: Command) -> Result<(), Error> {
        let (actor, roles) = (self.actor.clone(), std::mem::take(&mut self.roles));
        let done = self.decide(actor, &roles, command);
        self.roles = roles;
        done
    }

    /// The same for what the platform itself does in consequence: intake, criteria, clocks.
    pub fn act_as_software(&mut self, command: Command) -> Result<(), Error> {
        self.decide(Actor::Software, &[Role::Software], command)
    }

    fn decide(&mut self, actor: Actor, roles: &[Role], command: Command) -> Result<(), Error> {
        let (clocks, authority) = (self.platform.clocks, self.platform.authority);
        let context = Context { now: self.now, actor, roles, clocks, authority };
        for event in decide(self.case.as_ref(), command, &context)? {
            self.case = evolve(self.case.take(), &event);
            self.events.push(event);
        }
        Ok(())
    }

    /// Refuses the append when this key was used before.
    pub fn unique(&mut self, key: UniqueKey) {
        self.unique.push(key);
    }

    /// Keeps a document with the events.
    pub fn document(&mut self, document: NewDocument) {
        self.documents.push(document);
    }

    /// Every document of the case that is not JSON, with its bytes: a scan or a PDF that came by itself.
    pub fn loose_documents(&self) -> Result<Vec<Loose>, Error> {
        let Some(case) = &self.case else { return Ok(Vec::new()) };
        let mut loose = Vec::new();
        for reference in case.documents.iter().filter(|d| !d.media_type.contains("json")) {
            let fresh = self.documents.iter().find(|d| d.hash == reference.hash).map(|d| d.bytes.clone());
            let bytes = match fresh {
                Some(bytes) => Some(bytes),
                None => self.platform.store.document(&self.tenant, &reference.hash)?.map(|stored| stored.bytes.into()),
            };
            loose.extend(bytes.map(|bytes| (reference.clone(), bytes)));
        }
        Ok(loose)
    }

    /// Writes an audit row with the events.
    pub fn audit(&mut self, act: &str, detail: String) {
        let who = match &self.actor {
            Actor::Software => "software".to_owned(),
            Actor::Person(user) => format!("user:{user}"),
            Actor::Client(name) => format!("client:{name}"),
        };
        self.audit.push(Audit { at: self.now, who, act: act.to_owned(), case: Some(self.id), detail });
    }

    /// The tenant.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Every JSON document that the store keeps for the case, parsed; the request first. Others (images) are passed over.
    pub fn documents_of_case(&self) -> Result<Vec<json::Document>, Error> {
        let Some(case) = &self.case else { return Ok(Vec::new()) };
        let mut parsed = Vec::new();
        for reference in case.documents.iter().filter(|d| d.media_type.contains("json")) {
            if let Some(stored) = self.platform.store.document(&self.tenant, &reference.hash)?
                && let Ok(document) = json::Document::parse(stored.bytes, &json::Limits::default())
            {
                parsed.push(document);
            }
        }
        Ok(parsed)
    }

    /// Whether anything would be appended.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Appends all of it in one transaction and waits until it is durable.
    pub async fn keep(self) -> Result<Kept, Error> {
        let Some(case) = self.case else { return Err(Error::NoSuchCase) };
        let case = Arc::new(case);
        if self.events.is_empty() {
            return Ok(Kept { id: self.id, case, receipt: None });
        }
        let last = self.events.iter().rposition(|e| e.what.leaf().is_some());
        let events = self.events.iter().enumerate().map(|(n, e)| new_event(e, Some(n) == last)).collect::<Result<_, _>>()?;
        let outbox = self.events.iter().filter_map(intent).collect();
        let last_body =
            last.map(|n| self.events[n].to_bytes()).transpose().map_err(|_| Error::Corrupt("an event cannot be written"))?;
        let append = Append {
            tenant: self.tenant.clone(),
            case: self.id,
            expected_version: self.from_version,
            events,
            after: case.clone(),
            unique: self.unique,
            documents: self.documents,
            outbox,
            audit: self.audit,
        };
        let appended = self.platform.store.append(append).await?;
        let receipt = match (appended.receipts.last(), last_body) {
            (Some((version, proof)), Some(body)) => {
                Some((*version, receipt_file(self.platform, &self.tenant, body, proof.clone())))
            }
            _ => None,
        };
        Ok(Kept { id: self.id, case, receipt })
    }
}

/// A change that is durable.
pub struct Kept {
    /// The case's id.
    pub id: CaseId,
    /// The case after the change.
    pub case: Arc<Case>,
    /// The receipt of its last recorded fact: version of the event, and a receipt file as `avedis verify` reads it.
    pub receipt: Option<(u64, String)>,
}

/// A receipt file: the event, its proof, and the log's key. It is protected like the event it holds.
pub(crate) fn receipt_file(platform: &Platform, tenant: &TenantId, event: Vec<u8>, proof: String) -> String {
    let key = platform.log_keys.get(tenant).cloned().unwrap_or_default();
    let file = ledger::ReceiptFile::from_parts(event, proof, key).to_json();
    String::from_utf8_lossy(&file).into_owned()
}

fn new_event(event: &Event, receipt: bool) -> Result<NewEvent, Error> {
    let body = event.to_bytes().map_err(|_| Error::Corrupt("an event cannot be written"))?;
    Ok(NewEvent { body, kind: event.what.kind(), at: event.at, leaf: event.what.leaf().map(leaf_class), receipt })
}

/// What an event commits to the log as.
const fn leaf_class(leaf: Leaf) -> LeafClass {
    match leaf {
        Leaf::Request => LeafClass::Request,
        Leaf::InfoRequest => LeafClass::InfoRequest,
        Leaf::Clock => LeafClass::Clock,
        Leaf::Determination => LeafClass::Determination,
        Leaf::Notice => LeafClass::Notice,
    }
}

/// What others must be told because of an event. The outbox keeps it until a courier has delivered it.
fn intent(event: &Event) -> Option<Intent> {
    let kind = match event.what {
        What::Approved { .. } | What::DeterminedAdverse { .. } | What::Reopened { .. } => "notify-determination",
        What::InformationRequested { .. } => "notify-information-request",
        What::Extended { .. } => "notify-extension",
        What::ExpediteRefused { .. } => "notify-expedite-refused",
        _ => return None,
    };
    Some(Intent { kind: kind.to_owned(), body: Vec::new() })
}
