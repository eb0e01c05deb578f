//! Short forms that a text defines itself: `heparin-induced thrombocytopenia (HIT)`, and from there on `HIT`.
//!
//! The letters of the short form must stand in the long form in their order, the first at the beginning of a word (after Schwartz and
//! Hearst 2003). A short form defined again means the new thing from there on.

use crate::span::Span;
use crate::tokens::{Class, Tokens};
use std::collections::HashMap;

/// The longest short form, in bytes.
const MOST_BYTES: usize = 10;
/// How many words before a long form may belong to it.
const WORDS_BEFORE: usize = 4;

/// Where short forms stand for one of the long forms: token and number of the long form, by token. Each long form is given as its first
/// token and the token after its last, ascending.
#[must_use]
pub fn forms(text: &str, tokens: &Tokens, longs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut defined: Vec<(usize, &str, usize)> = Vec::new();
    for (number, (from, to)) in longs.iter().enumerate() {
        if let Some(token) = defines(text, tokens, *from, *to) {
            defined.push((token, tokens.list[token].span.of(text), number));
        }
    }
    if defined.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut next = 0;
    for token in defined[0].0..tokens.list.len() {
        while defined.get(next).is_some_and(|d| d.0 <= token) {
            known.insert(defined[next].1, defined[next].2);
            next += 1;
        }
        if tokens.list[token].class == Class::Word
            && let Some(number) = known.get(singular(tokens.list[token].span.of(text)))
        {
            found.push((token, *number));
        }
    }
    found
}

/// `TIAs` for `TIA`.
fn singular(surface: &str) -> &str {
    let stem = surface.strip_suffix('s').unwrap_or(surface);
    if stem.ends_with(|c: char| c.is_ascii_uppercase()) { stem } else { surface }
}

/// The token in the brackets after a long form, when it is its short form.
fn defines(text: &str, tokens: &Tokens, from: usize, to: usize) -> Option<usize> {
    let surface = |i: usize| tokens.list.get(i).map_or("", |t| t.span.of(text));
    let closes = matches!(surface(to + 2), ")" | ";" | "," | "]");
    let short = tokens.list.get(to + 1).filter(|t| t.class == Class::Word)?.span.of(text);
    let capital = short.bytes().any(|b| b.is_ascii_uppercase()) && short.len() > 1 && short.len() <= MOST_BYTES;
    if !(closes && capital && short.is_ascii() && matches!(surface(to), "(" | "[")) {
        return None;
    }
    let before = (0..=WORDS_BEFORE).filter_map(|n| from.checked_sub(n));
    let mut starts = before
        .take_while(|start| !matches!(surface(*start), "." | ";" | "," | "(" | ")") && tokens.list[*start].class != Class::Break);
    starts.any(|start| spells(short, text, crate::layout::span_of(tokens, start, to))).then_some(to + 1)
}

/// The letters of a short form stand in a long form in their order, the first as its first.
fn spells(short: &str, text: &str, long: Span) -> bool {
    let mut letters = long.of(text).bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    let mut wanted = singular(short).bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    wanted.next() == letters.next() && wanted.all(|w| letters.any(|l| l == w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_stand_for_their_long_forms() {
        let check = |text: &str, long: &str, wanted: &[&str]| {
            let tokens = Tokens::of(text);
            let at = text.find(long).unwrap();
            let from = tokens.list.iter().position(|t| t.span.start as usize == at).unwrap();
            let to = tokens.list.iter().position(|t| t.span.end as usize == at + long.len()).unwrap() + 1;
            let found = forms(text, &tokens, &[(from, to)]);
            let shown: Vec<&str> = found.iter().map(|(token, _)| tokens.list[*token].span.of(text)).collect();
            assert_eq!(shown, wanted, "{text}");
        };
        check("Heparin-induced thrombocytopenia (HIT). HIT was seen.", "Heparin-induced thrombocytopenia", &["HIT", "HIT"]);
        check("A hit before. Sirolimus (SRL) or SRL.", "Sirolimus", &["SRL", "SRL"]);
        check("transient ischemic attack (TIA); two TIAs", "transient ischemic attack", &["TIA", "TIAs"]);
        check("obstructive sleep apnea (see below)", "obstructive sleep apnea", &[]);
        check("severe aortic stenosis (USA) USA", "aortic stenosis", &[]);
        check("primary biliary cirrhosis (PBC, 2009) PBC", "cirrhosis", &["PBC", "PBC"]);
    }
}
