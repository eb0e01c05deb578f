//! Members, providers and staff of the fictional plan.

use crate::dice::Dice;
use base::{Date, LineOfBusiness};
use serde::{Deserialize, Serialize};

/// The fictional plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed everything was made from.
    pub seed: u64,
    /// "Today" of the stories.
    pub today: Date,
    /// Members, by position.
    pub members: Vec<Member>,
    /// Providers who ask.
    pub providers: Vec<Provider>,
    /// People of the UM organization.
    pub staff: Vec<Staff>,
}

/// A member, as the directory of the plan knows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// Member id on the card.
    pub member_id: String,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// `male` or `female`.
    pub gender: String,
    /// Date of birth.
    pub birth_date: Date,
    /// Line of business.
    pub line_of_business: LineOfBusiness,
    /// State of residence.
    pub state: String,
    /// Product name.
    pub plan: String,
    /// Time zone of the plan.
    pub zone: String,
    /// First day of cover.
    pub from: Date,
    /// Last day of cover.
    pub to: Date,
}

/// A provider's office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provider {
    /// NPI with a valid check digit, from a range the registry has not issued names to.
    pub npi: String,
    /// Name.
    pub name: String,
    /// The ordering clinician there.
    pub clinician: String,
}

/// What a person of the UM organization does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Role {
    Intake,
    Nurse,
    Physician,
    Compliance,
    Administrator,
}

/// A person of the UM organization.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Sign-in name.
    pub user: &'static str,
    /// Name on the licence.
    pub name: &'static str,
    /// Role.
    pub role: Role,
    /// Licence kind (`RN`, `MD`); empty when none.
    pub licence: &'static str,
    /// Licence number; empty when none.
    pub number: &'static str,
    /// State of the licence.
    pub state: &'static str,
    /// NPI; empty when none.
    pub npi: &'static str,
    /// Specialty; empty when none.
    pub specialty: &'static str,
}

const GIVEN: &[(&str, &str)] = &[
    ("Ada", "female"),
    ("Bruno", "male"),
    ("Clara", "female"),
    ("Dmitri", "male"),
    ("Esperanza", "female"),
    ("Farid", "male"),
    ("Grete", "female"),
    ("Hiro", "male"),
    ("Imani", "female"),
    ("Jorge", "male"),
    ("Kalinda", "female"),
    ("Luca", "male"),
    ("Mei", "female"),
    ("Noah", "male"),
    ("Olga", "female"),
    ("Pavel", "male"),
    ("Quyen", "female"),
    ("Rashid", "male"),
    ("Sofia", "female"),
    ("Tomás", "male"),
    ("Uma", "female"),
    ("Viktor", "male"),
    ("Wanda", "female"),
    ("Yusuf", "male"),
];
const FAMILY: &[&str] = &[
    "Example",
    "Fictitious",
    "Sample",
    "Testperson",
    "Invented",
    "Imaginary",
    "Pretend",
    "Made-Up",
    "Storybook",
    "Nowhere",
    "Paperson",
    "Mockingham",
    "Fable",
    "Parable",
    "Novella",
    "Placeholder-Smith",
];

/// Staff of the fictional plan: one for each role, two of those who decide.
pub const STAFF: &[Staff] = &[
    Staff {
        user: "intake",
        name: "Ines Example",
        role: Role::Intake,
        licence: "",
        number: "",
        state: "",
        npi: "",
        specialty: "",
    },
    Staff {
        user: "nurse",
        name: "Nora Example",
        role: Role::Nurse,
        licence: "RN",
        number: "RN-F-1001",
        state: "PA",
        npi: "",
        specialty: "",
    },
    Staff {
        user: "nurse2",
        name: "Noel Example",
        role: Role::Nurse,
        licence: "RN",
        number: "RN-F-1002",
        state: "TX",
        npi: "",
        specialty: "",
    },
    Staff {
        user: "physician",
        name: "Dr. Paula Example",
        role: Role::Physician,
        licence: "MD",
        number: "MD-F-2001",
        state: "PA",
        npi: "1999000014",
        specialty: "pulmonary disease",
    },
    Staff {
        user: "physician2",
        name: "Dr. Piet Example",
        role: Role::Physician,
        licence: "MD",
        number: "MD-F-2002",
        state: "TX",
        npi: "1999000022",
        specialty: "internal medicine",
    },
    Staff {
        user: "compliance",
        name: "Cleo Example",
        role: Role::Compliance,
        licence: "",
        number: "",
        state: "",
        npi: "",
        specialty: "",
    },
    Staff {
        user: "admin",
        name: "Abel Example",
        role: Role::Administrator,
        licence: "",
        number: "",
        state: "",
        npi: "",
        specialty: "",
    },
];

impl Plan {
    /// The plan for a seed, with its stories set around `today`.
    #[must_use]
    pub fn new(seed: u64, today: Date) -> Self {
        Self::sized(seed, today, 120)
    }

    /// The plan with this many members.
    #[must_use]
    pub fn sized(seed: u64, today: Date, members: usize) -> Self {
        let mut dice = Dice::new(seed);
        let members = (0..members).map(|n| member(&mut dice, n, today)).collect();
        let providers = (0..12).map(provider).collect();
        Self { seed, today, members, providers, staff: STAFF.to_vec() }
    }
}

fn member(dice: &mut Dice, n: usize, today: Date) -> Member {
    let (given, gender) = GIVEN[n % GIVEN.len()];
    let (line_of_business, state, plan, zone) = match n % 10 {
        0..=5 => (LineOfBusiness::MedicareAdvantage, "PA", "Fiction Advantage HMO", "America/New_York"),
        6 => (LineOfBusiness::MedicareAdvantage, "TX", "Fiction Advantage PPO", "America/Chicago"),
        7 => (LineOfBusiness::MedicaidManagedCare, "PA", "Fiction Community", "America/New_York"),
        8 => (LineOfBusiness::FullyInsured, "TX", "Fiction Commercial", "America/Chicago"),
        _ => (LineOfBusiness::SelfFunded, "CA", "Fiction Works Health Plan", "America/Los_Angeles"),
    };
    let year = i16::try_from(dice.between(1936, 1968)).unwrap_or(1950);
    let birth_date = Date::new(year, dice.between(1, 12) as i8, dice.between(1, 28) as i8).unwrap_or(Date::ZERO);
    Member {
        member_id: format!("FIC{:07}", 1_000_000 + n),
        given: given.to_owned(),
        family: FAMILY[(n / GIVEN.len() + n) % FAMILY.len()].to_owned(),
        gender: gender.to_owned(),
        birth_date,
        line_of_business,
        state: state.to_owned(),
        plan: plan.to_owned(),
        zone: zone.to_owned(),
        from: Date::new(today.year() - 1, 1, 1).unwrap_or(today),
        to: Date::new(today.year() + 1, 12, 31).unwrap_or(today),
    }
}

fn provider(n: u64) -> Provider {
    const NAMES: &[(&str, &str)] = &[
        ("Lakeside Pulmonary (fictional)", "Dr. Lena Example"),
        ("Hilltop Sleep Center (fictional)", "Dr. Omar Example"),
        ("Riverside Home Medical (fictional)", "Dr. Ruth Example"),
        ("Meadow Endocrinology (fictional)", "Dr. Emil Example"),
        ("Harbor Family Practice (fictional)", "Dr. Fay Example"),
        ("Orchard Internal Medicine (fictional)", "Dr. Ivan Example"),
    ];
    let (name, clinician) = NAMES[n as usize % NAMES.len()];
    Provider { npi: npi(199_900_100 + n), name: name.to_owned(), clinician: clinician.to_owned() }
}

/// A ten-digit NPI from nine digits: the Luhn check digit over the number with the card prefix 80840.
#[must_use]
pub fn npi(nine: u64) -> String {
    let text = format!("80840{nine:09}");
    let sum: u32 = text
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0');
            if i % 2 == 0 {
                let d = digit * 2;
                d / 10 + d % 10
            } else {
                digit
            }
        })
        .sum();
    format!("{nine:09}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn npi_check_digit_of_the_published_example() {
        // The check-digit example in the CMS NPI specification: 123456789 -> 3.
        assert_eq!(super::npi(123_456_789), "1234567893");
    }
}
