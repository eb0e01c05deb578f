//! Who is in which population: the criteria's answers, then the rules between populations.
//!
//! The rules (Quality Measure IG, "Measure Scoring" and "Population semantics"), for each patient or member by itself:
//!
//! * everybody counted is in the initial population;
//! * denominator exclusions, exceptions and the numerator are parts of the denominator; who is excluded is in neither of the other two;
//! * numerator exclusions are a part of the numerator; an exception holds only for who is not in the numerator;
//! * the measure population is a part of the initial population, its exclusions a part of it; who is excluded is not observed.
//! * The numerator of a ratio is no part of its denominator: each is taken from the initial population, from the one it refers to when there are two, and an
//!   exclusion takes out of its own population only. (fqm-execution, with which published test cases are made, does the same since it tells ratios apart.)
//!
//! The denominator's count includes who is excluded from it, as in the published MeasureReports; the score leaves them out.

use crate::model::{Group, Kind, Scoring};

/// Membership after the rules, by position of the population. `raw` is the criteria's own answer.
pub(crate) fn apply(group: &Group, raw: &dyn Fn(usize) -> bool) -> Vec<bool> {
    let initials: Vec<usize> = group.of_kind(Kind::InitialPopulation).map(|(i, _)| i).collect();
    let in_initial = |index: usize| {
        let referred =
            group.populations[index].reference.as_deref().and_then(|r| group.by_id(r)).filter(|r| initials.contains(r));
        referred.map_or_else(|| initials.iter().any(|i| raw(*i)), raw)
    };
    let first = |kind: Kind| group.of_kind(kind).next().map(|(i, _)| i);
    let met = |kind: Kind| first(kind).is_some_and(raw);
    let apart = group.scoring == Scoring::Ratio;

    let denominator = first(Kind::Denominator).is_some_and(|d| raw(d) && in_initial(d));
    let excluded = denominator && met(Kind::DenominatorExclusion);
    let numerator =
        first(Kind::Numerator).is_some_and(|n| raw(n) && if apart { in_initial(n) } else { denominator && !excluded });
    let population = first(Kind::MeasurePopulation).is_some_and(|m| raw(m) && in_initial(m));

    let place = |(index, kind): (usize, Kind)| match kind {
        Kind::InitialPopulation => raw(index),
        Kind::Denominator => denominator,
        Kind::DenominatorExclusion => excluded,
        Kind::DenominatorException => raw(index) && denominator && !excluded && !numerator,
        Kind::Numerator => numerator,
        Kind::NumeratorExclusion => raw(index) && numerator,
        Kind::MeasurePopulation => population,
        Kind::MeasurePopulationExclusion => raw(index) && population,
        Kind::MeasureObservation => false,
    };
    let mut members: Vec<bool> = group.populations.iter().enumerate().map(|(i, p)| place((i, p.kind))).collect();
    for (index, _) in group.of_kind(Kind::MeasureObservation) {
        members[index] = group.observed(index).is_some_and(|o| members[o] && !is_excluded(group, o, &members));
    }
    members
}

/// Whether a member of a population is taken out of what is observed and scored.
fn is_excluded(group: &Group, population: usize, members: &[bool]) -> bool {
    let exclusion = match group.populations[population].kind {
        Kind::Denominator => Kind::DenominatorExclusion,
        Kind::Numerator => Kind::NumeratorExclusion,
        Kind::MeasurePopulation => Kind::MeasurePopulationExclusion,
        _ => return false,
    };
    group.of_kind(exclusion).any(|(i, _)| members[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Criteria, Population};

    fn group(scoring: Scoring, kinds: &[(Kind, &str, Option<&str>)]) -> Group {
        let population = |(kind, id, reference): &(Kind, &str, Option<&str>)| Population {
            id: Some((*id).to_owned()),
            kind: *kind,
            code: serde_json::Value::Null,
            criteria: Criteria { language: "text/cql-identifier".to_owned(), text: (*id).to_owned() },
            reference: reference.map(str::to_owned),
            aggregate: None,
        };
        Group {
            id: None,
            code: None,
            scoring,
            basis: None,
            populations: kinds.iter().map(population).collect(),
            stratifiers: Vec::new(),
            improvement: None,
        }
    }

    /// Letters of the populations a member is in, before and after.
    fn check(group: &Group, before: &str, after: &str) {
        let letter = |i: usize| group.populations[i].id.clone().unwrap_or_default();
        let members = apply(group, &|i| before.contains(&letter(i)));
        let got: String = (0..members.len()).filter(|i| members[*i]).map(letter).collect();
        assert_eq!(got, after, "from {before}");
    }

    #[test]
    fn proportion() {
        use Kind as K;
        // I initial, D denominator, X exclusion, E exception, N numerator, M numerator exclusion.
        let group = group(
            Scoring::Proportion,
            &[
                (K::InitialPopulation, "I", None),
                (K::Denominator, "D", None),
                (K::DenominatorExclusion, "X", None),
                (K::DenominatorException, "E", None),
                (K::Numerator, "N", None),
                (K::NumeratorExclusion, "M", None),
            ],
        );
        for (before, after) in [
            ("DXENM", ""),
            ("IXENM", "I"),
            ("ID", "ID"),
            ("IDN", "IDN"),
            ("IDXN", "IDX"),
            ("IDXE", "IDX"),
            ("IDE", "IDE"),
            ("IDEN", "IDN"),
            ("IDM", "ID"),
            ("IDNM", "IDNM"),
            ("IDXENM", "IDX"),
        ] {
            check(&group, before, after);
        }
    }

    #[test]
    fn ratio_of_one_and_of_two_initial_populations() {
        use Kind as K;
        // O observes the denominator, P the numerator.
        let parts = |two: bool| {
            let mut parts = vec![
                (K::InitialPopulation, "I", None),
                (K::Denominator, "D", Some("I")),
                (K::DenominatorExclusion, "X", None),
                (K::Numerator, "N", Some(if two { "J" } else { "I" })),
                (K::NumeratorExclusion, "M", None),
                (K::MeasureObservation, "O", Some("D")),
                (K::MeasureObservation, "P", Some("N")),
            ];
            if two {
                parts.push((K::InitialPopulation, "J", None));
            }
            parts
        };
        let one = group(Scoring::Ratio, &parts(false));
        let two = group(Scoring::Ratio, &parts(true));
        for (before, after_one, after_two) in [
            ("IDN", "IDNOP", "IDO"),
            ("IDXN", "IDXNP", "IDX"),
            ("IN", "INP", "I"),
            ("JN", "", "NPJ"),
            ("IJDXN", "IDXNP", "IDXNPJ"),
            ("IJDNM", "IDNMO", "IDNMOJ"),
        ] {
            check(&one, before, after_one);
            check(&two, before, after_two);
        }
    }

    #[test]
    fn continuous_variable_and_cohort() {
        use Kind as K;
        let variable = group(
            Scoring::ContinuousVariable,
            &[
                (K::InitialPopulation, "I", None),
                (K::MeasurePopulation, "P", None),
                (K::MeasurePopulationExclusion, "X", None),
                (K::MeasureObservation, "O", None),
            ],
        );
        for (before, after) in [("P", ""), ("IP", "IPO"), ("IPX", "IPX"), ("IX", "I")] {
            check(&variable, before, after);
        }
        let cohort = group(Scoring::Cohort, &[(K::InitialPopulation, "I", None)]);
        check(&cohort, "I", "I");
        check(&cohort, "", "");
    }
}
