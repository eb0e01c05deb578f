//! One clock rule as a row of `rules/clocks.toml`.

use super::count::Unit;
use super::{Facts, RuleRef};
use crate::request::{Circumstance, Drug, Timing, Urgency};
use crate::rows::{Fault, Reader};
use base::{Date, LineOfBusiness, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A decision clock rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Id, e.g. `MA-STD-PA`; stored in every due time it gives.
    pub id: String,
    /// Lines of business it reaches; empty reaches all (only a plan policy may).
    pub lines_of_business: Vec<LineOfBusiness>,
    /// States whose law it is; empty for federal rules.
    pub states: Vec<State>,
    /// The accreditation programme or contract that must be switched on for it to apply.
    pub program: Option<String>,
    /// Urgencies; empty for any.
    pub urgency: Vec<Urgency>,
    /// Drug classes; empty for any.
    pub drug: Vec<Drug>,
    /// Timings; empty for any.
    pub timing: Vec<Timing>,
    /// Circumstances that must all hold.
    pub when: Vec<Circumstance>,
    /// Circumstances of which none may hold.
    pub unless: Vec<Circumstance>,
    /// What starts it.
    pub clock_start: Start,
    /// How much time it gives.
    pub amount: i64,
    /// What the amount counts.
    pub unit: Unit,
    /// The extension it allows, once.
    pub extension: Option<Allowed>,
    /// What an information request does to it.
    pub tolling: Tolling,
    /// What a miss means under this rule; a miss decides nothing here.
    pub on_miss: String,
    /// Where it stands.
    pub citation: String,
    /// First day of receipt it applies to.
    pub effective_from: Option<Date>,
    /// Last day of receipt it applies to.
    pub effective_to: Option<Date>,
    /// Verification status: `V`, `S`, `K`, or `P` for plan policy.
    pub status: String,
    /// Used only when no other row applies.
    pub fallback: bool,
}

/// What starts a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Receipt of the request.
    Receipt,
    /// The later of receipt and the representative's appointment form.
    RepresentativeForm,
    /// Receipt of the information reasonably necessary. The request counts as complete until more is asked for in time;
    /// then the clock starts when the answer comes, or when the time to answer ends.
    CompleteInformation,
}

/// An extension a rule allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// How much.
    pub amount: i64,
    /// Of what.
    pub unit: Unit,
    /// On which grounds, by name.
    pub grounds: Vec<String>,
}

/// What an information request does to a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tolling {
    /// Nothing: the clock runs on.
    None,
    /// The clock stops from the request to the reply, or to the end of the time to answer.
    Stops {
        /// The least time to answer.
        answer: (i64, Unit),
    },
    /// If asked in time, the decision is due so long after the reply or the end of the time to answer.
    AfterReply {
        /// Asked within this of the start.
        ask_within: (i64, Unit),
        /// The least time to answer.
        answer: (i64, Unit),
        /// Decide within this afterwards.
        decide_within: (i64, Unit),
    },
    /// The clock starts when the answer comes (rows that start at complete information).
    Starts,
}

impl Tolling {
    /// The least time to answer that this rule asks for.
    #[must_use]
    pub const fn answer(&self) -> Option<(i64, Unit)> {
        match self {
            Self::None | Self::Starts => None,
            Self::Stops { answer } | Self::AfterReply { answer, .. } => Some(*answer),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TollingName {
    None,
    Stops,
    AfterReply,
    Starts,
}

impl Row {
    /// Reads a row, recording every fault in it.
    pub(super) fn read(table: &toml::Table, position: usize, faults: &mut Vec<Fault>) -> Option<Self> {
        let before = faults.len();
        let mut row = Reader::open(table, "rule", position, faults);
        let id = row.id();
        let fallback = row.flag("fallback");
        let lines_of_business: Vec<LineOfBusiness> = row.words("lines_of_business");
        let states: Vec<State> = row.words("states");
        if lines_of_business.is_empty() && !fallback {
            row.fault("lines_of_business", "names none; only the plan's fallback may reach all");
        }
        let private = [LineOfBusiness::FullyInsured, LineOfBusiness::Marketplace];
        if !states.is_empty() && lines_of_business.iter().any(|business| !private.contains(business)) {
            row.fault("lines_of_business", "a state rule reaches insured cover only: federal law pre-empts it elsewhere");
        }
        let clock_start = row.word("clock_start");
        let (amount, unit) = (row.number("amount", 1, 366), row.word("unit"));
        let extension = Self::read_extension(&mut row);
        let tolling = Self::read_tolling(&mut row, clock_start);
        let status = row.text("status");
        if !["V", "S", "K", "P"].contains(&status.as_str()) {
            row.fault("status", "must be V, S, K or P");
        }
        let (effective_from, effective_to) = (row.day_if_any("effective_from"), row.day_if_any("effective_to"));
        if let (Some(from), Some(to)) = (effective_from, effective_to)
            && from > to
        {
            row.fault("effective_to", "lies before effective_from");
        }
        let (program, urgency, drug, timing) =
            (row.text_if_any("program").map(str::to_owned), row.words("urgency"), row.words("drug"), row.words("timing"));
        let (when, unless) = (row.words("when"), row.words("unless"));
        let (on_miss, citation) = (row.text("on_miss"), row.text("citation"));
        let _ = row.text_if_any("note");
        row.close();
        if faults.len() > before {
            return None;
        }
        Some(Self {
            id,
            lines_of_business,
            states,
            program,
            urgency,
            drug,
            timing,
            when,
            unless,
            clock_start: clock_start?,
            amount,
            unit: unit?,
            extension,
            tolling,
            on_miss,
            citation,
            effective_from,
            effective_to,
            status,
            fallback,
        })
    }

    fn read_extension(row: &mut Reader<'_>) -> Option<Allowed> {
        let grounds: Vec<String> = row.texts("extension_grounds").into_iter().map(str::to_owned).collect();
        if !row.has("extension_amount") {
            if !grounds.is_empty() || row.has("extension_unit") {
                row.fault("extension_amount", "is required with extension_grounds or extension_unit");
            }
            let _: Option<Unit> = row.word_if_any("extension_unit");
            return None;
        }
        let amount = row.number("extension_amount", 1, 366);
        let unit = row.word("extension_unit");
        if grounds.is_empty() {
            row.fault("extension_grounds", "an extension needs at least one ground");
        }
        Some(Allowed { amount, unit: unit?, grounds })
    }

    fn read_tolling(row: &mut Reader<'_>, start: Option<Start>) -> Tolling {
        let name = row.word("tolling").unwrap_or(TollingName::None);
        let complete = start == Some(Start::CompleteInformation);
        if complete != matches!(name, TollingName::Starts) {
            row.fault("tolling", "`starts` goes with clock_start `complete-information`, and only with it");
        }
        let mut pair = |amount: &'static str, unit: &'static str| {
            (row.number(amount, 1, 366), row.word::<Unit>(unit).unwrap_or(Unit::Hours))
        };
        match name {
            TollingName::None => Tolling::None,
            TollingName::Stops => Tolling::Stops { answer: pair("answer_amount", "answer_unit") },
            TollingName::Starts => Tolling::Starts,
            TollingName::AfterReply => Tolling::AfterReply {
                ask_within: pair("ask_within_amount", "ask_within_unit"),
                answer: pair("answer_amount", "answer_unit"),
                decide_within: pair("decide_within_amount", "decide_within_unit"),
            },
        }
    }

    /// Whether the row's conditions hold, apart from its days of effect.
    pub(super) fn reaches(&self, facts: &Facts, programs: &BTreeSet<String>) -> bool {
        let urgent = match (facts.urgency, facts.expedited_at) {
            // Asked for later: the standard clock of the request runs on beside the expedited one.
            (Urgency::Expedited, Some(_)) => true,
            (urgency, _) => has(&self.urgency, &urgency),
        };
        urgent
            && has(&self.lines_of_business, &facts.line_of_business)
            && (self.states.is_empty() || facts.state.is_some_and(|state| self.states.contains(&state)))
            && self.program.as_ref().is_none_or(|program| programs.contains(program))
            && has(&self.drug, &facts.drug)
            && has(&self.timing, &facts.timing)
            && self.when.iter().all(|fact| facts.circumstances.contains(fact))
            && !self.unless.iter().any(|fact| facts.circumstances.contains(fact))
    }

    /// Whether the row is in effect for requests received on this day.
    pub(super) fn is_in_effect(&self, day: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= day) && self.effective_to.is_none_or(|to| day <= to)
    }

    /// Whether only expedited requests run under it.
    pub(super) fn is_expedited_only(&self) -> bool {
        self.urgency == [Urgency::Expedited]
    }

    /// The row as a reference, in words.
    pub(super) fn reference(&self, facts: &Facts) -> RuleRef {
        let from = match self.clock_start {
            _ if self.is_expedited_only() && facts.expedited_at.is_some() => "the request to expedite",
            Start::Receipt => "receipt",
            Start::RepresentativeForm if facts.representative_form_at.is_some() => {
                "the later of receipt and the representative's form"
            }
            Start::RepresentativeForm => "receipt",
            Start::CompleteInformation => "receipt of the necessary information",
        };
        let mut words = format!("{} from {from}", self.unit.words(self.amount));
        if let (Some(allowed), Some(taken)) = (&self.extension, &facts.extension)
            && allowed.grounds.contains(&taken.ground)
        {
            words.push_str(&format!(", extended by {}", allowed.unit.words(allowed.amount)));
        }
        RuleRef {
            id: self.id.clone(),
            citation: self.citation.clone(),
            words,
            verified: self.status.clone(),
            on_miss: self.on_miss.clone(),
        }
    }
}

/// An empty list means any.
fn has<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}
