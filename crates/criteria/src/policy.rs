//! A policy as it stands in force: scopes, criteria and their logic. Made only by the loader, never changed.

use base::{Date, Hash, LineOfBusiness};
use case::request::Certification;
use serde::{Deserialize, Serialize};

use crate::logic::Logic;

/// One policy: one folder of the library with every scope it answers for.
#[derive(Debug)]
pub struct Policy {
    pub(crate) id: String,
    pub(crate) hash: Hash,
    pub(crate) meta: Meta,
    pub(crate) criteria: Vec<Criterion>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) questionnaire: String,
    pub(crate) logic: Logic,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) signature: Option<Signature>,
    pub(crate) text: TextRule,
}

/// How far a policy trusts what was read in documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextRule {
    /// What words may do.
    pub trust: Trust,
    /// The lowest quality of text, in per cent, that may do more than suggest.
    pub least_quality: u8,
    /// The words that answer items of the questionnaire.
    pub statements: Vec<evidence::Statement>,
}

/// What the words of a document may do for a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Nothing: documents are not read for it.
    #[default]
    None,
    /// They are shown to a person.
    Suggest,
    /// They may prove it where the rest of the record says nothing.
    Satisfy,
}

impl Policy {
    /// How far it trusts what was read in documents.
    #[must_use]
    pub fn text(&self) -> &TextRule {
        &self.text
    }

    /// Does it let documents count for anything?
    #[must_use]
    pub fn reads(&self) -> bool {
        self.text.trust != Trust::None || self.criteria.iter().any(|one| one.trust.is_some_and(|trust| trust != Trust::None))
    }

    /// Folder name, e.g. `ncd-240.2-home-oxygen`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 over the policy's files and the shared libraries they include, worked cases excepted.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Where the policy comes from and how far it was verified.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Every scope: which codes, kinds of certification and dates it answers for, and with which root.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Every criterion of every scope, in the order of `policy.toml`.
    #[must_use]
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// Usual maximum quantities.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The FHIR Questionnaire (JSON text) that asks what a record may lack.
    #[must_use]
    pub fn questionnaire(&self) -> &str {
        &self.questionnaire
    }

    /// The signature that stands in the policy's own folder; empty in the library as shipped.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The scope that answers for this selection, if any. At most one does: the loader refuses overlaps.
    #[must_use]
    pub fn scope_for(&self, selection: &Selection<'_>) -> Option<&Scope> {
        self.scopes.iter().find(|scope| scope.covers(selection))
    }

    /// The quantity limits for a code: one, or one for each condition it depends on.
    pub fn limits_for<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Limit> {
        self.limits.iter().filter(move |limit| limit.code == code)
    }
}

/// Source, jurisdiction and verification of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Title in our own words.
    pub title: String,
    /// Public sources by id, e.g. `NCD 240.2`, `LCD L33797`.
    pub sources: Vec<String>,
    /// The day the source was read.
    pub retrieved: Date,
    /// `national`, or the contractors it binds.
    pub jurisdiction: String,
    /// Benefit category, e.g. `durable-medical-equipment`.
    pub benefit: String,
    /// How far logic and numbers were verified: `V-rule`, `V-num` or `K` (see `policies/README.md`).
    pub verification: String,
    /// What of it is knowledge still to be re-read in the source.
    pub to_verify: Vec<String>,
}

/// What a scope answers for, and with which root criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Name within the policy, e.g. `stationary`.
    pub name: String,
    /// Title in plain words.
    pub title: String,
    /// Version of the source it encodes.
    pub version: String,
    /// First date of service it answers for.
    pub effective_from: Date,
    /// Last date of service it answers for; `None` while in force.
    pub effective_to: Option<Date>,
    /// HCPCS Level II codes.
    pub codes: Vec<String>,
    /// Kinds of certification.
    pub certifications: Vec<Certification>,
    /// Lines of business.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// Days an approval lasts when the request names no end.
    pub authorization_days: u32,
    /// Units an approval grants when the request names none.
    pub default_quantity: u32,
    /// Codes to suggest instead when this scope can never be met; empty otherwise.
    pub suggest: Vec<String>,
    /// Position of the root in [`Policy::criteria`].
    #[serde(skip)]
    pub(crate) root: usize,
    /// Every criterion of the scope, parents before children, with its parent within the scope.
    #[serde(skip)]
    pub(crate) tree: Vec<Node>,
    /// What is asked of the logic, in the order of the tree.
    #[serde(skip)]
    pub(crate) questions: Vec<crate::logic::Question>,
    /// The boolean skeleton over the leaves of the tree.
    #[serde(skip)]
    pub(crate) formula: crate::formula::Formula,
}

/// A criterion's place in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub criterion: usize,
    pub parent: Option<usize>,
}

impl Scope {
    /// The boolean skeleton over the scope's leaves. An atom is a position in [`Policy::criteria`].
    #[must_use]
    pub fn formula(&self) -> &crate::formula::Formula {
        &self.formula
    }

    /// Does it answer for this selection?
    #[must_use]
    pub fn covers(&self, selection: &Selection<'_>) -> bool {
        self.in_force_on(selection.date_of_service)
            && self.certifications.contains(&selection.certification)
            && self.lines_of_business.contains(&selection.line_of_business)
            && self.codes.iter().any(|code| code == selection.code)
    }

    /// Is this version in force on that day?
    #[must_use]
    pub fn in_force_on(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_to.is_none_or(|last| day <= last)
    }

    /// Do two scopes answer for a common code, day, line of business and certification?
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let days = self.effective_to.is_none_or(|last| other.effective_from <= last)
            && other.effective_to.is_none_or(|last| self.effective_from <= last);
        days && self.codes.iter().any(|code| other.codes.contains(code))
            && self.certifications.iter().any(|kind| other.certifications.contains(kind))
            && self.lines_of_business.iter().any(|line| other.lines_of_business.contains(line))
    }
}

/// One criterion: a leaf that the record settles, or a group of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// Id within the policy, e.g. `group1.rest`.
    pub id: String,
    /// Title in our own words.
    pub title: String,
    /// Where the source says so.
    pub citation: String,
    /// How it is settled.
    pub kind: Kind,
    /// The CQL definition that answers it.
    pub define: String,
    /// What to send when it is unknown, in plain words.
    pub ask: String,
    /// What to send when its opposite is needed; empty when the policy never negates it.
    pub ask_not: String,
    /// What it costs the requester to obtain, in relative units (1 = look it up, 10 = a new test).
    pub cost: u32,
    /// Questionnaire items that state it: their answers are its evidence.
    pub items: Vec<String>,
    /// CQL definitions whose resources are its evidence.
    pub evidence: Vec<String>,
    /// What the words of a document may do for it, when that differs from the policy's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// The lowest quality of text that may do more than suggest, when that differs from the policy's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_quality: Option<u8>,
}

/// How a criterion is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Measurable from structured data.
    #[serde(rename = "M")]
    Measured,
    /// Stated in the record.
    #[serde(rename = "R")]
    Recorded,
    /// Clinical judgement: counts only when a named clinician states it.
    #[serde(rename = "J")]
    Judged,
    /// A group of other criteria.
    #[serde(rename = "G")]
    Group,
}

/// Usual maximum of a supply: `units` in every `months`, or part of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// HCPCS Level II code.
    pub code: String,
    /// Units allowed in one period.
    pub units: u32,
    /// Length of the period in months.
    pub months: u32,
    /// The CQL parameter (`Decimal`) through which the logic reads the most units.
    #[serde(default = "usual_maximum")]
    pub parameter: String,
    /// When it applies, in plain words; empty when always.
    #[serde(default)]
    pub when: String,
}

fn usual_maximum() -> String {
    "UsualMaximum".to_owned()
}

impl Limit {
    /// The most units for a supply of this many months: `units * ceil(months / period)`.
    ///
    /// ```
    /// let tubing = criteria::Limit { code: "A7037".into(), units: 1, months: 3, parameter: "UsualMaximum".into(), when: String::new() };
    /// assert_eq!((tubing.most(1), tubing.most(3), tubing.most(4)), (1, 1, 2));
    /// ```
    #[must_use]
    pub fn most(&self, supply_months: u32) -> u64 {
        u64::from(self.units) * u64::from(supply_months.div_ceil(self.months.max(1)))
    }
}

/// What chooses a policy version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection<'a> {
    /// HCPCS Level II code of the line.
    pub code: &'a str,
    /// The date of service: the version in force on that day answers, not today's.
    pub date_of_service: Date,
    /// The member's line of business.
    pub line_of_business: LineOfBusiness,
    /// Initial, renewal, ...
    pub certification: Certification,
}

/// A clinician's signature under one policy version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Who signed.
    pub name: String,
    /// Licence and specialty.
    pub credentials: String,
    /// When.
    pub date: Date,
    /// Hash of the policy signed.
    pub hash: Hash,
}
