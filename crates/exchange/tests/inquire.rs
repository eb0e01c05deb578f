//! `$inquire`: what is searched for, and what is answered when something, several or nothing is found.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use exchange::outcome::Code;
use exchange::pas::{self, BusinessError, ErrorContext, InquiryContext, Match, PasVersion, Summary};
use fhir::pas::Operation;
use serde_json::Value;

fn inquiry_context(withheld: Option<&'static str>) -> InquiryContext<'static> {
    InquiryContext { id: "inquiry-1", now: NOW.parse().unwrap(), base_url: "https://payer.example/fhir/pas", withheld }
}

#[test]
fn an_inquiry_says_what_it_looks_for() {
    let bytes = fixture("inquire-oxygen.json");
    let inquiry = pas::read_inquiry(PasVersion::V2_2_1, &document(&bytes)).unwrap();
    assert_eq!(inquiry.identifiers[0].value, "INQ-1");
    assert_eq!(inquiry.member_ids[0].expose(), "M-1001");
    assert_eq!(inquiry.npis, ["1987654321"]);
    assert_eq!(inquiry.insurer.npi.as_deref(), Some("1234567893"));
    assert_eq!(
        (inquiry.authorizations.as_slice(), inquiry.administrative.as_slice()),
        (["PA-0001".to_owned()].as_slice(), ["PA-0001".to_owned()].as_slice())
    );
    assert_eq!(inquiry.lines.len(), 2);
    assert!(inquiry.lines[0].service.is_none(), "not-applicable is no code (PAS spec-43)");
    assert_eq!(inquiry.lines[1].service.as_ref().unwrap().code, "E0431");
    assert_eq!(inquiry.lines[1].from.unwrap().to_string(), "2026-12-01");
    assert!(!format!("{inquiry:?}").contains("M-1001"), "protected values do not print");
}

#[test]
fn an_inquiry_without_a_line_is_an_inquiry() {
    let mut value = value("inquire-oxygen.json");
    value["entry"][0]["resource"].as_object_mut().unwrap().remove("item");
    let bytes = serde_json::to_vec(&value).unwrap();
    assert!(pas::read_inquiry(PasVersion::V2_2_1, &document(&bytes)).unwrap().lines.is_empty());
}

#[test]
fn matches_are_answered_in_the_shape_of_the_version() {
    let asked = document(&fixture("inquire-oxygen.json"));
    let bytes = fixture("submit-oxygen.json");
    let request = pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes)).unwrap().into_new_request().request;
    let request_document = document(&bytes);
    let cases = [case(&request, &[findings(1, true), approved(1)]), case(&request, &[adverse(1, denied())])];
    let found = |id, case| Match { case, request: Some(&request_document), id, receipt: None, reviewer: None };
    let matches = [found("m-1", &cases[0]), found("m-2", &cases[1])];

    let old = pas::respond_inquiry(PasVersion::V2_0_1, &asked, &matches, &inquiry_context(None));
    let bundle: Value = serde_json::from_slice(&old).unwrap();
    check_bundle("2.0.1", &bytes, &bundle, &old, &[1, 2]);
    assert_eq!(bundle["entry"][1]["resource"]["resourceType"], "ClaimResponse", "both answers stand before what they refer to");
    assert_eq!(Summary::read(&document(&old)).answers.len(), 2);

    let new = pas::respond_inquiry(PasVersion::V2_2_1, &asked, &matches, &inquiry_context(None));
    let parameters: Value = serde_json::from_slice(&new).unwrap();
    assert_eq!(parameters["resourceType"], "Parameters");
    assert_eq!(parameters["parameter"].as_array().unwrap().len(), 2);
    let written = document(&new);
    for (parameter, raw) in
        parameters["parameter"].as_array().unwrap().iter().zip(written.root().get("parameter").unwrap().items())
    {
        assert_eq!(parameter["name"], "return");
        let bundle = &parameter["resource"];
        check_bundle("2.2.1", &bytes, bundle, raw.get("resource").unwrap().raw(), &[1, 2]);
        assert!(bundle["entry"][0]["resource"]["meta"]["profile"][0].as_str().unwrap().ends_with("profile-claiminquiryresponse"));
    }
    let actions: Vec<String> =
        Summary::read(&document(&new)).answers.iter().map(|answer| answer.lines[0].action.clone()).collect();
    assert_eq!(actions, ["A1", "A3"]);
}

#[test]
fn nothing_found_and_something_withheld_are_answers_too() {
    let bytes = fixture("inquire-oxygen.json");
    let asked = document(&bytes);
    let old: Value =
        serde_json::from_slice(&pas::respond_inquiry(PasVersion::V2_0_1, &asked, &[], &inquiry_context(None))).unwrap();
    let kinds: Vec<&str> =
        old["entry"].as_array().unwrap().iter().map(|entry| entry["resource"]["resourceType"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"Patient") && !kinds.contains(&"ClaimResponse"), "{kinds:?}");
    let new: Value =
        serde_json::from_slice(&pas::respond_inquiry(PasVersion::V2_2_1, &asked, &[], &inquiry_context(None))).unwrap();
    assert_eq!(new, serde_json::json!({"resourceType": "Parameters"}));
    for version in PasVersion::ALL {
        let answer = pas::respond_inquiry(version, &asked, &[], &inquiry_context(Some("1-800-555-0100")));
        let summary = Summary::read(&document(&answer));
        assert!(summary.issues[0].contains("1-800-555-0100"), "{version}: {summary:?}");
    }
}

#[test]
fn a_case_that_came_by_fax_is_found_as_well() {
    let asked = document(&fixture("inquire-oxygen.json"));
    let bytes = fixture("submit-oxygen.json");
    let request = pas::read(PasVersion::V2_2_1, &document(&bytes), &read_context(&bytes)).unwrap().into_new_request().request;
    let case = case(&request, &[approved(1)]);
    let found = Match { case: &case, request: None, id: "m-1", receipt: None, reviewer: None };
    let answer = pas::respond_inquiry(PasVersion::V2_2_1, &asked, &[found], &inquiry_context(None));
    let value: Value = serde_json::from_slice(&answer).unwrap();
    let response = &value["parameter"][0]["resource"]["entry"][0]["resource"];
    assert_eq!(response["patient"]["identifier"]["value"], "M-1001");
    assert_eq!(response["insurer"]["identifier"]["value"], "1234567893");
    assert!(response["request"]["extension"][0]["url"].as_str().unwrap().ends_with("data-absent-reason"), "PAS spec-44");
    let shape = fhir::shape::check(document(&answer).root(), &fhir::shape::Options::default()).issues;
    assert!(shape.is_empty(), "{shape:?}");
}

#[test]
fn business_errors_travel_inside_a_claim_response() {
    let bytes = fixture("submit-oxygen.json");
    let errors = [
        BusinessError::new(Code::InsurerMissing).at("Bundle.entry[2].resource.name"),
        BusinessError {
            element: Some("2010A-NM103".to_owned()),
            words: Some("our words".to_owned()),
            ..BusinessError::new(Code::MemberNotFound)
        },
    ];
    let context = ErrorContext { id: "e-1", now: NOW.parse().unwrap(), base_url: "https://payer.example/fhir/pas" };
    for version in PasVersion::ALL {
        for operation in [Operation::Submit, Operation::Inquire] {
            let answer = pas::business_error(version, operation, &document(&bytes), &errors, &context);
            let whole: Value = serde_json::from_slice(&answer).unwrap();
            let wrapped = operation == Operation::Inquire && version == PasVersion::V2_2_1;
            assert_eq!(whole["resourceType"] == "Parameters", wrapped);
            let bundle = if wrapped { &whole["parameter"][0]["resource"] } else { &whole };
            let response = &bundle["entry"][0]["resource"];
            assert_eq!(response["outcome"], "error");
            assert_eq!(
                response["error"][0]["code"]["coding"][0],
                serde_json::json!({"system": "https://codesystem.x12.org/005010/901", "code": "T4"})
            );
            let element = response["error"][1]["extension"]
                .as_array()
                .unwrap()
                .iter()
                .find(|e| e["url"].as_str().unwrap().ends_with("errorElement"))
                .unwrap();
            match version {
                PasVersion::V2_0_1 => assert_eq!(element["valueString"], "2010A-NM103"),
                PasVersion::V2_2_1 => assert_eq!(element["extension"][1]["valueString"], "2010A-NM103"),
            }
            let summary = Summary::read(&document(&answer));
            assert_eq!(summary.answers[0].errors[0], ("T4".to_owned(), Some("Bundle.entry[2].resource.name".to_owned())));
            assert_eq!(summary.answers[0].errors[1].0, "75");
            assert_eq!(summary.answers[0].notes[1], "our words");
            let shape = fhir::shape::check(document(&answer).root(), &fhir::shape::Options::default()).issues;
            assert!(shape.is_empty(), "{shape:?}");
        }
    }
}
