//! Finds quantities in a sentence: a number with what bounds it, its range, its unit.

use super::bound::comparator;
use super::number::{Numeral, decimal, digits, negative, spelled};
use super::unit::unit;
use super::word::{Word, are, at as word, before, dash, glued, is_number, span};
use super::{Form, Quantity};
use crate::detail::Comparator;
use crate::tokens::Class;
use rust_decimal::Decimal;

/// The quantity whose number stands at `from`; `floor` is the first word that is still free.
pub(crate) fn at(words: &[Word<'_>], from: usize, floor: usize, sentence: u32) -> Option<(Quantity, usize)> {
    let first = words.get(from)?;
    let mut found = match first.class {
        Class::Number => {
            if is_name(words, from, floor) {
                return None;
            }
            numeric(words, from)?
        }
        Class::Mark => numeric(words, from)?,
        Class::Word => return in_words(words, from, floor, sentence),
        Class::Break => return None,
    };
    let mut start = from;
    if negative(words, from) && from > floor {
        start -= 1;
        found.low = -found.low;
    }
    if let Some((comparator, at)) = comparator(words, start, floor) {
        (found.comparator, start) = (comparator, at);
    } else if found.high.is_some() && start > floor && word(words, start - 1) == "between" {
        start -= 1;
    } else if found.high.is_some() && start >= floor + 2 && before(words, start, 1) == "of" && before(words, start, 2) == "range"
    {
        start -= 2;
    } else if let Some(at) = graded(words, start, floor) {
        found.form = Form::Grade;
        start = at;
    }
    let end = after(words, &mut found);
    let number = span(words, if found.form == Form::Grade { start } else { from }, found.end);
    Some((Quantity { number, ..finished(words, found, start, end, sentence) }, end))
}

/// What is being built.
struct Draft {
    low: Decimal,
    high: Option<Decimal>,
    second: Option<Decimal>,
    power: Option<u8>,
    unit: Option<String>,
    comparator: Comparator,
    form: Form,
    end: usize,
}

fn finished(words: &[Word<'_>], draft: Draft, start: usize, end: usize, sentence: u32) -> Quantity {
    let next = words.get(end);
    let counts = draft.unit.is_none()
        && draft.form == Form::Plain
        && next.is_some_and(|w| w.class == Class::Word && !w.broken && !follows_a_value(w.normal));
    Quantity {
        span: span(words, start, end),
        number: span(words, start, end),
        sentence,
        words: (start as u32, end as u32),
        comparator: draft.comparator,
        low: draft.low.normalize(),
        high: draft.high.map(|h| h.normalize()),
        second: draft.second.map(|h| h.normalize()),
        unit: draft.unit,
        form: if counts { Form::Count } else { draft.form },
        reference: false,
    }
}

/// Words that stand after a value without being what it counts.
fn follows_a_value(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "with"
            | "on"
            | "in"
            | "at"
            | "to"
            | "from"
            | "by"
            | "but"
            | "which"
            | "for"
            | "after"
            | "before"
            | "today"
            | "yesterday"
            | "last"
            | "when"
            | "while"
            | "h"
            | "l"
            | "hh"
            | "ll"
            | "high"
            | "low"
            | "normal"
            | "is"
            | "was"
            | "as"
            | "then"
            | "this"
            | "during"
            | "via"
            | "consistent"
            | "stable"
            | "improved"
            | "down"
            | "up"
            | "hi"
            | "lo"
            | "abnormal"
            | "a"
            | "now"
            | "previously"
            | "per"
            | "despite"
            | "using"
            | "within"
            | "off"
            | "room"
            | "ra"
            | "she"
            | "he"
            | "the"
            | "were"
            | "has"
            | "since"
            | "over"
            | "who"
            | "suggesting"
            | "indicating"
            | "based"
            | "confirming"
            | "respectively"
    )
}

/// Digits with a range, a pair, a product or a ratio.
fn numeric(words: &[Word<'_>], from: usize) -> Option<Draft> {
    let Numeral { value, power, end } = decimal_comma(words, from).or_else(|| digits(words, from))?;
    if let Some(end) = percentile(words, end) {
        let unit = Some("{percentile}".to_owned());
        return Some(Draft { low: value, unit, end, ..Draft::empty() });
    }
    let mut draft =
        Draft { low: value, high: None, second: None, power, unit: None, comparator: Comparator::Is, form: Form::Plain, end };
    take_unit(words, &mut draft);
    if draft.unit.is_none() && draft.power.is_none() {
        pair(words, &mut draft);
    }
    if draft.form == Form::Plain {
        range(words, from, &mut draft);
        product(words, &mut draft);
        tens(words, from, &mut draft);
    }
    Some(draft)
}

/// The word after "th percentile"; of the first of two ("10th and 50th centiles") the word after its ending.
fn percentile(words: &[Word<'_>], at: usize) -> Option<usize> {
    let ending = |at: usize| glued(words, at) && matches!(word(words, at), "st" | "nd" | "rd" | "th");
    let named = |at: usize| matches!(word(words, at), "percentile" | "centile");
    if !ending(at) {
        return None;
    }
    if named(at + 1) {
        return Some(at + 2);
    }
    let listed =
        matches!(word(words, at + 1), "and" | "to" | "or" | "-") && is_number(words, at + 2) && ending(at + 3) && named(at + 4);
    listed.then_some(at + 1)
}

/// "5,2 mmol/L": a comma for the point, told from a list by the unit after it.
fn decimal_comma(words: &[Word<'_>], from: usize) -> Option<Numeral> {
    let whole = words.get(from).filter(|w| w.class == Class::Number && w.normal.len() <= 3)?;
    let joined = word(words, from + 1) == "," && glued(words, from + 1) && glued(words, from + 2) && is_number(words, from + 2);
    let part = words.get(from + 2).filter(|w| joined && w.normal.len() <= 2)?;
    unit(words, from + 3).filter(|u| u.end > from + 3)?;
    Some(Numeral { value: decimal(&format!("{}.{}", whole.normal, part.normal))?, power: None, end: from + 3 })
}

fn take_unit(words: &[Word<'_>], draft: &mut Draft) {
    let mut at = draft.end;
    // "5-mm nodule".
    if dash(word(words, at))
        && glued(words, at)
        && glued(words, at + 1)
        && words.get(at + 1).is_some_and(|w| w.class == Class::Word)
    {
        at += 1;
    }
    // A column of a table.
    at += usize::from(word(words, at) == "|");
    let found = unit(words, at).filter(|u| !ambiguous(words, at, u.end, &u.ucum));
    match (found, draft.power) {
        (Some(unit), Some(power)) => {
            let joint = if unit.ucum.starts_with('/') { "" } else { "." };
            draft.unit = Some(format!("10*{power}{joint}{}", unit.ucum));
            draft.end = unit.end;
        }
        (Some(unit), None) => {
            draft.unit = Some(unit.ucum.into_owned());
            draft.end = unit.end;
        }
        (None, Some(power)) => draft.unit = Some(format!("10*{power}")),
        (None, None) => {}
    }
    if draft.unit.as_deref() == Some("%")
        && word(words, draft.end) == "of"
        && matches!(word(words, draft.end + 1), "normal" | "predicted")
    {
        draft.end += 2;
    } else if draft.unit.as_deref() == Some("%") && matches!(word(words, draft.end), "predicted" | "pred") {
        draft.end += 1;
    }
}

/// A letter after a number that is more likely something else.
fn ambiguous(words: &[Word<'_>], at: usize, end: usize, ucum: &str) -> bool {
    let word = &words[at];
    let composite = end > at + 1;
    let next = words.get(end);
    match ucum {
        // "L" after a laboratory value is the flag for low, unless a unit is written with it.
        "L" => word.spaced && word.surface == "L" && flags(words, at),
        "[in_i]" => word.normal == "\"" && word.spaced,
        "Cel" | "[degF]" if word.normal.len() == 1 => composite,
        "10*3" if word.normal == "k" => word.spaced && !composite && next.is_some_and(|n| n.class == Class::Number),
        "m" | "s" | "U" if word.normal.len() == 1 => {
            word.spaced
                && !composite
                && next.is_some_and(|n| matches!(n.normal, "." | "'") && !n.spaced)
                && words.get(end + 1).is_some()
                && ucum != "s"
        }
        _ => false,
    }
}

/// A range of reference or another value follows a flag.
fn flags(words: &[Word<'_>], at: usize) -> bool {
    let next = at + 1;
    let number = next + usize::from(matches!(word(words, next), "(" | "["));
    is_number(words, number) && (number == next || matches!(word(words, number + 1), "-" | "to"))
}

/// "120/80", "5/325", "2/6", "1:320".
fn pair(words: &[Word<'_>], draft: &mut Draft) {
    let at = draft.end;
    let mark = word(words, at);
    if !matches!(mark, "/" | ":") || !is_number(words, at + 1) {
        out_of(words, draft);
        return;
    }
    let Some(second) = digits(words, at + 1).filter(|n| n.power.is_none()) else { return };
    let even = glued(words, at) == glued(words, at + 1) || pressure(draft.low, second.value);
    if mark == ":" && !(glued(words, at) && glued(words, at + 1)) || mark == "/" && !even {
        return;
    }
    draft.second = Some(second.value);
    draft.end = second.end;
    draft.form = if mark == ":" {
        Form::Ratio
    } else if pressure(draft.low, second.value) {
        Form::Pressure
    } else {
        Form::Pair
    };
    // "72/34/47 mmHg": systolic, diastolic and mean pressure of a vessel.
    if mark == "/" && word(words, draft.end) == "/" && is_number(words, draft.end + 1) {
        draft.form = Form::Pair;
        draft.end += 2;
    }
    take_unit(words, draft);
}

/// "2 out of 5", "3 of 12": so many of all.
fn out_of(words: &[Word<'_>], draft: &mut Draft) {
    let at = draft.end;
    let skip = match (word(words, at), word(words, at + 1)) {
        ("out", "of") => 2,
        ("of", _) if is_number(words, at + 1) => 1,
        _ => return,
    };
    if let Some(second) = digits(words, at + skip).filter(|n| n.power.is_none()) {
        draft.second = Some(second.value);
        draft.end = second.end;
        draft.form = Form::Pair;
    }
}

/// What two numbers must be to be a blood pressure.
fn pressure(systolic: Decimal, diastolic: Decimal) -> bool {
    let (s, d) = (systolic, diastolic);
    s.fract().is_zero()
        && d.fract().is_zero()
        && s > d
        && (Decimal::from(50)..=Decimal::from(300)).contains(&s)
        && (Decimal::from(20)..=Decimal::from(200)).contains(&d)
}

/// "25-30%", "88 to 92", "between 88 and 92", "20%-25%".
fn range(words: &[Word<'_>], from: usize, draft: &mut Draft) {
    let at = draft.end;
    let joint = word(words, at);
    let between = before(words, from, 1) == "between";
    let joined = match joint {
        "to" => !changed(words, from),
        "through" => true,
        "and" => between,
        "or" => false,
        mark if dash(mark) => glued(words, at) == glued(words, at + 1),
        _ => false,
    };
    if !joined {
        return;
    }
    let Some(second) = digits(words, at + 1) else { return };
    if second.value < draft.low
        || is_number(words, at + 1)
            && words[at + 1].surface.len() > 1
            && words[at + 1].surface.starts_with('0')
            && draft.low >= Decimal::TEN
    {
        return;
    }
    let mut upper =
        Draft { end: second.end, power: second.power, unit: None, low: second.value, high: None, second: None, ..Draft::empty() };
    take_unit(words, &mut upper);
    // "Na 140 - 4.0 mmol" would be two values, yet a unit on the first and another on the second is no range.
    if draft.unit.is_some() && upper.unit.is_some() && draft.unit != upper.unit {
        return;
    }
    draft.high = Some(second.value);
    draft.unit = upper.unit.or(draft.unit.take());
    draft.end = upper.end;
    draft.form = Form::Range;
}

impl Draft {
    fn empty() -> Draft {
        Draft {
            low: Decimal::ZERO,
            high: None,
            second: None,
            power: None,
            unit: None,
            comparator: Comparator::Is,
            form: Form::Plain,
            end: 0,
        }
    }
}

/// "fell from 9.1 to 7.2": two values, not a range.
fn changed(words: &[Word<'_>], from: usize) -> bool {
    before(words, from, 1) == "from"
        && words[from.saturating_sub(6)..from].iter().any(|w| {
            matches!(
                w.normal,
                "decreased"
                    | "increased"
                    | "dropped"
                    | "fell"
                    | "rose"
                    | "improved"
                    | "declined"
                    | "went"
                    | "changed"
                    | "reduced"
                    | "down"
                    | "up"
                    | "progressed"
                    | "elevated"
                    | "raised"
                    | "decrease"
                    | "increase"
                    | "change"
                    | "improvement"
                    | "drop"
                    | "rise"
                    | "titrated"
                    | "lowered"
                    | "reduction"
                    | "worsened"
                    | "risen"
                    | "fallen"
            )
        })
}

/// "3 x 4 cm", "3.2 × 2.1 × 1.5 cm" (the largest side counts), "3 x 250 mg" (the amount counts).
fn product(words: &[Word<'_>], draft: &mut Draft) {
    let mut most = draft.low;
    let mut end = draft.end;
    let mut unit_text = draft.unit.clone();
    let mut last = draft.low;
    for _ in 0..3 {
        if !matches!(word(words, end), "x" | "×" | "*" | "by") {
            break;
        }
        let Some(next) = digits(words, end + 1).filter(|n| n.power.is_none()) else { break };
        let mut part = Draft { end: next.end, low: next.value, ..Draft::empty() };
        take_unit(words, &mut part);
        most = most.max(next.value);
        last = next.value;
        unit_text = part.unit.or(unit_text);
        end = part.end;
    }
    if end == draft.end {
        return;
    }
    let length = matches!(unit_text.as_deref(), None | Some("cm" | "mm" | "m" | "[in_i]" | "um"));
    if !length && !draft.low.fract().is_zero() {
        return;
    }
    draft.second = Some(if length { last } else { draft.low });
    draft.low = if length { most } else { last };
    draft.unit = unit_text;
    draft.end = end;
    draft.form = Form::Product;
}

/// "low 30s", "in the 80s".
fn tens(words: &[Word<'_>], from: usize, draft: &mut Draft) {
    let at = draft.end;
    let s = word(words, at) == "s" && glued(words, at) || word(words, at) == "'" && word(words, at + 1) == "s";
    let round = draft.low % Decimal::TEN == Decimal::ZERO && draft.low >= Decimal::TEN;
    // "50s" may be seconds: then it stands after what is measured in them, not after "the" or "low".
    let said = matches!(before(words, from, 1), "low" | "mid" | "high" | "upper" | "lower" | "the" | "-" | "to" | "his" | "her");
    if !(round && said && (s || draft.unit.as_deref() == Some("s") && words[from + 1..].first().is_some_and(|w| !w.spaced))) {
        return;
    }
    let (low, high) = match before(words, from, 1) {
        "low" | "lower" => (0, 3),
        "mid" => (4, 6),
        "-" if before(words, from, 2) == "mid" => (4, 6),
        "-" if before(words, from, 2) == "low" => (0, 3),
        "high" | "upper" => (7, 9),
        _ => (0, 9),
    };
    let base = draft.low;
    draft.low = base + Decimal::from(low);
    draft.high = Some(base + Decimal::from(high));
    draft.comparator = Comparator::About;
    if s {
        draft.end = at + 1 + usize::from(word(words, at) == "'");
    }
    draft.unit = unit(words, draft.end).map(|u| u.ucum.into_owned());
    draft.form = Form::Range;
}

/// A number in words counts only with a unit: "two tablets", "five milligrams".
fn in_words(words: &[Word<'_>], from: usize, floor: usize, sentence: u32) -> Option<(Quantity, usize)> {
    let (value, end) = spelled(words, from)?;
    let found = unit(words, end)?;
    let mut draft = Draft { low: value, unit: Some(found.ucum.into_owned()), end: found.end, ..Draft::empty() };
    let mut start = from;
    if let Some((comparator, at)) = comparator(words, from, floor) {
        (draft.comparator, start) = (comparator, at);
    }
    let end = after(words, &mut draft);
    Some((finished(words, draft, start, end, sentence), end))
}

/// What follows a number and bounds it: "or more", "+".
fn after(words: &[Word<'_>], draft: &mut Draft) -> usize {
    let at = draft.end;
    if word(words, at) == "+" && glued(words, at) && matches!(draft.form, Form::Plain | Form::Grade) {
        let digit = draft.low <= Decimal::from(4) && draft.unit.is_none();
        if digit {
            draft.form = Form::Grade;
            // "4+/HP": of a smear.
            if word(words, at + 1) == "/" && matches!(word(words, at + 2), "hp" | "hpf" | "lp" | "lpf") {
                draft.unit = Some(if word(words, at + 2).starts_with('h') { "/[HPF]" } else { "/[LPF]" }.to_owned());
                return at + 3;
            }
        } else {
            draft.comparator = Comparator::AtLeast;
        }
        return at + 1;
    }
    if matches!(word(words, at), "or" | "and") {
        let bound = match word(words, at + 1) {
            "more" | "greater" | "higher" | "above" | "over" | "older" | "longer" => Some(Comparator::AtLeast),
            "less" | "lower" | "below" | "under" | "fewer" => Some(Comparator::AtMost),
            _ => None,
        };
        if let Some(bound) = bound {
            draft.comparator = bound;
            return at + 2;
        }
    }
    at
}

/// "grade 2/6", "stage 3": where the word begins.
fn graded(words: &[Word<'_>], start: usize, floor: usize) -> Option<usize> {
    let back = usize::from(dash(before(words, start, 1)) && glued(words, start));
    let at = start.checked_sub(1 + back).filter(|at| *at >= floor)?;
    matches!(word(words, at), "grade" | "stage" | "class").then_some(at)
}

/// A number that is part of a name or an identifier: "COVID-19", "L4-5", "#3", "Figure 2", "type 2", "[12]".
fn is_name(words: &[Word<'_>], from: usize, floor: usize) -> bool {
    let back = before(words, from, 1);
    if dash(back) && glued(words, from) && from >= 2 && glued(words, from - 1) && words[from - 2].class == Class::Word {
        return from > floor && !matches!(before(words, from, 2), "grade" | "stage" | "class" | "low" | "mid" | "high" | "s");
    }
    if glued(words, from) && from > 0 && words[from - 1].class == Class::Word {
        return true;
    }
    let labelled = matches!(
        back,
        "#" | "figure"
            | "fig"
            | "table"
            | "case"
            | "type"
            | "phase"
            | "lead"
            | "room"
            | "reference"
            | "chapter"
            | "page"
            | "no"
            | "suite"
            | "chromosome"
            | "exon"
            | "codon"
            | "patient"
            | "step"
            | "vitamin"
            | "interleukin"
            | "omega"
            | "cranial"
            | "segment"
    ) || back == "." && matches!(before(words, from, 2), "fig" | "no" | "figs");
    let listed = (from == 0 || words[from].broken)
        && matches!(word(words, from + 1), "." | ")")
        && glued(words, from + 1)
        && !is_number(words, from + 2);
    let cited = back == "[" && matches!(word(words, from + 1), "]" | "," | "-");
    let digits = words[from].surface.bytes().filter(u8::is_ascii_digit).count();
    // "12-lead ECG", "6-minute walk": a name that begins with its number.
    let named = dash(word(words, from + 1))
        && glued(words, from + 1)
        && glued(words, from + 2)
        && words.get(from + 2).is_some_and(|w| w.class == Class::Word)
        && unit(words, from + 2).is_none();
    // "2D", "5FU", "3rd".
    let joined = words.get(from + 1).is_some_and(|w| !w.spaced && w.class == Class::Word)
        && unit(words, from + 1).is_none()
        && !matches!(word(words, from + 1), "s" | "h" | "l" | "k" | "x" | "hh" | "ll")
        && percentile(words, from + 1).is_none();
    labelled || listed || cited || digits > 9 || named || joined || are(words, from + 1, &["-", "year"])
}
