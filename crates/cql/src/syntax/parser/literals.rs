//! Literals: numbers, quantities, ratios, strings, dates and times, checked while they are read.

use super::{Parsed, Parser, Stop};
use crate::ir::{DateLiteral, DateTimeLiteral, Literal, QuantityLiteral, TimeLiteral};
use crate::syntax::ast::{ExprId, ExprKind, Range};
use crate::syntax::diagnostic::DiagnosticCode;
use crate::syntax::lexer::{Kind, Token};
use crate::syntax::words;
use crate::value::Decimal;
use std::str::FromStr;
use std::sync::Arc;

impl Parser<'_> {
    /// The content of a quoted token, escapes resolved. Bad escapes are faults; reading goes on.
    pub(super) fn unquote(&mut self, token: Token) -> String {
        let raw = self.text_of(token);
        let inner = &raw[1..raw.len() - 1];
        if !inner.contains('\\') {
            return inner.to_owned();
        }
        let mut out = String::with_capacity(inner.len());
        let mut chars = inner.char_indices();
        while let Some((i, c)) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let resolved = match chars.next().map(|(_, c)| c) {
                Some(c @ ('\'' | '"' | '`' | '\\' | '/')) => Some(c),
                Some('f') => Some('\u{c}'),
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                Some('u') => {
                    let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let valid = hex.len() == 4 && hex.bytes().all(|b| b.is_ascii_hexdigit());
                    valid.then(|| u32::from_str_radix(&hex, 16).ok()).flatten().and_then(char::from_u32)
                }
                _ => None,
            };
            match resolved {
                Some(c) => out.push(c),
                None => {
                    let start = token.start + 1 + i as u32;
                    let span = Range { start, end: start + 2 };
                    self.fault(DiagnosticCode::BadEscape, span, "this escape means nothing in CQL").advice =
                        Some("write \\\\ for a backslash; \\n, \\t, \\u00e9 and \\' are others".to_owned());
                }
            }
        }
        out
    }

    /// A number, and the quantity or ratio it begins.
    pub(super) fn number(&mut self, negative: bool) -> Parsed<ExprId> {
        let token = self.bump();
        let start = if negative { token.start - 1 } else { token.start };
        let literal = if token.kind == Kind::Long {
            let digits = &self.text_of(token)[..(token.end - token.start - 1) as usize];
            Literal::Long(self.parse_number(digits, negative, token)?)
        } else if let Some(quantity) = self.quantity_after(token, negative)? {
            if self.is_mark(":") && self.ahead(1).kind == Kind::Number {
                self.at += 1;
                let denominator = self.quantity()?;
                Literal::Ratio(quantity, denominator)
            } else {
                Literal::Quantity(quantity)
            }
        } else if self.is_mark(":") && self.ahead(1).kind == Kind::Number {
            let numerator = QuantityLiteral { value: self.decimal(token, negative)?, unit: "1".into(), calendar: false };
            self.at += 1;
            let denominator = self.quantity()?;
            Literal::Ratio(numerator, denominator)
        } else if self.text_of(token).contains('.') {
            Literal::Decimal(self.decimal(token, negative)?)
        } else {
            Literal::Integer(self.parse_number(self.text_of(token), negative, token)?)
        };
        let span = self.since(start);
        self.add(ExprKind::Literal(literal), span, &[])
    }

    fn parse_number<T: FromStr>(&mut self, digits: &str, negative: bool, token: Token) -> Parsed<T> {
        let text = if negative { format!("-{digits}") } else { digits.to_owned() };
        text.parse().map_err(|_| {
            let span = Range { start: token.start, end: token.end };
            self.fault(DiagnosticCode::BadNumber, span, "this whole number is out of the range of its type").advice =
                Some("an Integer has 32 bits, a Long (1L) 64".to_owned());
            Stop
        })
    }

    fn decimal(&mut self, token: Token, negative: bool) -> Parsed<Decimal> {
        let text = self.text_of(token);
        self.decimal_text(text, negative, token)
    }

    fn decimal_text(&mut self, text: &str, negative: bool, token: Token) -> Parsed<Decimal> {
        let signed = if negative { format!("-{text}") } else { text.to_owned() };
        signed.parse().map_err(|_| {
            let span = Range { start: token.start, end: token.end };
            self.fault(DiagnosticCode::BadNumber, span, "a Decimal has at most 28 digits before and 8 after the point");
            Stop
        })
    }

    /// The value of a quantity: digits past the eighth after the point are cut off, as units of measure often bring more than the language keeps.
    fn quantity_value(&mut self, token: Token, negative: bool) -> Parsed<Decimal> {
        let text = self.text_of(token);
        let kept = text.find('.').map_or(text.len(), |dot| (dot + 9).min(text.len()));
        self.decimal_text(&text[..kept], negative, token)
    }

    /// The unit after a number, if there is one.
    fn quantity_after(&mut self, number: Token, negative: bool) -> Parsed<Option<QuantityLiteral>> {
        let unit = self.token();
        let (unit_text, calendar): (Arc<str>, bool) = match unit.kind {
            Kind::Text => {
                self.at += 1;
                (self.unquote(unit).into(), false)
            }
            // `years between` after a number is not a unit, but nothing can stand before it either.
            Kind::Word if words::any_precision(self.text_of(unit)).is_some() => {
                self.at += 1;
                (self.text_of(unit).into(), true)
            }
            _ => return Ok(None),
        };
        Ok(Some(QuantityLiteral { value: self.quantity_value(number, negative)?, unit: unit_text, calendar }))
    }

    /// A quantity in a phrase: number with an optional unit.
    pub(super) fn quantity(&mut self) -> Parsed<QuantityLiteral> {
        let token = self.token();
        if token.kind != Kind::Number {
            return Err(self.unexpected("a quantity"));
        }
        self.at += 1;
        if let Some(quantity) = self.quantity_after(token, false)? {
            return Ok(quantity);
        }
        Ok(QuantityLiteral { value: self.decimal(token, false)?, unit: "1".into(), calendar: false })
    }

    /// `@2014-01-25T14:30:14.559-07:00`, `@2014`, `@T12:00`.
    pub(super) fn temporal(&mut self) -> Parsed<ExprId> {
        let token = self.bump();
        let span = Range { start: token.start, end: token.end };
        match temporal_literal(&self.text_of(token)[1..]) {
            Ok(literal) => self.add(ExprKind::Literal(literal), span, &[]),
            Err(message) => {
                self.fault(DiagnosticCode::BadTemporal, span, message).advice = Some(
                    "write @YYYY-MM-DD, @YYYY-MM-DDThh:mm:ss.fff+hh:mm or @Thh:mm:ss.fff; parts may be left off from the right"
                        .to_owned(),
                );
                Err(Stop)
            }
        }
    }
}

fn temporal_literal(text: &str) -> Result<Literal, &'static str> {
    if let Some(time) = text.strip_prefix('T') {
        return Ok(Literal::Time(time_literal(time)?));
    }
    let (date, rest) = match text.split_once('T') {
        Some((date, rest)) => (date, Some(rest)),
        None => (text, None),
    };
    let date = date_literal(date)?;
    let Some(rest) = rest else {
        return Ok(Literal::Date(date));
    };
    let (time, offset_minutes) = split_offset(rest)?;
    if !time.is_empty() && date.day.is_none() {
        return Err("a time needs a whole date before it");
    }
    let time = if time.is_empty() { None } else { Some(time_literal(time)?) };
    Ok(Literal::DateTime(DateTimeLiteral { date, time, offset_minutes }))
}

fn digits(text: &str, length: usize) -> Option<u16> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn date_literal(text: &str) -> Result<DateLiteral, &'static str> {
    const FORM: &str = "this is not a date";
    let mut parts = text.split('-');
    let year = parts.next().and_then(|p| digits(p, 4)).ok_or(FORM)?;
    let month = parts.next().map(|p| digits(p, 2).ok_or(FORM)).transpose()?;
    let day = parts.next().map(|p| digits(p, 2).ok_or(FORM)).transpose()?;
    if parts.next().is_some() {
        return Err(FORM);
    }
    if year == 0 {
        return Err("years run from 0001 to 9999");
    }
    if month.is_some_and(|m| !(1..=12).contains(&m)) {
        return Err("there is no such month");
    }
    if let (Some(month), Some(day)) = (month, day)
        && (day == 0 || day > days_in_month(year, month))
    {
        return Err("this month has no such day");
    }
    Ok(DateLiteral { year, month: month.map(|m| m as u8), day: day.map(|d| d as u8) })
}

fn days_in_month(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn split_offset(text: &str) -> Result<(&str, Option<i16>), &'static str> {
    const FORM: &str = "this offset is not +hh:mm, -hh:mm or Z";
    if let Some(time) = text.strip_suffix('Z') {
        return Ok((time, Some(0)));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Ok((text, None));
    };
    let (hours, minutes) = text[at + 1..].split_once(':').ok_or(FORM)?;
    let hours = digits(hours, 2).ok_or(FORM)? as i16;
    let minutes = digits(minutes, 2).ok_or(FORM)? as i16;
    if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
        return Err("an offset is at most 14 hours");
    }
    let total = hours * 60 + minutes;
    let negative = text.as_bytes()[at] == b'-';
    Ok((&text[..at], Some(if negative { -total } else { total })))
}

fn time_literal(text: &str) -> Result<TimeLiteral, &'static str> {
    const FORM: &str = "this is not a time";
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.split(':');
    let hour = parts.next().and_then(|p| digits(p, 2)).ok_or(FORM)?;
    let minute = parts.next().map(|p| digits(p, 2).ok_or(FORM)).transpose()?;
    let second = parts.next().map(|p| digits(p, 2).ok_or(FORM)).transpose()?;
    if parts.next().is_some() || (fraction.is_some() && second.is_none()) {
        return Err(FORM);
    }
    if hour > 23 || minute.is_some_and(|m| m > 59) || second.is_some_and(|s| s > 59) {
        return Err("there is no such time of day");
    }
    let millisecond = match fraction {
        None => None,
        Some(f) if !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()) => {
            // `.5` is 500 milliseconds; what is finer than a millisecond is cut off.
            let kept = &f[..f.len().min(3)];
            let value: u16 = kept.parse().map_err(|_| FORM)?;
            Some(value * 10_u16.pow(3 - kept.len() as u32))
        }
        Some(_) => return Err(FORM),
    };
    Ok(TimeLiteral { hour: hour as u8, minute: minute.map(|m| m as u8), second: second.map(|s| s as u8), millisecond })
}
