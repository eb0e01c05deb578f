//! The search for the smallest missing facts against brute force.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

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

/// Every subset of `open` of this size, in order.
fn subsets(open: &[usize], size: usize) -> Vec<Vec<usize>> {
    match (open, size) {
        (_, 0) => vec![Vec::new()],
        ([], _) => Vec::new(),
        ([first, rest @ ..], _) => {
            let with = subsets(rest, size - 1).into_iter().map(|mut set| {
                set.insert(0, *first);
                set
            });
            with.chain(subsets(rest, size)).collect()
        }
    }
}

#[test]
fn for_the_policies_of_the_library_every_smallest_set_is_found() {
    // The library's skeletons have no `Not`, so only answers that a criterion is met can help.
    let (mut random, mut compared) =
        (proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha), 0);
    let library = common::library();
    for (policy, scope) in library.policies().iter().flat_map(|policy| policy.scopes().iter().map(move |scope| (policy, scope))) {
        let formula = scope.formula();
        let atoms = formula.atoms();
        for _ in 0..40 {
            let mut truths = vec![NotMet; policy.criteria().len()];
            for atom in &atoms {
                truths[*atom] = [Unknown, Unknown, Met, Met, NotMet][random.next_u32() as usize % 5];
            }
            let open: Vec<usize> = atoms.iter().copied().filter(|atom| truths[*atom] == Unknown).collect();
            if formula.truth(&truths) != Unknown {
                continue;
            }
            let helps = |set: &Vec<usize>| {
                let mut tried = truths.clone();
                set.iter().for_each(|atom| tried[*atom] = Met);
                formula.truth(&tried) == Met
            };
            let least = (1..=4).find_map(|size| {
                let mut sets: Vec<Vec<usize>> = subsets(&open, size).into_iter().filter(helps).collect();
                sets.iter_mut().for_each(|set| set.sort_unstable());
                sets.sort();
                (!sets.is_empty()).then_some(sets)
            });
            let Some(least) = least else { continue };
            let bounds = Bounds { shown: usize::MAX, ..Bounds::default() };
            let found = missing::smallest(formula, &truths, &|_| 1, &bounds);
            let mut found: Vec<Vec<usize>> = found.iter().map(|set| set.iter().map(|answer| answer.atom).collect()).collect();
            found.sort();
            assert_eq!(found, least, "{} {}", policy.id(), scope.name);
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared} comparisons");
}
