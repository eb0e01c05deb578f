//! The loop: the clock jumps to the next timer or task, whichever is sooner; the platform lives, dies and is built again.

use crate::audit::{self, Acknowledged, Invariant, Tally, Tenancy, Truth};
use crate::disk::Disk;
use crate::faults::{Injector, Lie};
use crate::letters::{Letter, Writer};
use crate::people::{self, Roster};
use crate::report::{Outcomes, Report};
use crate::tasks::{Agenda, Task};
use crate::world::{Virtual, after};
use crate::{Config, Error};
use base::{CaseId, Hash, TenantId, Timestamp, UserId};
use case::{authority, clock};
use criteria::Library;
use fiction::Plan;
use fiction::dice::Dice;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use workflow::Platform;
use workflow::directory::{Client, Tenant};

/// Loaded once for all runs of a process: loading checks every policy.
static LIBRARY: LazyLock<Result<Arc<Library>, String>> = LazyLock::new(|| {
    let said = |faults: Vec<criteria::Fault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Library::builtin().map(Arc::new).map_err(said)
});

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Who sends for a tenant's providers.
const CLIENT: &str = "sim-ehr";

/// One tenant and everything the simulation knows of it.
pub(crate) struct House {
    pub(crate) id: TenantId,
    pub(crate) tenant: Tenant,
    pub(crate) plan: Plan,
    pub(crate) client: Client,
    pub(crate) writer: Writer,
    pub(crate) roster: Roster,
    pub(crate) cases: Vec<CaseId>,
    /// The letter that opened a case, when it can be followed.
    pub(crate) letters: BTreeMap<CaseId, Letter>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    pub(crate) receipts: Vec<(CaseId, String)>,
    pub(crate) slow: bool,
    blind: Vec<(Timestamp, Timestamp)>,
    /// Since when timers could not fire.
    gap: Option<Timestamp>,
    /// When the monitor tries again.
    retry_at: Option<Timestamp>,
}

/// A running simulation.
pub(crate) struct Sim<'a> {
    pub(crate) config: &'a Config,
    pub(crate) world: Arc<Virtual>,
    pub(crate) dice: Dice,
    pub(crate) agenda: Agenda,
    pub(crate) houses: Vec<House>,
    pub(crate) report: Report,
    pub(crate) tally: Tally,
    disk: Disk,
    library: Arc<Library>,
    platform: Option<Arc<Platform>>,
    memory: audit::Memory,
    end: Timestamp,
}

impl<'a> Sim<'a> {
    /// Sets the plan up and plans the first tasks.
    pub(crate) fn new(config: &'a Config) -> Result<Self, Error> {
        let start = config.start.to_zoned(TimeZone::UTC).map_err(Error::set_up)?.timestamp();
        let library = LIBRARY.clone().map_err(Error::SetUp)?;
        let injector = Injector::new(config.seed ^ 0x6661_756c, crate::Rates::NONE);
        let mut sim = Self {
            config,
            world: Arc::new(Virtual::new(start, config.seed ^ 0x776f_726c)),
            dice: Dice::new(config.seed),
            agenda: Agenda::default(),
            houses: Vec::new(),
            report: Report { seed: config.seed, days: config.days, ..Report::default() },
            tally: Tally::default(),
            disk: Disk::new(&config.engine, config.seed, injector)?,
            library,
            platform: None,
            memory: audit::Memory::default(),
            end: after(start, i64::from(config.days) * DAY),
        };
        for (name, unsigned) in [("acme", &[][..]), ("umbra", &["ncd-240.4-cpap"][..])] {
            sim.house(name, unsigned, start)?;
        }
        sim.build()?;
        let platform = sim.platform()?;
        for house in &sim.houses {
            let staff: Vec<_> = house.roster.now().cloned().collect();
            people::enrol(&platform, &house.id, &house.plan, &staff)?;
            for policy in platform.library.policies() {
                platform.store.put_artifact(&house.id, "policy", &policy.hash(), &policy.artifact()).wait()?;
            }
        }
        sim.disk.injector.start(config.faults.appends);
        sim.first_tasks(start);
        Ok(sim)
    }

    /// Both tenants have the same member ids, and their providers use the same request numbers.
    fn house(&mut self, name: &str, unsigned: &[&str], start: Timestamp) -> Result<(), Error> {
        let id = TenantId::new(name).map_err(Error::set_up)?;
        let mut roster = Roster::default();
        for person in people::staff(self.config.start)? {
            roster.set(start, person);
        }
        let seed = self.config.seed.wrapping_mul(31).wrapping_add(self.houses.len() as u64);
        self.houses.push(House {
            tenant: people::tenant(&id, &self.library, self.config.start, unsigned),
            plan: Plan::sized(self.config.seed, self.config.start, self.config.members.max(80)),
            client: Client { name: CLIENT.to_owned(), tenant: id.clone(), npis: Vec::new() },
            writer: Writer::new(seed),
            roster,
            cases: Vec::new(),
            letters: BTreeMap::new(),
            acknowledged: Vec::new(),
            receipts: Vec::new(),
            slow: false,
            blind: Vec::new(),
            gap: None,
            retry_at: None,
            id,
        });
        Ok(())
    }

    fn first_tasks(&mut self, start: Timestamp) {
        let faults = self.config.faults;
        for t in 0..self.houses.len() {
            self.agenda.plan(after(start, HOUR), Task::Arrive(t));
            self.agenda.plan(after(start, 10 * MINUTE), Task::Weekly(t));
            self.agenda.plan(after(start, 20 * HOUR), Task::Daily(t));
            let people: Vec<UserId> =
                self.houses[t].roster.now().filter(|p| works(p.user.as_str())).map(|p| p.user.clone()).collect();
            for user in people {
                self.agenda.plan(after(start, self.dice.between(12 * HOUR, 14 * HOUR)), Task::Work(t, user));
            }
            for _ in 0..self.config.tellings {
                let day = self.dice.below(u64::from(self.config.days.max(1))) as i64;
                self.agenda.plan(after(start, day * DAY + 15 * HOUR), Task::Telling(t));
            }
        }
        for day in 0..self.config.days {
            self.agenda.plan(after(start, i64::from(day) * DAY), Task::Day(day));
        }
        self.agenda.plan(after(start, 6 * HOUR), Task::Courier);
        self.recurring(faults.kill_every_days, |_| Task::Kill);
        self.recurring(faults.outage_every_days, |dice| Task::Down(dice.between(10, 600)));
        self.recurring(faults.full_every_days, |dice| Task::Fill(dice.below(2) as usize, dice.between(10, 400)));
        for _ in 0..self.config.audits {
            let at = self.any_moment();
            self.agenda.plan(at, Task::Audit);
        }
    }

    fn any_moment(&mut self) -> Timestamp {
        let seconds = i64::from(self.config.days) * DAY;
        after(self.end, -(self.dice.below(seconds.unsigned_abs().max(1)) as i64))
    }

    /// Plans as many of a task as its mean distance gives, at random moments.
    fn recurring(&mut self, every_days: u32, task: impl Fn(&mut Dice) -> Task) {
        if every_days > 0 {
            for _ in 0..self.config.days.div_ceil(every_days) {
                let (at, task) = (self.any_moment(), task(&mut self.dice));
                self.agenda.plan(at, task);
            }
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// The platform, while it is up.
    pub(crate) fn platform(&self) -> Result<Arc<Platform>, Error> {
        self.platform.clone().ok_or_else(|| Error::Store("the platform is down".to_owned()))
    }

    /// The platform is up.
    pub(crate) const fn is_up(&self) -> bool {
        self.platform.is_some()
    }

    /// How many appends of a tenant were made to fail so far.
    pub(crate) fn injected(&self, t: usize) -> u64 {
        self.disk.injector.of(&self.houses[t].id)
    }

    fn build(&mut self) -> Result<(), Error> {
        let mut tenants = BTreeMap::new();
        let mut log_keys = BTreeMap::new();
        for house in &self.houses {
            tenants.insert(house.id.clone(), house.tenant.clone());
            log_keys.insert(house.id.clone(), self.disk.log_key(&house.id)?);
        }
        self.platform = Some(Arc::new(Platform {
            store: self.disk.open()?,
            store_blocks: false,
            library: self.library.clone(),
            clocks: clock::Rules::builtin(),
            authority: authority::Rules::builtin(),
            tenants,
            log_keys,
            world: self.world.clone(),
            ocr: Arc::new(documents::NoOcr),
            base_url: "http://um.sim.example".to_owned(),
        }));
        Ok(())
    }

    /// Plays everything and audits the end.
    pub(crate) fn run(mut self, day: &mut dyn FnMut(u32)) -> Result<Report, Error> {
        self.play(day)?;
        self.audit(self.config.sample_at_end)?;
        self.finish()
    }

    /// Plays everything, then audits it once for each lie.
    pub(crate) fn try_auditor(mut self) -> Result<Vec<(Lie, Tally)>, Error> {
        self.play(&mut |_| {})?;
        let mut found = Vec::new();
        for lie in Lie::ALL {
            self.disk.injector.lie(lie);
            self.tally = Tally::default();
            self.memory = audit::Memory::default();
            self.audit(1)?;
            found.push((lie, std::mem::take(&mut self.tally)));
        }
        Ok(found)
    }

    fn play(&mut self, day: &mut dyn FnMut(u32)) -> Result<(), Error> {
        while let Some(at) = self.agenda.next_at().filter(|at| *at <= self.end) {
            self.timers_until(at)?;
            let Some((at, task)) = self.agenda.take() else { break };
            self.world.advance_to(at);
            self.perform(task, day)?;
        }
        self.disk.injector.stop();
        if !self.is_up() {
            self.up()?;
        }
        self.timers_until(self.end)?;
        self.world.advance_to(self.end);
        self.timers_until(self.end)
    }

    fn perform(&mut self, task: Task, day: &mut dyn FnMut(u32)) -> Result<(), Error> {
        match task {
            Task::Day(number) => day(number),
            Task::Arrive(t) => self.arrive(t)?,
            Task::Send(t, letter) => self.send(t, *letter)?,
            Task::Telling(t) => self.telling(t)?,
            Task::Work(t, user) => self.work(t, &user)?,
            Task::Answer(t, case) => self.answer(t, case)?,
            Task::Daily(t) => self.daily(t)?,
            Task::Weekly(t) => self.weekly(t)?,
            Task::Courier => self.courier()?,
            Task::Kill => self.kill()?,
            Task::Down(minutes) => self.down(minutes),
            Task::Up => self.up()?,
            Task::Fill(t, minutes) => self.fill(t, minutes),
            Task::Room(t) => self.disk.injector.make_room(&self.houses[t].id),
            Task::Audit if self.is_up() => self.audit(self.config.sample)?,
            Task::Audit => self.agenda.plan(after(self.now(), HOUR), Task::Audit),
        }
        Ok(())
    }

    // ---- time ----

    /// Fires every timer up to this moment, each at its own.
    fn timers_until(&mut self, until: Timestamp) -> Result<(), Error> {
        while self.is_up() {
            let platform = self.platform()?;
            let due = platform.store.timers(until, 0)?;
            let ready_at = |timer: &store::TimerRow| {
                let house = self.houses.iter().find(|house| house.id == timer.tenant);
                timer.at.max(house.and_then(|house| house.retry_at).unwrap_or(timer.at))
            };
            let Some(at) = due.iter().map(ready_at).min().filter(|at| *at <= until) else { return Ok(()) };
            self.world.advance_to(at);
            self.tick(&platform)?;
        }
        Ok(())
    }

    /// One round of the monitor. A timer that stays is excused only by a fault that was injected for its own tenant: the trouble
    /// of one must not stop the clocks of another.
    fn tick(&mut self, platform: &Platform) -> Result<(), Error> {
        let before: Vec<u64> = (0..self.houses.len()).map(|t| self.injected(t)).collect();
        pollster::block_on(workflow::tick(platform)).map_err(Error::set_up)?;
        self.report.count("timer rounds");
        let now = self.now();
        let left = platform.store.timers(now, 0)?;
        for (t, before) in before.into_iter().enumerate() {
            let stays = left.iter().filter(|timer| timer.tenant == self.houses[t].id).count();
            let excused = self.injected(t) > before;
            self.tally.hold(Invariant::Explained, None, stays == 0 || excused, || {
                format!("{stays} timers stay due at {now} after a round")
            });
            let house = &mut self.houses[t];
            if stays > 0 {
                house.gap.get_or_insert(now);
                // One that nothing excuses is a breach already; trying it every minute for months would only repeat it.
                house.retry_at = Some(after(now, if excused { MINUTE } else { DAY }));
            } else {
                house.retry_at = None;
                house.blind.extend(house.gap.take().map(|from| (from, now)));
            }
        }
        Ok(())
    }

    // ---- the life of the platform ----

    fn kill(&mut self) -> Result<(), Error> {
        if self.is_up() {
            self.report.count("platform killed and built again");
            self.platform = None;
            self.build()?;
        }
        Ok(())
    }

    fn down(&mut self, minutes: i64) {
        if self.is_up() {
            self.report.count("outages");
            self.platform = None;
            let now = self.now();
            for house in &mut self.houses {
                house.gap.get_or_insert(now);
            }
            self.agenda.plan(after(now, minutes * MINUTE), Task::Up);
        }
    }

    fn up(&mut self) -> Result<(), Error> {
        self.build()?;
        let platform = self.platform()?;
        self.tick(&platform)
    }

    fn fill(&mut self, t: usize, minutes: i64) {
        self.report.count("spans with one tenant's storage full");
        self.disk.injector.fill_up(&self.houses[t].id, self.now());
        self.agenda.plan(after(self.now(), minutes * MINUTE), Task::Room(t));
    }

    // ---- the auditor ----

    fn audit(&mut self, sample: usize) -> Result<(), Error> {
        let platform = self.platform()?;
        let mut outcomes = Outcomes::default();
        let tenancies: Vec<Tenancy<'_>> = self.houses.iter().map(|house| house.tenancy(&self.library)).collect();
        let mut visit = |tenant: &TenantId, events: &[case::Event], case: &case::Case| outcomes.add(tenant, events, case);
        audit::whole(&mut self.tally, &platform, &tenancies, &mut self.memory, sample, &mut visit);
        let known: usize = self.houses.iter().map(|house| house.cases.len()).sum();
        self.tally.hold(Invariant::AcknowledgedKept, None, outcomes.cases >= known as u64, || {
            format!("{known} cases were answered with, {} are there", outcomes.cases)
        });
        self.report.outcomes = outcomes;
        self.report.audits += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Report, Error> {
        let platform = self.platform()?;
        let repaired = platform.store.rebuild()?;
        self.tally.hold(Invariant::ProjectionsEqualReplay, None, repaired == 0, || format!("rebuild changed {repaired} cases"));
        let mut roots = String::new();
        for house in &self.houses {
            roots.push_str(&platform.store.checkpoint(&house.id)?.unwrap_or_default());
        }
        self.report.root = Hash::of(roots.as_bytes()).to_string();
        self.report.faults = self.disk.injector.done();
        self.report.tally = self.tally;
        Ok(self.report)
    }
}

impl House {
    fn tenancy(&self, library: &Library) -> Tenancy<'_> {
        let mut blind = self.blind.clone();
        blind.extend(self.gap.map(|from| (from, Timestamp::MAX)));
        let truth = Truth {
            roster: self.roster.clone(),
            exempt: fiction::EXEMPT.iter().map(|&code| code.to_owned()).collect(),
            signed: people::signed(&self.tenant, library),
            blind,
        };
        Tenancy { id: &self.id, truth, acknowledged: &self.acknowledged, receipts: &self.receipts }
    }
}

/// Those who come to work by themselves; the others are asked for an opinion.
fn works(user: &str) -> bool {
    matches!(user, "intake" | "nurse" | "nurse2" | "physician" | "physician2" | "director")
}

/// The next moment at or after this one at which the office is open: weekdays from 8 to 18, US Eastern.
pub(crate) fn office(at: Timestamp) -> Timestamp {
    let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
    let mut local = at.to_zoned(zone);
    for _ in 0..8 {
        let weekend = matches!(local.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        if !weekend && (8..18).contains(&local.hour()) {
            return local.timestamp();
        }
        let step: Span = if !weekend && local.hour() < 8 { 0.days() } else { 1.days() };
        let opens = local.date().saturating_add(step).at(8, 0, 0, 0).to_zoned(local.time_zone().clone());
        match opens {
            Ok(opens) => local = opens,
            Err(_) => return at,
        }
    }
    local.timestamp()
}

#[cfg(test)]
mod tests {
    use super::office;

    #[test]
    fn the_office_opens_at_eight_on_weekdays() {
        for (at, opens) in [
            ("2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z"), // a Monday at 10
            ("2026-03-02T09:00:00Z", "2026-03-02T13:00:00Z"), // at 4 in the morning
            ("2026-03-02T23:30:00Z", "2026-03-03T13:00:00Z"), // in the evening
            ("2026-03-06T23:30:00Z", "2026-03-09T12:00:00Z"), // Friday evening to Monday, daylight saving began on Sunday
        ] {
            assert_eq!(office(at.parse().unwrap()), opens.parse().unwrap(), "{at}");
        }
    }
}
