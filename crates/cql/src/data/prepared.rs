//! A patient made ready once, to be evaluated many times.

use super::table::Table;
use super::{Data, Documents, Terminology, table_of};
use json::Document;

/// The resources of one patient with what is computed from them: rows by type, and the indexes that evaluations
/// have asked for. It owns everything, is `Send` and `Sync`, and one can serve many threads at once.
///
/// Indexes over codes belong to the state of one [`Terminology`]: keep one terminology for all evaluations of a
/// prepared patient, since every other state adds indexes that stay.
///
/// ```
/// use cql::data::Prepared;
/// let bundle = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}"#;
/// let document = json::Document::parse(bundle.as_bytes(), &json::Limits::default()).map_err(|_| "bad JSON")?;
/// let prepared = Prepared::new(document);
/// assert_eq!(prepared.data().resources_of("Patient").len(), 1);
/// # Ok::<(), &str>(())
/// ```
pub struct Prepared {
    document: Document,
    table: Table,
}

impl Prepared {
    /// The resources of a Bundle, or the one resource a document holds.
    pub fn new(document: Document) -> Prepared {
        let table = table_of(&document);
        Prepared { document, table }
    }

    /// The same, without the input: what a document projected for a set of programs has kept of it, packed. For
    /// many patients in memory at once. Answers are the same, and so are the names and paths of evidence.
    ///
    /// Resources that agree in all that was kept are kept whole, so that they can be told apart.
    pub fn compact(document: &Document) -> Prepared {
        let alike = if document.is_projected() && !document.is_compact() {
            super::content::alike(&Data::from_document(document))
        } else {
            Vec::new()
        };
        Prepared::new(document.compact(&alike))
    }

    /// The data to evaluate over. Costs nothing.
    pub fn data(&self) -> Data<'_> {
        Data::view(Documents::One(&self.document), &self.table)
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Makes the code index of a resource type at an element now rather than at the first retrieve.
    pub fn index_codes(&self, resource_type: &str, members: &[&str], terminology: &Terminology) {
        let path = super::CodePath { members: members.iter().map(|m| (*m).into()).collect() };
        self.data().code_index(resource_type, &path, terminology);
    }

    /// Bytes it keeps on the heap, the document's included.
    pub fn heap_bytes(&self) -> usize {
        self.document.heap_bytes() + self.table.heap_bytes()
    }
}
