//! Laboratory analytes of labunits, with their LOINC number.

use super::{Concepts, Sort};

/// The analytes of `labunits_analytes.json`: an object an analyte, a member a line.
pub fn labs(concepts: &mut Concepts, text: &str) {
    let value = |line: &str, name: &str| {
        let rest = line.trim().strip_prefix('"')?.strip_prefix(name)?.strip_prefix("\": \"")?;
        rest.trim_end_matches(',').strip_suffix('"').map(str::to_owned)
    };
    let mut code = None;
    for line in text.lines() {
        if let Some(found) = value(line, "loinc_num") {
            code = Some(found);
        } else if let (Some(name), Some(loinc)) = (value(line, "name"), code.take()) {
            // Of `Alanine aminotransferase (ALT, SGPT)` what stands in brackets is said by our own variables.
            let plain = name.split(" (").next().unwrap_or(&name).to_owned();
            concepts.add(Sort::Measurement, &plain, Some(format!("L:{loinc}")), []);
        }
    }
}
