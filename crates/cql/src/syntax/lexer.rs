//! Text to tokens. Keywords are not told from identifiers here: CQL uses most of them as names too, so the parser decides by position.

use super::diagnostic::{Diagnostic, DiagnosticCode};
use std::sync::Arc;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare word: identifier or keyword.
    Word,
    /// `"name"`.
    Quoted,
    /// `` `name` ``.
    Delimited,
    /// `'text'`.
    Text,
    /// `1`, `1.5`.
    Number,
    /// `1L`.
    Long,
    /// `@2014...`, `@T10:00`.
    Temporal,
    /// `$this`, `$index`, `$total`.
    Dollar,
    /// Operator or punctuation.
    Mark,
    /// The end.
    End,
}

/// A token: kind and byte range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// First token of its line (used to find the next declaration after a fault).
    pub first_of_line: bool,
}

/// Cuts a text into tokens; faults are reported and skipped.
pub(crate) fn lex(source: &Arc<str>, text: &str, faults: &mut Vec<Diagnostic>) -> Vec<Token> {
    Lexer { source, text, bytes: text.as_bytes(), at: 0, tokens: Vec::with_capacity(text.len() / 5), faults, first_of_line: true }
        .run()
}

struct Lexer<'a> {
    source: &'a Arc<str>,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    faults: &'a mut Vec<Diagnostic>,
    first_of_line: bool,
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        if self.text.starts_with('\u{feff}') {
            self.at = 3;
        }
        while self.at < self.bytes.len() {
            if self.faults.len() > 200 {
                break;
            }
            self.step();
        }
        let end = self.bytes.len();
        self.push(Kind::End, end, end);
        self.tokens
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.tokens.push(Token { kind, start: start as u32, end: end as u32, first_of_line: self.first_of_line });
        self.first_of_line = false;
    }

    fn fault(&mut self, code: DiagnosticCode, start: usize, end: usize, message: &str) {
        self.faults.push(Diagnostic::new(code, self.source, self.text, start..end, message));
    }

    fn step(&mut self) {
        let start = self.at;
        match self.bytes[start] {
            b'\n' => {
                self.at += 1;
                self.first_of_line = true;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'/' if self.peek(1) == b'/' => self.skip_line(),
            b'/' if self.peek(1) == b'*' => self.skip_block(),
            b'\'' => self.delimited(b'\'', Kind::Text),
            b'"' => self.delimited(b'"', Kind::Quoted),
            b'`' => self.delimited(b'`', Kind::Delimited),
            b'0'..=b'9' => self.number(),
            b'@' => self.temporal(),
            b'$' => {
                self.at += 1;
                self.word_tail();
                self.push(Kind::Dollar, start, self.at);
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                self.word_tail();
                self.push(Kind::Word, start, self.at);
            }
            _ => self.mark(),
        }
    }

    fn word_tail(&mut self) {
        while matches!(self.peek(0), b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9') {
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
            self.at += 1;
        }
    }

    fn skip_block(&mut self) {
        let start = self.at;
        match self.text[start + 2..].find("*/") {
            Some(length) => self.at = start + 2 + length + 2,
            None => {
                self.fault(DiagnosticCode::UnterminatedComment, start, start + 2, "this comment has no end");
                self.at = self.bytes.len();
            }
        }
    }

    fn delimited(&mut self, quote: u8, kind: Kind) {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None => {
                    let line_end = self.text[start..].find('\n').map_or(self.bytes.len(), |i| start + i);
                    self.fault(DiagnosticCode::UnterminatedString, start, line_end, "the closing quote is missing");
                    // Go on after the line, so that one missing quote does not hide every other fault.
                    self.at = line_end;
                    return;
                }
                Some(b'\\') => self.at += 2,
                Some(b) if *b == quote => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.at += 1,
            }
        }
        self.push(kind, start, self.at);
    }

    fn number(&mut self) {
        let start = self.at;
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
        } else if self.peek(0) == b'L' && !matches!(self.peek(1), b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9') {
            self.at += 1;
            self.push(Kind::Long, start, self.at);
            return;
        }
        self.push(Kind::Number, start, self.at);
    }

    /// `@` and everything that can belong to a date or time; the parser checks it.
    fn temporal(&mut self) {
        let start = self.at;
        self.at += 1;
        let mut after_t = false;
        loop {
            let b = self.peek(0);
            let next_digit = self.peek(1).is_ascii_digit();
            let more = match b {
                b'0'..=b'9' => true,
                b'T' => {
                    let fresh = !after_t;
                    after_t = true;
                    fresh
                }
                b'Z' => {
                    // `Z` ends it.
                    if after_t {
                        self.at += 1;
                    }
                    false
                }
                b'-' => next_digit,
                b'+' | b':' | b'.' => after_t && next_digit,
                _ => false,
            };
            if !more {
                break;
            }
            self.at += 1;
        }
        self.push(Kind::Temporal, start, self.at);
    }

    fn mark(&mut self) {
        let start = self.at;
        let two = &self.bytes[start..(start + 2).min(self.bytes.len())];
        let length = match two {
            b"<=" | b">=" | b"!=" | b"!~" | b"->" => 2,
            _ => 1,
        };
        let first = self.bytes[start];
        if length == 2 || b"+-*/^&|<>=~()[]{},.:;%".contains(&first) {
            self.at += length;
            self.push(Kind::Mark, start, self.at);
            return;
        }
        // One fault for a whole character, however many bytes it has.
        let width = self.text[start..].chars().next().map_or(1, char::len_utf8);
        self.at += width;
        let is_space = self.text[start..self.at].chars().all(char::is_whitespace);
        if !is_space {
            self.fault(DiagnosticCode::BadCharacter, start, self.at, "this character means nothing in CQL");
        }
    }
}
