//! What is wrong with a source, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The kind of a fault; its [`DiagnosticCode::as_str`] is stable and can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum DiagnosticCode {
    SourceTooLarge,
    TooDeep,
    BadCharacter,
    UnterminatedString,
    UnterminatedComment,
    BadEscape,
    BadNumber,
    BadTemporal,
    Syntax,
    DuplicateName,
    UnknownName,
    UnknownType,
    UnknownModel,
    UnknownLibrary,
    UnknownFunction,
    UnknownProperty,
    NoOverload,
    AmbiguousCall,
    TypeMismatch,
    CyclicInclude,
    CyclicDefinition,
    BadRetrieve,
    BadContext,
    Unsupported,
    BadElm,
}

impl DiagnosticCode {
    /// The stable short name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        use DiagnosticCode as C;
        match self {
            C::SourceTooLarge => "source-too-large",
            C::TooDeep => "too-deep",
            C::BadCharacter => "bad-character",
            C::UnterminatedString => "unterminated-string",
            C::UnterminatedComment => "unterminated-comment",
            C::BadEscape => "bad-escape",
            C::BadNumber => "bad-number",
            C::BadTemporal => "bad-temporal",
            C::Syntax => "syntax",
            C::DuplicateName => "duplicate-name",
            C::UnknownName => "unknown-name",
            C::UnknownType => "unknown-type",
            C::UnknownModel => "unknown-model",
            C::UnknownLibrary => "unknown-library",
            C::UnknownFunction => "unknown-function",
            C::UnknownProperty => "unknown-property",
            C::NoOverload => "no-overload",
            C::AmbiguousCall => "ambiguous-call",
            C::TypeMismatch => "type-mismatch",
            C::CyclicInclude => "cyclic-include",
            C::CyclicDefinition => "cyclic-definition",
            C::BadRetrieve => "bad-retrieve",
            C::BadContext => "bad-context",
            C::Unsupported => "unsupported",
            C::BadElm => "bad-elm",
        }
    }
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// No program comes of it.
    Error,
    /// Suspicious, but the program means something.
    Warning,
}

/// One fault of one source. Its `Display` is the full rendering with line and caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Kind.
    pub code: DiagnosticCode,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What to do, when there is something to say.
    pub advice: Option<String>,
    /// Name of the source.
    pub source: Arc<str>,
    /// Byte range in it.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The text of that line (at most 200 characters), for the caret.
    excerpt: String,
    caret: (usize, usize),
}

impl Diagnostic {
    /// A fault at a byte range of a text.
    #[must_use]
    pub fn new(
        code: DiagnosticCode,
        source: &Arc<str>,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let start = floor_boundary(text, span.start.min(text.len()));
        let end = floor_boundary(text, span.end.clamp(start, text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[..start].bytes().filter(|b| *b == b'\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let mark_end = end.min(line_end);
        let width = text[start..mark_end.max(start)].chars().count().max(1);
        // A window around the fault, so that a 1 MB line does not become a 1 MB message.
        let skip = column.saturating_sub(120);
        let mut message: String = message.into();
        if let Some((end, _)) = message.char_indices().nth(600) {
            message.replace_range(end.., "...");
        }
        let excerpt: String =
            text[line_start..line_end].chars().skip(skip).take(200).map(|c| if c == '\t' { ' ' } else { c }).collect();
        Diagnostic {
            code,
            severity: Severity::Error,
            message,
            advice: None,
            source: source.clone(),
            span: start..end,
            line,
            column,
            excerpt: excerpt.trim_end().to_owned(),
            caret: (column - 1 - skip, width.min(200)),
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Diagnostic {
        self.advice = Some(advice.into());
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Diagnostic {
        self.severity = Severity::Warning;
        self
    }
}

/// The nearest character boundary at or before `at`.
fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{severity}[{}]: {}", self.code.as_str(), self.message)?;
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{gutter}--> {}:{}:{}", self.source, self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.excerpt)?;
        write!(f, "{gutter} | {}{}", " ".repeat(self.caret.0), "^".repeat(self.caret.1))?;
        if let Some(advice) = &self.advice {
            write!(f, "\n{gutter} = help: {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// The name in `candidates` closest to `wanted`, when it is close enough to be a slip.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.chars().count() / 3).clamp(1, 4);
    candidates
        .take(5_000)
        .map(|candidate| (distance(wanted, candidate, limit), candidate))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance ignoring case; anything above `limit` may be reported as `limit + 1`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).take(64).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).take(64).collect();
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
