//! Everything the test kits call "must support" of an answer is written in some answer; what is not has its reason here.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use exchange::pas::{self, InquiryContext, Match, PasVersion};
use serde_json::Value;

/// Must-support paths that no answer carries, and why.
const NOT_WRITTEN: &[(&str, &str, &str)] = &[
    (
        "ClaimResponse",
        "addItem.extension requestedService",
        "the order stays in the request; echoing it would pull the whole record into the answer",
    ),
    ("CommunicationRequest", "medium", "how the requester sends it is theirs to choose"),
    ("CommunicationRequest", "payload.extension communicatedDiagnosis", "an ask names a fact, not a diagnosis"),
    ("CommunicationRequest", "payload.extension contentModifier", "the code list is X12's and asks need none"),
    ("Task", "input.extension contentModifier", "the code list is X12's and asks need none"),
    ("Task", "input slice QuestionnaireContext", "needs the DTR service, which is not built yet"),
];

/// `path` or `path.extension name` of every must-support row of one profile.
fn wanted(version: PasVersion, profile: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(shared(&format!("conformance/pas/must-support/v{version}-{profile}.yml"))?).unwrap();
    let mut found = Vec::new();
    let (mut section, mut path, mut inside) = ("", String::new(), false);
    for line in text.lines() {
        if !line.starts_with(' ') && line.ends_with(':') || line.starts_with(":") {
            inside = line.starts_with(":must_supports:");
        }
        if !inside {
            continue;
        }
        match line.trim_start() {
            ":extensions:" => section = "extensions",
            ":slices:" => section = "slices",
            ":elements:" => section = "elements",
            other => {
                let value = |key: &str| other.trim_start_matches("- ").strip_prefix(key).map(|rest| rest.trim().to_owned());
                match section {
                    "extensions" => {
                        path = value(":path:").unwrap_or(path);
                        if let Some(url) = value(":url:") {
                            found.push(format!("{path} {}", short(&url)));
                        }
                    }
                    "slices" => {
                        if let Some(id) = value("- :slice_id:").or_else(|| value(":slice_id:")) {
                            let (element, slice) = id.rsplit_once(':').unwrap();
                            found.push(format!("{} slice {slice}", element.split_once('.').map_or(element, |(_, rest)| rest)));
                        }
                    }
                    "elements" => {
                        if let Some(element) = value(":path:").filter(|_| other.starts_with("- ")) {
                            found.push(element);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(found.len() > 5, "{profile}: {found:?}");
    Some(found)
}

fn short(url: &str) -> &str {
    let name = url.rsplit('/').next().unwrap();
    name.strip_prefix("extension-").unwrap_or(name)
}

/// Is the path somewhere below the value?
fn carries(value: &Value, path: &[&str], extension: Option<&str>) -> bool {
    if let Value::Array(items) = value {
        return items.iter().any(|item| carries(item, path, extension));
    }
    let Some((first, rest)) = path.split_first() else {
        return extension.is_none_or(|name| short(value["url"].as_str().unwrap_or_default()) == name);
    };
    // `input:AttachmentsNeeded` names a slice; whether the slice is there is asked by itself.
    let name = first.split(':').next().unwrap();
    let stem = name.strip_suffix("[x]");
    value.as_object().is_some_and(|members| {
        members
            .iter()
            .any(|(key, member)| stem.map_or(key == name, |stem| key.starts_with(stem)) && carries(member, rest, extension))
    })
}

fn written(resource: &Value, row: &str) -> bool {
    if let Some((path, slice)) = row.split_once(" slice ") {
        let code = match slice {
            "PayerURL" => "payer-url",
            "AttachmentsNeeded" => "attachments-needed",
            other => other,
        };
        return resource[path].as_array().into_iter().flatten().any(|entry| entry["type"]["coding"][0]["code"] == code);
    }
    let (path, extension) = row.split_once(' ').map_or((row, None), |(path, name)| (path, Some(name)));
    carries(resource, &path.split('.').collect::<Vec<_>>(), extension)
}

#[test]
fn what_must_be_supported_is_written_somewhere() {
    for version in PasVersion::ALL {
        let mut resources: Vec<Value> = answers(version)
            .into_iter()
            .flat_map(|(_, bundle)| entries(&bundle))
            .filter(|(url, _)| url.contains("payer.example"))
            .map(|(_, resource)| resource)
            .collect();
        resources.push(faxed(version));
        for (profile, kind) in
            [("claimresponse", "ClaimResponse"), ("task", "Task"), ("communication_request", "CommunicationRequest")]
        {
            let Some(rows) = wanted(version, profile) else { continue };
            let there = |row: &String| {
                resources.iter().filter(|resource| resource["resourceType"] == kind).any(|resource| written(resource, row))
            };
            let (carried, rest): (Vec<&String>, Vec<&String>) = rows.iter().partition(|row| there(row));
            let excuse = |row: &str| NOT_WRITTEN.iter().find(|(of, path, _)| *of == kind && *path == row);
            let missing: Vec<_> = rest.iter().filter(|row| excuse(row).is_none()).collect();
            assert!(missing.is_empty(), "{version} {kind}: {missing:?}");
            assert!(carried.iter().all(|row| excuse(row).is_none()), "{version} {kind}: an excuse is no longer needed");
            println!("{version} {kind}: {} must-support rows written, {} excused", carried.len(), rest.len());
        }
    }
}

/// The answer for a case whose request was no FHIR Bundle.
fn faxed(version: PasVersion) -> Value {
    let bytes = fixture("submit-oxygen.json");
    let request = pas::read(version, &document(&bytes), &read_context(&bytes)).unwrap().into_new_request().request;
    let case = case(&request, &[approved(1)]);
    let found = Match { case: &case, request: None, id: "m-1", receipt: None, reviewer: None };
    let context = InquiryContext { id: "i-1", now: NOW.parse().unwrap(), base_url: BASE, withheld: None };
    let asked = document(&fixture("inquire-oxygen.json"));
    let answer: Value = serde_json::from_slice(&pas::respond_inquiry(version, &asked, &[found], &context)).unwrap();
    let bundle = if answer["resourceType"] == "Parameters" { &answer["parameter"][0]["resource"] } else { &answer };
    bundle["entry"][0]["resource"].clone()
}
