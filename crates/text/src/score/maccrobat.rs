//! MACCROBAT: case reports with brat annotations. Scored are the spans of laboratory values that hold a number, dosages, durations and
//! dates: whether the quantity or time that was read stands at the same characters, or shares some.

use crate::lexicon::Lexicon;
use crate::span::Span;
use std::collections::BTreeMap;

/// One annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its type, as the set writes it.
    pub kind: String,
    /// Where it stands.
    pub span: Span,
}

/// The text-bound annotations of a brat file. Offsets of brat are characters; those given are bytes of `text`.
#[must_use]
pub fn labels(text: &str, annotations: &str) -> Vec<Label> {
    let mut bytes: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
    bytes.push(text.len());
    let label = |line: &str| {
        let mut columns = line.strip_prefix('T')?.split('\t').skip(1);
        let place = columns.next()?;
        let (kind, offsets) = place.split_once(' ')?;
        let (start, end) = offsets.split_once(' ')?;
        // A label in several pieces is taken from its first to its last character.
        let end = end.rsplit([' ', ';']).next()?;
        let byte = |text: &str| text.parse::<usize>().ok().and_then(|i| bytes.get(i).copied());
        Some(Label { kind: kind.to_owned(), span: Span::new(byte(start)?, byte(end)?) })
    };
    annotations.lines().filter_map(label).collect()
}

/// Counts of one type of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Labels.
    pub labels: u32,
    /// Read at the very same characters.
    pub exact: u32,
    /// Read, the label's characters all within what was read.
    pub covered: u32,
    /// Something of it was read.
    pub overlap: u32,
    /// What was read that is of this type.
    pub read: u32,
    /// Of those, how many share a character with a label of this type.
    pub right: u32,
}

impl Found {
    /// Share of the labels.
    #[must_use]
    pub fn recall(self, hits: u32) -> f64 {
        super::share(hits, self.labels)
    }

    /// Share of what was read that touches a label.
    #[must_use]
    pub fn precision(self) -> f64 {
        super::share(self.right, self.read)
    }
}

/// The result of a set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// By type of label.
    pub by_kind: BTreeMap<&'static str, Found>,
    /// Labels that were not read at the same characters: type, characters, what was read of it, the characters around.
    pub missed: Vec<(&'static str, String, Option<String>, String)>,
    /// What was read and touches no label: type, characters.
    pub extra: Vec<(&'static str, String)>,
}

const KINDS: [&str; 4] = ["Lab_value", "Dosage", "Duration", "Date"];

/// Scores one document into `outcome`.
pub fn score(text: &str, annotations: &str, lexicon: &Lexicon, outcome: &mut Outcome) {
    let labels = labels(text, annotations);
    let scanned = crate::scan::scan(text, lexicon);
    // "T-score: -3.4" is labelled with its name: the name and the value it was given count as the value too.
    let facts =
        crate::read::read(lexicon, &crate::Input { text, ..crate::Input::default() }).map(|r| r.facts).unwrap_or_default();
    let named: Vec<Span> = facts.iter().filter_map(|f| Some(f.span.join(f.value.as_ref()?.span))).collect();
    let found = crate::quantity::find(&scanned, None);
    let doses = crate::medication::doses(&scanned, &found);
    let values: Vec<Span> = found.quantities.iter().map(|q| q.span).collect();
    // The set writes "up to 14%" now with, now without its first words: the number without what bounds it counts as the same value.
    let numbers: Vec<Span> = found.quantities.iter().map(|q| q.number).collect();
    let times: Vec<Span> = found.times.iter().filter(|t| t.sense != crate::time::Sense::Recurrence).map(|t| t.span).collect();
    for kind in KINDS {
        let read: &[Span] = match kind {
            "Lab_value" => &values,
            "Dosage" => &doses,
            _ => &times,
        };
        let wanted = |l: &&Label| l.kind == kind && (kind != "Lab_value" || l.span.of(text).bytes().any(|b| b.is_ascii_digit()));
        let counts = outcome.by_kind.entry(kind).or_default();
        for label in labels.iter().filter(wanted) {
            counts.labels += 1;
            let label = &Label { span: trimmed(text, label.span), kind: String::new() };
            let exact = read.contains(&label.span)
                || kind == "Lab_value" && (numbers.contains(&label.span) || named.contains(&label.span));
            let overlap = read.iter().any(|s| s.overlaps(label.span));
            counts.exact += u32::from(exact);
            counts.covered += u32::from(read.iter().any(|s| s.contains(label.span)));
            counts.overlap += u32::from(overlap);
            if !exact {
                let of_it = read.iter().find(|s| s.overlaps(label.span)).map(|s| s.of(text).to_owned());
                outcome.missed.push((kind, label.span.of(text).to_owned(), of_it, around(text, label.span)));
            }
        }
        let same: Vec<Span> = labels.iter().filter(|l| l.kind == kind || of_family(kind, &l.kind)).map(|l| l.span).collect();
        for span in read {
            counts.read += 1;
            if same.iter().any(|s| s.overlaps(*span)) {
                counts.right += 1;
            } else {
                outcome.extra.push((kind, span.of(text).to_owned()));
            }
        }
    }
}

/// A label without the mark that ends its sentence.
fn trimmed(text: &str, span: Span) -> Span {
    let kept = span.of(text).trim_end_matches(['.', ',', ';']).len();
    Span::new(span.start as usize, span.start as usize + kept)
}

/// The characters around a span, on one line.
fn around(text: &str, span: Span) -> String {
    let from = (0..=span.start.saturating_sub(50)).rev().find(|i| text.is_char_boundary(*i as usize)).unwrap_or(0);
    let to = (span.end as usize + 30..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    text.get(from as usize..to).unwrap_or_default().replace('\n', " ")
}

/// Other types that the same reading serves: a time may be a date, a duration or an age, a quantity a size or a dose.
fn of_family(kind: &str, label: &str) -> bool {
    match kind {
        "Duration" | "Date" => {
            matches!(label, "Duration" | "Date" | "Age" | "Time" | "Frequency" | "History" | "Detailed_description")
        }
        "Lab_value" => {
            matches!(
                label,
                "Distance"
                    | "Area"
                    | "Volume"
                    | "Height"
                    | "Weight"
                    | "Dosage"
                    | "Mass"
                    | "Quantitative_concept"
                    | "Detailed_description"
                    | "Frequency"
                    | "Severity"
            )
        }
        _ => label == "Frequency",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brat_offsets_are_characters() {
        let text = "T 37\u{2013}38 \u{b0}C for 3 days";
        let labels =
            labels(text, "T1\tLab_value 2 10\t37\u{2013}38 \u{b0}C\nE1\tx:T1\nT2\tDuration 15 21\t3 days\nT3\tBroken 1\tx");
        let found: Vec<&str> = labels.iter().map(|l| l.span.of(text)).collect();
        assert_eq!(found, ["37\u{2013}38 \u{b0}C", "3 days"]);
    }
}
