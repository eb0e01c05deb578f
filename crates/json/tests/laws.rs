//! Laws that hold for every input.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use json::{Document, FaultCode, Kind, Limits, Value, Writer};
use proptest::prelude::*;

/// A JSON value whose objects have distinct keys and whose numbers serde_json keeps exactly.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(serde_json::Value::from),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    match theirs {
        serde_json::Value::Null => ours.is_null(),
        serde_json::Value::Bool(b) => ours.as_bool() == Some(*b),
        serde_json::Value::Number(n) => ours.as_number() == Some(n.to_string().as_str()),
        serde_json::Value::String(s) => ours.as_str().as_deref() == Some(s) && ours.is_str(s),
        serde_json::Value::Array(items) => {
            ours.kind() == Kind::Array && ours.len() == items.len() && ours.items().zip(items).all(|(a, b)| same(a, b))
        }
        serde_json::Value::Object(members) => {
            ours.kind() == Kind::Object
                && ours.len() == members.len()
                && members.iter().all(|(key, value)| ours.get(key).is_some_and(|v| same(v, value)))
        }
    }
}

fn write(out: &mut Writer, value: &serde_json::Value) {
    match value {
        serde_json::Value::Null => out.null(),
        serde_json::Value::Bool(b) => out.bool(*b),
        serde_json::Value::Number(n) => out.number(&n.to_string()),
        serde_json::Value::String(s) => out.string(s),
        serde_json::Value::Array(items) => {
            out.begin_array();
            items.iter().for_each(|item| write(out, item));
            out.end_array()
        }
        serde_json::Value::Object(members) => {
            out.begin_object();
            for (key, member) in members {
                out.key(key);
                write(out, member);
            }
            out.end_object()
        }
    };
}

/// Text that looks like JSON closely enough to reach deep into the parser.
fn json_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\"a\""),
        Just("\"b\""),
        Just("\"\\u0061\""),
        Just("\"\\ud83d\\ude00\""),
        Just("\"\\ud83d\""),
        Just("\"é"),
        Just("\""),
        Just("\\"),
        Just("0"),
        Just("-1.5e3"),
        Just("01"),
        Just("true"),
        Just("nul"),
        Just(" "),
        Just("\n"),
        Just("\"\\n\""),
    ];
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat().into_bytes())
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_content(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let document = Document::parse(text.clone(), &Limits::default()).unwrap();
        prop_assert!(same(document.root(), &value));
        prop_assert_eq!(document.bytes(), &text[..]);
        let again = Document::parse(json::canonical(document.root()), &Limits::default()).unwrap();
        prop_assert!(same(again.root(), &value));
        prop_assert_eq!(json::canonical(again.root()), json::canonical(document.root()));
        let mut writer = Writer::new();
        write(&mut writer, &value);
        let written = Document::parse(writer.finish(), &Limits::default()).unwrap();
        prop_assert!(same(written.root(), &value));
    }

    #[test]
    fn agrees_with_serde_json_on_acceptance(text in json_like()) {
        let theirs = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
        match Document::parse(text, &Limits::default()) {
            Ok(_) => prop_assert!(theirs),
            Err(faults) => {
                let only_duplicates = faults.iter().all(|f| f.code == FaultCode::DuplicateKey);
                prop_assert_eq!(theirs, only_duplicates);
            }
        }
    }

    #[test]
    fn never_panics_and_always_explains(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(faults) = Document::parse(bytes.clone(), &Limits::default()) {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|f| f.offset <= bytes.len() && f.line >= 1 && f.column >= 1 && !f.path.is_empty()));
        }
    }

    #[test]
    fn every_truncation_is_a_fault(value in any_json()) {
        let text = serde_json::to_vec(&serde_json::json!([value])).unwrap();
        for end in 0..text.len() {
            let faults = Document::parse(text[..end].to_vec(), &Limits::default()).unwrap_err();
            let last = faults.last().unwrap().code;
            prop_assert!(matches!(last, FaultCode::Empty | FaultCode::UnexpectedEnd | FaultCode::InvalidUtf8), "{last:?}");
        }
    }

    #[test]
    fn every_repeated_key_is_reported_once(keys in prop::collection::vec("[a-d]{1,3}", 0..60)) {
        let mut out = Writer::new();
        out.begin_object();
        keys.iter().for_each(|key| { out.key(key).null(); });
        out.end_object();
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        let found = Document::parse(out.finish(), &Limits::default()).err().unwrap_or_default();
        prop_assert_eq!(found.len(), keys.len() - distinct.len());
    }

    #[test]
    fn a_path_leads_back_to_its_value(value in any_json()) {
        let document = Document::parse(serde_json::to_vec(&value).unwrap(), &Limits::default()).unwrap();
        for item in document.root().items().chain(document.root().members()) {
            let path = item.path();
            prop_assert!(path.starts_with('$'));
            prop_assert_eq!(document.value(item.id()).raw(), item.raw());
        }
    }
}

/// A projection of the names the tests use, with shapes that lead back to themselves.
fn projection(names: &[String]) -> json::Projection {
    let mut projection = json::Projection::new();
    let inner = projection.shape();
    let chosen = projection.shape();
    for (at, name) in names.iter().enumerate() {
        let shape = [json::ShapeId::WHOLE, inner, json::ShapeId::ROOT, chosen][at % 4];
        projection.keep(if at % 3 == 0 { json::ShapeId::ROOT } else { inner }, name, shape);
    }
    projection.choose(chosen, "a", inner);
    projection.case(chosen, "b", json::ShapeId::WHOLE);
    projection
}

/// All of `kept` stands in `full` at the same place.
fn within(kept: Value<'_>, full: Value<'_>) -> bool {
    kept.kind() == full.kind()
        && kept.raw() == full.raw()
        && kept.path() == full.path()
        && kept.members().all(|m| m.key().and_then(|k| full.get(&k)).is_some_and(|f| within(m, f)))
        && (kept.kind() != Kind::Array || kept.len() == full.len())
        && kept.items().zip(full.items()).all(|(a, b)| within(a, b))
}

proptest! {
    #[test]
    fn a_projection_keeps_a_part_of_the_whole(value in any_json(), names in prop::collection::vec("[ab]{1,2}", 0..6), pretty in any::<bool>()) {
        let names: Vec<String> = names.into_iter().collect();
        let value = serde_json::json!({"a": value, "b": {"a": "b", "b": [{"a": 1.50, "bb": "x"}, []]}, "ab": "\u{1}é\\\""});
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let full = Document::parse(text.clone(), &Limits::default()).unwrap();
        let kept = Document::parse_projected(text, &projection(&names), &Limits::default()).unwrap();
        prop_assert!(kept.is_projected());
        prop_assert!(within(kept.root(), full.root()));
        prop_assert!(kept.node_count() <= full.node_count());
        for name in names.iter().step_by(3) {
            prop_assert_eq!(kept.root().get(name).is_some(), full.root().get(name).is_some());
        }
    }

    #[test]
    fn a_projection_finds_the_same_faults(text in json_like(), names in prop::collection::vec("[ab]", 0..4)) {
        let full = Document::parse(text.clone(), &Limits::default());
        let kept = Document::parse_projected(text, &projection(&names), &Limits::default());
        match (full, kept) {
            (Err(full), Err(kept)) => prop_assert_eq!(full, kept),
            (Ok(_), kept) => prop_assert!(kept.is_ok()),
            (Err(full), Ok(_)) => prop_assert!(full.iter().all(|f| f.code == FaultCode::DuplicateKey)),
        }
    }

    #[test]
    fn limits_hold_in_what_is_passed_over(nodes in 1usize..40, depth in 1usize..8) {
        let limits = Limits { max_nodes: nodes, max_depth: depth, ..Limits::default() };
        let text = br#"{"x":[1,2,[3,[4]],{"y":{"z":[5,6]}}],"u":"v","w":[[[[1]]]]}"#;
        let full_ok = Document::parse(text.to_vec(), &limits).is_ok();
        let kept_ok = Document::parse_projected(text.to_vec(), &json::Projection::new(), &limits).is_ok();
        prop_assert_eq!(full_ok, kept_ok);
    }
}

/// The same content at the same paths.
fn equal(ours: Value<'_>, theirs: Value<'_>) -> bool {
    ours.kind() == theirs.kind()
        && ours.len() == theirs.len()
        && ours.path() == theirs.path()
        && ours.key() == theirs.key()
        && ours.as_str() == theirs.as_str()
        && ours.as_number() == theirs.as_number()
        && ours.as_bool() == theirs.as_bool()
        && ours
            .members()
            .zip(theirs.members())
            .all(|(a, b)| equal(a, b) && a.key().is_some_and(|k| ours.get(&k).map(|v| v.id()) == Some(a.id())))
        && ours.items().zip(theirs.items()).all(|(a, b)| equal(a, b))
}

proptest! {
    #[test]
    fn a_compact_document_has_the_same_content(value in any_json(), names in prop::collection::vec("[ab]{1,2}", 0..6)) {
        let value = serde_json::json!({"resourceType": "Bundle", "a": value, "b": {"a": "b", "b": [{"a": 1.50, "bb": "xxxx"}, [], "xxxx", "xxxx"]}});
        let text = serde_json::to_vec(&value).unwrap();
        let full = Document::parse(text.clone(), &Limits::default()).unwrap();
        let kept = Document::parse_projected(text, &projection(&names), &Limits::default()).unwrap();
        for document in [full.clone(), kept.clone()] {
            let compact = document.compact(&[]);
            prop_assert!(equal(compact.root(), document.root()));
            prop_assert_eq!(compact.node_count(), document.node_count());
            let mut spliced = Writer::new();
            spliced.value(compact.root());
            prop_assert_eq!(spliced.finish(), json::canonical(document.root()));
            prop_assert!(equal(compact.compact(&[]).root(), document.root()));
            // An id from elsewhere gives some value.
            for id in full.root().members().chain(full.root().items()).map(|v| v.id()) {
                let _ = (compact.value(id).kind(), compact.value(id).as_str(), compact.value(id).get("a"), compact.value(id).items().count());
            }
        }
        let whole = kept.compact(&[json::NodeId::ROOT]);
        prop_assert!(equal(whole.root(), full.root()));
    }
}
