//! Compact JSON out.

use rust_decimal::Decimal;

use crate::text::{is_number, write_string};
use crate::value::Value;

/// Writes compact JSON into a byte vector, and splices spans of an input verbatim.
///
/// The caller keeps the grammar (a key before each member, every begin ended); debug builds
/// assert it. Strings are escaped; nothing else is interpreted.
///
/// ```
/// use json::Writer;
/// let mut out = Writer::new();
/// out.begin_object();
/// out.key("name").string("a\"b");
/// out.key("list").begin_array().integer(1).raw(b"{\"as\": 1.50}").null().end_array();
/// out.end_object();
/// assert_eq!(out.finish(), br#"{"name":"a\"b","list":[1,{"as": 1.50},null]}"#);
/// ```
#[derive(Debug, Default, Clone)]
pub struct Writer {
    out: Vec<u8>,
    comma: bool,
    depth: usize,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with room for this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), comma: false, depth: 0 }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn begin(&mut self, bracket: u8) -> &mut Self {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
        self.depth += 1;
        self
    }

    fn end(&mut self, bracket: u8) -> &mut Self {
        debug_assert!(self.depth > 0, "end without begin");
        self.out.push(bracket);
        self.comma = true;
        self.depth = self.depth.saturating_sub(1);
        self
    }

    /// Opens an object.
    pub fn begin_object(&mut self) -> &mut Self {
        self.begin(b'{')
    }

    /// Closes an object.
    pub fn end_object(&mut self) -> &mut Self {
        self.end(b'}')
    }

    /// Opens an array.
    pub fn begin_array(&mut self) -> &mut Self {
        self.begin(b'[')
    }

    /// Closes an array.
    pub fn end_array(&mut self) -> &mut Self {
        self.end(b']')
    }

    /// Writes the name of the member whose value comes next.
    pub fn key(&mut self, name: &str) -> &mut Self {
        debug_assert!(self.depth > 0, "a key stands inside an object");
        self.separate();
        write_string(&mut self.out, name);
        self.out.push(b':');
        self.comma = false;
        self
    }

    /// Writes a string, escaped.
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.separate();
        write_string(&mut self.out, text);
        self
    }

    /// Writes a number from its text, which must be a JSON number ([`is_number`]).
    /// Text that is not one is written as a string, so the output stays JSON.
    pub fn number(&mut self, text: &str) -> &mut Self {
        if !is_number(text) {
            return self.string(text);
        }
        self.separate();
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// Writes an integer.
    pub fn integer(&mut self, number: i64) -> &mut Self {
        self.number(&number.to_string())
    }

    /// Writes a decimal with its scale: `1.50` stays `1.50`.
    pub fn decimal(&mut self, number: Decimal) -> &mut Self {
        self.number(&number.to_string())
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { b"true" } else { b"false" })
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw(b"null")
    }

    /// Splices bytes that are one JSON value already, verbatim.
    pub fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.separate();
        self.out.extend_from_slice(json);
        self
    }

    /// Splices a parsed value byte for byte as it was written; a value of a compact document in its canonical spelling.
    pub fn value(&mut self, value: Value<'_>) -> &mut Self {
        if value.document().is_compact() {
            return self.raw(&crate::canonical(value));
        }
        self.raw(value.raw())
    }

    /// What was written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// The finished bytes.
    pub fn finish(self) -> Vec<u8> {
        debug_assert_eq!(self.depth, 0, "begin without end");
        self.out
    }
}
