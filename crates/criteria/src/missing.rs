//! The smallest sets of facts that would make a formula met.
//!
//! An atom that is met or not met is settled by the record and cannot be asked for; only an unknown one can.
//! The search is exact: for growing sizes it computes, bottom-up, every minimal set of answers of at most that
//! size which makes a part met (or not met, below a `Not`), and stops at the first size for which the whole is
//! met. Three-valued logic is compositional, so a set of answers makes a conjunction met exactly when it
//! contains one set for each part.

use case::Truth;

use crate::formula::Formula;

/// One answer to obtain: this atom met, or (below a `Not`) not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Answer {
    /// The atom.
    pub atom: usize,
    /// The truth it must get.
    pub met: bool,
}

/// Bounds of the search; past them it gives up and says so.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The largest set looked for.
    pub facts: usize,
    /// The most partial sets kept for one part of the formula.
    pub sets: usize,
    /// The most sets returned.
    pub shown: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { facts: 24, sets: 20_000, shown: 12 }
    }
}

/// A sorted set of answers.
type Set = Vec<Answer>;

/// Every smallest set of answers that makes the formula met, cheapest first; then in the order of the atoms.
///
/// Empty when the formula is met already (nothing is missing), when no answers can make it met (the record
/// contradicts it), and when the search passes its bounds. `cost` gives the cost of obtaining an atom's answer.
///
/// ```
/// use criteria::{Formula::{All, Any, Atom}, missing};
/// use case::Truth::{Met, NotMet, Unknown};
/// let formula = All(vec![Atom(0), Any(vec![Atom(1), Atom(2), Atom(3)])]);
/// let sets = missing::smallest(&formula, &[Met, NotMet, Unknown, Unknown], &|atom| [1, 1, 9, 2][atom], &Default::default());
/// let atoms: Vec<_> = sets.iter().map(|set| set[0].atom).collect();
/// assert_eq!(atoms, [3, 2]);
/// ```
#[must_use]
pub fn smallest(formula: &Formula, atoms: &[Truth], cost: &dyn Fn(usize) -> u32, bounds: &Bounds) -> Vec<Set> {
    if formula.truth(atoms) != Truth::Unknown {
        return Vec::new();
    }
    let open = formula.atoms().iter().filter(|atom| truth_of(atoms, **atom) == Truth::Unknown).count();
    for size in 1..=open.min(bounds.facts) {
        let Some(mut sets) = ways(formula, true, atoms, size, bounds.sets) else {
            return Vec::new();
        };
        if sets.is_empty() {
            continue;
        }
        sets.sort_by_cached_key(|set| {
            let total: u64 = set.iter().map(|answer| u64::from(cost(answer.atom))).sum();
            let order: Vec<(usize, bool)> = set.iter().map(|answer| (answer.atom, !answer.met)).collect();
            (set.len(), total, order)
        });
        sets.truncate(bounds.shown);
        return sets;
    }
    Vec::new()
}

fn truth_of(atoms: &[Truth], atom: usize) -> Truth {
    atoms.get(atom).copied().unwrap_or(Truth::Unknown)
}

/// Every minimal set of at most `size` answers that makes `formula` met (`goal`) or not met; `None` past the bound.
fn ways(formula: &Formula, goal: bool, atoms: &[Truth], size: usize, most: usize) -> Option<Vec<Set>> {
    match formula {
        Formula::Atom(atom) => Some(match (truth_of(atoms, *atom), goal) {
            (Truth::Met, true) | (Truth::NotMet, false) => vec![Vec::new()],
            (Truth::Unknown, _) if size > 0 => vec![vec![Answer { atom: *atom, met: goal }]],
            _ => Vec::new(),
        }),
        Formula::Not(part) => ways(part, !goal, atoms, size, most),
        Formula::All(parts) => counted(parts, if goal { parts.len() } else { 1 }, goal, atoms, size, most),
        Formula::Any(parts) => counted(parts, if goal { 1 } else { parts.len() }, goal, atoms, size, most),
        Formula::AtLeast(count, parts) => {
            // At least k of n fail to hold exactly when at least n - k + 1 of them do not hold.
            let needed = if goal { *count } else { (parts.len() + 1).saturating_sub(*count) };
            counted(parts, needed, goal, atoms, size, most)
        }
    }
}

/// Every minimal set that brings at least `needed` of the parts to `goal`.
fn counted(parts: &[Formula], needed: usize, goal: bool, atoms: &[Truth], size: usize, most: usize) -> Option<Vec<Set>> {
    // reached[k] = sets after which k of the parts seen so far stand at the goal.
    let mut reached: Vec<Vec<Set>> = vec![Vec::new(); needed + 1];
    reached[0].push(Vec::new());
    for part in parts {
        let of_part = ways(part, goal, atoms, size, most)?;
        if of_part.is_empty() {
            continue;
        }
        for have in (0..needed).rev() {
            let mut grown = Vec::new();
            for base in &reached[have] {
                for more in &of_part {
                    if let Some(joined) = join(base, more).filter(|set| set.len() <= size) {
                        grown.push(joined);
                    }
                }
                if grown.len() > most {
                    return None;
                }
            }
            reached[have + 1].append(&mut grown);
            minimize(&mut reached[have + 1]);
        }
    }
    reached.pop()
}

/// The union of two sorted sets; `None` when one answers what the other denies.
fn join(left: &[Answer], right: &[Answer]) -> Option<Set> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    loop {
        match (l.peek(), r.peek()) {
            (Some(a), Some(b)) if a.atom == b.atom => {
                if a.met != b.met {
                    return None;
                }
                out.push(**a);
                l.next();
                r.next();
            }
            (Some(a), Some(b)) => {
                if a.atom < b.atom {
                    out.push(**a);
                    l.next();
                } else {
                    out.push(**b);
                    r.next();
                }
            }
            (Some(a), None) => {
                out.push(**a);
                l.next();
            }
            (None, Some(b)) => {
                out.push(**b);
                r.next();
            }
            (None, None) => return Some(out),
        }
    }
}

/// Keeps only sets that contain no other.
fn minimize(sets: &mut Vec<Set>) {
    sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    sets.dedup();
    let mut kept: Vec<Set> = Vec::with_capacity(sets.len());
    for set in sets.drain(..) {
        let covered = kept.iter().any(|small| small.iter().all(|answer| set.binary_search(answer).is_ok()));
        if !covered {
            kept.push(set);
        }
    }
    *sets = kept;
}
