//! Names of PAS: profiles, extensions and code systems, with what differs between the versions.

use super::PasVersion;

macro_rules! pas {
    ($name:literal) => {
        concat!("http://hl7.org/fhir/us/davinci-pas/StructureDefinition/", $name)
    };
}

pub(crate) const PROFILE_CLAIM_UPDATE: &str = pas!("profile-claim-update");
pub(crate) const PROFILE_CLAIM_RESPONSE: &str = pas!("profile-claimresponse");
pub(crate) const PROFILE_INQUIRY_RESPONSE: &str = pas!("profile-claiminquiryresponse");
pub(crate) const PROFILE_RESPONSE_BUNDLE: &str = pas!("profile-pas-response-bundle");
pub(crate) const PROFILE_INQUIRY_RESPONSE_BUNDLE: &str = pas!("profile-pas-inquiry-response-bundle");
pub(crate) const PROFILE_TASK: &str = pas!("profile-task");
pub(crate) const PROFILE_COMMUNICATION_REQUEST: &str = pas!("profile-communicationrequest");

pub(crate) const CERTIFICATION_TYPE: &str = pas!("extension-certificationType");
pub(crate) const LEVEL_OF_SERVICE: &str = pas!("extension-levelOfServiceCode");
pub(crate) const INFO_CHANGED: &str = pas!("extension-infoChanged");
pub(crate) const INFO_CANCELLED: &str = pas!("modifierextension-infoCancelled");
pub(crate) const REQUESTED_SERVICE: &str = pas!("extension-requestedService");
pub(crate) const TRACE_NUMBER: &str = pas!("extension-itemTraceNumber");
pub(crate) const AUTHORIZATION_NUMBER: &str = pas!("extension-authorizationNumber");
pub(crate) const ADMINISTRATIVE_NUMBER: &str = pas!("extension-administrationReferenceNumber");
pub(crate) const ISSUE_DATE: &str = pas!("extension-itemPreAuthIssueDate");
pub(crate) const PRE_AUTH_PERIOD: &str = pas!("extension-itemPreAuthPeriod");
pub(crate) const REQUESTED_SERVICE_DATE: &str = pas!("extension-itemRequestedServiceDate");
pub(crate) const AUTHORIZED_DETAIL: &str = pas!("extension-itemAuthorizedDetail");
pub(crate) const AUTHORIZED_PROVIDER: &str = pas!("extension-itemAuthorizedProvider");
pub(crate) const COMMUNICATED_DIAGNOSIS: &str = pas!("extension-communicatedDiagnosis");
pub(crate) const REVIEW_ACTION: &str = pas!("extension-reviewAction");
pub(crate) const REVIEW_ACTION_CODE: &str = pas!("extension-reviewActionCode");
pub(crate) const CERTIFICATION_EFFECTIVE: &str = pas!("extension-itemCertificationEffectiveDate");
pub(crate) const CERTIFICATION_EXPIRATION: &str = pas!("extension-itemCertificationExpirationDate");
pub(crate) const CODE_END: &str = pas!("extension-productOrServiceCodeEnd");
pub(crate) const EPSDT: &str = pas!("extension-epsdtIndicator");
pub(crate) const NURSING_HOME_STATUS: &str = pas!("extension-nursingHomeResidentialStatus");
pub(crate) const NURSING_HOME_LEVEL: &str = pas!("extension-nursingHomeLevelOfCare");
pub(crate) const UNIT_RATE_LIMIT: &str = pas!("extension-revenueUnitRateLimit");
pub(crate) const REQUEST_TYPE: &str = pas!("extension-serviceItemRequestType");
pub(crate) const SERVICE_LINE: &str = pas!("extension-serviceLineNumber");
pub(crate) const ERROR_PATH: &str = pas!("extension-errorPath");
pub(crate) const ERROR_ELEMENT: &str = pas!("extension-errorElement");
pub(crate) const ERROR_FOLLOW_UP: &str = pas!("extension-errorFollowupAction");
/// 2.0.1 only: the line an input of a Task concerns. 2.2.1 uses [`SERVICE_LINE`].
pub(crate) const PA_LINE: &str = pas!("extension-paLineNumber");
/// 2.2.1 only.
pub(crate) const REVIEWER: &str = pas!("extension-claimResponseReviewer");
/// 2.2.1 only.
pub(crate) const TRANSMISSION: &str = pas!("extension-TransmissionIdentifiers");
/// 2.2.1 only.
pub(crate) const ADMISSION_DATES: &str = pas!("extension-admissionDates");
/// 2.2.1 only.
pub(crate) const DISCHARGE_DATE: &str = pas!("extension-dischargeDate");
/// 2.2.1 only.
pub(crate) const ITEM_CATEGORY: &str = pas!("extension-itemCategory");
/// 2.2.1 only.
pub(crate) const REVENUE: &str = pas!("extension-revenueCode");

/// 2.2.1 only; 2.0.1 has a nested `providerType`.
pub(crate) const AUTHORIZED_PROVIDER_TYPE: &str = pas!("extension-authorizedProviderType");

/// Codes of the guide itself.
pub(crate) const TEMP_CODES: &str = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes";
pub(crate) const ADJUDICATION: &str = "http://terminology.hl7.org/CodeSystem/adjudication";
pub(crate) const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
pub(crate) const REPORT_TYPE: &str = "https://codesystem.x12.org/005010/755";

/// Ours: the ledger's receipt on a ClaimResponse (`proof` base64 of the tlog-proof text, `event` version of the event).
pub const RECEIPT: &str = "https://avedis.example/fhir/StructureDefinition/receipt";
/// Ours: when a decision is due (`dueAt`, `rule`, `words`, `citation`).
pub const DUE: &str = "https://avedis.example/fhir/StructureDefinition/due";
/// Ours: a fact that would turn a pended item into an approved one, in plain words.
pub const MISSING: &str = "https://avedis.example/fhir/StructureDefinition/missing-fact";

/// The extension that names the line on `Task.input`, and its value element.
pub(crate) const fn task_line(version: PasVersion) -> (&'static str, &'static str) {
    match version {
        PasVersion::V2_0_1 => (PA_LINE, "valueInteger"),
        PasVersion::V2_2_1 => (SERVICE_LINE, "valuePositiveInt"),
    }
}
