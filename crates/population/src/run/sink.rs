//! Where results go, in the order of the source.

use crate::fault::{Fault, Origin};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// One evaluated patient.
#[derive(Debug)]
pub struct Done<T> {
    /// The patient's number in the run, from 0.
    pub index: u64,
    /// The patient's id: health information, for the result and never for a log.
    pub id: String,
    /// Where the patient was found.
    pub origin: Origin,
    /// What the worker made of it.
    pub value: T,
}

/// Takes results. A closure `FnMut(Done<T>) -> io::Result<()>` is one that cannot be resumed.
pub trait Sink<T> {
    /// Takes the result of the next patient.
    ///
    /// # Errors
    /// Ends the run.
    fn patient(&mut self, done: Done<T>) -> io::Result<()>;

    /// Takes a fault, at its place among the patients.
    ///
    /// # Errors
    /// Ends the run.
    fn fault(&mut self, _fault: &Fault) -> io::Result<()> {
        Ok(())
    }

    /// Makes everything taken so far durable and says where it ends, or `None` when that cannot be said; then no checkpoint is kept.
    ///
    /// # Errors
    /// Ends the run.
    fn position(&mut self) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// Forgets whatever was written after a position of an earlier run.
    ///
    /// # Errors
    /// Ends the run.
    fn resume(&mut self, _position: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<T, F: FnMut(Done<T>) -> io::Result<()>> Sink<T> for F {
    fn patient(&mut self, done: Done<T>) -> io::Result<()> {
        self(done)
    }
}

/// A file of bytes, one result after the other; can be resumed.
pub struct FileSink {
    out: BufWriter<File>,
    written: u64,
}

impl FileSink {
    /// Opens the file. What it holds is kept until the first result is written: a run that resumes cuts it at its checkpoint, a new one empties it.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn open(path: &Path) -> io::Result<FileSink> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        Ok(FileSink { out: BufWriter::with_capacity(1 << 18, file), written: 0 })
    }
}

impl<T: AsRef<[u8]>> Sink<T> for FileSink {
    fn patient(&mut self, done: Done<T>) -> io::Result<()> {
        let bytes = done.value.as_ref();
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn position(&mut self) -> io::Result<Option<u64>> {
        self.out.flush()?;
        self.out.get_ref().sync_data()?;
        Ok(Some(self.written))
    }

    fn resume(&mut self, position: u64) -> io::Result<()> {
        let file = self.out.get_mut();
        if file.metadata()?.len() < position {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the output is shorter than its checkpoint says"));
        }
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position))?;
        self.written = position;
        Ok(())
    }
}
