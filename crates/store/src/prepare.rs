//! What the caller's own thread does with an append before the writer sees it: checks, compression, commitments, keys
//! and projections. The writer then only compares, numbers and writes.

use crate::codec::{self, KeyDigest};
use crate::pack::BODIES_MAX;
use crate::rows::{DocumentRow, FreshLeaf, Row};
use crate::{Append, Audit, Error, NewDocument, NewEvent, Options, Scope, UniqueKey};
use base::{CaseId, TenantId};
use ledger::{Leaf, Salt};

/// Longest name of a person, act, media type or kind, in bytes.
const SHORT_TEXT_MAX: usize = 512;
/// Longest detail of an audit row, in bytes.
const DETAIL_MAX: usize = 64 * 1024;

/// An append that is ready to be written.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub tenant: TenantId,
    pub case: CaseId,
    pub expected_version: u64,
    pub events: Vec<PreparedEvent>,
    /// Encoded: the bodies one after the other.
    pub bodies: Vec<u8>,
    pub row: Row,
    pub unique: Vec<(Scope, KeyDigest)>,
    pub documents: Vec<DocumentRow>,
    pub outbox: Vec<(String, Vec<u8>)>,
    pub audit: Vec<Audit>,
    /// Bytes it holds while it waits.
    pub weight: usize,
}

/// An event that is ready to be written.
#[derive(Debug)]
pub(crate) struct PreparedEvent {
    pub kind: &'static str,
    pub at: i64,
    pub length: u32,
    pub leaf: Option<FreshLeaf>,
    pub receipt: bool,
}

/// Checks an append and does all the work that needs no database.
pub(crate) fn prepare(append: Append, options: &Options) -> Result<Prepared, Error> {
    check(&append)?;
    let events = append.events.iter().map(|event| prepare_event(event, options)).collect::<Result<Vec<_>, _>>()?;
    let mut bodies = Vec::with_capacity(append.events.iter().map(|event| event.body.len()).sum());
    append.events.iter().for_each(|event| bodies.extend_from_slice(&event.body));
    let bodies = codec::encode_body(&bodies);
    let row = Row::of(append.case, &append.after)?;
    let unique = append.unique.iter().map(|key| (key.scope, codec::key_digest(key.scope, &key.key))).collect();
    let documents: Vec<DocumentRow> = append
        .documents
        .iter()
        .map(|document| DocumentRow {
            hash: document.hash,
            media_type: document.media_type.clone(),
            bytes: codec::encode_body(&document.bytes),
        })
        .collect();
    let outbox: Vec<(String, Vec<u8>)> =
        append.outbox.into_iter().map(|intent| (intent.kind, codec::encode_body(&intent.body))).collect();
    let weight = 512
        + row.card.len()
        + bodies.len()
        + events.len() * 192
        + documents.iter().map(|document| document.bytes.len()).sum::<usize>()
        + outbox.iter().map(|(_, body)| body.len()).sum::<usize>()
        + append.audit.iter().map(|audit| audit.detail.len() + 128).sum::<usize>();
    Ok(Prepared {
        tenant: append.tenant,
        case: append.case,
        expected_version: append.expected_version,
        events,
        bodies,
        row,
        unique,
        documents,
        outbox,
        audit: append.audit,
        weight,
    })
}

fn check(append: &Append) -> Result<(), Error> {
    let parts = [append.documents.len(), append.outbox.len(), append.audit.len(), append.unique.len()];
    let version = append.expected_version.checked_add(append.events.len() as u64);
    let failed = [
        (append.events.is_empty(), "it has no events"),
        (append.events.len() > Append::MAX_EVENTS, "it has too many events"),
        (parts.iter().any(|count| *count > Append::MAX_PARTS), "it has too many documents, messages, keys or audit rows"),
        (version != Some(append.after.version), "the case after it is not at the version its events make"),
        (append.events.iter().any(|event| event.body.len() > NewEvent::MAX_BYTES), "an event is too large"),
        (append.events.iter().map(|event| event.body.len()).sum::<usize>() > BODIES_MAX, "its events are too large together"),
        (append.events.iter().any(|event| event.receipt && event.leaf.is_none()), "a receipt needs a leaf"),
        (append.outbox.iter().any(|intent| intent.body.len() > NewEvent::MAX_BYTES), "a message is too large"),
        (append.documents.iter().any(|doc| doc.bytes.len() > NewDocument::MAX_BYTES), "a document is too large"),
        (
            append.unique.iter().any(|key| key.key.is_empty() || key.key.len() > UniqueKey::MAX_BYTES),
            "a unique key is empty or too long",
        ),
    ];
    failed
        .into_iter()
        .chain([(!texts_fit(append), "a text has a zero character or is too long")])
        .find(|(failed, _)| *failed)
        .map_or(Ok(()), |(_, why)| Err(Error::Invalid(why)))
}

/// Zero characters are refused for all engines because PostgreSQL refuses them.
fn texts_fit(append: &Append) -> bool {
    append.documents.iter().all(|document| text_fits(&document.media_type))
        && append.outbox.iter().all(|intent| text_fits(&intent.kind))
        && append.audit.iter().all(audit_fits)
}

/// A short text that every engine can keep.
pub(crate) fn text_fits(text: &str) -> bool {
    text.len() <= SHORT_TEXT_MAX && !text.contains('\0')
}

/// An audit row that every engine can keep.
pub(crate) fn audit_fits(audit: &Audit) -> bool {
    text_fits(&audit.who) && text_fits(&audit.act) && audit.detail.len() <= DETAIL_MAX && !audit.detail.contains('\0')
}

fn prepare_event(event: &NewEvent, options: &Options) -> Result<PreparedEvent, Error> {
    let leaf = event
        .leaf
        .map(|class| {
            let mut bytes = [0; 32];
            (options.entropy)(&mut bytes)
                .map_err(|e| Error::Unavailable(format!("no randomness for the salt of an event: {e}")))?;
            let salt = Salt::new(bytes);
            let leaf = Leaf::commit(class, &salt, &event.body);
            Ok(FreshLeaf { leaf, hash: leaf.hash(), salt })
        })
        .transpose()?;
    Ok(PreparedEvent {
        kind: event.kind,
        at: codec::micros(event.at),
        length: u32::try_from(event.body.len()).map_err(|_| Error::Invalid("an event is too large"))?,
        leaf,
        receipt: event.receipt,
    })
}
