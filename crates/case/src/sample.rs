//! A fictional request, for documentation and tests. Names and numbers are invented.

use crate::event::Approval;
use crate::finding::{Evidence, Finding, Findings, MissingSet, PolicyRef, Truth};
use crate::request::{
    Certification, Channel, Cover, DocumentRef, Drug, Line, Member, Provider, Receipt, Request, Timing, Urgency,
};
use base::{Code, Date, Decimal, Hash, Identifier, LineOfBusiness, NonEmpty, Phi, Quantity, Timestamp, system};
use std::collections::BTreeSet;

/// A document by its content.
#[must_use]
pub fn document(content: &str) -> DocumentRef {
    DocumentRef {
        hash: Hash::of(content.as_bytes()),
        media_type: "application/fhir+json".to_owned(),
        bytes: content.len() as u64,
    }
}

/// A line for a service, one unit, no days of service.
#[must_use]
pub fn line(sequence: u32, hcpcs: &str) -> Line {
    Line {
        sequence,
        service: Code::new(system::HCPCS, hcpcs),
        category: None,
        modifiers: Vec::new(),
        quantity: Some(Quantity { value: Decimal::ONE, unit: String::new() }),
        service_from: None,
        service_to: None,
        certification: Certification::Initial,
    }
}

/// A Medicare Advantage request for home oxygen, received at this moment by FHIR, its member matched.
#[must_use]
pub fn request(received_at: Timestamp) -> Request {
    let provider = |npi: &str, name: &str| Provider { npi: Some(npi.to_owned()), name: name.to_owned() };
    Request {
        identifiers: vec![Identifier { system: "https://office.example/claims".to_owned(), value: "C-1".to_owned() }],
        member: Member {
            member_id: Phi::new("M-1001".to_owned()),
            name: Phi::new("Ada Example".to_owned()),
            birth_date: Some(Phi::new(Date::constant(1950, 4, 1))),
            matched: Some(Phi::new("member-1001".to_owned())),
        },
        cover: Cover {
            line_of_business: LineOfBusiness::MedicareAdvantage,
            state: None,
            plan: "example-advantage".to_owned(),
            zone: "America/New_York".to_owned(),
        },
        requester: provider("1234567893", "Example Lung Clinic"),
        insurer: provider("1245319599", "Example Health Plan"),
        urgency: Urgency::Standard,
        drug: Drug::None,
        timing: Timing::Prospective,
        diagnoses: vec![Code::new(system::ICD10CM, "J44.9")],
        lines: NonEmpty::one(line(1, "E1390")),
        receipt: Receipt {
            received_at,
            recorded_at: received_at,
            channel: Channel::Fhir,
            evidence: None,
            representative_form_at: None,
        },
        record: document("request"),
        related: Vec::new(),
        circumstances: BTreeSet::new(),
    }
}

/// Findings for a line under a signed policy, with this truth at the root.
#[must_use]
pub fn findings(line: u32, root: Truth) -> Findings {
    let missing = MissingSet {
        criteria: vec!["saturation".to_owned()],
        asks: vec!["The oxygen saturation at rest, with its date".to_owned()],
    };
    Findings {
        line,
        policy: PolicyRef {
            id: "ncd-240.2-home-oxygen".to_owned(),
            version: "1.0.0".to_owned(),
            hash: Hash::of(b"policy"),
            source: "NCD 240.2".to_owned(),
            signed: true,
        },
        date_of_service: Date::constant(2026, 3, 2),
        engine: "cql 0.1.0".to_owned(),
        root,
        criteria: vec![Finding {
            id: "saturation".to_owned(),
            parent: None,
            title: "Oxygen saturation at or below 88 % at rest".to_owned(),
            citation: "NCD 240.2 section C".to_owned(),
            truth: root,
            evidence: vec![Evidence {
                resource: "Observation/1".to_owned(),
                elements: vec!["value".to_owned()],
                says: Phi::new("O2 saturation 87 % on 2026-02-27".to_owned()),
                quote: None,
            }],
            text: None,
        }],
        missing: if root == Truth::Met { Vec::new() } else { vec![missing] },
        reading: None,
    }
}

/// A year's approval of a line, from 2026-03-02.
#[must_use]
pub fn approval(line: u32) -> Approval {
    Approval { line, from: Date::constant(2026, 3, 2), to: Date::constant(2027, 3, 1), quantity: None }
}
