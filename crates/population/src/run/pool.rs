//! The threads of a run and what passes between them.

use super::{Checkpoint, Done, Flight, Progress, Report, RunOptions, Sink, Stopped};
use crate::fault::{Fault, FaultCode, Origin};
use crate::source::{Assembled, Patient, Source, SourceOptions, Unit, fnv};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Units of input that go through the run together, in their order.
struct Batch<I> {
    number: u64,
    bytes: u64,
    items: Vec<I>,
}

/// A unit, or a fault of the source in its place.
type Read = Result<Unit, Fault>;

/// What became of a unit: patients and faults in order, and its bytes.
struct Evaluated<T> {
    results: Vec<Result<(String, Origin, T), Fault>>,
    bytes: u64,
    units: u64,
}

/// Everything the threads share.
struct Shared<T> {
    state: Mutex<State<T>>,
    /// Wakes the reader: there is room again.
    room: Condvar,
    /// Wakes workers: there is work, or there will be no more.
    work: Condvar,
    /// Wakes the writer: a batch is evaluated.
    done: Condvar,
}

struct State<T> {
    waiting: VecDeque<Batch<Read>>,
    evaluated: BTreeMap<u64, Batch<Evaluated<T>>>,
    in_flight: u64,
    read_all: Option<u64>,
    stop: bool,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No thread panics while it holds the lock; were it so, the state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, condition: &Condvar, guard: MutexGuard<'g, State<T>>) -> MutexGuard<'g, State<T>> {
        condition.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stop = true;
        self.room.notify_all();
        self.work.notify_all();
        self.done.notify_all();
    }
}

/// Ends the run when its thread ends in an unforeseen way, so that no other waits for ever.
struct StopOnPanic<'s, T>(&'s Shared<T>);

impl<T> Drop for StopOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

pub(super) fn run<T, W, M, S>(mut source: Source, workers: usize, make: &M, sink: &mut S, options: RunOptions<'_>) -> Report
where
    T: Send,
    W: FnMut(&Patient) -> T,
    M: Fn() -> W + Sync,
    S: Sink<T>,
{
    let total_bytes = source.total_bytes();
    let mut writer = Writer::new(&source, sink, options);
    if let Err(stopped) = writer.begin() {
        return writer.report(total_bytes, Some(stopped));
    }
    let flight = writer.options.flight;
    source.set_block(flight.batch_bytes, flight.batch_units);
    let skip = writer.state.units;
    let shared = Shared {
        state: Mutex::new(State {
            waiting: VecDeque::new(),
            evaluated: BTreeMap::new(),
            in_flight: 0,
            read_all: None,
            stop: false,
        }),
        room: Condvar::new(),
        work: Condvar::new(),
        done: Condvar::new(),
    };
    let source_options = source.options().clone();
    let stopped = std::thread::scope(|scope| {
        scope.spawn(|| {
            let _guard = StopOnPanic(&shared);
            read(&mut source, skip, flight, &shared);
        });
        for _ in 0..workers {
            scope.spawn(|| {
                let _guard = StopOnPanic(&shared);
                work(&source_options, make, &shared);
            });
        }
        let stopped = writer.write_all(&shared, total_bytes);
        shared.stop();
        stopped
    });
    writer.report(total_bytes, stopped)
}

/// Reads batches as long as there is room.
fn read<T>(source: &mut Source, skip: u64, flight: Flight, shared: &Shared<T>) {
    let mut first = pass_over(source, skip, shared);
    let mut number = 0;
    loop {
        let mut batch = Batch { number, bytes: 0, items: Vec::new() };
        let (mut ended, mut units) = (false, 0);
        while units < flight.batch_units.max(1) as u64 && batch.bytes < flight.batch_bytes.max(1) {
            match first.take().or_else(|| source.next_unit()) {
                Some(read) => {
                    batch.bytes += read.as_ref().map_or(0, |unit| unit.bytes);
                    units += read.as_ref().map_or(1, Unit::count);
                    batch.items.push(read);
                }
                None => {
                    ended = true;
                    break;
                }
            }
        }
        let mut state = shared.lock();
        while !state.stop && state.in_flight > 0 && state.in_flight + batch.bytes > flight.bytes {
            state = shared.wait(&shared.room, state);
        }
        if state.stop {
            return;
        }
        if !batch.items.is_empty() {
            state.in_flight += batch.bytes.max(1);
            state.waiting.push_back(batch);
            number += 1;
        }
        if ended {
            state.read_all = Some(number);
            drop(state);
            shared.work.notify_all();
            shared.done.notify_all();
            return;
        }
        drop(state);
        shared.work.notify_one();
    }
}

/// Passes over units that an earlier run has done; what is left of the last piece.
fn pass_over<T>(source: &mut Source, mut units: u64, shared: &Shared<T>) -> Option<Read> {
    while units > 0 && !shared.lock().stop {
        match source.next_unit()? {
            Ok(mut unit) => {
                let count = unit.count();
                units -= unit.skip(units);
                if units == 0 && unit.count() < count {
                    return (unit.count() > 0).then_some(Ok(unit));
                }
            }
            Err(_) => units -= 1,
        }
    }
    None
}

/// Evaluates batches until there are no more.
fn work<T, W, M>(options: &SourceOptions, make: &M, shared: &Shared<T>)
where
    W: FnMut(&Patient) -> T,
    M: Fn() -> W,
{
    let mut worker = None;
    loop {
        let mut state = shared.lock();
        let batch = loop {
            if state.stop {
                return;
            }
            if let Some(batch) = state.waiting.pop_front() {
                break batch;
            }
            if state.read_all.is_some() {
                return;
            }
            state = shared.wait(&shared.work, state);
        };
        drop(state);
        let items = batch.items.into_iter().map(|read| evaluate(read, options, make, &mut worker)).collect();
        let done = Batch { number: batch.number, bytes: batch.bytes, items };
        shared.lock().evaluated.insert(done.number, done);
        shared.done.notify_one();
    }
}

/// Parses a unit and evaluates its patients. A panic is caught here: it costs one patient.
fn evaluate<T, W, M>(read: Read, options: &SourceOptions, make: &M, worker: &mut Option<W>) -> Evaluated<T>
where
    W: FnMut(&Patient) -> T,
    M: Fn() -> W,
{
    let unit = match read {
        Ok(unit) => unit,
        Err(fault) => return Evaluated { results: vec![Err(fault)], bytes: 0, units: 1 },
    };
    let mut evaluated = Evaluated { results: Vec::new(), bytes: unit.bytes, units: unit.count() };
    for part in unit.parts() {
        evaluate_part(part, options, make, worker, &mut evaluated.results);
    }
    evaluated
}

fn evaluate_part<T, W, M>(
    unit: Unit,
    options: &SourceOptions,
    make: &M,
    worker: &mut Option<W>,
    results: &mut Vec<Result<(String, Origin, T), Fault>>,
) where
    W: FnMut(&Patient) -> T,
    M: Fn() -> W,
{
    let origin = unit.origin.clone();
    let panicked = |origin: &Origin| Fault::new(FaultCode::Panicked, origin, "the evaluation stopped with a panic");
    let Ok(Assembled { patients, faults }) = catch_unwind(AssertUnwindSafe(|| unit.assemble(options))) else {
        results.push(Err(panicked(&origin)));
        return;
    };
    for patient in patients {
        let result = catch_unwind(AssertUnwindSafe(|| worker.get_or_insert_with(make)(&patient)));
        results.push(match result {
            Ok(value) => Ok((patient.id, patient.origin, value)),
            Err(_) => {
                // What the worker kept between patients may be half changed.
                *worker = None;
                Err(panicked(&patient.origin))
            }
        });
    }
    results.extend(faults.into_iter().map(Err));
}

/// The side that writes: the thread that called.
struct Writer<'w, 'r, S> {
    sink: &'w mut S,
    options: RunOptions<'r>,
    state: Checkpoint,
    resumed: u64,
    saved: u64,
    resumable: bool,
}

impl<'w, 'r, S> Writer<'w, 'r, S> {
    fn new(source: &Source, sink: &'w mut S, options: RunOptions<'r>) -> Writer<'w, 'r, S> {
        let fingerprint = source.fingerprint();
        let state = Checkpoint {
            fingerprint: fnv(&options.identity.to_le_bytes(), fingerprint.unwrap_or_default()),
            ..Checkpoint::default()
        };
        Writer { sink, options, state, resumed: 0, saved: 0, resumable: fingerprint.is_some() }
    }

    /// Finds out where to begin.
    fn begin<T>(&mut self) -> Result<(), Stopped>
    where
        S: Sink<T>,
    {
        let Some(path) = &self.options.checkpoint else {
            return self.start_over();
        };
        if !self.resumable {
            let detail = "standard input cannot be read again, so a run over it keeps no checkpoint";
            return Err(Stopped::Fault(Fault::new(FaultCode::OtherRun, &Origin::file(&path.to_string_lossy()), detail)));
        }
        match Checkpoint::load(path, self.state.fingerprint).map_err(Stopped::Fault)? {
            None => self.start_over(),
            Some(found) => {
                self.sink.resume(found.position).map_err(Stopped::Sink)?;
                (self.state, self.resumed, self.saved) = (found, found.patients, found.patients);
                Ok(())
            }
        }
    }

    /// A sink that holds something from before is emptied; one that cannot be is new.
    fn start_over<T>(&mut self) -> Result<(), Stopped>
    where
        S: Sink<T>,
    {
        match self.sink.resume(0) {
            Err(error) if error.kind() != std::io::ErrorKind::Unsupported => Err(Stopped::Sink(error)),
            _ => Ok(()),
        }
    }

    /// Writes batches in order until there are no more.
    fn write_all<T>(&mut self, shared: &Shared<T>, total_bytes: Option<u64>) -> Option<Stopped>
    where
        S: Sink<T>,
    {
        let mut next = 0;
        loop {
            let mut state = shared.lock();
            let batch = loop {
                if self.options.cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
                    drop(state);
                    return Some(self.save().err().unwrap_or(Stopped::Cancelled));
                }
                if let Some(batch) = state.evaluated.remove(&next) {
                    break batch;
                }
                if state.read_all == Some(next) {
                    drop(state);
                    return self.save().err();
                }
                if state.stop {
                    let detail = "a thread of the run ended in an unforeseen way";
                    return Some(Stopped::Fault(Fault::new(FaultCode::Panicked, &Origin::file("(run)"), detail)));
                }
                // With a time-out, because whoever cancels does not wake us.
                let wait = shared.done.wait_timeout(state, Duration::from_millis(50));
                state = wait.unwrap_or_else(PoisonError::into_inner).0;
            };
            drop(state);
            next += 1;
            let bytes = batch.bytes;
            let written = self.write(batch);
            shared.lock().in_flight -= bytes.max(1);
            shared.room.notify_one();
            if let Err(stopped) = written {
                return Some(stopped);
            }
            if self.state.patients - self.saved >= self.options.flight.checkpoint_patients.max(1)
                && let Err(stopped) = self.save()
            {
                return Some(stopped);
            }
            let progress = self.progress(total_bytes);
            if let Some(tell) = &mut self.options.progress {
                tell(&progress);
            }
        }
    }

    fn write<T>(&mut self, batch: Batch<Evaluated<T>>) -> Result<(), Stopped>
    where
        S: Sink<T>,
    {
        for unit in batch.items {
            for result in unit.results {
                match result {
                    Ok((id, origin, value)) => {
                        let done = Done { index: self.state.patients, id, origin, value };
                        self.sink.patient(done).map_err(Stopped::Sink)?;
                        self.state.patients += 1;
                    }
                    Err(fault) => {
                        self.state.faults += 1;
                        self.sink.fault(&fault).map_err(Stopped::Sink)?;
                        if self.options.strict {
                            return Err(Stopped::Fault(fault));
                        }
                    }
                }
            }
            self.state.units += unit.units;
            self.state.bytes += unit.bytes;
        }
        Ok(())
    }

    /// Keeps how far the run is. Only ever called between units.
    fn save<T>(&mut self) -> Result<(), Stopped>
    where
        S: Sink<T>,
    {
        let position = self.sink.position().map_err(Stopped::Sink)?;
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        if let Some(position) = position {
            self.state.position = position;
            self.state.save(path).map_err(Stopped::Fault)?;
            self.saved = self.state.patients;
        }
        Ok(())
    }

    fn progress(&self, total_bytes: Option<u64>) -> Progress {
        Progress { patients: self.state.patients, bytes: self.state.bytes, total_bytes, faults: self.state.faults }
    }

    fn report(self, total_bytes: Option<u64>, stopped: Option<Stopped>) -> Report {
        Report { progress: self.progress(total_bytes), resumed: self.resumed, stopped }
    }
}
