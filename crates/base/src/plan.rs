//! What kind of cover a member has, and which state's law reaches it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Line of business: it chooses the clocks, the authority rules and the notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineOfBusiness {
    /// Medicare Advantage (42 CFR 422).
    MedicareAdvantage,
    /// Medicaid managed care (42 CFR 438).
    MedicaidManagedCare,
    /// Medicaid fee for service (42 CFR 440).
    MedicaidFeeForService,
    /// CHIP managed care (42 CFR 457.1230).
    ChipManagedCare,
    /// CHIP fee for service (42 CFR 457.495).
    ChipFeeForService,
    /// Qualified health plan on the federal marketplace (45 CFR 156).
    Marketplace,
    /// Self-funded plan under ERISA (29 CFR 2560.503-1).
    SelfFunded,
    /// Fully insured commercial cover under state law.
    FullyInsured,
}

impl LineOfBusiness {
    /// Every line of business, in the order of declaration.
    pub const ALL: [Self; 8] = [
        Self::MedicareAdvantage,
        Self::MedicaidManagedCare,
        Self::MedicaidFeeForService,
        Self::ChipManagedCare,
        Self::ChipFeeForService,
        Self::Marketplace,
        Self::SelfFunded,
        Self::FullyInsured,
    ];

    /// The name used in data rows (`medicare-advantage`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MedicareAdvantage => "medicare-advantage",
            Self::MedicaidManagedCare => "medicaid-managed-care",
            Self::MedicaidFeeForService => "medicaid-fee-for-service",
            Self::ChipManagedCare => "chip-managed-care",
            Self::ChipFeeForService => "chip-fee-for-service",
            Self::Marketplace => "marketplace",
            Self::SelfFunded => "self-funded",
            Self::FullyInsured => "fully-insured",
        }
    }
}

impl fmt::Display for LineOfBusiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A US state or territory by its two-letter postal code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct State([u8; 2]);

impl State {
    /// Two upper-case letters.
    ///
    /// # Errors
    /// [`crate::id::BadId`] for anything else.
    pub fn new(text: &str) -> Result<Self, crate::id::BadId> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(crate::id::BadId),
        }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for State {
    type Error = crate::id::BadId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<State> for String {
    fn from(state: State) -> String {
        state.as_str().to_owned()
    }
}
