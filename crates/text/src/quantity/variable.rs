//! What is known of measured things by their code: the usual unit and what values are possible at all.

use crate::fact::{Coding, Fact};
use rust_decimal::Decimal;

/// A measured thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Unit in UCUM that is meant when none is written; empty for none.
    pub unit: &'static str,
    low: i32,
    high: i32,
}

impl Variable {
    /// A value that can be, in the usual unit. Another unit is not judged.
    pub(crate) fn plausible(self, value: Decimal, unit: Option<&str>) -> bool {
        match unit {
            Some(unit) if unit != self.unit => true,
            _ => (Decimal::from(self.low)..=Decimal::from(self.high)).contains(&value),
        }
    }
}

/// LOINC URL in FHIR.
pub(crate) const LOINC: &str = "http://loinc.org";

/// What is known of the measured thing of a fact.
pub(crate) fn of(fact: &Fact) -> Option<Variable> {
    fact.codes.iter().filter(|c| c.system == LOINC).find_map(|c: &Coding| by_loinc(&c.code))
}

/// Facts of common measurements: LOINC, unit, lowest and highest value ever seen in a person.
fn by_loinc(code: &str) -> Option<Variable> {
    let (unit, low, high) = match code {
        "8480-6" => ("mm[Hg]", 30, 320),
        "8462-4" => ("mm[Hg]", 10, 220),
        "85354-9" => ("mm[Hg]", 10, 320),
        "8867-4" => ("/min", 10, 350),
        "9279-1" => ("/min", 2, 100),
        "8310-5" => ("", 20, 115),
        "2708-6" | "59408-5" | "20564-1" => ("%", 20, 100),
        "39156-5" => ("kg/m2", 8, 150),
        "4548-4" | "17856-6" => ("%", 2, 25),
        "10230-1" | "8806-2" | "18043-0" => ("%", 2, 95),
        "718-7" => ("g/dL", 1, 28),
        "2160-0" => ("mg/dL", 0, 40),
        "2951-2" => ("mmol/L", 90, 200),
        "2823-3" => ("mmol/L", 1, 12),
        "6301-6" | "34714-6" => ("{INR}", 0, 30),
        "69990-9" | "69991-7" | "90565-3" => ("/h", 0, 200),
        "62238-1" | "33914-3" | "98979-8" | "48642-3" => ("mL/min/{1.73_m2}", 0, 250),
        "777-3" => ("10*3/uL", 0, 5000),
        "6690-2" => ("10*3/uL", 0, 1000),
        "20150-9" | "19926-5" => ("", 0, 100),
        "2019-8" | "11557-6" => ("mm[Hg]", 5, 200),
        "2703-7" => ("mm[Hg]", 10, 700),
        _ => return None,
    };
    Some(Variable { unit, low, high })
}
