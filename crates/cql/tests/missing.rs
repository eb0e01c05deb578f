//! What would make an answer true, against brute force: random and/or/not/xor/implies/if programs over open, true and false conditions.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::{DateTime, Value};
use cql::{Data, DefinitionId, EvalOptions, MissingLimits, Options, Parameters, Program, Source, compile};
use proptest::prelude::*;

const CONDITIONS: usize = 4;

fn formula() -> impl Strategy<Value = String> {
    let leaf = (0..CONDITIONS).prop_map(|i| format!("C{i}"));
    leaf.prop_recursive(4, 16, 3, |inner| {
        let two = (inner.clone(), inner.clone(), 0..4_usize).prop_map(|(a, b, op)| {
            let op = ["and", "or", "xor", "implies"][op];
            format!("({a} {op} {b})")
        });
        let not = inner.clone().prop_map(|a| format!("(not {a})"));
        let choice = (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| format!("(if {c} then {a} else {b})"));
        prop_oneof![two, not, choice]
    })
}

fn program(goal: &str) -> Program {
    let mut text = "library L\n".to_owned();
    for i in 0..CONDITIONS {
        text.push_str(&format!("parameter P{i} Boolean\ndefine C{i}: P{i}\n"));
    }
    text.push_str(&format!("define Half: {goal}\ndefine Goal: Half"));
    compile(&[Source { name: "l", text: &text }], &Options::default()).unwrap()
}

fn truth(program: &Program, parameters: &Parameters, assume: &[(DefinitionId, Option<bool>)]) -> Option<bool> {
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let goal = program.definition("Goal").unwrap();
    let data = Data::load([]);
    let options = EvalOptions { assume, ..EvalOptions::default() };
    program.evaluate(&data, parameters, now, &options).unwrap().tri(goal)
}

/// Every assignment of the open conditions of every size, kept when it makes the goal true and no part of it does.
fn brute_force(program: &Program, parameters: &Parameters, open: &[DefinitionId]) -> Vec<Vec<(DefinitionId, bool)>> {
    let mut all: Vec<Vec<(DefinitionId, bool)>> = Vec::new();
    for code in 0..3_usize.pow(open.len() as u32) {
        let digits = open.iter().enumerate().map(|(i, d)| (*d, code / 3_usize.pow(i as u32) % 3));
        let set: Vec<(DefinitionId, bool)> = digits.filter(|(_, digit)| *digit > 0).map(|(d, digit)| (d, digit == 1)).collect();
        let assume: Vec<_> = set.iter().map(|(d, value)| (*d, Some(*value))).collect();
        if truth(program, parameters, &assume) == Some(true) {
            all.push(set);
        }
    }
    let part_of =
        |a: &[(DefinitionId, bool)], b: &[(DefinitionId, bool)]| a.len() < b.len() && a.iter().all(|fact| b.contains(fact));
    let mut minimal: Vec<_> = all.iter().filter(|set| !all.iter().any(|other| part_of(other, set))).cloned().collect();
    minimal.sort();
    minimal
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_smallest_assumptions_are_those_of_brute_force(goal in formula(), known in proptest::collection::vec(0..3_u8, CONDITIONS)) {
        let program = program(&goal);
        let mut parameters = Parameters::new();
        for (i, known) in known.iter().enumerate().filter(|(_, known)| **known < 2) {
            parameters = parameters.with(&format!("P{i}"), Value::Boolean(*known == 1));
        }
        let used = |i: &usize| goal.contains(&format!("C{i}"));
        let open: Vec<DefinitionId> =
            (0..CONDITIONS).filter(|i| known[*i] == 2 && used(i)).map(|i| program.definition(&format!("C{i}")).unwrap()).collect();
        let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
        let goal = program.definition("Goal").unwrap();
        let limits = MissingLimits { max_sets: 100, ..MissingLimits::default() };
        let mut found = program.missing(&Data::load([]), &parameters, now, &EvalOptions::default(), goal, &limits).unwrap();
        prop_assert!(found.complete);
        prop_assert!(found.sets.windows(2).all(|pair| pair[0].len() <= pair[1].len()));
        found.sets.sort();
        prop_assert_eq!(found.sets, brute_force(&program, &parameters, &open));
    }
}

#[test]
fn limits_leave_the_answer_incomplete() {
    let program = program("C0 and C1 and C2 and C3");
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let goal = program.definition("Goal").unwrap();
    let parameters = Parameters::new();
    let ask = |limits: MissingLimits| {
        program.missing(&Data::load([]), &parameters, now, &EvalOptions::default(), goal, &limits).unwrap()
    };
    assert_eq!(ask(MissingLimits::default()).sets.len(), 1);
    let short = ask(MissingLimits { max_size: 3, ..MissingLimits::default() });
    assert!(short.sets.is_empty() && !short.complete);
    assert!(!ask(MissingLimits { max_evaluations: 5, ..MissingLimits::default() }).complete);
    assert!(!ask(MissingLimits { max_conditions: 2, ..MissingLimits::default() }).complete);
}
