//! What a text mentions and what is no evidence all the same.

use base::{Hash, Phi};
use serde::{Deserialize, Serialize};
use text::{Axes, Span};

/// Something mentioned that is no evidence, neither way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// SHA-256 of the document.
    pub document: Hash,
    /// Which of several documents within its bytes.
    pub part: u32,
    /// Page, from 1.
    pub page: u32,
    /// Where.
    pub span: Span,
    /// The words.
    pub words: Phi<String>,
    /// Why it is no evidence.
    pub why: Why,
}

/// Why something mentioned is no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Only possible, suspected, to be ruled out.
    Uncertain,
    /// Only thought of: "if", "should she develop", an instruction.
    Hypothetical,
    /// Somebody else's.
    Family,
    /// About so much: no value a threshold can be held against.
    Approximate,
    /// Not begun.
    Planned,
    /// Only named: the words do not say that it is taken or used.
    Named,
    /// The sentence speaks to whoever or whatever decides, not of the patient.
    Addressed,
}

impl Why {
    /// In words for a page.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Uncertain => "said as possible only",
            Self::Hypothetical => "said as a condition or an instruction only",
            Self::Family => "said of a relative",
            Self::Approximate => "no exact value",
            Self::Planned => "planned only",
            Self::Named => "named only",
            Self::Addressed => "speaks to the reader, not of the patient",
        }
    }

    /// The reason that lies in how something is asserted.
    pub(crate) const fn of(axes: Axes) -> Option<Self> {
        match axes {
            Axes { family: true, .. } => Some(Self::Family),
            Axes { hypothetical: true, .. } => Some(Self::Hypothetical),
            Axes { uncertain: true, .. } => Some(Self::Uncertain),
            _ => None,
        }
    }
}

/// Words of sentences that try to steer a reader. They are matched in lower case; a sentence that holds one is quoted at most.
const STEERING: [&str; 14] = [
    "previous instructions",
    "prior instructions",
    "above instructions",
    "system prompt",
    "language model",
    "as an ai",
    "ai reviewer",
    "ai assistant",
    "dear reviewer",
    "approve this request",
    "approve this case",
    "approve immediately",
    "mark as met",
    "all criteria are met",
];

/// Does a sentence speak to whoever decides?
pub fn addressed(sentence: &str) -> bool {
    let lower = sentence.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    STEERING.iter().any(|words| lower.contains(words))
}
