//! The answer to `$inquire`: one Bundle in 2.0.1, `Parameters` with a Bundle for each match in 2.2.1.

use super::context::{InquiryContext, Match, ResponseContext};
use super::echo::Echo;
use super::respond::{Answer, begin_bundle, claim_of, end_bundle};
use super::{PasVersion, url};
use crate::wire;
use fhir::{Bundle, Issue, IssueType, OperationOutcome, Severity};
use json::{Document, Writer};

/// Writes the answer to an inquiry. `matches` are the current states of the cases found (PAS spec-46 to spec-48: an inquiry by a
/// replaced number finds the case, and the case answers as it stands). Nothing found is an answer too: without matches 2.0.1
/// gives back the parties inquired about, 2.2.1 an empty `Parameters`.
#[must_use]
pub fn respond_inquiry(version: PasVersion, inquiry: &Document, matches: &[Match<'_>], context: &InquiryContext<'_>) -> Vec<u8> {
    let mut w = Writer::with_capacity(4096 + matches.len() * 12 * 1024);
    let asked = Bundle::new(inquiry.root());
    match version {
        PasVersion::V2_0_1 => {
            begin(&mut w, context, context.id);
            write_matches(&mut w, version, asked.as_ref(), matches, context);
            if matches.is_empty() {
                write_parties(&mut w, inquiry);
            }
            write_withheld(&mut w, context);
            end_bundle(&mut w);
        }
        PasVersion::V2_2_1 => parameters(&mut w, |w| {
            for (index, found) in matches.iter().enumerate() {
                begin_return(w);
                begin(w, context, found.id);
                write_matches(w, version, asked.as_ref(), std::slice::from_ref(found), context);
                if index + 1 == matches.len() {
                    write_withheld(w, context);
                }
                end_bundle(w);
                w.end_object();
            }
            if matches.is_empty() && context.withheld.is_some() {
                begin_return(w);
                begin(w, context, context.id);
                write_withheld(w, context);
                end_bundle(w);
                w.end_object();
            }
        }),
    }
    w.finish()
}

/// Writes `Parameters`; an empty list of parameters is left out, since FHIR knows no empty arrays.
pub(super) fn parameters(w: &mut Writer, fill: impl FnOnce(&mut Writer)) {
    let mut inner = Writer::new();
    inner.begin_array();
    fill(&mut inner);
    inner.end_array();
    let bytes = inner.finish();
    w.begin_object();
    w.key("resourceType").string("Parameters");
    if bytes != b"[]" {
        w.key("parameter").raw(&bytes);
    }
    w.end_object();
}

/// Opens a `return` parameter up to its resource.
pub(super) fn begin_return(w: &mut Writer) {
    w.begin_object();
    w.key("name").string("return");
    w.key("resource");
}

fn begin(w: &mut Writer, context: &InquiryContext<'_>, id: &str) {
    begin_bundle(w, url::PROFILE_INQUIRY_RESPONSE_BUNDLE, context.base_url, id, &wire::moment(context.now));
}

/// ClaimResponses first, then what they refer to, each resource once.
fn write_matches(
    w: &mut Writer,
    version: PasVersion,
    asked: Option<&Bundle<'_>>,
    matches: &[Match<'_>],
    context: &InquiryContext<'_>,
) {
    let mut written = Vec::new();
    let mut echoes = Vec::with_capacity(matches.len());
    for found in matches {
        let mut echo = found.request.and_then(Echo::of);
        let context = ResponseContext {
            id: found.id,
            now: context.now,
            base_url: context.base_url,
            receipt: found.receipt,
            reviewer: found.reviewer,
        };
        let answer = Answer {
            version,
            profile: url::PROFILE_INQUIRY_RESPONSE,
            case: found.case,
            context: &context,
            claim: claim_of(echo.as_ref()),
        };
        answer.write(w, echo.as_mut(), &mut written);
        echoes.extend(echo);
    }
    for echo in &echoes {
        echo.write(w, asked, &mut written);
    }
}

/// The parties of the inquiry itself.
fn write_parties(w: &mut Writer, inquiry: &Document) {
    let Some(mut echo) = Echo::of(inquiry) else { return };
    let claim = echo.claim();
    for key in ["patient", "insurer", "provider"] {
        if let Some(resource) = claim.get(key).and_then(|reference| echo.follow(reference)) {
            echo.keep(resource);
        }
    }
    echo.write(w, None, &mut Vec::new());
}

/// Some authorizations were withheld: says so, and what to do (PAS spec-50).
fn write_withheld(w: &mut Writer, context: &InquiryContext<'_>) {
    let Some(advice) = context.withheld else { return };
    let words = format!("some authorizations were found and withheld: {advice}");
    let issue = Issue::new(Severity::Warning, IssueType::Suppressed, "withheld", words);
    w.begin_object();
    w.key("fullUrl").string(&format!("{}/OperationOutcome/{}-w", context.base_url, context.id));
    w.key("resource");
    OperationOutcome::new(vec![issue]).write(w);
    w.end_object();
}
