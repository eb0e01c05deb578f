//! The documents inside a request: who sent which bytes, and what the request says of them.

use base::{Hash, Phi};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use json::{Document, Value};
use text::PartialDate;

/// The most attachments of one request; those past it are reported, never passed over in silence.
pub const MOST_ATTACHMENTS: usize = 64;
/// The largest attachment, in bytes after decoding.
pub const MOST_BYTES: usize = 32 << 20;
/// How deep an attachment may stand in a resource.
const MOST_DEPTH: usize = 24;

/// A document inside a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// SHA-256 of its bytes; of the text that does not decode when it cannot be decoded.
    pub hash: Hash,
    /// Media type as sent, `application/octet-stream` when none was.
    pub media_type: String,
    /// Title as sent.
    pub title: Phi<String>,
    /// The bytes, or why there are none.
    pub bytes: Result<Phi<Vec<u8>>, Fault>,
    /// Reference of who wrote it, as sent.
    pub author: Option<String>,
    /// The day it was written, as sent.
    pub dated: Option<PartialDate>,
}

/// An attachment without bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// `data` is not base64.
    #[error("the attachment is not base64; send it again")]
    NotBase64,
    /// Larger than [`MOST_BYTES`].
    #[error("the attachment is larger than {} MiB; send it in parts", MOST_BYTES >> 20)]
    TooLarge,
    /// Only an address was sent.
    #[error("the request gives the address of a document only; send the document itself")]
    AddressOnly,
    /// More than [`MOST_ATTACHMENTS`].
    #[error("the request has more than {MOST_ATTACHMENTS} documents; send the others with a second request for the same number")]
    TooMany,
}

impl Fault {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotBase64 => "not-base64",
            Self::TooLarge => "too-large",
            Self::AddressOnly => "address-only",
            Self::TooMany => "too-many",
        }
    }
}

/// Every attachment of a FHIR document (a Bundle, Parameters or one resource), each document once, in their order.
#[must_use]
pub fn attachments(document: &Document) -> Vec<Attachment> {
    let mut found = Vec::new();
    for resource in resources(document) {
        let around = Around::of(&resource);
        match resource.get("resourceType").and_then(|kind| kind.as_str()).as_deref() {
            Some("Binary") => found.extend(attachment(&resource, &around)),
            Some("DocumentReference" | "DiagnosticReport" | "Communication" | "Claim" | "QuestionnaireResponse") => {
                below(resource, &around, 0, &mut found);
            }
            _ => {}
        }
    }
    let mut once: Vec<Attachment> = Vec::with_capacity(found.len());
    for one in found {
        match once.iter_mut().find(|known| known.hash == one.hash) {
            // The same bytes twice: what is said of them in one place holds for both.
            Some(known) => {
                known.author = known.author.take().or(one.author);
                known.dated = known.dated.or(one.dated);
            }
            None => once.push(one),
        }
    }
    for extra in once.iter_mut().skip(MOST_ATTACHMENTS) {
        extra.bytes = Err(Fault::TooMany);
    }
    once
}

/// Every resource of a document; those inside a Bundle or Parameters, not these themselves.
pub(crate) fn resources(document: &Document) -> Vec<Value<'_>> {
    let root = document.root();
    let list = |name: &str| root.get(name).map(|list| list.items().collect::<Vec<_>>()).unwrap_or_default();
    match root.get("resourceType").and_then(|kind| kind.as_str()).as_deref() {
        Some("Bundle") => list("entry").iter().filter_map(|entry| entry.get("resource")).collect(),
        Some("Parameters") => list("parameter").iter().filter_map(|entry| entry.get("resource")).collect(),
        _ => vec![root],
    }
}

/// What a resource says of the attachments in it.
struct Around {
    author: Option<String>,
    dated: Option<PartialDate>,
}

impl Around {
    fn of(resource: &Value<'_>) -> Self {
        let reference = |key: &str| {
            let value = resource.get(key)?;
            let one = if value.kind() == json::Kind::Array { value.at(0)? } else { value };
            Some(one.get("reference")?.as_str()?.into_owned())
        };
        let day = |key: &str| resource.get(key).and_then(|value| value.as_str()).and_then(|text| day_of(&text));
        let author = ["author", "authenticator", "resultsInterpreter", "performer", "sender"].into_iter().find_map(reference);
        Self { author, dated: ["effectiveDateTime", "date", "issued", "sent"].into_iter().find_map(day) }
    }
}

/// The date part of a FHIR date or dateTime, as precise as it is.
fn day_of(text: &str) -> Option<PartialDate> {
    text.split('T').next()?.parse().ok()
}

/// Walks into a resource for attachments: an object with `data` or `url` beside `contentType`.
fn below(value: Value<'_>, around: &Around, depth: usize, found: &mut Vec<Attachment>) {
    if depth > MOST_DEPTH {
        return;
    }
    match value.kind() {
        json::Kind::Array => value.items().for_each(|item| below(item, around, depth + 1, found)),
        json::Kind::Object if is_attachment(&value) => found.extend(attachment(&value, around)),
        json::Kind::Object => value.members().for_each(|member| below(member, around, depth + 1, found)),
        _ => {}
    }
}

fn is_attachment(value: &Value<'_>) -> bool {
    let text = |key: &str| value.get(key).is_some_and(|v| v.kind() == json::Kind::String);
    text("data") || text("contentType") && text("url")
}

fn attachment(value: &Value<'_>, around: &Around) -> Option<Attachment> {
    let text = |key: &str| value.get(key).and_then(|v| v.as_str()).map(|v| v.into_owned());
    let media_type = text("contentType").unwrap_or_else(|| "application/octet-stream".to_owned());
    let (hash, bytes) = match (text("data"), text("url")) {
        (Some(data), _) => match decode(&data) {
            Ok(bytes) => (Hash::of(&bytes), Ok(Phi::new(bytes))),
            Err(fault) => (Hash::of(data.as_bytes()), Err(fault)),
        },
        // An address within the request points at a Binary, which is found by itself.
        (None, Some(url)) if url.starts_with("Binary/") || url.starts_with('#') || url.starts_with("urn:uuid:") => return None,
        (None, Some(url)) => (Hash::of(url.as_bytes()), Err(Fault::AddressOnly)),
        (None, None) => return None,
    };
    let dated = text("creation").and_then(|text| day_of(&text)).or(around.dated);
    let title = Phi::new(text("title").unwrap_or_default());
    Some(Attachment { hash, media_type, title, bytes, author: around.author.clone(), dated })
}

fn decode(data: &str) -> Result<Vec<u8>, Fault> {
    if data.len() / 4 * 3 > MOST_BYTES + 3 {
        return Err(Fault::TooLarge);
    }
    let plain: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(plain).map_err(|_| Fault::NotBase64)
}
