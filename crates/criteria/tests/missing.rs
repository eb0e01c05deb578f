//! The search for the smallest missing facts against brute force.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use case::Truth::{self, Met, NotMet, Unknown};
use criteria::Formula;
use criteria::missing::{self, Answer, Bounds};
use proptest::prelude::*;

const ATOMS: usize = 7;

fn formula() -> impl Strategy<Value = Formula> {
    let leaf = (0..ATOMS).prop_map(Formula::Atom);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_map(Formula::All),
            parts.clone().prop_map(Formula::Any),
            (1..4usize, parts).prop_map(|(count, parts)| Formula::AtLeast(count, parts)),
            inner.prop_map(|part| Formula::Not(Box::new(part))),
        ]
    })
}

fn truths() -> impl Strategy<Value = Vec<Truth>> {
    prop::collection::vec(prop_oneof![2 => Just(Unknown), 1 => Just(Met), 1 => Just(NotMet)], ATOMS)
}

/// Every assignment of the unknown atoms to met, not met or left unknown; the smallest that make the formula met.
fn brute(formula: &Formula, atoms: &[Truth]) -> Vec<Vec<Answer>> {
    if formula.truth(atoms) != Unknown {
        return Vec::new();
    }
    let open: Vec<usize> = (0..atoms.len()).filter(|atom| atoms[*atom] == Unknown).collect();
    let mut best: Vec<Vec<Answer>> = Vec::new();
    for number in 0..3usize.pow(u32::try_from(open.len()).unwrap()) {
        let (mut rest, mut set, mut tried) = (number, Vec::new(), atoms.to_vec());
        for atom in &open {
            match rest % 3 {
                1 => {
                    tried[*atom] = Met;
                    set.push(Answer { atom: *atom, met: true });
                }
                2 => {
                    tried[*atom] = NotMet;
                    set.push(Answer { atom: *atom, met: false });
                }
                _ => {}
            }
            rest /= 3;
        }
        if formula.truth(&tried) == Met {
            match best.first().map_or(usize::MAX, Vec::len) {
                least if set.len() < least => best = vec![set],
                least if set.len() == least => best.push(set),
                _ => {}
            }
        }
    }
    best.sort();
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_exactly_what_brute_force_finds(formula in formula(), atoms in truths()) {
        let bounds = Bounds { shown: usize::MAX, ..Bounds::default() };
        let mut found = missing::smallest(&formula, &atoms, &|_| 1, &bounds);
        found.sort();
        prop_assert_eq!(found, brute(&formula, &atoms));
    }

    #[test]
    fn the_cheapest_comes_first(formula in formula(), atoms in truths(), costs in prop::collection::vec(1u32..9, ATOMS)) {
        let sets = missing::smallest(&formula, &atoms, &|atom| costs[atom], &Bounds::default());
        let total = |set: &Vec<Answer>| set.iter().map(|answer| costs[answer.atom]).sum::<u32>();
        prop_assert!(sets.windows(2).all(|pair| total(&pair[0]) <= total(&pair[1])));
    }

    #[test]
    fn knowing_more_never_turns_an_answer_around(formula in formula(), atoms in truths(), atom in 0..ATOMS, met: bool) {
        let before = formula.truth(&atoms);
        let mut more = atoms.clone();
        if more[atom] == Unknown {
            more[atom] = if met { Met } else { NotMet };
        }
        let after = formula.truth(&more);
        prop_assert!(before == Unknown || before == after);
    }
}

#[test]
fn an_answer_is_never_asked_both_ways() {
    // Atom 0 or not atom 0 is not met by asking for both: strong Kleene logic asks for one of them.
    let formula = Formula::Any(vec![Formula::Atom(0), Formula::Not(Box::new(Formula::Atom(0)))]);
    let sets = missing::smallest(&formula, &[Unknown], &|_| 1, &Bounds::default());
    assert_eq!(sets, [[Answer { atom: 0, met: true }], [Answer { atom: 0, met: false }]].map(Vec::from));
    let formula = Formula::All(vec![Formula::Atom(0), Formula::Not(Box::new(Formula::Atom(0)))]);
    assert!(missing::smallest(&formula, &[Unknown], &|_| 1, &Bounds::default()).is_empty());
}

#[test]
fn a_search_past_its_bounds_gives_up() {
    // 2^12 combinations of twelve pairs.
    let pairs = (0..12).map(|pair| Formula::Any(vec![Formula::Atom(2 * pair), Formula::Atom(2 * pair + 1)]));
    let formula = Formula::All(pairs.collect());
    let bounds = Bounds { sets: 100, ..Bounds::default() };
    assert!(missing::smallest(&formula, &[Unknown; 24], &|_| 1, &bounds).is_empty());
}
