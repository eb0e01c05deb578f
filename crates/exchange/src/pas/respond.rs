//! Answers: a case becomes a response Bundle (`$submit`, notifications).

use super::act::{self, LineView};
use super::ask;
use super::context::{ResponseContext, Reviewer};
use super::echo::Echo;
use super::note;
use super::{PasVersion, item, url};
use crate::wire;
use base::{Date, system};
use case::Case;
use case::clock::Due;
use json::{Document, Value, Writer};

/// Writes the response Bundle for a case: ClaimResponse first, then every resource it refers to, byte for byte as the
/// request had it. `request` is the latest request Bundle of the case.
///
/// The outcome is `complete` when every line is decided or every line is pended (as the published examples do), `partial`
/// when some are decided and some are not; a denial is `complete` with action `A3`, never an error.
#[must_use]
pub fn respond(version: PasVersion, request: &Document, case: &Case, context: &ResponseContext<'_>) -> Vec<u8> {
    let mut w = Writer::with_capacity(request.bytes().len() + 8 * 1024);
    let mut echo = Echo::of(request);
    begin_bundle(&mut w, url::PROFILE_RESPONSE_BUNDLE, context.base_url, context.id, &wire::moment(context.now));
    let answer = Answer { version, profile: url::PROFILE_CLAIM_RESPONSE, case, context, claim: claim_of(echo.as_ref()) };
    let mut written = Vec::new();
    answer.write(&mut w, echo.as_mut(), &mut written);
    if let Some(echo) = &echo {
        echo.write(&mut w, None, &mut written);
    }
    end_bundle(&mut w);
    w.finish()
}

pub(super) fn claim_of<'a>(echo: Option<&Echo<'a>>) -> Option<Value<'a>> {
    echo.map(Echo::claim)
}

/// Opens a Bundle up to its first entry.
pub(super) fn begin_bundle(w: &mut Writer, profile: &str, base_url: &str, id: &str, at: &str) {
    w.begin_object();
    w.key("resourceType").string("Bundle");
    write_profile(w, profile);
    w.key("identifier").begin_object();
    w.key("system").string(&format!("{base_url}/transaction"));
    w.key("value").string(id);
    w.end_object();
    w.key("type").string("collection");
    w.key("timestamp").string(at);
    w.key("entry").begin_array();
}

pub(super) fn end_bundle(w: &mut Writer) {
    w.end_array().end_object();
}

pub(super) fn write_profile(w: &mut Writer, profile: &str) {
    w.key("meta").begin_object().key("profile").begin_array().string(profile).end_array().end_object();
}

/// One ClaimResponse with the requests for information that go with it.
pub(super) struct Answer<'a, 'c> {
    pub(super) version: PasVersion,
    pub(super) profile: &'static str,
    pub(super) case: &'a Case,
    pub(super) context: &'c ResponseContext<'c>,
    pub(super) claim: Option<Value<'a>>,
}

impl<'a> Answer<'a, '_> {
    /// Writes the ClaimResponse entry, then Task and CommunicationRequest entries.
    pub(super) fn write(&self, w: &mut Writer, mut echo: Option<&mut Echo<'a>>, written: &mut Vec<String>) {
        let mut lines = LineView::all(self.case, self.claim);
        let notes = note::notes(self.case, &mut lines);
        let asks = ask::asks(self.case, &lines);
        let requests = ask::communication_ids(self.version, &asks, self.context);
        let full_url = format!("{}/ClaimResponse/{}", self.context.base_url, self.context.id);
        begin_entry(w, &full_url, written);
        w.begin_object();
        w.key("resourceType").string("ClaimResponse");
        w.key("id").string(self.context.id);
        write_profile(w, self.profile);
        self.extensions(w, &lines, echo.as_deref_mut());
        self.head(w, &lines, echo.as_deref_mut());
        w.key("item").begin_array();
        for line in &lines {
            item::write_item(w, self, line, echo.as_deref_mut());
        }
        w.end_array();
        item::write_added(w, self, &lines, echo.as_deref_mut());
        if self.version == PasVersion::V2_2_1 {
            w.key("adjudication").begin_array();
            item::write_adjudication(w, Some((act::overall(&lines), self.number(&lines), None)));
            w.end_array();
        }
        write_notes(w, &notes);
        if !requests.is_empty() {
            w.key("communicationRequest").begin_array();
            for id in &requests {
                w.begin_object();
                w.key("reference").string(&format!("{}/CommunicationRequest/{id}", self.context.base_url));
                w.end_object();
            }
            w.end_array();
        }
        w.end_object();
        end_entry(w);
        ask::write(w, self, &asks, &requests, echo, written);
    }

    /// The authorization number, when something is authorized.
    pub(super) fn number(&self, lines: &[LineView<'_>]) -> Option<&'a str> {
        lines.iter().any(|line| line.action.authorizes()).then_some(self.case.authorization.as_str())
    }

    /// The day of the last determination, in the zone that counts days for this case.
    pub(super) fn decided_on(&self) -> Option<Date> {
        Some(super::today(self.case.decided_at?, &self.case.request.cover.zone))
    }

    fn head(&self, w: &mut Writer, lines: &[LineView<'_>], mut echo: Option<&mut Echo<'a>>) {
        self.identifiers(w);
        w.key("status").string("active");
        w.key("type");
        match self.claim.and_then(|claim| claim.get("type")) {
            Some(kind) => {
                w.value(kind);
            }
            None => wire::write_code(w, "http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        }
        w.key("use").string("preauthorization");
        w.key("patient");
        self.party(w, "patient", echo.as_deref_mut());
        w.key("created").string(&wire::moment(self.context.now));
        w.key("insurer");
        self.party(w, "insurer", echo.as_deref_mut());
        w.key("requestor");
        self.party(w, "provider", echo.as_deref_mut());
        w.key("request");
        match echo.as_ref().and_then(|echo| echo.claim_url()) {
            Some(url) => {
                w.begin_object().key("reference").string(&url).end_object();
            }
            None => absent(w),
        }
        w.key("outcome").string(outcome(lines));
        if let Some(number) = self.number(lines) {
            w.key("preAuthRef").string(number);
        }
        if let Some((from, to)) = authorized_period(lines) {
            w.key("preAuthPeriod");
            item::write_period(w, from, to);
        }
    }

    /// `Claim.identifier` as sent, sub-department and jurisdiction included.
    fn identifiers(&self, w: &mut Writer) {
        if let Some(identifiers) = self.claim.and_then(|claim| claim.get("identifier")) {
            w.key("identifier").value(identifiers);
        } else if !self.case.request.identifiers.is_empty() {
            w.key("identifier").begin_array();
            for identifier in &self.case.request.identifiers {
                item::write_identifier(w, identifier);
            }
            w.end_array();
        }
    }

    /// A party of the Claim: the echoed resource, or what the case knows when the request was no FHIR Bundle.
    pub(super) fn party(&self, w: &mut Writer, key: &str, echo: Option<&mut Echo<'a>>) {
        let reference = self.claim.and_then(|claim| claim.get(key));
        if let (Some(echo), Some(reference)) = (echo, reference) {
            return echo.reference(w, reference);
        }
        let request = &self.case.request;
        let provider = if key == "insurer" { &request.insurer } else { &request.requester };
        w.begin_object();
        if key == "patient" {
            w.key("identifier").begin_object();
            w.key("type");
            wire::write_code(w, url::IDENTIFIER_TYPE, "MB");
            w.key("value").string(request.member.member_id.expose());
            w.end_object();
        } else if let Some(npi) = &provider.npi {
            w.key("identifier").begin_object();
            w.key("system").string(system::NPI);
            w.key("value").string(npi);
            w.end_object();
        }
        if key != "patient" && !provider.name.is_empty() {
            w.key("display").string(&provider.name);
        }
        w.end_object();
    }

    fn extensions(&self, w: &mut Writer, lines: &[LineView<'a>], echo: Option<&mut Echo<'a>>) {
        let mut inner = Writer::new();
        inner.begin_array();
        if self.version == PasVersion::V2_2_1 {
            if let Some(identifiers) = self.claim.and_then(|claim| wire::extension(claim, url::TRANSMISSION)) {
                transmission(&mut inner, identifiers);
            }
            reviewer(&mut inner, lines, self.context.reviewer);
            if let Some(echo) = echo
                && lines.iter().any(|line| line.action.authorizes())
            {
                item::write_authorized_provider(&mut inner, self, None, echo);
            }
        }
        if let Some(due) = self.case.due.as_ref().filter(|_| lines.iter().any(|line| line.action == act::Action::Pended)) {
            write_due(&mut inner, due);
        }
        if let Some(receipt) = &self.context.receipt {
            wire::begin_extension_list(&mut inner, url::RECEIPT);
            inner.begin_object();
            inner.key("url").string("proof");
            inner.key("valueBase64Binary").string(&wire::base64(receipt.proof.as_bytes()));
            inner.end_object();
            inner.begin_object();
            inner.key("url").string("event");
            inner.key("valueUnsignedInt").integer(i64::try_from(receipt.event).unwrap_or(i64::MAX));
            inner.end_object();
            wire::end_extension_list(&mut inner);
        }
        inner.end_array();
        let bytes = inner.finish();
        if bytes != b"[]" {
            w.key("extension").raw(&bytes);
        }
    }
}

pub(super) fn begin_entry(w: &mut Writer, full_url: &str, written: &mut Vec<String>) {
    w.begin_object();
    w.key("fullUrl").string(full_url);
    w.key("resource");
    written.push(full_url.to_owned());
}

pub(super) fn end_entry(w: &mut Writer) {
    w.end_object();
}

/// A reference that cannot be given, with the reason (PAS spec-44).
fn absent(w: &mut Writer) {
    w.begin_object().key("extension").begin_array();
    wire::begin_extension(w, "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
    w.key("valueCode").string("unsupported");
    w.end_object().end_array().end_object();
}

fn outcome(lines: &[LineView<'_>]) -> &'static str {
    let pended = lines.iter().filter(|line| line.action == act::Action::Pended).count();
    if pended == 0 || pended == lines.len() { "complete" } else { "partial" }
}

/// From the first authorized day of any line to the last.
fn authorized_period(lines: &[LineView<'_>]) -> Option<(Date, Date)> {
    let approvals = || lines.iter().filter_map(LineView::approval);
    Some((approvals().map(|approval| approval.from).min()?, approvals().map(|approval| approval.to).max()?))
}

/// Sender and receiver change places in an answer (GS02/GS03, ISA06/ISA08).
fn transmission(w: &mut Writer, identifiers: Value<'_>) {
    wire::begin_extension_list(w, url::TRANSMISSION);
    for (name, from) in [
        ("applicationSenderCode", "applicationReceiverCode"),
        ("applicationReceiverCode", "applicationSenderCode"),
        ("interchangeSenderID", "interchangeReceiverID"),
        ("interchangeReceiverID", "interchangeSenderID"),
    ] {
        if let Some(value) = wire::extension(identifiers, from).and_then(|part| wire::text(part, "valueString")) {
            wire::string_extension(w, name, &value);
        }
    }
    wire::end_extension_list(w);
}

/// Whether a person decided, and who (2.2.1 `extension-claimResponseReviewer`).
fn reviewer(w: &mut Writer, lines: &[LineView<'_>], approver: Option<Reviewer<'_>>) {
    let human = lines.iter().any(LineView::by_person);
    let attestation = lines.iter().find_map(LineView::attestation);
    let npi = attestation.map_or_else(|| approver.and_then(|approver| approver.npi), |signed| signed.npi.as_deref());
    let specialty = attestation
        .map_or_else(|| approver.and_then(|approver| approver.specialty), |signed| Some(signed.specialty.as_str()))
        .filter(|specialty| !specialty.is_empty());
    wire::begin_extension_list(w, url::REVIEWER);
    w.begin_object().key("url").string("wasHumanReviewedFlag").key("valueBoolean").bool(human).end_object();
    if let Some(npi) = npi.filter(|_| human) {
        w.begin_object().key("url").string("reviewerNPI").key("valueIdentifier").begin_object();
        w.key("system").string(system::NPI).key("value").string(npi);
        w.end_object().end_object();
    }
    if let Some(specialty) = specialty.filter(|_| human) {
        w.begin_object().key("url").string("reviewerSpecialty").key("valueCodeableConcept").begin_object();
        w.key("text").string(specialty);
        w.end_object().end_object();
    }
    wire::end_extension_list(w);
}

fn write_due(w: &mut Writer, due: &Due) {
    wire::begin_extension_list(w, url::DUE);
    w.begin_object().key("url").string("dueAt").key("valueDateTime").string(&wire::moment(due.due_at)).end_object();
    wire::string_extension(w, "rule", &due.rule.id);
    wire::string_extension(w, "words", &due.rule.words);
    wire::string_extension(w, "citation", &due.rule.citation);
    wire::end_extension_list(w);
}

fn write_notes(w: &mut Writer, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    w.key("processNote").begin_array();
    for (index, text) in notes.iter().enumerate() {
        w.begin_object();
        w.key("number").integer(index as i64 + 1);
        w.key("type").string("print");
        w.key("text").string(text);
        w.end_object();
    }
    w.end_array();
}
