//! A document without its input: values packed one after the other, for keeping many documents in memory.
//!
//! A value is a byte for kind and flags, the number of its key when it has one, and then: of a string or number
//! its text, or the number of a text that the document has more than once; of an array or object the bytes and
//! the number of its children, and the children. Numbers are LEB128. The id of a value is its offset.
//!
//! Reading takes what it finds: an id that is not the beginning of a value gives some value, never a panic.

use crate::document::{Document, Kind, NodeId};
use crate::limits::Limits;
use crate::value::{Key, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Member names that many documents share.
#[derive(Debug, Default)]
pub(crate) struct Names {
    keys: Vec<Key>,
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Names {
        let mut out = Names::default();
        for name in names {
            if !out.numbers.contains_key(name) {
                out.numbers.insert(name.into(), out.keys.len() as u32);
                out.keys.push(Key::new(name));
            }
        }
        out
    }
}

pub(crate) struct Tape {
    bytes: Box<[u8]>,
    names: Arc<Names>,
    /// Names that are not among the shared ones, numbered after them.
    more: Box<[Key]>,
    /// Where each repeated text ends in `texts`.
    ends: Box<[u32]>,
    texts: Box<[u8]>,
    count: u32,
}

const KIND: u8 = 7;
const TRUE: u8 = 8;
const KEYED: u8 = 16;
const REPEATED: u8 = 32;

/// A text is worth a number from this length on.
const REPEATED_MIN: usize = 3;

/// What stands at an offset.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    header: u8,
    key: Option<u32>,
    /// Of a scalar the length or number of its text, of a container the length of its children.
    size: u32,
    /// Children.
    pub count: u32,
    /// Where text or children begin.
    body: u32,
}

impl Head {
    pub(crate) fn kind(self) -> Kind {
        const KINDS: [Kind; 8] =
            [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object, Kind::Null, Kind::Null];
        KINDS[usize::from(self.header & KIND)]
    }

    pub(crate) fn truth(self) -> bool {
        self.header & TRUE != 0
    }

    /// The first child.
    pub(crate) fn first(self) -> u32 {
        self.body
    }

    /// The offset after the value.
    pub(crate) fn end(self) -> u32 {
        if self.header & REPEATED != 0 { self.body } else { self.body.saturating_add(self.size) }
    }
}

impl Tape {
    /// Packs a document. The nodes in `whole` (sorted) are packed with all that the input has of them.
    pub(crate) fn of(document: &Document, names: Arc<Names>, whole: &[NodeId]) -> Tape {
        let mut packer = Packer {
            tape: Vec::new(),
            names,
            more: Vec::new(),
            more_numbers: HashMap::new(),
            ends: Vec::new(),
            texts: Vec::new(),
            repeated: HashMap::new(),
            count: 0,
        };
        packer.count_texts(document.root());
        packer.pack(document.root(), None, whole);
        Tape {
            bytes: packer.tape.into(),
            names: packer.names,
            more: packer.more.into(),
            ends: packer.ends.into(),
            texts: packer.texts.into(),
            count: packer.count,
        }
    }

    /// Bytes on the heap; the shared names are not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        let more: usize = self.more.iter().map(|key| size_of::<Key>() + key.as_str().len()).sum();
        self.bytes.len() + size_of_val(&*self.ends) + self.texts.len() + more
    }

    pub(crate) fn count(&self) -> usize {
        self.count as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn names(&self) -> &Arc<Names> {
        &self.names
    }

    #[inline]
    pub(crate) fn head(&self, at: u32) -> Head {
        let mut cursor = at as usize;
        let header = self.bytes.get(cursor).copied().unwrap_or_default();
        cursor += 1;
        let key = (header & KEYED != 0).then(|| self.number(&mut cursor));
        let (mut size, mut count) = (0, 0);
        if header & KIND >= Kind::Number as u8 {
            size = self.number(&mut cursor);
            if header & KIND >= Kind::Array as u8 {
                count = self.number(&mut cursor);
            }
        }
        Head { header, key, size, count, body: cursor as u32 }
    }

    #[inline(always)]
    fn number(&self, cursor: &mut usize) -> u32 {
        let first = self.bytes.get(*cursor).copied().unwrap_or_default();
        *cursor += 1;
        if first < 0x80 { u32::from(first) } else { self.long_number(first, cursor) }
    }

    #[cold]
    fn long_number(&self, first: u8, cursor: &mut usize) -> u32 {
        let mut out = u32::from(first & 0x7F);
        for shift in [7, 14, 21, 28] {
            let byte = self.bytes.get(*cursor).copied().unwrap_or_default();
            *cursor += 1;
            out |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        out
    }

    /// The text of a string or number.
    pub(crate) fn text(&self, head: Head) -> &[u8] {
        if head.header & REPEATED == 0 {
            return self.bytes.get(head.body as usize..head.end() as usize).unwrap_or_default();
        }
        let number = head.size as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(number).copied().unwrap_or_default();
        self.texts.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(crate) fn key(&self, head: Head) -> Option<&Key> {
        let number = head.key? as usize;
        self.names.keys.get(number).or_else(|| self.more.get(number - self.names.keys.len()))
    }
}

struct Packer {
    tape: Vec<u8>,
    names: Arc<Names>,
    more: Vec<Key>,
    more_numbers: HashMap<String, u32>,
    ends: Vec<u32>,
    texts: Vec<u8>,
    /// How often a text is there, then its number; see [`Packer::count_texts`].
    repeated: HashMap<Vec<u8>, Repeat>,
    count: u32,
}

#[derive(Clone, Copy)]
enum Repeat {
    Once,
    Often(Option<u32>),
}

enum Step<'a> {
    Value(Value<'a>),
    Close { at: usize, count: usize },
}

impl Packer {
    fn count_texts(&mut self, root: Value<'_>) {
        let mut open = vec![root];
        while let Some(value) = open.pop() {
            if let Some(text) = text_of(value).filter(|text| text.len() >= REPEATED_MIN) {
                match self.repeated.get_mut(&*text) {
                    Some(repeat) => *repeat = Repeat::Often(None),
                    None => drop(self.repeated.insert(text.into_owned(), Repeat::Once)),
                }
            }
            open.extend(value.members().chain(value.items()));
        }
    }

    /// Packs a value under a key, without using the host's stack for what is in it.
    fn pack(&mut self, root: Value<'_>, key: Option<&str>, whole: &[NodeId]) {
        let mut steps = vec![Step::Value(root)];
        let mut key_of_root = key.map(Cow::Borrowed);
        while let Some(step) = steps.pop() {
            match step {
                Step::Value(value) => {
                    let key = key_of_root.take().or_else(|| value.key());
                    if whole.binary_search(&value.id()).is_ok()
                        && let Some(all) = reread(value)
                    {
                        self.pack(all.root(), key.as_deref(), &[]);
                    } else {
                        self.value(value, key.as_deref(), &mut steps);
                    }
                }
                Step::Close { at, count } => {
                    let size = self.tape.len() - at;
                    let mut sizes = Vec::with_capacity(8);
                    number(&mut sizes, size as u32);
                    number(&mut sizes, count as u32);
                    self.tape.splice(at..at, sizes);
                }
            }
        }
    }

    fn value<'a>(&mut self, value: Value<'a>, key: Option<&str>, steps: &mut Vec<Step<'a>>) {
        self.count += 1;
        let mut header = value.kind() as u8 | if key.is_some() { KEYED } else { 0 };
        if value.as_bool() == Some(true) {
            header |= TRUE;
        }
        let text = text_of(value);
        let repeated = text.as_ref().and_then(|text| self.number_of(text));
        if repeated.is_some() {
            header |= REPEATED;
        }
        self.tape.push(header);
        if let Some(key) = key {
            let key = self.key(key);
            number(&mut self.tape, key);
        }
        match (text, repeated) {
            (_, Some(repeated)) => number(&mut self.tape, repeated),
            (Some(text), None) => {
                number(&mut self.tape, text.len() as u32);
                self.tape.extend_from_slice(&text);
            }
            (None, None) if matches!(value.kind(), Kind::Array | Kind::Object) => {
                steps.push(Step::Close { at: self.tape.len(), count: value.len() });
                let children = steps.len();
                steps.extend(value.members().chain(value.items()).map(Step::Value));
                steps[children..].reverse();
            }
            (None, None) => {}
        }
    }

    /// The number of a text that is there more than once.
    fn number_of(&mut self, text: &[u8]) -> Option<u32> {
        let repeat = self.repeated.get_mut(text)?;
        match repeat {
            Repeat::Once => None,
            Repeat::Often(Some(number)) => Some(*number),
            Repeat::Often(None) => {
                let number = self.ends.len() as u32;
                *repeat = Repeat::Often(Some(number));
                self.texts.extend_from_slice(text);
                self.ends.push(self.texts.len() as u32);
                Some(number)
            }
        }
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(number) = self.names.numbers.get(key) {
            return *number;
        }
        if let Some(number) = self.more_numbers.get(key) {
            return *number;
        }
        let number = (self.names.keys.len() + self.more.len()) as u32;
        self.more.push(Key::new(key));
        self.more_numbers.insert(key.to_owned(), number);
        number
    }
}

/// The text of a string or number.
fn text_of(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value.kind() {
        Kind::Number => value.as_number().map(|text| Cow::Borrowed(text.as_bytes())),
        Kind::String => Some(match value.plain_bytes() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(value.as_str().unwrap_or_default().into_owned().into_bytes()),
        }),
        _ => None,
    }
}

/// All of a value, from the input it was projected from.
fn reread(value: Value<'_>) -> Option<Document> {
    let limits = Limits { max_bytes: usize::MAX, max_depth: usize::MAX, max_nodes: usize::MAX, max_faults: 1 };
    if value.raw().is_empty() { None } else { Document::parse(value.raw(), &limits).ok() }
}

fn number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
