//! The words by which a text states what a policy asks: a small language of words, not of characters.
//!
//! `position* .. not feasible|possible .. ordinary|regular bed` reads: a word that begins with `position`, later in the same sentence
//! `not feasible` or `not possible`, later `ordinary bed` or `regular bed`. `#` is a number, `word?` may be missing, `@` a date, `..3` passes over
//! at most three words. A policy's author writes them; nothing here knows a policy.

use text::detail::PartialDate;
use text::scan::Scanned;
use text::span::Span;
use text::time::{Sense, Time};
use text::tokens::{Class, Tokens};

/// How many tokens `..` passes over at most.
const MOST_GAP: usize = 14;
/// The most words of a pattern.
const MOST_PARTS: usize = 24;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words {
        any: Vec<Word>,
        optional: bool,
    },
    Number,
    /// A day.
    Date,
    /// So many tokens at most.
    Gap(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    normal: String,
    prefix: bool,
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// It names no word.
    #[error("the pattern names no word; write the words a clinician would, for example `on|takes .. insulin`")]
    Empty,
    /// It begins or ends with a gap, or holds two in a row.
    #[error("`..` stands between two words; take it from the beginning, the end or beside another `..`")]
    Gap,
    /// One of its words is not one word.
    #[error("`{0}` is not one word; put a space between words")]
    Word(String),
    /// Too many words.
    #[error("the pattern has more than {MOST_PARTS} words; say it shorter")]
    Long,
}

/// Where a pattern was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// From its first word to its last.
    pub span: Span,
    /// The number at `#`.
    pub number: Option<rust_decimal::Decimal>,
    /// The day at `@`.
    pub date: Option<PartialDate>,
    /// Its sentence.
    pub sentence: usize,
    /// Its last word, unless the pattern itself says no: a "no" before it, within the words met, denies them ("echo: no cor pulmonale").
    pub last: Option<Span>,
}

/// What a pattern takes out of the words it meets.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    number: Option<rust_decimal::Decimal>,
    date: Option<PartialDate>,
}

impl std::str::FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let parts = text.split_whitespace().map(part).collect::<Result<Vec<_>, _>>()?;
        let gap = |part: Option<&Part>| matches!(part, Some(Part::Gap(_)));
        if parts.len() > MOST_PARTS {
            return Err(BadPattern::Long);
        }
        if gap(parts.first()) || gap(parts.last()) || parts.windows(2).any(|two| two.iter().all(|p| gap(Some(p)))) {
            return Err(BadPattern::Gap);
        }
        if !parts.iter().any(|part| matches!(part, Part::Words { optional: false, .. })) {
            return Err(BadPattern::Empty);
        }
        Ok(Self { parts })
    }
}

fn part(text: &str) -> Result<Part, BadPattern> {
    match text {
        ".." => return Ok(Part::Gap(MOST_GAP)),
        "#" => return Ok(Part::Number),
        "@" => return Ok(Part::Date),
        _ => {}
    }
    if let Some(most) = text.strip_prefix("..").and_then(|most| most.parse::<usize>().ok()) {
        return Ok(Part::Gap(most.min(MOST_GAP)));
    }
    let (text, optional) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
    let any = text.split('|').map(word).collect::<Result<Vec<_>, _>>()?;
    Ok(Part::Words { any, optional })
}

fn word(text: &str) -> Result<Word, BadPattern> {
    let (plain, prefix) = text.strip_suffix('*').map_or((text, false), |text| (text, true));
    let tokens = Tokens::of(plain);
    match &tokens.list[..] {
        // A prefix is compared as written: the beginning of a word has no singular.
        [_] if prefix => Ok(Word { normal: plain.to_lowercase(), prefix }),
        [one] if one.class != Class::Break => Ok(Word { normal: tokens.normal(one).to_owned(), prefix }),
        _ => Err(BadPattern::Word(text.to_owned())),
    }
}

impl Word {
    fn is(&self, normal: &str) -> bool {
        if self.prefix { normal.starts_with(&self.normal) } else { normal == self.normal }
    }
}

/// Words that say no by themselves: a pattern that holds one means them.
const DENYING: [&str; 13] = [
    "non",
    "no",
    "not",
    "never",
    "none",
    "neither",
    "without",
    "cannot",
    "unable",
    "impossible",
    "incapable",
    "denies",
    "stopped",
];

impl Pattern {
    /// It holds a word that says no, so a "no" inside the words it meets is its own.
    #[must_use]
    pub fn denies(&self) -> bool {
        let words = self.parts.iter().flat_map(|part| if let Part::Words { any, .. } = part { any.as_slice() } else { &[] });
        words.into_iter().any(|word| DENYING.contains(&word.normal.as_str()))
    }

    /// Every place of a text where it is met; places do not overlap. `times` are those of the text, by place.
    #[must_use]
    pub fn find(&self, scanned: &Scanned<'_>, times: &[Time]) -> Vec<Met> {
        let mut found = Vec::new();
        for (sentence, (from, to)) in scanned.layout.tokens.iter().enumerate() {
            let mut at = *from as usize;
            let to = *to as usize;
            while at < to {
                let mut taken = Taken::default();
                match self.from(&Words { scanned, times, to }, 0, at, &mut taken) {
                    Some(end) if end > at => {
                        let span = scanned.tokens.list[at].span.join(scanned.tokens.list[end - 1].span);
                        let last = (!self.denies()).then(|| scanned.tokens.list[end - 1].span);
                        found.push(Met { span, number: taken.number, date: taken.date, sentence, last });
                        at = end;
                    }
                    _ => at += 1,
                }
            }
        }
        found
    }

    /// The token after the last when the parts from `part` on are met at `at`; shortest gaps first.
    fn from(&self, words: &Words<'_, '_>, part: usize, at: usize, taken: &mut Taken) -> Option<usize> {
        let (scanned, to) = (words.scanned, words.to);
        let Some(wanted) = self.parts.get(part) else { return Some(at) };
        let here = if part == 0 { at } else { passed_over(scanned, at, to) };
        let token = || (here < to).then(|| &scanned.tokens.list[here]);
        match wanted {
            Part::Gap(most) => (at..=(at + most).min(to)).find_map(|next| self.from(words, part + 1, next, taken)),
            Part::Number => {
                let value = scanned.normal(here).parse().ok().filter(|_| token().is_some_and(|t| t.class == Class::Number))?;
                let end = self.from(words, part + 1, here + 1, taken)?;
                taken.number = Some(value);
                Some(end)
            }
            Part::Date => {
                let (date, after) = words.day(here)?;
                let end = self.from(words, part + 1, after, taken)?;
                taken.date = Some(date);
                Some(end)
            }
            Part::Words { any, optional } => {
                let met = token().is_some_and(|t| t.class != Class::Break && any.iter().any(|w| w.is(scanned.normal(here))));
                let with = if met { self.from(words, part + 1, here + 1, taken) } else { None };
                with.or_else(|| if *optional { self.from(words, part + 1, at, taken) } else { None })
            }
        }
    }
}

/// The words a pattern is held against.
struct Words<'s, 'l> {
    scanned: &'s Scanned<'l>,
    times: &'s [Time],
    /// The token after the sentence.
    to: usize,
}

impl Words<'_, '_> {
    /// The day that is told at a token, and the token after it.
    fn day(&self, at: usize) -> Option<(PartialDate, usize)> {
        let start = self.scanned.tokens.list.get(at).filter(|_| at < self.to)?.span.start;
        let first = self.times.partition_point(|time| time.span.start < start);
        let time = self.times.get(first).filter(|t| t.span.start == start && t.sense == Sense::Point)?;
        let day = time.from.filter(|from| from.day().is_some() && time.to.is_none_or(|to| to == *from))?;
        let after = (at..self.to).find(|i| self.scanned.tokens.list[*i].span.start >= time.span.end).unwrap_or(self.to);
        Some((day, after))
    }
}

/// Line ends, hyphens and quotation marks between two words are passed over.
fn passed_over(scanned: &Scanned<'_>, mut at: usize, to: usize) -> usize {
    while at < to {
        let token = &scanned.tokens.list[at];
        let mark =
            token.class == Class::Mark && matches!(token.span.of(scanned.text), "-" | "\u{2010}" | "\u{2011}" | "\"" | "'");
        if token.class != Class::Break && !mark {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::lexicon::{Builder, Lexicon};

    fn check(pattern: &str, text: &str, wanted: &[&str]) {
        let lexicon = Lexicon::from_bytes(Builder::new().finish()).unwrap();
        let scanned = text::scan::scan(text, &lexicon);
        let found = pattern.parse::<Pattern>().unwrap().find(&scanned, &text::quantity::find(&scanned, None).times);
        assert_eq!(found.iter().map(|met| met.span.of(text)).collect::<Vec<_>>(), wanted, "{pattern} in {text}");
    }

    #[test]
    fn words_gaps_alternatives() {
        check("on|takes .. insulin", "She is on basal insulin. Takes insulin.", &["on basal insulin", "Takes insulin"]);
        check(
            "position* .. ordinary|regular bed",
            "Positioning\nnot feasible in an ordinary\nbed.",
            &["Positioning\nnot feasible in an ordinary\nbed"],
        );
        check("on ..1 insulin", "On basal insulin. On a new basal insulin.", &["On basal insulin"]);
        check("head of the? bed", "Head-of-bed up. Head of the bed up.", &["Head-of-bed", "Head of the bed"]);
        // Never from one sentence into the next.
        check("oxygen .. improve*", "Oxygen was given. Things improved.", &[]);
    }

    #[test]
    fn numbers_are_taken() {
        let lexicon = Lexicon::from_bytes(Builder::new().finish()).unwrap();
        let scanned = text::scan::scan("Raised to 45 degrees.", &lexicon);
        let met = "raised .. # degrees".parse::<Pattern>().unwrap().find(&scanned, &[]);
        assert_eq!(met[0].number, Some(45.into()));
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("", BadPattern::Empty),
            (".. insulin", BadPattern::Gap),
            ("a .. .. b", BadPattern::Gap),
            ("word?", BadPattern::Empty),
            ("well-known", BadPattern::Word("well-known".to_owned())),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(fault), "{text}");
        }
    }
}
