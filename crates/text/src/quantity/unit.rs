//! Units as clinicians write them, to UCUM (ucum.org, case sensitive).
//!
//! A unit is a grammar, not a list: atoms joined by "/" and "per". The atoms stand in [`atom`]; that each is UCUM is tested against a
//! UCUM implementation.

use super::number::{superscript, ten};
use super::word::{Word, are, at, glued, is_number};
use crate::tokens::Class;
use std::borrow::Cow;

/// A unit and the word after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// UCUM.
    pub ucum: Cow<'static, str>,
    /// The word after it.
    pub end: usize,
}

/// The most factors of a unit: "mg/kg/min" has three.
const MOST_FACTORS: usize = 4;

/// The unit that begins at `from`, right after a number.
pub(crate) fn unit(words: &[Word<'_>], from: usize) -> Option<Unit> {
    let (mut ucum, mut end) = match factor(words, from) {
        Some(found) => found,
        None if per(words, from).is_some() => (Cow::Borrowed(""), from),
        None => return counted(words, from).map(|(ucum, end)| Unit { ucum, end }),
    };
    for _ in 0..MOST_FACTORS {
        let Some(next) = per(words, end) else { break };
        // "145/92 mmHg" is a pair: a number below the line needs a unit above it or the word "per".
        if ucum.is_empty() && at(words, end) == "/" && is_number(words, next) {
            break;
        }
        let Some((below, after)) = below(words, next) else { break };
        // What is counted in a rate is no unit of its own: "90 beats/min" is 90 /min.
        if matches!(ucum.as_ref(), "{beats}" | "{breaths}" | "{cycles}" | "{events}") {
            ucum = Cow::Borrowed("");
        }
        ucum = Cow::Owned(format!("{ucum}/{below}"));
        end = after;
    }
    (end > from && !ucum.is_empty() && ucum != "{cycles}").then_some(Unit { ucum, end })
}

/// "4 leukocytes/\u{b5}L", "6 red blood cells/hpf": what is counted is named before the line.
fn counted(words: &[Word<'_>], from: usize) -> Option<(Cow<'static, str>, usize)> {
    let named = |at: usize| words.get(at).is_some_and(|w| w.class == Class::Word && !w.broken && w.normal.len() > 2);
    let line = (from + 1..=from + 3).find(|at| matches!(self::at(words, *at), "/" | "per"))?;
    if !(from..line).all(named) || self::at(words, line) == "/" && !glued(words, line) {
        return None;
    }
    let beats = matches!(self::at(words, line - 1), "beat" | "breath");
    let (below, end) = self::below(words, line + 1)?;
    let volume = matches!(below.as_ref(), "uL" | "mm3" | "mL" | "L" | "[HPF]" | "[LPF]" | "dL") || below.ends_with(".[HPF])");
    (volume || beats && below == "min").then(|| (Cow::Owned(format!("/{below}")), end))
}

/// "/" or "per"; gives the word after it.
fn per(words: &[Word<'_>], from: usize) -> Option<usize> {
    match at(words, from) {
        "/" | "per" => Some(from + 1),
        // "77 beats every minute".
        "every" | "a" | "each" if matches!(at(words, from + 1), "minute") => Some(from + 1),
        _ => None,
    }
}

/// What stands below the line: an atom, or a number of them ("24 h", "1.73 m2", "100 mL").
fn below(words: &[Word<'_>], from: usize) -> Option<(Cow<'static, str>, usize)> {
    if is_number(words, from) {
        if let Some((power, end)) = ten(words, from).filter(|(p, _)| *p > 1)
            && let Some((atom, end)) = factor(words, end)
        {
            return Some((Cow::Owned(format!("(10*{power}.{atom})")), end));
        }
        let number = at(words, from);
        let (atom, end) = timed(words, from + 1).or_else(|| factor(words, from + 1))?;
        if number == "1.73" && atom == "m2" {
            return Some((Cow::Borrowed("{1.73_m2}"), end));
        }
        if number.contains('.') || number.len() > 4 {
            return None;
        }
        return Some((Cow::Owned(format!("({number}.{atom})")), end));
    }
    timed(words, from).or_else(|| factor(words, from))
}

/// Periods, which are units only below the line: "/day", "/wk", "/h".
fn timed(words: &[Word<'_>], from: usize) -> Option<(Cow<'static, str>, usize)> {
    let ucum = match at(words, from) {
        "min" | "minute" | "mins" => "min",
        "days" => "d",
        "h" | "hr" | "hrs" | "hour" => "h",
        "d" | "day" | "24h" | "dy" => "d",
        "wk" | "week" | "w" => "wk",
        "mo" | "month" => "mo",
        "yr" | "year" | "y" => "a",
        "dose" => "{dose}",
        "cycle" => "{cycle}",
        "night" => "{night}",
        "visit" => "{visit}",
        "kg" if at(words, from + 1) == "body" && at(words, from + 2) == "weight" => return Some((Cow::Borrowed("kg"), from + 3)),
        "m2" if are(words, from + 1, &["body", "surface", "area"]) => return Some((Cow::Borrowed("m2"), from + 4)),
        _ => return None,
    };
    Some((Cow::Borrowed(ucum), from + 1))
}

/// An atom with its power: "mg", "m2", "cm H2O", "10^9".
fn factor(words: &[Word<'_>], from: usize) -> Option<(Cow<'static, str>, usize)> {
    let word = words.get(from)?;
    if word.class == Class::Number {
        // "12.3 10^3/uL": the power stands as a unit of its own.
        let (power, end) = ten(words, from).filter(|_| word.normal == "10")?;
        return Some((Cow::Owned(format!("10*{power}")), end));
    }
    if let Some(found) = two_words(words, from) {
        return Some(found);
    }
    let ucum = atom(word.normal, word.surface)?;
    let end = from + 1;
    if matches!(ucum, "m" | "cm" | "mm" | "km") {
        if let Some(power) = words.get(end).filter(|w| !w.spaced).and_then(|w| superscript(w.normal)) {
            return Some((Cow::Owned(format!("{ucum}{power}")), end + 1));
        }
        if at(words, end) == "^" && matches!(at(words, end + 1), "2" | "3") {
            return Some((Cow::Owned(format!("{ucum}{}", at(words, end + 1))), end + 2));
        }
    }
    // "mg/m2" is fine, "tablet(s)" too.
    if ucum.starts_with('{') && are(words, end, &["(", "s", ")"]) {
        return Some((Cow::Borrowed(ucum), end + 3));
    }
    Some((Cow::Borrowed(ucum), end))
}

/// Units of two words and of marks.
fn two_words(words: &[Word<'_>], from: usize) -> Option<(Cow<'static, str>, usize)> {
    let next = at(words, from + 1);
    let ucum = match (at(words, from), next) {
        ("mm", "hg") | ("millimeter", "mercury") => "mm[Hg]",
        ("mm" | "millimeter", "of") if matches!(at(words, from + 2), "hg" | "mercury") => {
            return Some((Cow::Borrowed("mm[Hg]"), from + 3));
        }
        ("cm" | "centimeter", "of") if matches!(at(words, from + 2), "h2o" | "water") => {
            return Some((Cow::Borrowed("cm[H2O]"), from + 3));
        }
        ("cm", "h2o") | ("cm", "water") => "cm[H2O]",
        ("°" | "º" | "˚", "c" | "celsius") | ("degree" | "deg", "c" | "celsius" | "centigrade") => "Cel",
        ("°" | "º" | "˚", "f" | "fahrenheit") | ("degree" | "deg", "f" | "fahrenheit") => "[degF]",
        ("cu", "mm") | ("cubic", "mm" | "millimeter") => "mm3",
        ("sq", "cm") | ("square", "cm" | "centimeter") => "cm2",
        ("sq", "m") | ("square", "m" | "meter") => "m2",
        ("wood", "unit") => "[wood'U]",
        ("hounsfield", "unit") => "[hnsf'U]",
        ("international", "unit") => "[IU]",
        ("per", "cent") => "%",
        ("pack", "year") | ("pack", "yr") => "{pack-years}",
        ("pack", "-") if matches!(at(words, from + 2), "year" | "yr") => {
            return Some((Cow::Borrowed("{pack-years}"), from + 3));
        }
        ("high", "power") if at(words, from + 2) == "field" => return Some((Cow::Borrowed("[HPF]"), from + 3)),
        ("low", "power") if at(words, from + 2) == "field" => return Some((Cow::Borrowed("[LPF]"), from + 3)),
        ("u", "mol") | ("μ", "mol") => "umol",
        ("x", "uln") | ("time", "uln") => "{ULN}",
        ("time", "upper") if at(words, from + 2) == "limit" => {
            let tail = usize::from(at(words, from + 3) == "of") + usize::from(at(words, from + 4) == "normal");
            return Some((Cow::Borrowed("{ULN}"), from + 3 + tail));
        }
        ("time", "the") if are(words, from + 2, &["upper", "limit", "of", "normal"]) => {
            return Some((Cow::Borrowed("{ULN}"), from + 6));
        }
        ("°" | "º" | "˚", _) => return Some((Cow::Borrowed("deg"), from + 1)),
        ("degree", _) => return Some((Cow::Borrowed("deg"), from + 1)),
        _ => return None,
    };
    Some((Cow::Borrowed(ucum), from + 2))
}

/// The UCUM atom a word stands for. Where capitals tell two units apart (mm and mM) the surface decides.
pub(crate) fn atom(normal: &str, surface: &str) -> Option<&'static str> {
    if surface.len() == 2 && surface.ends_with('M') && surface.as_bytes()[0].is_ascii_lowercase() {
        return Some(match surface {
            "mM" => "mmol/L",
            "nM" => "nmol/L",
            "uM" => "umol/L",
            "pM" => "pmol/L",
            _ => return None,
        });
    }
    match normal.len() {
        0 => None,
        1 => one_letter(normal, surface),
        2..=4 => short(normal),
        _ => long(normal),
    }
}

fn one_letter(normal: &str, surface: &str) -> Option<&'static str> {
    Some(match normal {
        "%" => "%",
        "g" => "g",
        "l" => "L",
        "m" if surface == "m" => "m",
        "s" if surface == "s" => "s",
        "u" => "U",
        "c" if surface == "C" => "Cel",
        "f" if surface == "F" => "[degF]",
        "k" if surface == "K" || surface == "k" => "10*3",
        "\"" => "[in_i]",
        _ => return None,
    })
}

/// Atoms of two to four letters.
fn short(normal: &str) -> Option<&'static str> {
    Some(match normal {
        "‰" => "[ppth]",
        "℃" | "ºc" | "˚c" => "Cel",
        "℉" | "ºf" | "˚f" => "[degF]",
        "mg" | "mgs" | "mgm" => "mg",
        "gm" | "gms" | "gram" => "g",
        "kg" | "kgs" | "kilo" => "kg",
        "mcg" | "ug" | "mcgs" => "ug",
        "ng" => "ng",
        "pg" => "pg",
        "fg" => "fg",
        "lb" | "lbs" => "[lb_av]",
        "oz" => "[oz_av]",
        "ml" | "mls" | "cc" | "ccs" => "mL",
        "dl" => "dL",
        "cl" => "cL",
        "ul" | "mcl" => "uL",
        "fl" => "fL",
        "pl" => "pL",
        "nl" => "nL",
        "mm" | "mms" => "mm",
        "cm" | "cms" => "cm",
        "um" => "um",
        "nm" => "nm",
        "km" => "km",
        "inch" => "[in_i]",
        "ft" | "foot" | "feet" => "[ft_i]",
        "mm2" | "mm²" => "mm2",
        "mm3" | "mm³" | "cmm" => "mm3",
        "cm2" | "cm²" => "cm2",
        "cm3" | "cm³" => "cm3",
        "m2" | "m²" | "sqm" => "m2",
        "m3" => "m3",
        "mol" | "mole" => "mol",
        "mmol" => "mmol",
        "umol" | "lmol" => "umol",
        "nmol" => "nmol",
        "pmol" => "pmol",
        "fmol" => "fmol",
        "meq" | "meqs" => "meq",
        "ueq" => "ueq",
        "eq" => "eq",
        "iu" | "ius" | "ui" => "[IU]",
        "miu" => "m[IU]",
        "uiu" => "u[IU]",
        "kiu" => "k[IU]",
        "mu" => "mU",
        "ku" => "kU",
        "unit" => "[IU]",
        "hpf" => "[HPF]",
        "lpf" => "[LPF]",
        "sec" | "secs" => "s",
        "ms" | "msec" => "ms",
        "bpm" => "/min",
        "rpm" => "/min",
        "beat" => "{beats}",
        "mmhg" | "torr" => "mm[Hg]",
        "gpl" => "[GPL'U]",
        "mpl" => "[MPL'U]",
        "kat" => "kat",
        "ukat" => "ukat",
        "nkat" => "nkat",
        "kpa" => "kPa",
        "psi" => "[psi]",
        "hz" => "Hz",
        "khz" => "kHz",
        "mhz" => "MHz",
        "gy" => "Gy",
        "cgy" => "cGy",
        "mgy" => "mGy",
        "msv" => "mSv",
        "mbq" => "MBq",
        "gbq" => "GBq",
        "mci" => "mCi",
        "uci" => "uCi",
        "kcal" => "kcal",
        "cal" => "cal",
        "mv" => "mV",
        "db" => "dB",
        "mosm" => "mosm",
        "osm" => "osm",
        "hu" => "[hnsf'U]",
        "met" => "[MET]",
        "fr" => "[Ch]",
        "cell" => "{cells}",
        "copy" => "{copies}",
        "dyne" => "dyn",
        "cfu" => "[CFU]",
        "pfu" => "[PFU]",
        "tab" | "tabs" => "{tablet}",
        "cap" | "caps" => "{capsule}",
        "puff" => "{puff}",
        "drop" | "gtt" | "gtts" => "[drp]",
        "pill" => "{tablet}",
        "dose" => "{dose}",
        "vial" => "{vial}",
        "amp" | "amps" => "{ampule}",
        "supp" => "{suppository}",
        "pack" => "{pack}",
        "tsp" => "[tsp_us]",
        "tbsp" => "[tbs_us]",
        "ppm" => "[ppm]",
        "ppb" => "[ppb]",
        "iudl" => return None,
        "cmh2" => return None,
        "gml" => return None,
        _ => return None,
    })
}

/// Atoms of five letters and more.
fn long(normal: &str) -> Option<&'static str> {
    Some(match normal {
        "percent" => "%",
        "milligram" => "mg",
        "kilogram" => "kg",
        "microgram" => "ug",
        "nanogram" => "ng",
        "picogram" => "pg",
        "gramme" => "g",
        "pound" => "[lb_av]",
        "ounce" => "[oz_av]",
        "liter" | "litre" => "L",
        "milliliter" | "millilitre" => "mL",
        "deciliter" | "decilitre" => "dL",
        "microliter" | "microlitre" => "uL",
        "millimeter" | "millimetre" => "mm",
        "centimeter" | "centimetre" => "cm",
        "meter" | "metre" => "m",
        "kilometer" | "kilometre" => "km",
        "micron" => "um",
        "inche" => "[in_i]",
        "cmh2o" => "cm[H2O]",
        "mmh2o" => "mm[H2O]",
        "mmole" => "mmol",
        "millimole" => "mmol",
        "micromole" => "umol",
        "nanomole" => "nmol",
        "milliequivalent" => "meq",
        "millisecond" | "msecs" => "ms",
        "second" => "s",
        "breath" => "{breaths}",
        "respiration" => "{breaths}",
        "event" => "{events}",
        "cycle" => "{cycles}",
        "million" => "10*6",
        "billion" => "10*9",
        "thousand" => "10*3",
        "calorie" => "cal",
        "kilocalorie" => "kcal",
        "mcmol" => "umol",
        "mmoles" => "mmol",
        "french" => "[Ch]",
        "tablet" => "{tablet}",
        "capsule" => "{capsule}",
        "spray" => "{spray}",
        "patch" => "{patch}",
        "lozenge" => "{lozenge}",
        "ampule" | "ampoule" => "{ampule}",
        "packet" => "{packet}",
        "application" => "{application}",
        "injection" => "{injection}",
        "inhalation" => "{inhalation}",
        "suppository" => "{suppository}",
        "teaspoon" | "teaspoonful" => "[tsp_us]",
        "tablespoon" | "tablespoonful" => "[tbs_us]",
        "point" => "{score}",
        "diopter" => "[diop]",
        _ => return None,
    })
}

/// What a unit measures, as far as that keeps a value from a name it cannot belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension {
    Share,
    Pressure,
    Length,
    Mass,
    Temperature,
    Rate,
    Concentration,
    Count,
    Time,
    Area,
    Index,
    Volume,
}

/// The dimension of a unit in UCUM; none where it is not one of these.
pub(crate) fn dimension(ucum: &str) -> Option<Dimension> {
    Some(match ucum {
        "%" => Dimension::Share,
        "mm[Hg]" | "kPa" | "cm[H2O]" => Dimension::Pressure,
        "cm" | "mm" | "m" | "[in_i]" | "[ft_i]" | "um" => Dimension::Length,
        "kg" | "g" | "mg" | "ug" | "[lb_av]" | "[oz_av]" => Dimension::Mass,
        "Cel" | "[degF]" => Dimension::Temperature,
        "/min" | "/h" => Dimension::Rate,
        "s" | "ms" => Dimension::Time,
        "kg/m2" => Dimension::Index,
        "mm2" | "cm2" | "m2" => Dimension::Area,
        "mL" | "L" | "dL" => Dimension::Volume,
        unit if unit.starts_with("10*") || matches!(unit, "/uL" | "/mm3" | "{cells}/uL" | "{cells}/mm3") => Dimension::Count,
        unit if unit.ends_with("dL") || unit.ends_with("/L") || unit.ends_with("/mL") => Dimension::Concentration,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::word;
    use super::*;
    use crate::lexicon::{Builder, Lexicon};

    fn read(text: &str) -> Option<(String, String)> {
        let lexicon = Lexicon::from_bytes(Builder::new().finish()).ok()?;
        let scanned = crate::scan::scan(text, &lexicon);
        let mut words = Vec::new();
        word::fill(&mut words, &scanned, (0, scanned.tokens.len() as u32));
        let end = |u: &Unit| words.get(u.end).map_or(text.len(), |w| w.span.start as usize);
        unit(&words, 0).map(|u| (u.ucum.to_string(), text[end(&u)..].to_owned()))
    }

    #[test]
    fn units_as_written_are_ucum() {
        let table = [
            ("mg/dL", "mg/dL"),
            ("mmHg", "mm[Hg]"),
            ("mm Hg", "mm[Hg]"),
            ("mL/min/1.73 m2", "mL/min/{1.73_m2}"),
            ("mL/min/1.73m\u{b2}", "mL/min/{1.73_m2}"),
            ("10^3/uL", "10*3/uL"),
            ("K/uL", "10*3/uL"),
            ("million/mL", "10*6/mL"),
            ("cells/mm3", "{cells}/mm3"),
            ("copies/mL", "{copies}/mL"),
            ("beats per minute", "/min"),
            ("beats/min", "/min"),
            ("bpm", "/min"),
            ("breaths/min", "/min"),
            ("events per hour", "/h"),
            ("kg/m2", "kg/m2"),
            ("kg/m\u{b2}", "kg/m2"),
            ("kg/m^2", "kg/m2"),
            ("\u{b0}C", "Cel"),
            ("\u{ba}C", "Cel"),
            ("\u{2103}", "Cel"),
            ("degrees Fahrenheit", "[degF]"),
            ("\u{b5}g/mL", "ug/mL"),
            ("\u{3bc}mol/L", "umol/L"),
            ("mcg/kg/min", "ug/kg/min"),
            ("mg/kg/day", "mg/kg/d"),
            ("mg per 24 hours", "mg/(24.h)"),
            ("g/24 h", "g/(24.h)"),
            ("IU/L", "[IU]/L"),
            ("mIU/L", "m[IU]/L"),
            ("uIU/mL", "u[IU]/mL"),
            ("U/L", "U/L"),
            ("mEq/L", "meq/L"),
            ("mM", "mmol/L"),
            ("mm", "mm"),
            ("cm H2O", "cm[H2O]"),
            ("cmH2O", "cm[H2O]"),
            ("per 10 high power fields", "/(10.[HPF])"),
            ("/hpf", "/[HPF]"),
            ("Wood units", "[wood'U]"),
            ("pack-years", "{pack-years}"),
            ("x ULN", "{ULN}"),
            ("times the upper limit of normal", "{ULN}"),
            ("lbs", "[lb_av]"),
            ("feet", "[ft_i]"),
            ("mg/m2", "mg/m2"),
            ("mg/m2 per day", "mg/m2/d"),
            ("Gy", "Gy"),
            ("METs", "[MET]"),
            ("percent", "%"),
            ("mm/hr", "mm/h"),
            ("L/min", "L/min"),
            ("tablets", "{tablet}"),
            ("ng/mL/h", "ng/mL/h"),
            ("mosm/kg", "mosm/kg"),
            ("g/dl", "g/dL"),
            ("mg/g", "mg/g"),
            ("cc/kg", "mL/kg"),
            ("ms", "ms"),
            ("kPa", "kPa"),
            ("mU/L", "mU/L"),
            ("dyne", "dyn"),
            ("mm of Hg", "mm[Hg]"),
            ("leukocytes/\u{b5}L", "/uL"),
            ("red blood cells/hpf", "/[HPF]"),
            ("\u{3bc}kat/l", "ukat/L"),
            ("GPL", "[GPL'U]"),
            ("mitoses per 50 HPF", "/(50.[HPF])"),
            ("rhythmic beats/min", "/min"),
            ("mmH2O", "mm[H2O]"),
            ("beats every minute", "/min"),
        ];
        for (written, ucum) in table {
            assert_eq!(read(written), Some((ucum.to_owned(), String::new())), "{written}");
            assert!(octofhir_ucum::validate(ucum).is_ok(), "{ucum} is not UCUM");
        }
        for none in ["the", "a", "and", "/", "per", "in the", "lesions"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
