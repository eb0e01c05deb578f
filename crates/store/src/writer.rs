//! Group commit: one thread writes. While one commit waits for the disk the next batch gathers by itself, so nothing
//! waits on purpose: an idle writer commits a lone write at once, a busy one commits up to 1,024 together.

use crate::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Most jobs in one commit.
pub(crate) const BATCH_MAX: usize = 1024;

/// What the writer last had to say about its health.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<Error>>);

impl Pulse {
    fn set(&self, error: Option<Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// The failure of the last commit, when it failed.
    pub fn failure(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The sending end of the one writer thread. Dropping it finishes what waits and joins the thread.
pub(crate) struct Writer<J> {
    sender: Option<SyncSender<(J, usize)>>,
    waiting_bytes: Arc<AtomicUsize>,
    max_bytes: usize,
    thread: Option<JoinHandle<()>>,
    pulse: Arc<Pulse>,
}

impl<J: Send + 'static> Writer<J> {
    /// Starts the thread. `commit` gets 1 to [`BATCH_MAX`] jobs and answers each of them before it returns.
    pub fn start(
        queue_len: usize,
        max_bytes: usize,
        commit: impl FnMut(Vec<J>) -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(queue_len.max(1));
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let pulse = Arc::new(Pulse::default());
        let (bytes, told) = (Arc::clone(&waiting_bytes), Arc::clone(&pulse));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&receiver, &bytes, &told, commit))
            .map_err(|e| Error::Unavailable(format!("the writer thread did not start: {e}")))?;
        Ok(Self { sender: Some(sender), waiting_bytes, max_bytes, thread: Some(thread), pulse })
    }

    /// Queues a job; gives it back with [`Error::Busy`] when the queue is full.
    pub fn submit(&self, job: J, weight: usize) -> Result<(), (J, Error)> {
        let Some(sender) = &self.sender else { return Err((job, gone())) };
        let waiting = self.waiting_bytes.fetch_add(weight, Ordering::Relaxed);
        // A single job larger than the whole budget still passes when nothing else waits.
        if waiting > 0 && waiting + weight > self.max_bytes {
            self.waiting_bytes.fetch_sub(weight, Ordering::Relaxed);
            return Err((job, Error::Busy));
        }
        sender.try_send((job, weight)).map_err(|refused| {
            self.waiting_bytes.fetch_sub(weight, Ordering::Relaxed);
            match refused {
                TrySendError::Full((job, _)) => (job, Error::Busy),
                TrySendError::Disconnected((job, _)) => (job, gone()),
            }
        })
    }

    /// How the last commit went.
    pub fn failure(&self) -> Option<Error> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Some(gone());
        }
        self.pulse.failure()
    }
}

impl<J> Drop for Writer<J> {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been reported by its panic message; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn gone() -> Error {
    Error::Unavailable("the writer is gone".to_owned())
}

fn run<J>(
    receiver: &Receiver<(J, usize)>,
    waiting_bytes: &AtomicUsize,
    pulse: &Pulse,
    mut commit: impl FnMut(Vec<J>) -> Result<(), Error>,
) {
    while let Ok(first) = receiver.recv() {
        let mut weight = first.1;
        let mut jobs = vec![first.0];
        while jobs.len() < BATCH_MAX
            && let Ok((job, bytes)) = receiver.try_recv()
        {
            weight += bytes;
            jobs.push(job);
        }
        let count = jobs.len();
        let result = commit(jobs);
        waiting_bytes.fetch_sub(weight, Ordering::Relaxed);
        if let Err(error) = &result {
            tracing::error!(code = error.code(), jobs = count, "a commit failed: {error}");
        }
        pulse.set(result.err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn jobs_gather_while_a_commit_runs_and_a_full_queue_is_busy() {
        let (started, wait_started) = channel();
        let (go, wait_go) = channel::<()>();
        let (sizes, seen) = channel();
        let writer = Writer::start(4, 1000, move |jobs: Vec<u32>| {
            started.send(()).unwrap();
            wait_go.recv().unwrap();
            sizes.send(jobs).unwrap();
            Ok(())
        })
        .unwrap();
        writer.submit(0, 1).unwrap();
        wait_started.recv().unwrap();
        for n in 1..=4 {
            writer.submit(n, 1).unwrap();
        }
        assert_eq!(writer.submit(5, 1), Err((5, Error::Busy)));
        go.send(()).unwrap();
        go.send(()).unwrap();
        assert_eq!(seen.recv().unwrap(), [0]);
        assert_eq!(seen.recv().unwrap(), [1, 2, 3, 4]);
        drop(writer);
    }

    #[test]
    fn waiting_bytes_are_bounded_and_one_large_job_passes() {
        let (go, wait_go) = channel::<()>();
        let writer = Writer::start(100, 10, move |_: Vec<u32>| {
            wait_go.recv().unwrap();
            Ok(())
        })
        .unwrap();
        writer.submit(0, 50).unwrap();
        assert_eq!(writer.submit(1, 1), Err((1, Error::Busy)));
        go.send(()).unwrap();
        drop(go);
        drop(writer);
    }

    #[test]
    fn a_failure_shows_until_a_commit_succeeds() {
        let writer = Writer::start(10, 10, |jobs: Vec<(bool, std::sync::mpsc::Sender<()>)>| {
            let ok = jobs[0].0;
            jobs[0].1.send(()).unwrap();
            if ok { Ok(()) } else { Err(Error::Full) }
        })
        .unwrap();
        let (told, heard) = channel();
        writer.submit((false, told.clone()), 1).map_err(|(_, e)| e).unwrap();
        heard.recv().unwrap();
        while writer.failure().is_none() {
            std::thread::yield_now();
        }
        assert_eq!(writer.failure(), Some(Error::Full));
        writer.submit((true, told), 1).map_err(|(_, e)| e).unwrap();
        while writer.failure().is_some() {
            std::thread::yield_now();
        }
    }
}
