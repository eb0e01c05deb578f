//! Membership, hierarchy and expansion, as data.

use super::*;

const PLANTS: &str = r#"{"resourceType":"CodeSystem","url":"urn:plants","version":"2","content":"complete","hierarchyMeaning":"is-a","property":[
    {"code":"edible","type":"boolean"},{"code":"colour","type":"string"},{"code":"kingdom","type":"code"},
    {"code":"gone","uri":"http://hl7.org/fhir/concept-properties#inactive","type":"boolean"},{"code":"above","uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}],
  "concept":[
    {"code":"plant","display":"Plant","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
      {"code":"tree","display":"Tree","concept":[
        {"code":"oak","display":"Oak","property":[{"code":"edible","valueBoolean":false},{"code":"colour","valueString":"green"}]},
        {"code":"apple","display":"Apple tree","property":[{"code":"edible","valueBoolean":true},{"code":"colour","valueString":"red"},{"code":"colour","valueString":"green"}]},
        {"code":"elm","property":[{"code":"gone","valueBoolean":true}]}]},
      {"code":"herb","concept":[{"code":"mint","property":[{"code":"edible","valueBoolean":true}]},
        {"code":"aconite","property":[{"code":"status","valueCode":"retired"}]}]}]},
    {"code":"poison"},
    {"code":"yew","property":[{"code":"above","valueCode":"tree"},{"code":"subsumedBy","valueCode":"poison"}]},
    {"code":"loop-a","property":[{"code":"parent","valueCode":"loop-b"}]},
    {"code":"loop-b","property":[{"code":"parent","valueCode":"loop-a"},{"code":"child","valueCode":"nobody"}]}]}"#;

const OTHERS: &[&str] = &[
    r#"{"resourceType":"CodeSystem","url":"urn:letters","content":"complete","caseSensitive":false,"concept":[{"code":"Alpha","concept":[{"code":"Beta"}]}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:part","content":"fragment","concept":[{"code":"a","concept":[{"code":"b"}]},{"code":"c"}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:none","content":"not-present"}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:more","content":"supplement","supplements":"urn:plants","concept":[{"code":"oak"}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:bones","content":"complete","hierarchyMeaning":"part-of","concept":[{"code":"hand","concept":[{"code":"finger"}]}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:old","version":"9","content":"complete","concept":[{"code":"x"}]}"#,
    r#"{"resourceType":"CodeSystem","url":"urn:old","version":"10","content":"complete","concept":[{"code":"x","concept":[{"code":"y"}]}]}"#,
];

fn parsed(text: &str) -> json::Document {
    json::Document::parse(text.as_bytes(), &json::Limits::default()).unwrap()
}

fn add(terminology: &mut Terminology, text: &str) {
    let document = parsed(text);
    match document.root().get("resourceType").unwrap().is_str("ValueSet") {
        true => terminology.add_fhir_value_set(document.root()).unwrap(),
        false => terminology.add_fhir_code_system(document.root()).unwrap(),
    }
}

fn systems() -> Terminology {
    let mut terminology = Terminology::new();
    for text in OTHERS.iter().chain([&PLANTS]) {
        add(&mut terminology, text);
    }
    terminology
}

#[test]
fn value_sets_answer_by_code_number() {
    let mut terminology = Terminology::new();
    let many: Vec<String> = (0..500).map(|i| format!("c{i}")).collect();
    terminology.add_value_set("urn:a", Some("1"), many.iter().map(|c| ("s", c.as_str())));
    terminology.add_value_set("urn:b", None, [("s", "c7"), ("t", "c7")]);
    let a = terminology.value_set("urn:a", None).unwrap();
    let b = terminology.value_set("urn:b|2", None).unwrap();
    let s7 = terminology.number(b"s", b"c7").unwrap();
    let t7 = terminology.number(b"t", b"c7").unwrap();
    assert!(a.contains(s7) && b.contains(s7) && b.contains(t7) && !a.contains(t7));
    assert_eq!(terminology.number(b"s", b"c500"), None);
    assert_eq!(terminology.number(b"u", b"c7"), None);
    assert_eq!(a.numbers().len(), 500);
    assert!(terminology.value_set("urn:a", Some("2")).is_none());
    assert!(terminology.value_set("urn:c", None).is_none());
    assert_eq!(terminology.code(t7), ("t", "c7"));
    // Without a version the highest, whatever the order they came in.
    terminology.add_value_set("urn:a", Some("0.9"), [("s", "c1")]);
    terminology.add_value_set("urn:a", Some("10"), [("s", "c1"), ("s", "c2")]);
    let count = |version| terminology.value_set("urn:a", version).map(|s| s.numbers().len());
    assert_eq!((count(None), count(Some("0.9")), count(Some("1"))), (Some(2), Some(1), Some(500)));
}

/// The codes of a definition, or the code of its fault.
fn expanded(compose: &str) -> String {
    let mut terminology = systems();
    add(
        &mut terminology,
        r#"{"resourceType":"ValueSet","url":"urn:v:ab","version":"1","compose":{"include":[{"system":"urn:x","concept":[{"code":"a"},{"code":"b"}]}]}}"#,
    );
    add(
        &mut terminology,
        r#"{"resourceType":"ValueSet","url":"urn:v:bc","expansion":{"contains":[{"abstract":true,"code":"top","system":"urn:x","contains":[{"system":"urn:x","code":"b","inactive":true}]},{"system":"urn:x","code":"c"}]}}"#,
    );
    for (a, b) in [("loop1", "loop2"), ("loop2", "loop1")] {
        let text =
            format!(r#"{{"resourceType":"ValueSet","url":"urn:v:{a}","compose":{{"include":[{{"valueSet":["urn:v:{b}"]}}]}}}}"#);
        add(&mut terminology, &text);
    }
    add(&mut terminology, &format!(r#"{{"resourceType":"ValueSet","url":"urn:v","compose":{compose}}}"#));
    match terminology.expansion("urn:v", None) {
        Ok(set) => {
            let mut codes: Vec<&str> = set.numbers().iter().map(|number| terminology.code(*number).1).collect();
            codes.sort_unstable();
            codes.join(" ")
        }
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            format!("! {}", fault.code())
        }
    }
}

#[test]
fn definitions_are_expanded_over_code_systems() {
    let plants = |filter: &str| format!(r#"{{"include":[{{"system":"urn:plants","filter":[{filter}]}}]}}"#);
    let filter =
        |property: &str, op: &str, value: &str| plants(&format!(r#"{{"property":"{property}","op":"{op}","value":"{value}"}}"#));
    let rows = [
        // The hierarchy, by nesting and by properties; what only groups is no code of the set.
        (filter("concept", "is-a", "tree"), "apple elm oak tree yew"),
        (filter("concept", "is-a", "plant"), "aconite apple elm herb mint oak tree yew"),
        (filter("concept", "descendent-of", "tree"), "apple elm oak yew"),
        (filter("concept", "is-not-a", "plant"), "loop-a loop-b poison"),
        (filter("concept", "generalizes", "yew"), "poison tree yew"),
        (filter("concept", "child-of", "plant"), "herb tree"),
        (filter("concept", "descendent-leaf", "plant"), "aconite apple elm mint oak yew"),
        (filter("concept", "descendent-of", "loop-a"), "loop-b"),
        (filter("concept", "is-a", "fungus"), "! value-set-filter"),
        (filter("colour", "is-a", "tree"), "! value-set-filter"),
        // Properties.
        (filter("edible", "=", "true"), "apple mint"),
        (filter("colour", "=", "green"), "apple oak"),
        (filter("colour", "in", "red, blue"), "apple"),
        (filter("colour", "not-in", "red,blue"), "aconite elm herb loop-a loop-b mint oak poison tree yew"),
        (filter("edible", "exists", "true"), "apple mint oak"),
        (filter("edible", "exists", "false"), "aconite elm herb loop-a loop-b poison tree yew"),
        (filter("kingdom", "exists", "true"), ""),
        (filter("edible", "exists", "maybe"), "! value-set-filter"),
        (filter("parent", "=", "poison"), "yew"),
        (filter("child", "=", "oak"), "tree"),
        (filter("inactive", "=", "true"), "aconite elm"),
        (filter("concept", "in", "oak,mint,fungus"), "mint oak"),
        (filter("code", "=", "oak"), "oak"),
        (filter("display", "=", "Oak"), "oak"),
        (filter("smell", "=", "sweet"), "! value-set-filter"),
        (filter("edible", "sounds-like", "true"), "! value-set-filter"),
        // A pattern is for the whole text.
        (filter("code", "regex", "o.k|m.*"), "mint oak"),
        (filter("code", "regex", "a"), ""),
        (filter("code", "regex", "("), "! value-set-filter"),
        (plants(r#"{"property":"concept","op":"is-a","value":"tree"},{"property":"edible","op":"=","value":"true"}"#), "apple"),
        // Versions.
        (r#"{"include":[{"system":"urn:old","filter":[{"property":"concept","op":"is-a","value":"x"}]}]}"#.into(), "x y"),
        (r#"{"include":[{"system":"urn:old","version":"9"}]}"#.into(), "x"),
        (r#"{"include":[{"system":"urn:old","version":"11"}]}"#.into(), "! code-system-absent"),
        // What is not there, or not whole.
        (r#"{"include":[{"system":"urn:unseen"}]}"#.into(), "! code-system-absent"),
        (r#"{"include":[{"system":"urn:none"}]}"#.into(), "! code-system-incomplete"),
        (r#"{"include":[{"system":"urn:part","filter":[{"property":"concept","op":"is-a","value":"a"}]}]}"#.into(), "! code-system-incomplete"),
        (r#"{"include":[{"system":"urn:bones","filter":[{"property":"concept","op":"is-a","value":"hand"}]}]}"#.into(), "! no-subsumption"),
        (r#"{"include":[{"valueSet":["urn:v:unseen"]}]}"#.into(), "! value-set-absent"),
        (r#"{"include":[{"valueSet":["urn:v:loop1"]}]}"#.into(), "! value-set-circle"),
        (r#"{"include":[{}]}"#.into(), "! value-set-part"),
        // Value sets of value sets.
        (r#"{"include":[{"valueSet":["urn:v:ab|1"]},{"valueSet":["urn:v:bc"]}]}"#.into(), "a b c"),
        (r#"{"include":[{"valueSet":["urn:v:ab","urn:v:bc"]}]}"#.into(), "b"),
        (r#"{"include":[{"valueSet":["urn:v:ab|2"]}]}"#.into(), "! value-set-absent"),
        (r#"{"include":[{"system":"urn:x","concept":[{"code":"c"},{"code":"d"}],"valueSet":["urn:v:bc"]}]}"#.into(), "c"),
        (r#"{"include":[{"valueSet":["urn:v:ab"]}],"exclude":[{"valueSet":["urn:v:bc"]}]}"#.into(), "a"),
        (r#"{"include":[{"system":"urn:plants"}],"exclude":[{"system":"urn:plants","filter":[{"property":"concept","op":"is-a","value":"plant"}]}]}"#.into(), "loop-a loop-b poison"),
        // Inactive codes are in it unless it says otherwise.
        (r#"{"include":[{"system":"urn:plants","concept":[{"code":"elm"},{"code":"oak"},{"code":"new"}]}]}"#.into(), "elm new oak"),
        (r#"{"inactive":false,"include":[{"system":"urn:plants","concept":[{"code":"elm"},{"code":"oak"},{"code":"new"}]}]}"#.into(), "new oak"),
        (r#"{"inactive":false,"include":[{"system":"urn:plants","filter":[{"property":"concept","op":"is-a","value":"herb"}]}]}"#.into(), "herb mint"),
        // Case.
        (r#"{"include":[{"system":"urn:letters","filter":[{"property":"concept","op":"descendent-of","value":"ALPHA"}]}]}"#.into(), "Beta"),
    ];
    for (compose, want) in rows {
        assert_eq!(expanded(&compose), want, "{compose}");
    }
}

#[test]
fn a_code_is_in_a_code_system_or_it_cannot_be_told() {
    let terminology = systems();
    let ask = |system: &str, version, code: &str, of| match terminology.in_code_system(system, version, code, of) {
        Ok(is) => if is { "yes" } else { "no" }.to_owned(),
        Err(fault) => fault.code().to_owned(),
    };
    for (system, version, code, of, want) in [
        ("urn:plants", None, "oak", Some("urn:plants"), "yes"),
        ("urn:plants", Some("2"), "plant", None, "yes"),
        ("urn:plants", Some("1"), "oak", None, "code-system-absent"),
        ("urn:plants", None, "fungus", None, "no"),
        ("urn:plants", None, "Oak", None, "no"),
        ("urn:plants", None, "oak", Some("urn:letters"), "no"),
        ("urn:plants", None, "oak", Some(""), "no"),
        ("urn:letters", Some("7"), "ALPHA", Some("urn:letters"), "yes"),
        ("urn:part", None, "a", None, "yes"),
        ("urn:part", None, "z", None, "code-system-incomplete"),
        ("urn:none", None, "a", None, "code-system-incomplete"),
        ("urn:more", None, "oak", None, "code-system-incomplete"),
        ("urn:unseen", None, "a", None, "code-system-absent"),
        ("urn:old|9", None, "y", None, "no"),
        ("urn:old", None, "y", None, "yes"),
    ] {
        assert_eq!(ask(system, version, code, of), want, "{code} of {of:?} in {system} {version:?}");
    }
}

#[test]
fn a_code_is_above_another_or_it_cannot_be_told() {
    let terminology = systems();
    let code = |system: &str, code: &str, version: Option<&str>| Code {
        code: Some(code.into()),
        system: Some(system.into()),
        version: version.map(Into::into),
        display: None,
    };
    for (system, above, below, version, want) in [
        ("urn:plants", "plant", "oak", None, "yes"),
        ("urn:plants", "oak", "plant", None, "no"),
        ("urn:plants", "tree", "yew", Some("2"), "yes"),
        ("urn:plants", "poison", "yew", None, "yes"),
        ("urn:plants", "herb", "oak", None, "no"),
        ("urn:plants", "oak", "oak", Some("1"), "yes"),
        ("urn:plants", "tree", "oak", Some("1"), "code-system-absent"),
        ("urn:plants", "tree", "fungus", None, "unknown"),
        ("urn:plants", "loop-a", "loop-b", None, "yes"),
        ("urn:plants", "tree", "loop-b", None, "no"),
        ("urn:letters", "alpha", "BETA", None, "yes"),
        ("urn:letters", "beta", "BETA", None, "yes"),
        ("urn:part", "a", "b", None, "yes"),
        ("urn:part", "c", "b", None, "code-system-incomplete"),
        ("urn:part", "a", "z", None, "code-system-incomplete"),
        ("urn:none", "a", "b", None, "code-system-incomplete"),
        ("urn:bones", "hand", "finger", None, "no-subsumption"),
        ("urn:unseen", "a", "b", None, "code-system-absent"),
        ("urn:unseen", "a", "a", None, "yes"),
        ("urn:old", "x", "y", Some("10"), "yes"),
        ("urn:old", "x", "y", Some("9"), "unknown"),
        ("urn:old", "x", "y", None, "yes"),
    ] {
        let answer = match terminology.subsumes(&code(system, above, version), &code(system, below, None)) {
            Ok(truth) => truth.map_or("unknown", |is| if is { "yes" } else { "no" }).to_owned(),
            Err(fault) => fault.code().to_owned(),
        };
        assert_eq!(answer, want, "{above} over {below} of {system} {version:?}");
    }
    let other = terminology.subsumes(&code("urn:plants", "tree", None), &code("urn:unseen", "oak", None));
    assert_eq!(other, Ok(Some(false)), "no system says anything of another's codes");
}

#[test]
fn codes_that_differ_in_case_become_one_when_their_system_says_so() {
    let mut terminology = Terminology::new();
    terminology.add_value_set(
        "urn:v",
        None,
        [("urn:letters", "ALPHA"), ("urn:letters", "alpha"), ("urn:letters", "gamma"), ("t", "ALPHA")],
    );
    assert_eq!(terminology.value_set("urn:v", None).unwrap().numbers().len(), 4);
    add(&mut terminology, OTHERS[0]);
    let set = terminology.value_set("urn:v", None).unwrap();
    assert_eq!(set.numbers().len(), 3);
    for (system, code, want) in
        [("urn:letters", "aLpHa", true), ("urn:letters", "GAMMA", true), ("t", "ALPHA", true), ("t", "alpha", false)]
    {
        let number = terminology.number(system.as_bytes(), code.as_bytes());
        assert_eq!(number.is_some_and(|number| set.contains(number)), want, "{system} {code}");
    }
}

#[test]
fn what_cannot_be_named_or_has_nothing_is_refused() {
    for (text, want) in [(r#"{"expansion":{}}"#, "no-url"), (r#"{"url":"u"}"#, "value-set-empty")] {
        let fault = Terminology::new().add_fhir_value_set(parsed(text).root()).unwrap_err();
        assert_eq!(fault.code(), want, "{text}");
    }
    assert!(Terminology::new().add_fhir_code_system(parsed(r#"{"content":"complete"}"#).root()).is_err());
    let mut terminology = Terminology::new();
    add(
        &mut terminology,
        r#"{"resourceType":"ValueSet","url":"u","expansion":{"total":5,"contains":[{"system":"s","code":"1"}]}}"#,
    );
    assert_eq!(terminology.value_set("u", None).unwrap().unlisted(), 4);
}
