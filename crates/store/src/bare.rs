//! The measuring stick: one bare row per request, by the same group commit on the same kind of connection.
//!
//! It is what a submission is compared with in the benchmarks ("at least 40 % of an endpoint that only parses the Bundle
//! and durably inserts one row"). No part of the product uses it: no events, no ledger, no projections, no checks.

use crate::sql::sqlite::{error_of, prepare_writer};
use crate::ticket::Answer;
use crate::writer::Writer;
use crate::{Error, Ticket};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

const INSERT: &str = "INSERT INTO bare (id, body) VALUES (?1, ?2)";

/// A table of bare rows in a SQLite file, written with the durability and the group commit of [`crate::SqliteStore`].
pub struct BareLog(Writer<Row>);

type Row = ([u8; 16], Arc<[u8]>, Answer<()>);

impl BareLog {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be opened as durably as the store would.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut connection = Connection::open(path).map_err(error_of)?;
        prepare_writer(&connection)?;
        connection
            .execute_batch("CREATE TABLE IF NOT EXISTS bare (id BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT")
            .map_err(error_of)?;
        Ok(Self(Writer::start(4096, 64 * 1024 * 1024, move |rows: Vec<Row>| {
            let result = insert(&mut connection, &rows);
            rows.into_iter().for_each(|(_, _, answer)| answer.give(result.clone()));
            result
        })?))
    }

    /// Inserts one row. Ids should be time-ordered, as case ids are.
    pub fn append(&self, id: [u8; 16], body: Arc<[u8]>) -> Ticket<()> {
        let (answer, ticket) = Ticket::pair();
        let weight = body.len() + 128;
        if let Err(((_, _, answer), error)) = self.0.submit((id, body, answer), weight) {
            answer.give(Err(error));
        }
        ticket
    }
}

fn insert(connection: &mut Connection, rows: &[Row]) -> Result<(), Error> {
    let transaction = connection.transaction().map_err(error_of)?;
    {
        let mut statement = transaction.prepare_cached(INSERT).map_err(error_of)?;
        for (id, body, _) in rows {
            statement.execute((&id[..], &body[..])).map_err(error_of)?;
        }
    }
    transaction.commit().map_err(error_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_there_once_its_ticket_has_answered() {
        let path = std::env::temp_dir().join(format!("avedis-bare-{}.db", std::process::id()));
        let log = BareLog::open(&path).unwrap();
        log.append([1; 16], b"{}".as_slice().into()).wait().unwrap();
        assert!(log.append([1; 16], b"{}".as_slice().into()).wait().is_err());
        log.append([2; 16], b"[]".as_slice().into()).wait().unwrap();
        drop(log);
        let connection = Connection::open(&path).unwrap();
        let count: i64 = connection.query_row("SELECT COUNT(*) FROM bare", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 2);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}
