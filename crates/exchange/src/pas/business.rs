//! Business errors: a readable request that cannot be taken (X12 AAA). HTTP 200, `ClaimResponse.outcome = error`.

use super::echo::Echo;
use super::found::{begin_return, parameters};
use super::respond::{begin_bundle, begin_entry, end_bundle, end_entry, write_profile};
use super::{PasVersion, url};
use crate::outcome;
use crate::wire;
use base::{Timestamp, system};
use fhir::pas::Operation;
use json::{Document, Value, Writer};

/// One business error. A clinical denial is never one (PAS section "Errors").
#[derive(Debug, Clone)]
pub struct BusinessError {
    /// The row of the error table; X12 901 and 889 come from it.
    pub code: outcome::Code,
    /// FHIRPath from the Bundle (`Bundle.entry[0].resource.item[1].productOrService`).
    pub path: Option<String>,
    /// X12 loop and element (`2010A-NM103`).
    pub element: Option<String>,
    /// In plain words; the table's words when `None`. No content is quoted.
    pub words: Option<String>,
}

impl BusinessError {
    /// An error without a place.
    #[must_use]
    pub const fn new(code: outcome::Code) -> Self {
        Self { code, path: None, element: None, words: None }
    }

    /// The same error at a place.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

/// What a business error's answer needs.
#[derive(Debug, Clone, Copy)]
pub struct ErrorContext<'a> {
    /// Logical id of the ClaimResponse.
    pub id: &'a str,
    /// When the answer is made.
    pub now: Timestamp,
    /// Base URL of this server and PAS version, no slash at its end.
    pub base_url: &'a str,
}

/// Writes the answer to a request that is readable but cannot be taken. `request` has passed [`super::read`] or [`super::read_inquiry`].
#[must_use]
pub fn business_error(
    version: PasVersion,
    operation: Operation,
    request: &Document,
    errors: &[BusinessError],
    context: &ErrorContext<'_>,
) -> Vec<u8> {
    let mut w = Writer::with_capacity(8 * 1024);
    if operation == Operation::Inquire && version == PasVersion::V2_2_1 {
        parameters(&mut w, |w| {
            begin_return(w);
            bundle(w, version, operation, request, errors, context);
            w.end_object();
        });
    } else {
        bundle(&mut w, version, operation, request, errors, context);
    }
    w.finish()
}

fn bundle(
    w: &mut Writer,
    version: PasVersion,
    operation: Operation,
    request: &Document,
    errors: &[BusinessError],
    context: &ErrorContext<'_>,
) {
    let (bundle_profile, profile) = match operation {
        Operation::Submit => (url::PROFILE_RESPONSE_BUNDLE, url::PROFILE_CLAIM_RESPONSE),
        Operation::Inquire => (url::PROFILE_INQUIRY_RESPONSE_BUNDLE, url::PROFILE_INQUIRY_RESPONSE),
    };
    let at = wire::moment(context.now);
    begin_bundle(w, bundle_profile, context.base_url, context.id, &at);
    let mut written = Vec::new();
    begin_entry(w, &format!("{}/ClaimResponse/{}", context.base_url, context.id), &mut written);
    w.begin_object();
    w.key("resourceType").string("ClaimResponse");
    w.key("id").string(context.id);
    write_profile(w, profile);
    let mut echo = Echo::of(request);
    if let Some(echo) = echo.as_mut() {
        head(w, echo, &at);
    }
    w.key("outcome").string("error");
    w.key("processNote").begin_array();
    for (index, error) in errors.iter().enumerate() {
        w.begin_object();
        w.key("number").integer(index as i64 + 1);
        w.key("type").string("print");
        w.key("text").string(error.words.as_deref().unwrap_or(error.code.row().words));
        w.end_object();
    }
    w.end_array();
    w.key("error").begin_array();
    for (index, error) in errors.iter().enumerate() {
        write_error(w, version, index + 1, error);
    }
    w.end_array();
    w.end_object();
    end_entry(w);
    if let Some(echo) = &echo {
        echo.write(w, None, &mut written);
    }
    end_bundle(w);
}

/// What a ClaimResponse repeats of its Claim.
fn head<'a>(w: &mut Writer, echo: &mut Echo<'a>, at: &str) {
    let claim = echo.claim();
    if let Some(identifiers) = claim.get("identifier") {
        w.key("identifier").value(identifiers);
    }
    w.key("status").string("active");
    if let Some(kind) = claim.get("type") {
        w.key("type").value(kind);
    }
    w.key("use").string("preauthorization");
    w.key("created").string(at);
    let party = |w: &mut Writer, echo: &mut Echo<'a>, from: &str, to: &str| {
        let reference: Option<Value<'a>> = claim.get(from);
        if let Some(reference) = reference {
            w.key(to);
            echo.reference(w, reference);
        }
    };
    party(w, echo, "patient", "patient");
    party(w, echo, "insurer", "insurer");
    party(w, echo, "provider", "requestor");
    if let Some(url) = echo.claim_url() {
        w.key("request").begin_object().key("reference").string(&url).end_object();
    }
}

fn write_error(w: &mut Writer, version: PasVersion, note: usize, error: &BusinessError) {
    let row = error.code.row();
    w.begin_object();
    let mut inner = Writer::new();
    inner.begin_array();
    match (version, &error.element) {
        (PasVersion::V2_0_1, Some(element)) => wire::string_extension(&mut inner, url::ERROR_ELEMENT, element),
        (PasVersion::V2_0_1, None) => {}
        (PasVersion::V2_2_1, element) => {
            wire::begin_extension_list(&mut inner, url::ERROR_ELEMENT);
            wire::begin_extension(&mut inner, "processNote");
            inner.key("valuePositiveInt").integer(note as i64).end_object();
            if let Some(element) = element {
                wire::string_extension(&mut inner, "error", element);
            }
            wire::end_extension_list(&mut inner);
        }
    }
    if let Some(path) = &error.path {
        wire::string_extension(&mut inner, url::ERROR_PATH, path);
    }
    if let Some(follow_up) = row.follow_up {
        wire::begin_extension(&mut inner, url::ERROR_FOLLOW_UP);
        inner.key("valueCodeableConcept");
        wire::write_code(&mut inner, system::X12_FOLLOW_UP, follow_up);
        inner.end_object();
    }
    inner.end_array();
    let bytes = inner.finish();
    if bytes != b"[]" {
        w.key("extension").raw(&bytes);
    }
    w.key("code");
    // `42`: unable to respond. Rows without an X12 code are HTTP errors and do not come here.
    wire::write_code(w, system::X12_REJECT, row.reject.unwrap_or("42"));
    w.end_object();
}
