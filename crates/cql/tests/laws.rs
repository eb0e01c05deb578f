//! Laws that hold for all values: decimals, dates, intervals, three-valued logic.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::ops::interval::{self, Relation, relate};
use cql::ops::{Env, arithmetic, comparison, datetime, logical};
use cql::value::{Date, DateTime, Decimal, Interval, PointType, Precision, Quantity, Tri, Value};
use proptest::prelude::*;

fn env() -> Env<'static> {
    Env::new(DateTime::parse("2026-06-15T12:00:00.000Z").unwrap())
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (-10i128.pow(20)..10i128.pow(20), 0u8..=8).prop_map(|(u, s)| Decimal::new(u, s).unwrap())
}

fn date() -> impl Strategy<Value = Date> {
    (1900i32..2100, 1u32..=12, 1u32..=28).prop_map(|(y, m, d)| Date::new(y, Some(m), Some(d)).unwrap())
}

/// Dates of any precision.
fn partial() -> impl Strategy<Value = Date> {
    (date(), 0u8..3).prop_map(|(d, p)| d.truncated([Precision::Year, Precision::Month, Precision::Day][usize::from(p)]))
}

fn tri() -> impl Strategy<Value = Tri> {
    prop_oneof![Just(Some(true)), Just(Some(false)), Just(None)]
}

/// Intervals of small integers with open, closed and unknown bounds.
fn interval_of_integers() -> impl Strategy<Value = Interval> {
    (-20i32..20, 0i32..20, any::<[bool; 4]>()).prop_map(|(low, width, [lc, hc, ln, hn])| {
        let high = low + width + i32::from(!lc) + i32::from(!hc);
        let low = if ln && width % 3 == 0 { Value::Null } else { Value::Integer(low) };
        let high = if hn && width % 4 == 0 { Value::Null } else { Value::Integer(high) };
        Interval::new(low, high, lc, hc, PointType::Integer)
    })
}

/// The integers from -60 to 60 that are surely, surely not, or perhaps in an interval.
fn members(i: &Interval) -> Vec<Tri> {
    let env = env();
    (-60..60).map(|n| interval::contains(&env, i, &Value::Integer(n), None, false)).collect()
}

fn is_known(i: &Interval) -> bool {
    (!i.low.is_null() || i.low_closed) && (!i.high.is_null() || i.high_closed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn decimals_add_and_print_exactly(a in decimal(), b in decimal(), c in decimal()) {
        let sum = |x: Decimal, y: Decimal| x.checked_add(y).unwrap();
        prop_assert_eq!(sum(sum(a, b), c), sum(a, sum(b, c)));
        prop_assert_eq!(sum(a, b).checked_sub(b), Some(a));
        prop_assert_eq!(a.to_string().parse::<Decimal>().unwrap(), a);
        prop_assert_eq!(Decimal::parse_rounding(&a.to_string()), Some(a));
        prop_assert_eq!(a.negated().negated(), a);
    }

    #[test]
    fn division_undoes_multiplication_to_the_last_digit(a in -10i64.pow(9)..10i64.pow(9), b in 1i64..10i64.pow(6)) {
        let (a, b) = (Decimal::from_i64(a), Decimal::from_i64(b));
        let quotient = a.checked_mul(b).unwrap().checked_div(b);
        prop_assert_eq!(quotient, Some(a));
    }

    #[test]
    fn days_added_are_days_between(d in date(), n in -20_000i64..20_000) {
        let env = env();
        let days = Quantity::new(Decimal::from(n), "days");
        let start = Value::Date(d);
        let end = datetime::add(&start, &days, false).unwrap();
        let between = datetime::difference(&env, &start, &end, Precision::Day).unwrap();
        prop_assert_eq!(between.to_string(), n.to_string());
        let back = datetime::add(&end, &days, true).unwrap();
        prop_assert_eq!(comparison::equal(&env, &back, &start), Some(true));
    }

    #[test]
    fn a_comparison_of_partial_dates_holds_for_all_it_may_mean(a in partial(), b in partial()) {
        let env = env();
        let (left, right) = (Value::Date(a), Value::Date(b));
        let less = comparison::compare(&env, &left, &right).unwrap().less();
        let (surely, never) = (a.high() .to_string() < b.low().to_string(), a.low().to_string() >= b.high().to_string());
        match less {
            Some(true) => prop_assert!(surely),
            Some(false) => prop_assert!(never || a == b),
            None => prop_assert!(!surely),
        }
    }

    #[test]
    fn a_duration_holds_for_the_ends_of_what_it_may_mean(a in partial(), b in partial()) {
        let env = env();
        let months = |x: Date, y: Date| {
            match datetime::duration(&env, &Value::Date(x), &Value::Date(y), Precision::Month).unwrap() {
                Value::Integer(i) => (i, i),
                Value::Uncertain(bounds) => match &*bounds {
                    (Value::Integer(low), Value::Integer(high)) => (*low, *high),
                    _ => unreachable!(),
                },
                other => panic!("{other}"),
            }
        };
        let (low, high) = months(a, b);
        for (x, y) in [(a.low(), b.low()), (a.high(), b.high()), (a.low(), b.high()), (a.high(), b.low())] {
            let exact = months(x, y).0;
            prop_assert!(low <= exact && exact <= high, "{} to {}: {exact} outside {low}..{high}", x, y);
        }
    }

    #[test]
    fn three_valued_logic_obeys_de_morgan(a in tri(), b in tri(), c in tri()) {
        use logical::{and, implies, not, or};
        prop_assert_eq!(not(and(a, b)), or(not(a), not(b)));
        prop_assert_eq!(and(a, or(b, c)), or(and(a, b), and(a, c)));
        prop_assert_eq!(implies(a, b), implies(not(b), not(a)));
    }

    #[test]
    fn interval_relations_mirror_each_other(a in interval_of_integers(), b in interval_of_integers()) {
        let env = env();
        let ask = |relation, l: &Interval, r: &Interval| relate(&env, relation, l, r, None);
        prop_assert_eq!(ask(Relation::Overlaps, &a, &b), ask(Relation::Overlaps, &b, &a));
        prop_assert_eq!(ask(Relation::Before, &a, &b), ask(Relation::After, &b, &a));
        prop_assert_eq!(ask(Relation::Includes, &a, &b), ask(Relation::IncludedIn, &b, &a));
        prop_assert_eq!(ask(Relation::Meets, &a, &b), ask(Relation::Meets, &b, &a));
        prop_assert_eq!(ask(Relation::MeetsBefore, &a, &b), ask(Relation::MeetsAfter, &b, &a));
        prop_assert_eq!(ask(Relation::SameAs, &a, &b), ask(Relation::SameAs, &b, &a));
        if is_known(&a) && is_known(&b) {
            let overlaps = ask(Relation::Overlaps, &a, &b).unwrap();
            let (before, after) = (ask(Relation::Before, &a, &b).unwrap(), ask(Relation::After, &a, &b).unwrap());
            prop_assert_eq!(u8::from(overlaps) + u8::from(before) + u8::from(after), 1);
        }
    }

    #[test]
    fn interval_algebra_is_the_algebra_of_their_points(a in interval_of_integers(), b in interval_of_integers()) {
        let env = env();
        prop_assume!(is_known(&a) && is_known(&b));
        let (in_a, in_b) = (members(&a), members(&b));
        let both: Vec<Tri> = in_a.iter().zip(&in_b).map(|(x, y)| logical::and(*x, *y)).collect();
        match interval::intersect(&env, &a, &b) {
            Value::Interval(i) => prop_assert_eq!(members(&i), both),
            _ => prop_assert!(both.iter().all(|t| *t != Some(true))),
        }
        if let Value::Interval(i) = interval::union(&env, &a, &b) {
            let either: Vec<Tri> = in_a.iter().zip(&in_b).map(|(x, y)| logical::or(*x, *y)).collect();
            prop_assert_eq!(members(&i), either);
        }
        if let Value::Interval(i) = interval::except(&env, &a, &b) {
            let only: Vec<Tri> = in_a.iter().zip(&in_b).map(|(x, y)| logical::and(*x, logical::not(*y))).collect();
            prop_assert_eq!(members(&i), only);
        }
    }

    #[test]
    fn a_successor_has_its_predecessor(n in any::<i32>(), d in date()) {
        let env = env();
        for value in [Value::Integer(n.clamp(-1_000_000, 1_000_000)), Value::Date(d)] {
            let next = arithmetic::step(&value, true).unwrap();
            let back = arithmetic::step(&next, false).unwrap();
            prop_assert_eq!(comparison::equal(&env, &back, &value), Some(true));
            prop_assert_eq!(comparison::compare(&env, &value, &next).unwrap().less(), Some(true));
        }
    }

    #[test]
    fn texts_never_panic_the_readers(text in "[-+0-9TZ:.eE/ ]{0,24}") {
        let _ = (Date::parse(&text), DateTime::parse(&text), cql::value::Time::parse(&text));
        let _ = (text.parse::<Decimal>(), Decimal::parse_rounding(&text));
        let _ = cql::ops::convert::parse_quantity(&text);
    }
}
