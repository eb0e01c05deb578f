//! Streams of JSON texts: the lines of NDJSON, the elements of an array, the rows of Parquet.

use super::blocks::{Block, BlockSize, Blocks};
use super::compressed;
use crate::fault::{Fault, FaultCode, Origin};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// One text of a stream.
pub(crate) struct Line {
    pub(crate) origin: Origin,
    pub(crate) bytes: Vec<u8>,
    /// The patient, when the stream says so itself (a Parquet column).
    pub(crate) patient: Option<String>,
}

/// What a stream gives at once.
pub(crate) enum Piece {
    Line(Line),
    /// Bundles, one a line.
    Block(Block),
}

/// What a stream is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One text a line.
    Lines,
    /// One JSON array.
    Array,
    /// Rows of a Parquet file.
    Parquet,
}

/// An open stream.
pub(crate) struct Stream {
    file: Arc<str>,
    max: u64,
    size: BlockSize,
    reader: Reader,
    /// Texts already read (Parquet reads many rows at once).
    ready: VecDeque<Line>,
}

enum Reader {
    Lines(Blocks),
    Array(Elements),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::Rows>),
    Done,
}

impl Stream {
    pub(crate) fn open(path: &Path, form: Form, max: u64, size: BlockSize) -> Result<Stream, Fault> {
        let file: Arc<str> = path.to_string_lossy().into();
        let origin = Origin { file: Arc::clone(&file), line: None };
        #[cfg(feature = "parquet")]
        let open = || std::fs::File::open(path).map_err(|e| Fault::new(FaultCode::Unreadable, &origin, e.kind().to_string()));
        let text = || match compressed::open(path) {
            Ok(opened) => Ok(opened.reader),
            Err(e) => Err(compressed::fault(&e, &origin)),
        };
        let reader = match form {
            Form::Lines => Reader::Lines(Blocks::new(text()?)),
            Form::Array => Reader::Array(Elements::new(Box::new(BufReader::with_capacity(1 << 18, text()?)))),
            #[cfg(feature = "parquet")]
            Form::Parquet => Reader::Parquet(Box::new(super::parquet::Rows::open(open()?, &origin)?)),
            #[cfg(not(feature = "parquet"))]
            Form::Parquet => {
                return Err(Fault::new(FaultCode::NotParquet, &origin, "this program was built without the feature `parquet`"));
            }
        };
        Ok(Stream { file, max, size, reader, ready: VecDeque::new() })
    }

    pub(crate) fn of_reader(name: &str, reader: Box<dyn BufRead + Send>, form: Form, max: u64, size: BlockSize) -> Stream {
        let reader = match form {
            Form::Array => Reader::Array(Elements::new(reader)),
            Form::Lines | Form::Parquet => Reader::Lines(Blocks::new(Box::new(reader))),
        };
        Stream { file: name.into(), max, size, reader, ready: VecDeque::new() }
    }

    fn fault(&self, code: FaultCode, line: Option<u64>, detail: impl Into<String>) -> Fault {
        Fault::new(code, &Origin { file: Arc::clone(&self.file), line }, detail)
    }

    fn read_element(&mut self) -> Option<Result<Piece, Fault>> {
        let Reader::Array(elements) = &mut self.reader else { return None };
        match elements.next(self.max) {
            Ok(Some((line, bytes))) => {
                let origin = Origin { file: Arc::clone(&self.file), line: Some(line) };
                Some(Ok(Piece::Line(Line { origin, bytes, patient: None })))
            }
            Ok(None) => {
                self.reader = Reader::Done;
                None
            }
            Err((code, line, detail)) => {
                self.reader = Reader::Done;
                Some(Err(self.fault(code, Some(line), detail)))
            }
        }
    }
}

impl Iterator for Stream {
    type Item = Result<Piece, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(line) = self.ready.pop_front() {
            return Some(Ok(Piece::Line(line)));
        }
        match &mut self.reader {
            Reader::Lines(blocks) => blocks.next(&self.file, self.max, self.size),
            Reader::Array(_) => self.read_element(),
            #[cfg(feature = "parquet")]
            Reader::Parquet(rows) => match rows.read(&self.file, self.max, &mut self.ready) {
                Ok(true) => self.next(),
                Ok(false) => {
                    self.reader = Reader::Done;
                    None
                }
                Err(fault) => {
                    if fault.code == FaultCode::NotParquet {
                        self.reader = Reader::Done;
                    }
                    Some(Err(fault))
                }
            },
            Reader::Done => None,
        }
    }
}

/// The elements of one JSON array, read without holding the array.
struct Elements {
    reader: Box<dyn BufRead + Send>,
    line: u64,
    begun: bool,
}

/// A fault before its file is known: code, line, detail.
type Broken = (FaultCode, u64, String);

impl Elements {
    fn new(reader: Box<dyn BufRead + Send>) -> Elements {
        Elements { reader, line: 1, begun: false }
    }

    /// The next element with the line it begins at.
    fn next(&mut self, max: u64) -> Result<Option<(u64, Vec<u8>)>, Broken> {
        let mut element: Vec<u8> = Vec::new();
        let mut first_line = self.line;
        let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err((FaultCode::Unreadable, self.line, error.kind().to_string())),
            };
            if chunk.is_empty() {
                return Err((FaultCode::NotJson, self.line, "the array ends before its closing bracket".to_owned()));
            }
            let (mut start, mut used, mut complete, mut end) = (None, chunk.len(), false, false);
            if depth > 0 {
                start = Some(0);
            }
            for (index, byte) in chunk.iter().enumerate() {
                if *byte == b'\n' {
                    self.line += 1;
                }
                if depth == 0 {
                    match byte {
                        b'[' if !self.begun => self.begun = true,
                        b'{' if self.begun => {
                            (depth, start, first_line) = (1, Some(index), self.line);
                        }
                        b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
                        b']' if self.begun => {
                            (used, end) = (index + 1, true);
                            break;
                        }
                        _ => return Err((FaultCode::NotFhir, self.line, "an element of the array is no object".to_owned())),
                    }
                } else if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        (used, complete) = (index + 1, true);
                        break;
                    }
                }
            }
            if let Some(start) = start {
                element.extend_from_slice(&chunk[start..used]);
            }
            self.reader.consume(used);
            if complete {
                return Ok(Some((first_line, element)));
            }
            if end {
                return Ok(None);
            }
            if element.len() as u64 > max {
                let detail = format!("an element of more than {max} bytes");
                return Err((FaultCode::TooLarge, first_line, detail));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str, form: Form, max: u64) -> Vec<String> {
        let small = BufReader::with_capacity(3, text.as_bytes());
        let size = BlockSize { bytes: 5, lines: 2 };
        let text = |origin: Origin, bytes: &[u8]| format!("{origin} {}", std::str::from_utf8(bytes).unwrap());
        let mut found = Vec::new();
        for piece in Stream::of_reader("f", Box::new(small), form, max, size) {
            match piece {
                Ok(Piece::Line(line)) => found.push(text(line.origin, &line.bytes)),
                Ok(Piece::Block(mut block)) => {
                    found.extend(std::iter::from_fn(|| block.next().map(|(origin, bytes)| text(origin, bytes))));
                }
                Err(fault) => found.push(format!("{} {}", fault.origin, fault.code.as_str())),
            }
        }
        found
    }

    #[test]
    fn lines_and_elements_with_their_places() {
        assert_eq!(read("{\"a\":1}\r\n\n{\"b\":2}", Form::Lines, 99), ["f:1 {\"a\":1}", "f:3 {\"b\":2}"]);
        assert_eq!(read("{}\n{\"long\":1}\n{}\n", Form::Lines, 4), ["f:1 {}", "f:2 too-large", "f:3 {}"]);
        let array = " [ {\"a\":\"]}\\\"\"},\n {\"b\":[{}]} ] ";
        assert_eq!(read(array, Form::Array, 99), ["f:1 {\"a\":\"]}\\\"\"}", "f:2 {\"b\":[{}]}"]);
        assert_eq!(read("[{}, 1]", Form::Array, 99), ["f:1 {}", "f:1 not-fhir"]);
        assert_eq!(read("[{},\n{\"a\":", Form::Array, 99), ["f:1 {}", "f:2 not-json"]);
        assert_eq!(read("", Form::Lines, 9), [""; 0]);
    }
}
