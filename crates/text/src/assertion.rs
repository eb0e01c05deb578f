//! How things are asserted: negated, uncertain, hypothetical, historical, of the family, conditional, with the cue that says so.
//!
//! ConText (Harkema et al. 2009): a cue reaches from itself to the end of its sentence in its direction, until a word that ends its
//! axis. What a heading says holds for what stands under it, unless a cue says otherwise.

use crate::cue::{Reach, decode};
use crate::fact::{Axes, Axis, Cue, Section};
use crate::lexicon::Role;
use crate::scan::{Mention, Scanned};
use crate::span::Span;

/// A cue in its sentence, with how far it reaches.
#[derive(Debug, Clone, Copy)]
struct Active {
    axis: Axis,
    reach: Reach,
    span: Span,
}

/// The axes of something that stands at `target`, and the cues that set them.
#[must_use]
pub fn axes_of(scanned: &Scanned<'_>, target: Span) -> (Axes, Vec<Cue>) {
    let Some(sentence) = scanned.layout.sentence_at(target.start) else { return Default::default() };
    let cues = cues(scanned.in_sentence(sentence), target);
    let place = scanned.layout.sentences[sentence];
    let mut found = Vec::new();
    for cue in &cues {
        if reaches(scanned, &cues, cue, target) {
            found.push(Cue { axis: cue.axis, span: cue.span });
        }
    }
    found.extend(heading_cue(scanned, place.section, target));
    (axes(&found), found)
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

/// The cues of a sentence: of two that overlap the longer counts, and a look-alike silences what it covers.
fn cues(mentions: &[Mention], target: Span) -> Vec<Active> {
    let mut all = Vec::new();
    for mention in mentions.iter().filter(|m| m.is(Role::Cue) && !target.contains(m.span)) {
        for entry in mention.entries.iter().filter(|e| e.role == Role::Cue) {
            if let Some((axis, reach)) = decode(entry.target) {
                all.push(Active { axis, reach, span: mention.span });
            }
        }
    }
    let covered =
        |cue: &Active| all.iter().any(|o| o.axis == cue.axis && o.span.overlaps(cue.span) && o.span.len() > cue.span.len());
    all.iter().filter(|cue| !covered(cue)).copied().collect()
}

fn reaches(scanned: &Scanned<'_>, cues: &[Active], cue: &Active, target: Span) -> bool {
    let ended = |from: u32, to: u32| {
        cues.iter().any(|o| o.axis == cue.axis && o.reach == Reach::End && o.span.start >= from && o.span.end <= to)
    };
    let forward = || cue.span.end <= target.start && !ended(cue.span.end, target.start);
    let backward = || cue.span.start >= target.end && !ended(target.end, cue.span.start);
    match cue.reach {
        Reach::Forward => forward(),
        Reach::Backward => backward(),
        Reach::Both => forward() || backward(),
        Reach::Next => forward() && nothing_between(scanned, cue.span.end, target.start),
        Reach::Pseudo | Reach::End => false,
    }
}

/// No other concept, comma or verb-like break stands between a cue and the next thing it reaches.
fn nothing_between(scanned: &Scanned<'_>, from: u32, to: u32) -> bool {
    let between = &scanned.text[from as usize..to as usize];
    !between.contains([',', ';', ':']) && between.split_whitespace().count() <= 4
}

/// What the section's heading says of what stands under it.
fn heading_cue(scanned: &Scanned<'_>, section: Section, target: Span) -> Option<Cue> {
    let axis = match section {
        Section::PastHistory => Axis::Historical,
        Section::FamilyHistory => Axis::Family,
        Section::Instructions => Axis::Hypothetical,
        _ => return None,
    };
    let before = scanned.layout.headings.partition_point(|h| h.span.start <= target.start);
    let heading = before.checked_sub(1).and_then(|i| scanned.layout.headings.get(i))?;
    Some(Cue { axis, span: heading.span })
}
