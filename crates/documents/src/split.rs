//! A file that holds several documents, taken apart.

use crate::Document;

/// The documents of a file, in order.
#[must_use]
pub fn split(whole: Document) -> Vec<Document> {
    vec![whole]
}
