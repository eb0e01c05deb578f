//! The organization's side: intake, nurses and physicians take work from the list, well and badly.

use crate::Error;
use crate::audit::Invariant;
use crate::engine::{DAY, Sim, office};
use crate::tasks::Task;
use crate::world::after;
use base::{CaseId, Code, Date, NonEmpty, Phi, UserId, system};
use case::authority::Role;
use case::event::{Adverse, AdverseOutcome, Approval, Ask, Intake, Queue, ReopenCause};
use case::request::{Channel, Urgency};
use case::{Case, Decision, Status};
use jiff::tz::TimeZone;
use std::sync::Arc;
use store::Filter;
use workflow::Platform;
use workflow::directory::StaffRecord;
use workflow::people::{self, Acting};

/// What ought to come of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    /// It is proper and must be done.
    Done,
    /// The case's law may refuse it.
    Either,
    /// It is forbidden and must be refused.
    Refused,
}

/// An act in hand: who does what to which case.
struct Hand<'a> {
    t: usize,
    platform: &'a Platform,
    person: &'a StaffRecord,
    id: CaseId,
    case: &'a Case,
}

impl Hand<'_> {
    fn acting<'b>(&'b self, tenant: &'b base::TenantId) -> Acting<'b> {
        Acting { tenant, staff: self.person, case: self.id, seen: self.case.version }
    }
}

type Kept = Result<u64, workflow::Error>;

/// Runs an act to its end and keeps what matters of it: the version it made.
macro_rules! act {
    ($future:expr) => {
        pollster::block_on($future).map(|kept| kept.case.version)
    };
}

impl Sim<'_> {
    /// A person takes one piece of work, and plans the next.
    pub(crate) fn work(&mut self, t: usize, user: &UserId) -> Result<(), Error> {
        let now = self.now();
        let pace = if self.houses[t].slow { 30 } else { 1 };
        let next = office(after(now, self.dice.between(8 * 60, 40 * 60) * pace));
        self.agenda.plan(next, Task::Work(t, user.clone()));
        if !self.is_up() || office(now) != now {
            return Ok(());
        }
        let platform = self.platform()?;
        let Some(person) = self.houses[t].roster.at(user, now).cloned() else { return Ok(()) };
        let queue = match person.role {
            Role::Intake => Queue::Intake,
            Role::Nurse => Queue::Nurse,
            _ => Queue::Physician,
        };
        let filter = Filter { queue: Some(queue), limit: 12, ..Filter::default() };
        let rows = platform.store.worklist(&self.houses[t].id, &filter)?.rows;
        let Some(place) = rows.len().checked_sub(1) else { return Ok(()) };
        let place = if self.dice.chance(85) { 0 } else { self.dice.below(place as u64 + 1) as usize };
        let id = rows[place].case;
        let Some(case) = platform.store.case(&self.houses[t].id, id)? else { return Ok(()) };
        let hand = Hand { t, platform: &platform, person: &person, id, case: &case };
        if self.badly(&hand)? {
            return Ok(());
        }
        match person.role {
            Role::Intake => self.intake(&hand),
            Role::Nurse => self.nurse(&hand),
            _ => self.physician(&hand),
        }
    }

    // ---- what must be refused ----

    /// Now and then somebody tries what they may not, or acts on an old view. Says whether this was such a time.
    fn badly(&mut self, hand: &Hand<'_>) -> Result<bool, Error> {
        let tenant = self.houses[hand.t].id.clone();
        let roll = self.dice.below(100);
        if roll < 4 && hand.case.version > 1 {
            let old = Acting { seen: hand.case.version - 1, ..hand.acting(&tenant) };
            let result = act!(people::refer(hand.platform, old, "an old view".to_owned()));
            self.settle(hand, "acted on an old view", Want::Refused, result)?;
            return Ok(true);
        }
        if roll < 9 && !matches!(hand.person.role, Role::Physician | Role::MedicalDirector) {
            let result = self.deny(hand, &tenant);
            self.settle(hand, "denied without being a physician", Want::Refused, result)?;
            return Ok(true);
        }
        if roll < 11 {
            let foreign = self.houses[1 - hand.t].id.clone();
            let result = act!(people::assign(hand.platform, hand.acting(&foreign), hand.person.user.clone()));
            self.settle(hand, "acted under another tenant", Want::Refused, result)?;
            return Ok(true);
        }
        if roll < 14 {
            return self.race(hand).map(|()| true);
        }
        Ok(false)
    }

    /// Two people look at one version and both assign it to themselves: the second must be told.
    fn race(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let first = act!(people::assign(hand.platform, hand.acting(&tenant), hand.person.user.clone()));
        let moved = first.as_ref().is_ok_and(|version| *version > hand.case.version);
        self.settle(hand, "assigned", Want::Done, first)?;
        if moved {
            let second = act!(people::assign(hand.platform, hand.acting(&tenant), other(&hand.person.user)?));
            self.settle(hand, "acted second on one view", Want::Refused, second)?;
        }
        Ok(())
    }

    // ---- intake ----

    fn intake(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let platform = hand.platform;
        let acting = hand.acting(&tenant);
        if self.dice.chance(6) {
            let earlier = after(hand.case.receipt.received_at, -self.dice.between(600, 20_000));
            let proof: Arc<[u8]> = format!("call note of {earlier}").into_bytes().into();
            let result = act!(people::correct_receipt(platform, acting, earlier, "text/plain", proof));
            return self.settle(hand, "receipt corrected", Want::Either, result);
        }
        if hand.case.request.member.matched.is_some() {
            let result = act!(people::clear(platform, acting));
            return self.settle(hand, "intake cleared", Want::Done, result);
        }
        let sent = hand.case.request.member.member_id.expose().clone();
        if platform.member(&tenant, &sent).map_err(Error::set_up)?.is_some() {
            let result = act!(people::match_member(platform, acting, &sent));
            return self.settle(hand, "member matched", Want::Done, result);
        }
        let result = if self.dice.chance(60) {
            act!(people::void(platform, acting, "no such member, the office confirms".to_owned()))
        } else {
            act!(people::withdraw(platform, acting, "the office withdraws it".to_owned()))
        };
        self.settle(hand, "voided or withdrawn", Want::Either, result)
    }

    // ---- nurses ----

    fn nurse(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let (platform, acting) = (hand.platform, hand.acting(&tenant));
        let decidable = decidable(hand.case);
        match self.dice.below(100) {
            0..40 if decidable => {
                let result = approve(hand, &tenant, "the record supports it");
                self.settle(hand, "approved", Want::Done, result)
            }
            0..65 if hand.case.asks.is_empty() && hand.case.documents.len() < 6 => self.ask(hand),
            65..71 => self.extend(hand),
            71..73 => {
                let result = act!(people::expedite(platform, acting));
                self.settle(hand, "expedited", Want::Done, result)
            }
            73..76 => {
                let result = act!(people::assign(platform, acting, other(&hand.person.user)?));
                self.settle(hand, "assigned", Want::Done, result)
            }
            76..78 if self.houses[hand.t].cases.len() > 1 => {
                let of = *self.dice.pick(&self.houses[hand.t].cases);
                let result = act!(people::mark_duplicate(platform, acting, of));
                let earlier = platform.store.case(&tenant, of)?.map(|case| case.status);
                let no_original = of == hand.id || matches!(earlier, Some(Status::Duplicate { .. }));
                let want = if no_original { Want::Refused } else { Want::Either };
                self.settle(hand, "marked duplicate", want, result)
            }
            _ => {
                let result = act!(people::refer(platform, acting, "needs a physician".to_owned()));
                self.settle(hand, "referred", Want::Done, result)
            }
        }
    }

    fn ask(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let asks: Vec<Ask> = hand.case.undecided_lines().into_iter().map(|line| question(hand.case, line)).collect();
        let Ok(asks) = NonEmpty::try_from(asks) else { return Ok(()) };
        let result = act!(people::ask(hand.platform, hand.acting(&tenant), asks));
        if result.is_ok() && self.dice.chance(75) {
            // Most answer within days, some long after it could have helped, the others never.
            let urgent = hand.case.request.urgency == Urgency::Expedited;
            let within = if self.dice.chance(80) { if urgent { DAY } else { 8 * DAY } } else { 60 * DAY };
            let at = after(self.now(), self.dice.between(600, within));
            self.agenda.plan(at, Task::Answer(hand.t, hand.id));
        }
        self.settle(hand, "asked for facts", Want::Done, result)
    }

    fn extend(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let grounds = hand.case.due.as_ref().and_then(|due| hand.platform.clocks.grounds(due)).unwrap_or_default();
        let ground = if grounds.is_empty() { "no-such-ground".to_owned() } else { self.dice.pick(grounds).clone() };
        let want = if grounds.is_empty() { Want::Refused } else { Want::Either };
        let result = act!(people::extend(hand.platform, hand.acting(&tenant), ground, "records are on their way".to_owned()));
        self.settle(hand, "extended", want, result)
    }

    /// Documents came for a case; a nurse takes them in.
    pub(crate) fn take_in(&mut self, t: usize, id: CaseId, body: Vec<u8>) -> Result<(), Error> {
        if !self.is_up() {
            let at = after(self.now(), 3600);
            self.agenda.plan(at, Task::Answer(t, id));
            return Ok(());
        }
        let platform = self.platform()?;
        let (tenant, nurse) = (self.houses[t].id.clone(), self.person(t, "nurse"));
        let (Some(case), Some(nurse)) = (platform.store.case(&tenant, id)?, nurse) else { return Ok(()) };
        let hand = Hand { t, platform: &platform, person: &nurse, id, case: &case };
        let want = if case.is_open() { Want::Done } else { Want::Either };
        let result = act!(people::receive_information(&platform, hand.acting(&tenant), "application/fhir+json", body.into()));
        self.settle(&hand, "information received", want, result)
    }

    // ---- physicians ----

    fn physician(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let (platform, acting) = (hand.platform, hand.acting(&tenant));
        if !decidable(hand.case) {
            let result = act!(people::pend(platform, acting, Queue::Nurse, "intake is not done".to_owned()));
            return self.settle(hand, "sent back", Want::Done, result);
        }
        match self.dice.below(100) {
            0..40 => {
                let result = approve(hand, &tenant, "clinical judgement after review of the record");
                self.settle(hand, "approved", Want::Done, result)
            }
            40..48 => self.ask(hand),
            48..53 if hand.case.request.urgency == Urgency::Expedited => {
                let physician_asked = self.dice.chance(40);
                let want = if physician_asked { Want::Refused } else { Want::Done };
                let result = act!(people::refuse_expedite(platform, acting, "no jeopardy".to_owned(), physician_asked));
                self.settle(hand, "expedite refused", want, result)
            }
            53..60 => self.unfit_first(hand),
            _ => {
                let result = self.deny(hand, &tenant);
                self.settle(hand, "determined adversely", Want::Either, result)
            }
        }
    }

    /// The case is first given to a colleague who may not be fit for it.
    fn unfit_first(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        let tenant = self.houses[hand.t].id.clone();
        let user = *self.dice.pick(&["lapsed", "restricted", "suspended", "lapsing", "dermatologist", "elsewhere"]);
        let Some(person) = self.person(hand.t, user) else { return Ok(()) };
        let never = matches!(user, "lapsed" | "restricted" | "suspended");
        let colleague = Hand { person: &person, ..*hand };
        let result = self.deny(&colleague, &tenant);
        let want = if never { Want::Refused } else { Want::Either };
        self.settle(&colleague, "determined adversely by a doubtful reviewer", want, result)
    }

    /// Denies, reduces or modifies every undecided line.
    fn deny(&mut self, hand: &Hand<'_>, tenant: &base::TenantId) -> Kept {
        let lines: Vec<Adverse> = hand.case.undecided_lines().into_iter().map(|line| self.less(hand.case, line)).collect();
        let Ok(lines) = NonEmpty::try_from(lines) else { return Err(workflow::Error::NoSuchCase) };
        let rationale = Phi::new("The record shows a saturation above the limit of the criterion named.".to_owned());
        let statement = hand.platform.authority.statement();
        act!(people::determine(hand.platform, hand.acting(tenant), lines, rationale, statement))
    }

    fn less(&mut self, case: &Case, line: u32) -> Adverse {
        let (from, to) = days(case, line);
        let quantity = case.asked(line).and_then(|asked| asked.quantity.clone());
        let authorized = Approval { line, from, to: from, quantity };
        let outcome = match self.dice.below(10) {
            0 | 1 if from < to => AdverseOutcome::Partial { authorized },
            2 => AdverseOutcome::Modified { authorized, service: Code::new(system::HCPCS, "E1392") },
            _ => AdverseOutcome::Denied,
        };
        Adverse { line, outcome, reason: Code::new(system::X12_REASON, "0V"), criterion: "policy#criterion".to_owned() }
    }

    // ---- odd things ----

    /// Once a day: a withdrawal, a void, openings again.
    pub(crate) fn daily(&mut self, t: usize) -> Result<(), Error> {
        let next = after(self.now(), self.dice.between(DAY / 3, DAY));
        self.agenda.plan(next, Task::Daily(t));
        if !self.is_up() || self.houses[t].cases.is_empty() {
            return Ok(());
        }
        let platform = self.platform()?;
        let tenant = self.houses[t].id.clone();
        for user in ["intake", "admin", "director", "physician"] {
            let id = *self.dice.pick(&self.houses[t].cases);
            let (Some(case), Some(person)) = (platform.store.case(&tenant, id)?, self.person(t, user)) else { continue };
            let hand = Hand { t, platform: &platform, person: &person, id, case: &case };
            let acting = hand.acting(&tenant);
            let (name, result) = match (user, self.dice.chance(50)) {
                ("intake", true) => {
                    ("withdrawn", act!(people::withdraw(&platform, acting, "the member changed their mind".to_owned())))
                }
                ("admin", true) => ("voided", act!(people::void(&platform, acting, "opened in error".to_owned()))),
                ("director" | "physician", _) => {
                    let causes =
                        [ReopenCause::NewEvidence, ReopenCause::ErrorOnFace, ReopenCause::ClericalError, ReopenCause::Fraud];
                    let cause = *self.dice.pick(&causes);
                    (
                        "reopened",
                        act!(people::reopen(&platform, acting, cause, "the record was read again".to_owned(), Vec::new())),
                    )
                }
                _ => continue,
            };
            self.settle(&hand, name, Want::Either, result)?;
        }
        Ok(())
    }

    /// Once a week: the pace of the staff, and what becomes of licences.
    pub(crate) fn weekly(&mut self, t: usize) -> Result<(), Error> {
        let now = self.now();
        self.agenda.plan(after(now, 7 * DAY), Task::Weekly(t));
        self.houses[t].slow = self.dice.chance(self.config.faults.slow_weeks_percent);
        if !self.is_up() {
            return Ok(());
        }
        let platform = self.platform()?;
        for user in ["elsewhere", "dermatologist"] {
            let Some(mut person) = self.person(t, user) else { continue };
            let restricted = self.dice.chance(30);
            person.licences.iter_mut().for_each(|licence| licence.restricted = restricted);
            person.active = !self.dice.chance(20);
            let house = &mut self.houses[t];
            platform.put_staff(&house.id, &person).map_err(Error::set_up)?;
            house.roster.set(now, person);
        }
        Ok(())
    }

    /// Delivers what waits in the outbox; a nurse records the notice of some.
    pub(crate) fn courier(&mut self) -> Result<(), Error> {
        self.agenda.plan(after(self.now(), DAY / 4), Task::Courier);
        if !self.is_up() {
            return Ok(());
        }
        let platform = self.platform()?;
        let rows = platform.store.outbox(0)?;
        for row in &rows {
            let Some(t) = self.houses.iter().position(|house| house.id == row.id.tenant) else {
                self.tally.hold(Invariant::TenantsApart, Some(row.case), false, || "a message of no tenant".to_owned());
                continue;
            };
            let case = platform.store.case(&row.id.tenant, row.case)?;
            self.tally.hold(Invariant::NothingHalfDone, Some(row.case), case.is_some(), || "a message about no case".to_owned());
            self.report.count("messages delivered");
            let (Some(case), Some(nurse), true) = (case, self.person(t, "nurse"), self.dice.chance(30)) else { continue };
            let hand = Hand { t, platform: &platform, person: &nurse, id: row.case, case: &case };
            let result = act!(people::record_notice(&platform, hand.acting(&row.id.tenant), Channel::Fax, row.kind.clone()));
            self.settle(&hand, "notice recorded", Want::Done, result)?;
        }
        let ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
        Ok(platform.store.outbox_done(&ids).wait()?)
    }

    // ---- what came of it ----

    fn person(&self, t: usize, user: &str) -> Option<StaffRecord> {
        self.houses[t].roster.at(&UserId::new(user).ok()?, self.now()).cloned()
    }

    /// Holds what came of an act against what ought to have come of it.
    fn settle(&mut self, hand: &Hand<'_>, name: &'static str, want: Want, result: Kept) -> Result<(), Error> {
        use workflow::Error as E;
        let said = match result {
            Ok(_) => {
                self.report.count(name);
                self.tally
                    .hold(Invariant::ForbiddenRefused, Some(hand.id), want != Want::Refused, || format!("{name}: it was done"));
                return Ok(());
            }
            Err(E::Busy | E::Full | E::Unavailable) => return self.nothing_half_done(hand),
            Err(E::Refused(_) | E::NotAllowed(_) | E::NotAdmitted(_) | E::Stale { .. } | E::NoSuchCase)
                if want == Want::Refused =>
            {
                self.tally.hold(Invariant::ForbiddenRefused, Some(hand.id), true, String::new);
                format!("{name}: as it must be")
            }
            Err(error) => {
                let suspended = !hand.person.active && matches!(error, E::NotAllowed(_));
                let proper = matches!(error, E::Refused(_) | E::NotAdmitted(_)) || suspended;
                let proper = proper && want == Want::Either;
                self.tally
                    .hold(Invariant::Explained, Some(hand.id), proper, || format!("{name} by {}: {error}", hand.person.user));
                format!("{name}: {}", general(&error.to_string()))
            }
        };
        *self.report.refusals.entry(said).or_default() += 1;
        Ok(())
    }

    /// An append that was refused, or whose answer was lost: the case is as before, or as after the whole act.
    fn nothing_half_done(&mut self, hand: &Hand<'_>) -> Result<(), Error> {
        self.report.count("acts met by a fault of the store");
        let tenant = &self.houses[hand.t].id;
        let version = hand.platform.store.case(tenant, hand.id)?.map_or(0, |case| case.version);
        let row = hand.platform.store.row(tenant, hand.id)?.map_or(0, |row| row.version);
        self.tally.hold(Invariant::NothingHalfDone, Some(hand.id), version == row && version >= hand.case.version, || {
            format!("the events say version {version}, the row {row}")
        });
        Ok(())
    }
}

/// The same words for all lines, dates and people.
fn general(words: &str) -> String {
    let digits = words.chars().map(|c| if c.is_ascii_digit() { '#' } else { c });
    let mut out = String::new();
    for c in digits {
        if !(c == '#' && out.ends_with('#')) {
            out.push(c);
        }
    }
    out
}

fn other(user: &UserId) -> Result<UserId, Error> {
    UserId::new(if user.as_str() == "nurse" { "nurse2" } else { "nurse" }).map_err(Error::set_up)
}

/// A person may decide it: the member is matched, and intake has nothing open but a contradiction.
fn decidable(case: &Case) -> bool {
    let clear = matches!(case.intake, Some(Intake::Clear | Intake::Contradictory { .. }));
    clear && case.request.member.matched.is_some() && case.lines.values().any(|line| line.decision == Decision::Undecided)
}

/// The days asked for on a line, or a month from its receipt.
fn days(case: &Case, line: u32) -> (Date, Date) {
    let received = case.receipt.received_at.to_zoned(TimeZone::UTC).date();
    let asked = case.asked(line);
    let from = asked.and_then(|asked| asked.service_from).unwrap_or(received);
    let to = asked.and_then(|asked| asked.service_to).unwrap_or(from);
    (from, to.max(from))
}

fn approve(hand: &Hand<'_>, tenant: &base::TenantId, reason: &str) -> Kept {
    let lines: Vec<Approval> = hand
        .case
        .undecided_lines()
        .into_iter()
        .filter_map(|line| {
            let (from, to) = days(hand.case, line);
            hand.case.asked(line).map(|asked| Approval::as_asked(asked, from, to))
        })
        .collect();
    let Ok(lines) = NonEmpty::try_from(lines) else { return Err(workflow::Error::NoSuchCase) };
    act!(people::approve(hand.platform, hand.acting(tenant), lines, reason.to_owned()))
}

fn question(case: &Case, line: u32) -> Ask {
    let missing = case.line(line).and_then(|line| line.findings.as_ref()).and_then(|findings| findings.missing.first());
    let criterion = missing.and_then(|set| set.criteria.first().cloned());
    let text = missing.and_then(|set| set.asks.first().cloned());
    Ask { line, criterion, text: text.unwrap_or_else(|| "Please send the records of the last visit.".to_owned()) }
}
