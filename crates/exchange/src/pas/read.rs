//! `$submit`: a Bundle becomes a request, or every fault it has at once (PAS spec-13 to spec-16, spec-64 to spec-72).

use super::claim::{self, Draft};
use super::incoming::{Doubt, Incoming, NewRequest, ReadContext, Resource, Update};
use super::structure::{self, Found};
use super::{PasVersion, choose, url};
use crate::wire;
use base::{Identifier, NonEmpty};
use case::Request;
use case::request::{Certification, Circumstance, Line, Receipt};
use fhir::Issue;
use fhir::pas::Operation;
use json::{Document, Value};

/// Reads a `$submit` body.
///
/// Both versions are read alike: 2.0.1 senders may leave `Claim.related` out of an update, 2.2.1 senders may not
/// (spec-65), and nobody is refused for sending what the other version wants. Omission of optional data is never a fault
/// (conf-14); what a person should look at is in [`NewRequest::doubts`].
///
/// # Errors
/// Every fault of the Bundle, each with its FHIRPath. They make one OperationOutcome and HTTP 400.
pub fn read(version: PasVersion, document: &Document, context: &ReadContext) -> Result<Incoming, Vec<Issue>> {
    let found = Found::open(version, Operation::Submit, document)?;
    let mut draft = claim::read(&found);
    match NonEmpty::try_from(std::mem::take(&mut draft.lines)) {
        Ok(lines) => Ok(assemble(found, draft, lines, context)),
        Err(_) => Err(vec![structure::no_items(found.claim())]),
    }
}

fn assemble(found: Found<'_>, draft: Draft, lines: NonEmpty<Line>, context: &ReadContext) -> Incoming {
    let claim = found.claim();
    let today = choose::today(context.received_at, &context.cover.zone);
    let mut doubts = draft.doubts;
    choose::doubt_lines(lines.as_slice(), today, &mut doubts);
    choose::doubt_birth(draft.member.birth_date.as_ref().map(|date| *date.expose()), today, &mut doubts);
    let admitted = draft.admitted_on.is_some_and(|day| day <= today);
    let timing = choose::timing(lines.as_slice(), admitted, today);
    let marks = marks(claim, &lines);
    let mut related = prior_identifiers(&found);
    for number in draft.earlier.iter().filter_map(|numbers| numbers.authorization.as_ref()) {
        let identifier = Identifier { system: url::AUTHORIZATION_NUMBER.to_owned(), value: number.clone() };
        if !related.contains(&identifier) {
            related.push(identifier);
        }
    }
    let identifiers: Vec<Identifier> = wire::list(claim, "identifier").filter_map(wire::identifier).collect();
    let prior = if marks.related { prior_identifiers(&found) } else { identifiers.clone() };
    if marks.is_update() && prior.is_empty() {
        doubts.push(Doubt::PriorUnnamed);
    }
    let request = Request {
        identifiers,
        member: draft.member,
        cover: context.cover.clone(),
        requester: draft.requester,
        insurer: draft.insurer,
        urgency: draft.urgency,
        drug: choose::drug(draft.drug_named, context.cover.line_of_business),
        timing,
        diagnoses: draft.diagnoses,
        lines,
        receipt: Receipt {
            received_at: context.received_at,
            recorded_at: context.recorded_at,
            channel: context.channel,
            evidence: context.evidence.clone(),
            representative_form_at: None,
        },
        record: context.record.clone(),
        related,
        circumstances: admitted.then_some(Circumstance::Hospitalised).into_iter().collect(),
    };
    let new = NewRequest {
        request,
        member_ids: draft.member_ids,
        transaction: found.bundle().resource().value().get("identifier").and_then(wire::identifier),
        care_team: draft.care_team,
        earlier: draft.earlier,
        resources: resources(&found),
        doubts,
        remarks: found.remarks,
        drug_named: draft.drug_named,
    };
    marks.into_incoming(new, prior)
}

/// What the Claim says about being a change of an earlier one.
struct Marks {
    /// `Claim.related` names a prior Claim.
    related: bool,
    /// Profile or any mark of an update.
    update: bool,
    /// The whole is cancelled.
    whole: bool,
    added: Vec<u32>,
    changed: Vec<u32>,
    cancelled: Vec<u32>,
}

impl Marks {
    const fn is_update(&self) -> bool {
        self.related || self.update || self.whole
    }

    fn into_incoming(self, new: NewRequest, prior: Vec<Identifier>) -> Incoming {
        if !self.is_update() {
            return Incoming::Submit(new);
        }
        let whole = self.whole;
        let update = Update { new, prior, added: self.added, changed: self.changed, cancelled: self.cancelled };
        if whole { Incoming::Cancel(update) } else { Incoming::Update(update) }
    }
}

fn marks(claim: Value<'_>, lines: &NonEmpty<Line>) -> Marks {
    let mut marks = Marks {
        related: prior_references(claim).next().is_some(),
        update: wire::list(claim.get("meta").unwrap_or(claim), "profile")
            .any(|profile| profile.as_str().is_some_and(|name| name.split('|').next() == Some(url::PROFILE_CLAIM_UPDATE))),
        whole: false,
        added: Vec::new(),
        changed: Vec::new(),
        cancelled: Vec::new(),
    };
    for (item, line) in wire::list(claim, "item").zip(lines) {
        let mark = wire::extension(item, url::INFO_CHANGED).and_then(|mark| wire::text(mark, "valueCode"));
        marks.update |= mark.is_some() || claim::is_cancelled(item);
        if line.certification == Certification::Cancel {
            marks.cancelled.push(line.sequence);
        } else if mark.as_deref() == Some("added") {
            marks.added.push(line.sequence);
        } else if mark.is_some() {
            marks.changed.push(line.sequence);
        }
    }
    marks.whole = claim::certification_code(claim).as_deref() == Some("3") || marks.cancelled.len() == lines.len();
    if marks.whole {
        marks.cancelled = lines.iter().map(|line| line.sequence).collect();
        marks.added.clear();
        marks.changed.clear();
    }
    marks
}

/// `Claim.related` entries that say `prior`; an entry without a relationship counts as one (profile-claim-update fixes it).
pub(super) fn prior_references(claim: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    wire::list(claim, "related")
        .filter(|related| related.get("relationship").is_none_or(|relationship| wire::has_code(relationship, "prior")))
}

/// Identifiers of the request that `Claim.related` names.
fn prior_identifiers(found: &Found<'_>) -> Vec<Identifier> {
    let mut identifiers = Vec::new();
    let mut add = |identifier: Option<Identifier>| {
        if let Some(identifier) = identifier
            && !identifiers.contains(&identifier)
        {
            identifiers.push(identifier);
        }
    };
    for related in wire::list(found.claim(), "related") {
        if let Some(reference) = related.get("claim") {
            if let Some(prior) = found.follow(reference) {
                wire::list(prior.value(), "identifier").for_each(|identifier| add(wire::identifier(identifier)));
            }
            add(reference.get("identifier").and_then(wire::identifier));
        }
        add(related.get("reference").and_then(wire::identifier));
    }
    identifiers
}

/// Every resource but a prior Claim: what it said then is not evidence about the patient now.
fn resources(found: &Found<'_>) -> Vec<Resource> {
    let claim = found.claim().id();
    found
        .bundle()
        .resources()
        .filter(|resource| !resource.is("Claim") || resource.value().id() == claim)
        .filter_map(|resource| {
            Some(Resource {
                full_url: resource.full_url()?.into_owned(),
                kind: resource.resource_type()?.into_owned(),
                node: resource.value().id(),
            })
        })
        .collect()
}
