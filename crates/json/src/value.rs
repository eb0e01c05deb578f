//! One value of a document, borrowed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use rust_decimal::Decimal;

use crate::document::{Document, KEY_ESCAPED, Kind, NONE, Node, NodeId, TRUE, VALUE_ESCAPED, key_meta};
use crate::tape::{Head, Tape};
use crate::text;

/// A member name made ready to be looked for many times: see [`Value::member`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    meta: u32,
    text: Box<str>,
}

impl Key {
    /// A name made ready.
    pub fn new(name: &str) -> Self {
        Self { meta: key_meta(name.len(), name.as_bytes()), text: name.into() }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// One value of a [`Document`]: a reference and a number, free to copy.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    id: u32,
}

impl<'a> Value<'a> {
    pub(crate) fn new(document: &'a Document, id: u32) -> Self {
        Self { document, id }
    }

    /// What stands here in a compact document.
    #[inline(always)]
    fn packed(&self) -> Option<(&'a Tape, Head)> {
        self.document.0.tape.as_ref().map(|tape| (tape, tape.head(self.id)))
    }

    fn node(&self) -> &'a Node {
        &self.document.0.nodes[self.id as usize]
    }

    fn slice(&self, start: u32, end: u32) -> &'a [u8] {
        &self.document.0.bytes[start as usize..end as usize]
    }

    /// The id of this value inside its document.
    pub fn id(&self) -> NodeId {
        NodeId(self.id)
    }

    /// The document this value stands in.
    pub fn document(&self) -> &'a Document {
        self.document
    }

    /// The JSON type.
    #[inline]
    pub fn kind(&self) -> Kind {
        if let Some((_, head)) = self.packed() {
            return head.kind();
        }
        self.node().kind()
    }

    /// Byte range in the document, quotes and brackets included; empty in a compact document.
    pub fn span(&self) -> Range<usize> {
        if self.document.is_compact() {
            return 0..0;
        }
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The bytes of this value exactly as written; in a compact document empty for strings, arrays and objects.
    pub fn raw(&self) -> &'a [u8] {
        if let Some((tape, head)) = self.packed() {
            return match head.kind() {
                Kind::Null => b"null",
                Kind::Bool if head.truth() => b"true",
                Kind::Bool => b"false",
                Kind::Number => tape.text(head),
                Kind::String | Kind::Array | Kind::Object => b"",
            };
        }
        let node = self.node();
        self.slice(node.start, node.end)
    }

    /// The path from the root: `Bundle.entry[3].resource.x`, or `$.a[3].b` when the root names no resource type.
    /// Costs a walk from the root; meant for faults and traces.
    pub fn path(&self) -> String {
        if self.document.is_compact() {
            return crate::path::path_of(*self);
        }
        crate::path::path(&self.document.0.bytes, &self.document.0.nodes, self.id)
    }

    /// The name under which this value stands in its object.
    pub fn key(&self) -> Option<Cow<'a, str>> {
        if let Some((tape, head)) = self.packed() {
            return tape.key(head).map(|key| Cow::Borrowed(key.as_str()));
        }
        let node = self.node();
        self.key_raw().map(|raw| text::decode(raw, node.has(KEY_ESCAPED)))
    }

    /// The name as written between its quotes, escapes not decoded (decoded in a compact document).
    pub fn key_raw(&self) -> Option<&'a [u8]> {
        if let Some((tape, head)) = self.packed() {
            return tape.key(head).map(|key| key.as_str().as_bytes());
        }
        let node = self.node();
        (node.key_start != NONE).then(|| node.key(&self.document.0.bytes))
    }

    /// Number of members or items; 0 for scalars.
    pub fn len(&self) -> usize {
        if let Some((_, head)) = self.packed() {
            return head.count as usize;
        }
        self.node().len as usize
    }

    /// True for scalars and for empty arrays and objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn children(&self) -> Items<'a> {
        if let Some((_, head)) = self.packed() {
            return Items { document: self.document, next: head.first(), left: head.count };
        }
        let left = self.node().len;
        Items { document: self.document, next: if left > 0 { self.id + 1 } else { NONE }, left }
    }

    /// The member with this name; `None` when absent or when this is not an object.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.find(key, key_meta(key.len(), key.as_bytes()))
    }

    /// As [`Value::get`], with a name made ready.
    #[inline]
    pub fn member(&self, key: &Key) -> Option<Value<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.find(&key.text, key.meta)
    }

    #[inline(always)]
    fn find(&self, key: &str, wanted: u32) -> Option<Value<'a>> {
        if self.document.is_compact() {
            return self.find_packed(key, wanted);
        }
        self.children().find(|child| {
            let node = child.node();
            if node.has(KEY_ESCAPED) {
                return child.key().as_deref() == Some(key);
            }
            node.meta & !0xFF == wanted && node.key(&self.document.0.bytes) == key.as_bytes()
        })
    }

    fn find_packed(&self, key: &str, wanted: u32) -> Option<Value<'a>> {
        let (tape, head) = self.packed()?;
        let mut at = head.first();
        for _ in 0..head.count {
            let child = tape.head(at);
            if tape.key(child).is_some_and(|found| found.meta == wanted && *found.text == *key) {
                return Some(Value::new(self.document, at));
            }
            at = child.end();
            if at as usize >= tape.len() {
                break;
            }
        }
        None
    }

    /// The item at this position; `None` when absent or when this is not an array.
    pub fn at(&self, index: usize) -> Option<Value<'a>> {
        self.items().nth(index)
    }

    /// The members of an object in writing order; nothing for other kinds.
    pub fn entries(&self) -> Entries<'a> {
        Entries(if self.kind() == Kind::Object { self.children() } else { self.nothing() })
    }

    /// The members of an object without their names (see [`Value::key_raw`]); nothing for other kinds.
    pub fn members(&self) -> Items<'a> {
        if self.kind() == Kind::Object { self.children() } else { self.nothing() }
    }

    /// The items of an array in writing order; nothing for other kinds.
    pub fn items(&self) -> Items<'a> {
        if self.kind() == Kind::Array { self.children() } else { self.nothing() }
    }

    fn nothing(&self) -> Items<'a> {
        Items { document: self.document, next: NONE, left: 0 }
    }

    /// The text of a string, borrowed when it is written without escapes.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        if self.document.is_compact() {
            return self.plain_bytes().map(|text| text::decode(text, false));
        }
        let node = self.node();
        (node.kind() == Kind::String).then(|| text::decode(self.slice(node.start + 1, node.end - 1), node.has(VALUE_ESCAPED)))
    }

    /// The bytes of a string written without escapes; `None` when it has escapes or is no string.
    /// Costs nothing; meant for checks that look at every value.
    pub fn plain_bytes(&self) -> Option<&'a [u8]> {
        if let Some((tape, head)) = self.packed() {
            return (head.kind() == Kind::String).then(|| tape.text(head));
        }
        let node = self.node();
        (node.kind() == Kind::String && !node.has(VALUE_ESCAPED)).then(|| self.slice(node.start + 1, node.end - 1))
    }

    /// True when this is a string with exactly this text. Never allocates for text without escapes.
    pub fn is_str(&self, text: &str) -> bool {
        if self.document.is_compact() {
            return self.plain_bytes() == Some(text.as_bytes());
        }
        let node = self.node();
        node.kind() == Kind::String
            && if !node.has(VALUE_ESCAPED) {
                self.slice(node.start + 1, node.end - 1) == text.as_bytes()
            } else {
                self.as_str().as_deref() == Some(text)
            }
    }

    /// The text of a number exactly as written.
    pub fn as_number(&self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| std::str::from_utf8(self.raw()).unwrap_or_default())
    }

    /// A number exactly, with the scale as written; `None` when it does not fit a [`Decimal`] without rounding.
    ///
    /// ```
    /// use json::{Document, Limits};
    /// let document = Document::parse(b"[1.50, 12e-1, 1e99]".to_vec(), &Limits::default()).unwrap();
    /// let shown: Vec<_> = document.root().items().map(|v| v.as_decimal().map(|d| d.to_string())).collect();
    /// assert_eq!(shown, [Some("1.50".into()), Some("1.2".into()), None]);
    /// ```
    pub fn as_decimal(&self) -> Option<Decimal> {
        decimal(self.as_number()?)
    }

    /// A number written as an integer (no fraction, no exponent) that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.parse().ok()
    }

    /// A Boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Some((_, head)) = self.packed() {
            return (head.kind() == Kind::Bool).then_some(head.truth());
        }
        let node = self.node();
        (node.kind() == Kind::Bool).then_some(node.has(TRUE))
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }
}

/// Exact conversion of JSON number text.
fn decimal(text: &str) -> Option<Decimal> {
    let Some(split) = text.find(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let base = Decimal::from_str_exact(&text[..split]).ok()?;
    let exponent: i32 = text[split + 1..].parse().ok()?;
    let scale = i32::try_from(base.scale()).ok()?.checked_sub(exponent)?;
    let mantissa = base.mantissa();
    if scale >= 0 {
        return Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok();
    }
    let factor = 10i128.checked_pow(scale.unsigned_abs())?;
    Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
}

impl fmt::Debug for Value<'_> {
    /// Prints kind and span, never the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("kind", &self.kind()).field("span", &self.span()).finish()
    }
}

/// Iterator over values; see [`Value::items`] and [`Value::members`].
#[derive(Clone)]
pub struct Items<'a> {
    document: &'a Document,
    next: u32,
    left: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.left == 0 || self.next == NONE {
            return None;
        }
        let value = Value::new(self.document, self.next);
        self.left -= 1;
        self.next = match value.packed() {
            // What is no value has any number of children: they end with the tape.
            Some((tape, head)) if (head.end() as usize) < tape.len() => head.end(),
            Some(_) => NONE,
            None => value.node().next,
        };
        Some(value)
    }
}

/// Iterator over names and values; see [`Value::entries`].
#[derive(Clone)]
pub struct Entries<'a>(Items<'a>);

impl<'a> Iterator for Entries<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.0.next()?;
        Some((value.key().unwrap_or_default(), value))
    }
}
