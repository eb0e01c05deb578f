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
}

/// One way to make the root met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingSet {
    /// The criteria that would have to be met, by id.
    pub criteria: Vec<String>,
    /// What to send, in plain words, one for each criterion.
    pub asks: Vec<String>,
}
