//! Answers against the published StructureDefinitions: every extension we write exists in the package of that version with the
//! value type we write, and every element a profile requires is there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use exchange::pas::PasVersion;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The StructureDefinitions of a PAS package by URL, unpacked by the machine's `tar`.
fn definitions(version: PasVersion) -> Option<BTreeMap<String, Value>> {
    let package = shared(&format!("conformance/packages/hl7.fhir.us.davinci-pas-{version}.tgz"))?;
    // Tests run beside each other: each unpacks into its own folder.
    static FOLDER: AtomicUsize = AtomicUsize::new(0);
    let folder = FOLDER.fetch_add(1, Ordering::Relaxed);
    let into = std::env::temp_dir().join(format!("avedis-exchange-{}-{folder}", std::process::id()));
    std::fs::create_dir_all(&into).unwrap();
    let Ok(status) = Command::new("tar").arg("xzf").arg(&package).arg("-C").arg(&into).status() else {
        println!("skipped: this machine has no tar");
        return None;
    };
    assert!(status.success());
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(into.join("package")).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("StructureDefinition-") {
            let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            found.insert(value["url"].as_str().unwrap().to_owned(), value);
        }
    }
    std::fs::remove_dir_all(&into).unwrap();
    Some(found)
}

#[test]
fn every_extension_we_write_exists_in_the_package_with_that_value() {
    for version in PasVersion::ALL {
        let Some(definitions) = definitions(version) else { continue };
        let mut seen = 0;
        for (name, bundle) in answers(version) {
            for (url, resource) in entries(&bundle).into_iter().filter(|(url, _)| url.contains("payer.example")) {
                check_extensions(&format!("{version} {name} {url}"), &resource, &definitions, &mut seen);
            }
        }
        assert!(seen > 40, "{version}: {seen}");
        println!("{version}: {seen} extensions compared");
    }
}

fn check_extensions(name: &str, value: &Value, definitions: &BTreeMap<String, Value>, seen: &mut usize) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_extensions(name, item, definitions, seen)),
        Value::Object(members) => {
            for extension in members.get("extension").and_then(Value::as_array).into_iter().flatten() {
                check_extension(name, extension, definitions, seen);
            }
            members.values().for_each(|member| check_extensions(name, member, definitions, seen));
        }
        _ => {}
    }
}

fn check_extension(name: &str, extension: &Value, definitions: &BTreeMap<String, Value>, seen: &mut usize) {
    let url = extension["url"].as_str().unwrap();
    // Ours, FHIR's own, and names relative to an extension that is checked itself.
    if url.starts_with("https://avedis.example/")
        || url.starts_with("http://hl7.org/fhir/StructureDefinition/")
        || !url.contains(':')
    {
        return;
    }
    let definition = definitions.get(url).unwrap_or_else(|| panic!("{name}: {url} is not in the package"));
    let elements = definition["snapshot"]["element"].as_array().unwrap();
    let values: Vec<&String> = extension.as_object().unwrap().keys().filter(|key| key.starts_with("value")).collect();
    let allowed = elements.iter().find(|element| element["id"] == "Extension.value[x]").unwrap();
    let types: Vec<String> =
        allowed["type"].as_array().into_iter().flatten().map(|kind| kind["code"].as_str().unwrap().to_owned()).collect();
    if allowed["max"] == "0" {
        assert!(values.is_empty(), "{name}: {url} has no value of its own");
        check_parts(name, url, extension, elements);
    } else {
        assert_eq!(values.len(), 1, "{name}: {url}");
        let written = values[0].strip_prefix("value").unwrap();
        assert!(types.iter().any(|kind| kind.eq_ignore_ascii_case(written)), "{name}: {url} takes {types:?}, not {written}");
    }
    *seen += 1;
}

/// Nested names and value types of a complex extension.
fn check_parts(name: &str, url: &str, extension: &Value, elements: &[Value]) {
    for part in extension["extension"].as_array().unwrap() {
        let part_url = part["url"].as_str().unwrap();
        if part_url.contains(':') {
            continue;
        }
        let slice = elements
            .iter()
            .find(|element| {
                element["fixedUri"] == part_url && element["id"].as_str().unwrap().starts_with("Extension.extension:")
            })
            .unwrap_or_else(|| panic!("{name}: {url} has no part {part_url}"));
        let stem = slice["id"].as_str().unwrap().strip_suffix(".url").unwrap();
        let value = elements.iter().find(|element| element["id"].as_str() == Some(&format!("{stem}.value[x]"))).unwrap();
        let key = part.as_object().unwrap().keys().find(|key| key.starts_with("value")).unwrap();
        let written = key.strip_prefix("value").unwrap();
        let types: Vec<&str> = value["type"].as_array().unwrap().iter().map(|kind| kind["code"].as_str().unwrap()).collect();
        assert!(
            types.iter().any(|kind| kind.eq_ignore_ascii_case(written)),
            "{name}: {url} {part_url} takes {types:?}, not {written}"
        );
    }
}

#[test]
fn every_required_element_of_the_profiles_is_there() {
    let profile = |kind: &str| format!("http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-{kind}");
    for version in PasVersion::ALL {
        let Some(definitions) = definitions(version) else { continue };
        for (name, bundle) in answers(version) {
            required(&format!("{version} {name}"), &bundle, &definitions[&profile("pas-response-bundle")]);
            for (_, resource) in entries(&bundle).into_iter().filter(|(url, _)| url.contains("payer.example")) {
                let wanted = resource["meta"]["profile"][0].as_str().unwrap();
                required(&format!("{version} {name}"), &resource, &definitions[wanted]);
            }
        }
    }
}

/// Walks the snapshot: an element with a minimum stands in every instance of its parent.
fn required(name: &str, resource: &Value, definition: &Value) {
    let kind = definition["type"].as_str().unwrap();
    for element in definition["snapshot"]["element"].as_array().unwrap() {
        let id = element["id"].as_str().unwrap();
        // Slices have their own discriminators; types behind other structures are the shape check's business.
        if id.contains(':') || id == kind || element["min"].as_u64() == Some(0) {
            continue;
        }
        let path: Vec<&str> = id.split('.').skip(1).collect();
        present(name, resource, &path, id);
    }
}

fn present(name: &str, parent: &Value, path: &[&str], id: &str) {
    if let Value::Array(items) = parent {
        return items.iter().for_each(|item| present(name, item, path, id));
    }
    let Some((first, rest)) = path.split_first() else { return };
    let stem = first.strip_suffix("[x]");
    let found = parent.as_object().and_then(|members| {
        members.iter().find(|(key, _)| stem.map_or(key.as_str() == *first, |stem| key.starts_with(stem))).map(|(_, value)| value)
    });
    match found {
        Some(value) => present(name, value, rest, id),
        None if rest.is_empty() => panic!("{name}: {id} is required"),
        None => {}
    }
}
