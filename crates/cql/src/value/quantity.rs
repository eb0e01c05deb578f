//! Quantities, units and ratios.

use super::{Decimal, Precision};
use std::fmt;
use std::sync::Arc;

/// A unit: UCUM text, the unity, or a calendar duration (`year` to `millisecond`).
#[derive(Clone)]
pub struct Unit(Arc<UnitText>);

struct UnitText {
    text: String,
    kind: UnitKind,
}

/// What kind of unit a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// `1`, or none given.
    One,
    /// A calendar duration word.
    Calendar(Precision),
    /// Anything else: read as UCUM when it matters.
    Ucum,
}

impl Unit {
    /// A unit from its text; calendar words (singular or plural) become calendar units.
    pub fn parse(text: &str) -> Unit {
        if text.is_empty() || text == "1" {
            return Unit::one();
        }
        match Precision::parse(text) {
            Some(precision) => Unit::calendar(precision),
            None => Unit::ucum(text),
        }
    }

    /// A UCUM unit; the text is taken as it is.
    pub fn ucum(text: &str) -> Unit {
        if text == "1" || text.is_empty() {
            return Unit::one();
        }
        Unit(Arc::new(UnitText { text: text.to_owned(), kind: UnitKind::Ucum }))
    }

    /// The unit of a calendar duration.
    pub fn calendar(precision: Precision) -> Unit {
        Unit(Arc::new(UnitText { text: precision.word().to_owned(), kind: UnitKind::Calendar(precision) }))
    }

    /// The unity.
    pub fn one() -> Unit {
        Unit(Arc::new(UnitText { text: "1".to_owned(), kind: UnitKind::One }))
    }

    /// The text of the unit (`mg`, `1`, `year`).
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What kind of unit it is.
    pub fn kind(&self) -> UnitKind {
        self.0.kind
    }

    /// The period a calendar unit, or the UCUM unit of the same name, stands for.
    pub fn period(&self) -> Option<Precision> {
        match self.0.kind {
            UnitKind::Calendar(precision) => Some(precision),
            UnitKind::One => None,
            UnitKind::Ucum => Some(match self.0.text.as_str() {
                "a" | "a_j" => Precision::Year,
                "mo" | "mo_j" => Precision::Month,
                "wk" => Precision::Week,
                "d" => Precision::Day,
                "h" => Precision::Hour,
                "min" => Precision::Minute,
                "s" => Precision::Second,
                "ms" => Precision::Millisecond,
                _ => return None,
            }),
        }
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Unit) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.kind == other.0.kind && self.0.text == other.0.text)
    }
}

impl Eq for Unit {}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// A number with a unit.
#[derive(Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The number.
    pub value: Decimal,
    /// The unit.
    pub unit: Unit,
}

impl Quantity {
    /// A quantity of a unit given as text.
    pub fn new(value: Decimal, unit: &str) -> Quantity {
        Quantity { value, unit: Unit::parse(unit) }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = WithoutZeroFraction(self.value);
        match self.unit.kind() {
            UnitKind::Calendar(period) => {
                let plural = if self.value == Decimal::ONE { "" } else { "s" };
                write!(f, "{value} {}{plural}", period.word())
            }
            _ => write!(f, "{value} '{}'", self.unit.as_str()),
        }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `125 'cm'` was written without a fraction and is shown without one.
struct WithoutZeroFraction(Decimal);

impl fmt::Display for WithoutZeroFraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.scale() == 0 && self.0.is_integer() {
            let text = self.0.to_string();
            return f.write_str(text.split('.').next().unwrap_or_default());
        }
        fmt::Display::fmt(&self.0, f)
    }
}

/// A ratio of two quantities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Above the line.
    pub numerator: Quantity,
    /// Below the line.
    pub denominator: Quantity,
}
