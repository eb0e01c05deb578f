//! Decision clocks against worked examples, each with its citation (`clock_examples.toml`), and the rows themselves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kit;

use base::{LineOfBusiness, State, Timestamp};
use case::clock::{Due, Facts, Rules};
use case::request::{Circumstance, Drug, Timing, Urgency};
use case::sample;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    citation: String,
    line_of_business: LineOfBusiness,
    state: Option<State>,
    zone: String,
    #[serde(default = "standard")]
    urgency: Urgency,
    #[serde(default = "no_drug")]
    drug: Drug,
    #[serde(default = "prospective")]
    timing: Timing,
    #[serde(default)]
    circumstances: Vec<Circumstance>,
    #[serde(default)]
    programs: Vec<String>,
    received: Timestamp,
    representative_form: Option<Timestamp>,
    expedited_at: Option<Timestamp>,
    extend: Option<String>,
    extend_at: Option<Timestamp>,
    #[serde(default)]
    extension_refused: bool,
    ask: Option<Timestamp>,
    answer: Option<Timestamp>,
    due: Timestamp,
    rule: String,
    lost: Option<Vec<String>>,
}

fn standard() -> Urgency {
    Urgency::Standard
}
fn no_drug() -> Drug {
    Drug::None
}
fn prospective() -> Timing {
    Timing::Prospective
}

fn play(example: &Example) -> Due {
    let mut facts = Facts::of(&sample::request(example.received), &sample::request(example.received).receipt);
    facts.line_of_business = example.line_of_business;
    facts.state = example.state;
    facts.zone = example.zone.clone();
    facts.urgency = example.urgency;
    facts.drug = example.drug;
    facts.timing = example.timing;
    facts.circumstances = example.circumstances.iter().copied().collect();
    facts.representative_form_at = example.representative_form;
    facts.expedited_at = example.expedited_at;
    let rules = example.programs.iter().fold(Rules::builtin().clone(), |rules, program| rules.with_program(program));
    let mut due = rules.start(&facts).unwrap();
    if let Some(ground) = &example.extend {
        let extended = rules.extend(&due, ground, example.extend_at.unwrap());
        assert_eq!(extended.is_err(), example.extension_refused, "{}", example.name);
        due = extended.unwrap_or(due);
    }
    if let Some(asked) = example.ask {
        due = rules.toll(&due, asked).unwrap().due.unwrap_or(due);
    }
    if let Some(answered) = example.answer {
        due = rules.resume(&due, answered).unwrap().unwrap_or(due);
    }
    due
}

#[test]
fn worked_examples() {
    let file: File = toml::from_str(include_str!("clock_examples.toml")).unwrap();
    assert!(file.example.len() >= 60, "{}", file.example.len());
    let mut wrong = Vec::new();
    for example in &file.example {
        assert!(!example.citation.is_empty());
        let due = play(example);
        let lost: Vec<&str> = due.lost.iter().map(|lost| lost.rule.id.as_str()).collect();
        let lost_fits = example.lost.as_ref().is_none_or(|expected| *expected == lost);
        if (due.due_at, due.rule.id.as_str()) != (example.due, example.rule.as_str()) || !lost_fits {
            wrong.push(format!("{}: {} by {}, lost {lost:?}", example.name, due.due_at, due.rule.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// No row is configured but unread: for each there are facts under which it applies, alone or beside others.
#[test]
fn every_row_is_reachable() {
    for row in Rules::builtin().rows() {
        let received = match (row.effective_from, row.effective_to) {
            (_, Some(to)) => to,
            (Some(from), None) => from,
            (None, None) => base::Date::constant(2026, 8, 3),
        };
        let received = received.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let mut facts = Facts::of(&sample::request(received), &sample::request(received).receipt);
        facts.zone = "UTC".to_owned();
        // A fallback row shows where nothing else reaches.
        facts.line_of_business = row.lines_of_business.first().copied().unwrap_or(LineOfBusiness::MedicaidManagedCare);
        facts.timing = row.timing.first().copied().unwrap_or(Timing::Retrospective);
        facts.urgency = row.urgency.first().copied().unwrap_or(Urgency::Standard);
        facts.drug = row.drug.first().copied().unwrap_or(Drug::None);
        facts.state = row.states.first().copied();
        facts.circumstances = row.when.iter().copied().collect();
        let rules = row.program.iter().fold(Rules::builtin().clone(), |rules, program| rules.with_program(program));
        let due = rules.start(&facts).unwrap();
        let applied = due.rule.id == row.id || due.lost.iter().any(|lost| lost.rule.id == row.id);
        assert!(applied, "{} is configured but unread", row.id);
    }
}

/// Every row of the field's list (regulations, section 1) is here as a row, or absent with a reason.
#[test]
fn the_list_of_the_field_is_complete() {
    let text = include_str!("../rules/clocks.toml");
    let listed = [
        "MA-STD-PA",
        "MA-STD-NOPA",
        "MA-STD-PARTB",
        "MA-EXP",
        "MA-EXP-PARTB",
        "MA-EXPEDITE-REQ",
        "MA-PAY",
        "MCD-MC-STD",
        "MCD-MC-EXP",
        "MCD-DRUG",
        "MCD-FFS-STD",
        "MCD-FFS-EXP",
        "CHIP-FFS-STD",
        "CHIP-MC-STD",
        "QHP-PRE",
        "ERISA-URG",
        "ERISA-CONC",
        "ERISA-CONC-RED",
        "ERISA-PRE",
        "ERISA-POST",
        "ERISA-BADFILE",
        "NCQA-PRE",
        "NCQA-URG",
        "NCQA-CONC-COMMERCIAL",
        "NCQA-POST",
        "URAC-STD",
        "TX-ADV-HOSP",
        "TX-ADV-OUT",
        "TX-POSTSTAB",
        "TX-DRUG-CONC",
        "TX-PREAUTH",
        "TX-P2P",
        "TX-RENEW",
        "NY-PRE",
        "NY-CONC",
        "NY-RETRO",
        "NY-STEP",
        "CA-STD",
        "CA-URG",
        "CA-RETRO",
        "CA-NOTIFY",
        "MASS-STD",
        "ME-STD-HOURS",
        "WISER",
    ];
    for id in listed {
        assert!(text.contains(&format!("id = \"{id}\"\n")), "{id}");
    }
    assert!(text.matches("[[absent]]").count() == text.matches("\nwhy = ").count());
}

#[test]
fn every_fault_in_the_rows_is_reported_at_once() {
    let clocks = r#"
[near]
id = "near"
percent = 0
at_most_hours = 48
[[rule]]
id = "X"
lines_of_business = ["medicare-advantage", "no-such"]
states = ["TX"]
urgency = ["soon"]
clock_start = "complete-information"
amount = 0
unit = "weeks"
tolling = "none"
extension_unit = "hours"
citation = "c"
status = "Z"
effective_from = "2026-02-01"
effective_to = "2026-01-01"
colour = "red"
[[rule]]
id = "X"
fallback = true
urgency = ["standard"]
clock_start = "receipt"
amount = 1
unit = "hours"
tolling = "after-reply"
on_miss = "m"
citation = "c"
status = "P"
[[rule]]
id = "X"
fallback = true
urgency = ["standard"]
clock_start = "receipt"
amount = 1
unit = "hours"
tolling = "none"
on_miss = "m"
citation = "c"
status = "P"
[[rule]]
id = "X"
fallback = true
urgency = ["standard"]
clock_start = "receipt"
amount = 1
unit = "hours"
tolling = "none"
on_miss = "m"
citation = "c"
status = "P"
"#;
    let holidays = "[[holiday]]\nid = \"h\"\nname = \"n\"\nmonth = 13\nnth = 0\nweekday = \"moonday\"\ncitation = \"c\"\n";
    let faults = Rules::parse(clocks, holidays).unwrap_err();
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    for field in [
        "percent",
        "lines_of_business",
        "urgency",
        "amount",
        "unit",
        "tolling",
        "extension_amount",
        "on_miss",
        "status",
        "effective_to",
        "colour",
        "ask_within_amount",
        "answer_unit",
        "decide_within_unit",
        "id",
        "fallback",
        "month",
        "nth",
        "weekday",
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    assert!(Rules::parse("not toml", "").unwrap_err().iter().any(|fault| fault.field == "syntax"));
}
