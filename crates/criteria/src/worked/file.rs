//! A file of worked cases: `cases/NAME.toml`.

use std::collections::BTreeMap;

use base::{Date, Decimal};
use case::Truth;
use case::request::Certification;
use serde::Deserialize;
use toml::Spanned;

use super::fact::Fact;
use crate::fault::FaultCode;
use crate::manifest::Faults;

/// A file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    defaults: Defaults,
    #[serde(default)]
    case: Vec<Spanned<Entry>>,
}

/// What holds for every case of the file that does not say otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Defaults {
    code: Option<String>,
    certification: Option<Certification>,
    date_of_service: Option<Spanned<String>>,
}

/// A case as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    name: String,
    /// What the case shows, in words.
    #[serde(default)]
    shows: String,
    /// Takes line, facts and expectation from an earlier case of the file; what is written here is added or replaces.
    like: Option<String>,
    code: Option<String>,
    certification: Option<Certification>,
    date_of_service: Option<Spanned<String>>,
    service_to: Option<Spanned<String>>,
    as_of: Option<Spanned<String>>,
    quantity: Option<toml::Value>,
    /// A FHIR Bundle in the same folder, instead of facts.
    bundle: Option<String>,
    #[serde(default)]
    facts: Vec<Fact>,
    /// Criteria expected to be met, not met, unknown. What is named nowhere is unknown.
    #[serde(default)]
    met: Vec<String>,
    #[serde(default)]
    not_met: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
    /// The expected smallest missing sets, by criterion id, in any order.
    missing: Option<Vec<Vec<String>>>,
}

/// A case made whole.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub file: String,
    pub line: u32,
    pub name: String,
    pub shows: String,
    pub code: String,
    pub certification: Certification,
    pub date_of_service: Date,
    pub service_to: Option<Date>,
    pub as_of: Date,
    pub quantity: Option<Decimal>,
    pub bundle: Option<String>,
    pub facts: Vec<Fact>,
    pub expected: BTreeMap<String, Truth>,
    pub missing: Option<Vec<Vec<String>>>,
}

/// Reads a file; faults go to the list.
pub(crate) fn read(text: &str, at: &mut Faults<'_>) -> Vec<Case> {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            at.at(
                offset,
                FaultCode::Syntax,
                error.message().to_owned(),
                "see policies/README.md for the vocabulary of worked cases",
            );
            return Vec::new();
        }
    };
    let mut cases: Vec<Case> = Vec::new();
    for entry in &file.case {
        if let Some(case) = whole(entry, &file.defaults, &cases, at) {
            if cases.iter().any(|other| other.name == case.name) {
                at.at(
                    entry.span().start,
                    FaultCode::Duplicate,
                    format!("case `{}` stands twice", case.name),
                    "names are unique in a file",
                );
            }
            cases.push(case);
        }
    }
    cases
}

fn whole(entry: &Spanned<Entry>, defaults: &Defaults, earlier: &[Case], at: &mut Faults<'_>) -> Option<Case> {
    let offset = entry.span().start;
    let line = crate::manifest::line_of(at.text, offset);
    let entry = entry.get_ref();
    let like = match &entry.like {
        None => None,
        Some(name) => {
            let found = earlier.iter().find(|case| case.name == *name);
            if found.is_none() {
                at.at(
                    offset,
                    FaultCode::Dangling,
                    format!("no earlier case is called `{name}`"),
                    "`like` names a case above in the same file",
                );
                return None;
            }
            found
        }
    };
    let mut day = |text: &Option<Spanned<String>>| -> Option<Option<Date>> {
        match text {
            None => Some(None),
            Some(text) => impossible(text, at).map(Some),
        }
    };
    let date_of_service =
        day(&entry.date_of_service)?.or(like.map(|case| case.date_of_service)).or(day(&defaults.date_of_service)?);
    let (service_to, as_of) = (day(&entry.service_to)?, day(&entry.as_of)?);
    let code = entry.code.clone().or_else(|| like.map(|case| case.code.clone())).or_else(|| defaults.code.clone());
    let (Some(date_of_service), Some(code)) = (date_of_service, code) else {
        at.at(
            offset,
            FaultCode::WorkedCase,
            format!("case `{}` has no code or no date of service", entry.name),
            "write them, or put them under [defaults]",
        );
        return None;
    };
    let quantity = entry.quantity.as_ref().and_then(super::fact::number).and_then(|number| number.to_string().parse().ok());
    if entry.quantity.is_some() && quantity.is_none() {
        at.at(offset, FaultCode::BadValue, format!("the quantity of case `{}` is not a number", entry.name), "write a number");
    }
    let mut facts = like.map(|case| case.facts.clone()).unwrap_or_default();
    facts.extend(entry.facts.iter().cloned());
    let mut expected = like.map(|case| case.expected.clone()).unwrap_or_default();
    for (ids, truth) in [(&entry.met, Truth::Met), (&entry.not_met, Truth::NotMet), (&entry.unknown, Truth::Unknown)] {
        for id in ids {
            expected.insert(id.clone(), truth);
        }
    }
    Some(Case {
        file: at.file.to_owned(),
        line,
        name: entry.name.clone(),
        shows: entry.shows.clone(),
        code,
        certification: entry
            .certification
            .or(like.map(|case| case.certification))
            .or(defaults.certification)
            .unwrap_or(Certification::Initial),
        date_of_service,
        service_to: service_to.or(like.and_then(|case| case.service_to)),
        as_of: as_of.unwrap_or(like.filter(|_| entry.date_of_service.is_none()).map_or(date_of_service, |case| case.as_of)),
        quantity: quantity.or(like.and_then(|case| case.quantity)),
        bundle: entry.bundle.clone().or_else(|| like.and_then(|case| case.bundle.clone())),
        facts,
        expected,
        missing: entry.missing.clone(),
    })
}

fn impossible(text: &Spanned<String>, at: &mut Faults<'_>) -> Option<Date> {
    let day = text.get_ref().parse::<Date>().ok();
    if day.is_none() {
        let message = format!("`{}` is not a day that exists", text.get_ref());
        at.at(text.span().start, FaultCode::BadValue, message, "write YYYY-MM-DD");
    }
    day
}
