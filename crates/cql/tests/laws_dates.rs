//! The calendar: comparison of partial dates against every date they may mean, addition of calendar units against another calendar (jiff), durations as the most
//! units that fit, offsets as nothing but another writing of the same instant.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::ops::{Env, Outcomes, comparison, datetime};
use cql::value::{Date, DateTime, Decimal, Precision, Quantity, Time, Tri, Value};
use proptest::prelude::*;

const ALL: [Precision; 7] = [
    Precision::Year,
    Precision::Month,
    Precision::Day,
    Precision::Hour,
    Precision::Minute,
    Precision::Second,
    Precision::Millisecond,
];

fn env() -> Env<'static> {
    Env::new(DateTime::parse("2026-06-15T12:00:00.000Z").unwrap())
}

fn civil() -> impl Strategy<Value = jiff::civil::Date> {
    (1950_i16..2050, 1_i8..=12, 1_i8..=31).prop_map(|(y, m, d)| {
        jiff::civil::Date::new(y, m, d.min(jiff::civil::Date::new(y, m, 1).unwrap().days_in_month())).unwrap()
    })
}

fn ours(date: jiff::civil::Date) -> Date {
    Date::new(i32::from(date.year()), Some(date.month() as u32), Some(date.day() as u32)).unwrap()
}

/// A moment of full precision in the middle of a few days, so that neighbours are often equal in their coarse parts.
fn moment() -> impl Strategy<Value = DateTime> {
    let parts = (
        2019_u32..2021,
        prop_oneof![Just(1_u32), Just(2), Just(12)],
        prop_oneof![Just(1_u32), Just(28)],
        0_u32..24,
        0_u32..2,
        0_u32..2,
        0_u32..2,
    );
    (parts, offset())
        .prop_map(|((y, mo, d, h, mi, s, ms), offset)| DateTime::new(&[y, mo, d, h, mi, s, ms], Some(offset)).unwrap())
}

fn offset() -> impl Strategy<Value = i16> {
    prop_oneof![Just(0_i16), Just(330), Just(-300), Just(840), Just(-720)]
}

/// Cut to a precision; what has no hour has no offset of its own, as in CQL and FHIR.
fn cut(d: DateTime, precision: Precision) -> DateTime {
    let (year, month, day) = d.date().parts();
    let parts = [year as u32, month.unwrap(), day.unwrap()];
    match precision {
        Precision::Year => DateTime::new(&parts[..1], None).unwrap(),
        Precision::Month => DateTime::new(&parts[..2], None).unwrap(),
        Precision::Day => DateTime::new(&parts, None).unwrap(),
        finer => d.truncated(finer),
    }
}

fn partial() -> impl Strategy<Value = DateTime> {
    (moment(), 0..ALL.len()).prop_map(|(d, p)| cut(d, ALL[p]))
}

/// Two of one offset.
fn partials_of_one_offset() -> impl Strategy<Value = (DateTime, DateTime)> {
    (moment(), moment(), 0..ALL.len(), 0..ALL.len())
        .prop_map(|(a, b, p, q)| (cut(a.at_offset(0, 0), ALL[p]), cut(b.at_offset(0, 0), ALL[q])))
}

fn known_of_all(truths: impl Iterator<Item = bool>) -> Tri {
    let all: Vec<bool> = truths.collect();
    match (all.iter().all(|t| *t), all.iter().all(|t| !*t)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

fn quantity(n: i64, unit: &str) -> Quantity {
    Quantity::new(Decimal::from(n), unit)
}

fn date_of(value: &Value) -> Date {
    match value {
        Value::Date(d) => *d,
        other => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// `<`, `<=`, `>`, `>=` of date-times of unlike precision hold when they hold for the first and last instants both may mean.
    #[test]
    fn a_comparison_is_the_conjunction_over_what_is_meant(a in partial(), b in partial()) {
        let env = env();
        let offset = 0;
        let ends = |d: DateTime| [d.low().to_unix_ms(offset), d.high().to_unix_ms(offset)];
        let outcomes = comparison::compare(&env, &Value::DateTime(a), &Value::DateTime(b)).unwrap();
        // Two of one precision count as points of that precision, not as ranges.
        prop_assume!(a.precision() != b.precision());
        let ask = |question: fn(&i64, &i64) -> bool| {
            known_of_all(ends(a).into_iter().flat_map(|x| ends(b).into_iter().map(move |y| question(&x, &y))))
        };
        type Question = (fn(Outcomes) -> Tri, fn(&i64, &i64) -> bool);
        let questions: [Question; 4] = [
            (Outcomes::less, i64::lt),
            (Outcomes::less_or_equal, i64::le),
            (Outcomes::greater, i64::gt),
            (Outcomes::greater_or_equal, i64::ge),
        ];
        for (found, oracle) in questions {
            let (found, wanted) = (found(outcomes), ask(oracle));
            if let Some(found) = found {
                prop_assert_eq!(Some(found), wanted, "{} and {}", a, b);
            } else if a.offset_minutes().unwrap_or(0) == b.offset_minutes().unwrap_or(0)
                && !ends(a).iter().any(|end| ends(b).contains(end))
            {
                // With one offset everything that can be said is said, but for the first and last instant of the coarser one: 2020 is
                // compared with the first millisecond of 2020 by the components both have, which leaves it open.
                prop_assert_eq!(wanted, None, "{} and {}", a, b);
            }
        }
    }

    /// A comparison at a precision looks at nothing below it.
    #[test]
    fn a_comparison_at_a_precision_is_one_of_truncated_values((a, b) in partials_of_one_offset(), p in 0..ALL.len()) {
        let env = env();
        let precision = ALL[p];
        let at = |x: DateTime, y: DateTime| comparison::compare_temporal(&env, &Value::DateTime(x), &Value::DateTime(y), Some(precision));
        prop_assert_eq!(at(a, b), at(a.truncated(precision), b.truncated(precision)));
        let (known, outcomes) = (a.precision().min(b.precision()), at(a, b).unwrap());
        if known >= precision {
            prop_assert!(outcomes.equal().is_some(), "both are known to the {:?}", precision);
        }
    }

    /// Another offset is another writing: order, equality and durations in hours and finer do not change.
    #[test]
    fn an_offset_changes_nothing_but_the_writing(a in moment(), b in moment(), to in offset()) {
        let env = env();
        let moved = a.at_offset(to, 0);
        prop_assert_eq!(moved.to_unix_ms(0), a.to_unix_ms(0));
        prop_assert_eq!(moved.offset_minutes(), Some(to));
        let (x, y, z) = (Value::DateTime(a), Value::DateTime(b), Value::DateTime(moved));
        prop_assert_eq!(comparison::equal(&env, &x, &z), Some(true));
        prop_assert_eq!(comparison::compare(&env, &x, &y), comparison::compare(&env, &z, &y));
        for period in [Precision::Hour, Precision::Minute, Precision::Second, Precision::Millisecond] {
            let show = |v: &Value| datetime::duration(&env, v, &y, period).unwrap().to_string();
            prop_assert_eq!(show(&x), show(&z));
        }
        let milliseconds = datetime::duration(&env, &x, &y, Precision::Millisecond).unwrap();
        let exact = b.to_unix_ms(0) - a.to_unix_ms(0);
        match i32::try_from(exact) {
            Ok(exact) => prop_assert_eq!(milliseconds.to_string(), exact.to_string()),
            Err(_) => prop_assert!(milliseconds.is_null()),
        }
    }

    /// Years, months, weeks and days added: as another calendar does it, the last day of a month standing in for days it does not have.
    #[test]
    fn addition_is_that_of_the_calendar(date in civil(), n in -600_i64..600) {
        let start = Value::Date(ours(date));
        let span = jiff::Span::new();
        for (unit, span) in [("years", span.years(n / 10)), ("months", span.months(n)), ("weeks", span.weeks(n)), ("days", span.days(n))] {
            let amount = if unit == "years" { n / 10 } else { n };
            let wanted = ours(date.checked_add(span).unwrap());
            let found = date_of(&datetime::add(&start, &quantity(amount, unit), false).unwrap());
            prop_assert_eq!(found, wanted, "{} + {} {}", date, amount, unit);
            let taken = date_of(&datetime::add(&start, &quantity(-amount, unit), true).unwrap());
            prop_assert_eq!(taken, wanted, "subtraction is addition of the negative");
        }
    }

    /// The precision of a date stays; what is finer than it counts in whole units of it.
    #[test]
    fn addition_keeps_the_precision(date in civil(), n in -600_i64..600, p in 0..3_usize) {
        let partial = ours(date).truncated(ALL[p]);
        for (unit, per_year, per_month) in [("years", 1, 0), ("months", 12, 1), ("days", 365, 30)] {
            let amount = if unit == "years" { n / 10 } else { n };
            let found = date_of(&datetime::add(&Value::Date(partial), &quantity(amount, unit), false).unwrap());
            prop_assert_eq!(found.precision(), partial.precision());
            let (year, month, _) = partial.parts();
            let (found_year, found_month, _) = found.parts();
            match (partial.precision(), unit) {
                (Precision::Year, _) => prop_assert_eq!(i64::from(found_year - year), amount / per_year),
                (Precision::Month, "months" | "days") => {
                    let months = |y: i32, m: Option<u32>| i64::from(y) * 12 + i64::from(m.unwrap());
                    prop_assert_eq!(months(found_year, found_month) - months(year, month), amount / per_month);
                }
                _ => {}
            }
        }
    }

    /// `n = units between A and B` is the most units that fit: A + n is not after B, A + (n + 1) is. (From a day that every month has: the specification counts
    /// months by their day, so 31 January to 28 February is none, although 31 January + 1 month is 28 February.)
    #[test]
    fn a_duration_is_the_most_that_fits(a in civil(), b in civil()) {
        let env = env();
        let (a, b) = (a.min(b), a.max(b));
        let a = if a.day() > 28 { a.with().day(28).build().unwrap() } else { a };
        let (start, end) = (Value::Date(ours(a)), Value::Date(ours(b)));
        for (period, unit) in [(Precision::Year, "years"), (Precision::Month, "months"), (Precision::Week, "weeks"), (Precision::Day, "days")] {
            let Value::Integer(n) = datetime::duration(&env, &start, &end, period).unwrap() else { panic!("days are certain") };
            let reach = |n: i64| date_of(&datetime::add(&start, &quantity(n, unit), false).unwrap());
            prop_assert!(reach(n.into()).parts() <= ours(b).parts(), "{} {} {}", n, unit, end);
            prop_assert!(reach(i64::from(n) + 1).parts() > ours(b).parts(), "{} {} {}", n, unit, end);
            let back = datetime::duration(&env, &end, &start, period).unwrap();
            prop_assert!(matches!(back, Value::Integer(m) if m <= 0 && -m <= n + 1 && -m >= n - 1));
        }
    }

    /// Differences count boundaries: they add up, and turn their sign with the operands.
    #[test]
    fn differences_add_up(a in moment(), b in moment(), c in moment()) {
        let env = env();
        let utc = |d: DateTime| Value::DateTime(d.at_offset(0, 0));
        let (a, b, c) = (utc(a), utc(b), utc(c));
        for period in [Precision::Year, Precision::Month, Precision::Week, Precision::Day, Precision::Hour, Precision::Minute] {
            let between = |x: &Value, y: &Value| match datetime::difference(&env, x, y, period).unwrap() {
                Value::Integer(n) => n,
                other => panic!("{other}"),
            };
            prop_assert_eq!(between(&a, &b) + between(&b, &c), between(&a, &c));
            prop_assert_eq!(between(&a, &b), -between(&b, &a));
        }
    }

    /// A duration of imprecise date-times is the range of the durations of what they may mean.
    #[test]
    fn an_uncertain_duration_holds_all_exact_ones((a, b) in partials_of_one_offset()) {
        let env = env();
        for period in [Precision::Year, Precision::Month, Precision::Day] {
            let (low, high) = match datetime::duration(&env, &Value::DateTime(a), &Value::DateTime(b), period).unwrap() {
                Value::Integer(n) => (n, n),
                Value::Uncertain(ends) => match &*ends {
                    (Value::Integer(low), Value::Integer(high)) => (*low, *high),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other}"),
            };
            for x in [a.low(), a.high()] {
                for y in [b.low(), b.high()] {
                    let exact = datetime::duration(&env, &Value::DateTime(x), &Value::DateTime(y), period).unwrap();
                    let Value::Integer(exact) = exact else { panic!("{exact}") };
                    // An hour known to the hour counts as its first instant, which is the reference's reading.
                    if a.precision() < Precision::Hour && b.precision() < Precision::Hour {
                        prop_assert!(low <= exact && exact <= high, "{} to {}: {} outside {}..{}", a, b, exact, low, high);
                    }
                }
            }
        }
    }

    #[test]
    fn times_go_round_the_clock(hour in 0_u32..24, minute in 0_u32..60, n in -100_000_i64..100_000) {
        let env = env();
        let start = Value::Time(Time::new(&[hour, minute, 0, 0]).unwrap());
        let there = datetime::add(&start, &quantity(n, "minutes"), false).unwrap();
        let back = datetime::add(&there, &quantity(n, "minutes"), true).unwrap();
        prop_assert_eq!(comparison::equal(&env, &back, &start), Some(true));
        let Value::Time(there) = there else { panic!("{there}") };
        let wanted = (i64::from(hour * 60 + minute) + n).rem_euclid(1440);
        prop_assert_eq!(there, Time::new(&[wanted as u32 / 60, wanted as u32 % 60, 0, 0]).unwrap());
    }

    #[test]
    fn dates_print_and_read(d in partial(), n in 0..3_usize) {
        let date = d.date().truncated(ALL[n]);
        prop_assert_eq!(Date::parse(&date.to_string()), Some(date));
        let again = DateTime::parse(&d.to_string());
        prop_assert_eq!(again.map(|a| a.to_string()), Some(d.to_string()));
    }
}

/// The specification's own cases (Developer's Guide, *Time Interval Calculations*), and the ends of months.
#[test]
fn durations_by_example() {
    let env = env();
    for (a, b, period, duration, difference) in [
        ("2012-02-29", "2014-02-28", Precision::Year, 1, 2),
        ("2012-02-29", "2014-03-01", Precision::Year, 2, 2),
        ("2012-02-29", "2016-02-29", Precision::Year, 4, 4),
        ("2012-03-10", "2013-03-09", Precision::Year, 0, 1),
        ("2012-03-10", "2013-03-10", Precision::Year, 1, 1),
        ("2012-03-10", "2014-03-11", Precision::Year, 2, 2),
        ("2012-03-01", "2012-03-31", Precision::Month, 0, 0),
        ("2012-03-10", "2012-04-10", Precision::Month, 1, 1),
        ("2014-01-31", "2014-02-28", Precision::Month, 0, 1),
        ("2014-01-31", "2014-03-01", Precision::Month, 1, 2),
        ("2012-03-10", "2012-03-20", Precision::Week, 1, 2),
        ("2012-02-28", "2012-03-01", Precision::Day, 2, 2),
        ("2013-02-28", "2013-03-01", Precision::Day, 1, 1),
    ] {
        let value = |text: &str| Value::Date(Date::parse(text).unwrap());
        let found = datetime::duration(&env, &value(a), &value(b), period).unwrap();
        assert_eq!(found.to_string(), duration.to_string(), "{period:?} between {a} and {b}");
        let found = datetime::difference(&env, &value(a), &value(b), period).unwrap();
        assert_eq!(found.to_string(), difference.to_string(), "difference in {period:?} between {a} and {b}");
    }
}
