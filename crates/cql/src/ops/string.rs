//! String operators (Appendix B, *String Operators*). Positions count characters, from 0.
//! Patterns are matched by a linear-time engine: a pattern cannot be made to hang.

use super::{OpError, OpResult, undefined};
use crate::value::{Text, Value};
use regex_lite::{Regex, RegexBuilder};

/// Patterns longer than this are refused.
const MAX_PATTERN: usize = 10_000;

/// The most steps a match may take, as bytes of the text times bytes of the compiled pattern: matching cannot be cancelled.
const MAX_MATCHING: usize = 4_000_000_000;

fn pattern(name: &'static str, text: &str, whole: bool, subject: &str) -> Result<Regex, OpError> {
    if text.len() > MAX_PATTERN {
        return Err(OpError::Pattern(name));
    }
    super::check_length(name, subject.len())?;
    let anchored = if whole { format!("^(?:{text})$") } else { text.to_owned() };
    let size = (MAX_MATCHING / subject.len().max(1)).min(1 << 20);
    RegexBuilder::new(&anchored).dot_matches_new_line(true).size_limit(size).build().map_err(|_| OpError::Pattern(name))
}

/// Both strings, or the null result, or an error for other types.
fn two<'v>(name: &'static str, left: &'v Value, right: &'v Value) -> Result<Option<(&'v str, &'v str)>, OpError> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Ok(None),
        (Value::String(l), Value::String(r)) => Ok(Some((l, r))),
        _ => Err(undefined(name, &[left, right])),
    }
}

fn integer(count: usize) -> Value {
    Value::Integer(i32::try_from(count).unwrap_or(i32::MAX))
}

/// `Length(string)`.
pub fn length(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::String(s) => integer(s.chars().count()),
        _ => return Err(undefined("Length", &[value])),
    })
}

/// `Upper` and `Lower`.
pub fn change_case(value: &Value, upper: bool) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::String(s) if upper => Value::string(&s.to_uppercase()),
        Value::String(s) => Value::string(&s.to_lowercase()),
        _ => return Err(undefined("Case", &[value])),
    })
}

/// `StartsWith` and `EndsWith`.
pub fn affix(value: &Value, part: &Value, start: bool) -> OpResult {
    Ok(match two("StartsWith", value, part)? {
        None => Value::Null,
        Some((s, p)) if start => Value::Boolean(s.starts_with(p)),
        Some((s, p)) => Value::Boolean(s.ends_with(p)),
    })
}

/// `Matches(string, pattern)`: the whole string.
pub fn matches(value: &Value, regex: &Value) -> OpResult {
    Ok(match two("Matches", value, regex)? {
        None => Value::Null,
        Some((s, p)) => Value::Boolean(pattern("Matches", p, true, s)?.is_match(s)),
    })
}

/// `ReplaceMatches(string, pattern, substitution)`: `$1` is a group, `\$` a dollar sign.
pub fn replace_matches(value: &Value, regex: &Value, substitution: &Value) -> OpResult {
    let Value::String(with) = substitution else {
        return Ok(Value::Null);
    };
    let Some((s, p)) = two("ReplaceMatches", value, regex)? else {
        return Ok(Value::Null);
    };
    let regex = pattern("ReplaceMatches", p, false, s)?;
    let mut out = String::with_capacity(s.len());
    let mut last = 0;
    for captures in regex.captures_iter(s) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&s[last..whole.start()]);
        substitute(with, &captures, &mut out);
        super::check_text("ReplaceMatches", out.len())?;
        last = whole.end();
    }
    out.push_str(&s[last..]);
    Ok(Value::string(&out))
}

fn substitute(template: &str, captures: &regex_lite::Captures<'_>, out: &mut String) {
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                let mut group = None;
                while let Some(digit) = chars.peek().and_then(|d| d.to_digit(10)) {
                    let next = group.unwrap_or(0) * 10 + digit as usize;
                    // `$12` is group 1 and a 2 when there are fewer than twelve groups.
                    if group.is_some() && next >= captures.len() {
                        break;
                    }
                    group = Some(next);
                    chars.next();
                }
                match group {
                    Some(index) => {
                        out.push_str(captures.get(index).map_or("", |m| m.as_str()));
                    }
                    None => out.push('$'),
                }
            }
            other => out.push(other),
        }
    }
}

/// `PositionOf(pattern, string)` and `LastPositionOf`: -1 when it does not occur.
pub fn position(part: &Value, value: &Value, last: bool) -> OpResult {
    let Some((p, s)) = two("PositionOf", part, value)? else {
        return Ok(Value::Null);
    };
    let found = if last { s.rfind(p) } else { s.find(p) };
    Ok(found.map_or(Value::Integer(-1), |byte| integer(s[..byte].chars().count())))
}

/// `Substring(string, start, length)`: null when it starts outside the string.
pub fn substring(value: &Value, start: &Value, length: Option<&Value>) -> OpResult {
    let (s, start) = match (value, start) {
        (Value::String(s), Value::Integer(i)) => (s, *i),
        (Value::Null, _) | (_, Value::Null) => return Ok(Value::Null),
        _ => return Err(undefined("Substring", &[value, start])),
    };
    let Ok(start) = usize::try_from(start) else {
        return Ok(Value::Null);
    };
    let count = s.chars().count();
    if start > count || (start == count && count > 0) {
        return Ok(Value::Null);
    }
    let take = match length {
        None => usize::MAX,
        Some(Value::Integer(n)) => usize::try_from(*n).unwrap_or(0),
        Some(_) => usize::MAX,
    };
    let text: String = s.chars().skip(start).take(take).collect();
    Ok(Value::string(&text))
}

/// `string[i]`: null outside the string.
pub fn indexer(value: &Value, index: &Value) -> OpResult {
    Ok(match (value, index) {
        (Value::String(s), Value::Integer(i)) => {
            usize::try_from(*i).ok().and_then(|i| s.chars().nth(i)).map(|c| Value::string(c.encode_utf8(&mut [0; 4]))).into()
        }
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        _ => return Err(undefined("Indexer", &[value, index])),
    })
}

/// `Concatenate(a, b, ...)`: null when any is null.
pub fn concatenate(parts: &[Value]) -> OpResult {
    let mut out = String::new();
    for part in parts {
        match part {
            Value::String(s) => {
                super::check_text("Concatenate", out.len() + s.len())?;
                out.push_str(s);
            }
            Value::Null => return Ok(Value::Null),
            _ => return Err(undefined("Concatenate", &[part])),
        }
    }
    Ok(Value::string(&out))
}

/// `Combine(list, separator)`: nulls are left out; null when nothing is left.
pub fn combine(list: &Value, separator: &Value) -> OpResult {
    let items = list.as_list().unwrap_or_default();
    let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    if texts.is_empty() {
        return Ok(Value::Null);
    }
    let separator = separator.as_str().unwrap_or("");
    let length = texts.iter().map(|t| t.len() + separator.len()).sum();
    super::check_text("Combine", length)?;
    Ok(Value::string(&texts.join(separator)))
}

/// `Split(string, separator)`; a null separator splits nothing.
pub fn split(value: &Value, separator: &Value) -> OpResult {
    Ok(match (value, separator) {
        (Value::Null, _) => Value::Null,
        (Value::String(s), Value::String(by)) if !by.is_empty() => {
            super::check_length("Split", s.matches(by.as_str()).count() + 1)?;
            Value::list(s.split(by.as_str()).map(Value::from).collect())
        }
        (Value::String(_), _) => Value::list(vec![value.clone()]),
        _ => return Err(undefined("Split", &[value, separator])),
    })
}

/// `SplitOnMatches(string, pattern)`.
pub fn split_on_matches(value: &Value, regex: &Value) -> OpResult {
    Ok(match (value, regex) {
        (Value::Null, _) => Value::Null,
        (Value::String(s), Value::String(p)) => {
            let regex = pattern("SplitOnMatches", p, false, s)?;
            Value::list(regex.split(s).map(Value::from).collect())
        }
        (Value::String(_), _) => Value::list(vec![value.clone()]),
        _ => return Err(undefined("SplitOnMatches", &[value, regex])),
    })
}

/// `ToChars(string)`.
pub fn to_chars(value: &Value) -> OpResult {
    Ok(match value {
        Value::Null => Value::Null,
        Value::String(s) => {
            super::check_length("ToChars", s.len())?;
            Value::list(s.chars().map(|c| Value::String(Text::new(c.encode_utf8(&mut [0; 4])))).collect())
        }
        _ => return Err(undefined("ToChars", &[value])),
    })
}
