//! Expected MeasureReports as authors of measures write them, and the comparison with a result.
//!
//! Published test cases (profile `test-case-cqfm`, as MADiE and fqm-testify export them) follow these habits, and the comparison follows them:
//!
//! * Counts are those after the rules between populations ([`crate`], "Populations"). The denominator includes who is excluded from it.
//! * A population that the report does not list, or lists without a count, is not compared. One that the measure does not have may only be expected as 0.
//! * Groups are matched by id, otherwise by position; populations by id when both have one of that id, otherwise by code, otherwise by their order within it.
//! * Observations are rows of their own, one a member observed, whose `count` is the value observed, cut to a whole number; their codes and ids vary. They are
//!   compared as a set: every expected value must be observed and the other way; an expected 0 may stand for no observation.
//! * `measureScore` is written as 0 whatever the result, so it is shown and never compared.

use crate::individual::{GroupResult, Individual};
use crate::model::{Group, Kind, Measure, Period};
use crate::read::{codes, items, period, text};
use crate::report::number;
use cql::value::Decimal;
use json::Value;
use serde_json::{Value as Json, json};

/// An expected MeasureReport.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Logical id.
    pub id: Option<String>,
    /// The measure it is of, as written.
    pub measure: Option<String>,
    /// The measurement period.
    pub period: Period,
    /// Reference to the patient.
    pub subject: Option<String>,
    groups: Vec<ExpectedGroup>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct ExpectedGroup {
    id: Option<String>,
    populations: Vec<Row>,
    /// By stratifier, by stratum: its rows.
    stratifiers: Vec<Vec<Vec<Row>>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    id: Option<String>,
    code: String,
    count: Option<Decimal>,
}

/// How a result compares with what was expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many counts were compared.
    pub compared: usize,
    /// What differs.
    pub differences: Vec<Difference>,
    /// The criteria's own answers, without the rules between populations, are what was expected.
    pub raw_agrees: bool,
}

/// A count that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Id or position of the group.
    pub group: String,
    /// Code of the population, with its id.
    pub population: String,
    /// What was expected.
    pub expected: Json,
    /// What was found; null when the group failed.
    pub found: Json,
    /// How many fulfil the criteria by themselves.
    pub raw: Option<u64>,
    /// What is known about why.
    pub why: Option<String>,
}

impl Comparison {
    /// Whether all that was compared is as expected; `None` when nothing was.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        (self.compared > 0).then_some(self.differences.is_empty())
    }
}

impl Expected {
    /// Reads a MeasureReport; `None` when the resource is something else.
    #[must_use]
    pub fn read(resource: Value<'_>) -> Option<Expected> {
        if text(resource, "resourceType").as_deref() != Some("MeasureReport") {
            return None;
        }
        let groups = items(resource, "group").map(|group| ExpectedGroup {
            id: text(group, "id"),
            populations: rows(group),
            stratifiers: items(group, "stratifier").map(|s| items(s, "stratum").map(rows).collect()).collect(),
        });
        Some(Expected {
            id: text(resource, "id"),
            measure: text(resource, "measure"),
            period: resource
                .get("period")
                .map(period)
                .filter(|p| p.start.is_some())
                .or_else(|| input_period(resource))
                .unwrap_or_default(),
            subject: resource.get("subject").and_then(|s| text(s, "reference")).or_else(|| input_subject(resource)),
            groups: groups.collect(),
        })
    }

    /// The expected counts as JSON: groups with their populations.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let row = |r: &Row| {
            let mut out = json!({ "code": r.code, "count": r.count.map(number) });
            if let Some(id) = &r.id {
                out["id"] = json!(id);
            }
            out
        };
        let groups =
            self.groups.iter().map(|g| json!({ "group": g.id, "population": g.populations.iter().map(row).collect::<Vec<_>>() }));
        groups.collect()
    }

    /// Compares a result of the measure.
    #[must_use]
    pub fn compare(&self, measure: &Measure, result: &Individual) -> Comparison {
        let mut comparison = Comparison { raw_agrees: true, ..Comparison::default() };
        for (position, expected) in self.groups.iter().enumerate() {
            let by_id = measure.groups.iter().position(|g| g.id.is_some() && g.id == expected.id);
            let index = by_id.or_else(|| (position < measure.groups.len()).then_some(position));
            let name = expected.id.clone().unwrap_or_else(|| format!("group {}", position + 1));
            match index.and_then(|i| Some((measure.groups.get(i)?, result.groups.get(i)?))) {
                Some((group, found)) => expected.compare(&name, group, found, &mut comparison),
                None => comparison.unknown(&name, &expected.populations, "the measure has no such group"),
            }
        }
        comparison
    }
}

fn rows(of: Value<'_>) -> Vec<Row> {
    let row = |population: Value<'_>| {
        let count = population.get("count").and_then(|c| c.as_number().map(str::to_owned));
        Row {
            id: text(population, "id"),
            code: population.get("code").and_then(|c| codes(c).next()).unwrap_or_default(),
            count: count.and_then(|c| Decimal::parse_rounding(&c)),
        }
    };
    items(of, "population").map(row).collect()
}

/// The contained Parameters a report was made with.
fn inputs<'d>(report: Value<'d>, name: &'static str) -> Option<Value<'d>> {
    let parameters = items(report, "contained").filter(|c| text(*c, "resourceType").as_deref() == Some("Parameters"));
    let mut all = parameters.flat_map(|p| items(p, "parameter"));
    all.find(|p| text(*p, "name").as_deref() == Some(name))
}

fn input_period(report: Value<'_>) -> Option<Period> {
    inputs(report, "Measurement Period")?.get("valuePeriod").map(period)
}

fn input_subject(report: Value<'_>) -> Option<String> {
    text(inputs(report, "subject")?, "valueString")
}

impl ExpectedGroup {
    fn compare(&self, name: &str, group: &Group, found: &GroupResult, out: &mut Comparison) {
        if let Some(error) = &found.error {
            let why = format!("the group could not be computed: {error}");
            out.compared += self.populations.len();
            for row in self.populations.iter().filter(|r| r.count.is_some()) {
                out.differ(name, row, Json::Null, None, Some(why.clone()));
            }
            return;
        }
        let mut taken = vec![false; group.populations.len()];
        let mut observations: Vec<&Row> = Vec::new();
        for row in self.populations.iter().filter(|r| r.count.is_some()) {
            let kind = Kind::from_code(&row.code);
            if kind == Some(Kind::MeasureObservation) {
                observations.push(row);
                continue;
            }
            let Some(index) = place(group, row, kind, &taken) else {
                out.unknown(name, std::slice::from_ref(row), "the measure's group has no such population");
                continue;
            };
            taken[index] = true;
            out.count(name, row, found.populations[index].count, found.populations[index].raw);
        }
        compare_observations(name, group, found, &observations, out);
        for ((stratifier, expected), found) in group.stratifiers.iter().zip(&self.stratifiers).zip(&found.stratifiers) {
            let title = stratifier.id.clone().unwrap_or_else(|| "stratifier".to_owned());
            // One expected stratum is the one whose condition holds.
            let [expected] = expected.as_slice() else { continue };
            let holds = found.strata.iter().find(|s| s.values.iter().all(|v| *v == json!(true)));
            for row in expected.iter().filter(|r| r.count.is_some()) {
                let kind = Kind::from_code(&row.code).filter(|k| *k != Kind::MeasureObservation);
                if let Some(index) = kind.and_then(|k| place(group, row, Some(k), &[])) {
                    let count = holds.map_or(0, |s| s.counts[index]);
                    out.count(&format!("{name} {title}"), row, Some(count), None);
                }
            }
        }
    }
}

/// The population a row means.
fn place(group: &Group, row: &Row, kind: Option<Kind>, taken: &[bool]) -> Option<usize> {
    let free = |i: &usize| !taken.get(*i).copied().unwrap_or(false);
    let by_id = row.id.as_deref().and_then(|id| group.by_id(id)).filter(|i| kind.is_none_or(|k| group.populations[*i].kind == k));
    by_id.filter(free).or_else(|| group.of_kind(kind?).map(|(i, _)| i).find(free))
}

fn compare_observations(name: &str, group: &Group, found: &GroupResult, rows: &[&Row], out: &mut Comparison) {
    if rows.is_empty() {
        return;
    }
    let all: Vec<usize> = group.of_kind(Kind::MeasureObservation).map(|(i, _)| i).collect();
    // Rows that name their population are compared with it, the rest with all that are left.
    let mut left: Vec<&Row> = rows.to_vec();
    let mut open = all.clone();
    for index in &all {
        let of_population: Vec<&Row> = left.iter().copied().filter(|row| observes(group, *index, row, &all)).collect();
        if !of_population.is_empty() {
            left.retain(|row| !of_population.contains(row));
            open.retain(|i| i != index);
            values(name, group, found, &of_population, &[*index], out);
        }
    }
    if !left.is_empty() {
        values(name, group, found, &left, &open, out);
    }
}

/// Whether an observation row belongs to an observation population: by its code or by the beginning of its id.
fn observes(group: &Group, index: usize, row: &Row, all: &[usize]) -> bool {
    let kind = group.observed(index).map(|o| group.populations[o].kind);
    match row.code.as_str() {
        "numerator-observation" => return kind == Some(Kind::Numerator),
        "denominator-observation" => return kind == Some(Kind::Denominator),
        _ => {}
    }
    let fits = |i: usize| match (&group.populations[i].id, &row.id) {
        (Some(own), Some(id)) => id == own || id.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('_')),
        _ => false,
    };
    fits(index) && all.iter().filter(|i| fits(**i)).count() == 1
}

fn values(name: &str, group: &Group, found: &GroupResult, rows: &[&Row], populations: &[usize], out: &mut Comparison) {
    out.compared += 1;
    let mut expected: Vec<Decimal> = rows.iter().filter_map(|r| r.count).collect();
    let got: Vec<Option<Decimal>> = populations.iter().flat_map(|i| found.populations[*i].observations.iter().copied()).collect();
    let same = |expected: &Decimal, value: &Option<Decimal>| {
        let value = value.unwrap_or(Decimal::ZERO);
        value == *expected || value.truncate().map(Decimal::from_i64) == Some(*expected)
    };
    let mut extra = Vec::new();
    for value in &got {
        match expected.iter().position(|e| same(e, value)) {
            Some(index) => {
                expected.swap_remove(index);
            }
            None => extra.push(*value),
        }
    }
    if extra.is_empty() && expected.iter().all(|e| e.is_zero()) {
        return;
    }
    out.raw_agrees = false;
    let ids: Vec<&str> = populations.iter().filter_map(|i| group.populations[*i].id.as_deref()).collect();
    out.differences.push(Difference {
        group: name.to_owned(),
        population: if ids.is_empty() {
            "measure-observation".to_owned()
        } else {
            format!("measure-observation {}", ids.join(" "))
        },
        expected: rows.iter().filter_map(|r| r.count).map(number).collect(),
        found: got.iter().map(|v| v.map_or(Json::Null, number)).collect(),
        raw: None,
        why: None,
    });
}

impl Comparison {
    fn count(&mut self, group: &str, row: &Row, count: Option<u64>, raw: Option<u64>) {
        let Some(expected) = row.count else { return };
        self.compared += 1;
        let same = |count: Option<u64>| count.and_then(|c| i64::try_from(c).ok()).map(Decimal::from_i64) == Some(expected);
        // An unknown is in no population.
        let raw_same = same(Some(raw.unwrap_or(0)));
        self.raw_agrees &= raw_same;
        if same(count) {
            return;
        }
        let why =
            raw_same.then(|| "the criteria alone give what was expected; the rules between populations change it".to_owned());
        let why = why.or_else(|| raw.is_none().then(|| "the criteria are unknown (null)".to_owned()));
        self.differ(group, row, json!(count), raw, why);
    }

    fn unknown(&mut self, group: &str, rows: &[Row], why: &str) {
        for row in rows.iter().filter(|r| r.count.is_some_and(|c| !c.is_zero())) {
            self.compared += 1;
            self.differ(group, row, Json::Null, None, Some(why.to_owned()));
        }
    }

    fn differ(&mut self, group: &str, row: &Row, found: Json, raw: Option<u64>, why: Option<String>) {
        self.raw_agrees &= raw.is_some();
        let population = row.id.as_ref().map_or_else(|| row.code.clone(), |id| format!("{} {id}", row.code));
        let expected = row.count.map_or(Json::Null, number);
        self.differences.push(Difference { group: group.to_owned(), population, expected, found, raw, why });
    }
}

impl Difference {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut out =
            json!({ "group": self.group, "population": self.population, "expected": self.expected, "found": self.found });
        if let Some(raw) = self.raw {
            out["raw"] = json!(raw);
        }
        if let Some(why) = &self.why {
            out["why"] = json!(why);
        }
        out
    }
}
