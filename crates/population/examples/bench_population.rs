//! Population queries over columns and, on the same patients in the same run, in rows.
//!
//! `bench_population [PATIENTS] [ROW_SAMPLE] [REPEATS]`: generates patients of about a thousand resources as JSON (seeded, no files), parses them with the normal parser, adds
//! them to a table, asks the queries of the field's published benchmark (a code, a code and a value, ten codes, value sets, a rule), and prints patients a second for
//! one core. The row engine answers the same questions for a sample of the same patients, prepared beforehand, and every answer is compared.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::{DateTime, Value};
use cql::{Data, DefinitionId, EvalOptions, Options, Parameters, Terminology};
use population::{Batch, TableBuilder};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

const CQL: &str = r#"
library Bench using FHIR version '4.0.1' include FHIRHelpers version '4.0.1'
codesystem "L": 'http://loinc.org'
codesystem "S": 'http://snomed.info/sct'
valueset "Ten": 'urn:vs:ten'
valueset "All Conditions": 'urn:vs:conditions'
valueset "Qualifying": 'urn:vs:qualifying'
valueset "Therapy": 'urn:vs:therapy'
code "Rare": 'rare' from "L"
code "Frequent": 'frequent' from "L"
code "Always": 'always' from "L"
code "Weight": '29463-7' from "L"
code "A1c": '4548-4' from "L"
code "K0": 'k0' from "S"
code "K1": 'k1' from "S"
code "K2": 'k2' from "S"
code "K3": 'k3' from "S"
code "K4": 'k4' from "S"
code "K5": 'k5' from "S"
code "K6": 'k6' from "S"
code "K7": 'k7' from "S"
code "K8": 'k8' from "S"
code "K9": 'k9' from "S"
parameter "Period" Interval<DateTime> default Interval[@2025-01-01T00:00:00.0Z, @2026-01-01T00:00:00.0Z)
context Patient
define "code, 2 %": exists [Observation: "Rare"]
define "code, 60 %": exists [Observation: "Frequent"]
define "code, 100 %": exists [Observation: "Always"]
define "code and value, 10 %": exists ([Observation: "Weight"] O where O.value as FHIR.Quantity < 42.5 'kg')
define "code and value, 50 %": exists ([Observation: "Weight"] O where O.value as FHIR.Quantity < 55.0 'kg')
define "code and value, 100 %": exists ([Observation: "Weight"] O where O.value as FHIR.Quantity < 200 'kg')
define "ten codes": exists [Condition: "K0"] or exists [Condition: "K1"] or exists [Condition: "K2"] or exists [Condition: "K3"] or exists [Condition: "K4"]
  or exists [Condition: "K5"] or exists [Condition: "K6"] or exists [Condition: "K7"] or exists [Condition: "K8"] or exists [Condition: "K9"]
define "ten-code value set": exists [Condition: "Ten"]
define "all-conditions value set": exists [Condition: "All Conditions"]
define "code, status, year": exists ([Observation: "A1c"] O where O.status = 'final' and O.effective as FHIR.dateTime during "Period")
define "encounters of the year": Count([Encounter] E where E.status = 'finished' and E.period during "Period") >= 3
define "Elevated": exists ([Observation: "A1c"] O where (O.value as FHIR.Quantity).value > 9.0)
define "rule": AgeInYearsAt(date from end of "Period") >= 18 and exists [Condition: "Qualifying"] and "Elevated" and Count([MedicationRequest: "Therapy"]) >= 2
"#;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// A moment, different in almost every resource.
    fn moment(&mut self) -> String {
        let (year, month, day) = (2010 + self.below(16), 1 + self.below(12), 1 + self.below(28));
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}-05:00")
    }
}

const CONDITIONS: u64 = 400;

fn code_of(dice: &mut Dice, rare: bool, frequent: bool, index: u64) -> (&'static str, String, String) {
    match index % 40 {
        0 if rare => ("http://loinc.org", "rare".into(), "Rare".into()),
        1..=4 if frequent => ("http://loinc.org", "frequent".into(), "Frequent".into()),
        5..=7 => ("http://loinc.org", "always".into(), "Always".into()),
        8 | 9 => ("http://loinc.org", "29463-7".into(), "Body Weight".into()),
        10 => ("http://loinc.org", "4548-4".into(), "Hemoglobin A1c/Hemoglobin.total in Blood".into()),
        _ => {
            let number = dice.below(300);
            ("http://loinc.org", format!("l{number}"), format!("Laboratory test number {number}"))
        }
    }
}

/// One patient: a Bundle of about a thousand resources.
fn patient(dice: &mut Dice, index: u64, text: &mut String) {
    text.clear();
    let (rare, frequent) = (dice.below(100) < 2, dice.below(100) < 60);
    // The lowest of twenty weights decides the queries by value.
    let weight = 400 + dice.below(300);
    let birth = 1930 + dice.below(90);
    write!(
        text,
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"urn:uuid:p{index}","resource":{{"resourceType":"Patient","id":"p{index}","gender":"{}","birthDate":"{birth}-0{}-1{}","name":[{{"family":"Family{index}","given":["Given"]}}]}}}}"#,
        if index.is_multiple_of(2) { "female" } else { "male" },
        1 + dice.below(9),
        dice.below(9)
    )
    .unwrap();
    let subject = format!(r#""subject":{{"reference":"urn:uuid:p{index}"}}"#);
    let mut number = 0;
    let mut add = |text: &mut String, body: String| {
        write!(text, r#",{{"fullUrl":"urn:uuid:r{index}-{number}","resource":{{"id":"r{index}-{number}",{body},{subject}}}}}"#)
            .unwrap();
        number += 1;
    };
    for i in 0..420 {
        let (system, code, display) = code_of(dice, rare, frequent, i);
        let (value, unit) = match &*code {
            "29463-7" => (weight + dice.below(400), "kg"),
            "4548-4" => (40 + dice.below(if index.is_multiple_of(3) { 80 } else { 50 }), "%"),
            _ => (dice.below(2000), "mg/dL"),
        };
        let (status, at) = (if dice.below(20) == 0 { "preliminary" } else { "final" }, dice.moment());
        add(
            text,
            format!(
                r#""resourceType":"Observation","status":"{status}","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"laboratory"}}]}}],"code":{{"coding":[{{"system":"{system}","code":"{code}","display":"{display}"}}],"text":"{display}"}},"effectiveDateTime":"{at}","issued":"{at}","valueQuantity":{{"value":{}.{},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}"#,
                value / 10,
                value % 10
            ),
        );
    }
    for _ in 0..120 {
        let number = if dice.below(40) == 0 { dice.below(10) } else { 10 + dice.below(CONDITIONS - 10) };
        let at = dice.moment();
        add(
            text,
            format!(
                r#""resourceType":"Condition","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}}]}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"k{number}","display":"Disorder number {number}"}}],"text":"Disorder number {number}"}},"onsetDateTime":"{at}","recordedDate":"{at}""#
            ),
        );
    }
    for _ in 0..150 {
        let (number, at) = (dice.below(40), dice.moment());
        add(
            text,
            format!(
                r#""resourceType":"Encounter","status":"finished","class":{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}},"type":[{{"coding":[{{"system":"http://snomed.info/sct","code":"e{number}","display":"Encounter kind {number}"}}]}}],"period":{{"start":"{at}","end":"{at}"}}"#
            ),
        );
    }
    for _ in 0..110 {
        let (number, at) = (dice.below(150), dice.moment());
        add(
            text,
            format!(
                r#""resourceType":"MedicationRequest","status":"stopped","intent":"order","medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"m{number}","display":"Drug {number} 10 MG Oral Tablet"}}]}},"authoredOn":"{at}""#
            ),
        );
    }
    for _ in 0..200 {
        let (number, at) = (dice.below(120), dice.moment());
        add(
            text,
            format!(
                r#""resourceType":"Procedure","status":"completed","code":{{"coding":[{{"system":"http://snomed.info/sct","code":"q{number}","display":"Procedure {number}"}}],"text":"Procedure {number}"}},"performedPeriod":{{"start":"{at}","end":"{at}"}}"#
            ),
        );
    }
    text.push_str("]}");
}

fn terminology() -> Terminology {
    let mut terms = Terminology::new();
    let mut add = |url: &str, system: &str, prefix: &str, from: u64, to: u64| {
        let codes: Vec<String> = (from..to).map(|i| format!("{prefix}{i}")).collect();
        terms.add_value_set(url, None, codes.iter().map(|c| (system, c.as_str())));
    };
    add("urn:vs:ten", "http://snomed.info/sct", "k", 0, 10);
    add("urn:vs:conditions", "http://snomed.info/sct", "k", 0, CONDITIONS);
    add("urn:vs:qualifying", "http://snomed.info/sct", "k", 5, 60);
    add("urn:vs:therapy", "http://www.nlm.nih.gov/research/umls/rxnorm", "m", 0, 30);
    terms
}

fn best(repeats: usize, mut work: impl FnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..repeats {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
    }
    best
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().expect("a number"));
    let (patients, sample, repeats) =
        (arguments.next().unwrap_or(5000), arguments.next().unwrap_or(100), arguments.next().unwrap_or(5));
    let program = cql::compile(&[cql::Source { name: "bench", text: CQL }], &Options::default())
        .unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    let (terms, parameters) = (terminology(), Parameters::new());
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").unwrap();
    let all: Vec<DefinitionId> =
        program.public_definitions().iter().copied().filter(|d| !program.plan().definition(*d).implicit).collect();
    let batch = Batch::new(&program, &all, &parameters, now, Some(&terms)).unwrap();

    let (mut generating, mut parsing, mut adding) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut builder = TableBuilder::new(batch.need());
    let mut kept = Vec::new();
    let (mut dice, mut text, mut resources) = (Dice(7), String::new(), 0);
    let limits = json::Limits::default();
    let projection = batch.need().projection();
    for index in 0..patients {
        let start = Instant::now();
        patient(&mut dice, index as u64, &mut text);
        generating += start.elapsed();
        let start = Instant::now();
        let document = json::Document::parse_projected(text.as_bytes(), &projection, &limits).unwrap();
        parsing += start.elapsed();
        let start = Instant::now();
        let entries = document.root().get("entry").unwrap();
        resources += entries.len();
        builder.add(entries.items().filter_map(|e| e.get("resource"))).unwrap();
        adding += start.elapsed();
        if index < sample {
            kept.push(json::Document::parse(text.as_bytes(), &limits).unwrap());
        }
    }
    let start = Instant::now();
    let table = builder.finish();
    adding += start.elapsed();
    let json = table.json_bytes();
    println!("{patients} patients, {} resources each, {} KB of JSON each", resources / patients, json as usize / patients / 1000);
    println!(
        "built in {:.1} s of parsing ({:.0} MB/s) and {:.1} s of columns; (generated in {:.1} s)",
        parsing.as_secs_f64(),
        json as f64 / 1e6 / parsing.as_secs_f64(),
        adding.as_secs_f64(),
        generating.as_secs_f64()
    );
    println!(
        "memory {:.1} KB a patient, {:.1} % of the JSON; {} of {resources} resources are rows",
        table.memory() as f64 / 1000.0 / patients as f64,
        100.0 * table.memory() as f64 / json as f64,
        table.rows()
    );
    println!();
    println!("{:<28}{:>7}{:>16}{:>16}{:>14}{:>9}", "patients/s a core", "true", "columns", "with 2 workers", "rows", "ratio");
    let data: Vec<Data<'_>> = kept.iter().map(Data::from_document).collect();
    for id in &all {
        let name = &program.plan().definition(*id).name;
        let only = Batch::new(&program, &[*id], &parameters, now, Some(&terms)).unwrap();
        let ask = |workers: usize| only.evaluate(&table, None, NonZeroUsize::new(workers).unwrap()).unwrap();
        let answer = ask(1).remove(0);
        assert_eq!(answer.open.count(), 0, "{name}: the columns leave some open");
        let one = best(repeats, || drop(ask(1)));
        let two = best(repeats, || drop(ask(2)));
        let wanted = [*id];
        let options = EvalOptions { terminology: Some(&terms), definitions: Some(&wanted), ..EvalOptions::default() };
        let rows = best(repeats, || {
            for (index, data) in data.iter().enumerate() {
                let answers = program.evaluate(data, &parameters, now, &options).unwrap();
                assert!(answers.first_error().is_none());
                let value = answers.value(*id);
                let same = matches!((answer.value(index), value), (Some(Ok(Value::Boolean(a))), Value::Boolean(b)) if a == *b)
                    || matches!((answer.value(index), value), (Some(Ok(Value::Null)), Value::Null));
                assert!(same, "{name}: patient {index} differs");
            }
        });
        let speed = |time: Duration, count: usize| count as f64 / time.as_secs_f64();
        let (columns, both, rows) = (speed(one, patients), speed(two, patients), speed(rows, data.len().max(1)));
        println!(
            "{name:<28}{:>6.1}%{columns:>16.0}{both:>16.0}{rows:>14.0}{:>8.0}x",
            100.0 * answer.is_true.count() as f64 / patients as f64,
            columns / rows
        );
    }
}
