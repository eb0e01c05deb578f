//! The days that relative times count from, and the dates that come of it.

use super::{Base, Found, Point, Raw, Sense, Time, Unit};
use crate::detail::PartialDate;
use crate::scan::Scanned;
use crate::span::Span;
use crate::tokens::Class;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What a text says of its own dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Anchors {
    /// When it was written, or the visit it tells of; where the text says so.
    pub dated: Option<(PartialDate, Span)>,
    /// The day relative times count from.
    pub written: Option<PartialDate>,
    pub admission: Option<PartialDate>,
    pub operation: Option<PartialDate>,
}

/// What a date's label says it is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Written,
    Admission,
    Operation,
    Other,
}

/// The most words looked at before a date for its label.
const MOST_LABEL: usize = 6;

/// Finds the anchors among the dates of a text.
pub(crate) fn anchors(scanned: &Scanned<'_>, found: &mut [(Found, u32)], written: Option<PartialDate>) -> Anchors {
    let mut anchors = Anchors::default();
    for (time, token) in found {
        let Some(Point::On(date)) = time.raw.point else { continue };
        if date.month().is_none() {
            continue;
        }
        let label = label(scanned, *token as usize);
        time.labelled = label.is_some_and(|(_, dated)| dated);
        match label.map(|l| l.0) {
            Some(Label::Written) if date.day().is_some() => {
                anchors.dated.get_or_insert((date, time.span));
            }
            Some(Label::Admission) => {
                anchors.admission.get_or_insert(date);
            }
            Some(Label::Operation) => {
                anchors.operation.get_or_insert(date);
            }
            _ => {}
        }
    }
    anchors.written = written.or(anchors.dated.map(|d| d.0));
    anchors
}

/// What the words before a date say it is, and whether it is given as that date rather than told.
fn label(scanned: &Scanned<'_>, token: usize) -> Option<(Label, bool)> {
    let words: Vec<&str> = scanned.tokens.list[token.saturating_sub(MOST_LABEL)..token]
        .iter()
        .rev()
        .take_while(|t| t.class != Class::Break && t.class != Class::Number)
        .filter(|t| t.class == Class::Word)
        .map(|t| scanned.tokens.normal(t))
        .collect();
    let has = |list: &[&str]| words.iter().take(4).any(|w| list.contains(w));
    let first = *words.first()?;
    if has(&["birth", "dob", "born", "death", "discharge", "discharged", "due", "expiration", "exp", "until", "since"]) {
        return Some((Label::Other, has(&["birth", "dob", "born", "date"])));
    }
    if has(&["admission", "admitted", "admit", "doa"]) {
        return Some((Label::Admission, has(&["date", "doa"])));
    }
    if has(&["surgery", "operation", "procedure", "operative"]) && has(&["date", "underwent", "on"]) {
        return Some((Label::Operation, has(&["date"])));
    }
    let named = matches!(first, "date" | "dos" | "dated" | "dictated" | "signed")
        || has(&["date", "dated", "dictated"])
            && has(&[
                "service",
                "visit",
                "encounter",
                "exam",
                "examination",
                "note",
                "report",
                "evaluation",
                "consultation",
                "today",
                "dictation",
                "appointment",
            ]);
    named.then_some((Label::Written, true))
}

/// Counts a time from its anchor.
pub(crate) fn resolve(found: &Found, anchors: &Anchors) -> Time {
    let Found { raw, span, sentence, .. } = found;
    let (from, to) = raw.point.map_or((None, None), |point| dates(point, raw, anchors));
    Time {
        span: *span,
        sentence: *sentence,
        sense: raw.sense,
        from,
        to,
        lasted: raw.lasted.clone(),
        every: raw.every.clone(),
        labelled: found.labelled,
    }
}

fn dates(point: Point, raw: &Raw, anchors: &Anchors) -> (Option<PartialDate>, Option<PartialDate>) {
    let (from, to) = match point {
        Point::On(date) => (Some(date), Some(date)),
        Point::Between(from, to) => (Some(from), Some(to)),
        Point::Yearless(month, day) => {
            let date = anchors.written.and_then(|w| last_of(w, month, day));
            (date, date)
        }
        Point::Shift(n, unit, base) => match base_of(anchors, base) {
            Some(base) => (shifted(base.first(), base, n, unit), shifted(base.last(), base, n, unit)),
            None => (None, None),
        },
        Point::Calendar(unit, side) => calendar(anchors.written, unit, side),
        Point::Weekday(day, side) => {
            let date = anchors.written.and_then(|w| weekday(w, day, side));
            (date, date)
        }
    };
    match (raw.open, raw.until, raw.sense) {
        (true, _, _) => (from, None),
        (_, true, _) => (None, to),
        _ => (from, to),
    }
}

fn base_of(anchors: &Anchors, base: Base) -> Option<PartialDate> {
    match base {
        Base::Written => anchors.written,
        Base::Admission => anchors.admission,
        Base::Operation => anchors.operation,
        Base::Event => None,
    }
}

/// The last such month or day that is not after the anchor; its year is as the anchor's, so it needs the anchor's month.
fn last_of(written: PartialDate, month: u8, day: Option<u8>) -> Option<PartialDate> {
    let this = PartialDate::new(written.year(), Some(month), day).ok();
    written.month()?;
    match this {
        Some(date) if date.first() <= written.last() => Some(date),
        _ => PartialDate::new(written.year().checked_sub(1)?, Some(month), day).ok(),
    }
}

/// A day moved by so many units, cut to what is known: a month before a day is a month, not a day.
fn shifted(day: Date, base: PartialDate, n: Decimal, unit: Unit) -> Option<PartialDate> {
    let (n, unit) = whole(n, unit)?;
    let span = match unit {
        Unit::Minute | Unit::Hour => jiff::Span::new(),
        Unit::Day => jiff::Span::new().try_days(n).ok()?,
        Unit::Week => jiff::Span::new().try_weeks(n).ok()?,
        Unit::Month => jiff::Span::new().try_months(n).ok()?,
        Unit::Year => jiff::Span::new().try_years(n).ok()?,
    };
    let date = day.checked_add(span).ok()?;
    let moved = PartialDate::from(date);
    let month = base.month().and(moved.month()).filter(|_| unit != Unit::Year);
    let day = base.day().and(moved.day()).filter(|_| month.is_some() && unit != Unit::Month);
    PartialDate::new(moved.year(), month, day).ok()
}

/// Half units as whole smaller ones.
fn whole(n: Decimal, unit: Unit) -> Option<(i64, Unit)> {
    if n.fract() == Decimal::ZERO {
        return n.to_i64().filter(|n| n.abs() <= 100_000).map(|n| (n, unit));
    }
    let (times, smaller) = match unit {
        Unit::Year => (12, Unit::Month),
        Unit::Month => (30, Unit::Day),
        Unit::Week => (7, Unit::Day),
        other => (1, other),
    };
    n.checked_mul(Decimal::from(times))?.round().to_i64().filter(|n| n.abs() <= 100_000).map(|n| (n, smaller))
}

fn calendar(written: Option<PartialDate>, unit: Unit, side: i8) -> (Option<PartialDate>, Option<PartialDate>) {
    let Some(written) = written else { return (None, None) };
    let both = |date: Option<PartialDate>| (date, date);
    match unit {
        Unit::Year => both(PartialDate::new(written.year().saturating_add(i16::from(side)), None, None).ok()),
        Unit::Month => both(written.month().and_then(|_| shifted(written.first(), written, Decimal::from(side), Unit::Month))),
        Unit::Week => {
            let Some(start) = written.day().and_then(|_| week_start(written.first(), side)) else { return (None, None) };
            let end = start.checked_add(jiff::Span::new().days(6)).ok();
            (Some(start.into()), end.map(Into::into))
        }
        _ => (None, None),
    }
}

/// The Sunday of the week `side` weeks away.
fn week_start(day: Date, side: i8) -> Option<Date> {
    let back = i64::from(day.weekday().to_sunday_zero_offset()) - 7 * i64::from(side);
    day.checked_sub(jiff::Span::new().days(back)).ok()
}

/// The nearest such day of the week before or after the anchor.
fn weekday(written: PartialDate, weekday: u8, side: i8) -> Option<PartialDate> {
    written.day()?;
    let day = written.first();
    let now = i64::from(day.weekday().to_sunday_zero_offset());
    let wanted = i64::from(weekday);
    let step = if side < 0 { -((now - wanted + 6).rem_euclid(7) + 1) } else { (wanted - now + 6).rem_euclid(7) + 1 };
    day.checked_add(jiff::Span::new().days(step)).ok().map(Into::into)
}

/// True for a time that says when: it has a date or would have one with an anchor.
pub(crate) fn says_when(time: &Time) -> bool {
    matches!(time.sense, Sense::Point | Sense::Period) && (time.from.is_some() || time.to.is_some())
}
