//! `--parameter NAME=VALUE`, typed against what the libraries declare.
//!
//! A value is a CQL expression; dates (`2026-01-01`), ranges of them (`2026-01-01..2026-12-31`), JSON strings and FHIR Periods are taken too. The value is converted
//! to the declared type as CQL does; an interval of dates given for an interval of times means whole days.

use super::files;
use crate::Failure;
use ::cql::value::{DateTime, Value};
use ::cql::{Data, EvalOptions, Options, Parameters, Program, Source, Type};
use std::path::PathBuf;

/// A parameter as given, before it is known who declares it.
pub struct Given {
    /// Its name; `Library.Name` when only one library is meant.
    pub name: String,
    /// Its value as text.
    pub text: String,
}

/// The value of one parameter of one library.
pub enum Bound {
    /// A value.
    Value(Value),
    /// A resource of the patient's data, by `Type/id`.
    Reference(String),
    /// A resource from a file.
    File(PathBuf),
}

/// One parameter of one library with its value.
pub struct Binding {
    /// The library that declares it.
    pub library: String,
    /// Its name.
    pub name: String,
    /// The value.
    pub bound: Bound,
}

/// Splits `NAME=VALUE`; the name may stand in double quotes.
pub fn parse(pair: &str) -> Result<Given, Failure> {
    let wrong = || {
        Failure::new(format!(
            "--parameter {pair}: not NAME=VALUE, like \"Measurement Period\"=Interval[@2026-01-01, @2026-12-31]"
        ))
    };
    let (name, text) = match pair.strip_prefix('"') {
        Some(rest) => {
            let (name, rest) = rest.split_once('"').ok_or_else(wrong)?;
            (name, rest.trim_start().strip_prefix('=').ok_or_else(wrong)?)
        }
        None => pair.split_once('=').ok_or_else(wrong)?,
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(wrong());
    }
    Ok(Given { name: name.to_owned(), text: text.trim().to_owned() })
}

/// Binds what was given to what a program declares.
///
/// Returns the bindings and which of the given were used.
pub fn bind(program: &Program, given: &[Given], now: DateTime) -> Result<(Vec<Binding>, Vec<bool>), Failure> {
    let mut bindings = Vec::new();
    let mut used = vec![false; given.len()];
    for parameter in program.parameters() {
        let full = format!("{}.{}", parameter.library, parameter.name);
        let meant = |g: &Given| g.name == *parameter.name || g.name == full;
        let Some((index, one)) = given.iter().enumerate().rev().find(|(_, g)| meant(g)) else { continue };
        for (i, g) in given.iter().enumerate() {
            used[i] |= i == index || meant(g);
        }
        bindings.push(Binding {
            library: parameter.library.to_string(),
            name: parameter.name.to_string(),
            bound: bind_one(&one.text, &parameter.ty, now)
                .map_err(|error| Failure::new(format!("--parameter {}: {error}", one.name)))?,
        });
    }
    Ok((bindings, used))
}

/// The message for a parameter nobody declares.
pub fn unknown(name: &str, programs: &[&Program]) -> Failure {
    let mut declared: Vec<String> =
        programs.iter().flat_map(|p| p.parameters()).map(|p| format!("\"{}\" {}", p.name, p.ty)).collect();
    declared.sort();
    declared.dedup();
    let advice = if declared.is_empty() {
        "the libraries declare none".to_owned()
    } else {
        format!("declared are {}", declared.join(", "))
    };
    Failure::new(format!("--parameter {name}: no library declares it; {advice}"))
}

fn bind_one(text: &str, ty: &Type, now: DateTime) -> Result<Bound, String> {
    if is_resource(ty) {
        if let Some(file) = text.strip_prefix('@') {
            return Ok(Bound::File(PathBuf::from(file)));
        }
        let mut parts = text.split('/');
        return match (parts.next(), parts.next(), parts.next()) {
            (Some(kind), Some(id), None) if !kind.is_empty() && !id.is_empty() => Ok(Bound::Reference(text.to_owned())),
            _ => Err(format!("it is declared {ty}: give @file.json, or Type/id of a resource in the data")),
        };
    }
    value(text, ty, now).map(Bound::Value)
}

/// Reads a value and converts it to a type.
pub fn value(text: &str, ty: &Type, now: DateTime) -> Result<Value, String> {
    let expression = expression(text)?;
    let wanted = type_text(ty);
    let kind = ty.to_string();
    // Dates for an interval of times are tried first: the plain conversion would end the last day at midnight.
    let offset = f64::from(now.offset_minutes().unwrap_or(0)) / 60.0;
    let whole_days = format!(
        "define function \"whole days\"(v Interval<Date>): if v is null then null else Interval[\
         DateTime(year from start of v, month from start of v, day from start of v, 0, 0, 0, 0, {offset:.2}), \
         DateTime(year from end of v, month from end of v, day from end of v, 23, 59, 59, 999, {offset:.2})]"
    );
    if kind == "Interval<DateTime>"
        && let Ok(value) = run(&format!("{whole_days}\ndefine Result: \"whole days\"({expression})"), now)
    {
        return Ok(value);
    }
    let declared = format!("define function \"as declared\"(v {wanted}): v\ndefine Result: \"as declared\"({expression})");
    if let Ok(value) = run(&declared, now) {
        return Ok(value);
    }
    match run(&format!("define Result: {expression}"), now) {
        // Words that are no CQL are a string where one is wanted.
        Err(_) if kind == "String" => Ok(Value::string(text)),
        Ok(value) => Err(format!("it is declared {ty}, and `{text}` is a {}", value.type_name())),
        Err(error) => Err(format!("it is declared {ty}, and `{text}` cannot be read: {error}")),
    }
}

fn run(body: &str, now: DateTime) -> Result<Value, String> {
    let text = format!("library Parameter\nusing FHIR version '4.0.1'\n{body}");
    let source = Source { name: "--parameter", text: &text };
    let program = ::cql::compile(&[source], &Options { list_promotion: false, list_demotion: false, ..Options::default() })
        .map_err(|faults| faults.first().map(|f| f.message.clone()).unwrap_or_default())?;
    let (data, none) = (Data::load([]), Parameters::new());
    let answers = program.evaluate(&data, &none, now, &EvalOptions::default()).map_err(|e| e.to_string())?;
    if let Some(error) = answers.first_error() {
        return Err(error.to_string());
    }
    let result = program.definition("Result").ok_or("this is not one expression")?;
    Ok(answers.value(result).clone())
}

/// The text as a CQL expression.
fn expression(text: &str) -> Result<String, String> {
    if let Some((low, high)) = text.split_once("..") {
        return Ok(format!("Interval[{}, {}]", point(low.trim())?, point(high.trim())?));
    }
    if is_date(text) {
        return point(text);
    }
    if let Some(rest) = text.strip_prefix('{')
        && rest.trim_start().starts_with('"')
    {
        return period(text);
    }
    if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        let text = text.trim_matches('"');
        return if is_date(text) { point(text) } else { Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))) };
    }
    Ok(text.to_owned())
}

fn is_date(text: &str) -> bool {
    let text = text.strip_prefix('@').unwrap_or(text);
    let digits = text.bytes().take(4).filter(u8::is_ascii_digit).count();
    digits == 4 && text.as_bytes().get(4) == Some(&b'-') && text.bytes().all(|b| b.is_ascii_digit() || b"-+:.TZ".contains(&b))
}

/// A date or time as CQL; a point of an open range is null.
fn point(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('@').unwrap_or(text);
    if bare.is_empty() || bare == "null" {
        return Ok("null".to_owned());
    }
    let known = ::cql::value::Date::parse(bare).is_some() || ::cql::value::DateTime::parse(bare).is_some();
    if !known {
        return Err(format!("`{text}` is not a date or time"));
    }
    Ok(format!("@{bare}"))
}

/// A FHIR Period or `{low, high}` in JSON.
fn period(text: &str) -> Result<String, String> {
    let document = json::Document::parse(text.as_bytes(), &files::limits())
        .map_err(|faults| faults.first().map(ToString::to_string).unwrap_or_default())?;
    let end = |names: [&str; 2]| {
        let found = names.iter().find_map(|n| files::string(document.root(), n)).unwrap_or_default();
        point(&found)
    };
    let closed = |key: &str| document.root().get(key).and_then(|c| c.as_bool()) != Some(false);
    let (open, close) = (if closed("lowClosed") { '[' } else { '(' }, if closed("highClosed") { ']' } else { ')' });
    Ok(format!("Interval{open}{}, {}{close}", end(["start", "low"])?, end(["end", "high"])?))
}

/// The type as CQL text that names models the prelude knows.
fn type_text(ty: &Type) -> String {
    ty.to_string().replace("Tuple{", "Tuple {")
}

fn is_resource(ty: &Type) -> bool {
    matches!(ty, Type::Class { .. })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_take_the_declared_type() {
        let now = DateTime::parse("2026-06-01T00:00:00.000+00:00").unwrap();
        let time = Type::interval(Type::DATE_TIME);
        let whole = "Interval[@2026-01-01T00:00:00.000Z, @2026-12-31T23:59:59.999Z]";
        for (text, ty, want) in [
            ("Interval[@2026-01-01, @2026-12-31]", &time, Some(whole)),
            ("Interval[@2026-01-01, @2027-01-01)", &time, Some(whole)),
            ("2026-01-01..2026-12-31", &time, Some(whole)),
            ("@2026-01-01..@2026-12-31", &time, Some(whole)),
            (r#"{"start":"2026-01-01","end":"2026-12-31"}"#, &time, Some(whole)),
            (
                "Interval[@2026-01-01T00:00:00.0, @2027-01-01T00:00:00.0)",
                &time,
                Some("Interval[@2026-01-01T00:00:00.000, @2027-01-01T00:00:00.000)"),
            ),
            ("2026-01-01..2026-12-31", &Type::interval(Type::DATE), Some("Interval[@2026-01-01, @2026-12-31]")),
            ("1 + 1", &Type::INTEGER, Some("2")),
            ("2", &Type::DECIMAL, Some("2.0")),
            ("2026-01-15", &Type::DATE, Some("@2026-01-15")),
            (r#""2026-01-15""#, &Type::DATE, Some("@2026-01-15")),
            ("'a b'", &Type::STRING, Some("'a b'")),
            ("plain words", &Type::STRING, Some("'plain words'")),
            ("true", &Type::BOOLEAN, Some("true")),
            ("{ 'a', 'b' }", &Type::list(Type::STRING), Some("{ 'a', 'b' }")),
            ("null", &time, Some("null")),
            ("'x'", &Type::INTEGER, None),
            ("1 +", &Type::INTEGER, None),
            ("2026-13-01", &Type::DATE, None),
            ("2026-01-01..soon", &time, None),
        ] {
            let got = value(text, ty, now).map(|v| v.to_string());
            assert_eq!(got.as_deref().ok(), want, "{text} as {ty}: {got:?}");
        }
    }

    #[test]
    fn pairs_are_split() {
        for (pair, want) in
            [("A=1", Some(("A", "1"))), ("\"A = b\" = 'x=y'", Some(("A = b", "'x=y'"))), ("A", None), ("=1", None)]
        {
            let got = parse(pair).ok().map(|g| (g.name, g.text));
            assert_eq!(got, want.map(|(n, t)| (n.to_owned(), t.to_owned())), "{pair}");
        }
    }
}
