//! A Measure resource to a [`Measure`], with every fault at once.

use crate::fault::{Fault, FaultCode};
use crate::model::{
    Aggregate, Basis, Component, Criteria, Group, Kind, Measure, Period, Population, Scoring, Stratifier, Supplemental,
};
use json::Value;

/// Reads a Measure.
///
/// Scoring, basis and improvement notation may stand on the measure or on the group; the group's own wins.
///
/// # Errors
/// Every fault of the resource.
pub fn read(resource: Value<'_>) -> Result<Measure, Vec<Fault>> {
    if text(resource, "resourceType").as_deref() != Some("Measure") {
        return Err(vec![Fault::new(FaultCode::NotAMeasure, "$", "this is not a Measure resource")]);
    }
    let mut reader = Reader::default();
    let mut measure = Measure {
        id: text(resource, "id"),
        url: text(resource, "url"),
        version: text(resource, "version"),
        name: text(resource, "name"),
        libraries: strings(resource, "library"),
        effective: resource.get("effectivePeriod").map(period),
        groups: Vec::new(),
        supplemental: Vec::new(),
    };
    for (index, group) in items(resource, "group").enumerate() {
        let path = format!("Measure.group[{index}]");
        measure.groups.extend(reader.group(resource, group, &path));
    }
    if measure.groups.is_empty() && reader.faults.is_empty() {
        reader.faults.push(Fault::new(
            FaultCode::NoGroups,
            "Measure.group",
            "the measure has no groups: there is nothing to compute",
        ));
    }
    for (index, item) in items(resource, "supplementalData").enumerate() {
        let path = format!("Measure.supplementalData[{index}]");
        if let Some(criteria) = reader.criteria(item, &path) {
            let usage = items(item, "usage").find_map(code_of).unwrap_or_else(|| "supplemental-data".to_owned());
            measure.supplemental.push(Supplemental { id: text(item, "id"), code: item.get("code").map(plain), usage, criteria });
        }
    }
    if reader.faults.is_empty() { Ok(measure) } else { Err(reader.faults) }
}

#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, code: FaultCode, path: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(code, path, message));
    }

    fn group(&mut self, measure: Value<'_>, group: Value<'_>, path: &str) -> Option<Group> {
        let scoring =
            extension(group, "cqfm-scoring").and_then(|e| e.get("valueCodeableConcept")).or_else(|| measure.get("scoring"));
        let scoring = scoring.and_then(code_of).and_then(|c| Scoring::from_code(&c));
        if scoring.is_none() {
            self.fault(
                FaultCode::BadScoring,
                path,
                "no scoring on the measure or this group; give proportion, ratio, continuous-variable or cohort",
            );
        }
        let basis = extension(group, "cqfm-populationBasis").or_else(|| extension(measure, "cqfm-populationBasis"));
        let basis = basis.and_then(any_value).map(|b| if b == "boolean" { Basis::Boolean } else { Basis::Members(b) });
        let improvement = extension(group, "cqfm-improvementNotation").and_then(|e| e.get("valueCodeableConcept"));
        let improvement = improvement.or_else(|| measure.get("improvementNotation")).and_then(code_of);
        let read = items(group, "population").enumerate();
        let read: Vec<(usize, Population)> =
            read.filter_map(|(i, p)| Some((i, self.population(p, &format!("{path}.population[{i}]"))?))).collect();
        let (positions, populations): (Vec<usize>, Vec<Population>) = read.into_iter().unzip();
        let stratifiers = items(group, "stratifier").enumerate();
        let stratifiers = stratifiers.filter_map(|(i, s)| self.stratifier(s, &format!("{path}.stratifier[{i}]"))).collect();
        let group = Group {
            id: text(group, "id"),
            code: group.get("code").map(plain),
            scoring: scoring?,
            basis,
            populations,
            stratifiers,
            improvement,
        };
        self.complete(&group, &positions, path);
        Some(group)
    }

    fn population(&mut self, population: Value<'_>, path: &str) -> Option<Population> {
        let code = population.get("code").and_then(|c| codes(c).find_map(|c| Kind::from_code(&c)));
        if code.is_none() {
            self.fault(FaultCode::BadPopulation, path, "its code is none of the measure-population codes");
        }
        let criteria = self.criteria(population, path);
        let criteria_element = population.get("criteria");
        let on_either = |name: &str| extension(population, name).or_else(|| criteria_element.and_then(|c| extension(c, name)));
        let reference = on_either("cqfm-criteriaReference").and_then(any_value);
        let aggregate = on_either("cqfm-aggregateMethod").and_then(any_value);
        let method = aggregate.as_deref().and_then(Aggregate::from_code);
        if let (Some(text), None) = (&aggregate, method) {
            self.fault(FaultCode::BadAggregate, path, format!("there is no aggregate method `{text}`"));
        }
        Some(Population {
            id: text(population, "id"),
            kind: code?,
            code: population.get("code").map(plain).unwrap_or_default(),
            criteria: criteria?,
            reference,
            aggregate: method,
        })
    }

    fn criteria(&mut self, of: Value<'_>, path: &str) -> Option<Criteria> {
        let Some(criteria) = of.get("criteria") else {
            self.fault(FaultCode::BadCriteria, path, "it has no criteria");
            return None;
        };
        let language = text(criteria, "language").unwrap_or_else(|| "text/cql-identifier".to_owned());
        let Some(expression) = text(criteria, "expression").filter(|e| !e.trim().is_empty()) else {
            self.fault(FaultCode::BadCriteria, path, "its criteria have no expression");
            return None;
        };
        if !language.starts_with("text/cql") {
            self.fault(FaultCode::BadCriteria, path, format!("its criteria are in {language}; only CQL is evaluated"));
            return None;
        }
        Some(Criteria { language, text: expression })
    }

    fn stratifier(&mut self, stratifier: Value<'_>, path: &str) -> Option<Stratifier> {
        let parts: Vec<Value<'_>> = items(stratifier, "component").collect();
        let composed = !parts.is_empty();
        let components = if composed {
            let parts = parts.into_iter().enumerate();
            parts
                .filter_map(|(i, part)| {
                    let criteria = self.criteria(part, &format!("{path}.component[{i}]"))?;
                    Some(Component { code: part.get("code").map(plain), criteria })
                })
                .collect()
        } else {
            vec![Component { code: stratifier.get("code").map(plain), criteria: self.criteria(stratifier, path)? }]
        };
        Some(Stratifier { id: text(stratifier, "id"), code: stratifier.get("code").map(plain), components, composed })
    }

    /// Checks that the populations are those of the scoring, and that references lead somewhere. `positions` are their places in the resource.
    fn complete(&mut self, group: &Group, positions: &[usize], path: &str) {
        use Kind as K;
        let (needed, allowed): (&[Kind], &[Kind]) = match group.scoring {
            Scoring::Cohort => (&[K::InitialPopulation], &[K::InitialPopulation]),
            Scoring::Proportion => (
                &[K::InitialPopulation, K::Denominator, K::Numerator],
                &[
                    K::InitialPopulation,
                    K::Denominator,
                    K::DenominatorExclusion,
                    K::DenominatorException,
                    K::Numerator,
                    K::NumeratorExclusion,
                ],
            ),
            Scoring::Ratio => (
                &[K::InitialPopulation, K::Denominator, K::Numerator],
                &[
                    K::InitialPopulation,
                    K::Denominator,
                    K::DenominatorExclusion,
                    K::Numerator,
                    K::NumeratorExclusion,
                    K::MeasureObservation,
                ],
            ),
            Scoring::ContinuousVariable => (
                &[K::InitialPopulation, K::MeasurePopulation, K::MeasureObservation],
                &[K::InitialPopulation, K::MeasurePopulation, K::MeasurePopulationExclusion, K::MeasureObservation],
            ),
        };
        let scoring = group.scoring.code();
        for kind in needed.iter().filter(|k| group.of_kind(**k).next().is_none()) {
            self.fault(FaultCode::WrongPopulations, path, format!("a {scoring} group needs a population `{}`", kind.code()));
        }
        for (index, population) in group.populations.iter().enumerate() {
            let path = format!("{path}.population[{}]", positions[index]);
            let kind = population.kind;
            if !allowed.contains(&kind) {
                self.fault(FaultCode::WrongPopulations, &path, format!("a {scoring} group has no `{}`", kind.code()));
            }
            if let Some(reference) = population.reference.as_deref().filter(|r| group.by_id(r).is_none()) {
                self.fault(FaultCode::BadReference, &path, format!("no population of the group has the id `{reference}`"));
            } else if kind == K::MeasureObservation && group.observed(index).is_none() {
                self.fault(
                    FaultCode::BadReference,
                    &path,
                    "which population it observes is not said; add cqfm-criteriaReference",
                );
            }
            let again = group.populations[..index].iter().any(|p| p.kind == kind);
            let repeatable = matches!(kind, K::InitialPopulation | K::MeasureObservation);
            if again && !(repeatable && group.scoring == Scoring::Ratio) {
                self.fault(FaultCode::WrongPopulations, &path, format!("a second `{}` in a {scoring} group", kind.code()));
            }
        }
        let several = group.of_kind(K::InitialPopulation).count() > 1;
        for (index, population) in group.populations.iter().enumerate() {
            if several && matches!(population.kind, K::Denominator | K::Numerator) && population.reference.is_none() {
                self.fault(
                    FaultCode::BadReference,
                    &format!("{path}.population[{}]", positions[index]),
                    "which of the initial populations it is taken from is not said; add cqfm-criteriaReference",
                );
            }
        }
    }
}

/// A Period as written.
pub(crate) fn period(value: Value<'_>) -> Period {
    Period { start: text(value, "start"), end: text(value, "end") }
}

pub(crate) fn text(value: Value<'_>, key: &str) -> Option<String> {
    value.get(key).and_then(|v| v.as_str()).map(|s| s.into_owned())
}

pub(crate) fn items<'d>(value: Value<'d>, key: &str) -> impl Iterator<Item = Value<'d>> {
    value.get(key).into_iter().flat_map(|v| v.items())
}

fn strings(value: Value<'_>, key: &str) -> Vec<String> {
    items(value, key).filter_map(|v| v.as_str().map(|s| s.into_owned())).collect()
}

/// The codes of a CodeableConcept.
pub(crate) fn codes(concept: Value<'_>) -> impl Iterator<Item = String> {
    items(concept, "coding").filter_map(|c| text(c, "code"))
}

fn code_of(concept: Value<'_>) -> Option<String> {
    codes(concept).next()
}

/// The extension whose URL ends so: guides moved them between bases.
fn extension<'d>(of: Value<'d>, name: &str) -> Option<Value<'d>> {
    items(of, "extension").find(|e| text(*e, "url").is_some_and(|u| u.rsplit('/').next() == Some(name)))
}

/// The value of a simple extension, whatever its type.
fn any_value(extension: Value<'_>) -> Option<String> {
    ["valueString", "valueCode", "valueId", "valueUri"].into_iter().find_map(|k| text(extension, k))
}

/// A value as it was written.
pub(crate) fn plain(value: Value<'_>) -> serde_json::Value {
    serde_json::from_slice(value.raw()).unwrap_or_default()
}
