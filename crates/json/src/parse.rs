//! The one pass over the bytes. Iterative: nesting costs heap bounded by the limits, never stack.

use crate::document::{KEY_ESCAPED, Kind, NONE, Node, TRUE, VALUE_ESCAPED};
use crate::fault::{Fault, FaultCode};
use crate::limits::Limits;
use crate::text;

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

/// An array or object that is not closed yet.
struct Frame {
    node: u32,
    last_child: u32,
    object: bool,
}

#[derive(Clone, Copy)]
struct Key {
    start: u32,
    end: u32,
    flags: u8,
    tag: u16,
}

const NO_KEY: Key = Key { start: NONE, end: NONE, flags: 0, tag: 0 };

struct Parser<'b> {
    bytes: &'b [u8],
    limits: &'b Limits,
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Frame>,
    faults: Vec<Raw>,
    siblings: Vec<(u16, u32)>,
}

pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Vec<Node>, Vec<Fault>> {
    let mut parser =
        Parser { bytes, limits, at: 0, nodes: Vec::new(), stack: Vec::new(), faults: Vec::new(), siblings: Vec::new() };
    if let Err((code, offset)) = parser.run() {
        let node = parser.stack.last().map_or(NONE, |frame| frame.node);
        let depth_first: Vec<u32> = parser.stack.iter().map(|frame| frame.node).collect();
        for open in depth_first {
            parser.find_duplicates(open);
        }
        parser.faults.truncate(limits.max_faults.saturating_sub(1));
        parser.faults.push(Raw { code, offset, node, child: None });
    }
    if parser.faults.is_empty() {
        return Ok(parser.nodes);
    }
    Err(parser.explain())
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), (FaultCode, usize)> {
        if self.bytes.len() > self.limits.max_bytes || self.bytes.len() >= NONE as usize {
            return Err((FaultCode::TooLarge, 0));
        }
        if self.bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
            return Err((FaultCode::ByteOrderMark, 0));
        }
        if let Err(error) = std::str::from_utf8(self.bytes) {
            return Err((FaultCode::InvalidUtf8, error.valid_up_to()));
        }
        self.space();
        if self.at == self.bytes.len() {
            return Err((FaultCode::Empty, 0));
        }
        let guess = (self.bytes.len() / 20).min(self.limits.max_nodes).min(1 << 16);
        self.nodes.reserve(guess + 1);
        self.values()
    }

    /// Reads values until the root is complete.
    fn values(&mut self) -> Result<(), (FaultCode, usize)> {
        let mut key = NO_KEY;
        loop {
            self.space();
            match self.bytes.get(self.at) {
                Some(b'{') => {
                    self.open(true, key)?;
                    self.space();
                    if self.bytes.get(self.at) != Some(&b'}') {
                        key = self.key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.open(false, key)?;
                    self.space();
                    if self.bytes.get(self.at) != Some(&b']') {
                        key = NO_KEY;
                        continue;
                    }
                }
                _ => self.scalar(key)?,
            }
            match self.after_value()? {
                Some(next) => key = next,
                None => return Ok(()),
            }
        }
    }

    /// Closes what ends here. `None` when the root is complete, else the key of the next value.
    fn after_value(&mut self) -> Result<Option<Key>, (FaultCode, usize)> {
        loop {
            self.space();
            let Some(frame) = self.stack.last() else {
                if self.at < self.bytes.len() {
                    return Err((FaultCode::TrailingBytes, self.at));
                }
                return Ok(None);
            };
            match (self.bytes.get(self.at), frame.object) {
                // An empty container is met here directly after it was opened, without a comma.
                (Some(b','), object) => {
                    self.at += 1;
                    if !object {
                        return Ok(Some(NO_KEY));
                    }
                    self.space();
                    return Ok(Some(self.key()?));
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.close()?,
                (None, _) => return Err((FaultCode::UnexpectedEnd, self.at)),
                (Some(_), _) => return Err((FaultCode::UnexpectedByte, self.at)),
            }
        }
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn key(&mut self) -> Result<Key, (FaultCode, usize)> {
        match self.bytes.get(self.at) {
            Some(b'"') => {}
            None => return Err((FaultCode::UnexpectedEnd, self.at)),
            Some(_) => return Err((FaultCode::UnexpectedByte, self.at)),
        }
        let start = self.at + 1;
        let scanned = text::scan_string(self.bytes, start)?;
        self.at = scanned.end + 1;
        self.space();
        match self.bytes.get(self.at) {
            Some(b':') => self.at += 1,
            None => return Err((FaultCode::UnexpectedEnd, self.at)),
            Some(_) => return Err((FaultCode::UnexpectedByte, self.at)),
        }
        let raw = &self.bytes[start..scanned.end];
        let tag = if scanned.escaped { tag(text::decode(raw, true).as_bytes()) } else { tag(raw) };
        Ok(Key { start: start as u32, end: scanned.end as u32, flags: if scanned.escaped { KEY_ESCAPED } else { 0 }, tag })
    }

    fn push(&mut self, kind: Kind, key: Key, start: usize, end: usize, flags: u8) -> Result<u32, (FaultCode, usize)> {
        if self.nodes.len() >= self.limits.max_nodes {
            return Err((FaultCode::TooManyNodes, start));
        }
        let id = self.nodes.len() as u32;
        if let Some(frame) = self.stack.last_mut() {
            let previous = std::mem::replace(&mut frame.last_child, id);
            let parent = frame.node;
            if previous != NONE {
                self.nodes[previous as usize].next = id;
            }
            self.nodes[parent as usize].len += 1;
        }
        self.nodes.push(Node {
            start: start as u32,
            end: end as u32,
            key_start: key.start,
            key_end: key.end,
            next: NONE,
            len: 0,
            kind,
            flags: flags | key.flags,
            tag: key.tag,
        });
        Ok(id)
    }

    fn open(&mut self, object: bool, key: Key) -> Result<(), (FaultCode, usize)> {
        if self.stack.len() >= self.limits.max_depth {
            return Err((FaultCode::TooDeep, self.at));
        }
        let kind = if object { Kind::Object } else { Kind::Array };
        let node = self.push(kind, key, self.at, self.at, 0)?;
        self.stack.push(Frame { node, last_child: NONE, object });
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), (FaultCode, usize)> {
        self.at += 1;
        if let Some(frame) = self.stack.pop() {
            self.nodes[frame.node as usize].end = self.at as u32;
            if frame.object {
                self.find_duplicates(frame.node);
            }
        }
        Ok(())
    }

    fn scalar(&mut self, key: Key) -> Result<(), (FaultCode, usize)> {
        let start = self.at;
        let (kind, end, flags) = match self.bytes.get(start) {
            Some(b'"') => {
                let scanned = text::scan_string(self.bytes, start + 1)?;
                (Kind::String, scanned.end + 1, if scanned.escaped { VALUE_ESCAPED } else { 0 })
            }
            Some(b'-' | b'0'..=b'9') => (Kind::Number, text::scan_number(self.bytes, start)?, 0),
            Some(b't') => (Kind::Bool, self.word(b"true")?, TRUE),
            Some(b'f') => (Kind::Bool, self.word(b"false")?, 0),
            Some(b'n') => (Kind::Null, self.word(b"null")?, 0),
            None => return Err((FaultCode::UnexpectedEnd, start)),
            Some(_) => return Err((FaultCode::UnexpectedByte, start)),
        };
        self.push(kind, key, start, end, flags)?;
        self.at = end;
        Ok(())
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

    /// Records every key of this object that an earlier member already has.
    fn find_duplicates(&mut self, object: u32) {
        let node = self.nodes[object as usize];
        if node.len < 2 || node.kind != Kind::Object {
            return;
        }
        let mut siblings = std::mem::take(&mut self.siblings);
        siblings.clear();
        let mut child = object + 1;
        while child != NONE {
            let node = &self.nodes[child as usize];
            siblings.push((node.tag, child));
            child = node.next;
        }
        let mut repeated: Vec<u32> = Vec::new();
        if siblings.len() <= PAIRWISE_MAX {
            for (position, (tag, id)) in siblings.iter().enumerate() {
                if siblings[..position].iter().any(|(other_tag, other)| other_tag == tag && self.same_key(*other, *id)) {
                    repeated.push(*id);
                }
            }
        } else {
            // Writing order breaks ties, so the later of two equal keys is the one reported.
            siblings.sort_by(|a, b| self.key_text(a.1).cmp(&self.key_text(b.1)).then(a.1.cmp(&b.1)));
            repeated.extend(siblings.windows(2).filter(|pair| self.same_key(pair[0].1, pair[1].1)).map(|pair| pair[1].1));
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
        let raw = &self.bytes[node.key_start as usize..node.key_end as usize];
        text::decode(raw, node.flags & KEY_ESCAPED != 0)
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

/// Length and three bytes folded into sixteen bits: equal keys have equal tags.
pub(crate) fn tag(key: &[u8]) -> u16 {
    let byte = |at: usize| u16::from(key.get(at).copied().unwrap_or_default());
    let mixed = byte(0) ^ (byte(key.len() / 2) << 3) ^ (byte(key.len().saturating_sub(1)) << 6);
    mixed ^ ((key.len() as u16) << 11)
}
