//! All clock rules together: which apply, which wins.

use super::count::{Calendar, Unit};
use super::row::{Row, Start, Tolling};
use super::{Due, Extension, Facts, Fault, Holidays, Lost, Pause};
use crate::request::Urgency;
use crate::rows;
use base::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::LazyLock;

const CLOCKS: &str = include_str!("../../rules/clocks.toml");
const HOLIDAYS: &str = include_str!("../../rules/holidays.toml");

#[allow(clippy::expect_used)] // The rows are part of this program, and a test reads them; nothing from outside reaches here.
static BUILTIN: LazyLock<Rules> = LazyLock::new(|| Rules::parse(CLOCKS, HOLIDAYS).expect("the rows of this crate are sound"));

/// The time to answer when a rule waits for information and says no least time (that of 29 CFR 2560.503-1(f)(2)(iii)).
const TIME_TO_ANSWER: (i64, Unit) = (45, Unit::CalendarDays);

/// The clock rules in force and the calendars they count by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    rows: Vec<Row>,
    holidays: Holidays,
    near_percent: i64,
    near_hours: i64,
    programs: BTreeSet<String>,
}

/// Why a clock could not be counted or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The zone of the cover is not an IANA zone.
    #[error("the time zone `{0}` is not known")]
    UnknownZone(String),
    /// The arithmetic leaves the calendar.
    #[error("the time lies outside the calendar")]
    OutOfRange,
    /// No row applies, not even a fallback.
    #[error("no clock rule applies")]
    NoRule,
    /// An extension was taken already.
    #[error("the time frame was extended already; it can be extended once")]
    AlreadyExtended,
    /// The ground is not one the rules in force allow.
    #[error("rule {rule} ({citation}) does not allow an extension on the ground `{ground}`; allowed: {allowed}")]
    Ground {
        /// The rule that gives the due time.
        rule: String,
        /// Its citation.
        citation: String,
        /// The ground given.
        ground: String,
        /// The grounds allowed, separated by commas; `none` when there are none.
        allowed: String,
    },
    /// An extension must be taken before the due time.
    #[error("the due time has passed; an extension must be taken before it")]
    TooLate,
}

impl Error {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownZone(_) => "clock-unknown-zone",
            Self::OutOfRange => "clock-out-of-range",
            Self::NoRule => "clock-no-rule",
            Self::AlreadyExtended => "clock-already-extended",
            Self::Ground { .. } => "clock-extension-ground",
            Self::TooLate => "clock-extension-too-late",
        }
    }
}

/// What an information request does to a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolled {
    /// Until when an answer helps.
    pub respond_by: Timestamp,
    /// The clock while it waits; `None` when no rule that applies lets the request stop its clock.
    pub due: Option<Due>,
}

impl Rules {
    /// The rows this crate ships. Accreditation programmes are off until [`Rules::with_program`].
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads clock rows and holiday rows; reports every fault in both.
    ///
    /// # Errors
    /// Every [`Fault`] found.
    pub fn parse(clocks: &str, holidays: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let file = rows::file(clocks, &["near", "rule", "absent"], &mut faults);
        let tables = rows::rows(&file, "rule", &mut faults);
        let read: Vec<Row> =
            tables.iter().enumerate().filter_map(|(position, table)| Row::read(table, position, &mut faults)).collect();
        rows::unique(read.iter().map(|row| row.id.as_str()), &mut faults);
        for urgency in [Urgency::Standard, Urgency::Expedited] {
            if !read.iter().any(|row| row.fallback && (row.urgency.is_empty() || row.urgency.contains(&urgency))) {
                faults.push(Fault::new("file", "fallback", format!("no fallback row for {urgency:?} requests")));
            }
        }
        let (near_percent, near_hours) = Self::read_near(&file, &mut faults);
        let holidays = Holidays::parse(holidays).unwrap_or_else(|more| {
            faults.extend(more);
            Holidays::default()
        });
        if faults.is_empty() {
            Ok(Self { rows: read, holidays, near_percent, near_hours, programs: BTreeSet::new() })
        } else {
            Err(faults)
        }
    }

    fn read_near(file: &toml::Table, faults: &mut Vec<Fault>) -> (i64, i64) {
        let Some(table) = file.get("near").and_then(toml::Value::as_table) else {
            faults.push(Fault::new("file", "near", "the table is required"));
            return (0, 0);
        };
        let mut row = rows::Reader::open(table, "near", 0, faults);
        let near = (row.number("percent", 1, 99), row.number("at_most_hours", 1, 720));
        row.close();
        near
    }

    /// These rules with an accreditation programme or contract switched on (`ncqa`, `urac`, `wiser`).
    #[must_use]
    pub fn with_program(mut self, program: &str) -> Self {
        self.programs.insert(program.to_owned());
        self
    }

    /// These rules with the near warning at the last `percent` of the window, at most `hours` before the due time.
    #[must_use]
    pub const fn with_near(mut self, percent: i64, hours: i64) -> Self {
        self.near_percent = percent;
        self.near_hours = hours;
        self
    }

    /// The rows, in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The holidays by which business days are counted.
    #[must_use]
    pub const fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    fn calendar(&self, facts: &Facts) -> Result<Calendar<'_>, Error> {
        let zone = TimeZone::get(&facts.zone).map_err(|_| Error::UnknownZone(facts.zone.clone()))?;
        Ok(Calendar { zone, state: facts.state, holidays: &self.holidays })
    }

    /// The rows that apply; the fallback only when no other does.
    fn chosen(&self, facts: &Facts, calendar: &Calendar<'_>) -> Vec<&Row> {
        let day = calendar.day(facts.received_at);
        let of = |fallback: bool| {
            self.rows
                .iter()
                .filter(move |row| row.fallback == fallback && row.is_in_effect(day) && row.reaches(facts, &self.programs))
        };
        let rows: Vec<&Row> = of(false).collect();
        if rows.is_empty() { of(true).collect() } else { rows }
    }

    /// The due time of a clock with these facts: every rule that applies is counted, the shortest wins, the others are kept.
    ///
    /// # Errors
    /// [`Error::UnknownZone`], [`Error::OutOfRange`].
    pub fn start(&self, facts: &Facts) -> Result<Due, Error> {
        let calendar = self.calendar(facts)?;
        let mut counted = Vec::new();
        for row in self.chosen(facts, &calendar) {
            let (start, due) = count(row, facts, &calendar)?;
            counted.push((due, start, row));
        }
        // A stable sort: of rules that give the same time the first of the file wins.
        counted.sort_by_key(|(due, _, _)| *due);
        let mut counted = counted.into_iter();
        let (due_at, clock_start_at, row) = counted.next().ok_or(Error::NoRule)?;
        Ok(Due {
            clock_start_at,
            due_at,
            near_at: Calendar::near(clock_start_at, due_at, self.near_percent, self.near_hours),
            rule: row.reference(facts),
            lost: counted.map(|(due_at, _, row)| Lost { rule: row.reference(facts), due_at }).collect(),
            facts: facts.clone(),
        })
    }

    /// The clock extended on a ground. Every rule that allows the ground is extended; the shortest still wins.
    ///
    /// # Errors
    /// [`Error::AlreadyExtended`], [`Error::TooLate`], or [`Error::Ground`] when the rule that gives the due time does not
    /// allow this ground: then extending the others would gain nothing.
    pub fn extend(&self, due: &Due, ground: &str, at: Timestamp) -> Result<Due, Error> {
        if due.facts.extension.is_some() {
            return Err(Error::AlreadyExtended);
        }
        if at > due.due_at {
            return Err(Error::TooLate);
        }
        let mut facts = due.facts.clone();
        facts.extension = Some(Extension { ground: ground.to_owned(), at });
        let extended = self.start(&facts)?;
        if extended.due_at > due.due_at {
            return Ok(extended);
        }
        Err(Error::Ground {
            rule: due.rule.id.clone(),
            citation: due.rule.citation.clone(),
            ground: ground.to_owned(),
            allowed: self.grounds(due).map_or_else(|| "none".to_owned(), |grounds| grounds.join(", ")),
        })
    }

    /// The grounds on which the rule that gives this due time may be extended; `None` when it may not be.
    #[must_use]
    pub fn grounds(&self, due: &Due) -> Option<&[String]> {
        let row = self.rows.iter().find(|row| row.id == due.rule.id)?;
        row.extension.as_ref().map(|allowed| allowed.grounds.as_slice())
    }

    /// The clock when facts are asked for. It stops only for rules whose rows say so; the others run on.
    ///
    /// # Errors
    /// As [`Rules::start`].
    pub fn toll(&self, due: &Due, at: Timestamp) -> Result<Tolled, Error> {
        let calendar = self.calendar(&due.facts)?;
        let mut waits = false;
        let mut least: Option<Timestamp> = None;
        for row in self.chosen(&due.facts, &calendar) {
            waits |= row.tolling != Tolling::None;
            if let Some((amount, unit)) = row.tolling.answer() {
                let until = calendar.after(at, amount, unit)?;
                least = Some(least.map_or(until, |latest| latest.max(until)));
            }
        }
        let runs_on = Tolled { respond_by: answer_helps_until(due, at), due: None };
        if !waits || due.facts.is_paused() {
            return Ok(runs_on);
        }
        let (amount, unit) = TIME_TO_ANSWER;
        let respond_by = least.map_or_else(|| calendar.after(at, amount, unit), Ok)?;
        let mut facts = due.facts.clone();
        facts.pauses.push(Pause { from: at, until: respond_by, answered: false });
        let tolled = self.start(&facts)?;
        if tolled.due_at == due.due_at {
            // The shortest rule does not wait; an answer after it helps nobody.
            return Ok(runs_on);
        }
        Ok(Tolled { respond_by: respond_by.min(tolled.due_at), due: Some(tolled) })
    }

    /// The clock when the answer came; `None` when it was not waiting.
    ///
    /// # Errors
    /// As [`Rules::start`].
    pub fn resume(&self, due: &Due, at: Timestamp) -> Result<Option<Due>, Error> {
        let mut facts = due.facts.clone();
        let Some(pause) = facts.pauses.last_mut().filter(|pause| !pause.answered) else {
            return Ok(None);
        };
        pause.until = pause.until.min(at).max(pause.from);
        pause.answered = true;
        self.start(&facts).map(Some)
    }

    /// The clock when expedited handling was asked for at this moment. The standard clock of the request stays a candidate.
    ///
    /// # Errors
    /// As [`Rules::start`].
    pub fn expedite(&self, due: &Due, at: Timestamp) -> Result<Due, Error> {
        let mut facts = due.facts.clone();
        facts.urgency = Urgency::Expedited;
        facts.expedited_at = Some(at);
        self.start(&facts)
    }

    /// The clock when expedited handling is refused: the standard one from the original receipt (42 CFR 422.570(d)).
    ///
    /// # Errors
    /// As [`Rules::start`].
    pub fn refuse_expedite(&self, due: &Due) -> Result<Due, Error> {
        let mut facts = due.facts.clone();
        facts.urgency = Urgency::Standard;
        facts.expedited_at = None;
        self.start(&facts)
    }
}

/// Until when an answer helps a clock that runs on: the near warning while it is to come, then the due time, then a day from now.
pub(crate) fn answer_helps_until(due: &Due, at: Timestamp) -> Timestamp {
    let later = |moment: Timestamp| (moment > at).then_some(moment);
    later(due.near_at)
        .or_else(|| later(due.due_at))
        .unwrap_or_else(|| at.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX))
}

/// The start and the due time of one rule.
fn count(row: &Row, facts: &Facts, calendar: &Calendar<'_>) -> Result<(Timestamp, Timestamp), Error> {
    let mut start = match row.clock_start {
        Start::Receipt | Start::CompleteInformation => facts.received_at,
        Start::RepresentativeForm => facts.representative_form_at.map_or(facts.received_at, |form| form.max(facts.received_at)),
    };
    if row.is_expedited_only()
        && let Some(asked) = facts.expedited_at
    {
        start = start.max(asked);
    }
    let mut due = calendar.after(start, row.amount, row.unit)?;
    let mut extension = facts
        .extension
        .as_ref()
        .and_then(|taken| Some((taken, row.extension.as_ref().filter(|allowed| allowed.grounds.contains(&taken.ground))?)));
    for pause in &facts.pauses {
        if let Some((_, allowed)) = extension.take_if(|(taken, _)| taken.at < pause.from && taken.at <= due) {
            due = calendar.put_off(due, allowed.amount, allowed.unit)?;
        }
        // A request for information after the due time, or before the start, changes nothing.
        if pause.from > due || pause.from < start {
            continue;
        }
        match row.tolling {
            Tolling::None => {}
            Tolling::Stops { .. } => due = calendar.put_off_by_wait(due, pause.from, pause.until, row.unit)?,
            Tolling::AfterReply { ask_within: (within, of), decide_within: (amount, unit), .. } => {
                if pause.from <= calendar.after(start, within, of)? {
                    due = calendar.after(pause.until, amount, unit)?;
                }
            }
            Tolling::Starts => {
                start = pause.until;
                due = calendar.after(start, row.amount, row.unit)?;
            }
        }
    }
    if let Some((taken, allowed)) = extension
        && taken.at <= due
    {
        due = calendar.put_off(due, allowed.amount, allowed.unit)?;
    }
    Ok((start, due))
}
