//! Running the worked cases of a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::{Code, Decimal, LineOfBusiness, Quantity, Timestamp, system};
use case::Truth;
use json::{Document, Limits};

use super::bundle;
use super::file::{self, Case};
use crate::evaluate::evaluate;
use crate::fault::{Fault, FaultCode};
use crate::library::Library;
use crate::line::LineFacts;
use crate::logic::About;
use crate::manifest::Faults;
use crate::policy::Policy;
use crate::record::Record;
use crate::signature::Signatures;

/// What the worked cases of one policy showed.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The policy.
    pub policy: String,
    /// How many cases ran.
    pub cases: usize,
    /// How many criteria were compared, over all cases.
    pub compared: usize,
    /// Every difference between what a case expects and what came out.
    pub differences: Vec<Difference>,
    /// For every criterion, how often it was met, not met, unknown.
    pub seen: BTreeMap<String, Seen>,
}

/// How often a criterion had each truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Met.
    pub met: usize,
    /// Not met.
    pub not_met: usize,
    /// Unknown.
    pub unknown: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// File of the case.
    pub file: String,
    /// Line at which the case begins.
    pub line: u32,
    /// Name of the case.
    pub case: String,
    /// What the case shows, in the author's words.
    pub shows: String,
    /// The criterion, or `missing`, or `scope`.
    pub about: String,
    /// What the case expects.
    pub expected: String,
    /// What came out.
    pub got: String,
}

impl Report {
    /// True when every case came out as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// Criteria that no case ever saw met, or never saw otherwise: nothing would notice if they changed.
    #[must_use]
    pub fn unexercised(&self) -> Vec<&str> {
        let one_sided = |seen: &Seen| seen.met == 0 || seen.not_met + seen.unknown == 0;
        self.seen.iter().filter(|(_, seen)| one_sided(seen)).map(|(id, _)| id.as_str()).collect()
    }
}

/// Runs every worked case of the policy in this folder; shared libraries are taken from the folder beside it.
///
/// # Errors
/// Every fault of the policy or of its cases; differences are not faults, they stand in the report.
pub fn check_cases(policy_dir: &Path) -> Result<Report, Vec<Fault>> {
    let name = policy_dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let read = |folder: &Path, prefix: &str| -> Result<Vec<(String, Vec<u8>)>, Fault> {
        Ok(crate::disk::read(folder)?.into_iter().map(|(path, bytes)| (format!("{prefix}/{path}"), bytes)).collect())
    };
    let mut files = read(policy_dir, &name).map_err(|fault| vec![fault])?;
    let shared = policy_dir.parent().map(|root| root.join(crate::library::SHARED)).filter(|folder| folder.is_dir());
    if let Some(shared) = shared {
        files.extend(read(&shared, crate::library::SHARED).map_err(|fault| vec![fault])?);
    }
    let library = Library::load(files.clone())?;
    let Some(policy) = library.by_id(&name) else {
        return Err(vec![Fault {
            file: name,
            line: 0,
            code: FaultCode::MissingFile,
            message: "no policy stands in this folder".to_owned(),
            advice: "give the folder of one policy".to_owned(),
        }]);
    };
    let mut faults = Vec::new();
    let cases = cases(policy, &files, &mut faults);
    let mut report = Report { policy: name.clone(), ..Report::default() };
    for case in &cases {
        run(policy, case, &files, &mut report, &mut faults);
    }
    if faults.is_empty() { Ok(report) } else { Err(faults) }
}

fn cases(policy: &Policy, files: &[(String, Vec<u8>)], faults: &mut Vec<Fault>) -> Vec<Case> {
    let ids: BTreeSet<&str> = policy.criteria().iter().map(|criterion| criterion.id.as_str()).collect();
    let mut out = Vec::new();
    for (path, bytes) in files {
        if !path.starts_with(&format!("{}/cases/", policy.id())) || !path.ends_with(".toml") {
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        let mut at = Faults { file: path, text: &text, list: faults };
        for case in file::read(&text, &mut at) {
            for id in case.expected.keys().map(String::as_str).chain(case.missing.iter().flatten().flatten().map(String::as_str))
            {
                let id = id.strip_prefix("not ").unwrap_or(id);
                if !ids.contains(id) {
                    faults.push(fault(
                        &case,
                        FaultCode::Dangling,
                        format!("case `{}` names a criterion `{id}` that is not there", case.name),
                    ));
                }
            }
            out.push(case);
        }
    }
    out
}

fn fault(case: &Case, code: FaultCode, message: String) -> Fault {
    Fault { file: case.file.clone(), line: case.line, code, message, advice: "correct the worked case".to_owned() }
}

fn record(case: &Case, files: &[(String, Vec<u8>)]) -> Result<Record, String> {
    let bytes = match &case.bundle {
        None => serde_json::to_vec(&bundle::bundle(case)?).map_err(|error| error.to_string())?,
        Some(name) => {
            let folder = case.file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = format!("{folder}/{name}");
            let found = files.iter().find(|(file, _)| *file == path);
            found.map(|(_, bytes)| bytes.clone()).ok_or_else(|| format!("there is no file {path}"))?
        }
    };
    let document = Document::parse(bytes, &Limits::default())
        .map_err(|faults| format!("the Bundle does not read: {} faults", faults.len()))?;
    Ok(Record::of(&[document]))
}

fn facts_of(case: &Case) -> LineFacts {
    LineFacts {
        sequence: 1,
        code: Code::new(system::HCPCS, &case.code),
        quantity: case.quantity.map(|value: Decimal| Quantity { value, unit: String::new() }),
        certification: case.certification,
        date_of_service: case.date_of_service,
        service_to: case.service_to,
        received_on: case.as_of,
        as_of: case.as_of,
        line_of_business: LineOfBusiness::MedicareAdvantage,
    }
}

fn run(policy: &Policy, case: &Case, files: &[(String, Vec<u8>)], report: &mut Report, faults: &mut Vec<Fault>) {
    let record = match record(case, files) {
        Ok(record) => record,
        Err(problem) => {
            faults.push(fault(case, FaultCode::WorkedCase, format!("case `{}`: {problem}", case.name)));
            return;
        }
    };
    report.cases += 1;
    let mut differ = |about: &str, expected: String, got: String| {
        report.differences.push(Difference {
            file: case.file.clone(),
            line: case.line,
            case: case.name.clone(),
            shows: case.shows.clone(),
            about: about.to_owned(),
            expected,
            got,
        });
    };
    let findings = match evaluate(policy, &record, &facts_of(case), Timestamp::UNIX_EPOCH, &Signatures::none()) {
        Ok(findings) => findings,
        Err(error) => {
            differ("scope", "a scope that answers for the line".to_owned(), error.to_string());
            return;
        }
    };
    let (facts, now) = (facts_of(case), Timestamp::UNIX_EPOCH);
    let limits: Vec<_> = policy.limits_for(&facts.code.code).collect();
    let questions = policy.scope_for(&facts.selection()).map(|scope| scope.questions.as_slice()).unwrap_or_default();
    if let Some(error) = policy.logic.error(&About { record: &record, facts: &facts, limits: &limits, now }, questions) {
        differ("logic", "no error".to_owned(), error);
    }
    for finding in &findings.criteria {
        let expected = case.expected.get(&finding.id).copied().unwrap_or(Truth::Unknown);
        if expected != finding.truth {
            differ(&finding.id, word(expected).to_owned(), word(finding.truth).to_owned());
        }
    }
    for (id, truth) in &case.expected {
        if *truth != Truth::Unknown && !findings.criteria.iter().any(|finding| finding.id == *id) {
            differ(id, word(*truth).to_owned(), "no criterion of the scope".to_owned());
        }
    }
    if let Some(expected) = &case.missing {
        let mut expected: Vec<Vec<String>> = expected.clone();
        let mut got: Vec<Vec<String>> = findings.missing.iter().map(|set| set.criteria.clone()).collect();
        for sets in [&mut expected, &mut got] {
            sets.iter_mut().for_each(|set| set.sort());
            sets.sort();
        }
        if expected != got {
            differ("missing", format!("{expected:?}"), format!("{got:?}"));
        }
    }
    report.compared += findings.criteria.len();
    for finding in &findings.criteria {
        let seen = report.seen.entry(finding.id.clone()).or_default();
        match finding.truth {
            Truth::Met => seen.met += 1,
            Truth::NotMet => seen.not_met += 1,
            Truth::Unknown => seen.unknown += 1,
        }
    }
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::Met => "met",
        Truth::NotMet => "not met",
        Truth::Unknown => "unknown",
    }
}
