//! A SQLite file opened beside the process that writes it: for replay and inspection. It can read, and nothing else.

use super::Sql;
use super::sqlite::Readers;
use crate::commit::Job;
use crate::engine::Read;
use crate::store::{Backend, Shared};
use crate::{Error, Options};
use std::path::Path;

/// A SQLite file that is only read. Every write is refused.
pub type SqliteReader = Shared<ReadOnly>;

/// The reading backend.
pub struct ReadOnly(Readers);

impl SqliteReader {
    /// Opens an existing file; a server may be writing to it meanwhile.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no such file; [`Error::Unavailable`] when it cannot be read.
    pub fn open_read_only(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.is_file() {
            return Err(Error::Invalid("there is no such database"));
        }
        let readers = Readers::new(path, options.readers);
        readers.with(|connection| connection.tenants().map(|_| ()))?;
        Ok(Self::over(ReadOnly(readers), options))
    }
}

impl Backend for ReadOnly {
    fn read<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        self.0.with(|connection| work(connection))
    }

    fn snapshot<T: Send>(&self, work: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send) -> Result<T, Error> {
        self.0.with(|connection| {
            connection.0.begin_snapshot()?;
            let result = work(connection);
            connection.0.rollback();
            result
        })
    }

    fn submit(&self, job: Job) {
        job.refuse(Error::Invalid("this store was opened for reading only"));
    }

    fn failure(&self) -> Option<Error> {
        None
    }
}
