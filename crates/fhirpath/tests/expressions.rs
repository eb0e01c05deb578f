//! Expressions over a patient of our own: places of what is found, primitives with extensions, faults by their code, limits.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::value::{DateTime, Value};
use fhirpath::{Context, Expression, Fault, Item, Limits};
use proptest::prelude::*;

const PATIENT: &str = r##"{ "resourceType": "Patient", "id": "p", "active": true, "birthDate": "1950-02",
  "_birthDate": { "extension": [{ "url": "u", "valueDateTime": "1950-02-03T04:05:06Z" }] },
  "name": [{ "given": ["Ada", null], "_given": [null, { "extension": [{ "url": "absent", "valueCode": "unknown" }] }], "family": "L" }],
  "multipleBirthInteger": 2, "managingOrganization": { "reference": "#org" },
  "contained": [{ "resourceType": "Organization", "id": "org", "name": "House" }],
  "extension": [{ "url": "weight", "valueQuantity": { "value": 70.50, "code": "kg", "system": "http://unitsofmeasure.org" } }] }"##;

fn context() -> Context<'static> {
    Context::new(DateTime::parse("2026-01-15T12:00:00.000Z").unwrap())
}

fn with<T>(text: &str, check: impl Fn(Result<Vec<Item<'_>>, Fault>) -> T) -> T {
    let document = json::Document::parse(PATIENT.as_bytes(), &json::Limits::default()).unwrap();
    check(Expression::parse(text, &Limits::default()).and_then(|e| e.evaluate(document.root(), &context())))
}

/// Values, or paths of what has none, separated by spaces; or the code of the fault.
fn show(text: &str) -> String {
    with(text, |found| match found {
        Err(fault) => fault.code().to_owned(),
        Ok(items) => {
            let all: Vec<String> =
                items.iter().map(|i| i.value().map_or_else(|| i.path().unwrap_or_default(), |v| v.to_string())).collect();
            all.join(" ")
        }
    })
}

#[test]
fn answers() {
    for (text, expected) in [
        ("name.given", "'Ada' Patient._name[0].given[1]"),
        ("name.given.select($this.hasValue())", "true false"),
        ("name.given.extension('absent').value", "'unknown'"),
        ("birthDate.extension('u').value is dateTime", "true"),
        ("multipleBirth + 1", "3"),
        ("multipleBirth is integer", "true"),
        ("managingOrganization.resolve().name", "'House'"),
        ("extension('weight').value = 70500 'g'", "true"),
        ("extension('weight').value * 2", "141.00 'kg'"),
        ("Patient.descendants().ofType(Organization).name", "'House'"),
        ("contained.where($this is Organization).id", "'org'"),
        ("iif(active, 'yes', 1 / 'no')", "'yes'"),
        ("name.given.count() > 1 and active", "true"),
        ("birthDate < @1950-02-15", ""),
        ("%resource.id & '/' & %who", "'p/me'"),
        ("Observation.status", ""),
    ] {
        let document = json::Document::parse(PATIENT.as_bytes(), &json::Limits::default()).unwrap();
        let variables = [("who", Value::string("me"))];
        let context = Context { variables: &variables, ..context() };
        let expression = Expression::parse(text, &Limits::default()).unwrap();
        let items = expression.evaluate(document.root(), &context).unwrap();
        let all: Vec<String> =
            items.iter().map(|i| i.value().map_or_else(|| i.path().unwrap_or_default(), |v| v.to_string())).collect();
        let expected = expected.replace("Patient._name[0].given[1]", &all.get(1).cloned().unwrap_or_default());
        assert_eq!(all.join(" "), expected, "{text}");
    }
}

#[test]
fn places() {
    for (text, expected) in [
        ("name.given.first()", "Patient.name[0].given[0]"),
        ("contained.name", "Patient.contained[0].name"),
        ("extension.value.value", "Patient.extension[0].valueQuantity.value"),
    ] {
        let found = with(text, |found| found.unwrap()[0].path().unwrap());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn faults() {
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let long = format!("1{}", " + 1".repeat(100_000));
    let signs = "-".repeat(100_000) + "1";
    let path = "a.".repeat(100_000) + "b";
    for (text, expected) in [
        ("1 +", "syntax"),
        ("'abc", "syntax"),
        ("@2026-02-30", "syntax"),
        ("99999999999", "syntax"),
        ("nonsense()", "semantic"),
        ("name.where()", "semantic"),
        ("name.given.single()", "execution"),
        ("1 + 'a'", "execution"),
        ("name > 1", "execution"),
        ("%nonsense", "execution"),
        ("name as Nonsense", "execution"),
        ("'a'.matches('(')", "execution"),
        (&deep, "limit"),
        (&long, "limit"),
        (&signs, "limit"),
        (&path, "limit"),
    ] {
        assert_eq!(show(text), expected, "{}", &text[..text.len().min(60)]);
    }
    let document = json::Document::parse(PATIENT.as_bytes(), &json::Limits::default()).unwrap();
    let expression = Expression::parse("descendants().descendants().descendants().count()", &Limits::default()).unwrap();
    let limits = Limits { max_items: 10, ..Limits::default() };
    let found = expression.evaluate(document.root(), &Context { limits, ..context() });
    assert!(matches!(found, Err(Fault::Limit(_))));
}

#[test]
fn checks() {
    for (text, type_name, is_right) in [
        ("Patient.name.given", "Patient", true),
        ("name.where(use = 'official').family", "Patient", true),
        ("name.where(usee = 'official').family", "Patient", false),
        ("Observation.value.unit", "Observation", true),
        ("Observation.valueQuantity", "Observation", false),
        ("(Observation.value as Period).unit", "Observation", false),
        ("Bundle.entry.resource.anything", "Bundle", true),
        ("contact.name.given1", "Patient", false),
        ("name.given", "Nonsense", false),
    ] {
        let expression = Expression::parse(text, &Limits::default()).unwrap();
        assert_eq!(expression.check(type_name).is_ok(), is_right, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// No text makes it panic; what parses can be evaluated or says why not.
    #[test]
    fn any_text(words in prop::collection::vec(prop_oneof![
        Just("name"), Just("given"), Just("."), Just("("), Just(")"), Just("where"), Just("select"), Just("$this"), Just("1"), Just("'a'"), Just("+"), Just("="),
        Just("|"), Just("is"), Just("as"), Just("String"), Just("[0]"), Just("first()"), Just("count()"), Just("-"), Just("@2026-01"), Just("{}"), Just("and"),
        Just("toString()"), Just("descendants()"), Just("4 days"), Just("%ucum"), Just("lowBoundary()"), Just("sort()"), Just(","), Just("iif")
    ], 0..14)) {
        show(&words.concat());
        show(&words.join(" "));
    }
}
