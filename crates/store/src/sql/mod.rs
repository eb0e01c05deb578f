//! The store over SQL: one text for every statement, with `$1`-style placeholders that both databases read.
//!
//! In SQLite `$1` is a parameter *name*, numbered by first appearance; so in every statement `$1` first appears before
//! `$2` and so on. In debug builds, and so in every test, each statement that runs is checked for it.

pub(crate) mod dialect;
pub(crate) mod names;
pub(crate) mod postgres;
mod read;
pub(crate) mod read_only;
pub(crate) mod schema;
pub(crate) mod sqlite;
mod write;

use crate::Error;
use base::TenantId;

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Param::Null, Param::Text)
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(int: Option<i64>) -> Self {
        int.map_or(Param::Null, Param::Int)
    }
}

/// The columns of a row that was read, counted from 0.
pub(crate) trait Columns {
    /// An integer.
    fn int(&self, column: usize) -> Result<i64, Error>;
    /// An integer or nothing.
    fn opt_int(&self, column: usize) -> Result<Option<i64>, Error>;
    /// A text.
    fn text(&self, column: usize) -> Result<&str, Error>;
    /// A text or nothing.
    fn opt_text(&self, column: usize) -> Result<Option<&str>, Error>;
    /// Bytes.
    fn blob(&self, column: usize) -> Result<&[u8], Error>;
    /// Bytes or nothing.
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, Error>;
}

/// What is done with each row.
pub(crate) type EachRow<'a> = &'a mut dyn FnMut(&dyn Columns) -> Result<(), Error>;

/// The little SQL that is asked of a database.
pub(crate) trait Sql: Send {
    /// Begins a transaction that will write.
    fn begin(&mut self) -> Result<(), Error>;
    /// Begins a transaction that reads one state.
    fn begin_snapshot(&mut self) -> Result<(), Error>;
    /// Commits durably.
    fn commit(&mut self) -> Result<(), Error>;
    /// Gives the transaction up; never fails, because nothing could be done about it.
    fn rollback(&mut self);
    /// Keeps other processes from a tenant's log until the transaction ends.
    fn lock_log(&mut self, tenant: &TenantId) -> Result<(), Error>;
    /// Runs a statement once for each `width` parameters. An `INSERT` ends with its `VALUES` list or goes on with
    /// `ON CONFLICT`, so that an engine may join several rows into one statement.
    fn execute_many(&mut self, sql: &'static str, width: usize, params: &[Param<'_>]) -> Result<(), Error>;
    /// Runs a query.
    fn query(&mut self, sql: &'static str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), Error>;
}

/// A database connection as the store sees it: reads and writes rows through [`Sql`].
#[derive(Debug)]
pub(crate) struct Database<S>(pub S);
