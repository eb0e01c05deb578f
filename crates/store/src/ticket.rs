//! A promise to answer once the work is durable.

use crate::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// The pending answer of a write. It resolves only when the write is durable or refused. Await it, or [`Ticket::wait`].
#[derive(Debug)]
#[must_use = "a write is not durable before its ticket has answered"]
pub struct Ticket<T>(State<T>);

#[derive(Debug)]
enum State<T> {
    Waiting(oneshot::Receiver<Result<T, Error>>),
    Ready(Option<Result<T, Error>>),
}

/// The other end of a [`Ticket`].
#[derive(Debug)]
pub(crate) struct Answer<T>(oneshot::Sender<Result<T, Error>>);

impl<T> Answer<T> {
    /// Answers. Nobody waiting any more is no error: the work is done all the same.
    pub(crate) fn give(self, result: Result<T, Error>) {
        let _ = self.0.send(result);
    }
}

impl<T> Ticket<T> {
    /// A ticket and the end that answers it.
    pub(crate) fn pair() -> (Answer<T>, Self) {
        let (sender, receiver) = oneshot::channel();
        (Answer(sender), Self(State::Waiting(receiver)))
    }

    /// A ticket that is answered already: for a store that stands before another (the simulator's, which fails on purpose).
    pub const fn ready(result: Result<T, Error>) -> Self {
        Self(State::Ready(Some(result)))
    }

    /// Blocks this thread until the answer is there. Not for use on an async worker thread: await it there.
    ///
    /// # Errors
    /// What the writer answered.
    pub fn wait(self) -> Result<T, Error>
    where
        T: Unpin,
    {
        // Unconstrained: on a thread of a tokio runtime the cooperative budget would never be refilled while we block here.
        pollster::block_on(tokio::task::unconstrained(self))
    }
}

impl<T: Unpin> Future for Ticket<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let gone = || Error::Unavailable("the writer is gone".to_owned());
        match &mut self.get_mut().0 {
            State::Ready(result) => Poll::Ready(result.take().unwrap_or_else(|| Err(gone()))),
            State::Waiting(receiver) => Pin::new(receiver).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(gone()))),
        }
    }
}
