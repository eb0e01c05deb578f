//! FHIR R4 as written: lossless resources, typed views, faults, OperationOutcome.
//!
//! The body of a request is parsed once by [`json`]; this crate reads it as FHIR without copying it
//! into structs. What the sender wrote stays byte for byte available ([`Resource::raw`]), also members
//! nobody here knows.
//!
//! * [`Resource`], [`Bundle`]: any resource, entries, and references followed as R4 says.
//! * [`Claim`], [`Patient`], [`Coverage`], … : borrowed views that prior authorization needs. A view
//!   never fails; it gives `None` for what is absent or malformed.
//! * [`Date`], [`DateTime`]: partial dates that keep the precision as written; decimals are exact.
//! * [`shape`]: is it shaped like R4? Every fault at once, with its FHIRPath.
//! * [`pas`]: the rules of a PAS request Bundle (2.0.1 and 2.2.1), on top of the shape.
//! * [`Issue`], [`OperationOutcome`]: faults as FHIR tells them.
//!
//! # What it deliberately does not know
//! Profiles, slices, FHIRPath invariants and terminology (closed code lists of R4 excepted); versions
//! of FHIR other than R4; XML; HTTP; what a Claim means for a case (`exchange` knows).
//! An omitted optional element is never a fault here.
//!
//! # Example
//! ```
//! use fhir::pas::{read, Operation, Rules, Version};
//!
//! let body = br#"{
//!   "resourceType": "Bundle", "type": "collection", "timestamp": "2026-01-05T09:00:00Z",
//!   "identifier": {"system": "urn:example", "value": "1"},
//!   "entry": [
//!     {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": {
//!       "resourceType": "Claim", "status": "active", "use": "preauthorization", "created": "2026-01-05",
//!       "type": {"coding": [{"code": "professional"}]}, "priority": {"coding": [{"code": "normal"}]},
//!       "patient": {"reference": "Patient/p"}, "insurer": {"reference": "Organization/i"},
//!       "provider": {"reference": "Organization/i"},
//!       "insurance": [{"sequence": 1, "focal": true, "coverage": {"reference": "Coverage/c"}}],
//!       "item": [{"sequence": 1, "productOrService": {"coding": [
//!         {"system": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": "E1390"}]},
//!         "quantity": {"value": 1.50}}]}},
//!     {"fullUrl": "http://example.org/Patient/p", "resource": {"resourceType": "Patient", "id": "p", "birthDate": "1950"}},
//!     {"fullUrl": "http://example.org/Organization/i", "resource": {"resourceType": "Organization", "id": "i"}},
//!     {"fullUrl": "http://example.org/Coverage/c", "resource": {"resourceType": "Coverage", "id": "c", "status": "active",
//!       "beneficiary": {"reference": "Patient/p"}, "payor": [{"reference": "Organization/i"}]}}
//!   ]
//! }"#;
//! let document = json::Document::parse(body.to_vec(), &json::Limits::default()).unwrap();
//! let report = read(&document, &Rules::new(Version::V2_2_1, Operation::Submit));
//! assert!(report.is_accepted(), "{:?}", report.issues);
//! let request = report.request.unwrap();
//! let item = request.claim().items().next().unwrap();
//! assert_eq!(item.product_or_service().unwrap().code_in(base::system::HCPCS).as_deref(), Some("E1390"));
//! assert_eq!(item.quantity().unwrap().amount_text(), Some("1.50"));
//! let born = request.patient().unwrap().birth_date().unwrap();
//! assert_eq!(born.expose().precision(), fhir::Precision::Year);
//! assert_eq!(format!("{born:?}"), "[phi]");
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bundle;
mod claim;
mod clinical;
mod issue;
mod parameters;
pub mod pas;
mod primitive;
mod resource;
mod schema;
pub mod shape;
mod types;
mod view;

pub use bundle::{Bundle, Entry, Resolution};
pub use claim::{CareTeamMember, Claim, ClaimDiagnosis, ClaimProcedure, Insurance, Item, Related, SupportingInfo};
pub use clinical::{
    Answer, Coverage, CoverageClass, DeviceParameter, DeviceRequest, DocumentContent, DocumentReference, Organization, Patient,
    Practitioner, PractitionerRole, Qualification, QuestionnaireResponse, ResponseItem, ServiceRequest,
};
pub use issue::{DETAILS_SYSTEM, Issue, IssueType, OperationOutcome, Severity};
pub use parameters::{Parameter, Parameters};
pub use primitive::{
    ClockTime, Date, DateTime, Error as PrimitiveError, Precision, Primitive, base64_decode, is_base64, is_code, is_id, is_oid,
    is_time, is_uri, is_uuid,
};
pub use resource::Resource;
pub use types::{
    Address, Attachment, CodeableConcept, Coding, ContactPoint, Extension, HumanName, Identifier, Money, Period, Quantity, Range,
    Ratio, Reference, When,
};
pub use view::{ResourceView, View};
