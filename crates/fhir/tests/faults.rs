//! One sound Bundle, many ways to break it: which issues, how bad, and where.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use fhir::pas::{Operation, Report, Rules, Version, read};
use support::{SOUND, lines, parse};

const CLAIM: &str = "Bundle.entry[0].resource";

fn submit(document: &json::Document) -> Report<'_> {
    read(document, &Rules::new(Version::V2_2_1, Operation::Submit))
}

/// Replaces `from` by `to` in the sound Bundle and expects exactly these issues; `@` is the path of the Claim.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert_eq!(SOUND.matches(from).count(), 1, "{from} must stand once");
    let document = parse(&SOUND.replace(from, to));
    let report = submit(&document);
    let expected: Vec<String> = expected.iter().map(|line| line.replace('@', CLAIM)).collect();
    assert_eq!(lines(&report.issues), expected, "{from} -> {to}");
    assert_eq!(report.is_accepted(), !expected.iter().any(|line| line.starts_with("error")), "{from} -> {to}");
}

#[test]
fn the_sound_bundle_has_no_issue() {
    check("\"T-1\"", "\"T-2\"", &[]);
}

#[test]
fn bundle_rules() {
    check("\"type\": \"collection\"", "\"type\": \"batch\"", &["error bundle-type Bundle.type"]);
    check("\"type\": \"collection\",", "", &["error missing Bundle.type"]);
    check(
        "\"type\": \"collection\"",
        "\"type\": \"heap\"",
        &["error code-not-in-list Bundle.type", "error bundle-type Bundle.type"],
    );
    check("\"timestamp\": \"2026-03-02T09:30:00.250-05:00\",", "", &["error missing Bundle.timestamp"]);
    check(
        "\"timestamp\": \"2026-03-02T09:30:00.250-05:00\"",
        "\"timestamp\": \"2026-03-02\"",
        &["error bad-format Bundle.timestamp"],
    );
    check(
        "\"identifier\": {\"system\": \"http://example.org/transactions\", \"value\": \"T-1\"},",
        "",
        &["error missing Bundle.identifier"],
    );
    check("\"fullUrl\": \"http://example.org/fhir/Patient/p1\", ", "", &["error missing Bundle.entry[1].fullUrl"]);
    check(
        "{\"fullUrl\": \"http://example.org/fhir/Patient/p1\", ",
        "{\"request\": {\"method\": \"PUT\", \"url\": \"x\"}, \"fullUrl\": \"http://example.org/fhir/Patient/p1\", ",
        &["error not-allowed Bundle.entry[1].request"],
    );
    check(
        "\"fullUrl\": \"http://other.example.org/Practitioner/x1\"",
        "\"fullUrl\": \"http://example.org/fhir/Patient/p1\"",
        &[
            "warning full-url Bundle.entry[4].fullUrl",
            "error duplicate-full-url Bundle.entry[4].fullUrl",
            "error ambiguous-reference @.patient",
            "warning ambiguous-reference Bundle.entry[5].resource.beneficiary",
            "warning ambiguous-reference Bundle.entry[7].resource.patient",
        ],
    );
    check(
        "\"fullUrl\": \"http://other.example.org/Practitioner/x1\"",
        "\"fullUrl\": \"Practitioner/x1\"",
        &["error full-url Bundle.entry[4].fullUrl"],
    );
    check(
        "\"fullUrl\": \"http://other.example.org/Practitioner/x1\"",
        "\"fullUrl\": \"urn:uuid:x1\"",
        &["warning full-url Bundle.entry[4].fullUrl"],
    );
    check(
        "\"fullUrl\": \"http://other.example.org/Practitioner/x1\"",
        "\"fullUrl\": \"http://other.example.org/Practitioner/x1/_history/1\"",
        &["error full-url Bundle.entry[4].fullUrl"],
    );
}

#[test]
fn claims_and_parties() {
    check(
        "\"claim\": {\"reference\": \"Claim/c0\"}",
        "\"claim\": {\"reference\": \"Claim/elsewhere\"}",
        &["error too-many-claims Bundle.entry[7].resource", "warning unresolved-reference @.related[0].claim"],
    );
    check("\"use\": \"preauthorization\",\n", "\"use\": \"claim\",\n", &["error claim-use @.use"]);
    check(
        "{\"reference\": \"Coverage/v1\"}}],\n        \"item\"",
        "{\"reference\": \"Coverage/none\"}}],\n        \"item\"",
        &["error unresolved-reference @.insurance[0].coverage"],
    );
    check(
        "\"patient\": {\"reference\": \"Patient/p1\"},\n",
        "\"patient\": {\"reference\": \"Organization/o1\"},\n",
        &["error wrong-target @.patient"],
    );
    check(
        "\"patient\": {\"reference\": \"Patient/p1\"},\n",
        "\"patient\": {\"display\": \"someone\"},\n",
        &["error missing @.patient"],
    );
    check(
        "\"patient\": {\"reference\": \"Patient/p1\"},\n",
        "\"patient\": {\"identifier\": {\"value\": \"M1\"}},\n",
        &["warning logical-reference @.patient"],
    );
    check("\"patient\": {\"reference\": \"Patient/p1\"},\n", "\n", &["error missing @.patient"]);
    check("\"insurer\": {\"reference\": \"http://example.org/fhir/Organization/o1\"},", "", &["error missing @.insurer"]);
    check("\"sequence\": 2,\n", "\"sequence\": 1,\n", &["error duplicate-sequence @.item[1].sequence"]);
    check(
        "{\"sequence\": 2, \"category\"",
        "{\"sequence\": 1, \"category\"",
        &[
            "error duplicate-sequence @.supportingInfo[1].sequence",
            "warning unresolved-sequence @.item[0].informationSequence[1]",
        ],
    );
    check(
        "\"diagnosisSequence\": [1]",
        "\"diagnosisSequence\": [4]",
        &["warning unresolved-sequence @.item[0].diagnosisSequence[0]"],
    );
    check(
        "DocumentReference/d1/_history/3",
        "DocumentReference/d1/_history/4",
        &["warning unresolved-reference @.supportingInfo[1].valueReference"],
    );
    check("\"reference\": \"#inner\"", "\"reference\": \"#outer\"", &["warning unresolved-reference @.enterer"]);
}

#[test]
fn shape_rules() {
    check("\"sequence\": 2,\n", "\"sequence\": \"2\",\n", &["error wrong-type @.item[1].sequence"]);
    check("\"sequence\": 2,\n", "\"sequence\": 0,\n", &["error bad-format @.item[1].sequence"]);
    check("\"sequence\": 2,\n", "\"sequence\": 2.0,\n", &["error bad-format @.item[1].sequence"]);
    check("\"value\": 12.50,", "\"value\": \"12.50\",", &["error wrong-type @.item[0].quantity.value"]);
    check("\"servicedDate\": \"2026-03-05\"", "\"servicedDate\": \"2026-02-30\"", &["error bad-format @.item[1].servicedDate"]);
    check(
        "\"servicedDate\": \"2026-03-05\"",
        "\"servicedDate\": \"1800-03-05\"",
        &["error implausible-date @.item[1].servicedDate"],
    );
    check(
        "\"servicedDate\": \"2026-03-05\"",
        "\"servicedDate\": \"2999-03-05\"",
        &["error implausible-date @.item[1].servicedDate"],
    );
    check("\"servicedDate\": \"2026-03-05\"", "\"servicedDate\": \"\"", &["error bad-format @.item[1].servicedDate"]);
    check("\"servicedDate\": \"2026-03-05\"", "\"servicedDate\": null", &["error wrong-type @.item[1].servicedDate"]);
    check(
        "\"servicedDate\": \"2026-03-05\"",
        "\"servicedDate\": \"2026-03-05\", \"servicedPeriod\": {\"start\": \"2026\"}",
        &["error two-choices @.item[1].servicedPeriod"],
    );
    check(
        "\"birthDate\": \"1950-02\"",
        "\"birthDate\": \"1850-02\"",
        &["error implausible-date Bundle.entry[1].resource.birthDate"],
    );
    check(
        "\"start\": \"2026-01-01\"",
        "\"start\": \"1700-01-01\"",
        &["warning implausible-date Bundle.entry[5].resource.period.start"],
    );
    check("\"status\": \"active\",\n", "\"status\": \"live\",\n", &["error code-not-in-list @.status"]);
    check("\"gender\": \"female\"", "\"gender\": \"f\"", &["warning code-not-in-list Bundle.entry[1].resource.gender"]);
    check("\"code\": \"RR\"", "\"code\": \" RR\"", &["error bad-format @.item[0].modifier[0].coding[0].code"]);
    check(
        "\"id\": \"x1\"",
        "\"id\": \"x 1\"",
        &[
            "warning bad-format Bundle.entry[4].resource.id",
            "warning full-url Bundle.entry[4].fullUrl",
            "warning unresolved-reference Bundle.entry[3].resource.practitioner",
        ],
    );
    check(
        "\"data\": \"U3BPMiA4NiAl\"",
        "\"data\": \"U3BPMiA4NiA\"",
        &["error bad-format Bundle.entry[6].resource.content[0].attachment.data"],
    );
    check(
        "\"given\": [\"Ada\", null]",
        "\"given\": [\"Ada\", 7]",
        &["error wrong-type Bundle.entry[1].resource.name[0].given[1]"],
    );
    check("\"given\": [\"Ada\", null]", "\"given\": \"Ada\"", &["error wrong-type Bundle.entry[1].resource.name[0].given"]);
    check(
        "\"productOrService\": {\"coding\": [{\"system\": \"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets\", \"code\": \"E0431\"}]},",
        "",
        &["error missing @.item[1].productOrService"],
    );
    check("{\"url\": \"http://example.org/level\", ", "{", &["error missing @.extension[0].url"]);
    check(
        "\"resourceType\": \"Practitioner\", ",
        "",
        &[
            "error no-resource-type Bundle.entry[4].resource",
            "warning unresolved-reference Bundle.entry[3].resource.practitioner",
        ],
    );
    check(
        "\"resourceType\": \"Practitioner\"",
        "\"resourceType\": \"Wizard\"",
        &[
            "warning unknown-resource-type Bundle.entry[4].resource",
            "warning full-url Bundle.entry[4].fullUrl",
            "warning unresolved-reference Bundle.entry[3].resource.practitioner",
        ],
    );
    check(
        "\"code\": \"RR\"",
        "\"code\": \"RR\", \"colour\": \"red\"",
        &["warning unknown-element @.item[0].modifier[0].coding[0].colour"],
    );
    check("\"_status\": {", "\"_type\": {", &["warning unknown-element @._type"]);
    check(
        "PractitionerRole\", \"id\": \"r1\"",
        "PractitionerRole\", \"id\": \"r1\", \"modifierExtension\": [{\"url\": \"http://example.org/not\"}]",
        &["warning unknown-modifier Bundle.entry[3].resource.modifierExtension[0]"],
    );
    check(
        "\"contentType\": \"text/plain\", ",
        "\"contentType\": \"text/plain\", \"title\": \"\", ",
        &["warning empty Bundle.entry[6].resource.content[0].attachment.title"],
    );
    check("\"status\": \"current\", ", "", &["warning missing Bundle.entry[6].resource.status"]);
}

#[test]
fn all_faults_are_reported_together() {
    let text = SOUND
        .replace("\"type\": \"collection\"", "\"type\": \"batch\"")
        .replace("\"use\": \"preauthorization\",\n", "\"use\": 7,\n")
        .replace("\"sequence\": 2,\n", "\"sequence\": \"two\",\n")
        .replace("\"birthDate\": \"1950-02\"", "\"birthDate\": \"02/1950\"")
        .replace("Coverage/v1\"}}],\n", "Coverage/v9\"}}],\n");
    let document = parse(&text);
    let report = submit(&document);
    let found = lines(&report.issues);
    for expected in [
        "error wrong-type Bundle.entry[0].resource.use",
        "error wrong-type Bundle.entry[0].resource.item[1].sequence",
        "error bad-format Bundle.entry[1].resource.birthDate",
        "error bundle-type Bundle.type",
        "error unresolved-reference Bundle.entry[0].resource.insurance[0].coverage",
    ] {
        assert!(found.iter().any(|line| line == expected), "{expected}: {found:#?}");
    }
    assert!(!report.is_accepted());
}

#[test]
fn each_required_element_of_a_claim_is_asked_for_and_no_other() {
    let document = parse(SOUND);
    let claim = document.value(fhir::Bundle::new(document.root()).unwrap().entries()[0].resource().unwrap().value().id());
    let required = ["status", "type", "use", "patient", "created", "insurer", "provider", "priority", "insurance", "item"];
    for (name, member) in claim.entries().filter(|(name, _)| name != "resourceType" && name != "_status") {
        let mut copy = SOUND.to_owned();
        // Renaming the member to one that nobody knows removes it without touching the commas.
        let key_at = member.span().start - 2 - name.len();
        let at = copy[..key_at].rfind('"').unwrap() + 1;
        assert_eq!(&copy[at..at + name.len()], name);
        copy.replace_range(at..at + name.len(), "unknownMember");
        if name == "status" {
            copy = copy.replace("\"_status\"", "\"unknownMember2\"");
        }
        let document = parse(&copy);
        let report = submit(&document);
        let errors: Vec<String> = lines(&report.issues).into_iter().filter(|line| line.starts_with("error")).collect();
        let second_claim = "error too-many-claims Bundle.entry[7].resource".to_owned();
        let expected = match &*name {
            "related" => vec![second_claim],
            name if required.contains(&name) => vec![format!("error missing {CLAIM}.{name}")],
            _ => vec![],
        };
        assert_eq!(errors, expected, "{name}");
    }
}

#[test]
fn what_is_no_bundle_is_said_so() {
    for (text, expected) in [
        ("{\"resourceType\":\"Claim\"}", "error not-a-bundle Claim"),
        ("[]", "error not-a-bundle $this"),
        ("\"x\"", "error not-a-bundle $this"),
        ("{}", "error not-a-bundle $this"),
    ] {
        let document = parse(text);
        let report = submit(&document);
        assert_eq!(lines(&report.issues).last().map(String::as_str), Some(expected), "{text}");
        assert!(!report.is_accepted());
    }
    let empty = parse("{\"resourceType\":\"Bundle\"}");
    assert_eq!(
        lines(&submit(&empty).issues),
        [
            "error missing Bundle.type",
            "error missing Bundle.identifier",
            "error missing Bundle.timestamp",
            "error missing Bundle.entry",
            "error no-claim Bundle.entry",
        ]
    );
}

#[test]
fn an_inquiry_may_have_no_items_but_only_one_claim() {
    let document = parse(SOUND);
    let report = read(&document, &Rules::new(Version::V2_0_1, Operation::Inquire));
    assert_eq!(lines(&report.issues), ["error too-many-claims Bundle.entry[7].resource"]);
}
