//! The signs of a sentence: what `outcomes.tsv` says of its words, each with the way it looks.

use crate::cue::Reach;
use crate::detail::Outcome;
use crate::lexicon::Role;
use crate::scan::Scanned;
use crate::span::Span;
use crate::tokens::Class;

/// What a sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// What came of it.
    Of(Outcome),
    /// It ended; the reason says what that means.
    Stopped,
    /// What follows is an effect of what precedes ("caused").
    Causes,
    /// A side effect; it counts beside the therapy that had it or as a reason.
    Effect,
    /// What follows is a reason ("due to").
    Reason,
    /// What precedes ended, what follows took its place ("switched to").
    Switched,
    /// A new statement begins ("but").
    End,
    /// A new statement begins with what was given next ("then", "now on").
    Then,
    /// It looks like a sign and is none.
    Pseudo,
}

impl Said {
    /// What a name in `outcomes.tsv` says.
    #[must_use]
    pub fn named(name: &str) -> Option<Said> {
        Some(match name {
            "tried" => Said::Of(Outcome::Tried),
            "failed" => Said::Of(Outcome::Failed),
            "intolerant" => Said::Of(Outcome::Intolerant),
            "contraindicated" => Said::Of(Outcome::Contraindicated),
            "declined" => Said::Of(Outcome::Declined),
            "effective" => Said::Of(Outcome::Effective),
            "planned" => Said::Of(Outcome::Planned),
            "stopped" => Said::Stopped,
            "causes" => Said::Causes,
            "effect" => Said::Effect,
            "reason" => Said::Reason,
            "switched" => Said::Switched,
            "end" => Said::End,
            "then" => Said::Then,
            "pseudo" => Said::Pseudo,
            _ => return None,
        })
    }
}

/// A sign in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    pub said: Said,
    pub span: Span,
    /// It looks at what follows.
    pub ahead: bool,
    /// It looks at what precedes.
    pub back: bool,
    /// A reason only where an effect follows at once ("for nausea").
    pub faint: bool,
}

/// The signs of a sentence by place; of two that overlap the longer counts. A sign that can look both ways is turned one way here.
pub(super) fn signs(scanned: &Scanned<'_>, sentence: usize, therapies: &[Span]) -> Vec<Sign> {
    let mentions = scanned.in_sentence(sentence);
    let mut all: Vec<(Sign, Reach)> = Vec::new();
    for mention in mentions {
        let Some(entry) = mention.entry(Role::Outcome) else { continue };
        // A word of the therapy's own name is no sign ("trial" in a name).
        if therapies.iter().any(|t| t.contains(mention.span)) {
            continue;
        }
        let row = scanned.lexicon.string(entry.target);
        let (said, reach) = row.split_once('\t').unwrap_or((row, "both"));
        if let (Some(said), Some(reach)) = (Said::named(said.trim()), Reach::named(reach.trim())) {
            let (ahead, back) = (reach != Reach::Backward, reach != Reach::Forward);
            all.push((Sign { said, span: mention.span, ahead, back, faint: reach == Reach::Next }, reach));
        }
    }
    let longer = |o: Span, s: Span| o.overlaps(s) && (o.len() > s.len() || o.len() == s.len() && o.start < s.start);
    let kept: Vec<(Sign, Reach)> =
        all.iter().filter(|(s, _)| !all.iter().any(|(o, _)| longer(o.span, s.span))).copied().collect();
    let turned = kept.iter().map(|(sign, reach)| match reach {
        Reach::Both => turn(scanned, &kept, *sign, therapies),
        _ => *sign,
    });
    turned.collect()
}

/// Which way a sign looks that can look both ways: towards the only therapy of its clause, and between two towards its subject.
fn turn(scanned: &Scanned<'_>, all: &[(Sign, Reach)], sign: Sign, therapies: &[Span]) -> Sign {
    let free = |gap: Span| !all.iter().any(|(o, _)| o.span != sign.span && gap.contains(o.span) && cuts(o.said));
    let before = therapies.iter().rev().find(|t| t.end <= sign.span.start && free(Span { start: t.end, end: sign.span.start }));
    let after = therapies.iter().find(|t| t.start >= sign.span.end && free(Span { start: sign.span.end, end: t.start }));
    let (ahead, back) = match (before, after) {
        (None, Some(_)) => (true, false),
        (Some(_), None) => (false, true),
        (None, None) => (true, true),
        (Some(t), Some(_)) => {
            let subject = is_subject(scanned, *t, sign.span);
            (!subject, subject)
        }
    };
    Sign { ahead, back, ..sign }
}

fn cuts(said: Said) -> bool {
    said != Said::Of(Outcome::Tried) && !matches!(said, Said::Reason | Said::Effect | Said::Pseudo)
}

/// Auxiliaries and adverbs between a subject and its verb.
const BETWEEN: [&str; 16] = [
    "has",
    "have",
    "had",
    "been",
    "also",
    "previously",
    "then",
    "subsequently",
    "both",
    "all",
    "was",
    "were",
    "is",
    "are",
    "which",
    "that",
];
/// A person, or the start of a new statement: the therapy before is not the subject.
const OTHERS: [&str; 14] =
    ["she", "he", "patient", "pt", "and", "they", "who", "after", "having", ",", "i", "since", "because", "when"];

/// The therapy is the subject of the sign: nothing but its dose, auxiliaries and brackets stand between.
fn is_subject(scanned: &Scanned<'_>, therapy: Span, sign: Span) -> bool {
    let list = &scanned.tokens.list;
    let from = list.partition_point(|t| t.span.start < therapy.end);
    let to = list.partition_point(|t| t.span.start < sign.start);
    let mut at = to;
    while at > from {
        at -= 1;
        let normal = scanned.normal(at);
        if list[at].class == Class::Break || BETWEEN.contains(&normal) {
            continue;
        }
        return !OTHERS.contains(&normal);
    }
    true
}
