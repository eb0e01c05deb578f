//! The people of a simulated plan: who they are, what they hold, and how that changes while time passes.

use crate::Error;
use base::{Code, Date, LineOfBusiness, State, TenantId, Timestamp, UserId, system};
use case::authority::{Licence, Role};
use criteria::{Library, Signature, Signatures};
use fiction::people::{Member, Plan};
use std::collections::{BTreeMap, BTreeSet};
use workflow::Platform;
use workflow::directory::{MemberRecord, StaffRecord, Tenant};

/// Who was what at which moment. The directory overwrites; the roster remembers.
#[derive(Debug, Clone, Default)]
pub struct Roster(BTreeMap<UserId, Vec<(Timestamp, StaffRecord)>>);

impl Roster {
    /// From this moment on a person is as the record says.
    pub fn set(&mut self, from: Timestamp, record: StaffRecord) {
        self.0.entry(record.user.clone()).or_default().push((from, record));
    }

    /// A person as they were at a moment.
    #[must_use]
    pub fn at(&self, user: &UserId, at: Timestamp) -> Option<&StaffRecord> {
        let versions = self.0.get(user)?;
        versions.iter().rev().find(|(from, _)| *from <= at).map(|(_, record)| record)
    }

    /// Everybody as they are now, by sign-in name.
    pub fn now(&self) -> impl Iterator<Item = &StaffRecord> {
        self.0.values().filter_map(|versions| versions.last()).map(|(_, record)| record)
    }
}

/// What a seat needs to be written down.
struct Seat {
    user: &'static str,
    role: Role,
    specialty: &'static str,
    /// Kind, state, last day as days after the start, restricted.
    licence: Option<(&'static str, &'static str, i64, bool)>,
    active: bool,
}

const fn seat(user: &'static str, role: Role) -> Seat {
    Seat { user, role, specialty: "", licence: None, active: true }
}

const fn clinician(
    user: &'static str,
    role: Role,
    specialty: &'static str,
    licence: (&'static str, &'static str, i64, bool),
) -> Seat {
    Seat { user, role, specialty, licence: Some(licence), active: true }
}

/// Those who work, and among the physicians those who must be refused.
const SEATS: &[Seat] = &[
    seat("intake", Role::Intake),
    seat("admin", Role::Administrator),
    clinician("nurse", Role::Nurse, "", ("RN", "PA", 4000, false)),
    clinician("nurse2", Role::Nurse, "", ("RN", "TX", 4000, false)),
    clinician("physician", Role::Physician, "pulmonary disease", ("MD", "PA", 4000, false)),
    clinician("physician2", Role::Physician, "internal medicine", ("MD", "TX", 4000, false)),
    clinician("director", Role::MedicalDirector, "family medicine", ("DO", "TX", 4000, false)),
    clinician("lapsed", Role::Physician, "internal medicine", ("MD", "PA", -1, false)),
    clinician("lapsing", Role::Physician, "internal medicine", ("MD", "TX", 12, false)),
    clinician("restricted", Role::Physician, "internal medicine", ("MD", "TX", 4000, true)),
    clinician("dermatologist", Role::Physician, "dermatology", ("MD", "TX", 4000, false)),
    clinician("elsewhere", Role::Physician, "internal medicine", ("MD", "NY", 4000, false)),
    Seat { active: false, ..clinician("suspended", Role::Physician, "internal medicine", ("MD", "TX", 4000, false)) },
];

/// The staff at the start.
///
/// # Errors
/// Never in practice: the table is fit for the types.
pub fn staff(start: Date) -> Result<Vec<StaffRecord>, Error> {
    SEATS.iter().map(|seat| record(seat, start)).collect()
}

fn record(seat: &Seat, start: Date) -> Result<StaffRecord, Error> {
    let unfit = |_| Error::SetUp(format!("the seat {} is not well-formed", seat.user));
    let licences = match seat.licence {
        Some((kind, state, days, restricted)) => vec![Licence {
            kind: kind.to_owned(),
            number: format!("{kind}-S-{}", seat.user),
            state: State::new(state).map_err(unfit)?,
            expires: start.saturating_add(jiff::Span::new().days(days)),
            restricted,
        }],
        None => Vec::new(),
    };
    Ok(StaffRecord {
        user: UserId::new(seat.user).map_err(unfit)?,
        name: format!("{} Example", seat.user),
        role: seat.role,
        licences,
        npi: None,
        specialties: if seat.specialty.is_empty() { Vec::new() } else { vec![seat.specialty.to_owned()] },
        active: seat.active,
        password: String::new(),
    })
}

/// A tenant of the simulation, signed for automatic approval but for the policies named.
#[must_use]
pub fn tenant(id: &TenantId, library: &Library, start: Date, unsigned: &[&str]) -> Tenant {
    let mut signatures = Signatures::none();
    for policy in library.policies().iter().filter(|policy| !unsigned.contains(&policy.id())) {
        let signature = Signature {
            name: "Dr. Sim Example (fictional)".to_owned(),
            credentials: "MD (fictional)".to_owned(),
            date: start,
            hash: policy.hash(),
        };
        signatures.add(policy.hash(), signature);
    }
    Tenant {
        id: id.clone(),
        name: format!("Simulated plan {id}"),
        zone: "America/New_York".to_owned(),
        line_of_business: LineOfBusiness::MedicareAdvantage,
        exempt: fiction::EXEMPT.iter().map(|code| Code::new(system::HCPCS, code)).collect(),
        signatures,
        demo: true,
    }
}

/// Hashes of the policies a tenant has signed.
#[must_use]
pub fn signed(tenant: &Tenant, library: &Library) -> BTreeSet<base::Hash> {
    library.policies().iter().map(|policy| policy.hash()).filter(|hash| tenant.signatures.of(hash).is_some()).collect()
}

/// Writes members and staff into the directory of a tenant.
///
/// # Errors
/// The store's.
pub fn enrol(platform: &Platform, id: &TenantId, plan: &Plan, staff: &[StaffRecord]) -> Result<(), Error> {
    platform.put_members(id, plan.members.iter().map(member)).map_err(Error::set_up)?;
    for person in staff {
        platform.put_staff(id, person).map_err(Error::set_up)?;
    }
    Ok(())
}

fn member(m: &Member) -> MemberRecord {
    MemberRecord {
        member_id: m.member_id.clone().into(),
        family: m.family.clone().into(),
        given: m.given.clone().into(),
        birth_date: m.birth_date.into(),
        line_of_business: m.line_of_business,
        state: State::new(&m.state).ok(),
        plan: m.plan.clone(),
        zone: m.zone.clone(),
        from: m.from,
        to: m.to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roster_remembers_what_the_directory_overwrites() {
        let start = Date::constant(2026, 3, 2);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut person = staff(start).unwrap().into_iter().find(|p| p.user.as_str() == "physician").unwrap();
        let mut roster = Roster::default();
        roster.set(at("2026-03-02T00:00:00Z"), person.clone());
        person.active = false;
        roster.set(at("2026-03-10T00:00:00Z"), person.clone());
        assert!(roster.at(&person.user, at("2026-03-09T23:00:00Z")).unwrap().active);
        assert!(!roster.at(&person.user, at("2026-03-10T00:00:00Z")).unwrap().active);
        assert!(roster.at(&person.user, at("2026-03-01T00:00:00Z")).is_none());
        assert!(!roster.now().next().unwrap().active);
    }
}
