//! What the shell gives to an answer.

use base::Timestamp;
use case::Case;

/// The receipt of the ledger for the event an answer rests on.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// The tlog-proof text.
    pub proof: &'a str,
    /// Version of the event in the case's history whose commitment the proof shows.
    pub event: u64,
}

/// The person behind an approval; for adverse lines the attestation in the case is used.
#[derive(Debug, Clone, Copy)]
pub struct Reviewer<'a> {
    /// National Provider Identifier, if held.
    pub npi: Option<&'a str>,
    /// Specialty in words.
    pub specialty: Option<&'a str>,
}

/// Everything an answer needs and the case does not know.
#[derive(Debug, Clone, Copy)]
pub struct ResponseContext<'a> {
    /// Logical id of the ClaimResponse, new for every answer (1 to 48 of `A-Z a-z 0-9 - .`), e.g. case id and version.
    pub id: &'a str,
    /// When the answer is made.
    pub now: Timestamp,
    /// Base URL of this server and PAS version, no slash at its end.
    pub base_url: &'a str,
    /// The ledger's receipt; goes on every ClaimResponse that has one.
    pub receipt: Option<Receipt<'a>>,
    /// Who approved, when a person did.
    pub reviewer: Option<Reviewer<'a>>,
}

/// One authorization found by an inquiry.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    /// The current state of the case.
    pub case: &'a Case,
    /// The latest request Bundle of the case, as received; `None` when it came as a fax, by phone or as X12.
    pub request: Option<&'a json::Document>,
    /// Logical id of its ClaimResponse, different for each match.
    pub id: &'a str,
    /// The ledger's receipt.
    pub receipt: Option<Receipt<'a>>,
    /// Who approved, when a person did.
    pub reviewer: Option<Reviewer<'a>>,
}

/// What an inquiry's answer needs beside its matches.
#[derive(Debug, Clone, Copy)]
pub struct InquiryContext<'a> {
    /// Logical id of this answer.
    pub id: &'a str,
    /// When the answer is made.
    pub now: Timestamp,
    /// Base URL of this server and PAS version, no slash at its end.
    pub base_url: &'a str,
    /// Authorizations were found and withheld: how the inquirer can learn more, e.g. by telephone (PAS spec-50). No PHI.
    pub withheld: Option<&'a str>,
}
