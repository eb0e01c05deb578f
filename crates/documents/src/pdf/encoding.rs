//! Codes of simple fonts to characters (ISO 32000-1, annex D), names of glyphs, widths of the standard fonts.

/// Windows-1252 above 127; 0 where the code has no character.
pub const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”',
    '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Mac Roman from 128 on.
const MAC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// Adobe's standard encoding from 161 on; a space where the code has no character.
const STANDARD: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß    ";

/// The built-in encoding of Symbol, for the signs that clinical text takes from it.
const SYMBOL: [(u8, char); 34] = [
    (0x61, 'α'),
    (0x62, 'β'),
    (0x63, 'χ'),
    (0x64, 'δ'),
    (0x65, 'ε'),
    (0x66, 'φ'),
    (0x67, 'γ'),
    (0x68, 'η'),
    (0x6b, 'κ'),
    (0x6c, 'λ'),
    (0x6d, 'μ'),
    (0x70, 'π'),
    (0x72, 'ρ'),
    (0x73, 'σ'),
    (0x74, 'τ'),
    (0x77, 'ω'),
    (0x44, 'Δ'),
    (0x53, 'Σ'),
    (0x57, 'Ω'),
    (0xa3, '≤'),
    (0xb3, '≥'),
    (0xb1, '±'),
    (0xb0, '°'),
    (0xb4, '×'),
    (0xb8, '÷'),
    (0xb7, '•'),
    (0xb9, '≠'),
    (0xbb, '≈'),
    (0xae, '→'),
    (0xac, '←'),
    (0xad, '↑'),
    (0xaf, '↓'),
    (0xa5, '∞'),
    (0xd6, '√'),
];

/// Which table a font begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Windows-1252.
    Windows,
    /// Mac Roman.
    Mac,
    /// Adobe's standard.
    Standard,
    /// The font Symbol.
    Symbol,
}

/// The character of a code.
pub fn character(base: Base, code: u8) -> Option<char> {
    let high = |table: &str, from: u8| {
        let c = table.chars().nth(usize::from(code.checked_sub(from)?))?;
        (c != ' ').then_some(c)
    };
    match (base, code) {
        (Base::Symbol, _) => {
            let known = SYMBOL.iter().find(|(c, _)| *c == code).map(|(_, s)| *s);
            known.or((32..0x40).contains(&code).then_some(code as char))
        }
        (_, 0..=31 | 127) => None,
        (Base::Standard, b'\'') => Some('’'),
        (Base::Standard, b'`') => Some('‘'),
        (_, 32..=126) => Some(code as char),
        (Base::Windows, 128..=159) => Some(WINDOWS[usize::from(code) - 128]),
        (Base::Windows, _) => Some(code as char),
        (Base::Mac, _) => high(MAC, 128),
        (Base::Standard, _) => high(STANDARD, 161),
    }
}

/// Names of glyphs that are not their own character, with the character.
const NAMES: &str = "space  |exclam !|quotedbl \"|numbersign #|dollar $|percent %|ampersand &|quotesingle '|parenleft (|parenright )|asterisk *|plus +|comma ,|hyphen -|minus −|period .|slash /|zero 0|one 1|two 2|three 3|four 4|five 5|six 6|seven 7|eight 8|nine 9|colon :|semicolon ;|less <|equal =|greater >|question ?|at @|bracketleft [|backslash \\|bracketright ]|asciicircum ^|underscore _|grave `|braceleft {|bar ||braceright }|asciitilde ~|quoteleft ‘|quoteright ’|quotedblleft “|quotedblright ”|quotesinglbase ‚|quotedblbase „|bullet •|endash –|emdash —|ellipsis …|dagger †|daggerdbl ‡|perthousand ‰|guilsinglleft ‹|guilsinglright ›|guillemotleft «|guillemotright »|trademark ™|registered ®|copyright ©|degree °|plusminus ±|mu µ|mu1 µ|multiply ×|divide ÷|lessequal ≤|greaterequal ≥|notequal ≠|approxequal ≈|infinity ∞|summation ∑|radical √|partialdiff ∂|integral ∫|Delta Δ|increment Δ|Omega Ω|Ohm Ω|alpha α|beta β|gamma γ|delta δ|epsilon ε|theta θ|kappa κ|lambda λ|pi π|rho ρ|sigma σ|tau τ|phi φ|chi χ|omega ω|arrowup ↑|arrowdown ↓|arrowleft ←|arrowright →|section §|paragraph ¶|cent ¢|sterling £|yen ¥|Euro €|currency ¤|brokenbar ¦|logicalnot ¬|macron ¯|acute ´|cedilla ¸|dieresis ¨|periodcentered ·|middot ·|ordfeminine ª|ordmasculine º|onesuperior ¹|twosuperior ²|threesuperior ³|onehalf ½|onequarter ¼|threequarters ¾|exclamdown ¡|questiondown ¿|germandbls ß|ae æ|AE Æ|oe œ|OE Œ|oslash ø|Oslash Ø|eth ð|Eth Ð|thorn þ|Thorn Þ|lslash ł|Lslash Ł|dotlessi ı|fi fi|fl fl|ff ff|ffi ffi|ffl ffl|nbspace  |nonbreakingspace  |sfthyphen -|softhyphen -|florin ƒ|fraction ⁄|circumflex ˆ|tilde ˜|checkmark ✓|a20 ✓|a19 ✓|square □|H22073 □|H18533 ■|filledbox ■";

/// Accents of composed names, each with the letters of Latin that carry it.
const ACCENTS: [(&str, &str); 9] = [
    ("grave", "aàeèiìoòuùAÀEÈIÌOÒUÙ"),
    ("acute", "aáeéiíoóuúyýAÁEÉIÍOÓUÚYÝcćnńsśzź"),
    ("circumflex", "aâeêiîoôuûAÂEÊIÎOÔUÛ"),
    ("tilde", "aãnñoõAÃNÑOÕ"),
    ("dieresis", "aäeëiïoöuüyÿAÄEËIÏOÖUÜYŸ"),
    ("ring", "aåAÅuů"),
    ("cedilla", "cçCÇsş"),
    ("caron", "sšSŠzžZŽcčCČrřRŘeěEĚ"),
    ("ogonek", "aąeęAĄEĘ"),
];

/// The characters a glyph's name stands for.
pub fn glyph(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.split('.').next().filter(|n| !n.is_empty())?;
    let mut letters = name.chars();
    if let (Some(one), None) = (letters.next(), letters.next()) {
        return Some(one.to_string());
    }
    let known = NAMES.split('|').find_map(|pair| pair.split_once(' ').filter(|(n, _)| *n == name));
    if let Some((_, characters)) = known {
        // The bar itself is the mark between the pairs.
        return Some(if characters.is_empty() { if name == "bar" { "|" } else { " " } } else { characters }.to_owned());
    }
    let accented = ACCENTS.iter().find_map(|(accent, letters)| {
        let base = name.strip_suffix(accent)?;
        let all: Vec<char> = letters.chars().collect();
        all.chunks_exact(2).find(|p| base.len() == 1 && base.starts_with(p[0])).map(|p| p[1].to_string())
    });
    accented.or_else(|| hexadecimal(name))
}

/// `uni0041` and `u00041`.
fn hexadecimal(name: &str) -> Option<String> {
    let digits = name.strip_prefix("uni").or_else(|| name.strip_prefix('u').filter(|d| (4..=6).contains(&d.len())))?;
    if digits.len() > 6 && digits.len().is_multiple_of(4) && digits.is_ascii() {
        let parts =
            (0..digits.len() / 4).map(|i| u32::from_str_radix(&digits[i * 4..i * 4 + 4], 16).ok().and_then(char::from_u32));
        return parts.collect();
    }
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(String::from)
}

/// Widths of Helvetica from the space on, in thousandths.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222,
    500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Widths of Times.
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500,
    500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722,
    667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278,
    500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// The width of a character in a font that brings no widths, in thousandths of its size.
pub fn standard_width(font: &str, c: char) -> f64 {
    let lower = font.to_ascii_lowercase();
    if lower.contains("cour") || lower.contains("mono") {
        return 600.0;
    }
    let times = lower.contains("times") || lower.contains("serif") && !lower.contains("sans");
    let table = if times { &TIMES } else { &HELVETICA };
    let width = (c as usize).checked_sub(32).and_then(|i| table.get(i)).map_or(556.0, |w| f64::from(*w));
    if lower.contains("bold") { width * 1.06 } else { width }
}
