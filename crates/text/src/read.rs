//! From a text to its facts.

use crate::assertion::Cues;
use crate::fact::{Axes, Fact, Kind};
use crate::lexicon::Entry;
use crate::scan::{Mention, Scanned, scan_ocr};
use crate::span::Span;
use crate::{Input, Lexicon, OcrWord, Reading};

/// The longest text that is read, in bytes: 16 MiB, some six thousand pages.
pub const MOST_BYTES: usize = 16 << 20;

/// A text that is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TooLong {
    /// Longer than [`MOST_BYTES`].
    #[error("the text has {bytes} bytes, at most {MOST_BYTES} are read; split the document")]
    Bytes {
        /// How long it is.
        bytes: usize,
    },
}

/// Reads a text against a lexicon.
///
/// Every span that comes out lies on character boundaries of the text. The same input and lexicon give the same reading.
///
/// # Errors
/// [`TooLong`] when it is longer than what is read; there is no other way to fail: any characters make a reading.
pub fn read(lexicon: &Lexicon, input: &Input<'_>) -> Result<Reading, TooLong> {
    if input.text.len() > MOST_BYTES {
        return Err(TooLong::Bytes { bytes: input.text.len() });
    }
    let scanned = scan_ocr(input.text, lexicon, input.words);
    let facts = named(&scanned);
    Ok(bound(scanned, input, facts))
}

/// Reads as [`read`] does, with names that are given beside those the lexicon knows: a set whose names are marked is scored so, whatever
/// the lexicon has. A given name takes the place of what it overlaps.
///
/// # Errors
/// [`TooLong`], as [`read`].
pub fn read_marked(lexicon: &Lexicon, input: &Input<'_>, given: &[(Span, Kind)]) -> Result<Reading, TooLong> {
    if input.text.len() > MOST_BYTES {
        return Err(TooLong::Bytes { bytes: input.text.len() });
    }
    let scanned = scan_ocr(input.text, lexicon, input.words);
    let mut facts = named(&scanned);
    facts.retain(|fact| !given.iter().any(|(span, _)| span.overlaps(fact.span)));
    for (span, kind) in given {
        if let Some(sentence) = scanned.layout.sentence_at(span.start) {
            facts.push(blank(&scanned, &Cues::of(&scanned, sentence), *span, *kind));
        }
    }
    facts.sort_by_key(|fact| fact.span);
    Ok(bound(scanned, input, facts))
}

/// The facts with what is said of them.
fn bound(scanned: Scanned<'_>, input: &Input<'_>, mut facts: Vec<Fact>) -> Reading {
    let found = crate::quantity::find(&scanned, input.written);
    crate::quantity::bind(&scanned, &found, &mut facts);
    crate::medication::bind(&scanned, &found, &mut facts);
    crate::time::bind(&scanned, &found, &mut facts);
    crate::therapy::bind(&scanned, &found.durations(), &mut facts);
    crate::qualifier::bind(&scanned, &mut facts);
    facts.sort_by_key(|fact| (fact.span, fact.kind));
    for fact in &mut facts {
        place(&scanned, input, fact);
    }
    let lexicon = scanned.lexicon.hash().to_owned();
    Reading { facts, sentences: scanned.layout.sentences, headings: scanned.layout.headings, lexicon }
}

/// A fact for every concept that is named, with its axes.
fn named(scanned: &Scanned<'_>) -> Vec<Fact> {
    let mut facts = Vec::with_capacity(scanned.mentions.len() / 2);
    let mut cues: Option<Cues> = None;
    for mention in &scanned.mentions {
        let Some(entry) = scanned.chosen(mention) else { continue };
        let sentence = mention.sentence as usize;
        let of_sentence = match cues.take() {
            Some(cues) if cues.sentence() == sentence => cues,
            _ => Cues::of(scanned, sentence),
        };
        facts.push(fact(scanned, &of_sentence, mention, entry));
        cues = Some(of_sentence);
    }
    facts
}

fn fact(scanned: &Scanned<'_>, of_sentence: &Cues, mention: &Mention, entry: Entry) -> Fact {
    let lexicon = scanned.lexicon;
    Fact {
        codes: lexicon.codings(entry.target).collect(),
        name: lexicon.name(entry.target).to_owned(),
        fuzzy: mention.fuzzy,
        ..blank(scanned, of_sentence, mention.span, lexicon.kind(entry.target))
    }
}

/// A name with how it is asserted, and nothing else yet.
fn blank(scanned: &Scanned<'_>, of_sentence: &Cues, span: Span, kind: Kind) -> Fact {
    let (axes, cues) = of_sentence.axes_of(scanned, span);
    let sentence = of_sentence.sentence();
    Fact {
        axes: if kind == Kind::Measurement { Axes { negated: false, ..axes } } else { axes },
        cues,
        section: scanned.layout.sentences[sentence].section,
        sentence: sentence as u32,
        ..Fact::plain(kind, span)
    }
}

/// Page and quality of a fact, and the extent of all it rests on in its sentence.
fn place(scanned: &Scanned<'_>, input: &Input<'_>, fact: &mut Fact) {
    let sentence = scanned.layout.sentences[fact.sentence as usize].span;
    let cues = fact.cues.iter().map(|c| c.span);
    let value = fact.value.iter().map(|v| v.span);
    let when = fact.when.iter().map(|w| w.span);
    let sig = fact.sig.iter().flat_map(|s| s.spans.iter().copied());
    let therapy =
        fact.therapy.iter().flat_map(|t| std::iter::once(t.cue).chain(t.lasted.iter().map(|(_, span)| *span)).chain(t.reason));
    let rests_on = cues.chain(value).chain(when).chain(sig).chain(therapy);
    fact.extent = rests_on.filter(|span| sentence.contains(*span)).fold(fact.span, Span::join);
    fact.page = page_of(input.pages, fact.span.start);
    fact.quality = quality(input.words, fact.extent);
}

/// The page a byte stands on, from 1.
#[must_use]
pub fn page_of(pages: &[u32], byte: u32) -> u32 {
    pages.partition_point(|start| *start <= byte).max(1) as u32
}

/// The lowest confidence of the words under a span; 100 for text that was never an image.
fn quality(words: &[OcrWord], span: Span) -> u8 {
    let from = words.partition_point(|w| w.span.end <= span.start);
    words[from..].iter().take_while(|w| w.span.start < span.end).map(|w| w.quality).min().unwrap_or(100)
}
