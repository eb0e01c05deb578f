//! The law of date indexes: with and without them a query gives the same. A trace does without them, so each program is evaluated traced and not.

use super::*;
use crate::data::{Data, Prepared};
use crate::plan::Op;
use crate::sema::{Options, Source};
use crate::value::DateTime;
use json::Document;
use proptest::prelude::*;

/// What follows `where` (over Observations O) or `such that` (of Encounters E with an Observation O), and whether an index serves it.
const CONDITIONS: &[(&str, bool)] = &[
    ("O.effective during \"MP\"", true),
    ("O.effective during day of \"MP\"", true),
    ("O.effective as FHIR.dateTime in \"MP\"", true),
    ("(O.effective as FHIR.Period) starts \"MP\"", true),
    ("(O.effective as FHIR.Period) ends \"MP\"", true),
    ("O.effective overlaps \"MP\"", true),
    ("O.effective overlaps before \"MP\"", true),
    ("O.effective included in month of \"MP\"", true),
    ("(O.effective as FHIR.Period) includes @2015-02-01T00:00:00.0Z", true),
    ("(O.effective as FHIR.Period) meets \"MP\"", true),
    ("(O.effective as FHIR.Period) meets before day of \"MP\"", true),
    ("O.effective before start of \"MP\"", true),
    ("O.effective same year as @2015", true),
    ("(O.effective as FHIR.dateTime) on or after @2015-02", true),
    ("(O.effective as FHIR.dateTime).value same month or before start of \"MP\"", true),
    ("O.effective 30 days or less before start of \"MP\"", true),
    ("O.effective starts within 3 months of start of \"MP\"", true),
    ("O.issued > @2015-01-20T00:00:00.0Z", true),
    ("O.issued <= end of \"MP\" and O.status = 'final'", true),
    ("O.issued.value = @2015-01-20T00:00:00.0Z", true),
    ("O.status in { 'final', 'amended' } and date from O.issued in Interval[@2015-01-01, @2015-03-01]", true),
    (
        "start of (if O.effective is FHIR.Period then (O.effective as FHIR.Period) else Interval[O.effective as FHIR.dateTime, O.effective as FHIR.dateTime]) after \"Cutoff\"",
        true,
    ),
    ("Moment(O.effective) during \"MP\"", true),
    ("not (O.effective during \"MP\")", false),
    ("O.effective during \"MP\" or O.status = 'final'", false),
    ("O.effective during \"MP\" and exists [Procedure]", true),
    ("O.effective during \"MP\" and exists O.note", false),
    ("O.effective + 1 year during \"MP\"", false),
    ("(O.value as FHIR.Quantity) > 5 'mg'", false),
    ("O.effective during Interval[O.issued, end of \"MP\"]", false),
];

/// The same with what the Encounter says.
const RELATIONS: &[(&str, bool)] = &[
    ("O.effective during E.period", true),
    ("O.effective during day of E.period and O.status = 'final'", true),
    ("O.effective starts 10 days or less after start of E.period", true),
    ("O.effective before start of E.period", true),
    ("E.period overlaps O.effective", true),
    ("E.period includes day of O.effective", true),
    ("E.period ends during O.effective", true),
    ("O.issued same month as start of E.period", true),
    ("O.effective during \"Broken\"", true),
    ("O.id = E.id", false),
];

const HEAD: &str = "library T using FHIR version '4.0.1'
parameter \"MP\" Interval<DateTime> default Interval[@2015-01-10T00:00:00.0Z, @2015-02-20T23:59:59.999Z]
context Patient
define \"Cutoff\": start of \"MP\" + 10 days
define \"Broken\": Interval[singleton from { @2015-01-01T00:00:00.0Z, @2016-01-01T00:00:00.0Z }, @2016-01-01T00:00:00.0Z]
define function Moment(at Choice<FHIR.dateTime, FHIR.Period, FHIR.Timing, FHIR.instant>):
  if at is FHIR.dateTime then Interval[at as FHIR.dateTime, at as FHIR.dateTime] else (at as FHIR.Period)
";

fn text() -> String {
    let mut text = HEAD.to_owned();
    for (number, (condition, _)) in CONDITIONS.iter().enumerate() {
        text.push_str(&format!("define W{number}: ([Observation] O where {condition}) O return O.id\n"));
        text.push_str(&format!("define X{number}: exists ([Observation: category in {{ 'a', 'b' }}] O where {condition})\n"));
    }
    for (number, (condition, _)) in RELATIONS.iter().enumerate() {
        for with in ["with", "without"] {
            text.push_str(&format!(
                "define \"R{number} {with}\": [Encounter] E {with} [Observation] O such that {condition} return E.id\n"
            ));
        }
        text.push_str(&format!("define Q{number}: [Encounter] E return (([Observation] O where {condition}) O return O.id)\n"));
    }
    text
}

fn program(text: &str) -> Program {
    let compiled = crate::compile(&[Source { name: "T", text }], &Options::default());
    compiled.unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

#[test]
fn conditions_that_an_index_serves_are_known() {
    let mut wrong = Vec::new();
    for (condition, known) in CONDITIONS.iter().chain(RELATIONS) {
        let bodies = if condition.contains("E.") {
            vec![
                format!("define X: [Encounter] E with [Observation] O such that {condition}"),
                format!("define X: [Encounter] E return ([Observation] O where {condition})"),
            ]
        } else {
            vec![format!("define X: [Observation] O where {condition}")]
        };
        for body in bodies {
            let program = program(&format!("{HEAD}{body}"));
            let found = program.0.code.ops.iter().any(|op| match op {
                Op::Query(select) => {
                    let sources = select.sources.iter().chain(select.relationships.iter().map(|r| &r.source));
                    sources.into_iter().any(|source| source.narrow.is_some())
                }
                _ => false,
            });
            if found != *known {
                wrong.push(body);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn moment() -> impl Strategy<Value = String> {
    let date = (2014..2017_u16, 1..5_u8, 1..29_u8).prop_map(|(y, m, d)| (y, m, d));
    (date, 0..24_u8, 0..60_u8, 0..9_usize).prop_map(|((y, m, d), hour, minute, form)| {
        let offset = ["Z", "+14:00", "-11:30", "+05:45"][usize::from(minute) % 4];
        match form {
            0 => format!("{y}"),
            1 => format!("{y}-{m:02}"),
            2 | 3 => format!("{y}-{m:02}-{d:02}"),
            4 => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:00{offset}"),
            5 => format!("{y}-{m:02}-{d:02}T23:59:59.999{offset}"),
            6 => format!("{y}-{m:02}-{d:02}T00:00:00.000{offset}"),
            7 => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:00"),
            _ => format!("{y}-13-{d:02}"),
        }
    })
}

fn period() -> impl Strategy<Value = String> {
    (proptest::option::weighted(0.9, moment()), proptest::option::weighted(0.8, moment())).prop_map(|(start, end)| {
        let bound = |name: &str, at: Option<String>| at.map(|at| format!("\"{name}\":\"{at}\""));
        let parts: Vec<String> = bound("start", start).into_iter().chain(bound("end", end)).collect();
        format!("{{{}}}", parts.join(","))
    })
}

fn observation() -> impl Strategy<Value = String> {
    let effective = prop_oneof![
        4 => moment().prop_map(|at| format!(",\"effectiveDateTime\":\"{at}\"")),
        4 => period().prop_map(|at| format!(",\"effectivePeriod\":{at}")),
        1 => moment().prop_map(|at| format!(",\"effectiveInstant\":\"{at}\"")),
        1 => (moment(), period()).prop_map(|(at, period)| format!(",\"effectivePeriod\":{period},\"effectiveDateTime\":\"{at}\"")),
        // Of the wrong kind: as if absent.
        1 => (moment(), period()).prop_map(|(at, period)| format!(",\"effectiveDateTime\":{period},\"effectivePeriod\":\"{at}\"")),
        1 => period().prop_map(|period| format!(",\"effectivePeriod\":[{period}]")),
        1 => moment().prop_map(|at| format!(",\"_effectiveDateTime\":{{\"id\":\"{at}\"}},\"effectiveDateTime\":2015")),
        1 => Just(String::new()),
    ];
    let issued = prop_oneof![moment().prop_map(|at| format!(",\"issued\":\"{at}\"")), Just(String::new())];
    (effective, issued, 0..3_usize).prop_map(|(effective, issued, kind)| {
        let (status, code) = (["final", "amended", "draft"][kind], ["a", "b", "c"][kind]);
        format!("\"resourceType\":\"Observation\",\"status\":\"{status}\",\"category\":[{{\"coding\":[{{\"code\":\"{code}\"}}]}}]{effective}{issued}")
    })
}

fn record() -> impl Strategy<Value = String> {
    let encounter = proptest::option::weighted(0.9, period()).prop_map(|period| {
        format!("\"resourceType\":\"Encounter\"{}", period.map(|p| format!(",\"period\":{p}")).unwrap_or_default())
    });
    let observations = proptest::collection::vec(observation(), 25..70);
    (observations, proptest::collection::vec(encounter, 0..6)).prop_map(|(observations, encounters)| {
        let all = observations.into_iter().chain(encounters).enumerate();
        let entries: Vec<String> = all.map(|(id, body)| format!("{{\"resource\":{{\"id\":\"r{id}\",{body}}}}}")).collect();
        format!("{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}", entries.join(","))
    })
}

/// Values and errors, with and without indexes; a second time over the same data every index is there.
fn check(program: &Program, record: &str, offset: &str) {
    let document = Document::parse(record.as_bytes(), &json::Limits::default()).unwrap();
    let prepared = Prepared::new(document);
    let now = DateTime::parse(&format!("2015-02-15T12:00:00.000{offset}")).unwrap();
    let parameters = Parameters::new();
    let told = |data: &Data<'_>, trace: bool| {
        let evaluation = program.evaluate(data, &parameters, now, &EvalOptions { trace, ..EvalOptions::default() }).unwrap();
        let of = |id: &crate::DefinitionId| {
            let name = &program.plan().definition(*id).name;
            match evaluation.error(*id) {
                Some(error) => format!("{name}: {error}"),
                None => format!("{name}: {:?}", data.value_to_json(evaluation.value(*id))),
            }
        };
        program.public_definitions().iter().map(of).collect::<Vec<String>>()
    };
    let want = told(&prepared.data(), true);
    for _ in 0..2 {
        for (found, want) in told(&prepared.data(), false).iter().zip(&want) {
            assert_eq!(found, want, "{record}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 10, ..ProptestConfig::default() })]

    #[test]
    fn indexes_change_no_answer(record in record(), offset in proptest::sample::select(vec!["Z", "+13:00", "-09:30"])) {
        check(&program(&text()), &record, offset);
    }
}
