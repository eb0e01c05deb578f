//! The invariants of everything that is stored: histories, log, receipts, documents, replays, tenants.

use super::history::{Truth, history};
use super::{Invariant, Tally};
use base::{CaseId, Hash, TenantId};
use case::request::Urgency;
use case::{Case, Event, What};
use ledger::{Receipt, SignedCheckpoint, TileSource, TreeHead, Verifier, prove_consistency};
use std::collections::{BTreeMap, BTreeSet};
use store::{Filter, Scope, StatusKind, Store, StoredEvent};
use workflow::Platform;

/// A request whose sender was told that it is kept.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// `system|value` of its own number.
    pub number: Option<String>,
    /// Hash of the bytes sent.
    pub body: Hash,
    /// How many bytes.
    pub bytes: usize,
    /// It asked for an expedited answer.
    pub urgent: bool,
    /// The case it was answered with.
    pub case: CaseId,
    /// Its own bytes must be in the store; not those of a request that was known already.
    pub kept: bool,
    /// It opened the case it was answered with: the case is found by its number and carries its urgency.
    pub own: bool,
    /// What it was, in words.
    pub sent: &'static str,
}

/// What the auditor knows of a tenant from outside.
pub struct Tenancy<'a> {
    /// Its id.
    pub id: &'a TenantId,
    /// Who, what and when.
    pub truth: Truth,
    /// Requests acknowledged so far.
    pub acknowledged: &'a [Acknowledged],
    /// Receipts handed out in answers.
    pub receipts: &'a [(CaseId, String)],
}

/// What earlier audits saw, to hold it against what is there now.
#[derive(Debug, Default)]
pub struct Memory {
    histories: BTreeMap<(TenantId, CaseId), (usize, Hash)>,
    heads: BTreeMap<TenantId, TreeHead>,
}

/// Reads everything that is stored. Of receipts and replays every `sample`th case is made again; 1 is all of them.
pub fn whole(
    tally: &mut Tally,
    platform: &Platform,
    tenancies: &[Tenancy<'_>],
    memory: &mut Memory,
    sample: usize,
    visit: &mut dyn FnMut(&TenantId, &[Event], &Case),
) {
    if let Some(health) = tally.expect(Invariant::ProjectionsEqualReplay, None, platform.store.verify()) {
        tally.hold(Invariant::ProjectionsEqualReplay, None, health.is_sound(), || health.faults.join("; "));
    }
    let mut owned = BTreeMap::new();
    for tenancy in tenancies {
        owned.insert(tenancy.id.clone(), cases(tally, platform, tenancy.id));
    }
    for tenancy in tenancies {
        let Some(verifier) = verifier(tally, platform, tenancy.id) else { continue };
        let mut one = One { tally, platform, tenancy, verifier: &verifier, leaves: BTreeSet::new() };
        for (n, id) in owned.get(tenancy.id).into_iter().flatten().enumerate() {
            one.case(*id, memory, n % sample.max(1) == 0, visit);
        }
        one.log(memory);
        one.acknowledged();
        one.handed_out(sample);
    }
    apart(tally, platform, tenancies, &owned);
}

fn verifier(tally: &mut Tally, platform: &Platform, tenant: &TenantId) -> Option<Verifier> {
    let key = platform.log_keys.get(tenant).map(String::as_str).unwrap_or_default();
    tally.expect(Invariant::ReceiptVerifies, None, key.parse::<Verifier>())
}

/// Every case of a tenant, by walking its worklist.
fn cases(tally: &mut Tally, platform: &Platform, tenant: &TenantId) -> BTreeSet<CaseId> {
    let mut all = BTreeSet::new();
    let mut filter = Filter::default();
    loop {
        let page = platform.store.worklist(tenant, &filter);
        let Some(page) = tally.expect(Invariant::Explained, None, page) else { return all };
        for row in &page.rows {
            let twice = !all.insert(row.case);
            tally.hold(Invariant::ProjectionsEqualReplay, Some(row.case), !twice, || "stands twice in the worklist".to_owned());
        }
        if page.next.is_none() {
            break;
        }
        filter.after = page.next;
    }
    let counted = tally.expect(Invariant::Explained, None, platform.store.counts(tenant)).map_or(0, |counts| counts.cases);
    let listed = all.len() as u64;
    tally
        .hold(Invariant::ProjectionsEqualReplay, None, counted == listed, || format!("{counted} cases counted, {listed} listed"));
    all
}

struct One<'a, 'b> {
    tally: &'a mut Tally,
    platform: &'a Platform,
    tenancy: &'a Tenancy<'b>,
    verifier: &'a Verifier,
    /// Indexes of the leaves that events claim.
    leaves: BTreeSet<u64>,
}

impl One<'_, '_> {
    fn store(&self) -> &dyn Store {
        self.platform.store.as_ref()
    }

    fn case(&mut self, id: CaseId, memory: &mut Memory, deep: bool, visit: &mut dyn FnMut(&TenantId, &[Event], &Case)) {
        let stored = self.store().events(self.tenancy.id, id);
        let Some(stored) = self.tally.expect(Invariant::Explained, Some(id), stored) else { return };
        let read = stored.iter().map(StoredEvent::event).collect::<Result<Vec<Event>, _>>();
        let Some(events) = self.tally.expect(Invariant::HistoryOnlyGrows, Some(id), read) else { return };
        history(self.tally, id, &events, &self.tenancy.truth, self.platform.world.now());
        self.remember(id, &stored, memory);
        self.leaves(id, &stored, &events);
        if deep {
            self.receipts(id, &stored);
            self.replay(id);
        }
        match case::replay(&events) {
            Some(case) => {
                let row = self.store().row(self.tenancy.id, id);
                let agrees = row.is_ok_and(|row| row.is_some_and(|row| row.version == case.version && row.status == kind(&case)));
                self.tally.hold(Invariant::ProjectionsEqualReplay, Some(id), agrees, || "the row is not the case's".to_owned());
                visit(self.tenancy.id, &events, &case);
            }
            None => self.tally.hold(Invariant::HistoryOnlyGrows, Some(id), false, || "the events make no case".to_owned()),
        }
    }

    /// What an earlier audit read is still there, byte for byte.
    fn remember(&mut self, id: CaseId, stored: &[StoredEvent], memory: &mut Memory) {
        let key = (self.tenancy.id.clone(), id);
        if let Some((count, hash)) = memory.histories.get(&key) {
            let same = stored.len() >= *count && digest(&stored[..*count]) == *hash;
            self.tally
                .hold(Invariant::HistoryOnlyGrows, Some(id), same, || format!("its first {count} events are not what they were"));
        }
        memory.histories.insert(key, (stored.len(), digest(stored)));
    }

    fn leaves(&mut self, id: CaseId, stored: &[StoredEvent], events: &[Event]) {
        for (row, event) in stored.iter().zip(events) {
            let wanted = event.what.leaf().map(store::leaf_class);
            let found = row.leaf.as_ref().map(|leaf| leaf.class);
            let own = row.leaf.as_ref().is_none_or(|leaf| self.leaves.insert(leaf.index));
            self.tally.hold(Invariant::LeafForEvent, Some(id), wanted == found && own, || {
                format!("event {} ({}) wants {wanted:?}, has {found:?}, its own: {own}", row.version, row.kind)
            });
        }
    }

    fn receipts(&mut self, id: CaseId, stored: &[StoredEvent]) {
        for row in stored.iter().filter(|row| row.leaf.is_some()) {
            let text = self.store().receipt(self.tenancy.id, id, row.version);
            let verdict = match text {
                Ok(Some(text)) => verify(&text, &row.body, self.verifier),
                Ok(None) => Err("none is given".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            let holds = verdict.as_ref().is_ok_and(|index| row.leaf.as_ref().is_some_and(|leaf| leaf.index == *index));
            self.tally.hold(Invariant::ReceiptVerifies, Some(id), holds, || format!("event {}: {verdict:?}", row.version));
        }
    }

    fn replay(&mut self, id: CaseId) {
        let replayed = workflow::replay(self.platform, self.tenancy.id, id);
        for one in self.tally.expect(Invariant::ReplaySame, Some(id), replayed).into_iter().flatten() {
            self.tally.hold(Invariant::ReplaySame, Some(id), one.same, || {
                format!(
                    "event {}, line {}, {}: differs at byte {:?} of {}",
                    one.version, one.line, one.policy, one.differs_at, one.bytes
                )
            });
        }
    }

    /// As many leaves as events claim, and the earlier log is the beginning of this one.
    fn log(&mut self, memory: &mut Memory) {
        let Some(size) = self.tally.expect(Invariant::LeafForEvent, None, self.store().log_size(self.tenancy.id)) else { return };
        let claimed = self.leaves.len() as u64;
        let dense = self.leaves.last().is_none_or(|last| last + 1 == claimed);
        self.tally.hold(Invariant::LeafForEvent, None, size == claimed && dense, || {
            format!("{claimed} events have one of {size} leaves")
        });
        let checkpoint = self.store().checkpoint(self.tenancy.id);
        let Some(Some(text)) = self.tally.expect(Invariant::LogConsistent, None, checkpoint) else { return };
        let opened = SignedCheckpoint::open(&text, self.verifier);
        let Some(signed) = self.tally.expect(Invariant::LogConsistent, None, opened) else { return };
        let head = signed.checkpoint().head();
        if let Some(earlier) = memory.heads.get(self.tenancy.id) {
            let source = Tiles { store: self.platform.store.as_ref(), tenant: self.tenancy.id };
            let proof = prove_consistency(earlier, &head, &source).map_err(|error| error.to_string());
            let holds = proof.and_then(|proof| proof.verify(&earlier.root, &head.root).map_err(|error| error.to_string()));
            self.tally.hold(Invariant::LogConsistent, None, holds.is_ok(), || format!("{holds:?}"));
        }
        memory.heads.insert(self.tenancy.id.clone(), head);
    }

    fn acknowledged(&mut self) {
        for one in self.tenancy.acknowledged {
            let because = self.lost(one);
            self.tally.hold(Invariant::AcknowledgedKept, Some(one.case), because.is_none(), || {
                format!("{}: {}", one.sent, because.unwrap_or_default())
            });
            if one.urgent && one.own {
                let kept = self.urgency_of(one);
                self.tally.hold(Invariant::UrgencyKept, Some(one.case), kept, || {
                    "was sent as urgent and is not recorded so".to_owned()
                });
            }
        }
    }

    /// What is missing of an acknowledged request, if anything.
    fn lost(&self, one: &Acknowledged) -> Option<String> {
        if one.kept {
            match self.store().document(self.tenancy.id, &one.body) {
                Ok(Some(found)) if found.bytes.len() == one.bytes && Hash::of(&found.bytes) == one.body => {}
                Ok(Some(_)) => return Some("its body is kept with other bytes".to_owned()),
                Ok(None) => return Some("its body is not kept".to_owned()),
                Err(error) => return Some(error.to_string()),
            }
        }
        let found = match &one.number {
            Some(number) => self.store().find(self.tenancy.id, Scope::Identifier, number),
            None => return Some("it was acknowledged and has no number".to_owned()),
        };
        match found {
            Ok(cases) if !one.own || cases.contains(&one.case) => match self.store().case(self.tenancy.id, one.case) {
                Ok(Some(case)) if !one.kept || case.documents.iter().any(|document| document.hash == one.body) => None,
                Ok(Some(_)) => Some("its case does not name its body".to_owned()),
                Ok(None) => Some("its case is not there".to_owned()),
                Err(error) => Some(error.to_string()),
            },
            Ok(_) => Some("it is not found by its number".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn urgency_of(&self, one: &Acknowledged) -> bool {
        let events = self.store().events(self.tenancy.id, one.case).unwrap_or_default();
        let mut refused = false;
        for event in events.iter().filter_map(|stored| stored.event().ok()) {
            match &event.what {
                What::Received { request, .. } | What::Updated { request, .. } if request.record.hash == one.body => {
                    return refused || request.urgency == Urgency::Expedited;
                }
                What::ExpediteRefused { .. } => refused = true,
                _ => {}
            }
        }
        false
    }

    /// Receipts that went out with answers hold against the checkpoint of their own time.
    fn handed_out(&mut self, sample: usize) {
        for (case, text) in self.tenancy.receipts.iter().step_by(sample.max(1)) {
            let events = self.store().events(self.tenancy.id, *case).unwrap_or_default();
            // The third line of a tlog-proof names the leaf (C2SP tlog-proof), so only the event meant is verified.
            let index = text.lines().nth(2).and_then(|line| line.strip_prefix("index ")?.parse::<u64>().ok());
            let meant = events.iter().find(|event| event.leaf.as_ref().map(|leaf| leaf.index) == index && index.is_some());
            let holds = meant.is_some_and(|event| verify(text, &event.body, self.verifier).is_ok());
            self.tally.hold(Invariant::ReceiptVerifies, Some(*case), holds, || {
                "a receipt handed out proves no event of its case".to_owned()
            });
        }
    }
}

/// A case, a number or a document of one tenant is not found under another.
fn apart(tally: &mut Tally, platform: &Platform, tenancies: &[Tenancy<'_>], owned: &BTreeMap<TenantId, BTreeSet<CaseId>>) {
    for tenancy in tenancies {
        for other in tenancies.iter().filter(|other| other.id != tenancy.id) {
            let Some(theirs) = owned.get(other.id) else { continue };
            let sent: BTreeSet<Hash> = other.acknowledged.iter().map(|one| one.body).collect();
            for one in tenancy.acknowledged {
                let found = |id: CaseId| platform.store.row(other.id, id).is_ok_and(|row| row.is_some());
                let document = platform.store.document(other.id, &one.body).is_ok_and(|document| document.is_some());
                let named = one.number.as_ref().and_then(|number| platform.store.find(other.id, Scope::Identifier, number).ok());
                let strangers = named.unwrap_or_default().into_iter().any(|id| !theirs.contains(&id));
                let holds = !found(one.case) && !strangers && (!document || sent.contains(&one.body));
                tally.hold(Invariant::TenantsApart, Some(one.case), holds, || format!("found under {}", other.id));
            }
        }
    }
}

fn kind(case: &Case) -> StatusKind {
    match case.status {
        case::Status::Received => StatusKind::Received,
        case::Status::Pended { .. } => StatusKind::Pended,
        case::Status::Decided => StatusKind::Decided,
        case::Status::Withdrawn => StatusKind::Withdrawn,
        case::Status::Duplicate { .. } => StatusKind::Duplicate,
        case::Status::Expired => StatusKind::Expired,
        case::Status::Voided => StatusKind::Voided,
    }
}

fn digest(events: &[StoredEvent]) -> Hash {
    let mut bytes = Vec::new();
    for event in events {
        bytes.extend_from_slice(&(event.body.len() as u64).to_be_bytes());
        bytes.extend_from_slice(&event.body);
    }
    Hash::of(&bytes)
}

/// The index of the leaf that the receipt proves for this event.
fn verify(text: &str, event: &[u8], verifier: &Verifier) -> Result<u64, String> {
    let receipt = Receipt::parse(text).map_err(|error| error.to_string())?;
    receipt.verify(event, verifier).map(|verified| verified.index).map_err(|error| error.to_string())
}

/// The tiles of a tenant's log as anybody may read them.
struct Tiles<'a> {
    store: &'a dyn Store,
    tenant: &'a TenantId,
}

impl TileSource for Tiles<'_> {
    type Error = store::Error;

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, store::Error> {
        Ok(self.store.tile(self.tenant, level, index, width)?.unwrap_or_default())
    }
}
