//! Text to tokens.

use crate::Fault;
use cql::value::{Date, DateTime, Decimal, Time, Value};

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A bare word.
    Word(String),
    /// `` `name` ``.
    Delimited(String),
    /// `'text'`.
    Text(String),
    /// Number, date, time.
    Literal(Literal),
    /// `$this` and its kin, without the dollar.
    Dollar(String),
    /// Operator or punctuation.
    Mark(&'static str),
    /// The end.
    End,
}

/// A literal value, with what a quantity needs.
#[derive(Clone, Debug)]
pub(crate) struct Literal(pub(crate) Value);

impl PartialEq for Literal {
    fn eq(&self, _: &Literal) -> bool {
        false
    }
}

const MARKS: [&str; 24] =
    ["!=", "!~", "<=", ">=", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "<", ">", "=", "~", "%", "?"];

pub(crate) fn lex(text: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push((token, start));
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn fault<T>(&self, at: usize, message: &str) -> Result<T, Fault> {
        Err(Fault::Syntax { at, message: message.to_owned() })
    }

    /// White space and comments.
    fn skip(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let Some(end) = trimmed.find("*/") else { return self.fault(self.at, "the comment has no end") };
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !test(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(Token::Word(self.word())),
            '\'' => self.quoted('\'').map(Token::Text),
            '`' => self.quoted('`').map(Token::Delimited),
            '"' => self.quoted('"').map(Token::Delimited),
            '0'..='9' => self.number(),
            '@' => self.temporal(),
            '$' => {
                self.at += 1;
                Ok(Token::Dollar(self.word()))
            }
            _ => match MARKS.iter().find(|m| self.rest().starts_with(**m)) {
                Some(mark) => {
                    self.at += mark.len();
                    Ok(Token::Mark(mark))
                }
                None => self.fault(self.at, "a character that means nothing here"),
            },
        }
    }

    fn word(&mut self) -> String {
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned()
    }

    fn quoted(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.at;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at = start + offset + 1;
                    return Ok(out);
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('f') => out.push('\u{c}'),
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('t') => out.push('\t'),
                    Some('u') => {
                        let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4).and_then(char::from_u32);
                        let Some(code) = code else { return self.fault(start + offset, "\\u needs four digits of a character") };
                        out.push(code);
                    }
                    Some(c @ ('\\' | '/' | '\'' | '"' | '`')) => out.push(c),
                    _ => return self.fault(start + offset, "an unknown escape"),
                },
                c => out.push(c),
            }
        }
        self.fault(start, "the quotes are not closed")
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit());
        let mut rest = self.rest().chars();
        let value = if rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
            self.text[start..self.at].parse::<Decimal>().ok().map(Value::Decimal)
        } else if self.rest().starts_with('L') {
            self.at += 1;
            self.text[start..self.at - 1].parse().ok().map(Value::Long)
        } else {
            self.text[start..self.at].parse().ok().map(Value::Integer)
        };
        match value {
            Some(value) => Ok(Token::Literal(Literal(value))),
            None => self.fault(start, "the number is outside the range of its type"),
        }
    }

    fn temporal(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.at += 1;
        let value = if self.rest().starts_with('T') {
            self.at += 1;
            let text = self.time_text();
            Time::parse(text).map(Value::Time)
        } else {
            let from = self.at;
            self.take_while(|c| c.is_ascii_digit() || c == '-');
            if self.rest().starts_with('T') {
                self.at += 1;
                self.time_text();
                self.offset();
                DateTime::parse(&self.text[from..self.at]).map(Value::DateTime)
            } else {
                Date::parse(&self.text[from..self.at]).map(Value::Date)
            }
        };
        match value {
            Some(value) => Ok(Token::Literal(Literal(value))),
            None => self.fault(start, "there is no such date or time"),
        }
    }

    /// `10:30:00.5`: a point belongs to it only before a digit.
    fn time_text(&mut self) -> &'t str {
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit() || c == ':');
        let mut rest = self.rest().chars();
        if rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        &self.text[start..self.at]
    }

    fn offset(&mut self) {
        let rest = self.rest().as_bytes();
        if rest.first() == Some(&b'Z') {
            self.at += 1;
        } else if matches!(rest.first(), Some(b'+' | b'-')) && rest.get(3) == Some(&b':') && rest.len() >= 6 {
            let digits = |at: usize| rest[at].is_ascii_digit();
            if digits(1) && digits(2) && digits(4) && digits(5) {
                self.at += 6;
            }
        }
    }
}
