//! A document of a case as text, its bytes for a browser that can show them, and a receipt from the ledger.

use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use base::Hash;
use store::StoredDocument;

/// Most bytes shown as text on a page; more are for the file.
const MAX_SHOWN: usize = 4 * 1024 * 1024;
/// What a browser may show by itself. Anything else is handed over as bytes to keep.
const SHOWN_BY_BROWSERS: [&str; 3] = ["image/png", "image/jpeg", "application/pdf"];

#[derive(Template)]
#[template(path = "document.html")]
struct Page {
    frame: Frame,
    case: String,
    authorization: String,
    hash: String,
    media_type: String,
    bytes: usize,
    text: Option<String>,
    image: bool,
}

/// The document the address names, when it is one of the case's. Its reading is in the audit trail before it is shown.
fn open(visit: &Visit<'_>) -> Result<(case::Case, Hash, StoredDocument), Problem> {
    let (id, tenant) = (visit.case_id()?, &visit.who()?.tenant);
    let hash: Hash = visit.param("hash").parse().map_err(|_| Problem::NotFound)?;
    let case = visit.platform().store.case(tenant, id)?.ok_or(Problem::NotFound)?;
    let evidence = case.receipt.evidence.iter();
    let read = case.lines.values().filter_map(|line| line.findings.as_ref()?.reading.as_ref());
    let mut read = read.flat_map(|reading| &reading.documents);
    let of_the_case = case.documents.iter().chain(evidence).any(|document| document.hash == hash);
    if !of_the_case && !read.any(|document| document.document == hash) {
        return Err(Problem::NotFound);
    }
    visit.audit("open-document", Some(id), hash.to_string())?;
    let document = visit.platform().store.document(tenant, &hash)?.ok_or(Problem::NotFound)?;
    Ok((case, hash, document))
}

/// The document as text, JSON with line breaks.
pub(crate) fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (case, hash, document) = open(visit)?;
    let bytes = &document.bytes;
    let text = (bytes.len() <= MAX_SHOWN).then(|| std::str::from_utf8(bytes).ok()).flatten();
    let page = Page {
        frame: visit.frame("Document"),
        case: visit.param("id").to_owned(),
        authorization: case.authorization,
        hash: hash.to_string(),
        bytes: bytes.len(),
        text: text.map(|text| if document.media_type.contains("json") { pretty(text) } else { text.to_owned() }),
        image: matches!(document.media_type.as_str(), "image/png" | "image/jpeg"),
        media_type: document.media_type,
    };
    Ok(view::page(StatusCode::OK, &page))
}

/// The document, byte for byte.
pub(crate) fn file(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (_, hash, document) = open(visit)?;
    let (kind, how) = match SHOWN_BY_BROWSERS.iter().find(|kind| **kind == document.media_type) {
        Some(kind) => (*kind, "inline"),
        None => ("application/octet-stream", "attachment"),
    };
    let name = &hash.to_string()[..16];
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, format!("{how}; filename=\"{name}\""))
        .body(Body::from(document.bytes.to_vec()))
        .map_err(|_| Problem::Broken("a document could not be answered"))
}

/// The receipt of an event: text that `avedis verify` and any C2SP tool can check offline. It names nobody.
pub(crate) fn receipt(visit: &Visit<'_>) -> Result<Response, Problem> {
    let (id, tenant) = (visit.case_id()?, &visit.who()?.tenant);
    let version: u64 = visit.param("version").parse().map_err(|_| Problem::NotFound)?;
    let text = visit.platform().store.receipt(tenant, id, version)?.ok_or(Problem::NotFound)?;
    visit.audit("open-receipt", Some(id), version.to_string())?;
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Body::from(text))
        .map_err(|_| Problem::Broken("a receipt could not be answered"))
}

/// JSON with line breaks. Only white space changes: every token stays as written, also in JSON that is not sound.
fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped, mut fresh) = (0_usize, false, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth.min(64)).for_each(|_| out.push_str("  "));
    };
    for c in text.chars() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        if fresh && !matches!(c, '}' | ']') {
            line(&mut out, depth);
        }
        let was_fresh = std::mem::replace(&mut fresh, matches!(c, '{' | '['));
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !was_fresh {
                    line(&mut out, depth);
                }
            }
            '"' => in_string = true,
            _ => {}
        }
        out.push(c);
        match c {
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn only_white_space_changes() {
        let text = r#"{"a":[1.50,{"b":"x, {y} \" \\"}],"c":{},"d":[]}"#;
        let shown = pretty(text);
        assert_eq!(
            shown,
            "{\n  \"a\": [\n    1.50,\n    {\n      \"b\": \"x, {y} \\\" \\\\\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"
        );
    }

    #[test]
    fn unsound_json_is_shown_and_never_panics() {
        for text in ["", "}}}]", "\"open", "{\"a\":", "[[[[", "\\\"", "nonsense <b>"] {
            let squeezed: String = pretty(text).chars().filter(|c| !c.is_whitespace()).collect();
            assert_eq!(squeezed, text.chars().filter(|c| !c.is_whitespace()).collect::<String>());
        }
    }
}
