//! Plain words for what the case knows as variants.

use crate::icon;
use base::{LineOfBusiness, Quantity};
use case::authority::Role;
use case::event::AdverseOutcome;
use case::event::{Queue, ReopenCause};
use case::finding::Standing;
use case::request::{Certification, Channel, Drug, Timing};
use case::state::{Decision, Outcome, Status};
use case::{Actor, Truth};
use store::StatusKind;

/// A word with an icon and a class: shown as a chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chip {
    /// Class of the chip.
    pub class: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Its word.
    pub word: &'static str,
}

const fn chip(class: &'static str, icon: &'static str, word: &'static str) -> Chip {
    Chip { class, icon, word }
}

pub(crate) const fn truth(truth: Truth) -> Chip {
    match truth {
        Truth::Met => chip("good", icon::MET, "Met"),
        Truth::NotMet => chip("bad", icon::NOT_MET, "Not met"),
        Truth::Unknown => chip("open", icon::UNKNOWN, "Unknown"),
    }
}

/// What the words of a document count for, and what they say.
pub(crate) const fn standing(standing: Standing, says: Truth) -> Chip {
    match (standing, says) {
        (Standing::Satisfies, _) => chip("good", icon::MET, "A document proves it"),
        (Standing::Contradicts, _) => chip("bad", icon::MISSED, "Documents contradict this"),
        (Standing::Suggests, Truth::Met) => chip("near", icon::UNKNOWN, "A document suggests: met"),
        (Standing::Suggests, Truth::NotMet) => chip("near", icon::UNKNOWN, "A document suggests: not met"),
        (Standing::Suggests, Truth::Unknown) => chip("near", icon::UNKNOWN, "A document speaks of it"),
    }
}

/// With a capital letter at the beginning.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(crate) const fn decision(decision: &Decision) -> Chip {
    match decision {
        Decision::Undecided => chip("quiet", icon::OPEN, "Undecided"),
        Decision::Approved { .. } => chip("good", icon::MET, "Approved"),
        Decision::Cancelled => chip("quiet", icon::OPEN, "Cancelled"),
        Decision::Adverse { adverse, .. } => match adverse.outcome {
            AdverseOutcome::Denied => chip("bad", icon::NOT_MET, "Denied"),
            AdverseOutcome::Partial { .. } => chip("bad", icon::PARTIAL, "Reduced"),
            AdverseOutcome::Modified { .. } => chip("bad", icon::PARTIAL, "Modified"),
        },
    }
}

/// What a row of the worklist says of the case's state.
pub(crate) fn row_state(status: StatusKind, queue: Option<Queue>, outcome: Outcome) -> Chip {
    match (status, queue, outcome) {
        (StatusKind::Received, ..) => chip("quiet", icon::OPEN, "Received"),
        (StatusKind::Pended, Some(at), _) => chip("quiet", icon::OPEN, queue_word(at)),
        (StatusKind::Pended, None, _) => chip("quiet", icon::OPEN, "Pended"),
        (StatusKind::Decided, _, Outcome::Approved) => chip("good", icon::MET, "Approved"),
        (StatusKind::Decided, _, Outcome::Adverse) => chip("bad", icon::NOT_MET, "Adverse"),
        (StatusKind::Decided, _, Outcome::NotRequired) => chip("good", icon::MET, "Not required"),
        (StatusKind::Decided, _, _) => chip("quiet", icon::OPEN, "Decided"),
        (StatusKind::Withdrawn, ..) => chip("quiet", icon::OPEN, "Withdrawn"),
        (StatusKind::Duplicate, ..) => chip("quiet", icon::OPEN, "Duplicate"),
        (StatusKind::Expired, ..) => chip("quiet", icon::OPEN, "Expired"),
        (StatusKind::Voided, ..) => chip("quiet", icon::OPEN, "Voided"),
    }
}

/// The state of a case in a sentence.
pub(crate) fn status(status: &Status) -> String {
    match status {
        Status::Received => "Received, not yet checked".to_owned(),
        Status::Pended { queue, reason } => format!("Waits in {}: {reason}", queue_word(*queue)),
        Status::Decided => "Decided".to_owned(),
        Status::Withdrawn => "Withdrawn".to_owned(),
        Status::Duplicate { .. } => "Repeats an earlier case".to_owned(),
        Status::Expired => "Expired: its authorizations have ended".to_owned(),
        Status::Voided => "Voided: opened in error".to_owned(),
    }
}

pub(crate) const fn queue_word(queue: Queue) -> &'static str {
    match queue {
        Queue::Intake => "Intake",
        Queue::Facts => "Facts",
        Queue::Nurse => "Nurse",
        Queue::Physician => "Physician",
    }
}

/// The name a queue has in addresses and forms.
pub(crate) const fn queue_slug(queue: Queue) -> &'static str {
    match queue {
        Queue::Intake => "intake",
        Queue::Facts => "facts",
        Queue::Nurse => "nurse",
        Queue::Physician => "physician",
    }
}

/// Every queue.
pub(crate) const QUEUES: [Queue; 4] = [Queue::Intake, Queue::Facts, Queue::Nurse, Queue::Physician];

pub(crate) fn queue_of(slug: &str) -> Option<Queue> {
    QUEUES.into_iter().find(|queue| queue_slug(*queue) == slug)
}

pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Software => "Software",
        Role::Requester => "Requester",
        Role::Intake => "Intake coordinator",
        Role::Nurse => "UM nurse",
        Role::Physician => "Physician reviewer",
        Role::MedicalDirector => "Medical director",
        Role::Appeals => "Appeals coordinator",
        Role::CaseManager => "Case manager",
        Role::PolicyAuthor => "Policy author",
        Role::Compliance => "Compliance officer",
        Role::Analyst => "Analyst",
        Role::Administrator => "Administrator",
    }
}

pub(crate) const fn line_of_business(line: LineOfBusiness) -> &'static str {
    match line {
        LineOfBusiness::MedicareAdvantage => "Medicare Advantage",
        LineOfBusiness::MedicaidManagedCare => "Medicaid managed care",
        LineOfBusiness::MedicaidFeeForService => "Medicaid fee for service",
        LineOfBusiness::ChipManagedCare => "CHIP managed care",
        LineOfBusiness::ChipFeeForService => "CHIP fee for service",
        LineOfBusiness::Marketplace => "Marketplace",
        LineOfBusiness::SelfFunded => "Self-funded",
        LineOfBusiness::FullyInsured => "Fully insured",
    }
}

pub(crate) const fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Prospective => "Prospective",
        Timing::Concurrent => "Concurrent",
        Timing::Retrospective => "Retrospective",
    }
}

pub(crate) const fn drug(drug: Drug) -> Option<&'static str> {
    match drug {
        Drug::None => None,
        Drug::PartB => Some("Part B drug"),
        Drug::Outpatient => Some("Outpatient drug"),
    }
}

pub(crate) const fn certification(kind: Certification) -> &'static str {
    match kind {
        Certification::Initial => "Initial",
        Certification::Renewal => "Renewal",
        Certification::Extension => "Extension",
        Certification::Revised => "Revised",
        Certification::Cancel => "Cancel",
    }
}

/// Every channel with its name in forms and its word.
pub(crate) const CHANNELS: [(Channel, &str, &str); 6] = [
    (Channel::Phone, "phone", "Phone"),
    (Channel::Mail, "mail", "Mail"),
    (Channel::Fax, "fax", "Fax"),
    (Channel::Portal, "portal", "Portal"),
    (Channel::Fhir, "fhir", "FHIR"),
    (Channel::X12, "x12", "X12"),
];

pub(crate) fn channel(channel: Channel) -> &'static str {
    CHANNELS.iter().find(|(c, ..)| *c == channel).map_or("", |(_, _, word)| word)
}

/// Every cause of reopening with its name in forms and its words.
pub(crate) const CAUSES: [(ReopenCause, &str, &str); 4] = [
    (ReopenCause::ClericalError, "clerical-error", "Clerical error"),
    (ReopenCause::NewEvidence, "new-evidence", "New and material evidence"),
    (ReopenCause::ErrorOnFace, "error-on-face", "Error on the face of the evidence"),
    (ReopenCause::Fraud, "fraud", "Fraud or similar fault"),
];

pub(crate) fn cause(cause: ReopenCause) -> &'static str {
    CAUSES.iter().find(|(c, ..)| *c == cause).map_or("", |(_, _, word)| word)
}

pub(crate) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Software => "Avedis".to_owned(),
        Actor::Person(user) => user.to_string(),
        Actor::Client(name) => format!("{name} (requester)"),
    }
}

/// `30 d`, `2`; empty when there is none.
pub(crate) fn quantity(quantity: Option<&Quantity>) -> String {
    quantity.map(|q| format!("{} {}", q.value, q.unit).trim_end().to_owned()).unwrap_or_default()
}

/// A name such as `member-request` in words.
pub(crate) fn from_slug(slug: &str) -> String {
    let mut words = slug.replace('-', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A type such as `QuestionnaireResponse` in words.
pub(crate) fn from_type(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len() + 4);
    for c in kind.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
            words.push(c.to_ascii_lowercase());
        } else {
            words.push(c);
        }
    }
    words
}

/// `1 line`, `3 lines`.
pub(crate) fn many(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// What is authorized: days, and how much when it is limited.
pub(crate) fn authorized(approval: &case::event::Approval) -> String {
    let amount = quantity(approval.quantity.as_ref());
    let amount = if amount.is_empty() { amount } else { format!(", quantity {amount}") };
    format!("{} to {}{amount}", approval.from, approval.to)
}

/// What verification letters of a rule's row mean.
pub(crate) fn verified(letter: &str) -> &'static str {
    match letter {
        "V" => "read in the primary text",
        "S" => "from a secondary source",
        "K" => "field knowledge, not yet read in the primary text",
        "P" => "plan policy",
        _ => "not stated",
    }
}
