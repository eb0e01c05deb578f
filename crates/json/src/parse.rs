//! The one pass over the bytes. Iterative: nesting costs heap bounded by the limits, never stack.

use crate::document::{KEY_ESCAPED, Kind, NONE, Node, TRUE, VALUE_ESCAPED, key_bit, key_meta};
use crate::fault::{Fault, FaultCode};
use crate::limits::Limits;
use crate::marks::Marks;
use crate::projection::{Projection, ShapeId};
use crate::{skip, text};

/// Objects with at most this many members are checked for duplicates pairwise.
const PAIRWISE_MAX: usize = 24;

/// A fault before its line, column and path are worked out.
struct Raw {
    code: FaultCode,
    offset: usize,
    /// The container it stands in, or the node itself when `key` is absent.
    node: u32,
    /// The node whose key is at fault.
    child: Option<u32>,
}

/// The parse cannot go on; [`Parser::stopped`] says why.
struct Stop;

type Checked<T> = Result<T, Stop>;

/// An array or object that is not closed yet.
#[derive(Clone, Copy)]
struct Frame {
    node: u32,
    last_child: u32,
    len: u32,
    /// What is kept of its members or items.
    shape: ShapeId,
    object: bool,
    /// Two of its keys may be equal.
    repeats: bool,
    /// One bit a key: two keys with the same bit may be equal.
    keys: u64,
}

/// Around the root.
const OUTSIDE: Frame =
    Frame { node: NONE, last_child: NONE, len: 0, shape: ShapeId::WHOLE, object: false, repeats: false, keys: 0 };

/// A key as nodes keep it: its offset below, its [`key_meta`] and flags above. One word, since fields written
/// apart and read together would make the processor wait.
type Key = u64;

/// The key of an item, which has none.
const NO_KEY: Key = NONE as u64;

fn key_of(start: usize, meta: u32) -> Key {
    u64::from(meta) << 32 | u64::from(start as u32)
}

/// The parser; when `P` it keeps only what the projection asks for.
struct Parser<'b, const P: bool> {
    bytes: &'b [u8],
    limits: &'b Limits,
    projection: &'b Projection,
    marks: Marks,
    at: usize,
    nodes: Vec<Node>,
    /// Values passed over; they count against the limit too.
    skipped: usize,
    underscores: bool,
    /// What is kept of the next value; `None` when not even the value.
    shape: Option<ShapeId>,
    /// What is open, outermost first; below it [`OUTSIDE`].
    stack: Vec<Frame>,
    stopped: (FaultCode, usize),
    faults: Vec<Raw>,
    siblings: Vec<u32>,
}

/// What a parse makes.
pub(crate) struct Parsed {
    pub nodes: Vec<Node>,
    /// Some kept key begins with `_`, or is written with escapes.
    pub underscores: bool,
}

pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, Vec<Fault>> {
    let everything = Projection::new();
    let mut parser = Parser::<false>::new(bytes, limits, &everything);
    if parser.run(ShapeId::WHOLE).is_err() {
        parser.abandon();
    }
    if parser.faults.is_empty() { Ok(parser.parsed()) } else { Err(parser.explain()) }
}

/// As [`parse`] of what the projection keeps. `None` when there is any fault, or something the fast way
/// does not cover: everything must be parsed then.
pub(crate) fn parse_projected(bytes: &[u8], limits: &Limits, projection: &Projection) -> Option<Parsed> {
    let mut parser = Parser::<true>::new(bytes, limits, projection);
    parser.run(ShapeId::ROOT).ok()?;
    let within = parser.nodes.len() + parser.skipped <= limits.max_nodes;
    (within && parser.faults.is_empty()).then(|| parser.parsed())
}

impl<'b, const P: bool> Parser<'b, P> {
    fn new(bytes: &'b [u8], limits: &'b Limits, projection: &'b Projection) -> Self {
        Parser {
            bytes,
            limits,
            projection,
            marks: Marks::default(),
            at: 0,
            nodes: Vec::new(),
            skipped: 0,
            underscores: false,
            shape: Some(ShapeId::WHOLE),
            stack: Vec::with_capacity(16),
            stopped: (FaultCode::UnexpectedEnd, 0),
            faults: Vec::new(),
            siblings: Vec::new(),
        }
    }

    fn parsed(self) -> Parsed {
        Parsed { nodes: self.nodes, underscores: self.underscores }
    }

    fn run(&mut self, root: ShapeId) -> Checked<()> {
        if self.bytes.len() > self.limits.max_bytes || self.bytes.len() >= NONE as usize {
            return self.stop(FaultCode::TooLarge, 0);
        }
        if self.bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
            return self.stop(FaultCode::ByteOrderMark, 0);
        }
        self.marks = Marks::of(self.bytes);
        if self.marks.wide
            && let Err(error) = std::str::from_utf8(self.bytes)
        {
            return self.stop(FaultCode::InvalidUtf8, error.valid_up_to());
        }
        if !self.marks.usable() {
            self.marks = Marks::default();
        }
        self.space();
        if self.at == self.bytes.len() {
            return self.stop(FaultCode::Empty, 0);
        }
        let guess = (self.bytes.len() / if P { 48 } else { 16 }).min(self.limits.max_nodes).min(1 << 16);
        self.nodes.reserve(guess + 1);
        self.stack.push(Frame { shape: root, ..OUTSIDE });
        self.shape = Some(root);
        self.values()
    }

    /// Reads values until the root is complete.
    fn values(&mut self) -> Checked<()> {
        let mut key = NO_KEY;
        loop {
            let first = self.peek();
            if P && self.shape.is_none() {
                if first == b'"'
                    && let Some(end) = self.marks.end(self.at + 1)
                {
                    self.skipped += 1;
                    self.at = end + 1;
                } else {
                    self.skip()?;
                }
            } else if first == b'{' {
                self.open(true, key)?;
                if self.peek() != b'}' {
                    key = self.key()?;
                    continue;
                }
            } else if first == b'[' {
                self.open(false, key)?;
                if self.peek() != b']' {
                    key = NO_KEY;
                    continue;
                }
            } else {
                self.scalar(first, key)?;
            }
            // What ends here is closed.
            loop {
                self.space();
                let object = self.stack.last().is_some_and(|top| top.object);
                match self.peek() {
                    b',' if self.stack.len() > 1 => {
                        self.at += 1;
                        self.space();
                        key = if object { self.key()? } else { self.item() };
                        break;
                    }
                    b'}' if object => self.close(),
                    b']' if !object && self.stack.len() > 1 => self.close(),
                    _ if self.stack.len() > 1 => return self.unexpected(),
                    _ if self.at < self.bytes.len() => return self.stop(FaultCode::TrailingBytes, self.at),
                    _ => return Ok(()),
                }
            }
        }
    }

    /// The byte here; 0, which stands nowhere, at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    fn stop<T>(&mut self, code: FaultCode, offset: usize) -> Checked<T> {
        self.stopped = (code, offset);
        Err(Stop)
    }

    #[cold]
    fn unexpected<T>(&mut self) -> Checked<T> {
        let code = if self.at < self.bytes.len() { FaultCode::UnexpectedByte } else { FaultCode::UnexpectedEnd };
        self.stop(code, self.at)
    }

    #[inline(always)]
    fn space(&mut self) {
        self.at = text::space(self.bytes, self.at);
    }

    fn skip(&mut self) -> Checked<()> {
        let room = self.limits.max_depth.saturating_sub(self.stack.len() - 1);
        match skip::value(self.bytes, &self.marks, self.at, room) {
            Some(skipped) => {
                self.skipped += skipped.values;
                self.at = skipped.end;
                Ok(())
            }
            None => self.unexpected(),
        }
    }

    /// Makes ready for an item of the array that is open.
    #[inline(always)]
    fn item(&mut self) -> Key {
        if P {
            self.shape = self.stack.last().map(|top| top.shape);
        }
        NO_KEY
    }

    /// Reads a key and its colon, up to the value.
    #[inline(always)]
    fn key(&mut self) -> Checked<Key> {
        if self.peek() != b'"' {
            return self.unexpected();
        }
        let start = self.at + 1;
        let Some(end) = self.marks.end(start) else {
            return self.escaped_key(start);
        };
        self.at = end + 1;
        self.colon()?;
        let raw = self.bytes.get(start..end).unwrap_or_default();
        let meta = key_meta(raw.len(), raw);
        let Some(top) = self.stack.last_mut() else { return Err(Stop) };
        if P {
            self.shape = self.projection.member(top.shape, raw, meta);
        }
        if !P || self.shape.is_some() {
            let bit = key_bit(meta);
            top.repeats |= top.keys & bit != 0;
            top.keys |= bit;
            self.underscores |= raw.first() == Some(&b'_');
        }
        Ok(key_of(start, meta))
    }

    /// A key with escapes, or a faulty one.
    #[cold]
    fn escaped_key(&mut self, start: usize) -> Checked<Key> {
        let scanned = match text::scan_string(self.bytes, start) {
            Ok(scanned) => scanned,
            Err((code, offset)) => return self.stop(code, offset),
        };
        self.at = scanned.end + 1;
        self.colon()?;
        let raw = &self.bytes[start..scanned.end];
        let name = text::decode(raw, scanned.escaped);
        let Some(top) = self.stack.last_mut() else { return Err(Stop) };
        if P {
            self.shape = self.projection.member(top.shape, name.as_bytes(), key_meta(name.len(), name.as_bytes()));
        }
        top.repeats = true;
        self.underscores = true;
        let flag = if scanned.escaped { KEY_ESCAPED } else { 0 };
        Ok(key_of(start, key_meta(raw.len(), name.as_bytes()) | flag))
    }

    #[inline(always)]
    fn colon(&mut self) -> Checked<()> {
        self.space();
        if self.peek() != b':' {
            return self.unexpected();
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, key: Key, start: usize, end: usize, flags: u32) -> Checked<u32> {
        let id = self.nodes.len();
        if id + self.skipped >= self.limits.max_nodes {
            return self.stop(FaultCode::TooManyNodes, start);
        }
        let id = id as u32;
        let Some(top) = self.stack.last_mut() else { return Err(Stop) };
        let previous = std::mem::replace(&mut top.last_child, id);
        top.len += 1;
        if let Some(previous) = self.nodes.get_mut(previous as usize) {
            previous.next = id;
        }
        self.nodes.push(Node {
            start: start as u32,
            end: end as u32,
            key_start: key as u32,
            next: NONE,
            len: 0,
            meta: (key >> 32) as u32 | kind as u32 | flags,
        });
        Ok(id)
    }

    #[inline(always)]
    fn open(&mut self, object: bool, key: Key) -> Checked<()> {
        if self.stack.len() > self.limits.max_depth {
            return self.stop(FaultCode::TooDeep, self.at);
        }
        let kind = if object { Kind::Object } else { Kind::Array };
        let node = self.push(kind, key, self.at, self.at, 0)?;
        self.at += 1;
        self.space();
        let mut shape = ShapeId::WHOLE;
        if P {
            shape = self.shape.unwrap_or(shape);
            if object {
                shape = self.chosen(shape);
            }
            self.shape = Some(shape);
        }
        self.stack.push(Frame { node, last_child: NONE, len: 0, shape, object, repeats: false, keys: 0 });
        Ok(())
    }

    /// The shape of the object that begins here, when that depends on one of its members.
    fn chosen(&self, shape: ShapeId) -> ShapeId {
        let Some(choice) = self.projection.choice(shape) else {
            return shape;
        };
        let room = self.limits.max_depth.saturating_sub(self.stack.len());
        match skip::member(self.bytes, &self.marks, self.at, choice.member.as_bytes(), room) {
            Ok(value) => choice.of(value.unwrap_or_default()),
            Err(()) => ShapeId::WHOLE,
        }
    }

    #[inline(always)]
    fn close(&mut self) {
        self.at += 1;
        let Some(closed) = self.stack.last() else { return };
        let (node, len, repeats) = (closed.node, closed.len, closed.repeats);
        self.stack.pop();
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.end = self.at as u32;
            node.len = len;
        }
        if repeats {
            self.find_duplicates(node);
        }
    }

    #[inline(always)]
    fn scalar(&mut self, first: u8, key: Key) -> Checked<()> {
        let start = self.at;
        if first == b'"'
            && let Some(end) = self.marks.end(start + 1)
        {
            self.push(Kind::String, key, start, end + 1, 0)?;
            self.at = end + 1;
            return Ok(());
        }
        let scanned = match first {
            b'"' => text::scan_string(self.bytes, start + 1)
                .map(|s| (Kind::String, s.end + 1, if s.escaped { VALUE_ESCAPED } else { 0 })),
            b'-' | b'0'..=b'9' => text::scan_number(self.bytes, start).map(|end| (Kind::Number, end, 0)),
            b't' => self.word(b"true").map(|end| (Kind::Bool, end, TRUE)),
            b'f' => self.word(b"false").map(|end| (Kind::Bool, end, 0)),
            b'n' => self.word(b"null").map(|end| (Kind::Null, end, 0)),
            _ => return self.unexpected(),
        };
        match scanned {
            Ok((kind, end, flags)) => {
                self.push(kind, key, start, end, flags)?;
                self.at = end;
                Ok(())
            }
            Err((code, offset)) => self.stop(code, offset),
        }
    }

    fn word(&self, word: &[u8]) -> Result<usize, (FaultCode, usize)> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word) {
            return Ok(self.at + word.len());
        }
        if word.starts_with(rest) {
            return Err((FaultCode::UnexpectedEnd, self.bytes.len()));
        }
        Err((FaultCode::UnexpectedByte, self.at))
    }

    /// Ends at a syntax error: what is open is closed where it stands, so that its keys are checked too.
    #[cold]
    fn abandon(&mut self) {
        let (code, offset) = self.stopped;
        let container = self.stack.last().map_or(NONE, |top| top.node);
        let open: Vec<Frame> = self.stack.iter().filter(|f| f.node != NONE).copied().collect();
        for frame in open {
            self.nodes[frame.node as usize].len = frame.len;
            self.find_duplicates(frame.node);
        }
        self.faults.truncate(self.limits.max_faults.saturating_sub(1));
        self.faults.push(Raw { code, offset, node: container, child: None });
    }

    /// Records every key of this object that an earlier member already has.
    #[inline(never)]
    fn find_duplicates(&mut self, object: u32) {
        let node = self.nodes[object as usize];
        if node.len < 2 || node.kind() != Kind::Object {
            return;
        }
        let mut siblings = std::mem::take(&mut self.siblings);
        siblings.clear();
        let mut child = object + 1;
        while child != NONE {
            siblings.push(child);
            child = self.nodes[child as usize].next;
        }
        let mut repeated: Vec<u32> = Vec::new();
        if siblings.len() <= PAIRWISE_MAX {
            for (position, id) in siblings.iter().enumerate() {
                let tag = self.nodes[*id as usize].key_tag();
                let same = |other: &u32| self.nodes[*other as usize].key_tag() == tag && self.same_key(*other, *id);
                if siblings[..position].iter().any(same) {
                    repeated.push(*id);
                }
            }
        } else {
            // Writing order breaks ties, so the later of two equal keys is the one reported.
            siblings.sort_by(|a, b| self.key_text(*a).cmp(&self.key_text(*b)).then(a.cmp(b)));
            repeated.extend(siblings.windows(2).filter(|pair| self.same_key(pair[0], pair[1])).map(|pair| pair[1]));
            repeated.sort_unstable();
        }
        let room = self.limits.max_faults.max(1).saturating_sub(self.faults.len());
        for id in repeated.into_iter().take(room) {
            let offset = self.nodes[id as usize].key_start as usize;
            self.faults.push(Raw { code: FaultCode::DuplicateKey, offset, node: object, child: Some(id) });
        }
        self.siblings = siblings;
    }

    fn key_text(&self, id: u32) -> std::borrow::Cow<'_, str> {
        let node = &self.nodes[id as usize];
        text::decode(node.key(self.bytes), node.has(KEY_ESCAPED))
    }

    fn same_key(&self, a: u32, b: u32) -> bool {
        self.key_text(a) == self.key_text(b)
    }

    /// Turns raw faults into faults with line, column and path, in one pass over the bytes.
    fn explain(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| fault.offset);
        let (mut line, mut column, mut seen) = (1u32, 1u32, 0usize);
        let mut out = Vec::with_capacity(self.faults.len());
        for raw in &self.faults {
            let until = raw.offset.min(self.bytes.len());
            for byte in &self.bytes[seen..until] {
                match byte {
                    b'\n' => {
                        line = line.saturating_add(1);
                        column = 1;
                    }
                    // Continuation bytes do not start a character.
                    0x80..=0xBF => {}
                    _ => column = column.saturating_add(1),
                }
            }
            seen = until;
            let target = raw.child.unwrap_or(raw.node);
            out.push(Fault {
                code: raw.code,
                message: raw.code.sentence().to_owned(),
                offset: raw.offset,
                line,
                column,
                path: crate::path::path(self.bytes, &self.nodes, target),
            });
        }
        out
    }
}
