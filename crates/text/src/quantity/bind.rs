//! Gives each quantity to the measurement it is the value of.
//!
//! The name on the left in the same clause wins; then the name right after the number ("84% SpO2"). A list of names before a list of
//! numbers is read pairwise. Several values of one name make several facts. What cannot be, by the variable's bounds or its unit's
//! dimension, is not bound.

use super::unit::{Dimension, dimension};
use super::variable::{self, LOINC};
use super::word::{self, Word};
use super::{Form, Found, Quantity};
use crate::detail::Comparator;
use crate::fact::{Coding, Fact, Kind};
use crate::lexicon::Variable;
use crate::scan::Scanned;
use crate::time::Time;
use crate::tokens::Class;
use rust_decimal::Decimal;
use std::borrow::Cow;

/// Sets the value of each measurement that has one; adds facts for further values and for the second of two pressures.
pub fn bind(scanned: &Scanned<'_>, found: &Found, facts: &mut Vec<Fact>) {
    let mut words = Vec::new();
    let mut added = Vec::new();
    let mut at = 0;
    while at < facts.len() {
        let sentence = facts[at].sentence;
        let end = at + facts[at..].iter().take_while(|f| f.sentence == sentence).count();
        let here = at..end;
        at = end;
        let quantities = found.quantities_in(sentence);
        let times = found.times_in(sentence);
        let Some(tokens) = scanned.layout.tokens.get(sentence as usize) else { continue };
        if quantities.is_empty() && times.iter().all(|t| t.lasted.is_none() && t.every.is_none()) {
            continue;
        }
        word::fill(&mut words, scanned, *tokens);
        let all = with_times(&words, quantities, times);
        let mut clause = Clause::of(scanned, &words, &all, &mut facts[here]);
        clause.lists();
        for number in 0..all.len() {
            clause.one(number, &mut added);
        }
    }
    facts.append(&mut added);
}

/// The quantities of a sentence with its durations and rates, for what is measured in time ("4.2 hours of use per night", "15 headache
/// days a month").
fn with_times<'q>(words: &[Word<'_>], quantities: &'q [Quantity], times: &[Time]) -> Cow<'q, [Quantity]> {
    let timed: Vec<Quantity> = times.iter().filter_map(|time| as_quantity(words, time)).collect();
    if timed.is_empty() {
        return Cow::Borrowed(quantities);
    }
    let mut all: Vec<Quantity> = quantities.iter().cloned().chain(timed).collect();
    all.sort_by_key(|q| q.span);
    Cow::Owned(all)
}

/// A duration or a rate as a number of its unit.
fn as_quantity(words: &[Word<'_>], time: &Time) -> Option<Quantity> {
    let (low, unit) = match (&time.lasted, &time.every) {
        (Some(lasted), None) if time.from.is_none() => {
            let clock = lasted.starts_with("PT");
            let (number, letter) =
                lasted.trim_start_matches(['P', 'T']).split_at_checked(lasted.trim_start_matches(['P', 'T']).len() - 1)?;
            let unit = match (letter, clock) {
                ("H", _) => "h",
                ("M", true) => "min",
                ("D", _) => "d",
                ("W", _) => "wk",
                ("M", false) => "mo",
                _ => "a",
            };
            (number.parse().ok()?, unit)
        }
        (None, Some(every)) if every.period == "P1M" => (every.times, "d/mo"),
        (None, Some(every)) if every.period == "P1W" => (every.times, "d/wk"),
        _ => return None,
    };
    let from = words.partition_point(|w| w.span.end <= time.span.start);
    let to = words.partition_point(|w| w.span.start < time.span.end);
    Some(Quantity {
        span: time.span,
        number: time.span,
        sentence: time.sentence,
        words: (from as u32, to as u32),
        comparator: Comparator::Is,
        low,
        high: None,
        second: None,
        unit: Some(unit.to_owned()),
        form: Form::Plain,
        reference: false,
    })
}

/// Units that only what is measured in time has.
fn of_time(unit: &str) -> bool {
    matches!(unit, "h" | "min" | "d" | "wk" | "mo" | "a" | "d/mo" | "d/wk")
}

/// A fact in its sentence.
struct Name<'a> {
    /// Place among the facts of the sentence.
    fact: usize,
    words: (usize, usize),
    strong: bool,
    variable: Option<Variable<'a>>,
    /// The quantity it has taken last.
    taken: Option<usize>,
}

struct Clause<'a> {
    words: &'a [Word<'a>],
    quantities: &'a [Quantity],
    facts: &'a mut [Fact],
    names: Vec<Name<'a>>,
    used: Vec<bool>,
}

/// The most words between a name and its value.
const MOST_GAP: usize = 12;

impl<'a> Clause<'a> {
    fn of(scanned: &Scanned<'a>, words: &'a [Word<'a>], quantities: &'a [Quantity], facts: &'a mut [Fact]) -> Clause<'a> {
        let names = facts
            .iter()
            .enumerate()
            .map(|(i, fact)| {
                let from = words.partition_point(|w| w.span.end <= fact.span.start);
                let to = words.partition_point(|w| w.span.start < fact.span.end);
                Name {
                    fact: i,
                    words: (from, to),
                    strong: fact.kind == Kind::Measurement,
                    variable: variable::of(scanned, fact),
                    taken: None,
                }
            })
            .collect();
        let used = vec![false; quantities.len()];
        Clause { words, quantities, facts, names, used }
    }

    fn range(&self, number: usize) -> (usize, usize) {
        let (from, to) = self.quantities[number].words;
        (from as usize, to as usize)
    }

    fn gap(&self, from: usize, to: usize) -> &'a [Word<'a>] {
        self.words.get(from..to).unwrap_or_default()
    }

    /// "Na, K and Cl were 140, 4.0 and 101": names and numbers pairwise; "AST/ALT 45/60" too.
    fn lists(&mut self) {
        let mut first = 0;
        while first < self.names.len() {
            let mut last = first;
            while last + 1 < self.names.len()
                && self.names[last].strong
                && self.names[last + 1].strong
                && joined(self.gap(self.names[last].words.1, self.names[last + 1].words.0))
            {
                last += 1;
            }
            if last > first {
                self.list(first, last);
            }
            first = last + 1;
        }
    }

    fn list(&mut self, first: usize, last: usize) {
        let wanted = last - first + 1;
        let after = self.names[last].words.1;
        let Some(number) = self.quantities.iter().position(|q| q.words.0 as usize >= after) else { return };
        let (from, _) = self.range(number);
        let lead = self.gap(after, from);
        if lead.len() > 4 || lead.iter().any(|w| w.class == Class::Mark && !matches!(w.normal, ":" | "=" | "(" | "-")) {
            return;
        }
        let quantity = &self.quantities[number];
        if let (2, Some(second), Form::Pair | Form::Pressure) = (wanted, quantity.second, quantity.form) {
            if !self.fits(first, quantity) || self.blood_pressure(first) || self.blood_pressure(last) {
                return;
            }
            let other = Quantity { low: second, form: Form::Plain, second: None, ..quantity.clone() };
            self.take(first, number, &quantity.clone());
            self.take(last, number, &other);
            return;
        }
        let mut run = 1;
        while run < wanted && number + run < self.quantities.len() {
            let (before, next) = (self.range(number + run - 1).1, self.range(number + run).0);
            if !joined(self.gap(before, next)) {
                break;
            }
            run += 1;
        }
        let more = self
            .quantities
            .get(number + run)
            .is_some_and(|q| joined(self.gap(self.range(number + run - 1).1, q.words.0 as usize)));
        if run == wanted && !more && (0..wanted).all(|i| self.fits(first + i, &self.quantities[number + i])) {
            for i in 0..wanted {
                let quantity = self.quantities[number + i].clone();
                self.take(first + i, number + i, &quantity);
            }
        }
    }

    /// Gives one quantity to its name.
    fn one(&mut self, number: usize, added: &mut Vec<Fact>) {
        let quantity = &self.quantities[number];
        if self.used[number] || quantity.reference || quantity.form == Form::Count && !self.beside(number) {
            return;
        }
        let mut quantity = quantity.clone();
        self.flagged(&mut quantity);
        if let Some((name, series)) = self.left(number, &quantity, true) {
            if series {
                self.another(name, number, &quantity, added);
            } else {
                self.give(name, number, &quantity, added);
            }
            return;
        }
        if let Some(name) = self
            .right(number, true)
            .or_else(|| self.left(number, &quantity, false).map(|l| l.0))
            .or_else(|| self.right(number, false))
        {
            self.give(name, number, &quantity, added);
        }
    }

    /// "Hemoglobin 9.1 L": low, not litres, where the name before it is not measured in litres.
    fn flagged(&self, quantity: &mut Quantity) {
        let last = self.words.get((quantity.words.1 as usize).wrapping_sub(1));
        if quantity.unit.as_deref() != Some("L") || last.is_none_or(|w| w.surface != "L" || !w.spaced) {
            return;
        }
        let name = self.names.iter().rev().find(|n| n.words.1 <= quantity.words.0 as usize);
        let usual = name.and_then(|n| n.variable.as_ref()).map_or("", |v| v.unit);
        if !usual.is_empty() && dimension(usual) != Some(Dimension::Volume) && !usual.starts_with("L/") {
            quantity.unit = None;
        }
    }

    /// A bare number counts as a value only right after a name.
    fn beside(&self, number: usize) -> bool {
        let (from, _) = self.range(number);
        self.names.iter().any(|n| n.strong && n.words.1 <= from && from - n.words.1 <= 2)
    }

    /// The nearest name before a quantity, and whether the quantity is a further value of it.
    fn left(&self, number: usize, quantity: &Quantity, strong: bool) -> Option<(usize, bool)> {
        let (from, _) = self.range(number);
        let index = self.names.iter().rposition(|n| {
            let strong_name = n.strong || self.chemical(n, number);
            n.words.1 <= from && strong_name == strong && (strong || self.facts[n.fact].kind != Kind::Medication)
        })?;
        let name = &self.names[index];
        let gap = self.gap(name.words.1, from);
        if !self.fits(index, quantity) || gap.iter().any(|w| ends_clause(w)) {
            return None;
        }
        if let Some(previous) = name.taken {
            let before = &self.quantities[previous];
            let between = self.gap(self.range(previous).1, from);
            let listed = |unit: &Option<String>| {
                let known = |v: &Variable<'_>| unit.as_deref().is_some_and(|u| u == v.unit || v.units.contains(&u));
                name.variable.as_ref().is_some_and(known)
            };
            let both = listed(&quantity.unit) && listed(&before.unit);
            let same = both || quantity.unit.is_none() || before.unit.is_none() || quantity.unit == before.unit;
            let alike = same && quantity.form != Form::Count && (quantity.form == before.form || quantity.form == Form::Range);
            let follows = strong && alike && between.len() <= 8 && between.iter().all(|w| in_series(w)) && !between.is_empty();
            return follows.then_some((index, true));
        }
        let other = self.quantities[..number].iter().filter(|q| q.words.0 as usize >= name.words.1 && !q.reference).count();
        if !strong {
            // A finding has a size or a grade that stands beside it.
            let said = quantity.unit.is_some() || matches!(quantity.form, Form::Grade | Form::Pair | Form::Product);
            let measures = gap.iter().all(|w| links(w));
            return (said && other == 0 && gap.len() <= 5 && measures).then_some((index, false));
        }
        let near = gap.len() <= 5 || gap.iter().any(|w| links(w)) && gap.len() <= MOST_GAP;
        (near && other == 0).then_some((index, false))
    }

    /// A drug or substance with a concentration is a measurement of it.
    fn chemical(&self, name: &Name<'_>, number: usize) -> bool {
        let concentration =
            |unit: &str| unit.contains('/') && (unit.ends_with("dL") || unit.ends_with("mL") || unit.ends_with("/L"));
        self.facts[name.fact].kind == Kind::Medication && self.quantities[number].unit.as_deref().is_some_and(concentration)
    }

    /// The name right after a quantity.
    fn right(&self, number: usize, strong: bool) -> Option<usize> {
        let (from, to) = self.range(number);
        let index = self.names.iter().position(|n| n.words.0 >= to && n.strong == strong)?;
        let name = &self.names[index];
        let gap = self.gap(to, name.words.0);
        let near = if strong { 3 } else { 2 };
        let small =
            |w: &Word<'_>| matches!(w.normal, "of" | "on" | "in" | "for" | "the" | "his" | "her" | "a" | "-" | "left" | "right");
        let quantity = &self.quantities[number];
        let said = strong || quantity.unit.is_some() || quantity.form == Form::Grade;
        let medication = self.facts[name.fact].kind == Kind::Medication;
        let next = self.quantities.get(number + 1).map(|q| q.words.0 as usize);
        let own = next.is_some_and(|next| next >= name.words.1 && next - name.words.1 <= 2);
        let first = from == 0 || !matches!(word::before(self.words, from, 1), ":" | "=");
        let free = name.taken.is_none() && !medication && !own && first && said;
        (free && gap.len() <= near && gap.iter().all(small) && self.fits(index, quantity)).then_some(index)
    }

    /// The quantity can be a value of the name.
    fn fits(&self, index: usize, quantity: &Quantity) -> bool {
        let name = &self.names[index];
        if self.facts[name.fact].kind == Kind::Medication {
            return self.facts[name.fact].value.is_none();
        }
        if quantity.form == Form::Pressure && self.blood_pressure(index) {
            return true;
        }
        let timed = quantity.unit.as_deref().is_some_and(of_time);
        name.variable.as_ref().map_or(!timed, |variable| variable::fits(variable, quantity))
    }

    fn blood_pressure(&self, index: usize) -> bool {
        let fact = &self.facts[self.names[index].fact];
        let pressure = |name: &str| name.eq_ignore_ascii_case("bp") || name.to_ascii_lowercase().contains("blood pressure");
        fact.codes.iter().any(|c| c.code == "85354-9") || pressure(&fact.name)
    }

    fn take(&mut self, index: usize, number: usize, quantity: &Quantity) {
        let name = &mut self.names[index];
        name.taken = Some(number);
        self.used[number] = true;
        self.facts[name.fact].value = Some(measured(quantity, name.variable.as_ref()));
    }

    /// Sets the value; of a blood pressure both.
    fn give(&mut self, index: usize, number: usize, quantity: &Quantity, added: &mut Vec<Fact>) {
        let pressure = quantity.second.filter(|_| quantity.form == Form::Pressure && self.blood_pressure(index));
        self.take(index, number, quantity);
        if let Some(second) = pressure {
            let fact = &mut self.facts[self.names[index].fact];
            let mut other = fact.clone();
            name_pressure(fact, "8480-6", "systolic blood pressure", quantity.low);
            name_pressure(&mut other, "8462-4", "diastolic blood pressure", second);
            added.push(other);
        }
    }

    /// A further value of a name makes a further fact.
    fn another(&mut self, index: usize, number: usize, quantity: &Quantity, added: &mut Vec<Fact>) {
        let mut fact = self.facts[self.names[index].fact].clone();
        let pressure =
            quantity.second.filter(|_| quantity.form == Form::Pressure && fact.codes.iter().any(|c| c.code == "8480-6"));
        fact.value = Some(measured(quantity, self.names[index].variable.as_ref()));
        if let Some(second) = pressure {
            let mut other = fact.clone();
            name_pressure(&mut fact, "8480-6", "systolic blood pressure", quantity.low);
            name_pressure(&mut other, "8462-4", "diastolic blood pressure", second);
            added.push(other);
        }
        added.push(fact);
        self.names[index].taken = Some(number);
        self.used[number] = true;
    }
}

fn measured(quantity: &Quantity, variable: Option<&Variable<'_>>) -> crate::detail::Measured {
    let usual = variable.map(|v| v.unit).filter(|u| !u.is_empty());
    let bare = !matches!(quantity.form, Form::Pair | Form::Ratio | Form::Grade);
    let implied = usual.filter(|_| bare && variable.is_some_and(|v| v.implied));
    let mut value = quantity.measured(implied);
    if quantity.form == Form::Ratio && value.low == Decimal::ONE && value.comparator == Comparator::Is {
        // A titre of 1:320 is 320.
        value.low = quantity.second.unwrap_or(value.low);
        value.unit = value.unit.or(Some("{titer}".to_owned()));
    }
    if let (Some(usual), Some(variable)) = (usual.filter(|u| u.starts_with("10*3/")), variable) {
        if value.unit.as_deref() == Some("10*3") {
            value.unit = Some(usual.to_owned());
        } else if variable::counted(variable, quantity) {
            value.unit = Some(usual["10*3".len()..].to_owned());
            value.implied_unit = true;
        }
    }
    value
}

fn name_pressure(fact: &mut Fact, code: &str, name: &str, value: Decimal) {
    fact.codes = vec![Coding { system: LOINC.to_owned(), code: code.to_owned() }];
    name.clone_into(&mut fact.name);
    if let Some(measured) = &mut fact.value {
        measured.low = value;
        measured.high = None;
        if measured.unit.is_none() {
            measured.unit = Some("mm[Hg]".to_owned());
            measured.implied_unit = true;
        }
    }
}

/// Only commas and "and" stand between two members of a list.
fn joined(gap: &[Word<'_>]) -> bool {
    let member = |w: &Word<'_>| matches!(w.normal, "," | "and" | "/" | "&" | "-");
    !gap.is_empty() && gap.len() <= 2 && gap.iter().all(member)
}

/// Words that end a clause: what follows is said of something else.
fn ends_clause(word: &Word<'_>) -> bool {
    matches!(word.normal, "but" | "while" | "whereas" | "although" | "however" | ";" | "despite" | "because")
}

/// Words that tie a value to its name.
fn links(word: &Word<'_>) -> bool {
    matches!(
        word.normal,
        "is" | "was"
            | "were"
            | "are"
            | "of"
            | ":"
            | "="
            | "at"
            | "to"
            | "measured"
            | "measuring"
            | "measure"
            | "level"
            | "value"
            | "showed"
            | "reading"
            | "score"
            | "rated"
            | "about"
            | "approximately"
            | "currently"
            | "today"
            | "now"
            | "remained"
            | "improved"
            | "decreased"
            | "increased"
            | "dropped"
            | "fell"
            | "rose"
            | "elevated"
            | "low"
            | "high"
            | "the"
            | "a"
            | "found"
            | "from"
            | "("
            | "size"
            | "in"
            | "up"
            | "down"
            | "scale"
            | "by"
            | "estimated"
            | "ranging"
            | "between"
            | "noted"
            | "range"
            | "result"
            | "only"
            | "-"
            | ","
            | "|"
            | "with"
            | "around"
            | "as"
    )
}

/// What may stand between two values of one name: dates, "then", arrows.
fn in_series(word: &Word<'_>) -> bool {
    matches!(word.class, Class::Number | Class::Mark)
        || matches!(
            word.normal,
            "and"
                | "then"
                | "to"
                | "from"
                | "down"
                | "up"
                | "on"
                | "in"
                | "at"
                | "now"
                | "today"
                | "previously"
                | "repeat"
                | "most"
                | "recent"
                | "recently"
                | "prior"
                | "last"
                | "month"
                | "year"
                | "week"
                | "day"
                | "ago"
                | "improved"
                | "decreased"
                | "increased"
                | "later"
                | "after"
                | "before"
                | "was"
                | "is"
                | "currently"
                | "or"
                | "h"
                | "l"
        )
        || word.normal.len() >= 3 && crate::time::date::month(std::slice::from_ref(word), 0).is_some()
}
