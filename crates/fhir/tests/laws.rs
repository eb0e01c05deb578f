//! Laws of reading FHIR.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Instant;

use fhir::pas::{Operation, Rules, Version, read};
use fhir::{Bundle, Date, DateTime, OperationOutcome, Precision, Resolution, Resource, base64_decode};
use json::{Document, Kind, Limits, Value};
use proptest::prelude::*;
use support::{SOUND, lines, parse};

fn rules() -> Rules {
    Rules::new(Version::V2_2_1, Operation::Submit)
}

fn all_values<'a>(root: Value<'a>) -> Vec<Value<'a>> {
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(value) = open.pop() {
        found.push(value);
        open.extend(value.items().chain(value.members()));
    }
    found
}

/// Every value of the sound Bundle, replaced by a value of another JSON type, is an error at its place.
#[test]
fn every_wrong_json_type_is_an_error_at_its_place() {
    let sound = parse(SOUND);
    for value in all_values(sound.root()) {
        if value.is_null() || value.path() == "Bundle" {
            continue;
        }
        let wrong = if value.kind() == Kind::Bool { "\"x\"" } else { "true" };
        let mut text = SOUND.to_owned();
        text.replace_range(value.span(), wrong);
        let document = parse(&text);
        let report = read(&document, &rules());
        // Without its resourceType a resource loses its name in paths.
        let place = if value.key_raw() == Some(b"resourceType") {
            value.path().trim_end_matches(".resourceType").to_owned()
        } else {
            value.path()
        };
        let place = if place == "Bundle" { "$this".to_owned() } else { place };
        let found = lines(&report.issues);
        assert!(
            found.iter().any(|line| line.starts_with("error") && line.ends_with(&format!(" {place}"))),
            "{place}: {found:#?}"
        );
        assert!(!report.is_accepted());
    }
}

/// Every value of the sound Bundle but one left out: never a panic, and no view invents anything.
#[test]
fn any_single_member_may_vanish() {
    let sound = parse(SOUND);
    for value in all_values(sound.root()) {
        let Some(key) = value.key_raw() else { continue };
        let mut text = SOUND.to_owned();
        let at = text[..value.span().start].rfind(std::str::from_utf8(key).unwrap()).unwrap();
        text.replace_range(at..at + key.len(), "gone");
        let Ok(document) = Document::parse(text.into_bytes(), &Limits::default()) else { continue };
        let report = read(&document, &rules());
        if let Some(request) = report.request {
            assert!(request.claim().patient().is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_bytes_never_panic(position in 0usize..SOUND.len(), byte in any::<u8>(), cut in prop::bool::weighted(0.2)) {
        let mut bytes = SOUND.as_bytes().to_vec();
        bytes[position] = byte;
        if cut {
            bytes.truncate(position);
        }
        match Document::parse(bytes, &Limits::default()) {
            Ok(document) => {
                let report = read(&document, &rules());
                prop_assert_eq!(report.is_accepted(), !report.issues.iter().any(fhir::Issue::is_refusal));
            }
            Err(faults) => prop_assert!(OperationOutcome::from_faults(&faults).is_refusal()),
        }
    }

    #[test]
    fn outcomes_are_sound_fhir(text in "\\PC{0,40}", details in "[a-z-]{1,20}") {
        let issue = fhir::Issue::new(fhir::Severity::Error, fhir::IssueType::Value, details, text.clone()).at("$.x");
        let body = OperationOutcome::new(vec![issue]).to_json();
        let document = Document::parse(body, &Limits::default()).unwrap();
        let found = fhir::shape::check(document.root(), &fhir::shape::Options::default());
        prop_assert!(found.issues.iter().all(|issue| !issue.is_refusal()), "{:?}", lines(&found.issues));
        let issue = document.root().get("issue").unwrap().at(0).unwrap();
        let diagnostics = issue.get("diagnostics").and_then(|value| value.as_str()).unwrap_or_default();
        prop_assert_eq!(diagnostics, text);
    }

    #[test]
    fn dates_read_back_as_written(year in 1i16..10000, month in 1i8..13, day in 1i8..32, parts in 1usize..4) {
        let text = match parts {
            1 => format!("{year:04}"),
            2 => format!("{year:04}-{month:02}"),
            _ => format!("{year:04}-{month:02}-{day:02}"),
        };
        let exists = parts < 3 || jiff::civil::Date::new(year, month, day).is_ok();
        match text.parse::<Date>() {
            Ok(date) => {
                prop_assert!(exists);
                prop_assert_eq!(date.to_string(), text.clone());
                prop_assert!(date.earliest() <= date.latest());
                prop_assert_eq!(date.full().is_some(), date.precision() == Precision::Day);
                prop_assert_eq!(text.parse::<DateTime>().unwrap().to_string(), text);
            }
            Err(_) => prop_assert!(!exists),
        }
    }

    #[test]
    fn times_read_back_as_written(
        second in 0i64..4_000_000_000, fraction in "(\\.[0-9]{1,9})?", zone in "Z|[+-](0[1-9]|1[0-3]):[0-5][0-9]",
    ) {
        let day = jiff::Timestamp::from_second(second).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let text = format!("{day}{fraction}{zone}");
        let at: DateTime = text.parse().unwrap();
        prop_assert_eq!(at.to_string(), text.clone());
        prop_assert_eq!(at.timestamp().unwrap(), text.parse::<jiff::Timestamp>().unwrap());
    }

    #[test]
    fn dates_never_panic(text in prop::collection::vec(any::<u8>(), 0..30)) {
        let _ = (Date::parse(&text), DateTime::parse(&text), fhir::is_time(&text), fhir::is_base64(&text), fhir::is_oid(&text));
    }

    #[test]
    fn base64_decodes_what_was_encoded(content in prop::collection::vec(any::<u8>(), 0..100), spaces in any::<bool>()) {
        let mut text = encode(&content);
        if spaces {
            text = text.chars().flat_map(|character| [character, '\n']).collect();
        }
        prop_assert_eq!(base64_decode(&text, content.len()).unwrap(), content.clone());
        if !content.is_empty() {
            prop_assert!(base64_decode(&text, content.len() - 1).is_err());
        }
    }
}

fn encode(content: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in content.chunks(3) {
        let bits = chunk.iter().chain(&[0, 0]).take(3).fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
        for position in 0..4 {
            let index = (bits >> (18 - 6 * position)) & 63;
            out.push(if position <= chunk.len() { alphabet[index as usize] as char } else { '=' });
        }
    }
    out
}

#[test]
fn malformed_primitives() {
    for text in [
        "",
        "0000",
        "24",
        "2024-1",
        "2024-13",
        "2024-00",
        "2024-02-30",
        "2024-02-29T",
        "2024/02/29",
        "2024-02-29 ",
        "+024",
        "２０２４",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
    for text in [
        "2024-02-29T10:00:00",
        "2024-02-29T10:00Z",
        "2024-02T10:00:00Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T10:60:00Z",
        "2024-02-29T10:00:61Z",
        "2024-02-29T10:00:00.Z",
        "2024-02-29T10:00:00+14:01",
        "2024-02-29T10:00:00+1400",
        "2024-02-29t10:00:00Z",
    ] {
        assert!(text.parse::<DateTime>().is_err(), "{text}");
    }
    assert!("2016-12-31T23:59:60Z".parse::<DateTime>().unwrap().timestamp().is_some());
    assert!(DateTime::parse_instant(b"2024-02-29").is_err());
    for (text, good) in [("a", true), ("a b", true), ("", false), (" a", false), ("a ", false), ("a  b", false), ("a\tb", false)]
    {
        assert_eq!(fhir::is_code(text.as_bytes()), good, "{text:?}");
    }
    for (text, good) in [("10:00:00", true), ("10:00:00.5", true), ("10:00", false), ("24:00:00", false), ("10:00:00.", false)] {
        assert_eq!(fhir::is_time(text.as_bytes()), good, "{text:?}");
    }
    for (text, good) in [("1.2.3", true), ("2.16.840.1", true), ("3.1", false), ("1", false), ("1.02", false), ("1..2", false)] {
        assert_eq!(fhir::is_oid(text.as_bytes()), good, "{text:?}");
    }
    for (text, good) in
        [("", true), ("QQ==", true), ("QQ=", false), ("Q===", false), ("QQ==QQ==", false), ("Q!==", false), ("QUJD\n", true)]
    {
        assert_eq!(fhir::is_base64(text.as_bytes()), good, "{text:?}");
    }
}

#[test]
fn references_resolve_as_r4_says() {
    let document = parse(SOUND);
    let bundle = Bundle::new(document.root()).unwrap();
    let claim = bundle.entries()[0].resource().unwrap();
    let role = bundle.entries()[3].resource().unwrap();
    let cases: &[(&Resource<'_>, &str, Option<&str>)] = &[
        (&claim, "Patient/p1", Some("Bundle.entry[1].resource")),
        (&claim, "http://example.org/fhir/Patient/p1", Some("Bundle.entry[1].resource")),
        (&claim, "http://example.net/fhir/Patient/p1", None),
        (&claim, "urn:uuid:3f2a8f6e-0c3b-4a1b-9d55-6a4f6f3f0b10", Some("Bundle.entry[3].resource")),
        (&claim, "Claim/c1/_history/2", Some("Bundle.entry[0].resource")),
        (&claim, "Claim/c1/_history/1", None),
        (&claim, "Patient/p1/_history/7", Some("Bundle.entry[1].resource")),
        (&claim, "#inner", Some("Bundle.entry[0].resource.contained[0]")),
        (&claim, "#", Some("Bundle.entry[0].resource")),
        (&claim, "#none", None),
        (&role, "#inner", None),
        (&role, "Claim/c1#inner", Some("Bundle.entry[0].resource.contained[0]")),
        // Another base than the Claim's: found by type and id.
        (&claim, "Practitioner/x1", Some("Bundle.entry[4].resource")),
        (&role, "Organization/o1", Some("Bundle.entry[2].resource")),
        (&role, "o1", None),
        (&role, "", None),
        (&role, "Organization/", None),
    ];
    for (from, reference, expected) in cases {
        let found = bundle.resolve(from, reference).found().map(|resource| resource.path());
        assert_eq!(found.as_deref(), *expected, "{reference}");
    }
    let inner = claim.contained().next().unwrap();
    assert_eq!(bundle.resolve(&inner, "#").found().unwrap().path(), "Bundle.entry[0].resource");
    assert_eq!(bundle.resolve(&inner, "#inner").found().unwrap().id().as_deref(), Some("inner"));
    let family = document.root().get("entry").unwrap().at(1).unwrap().get("resource").unwrap().get("name").unwrap();
    assert_eq!(bundle.owner(family).unwrap().path(), "Bundle.entry[1].resource");
    assert!(bundle.owner(document.root()).is_none());
    let twice = parse(
        r#"{"resourceType":"Bundle","entry":[{"fullUrl":"http://a/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"http://b/Patient/1","resource":{"resourceType":"Patient","id":"1"}},{"fullUrl":"urn:x","resource":{"resourceType":"Basic"}}]}"#,
    );
    let bundle = Bundle::new(twice.root()).unwrap();
    let last = bundle.entries()[2].resource().unwrap();
    assert!(matches!(bundle.resolve(&last, "Patient/1"), Resolution::Ambiguous));
}

#[test]
fn views_read_what_was_written() {
    let document = parse(SOUND);
    let report = read(&document, &rules());
    let request = report.request.unwrap();
    let claim = request.claim();
    assert_eq!(claim.identifiers().next().unwrap().to_identifier().unwrap().value, "C-1");
    assert_eq!(claim.created().unwrap().precision(), Precision::Day);
    assert_eq!(request.prior_claim().unwrap().id().as_deref(), Some("c0"));
    assert_eq!(request.provider().unwrap().resource_type().as_deref(), Some("PractitionerRole"));
    assert_eq!(request.coverages().count(), 1);
    let items: Vec<_> = claim.items().collect();
    assert_eq!(items[0].quantity().unwrap().to_quantity().unwrap().value.to_string(), "12.50");
    assert_eq!(items[0].serviced().unwrap().end().unwrap().to_string(), "2027-03-04");
    assert_eq!(items[1].serviced().unwrap().start().unwrap().to_string(), "2026-03-05");
    assert_eq!(items[0].information_sequences().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(items[1].modifier_extension(fhir::pas::INFO_CANCELLED).unwrap().boolean(), Some(true));
    let level = claim.extension("http://example.org/level").unwrap();
    assert_eq!(level.concept().unwrap().codes().next().unwrap().code, "U");
    assert_eq!(level.any_value().unwrap().key().as_deref(), Some("valueCodeableConcept"));
    let info: Vec<_> = claim.supporting_info().collect();
    assert_eq!(info[0].timing().unwrap().start().unwrap().precision(), Precision::Month);
    let document_reference = request.target(info[1].value_reference()).unwrap().view::<fhir::DocumentReference>().unwrap();
    let attachment = document_reference.contents().next().unwrap().attachment().unwrap();
    assert_eq!(attachment.decode(100).unwrap().unwrap().expose(), b"SpO2 86 %");
    let patient = request.patient().unwrap();
    let name = patient.names().next().unwrap();
    assert_eq!(name.family().unwrap().expose(), "Example");
    assert_eq!(format!("{:?}", name.given().next()), "Some([phi])");
    assert!(!format!("{patient:?} {name:?} {request:?}").contains("Ada"));
}

/// Hostile bodies within the limits of the parser are answered in bounded time.
#[test]
fn hostile_bodies_are_answered_fast() {
    let many_members = (0..300_000).map(|n| format!("\"x{n}\":1")).collect::<Vec<_>>().join(",");
    let claims =
        "{\"fullUrl\":\"urn:a\",\"resource\":{\"resourceType\":\"Claim\",\"related\":[{\"claim\":{\"reference\":\"#x\"}}]}},"
            .repeat(40_000);
    let contained = "{\"resourceType\":\"Basic\",\"id\":\"y\",\"subject\":{\"reference\":\"#x\"}},".repeat(60_000);
    let nulls = "null,".repeat(300_000);
    let deep = format!("{}{}", "{\"extension\":[".repeat(31), "]}".repeat(31));
    for body in [
        format!("{{\"resourceType\":\"Bundle\",{many_members}}}"),
        format!("{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{claims}{{}}]}}"),
        format!(
            "{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{{\"resourceType\":\"Claim\",\"contained\":[{contained}{{}}]}}}}]}}"
        ),
        format!("{{\"resourceType\":\"Patient\",\"name\":[{{\"given\":[{nulls}null]}}]}}"),
        format!("{{\"resourceType\":\"Bundle\",\"extension\":[{deep}]}}"),
    ] {
        let document = parse(&body);
        let started = Instant::now();
        let report = read(&document, &rules());
        assert!(!report.is_accepted());
        assert!(report.issues.len() <= 402);
        assert!(started.elapsed().as_secs() < 4, "{:?} {}", started.elapsed(), &body[..60]);
    }
    let nested = format!("{}true{}", "{\"extension\":[{\"resourceType\":\"Patient\",\"x\":".repeat(2_000), "}]}".repeat(2_000));
    let limits = Limits { max_depth: 100_000, ..Limits::default() };
    let document = Document::parse(nested.into_bytes(), &limits).unwrap();
    assert!(!fhir::shape::check(document.root(), &fhir::shape::Options::default()).issues.is_empty());
}
