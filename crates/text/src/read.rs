//! From a text to its facts.

use crate::fact::{Axes, Fact, Kind};
use crate::lexicon::{Entry, Lexicon};
use crate::scan::{Mention, Scanned, scan};
use crate::{Input, OcrWord, Reading};

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
/// # Errors
/// [`TooLong`] when it is longer than what is read; there is no other way to fail: any characters make a reading.
pub fn read(lexicon: &Lexicon, input: &Input<'_>) -> Result<Reading, TooLong> {
    if input.text.len() > MOST_BYTES {
        return Err(TooLong::Bytes { bytes: input.text.len() });
    }
    let scanned = scan(input.text, lexicon);
    let facts = facts(&scanned, input);
    Ok(Reading {
        facts,
        sentences: scanned.layout.sentences,
        headings: scanned.layout.headings,
        lexicon: lexicon.hash().to_owned(),
    })
}

fn facts(scanned: &Scanned<'_>, input: &Input<'_>) -> Vec<Fact> {
    let concepts = scanned.mentions.iter().filter_map(|mention| Some((mention, scanned.chosen(mention)?)));
    concepts.map(|(mention, entry)| fact(scanned, input, mention, entry)).collect()
}

fn fact(scanned: &Scanned<'_>, input: &Input<'_>, mention: &Mention, entry: Entry) -> Fact {
    let lexicon = scanned.lexicon;
    let (axes, cues) = crate::assertion::axes_of(scanned, mention.span);
    let kind = lexicon.kind(entry.target);
    Fact {
        kind,
        span: mention.span,
        extent: cues.iter().filter(|c| within(scanned, mention, c.span)).fold(mention.span, |all, cue| all.join(cue.span)),
        codes: lexicon.codings(entry.target).collect(),
        name: lexicon.name(entry.target).to_owned(),
        axes: if kind == Kind::Measurement { Axes { negated: false, ..axes } } else { axes },
        cues,
        section: scanned.layout.sentences[mention.sentence as usize].section,
        sentence: mention.sentence,
        page: page_of(input.pages, mention.span.start),
        quality: quality(input.words, mention.span),
        value: None,
        when: None,
        sig: None,
        therapy: None,
        side: None,
        severity: None,
        fuzzy: mention.fuzzy,
    }
}

fn within(scanned: &Scanned<'_>, mention: &Mention, span: crate::Span) -> bool {
    scanned.layout.sentences[mention.sentence as usize].span.contains(span)
}

/// The page a byte stands on, from 1.
#[must_use]
pub fn page_of(pages: &[u32], byte: u32) -> u32 {
    pages.partition_point(|start| *start <= byte).max(1) as u32
}

/// The lowest confidence of the words under a span; 100 for text that was never an image.
fn quality(words: &[OcrWord], span: crate::Span) -> u8 {
    let from = words.partition_point(|w| w.span.end <= span.start);
    words[from..].iter().take_while(|w| w.span.start < span.end).map(|w| w.quality).min().unwrap_or(100)
}
