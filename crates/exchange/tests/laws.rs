//! Laws that hold for any input: nothing panics, every answer is JSON, every line is answered once.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use exchange::pas::{self, PasVersion, Summary};
use proptest::prelude::*;
use serde_json::{Value, json};

const FIXTURES: [&str; 5] =
    ["submit-oxygen.json", "submit-minimal.json", "update-oxygen.json", "cancel-oxygen.json", "inquire-oxygen.json"];

/// Replaces the n-th node of a tree by something else.
fn replace(value: &mut Value, at: &mut usize, with: &Value) -> bool {
    if *at == 0 {
        *value = with.clone();
        return true;
    }
    *at -= 1;
    match value {
        Value::Object(members) => members.values_mut().any(|member| replace(member, at, with)),
        Value::Array(items) => items.iter_mut().any(|item| replace(item, at, with)),
        _ => false,
    }
}

fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!("")),
        Just(json!("9999-99-99")),
        Just(json!("é́\u{0}🩺")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{}]])),
        Just(json!({"reference": "#"})),
        Just(json!({"reference": "Claim/c1"})),
        Just(json!([{"url": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-certificationType"}])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_damaged_body_is_read_refused_and_answered_without_a_panic(
        name in proptest::sample::select(&FIXTURES[..]), at in 1_usize..500, second in 1_usize..500, with in strange(), other in strange(),
    ) {
        let mut value = value(name);
        replace(&mut value, &mut { at }, &with);
        replace(&mut value, &mut { second }, &other);
        let bytes = serde_json::to_vec(&value).unwrap();
        let document = document(&bytes);
        let sound = fixture("submit-oxygen.json");
        let request = pas::read(PasVersion::V2_2_1, &common::document(&sound), &read_context(&sound)).unwrap().into_new_request().request;
        for version in PasVersion::ALL {
            let read = pas::read(version, &document, &read_context(&bytes));
            let own = match &read {
                Ok(incoming) => &incoming.new_request().request,
                Err(issues) => {
                    prop_assert!(issues.iter().any(fhir::Issue::is_refusal), "refused without a reason");
                    &request
                }
            };
            let _ = pas::read_inquiry(version, &document);
            // A record that cannot be read any more is answered all the same.
            let case = case(own, &[due(own), findings(1, false), approved(1)]);
            let answer = pas::respond(version, &document, &case, &context(version));
            prop_assert!(serde_json::from_slice::<Value>(&answer).is_ok());
            let summary = Summary::read(&common::document(&answer));
            prop_assert_eq!(summary.answers[0].lines.len(), case.lines.len());
            let _ = Summary::read(&document);
        }
    }

    #[test]
    fn every_line_is_answered_once_whatever_was_decided(decisions in proptest::collection::vec(0_usize..7, 1..12)) {
        let mut value = value("submit-oxygen.json");
        let item = value["entry"][0]["resource"]["item"][1].clone();
        let items: Vec<Value> = (0..decisions.len()).map(|index| {
            let mut item = item.clone();
            item["sequence"] = json!(index * 3 + 1);
            item
        }).collect();
        value["entry"][0]["resource"]["item"] = json!(items);
        let bytes = serde_json::to_vec(&value).unwrap();
        let request = read_value(&value).unwrap().into_new_request().request;
        let events: Vec<Value> = decisions.iter().enumerate().filter_map(|(index, decision)| {
            let line = index as u32 * 3 + 1;
            match decision {
                0 => Some(approved(line)),
                1 => Some(approved_by_person(line)),
                2 => Some(not_required(line)),
                3 => Some(adverse(line, denied())),
                4 => Some(adverse(line, partial(line))),
                5 => Some(adverse(line, modified(line))),
                _ => None,
            }
        }).collect();
        let case = case(&request, &events);
        let sequences: Vec<u64> = (0..decisions.len() as u64).map(|index| index * 3 + 1).collect();
        for version in PasVersion::ALL {
            let answer = pas::respond(version, &document(&bytes), &case, &context(version));
            let bundle: Value = serde_json::from_slice(&answer).unwrap();
            check_bundle("law", &bytes, &bundle, &answer, &sequences);
            for (decision, item) in decisions.iter().zip(bundle["entry"][0]["resource"]["item"].as_array().unwrap()) {
                prop_assert_eq!(action_of(item), ["A1", "A1", "NA", "A3", "A2", "A6", "A4"][*decision]);
            }
        }
    }
}
