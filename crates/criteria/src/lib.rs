//! Asks a policy about a person's record: met, not met or unknown for every criterion, with evidence, and the
//! smallest set of facts that would make the answer met.
//!
//! What it is for: the step between a request that was read and a case that may be approved by criteria. It loads the
//! policy library (`policies/`: metadata, CQL, questionnaire, worked cases), reports every fault of it at once, chooses the
//! version in force on the date of service, evaluates it, and finds what is missing.
//!
//! What it deliberately does not know: the case and its events (it makes [`case::Findings`], it decides nothing), storage,
//! HTTP, the clock. It can say "not met", and it has no word for "deny".
//!
//! ```
//! use criteria::{Library, LineFacts, Record, Selection, Signatures, evaluate};
//! use base::{Code, LineOfBusiness, system};
//! use case::request::Certification;
//!
//! let library = Library::builtin().map_err(|faults| format!("{faults:#?}"))?;
//! let facts = LineFacts {
//!     sequence: 1,
//!     code: Code::new(system::HCPCS, "E1390"),
//!     quantity: None,
//!     certification: Certification::Initial,
//!     date_of_service: "2026-11-20".parse()?,
//!     service_to: None,
//!     received_on: "2026-11-21".parse()?,
//!     as_of: "2026-11-21".parse()?,
//!     line_of_business: LineOfBusiness::MedicareAdvantage,
//! };
//! let policy = library.policy_for(&facts.selection()).ok_or("no policy answers")?;
//! let request = json::Document::parse(br#"{"resourceType": "Bundle"}"#.to_vec(), &json::Limits::default()).map_err(|_| "not JSON")?;
//! let record = Record::of(&[request]);
//! let findings = evaluate(policy, &record, &facts, "2026-11-21T12:00:00Z".parse()?, &Signatures::none())?;
//! // An empty record proves nothing, neither way; what to send is known.
//! assert_eq!(findings.root, case::Truth::Unknown);
//! assert!(!findings.missing.is_empty());
//! assert!(!findings.policy.signed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod artifact;
mod assemble;
mod disk;
pub mod evaluate;
pub mod fault;
pub mod formula;
pub mod library;
pub mod line;
mod logic;
mod manifest;
pub mod missing;
pub mod policy;
pub mod record;
mod says;
pub mod signature;
pub mod weigh;
mod words;
pub mod worked;

pub use evaluate::{NotInScope, evaluate};
pub use fault::{Fault, FaultCode};
pub use formula::Formula;
pub use library::Library;
pub use line::LineFacts;
pub use logic::ENGINE;
pub use policy::{Criterion, Kind, Limit, Meta, Policy, Scope, Selection, Signature, TextRule, Trust};
pub use record::Record;
pub use signature::Signatures;
pub use weigh::{FromDocuments, evaluate_with};
pub use worked::{Report, check_cases};
