//! Protected health information that cannot be printed by accident.

use serde::{Deserialize, Serialize};

/// A value that identifies or describes a person. `Debug` and `Display` print `[phi]`.
///
/// It serialises as its content: the store and the wire need it. Logs, errors, URLs and metrics
/// use `Debug`/`Display`, so they never carry it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Marks a value as protected.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the value. The caller answers for an audit row where a person looks at it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Opens the value by move.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[phi]")
    }
}

impl<T> std::fmt::Display for Phi<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[phi]")
    }
}

impl<T> From<T> for Phi<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
