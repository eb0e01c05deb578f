//! What the request says about the line itself.

use base::{Code, Date, LineOfBusiness, Quantity};
use case::request::{Certification, Line};

use crate::policy::Selection;

/// The line a policy is asked about. Everything else comes from the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFacts {
    /// `Claim.item.sequence`.
    pub sequence: u32,
    /// What is asked for.
    pub code: Code,
    /// How much, when sent.
    pub quantity: Option<Quantity>,
    /// Initial, renewal, ...
    pub certification: Certification,
    /// The date of service; the receipt date when the request names none.
    pub date_of_service: Date,
    /// The last requested day of service, when sent.
    pub service_to: Option<Date>,
    /// The day the request was received, in the plan's zone.
    pub received_on: Date,
    /// The day of this evaluation, in the plan's zone: evidence dated later does not count.
    pub as_of: Date,
    /// The member's line of business.
    pub line_of_business: LineOfBusiness,
}

impl LineFacts {
    /// The facts of a case's line. `received_on` stands in for an absent date of service; `as_of` is the day of the
    /// evaluation (the day of receipt, or later when facts came in afterwards). Both are days in the plan's zone.
    #[must_use]
    pub fn of(line: &Line, received_on: Date, as_of: Date, line_of_business: LineOfBusiness) -> Self {
        Self {
            sequence: line.sequence,
            code: line.service.clone(),
            quantity: line.quantity.clone(),
            certification: line.certification,
            date_of_service: line.service_from.unwrap_or(received_on),
            service_to: line.service_to,
            received_on,
            as_of,
            line_of_business,
        }
    }

    /// Months the service or supply lasts; `None` when the request names no last day or ends before it begins.
    ///
    /// Every begun 31 days make a month, so that a whole calendar month and a 90-day supply for three months both
    /// count as what they are called.
    #[must_use]
    pub fn supply_months(&self) -> Option<u32> {
        let last = self.service_to?;
        let days = (last - self.date_of_service).get_days();
        u32::try_from(days).ok().map(|days| (days + 1).div_ceil(31))
    }

    /// What chooses the policy version.
    #[must_use]
    pub fn selection(&self) -> Selection<'_> {
        Selection {
            code: &self.code.code,
            date_of_service: self.date_of_service,
            line_of_business: self.line_of_business,
            certification: self.certification,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_a_supply() {
        for (from, to, months) in [
            ("2026-11-20", "2026-11-20", Some(1)),
            ("2026-11-01", "2026-11-30", Some(1)),
            ("2026-01-01", "2026-01-31", Some(1)),
            ("2026-11-20", "2027-02-17", Some(3)),
            ("2026-11-20", "2027-02-19", Some(3)),
            ("2026-02-01", "2026-05-01", Some(3)),
            ("2026-11-20", "2027-03-19", Some(4)),
            ("2026-11-20", "2027-11-19", Some(12)),
            ("2026-11-20", "2026-11-19", None),
        ] {
            let facts = LineFacts {
                sequence: 1,
                code: Code::new(base::system::HCPCS, "A7037"),
                quantity: None,
                certification: Certification::Initial,
                date_of_service: from.parse().unwrap(),
                service_to: Some(to.parse().unwrap()),
                received_on: from.parse().unwrap(),
                as_of: from.parse().unwrap(),
                line_of_business: LineOfBusiness::MedicareAdvantage,
            };
            assert_eq!(facts.supply_months(), months, "{from} to {to}");
        }
    }
}
