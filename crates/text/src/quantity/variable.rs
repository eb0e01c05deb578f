//! What the lexicon knows of the measured thing a fact names: its usual unit, other units, and what values are possible at all.

use super::unit::dimension;
use super::{Form, Quantity};
use crate::fact::{Fact, Kind};
use crate::lexicon::{Role, Variable};
use crate::scan::Scanned;
use rust_decimal::Decimal;

/// LOINC's URL in FHIR.
pub(crate) const LOINC: &str = "http://loinc.org";

/// The variable a fact names.
pub(crate) fn of<'l>(scanned: &Scanned<'l>, fact: &Fact) -> Option<Variable<'l>> {
    if fact.kind != Kind::Measurement {
        return None;
    }
    let lexicon = scanned.lexicon;
    let mention = scanned.in_sentence(fact.sentence as usize).iter().find(|m| m.span == fact.span && m.is(Role::Concept))?;
    let same = |e: &&crate::lexicon::Entry| e.role == Role::Concept && lexicon.name(e.target) == fact.name;
    lexicon.variable(mention.entries.iter().find(same)?.target)
}

/// The quantity can be a value of the variable: its unit measures the same kind of thing and, in the usual unit, a person can have it.
pub(crate) fn fits(variable: &Variable<'_>, quantity: &Quantity) -> bool {
    let Some(unit) = quantity.unit.as_deref() else {
        return counted(variable, quantity) || variable.unit.is_empty() || plausible(variable, quantity);
    };
    if unit == variable.unit {
        return plausible(variable, quantity);
    }
    if variable.units.contains(&unit) || unit == "10*3" {
        return true;
    }
    // A bare ratio may be given in per cent, and a variable without a unit takes any but a drug's or a length's.
    match (dimension(unit), dimension(variable.unit)) {
        (of_unit, Some(wanted)) => of_unit == Some(wanted),
        // What is a score or a count has no other unit.
        (_, None) if variable.unit.starts_with('{') && !variable.unit.contains('/') => unit == "{score}" || unit == "{ratio}",
        (None, None) if matches!(unit, "h" | "min" | "d" | "wk" | "mo" | "a" | "d/mo" | "d/wk") => false,
        (Some(_), None) => variable.unit.is_empty() && unit == "%",
        (None, None) => true,
    }
}

fn plausible(variable: &Variable<'_>, quantity: &Quantity) -> bool {
    matches!(quantity.form, Form::Ratio | Form::Grade)
        || (variable.low..=variable.high).contains(&quantity.low)
        || quantity.high.is_some_and(|high| (variable.low..=variable.high).contains(&high) && quantity.low < variable.low)
}

/// "250,000" of what is counted in thousands.
pub(crate) fn counted(variable: &Variable<'_>, quantity: &Quantity) -> bool {
    variable.unit.starts_with("10*3/") && quantity.unit.is_none() && quantity.low >= Decimal::ONE_THOUSAND
}
