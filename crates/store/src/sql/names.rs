//! Names of small enums in columns. A name is never changed once stored.

use crate::Error;
use crate::projection::StatusKind;
use case::event::Queue;
use case::request::Urgency;
use case::state::TimerKind;

/// An enum that is stored by name.
pub(crate) trait Named: Copy + PartialEq + 'static {
    /// Every value with its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The name of a value.
    fn stored_name(self) -> &'static str {
        Self::NAMES.iter().find(|(value, _)| *value == self).map_or("", |(_, name)| name)
    }

    /// The value of a name.
    fn of_name(name: &str) -> Result<Self, Error> {
        let known = Self::NAMES.iter().find(|(_, known)| *known == name);
        known.map(|(value, _)| *value).ok_or_else(|| Error::Corrupt("a row holds a name that is not known".to_owned()))
    }
}

impl Named for Queue {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Intake, "intake"), (Self::Facts, "facts"), (Self::Nurse, "nurse"), (Self::Physician, "physician")];
}

impl Named for Urgency {
    const NAMES: &'static [(Self, &'static str)] = &[(Self::Standard, "standard"), (Self::Expedited, "expedited")];
}

impl Named for TimerKind {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Near, "near"), (Self::Missed, "missed"), (Self::Answer, "answer"), (Self::Expire, "expire")];
}

impl Named for StatusKind {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Received, "received"),
        (Self::Pended, "pended"),
        (Self::Decided, "decided"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Duplicate, "duplicate"),
        (Self::Expired, "expired"),
        (Self::Voided, "voided"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    fn check<T: Named + Serialize + DeserializeOwned + std::fmt::Debug>() {
        for (value, name) in T::NAMES {
            // The column says what the JSON says.
            assert_eq!(serde_json::to_value(value).unwrap(), *name);
            assert_eq!(T::of_name(name).unwrap(), *value);
            assert_eq!(value.stored_name(), *name);
        }
        assert!(T::of_name("").is_err());
    }

    #[test]
    fn names_are_those_of_the_json() {
        check::<Queue>();
        check::<Urgency>();
        check::<TimerKind>();
        check::<StatusKind>();
    }
}
