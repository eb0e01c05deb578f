//! How a medication is taken: dose, route, how often, how long, as needed. What a list says of it and when it began or ended is
//! [`crate::time`]'s and the assertion's.

use crate::detail::{Measured, Recurrence, Sig};
use crate::fact::{Fact, Kind};
use crate::quantity::number;
use crate::quantity::word::{self, Word};
use crate::quantity::{Form, Found, Quantity};
use crate::scan::Scanned;
use crate::span::Span;
use crate::time::{Sense, Time};
use rust_decimal::Decimal;

/// Sets the sig of each medication that has one.
pub fn bind(scanned: &Scanned<'_>, found: &Found, facts: &mut [Fact]) {
    let mut words = Vec::new();
    let mut filled = u32::MAX;
    for index in 0..facts.len() {
        if facts[index].kind != Kind::Medication || facts[index].value.is_some() {
            continue;
        }
        let sentence = facts[index].sentence;
        if filled != sentence {
            let Some(tokens) = scanned.layout.tokens.get(sentence as usize) else { continue };
            word::fill(&mut words, scanned, *tokens);
            filled = sentence;
        }
        let span = facts[index].span;
        let same = |f: &&Fact| f.sentence == sentence;
        let next = facts[index + 1..].iter().take_while(same).find(|f| f.kind == Kind::Medication && f.span.start >= span.end);
        let before =
            facts[..index].iter().rev().take_while(same).find(|f| f.kind == Kind::Medication && f.span.end <= span.start);
        let place = Place {
            words: &words,
            name: (position(&words, span.start), position_end(&words, span.end)),
            until: next.map_or(words.len(), |f| position(&words, f.span.start)),
            since: before.map_or(0, |f| position_end(&words, f.span.end)),
            quantities: found.quantities_in(sentence),
            times: found.times_in(sentence),
        };
        let mut sig = sig(&place);
        if next.is_none() {
            let below =
                facts[index + 1..].iter().skip_while(|f| f.sentence == sentence).take_while(|f| f.sentence == sentence + 1);
            if below.clone().all(|f| f.kind != Kind::Medication) {
                continued(scanned, found, sentence + 1, &mut sig);
            }
        }
        if !sig.spans.is_empty() {
            sig.spans.sort_unstable();
            sig.spans.dedup();
            facts[index].sig = Some(sig);
        }
    }
}

fn position(words: &[Word<'_>], byte: u32) -> usize {
    words.partition_point(|w| w.span.end <= byte)
}

fn position_end(words: &[Word<'_>], byte: u32) -> usize {
    words.partition_point(|w| w.span.start < byte)
}

/// A medication in its sentence, and the words that may speak of it.
struct Place<'a> {
    words: &'a [Word<'a>],
    name: (usize, usize),
    since: usize,
    until: usize,
    quantities: &'a [Quantity],
    times: &'a [Time],
}

/// Words of a sentence that may stand between a medication and what is said of its taking.
const MOST_GAP: usize = 8;

fn sig(place: &Place<'_>) -> Sig {
    let mut sig = Sig::default();
    let mut at = place.name.1;
    let mut gap = 0;
    while at < place.until && gap <= MOST_GAP {
        if ends(place.words, at) {
            break;
        }
        match part(place, at, &mut sig) {
            Some(end) => {
                at = end.max(at + 1);
                gap = 0;
            }
            None => {
                at += 1;
                gap += 1;
            }
        }
    }
    if sig.dose.is_none() {
        ahead(place, &mut sig);
    }
    sig
}

/// A clause that says something else begins.
fn ends(words: &[Word<'_>], at: usize) -> bool {
    matches!(words[at].normal, "but" | "because" | "due" | "which" | "who" | "until" | ";" | "although" | "whereas")
}

/// What the words at `at` say of the taking; gives the word after them.
fn part(place: &Place<'_>, at: usize, sig: &mut Sig) -> Option<usize> {
    if let Some(quantity) = place.quantities.iter().find(|q| covers(q.words, at)) {
        if sig.dose.is_none() && is_dose(quantity) {
            take_dose(quantity, sig);
        } else if is_dose(quantity) && counted(quantity) {
            sig.spans.push(quantity.span);
        }
        return Some(quantity.words.1 as usize);
    }
    let start = place.words[at].span;
    if let Some(time) = place.times.iter().find(|t| t.span.start <= start.start && start.end <= t.span.end) {
        match (time.sense, &time.every, &time.lasted) {
            (Sense::Recurrence, Some(every), _) if sig.every.is_none() => {
                sig.every = Some(every.clone());
                sig.spans.push(time.span);
            }
            (Sense::Duration, _, Some(lasted)) if sig.lasts.is_none() && sig.dose.is_some() | sig.every.is_some() => {
                sig.lasts = Some(lasted.clone());
                sig.spans.push(time.span);
            }
            _ => {}
        }
        return Some(position_end(place.words, time.span.end));
    }
    if let Some((name, end)) = route(place.words, at).filter(|_| sig.route.is_none()) {
        sig.route = Some(name.to_owned());
        sig.spans.push(word::span(place.words, at, end));
        return Some(end);
    }
    if let Some(end) = as_needed(place.words, at) {
        sig.as_needed = true;
        sig.spans.push(word::span(place.words, at, end));
        return Some(end);
    }
    None
}

fn covers(words: (u32, u32), at: usize) -> bool {
    (words.0 as usize..words.1 as usize).contains(&at)
}

/// A dose of a medication in front of its name: "20 mg of prednisone", "40 mg oral prednisone daily".
fn ahead(place: &Place<'_>, sig: &mut Sig) {
    let found = place.quantities.iter().rev().find(|q| {
        let (from, to) = (q.words.0 as usize, q.words.1 as usize);
        from >= place.since && to <= place.name.0 && place.name.0 - to <= 3 && is_dose(q) && (q.unit.is_some())
    });
    let Some(quantity) = found else { return };
    let gap = &place.words[quantity.words.1 as usize..place.name.0];
    let tied = |w: &Word<'_>| {
        matches!(
            w.normal,
            "of" | "oral"
                | "intravenou"
                | "intravenous"
                | "iv"
                | "po"
                | "dose"
                | "daily"
                | "the"
                | "/"
                | "day"
                | "subcutaneous"
                | "-"
        )
    };
    if gap.iter().all(tied) {
        take_dose(quantity, sig);
    }
}

/// The unit can be one of a dose.
fn is_dose(quantity: &Quantity) -> bool {
    if quantity.reference || matches!(quantity.form, Form::Pressure | Form::Grade) {
        return false;
    }
    let Some(unit) = quantity.unit.as_deref() else { return false };
    let amount = unit.split('/').next().unwrap_or(unit);
    matches!(
        amount,
        "mg" | "g"
            | "ug"
            | "ng"
            | "kg"
            | "mL"
            | "L"
            | "[IU]"
            | "U"
            | "k[IU]"
            | "m[IU]"
            | "mU"
            | "kU"
            | "meq"
            | "mmol"
            | "umol"
            | "Gy"
            | "cGy"
            | "[drp]"
            | "%"
            | "10*6"
            | "10*6.[IU]"
            | "[tsp_us]"
            | "[tbs_us]"
            | "mCi"
            | "MBq"
            | "GBq"
            | "cal"
            | "kcal"
    ) || counted(quantity)
}

/// So many tablets, puffs, drops.
fn counted(quantity: &Quantity) -> bool {
    quantity.unit.as_deref().is_some_and(|u| u.starts_with('{') && !u.starts_with("{score") && !u.contains('/') || u == "[drp]")
}

fn take_dose(quantity: &Quantity, sig: &mut Sig) {
    let mut dose: Measured = quantity.measured(None);
    sig.spans.push(quantity.span);
    // "5-325 mg" are the two ingredients of a combined tablet: the dose is named by the first.
    dose.high = dose.high.filter(|high| *high < dose.low * Decimal::TEN);
    // "20 mg/day": the amount is the dose, the rest how often.
    let split = dose.unit.as_deref().and_then(|u| u.rsplit_once('/')).map(|(a, p)| (a.to_owned(), period(p)));
    if let Some((amount, Some(period))) = split {
        dose.unit = Some(amount);
        let times = quantity.second.filter(|_| quantity.form == Form::Product).unwrap_or(Decimal::ONE);
        sig.every.get_or_insert(Recurrence { times, period });
    }
    sig.dose = Some(dose);
}

/// The period below a dose's line.
fn period(unit: &str) -> Option<String> {
    Some(
        match unit {
            "d" | "(24.h)" => "P1D",
            "wk" => "P1W",
            "mo" => "P1M",
            "a" => "P1Y",
            _ => return None,
        }
        .to_owned(),
    )
}

/// "by mouth", "IV", "subcutaneously"; the route's name and the word after it.
fn route(words: &[Word<'_>], at: usize) -> Option<(&'static str, usize)> {
    let next = |i: usize| word::at(words, at + i);
    let (name, length) = match words[at].normal {
        "po" | "orally" | "oral" => ("oral", 1),
        "p" if next(1) == "." && next(2) == "o" => ("oral", 3 + usize::from(next(3) == ".")),
        "by" if next(1) == "mouth" => ("oral", 2),
        "by" if next(1) == "inhalation" => ("inhaled", 2),
        "iv" | "ivp" | "ivpb" | "intravenous" | "intravenously" | "ivf" => ("intravenous", 1),
        "i" if next(1) == "." && next(2) == "v" => ("intravenous", 3 + usize::from(next(3) == ".")),
        "im" | "intramuscular" | "intramuscularly" => ("intramuscular", 1),
        "i" if next(1) == "." && next(2) == "m" => ("intramuscular", 3 + usize::from(next(3) == ".")),
        "sc" | "sq" | "subq" | "subcut" | "subcutaneous" | "subcutaneously" => ("subcutaneous", 1),
        "under" if next(1) == "the" && next(2) == "skin" => ("subcutaneous", 3),
        "sub" if matches!(next(1), "q" | "cut") => ("subcutaneous", 2),
        "sl" | "sublingual" | "sublingually" => ("sublingual", 1),
        "under" if next(1) == "the" && next(2) == "tongue" => ("sublingual", 3),
        "pr" | "rectally" | "rectal" => ("rectal", 1),
        "pv" | "vaginally" | "vaginal" => ("vaginal", 1),
        "inh" | "inhaled" | "inhalation" | "nebulized" | "neb" | "nebulizer" => ("inhaled", 1),
        "topically" | "topical" => ("topical", 1),
        "transdermal" | "transdermally" => ("transdermal", 1),
        "intranasal" | "intranasally" | "nasally" | "nasal" => ("nasal", 1),
        "intrathecal" | "intrathecally" => ("intrathecal", 1),
        "epidural" => ("epidural", 1),
        "intravitreal" | "intravitreally" => ("intravitreal", 1),
        "ophthalmic" => ("ophthalmic", 1),
        "otic" => ("otic", 1),
        "buccal" => ("buccal", 1),
        "intraarticular" => ("intra-articular", 1),
        "intra" if word::dash(next(1)) && next(2) == "articular" => ("intra-articular", 3),
        "ng" if next(1) == "tube" => ("nasogastric", 2),
        _ => return None,
    };
    Some((name, at + length))
}

/// "PRN", "as needed".
fn as_needed(words: &[Word<'_>], at: usize) -> Option<usize> {
    match words[at].normal {
        "prn" => Some(at + 1),
        "p" if word::are(words, at, &["p", ".", "r", ".", "n"]) => Some(at + 5 + usize::from(word::at(words, at + 5) == ".")),
        "as" if matches!(word::at(words, at + 1), "needed" | "required" | "necessary") => Some(at + 2),
        "if" if word::at(words, at + 1) == "needed" => Some(at + 2),
        _ => None,
    }
}

/// "Take 1 tablet by mouth daily." on the line after the medication's own.
fn continued(scanned: &Scanned<'_>, found: &Found, next: u32, sig: &mut Sig) {
    let Some(tokens) = scanned.layout.tokens.get(next as usize) else { return };
    let mut words = Vec::new();
    word::fill(&mut words, scanned, *tokens);
    if !matches!(
        word::at(&words, 0),
        "take" | "inject" | "apply" | "use" | "inhale" | "sig" | "instill" | "place" | "give" | "takes"
    ) {
        return;
    }
    let place = Place {
        words: &words,
        name: (0, 1),
        since: 0,
        until: words.len(),
        quantities: found.quantities_in(next),
        times: found.times_in(next),
    };
    let more = self::sig(&place);
    sig.spans.extend::<Vec<Span>>(more.spans);
    sig.dose = sig.dose.take().or(more.dose);
    sig.route = sig.route.take().or(more.route);
    sig.every = sig.every.take().or(more.every);
    sig.lasts = sig.lasts.take().or(more.lasts);
    sig.as_needed |= more.as_needed;
}

/// Every dosage of a text, whether or not the lexicon knows what is taken: an amount that can be a dose with how often it is taken, how
/// often alone, "high-dose", "4 cycles", "as needed". By place.
#[must_use]
pub fn doses(scanned: &Scanned<'_>, found: &Found) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut words = Vec::new();
    for (sentence, tokens) in scanned.layout.tokens.iter().enumerate() {
        word::fill(&mut words, scanned, *tokens);
        let (quantities, times) = (found.quantities_in(sentence as u32), found.times_in(sentence as u32));
        let mut floor = 0;
        let mut at = 0;
        while at < words.len() {
            let end = dosage(&words, at, quantities, times);
            match end {
                Some((from, end)) => {
                    spans.push(word::span(&words, from.max(floor), end));
                    (at, floor) = (end, end);
                }
                None => at += 1,
            }
        }
    }
    spans
}

/// The dosage that begins at a word: its first word and the word after it.
fn dosage(words: &[Word<'_>], at: usize, quantities: &[Quantity], times: &[Time]) -> Option<(usize, usize)> {
    let recurrence = |at: usize| {
        let place = words.get(at)?.span;
        let time = times.iter().find(|t| t.sense == Sense::Recurrence && t.span.start == place.start)?;
        Some(position_end(words, time.span.end))
    };
    if let Some(quantity) = quantities.iter().find(|q| q.words.0 as usize == at && is_dose(q)) {
        let from = position(words, quantity.number.start);
        let end = quantity.words.1 as usize;
        let next = end + usize::from(word::at(words, end) == ",");
        return Some((from, recurrence(next).unwrap_or(end)));
    }
    if let Some(end) = recurrence(at) {
        return Some((at, end));
    }
    if let Some(end) = as_needed(words, at) {
        return Some((at, end));
    }
    named_dose(words, at).or_else(|| cycles(words, at)).map(|end| (at, end))
}

/// "high-dose", "low dose", "total dose of 30 Gy".
fn named_dose(words: &[Word<'_>], at: usize) -> Option<usize> {
    let sized = matches!(
        words[at].normal,
        "high"
            | "low"
            | "small"
            | "large"
            | "maintenance"
            | "single"
            | "loading"
            | "prophylactic"
            | "therapeutic"
            | "moderate"
            | "standard"
            | "full"
            | "stress"
            | "medium"
            | "reduced"
            | "maximal"
            | "maximum"
            | "liberal"
            | "lower"
            | "higher"
            | "minimal"
            | "intermediate"
    );
    let at = at + 1 + usize::from(word::dash(word::at(words, at + 1)));
    (sized && word::at(words, at) == "dose").then_some(at + 1)
}

/// "4 cycles", "six courses", "three infusions", "3 pills per 6 hours".
fn cycles(words: &[Word<'_>], at: usize) -> Option<usize> {
    let count = word::is_number(words, at)
        || number::cardinal(words[at].normal).is_some()
        || matches!(words[at].normal, "multiple" | "several");
    let counted =
        matches!(word::at(words, at + 1), "cycle" | "course" | "round" | "fraction" | "infusion" | "dose" | "session" | "pill");
    (count && counted).then_some(at + 2)
}
