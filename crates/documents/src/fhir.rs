//! Documents that FHIR resources carry: attachments of DocumentReference, DiagnosticReport and Binary, alone or in a Bundle.

use crate::fault::Code;
use base64::Engine;
use json::Value;
use text::PartialDate;

/// A document in a resource.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it stands in the JSON.
    pub path: String,
    /// Its media type, as stated.
    pub media_type: Option<String>,
    /// Its title, as stated.
    pub title: Option<String>,
    /// When it was written, from the attachment or its resource.
    pub written: Option<PartialDate>,
    /// Its bytes, or why there are none.
    pub bytes: Result<Vec<u8>, Code>,
}

impl std::fmt::Debug for Attachment {
    /// Without a word of the document.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.bytes.as_ref().map(Vec::len);
        f.debug_struct("Attachment")
            .field("path", &self.path)
            .field("media_type", &self.media_type)
            .field("bytes", &bytes)
            .finish()
    }
}

/// Every document in a resource or in the entries of a Bundle, in order. A resource without `data` gives one entry that says so.
#[must_use]
pub fn attachments(root: Value<'_>) -> Vec<Attachment> {
    let mut out = Vec::new();
    let bundle = root.get("resourceType").is_some_and(|t| t.is_str("Bundle"));
    if !bundle {
        resource(root, &mut out);
        return out;
    }
    for entry in root.get("entry").into_iter().flat_map(|v| v.items()) {
        if let Some(inner) = entry.get("resource") {
            resource(inner, &mut out);
        }
    }
    out
}

fn resource(value: Value<'_>, out: &mut Vec<Attachment>) {
    let kind = value.get("resourceType").and_then(|v| v.as_str()).unwrap_or_default();
    let string = |v: Option<Value<'_>>| v.and_then(|v| v.as_str()).map(|s| s.into_owned());
    let date = |names: &[&str]| names.iter().find_map(|n| day(value.get(n)));
    match kind.as_ref() {
        "Binary" => {
            let media_type = string(value.get("contentType"));
            out.push(attachment(value, media_type, None));
        }
        "DocumentReference" => {
            let period = value.get("context").and_then(|c| c.get("period")).and_then(|p| p.get("start"));
            let written = day(period).or_else(|| date(&["date"]));
            for content in value.get("content").into_iter().flat_map(|v| v.items()) {
                if let Some(inner) = content.get("attachment") {
                    out.push(attachment(inner, string(inner.get("contentType")), written));
                }
            }
        }
        "DiagnosticReport" => {
            let period = value.get("effectivePeriod").and_then(|p| p.get("start"));
            let written = date(&["effectiveDateTime"]).or_else(|| day(period)).or_else(|| date(&["issued"]));
            for inner in value.get("presentedForm").into_iter().flat_map(|v| v.items()) {
                out.push(attachment(inner, string(inner.get("contentType")), written));
            }
            if let Some(conclusion) = value.get("conclusion")
                && let Some(text) = conclusion.as_str()
            {
                let media_type = Some("text/plain".to_owned());
                let bytes = Ok(text.into_owned().into_bytes());
                out.push(Attachment { path: conclusion.path(), media_type, title: None, written, bytes });
            }
        }
        _ => {}
    }
}

fn attachment(value: Value<'_>, media_type: Option<String>, written: Option<PartialDate>) -> Attachment {
    let bytes = match value.get("data").and_then(|v| v.as_str()) {
        None => Err(Code::NoAttachment),
        Some(data) => {
            let packed: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
            base64::engine::general_purpose::STANDARD.decode(packed).map_err(|_| Code::Base64)
        }
    };
    let title = value.get("title").and_then(|v| v.as_str()).map(|s| s.into_owned());
    Attachment { path: value.path(), media_type, title, written: written.or_else(|| day(value.get("creation"))), bytes }
}

/// The day of a FHIR date or time.
fn day(value: Option<Value<'_>>) -> Option<PartialDate> {
    let text = value?.as_str()?;
    text.get(..10).unwrap_or(&text).parse().ok()
}
