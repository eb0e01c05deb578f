//! Scores: of one patient, and over many.

use crate::individual::{GroupResult, Individual};
use crate::model::{Aggregate, Group, Kind, Measure, Scoring};
use cql::value::Decimal;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Different strata kept of one stratifier.
const MAX_STRATA: usize = 10_000;

/// Counts and observations over patients.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Patients added.
    pub patients: u64,
    /// By group of the measure.
    pub groups: Vec<GroupSummary>,
}

/// Counts and observations of one group.
#[derive(Clone, Debug, Default)]
pub struct GroupSummary {
    /// Patients whose group failed: they are in no count.
    pub errors: u64,
    /// By population: how many.
    pub counts: Vec<u64>,
    /// By population: what was observed.
    pub observed: Vec<Observed>,
    /// By stratifier.
    pub strata: Vec<Strata>,
}

/// The strata of one stratifier: the values of its components, and the counts by population. The key is the values as text.
pub type Strata = BTreeMap<String, (Vec<Json>, Vec<u64>)>;

/// Observations of one population on their way to one value.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    count: u64,
    sum: Option<Decimal>,
    least: Option<Decimal>,
    most: Option<Decimal>,
    all: Vec<Decimal>,
    /// A sum left the range of decimals.
    overflow: bool,
}

impl Observed {
    fn add(&mut self, value: Decimal, keep: bool) {
        self.count += 1;
        let sum = self.sum.map_or(Some(value), |s| s.checked_add(value));
        self.overflow |= sum.is_none();
        self.sum = sum.or(self.sum);
        self.least = Some(self.least.map_or(value, |l| l.min(value)));
        self.most = Some(self.most.map_or(value, |m| m.max(value)));
        if keep {
            self.all.push(value);
        }
    }

    /// The value of an aggregate method; `None` when there is nothing to aggregate.
    #[must_use]
    pub fn value(&self, method: Aggregate) -> Option<Decimal> {
        let count = Decimal::from_i64(i64::try_from(self.count).ok()?);
        let sum = self.sum.filter(|_| !self.overflow);
        match method {
            Aggregate::Count => Some(count),
            Aggregate::Sum => sum,
            Aggregate::Average => sum?.checked_div(count),
            Aggregate::Minimum => self.least,
            Aggregate::Maximum => self.most,
            Aggregate::Median => {
                let mut all = self.all.clone();
                all.sort();
                let middle = all.len() / 2;
                let high = *all.get(middle)?;
                if all.len() % 2 == 1 {
                    return Some(high);
                }
                all[middle - 1].checked_add(high)?.checked_div(Decimal::from_i64(2))
            }
        }
    }
}

impl Summary {
    /// An empty summary of a measure.
    #[must_use]
    pub fn new(measure: &Measure) -> Summary {
        let groups = measure.groups.iter().map(|group| GroupSummary {
            errors: 0,
            counts: vec![0; group.populations.len()],
            observed: vec![Observed::default(); group.populations.len()],
            strata: vec![BTreeMap::new(); group.stratifiers.len()],
        });
        Summary { patients: 0, groups: groups.collect() }
    }

    /// Adds a patient's result.
    pub fn add(&mut self, measure: &Measure, result: &Individual) {
        self.patients += 1;
        for ((summary, group), result) in self.groups.iter_mut().zip(&measure.groups).zip(&result.groups) {
            summary.add(group, result);
        }
    }

    /// The score of a group; `None` when its denominator is empty, or it has none.
    #[must_use]
    pub fn score(&self, measure: &Measure, group: usize) -> Option<Decimal> {
        self.groups.get(group)?.score(measure.groups.get(group)?)
    }
}

impl GroupSummary {
    fn add(&mut self, group: &Group, result: &GroupResult) {
        if result.error.is_some() {
            self.errors += 1;
            return;
        }
        for (index, population) in result.populations.iter().enumerate() {
            self.counts[index] += population.count.unwrap_or(0);
            let keep = group.populations[index].aggregate == Some(Aggregate::Median);
            population.observations.iter().flatten().for_each(|value| self.observed[index].add(*value, keep));
        }
        for (strata, result) in self.strata.iter_mut().zip(&result.stratifiers) {
            for stratum in &result.strata {
                let key = serde_json::Value::from(stratum.values.clone()).to_string();
                if strata.len() >= MAX_STRATA && !strata.contains_key(&key) {
                    continue;
                }
                let (_, counts) = strata.entry(key).or_insert_with(|| (stratum.values.clone(), vec![0; stratum.counts.len()]));
                counts.iter_mut().zip(&stratum.counts).for_each(|(all, one)| *all += one);
            }
        }
    }

    /// The score of the counts and observations.
    #[must_use]
    pub fn score(&self, group: &Group) -> Option<Decimal> {
        let observed = |kind: Kind| {
            let (index, population) = group
                .of_kind(Kind::MeasureObservation)
                .find(|(i, _)| group.observed(*i).map(|o| group.populations[o].kind) == Some(kind))?;
            Some(self.observed[index].value(population.aggregate.unwrap_or(Aggregate::Sum)))
        };
        match group.scoring {
            Scoring::Cohort => None,
            Scoring::Proportion => rate(group, &self.counts),
            Scoring::ContinuousVariable => {
                let (index, population) = group.of_kind(Kind::MeasureObservation).next()?;
                self.observed[index].value(population.aggregate.unwrap_or(Aggregate::Average))
            }
            Scoring::Ratio => match (observed(Kind::Numerator), observed(Kind::Denominator)) {
                (Some(over), Some(under)) => over?.checked_div(under?),
                (Some(over), None) => over?.checked_div(part(group, &self.counts, false)?),
                (None, Some(under)) => part(group, &self.counts, true)?.checked_div(under?),
                (None, None) => rate(group, &self.counts),
            },
        }
    }
}

/// Numerator over denominator, without who is excluded from either and without exceptions.
pub(crate) fn rate(group: &Group, counts: &[u64]) -> Option<Decimal> {
    part(group, counts, true)?.checked_div(part(group, counts, false)?)
}

fn part(group: &Group, counts: &[u64], numerator: bool) -> Option<Decimal> {
    let of = |kind: Kind| group.of_kind(kind).map(|(i, _)| counts[i]).sum::<u64>();
    let count = if numerator {
        of(Kind::Numerator).checked_sub(of(Kind::NumeratorExclusion))
    } else {
        of(Kind::Denominator).checked_sub(of(Kind::DenominatorExclusion) + of(Kind::DenominatorException))
    };
    i64::try_from(count?).ok().map(Decimal::from_i64)
}

impl Individual {
    /// The score of a group for this patient alone.
    #[must_use]
    pub fn score(&self, measure: &Measure, group: usize) -> Option<Decimal> {
        let mut summary = Summary::new(measure);
        summary.add(measure, self);
        summary.score(measure, group)
    }
}
