//! Headings and sentences, from the layout and the marks of the text.
//!
//! Notes are written in lines: a heading stands at the start of a line, alone, before a colon or in capitals; a bullet is a sentence;
//! a line that ends without a mark and is followed by a line that begins small goes on.

use crate::fact::Section;
use crate::lexicon::{Lexicon, Role};
use crate::span::Span;
use crate::tokens::{Class, Token, Tokens};
use crate::{Heading, Sentence};

/// Headings and sentences of a text.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// By place.
    pub headings: Vec<Heading>,
    /// By place.
    pub sentences: Vec<Sentence>,
    /// First and last token (exclusive) of each sentence.
    pub tokens: Vec<(u32, u32)>,
}

/// The longest heading, in words.
const MOST_HEADING_WORDS: usize = 8;

/// The longest sentence, in tokens: a text without marks is cut here, so that no step looks at more at once.
const MOST_SENTENCE_TOKENS: usize = 250;

/// Finds headings and sentences.
#[must_use]
pub fn of(text: &str, tokens: &Tokens, lexicon: &Lexicon) -> Layout {
    let mut layout = Layout::default();
    let mut section = Section::None;
    let mut at = 0;
    let mut open: Option<usize> = None;
    while at < tokens.list.len() {
        let line_start = at == 0 || tokens.list[at - 1].class == Class::Break;
        let gap = !line_start && wide(text, tokens, at);
        let begun = open.is_none();
        if line_start || gap || begun || shouted(text, tokens, lexicon, at) {
            let on = if line_start {
                open.is_some_and(|from| !continues(text, tokens, from, at))
            } else {
                gap && numbered(text, tokens, at)
            };
            if on {
                layout.close(tokens, open.take(), at, section);
            }
            if let Some((end, found)) = heading(text, tokens, lexicon, at, line_start) {
                layout.close(tokens, open.take(), at, section);
                let last = tokens.list[end - 1].span;
                layout.headings.push(Heading { span: tokens.list[at].span.join(last), section: found });
                section = found;
                at = end;
                // The colon belongs to the heading's line, not to the sentence after it.
                if tokens.list.get(at).is_some_and(|t| t.class == Class::Mark && t.span.of(text) == ":") {
                    at += 1;
                }
                continue;
            }
        }
        let token = &tokens.list[at];
        if token.class != Class::Break {
            open.get_or_insert(at);
        }
        at += 1;
        let long = open.is_some_and(|from| at - from >= MOST_SENTENCE_TOKENS);
        if long || ends_sentence(text, tokens, at - 1, open) {
            layout.close(tokens, open.take(), at, section);
        }
    }
    layout.close(tokens, open, tokens.list.len(), section);
    layout
}

impl Layout {
    fn close(&mut self, tokens: &Tokens, from: Option<usize>, mut to: usize, section: Section) {
        let Some(from) = from else { return };
        while to > from && tokens.list[to - 1].class == Class::Break {
            to -= 1;
        }
        if to > from {
            let span = tokens.list[from].span.join(tokens.list[to - 1].span);
            self.sentences.push(Sentence { span, section });
            self.tokens.push((from as u32, to as u32));
        }
    }

    /// The sentence a byte stands in.
    #[must_use]
    pub fn sentence_at(&self, byte: u32) -> Option<usize> {
        let after = self.sentences.partition_point(|s| s.span.start <= byte);
        after.checked_sub(1).filter(|i| byte < self.sentences[*i].span.end)
    }
}

/// Two or more spaces stand before a token: columns, or lines that were joined.
fn wide(text: &str, tokens: &Tokens, at: usize) -> bool {
    let gap = Span { start: tokens.list[at - 1].span.end, end: tokens.list[at].span.start };
    // A thin space is one character of three bytes.
    gap.len() >= 2 && gap.of(text).chars().count() >= 2
}

/// True when the line that begins at `at` goes on with the sentence opened at `from`.
fn continues(text: &str, tokens: &Tokens, from: usize, at: usize) -> bool {
    let gap = tokens.list[at - 1].span.of(text);
    if gap.matches('\n').count() > 1 {
        return false;
    }
    let token = &tokens.list[at];
    let surface = token.span.of(text);
    let begins_small = surface.chars().next().is_some_and(char::is_lowercase);
    let before = tokens.list[from..at].iter().rev().find(|t| t.class != Class::Break);
    let open_end =
        before.is_some_and(|t| matches!(t.span.of(text), "," | "and" | "or" | "of" | "the" | "with" | "for" | "to" | "-" | "a"));
    match token.class {
        Class::Word => begins_small || open_end || wrapped(text, tokens, from, at),
        Class::Number => (open_end || wrapped(text, tokens, from, at)) && !numbered(text, tokens, at),
        _ => false,
    }
}

/// The line before is long enough to have been wrapped by a word processor.
fn wrapped(text: &str, tokens: &Tokens, from: usize, at: usize) -> bool {
    let line = tokens.list[..at - 1].iter().rposition(|t| t.class == Class::Break).map_or(0, |i| i + 1).max(from);
    let start = tokens.list[line].span.start;
    let before = &tokens.list[at.saturating_sub(2).max(line)];
    let ended = matches!(before.span.of(text), "." | ":" | ";" | "?" | "!");
    before.span.end.saturating_sub(start) >= 60 && !ended
}

/// `1.` or `1)` at the start of a line.
fn numbered(text: &str, tokens: &Tokens, at: usize) -> bool {
    let number = tokens.list[at].span.len() <= 2 && tokens.list[at].class == Class::Number;
    number && tokens.list.get(at + 1).is_some_and(|t| !t.spaced && matches!(t.span.of(text), "." | ")"))
}

/// A known heading in capitals with its colon, in the middle of a line: lines that were joined ("diabetes PHYSICAL EXAM: clear").
fn shouted(text: &str, tokens: &Tokens, lexicon: &Lexicon, at: usize) -> bool {
    let token = &tokens.list[at];
    if !token.capitals || token.class != Class::Word || !token.spaced {
        return false;
    }
    let Some((end, _)) = known_heading(text, tokens, lexicon, at) else { return false };
    let words = tokens.list[at..end].iter().filter(|t| t.class == Class::Word);
    let colon = tokens.list.get(end).is_some_and(|t| t.span.of(text) == ":");
    colon && words.clone().all(|t| t.capitals) && (words.count() > 1 || token.span.len() > 4)
}

/// The longest heading of the lexicon that begins at a token.
fn known_heading(text: &str, tokens: &Tokens, lexicon: &Lexicon, at: usize) -> Option<(usize, Section)> {
    longest(text, tokens, lexicon, at, Role::Heading).map(|(end, target)| (end, section(target)))
}

/// The longest term of a role that begins at a token, within its line.
fn longest(text: &str, tokens: &Tokens, lexicon: &Lexicon, at: usize, role: Role) -> Option<(usize, u32)> {
    let mut node = None;
    let mut longest = None;
    for i in at..line_end(tokens, at) {
        let token = &tokens.list[i];
        if token.class == Class::Mark && token.span.of(text) == "-" {
            continue;
        }
        let Some(word) = lexicon.word(tokens.normal(token)) else { break };
        node = match node {
            None => lexicon.first(word),
            Some(node) => lexicon.step(node, word),
        };
        let Some(here) = node else { break };
        if let Some(entry) = lexicon.entries_at(here).find(|e| e.role == role) {
            longest = Some((i + 1, entry.target));
        }
    }
    longest
}

/// The heading that begins at a token, and the token after it.
fn heading(text: &str, tokens: &Tokens, lexicon: &Lexicon, at: usize, line_start: bool) -> Option<(usize, Section)> {
    let line = line_end(tokens, at);
    if let Some((end, section)) = known_heading(text, tokens, lexicon, at) {
        let after = tokens.list.get(end).filter(|_| end < line);
        let colon = after.is_some_and(|t| t.span.of(text) == ":" || line_start && matches!(t.span.of(text), "-" | "\u{2013}"));
        // "PLAN Continue metformin" has a heading, "MRI is contraindicated" has none.
        let goes_on = after.is_some_and(|t| t.span.of(text).starts_with(char::is_lowercase));
        let words = || tokens.list[at..end].iter().filter(|t| t.class == Class::Word);
        let capitals = line_start && !goes_on && words().all(|t| t.capitals);
        if after.is_none() && line_start || colon || capitals {
            return Some((end, section));
        }
    }
    let end = unknown_heading(text, tokens, at, line, line_start)?;
    // "HYPERTENSION" on a line of its own, or before a colon, is a thing said and no heading.
    let whole = |role| longest(text, tokens, lexicon, at, role).is_some_and(|(last, _)| last == end);
    (!whole(Role::Concept) && !whole(Role::Cue)).then_some((end, Section::Other))
}

/// A heading the lexicon does not know: a short line of capitals that ends with a colon or stands alone.
fn unknown_heading(text: &str, tokens: &Tokens, at: usize, line: usize, line_start: bool) -> Option<usize> {
    let colon = (at..line.min(at + MOST_HEADING_WORDS * 2)).find(|i| tokens.list[*i].span.of(text) == ":");
    if colon.is_none() && !line_start {
        return None;
    }
    let end = colon.unwrap_or(line);
    let words: Vec<&Token> = tokens.list[at..end].iter().filter(|t| t.class == Class::Word).collect();
    let plain =
        tokens.list[at..end].iter().all(|t| t.class == Class::Word || matches!(t.span.of(text), "/" | "&" | "-" | "(" | ")"));
    let capitals = words.iter().all(|t| t.capitals || t.span.len() == 1);
    let letters: usize = words.iter().map(|t| t.span.len()).sum();
    let short = !words.is_empty() && words.len() <= MOST_HEADING_WORDS && letters > 3;
    (short && plain && capitals && (colon.is_some() || words.len() > 1 || letters > 5)).then_some(end)
}

/// The end of the line a token stands in, as far as a heading could reach.
fn line_end(tokens: &Tokens, at: usize) -> usize {
    let most = tokens.list.len().min(at + MOST_HEADING_WORDS * 2 + 1);
    tokens.list[at..most].iter().position(|t| t.class == Class::Break).map_or(most, |i| at + i)
}

/// Abbreviations that end with a point and do not end a sentence.
const ABBREVIATIONS: [&str; 28] = [
    "dr", "mr", "mrs", "ms", "vs", "approx", "no", "pt", "st", "prof", "fig", "eg", "ie", "etc", "hr", "min", "sec", "wk", "mo",
    "yr", "dept", "inc", "jr", "sr", "temp", "resp", "al", "cf",
];

/// True when the token at `i` ends a sentence.
fn ends_sentence(text: &str, tokens: &Tokens, i: usize, open: Option<usize>) -> bool {
    let Some(from) = open else { return false };
    let token = &tokens.list[i];
    let next = tokens.list.get(i + 1);
    match token.span.of(text) {
        // "Nausea? No": the answer belongs to its question.
        "?" => !next.is_some_and(|t| ["no", "yes", "none", "deny", "denied", "negative", "positive"].contains(&tokens.normal(t))),
        "!" => true,
        ";" => true,
        "." => {
            let Some(next) = next else { return true };
            if next.class == Class::Break {
                return true;
            }
            if !next.spaced {
                return false;
            }
            let before = &tokens.list[i.saturating_sub(1).max(from)];
            let initial = before.class == Class::Word && before.span.len() == 1 && next.class == Class::Word;
            let listed = before.class == Class::Number && i == from + 1;
            let abbreviated = before.class == Class::Word && ABBREVIATIONS.contains(&tokens.normal(before));
            let small = next.span.of(text).chars().next().is_some_and(char::is_lowercase);
            !(initial || listed || abbreviated && (small || next.class == Class::Number) || small && before.span.len() <= 3)
        }
        _ => false,
    }
}

/// The section a heading's number stands for.
#[must_use]
pub fn section(number: u32) -> Section {
    SECTIONS.get(number as usize).copied().unwrap_or(Section::Other)
}

/// The number of a section in a lexicon.
#[must_use]
pub fn section_number(section: Section) -> u32 {
    SECTIONS.iter().position(|s| *s == section).unwrap_or_default() as u32
}

/// Sections in the order of their numbers.
pub const SECTIONS: [Section; 18] = [
    Section::None,
    Section::Complaint,
    Section::PresentIllness,
    Section::PastHistory,
    Section::FamilyHistory,
    Section::SocialHistory,
    Section::Allergies,
    Section::Medications,
    Section::ReviewOfSystems,
    Section::Examination,
    Section::Results,
    Section::Imaging,
    Section::Procedures,
    Section::Course,
    Section::Assessment,
    Section::Plan,
    Section::Instructions,
    Section::Other,
];

/// A span over several tokens.
#[must_use]
pub fn span_of(tokens: &Tokens, from: usize, to: usize) -> Span {
    match (tokens.list.get(from), to.checked_sub(1).and_then(|i| tokens.list.get(i))) {
        (Some(first), Some(last)) => first.span.join(last.span),
        _ => Span::new(0, 0),
    }
}
