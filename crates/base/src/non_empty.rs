//! A list that has at least one element, by construction.

use serde::{Deserialize, Serialize};

/// At least one `T`, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", into = "Vec<T>", bound(serialize = "T: Clone + Serialize"))]
pub struct NonEmpty<T>(Vec<T>);

/// The list was empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at least one element is required")]
pub struct Empty;

impl<T> NonEmpty<T> {
    /// One element.
    pub fn one(first: T) -> Self {
        Self(vec![first])
    }

    /// The first element.
    #[allow(clippy::missing_panics_doc)]
    pub fn first(&self) -> &T {
        &self.0[0]
    }

    /// All elements.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// Iterates in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many; never zero.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds at the end.
    pub fn push(&mut self, value: T) {
        self.0.push(value);
    }
}

impl<T> TryFrom<Vec<T>> for NonEmpty<T> {
    type Error = Empty;
    fn try_from(values: Vec<T>) -> Result<Self, Empty> {
        if values.is_empty() { Err(Empty) } else { Ok(Self(values)) }
    }
}

impl<T> From<NonEmpty<T>> for Vec<T> {
    fn from(list: NonEmpty<T>) -> Vec<T> {
        list.0
    }
}

impl<'a, T> IntoIterator for &'a NonEmpty<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
