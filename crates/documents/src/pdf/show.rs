//! What a page shows: its content stream interpreted as far as text and the size of images need it (ISO 32000-1, 8 and 9).

use super::file::File;
use super::filter;
use super::font::Font;
use super::lexer::{Dict, Lexer, Object, Token};
use crate::fault::Code;
use std::collections::HashMap;
use std::rc::Rc;

/// An affine map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// Nothing moves.
    pub const ONE: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First this map, then the other.
    pub fn then(self, m: Matrix) -> Matrix {
        let ([a, b, c, d, e, f], n) = (self.0, m.0);
        Matrix([
            a * n[0] + b * n[2],
            a * n[1] + b * n[3],
            c * n[0] + d * n[2],
            c * n[1] + d * n[3],
            e * n[0] + f * n[2] + n[4],
            e * n[1] + f * n[3] + n[5],
        ])
    }

    /// Where a point goes.
    pub fn point(self, x: f64, y: f64) -> (f64, f64) {
        let m = self.0;
        (x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5])
    }

    fn read(numbers: &[f64]) -> Option<Matrix> {
        <[f64; 6]>::try_from(numbers).ok().map(Matrix)
    }
}

/// A shown character or ligature, in points from the upper left corner of the page as it is displayed.
#[derive(Debug, Clone)]
pub struct Glyph {
    /// Its characters.
    pub characters: String,
    /// Left end of its baseline.
    pub x: f64,
    /// Baseline.
    pub y: f64,
    /// How far it goes.
    pub width: f64,
    /// Size of the font as displayed.
    pub size: f64,
    /// It does not run from left to right along the page.
    pub turned: bool,
}

/// What a page shows.
#[derive(Debug, Default)]
pub struct Shown {
    /// Characters in the order of the file.
    pub glyphs: Vec<Glyph>,
    /// How many shown codes have no known character.
    pub unknown: usize,
    /// How many characters are invisible, as the text that OCR lays under a scan.
    pub invisible: usize,
    /// Part of the page that images cover, 0 to 1 and more where they overlap.
    pub images: f64,
}

#[derive(Clone)]
struct State {
    map: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: i64,
}

/// Shows the pages of one file; fonts are read once.
pub struct Show<'f, 'a> {
    file: &'f File<'a>,
    fonts: HashMap<u32, Rc<Font>>,
}

/// Forms within forms.
const DEEPEST: usize = 12;
/// Saved states.
const MOST_SAVED: usize = 1000;
/// Characters of one page.
const MOST_GLYPHS: usize = 300_000;
/// Operands of one operator.
const MOST_OPERANDS: usize = 64;

impl<'f, 'a> Show<'f, 'a> {
    /// For a file.
    pub fn new(file: &'f File<'a>) -> Show<'f, 'a> {
        Show { file, fonts: HashMap::new() }
    }

    /// Shows one page whose contents are read through a map to the displayed page of so many square points.
    pub fn page(&mut self, contents: &[u8], resources: &Dict, map: Matrix, area: f64) -> Result<Shown, Code> {
        let mut shown = Shown::default();
        let state =
            State { map, font: None, size: 0.0, spacing: 0.0, word_spacing: 0.0, stretch: 1.0, leading: 0.0, rise: 0.0, mode: 0 };
        let mut run = Run {
            show: self,
            shown: &mut shown,
            area,
            state,
            saved: Vec::new(),
            text: Matrix::ONE,
            line: Matrix::ONE,
            forms: Vec::new(),
        };
        run.stream(contents, resources, 0)?;
        Ok(shown)
    }

    fn font(&mut self, resources: &Dict, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = self.file.get(resources, "Font");
        let fonts = fonts.dict()?;
        let (_, entry) = fonts.0.iter().find(|(k, _)| k == name)?;
        if let Object::Ref(number) = entry
            && let Some(known) = self.fonts.get(number)
        {
            return Some(known.clone());
        }
        let object = self.file.resolve(entry);
        let font = Rc::new(Font::read(self.file, object.dict()?));
        if let Object::Ref(number) = entry {
            self.fonts.insert(*number, font.clone());
        }
        Some(font)
    }
}

struct Run<'r, 'f, 'a> {
    show: &'r mut Show<'f, 'a>,
    shown: &'r mut Shown,
    area: f64,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    /// Forms that are being shown: one does not show itself.
    forms: Vec<u32>,
}

impl Run<'_, '_, '_> {
    fn stream(&mut self, contents: &[u8], resources: &Dict, depth: usize) -> Result<(), Code> {
        let mut lexer = Lexer::new(contents, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(token) = lexer.token() {
            let Token::Word(word) = token else {
                if operands.len() < MOST_OPERANDS {
                    operands.push(plain(&mut lexer, token));
                }
                continue;
            };
            match word {
                b"BI" => self.inline_image(&mut lexer),
                b"Do" => self.external(&operands, resources, depth)?,
                b"Tf" => self.choose_font(&operands, resources),
                b"true" | b"false" | b"null" => {}
                _ => self.operator(word, &operands)?,
            }
            operands.clear();
        }
        Ok(())
    }

    fn operator(&mut self, word: &[u8], operands: &[Object]) -> Result<(), Code> {
        let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
        let one = numbers.first().copied();
        let state = &mut self.state;
        match word {
            b"q" if self.saved.len() < MOST_SAVED => self.saved.push(state.clone()),
            b"Q" => {
                if let Some(saved) = self.saved.pop() {
                    self.state = saved;
                }
            }
            b"cm" => {
                if let Some(m) = Matrix::read(&numbers) {
                    state.map = m.then(state.map);
                }
            }
            b"BT" => (self.text, self.line) = (Matrix::ONE, Matrix::ONE),
            b"Tc" => state.spacing = one.unwrap_or(0.0),
            b"Tw" => state.word_spacing = one.unwrap_or(0.0),
            b"Tz" => state.stretch = one.unwrap_or(100.0) / 100.0,
            b"TL" => state.leading = one.unwrap_or(0.0),
            b"Tr" => state.mode = one.unwrap_or(0.0) as i64,
            b"Ts" => state.rise = one.unwrap_or(0.0),
            b"Td" | b"TD" => {
                if let [x, y] = numbers[..] {
                    if word == b"TD" {
                        state.leading = -y;
                    }
                    self.next_line(x, y);
                }
            }
            b"Tm" => {
                if let Some(m) = Matrix::read(&numbers) {
                    (self.text, self.line) = (m, m);
                }
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.text(operands.first())?,
            b"TJ" => {
                for item in operands.first().map(Object::array).unwrap_or_default() {
                    match item {
                        Object::Number(n) => self.advance(-n / 1000.0 * self.state.size * self.state.stretch),
                        other => self.text(Some(other))?,
                    }
                }
            }
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.text(operands.first())?;
            }
            b"\"" => {
                if let [word, character] = numbers[..] {
                    (state.word_spacing, state.spacing) = (word, character);
                }
                self.next_line(0.0, -self.state.leading);
                self.text(operands.last())?;
            }
            _ => {}
        }
        Ok(())
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f64) {
        self.text = Matrix([1.0, 0.0, 0.0, 1.0, x, 0.0]).then(self.text);
    }

    fn choose_font(&mut self, operands: &[Object], resources: &Dict) {
        let [Object::Name(name), Object::Number(size)] = operands else { return };
        self.state.font = self.show.font(resources, name);
        self.state.size = *size;
    }

    fn text(&mut self, operand: Option<&Object>) -> Result<(), Code> {
        let (Some(Object::Text(text)), Some(font)) = (operand, self.state.font.clone()) else { return Ok(()) };
        for code in font.show(text) {
            if self.shown.glyphs.len() >= MOST_GLYPHS {
                return Err(Code::TooMuch { what: "characters of a page" });
            }
            let State { size, stretch, rise, spacing, word_spacing, mode, .. } = self.state;
            let full = code.width * size * stretch;
            match code.characters {
                Some(characters) => {
                    let map = Matrix([stretch, 0.0, 0.0, 1.0, 0.0, rise]).then(self.text).then(self.state.map);
                    let (start, end) = (map.point(0.0, 0.0), map.point(code.width * size, 0.0));
                    let up = map.point(0.0, size);
                    let (across, down) = (end.0 - start.0, end.1 - start.1);
                    let tall = (up.0 - start.0).hypot(up.1 - start.1);
                    if [start.0, start.1, across, down, tall].iter().all(|n| n.is_finite() && n.abs() < 1e6) {
                        self.shown.invisible += usize::from(mode == 3);
                        let turned = down.abs() > across.abs() + 0.01 || across < -0.01;
                        let width = across.hypot(down);
                        let characters = characters.into_owned();
                        self.shown.glyphs.push(Glyph { characters, x: start.0, y: start.1, width, size: tall, turned });
                    }
                }
                None => self.shown.unknown += 1,
            }
            self.advance(full + (spacing + if code.space { word_spacing } else { 0.0 }) * stretch);
        }
        Ok(())
    }

    /// An image counts by its area; a form is shown in its own place.
    fn external(&mut self, operands: &[Object], resources: &Dict, depth: usize) -> Result<(), Code> {
        let Some(Object::Name(name)) = operands.first() else { return Ok(()) };
        let objects = self.show.file.get(resources, "XObject");
        let Some(entry) = objects.dict().and_then(|d| d.0.iter().find(|(k, _)| k == name)) else { return Ok(()) };
        let object = self.show.file.resolve(&entry.1);
        let Some(dict) = object.dict() else { return Ok(()) };
        let names = self.show.file.names(dict, "Filter", "F");
        if filter::image(&names, dict) {
            self.image();
            return Ok(());
        }
        let number = if let Object::Ref(number) = entry.1 { number } else { u32::MAX };
        if depth >= DEEPEST || self.forms.contains(&number) {
            return Ok(());
        }
        self.forms.push(number);
        let contents = self.show.file.data(&object)?;
        let own = self.show.file.get(dict, "Resources");
        let matrix: Vec<f64> = self.show.file.get(dict, "Matrix").array().iter().filter_map(Object::number).collect();
        let (before, floor) = (self.state.clone(), std::mem::take(&mut self.saved));
        let texts = (self.text, self.line);
        if let Some(m) = Matrix::read(&matrix) {
            self.state.map = m.then(self.state.map);
        }
        self.stream(&contents, own.dict().unwrap_or(resources), depth + 1)?;
        (self.state, self.saved) = (before, floor);
        (self.text, self.line) = texts;
        self.forms.pop();
        Ok(())
    }

    fn image(&mut self) {
        let m = self.state.map.0;
        let part = (m[0] * m[3] - m[1] * m[2]).abs() / self.area.max(1.0);
        if part.is_finite() {
            self.shown.images += part;
        }
    }

    /// Passes an inline image: after `ID` come its bytes, up to `EI` between white space.
    fn inline_image(&mut self, lexer: &mut Lexer<'_>) {
        self.image();
        while let Some(token) = lexer.token() {
            if token == Token::Word(b"ID") {
                break;
            }
        }
        let rest = lexer.bytes.get(lexer.at..).unwrap_or_default();
        let ends = |at: usize| rest.get(at + 3).is_none_or(u8::is_ascii_whitespace) && rest[at].is_ascii_whitespace();
        let end = (0..rest.len().saturating_sub(2)).find(|at| &rest[at + 1..at + 3] == b"EI" && ends(*at));
        lexer.at += end.map_or(rest.len(), |at| at + 3);
    }
}

/// An operand. References do not occur in contents, and `0 0 R` would hide two numbers from an operator `R`.
fn plain<'a>(lexer: &mut Lexer<'a>, token: Token<'a>) -> Object {
    match token {
        Token::Number(n) => Object::Number(n),
        other => lexer.object_from(other, 0),
    }
}
