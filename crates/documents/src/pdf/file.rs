//! A PDF file: where its objects stand, and each object when it is asked for (ISO 32000-1, 7.5).
//!
//! A cross-reference that is damaged is made anew by looking for every `n g obj`, as every viewer does.

use super::filter;
use super::lexer::{Dict, Lexer, Object, Token};
use crate::fault::Code;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At a byte of the file.
    At(usize),
    /// Inside an object stream: its number, the index in it.
    In(u32, u32),
}

/// An open file.
pub struct File<'a> {
    bytes: &'a [u8],
    places: HashMap<u32, Place>,
    /// The trailer.
    pub trailer: Dict,
    cache: RefCell<HashMap<u32, Rc<Object>>>,
    streams: RefCell<HashMap<u32, Rc<ObjectStream>>>,
    opening: RefCell<HashSet<u32>>,
    left: Cell<usize>,
    /// Bytes that may still be looked at, so that overlapping objects cost no more than a few passes over the file.
    work: Cell<usize>,
    inflated: usize,
    /// The cross-reference was damaged and made anew.
    pub repaired: bool,
}

struct ObjectStream {
    data: Vec<u8>,
    /// Number of the object and where it begins in the data.
    index: Vec<(u32, usize)>,
}

/// What opening a stream counts for, in bytes.
const STREAM_COST: usize = 1024;
/// Entries of a cross-reference at most; no file that is read has more objects.
const MOST_OBJECTS: usize = 4_000_000;

impl<'a> File<'a> {
    /// Opens a file; at most `inflated` bytes are decompressed out of it.
    pub fn open(bytes: &'a [u8], inflated: usize) -> Result<File<'a>, Code> {
        let mut file = File {
            bytes,
            places: HashMap::new(),
            trailer: Dict::default(),
            cache: RefCell::default(),
            streams: RefCell::default(),
            opening: RefCell::default(),
            left: Cell::new(inflated),
            work: Cell::new(bytes.len().saturating_mul(8).saturating_add(16 << 20)),
            inflated,
            repaired: false,
        };
        let whole = file.follow().is_some() && file.catalog().is_some();
        if !whole {
            file.repair()?;
        }
        Ok(file)
    }

    /// The catalog, when there is one with pages.
    pub fn catalog(&self) -> Option<Rc<Object>> {
        let root = self.resolve(self.trailer.get("Root"));
        let pages = self.resolve(root.dict()?.get("Pages"));
        pages.dict().map(|_| root.clone())
    }

    /// The object of a reference, or the object itself.
    pub fn resolve(&self, object: &Object) -> Rc<Object> {
        let mut now = Rc::new(object.clone());
        for _ in 0..16 {
            let Object::Ref(number) = *now else { return now };
            now = self.object(number);
        }
        Rc::new(Object::Null)
    }

    /// The value of a key, resolved.
    pub fn get(&self, dict: &Dict, key: &str) -> Rc<Object> {
        self.resolve(dict.get(key))
    }

    /// What is decoded of a stream.
    pub fn data(&self, stream: &Object) -> Result<Vec<u8>, Code> {
        let Object::Stream(dict, from) = stream else { return Ok(Vec::new()) };
        let raw = self.raw(dict, *from);
        // Even what is not compressed costs: a form may be drawn again and again.
        if raw.len().saturating_add(STREAM_COST) > self.left.get() {
            self.left.set(0);
            return Err(Code::Inflates { most: self.inflated });
        }
        let names = self.names(dict, "Filter", "F");
        let cost = if names.is_empty() { raw.len() + STREAM_COST } else { STREAM_COST };
        self.left.set(self.left.get() - cost);
        let parameters = self.list(dict, "DecodeParms", "DP");
        let mut data = std::borrow::Cow::Borrowed(raw);
        for (i, name) in names.iter().enumerate() {
            let parameter = parameters.get(i).map(|p| self.resolve(p));
            let out = filter::decode(name, &data, parameter.as_deref().and_then(Object::dict), self.left.get());
            let Some(out) = out else {
                self.left.set(0);
                return Err(Code::Inflates { most: self.inflated });
            };
            self.left.set(self.left.get().saturating_sub(out.len()));
            data = std::borrow::Cow::Owned(out);
        }
        Ok(data.into_owned())
    }

    /// Names under a key, or under its short form in an inline image.
    pub fn names(&self, dict: &Dict, key: &str, short: &str) -> Vec<Vec<u8>> {
        self.list(dict, key, short).iter().filter_map(|o| self.resolve(o).name().map(<[u8]>::to_vec)).collect()
    }

    fn list(&self, dict: &Dict, key: &str, short: &str) -> Vec<Object> {
        let long = self.get(dict, key);
        let value = if *long == Object::Null { self.get(dict, short) } else { long };
        match &*value {
            Object::Null => Vec::new(),
            Object::Array(items) => items.iter().take(8).cloned().collect(),
            other => vec![other.clone()],
        }
    }

    /// The bytes of a stream as they stand in the file.
    fn raw(&self, dict: &Dict, from: usize) -> &'a [u8] {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let stated = self.get(dict, "Length").number().filter(|n| *n >= 0.0).map(|n| n as usize);
        if let Some(length) = stated.filter(|l| *l <= rest.len()) {
            let mut after = Lexer::new(rest, length);
            after.skip_space();
            if rest[after.at..].starts_with(b"endstream") {
                return &rest[..length];
            }
        }
        let end = if self.spend(0) { find(rest, b"endstream").unwrap_or(rest.len()) } else { 0 };
        self.spend(end);
        &rest[..end]
    }

    /// Counts work; false when there is none left to do.
    fn spend(&self, bytes: usize) -> bool {
        self.work.set(self.work.get().saturating_sub(bytes));
        self.work.get() > 0
    }

    fn object(&self, number: u32) -> Rc<Object> {
        if let Some(known) = self.cache.borrow().get(&number) {
            return known.clone();
        }
        if !self.opening.borrow_mut().insert(number) {
            return Rc::new(Object::Null);
        }
        let found = match self.places.get(&number) {
            Some(Place::At(at)) => self.object_at(*at, Some(number)).map(|(_, o)| o),
            Some(Place::In(stream, index)) => self.object_in(*stream, *index, number),
            None => None,
        };
        self.opening.borrow_mut().remove(&number);
        let object = Rc::new(found.unwrap_or(Object::Null));
        self.cache.borrow_mut().insert(number, object.clone());
        object
    }

    /// The object at a byte, and its number.
    fn object_at(&self, at: usize, expected: Option<u32>) -> Option<(u32, Object)> {
        let mut lexer = Lexer::new(self.bytes, at);
        let Token::Number(number) = lexer.token()? else { return None };
        let Token::Number(_) = lexer.token()? else { return None };
        let (Token::Word(b"obj"), number) = (lexer.token()?, number as u32) else { return None };
        if expected.is_some_and(|e| e != number) {
            return None;
        }
        if !self.spend(0) {
            return None;
        }
        let object = lexer.object();
        self.spend(lexer.at - at);
        let Object::Dict(dict) = object else { return Some((number, object)) };
        lexer.skip_space();
        if !self.bytes[lexer.at..].starts_with(b"stream") {
            return Some((number, Object::Dict(dict)));
        }
        let mut from = lexer.at + 6;
        if self.bytes.get(from) == Some(&b'\r') {
            from += 1;
        }
        if self.bytes.get(from) == Some(&b'\n') {
            from += 1;
        }
        Some((number, Object::Stream(dict, from)))
    }

    fn object_in(&self, stream: u32, index: u32, number: u32) -> Option<Object> {
        let known = self.streams.borrow().get(&stream).cloned();
        let stream = match known {
            Some(stream) => stream,
            None => {
                let opened = Rc::new(self.open_stream(stream).unwrap_or(ObjectStream { data: Vec::new(), index: Vec::new() }));
                self.streams.borrow_mut().insert(stream, opened.clone());
                opened
            }
        };
        let by_index = stream.index.get(index as usize).filter(|(n, _)| *n == number);
        let (_, at) = by_index.or_else(|| stream.index.iter().find(|(n, _)| *n == number))?;
        Some(Lexer::new(&stream.data, *at).object())
    }

    fn open_stream(&self, number: u32) -> Option<ObjectStream> {
        let Some(Place::At(at)) = self.places.get(&number) else { return None };
        let (_, object) = self.object_at(*at, Some(number))?;
        let dict = object.dict()?;
        let count = self.get(dict, "N").number()?.clamp(0.0, MOST_OBJECTS as f64) as usize;
        let first = self.get(dict, "First").number()?.max(0.0) as usize;
        let data = self.data(&object).ok()?;
        let mut lexer = Lexer::new(&data, 0);
        let mut index = Vec::new();
        for _ in 0..count {
            let (Some(Token::Number(n)), Some(Token::Number(offset))) = (lexer.token(), lexer.token()) else { break };
            index.push((n as u32, first + offset.max(0.0) as usize));
        }
        Some(ObjectStream { data, index })
    }

    /// Follows the chain of cross-references; none when a link of it is damaged.
    fn follow(&mut self) -> Option<()> {
        let tail = self.bytes.len().saturating_sub(2048);
        let last = tail + find_last(&self.bytes[tail..], b"startxref")?;
        let mut lexer = Lexer::new(self.bytes, last + 9);
        let Token::Number(start) = lexer.token()? else { return None };
        let mut seen = HashSet::new();
        let mut todo = vec![start as usize];
        while let Some(at) = todo.pop() {
            if !seen.insert(at) || seen.len() > 1000 {
                continue;
            }
            let dict = self.section(at)?;
            for key in ["Prev", "XRefStm"] {
                todo.extend(dict.get(key).number().filter(|n| *n >= 0.0).map(|n| n as usize));
            }
            if self.trailer.0.is_empty() {
                self.trailer = dict;
            }
        }
        Some(())
    }

    /// One cross-reference section, table or stream, and its trailer.
    fn section(&mut self, at: usize) -> Option<Dict> {
        let mut lexer = Lexer::new(self.bytes, at);
        match lexer.token()? {
            Token::Word(b"xref") => self.table(lexer),
            Token::Number(_) => self.table_stream(at),
            _ => None,
        }
    }

    fn table(&mut self, mut lexer: Lexer<'a>) -> Option<Dict> {
        loop {
            let first = match lexer.token()? {
                Token::Word(b"trailer") => break,
                Token::Number(n) => n as u32,
                _ => return None,
            };
            let Token::Number(count) = lexer.token()? else { return None };
            for i in 0..count.clamp(0.0, MOST_OBJECTS as f64) as u32 {
                let (Token::Number(offset), Token::Number(_)) = (lexer.token()?, lexer.token()?) else { return None };
                let Token::Word(kind) = lexer.token()? else { return None };
                if kind == b"n" {
                    self.place(first.saturating_add(i), Place::At(offset as usize));
                }
            }
        }
        match lexer.object() {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    fn table_stream(&mut self, at: usize) -> Option<Dict> {
        let (_, object) = self.object_at(at, None)?;
        let dict = object.dict()?.clone();
        if dict.get("Type").name() != Some(b"XRef") {
            return None;
        }
        let width = |i: usize| dict.get("W").array().get(i).and_then(Object::number).map_or(0, |n| n.clamp(0.0, 8.0) as usize);
        let widths = [width(0), width(1), width(2)];
        let row = widths.iter().sum::<usize>().max(1);
        let data = self.data(&object).ok()?;
        let size = dict.get("Size").number().unwrap_or(0.0);
        let whole = [Object::Number(0.0), Object::Number(size)];
        let index = match dict.get("Index") {
            Object::Array(items) => items.as_slice(),
            _ => whole.as_slice(),
        };
        let mut rows = data.chunks_exact(row);
        for pair in index.chunks_exact(2) {
            let (first, count) = (pair[0].number()?.max(0.0) as u32, pair[1].number()?.clamp(0.0, MOST_OBJECTS as f64) as u32);
            for (i, row) in rows.by_ref().take(count as usize).enumerate() {
                let (kind, rest) = row.split_at(widths[0]);
                let (second, third) = rest.split_at(widths[1]);
                let place = match if widths[0] == 0 { 1 } else { big_endian(kind) } {
                    1 => Place::At(big_endian(second) as usize),
                    2 => Place::In(big_endian(second) as u32, big_endian(third) as u32),
                    _ => continue,
                };
                self.place(first.saturating_add(i as u32), place);
            }
        }
        Some(dict)
    }

    /// The newest section comes first, so what is known stays.
    fn place(&mut self, number: u32, place: Place) {
        if self.places.len() < MOST_OBJECTS {
            self.places.entry(number).or_insert(place);
        }
    }

    /// Looks for every object of the file.
    fn repair(&mut self) -> Result<(), Code> {
        self.repaired = true;
        self.places.clear();
        self.cache.borrow_mut().clear();
        self.streams.borrow_mut().clear();
        let encrypt = self.trailer.get("Encrypt").clone();
        self.trailer = Dict::default();
        let mut at = 0;
        while let Some(found) = find(&self.bytes[at..], b"obj") {
            let word = at + found;
            at = word + 3;
            if let Some((number, from)) = object_head(self.bytes, word) {
                // The last object of a number is the newest.
                self.places.insert(number, Place::At(from));
            }
            if self.places.len() > MOST_OBJECTS {
                return Err(Code::TooMuch { what: "objects" });
            }
        }
        self.repair_trailer(encrypt);
        match self.catalog() {
            Some(_) => Ok(()),
            None if self.left.get() == 0 => Err(Code::Inflates { most: self.inflated }),
            None => Err(Code::Damaged { what: "no catalog of pages" }),
        }
    }

    /// Every trailer of the file, object streams, and at last any catalog.
    fn repair_trailer(&mut self, encrypt: Object) {
        let mut at = 0;
        while let Some(found) = find(&self.bytes[at..], b"trailer") {
            at += found + 7;
            if let Object::Dict(dict) = Lexer::new(self.bytes, at).object() {
                self.trailer.0.splice(0..0, dict.0);
            }
        }
        let mut numbers: Vec<(u32, usize)> =
            self.places.iter().filter_map(|(n, p)| if let Place::At(at) = p { Some((*n, *at)) } else { None }).collect();
        numbers.sort_unstable();
        for (number, at) in numbers {
            let Some((_, object)) = self.object_at(at, Some(number)) else { continue };
            let Some(dict) = object.dict() else { continue };
            match dict.get("Type").name() {
                Some(b"ObjStm") => {
                    let Some(stream) = self.open_stream(number) else { continue };
                    for (i, (inner, _)) in stream.index.iter().enumerate() {
                        self.place(*inner, Place::In(number, i as u32));
                    }
                    self.streams.borrow_mut().insert(number, Rc::new(stream));
                }
                Some(b"XRef") => self.trailer.0.extend(dict.0.iter().cloned()),
                Some(b"Catalog") => self.trailer.0.push((b"Root".to_vec(), Object::Ref(number))),
                _ => {}
            }
        }
        if self.catalog().is_none() {
            let inside: Vec<u32> = self.places.iter().filter(|(_, p)| matches!(p, Place::In(..))).map(|(n, _)| *n).collect();
            let catalog = inside.iter().filter(|n| {
                let object = self.object(**n);
                object.dict().is_some_and(|d| d.get("Type").name() == Some(b"Catalog"))
            });
            let found = catalog.min().copied();
            self.trailer.0.retain(|(k, _)| k != b"Root");
            self.trailer.0.extend(found.map(|n| (b"Root".to_vec(), Object::Ref(n))));
        }
        if encrypt != Object::Null && *self.trailer.get("Encrypt") == Object::Null {
            self.trailer.0.push((b"Encrypt".to_vec(), encrypt));
        }
    }
}

/// The number of an object whose word `obj` stands at a byte, and where its head begins.
fn object_head(bytes: &[u8], word: usize) -> Option<(u32, usize)> {
    let digits = |mut at: usize| {
        let end = at;
        while at > 0 && bytes[at - 1].is_ascii_digit() && end - at < 10 {
            at -= 1;
        }
        (at < end).then_some(at)
    };
    let spaces = |mut at: usize| {
        let end = at;
        while at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\r' | b'\n') && end - at < 8 {
            at -= 1;
        }
        at
    };
    let generation = digits(spaces(word))?;
    let before = spaces(generation);
    let number = digits(before).filter(|_| before < generation)?;
    let text = std::str::from_utf8(&bytes[number..before]).ok()?;
    Some((text.parse().ok()?, number))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b))
}

/// Where a needle first stands.
pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(next) = hay[at..].iter().position(|b| *b == first) {
        at += next;
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn find_last(hay: &[u8], needle: &[u8]) -> Option<usize> {
    (0..hay.len().saturating_sub(needle.len() - 1)).rev().find(|at| hay[*at..].starts_with(needle))
}
