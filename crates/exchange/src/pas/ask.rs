//! Requests for information: a Task (attachments by LOINC code) and the CommunicationRequests a ClaimResponse points to.

use super::act::LineView;
use super::context::ResponseContext;
use super::echo::Echo;
use super::note;
use super::respond::{Answer, begin_entry, end_entry, write_profile};
use super::{PasVersion, url};
use crate::wire;
use base::system;
use case::event::Queue;
use case::state::Case;
use json::Writer;

/// One fact asked for.
pub(super) struct Asked<'a> {
    line: u32,
    words: &'a str,
    /// LOINC code of the attachment that would answer.
    attachment: &'static str,
}

/// What is asked of the requester: open questions, or the missing facts of a case that waits for them. A case that waits for
/// a clinician asks nothing, whatever its findings miss.
pub(super) fn asks<'a>(case: &'a Case, lines: &[LineView<'a>]) -> Vec<Asked<'a>> {
    if case.asks.is_empty() && case.queue() != Some(Queue::Facts) {
        return Vec::new();
    }
    let asked = |line: &LineView<'a>| {
        let code = line.asked.map_or("", |asked| asked.service.code.as_str());
        let attachment = attachment(code);
        let sequence = line.sequence;
        note::missing(case, line).into_iter().map(move |words| Asked { line: sequence, words, attachment })
    };
    lines.iter().flat_map(asked).collect()
}

/// The LOINC attachment that carries the record of a service, from the guide's own value set; `11503-0` (medical records) in general.
fn attachment(service: &str) -> &'static str {
    let between = |first: &str, last: &str| service.len() == 5 && (first..=last).contains(&service);
    if between("E0424", "E0447") || between("E1390", "E1392") || service == "K0738" {
        "52053-6"
    } else if service == "E0601" || between("E0470", "E0472") {
        "52042-9"
    } else if between("E0250", "E0304") {
        "52046-0"
    } else if between("E2100", "E2104") || between("A4238", "A4239") || matches!(service, "E0607" | "K0553" | "K0554") {
        "52041-1"
    } else {
        "11503-0"
    }
}

/// Ids of the CommunicationRequests: one in all for 2.0.1 (a payload for each fact), one for each fact in 2.2.1 (one payload each).
pub(super) fn communication_ids(version: PasVersion, asks: &[Asked<'_>], context: &ResponseContext<'_>) -> Vec<String> {
    let count = match version {
        PasVersion::V2_0_1 => asks.len().min(1),
        PasVersion::V2_2_1 => asks.len(),
    };
    (1..=count).map(|number| format!("{}-q{number}", context.id)).collect()
}

/// Writes the Task and the CommunicationRequests as entries.
pub(super) fn write<'a>(
    w: &mut Writer,
    answer: &Answer<'a, '_>,
    asks: &[Asked<'_>],
    ids: &[String],
    mut echo: Option<&mut Echo<'a>>,
    written: &mut Vec<String>,
) {
    if asks.is_empty() {
        return;
    }
    write_task(w, answer, asks, echo.as_deref_mut(), written);
    match answer.version {
        PasVersion::V2_0_1 => {
            if let Some(id) = ids.first() {
                write_communication(w, answer, id, asks, echo, written);
            }
        }
        PasVersion::V2_2_1 => {
            for (id, ask) in ids.iter().zip(asks.chunks(1)) {
                write_communication(w, answer, id, ask, echo.as_deref_mut(), written);
            }
        }
    }
}

fn write_task<'a>(
    w: &mut Writer,
    answer: &Answer<'a, '_>,
    asks: &[Asked<'_>],
    mut echo: Option<&mut Echo<'a>>,
    written: &mut Vec<String>,
) {
    let base_url = answer.context.base_url;
    let id = format!("{}-t", answer.context.id);
    begin_entry(w, &format!("{base_url}/Task/{id}"), written);
    w.begin_object();
    w.key("resourceType").string("Task");
    w.key("id").string(&id);
    write_profile(w, url::PROFILE_TASK);
    w.key("identifier").begin_array().begin_object();
    w.key("system").string(&format!("{base_url}/task")).key("value").string(&id);
    w.end_object().end_array();
    w.key("status").string("requested");
    w.key("statusReason").begin_object().key("text").string("information is needed to decide").end_object();
    w.key("intent").string("order");
    w.key("code");
    wire::write_code(w, url::TEMP_CODES, "attachment-request-code");
    w.key("for");
    answer.party(w, "patient", echo.as_deref_mut());
    w.key("requester");
    logical(w, answer, "insurer", echo.as_deref());
    w.key("owner");
    logical(w, answer, "provider", echo.as_deref());
    w.key("reasonCode");
    wire::write_code(w, url::TEMP_CODES, "priorAuthorization");
    w.key("reasonReference");
    claim_reference(w, answer);
    if let Some(until) = answer.case.respond_by.or_else(|| answer.case.due.as_ref().map(|due| due.due_at)) {
        w.key("restriction").begin_object().key("period").begin_object();
        w.key("end").string(&wire::moment(until));
        w.end_object().end_object();
    }
    write_inputs(w, answer, asks);
    w.end_object();
    end_entry(w);
}

fn write_inputs(w: &mut Writer, answer: &Answer<'_, '_>, asks: &[Asked<'_>]) {
    let (line_url, line_value) = url::task_line(answer.version);
    w.key("input").begin_array();
    w.begin_object();
    w.key("type");
    wire::write_code(w, url::TEMP_CODES, "payer-url");
    w.key("valueUrl").string(answer.context.base_url);
    w.end_object();
    for ask in asks {
        w.begin_object();
        w.key("extension").begin_array();
        wire::begin_extension(w, line_url);
        w.key(line_value).integer(i64::from(ask.line)).end_object();
        w.end_array();
        w.key("type");
        wire::write_code(w, url::TEMP_CODES, "attachments-needed");
        w.key("valueCodeableConcept").begin_object();
        w.key("coding").begin_array().begin_object();
        w.key("system").string(system::LOINC).key("code").string(ask.attachment);
        w.end_object().end_array();
        w.key("text").string(ask.words);
        w.end_object().end_object();
    }
    w.end_array();
}

fn write_communication<'a>(
    w: &mut Writer,
    answer: &Answer<'a, '_>,
    id: &str,
    asks: &[Asked<'_>],
    mut echo: Option<&mut Echo<'a>>,
    written: &mut Vec<String>,
) {
    let base_url = answer.context.base_url;
    begin_entry(w, &format!("{base_url}/CommunicationRequest/{id}"), written);
    w.begin_object();
    w.key("resourceType").string("CommunicationRequest");
    w.key("id").string(id);
    write_profile(w, url::PROFILE_COMMUNICATION_REQUEST);
    if let (PasVersion::V2_2_1, Some(ask)) = (answer.version, asks.first()) {
        w.key("extension").begin_array();
        service_line(w, ask.line);
        w.end_array();
    }
    w.key("identifier").begin_array().begin_object();
    w.key("system").string(&format!("{base_url}/communication")).key("value").string(id);
    w.end_object().end_array();
    w.key("status").string("active");
    // X12 755 `77`: support data for verification.
    w.key("category").begin_array();
    wire::write_code(w, url::REPORT_TYPE, "77");
    w.end_array();
    w.key("subject");
    answer.party(w, "patient", echo.as_deref_mut());
    w.key("payload").begin_array();
    for ask in asks {
        w.begin_object();
        match answer.version {
            PasVersion::V2_0_1 => {
                w.key("extension").begin_array();
                service_line(w, ask.line);
                w.end_array();
                w.key("contentString").string(ask.words);
            }
            // 2.2.1 binds the content to the attachment codes; the words go into the note.
            PasVersion::V2_2_1 => {
                w.key("contentString").string(ask.attachment);
            }
        }
        w.end_object();
    }
    w.end_array();
    w.key("requester");
    answer.party(w, "insurer", echo.as_deref_mut());
    // The communication asked for goes from the requester of the service to the insurer.
    w.key("recipient").begin_array();
    answer.party(w, "insurer", echo.as_deref_mut());
    w.end_array();
    w.key("sender");
    answer.party(w, "provider", echo);
    if answer.version == PasVersion::V2_2_1 {
        w.key("note").begin_array();
        for ask in asks {
            w.begin_object().key("text").string(ask.words).end_object();
        }
        w.end_array();
    }
    w.end_object();
    end_entry(w);
}

fn service_line(w: &mut Writer, line: u32) {
    wire::begin_extension(w, url::SERVICE_LINE);
    w.key("valuePositiveInt").integer(i64::from(line)).end_object();
}

/// A party by identifier, as profile-task wants it: its NPI, else the first identifier it was sent with, else its name.
fn logical<'a>(w: &mut Writer, answer: &Answer<'a, '_>, key: &str, echo: Option<&Echo<'a>>) {
    let request = &answer.case.request;
    let provider = if key == "insurer" { &request.insurer } else { &request.requester };
    let sent = answer
        .claim
        .and_then(|claim| claim.get(key))
        .and_then(|reference| echo?.follow(reference))
        .and_then(|resource| wire::list(resource.value(), "identifier").next());
    w.begin_object();
    w.key("identifier");
    match (&provider.npi, sent) {
        (Some(npi), _) => {
            w.begin_object().key("system").string(system::NPI).key("value").string(npi).end_object();
        }
        (None, Some(sent)) => {
            w.value(sent);
        }
        (None, None) => {
            w.begin_object().key("value").string(&provider.name).end_object();
        }
    }
    if !provider.name.is_empty() {
        w.key("display").string(&provider.name);
    }
    w.end_object();
}

/// The Claim by its identifier: it is not repeated in the answer, and a literal reference would lead nowhere.
fn claim_reference(w: &mut Writer, answer: &Answer<'_, '_>) {
    w.begin_object();
    w.key("type").string("Claim");
    if let Some(identifier) = answer.claim.and_then(|claim| wire::list(claim, "identifier").next()) {
        w.key("identifier").value(identifier);
    } else {
        w.key("identifier").begin_object().key("value").string(&answer.case.authorization).end_object();
    }
    w.end_object();
}
