//! How far a run has come, on disk, so that a killed one continues where it was.

use crate::fault::{Fault, FaultCode, Origin};
use crate::source::{FNV, fnv};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The state of a run after some units of input were evaluated and their results written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Inputs and program this belongs to.
    pub fingerprint: u64,
    /// Units of input done.
    pub units: u64,
    /// Patients written.
    pub patients: u64,
    /// Faults found.
    pub faults: u64,
    /// Bytes of input done.
    pub bytes: u64,
    /// Where the sink stood.
    pub position: u64,
}

const HEAD: &str = "population-checkpoint 1";

impl Checkpoint {
    fn text(&self) -> String {
        let Checkpoint { fingerprint, units, patients, faults, bytes, position } = self;
        let body = format!("{HEAD}\n{fingerprint:016x} {units} {patients} {faults} {bytes} {position}\n");
        format!("{body}{:016x}\n", fnv(body.as_bytes(), FNV))
    }

    fn parse(text: &str) -> Option<Checkpoint> {
        let body = text.strip_suffix('\n')?;
        let (body, sum) = body.rsplit_once('\n')?;
        let body = format!("{body}\n");
        if u64::from_str_radix(sum, 16).ok()? != fnv(body.as_bytes(), FNV) {
            return None;
        }
        let mut fields = body.strip_prefix(HEAD)?.trim().split(' ');
        let fingerprint = u64::from_str_radix(fields.next()?, 16).ok()?;
        let mut number = || fields.next()?.parse::<u64>().ok();
        let (units, patients, faults, bytes, position) = (number()?, number()?, number()?, number()?, number()?);
        Some(Checkpoint { fingerprint, units, patients, faults, bytes, position })
    }

    /// Reads the checkpoint of an earlier run; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or belongs to other inputs or another program.
    pub fn load(path: &Path, fingerprint: u64) -> Result<Option<Checkpoint>, Fault> {
        let origin = Origin::file(&path.to_string_lossy());
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Fault::new(FaultCode::Unreadable, &origin, error.kind().to_string())),
        };
        match Checkpoint::parse(&text) {
            Some(found) if found.fingerprint == fingerprint => Ok(Some(found)),
            Some(_) => Err(Fault::new(FaultCode::OtherRun, &origin, "the checkpoint belongs to other inputs or another program")),
            None => Err(Fault::new(FaultCode::OtherRun, &origin, "the checkpoint is damaged")),
        }
    }

    /// Replaces the checkpoint; a reader sees the old one or the new one, never half of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Fault> {
        let write = || -> io::Result<()> {
            let mut beside = PathBuf::from(path).into_os_string();
            beside.push(".new");
            let mut file = File::create(&beside)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|e| Fault::new(FaultCode::NotWritten, &Origin::file(&path.to_string_lossy()), e.kind().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_as_it_was_written_and_a_damaged_one_does_not() {
        let checkpoint = Checkpoint { fingerprint: 7, units: 1, patients: 2, faults: 3, bytes: 4, position: 5 };
        let text = checkpoint.text();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint));
        for end in 0..text.len() {
            assert_eq!(Checkpoint::parse(&text[..end]), None, "cut at {end}");
        }
        assert_eq!(Checkpoint::parse(&text.replace(" 2 ", " 9 ")), None);
    }
}
