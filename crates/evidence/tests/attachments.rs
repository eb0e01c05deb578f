//! The documents inside requests.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use evidence::attachment::{Fault, MOST_ATTACHMENTS, attachments};
use json::{Document, Limits};

fn document(resources: &[String]) -> Document {
    let entries: Vec<String> = resources.iter().map(|r| format!("{{\"resource\":{r}}}")).collect();
    let text = format!("{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}", entries.join(","));
    Document::parse(text.into_bytes(), &Limits::default()).unwrap()
}

#[test]
fn found_wherever_they_stand() {
    let found = attachments(&document(&[
        r#"{"resourceType":"DocumentReference","author":[{"reference":"Practitioner/1"}],"date":"2026-11-20T10:00:00Z",
            "content":[{"attachment":{"contentType":"text/plain","data":"aGVsbG8=","title":"Note"}}]}"#.to_owned(),
        r#"{"resourceType":"DiagnosticReport","effectiveDateTime":"2026-11","presentedForm":[{"contentType":"text/plain","data":"YQ=="}]}"#.to_owned(),
        r#"{"resourceType":"Claim","supportingInfo":[{"valueAttachment":{"contentType":"application/pdf","data":"Yg=="}}]}"#.to_owned(),
        r#"{"resourceType":"Binary","contentType":"image/tiff","data":"Yw=="}"#.to_owned(),
        r#"{"resourceType":"Observation","valueString":"no attachment"}"#.to_owned(),
    ]));
    let types: Vec<&str> = found.iter().map(|one| one.media_type.as_str()).collect();
    assert_eq!(types, ["text/plain", "text/plain", "application/pdf", "image/tiff"]);
    assert_eq!(found[0].bytes.as_ref().unwrap().expose(), b"hello");
    assert_eq!(found[0].author.as_deref(), Some("Practitioner/1"));
    assert_eq!(found[0].dated.unwrap().to_string(), "2026-11-20");
    assert_eq!(found[1].dated.unwrap().to_string(), "2026-11");
    assert!(!format!("{found:?}").contains("Note"));
}

#[test]
fn faults_are_said_and_kept() {
    let reference =
        |attachment: &str| format!(r#"{{"resourceType":"DocumentReference","content":[{{"attachment":{attachment}}}]}}"#);
    for (attachment, fault) in [
        (r#"{"contentType":"text/plain","data":"%%%"}"#, Fault::NotBase64),
        (r#"{"contentType":"text/plain","url":"https://elsewhere.example/doc"}"#, Fault::AddressOnly),
    ] {
        let found = attachments(&document(&[reference(attachment)]));
        assert_eq!(found[0].bytes, Err(fault), "{attachment}");
    }
    // An address within the request points at a Binary that is found by itself.
    assert!(attachments(&document(&[reference(r#"{"contentType":"text/plain","url":"Binary/1"}"#)])).is_empty());
}

#[test]
fn the_same_bytes_once_and_never_too_many() {
    let one = r#"{"resourceType":"Binary","contentType":"text/plain","data":"YQ=="}"#.to_owned();
    assert_eq!(attachments(&document(&[one.clone(), one])).len(), 1);
    let many: Vec<String> = (0..MOST_ATTACHMENTS + 1)
        .map(|n| format!(r#"{{"resourceType":"Binary","contentType":"text/plain","data":"{:04}"}}"#, n))
        .collect();
    let found = attachments(&document(&many));
    assert_eq!(found.last().unwrap().bytes, Err(Fault::TooMany));
    assert!(found[MOST_ATTACHMENTS - 1].bytes.is_ok());
}
