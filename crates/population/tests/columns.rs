//! The columns say what the row engine says: random patients, random definitions, every patient compared.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use cql::value::{DateTime, Value};
use cql::{DefinitionId, EvalOptions, Options, Parameters, Program, Terminology};
use population::{Answer, Batch, Need, Patient, Source, SourceOptions, Table, TableBuilder};
use proptest::prelude::*;
use std::fmt::Write;
use std::num::NonZeroUsize;

const HEAD: &str = r#"
library Random using FHIR version '4.0.1' include FHIRHelpers version '4.0.1'
codesystem "S": 'urn:s'
codesystem "T": 'urn:t'
valueset "Some": 'urn:vs:some'
valueset "Many": 'urn:vs:many'
valueset "Absent": 'urn:vs:absent'
code "C1": 'c1' from "S"
code "C2": 'c2' from "S"
code "T1": 'c1' from "T"
concept "Both": { "C1", "T1" }
parameter "Period" Interval<DateTime> default Interval[@2023-01-01T00:00:00.0Z, @2024-01-01T00:00:00.0Z)
parameter "Flag" Boolean
context Patient
define function "Is Done"(o Observation): o.status in { 'final', 'amended' }
define "Done Observations": [Observation: "Some"] O where "Is Done"(O)
define "Index Date": First([Encounter] E return start of E.period sort asc)
"#;

/// A source of choices: one number decides everything, so that proptest can shrink it.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }
}

const DATES: [&str; 10] = [
    "2022",
    "2023",
    "2023-06",
    "2023-01-01",
    "2023-12-31",
    "2024-01-01",
    "2023-06-15T10:00:00Z",
    "2023-12-31T23:30:00-05:00",
    "2024-01-01T00:00:00.000Z",
    "2021-02-28T23:59:59.999+02:00",
];

/// A date or moment: one of a few awkward ones, or any.
fn moment(dice: &mut Dice) -> String {
    if dice.below(2) == 0 {
        return dice.pick(&DATES).to_owned();
    }
    let (year, month, day) = (2019 + dice.below(7), 1 + dice.below(12), 1 + dice.below(28));
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    let zone = dice.pick(&["Z", "-05:00", "+14:00"]);
    match dice.below(6) {
        0 => format!("{year}-{month:02}"),
        1 => format!("{year}-{month:02}-{day:02}"),
        2 => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}{zone}", dice.below(1000)),
        _ => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"),
    }
}

fn coding(dice: &mut Dice) -> String {
    let system = dice.pick(&["urn:s", "urn:s", "urn:t", "urn:other"]);
    let code = dice.pick(&["c1", "c2", "c3", "c4", "c5"]);
    match dice.below(8) {
        0 => format!(r#"{{"code":"{code}"}}"#),
        1 => format!(r#"{{"system":"{system}"}}"#),
        2 => format!(r#"{{"system":"{system}","code":"{code}","display":"d"}}"#),
        _ => format!(r#"{{"system":"{system}","code":"{code}"}}"#),
    }
}

fn concept(dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => r#"{"text":"x"}"#.to_owned(),
        1 => format!(r#"{{"coding":[{},{}],"text":"y"}}"#, coding(dice), coding(dice)),
        _ => format!(r#"{{"coding":[{}]}}"#, coding(dice)),
    }
}

fn period(dice: &mut Dice) -> String {
    let (start, end) = (moment(dice), moment(dice));
    match dice.below(5) {
        0 => format!(r#"{{"start":"{start}"}}"#),
        1 => format!(r#"{{"end":"{end}"}}"#),
        2 => format!(r#"{{"start":"{end}","end":"{end}"}}"#),
        _ => format!(r#"{{"start":"{start}","end":"{end}"}}"#),
    }
}

/// A member, or nothing.
fn maybe(dice: &mut Dice, text: impl FnOnce(&mut Dice) -> String) -> String {
    if dice.below(5) == 0 { String::new() } else { format!(",{}", text(dice)) }
}

fn resource(dice: &mut Dice, index: usize) -> String {
    let status = |d: &mut Dice| match d.below(8) {
        0 => r#""_status":{"extension":[{"url":"u","valueString":"v"}]}"#.to_owned(),
        _ => format!(r#""status":"{}""#, d.pick(&["final", "amended", "active", "finished", "stopped"])),
    };
    let code = |d: &mut Dice| format!(r#""code":{}"#, concept(d));
    let when = |d: &mut Dice, name: &str| match d.below(3) {
        0 => format!(r#""{name}Period":{}"#, period(d)),
        _ => format!(r#""{name}DateTime":"{}""#, moment(d)),
    };
    let value = |d: &mut Dice| match d.below(6) {
        0 => format!(r#""valueCodeableConcept":{}"#, concept(d)),
        1 => format!(r#""valueString":"{}""#, d.pick(&["a", "b\\u0041"])),
        2 => r#""valueInteger":7"#.to_owned(),
        3 => format!(r#""valueQuantity":{{"value":{},"comparator":"<","unit":"mg"}}"#, d.below(12)),
        _ => {
            let unit = d.pick(&["mg", "g", "%"]);
            let number = d.pick(&["5", "5.0", "7.25", "9", "0.0071", "12e0"]);
            format!(
                r#""valueQuantity":{{"value":{number},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}"#
            )
        }
    };
    let component = |d: &mut Dice| {
        let count = d.below(3);
        let items: Vec<String> = (0..count).map(|_| format!(r#"{{"code":{},{}}}"#, concept(d), value(d))).collect();
        format!(r#""component":[{}]"#, items.join(","))
    };
    let category = |d: &mut Dice| {
        let count = d.below(3);
        let items: Vec<String> = (0..count).map(|_| concept(d)).collect();
        format!(r#""category":[{}]"#, items.join(","))
    };
    let mut out = String::new();
    let ty = dice.pick(&["Observation", "Observation", "Observation", "Condition", "Encounter", "MedicationRequest"]);
    write!(out, r#"{{"resourceType":"{ty}","id":"r{index}""#).unwrap();
    match ty {
        "Observation" => {
            out += &maybe(dice, status);
            out += &maybe(dice, code);
            out += &maybe(dice, |d| when(d, "effective"));
            out += &maybe(dice, value);
            out += &maybe(dice, component);
            out += &maybe(dice, category);
            out +=
                &maybe(dice, |d| format!(r#""issued":"{}""#, d.pick(&["2023-05-05T00:00:00Z", "2024-05-05T12:30:00.5+01:00"])));
        }
        "Condition" => {
            out += &maybe(dice, code);
            out += &maybe(dice, |d| when(d, "onset"));
            out += &maybe(dice, |d| format!(r#""clinicalStatus":{}"#, concept(d)));
        }
        "Encounter" => {
            out += &maybe(dice, status);
            out += &maybe(dice, |d| format!(r#""type":[{},{}]"#, concept(d), concept(d)));
            out += &maybe(dice, |d| format!(r#""period":{}"#, period(d)));
        }
        _ => {
            out += &maybe(dice, status);
            out += &match dice.below(4) {
                0 => r#","medicationReference":{"reference":"Medication/m"}"#.to_owned(),
                _ => format!(r#","medicationCodeableConcept":{}"#, concept(dice)),
            };
            out += &maybe(dice, |d| format!(r#""authoredOn":"{}""#, moment(d)));
        }
    }
    out + "}"
}

fn patient(dice: &mut Dice) -> String {
    let mut resources = Vec::new();
    let patients = if dice.below(12) == 0 { dice.below(3) } else { 1 };
    // Two of one id are two Patient resources in one record: the row engine refuses to choose.
    for _ in 0..patients {
        let mut text = r#"{"resourceType":"Patient","id":"p""#.to_owned();
        text += &maybe(dice, |d| format!(r#""gender":"{}""#, d.pick(&["male", "female"])));
        text += &maybe(dice, |d| {
            format!(
                r#""birthDate":"{}""#,
                match d.below(3) {
                    0 => d.pick(&["1950-05-05", "2005-12-31", "2006-01-01", "2006", "1999-02", "2004-02-29"]).to_owned(),
                    _ => format!("{}-{:02}-{:02}", 1920 + d.below(104), 1 + d.below(12), 1 + d.below(28)),
                }
            )
        });
        text += &maybe(dice, |d| format!(r#""deceased{}"#, d.pick(&[r#"Boolean":true"#, r#"DateTime":"2023-03""#])));
        resources.push(text + "}");
    }
    if dice.below(2) == 0 {
        resources.push(format!(r#"{{"resourceType":"Medication","id":"m","code":{}}}"#, concept(dice)));
    }
    let count = dice.below(9);
    resources.extend((0..count).map(|i| resource(dice, i as usize)));
    let entries: Vec<String> = resources.iter().map(|r| format!(r#"{{"resource":{r}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","))
}

/// A retrieve of a type.
fn retrieve(dice: &mut Dice, ty: &str) -> String {
    let terms = ["", ": \"C1\"", ": \"Some\"", ": \"Many\"", ": code in { \"C1\", \"C2\" }", ": \"Both\""];
    let term = if dice.below(40) == 0 { ": \"Absent\"" } else { dice.pick(&terms) };
    let term = if ty == "Observation" || !term.contains("code in") { term } else { ": \"T1\"" };
    format!("[{ty}{term}]")
}

fn date(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "@2023-06",
        "@2023-06-15T10:00:00.0Z",
        "@2023",
        "start of \"Period\"",
        "end of \"Period\"",
        "@2024-01-01",
        "Now()",
    ])
}

/// A condition on X of a type.
fn condition(dice: &mut Dice, ty: &str, depth: u32) -> String {
    if depth > 0 && dice.below(2) == 0 {
        let (left, right) = (condition(dice, ty, depth - 1), condition(dice, ty, depth - 1));
        return match dice.below(6) {
            0 => format!("(not ({left}))"),
            1 => format!("(({left}) is null)"),
            2 => format!("({left} or {right})"),
            3 => format!("({left} implies {right})"),
            _ => format!("({left} and {right})"),
        };
    }
    let relation = dice.pick(&["before", "after", "same day as", "same or before", "on or after day of", "same month or after"]);
    let number = dice.pick(&["5", "7.25", "9.0"]);
    let common = ["X.id is not null".to_owned(), "true".to_owned(), "\"Flag\"".to_owned(), "exists (X.extension)".to_owned()];
    let own: Vec<String> = match ty {
        "Observation" => vec![
            "X.status = 'final'".into(),
            "X.status in { 'final', 'amended' }".into(),
            "\"Is Done\"(X)".into(),
            "X.status is null".into(),
            format!("(X.value as FHIR.Quantity).value > {number}"),
            format!("X.value as FHIR.Quantity <= {number} 'mg'"),
            format!("X.value > {number} 'g'"),
            "X.value is not null".into(),
            "X.value is FHIR.CodeableConcept".into(),
            "X.value as FHIR.CodeableConcept ~ \"C1\"".into(),
            "(X.value as FHIR.CodeableConcept) in \"Some\"".into(),
            "X.value as FHIR.string = 'a'".into(),
            format!("X.effective as FHIR.dateTime {relation} {}", date(dice)),
            "X.effective as FHIR.dateTime during \"Period\"".into(),
            "X.effective as FHIR.Period overlaps \"Period\"".into(),
            format!(
                "X.effective as FHIR.Period {} \"Period\"",
                dice.pick(&["overlaps after", "meets", "includes", "starts", "ends", "during month of", "same as"])
            ),
            format!("start of (X.effective as FHIR.Period) {} {}", dice.pick(&["<", ">=", "="]), date(dice)),
            format!("date from (X.effective as FHIR.dateTime) {} @2023-06-15", dice.pick(&["<", ">=", "=", "!=", "~"])),
            "X.effective as FHIR.dateTime 1 year or less before @2024-01-01T00:00:00.0Z".into(),
            "X.effective as FHIR.Period during day of \"Period\"".into(),
            "X.issued in \"Period\"".into(),
            "X.issued after X.effective as FHIR.dateTime".into(),
            "exists (X.component C where C.code ~ \"C1\" and C.value as FHIR.Quantity > 4 'mg')".into(),
            "Count(X.component) > 1".into(),
            "X.code ~ \"C2\"".into(),
            "(singleton from X.category) ~ \"C1\"".into(),
            "exists (X.category K where K in \"Many\")".into(),
            "(months between (X.effective as FHIR.dateTime).value and @2024-06-01T00:00:00.0Z) > 6".into(),
        ],
        "Condition" => vec![
            "X.clinicalStatus ~ \"C1\"".into(),
            format!("X.onset as FHIR.dateTime {relation} {}", date(dice)),
            "X.onset as FHIR.Period starts during \"Period\"".into(),
            "X.onset as FHIR.dateTime 6 months or less before end of \"Period\"".into(),
            "X.code in \"Some\"".into(),
        ],
        "Encounter" => vec![
            "X.status = 'finished'".into(),
            "X.period during \"Period\"".into(),
            "X.period overlaps before \"Period\"".into(),
            format!("start of X.period {relation} {}", date(dice)),
            "exists (X.type T where T ~ \"C1\")".into(),
            "X.period starts before \"Index Date\"".into(),
        ],
        _ => vec![
            "X.status = 'active'".into(),
            format!("X.authoredOn {relation} {}", date(dice)),
            "X.medication as FHIR.CodeableConcept ~ \"C1\"".into(),
        ],
    };
    let all = [common.to_vec(), own.clone(), own.clone(), own].concat();
    all[dice.below(all.len() as u64) as usize].clone()
}

const TYPES: [&str; 4] = ["Observation", "Condition", "Encounter", "MedicationRequest"];

fn list(dice: &mut Dice) -> String {
    let ty = dice.pick(&TYPES);
    let of = retrieve(dice, ty);
    let one = condition(dice, ty, 2);
    match dice.below(12) {
        0 => of,
        1 => "\"Done Observations\"".to_owned(),
        2 => format!("(\"Done Observations\" X where {})", condition(dice, "Observation", 1)),
        3 => format!("(({of} X where {one}) union {})", retrieve(dice, ty)),
        4 => {
            let relation = dice.pick(&[
                "with [Encounter] E such that E.status = 'finished'",
                "with [Encounter: \"C1\"] E such that true",
                "without [Encounter: \"C1\"] E such that E.status = X.id",
                "with [Condition: \"Some\"] E such that E.id = X.id and E.code in \"Some\"",
                "with [Condition] E such that E.id = X.id and E.code in \"Absent\"",
                "with [Encounter] E such that E.id = X.id and E.status is not null",
            ]);
            format!("({of} X {relation} where {one})")
        }
        5 => format!("({of} X let Y: X where {one} and Y.id is not null)"),
        6 => format!("(({of} X where {one}) X where {})", condition(dice, ty, 1)),
        _ => format!("({of} X where {one})"),
    }
}

/// A truth value; `earlier` definitions may be used.
fn truth(dice: &mut Dice, earlier: usize, depth: u32) -> String {
    if depth > 0 && dice.below(3) > 0 {
        let (left, right) = (truth(dice, earlier, depth - 1), truth(dice, earlier, depth - 1));
        return match dice.below(9) {
            0 => format!("(not ({left}))"),
            1 => format!("({left} xor {right})"),
            2 => format!("({left} implies {right})"),
            3 => format!("(({left}) is {})", dice.pick(&["null", "true", "false", "not null"])),
            4 => format!("(if {left} then {right} else {})", truth(dice, earlier, 0)),
            5 | 6 => format!("({left} or {right})"),
            _ => format!("({left} and {right})"),
        };
    }
    match dice.below(14) {
        0..=4 => format!("exists {}", list(dice)),
        5 => format!("(Count({}) {} {})", list(dice), dice.pick(&[">", ">=", "=", "<", "!="]), dice.below(3)),
        6 => format!("({} <= Count({}))", dice.below(3), list(dice)),
        7 => {
            let at = dice.pick(&["@2024-01-01", "date from start of \"Period\"", "Today()", "@2024-02-29", "@2023"]);
            format!(
                "(AgeInYearsAt({at}) {} {})",
                dice.pick(&[">=", "<", "=", "in Interval[17, 64) and 0 <"]),
                dice.pick(&["18", "0", "25"])
            )
        }
        8 => {
            dice.pick(&["(Patient.gender = 'female')", "(Patient.gender is null)", "(Patient.birthDate before @2006)"]).to_owned()
        }
        9 => {
            dice.pick(&["(Patient.deceased is FHIR.boolean)", "\"Flag\"", "(Patient is null)", "(AgeInYears() > 17)"]).to_owned()
        }
        10 => dice.pick(&["(null as Boolean)", "true", "((First([Condition] C return C.id)) = 'r1')", "(1 = 1)"]).to_owned(),
        11 => "((singleton from [Condition]).clinicalStatus ~ \"C1\")".to_owned(),
        _ if earlier > 0 => format!("\"D{}\"", dice.below(earlier as u64)),
        _ => format!("exists {}", list(dice)),
    }
}

fn library(dice: &mut Dice) -> (String, usize) {
    let mut text = HEAD.to_owned();
    let count = 1 + dice.below(4) as usize;
    for index in 0..count {
        writeln!(text, "define \"D{index}\": {}", truth(dice, index, 2)).unwrap();
    }
    writeln!(text, "define \"D{count}\": Count({})", list(dice).replace(" union ", " X union ").replace(" X union ", " union "))
        .unwrap();
    (text, count)
}

fn patients(lines: &str) -> Vec<Patient> {
    let options = SourceOptions { require_patient: false, ..SourceOptions::default() };
    Source::from_reader("-", std::io::Cursor::new(lines.to_owned()), &options).map(Result::unwrap).collect()
}

fn terminology() -> Terminology {
    let mut terminology = Terminology::new();
    terminology.add_value_set("urn:vs:some", None, [("urn:s", "c1"), ("urn:t", "c2")]);
    terminology.add_value_set(
        "urn:vs:many",
        None,
        [("urn:s", "c1"), ("urn:s", "c2"), ("urn:s", "c3"), ("urn:t", "c4"), ("urn:t", "c5")],
    );
    terminology
}

fn table(need: &Need, patients: &[Patient]) -> Table {
    let mut builder = TableBuilder::new(need);
    for patient in patients {
        builder.add(patient.resources().map(|(_, resource)| resource)).unwrap();
    }
    builder.finish()
}

/// The row engine's answer, as text.
fn in_rows(
    program: &Program,
    patient: &Patient,
    id: DefinitionId,
    parameters: &Parameters,
    terms: &Terminology,
    now: DateTime,
) -> String {
    let data = patient.data();
    let definitions = [id];
    let options = EvalOptions { terminology: Some(terms), definitions: Some(&definitions), ..EvalOptions::default() };
    let answers = program.evaluate(&data, parameters, now, &options).unwrap();
    match answers.error(id) {
        Some(error) => format!("error {error}"),
        None => format!("{:?}", answers.value(id)),
    }
}

fn in_columns(answer: &Answer, patient: usize) -> String {
    match answer.value(patient) {
        None => "open".to_owned(),
        Some(Err(message)) => format!("error {message}"),
        Some(Ok(value)) => format!("{value:?}"),
    }
}

fn check(seed: u64, count: usize) -> (usize, usize) {
    let mut dice = Dice(seed);
    let (text, last) = library(&mut dice);
    let lines: Vec<String> = (0..count).map(|_| patient(&mut dice)).collect();
    compare(&text, last, &patients(&lines.join("\n")), &format!("seed {seed}"))
}

/// Compares definitions D0 to the last; gives how many answers there were, and how many came from rows.
fn compare(text: &str, last: usize, patients: &[Patient], name: &str) -> (usize, usize) {
    let program = cql::compile(&[cql::Source { name: "random", text }], &Options::default()).unwrap_or_else(|faults| {
        panic!("{name}: {}\n{text}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    let terms = terminology();
    let now = DateTime::parse("2024-02-29T12:00:00.000Z").unwrap();
    let flag = [Value::Null, Value::Boolean(true), Value::Boolean(false)];
    let parameters = Parameters::new().with("Flag", flag[name.len() % 3].clone());
    let all: Vec<DefinitionId> = (0..=last).map(|i| program.definition(&format!("D{i}")).unwrap()).collect();
    let fits = |id: &&DefinitionId| Batch::new(&program, &[**id], &parameters, now, Some(&terms)).is_ok();
    let definitions: Vec<DefinitionId> = all.iter().filter(fits).copied().collect();
    assert!(definitions.len() >= last, "{name}: a truth value does not fit\n{text}");
    let batch = Batch::new(&program, &definitions, &parameters, now, Some(&terms)).unwrap();
    let table = table(batch.need(), patients);
    let one = NonZeroUsize::MIN;
    let records: &dyn population::Records = &Slice(patients);
    let answers = batch.evaluate(&table, Some(records), one).unwrap();
    let without = batch.evaluate(&table, None, NonZeroUsize::new(2).unwrap()).unwrap();
    let mut rows = 0;
    for ((id, answer), open) in definitions.iter().zip(&answers).zip(&without) {
        rows += answer.in_rows;
        for (index, patient) in patients.iter().enumerate() {
            let want = in_rows(&program, patient, *id, &parameters, &terms, now);
            let got = in_columns(answer, index);
            let explain: String = batch.explain().iter().map(ToString::to_string).collect();
            let definition = &program.plan().definition(*id).name;
            assert_eq!(got, want, "{name}: {definition} of patient {index}\n{text}\n{explain}");
            if !open.open.get(index) {
                assert_eq!(in_columns(open, index), want, "{name}: {definition} of patient {index} without records\n{text}");
            }
        }
    }
    (definitions.len() * patients.len(), rows)
}

struct Slice<'p>(&'p [Patient]);

impl population::Records for Slice<'_> {
    fn record(&self, patient: usize, with: &mut dyn FnMut(&cql::Data<'_>)) {
        self.0.record(patient, with);
    }
}

#[test]
fn columns_and_rows_agree_on_random_definitions_and_patients() {
    let cases = std::env::var("POPULATION_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(80u64);
    let (mut answers, mut rows) = (0, 0);
    for seed in 0..cases {
        let (a, r) = check(seed.wrapping_mul(0x5851_f42d_4c95_7f2d), 40);
        (answers, rows) = (answers + a, rows + r);
    }
    println!("{answers} answers, {rows} of them by the row engine");
    assert!(rows * 2 < answers, "{rows} of {answers} answers came from rows: the columns do too little");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn columns_and_rows_agree(seed in any::<u64>()) {
        check(seed, 20);
    }
}
