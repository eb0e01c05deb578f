//! Small readers of FHIR JSON: what an element says, or nothing. None of them fails; the shape check has spoken before.

use base::{Code, Date, Identifier, Quantity};
use fhir::{Bundle, Resource};
use json::{Value, Writer};
use std::borrow::Cow;

/// The first coding of a CodeableConcept in one of `systems`, in their order of preference; else the first with a code.
pub(crate) fn coding(concept: Value<'_>, systems: &[&str]) -> Option<Code> {
    let codings = || concept.get("coding").into_iter().flat_map(|list| list.items()).filter_map(one_coding);
    systems.iter().find_map(|system| codings().find(|coding| coding.system == *system)).or_else(|| codings().next())
}

/// Every coding of a CodeableConcept that has a code.
pub(crate) fn codings<'a>(concept: Value<'a>) -> impl Iterator<Item = Code> + 'a {
    concept.get("coding").into_iter().flat_map(|list| list.items()).filter_map(one_coding)
}

fn one_coding(coding: Value<'_>) -> Option<Code> {
    let code = text(coding, "code")?;
    if code.is_empty() {
        return None;
    }
    Some(Code { system: text(coding, "system").unwrap_or_default().into_owned(), code: code.into_owned() })
}

/// True when some coding of the concept has this code, in whatever system.
pub(crate) fn has_code(concept: Value<'_>, code: &str) -> bool {
    concept
        .get("coding")
        .into_iter()
        .flat_map(|list| list.items())
        .any(|coding| coding.get("code").is_some_and(|value| value.is_str(code)))
}

/// A string member.
pub(crate) fn text<'a>(value: Value<'a>, key: &str) -> Option<Cow<'a, str>> {
    value.get(key)?.as_str()
}

/// A string member, owned.
pub(crate) fn owned(value: Value<'_>, key: &str) -> Option<String> {
    text(value, key).map(Cow::into_owned)
}

/// The items of a list member; nothing when it is absent or not a list.
pub(crate) fn list<'a>(value: Value<'a>, key: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    value.get(key).into_iter().flat_map(|list| list.items())
}

/// Every extension with this URL.
pub(crate) fn extensions<'a>(value: Value<'a>, url: &'a str) -> impl Iterator<Item = Value<'a>> + 'a {
    list(value, "extension").filter(move |extension| extension.get("url").is_some_and(|found| found.is_str(url)))
}

/// The first extension with this URL.
pub(crate) fn extension<'a>(value: Value<'a>, url: &'a str) -> Option<Value<'a>> {
    extensions(value, url).next()
}

/// An Identifier with a value.
pub(crate) fn identifier(value: Value<'_>) -> Option<Identifier> {
    let found = owned(value, "value").filter(|found| !found.is_empty())?;
    Some(Identifier { system: owned(value, "system").unwrap_or_default(), value: found })
}

/// A `date` or the day of a `dateTime`; `None` when less precise than a day.
pub(crate) fn day(value: Value<'_>) -> Option<Date> {
    let text = value.as_str()?;
    text.get(..10)?.parse().ok()
}

/// First and last day of a `servicedX`, `timingX` or extension value: a date, a dateTime or a Period. Partial dates are unknown.
pub(crate) fn days(parent: Value<'_>, stem: &str) -> (Option<Date>, Option<Date>) {
    for kind in ["Date", "DateTime"] {
        if let Some(value) = parent.get(&format!("{stem}{kind}")) {
            let found = day(value);
            return (found, found);
        }
    }
    parent.get(&format!("{stem}Period")).map_or((None, None), period)
}

/// First and last day of a Period.
pub(crate) fn period(period: Value<'_>) -> (Option<Date>, Option<Date>) {
    (period.get("start").and_then(day), period.get("end").and_then(day))
}

/// A Quantity with a value; the unit is its UCUM or X12 code, else the human unit.
pub(crate) fn quantity(value: Value<'_>) -> Option<Quantity> {
    let amount = value.get("value")?.as_decimal()?;
    let unit = owned(value, "code").or_else(|| owned(value, "unit")).unwrap_or_default();
    Some(Quantity { value: amount, unit })
}

/// What a Reference element of `from` points to inside the Bundle.
pub(crate) fn follow<'a>(bundle: &Bundle<'a>, from: &Resource<'a>, reference: Value<'a>) -> Option<Resource<'a>> {
    bundle.resolve(from, &text(reference, "reference")?).found()
}

/// Writes a CodeableConcept with one coding. No display: descriptions of licensed systems are never sent.
pub(crate) fn write_concept(w: &mut Writer, code: &Code) {
    w.begin_object();
    if code.system.is_empty() {
        w.key("text").string(&code.code);
    } else {
        w.key("coding").begin_array().begin_object();
        w.key("system").string(&code.system);
        w.key("code").string(&code.code);
        w.end_object().end_array();
    }
    w.end_object();
}

/// Writes a CodeableConcept from constants.
pub(crate) fn write_code(w: &mut Writer, system: &str, code: &str) {
    w.begin_object().key("coding").begin_array().begin_object();
    w.key("system").string(system);
    w.key("code").string(code);
    w.end_object().end_array().end_object();
}

/// Opens an extension object and writes its URL; the caller writes the value and closes it.
pub(crate) fn begin_extension(w: &mut Writer, url: &str) {
    w.begin_object();
    w.key("url").string(url);
}

/// Writes an extension with a string value.
pub(crate) fn string_extension(w: &mut Writer, url: &str, value: &str) {
    begin_extension(w, url);
    w.key("valueString").string(value);
    w.end_object();
}

/// A moment as FHIR `dateTime` and `instant`, whole seconds, UTC.
pub(crate) fn moment(at: base::Timestamp) -> String {
    base::Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// Opens an extension that holds extensions; [`end_extension_list`] closes it.
pub(crate) fn begin_extension_list(w: &mut Writer, url: &str) {
    begin_extension(w, url);
    w.key("extension").begin_array();
}

/// Closes what [`begin_extension_list`] opened.
pub(crate) fn end_extension_list(w: &mut Writer) {
    w.end_array().end_object();
}

/// Base64 (RFC 4648 section 4), as FHIR `base64Binary`.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Decodes base64 to text; `None` when it is neither.
pub(crate) fn unbase64(text: &str) -> Option<String> {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).ok()?).ok()
}
