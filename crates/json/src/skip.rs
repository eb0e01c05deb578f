//! Passing over a value that nobody will ask for: its grammar is checked, nothing is kept.
//!
//! The functions give `None` for a fault of any kind. The caller then parses everything, so that the
//! fault has its place and its path.

use crate::marks::Marks;
use crate::text;

/// Nesting that fits the bits of a word; deeper values are parsed rather than skipped.
const DEPTH_MAX: usize = 63;

/// A value that was passed over.
pub(crate) struct Skipped {
    /// The offset after it.
    pub end: usize,
    /// How many values it holds, itself included.
    pub values: usize,
}

/// Passes over the value at `at`. `room` is the nesting that is left.
pub(crate) fn value(bytes: &[u8], marks: &Marks, mut at: usize, room: usize) -> Option<Skipped> {
    let room = room.min(DEPTH_MAX);
    let (mut values, mut depth, mut objects) = (0, 0, 0u64);
    loop {
        values += 1;
        match bytes.get(at)? {
            b'"' => at = string(bytes, marks, at)?,
            bracket @ (b'{' | b'[') => {
                if depth == room {
                    return None;
                }
                let object = *bracket == b'{';
                depth += 1;
                objects = objects << 1 | u64::from(object);
                at = text::space(bytes, at + 1);
                let close = if object { b'}' } else { b']' };
                if *bytes.get(at)? != close {
                    if object {
                        at = members(bytes, marks, at, &mut values)?;
                    }
                    continue;
                }
            }
            b'-' | b'0'..=b'9' => at = text::scan_number(bytes, at).ok()?,
            b't' => at = word(bytes, at, b"true")?,
            b'f' => at = word(bytes, at, b"false")?,
            b'n' => at = word(bytes, at, b"null")?,
            _ => return None,
        }
        loop {
            if depth == 0 {
                return Some(Skipped { end: at, values });
            }
            at = text::space(bytes, at);
            match (*bytes.get(at)?, objects & 1) {
                (b',', object) => {
                    at = text::space(bytes, at + 1);
                    if object == 1 {
                        at = members(bytes, marks, at, &mut values)?;
                    }
                    break;
                }
                (b'}', 1) | (b']', 0) => {
                    at += 1;
                    depth -= 1;
                    objects >>= 1;
                }
                _ => return None,
            }
        }
    }
}

/// Passes over keys with their colons, and over values that are strings and have another member behind them,
/// as most members are; gives where the first value begins that is not one of these.
#[inline(always)]
fn members(bytes: &[u8], marks: &Marks, mut at: usize, values: &mut usize) -> Option<usize> {
    loop {
        at = key(bytes, marks, at)?;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        let Some(end) = marks.end(at + 1) else { return Some(at) };
        let next = text::space(bytes, end + 1);
        if bytes.get(next) != Some(&b',') {
            return Some(at);
        }
        *values += 1;
        at = text::space(bytes, next + 1);
    }
}

/// The text of a member of the object whose first key stands at `at`. `Err` when it cannot be told
/// without decoding or without the fault.
pub(crate) fn member<'b>(
    bytes: &'b [u8],
    marks: &Marks,
    mut at: usize,
    name: &[u8],
    room: usize,
) -> Result<Option<&'b [u8]>, ()> {
    loop {
        if bytes.get(at) != Some(&b'"') {
            return Err(());
        }
        let close = marks.end(at + 1).ok_or(())?;
        let found = bytes.get(at + 1..close) == Some(name);
        at = key(bytes, marks, at).ok_or(())?;
        if found && bytes.get(at) == Some(&b'"') {
            return marks.end(at + 1).map(|close| bytes.get(at + 1..close)).ok_or(());
        }
        if found {
            return Ok(None);
        }
        at = text::space(bytes, value(bytes, marks, at, room).ok_or(())?.end);
        match bytes.get(at) {
            Some(b',') => at = text::space(bytes, at + 1),
            _ => return Ok(None),
        }
    }
}

/// A key with its colon; gives where its value begins.
#[inline(always)]
fn key(bytes: &[u8], marks: &Marks, at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let at = text::space(bytes, string(bytes, marks, at)?);
    if *bytes.get(at)? != b':' {
        return None;
    }
    Some(text::space(bytes, at + 1))
}

#[inline(always)]
fn string(bytes: &[u8], marks: &Marks, at: usize) -> Option<usize> {
    marks.string_end(bytes, at + 1).map(|end| end + 1)
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..at + word.len()).filter(|found| *found == word).map(|_| at + word.len())
}
