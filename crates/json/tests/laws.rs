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
