//! Interval algebra: Allen's relations exhaustively over small intervals in all their writings, unknown bounds against every value they may stand for, and the
//! laws of union, intersection, difference, collapse and expand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::ops::expand::{collapse, expand};
use cql::ops::interval::{self, Relation, relate};
use cql::ops::{Env, arithmetic, comparison};
use cql::value::{Date, DateTime, Decimal, Interval, PointType, Quantity, Tri, Value};
use proptest::prelude::*;

fn env() -> Env<'static> {
    Env::new(DateTime::parse("2026-06-15T12:00:00.000Z").unwrap())
}

fn integer(n: i32) -> Value {
    Value::Integer(n)
}

/// The four ways to write the integers from `low` to `high`.
fn writings(low: i32, high: i32) -> Vec<Interval> {
    let make = |l, h, lc, hc| Interval::new(integer(l), integer(h), lc, hc, PointType::Integer);
    vec![
        make(low, high, true, true),
        make(low - 1, high, false, true),
        make(low, high + 1, true, false),
        make(low - 1, high + 1, false, false),
    ]
}

const ALL: [Relation; 17] = [
    Relation::Before,
    Relation::After,
    Relation::SameAs,
    Relation::SameOrBefore,
    Relation::SameOrAfter,
    Relation::Includes,
    Relation::IncludedIn,
    Relation::ProperIncludes,
    Relation::ProperIncludedIn,
    Relation::Overlaps,
    Relation::OverlapsBefore,
    Relation::OverlapsAfter,
    Relation::Meets,
    Relation::MeetsBefore,
    Relation::MeetsAfter,
    Relation::Starts,
    Relation::Ends,
];

/// What each relation says of the first and last points (Reference, *Interval Operators*).
fn definition(relation: Relation, (ls, le): (i64, i64), (rs, re): (i64, i64)) -> bool {
    match relation {
        Relation::Before => le < rs,
        Relation::After => ls > re,
        Relation::SameAs => ls == rs && le == re,
        Relation::SameOrBefore => le <= rs,
        Relation::SameOrAfter => ls >= re,
        Relation::Includes => ls <= rs && le >= re,
        Relation::IncludedIn => ls >= rs && le <= re,
        Relation::ProperIncludes => ls <= rs && le >= re && (ls, le) != (rs, re),
        Relation::ProperIncludedIn => ls >= rs && le <= re && (ls, le) != (rs, re),
        Relation::Overlaps => ls <= re && rs <= le,
        Relation::OverlapsBefore => ls < rs && le >= rs,
        Relation::OverlapsAfter => le > re && ls <= re,
        Relation::Meets => le + 1 == rs || re + 1 == ls,
        Relation::MeetsBefore => le + 1 == rs,
        Relation::MeetsAfter => re + 1 == ls,
        Relation::Starts => ls == rs && le <= re,
        Relation::Ends => le == re && ls >= rs,
    }
}

#[test]
fn relations_are_their_definitions_in_every_writing() {
    let env = env();
    let all: Vec<(i32, i32)> = (0..6).flat_map(|low| (low..6).map(move |high| (low, high))).collect();
    for &(ls, le) in &all {
        for &(rs, re) in &all {
            for relation in ALL {
                let wanted = definition(relation, (ls.into(), le.into()), (rs.into(), re.into()));
                for left in writings(ls, le) {
                    for right in writings(rs, re) {
                        let found = relate(&env, relation, &left, &right, None);
                        assert_eq!(found, Some(wanted), "{left:?} {relation:?} {right:?}");
                    }
                }
            }
        }
    }
}

/// Allen's thirteen relations, each made of ours: of every two intervals exactly one holds.
#[test]
fn allens_relations_are_exhaustive_and_exclusive() {
    let env = env();
    let all: Vec<(i32, i32)> = (0..6).flat_map(|low| (low..6).map(move |high| (low, high))).collect();
    for &(ls, le) in &all {
        for &(rs, re) in &all {
            let (left, right) = (&writings(ls, le)[0], &writings(rs, re)[3]);
            let one_side = |a: &Interval, b: &Interval| {
                let ask = |relation| relate(&env, relation, a, b, None).unwrap();
                [
                    ask(Relation::Before) && !ask(Relation::MeetsBefore),
                    ask(Relation::MeetsBefore),
                    ask(Relation::OverlapsBefore) && !ask(Relation::Includes),
                    ask(Relation::Starts) && !ask(Relation::SameAs),
                    ask(Relation::Ends) && !ask(Relation::SameAs),
                    ask(Relation::ProperIncludedIn) && !ask(Relation::Starts) && !ask(Relation::Ends),
                ]
            };
            let mut held = Vec::from(one_side(left, right));
            held.extend(one_side(right, left));
            held.push(relate(&env, Relation::SameAs, left, right, None).unwrap());
            let count = held.iter().filter(|h| **h).count();
            assert_eq!(count, 1, "{left:?} {right:?}: {held:?}");
        }
    }
}

/// An end of an interval: known, unknown (open null), or the end of the type (closed null).
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Known(i32),
    Unknown,
    Limit,
}

fn with_ends(low: End, high: End) -> Interval {
    let bound = |end| match end {
        End::Known(n) => (integer(n), true),
        End::Unknown => (Value::Null, false),
        End::Limit => (Value::Null, true),
    };
    let ((low, low_closed), (high, high_closed)) = (bound(low), bound(high));
    Interval::new(low, high, low_closed, high_closed, PointType::Integer)
}

/// The first and last points an interval may have. Unknown ends range over the small numbers, their neighbours and the ends of the type.
fn completions(low: End, high: End) -> Vec<(i64, i64)> {
    let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
    let any: Vec<i64> = [min, min + 1].into_iter().chain(-2..8).chain([max - 1, max]).collect();
    let ends = |end, limit| match end {
        End::Known(n) => vec![i64::from(n)],
        End::Unknown => any.clone(),
        End::Limit => vec![limit],
    };
    let lows = ends(low, min);
    let highs = ends(high, max);
    lows.iter().flat_map(|l| highs.iter().map(move |h| (*l, *h))).filter(|(l, h)| l <= h).collect()
}

fn known_of_all(truths: impl Iterator<Item = bool>) -> Tri {
    let (mut some_true, mut some_false) = (false, false);
    for truth in truths {
        *(if truth { &mut some_true } else { &mut some_false }) = true;
    }
    match (some_true, some_false) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// With unknown bounds a relation is true (false) only when it is so for everything the bounds may be; and the relations that ask about one end of each interval
/// say all that can be said.
#[test]
fn unknown_bounds_stand_for_all_they_may_be() {
    let env = env();
    let ends = || [End::Known(1), End::Known(2), End::Known(4), End::Unknown, End::Limit].into_iter();
    let mut unsaid = std::collections::BTreeMap::new();
    for (a, b) in ends().flat_map(|a| ends().map(move |b| (a, b))) {
        for (c, d) in ends().flat_map(|c| ends().map(move |d| (c, d))) {
            let (lefts, rights) = (completions(a, b), completions(c, d));
            if lefts.is_empty() || rights.is_empty() {
                continue;
            }
            let (left, right) = (with_ends(a, b), with_ends(c, d));
            for relation in ALL {
                let pairs = lefts.iter().flat_map(|l| rights.iter().map(move |r| (*l, *r)));
                let wanted = known_of_all(pairs.map(|(l, r)| definition(relation, l, r)));
                let found = relate(&env, relation, &left, &right, None);
                if found.is_some() {
                    assert_eq!(found, wanted, "{a:?}..{b:?} {relation:?} {c:?}..{d:?}");
                } else if wanted.is_some() {
                    unsaid.entry(format!("{relation:?}")).or_insert_with(Vec::new).push(((a, b), (c, d)));
                }
            }
        }
    }
    // Relations of several ends may leave open what only the ends together decide.
    for one_end in ["Before", "After", "SameOrBefore", "SameOrAfter", "Overlaps", "Includes", "IncludedIn"] {
        assert!(!unsaid.contains_key(one_end), "{one_end} leaves open {:?}", unsaid[one_end]);
    }
}

/// Membership is the conjunction over completions too.
#[test]
fn membership_of_unknown_bounds() {
    let env = env();
    let ends = || [End::Known(1), End::Known(2), End::Known(4), End::Unknown, End::Limit].into_iter();
    for (a, b) in ends().flat_map(|a| ends().map(move |b| (a, b))) {
        let all = completions(a, b);
        if all.is_empty() {
            continue;
        }
        let interval = with_ends(a, b);
        for n in 0..6 {
            let wanted = known_of_all(all.iter().map(|(l, h)| (*l..=*h).contains(&i64::from(n))));
            assert_eq!(interval::contains(&env, &interval, &integer(n), None, false), wanted, "{n} in {a:?}..{b:?}");
        }
    }
}

/// Points of every type, as a small number of steps from somewhere.
fn point(kind: usize, n: i32) -> Value {
    match kind {
        0 => Value::Integer(n),
        1 => Value::Long(i64::from(n) + 5_000_000_000),
        2 => Value::Decimal(Decimal::new(i128::from(n), 8).unwrap()),
        3 => Value::Quantity(Quantity::new(Decimal::new(i128::from(n), 8).unwrap(), "mg")),
        4 => stepped(Value::Date(Date::parse("2020-02-20").unwrap()), n),
        5 => stepped(Value::Date(Date::parse("2020-02").unwrap()), n),
        6 => stepped(Value::DateTime(DateTime::parse("2019-12-31T23:59:59.990Z").unwrap()), n),
        _ => stepped(Value::Time(cql::value::Time::parse("11:59:59.990").unwrap()), n),
    }
}

fn stepped(mut value: Value, n: i32) -> Value {
    for _ in 0..n.abs() {
        value = arithmetic::step(&value, n > 0).unwrap();
    }
    value
}

const KINDS: usize = 8;

fn of(kind: usize, low: i32, width: i32, [lc, hc]: [bool; 2]) -> Interval {
    let (low, high) = (low - i32::from(!lc), low + width + i32::from(!hc));
    Interval::new(point(kind, low), point(kind, high), lc, hc, PointType::Unknown)
}

/// The steps from -40 to 60 that are in an interval.
fn members(env: &Env, kind: usize, interval: &Value) -> Vec<i32> {
    match interval {
        Value::Interval(i) => {
            (-40..60).filter(|n| interval::contains(env, i, &point(kind, *n), None, false) == Some(true)).collect()
        }
        _ => Vec::new(),
    }
}

fn is_run(members: &[i32]) -> bool {
    members.windows(2).all(|w| w[1] == w[0] + 1)
}

fn one() -> impl Strategy<Value = (i32, i32, [bool; 2])> {
    (-12..12, 0..12, any::<[bool; 2]>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn set_operations_are_those_of_the_points((kind, a, b) in (0..KINDS, one(), one())) {
        let env = env();
        let (left, right) = (of(kind, a.0, a.1, a.2), of(kind, b.0, b.1, b.2));
        let set = |i: &Interval| members(&env, kind, &Value::interval(i.clone()));
        let (l, r) = (set(&left), set(&right));
        let both: Vec<i32> = l.iter().copied().filter(|n| r.contains(n)).collect();
        let only: Vec<i32> = l.iter().copied().filter(|n| !r.contains(n)).collect();
        let mut either: Vec<i32> = l.iter().chain(&r).copied().collect();
        either.sort_unstable();
        either.dedup();
        prop_assert_eq!(members(&env, kind, &interval::intersect(&env, &left, &right)), both);
        let union = interval::union(&env, &left, &right);
        prop_assert_eq!(union.is_null(), !is_run(&either), "a union is null when it is not one interval");
        if !union.is_null() {
            prop_assert_eq!(members(&env, kind, &union), either);
        }
        let difference = interval::except(&env, &left, &right);
        prop_assert_eq!(difference.is_null(), only.is_empty() || !is_run(&only));
        if !difference.is_null() {
            prop_assert_eq!(members(&env, kind, &difference), only);
        }
        let turned = interval::union(&env, &right, &left);
        prop_assert!(comparison::equivalent(&env, &union, &turned), "union is commutative");
        let (here, there) = (interval::intersect(&env, &left, &right), interval::intersect(&env, &right, &left));
        prop_assert!(comparison::equivalent(&env, &here, &there), "intersection is commutative");
    }

    #[test]
    fn collapse_covers_the_same_points_with_the_fewest_intervals((kind, all) in (0..KINDS, prop::collection::vec(one(), 0..7))) {
        let env = env();
        let list: Vec<Value> = all.iter().map(|(l, w, c)| Value::interval(of(kind, *l, *w, *c))).collect();
        let mut wanted: Vec<i32> = list.iter().flat_map(|i| members(&env, kind, i)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let runs = wanted.windows(2).filter(|w| w[1] != w[0] + 1).count() + usize::from(!wanted.is_empty());
        let collapsed = collapse(&env, &Value::list(list), &Value::Null).unwrap();
        let items = collapsed.as_list().unwrap().to_vec();
        let covered: Vec<i32> = items.iter().flat_map(|i| members(&env, kind, i)).collect();
        prop_assert_eq!(covered, wanted, "in order and without overlap");
        prop_assert_eq!(items.len(), runs);
        let again = collapse(&env, &collapsed, &Value::Null).unwrap();
        prop_assert!(comparison::equivalent(&env, &again, &collapsed), "collapse is idempotent");
    }

    #[test]
    fn expand_lists_the_points_and_collapse_takes_it_back((kind, a) in (prop_oneof![Just(0_usize), Just(1), Just(4), Just(5), Just(6), Just(7)], one())) {
        let env = env();
        let interval = of(kind, a.0, a.1, a.2);
        let points = expand(&env, &Value::interval(interval.clone()), &Value::Null).unwrap();
        let wanted: Vec<Value> = members(&env, kind, &Value::interval(interval.clone())).into_iter().map(|n| point(kind, n)).collect();
        prop_assert!(comparison::equivalent(&env, &points, &Value::list(wanted)), "{points}");
        let list = Value::list(vec![Value::interval(interval.clone())]);
        let pieces = expand(&env, &list, &Value::Null).unwrap();
        let back = collapse(&env, &pieces, &Value::Null).unwrap();
        let only = back.as_list().and_then(<[Value]>::first).cloned().unwrap_or_default();
        prop_assert_eq!(comparison::equal(&env, &only, &Value::interval(interval)), Some(true));
    }

    /// Pieces of n steps: all of that size, one after the other from the start, as many as fit.
    #[test]
    fn expand_by_a_size_fills_as_far_as_it_fits((a, size) in (one(), 1..5_i32)) {
        let env = env();
        let interval = of(0, a.0, a.1, a.2);
        let inside = members(&env, 0, &Value::interval(interval.clone()));
        let per = Value::Quantity(Quantity::new(Decimal::from(size), "1"));
        let pieces = expand(&env, &Value::list(vec![Value::interval(interval)]), &per).unwrap();
        let found: Vec<Vec<i32>> = pieces.as_list().unwrap().iter().map(|p| members(&env, 0, p)).collect();
        let wanted: Vec<Vec<i32>> = inside.chunks_exact(size as usize).map(<[i32]>::to_vec).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn bounds_width_and_size_agree((kind, a) in (0..4_usize, one())) {
        let env = env();
        let interval = of(kind, a.0, a.1, a.2);
        let (start, end) = (interval::start(&interval), interval::end(&interval));
        prop_assert_eq!(comparison::equal(&env, &start, &point(kind, a.0)), Some(true));
        prop_assert_eq!(comparison::equal(&env, &end, &point(kind, a.0 + a.1)), Some(true));
        let width = interval::width(&env, &interval).unwrap();
        let size = interval::size(&env, &interval).unwrap();
        prop_assert_eq!(comparison::equal(&env, &size, &arithmetic::step(&width, true).unwrap()), Some(true));
    }
}
