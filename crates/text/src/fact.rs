//! What reading gives: facts, each with the characters it rests on.

use crate::detail::{Measured, Severity, Side, Sig, Therapy, When};
use crate::span::Span;
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
    /// Everything the fact rests on: the name and its cues.
    pub extent: Span,
    /// The concept's codes, the best first; empty when the lexicon knows none.
    pub codes: Vec<Coding>,
    /// The concept's name in the lexicon.
    pub name: String,
    /// How it is asserted.
    pub axes: Axes,
    /// The cues that decided the axes, with their place.
    pub cues: Vec<Cue>,
    /// The section it stands in.
    pub section: Section,
    /// Index of its sentence in [`crate::Reading::sentences`].
    pub sentence: u32,
    /// Page, from 1; 1 when the document has no pages.
    pub page: u32,
    /// Quality of the text under it in per cent: 100 for text that was never an image, else what the OCR said of the words it rests on.
    pub quality: u8,
    /// Its value, of a measurement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Measured>,
    /// When it was, how long, how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// How it is taken, of a medication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sig: Option<Sig>,
    /// How it went, of a medication or procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub therapy: Option<Therapy>,
    /// Side of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The name matched with one wrong character, which happens on OCR text only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fuzzy: bool,
}

impl Fact {
    /// A thing of a kind named by some words, said plainly, of which nothing else is known yet.
    #[must_use]
    pub fn plain(kind: Kind, span: Span) -> Fact {
        Fact {
            kind,
            span,
            extent: span,
            codes: Vec::new(),
            name: String::new(),
            axes: Axes::default(),
            cues: Vec::new(),
            section: Section::None,
            sentence: 0,
            page: 1,
            quality: 100,
            value: None,
            when: None,
            sig: None,
            therapy: None,
            side: None,
            severity: None,
            fuzzy: false,
        }
    }
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
