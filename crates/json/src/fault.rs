//! What was wrong with the bytes, and where.

use std::fmt;

/// The kind of a [`Fault`]. [`FaultCode::as_str`] is stable and may be shown or stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultCode {
    /// No value: no bytes, or white space only.
    Empty,
    /// More bytes than [`crate::Limits::max_bytes`].
    TooLarge,
    /// Deeper than [`crate::Limits::max_depth`].
    TooDeep,
    /// More values than [`crate::Limits::max_nodes`].
    TooManyNodes,
    /// A number longer than [`crate::NUMBER_BYTES_MAX`].
    NumberTooLong,
    /// Bytes that are not UTF-8 (RFC 8259 section 8.1).
    InvalidUtf8,
    /// The input starts with a byte order mark (RFC 8259 section 8.1).
    ByteOrderMark,
    /// The input ends inside a value.
    UnexpectedEnd,
    /// A byte that cannot stand here.
    UnexpectedByte,
    /// An unescaped control character inside a string.
    ControlCharacter,
    /// A backslash escape that JSON does not have.
    BadEscape,
    /// A `\u` escape that is half of a surrogate pair.
    LoneSurrogate,
    /// A number against the grammar of RFC 8259 section 6.
    BadNumber,
    /// Something after the value.
    TrailingBytes,
    /// A name that already stands in this object.
    DuplicateKey,
}

impl FaultCode {
    /// The stable spelling of this code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::TooManyNodes => "too-many-nodes",
            Self::NumberTooLong => "number-too-long",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::ByteOrderMark => "byte-order-mark",
            Self::UnexpectedEnd => "unexpected-end",
            Self::UnexpectedByte => "unexpected-byte",
            Self::ControlCharacter => "control-character",
            Self::BadEscape => "bad-escape",
            Self::LoneSurrogate => "lone-surrogate",
            Self::BadNumber => "bad-number",
            Self::TrailingBytes => "trailing-bytes",
            Self::DuplicateKey => "duplicate-key",
        }
    }

    /// True when the input broke a limit rather than the grammar (HTTP 413 rather than 400).
    pub fn is_limit(self) -> bool {
        matches!(self, Self::TooLarge | Self::TooDeep | Self::TooManyNodes | Self::NumberTooLong)
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "there is no JSON value",
            Self::TooLarge => "the body is larger than the limit",
            Self::TooDeep => "arrays and objects are nested deeper than the limit",
            Self::TooManyNodes => "the body holds more values than the limit",
            Self::NumberTooLong => "a number has more digits than the limit",
            Self::InvalidUtf8 => "the bytes are not valid UTF-8",
            Self::ByteOrderMark => "the body starts with a byte order mark",
            Self::UnexpectedEnd => "the body ends inside a value",
            Self::UnexpectedByte => "unexpected character",
            Self::ControlCharacter => "unescaped control character inside a string",
            Self::BadEscape => "unknown or incomplete escape inside a string",
            Self::LoneSurrogate => "half of a surrogate pair inside a string",
            Self::BadNumber => "malformed number",
            Self::TrailingBytes => "something follows the JSON value",
            Self::DuplicateKey => "the same name occurs twice in one object",
        }
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One fault of the input. Values are never quoted, since they may be health information;
/// member names appear in `path` only when they look like element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub code: FaultCode,
    /// One sentence for people.
    pub message: String,
    /// Byte offset of the fault.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Where in the tree: `Bundle.entry[3].resource.x`, or `$.a[3].b` when the root names no resource type.
    pub path: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {} ({})", self.message, self.line, self.column, self.path)
    }
}

impl std::error::Error for Fault {}
