//! What is going to happen when.

use crate::letters::Letter;
use base::{CaseId, Timestamp, UserId};
use std::collections::BTreeMap;

/// Something that is going to happen. The number is the tenant's place.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// A provider writes a new request.
    Arrive(usize),
    /// A letter is sent, for the first time or again.
    Send(usize, Box<Letter>),
    /// All stories are told.
    Telling(usize),
    /// A person takes the next piece of work.
    Work(usize, UserId),
    /// The requester answers a question.
    Answer(usize, CaseId),
    /// Odd things happen: withdrawals, voids, openings again, inquiries.
    Daily(usize),
    /// The week's pace is chosen; licences change.
    Weekly(usize),
    /// The courier delivers what the outbox holds.
    Courier,
    /// The platform is killed and built again at once.
    Kill,
    /// The platform goes down for so many minutes.
    Down(i64),
    /// It comes up again.
    Up,
    /// One tenant's storage is full for so many minutes.
    Fill(usize, i64),
    /// There is room again.
    Room(usize),
    /// The auditor looks at everything.
    Audit,
    /// A day begins.
    Day(u32),
}

/// The agenda, in order of time and, at the same moment, in the order of planning.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    tasks: BTreeMap<(Timestamp, u64), Task>,
    planned: u64,
}

impl Agenda {
    /// Plans a task.
    pub(crate) fn plan(&mut self, at: Timestamp, task: Task) {
        self.planned += 1;
        self.tasks.insert((at, self.planned), task);
    }

    /// When the next task is.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.tasks.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next task.
    pub(crate) fn take(&mut self) -> Option<(Timestamp, Task)> {
        self.tasks.pop_first().map(|((at, _), task)| (at, task))
    }
}
