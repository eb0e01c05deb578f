//! One spelling for equal documents, to hash and compare.

use std::borrow::Cow;

use crate::document::Kind;
use crate::text::write_string;
use crate::value::Value;

enum Step<'a> {
    Value(Value<'a>),
    Key(Cow<'a, str>),
    Byte(u8),
}

/// The canonical bytes of a value: RFC 8785 (names sorted by UTF-16 code units, no white space,
/// minimal escapes) except that numbers stay as written.
///
/// RFC 8785 turns numbers into IEEE doubles; a clinical `1.50` would become `1.5` and a long
/// decimal would change its value, so this function keeps their text.
///
/// ```
/// use json::{canonical, Document, Limits};
/// let document = Document::parse(br#"{ "b": 1.50, "a": "\u0041" }"#.to_vec(), &Limits::default()).unwrap();
/// assert_eq!(canonical(document.root()), br#"{"a":"A","b":1.50}"#);
/// ```
pub fn canonical(value: Value<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.raw().len());
    let mut steps = vec![Step::Value(value)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Byte(byte) => out.push(byte),
            Step::Key(key) => {
                write_string(&mut out, &key);
                out.push(b':');
            }
            Step::Value(value) => match value.kind() {
                Kind::Object => {
                    let mut entries: Vec<_> = value.entries().collect();
                    entries.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
                    out.push(b'{');
                    steps.push(Step::Byte(b'}'));
                    for (position, (key, child)) in entries.into_iter().enumerate().rev() {
                        steps.push(Step::Value(child));
                        steps.push(Step::Key(key));
                        if position > 0 {
                            steps.push(Step::Byte(b','));
                        }
                    }
                }
                Kind::Array => {
                    let items: Vec<_> = value.items().collect();
                    out.push(b'[');
                    steps.push(Step::Byte(b']'));
                    for (position, child) in items.into_iter().enumerate().rev() {
                        steps.push(Step::Value(child));
                        if position > 0 {
                            steps.push(Step::Byte(b','));
                        }
                    }
                }
                Kind::String => write_string(&mut out, &value.as_str().unwrap_or_default()),
                Kind::Null | Kind::Bool | Kind::Number => out.extend_from_slice(value.raw()),
            },
        }
    }
    out
}
