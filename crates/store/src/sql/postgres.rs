//! PostgreSQL, and databases that speak its wire protocol.
//!
//! Several processes may serve one database: each transaction takes an advisory lock on the tenant's log and looks at the
//! stored head before it goes on, so that no two processes ever add different leaves at the same place.

use super::dialect::Dialect;
use super::{Columns, Database, EachRow, Param, Sql, schema};
use crate::commit::{Committer, Job};
use crate::engine::Read;
use crate::store::{Backend, Shared};
use crate::writer::Writer;
use crate::{Error, Options};
use base::TenantId;
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut};
use postgres::{Client, Config, NoTls, Statement};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Most rows joined into one `INSERT`.
const JOINED_ROWS: usize = 64;
/// Advisory lock of schema changes ("avds" and a one); the locks of logs have the tenant's hash beside another number.
const SCHEMA_LOCK: i64 = 0x6176_6473_0000_0001;

/// A store in a PostgreSQL database.
pub type PostgresStore = Shared<Postgres>;

impl PostgresStore {
    /// Connects, brings the schema to the newest step, and checks the newest checkpoint of every log. The connection
    /// text is that of libpq (`host=... user=... dbname=...`).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server cannot be reached or does not keep commits (`synchronous_commit`, `fsync`);
    /// [`Error::Corrupt`] when the schema is newer than this program or a log does not hold.
    pub fn open(connect: &str, options: Options) -> Result<Self, Error> {
        let config: Config = connect.parse().map_err(|_| Error::Invalid("the connection text cannot be read"))?;
        outside_async(|| {
            let mut sql = PostgresSql::connect(&config)?;
            migrate(&mut sql)?;
            let mut committer = Committer::new(Database(sql), options.clone());
            committer.open_logs()?;
            let backend = Postgres {
                writer: Writer::start(options.queue_len, options.queue_bytes, move |jobs| committer.process(jobs))?,
                readers: Readers { config, most: options.readers.max(1), idle: Mutex::default(), returned: Condvar::new() },
            };
            Ok(Self::over(backend, options.clone()))
        })
    }
}

/// The PostgreSQL backend.
pub struct Postgres {
    writer: Writer<Job>,
    readers: Readers,
}

impl Backend for Postgres {
    fn read<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        outside_async(|| self.readers.with(|connection| work(connection)))
    }

    fn snapshot<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        outside_async(|| {
            self.readers.with(|connection| {
                connection.0.begin_snapshot()?;
                let result = work(connection);
                connection.0.rollback();
                result
            })
        })
    }

    fn submit(&self, job: Job) {
        let weight = job.weight();
        if let Err((job, error)) = self.writer.submit(job, weight) {
            job.refuse(error);
        }
    }

    fn failure(&self) -> Option<Error> {
        self.writer.failure()
    }
}

/// The blocking client has a small runtime inside, which must not run on a thread of another one.
fn outside_async<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    if tokio::runtime::Handle::try_current().is_err() {
        return work();
    }
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(Error::Unavailable("the thread of a read has panicked".to_owned())))
}

fn migrate(sql: &mut PostgresSql) -> Result<(), Error> {
    let client = sql.client()?;
    let mut transaction = client.transaction().map_err(|e| error_of(&e))?;
    // Two processes that start together bring the schema up one after the other.
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).map_err(|e| error_of(&e))?;
    transaction
        .batch_execute("CREATE TABLE IF NOT EXISTS schema_step (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        .map_err(|e| error_of(&e))?;
    let row = transaction.query_one("SELECT COALESCE(MAX(number), 0) FROM schema_step", &[]).map_err(|e| error_of(&e))?;
    let version: i64 = row.try_get(0).map_err(|e| error_of(&e))?;
    if version > schema::newest() {
        return Err(Error::Corrupt(format!(
            "the database has schema {version}, this program knows up to {}: use a newer program",
            schema::newest()
        )));
    }
    for step in schema::STEPS.iter().filter(|step| step.number > version) {
        transaction.batch_execute(&Dialect::Postgres.schema(step.sql)).map_err(|e| error_of(&e))?;
        if step.number == 1 {
            transaction.batch_execute(&Dialect::Postgres.triggers()).map_err(|e| error_of(&e))?;
        }
        transaction
            .execute("INSERT INTO schema_step (number, name) VALUES ($1, $2)", &[&step.number, &step.name])
            .map_err(|e| error_of(&e))?;
    }
    transaction.commit().map_err(|e| error_of(&e))
}

/// A few connections for reading.
struct Readers {
    config: Config,
    most: usize,
    idle: Mutex<Idle>,
    returned: Condvar,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Database<PostgresSql>>,
    lent: usize,
}

impl Readers {
    fn with<T>(&self, work: impl FnOnce(&mut Database<PostgresSql>) -> Result<T, Error>) -> Result<T, Error> {
        let mut lent = Lent { connection: self.take()?, readers: self };
        let connection = match &mut lent.connection {
            Some(connection) => connection,
            // The slot is ours; the connection is made without holding up the others.
            none => none.insert(Database(PostgresSql::connect(&self.config)?)),
        };
        work(connection)
    }

    fn take(&self) -> Result<Option<Database<PostgresSql>>, Error> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while idle.lent >= self.most {
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
        idle.lent += 1;
        Ok(idle.connections.pop())
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let connections = std::mem::take(&mut self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).connections);
        // Closing waits for the server in the client's own runtime too.
        let _ = outside_async(|| {
            drop(connections);
            Ok(())
        });
    }
}

/// A lent connection, or the right to make one, comes back even when the work panics.
struct Lent<'a> {
    connection: Option<Database<PostgresSql>>,
    readers: &'a Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(|connection| connection.0.is_usable());
        let mut idle = self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.lent -= 1;
        idle.connections.extend(connection);
        self.readers.returned.notify_one();
    }
}

/// [`Sql`] on a PostgreSQL connection that is made anew after it was lost.
pub(crate) struct PostgresSql {
    config: Config,
    client: Option<Client>,
    /// Prepared statements by text and number of joined rows.
    statements: HashMap<(&'static str, usize), Statement>,
    in_transaction: bool,
}

impl PostgresSql {
    fn connect(config: &Config) -> Result<Self, Error> {
        let mut sql = Self { config: config.clone(), client: None, statements: HashMap::new(), in_transaction: false };
        sql.client()?;
        Ok(sql)
    }

    fn is_usable(&self) -> bool {
        !self.in_transaction && self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    /// The live connection; makes one when there is none. Never in the middle of a transaction: `begin` calls it first.
    fn client(&mut self) -> Result<&mut Client, Error> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            if self.in_transaction {
                return Err(Error::Unavailable("the connection was lost".to_owned()));
            }
            self.statements.clear();
            self.client = None;
            let mut config = self.config.clone();
            if config.get_connect_timeout().is_none() {
                config.connect_timeout(Duration::from_secs(5));
            }
            let mut client = config.connect(NoTls).map_err(|e| error_of(&e))?;
            client.batch_execute("SET synchronous_commit = on").map_err(|e| error_of(&e))?;
            for (setting, wanted) in [("synchronous_commit", "on"), ("fsync", "on"), ("full_page_writes", "on")] {
                let row = client.query_one(&format!("SHOW {setting}"), &[]).map_err(|e| error_of(&e))?;
                let now: String = row.try_get(0).map_err(|e| error_of(&e))?;
                if now != wanted {
                    return Err(Error::Unavailable(format!("the server has {setting} = {now}; it must be {wanted}")));
                }
            }
            self.client = Some(client);
        }
        self.client.as_mut().ok_or_else(|| Error::Unavailable("the connection was lost".to_owned()))
    }

    fn statement(&mut self, sql: &'static str, rows: usize, width: usize) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(&(sql, rows)) {
            return Ok(statement.clone());
        }
        let text = if rows == 1 { sql.to_owned() } else { joined(sql, rows, width) };
        let statement = self.client()?.prepare(&text).map_err(|e| error_of(&e))?;
        self.statements.insert((sql, rows), statement.clone());
        Ok(statement)
    }

    fn run(&mut self, sql: &str) -> Result<(), Error> {
        self.client()?.batch_execute(sql).map_err(|e| error_of(&e))
    }

    fn execute(&mut self, sql: &'static str, rows: usize, width: usize, params: &[Param<'_>]) -> Result<(), Error> {
        let statement = self.statement(sql, rows, width)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.client()?.execute(&statement, &params).map(drop).map_err(|e| error_of(&e))
    }
}

/// The statement with its `VALUES` list repeated for several rows.
fn joined(sql: &str, rows: usize, width: usize) -> String {
    let list = |row: usize| {
        let places: Vec<String> = (1..=width).map(|place| format!("${}", row * width + place)).collect();
        format!("({})", places.join(", "))
    };
    let all: Vec<String> = (0..rows).map(list).collect();
    sql.replacen(&format!("VALUES {}", list(0)), &format!("VALUES {}", all.join(", ")), 1)
}

impl Sql for PostgresSql {
    fn begin(&mut self) -> Result<(), Error> {
        self.in_transaction = false;
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        self.in_transaction = true;
        Ok(())
    }

    fn begin_snapshot(&mut self) -> Result<(), Error> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let result = self.run("COMMIT");
        self.in_transaction = result.is_err();
        result
    }

    fn rollback(&mut self) {
        if self.in_transaction {
            let failed = self.run("ROLLBACK").is_err();
            self.in_transaction = false;
            if failed {
                self.client = None;
            }
        }
    }

    fn lock_log(&mut self, tenant: &TenantId) -> Result<(), Error> {
        let digest: [u8; 32] = Sha256::digest(format!("avedis log\0{tenant}")).into();
        let key = i64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]);
        self.query("SELECT pg_advisory_xact_lock($1)", &[Param::Int(key)], &mut |_| Ok(()))
    }

    fn execute_many(&mut self, sql: &'static str, width: usize, params: &[Param<'_>]) -> Result<(), Error> {
        let mut rest = params;
        let width = width.max(1);
        while !rest.is_empty() {
            let left = rest.len() / width;
            // Powers of two keep the number of prepared statements small.
            let rows = if sql.starts_with("INSERT") { JOINED_ROWS.min(1 << left.max(1).ilog2()) } else { 1 };
            let (now, later) = rest.split_at((rows * width).min(rest.len()));
            self.execute(sql, rows, width, now)?;
            rest = later;
        }
        Ok(())
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), Error> {
        let statement = self.statement(sql, 1, params.len())?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        for row in self.client()?.query(&statement, &params).map_err(|e| error_of(&e))? {
            each(&row)?;
        }
        Ok(())
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(int) => int.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    postgres::types::to_sql_checked!();
}

impl Columns for postgres::Row {
    fn int(&self, column: usize) -> Result<i64, Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
    fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
    fn text(&self, column: usize) -> Result<&str, Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
    fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
    fn blob(&self, column: usize) -> Result<&[u8], Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        self.try_get(column).map_err(|e| error_of(&e))
    }
}

/// What an error of PostgreSQL means for us. Only the state and the short message are kept: details may quote values.
fn error_of(error: &postgres::Error) -> Error {
    let Some(server) = error.as_db_error() else {
        return Error::Unavailable(format!("PostgreSQL: {error}"));
    };
    let text = format!("PostgreSQL {}: {}", server.code().code(), server.message());
    match server.code() {
        &SqlState::DISK_FULL => Error::Full,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED | &SqlState::UNIQUE_VIOLATION => Error::Corrupt(text),
        _ => Error::Unavailable(text),
    }
}
