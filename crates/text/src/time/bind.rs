//! Gives each time to what it is said of.
//!
//! A time that opens a line dates what stands below it until the next such line or heading. Within a sentence a time belongs to what
//! stands right before it ("knee replacement in 2019"), a time at the beginning or right before a name to what follows ("6-week history of
//! cough, dyspnea"). A measurement without a date of its own has its line's, its section's, the document's.

use super::anchor::says_when;
use super::{Sense, Time};
use crate::detail::When;
use crate::fact::{Fact, Kind};
use crate::quantity::Found;
use crate::scan::Scanned;
use crate::span::Span;

/// Sets when each fact was, how long it lasted and how often it comes, where the text says so.
pub fn bind(scanned: &Scanned<'_>, found: &Found, facts: &mut [Fact]) {
    let order = by_place(facts);
    let mut from = 0;
    let mut scope: Option<&Time> = None;
    let mut heading = 0;
    for (sentence, place) in scanned.layout.sentences.iter().enumerate() {
        let times = found.times_in(sentence as u32);
        let opened = scanned.layout.headings.partition_point(|h| h.span.start < place.span.start);
        if opened != heading {
            (heading, scope) = (opened, None);
        }
        if let Some(lead) = leading(scanned, place.span, times) {
            scope = Some(lead);
        }
        let count = order[from..].iter().take_while(|i| facts[**i].sentence as usize <= sentence).count();
        let here = &order[from..from + count];
        from += count;
        if here.is_empty() {
            continue;
        }
        for time in times {
            within(scanned, facts, here, time, times, scope);
        }
        for index in here {
            inherit(&mut facts[*index], scope, found);
        }
    }
}

/// Facts by sentence and place: a further value of a name stands where its number stands.
fn by_place(facts: &[Fact]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..facts.len()).collect();
    order.sort_by_key(|i| (facts[*i].sentence, place(&facts[*i]).end, *i));
    order
}

/// The words of a fact that a time stands beside: its name, or its value where it has one.
fn place(fact: &Fact) -> Span {
    fact.value.as_ref().map_or(fact.span, |v| v.span)
}

/// A date that opens a line or stands in a heading and dates what follows.
fn leading<'t>(scanned: &Scanned<'_>, sentence: Span, times: &'t [Time]) -> Option<&'t Time> {
    let first = times.first().filter(|t| says_when(t) && t.from.is_some())?;
    let lead = scanned.text.get(sentence.start as usize..first.span.start as usize)?;
    let tail = scanned.text.get(first.span.end as usize..)?.trim_start_matches([' ', '\t']);
    let opens = lead.chars().all(|c| matches!(c, '(' | '[' | ' ' | '-' | '*' | '\u{2022}'));
    let closes = tail.is_empty()
        || tail.starts_with([':', '\n', '\r', '|'])
        || tail.starts_with(") :")
        || tail.starts_with("):")
        || (tail.starts_with([')', ']']) && !lead.is_empty())
        || tail.starts_with("- ")
        || tail.starts_with("\u{2013} ");
    (opens && closes).then_some(first)
}

/// Gives a time to the facts of its sentence that it is said of.
fn within(scanned: &Scanned<'_>, facts: &mut [Fact], here: &[usize], time: &Time, times: &[Time], scope: Option<&Time>) {
    let empty = time.from.is_none() && time.to.is_none() && time.lasted.is_none() && time.every.is_none();
    if time.sense == Sense::Age || time.labelled || empty || scope.is_some_and(|s| s.span == time.span) {
        return;
    }
    let text = |from: u32, to: u32| scanned.text.get(from as usize..to as usize).unwrap_or_default();
    let value_of = |i: usize| facts[i].value.as_ref().map(|v| v.span);
    // Systolic and diastolic pressure rest on the same numbers.
    let twins: Vec<(Span, usize)> = here.iter().filter_map(|i| Some((value_of(*i)?, *i))).collect();
    let others = |from: u32, to: u32| times.iter().any(|t| t.span.start >= from && t.span.end <= to && t.sense == time.sense);
    let before = here.iter().rev().copied().find(|i| place(&facts[*i]).end <= time.span.start && usable(&facts[*i], time));
    let after = here.iter().copied().find(|i| facts[*i].span.start >= time.span.end && usable(&facts[*i], time));
    let right = after.filter(|i| {
        let gap = text(time.span.end, facts[*i].span.start);
        let direct = matches!(time.sense, Sense::Duration | Sense::Period)
            && gap_words(
                gap,
                &["of", "history", "the", "a", "with", "worsening", "progressive", "intermittent", "-", "trial", "course"],
            );
        let value = facts[*i].value.is_some() && gap_words(gap, &[":", "-", ","]);
        direct && time.lasted.is_some() || value && before.is_none()
    });
    // "A1c (3/4/2024): 9.1": between the name and its value.
    let ahead = here.iter().copied().find(|i| {
        let value = facts[*i].value.as_ref().filter(|v| v.span.start >= time.span.end && facts[*i].span.end <= time.span.start);
        value.is_some_and(|v| gap_words(text(time.span.end, v.span.start), &[":", "-", ",", "=", ")", "):", "was", "of", "is"]))
    });
    if let Some(index) = ahead {
        both(facts, &twins, index, time);
        return;
    }
    if let Some(index) = right {
        spread(scanned, facts, here, index, time);
    } else if let Some(index) = before.filter(|i| !ended(text(place(&facts[*i]).end, time.span.start)) || after.is_none()) {
        let free = !others(place(&facts[index]).end, time.span.start) || facts[index].when.is_none();
        if free {
            let edge = edge(scanned, &facts[index], time);
            set_edge(&mut facts[index], time, edge);
            both(facts, &twins, index, time);
            if time.lasted.is_some() {
                spread_back(scanned, facts, here, index, time);
            }
        }
    } else if let Some(first) = after {
        let until =
            times.iter().filter(|t| t.span.start >= time.span.end && t.sense != Sense::Recurrence).map(|t| t.span.start).min();
        let later: Vec<usize> = here.iter().copied().filter(|i| facts[*i].span.start >= facts[first].span.start).collect();
        for index in later {
            if usable(&facts[index], time) && until.is_none_or(|until| facts[index].span.end <= until) {
                let edge = edge(scanned, &facts[index], time);
                set_edge(&mut facts[index], time, edge);
            }
        }
    }
}

/// Gives a time to a fact and to those that rest on the same value.
fn both(facts: &mut [Fact], twins: &[(Span, usize)], index: usize, time: &Time) {
    set(&mut facts[index], time);
    let Some(value) = facts[index].value.as_ref().map(|v| v.span) else { return };
    for (_, twin) in twins.iter().filter(|(span, twin)| *span == value && *twin != index) {
        set(&mut facts[*twin], time);
    }
}

/// What a time can be said of: how often a medication is taken stands in its sig.
fn usable(fact: &Fact, time: &Time) -> bool {
    !(fact.kind == Kind::Medication && time.sense == Sense::Recurrence)
}

fn gap_words(gap: &str, allowed: &[&str]) -> bool {
    gap.split(|c: char| c.is_whitespace()).filter(|w| !w.is_empty()).all(|w| allowed.contains(&w.to_ascii_lowercase().as_str()))
        || gap.trim().is_empty()
}

/// A clause ends between the two.
fn ended(gap: &str) -> bool {
    gap.len() > 160
        || gap.split_whitespace().any(|w| matches!(w.to_ascii_lowercase().as_str(), "but" | "while" | "however" | "although"))
        || gap.contains(';')
}

/// Gives a time to the facts that are listed with `first` after it.
fn spread(scanned: &Scanned<'_>, facts: &mut [Fact], here: &[usize], first: usize, time: &Time) {
    let mut last = facts[first].span.end;
    set(&mut facts[first], time);
    let later: Vec<usize> = here.iter().copied().filter(|i| facts[*i].span.start >= last).collect();
    for index in later {
        let gap = scanned.text.get(last as usize..facts[index].span.start as usize).unwrap_or_default();
        if !listed(gap) {
            break;
        }
        set(&mut facts[index], time);
        last = facts[index].span.end;
    }
}

/// Gives a duration to the symptoms that are listed with `last` before it ("cough and fever for 3 days").
fn spread_back(scanned: &Scanned<'_>, facts: &mut [Fact], here: &[usize], last: usize, time: &Time) {
    let mut start = facts[last].span.start;
    if !matches!(facts[last].kind, Kind::Finding | Kind::Problem) {
        return;
    }
    let earlier: Vec<usize> = here.iter().rev().copied().filter(|i| facts[*i].span.end <= start).collect();
    for index in earlier {
        let gap = scanned.text.get(facts[index].span.end as usize..start as usize).unwrap_or_default();
        if !listed(gap) || facts[index].when.is_some() || !matches!(facts[index].kind, Kind::Finding | Kind::Problem) {
            break;
        }
        set(&mut facts[index], time);
        start = facts[index].span.start;
    }
}

fn listed(gap: &str) -> bool {
    gap.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty())
        .all(|w| matches!(w, "and" | "or" | "&" | "/" | "with" | "as" | "well"))
}

/// Adds what a time says to what is known of a fact; what was said first stays.
fn set(fact: &mut Fact, time: &Time) {
    set_edge(fact, time, Edge::At);
}

/// What a date is of something that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    At,
    Start,
    Stop,
}

/// A medication was begun or ended then: the word that says so stands before it or between it and the time.
fn edge(scanned: &Scanned<'_>, fact: &Fact, time: &Time) -> Edge {
    if fact.kind != Kind::Medication || time.sense != Sense::Point || time.sentence != fact.sentence {
        return Edge::At;
    }
    let sentence = scanned.layout.sentences.get(fact.sentence as usize).map_or(fact.span, |s| s.span);
    let from = sentence.start.max(fact.span.start.saturating_sub(40));
    let from = (from..=fact.span.start).find(|i| scanned.text.is_char_boundary(*i as usize)).unwrap_or(fact.span.start);
    let near = scanned.text.get(from as usize..fact.span.start.max(time.span.start) as usize).unwrap_or_default();
    for word in near.split(|c: char| !c.is_alphanumeric()).rev() {
        match word.to_ascii_lowercase().as_str() {
            "started" | "start" | "initiated" | "began" | "begun" | "commenced" | "starting" | "resumed" | "restarted" => {
                return Edge::Start;
            }
            "stopped" | "discontinued" | "held" | "ended" | "dc" | "stopping" | "off" | "completed" => return Edge::Stop,
            _ => {}
        }
    }
    Edge::At
}

fn set_edge(fact: &mut Fact, time: &Time, edge: Edge) {
    let when = fact.when.get_or_insert(When { span: time.span, from: None, to: None, lasted: None, every: None });
    let dated = when.from.is_some() || when.to.is_some();
    let news = !dated && (time.from.is_some() || time.to.is_some())
        || when.lasted.is_none() && time.lasted.is_some()
        || when.every.is_none() && time.every.is_some();
    if !news {
        return;
    }
    if !dated {
        (when.from, when.to) = match edge {
            Edge::At => (time.from, time.to),
            Edge::Start => (time.from, None),
            Edge::Stop => (None, time.to),
        };
    }
    if when.lasted.is_none() {
        when.lasted.clone_from(&time.lasted);
    }
    if when.every.is_none() {
        when.every.clone_from(&time.every);
    }
    // The date of a heading above is said there; the words beside the fact stay the evidence.
    if time.sentence == fact.sentence {
        when.span = when.span.join(time.span);
    }
}

/// The date of the line, of the section, of the document, for a measurement without its own.
fn inherit(fact: &mut Fact, scope: Option<&Time>, found: &Found) {
    let dated = fact.when.as_ref().is_some_and(|w| w.from.is_some() || w.to.is_some());
    if dated || fact.axes.family || fact.axes.hypothetical {
        return;
    }
    if let Some(time) = scope {
        let stays = fact.value.is_some() || matches!(fact.kind, Kind::Procedure | Kind::Measurement);
        if stays {
            set(fact, time);
        }
        return;
    }
    if let Some((date, span)) = found.dated().filter(|_| fact.value.is_some() && !fact.axes.historical) {
        let time = Time {
            span,
            sentence: u32::MAX,
            sense: Sense::Point,
            from: Some(date),
            to: Some(date),
            lasted: None,
            every: None,
            labelled: true,
        };
        if fact.when.is_none() {
            set(fact, &time);
        }
    }
}
