//! `policy.toml` as written: read, checked, every fault reported with its line.

use base::{Date, LineOfBusiness};
use case::request::Certification;
use serde::Deserialize;
use toml::Spanned;

use crate::fault::{Fault, FaultCode};
use crate::policy::{Kind, Limit, Trust};

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Manifest {
    pub id: Spanned<String>,
    pub title: String,
    pub sources: Vec<String>,
    pub retrieved: Spanned<String>,
    pub jurisdiction: String,
    pub benefit: String,
    pub verification: Spanned<String>,
    #[serde(default)]
    pub to_verify: Vec<String>,
    pub lines_of_business: Vec<LineOfBusiness>,
    /// Name of the library in `criteria.cql`.
    pub library: Spanned<String>,
    /// Shared libraries (`shared/NAME.cql`) it includes.
    #[serde(default)]
    pub includes: Vec<Spanned<String>>,
    #[serde(default)]
    pub references: Vec<References>,
    pub scope: Vec<Spanned<ScopeEntry>>,
    pub criteria: Vec<Spanned<CriterionEntry>>,
    #[serde(default)]
    pub limit: Vec<Spanned<Limit>>,
    pub text: Option<TextEntry>,
}

/// How far text is trusted, and the words that answer items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TextEntry {
    pub trust: Trust,
    #[serde(default = "least_quality")]
    pub minimum_quality: Spanned<u8>,
    #[serde(default)]
    pub statement: Vec<Spanned<StatementEntry>>,
}

fn least_quality() -> Spanned<u8> {
    Spanned::new(0..0, 85)
}

/// Words that answer an item: yes, no, the number at `#`, the date at `@`, or one choice; and codes of conditions that answer it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StatementEntry {
    pub item: Spanned<String>,
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// ICD-10-CM codes, or the beginnings of such.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The choice the words stand for.
    pub code: Option<String>,
    /// `"no"` when the words say that it is not so.
    pub answer: Option<Says>,
}

/// What words say besides yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Says {
    /// It is not so.
    No,
}

/// A CQL parameter (`List<String>`) filled with the references in the record that point at such a resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct References {
    /// Name of the parameter.
    pub parameter: String,
    /// Resource types.
    pub types: Vec<String>,
    /// Codes (`system|code`), one of which `Organization.type` or `PractitionerRole.code` or `.specialty` must carry; any when empty.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Only practitioners whose name is given.
    #[serde(default)]
    pub named: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScopeEntry {
    pub name: String,
    pub title: String,
    pub version: String,
    pub effective_from: Spanned<String>,
    pub effective_to: Option<Spanned<String>>,
    pub codes: Vec<Spanned<String>>,
    pub certifications: Vec<Certification>,
    pub root: Spanned<String>,
    pub authorization_days: u32,
    #[serde(default = "one")]
    pub default_quantity: u32,
    #[serde(default)]
    pub suggest: Vec<String>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CriterionEntry {
    pub id: Spanned<String>,
    #[serde(default)]
    pub parent: Parents,
    pub title: String,
    pub citation: String,
    pub kind: Kind,
    pub define: Spanned<String>,
    #[serde(default)]
    pub ask: String,
    #[serde(default)]
    pub ask_not: String,
    #[serde(default)]
    pub cost: u32,
    #[serde(default)]
    pub items: Vec<Spanned<String>>,
    #[serde(default)]
    pub evidence: Vec<Spanned<String>>,
    pub text_trust: Option<Trust>,
    pub text_minimum_quality: Option<u8>,
}

/// One parent, one for each of several scopes, or none.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(crate) enum Parents {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl Parents {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// Where faults of one file are collected.
pub(crate) struct Faults<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub list: &'a mut Vec<Fault>,
}

impl Faults<'_> {
    /// Adds a fault at a byte offset of the file.
    pub(crate) fn at(&mut self, offset: usize, code: FaultCode, message: String, advice: &str) {
        let line = line_of(self.text, offset);
        self.list.push(Fault { file: self.file.to_owned(), line, code, message, advice: advice.to_owned() });
    }
}

/// Line number (from 1) of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> u32 {
    let end = offset.min(text.len());
    let newlines = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(newlines + 1).unwrap_or(u32::MAX)
}

/// Reads the text; a syntax fault ends the reading of this file, everything else is checked afterwards.
pub(crate) fn read(file: &str, text: &str, list: &mut Vec<Fault>) -> Option<Manifest> {
    match toml::from_str::<Manifest>(text) {
        Ok(manifest) => {
            check_values(&manifest, &mut Faults { file, text, list });
            Some(manifest)
        }
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            Faults { file, text, list }.at(offset, FaultCode::Syntax, message, "compare with another policy.toml of the library");
            None
        }
    }
}

fn check_values(manifest: &Manifest, faults: &mut Faults<'_>) {
    date(&manifest.retrieved, faults);
    let grade = manifest.verification.get_ref().as_str();
    if !["V-rule", "V-num", "K"].contains(&grade) {
        let message = format!("unknown verification status `{grade}`");
        faults.at(manifest.verification.span().start, FaultCode::BadValue, message, "use V-rule, V-num or K");
    }
    for scope in &manifest.scope {
        let entry = scope.get_ref();
        let from = date(&entry.effective_from, faults);
        let to = entry.effective_to.as_ref().and_then(|to| date(to, faults));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            let message = format!("scope `{}` ends before it begins", entry.name);
            faults.at(entry.effective_from.span().start, FaultCode::BadValue, message, "effective-to is the last day in force");
        }
        if entry.codes.is_empty() || entry.certifications.is_empty() {
            let message = format!("scope `{}` answers for no code or no certification", entry.name);
            faults.at(scope.span().start, FaultCode::BadValue, message, "list HCPCS codes and certification kinds");
        }
        for code in &entry.codes {
            let text = code.get_ref().as_bytes();
            let level_two = text.len() == 5 && text[0].is_ascii_uppercase() && text[1..].iter().all(u8::is_ascii_digit);
            if !level_two {
                let message = format!("`{}` is not a HCPCS Level II code", code.get_ref());
                faults.at(
                    code.span().start,
                    FaultCode::BadValue,
                    message,
                    "a letter and four digits; CPT codes are licensed and never stand here",
                );
            }
        }
        if entry.authorization_days == 0 || entry.authorization_days > 3660 {
            let message = format!("scope `{}` authorizes for {} days", entry.name, entry.authorization_days);
            faults.at(scope.span().start, FaultCode::BadValue, message, "1 to 3660 days");
        }
    }
    for criterion in &manifest.criteria {
        let entry = criterion.get_ref();
        if entry.kind != Kind::Group && entry.ask.trim().is_empty() {
            let message = format!("criterion `{}` does not say what to send when it is unknown", entry.id.get_ref());
            faults.at(criterion.span().start, FaultCode::BadValue, message, "add `ask = \"...\"` in plain words");
        }
        if entry.citation.trim().is_empty() || entry.title.trim().is_empty() {
            let message = format!("criterion `{}` has no title or no citation", entry.id.get_ref());
            faults.at(
                criterion.span().start,
                FaultCode::BadValue,
                message,
                "title in our own words; citation names section of the source",
            );
        }
    }
    for limit in &manifest.limit {
        if limit.get_ref().months == 0 || limit.get_ref().units == 0 {
            let message = format!("limit of {} has no units or no months", limit.get_ref().code);
            faults.at(limit.span().start, FaultCode::BadValue, message, "units and months are at least 1");
        }
    }
}

/// An ISO date between 1965 and 2199, or a fault.
pub(crate) fn date(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Date> {
    let parsed = text.get_ref().parse::<Date>().ok().filter(|date| (1965..2200).contains(&date.year()));
    if parsed.is_none() {
        let message = format!("`{}` is not a date of this law", text.get_ref());
        faults.at(text.span().start, FaultCode::BadValue, message, "write YYYY-MM-DD, an existing day between 1965 and 2199");
    }
    parsed
}
