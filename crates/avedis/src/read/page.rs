//! What was read as one HTML page that needs nothing else: the text with its facts marked, and beside it the page images with the words
//! of each fact boxed. Nothing of the document becomes markup.

use super::Read;
use super::show::{asserted, kind, one_line, said};
use base64::Engine;
use documents::process::{Tesseract, page_image};
use std::fmt::Write;
use text::Fact;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:90rem;padding:1rem;color:#222}\
pre{white-space:pre-wrap;font:14px/1.6 ui-monospace,monospace;background:#fafafa;padding:1rem;border:1px solid #ddd}\
mark{background:#d7ebff;border-bottom:2px solid #2a6db0;padding:0 1px}\
mark.medication{background:#dcf5dc;border-color:#2c7a2c}mark.measurement{background:#fff1c9;border-color:#a87a00}\
mark.procedure,mark.device{background:#eee1fa;border-color:#7440a5}\
mark.negated{text-decoration:line-through}mark.uncertain,mark.hypothetical{border-bottom-style:dashed}\
mark:target{outline:3px solid #c33}\
.page{position:relative;border:1px solid #999;margin:0 0 1rem;width:100%}.page img{width:100%;display:block}\
.page a{position:absolute;background:rgba(255,214,0,.35);outline:1px solid #a87a00}\
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;border-bottom:1px solid #ddd;padding:.2rem .5rem;vertical-align:top}";

/// Pages whose images are shown.
const MOST_IMAGES: u32 = 30;
/// Pixels of the longer side of a page image.
const LONGER_SIDE: u32 = 1100;

/// The page.
pub fn html(all: &[Read], source: &[u8], ocr: &Tesseract) -> String {
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>avedis read</title><style>{STYLE}</style><body>"
    );
    let pages: u32 = all.iter().map(|r| r.document.pages.len() as u32).sum();
    for (i, read) in all.iter().enumerate() {
        let Read { document, reading } = read;
        let written = document.written.map_or("date unknown".to_owned(), |d| d.to_string());
        let _ = write!(out, "<h2>{} {} of {} <small>{written}</small></h2>", document.kind.name(), i + 1, all.len());
        if !document.part.why.is_empty() {
            let _ = write!(out, "<p>Taken apart here because {}.</p>", escape(&document.part.why));
        }
        for fault in &document.faults {
            let _ = write!(out, "<p><strong>{}</strong></p>", escape(&fault.to_string()));
        }
        out.push_str("<div class=\"sides\"><div><pre>");
        marked(&mut out, i, &document.text, &reading.facts);
        out.push_str("</pre></div><div>");
        if pages <= MOST_IMAGES && !document.words.is_empty() {
            images(&mut out, i, read, source, ocr);
        }
        out.push_str("</div></div>");
        facts(&mut out, i, read);
    }
    out.push_str("</body></html>");
    out
}

/// The text with its facts marked; of facts that overlap the first is marked.
fn marked(out: &mut String, document: usize, text: &str, facts: &[Fact]) {
    let mut at = 0usize;
    for (i, fact) in facts.iter().enumerate() {
        let (start, end) = (fact.span.start as usize, fact.span.end as usize);
        let (Some(before), Some(words)) = (text.get(at..start), text.get(start..end)) else { continue };
        let title = format!("{}: {} {} {}", kind(fact), fact.name, asserted(fact), said(fact));
        let class = format!("{} {}", kind(fact), asserted(fact));
        let _ = write!(
            out,
            "{}<mark id=\"f{document}-{i}\" class=\"{}\" title=\"{}\">{}</mark>",
            escape(before),
            escape(&class),
            escape(one_line(&title).trim()),
            escape(words)
        );
        at = end;
    }
    out.push_str(&escape(text.get(at..).unwrap_or_default()));
}

fn images(out: &mut String, document: usize, read: &Read, source: &[u8], ocr: &Tesseract) {
    for (n, page) in (1u32..).zip(&read.document.pages) {
        let number = read.document.part.first_page + n - 1;
        let Ok(png) = page_image(source, number, LONGER_SIDE, ocr.page) else { continue };
        let packed = base64::engine::general_purpose::STANDARD.encode(png);
        let _ = write!(out, "<div class=\"page\"><img alt=\"page {number}\" src=\"data:image/png;base64,{packed}\">");
        let (wide, tall) = (f64::from(page.width.max(1)) / 100.0, f64::from(page.height.max(1)) / 100.0);
        for (i, fact) in read.reading.facts.iter().enumerate().filter(|(_, f)| f.page == n) {
            for (_, [x, y, width, height]) in read.document.boxes(fact.span) {
                let _ = write!(
                    out,
                    "<a href=\"#f{document}-{i}\" title=\"{}\" style=\"left:{:.2}%;top:{:.2}%;width:{:.2}%;height:{:.2}%\"></a>",
                    escape(&fact.name),
                    f64::from(x) / wide,
                    f64::from(y) / tall,
                    f64::from(width) / wide,
                    f64::from(height) / tall
                );
            }
        }
        out.push_str("</div>");
    }
}

fn facts(out: &mut String, document: usize, read: &Read) {
    out.push_str("<table><tr><th>Fact<th>Kind<th>Asserted<th>Value, time, use<th>Quality<th>Words</tr>");
    for (i, fact) in read.reading.facts.iter().enumerate() {
        let _ = write!(
            out,
            "<tr><td><a href=\"#f{document}-{i}\">{}</a><td>{}<td>{}<td>{}<td>{}%<td>{}</tr>",
            escape(&fact.name),
            kind(fact),
            asserted(fact),
            escape(&said(fact)),
            fact.quality,
            escape(&one_line(fact.extent.of(&read.document.text)))
        );
    }
    out.push_str("</table>");
}

/// Characters that markup is made of.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A control character is no character of HTML; a form feed ends a line.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\n'),
            c => out.push(c),
        }
    }
    out
}
