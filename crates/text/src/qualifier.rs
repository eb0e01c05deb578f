//! Side of the body and severity, from the words beside a name.
//!
//! "Severe left knee osteoarthritis", "osteoarthritis of both knees", "knee pain, left greater than right". Of "moderate to severe" the
//! lower is taken: more is not said.

use crate::detail::{Severity, Side};
use crate::fact::{Fact, Kind};
use crate::lexicon::Role;
use crate::scan::{Mention, Scanned};
use crate::span::Span;
use crate::tokens::Class;

/// Sets [`Fact::side`] and [`Fact::severity`].
pub fn bind(scanned: &Scanned<'_>, facts: &mut [Fact]) {
    let mut sentence = u32::MAX;
    let mut words: Vec<(Span, &str)> = Vec::new();
    for fact in facts.iter_mut().filter(|f| f.kind != Kind::Medication && f.kind != Kind::Measurement) {
        if fact.sentence != sentence {
            sentence = fact.sentence;
            words = qualifiers(scanned, scanned.in_sentence(sentence as usize));
        }
        if words.is_empty() {
            continue;
        }
        let near: Vec<&str> =
            words.iter().filter(|(span, _)| belongs(scanned, *span, fact.span)).map(|(_, what)| *what).collect();
        fact.side = side(&near);
        fact.severity = severity(&near);
    }
}

fn qualifiers<'a>(scanned: &'a Scanned<'_>, mentions: &[Mention]) -> Vec<(Span, &'a str)> {
    let entry = |m: &Mention| Some((m.span, m.entry(Role::Qualifier)?.target));
    let all: Vec<(Span, u32)> = mentions.iter().filter_map(entry).collect();
    let longest = |s: Span| !all.iter().any(|(o, _)| o.overlaps(s) && o.len() > s.len());
    all.iter().filter(|(s, _)| longest(*s)).map(|(s, target)| (*s, scanned.lexicon.string(*target))).collect()
}

fn side(near: &[&str]) -> Option<Side> {
    let has = |what: &str| near.contains(&what);
    match (has("side:left"), has("side:right"), has("side:both")) {
        (_, _, true) | (true, true, _) => Some(Side::Bilateral),
        (true, false, false) => Some(Side::Left),
        (false, true, false) => Some(Side::Right),
        (false, false, false) => None,
    }
}

fn severity(near: &[&str]) -> Option<Severity> {
    let has = |what: &str| near.contains(&what);
    [("severity:mild", Severity::Mild), ("severity:moderate", Severity::Moderate), ("severity:severe", Severity::Severe)]
        .into_iter()
        .find(|(what, _)| has(what))
        .map(|(_, severity)| severity)
}

/// Words that join a name to its place: "of the", "in his", "at the", "is", "was".
const JOINS: [&str; 16] =
    ["of", "in", "the", "her", "his", "their", "at", "on", "to", "is", "was", "greater", "than", "and", ",", "worse"];

/// A qualifier belongs to a name that holds it, follows it within its phrase, or leads to it by words that join.
fn belongs(scanned: &Scanned<'_>, qualifier: Span, name: Span) -> bool {
    if name.overlaps(qualifier) {
        return true;
    }
    let list = &scanned.tokens.list;
    let between = |from: u32, to: u32| {
        let (a, b) = (list.partition_point(|t| t.span.start < from), list.partition_point(|t| t.span.start < to));
        (a, b)
    };
    if qualifier.end <= name.start {
        let (from, to) = between(qualifier.end, name.start);
        let plain = |i: usize| list[i].class == Class::Word && !breaks(scanned.normal(i)) || scanned.normal(i) == "-";
        return to - from <= 4 && (from..to).all(plain);
    }
    let (from, to) = between(name.end, qualifier.start);
    let joins = |i: usize| JOINS.contains(&scanned.normal(i)) || is_qualifier(scanned, i) || scanned.normal(i) == "(";
    to - from <= 5 && (from..to).all(joins) && !other_name(scanned, name, qualifier)
}

/// A word that begins another phrase.
fn breaks(normal: &str) -> bool {
    matches!(
        normal,
        "and"
            | "or"
            | "but"
            | "with"
            | "without"
            | "no"
            | "not"
            | "then"
            | "than"
            | "for"
            | "has"
            | "had"
            | "have"
            | "is"
            | "was"
            | "to"
            | "from"
            | "due"
            | "on"
            | "at"
            | "in"
            | "of"
            | "which"
            | "who"
            | "the"
            | "denie"
            | "denies"
    )
}

fn is_qualifier(scanned: &Scanned<'_>, token: usize) -> bool {
    let at = scanned.tokens.list[token].span.start;
    let from = scanned.mentions.partition_point(|m| m.span.start < at);
    scanned.mentions[from..].iter().take_while(|m| m.span.start == at).any(|m| m.is(Role::Qualifier))
}

/// The qualifier stands right before another name, whose it is: "asthma and left hip pain".
fn other_name(scanned: &Scanned<'_>, name: Span, qualifier: Span) -> bool {
    let gap = Span { start: name.end, end: qualifier.start }.of(scanned.text);
    if !gap.contains(',') && !gap.contains("and") {
        return false;
    }
    let from = scanned.mentions.partition_point(|m| m.span.start < qualifier.end);
    let next = scanned.mentions[from..].iter().take(8).find(|m| m.is(Role::Concept));
    next.is_some_and(|m| m.span.start - qualifier.end <= 24)
}
