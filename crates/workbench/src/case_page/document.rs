//! A document of a case as text, its bytes for a browser that can show them, and a receipt from the ledger.

use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use base::Hash;
use case::finding::ReadDocument;
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
    /// What was read of it.
    parts: Vec<PartView>,
    /// Why it could not be read.
    unread: Option<String>,
}

/// A document within the bytes, as text with the words that count for something marked.
struct PartView {
    /// Its number, from 1, when there are several.
    title: String,
    /// The text in pieces.
    pieces: Vec<Piece>,
}

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// Where links to it point; empty when none does.
    id: String,
    /// A finding rests on it.
    marked: bool,
    /// The words.
    text: String,
}

/// Where the words of a document that begin at this byte are on its page.
pub(crate) fn anchor(part: u32, start: u32) -> String {
    if part == 0 { format!("w{start}") } else { format!("w{part}-{start}") }
}

/// The text in pieces: a new one wherever a quote begins or ends. Quotes may overlap; those that stand outside the text are passed over.
fn pieces(part: u32, text: &str, quotes: &[(u32, u32)]) -> Vec<Piece> {
    let sound = |q: &&(u32, u32)| text.get(q.0 as usize..q.1 as usize).is_some_and(|words| !words.is_empty());
    let quotes: Vec<(u32, u32)> = quotes.iter().filter(sound).copied().collect();
    let mut cuts: Vec<usize> = quotes.iter().flat_map(|q| [q.0 as usize, q.1 as usize]).chain([0, text.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |ends: &[usize]| {
        let begins = quotes.iter().any(|q| q.0 as usize == ends[0]);
        let marked = quotes.iter().any(|q| (q.0 as usize) <= ends[0] && ends[1] <= q.1 as usize);
        let id = if begins { anchor(part, u32::try_from(ends[0]).unwrap_or(u32::MAX)) } else { String::new() };
        Piece { id, marked, text: text[ends[0]..ends[1]].to_owned() }
    };
    cuts.windows(2).map(piece).collect()
}

/// What findings have read of a document.
fn read_of(case: &case::Case, document: &Hash) -> Option<ReadDocument> {
    let findings = case.lines.values().filter_map(|line| line.findings.as_ref());
    let mut read = findings.filter_map(|findings| findings.reading.as_ref()).flat_map(|reading| &reading.documents);
    read.find(|one| one.document == *document).cloned()
}

/// Every place of a document that a finding quotes.
fn quotes(case: &case::Case, document: &Hash, part: u32) -> Vec<(u32, u32)> {
    let findings = case.lines.values().filter_map(|line| line.findings.as_ref()).flat_map(|findings| &findings.criteria);
    let evidence = findings.flat_map(|one| one.evidence.iter().chain(one.text.iter().flat_map(|text| &text.evidence)));
    let quotes = evidence.filter_map(|one| one.quote.as_ref()).filter(|q| q.document == *document && q.part == part);
    let mut places: Vec<(u32, u32)> = quotes.map(|q| (q.start, q.end)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn parts(visit: &Visit<'_>, case: &case::Case, read: &ReadDocument) -> Result<Vec<PartView>, Problem> {
    let mut out = Vec::with_capacity(read.opened.len());
    for hash in &read.opened {
        let Some(stored) = visit.platform().store.document(&visit.who()?.tenant, hash)? else { continue };
        let Ok(opened) = evidence::Opened::from_bytes(&stored.bytes) else { continue };
        let text = opened.text.expose();
        if text.len() > MAX_SHOWN {
            continue;
        }
        let title = if read.opened.len() > 1 { format!("Part {}", opened.part + 1) } else { String::new() };
        out.push(PartView { title, pieces: pieces(opened.part, text, &quotes(case, &read.document, opened.part)) });
    }
    Ok(out)
}

/// The document the address names, when it is one of the case's. Its reading is in the audit trail before it is shown.
fn open(visit: &Visit<'_>) -> Result<(case::Case, Hash, StoredDocument), Problem> {
    let (id, tenant) = (visit.case_id()?, &visit.who()?.tenant);
    let hash: Hash = visit.param("hash").parse().map_err(|_| Problem::NotFound)?;
    let case = visit.platform().store.case(tenant, id)?.ok_or(Problem::NotFound)?;
    let evidence = case.receipt.evidence.iter();
    let known = case.documents.iter().chain(evidence).any(|document| document.hash == hash);
    if !known && read_of(&case, &hash).is_none() {
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
    let read = read_of(&case, &hash);
    let parts = read.as_ref().map(|read| parts(visit, &case, read)).transpose()?.unwrap_or_default();
    let unread = read.and_then(|read| read.unread).map(|unread| unread.reason);
    let text = (parts.is_empty() && bytes.len() <= MAX_SHOWN).then(|| std::str::from_utf8(bytes).ok()).flatten();
    let page = Page {
        frame: visit.frame("Document"),
        case: visit.param("id").to_owned(),
        authorization: case.authorization,
        hash: hash.to_string(),
        bytes: bytes.len(),
        text: text.map(|text| if document.media_type.contains("json") { pretty(text) } else { text.to_owned() }),
        image: matches!(document.media_type.as_str(), "image/png" | "image/jpeg"),
        media_type: document.media_type,
        parts,
        unread,
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
    use super::{pieces, pretty};

    #[test]
    fn words_that_count_are_marked_where_they_stand() {
        let shown = |text: &str, quotes: &[(u32, u32)]| -> Vec<(String, bool, String)> {
            pieces(0, text, quotes).into_iter().map(|piece| (piece.id, piece.marked, piece.text)).collect()
        };
        let piece = |id: &str, marked: bool, text: &str| (id.to_owned(), marked, text.to_owned());
        assert_eq!(shown("no quote", &[]), [piece("", false, "no quote")]);
        assert_eq!(shown("abcdef", &[(2, 4)]), [piece("", false, "ab"), piece("w2", true, "cd"), piece("", false, "ef")]);
        assert_eq!(shown("abcd", &[(0, 3), (1, 4)]), [piece("w0", true, "a"), piece("w1", true, "bc"), piece("", true, "d")]);
        // A place outside the text or inside a character is passed over.
        assert_eq!(shown("é", &[(1, 2), (0, 9)]), [piece("", false, "é")]);
        assert!(pieces(0, "", &[]).is_empty());
    }

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
