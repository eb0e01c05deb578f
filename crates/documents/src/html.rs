//! HTML to text: what a reader sees, without tags, scripts and styles.

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 27] = [
    "p",
    "div",
    "br",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "pre",
    "blockquote",
    "dl",
    "dt",
    "dd",
    "hr",
    "thead",
    "tbody",
    "body",
];
/// Elements whose content nobody reads.
const UNSEEN: [&str; 7] = ["script", "style", "head", "template", "noscript", "svg", "iframe"];

/// Reads HTML.
#[must_use]
pub fn read(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        characters(&rest[..at], &mut out);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.find("-->").map_or("", |i| &after[i + 3..]);
            continue;
        }
        let name_end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '/').map_or(rest.len(), |i| i + 1);
        let tag = rest[1..name_end].to_ascii_lowercase();
        let is_tag = tag.starts_with('/') || rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?');
        if !is_tag {
            // A less-than sign in the text ("SpO2 < 88%").
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        rest = &rest[tag_end(rest)..];
        let (name, closes) = tag.strip_prefix('/').map_or((tag.trim_end_matches('/'), false), |n| (n, true));
        if UNSEEN.contains(&name) && !closes {
            rest = past(rest, name);
        } else if BLOCKS.contains(&name) {
            line(&mut out);
            if name == "li" && !closes {
                out.push_str("- ");
            }
        } else if matches!(name, "td" | "th") && !closes && !out.is_empty() && !out.ends_with('\n') {
            out.push_str("   ");
        }
    }
    characters(rest, &mut out);
    out.trim().to_owned()
}

fn line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Where a tag ends, its quoted attributes passed.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (i, b) in tag.bytes().enumerate() {
        match quote {
            Some(q) if b == q => quote = None,
            Some(_) => {}
            None if b == b'"' || b == b'\'' => quote = Some(b),
            None if b == b'>' => return i + 1,
            None => {}
        }
    }
    // A quote that never closes: the next bracket ends the tag.
    tag.find('>').map_or(tag.len(), |i| i + 1)
}

/// What follows the end tag of an element that is not seen; everything goes when there is none.
fn past<'t>(rest: &'t str, name: &str) -> &'t str {
    let bytes = rest.as_bytes();
    let found = rest
        .match_indices("</")
        .find(|(i, _)| bytes.get(i + 2..i + 2 + name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes())));
    found.map_or("", |(i, _)| &rest[i + tag_end(&rest[i..])..])
}

/// Text between tags: white space runs into one space, entities become characters.
fn characters(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let entity = rest.strip_prefix('&').and_then(|r| {
            let end = r.char_indices().take(12).find(|(_, c)| *c == ';')?.0;
            Some((entity(&r[..end])?, end + 2))
        });
        let (c, length) = entity.unwrap_or((c, c.len_utf8()));
        rest = &rest[length..];
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
}

/// The character of an entity's name or number.
#[must_use]
pub fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']).map(|h| u32::from_str_radix(h, 16).ok());
        let code = hexadecimal.unwrap_or_else(|| number.parse().ok())?;
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "deg" => '°',
        "micro" => 'µ',
        "plusmn" => '±',
        "le" => '≤',
        "ge" => '≥',
        "ne" => '≠',
        "times" => '×',
        "frac12" => '½',
        "bull" => '•',
        "middot" => '·',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "alpha" => 'α',
        "beta" => 'β',
        "mu" => 'μ',
        "Delta" => 'Δ',
        "rarr" => '→',
        "uarr" => '↑',
        "darr" => '↓',
        "eacute" => 'é',
        "reg" => '®',
        "trade" => '™',
        _ => return None,
    })
}
