//! RTF to text (RTF 1.9.1): words, paragraphs, tables, pages; fonts, pictures and everything in a starred destination goes.

use crate::fault::Code;
use crate::plain;

/// Groups within groups.
const DEEPEST: usize = 500;

/// Destinations without text of the document.
const SKIPPED: [&str; 17] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "footerl",
    "footerr",
    "listtable",
    "listoverridetable",
    "themedata",
    "fldinst",
    "datastore",
];

#[derive(Clone, Copy)]
struct Group {
    skip: bool,
    /// Bytes that stand for a character after `\u`, for readers without Unicode.
    instead: usize,
}

/// Reads RTF.
///
/// # Errors
/// [`Code::Damaged`] when nothing follows the head; [`Code::TooMuch`] when groups are too deep.
pub fn read(bytes: &[u8]) -> Result<String, Code> {
    let mut out = String::new();
    let mut groups = vec![Group { skip: false, instead: 1 }];
    let mut pass = 0usize;
    let mut high: Option<u16> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let deep = groups.len() >= DEEPEST;
        let Some(group) = groups.last_mut() else { break };
        match byte {
            b'{' if deep => return Err(Code::TooMuch { what: "groups" }),
            b'{' => {
                let copy = *group;
                groups.push(copy);
            }
            b'}' => {
                groups.pop();
            }
            b'\r' | b'\n' => {}
            b'\\' => {
                let (word, next) = control(bytes, at);
                at = next;
                let mut instead = |c: char| {
                    if pass > 0 {
                        pass -= 1;
                    } else if !group.skip {
                        out.push(c);
                    }
                };
                match word {
                    Control::Byte(b) => instead(plain::windows(b)),
                    Control::Symbol(b'*') => group.skip = true,
                    Control::Symbol(b'~') => instead(' '),
                    Control::Symbol(b'_') => instead('-'),
                    Control::Symbol(b @ (b'\\' | b'{' | b'}')) => instead(b as char),
                    Control::Symbol(b'\n' | b'\r') => instead('\n'),
                    Control::Symbol(_) => {}
                    Control::Word("u", Some(n)) => {
                        pass = group.instead;
                        if !group.skip {
                            unicode(n as u16, &mut high, &mut out);
                        }
                    }
                    Control::Word("uc", Some(n)) => group.instead = usize::try_from(n).unwrap_or(1).min(8),
                    // What a binary block holds is not text, and its bytes may look like groups.
                    Control::Word("bin", Some(n)) => at = at.saturating_add(usize::try_from(n).unwrap_or(0)),
                    Control::Word(name, _) if SKIPPED.contains(&name) => group.skip = true,
                    Control::Word(name, _) if !group.skip => out.push_str(word_text(name)),
                    Control::Word(..) => {}
                }
            }
            _ if pass > 0 => pass -= 1,
            _ if !group.skip => out.push(plain::windows(byte)),
            _ => {}
        }
    }
    if out.trim().is_empty() { Err(Code::Damaged { what: "no text in the RTF" }) } else { Ok(out) }
}

enum Control<'a> {
    Word(&'a str, Option<i32>),
    Symbol(u8),
    Byte(u8),
}

fn control(bytes: &[u8], from: usize) -> (Control<'_>, usize) {
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_alphabetic) && at - from < 32 {
        at += 1;
    }
    if at == from {
        let symbol = bytes.get(at).copied().unwrap_or(b' ');
        let digits = bytes.get(at + 1..at + 3).and_then(|d| std::str::from_utf8(d).ok());
        return match digits.and_then(|d| u8::from_str_radix(d, 16).ok()).filter(|_| symbol == b'\'') {
            Some(byte) => (Control::Byte(byte), at + 3),
            None => (Control::Symbol(symbol), at + 1),
        };
    }
    let name = std::str::from_utf8(&bytes[from..at]).unwrap_or_default();
    let number = at;
    at += usize::from(bytes.get(at) == Some(&b'-'));
    while bytes.get(at).is_some_and(u8::is_ascii_digit) && at - number < 11 {
        at += 1;
    }
    let value = std::str::from_utf8(&bytes[number..at]).ok().and_then(|n| n.parse().ok());
    at += usize::from(bytes.get(at) == Some(&b' '));
    (Control::Word(name, value), at)
}

fn unicode(unit: u16, high: &mut Option<u16>, out: &mut String) {
    let units = [high.take().unwrap_or(0), unit];
    match unit {
        0xd800..=0xdbff => *high = Some(unit),
        0xdc00..=0xdfff => out.extend(char::decode_utf16(units).flatten()),
        _ => out.extend(char::from_u32(u32::from(unit)).filter(|c| *c != '\0')),
    }
}

fn word_text(name: &str) -> &'static str {
    match name {
        "par" | "line" | "sect" | "row" => "\n",
        "page" | "pagebb" => "\n\u{c}",
        "tab" | "cell" | "nestcell" => "   ",
        "emdash" => "\u{2014}",
        "endash" => "\u{2013}",
        "bullet" => "\u{2022}",
        "lquote" | "rquote" => "'",
        "ldblquote" | "rdblquote" => "\"",
        _ => "",
    }
}
