//! Reading ISO 8601 texts as CQL and FHIR write them.

use crate::ir::Precision;
use crate::value::calendar::Fields;

/// A cursor over the bytes of a date or time.
pub(super) struct Reader<'t> {
    rest: &'t [u8],
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Reader<'t> {
        Reader { rest: text.as_bytes() }
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn at_offset(&self) -> bool {
        matches!(self.rest.first(), Some(b'Z' | b'+' | b'-'))
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn number(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.rest.split_at_checked(digits)?;
        let mut value = 0;
        for byte in head {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u32::from(byte - b'0');
        }
        self.rest = rest;
        Some(value)
    }

    pub(super) fn date(&mut self) -> Option<(Fields, Precision)> {
        let mut fields = Fields { year: self.number(4)? as i32, ..Fields::MIN };
        if !self.take(b'-') {
            return Some((fields, Precision::Year));
        }
        fields.month = self.number(2)?;
        if !self.take(b'-') {
            return Some((fields, Precision::Month));
        }
        fields.day = self.number(2)?;
        Some((fields, Precision::Day))
    }

    pub(super) fn time(&mut self, fields: &mut Fields) -> Option<Precision> {
        fields.hour = self.number(2)?;
        if !self.take(b':') {
            return Some(Precision::Hour);
        }
        fields.minute = self.number(2)?;
        if !self.take(b':') {
            return Some(Precision::Minute);
        }
        fields.second = self.number(2)?;
        if !self.take(b'.') {
            return Some(Precision::Second);
        }
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        // Digits past the millisecond are cut: the type holds no more.
        let kept = digits.min(3);
        let value = self.number(kept)?;
        fields.millisecond = value * 10u32.pow(3 - kept as u32);
        self.rest = &self.rest[digits - kept..];
        Some(Precision::Millisecond)
    }

    pub(super) fn offset(&mut self) -> Option<Option<i16>> {
        if self.take(b'Z') {
            return Some(Some(0));
        }
        let sign = match self.rest.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(None),
        };
        self.rest = &self.rest[1..];
        let hours = self.number(2)?;
        let minutes = if self.take(b':') { self.number(2)? } else { 0 };
        let total = hours * 60 + minutes;
        (minutes < 60 && total <= 840).then_some(Some(sign * total as i16))
    }
}
