use super::codes::WantedCode;
use super::*;
use json::Limits;

const BUNDLE: &str = r#"{"resourceType":"Bundle","entry":[
 {"fullUrl":"urn:p","resource":{"resourceType":"Patient","id":"p1"}},
 {"resource":{"resourceType":"Condition","id":"c1","code":{"coding":[{"system":"s","code":"a"},{"system":"s","code":"b"}]}}},
 {"resource":{"resourceType":"Condition","id":"c2","code":{"text":"none"}}},
 {"resource":{"resourceType":"MedicationRequest","id":"m1","medicationReference":{"reference":"Medication/x"}}},
 {"resource":{"resourceType":"Medication","id":"x","code":{"coding":[{"system":"s","code":"b"}]}}},
 {"resource":{"note":"no type"}}]}"#;

fn path(members: &[&str]) -> CodePath {
    CodePath { members: members.iter().map(|m| (*m).into()).collect() }
}

fn rows(data: &Data<'_>, resource_type: &str, members: &[&str], terminology: &Terminology, wanted: &Wanted<'_>) -> Vec<u32> {
    let mut found = Vec::new();
    data.code_index(resource_type, &path(members), terminology).rows(data, terminology, wanted, |row| found.push(row));
    found
}

#[test]
fn resources_are_found_by_type_code_and_reference() {
    let document = Document::parse(BUNDLE.as_bytes(), &Limits::default()).unwrap();
    let data = Data::from_document(&document);
    assert_eq!(data.len(), 5);
    assert_eq!(data.rows("Condition"), [1, 2]);
    assert!(data.rows("Procedure").is_empty());
    assert_eq!(data.rows("Resource"), [0, 1, 2, 3, 4]);
    let mut terminology = Terminology::new();
    terminology.add_value_set("v", None, [("s", "b")]);
    let set = Wanted::Set(terminology.value_set("v", None).unwrap());
    assert_eq!(rows(&data, "Condition", &["code"], &terminology, &set), [1]);
    let medication = ["medicationCodeableConcept", "medicationReference"];
    assert_eq!(rows(&data, "MedicationRequest", &medication, &terminology, &set), [3]);
    let code =
        |code: &str, system: Option<&str>| Wanted::Codes(vec![WantedCode { code: code.into(), system: system.map(Into::into) }]);
    for (wanted, found) in [
        (code("a", Some("s")), vec![1]),
        (code("a", None), vec![1]),
        (code("a", Some("t")), vec![]),
        (code("b", Some("s")), vec![1]),
        (code("b", Some("")), vec![]),
        (code("c", Some("s")), vec![]),
    ] {
        assert_eq!(rows(&data, "Condition", &["code"], &terminology, &wanted), found);
    }
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

/// A patient with more codes than are looked through one by one, some of the wrong JSON type.
#[test]
fn many_codes_are_searched_and_wrong_types_code_nothing() {
    let mut entries: Vec<String> = (0..200)
        .map(|i| format!(r#"{{"resource":{{"resourceType":"Observation","id":"{i}","code":{{"coding":[{{"system":"s","code":"c{}"}},{{"system":"s","code":"c{}"}}]}}}}}}"#, i % 50, i % 7))
        .collect();
    for wrong in ["7", "null", "[]", "\"text\"", r#"{"coding":7}"#, r#"{"coding":[7,{"code":8}]}"#, r#"{"coding":{"code":"c1"}}"#]
    {
        entries.push(format!(r#"{{"fullUrl":9,"resource":{{"resourceType":"Observation","id":{wrong},"effectiveDateTime":{wrong},"code":{wrong}}}}}"#));
    }
    entries.push(r#"{"resource":7},{"resource":{"resourceType":[]}},3"#.to_owned());
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let document = Document::parse(bundle.into_bytes(), &Limits::default()).unwrap();
    let prepared = Prepared::new(document.clone());
    let data = prepared.data();
    assert_eq!(data.len(), 207);
    let mut terminology = Terminology::new();
    terminology.add_value_set("v", None, [("s", "c1"), ("s", "c3"), ("s", "text")]);
    let in_set = |i: &u32| *i < 200 && [1, 3].iter().any(|c| i % 50 == *c || i % 7 == *c);
    let mut want: Vec<u32> = (0..200).filter(in_set).collect();
    want.push(203);
    let set = Wanted::Set(terminology.value_set("v", None).unwrap());
    assert_eq!(rows(&data, "Observation", &["code"], &terminology, &set), want);
    for code in ["c1", "c9"] {
        let wanted = Wanted::Codes(vec![WantedCode { code: code.into(), system: Some("s".into()) }]);
        let number: u32 = code[1..].parse().unwrap();
        let want: Vec<u32> = (0..200).filter(|i| i % 50 == number || i % 7 == number).collect();
        assert_eq!(rows(&data, "Observation", &["code"], &terminology, &wanted), want);
    }
    let mut touching = Vec::new();
    data.date_index("Observation", &path(&["effectiveDateTime"])).touching(i32::MIN..=i32::MAX, &mut touching);
    assert_eq!(touching, [202, 204, 205, 206], "a list and objects may be at any time");
    assert!(data.resolve("Observation/3").is_some() && data.resolve("Observation/7x").is_none());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(rows(&prepared.data(), "Observation", &["code"], &terminology, &set), want));
        }
    });
}

#[test]
fn dates_are_found_by_range() {
    let dates = ["2020-01-01", "2020-03", "2021-05-05T10:00:00Z", "2019", "not a date"];
    let entries = dates.iter().map(|d| format!(r#"{{"resource":{{"resourceType":"Procedure","performedDateTime":"{d}"}}}}"#));
    let entries: Vec<String> = entries
        .chain([r#"{"resource":{"resourceType":"Procedure","performedPeriod":{"start":"2020-02-01"}}}"#.to_owned()])
        .collect();
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let document = Document::parse(bundle.into_bytes(), &Limits::default()).unwrap();
    let data = Data::from_document(&document);
    let index = data.date_index("Procedure", &path(&["performedDateTime", "performedPeriod"]));
    let minute = |text: &str| *minutes(crate::value::DateTime::parse(text).unwrap()).start();
    for (from, to, want) in [
        ("2020-01-01T00:00:00Z", "2020-12-31T00:00:00Z", vec![3, 0, 5, 1]),
        ("2019-02-01T00:00:00Z", "2019-12-01T00:00:00Z", vec![3]),
        ("2021-05-05T10:00:00Z", "2021-05-05T10:00:00Z", vec![5, 2]),
        ("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", vec![]),
    ] {
        let mut found = Vec::new();
        index.touching(minute(from)..=minute(to), &mut found);
        // A date alone may touch the day before: its offset is not known.
        found.retain(|row| want.contains(row) || *row != 3);
        assert_eq!(found, want, "{from}");
    }
}
