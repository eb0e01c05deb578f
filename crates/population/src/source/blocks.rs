//! NDJSON in pieces of whole lines: the one thread that reads only finds where lines end, and whoever parses them cuts them apart.

use super::compressed;
use super::lines::{Line, Piece};
use crate::fault::{Fault, FaultCode, Origin};
use crate::scan;
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::Arc;

/// Several lines of a stream, each a Bundle by its first members and none of them parsed.
pub(crate) struct Block {
    file: Arc<str>,
    /// The number of the first line.
    line: u64,
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
    /// Lines that are not blank.
    pub(crate) count: u64,
}

impl Block {
    /// Where it begins.
    pub(crate) fn origin(&self) -> Origin {
        Origin { file: Arc::clone(&self.file), line: Some(self.line) }
    }

    /// Bytes of input.
    pub(crate) fn len(&self) -> u64 {
        self.range.len() as u64
    }

    /// Takes lines off the front, as many as it has at most; says how many.
    pub(crate) fn skip(&mut self, lines: u64) -> u64 {
        let wanted = lines.min(self.count);
        let mut left = wanted;
        while left > 0 {
            let (line, rest) = first_line(&self.bytes[self.range.clone()]);
            left -= u64::from(!is_blank(line));
            self.range.start = self.range.end - rest.len();
            self.line += 1;
        }
        self.count -= wanted;
        wanted
    }

    /// The next line that is not blank.
    pub(crate) fn next(&mut self) -> Option<(Origin, &[u8])> {
        while !self.range.is_empty() {
            let (line, rest) = first_line(&self.bytes[self.range.clone()]);
            let text = self.range.start..self.range.start + line.len();
            let blank = is_blank(line);
            self.range.start = self.range.end - rest.len();
            let origin = self.origin();
            self.line += 1;
            if !blank {
                self.count = self.count.saturating_sub(1);
                return Some((origin, &self.bytes[text]));
            }
        }
        None
    }
}

/// The first line, with its end taken off, and what follows it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = bytes;
    // Reading from memory does not fail.
    let used = rest.skip_until(b'\n').unwrap_or(bytes.len());
    let mut line = &bytes[..used];
    while let [before @ .., b'\n' | b'\r'] = line {
        line = before;
    }
    (line, &bytes[used..])
}

fn is_blank(line: &[u8]) -> bool {
    scan::space(line, 0) == line.len()
}

/// How lines are handed on together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockSize {
    /// Bytes read at once.
    pub(crate) bytes: u64,
    /// Most lines of one block.
    pub(crate) lines: usize,
}

/// An open NDJSON stream.
pub(crate) struct Blocks {
    reader: Box<dyn Read + Send>,
    /// What was read last, shared with the blocks cut from it.
    buffer: Arc<Vec<u8>>,
    /// What is not handed on yet; whole lines up to `whole`.
    at: usize,
    whole: usize,
    /// Lines handed on.
    line: u64,
    ended: bool,
}

impl Blocks {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Blocks {
        Blocks { reader, buffer: Arc::default(), at: 0, whole: 0, line: 0, ended: false }
    }

    /// The next Bundles, or the next line that is something else.
    pub(crate) fn next(&mut self, file: &Arc<str>, max: u64, size: BlockSize) -> Option<Result<Piece, Fault>> {
        loop {
            if self.at < self.whole {
                match self.piece(file, max, size) {
                    Some(piece) => return Some(piece),
                    None => continue,
                }
            }
            if self.ended {
                return None;
            }
            let fault = |line: u64, code, detail: String| {
                Some(Err(Fault::new(code, &Origin { file: Arc::clone(file), line: Some(line) }, detail)))
            };
            match self.fill(max, size.bytes) {
                Ok(None) => {}
                Ok(Some(length)) => {
                    self.line += 1;
                    return fault(self.line, FaultCode::TooLarge, too_long(length, max));
                }
                Err(error) => {
                    self.ended = true;
                    let place = Origin { file: Arc::clone(file), line: Some(self.line + 1) };
                    return Some(Err(compressed::fault(&error, &place)));
                }
            }
        }
    }

    /// The lines at the front of the buffer that go together; `None` when they were blank.
    fn piece(&mut self, file: &Arc<str>, max: u64, size: BlockSize) -> Option<Result<Piece, Fault>> {
        let (start, line) = (self.at, self.line + 1);
        let mut count = 0;
        while self.at < self.whole && count < size.lines.max(1) as u64 {
            let (text, rest) = first_line(&self.buffer[self.at..self.whole]);
            let end = self.whole - rest.len();
            if is_blank(text) {
                (self.at, self.line) = (end, self.line + 1);
                continue;
            }
            let fits = (end - self.at) as u64 <= max || text.len() as u64 <= max && self.buffer[end - 1] == b'\n';
            if fits && scan::resource_type(text) == Some("Bundle") {
                (self.at, self.line, count) = (end, self.line + 1, count + 1);
                continue;
            }
            if count > 0 {
                break;
            }
            let length = (end - self.at) as u64;
            let bytes = text.to_vec();
            (self.at, self.line) = (end, self.line + 1);
            let origin = Origin { file: Arc::clone(file), line: Some(self.line) };
            return Some(if fits {
                Ok(Piece::Line(Line { origin, bytes, patient: None }))
            } else {
                Err(Fault::new(FaultCode::TooLarge, &origin, too_long(length, max)))
            });
        }
        let range = start..self.at;
        let (file, bytes) = (Arc::clone(file), Arc::clone(&self.buffer));
        (count > 0).then_some(Ok(Piece::Block(Block { file, line, bytes, range, count })))
    }

    /// Reads until a line is whole; the length of a line that is longer than allowed and was passed over.
    fn fill(&mut self, max: u64, bytes: u64) -> io::Result<Option<u64>> {
        let rest = &self.buffer[self.at..];
        let mut buffer = Vec::with_capacity(rest.len() + bytes as usize);
        buffer.extend_from_slice(rest);
        loop {
            let before = buffer.len();
            if (&mut self.reader).take(bytes.max(1)).read_to_end(&mut buffer)? == 0 {
                self.ended = true;
                self.whole = buffer.len();
                break;
            }
            if let Some(last) = buffer[before..].iter().rposition(|byte| *byte == b'\n') {
                self.whole = before + last + 1;
                break;
            }
            // A line end may be two bytes more.
            if buffer.len() as u64 > max.saturating_add(2) {
                return self.pass_over(buffer, bytes).map(Some);
            }
        }
        (self.buffer, self.at) = (Arc::new(buffer), 0);
        Ok(None)
    }

    /// Reads to the end of a line that is too long.
    fn pass_over(&mut self, mut buffer: Vec<u8>, bytes: u64) -> io::Result<u64> {
        let mut length = buffer.len() as u64;
        (self.at, self.whole) = (0, 0);
        loop {
            buffer.clear();
            let read = (&mut self.reader).take(bytes.max(1)).read_to_end(&mut buffer)?;
            let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            length += end.unwrap_or(read) as u64;
            if read == 0 {
                self.ended = true;
                buffer.clear();
            }
            if let Some(end) = end {
                buffer.drain(..end);
                self.whole = buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            }
            if read == 0 || end.is_some() {
                self.buffer = Arc::new(buffer);
                return Ok(length);
            }
        }
    }
}

fn too_long(length: u64, max: u64) -> String {
    format!("a line of {length} bytes, {max} allowed")
}
