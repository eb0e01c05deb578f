//! Words of a text, each with its place and its normal form: the normal form is what the lexicon is asked for, the place is what evidence points at.
//!
//! The normal form of a word is lower case, without diacritics, typographic marks as ASCII, a plural as its singular, a word broken
//! at the end of a line joined. `tokens[i].span` always names the word as it was written, so normalising can never move evidence.

use crate::span::Span;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Letters, or letters with digits after the first letter (`A1c`, `SpO2`).
    Word,
    /// Digits with separators (`7`, `7.2`, `1,200`).
    Number,
    /// One character that is neither.
    Mark,
    /// One or more line ends.
    Break,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is made of.
    pub class: Class,
    /// Its normal form, as a range of [`Tokens::normal`]; empty for breaks.
    normal: (u32, u32),
    /// White space stands before it.
    pub spaced: bool,
    /// More than one letter, all of them capitals.
    pub capitals: bool,
}

/// The tokens of a text.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// By place.
    pub list: Vec<Token>,
    normal: String,
}

impl Tokens {
    /// Splits a text. Every byte that is not white space stands in exactly one token.
    #[must_use]
    pub fn of(text: &str) -> Tokens {
        let mut tokens = Tokens { list: Vec::with_capacity(text.len() / 5 + 4), normal: String::with_capacity(text.len()) };
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut spaced = true;
        while at < bytes.len() {
            let (end, class) = next(text, at);
            let Some(class) = class else {
                spaced = true;
                at = end;
                continue;
            };
            tokens.push(text, Span::new(at, end), class, spaced);
            spaced = class == Class::Break;
            at = end;
        }
        tokens
    }

    fn push(&mut self, text: &str, span: Span, class: Class, spaced: bool) {
        let start = self.normal.len();
        let surface = span.of(text);
        let mut capitals = false;
        match class {
            Class::Word => {
                capitals = surface.len() > 1
                    && surface.bytes().any(|b| b.is_ascii_uppercase())
                    && !surface.chars().any(char::is_lowercase);
                fold_into(&mut self.normal, surface);
                // A long word in capitals is a shout, not an acronym.
                let kept = singular(&self.normal[start..], capitals && surface.len() <= 5);
                self.normal.truncate(start + kept.0);
                self.normal.push_str(kept.1);
            }
            Class::Number => self.normal.extend(surface.chars().filter(|c| *c != ',')),
            Class::Mark => fold_into(&mut self.normal, surface),
            Class::Break => {}
        }
        self.list.push(Token { span, class, normal: (start as u32, self.normal.len() as u32), spaced, capitals });
    }

    /// The normal form of a token.
    #[must_use]
    pub fn normal(&self, token: &Token) -> &str {
        self.normal.get(token.normal.0 as usize..token.normal.1 as usize).unwrap_or_default()
    }

    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True for a text of white space.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Characters that show nothing: soft hyphen, zero-width space, byte order mark.
const UNSEEN: [char; 3] = ['\u{ad}', '\u{200b}', '\u{feff}'];

/// The end of what begins at `at`, and what it is; `None` is white space within a line.
fn next(text: &str, at: usize) -> (usize, Option<Class>) {
    let bytes = text.as_bytes();
    match bytes[at] {
        b'\n' | b'\r' => {
            let mut end = at + 1;
            while end < bytes.len() && matches!(bytes[end], b'\n' | b'\r' | b' ' | b'\t') {
                end += 1;
            }
            // Trailing white space of the last empty line belongs to the next line's indentation.
            while end > at + 1 && matches!(bytes[end - 1], b' ' | b'\t') {
                end -= 1;
            }
            (end, Some(Class::Break))
        }
        b' ' | b'\t' | 0x0b | 0x0c => (at + 1, None),
        b'0'..=b'9' => (number(bytes, at), Some(Class::Number)),
        b if b.is_ascii_alphabetic() => (word(text, at), Some(Class::Word)),
        b if b < 0x80 => (at + 1, Some(Class::Mark)),
        _ => {
            let c = text[at..].chars().next().unwrap_or(' ');
            let end = at + c.len_utf8();
            match c {
                c if c.is_alphabetic() => (word(text, at), Some(Class::Word)),
                c if c.is_whitespace() || UNSEEN.contains(&c) => (end, None),
                _ => (end, Some(Class::Mark)),
            }
        }
    }
}

/// The end of a number: digits, with a point or comma only between digits (`1,200.5`, but `7.` ends before the point and `1,2` is two numbers).
fn number(bytes: &[u8], at: usize) -> usize {
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut end = at;
    while digit(end) {
        end += 1;
    }
    while bytes.get(end) == Some(&b',') && (1..4).all(|i| digit(end + i)) && !digit(end + 4) {
        end += 4;
    }
    if bytes.get(end) == Some(&b'.') && digit(end + 1) {
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    end
}

/// The end of a word: letters, digits after a letter, an apostrophe between letters, a hyphen at the end of a line that breaks it.
fn word(text: &str, at: usize) -> usize {
    let mut end = at;
    let mut rest = text[at..].chars();
    while let Some(c) = rest.next() {
        let apostrophe = matches!(c, '\'' | '\u{2019}') && rest.clone().next().is_some_and(char::is_alphabetic);
        if c.is_alphanumeric() || c == '\u{ad}' || is_mark_of_letter(c) || apostrophe {
            end += c.len_utf8();
        } else if c == '-' && broken(rest.as_str()) {
            let skipped = 1 + rest.as_str().len() - rest.as_str().trim_start().len();
            end += skipped;
            rest = text[end..].chars();
        } else {
            break;
        }
    }
    end
}

/// A combining mark belongs to the letter before it.
fn is_mark_of_letter(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A hyphen before a line end and a lower-case letter breaks a word.
fn broken(rest: &str) -> bool {
    let line = rest.trim_start_matches([' ', '\t', '\r']);
    let Some(next) = line.strip_prefix('\n') else { return false };
    next.trim_start_matches([' ', '\t']).chars().next().is_some_and(|c| c.is_ascii_lowercase())
}

/// Lower case, without diacritics, with ASCII marks; joins a broken word.
pub fn fold_into(out: &mut String, surface: &str) {
    for c in surface.chars() {
        match c {
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            c if c.is_ascii_alphanumeric() => out.push(c),
            '\'' | '\u{2019}' if surface.len() > 1 && c == '\u{2019}' => out.push('\''),
            '\n' | '\r' | ' ' | '\t' | '\u{ad}' | '\u{200b}' => {}
            '-' if surface.len() > 1 => {}
            c if c.is_ascii() => out.push(c),
            c => fold_char(out, c),
        }
    }
}

/// One character outside ASCII.
fn fold_char(out: &mut String, c: char) {
    let plain = match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' => "'",
        '\u{201c}' | '\u{201d}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{2022}' | '\u{25cf}' | '\u{25e6}' | '\u{b7}' => "*",
        '\u{2264}' => "≤",
        '\u{2265}' => "≥",
        '\u{b5}' | '\u{3bc}' => "u",
        '\u{3b1}' => "alpha",
        '\u{3b2}' => "beta",
        '\u{3b3}' => "gamma",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{df}' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "a",
        'ç' | 'Ç' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ñ' | 'Ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => "u",
        '\u{300}'..='\u{36f}' => "",
        c => {
            out.extend(c.to_lowercase());
            return;
        }
    };
    out.push_str(plain);
}

/// How many bytes of a folded word are kept, and what follows them: its singular. Acronyms keep their `s`.
#[must_use]
pub fn singular(word: &str, capitals: bool) -> (usize, &'static str) {
    let n = word.len();
    if let Some(stem) = word.strip_suffix("'s") {
        return (stem.len(), "");
    }
    if capitals || n < 4 || !word.ends_with('s') || !word.is_ascii() {
        return (n, "");
    }
    let ends = |tail: &str| word.ends_with(tail);
    if ends("ies") && n > 4 {
        return (n - 3, "y");
    }
    if ends("sses") || ends("xes") || ends("ches") || ends("shes") || ends("zes") {
        return (n - 2, "");
    }
    if ends("ss") || ends("us") || ends("is") || ends("as") || ends("os") || ends("ys") && n < 6 {
        return (n, "");
    }
    (n - 1, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normals(text: &str) -> Vec<String> {
        let tokens = Tokens::of(text);
        tokens.list.iter().filter(|t| t.class != Class::Break).map(|t| tokens.normal(t).to_owned()).collect()
    }

    #[test]
    fn words_and_numbers() {
        let check = |text: &str, expected: &[&str]| assert_eq!(normals(text), expected, "{text}");
        check("HbA1c 7.2%, SpO2 88", &["hba1c", "7.2", "%", ",", "spo2", "88"]);
        check("20mg twice daily", &["20", "mg", "twice", "daily"]);
        check("Crohn\u{2019}s disease", &["crohn", "disease"]);
        check("hyper-\n  tension", &["hypertension"]);
        check("Ménière", &["meniere"]);
        check("arteries, masses, diabetes, AIDS", &["artery", ",", "mass", ",", "diabete", ",", "aids"]);
        check("1,200 mL (1,2)", &["1200", "ml", "(", "1", ",", "2", ")"]);
        check("non-small-cell", &["non", "-", "small", "-", "cell"]);
    }

    proptest! {
        #[test]
        fn tokens_cover_everything_but_space(text in "\\PC{0,80}|[a-zA-Z0-9 .,\\n'’\\-é%/()]{0,120}") {
            let skipped = |text: &str| text.chars().all(|c| c.is_whitespace() || UNSEEN.contains(&c));
            let tokens = Tokens::of(&text);
            let mut at = 0;
            for token in &tokens.list {
                prop_assert!(skipped(&text[at..token.span.start as usize]));
                prop_assert!(text.is_char_boundary(token.span.end as usize));
                prop_assert!(!token.span.is_empty());
                at = token.span.end as usize;
            }
            prop_assert!(skipped(&text[at..]));
        }
    }
}
