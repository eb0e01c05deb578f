//! The header of a case: member, cover, clock with its rule and the rules that lost, and cases like it.

use super::Opened;
use crate::moment::{self, Clock};
use crate::problem::Problem;
use crate::words::{self, Chip};
use case::clock::{Due, RuleRef};
use case::request::Urgency;
use store::Scope;

/// Most similar cases shown.
const MAX_SIMILAR: usize = 8;

/// The header as shown.
pub(crate) struct Header {
    /// The member's name.
    pub member: String,
    /// The member's id as sent.
    pub member_id: String,
    /// Date of birth.
    pub born: String,
    /// Matched to the directory.
    pub matched: bool,
    /// Cover in words.
    pub cover: Vec<&'static str>,
    /// Product.
    pub plan: String,
    /// State whose law applies.
    pub state: String,
    /// Authorization number.
    pub authorization: String,
    /// State of the case in a sentence.
    pub status: String,
    /// Expedited.
    pub expedited: bool,
    /// Who has it.
    pub assigned: String,
    /// Who asks.
    pub requester: String,
    /// Diagnoses.
    pub diagnoses: String,
    /// When it was received, and how.
    pub received: String,
    /// Set when the receipt was corrected.
    pub recorded: String,
    /// The running clock.
    pub clock: Option<ClockView>,
    /// Open questions and until when an answer helps.
    pub asks: Vec<String>,
    /// Until when an answer helps.
    pub respond_by: String,
    /// Cases of the same member for the same service.
    pub similar: Vec<Similar>,
}

/// The clock with its reasons.
pub(crate) struct ClockView {
    /// The chip.
    pub chip: Clock,
    /// The rule that gave it.
    pub rule: RuleRef,
    /// What its verification letter means.
    pub verified: &'static str,
    /// The rules that lost, with the due time each would have given.
    pub lost: Vec<(RuleRef, String)>,
    /// When it started.
    pub started: String,
    /// It waits for information.
    pub paused: bool,
}

/// A case like this one.
pub(crate) struct Similar {
    /// Its id.
    pub case: String,
    /// Authorization number.
    pub authorization: String,
    /// Services.
    pub services: String,
    /// Its state.
    pub state: Chip,
    /// When it was received.
    pub received: String,
}

impl Header {
    pub(crate) fn of(opened: &Opened<'_>) -> Result<Self, Problem> {
        let (case, zone) = (opened.case, &opened.zone);
        let (request, receipt) = (&case.request, &case.receipt);
        let npi = request.requester.npi.as_ref().map(|npi| format!(", NPI {npi}")).unwrap_or_default();
        let mut cover = vec![words::line_of_business(request.cover.line_of_business), words::timing(request.timing)];
        cover.extend(words::drug(request.drug));
        let corrected = receipt.received_at != receipt.recorded_at;
        Ok(Self {
            member: request.member.name.expose().clone(),
            member_id: request.member.member_id.expose().clone(),
            born: request.member.birth_date.as_ref().map(|date| date.expose().to_string()).unwrap_or_default(),
            matched: request.member.matched.is_some(),
            cover,
            plan: request.cover.plan.clone(),
            state: request.cover.state.map(|state| state.to_string()).unwrap_or_default(),
            authorization: case.authorization.clone(),
            status: words::status(&case.status),
            expedited: request.urgency == Urgency::Expedited,
            assigned: case.assigned.as_ref().map(ToString::to_string).unwrap_or_default(),
            requester: format!("{}{npi}", request.requester.name),
            diagnoses: request.diagnoses.iter().map(|code| code.code.as_str()).collect::<Vec<_>>().join(", "),
            received: format!("{} by {}", moment::at(receipt.received_at, zone), words::channel(receipt.channel)),
            recorded: if corrected { moment::at(receipt.recorded_at, zone) } else { String::new() },
            clock: case.due.as_ref().filter(|_| case.is_open()).map(|due| clock(opened, due)),
            asks: case.asks.iter().map(|ask| format!("Line {}: {}", ask.line, ask.text)).collect(),
            respond_by: case.respond_by.map(|at| moment::at(at, zone)).unwrap_or_default(),
            similar: similar(opened)?,
        })
    }
}

fn clock(opened: &Opened<'_>, due: &Due) -> ClockView {
    let now = opened.visit.now();
    ClockView {
        chip: Clock::of(due.due_at, now >= due.near_at, now, &opened.zone),
        verified: words::verified(&due.rule.verified),
        rule: due.rule.clone(),
        lost: due.lost.iter().map(|lost| (lost.rule.clone(), moment::at(lost.due_at, &opened.zone))).collect(),
        started: moment::at(due.clock_start_at, &opened.zone),
        paused: due.facts.is_paused(),
    }
}

fn similar(opened: &Opened<'_>) -> Result<Vec<Similar>, Problem> {
    let store = &opened.visit.platform().store;
    let mut found = Vec::new();
    for line in opened.case.request.lines.iter().take(20) {
        let key = store::service_key(&opened.case.request.member.member_id, &line.service);
        for id in store.find(opened.tenant, Scope::Service, &key)?.into_iter().take(MAX_SIMILAR + 1) {
            if id != opened.id && !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found.truncate(MAX_SIMILAR);
    let mut similar = Vec::new();
    for id in found {
        if let Some(row) = store.row(opened.tenant, id)? {
            similar.push(Similar {
                case: id.to_string(),
                authorization: row.authorization,
                services: row.services,
                state: words::row_state(row.status, row.queue, row.outcome),
                received: moment::at(row.received_at, &opened.zone),
            });
        }
    }
    Ok(similar)
}
