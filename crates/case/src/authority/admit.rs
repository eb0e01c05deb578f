//! The admission of a clinician to say no: the only place where a [`LicensedReviewer`] is made.

use super::rules::{ReviewerRule, Rules};
use super::{Act, Credentials, Licence};
use crate::event::Attestation;
use crate::state::{Case, Decision};
use base::{Date, NonEmpty, State, Timestamp};
use jiff::tz::TimeZone;

/// Proof that a clinician whose licence, field and independence fit this case is acting now.
///
/// Neither `Clone`, `Copy`, `Serialize` nor `Deserialize`; made only by [`admit`]; bound to the case, its version and the lines
/// it was made for; consumed by [`crate::Command::DetermineAdverse`].
#[must_use = "a witness that is not used determines nothing"]
pub struct LicensedReviewer {
    pub(crate) attestation: Attestation,
    pub(crate) authorization: String,
    pub(crate) version: u64,
    pub(crate) lines: Vec<u32>,
}

impl LicensedReviewer {
    /// The statement that will be recorded, to show it before signing.
    #[must_use]
    pub const fn attestation(&self) -> &Attestation {
        &self.attestation
    }
}

impl std::fmt::Debug for LicensedReviewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LicensedReviewer({})", self.attestation.reviewer)
    }
}

/// Why a clinician was not admitted: every reason at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not admitted to determine adversely: {}", self.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct NotAdmitted {
    /// The reasons.
    pub reasons: NonEmpty<Reason>,
}

/// A reason not to admit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Suspended or no longer employed.
    #[error("the account is not active")]
    Inactive,
    /// No role held may determine adversely.
    #[error("none of the roles held may determine adversely")]
    Role,
    /// No line was named.
    #[error("no line is named")]
    NoLines,
    /// The case has no such line.
    #[error("line {0} is not part of the request")]
    UnknownLine(u32),
    /// The line is decided.
    #[error("line {0} is decided already")]
    LineDecided(u32),
    /// The case is closed.
    #[error("the case is closed")]
    Closed,
    /// The statement differs from the one to confirm.
    #[error("the statement was not confirmed as worded")]
    Statement,
    /// No licence of an accepted kind.
    #[error("no licence of an accepted kind ({accepted}) [{rule}]")]
    LicenceKind {
        /// The kinds accepted.
        accepted: String,
        /// The row.
        rule: String,
    },
    /// No accepted licence from the state the row asks for.
    #[error("no licence issued by {states} [{rule}]")]
    LicenceState {
        /// The states.
        states: String,
        /// The row.
        rule: String,
    },
    /// The licence has expired.
    #[error("the {kind} licence of {state} expired on {on}")]
    LicenceExpired {
        /// Kind.
        kind: String,
        /// State.
        state: State,
        /// Last day of validity.
        on: Date,
    },
    /// The licence is restricted.
    #[error("the {kind} licence of {state} is restricted")]
    LicenceRestricted {
        /// Kind.
        kind: String,
        /// State.
        state: State,
    },
    /// No specialty lies in the field of the service.
    #[error("no specialty in the field of line {line}: {needed} [{rule}]")]
    Expertise {
        /// The line.
        line: u32,
        /// Specialties that would do.
        needed: String,
        /// The row.
        rule: String,
    },
    /// Took part in the earlier determination.
    #[error("took part in the determination under review [{rule}]")]
    NotIndependent {
        /// The row.
        rule: String,
    },
    /// No row says who may determine adversely here.
    #[error("no authority rule reaches this cover")]
    NoRule,
    /// The zone of the cover is unknown, so no day of licence validity can be told.
    #[error("the time zone of the cover is not known")]
    Zone,
}

impl Reason {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Inactive => "reviewer-inactive",
            Self::Role => "reviewer-role",
            Self::NoLines => "reviewer-no-lines",
            Self::UnknownLine(_) => "reviewer-unknown-line",
            Self::LineDecided(_) => "reviewer-line-decided",
            Self::Closed => "reviewer-case-closed",
            Self::Statement => "reviewer-statement",
            Self::LicenceKind { .. } => "reviewer-licence-kind",
            Self::LicenceState { .. } => "reviewer-licence-state",
            Self::LicenceExpired { .. } => "reviewer-licence-expired",
            Self::LicenceRestricted { .. } => "reviewer-licence-restricted",
            Self::Expertise { .. } => "reviewer-expertise",
            Self::NotIndependent { .. } => "reviewer-not-independent",
            Self::NoRule => "reviewer-no-rule",
            Self::Zone => "reviewer-zone",
        }
    }
}

/// Admits a clinician to determine these lines of this case adversely, now.
///
/// Checked against every reviewer row that reaches the cover (42 CFR 422.566(d); 438.210(b)(3); state law): active account, role,
/// current unrestricted licence of an accepted kind and state, specialty in the field of every line, independence for reopened
/// lines, the statement confirmed as worded, and the lines undecided.
///
/// # Errors
/// [`NotAdmitted`] with every reason.
pub fn admit(
    credentials: &Credentials,
    case: &Case,
    lines: &[u32],
    statement: &str,
    now: Timestamp,
    rules: &Rules,
) -> Result<LicensedReviewer, NotAdmitted> {
    let mut reasons = Vec::new();
    let cover = &case.request.cover;
    if !credentials.active {
        reasons.push(Reason::Inactive);
    }
    let granted = |role| rules.may(role, Act::DetermineAdverse, cover.line_of_business, cover.state).is_some();
    if !credentials.roles.iter().any(|role| granted(*role)) {
        reasons.push(Reason::Role);
    }
    if statement.trim() != rules.statement().trim() {
        reasons.push(Reason::Statement);
    }
    check_lines(case, lines, &mut reasons);
    let rows = rules.reviewer_rules(&case.request);
    if rows.is_empty() {
        reasons.push(Reason::NoRule);
    }
    let licence = match TimeZone::get(&cover.zone) {
        Ok(zone) => licence_for(credentials, &rows, zone.to_datetime(now).date(), &mut reasons),
        Err(_) => {
            reasons.push(Reason::Zone);
            None
        }
    };
    let specialty = specialty_for(credentials, case, lines, &rows, rules, &mut reasons);
    check_independence(credentials, case, lines, &rows, &mut reasons);
    match (NonEmpty::try_from(reasons), licence) {
        (Ok(reasons), _) => Err(NotAdmitted { reasons }),
        (Err(_), None) => Err(NotAdmitted { reasons: NonEmpty::one(Reason::NoRule) }),
        (Err(_), Some(licence)) => {
            let under = rows.iter().map(|row| format!("{} ({})", row.id, row.citation)).collect::<Vec<_>>().join("; ");
            let attestation = Attestation {
                reviewer: credentials.user.clone(),
                name: credentials.name.clone(),
                npi: credentials.npi.clone(),
                licence: licence.clone(),
                specialty,
                admitted_under: under,
                attested_at: now,
                statement: rules.statement().to_owned(),
            };
            let lines = lines.to_vec();
            Ok(LicensedReviewer { attestation, authorization: case.authorization.clone(), version: case.version, lines })
        }
    }
}

fn check_lines(case: &Case, lines: &[u32], reasons: &mut Vec<Reason>) {
    if !case.is_open() {
        reasons.push(Reason::Closed);
    }
    if lines.is_empty() {
        reasons.push(Reason::NoLines);
    }
    for sequence in lines {
        match case.line(*sequence) {
            None => reasons.push(Reason::UnknownLine(*sequence)),
            Some(line) if line.decision != Decision::Undecided => reasons.push(Reason::LineDecided(*sequence)),
            Some(_) => {}
        }
    }
}

/// The first licence that every row accepts; else what is wrong, row by row and licence by licence.
fn licence_for<'a>(
    credentials: &'a Credentials,
    rows: &[&ReviewerRule],
    today: Date,
    reasons: &mut Vec<Reason>,
) -> Option<&'a Licence> {
    let is_of_kind = |row: &ReviewerRule, licence: &Licence| row.licences.contains(&licence.kind);
    let is_of_state =
        |row: &ReviewerRule, licence: &Licence| row.licence_states.is_empty() || row.licence_states.contains(&licence.state);
    let accepted = |licence: &&Licence| rows.iter().all(|row| is_of_kind(row, licence) && is_of_state(row, licence));
    let is_current = |licence: &&Licence| licence.expires >= today && !licence.restricted;
    if let Some(licence) = credentials.licences.iter().filter(accepted).find(is_current) {
        return Some(licence);
    }
    for row in rows {
        let mut of_kind = credentials.licences.iter().filter(|licence| is_of_kind(row, licence)).peekable();
        if of_kind.peek().is_none() {
            reasons.push(Reason::LicenceKind { accepted: row.licences.join(", "), rule: row.id.clone() });
        } else if !of_kind.any(|licence| is_of_state(row, licence)) {
            let states = row.licence_states.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            reasons.push(Reason::LicenceState { states, rule: row.id.clone() });
        }
    }
    for licence in credentials.licences.iter().filter(accepted) {
        let (kind, state) = (licence.kind.clone(), licence.state);
        if licence.expires < today {
            reasons.push(Reason::LicenceExpired { kind: kind.clone(), state, on: licence.expires });
        }
        if licence.restricted {
            reasons.push(Reason::LicenceRestricted { kind, state });
        }
    }
    None
}

/// The specialty by which the reviewer is fit: one in the field of the first line that has a field, else the first one held.
fn specialty_for(
    credentials: &Credentials,
    case: &Case,
    lines: &[u32],
    rows: &[&ReviewerRule],
    rules: &Rules,
    reasons: &mut Vec<Reason>,
) -> String {
    let mut chosen = None;
    for sequence in lines {
        let Some(asked) = case.asked(*sequence) else { continue };
        let field = rules.field_of(&asked.service);
        let in_field = credentials.specialties.iter().find(|held| {
            field.is_none_or(|field| field.specialties.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(held.trim())))
        });
        match in_field {
            Some(specialty) => chosen = chosen.or_else(|| Some(specialty.clone())),
            None => reasons.extend(rows.iter().filter(|row| row.expertise).map(|row| Reason::Expertise {
                line: *sequence,
                needed: field.map_or_else(|| "any specialty".to_owned(), |field| field.specialties.join(", ")),
                rule: row.id.clone(),
            })),
        }
    }
    chosen.or_else(|| credentials.specialties.first().cloned()).unwrap_or_default()
}

fn check_independence(credentials: &Credentials, case: &Case, lines: &[u32], rows: &[&ReviewerRule], reasons: &mut Vec<Reason>) {
    let reopened = lines.iter().any(|sequence| case.line(*sequence).is_some_and(|line| line.prior.is_some()));
    if reopened && case.participants.contains(&credentials.user) {
        let strict = rows.iter().filter(|row| row.independent_when_reopened);
        reasons.extend(strict.map(|row| Reason::NotIndependent { rule: row.id.clone() }));
    }
}
