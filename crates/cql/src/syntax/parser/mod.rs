//! Recursive descent over the CQL 1.5 grammar with precedence climbing for expressions. A fault ends the declaration it is in; the parser goes on with the next
//! one, so all faulty declarations are reported in one run.

mod declarations;
mod expressions;
mod literals;
mod phrases;
mod query;
mod terms;

use super::ast::{Expr, ExprId, ExprKind, Library, Name, QualifiedName, Range};
use super::diagnostic::{Diagnostic, DiagnosticCode};
use super::lexer::{Kind, Token, lex};
use super::words;
use std::sync::Arc;

/// How much source is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// Bytes of one source.
    pub max_bytes: usize,
    /// Nesting of expressions (parentheses, calls, queries).
    pub max_nesting: u32,
    /// Height of an expression tree, chains of operators included.
    pub max_height: u32,
    /// Faults reported before giving up.
    pub max_faults: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        ParseLimits { max_bytes: 4 << 20, max_nesting: 120, max_height: 1_000, max_faults: 100 }
    }
}

/// Parses a whole library. What could be read is returned with all faults; there is a program in it only when `faults` stays empty.
#[must_use]
pub fn parse(source: &Arc<str>, text: &str, limits: &ParseLimits) -> (Library, Vec<Diagnostic>) {
    let Some(mut parser) = Parser::start(source, text, limits) else {
        return (Library::default(), vec![too_large(source, text, limits)]);
    };
    parser.library();
    parser.finish()
}

/// Parses one expression (for a REPL or a test) as the body of a definition named `name`.
#[must_use]
pub fn parse_expression(source: &Arc<str>, text: &str, name: &str, limits: &ParseLimits) -> (Library, Vec<Diagnostic>) {
    let Some(mut parser) = Parser::start(source, text, limits) else {
        return (Library::default(), vec![too_large(source, text, limits)]);
    };
    parser.only_expression(name);
    parser.finish()
}

fn too_large(source: &Arc<str>, text: &str, limits: &ParseLimits) -> Diagnostic {
    Diagnostic::new(
        DiagnosticCode::SourceTooLarge,
        source,
        text,
        0..0,
        format!("the source has {} bytes, more than the limit of {}", text.len(), limits.max_bytes),
    )
}

/// A fault was recorded; unwind to the declaration.
pub(super) struct Stop;
pub(super) type Parsed<T> = Result<T, Stop>;

pub(super) struct Parser<'a> {
    source: &'a Arc<str>,
    text: &'a str,
    limits: &'a ParseLimits,
    tokens: Vec<Token>,
    at: usize,
    nesting: u32,
    library: Library,
    faults: Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn start(source: &'a Arc<str>, text: &'a str, limits: &'a ParseLimits) -> Option<Parser<'a>> {
        if text.len() > limits.max_bytes.min(u32::MAX as usize - 1) {
            return None;
        }
        let mut faults = Vec::new();
        let tokens = lex(source, text, &mut faults);
        Some(Parser { source, text, limits, tokens, at: 0, nesting: 0, library: Library::default(), faults })
    }

    fn finish(mut self) -> (Library, Vec<Diagnostic>) {
        self.faults.sort_by_key(|f| (f.span.start, f.span.end));
        self.faults.truncate(self.limits.max_faults);
        (self.library, self.faults)
    }

    // --- tokens -------------------------------------------------------------------------------------------------------------------------------------------

    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn ahead(&self, n: usize) -> Token {
        self.tokens[(self.at + n).min(self.tokens.len() - 1)]
    }

    fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The text of the n-th token ahead when it is a bare word, else "".
    fn word_at(&self, n: usize) -> &'a str {
        let token = self.ahead(n);
        if token.kind == Kind::Word { self.text_of(token) } else { "" }
    }

    fn is_word(&self, word: &str) -> bool {
        self.word_at(0) == word
    }

    fn is_mark_at(&self, n: usize, mark: &str) -> bool {
        let token = self.ahead(n);
        token.kind == Kind::Mark && self.text_of(token) == mark
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.is_mark_at(0, mark)
    }

    fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// Eats all these words or none.
    fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(i, word)| self.word_at(i) == *word);
        if found {
            self.at += words.len();
        }
        found
    }

    fn eat_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}`")))
    }

    fn expect_mark(&mut self, mark: &str) -> Parsed<()> {
        if self.eat_mark(mark) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{mark}`")))
    }

    fn here(&self) -> Range {
        let token = self.token();
        Range { start: token.start, end: token.end }
    }

    /// From a start position to the end of the last token eaten.
    fn since(&self, start: u32) -> Range {
        let end = if self.at == 0 { start } else { self.tokens[self.at - 1].end };
        Range { start, end: end.max(start) }
    }

    // --- faults -------------------------------------------------------------------------------------------------------------------------------------------

    fn fault(&mut self, code: DiagnosticCode, span: Range, message: impl Into<String>) -> &mut Diagnostic {
        let fault = Diagnostic::new(code, self.source, self.text, span.bytes(), message);
        self.faults.push(fault);
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn unexpected(&mut self, wanted: &str) -> Stop {
        let token = self.token();
        let found = match token.kind {
            Kind::End => "the end of the source".to_owned(),
            Kind::Text => "a string".to_owned(),
            _ => {
                let text: String = self.text_of(token).chars().take(40).collect();
                format!("`{text}`")
            }
        };
        let word = if token.kind == Kind::Word { self.text_of(token) } else { "" };
        let advice = (words::is_keyword(word) && wanted.contains("name"))
            .then(|| format!("`{word}` is a word of the language; write \"{word}\" to use it as a name"));
        let span = self.here();
        let fault = self.fault(DiagnosticCode::Syntax, span, format!("expected {wanted}, found {found}"));
        fault.advice = advice;
        Stop
    }

    // --- names --------------------------------------------------------------------------------------------------------------------------------------------

    /// A name in a declaring position: keywords that are not reserved are accepted as the content of the field writes them.
    fn name(&mut self) -> Parsed<Name> {
        let token = self.token();
        let text: Arc<str> = match token.kind {
            Kind::Quoted | Kind::Delimited => self.unquote(token).into(),
            Kind::Word if !words::is_reserved(self.text_of(token)) => self.text_of(token).into(),
            _ => return Err(self.unexpected("a name")),
        };
        self.at += 1;
        Ok(Name { text, span: Range { start: token.start, end: token.end } })
    }

    /// A name after a dot or as a tuple element: any word will do.
    fn member_name(&mut self) -> Parsed<Name> {
        let token = self.token();
        if token.kind == Kind::Word {
            self.at += 1;
            return Ok(Name { text: self.text_of(token).into(), span: Range { start: token.start, end: token.end } });
        }
        self.name()
    }

    fn qualified_name(&mut self) -> Parsed<QualifiedName> {
        let first = self.name()?;
        let start = first.span.start;
        let mut parts = vec![first];
        while self.is_mark(".") && matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted | Kind::Delimited) {
            self.at += 1;
            parts.push(self.member_name()?);
        }
        Ok(QualifiedName { parts, span: self.since(start) })
    }

    // --- the arena ----------------------------------------------------------------------------------------------------------------------------------------

    /// Puts an expression into the arena, checking the height of its tree.
    fn add(&mut self, kind: ExprKind, span: Range, children: &[ExprId]) -> Parsed<ExprId> {
        let below = children.iter().map(|id| self.library.expr(*id).height).max().unwrap_or(0);
        let height = below + 1;
        if height > self.limits.max_height {
            let limit = self.limits.max_height;
            self.fault(DiagnosticCode::TooDeep, span, format!("this expression chains more than {limit} operations")).advice =
                Some("split it into several definitions".to_owned());
            return Err(Stop);
        }
        let id = ExprId(self.library.expressions.len() as u32);
        self.library.expressions.push(Expr { kind, span, height });
        Ok(id)
    }

    fn span_of(&self, id: ExprId) -> Range {
        self.library.expr(id).span
    }

    /// Runs a parse one nesting level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= self.limits.max_nesting {
            let (span, limit) = (self.here(), self.limits.max_nesting);
            self.fault(DiagnosticCode::TooDeep, span, format!("this is nested more than {limit} levels deep")).advice =
                Some("split it into several definitions".to_owned());
            return Err(Stop);
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }
}
