//! Results as MeasureReport resources (FHIR R4).

use crate::individual::Individual;
use crate::model::{Group, Kind, Measure, Period, Stratifier};
use crate::score::{Summary, rate};
use cql::value::Decimal;
use serde_json::{Map, Value as Json, json};

/// The MeasureReport of one patient. The count of an observation is how many were observed; their values are in [`Individual`].
#[must_use]
pub fn individual(measure: &Measure, result: &Individual, patient: &str, period: &Period) -> Json {
    let groups = measure.groups.iter().zip(&result.groups).enumerate().map(|(g, (group, found))| {
        let populations = group.populations.iter().zip(&found.populations);
        let populations = populations.map(|(p, result)| population_json(p.id.as_deref(), &p.code, result.count));
        let stratifiers = group.stratifiers.iter().zip(&found.stratifiers).map(|(stratifier, result)| {
            let strata = result.strata.iter().map(|s| stratum_json(group, stratifier, &s.values, &s.counts));
            stratifier_json(stratifier, strata.collect())
        });
        group_json(group, populations.collect(), result.score(measure, g), stratifiers.collect())
    });
    let mut report = head(measure, "individual", period);
    report["subject"] = json!({ "reference": format!("Patient/{patient}") });
    report["group"] = groups.collect();
    if result.groups.iter().any(|g| g.error.is_some()) {
        report["status"] = json!("error");
    }
    report
}

/// The MeasureReport over all patients.
#[must_use]
pub fn summary(measure: &Measure, summary: &Summary, period: &Period) -> Json {
    let groups = measure.groups.iter().zip(&summary.groups).map(|(group, result)| {
        let populations = group.populations.iter().zip(&result.counts);
        let populations = populations.map(|(p, count)| population_json(p.id.as_deref(), &p.code, Some(*count)));
        let stratifiers = group.stratifiers.iter().zip(&result.strata).map(|(stratifier, strata)| {
            let strata = strata.values().map(|(values, counts)| stratum_json(group, stratifier, values, counts));
            stratifier_json(stratifier, strata.collect())
        });
        group_json(group, populations.collect(), result.score(group), stratifiers.collect())
    });
    let mut report = head(measure, "summary", period);
    report["group"] = groups.collect();
    if summary.groups.iter().any(|g| g.errors > 0) {
        report["status"] = json!("error");
    }
    report
}

fn head(measure: &Measure, kind: &str, period: &Period) -> Json {
    let mut at = Map::new();
    at.extend(period.start.as_ref().map(|s| ("start".to_owned(), json!(s))));
    at.extend(period.end.as_ref().map(|e| ("end".to_owned(), json!(e))));
    json!({ "resourceType": "MeasureReport", "status": "complete", "type": kind, "measure": measure.canonical(), "period": at })
}

fn group_json(group: &Group, populations: Vec<Json>, score: Option<Decimal>, stratifiers: Vec<Json>) -> Json {
    let mut out = Map::new();
    out.extend(group.id.as_ref().map(|id| ("id".to_owned(), json!(id))));
    out.extend(group.code.as_ref().map(|code| ("code".to_owned(), code.clone())));
    out.insert("population".to_owned(), Json::Array(populations));
    out.extend(score.map(|s| ("measureScore".to_owned(), json!({ "value": number(s) }))));
    if !stratifiers.is_empty() {
        out.insert("stratifier".to_owned(), Json::Array(stratifiers));
    }
    Json::Object(out)
}

fn population_json(id: Option<&str>, code: &Json, count: Option<u64>) -> Json {
    let mut out = Map::new();
    out.extend(id.map(|id| ("id".to_owned(), json!(id))));
    out.insert("code".to_owned(), code.clone());
    out.extend(count.map(|c| ("count".to_owned(), json!(c))));
    Json::Object(out)
}

fn stratifier_json(stratifier: &Stratifier, strata: Vec<Json>) -> Json {
    let mut out = Map::new();
    out.extend(stratifier.id.as_ref().map(|id| ("id".to_owned(), json!(id))));
    out.extend(stratifier.code.as_ref().map(|code| ("code".to_owned(), json!([code]))));
    out.insert("stratum".to_owned(), Json::Array(strata));
    Json::Object(out)
}

fn stratum_json(group: &Group, stratifier: &Stratifier, values: &[Json], counts: &[u64]) -> Json {
    let text = |value: &Json| json!({ "text": value.as_str().map_or_else(|| value.to_string(), str::to_owned) });
    let mut out = Map::new();
    if stratifier.composed {
        let components = values.iter().zip(&stratifier.components);
        let components =
            components.map(|(v, c)| json!({ "code": c.code.clone().unwrap_or_else(|| json!({})), "value": text(v) }));
        out.insert("component".to_owned(), components.collect());
    } else {
        out.extend(values.first().map(|v| ("value".to_owned(), text(v))));
    }
    let populations = group.populations.iter().zip(counts).filter(|(p, _)| p.kind != Kind::MeasureObservation);
    let populations = populations.map(|(p, count)| population_json(p.id.as_deref(), &p.code, Some(*count)));
    out.insert("population".to_owned(), populations.collect());
    out.extend(rate(group, counts).map(|s| ("measureScore".to_owned(), json!({ "value": number(s) }))));
    Json::Object(out)
}

/// A decimal as a JSON number where JSON readers keep it exactly, otherwise as text; a whole one without a fraction.
pub(crate) fn number(value: Decimal) -> Json {
    if let Some(whole) = value.truncate().filter(|_| value.is_integer()) {
        return json!(whole);
    }
    cql::value::Value::Decimal(value.trimmed()).to_json()
}
