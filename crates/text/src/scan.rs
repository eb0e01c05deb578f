//! One pass over the words: everything the lexicon knows, longest first, from left to right.

use crate::OcrWord;
use crate::fact::{Kind, Section};
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
    /// It matched with one wrong character.
    pub fuzzy: bool,
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

    /// The concept a mention stands for: the first without other senses, else the first that its section or a neighbour supports.
    #[must_use]
    pub fn chosen(&self, mention: &Mention) -> Option<Entry> {
        if mention.is(Role::Stop) {
            return None;
        }
        let concepts = || mention.entries.iter().copied().filter(|e| e.role == Role::Concept);
        concepts().find(|e| !e.ambiguous).or_else(|| concepts().find(|e| self.supported(mention, self.lexicon.kind(e.target))))
    }

    /// An ambiguous term counts in a section of its kind, or where a concept without other senses stands in the same sentence.
    fn supported(&self, mention: &Mention, kind: Kind) -> bool {
        let sentence = mention.sentence as usize;
        let section = self.layout.sentences.get(sentence).map(|s| s.section);
        let at_home = match kind {
            Kind::Medication => matches!(section, Some(Section::Medications | Section::Allergies)),
            Kind::Problem | Kind::Finding => {
                matches!(section, Some(Section::PastHistory | Section::Assessment | Section::FamilyHistory))
            }
            Kind::Procedure | Kind::Device => matches!(section, Some(Section::Plan | Section::Procedures)),
            Kind::Measurement => matches!(section, Some(Section::Results | Section::Examination)),
            Kind::Other => false,
        };
        let clear = |m: &Mention| m.span != mention.span && m.entries.iter().any(|e| e.role == Role::Concept && !e.ambiguous);
        at_home || self.in_sentence(sentence).iter().any(clear)
    }

    /// The normal form of a token.
    #[must_use]
    pub fn normal(&self, token: usize) -> &str {
        self.tokens.list.get(token).map(|t| self.tokens.normal(t)).unwrap_or_default()
    }
}

impl Scanned<'_> {
    /// Short forms that the text defines stand for what they are defined as.
    fn short_forms(&mut self) {
        let named: Vec<usize> = (0..self.mentions.len()).filter(|i| self.mentions[*i].is(Role::Concept)).collect();
        let longs: Vec<(usize, usize)> =
            named.iter().map(|i| (self.mentions[*i].tokens.0 as usize, self.mentions[*i].tokens.1 as usize)).collect();
        let mut added = Vec::new();
        for (token, number) in crate::short::forms(self.text, &self.tokens, &longs) {
            let long = named[number];
            let entries = self.mentions[long].entries.clone();
            // The mention before which nothing more can cover the token: terms have at most sixteen words.
            let after = self.mentions.partition_point(|m| m.tokens.0 as usize <= token);
            let covering = (after.saturating_sub(24)..after)
                .find(|i| self.mentions[*i].is(Role::Concept) && self.mentions[*i].tokens.1 as usize > token);
            match covering {
                Some(i) if self.mentions[i].tokens == (token as u32, token as u32 + 1) => self.mentions[i].entries = entries,
                Some(_) => {}
                None => {
                    let span = self.tokens.list[token].span;
                    let Some(sentence) = self.layout.sentence_at(span.start) else { continue };
                    let tokens = (token as u32, token as u32 + 1);
                    added.push(Mention { span, tokens, entries, sentence: sentence as u32, fuzzy: false });
                }
            }
        }
        if !added.is_empty() {
            self.mentions.extend(added);
            self.mentions.sort_by_key(|m| m.tokens.0);
        }
    }
}

/// Reads the words of a text against a lexicon.
#[must_use]
pub fn scan<'a>(text: &'a str, lexicon: &'a Lexicon) -> Scanned<'a> {
    scan_ocr(text, lexicon, &[])
}

/// Reads the words of a text of which some were an image: those may have one wrong character.
#[must_use]
pub fn scan_ocr<'a>(text: &'a str, lexicon: &'a Lexicon, ocr: &[OcrWord]) -> Scanned<'a> {
    let tokens = Tokens::of(text);
    let layout = crate::layout::of(text, &tokens, lexicon);
    let mut mentions = Vec::with_capacity(tokens.len() / 4);
    let mut words: Vec<Option<u32>> = tokens.list.iter().map(|t| known(&tokens, t, lexicon)).collect();
    let repaired = repaired(&tokens, &mut words, lexicon, ocr);
    for (sentence, (from, to)) in layout.tokens.iter().enumerate() {
        in_range(&mut mentions, text, &tokens, &words, (*from as usize, *to as usize), sentence as u32, lexicon);
    }
    if !repaired.is_empty() {
        let fuzzy = |m: &Mention| repaired.iter().any(|at| (m.tokens.0..m.tokens.1).contains(at));
        mentions.iter_mut().for_each(|m| m.fuzzy = fuzzy(m));
        // A word that was put right names a thing; it is no cue, no unit, and no acronym.
        mentions.retain(|m| !m.fuzzy || m.is(Role::Concept) && !m.is(Role::Stop));
    }
    let mut scanned = Scanned { text, tokens, layout, mentions, lexicon };
    scanned.short_forms();
    scanned
}

/// Puts right what the OCR read with one wrong character; the tokens it did so for, ascending.
fn repaired(tokens: &Tokens, words: &mut [Option<u32>], lexicon: &Lexicon, ocr: &[OcrWord]) -> Vec<u32> {
    let mut repaired = Vec::new();
    for (at, token) in tokens.list.iter().enumerate().filter(|_| !ocr.is_empty()) {
        if words[at].is_some() || token.class != Class::Word || token.span.len() < crate::fuzzy::LEAST {
            continue;
        }
        let under = ocr.partition_point(|w| w.span.end <= token.span.start);
        let image = ocr.get(under).is_some_and(|w| w.span.start < token.span.end && w.quality < crate::fuzzy::BELIEVED);
        if image && let Some(word) = crate::fuzzy::repair(lexicon, tokens.normal(token)) {
            words[at] = Some(word);
            repaired.push(at as u32);
        }
    }
    repaired
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
        // The longest of each role: end and node.
        let mut best = [(0, 0); Role::ALL.len()];
        loop {
            for entry in lexicon.entries_at(node) {
                if !entry.capitals || written_in_capitals(tokens, start, end) {
                    best[entry.role as usize] = (end, node);
                }
            }
            // A hyphen or a line end between two words of a term is passed over.
            while end < to && passed_over(text, tokens, end) {
                end += 1;
            }
            let Some(next) = (end < to).then(|| words[end]).flatten().and_then(|word| lexicon.step(node, word)) else { break };
            node = next;
            end += 1;
        }
        let mut push = |(end, node): (usize, u32), wanted: &dyn Fn(Role) -> bool| {
            let span = crate::layout::span_of(tokens, start, end);
            let whole = |e: &Entry| wanted(e.role) && (!e.capitals || written_in_capitals(tokens, start, end));
            let entries = lexicon.entries_at(node).filter(whole).collect();
            mentions.push(Mention { span, tokens: (start as u32, end as u32), entries, sentence, fuzzy: false });
        };
        for (i, role) in HELPERS.iter().enumerate() {
            let here = best[*role as usize];
            let again = HELPERS[..i].iter().any(|r| best[*r as usize] == here);
            if here.0 > 0 && !again {
                push(here, &|r| HELPERS.contains(&r) && best[r as usize] == here);
            }
        }
        let concept = best[Role::Concept as usize];
        if concept.0 > 0 && start >= taken {
            taken = concept.0;
            push(concept, &|r| matches!(r, Role::Concept | Role::Stop));
        }
    }
}

/// Roles that say something about concepts; the longest of each counts.
const HELPERS: [Role; 6] = [Role::Cue, Role::Unit, Role::Route, Role::Frequency, Role::Outcome, Role::Qualifier];

fn written_in_capitals(tokens: &Tokens, from: usize, to: usize) -> bool {
    tokens.list[from..to].iter().filter(|t| t.class == Class::Word).all(|t| t.capitals || t.span.len() == 1)
        && tokens.list[from..to].iter().any(|t| t.class == Class::Word)
}

fn passed_over(text: &str, tokens: &Tokens, at: usize) -> bool {
    let token = &tokens.list[at];
    token.class == Class::Break || token.class == Class::Mark && matches!(token.span.of(text), "-" | "\u{2010}" | "\u{2011}")
}
