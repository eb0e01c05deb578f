//! What the wire only implies: urgency, drug, timing, and what is not plausible. Every choice that shortens a clock wins.

use super::incoming::Doubt;
use base::{Date, LineOfBusiness, Timestamp};
use case::request::{Drug, Line, Timing, Urgency};
use jiff::tz::TimeZone;

/// The day it is at a moment, in an IANA zone; UTC when the zone is not known.
#[must_use]
pub fn today(at: Timestamp, zone: &str) -> Date {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).date()
}

/// Which drug clock applies: a drug under Medicare Advantage is a Part B drug (42 CFR 422.568(b)(3), 422.572(a)(2)), under Medicaid a
/// covered outpatient drug (42 CFR 438.3(s)(6)); other lines of business have no drug clock of their own.
///
/// One drug among the lines is enough: the drug clock is the shorter one, and a case has one clock. Call it again when
/// the directory corrects the line of business.
#[must_use]
pub const fn drug(drug_named: bool, line_of_business: LineOfBusiness) -> Drug {
    if !drug_named {
        return Drug::None;
    }
    match line_of_business {
        LineOfBusiness::MedicareAdvantage => Drug::PartB,
        LineOfBusiness::MedicaidManagedCare
        | LineOfBusiness::MedicaidFeeForService
        | LineOfBusiness::ChipManagedCare
        | LineOfBusiness::ChipFeeForService => Drug::Outpatient,
        LineOfBusiness::Marketplace | LineOfBusiness::SelfFunded | LineOfBusiness::FullyInsured => Drug::None,
    }
}

/// A HCPCS Level II code that names a drug: J0000-J9999 (drugs not given by mouth, inhalation solutions, chemotherapy) and
/// Q5101-Q5199 (biosimilars). Other Q, C and G codes mix drugs with devices and services and are left to a reviewer.
#[must_use]
pub(crate) fn is_drug_code(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 5
        && bytes[1..].iter().all(u8::is_ascii_digit)
        && (bytes[0].eq_ignore_ascii_case(&b'J')
            || (bytes[0].eq_ignore_ascii_case(&b'Q') && bytes[1] == b'5' && bytes[2] == b'1'))
}

/// When the review happens relative to the service. Retrospective only when every line's last day is known and past: the
/// longer clock must not be chosen on a guess. Concurrent when the patient is admitted or some service has begun and not ended.
#[must_use]
pub fn timing(lines: &[Line], admitted: bool, today: Date) -> Timing {
    // The later of the two days: a period that ends before it starts is a doubt, not a service that is over.
    let last = |line: &Line| line.service_to.max(line.service_from);
    if !lines.is_empty() && lines.iter().all(|line| last(line).is_some_and(|day| day < today)) {
        return Timing::Retrospective;
    }
    let begun = |line: &Line| line.service_from.is_some_and(|from| from < today) && line.service_to.is_some_and(|to| to >= today);
    if admitted || lines.iter().any(begun) { Timing::Concurrent } else { Timing::Prospective }
}

/// Urgency by the codes of `Claim.priority` (processpriority) and of the orders (request-priority).
#[must_use]
pub(crate) fn urgent_priority(code: &str) -> bool {
    ["stat", "urgent", "asap", "emergency", "expedited"].iter().any(|word| code.eq_ignore_ascii_case(word))
}

/// Urgency by X12 1338 level of service: `03` emergency, `U` urgent.
#[must_use]
pub(crate) fn urgent_level(code: &str) -> bool {
    matches!(code, "03" | "U" | "u")
}

/// The more urgent of two.
#[must_use]
pub(crate) const fn sooner(expedited: bool) -> Urgency {
    if expedited { Urgency::Expedited } else { Urgency::Standard }
}

/// Days and amounts that no request means.
pub(crate) fn doubt_lines(lines: &[Line], today: Date, doubts: &mut Vec<Doubt>) {
    let plausible = |day: Date| (today.year() - 2..=today.year() + 5).contains(&day.year());
    for line in lines {
        if let (Some(from), Some(to)) = (line.service_from, line.service_to)
            && to < from
        {
            doubts.push(Doubt::PeriodReversed { line: line.sequence });
        }
        if [line.service_from, line.service_to].into_iter().flatten().any(|day| !plausible(day)) {
            doubts.push(Doubt::DateImplausible { line: line.sequence });
        }
        if line.quantity.as_ref().is_some_and(|quantity| quantity.value <= base::Decimal::ZERO) {
            doubts.push(Doubt::QuantityNotPositive { line: line.sequence });
        }
    }
}

/// A birth date that no living member has.
pub(crate) fn doubt_birth(birth: Option<Date>, today: Date, doubts: &mut Vec<Doubt>) {
    if birth.is_some_and(|birth| birth > today || today.year() - birth.year() > 130) {
        doubts.push(Doubt::BirthDateImplausible);
    }
}
