//! One pass over the words: everything the lexicon knows, longest first, from left to right.

use crate::layout::Layout;
use crate::lexicon::{Entry, Lexicon, Role};
use crate::span::Span;
use crate::tokens::{Class, Tokens};

/// A term met in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where it stands.
    pub span: Span,
    /// First token and the token after the last.
    pub tokens: (u32, u32),
    /// What it can be; several when the term has several roles.
    pub entries: Vec<Entry>,
    /// Its sentence.
    pub sentence: u32,
}

impl Mention {
    /// The entry of a role.
    #[must_use]
    pub fn entry(&self, role: Role) -> Option<Entry> {
        self.entries.iter().copied().find(|e| e.role == role)
    }

    /// True when the term can be of a role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.entry(role).is_some()
    }
}

/// Everything later steps look at.
#[derive(Debug)]
pub struct Scanned<'a> {
    /// The text as given.
    pub text: &'a str,
    /// Its words.
    pub tokens: Tokens,
    /// Its headings and sentences.
    pub layout: Layout,
    /// Its terms, by place; two of the same kind of role never overlap.
    pub mentions: Vec<Mention>,
    /// Who knows the words.
    pub lexicon: &'a Lexicon,
}

impl Scanned<'_> {
    /// The mentions of a sentence.
    #[must_use]
    pub fn in_sentence(&self, sentence: usize) -> &[Mention] {
        let from = self.mentions.partition_point(|m| (m.sentence as usize) < sentence);
        let to = self.mentions.partition_point(|m| m.sentence as usize <= sentence);
        &self.mentions[from..to]
    }

    /// The normal form of a token.
    #[must_use]
    pub fn normal(&self, token: usize) -> &str {
        self.tokens.list.get(token).map(|t| self.tokens.normal(t)).unwrap_or_default()
    }
}

/// Reads the words of a text against a lexicon.
#[must_use]
pub fn scan<'a>(text: &'a str, lexicon: &'a Lexicon) -> Scanned<'a> {
    let tokens = Tokens::of(text);
    let layout = crate::layout::of(text, &tokens, lexicon);
    let mut mentions = Vec::with_capacity(tokens.len() / 4);
    let words: Vec<Option<u32>> = tokens.list.iter().map(|t| known(&tokens, t, lexicon)).collect();
    for (sentence, (from, to)) in layout.tokens.iter().enumerate() {
        in_range(&mut mentions, text, &tokens, &words, (*from as usize, *to as usize), sentence as u32, lexicon);
    }
    Scanned { text, tokens, layout, mentions, lexicon }
}

fn known(tokens: &Tokens, token: &crate::tokens::Token, lexicon: &Lexicon) -> Option<u32> {
    if token.class == Class::Break { None } else { lexicon.word(tokens.normal(token)) }
}

fn in_range(
    mentions: &mut Vec<Mention>,
    text: &str,
    tokens: &Tokens,
    words: &[Option<u32>],
    (from, to): (usize, usize),
    sentence: u32,
    lexicon: &Lexicon,
) {
    // Concepts are matched longest first and do not overlap; cues and other helpers may stand inside a longer concept ("no" in "no growth").
    let mut taken = from;
    for start in from..to {
        let Some(first) = words[start].and_then(|word| lexicon.first(word)) else { continue };
        let mut node = first;
        let mut end = start + 1;
        let mut best: Option<(usize, Vec<Entry>)> = None;
        let mut helper: Option<(usize, Vec<Entry>)> = None;
        loop {
            let whole = |e: &Entry| !e.capitals || written_in_capitals(tokens, start, end);
            let here: Vec<Entry> = lexicon.entries_at(node).filter(whole).collect();
            if here.iter().any(|e| e.role == Role::Concept) && start >= taken {
                best = Some((end, here.iter().copied().filter(|e| e.role == Role::Concept || e.role == Role::Stop).collect()));
            }
            if here.iter().any(|e| e.role != Role::Concept && e.role != Role::Heading) {
                helper = Some((end, here.into_iter().filter(|e| e.role != Role::Concept && e.role != Role::Heading).collect()));
            }
            // A hyphen or a line end between two words of a term is passed over.
            while end < to && passed_over(text, tokens, end) {
                end += 1;
            }
            let Some(next) = (end < to).then(|| words[end]).flatten().and_then(|word| lexicon.step(node, word)) else { break };
            node = next;
            end += 1;
        }
        let mut push = |end: usize, entries: Vec<Entry>| {
            let span = crate::layout::span_of(tokens, start, end);
            mentions.push(Mention { span, tokens: (start as u32, end as u32), entries, sentence });
        };
        if let Some((end, entries)) = helper {
            push(end, entries);
        }
        if let Some((end, entries)) = best {
            taken = end;
            push(end, entries);
        }
    }
}

fn written_in_capitals(tokens: &Tokens, from: usize, to: usize) -> bool {
    tokens.list[from..to].iter().filter(|t| t.class == Class::Word).all(|t| t.capitals || t.span.len() == 1)
}

fn passed_over(text: &str, tokens: &Tokens, at: usize) -> bool {
    let token = &tokens.list[at];
    token.class == Class::Break || token.class == Class::Mark && matches!(token.span.of(text), "-" | "\u{2010}" | "\u{2011}")
}
