//! Laws of decision clocks, for any facts.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base::{LineOfBusiness, State, Timestamp};
use case::clock::{Due, Facts, Rules, Unit};
use case::request::{Circumstance, Drug, Timing, Urgency};
use case::sample;
use jiff::SignedDuration;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const ZONES: [&str; 8] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Guam",
];

fn any_moment() -> impl Strategy<Value = Timestamp> {
    // From 2024 to 2033, to the second.
    (1_704_067_200_i64..2_019_686_400).prop_map(|second| Timestamp::from_second(second).unwrap())
}

prop_compose! {
    fn any_facts()(
        received_at in any_moment(),
        line_of_business in select(LineOfBusiness::ALL.to_vec()),
        state in proptest::option::of(select(vec!["TX", "NY", "CA", "MA", "ME", "OH"])),
        zone in select(ZONES.to_vec()),
        urgency in select(vec![Urgency::Standard, Urgency::Expedited]),
        drug in select(vec![Drug::None, Drug::PartB, Drug::Outpatient]),
        timing in select(vec![Timing::Prospective, Timing::Concurrent, Timing::Retrospective]),
        circumstances in subsequence(vec![
            Circumstance::NoPriorAuthorization, Circumstance::Hospitalised, Circumstance::PostStabilisation,
            Circumstance::OngoingCourse, Circumstance::HomeHealthAfterInpatient, Circumstance::RehabilitationAfterInpatient,
            Circumstance::StepTherapyOverride, Circumstance::CleanNonContract,
        ], 0..3),
    ) -> Facts {
        let request = sample::request(received_at);
        Facts {
            line_of_business,
            state: state.map(|state| State::new(state).unwrap()),
            zone: zone.to_owned(),
            urgency,
            drug,
            timing,
            circumstances: circumstances.into_iter().collect(),
            ..Facts::of(&request, &request.receipt)
        }
    }
}

fn any_rules() -> impl Strategy<Value = Rules> {
    subsequence(vec!["ncqa", "urac"], 0..=2)
        .prop_map(|programs| programs.into_iter().fold(Rules::builtin().clone(), |rules, program| rules.with_program(program)))
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn row<'a>(rules: &'a Rules, due: &Due) -> &'a case::clock::Row {
    rules.rows().iter().find(|row| row.id == due.rule.id).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_has_a_due_time_after_its_start_and_the_shorter_never_loses(facts in any_facts(), rules in any_rules()) {
        let due = rules.start(&facts).unwrap();
        prop_assert!(due.due_at > due.clock_start_at);
        prop_assert!(due.clock_start_at >= facts.received_at);
        prop_assert!(due.clock_start_at <= due.near_at && due.near_at <= due.due_at);
        prop_assert!(due.due_at.duration_since(due.near_at) <= hours(48));
        for pair in due.lost.windows(2) {
            prop_assert!(pair[0].due_at <= pair[1].due_at);
        }
        prop_assert!(due.lost.iter().all(|lost| lost.due_at >= due.due_at && lost.rule.id != due.rule.id));
        prop_assert!(!due.rule.citation.is_empty() && !due.rule.on_miss.is_empty());
    }

    #[test]
    fn a_later_receipt_is_never_due_earlier(facts in any_facts(), later in 1_i64..200_000, rules in any_rules()) {
        let mut other = facts.clone();
        other.received_at += SignedDuration::from_secs(later);
        let (one, two) = (rules.start(&facts).unwrap(), rules.start(&other).unwrap());
        // Under the same rows: a rule that takes effect in between may be shorter, as the law wants.
        let same = |due: &Due| {
            let mut ids: Vec<String> = due.lost.iter().map(|lost| lost.rule.id.clone()).collect();
            ids.push(due.rule.id.clone());
            ids.sort();
            ids
        };
        if same(&one) == same(&two) {
            prop_assert!(two.due_at >= one.due_at);
        }
    }

    #[test]
    fn an_extension_only_lengthens_and_only_once(facts in any_facts(), wait in 0_i64..400, rules in any_rules()) {
        let due = rules.start(&facts).unwrap();
        for ground in ["member-request", "provider-request", "matters-beyond-control", "extraordinary", "because"] {
            if let Ok(extended) = rules.extend(&due, ground, due.clock_start_at + hours(wait)) {
                prop_assert!(extended.due_at > due.due_at);
                prop_assert!(row(&rules, &due).extension.as_ref().unwrap().grounds.iter().any(|listed| listed == ground));
                prop_assert!(rules.extend(&extended, ground, due.clock_start_at).is_err());
            }
        }
        prop_assert!(rules.extend(&due, "because", due.clock_start_at).is_err());
    }

    #[test]
    fn days_are_days_of_the_calendar_whatever_daylight_saving_does(facts in any_facts(), rules in any_rules()) {
        let due = rules.start(&facts).unwrap();
        let zone = TimeZone::get(&facts.zone).unwrap();
        let (start, end) = (zone.to_datetime(due.clock_start_at), zone.to_datetime(due.due_at));
        let row = row(&rules, &due);
        match row.unit {
            Unit::Hours => prop_assert_eq!(due.due_at.duration_since(due.clock_start_at), hours(row.amount)),
            Unit::CalendarDays => {
                prop_assert_eq!(i64::from((end.date() - start.date()).get_days()), row.amount);
                prop_assert_eq!(end.time(), jiff::civil::time(23, 59, 59, 0));
            }
            Unit::BusinessDays => {
                prop_assert_eq!(end.time(), jiff::civil::time(23, 59, 59, 0));
                prop_assert!(!matches!(end.date().weekday(), Weekday::Saturday | Weekday::Sunday));
                prop_assert!(!rules.holidays().is_holiday(end.date(), facts.state));
                prop_assert!(i64::from((end.date() - start.date()).get_days()) >= row.amount);
            }
        }
    }

    #[test]
    fn an_information_request_never_moves_a_medicare_advantage_clock(
        facts in any_facts(), ask in 0_i64..400, reply in 0_i64..2_000, rules in any_rules(),
    ) {
        let facts = Facts { line_of_business: LineOfBusiness::MedicareAdvantage, timing: Timing::Prospective, ..facts };
        // With accreditation switched on its urgent row may wait, but never beyond the federal clock.
        let plain = Rules::builtin().start(&facts).unwrap();
        let due = rules.start(&facts).unwrap();
        let asked = facts.received_at + hours(ask);
        let tolled = rules.toll(&due, asked).unwrap();
        prop_assert!(tolled.due.as_ref().unwrap_or(&due).due_at <= plain.due_at);
        prop_assert_eq!(Rules::builtin().toll(&plain, asked).unwrap().due, None);
        prop_assert_eq!(Rules::builtin().resume(&plain, asked + hours(reply)).unwrap(), None);
    }

    #[test]
    fn waiting_is_bounded_and_an_earlier_answer_is_never_due_later(
        facts in any_facts(), ask in 0_i64..300, one in 0_i64..1_500, two in 0_i64..1_500, rules in any_rules(),
    ) {
        let due = rules.start(&facts).unwrap();
        let asked = facts.received_at + hours(ask);
        let tolled = rules.toll(&due, asked).unwrap();
        prop_assert!(tolled.respond_by >= asked);
        if let Some(waiting) = tolled.due {
            prop_assert!(waiting.facts.is_paused());
            let answer = |after: i64| rules.resume(&waiting, asked + hours(after)).unwrap().unwrap();
            let (early, late) = (answer(one.min(two)), answer(one.max(two)));
            prop_assert!(early.due_at <= late.due_at);
            prop_assert!(late.due_at <= waiting.due_at, "an answer never puts the due time off");
            prop_assert!(rules.resume(&early, asked + hours(one)).unwrap().is_none(), "answered once");
            // A second question while one is open stops nothing more.
            prop_assert_eq!(rules.toll(&waiting, asked + hours(1)).unwrap().due, None);
        }
    }

    #[test]
    fn expediting_never_lengthens(facts in any_facts(), wait in 0_i64..400, rules in any_rules()) {
        let facts = Facts { urgency: Urgency::Standard, ..facts };
        let due = rules.start(&facts).unwrap();
        let expedited = rules.expedite(&due, facts.received_at + hours(wait)).unwrap();
        prop_assert!(expedited.due_at <= due.due_at);
        prop_assert_eq!(rules.refuse_expedite(&expedited).unwrap(), due, "refused: the standard clock of the original receipt");
    }
}
