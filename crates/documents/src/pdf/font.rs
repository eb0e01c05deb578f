//! Fonts, as far as text needs them: codes to characters and to widths (ISO 32000-1, 9.5 to 9.10).

use super::encoding::{self, Base};
use super::file::File;
use super::lexer::{Dict, Lexer, Object, Token};
use std::collections::HashMap;

/// A font.
#[derive(Debug)]
pub struct Font {
    /// Codes have two bytes.
    wide: bool,
    /// From `ToUnicode`.
    unicode: HashMap<u32, String>,
    /// Of a simple font: the characters of its 256 codes.
    table: Vec<Option<String>>,
    /// A wide font whose codes are UTF-16 themselves.
    utf16: bool,
    widths: HashMap<u32, f64>,
    usual_width: Option<f64>,
    name: String,
    /// Glyph space to text space, of Type 3 fonts other than a thousandth.
    scale: f64,
}

/// One shown code.
pub struct Shown<'f> {
    /// Its characters; none when the font does not say.
    pub characters: Option<std::borrow::Cow<'f, str>>,
    /// Its width for a size of one.
    pub width: f64,
    /// It is the single-byte code 32, which word spacing widens.
    pub space: bool,
}

/// Entries of one mapping at most.
const MOST_CODES: usize = 70_000;

impl Font {
    /// Reads a font's dictionary.
    pub fn read(file: &File<'_>, dict: &Dict) -> Font {
        let kind = file.get(dict, "Subtype");
        let wide = kind.name() == Some(b"Type0");
        let name = file.get(dict, "BaseFont").name().map(|n| String::from_utf8_lossy(n).into_owned()).unwrap_or_default();
        let mut font = Font {
            wide,
            unicode: HashMap::new(),
            table: Vec::new(),
            utf16: false,
            widths: HashMap::new(),
            usual_width: None,
            name,
            scale: 0.001,
        };
        let map = file.get(dict, "ToUnicode");
        if let Ok(data) = file.data(&map) {
            font.unicode = to_unicode(&data);
        }
        if wide {
            font.read_wide(file, dict);
        } else {
            font.read_simple(file, dict);
            if kind.name() == Some(b"Type3") {
                let matrix = file.get(dict, "FontMatrix");
                font.scale = matrix.array().first().and_then(Object::number).filter(|n| *n > 0.0).unwrap_or(0.001);
            }
        }
        font
    }

    fn read_wide(&mut self, file: &File<'_>, dict: &Dict) {
        let encoding = file.get(dict, "Encoding");
        self.utf16 = encoding.name().is_some_and(|n| contains(n, b"UCS2") || contains(n, b"UTF16"));
        let descendants = file.get(dict, "DescendantFonts");
        let Some(descendant) = descendants.array().first().map(|d| file.resolve(d)) else { return };
        let Some(descendant) = descendant.dict() else { return };
        self.usual_width = Some(file.get(descendant, "DW").number().unwrap_or(1000.0));
        let widths = file.get(descendant, "W");
        let items = widths.array();
        let mut at = 0;
        while at + 1 < items.len() && self.widths.len() < MOST_CODES {
            let Some(first) = file.resolve(&items[at]).number() else { break };
            let second = file.resolve(&items[at + 1]);
            match &*second {
                Object::Array(list) => {
                    for (i, w) in list.iter().take(MOST_CODES).enumerate() {
                        if let Some(w) = file.resolve(w).number() {
                            self.widths.insert(first as u32 + i as u32, w);
                        }
                    }
                    at += 2;
                }
                Object::Number(last) => {
                    let Some(w) = items.get(at + 2).and_then(|w| file.resolve(w).number()) else { break };
                    for code in (first as u32..=*last as u32).take(MOST_CODES) {
                        self.widths.insert(code, w);
                    }
                    at += 3;
                }
                _ => break,
            }
        }
    }

    fn read_simple(&mut self, file: &File<'_>, dict: &Dict) {
        let first = file.get(dict, "FirstChar").number().unwrap_or(0.0).clamp(0.0, 255.0) as u32;
        for (i, width) in file.get(dict, "Widths").array().iter().take(256).enumerate() {
            if let Some(width) = file.resolve(width).number() {
                self.widths.insert(first + i as u32, width);
            }
        }
        let descriptor = file.get(dict, "FontDescriptor");
        if let Some(descriptor) = descriptor.dict() {
            self.usual_width = file.get(descriptor, "MissingWidth").number();
        }
        let encoding = file.get(dict, "Encoding");
        let base_name = match &*encoding {
            Object::Name(name) => Some(name.clone()),
            Object::Dict(d) => file.get(d, "BaseEncoding").name().map(<[u8]>::to_vec),
            _ => None,
        };
        let truetype = file.get(dict, "Subtype").name() == Some(b"TrueType");
        let base = match base_name.as_deref() {
            Some(b"WinAnsiEncoding") => Base::Windows,
            Some(b"MacRomanEncoding") => Base::Mac,
            Some(b"StandardEncoding") => Base::Standard,
            _ if self.name.contains("Symbol") && descriptor.dict().is_none() => Base::Symbol,
            _ if truetype => Base::Windows,
            _ => Base::Standard,
        };
        self.table = (0..=255).map(|c| encoding::character(base, c).map(expand)).collect();
        let Some(differences) = encoding.dict().map(|d| file.get(d, "Differences")) else { return };
        let mut code = 0usize;
        for item in differences.array() {
            match &*file.resolve(item) {
                Object::Number(n) => code = n.max(0.0) as usize,
                Object::Name(name) => {
                    if let Some(slot) = self.table.get_mut(code) {
                        *slot = encoding::glyph(name);
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    /// The codes of a shown string.
    pub fn show<'f>(&'f self, text: &'f [u8]) -> impl Iterator<Item = Shown<'f>> + 'f {
        text.chunks(if self.wide { 2 } else { 1 }).map(|bytes| {
            let code = bytes.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b));
            let characters = self.characters(code);
            let width = self.widths.get(&code).copied().or(self.usual_width).unwrap_or_else(|| {
                let c = characters.as_deref().and_then(|s| s.chars().next()).unwrap_or('x');
                encoding::standard_width(&self.name, c)
            });
            Shown { characters, width: width * self.scale, space: !self.wide && code == 32 }
        })
    }

    fn characters(&self, code: u32) -> Option<std::borrow::Cow<'_, str>> {
        if let Some(known) = self.unicode.get(&code) {
            return Some(known.as_str().into());
        }
        if self.wide {
            return char::from_u32(code).filter(|_| self.utf16).map(|c| c.to_string().into());
        }
        self.table.get(code as usize)?.as_deref().map(Into::into)
    }
}

/// Ligatures are written out, so that words are found.
pub fn expand(c: char) -> String {
    match c {
        '\u{fb00}' => "ff".to_owned(),
        '\u{fb01}' => "fi".to_owned(),
        '\u{fb02}' => "fl".to_owned(),
        '\u{fb03}' => "ffi".to_owned(),
        '\u{fb04}' => "ffl".to_owned(),
        '\u{a0}' => " ".to_owned(),
        '\u{ad}' => "-".to_owned(),
        other => other.to_string(),
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    super::file::find(hay, needle).is_some()
}

/// The mappings of a `ToUnicode` map.
fn to_unicode(data: &[u8]) -> HashMap<u32, String> {
    let mut map = HashMap::new();
    let mut lexer = Lexer::new(data, 0);
    let mut inside = 0u8;
    let mut codes: Vec<Vec<u8>> = Vec::new();
    while let Some(token) = lexer.token() {
        match token {
            Token::Word(b"beginbfchar") => (inside, codes) = (1, Vec::new()),
            Token::Word(b"beginbfrange") => (inside, codes) = (2, Vec::new()),
            Token::Word(_) => inside = 0,
            Token::Text(text) if inside > 0 => codes.push(text),
            Token::Open if inside == 2 && codes.len() == 2 => {
                let first = value(&codes[0]);
                let Object::Array(items) = lexer.object_from(Token::Open, 0) else { continue };
                for (i, item) in items.iter().enumerate() {
                    if let Object::Text(target) = item {
                        map.insert(first.saturating_add(i as u32), utf16(target, 0));
                    }
                }
                codes.clear();
            }
            _ => {}
        }
        match (inside, codes.as_slice()) {
            (1, [code, target]) => {
                map.insert(value(code), utf16(target, 0));
                codes.clear();
            }
            (2, [first, last, target]) => {
                let first = value(first);
                for code in (first..=value(last)).take(MOST_CODES) {
                    map.insert(code, utf16(target, code - first));
                }
                codes.clear();
            }
            _ => {}
        }
        if map.len() > MOST_CODES {
            break;
        }
    }
    map
}

fn value(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |n, b| (n << 8) | u32::from(*b))
}

/// UTF-16 (big-endian) with its last unit moved on.
fn utf16(bytes: &[u8], add: u32) -> String {
    let mut units: Vec<u16> =
        bytes.chunks(2).take(64).map(|p| if p.len() == 2 { u16::from_be_bytes([p[0], p[1]]) } else { u16::from(p[0]) }).collect();
    if let Some(last) = units.last_mut() {
        *last = last.wrapping_add(add as u16);
    }
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).map(expand).collect()
}
