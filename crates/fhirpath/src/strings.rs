//! String functions (FHIRPath, *String Manipulation* and *Additional String Functions*). Positions count characters.

use crate::Fault;
use crate::eval::{Found, boolean, execution, one, single_value};
use crate::item::Item;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use cql::value::Value;
use regex_lite::RegexBuilder;

pub(crate) const NAMES: [&str; 21] = [
    "indexOf",
    "lastIndexOf",
    "substring",
    "startsWith",
    "endsWith",
    "contains",
    "upper",
    "lower",
    "replace",
    "matches",
    "matchesFull",
    "replaceMatches",
    "length",
    "toChars",
    "encode",
    "decode",
    "escape",
    "unescape",
    "trim",
    "split",
    "join",
];

/// The longest text and the most matching (bytes of text times bytes of pattern) of one call.
const MAX_TEXT: usize = 10_000_000;
const MAX_MATCHING: usize = 4_000_000_000;

pub(crate) fn call<'d>(input: &[Item<'d>], name: &str, arguments: &[Option<Value>]) -> Found<'d> {
    if name == "join" {
        return join(input, arguments);
    }
    let text = match single_value(name, input)? {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => text.to_string(),
        Some(other) => return execution(format!("{name}() is asked of a String, this is a {}", other.type_name())),
    };
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match argument {
            Some(value) => values.push(value),
            None => return Ok(Vec::new()),
        }
    }
    if name == "substring" {
        return substring(&text, &values);
    }
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::String(text) => texts.push(text.as_str()),
            other => return execution(format!("{name}() takes a String, this is a {}", other.type_name())),
        }
    }
    let with = texts.first().copied().unwrap_or_default();
    let place = |found: Option<usize>| found.map_or(-1, |at| i32::try_from(text[..at].chars().count()).unwrap_or(i32::MAX));
    let string =
        |text: String| if text.len() > MAX_TEXT { Err(Fault::Limit("bytes of a text")) } else { Ok(one(Value::string(&text))) };
    Ok(match name {
        "indexOf" => one(Value::Integer(place(text.find(with)))),
        "lastIndexOf" => one(Value::Integer(place(text.rfind(with)))),
        "startsWith" => boolean(Some(text.starts_with(with))),
        "endsWith" => boolean(Some(text.ends_with(with))),
        "contains" => boolean(Some(text.contains(with))),
        "upper" => string(text.to_uppercase())?,
        "lower" => string(text.to_lowercase())?,
        "trim" => string(text.trim().to_owned())?,
        "length" => one(Value::Integer(i32::try_from(text.chars().count()).unwrap_or(i32::MAX))),
        "toChars" => text.chars().map(|c| Item::Value(Value::string(c.encode_utf8(&mut [0; 4])))).collect(),
        "split" if with.is_empty() => string(text)?,
        "split" => text.split(with).map(|part| Item::Value(Value::string(part))).collect(),
        "replace" => string(text.replace(with, texts.get(1).copied().unwrap_or_default()))?,
        "matches" => boolean(Some(pattern(with, &text, false)?.is_match(&text))),
        "matchesFull" => boolean(Some(pattern(with, &text, true)?.is_match(&text))),
        "replaceMatches" if with.is_empty() => string(text)?,
        "replaceMatches" => {
            let substitute = texts.get(1).copied().unwrap_or_default();
            string(pattern(with, &text, false)?.replace_all(&text, substitute).into_owned())?
        }
        "encode" => string(encode(&text, with)?)?,
        "decode" => match decode(&text, with)? {
            Some(text) => string(text)?,
            None => Vec::new(),
        },
        "escape" => string(escape(&text, with)?)?,
        "unescape" => string(unescape(&text, with)?)?,
        _ => return Err(Fault::Semantic(format!("there is no function {name}()"))),
    })
}

fn pattern(pattern: &str, text: &str, whole: bool) -> Result<regex_lite::Regex, Fault> {
    let anchored = if whole { format!("^(?:{pattern})$") } else { pattern.to_owned() };
    let size = (MAX_MATCHING / text.len().max(1)).min(1 << 20);
    let regex = RegexBuilder::new(&anchored).dot_matches_new_line(true).size_limit(size).build();
    regex.map_err(|_| Fault::Execution("the pattern is no regular expression, or too large for this text".to_owned()))
}

fn join<'d>(input: &[Item<'d>], arguments: &[Option<Value>]) -> Found<'d> {
    let separator = match arguments.first() {
        Some(Some(Value::String(text))) => text.to_string(),
        Some(None) | None => String::new(),
        Some(Some(_)) => return execution("join() takes a String"),
    };
    let mut parts = Vec::with_capacity(input.len());
    for item in input {
        match item.value() {
            Some(Value::String(text)) => parts.push(text.to_string()),
            None => {}
            Some(_) => return execution("join() is asked of Strings"),
        }
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(one(Value::string(&parts.join(&separator))))
}

fn substring<'d>(text: &str, arguments: &[&Value]) -> Found<'d> {
    let number = |value: Option<&&Value>| match value {
        Some(Value::Integer(n)) => Ok(Some(*n)),
        None => Ok(None),
        Some(_) => execution("substring() takes Integers"),
    };
    let start = number(arguments.first())?.unwrap_or(0);
    let length = number(arguments.get(1))?;
    let Some(start) = usize::try_from(start).ok().filter(|s| *s < text.chars().count()) else { return Ok(Vec::new()) };
    let length = length.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(0));
    let part: String = text.chars().skip(start).take(length).collect();
    Ok(one(Value::string(&part)))
}

fn unknown<T>(format: &str) -> Result<T, Fault> {
    execution(format!("the format '{format}' is not known"))
}

fn encode(text: &str, format: &str) -> Result<String, Fault> {
    Ok(match format {
        "base64" => STANDARD.encode(text),
        "urlbase64" => URL_SAFE.encode(text),
        "hex" => text.bytes().map(|b| format!("{b:02x}")).collect(),
        _ => return unknown(format),
    })
}

fn decode(text: &str, format: &str) -> Result<Option<String>, Fault> {
    let bytes = match format {
        "base64" => STANDARD.decode(text).ok(),
        "urlbase64" => URL_SAFE.decode(text).ok(),
        "hex" if text.len().is_multiple_of(2) && text.is_ascii() => {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
        }
        "hex" => None,
        _ => return unknown(format),
    };
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}

const HTML: [(&str, &str); 5] = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
const JSON: [(&str, &str); 7] =
    [("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\u{8}", "\\b"), ("\u{c}", "\\f")];

fn escape(text: &str, format: &str) -> Result<String, Fault> {
    let pairs: &[(&str, &str)] = match format {
        "html" => &HTML,
        "json" => &JSON,
        _ => return unknown(format),
    };
    // The escaping sign itself comes first in both tables.
    Ok(pairs.iter().fold(text.to_owned(), |text, (plain, escaped)| text.replace(plain, escaped)))
}

fn unescape(text: &str, format: &str) -> Result<String, Fault> {
    let pairs: &[(&str, &str)] = match format {
        "html" => &HTML,
        "json" => &JSON,
        _ => return unknown(format),
    };
    Ok(pairs.iter().rev().fold(text.to_owned(), |text, (plain, escaped)| text.replace(escaped, plain)))
}
