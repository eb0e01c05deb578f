//! The providers' side: requests go out, answers come back, and what was acknowledged is remembered.

use crate::Error;
use crate::audit::{Acknowledged, Invariant};
use crate::engine::{DAY, Sim};
use crate::letters::{Kind, Letter};
use crate::tasks::Task;
use crate::world::after;
use base::{CaseId, Hash};
use exchange::pas::Summary;
use fiction::Expect;
use std::sync::Arc;
use workflow::{Outcome, Submission};

/// Tries after which a provider gives up.
const TRIES: u32 = 200;

impl Sim<'_> {
    /// A provider writes; then the next one does.
    pub(crate) fn arrive(&mut self, t: usize) -> Result<(), Error> {
        let now = self.now();
        let mean = DAY / i64::from(self.config.requests_per_day.max(1));
        let next = after(now, self.dice.between(1, mean * 2));
        self.agenda.plan(next, Task::Arrive(t));
        let house = &mut self.houses[t];
        let letter =
            if self.dice.chance(4) { house.writer.malformed(&house.plan, now) } else { house.writer.request(&house.plan, now) };
        self.send(t, letter)
    }

    /// Sends a letter; what could not be taken is sent again later, byte for byte.
    pub(crate) fn send(&mut self, t: usize, letter: Letter) -> Result<(), Error> {
        if letter.tries > 0 {
            self.report.count("requests sent again after a fault");
        }
        if self.deliver(t, &letter)?.is_none() && letter.tries < TRIES {
            let at = after(self.now(), self.dice.between(20, 1800));
            let tries = letter.tries + 1;
            self.agenda.plan(at, Task::Send(t, Box::new(Letter { tries, ..letter })));
        }
        Ok(())
    }

    /// One attempt. `None` when the platform could not take it; else what the lines were answered with.
    fn deliver(&mut self, t: usize, letter: &Letter) -> Result<Option<Vec<String>>, Error> {
        if !self.is_up() {
            self.report.count("connections refused");
            return Ok(None);
        }
        let platform = self.platform()?;
        let before = self.injected(t);
        let house = &self.houses[t];
        let (client, tenant) = (house.client.clone(), house.id.clone());
        let size_before = platform.store.log_size(&tenant)?;
        let kept_before = platform.store.document(&tenant, &Hash::of(&letter.body))?.is_some();
        let submission = Submission { client: &client, version: letter.version, body: letter.body.clone() };
        let outcome = pollster::block_on(workflow::submit(&platform, submission));
        if letter.tries == 0 {
            self.report.count(sent(letter.kind));
        }
        Ok(match outcome {
            Ok(Outcome::Malformed(issues)) => {
                self.refused(letter, issues.len());
                Some(vec!["refused".to_owned()])
            }
            Ok(Outcome::Answer { bytes, case }) => {
                let grew = platform.store.log_size(&tenant)? > size_before;
                Some(self.answered(t, letter, bytes, case, grew))
            }
            Err(error @ (workflow::Error::Busy | workflow::Error::Full)) => {
                self.excused(t, before, &error);
                let after = platform.store.document(&tenant, &Hash::of(&letter.body))?.is_some();
                self.tally.hold(Invariant::NothingHalfDone, None, kept_before == after, || {
                    "a body is kept of a refused request".to_owned()
                });
                None
            }
            Err(error @ workflow::Error::Unavailable) => {
                self.excused(t, before, &error);
                None
            }
            Err(error) => {
                self.tally.hold(Invariant::Explained, None, false, || format!("{}: {error}", sent(letter.kind)));
                Some(vec![error.to_string()])
            }
        })
    }

    /// An error is explained by a fault that was injected while it happened.
    pub(crate) fn excused(&mut self, t: usize, before: u64, error: &workflow::Error) {
        let injected = self.injected(t) > before;
        self.tally.hold(Invariant::Explained, None, injected, || format!("no fault was injected: {error}"));
    }

    fn refused(&mut self, letter: &Letter, issues: usize) {
        self.report.count("refused with every fault named");
        let ought = letter.kind == Kind::Malformed || matches!(&letter.expect, Some((_, Expect::Refused)));
        self.tally.hold(Invariant::Explained, None, ought && issues > 0, || {
            format!("{:?} {:?} was refused with {issues} faults", letter.kind, letter.number)
        });
    }

    /// Reads an answer and remembers what it promised.
    fn answered(&mut self, t: usize, letter: &Letter, bytes: Vec<u8>, case: Option<CaseId>, grew: bool) -> Vec<String> {
        let Ok(document) = json::Document::parse(Arc::<[u8]>::from(bytes), &json::Limits::default()) else {
            self.tally.hold(Invariant::Explained, case, false, || "the answer is not JSON".to_owned());
            return Vec::new();
        };
        let summary = Summary::read(&document);
        let Some(answer) = summary.answers.first() else {
            self.tally.hold(Invariant::Explained, case, false, || "the answer has no ClaimResponse".to_owned());
            return Vec::new();
        };
        let Some(id) = case else {
            self.report.count("business errors");
            let follows = matches!(letter.kind, Kind::Update | Kind::Cancel | Kind::Story);
            self.tally
                .hold(Invariant::Explained, None, follows, || format!("{:?} was answered with a business error", letter.kind));
            return vec!["error".to_owned()];
        };
        self.report.count("acknowledged");
        let house = &mut self.houses[t];
        if !house.cases.contains(&id) {
            house.cases.push(id);
        }
        let fresh = matches!(letter.kind, Kind::New | Kind::Renumbered);
        house.acknowledged.push(Acknowledged {
            number: letter.number.clone(),
            body: Hash::of(&letter.body),
            bytes: letter.body.len(),
            urgent: letter.urgent,
            case: id,
            kept: match letter.kind {
                // What was known already is answered from the case; its other bytes are not kept.
                Kind::Reworded | Kind::Story | Kind::Cancel => grew,
                _ => true,
            },
            own: fresh,
            sent: sent(letter.kind),
        });
        house.receipts.extend(answer.receipt.as_deref().and_then(proof).map(|receipt| (id, receipt)));
        self.tally.hold(Invariant::ReceiptVerifies, case, answer.receipt.is_some(), || {
            format!("acknowledged without a receipt ({})", sent(letter.kind))
        });
        if letter.kind == Kind::New {
            self.follow_up(t, letter, id);
        }
        answer.lines.iter().map(|line| line.action.clone()).collect()
    }

    fn follow_up(&mut self, t: usize, letter: &Letter, id: CaseId) {
        let now = self.now();
        let house = &mut self.houses[t];
        house.letters.insert(id, letter.clone());
        if self.dice.chance(22)
            && let Some(next) = house.writer.follow(letter, now)
        {
            let at = after(now, self.dice.between(1, 3 * DAY));
            self.agenda.plan(at, Task::Send(t, Box::new(next)));
        }
    }

    /// The requester answers a question: by an update of their own, or with documents that the nurse takes in.
    pub(crate) fn answer(&mut self, t: usize, id: CaseId) -> Result<(), Error> {
        let house = &mut self.houses[t];
        let Some(letter) = house.letters.get(&id).cloned() else { return Ok(()) };
        let Some(recipe) = &letter.recipe else { return Ok(()) };
        if self.dice.chance(40) {
            let now = self.world.now();
            return match house.writer.follow(&letter, now) {
                Some(update) => self.send(t, update),
                None => Ok(()),
            };
        }
        let body = house.writer.answer(recipe);
        self.take_in(t, id, body)
    }

    /// Every story, one after the other, before anybody else does anything.
    pub(crate) fn telling(&mut self, t: usize) -> Result<(), Error> {
        let house = &mut self.houses[t];
        let mut plan = house.plan.clone();
        plan.today = self.world.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let letters = house.writer.telling(&plan);
        let signs_all = t == 0;
        let (mut first, mut troubled) = (true, false);
        for letter in letters {
            let mut lines = None;
            for _ in 0..4 {
                lines = self.deliver(t, &letter)?;
                if lines.is_some() {
                    break;
                }
            }
            if lines.is_none() && first {
                // The platform is down or has no room: the stories wait.
                self.agenda.plan(after(self.now(), 7200), Task::Telling(t));
                return Ok(());
            }
            (first, troubled) = (false, troubled || lines.is_none());
            let (Some(lines), Some((name, expect))) = (lines, letter.expect) else { continue };
            if signs_all && !troubled {
                self.tally.hold(Invariant::AsTold, None, as_told(expect, &lines), || {
                    format!("{name}: {expect:?}, came out as {lines:?}")
                });
            }
        }
        Ok(())
    }
}

fn as_told(expect: Expect, lines: &[String]) -> bool {
    let all = |fit: &dyn Fn(&str) -> bool| !lines.is_empty() && lines.iter().all(|line| fit(line));
    let any = |wanted: &str| lines.iter().any(|line| line == wanted);
    match expect {
        Expect::Approved => all(&|line| line == "A1"),
        Expect::ApprovedFromScan => all(&|line| line == "A1" || line == "A4"),
        Expect::NotRequired => all(&|line| line == "NA"),
        Expect::Pended => all(&|line| line == "A4"),
        Expect::Mixed => any("A1") && any("A4"),
        Expect::Cancelled => all(&|line| line == "C"),
        Expect::BusinessError => any("error"),
        Expect::Refused => any("refused"),
    }
}

/// The proof as an answer carries it: base64 of the tlog-proof text.
fn proof(encoded: &str) -> Option<String> {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).ok()?).ok()
}

const fn sent(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "sent: new requests",
        Kind::Again => "sent: the same again",
        Kind::Reworded => "sent: the same in other bytes",
        Kind::Renumbered => "sent: the same services, other number",
        Kind::Update => "sent: updates",
        Kind::Cancel => "sent: cancels",
        Kind::Malformed => "sent: malformed",
        Kind::Story => "sent: stories",
    }
}
