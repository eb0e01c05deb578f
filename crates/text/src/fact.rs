//! What reading gives: facts, each with the characters it rests on.

use crate::span::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One thing a text says, and where.
///
/// `span.of(text)` is the surface; nothing in a fact repeats the text itself, so a fact alone shows no one's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What kind of thing.
    pub kind: Kind,
    /// The words that name it (the concept, not its value).
    pub span: Span,
    /// Everything the fact rests on: name, value, cue, date.
    pub extent: Span,
    /// The concept's codes, the best first; empty when the lexicon knows none.
    pub codes: Vec<Coding>,
    /// The concept's name in the lexicon.
    pub name: String,
    /// How it is asserted.
    pub axes: Axes,
    /// The cues that decided the axes, with their place.
    pub cues: Vec<Cue>,
    /// A number with its unit: a laboratory value, a vital sign, a score, a size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Measured>,
    /// When it was, began, or how long it lasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// For a medication: how it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sig: Option<Sig>,
    /// For a treatment: what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub therapy: Option<Therapy>,
    /// Side of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<(Side, Span)>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<(Severity, Span)>,
    /// The section it stands in.
    pub section: Section,
    /// Index of its sentence in [`crate::Reading::sentences`].
    pub sentence: u32,
    /// Page, from 1; 1 when the document has no pages.
    pub page: u32,
    /// Quality of the text under it in per cent: 100 for text that was never an image, else what the OCR said of the words it rests on.
    pub quality: u8,
    /// The lexicon matched a word that differs by one character (only in OCR text).
    pub fuzzy: bool,
}

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A disease or diagnosis.
    Problem,
    /// A symptom or sign.
    Finding,
    /// A medication, by ingredient, brand or class.
    Medication,
    /// A procedure, therapy, operation, imaging study.
    Procedure,
    /// A device or supply.
    Device,
    /// A laboratory analyte, vital sign, score or other thing with a value.
    Measurement,
    /// Anything else the lexicon names (an allergy's substance, a social circumstance).
    Other,
}

/// A code of the concept. Systems are the FHIR URLs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coding {
    /// FHIR system URL.
    pub system: String,
    /// The code.
    pub code: String,
}

/// How something is asserted. The default is said plainly of the patient, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Axes {
    /// "denies", "no evidence of".
    pub negated: bool,
    /// "possible", "rule out", "suspected".
    pub uncertain: bool,
    /// "if", "return for", "should she develop".
    pub hypothetical: bool,
    /// "history of", past medical history.
    pub historical: bool,
    /// Somebody else's: family history.
    pub family: bool,
    /// Said of a condition on something else ("on exertion", "when supine").
    pub conditional: bool,
}

impl Axes {
    /// Said plainly of the patient: it may count as present (now or in the past).
    #[must_use]
    pub fn affirmed(self) -> bool {
        !(self.negated || self.uncertain || self.hypothetical || self.family)
    }
}

/// One of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// See [`Axes::negated`].
    Negated,
    /// See [`Axes::uncertain`].
    Uncertain,
    /// See [`Axes::hypothetical`].
    Hypothetical,
    /// See [`Axes::historical`].
    Historical,
    /// See [`Axes::family`].
    Family,
    /// See [`Axes::conditional`].
    Conditional,
}

/// Why an axis is set: the words that did it, or the heading of the section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cue {
    /// Which axis.
    pub axis: Axis,
    /// The words.
    pub span: Span,
}

/// How a value compares: `>= 7` is a bound, `7` a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
    /// `~`, "about"
    #[serde(rename = "~")]
    About,
}

/// A number as written. A range has both ends; a single value has `low == high`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Measured {
    /// Lower end, exact.
    pub low: Decimal,
    /// Upper end, exact.
    pub high: Decimal,
    /// A bound rather than a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<Comparator>,
    /// UCUM unit; `None` when none is written and the variable implies none.
    pub unit: Option<String>,
    /// The unit was not written: the variable implies it (BMI, LVEF).
    pub unit_implied: bool,
    /// The number with its unit.
    pub span: Span,
}

/// A length of time as written: ISO 8601 (`P6W`), so that weeks stay weeks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Duration {
    /// ISO 8601.
    pub iso: String,
    /// "at least", "more than", "about".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<Comparator>,
    /// The words.
    pub span: Span,
}

/// When. Dates are inclusive bounds at the precision written: "March 2025" is the first to the last day of March.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct When {
    /// The earliest day it can mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The latest day it can mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// How often ("twice weekly", "every 3 months"), ISO 8601 repeating (`R2/P1W`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<String>,
    /// It began then and goes on ("since March").
    #[serde(default)]
    pub ongoing: bool,
    /// The words; `None` when the date is that of the section or the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// How a medication is taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Sig {
    /// 20 mg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<Measured>,
    /// Oral, subcutaneous: our own short English word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<(String, Span)>,
    /// Times a day or every so often: ISO 8601 repeating (`R2/P1D`), `PRN` appended when as needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<(String, Span)>,
}

/// What came of a treatment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Therapy {
    /// The outcome.
    pub outcome: Outcome,
    /// The words that say it.
    pub span: Span,
    /// For how long it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// The reason given, when it names one (a side effect).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Span>,
}

/// The outcome of a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was given; nothing is said of what came of it.
    Tried,
    /// No or not enough response.
    Failed,
    /// Stopped because it was not tolerated.
    Intolerant,
    /// Must not be given.
    Contraindicated,
    /// It worked.
    Effective,
    /// It was offered and refused.
    Declined,
    /// It goes on.
    Ongoing,
    /// Never given.
    NotTried,
}

/// Side of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Both.
    Bilateral,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Severe.
    Severe,
}

/// Section of a clinical document, by what its statements mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// No heading seen.
    #[default]
    None,
    /// Chief complaint.
    Complaint,
    /// History of present illness.
    PresentIllness,
    /// Past medical or surgical history.
    PastHistory,
    /// Family history.
    FamilyHistory,
    /// Social history.
    SocialHistory,
    /// Allergies.
    Allergies,
    /// Medications.
    Medications,
    /// Review of systems.
    ReviewOfSystems,
    /// Physical examination, vital signs.
    Examination,
    /// Laboratory and other results.
    Results,
    /// Imaging.
    Imaging,
    /// Procedures, operative course.
    Procedures,
    /// Hospital course.
    Course,
    /// Assessment, impression, diagnoses.
    Assessment,
    /// Plan, recommendations.
    Plan,
    /// Instructions to the patient, return precautions.
    Instructions,
    /// Any other heading.
    Other,
}
