//! SQLite: one file, one writing connection on one thread, a few reading ones.
//!
//! Durability is not a setting: write-ahead log with `synchronous = FULL`, read back at the start; a database that does
//! not take them is refused. (`NORMAL` lost 40 % of acknowledged writes in the power-cut measurements that chose this.)

use super::dialect::Dialect;
use super::{Columns, Database, EachRow, Param, Sql, schema};
use crate::commit::{Committer, Job};
use crate::engine::Read;
use crate::store::{Backend, Shared};
use crate::writer::Writer;
use crate::{Error, Options};
use base::TenantId;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, ToSql};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// "AVDS": tells our files from others.
const APPLICATION_ID: i64 = 0x4156_4453;
/// Pages in the write-ahead log before they are moved to the database (16 MiB).
const CHECKPOINT_PAGES: i64 = 4000;
/// Page cache of the writer and of each reader, in KiB.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
const READER_CACHE_KIB: i64 = 2 * 1024;

/// A store in one SQLite file.
pub type SqliteStore = Shared<Sqlite>;

impl SqliteStore {
    /// Opens or creates the file. Checks the newest checkpoint of every log against the stored tiles.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has it open for writing; [`Error::Corrupt`] when it is not ours, of a newer
    /// schema, or a log does not hold; [`Error::Unavailable`] when it cannot be opened as durably as it must be.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref();
        let lock = lock_file(path)?;
        let mut writer = Connection::open(path).map_err(error_of)?;
        prepare_writer(&writer)?;
        migrate(&mut writer)?;
        let mut committer = Committer::new(Database(SqliteSql(writer)), options.clone());
        committer.open_logs()?;
        let backend = Sqlite {
            writer: Writer::start(options.queue_len, options.queue_bytes, move |jobs| committer.process(jobs))?,
            readers: Arc::new(Readers::new(path, options.readers)),
            _lock: lock,
        };
        Ok(Self::over(backend, options))
    }

    /// Copies the database as it stands to a new file, consistently and while it is in use.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the file exists, [`Error::Full`] or [`Error::Unavailable`] when it cannot be written.
    pub fn back_up(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let to = to.as_ref();
        if to.exists() {
            return Err(Error::Invalid("the backup file is there already"));
        }
        let path = to.to_str().ok_or(Error::Invalid("the path of the backup is not text"))?;
        // A connection of its own: those for reading refuse `VACUUM INTO`, though it only reads.
        let connection = Connection::open(&self.backend().readers.path).map_err(error_of)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(error_of)?;
        connection.execute("VACUUM INTO ?1", [path]).map_err(error_of)?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|e| Error::Unavailable(format!("the backup: {e}")))
    }
}

/// The SQLite backend.
pub struct Sqlite {
    // Dropped first: what waits is written before the lock goes.
    writer: Writer<Job>,
    readers: Arc<Readers>,
    _lock: File,
}

impl Backend for Sqlite {
    fn read<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        self.readers.with(|connection| work(connection))
    }

    fn snapshot<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        self.readers.with(|connection| {
            connection.0.begin_snapshot()?;
            let result = work(connection);
            connection.0.rollback();
            result
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

/// Locks `<path>.lock` for this process; the operating system lets go of it however the process ends.
fn lock_file(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|e| Error::Unavailable(format!("{}: {e}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(path.display().to_string())),
        Err(TryLockError::Error(e)) => Err(Error::Unavailable(format!("{}: {e}", name.display()))),
    }
}

/// Sets what every writing connection must have and reads it back.
pub(crate) fn prepare_writer(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(Duration::from_secs(5)).map_err(error_of)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(error_of)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(Error::Unavailable(format!("the database stays in journal mode {mode}; it must be a file that takes WAL")));
    }
    let settings = [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("wal_autocheckpoint", CHECKPOINT_PAGES),
        ("cache_size", -WRITER_CACHE_KIB),
        ("journal_size_limit", 64 * 1024 * 1024),
        // macOS: fsync that reaches the disk. Elsewhere without effect.
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
    ];
    for (name, value) in settings {
        connection.pragma_update(None, name, value).map_err(error_of)?;
        let now: i64 = connection.pragma_query_value(None, name, |row| row.get(0)).map_err(error_of)?;
        if now != value {
            return Err(Error::Unavailable(format!("the database does not take {name} = {value}, it stays at {now}")));
        }
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Brings the schema to the newest step, or refuses a database that is not ours or is newer than this program.
fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let number =
        |name: &str| -> Result<i64, Error> { connection.pragma_query_value(None, name, |row| row.get(0)).map_err(error_of) };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let objects: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(error_of)?;
    if application != APPLICATION_ID && (application != 0 || objects > 0) {
        return Err(Error::Corrupt("the file is a database of another program".to_owned()));
    }
    if version > schema::newest() {
        return Err(Error::Corrupt(format!(
            "the database has schema {version}, this program knows up to {}: use a newer program",
            schema::newest()
        )));
    }
    for step in schema::STEPS.iter().filter(|step| step.number > version) {
        let transaction = connection.transaction().map_err(error_of)?;
        if step.number == 1 {
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(error_of)?;
            transaction
                .execute_batch("CREATE TABLE schema_step (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
                .map_err(error_of)?;
        }
        transaction.execute_batch(&Dialect::Sqlite.schema(step.sql)).map_err(error_of)?;
        if step.number == 1 {
            transaction.execute_batch(&Dialect::Sqlite.triggers()).map_err(error_of)?;
        }
        transaction
            .execute("INSERT INTO schema_step (number, name) VALUES (?1, ?2)", (step.number, step.name))
            .map_err(error_of)?;
        transaction.pragma_update(None, "user_version", step.number).map_err(error_of)?;
        transaction.commit().map_err(error_of)?;
    }
    Ok(())
}

/// A few connections that can only read; opened when first needed.
pub(super) struct Readers {
    path: PathBuf,
    most: usize,
    idle: Mutex<Idle>,
    returned: Condvar,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Database<SqliteSql>>,
    open: usize,
}

impl Readers {
    pub(super) fn new(path: &Path, most: usize) -> Self {
        Self { path: path.to_owned(), most: most.max(1), idle: Mutex::default(), returned: Condvar::new() }
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Database<SqliteSql>) -> Result<T, Error>) -> Result<T, Error> {
        let mut lent = Lent { connection: Some(self.take()?), readers: self };
        match &mut lent.connection {
            Some(connection) => work(connection),
            None => Err(Error::Unavailable("a reading connection went missing".to_owned())),
        }
    }

    fn take(&self) -> Result<Database<SqliteSql>, Error> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                return Ok(connection);
            }
            if idle.open < self.most {
                let connection = self.open()?;
                idle.open += 1;
                return Ok(connection);
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> Result<Database<SqliteSql>, Error> {
        // Not SQLITE_OPEN_READ_ONLY: a reader of a write-ahead log must be able to recover it. `query_only` refuses writes.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(error_of)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(error_of)?;
        connection.pragma_update(None, "query_only", 1).map_err(error_of)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(error_of)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Database(SqliteSql(connection)))
    }
}

/// A lent connection comes back even when the work panics.
struct Lent<'a> {
    connection: Option<Database<SqliteSql>>,
    readers: &'a Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            if !connection.0.0.is_autocommit() {
                connection.0.rollback();
            }
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).connections.push(connection);
            self.readers.returned.notify_one();
        }
    }
}

/// [`Sql`] on a SQLite connection.
pub(crate) struct SqliteSql(Connection);

impl SqliteSql {
    /// A prepared statement. In tests every statement that is run is held to the rule of [`super`]: `$1` is parameter 1.
    fn prepare(&self, sql: &'static str, params: usize) -> Result<CachedStatement<'_>, Error> {
        let statement = self.0.prepare_cached(sql).map_err(error_of)?;
        debug_assert_eq!(statement.parameter_count(), params, "{sql}");
        debug_assert!((1..=params).all(|n| statement.parameter_index(&format!("${n}")) == Ok(Some(n))), "{sql}");
        Ok(statement)
    }

    fn run(&self, sql: &'static str) -> Result<(), Error> {
        self.0.prepare_cached(sql).map_err(error_of)?.execute([]).map(drop).map_err(error_of)
    }
}

impl Sql for SqliteSql {
    fn begin(&mut self) -> Result<(), Error> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_snapshot(&mut self) -> Result<(), Error> {
        self.run("BEGIN")?;
        // A deferred transaction sees its state from the first read on.
        self.0.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(())).map_err(error_of)
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.run("COMMIT")
    }

    fn rollback(&mut self) {
        if !self.0.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
    }

    fn lock_log(&mut self, _: &TenantId) -> Result<(), Error> {
        // `BEGIN IMMEDIATE` has locked the whole file.
        Ok(())
    }

    fn execute_many(&mut self, sql: &'static str, width: usize, params: &[Param<'_>]) -> Result<(), Error> {
        let mut statement = self.prepare(sql, width)?;
        for row in params.chunks_exact(width.max(1)) {
            for (place, param) in (1..).zip(row) {
                statement.raw_bind_parameter(place, param).map_err(error_of)?;
            }
            statement.raw_execute().map_err(error_of)?;
        }
        Ok(())
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), Error> {
        let mut statement = self.prepare(sql, params.len())?;
        for (place, param) in (1..).zip(params) {
            statement.raw_bind_parameter(place, param).map_err(error_of)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(error_of)? {
            each(row)?;
        }
        Ok(())
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<i64, Error> {
        self.get(column).map_err(error_of)
    }
    fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        self.get(column).map_err(error_of)
    }
    fn text(&self, column: usize) -> Result<&str, Error> {
        self.opt_text(column)?.ok_or_else(|| unexpected(column))
    }
    fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        self.get_ref(column).map_err(error_of)?.as_str_or_null().map_err(|_| unexpected(column))
    }
    fn blob(&self, column: usize) -> Result<&[u8], Error> {
        self.opt_blob(column)?.ok_or_else(|| unexpected(column))
    }
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        self.get_ref(column).map_err(error_of)?.as_blob_or_null().map_err(|_| unexpected(column))
    }
}

fn unexpected(column: usize) -> Error {
    Error::Corrupt(format!("column {column} of a row is of another type"))
}

/// What an error of SQLite means for us. Its text names tables and columns, never values.
pub(crate) fn error_of(error: rusqlite::Error) -> Error {
    let code = error.sqlite_error_code();
    let text = error.to_string();
    match code {
        Some(ErrorCode::DiskFull) => Error::Full,
        // After a failed write or fsync nobody knows what is on the disk: only a fresh start can tell.
        Some(ErrorCode::SystemIoFailure) => Error::Stopped(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation) => Error::Corrupt(text),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked(text),
        _ => Error::Unavailable(text),
    }
}
