//! The result of a measure for one patient.

use crate::ask::{Bound, BoundGroup};
use crate::membership;
use crate::model::{Basis, Group, Kind, Measure};
use crate::report::number as number_json;
use cql::value::{Decimal, Object, Value};
use cql::{Data, Evaluation};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The result of a measure for one patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Individual {
    /// By group of the measure.
    pub groups: Vec<GroupResult>,
}

/// The result of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupResult {
    /// By population of the group.
    pub populations: Vec<PopulationResult>,
    /// By stratifier of the group.
    pub stratifiers: Vec<StratifierResult>,
    /// A criteria that could not be evaluated: nothing is counted then.
    pub error: Option<String>,
}

/// The result of one population.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PopulationResult {
    /// How many fulfil the criteria by themselves, before the rules between populations; `None` when unknown or failed.
    pub raw: Option<u64>,
    /// How many are in the population; for an observation, how many were observed. `None` when the group failed.
    pub count: Option<u64>,
    /// The members counted: `Type/id` of resources, JSON of other values; empty for a boolean basis.
    pub members: Vec<String>,
    /// Observed values, by member; `None` is a null.
    pub observations: Vec<Option<Decimal>>,
}

/// The strata a patient, or each member, falls into.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StratifierResult {
    /// Strata with their population counts.
    pub strata: Vec<StratumResult>,
}

/// One stratum.
#[derive(Clone, Debug, PartialEq)]
pub struct StratumResult {
    /// By component: the value of the criteria, true or false for a condition.
    pub values: Vec<Json>,
    /// By population of the group.
    pub counts: Vec<u64>,
}

/// Members by key, each once, in order.
type Members = Vec<String>;

impl Bound {
    /// The result of a measure from the answers for one patient.
    #[must_use]
    pub fn individual(&self, measure: &Measure, answers: &Evaluation<'_, '_>) -> Individual {
        let groups = measure.groups.iter().zip(&self.groups);
        Individual { groups: groups.map(|(group, bound)| one_group(group, bound, answers)).collect() }
    }
}

impl Bound {
    /// The result when the evaluation was stopped: nothing is counted, and the reason stands in every group.
    #[must_use]
    pub fn stopped(&self, measure: &Measure, reason: &str) -> Individual {
        let groups = measure.groups.iter().map(|group| GroupResult {
            populations: vec![PopulationResult::default(); group.populations.len()],
            stratifiers: Vec::new(),
            error: Some(reason.to_owned()),
        });
        Individual { groups: groups.collect() }
    }
}

fn one_group(group: &Group, bound: &BoundGroup, answers: &Evaluation<'_, '_>) -> GroupResult {
    let data = answers.data();
    let mut failed: Vec<(usize, String)> = Vec::new();
    let mut raw: Vec<Option<Members>> = Vec::with_capacity(group.populations.len());
    for (index, (population, definition)) in group.populations.iter().zip(&bound.populations).enumerate() {
        if let Some(found) = answers.error(*definition) {
            let name = &answers.program().plan().definition(*definition).name;
            failed.push((index, format!("\"{name}\": {found}")));
            raw.push(None);
        } else if population.kind == Kind::MeasureObservation {
            raw.push(Some(Members::new()));
        } else {
            raw.push(members(answers.value(*definition), &bound.basis, data));
        }
    }
    let raw_counts = raw.iter().map(|m| m.as_ref().map(|m| m.len() as u64));
    let mut populations: Vec<PopulationResult> =
        raw_counts.map(|raw| PopulationResult { raw, ..PopulationResult::default() }).collect();
    let Some(places) = places(group, &raw, &failed) else {
        let error = failed.into_iter().next().map(|(_, message)| message);
        return GroupResult { populations, stratifiers: Vec::new(), error };
    };
    for (index, result) in populations.iter_mut().enumerate() {
        let inside: Vec<&String> = places.iter().filter(|(_, p)| p[index]).map(|(key, _)| key).collect();
        result.count = Some(inside.len() as u64);
        if group.populations[index].kind == Kind::MeasureObservation {
            let value = answers.value(bound.populations[index]);
            result.raw = None;
            result.observations = observations(value, bound.each[index], &inside, data);
            result.count = Some(result.observations.len() as u64);
        } else if bound.basis != Basis::Boolean {
            result.members = inside.into_iter().cloned().collect();
        }
    }
    let stratifiers = bound.stratifiers.iter().map(|components| {
        let values: Vec<&Value> = components.iter().map(|c| answers.value(*c)).collect();
        stratify(&values, &bound.basis, &places, data)
    });
    GroupResult { populations, stratifiers: stratifiers.collect(), error: None }
}

/// A member and the populations it is in.
type Place = (String, Vec<bool>);

/// Everybody who fulfils some criteria, with the populations they are in. `None` when that depends on a criteria that failed.
///
/// A failed criteria need not spoil the group: who is not in the initial population is in no other, whatever the others would say. So every way the failed ones
/// could have come out is tried, and only when they lead to different places nothing is known.
fn places(group: &Group, raw: &[Option<Members>], failed: &[(usize, String)]) -> Option<Vec<Place>> {
    let kind = |index: usize| group.populations[index].kind;
    let open: Vec<usize> = failed.iter().map(|(i, _)| *i).filter(|i| kind(*i) != Kind::MeasureObservation).collect();
    // Somebody nobody has named yet could be in a failed initial population; and there is an end to trying.
    if open.iter().any(|i| kind(*i) == Kind::InitialPopulation) || open.len() > 6 {
        return None;
    }
    let mut everybody: Members = Vec::new();
    for key in raw.iter().flatten().flatten() {
        if !everybody.contains(key) {
            everybody.push(key.clone());
        }
    }
    let mut out = Vec::with_capacity(everybody.len());
    for key in everybody {
        let mut first: Option<Vec<bool>> = None;
        for way in 0..1_u32 << open.len() {
            let met = |index: usize| match open.iter().position(|o| *o == index) {
                Some(bit) => way >> bit & 1 == 1,
                None => raw[index].as_ref().is_some_and(|m| m.contains(&key)),
            };
            let place = membership::apply(group, &met);
            if first.get_or_insert_with(|| place.clone()) != &place {
                return None;
            }
        }
        out.push((key, first?));
    }
    let observes_failed = failed.iter().any(|(i, _)| kind(*i) == Kind::MeasureObservation && out.iter().any(|(_, p)| p[*i]));
    (!observes_failed).then_some(out)
}

/// The members a criteria's answer names; `None` for an unknown.
fn members(value: &Value, basis: &Basis, data: &Data<'_>) -> Option<Members> {
    match (value, basis) {
        (Value::Null, _) => None,
        (Value::Boolean(met), _) => Some(if *met { vec![String::new()] } else { Vec::new() }),
        // A list where patients are counted: whoever has something in it.
        (Value::List(list), Basis::Boolean) => Some(if list.is_empty() { Vec::new() } else { vec![String::new()] }),
        (Value::List(list), Basis::Members(_)) => {
            let mut members = Members::with_capacity(list.len());
            for item in list.iter().filter(|v| !v.is_null()) {
                let key = key(item, data);
                if !members.contains(&key) {
                    members.push(key);
                }
            }
            Some(members)
        }
        (single, _) => Some(vec![key(single, data)]),
    }
}

/// What a member is known by: a resource by its type and id, anything else by its value.
fn key(value: &Value, data: &Data<'_>) -> String {
    let Value::Object(object) = value else {
        return data.value_to_json(value).to_string();
    };
    resource_key(*object, data).unwrap_or_else(|| data.value_to_json(value).to_string())
}

fn resource_key(object: Object, data: &Data<'_>) -> Option<String> {
    let node = data.value(object);
    let kind = node.get("resourceType")?.as_str()?;
    Some(match node.get("id").and_then(|id| id.as_str()) {
        Some(id) => format!("{kind}/{id}"),
        // Two resources without an id are two, wherever they stand.
        None => format!("{kind}#{}:{}", object.document, object.node.index()),
    })
}

/// The values observed for the members that are observed.
fn observations(value: &Value, each: bool, inside: &[&String], data: &Data<'_>) -> Vec<Option<Decimal>> {
    if inside.is_empty() {
        return Vec::new();
    }
    if !each {
        return match value {
            Value::List(list) => list.iter().map(number).collect(),
            single => vec![number(single)],
        };
    }
    let mut by_member: BTreeMap<String, Option<Decimal>> = BTreeMap::new();
    for item in value.as_list().into_iter().flatten() {
        if let Value::Tuple(pair) = item {
            by_member.entry(key(&pair.get("member"), data)).or_insert_with(|| number(&pair.get("value")));
        }
    }
    // A boolean basis with a function of each member of a list: the patient has all of them.
    if inside.len() == 1 && inside[0].is_empty() {
        return by_member.into_values().collect();
    }
    inside.iter().map(|member| by_member.get(*member).copied().flatten()).collect()
}

/// An observation as a number; a quantity by its value, in whatever unit the function gives.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(i) => Some(Decimal::from_i64(i64::from(*i))),
        Value::Long(l) => Some(Decimal::from_i64(*l)),
        Value::Decimal(d) => Some(*d),
        Value::Quantity(q) => Some(q.value),
        Value::Boolean(b) => Some(Decimal::from_i64(i64::from(*b))),
        _ => None,
    }
}

fn stratify(components: &[&Value], basis: &Basis, places: &[Place], data: &Data<'_>) -> StratifierResult {
    let mut strata: Vec<StratumResult> = Vec::new();
    for (member, inside) in places {
        let values: Vec<Json> = components
            .iter()
            .map(|value| match value {
                Value::List(_) if *basis != Basis::Boolean => {
                    Json::Bool(members(value, basis, data).is_some_and(|m| m.contains(member)))
                }
                Value::List(list) => Json::Bool(!list.is_empty()),
                other => data.value_to_json(other),
            })
            .collect();
        let known = strata.iter().position(|s| s.values == values);
        let index = known.unwrap_or_else(|| {
            strata.push(StratumResult { values, counts: vec![0; inside.len()] });
            strata.len() - 1
        });
        for (count, is_in) in strata[index].counts.iter_mut().zip(inside) {
            *count += u64::from(*is_in);
        }
    }
    StratifierResult { strata }
}

impl Individual {
    /// The result as JSON: groups with their populations, what their criteria gave, members and observations.
    #[must_use]
    pub fn to_json(&self, measure: &Measure) -> Json {
        let groups = measure.groups.iter().zip(&self.groups).enumerate().map(|(g, (group, result))| {
            let populations = group.populations.iter().zip(&result.populations).map(|(population, found)| {
                let mut out = json!({ "code": population.kind.code(), "count": found.count });
                out["id"] = json!(population.id);
                if population.kind == Kind::MeasureObservation {
                    out["observations"] = found.observations.iter().map(|o| o.map_or(Json::Null, number_json)).collect();
                } else {
                    out["raw"] = json!(found.raw);
                }
                if !found.members.is_empty() {
                    out["members"] = json!(found.members);
                }
                out
            });
            let mut out = json!({
                "measure": measure.label(),
                "group": group.id.clone().unwrap_or_else(|| (g + 1).to_string()),
                "population": populations.collect::<Vec<Json>>(),
            });
            if let Some(score) = self.score(measure, g) {
                out["score"] = number_json(score);
            }
            let stratifiers = group.stratifiers.iter().zip(&result.stratifiers).map(|(stratifier, found)| {
                let strata = found.strata.iter().map(|s| json!({ "value": s.values, "count": s.counts }));
                json!({ "id": stratifier.id, "stratum": strata.collect::<Vec<Json>>() })
            });
            let stratifiers: Vec<Json> = stratifiers.collect();
            if !stratifiers.is_empty() {
                out["stratifier"] = Json::Array(stratifiers);
            }
            if let Some(error) = &result.error {
                out["error"] = json!(error);
            }
            out
        });
        groups.collect()
    }
}
