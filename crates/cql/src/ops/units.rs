//! Units of measure: exact UCUM conversion and calendar durations (Author's Guide,
//! *Quantities*; UCUM §17 to §25).
//!
//! A UCUM term is a factor of 28 significant digits over base units, so that two
//! quantities compare by their exact base values; special units (temperatures, pH) convert
//! through their functions.

use crate::value::{Decimal, Precision, Quantity, Unit, UnitKind};
use octofhir_ucum::{EvalResult, Number, UnitExpr};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

/// Terms already read, so that each is parsed once per evaluation.
#[derive(Default)]
pub struct Units {
    terms: RefCell<HashMap<String, Option<Rc<EvalResult>>>>,
}

/// How strictly calendar years and months stand apart from UCUM's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calendar {
    /// `=`, `<`: a calendar month is no number of days.
    Strict,
    /// `~`: a month is 30 days, a year 365.
    Loose,
}

impl Units {
    fn term(&self, unit: &str) -> Option<Rc<EvalResult>> {
        if let Some(known) = self.terms.borrow().get(unit) {
            return known.clone();
        }
        // Longer texts than any real unit are not worth reading.
        let term = (unit.len() <= 200)
            .then(|| octofhir_ucum::parse_expression(unit).ok())
            .flatten()
            .and_then(|expression| octofhir_ucum::evaluate(&expression).ok())
            .map(Rc::new);
        let mut terms = self.terms.borrow_mut();
        if terms.len() < 10_000 {
            terms.insert(unit.to_owned(), term.clone());
        }
        term
    }

    /// Orders two quantities; `None` when their units do not convert.
    pub fn compare(&self, left: &Quantity, right: &Quantity) -> Option<Ordering> {
        self.compare_as(left, right, Calendar::Strict)
    }

    pub(crate) fn compare_as(&self, left: &Quantity, right: &Quantity, calendar: Calendar) -> Option<Ordering> {
        if left.unit == right.unit {
            return Some(left.value.cmp(&right.value));
        }
        if let Some((l, r)) = calendar_values(left, right, calendar)? {
            return Some(l.cmp(&r));
        }
        let (l, r) = (self.term(ucum_text(&left.unit))?, self.term(ucum_text(&right.unit))?);
        if !l.is_commensurable(&r) {
            return None;
        }
        if l.special.is_some() || r.special.is_some() {
            let converted = self.convert(right, &left.unit)?;
            return Some(left.value.cmp(&converted));
        }
        compare_numbers(number(left.value)?.checked_mul(l.factor)?, number(right.value)?.checked_mul(r.factor)?)
    }

    /// The value of a quantity in another unit, to 8 fraction digits; `None` when the units
    /// do not convert.
    pub fn convert(&self, quantity: &Quantity, unit: &Unit) -> Option<Decimal> {
        if quantity.unit == *unit {
            return Some(quantity.value);
        }
        let target = Quantity { value: Decimal::ONE, unit: unit.clone() };
        if let Some((have, one)) = calendar_values(quantity, &target, Calendar::Strict)? {
            return have.checked_div(one);
        }
        let (from, to) = (ucum_text(&quantity.unit), ucum_text(unit));
        let (from_term, to_term) = (self.term(from)?, self.term(to)?);
        if !from_term.is_commensurable(&to_term) {
            return None;
        }
        if from_term.special.is_none() && to_term.special.is_none() {
            let base = number(quantity.value)?.checked_mul(from_term.factor)?;
            return decimal(base.checked_div(to_term.factor)?);
        }
        let result = octofhir_ucum::convert_with_context(
            quantity.value.to_f64(),
            from,
            to,
            &octofhir_ucum::AdvancedConversionContext::default(),
        )
        .ok()?;
        match (result.factor, result.offset) {
            (Some(factor), Some(offset)) => decimal(number(quantity.value)?.checked_mul(factor)?.checked_add(offset)?),
            _ => Decimal::from_f64(result.value),
        }
    }

    /// As [`Units::convert`], but a calendar month or year that does not compare with days converts as
    /// UCUM's does (Reference, *ConvertQuantity*: "according to the conversion specified by UCUM").
    pub(crate) fn convert_by_ucum(&self, quantity: &Quantity, unit: &Unit) -> Option<Decimal> {
        let by_ucum = |unit: &Unit| Unit::ucum(ucum_text(unit));
        self.convert(quantity, unit)
            .or_else(|| self.convert(&Quantity { value: quantity.value, unit: by_ucum(&quantity.unit) }, &by_ucum(unit)))
    }

    /// The sum (or difference, with `sign` -1) in the finer of the two units.
    pub fn add(&self, left: &Quantity, right: &Quantity, subtract: bool) -> Option<Quantity> {
        let unit = if left.unit == right.unit { &left.unit } else { self.finer(&left.unit, &right.unit)? };
        let (l, r) = (self.convert(left, unit)?, self.convert(right, unit)?);
        let value = if subtract { l.checked_sub(r)? } else { l.checked_add(r)? };
        Some(Quantity { value, unit: unit.clone() })
    }

    fn finer<'u>(&self, left: &'u Unit, right: &'u Unit) -> Option<&'u Unit> {
        let one = |unit: &Unit| Quantity { value: Decimal::ONE, unit: unit.clone() };
        match self.compare(&one(left), &one(right))? {
            Ordering::Greater => Some(right),
            _ => Some(left),
        }
    }

    /// Whether a text is a UCUM unit.
    pub fn is_ucum(&self, unit: &str) -> bool {
        self.term(unit).is_some()
    }

    /// The product of two units (or quotient), simplified: `cm` by `cm` is `cm2`.
    pub fn combine(&self, left: &Unit, right: &Unit, divide: bool) -> Option<Unit> {
        match (left.kind(), right.kind()) {
            (_, UnitKind::One) => return Some(left.clone()),
            (UnitKind::One, _) if !divide => return Some(right.clone()),
            _ => {}
        }
        let mut powers: Vec<(String, i32)> = Vec::new();
        collect(ucum_text(left), 1, &mut powers)?;
        collect(ucum_text(right), if divide { -1 } else { 1 }, &mut powers)?;
        Some(Unit::ucum(&write_powers(&powers)))
    }
}

/// The text by which UCUM knows a unit: a calendar week and shorter is the UCUM unit.
fn ucum_text(unit: &Unit) -> &str {
    match unit.kind() {
        UnitKind::Calendar(period) => match period {
            Precision::Year => "a",
            Precision::Month => "mo",
            Precision::Week => "wk",
            Precision::Day => "d",
            Precision::Hour => "h",
            Precision::Minute => "min",
            Precision::Second => "s",
            Precision::Millisecond => "ms",
        },
        _ => unit.as_str(),
    }
}

/// When a calendar year or month is involved: both values in one count, or `None` when
/// they cannot be compared. `Some(None)` when UCUM should decide.
#[allow(clippy::option_option)]
fn calendar_values(left: &Quantity, right: &Quantity, mode: Calendar) -> Option<Option<(Decimal, Decimal)>> {
    let calendar = |q: &Quantity| match q.unit.kind() {
        UnitKind::Calendar(p) => Some(p),
        _ => None,
    };
    let is_long = |p: Option<Precision>| p.is_some_and(|p| p <= Precision::Month);
    let (l, r) = (calendar(left), calendar(right));
    if !is_long(l) && !is_long(r) {
        return Some(None);
    }
    let (l, r) = match mode {
        Calendar::Strict => (l?, r?),
        Calendar::Loose => (left.unit.period()?, right.unit.period()?),
    };
    let times = |q: &Quantity, n: i32| q.value.checked_mul(Decimal::from(n));
    let months = |p: Precision| match p {
        Precision::Year => Some(12),
        Precision::Month => Some(1),
        _ => None,
    };
    if let (Some(l), Some(r)) = (months(l), months(r)) {
        return Some(Some((times(left, l)?, times(right, r)?)));
    }
    if mode == Calendar::Strict {
        return None;
    }
    let milliseconds = |p: Precision| match p {
        Precision::Year => 365 * crate::value::DAY_MS,
        Precision::Month => 30 * crate::value::DAY_MS,
        other => other.milliseconds().unwrap_or(1),
    };
    let wide = |q: &Quantity, n: i64| q.value.checked_mul(Decimal::from_i64(n));
    Some(Some((wide(left, milliseconds(l))?, wide(right, milliseconds(r))?)))
}

fn number(value: Decimal) -> Option<Number> {
    Number::parse(&value.to_string())
}

fn decimal(value: Number) -> Option<Decimal> {
    let (digits, exponent) = value.to_integer_and_exponent();
    Decimal::parse_rounding(&format!("{digits}e{exponent}")).map(|d| d.with_scale(0))
}

/// Orders numbers, equal when they agree to 20 significant digits: a factor such as 5/9 is
/// kept to 28 digits, and a difference below that is rounding.
fn compare_numbers(left: Number, right: Number) -> Option<Ordering> {
    let difference = left.checked_sub(right)?;
    if difference.is_zero() {
        return Some(Ordering::Equal);
    }
    let size = if left.is_zero() { right } else { left };
    let relative = difference.abs().checked_div(size.abs())?;
    let noise = Number::power_of_ten(-20);
    Some(if relative.checked_sub(noise)?.is_negative() {
        Ordering::Equal
    } else if difference.is_negative() {
        Ordering::Less
    } else {
        Ordering::Greater
    })
}

/// Adds the powers of a term's atoms to `powers`.
fn collect(unit: &str, sign: i32, powers: &mut Vec<(String, i32)>) -> Option<()> {
    if unit == "1" {
        return Some(());
    }
    let expression = octofhir_ucum::parse_expression(unit).ok()?;
    collect_expression(&expression, sign, powers);
    Some(())
}

fn collect_expression(expression: &UnitExpr, sign: i32, powers: &mut Vec<(String, i32)>) {
    let mut add = |atom: String, power: i32| match powers.iter_mut().find(|(a, _)| *a == atom) {
        Some((_, known)) => *known += power,
        None => powers.push((atom, power)),
    };
    match expression {
        UnitExpr::Symbol(symbol) => add(symbol.clone(), sign),
        UnitExpr::Numeric(_) | UnitExpr::Annotation(_) | UnitExpr::Annotated(..) => {
            add(expression.to_string(), sign);
        }
        UnitExpr::Power(base, exponent) => collect_expression(base, sign * exponent, powers),
        UnitExpr::Product(terms) => {
            for term in terms {
                collect_expression(term, sign, powers);
            }
        }
        UnitExpr::Quotient(above, below) => {
            collect_expression(above, sign, powers);
            collect_expression(below, -sign, powers);
        }
        UnitExpr::Reciprocal(below) => collect_expression(below, -sign, powers),
    }
}

/// `[(g, 1), (cm, -3)]` as `g/cm3`.
fn write_powers(powers: &[(String, i32)]) -> String {
    let mut text = String::new();
    for (atom, power) in powers.iter().filter(|(_, p)| *p > 0) {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(atom);
        if *power > 1 {
            text.push_str(&power.to_string());
        }
    }
    for (atom, power) in powers.iter().filter(|(_, p)| *p < 0) {
        text.push('/');
        text.push_str(atom);
        if *power < -1 {
            text.push_str(&power.unsigned_abs().to_string());
        }
    }
    if text.is_empty() {
        text.push('1');
    }
    text
}
