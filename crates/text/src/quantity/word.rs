//! The words of one sentence as number and time readers see them: without line ends, each with its normal form at hand.

use crate::scan::Scanned;
use crate::span::Span;
use crate::tokens::Class;

/// A word, number or mark of a sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'a> {
    /// Normal form.
    pub normal: &'a str,
    /// As written.
    pub surface: &'a str,
    /// What it is made of.
    pub class: Class,
    /// White space or a line end stands before it.
    pub spaced: bool,
    /// A line end stands before it.
    pub broken: bool,
    /// Where it stands.
    pub span: Span,
    /// Its place among the tokens of the text.
    pub token: u32,
}

/// Puts the words of a sentence, by its first and last token, into `out`.
pub(crate) fn fill<'a>(out: &mut Vec<Word<'a>>, scanned: &'a Scanned<'_>, (from, to): (u32, u32)) {
    out.clear();
    let mut broken = false;
    for (i, token) in scanned.tokens.list[from as usize..to as usize].iter().enumerate() {
        if token.class == Class::Break {
            broken = true;
            continue;
        }
        out.push(Word {
            normal: scanned.tokens.normal(token),
            surface: token.span.of(scanned.text),
            class: token.class,
            spaced: token.spaced || broken,
            broken,
            span: token.span,
            token: from + i as u32,
        });
        broken = false;
    }
}

/// The normal form of the word at `at`; empty past the end.
pub(crate) fn at<'a>(words: &[Word<'a>], at: usize) -> &'a str {
    words.get(at).map_or("", |w| w.normal)
}

/// The normal form of the word `back` words before `at`; empty before the beginning.
pub(crate) fn before<'a>(words: &[Word<'a>], at: usize, back: usize) -> &'a str {
    at.checked_sub(back).map_or("", |i| self::at(words, i))
}

/// The word at `at` follows the one before it without white space.
pub(crate) fn glued(words: &[Word<'_>], at: usize) -> bool {
    words.get(at).is_some_and(|w| !w.spaced)
}

/// The word at `at` is made of digits.
pub(crate) fn is_number(words: &[Word<'_>], at: usize) -> bool {
    words.get(at).is_some_and(|w| w.class == Class::Number)
}

/// The words from `from` to before `to` are these.
pub(crate) fn are(words: &[Word<'_>], from: usize, list: &[&str]) -> bool {
    list.iter().enumerate().all(|(i, w)| at(words, from + i) == *w)
}

/// The words that end before `end` are these.
pub(crate) fn end_with(words: &[Word<'_>], end: usize, list: &[&str]) -> bool {
    end.checked_sub(list.len()).is_some_and(|from| are(words, from, list))
}

/// The characters of the words from `from` to before `to`.
pub(crate) fn span(words: &[Word<'_>], from: usize, to: usize) -> Span {
    match (words.get(from), to.checked_sub(1).and_then(|i| words.get(i))) {
        (Some(first), Some(last)) if from < to => first.span.join(last.span),
        _ => Span::new(0, 0),
    }
}

/// A dash of any kind.
pub(crate) fn dash(word: &str) -> bool {
    word == "-"
}
