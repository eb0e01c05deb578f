//! Where a resource stands in a text: written into the resource as an extension, and read back from it.

use crate::note::Note;
use base::{Hash, Phi};
use json::Value;
use serde_json::json;
use text::{Axis, Cue, Section, Span};

/// The extension that says where a resource comes from.
pub const EXTENSION: &str = "urn:avedis:from-text";
/// The system of the tag that marks such a resource.
pub const TAG: &str = "urn:avedis:provenance";

/// The most bytes quoted.
const MOST_QUOTED: usize = 400;

/// Where a resource stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// SHA-256 of the document.
    pub document: Hash,
    /// Which of several documents within its bytes.
    pub part: u32,
    /// Page, from 1.
    pub page: u32,
    /// The words, as bytes of the document's text.
    pub span: Span,
    /// Quality of the text under them in per cent.
    pub quality: u8,
    /// A machine read them from an image.
    pub scanned: bool,
    /// A name was taken with one wrong character.
    pub fuzzy: bool,
    /// SHA-256 of the lexicon, hexadecimal.
    pub lexicon: String,
    /// The words themselves.
    pub words: Phi<String>,
}

/// Writes `meta` and `extension` of a resource that rests on these words.
pub(crate) fn mark(resource: &mut serde_json::Value, note: &Note, place: &Place<'_>, lexicon: &str) {
    let opened = &note.opened;
    let (code, display) = if opened.scanned { ("from-ocr", "from OCR") } else { ("from-text", "from text") };
    let mut parts = vec![
        json!({"url": "document", "valueString": opened.document.to_string()}),
        json!({"url": "part", "valueUnsignedInt": opened.part}),
        json!({"url": "page", "valuePositiveInt": place.page}),
        json!({"url": "start", "valueUnsignedInt": place.span.start}),
        json!({"url": "end", "valueUnsignedInt": place.span.end}),
        json!({"url": "quality", "valueUnsignedInt": place.quality}),
        json!({"url": "lexicon", "valueString": lexicon}),
        json!({"url": "section", "valueCode": word(&place.section)}),
        json!({"url": "words", "valueString": quoted(place.span, note.text())}),
    ];
    if place.fuzzy {
        parts.push(json!({"url": "fuzzy", "valueBoolean": true}));
    }
    for cue in place.cues {
        parts.push(json!({"url": "cue", "extension": [
            {"url": "axis", "valueCode": axis(cue.axis)},
            {"url": "start", "valueUnsignedInt": cue.span.start},
            {"url": "end", "valueUnsignedInt": cue.span.end},
        ]}));
    }
    resource["meta"] = json!({"tag": [{"system": TAG, "code": code, "display": display}]});
    resource["extension"] = json!([{"url": EXTENSION, "extension": parts}]);
}

/// Where something stands in a note.
pub(crate) struct Place<'a> {
    pub span: Span,
    pub page: u32,
    pub quality: u8,
    pub section: Section,
    pub cues: &'a [Cue],
    pub fuzzy: bool,
}

/// The words of a span, cut between characters when they are many.
pub(crate) fn quoted(span: Span, text: &str) -> String {
    let words = span.of(text);
    let mut end = words.len().min(MOST_QUOTED);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words[..end].to_owned()
}

/// The word of an axis.
pub(crate) const fn axis(axis: Axis) -> &'static str {
    match axis {
        Axis::Negated => "negated",
        Axis::Uncertain => "uncertain",
        Axis::Hypothetical => "hypothetical",
        Axis::Historical => "historical",
        Axis::Family => "family",
        Axis::Conditional => "conditional",
    }
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Provenance {
    /// Reads it from a resource; `None` when the resource does not come from a text.
    #[must_use]
    pub fn of(resource: &Value<'_>) -> Option<Self> {
        let extension = resource.get("extension")?.items().find(|e| e.get("url").is_some_and(|url| url.is_str(EXTENSION)))?;
        let part = |name: &str, value: &str| {
            let mut parts = extension.get("extension")?.items();
            parts.find(|e| e.get("url").is_some_and(|url| url.is_str(name)))?.get(value)
        };
        let text = |name: &str| part(name, "valueString").and_then(|v| v.as_str()).map(|v| v.into_owned());
        let number = |name: &str, value: &str| part(name, value).and_then(|v| v.as_i64()).and_then(|n| u32::try_from(n).ok());
        let tag = resource.get("meta").and_then(|meta| meta.get("tag")).and_then(|tag| tag.at(0));
        Some(Self {
            document: text("document")?.parse().ok()?,
            part: number("part", "valueUnsignedInt")?,
            page: number("page", "valuePositiveInt")?,
            span: Span { start: number("start", "valueUnsignedInt")?, end: number("end", "valueUnsignedInt")? },
            quality: number("quality", "valueUnsignedInt").and_then(|n| u8::try_from(n).ok())?,
            scanned: tag.and_then(|tag| tag.get("code")).is_some_and(|code| code.is_str("from-ocr")),
            fuzzy: part("fuzzy", "valueBoolean").and_then(|v| v.as_bool()).unwrap_or(false),
            lexicon: text("lexicon")?,
            words: Phi::new(text("words")?),
        })
    }
}
