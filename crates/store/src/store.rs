//! The contract over any backend: written once.

use crate::check;
use crate::codec;
use crate::commit::{Job, Write};
use crate::engine::Read;
use crate::log::{self, StoredTiles};
use crate::pack::Pack;
use crate::prepare;
use crate::projection::{self, CaseRow};
use crate::rows::{ArtifactRow, Row, RowFilter};
use crate::types::{
    Append, Appended, Artifact, Audit, AuditFilter, AuditRow, Counts, Cursor, Filter, Health, NewDocument, NewEvent, OutboxId,
    OutboxRow, PAGE_LIMIT, Page, Scope, StoredDocument, StoredEvent, TimerRow, UniqueKey,
};
use crate::{Error, Options, Store, Ticket};
use base::{CaseId, Hash, TenantId};
use jiff::Timestamp;
use ledger::{Receipt, TILE_WIDTH, TileSource, prove_inclusion};

/// Most rows a text search looks at for one page; a page cut short by it still says where the next one starts.
const SEARCH_MAX: usize = 50_000;

/// Where reads and writes go.
pub(crate) trait Backend: Send + Sync + 'static {
    /// Reads; every call may see newer data than the one before.
    fn read<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error>;
    /// Reads one consistent state, however long it takes.
    fn snapshot<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error>;
    /// Hands a job to the writer, which answers it.
    fn submit(&self, job: Job);
    /// Why the last commit failed, when it did.
    fn failure(&self) -> Option<Error>;
}

/// A store over one backend: [`crate::MemoryStore`], [`crate::SqliteStore`] or [`crate::PostgresStore`].
pub struct Shared<B> {
    backend: B,
    options: Options,
}

#[allow(private_bounds)]
impl<B: Backend> Shared<B> {
    pub(crate) const fn over(backend: B, options: Options) -> Self {
        Self { backend, options }
    }

    pub(crate) const fn backend(&self) -> &B {
        &self.backend
    }

    fn write(&self, write: Write) -> Ticket<()> {
        let (answer, ticket) = Ticket::pair();
        self.backend.submit(Job::Write(write, answer));
        ticket
    }
}

impl<B> std::fmt::Debug for Shared<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("options", &self.options).finish_non_exhaustive()
    }
}

const fn page(limit: usize) -> usize {
    if limit == 0 || limit > PAGE_LIMIT { PAGE_LIMIT } else { limit }
}

impl<B: Backend> Store for Shared<B> {
    fn append(&self, append: Append) -> Ticket<Appended> {
        match prepare::prepare(append, &self.options) {
            Err(error) => Ticket::ready(Err(error)),
            Ok(prepared) => {
                let (answer, ticket) = Ticket::pair();
                self.backend.submit(Job::Append(Box::new(prepared), answer));
                ticket
            }
        }
    }

    fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<case::Case>, Error> {
        self.backend.read(|read| check::replay(read, tenant, id))
    }

    fn events(&self, tenant: &TenantId, id: CaseId) -> Result<Vec<StoredEvent>, Error> {
        self.backend.read(|read| check::all_events(read, tenant, id))
    }

    fn find(&self, tenant: &TenantId, scope: Scope, key: &str) -> Result<Vec<CaseId>, Error> {
        if scope == Scope::Submission {
            return Ok(self.owner(tenant, &UniqueKey::new(scope, key))?.into_iter().collect());
        }
        let digest = codec::key_digest(scope, projection::cut(key, projection::KEY_MAX));
        self.backend.read(|read| read.find(tenant, scope, &digest, PAGE_LIMIT))
    }

    fn owner(&self, tenant: &TenantId, key: &UniqueKey) -> Result<Option<CaseId>, Error> {
        let digest = codec::key_digest(key.scope, &key.key);
        self.backend.read(|read| read.owner(tenant, key.scope, &digest))
    }

    fn worklist(&self, tenant: &TenantId, filter: &Filter) -> Result<Page, Error> {
        self.backend.read(|read| worklist(read, tenant, filter))
    }

    fn row(&self, tenant: &TenantId, id: CaseId) -> Result<Option<CaseRow>, Error> {
        self.backend.read(|read| read.row(tenant, id)?.map(|row| row.shown()).transpose())
    }

    fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.backend.read(|read| read.counts(tenant))
    }

    fn timers(&self, now: Timestamp, limit: usize) -> Result<Vec<TimerRow>, Error> {
        let limit = page(limit);
        self.backend.read(|read| {
            let mut due = Vec::new();
            for tenant in read.tenants()? {
                for (at, case, kind) in read.timers(&tenant, codec::micros(now), limit)? {
                    due.push(TimerRow { tenant: tenant.clone(), case, kind, at: codec::moment(at)? });
                }
            }
            due.sort_by(|a, b| (a.at, &a.tenant, a.case).cmp(&(b.at, &b.tenant, b.case)));
            due.truncate(limit);
            Ok(due)
        })
    }

    fn document(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<StoredDocument>, Error> {
        let Some(row) = self.backend.read(|read| read.document(tenant, hash))? else { return Ok(None) };
        let bytes = codec::decode_body(&row.bytes, NewDocument::MAX_BYTES)?;
        if Hash::of(&bytes) != *hash {
            return Err(Error::Corrupt(format!("document {hash} does not have its hash")));
        }
        Ok(Some(StoredDocument { media_type: row.media_type, bytes }))
    }

    fn receipt(&self, tenant: &TenantId, id: CaseId, version: u64) -> Result<Option<String>, Error> {
        let signer = (self.options.signers)(tenant)?;
        self.backend.read(|read| {
            let packs = read.packs(tenant, id, version, 1)?;
            let entry = packs.iter().flat_map(Pack::entries).find(|(found, _)| *found == version);
            let Some(leaf) = entry.and_then(|(_, entry)| entry.leaf.clone()) else { return Ok(None) };
            let head = read.head(tenant)?.unwrap_or_default();
            let Some(text) = &head.checkpoint else {
                return Err(Error::Corrupt(format!("the log of {tenant} has leaves and no checkpoint")));
            };
            let signed = log::open_checkpoint(tenant, &head, text, &signer)?;
            let tiles = StoredTiles::new(tenant, head.size, read);
            let proof = prove_inclusion(leaf.index, &signed.checkpoint().head(), &tiles)
                .map_err(|e| Error::Corrupt(format!("leaf {} of {tenant}: {e}", leaf.index)))?;
            let receipt = Receipt::new(leaf.class, leaf.salt, proof, &signed)
                .map_err(|e| Error::Corrupt(format!("leaf {} of {tenant}: {e}", leaf.index)))?;
            Ok(Some(receipt.to_text()))
        })
    }

    fn checkpoint(&self, tenant: &TenantId) -> Result<Option<String>, Error> {
        self.backend.read(|read| Ok(read.head(tenant)?.and_then(|head| head.checkpoint)))
    }

    fn tile(&self, tenant: &TenantId, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error> {
        if width == 0 || width > TILE_WIDTH || level > 5 {
            return Ok(None);
        }
        self.backend.read(|read| {
            let size = read.head(tenant)?.unwrap_or_default().size;
            let nodes = size >> (8 * u32::from(level));
            let first = index.checked_mul(u64::from(TILE_WIDTH));
            if first.and_then(|first| first.checked_add(u64::from(width))).is_none_or(|end| end > nodes) {
                return Ok(None);
            }
            let mut bytes = StoredTiles::new(tenant, size, read).tile(level, index, width)?;
            let wanted = usize::from(width) * ledger::Hash::LEN;
            if bytes.len() < wanted {
                return Err(Error::Corrupt(format!("tile {index} of level {level} of {tenant} is too short")));
            }
            bytes.truncate(wanted);
            Ok(Some(bytes))
        })
    }

    fn entries(&self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<String>, Error> {
        let to = to.min(from.saturating_add(u64::from(TILE_WIDTH)));
        self.backend.read(|read| {
            let leaves = log::leaves(read, tenant, from, to)?;
            Ok(leaves.iter().map(ledger::Leaf::to_text).collect())
        })
    }

    fn log_size(&self, tenant: &TenantId) -> Result<u64, Error> {
        self.backend.read(|read| Ok(read.head(tenant)?.unwrap_or_default().size))
    }

    fn put_artifact(&self, tenant: &TenantId, kind: &str, hash: &Hash, bytes: &[u8]) -> Ticket<()> {
        if bytes.len() > NewDocument::MAX_BYTES || !prepare::text_fits(kind) {
            return Ticket::ready(Err(Error::Invalid("an artifact is too large or its kind is not fit")));
        }
        let row = ArtifactRow { hash: *hash, kind: kind.to_owned(), bytes: codec::encode_body(bytes) };
        self.write(Write::Artifact(tenant.clone(), row))
    }

    fn artifact(&self, tenant: &TenantId, hash: &Hash) -> Result<Option<Artifact>, Error> {
        let Some(row) = self.backend.read(|read| read.artifact(tenant, hash))? else { return Ok(None) };
        Ok(Some(Artifact { bytes: codec::decode_body(&row.bytes, NewDocument::MAX_BYTES)?, kind: row.kind }))
    }

    fn put_record(&self, tenant: &TenantId, kind: &str, key: &str, body: &[u8]) -> Ticket<()> {
        let unfit = key.is_empty() || key.len() > UniqueKey::MAX_BYTES || key.contains('\0');
        if unfit || kind.is_empty() || !prepare::text_fits(kind) {
            return Ticket::ready(Err(Error::Invalid("the kind or key of a record is empty, too long or has a zero character")));
        }
        if body.len() > NewEvent::MAX_BYTES {
            return Ticket::ready(Err(Error::Invalid("a record is too large")));
        }
        let body = codec::encode_body(body);
        self.write(Write::Record(tenant.clone(), kind.to_owned(), key.to_owned(), Some(body)))
    }

    fn record(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let stored = self.backend.read(|read| read.record(tenant, kind, key))?;
        stored.map(|stored| codec::decode_body(&stored, NewEvent::MAX_BYTES)).transpose()
    }

    fn records(&self, tenant: &TenantId, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let stored = self.backend.read(|read| read.records(tenant, kind, after, page(limit)))?;
        stored.into_iter().map(|(key, body)| Ok((key, codec::decode_body(&body, NewEvent::MAX_BYTES)?))).collect()
    }

    fn delete_record(&self, tenant: &TenantId, kind: &str, key: &str) -> Ticket<()> {
        self.write(Write::Record(tenant.clone(), kind.to_owned(), key.to_owned(), None))
    }

    fn audit(&self, tenant: &TenantId, audit: Audit) -> Ticket<()> {
        if !prepare::audit_fits(&audit) {
            return Ticket::ready(Err(Error::Invalid("an audit text has a zero character or is too long")));
        }
        self.write(Write::Audit(tenant.clone(), audit))
    }

    fn audit_rows(&self, tenant: &TenantId, filter: &AuditFilter) -> Result<Vec<AuditRow>, Error> {
        self.backend.read(|read| read.audit_rows(tenant, filter, page(filter.limit)))
    }

    fn outbox(&self, limit: usize) -> Result<Vec<OutboxRow>, Error> {
        let limit = page(limit);
        let mut entries = self.backend.read(|read| {
            let mut entries = Vec::new();
            for tenant in read.tenants()? {
                // Within a tenant the sequence rules, even where a clock did not.
                let mut latest = i64::MIN;
                for entry in read.outbox(&tenant, limit)? {
                    latest = latest.max(entry.at);
                    entries.push((latest, entry));
                }
            }
            Ok(entries)
        })?;
        entries.sort_by(|(a_at, a), (b_at, b)| (a_at, &a.id).cmp(&(b_at, &b.id)));
        entries.truncate(limit);
        let decode = |(_, entry): (i64, crate::rows::OutboxEntry)| {
            let body = codec::decode_body(&entry.body, NewEvent::MAX_BYTES)?;
            Ok(OutboxRow { id: entry.id, case: entry.case, at: codec::moment(entry.at)?, kind: entry.kind, body })
        };
        entries.into_iter().map(decode).collect()
    }

    fn outbox_done(&self, ids: &[OutboxId]) -> Ticket<()> {
        self.write(Write::Delivered(ids.to_vec()))
    }

    fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        self.backend.read(|read| read.tenants())
    }

    fn verify(&self) -> Result<Health, Error> {
        self.backend.snapshot(|read| check::verify(read, &self.options))
    }

    fn rebuild(&self) -> Result<u64, Error> {
        let repairs = self.backend.snapshot(|read| check::repairs(read))?;
        let count = repairs.len() as u64;
        for repair in repairs {
            match self.write(repair).wait() {
                // The case got a new event meanwhile, and with it a new row.
                Ok(()) | Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    fn ready(&self) -> Result<(), Error> {
        match self.backend.failure() {
            None | Some(Error::Full) => Ok(()),
            // What was not reachable may be reachable again: ask.
            Some(Error::Unavailable(_)) => self.write(Write::Probe).wait(),
            Some(error) => Err(error),
        }
    }
}

fn worklist(read: &mut dyn Read, tenant: &TenantId, filter: &Filter) -> Result<Page, Error> {
    let limit = page(filter.limit);
    let exact =
        RowFilter { queue: filter.queue, assigned: filter.assigned.clone(), status: filter.status, urgency: filter.urgency };
    let text = filter.text.as_ref().map(|text| text.to_lowercase()).filter(|text| !text.is_empty());
    let wants_open = filter.status.is_none_or(projection::StatusKind::is_open);
    let wants_closed = filter.status.is_none_or(|status| !status.is_open()) && filter.queue.is_none();
    let mut found = Found { rows: Vec::new(), text, limit, seen: 0 };
    let mut open_after = match filter.after {
        Some(Cursor::Open { risk, case }) => Some((risk, case)),
        _ => None,
    };
    let mut closed_before = match filter.after {
        Some(Cursor::Closed { case }) => Some(case),
        _ => None,
    };
    if wants_open && closed_before.is_none() {
        loop {
            // One more than wanted tells whether there is a next page.
            let rows = read.open_rows(tenant, &exact, open_after, found.batch())?;
            let more = rows.len() == found.batch();
            for row in rows {
                if found.is_full() {
                    return Ok(found.page(open_after.map(|(risk, case)| Cursor::Open { risk, case })));
                }
                open_after = Some((row.due, row.case));
                found.take(&row)?;
            }
            if !more {
                break;
            }
        }
    }
    if wants_closed {
        loop {
            let rows = read.closed_rows(tenant, &exact, closed_before, found.batch())?;
            let more = rows.len() == found.batch();
            for row in rows {
                if found.is_full() {
                    let place = closed_before.map(|case| Cursor::Closed { case });
                    let place = place.or(open_after.map(|(risk, case)| Cursor::Open { risk, case })).or(filter.after);
                    return Ok(found.page(place));
                }
                closed_before = Some(row.case);
                found.take(&row)?;
            }
            if !more {
                break;
            }
        }
    }
    Ok(found.page(None))
}

/// The rows of a page as they are found.
struct Found {
    rows: Vec<CaseRow>,
    /// What to look for, in lower case.
    text: Option<String>,
    limit: usize,
    seen: usize,
}

impl Found {
    /// Rows to read at once.
    const fn batch(&self) -> usize {
        if self.text.is_some() { PAGE_LIMIT } else { self.limit + 1 }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.limit || self.seen >= SEARCH_MAX
    }

    fn take(&mut self, row: &Row) -> Result<(), Error> {
        self.seen += 1;
        let row = row.shown()?;
        let fits = self.text.as_ref().is_none_or(|text| {
            [row.member_name.expose(), row.member_id.expose(), &row.requester, &row.authorization, &row.services]
                .iter()
                .any(|field| field.to_lowercase().contains(text))
        });
        if fits {
            self.rows.push(row);
        }
        Ok(())
    }

    fn page(self, next: Option<Cursor>) -> Page {
        Page { rows: self.rows, next }
    }
}
