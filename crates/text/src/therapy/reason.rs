//! Why a therapy ended, and what that says of how it went.

use super::Sentence;
use super::sign::{Said, Sign};
use crate::detail::Outcome;
use crate::fact::Kind;
use crate::lexicon::Role;
use crate::span::Span;

/// The longest reason, in words.
const MOST_WORDS: usize = 14;

impl Sentence<'_> {
    /// The reason that follows a sign: what stands after "due to" and the like, to the end of the clause.
    pub(super) fn reason(&self, sign: &Sign) -> Option<Span> {
        let stronger = |s: &&Sign| {
            matches!(s.said, Said::Of(o) if !super::weak(o)) || matches!(s.said, Said::Stopped | Said::End | Said::Then)
        };
        let after = |s: &&Sign| s.span.start >= sign.span.end;
        let counts = |s: &&Sign| s.said == Said::Reason && (!s.faint || self.effect_follows(s)) || stronger(s);
        let connector = self.signs.iter().filter(after).find(counts)?;
        let gap = Span { start: sign.span.end, end: connector.span.start }.of(self.scanned.text);
        if connector.said != Said::Reason || gap.contains(';') || gap.split_whitespace().count() > 12 {
            return None;
        }
        self.clause(connector.span.end)
    }

    /// An effect or a lack of effect is named right after a connector that has other uses ("for", "after").
    fn effect_follows(&self, connector: &Sign) -> bool {
        let tells = |s: &Sign| matches!(s.said, Said::Effect | Said::Of(Outcome::Intolerant | Outcome::Failed));
        self.signs.iter().filter(|s| s.span.start >= connector.span.end && tells(s)).any(|s| {
            let gap = Span { start: connector.span.end, end: s.span.start }.of(self.scanned.text);
            gap.split_whitespace().count() <= 3 && !gap.contains([',', '(', ';'])
        })
    }

    /// What an ended therapy's reason says of it.
    pub(super) fn stopped(&self, sign: &Sign) -> (Outcome, Option<Span>) {
        let Some(reason) = self.reason(sign) else { return (Outcome::Tried, None) };
        let inside = self.signs.iter().filter(|s| reason.contains(s.span));
        let said = inside.clone().filter_map(|s| match s.said {
            Said::Of(o) if !super::weak(o) => Some(o),
            Said::Effect => Some(Outcome::Intolerant),
            _ => None,
        });
        if let Some(outcome) = said.max_by_key(|o| super::strength(*o)) {
            return (outcome, Some(reason));
        }
        let ill = if self.names_illness(reason) { Outcome::Intolerant } else { Outcome::Tried };
        (ill, Some(reason))
    }

    /// The effect that follows "caused": to the end of the clause, when it names one.
    pub(super) fn effect_after(&self, sign: &Sign) -> Option<Span> {
        let clause = self.clause(sign.span.end)?;
        let effect =
            self.signs.iter().any(|s| clause.contains(s.span) && matches!(s.said, Said::Effect | Said::Of(Outcome::Intolerant)));
        (effect || self.names_illness(clause)).then_some(clause)
    }

    /// A disease, symptom or sign stands in a span.
    fn names_illness(&self, span: Span) -> bool {
        self.scanned.in_sentence(self.sentence).iter().filter(|m| span.contains(m.span) && !m.is(Role::Stop)).any(|m| {
            m.entry(Role::Concept).is_some_and(|e| matches!(self.scanned.lexicon.kind(e.target), Kind::Problem | Kind::Finding))
        })
    }

    /// From a byte to the end of its clause: a closing bracket, a semicolon, a full stop, the next statement or therapy.
    fn clause(&self, from: u32) -> Option<Span> {
        let text = self.scanned.text;
        let place = self.scanned.layout.sentences[self.sentence].span;
        let stops = self.signs.iter().filter(|s| matches!(s.said, Said::End | Said::Then | Said::Switched)).map(|s| s.span.start);
        let end =
            stops.chain(self.therapies.iter().map(|t| t.start)).filter(|at| *at > from).min().unwrap_or(place.end).min(place.end);
        let body = text.get(from as usize..end as usize)?;
        let mut length = body.find([')', ';', '\u{2022}']).unwrap_or(body.len());
        // A comma goes on only with a list of words, not with a new statement.
        if let Some(comma) = body[..length].find(',').filter(|at| new_statement(&body[at + 1..length])) {
            length = comma;
        }
        let mut words = body[..length].split_inclusive(char::is_whitespace).map(str::len);
        let limit: usize = words.by_ref().take(MOST_WORDS + 1).sum();
        let piece = &body[..limit.min(length)];
        let lead = piece.len() - piece.trim_start().len();
        let trimmed = piece.trim().trim_end_matches(['.', ',', ':', '-']).trim_end();
        let trimmed = [" and", " or", " with"].iter().fold(trimmed, |t, tail| t.strip_suffix(tail).unwrap_or(t).trim_end());
        let start = from as usize + lead;
        (!trimmed.is_empty()).then(|| Span::new(start, start + trimmed.len()))
    }
}

/// What follows a comma is more than one or two words of a list.
fn new_statement(after: &str) -> bool {
    let next = after.split(',').next().unwrap_or_default();
    next.split_whitespace().count() > 3
}
