//! Numbers of a text: what they are, what bounds them, their unit in UCUM, and of which measurement they are the value.
//!
//! [`find`] reads every number and every time of a text once; [`bind`], [`crate::medication::bind`] and [`crate::time::bind`] give them to
//! the facts they belong to.

pub(crate) mod bind;
pub(crate) mod bound;
pub(crate) mod find;
pub(crate) mod number;
pub(crate) mod unit;
pub(crate) mod variable;
pub(crate) mod word;

pub use bind::bind;

use crate::detail::{Comparator, Measured, PartialDate};
use crate::scan::Scanned;
use crate::span::Span;
use crate::time::anchor::{Anchors, anchors, resolve};
use crate::time::{self, Time};
use crate::tokens::Class;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number as a text gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// Number, comparator and unit.
    pub span: Span,
    /// The number with its unit, without what bounds it.
    pub number: Span,
    /// Index of the sentence.
    pub sentence: u32,
    /// First word of the sentence and the word after the last, line ends not counted.
    pub words: (u32, u32),
    /// How it bounds what was measured.
    pub comparator: Comparator,
    /// The number; of a range the lower end, of a pair the first, of a product of lengths the largest.
    pub low: Decimal,
    /// The upper end of a range.
    pub high: Option<Decimal>,
    /// The second of a pair.
    pub second: Option<Decimal>,
    /// Unit in UCUM; none when the text gives none.
    pub unit: Option<String>,
    /// What kind of number.
    pub form: Form,
    /// It is what is normal, not what was measured ("(12-16)", "ref 3.5-5.0").
    pub reference: bool,
}

/// What kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One number.
    Plain,
    /// From one number to another.
    Range,
    /// Systolic over diastolic pressure.
    Pressure,
    /// So many of so many ("2/6", "7 out of 10").
    Pair,
    /// So many to so many ("1:320").
    Ratio,
    /// Sides of a thing ("3 x 4 cm") or so many times an amount ("3 x 250 mg").
    Product,
    /// A grade, stage or class ("grade 3", "2+").
    Grade,
    /// A number of things named after it ("3 lesions").
    Count,
}

impl Quantity {
    /// As the value of a measurement. `implied` is the unit of the variable, taken when the text gives none.
    #[must_use]
    pub fn measured(&self, implied: Option<&str>) -> Measured {
        let implied = implied.filter(|_| self.unit.is_none());
        Measured {
            span: self.span,
            comparator: self.comparator,
            low: self.low,
            high: self.high,
            unit: self.unit.clone().or(implied.map(str::to_owned)),
            implied_unit: implied.is_some(),
        }
    }
}

/// The numbers and times of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// By place.
    pub quantities: Vec<Quantity>,
    /// By place. None overlaps a quantity.
    pub times: Vec<Time>,
    anchors: Anchors,
}

impl Found {
    /// When the text was written, or the visit it tells of, where the text says so, with the words.
    #[must_use]
    pub fn dated(&self) -> Option<(PartialDate, Span)> {
        self.anchors.dated
    }

    /// The day relative times were counted from.
    #[must_use]
    pub fn written(&self) -> Option<PartialDate> {
        self.anchors.written
    }

    /// Every duration with its words, by place.
    #[must_use]
    pub fn durations(&self) -> Vec<(Span, String)> {
        self.times.iter().filter_map(|t| Some((t.span, t.lasted.clone()?))).collect()
    }

    /// The quantities of a sentence.
    #[must_use]
    pub fn quantities_in(&self, sentence: u32) -> &[Quantity] {
        let from = self.quantities.partition_point(|q| q.sentence < sentence);
        let to = self.quantities.partition_point(|q| q.sentence <= sentence);
        &self.quantities[from..to]
    }

    /// The times of a sentence.
    #[must_use]
    pub fn times_in(&self, sentence: u32) -> &[Time] {
        let from = self.times.partition_point(|t| t.sentence < sentence);
        let to = self.times.partition_point(|t| t.sentence <= sentence);
        &self.times[from..to]
    }
}

/// The most numbers and times read of one text; what stands after them has no value.
const MOST_FOUND: usize = 200_000;

/// Reads the numbers and times of a text. Relative times count from `written`, else from the date the text gives itself.
#[must_use]
pub fn find(scanned: &Scanned<'_>, written: Option<PartialDate>) -> Found {
    let mut quantities = Vec::new();
    let mut times: Vec<(time::Found, u32)> = Vec::new();
    let mut words = Vec::new();
    for (sentence, tokens) in scanned.layout.tokens.iter().enumerate() {
        if quantities.len() + times.len() > MOST_FOUND {
            break;
        }
        word::fill(&mut words, scanned, *tokens);
        of_sentence(&words, sentence as u32, &mut quantities, &mut times);
    }
    let anchors = anchors(scanned, &mut times, written);
    let times = times.iter().map(|(t, _)| resolve(t, &anchors)).collect();
    Found { quantities, times, anchors }
}

fn of_sentence(words: &[word::Word<'_>], sentence: u32, quantities: &mut Vec<Quantity>, times: &mut Vec<(time::Found, u32)>) {
    let first = quantities.len();
    let (mut at, mut floor) = (0, 0);
    while at < words.len() {
        let word = &words[at];
        if word.class == Class::Word && !begins(word.normal) {
            at += 1;
            continue;
        }
        if let Some(end) = time::date::impossible(words, at) {
            (at, floor) = (end, end);
            continue;
        }
        if word.class == Class::Mark && !matches!(word.normal, "." | "½" | "¼" | "¾") {
            at += 1;
            continue;
        }
        if let Some((raw, from, to)) = time::at(words, at, floor).filter(|(_, _, to)| *to > at) {
            times.push((time::found(words, (raw, from, to), sentence), words[from].token));
            (at, floor) = (to, to);
        } else if let Some((quantity, end)) = find::at(words, at, floor, sentence).filter(|(_, end)| *end > at) {
            quantities.push(quantity);
            (at, floor) = (end, end);
        } else {
            at += 1;
        }
    }
    references(words, &mut quantities[first..]);
}

/// A word that can begin a number or a time. Most words cannot, and are passed over here at once.
fn begins(word: &str) -> bool {
    let Some(first) = word.as_bytes().first() else { return false };
    match first {
        b'a' => matches!(
            word,
            "a" | "an" | "at" | "all" | "alternate" | "annual" | "annually" | "april" | "apr" | "august" | "aug" | "autumn"
        ),
        b'b' => matches!(word, "b" | "bid" | "biw" | "biweekly" | "bimonthly" | "bedtime"),
        b'c' => word == "couple",
        b'd' => matches!(word, "daily" | "day" | "days" | "december" | "dec"),
        b'e' => matches!(word, "every" | "each" | "eight" | "eighth" | "eighteen" | "eighty" | "eleven"),
        b'f' => matches!(
            word,
            "four"
                | "five"
                | "fourteen"
                | "fifteen"
                | "forty"
                | "fifty"
                | "first"
                | "fourth"
                | "fifth"
                | "few"
                | "fall"
                | "february"
                | "feb"
                | "following"
                | "fortnightly"
        ),
        b'h' => matches!(word, "half" | "hourly" | "hospital" | "hd"),
        b'j' => matches!(word, "january" | "jan" | "june" | "jun" | "july" | "jul"),
        b'l' => matches!(word, "last" | "lifelong"),
        b'm' => matches!(word, "march" | "mar" | "may" | "many" | "multiple" | "month" | "monthly"),
        b'n' => matches!(word, "nine" | "nineteen" | "ninety" | "ninth" | "next" | "nightly" | "november" | "nov" | "numerous"),
        b'o' => matches!(word, "one" | "once" | "october" | "oct" | "overnight"),
        b'p' => matches!(
            word,
            "past" | "previous" | "prior" | "preceding" | "pod" | "post" | "postop" | "postoperative" | "postsurgical"
        ),
        b'q' | b'x' => true,
        b's' => matches!(
            word,
            "six"
                | "sixth"
                | "sixteen"
                | "sixty"
                | "seven"
                | "seventh"
                | "seventeen"
                | "seventy"
                | "several"
                | "second"
                | "september"
                | "sept"
                | "sep"
                | "spring"
                | "summer"
                | "single"
                | "semiannually"
        ),
        b't' => matches!(
            word,
            "t" | "two"
                | "three"
                | "ten"
                | "tenth"
                | "twelve"
                | "thirteen"
                | "thirty"
                | "third"
                | "twenty"
                | "twice"
                | "thrice"
                | "this"
                | "today"
                | "tonight"
                | "tomorrow"
                | "tid"
                | "tiw"
        ),
        b'w' => matches!(word, "week" | "weekly" | "winter"),
        b'y' => matches!(word, "yesterday" | "yearly"),
        _ => false,
    }
}

/// Marks what is normal rather than measured: in brackets after a value, after "normal" or "reference", a range after a flag.
fn references(words: &[word::Word<'_>], quantities: &mut [Quantity]) {
    for i in 0..quantities.len() {
        let (from, to) = (quantities[i].words.0 as usize, quantities[i].words.1 as usize);
        let said = (1..=4).take_while(|back| from >= *back).any(|back| {
            let w = word::before(words, from, back);
            (matches!(w, "ref" | "reference" | "nl" | "normal" | "lln" | "uln")
                || w == "n" && matches!(word::before(words, from, back + 1), "(" | "["))
                && (1..back).all(|b| {
                    matches!(
                        word::before(words, from, b),
                        ":" | "range" | "," | "value" | "=" | "-" | "is" | "limit" | "." | "interval" | "for" | "was" | "<" | ">"
                    )
                })
        });
        let before = i.checked_sub(1).map(|p| &quantities[p]);
        let range = quantities[i].form == Form::Range || quantities[i].comparator != Comparator::Is;
        let bracketed = matches!(word::before(words, from, 1), "(" | "[") && matches!(word::at(words, to), ")" | "]");
        let follows = before.is_some_and(|b| {
            let gap = &words[b.words.1 as usize..from];
            let flag = |w: &word::Word<'_>| {
                matches!(w.normal, "h" | "l" | "hh" | "ll" | "*" | "high" | "low" | "(" | "[" | "a" | "normal" | "|")
            };
            !b.reference
                && b.form != Form::Range
                && gap.iter().all(flag)
                && (bracketed || gap.iter().all(|w| w.class == Class::Word || w.normal == "|"))
        });
        if said || range && follows && quantities[i].form == Form::Range {
            quantities[i].reference = true;
            // "9.1 L 12.0-16.0 g/dL": the unit stands after the range and is the value's too.
            if follows && i > 0 && quantities[i - 1].unit.is_none() {
                quantities[i - 1].unit = quantities[i].unit.clone();
                if quantities[i - 1].form == Form::Count {
                    quantities[i - 1].form = Form::Plain;
                }
            }
        }
    }
}
