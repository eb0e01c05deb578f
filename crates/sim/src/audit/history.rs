//! The invariants that one case's history alone must keep.

use super::{Invariant, Tally};
use crate::people::Roster;
use base::{CaseId, Hash, LineOfBusiness, Timestamp};
use case::authority::Role;
use case::event::{Actor, Approval, Attestation, Basis, Intake};
use case::request::Urgency;
use case::{Case, Decision, Event, Truth as Verdict, What, evolve};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// What the auditor knows from outside the platform.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Who held which role and licence when.
    pub roster: Roster,
    /// Codes of services that need no authorization.
    pub exempt: BTreeSet<String>,
    /// Policies a clinician signed for automatic approval.
    pub signed: BTreeSet<Hash>,
    /// When no timer could fire: the platform was down or refused every append.
    pub blind: Vec<(Timestamp, Timestamp)>,
}

impl Truth {
    /// Whether the monitor could not work during the whole of this span.
    fn is_blind(&self, from: Timestamp, to: Timestamp) -> bool {
        self.blind.iter().any(|(start, end)| *start <= from && to <= *end)
    }
}

/// Reads a history and checks it; `now` is the moment of the audit, after the timers had their turn.
pub fn history(tally: &mut Tally, id: CaseId, events: &[Event], truth: &Truth, now: Timestamp) {
    let mut walk = Walk { tally, id, truth, events, due_set_at: now, reopened: BTreeSet::new(), deciders: Vec::new() };
    let mut state: Option<Case> = None;
    for (n, event) in events.iter().enumerate() {
        let before = state.clone();
        state = evolve(state, event);
        let Some(after) = &state else {
            walk.hold(Invariant::HistoryOnlyGrows, false, || "the first event is not a receipt".to_owned());
            return;
        };
        walk.order(n, events);
        walk.actor(event, before.as_ref());
        if let Some(before) = &before {
            walk.clock(event, before, after);
            walk.decisions(event, before, after);
        }
        // Events of one append share their moment: between them a case may be on its way.
        if events.get(n + 1).is_none_or(|next| next.at > event.at) {
            walk.rest(after);
        }
    }
    if let Some(case) = &state {
        walk.end(case, now);
    }
}

/// The history in short, to go beside a breach: kinds with their moments and due times, nothing of a person.
fn outline(events: &[Event]) -> String {
    let due = |what: &What| match what {
        What::ClockStarted { due } | What::Extended { due, .. } | What::Expedited { due } | What::Reopened { due, .. } => {
            Some(due.due_at)
        }
        What::InformationRequested { due, .. } | What::InformationReceived { due, .. } => due.as_ref().map(|due| due.due_at),
        What::ExpediteRefused { due, .. } | What::ReceiptCorrected { due, .. } => due.as_ref().map(|due| due.due_at),
        _ => None,
    };
    let one = |event: &Event| match due(&event.what) {
        Some(at) => format!("{} {} (due {at})", event.at, event.what.kind()),
        None => format!("{} {}", event.at, event.what.kind()),
    };
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}

struct Walk<'a> {
    tally: &'a mut Tally,
    id: CaseId,
    truth: &'a Truth,
    events: &'a [Event],
    /// When the due time now in force was set.
    due_set_at: Timestamp,
    /// Lines that were ever opened again.
    reopened: BTreeSet<u32>,
    /// People who decided something on this case, with the moment.
    deciders: Vec<(base::UserId, Timestamp)>,
}

impl Walk<'_> {
    fn hold(&mut self, invariant: Invariant, holds: bool, detail: impl FnOnce() -> String) {
        let events = self.events;
        self.tally.hold(invariant, Some(self.id), holds, || format!("{} [{}]", detail(), outline(events)));
    }

    fn order(&mut self, n: usize, events: &[Event]) {
        let sound = n == 0 || events[n - 1].at <= events[n].at;
        self.hold(Invariant::HistoryOnlyGrows, sound, || format!("event {} is dated before the one it follows", n + 1));
    }

    // ---- who did it ----

    fn actor(&mut self, event: &Event, before: Option<&Case>) {
        match &event.what {
            What::Approved { lines, basis } => self.approved(event, before, lines.as_slice(), basis),
            What::DeterminedAdverse { lines, attestation, .. } => {
                let named: Vec<u32> = lines.iter().map(|line| line.line).collect();
                self.adverse(event, before, &named, attestation);
            }
            what if event.by == Actor::Software => {
                let forbidden = matches!(
                    what,
                    What::Withdrawn { .. }
                        | What::Voided { .. }
                        | What::Reopened { .. }
                        | What::Extended { .. }
                        | What::ExpediteRefused { .. }
                        | What::ReceiptCorrected { .. }
                        | What::Referred { .. }
                );
                self.hold(Invariant::SoftwareOnlyApproves, !forbidden, || format!("software recorded {}", what.kind()));
            }
            _ => {}
        }
    }

    fn approved(&mut self, event: &Event, before: Option<&Case>, lines: &[Approval], basis: &Basis) {
        let because = match (basis, &event.by, before) {
            (_, _, None) => Some("an approval stands before the request".to_owned()),
            (Basis::Person { .. }, Actor::Person(user), _) => {
                let may = |role| matches!(role, Role::Nurse | Role::Physician | Role::MedicalDirector);
                self.deciders.push((user.clone(), event.at));
                let fit = self.truth.roster.at(user, event.at).is_some_and(|person| person.active && may(person.role));
                (!fit).then(|| format!("{user} may not approve"))
            }
            (Basis::Person { .. }, by, _) => Some(format!("{by:?} approved on a person's judgement")),
            (Basis::Criteria { policy }, _, Some(before)) => {
                lines.iter().find_map(|approval| self.unproven(before, approval.line, policy))
            }
            (Basis::NotRequired, _, Some(before)) => {
                let exempt = |approval: &Approval| {
                    before.asked(approval.line).is_some_and(|line| self.truth.exempt.contains(&line.service.code))
                };
                (!lines.iter().all(exempt)).then(|| "a service that needs authorization was let through".to_owned())
            }
        };
        self.hold(Invariant::SoftwareOnlyApproves, because.is_none(), || because.unwrap_or_default());
    }

    /// Why the criteria do not carry the approval of a line, if they do not.
    fn unproven(&self, before: &Case, line: u32, policy: &str) -> Option<String> {
        let state = before.line(line)?;
        let Some(findings) = &state.findings else { return Some(format!("line {line} was approved without findings")) };
        let named = format!("{}@{}", findings.policy.id, findings.policy.version);
        if findings.root != Verdict::Met {
            Some(format!("line {line} was approved and its root is {:?}", findings.root))
        } else if !findings.policy.signed || !self.truth.signed.contains(&findings.policy.hash) {
            Some(format!("line {line} was approved under {named}, which nobody signed"))
        } else if named != policy {
            Some(format!("line {line} was approved under {policy} on the findings of {named}"))
        } else if before.intake != Some(Intake::Clear) || before.request.member.matched.is_none() {
            Some(format!("line {line} was approved before intake was clear"))
        } else if state.prior.is_some() {
            Some(format!("line {line} was reopened and software decided it"))
        } else {
            None
        }
    }

    fn adverse(&mut self, event: &Event, before: Option<&Case>, lines: &[u32], attestation: &Attestation) {
        let because = self.unfit(event, before, lines, attestation);
        self.hold(Invariant::AdverseAttested, because.is_none(), || because.unwrap_or_default());
        self.deciders.push((attestation.reviewer.clone(), event.at));
    }

    fn unfit(&self, event: &Event, before: Option<&Case>, lines: &[u32], signed: &Attestation) -> Option<String> {
        let by = match &event.by {
            Actor::Person(user) => user,
            other => return Some(format!("{other:?} determined adversely")),
        };
        let Some(before) = before else { return Some("a determination stands before the request".to_owned()) };
        if *by != signed.reviewer || event.at != signed.attested_at {
            return Some(format!("{by} determined what {} attested", signed.reviewer));
        }
        let Some(person) = self.truth.roster.at(by, event.at) else { return Some(format!("nobody is called {by}")) };
        let cover = &before.request.cover;
        let today = event.at.to_zoned(TimeZone::get(&cover.zone).unwrap_or(TimeZone::UTC)).date();
        let licence = person.licences.iter().find(|held| **held == signed.licence);
        let insured_in_texas = cover.state.is_some_and(|state| state.as_str() == "TX")
            && matches!(cover.line_of_business, LineOfBusiness::FullyInsured | LineOfBusiness::Marketplace);
        let reopened =
            lines.iter().any(|line| self.reopened.contains(line) && before.line(*line).is_some_and(|l| l.prior.is_some()));
        let found = [
            (!person.active, "the account was suspended"),
            (!matches!(person.role, Role::Physician | Role::MedicalDirector), "the role is not a reviewer's"),
            (licence.is_none(), "the licence is not one they held"),
            (licence.is_some_and(|held| held.restricted), "the licence was restricted"),
            (licence.is_some_and(|held| held.expires < today), "the licence had expired"),
            (licence.is_some_and(|held| !matches!(held.kind.as_str(), "MD" | "DO" | "PharmD")), "the licence is of no fit kind"),
            (insured_in_texas && licence.is_some_and(|held| held.state.as_str() != "TX"), "no licence of Texas"),
            (
                insured_in_texas && licence.is_some_and(|held| held.kind == "PharmD"),
                "not a physician, for cover insured in Texas",
            ),
            (!person.specialties.contains(&signed.specialty), "the specialty is not one they hold"),
            (lines.iter().any(|line| self.out_of_field(before, *line, &signed.specialty)), "the specialty is not in the field"),
            (signed.statement.trim().is_empty(), "no statement was confirmed"),
            (
                reopened && self.deciders.iter().any(|(user, at)| user == by && *at < event.at),
                "took part in what is reviewed again",
            ),
        ];
        let reasons: Vec<&str> = found.into_iter().filter_map(|(wrong, words)| wrong.then_some(words)).collect();
        (!reasons.is_empty()).then(|| format!("{by} determined adversely: {}", reasons.join(", ")))
    }

    /// The simulation's own, coarse knowledge of fields: none of its equipment is a dermatologist's.
    fn out_of_field(&self, before: &Case, line: u32, specialty: &str) -> bool {
        let known =
            before.asked(line).is_some_and(|asked| ["E0", "E1", "E2"].iter().any(|start| asked.service.code.starts_with(start)));
        known && specialty == "dermatology"
    }

    // ---- clocks ----

    fn clock(&mut self, event: &Event, before: &Case, after: &Case) {
        if let What::Reopened { lines, .. } = &event.what {
            self.reopened.extend(lines.iter().copied());
        }
        if before.is_open()
            && let Some(due) = &before.due
        {
            match &event.what {
                What::ClockMissed { due_at, .. } => {
                    let right = *due_at == due.due_at && event.at > due.due_at && before.missed_at != Some(*due_at);
                    self.hold(Invariant::MissRecorded, right, || "a miss was recorded that was none, or twice".to_owned());
                    let from = due.near_at.max(self.due_set_at);
                    let warned =
                        before.near_at == Some(due.due_at) || from >= due.due_at || self.truth.is_blind(from, due.due_at);
                    self.hold(Invariant::NearBeforeMiss, warned, || format!("missed {due_at} without a warning from {from} on"));
                }
                what => {
                    let told = event.at <= due.due_at || before.missed_at == Some(due.due_at);
                    self.hold(Invariant::MissRecorded, told, || {
                        format!("{} at {} stands before the miss of {}", what.kind(), event.at, due.due_at)
                    });
                }
            }
            self.not_longer(event, before, after);
        }
        let set = |case: &Case| case.due.as_ref().map(|due| due.due_at);
        if set(before) != set(after) {
            self.due_set_at = event.at;
        }
        let kept = before.request.urgency == Urgency::Standard
            || after.request.urgency == Urgency::Expedited
            || matches!(event.what, What::ExpediteRefused { .. });
        self.hold(Invariant::UrgencyKept, kept, || format!("{} made an expedited case standard", event.what.kind()));
    }

    fn not_longer(&mut self, event: &Event, before: &Case, after: &Case) {
        let advantage = |case: &Case| case.request.cover.line_of_business == LineOfBusiness::MedicareAdvantage;
        let (Some(was), Some(is)) = (&before.due, &after.due) else { return };
        // Another cover counts by its own law and zone.
        if !advantage(before) || before.request.cover != after.request.cover {
            return;
        }
        let may_lengthen = matches!(event.what, What::Extended { .. } | What::ExpediteRefused { .. } | What::Reopened { .. });
        self.hold(Invariant::ClockNotRestarted, may_lengthen || is.due_at <= was.due_at, || {
            format!("{} moved the due time from {} to {}", event.what.kind(), was.due_at, is.due_at)
        });
    }

    /// Between appends.
    fn rest(&mut self, case: &Case) {
        if case.undecided_lines().is_empty() {
            return;
        }
        let sound = case.due.as_ref().is_some_and(|due| {
            !due.rule.id.is_empty() && !due.rule.citation.is_empty() && !due.rule.words.is_empty() && due.near_at <= due.due_at
        });
        self.hold(Invariant::DueWithRule, sound, || {
            format!("version {} is undecided without a due time or its rule", case.version)
        });
        if let Some(due) = &case.due {
            let same = due.facts.urgency == case.request.urgency;
            self.hold(Invariant::UrgencyKept, same, || format!("version {}: the clock counts another urgency", case.version));
        }
    }

    fn end(&mut self, case: &Case, now: Timestamp) {
        let Some(due) = case.due.as_ref().filter(|_| case.is_open()) else { return };
        let passed = now >= case::clock::just_after(due.due_at);
        let told = !passed || case.missed_at == Some(due.due_at) || self.truth.is_blind(now, now);
        self.hold(Invariant::MissRecorded, told, || format!("due {} passed and nothing says so", due.due_at));
        let near = now < due.near_at || case.near_at == Some(due.due_at) || passed || self.truth.is_blind(now, now);
        self.hold(Invariant::NearBeforeMiss, near, || format!("due {} is near and nothing says so", due.due_at));
    }

    // ---- decisions ----

    fn decisions(&mut self, event: &Event, before: &Case, after: &Case) {
        for (sequence, was) in &before.lines {
            if was.decision == Decision::Undecided {
                continue;
            }
            let is = after.line(*sequence).map(|line| &line.decision);
            let same = is == Some(&was.decision);
            let allowed = match &event.what {
                What::Reopened { lines, .. } => lines.iter().any(|line| line == sequence),
                What::Updated { cancelled, .. } => {
                    cancelled.contains(sequence) && !matches!(was.decision, Decision::Adverse { .. })
                }
                _ => false,
            };
            self.hold(Invariant::DecisionStands, same || allowed, || {
                format!("{} changed the decision on line {sequence}", event.what.kind())
            });
        }
    }
}
