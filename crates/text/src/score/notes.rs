//! Our own labelled notes: what a note says of each criterion of a policy, and in which words.
//!
//! ```text
//! @ id | scope | code | 2026-10-28 | author | style
//! the note
//! @ labels
//! + criterion, criterion :: words of the note that show it is met || other words that show it as well
//! - criterion :: words that show it is not
//! ```
//! A criterion without a line is unknown. Lines of `#` before the first note are comments.

use crate::criterion::Answer;
use crate::rank::Index;
use crate::{Input, Lexicon, Span};
use std::collections::BTreeMap;

/// A labelled note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// Its name in the set.
    pub id: String,
    /// Root of the policy's scope it is asked under.
    pub scope: String,
    /// The code requested.
    pub code: String,
    /// When it was written, `2026-10-28`.
    pub written: String,
    /// Who wrote it, with the degree.
    pub author: String,
    /// What kind of writing it is.
    pub style: String,
    /// The note.
    pub text: String,
    /// What it says.
    pub labels: Vec<Label>,
}

/// What a note says of a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The criterion's id.
    pub criterion: String,
    /// Met or not met.
    pub met: bool,
    /// The words of the note; any of them shows it.
    pub evidence: Vec<Span>,
}

/// A fault of the file, with its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A heading with another number of parts.
    #[error("line {0}: write `@ id | scope | code | written | author | style`")]
    Heading(usize),
    /// A label of another form.
    #[error("line {0}: write `+ criteria :: words` or `- criteria :: words`")]
    Label(usize),
    /// Words that the note does not hold.
    #[error("line {0}: these words do not stand in the note")]
    Evidence(usize),
    /// Text before the first heading.
    #[error("line {0}: this stands before the first note")]
    Before(usize),
}

/// Reads a file of notes, with every fault.
///
/// # Errors
/// All [`Fault`]s, by line.
pub fn parse(file: &str) -> Result<Vec<Note>, Vec<Fault>> {
    let (mut notes, mut faults) = (Vec::<Note>::new(), Vec::new());
    let mut labels = false;
    for (number, line) in file.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        match (line.strip_prefix("@ "), notes.last_mut()) {
            (Some("labels"), Some(note)) => {
                note.text.truncate(note.text.trim_end().len());
                labels = true;
            }
            (Some(heading), _) => match heading.split('|').map(str::trim).collect::<Vec<_>>()[..] {
                [id, scope, code, written, author, style] => {
                    let [id, scope, code, written, author, style] = [id, scope, code, written, author, style].map(str::to_owned);
                    notes.push(Note { id, scope, code, written, author, style, ..Note::default() });
                    labels = false;
                }
                _ => faults.push(Fault::Heading(number)),
            },
            (None, None) if line.is_empty() || line.starts_with('#') => {}
            (None, None) => faults.push(Fault::Before(number)),
            (None, Some(_)) if labels && line.is_empty() => {}
            (None, Some(note)) if labels => {
                label(note, line, number).unwrap_or_else(|fault| faults.push(fault));
            }
            (None, Some(note)) => {
                note.text.push_str(line);
                note.text.push('\n');
            }
        }
    }
    if faults.is_empty() { Ok(notes) } else { Err(faults) }
}

fn label(note: &mut Note, line: &str, number: usize) -> Result<(), Fault> {
    let (met, rest) = match line.split_at_checked(2) {
        Some(("+ ", rest)) => (true, rest),
        Some(("- ", rest)) => (false, rest),
        _ => return Err(Fault::Label(number)),
    };
    let (criteria, words) = rest.split_once(" :: ").ok_or(Fault::Label(number))?;
    let place = |words: &str| note.text.find(words).map(|at| Span::new(at, at + words.len()));
    let evidence: Vec<Span> = words.split(" || ").map(place).collect::<Option<_>>().ok_or(Fault::Evidence(number))?;
    for criterion in criteria.split(',').map(str::trim) {
        note.labels.push(Label { criterion: criterion.to_owned(), met, evidence: evidence.clone() });
    }
    Ok(())
}

/// How often the sentence that ranking puts first holds the labelled words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranked {
    /// Labels asked.
    pub asked: u32,
    /// The first sentence holds the words.
    pub first: u32,
    /// One of the first three does.
    pub three: u32,
    /// Note and criterion of what was missed at the first place.
    pub missed: Vec<(String, String)>,
}

impl Ranked {
    /// Shares of the first, and of the first three.
    #[must_use]
    pub fn shares(&self) -> (f64, f64) {
        (super::share(self.first, self.asked), super::share(self.three, self.asked))
    }
}

/// Ranks the sentences of each note for each labelled criterion; `question` gives a criterion's words.
#[must_use]
pub fn ranked<'q>(notes: &[Note], lexicon: &Lexicon, question: impl Fn(&Note, &str) -> Option<&'q str>) -> Ranked {
    let mut result = Ranked::default();
    for note in notes {
        let Ok(reading) = crate::read(lexicon, &Input { text: &note.text, ..Input::default() }) else { continue };
        let index = Index::of_reading(lexicon, &note.text, &reading);
        for label in &note.labels {
            let Some(question) = question(note, &label.criterion) else { continue };
            let holds = |hit: &crate::rank::Hit| label.evidence.iter().any(|e| reading.sentences[hit.sentence].span.overlaps(*e));
            let place = index.rank(question).iter().position(holds);
            result.asked += 1;
            result.first += u32::from(place == Some(0));
            result.three += u32::from(place.is_some_and(|p| p < 3));
            if place != Some(0) {
                result.missed.push((note.id.clone(), label.criterion.clone()));
            }
        }
    }
    result
}

/// What something that answers criteria said of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The criterion's id.
    pub criterion: String,
    /// The answer.
    pub answer: Answer,
    /// The words of the note it rests on, the best first.
    pub evidence: Vec<Span>,
}

/// How well criteria are answered: each criterion of each note is met, not met or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Score {
    /// By labelled and by said answer: met, not met, unknown.
    pub table: [[u32; 3]; 3],
    /// Answered rightly met or not met.
    pub shown: u32,
    /// Of them, the first evidence stands in a sentence with the labelled words.
    pub hit: u32,
    /// What was answered otherwise: note, criterion, labelled, said.
    pub wrong: Vec<(String, String, Answer, Answer)>,
    /// Note and criterion of evidence that stands elsewhere.
    pub elsewhere: Vec<(String, String)>,
}

impl Score {
    /// F1 of one answer.
    #[must_use]
    pub fn f1(&self, answer: Answer) -> f64 {
        let at = place(answer);
        let said: u32 = self.table.iter().map(|row| row[at]).sum();
        let labelled: u32 = self.table[at].iter().sum();
        super::share(2 * self.table[at][at], said + labelled)
    }

    /// Mean of the F1 of the three answers.
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        [Answer::Met, Answer::NotMet, Answer::Unknown].map(|a| self.f1(a)).iter().sum::<f64>() / 3.0
    }

    /// Share of right answers whose first evidence is the labelled sentence.
    #[must_use]
    pub fn hit_at_1(&self) -> f64 {
        super::share(self.hit, self.shown)
    }

    /// Compares what was said of a note with its labels. Every criterion that was said or labelled counts once.
    pub fn add(&mut self, note: &Note, sentences: &[crate::Sentence], said: &[Said]) {
        let mut all: BTreeMap<&str, (Answer, &[Span], Option<&Said>)> = BTreeMap::new();
        for label in &note.labels {
            let answer = if label.met { Answer::Met } else { Answer::NotMet };
            all.insert(&label.criterion, (answer, &label.evidence, None));
        }
        for one in said {
            all.entry(&one.criterion).or_insert((Answer::Unknown, &[], None)).2 = Some(one);
        }
        for (criterion, (labelled, evidence, said)) in all {
            let answer = said.map_or(Answer::Unknown, |s| s.answer);
            self.table[place(labelled)][place(answer)] += 1;
            if answer != labelled {
                self.wrong.push((note.id.clone(), criterion.to_owned(), labelled, answer));
                continue;
            }
            let (false, Some(said)) = (evidence.is_empty(), said) else { continue };
            self.shown += 1;
            let same = |a: Span, b: Span| sentences.iter().any(|s| s.span.overlaps(a) && s.span.overlaps(b));
            if said.evidence.first().is_some_and(|first| evidence.iter().any(|wanted| same(*first, *wanted))) {
                self.hit += 1;
            } else {
                self.elsewhere.push((note.id.clone(), criterion.to_owned()));
            }
        }
    }
}

fn place(answer: Answer) -> usize {
    match answer {
        Answer::Met => 0,
        Answer::NotMet => 1,
        Answer::Unknown => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str =
        "# c\n@ n-1 | cpap | E0601 | 2026-10-28 | A, MD | visit\nHas OSA.\nNo CAD.\n@ labels\n+ a, b :: Has OSA\n- c :: No CAD\n";

    #[test]
    fn a_file_is_read_with_all_its_faults() {
        let notes = parse(NOTE).unwrap();
        assert_eq!((notes.len(), notes[0].labels.len(), notes[0].text.as_str()), (1, 3, "Has OSA.\nNo CAD."));
        assert_eq!(notes[0].labels[2].evidence[0].of(&notes[0].text), "No CAD");
        let bad = "x\n@ n | a\n@ n-1 | s | c | w | a | s\nText\n@ labels\n* a\n+ a :: Other\n";
        assert_eq!(parse(bad).unwrap_err(), [Fault::Before(1), Fault::Heading(2), Fault::Label(6), Fault::Evidence(7)]);
    }

    #[test]
    fn answers_are_counted_by_criterion() {
        let notes = parse(NOTE).unwrap();
        let sentence = |start, end| crate::Sentence { span: Span::new(start, end), section: crate::Section::None };
        let said = |criterion: &str, answer, at: usize| Said {
            criterion: criterion.into(),
            answer,
            evidence: vec![Span::new(at, at + 1)],
        };
        let mut score = Score::default();
        score.add(
            &notes[0],
            &[sentence(0, 8), sentence(9, 16)],
            &[said("a", Answer::Met, 0), said("b", Answer::Met, 9), said("c", Answer::Met, 9), said("d", Answer::Unknown, 0)],
        );
        assert_eq!(score.table, [[2, 0, 0], [1, 0, 0], [0, 0, 1]]);
        assert_eq!((score.shown, score.hit, score.wrong.len()), (2, 1, 1));
        assert!((score.f1(Answer::Met) - 0.8).abs() < 1e-9);
    }
}
