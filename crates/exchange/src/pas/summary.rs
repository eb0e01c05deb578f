//! An answer as its receiver sees it: for the command line, the demonstration and tests.

use super::url;
use crate::wire;
use base::{Date, Timestamp};
use json::{Document, Value};

/// A response Bundle (or inquiry `Parameters`), read back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// One for each ClaimResponse.
    pub answers: Vec<Answer>,
    /// Issues of an OperationOutcome, when that is what came: `path: text`.
    pub issues: Vec<String>,
}

/// One ClaimResponse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// `complete`, `partial` or `error`.
    pub outcome: String,
    /// `ClaimResponse.preAuthRef`.
    pub authorization: Option<String>,
    /// Each line by its sequence, as answered.
    pub lines: Vec<LineAnswer>,
    /// All notes in order of number.
    pub notes: Vec<String>,
    /// Business errors: code and path.
    pub errors: Vec<(String, Option<String>)>,
    /// When a decision is due, with its rule.
    pub due: Option<DueAnswer>,
    /// The tlog-proof text.
    pub receipt: Option<String>,
    /// `wasHumanReviewedFlag` (2.2.1).
    pub human_reviewed: Option<bool>,
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineAnswer {
    /// `item.itemSequence`.
    pub sequence: u32,
    /// X12 306 action code (`A1`, `A2`, `A3`, `A4`, `A6`, `C`, `NA`); empty when none was given.
    pub action: String,
    /// Authorization number.
    pub number: Option<String>,
    /// Reason codes (X12 886).
    pub reasons: Vec<String>,
    /// Authorized period.
    pub period: Option<(Date, Date)>,
    /// Facts that would turn a pend into an approval.
    pub missing: Vec<String>,
    /// Notes on this line.
    pub notes: Vec<String>,
    /// Service authorized instead (`addItem`), for `A6`.
    pub instead: Option<String>,
}

/// A due time with its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAnswer {
    /// When.
    pub due_at: Timestamp,
    /// In words.
    pub words: String,
    /// Citation.
    pub citation: String,
}

impl std::fmt::Display for DueAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({})", self.due_at, self.words, self.citation)
    }
}

impl Summary {
    /// Reads an answer: a response Bundle, inquiry `Parameters`, a lone ClaimResponse or an OperationOutcome. What is not there
    /// stays empty; nothing fails.
    ///
    /// ```
    /// use exchange::pas::Summary;
    /// let text = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ClaimResponse","outcome":"complete",
    ///   "item":[{"itemSequence":1,"adjudication":[{"extension":[{"extension":[
    ///     {"url":"http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewActionCode",
    ///      "valueCodeableConcept":{"coding":[{"code":"A4"}]}}],
    ///     "url":"http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"}]}]}]}}]}"#;
    /// let document = json::Document::parse(text.as_bytes().to_vec(), &json::Limits::default()).unwrap();
    /// let summary = Summary::read(&document);
    /// assert_eq!(summary.answers[0].lines[0].action, "A4");
    /// ```
    #[must_use]
    pub fn read(document: &Document) -> Self {
        let mut summary = Self::default();
        summary.resource(document.root(), 0);
        summary
    }

    /// The depth keeps a Bundle in a Bundle in a Bundle from growing the stack; an answer nests three deep at most.
    fn resource(&mut self, resource: Value<'_>, depth: u32) {
        if depth > 4 {
            return;
        }
        match wire::text(resource, "resourceType").as_deref() {
            Some("Bundle") => {
                wire::list(resource, "entry")
                    .filter_map(|entry| entry.get("resource"))
                    .for_each(|inner| self.resource(inner, depth + 1));
            }
            Some("Parameters") => {
                wire::list(resource, "parameter")
                    .filter_map(|entry| entry.get("resource"))
                    .for_each(|inner| self.resource(inner, depth + 1));
            }
            Some("ClaimResponse") => self.answers.push(answer(resource)),
            Some("OperationOutcome") => self.issues.extend(wire::list(resource, "issue").map(issue)),
            _ => {}
        }
    }
}

fn issue(issue: Value<'_>) -> String {
    let place = wire::list(issue, "expression").next().and_then(|path| path.as_str().map(|path| format!("{path}: ")));
    let details = || wire::owned(issue.get("details")?, "text");
    let words = wire::owned(issue, "diagnostics").or_else(details).or_else(|| wire::owned(issue, "code"));
    format!("{}{}", place.unwrap_or_default(), words.unwrap_or_default())
}

fn answer(response: Value<'_>) -> Answer {
    let mut notes: Vec<(i64, String)> = wire::list(response, "processNote")
        .filter_map(|note| Some((note.get("number").and_then(|n| n.as_i64()).unwrap_or(i64::MAX), wire::owned(note, "text")?)))
        .collect();
    notes.sort_by_key(|(number, _)| *number);
    let proof = wire::extension(response, url::RECEIPT)
        .and_then(|receipt| wire::owned(wire::extension(receipt, "proof")?, "valueBase64Binary"))
        .and_then(|text| wire::unbase64(&text));
    let human = wire::extension(response, url::REVIEWER)
        .and_then(|reviewer| wire::extension(reviewer, "wasHumanReviewedFlag")?.get("valueBoolean")?.as_bool());
    Answer {
        outcome: wire::owned(response, "outcome").unwrap_or_default(),
        authorization: wire::owned(response, "preAuthRef"),
        lines: wire::list(response, "item").filter_map(|item| line(response, item, &notes)).collect(),
        errors: wire::list(response, "error").map(error).collect(),
        due: wire::extension(response, url::DUE).and_then(due),
        receipt: proof,
        human_reviewed: human,
        notes: notes.into_iter().map(|(_, text)| text).collect(),
    }
}

fn error(error: Value<'_>) -> (String, Option<String>) {
    let code = error.get("code").and_then(|code| wire::coding(code, &[])).map(|code| code.code).unwrap_or_default();
    let path = wire::extension(error, url::ERROR_PATH).and_then(|path| wire::owned(path, "valueString"));
    (code, path)
}

fn due(due: Value<'_>) -> Option<DueAnswer> {
    let part = |name: &str| wire::list(due, "extension").find(|part| part.get("url").is_some_and(|url| url.is_str(name)));
    let words = |name: &str| part(name).and_then(|part| wire::owned(part, "valueString")).unwrap_or_default();
    let due_at = part("dueAt").and_then(|part| wire::text(part, "valueDateTime")?.parse().ok())?;
    Some(DueAnswer { due_at, words: words("words"), citation: words("citation") })
}

fn line(response: Value<'_>, item: Value<'_>, notes: &[(i64, String)]) -> Option<LineAnswer> {
    let sequence = u32::try_from(item.get("itemSequence")?.as_i64()?).ok()?;
    let review = wire::list(item, "adjudication").find_map(|adjudication| wire::extension(adjudication, url::REVIEW_ACTION));
    let coded = |extension: Value<'_>| wire::coding(extension.get("valueCodeableConcept")?, &[]).map(|code| code.code);
    let period = wire::extension(item, url::PRE_AUTH_PERIOD)
        .and_then(|extension| extension.get("valuePeriod"))
        .map(wire::period)
        .and_then(|(from, to)| from.zip(to));
    let numbers: Vec<i64> = wire::list(item, "noteNumber").filter_map(|number| number.as_i64()).collect();
    let added = wire::list(response, "addItem")
        .find(|added| wire::list(*added, "itemSequence").any(|found| found.as_i64() == Some(i64::from(sequence))));
    let instead = added.and_then(|added| wire::coding(added.get("productOrService")?, &[])).map(|code| code.code);
    Some(LineAnswer {
        sequence,
        action: review.and_then(|review| coded(wire::extension(review, url::REVIEW_ACTION_CODE)?)).unwrap_or_default(),
        number: review.and_then(|review| wire::owned(wire::extension(review, "number")?, "valueString")),
        reasons: review.into_iter().flat_map(|review| wire::extensions(review, "reasonCode")).filter_map(coded).collect(),
        period,
        missing: wire::extensions(item, url::MISSING).filter_map(|fact| wire::owned(fact, "valueString")).collect(),
        notes: notes.iter().filter(|(number, _)| numbers.contains(number)).map(|(_, text)| text.clone()).collect(),
        instead,
    })
}
