//! How a therapy went: tried, failed, not borne, contraindicated, declined, effective or planned, for how long and why.
//!
//! `outcomes.tsv` names the signs; each says what came of a therapy, which way it looks and where such signs end. A sign that looks
//! ahead holds for the list that follows ("failed methotrexate, sulfasalazine and leflunomide"), one that looks back for the list
//! before it ("both methotrexate and sulfasalazine were ineffective") or, in the singular, for its nearest member. The nearest strong
//! sign wins over a weak one ("tried", "planned"). A sign that is denied or only supposed says nothing.

mod reason;
mod sign;

pub use sign::Said;

use crate::assertion::Cues;
use crate::detail::{Outcome, Therapy};
use crate::fact::{Fact, Kind, Section};
use crate::lexicon::Role;
use crate::scan::Scanned;
use crate::span::Span;
use sign::{Sign, signs};

/// Sets [`Fact::therapy`] of medications, procedures and devices. `durations` are those of the text, by place, in ISO 8601.
pub fn bind(scanned: &Scanned<'_>, durations: &[(Span, String)], facts: &mut [Fact]) {
    let mut from = 0;
    let mut before: Option<(u32, usize)> = None;
    while from < facts.len() {
        let sentence = facts[from].sentence;
        let to = from + facts[from..].iter().take_while(|f| f.sentence == sentence).count();
        let therapies: Vec<usize> = (from..to).filter(|i| is_therapy(&facts[*i])).collect();
        if !therapies.is_empty() {
            one_sentence(scanned, sentence as usize, &therapies, durations, facts);
            before = therapies.last().map(|last| (sentence, *last));
        }
        from = to;
        // What follows a sentence about a therapy may go on about it: "Stopped for nausea."
        if let Some((said_in, last)) = before.filter(|(s, _)| *s == sentence) {
            let next_has_none = facts.get(to).is_none_or(|f| f.sentence > said_in + 1) || !therapy_in(facts, to, said_in + 1);
            if next_has_none {
                goes_on(scanned, said_in as usize + 1, last, durations, facts);
            }
        }
    }
}

fn is_therapy(fact: &Fact) -> bool {
    matches!(fact.kind, Kind::Medication | Kind::Procedure | Kind::Device)
}

fn therapy_in(facts: &[Fact], from: usize, sentence: u32) -> bool {
    facts[from..].iter().take_while(|f| f.sentence == sentence).any(is_therapy)
}

fn one_sentence(scanned: &Scanned<'_>, sentence: usize, which: &[usize], durations: &[(Span, String)], facts: &mut [Fact]) {
    let spans: Vec<Span> = which.iter().map(|i| facts[*i].span).collect();
    let all = signs(scanned, sentence, &spans);
    let done: Vec<bool> = which.iter().map(|i| facts[*i].kind == Kind::Procedure).collect();
    let reading = Sentence { scanned, sentence, therapies: &spans, done: &done, signs: &all, durations };
    for (n, i) in which.iter().enumerate() {
        let fact = &facts[*i];
        let therapy = reading.therapy(n).or_else(|| allergy(scanned, fact));
        facts[*i].therapy = therapy;
    }
}

/// A substance under the heading of allergies.
fn allergy(scanned: &Scanned<'_>, fact: &Fact) -> Option<Therapy> {
    if fact.section != Section::Allergies || fact.kind != Kind::Medication || !fact.axes.affirmed() {
        return None;
    }
    let heading = scanned.layout.headings.iter().rev().find(|h| h.span.end <= fact.span.start)?;
    Some(Therapy { outcome: Outcome::Intolerant, cue: heading.span, lasted: None, reason: None })
}

/// A sentence without a therapy of its own that opens with a sign speaks of the last one before it.
fn goes_on(scanned: &Scanned<'_>, sentence: usize, last: usize, durations: &[(Span, String)], facts: &mut [Fact]) {
    let (Some(place), Some(earlier)) =
        (scanned.layout.sentences.get(sentence), scanned.layout.sentences.get(facts[last].sentence as usize))
    else {
        return;
    };
    if place.section != earlier.section || !scanned.in_sentence(sentence).iter().any(|m| m.is(Role::Outcome)) {
        return;
    }
    let start = Span { start: place.span.start, end: place.span.start };
    let all = signs(scanned, sentence, &[]);
    let near = |s: &Sign| scanned.text[start.end as usize..s.span.start as usize].split_whitespace().count() <= 4;
    let opens = all.iter().find(|s| matches!(s.said, Said::Of(_) | Said::Stopped)).is_some_and(near);
    if !opens {
        return;
    }
    let therapies = [start];
    let reading = Sentence { scanned, sentence, therapies: &therapies, done: &[false], signs: &all, durations };
    let Some(found) = reading.therapy(0) else { return };
    let fact = &mut facts[last];
    let weaker = fact.therapy.as_ref().is_none_or(|known| strength(known.outcome) < strength(found.outcome));
    if weaker {
        let lasted = fact.therapy.take().and_then(|known| known.lasted).or(found.lasted.clone());
        fact.therapy = Some(Therapy { lasted, ..found });
    }
}

/// What is known of a sentence.
struct Sentence<'s> {
    scanned: &'s Scanned<'s>,
    sentence: usize,
    therapies: &'s [Span],
    /// Which of them are done in sessions rather than taken from day to day.
    done: &'s [bool],
    signs: &'s [Sign],
    durations: &'s [(Span, String)],
}

/// A sign that reaches a therapy: how many therapies stand between, and what it says.
struct Reaching {
    between: usize,
    outcome: Outcome,
    sign: Sign,
    reason: Option<Span>,
}

/// Of two signs at the same distance the stronger counts.
fn strength(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Contraindicated => 7,
        Outcome::Intolerant => 6,
        Outcome::Declined => 5,
        Outcome::Failed => 4,
        Outcome::Effective => 3,
        Outcome::Planned => 2,
        Outcome::Tried => 1,
    }
}

/// "Tried" and "planned" leave the word to any other sign.
fn weak(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Tried | Outcome::Planned)
}

impl Sentence<'_> {
    fn therapy(&self, n: usize) -> Option<Therapy> {
        let mut reaching: Vec<Reaching> = Vec::new();
        if !self.signs.is_empty() {
            let cues = Cues::of(self.scanned, self.sentence);
            reaching.extend(self.signs.iter().filter_map(|sign| self.reaching(&cues, sign, n)));
        }
        reaching.sort_by_key(|r| (weak(r.outcome), r.between, std::cmp::Reverse(strength(r.outcome)), r.sign.span));
        let lasted = self.lasted(n);
        match reaching.into_iter().next() {
            Some(best) => Some(Therapy { outcome: best.outcome, cue: best.sign.span, lasted, reason: best.reason }),
            None => lasted.and_then(|lasted| self.only_lasted(n, lasted)),
        }
    }

    /// Nothing is said but for how long. What is done in sessions was done so long, or under the plan's heading it will be; what is taken
    /// from day to day may still be taken, unless something else took its place.
    fn only_lasted(&self, n: usize, lasted: (String, Span)) -> Option<Therapy> {
        let target = self.therapies[n];
        let after = Span { start: target.end, end: lasted.1.start.max(target.end) };
        let replaced = self
            .signs
            .iter()
            .find(|s| s.span.start >= lasted.1.end)
            .is_some_and(|s| matches!(s.said, Said::Then | Said::Switched));
        let (axes, _) = crate::assertion::axes_of(self.scanned, target);
        if lasted.1.start < target.end || after.len() > 60 || !axes.affirmed() || !(self.done[n] || replaced) {
            return None;
        }
        let planned = self.scanned.layout.sentences[self.sentence].section == Section::Plan;
        let outcome = if planned { Outcome::Planned } else { Outcome::Tried };
        Some(Therapy { outcome, cue: lasted.1, lasted: Some(lasted), reason: None })
    }

    fn reaching(&self, cues: &Cues, sign: &Sign, n: usize) -> Option<Reaching> {
        let between = self.reaches(sign, n)?;
        let denied = self.denied(cues, sign);
        let (outcome, reason) = match sign.said {
            Said::Of(Outcome::Effective) if denied => (Outcome::Failed, self.reason(sign)),
            _ if denied => return None,
            Said::Of(outcome) => (outcome, self.reason(sign)),
            Said::Stopped => self.stopped(sign),
            Said::Causes => (Outcome::Intolerant, Some(self.effect_after(sign)?)),
            Said::Effect => (Outcome::Intolerant, Some(sign.span)),
            Said::Then => (Outcome::Tried, None),
            Said::Switched if sign.span.end <= self.therapies[n].start => return None,
            Said::Switched => self.stopped(sign),
            Said::Reason | Said::End | Said::Pseudo => return None,
        };
        Some(Reaching { between, outcome, sign: *sign, reason })
    }

    /// How many therapies stand between a sign and the therapy it reaches.
    fn reaches(&self, sign: &Sign, n: usize) -> Option<usize> {
        let target = self.therapies[n];
        if sign.said == Said::Effect {
            return self.effect_of(sign, target).then_some(0);
        }
        let ahead = sign.span.end <= target.start && sign.ahead;
        let back = sign.span.start >= target.end && sign.back;
        if !(ahead || back) || self.inside_other_brackets(sign, target) {
            return None;
        }
        let gap = if ahead {
            Span { start: sign.span.end, end: target.start }
        } else {
            Span { start: target.end, end: sign.span.start }
        };
        if self.signs.iter().any(|other| other.span != sign.span && gap.contains(other.span) && self.blocks(sign, other, gap)) {
            return None;
        }
        let between = self.therapies.iter().filter(|t| **t != target && gap.contains(**t)).count();
        if ahead && between > 0 && !self.listed(n) || back && between > 0 && !self.list_before(sign, n) {
            return None;
        }
        Some(between)
    }

    /// Another sign between a sign and a therapy takes the word from it.
    fn blocks(&self, sign: &Sign, other: &Sign, gap: Span) -> bool {
        let near_side = if other.span.start >= sign.span.end {
            Span { start: sign.span.end, end: other.span.start }
        } else {
            Span { start: other.span.end, end: sign.span.start }
        };
        let therapy_first = self.therapies.iter().any(|t| near_side.contains(*t));
        match other.said {
            Said::End | Said::Then => true,
            Said::Pseudo => false,
            // "failed a trial of": the trial is part of what failed. "tried A, then stopped B" looks past neither.
            Said::Of(Outcome::Tried) | Said::Reason | Said::Effect => therapy_first && gap.contains(other.span),
            Said::Of(_) | Said::Stopped | Said::Switched | Said::Causes => {
                other.span.start >= sign.span.end || !weak_sign(sign) || therapy_first
            }
        }
    }

    /// A therapy belongs to the list before it: a comma, "and", "or" or a slash joins them.
    fn listed(&self, n: usize) -> bool {
        let Some(before) = n.checked_sub(1).map(|i| self.therapies[i]) else { return false };
        let gap = Span { start: before.end, end: self.therapies[n].start };
        joined(gap.of(self.scanned.text))
    }

    /// The list that ends before a sign reaches back to a therapy: its last joint is "and" or "or", and its verb is no singular.
    fn list_before(&self, sign: &Sign, n: usize) -> bool {
        let text = self.scanned.text;
        let last = self.therapies.iter().filter(|t| t.end <= sign.span.start).count().saturating_sub(1);
        let tail = Span { start: self.therapies[last].end, end: sign.span.end }.of(text).to_ascii_lowercase();
        let words: Vec<&str> = tail.split(|c: char| !c.is_ascii_alphabetic()).collect();
        let all = words.iter().any(|w| matches!(*w, "both" | "all" | "each" | "neither" | "these" | "were" | "have" | "which"));
        let one = words.iter().any(|w| matches!(*w, "was" | "has" | "is" | "latter" | "caused"));
        // "Conservative care including A, B and C has failed": the verb is of the head, the head is of them all.
        let place = self.scanned.layout.sentences[self.sentence].span;
        let head = Span { start: place.start, end: self.therapies[n].start }.of(text).to_ascii_lowercase();
        let headed = ["including", "such as", "combination of"].iter().any(|w| head.contains(w));
        if one && !all && !headed {
            return false;
        }
        let gap = |i: usize| Span { start: self.therapies[i].end, end: self.therapies[i + 1].start }.of(text);
        let last_joint = if last == 0 { "" } else { gap(last - 1) };
        let closed = all || headed || [" and ", " or ", "&", "/", "+"].iter().any(|j| last_joint.contains(j));
        closed && (n..last).all(|i| joined(gap(i)))
    }

    /// The sign stands in brackets that do not belong to the therapy: "methotrexate (rash), sulfasalazine".
    fn inside_other_brackets(&self, sign: &Sign, target: Span) -> bool {
        let text = self.scanned.text;
        let place = self.scanned.layout.sentences[self.sentence].span;
        let before = &text[place.start as usize..sign.span.start as usize];
        let Some(open) = before.rfind('(') else { return false };
        if before[open..].contains(')') {
            return false;
        }
        let open = place.start + open as u32;
        let nearest = self.therapies.iter().rev().find(|t| t.end <= open);
        // Inside the brackets themselves, or right before them, the sign may speak of the therapy.
        target.start < open && nearest != Some(&target) || target.start > sign.span.end && before_close(text, sign.span, target)
    }

    /// An effect speaks of a therapy it stands with: "rash on methotrexate", "methotrexate (rash)", "methotrexate: rash".
    fn effect_of(&self, sign: &Sign, target: Span) -> bool {
        let text = self.scanned.text;
        if sign.span.end <= target.start {
            let gap = Span { start: sign.span.end, end: target.start }.of(text).trim().to_ascii_lowercase();
            return ON.contains(&gap.as_str());
        }
        if sign.span.start < target.end {
            return false;
        }
        let gap = Span { start: target.end, end: sign.span.start }.of(text);
        let opened = gap.trim_start().starts_with(['(', ':'])
            || gap.trim_start().starts_with("->")
            || gap.trim_start().starts_with('\u{2192}');
        let told =
            self.signs.iter().any(|s| matches!(s.said, Said::Of(o) if o != Outcome::Planned) && s.span.end <= target.start)
                || self.scanned.layout.sentences[self.sentence].section == Section::Allergies;
        opened && !gap.contains([')', ';']) && gap.split_whitespace().count() <= 4 && told
    }

    /// A denial stands right before the sign, or the whole is only supposed.
    fn denied(&self, cues: &Cues, sign: &Sign) -> bool {
        let (axes, found) = cues.axes_of(self.scanned, sign.span);
        let near = |span: Span| {
            let gap = Span { start: span.end, end: sign.span.start.max(span.end) }.of(self.scanned.text);
            span.start < sign.span.start && !gap.contains([',', ';', ':', '.']) && gap.split_whitespace().count() <= 3
        };
        let negated = found.iter().any(|c| c.axis == crate::Axis::Negated && near(c.span));
        negated
            || axes.hypothetical && self.scanned.layout.sentences[self.sentence].section != Section::Instructions
            || axes.family
    }

    /// For how long: the duration nearest to the therapy, with no other therapy between.
    fn lasted(&self, n: usize) -> Option<(String, Span)> {
        let target = self.therapies[n];
        let place = self.scanned.layout.sentences[self.sentence].span;
        let from = self.durations.partition_point(|d| d.0.start < place.start);
        let inside = self.durations[from..].iter().take_while(|d| d.0.end <= place.end);
        let score = |d: &(Span, String)| -> Option<(usize, u32)> {
            let (gap, after) = if d.0.start >= target.end {
                (Span { start: target.end, end: d.0.start }, true)
            } else if d.0.end <= target.start {
                (Span { start: d.0.end, end: target.start }, false)
            } else {
                return None;
            };
            if self.signs.iter().any(|s| matches!(s.said, Said::End | Said::Then) && gap.contains(s.span)) {
                return None;
            }
            let others = self.therapies.iter().filter(|t| gap.contains(**t)).count();
            let each = after && shared(self.scanned.text, place, d.0) && self.list_to(n, d.0);
            let near = if after { true } else { gap.of(self.scanned.text).split_whitespace().count() <= 5 };
            let belongs = if after { others == 0 || each } else { others == 0 && self.no_earlier_owner(d.0, n) };
            (belongs && near).then_some((usize::from(!after), gap.len() as u32))
        };
        inside.filter_map(|d| score(d).map(|s| (s, d))).min_by_key(|(s, _)| *s).map(|(_, (span, iso))| (iso.clone(), *span))
    }

    /// A duration before a therapy is its own unless it follows another one closely ("ibuprofen for 6 weeks, then naproxen").
    fn no_earlier_owner(&self, duration: Span, n: usize) -> bool {
        let Some(before) = n.checked_sub(1).map(|i| self.therapies[i]) else { return true };
        if before.end > duration.start {
            return true;
        }
        let gap = Span { start: before.end, end: duration.start }.of(self.scanned.text);
        gap.contains([',', ';']) || [" and ", " then ", " after "].iter().any(|w| gap.contains(w))
    }

    fn list_to(&self, n: usize, duration: Span) -> bool {
        let last = self.therapies.iter().filter(|t| t.end <= duration.start).count().saturating_sub(1);
        (n..last).all(|i| joined(Span { start: self.therapies[i].end, end: self.therapies[i + 1].start }.of(self.scanned.text)))
    }
}

fn weak_sign(sign: &Sign) -> bool {
    matches!(sign.said, Said::Of(o) if weak(o))
}

/// What may stand between an effect and the therapy that had it.
const ON: [&str; 22] = [
    "on",
    "with",
    "from",
    "to",
    "after",
    "while on",
    "while taking",
    "when taking",
    "after starting",
    "after taking",
    "due to",
    "secondary to",
    "related to",
    "after initiation of",
    "attributed to",
    "caused by",
    "induced by",
    "following",
    "on starting",
    "upon starting",
    "with use of",
    "with prior",
];

/// The words between two members of a list: a comma, a conjunction, a dose, nothing that makes a new statement.
fn joined(gap: &str) -> bool {
    let words: Vec<&str> =
        gap.split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | '&' | '+')).filter(|w| !w.is_empty()).collect();
    let joint = gap.contains([',', '/', '&', '+']) || words.iter().any(|w| matches!(*w, "and" | "or" | "nor" | "plus"));
    let bracket = gap.contains(['(', ')']);
    joint && !gap.contains(';') && (words.len() <= 8 || bracket && words.len() <= 16)
}

/// "each", "both" or "respectively" after a duration: it is of the whole list.
fn shared(text: &str, place: Span, duration: Span) -> bool {
    let after = Span { start: duration.end, end: place.end }.of(text).trim_start();
    let before = Span { start: place.start, end: duration.start }.of(text).to_ascii_lowercase();
    after.starts_with("each")
        || after.starts_with("apiece")
        || before.trim_end().ends_with("each for")
        || before.contains("both ")
}

/// A closing bracket stands between a sign in brackets and a later therapy.
fn before_close(text: &str, sign: Span, target: Span) -> bool {
    Span { start: sign.end, end: target.start }.of(text).contains(')')
}
