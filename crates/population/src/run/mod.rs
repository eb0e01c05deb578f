//! A run: every patient of a source evaluated once, on several threads, results in the order of the source.
//!
//! One thread reads, `workers` threads parse and evaluate, the calling thread writes. What is between them is bounded in number and bytes, so a slow
//! sink slows the reading down and never fills the memory.

mod checkpoint;
mod pool;
mod sink;

pub use checkpoint::Checkpoint;
pub use sink::{Done, FileSink, Sink};

use crate::fault::Fault;
use crate::source::{Patient, Source};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// How a run goes.
#[derive(Default)]
pub struct RunOptions<'r> {
    /// End at the first fault (which is still reported).
    pub strict: bool,
    /// Set to true from anywhere to end the run soon; what was written stays.
    pub cancel: Option<&'r AtomicBool>,
    /// Told now and then how far the run is: after some patients, never for each.
    pub progress: Option<&'r mut dyn FnMut(&Progress)>,
    /// The file that keeps how far the run is. When it is there, the run continues behind it.
    pub checkpoint: Option<PathBuf>,
    /// A number for everything beside the input that the results depend on (program, parameters, time): a run is resumed only with the same.
    pub identity: u64,
    /// Bounds of what is in flight.
    pub flight: Flight,
}

/// Bounds of what has been read and not yet written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Most bytes of input in flight (one unit is always allowed).
    pub bytes: u64,
    /// Most bytes of input handed to a worker at once.
    pub batch_bytes: u64,
    /// Most units handed to a worker at once.
    pub batch_units: usize,
    /// A checkpoint at least every so many patients.
    pub checkpoint_patients: u64,
}

impl Default for Flight {
    /// 16 MiB in flight (what is read is soon parsed, so it is still in the cache), batches of up to 256 KiB and 64 units, a checkpoint every 1,000 patients.
    fn default() -> Flight {
        Flight { bytes: 16 << 20, batch_bytes: 256 << 10, batch_units: 64, checkpoint_patients: 1000 }
    }
}

/// How far a run is, or was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Patients written, those of resumed runs included.
    pub patients: u64,
    /// Bytes of input done.
    pub bytes: u64,
    /// Bytes of input in all, when known.
    pub total_bytes: Option<u64>,
    /// Faults found.
    pub faults: u64,
}

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// Everything done, those of resumed runs included.
    pub progress: Progress,
    /// Patients an earlier run had written.
    pub resumed: u64,
    /// Why it ended before the end of the source.
    pub stopped: Option<Stopped>,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// A fault, and the run is strict; or a checkpoint that cannot be used.
    #[error("{0}")]
    Fault(Fault),
    /// The sink could not write.
    #[error("the results cannot be written ({0}): free space or choose another place, then run again to continue")]
    Sink(std::io::Error),
}

/// Evaluates every patient of a source.
///
/// `make_worker` is called once on each of the `workers` threads (and again after a panic); the worker it makes gets the patients of that thread. A panic
/// while one patient is evaluated is a fault of that patient.
///
/// ```
/// use population::{run, RunOptions, Source, SourceOptions};
/// let lines = concat!(
///     r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}}]}"#, "\n",
///     r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"b"}}]}"#, "\n",
///     "not JSON\n",
/// );
/// let source = Source::from_reader("-", lines.as_bytes(), &SourceOptions::default());
/// let mut ids = Vec::new();
/// let report = run(
///     source,
///     2.try_into().map_err(|_| "no worker")?,
///     || |patient: &population::Patient| patient.resource_count(),
///     &mut |done: population::Done<usize>| { ids.push((done.id, done.value)); Ok(()) },
///     RunOptions::default(),
/// );
/// assert_eq!(ids, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
/// assert_eq!((report.progress.patients, report.progress.faults), (2, 1));
/// # Ok::<(), &str>(())
/// ```
pub fn run<T, W, M, S>(source: Source, workers: NonZeroUsize, make_worker: M, sink: &mut S, options: RunOptions<'_>) -> Report
where
    T: Send,
    W: FnMut(&Patient) -> T,
    M: Fn() -> W + Sync,
    S: Sink<T>,
{
    pool::run(source, workers.get(), &make_worker, sink, options)
}
