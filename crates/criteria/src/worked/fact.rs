//! The vocabulary of facts.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One fact as written in a case: exactly one of the leading keys, and what belongs to it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Fact {
    /// Answers of a completed form by linkId: yes/no, numbers, dates, choices.
    pub form: Option<BTreeMap<String, toml::Value>>,
    /// Oxygen saturation (%).
    pub saturation: Option<toml::Value>,
    /// Arterial oxygen pressure (mm[Hg] unless `unit` says otherwise).
    pub pressure: Option<toml::Value>,
    /// Any observation: `system|code`, with `value` and `unit`, or with `yes`.
    pub observe: Option<String>,
    /// Apnoea index of a sleep test (`measure` is `ahi` or `rdi`).
    pub sleep_index: Option<toml::Value>,
    /// So many consecutive nights of device use from `day`, each of `hours`.
    pub nights: Option<u32>,
    /// A condition: ICD-10-CM code.
    pub condition: Option<String>,
    /// A diagnosis of the request itself: ICD-10-CM code.
    pub diagnosis: Option<String>,
    /// A visit: encounter class (`AMB`, `VR`).
    pub visit: Option<String>,
    /// An order of a device: HCPCS code.
    pub order: Option<String>,
    /// A medication: `system|code`.
    pub medication: Option<String>,
    /// The device has been used since this day.
    pub device_since: Option<String>,

    /// The day it happened; the day of the evaluation when absent.
    pub day: Option<String>,
    /// Who stated or did it: `clinician` (default), `unnamed`, `office`, `laboratory`, `idtf`, `hospital`, `supplier`, `patient`, `nobody`.
    pub by: Option<String>,
    /// Whose it is: `patient` (default) or `other`.
    pub about: Option<String>,
    /// Resource status in place of the usual one.
    pub status: Option<String>,
    /// UCUM unit.
    pub unit: Option<String>,
    /// Value of `observe`.
    pub value: Option<toml::Value>,
    /// Yes or no, for `observe`.
    pub yes: Option<bool>,
    /// State of an oxygen test: `rest` (default), `sleep`, `exercise`, `exercise-oxygen`, or `unstated`.
    pub state: Option<String>,
    /// On room air (default yes).
    pub air: Option<bool>,
    /// Number of events of a sleep test.
    pub events: Option<u32>,
    /// Type of a sleep test.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `ahi` (default) or `rdi`.
    pub measure: Option<String>,
    /// Hours of use in a night.
    pub hours: Option<toml::Value>,
    /// Reason of a visit: ICD-10-CM code.
    pub reason: Option<String>,
    /// Display of a medication.
    pub display: Option<String>,
    /// Verification status of a condition.
    pub verification: Option<String>,
}

impl Fact {
    /// How many leading keys it has; a fact has one.
    pub(crate) fn leads(&self) -> usize {
        [
            self.form.is_some(),
            self.saturation.is_some(),
            self.pressure.is_some(),
            self.observe.is_some(),
            self.sleep_index.is_some(),
            self.nights.is_some(),
            self.condition.is_some(),
            self.diagnosis.is_some(),
            self.visit.is_some(),
            self.order.is_some(),
            self.medication.is_some(),
            self.device_since.is_some(),
        ]
        .iter()
        .filter(|lead| **lead)
        .count()
    }
}

/// A decimal as written: TOML's floats would lose what was written, so numbers with a fraction may also be text.
pub(crate) fn number(value: &toml::Value) -> Option<serde_json::Value> {
    let text = match value {
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::String(text) => text.clone(),
        _ => return None,
    };
    text.parse::<base::Decimal>().ok()?;
    serde_json::from_str(&text).ok()
}
