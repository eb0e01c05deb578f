//! How things are asserted: negated, uncertain, hypothetical, historical, of the family, conditional, with the cue that says so.
//!
//! ConText (Harkema et al. 2009): a cue reaches from itself to the end of its sentence in its direction, until a word that ends its
//! axis. What a heading says holds for what stands under it, unless a cue says otherwise. Lists of questions and answers
//! ("Chest pain: no") and of boxes ("[ ] fever") are read by their marks.

use crate::cue::{Reach, decode};
use crate::fact::{Axes, Axis, Cue, Section};
use crate::lexicon::Role;
use crate::scan::{Mention, Scanned};
use crate::span::Span;
use crate::tokens::Class;

/// A cue in its sentence, with how far it reaches.
#[derive(Debug, Clone, Copy)]
struct Active {
    axis: Axis,
    reach: Reach,
    span: Span,
    /// Where an answer's question or an empty box's item lies; such a cue reaches nothing else.
    only: Option<Span>,
}

/// The cues of one sentence, ready to be asked about anything that stands in it.
#[derive(Debug, Clone)]
pub struct Cues {
    sentence: usize,
    active: Vec<Active>,
    heading: Option<Cue>,
}

/// The axes of something that stands at `target`, and the cues that set them.
#[must_use]
pub fn axes_of(scanned: &Scanned<'_>, target: Span) -> (Axes, Vec<Cue>) {
    let Some(sentence) = scanned.layout.sentence_at(target.start) else { return Default::default() };
    Cues::of(scanned, sentence).axes_of(scanned, target)
}

impl Cues {
    /// The cues of a sentence.
    #[must_use]
    pub fn of(scanned: &Scanned<'_>, sentence: usize) -> Cues {
        let mentions = scanned.in_sentence(sentence);
        let mut active = active(scanned, mentions);
        answers(scanned, mentions, &mut active);
        boxes(scanned, sentence, &mut active);
        Cues { sentence, active, heading: heading_cue(scanned, sentence) }
    }

    /// Which sentence they are of.
    #[must_use]
    pub fn sentence(&self) -> usize {
        self.sentence
    }

    /// The axes of something that stands at `target` in this sentence, and the cues that set them.
    #[must_use]
    pub fn axes_of(&self, scanned: &Scanned<'_>, target: Span) -> (Axes, Vec<Cue>) {
        let reaching = self.active.iter().filter(|cue| self.reaches(scanned, cue, target));
        let mut found: Vec<Cue> = reaching.map(|cue| Cue { axis: cue.axis, span: cue.span }).collect();
        found.extend(self.heading);
        (axes(&found), found)
    }

    fn reaches(&self, scanned: &Scanned<'_>, cue: &Active, target: Span) -> bool {
        if let Some(only) = cue.only {
            return only.contains(target);
        }
        let ended = |from: u32, to: u32| {
            let ends = |o: &Active| o.axis == cue.axis && o.reach == Reach::End;
            self.active.iter().any(|o| ends(o) && o.span.start >= from && o.span.end <= to)
        };
        // A cue may run into the words it speaks of: "no acute" and "acute distress".
        let before = cue.span.start < target.start && cue.span.end <= target.end;
        let forward = || before && !ended(cue.span.end, target.start.max(cue.span.end));
        let backward = || cue.span.start >= target.end && !ended(target.end, cue.span.start);
        let next = || forward() && near(scanned, cue.span.end, target.start);
        let last = || backward() && near(scanned, target.end, cue.span.start);
        match cue.reach {
            Reach::Forward => forward() || leads(scanned, cue, target),
            Reach::Backward => backward(),
            Reach::Both => forward() || backward(),
            Reach::Next => next() || leads(scanned, cue, target),
            Reach::Last => last(),
            Reach::Within => target.contains(cue.span),
            Reach::Alone => cue.span == target && alone(scanned, self.sentence, target),
            Reach::Pseudo | Reach::End => false,
        }
    }
}

fn axes(cues: &[Cue]) -> Axes {
    let has = |axis: Axis| cues.iter().any(|c| c.axis == axis);
    Axes {
        negated: has(Axis::Negated),
        uncertain: has(Axis::Uncertain),
        hypothetical: has(Axis::Hypothetical),
        historical: has(Axis::Historical),
        family: has(Axis::Family),
        conditional: has(Axis::Conditional),
    }
}

/// The cues among the mentions: of two that overlap the longer counts, a look-alike silences what it covers, and so does the outcome
/// of a therapy ("could not tolerate" denies nothing).
fn active(scanned: &Scanned<'_>, mentions: &[Mention]) -> Vec<Active> {
    let mut all = Vec::new();
    for mention in mentions {
        for entry in mention.entries.iter().filter(|e| e.role == Role::Cue) {
            if let Some((axis, reach)) = decode(entry.target) {
                all.push(Active { axis, reach, span: mention.span, only: None });
            }
        }
    }
    if all.is_empty() {
        return all;
    }
    let outcomes: Vec<Span> = mentions.iter().filter(|m| was_given(scanned, m)).map(|m| m.span).collect();
    all.retain(|cue| cue.axis != Axis::Negated || !outcomes.iter().any(|o| o.contains(cue.span) && o.len() > cue.span.len()));
    all.sort_by_key(|cue| (std::cmp::Reverse(cue.span.len()), cue.span));
    let mut kept: Vec<Active> = Vec::with_capacity(all.len());
    for cue in all {
        if !kept.iter().any(|o| o.axis == cue.axis && o.span != cue.span && o.span.overlaps(cue.span)) {
            kept.push(cue);
        }
    }
    kept.sort_by_key(|cue| (cue.span, cue.axis));
    kept
}

/// Words that say a therapy failed or was not borne: whatever denial they hold ("did not help"), it was given.
fn was_given(scanned: &Scanned<'_>, mention: &Mention) -> bool {
    mention.entry(Role::Outcome).is_some_and(|e| {
        let said = scanned.lexicon.string(e.target);
        said.starts_with("failed") || said.starts_with("intolerant")
    })
}

/// A denial or a past that opens the target itself ("no headache" marked as a whole), unless the lexicon knows the whole as a thing of
/// its own.
fn leads(scanned: &Scanned<'_>, cue: &Active, target: Span) -> bool {
    matches!(cue.axis, Axis::Negated | Axis::Historical)
        && cue.span.start == target.start
        && cue.span.end < target.end
        && !scanned.mentions.iter().any(|m| m.span.contains(target) && m.is(Role::Concept))
}

/// No other concept, comma or verb-like break stands between a cue and the thing it reaches.
fn near(scanned: &Scanned<'_>, from: u32, to: u32) -> bool {
    let between = Span { start: from, end: to.max(from) }.of(scanned.text);
    between.len() < 80 && !between.contains([',', ';', ':', '(']) && between.split_whitespace().count() <= 4
}

/// The target is all its line says, under no heading.
fn alone(scanned: &Scanned<'_>, sentence: usize, target: Span) -> bool {
    let place = scanned.layout.sentences[sentence];
    let (from, to) = scanned.layout.tokens[sentence];
    let outside = scanned.tokens.list[from as usize..to as usize].iter().filter(|t| !target.contains(t.span));
    place.section == Section::None && outside.clone().count() <= 4 && outside.into_iter().all(|t| t.class != Class::Word)
}

/// Words that answer a question, in normal form.
const NO: [&str; 8] = ["no", "none", "deny", "denied", "negative", "neg", "absent", "never"];
const YES: [&str; 5] = ["yes", "positive", "pos", "present", "unknown"];

/// "Chest pain: no, dyspnea: yes": the answer is said of what stands before its mark, and of nothing after it.
fn answers(scanned: &Scanned<'_>, mentions: &[Mention], active: &mut [Active]) {
    for mention in mentions.iter().filter(|m| m.is(Role::Cue) && m.tokens.1 == m.tokens.0 + 1) {
        let at = mention.tokens.0 as usize;
        if NO.contains(&scanned.normal(at)) && asked(scanned, at) && closes(scanned, at + 1) {
            let (first, _) = scanned.layout.tokens[mention.sentence as usize];
            let only = question(scanned, first as usize, at);
            for cue in active.iter_mut().filter(|c| c.span == mention.span && c.axis == Axis::Negated) {
                cue.only = Some(only);
            }
        }
    }
}

/// A colon, question mark, equals sign or dash between spaces stands before the token.
fn asked(scanned: &Scanned<'_>, at: usize) -> bool {
    let Some(mark) = at.checked_sub(1).and_then(|i| scanned.tokens.list.get(i)) else { return false };
    let spaced = scanned.tokens.list[at].spaced && mark.spaced;
    mark.class == Class::Mark && (matches!(scanned.normal(at - 1), ":" | "?" | "=") || spaced && scanned.normal(at - 1) == "-")
}

/// What begins at a token is not the answer's own object: a mark, an end, or another question.
fn closes(scanned: &Scanned<'_>, at: usize) -> bool {
    let list = &scanned.tokens.list;
    let Some(token) = list.get(at) else { return true };
    if token.class == Class::Break || token.span.start - list[at - 1].span.end >= 2 {
        return true;
    }
    match scanned.normal(at) {
        "," | ";" | "." | ")" | "|" | "]" | "/" => true,
        _ => {
            let ahead = list[at..].iter().take(5).enumerate();
            let mark = ahead.map(|(i, t)| (i, t.class, scanned.normal(at + i))).find(|(_, class, _)| *class != Class::Word);
            mark.is_some_and(|(i, _, normal)| i > 0 && matches!(normal, ":" | "?" | "=") && answered(scanned, at + i + 1))
        }
    }
}

fn answered(scanned: &Scanned<'_>, at: usize) -> bool {
    let normal = scanned.normal(at);
    NO.contains(&normal) || YES.contains(&normal)
}

/// From the mark before an answer back to the answer or mark before it.
fn question(scanned: &Scanned<'_>, first: usize, answer: usize) -> Span {
    let list = &scanned.tokens.list;
    let mut from = answer - 1;
    while from > first {
        let before = from - 1;
        let separates = list[before].class == Class::Break
            || matches!(scanned.normal(before), "," | ";" | "." | "|" | ":" | "?" | "]")
            || list[from].span.start - list[before].span.end >= 2
            || answered(scanned, before);
        if separates {
            break;
        }
        from = before;
    }
    Span { start: list[from].span.start, end: list[answer].span.start }
}

/// An empty box says nothing of its item: whoever reads "[ ] fever" knows neither yes nor no.
fn boxes(scanned: &Scanned<'_>, sentence: usize, active: &mut Vec<Active>) {
    let (from, to) = scanned.layout.tokens[sentence];
    if !scanned.layout.sentences[sentence].span.of(scanned.text).contains(['[', '\u{2610}']) {
        return;
    }
    let list = &scanned.tokens.list[from as usize..to as usize];
    let normal = |i: usize| scanned.normal(from as usize + i);
    let opens = |i: usize| list[i].class == Class::Mark && matches!(normal(i), "[" | "\u{2610}" | "\u{2612}" | "\u{2611}");
    for i in 0..list.len() {
        let empty = list[i].class == Class::Mark
            && (normal(i) == "\u{2610}" || normal(i) == "[" && i + 1 < list.len() && normal(i + 1) == "]");
        if empty {
            let end = (i + 1..list.len()).find(|n| opens(*n)).map_or(list[list.len() - 1].span.end, |n| list[n].span.start);
            let mark = if normal(i) == "[" { list[i].span.join(list[i + 1].span) } else { list[i].span };
            let only = Some(Span { start: mark.end, end });
            active.push(Active { axis: Axis::Uncertain, reach: Reach::Forward, span: mark, only });
        }
    }
}

/// What the section's heading says of what stands under it.
fn heading_cue(scanned: &Scanned<'_>, sentence: usize) -> Option<Cue> {
    let place = scanned.layout.sentences[sentence];
    let axis = match place.section {
        Section::PastHistory => Axis::Historical,
        Section::FamilyHistory => Axis::Family,
        Section::Instructions => Axis::Hypothetical,
        _ => return None,
    };
    let before = scanned.layout.headings.partition_point(|h| h.span.start <= place.span.start);
    let heading = before.checked_sub(1).and_then(|i| scanned.layout.headings.get(i))?;
    Some(Cue { axis, span: heading.span })
}
