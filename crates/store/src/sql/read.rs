//! Reading rows.

use super::names::Named;
use super::{Columns, Database, Param, Sql};
use crate::Error;
use crate::codec::{self, KeyDigest, StoredKey, bytes32, count, id_bytes, id_of, int};
use crate::engine::{Read, TimerEntry};
use crate::pack::Pack;
use crate::rows::{ArtifactRow, DocumentRow, Head, HeldKey, LEAF_BYTES, LeafBatch, OutboxEntry, Row, RowFilter};
use crate::types::{Assigned, Audit, AuditFilter, AuditRow, Counts, OutboxId, Scope};
use base::{CaseId, Hash, TenantId, UserId};
use case::event::Queue;

/// Below every id and above every id: versions keep real ids between them.
const FIRST_ID: [u8; 16] = [0; 16];
const LAST_ID: [u8; 16] = [255; 16];

pub(super) const TENANTS: &str = "SELECT tenant FROM log_head ORDER BY tenant";
pub(super) const HEAD: &str = "SELECT size, checkpoint, outbox_sequence, audit_sequence, last_at FROM log_head WHERE tenant = $1";
pub(super) const PACKS: &str = "SELECT version, head, bodies FROM event \
    WHERE tenant = $1 AND case_id = $2 AND version + events > $3 ORDER BY version LIMIT $4";
pub(super) const CASES: &str = "SELECT DISTINCT case_id FROM event WHERE tenant = $1 AND case_id > $2 ORDER BY case_id LIMIT $3";
pub(super) const VERSION: &str = "SELECT version, keys FROM case_row WHERE tenant = $1 AND case_id = $2";

macro_rules! select_rows {
    ($rest:literal) => {
        concat!(
            "SELECT case_id, version, status, queue, assigned, urgency, due, timer_at, timer_kind, keys, card FROM case_row ",
            $rest
        )
    };
}
pub(super) const ROW: &str = select_rows!("WHERE tenant = $1 AND case_id = $2");
pub(super) const ROWS: &str = select_rows!("WHERE tenant = $1 AND case_id > $2 ORDER BY case_id LIMIT $3");
/// `assigned` of the filter: nothing for anybody's, empty for nobody's.
macro_rules! filtered {
    ($order:literal) => {
        concat!(
            "AND (CAST($4 AS TEXT) IS NULL OR queue = $4) \
             AND (CAST($5 AS TEXT) IS NULL OR COALESCE(assigned, '') = $5) \
             AND (CAST($6 AS TEXT) IS NULL OR status = $6) \
             AND (CAST($7 AS TEXT) IS NULL OR urgency = $7) ",
            $order
        )
    };
}
pub(super) const OPEN_ROWS: &str = concat!(
    select_rows!("WHERE tenant = $1 AND is_open = 1 AND (due, case_id) > ($2, $3) "),
    filtered!("ORDER BY due, case_id LIMIT $8")
);
pub(super) const CLOSED_ROWS: &str =
    concat!(select_rows!("WHERE tenant = $1 AND case_id < $2 AND is_open = $3 "), filtered!("ORDER BY case_id DESC LIMIT $8"));
pub(super) const QUEUES: &str = "SELECT queue, COUNT(*) FROM case_row \
    WHERE tenant = $1 AND is_open = 1 AND queue IS NOT NULL GROUP BY queue";
pub(super) const CASE_COUNT: &str = "SELECT COUNT(*) FROM case_row WHERE tenant = $1";
pub(super) const KEYS: &str = "SELECT scope, key_digest, case_id FROM case_key \
    WHERE tenant = $1 AND (scope, key_digest, case_id) > ($2, $3, $4) ORDER BY scope, key_digest, case_id LIMIT $5";
pub(super) const FIND: &str = "SELECT case_id FROM case_key \
    WHERE tenant = $1 AND scope = $2 AND key_digest = $3 ORDER BY case_id DESC LIMIT $4";
pub(super) const OWNER: &str = "SELECT case_id FROM unique_key WHERE tenant = $1 AND scope = $2 AND key_digest = $3";
pub(super) const TIMERS: &str = "SELECT timer_at, case_id, timer_kind FROM case_row \
    WHERE tenant = $1 AND timer_at IS NOT NULL AND timer_at <= $2 ORDER BY timer_at, case_id LIMIT $3";
pub(super) const DOCUMENT: &str = "SELECT media_type, bytes FROM document WHERE tenant = $1 AND hash = $2";
pub(super) const DOCUMENTS: &str = "SELECT hash FROM document WHERE tenant = $1 AND hash > $2 ORDER BY hash LIMIT $3";
/// A batch holds leaves from `first` on; the last batch that begins at or before a leaf is the one that may hold it.
pub(super) const LEAVES: &str = "SELECT first, leaves, checkpoint FROM leaf_batch \
    WHERE tenant = $1 AND first < $2 AND first >= \
    COALESCE((SELECT MAX(b.first) FROM leaf_batch b WHERE b.tenant = $1 AND b.first <= $3), 0) ORDER BY first";
pub(super) const TILE: &str = "SELECT hashes FROM tile WHERE tenant = $1 AND level = $2 AND position = $3";
pub(super) const ARTIFACT: &str = "SELECT kind, bytes FROM artifact WHERE tenant = $1 AND hash = $2";
pub(super) const RECORD: &str = "SELECT body FROM record WHERE tenant = $1 AND kind = $2 AND record_key = $3";
pub(super) const RECORDS: &str = "SELECT record_key, body FROM record \
    WHERE tenant = $1 AND kind = $2 AND record_key > $3 ORDER BY record_key LIMIT $4";
pub(super) const AUDIT: &str = "SELECT sequence, at, who, act, case_id, detail FROM audit \
    WHERE tenant = $1 AND sequence < $2 AND (CAST($3 AS TEXT) IS NULL OR who = $3) ORDER BY sequence DESC LIMIT $4";
pub(super) const AUDIT_OF_CASE: &str = "SELECT sequence, at, who, act, case_id, detail FROM audit \
    WHERE tenant = $1 AND sequence < $2 AND (CAST($3 AS TEXT) IS NULL OR who = $3) AND case_id = $4 \
    ORDER BY sequence DESC LIMIT $5";
pub(super) const OUTBOX: &str =
    "SELECT sequence, case_id, at, kind, body FROM outbox WHERE tenant = $1 ORDER BY sequence LIMIT $2";

impl<S: Sql> Database<S> {
    /// Every row of a query, as `read` reads it.
    fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.0.query(sql, params, &mut |columns| {
            rows.push(read(columns)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The one row of a query.
    fn one<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        read: impl FnMut(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(sql, params, read)?.into_iter().next())
    }

    fn filtered_rows(
        &mut self,
        sql: &'static str,
        place: [Param<'_>; 3],
        filter: &RowFilter,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let assigned = filter.assigned.as_ref().map(|assigned| match assigned {
            Assigned::Nobody => "",
            Assigned::To(user) => user.as_str(),
        });
        let [tenant, first, second] = place;
        let params = [
            tenant,
            first,
            second,
            filter.queue.map(Named::stored_name).into(),
            assigned.into(),
            filter.status.map(Named::stored_name).into(),
            filter.urgency.map(Named::stored_name).into(),
            Param::Int(limit as i64),
        ];
        self.all(sql, &params, read_row)
    }
}

fn text<'a>(tenant: &'a TenantId) -> Param<'a> {
    Param::Text(tenant.as_str())
}

fn place_bytes(place: Option<CaseId>) -> [u8; 16] {
    place.map_or(FIRST_ID, id_bytes)
}

fn read_row(columns: &dyn Columns) -> Result<Row, Error> {
    let timer = match (columns.opt_int(7)?, columns.opt_text(8)?) {
        (Some(at), Some(kind)) => Some((at, Named::of_name(kind)?)),
        (None, None) => None,
        _ => return Err(Error::Corrupt("a case row has half a timer".to_owned())),
    };
    let assigned = columns.opt_text(4)?.map(UserId::new).transpose();
    Ok(Row {
        case: id_of(columns.blob(0)?)?,
        version: count(columns.int(1)?)?,
        status: Named::of_name(columns.text(2)?)?,
        queue: columns.opt_text(3)?.map(Named::of_name).transpose()?,
        assigned: assigned.map_err(|_| Error::Corrupt("a case row is assigned to no valid user".to_owned()))?,
        urgency: Named::of_name(columns.text(5)?)?,
        due: columns.int(6)?,
        timer,
        keys: codec::decode_keys(columns.blob(9)?)?,
        card: columns.blob(10)?.to_vec(),
    })
}

fn read_audit(columns: &dyn Columns) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        sequence: count(columns.int(0)?)?,
        audit: Audit {
            at: codec::moment(columns.int(1)?)?,
            who: columns.text(2)?.to_owned(),
            act: columns.text(3)?.to_owned(),
            case: columns.opt_blob(4)?.map(id_of).transpose()?,
            detail: columns.text(5)?.to_owned(),
        },
    })
}

fn scope_of(number: i64) -> Result<Scope, Error> {
    codec::scope_of(number).ok_or_else(|| Error::Corrupt("a key has no known scope".to_owned()))
}

fn digest_of(bytes: &[u8]) -> Result<KeyDigest, Error> {
    KeyDigest::try_from(bytes).map_err(|_| Error::Corrupt("a stored key is not 16 bytes".to_owned()))
}

impl<S: Sql> Read for Database<S> {
    fn tenants(&mut self) -> Result<Vec<TenantId>, Error> {
        self.all(TENANTS, &[], |columns| {
            TenantId::new(columns.text(0)?).map_err(|_| Error::Corrupt("a stored tenant has no valid name".to_owned()))
        })
    }

    fn head(&mut self, tenant: &TenantId) -> Result<Option<Head>, Error> {
        self.one(HEAD, &[text(tenant)], |columns| {
            Ok(Head {
                size: count(columns.int(0)?)?,
                checkpoint: columns.opt_text(1)?.map(str::to_owned),
                outbox: count(columns.int(2)?)?,
                audit: count(columns.int(3)?)?,
                last_at: columns.int(4)?,
            })
        })
    }

    fn packs(&mut self, tenant: &TenantId, case: CaseId, from: u64, limit: usize) -> Result<Vec<Pack>, Error> {
        let params = [text(tenant), Param::Blob(&id_bytes(case)), Param::Int(int(from)), Param::Int(limit as i64)];
        self.all(PACKS, &params, |columns| Pack::read(case, count(columns.int(0)?)?, columns.blob(1)?, columns.blob(2)?.to_vec()))
    }

    fn cases(&mut self, tenant: &TenantId, place: Option<CaseId>, limit: usize) -> Result<Vec<CaseId>, Error> {
        let params = [text(tenant), Param::Blob(&place_bytes(place)), Param::Int(limit as i64)];
        self.all(CASES, &params, |columns| id_of(columns.blob(0)?))
    }

    fn version(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<(u64, Vec<StoredKey>)>, Error> {
        self.one(VERSION, &[text(tenant), Param::Blob(&id_bytes(case))], |columns| {
            Ok((count(columns.int(0)?)?, codec::decode_keys(columns.blob(1)?)?))
        })
    }

    fn row(&mut self, tenant: &TenantId, case: CaseId) -> Result<Option<Row>, Error> {
        self.one(ROW, &[text(tenant), Param::Blob(&id_bytes(case))], read_row)
    }

    fn rows(&mut self, tenant: &TenantId, place: Option<CaseId>, limit: usize) -> Result<Vec<Row>, Error> {
        self.all(ROWS, &[text(tenant), Param::Blob(&place_bytes(place)), Param::Int(limit as i64)], read_row)
    }

    fn open_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        place: Option<(i64, CaseId)>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let (due, case) = place.map_or((i64::MIN, FIRST_ID), |(due, case)| (due, id_bytes(case)));
        self.filtered_rows(OPEN_ROWS, [text(tenant), Param::Int(due), Param::Blob(&case)], filter, limit)
    }

    fn closed_rows(
        &mut self,
        tenant: &TenantId,
        filter: &RowFilter,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let before = before.map_or(LAST_ID, id_bytes);
        self.filtered_rows(CLOSED_ROWS, [text(tenant), Param::Blob(&before), Param::Int(0)], filter, limit)
    }

    fn counts(&mut self, tenant: &TenantId) -> Result<Counts, Error> {
        let mut queues: Vec<(Queue, u64)> =
            self.all(QUEUES, &[text(tenant)], |columns| Ok((Named::of_name(columns.text(0)?)?, count(columns.int(1)?)?)))?;
        queues.sort_unstable();
        let cases = self.one(CASE_COUNT, &[text(tenant)], |columns| count(columns.int(0)?))?.unwrap_or(0);
        Ok(Counts { queues, cases })
    }

    fn keys(&mut self, tenant: &TenantId, place: Option<HeldKey>, limit: usize) -> Result<Vec<HeldKey>, Error> {
        let (scope, digest, case) =
            place.map_or((0, [0; 16], FIRST_ID), |(scope, digest, case)| (scope.number(), digest, id_bytes(case)));
        let params = [text(tenant), Param::Int(scope), Param::Blob(&digest), Param::Blob(&case), Param::Int(limit as i64)];
        self.all(KEYS, &params, |columns| {
            Ok((scope_of(columns.int(0)?)?, digest_of(columns.blob(1)?)?, id_of(columns.blob(2)?)?))
        })
    }

    fn find(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest, limit: usize) -> Result<Vec<CaseId>, Error> {
        let params = [text(tenant), Param::Int(scope.number()), Param::Blob(key), Param::Int(limit as i64)];
        self.all(FIND, &params, |columns| id_of(columns.blob(0)?))
    }

    fn owner(&mut self, tenant: &TenantId, scope: Scope, key: &KeyDigest) -> Result<Option<CaseId>, Error> {
        self.one(OWNER, &[text(tenant), Param::Int(scope.number()), Param::Blob(key)], |columns| id_of(columns.blob(0)?))
    }

    fn timers(&mut self, tenant: &TenantId, now: i64, limit: usize) -> Result<Vec<TimerEntry>, Error> {
        self.all(TIMERS, &[text(tenant), Param::Int(now), Param::Int(limit as i64)], |columns| {
            Ok((columns.int(0)?, id_of(columns.blob(1)?)?, Named::of_name(columns.text(2)?)?))
        })
    }

    fn document(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<DocumentRow>, Error> {
        self.one(DOCUMENT, &[text(tenant), Param::Blob(&hash.0)], |columns| {
            Ok(DocumentRow { hash: *hash, media_type: columns.text(0)?.to_owned(), bytes: columns.blob(1)?.to_vec() })
        })
    }

    fn documents(&mut self, tenant: &TenantId, place: Option<Hash>, limit: usize) -> Result<Vec<Hash>, Error> {
        // Nothing hashes to fewer than 32 bytes, so the empty blob comes before every hash.
        let place = place.as_ref().map_or(&[][..], |hash| &hash.0);
        self.all(DOCUMENTS, &[text(tenant), Param::Blob(place), Param::Int(limit as i64)], |columns| {
            Ok(Hash(bytes32(columns.blob(0)?)?))
        })
    }

    fn leaves(&mut self, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<LeafBatch>, Error> {
        let mut batches = self.all(LEAVES, &[text(tenant), Param::Int(int(to)), Param::Int(int(from))], |columns| {
            let leaves = columns.blob(1)?.to_vec();
            if !leaves.len().is_multiple_of(LEAF_BYTES) {
                return Err(Error::Corrupt("a stored batch of leaves ends within a leaf".to_owned()));
            }
            Ok(LeafBatch { first: count(columns.int(0)?)?, leaves, checkpoint: columns.text(2)?.to_owned() })
        })?;
        batches.retain(|batch| batch.first + batch.count() > from);
        Ok(batches)
    }

    fn tile(&mut self, tenant: &TenantId, level: u8, index: u64) -> Result<Option<Vec<u8>>, Error> {
        let params = [text(tenant), Param::Int(i64::from(level)), Param::Int(int(index))];
        self.one(TILE, &params, |columns| Ok(columns.blob(0)?.to_vec()))
    }

    fn artifact(&mut self, tenant: &TenantId, hash: &Hash) -> Result<Option<ArtifactRow>, Error> {
        self.one(ARTIFACT, &[text(tenant), Param::Blob(&hash.0)], |columns| {
            Ok(ArtifactRow { hash: *hash, kind: columns.text(0)?.to_owned(), bytes: columns.blob(1)?.to_vec() })
        })
    }

    fn record(&mut self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.one(RECORD, &[text(tenant), Param::Text(kind), Param::Text(key)], |columns| Ok(columns.blob(0)?.to_vec()))
    }

    fn records(
        &mut self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        // Keys are never empty, so the empty text comes before every key.
        let params = [text(tenant), Param::Text(kind), Param::Text(after.unwrap_or("")), Param::Int(limit as i64)];
        self.all(RECORDS, &params, |columns| Ok((columns.text(0)?.to_owned(), columns.blob(1)?.to_vec())))
    }

    fn audit_rows(&mut self, tenant: &TenantId, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditRow>, Error> {
        let before = filter.before.map_or(i64::MAX, int);
        let params = [text(tenant), Param::Int(before), filter.who.as_deref().into(), Param::Int(limit as i64)];
        match filter.case {
            None => self.all(AUDIT, &params, read_audit),
            Some(case) => {
                let [tenant, before, who, limit] = params;
                let case = id_bytes(case);
                self.all(AUDIT_OF_CASE, &[tenant, before, who, Param::Blob(&case), limit], read_audit)
            }
        }
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        self.all(OUTBOX, &[text(tenant), Param::Int(limit as i64)], |columns| {
            Ok(OutboxEntry {
                id: OutboxId { tenant: tenant.clone(), sequence: count(columns.int(0)?)? },
                case: id_of(columns.blob(1)?)?,
                at: columns.int(2)?,
                kind: columns.text(3)?.to_owned(),
                body: columns.blob(4)?.to_vec(),
            })
        })
    }
}
