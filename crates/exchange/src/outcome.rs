//! One table: error code -> HTTP status -> OperationOutcome issue type -> X12 reject reason and follow-up.
//!
//! PAS section "Errors": a malformed Bundle is a 4xx with **one** OperationOutcome; something temporary is a 5xx
//! **without** one; a business error is HTTP 200 with `ClaimResponse.error`; a clinical denial is none of these.
//!
//! The X12 columns hold codes only; the descriptions in [`Row::words`] are ours. X12 901 and 889 are code lists of
//! the Accredited Standards Committee: an installation with a licence checks its rows against them.
//!
//! ```
//! use exchange::outcome::Code;
//! let row = Code::AuthorizationNotFound.row();
//! assert_eq!((row.http_status, row.reject), (200, Some("AA")));
//! assert!(Code::Busy.row().issue.is_none(), "a temporary fault carries no OperationOutcome");
//! ```

use fhir::IssueType;

/// An error this platform can answer with. The spelling in [`Row::code`] is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each row of the table says what it means")]
pub enum Code {
    MalformedBody,
    InvalidBundle,
    BodyTooLarge,
    UnsupportedMediaType,
    NotAcceptable,
    MethodNotAllowed,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Internal,
    Busy,
    StorageFull,
    Unavailable,
    DataMissing,
    InputError,
    AccessRestricted,
    UnableNow,
    ProviderMissing,
    ProviderUnknown,
    ServiceDateMissing,
    MemberMissing,
    MemberNotFound,
    PatientIdMissing,
    InsurerMissing,
    AuthorizationNotFound,
    DiagnosisMissing,
    ServiceMissing,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The variant.
    pub id: Code,
    /// Stable spelling.
    pub code: &'static str,
    /// HTTP status. 200 for business errors: they travel inside a ClaimResponse.
    pub http_status: u16,
    /// FHIR issue type of the OperationOutcome; `None` where none is sent (5xx, PAS spec-39).
    pub issue: Option<IssueType>,
    /// X12 901 reject reason (AAA03).
    pub reject: Option<&'static str>,
    /// X12 889 follow-up action (AAA04): `C` correct and resubmit, `N` do not resubmit, `P` send the original again.
    pub follow_up: Option<&'static str>,
    /// In plain words.
    pub words: &'static str,
}

const fn http(id: Code, code: &'static str, http_status: u16, issue: IssueType, words: &'static str) -> Row {
    Row { id, code, http_status, issue: Some(issue), reject: None, follow_up: None, words }
}

const fn temporary(id: Code, code: &'static str, http_status: u16, words: &'static str) -> Row {
    Row { id, code, http_status, issue: None, reject: Some("42"), follow_up: Some("P"), words }
}

const fn business(
    id: Code,
    code: &'static str,
    reject: &'static str,
    follow_up: &'static str,
    issue: IssueType,
    words: &'static str,
) -> Row {
    Row { id, code, http_status: 200, issue: Some(issue), reject: Some(reject), follow_up: Some(follow_up), words }
}

/// The table, in the order of [`Code`].
pub const TABLE: [Row; 28] = [
    http(Code::MalformedBody, "malformed-body", 400, IssueType::Structure, "the body is not well-formed JSON"),
    http(Code::InvalidBundle, "invalid-bundle", 400, IssueType::Invalid, "the body is not the Bundle this operation takes"),
    http(Code::BodyTooLarge, "body-too-large", 413, IssueType::TooLong, "the body is larger than this server accepts"),
    http(Code::UnsupportedMediaType, "unsupported-media-type", 415, IssueType::NotSupported, "send application/fhir+json"),
    http(Code::NotAcceptable, "not-acceptable", 406, IssueType::NotSupported, "this server answers application/fhir+json"),
    http(Code::MethodNotAllowed, "method-not-allowed", 405, IssueType::NotSupported, "the method is not allowed here"),
    http(Code::Unauthenticated, "unauthenticated", 401, IssueType::Login, "a valid access token is required"),
    http(Code::Forbidden, "forbidden", 403, IssueType::Forbidden, "the client may not do this"),
    http(Code::NotFound, "not-found", 404, IssueType::NotFound, "there is nothing at this address"),
    http(Code::Conflict, "conflict", 409, IssueType::Conflict, "the record changed meanwhile; read it again"),
    Row {
        id: Code::Internal,
        code: "internal",
        http_status: 500,
        issue: None,
        reject: Some("42"),
        follow_up: Some("P"),
        words: "the server failed; nothing was decided",
    },
    temporary(Code::Busy, "busy", 503, "the server is busy; send it again"),
    temporary(Code::StorageFull, "storage-full", 503, "no new work can be stored now"),
    temporary(Code::Unavailable, "unavailable", 503, "a part of the server is unavailable; send it again"),
    business(Code::DataMissing, "data-missing", "15", "C", IssueType::BusinessRule, "required application data is missing"),
    business(Code::InputError, "input-error", "33", "C", IssueType::BusinessRule, "the request contradicts itself"),
    business(
        Code::AccessRestricted,
        "access-restricted",
        "41",
        "N",
        IssueType::Forbidden,
        "the inquirer may not see this authorization",
    ),
    business(Code::UnableNow, "unable-now", "42", "P", IssueType::Transient, "no answer is possible at this time"),
    business(
        Code::ProviderMissing,
        "provider-missing",
        "43",
        "C",
        IssueType::Required,
        "the provider's identifier is missing or not valid",
    ),
    business(Code::ProviderUnknown, "provider-unknown", "51", "C", IssueType::NotFound, "the provider is not on file"),
    business(
        Code::ServiceDateMissing,
        "service-date-missing",
        "57",
        "C",
        IssueType::Required,
        "the date of service is missing or not valid",
    ),
    business(
        Code::MemberMissing,
        "member-missing",
        "72",
        "C",
        IssueType::Required,
        "the member or subscriber id is missing or not valid",
    ),
    business(Code::MemberNotFound, "member-not-found", "75", "C", IssueType::NotFound, "no such member or subscriber"),
    business(
        Code::PatientIdMissing,
        "patient-id-missing",
        "64",
        "C",
        IssueType::Required,
        "the patient's id is missing or not valid",
    ),
    business(
        Code::InsurerMissing,
        "insurer-missing",
        "T4",
        "C",
        IssueType::Required,
        "the insurer's name or identifier is missing",
    ),
    business(Code::AuthorizationNotFound, "authorization-not-found", "AA", "C", IssueType::NotFound, "no such authorization"),
    business(
        Code::DiagnosisMissing,
        "diagnosis-missing",
        "AF",
        "C",
        IssueType::Required,
        "a diagnosis code is missing or not valid",
    ),
    business(Code::ServiceMissing, "service-missing", "AG", "C", IssueType::Required, "a service code is missing or not valid"),
];

impl Code {
    /// Its row.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_at_its_own_place_and_codes_are_unique() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.id as usize, place, "{}", row.code);
            assert_eq!(row.id.row(), row);
            assert_eq!(TABLE.iter().filter(|other| other.code == row.code).count(), 1, "{}", row.code);
        }
    }

    #[test]
    fn server_faults_carry_no_outcome_and_business_errors_always_a_reject_reason() {
        for row in &TABLE {
            match row.http_status {
                200 => assert!(row.reject.is_some() && row.follow_up.is_some(), "{}", row.code),
                500.. => assert!(row.issue.is_none(), "{}", row.code),
                _ => assert!(row.issue.is_some() && row.reject.is_none(), "{}", row.code),
            }
        }
    }
}
