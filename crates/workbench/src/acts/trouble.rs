//! Why an act was refused, in words, with what to do next.

use super::Panel;
use crate::moment;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words;
use axum::http::StatusCode;
use base::CaseId;
use case::Refusal;

/// Why an act did not happen.
pub(crate) enum Failure {
    /// The form is not complete or not readable; every fault.
    Faults(Vec<String>),
    /// The floor below refused.
    Workflow(workflow::Error),
}

/// A refusal as shown.
pub(crate) struct Trouble {
    /// Status of the response.
    pub status: StatusCode,
    /// What happened, in a few words.
    pub heading: &'static str,
    /// Particulars, one a line.
    pub particulars: Vec<String>,
    /// What to do next.
    pub next: &'static str,
    /// The form to go back to.
    pub panel: &'static str,
    /// Its title.
    pub panel_title: &'static str,
}

impl Trouble {
    pub(super) fn of(visit: &Visit<'_>, id: CaseId, seen: u64, panel: Panel, failure: Failure) -> Result<Self, Problem> {
        let (status, heading, particulars, next) = match failure {
            Failure::Faults(faults) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The form is not complete",
                faults,
                "Correct it below and send it again. What you typed is still there.",
            ),
            Failure::Workflow(workflow::Error::Stale { .. }) => (
                StatusCode::CONFLICT,
                "The case has changed since you opened it",
                changes(visit, id, seen)?,
                "Nothing was done. Look at what changed; what you typed is still below and can be sent again for the case as it is now.",
            ),
            Failure::Workflow(workflow::Error::NotAdmitted(reasons)) => (
                StatusCode::FORBIDDEN,
                "You cannot determine this case adversely",
                reasons,
                "Nothing was done. Correct what can be corrected, or assign the case to a reviewer who fits it. Your words are still below.",
            ),
            Failure::Workflow(workflow::Error::Refused(refusal)) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The case does not allow this",
                vec![sentence(&refusal.to_string())],
                advice(&refusal),
            ),
            Failure::Workflow(workflow::Error::NotAllowed(why)) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This could not be done",
                vec![sentence(&why)],
                "Nothing was done. Correct it below and send it again.",
            ),
            Failure::Workflow(error @ (workflow::Error::Full | workflow::Error::Busy | workflow::Error::Unavailable)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "This could not be kept",
                vec![sentence(&error.to_string())],
                "Nothing was done. What you typed is still below: try again in a moment.",
            ),
            Failure::Workflow(error) => return Err(error.into()),
        };
        Ok(Self { status, heading, particulars, next, panel: panel.slug(), panel_title: panel.title() })
    }
}

/// What others did to the case since.
fn changes(visit: &Visit<'_>, id: CaseId, seen: u64) -> Result<Vec<String>, Problem> {
    let events = visit.platform().store.events(&visit.who()?.tenant, id)?;
    let mut changes = Vec::new();
    for stored in events.iter().filter(|stored| stored.version > seen).take(20) {
        let event = stored.event()?;
        changes.push(format!(
            "{}: {} by {}",
            moment::at(event.at, &jiff::tz::TimeZone::UTC),
            words::from_slug(event.what.kind()),
            words::actor(&event.by)
        ));
    }
    Ok(changes)
}

fn sentence(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

const fn advice(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::LessThanAsked(_) => "Approve all that was asked, or refer the case to a physician, who may reduce it.",
        Refusal::MemberUnmatched | Refusal::IntakeNotClear | Refusal::IntakeUnchecked => {
            "Move the case to intake so that a coordinator matches the member and clears it."
        }
        Refusal::Closed | Refusal::NothingUndecided | Refusal::LineDecided(_) | Refusal::Decided => {
            "A decision changes only when it is reopened with cause."
        }
        Refusal::NothingWasAsked => "Ask for the facts first; the case then waits for them by itself.",
        Refusal::PhysicianAsked => "Expedite the case instead.",
        Refusal::ReopenCause { .. } | Refusal::ApprovalStands(_) => {
            "Choose a cause that the law allows here, or leave the decision as it stands."
        }
        Refusal::ReceiptEvidence => "Attach the proof of the earlier receipt: the fax image or the call note.",
        Refusal::BadApproval(_) => "The last day must not lie before the first.",
        _ => "Nothing was done. Correct it below and send it again; what you typed is still there.",
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn sentences_begin_and_end_as_such() {
        assert_eq!(sentence("the case is closed"), "The case is closed.");
        assert_eq!(sentence("é."), "é.");
        assert_eq!(sentence(""), ".");
    }
}
