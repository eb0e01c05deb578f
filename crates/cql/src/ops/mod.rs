//! Every operator of CQL 1.5 (Reference, Appendix B) as a function of values.
//!
//! One file per chapter. A function takes an [`Env`] where it needs the default time-zone
//! offset or unit conversion, and never looks at a clock. Unknown stays unknown: a result
//! that cannot be represented is null unless the specification demands an error.

pub mod aggregate;
pub mod arithmetic;
pub mod clinical;
pub mod comparison;
pub mod convert;
pub mod datetime;
pub mod expand;
pub mod interval;
pub mod list;
pub mod logical;
pub mod string;
pub mod units;

use crate::value::{DateTime, Object, Value};
use std::cell::Cell;
use std::cmp::Ordering;

/// What operators may know of their surroundings.
pub struct Env<'e> {
    offset: i16,
    now: DateTime,
    /// Whether the time or its offset was asked for: a result then belongs to this request alone.
    asked: Cell<bool>,
    /// Unit conversions, remembered.
    pub units: units::Units,
    /// Compares objects of the patient's data; `None` when there are none.
    pub objects: Option<&'e dyn Objects>,
    /// Asked inside operators that may take long; true ends them.
    pub cancel: Option<&'e dyn Fn() -> bool>,
    /// Turns of such operators, and whether one was ended: its result then means nothing.
    turns: Cell<u32>,
    stopped: Cell<bool>,
}

/// How operators look into objects of the data.
pub trait Objects {
    /// Whether two objects have the same content.
    fn equal(&self, left: Object, right: Object) -> bool;
    /// A number that objects of equal content share.
    fn digest(&self, object: Object) -> u64;
}

impl Env<'_> {
    /// An environment of a request time; its offset is the default offset.
    pub fn new(now: DateTime) -> Env<'static> {
        Env {
            offset: now.offset_minutes().unwrap_or(0),
            now: now.with_default_offset(0),
            asked: Cell::new(false),
            units: units::Units::default(),
            objects: None,
            cancel: None,
            turns: Cell::new(0),
            stopped: Cell::new(false),
        }
    }

    /// The default offset from UTC in minutes (that of the evaluation request).
    pub fn offset(&self) -> i16 {
        self.asked.set(true);
        self.offset
    }

    /// The time of the evaluation request.
    pub fn now(&self) -> DateTime {
        self.asked.set(true);
        self.now
    }

    /// Whether the time or its offset was asked for since the last time this was called.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked.replace(false)
    }

    /// Whether an operator over many elements goes on with the next: false once the caller cancelled. What the
    /// operator then gives means nothing, and whoever evaluates must ask [`Env::is_stopped`].
    pub(crate) fn goes_on(&self) -> bool {
        let turns = self.turns.get().wrapping_add(1);
        self.turns.set(turns);
        if turns.is_multiple_of(1024) && self.cancel.is_some_and(|cancel| cancel()) {
            self.stopped.set(true);
        }
        !self.stopped.get()
    }

    /// Whether an operator was ended before it was done.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }
}

/// Why an operator gives an error and not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// The operator is not defined for these operands.
    #[error("{operator} is not defined for {operands}")]
    Operands {
        /// The operator.
        operator: &'static str,
        /// The types of its operands.
        operands: String,
    },
    /// The result is outside the range of its type.
    #[error("{0}: the result is outside the range of its type")]
    Range(&'static str),
    /// `singleton from`, `point from` of something with several elements.
    #[error("{0}: expected one element, found several")]
    Several(&'static str),
    /// An interval whose low bound is above its high bound.
    #[error("an interval's low bound is above its high bound")]
    InvertedInterval,
    /// A date or time that does not exist.
    #[error("{0}: there is no such date or time")]
    NoSuchTime(&'static str),
    /// A pattern that is not a regular expression.
    #[error("{0}: the pattern is not a valid regular expression")]
    Pattern(&'static str),
    /// A list or text longer than allowed.
    #[error("{0}: the result has more than {1} elements")]
    TooMany(&'static str, usize),
}

/// The most elements a list may have, so that doubling one in a loop ends in an error.
pub const MAX_ELEMENTS: usize = 1_000_000;
/// The most bytes a text may have.
pub const MAX_TEXT: usize = 10_000_000;

/// Refuses a result of more elements than allowed.
pub(crate) fn check_length(operator: &'static str, length: usize) -> Result<(), OpError> {
    if length > MAX_ELEMENTS {
        return Err(OpError::TooMany(operator, MAX_ELEMENTS));
    }
    Ok(())
}

/// Refuses a text of more bytes than allowed.
pub(crate) fn check_text(operator: &'static str, length: usize) -> Result<(), OpError> {
    if length > MAX_TEXT {
        return Err(OpError::TooMany(operator, MAX_TEXT));
    }
    Ok(())
}

/// The result of an operator.
pub type OpResult = Result<Value, OpError>;

/// The error of an operator that does not know its operands.
pub(crate) fn undefined(operator: &'static str, operands: &[&Value]) -> OpError {
    OpError::Operands { operator, operands: operands.iter().map(|v| v.type_name()).collect::<Vec<_>>().join(", ") }
}

/// The outcomes a comparison may still have: a set of less, equal, greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcomes(u8);

impl Outcomes {
    pub(crate) const LESS: u8 = 1;
    pub(crate) const EQUAL: u8 = 2;
    pub(crate) const GREATER: u8 = 4;
    /// Nothing is known.
    pub const ANY: Outcomes = Outcomes(7);

    pub(crate) const fn of(bits: u8) -> Outcomes {
        Outcomes(bits)
    }

    /// Whether left is below right.
    pub fn less(self) -> Option<bool> {
        self.is(Self::LESS)
    }

    /// Whether both are the same.
    pub fn equal(self) -> Option<bool> {
        self.is(Self::EQUAL)
    }

    /// Whether left is above right.
    pub fn greater(self) -> Option<bool> {
        self.is(Self::GREATER)
    }

    /// Whether left is not above right.
    pub fn less_or_equal(self) -> Option<bool> {
        self.is(Self::LESS | Self::EQUAL)
    }

    /// Whether left is not below right.
    pub fn greater_or_equal(self) -> Option<bool> {
        self.is(Self::GREATER | Self::EQUAL)
    }

    fn is(self, wanted: u8) -> Option<bool> {
        if self.0 & !wanted == 0 {
            Some(true)
        } else if self.0 & wanted == 0 {
            Some(false)
        } else {
            None
        }
    }
}

impl From<Ordering> for Outcomes {
    fn from(ordering: Ordering) -> Outcomes {
        Outcomes(match ordering {
            Ordering::Less => Self::LESS,
            Ordering::Equal => Self::EQUAL,
            Ordering::Greater => Self::GREATER,
        })
    }
}
