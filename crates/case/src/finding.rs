//! What the criteria said about a line: met, not met or unknown for every criterion, with evidence.
//!
//! `criteria` makes these; the case records them; the workbench, the response and the replay read them.
//! The serialised bytes of [`Findings`] are what `avedis replay` compares.

use base::{Date, Hash};
use serde::{Deserialize, Serialize};

/// Three-valued truth. Unknown is never false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// The record proves it.
    Met,
    /// The record proves the opposite.
    NotMet,
    /// The record proves neither.
    Unknown,
}

/// All findings for one line under one policy version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The line (`Claim.item.sequence`).
    pub line: u32,
    /// The policy in force on the date of service.
    pub policy: PolicyRef,
    /// The date of service the version was chosen by; the receipt date when the request names none.
    pub date_of_service: Date,
    /// Version of the engine that evaluated.
    pub engine: String,
    /// Truth of the root: may this line be approved by criteria?
    pub root: Truth,
    /// Every criterion, parents before children, in the policy's order.
    pub criteria: Vec<Finding>,
    /// The smallest sets of facts that would make the root met, best first; empty when met or when none exists.
    pub missing: Vec<MissingSet>,
    /// What was read of the documents; none when there were none, or the policy does not let text count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

impl Findings {
    /// Documents that could not be read.
    pub fn unread(&self) -> impl Iterator<Item = (&ReadDocument, &Unread)> {
        let documents = self.reading.iter().flat_map(|reading| &reading.documents);
        documents.filter_map(|document| Some((document, document.unread.as_ref()?)))
    }

    /// Criteria on which a document and the rest of the record contradict each other.
    pub fn contradictions(&self) -> impl Iterator<Item = &Finding> {
        self.criteria.iter().filter(|finding| finding.text.as_ref().is_some_and(|text| text.standing == Standing::Contradicts))
    }
}

/// What was read for findings, and with which words of medicine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// SHA-256 of the lexicon, hexadecimal.
    pub lexicon: String,
    /// Hash of the FHIR Bundle made of the texts; the store keeps it beside the case.
    pub bundle: Hash,
    /// Every document of the record, in order.
    pub documents: Vec<ReadDocument>,
}

/// A document of the record that was read, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// SHA-256 of its bytes.
    pub document: Hash,
    /// Media type as sent.
    pub media_type: String,
    /// Hashes of what was opened, one for each document within the bytes; the store keeps them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Hash>,
    /// Why it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The fault's code.
    pub code: String,
    /// In words, with what to do next. It names nobody.
    pub reason: String,
}

/// A policy version, pinned by content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PolicyRef {
    /// Folder name, e.g. `ncd-240.2-home-oxygen`.
    pub id: String,
    /// Version as in `policy.toml`.
    pub version: String,
    /// Hash over the policy's files.
    pub hash: Hash,
    /// Public source, e.g. `NCD 240.2; LCD L33797`.
    pub source: String,
    /// A named clinician has signed it for automatic approval.
    pub signed: bool,
}

/// The answer to one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Criterion id within the policy, e.g. `group1.a`.
    pub id: String,
    /// The parent criterion's id; `None` for the root.
    pub parent: Option<String>,
    /// Title in plain words (our own words, with the policy's section as citation).
    pub title: String,
    /// Where the source says so.
    pub citation: String,
    /// Met, not met or unknown.
    pub truth: Truth,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What documents say of it, where they say anything that the rest of the record does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<FromText>,
}

/// What documents say of a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromText {
    /// The truth with the documents; unknown where what they say settles nothing.
    pub says: Truth,
    /// What that counts for.
    pub standing: Standing,
    /// The words, where they are not the finding's own evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What the words of a document count for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The policy lets them prove the criterion: its truth and evidence are theirs.
    Satisfies,
    /// They are shown to a person and prove nothing.
    Suggests,
    /// They and the rest of the record cannot both be true: the criterion is unknown until a person has looked.
    Contradicts,
}

/// Something in the record an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The resource: its full URL in the request, or `Type/id`.
    pub resource: String,
    /// Elements used, as FHIRPath below the resource (`value`, `effective`).
    pub elements: Vec<String>,
    /// What it says, short, for a reviewer (`O2 saturation 87 % on 2026-11-02`). Protected.
    pub says: base::Phi<String>,
    /// Where it stands, of a resource that was read in a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
}

/// Words of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// SHA-256 of the document's bytes.
    pub document: Hash,
    /// Which of several documents within them, from 0.
    pub part: u32,
    /// Page, from 1.
    pub page: u32,
    /// First byte in the document's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Quality of the text under the words in per cent; 100 for text that was never an image.
    pub quality: u8,
    /// The words. Protected.
    pub words: base::Phi<String>,
}

/// One way to make the root met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingSet {
    /// The criteria that would have to be met, by id.
    pub criteria: Vec<String>,
    /// What to send, in plain words, one for each criterion.
    pub asks: Vec<String>,
}
