//! `ClaimResponse.item` and `addItem`: one line as answered.

use super::act::{Action, LineView};
use super::echo::Echo;
use super::note;
use super::respond::Answer;
use super::{PasVersion, claim, url};
use crate::wire;
use base::{Code, Date, Identifier, Quantity, system};
use case::event::AdverseOutcome;
use case::state::Decision;
use fhir::Resource;
use json::{Value, Writer};

/// Writes one `item`. Its sequence is the Claim's, whatever became of the line.
pub(super) fn write_item<'a>(w: &mut Writer, answer: &Answer<'a, '_>, line: &LineView<'a>, echo: Option<&mut Echo<'a>>) {
    w.begin_object();
    w.key("extension").begin_array();
    trace(w, line);
    numbers(w, answer, line);
    requested_days(w, line);
    if line.action.authorizes() {
        authorized(w, answer, line, echo);
    }
    for fact in note::missing(answer.case, line) {
        wire::string_extension(w, url::MISSING, fact);
    }
    w.end_array();
    w.key("itemSequence").integer(i64::from(line.sequence));
    write_note_numbers(w, line);
    w.key("adjudication").begin_array();
    let number = line.action.authorizes().then_some(answer.case.authorization.as_str());
    write_adjudication(w, Some((line.action, number, reason(line))));
    w.end_array();
    w.end_object();
}

/// Writes what was authorized in place of what was asked: an `addItem` for each `A6`, with the same sequence (PAS spec-36, spec-37).
pub(super) fn write_added<'a>(w: &mut Writer, answer: &Answer<'a, '_>, lines: &[LineView<'a>], mut echo: Option<&mut Echo<'a>>) {
    if !lines.iter().any(|line| line.action == Action::Modified) {
        return;
    }
    w.key("addItem").begin_array();
    for line in lines {
        if let Some(service) = instead(line) {
            write_added_one(w, answer, line, service, echo.as_deref_mut());
        }
    }
    w.end_array();
}

fn write_added_one<'a>(
    w: &mut Writer,
    answer: &Answer<'a, '_>,
    line: &LineView<'a>,
    service: &Code,
    echo: Option<&mut Echo<'a>>,
) {
    w.begin_object();
    w.key("extension").begin_array();
    trace(w, line);
    numbers(w, answer, line);
    periods(w, answer, line);
    if answer.version == PasVersion::V2_2_1 {
        added_2_2_1(w, answer, line);
    }
    w.end_array();
    w.key("itemSequence").begin_array().integer(i64::from(line.sequence)).end_array();
    if let Some(echo) = echo
        && let Some((provider, role)) = line_provider(answer, Some(line), echo)
    {
        w.key("provider").begin_array().begin_object();
        if let Some(role) = role.filter(|_| answer.version == PasVersion::V2_2_1) {
            w.key("extension").begin_array();
            wire::begin_extension(w, url::AUTHORIZED_PROVIDER_TYPE);
            w.key("valueCodeableConcept").value(role).end_object();
            w.end_array();
        }
        w.key("reference").string(&provider.full_url().unwrap_or_default());
        w.end_object().end_array();
        echo.keep(provider);
    }
    w.key("productOrService");
    wire::write_concept(w, service);
    raw_member(w, line, "modifier", "modifier");
    if let Some(approval) = line.approval() {
        w.key("servicedPeriod");
        write_period(w, approval.from, approval.to);
    }
    raw_member(w, line, "locationCodeableConcept", "locationCodeableConcept");
    quantity(w, line, "quantity");
    raw_member(w, line, "unitPrice", "unitPrice");
    write_note_numbers(w, line);
    w.key("adjudication").begin_array();
    // 2.0.1 defines no review action here: there the item's own action and authorized detail say it.
    let action =
        (answer.version == PasVersion::V2_2_1).then_some((Action::Approved, Some(answer.case.authorization.as_str()), None));
    write_adjudication(w, action);
    w.end_array();
    w.end_object();
}

/// What 2.2.1 lets an `addItem` repeat of the line as asked.
fn added_2_2_1<'a>(w: &mut Writer, answer: &Answer<'a, '_>, line: &LineView<'a>) {
    let Some(item) = line.item else { return };
    for name in [
        url::REQUEST_TYPE,
        url::CERTIFICATION_TYPE,
        url::EPSDT,
        url::NURSING_HOME_STATUS,
        url::NURSING_HOME_LEVEL,
        url::CODE_END,
        url::UNIT_RATE_LIMIT,
    ] {
        if let Some(extension) = wire::extension(item, name) {
            w.value(extension);
        }
    }
    for (key, name) in [("revenue", url::REVENUE), ("category", url::ITEM_CATEGORY)] {
        if let Some(concept) = item.get(key) {
            wire::begin_extension(w, name);
            w.key("valueCodeableConcept").value(concept).end_object();
        }
    }
    stay(w, answer);
}

/// Writes an adjudication: category `submitted` with the action, the number and the reason when there are any.
pub(super) fn write_adjudication(w: &mut Writer, action: Option<(Action, Option<&str>, Option<&Code>)>) {
    w.begin_object();
    if let Some((action, number, reason)) = action {
        w.key("extension").begin_array();
        wire::begin_extension_list(w, url::REVIEW_ACTION);
        if let Some(number) = number {
            wire::string_extension(w, "number", number);
        }
        wire::begin_extension(w, url::REVIEW_ACTION_CODE);
        w.key("valueCodeableConcept");
        wire::write_code(w, system::X12_ACTION, action.code());
        w.end_object();
        if let Some(reason) = reason {
            wire::begin_extension(w, "reasonCode");
            w.key("valueCodeableConcept");
            wire::write_concept(w, reason);
            w.end_object();
        }
        wire::end_extension_list(w);
        w.end_array();
    }
    w.key("category");
    wire::write_code(w, url::ADJUDICATION, "submitted");
    w.end_object();
}

/// Trace numbers as sent.
fn trace(w: &mut Writer, line: &LineView<'_>) {
    for extension in line.item.into_iter().flat_map(|item| wire::extensions(item, url::TRACE_NUMBER)) {
        w.value(extension);
    }
}

/// The number of an earlier authorization as sent, and our own reference for whatever comes next.
fn numbers(w: &mut Writer, answer: &Answer<'_, '_>, line: &LineView<'_>) {
    if let Some(previous) = line.item.and_then(|item| wire::extension(item, url::AUTHORIZATION_NUMBER)) {
        w.value(previous);
    }
    wire::string_extension(w, url::ADMINISTRATIVE_NUMBER, &answer.case.authorization);
}

/// The days asked for: as sent on the item, else as the case understood them.
fn requested_days(w: &mut Writer, line: &LineView<'_>) {
    let sent = |key| line.item.and_then(|item| item.get(key));
    if let Some(period) = sent("servicedPeriod") {
        wire::begin_extension(w, url::REQUESTED_SERVICE_DATE);
        w.key("valuePeriod").value(period).end_object();
    } else if let Some(day) = sent("servicedDate") {
        wire::begin_extension(w, url::REQUESTED_SERVICE_DATE);
        w.key("valueDateTime").value(day).end_object();
    } else if let Some(from) = line.asked.and_then(|asked| asked.service_from) {
        wire::begin_extension(w, url::REQUESTED_SERVICE_DATE);
        w.key("valuePeriod");
        write_period(w, from, line.asked.and_then(|asked| asked.service_to).unwrap_or(from));
        w.end_object();
    }
}

/// Date of issue and authorized period.
fn periods(w: &mut Writer, answer: &Answer<'_, '_>, line: &LineView<'_>) {
    if let Some(day) = answer.decided_on() {
        wire::begin_extension(w, url::ISSUE_DATE);
        w.key("valueDate").string(&day.to_string()).end_object();
    }
    if let Some(approval) = line.approval() {
        wire::begin_extension(w, url::PRE_AUTH_PERIOD);
        w.key("valuePeriod");
        write_period(w, approval.from, approval.to);
        w.end_object();
    }
}

/// What an authorized item says beside its number.
fn authorized<'a>(w: &mut Writer, answer: &Answer<'a, '_>, line: &LineView<'a>, echo: Option<&mut Echo<'a>>) {
    periods(w, answer, line);
    if let Some(echo) = echo {
        write_authorized_provider(w, answer, Some(line), echo);
    }
    detail(w, line);
    if answer.version == PasVersion::V2_2_1 {
        stay(w, answer);
    }
    diagnoses(w, answer, line);
}

/// `extension-itemAuthorizedDetail`: the service and how much of it.
fn detail(w: &mut Writer, line: &LineView<'_>) {
    if line.item.is_none() && line.asked.is_none() && instead(line).is_none() {
        return;
    }
    wire::begin_extension_list(w, url::AUTHORIZED_DETAIL);
    let sent = line.item.and_then(|item| item.get("productOrService"));
    if let Some(service) = instead(line).or_else(|| line.asked.filter(|_| sent.is_none()).map(|asked| &asked.service)) {
        wire::begin_extension(w, "productOrServiceCode");
        w.key("valueCodeableConcept");
        wire::write_concept(w, service);
        w.end_object();
    } else if let Some(sent) = sent {
        wire::begin_extension(w, "productOrServiceCode");
        w.key("valueCodeableConcept").value(sent).end_object();
    }
    for modifier in line.item.into_iter().flat_map(|item| wire::list(item, "modifier")) {
        wire::begin_extension(w, "modifier");
        w.key("valueCodeableConcept").value(modifier).end_object();
    }
    if let Some(price) = line.item.and_then(|item| item.get("unitPrice")) {
        wire::begin_extension(w, "unitPrice");
        w.key("valueMoney").value(price).end_object();
    }
    let mut amount = Writer::new();
    amount.begin_object();
    quantity(&mut amount, line, "valueQuantity");
    amount.end_object();
    let bytes = amount.finish();
    if let Some(value) = bytes.strip_prefix(b"{\"valueQuantity\":").and_then(|rest| rest.strip_suffix(b"}")) {
        wire::begin_extension(w, "quantity");
        w.key("valueQuantity").raw(value).end_object();
    }
    wire::end_extension_list(w);
}

/// Writes the authorized quantity: as sent when it is the one asked for, so that its unit and system stay.
fn quantity(w: &mut Writer, line: &LineView<'_>, key: &str) {
    let asked = line.asked.and_then(|asked| asked.quantity.as_ref());
    let authorized = line.approval().and_then(|approval| approval.quantity.as_ref()).or(asked);
    let sent = line.item.and_then(|item| item.get("quantity"));
    match (authorized, sent) {
        (Some(authorized), Some(sent)) if Some(authorized) == asked => {
            w.key(key).value(sent);
        }
        (Some(authorized), _) => {
            w.key(key);
            write_quantity(w, authorized);
        }
        (None, _) => {}
    }
}

fn write_quantity(w: &mut Writer, quantity: &Quantity) {
    w.begin_object();
    w.key("value").decimal(quantity.value);
    if !quantity.unit.is_empty() {
        w.key("unit").string(&quantity.unit);
    }
    w.end_object();
}

/// Admission and discharge as sent with the request (2.2.1).
fn stay(w: &mut Writer, answer: &Answer<'_, '_>) {
    let info = |code: &str| claim::supporting(answer.claim?, code);
    if let Some(admission) = info("admissionDates") {
        for (from, to) in [("timingDate", "valueDate"), ("timingPeriod", "valuePeriod")] {
            if let Some(timing) = admission.get(from) {
                wire::begin_extension(w, url::ADMISSION_DATES);
                w.key(to).value(timing).end_object();
            }
        }
    }
    if let Some(day) = info("dischargeDates").and_then(|discharge| discharge.get("timingDate")) {
        wire::begin_extension(w, url::DISCHARGE_DATE);
        w.key("valueDate").value(day).end_object();
    }
}

/// The diagnoses the line was authorized for, as sent.
fn diagnoses(w: &mut Writer, answer: &Answer<'_, '_>, line: &LineView<'_>) {
    let Some((claim, item)) = answer.claim.zip(line.item) else { return };
    for wanted in wire::list(item, "diagnosisSequence").filter_map(|sequence| sequence.as_i64()) {
        let concept = wire::list(claim, "diagnosis")
            .find(|diagnosis| diagnosis.get("sequence").and_then(|sequence| sequence.as_i64()) == Some(wanted))
            .and_then(|diagnosis| diagnosis.get("diagnosisCodeableConcept"));
        if let Some(concept) = concept {
            wire::begin_extension(w, url::COMMUNICATED_DIAGNOSIS);
            w.key("valueCodeableConcept").value(concept).end_object();
        }
    }
}

/// `extension-itemAuthorizedProvider`: a practitioner or an organization, never a role.
pub(super) fn write_authorized_provider<'a>(
    w: &mut Writer,
    answer: &Answer<'a, '_>,
    line: Option<&LineView<'a>>,
    echo: &mut Echo<'a>,
) {
    let Some((provider, role)) = line_provider(answer, line, echo) else { return };
    wire::begin_extension_list(w, url::AUTHORIZED_PROVIDER);
    wire::begin_extension(w, "provider");
    w.key("valueReference");
    echo.refer(w, provider);
    w.end_object();
    if let Some(role) = role {
        let name = match answer.version {
            PasVersion::V2_0_1 => "providerType",
            PasVersion::V2_2_1 => url::AUTHORIZED_PROVIDER_TYPE,
        };
        wire::begin_extension(w, name);
        w.key("valueCodeableConcept").value(role).end_object();
    }
    wire::end_extension_list(w);
}

/// Who may give the service: the first care team member the line names, else the first for the whole Claim, else the requester.
fn line_provider<'a>(
    answer: &Answer<'a, '_>,
    line: Option<&LineView<'a>>,
    echo: &Echo<'a>,
) -> Option<(Resource<'a>, Option<Value<'a>>)> {
    let claim = answer.claim?;
    let wanted = line.and_then(|line| line.item).and_then(|item| wire::list(item, "careTeamSequence").next()?.as_i64());
    let member = wanted.and_then(|wanted| {
        wire::list(claim, "careTeam").find(|member| member.get("sequence").and_then(|value| value.as_i64()) == Some(wanted))
    });
    let found = |reference: Option<Value<'a>>| {
        let resource = echo.person(echo.follow(reference?)?)?;
        (resource.is("Practitioner") || resource.is("Organization")).then_some(resource)
    };
    if let Some(member) = member
        && let Some(resource) = found(member.get("provider"))
    {
        return Some((resource, member.get("role")));
    }
    Some((found(claim.get("provider"))?, None))
}

/// The service authorized in place of the one asked for.
fn instead<'a>(line: &LineView<'a>) -> Option<&'a Code> {
    match &line.state.decision {
        Decision::Adverse { adverse, .. } => match &adverse.outcome {
            AdverseOutcome::Modified { service, .. } => Some(service),
            _ => None,
        },
        _ => None,
    }
}

/// The reason of an adverse line (X12 886).
fn reason<'a>(line: &LineView<'a>) -> Option<&'a Code> {
    match &line.state.decision {
        Decision::Adverse { adverse, .. } => Some(&adverse.reason),
        _ => None,
    }
}

fn raw_member(w: &mut Writer, line: &LineView<'_>, from: &str, to: &str) {
    if let Some(value) = line.item.and_then(|item| item.get(from)) {
        w.key(to).value(value);
    }
}

fn write_note_numbers(w: &mut Writer, line: &LineView<'_>) {
    if line.notes.is_empty() {
        return;
    }
    w.key("noteNumber").begin_array();
    for number in &line.notes {
        w.integer(i64::from(*number));
    }
    w.end_array();
}

pub(super) fn write_period(w: &mut Writer, from: Date, to: Date) {
    w.begin_object();
    w.key("start").string(&from.to_string());
    w.key("end").string(&to.to_string());
    w.end_object();
}

pub(super) fn write_identifier(w: &mut Writer, identifier: &Identifier) {
    w.begin_object();
    if !identifier.system.is_empty() {
        w.key("system").string(&identifier.system);
    }
    w.key("value").string(&identifier.value);
    w.end_object();
}
