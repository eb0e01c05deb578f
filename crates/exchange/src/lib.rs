//! The only place where a wire format and a case meet: pure translation, both ways.
//!
//! Da Vinci PAS ([`pas`]) comes in as a Bundle and leaves as a [`case::Request`]; a [`case::Case`] leaves as a response Bundle.
//! [`capability`] writes the CapabilityStatement from the router's own table; [`outcome`] is the one table of error codes with
//! their HTTP status, OperationOutcome type and X12 reject reason.
//!
//! # What it promises
//! * A Bundle is refused with **every** fault at once, each with its FHIRPath; nobody is refused for leaving out what may be left
//!   out. What a person should look at comes as a [`pas::Doubt`].
//! * What an answer echoes is the sender's, byte for byte, under the same full URL; every line there ever was is answered.
//! * What is not decided is `A4`, whatever the reason. There is no path from a missing fact to a denial.
//! * Protected values never stand in an error, a remark or a `Debug` text.
//!
//! # What it deliberately does not know
//! Time, chance, storage, HTTP and the plan's directory: moments, ids and cover are arguments, and members are matched above.
//! It decides nothing. Descriptions of licensed code systems (CPT, X12) are not in it: codes pass through.
//!
//! # One request, there and back
//! ```
//! use exchange::pas::{self, Incoming, PasVersion, ReadContext, ResponseContext, Summary};
//!
//! let body = include_bytes!("../tests/fixtures/submit-oxygen.json");
//! let document = json::Document::parse(&body[..], &json::Limits::default()).unwrap();
//! let cover = case::request::Cover {
//!     line_of_business: base::LineOfBusiness::MedicareAdvantage,
//!     state: None,
//!     plan: "example-ma".to_owned(),
//!     zone: "America/New_York".to_owned(),
//! };
//! let now: base::Timestamp = "2026-11-21T15:00:00Z".parse().unwrap();
//! let incoming = pas::read(PasVersion::V2_2_1, &document, &ReadContext::now(now, body, cover)).unwrap();
//! let Incoming::Submit(new) = incoming else { panic!("not a new request") };
//! assert_eq!(new.request.lines.first().service.code, "E1390");
//! assert!(new.doubts.is_empty());
//!
//! // The workflow receives it; nothing is decided yet.
//! let received = serde_json::json!({"at": now, "by": {"actor": "client", "id": "ehr"}, "kind": "received",
//!     "request": new.request, "authorization": "PA-0001"});
//! let event = case::Event::from_bytes(&serde_json::to_vec(&received).unwrap()).unwrap();
//! let case = case::replay([&event]).unwrap();
//! let context = ResponseContext { id: "r-1", now, base_url: "https://payer.example/fhir", receipt: None, reviewer: None };
//! let answer = pas::respond(PasVersion::V2_2_1, &document, &case, &context);
//!
//! // The provider's side reads it.
//! let answer = json::Document::parse(answer, &json::Limits::default()).unwrap();
//! let summary = Summary::read(&answer);
//! assert_eq!(summary.answers[0].lines[0].action, "A4");
//! assert_eq!(summary.answers[0].lines[0].notes, ["Line 1 is pended: it was received and is being processed."]);
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod capability;
pub mod outcome;
pub mod pas;
mod wire;

pub use pas::PasVersion;
