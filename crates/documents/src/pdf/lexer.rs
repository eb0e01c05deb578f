//! Tokens and objects of PDF (ISO 32000-1, 7.2 and 7.3). Never fails: what cannot be a token is passed over.

/// An object. Integers and reals are one thing here: 53 bits hold every offset of a file that is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `null` and everything that is not an object.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A name without its slash.
    Name(Vec<u8>),
    /// A string, decoded.
    Text(Vec<u8>),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dict(Dict),
    /// A reference; generations are not told apart.
    Ref(u32),
    /// A stream: its dictionary and where its bytes begin in the file.
    Stream(Dict, usize),
}

/// A dictionary in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dict(pub Vec<(Vec<u8>, Object)>);

impl Dict {
    /// The value of a key; `Null` when there is none.
    pub fn get(&self, key: &str) -> &Object {
        self.0.iter().find(|(k, _)| k == key.as_bytes()).map_or(&Object::Null, |(_, v)| v)
    }
}

impl Object {
    /// As a number.
    pub fn number(&self) -> Option<f64> {
        if let Object::Number(n) = self { Some(*n) } else { None }
    }

    /// As a name.
    pub fn name(&self) -> Option<&[u8]> {
        if let Object::Name(n) = self { Some(n) } else { None }
    }

    /// As the dictionary of a dictionary or stream.
    pub fn dict(&self) -> Option<&Dict> {
        match self {
            Object::Dict(d) | Object::Stream(d, _) => Some(d),
            _ => None,
        }
    }

    /// As an array.
    pub fn array(&self) -> &[Object] {
        if let Object::Array(a) = self { a } else { &[] }
    }
}

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'a> {
    /// A number.
    Number(f64),
    /// A name.
    Name(Vec<u8>),
    /// A string.
    Text(Vec<u8>),
    /// `[`
    Open,
    /// `]`
    Close,
    /// `<<`
    DictOpen,
    /// `>>`
    DictClose,
    /// A keyword or operator.
    Word(&'a [u8]),
}

/// Reads tokens from bytes.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where it stands.
    pub at: usize,
}

/// Arrays and dictionaries within one another.
const DEEPEST: usize = 60;

fn space(b: u8) -> bool {
    matches!(b, 0 | 9 | 10 | 12 | 13 | 32)
}

fn delimiter(b: u8) -> bool {
    matches!(b, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex(b: u8) -> Option<u8> {
    (b as char).to_digit(16).map(|d| d as u8)
}

impl<'a> Lexer<'a> {
    /// From a place.
    pub fn new(bytes: &'a [u8], at: usize) -> Lexer<'a> {
        Lexer { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes white space and comments.
    pub fn skip_space(&mut self) {
        while let Some(b) = self.peek() {
            if b == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.at += 1;
                }
            } else if space(b) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// The next token; none at the end.
    pub fn token(&mut self) -> Option<Token<'a>> {
        loop {
            self.skip_space();
            let b = self.peek()?;
            let next = self.bytes.get(self.at + 1).copied();
            self.at += 1;
            return Some(match b {
                b'[' => Token::Open,
                b']' => Token::Close,
                b'<' if next == Some(b'<') => {
                    self.at += 1;
                    Token::DictOpen
                }
                b'>' if next == Some(b'>') => {
                    self.at += 1;
                    Token::DictClose
                }
                b'<' => Token::Text(self.hex_string()),
                b'(' => Token::Text(self.string()),
                b'/' => Token::Name(self.name()),
                b'>' | b')' | b'{' | b'}' => continue,
                _ => self.word(self.at - 1),
            });
        }
    }

    fn word(&mut self, from: usize) -> Token<'a> {
        while self.peek().is_some_and(|b| !space(b) && !delimiter(b)) {
            self.at += 1;
        }
        let word = &self.bytes[from..self.at];
        number(word).map_or(Token::Word(word), Token::Number)
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(b) = self.peek().filter(|b| !space(*b) && !delimiter(*b)) {
            self.at += 1;
            let pair = self.bytes.get(self.at).zip(self.bytes.get(self.at + 1));
            match pair.and_then(|(h, l)| Some(hex(*h)? * 16 + hex(*l)?)).filter(|_| b == b'#') {
                Some(escaped) => {
                    name.push(escaped);
                    self.at += 2;
                }
                None => name.push(b),
            }
        }
        name
    }

    fn hex_string(&mut self) -> Vec<u8> {
        let mut digits = Vec::new();
        while let Some(b) = self.peek() {
            self.at += 1;
            if b == b'>' {
                break;
            }
            digits.extend(hex(b));
        }
        digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)).collect()
    }

    fn string(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut depth = 1;
        while let Some(b) = self.peek() {
            self.at += 1;
            match b {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(b);
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(b) = self.peek() else { return };
        self.at += 1;
        match b {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(b - b'0');
                for _ in 0..2 {
                    let Some(d @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u32::from(d - b'0');
                    self.at += 1;
                }
                out.push(value as u8);
            }
            other => out.push(other),
        }
    }

    /// The next object, with references.
    pub fn object(&mut self) -> Object {
        self.object_within(0)
    }

    fn object_within(&mut self, depth: usize) -> Object {
        let Some(token) = self.token() else { return Object::Null };
        self.object_from(token, depth)
    }

    /// The object a token begins.
    pub fn object_from(&mut self, token: Token<'a>, depth: usize) -> Object {
        if depth > DEEPEST {
            return Object::Null;
        }
        match token {
            Token::Number(n) => self.reference(n).map_or(Object::Number(n), Object::Ref),
            Token::Name(name) => Object::Name(name),
            Token::Text(text) => Object::Text(text),
            Token::Open => {
                let mut items = Vec::new();
                loop {
                    match self.token() {
                        None | Some(Token::Close | Token::DictClose) => return Object::Array(items),
                        Some(Token::Word(b"endobj" | b"stream")) => return Object::Array(items),
                        Some(token) => items.push(self.object_from(token, depth + 1)),
                    }
                }
            }
            Token::DictOpen => Object::Dict(self.dict(depth)),
            Token::Word(b"true") => Object::Bool(true),
            Token::Word(b"false") => Object::Bool(false),
            Token::Word(_) | Token::Close | Token::DictClose => Object::Null,
        }
    }

    fn dict(&mut self, depth: usize) -> Dict {
        let mut dict = Dict::default();
        loop {
            let before = self.at;
            match self.token() {
                None | Some(Token::DictClose) => return dict,
                Some(Token::Word(b"endobj" | b"stream" | b"endstream")) => {
                    self.at = before;
                    return dict;
                }
                Some(Token::Name(key)) => {
                    let value = self.object_within(depth + 1);
                    dict.0.push((key, value));
                }
                Some(_) => {}
            }
        }
    }

    /// The rest of `n g R` after the first number.
    fn reference(&mut self, n: f64) -> Option<u32> {
        let whole = n >= 0.0 && n.fract() == 0.0 && n < f64::from(u32::MAX);
        if !whole {
            return None;
        }
        let mut ahead = self.clone();
        let Some(Token::Number(g)) = ahead.token() else { return None };
        let is = g.fract() == 0.0 && ahead.token() == Some(Token::Word(b"R"));
        is.then(|| {
            self.at = ahead.at;
            n as u32
        })
    }
}

/// A number as PDF writes it; PDF knows no exponents.
fn number(word: &[u8]) -> Option<f64> {
    let (sign, digits) = match word {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        rest => (1.0, rest),
    };
    let mut value = 0.0;
    let mut scale = 0.0;
    let mut any = false;
    for b in digits {
        match b {
            b'0'..=b'9' if scale == 0.0 => value = value * 10.0 + f64::from(b - b'0'),
            b'0'..=b'9' => {
                value += f64::from(b - b'0') * scale;
                scale /= 10.0;
            }
            b'.' if scale == 0.0 => {
                scale = 0.1;
                continue;
            }
            // Some writers put a second minus inside a number; what follows it counts for nothing.
            b'-' if any => break,
            _ => return None,
        }
        any = true;
    }
    any.then_some(sign * value).filter(|v: &f64| v.is_finite())
}
