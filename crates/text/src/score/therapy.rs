//! Sentences about therapies: a sentence with each therapy in double braces, what came of each, and for how long it was tried.
//!
//! One row a line, three columns: the sentence (`\\n` for a line end), the outcomes (`failed`, `none`, ...) and the durations in ISO 8601
//! (`-` for none), each list by spaces in the order of the braces. Lines of `#` are comments.

use super::Counts;
use crate::detail::Outcome;
use crate::lexicon::Lexicon;
use crate::{Input, Kind, Span};
use std::collections::BTreeMap;

/// One labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the set.
    pub line: usize,
    /// The sentence without its braces.
    pub text: String,
    /// Its therapies.
    pub marks: Vec<Mark>,
}

/// A marked therapy with what is labelled of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub span: Span,
    /// What came of it; none when nothing is said of it, it is denied, or it is in use now.
    pub outcome: Option<Outcome>,
    /// For how long, ISO 8601.
    pub lasted: Option<String>,
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// Its line.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub what: &'static str,
}

/// The rows of a set.
///
/// # Errors
/// Every [`Fault`] of every row.
pub fn parse(set: &str) -> Result<Vec<Row>, Vec<Fault>> {
    let lines = set.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (i, line) in lines {
        match row(i + 1, line) {
            Ok(row) => rows.push(row),
            Err(what) => faults.push(Fault { line: i + 1, what }),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn row(line: usize, columns: &str) -> Result<Row, &'static str> {
    let columns: Vec<&str> = columns.split('\t').collect();
    let [marked, outcomes, durations] = columns[..] else { return Err("three columns are wanted") };
    let (text, spans) = unmark(&marked.replace("\\n", "\n"))?;
    let (outcomes, durations): (Vec<&str>, Vec<&str>) = (outcomes.split(' ').collect(), durations.split(' ').collect());
    if outcomes.len() != spans.len() || durations.len() != spans.len() {
        return Err("one outcome and one duration for each pair of braces is wanted");
    }
    let mut marks = Vec::new();
    for ((span, outcome), lasted) in spans.into_iter().zip(outcomes).zip(durations) {
        let outcome = if outcome == "none" { None } else { Some(named(outcome).ok_or("no such outcome")?) };
        marks.push(Mark { span, outcome, lasted: (lasted != "-").then(|| lasted.to_owned()) });
    }
    Ok(Row { line, text, marks })
}

/// A text without its double braces, and where they stood.
///
/// # Errors
/// When a brace is not closed.
pub fn unmark(marked: &str) -> Result<(String, Vec<Span>), &'static str> {
    let mut pieces = marked.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut spans = Vec::new();
    for piece in pieces {
        let (inside, after) = piece.split_once("}}").ok_or("a double brace is not closed")?;
        spans.push(Span::new(text.len(), text.len() + inside.len()));
        text.push_str(inside);
        text.push_str(after);
    }
    Ok((text, spans))
}

const OUTCOMES: [(&str, Outcome); 7] = [
    ("tried", Outcome::Tried),
    ("failed", Outcome::Failed),
    ("intolerant", Outcome::Intolerant),
    ("contraindicated", Outcome::Contraindicated),
    ("declined", Outcome::Declined),
    ("effective", Outcome::Effective),
    ("planned", Outcome::Planned),
];

fn named(name: &str) -> Option<Outcome> {
    OUTCOMES.iter().find(|(n, _)| *n == name).map(|(_, o)| *o)
}

/// The name of an outcome as a set writes it.
#[must_use]
pub fn name(outcome: Option<Outcome>) -> &'static str {
    OUTCOMES.iter().find(|(_, o)| Some(*o) == outcome).map_or("none", |(n, _)| n)
}

/// The result of a set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scored {
    /// By name of the outcome, `none` among them.
    pub outcomes: BTreeMap<&'static str, Counts>,
    /// Durations that came out as labelled, of those labelled.
    pub durations: Counts,
    /// Marked therapies that came out otherwise: line, span, labelled, said.
    pub wrong: Vec<(usize, Span, &'static str, &'static str)>,
}

impl Scored {
    /// The mean F1 over the outcomes that are labelled or said.
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        self.outcomes.values().map(|c| c.f1()).sum::<f64>() / self.outcomes.len().max(1) as f64
    }
}

/// Scores rows. The marked names are taken as given; what came of them is read.
#[must_use]
pub fn score(rows: &[Row], lexicon: &Lexicon) -> Scored {
    let mut scored = Scored::default();
    for row in rows {
        let given: Vec<(Span, Kind)> = row.marks.iter().map(|m| (m.span, kind(lexicon, &row.text, m.span))).collect();
        let input = Input { text: &row.text, ..Input::default() };
        let facts = crate::read::read_marked(lexicon, &input, &given).map(|r| r.facts).unwrap_or_default();
        for mark in &row.marks {
            let therapy = facts.iter().find(|f| f.span == mark.span).and_then(|f| f.therapy.as_ref());
            let (said, labelled) = (name(therapy.map(|t| t.outcome)), name(mark.outcome));
            for which in [said, labelled] {
                let counts = scored.outcomes.entry(which).or_default();
                if said == labelled || which == labelled {
                    counts.add(said == which, true);
                } else {
                    counts.add(true, false);
                }
                if said == labelled {
                    break;
                }
            }
            if said != labelled {
                scored.wrong.push((row.line, mark.span, labelled, said));
            }
            let lasted = therapy.and_then(|t| t.lasted.as_ref()).map(|(iso, _)| iso);
            match (lasted, &mark.lasted) {
                (Some(a), Some(b)) if a == b => scored.durations.hit += 1,
                (said, labelled) => {
                    scored.durations.wrong += u32::from(said.is_some());
                    scored.durations.missed += u32::from(labelled.is_some());
                }
            }
        }
    }
    scored
}

/// The kind the lexicon gives a marked name; a medication where it knows none.
fn kind(lexicon: &Lexicon, text: &str, span: Span) -> Kind {
    let scanned = crate::scan::scan(text, lexicon);
    let known = scanned.mentions.iter().filter(|m| m.span == span).filter_map(|m| scanned.chosen(m)).next();
    let kind = known.map(|entry| lexicon.kind(entry.target));
    kind.filter(|k| matches!(k, Kind::Medication | Kind::Procedure | Kind::Device)).unwrap_or(Kind::Medication)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_is_marked() {
        let rows = parse("# a comment\nFailed {{a}} and {{b}}.\tfailed none\tP6W -\n").unwrap();
        assert_eq!(rows[0].text, "Failed a and b.");
        let marks: Vec<_> =
            rows[0].marks.iter().map(|m| (m.span.of(&rows[0].text), name(m.outcome), m.lasted.as_deref())).collect();
        assert_eq!(marks, [("a", "failed", Some("P6W")), ("b", "none", None)]);
        for wrong in ["Failed {{a.\tfailed\t-", "{{a}}\tfailed", "{{a}}\twonderful\t-", "{{a}}\tfailed failed\t-"] {
            assert_eq!(parse(wrong).map_err(|f| f.len()), Err(1), "{wrong}");
        }
    }
}
