//! The bytes and the arena that points into them.

use std::fmt;
use std::sync::Arc;

use crate::fault::Fault;
use crate::limits::Limits;
use crate::projection::Projection;
use crate::tape::{Names, Tape};
use crate::value::Value;

/// Marks the absence of a node or offset; inputs are kept below this many bytes.
pub(crate) const NONE: u32 = u32::MAX;

/// The key of this node is written with escapes.
pub(crate) const KEY_ESCAPED: u32 = 8;
/// The string value of this node is written with escapes.
pub(crate) const VALUE_ESCAPED: u32 = 16;
/// The value of a Boolean node.
pub(crate) const TRUE: u32 = 32;

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
    /// The next sibling, or `NONE`.
    pub next: u32,
    /// Number of children.
    pub len: u32,
    /// Kind and flags in the low byte, then [`key_meta`].
    pub meta: u32,
}

/// Length and digest of a key, above the low byte of [`Node::meta`]: equal keys written without escapes have
/// equal ones. A key of `u16::MAX` bytes and more counts as one of `u16::MAX`; its end is looked for.
#[inline(always)]
pub(crate) fn key_meta(len: usize, key: &[u8]) -> u32 {
    let byte = |at: usize| key.get(at).copied().unwrap_or_default();
    let tag = byte(0).wrapping_mul(5) ^ byte(key.len() / 2).rotate_left(3) ^ byte(key.len().saturating_sub(1)).rotate_left(5);
    (len.min(KEY_LONG) as u32) << 16 | u32::from(tag) << 8
}

/// One of 64 bits for a key.
#[inline(always)]
pub(crate) fn key_bit(meta: u32) -> u64 {
    1 << (meta.wrapping_mul(0x9E37_79B1) >> 26)
}

const KEY_LONG: usize = u16::MAX as usize;

impl Node {
    #[inline(always)]
    pub(crate) fn kind(&self) -> Kind {
        const KINDS: [Kind; 8] =
            [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object, Kind::Null, Kind::Null];
        KINDS[(self.meta & 7) as usize]
    }

    /// Whether a flag is set.
    #[inline(always)]
    pub(crate) fn has(&self, flag: u32) -> bool {
        self.meta & flag != 0
    }

    /// The digest of the decoded key.
    pub(crate) fn key_tag(&self) -> u8 {
        (self.meta >> 8) as u8
    }

    /// The key as written, without its quotes; empty when there is none.
    #[inline(always)]
    pub(crate) fn key<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let (start, len) = (self.key_start as usize, (self.meta >> 16) as usize);
        let end = if len < KEY_LONG { start.saturating_add(len) } else { self.long_key_end(bytes) };
        bytes.get(start..end).unwrap_or_default()
    }

    #[cold]
    fn long_key_end(&self, bytes: &[u8]) -> usize {
        crate::text::scan_string(bytes, self.key_start as usize).map_or(0, |scanned| scanned.end)
    }
}

pub(crate) struct Inner {
    pub bytes: Arc<[u8]>,
    pub nodes: Vec<Node>,
    /// Only what a projection asked for is there.
    pub projected: bool,
    /// Some member name begins with `_`.
    pub underscores: bool,
    /// Names this document shares with others of its projection.
    pub names: Option<Arc<Names>>,
    /// In place of bytes and nodes.
    pub tape: Option<Tape>,
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
        let parsed = crate::parse::parse(&bytes, limits)?;
        Ok(Document::of(bytes, parsed, None))
    }

    /// Parses one JSON value that fills the whole input and keeps only what a projection asks for.
    ///
    /// What is passed over is still checked: nesting, strings and their escapes, UTF-8, numbers, the limits.
    /// Only keys that occur twice in an object nobody asks for are not seen. Spans point into the bytes as
    /// ever; items of a kept array keep their positions, so paths are those of the whole document.
    ///
    /// # Errors
    /// Exactly those of [`Document::parse`]: an input with a fault is parsed again for its place and path.
    pub fn parse_projected(
        bytes: impl Into<Arc<[u8]>>,
        projection: &Projection,
        limits: &Limits,
    ) -> Result<Document, Vec<Fault>> {
        let bytes = bytes.into();
        match crate::parse::parse_projected(&bytes, limits, projection) {
            Some(parsed) => Ok(Document::of(bytes, parsed, Some(projection.names()))),
            None => Document::parse(bytes, limits),
        }
    }

    fn of(bytes: Arc<[u8]>, parsed: crate::parse::Parsed, names: Option<Arc<Names>>) -> Document {
        let projected = names.is_some();
        let (nodes, underscores) = (parsed.nodes, parsed.underscores);
        Document(Arc::new(Inner { bytes, nodes, underscores, projected, names, tape: None }))
    }

    /// The same values without the input, packed to be kept in memory.
    ///
    /// What it cannot tell any more: where a value stood ([`Value::span`] is empty) and how a string or a
    /// container was written ([`Value::raw`] is empty; numbers keep their text). Ids are other than before;
    /// paths are the same. The nodes in `whole` are kept with all that the input has of them, whatever the
    /// projection said.
    ///
    /// ```
    /// use json::{Document, Limits};
    /// let document = Document::parse(br#"{"a": [1.50, "A"], "b": true}"#.to_vec(), &Limits::default()).unwrap();
    /// let compact = document.compact(&[]);
    /// assert_eq!(json::canonical(compact.root()), json::canonical(document.root()));
    /// assert_eq!(compact.root().get("a").unwrap().at(0).unwrap().path(), "$.a[0]");
    /// ```
    #[must_use]
    pub fn compact(&self, whole: &[NodeId]) -> Document {
        let known = self.0.names.as_ref().or(self.0.tape.as_ref().map(Tape::names));
        let names = known.map_or_else(Arc::default, Arc::clone);
        let mut whole = whole.to_vec();
        whole.sort_unstable();
        let tape = Some(Tape::of(self, names, &whole));
        let (projected, underscores) = (self.0.projected, self.0.underscores || !whole.is_empty());
        Document(Arc::new(Inner { bytes: Arc::default(), nodes: Vec::new(), projected, underscores, names: None, tape }))
    }

    /// Whether this was made by [`Document::compact`].
    pub fn is_compact(&self) -> bool {
        self.0.tape.is_some()
    }

    /// Whether some member name begins with `_`, as the siblings of FHIR primitives do. (A name written with
    /// an escape counts as one that does.)
    pub fn has_underscore_keys(&self) -> bool {
        self.0.underscores
    }

    /// Whether only what a projection asked for is there.
    pub fn is_projected(&self) -> bool {
        self.0.projected
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
        let len = self.0.tape.as_ref().map_or(self.0.nodes.len(), Tape::len);
        if id.index() < len { Value::new(self, id.0) } else { self.root() }
    }

    /// Bytes the document keeps on the heap: the input and its arena.
    pub fn heap_bytes(&self) -> usize {
        let tape = self.0.tape.as_ref().map_or(0, Tape::heap_bytes);
        size_of::<Inner>() + self.0.bytes.len() + self.0.nodes.capacity() * size_of::<Node>() + tape
    }

    /// The number of values in the document.
    pub fn node_count(&self) -> usize {
        self.0.tape.as_ref().map_or(self.0.nodes.len(), Tape::count)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.0.bytes.len()).field("nodes", &self.node_count()).finish()
    }
}
