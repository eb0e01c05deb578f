//! Writing one batch: a few prepared statements, each run over all rows of its table.

use super::names::Named;
use super::{Database, Param, Sql};
use crate::Error;
use crate::codec::{id_bytes, int};
use crate::engine::Engine;
use crate::rows::{Batch, Row};
use base::TenantId;

pub(super) const PUT_HEAD: &str = "INSERT INTO log_head \
    (tenant, size, checkpoint, outbox_sequence, audit_sequence, last_at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (tenant) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint, \
    outbox_sequence = excluded.outbox_sequence, audit_sequence = excluded.audit_sequence, last_at = excluded.last_at";
pub(super) const ADD_LEAVES: &str = "INSERT INTO leaf_batch (tenant, first, leaves, checkpoint) VALUES ($1, $2, $3, $4)";
pub(super) const PUT_TILE: &str = "INSERT INTO tile (tenant, level, position, hashes) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, level, position) DO UPDATE SET hashes = excluded.hashes";
pub(super) const ADD_EVENTS: &str =
    "INSERT INTO event (tenant, case_id, version, events, head, bodies) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const PUT_ROW: &str = "INSERT INTO case_row \
    (tenant, case_id, version, status, is_open, queue, assigned, urgency, due, timer_at, timer_kind, keys, card) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
    ON CONFLICT (tenant, case_id) DO UPDATE SET version = excluded.version, status = excluded.status, \
    is_open = excluded.is_open, queue = excluded.queue, assigned = excluded.assigned, urgency = excluded.urgency, \
    due = excluded.due, timer_at = excluded.timer_at, timer_kind = excluded.timer_kind, keys = excluded.keys, \
    card = excluded.card";
pub(super) const ADD_KEY: &str = "INSERT INTO case_key (tenant, scope, key_digest, case_id) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, scope, key_digest, case_id) DO NOTHING";
pub(super) const REMOVE_KEY: &str = "DELETE FROM case_key WHERE tenant = $1 AND scope = $2 AND key_digest = $3 AND case_id = $4";
pub(super) const CLAIM: &str = "INSERT INTO unique_key (tenant, scope, key_digest, case_id) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, scope, key_digest) DO NOTHING";
pub(super) const ADD_DOCUMENT: &str = "INSERT INTO document (tenant, hash, media_type, bytes) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, hash) DO NOTHING";
pub(super) const ADD_ARTIFACT: &str = "INSERT INTO artifact (tenant, hash, kind, bytes) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, hash) DO NOTHING";
pub(super) const PUT_RECORD: &str = "INSERT INTO record (tenant, kind, record_key, body) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant, kind, record_key) DO UPDATE SET body = excluded.body";
pub(super) const REMOVE_RECORD: &str = "DELETE FROM record WHERE tenant = $1 AND kind = $2 AND record_key = $3";
pub(super) const ADD_OUTBOX: &str =
    "INSERT INTO outbox (tenant, sequence, case_id, at, kind, body) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const REMOVE_OUTBOX: &str = "DELETE FROM outbox WHERE tenant = $1 AND sequence = $2";
pub(super) const ADD_AUDIT: &str =
    "INSERT INTO audit (tenant, sequence, at, who, act, case_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)";

impl<S: Sql> Engine for Database<S> {
    fn begin(&mut self) -> Result<(), Error> {
        self.0.begin()
    }

    fn lock(&mut self, tenant: &TenantId) -> Result<(), Error> {
        self.0.lock_log(tenant)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        write_log(&mut self.0, batch)?;
        write_events(&mut self.0, batch)?;
        write_projections(&mut self.0, batch)?;
        write_documents(&mut self.0, batch)?;
        write_messages(&mut self.0, batch)
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.0.commit()
    }

    fn rollback(&mut self) {
        self.0.rollback();
    }
}

/// Runs a statement over rows of `N` parameters.
fn put<'a, const N: usize>(
    sql: &mut impl Sql,
    text: &'static str,
    rows: impl Iterator<Item = [Param<'a>; N]>,
) -> Result<(), Error> {
    let params: Vec<Param<'a>> = rows.flatten().collect();
    if params.is_empty() { Ok(()) } else { sql.execute_many(text, N, &params) }
}

fn write_log(sql: &mut impl Sql, batch: &Batch) -> Result<(), Error> {
    use Param::{Blob, Int, Text};
    put(
        sql,
        PUT_HEAD,
        batch.heads.iter().map(|(tenant, head)| {
            let (size, outbox, audit) = (Int(int(head.size)), Int(int(head.outbox)), Int(int(head.audit)));
            [Text(tenant.as_str()), size, head.checkpoint.as_deref().into(), outbox, audit, Int(head.last_at)]
        }),
    )?;
    put(
        sql,
        ADD_LEAVES,
        batch.leaves.iter().map(|(tenant, leaves)| {
            [Text(tenant.as_str()), Int(int(leaves.first)), Blob(&leaves.leaves), Text(&leaves.checkpoint)]
        }),
    )?;
    put(
        sql,
        PUT_TILE,
        batch
            .tiles
            .iter()
            .map(|(tenant, tile)| [Text(tenant.as_str()), Int(i64::from(tile.level)), Int(int(tile.index)), Blob(&tile.bytes)]),
    )
}

fn write_events(sql: &mut impl Sql, batch: &Batch) -> Result<(), Error> {
    use Param::{Blob, Int, Text};
    let packs: Vec<([u8; 16], Vec<u8>)> = batch.packs.iter().map(|(_, pack)| (id_bytes(pack.case), pack.head())).collect();
    put(
        sql,
        ADD_EVENTS,
        batch.packs.iter().zip(&packs).map(|((tenant, pack), (id, head))| {
            let (version, events) = (Int(int(pack.first)), Int(pack.entries.len() as i64));
            [Text(tenant.as_str()), Blob(id), version, events, Blob(head), Blob(&pack.bodies)]
        }),
    )
}

fn write_projections(sql: &mut impl Sql, batch: &Batch) -> Result<(), Error> {
    use Param::{Blob, Int, Text};
    let rows: Vec<(&TenantId, &Row, [u8; 16], Vec<u8>)> = batch
        .rows
        .iter()
        .map(|((tenant, case), row)| (tenant, row, id_bytes(*case), crate::codec::encode_keys(&row.keys)))
        .collect();
    put(
        sql,
        PUT_ROW,
        rows.iter().map(|(tenant, row, id, keys)| {
            [
                Text(tenant.as_str()),
                Blob(id),
                Int(int(row.version)),
                Text(row.status.stored_name()),
                Int(i64::from(row.status.is_open())),
                row.queue.map(Named::stored_name).into(),
                row.assigned.as_ref().map(base::UserId::as_str).into(),
                Text(row.urgency.stored_name()),
                Int(row.due),
                row.timer.map(|(at, _)| at).into(),
                row.timer.map(|(_, kind)| kind.stored_name()).into(),
                Blob(keys),
                Blob(&row.card),
            ]
        }),
    )?;
    let ids: Vec<[u8; 16]> = batch.keys.keys().map(|(_, _, _, case)| id_bytes(*case)).collect();
    let keys = || batch.keys.iter().zip(&ids);
    put(sql, REMOVE_KEY, keys().filter(|((_, held), _)| !**held).map(|((key, _), id)| key_row(key, id)))?;
    put(sql, ADD_KEY, keys().filter(|((_, held), _)| **held).map(|((key, _), id)| key_row(key, id)))?;
    let owners: Vec<[u8; 16]> = batch.unique.values().map(|case| id_bytes(*case)).collect();
    put(
        sql,
        CLAIM,
        batch
            .unique
            .keys()
            .zip(&owners)
            .map(|((tenant, scope, key), id)| [Text(tenant.as_str()), Int(scope.number()), Blob(key), Blob(id)]),
    )
}

fn key_row<'a>(
    (tenant, scope, key, _): &'a (TenantId, crate::Scope, crate::codec::KeyDigest, base::CaseId),
    id: &'a [u8; 16],
) -> [Param<'a>; 4] {
    [Param::Text(tenant.as_str()), Param::Int(scope.number()), Param::Blob(key), Param::Blob(id)]
}

fn write_documents(sql: &mut impl Sql, batch: &Batch) -> Result<(), Error> {
    use Param::{Blob, Text};
    put(
        sql,
        ADD_DOCUMENT,
        batch
            .documents
            .iter()
            .map(|(tenant, row)| [Text(tenant.as_str()), Blob(&row.hash.0), Text(&row.media_type), Blob(&row.bytes)]),
    )?;
    put(
        sql,
        ADD_ARTIFACT,
        batch.artifacts.iter().map(|(tenant, row)| [Text(tenant.as_str()), Blob(&row.hash.0), Text(&row.kind), Blob(&row.bytes)]),
    )?;
    let written = batch.records.iter().filter_map(|(place, body)| Some((place, body.as_ref()?)));
    put(sql, PUT_RECORD, written.map(|((tenant, kind, key), body)| [Text(tenant.as_str()), Text(kind), Text(key), Blob(body)]))?;
    let removed = batch.records.iter().filter(|(_, body)| body.is_none());
    put(sql, REMOVE_RECORD, removed.map(|((tenant, kind, key), _)| [Text(tenant.as_str()), Text(kind), Text(key)]))
}

fn write_messages(sql: &mut impl Sql, batch: &Batch) -> Result<(), Error> {
    use Param::{Blob, Int, Null, Text};
    let cases: Vec<[u8; 16]> = batch.outbox.iter().map(|entry| id_bytes(entry.case)).collect();
    put(
        sql,
        ADD_OUTBOX,
        batch.outbox.iter().zip(&cases).map(|(entry, case)| {
            let (tenant, sequence) = (Text(entry.id.tenant.as_str()), Int(int(entry.id.sequence)));
            [tenant, sequence, Blob(case), Int(entry.at), Text(&entry.kind), Blob(&entry.body)]
        }),
    )?;
    put(sql, REMOVE_OUTBOX, batch.delivered.iter().map(|id| [Text(id.tenant.as_str()), Int(int(id.sequence))]))?;
    let cases: Vec<Option<[u8; 16]>> = batch.audit.iter().map(|(_, _, audit)| audit.case.map(id_bytes)).collect();
    put(
        sql,
        ADD_AUDIT,
        batch.audit.iter().zip(&cases).map(|((tenant, sequence, audit), case)| {
            let at = Int(crate::codec::micros(audit.at));
            let case = case.as_ref().map_or(Null, |case| Blob(case));
            let (who, act) = (Text(&audit.who), Text(&audit.act));
            [Text(tenant.as_str()), Int(int(*sequence)), at, who, act, case, Text(&audit.detail)]
        }),
    )
}
