//! The bytes and the arena that points into them.

use std::fmt;
use std::sync::Arc;

use crate::fault::Fault;
use crate::limits::Limits;
use crate::value::Value;

/// Marks the absence of a node or offset; inputs are kept below this many bytes.
pub(crate) const NONE: u32 = u32::MAX;

/// The key of this node is written with escapes.
pub(crate) const KEY_ESCAPED: u8 = 1;
/// The string value of this node is written with escapes.
pub(crate) const VALUE_ESCAPED: u8 = 2;
/// The value of a Boolean node.
pub(crate) const TRUE: u8 = 4;

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, kept as written.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The word for this type in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// Identifies one value inside its [`Document`]; ordered as the values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The root of every document.
    pub const ROOT: NodeId = NodeId(0);

    /// The position in writing order, from 0 (the root).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One value. Nodes stand in writing order, so the first child of a node is the next node.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub start: u32,
    pub end: u32,
    /// Key without its quotes; `NONE` for array items and the root.
    pub key_start: u32,
    pub key_end: u32,
    /// The next sibling, or `NONE`.
    pub next: u32,
    /// Number of children.
    pub len: u32,
    pub kind: Kind,
    pub flags: u8,
    /// A cheap digest of the decoded key, to compare keys without touching the text.
    pub tag: u16,
}

pub(crate) struct Inner {
    pub bytes: Arc<[u8]>,
    pub nodes: Vec<Node>,
}

/// A parsed body: the bytes exactly as they came, and where each value stands in them.
///
/// Cloning is cheap (one reference count). It is `Send` and `Sync`. `Debug` prints sizes only.
#[derive(Clone)]
pub struct Document(pub(crate) Arc<Inner>);

impl Document {
    /// Parses one JSON value that fills the whole input.
    ///
    /// # Errors
    /// All duplicate keys up to the first syntax error, and that error, ordered by offset;
    /// at most `limits.max_faults`. Inputs of 4 GiB and more are refused whatever the limits say.
    pub fn parse(bytes: impl Into<Arc<[u8]>>, limits: &Limits) -> Result<Document, Vec<Fault>> {
        let bytes = bytes.into();
        let nodes = crate::parse::parse(&bytes, limits)?;
        Ok(Document(Arc::new(Inner { bytes, nodes })))
    }

    /// The value that is the whole document.
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// The input, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The same bytes, shared.
    pub fn shared_bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.0.bytes)
    }

    /// The value with this id. An id of another document that does not exist here gives the root.
    pub fn value(&self, id: NodeId) -> Value<'_> {
        if id.index() < self.0.nodes.len() { Value::new(self, id.0) } else { self.root() }
    }

    /// The number of values in the document.
    pub fn node_count(&self) -> usize {
        self.0.nodes.len()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.0.bytes.len()).field("nodes", &self.0.nodes.len()).finish()
    }
}
