//! What is done for one patient.

use super::answers::{self, Members};
use super::expected;
use super::parameters::Bound;
use super::prepare::{Job, Unit};
use ::cql::{Data, EvalOptions, Evaluator, Limits, Parameters};
use measure::{Comparison, Expected, Individual, Period};
use population::Patient;
use serde_json::json;
use std::sync::{Arc, PoisonError};

/// Most measurement periods whose evaluators are kept.
const MOST_PERIODS: usize = 64;

/// What came of one patient.
#[derive(Default)]
pub struct Answered {
    /// The line to write, without its line break; empty when only a summary is wanted.
    pub line: String,
    /// Definitions that failed, with their messages.
    pub failed: Vec<(String, String)>,
    /// By measure: what came of it.
    pub verdicts: Vec<(usize, Verdict)>,
    /// Measurement periods that were used without a parameter, and where they are from.
    pub periods: Vec<(From, Option<Period>)>,
    /// Measures that expected reports name and that were not given, when no report is of a given one.
    pub elsewhere: Vec<String>,
}

/// Where a measurement period is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    /// The patient's expected MeasureReport.
    Report,
    /// The measure's effectivePeriod.
    Measure,
    /// The library's default.
    Library,
}

impl From {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            From::Report => "the patients' expected MeasureReports",
            From::Measure => "the measure's effectivePeriod",
            From::Library => "the library's default",
        }
    }
}

/// What came of one measure for one patient.
pub struct Verdict {
    /// The result; `None` when the evaluation was stopped.
    pub result: Option<Individual>,
    /// How it compares, when something was expected.
    pub comparison: Option<Comparison>,
    /// The period it was computed for, when it is known as one.
    pub period: Option<Period>,
}

impl Job {
    /// Evaluates everything asked for one patient.
    pub fn patient(&self, patient: &Patient) -> Answered {
        let extra = self.files.iter().map(|(url, document)| (Some(url.as_str()), document.root()));
        let data = Data::load(patient.resources().chain(extra));
        let reports = self.apart.of(patient);
        let mut out = Answered::default();
        let mut parts = Parts::default();
        let mut meant = false;
        for unit in &self.units {
            let report = unit.measure.as_ref().and_then(|m| expected::of_measure(&reports, &m.measure, self.any_report));
            // With several measures a patient made for one of them is not asked about the others.
            if unit.measure.is_some() && self.measure_count > 1 && report.is_none() && !reports.is_empty() {
                continue;
            }
            meant |= report.is_some();
            self.unit(unit, &data, report, reports.first(), &mut parts, &mut out);
        }
        if self.measure_count > 0 && !meant {
            out.elsewhere = reports.iter().filter_map(|r| r.measure.clone()).collect();
        }
        out.line = if self.individual_reports { parts.reports(self, patient, &out) } else { parts.line(patient) };
        out
    }

    fn unit(
        &self,
        unit: &Unit,
        data: &Data<'_>,
        report: Option<&Expected>,
        any_report: Option<&Expected>,
        parts: &mut Parts,
        out: &mut Answered,
    ) {
        let period = self.period(unit, report.or(any_report)).and_then(|(from, period)| {
            out.periods.push((from, period.clone()));
            period
        });
        let evaluator = match self.evaluator(unit, data, period.as_ref()) {
            Ok(evaluator) => evaluator,
            Err(error) => {
                parts.errors.push(error.clone());
                out.failed.push(("parameters".to_owned(), error));
                return;
            }
        };
        let options = EvalOptions {
            trace: self.style.trace,
            terminology: Some(&self.terminology),
            definitions: Some(&unit.ids),
            limits: Limits { max_steps: self.max_steps, ..Limits::default() },
            ..EvalOptions::default()
        };
        let answers = match evaluator.evaluate(data, &options) {
            Ok(answers) => answers,
            Err(error) => {
                parts.errors.push(error.to_string());
                out.failed.push(("the evaluation".to_owned(), error.to_string()));
                out.verdicts.extend(unit.measure.as_ref().map(|m| {
                    // Stopped is not agreeing.
                    let stopped = m.bound.stopped(&m.measure, &error.to_string());
                    let comparison = report.map(|r| r.compare(&m.measure, &stopped));
                    (m.index, Verdict { result: Some(stopped), comparison, period: period.clone() })
                }));
                return;
            }
        };
        out.failed.extend(answers::write(
            &unit.program,
            &answers,
            &unit.wanted,
            self.style,
            &mut parts.definitions,
            &mut parts.traces,
        ));
        let Some(asked) = &unit.measure else { return };
        let result = asked.bound.individual(&asked.measure, &answers);
        let comparison = report.map(|r| r.compare(&asked.measure, &result));
        parts.populations.extend(result.to_json(&asked.measure).as_array().cloned().unwrap_or_default());
        if let (Some(report), Some(comparison)) = (report, &comparison) {
            parts.expected.extend(report.to_json().as_array().cloned().unwrap_or_default());
            parts.agrees = match (parts.agrees, comparison.agrees()) {
                (before, None) => before,
                (before, Some(now)) => Some(before.unwrap_or(true) && now),
            };
            parts.differences.extend(comparison.differences.iter().map(measure::Difference::to_json));
        }
        out.verdicts.push((asked.index, Verdict { result: Some(result), comparison, period }));
    }

    /// The measurement period and where it is from, when a library declares it and no parameter gives it.
    fn period(&self, unit: &Unit, report: Option<&Expected>) -> Option<(From, Option<Period>)> {
        if unit.period_given || !unit.periods.is_declared() {
            return None;
        }
        let of_report = report.map(|r| &r.period).filter(|p| p.start.is_some());
        let of_measure = unit.measure.as_ref().and_then(|m| m.measure.effective.as_ref()).filter(|p| p.start.is_some());
        Some(match (of_report, of_measure) {
            (Some(period), _) => (From::Report, Some(period.clone())),
            (None, Some(period)) => (From::Measure, Some(period.clone())),
            (None, None) => (From::Library, None),
        })
    }

    /// The program with its parameters: one for all patients of a period, unless a parameter is a resource of the patient's.
    fn evaluator(&self, unit: &Unit, data: &Data<'_>, period: Option<&Period>) -> Result<Arc<Evaluator>, String> {
        let make = || Ok(Arc::new(Evaluator::new(&unit.program, self.parameters(unit, data, period)?, self.now)));
        if unit.bindings.iter().any(|binding| !matches!(binding.bound, Bound::Value(_))) {
            return make();
        }
        let mut known = unit.evaluators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&period.cloned()) {
            return Ok(Arc::clone(known));
        }
        let made = make()?;
        if known.len() < MOST_PERIODS {
            known.insert(period.cloned(), Arc::clone(&made));
        }
        Ok(made)
    }

    fn parameters(&self, unit: &Unit, data: &Data<'_>, period: Option<&Period>) -> Result<Parameters, String> {
        let mut all = Parameters::new();
        for binding in &unit.bindings {
            let value = match &binding.bound {
                Bound::Value(value) => value.clone(),
                Bound::Reference(reference) => data
                    .resource_value(reference)
                    .ok_or_else(|| format!("parameter \"{}\": the patient's data has no {reference}", binding.name))?,
                Bound::File(path) => data
                    .resource_value(&Job::file_url(path))
                    .ok_or_else(|| format!("parameter \"{}\": {} holds no resource", binding.name, path.display()))?,
            };
            all = all.with_in(&binding.library, &binding.name, value);
        }
        match period {
            Some(period) => unit.periods.add(all, period),
            None => Ok(all),
        }
    }
}

/// The parts of a line.
#[derive(Default)]
struct Parts {
    definitions: Members,
    traces: Members,
    populations: Vec<serde_json::Value>,
    expected: Vec<serde_json::Value>,
    agrees: Option<bool>,
    differences: Vec<serde_json::Value>,
    errors: Vec<String>,
}

impl Parts {
    fn line(self, patient: &Patient) -> String {
        let mut line = Members::default();
        line.add("patient", &json!(patient.id));
        line.add("source", &json!(patient.origin.to_string()));
        line.add_text("definitions", &self.definitions.finish());
        if !self.populations.is_empty() {
            line.add("populations", &json!(self.populations));
        }
        if !self.expected.is_empty() {
            line.add("expected", &json!(self.expected));
            line.add("agrees", &json!(self.agrees));
        }
        if !self.differences.is_empty() {
            line.add("differences", &json!(self.differences));
        }
        if !self.traces.is_empty() {
            line.add_text("trace", &self.traces.finish());
        }
        if !self.errors.is_empty() {
            line.add("errors", &json!(self.errors));
        }
        line.finish()
    }

    /// MeasureReports, one a line.
    fn reports(&self, job: &Job, patient: &Patient, out: &Answered) -> String {
        let made = out.verdicts.iter().filter_map(|(index, verdict)| {
            let measure = job.measures().nth(*index)?;
            let period = verdict.period.clone().or_else(|| measure.effective.clone()).unwrap_or_default();
            Some(measure::report::individual(measure, verdict.result.as_ref()?, &patient.id, &period).to_string())
        });
        made.collect::<Vec<_>>().join("\n")
    }
}
