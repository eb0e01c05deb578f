//! Chemicals and diseases as they are named in running prose, whether or not the lexicon has them whole.
//!
//! What the lexicon has is taken as it stands, with the words before it that say which (`acute`, `hepatic`); a head such as `toxicity`
//! or `syndrome` with such words before it is a disease though no list has it; a name that is made like a drug's is a chemical; short
//! forms count where the text defines them. This is wider than what [`crate::read()`] takes for facts, which need a concept.

mod name;

use crate::fact::Kind;
use crate::lexicon::{DRUG_CLASS, OWN, Role};
use crate::scan::{Mention, Scanned};
use crate::span::Span;
use crate::tokens::Class;

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A drug or other substance.
    Chemical,
    /// A disease, symptom or sign.
    Disease,
}

/// An entity and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity {
    /// What it is.
    pub sort: Sort,
    /// Where.
    pub span: Span,
}

/// An entity by its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    sort: Sort,
    from: usize,
    to: usize,
}

/// The entities of a text, by place; they do not overlap.
#[must_use]
pub fn entities(scanned: &Scanned<'_>) -> Vec<Entity> {
    let mut parts: Vec<Part> = Vec::new();
    for mention in scanned.mentions.iter().filter(|m| m.is(Role::Concept)) {
        listed(scanned, mention, &mut parts);
    }
    parts.dedup_by(|later, earlier| later.from < earlier.to);
    let mut parts = with_unlisted(scanned, &parts);
    widen(scanned, &mut parts);
    shorten(scanned, &mut parts);
    parts.iter().map(|part| Entity { sort: part.sort, span: span(scanned, part) }).collect()
}

/// The words of a part, without the `'s` after a name.
fn span(scanned: &Scanned<'_>, part: &Part) -> Span {
    let span = crate::layout::span_of(&scanned.tokens, part.from, part.to);
    let surface = span.of(scanned.text);
    let end = surface.strip_suffix("'s").or_else(|| surface.strip_suffix("\u{2019}s")).map_or(surface.len(), str::len);
    Span::new(span.start as usize, span.start as usize + end)
}

/// What a mention gives: itself, or what stands in it.
fn listed(scanned: &Scanned<'_>, mention: &Mention, parts: &mut Vec<Part>) {
    let (from, to) = (mention.tokens.0 as usize, mention.tokens.1 as usize);
    let joined = (from + 1..to.saturating_sub(1)).any(|i| name::JOINS.contains(&scanned.normal(i)));
    match sort(scanned, mention) {
        Some(sort) if !joined => parts.push(Part { sort, from, to }),
        None if mention.is(Role::Stop) => {}
        found => {
            let before = parts.len();
            inner(scanned, from, to, parts);
            // Two of one kind that are joined are two; else the whole stands.
            if let Some(sort) = found
                && parts.len() < before + 2
            {
                parts.truncate(before);
                parts.push(Part { sort, from, to });
            }
        }
    }
}

/// What a mention is, by its first concept that is either.
fn sort(scanned: &Scanned<'_>, mention: &Mention) -> Option<Sort> {
    if mention.is(Role::Stop) || name::general(scanned, mention) {
        return None;
    }
    let supported = scanned.chosen(mention).is_some();
    let concepts = mention.entries.iter().filter(|e| e.role == Role::Concept && (supported || !e.ambiguous));
    concepts.filter(|e| !function(scanned, mention, e.target)).find_map(|e| sort_of(scanned, e.target))
}

fn sort_of(scanned: &Scanned<'_>, concept: u32) -> Option<Sort> {
    match scanned.lexicon.kind(concept) {
        Kind::Medication => Some(Sort::Chemical),
        Kind::Other => scanned.lexicon.codings(concept).all(|c| c.system != OWN).then_some(Sort::Chemical),
        Kind::Problem | Kind::Finding => Some(Sort::Disease),
        _ => None,
    }
}

/// A class named by what it does (`blocker`, `inhibitor`, `anticoagulant`) is no chemical.
fn function(scanned: &Scanned<'_>, mention: &Mention, concept: u32) -> bool {
    let only_class = || scanned.lexicon.codings(concept).all(|c| c.system == DRUG_CLASS || c.system == name::MESH);
    let last = scanned.normal(mention.tokens.1 as usize - 1);
    let first = scanned.normal(mention.tokens.0 as usize);
    scanned.lexicon.kind(concept) != Kind::Problem
        && (name::FUNCTIONS.contains(&last) || first.starts_with("anti") && first != "antidepressant")
        && only_class()
}

/// The longest concepts within a range, shorter than the whole.
fn inner(scanned: &Scanned<'_>, from: usize, to: usize, parts: &mut Vec<Part>) {
    let mut at = from;
    while at < to {
        let mut best = None;
        let mut node = None;
        for end in at..to {
            if scanned.tokens.list[end].class == Class::Mark && scanned.normal(end) == "-" {
                continue;
            }
            let Some(word) = scanned.lexicon.word(scanned.normal(end)) else { break };
            node = match node {
                None => scanned.lexicon.first(word),
                Some(node) => scanned.lexicon.step(node, word),
            };
            let Some(node) = node else { break };
            let clear = |e: &crate::lexicon::Entry| e.role == Role::Concept && !e.ambiguous && !e.capitals;
            let stopped = scanned.lexicon.entries_at(node).any(|e| e.role == Role::Stop);
            let found = scanned.lexicon.entries_at(node).filter(clear).find_map(|e| sort_of(scanned, e.target));
            if let (Some(sort), false) = (found, stopped || at == from && end + 1 == to) {
                best = Some(Part { sort, from: at, to: end + 1 });
            }
        }
        at = best.map_or(at + 1, |part| part.to);
        parts.extend(best.filter(|part| !name::GENERAL.contains(&scanned.normal(part.from)) || part.to - part.from > 1));
    }
}

/// Adds heads with their words before them, and names made like a drug's.
fn with_unlisted(scanned: &Scanned<'_>, listed: &[Part]) -> Vec<Part> {
    let mut all = Vec::with_capacity(listed.len() + listed.len() / 4);
    let mut next = 0;
    let mut at = 0;
    while at < scanned.tokens.list.len() {
        if let Some(part) = listed.get(next).filter(|p| p.from <= at) {
            all.push(*part);
            at = part.to;
            next += 1;
            continue;
        }
        let found = name::head(scanned, at).or_else(|| name::chemical(scanned, at));
        at = found.map_or(at + 1, |part: Part| part.to);
        all.extend(found);
    }
    all
}

/// Takes the words before a disease that say which, and the head after it.
fn widen(scanned: &Scanned<'_>, parts: &mut Vec<Part>) {
    for i in 0..parts.len() {
        if parts[i].sort != Sort::Disease {
            continue;
        }
        let free = i.checked_sub(1).map_or(0, |before| parts[before].to);
        parts[i].from = name::leftmost(scanned, parts[i].from, free);
        let room = parts.get(i + 1).map_or(scanned.tokens.list.len(), |after| after.from);
        let next = parts[i].to;
        if next < room && name::FOLLOWS.contains(&scanned.normal(next)) && scanned.tokens.list[next].class == Class::Word {
            parts[i].to = next + 1;
        }
    }
    parts.retain(|part| part.sort != Sort::Disease || !name::alone(scanned, part));
}

/// Adds the short forms that the text defines.
fn shorten(scanned: &Scanned<'_>, parts: &mut Vec<Part>) {
    let longs: Vec<(usize, usize)> = parts.iter().map(|part| (part.from, part.to)).collect();
    let sorts: Vec<Sort> = parts.iter().map(|part| part.sort).collect();
    for (token, number) in crate::short::forms(scanned.text, &scanned.tokens, &longs) {
        let part = Part { sort: sorts[number], from: token, to: token + 1 };
        match parts.binary_search_by_key(&token, |p| p.from) {
            Ok(i) if parts[i].to == token + 1 => parts[i] = part,
            Ok(_) => {}
            Err(i) if i.checked_sub(1).is_some_and(|before| parts[before].to > token) => {}
            Err(i) => parts.insert(i, part),
        }
    }
}
