//! What a run came to: how many agree, which differ and in what.

use super::job::{Answered, From, Verdict};
use super::period::describe;
use super::prepare::Job;
use crate::table::table;
use measure::{Period, Summary};
use std::collections::{BTreeMap, BTreeSet};

/// Differing patients listed by name, for each measure.
const MAX_LISTED: usize = 200;

/// Everything counted over patients.
#[derive(Default)]
pub struct Board {
    patients: u64,
    /// Patients of which some definition failed.
    failed: u64,
    /// Definitions that failed, with the patients and the first message.
    definitions: BTreeMap<String, (u64, String)>,
    measures: Vec<OfMeasure>,
    /// Patients whose reports are all of measures that were not given, by measure named.
    elsewhere: BTreeMap<String, u64>,
    faults: u64,
    /// Measurement periods that no parameter gave, with the patients they were used for.
    periods: BTreeMap<(From, Option<String>), u64>,
}

#[derive(Default)]
struct OfMeasure {
    summary: Option<Summary>,
    patients: u64,
    agree: u64,
    differ: Vec<(String, String)>,
    unknown: u64,
    errors: u64,
    periods: BTreeSet<(Option<String>, Option<String>)>,
    /// Differing patients whose criteria alone agree.
    raw_agree: u64,
}

impl Board {
    /// An empty board.
    pub fn new(job: &Job) -> Board {
        let measures = job.measures().map(|m| OfMeasure { summary: Some(Summary::new(m)), ..OfMeasure::default() });
        Board { measures: measures.collect(), ..Board::default() }
    }

    /// Counts a patient.
    pub fn add(&mut self, job: &Job, id: &str, origin: &str, answered: &Answered) {
        self.patients += 1;
        self.failed += u64::from(!answered.failed.is_empty());
        for (definition, message) in &answered.failed {
            self.definitions.entry(definition.clone()).or_insert_with(|| (0, message.clone())).0 += 1;
        }
        for (from, period) in &answered.periods {
            *self.periods.entry((*from, period.as_ref().map(describe))).or_default() += 1;
        }
        for measure in &answered.elsewhere {
            *self.elsewhere.entry(measure.clone()).or_default() += 1;
        }
        for (index, verdict) in &answered.verdicts {
            let (Some(board), Some(measure)) = (self.measures.get_mut(*index), job.measures().nth(*index)) else { continue };
            board.add(measure, id, origin, verdict);
        }
    }

    /// Counts a fault of the data.
    pub fn fault(&mut self) {
        self.faults += 1;
    }

    /// Whether some patient differs from what was expected.
    pub fn differs(&self) -> bool {
        self.measures.iter().any(|m| !m.differ.is_empty())
    }

    /// Whether some definition, patient or file had an error.
    pub fn has_errors(&self) -> bool {
        self.failed > 0 || self.faults > 0 || self.measures.iter().any(|m| m.errors > 0)
    }

    /// Summary MeasureReports, one a measure.
    pub fn reports(&self, job: &Job) -> Vec<serde_json::Value> {
        let both = job.measures().zip(&self.measures);
        let made = both.filter_map(|(measure, board)| {
            let only = board.periods.iter().next().filter(|_| board.periods.len() == 1);
            let period = only.map(|(start, end)| Period { start: start.clone(), end: end.clone() });
            let period = period.or_else(|| measure.effective.clone()).unwrap_or_default();
            Some(measure::report::summary(measure, board.summary.as_ref()?, &period))
        });
        made.collect()
    }

    /// The table at the end.
    pub fn text(&self, job: &Job) -> String {
        let mut out = String::new();
        let mut rows = Vec::new();
        for (measure, board) in job.measures().zip(&self.measures) {
            let scores: Vec<String> = (0..measure.groups.len())
                .map(|g| {
                    let score = board.summary.as_ref().and_then(|s| s.score(measure, g));
                    score.map_or_else(|| "-".to_owned(), |s| s.trimmed().to_string())
                })
                .collect();
            let compared = board.agree + board.differ.len() as u64;
            let compared = if compared == 0 { "-".to_owned() } else { format!("{} of {compared}", board.agree) };
            rows.push(vec![
                measure.label().to_owned(),
                board.patients.to_string(),
                compared,
                board.differ.len().to_string(),
                board.unknown.to_string(),
                board.errors.to_string(),
                scores.join(" "),
            ]);
        }
        if !rows.is_empty() {
            out.push_str(&table(
                &["measure", "patients", "agree", "differ", "nothing expected", "errors", "score by group"],
                &rows,
            ));
        }
        for (measure, board) in job.measures().zip(&self.measures).filter(|(_, b)| !b.differ.is_empty()) {
            out.push_str(&format!("\n{}: {} differ\n", measure.label(), board.differ.len()));
            for (patient, what) in board.differ.iter().take(MAX_LISTED) {
                out.push_str(&format!("  {patient}: {what}\n"));
            }
            if board.differ.len() > MAX_LISTED {
                out.push_str(&format!(
                    "  ... and {} more; each line of the output has its `differences`\n",
                    board.differ.len() - MAX_LISTED
                ));
            }
            if board.raw_agree > 0 {
                out.push_str(&format!(
                    "  for {} of them the criteria alone, without the rules between populations, give what was expected\n",
                    board.raw_agree
                ));
            }
        }
        for (measure, count) in &self.elsewhere {
            out.push_str(&format!(
                "\n{count} patients have expected results of {measure} only, which was not given: not compared (--any-report compares all the same)\n"
            ));
        }
        for ((from, period), count) in &self.periods {
            let which = period.as_ref().map_or_else(String::new, |p| format!(" {p}"));
            out.push_str(&format!("\nmeasurement period{which}, from {} ({count} evaluations)\n", from.text()));
        }
        for (definition, (count, message)) in &self.definitions {
            out.push_str(&format!("\nerror in \"{definition}\" for {count} patients: {message}\n"));
        }
        out.push_str(&format!("\n{} patients, {} with errors, {} faults in the data\n", self.patients, self.failed, self.faults));
        out
    }
}

impl OfMeasure {
    fn add(&mut self, measure: &measure::Measure, id: &str, origin: &str, verdict: &Verdict) {
        self.patients += 1;
        if let Some(period) = &verdict.period {
            self.periods.insert((period.start.clone(), period.end.clone()));
        }
        if let Some(result) = &verdict.result {
            if let Some(summary) = &mut self.summary {
                summary.add(measure, result);
            }
            self.errors += u64::from(result.groups.iter().any(|g| g.error.is_some()));
        } else {
            self.errors += 1;
        }
        let Some(comparison) = &verdict.comparison else {
            self.unknown += 1;
            return;
        };
        match comparison.agrees() {
            Some(true) => self.agree += 1,
            None => self.unknown += 1,
            Some(false) => {
                self.raw_agree += u64::from(comparison.raw_agrees);
                let what = comparison
                    .differences
                    .iter()
                    .map(|d| format!("{} {} expected {} found {}", d.group, d.population, d.expected, d.found));
                let what: Vec<String> = what.collect();
                self.differ.push((format!("{id} ({origin})"), what.join("; ")));
            }
        }
    }
}
