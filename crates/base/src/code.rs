//! Codes, business identifiers and quantities.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A code in its code system. No display text: descriptions of licensed systems are never kept here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Code {
    /// Canonical URL of the code system; empty when the sender gave none.
    pub system: String,
    /// The code as sent.
    pub code: String,
}

impl Code {
    /// Joins system and code.
    #[must_use]
    pub fn new(system: &str, code: &str) -> Self {
        Self { system: system.to_owned(), code: code.to_owned() }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.system, self.code)
    }
}

/// A business identifier (`Claim.identifier`, an authorization number): unique within its system.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// Namespace of the value; empty when the sender gave none.
    pub system: String,
    /// The value as sent.
    pub value: String,
}

/// An amount with its unit as sent. Exact decimal; never a float.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// The amount.
    pub value: Decimal,
    /// UCUM code or human unit as sent; empty when none.
    pub unit: String,
}
