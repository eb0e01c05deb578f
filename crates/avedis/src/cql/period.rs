//! The measurement period when no parameter gives it: that of the expected report, else the measure's effective period, else the library's default.

use super::parameters;
use ::cql::value::{DateTime, Value};
use ::cql::{Parameters, Program, Type};
use measure::Period;
use std::collections::HashMap;
use std::sync::Mutex;

/// The name every measure library gives it (Quality Measure IG, conformance requirement "Measurement Period").
pub const NAME: &str = "Measurement Period";

/// Periods turned into parameter values, each once.
pub struct Periods {
    /// Libraries that declare it, with its type.
    declared: Vec<(String, Type)>,
    now: DateTime,
    known: Mutex<HashMap<Period, Result<Vec<Value>, String>>>,
}

impl Periods {
    /// For a program.
    pub fn new(program: &Program, now: DateTime) -> Periods {
        let declared = program.parameters().into_iter().filter(|p| &*p.name == NAME);
        Periods { declared: declared.map(|p| (p.library.to_string(), p.ty)).collect(), now, known: Mutex::default() }
    }

    /// Whether any library declares it.
    pub fn is_declared(&self) -> bool {
        !self.declared.is_empty()
    }

    /// Adds a period to the parameters.
    pub fn add(&self, parameters: Parameters, period: &Period) -> Result<Parameters, String> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let values = known.entry(period.clone()).or_insert_with(|| {
            let end = |e: &Option<String>| e.clone().unwrap_or_default();
            let text = format!("{}..{}", end(&period.start), end(&period.end));
            self.declared.iter().map(|(_, ty)| parameters::value(&text, ty, self.now)).collect()
        });
        let values = values.as_ref().map_err(|e| format!("the period {}: {e}", describe(period)))?;
        let pairs = self.declared.iter().zip(values);
        Ok(pairs.fold(parameters, |all, ((library, _), value)| all.with_in(library, NAME, value.clone())))
    }
}

/// A period for people.
pub fn describe(period: &Period) -> String {
    let end = |e: &Option<String>| e.clone().unwrap_or_else(|| "open".to_owned());
    format!("{} to {}", end(&period.start), end(&period.end))
}
