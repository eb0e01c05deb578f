use super::*;
use json::Limits;

const BUNDLE: &str = r#"{"resourceType":"Bundle","entry":[
 {"fullUrl":"urn:p","resource":{"resourceType":"Patient","id":"p1"}},
 {"resource":{"resourceType":"Condition","id":"c1","code":{"coding":[{"system":"s","code":"a"},{"system":"s","code":"b"}]}}},
 {"resource":{"resourceType":"Condition","id":"c2","code":{"text":"none"}}},
 {"resource":{"resourceType":"MedicationRequest","id":"m1","medicationReference":{"reference":"Medication/x"}}},
 {"resource":{"resourceType":"Medication","id":"x","code":{"coding":[{"system":"s","code":"b"}]}}},
 {"resource":{"note":"no type"}}]}"#;

fn path(members: &[&str]) -> index::CodePath {
    index::CodePath { members: members.iter().map(|m| (*m).into()).collect() }
}

#[test]
fn resources_are_found_by_type_code_and_reference() {
    let document = Document::parse(BUNDLE.as_bytes(), &Limits::default()).unwrap();
    let data = Data::from_document(&document);
    assert_eq!(data.resources().len(), 5);
    assert_eq!(data.rows("Condition").len(), 2);
    assert_eq!(data.rows("Procedure").len(), 0);
    let mut terminology = Terminology::new();
    terminology.add_value_set("v", None, [("s", "b")]);
    let set = terminology.value_set("v", None).unwrap();
    let in_set = |c: &Coded<'_>| c.number.is_some_and(|n| set.contains(n));
    assert_eq!(data.rows_by_code("Condition", &path(&["code"]), &terminology, in_set), [1]);
    let medication = path(&["medicationCodeableConcept", "medicationReference"]);
    assert_eq!(data.rows_by_code("MedicationRequest", &medication, &terminology, in_set), [3]);
    let by_code = |c: &Coded<'_>| *c.code == *b"a" && c.system.as_deref() == Some(b"s");
    assert_eq!(data.rows_by_code("Condition", &path(&["code"]), &terminology, by_code), [1]);
    for (reference, found) in [
        ("urn:p", Some("Patient/p1")),
        ("Medication/x", Some("Medication/x")),
        ("http://example.org/fhir/Medication/x", Some("Medication/x")),
        ("Medication/y", None),
        ("x", None),
    ] {
        let resource = data.resolve(reference).map(|r| r.reference().to_string());
        assert_eq!(resource.as_deref(), found, "{reference}");
    }
}

#[test]
fn content_is_equal_whatever_the_order_of_members() {
    let text = r#"[{"a":1,"b":["x"]},{"b":["x"],"a":1.0},{"a":1},{"a":1,"b":["y"]}]"#;
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let items: Vec<_> = document.root().items().collect();
    let results: Vec<bool> = items.iter().map(|i| content::equal(items[0], *i, 0)).collect();
    assert_eq!(results, [true, true, false, false]);
}
